"""Memory does not grow with the corpus: 200 MB, prepared and read in a fresh process. (benchmarks.corpus has 5 GB.)"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_corpus_of_200_mb_needs_a_fraction_of_a_gigabyte():
    code = (
        "import tempfile; from pathlib import Path\n"
        "from benchmarks.corpus import PREPARE, STEPS, told_by, write_corpus\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    path, cache = Path(folder, 'a.txt'), Path(folder, 'cache')\n"
        "    write_corpus(path, 200_000_000)\n"
        "    cold, warm = (told_by(cache, PREPARE, path, STEPS) for _ in range(2))\n"
        "assert cold['made'] and not warm['made'] and cold['documents'] > 200_000, (cold, warm)\n"
        "print(*(max(each['peaks'].values()) for each in (cold, warm)), warm['seconds']['prepared'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    cold, warm, seconds = map(float, done.stdout.split())
    assert max(cold, warm) < 700, done.stdout  # 455 and 520 were seen; the promise is 1,000
    assert seconds < 20, done.stdout  # hashing the file
