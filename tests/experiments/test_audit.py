"""What an audit says of tables whose truth is known."""

import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from ragged import ragged_table

from seedbed.experiments.audit import Rules, audit
from seedbed.experiments.audit_report import evidence_lines, verdict_table
from seedbed.store.score_table import Columns, tidy_scores

STEPS = np.geomspace(10, 1e5, 30)
X = np.log10(STEPS)
PLAIN = Columns(chance=0, items="n")


def sigmoid(middle, width):
    return 1 / (1 + np.exp(-(X - middle) * 2 * np.log(9) / width))


def audited(share_E, columns=PLAIN, rules=None, *, seeds=8, scale=STEPS, **more):
    rng = np.random.default_rng(5)
    rows = [
        {"seed": seed, columns.scale: place, "score": rng.binomial(200, share) / 200, "n": 200}
        | {name: float(np.broadcast_to(values, (seeds, len(scale)))[seed, at]) for name, values in more.items()}
        for seed in range(seeds)
        for at, (place, share) in enumerate(zip(scale, share_E, strict=True))
    ]
    return audit(tidy_scores(pl.DataFrame(rows), columns), rules)


def test_a_jump_that_the_metric_made_is_said_in_the_verdict_itself():
    token_E = 0.5 + 0.4999 * sigmoid(2.5, 0.5)
    (task,) = audited(
        token_E**100, replace(PLAIN, length=100, log_likelihood="ll"), scale=STEPS, ll=np.log(token_E)
    ).tasks
    assert str(task.mirage) == "explained by the metric"
    assert task.words.startswith("emerges at ") and task.words.endswith(", but the metric explains the jump")
    assert task.caveats[-1].startswith("the jump is explained by the metric: token likelihood")


def test_likelihoods_that_do_not_predict_exact_match_explain_no_jump():
    token_E = 0.3 + 0.4 * (X - 1) / 4
    (task,) = audited(1.0 * (X > 3), replace(PLAIN, length=2, log_likelihood="ll"), ll=np.log(token_E)).tasks
    assert task.verdict is not None and task.verdict.word == "emerges" and str(task.mirage) == "cannot be judged"
    assert "miss exact match by" in task.mirage.caveats[0] and task.words == str(task.verdict)


def test_another_score_without_a_jump_may_measure_something_else():
    slope_SE = 0.2 + np.linspace(0.14, 0.16, 8)[:, None] * (X - 1)
    (task,) = audited(1.0 * (X > 3), replace(PLAIN, partial=("bleu",)), bleu=slope_SE).tasks
    assert str(task.mirage) == "explained by the metric"
    assert any("may measure something else" in caveat for caveat in task.mirage.caveats)
    (same,) = audited(1.0 * (X > 3), replace(PLAIN, partial=("bleu",)), bleu=slope_SE[0]).tasks
    assert "has no interval" in same.mirage.caveats[0]
    (flat,) = audited(1.0 * (X > 3), replace(PLAIN, partial=("bleu",)), bleu=np.full(30, 0.3)).tasks
    assert flat.mirage.caveats == ("no other score rises with exact match by more than its noise",)


def test_of_a_step_only_the_upper_end_of_its_width_is_known_and_a_flat_curve_has_none():
    (step,) = audited(0.9 * (X > 3)).tasks
    assert step.width is not None and np.isnan(step.width.value) and 0 < step.width.high < 0.3
    (slow,) = audited(0.9 * sigmoid(3, 2)).tasks
    assert slow.width is not None and slow.width.value == pytest.approx(2, rel=0.2)
    (flat,) = audited(np.full(30, 0.08)).tasks
    assert flat.width is None


def test_an_onset_at_the_level_of_chance_is_warned_of():
    columns = Columns(chance=0.5, items="n")
    assert any("guessing gives 0.5" in warning for warning in audited(np.full(30, 0.5), columns).warnings)
    assert not audited(np.full(30, 0.5), columns, Rules(threshold=0.75)).warnings
    assert not audited(0.9 * (X > 3)).warnings


def test_on_a_falling_scale_the_limit_of_a_sharp_rise_is_said_and_can_be_set():
    losses = np.linspace(4, 1.5, 30)
    share_E = 1 / (1 + np.exp(-(2.3 - losses) * 2 * np.log(9) / 0.75))
    columns = replace(PLAIN, scale="loss")
    found = audited(share_E, columns, scale=losses)
    assert any("less than 0.11 decades, a quarter of the range" in warning for warning in found.warnings)
    assert found.tasks[0].words == "improves smoothly, from 0% to 98%"
    wide = audited(share_E, columns, Rules(sharp_width=0.3), scale=losses)
    assert not wide.warnings and wide.tasks[0].words.startswith("emerges at 2.")
    cut = losses < 2.5  # the rise is under way where the table begins
    early = audited(share_E[cut], columns, scale=losses[cut]).tasks[0]
    assert not any("scales are needed" in caveat for caveat in early.caveats)


def test_one_seed_emerges_between_two_evaluations():
    found = audited(0.9 * (X > 3), seeds=1)
    assert found.tasks[0].words == "emerges between 853 and 1,172 in this one seed, from 0% to 90%"


def test_the_width_of_one_seed_is_known_within_its_own_fit():
    (step,) = audited(0.9 * (X > 3), seeds=1).tasks
    assert step.width is not None and np.isnan(step.width.value) and 0 < step.width.high < 0.3 and step.width.n == 1
    (slow,) = audited(0.9 * sigmoid(3, 2), seeds=1).tasks
    assert slow.width is not None and slow.width.low < 2 < slow.width.high


@pytest.mark.parametrize("number", range(10))
def test_ragged_tables_have_an_answer_that_no_order_of_seeds_changes(number):
    rows = ragged_table(number)
    names = rows["seed"].unique().sort()
    other_names = names.shuffle(seed=number)
    others = rows.with_columns(pl.col("seed").replace(names, other_names)).sample(fraction=1, shuffle=True, seed=number)
    one, other = (
        audit(tidy_scores(each, Columns(chance=0, items=200)), Rules(persistence=1)).tasks[0] for each in (rows, others)
    )
    assert not one.failed and (one.words, one.width, one.caveats) == (other.words, other.width, other.caveats)
    assert one.survival.share_K.tolist() == other.survival.share_K.tolist()


def test_curves_of_models_are_called_models():
    rng = np.random.default_rng(2)
    rows = [
        {"model": f"m{size}", "step": step, "score": rng.binomial(200, share) / 200, "n": 200}
        for size in range(6)
        for step, share in zip(STEPS, sigmoid(3, 0.1), strict=True)
    ]
    found = audit(tidy_scores(pl.DataFrame(rows), Columns(group="model", chance=0, items="n")))
    (task,) = found.tasks
    said = [*task.caveats, task.counted, *evidence_lines(task, "step", found.rules), *verdict_table(found).columns]
    assert task.counted == "in 6 of 6 models"
    assert not any(re.search(r"\bseeds?\b", text) for text in said), said
    assert any(text.startswith("models are no repetitions of one training") for text in said)
