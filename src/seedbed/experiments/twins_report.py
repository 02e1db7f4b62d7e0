"""The twins of a crossed run: what one example did, against what a nudge that means nothing did."""

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, PairedShares, clopper_pearson, format_estimate, mean_over_seeds, paired_shares
from seedbed.experiments.crossed import BASE, KEPT, LOST, NUDGED, SWAPS, TWINS, planned_swaps
from seedbed.experiments.measures import THRESHOLD
from seedbed.experiments.pairs_shown import shown_table
from seedbed.experiments.results import Results
from seedbed.experiments.twins import TASK
from seedbed.reports import Figure, Section, Table, strip_chart
from seedbed.tasks import sentences

LEVEL_OF_TESTS = 0.05 / len(SWAPS)
DIFFERENCES = (-1.0, 1.0)


def twins_part(results: Results) -> tuple[list[str], list[Section]]:
    """Headline and section of the twins; neither where no base member has all of its twins yet."""
    final = finals(results)
    if final.is_empty():
        return [], []
    flips = {kind: _flip_test(final, kind) for kind in SWAPS}
    by_word = word_scores(results, final)
    items = [
        _figure(final),
        _flip_table(final, flips),
        _size_table(final),
        _direction_table(final),
        _word_table(final, by_word),
        shown_table(results),
    ]
    return _headline(final, flips, by_word), [Section("twins", "Twins that differ in one example", (_HOW,), items)]


_HOW = (
    "With so few hints, A->C emerges in some members and not in others. Each base member has four twins with the same "
    "seeds. In the first, the initial weights are larger by one part in a million (a nudge). In the second, one "
    "sentence of A->B is replaced by another. In the third and fourth, a hint that is the only one to show some word "
    "pair of A->C is replaced by a sentence that also shows the pair, or by one that does not. Everything else is the "
    "same, including positions and windows. The nudged twins show how often the outcome changes by chance alone."
)


def finals(results: Results) -> pl.DataFrame:
    """Final accuracy, a row a seed and a column a kind of twin; seeds that lack one are left out."""
    rows = results.final(task=TASK, **results.headline).filter(pl.col("condition").is_in([BASE, *TWINS]))
    if rows.is_empty() or rows["condition"].n_unique() < 1 + len(TWINS):
        return pl.DataFrame(schema={"seed": pl.Int64, **dict.fromkeys([BASE, *TWINS], pl.Float64)})
    wide = rows.pivot("condition", index="init_seed", values="exact").rename({"init_seed": "seed"})
    return wide.select("seed", BASE, *TWINS).drop_nulls().sort("seed")


def _emerged(final: pl.DataFrame, kind: str) -> np.ndarray:
    return (final[kind] >= THRESHOLD).to_numpy()


def _flips(final: pl.DataFrame, kind: str) -> np.ndarray:
    return _emerged(final, kind) != _emerged(final, BASE)


def _gained_and_lost(final: pl.DataFrame, kind: str) -> tuple[int, int]:
    """How many twins emerge where the base member did not, and the other way round."""
    flipped_S, emerged_S = _flips(final, kind), _emerged(final, kind)
    return int((flipped_S & emerged_S).sum()), int((flipped_S & ~emerged_S).sum())


def _flip_test(final: pl.DataFrame, kind: str) -> PairedShares:
    return paired_shares(_flips(final, kind), _flips(final, NUDGED))


def _moved(final: pl.DataFrame, kind: str) -> np.ndarray:
    return (final[kind] - final[BASE]).to_numpy()


def _figure(final: pl.DataFrame) -> Figure:
    frame = pl.concat(
        [
            final.select("seed", pl.lit(kind).alias("kind"), (pl.col(kind) - pl.col(BASE)).alias("difference"))
            for kind in TWINS
        ]
    )
    chart = strip_chart(
        frame,
        category="kind",
        value="difference",
        color="kind",
        title_x="final accuracy, twin minus base member",
        reference=0,
    )
    caption = (
        f"A->C on unseen sentences, with none of their words shown. Each dot is a pair of twins; n = {final.height} "
        f"base members, in {int(_emerged(final, BASE).sum())} of which A->C emerged."
    )
    return Figure("twins-moved", "How far twins diverge", chart, caption, frame)


