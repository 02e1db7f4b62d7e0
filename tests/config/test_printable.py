"""Claims about text that somebody else wrote: it is shown, and steers nothing."""

from seedbed.cli import output
from seedbed.config.printable import printable
from seedbed.reports.markdown import _cell
from seedbed.reports.prose import cell

STEERING = "a\x00b\x1b]0;title\x07\x9b2J\r\x7f"


def test_control_characters_are_shown_as_such_and_line_ends_and_letters_stay():
    shown = printable(STEERING)
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown) and shown.count("\ufffd") == 6
    kept = "one\n\ttwo \u0915\u094d\u200d\u0937 \U0001f600"
    assert printable(kept) == kept


def test_neither_a_terminal_nor_a_page_gets_them(capsys):
    output.write(STEERING)
    assert capsys.readouterr().out == f"{printable(STEERING)}\n"
    assert cell(STEERING) == printable(STEERING) == _cell(STEERING)
