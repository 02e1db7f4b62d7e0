"""The models that experiments on mixers compare: each differs from the first in what lets a token read earlier ones.

Their learning rates are chosen from one grid by members of other seeds, grown by the option `pilot` of the experiment.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from seedbed.config import UsageError, unknown_name
from seedbed.emergence import format_estimate
from seedbed.experiments.measures import mean_score
from seedbed.models import GamConfig, MambaConfig, ModelConfig
from seedbed.reports import Table

# A window of 3 tokens a block reaches as far back as the convolution of `gam`.
CHANGES: dict[str, dict[str, Any]] = {
    "attention": {},
    "attention-window": {"window": (3,)},
    "prefix": {},
    "linear": {"mixer": "linear"},
    "gam": {"mixer": "gam"},
    "mamba": {"mixer": "mamba"},
    "gru": {"mixer": "gru"},
    "lstm": {"mixer": "lstm"},
}
CONVOLUTION = 3  # tokens that GAM's sees
RATES = (1e-3, 2e-3, 4e-3, 8e-3)
PILOT_SEED, PILOT_SEEDS = 100, 2


def model_of(name: str, base: ModelConfig) -> ModelConfig:
    """`base` with the mixer of this name and without settings of others. `gam` gets a row of memory for each unit of
    width, as in the paper.
    """
    if name == "prefix":
        return replace(base, prefix=base.context // 2, mamba=MambaConfig())
    if name == "gam":
        return replace(base, mixer="gam", gam=GamConfig(slots=base.width), mamba=MambaConfig())
    mamba = base.mamba if name == "mamba" else MambaConfig()
    return replace(base, mamba=mamba, **CHANGES[name])


def check_mixers(names: Sequence[str], known: Sequence[str], base: ModelConfig) -> None:
    """Refuse an unknown name, a name given twice, none at all, and a model that names a mixer itself."""
    if not names or len(set(names)) < len(names):
        raise UsageError(f"mixers must hold at least one name, each given once; got {', '.join(names) or 'none'}")
    for name in names:
        if name not in known:
            raise unknown_name("mixer", name, known)
    for name, unset in (("mixer", "attention"), ("window", ()), ("prefix", 0)):
        if getattr(base, name) != unset:
            raise UsageError(
                f"this experiment sets model.{name} itself: choose models with --mixers; got {getattr(base, name)}"
            )


def receptive_field(model: ModelConfig) -> int:
    """Tokens, its own among them, that a position can read of its window; 0 is all."""
    if model.mixer == "gam":
        if model.gam.reads == "context" and model.gam.paths != "local":
            return 0
        return 1 if model.gam.paths == "global" else 1 + model.blocks * (CONVOLUTION - 1)
    windows = [model.window_of(block) for block in range(model.blocks)]
    return 1 + sum(window - 1 for window in windows) if model.mixer == "attention" and all(windows) else 0


def rates_table(final: pl.DataFrame, mixers: Sequence[str], title: str = "Learning rates") -> Table:
    """Scores of pilot members by mixer and rate: the mean over tasks, then over seeds. final: a row a member and task,
    with `mixer` and `learning_rate`.
    """
    keys = ["mixer", "learning_rate", "member"]
    each = final.group_by(keys, maintain_order=True).agg(pl.col("exact").mean(), pl.col("n").sum())
    rows = []
    for mixer in mixers:
        scores = [mean_score(each.filter(mixer=mixer, learning_rate=rate)) for rate in RATES]
        known = [(score.value, -rate) for score, rate in zip(scores, RATES, strict=True) if score is not None]
        best = None if not known else f"{-max(known)[1]:g}"
        rows.append([mixer, *(None if score is None else format_estimate(score) for score in scores), best])
    caption = (
        f"Mean over all tasks in the final evaluation, for {PILOT_SEEDS} seeds starting at {PILOT_SEED}; n counts "
        "members. The rate with the highest mean is chosen, and the lowest of equally good rates."
    )
    return Table(title, ["mixer", *(f"{rate:g}" for rate in RATES), "chosen"], rows, caption)
