import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

STORIES = Path(os.environ.get("SEEDBED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "stories260K"


@pytest.fixture(scope="session")
def stories():
    """The folder with stories260K.bin and tok512.bin, named by SEEDBED_DATA or beside the checkout."""
    if not (STORIES / "stories260K.bin").exists():
        pytest.skip(f"no stories260K in {STORIES}: name its folder's parent by SEEDBED_DATA")
    return STORIES


@pytest.fixture(scope="session")
def reference():
    """The module `llama_reference.py` beside this file."""
    path = Path(__file__).with_name("llama_reference.py")
    found = spec_from_file_location("llama_reference", path)
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
