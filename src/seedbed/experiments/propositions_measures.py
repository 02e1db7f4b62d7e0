"""What a propositions run measures, part by part: frames and estimates, each number with its n.

Rules fixed before any run: a task's loss has dropped once its nats a token on unseen questions (headline shots, none of
their words shown) stay, for two tests on end, at or below half of what they are without dictionaries.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from seedbed.emergence import (
    Estimate,
    MemorisingBaseline,
    Onset,
    chance_of_reaching,
    clopper_pearson,
    holm,
    mean_over_seeds,
    onset,
    paired_onset_ratio,
)
from seedbed.experiments.measures import PERSISTENCE, mean_value, onsets
from seedbed.experiments.propositions import majority
from seedbed.experiments.results import Results
from seedbed.tasks import WorldConfig

DROPPED = 0.5  # of the way from knowing the target language alone to certainty
LEVEL = 0.05  # of Holm's correction in the recall part


def nats_without_dictionary(world: WorldConfig) -> float:
    """Nats a word of an answer for who knows the language, and which words stand there already, but no translation."""
    left = [world.words - place if world.distinct else world.words for place in range(world.length)]
    return float(np.log(left).mean())


def by_role(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the part `shares` with the column `role`: whether their task is the member's majority or minority."""
    first = pl.when(pl.col("seed") % 2 == 0).then(pl.lit(majority(0)[0])).otherwise(pl.lit(majority(1)[0]))
    role = pl.when(pl.col("task") == first).then(pl.lit("majority")).otherwise(pl.lit("minority"))
    return rows.filter(pl.col("task").is_in(majority(0))).with_columns(role=role)


def panel_nats(results: Results) -> pl.DataFrame:
    """Nats per token on the panel's unseen questions, by member, step, task and role, of the part `shares`."""
    rows = results.where(test="panel", part="shares", **results.headline)
    return by_role(rows).with_columns(nats=-pl.col("log_likelihood"))


def loss_drops(results: Results, objective: str, share: float) -> dict[str, list[Onset]]:
    """When the loss dropped, by role, a member each, members in the same order in both."""
    start = nats_without_dictionary(results.options.world)
    rows = panel_nats(results).filter((pl.col("objective") == objective) & (pl.col("share") == share))
    return {
        role: [
            onset(
                group["step"].to_numpy(),
                1 - group["nats"].to_numpy() / start,
                threshold=DROPPED,
                persistence=PERSISTENCE,
            )
            for _, group in rows.filter(pl.col("role") == role)
            .sort("member", "step")
            .group_by("member", maintain_order=True)
        ]
        for role in ("majority", "minority")
    }


def drop_ratio(drops: dict[str, list[Onset]]) -> Estimate:
    """How many times as late the minority's loss drops as the majority's of the same member."""
    return paired_onset_ratio(drops["minority"], drops["majority"])


def bayes_rows(results: Results) -> pl.DataFrame:
    """The comparisons with exact Bayes, by member, step, task, role and shots."""
    return by_role(results.where(test="bayes", part="shares"))


def last(rows: pl.DataFrame) -> pl.DataFrame:
    """Those of each member's last step."""
    return rows.filter(pl.col("step") == pl.col("step").max().over("member"))


def divergence(rows: pl.DataFrame, shots: int, role: str | None = None) -> Estimate | None:
    """Mean KL(Bayes || model) after so many shots, nats per token, over members."""
    rows = rows.filter(pl.col("shots") == shots)
    if role is not None:
        rows = rows.filter(pl.col("role") == role)
    values = rows.group_by("member").agg(pl.col("kl").mean())["kl"].to_numpy()
    found = mean_value(values)
    return None if found is None else replace(found, low=max(found.low, 0.0))  # a divergence is not negative


def share_near(rows: pl.DataFrame, shots: int, nats: float) -> Estimate:
    """Share of members whose KL after so many shots is at most `nats`."""
    near = rows.filter(pl.col("shots") == shots).group_by("member").agg(pl.col("kl").mean())["kl"] <= nats
    return clopper_pearson(int(near.sum()), len(near))


def prior_gap(rows: pl.DataFrame, expected: str | float) -> Estimate | None:
    """Mean over members of |probability given to the right answers without shots - what is expected|.

    expected: a column, such as `bayes_probability`, or one number.
    """
    rows = rows.filter(pl.col("shots") == 0)
    target = pl.col(expected) if isinstance(expected, str) else pl.lit(expected)
    gaps = rows.with_columns(gap=(pl.col("answer_probability") - target).abs())
    values = gaps.group_by("member").agg(pl.col("gap").mean())["gap"].to_numpy()
    return mean_over_seeds(values) if len(values) else None


def recall_table(results: Results) -> pl.DataFrame:
    """Of each member that read nothing but examples: its score on all sentences, on seen and on unseen ones, and the
    chance that recall of its examples alone would score as high (exact binomial tail).

    One row a member: hints, possible, score, seen, unseen, p.
    """
    final = results.final(part="recall", task="A->C", coverage=results.headline["coverage"]).filter(pl.col("shots") > 0)
    rows = []
    for _, own in final.group_by("member", maintain_order=True):
        tested = int(own["n"].sum())
        right = float((own["n"] * own["exact"]).sum())
        hints = int(own["hints"][0])
        by_split = dict(own.select("split", "exact").iter_rows())
        shown = min(hints, results.options.world.sentences)
        baseline = MemorisingBaseline(shown=shown, possible=results.options.world.sentences, tested=tested)
        rows.append(
            {
                "hints": hints,
                "recall": baseline.accuracy,
                "score": right / tested,
                "seen": by_split.get("seen"),
                "unseen": by_split.get("unseen"),
                "p": chance_of_reaching(right / tested, baseline),
            }
        )
    return pl.DataFrame(rows).sort("hints") if rows else pl.DataFrame()


def beyond_recall(table: pl.DataFrame, hints: int) -> Estimate:
    """Share of members with so many examples that score higher than recall explains, Holm over all members."""
    rejected = holm(table["p"].to_numpy()) <= LEVEL
    own = (table["hints"] == hints).to_numpy()
    return clopper_pearson(int(rejected[own].sum()), int(own.sum()))


def transfer_onsets(results: Results, arm: str, hints: int) -> list[Onset]:
    """Onsets of A->C counted from its own first step, so that pre-training is not held against an arm.

    A member above the threshold at that step, before any example, would count as emerged at 0.
    """
    rows = results.where(test="panel", part="transfer", arm=arm, hints=hints, task="A->C", **results.headline)
    early = 0 if arm == "fresh" else results.options.pretraining
    return list(onsets(rows.filter(pl.col("step") > early).with_columns(pl.col("step") - early)).values())


def transfer_score(results: Results, arm: str, hints: int) -> np.ndarray:
    """Final exact match on unseen sentences, a member each."""
    rows = results.final(part="transfer", arm=arm, hints=hints, task="A->C", **results.headline)
    return rows["exact"].to_numpy()
