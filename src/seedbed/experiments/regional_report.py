"""The page of a regional run: tokenizer statistics, bits per byte within a language, bits per sentence across
languages."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from seedbed.data.story_world import GENERATED
from seedbed.emergence import Estimate
from seedbed.experiments import parts, text_parts
from seedbed.experiments.answers import listed
from seedbed.experiments.first_page import cautions
from seedbed.experiments.measures import mean_value
from seedbed.experiments.regional import LEVELS, condition
from seedbed.experiments.regional_measures import estimate_of, kept, sentence_bits, sentence_ratio, texts_of, told_bits
from seedbed.experiments.regional_texts import (
    ENGLISH,
    LANGUAGES,
    OWN_BPE,
    TOKENIZERS,
    TRANSLATED,
    WRITTEN,
)
from seedbed.experiments.regional_verdicts import verdicts
from seedbed.experiments.results import Results
from seedbed.experiments.text_parts import bits_of, final_bits, shown
from seedbed.reports import Figure, Item, Lead, Report, Section, Table, column_of, interval_chart, led

TITLE = "Languages and tokenizers"
SHOWN = {  # of the measures of a tokenizer: its name in the flat table, and how a column calls it
    "bytes_a_token": "bytes per token",
    "tokens_a_word": "tokens per word",
    "vocabulary_use": "symbols used",
    "renyi_2.5": "H 2.5",
    "renyi_1": "H 1",
    "cut_clusters": "cut clusters",
    "cut_conjuncts": "cut conjuncts",
    "parity": "parity",
}
SHARES = ("vocabulary_use", "cut_clusters", "cut_conjuncts")


def make(results: Results) -> Report:
    """The report; a text without a finished member is left out and counted in the provenance."""
    done = results.members.filter(pl.col("state") == "finished")["condition"].unique(maintain_order=True).to_list()
    levels = [level for level in results.options.levels if any(name.startswith(f"{level}, ") for name in done)]
    if not levels:
        return Report(TITLE, "No member has finished yet", ["Nothing to report yet."], [], parts.provenance(results))
    generated = results.options.corpus == "story-world"
    metrics = pl.DataFrame(kept(results)["tokenizers"], infer_schema_length=None)
    shown_texts = [name for name in done if name.endswith(f", {OWN_BPE}")]
    sections = [
        *(_level_section(results, metrics, level) for level in levels),
        *([] if generated else [_claims_section(results, metrics, levels)]),
        Section("learning", "While training", (_LEARNING,), _learning(results, shown_texts)),
        Section("samples", "What they write", (), text_parts.sample_tables(results, shown_texts)),
        *parts.diverged_section(results),
    ]
    subtitle = "Hindi, Marathi, Bengali and English with their own and with other tokenizers"
    if generated:
        subtitle = "A rehearsal on generated English stories, under the names of the languages"
    headline = [*([_GENERATED] if generated else []), *_headline(results, levels)]
    report = Report(TITLE, subtitle, headline, sections, parts.provenance(results))
    picture = column_of(
        [("Stories", "of one language"), ("Tokenizer", "its own or another"), ("Model", "equal operations")],
        [("cut by",), ("which costs least?",)],
        "Stories of a language are cut by a tokenizer, and a model of equal operations reads them.",
    )
    best = {level: {language: _best(results, level, language) for language in LEVELS[level]} for level in levels}
    lead = Lead(
        answer(best),
        [*([_GENERATED] if generated else []), *cautions(results)],
        picture,
        text_parts.written(results, shown_texts),
    )
    return led(report, lead, figure=f"{levels[0]}-bits", folded=("learning", "samples"))


def _best(results: Results, level: str, language: str) -> str | None:
    """The tokenizer of fewest bits per byte, its whole interval below all others' means; None where there is none."""
    found = {kind: final_bits(results, condition(level, language, kind)) for kind in TOKENIZERS}
    known = sorted((each.value, kind, each) for kind, each in found.items() if each is not None)
    if len(known) < 2 or not known[0][2].has_interval or known[0][2].high >= known[1][0]:
        return None
    return known[0][1]


