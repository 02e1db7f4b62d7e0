"""A worker process: pinned to one core, it grows one member after another and reports every event.

Started as `python -m seedbed.training.worker IN OUT CORE` with two pipe ends. It is told of members by messages
{"grow": ...}, and to save its state and leave by {"stop": true}. It leaves too when the other end is gone, and ignores
Ctrl-C and SIGTERM, which are its parent's to handle.
"""

import os
import sys
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from seedbed.training.environment import (
    ONE_THREAD,
    configure_jax,
    keep_freed_memory,
    leave_signals_to_parent,
    pin_to_core,
)

if TYPE_CHECKING:
    from seedbed.training.growth import Growth

CHECKPOINT_SECONDS = 30.0  # a member that takes longer saves its state this often


def main(arguments: list[str]) -> None:
    """Serve until told to stop."""
    leave_signals_to_parent()
    inward, outward, core = (int(argument) for argument in arguments)
    os.environ.update(ONE_THREAD)
    pin_to_core(core)
    keep_freed_memory()
    configure_jax()
    orders, reports = Connection(inward, writable=False), Connection(outward, readable=False)
    try:
        _serve(orders, reports)
    except (EOFError, BrokenPipeError):
        return  # the parent is gone; what it had received is saved


def _serve(orders: Connection, reports: Connection) -> None:
    from seedbed.config import SeedbedError, UsageError, from_plain
    from seedbed.training import wire
    from seedbed.training.config import Member, PopulationConfig
    from seedbed.training.growth import Growth, Programs

    programs: dict[str, Programs] = {}
    while True:
        order, resume = wire.receive(orders)
        if order.get("stop"):
            return
        key = order["population"]
        member = from_plain(Member, order["member"])
        try:
            if key not in programs:
                programs[key] = Programs(from_plain(PopulationConfig, order["config"]), tuple(order["helper_cores"]))
            growth = Growth(programs[key], member, order["grow"], resume or None)
            if _grow(growth, orders, reports):
                return
        except SeedbedError as error:  # another worker would meet it too: the parent is to raise it, not to try again
            wire.send(reports, {"refused": str(error), "usage": isinstance(error, UsageError)})
            continue
        wire.send(reports, {"done": order["grow"]})


def _grow(growth: "Growth", orders: Connection, reports: Connection) -> bool:
    """Grow one member to its end; True where a stop came first."""
    from seedbed.training import wire
    from seedbed.training.events import Diverged

    saved = time.monotonic()
    while not growth.done:
        for event in growth.advance():
            wire.send(reports, *wire.event_message(event))
            if isinstance(event, Diverged):
                return False
        stop = orders.poll()
        if not growth.done and (stop or time.monotonic() - saved > CHECKPOINT_SECONDS):
            wire.send(reports, *wire.event_message(growth.checkpoint()))
            saved = time.monotonic()
        if stop:
            return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
