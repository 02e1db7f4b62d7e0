"""Claims about the algebra of sweeps, and about names that a user mistypes."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError, look_up
from seedbed.config.errors import InterruptedRunError, SeedbedError
from seedbed.config.sweep import apply, chain, changed, product, subsample, together, vary


@dataclass(frozen=True)
class Model:
    width: int = 64
    heads: int = 4


@dataclass(frozen=True)
class Run:
    seed: int = 0
    model: Model = field(default_factory=Model)


def test_a_product_turns_its_last_sweep_fastest_and_lets_a_later_one_win():
    sweep = product(vary("model.width", 32, 64), vary("seed", 0, 1, 2))
    assert [(run.model.width, run.seed) for run in apply(Run(), sweep)] == [(w, s) for w in (32, 64) for s in range(3)]
    assert product(vary("seed", 1), vary("seed", 2)) == [{"seed": 2}]


def test_a_chain_follows_and_a_zip_walks_in_step():
    assert chain(vary("seed", 1, 2), vary("seed", 3)) == vary("seed", 1, 2, 3)
    assert together(vary("seed", 1, 2), vary("model.heads", 2, 8)) == [
        {"seed": 1, "model.heads": 2},
        {"seed": 2, "model.heads": 8},
    ]
    with pytest.raises(UsageError, match=r"equally long, got lengths \[2, 1\]"):
        together(vary("seed", 1, 2), vary("model.heads", 2))


@given(st.integers(0, 12), st.integers(0, 5))
def test_a_subsample_keeps_order_repeats_nothing_and_repeats_itself(count, seed):
    sweep = vary("seed", *range(12))
    chosen = [setting["seed"] for setting in subsample(sweep, count, seed=seed)]
    assert chosen == sorted(set(chosen)) and len(chosen) == count
    assert chosen == [setting["seed"] for setting in subsample(sweep, count, seed=seed)]


def test_more_settings_than_there_are_cannot_be_drawn():
    with pytest.raises(UsageError, match="cannot draw 3 settings from a sweep of 2"):
        subsample(vary("seed", 0, 1), 3, seed=0)


def test_a_change_leaves_the_base_untouched_and_refuses_unknown_paths():
    base = Run()
    assert changed(base, "model.width", 128).model.width == 128 and base.model.width == 64
    with pytest.raises(UsageError, match="unknown setting of Model 'widht': did you mean 'width'"):
        changed(base, "model.widht", 128)
    with pytest.raises(UsageError, match="has no settings, so 'low' cannot be set"):
        changed(base, "seed.low", 1)


def test_a_name_is_looked_up_or_refused_with_the_nearest_and_all_known():
    assert look_up("fruit", "pear", {"pear": 1}) == 1
    with pytest.raises(UsageError, match=r"unknown fruit 'pera': did you mean 'pear'. Known: apple, pear"):
        look_up("fruit", "pera", {"pear": 1, "apple": 2})


def test_exit_codes_tell_failure_wrong_use_and_interruption_apart():
    assert [error.exit_code for error in (SeedbedError, UsageError, InterruptedRunError)] == [1, 2, 130]
