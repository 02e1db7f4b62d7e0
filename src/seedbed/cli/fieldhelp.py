"""What a field of a config means, read from its class's docstring, so that the words stand in one place.

Our docstrings describe fields in one paragraph: `width: D.  blocks: L.  heads: H.`
"""

import re
from dataclasses import fields


def field_help(cls: type) -> dict[str, str]:
    """Words for each field that the docstring describes; fields described together share theirs."""
    text = " ".join((cls.__doc__ or "").split())
    entries = list(_entry_pattern(cls).finditer(text))
    ends = [entry.start() for entry in entries[1:]] + [len(text)]
    words = {}
    for entry, end in zip(entries, ends, strict=True):
        meaning = text[entry.end() : end].strip()
        meaning = meaning if meaning.endswith("...") else meaning.removesuffix(".")
        for name in entry.group(1).split(", "):
            words[name] = "" if meaning.startswith("as named") else meaning
    return words


def _entry_pattern(cls: type) -> re.Pattern[str]:
    name = "|".join(re.escape(field.name) for field in fields(cls))
    return re.compile(rf"(?:(?<=[.!?] )|^)((?:{name})(?:, (?:{name}))*): ")  # a field begins a sentence
