"""Claims about the Bayes floor: the four published mixtures, and one small world listed window by window."""

from collections import Counter
from itertools import permutations
from itertools import product as cartesian
from math import log

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.tasks import Mixture, Vocabulary, World, WorldConfig, bayes_floor, table1, task_floor, triangle
from seedbed.tasks.tokens import INSTANCE_ENDS

AB_BC = (("A->B", 2500), ("B->C", 2500))
TABLE1 = (("A->B", 5000), ("A->D", 4500), ("A->C", 4000), ("D->B", 100), ("D->C", 200), ("B->C", 300))


@pytest.mark.parametrize(
    ("config", "counts", "floor"),
    [
        (triangle(tokens="piece"), AB_BC, 0.532),
        (triangle(tokens="piece"), (*AB_BC, ("A->C", 50)), 0.533),
        (triangle(tokens="piece"), (("A->C", 50),), 0.517),
        (WorldConfig(**{**vars(table1()), "tokens": "piece"}), TABLE1, 0.665),
    ],
    ids=["zero-shot", "hinted", "alone", "section 3.2"],
)
def test_the_papers_mixtures_have_these_floors(config, counts, floor):
    assert bayes_floor(config, Mixture(counts), 46) == pytest.approx(floor, abs=5e-4)


def windows_with_chances(config, mixture, window):
    """Every window of the endless stream in which each window holds one task, with its probability."""
    world, vocabulary = World(config), Vocabulary(config)
    per_word = vocabulary.tokens_per_word
    cycle = 2 * config.length + INSTANCE_ENDS
    instances = -(-(window // per_word + cycle - 1) // cycle)
    sentences = [list(each) for each in permutations(range(config.words), config.length)]
    total = sum(count for _, count in mixture.counts)
    chances = Counter()
    for task, count in mixture.counts:
        rows = vocabulary.instances(world, task, np.array(sentences)).tolist()
        for chosen in cartesian(rows, repeat=instances):
            tokens = [token for row in chosen for token in row]
            for phase in range(cycle):
                at = phase * per_word
                cut = tuple(tokens[at : at + window])
                chances[cut] += count / total / cycle / len(rows) ** instances
    return chances


@pytest.mark.parametrize("tokens", ["word", "piece"])
def test_a_small_world_listed_window_by_window_has_the_floor_of_the_formula(tokens):
    config = WorldConfig(words=3, length=1, tokens=tokens)
    mixture = Mixture((("A->B", 3), ("A->C", 1)))
    window = 8 * Vocabulary(config).tokens_per_word
    chances = windows_with_chances(config, mixture, window)
    assert sum(chances.values()) == pytest.approx(1)
    entropy = -sum(chance * log(chance) for chance in chances.values())
    first = Counter()
    for cut, chance in chances.items():
        first[cut[0]] += chance
    entropy -= -sum(chance * log(chance) for chance in first.values())
    assert bayes_floor(config, mixture, window) == pytest.approx(entropy / (window - 1), rel=1e-9)


@pytest.mark.parametrize("tokens", ["word", "piece"])
def test_what_that_predictor_loses_on_one_task_is_listed_too(tokens):
    config = WorldConfig(words=3, length=1, tokens=tokens)
    both, window = Mixture((("A->B", 3), ("A->C", 1))), 8 * Vocabulary(config).tokens_per_word
    chances = windows_with_chances(config, both, window)
    first = Counter()
    for cut, chance in chances.items():
        first[cut[0]] += chance
    for task in ("A->B", "A->C"):
        own = windows_with_chances(config, Mixture(((task, 1),)), window)
        nats = -sum(chance * (log(chances[cut]) - log(first[cut[0]])) for cut, chance in own.items())
        assert task_floor(config, both, window, task) == pytest.approx(nats / (window - 1), rel=1e-9)


def test_a_task_that_no_window_holds_has_no_floor():
    with pytest.raises(UsageError, match="no window of this mixture holds 'A->C'"):
        task_floor(triangle(tokens="piece"), Mixture(AB_BC), 46, "A->C")


@pytest.mark.parametrize(("changes", "window"), [({"distinct": False}, 46), ({}, 39), ({}, 45)])
def test_a_floor_that_would_not_be_exact_is_refused(changes, window):
    with pytest.raises(UsageError, match=f"40 tokens or more; got windows of {window}"):
        bayes_floor(triangle(tokens="piece", **changes), Mixture(AB_BC), window)
