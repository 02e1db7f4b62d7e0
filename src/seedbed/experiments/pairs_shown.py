"""Accuracy on sentences by how many hints show their rarest word pair: do hints teach a task or word pairs?

If a hint taught the task, its words would not matter; if it teaches its word pairs, a sentence is as easy as its
rarest pair.
"""

import numpy as np
import polars as pl

from seedbed.emergence import format_estimate, mean_over_seeds
from seedbed.experiments.crossed import BASE, LOST, plan
from seedbed.experiments.results import Results
from seedbed.experiments.twins import TASK, words_of
from seedbed.reports import Table
from seedbed.tasks import World, stream

MOST_SHOWN = 4  # hints that show a pair; more are counted as so many


def by_least_shown(results: Results) -> pl.DataFrame:
    """Columns condition, seed, least, sentences, exact: of base members and of those that lost a pair.

    least: hints that show the pair of a sentence that the fewest show, at most MOST_SHOWN.
    """
    config, evaluation = results.options.world, results.options.evaluation
    world, key = World(config), f"{TASK}/unseen/shots {evaluation.shots}/coverage {evaluation.coverage}"
    finished = results.members.filter(pl.col("state") == "finished")
    name_of = {(row["condition"], row["init_seed"]): row["member"] for row in finished.iter_rows(named=True)}
    rows = []
    for each in plan(results.options):
        name = name_of.get((each.condition, each.member.init_seed))
        if each.condition not in (BASE, LOST) or name is None:
            continue
        read = stream(world, each.member.mixture, each.member.data_seed)
        hint_H = read.sentence_E[read.task_E == config.tasks.index(TASK)]
        times_W = words_of(config, hint_H).sum(axis=0)
        asked = results.run.outcomes(name)
        number_N, exact_N = asked[f"{key}/sentence"], asked[f"{key}/exact"]
        least_N = np.where(words_of(config, number_N), times_W, MOST_SHOWN).min(axis=1)
        for least in np.unique(least_N).tolist():
            chosen_N = exact_N[least_N == least]
            rows.append((each.condition, each.member.init_seed, least, len(chosen_N), float(chosen_N.mean())))
    return pl.DataFrame(rows, schema=["condition", "seed", "least", "sentences", "exact"], orient="row")


def shown_table(results: Results) -> Table:
    """Mean accuracy by the number of hints that show a sentence's rarest pair."""
    scores = by_least_shown(results)
    rows = []
    for (condition, least), group in scores.sort("condition", "least").group_by(
        "condition", "least", maintain_order=True
    ):
        shown = f"{least} or more" if least == MOST_SHOWN else str(least)
        rows.append([condition, shown, int(group["sentences"].sum()), format_estimate(mean_over_seeds(group["exact"]))])
    columns = ["members", "hints that show the rarest pair", "sentences", "exact match"]
    caption = (
        "Unseen sentences are grouped by the number of hints that show their rarest word pair, that is, the pair of "
        "the sentence that the fewest hints show. Each row is a mean over the seeds that have such sentences, so the "
        "rows also differ in their seeds; 95% intervals. This analysis was not planned; it was added after the run."
    )
    return Table("How many hints must show a word pair?", columns, rows, caption)
