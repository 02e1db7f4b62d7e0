"""Claims about the token cache: what it holds, when it is used again, and that it is there whole or not at all."""

import os
import signal
import subprocess
import sys
import textwrap
import unicodedata
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from seedbed.config import SeedbedError, UsageError
from seedbed.data import CorpusConfig, prepare, text_of
from seedbed.data import token_cache as module
from seedbed.data.tokenizers import TokenizerConfig, gam_tokenizer, train_tokenizer

STORIES = [f"Once upon a time {i} é।" for i in range(300)]


@pytest.fixture
def config(write):
    return CorpusConfig((write("a.txt", "\n<|endoftext|>\n".join(STORIES)),), validation=0.2)


def decoded(split):
    token_N, start_D = split.token_N(), split.start_D()
    assert (token_N[start_D] == split.eot).all() and start_D[0] == 0 and start_D[-1] == split.tokens - 1
    return [bytes(token_N[one + 1 : other].tolist()).decode() for one, other in pairwise(start_D)]


def test_both_splits_hold_every_document_once_in_order(config, tokenizer, tmp_path):
    cache = prepare(config, tokenizer, tmp_path / "cache")
    train, validation = decoded(cache.train), decoded(cache.validation)
    assert sorted(train + validation) == sorted(STORIES) and 30 < len(validation) < 90
    assert train == [each for each in STORIES if each in set(train)]
    for split, texts in ((cache.train, train), (cache.validation, validation)):
        assert split.bytes_D().tolist() == [len(each.encode()) for each in texts]
        assert split.text_bytes == sum(split.bytes_D()) and split.documents == len(texts)
        assert split.tokens == split.text_bytes + len(texts) + 1 and split.token_N().dtype == np.uint16
    assert cache.made and cache.warnings == [] and not list((tmp_path / "cache").glob(".*.staged"))


def test_bits_per_byte_of_a_uniform_guess_is_its_entropy_over_bytes(config, tokenizer, tmp_path):
    split = prepare(config, tokenizer, tmp_path).train
    expected = np.log2(257) * (split.text_bytes + split.documents) / split.text_bytes
    assert split.bits_per_byte(np.log(257)) == pytest.approx(expected)


def test_a_split_knows_its_own_documents_from_their_parts_and_neighbours(config, tokenizer, tmp_path):
    train = prepare(config, tokenizer, tmp_path).train
    token_N, start_D = train.token_N(), train.start_D()
    own = [token_N[one + 1 : other] for one, other in pairwise(start_D)]
    assert len(own) >= 2 and train.holds(own).all() and train.holds([each.astype(np.int64) for each in own]).all()
    others = [own[0][:-1], own[0][1:], token_N[1 : start_D[2]], np.append(own[0][:-1], own[0][-1] + 1)]
    assert train.holds([*others, own[-1]]).tolist() == [False] * 4 + [True]


def test_a_large_vocabulary_needs_wider_tokens(config, tokenizer, tmp_path):
    tokenizer.vocabulary, tokenizer.eot, tokenizer.fingerprint = 70_000, 69_999, "large"
    split = prepare(config, tokenizer, tmp_path).train
    assert split.token_N().dtype == np.uint32 and split.token_N()[0] == 69_999


def test_the_same_corpus_and_settings_are_not_tokenised_again_wherever_they_lie(config, tokenizer, tmp_path, write):
    first = prepare(config, tokenizer, tmp_path / "cache")
    moved = write("elsewhere/b.txt", (tmp_path / "a.txt").read_bytes())

    tokenizer.encode_many = lambda texts: pytest.fail("tokenised again")
    again = prepare(replace(config, paths=(moved,)), tokenizer, tmp_path / "cache")
    assert again == replace(first, made=False)


OTHER = {
    "normalise": "NFKC",
    "deduplicate": "none",
    "separator": "upon",
    "errors": "replace",
    "validation": 0.3,
    "field": "story",
}


