"""How much memory a corpus larger than memory needs, and how long it takes: prepared once, found again, read.

usage: python -m benchmarks.corpus [--megabytes 200] [--folder FOLDER] [--write]

The corpus is a file of stories of the story world, each with a number of its own, so that none is a duplicate; one
token a byte, the most that a text can have. Needs about four times its size of disk in FOLDER, given back at the end.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.page import Page, options_of, publish

MEMORY_TARGET, WARM_TARGET = 1024, 2.0  # MiB; seconds for 10 MB
TOLD = 20_000  # different stories; they come again with other numbers
STEPS = 64
PREPARE = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
from seedbed.data import CorpusConfig, TextWindows, prepare

class Bytes:
    vocabulary, eot, fingerprint, lossless = 257, 256, "bytes", True
    def encode_many(self, texts):
        return [np.frombuffer(text.encode(), dtype=np.uint8) for text in texts]
    def spelled_bytes(self, encoded):
        return np.array([len(each) for each in encoded])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

began, peaks = time.perf_counter(), {"imported": peak()}
corpus = CorpusConfig((sys.argv[1],), validation=0.01)
cache = prepare(corpus, Bytes(), Path(sys.argv[2]))
seconds = {"prepared": time.perf_counter() - began}
peaks["prepared"] = peak()
for kind in ("packed", "random"):
    windows = TextWindows(cache.train, kind, window=257, batch=64, data_seed=0)
    for step in range(0, int(sys.argv[3]), 32):
        windows.batches(step, 32)
    seconds[kind], peaks[kind] = time.perf_counter() - began, peak()
print(json.dumps({"made": cache.made, "documents": cache.train.documents, "seconds": seconds, "peaks": peaks}))
"""


def main() -> None:
    """Prepare and read the corpus in a fresh process, then once more, where the cache is found."""
    parser = options_of(__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="where the corpus is written (default: the system's)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, cache = Path(folder, "corpus.txt"), Path(folder, "cache")
        write_corpus(path, options.megabytes * 1_000_000)
        cold, warm = (prepared(path, cache) for _ in range(2))
    peaks = [max(each["peaks"].values()) for each in (cold, warm)]
    most_warm = WARM_TARGET * max(1, options.megabytes / 10)
    reached = max(peaks) < MEMORY_TARGET and warm["seconds"]["prepared"] < most_warm
    page = Page(
        name="corpus",
        title=f"A corpus of {options.megabytes:,} MB, {cold['documents']:,} training documents",
        columns=("what", "prepared", f"{STEPS} steps of each kind of window", "most memory", "target"),
        rows=[
            row("cold: tokenised, overlap looked for", cold, f"below {MEMORY_TARGET} MiB"),
            row("warm: found in the cache", warm, f"below {MEMORY_TARGET} MiB; prepared below {most_warm:g} s"),
        ],
        verdict="Reached." if reached else "Missed.",
        samples={"peak MiB": peaks, "seconds": [each["seconds"]["prepared"] for each in (cold, warm)]},
    )
    publish(page, options)


def write_corpus(path: Path, size: int) -> None:
    """Stories with end-of-text lines between them, numbered so that all differ, up to `size` bytes."""
    from seedbed.data import StoryWorldConfig, stories

    told = [each.text for each in stories(StoryWorldConfig(stories=min(TOLD, 1 + size // 500)))]
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            block = "".join(f"{text} {number + i}\n<|endoftext|>\n" for i, text in enumerate(told))
            file.write(block)
            written, number = written + len(block), number + len(told)


def prepared(path: Path, cache: Path) -> dict:
    """What a fresh process says that prepares the corpus and reads windows of it."""
    command = [sys.executable, "-c", PREPARE, str(path), str(cache), str(STEPS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row(what: str, found: dict, target: str) -> tuple[str, ...]:
    """A row of the table."""
    seconds, peaks = found["seconds"], found["peaks"]
    read = seconds["random"] - seconds["prepared"]
    return what, f"{seconds['prepared']:.1f} s", f"{read:.1f} s", f"{max(peaks.values()):.0f} MiB", target


if __name__ == "__main__":
    main()
