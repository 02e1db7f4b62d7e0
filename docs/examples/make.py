"""The example of docs/statistics.md: a table whose truth is known, its audit, and the picture of its curves.

usage: python docs/examples/make.py    writes four-tasks.csv, four-tasks.svg and four-tasks.txt beside this file

Four tasks, 8 seeds, 25 evaluations of 100 questions each. `addition` leaps from 0 to 96% within an eighth of a decade,
around step 2,000 in the middle seed. `spelling` rises from 0 to 90% over two and a half decades. `long sums` have
answers of 6 tokens, of which each gets likelier slowly: exact match is the sixth power of that. `rhyming` is guessed
right one time in four, and nothing more.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent
SEEDS, ITEMS, TOKENS = 8, 100, 6
STEPS = np.unique(np.geomspace(20, 50_000, 25).round().astype(int))
AUDIT = (
    "audit four-tasks.csv --score accuracy --items items --chance chance --length tokens "
    "--log-likelihood log_likelihood --out four-tasks-audit"
)


def table() -> pl.DataFrame:
    """The same rows every time: a row for each task, seed and evaluation."""
    rng = np.random.default_rng(2024)
    rows = []
    for seed in range(SEEDS):
        pace = 10 ** rng.normal(0, 0.15)
        token = 0.06 + 0.93 * rise(STEPS / pace, middle=700, decades=3.0)
        shares = {
            "addition": 0.96 * rise(STEPS / pace, middle=2000, decades=0.12),
            "spelling": 0.9 * rise(STEPS / pace, middle=900, decades=2.5),
            "long sums": token**TOKENS,
            "rhyming": np.full(len(STEPS), 0.25),
        }
        for task, share_E in shares.items():
            for step, share, chance in zip(STEPS.tolist(), share_E, token, strict=True):
                rows.append(
                    {
                        "task": task,
                        "seed": seed,
                        "step": step,
                        "accuracy": rng.binomial(ITEMS, share) / ITEMS,
                        "items": ITEMS,
                        "chance": 0.25 if task == "rhyming" else 0.0,
                        "tokens": TOKENS if task == "long sums" else 1,
                        "log_likelihood": round(float(np.log(chance)), 4) if task == "long sums" else None,
                    }
                )
    return pl.DataFrame(rows).sort("task", "seed", "step", maintain_order=True)


def rise(steps_E: np.ndarray, middle: float, decades: float) -> np.ndarray:
    """From 0 to 1, from 10% to 90% in so many decades."""
    return 1 / (1 + (middle / steps_E) ** (2 * np.log10(9) / decades))


def main() -> None:
    """Write the three files."""
    with tempfile.TemporaryDirectory() as place:
        table().write_csv(Path(place, "four-tasks.csv"))
        command = [sys.executable, "-c", "from seedbed.cli.main import main; main()", *AUDIT.split()]
        told = subprocess.run(command, cwd=place, check=True, stdout=subprocess.PIPE, text=True).stdout
        shutil.copy(Path(place, "four-tasks.csv"), HERE)
        shutil.copy(Path(place, "four-tasks-audit", "curves-logarithmic.svg"), HERE / "four-tasks.svg")
        (HERE / "four-tasks.txt").write_text(told)
    print(told)


if __name__ == "__main__":
    main()
