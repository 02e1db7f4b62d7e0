"""Figures and a self-contained HTML page for a run.

Numbers come in with their intervals; nothing is estimated here. Build charts from tidy frames (`band_chart`,
`dose_chart`, `interval_chart`, `strip_chart`, `heat_chart`), put them with prose, tables and verdicts into a `Report`,
and write it with `write_report`: one file that opens without a network. `save_chart` gives a figure as PNG or SVG.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
