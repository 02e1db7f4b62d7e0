"""Onsets of a run on every scale, and whether conditions emerge at the same loss: they do in the synthetic run."""

import numpy as np
import polars as pl
import pytest

from seedbed.config import UsageError
from seedbed.emergence import Alignment, Estimate
from seedbed.experiments import comparisons
from seedbed.experiments.attempts import Attempts
from seedbed.experiments.audit import Rules, audit
from seedbed.experiments.results import open_results
from seedbed.experiments.run_onsets import alignment_words, alignments, conditions_of, onset_items, onsets_by_scale
from seedbed.experiments.run_scales import SCALES, run_scales
from seedbed.experiments.run_scores import run_scores
from seedbed.experiments.run_section import run_section
from seedbed.reports import Table


@pytest.fixture(scope="module")
def results(synthetic_run):
    return open_results(synthetic_run)


def test_steps_become_tokens_and_flops_at_the_members_own_rates(results):
    rows = run_scales(results)
    config = next(iter(results.planned.values())).config
    assert (rows["tokens"] == rows["step"] * config.tokens_per_step).all()
    assert (rows["flops"] == rows["step"] * float(config.flops_per_step)).all()
    assert rows["lowest"].all()  # by rule the loss only falls


def test_a_loss_that_rises_again_keeps_the_lowest_place(results):
    curves = results.curves.with_columns(
        loss=pl.when((pl.col("step") == 100) & (pl.col("test") == "train")).then(9.0).otherwise(pl.col("loss"))
    )
    other = open_results(results.folder)
    other.__dict__["curves"] = curves
    rows = run_scales(other)
    bumped = rows.filter(pl.col("step") == 100)
    assert not bumped["lowest"].any()
    before = rows.filter(pl.col("step") == 75)
    assert bumped["loss"].to_list() == before["loss"].to_list()
    table = run_scores(other, scale="loss")
    assert table.warnings[0] == "48 of 1074 evaluations did not reach a new lowest loss and are left out"


def test_one_onset_is_read_off_on_all_scales(results):
    found = onsets_by_scale(results, Rules())
    tokens = next(iter(results.planned.values())).config.tokens_per_step
    unit = found["hinted", "A->C"]
    assert set(unit) == set(SCALES) and len(unit["step"]) == 8
    for in_steps, in_tokens, in_loss in zip(unit["step"], unit["tokens"], unit["loss"], strict=True):
        assert (in_steps.step is None) == (in_loss.step is None)
        if in_steps.step is not None:
            assert in_tokens.step == in_steps.step * tokens
            assert 1 / in_loss.step == pytest.approx(1.2, rel=0.15)  # the loss at onset, by rule


def test_conditions_that_emerge_at_one_loss_are_found_to(results):
    aligned = alignments(onsets_by_scale(results, Rules()), conditions_of(results))
    found = {task: each for task, _, _, each in aligned}
    assert set(found) == {"A->C", "A->B"}
    assert found["A->C"].ratio.low > 1 and alignment_words(found["A->C"], "steps") == "loss"


def test_flops_are_compared_where_conditions_differ_in_size(results):
    rates = conditions_of(results)
    found = onsets_by_scale(results, Rules())
    assert {scale for _, _, scale, _ in alignments(found, rates)} == {"step"}
    larger = {name: rate * (2 if name == "hinted" else 1) for name, rate in rates.items()}
    assert {scale for _, _, scale, _ in alignments(found, larger)} == {"step", "flops"}


def test_the_answer_needs_the_whole_interval():
    def ratio(low, high):
        estimate = Estimate(np.sqrt(low * high), low, high, 16, "jackknife")
        return Alignment(estimate, estimate, estimate, 16, 0)

    assert alignment_words(ratio(1.1, 4), "steps") == "loss"
    assert alignment_words(ratio(0.2, 0.9), "FLOPs") == "FLOPs"
    assert alignment_words(ratio(0.9, 4), "steps") == "these seeds do not settle it"


def test_the_section_holds_both_tables_and_one_number_an_onset(results):
    section = run_section(results)
    tables = {item.title: item for item in section.items if isinstance(item, Table)}
    onsets = tables["Onset in steps, tokens, FLOPs and loss"]
    assert len(onsets.rows) == 3 * 2 * 4
    in_steps = {(row[0], row[1]): row[3] for row in onsets.rows if row[2] == "steps"}
    verdicts = {tuple(row[0].rsplit(", ", 1)): row[2] for row in tables["Verdicts"].rows}
    assert in_steps == {unit: verdicts[unit] for unit in in_steps}
    assert tables["Do conditions emerge at the same loss?"].rows
    assert {row[1] for row in tables["The jump under smoother scores"].rows} == {
        "token likelihood", "answer probability", "word_score", "edit_score", "brier",
    }  # fmt: skip


def test_a_section_may_be_about_some_tasks_alone(results):
    tables = {item.title: item for item in run_section(results, tasks=["A->C"]).items if isinstance(item, Table)}
    shown = [row[0] for row in tables["Verdicts"].rows]
    assert len(shown) == 3 and all(name.endswith(", A->C") for name in shown)
    assert {row[1] for row in tables["Onset in steps, tokens, FLOPs and loss"].rows} == {"A->C"}


def test_conditions_are_compared_and_many_are_said_to_be_too_many(results, monkeypatch):
    tables = {item.title: item for item in run_section(results).items if isinstance(item, Table)}
    pairs = {(row[0], row[1], row[2]) for row in tables["Conditions compared"].rows}
    assert len(pairs) == 2 * 3 and ("A->C", "hinted", "alone") in pairs
    assert "Conditions compared" not in {
        item.title for item in run_section(results, ["hinted"]).items if isinstance(item, Table)
    }
    monkeypatch.setattr(comparisons, "MOST_CONDITIONS", 2)
    section = run_section(results)
    assert "Conditions compared" not in {item.title for item in section.items if isinstance(item, Table)}
    assert section.text[-1] == (
        "Conditions are not compared: 3 conditions of A->B; at most 2 can be compared in pairs."
    )


def test_one_condition_has_nothing_to_align_with(results):
    assert [table.title for table in onset_items(results, Rules(), ["hinted"], (), Attempts())] == [
        "Onset in steps, tokens, FLOPs and loss"
    ]


@pytest.mark.parametrize("scale", SCALES)
def test_a_run_is_audited_on_any_of_its_scales(results, scale):
    found = {task.task: task for task in audit(run_scores(results, scale=scale)).tasks}
    task = found["hinted, A->C"]
    assert task.curves.falling == (scale == "loss") and (task.restricted_mean is None) == (scale == "loss")
    assert task.verdict is not None and task.verdict.word in ("emerges", "too little data to say")
    if scale == "loss":
        assert task.curves.in_table(task.onset).value == pytest.approx(1.2, rel=0.15)


def test_another_scale_is_refused(results):
    with pytest.raises(UsageError, match="unknown scale of a run 'epochs'"):
        run_scores(results, scale="epochs")
