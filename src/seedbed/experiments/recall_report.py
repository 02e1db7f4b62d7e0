"""The page of a recall run: what each mixer recalls at every distance, claims, learning curves."""

from dataclasses import replace

import polars as pl

from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments import answers, parts
from seedbed.experiments.claims import Measured, judge_all
from seedbed.experiments.claims_recall import ClaimOnDistances, claims
from seedbed.experiments.first_page import cautions, example
from seedbed.experiments.measures import bands, mean_score
from seedbed.experiments.mixers import rates_table
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.reports import Figure, Lead, Report, Section, Table, Verdict, column_of, led

TITLE = "Recall"


def make(results: Results) -> Report:
    """The report; a mixer whose members have not finished is left out and counted in the provenance."""
    frame = final_scores(results)
    if frame.is_empty():
        return Report(TITLE, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    mixers = [name for name in results.options.mixers if name in frame["condition"].unique()]
    if results.options.pilot:
        section = Section("rates", "Learning rates", (), (rates_table(frame, mixers),))
        return Report(TITLE, "The choice of learning rates", ["A pilot."], [section], parts.provenance(results))
    sections = [
        *(_kind_section(results, frame, mixers, kind) for kind in results.options.world.kinds),
        Section("learning", "While training", (), (_learning_figure(results, mixers),)),
        _emergence_section(results),
        Section("claims", "Claims and verdicts", (_RULES,), tuple(_verdicts(results, frame))),
        *parts.diverged_section(results),
    ]
    subtitle = "What each token mixer recalls, by the distance between a key's first appearance and its query"
    report = Report(TITLE, subtitle, _headline(results, frame, mixers), sections, parts.provenance(results))
    return led(report, _lead(results, frame, mixers), figure=f"{results.options.world.kinds[0]}-by-distance")


def _lead(results: Results, frame: pl.DataFrame, mixers: list[str]) -> Lead:
    world = results.options.world
    kind, far = world.kinds[0], max(world.distances)
    scores = {name: score for name in mixers if (score := score_at(frame, name, kind, far)) is not None}
    middle = (1 + world.chance) / 2
    what = f"over {far} tokens {kind}"
    boxes = [("Pair", "k3 v1"), ("Query", "k3"), ("Answer", "v1?")]
    seen = f"A key and its value, and the key {far} tokens later."
    picture = column_of(boxes, [(f"{far} tokens later, others between",), ("recalled?",)], seen)
    return Lead(
        answers.by_outcome(what, scores, middle, does="works in", does_not="does not work in"),
        cautions(results),
        picture,
        example(results, mixers, f"{kind} {far}"),
    )


def final_scores(results: Results) -> pl.DataFrame:
    """A row a member and task of the last test, with its `kind` and its `distance` in tokens."""
    rows = results.final(split="unseen")
    world = results.options.world
    own = {task: (world.kind_of(task), world.distance_of(task)) for task in world.tasks}
    table = [(task, kind, distance) for task, (kind, distance) in own.items()]
    names = pl.DataFrame(table, schema=["task", "kind", "distance"], orient="row")
    return rows.join(names, on="task", how="inner", maintain_order="left")


def score_at(frame: pl.DataFrame, condition: str, kind: str, distance: int) -> Estimate | None:
    """A mixer's mean over seeds at a distance."""
    return mean_score(frame.filter(condition=condition, kind=kind, distance=distance))


def _emergence_section(results: Results) -> Section:
    """What emerged at the shortest and the longest distance: all of them would be seven tables of a hundred rows."""
    world = results.options.world
    ends = sorted({min(world.distances), max(world.distances)})
    section = run_section(results, tasks=[task for task in world.tasks if world.distance_of(task) in ends])
    said = (
        f"The table covers the distances {' and '.join(map(str, ends))}; for the others use "
        f"`seedbed audit {results.folder.name}`."
    )
    return replace(section, text=[said, *section.text])


_RULES = (
    "Each rule was written before the run and looks at the whole interval: `replicated` if all of it meets the rule, "
    "`not replicated` if none does, otherwise `depends`. A claim about several distances is judged by the worst of "
    "them."
)

_WHAT = {
    "recall": "For each distance, a window shows a key with its value among blanks and repeats the key that many "
    "tokens later, where the model has to give the value again: `_ _ k3 v1 _ k7 v4 _ _ _ k3 v1 _ k7 v4`. "
    "All keys of a window are different.",
    "induction": "The same task without blanks: the space between the pairs is filled with values that follow no key, "
    "`v2 v9 k3 v1 v1 k7 v4 v8 v3 v0 k3 v1 v5 k7 v4`.",
}


def _headline(results: Results, frame: pl.DataFrame, mixers: list[str]) -> list[str]:
    world = results.options.world
    far, said = max(world.distances), []
    for name in mixers:
        scores = [
            f"{kind} {format_estimate(score)}"
            for kind in world.kinds
            if (score := score_at(frame, name, kind, far)) is not None
        ]
        said.append(f"{name}, {far} tokens back: {', '.join(scores)}; chance {world.chance:.1%}.")
    return said


def _kind_section(results: Results, frame: pl.DataFrame, mixers: list[str], kind: str) -> Section:
    world = results.options.world
    text = (
        f"{_WHAT[kind]} Values are drawn independently, so a model that cannot see the pair is right in "
        f"{world.chance:.1%} of the queries; a model that remembers the values of a window but not their keys is "
        "right more often.",
    )
    return Section(kind, kind.capitalize(), text, (_figure(results, frame, kind), _table(results, frame, mixers, kind)))


def _figure(results: Results, frame: pl.DataFrame, kind: str) -> Figure:
    world = results.options.world
    means = bands(frame.filter(kind=kind), ["condition", "distance"], "exact")
    order = {name: place for place, name in enumerate(results.options.mixers)}
    means = means.sort(pl.col("condition").replace_strict(order), "distance")
    chance = pl.DataFrame({"distance": sorted(world.distances), "mean": world.chance, "label": "chance"})
    chart = parts.bands_chart(
        means,
        x="distance",
        color="condition",
        title_x="tokens from a key's first appearance to its query",
        title_y="queries answered",
        x_log=True,
        y_domain=(0, 1),
        reference=chance,
    )
    items = int(frame.filter(kind=kind)["n"].min())  # type: ignore[arg-type]
    caption = (
        f"Mean over seeds (n = {means['n'].max()} per mixer) with its 95% interval, on {items} new windows per seed "
        "and distance."
    )
    return Figure(f"{kind}-by-distance", f"{kind.capitalize()} by distance", chart, caption, means)


def _table(results: Results, frame: pl.DataFrame, mixers: list[str], kind: str) -> Table:
    distances = sorted(results.options.world.distances)
    rows = []
    for name in mixers:
        own = results.members.filter(condition=name)
        reach, rate = own["reads"].max(), own["learning_rate"].max()
        shown = [score_at(frame, name, kind, distance) for distance in distances]
        rows.append(
            [
                name,
                f"{own['parameters'].max():,}",
                str(reach) if reach else "all",
                f"{own['learns_by'][0]}, {rate:g}",
                *(None if score is None else format_estimate(score) for score in shown),
            ]
        )
    columns = ["mixer", "parameters", "receptive field", "optimiser, rate", *map(str, distances)]
    caption = (
        "Share of queries answered correctly at each distance, as means over seeds with 95% intervals. The models "
        "also differ in their number of parameters; learning rates were chosen on other seeds. Receptive field: the "
        "number of tokens that a position of the last block can see."
    )
    return Table(f"{kind.capitalize()} by distance", columns, rows, caption)


def _learning_figure(results: Results, mixers: list[str]) -> Figure:
    rows = results.where(test="panel", split="unseen").filter(pl.col("condition").is_in(mixers))
    kind = pl.col("task").str.split(" ").list.first().alias("kind")
    keys = ["condition", kind, "step", "member"]
    each = rows.group_by(keys, maintain_order=True).agg(pl.col("exact").mean(), pl.col("n").sum())
    means = bands(each, ["kind", "condition", "step"], "exact")
    chart = parts.bands_chart(
        means,
        x="step",
        color="condition",
        facet="kind",
        title_x="training step",
        title_y="queries answered",
        y_domain=(0, 1),
        columns=2,
    )
    caption = f"Mean over all distances and over seeds (n = {means['n'].max()} per mixer) with its 95% interval."
    return Figure("learning-curves", "All distances together, during training", chart, caption, means)


def _verdicts(results: Results, frame: pl.DataFrame) -> list[Verdict]:
    options = results.options
    reach = dict(results.members.select("mixer", "reads").unique().iter_rows())
    reach = {name: reach[name] for name in options.mixers}
    asked = list(claims(options.world, reach))
    return judge_all([each.claim for each in asked], {each.claim.id: _measured(frame, each) for each in asked})


def _measured(frame: pl.DataFrame, asked: ClaimOnDistances) -> Measured | None:
    scores = [(score_at(frame, asked.mixer, asked.kind, distance), distance) for distance in asked.distances]
    found = [(score, distance) for score, distance in scores if score is not None]
    if not found:
        return None
    extreme = max if asked.highest else min
    score, distance = extreme(found, key=lambda each: each[0].value)
    return Measured(score, f"At distance {distance}; see `{asked.kind.capitalize()} by distance`.")
