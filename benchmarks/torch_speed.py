"""Training speed of `tiny`, 8 members on two cores, against the same model in plain PyTorch eager, taken alternately.

Seedbed trains as in a run (one worker a core, windows cut on the host, events reported), with as little testing as can
be. Starting and loading programs are left out on both sides. PyTorch reads batches that are cut beforehand.

usage: python -m benchmarks.torch_speed [--torch-python PATH] [--rounds 5] [--steps 100] [--write]
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

import jax
import numpy as np

from benchmarks.page import Page, options_of, publish
from seedbed.evaluation import EvaluationConfig
from seedbed.models import LanguageModel, named_arrays
from seedbed.tasks import Mixture, World
from seedbed.training import Event, Member, PopulationConfig, Progress, TrainingConfig, train_population
from seedbed.training.environment import visible_cores
from seedbed.training.reading import reading

MEMBERS, CORES = 8, 2
MIXTURE = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))
TORCH = Path(__file__).parent / "torch_tiny.py"
TARGETS = {"one process, two threads": 2.3, "two pinned processes": 1.6}
SAME_LOGITS = 1e-4


def main() -> None:
    """Check that both are one function, then time them in turns."""
    parser = options_of(__doc__)
    parser.add_argument("--torch-python", default=sys.executable, help="an interpreter with torch and numpy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        difference = logits_difference(options.torch_python, Path(place) / "check.npz")
        if difference > SAME_LOGITS:
            raise RuntimeError(f"the two models' logits differ by {difference}, expected at most {SAME_LOGITS}")
        batches = Path(place) / "batches.npz"
        np.savez(batches, token_SBW=cut_batches(options.steps))
        seedbed_speed(options.steps)  # fills the cache of compiled programs
        speeds: dict[str, list[float]] = {name: [] for name in ("seedbed", *TARGETS)}
        for _ in range(options.rounds):
            speeds["seedbed"].append(seedbed_speed(options.steps))
            for name in TARGETS:
                speeds[name].append(torch_speed(options.torch_python, batches, options.steps, name.startswith("one")))
    publish(as_page(speeds, difference, options.rounds, options.steps), options)


def population(steps: int) -> PopulationConfig:
    """`tiny` with as little testing as can be."""
    evaluation = EvaluationConfig(
        panel=1,
        every=1,
        others=0,
        regular=steps,
        log_spaced=False,
        paper_items=0,
        paper_final_items=0,
        tasks=("A->B",),
        zero_shot=False,
    )
    return PopulationConfig(training=TrainingConfig(steps=steps), evaluation=evaluation)


def cut_batches(steps: int) -> np.ndarray:
    """The batches that Seedbed's first member reads."""
    config = population(steps)
    return reading(config, World(config.world), Member(MIXTURE)).batches(0, steps).token_SBW


def logits_difference(python: str, path: Path) -> float:
    """The greatest difference of logits between the two models with the same weights."""
    config = population(1)
    model = LanguageModel(config.model, config.vocabulary, key=jax.random.key(0))
    tokens_BT = np.random.default_rng(0).integers(config.vocabulary, size=(4, config.model.context))
    logits_BTV = np.asarray(model(jax.numpy.asarray(tokens_BT)))
    np.savez(path, tokens=tokens_BT, logits=logits_BTV, **named_arrays(model))
    done = subprocess.run([python, str(TORCH), "check", str(path)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)["difference"]


def seedbed_speed(steps: int) -> float:
    """Tokens a second of both cores together."""
    clock, config = Clock(), population(steps)
    plan = [(config, Member(MIXTURE, seed, seed)) for seed in range(MEMBERS)]
    train_population(plan, clock, workers=CORES, layout="workers")
    return clock.tokens / (clock.ended - clock.began)


class Clock:
    """Starts when the first member of each worker has reported twice: then all programs are loaded and have run."""

    def __init__(self) -> None:
        self.reports: Counter[str] = Counter()
        self.began = self.ended = 0.0
        self.tokens = 0

    def receive(self, event: Event) -> None:
        """Count the tokens reported after the start."""
        if not isinstance(event, Progress):
            return
        self.ended = time.perf_counter()
        if self.began:
            self.tokens += event.tokens
            return
        self.reports[event.member] += 1
        if sum(count >= 2 for count in self.reports.values()) == CORES:
            self.began = self.ended


def torch_speed(python: str, batches: Path, steps: int, together: bool) -> float:
    """Tokens a second of torch: one process on all cores, or one pinned process a core and the members divided."""
    cores = [str(core) for core in visible_cores()[:CORES]]
    calls = [[str(CORES), str(MEMBERS), *cores]] if together else [["1", str(MEMBERS // CORES), core] for core in cores]
    running = [
        subprocess.Popen([python, str(TORCH), "train", str(batches), *call], stdout=subprocess.PIPE, text=True)
        for call in calls
    ]
    seconds = [json.loads(process.communicate()[0])["seconds"] for process in running]
    return MEMBERS * steps * population(steps).tokens_per_step / max(seconds)


def as_page(speeds: dict[str, list[float]], difference: float, rounds: int, steps: int) -> Page:
    """The table: ratios are taken within a round."""
    rows: list[tuple[str, ...]] = [("Seedbed, two workers", f"{median(speeds['seedbed']):,.0f}", "", "", "")]
    verdicts = []
    for name, target in TARGETS.items():
        ratios = [ours / theirs for ours, theirs in zip(speeds["seedbed"], speeds[name], strict=True)]
        middle, spread = median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
        rows.append((f"PyTorch, {name}", f"{median(speeds[name]):,.0f}", f"{middle:.2f}", spread, f"{target}"))
        verdicts.append(f"{name}: {middle:.2f} times, {'reached' if middle >= target else 'missed'}")
    return Page(
        name="torch-speed",
        title=f"Training speed, tiny, {MEMBERS} members, {rounds} alternating rounds of {steps} steps",
        columns=("what", "tokens/s (median)", "Seedbed is so many times as fast", "range", "target"),
        rows=rows,
        verdict=f"{'; '.join(verdicts)}. Logits of the two agree within {difference:.1e}.",
        samples=speeds,
    )


if __name__ == "__main__":
    main()
