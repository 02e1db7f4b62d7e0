"""Claims about worlds of recall: what is asked was shown so many tokens before, and guessing does not pay."""

from itertools import pairwise

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.tasks import Mixture, RecallConfig, RecallWindows, check_recall_mixture, recall_set
from seedbed.tasks.recall import BLANK, FIRST_KEY
from seedbed.tasks.windows import NO_TASK

WORLD = RecallConfig()
ALL = Mixture(tuple((task, 1) for task in WORLD.tasks))
WINDOW = 65


def windows(mixture=ALL, seed=3, batch=32, world=WORLD, window=WINDOW):
    return RecallWindows(world, mixture, window, batch, seed)


def answers(cut):
    """Every answer as (tokens of its window, its place, its task)."""
    token_NW, task_NW = cut.token_SBW.reshape(-1, WINDOW), cut.task_SBW.reshape(-1, WINDOW)
    return [(token_NW[row], place, task_NW[row, place]) for row, place in np.argwhere(task_NW != NO_TASK).tolist()]


def test_every_answer_was_shown_after_its_key_at_the_tasks_distance_and_only_there():
    found = answers(windows().batches(0, 8))
    assert len(found) > 8 * 32
    for token_W, place, task in found:
        name = WORLD.tasks[task]
        shown = place - WORLD.distance_of(name)
        key = token_W[place - 1]
        assert key == token_W[shown - 1] and token_W[place] == token_W[shown] >= WORLD.first_value
        (stands,) = np.nonzero(token_W == key)
        assert stands.tolist() == [
            shown - 1,
            place - 1,
        ]  # nowhere else, so the distance is that of the first appearance
        assert (BLANK in token_W) == (WORLD.kind_of(name) == "recall")


def test_a_window_asks_at_every_distance_of_its_kind_and_shows_nothing_else_but_blanks_or_values():
    cut = windows().batches(0, 8)
    full = 0
    for token_W, task_W in zip(cut.token_SBW.reshape(-1, WINDOW), cut.task_SBW.reshape(-1, WINDOW), strict=True):
        asked = [WORLD.tasks[task] for task in task_W[task_W != NO_TASK]]
        (kind,) = {WORLD.kind_of(task) for task in asked}
        assert len(set(asked)) == len(asked) >= len(WORLD.distances) - 1
        full += len(asked) == len(WORLD.distances)
        between = token_W[(token_W < FIRST_KEY) | (token_W >= WORLD.first_value)]
        assert len(token_W) - len(between) == 2 * len(asked)  # its keys
        pairs = (between >= WORLD.first_value).sum()
        assert pairs == (2 * len(asked) if kind == "recall" else len(between))
    assert full > 0.95 * 8 * 32  # now and then the last pair finds no room


def test_neither_keys_nor_neighbours_nor_places_tell_the_answer():
    cut = windows(batch=256).batches(0, 16)
    found = answers(cut)
    values = len(found) / WORLD.values
    value_N = np.array([token_W[place] for token_W, place, _ in found]) - WORLD.first_value
    key_N = np.array([token_W[place - 1] for token_W, place, _ in found])
    place_N = np.array([place for _, place, _ in found])
    counts = np.bincount(value_N, minlength=WORLD.values)
    assert len(counts) == WORLD.values and (np.abs(counts - values) < 5 * np.sqrt(values)).all()
    for hint_N in (key_N, place_N):
        best = sum(np.bincount(value_N[hint_N == hint]).max() for hint in np.unique(hint_N)) / len(found)
        assert best < WORLD.chance + 0.03  # the most that knowing it could win, noise of the largest count included


def test_no_distance_is_told_by_the_place_of_its_query():
    found = answers(windows(batch=256).batches(0, 16))
    mean_place = [np.mean([place for _, place, task in found if task == index]) for index in range(len(WORLD.tasks))]
    assert min(place for _, place, _ in found) > max(WORLD.distances)
    assert np.ptp(mean_place) < 4  # of the 32 places where queries stand


