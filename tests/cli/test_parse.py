from dataclasses import dataclass, field
from typing import Literal

import pytest

from seedbed.cli.fieldhelp import field_help
from seedbed.cli.flags import flags_of
from seedbed.cli.parse import parse
from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.models import ModelConfig


@dataclass(frozen=True)
class Inner:
    """wide_open: whether.  kind: which of them."""

    wide_open: bool = True
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    """What it is.

    rate: how fast.  names, counts: several of
    each.  pairs: of them (see counts: above).
    """

    rate: float = 0.5
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = (1,)
    pairs: tuple[tuple[str, int], ...] = ()
    limit: int | None = None
    inner: Inner = field(default_factory=Inner)


def read(line: str) -> Outer:
    return with_settings(Outer(), parse(line.split(), list(flags_of(Outer)), "seedbed x"))


@pytest.mark.parametrize(
    "line, expected",
    [
        ("", Outer()),
        ("--rate 2", Outer(rate=2.0)),
        ("--rate=1e-3", Outer(rate=1e-3)),
        ("--names A->B x --rate 1", Outer(names=("A->B", "x"), rate=1.0)),
        ("--counts=", Outer(counts=())),
        ("--counts -1 2", Outer(counts=(-1, 2))),
        ("--counts 1 --rate 2 --counts=3 --counts 2", Outer(rate=2.0, counts=(1, 3, 2))),
        ("--limit 3", Outer(limit=3)),
        ("--limit none", Outer()),
        ("--names A-B,B-C C-D --counts=4,5", Outer(names=("A-B", "B-C", "C-D"), counts=(4, 5))),
        ('--pairs [["a",1]]', Outer(pairs=(("a", 1),))),
        ("--inner.no-wide-open --inner.kind b", Outer(inner=Inner(False, "b"))),
        ("--inner.wide_open=no", Outer(inner=Inner(False))),
        ("--inner.wide-open", Outer()),
    ],
)
def test_words_become_settings(line, expected):
    assert read(line) == expected


@pytest.mark.parametrize(
    "line, message",
    [
        ("--rat 2", "did you mean --rate"),
        ("--kind b", "did you mean --inner.kind"),
        ("-r 2", "unknown option -r"),
        ("--limit x", "--limit must be a whole number, got 'x'"),
        ("--counts 1 x", "--counts must be a whole number, got 'x'"),
        ("--pairs a", "--pairs must be JSON"),
        ("--pairs 3", "--pairs must be a list, got 3"),
        ('--pairs [["a",1,2]]', "--pairs[0] must have 2 entries, got 3"),
        ("--inner.wide-open=perhaps", "must be yes or no"),
        ("--inner.kind c", "unknown value of --inner.kind 'c': Known: a, b."),
        ("--limit", "--limit needs a value"),
        ("-- --rate", "takes no argument '--rate'"),
        ("--rate=1e-3 --rate 3", "--rate is given twice, by `--rate 1e-3` and by `--rate 3`"),
        ("--rate 3 --rate 3", "--rate is given twice, by `--rate 3` and by `--rate 3`"),
        (
            "--inner.no_wide_open --inner.wide-open=yes",
            "--inner.wide-open is given twice, by `--inner.no-wide-open` and by `--inner.wide-open yes`",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(line, message):
    with pytest.raises(UsageError) as caught:
        read(line)
    assert message in str(caught.value)


def test_settings_that_only_fit_together_can_be_given_in_any_order():
    assert with_settings(ModelConfig(), {"width": 90, "heads": 9}).heads == 9
    assert with_settings(ModelConfig(), {"heads": 9, "width": 90}).heads == 9


@pytest.mark.parametrize(
    "settings, message",
    [({"widht": 3}, "did you mean 'width'"), ({"width.x": 3}, "width is a single value"), ({"width": "3"}, "type int")],
)
def test_settings_of_python_callers_are_checked_too(settings, message):
    with pytest.raises(UsageError, match=message):
        with_settings(ModelConfig(), settings)


def test_a_whole_section_can_be_a_config_and_its_parts_are_laid_over_it():
    changed = with_settings(Outer(), {"inner.kind": "b", "inner": Inner(wide_open=False)})
    assert changed.inner == Inner(False, "b")
    with pytest.raises(UsageError, match=r"unknown setting of options\.inner 'width'"):
        with_settings(Outer(), {"inner": ModelConfig(width=8)})


def test_the_words_for_a_field_come_from_the_docstring():
    words = field_help(Outer)
    assert words["rate"] == "how fast"
    assert words["names"] == words["counts"] == "several of each"
    assert "limit" not in words
