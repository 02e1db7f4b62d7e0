"""The page of a paper-3.2 run: loss by epoch beside the published curve, table 1 by its own test and ours, claims."""

from dataclasses import replace

import polars as pl

from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments import answers, parts
from seedbed.experiments.claims import Claim, Measured, judge_all
from seedbed.experiments.claims_32 import FAITHFUL, LOSS_WITHIN, OWN_CUT, OWN_LOSSES, OWN_UNSEEN, TABLE1, loss_id
from seedbed.experiments.first_page import cautions, example, world_picture
from seedbed.experiments.measures import THRESHOLD, final_score, mean_score, mean_value
from seedbed.experiments.paper32 import CONDITION, EPOCHS, MIXTURE, STEPS_PER_EPOCH, WORLD
from seedbed.experiments.paper_runs import WINDOW, effect_of_cut, loss_beside, losses_figure, training_losses
from seedbed.experiments.published import table1_loss
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.reports import Lead, Report, Section, Table, Verdict, led
from seedbed.tasks import bayes_floor

TITLE = "Section 3.2, as in the paper"
CUT = 45  # tokens of a prompt in the paper's own test


def make(results: Results) -> Report:
    """The report."""
    if final_score(results, CONDITION, "B->C") is None:
        return Report(TITLE, "No member has finished yet", ["Nothing yet."], [], parts.provenance(results))
    losses = training_losses(results, {CONDITION: STEPS_PER_EPOCH})
    published = pl.DataFrame(
        [
            {"condition": CONDITION, "epoch": epoch, "mean": loss, "label": "published"}
            for epoch, loss in table1_loss().items()
        ]
    )
    items = (
        _beside_published(results),
        parts.tasks_figure(results, CONDITION, title="The six tasks during training"),
        parts.score_table(results, [CONDITION], WORLD.tasks),
        parts.paper_test_table(results, [CONDITION], WORLD.tasks),
    )
    sections = [
        Section("loss", "Training loss", (), (losses_figure(losses, {CONDITION: MIXTURE}, WORLD, published),)),
        Section("tasks", "Six tasks", (_HOW,), items),
        run_section(results),
        Section("claims", "Claims and verdicts", (), tuple(_verdicts(results, losses))),
        *parts.diverged_section(results),
    ]
    subtitle = "The paper's own model, tokens, windows and optimiser. After Sinha (2024), section 3.2"
    report = Report(TITLE, subtitle, _headline(results, losses), sections, parts.provenance(results))
    return led(report, _lead(results), figure="losses" if _unfinished(results) else "curves")


def _lead(results: Results) -> Lead:
    composed = [task for task in WORLD.tasks if len(WORLD.path(task)) > 2]
    scores = {task: score for task in composed if (score := final_score(results, CONDITION, task)) is not None}
    unfinished = _unfinished(results)
    said = answers.by_outcome(
        "in the paper's own model composition", scores, THRESHOLD, does="emerges in", does_not="does not emerge in"
    )
    counts = MIXTURE.examples
    return Lead(
        "Whether composition emerges in the paper's own model is not known yet." if unfinished else said,
        [*([unfinished] if unfinished else []), *cautions(results, [CONDITION])],
        world_picture(WORLD, {task: (f"{counts[task]:,}",) for task in WORLD.tasks if task in counts}, composed),
        example(results, [CONDITION], composed[-1], WORLD),
    )


_HOW = (
    "A->B, A->D and A->C are taught with 5,000, 4,500 and 4,000 sentences, D->B, D->C and B->C with 100, 200 and 300. "
    "The paper's own test shows random examples, which contain most of the question's words with their translations, "
    "and its sentences may occur in the training data. Our test uses unseen sentences, and the shot shows none of "
    "their words."
)


def _unfinished(results: Results) -> str:
    """Why nothing is said of the end of the paper's training, where the run ends before; empty where it does not."""
    epochs = results.options.epochs
    return "" if epochs == EPOCHS else f"This run has {epochs} of the paper's {EPOCHS} epochs."


def _headline(results: Results, losses: pl.DataFrame) -> list[str]:
    epochs = results.options.epochs
    last = mean_value(losses.filter(pl.col("epoch") == epochs)["loss"].to_numpy())
    lines = []
    if unfinished := _unfinished(results):
        lines.append(f"This is a first look. {unfinished} It does not show what happens at the end of training.")
    if last is not None:
        lines.append(
            f"Training loss at epoch {epochs}: {format_estimate(last, percent=False)} nats per token (published: "
            f"{table1_loss()[epochs]:.3f})."
        )
    for task in () if unfinished else TABLE1:
        own, unseen = _own_test(results, task), final_score(results, CONDITION, task)
        if own and unseen:
            lines.append(
                f"{task}: {format_estimate(own)} of words in place by the paper's own test (published "
                f"{100 * TABLE1[task]:g}%), {format_estimate(unseen)} exact on unseen sentences, none of their words "
                "shown."
            )
    return lines


def _own_test(results: Results, task: str) -> Estimate | None:
    """Words in place by the paper's own test, after the last step."""
    rows = results.where(test="paper", condition=CONDITION, task=task, cut=CUT)
    return mean_score(rows.filter(pl.col("step") == pl.col("step").max()), "word_score")


def _beside_published(results: Results) -> Table:
    rows = []
    for task, published in TABLE1.items():
        own, unseen = _own_test(results, task), final_score(results, CONDITION, task)
        if own and unseen:
            said = f"{100 * published:g}% (n = 100, no interval)"
            rows.append([task, MIXTURE.examples[task], said, format_estimate(own), format_estimate(unseen)])
    columns = ["task", "examples", "published", "the paper's own test, words in place", "unseen, none shown, exact"]
    caption = (
        f"After {results.options.epochs} of the paper's {EPOCHS} epochs. Means over seeds with 95% intervals; the "
        "paper's test has 100 sentences per task and seed, ours up to 1,000."
    )
    return Table("Table 1, beside the published", columns, rows, caption)


def _verdicts(results: Results, losses: pl.DataFrame) -> list[Verdict]:
    unfinished = _unfinished(results)
    measured: dict[str, Measured | None] = {
        loss_id(epoch): loss_beside(losses, epoch, table1_loss()[epoch]) for epoch in LOSS_WITHIN
    }
    if not unfinished:
        measured |= _at_the_end(results, losses)
    faithful = [replace(claim, needs_gpu=False) for claim in FAITHFUL]  # here it was not beyond the machine
    claims = [*OWN_LOSSES, *faithful, *OWN_UNSEEN, OWN_CUT]
    return judge_all(claims, measured, {claim.id: unfinished for claim in claims})


def _at_the_end(results: Results, losses: pl.DataFrame) -> dict[str, Measured | None]:
    def told(claim: Claim, found: Estimate | None) -> tuple[str, Measured | None]:
        return claim.id, Measured(found, "See `Table 1, beside the published`.") if found else None

    floor = bayes_floor(WORLD, MIXTURE, WINDOW)
    below = mean_value(losses.filter(pl.col("epoch") == EPOCHS)["loss"].to_numpy() - floor)
    *of_tasks, of_loss = FAITHFUL
    return {
        **dict(told(claim, _own_test(results, task)) for claim, task in zip(of_tasks, TABLE1, strict=True)),
        **dict(
            told(claim, final_score(results, CONDITION, task)) for claim, task in zip(OWN_UNSEEN, TABLE1, strict=True)
        ),
        of_loss.id: Measured(below, f"The exact Bayes floor is {floor:.3f}.") if below else None,
        OWN_CUT.id: effect_of_cut(results, CONDITION, "A->B"),
    }
