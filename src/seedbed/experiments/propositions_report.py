"""The page of a propositions run: each proposition, what was measured for it, and the verdict by its rule."""

from collections.abc import Callable

import polars as pl

from seedbed.emergence import clopper_pearson, format_estimate, log_rank, median_onset, onset_ratio
from seedbed.experiments import answers, parts
from seedbed.experiments import propositions_measures as measures
from seedbed.experiments.claims import judge_all
from seedbed.experiments.claims_theory import CLAIMS
from seedbed.experiments.first_page import cautions, example, triangle_picture
from seedbed.experiments.measures import bands, mean_value
from seedbed.experiments.propositions import ARMS, LINEAR, RECALL, SHARES, TRANSFER
from seedbed.experiments.propositions_cells import Found, mean_percent, put, shown
from seedbed.experiments.propositions_probes import lemma_one, lemma_two
from seedbed.experiments.propositions_shares import share_sections
from seedbed.experiments.results import Results
from seedbed.experiments.run_section import run_section
from seedbed.reports import Figure, Lead, Report, Section, Table, led


def make(results: Results) -> Report:
    """The report; parts without a finished member are left out."""
    title, subtitle = "Propositions", "The theory of Sinha (2024), section 4, measured"
    finished = results.members.filter(pl.col("state") == "finished")
    done = set(finished["part"].to_list()) if finished.height else set()
    if not done:
        return Report(title, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    measured: Found = {}
    makers: dict[str, Callable[[Results, Found], list[Section]]] = {
        "shares": share_sections,
        "recall": _recall,
        "transfer": _transfer,
        "linear": _linear,
    }
    sections = [section for part, maker in makers.items() if part in done for section in maker(results, measured)]
    verdicts = judge_all(CLAIMS, measured)
    found = {verdict.claim_id: verdict for verdict in verdicts}
    headline = [
        f"{found[name].statement}: {found[name].verdict} ({found[name].interval})."
        for name in ("majority-first", "near-bayes", "order-of-shots", "pretraining-helps", "in-distribution-only")
        if name in measured
    ]
    sections = [
        Section("claims", "Claims and verdicts", (), tuple(verdicts)),
        *sections,
        run_section(results, [name for name in finished["condition"].unique().sort().to_list() if "pooled" in name]),
        *parts.diverged_section(results),
    ]
    report = Report(title, subtitle, headline or ["Nothing to report yet."], sections, parts.provenance(results))
    lead = Lead(
        answers.verdicts(verdicts, "statements of the theory"),
        cautions(results),
        triangle_picture(results.options.world, results.options.corpus, ("few or as many,", "by proposition")),
        example(results, finished["condition"].unique().sort().to_list(), "A->C"),
    )
    figures = [figure.id for figure in report.figures()]
    return led(report, lead, figure=next((name for name in _MAIN if name in figures), ""))


_MAIN = ("pretraining", "prior", "divergence", "losses")  # the first of these that the run has is the main figure


def _recall(results: Results, measured: Found) -> list[Section]:
    table = measures.recall_table(results)
    rows = []
    for hints in sorted(table["hints"].unique().to_list()):
        own = table.filter(pl.col("hints") == hints)
        beyond = measures.beyond_recall(table, hints)
        scores = [mean_percent(own[name].drop_nulls().to_numpy()) for name in ("score", "seen", "unseen")]
        rows.append([hints, f"{100 * own['recall'][0]:.2f}%", *scores, format_estimate(beyond)])
        name = {RECALL[0]: "recall-few", RECALL[-1]: "recall-many"}.get(hints)
        if name:
            put(measured, name, beyond, "Table Recall.")
    table_shown = Table(
        "Recall",
        ["examples", "recall alone", "all sentences", "seen", "unseen", "members beyond recall"],
        rows,
        "Exact match over all sentences, with shots that show none of the question's words; means over members with "
        "95% intervals. A member is beyond recall if the exact probability of scoring at least as high by recall "
        f"alone is below {100 * measures.LEVEL:g}%, after Holm's correction over all members.",
    )
    return [Section("recall", "Proposition 4: recall or ability", (), (table_shown,))]


def _transfer(results: Results, measured: Found) -> list[Section]:
    rows = []
    for hints in TRANSFER:
        onsets = {arm: measures.transfer_onsets(results, arm, hints) for arm in ARMS}
        if not all(onsets.values()):
            continue
        for arm in ARMS:
            compared = "-", "-"
            if arm != "fresh":
                ratio = onset_ratio(onsets[arm], onsets["fresh"])
                compared = shown(ratio), f"{log_rank(onsets[arm], onsets['fresh']).p:.3g}"
                if (arm, hints) == ("related", TRANSFER[-1]):
                    put(measured, "pretraining-helps", ratio, "Section Assumption 2.")
            emerged = clopper_pearson(sum(one.step is not None for one in onsets[arm]), len(onsets[arm]))
            score = mean_percent(measures.transfer_score(results, arm, hints))
            median = shown(median_onset(onsets[arm]))
            rows.append([hints, arm, format_estimate(emerged), median, *compared, score])
        if hints == TRANSFER[-1]:
            ratio = onset_ratio(onsets["related"], onsets["unrelated"])
            put(measured, "relatedness-helps", ratio, "Section Assumption 2.")
    table = Table(
        "A->C after pre-training, steps counted from the first step on A->C",
        [
            "examples",
            "model",
            "emerged",
            "median onset",
            ("onset divided by fresh"),
            "log-rank p",
            "exact, unseen, at the end",
        ],
        rows,
        f"Pre-training: {results.options.pretraining} steps on A->B and B->C, or on D->E and E->F. 95% intervals.",
    )
    return [Section("transfer", "Assumption 2: pre-training", (), (table, _transfer_figure(results)))]


def _transfer_figure(results: Results) -> Figure:
    rows = results.where(test="panel", part="transfer", task="A->C", **results.headline)
    early = pl.when(pl.col("arm") == "fresh").then(0).otherwise(results.options.pretraining)
    rows = rows.with_columns(own=pl.col("step") - early, facet=pl.format("{} examples", "hints")).filter(
        pl.col("own") > 0
    )
    means = bands(rows.sort("hints", "arm", "own"), ["facet", "arm", "own"], "exact")
    chart = parts.bands_chart(
        means, x="own", color="arm", facet="facet",
        title_x="step of A->C", title_y="A->C, exact match, unseen", y_domain=(0, 1),
    )  # fmt: skip
    caption = (
        f"Means over seeds (n = {means['n'].max()}) with 95% intervals; the shots show none of the question's words."
    )
    return Figure("pretraining", "A sparse task after pre-training", chart, caption, means)


def _linear(results: Results, measured: Found) -> list[Section]:
    two = lemma_two(results, part="linear")
    rows = []
    kept = two.filter(pl.col("residual").is_finite())
    if kept.height:
        ratio = mean_value((kept["residual"] / kept["control"]).to_numpy())
        put(measured, "lemma-2", ratio, "Section Lemmas 1 and 2.")
        for name, values in (
            ("residual of equation 3 with trained weights", kept["residual"]),
            ("the same, keys and queries rotated at random", kept["control"]),
            ("trained divided by rotated", kept["residual"] / kept["control"]),
            ("pairs of prompts with equal decoded answers", two["alike"]),
            ("pairs with both answers right", two["right"]),
        ):
            rows.append([LINEAR, name, shown(mean_value(values.to_numpy()))])
    one = lemma_one(results, part="shares", objective="pooled", share=SHARES[0])
    if one.height:
        slope = mean_value(one["slope"].to_numpy())
        put(measured, "lemma-1", slope, "Section Lemmas 1 and 2.")
        rows.append(["shares, pooled, 50%", "slope of log output change against log eps", shown(slope)])
        rows.append(
            ["shares, pooled, 50%", ("gain: output change divided by eps"), shown(mean_value(one["gain"].to_numpy()))]
        )
    table = Table("Lemmas", ["members", "number", "mean over members, 95%"], rows, _LEMMAS)
    return [Section("lemmas", "Lemmas 1 and 2", (), (table,))]


_LEMMAS = (
    "Lemma 1: the output changes in proportion to a change of the attention map. Lemma 2: if z and z + d decode to "
    "the same answer, then z_i'K'Q d_j + d_i'K'Q z_j + d_i'K'Q d_j = 0; the residual is 0 if this equation holds and "
    "1 for unrelated scores."
)
