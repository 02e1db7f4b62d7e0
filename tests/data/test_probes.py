"""Claims about probes and about the questions cut from stories."""

from collections import Counter

import numpy as np
import pytest
from byte_tokenizer import Bytes

from seedbed.config import UsageError
from seedbed.data import (
    Probe,
    StoryWorldConfig,
    cloze_probes,
    encoded,
    fact_probes,
    keep_probes,
    kept_probes,
    minimal_pairs,
    stories,
)
from seedbed.data.cloze import names_in
from seedbed.evaluation.probe_scores import probe_rows

PROBES = [Probe("who", "abc", ("d", "ee")), Probe("told", "", ("hello",)), Probe("who", "x" * 90, ("f", "g"))]


def test_windows_hold_prompt_and_option_and_count_the_option_alone():
    asked = encoded(PROBES, Bytes())
    windows = {int(option): (each, row) for each in asked.windows(64) for row, option in enumerate(each.document_N)}
    assert sorted(windows) == [0, 1, 2, 3, 4]
    each, row = windows[1]
    assert each.token_NW[row, :6].tolist() == [256, *b"abcee"] and each.counts_NT.shape[1] == 32
    assert np.flatnonzero(each.counts_NT[row]).tolist() == [3, 4]
    each, row = windows[3]  # its first tokens are left out
    assert each.token_NW[row].tolist() == [*b"x" * 64, ord("f")] and np.flatnonzero(each.counts_NT[row]).tolist() == [
        63
    ]


def test_an_option_longer_than_the_context_is_read_in_windows_that_move_on():
    probes = [Probe("told", "", ("abcdefghijk",)), Probe("who", "pqr", ("stuvwxyz", "s"))]
    seen = {0: [], 1: [], 2: []}
    for each in encoded(probes, Bytes()).windows(4):
        for row, option in enumerate(each.document_N):
            places = np.flatnonzero(each.counts_NT[row])
            assert not seen[int(option)] or places[0] >= 2  # half a context before what later windows score
            seen[int(option)] += each.token_NW[row, places + 1].tolist()
    assert {option: bytes(own).decode() for option, own in seen.items()} == {0: "abcdefghijk", 1: "stuvwxyz", 2: "s"}


def test_probes_are_kept_by_their_content(tmp_path):
    asked = encoded(PROBES, Bytes())
    key = keep_probes(asked, tmp_path)
    again = kept_probes(key, tmp_path)
    assert keep_probes(again, tmp_path) == key and again.tasks == ("who", "told")
    assert all(np.array_equal(getattr(again, name), getattr(asked, name)) for name in ("token_N", "item_O", "bytes_O"))
    assert [path.name for path in tmp_path.iterdir()] == [f"{key}.npz"]
    (tmp_path / f"{key}.npz").write_bytes(b"broken")
    for name in (key, "0" * 16):
        with pytest.raises(UsageError, match=r"cannot be read .*SEEDBED_CACHE"):
            kept_probes(name, tmp_path)


def test_a_question_is_answered_where_the_right_option_costs_less_and_a_text_has_bits_per_byte():
    (who, told), items = probe_rows(encoded(PROBES, Bytes()), np.array([1.0, 2.0, 10.0, 3.0, 3.0]))
    assert (who["n"], who["exact"], who["loss"]) == (2, 0.5, 2.0)  # a tie is no answer
    assert who["answer_probability"] == pytest.approx((1 / (1 + np.exp(-1)) + 0.5) / 2)
    assert (told["n"], told["loss"]) == (5, 2.0) and told["bits_per_byte"] == pytest.approx(2 / np.log(2))
    assert items["who/right"].tolist() == [True, False] and items["told/nats"].tolist() == [10.0]
    far, _ = probe_rows(encoded(PROBES, Bytes()), np.array([5000.0, 1.0, 1.0, 1.0, 1.0]))
    assert np.isfinite(far[0]["answer_probability"])


@pytest.mark.parametrize("options", [(), ("",), ("a", "a")])
def test_options_that_cannot_be_told_apart_are_refused(options):
    with pytest.raises(UsageError, match="needs options"):
        Probe("who", "", options)


TOLD = [each.text for each in stories(StoryWorldConfig(stories=1500, seed=3))]
TALK = [
    f'Once there was a {kind} named {name}. {name} said, "I see {count} birds. They are small." {name} and the birds '
    f'{"were" if count > 1 else "was"} glad. {"He" if name == "Tom" else "She"} went home. {name} said, "Bye now." So '
    "it ended. All slept well."
    for count in range(1, 40)
    for name, kind in (("Tom", "boy"), ("Ann", "girl"))
]


def test_no_question_can_be_answered_by_what_is_frequent():
    asked = cloze_probes([*TOLD, *TALK], 100)
    by_task = {task: [each for each in asked if each.task == task] for task in dict.fromkeys(p.task for p in asked)}
    assert {"pronoun", "name", "character", "agreement", "quote"} <= set(by_task)
    for task in ("pronoun", "name", "agreement", "quote"):
        right, wrong = (Counter(each.options[side] for each in by_task[task]) for side in (0, 1))
        assert right == wrong, task
    last, often = [], []
    for each in by_task["character"]:
        right, wrong = (option.strip() for option in each.options)
        last.append(each.prompt.rfind(right) > each.prompt.rfind(wrong))
        often.append(each.prompt.count(right) > each.prompt.count(wrong))
    assert np.mean(last) == 0.5 and 0.4 < np.mean(often) < 0.6  # of prompts that were cut short a count may differ


def test_questions_are_about_what_stands_in_their_story():
    names = names_in(TOLD)
    assert {"Lily", "Tom"} & names and not {"The", "Once", "She"} & names
    for each in cloze_probes(TOLD, 60):
        right, wrong = (option.strip() for option in each.options)
        if each.task in ("name", "character"):
            assert right in each.prompt and (wrong in each.prompt) == (each.task == "character")


def test_too_few_questions_leave_a_task_out_and_pairs_are_evenly_chosen():
    assert cloze_probes(TOLD[:10], 60) == []
    lines = [f"{'bad' if number % 2 == 0 else 'good'} {number // 2}" for number in range(40)]
    assert [each.options for each in minimal_pairs("zorro", lines, 3)] == [
        ("good 0", "bad 0"),
        ("good 10", "bad 10"),
        ("good 19", "bad 19"),
    ]


def test_of_facts_every_answer_is_right_as_often_as_wrong_and_stands_in_stories():
    asked = fact_probes(200)
    right, wrong = (Counter(probe.options[place] for probe in asked) for place in (0, 1))
    assert right == wrong and len(asked) == 60 and len({probe.prompt for probe in asked}) == 60
    assert all(option.startswith(" ") and probe.prompt[-1] != " " for probe in asked for option in probe.options)
    assert fact_probes(20) == asked[:20]
