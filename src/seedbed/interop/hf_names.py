"""How Hugging Face's Llama, Qwen2, GPT-2 and GPT-Neo name their settings and weights, and what of ours each can hold.

Sources: `transformers`, configuration_* and modeling_* of llama, qwen2, gpt2 and gpt_neo. Linear layers keep [outputs,
inputs], GPT-2's `Conv1D` [inputs, outputs] with queries, keys and values in one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from seedbed.config.errors import UsageError, shown
from seedbed.models import ModelConfig

Table = dict[str, Any]
GELU = {"gelu-tanh": "gelu_new", "gelu": "gelu"}  # ours: theirs
ACTIVATIONS = {"gelu_new": "gelu-tanh", "gelu_pytorch_tanh": "gelu-tanh", "gelu": "gelu"}


@dataclass(frozen=True)
class Part:
    """One of our arrays in a file. turned: it is transposed there.  third: which third of the last axis it is."""

    ours: str
    theirs: str
    turned: bool = False
    third: int | None = None


@dataclass(frozen=True)
class Architecture:
    """One of theirs. prefix: of all names but the head's, which some files leave out.  blocks: its setting of their
    number.  holds: for each of our settings the values that it can have.  parts: our arrays in its files.
    """

    name: str
    model_type: str
    prefix: str
    blocks: str
    holds: Callable[[ModelConfig], dict[str, tuple[Any, ...]]]
    to_table: Callable[[ModelConfig, int], Table]
    to_config: Callable[[Table], ModelConfig]
    parts: Callable[[ModelConfig], Iterator[Part]]

    def misfits(self, config: ModelConfig) -> list[str]:
        """Our settings that it cannot hold, each with what it would need."""
        return [
            f"{name} is {getattr(config, name)}, not {' or '.join(map(str, allowed))}"
            for name, allowed in self.holds(config).items()
            if getattr(config, name) not in allowed
        ]


def number(table: Table, name: str, default: int | None = None) -> int:
    """A size from a config. Raises `UsageError` for what is none."""
    value = table.get(name, default)
    value = default if value is None else value
    if type(value) is not int or value < 1:
        raise UsageError(f"{name} must be a whole number of at least 1, got {shown(value)}")
    return value


def real(table: Table, name: str, default: float) -> float:
    """A number from a config. Raises `UsageError` for what is none."""
    value = table.get(name, default)
    if type(value) not in (int, float):
        raise UsageError(f"{name} must be a number, got {shown(value)}")
    return float(value)


def switch(table: Table, name: str, default: bool) -> bool:
    """A yes or no from a config. Raises `UsageError` for what is neither."""
    value = table.get(name, default)
    if type(value) is not bool:
        raise UsageError(f"{name} must be true or false, got {shown(value)}")
    return value


def only(table: Table, name: str, value: Any) -> None:
    """Refuse another value than the one that we compute with; it may be left out."""
    if table.get(name, value) != value:
        raise UsageError(f"{name} is {shown(table[name])}: only {value!r} can be read")


def activation(table: Table, name: str = "activation_function") -> Any:
    """The activation of a feed-forward layer by our name."""
    value = table.get(name, "gelu_new")
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise UsageError(f"{name} is {shown(value)}: only {', '.join(ACTIVATIONS)} can be read")
    return ACTIVATIONS[value]


BASE = {  # what all have in common
    "mixer": ("attention",),
    "norm_order": ("pre",),
    "prefix": (0,),
    "spare_classes": (0,),
    "has_head_bias": (False,),
}
