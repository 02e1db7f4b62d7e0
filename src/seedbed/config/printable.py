"""Text from a model or a file on its way to a terminal or a page: nothing in it may steer what shows it."""

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_SHOWN = {point: "\ufffd" for point in _CONTROLS if chr(point) not in "\t\n"}


def printable(text: str) -> str:
    r"""The text with control characters, but tab and line feed, shown as U+FFFD: ESC among them, and NUL.

    >>> printable("one\ttwo\n\x1b[2J\x00") == "one\ttwo\n\ufffd[2J\ufffd"
    True
    """
    return text.translate(_SHOWN)
