"""What the first page of a report is made of: the world as a picture, an example of its test, and why to be careful."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from math import cos, pi, sin
from typing import Any

import numpy as np
import polars as pl

from seedbed.config import UsageError
from seedbed.emergence import Estimate, format_estimate, mean_over_seeds
from seedbed.experiments.measures import THRESHOLD
from seedbed.experiments.results import Results
from seedbed.reports import Answer, Arrow, Box, Diagram, Example
from seedbed.tasks import RecallConfig, Vocabulary, World, WorldConfig

STILL_RISING = 0.02  # gain over the last quarter of the tests, above which a score is said to rise yet
LAST_PART = 0.75
MOST_LETTERS = 22  # of a language's words in its box
TRIANGLE = 3  # languages, up to which no two arrows cross
MOST_LABELLED = 4  # languages, above which the arrows of a picture would not hold their labels

LENGTHS = {  # options of which less than usual makes a shortened run
    "training.steps": "training steps",
    "epochs": "epochs",
    "tokens": "tokens",
    "seeds": "seeds",
    "alone_seeds": "seeds of `alone`",
    "inits": "seeds of the starting weights",
    "streams": "seeds of the data",
}

YES, NO, OPEN = "yes", "no", "open"


def outcome(score: Estimate, threshold: float = THRESHOLD) -> str:
    """Whether a score reaches a threshold with its whole interval, stays below it with all of it, or neither."""
    low, high = (score.low, score.high) if score.has_interval else (score.value, score.value)
    return YES if low >= threshold else NO if high < threshold else OPEN


def brief(score: Estimate, *, percent: bool = True) -> str:
    """A number with its interval; without n, which the figure below says. One without an interval says so."""
    shown = format_estimate(score, percent=percent)
    return shown.rpartition(" (n = ")[0] if score.has_interval else shown


def world_picture(
    world: WorldConfig, labels: Mapping[str, Sequence[str]], asked: Sequence[str], caption: str = ""
) -> Diagram:
    """The languages with their words, an arrow a task: whole where it is taught, dashed where it is what is asked.

    labels: lines beside the arrow of a task, such as how many sentences teach it.  A word stands in its language's box
    at the place where the first language has the word that it translates.
    """
    names = world.languages
    boxes = [
        Box(name, x, y, _words(world, name))
        for name, (x, y) in zip(names, _places(len(names)), strict=True)
    ]  # fmt: skip
    crowded = len(names) > MOST_LABELLED
    arrows = [
        Arrow(
            *task.split("->"),
            kind="asked" if task in asked else "taught",
            label=() if crowded else labels.get(task, ()),
            beside=_outside(task, boxes),
            at=0.5 if len(names) <= TRIANGLE else 0.22,  # arrows that cross would write over each other's middles
        )
        for task in world.tasks
    ]
    told = "; ".join(f"{task}: {', '.join(lines)}" for task, lines in labels.items())
    seen = f"Languages {', '.join(names)}. {told}. Asked: {', '.join(asked)}."
    return Diagram(seen, boxes, arrows, caption)


def triangle_picture(world: WorldConfig, corpus: int, few: Sequence[str]) -> Diagram:
    """A world whose other tasks are taught with `corpus` sentences each, and A->C with few or none, as `few` says."""
    labels = {task: (f"{corpus:,} sentences",) for task in world.tasks if task != "A->C"}
    return world_picture(world, {**labels, "A->C": few}, ["A->C"], _ALIGNED)


_ALIGNED = "Words at one place in the boxes mean the same."


def _places(count: int) -> list[tuple[float, float]]:
    """Two or three corners of a triangle that stands on its first and last language; more on an ellipse."""
    if count <= 3:
        return [(0.12, 0.8), (0.5, 0.12), (0.88, 0.8)][:count]
    turns = [pi * (1.25 + 2 * place / count) for place in range(count)]
    return [(0.5 + 0.4 * cos(turn), 0.5 + 0.4 * sin(turn)) for turn in turns]


def _outside(task: str, boxes: Sequence[Box]) -> int:
    """The side of an arrow that looks away from the middle of the drawing."""
    ends = {box.name: box for box in boxes}
    one, other = (ends[name] for name in task.split("->"))
    x, y = other.x - one.x, other.y - one.y
    across = x * (0.5 - one.y) - y * (0.5 - one.x)  # on which side of the arrow the middle lies
    return -1 if across > 0 else 1


def _words(world: WorldConfig, language: str) -> str:
    drawn, first = World(world), world.languages[0]
    try:
        order = range(world.words) if language == first else drawn.dictionary(f"{first}->{language}").tolist()
    except UsageError:  # no path of dictionaries leads there
        order = range(world.words)
    words = [drawn.symbol(language, word) for word in order]
    text = " ".join(words)
    if len(text) <= MOST_LETTERS:
        return text
    kept = text[:MOST_LETTERS].rsplit(" ", 1)[0]
    return f"{kept} …"


def example(
    results: Results, conditions: Sequence[str], task: str, world: WorldConfig | RecallConfig | None = None
) -> Example | None:
    """A question that none of the models shown had read, answered rightly by one and wrongly by another.

    Of all questions kept, the first with both; else the first that was answered. None where a run kept none.  world:
    by default that of the options.
    """
    world = world or getattr(results.options, "world", None)
    read = _reader(world)
    if read is None:
        return None
    kept = [(row, found) for row in _members(results, conditions) if (found := _kept(results, row["member"], task))]
    if not kept:
        return None
    count = len(kept[0][1]["unseen"])
    questions = [_answers(kept, number) for number in range(count)]
    chosen = max(range(count), key=lambda number: (len({right for _, _, right in questions[number]}), -number))
    if not questions[chosen]:
        return None
    own = kept[0][1]
    prompt, expected = own["prompt"][chosen], read(own["expected"][chosen])
    answers = [Answer(_named(row), read(said), right) for row, said, right in _both(questions[chosen])]
    if isinstance(world, RecallConfig):
        return Example([read(prompt[:-1]), read(prompt[-1:])], expected, answers, _RECALL_CAPTION)
    shown = results.headline["coverage"]
    hidden = " and whose words the shots do not show" if shown == 0 else ""
    return Example(_parts(read(prompt)), expected, answers, _CAPTION + hidden + ".")


_CAPTION = "Up to the bars: shots, then the question, whose sentence stood in no training window of these models"
_RECALL_CAPTION = "k: keys, v: values. The last key stood before; the value that followed it is asked for."


def _reader(world: object) -> Callable[[np.ndarray], str] | None:
    """What writes tokens of a world as words; None where its tokens differ from member to member, or it has none."""
    if isinstance(world, RecallConfig):
        return world.text
    if not isinstance(world, WorldConfig) or world.tokens == "piece-learned":
        return None
    return partial(Vocabulary(world).text, World(world))


Told = list[tuple[dict[str, Any], Any, bool]]  # member's row, answer's tokens, whether it is right


def _members(results: Results, conditions: Sequence[str]) -> list[dict[str, Any]]:
    """Finished members, condition by condition: the first of each, then the second of each."""
    done = results.members.filter(pl.col("state") == "finished", pl.col("condition").is_in(list(conditions)))
    ranked = done.with_columns(rank=pl.int_range(pl.len()).over("condition"))
    order = {name: place for place, name in enumerate(conditions)}
    return ranked.sort("rank", pl.col("condition").replace_strict(order, default=len(order))).to_dicts()


def _kept(results: Results, member: str, task: str) -> dict[str, Any]:
    """What a member's record keeps of its answers, by name."""
    start = f"{task}/examples/"
    items = results.run.outcomes(member)
    return {name.removeprefix(start): value for name, value in items.items() if name.startswith(start)}


