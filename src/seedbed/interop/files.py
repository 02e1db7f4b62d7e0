"""Files that come from elsewhere: nothing of them is believed before it has been checked against their size.

What is wrong is refused by the file's name, with what was expected (`UsageError`, exit code 2).
"""

import json
from pathlib import Path
from typing import Any

from seedbed.config.errors import UsageError, shown

MOST_CONFIG_BYTES = 2**20  # of a config: more than any has, and read in no time
MOST_NAME_BYTES = 255  # of a file's name: what file systems hold
MOST_NUMBER = 2**31 - 1  # of a size in a header: what an int32 holds


def file_size(path: Path) -> int:
    """Bytes of a file. Raises `UsageError` where there is none."""
    try:
        if path.is_file():
            return path.stat().st_size
    except OSError as error:  # a path that is too long, say
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    raise UsageError(f"there is no file {path}: name one that exists")


def read_all(path: Path, most: int) -> bytes:
    """A whole file of at most `most` bytes. Raises `UsageError` for a longer one, or where there is none."""
    size = file_size(path)
    if size > most:
        raise refused(path, f"it has {size:,} bytes, at most {most:,} are read")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Check its permissions") from error


def read_table(path: Path) -> dict[str, Any]:
    """A file that holds one JSON table."""
    content = read_all(path, MOST_CONFIG_BYTES)
    try:
        table = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise refused(path, f"it is no JSON: {error}") from error
    if not isinstance(table, dict):
        raise refused(path, "it must hold one JSON table, {...}")
    return table


def check_numbers(where: Path, value: Any) -> None:
    """Refuse numbers that no model has, anywhere in a table."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            check_numbers(where, each)
    elif isinstance(value, int | float) and not abs(value) <= MOST_NUMBER:
        raise refused(where, f"it holds the number {value}: at most {MOST_NUMBER:,} was expected")


def special_tokens(place: Path, table: dict[str, Any], name: str, vocabulary: int) -> int | tuple[int, ...] | None:
    """The number of a special token, those of several, or None. Raises `UsageError` for one outside the vocabulary."""
    value = table.get(name)
    tokens = value if isinstance(value, list) else [] if value is None else [value]
    if any(type(token) is not int or not 0 <= token < vocabulary for token in tokens):
        raise refused(place, f"its {name} is {shown(value)}: a token of 0 to {vocabulary - 1} was expected")
    return tuple(tokens) if len(tokens) > 1 else tokens[0] if tokens else None


def special_token(place: Path, table: dict[str, Any], name: str, vocabulary: int) -> int | None:
    """The same of what is only one, the first of several."""
    found = special_tokens(place, table, name, vocabulary)
    return found[0] if isinstance(found, tuple) else found


def within(folder: Path, name: object, where: Path) -> Path:
    """The file `name` of a folder, which may be a link to a file elsewhere, as in a cache of downloads.

    Raises `UsageError` for what, found in `where`, is no name of a file but, say, a path that leads out of the folder.
    """
    if not isinstance(name, str) or not _names_a_file(name):
        raise refused(where, f"it names {shown(name)}: a file of {folder} itself was expected")
    return folder / name


def _names_a_file(name: str) -> bool:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:  # half a character, which JSON can spell
        return False
    return 0 < size <= MOST_NAME_BYTES and name not in (".", "..") and not any(each in name for each in "/\\\0")


def refused(path: Path, why: str) -> UsageError:
    """The error for a file that is not what it should be."""
    return UsageError(f"{path} cannot be read: {why}")
