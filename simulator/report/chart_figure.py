"""Charts as figures that show themselves in notebooks."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

DPI = 144
"""Dots per inch in a notebook: sharp on screens with two dots per pixel."""


class ChartFigure(Figure):
    """A figure that needs no pyplot to be shown: nothing is kept in global state, and many threads may draw."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Give the chart as a PNG, and its size in pixels of the page."""
        from simulator.report import theme

        held = io.BytesIO()
        with theme.themed():
            self.savefig(held, format="png", dpi=DPI)
        width, height = (int(96 * inches) for inches in self.get_size_inches())
        return held.getvalue(), {"width": width, "height": height}
