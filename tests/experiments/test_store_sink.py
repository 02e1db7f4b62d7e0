"""What is said of members' states when training stops: only what the record holds counts as saved."""

import errno
import os

import numpy as np
import pytest

from seedbed.config import InterruptedRunError, SeedbedError
from seedbed.experiments import runner
from seedbed.experiments.runner import StoreSink, run_experiment
from seedbed.store import Run, atomic
from seedbed.training import Checkpoint, Finished, Progress

A, B = "a" * 16, "b" * 16
STATE = {"weight": np.zeros(3, np.float32)}


@pytest.fixture
def sink(tmp_path):
    with Run.create(tmp_path / "run", experiment="x", config={}, versions={}, device="cpu") as run:
        run.add_members(
            {"member": name, "population": "p", "init_seed": 0, "data_seed": 0, "config": name} for name in (A, B)
        )
        yield StoreSink(run)


@pytest.fixture
def full_disk(monkeypatch):
    def refuse():
        def no_space(descriptor, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(atomic, "_write_all", no_space)

    return refuse


def test_a_member_counts_as_saved_once_the_record_holds_its_last_step(sink):
    assert sink.states() == "the state of every member is saved"
    sink.receive(Progress(A, 5, 10, 0.1))
    sink.receive(Checkpoint(A, 5, STATE))
    assert sink.states() == "the state of every member is saved"
    sink.receive(Progress(A, 9, 10, 0.1))
    expected = (
        f"the state of 0 of 1 members in training is saved, but not that of {A} (at step 9, will continue from step 5)"
    )
    assert sink.states() == f"{expected}: its worker gave no answer"


def test_those_that_are_saved_and_those_that_are_not_are_named_with_the_reason(sink, full_disk):
    for member in (A, B):
        sink.receive(Progress(member, 7, 10, 0.1))
    sink.receive(Checkpoint(A, 7, STATE))
    full_disk()
    with pytest.raises(SeedbedError) as caught:
        sink.receive(Checkpoint(B, 7, STATE))
    said = sink.states()
    saved = f"the state of 1 of 2 members in training is saved ({A})"
    assert f"{saved}, but not that of {B} (at step 7, will continue from step 0)" in said
    assert said.endswith(f": {caught.value}")
    assert str(caught.value) not in sink.states(told=str(caught.value))


def test_a_member_that_ended_has_no_state_to_lose(sink):
    sink.receive(Progress(A, 9, 10, 0.1))
    sink.receive(Finished(A, 9, STATE, "0" * 64, {}))
    assert sink.states() == "the state of every member is saved"


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (InterruptedRunError("stop"), "^interrupted: the state of 0 of 1 members .* continue with: seedbed resume "),
        (SeedbedError("Worker gone."), r"^Worker gone\. When it stopped, the state of 0 of 1 members .* no answer\.$"),
    ],
)
def test_what_stops_training_says_whose_state_is_saved(tmp_path, monkeypatch, full_disk, raised, message):
    def train(missing, sink, **_):
        name = next(iter(sink.run.members()["member"]))
        sink.receive(Progress(name, 3, 10, 0.1))
        full_disk()
        raise raised

    monkeypatch.setattr(runner, "train_population", train)
    with pytest.raises(type(raised), match=message):
        run_experiment("triangle", folder=tmp_path / "run", report=False)
