"""The page of a text run: bits per byte while it learnt, what it wrote at several steps, size, speed, operations."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from seedbed.config import to_plain
from seedbed.data import TextConfig
from seedbed.data.corpus import END_OF_TEXT, escaped
from seedbed.emergence import Estimate, format_estimate, ratio_of_sums
from seedbed.experiments import answers, parts, text_parts
from seedbed.experiments.first_page import cautions
from seedbed.experiments.grown import tokenizer_of
from seedbed.experiments.measures import bands, mean_score, mean_value
from seedbed.experiments.results import Results
from seedbed.experiments.run_scales import on_scales
from seedbed.experiments.runner import samples_of
from seedbed.experiments.text import TESTS, Options, training_defaults
from seedbed.models import parameter_count
from seedbed.reports import Figure, Lead, Report, Section, Table, band_chart, column_of, led
from seedbed.training import TrainingConfig

TITLE = "Text models"
SAMPLES = 5  # texts of a member that are shown, from its first test to its last
BITS = 1.4426950408889634  # a nat
APART = ("paths", "validation_paths", "separator", "story_world")  # of a corpus, written otherwise


def make(results: Results) -> Report:
    """The report; members that have not finished are counted in the provenance."""
    presets = [name for name in results.options.presets if not results.where(condition=name, test="panel").is_empty()]
    if not presets:
        return Report(TITLE, "No member has been evaluated yet", ["Nothing to report yet."], [], _provenance(results))
    sections = [
        Section("curves", "Bits per byte", (_what(results.options.world),), tuple(_figures(results, presets))),
        Section("members", "Size and speed", (), (_scores_table(results, presets), _size_table(results, presets))),
        Section("samples", "What they wrote", (_SAMPLES,), tuple(_samples(results, presets))),
        Section("corpus", "Training text", (_corpus(results), *map(_sentence, results.options.world.warnings))),
        *parts.diverged_section(results),
    ]
    headline = [_said(results, name) for name in presets]
    report = Report(
        TITLE,
        "Members trained on one corpus and evaluated on held-out documents",
        headline,
        sections,
        _provenance(results),
    )
    found = {name: each.bits for name in presets if (each := finals(results, name)) is not None}
    picture = column_of(
        [("Corpus", "read"), ("Model", ", ".join(presets[:3])), ("Held-out text", "bits per byte")],
        [("learns from",), ("how well foretold?",)],
        "A model reads a corpus and is tested on documents that were held out.",
    )
    lead = Lead(answer(found), cautions(results), picture, text_parts.written(results, presets))
    return led(report, lead, figure="bits-by-tokens")


def answer(bits: dict[str, Estimate]) -> str:
    """How well held-out text is foretold, by the preset that does it best."""
    if not bits:
        return answers.NOTHING
    name, best = min(bits.items(), key=lambda each: each[1].value)
    others = f", the least of {len(bits)} models" if len(bits) > 1 else ""
    shown = answers.brief(best, percent=False)
    return f"`{name}` needs {shown} bits for a byte of text that it has not read{others}; without learning it takes 8."


def _what(world: TextConfig) -> str:
    compared = "can be compared across tokenizers; nats per token cannot."
    if world.dropped:
        compared = f"cannot be compared with those of another tokenizer: {world.dropped}."
    return (
        f"Bits per byte of held-out documents, each read from its own beginning, {compared} `train` is the loss on "
        "the training windows since the previous evaluation, in the same unit."
    )


def _sentence(line: str) -> str:
    return f"{line[0].upper()}{line[1:]}."


_SAMPLES = (
    "After each evaluation the member generates a text, sampled with temperature 0.8, top-p 0.95 and always the same "
    "random key, so that only the member changes."
)


@dataclass(frozen=True)
class Finals:
    """A preset's final test: means over `unit`, seeds, or the held-out documents of one seed."""

    unit: str
    bits: Estimate
    nats: Estimate
    right: Estimate
    brier: Estimate


