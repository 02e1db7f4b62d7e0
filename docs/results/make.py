"""Write a run's results into the documentation: docs/results/<name>.md, its figures as SVG, its curves as CSV.

usage: python docs/results/make.py runs/triangle [runs/hints ...]

The README's pictures are drawn too: the report of the first run (where Chromium is installed) and its first figure.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from seedbed.experiments.plan import experiment
from seedbed.experiments.results import open_results
from seedbed.reports import render_markdown, save_chart

HERE = Path(__file__).parent
PICTURES = HERE.parent / "pictures"
PAGE_SIZE = "1200,1500"
BROWSER = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=8000",
]


def write(folder: Path) -> str:
    """The page of one run; its name."""
    results = open_results(folder)
    report = experiment(results.experiment).report(results)
    name = results.experiment
    figures = HERE / name
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir()
    for figure in report.figures():
        save_chart(figure.chart, figures / f"{figure.id}.svg")
        data = figure.data.with_columns(column.round_sig_figs(5) for column in figure.data if column.dtype.is_float())
        data.write_csv(figures / f"{figure.id}.csv")
    text = render_markdown(report, name)
    (HERE / f"{name}.md").write_text(text, encoding="utf-8")
    return name


def screenshot(page: Path, picture: Path) -> None:
    """A picture of the top of a report; says so where there is no browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium: the picture of the report is left as it is")
        return
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *BROWSER, f"--user-data-dir={profile}", f"--window-size={PAGE_SIZE}"]
        subprocess.run([*command, f"--screenshot={picture}", page.resolve().as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    for argument in sys.argv[1:]:
        name = write(Path(argument))
        PICTURES.mkdir(exist_ok=True)
        screenshot(Path(argument) / "report.html", PICTURES / f"{name}-report.png")
        print(f"docs/results/{name}.md")
