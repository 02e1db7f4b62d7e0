"""What a regional run measured: bits of parallel sentences, of stories by how they came about, and of each item."""

import json
from math import log

import numpy as np

from seedbed.data import TextConfig
from seedbed.emergence import Estimate
from seedbed.experiments.regional import MEASURED, condition
from seedbed.experiments.regional_texts import ENGLISH, OWN_BPE, sentence_task
from seedbed.experiments.results import Results


def sentence_bits(results: Results, level: str, language: str, kind: str, of: str) -> dict[int, float]:
    """By seed, the mean bits that a model of `language` needs for its side of the pairs of English and `of`."""
    items = items_of(results, level, (language, kind), f"{sentence_task(of)}/nats")
    return {seed: float(nats_N.mean()) / log(2) for seed, nats_N in items.items()}


def sentence_ratio(results: Results, level: str, language: str, kind: str) -> dict[int, float]:
    """By seed, a language's bits per sentence by those of English, for the same sentences and kind of tokenizer."""
    english_kind = kind if kind in texts_of(results, level, ENGLISH) else OWN_BPE
    own = sentence_bits(results, level, language, kind, language)
    english = sentence_bits(results, level, ENGLISH, english_kind, language)
    return {seed: own[seed] / english[seed] for seed in own if seed in english}


def texts_of(results: Results, level: str, language: str) -> dict[str, TextConfig]:
    """The text of a language at a level in the tokens of each kind of tokenizer: the same documents."""
    start = f"{level}, {language}, "
    return {each.name.removeprefix(start): each.world for each in results.options.worlds if each.name.startswith(start)}


def items_of(results: Results, level: str, side: tuple[str, str], name: str) -> dict[int, np.ndarray]:
    """By seed, what a condition's members kept of each item."""
    members = results.members.filter(condition=condition(level, *side), state="finished")
    found = {
        seed: results.run.outcomes(member).get(name)
        for member, seed in members.select("member", "init_seed").iter_rows()
    }
    return {seed: each.astype(np.float64) for seed, each in found.items() if each is not None}


def of_common_seeds(*sides: dict[int, np.ndarray]) -> list[np.ndarray] | None:
    """Of each side a row a seed that all have; None without one."""
    seeds = sorted(set.intersection(*map(set, sides)))
    return [np.stack([side[seed] for seed in seeds]) for side in sides] if seeds else None


def told_bits(results: Results, level: str, language: str, told: str) -> np.ndarray:
    """Bits per byte of every held-out story that was written in a language, or translated: means over seeds."""
    kinds = kept(results)["told"][language]
    members = results.members.filter(condition=condition(level, language, OWN_BPE), state="finished")
    found = []
    for member in members["member"]:
        items = results.run.outcomes(member)
        if "text/document" in items:
            bits_D = items["text/nats"] / (items["text/bytes"] * log(2))
            chosen_D = np.array([kinds[number] == told for number in items["text/document"]], dtype=bool)
            found.append(bits_D[chosen_D].astype(np.float64))
    return np.mean(found, axis=0) if found else np.empty(0)


def kept(results: Results) -> dict:
    """What `prepared` measured of the texts."""
    return json.loads(results.run.read(MEASURED))


def estimate_of(row: dict, name: str) -> Estimate | None:
    """A measure of a row of what tokenizers measure; None where it is not there."""
    if row.get(name) is None:
        return None
    ends = [float("nan") if row[f"{name}_{side}"] is None else row[f"{name}_{side}"] for side in ("low", "high")]
    return Estimate(row[name], ends[0], ends[1], row[f"{name}_n"], "as measured")
