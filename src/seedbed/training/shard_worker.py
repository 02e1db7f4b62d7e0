"""A helper process of `shards`: pinned to one core, it computes one part of every batch, and keeps nothing.

Started as `python -m seedbed.training.shard_worker IN OUT MEMORY CORE SHARD` with two pipe ends and a file that is
shared memory. It leaves when the other end is gone, and ignores Ctrl-C and SIGTERM, which are its parent's to handle.
"""

import mmap
import os
import sys
import time
from multiprocessing.connection import Connection

from seedbed.training.environment import (
    ONE_THREAD,
    configure_jax,
    keep_freed_memory,
    leave_signals_to_parent,
    pin_to_core,
)


def main(arguments: list[str]) -> None:
    """Serve until the leader is gone."""
    leave_signals_to_parent()
    inward, outward, memory, core, shard = (int(argument) for argument in arguments)
    os.environ.update(ONE_THREAD)
    pin_to_core(core)
    keep_freed_memory()
    configure_jax()
    orders, reports = Connection(inward, writable=False), Connection(outward, readable=False)
    try:
        _serve(orders, reports, memory, shard)
    except (EOFError, BrokenPipeError):
        return


def _serve(orders: Connection, reports: Connection, memory: int, shard: int) -> None:
    import jax.numpy as jnp
    import numpy as np

    from seedbed.config import from_plain
    from seedbed.training import wire
    from seedbed.training.config import PopulationConfig
    from seedbed.training.shards import BATCH, DONE, STEP, Layout, part_program

    head, _ = wire.receive(orders)
    config = from_plain(PopulationConfig, head["config"])
    layout = Layout(config)
    views = layout.views(mmap.mmap(memory, layout.size))
    part = part_program(config)
    zeros = [jnp.zeros_like(views[name]) for name in ("weights_P", *BATCH)]
    part(*zeros, jnp.int32(shard), jnp.uint32(0), jnp.int32(0))[0].block_until_ready()  # compiles
    while True:
        init_seed, step = STEP.unpack(orders.recv_bytes())
        started = time.process_time()
        given = (
            jnp.array(views[name]) for name in ("weights_P", *BATCH)
        )  # copies: the leader writes the next step's over them
        gradient_P, losses_L = part(*given, jnp.int32(shard), jnp.uint32(init_seed), jnp.int32(step))
        views["gradient_HP"][shard - 1] = np.asarray(gradient_P)
        views["losses_HL"][shard - 1] = np.asarray(losses_L)
        reports.send_bytes(DONE.pack(time.process_time() - started))


if __name__ == "__main__":
    main(sys.argv[1:])
