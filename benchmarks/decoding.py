"""Decoding stories260K, one text of 256 tokens and 16 at once, against llama2.c on one thread.

llama2.c is built by its own `make runfast` (`gcc -Ofast`); without it, our own speed and the ratio of 16 texts to one
are told. All take turns, greedy from an empty prompt; compiling is not counted. 16 texts are two parts of 8, a thread
each: they may use two cores, as one text and llama2.c cannot.
usage: python -m benchmarks.decoding --data FOLDER [--llama2c PROGRAM] [--rounds 9] [--write]
"""

import os
import re
import subprocess
import time
from pathlib import Path
from statistics import median

os.environ.update({"PJRT_NPROC": str(len(os.sched_getaffinity(0))), "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1"})

from benchmarks.page import Page, options_of, publish

TOKENS, STREAMS, TARGET = 256, 16, 2.0


def main() -> None:
    """Rounds of one text, 16 texts, and llama2.c; ratios within a round, so that other work weighs on all alike."""
    parser = options_of(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with stories260K.bin and tok512.bin")
    parser.add_argument("--llama2c", type=Path, help="the program `run`, built by `make runfast`")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    told = speaker(options.data)
    told(1), told(STREAMS)  # compiles
    one, many, theirs = [], [], []
    for _ in range(options.rounds):
        if options.llama2c:
            theirs.append(llama2c_speed(options.llama2c, options.data))
        one.append(told(1))
        many.append(told(STREAMS))
    rows = [
        ("one text", _speed(one), _ratio(one, theirs), "told"),
        (f"{STREAMS} texts at once", _speed(many), _ratio(many, theirs), f"at least {TARGET} times"),
        (f"{STREAMS} texts over one", "", _ratio(many, one), "told"),
    ]
    if theirs:
        rows.append(("llama2.c, one text, one thread", _speed(theirs), "", ""))
        reached = median(_ratios(many, theirs)) >= TARGET
        verdict = "Reached." if reached else "Missed."
    else:
        verdict = "llama2.c was not measured: name its program by --llama2c."
    publish(
        Page(
            name="decoding",
            title=f"Decoding stories260K, {TOKENS} tokens a text, median of {options.rounds} rounds",
            columns=("what", "tokens a second, range", "over llama2.c in its round, range", "target"),
            rows=rows,
            verdict=verdict,
            samples={"one": one, "many": many, "llama2.c": theirs},
        ),
        options,
    )


def speaker(data: Path):
    """A function from a number of texts to the tokens a second of generating them together."""
    import jax

    from seedbed.interop import import_llama2c
    from seedbed.models import Sampling, generate
    from seedbed.training.environment import configure_jax, visible_cores

    configure_jax()
    model = import_llama2c(data / "stories260K.bin", data / "tok512.bin").model

    def told(streams: int) -> float:
        began = time.perf_counter()
        prompts, threads = [[1]] * streams, len(visible_cores())
        texts = generate(model, prompts, TOKENS, Sampling(temperature=0.0), jax.random.key(0), threads=threads)
        return sum(map(len, texts)) / (time.perf_counter() - began)

    return told


def llama2c_speed(program: Path, data: Path) -> float:
    """What the program says of itself, over as many texts in a row: one alone fits a slice of a busy core."""
    return STREAMS / sum(1 / one_text(program, data) for _ in range(STREAMS))


def one_text(program: Path, data: Path) -> float:
    """Tokens a second, its start not counted."""
    command = [program, data / "stories260K.bin", "-t", "0", "-n", str(TOKENS), "-z", data / "tok512.bin"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stderr
    found = re.search(r"achieved tok/s: ([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"{program} did not say how fast it was:\n{said}")
    return float(found[1])


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _ratio(ours: list[float], theirs: list[float]) -> str:
    if not theirs:
        return "not measured"
    ratios = _ratios(ours, theirs)
    return f"{median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}"


def _speed(speeds: list[float]) -> str:
    return f"{median(speeds):,.0f}, {min(speeds):,.0f} to {max(speeds):,.0f}"


if __name__ == "__main__":
    main()