def finals(results: Results, name: str) -> Finals | None:
    """The final test of a preset's members; None where none has finished."""
    rows = results.final(condition=name, split="unseen").drop_nulls("bits_per_byte")
    if rows.is_empty():
        return None
    items = results.run.outcomes(rows["member"][0]) if rows.height == 1 else {}
    if "text/right" not in items:
        means = (mean_value(rows[each].to_numpy()) for each in ("bits_per_byte", "loss", "brier"))
        bits, nats, brier, right = (each for each in (*means, mean_score(rows)) if each is not None)
        return Finals("seeds", bits, nats, right, brier)
    nats_D, tokens_D = items["text/nats"], items["text/tokens"]
    return Finals(
        "documents, one seed",
        ratio_of_sums(nats_D * BITS, items["text/bytes"]),
        ratio_of_sums(nats_D, tokens_D),
        ratio_of_sums(items["text/right"], tokens_D),
        ratio_of_sums(items["text/brier"], tokens_D),
    )


def _said(results: Results, name: str) -> str:
    found = finals(results, name)
    if found is None:
        return f"{name}: no member has finished yet."
    bits = format_estimate(found.bits, percent=False)
    mark = "; text that the tokenizer drops counts as zero bits" if results.options.world.dropped else ""
    return f"{name}: {bits} bits per byte on held-out documents; n counts {found.unit}{mark}."


def _figures(results: Results, presets: list[str]) -> list[Figure]:
    rows = _curves(results, presets)
    figures = []
    for x, title, name in (("tokens", "training tokens, millions", "tokens"), ("minutes", "minutes", "minutes")):
        shown = rows.drop_nulls(x).filter(pl.col(x) > 0)
        if shown.is_empty():
            continue
        means = bands(shown, ["text", "condition", x], "bits", bounded=False)
        chart = band_chart(
            means, x=x, y="mean", low="low", high="high", color="condition", facet="text", title_x=title,
            title_y="bits per byte", x_log=True, columns=2,
        )  # fmt: skip
        caption = (
            f"Mean over seeds (n = {means['n'].max()} per preset), with its 95% interval if there are several seeds."
        )
        if x == "minutes":
            caption += (
                " Minutes are the working time of a member's first process, including evaluation, in proportion to "
                "the steps."
            )
        figures.append(Figure(f"bits-by-{name}", f"Bits per byte against {name}", chart, caption, means))
    return figures


def _curves(results: Results, presets: list[str]) -> pl.DataFrame:
    """Rows with `bits`, `text` (held-out or train), `tokens` (millions) and `minutes`."""
    held_out = results.where(test="panel").with_columns(bits=pl.col("bits_per_byte"), text=pl.lit("held-out"))
    rate = BITS / results.options.world.bytes_per_token
    train = results.where(test="train", task="text")
    train = train.with_columns(bits=pl.col("loss") * rate, text=pl.lit("train"))
    rows = pl.concat([held_out, train], how="diagonal").filter(pl.col("condition").is_in(presets))
    rows = on_scales(results, rows.drop("tokens"))
    minutes = pl.col("core_seconds").mean().over("condition") / 60
    return rows.with_columns(tokens=pl.col("tokens") / 1e6, minutes=minutes * pl.col("step") / pl.col("steps"))


def _scores_table(results: Results, presets: list[str]) -> Table:
    rows = []
    for name in presets:
        final = results.final(condition=name, split="unseen")
        found = finals(results, name)
        if found is None:
            continue
        rows.append(
            [
                name,
                format_estimate(found.bits, percent=False),
                format_estimate(found.nats, percent=False),
                format_estimate(found.right),
                format_estimate(found.brier, percent=False),
                found.unit,
                int(final["n"].max()),  # type: ignore[arg-type]
                final.height,
            ]
        )
    columns = ["preset", "bits per byte", "nats per token", "tokens guessed", "Brier", "n counts", "tokens scored"]
    columns += ["members"]
    caption = (
        "The final evaluation scores every token of the held-out documents once, in windows that advance by half the "
        "context. Intervals are over seeds or, for a single member, over documents. Tokens guessed: the share of "
        "tokens for which the most likely token is right."
    )
    return Table("Final scores", columns, rows, caption)


