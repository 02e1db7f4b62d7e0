"""A cache that a module's experiments share with nobody."""

import pytest


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory):
    """An empty cache of texts, tokenizers and probes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEDBED_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
