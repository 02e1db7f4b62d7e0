"""Write a run's results into the documentation: docs/results/<name>.md, its figures as SVG, its curves as CSV.

usage: python docs/results/make.py [--keep] [--as NAME] runs/triangle [runs/hints ...]

`--keep` keeps the run's record with the page, docs/results/<name>/record: from it the page is made anew without growing
anything. `--as` names the page of a part of an experiment; a kept record has its folder's name. The README's picture of
the report is drawn too, where Chromium is installed.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from seedbed.experiments.plan import experiment
from seedbed.experiments.results import open_results
from seedbed.experiments.runner import REPORT
from seedbed.reports import render, render_markdown, save_pictures
from seedbed.store import record_of, write_file

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


def write(folder: Path, keep: bool, name: str | None = None) -> str:
    """The page of one run; its name."""
    results = open_results(folder)
    report = experiment(results.experiment).report(results)
    name = folder.parent.name if folder.name == "record" else name or results.experiment
    record = record_of(folder, without=(REPORT,)) if keep else {}
    figures = HERE / name
    figures.mkdir(exist_ok=True)
    for stale in [*figures.glob("*.svg"), *figures.glob("*.csv")]:
        stale.unlink()
    for figure in report.figures():
        data = figure.data.with_columns(column.round_sig_figs(5) for column in figure.data if column.dtype.is_float())
        data.write_csv(figures / f"{figure.id}.csv")
    save_pictures(report, figures)
    if keep:
        shutil.rmtree(figures / "record", ignore_errors=True)
    for file, content in record.items():
        write_file(figures / "record" / file, content)
    (HERE / f"{name}.md").write_text(render_markdown(report, name), encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    screenshot(render(report), PICTURES / f"{name}-report.png")
    return name


def screenshot(page: str, picture: Path) -> None:
    """A picture of the top of a report; says so where there is no browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium: the picture of the report is left as it is")
        return
    with tempfile.TemporaryDirectory() as place:
        shown = Path(place) / "report.html"
        shown.write_text(page, encoding="utf-8")
        command = [browser, *BROWSER, f"--user-data-dir={place}/profile", f"--window-size={PAGE_SIZE}"]
        subprocess.run([*command, f"--screenshot={picture}", shown.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    given = argparse.ArgumentParser(usage=__doc__)
    given.add_argument("--keep", action="store_true")
    given.add_argument("--as", dest="name")
    given.add_argument("runs", nargs="+", type=Path)
    asked = given.parse_args()
    for run in asked.runs:
        print(f"docs/results/{write(run, asked.keep, asked.name)}.md")