def test_a_step_is_the_same_however_calls_are_divided_and_differs_between_steps_and_seeds():
    whole = windows().batches(0, 5)
    parts = [windows().batches(first, last - first) for first, last in pairwise((0, 2, 5))]
    assert (np.concatenate([part.token_SBW for part in parts]) == whole.token_SBW).all()
    assert (np.concatenate([part.task_SBW for part in parts]) == whole.task_SBW).all()
    rows = {row.tobytes() for row in whole.token_SBW.reshape(-1, WINDOW)}
    assert len(rows) == 5 * 32
    assert not rows & {row.tobytes() for row in windows(seed=4).batches(0, 5).token_SBW.reshape(-1, WINDOW)}


def test_only_the_tasks_of_the_mixture_are_asked_as_often_as_it_says():
    taught = Mixture((("recall 2", 1), ("recall 8", 1), ("induction 4", 2), ("recall 32", 0)))
    asked = [WORLD.tasks[task] for _, _, task in answers(windows(taught, batch=100).batches(0, 20))]
    count = {task: asked.count(task) for task in set(asked)}
    assert set(count) == {"recall 2", "recall 8", "induction 4"} and count["recall 2"] == count["recall 8"]
    assert count["induction 4"] == pytest.approx(1000, abs=5 * 500**0.5)  # half of 2,000 windows


@pytest.mark.parametrize("task", ["recall 2", "recall 32", "induction 12"])
def test_a_prompt_ends_with_the_query_at_its_distance_and_the_answer_is_the_value_shown(task):
    asked = recall_set(WORLD, task, test="panel", size=40, context=64, seed=1)
    distance = WORLD.distance_of(task)
    assert asked.prompt_NP.shape == (40, 64) and asked.answer_NA.shape == (40, 1)
    assert (asked.prompt_NP[:, -1] == asked.prompt_NP[:, -1 - distance]).all()
    assert (asked.answer_NA[:, 0] == asked.prompt_NP[:, -distance]).all()
    assert ((asked.prompt_NP == asked.prompt_NP[:, -1:]).sum(axis=1) == 2).all()
    again, other = (recall_set(WORLD, task, test=test, size=40, context=64, seed=1) for test in ("panel", "every"))
    assert (asked.prompt_NP == again.prompt_NP).all() and (asked.prompt_NP != other.prompt_NP).any()


def test_the_shortest_context_has_room_for_the_longest_distance():
    asked = recall_set(WORLD, "recall 32", test="panel", size=4, context=WORLD.least_context, seed=1)
    assert (asked.prompt_NP[:, 0] == asked.prompt_NP[:, -1]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": ()}, "recall, induction or both"),
        ({"kinds": ("recal",)}, "unknown kind of task in world.kinds 'recal': did you mean 'recall'"),
        ({"values": 1}, "world.values must be at least 2.*got 1"),
        ({"distances": ()}, "at least one number, each given once"),
        ({"distances": (4, 4)}, "at least one number, each given once; got \\[4, 4\\]"),
        ({"distances": (1, 4)}, "at least 2, got 1"),
        ({"keys": 5}, "each of 6 distances: world.keys must be at least that, got 5"),
    ],
)
def test_a_world_that_cannot_be_is_refused_with_the_numbers(changes, message):
    with pytest.raises(UsageError, match=message):
        RecallConfig(**changes)


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        (Mixture((("recall 3", 1),)), "unknown task 'recall 3' in the mixture: did you mean"),
        (Mixture((("recall 2", 1),), draw="distinct"), "never ends"),
        (Mixture((("recall 2", 1),), shares=(("recall 2", 1.0),)), "never ends"),
    ],
)
def test_a_mixture_that_an_endless_stream_has_not_is_refused(mixture, message):
    with pytest.raises(UsageError, match=message):
        check_recall_mixture(WORLD, mixture)