@pytest.mark.parametrize("name", [*OTHER, "content", "tokenizer", "validation_paths"])
def test_any_other_corpus_setting_or_tokenizer_is_another_cache(config, tokenizer, tmp_path, write, name):
    first = prepare(config, tokenizer, tmp_path / "cache")
    if name == "content":
        write("a.txt", "\n<|endoftext|>\n".join([*STORIES, "One more."]))
    elif name == "tokenizer":
        tokenizer.fingerprint = "other"
    elif name == "validation_paths":
        config = replace(config, validation_paths=(write("v.txt", "Held out."),))
    else:
        config = replace(config, **{name: OTHER[name]})
    other = prepare(config, tokenizer, tmp_path / "cache")
    assert other.made and other.folder != first.folder
    assert first.folder.exists() and (first.folder / "train.tokens").stat().st_size == 2 * first.train.tokens


@pytest.mark.parametrize(
    "harm", ["shortened", "lost", "other bytes", "other key", "other count", "no meta", "no table"]
)
def test_a_cache_that_is_not_whole_is_made_anew(config, tokenizer, tmp_path, harm):
    first = prepare(config, tokenizer, tmp_path / "cache")
    whole = (first.folder / "train.tokens").read_bytes()
    if harm == "shortened":
        (first.folder / "train.tokens").write_bytes(whole[:-2])
    elif harm == "lost":
        (first.folder / "train.starts").unlink()
    elif harm == "other bytes":
        (first.folder / "train.tokens").write_bytes(whole[:20] + b"\xff" * 10 + whole[30:])
    elif harm == "other count":
        meta = first.folder / "cache.json"
        meta.write_text(meta.read_text().replace(f'"tokens": {first.train.tokens}', '"tokens": 9'))
    elif harm == "no table":
        (first.folder / "cache.json").write_text("[]")
    elif harm == "other key":
        meta = first.folder / "cache.json"
        meta.write_text(meta.read_text().replace(first.folder.name, "0" * 16))
    else:
        (first.folder / "cache.json").write_text("{")
    again = prepare(config, tokenizer, tmp_path / "cache")
    assert again.made and (again.folder / "train.tokens").read_bytes() == whole


def test_a_file_that_changes_while_it_is_read_leaves_no_cache(config, tokenizer, tmp_path, write):
    encode = tokenizer.encode_many

    def growing(texts):
        write("a.txt", "<|endoftext|>".join([*STORIES, "Another."]))
        return encode(texts)

    tokenizer.encode_many = growing
    with pytest.raises(
        SeedbedError, match=r"a\.txt changed while they were read: .* again when they are complete"
    ) as refused:
        prepare(config, tokenizer, tmp_path / "cache")
    assert refused.value.exit_code == 1
    assert [each.name for each in (tmp_path / "cache").iterdir() if not each.name.endswith(".lock")] == []


def test_a_tokenizer_that_reads_another_unicode_form_than_the_corpus_is_refused(tmp_path, write):
    path = write("nfd.txt", "<|endoftext|>".join(unicodedata.normalize("NFD", each) for each in STORIES))
    made = [train_tokenizer(TokenizerConfig("byte", normalise=form), []) for form in ("none", "NFC")]
    config = CorpusConfig((path,), normalise="none", validation=0.2)
    cache = prepare(config, made[0], tmp_path / "cache")
    assert cache.train.unspelled_bytes == 0
    assert cache.train.text_bytes == sum(len(each.encode()) for each in decoded(cache.train))
    with pytest.raises(UsageError, match=r"do not spell its \d+ bytes: .* another Unicode form .* --normalise"):
        prepare(config, made[1], tmp_path / "cache")
    assert prepare(replace(config, normalise="NFC"), made[1], tmp_path / "cache").train.unspelled_bytes == 0


def test_what_a_tokenizer_drops_is_counted(config, tmp_path):
    cache = prepare(config, train_tokenizer(gam_tokenizer(), STORIES), tmp_path / "cache")
    spaces = [each.count(" ") for each in STORIES]
    assert cache.train.unspelled_bytes + cache.validation.unspelled_bytes == sum(spaces)
    assert 0 < cache.validation.unspelled_bytes < cache.train.unspelled_bytes


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_an_interruption_leaves_nothing_half_written(config, tokenizer, tmp_path, monkeypatch, raised):
    monkeypatch.setattr(module, "CHUNK", 500)
    encode, calls = tokenizer.encode_many, []

    def interrupted(texts):
        calls.append(texts)
        if len(calls) == 5:
            raise raised
        return encode(texts)

    tokenizer.encode_many = interrupted
    with pytest.raises(type(raised)):
        prepare(config, tokenizer, tmp_path / "cache")
    assert [each.name for each in (tmp_path / "cache").iterdir() if not each.name.endswith(".lock")] == []
    tokenizer.encode_many = encode
    assert prepare(config, tokenizer, tmp_path / "cache").train.documents > 200


