"""The story race: from raw text to a model, tokenizer and all, in minutes on two cores, against plain PyTorch.

PyTorch's side is `torch_story.py`, tried in three sizes and at two rates; the best sets the mark, with three seeds.
Seedbed's side is `seedbed train --preset baby-1m` for half of the time and for all of it, with a cache of its own, so
that it learns its tokenizer and compiles its programs in that time. What counts are bits per byte on all validation
stories, document by document, which on either side are found after the time. Nothing else should run meanwhile: both
sides take all cores, in turns. Each run is kept in the folder, so the same command goes on where it was stopped.

usage: python -m benchmarks.story_race --data FOLDER [--torch-python PATH] [--folder runs/story-race] [--minutes 10]
       [--seeds 3] [--write]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean

import polars as pl

from benchmarks.page import PAGES, Page, options_of, publish
from seedbed.emergence import format_estimate, mean_over_seeds
from seedbed.experiments.results import open_results
from seedbed.reports import band_chart, save_chart

TORCH = Path(__file__).parent / "torch_story.py"
SIZES = {"0.6M": (96, 3, 3), "1.1M": (128, 4, 4), "2.8M": (192, 5, 6)}  # width, blocks, heads
RATES = (1e-3, 3e-3)
SEEDBED = (sys.executable, "-m", "seedbed")
PRESET = "baby-1m"
LOWER = 0.08  # by how much ours should be below the mark when the time is over
SHOWN = (0.6, 1.6)  # bits per byte; what lies above are the first seconds
SLACK = 0.05  # minutes: PyTorch's last step ends after its time
THEIRS, HALF, WHOLE = "plain PyTorch", "Seedbed, half the time", "Seedbed"


@dataclass(frozen=True)
class Race:
    """What is run, and where its results are kept."""

    train: Path
    validation: Path
    folder: Path
    python: str
    minutes: float

    def theirs(self, size: str, rate: float, seed: int) -> list[dict]:
        """The tests of a PyTorch run, the last one on all validation stories; run where it is not kept yet."""
        kept = self.folder / f"torch-{size}-{rate:g}-{seed}.json"
        if not kept.exists():
            width, blocks, heads = SIZES[size]
            shape = ["--width", str(width), "--blocks", str(blocks), "--heads", str(heads)]
            asked = [*shape, "--rate", str(rate), "--seed", str(seed), "--minutes", str(self.minutes)]
            command = [self.python, str(TORCH), str(self.train), str(self.validation), *asked]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            kept.write_text(json.dumps(rows, indent=1) + "\n")
            print(kept.stem, rows[-1], flush=True)
        return json.loads(kept.read_text())

    def ours(self, minutes: float, seed: int) -> list[dict]:
        """The same of a run of Seedbed."""
        folder = self.folder / f"seedbed-{minutes:g}-{seed}"
        kept = folder.with_suffix(".json")
        if not kept.exists():
            corpus = ["--corpus", str(self.train), "--validation-paths", str(self.validation)]
            asked = ["--preset", PRESET, "--minutes", str(minutes), "--first-seed", str(seed), "--out", str(folder)]
            shutil.rmtree(folder, ignore_errors=True)  # of a race that was stopped
            with tempfile.TemporaryDirectory(dir=self.folder) as cache:
                own = {**os.environ, "SEEDBED_CACHE": cache}
                began = time.monotonic()
                command = [*SEEDBED, "train", *corpus, *asked, "--quiet"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=own)
                took = (time.monotonic() - began) / 60
                command = [*SEEDBED, "perplexity", str(folder), str(self.validation), "--json"]
                tested = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=own)
            rows = tests_of(folder, took)
            found = json.loads(tested.stdout)["bits_per_byte"]["value"]
            rows.append({"minutes": took, "step": rows[-1]["step"], "bits_per_byte": found, "whole": True})
            kept.write_text(json.dumps(rows, indent=1) + "\n")
            print(kept.stem, rows[-1], flush=True)
        return json.loads(kept.read_text())


def tests_of(folder: Path, took: float) -> list[dict]:
    """The tests that a run of Seedbed made on its way, at their minutes of the `took` that the command lasted.

    The record says when it began, the tokenizer learnt and the trial over, and when it ended; between the two the steps
    are taken as equally long.
    """
    results = open_results(folder)
    manifest = results.run.manifest
    grew = (datetime.fromisoformat(manifest.updated) - datetime.fromisoformat(manifest.created)).total_seconds() / 60
    tests = results.where(test="panel").sort("step").select("step", "bits_per_byte").rows()
    return [
        {"minutes": took - grew * (1 - step / tests[-1][0]), "step": step, "bits_per_byte": found, "whole": False}
        for step, found in tests
    ]


def main() -> None:
    """Tune theirs, run both, tell."""
    parser = options_of(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with tinystories/tinystories-train.txt")
    parser.add_argument("--torch-python", default=sys.executable, help="an interpreter with torch, numpy, tokenizers")
    parser.add_argument("--folder", type=Path, default=Path("runs/story-race"))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    stories = options.data / "tinystories"
    options.folder.mkdir(parents=True, exist_ok=True)
    race = Race(
        stories / "tinystories-train.txt",
        stories / "tinystories-valid.txt",
        options.folder,
        options.torch_python,
        options.minutes,
    )
    tried = {(size, rate): race.theirs(size, rate, 0)[-1]["bits_per_byte"] for size in SIZES for rate in RATES}
    best = min(tried, key=lambda each: tried[each])
    runs = {
        THEIRS: [race.theirs(*best, seed) for seed in range(options.seeds)],
        HALF: [race.ours(options.minutes / 2, seed) for seed in range(options.seeds)],
        WHOLE: [race.ours(options.minutes, seed) for seed in range(options.seeds)],
    }
    if options.write:
        save_chart(chart_of(runs), PAGES / f"{options.date}-story-race.svg")
    publish(as_page(runs, tried, best, options.minutes), options)


def chart_of(runs: dict[str, list[list[dict]]]):
    """Bits per byte against minutes, every run a thread, the mean of a side's seeds a line."""
    rows = [
        {"side": side, "test": at, "run": f"{side} {seed}", **{key: test[key] for key in ("minutes", "bits_per_byte")}}
        for side, some in runs.items()
        for seed, tests in enumerate(some)
        for at, test in enumerate(each for each in tests if not each["whole"])
    ]
    frame = pl.DataFrame(rows)
    means = frame.group_by("side", "test", maintain_order=True).agg(pl.col("minutes", "bits_per_byte").mean())
    return band_chart(
        means,
        x="minutes",
        y="bits_per_byte",
        color="side",
        title_x="minutes since the start, tokenizer counted",
        title_y="bits per byte, 64 validation stories",
        y_domain=SHOWN,
        members=frame,
        member="run",
    )


