"""Help pages: the whole command line on one page, and one page a command. They import nothing that takes time."""

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING

from seedbed.cli.flags import Flag, kind_name

LEFT = 34  # characters for the names of options

OVERVIEW = """\
seedbed: train populations of tiny language models, one per random seed, and report with statistics what emerged

usage: seedbed COMMAND [OPTIONS]

Commands
{commands}

A first run
  seedbed experiments                     the published results that can be repeated
  seedbed run triangle --seeds 2          trains, evaluates, and writes runs/triangle/report.html
  seedbed run triangle --seeds 8          trains the six seeds that are missing and keeps the two that are done
  seedbed verify runs/triangle            retrains randomly chosen members, which must give the same bits

Options
  Every setting of an experiment is an option. Nested settings have dotted names: --model.width 128 --training.steps 9.
  A switch is turned off with no-: --evaluation.no-log-spaced. A list is several words, or one word with commas:
  --world.dictionaries A-B,B-C. Quote values with a >, because the shell interprets it: --evaluation.tasks "A->B".
  `seedbed run triangle --help` lists all options with their defaults; `seedbed COMMAND --help` explains one command.
  Every command accepts --json and then prints one JSON value and nothing else on standard output.

Where things are
  A run is a folder, by default runs/<experiment>, with tables, weights, report.html, and a manifest that holds the hash
  of each file. Runs with different settings may share a folder; finished members are never trained again.
  Compiled programs are kept in the folder that `seedbed doctor` names; set SEEDBED_CACHE to use another folder.

Interrupting
  Ctrl-C saves the state of every member. If a state cannot be saved (full disk, killed worker), Seedbed says so, and
  that member will continue from its last saved state. `seedbed resume runs/triangle` continues the run and gives the
  same bits as an uninterrupted run. A second Ctrl-C does not wait for states to be saved; the last saved ones are kept.

Exit codes
  0 success     1 failure     2 wrong usage, nothing was trained or written     130 interrupted, can be resumed
"""


def overview(summaries: Mapping[str, str]) -> str:
    """The page of `seedbed --help`; summaries: of each command."""
    return OVERVIEW.format(commands=two_columns(summaries.items()))


def page(usage: str, text: str, flags: Sequence[Flag], more: str = "") -> str:
    """The page of one command: usage, what it does, then its flags section by section with their defaults."""
    sections: dict[str, list[Flag]] = {}
    for flag in flags:
        title = "Arguments" if flag.positional else flag.path.rpartition(".")[0]
        sections.setdefault(title, []).append(flag)
    parts = [f"usage: {usage}", _paragraphs(text)]
    parts += [f"{title or 'Options'}\n{two_columns(map(_row, listed), LEFT)}" for title, listed in sections.items()]
    return "\n\n".join(part for part in [*parts, more] if part) + "\n"


def two_columns(rows: Iterable[tuple[str, str]], left: int = 24) -> str:
    """Names with their explanations beside them, or below where the name is long."""
    width, lines = _width(), []
    for name, words in rows:
        wrapped = textwrap.wrap(words, width - left - 4) or [""]
        if len(name) > left:
            lines.append(f"  {name}")
            name = ""
        starts = [name, *[""] * (len(wrapped) - 1)]
        lines += [f"  {start:<{left}}  {line}".rstrip() for start, line in zip(starts, wrapped, strict=True)]
    return "\n".join(line for line in lines if line)


def _row(flag: Flag) -> tuple[str, str]:
    if flag.positional:
        return flag.usage, _with_default(flag)
    name = flag.option if flag.is_switch else f"{flag.option} {kind_name(flag.kind)}"
    if flag.is_switch and flag.default is True:
        name = flag.negation
    return name, _with_default(flag)


def _with_default(flag: Flag) -> str:
    words = flag.help
    if flag.is_switch and flag.default is True:
        return f"turns off: {words}" if words else "turns it off"
    if flag.default in (MISSING, None, (), "") or flag.is_switch:
        return words
    default = " ".join(map(str, flag.default)) if flag.is_list else str(flag.default)
    if len(default) > 60:
        default = f"{default[:56]} ..."
    return f"{words} ({default})" if words else f"({default})"


def _paragraphs(text: str) -> str:
    """Prose filled to the width; a block of indented or short labelled lines stays as it is."""
    blocks = text.strip().split("\n\n")
    return "\n\n".join(
        block if any(line.startswith((" ", "Command:", "Time:")) for line in block.splitlines()) else _filled(block)
        for block in blocks
    )


def _filled(block: str) -> str:
    return textwrap.fill(" ".join(block.split()), _width())


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, 60), 110)
