"""A member's fingerprint: equal fingerprints mean equal bits.

It is a hash of the canonical configs (defaults left out), of a numerics version that a fix raises for the configs whose
results it changes, of the jaxlib version and of the type of processor, so that a fix or another machine never passes
for the same member.
"""

import hashlib
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from seedbed.config import canonical, fingerprint
from seedbed.training.config import Member, PopulationConfig

# Changes of code that changed weights or scores of some members: for each, of which. Add a row for the next one.
CHANGES: tuple[Callable[[PopulationConfig], bool], ...] = (
    # PyTorch's defaults: a tied embedding starts as the head does, and convolutions have random biases.
    lambda config: config.model.init == "torch",
    # What dropout drops is decided by a hash of rows and columns.
    lambda config: config.model.drops,
)
NUMERICS_VERSION = 1 + len(CHANGES)  # of the code as a whole


def numerics_version(config: PopulationConfig) -> int:
    """1, and 1 more for each change of code that changed what such members come to."""
    return 1 + sum(changed(config) for changed in CHANGES)


def member_fingerprint(config: PopulationConfig, member: Member, device: str) -> str:
    """16 hexadecimal digits for a member grown on `device` (of `cpu_type`, or an accelerator's kind)."""
    numerics = f"numerics {numerics_version(config)}"
    return fingerprint(canonical(config), canonical(member), numerics, version("jaxlib"), device)


@cache
def cpu_type() -> str:
    """The processor's name and a hash of its instruction sets, on which compiled code depends."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}".strip()
    facts = dict(reversed([line.split(":", 1) for line in lines if ":" in line]))
    found = {key.strip(): value.strip() for key, value in facts.items()}
    name = found.get("model name", platform.machine())
    sets = found.get("flags", found.get("Features", ""))
    return f"{name} {hashlib.sha256(' '.join(sorted(sets.split())).encode()).hexdigest()[:8]}"


@cache
def device_type() -> str:
    """What members grow on here: the accelerator that JAX finds, else the processor."""
    import jax

    return cpu_type() if jax.default_backend() == "cpu" else jax.devices()[0].device_kind
