"""From the words of a command line to the settings they ask for; what cannot be understood is refused by name."""

import json
from collections.abc import Sequence
from dataclasses import MISSING
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from seedbed.cli.flags import Flag
from seedbed.config import UsageError, from_plain

Settings = dict[str, Any]
WORDS_OF_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parse(words: Sequence[str], flags: Sequence[Flag], command: str) -> Settings:
    """The settings (dotted name -> plain value) that `words` ask for.

    An option that takes a list takes words with spaces or commas between them, and may be given again, to add to it.
    Raises `UsageError` for an unknown option, with the nearest known one, any other that is given twice, a missing or
    unusable value, and for arguments too many or too few. `command` is how the command is called, for the messages.
    """
    named = {flag.option: flag for flag in flags if not flag.positional}
    off = {flag.negation: flag for flag in named.values() if flag.is_switch}
    settings: Settings = {}
    written: dict[str, str] = {}  # each setting as it was typed
    loose: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or word == "--":
            if word.startswith("-") and len(word) > 1 and word != "--":
                raise _unknown_option(word, [*named, *off], command)
            loose += [word] if word != "--" else rest
            rest = rest if word != "--" else []
            continue
        option, equals, value = word.partition("=")
        option = option.replace("_", "-")
        if option in off and not equals:
            flag, found, typed = off[option], False, option
        elif option not in named:
            raise _unknown_option(option, [*named, *off], command)
        else:
            flag = named[option]
            given = [value] if equals else _take_values(rest, flag)
            found = _value(flag, given)
            typed = option if flag.is_switch and not equals else " ".join([option, *given])
        if flag.is_list:
            found = settings.get(flag.path, []) + found
        elif flag.path in written:
            raise UsageError(f"{flag.option} is given twice, by `{written[flag.path]}` and by `{typed}`: give it once")
        settings[flag.path], written[flag.path] = found, typed
    settings.update(_place(loose, [flag for flag in flags if flag.positional], command))
    return settings


def _take_values(rest: list[str], flag: Flag) -> list[str]:
    if flag.is_switch:
        return ["yes"]
    values = []
    while rest and not rest[0].startswith("--") and (flag.is_list or not values):
        values.append(rest.pop(0))
    if not values:
        raise UsageError(f"{flag.option} needs a value" + f"; for an empty list write {flag.option}=" * flag.is_list)
    return values


def _value(flag: Flag, given: list[str]) -> Any:
    if flag.is_list:
        words = [word.strip() for text in given if text for word in text.split(",")]
        value = [_plain(flag, get_args(flag.kind)[0], word) for word in words]
    else:
        value = _plain(flag, flag.kind, given[0])
    from_plain(flag.kind, value, path=flag.option)  # refuses what cannot be by the name that was typed
    return value


def _plain(flag: Flag, kind: Any, text: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if text == "none" and type(None) in get_args(kind):
            return None
        (kind,) = [argument for argument in get_args(kind) if argument is not type(None)]
        return _plain(flag, kind, text)
    if kind is bool:
        if text.lower() not in WORDS_OF_TRUTH:
            raise UsageError(f"{flag.option} must be yes or no, got {text!r}")
        return WORDS_OF_TRUTH[text.lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            expected = "a whole number" if kind is int else "a number"
            raise UsageError(f"{flag.option} must be {expected}, got {text!r}") from None
    if kind is str or origin is Literal:
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise UsageError(f'{flag.option} must be JSON, such as [["A->C", 50]], got {text!r}') from None


def _place(loose: list[str], flags: list[Flag], command: str) -> Settings:
    """Arguments without a name, in order; the last may take many."""
    settings: Settings = {}
    for flag in flags:
        if loose and flag.is_list:
            settings[flag.path], loose = loose, []
        elif loose:
            settings[flag.path], loose = loose[0], loose[1:]
        elif flag.default is MISSING:
            raise UsageError(f"{command} needs {flag.path.upper()} ({flag.help}); see {command} --help")
    if loose:
        raise UsageError(f"{command} takes no argument {loose[0]!r}: options begin with --, see {command} --help")
    return settings


def _unknown_option(option: str, known: Sequence[str], command: str) -> UsageError:
    tails = {name.rpartition(".")[2].lstrip("-"): name for name in reversed(known)}
    near = get_close_matches(option, known, n=1, cutoff=0.6)
    if not near:
        near = [tails[tail] for tail in get_close_matches(option.rpartition(".")[2].lstrip("-"), tails, n=1)]
    hint = f" did you mean {near[0]}?" if near else ""
    return UsageError(f"unknown option {option} of {command}:{hint} For all options see {command} --help")
