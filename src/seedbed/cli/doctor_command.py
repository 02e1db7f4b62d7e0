"""Check whether this computer can run Seedbed: versions, processor, cores, folders, disk, optional packages.

The exit code is 1 if something that a run needs is missing; each such line says what to do.
"""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seedbed.cli import output

PACKAGES = (
    *("seedbed", "jax", "jaxlib", "equinox", "optax", "jaxtyping", "numpy", "scipy", "polars", "safetensors"),
    *("tokenizers", "sentencepiece", "filelock", "platformdirs", "rich", "altair", "vl-convert-python", "jinja2"),
    "lazy-loader",
)
DISK_NEEDED = 1e9  # bytes; a population of a few hundred tiny models with its checkpoints
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Arguments:
    """folder: where runs would be written.  json: print one JSON value."""

    folder: str = "runs"
    json: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing looked at. advice: what to do where it is not good."""

    subject: str
    found: str
    good: bool = True
    advice: str = ""


def execute(arguments: Arguments) -> int:
    """Print what was found; 1 where something is not good."""
    findings = list(examine(Path(arguments.folder)))
    good = all(finding.good for finding in findings)
    if arguments.json:
        output.write_json({"good": good, "findings": [vars(finding) for finding in findings]})
    else:
        marks = {True: "ok", False: "PROBLEM"}
        rows = [
            (marks[each.good], each.subject, each.found if each.good else f"{each.found}: {each.advice}")
            for each in findings
        ]
        output.write(output.table(["", "what", "found"], rows))
    return 0 if good else 1


def examine(runs: Path) -> Iterator[Finding]:
    """Every finding, the quick ones first."""
    yield Finding("python", platform.python_version())
    for package in PACKAGES:
        yield _package(package)
    yield from _machine()
    from seedbed.training.environment import cache_folder

    cache = cache_folder()
    files = [path for path in cache.rglob("*") if path.is_file()] if cache.exists() else []
    size = sum(path.stat().st_size for path in files)
    yield _writable(
        "compiled programs", cache, f"{size / 1e6:.0f} MB in {len(files)} files", "set SEEDBED_CACHE to another folder"
    )
    free = shutil.disk_usage(_existing(runs)).free
    yield _writable("runs", runs, f"{free / 1e9:.1f} GB free", "choose another folder with --folder")
    yield Finding(
        "free disk", f"{free / 1e9:.1f} GB", free >= DISK_NEEDED, f"a run may need {DISK_NEEDED / 1e9:.0f} GB"
    )
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    yield Finding("chromium", browser or "none; only the project's own checks and pictures of reports need it")


def _package(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "not installed", False, f"pip install {name}")


def _machine() -> Iterator[Finding]:
    import jax

    from seedbed.training import cpu_type
    from seedbed.training.environment import visible_cores

    yield Finding("processor", cpu_type())
    yield Finding("cores", f"{len(visible_cores())} usable of {os.cpu_count()}")
    devices = jax.devices()
    kind = devices[0].device_kind
    accelerator = f"{len(devices)} x {kind}" if devices[0].platform != "cpu" else "none; members are trained on the CPU"
    yield Finding("accelerator", accelerator)


def _writable(subject: str, folder: Path, facts: str, advice: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return Finding(subject, f"{folder} ({facts})")
    except OSError as error:
        return Finding(subject, f"cannot write to {folder} ({error.strerror})", False, advice)


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())
