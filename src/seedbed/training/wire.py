"""Messages between a population and its worker processes: a JSON head and arrays as safetensors, never a pickle.

On the pipe: 8 bytes with the length of the head, the head, the arrays. A message that holds an event carries its
class's name and its fields; arrays travel in the body under "<field>/<name>".
"""

import json
from dataclasses import fields
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from seedbed.training.events import Arrays, Checkpoint, Diverged, Evaluated, Event, Finished, Progress

_EVENTS = {cls.__name__: cls for cls in (Progress, Evaluated, Checkpoint, Finished, Diverged)}


def send(pipe: Connection, head: dict[str, Any], arrays: Arrays | None = None) -> None:
    """Write one message. Raises `OSError` where the other end is gone."""
    text = json.dumps(head).encode()
    # safetensors writes an array's memory as it lies: hand it contiguous ones.
    body = save({name: np.asarray(array, order="C") for name, array in (arrays or {}).items()})
    pipe.send_bytes(len(text).to_bytes(8, "little") + text + body)


def receive(pipe: Connection) -> tuple[dict[str, Any], Arrays]:
    """Read one message. Raises `EOFError` where the other end is gone."""
    message = pipe.recv_bytes()
    end = 8 + int.from_bytes(message[:8], "little")
    return json.loads(message[8:end]), load(message[end:])


def event_message(event: Event) -> tuple[dict[str, Any], Arrays]:
    """An event as a message."""
    head: dict[str, Any] = {"event": type(event).__name__}
    arrays: Arrays = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, dict):
            arrays |= {f"{field.name}/{name}": array for name, array in value.items()}
        else:
            head[field.name] = value
    return head, arrays


def message_event(head: dict[str, Any], arrays: Arrays) -> Event:
    """The event in a message."""
    cls = _EVENTS[head["event"]]
    plain = {key: value for key, value in head.items() if key != "event"}
    for field in fields(cls):
        if field.name not in plain:
            start = f"{field.name}/"
            plain[field.name] = {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}
    return cls(**plain)
