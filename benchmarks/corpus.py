"""How much memory a corpus larger than memory needs, and how long it takes: prepared, found again, read, trained on.

usage: python -m benchmarks.corpus [--megabytes 200] [--folder FOLDER] [--write]

The corpus is a file of stories of the story world, each with a number of its own, so that none is a duplicate; one
token a byte, the most that a text can have. Needs about four times its size of disk in FOLDER, given back at the end.
"""

import json
import os
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
from seedbed.data import CorpusConfig, TextWindows, prepare
from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

began, peaks = time.perf_counter(), {"imported": peak()}
cache = prepare(CorpusConfig((sys.argv[1],)), train_tokenizer(TokenizerConfig("byte"), []))
seconds = {"prepared": time.perf_counter() - began}
peaks["prepared"] = peak()
for kind in ("packed", "random"):
    windows = TextWindows(cache.train, kind, window=257, batch=64, data_seed=0)
    for step in range(0, int(sys.argv[2]), 32):
        windows.batches(step, 32)
    seconds[kind], peaks[kind] = time.perf_counter() - began, peak()
print(json.dumps({"made": cache.made, "documents": cache.train.documents, "seconds": seconds, "peaks": peaks}))
"""
TRAIN = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
words = ["--corpus", sys.argv[1], "--tokenizer", "byte", "--preset", "baby-1m", "--steps", sys.argv[2], "--seeds", "2"]
command = [sys.executable, "-c", "from seedbed.cli.main import main; main()", "train", *words, "--out", sys.argv[3]]
done = subprocess.run(command, check=True, capture_output=True)
assert b"corpus found as tokens" in done.stderr, done.stderr
peaks = {"largest process": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}
print(json.dumps({"seconds": {"trained": time.perf_counter() - began}, "peaks": peaks}))
"""


def main() -> None:
    """Prepare and read the corpus in a fresh process, once more where the cache is found, then train on it."""
    parser = options_of(__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="where the corpus is written (default: the system's)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, cache = Path(folder, "corpus.txt"), Path(folder, "cache")
        write_corpus(path, options.megabytes * 1_000_000)
        cold, warm = (told_by(cache, PREPARE, path, STEPS) for _ in range(2))
        trained = told_by(cache, TRAIN, path, STEPS, Path(folder, "run"))
    peaks = [max(each["peaks"].values()) for each in (cold, warm, trained)]
    most_warm = WARM_TARGET * max(1, options.megabytes / 10)
    reached = max(peaks) < MEMORY_TARGET and warm["seconds"]["prepared"] < most_warm
    page = Page(
        name="corpus",
        title=f"A corpus of {options.megabytes:,} MB, {cold['documents']:,} training documents",
        columns=("what", "prepared", f"{STEPS} steps of each kind of window", "most memory", "target"),
        rows=[
            row("cold: tokenised, overlap looked for", cold, f"below {MEMORY_TARGET} MiB"),
            row("warm: found in the cache", warm, f"below {MEMORY_TARGET} MiB; prepared below {most_warm:g} s"),
            (
                f"trained: `seedbed train`, 2 seeds of baby-1m, {STEPS} steps, the largest process",
                "found",
                f"{trained['seconds']['trained']:.1f} s",
                f"{peaks[-1]:.0f} MiB",
                f"below {MEMORY_TARGET} MiB",
            ),
        ],
        verdict="Reached." if reached else "Missed.",
        given=f"--megabytes {options.megabytes}",
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


def told_by(cache: Path, code: str, *arguments: object) -> dict:
    """What a fresh process says that runs `code` with these arguments and this cache folder."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "SEEDBED_CACHE": str(cache)}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)


def row(what: str, found: dict, target: str) -> tuple[str, ...]:
    """A row of the table."""
    seconds, peaks = found["seconds"], found["peaks"]
    read = seconds["random"] - seconds["prepared"]
    return what, f"{seconds['prepared']:.1f} s", f"{read:.1f} s", f"{max(peaks.values()):.0f} MiB", target


if __name__ == "__main__":
    main()
