"""What a model without the ability would score in a run's evaluations, beside what its members score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.emergence import (
    Estimate,
    MemorisingBaseline,
    chance_of_reaching,
    coverage_of_random_shots,
    format_estimate,
    hoeffding_bound,
    score_of_copying,
    score_of_guessing,
)
from seedbed.experiments.measures import mean_score
from seedbed.experiments.results import Results
from seedbed.reports import Table
from seedbed.tasks import WorldConfig

HEADLINE = "unseen, none of the words shown"


@dataclass(frozen=True)
class Scored:
    """What members scored on a task of which `shown` distinct examples are taught; items: tested in one member."""

    name: str
    shown: int
    score: Estimate
    items: int


def scored(results: Results, name: str, condition: str, task: str, shown: int, **where: Any) -> Scored | None:
    """A condition's final score under a name of the table's own; None where no member was tested."""
    rows = results.final(**{**results.headline, "condition": condition, "task": task, **where})
    score, items = mean_score(rows), rows["n"].min()
    if score is None or not isinstance(items, int):
        return None
    return Scored(name, min(shown, results.options.world.sentences), score, items)


def baseline_rows(world: WorldConfig, shots: int, shown: int | None = None) -> list[tuple[str, str, float]]:
    """(baseline, test, expected exact match); of recall only where it is said how many distinct examples are `shown`.

    Guessing knows the words of the language. The commonest answer is right once in as many sentences as there are.
    Sentences whose words repeat have no row of random shots, which are counted for distinct words.
    """
    nothing = [1.0, *[0.0] * world.length]
    words = world.words if world.distinct else None
    guessing = None if world.distinct else 1 / world.words
    rows = [
        ("guessing words of the language", "any", score_of_guessing(world.words, world.length)),
        ("the same answer to every question", "any", 1 / world.sentences),
        ("copying from the shots", HEADLINE, score_of_copying(nothing, words, guessing=guessing)),
    ]
    if world.distinct and shots:
        random = coverage_of_random_shots(world.words, world.length, shots)
        rows.append(("copying from the shots", "random shots", score_of_copying(random, words)))
    if shown is not None:
        rows.append(("recalling training examples, x/|N|", "all sentences, seen or not", shown / world.sentences))
    return rows


def baseline_table(results: Results, of: str, measured: Sequence[Scored | None]) -> Table:
    """The baselines, then each score with the chance that recall alone gives as much (Proposition 4).

    of: what was asked, for the caption, such as a task's name.
    """
    world, found = results.options.world, [each for each in measured if each is not None]
    alike = len({each.shown for each in found}) == 1
    baselines = baseline_rows(world, results.options.evaluation.shots, found[0].shown if alike else None)
    rows: list[list[str | None]] = [
        [name, test, f"{100 * score:.3g}%", None, None, None, None] for name, test, score in baselines
    ]
    for each in found:
        recall = MemorisingBaseline(shown=each.shown, possible=world.sentences, tested=each.items)
        chances = (
            hoeffding_bound(each.score.value, recall),
            hoeffding_bound(each.score.value, recall, two_sided=True),
            chance_of_reaching(each.score.value, recall),
        )
        rows.append(
            [
                f"measured: {each.name}",
                HEADLINE,
                format_estimate(each.score),
                f"{100 * recall.accuracy:.3g}%",
                *(f"{p:.2g}" if p else "below 1e-300" for p in chances),
            ]
        )
    caption = (
        f"Expected exact match of models without the ability on {of}. Recall, x/|N|: a model that has memorised the x "
        f"training examples of the {world.sentences:,} possible sentences and knows nothing else. The next columns "
        "give the probability that such a model scores at least as high as measured, on as many items as one member "
        "is tested with: Hoeffding's bound, one- and two-sided, and the exact binomial tail (Sinha 2024, Proposition "
        "4). They assume test items drawn from all sentences; this favours recall, because unseen items contain no "
        "training example."
    )
    columns = ["what", "test", "exact match", "recall alone", "Hoeffding, one-sided", "two-sided", "exact tail"]
    return Table("Baselines", columns, rows, caption)
