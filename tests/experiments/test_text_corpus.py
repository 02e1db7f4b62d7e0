"""Claims about a tokenizer and the text that it is learnt from: the training documents, read once and whole."""

from dataclasses import replace

import pytest

from seedbed.config import SeedbedError, UsageError
from seedbed.data import CorpusConfig
from seedbed.data.splits import split_documents
from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer
from seedbed.experiments import text_corpus
from seedbed.experiments.text_corpus import learnt, prepared

STORIES = [f"{'Once upon a time there was a king. ' * 8}He had {number} dogs." for number in range(40)]


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.txt").write_text("<|endoftext|>".join([*STORIES, *(f"Another tale {word}." for word in "abcdefgh")]))


@pytest.mark.parametrize("deduplicate", ["near", "exact", "none"])
def test_a_tokenizer_is_learnt_from_the_documents_that_are_trained_on(monkeypatch, deduplicate):
    corpus, heard = CorpusConfig(("a.txt",), deduplicate=deduplicate, validation=0.2), []

    def noting(config, texts):
        heard.extend(texts)
        return train_tokenizer(config, heard)

    monkeypatch.setattr(text_corpus, "train_tokenizer", noting)
    learnt(corpus, TokenizerConfig("bpe", 300), lambda line: None)
    assert heard == [each.text for split, each in split_documents(corpus) if split == "train"]
    assert (len(heard) < 20) == (deduplicate == "near")


def test_text_that_changes_while_a_tokenizer_is_learnt_is_refused(tmp_path, monkeypatch):
    def growing(config, texts):
        found = train_tokenizer(config, texts)
        (tmp_path / "a.txt").write_text("Something else.")
        return found

    monkeypatch.setattr(text_corpus, "train_tokenizer", growing)
    with pytest.raises(SeedbedError, match=r"files of a\.txt changed while they were read"):
        learnt(CorpusConfig(("a.txt",)), TokenizerConfig("bpe", 300), lambda line: None)
    assert not (tmp_path / "cache" / "tokenizers").exists()


def test_a_damaged_tokenizer_in_the_cache_is_learnt_anew(tmp_path):
    corpus, config, told = CorpusConfig(("a.txt",)), TokenizerConfig("bpe", 300), []
    first = learnt(corpus, config, told.append)
    (file,) = (tmp_path / "cache" / "tokenizers").glob("*/tokenizer.json")
    file.write_text(first.text.replace('"vocab":', '"vocabulary":'))
    assert learnt(corpus, config, told.append).fingerprint == first.fingerprint
    assert [line.partition(":")[0] for line in told] == ["tokenizer trained"] * 2
    learnt(corpus, config, told.append)
    assert told[2].startswith("tokenizer found")


def test_where_all_text_is_held_out_that_is_said(tmp_path):
    corpus = CorpusConfig(("a.txt",), validation_paths=("a.txt",))
    for kind in ("byte", "bpe"):
        with pytest.raises(UsageError, match=r"nothing of a\.txt is left to train on: .* held out as one of a\.txt"):
            prepared(corpus, TokenizerConfig(kind, 300))


def test_a_finished_tokenizer_of_another_unicode_form_is_refused(tmp_path):
    (tmp_path / "nfd.txt").write_text("<|endoftext|>".join(f"cafe\u0301 {number}" for number in range(40)))
    made = train_tokenizer(TokenizerConfig("bpe", 300), ["café"])
    made.save(tmp_path / "mine")
    corpus = CorpusConfig(("nfd.txt",), normalise="none", validation=0.2)
    with pytest.raises(UsageError, match="another Unicode form than the corpus is read in"):
        prepared(corpus, made.config, finished="mine")
    ready = prepared(replace(corpus, normalise="NFC"), made.config, finished="mine")
    assert ready.world.warnings == [] and ready.world.validation.unspelled_bytes == 0
    own = prepared(corpus, replace(made.config, normalise="none"))
    assert own.world.normalise == "none" and own.world.validation.unspelled_bytes == 0
