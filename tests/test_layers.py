"""What layers export is imported when it is asked for: each name is there, and no file of the layer hides it."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import seedbed

STUBS = sorted(Path(seedbed.__file__).parent.glob("*/__init__.pyi"))


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_every_exported_name_is_there_and_is_no_other_files_name(stub):
    layer = f"seedbed.{stub.parent.name}"
    files = {path.stem for path in stub.parent.glob("*.py")}
    for line in ast.parse(stub.read_text()).body:
        assert isinstance(line, ast.ImportFrom) and line.module
        home = import_module(f"{layer}.{line.module}")
        for each in line.names:
            assert getattr(import_module(layer), each.name) is getattr(home, each.name)
            assert each.name not in files - {line.module.split(".")[0]}, f"{each.name} is a file and a name of {layer}"


def test_training_on_text_reads_its_options_without_what_only_later_stages_need():
    code = (
        "import sys, seedbed.cli.train_arguments, seedbed.experiments.text_corpus\n"
        "slow = {'jax', 'equinox', 'scipy', 'polars', 'altair', 'rich'} & set(sys.modules); assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
