"""Claims about stories: what is told is the case, nothing happens that cannot, and each story is its number's alone."""

import re
from itertools import pairwise

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.data import CorpusConfig, StoryWorldConfig, documents, facts, prepare, stories, story, story_questions
from seedbed.data import story_words as words
from seedbed.data.story_questions import KINDS

CONFIG = StoryWorldConfig(stories=400, seed=3)
TOLD = list(stories(CONFIG))
NAMES = {name for name, _, _ in words.PEOPLE}


def matches(phrasings, sentence):
    """The slots of a sentence that one of these phrasings makes, or None; read from the text alone."""
    for phrasing in phrasings:
        pattern, named = re.escape(phrasing).replace(r"\{", "{").replace(r"\}", "}"), set()
        for slot in re.findall(r"{(\w+)}", phrasing):
            pattern = pattern.replace(f"{{{slot}}}", rf"(?P<{slot}>\w+)" if slot not in named else rf"(?P={slot})", 1)
            named.add(slot)
        if found := re.fullmatch(pattern, sentence):
            return found.groupdict()
    return None


def test_each_story_is_its_number_and_seed_alone():
    assert [story(CONFIG, n) for n in (7, 3, 400)] == [TOLD[6], TOLD[2], TOLD[399]]
    assert story(StoryWorldConfig(stories=5, seed=3), 3) == TOLD[2]
    assert story(StoryWorldConfig(seed=4), 3).text != TOLD[2].text
    assert len({each.text for each in TOLD}) == 400


def test_what_sentences_say_is_the_case():
    """Read back from the words alone: places, holders and moods as the sentences give them."""
    checked = {"where": 0, "holder": 0, "lies": 0, "mood": 0}
    for told in TOLD:
        assert len(told.sentences) == len(told.facts)
        for sentence, now in zip(told.sentences, told.facts, strict=True):
            if found := matches(words.NOW_PLACE + words.GO + words.GO_TO_MEET, sentence):
                if found["a"] in NAMES:
                    assert now.where[found["a"]] == found["p"], sentence
                    checked["where"] += 1
                    if found.get("b"):
                        assert now.where[found["b"]] == found["p"]
            elif found := matches(words.NOW_LIES, sentence):
                assert now.lies[found["o"]] == found["p"], sentence
                checked["lies"] += 1
            elif found := matches(words.NOW_HOLDER + words.TAKE, sentence):
                if found["a"] in NAMES:
                    assert now.holder[found["o"]] == found["a"], sentence
            elif found := matches(words.GIVE, sentence):
                assert now.holder[found["o"]] == found["b"], sentence
                checked["holder"] += 1
            elif found := matches(words.SWAP, sentence):
                assert (now.holder[found["o"]], now.holder[found["q"]]) == (found["b"], found["a"])
            elif found := matches(words.LOOK_IN_VAIN[2:], sentence):
                assert now.place_of(found["o"]) != found["p"]
            for mood, phrasings in words.MOODS.items():
                if (found := matches(phrasings, sentence)) and found["a"] in NAMES:
                    assert now.mood[found["a"]] == mood
                    checked["mood"] += 1
    assert min(checked.values()) > 50, checked


def test_nothing_happens_that_cannot():
    for told in TOLD:
        assert told.facts[0].holder == told.facts[0].lies == {}
        for before, now in pairwise(told.facts):
            assert not set(now.holder) & set(now.lies)
            assert set(before.where) <= set(now.where) and {*before.holder, *before.lies} <= {*now.holder, *now.lies}
            assert set(now.mood) <= set(now.where)
            for thing, who in now.holder.items():
                if thing in before.lies:  # taken where it lay
                    assert before.lies[thing] == before.where[who] == now.where[who]
                elif thing in before.holder and before.holder[thing] != who:  # given hand to hand
                    assert before.where[before.holder[thing]] == before.where[who] == now.where[who]
            for thing, place in now.lies.items():
                if thing in before.holder:
                    assert now.where[before.holder[thing]] == place
                elif thing in before.lies:
                    assert before.lies[thing] == place
            moved = [who for who in before.where if before.where[who] != now.where[who]]
            assert len(moved) <= 1


def test_goals_are_reached():
    for told in TOLD:
        want = next((matches(words.WANTS, each) for each in told.sentences if matches(words.WANTS, each)), None)
        if want and want.get("a") in NAMES:
            assert facts(told).holder[want["o"]] == want["a"]


def test_every_phrasing_is_told_and_no_slot_is_left_open():
    text = " ".join(each.text for each in stories(StoryWorldConfig(stories=900)))
    assert not re.search(r"[{}]|\ba (old|apple)\b|  ", text)
    for name, phrasings in vars(words).items():
        if name.isupper() and isinstance(phrasings, tuple) and all(isinstance(each, str) for each in phrasings):
            for phrasing in phrasings:
                longest = max(re.split(r"{\w+}", phrasing), key=len)
                assert longest in text, (name, phrasing)


def test_the_default_corpus_is_the_story_world_and_says_that_it_is_generated(tokenizer, tmp_path):
    config = CorpusConfig(story_world=StoryWorldConfig(stories=50), validation=0.2)
    found = list(documents(config))
    assert [each.text for each in found] == [each.text for each in stories(config.story_world)]
    assert (found[6].source, found[6].place) == ("story world", 7)
    cache = prepare(config, tokenizer, tmp_path)
    assert "nobody wrote these texts" in (cache.folder / "cache.json").read_text()


def test_a_story_world_that_cannot_be_is_refused():
    for settings, message in [({"stories": 0}, "got 0"), ({"seed": -1}, "got -1"), ({"events": 41}, "got 41")]:
        with pytest.raises(UsageError, match=message):
            StoryWorldConfig(**settings)
    with pytest.raises(UsageError, match="need paths"):
        CorpusConfig(validation_paths=("a.txt",))


@pytest.mark.parametrize("kind", KINDS)
def test_questions_have_one_right_answer_and_cannot_be_told_from_the_words(kind):
    asked = story_questions(CONFIG, 30, kind=kind)
    assert len(asked) == 30 and len({each.story for each in asked}) == 30
    assert min(each.story for each in asked) > CONFIG.stories
    assert sum(each.last for each in asked) == 15
    for each in asked:
        told = story(CONFIG, each.story)
        sentences = next(
            k for k in reversed(range(len(told.sentences))) if each.prompt.startswith(prefix(told, k) + " Now ")
        )
        now = told.facts[sentences]
        stem = each.prompt.removeprefix(prefix(told, sentences) + " ")
        for answer, is_right in ((each.right, True), (each.wrong, False)):
            if kind == "where":
                true = now.where[re.fullmatch(r"Now (\w+) was in the", stem)[1]] == answer.strip()
            elif kind == "lies":
                true = now.lies[re.fullmatch(r"Now the (\w+) was in the", stem)[1]] == answer.strip()
            else:
                true = now.holder.get(answer.strip()) == re.fullmatch(r"Now (\w+) had the", stem)[1]
            assert true == is_right
            assert answer in each.prompt.removesuffix(stem)
        assert 0 <= each.age <= sentences
    assert np.mean([each.age for each in asked]) > 2
    assert asked == story_questions(CONFIG, 30, kind=kind)


def prefix(told, k):
    return " ".join(told.sentences[: k + 1])


def test_an_odd_number_of_questions_cannot_be_balanced():
    with pytest.raises(UsageError, match="even number of at least 2, got 3"):
        story_questions(CONFIG, 3, kind="where")