def _answers(kept: Sequence[tuple[dict[str, Any], dict[str, Any]]], number: int) -> Told:
    return [
        (row, found["said"][number], bool((found["said"][number] == found["expected"][number]).all()))
        for row, found in kept
        if found["unseen"][number]
    ]


def _both(told: Told) -> Told:
    """The first right answer and the first wrong one, of two conditions where there are."""
    right = [each for each in told if each[2]][:1]
    wrong = [each for each in told if not each[2]]
    other = [each for each in wrong if not right or each[0]["condition"] != right[0][0]["condition"]]
    return [*right, *(other or wrong)[:1]]


def _named(row: dict[str, Any]) -> str:
    return f"{row['condition']}, seed {row['init_seed']}"


def _parts(prompt: str) -> list[str]:
    """Shots and question: what ends in a bar, and what is left."""
    *shots, question = prompt.split("|")
    return [f"{shot.strip()} |" for shot in shots] + [question.strip()]


def cautions(results: Results, conditions: Sequence[str] = (), task: str | None = None) -> list[str]:
    """Why the answer may yet change: a run that was shortened, is not over, or whose scores still rise."""
    return [*_shortened(results), *_unfinished(results), *chain.from_iterable([_rising(results, conditions, task)])]


def _shortened(results: Results) -> list[str]:
    usual, asked = type(results.options)(), results.options
    said = []
    for name, what in LENGTHS.items():
        given, full = (_option(options, name) for options in (asked, usual))
        if isinstance(given, int) and isinstance(full, int) and given < full:
            said.append(f"{given:,} {what} instead of {full:,}")
    return [f"This run was shortened: {', '.join(said)}."] if said else []


def _option(options: Any, name: str) -> Any:
    for part in name.split("."):
        options = getattr(options, part, None)
    return options


def _unfinished(results: Results) -> list[str]:
    ended = results.members["state"].is_in(["finished", "diverged"]).sum()
    total = results.members.height
    return [] if ended == total else [f"This run is not over: {ended} of {total} models have finished."]


def _rising(results: Results, conditions: Sequence[str], task: str | None) -> list[str]:
    """The conditions whose mean still grew over the last quarter of the tests, beyond what seeds explain."""
    rows = results.where(test="panel", **results.headline)
    if task is not None:
        rows = rows.filter(pl.col("task") == task)
    rows = rows.filter(pl.col("condition").is_in(list(conditions))).drop_nulls("exact")
    said = []
    for name in conditions:
        gain = _late_gain(rows.filter(pl.col("condition") == name))
        if gain is not None and (gain.low if gain.has_interval else gain.value) > STILL_RISING:
            said.append(f"`{name}` by {format_estimate(gain)}")
    if not said:
        return []
    what = f" on {task}" if task else ""
    return [f"Scores{what} still rise at the end, over the last quarter of the training: {'; '.join(said)}."]


def _late_gain(rows: pl.DataFrame) -> Estimate | None:
    gains = []
    for _, own in rows.sort("step").group_by(["member", "task"], maintain_order=True):
        before = own.filter(pl.col("step") <= LAST_PART * pl.col("step").max())
        if before.height:
            gains.append(own["exact"][-1] - before["exact"][-1])
    return mean_over_seeds(pl.Series(gains).to_numpy(), bounds=(-1, 1)) if gains else None
