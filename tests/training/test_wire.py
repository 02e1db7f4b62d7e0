"""Claims about messages: what is sent arrives, whatever the arrays look like."""

import os
from multiprocessing.connection import Connection

import numpy as np
import pytest

from seedbed.training import Checkpoint, Diverged, Evaluated, Finished, Progress, wire

ARRAYS = {
    "scalar": np.array(7, np.int32),
    "turned": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "every second": np.arange(10)[::2],
    "right": np.array([True, False]),
    "nothing": np.zeros((0, 3), np.float64),
    "a/b.c": np.array([np.nan, np.inf]),
}
EVENTS = [
    Progress("m", 3, 120, 0.25),
    Evaluated("m", 3, [{"task": "A->C", "coverage": None, "exact": 0.5, "n": 3}]),
    Evaluated("m", 3, [], final=True),
    Checkpoint("m", 3, ARRAYS),
    Finished("m", 3, ARRAYS, "ab12", {"A->C/seen/exact": np.array([True])}),
    Finished("m", 3, {}, "ab12", {}),
    Diverged("m", 3, "the loss is no longer a number"),
]


@pytest.fixture
def pipe():
    inward, outward = os.pipe()
    ends = Connection(inward, writable=False), Connection(outward, readable=False)
    yield ends
    for end in ends:
        end.close()


def same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype and array.shape == other[name].shape
        np.testing.assert_array_equal(array, other[name])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_sent(event, pipe):
    inward, outward = pipe
    wire.send(outward, *wire.event_message(event))
    back = wire.message_event(*wire.receive(inward))
    assert type(back) is type(event)
    for name, value in vars(event).items():
        if isinstance(value, dict):
            same(value, getattr(back, name))
        else:
            assert getattr(back, name) == value


def test_messages_keep_their_order_and_a_closed_end_is_noticed(pipe):
    inward, outward = pipe
    for number in range(3):
        wire.send(outward, {"number": number}, {"x": np.array(number)})
    got = [wire.receive(inward) for _ in range(3)]
    assert [(head["number"], int(arrays["x"])) for head, arrays in got] == [(0, 0), (1, 1), (2, 2)]
    outward.close()
    with pytest.raises(EOFError):
        wire.receive(inward)