def _size_table(results: Results, presets: list[str]) -> Table:
    rows = []
    for name in presets:
        each = next(each for each in results.planned.values() if each.condition == name)
        config, members = each.config, results.members.filter(condition=name)
        seconds, tokens = float(members["core_seconds"].sum()), int(members["tokens"].sum())
        steps = config.training.steps
        rows.append(
            [
                name,
                f"{parameter_count(config.model, config.vocabulary):,}",
                steps,
                f"{steps * config.tokens_per_step / 1e6:.2f} M",
                f"{steps * config.flops_per_step:.3g}",
                f"{tokens / seconds:,.0f}" if seconds else None,
                config.training.shards,
            ]
        )
    columns = ["preset", "parameters", "steps", "tokens", "operations", "tokens/s", "processes per member"]
    caption = (
        "Operations: floating-point operations of the forward and backward pass, by formula. Tokens/s: training "
        "tokens divided by the working time of a member's first process, including evaluation."
    )
    return Table("Size, speed and operations", columns, rows, caption)


def _samples(results: Results, presets: list[str]) -> list[Table]:
    tables = []
    tokenizer = tokenizer_of(results.run, results.options.world)
    for name in presets:
        member = results.members.filter(condition=name)["member"][0]
        said = sorted(samples_of(results.run, member).items())
        if not said:
            continue
        chosen = sorted({round(place * (len(said) - 1) / (SAMPLES - 1)) for place in range(SAMPLES)})
        bits = dict(results.where(member=member, test="panel").select("step", "bits_per_byte").iter_rows())
        rows = [[said[at][0], bits.get(said[at][0]), tokenizer.decode(said[at][1])] for at in chosen]
        tables.append(Table(f"{name}, member {member}", ["step", "bits per byte", "text"], rows))
    return tables


def _corpus(results: Results) -> str:
    world: TextConfig = results.options.world
    paths = (
        ", ".join(map(_shown, results.options.corpus.paths))
        or "Seedbed's generated story world: nobody wrote these texts"
    )
    return (
        f"{paths}. Training text: {world.train.documents:,} documents, {world.train.text_bytes / 1e6:,.2f} MB, "
        f"{world.train.tokens:,} tokens; held out: {world.validation.documents:,} documents, "
        f"{world.validation.text_bytes / 1e6:,.2f} MB. Tokenizer {world.tokenizer}: {results.options.tokenizer.kind}, "
        f"{world.vocabulary:,} symbols, {world.bytes_per_token:.2f} bytes per token."
    )


def _provenance(results: Results) -> dict:
    return {**parts.provenance(results), "command": command(results)}


def command(results: Results) -> str:
    """The command that makes this run again from the same files, by its steps."""
    options = results.options
    words = ["seedbed", "train", "--out", _shown(str(results.folder))]
    for option, paths in (("--corpus", options.corpus.paths), ("--validation-paths", options.corpus.validation_paths)):
        words += [option, *map(_shown, paths)] if paths else []
    words += ["--preset", *options.presets, "--steps", *map(str, options.steps), *_tokenizer_words(options)]
    words += [f"--prompt={options.prompt}"] if options.prompt else []
    words += [f"--separator={escaped(options.corpus.separator)}"] * (options.corpus.separator != END_OF_TEXT)
    words += ["--tests", str(options.tests)] * (options.tests not in (0, TESTS))
    usual = replace(Options(), training=replace(training_defaults(), steps=TrainingConfig.steps))
    asked, default = (_flat_options(each) for each in (options, usual))
    default["training.shards"] = None  # always said: another computer would choose others, which give other bits
    if not options.tests:
        default["evaluation.regular"] = None
    return shlex.join([*words, *parts.option_words(asked, default)])


def _tokenizer_words(options: Options) -> list[str]:
    """The tokenizer as it was named; its number of symbols where that was to choose."""
    config, named = options.tokenizer, options.tokenizer_given or options.tokenizer.kind
    words = ["--tokenizer", _shown(named)]
    words += ["--vocabulary", str(config.vocabulary)] * (named == config.kind != "byte")
    return words + ["--unknown", config.unknown] * (config.path == named and config.unknown != "refuse")


def _shown(path: str) -> str:
    """A path as it was given; of one that stands elsewhere the last part, as a page is read on other computers."""
    return Path(path).name if Path(path).is_absolute() else path


def _flat_options(options: Options) -> dict[str, Any]:
    """What `seedbed train` takes beside corpus, presets, steps and tokenizer, by the names of its options."""
    whole = to_plain(options, defaults=True)
    taken = {name: whole[name] for name in ("seeds", "first_seed", "learning_rate", "weight_decay", "dropout")}
    taken |= {name: value for name, value in whole["corpus"].items() if name not in APART}
    return taken | parts.flat({name: whole[name] for name in ("training", "evaluation")})
