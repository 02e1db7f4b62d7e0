"""How long whole experiments take on two cores, from the core-seconds that their members' records hold.

Half of the core-seconds is what two cores need if they do nothing else; starting and the report add about 15 seconds.

usage: python -m benchmarks.experiments RUN... [--write]
"""

from benchmarks.page import Page, options_of, publish
from seedbed.experiments.results import open_results

TARGET_MINUTES = {"triangle": 5, "triangle with controls": 20, "hints": 30, "table1": 6, "world": 2}


def main() -> None:
    """A row a run; finished members only."""
    parser = options_of(__doc__)
    parser.add_argument("runs", nargs="+", help="folders of finished runs")
    options = parser.parse_args()
    rows, samples, missed = [], {}, []
    for folder in options.runs:
        results = open_results(folder)
        members = results.members.filter(results.members["state"] == "finished")
        name = results.experiment + (" with controls" if getattr(results.options, "controls", False) else "")
        seconds = members["core_seconds"].to_list()
        minutes, target = sum(seconds) / 2 / 60, TARGET_MINUTES.get(name)
        if target is not None and minutes > target:
            missed.append(name)
        samples[name] = seconds
        rows.append(
            (name, str(len(seconds)), f"{sum(seconds):,.0f}", f"{minutes:.1f}", f"under {target}" if target else "")
        )
    page = Page(
        name="experiments",
        title="Whole experiments on two cores",
        columns=("experiment", "members", "core-seconds", "minutes on two cores", "target"),
        rows=rows,
        verdict=f"Missed: {', '.join(missed)}." if missed else "All within their targets.",
        samples=samples,
    )
    publish(page, options)


if __name__ == "__main__":
    main()