def _flip_table(final: pl.DataFrame, flips: dict[str, PairedShares]) -> Table:
    rows = []
    for kind in TWINS:
        flipped_S = _flips(final, kind)
        counted = "{} and {}".format(*_gained_and_lost(final, kind))
        share = format_estimate(clopper_pearson(int(flipped_S.sum()), len(flipped_S)))
        test = flips.get(kind)
        against = "-" if test is None else format_estimate(test.difference)
        rows.append([kind, share, counted, against, "-" if test is None else f"{test.p:.2g}"])
    columns = ["twin", "pairs that flip", "gained and lost emergence", "minus the nudge's flips", "McNemar p"]
    caption = (
        f"A->C has emerged in a member that is right on {100 * THRESHOLD:g}% of unseen sentences at the end. Shares "
        "have exact 95% intervals, differences have score intervals (Tango). A replacement does more than chance if p "
        f"<= {LEVEL_OF_TESTS:.3f} (5% over three kinds of replacement)."
    )
    return Table("Does emergence flip?", columns, rows, caption)


def _size_table(final: pl.DataFrame) -> Table:
    nudged_S = np.abs(_moved(final, NUDGED))
    rows = []
    for kind in TWINS:
        moved_S = np.abs(_moved(final, kind))
        mean = format_estimate(mean_over_seeds(moved_S))
        excess = "-" if kind == NUDGED else format_estimate(mean_over_seeds(moved_S - nudged_S, bounds=DIFFERENCES))
        rows.append([kind, mean, excess])
    columns = ["twin", "mean absolute difference", "minus the nudge's"]
    caption = "Final accuracy in percentage points; paired 95% intervals by Student's t over base members."
    return Table("How much does final accuracy change?", columns, rows, caption)


def _direction_table(final: pl.DataFrame) -> Table:
    rows = [
        [f"{kind}, minus base", format_estimate(mean_over_seeds(_moved(final, kind), bounds=DIFFERENCES))]
        for kind in TWINS
    ]
    lost_S = (final[LOST] - final[KEPT]).to_numpy()
    rows.append(["pair lost minus pairs kept", format_estimate(mean_over_seeds(lost_S, bounds=DIFFERENCES))])
    emerged = paired_shares(_emerged(final, LOST), _emerged(final, KEPT))
    caption = (
        f"Paired 95% intervals by Student's t over base members. In {emerged.only_a} pairs A->C emerges only in the "
        f"twin that lost the word pair, and in {emerged.only_b} only in the twin that kept it: a difference of "
        f"{format_estimate(emerged.difference)} of all pairs, exact McNemar p = {emerged.p:.2g}. Without the word "
        "pair a member can hardly reach the threshold, because half of all sentences contain the word."
    )
    return Table("In which direction?", ["difference", "final accuracy, percentage points"], rows, caption)


def word_scores(results: Results, final: pl.DataFrame) -> pl.DataFrame:
    """Accuracy of base and hint twins on unseen sentences with the swap's word and without it.

    Columns seed, has_word, sentences, and one a kind; over the sentences that none of the three has seen.
    """
    evaluation, world = results.options.evaluation, results.options.world
    word = {swap.seed: swap.word for swap in planned_swaps(results.options)}
    members = results.members.filter(pl.col("condition").is_in([BASE, KEPT, LOST]))
    of = {(row["init_seed"], row["condition"]): row["member"] for row in members.iter_rows(named=True)}
    key = f"{TASK}/unseen/shots {evaluation.shots}/coverage {evaluation.coverage}"
    rows = []
    for seed in final["seed"].to_list():
        exact = {}
        for kind in (BASE, KEPT, LOST):
            asked = results.run.outcomes(of[seed, kind])
            exact[kind] = dict(zip(asked[f"{key}/sentence"].tolist(), asked[f"{key}/exact"].tolist(), strict=True))
        common_N = np.array(sorted(set.intersection(*map(set, exact.values()))), dtype=np.int64)
        words_NL = sentences.sentence(common_N, world.words, world.length, world.distinct)
        has_N = (words_NL == word[seed]).any(axis=1)
        for has in (True, False):
            chosen = common_N[has_N == has].tolist()
            scores = {kind: float(np.mean([right[number] for number in chosen])) for kind, right in exact.items()}
            rows.append({"seed": seed, "has_word": has, "sentences": len(chosen), **scores})
    return pl.DataFrame(rows)


