"""Charts as pictures: SVG and PNG files for papers and slides, and the still picture behind each figure of a page."""

import os
import re
from pathlib import Path
from typing import Any

import vl_convert

from seedbed.config.errors import UsageError
from seedbed.reports.spec import VEGA_LITE_VERSION, Chart, chart_spec, sized
from seedbed.reports.theme import PAPER, STILL_FONT
from seedbed.store.atomic import write_file

PNG_SCALE = 2.0
"""Picture points per chart pixel: sharp on a dense screen and in print."""

_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_GEOMETRY = re.compile(r' (?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_NUMBERED = re.compile(r'(?P<opening>id="|url\(#)(?P<kind>clip|gradient_)(?P<number>\d+)')
_UNSEEN_MARK = re.compile(r'<path(?=[^>]* opacity="0")[^>]*/>')  # targets to hover, of no use in a picture


def svg_of(chart: Chart) -> str:
    """The chart as one SVG element on a white ground, `STATIC_WIDTH` pixels wide where it would fill its container."""
    return svg_of_spec(chart_spec(chart))


def svg_of_spec(described: dict[str, Any]) -> str:
    """The same of a chart's description."""
    spec = sized(described)
    spec = {
        **spec,
        "config": {**spec["config"], "background": PAPER, "font": STILL_FONT},
        "padding": {"left": 8, "right": 20, "top": 8, "bottom": 8},  # the last tick's label reaches past the plot
    }
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE_VERSION, allowed_base_urls=[])
    svg = _counted_from_zero(svg)
    return _GEOMETRY.sub(lambda found: _LONG_NUMBER.sub(_one_decimal, found.group()), _UNSEEN_MARK.sub("", svg))


def save_chart(chart: Chart, path: str | os.PathLike[str]) -> Path:
    """Write the chart to `path` as PNG or SVG, by its suffix, and return the path.

    The file appears by atomic rename; folders are made where missing. Raises `UsageError` for any other suffix.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".svg":
        content = svg_of(chart).encode()
    elif suffix == ".png":
        content = vl_convert.svg_to_png(svg_of(chart), scale=PNG_SCALE)
    else:
        raise UsageError(f"{target.name!r} ends in {suffix or 'no suffix'}: a chart is saved as .png or .svg.")
    write_file(target, content)
    return target


def _counted_from_zero(svg: str) -> str:
    """Clips and gradients numbered for this picture alone: the renderer counts through all that it ever drew."""
    ranks: dict[str, int] = {}

    def renamed(found: re.Match[str]) -> str:
        rank = ranks.setdefault(found["kind"] + found["number"], len(ranks))
        return f"{found['opening']}{found['kind']}{rank}"

    return _NUMBERED.sub(renamed, svg)


def _one_decimal(found: re.Match[str]) -> str:
    """Vega writes 15 digits a coordinate; a tenth of a pixel is as much as anyone sees, at half the size."""
    return f"{float(found.group()):.1f}".rstrip("0").rstrip(".")
