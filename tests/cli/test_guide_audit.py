"""docs/guide-audit.md is true: each of its commands prints what stands below it. WRITE_GUIDE=1 writes it anew."""

import os
import re
from pathlib import Path

import pytest
from guide_tables import write_tables

GUIDE = Path(__file__).parents[2] / "docs" / "guide-audit.md"
BLOCK = re.compile(r"```\n\$ seedbed (?P<command>.+)\n(?P<said>[^`]*)```\n")


@pytest.mark.parametrize("place", range(4))
def test_a_command_of_the_guide_prints_what_it_shows(seedbed, tmp_path, place):
    write_tables(tmp_path)
    block = list(BLOCK.finditer(GUIDE.read_text()))[place]
    done = seedbed(*block["command"].split())
    assert done.code == 0, done.err
    if os.environ.get("WRITE_GUIDE"):
        text = GUIDE.read_text()
        GUIDE.write_text(text[: block.start("said")] + done.out + text[block.end("said") :])
        return
    assert done.out == block["said"]


def test_the_guide_has_four_shapes():
    assert len(BLOCK.findall(GUIDE.read_text())) == 4