def as_page(
    runs: dict[str, list[list[dict]]], tried: dict[tuple[str, float], float], best: tuple[str, float], minutes: float
) -> Page:
    """The mark, and what ours reaches in half and in all of the time."""
    last = {side: [tests[-1]["bits_per_byte"] for tests in some] for side, some in runs.items()}
    mark = mean(last[THEIRS])
    rows = [
        (f"{THEIRS}, {size}, rate {rate:g}, one seed", f"{minutes:g}", f"{found:.4f}", f"{found / mark:.3f}", "tuning")
        for (size, rate), found in tried.items()
    ]
    wanted = {THEIRS: "the mark", HALF: "at most 1", WHOLE: f"at most {1 - LOWER:g}"}
    for side, found in last.items():
        estimate = mean_over_seeds(found, bounds=None)
        spent = mean(tests[-1]["minutes"] for tests in runs[side])
        shown = format_estimate(estimate, percent=False)
        rows.append((side, f"{spent:.2f}", shown, f"{mean(found) / mark:.3f}", wanted[side]))
    allowed = {THEIRS: minutes, HALF: minutes / 2, WHOLE: minutes}
    in_time = all(tests[-1]["minutes"] <= allowed[side] + SLACK for side, some in runs.items() for tests in some)
    reached = in_time and mean(last[HALF]) <= mark and mean(last[WHOLE]) <= (1 - LOWER) * mark
    return Page(
        name="story-race",
        title=f"The story race: {minutes:g} minutes from raw text, two cores; PyTorch's best {best[0]} at {best[1]:g}",
        columns=("side", "minutes", "bits per byte, all validation stories", "over the mark", "target"),
        rows=rows,
        verdict="Both reached, each run in its time." if reached else "Missed." if in_time else "A run took longer.",
        samples={side: list(found) for side, found in last.items()},
    )


if __name__ == "__main__":
    main()
