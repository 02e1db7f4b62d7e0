"""The part `shares` of a propositions report: whose loss falls first, members against exact Bayes, mixed prompts."""

import polars as pl

from seedbed.emergence import Estimate, mean_over_seeds, median_onset
from seedbed.experiments import propositions_measures as measures
from seedbed.experiments.measures import bands, mean_score, mean_value
from seedbed.experiments.parts import bands_chart
from seedbed.experiments.propositions import OBJECTIVES, SHARES
from seedbed.experiments.propositions_cells import Found, mean_percent, percent, put, shown
from seedbed.experiments.propositions_probes import NOISE, QUESTIONS, mixed_prompts
from seedbed.experiments.results import Results
from seedbed.reports import Figure, Section, Table, interval_chart

NEAR = 0.05  # nats per token


def share_sections(results: Results, measured: Found) -> list[Section]:
    """Propositions 1 to 3, and prompts outside the stream; numbers of claims are put into `measured`."""
    return [_loss_section(results, measured), _bayes_section(results, measured), _mixed_section(results, measured)]


def _loss_section(results: Results, measured: Found) -> Section:
    rows = []
    for objective in OBJECTIVES:
        for share in SHARES:
            drops = measures.loss_drops(results, objective, share)
            if not drops["majority"]:
                continue
            ratio = measures.drop_ratio(drops)
            columns = [shown(median_onset(drops[role])) for role in ("majority", "minority")]
            rows.append([objective, f"{100 * share:.0f}%", *columns, shown(ratio)])
            name = {
                ("pooled", SHARES[-1]): "majority-first",
                ("pooled", SHARES[0]): "balance-at-once",
                ("per-task", SHARES[-1]): "averaged-majority-first",
            }.get((objective, share))
            if name:
                put(measured, name, ratio, "Section Proposition 1.")
    table = Table(
        "When a task's loss drops, in steps",
        ["objective", "majority's windows", "majority", "minority", "minority divided by majority"],
        rows,
        "Medians over seeds, and the median of the ratio within each seed, with 95% intervals. At 50% neither task is "
        "the majority, and A->B and A->C take the two roles in turn. ∞: the loss did not drop within the run.",
    )
    nats = measures.panel_nats(results)
    nats = nats.with_columns(
        curve=pl.format(
            "{} of windows",
            pl.when(pl.col("role") == "majority")
            .then(pl.col("share"))
            .otherwise(1 - pl.col("share"))
            .mul(100)
            .round()
            .cast(pl.Int64)
            .cast(pl.String)
            + "%",
        )
    )
    means = bands(
        by_member(nats, ["objective", "curve", "step"], "nats"), ["objective", "curve", "step"], "nats", bounded=False
    )
    chart = bands_chart(
        means, x="step", color="curve", facet="objective",
        title_x="training step", title_y="nats per token, unseen questions",
        threshold=round(measures.nats_without_dictionary(results.options.world) * (1 - measures.DROPPED), 3),
    )  # fmt: skip
    figure = Figure(
        "losses",
        "Loss against task share",
        chart,
        "Loss of the right answer in nats per token on unseen questions, by the share of windows that belong to the "
        f"question's task. Means over seeds (n = {seeds_of(means)}) with 95% intervals. The horizontal line is half "
        "the loss of a reader without dictionaries; a loss has dropped when it is below this line.",
        means,
    )
    return Section("order", "Proposition 1: whose loss falls first", (_P1,), (table, figure))


_P1 = (
    "Each window holds either A->B or A->C. In the proposition, each task's loss is averaged over that task's own "
    "tokens, which gives all tasks equal weight; training usually averages over the pooled tokens of all tasks. We "
    "ran both."
)