def test_a_killed_preparation_is_cleared_by_the_next(config, tokenizer, tmp_path):
    script = textwrap.dedent(f"""
        import os, signal
        import numpy as np
        from pathlib import Path
        from seedbed.data import CorpusConfig, prepare, token_cache
        token_cache.CHUNK = 500
        class Bytes:
            vocabulary, eot, fingerprint, lossless, calls = 257, 256, "bytes", True, 0
            def encode_many(self, texts):
                self.calls += 1
                if self.calls == 5:
                    os.kill(os.getpid(), signal.SIGKILL)
                return [np.frombuffer(text.encode(), dtype=np.uint8) for text in texts]
            def spelled_bytes(self, encoded):
                return np.array([len(each) for each in encoded])
        prepare(CorpusConfig(({config.paths[0]!r},), validation=0.2), Bytes(), Path({str(tmp_path / "cache")!r}))
    """)
    done = subprocess.run([sys.executable, "-c", script], timeout=60, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "cache").glob(".*.staged"))) == 1
    cache = prepare(config, tokenizer, tmp_path / "cache")
    assert cache.made and list((tmp_path / "cache").glob(".*.staged")) == []


def test_a_full_disk_is_said_and_leaves_nothing(config, tokenizer, tmp_path, monkeypatch):
    def full(self, texts):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.SplitWriter, "add", full)
    with pytest.raises(SeedbedError, match=r"No space left on device. Free some space"):
        prepare(config, tokenizer, tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*.staged")) == []


def test_copied_validation_text_is_warned_of_with_the_count_each_time(tokenizer, tmp_path, write):
    train = write("a.txt", "<|endoftext|>".join(STORIES))
    held = write("v.txt", "<|endoftext|>".join([*(each.upper() for each in STORIES[:3]), "Nobody has read this."]))
    config = CorpusConfig((train,), validation_paths=(held,))
    for _ in range(2):
        cache = prepare(config, tokenizer, tmp_path / "cache")
        (warning,) = cache.warnings
        assert warning.startswith("3 of 4 validation documents occur in the training text (3 word for word")
        assert "--deduplicate near" in warning and text_of(cache, "bytes").warnings == [warning]
    assert prepare(replace(config, deduplicate="near"), tokenizer, tmp_path / "cache").warnings == []  # as advised


def test_progress_is_told_of_both_readings(config, tokenizer, tmp_path):
    told = []
    cache = prepare(config, tokenizer, tmp_path / "cache", progress=lambda *each: told.append(each))
    assert [stage for stage, _ in told] == ["tokens", "overlap"]
    assert told[0][1] == cache.train.text_bytes + cache.validation.text_bytes


def test_nothing_is_held_out_where_nothing_is_asked_for(config, tokenizer, tmp_path):
    cache = prepare(replace(config, validation=0.0), tokenizer, tmp_path)
    assert (cache.train.documents, cache.validation.documents, cache.overlap) == (300, 0, None)
    assert len(cache.validation.bytes_D()) == 0 and cache.validation.token_N().tolist() == [256]


def test_a_share_that_no_document_falls_to_is_refused_with_one_that_would_do(tokenizer, tmp_path, write):
    path = write("few.txt", "<|endoftext|>".join(["a", "b", "c", "d"]))
    with pytest.raises(UsageError, match=r"none of the 4 documents .* --validation 0\.\d+ holds out one") as refused:
        prepare(CorpusConfig((path,), validation=0.001), tokenizer, tmp_path)
    enough = float(str(refused.value).split("--validation ")[1].split()[0])
    assert prepare(CorpusConfig((path,), validation=enough), tokenizer, tmp_path).validation.documents >= 1
    with pytest.raises(UsageError, match=r"all 4 documents .* were held out: lower"):
        prepare(CorpusConfig((path,), validation=0.9999), tokenizer, tmp_path)
