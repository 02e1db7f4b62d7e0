"""The page in a real browser, where one is installed: every figure drawn, with and without scripts."""

import re
import shutil
import subprocess

import pytest

from seedbed.reports import write_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=20000",
    "--enable-logging=stderr",
    "--dump-dom",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this computer: the page cannot be opened"),
]


def opened(path, profile, *flags: str) -> tuple[str, str]:
    """The page's document after its scripts ran, and what the browser's console said."""
    command = [BROWSER, *FLAGS, *flags, f"--user-data-dir={profile}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def live_charts(document: str) -> list[str]:
    return re.findall(r'<div class="live[^"]*"[^>]*>\s*<svg', document)


@pytest.mark.parametrize("flags", [[], ["--blink-settings=preferredColorScheme=0"]], ids=["light", "dark"])
def test_every_figure_is_drawn_and_nothing_complains(demo, tmp_path, flags):
    page = write_report(demo, tmp_path / "report.html")
    document, console = opened(page, tmp_path / "profile", *flags)
    assert len(live_charts(document)) == len(list(demo.figures()))
    assert document.count('class="chart drawn"') == len(list(demo.figures()))
    assert "data-failed=" not in document
    assert console == ""


def test_without_scripts_the_still_pictures_remain(demo, tmp_path):
    page = write_report(demo, tmp_path / "report.html")
    silenced = re.sub(
        r"script-src [^;]*;", "script-src &#39;none&#39;;", page.read_text().replace("&#39;", "'"), count=1
    )
    page.write_text(silenced.replace("&#39;none&#39;", "'none'"))
    document, _ = opened(page, tmp_path / "profile")
    assert live_charts(document) == []
    assert 'class="scripted"' not in document
    assert document.count('class="still"') == len(list(demo.figures()))