def _bayes_section(results: Results, measured: Found) -> Section:
    rows = measures.bayes_rows(results)
    final = measures.last(rows)
    pooled = final.filter(pl.col("objective") == "pooled")
    where = "Section Propositions 2 and 3."
    put(measured, "mixture-without-shots", measures.prior_gap(pooled, "bayes_probability"), where)
    most = results.options.evaluation.shots
    put(measured, "near-bayes", measures.divergence(pooled, most), where)
    put(measured, "telling-prompt", _paired(pooled, ("shots", most), ("shots", 1)), where)
    scarce = pooled.filter((pl.col("share") == SHARES[-1]) & (pl.col("shots") == most))
    put(measured, "more-examples-closer", _paired(scarce, ("role", "minority"), ("role", "majority")), where)
    without = final.filter(pl.col("shots") == 0).with_columns(own=_own_share())
    means = bands(
        by_member(without, ["objective", "own"], "answer_probability"),
        ["objective", "own"],
        "answer_probability",
        bounded=False,
    )
    bayes = without.group_by("objective", "own").agg(pl.col("bayes_probability").mean())
    means = (
        means.join(bayes, on=["objective", "own"])
        .sort(["objective", "own"], descending=[True, False])
        .with_columns(label=pl.format("{}, {}% of windows", "objective", pl.col("own").mul(100).round().cast(pl.Int64)))
    )
    chart = interval_chart(
        means, label="label", value="mean", low="low", high="high", color="objective",
        title_x="probability of the right answer without shots", x_domain=(0, 1),
    )  # fmt: skip
    prior = Figure(
        "prior",
        "Without shots, the output follows the mixture",
        chart,
        "A question in A without shots can be answered in B or in C. Exact Bayes gives each answer a probability "
        "equal to its task's share of windows; a loss averaged per task gives both tasks equal weight. Means over "
        f"seeds (n = {seeds_of(means)}) with 95% intervals.",
        means,
    )
    rows_by_mixture = []
    for name in pooled["condition"].unique().sort().to_list():
        own = pooled.filter(pl.col("condition") == name)
        cells = [shown(measures.divergence(own, shots)) for shots in range(most + 1)]
        rows_by_mixture.append([name, *cells, percent(measures.share_near(own, most, NEAR))])
    table = Table(
        "KL to exact Bayes at the end, nats per token",
        ["members", *(f"{shots} shots" for shots in range(most + 1)), f"members within {NEAR:g} after {most}"],
        rows_by_mixture,
        (
            "Both tasks together; means over members with 95% intervals. A member that has not learned its tasks is "
            "far from Bayes."
        ),
    )
    return Section(
        "bayes",
        "Propositions 2 and 3: against exact Bayes",
        (_P23,),
        (prior, table, _by_shots(final), _by_step(rows)),
    )


_P23 = (
    "The exact Bayes predictor knows the languages, the dictionaries and the mixture, and infers the task from the "
    "prompt. We measure KL(Bayes || model) over the tokens of the right answers to unseen questions, with shots that "
    "show none of their words."
)


def seeds_of(means: pl.DataFrame) -> str:
    """How many members the means rest on: 8, or 7 to 8."""
    least, most = means["n"].min(), means["n"].max()
    return f"{least}" if least == most else f"{least} to {most}"


def by_member(rows: pl.DataFrame, by: list[str], metric: str) -> pl.DataFrame:
    """One row a member and value of `by`: at balance both tasks of a member have the same share of windows."""
    return rows.group_by([*by, "member"], maintain_order=True).agg(pl.col(metric).mean()).sort(by)


def _own_share() -> pl.Expr:
    return pl.when(pl.col("role") == "majority").then(pl.col("share")).otherwise(1 - pl.col("share")).round(4)


def _paired(rows: pl.DataFrame, one: tuple[str, object], other: tuple[str, object]) -> Estimate | None:
    """Mean over members of the difference in KL between two kinds of rows of the same member."""
    sides = [
        rows.filter(pl.col(column) == value).group_by("member").agg(pl.col("kl").mean())
        for column, value in (one, other)
    ]
    both = sides[0].join(sides[1], on="member", suffix="_other")
    return mean_value((both["kl"] - both["kl_other"]).to_numpy())


