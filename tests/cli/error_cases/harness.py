"""A row of docs/errors.md as a case: what is done, its exit code, its message. The files beside this one hold them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from seedbed.interop import Checkpoint, Header, Llama2cTokenizer, checkpoint_bytes, tokenizer_bytes
from seedbed.store import Run

TINY = Path(__file__).parents[1] / "tiny_experiment.py"


@dataclass(frozen=True)
class Case:
    """One row: what is done, the exit code and the message. changes: whether files may change."""

    act: Callable
    code: int
    message: str
    changes: bool = False


CASES: dict[str, Case] = {}


def case(name: str, code: int, message: str, *, changes: bool = False):
    def keep(act):
        CASES[name] = Case(act, code, message, changes)
        return act

    return keep


def refused(name: str, words: str, message: str, code: int = 2) -> None:
    """A case that is a command line and nothing else."""
    CASES[name] = Case(lambda t: t.seedbed(*words.split()), code, message)


def other_run(**changes) -> Path:
    settings = {"experiment": "tiny", "config": {"options": {}}, "versions": {}, "device": "cpu", **changes}
    Run.create("runs/other", **settings).close()
    return Path("runs/other")


def photos() -> Path:
    Path("photos").mkdir()
    Path("photos/cat.png").write_text("a cat")
    return Path("photos")


def llama(**changes) -> Path:
    """A small model of llama2.c with its tokenizer, as files."""
    header = Header(8, 12, 2, 4, 2, 270, 16)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype("f4") for name, shape in header.shapes().items()}
    Path("m.bin").write_bytes(checkpoint_bytes(Checkpoint(header, arrays)))
    pieces = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256)), *b" abcdefghij"]
    pieces = tuple(piece if isinstance(piece, bytes) else bytes([piece]) for piece in pieces)
    Path("t.bin").write_bytes(tokenizer_bytes(Llama2cTokenizer(pieces, (0.0,) * len(pieces), 6)))
    return Path("m.bin")


def imported(t, *options) -> Path:
    assert t.seedbed("import", llama(), *(options or ("--tokenizer", "t.bin"))).code == 0
    return Path("models/m")


def edit(folder: Path, change) -> None:
    table = json.loads((folder / "config.json").read_text())
    change(table)
    (folder / "config.json").write_text(json.dumps(table))


def as_done(process):
    return SimpleNamespace(code=process.returncode, out=process.stdout, err=process.stderr)


def raiser(error):
    def fail(*_):
        raise error

    return fail


def weights(folder):
    table = Run.open(folder, write=False).members()
    return dict(zip(table["member"], table["weights_sha256"], strict=True))
