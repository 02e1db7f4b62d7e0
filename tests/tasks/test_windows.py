"""Claims about windows: the paper's cuts, no dependence on grouping, and what counts as seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.tasks import Mixture, World, WorldConfig, stream, triangle, window_source

HINTED = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))


def source(mixture=HINTED, *, kind="fixed", window=46, batch=256, seed=0, tokens="piece", config=None):
    world = World(config or triangle(tokens=tokens))
    read = stream(world, mixture, seed)
    return window_source(read, mixture, world.config.tasks, kind=kind, window=window, batch=batch, data_seed=seed)


def real_rows(batches):
    return batches.token_SBW[batches.real_SB]


def test_the_papers_stream_gives_2196_windows_and_9_steps_an_epoch():
    windows = source()
    assert (len(windows.stream.token_N), windows.windows, windows.steps_per_epoch) == (101_000, 2196, 9)
    alone = source(Mixture((("A->C", 50),)))
    assert (alone.windows, alone.steps_per_epoch) == (22, 1)


def test_an_epoch_reads_every_window_once_with_the_same_cuts_in_another_order():
    windows = source()
    first, second = windows.batches(0, 9), windows.batches(9, 9)
    assert first.real_SB.sum(axis=1).tolist() == [256] * 8 + [2196 - 8 * 256]
    rows = [sorted(map(tuple, real_rows(each).tolist())) for each in (first, second)]
    assert rows[0] == rows[1]
    assert (real_rows(first) != real_rows(second)).any()
    cuts = [windows.stream.token_N[at : at + 46] for at in range(0, 101_000, 46)]
    cuts[-1] = np.pad(cuts[-1], (46 - len(cuts[-1]), 0))
    assert rows[0] == sorted(tuple(cut.tolist()) for cut in cuts)


def test_the_last_window_is_padded_on_its_left():
    windows = source()
    row_W = next(row for row in real_rows(windows.batches(0, 9)) if row[0] == 0)
    missing = 2196 * 46 - 101_000
    assert (row_W[:missing] == 0).all() and (row_W[missing:] == windows.stream.token_N[-(46 - missing) :]).all()


@pytest.mark.parametrize("kind", ["fixed", "random"])
@given(start=st.integers(0, 30), groups=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_batches_do_not_depend_on_how_steps_are_grouped(kind, start, groups):
    windows = source(Mixture((("A->B", 40), ("A->C", 9))), kind=kind, window=25, batch=6, seed=3)
    whole = windows.batches(start, sum(groups))
    at = start
    parts = []
    for steps in groups:
        parts.append(windows.batches(at, steps))
        at += steps
    for name in ("token_SBW", "task_SBW", "real_SB"):
        assert (np.concatenate([getattr(part, name) for part in parts]) == getattr(whole, name)).all()


def test_random_windows_are_stretches_of_the_ring_from_every_offset():
    windows = source(Mixture((("A->B", 2), ("A->C", 2))), kind="random", window=7, batch=64, tokens="word")
    ring = np.concatenate([windows.stream.token_N] * 2)
    stretches = {tuple(ring[at : at + 7].tolist()) for at in range(40)}
    rows = {tuple(row) for row in windows.batches(0, 20).token_SBW.reshape(-1, 7).tolist()}
    assert rows == stretches


def test_shares_choose_the_task_and_a_window_stays_inside_it():
    mixture = Mixture((("A->B", 200), ("A->C", 5)), shares=(("A->B", 0.3), ("A->C", 0.7)))
    batches = source(mixture, kind="random", window=25, batch=50, tokens="word").batches(0, 60)
    tasks_RW = batches.task_SBW.reshape(-1, 25)
    assert (tasks_RW == tasks_RW[:, :1]).all()
    share = (tasks_RW[:, 0] == 2).mean()
    assert share == pytest.approx(0.7, abs=4 * (0.3 * 0.7 / 3000) ** 0.5)


def seen_by_brute_force(windows, all_windows, tasks, sentences):
    """(task, sentence) pairs whose instance, without its closing `|`, lies whole in one of the windows of places."""
    size = int(windows.stream.first_E[1])
    closing = size // 10
    seen = np.zeros((tasks, sentences), dtype=bool)
    for places in all_windows:
        inside = set(places)
        for instance in range(len(windows.stream.sentence_E)):
            if all(instance * size + offset in inside for offset in range(size - closing)):
                seen[windows.stream.task_E[instance], windows.stream.sentence_E[instance]] = True
    return seen


SEEN = {"tokens": st.sampled_from(["word", "piece"]), "window": st.integers(5, 60), "seed": st.integers(0, 9)}


@given(**SEEN)
def test_seen_is_what_brute_force_finds_in_fixed_windows(tokens, window, seed):
    mixture = Mixture((("A->B", 7), ("A->C", 6)))
    windows = source(mixture, kind="fixed", window=window, batch=4, seed=seed, tokens=tokens)
    length = len(windows.stream.token_N)
    cuts = [range(at, min(at + window, length)) for at in range(0, length, window)]
    assert (windows.seen(3, 1680, 99) == seen_by_brute_force(windows, cuts, 3, 1680)).all()


@given(**SEEN, steps=st.integers(1, 3))
def test_seen_is_what_the_drawn_random_windows_hold_in_reading_order(tokens, window, seed, steps):
    mixture = Mixture((("A->B", 3), ("A->C", 3)))
    windows = source(mixture, kind="random", window=window, batch=2, seed=seed, tokens=tokens)
    size = int(windows.stream.first_E[1])
    needed = size - size // 10
    seen = np.zeros((3, 1680), dtype=bool)
    for places in windows._random(0, steps)[0].reshape(-1, window):
        for at in np.flatnonzero(places % size == 0):
            read = places[at : at + needed]
            if len(read) == needed and (np.diff(read) == 1).all():
                instance = read[0] // size
                seen[windows.stream.task_E[instance], windows.stream.sentence_E[instance]] = True
    assert (windows.seen(3, 1680, steps) == seen).all()


def test_of_fixed_windows_only_those_count_that_were_read():
    windows = source(Mixture((("A->B", 40),)), kind="fixed", window=25, batch=2, tokens="word")
    seen = [int(windows.seen(3, 1680, steps).sum()) for steps in (1, 3, windows.steps_per_epoch, 99)]
    assert 0 < seen[0] < seen[1] < seen[2] == seen[3]


def test_a_task_that_is_never_read_is_not_seen():
    mixture = Mixture((("A->B", 5), ("A->C", 5)), shares=(("A->B", 1.0), ("A->C", 0.0)))
    seen_KN = source(mixture, kind="random", window=25, batch=4, tokens="word").seen(3, 1680, 9)
    assert seen_KN.any(axis=1).tolist() == [True, False, False]


def test_sentences_of_one_word_are_seen_too():
    config = WorldConfig(length=1)
    windows = source(Mixture((("A->B", 6),)), kind="fixed", window=4, batch=4, config=config)
    assert windows.seen(3, 8, 9)[0].sum() == len(set(windows.stream.sentence_E.tolist()))
