"""A chart as the page and the pictures take it: a Vega-Lite description that is themed, sized and needs no network."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import altair as alt

from seedbed.config.errors import UsageError
from seedbed.reports.theme import CONFIG

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.ConcatChart | alt.HConcatChart | alt.VConcatChart
"""Any Altair chart that stands on its own."""

VEGA_LITE_VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
"""The version that Altair writes for, as vl-convert names it, say "6.4"."""

STATIC_WIDTH = 720
"""Width in pixels of a picture of a chart that would fill its container."""

FACET_GUTTER = 26
"""Pixels between small multiples; axis labels need `FACET_MARGIN` once, on the left."""

FACET_MARGIN = 58


def chart_spec(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite description of `chart` with the theme laid under its own configuration.

    Raises `UsageError` where the chart would load data or pictures from an address: a report opens without a network.
    """
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict()
    for address in _addresses(spec):
        raise UsageError(f"the chart loads {address!r}: a report needs no network, so give the chart its rows instead.")
    spec.pop("$schema", None)
    for name, rows in spec.get("datasets", {}).items():
        if isinstance(rows, str):
            spec["datasets"][name] = json.loads(rows)
    spec["config"] = _laid_under(CONFIG, _without_altair_defaults(spec.get("config", {})))
    return spec


def sized(spec: dict[str, Any], width: int = STATIC_WIDTH) -> dict[str, Any]:
    """The same description with `width` pixels in place of "as wide as the container"."""
    if "facet" in spec:
        columns = spec.get("columns", 1)
        across = (width - FACET_MARGIN - FACET_GUTTER * (columns - 1)) // columns
        return {**spec, "spec": {**spec["spec"], "width": across}}
    return {**spec, "width": width} if spec.get("width") == "container" else spec


def _addresses(node: Any) -> Iterator[str]:
    """Every address that the description would fetch: `data.url`, and the pictures of image marks."""
    if isinstance(node, dict):
        if "url" in node:
            yield str(node["url"])
        for key, child in node.items():
            if key not in ("datasets", "values"):  # rows are shown, never fetched
                yield from _addresses(child)
    elif isinstance(node, list):
        for child in node:
            yield from _addresses(child)


def _without_altair_defaults(config: dict[str, Any]) -> dict[str, Any]:
    """Drop the view size that Altair's own theme adds: widths here come from the container."""
    view = {key: value for key, value in config.get("view", {}).items() if not key.startswith("continuous")}
    return {**{key: value for key, value in config.items() if key != "view"}, **({"view": view} if view else {})}


def _laid_under(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_under(merged[key], value) if both else value
    return merged