def answer(best: Mapping[str, Mapping[str, str | None]]) -> str:
    """Which tokenizer costs least, by level and language; None where it is not settled."""
    said = []
    for level, of in best.items():
        kinds: dict[str | None, list[str]] = {}
        for language, kind in of.items():
            kinds.setdefault(kind, []).append(LANGUAGES[language])
        parts_of = [
            f"{kind} costs the fewest bits per byte in {listed(names)}" for kind, names in kinds.items() if kind
        ]
        open_in = [f"none is clearly the cheapest in {listed(kinds[None])}"] if None in kinds else []
        said.append(f"on the {level} level {', '.join([*parts_of, *open_in])}")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def _claims_section(results: Results, metrics: pl.DataFrame, levels: list[str]) -> Section:
    found = [verdict for level in levels for verdict in verdicts(results, metrics, level)]
    return Section("claims", "Claims and verdicts", (_RULES,), found)


_RULES = (
    "Each rule was written before the run and looks at the whole interval: `replicated` if all of it meets the rule, "
    "`not replicated` if none does, otherwise `depends`. MorphScore is not measured, because no gold segmentations "
    "were available (with such a file, `seedbed tokenizers compare --gold` measures it)."
)
_GENERATED = (
    f"Every text here was {GENERATED}, in English, whatever language name it carries. No number on this page says "
    "anything about Hindi, Marathi, Bengali or texts that people wrote, and the paper's claims are not judged."
)
_LEARNING = (
    "Each language with its own BPE tokenizer. Members read this small text many times; where a curve rises, they are "
    "memorising it."
)
_WITHIN = (
    "Loss on held-out stories of the language, as means over seeds, at equal numbers of floating-point operations. "
    "Bits per byte can be compared between tokenizers of one language, but not between languages, because a letter of "
    "an Indic script takes three bytes. Nats per token cannot be compared at all here. With equal operations, a "
    "tokenizer with longer tokens reads the text more often than one with shorter tokens."
)
_ACROSS = (
    "Bits needed to encode a sentence, and bits that the English model of the same level, seed and kind of tokenizer "
    "needs for the English version of the same sentences. Every language has its own sentences, so languages are "
    "compared by the ratio."
)
_LITTLE = (
    "There are only 0.23 MB of Bengali text, which limits the conclusions. Only a handful of Bengali stories are held "
    "out, so the Bengali numbers are based on few stories. At this amount of text all models learn spelling and "
    "common words at best, so a language's rank says how early these are learned and not how well a model would "
    "finally master the language. In a pilot with three times these operations, the models with Hindi's own "
    "tokenizers memorised the text and ended with a higher loss than English BPE and bytes, so the verdicts hold only "
    "for the operations that were spent. The larger level therefore leaves Bengali out."
)


def _level_section(results: Results, metrics: pl.DataFrame, level: str) -> Section:
    own = metrics.filter(level=level)
    texts = {language: [*texts_of(results, level, language).values()][:1] for language in LEVELS[level]}
    sizes = ", ".join(
        f"{LANGUAGES[language]} {each.train.text_bytes / 1e6:.2f} MB and {each.validation.documents} stories held out"
        for language, found in texts.items()
        for each in found
    )
    items: list[Item] = [*_bits_figure(results, level), _bits_table(results, level), _sentence_table(results, level)]
    items += [_told_table(results, level), _metrics_table(own, level)]
    said = [
        f"Training text: {sizes}.",
        _WITHIN,
        _ACROSS,
        *([_LITTLE] if "bn" in LEVELS[level] and results.options.corpus != "story-world" else []),
    ]
    return Section(level, f"The {level} level", said, items)


def _headline(results: Results, levels: list[str]) -> list[str]:
    said = []
    for level in levels:
        for language in LEVELS[level]:
            bits = {kind: final_bits(results, condition(level, language, kind)) for kind in TOKENIZERS}
            known = sorted((each.value, kind) for kind, each in bits.items() if each is not None)
            if known:
                order = ", ".join(f"{kind} {shown(bits[kind])}" for _, kind in known)
                said.append(f"{LANGUAGES[language]}, {level}, bits per byte: {order}.")
        ratios = {language: _mean_ratio(results, level, language, OWN_BPE) for language in LEVELS[level]}
        order = sorted((each.value, language) for language, each in ratios.items() if each and language != ENGLISH)
        if order:
            found = ", ".join(f"{LANGUAGES[language]} {shown(ratios[language])}" for _, language in order)
            said.append(
                f"Bits of a sentence divided by the bits of the same sentence in English, {level}, {OWN_BPE}: {found}."
            )
    return said


def _mean_ratio(results: Results, level: str, language: str, kind: str) -> Estimate | None:
    return mean_value(np.array(list(sentence_ratio(results, level, language, kind).values())))


