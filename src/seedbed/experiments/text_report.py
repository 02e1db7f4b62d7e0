"""The page of a text run: bits per byte while it learnt, what it wrote, its size, speed and operations."""

from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments import parts
from seedbed.experiments.measures import mean_value
from seedbed.experiments.results import Results
from seedbed.reports import Report

TITLE = "Text"


def make(results: Results) -> Report:
    """The report; members that have not finished are counted in the provenance."""
    headline = [_said(results, name) for name in results.options.presets]
    subtitle = "Held-out bits per byte of members grown on one corpus"
    return Report(TITLE, subtitle, headline, [*parts.diverged_section(results)], parts.provenance(results))


def _said(results: Results, name: str) -> str:
    found = final_bits(results, name)
    return (
        f"{name}: no member has finished yet"
        if found is None
        else f"{name}: {format_estimate(found, percent=False)} bits per byte"
    )


def final_bits(results: Results, name: str) -> Estimate | None:
    """Mean bits per byte of the final test over a preset's members."""
    rows = results.final(condition=name, split="unseen")
    return mean_value(rows["bits_per_byte"].drop_nulls().to_numpy())
