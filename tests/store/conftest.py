import hashlib

import numpy as np
import pytest

from seedbed.store import Run

SETTINGS = {"experiment": "triangle", "config": {"width": 64}, "versions": {"python": "3.11"}, "device": "cpu"}


def fingerprint(number):
    return hashlib.sha256(str(number).encode()).hexdigest()[:16]


def member_row(number, **extra):
    seeds = {"init_seed": number, "data_seed": number}
    return {
        "member": fingerprint(number),
        "population": "small",
        **seeds,
        "config": "{}",
        "learning_rate": 1e-3,
        **extra,
    }


def curve_row(member, step, **cells):
    return {"member": member, "step": step, "task": "A->C", "test": "panel", "split": "unseen", "n": 50, **cells}


def weights_of(number, step=0):
    return {"w": np.full((3, 2), number + step / 8, dtype=np.float32), "key": np.arange(2, dtype=np.uint32)}


def outcome_of(number):
    return {"right": np.arange(11) % (number + 2) == 0, "length": np.arange(11) * number}


@pytest.fixture
def sample():
    """Builders of rows, tensors and outcomes that the tests of the store share."""

    class Sample:
        settings = SETTINGS
        fingerprint = staticmethod(fingerprint)
        member_row = staticmethod(member_row)
        curve_row = staticmethod(curve_row)
        weights_of = staticmethod(weights_of)
        outcome_of = staticmethod(outcome_of)

    return Sample


@pytest.fixture
def a_run(tmp_path):
    """A closed run with a finished, a training, a diverged and a planned member (0 to 3) and a report."""
    folder = tmp_path / "a_run"
    with Run.create(folder, **SETTINGS) as run:
        run.add_members([member_row(number, hints=number) for number in range(4)])
        run.set_status("running")
        for number in range(3):
            run.write_rows([curve_row(fingerprint(number), step, exact=step / 4) for step in range(3)])
            run.save_checkpoint(fingerprint(number), 2, weights_of(number, 2), tokens=200)
        run.write_rows([curve_row(fingerprint(0), 4, exact=1.0, test="every")])
        run.finish_member(fingerprint(0), 4, weights_of(0, 4), outcome_of(0), core_seconds=2.5)
        run.diverge_member(fingerprint(2), 3, "loss is not finite")
        run.attach("report.html", "<p>n = 1</p>")
    return folder
