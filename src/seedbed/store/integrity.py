"""Is every file of a run what its manifest says?

A file whose hash differs is never read as data and never overwritten. Readers take no lock: a mismatch counts as damage
only if the manifest did not change meanwhile.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedbed.config.errors import DamagedRunError
from seedbed.store.manifest import MANIFEST, Manifest, failed_to_read, load_manifest

MISSING = "no such file"
ATTEMPTS = 100  # a writer changes a run every few seconds; reading beside it fails a few times in a row at worst


@dataclass(frozen=True)
class Problem:
    """A file that is not what the manifest says: its name, the expected SHA-256, and the one found."""

    name: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.name}: expected SHA-256 {self.expected}, found {self.found}"


def check_integrity(folder: Path | str) -> list[Problem]:
    """Hash every file of the run in `folder` and list what is damaged or missing; an empty list is a sound run.

    Raises as `load_manifest` does where the manifest itself is damaged, foreign, of a newer format, or absent.
    """
    folder = Path(folder)
    manifest = load_manifest(folder)
    problems = find_problems(folder, manifest)
    for _ in range(ATTEMPTS):
        latest = load_manifest(folder)
        if not problems or latest == manifest:
            break
        manifest = latest
        problems = find_problems(folder, manifest, [problem.name for problem in problems])
    return problems


def find_problems(folder: Path, manifest: Manifest, names: Collection[str] | None = None) -> list[Problem]:
    """The files in `folder`, or those of them in `names`, that differ from this state of its manifest, by name."""
    problems = []
    for name, expected in sorted(manifest.files.items()):
        if names is not None and name not in names:
            continue
        found = [hash_file(path) for path in places_of(folder, manifest, name)]
        if expected not in found:
            problems.append(Problem(name, expected, next((f for f in found if f != MISSING), MISSING)))
    return problems


def read_listed(folder: Path, choose: Callable[[Manifest], Sequence[str]]) -> dict[str, bytes]:
    """The verified contents of the files that `choose` picks from the manifest, all of one state of the run.

    Raises `DamagedRunError` for a file that is not what the manifest says.
    """
    manifest = load_manifest(folder)
    for attempt in range(ATTEMPTS):
        contents: dict[str, bytes] = {}
        for name in choose(manifest):
            data = _read_verified(folder, manifest, name)
            if isinstance(data, Problem):
                latest = load_manifest(folder)
                if latest == manifest or attempt == ATTEMPTS - 1:
                    raise damaged(folder, [data])
                manifest = latest
                break
            contents[name] = data
        else:
            return contents
    raise AssertionError("unreachable: the last attempt returns or raises")


def damaged(folder: Path, problems: Sequence[Problem]) -> DamagedRunError:
    """The error that names the first of `problems` and counts the others."""
    others = f" ({len(problems) - 1} more files are damaged)" if len(problems) > 1 else ""
    return DamagedRunError(
        f"the run in {folder} is damaged: {problems[0]}{others}. Restore the file from a copy, or move the folder "
        f"away and run again: members are trained again with the same bits. {MANIFEST} lists every hash; nothing was "
        "changed."
    )


def hash_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, or `MISSING`."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        raise failed_to_read(path, error) from error


def _read_verified(folder: Path, manifest: Manifest, name: str) -> bytes | Problem:
    expected, found = manifest.files[name], MISSING
    for path in places_of(folder, manifest, name):
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise failed_to_read(path, error) from error
        digest = hashlib.sha256(data).hexdigest()
        if digest == expected:
            return data
        found = digest
    return Problem(name, expected, found)


def places_of(folder: Path, manifest: Manifest, name: str) -> list[Path]:
    """Where the content of a listed file may lie at this moment, in the order in which to look."""
    final = folder / name
    if name not in manifest.moves:
        return [final]
    # Staged contents may be renamed between two looks, so the final name is asked again after the staged one.
    return [final, folder / manifest.moves[name], final]
