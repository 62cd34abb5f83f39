"""Charts as figures that show themselves in notebooks."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

from matplotlib.figure import Figure

DPI = 144
"""Dots per inch in a notebook: sharp on screens with two dots per pixel."""


class ChartFigure(Figure):
    """A figure that needs no pyplot to be shown: nothing is kept in global state, and many threads may draw.

    `dress` gives the settings that it is drawn under, size in inches.
    """

    def __init__(self, size: tuple[float, float], dress: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(figsize=size, layout="constrained")
        self._dress = dress

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Give the chart as a PNG, and its size in pixels of the page."""
        held = io.BytesIO()
        with self._dress():
            self.savefig(held, format="png", dpi=DPI)
        width, height = (int(96 * inches) for inches in self.get_size_inches())
        return held.getvalue(), {"width": width, "height": height}