def _by_shots(final: pl.DataFrame) -> Figure:
    rows = final.with_columns(
        curve=pl.format("{}% of windows", _own_share().mul(100).round().cast(pl.Int64)), own=_own_share()
    )
    means = bands(
        by_member(rows, ["objective", "curve", "shots"], "kl"), ["objective", "curve", "shots"], "kl", bounded=False
    )
    chart = bands_chart(
        means, x="shots", color="curve", facet="objective",
        title_x="shots", title_y="KL to exact Bayes, nats per token",
    )  # fmt: skip
    caption = (
        "KL at the end of training, by the share of windows that belong to the question's task. Means over seeds (n = "
        f"{seeds_of(means)}), 95% intervals."
    )
    return Figure("divergence", "Distance from Bayes by number of shots", chart, caption, means)


def _by_step(rows: pl.DataFrame) -> Figure:
    rows = rows.filter((pl.col("objective") == "pooled") & (pl.col("share") == SHARES[-1]))
    rows = rows.with_columns(curve=pl.format("{} shots", pl.col("shots")))
    means = bands(rows.sort("role", "shots", "step"), ["role", "curve", "step"], "kl", bounded=False)
    chart = bands_chart(
        means, x="step", color="curve", facet="role",
        title_x="training step", title_y="KL to exact Bayes, nats per token",
    )  # fmt: skip
    caption = (
        "Members trained on the pooled loss with 90% of windows from the majority task. Means over seeds (n = "
        f"{means['n'].max()}), 95% intervals."
    )
    return Figure("divergence-by-step", "Distance from Bayes during training", chart, caption, means)


def _mixed_section(results: Results, measured: Found) -> Section:
    where = {"objective": "pooled", "share": SHARES[0]}
    found = mixed_prompts(results, **where)
    rows = []
    patterns = found["pattern"].unique(maintain_order=True).to_list()
    for pattern in patterns:
        own = found.filter(pl.col("pattern") == pattern)
        cells = [mean_percent(own[name].to_numpy()) for name in ("model_b", "model_c", "right_b", "right_c")]
        bayes = [f"{100 * float(own[name].mean()):.1f}%" for name in ("bayes_b", "bayes_c")]  # type: ignore[arg-type]
        rows.append([pattern, cells[0], bayes[0], cells[1], bayes[1], *cells[2:]])
    table = Table(
        "Prompts that mix or contradict tasks",
        [
            "shots",
            "next word in B, model",
            "Bayes",
            "next word in C, model",
            "Bayes",
            "right word of B",
            "right word of C",
        ],
        rows,
        "Each letter is one shot: b is an example of A->B, c one of A->C, and x one of A->B with wrong translations. "
        f"The exact Bayes predictor allows for {100 * NOISE:g}% noise. There are {QUESTIONS} questions in A per "
        "member and pattern, with random shots, asked of the members trained on the pooled loss at 50%. Means over "
        "members, 95% intervals.",
    )
    if "bc" in patterns:
        sides = [
            found.filter(pl.col("pattern") == pattern).sort("member")["model_b"].to_numpy() for pattern in ("bc", "cb")
        ]
        put(
            measured,
            "order-of-shots",
            mean_over_seeds(sides[0] - sides[1], bounds=(-1, 1)),
            ("See the table of mixed prompts."),
        )
    ood = results.final(task="B->C", part="shares", objective="pooled", split="unseen").filter(pl.col("shots") > 0)
    rows = []
    for coverage in sorted(ood["coverage"].drop_nulls().unique().to_list()):
        score = mean_score(ood.filter(pl.col("coverage") == coverage))
        words = mean_score(ood.filter(pl.col("coverage") == coverage), "word_score")
        rows.append([coverage, percent(score), percent(words)])
        if coverage == results.options.world.length and score is not None:
            put(measured, "in-distribution-only", score, "See the table `B->C, which no member has read`.")
    outside = Table(
        "B->C, which no member has read",
        ["question's words shown by the shots", "exact match", "words in place"],
        rows,
        "Members read A->B and A->C in training, so they could deduce B->C (coverage 0) or copy it from the shots "
        "(coverage 4). Members trained on the pooled loss, 95% intervals.",
    )
    return Section("mixed", "Prompts unlike the training data", (), (table, outside))
