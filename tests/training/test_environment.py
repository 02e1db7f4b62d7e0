"""What a worker asks of its system."""

import resource
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
from seedbed.training.environment import keep_freed_memory
keep_freed_memory()
size = int(sys.argv[1])
def use():
    b"x" * size
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be asked")
def test_memory_that_was_freed_is_used_again():
    size = 100_000_000
    done = subprocess.run([sys.executable, "-c", FAULTS, str(size)], capture_output=True, text=True, check=True)
    every_page = 3 * size // resource.getpagesize()
    assert int(done.stdout) < every_page / 100
