"""The sentence on top of an audit's page is right whatever the verdicts are."""

import numpy as np
import polars as pl
import pytest

from seedbed.experiments.audit import audit
from seedbed.experiments.audit_lead import audit_answer, audit_lead
from seedbed.experiments.audit_report import audit_report
from seedbed.reports import render
from seedbed.store.score_table import Columns, tidy_scores

SHAPES = {
    "jump": lambda step, seed: 0.95 * (step > 500 + 10 * seed),
    "slope": lambda step, seed: 0.9 * np.log10(step) / 4,
    "flat": lambda step, seed: 0.0,
}


def audited(*names, seeds=8):
    rows = [
        {"task": name, "seed": seed, "step": step, "score": SHAPES[name](step, seed)}
        for name in names
        for seed in range(seeds)
        for step in np.geomspace(10, 1e4, 16).round()
    ]
    return audit(tidy_scores(pl.DataFrame(rows), Columns("step", by=("task",), chance=0.0, items=200)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jump", "jump emerges in 8 of 8 seeds, from 0% to 95%, and reaches 50% at step 631 [398, 631] (n = 8)."),
        ("slope", "slope improves smoothly, from 27% to 86% (n = 8 seeds)."),
        ("flat", "flat never leaves chance (n = 8 seeds)."),
    ],
)
def test_one_task_is_answered_by_its_verdict(name, said):
    assert audit_answer(audited(name)) == said


def test_several_tasks_are_counted_by_verdict_and_named():
    said = audit_answer(audited("jump", "slope", "flat"))
    assert said == "Of 3 tasks 1 emerges (`jump`); 1 improves smoothly (`slope`); 1 never leaves chance (`flat`)."


def test_the_first_page_shows_the_curves_and_warns_of_few_seeds():
    found = audited("jump", seeds=2)
    lead = audit_lead(found)
    assert lead.figure.id == "curves-logarithmic" and "fewer than 3 seeds" in lead.cautions[0]
    assert audit_lead(audited("jump")).cautions == []
    page = render(audit_report(found))
    assert page.index('class="answer"') < page.index('id="curves-logarithmic"') < page.index('id="curves-linear"')


def test_a_table_of_losses_alone_is_answered_and_has_its_page():
    rows = [
        {"seed": seed, "step": step, "eval_loss": 5 / step**0.1 + seed / 10}
        for seed in range(3)
        for step in (1, 10, 100, 1000)
    ]
    found = audit(tidy_scores(pl.DataFrame(rows), Columns("step", score="eval_loss", lower_is_better=True)))
    assert audit_answer(found) == "Nothing can be judged: of the one score less is better."
    assert "Nothing can be judged" in render(audit_report(found))
