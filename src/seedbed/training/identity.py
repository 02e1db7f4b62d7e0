"""A member's fingerprint: equal fingerprints mean equal bits.

It is a hash of the canonical configs (defaults left out), of a numerics version that is raised when a fix changes
results, of the jaxlib version and of the type of processor, so that a fix or another machine never passes for the same
member.
"""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from seedbed.config import canonical, fingerprint
from seedbed.training.config import Member, PopulationConfig

NUMERICS_VERSION = 1  # raise when a change of code changes any member's weights or scores


def member_fingerprint(config: PopulationConfig, member: Member, device: str) -> str:
    """16 hexadecimal digits for a member grown on `device` (of `cpu_type`, or an accelerator's kind)."""
    return fingerprint(canonical(config), canonical(member), f"numerics {NUMERICS_VERSION}", version("jaxlib"), device)


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
