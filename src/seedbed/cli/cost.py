"""Estimate of the cost of a run of large models before it begins, as progress may report nothing for minutes.

The rate is measured on the machine at hand, by products of matrices as large as those of the model.
"""

import time
from collections.abc import Callable, Sequence

from seedbed.cli.watch import duration
from seedbed.experiments.plan import Planned

LARGE_STEP = 1e12  # operations of a step, from which on the cost is told: about 20 s of one core
SHARE = 0.75  # of the rate of products that training reaches: 47 of 60 GFLOP/s a core, measured with `paper-3.2`
TRIES, SECONDS = 20, 1.0  # the fastest product counts, as other work only makes it slower


def cost_told(planned: Sequence[Planned], flops_left: float, rate: Callable[[int], float] | None = None) -> str | None:
    """What is left of a run in operations and time, in a line; None where its steps are short, or nothing is left.

    rate: operations per second that so many processes, or devices, reach together.
    """
    largest = max(each.config.flops_per_step for each in planned)
    if largest < LARGE_STEP or not flops_left:
        return None
    together = len(planned) * max(each.config.training.shards for each in planned)
    per_second = SHARE * (rate or product_rate)(together)
    return (
        f"{flops_left:.2g} floating-point operations remain: about {duration(flops_left / per_second)} on this "
        f"machine at {per_second / 1000000000.0:,.0f} GFLOP/s, plus the time for evaluation; a step takes "
        f"{duration(largest / per_second)}"
    )


def product_rate(together: int) -> float:
    """Operations a second of products of 512 x 1,024 by 1,024 x 4,096 matrices, on at most so many cores or devices."""
    import jax
    import jax.numpy as jnp

    from seedbed.training import cpu_type, device_type
    from seedbed.training.environment import visible_cores

    rows, inner, columns = 512, 1024, 4096
    product = jax.jit(lambda left, right: left @ right)
    left, right = jnp.ones((rows, inner)), jnp.ones((inner, columns))
    product(left, right).block_until_ready()
    seconds, began = [], time.perf_counter()
    while len(seconds) < TRIES and time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        product(left, right).block_until_ready()
        seconds.append(time.perf_counter() - start)
    rate = 2 * rows * inner * columns / min(seconds)
    if device_type() == cpu_type():  # a product took all cores
        cores = len(visible_cores())
        return rate * min(together, cores) / cores
    return rate * min(together, jax.device_count())
