"""Claims about windows of text: no dependence on grouping, every token a target once, no document crossed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.data import CorpusConfig, TextWindows, prepare
from seedbed.data.token_files import TokenSplit
from seedbed.data.windows import NO_TASK, TEXT, packed

EOT = 256


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    return built(tmp_path_factory.mktemp("split"), np.random.default_rng(0).integers(1, 90, size=120))


def built(folder, lengths):
    """A split of documents of these lengths, whose tokens are all different but end-of-text."""
    path = folder / "train.tokens"
    stream, starts, at = [EOT], [0], 1000
    for length in lengths:
        stream += [*range(at, at + int(length)), EOT]
        starts.append(len(stream) - 1)
        at += int(length)
    path.write_bytes(np.array(stream, dtype="<u4").tobytes())
    (folder / "train.starts").write_bytes(np.array(starts, dtype="<i8").tobytes())
    (folder / "train.bytes").write_bytes(np.array(lengths, dtype="<i8").tobytes())
    return TokenSplit(folder, "train", len(stream), len(lengths), int(sum(lengths)), "<u4", EOT)


def windows(split, kind, window=33, batch=4, seed=0):
    return TextWindows(split, kind, window, batch, seed)


@pytest.mark.parametrize("kind", ["random", "packed"])
@given(start=st.integers(0, 60), groups=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_batches_do_not_depend_on_how_steps_are_grouped(split, kind, start, groups):
    source = windows(split, kind)
    whole, parts, at = source.batches(start, sum(groups)), [], start
    for steps in groups:
        parts.append(windows(split, kind).batches(at, steps))  # a resumed member has a source of its own
        at += steps
    for name in ("token_SBW", "task_SBW", "document_SBW", "real_SB"):
        assert (np.concatenate([getattr(part, name) for part in parts]) == getattr(whole, name)).all()


@pytest.mark.parametrize("kind", ["random", "packed"])
def test_seeds_and_steps_draw_other_windows(split, kind):
    one, other = windows(split, kind).batches(0, 4), windows(split, kind, seed=1).batches(0, 4)
    assert (one.token_SBW != other.token_SBW).any()
    assert (one.token_SBW[0] != one.token_SBW[1]).any()


@pytest.mark.parametrize("window", [3, 10, 33, 200])
def test_every_token_is_a_target_once_an_epoch_read_from_its_own_document(split, window):
    source = windows(split, "packed", window=window)
    for epoch in (0, 1):
        cut = source.batches(epoch * source.steps_per_epoch, source.steps_per_epoch)
        assert cut.real_SB.sum() == source.windows
        token_RW, document_RW = cut.token_SBW.reshape(-1, window), cut.document_SBW.reshape(-1, window)
        is_target_RT = cut.task_SBW.reshape(-1, window)[:, 1:] == TEXT
        assert is_target_RT.sum() == split.targets
        pairs = np.stack([token_RW[:, :-1][is_target_RT], token_RW[:, 1:][is_target_RT]], axis=1)
        stream_N = np.asarray(split.token_N())
        assert sorted(map(tuple, pairs.tolist())) == sorted(pairwise(stream_N.tolist()))
        # what a position may attend to, its own document's earlier tokens, are those before it in the stream
        place = {token: at for at, token in enumerate(stream_N.tolist()) if token != EOT}
        for token_W, document_W in zip(token_RW, document_RW, strict=True):
            for number in range(document_W.max() + 1):
                own = token_W[document_W == number]
                inside = [place[token] for token in own.tolist() if token != EOT]
                assert inside == list(range(inside[0], inside[0] + len(inside))) if inside else True
                if len(inside) > 1:
                    assert np.searchsorted(split.start_D(), inside[0]) == np.searchsorted(split.start_D(), inside[-1])


def test_short_documents_are_whole_and_long_ones_follow_without_a_gap(split):
    context = 32
    found = packed(split.start_D(), context)
    first_M, piece_P = found.first.array_N(), found.piece.array_N()
    start_P, length_P = piece_P["start"], piece_P["length"]
    lengths = np.diff(split.start_D())
    assert length_P.sum() == lengths.sum() and length_P.max() <= context
    sums = np.add.reduceat(length_P, first_M[:-1])
    assert sums.max() <= context and first_M[-1] == len(start_P)
    begun = dict(zip(start_P.tolist(), length_P.tolist(), strict=True))
    for start, length in zip(split.start_D()[:-1].tolist(), lengths.tolist(), strict=True):
        assert [begun[start + k] for k in range(0, length, context)] == [
            min(context, length - k) for k in range(0, length, context)
        ]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200), st.integers(2, 64))
def test_no_two_windows_would_fit_into_one(lengths, context):
    found = packed(np.concatenate([[0], np.cumsum(lengths)]), context)
    piece_P = found.piece.array_N()
    sizes = np.minimum(piece_P["length"] + piece_P["inside"], context)
    used = np.sort(np.add.reduceat(sizes, found.first.array_N()[:-1]))
    assert used[-1] <= context and (len(used) == 1 or used[0] + used[1] > context)


def test_padding_is_no_target_and_is_told_from_the_token_of_its_number(split):
    cut = windows(split, "packed", window=100).batches(0, 8)
    assert (cut.task_SBW == NO_TASK).any()
    assert ((cut.task_SBW == NO_TASK) == (cut.document_SBW == -1)).all()  # no document is longer than these windows
    assert (cut.token_SBW[cut.task_SBW == NO_TASK] == 0).all()


def test_the_last_batch_of_an_epoch_is_smaller(split):
    source = windows(split, "packed", batch=7)
    last = source.batches(source.steps_per_epoch - 1, 1)
    assert last.real_SB.sum() == source.windows - 7 * (source.steps_per_epoch - 1)
    assert (last.task_SBW[~last.real_SB] == NO_TASK).all()


def test_random_windows_are_cut_from_the_ring_and_start_anywhere(tmp_path):
    split = built(tmp_path, [3, 2])
    cut = windows(split, "random", window=20, batch=50).batches(0, 20)
    ring = [EOT, 1000, 1001, 1002, EOT, 1003, 1004]
    starts = []
    for token_W, document_W in zip(cut.token_SBW.reshape(-1, 20), cut.document_SBW.reshape(-1, 20), strict=True):
        at = next(k for k in range(7) if [ring[(k + i) % 7] for i in range(20)] == token_W.tolist())
        starts.append(at)
        assert (np.diff(document_W) == (token_W[1:] == EOT)).all() and document_W[0] == 0
    counts = np.bincount(starts, minlength=7)
    assert ((counts - 1000 / 7) ** 2 / (1000 / 7)).sum() < 22.5  # chi-squared, 6 degrees of freedom, p = 0.001
    assert (cut.task_SBW == TEXT).all() and cut.real_SB.all()


def test_windows_too_short_are_refused(split):
    with pytest.raises(UsageError, match="at least 2 tokens, got 4 of 1"):
        windows(split, "packed", window=1)


def test_windows_are_cut_from_a_prepared_corpus(write, tokenizer, tmp_path):
    path = write("a.txt", "<|endoftext|>".join(f"A story, number {i}." for i in range(200)))
    cache = prepare(CorpusConfig((path,)), tokenizer, tmp_path / "cache")
    cut = windows(cache.train, "packed", window=64).batches(0, 2)
    row = cut.token_SBW[0, 0]
    text = bytes(row[(row != EOT) & (cut.task_SBW[0, 0] == TEXT)].tolist()).decode()
    assert text.count("A story, number") == 3 and text.endswith(".")
