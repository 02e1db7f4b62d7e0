"""Claims about splits: by text alone, in the share asked for; and overlap is found where it is, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import CorpusConfig, Document, split_of
from seedbed.data.splits import WORDS, OverlapCheck, split_documents

CONFIG = CorpusConfig(("a.txt",), validation=0.1)


def test_the_split_is_of_the_text_alone_and_of_the_share_asked_for():
    documents = [Document(f"story {i}", "a", i) for i in range(6000)]
    held_out = [split_of(each, CONFIG) == "validation" for each in documents]
    assert np.mean(held_out) == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 6000))
    assert [split_of(Document(each.text, "b", 7), CONFIG) == "validation" for each in documents[:50]] == held_out[:50]
    more = [split_of(each, CorpusConfig(("a.txt",), validation=0.3)) == "validation" for each in documents]
    assert all(one <= other for one, other in zip(held_out, more, strict=True))  # a larger share adds to it


def test_validation_paths_are_held_out_instead(write):
    train, held = write("a.txt", "<|endoftext|>".join(f"t{i}" for i in range(50))), write("b.txt", "v")
    found = [(split, each.text) for split, each in split_documents(CorpusConfig((train,), validation_paths=(held,)))]
    assert found == [("validation", "v")] + [("train", f"t{i}") for i in range(50)]


@pytest.mark.parametrize("deduplicate", ["exact", "near", "none"])
def test_what_is_held_out_by_name_is_not_trained_on_where_it_stands_in_the_corpus_too(write, deduplicate):
    texts = [f"once{number} upon{number} a{number} time{number} there{number} was{number}" for number in range(20)]
    many = write("stories/many.txt", "<|endoftext|>".join([*texts, texts[3]]))
    held = write("stories/valid.txt", "<|endoftext|>".join([texts[7], texts[3]]))
    config = CorpusConfig((str(Path(many).parent),), validation_paths=(held,), deduplicate=deduplicate)
    found = [(split, each.text) for split, each in split_documents(config)]
    assert [text for split, text in found if split == "validation"] == [texts[7], texts[3]]
    assert [text for split, text in found if split == "train"] == [
        each for each in texts if each not in (texts[3], texts[7])
    ]


def test_near_copies_of_held_out_text_are_dropped_from_training_where_that_is_asked_for(write):
    story = " ".join(f"word{number}" for number in range(200))
    held = write("v.txt", story)
    train = write("a.txt", f"{story} And more.<|endoftext|>Something else is told here.")
    for deduplicate, kept in (("exact", 2), ("near", 1)):
        config = CorpusConfig((train,), validation_paths=(held,), deduplicate=deduplicate)
        assert [split for split, _ in split_documents(config)] == ["validation"] + ["train"] * kept


def words(rng, count):
    return [f"w{n}" for n in rng.integers(0, 10**6, size=count)]


def checked(held, training):
    check = OverlapCheck()
    for text in held:
        check.hold(text)
    for text in training:
        check.look([text])
    return check.result()


def test_overlap_counts_whole_and_mostly_copied_documents():
    rng = np.random.default_rng(0)
    held = [words(rng, 60) for _ in range(5)]
    training = [
        " ".join(words(rng, 10) + held[0] + words(rng, 10)),  # whole, inside another
        " ".join(held[1][:45]).upper(),  # 33 of 48 windows
        " ".join(held[2][:30]),  # 18 of 48
        " ".join(held[3][: WORDS - 1] + words(rng, 3) + held[3][WORDS:25]),  # never 13 words on end
    ]
    found = checked([" ".join(each) for each in held], training)
    assert (found.validation, found.found, found.whole, found.windows) == (5, 2, 1, 5 * 48)
    assert found.windows_found == 48 + 33 + 18
    assert "2 of 5 validation documents occur in the training text (1 word for word" in (found.warning or "")
    assert "--deduplicate near" in (found.warning or "")
    assert "--deduplicate" not in (replace(found, near=True).warning or "--deduplicate")  # it was done


def test_a_short_validation_document_is_found_only_as_a_document():
    assert checked(["The End."], ["the  end."]).found == 1
    found = checked(["The End.", "one"], ["this is the end."])
    assert found.found == 0 and found.warning is None


def test_nothing_to_compare_is_no_overlap():
    assert checked([], ["a"]).found == checked(["a"], []).found == 0


def test_validation_beyond_the_limit_is_not_looked_for_and_is_not_counted(monkeypatch):
    monkeypatch.setattr("seedbed.data.splits.MOST_WINDOWS", 3)
    assert checked(["a", "b", "c", "d", "e"], ["e", "a"]).validation == 3
