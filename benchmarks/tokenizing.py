"""How soon training starts on 10 MB of text: a BPE learnt, the text tokenised, and all of it found again.

usage: python -m benchmarks.tokenizing --data FOLDER [--rounds 5] [--write]

Every round is a fresh process. Cold: an empty cache folder. Warm: the same command once more, to its first training
step, with the programs compiled before too.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.page import Page, options_of, publish

LEARNT_TARGET, WARM_TARGET = 20.0, 2.0
VOCABULARIES = (2048, 10_000)
RUN = "import sys; from seedbed.cli.main import main; sys.exit(main())"
STAGES = ("tokenizer", "corpus", "members done")  # words of the lines that tell of them


def main() -> None:
    """Learn each vocabulary cold, then start again with everything in the cache."""
    parser = options_of(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with tinystories/tinystories-train.txt")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    corpus = options.data / "tinystories" / "tinystories-train.txt"
    rows, samples = [], {}
    for vocabulary in VOCABULARIES:
        cold, warm = [], []
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
                cold.append(started(corpus, vocabulary, Path(cache), "cold"))
                warm.append(started(corpus, vocabulary, Path(cache), "warm"))
        found = {
            "BPE learnt": ([each["tokenizer"] for each in cold], f"below {LEARNT_TARGET:g} s"),
            "tokenised after that": ([each["corpus"] - each["tokenizer"] for each in cold], ""),
            "warm: tokens there": ([each["corpus"] for each in warm], f"below {WARM_TARGET:g} s"),
            "warm: first step taken": ([each["members done"] for each in warm], ""),
        }
        for what, (seconds, target) in found.items():
            shown = f"{min(seconds):.2f} to {max(seconds):.2f}"
            rows.append((f"{vocabulary:,}", what, f"{median(seconds):.2f} s", shown, target))
            samples[f"{vocabulary} {what}"] = seconds
    learnt = max(median(samples[f"{vocabulary} BPE learnt"]) for vocabulary in VOCABULARIES)
    warm = max(median(samples[f"{vocabulary} warm: tokens there"]) for vocabulary in VOCABULARIES)
    page = Page(
        name="tokenizing",
        title=f"From {corpus.stat().st_size / 1e6:.1f} MB of text to training, median of {options.rounds} rounds",
        columns=("symbols", "what", "seconds since the command began", "range", "target"),
        rows=rows,
        verdict="Both reached." if learnt < LEARNT_TARGET and warm < WARM_TARGET else "Missed.",
        samples=samples,
    )
    publish(page, options)


def started(corpus: Path, vocabulary: int, cache: Path, run: str) -> dict[str, float]:
    """Seconds from the start of `seedbed train` to each stage that it tells; ended after its first training step."""
    asked = ["--corpus", str(corpus), "--vocabulary", str(vocabulary), "--steps", "100000", "--out", f"{cache}/{run}"]
    command = [sys.executable, "-c", RUN, "train", *asked]
    environment = {**os.environ, "SEEDBED_CACHE": str(cache)}
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                for stage in STAGES:
                    if stage in line:
                        seconds.setdefault(stage, time.perf_counter() - began)
                if STAGES[-1] in line:
                    break
        finally:  # its workers too, whatever stopped this
            os.killpg(process.pid, signal.SIGKILL)
    if STAGES[-1] not in seconds:
        raise RuntimeError(f"the command ended before its first step; it told {', '.join(seconds) or 'nothing'}")
    return seconds


if __name__ == "__main__":
    main()
