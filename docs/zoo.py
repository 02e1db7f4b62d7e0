"""Write docs/zoo.md: every registered building block with its explanation, equation, source, cost, and where it fails.

What was measured of a token mixer comes from docs/results: recall.md and zoo.md, as they stand.

usage: python docs/zoo.py
"""

import csv
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import get_args, get_type_hints

import equinox as eqx
import jax

from seedbed.experiments.zoo import Options
from seedbed.models import CHANNELS, MIXERS, ModelConfig
from seedbed.models.about import CHANNEL_WORDS, MIXER_WORDS, NORM_WORDS, ORDER_WORDS, POSITION_WORDS, About
from seedbed.models.layers import initialiser
from seedbed.tasks import RecallConfig

PAGE = Path(__file__).with_name("zoo.md")
RESULTS = PAGE.parent / "results"
SIZE = ModelConfig(width=64, heads=4, context=512)

_TOP = f"""# The model zoo

Every block goes by one word: `seedbed run triangle --model.mixer gam`. Costs are by formula at width {SIZE.width},
{SIZE.heads} heads, a window of {SIZE.context} tokens, other settings as they come: parameters, and forward operations a
token (a multiply-add as two). Measured times and memory: [results/blocks.md](results/blocks.md). Made by
`python docs/zoo.py`.
"""


_LONG = """Attention computes a long window in four parts, each with the keys up to its end: at 8,192 tokens 5/8 of all
scores, masked ones among them, are computed and counted. A window of up to 512 tokens is computed whole."""


def page() -> str:
    """The page's text."""
    parts = [
        _TOP,
        _section("Token mixers: `--model.mixer`", MIXER_WORDS, {name: _mixer_cost(name) for name in MIXERS}),
        _overview(),
        _section(
            "Channel mixers: `--model.channels`", CHANNEL_WORDS, {name: _channel_cost(name) for name in _channels()}
        ),
        _section(
            "Positions: `--model.positions`",
            POSITION_WORDS,
            {name: _position_cost(name) for name in _choices("positions")},
        ),
        _section("Norms: `--model.norm`", NORM_WORDS, {name: _norm_cost(name) for name in _choices("norm")}),
        _section("Norm orders: `--model.norm-order`", ORDER_WORDS, dict.fromkeys(_choices("norm_order"), "")),
    ]
    return "\n".join(parts)


def _section(title: str, words: Mapping[str, About], costs: Mapping[str, str]) -> str:
    lines = [f"## {title}", ""]
    for name, cost in costs.items():
        about = words[name]
        lines += [f"### {name}", "", about.what, "", f"    {about.equation}", "", f"Source: {about.source}.", ""]
        lines += [f"Cost: {cost}.", ""] if cost else []
        lines += [f"Where it fails: {about.fails}", ""]
        lines += [f"Measured: {measured}.", ""] if (measured := _measured(name)) else []
    return "\n".join(lines)


def _measured(name: str) -> str:
    """What the experiments `recall` and `zoo` found of a token mixer, in a line; empty for all other blocks."""
    recall = _found("recall/recall-by-distance.csv", condition=name)
    triangle = _found("zoo/triangle.csv", mixer=name)
    if not recall or not triangle:
        return ""
    ends = ", ".join(f"{row['distance']} tokens back {_shown(row)}" for row in (recall[0], recall[-1]))
    hints = _found("zoo/hints.csv", mixer=name)[-1]
    by_condition = {row["what"]: _shown(row) for row in triangle}
    chance, taught = f"{100 * RecallConfig().chance:g}%", Options().hints
    return (
        f"it recalls {ends} of what it was shown ([recall](results/recall.md), chance {chance}). The third side of the "
        f"triangle emerges to {by_condition['hinted']} from {taught} examples beside the two others, "
        f"{by_condition['alone']} from these alone; in the grid of hints to {_shown(hints)} with {hints['hints']} "
        "([zoo](results/zoo.md))"
    )


def _found(table: str, **having: str) -> list[dict[str, str]]:
    """Rows of a table of results in which these columns hold these texts; none, where the table is not there."""
    path = RESULTS / table
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if all(row[name] == value for name, value in having.items())]


def _shown(row: Mapping[str, str]) -> str:
    """A mean over seeds with its interval, in percent."""
    mean, low, high = (100 * float(row[name]) for name in ("mean", "low", "high"))
    return f"{mean:.1f}% [{low:.1f}, {high:.1f}] (n = {row['n']})"


def _overview() -> str:
    rows = [
        "| mixer | parameters | FLOPs a token at 512 | at 8,192 | numbers remembered after 512 tokens |",
        "|" + " --- |" * 5,
    ]
    for name, mixer in MIXERS.items():
        config = replace(SIZE, mixer=name)
        costs = (
            mixer.parameters(config),
            mixer.flops(config, 0, 512),
            mixer.flops(config, 0, 8192),
            _remembered(config),
        )
        rows.append(f"| {name} | " + " | ".join(f"{cost:,}" for cost in costs) + " |")
    return "\n".join(["### All together", "", *rows, "", _LONG, ""])


def _remembered(config: ModelConfig) -> int:
    """Numbers of one block's memory while decoding a text of the context's length."""

    def empty():
        mixer = MIXERS[config.mixer](initialiser(config.init, config.blocks), jax.random.key(0), config, 0)
        return mixer.empty((), config.context)

    return sum(prod(leaf.shape) for leaf in jax.tree.leaves(eqx.filter_eval_shape(empty)))


def _mixer_cost(name: str) -> str:
    config = replace(SIZE, mixer=name)
    return _cost(MIXERS[name].parameters(config), MIXERS[name].flops(config, 0, SIZE.context))


def _channel_cost(name: str) -> str:
    if name == "none":
        return "nothing"
    config = replace(SIZE, channels=name)
    return _cost(CHANNELS[name].parameters(config), CHANNELS[name].flops(config))


def _position_cost(name: str) -> str:
    return f"{SIZE.context * SIZE.width:,} parameters" if name == "learned" else "no parameters"


def _norm_cost(name: str) -> str:
    return f"{SIZE.width * (2 if name == 'layer' else 1)} parameters"


def _cost(parameters: int, flops: int) -> str:
    return f"{parameters:,} parameters, {flops:,} FLOPs a token"


def _channels() -> list[str]:
    return [*CHANNELS, "none"]


def _choices(option: str) -> tuple[str, ...]:
    return get_args(get_type_hints(ModelConfig)[option])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