def _bits_table(results: Results, level: str) -> Table:
    rows, (tokens_a_step,) = [], {each.config.tokens_per_step for each in results.planned.values()}
    for language in LEVELS[level]:
        for kind in TOKENIZERS:
            done = bits_of(results, condition(level, language, kind))
            if done.height:
                bits = final_bits(results, condition(level, language, kind))
                steps = int(results.members.filter(condition=condition(level, language, kind))["steps"][0])
                passes = steps * tokens_a_step / texts_of(results, level, language)[kind].train.tokens
                seconds = float(np.mean(done["core_seconds"].to_numpy()))
                nats = mean_value(done["loss"].to_numpy())
                rows.append([LANGUAGES[language], kind, shown(bits), shown(nats), steps, passes, seconds])
    columns = ["language", "tokenizer", "bits per byte", "nats per token", "steps", "times read", "seconds"]
    caption = (
        "Means over seeds with 95% intervals. Times read: the number of training tokens divided by the number of "
        "tokens in the text."
    )
    return Table(f"Bits per byte, {level}", columns, rows, caption)


def _bits_figure(results: Results, level: str) -> list[Figure]:
    rows = []
    for language in LEVELS[level]:
        for kind in TOKENIZERS:
            found = final_bits(results, condition(level, language, kind))
            if found is not None:
                low, high = (found.low, found.high) if found.has_interval else (None, None)
                rows.append((f"{LANGUAGES[language]}, {kind}", LANGUAGES[language], found.value, low, high, found.n))
    schema = {"text": pl.String, "language": pl.String} | dict.fromkeys(("mean", "low", "high"), pl.Float64)
    frame = pl.DataFrame(rows, schema={**schema, "n": pl.Int64}, orient="row")
    if frame.is_empty():
        return []
    chart = interval_chart(
        frame, label="text", value="mean", low="low", high="high", color="language", title_x="held-out bits per byte"
    )
    caption = f"Mean over seeds (n = {frame['n'].max()}) with its 95% interval; compare only within a language."
    return [Figure(f"{level}-bits", f"Bits per byte by tokenizer, {level}", chart, caption, frame)]


def _sentence_table(results: Results, level: str) -> Table:
    rows = []
    for language in LEVELS[level]:
        if language == ENGLISH:
            continue
        for kind in TOKENIZERS:
            own = sentence_bits(results, level, language, kind, language)
            if own:
                bits, ratio = mean_value(np.array(list(own.values()))), _mean_ratio(results, level, language, kind)
                rows.append([LANGUAGES[language], kind, shown(bits), shown(ratio)])
    columns = ["language", "tokenizer", "bits per sentence", "ratio to the same in English"]
    caption = (
        "Sentence pairs from Tatoeba, none of which occur in the stories; means over seeds with 95% intervals. Models "
        "with the English BPE are compared with the English model with English's own BPE."
    )
    return Table(f"Bits per parallel sentence, {level}", columns, rows, caption)


def _told_table(results: Results, level: str) -> Table:
    rows = []
    for language in LEVELS[level]:
        found = {kind: told_bits(results, level, language, kind) for kind in (WRITTEN, TRANSLATED)}
        if any(len(each) for each in found.values()):
            rows.append([LANGUAGES[language], *(shown(mean_value(each)) for each in found.values())])
    caption = (
        f"Bits per byte of held-out stories, {OWN_BPE}, means over seeds; 95% intervals over n stories. Stories whose "
        "origin is not recorded are left out; a dash means that there is no such story."
    )
    return Table(f"Written against translated, {level}", ["language", WRITTEN, TRANSLATED], rows, caption)


def _metrics_table(metrics: pl.DataFrame, level: str) -> Table:
    names = [name for name in SHOWN if name in metrics.columns]
    rows = []
    for row in metrics.iter_rows(named=True):
        cells = [shown(estimate_of(row, name), percent=name in SHARES) for name in names]
        rows.append([LANGUAGES[row["corpus"]], row["kind"], row["vocabulary"], *cells])
    columns = ["language", "tokenizer", "symbols", *(SHOWN[name] for name in names)]
    caption = (
        "Measured on held-out stories, with 95% intervals over documents; `seedbed tokenizers compare` explains each "
        "measure. H: Renyi entropy in nats. Parity: the number of tokens divided by the number for the same sentences "
        "in English, for tokenizers that are not specific to one language."
    )
    return Table(f"Tokenizer statistics, {level}", columns, rows, caption)


def _learning(results: Results, conditions: list[str]) -> list[Figure]:
    figure = text_parts.bits_figure(results, conditions)
    return [figure] if figure else []
