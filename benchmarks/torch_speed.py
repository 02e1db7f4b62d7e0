"""Training speed of `tiny`, 8 members, against the same model in plain PyTorch eager, taken alternately.

usage: python -m benchmarks.torch_speed [--torch-python PATH] [--rounds 5] [--steps 60] [--write]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.page import report
from seedbed.evaluation import EvaluationConfig
from seedbed.tasks import Mixture, World
from seedbed.training import Member, PopulationConfig, Progress, TrainingConfig, train_population
from seedbed.training.environment import visible_cores

MEMBERS = 8
MIXTURE = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))
TORCH = Path(__file__).parent / "torch_tiny.py"
TARGETS = {"one process, two threads": 2.3, "two pinned processes": 1.6}


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


class Clock:
    """From the first member's first event after its warm-up to the last event, and the tokens in between."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.ended = 0.0
        self.tokens = 0

    def receive(self, event: object) -> None:
        """Count what is done once both workers have compiled and met their first events."""
        if isinstance(event, Progress):
            now = time.perf_counter()
            if self.began is None:
                self.began = now
                return
            self.ended = now
            self.tokens += event.tokens


def seedbed_speed(steps: int) -> float:
    """Tokens a second of both cores together, compiling left out: programs are cached and the clock starts late."""
    clock = Clock()
    config = population(steps)
    train_population([(config, Member(MIXTURE, seed, seed)) for seed in range(MEMBERS)], clock)
    assert clock.began is not None
    return clock.tokens / (clock.ended - clock.began)


def torch_speed(python: str, batches: Path, steps: int, cores: list[int], together: bool) -> float:
    """Tokens a second of torch: one process on all cores, or one pinned process a core, members divided."""
    if together:
        calls = [[str(len(cores)), str(MEMBERS), *map(str, cores)]]
    else:
        calls = [["1", str(MEMBERS // len(cores)), str(core)] for core in cores]
    running = [
        subprocess.Popen([python, str(TORCH), "train", str(batches), *call], stdout=subprocess.PIPE, text=True)
        for call in calls
    ]
    seconds = [json.loads(each.communicate()[0])["seconds"] for each in running]
    return MEMBERS * steps * population(steps).tokens_per_step / max(seconds)


def check_same_function(python: str, folder: Path) -> float:
    """Greatest difference of logits with weights copied over; both are the same function."""
    import jax

    from seedbed.models import LanguageModel, named_arrays

    config = population(1)
    model = LanguageModel(config.model, config.vocabulary, key=jax.random.key(0))
    tokens = np.random.default_rng(0).integers(config.vocabulary, size=(4, config.model.context))
    path = folder / "check.npz"
    np.savez(path, tokens=tokens, logits=np.asarray(model(jax.numpy.asarray(tokens))), **named_arrays(model))
    done = subprocess.run([python, str(TORCH), "check", str(path)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["difference"]


def main() -> None:
    """Alternate the three, and give the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cores = visible_cores()[:2]
    from seedbed.training.host import member_windows

    config = population(options.steps)
    source = member_windows(config, World(config.world), Member(MIXTURE))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        difference = check_same_function(options.torch_python, folder)
        assert difference < 1e-4, f"the two models differ by {difference}"
        batches = folder / "batches.npz"
        np.savez(batches, token_SBW=source.batches(0, options.steps).token_SBW)
        seedbed_speed(options.steps)  # fills the cache of compiled programs
        ratios: dict[str, list[float]] = {name: [] for name in TARGETS}
        speeds: dict[str, list[float]] = {"seedbed": [], **{name: [] for name in TARGETS}}
        for _ in range(options.rounds):
            ours = seedbed_speed(options.steps)
            speeds["seedbed"].append(ours)
            for name in TARGETS:
                theirs = torch_speed(options.torch_python, batches, options.steps, cores, name.startswith("one"))
                speeds[name].append(theirs)
                ratios[name].append(ours / theirs)
    rows = [["Seedbed, two workers", f"{median(speeds['seedbed']):,.0f}", "", "", ""]]
    for name, found in ratios.items():
        spread = f"{min(found):.2f} to {max(found):.2f}"
        rows.append(
            [f"PyTorch, {name}", f"{median(speeds[name]):,.0f}", f"{median(found):.2f}", spread, f"{TARGETS[name]}"]
        )
    verdict = "; ".join(
        f"{name}: {median(found):.2f} times, {'reached' if median(found) >= TARGETS[name] else 'missed'}"
        for name, found in ratios.items()
    )
    report(
        "torch-speed",
        f"Training speed, tiny, {MEMBERS} members, {options.rounds} alternating rounds of {options.steps} steps",
        ["what", "tokens/s (median)", "Seedbed is so many times as fast", "range", "target"],
        rows,
        f"{verdict}. Logits of the two agree within {difference:.1e}.",
        "python -m benchmarks.torch_speed",
    )


if __name__ == "__main__":
    main()
