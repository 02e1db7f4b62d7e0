import os
import signal
import socket
import subprocess
import sys

import pytest

from seedbed.config import RunLockedError
from seedbed.store import Run, lock
from seedbed.store.lock import Holder

HOLD = """
import sys
from seedbed.store import Run
run = Run.open(sys.argv[1], write=True)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_writer(a_run):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(a_run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_told_who_holds_the_run(a_run, other_writer):
    with pytest.raises(RunLockedError, match=f"process {other_writer.pid} on {socket.gethostname()} since 20"):
        Run.open(a_run, write=True)
    assert Run.open(a_run, write=False).members().height == 4
    assert lock.holder(a_run).is_alive()


def test_a_dead_writer_blocks_nobody(a_run, other_writer):
    other_writer.send_signal(signal.SIGKILL)
    other_writer.wait()
    assert lock.holder(a_run).pid == other_writer.pid
    assert not lock.holder(a_run).is_alive()
    with Run.open(a_run, write=True):
        assert lock.holder(a_run).pid == os.getpid()
    assert lock.holder(a_run) is None


def test_one_process_cannot_write_twice_either(a_run):
    with Run.open(a_run, write=True), pytest.raises(RunLockedError, match=f"process {os.getpid()} "):
        Run.open(a_run, write=True)
    Run.open(a_run, write=True).close()


def test_a_note_that_says_nothing_is_no_holder(tmp_path):
    (tmp_path / ".lock.json").write_text("{")
    assert lock.holder(tmp_path) is None


def test_a_process_of_another_host_counts_as_alive():
    assert Holder(pid=1, host="elsewhere", started="2026-01-31T12:00:00+00:00").is_alive()
