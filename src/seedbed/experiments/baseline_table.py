"""What a model without the ability would score on a run's tests, beside what its members score."""

from seedbed.emergence import (
    MemorisingBaseline,
    chance_of_reaching,
    coverage_of_random_shots,
    format_estimate,
    hoeffding_bound,
    score_of_copying,
    score_of_guessing,
)
from seedbed.experiments.measures import final_score
from seedbed.experiments.results import Results
from seedbed.reports import Table
from seedbed.tasks import WorldConfig

HEADLINE = "unseen, none of the words shown"


def baseline_rows(world: WorldConfig, shots: int, shown: int) -> list[tuple[str, str, float]]:
    """(baseline, test, expected exact match) for a task of which `shown` distinct examples are taught.

    Guessing knows the words of the language. The commonest answer is right once in as many sentences as there are.
    Sentences whose words repeat have no row of random shots, which are counted for distinct words.
    """
    nothing = [1.0, *[0.0] * world.length]
    words = world.words if world.distinct else None
    guessing = None if world.distinct else 1 / world.words
    rows = [
        ("guessing words of the language", "any", score_of_guessing(world.words, world.length)),
        ("one answer to everything", "any", 1 / world.sentences),
        ("copying from the shots", HEADLINE, score_of_copying(nothing, words, guessing=guessing)),
        ("recalling examples shown, x/|N|", "all sentences, seen or not", shown / world.sentences),
    ]
    if world.distinct:
        random = coverage_of_random_shots(world.words, world.length, shots)
        rows.insert(3, ("copying from the shots", "random shots", score_of_copying(random, words)))
    return rows


def baseline_table(results: Results, conditions: list[str], task: str, shown: int, shots: int) -> Table:
    """The baselines, then each condition's score with the chance that recall alone gives as much (Proposition 4)."""
    world = results.options.world
    shown = min(shown, world.sentences)
    rows: list[list[str | None]] = [
        [name, test, f"{100 * score:.3g}%", None, None, None]
        for name, test, score in baseline_rows(world, shots, shown)
    ]
    for condition in conditions:
        score = final_score(results, condition, task)
        items = results.final(**{**results.headline, "condition": condition, "task": task})["n"].min()
        if score is None or not isinstance(items, int):
            continue
        recall = MemorisingBaseline(shown=shown, possible=world.sentences, tested=items)
        chances = (
            hoeffding_bound(score.value, recall),
            hoeffding_bound(score.value, recall, two_sided=True),
            chance_of_reaching(score.value, recall),
        )
        rows.append(
            [
                f"measured: {condition}",
                HEADLINE,
                format_estimate(score),
                *(f"{p:.2g}" if p else "below 1e-300" for p in chances),
            ]
        )
    caption = (
        f"Expected exact match on {task} without the ability. Recall: of {shown} of {world.sentences:,} sentences; the "
        "chance that it scores as much as measured on as many items as one member is tested with, as if drawn from all "
        "sentences (kind to recall: unseen ones are none that were shown). Hoeffding's bound, one- and two-sided, and "
        "the exact binomial tail (Sinha 2024, Proposition 4)."
    )
    columns = ["what", "test", "exact match", "Hoeffding, one-sided", "two-sided", "exact tail"]
    return Table("Baselines", columns, rows, caption)