def _word_groups(final: pl.DataFrame, by_word: pl.DataFrame) -> list[tuple[str, bool, pl.DataFrame]]:
    """Rows of all seeds, and of those whose base member emerged, with the word and without it."""
    emerged = final.filter(pl.col(BASE) >= THRESHOLD)["seed"].to_list()
    groups = [("all", by_word), ("base emerged", by_word.filter(pl.col("seed").is_in(emerged)))]
    return [(name, has, rows.filter(pl.col("has_word") == has)) for name, rows in groups for has in (True, False)]


def _word_table(final: pl.DataFrame, by_word: pl.DataFrame) -> Table:
    rows = []
    for group, has, scores in _word_groups(final, by_word):
        if scores.is_empty():
            continue
        means = [format_estimate(mean_over_seeds(scores[kind].to_numpy())) for kind in (BASE, KEPT, LOST)]
        rows.append([group, "with the word" if has else "without it", *means, format_estimate(_lost_pair(scores))])
    columns = ["base members", "sentences", BASE, KEPT, LOST, "pair lost minus pairs kept"]
    caption = (
        "Exact match on unseen sentences with the word whose pair was shown by only one hint, and on sentences "
        "without that word. Half of all sentences contain it. Means over seeds with 95% intervals; the difference is "
        "paired. The row of base members in which A->C emerged is selected by the base member's own score, so the "
        "base column there looks better than a new draw would."
    )
    return Table("Is a pair that no hint shows translated?", columns, rows, caption)


def _lost_pair(scores: pl.DataFrame) -> Estimate:
    return mean_over_seeds((scores[LOST] - scores[KEPT]).to_numpy(), bounds=DIFFERENCES)


def _headline(final: pl.DataFrame, flips: dict[str, PairedShares], by_word: pl.DataFrame) -> list[str]:
    nudged_S = _flips(final, NUDGED)
    nudged = format_estimate(clopper_pearson(int(nudged_S.sum()), len(nudged_S)))
    said = [
        (
            "Near the boundary, enlarging the initial weights by one part in a million changes whether A->C emerges in "
            f"{nudged} of pairs."
        )
    ]
    for kind in SWAPS:
        flipped_S, test = _flips(final, kind), flips[kind]
        share = format_estimate(clopper_pearson(int(flipped_S.sum()), len(flipped_S)))
        more = format_estimate(test.difference)
        gained, lost = _gained_and_lost(final, kind)
        said.append(
            f"{kind.capitalize()}: {share} of pairs flip ({gained} gain emergence, {lost} lose it), {more} more than "
            f"with the nudge, p = {test.p:.2g}: {_word(test)}."
        )
    with_word = by_word.filter(pl.col("has_word"))
    kept, lost = (format_estimate(mean_over_seeds(with_word[kind].to_numpy())) for kind in (KEPT, LOST))
    said.append(
        f"Sentences with the word whose pair only that hint showed are translated correctly in {lost} if the pair is "
        f"lost and in {kept} if it is kept, a difference of {format_estimate(_lost_pair(with_word))}."
    )
    return said


def _word(test: PairedShares) -> str:
    if test.p > LEVEL_OF_TESTS:
        return "not distinguishable from chance"
    return "more than chance" if test.difference.value > 0 else "less than chance"
