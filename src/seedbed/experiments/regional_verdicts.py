"""The claims of Patil et al. (2025) measured on a regional run and judged."""

from math import hypot, log

import numpy as np
import polars as pl

from seedbed.emergence import Estimate, difference_of_means, ratio_over_seeds_and_items
from seedbed.experiments.claims import Measured, judge_all
from seedbed.experiments.claims_regional import UNMEASURED, Compared, claims
from seedbed.experiments.measures import mean_value
from seedbed.experiments.regional import LEVELS, condition
from seedbed.experiments.regional_measures import estimate_of, items_of, kept, of_common_seeds, told_bits
from seedbed.experiments.regional_texts import ENGLISH, OWN_BPE, TRANSLATED, WRITTEN, sentence_task
from seedbed.experiments.results import Results
from seedbed.experiments.text_parts import bits_of
from seedbed.reports import Verdict

STORIES = ("story", "stories")


def verdicts(results: Results, metrics: pl.DataFrame, level: str) -> list[Verdict]:
    """Of every claim on a level. metrics: a row a language and tokenizer, as the run keeps them."""
    asked = claims(level, LEVELS[level])
    measured = {each.claim.id: _measured(results, metrics, each) for each in asked}
    return judge_all([each.claim for each in asked], measured, {each.claim.id: _why(results, each) for each in asked})


def _why(results: Results, asked: Compared) -> str:
    """Why a claim is not measured, where nothing of the run can."""
    if asked.what == "told":
        kinds = kept(results)["told"][asked.sides[0][0]]
        held_out = " and ".join(f"{kinds.count(kind)} {kind}" for kind in (WRITTEN, TRANSLATED))
        return f"The held-out stories are {held_out}; both groups need at least one."
    return UNMEASURED.get(asked.claim.id.removeprefix(f"{asked.level}-"), "")


def _measured(results: Results, metrics: pl.DataFrame, asked: Compared) -> Measured | None:
    if asked.what == "none":
        return None
    if asked.what == "renyi":
        return _entropies(metrics.filter(level=asked.level), asked)
    if asked.what == "told":
        return _translated(results, asked)
    if asked.what == "sentences":
        return _sentences(results, asked)
    if asked.what == "bits a byte":
        return _bytes(results, asked)
    frames = [bits_of(results, condition(asked.level, *side)) for side in asked.sides]
    sides = [dict(frame.select("init_seed", "loss").iter_rows()) for frame in frames]
    seeds = sorted(set(sides[0]) & set(sides[1]))
    found = mean_value(np.array([sides[0][seed] - sides[1][seed] for seed in seeds]))
    return None if found is None else Measured(found, f"See `Bits per byte, {asked.level}`.")


def _bytes(results: Results, asked: Compared) -> Measured | None:
    """The difference in bits per byte of the same documents."""
    nats = [items_of(results, asked.level, side, "text/nats") for side in asked.sides]
    tables = of_common_seeds(*nats, items_of(results, asked.level, asked.sides[0], "text/bytes"))
    if tables is None:
        return None
    one_SD, other_SD, bytes_SD = tables
    found = ratio_over_seeds_and_items((one_SD - other_SD) / log(2), bytes_SD)
    return Measured(found, f"{bytes_SD.shape[1]} stories. See `Bits per byte, {asked.level}`.")


def _sentences(results: Results, asked: Compared) -> Measured | None:
    """The difference of two languages' ratios to English, each over sentences of its own."""
    nats = [
        items_of(results, asked.level, side, f"{sentence_task(language)}/nats")
        for language, kind in asked.sides
        for side in ((language, kind), (ENGLISH, OWN_BPE))
    ]
    tables = of_common_seeds(*nats)
    if tables is None:
        return None
    found = ratio_over_seeds_and_items(tables[0], tables[1], less=(tables[2], tables[3]))
    said = f"{tables[0].shape[1]} and {tables[2].shape[1]} sentences."
    return Measured(found, f"{said} See `Bits per parallel sentence, {asked.level}`.")


def _translated(results: Results, asked: Compared) -> Measured | None:
    """Stories are the unit: a few of one kind are few, whatever seeds agree on."""
    (language, _), _ = asked.sides
    sides = [told_bits(results, asked.level, language, kind) for kind in (TRANSLATED, WRITTEN)]
    if not all(map(len, sides)):
        return None
    evidence = f"See `Written against translated, {asked.level}`."
    return Measured(difference_of_means(sides[0], sides[1], bounds=None), evidence, STORIES)


def _entropies(metrics: pl.DataFrame, asked: Compared) -> Measured | None:
    """The difference of two entropies, each with an interval over documents (Zou & Donner 2008)."""
    rows = [metrics.filter(corpus=language, kind=kind).to_dicts() for language, kind in asked.sides]
    one, other = (estimate_of(found[0], "renyi_2.5") if found else None for found in rows)
    if one is None or other is None or not (one.has_interval and other.has_interval):
        return None
    difference = one.value - other.value
    low = difference - hypot(one.value - one.low, other.high - other.value)
    high = difference + hypot(one.high - one.value, other.value - other.low)
    estimate = Estimate(difference, low, high, one.n + other.n, "from two jackknife intervals over documents")
    return Measured(estimate, f"See `Tokenizer statistics, {asked.level}`.", STORIES)
