"""`seedbed forecast`, end to end on a run whose curves are made by rule, and on one that is too small."""

import json

import pytest


def test_members_conditions_and_skill_are_told(seedbed, synthetic_run):
    done = seedbed("forecast", synthetic_run, "--task", "A->C")
    assert done.code == 0, done.err
    assert (
        done.out.startswith("A->C: ")
        and "members of 3 conditions had not emerged" in done.out
        and "at step 150 of 600" in done.out
    )
    assert "Members in training:" in done.out and "chance by 600" in done.out
    assert "(n = 3) conditions, each left out in turn" in done.out
    assert "Onsets inside their 80% interval: " in done.out


def test_json_holds_the_same(seedbed, synthetic_run):
    answer = json.loads(seedbed("forecast", synthetic_run, "--task", "A->C", "--by", "500", "--json").out)
    assert (answer["task"], answer["after"], answer["by"], answer["end"]) == ("A->C", 150, 500, 600)
    assert len(answer["members"]) == 3 and len(answer["conditions"]) == 3
    assert answer["members_known"] + answer["members_left_out"] == 24
    assert answer["skill"]["skill"]["value"] > 0.3 and answer["skill"]["coverage"]["n"] == answer["members_known"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the run has several tasks: name one with --task: "),
        (["--task", "A->D"], "unknown task 'A->D'"),
        (["--task", "A->C", "--by", "100"], "by must be a step after 150"),
    ],
)
def test_what_cannot_be_foretold_is_refused(seedbed, synthetic_run, words, message):
    done = seedbed("forecast", synthetic_run, *words)
    assert done.code == 2 and message in done.err


def test_a_run_that_is_too_small_is_refused(seedbed, grown):
    done = seedbed("forecast", grown)
    assert (
        done.code == 2
        and "a forecast needs two evaluations in the first quarter of 6 steps, but there are 0" in done.err
    )


def test_two_conditions_are_forecast_without_a_skill(seedbed, synthetic, monkeypatch, tmp_path):
    rows_of, seen = synthetic.rows_of, []

    def none_of_the_first_condition(member, *rest):
        seen.append(member)
        return [] if len(seen) <= 8 else rows_of(member, *rest)

    monkeypatch.setattr(synthetic, "rows_of", none_of_the_first_condition)
    done = seedbed("forecast", synthetic.build(tmp_path / "two"), "--task", "A->C")
    assert done.code == 0 and "members of 2 conditions had not emerged" in done.out
    assert (
        "Members in training:" in done.out
        and "Skill: unknown, because leaving one condition out needs 3 conditions." in done.out
    )


def test_a_member_that_diverged_is_left_out_and_counted(seedbed, synthetic, synthetic_run, monkeypatch, tmp_path):
    rows_of, seen = synthetic.rows_of, []

    def diverging(member, *rest):
        seen.append(member)
        rows = rows_of(member, *rest)
        return [{**row, "loss": float("nan")} if row["test"] == "train" and len(seen) == 2 else row for row in rows]

    before = json.loads(seedbed("forecast", synthetic_run, "--task", "A->C", "--json").out)
    monkeypatch.setattr(synthetic, "rows_of", diverging)
    after = json.loads(seedbed("forecast", synthetic.build(tmp_path / "nan"), "--task", "A->C", "--json").out)
    gone = before["members_known"] - after["members_known"]
    assert gone == after["members_left_out"] - before["members_left_out"] == 1
