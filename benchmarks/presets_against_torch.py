"""The training step of each preset that plain PyTorch can express, against it in eager mode, on both cores, in turns.

Seedbed trains two members at once, one a core, as a population does; PyTorch trains one model with two threads, or two
models in two pinned processes. Compared are tokens a second of both cores together, without starting and compiling; and
the processors' own seconds a token of pinned processes, which hardly depend on what else the machine does.

usage: python -m benchmarks.presets_against_torch [--torch-python PATH] [--rounds 5] [--only NAME...] [--write]
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.page import Page, options_of, publish
from seedbed.models import PRESETS, LanguageModel, named_arrays, parameter_count
from seedbed.training.environment import visible_cores

TORCH = Path(__file__).parent / "torch_presets.py"
CORES = 2
TARGET = 1.0
SAME_LOGITS = 1e-4  # of the largest logit
SIDES = ("seedbed", "one process, two threads", "two pinned processes")
USED = ", processors' seconds a token"


@dataclass(frozen=True)
class Load:
    """What a step reads: so many windows of so many tokens; and how many steps are timed at once."""

    batch: int
    length: int
    steps: int


LOADS = {
    "paper-3.1": Load(64, 45, 1),
    "gam": Load(4, 256, 1),
    "gam-transformer": Load(4, 256, 1),
    "mingpt": Load(8, 258, 1),
    "baby": Load(1, 1024, 1),
    "tinystories-64x8": Load(2, 512, 1),
}


def main() -> None:
    """Check that both are one function, then time them in turns, preset by preset."""
    parser = options_of(__doc__)
    parser.add_argument("--torch-python", default=sys.executable, help="an interpreter with torch and numpy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=LOADS, default=list(LOADS))
    options = parser.parse_args()
    speeds: dict[str, dict[str, list[float]]] = {}
    differences = {}
    with tempfile.TemporaryDirectory() as place:
        for name in options.only:
            differences[name] = logits_difference(options.torch_python, name, Path(place) / "check.npz")
            if differences[name] > SAME_LOGITS:
                raise RuntimeError(f"{name}: the two models' logits differ by {differences[name]} of the largest")
            speeds[name] = timed(options.torch_python, name, options.rounds, Path(place) / "batches.npz")
            print(name, {side: median(each) for side, each in speeds[name].items()}, flush=True)
    publish(as_page(speeds, max(differences.values()), options.rounds), options)


def described(name: str) -> str:
    """A preset as the other side reads it."""
    config, vocabulary, load = PRESETS[name].model, PRESETS[name].vocabulary, LOADS[name]
    plain = {key: value for key, value in vars(config).items() if isinstance(value, str | int | float)}
    return json.dumps(
        {
            **plain,
            "vocabulary": vocabulary,
            "classes": vocabulary + config.spare_classes,
            "inner": config.inner,
            "slots": config.gam.slots,
            "qkv_bias": config.has_qkv_bias,
            "head_bias": config.has_head_bias,
            "windows": [config.window_of(block) for block in range(config.blocks)],
            "length": load.length,
        }
    )


def logits_difference(python: str, name: str, path: Path) -> float:
    """The greatest difference of logits between the two models with the same weights, as a part of the largest."""
    preset = PRESETS[name]
    model = LanguageModel(preset.model, preset.vocabulary, key=jax.random.key(0))
    tokens_BT = np.random.default_rng(0).integers(preset.vocabulary, size=(1, LOADS[name].length))
    logits_BTV = np.asarray(
        jax.jit(lambda model, tokens_BT: model(tokens_BT))(model, jnp.asarray(tokens_BT, jnp.int32))
    )
    np.savez(path, tokens=tokens_BT, logits=logits_BTV, **named_arrays(model))
    command = [python, str(TORCH), "check", str(path), described(name)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)["difference"]


def timed(python: str, name: str, rounds: int, path: Path) -> dict[str, list[float]]:
    """Tokens a second of each side, round by round."""
    load, cores = LOADS[name], [str(core) for core in visible_cores()[:CORES]]
    shape = (load.steps, load.batch, load.length + 1)
    np.savez(path, token_SBW=np.random.default_rng(1).integers(PRESETS[name].vocabulary, size=shape))
    ours = [sys.executable, "-m", "benchmarks.preset_steps", str(path), name, str(load.steps)]
    theirs = [python, str(TORCH), "train", str(path), described(name), str(load.steps)]
    commands = {
        SIDES[0]: [[*ours, core] for core in cores],
        SIDES[1]: [[*theirs, str(CORES), *cores]],
        SIDES[2]: [[*theirs, "1", core] for core in cores],
    }
    running: dict[str, list[subprocess.Popen]] = {}
    try:
        for side, each in commands.items():
            running[side] = [started(command) for command in each]
            for process in running[side]:
                said(process)  # ready
        speeds: dict[str, list[float]] = {side: [] for side in (*commands, *(side + USED for side in commands))}
        tokens = load.steps * load.batch * load.length
        for _ in range(rounds):
            for side, processes in running.items():
                tell(processes)
                told = [json.loads(said(process)) for process in processes]
                speeds[side].append(sum(tokens / seconds for seconds, _ in told))
                speeds[side + USED].append(sum(used for _, used in told) / tokens / len(told))
        return speeds
    finally:
        for process in (each for processes in running.values() for each in processes):
            process.kill()
            process.communicate()


def started(command: list[str]) -> subprocess.Popen:
    """A process that answers lines."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def tell(processes: list[subprocess.Popen]) -> None:
    """Let them all take their steps now."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def said(process: subprocess.Popen) -> str:
    """The next line that a process prints; raises where it ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a side ended with exit status {process.wait()}")
    return line


def as_page(speeds: dict[str, dict[str, list[float]]], difference: float, rounds: int) -> Page:
    """The table: ratios are taken within a round."""
    rows: list[tuple[str, ...]] = []
    missed: list[str] = []
    for name, by_side in speeds.items():
        load, parameters = LOADS[name], parameter_count(PRESETS[name].model, PRESETS[name].vocabulary)
        cells = [name, f"{parameters:,}", f"{load.batch} x {load.length}", f"{median(by_side[SIDES[0]]):,.0f}"]
        for side in SIDES[1:]:
            ratios = [a / b for a, b in zip(by_side[SIDES[0]], by_side[side], strict=True)]
            cells.append(f"{median(by_side[side]):,.0f}")
            cells.append(f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
            missed += [f"{name} against {side}"] if median(ratios) < TARGET else []
        ours, theirs = by_side[SIDES[0] + USED], by_side[SIDES[2] + USED]
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        cells.append(f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        rows.append(tuple(cells))
    columns = ("preset", "parameters", "windows x tokens a step", "Seedbed, tokens/s")
    for side in SIDES[1:]:
        columns = (*columns, f"PyTorch, {side}, tokens/s", "ratio (range)")
    columns = (*columns, "ratio of processors' time, pinned (range)")
    verdict = f"Slower: {', '.join(missed)}." if missed else "Nowhere slower."
    return Page(
        name="presets-against-torch",
        title=f"Training step of presets against plain PyTorch in eager mode, both cores, {rounds} rounds in turns",
        columns=columns,
        rows=rows,
        verdict=f"{verdict} Logits of the two agree within {difference:.1e} of the largest.",
        samples={f"{name}: {side}": each for name, by_side in speeds.items() for side, each in by_side.items()},
    )


if __name__ == "__main__":
    main()
