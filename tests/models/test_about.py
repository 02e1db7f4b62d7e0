"""Every building block is explained, and the page of the zoo is what the registry says."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from seedbed.models import CHANNELS, MIXERS, ModelConfig
from seedbed.models.about import CHANNEL_WORDS, MIXER_WORDS, NORM_WORDS, ORDER_WORDS, POSITION_WORDS

DOCS = Path(__file__).parents[2] / "docs"


def choices(option):
    return set(get_args(get_type_hints(ModelConfig)[option]))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (MIXER_WORDS, set(MIXERS) | choices("mixer")),
        (CHANNEL_WORDS, set(CHANNELS) | choices("channels")),
        (POSITION_WORDS, choices("positions")),
        (NORM_WORDS, choices("norm")),
        (ORDER_WORDS, choices("norm_order")),
    ],
)
def test_every_choice_is_explained_and_nothing_else(words, names):
    assert set(words) == names
    assert all(len(part) > 4 for about in words.values() for part in vars(about).values())


def test_the_page_of_the_zoo_is_current():
    found = spec_from_file_location("zoo", DOCS / "zoo.py")
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    assert (DOCS / "zoo.md").read_text(encoding="utf-8") == module.page(), "run: python docs/zoo.py"
