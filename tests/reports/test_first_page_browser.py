"""Where things stand on the first page, measured in a real browser where one is installed."""

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest

from seedbed.experiments.plan import experiment
from seedbed.experiments.results import open_results
from seedbed.reports import render
from tests.reports.test_browser import BROWSER, FLAGS

RECORD = Path(__file__).parents[2] / "docs" / "results" / "triangle" / "record"
SCREEN, WIDTH, PHONE = 900, 1280, 390
MOST_SCREENS = 9

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this computer: the page cannot be opened"),
]

MEASURE = """<script>setTimeout(() => {
  const found = { height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth };
  for (const name of [".answer", ".picture svg", ".example", "header > .chart .live svg", "header > .chart figcaption"])
    found[name] = document.querySelector(name).getBoundingClientRect().bottom;
  const wide = [...document.querySelectorAll("main figure.table .scroll")].filter((each) => each.offsetParent);
  found.table = Math.max(0, ...wide.map((each) => each.getBoundingClientRect().width));
  const chart = document.querySelector("header > .chart");
  found.saves = [...chart.querySelectorAll(".save a")].map((each) => each.download);
  const plot = chart.querySelector(".live svg").getBoundingClientRect();
  const [clientX, clientY] = [plot.left + 0.37 * plot.width, plot.top + 0.35 * plot.height];
  const place = { clientX, clientY, bubbles: true, view: window };
  for (const kind of ["pointerover", "pointermove"])
    (document.elementFromPoint(clientX, clientY) ?? chart.querySelector(".live svg"))
      .dispatchEvent(new PointerEvent(kind, place));
  setTimeout(() => {
    found.told = document.getElementById("vg-tooltip-element")?.innerText ?? "";
    parent.postMessage(JSON.stringify(found), "*");
  }, 500);
}, 9000)</script>"""
FRAME = """<body style="margin:0"><iframe style="border:0" width="{width}" height="{height}" src="page.html"></iframe>
<script>addEventListener("message", (event) => {{
  const found = document.createElement("pre"); found.textContent = event.data; document.body.append(found);
}})</script></body>"""


@pytest.fixture(scope="module")
def triangle() -> str:
    results = open_results(RECORD)
    return render(experiment("triangle").report(results))


def measured(page: str, width: int, folder: Path) -> dict:
    """Bottoms of the parts of the first page, in pixels, in a frame of this width: no window is so narrow."""
    open_to_us = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page, count=1)
    (folder / "page.html").write_text(f"{MEASURE}</body>".join(open_to_us.rsplit("</body>", 1)))
    (folder / "frame.html").write_text(FRAME.format(width=width, height=SCREEN))
    command = [BROWSER, *FLAGS, "--hide-scrollbars", "--window-size=1400,1000", f"--user-data-dir={folder}/profile"]
    address = (folder / "frame.html").as_uri()
    done = subprocess.run([*command, address], capture_output=True, text=True, timeout=120, check=True)
    (found,) = re.findall(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)
    return json.loads(unescape(found))


def test_the_triangles_answer_is_read_from_the_top_of_its_page(triangle, tmp_path):
    found = measured(triangle, WIDTH, tmp_path)
    for name in (".answer", ".picture svg", ".example", "header > .chart .live svg", "header > .chart figcaption"):
        assert 0 < found[name] <= SCREEN, name
    assert found["height"] <= MOST_SCREENS * SCREEN
    assert found["width"] == WIDTH and found["table"] <= 928
    assert {"alone", "low", "high"} <= set(found["told"].split()) and "undefined" not in found["told"]
    assert found["saves"] == ["a-to-c.svg", "a-to-c.png"]


def test_the_page_fits_a_phone(triangle, tmp_path):
    assert measured(triangle, PHONE, tmp_path)["width"] == PHONE
