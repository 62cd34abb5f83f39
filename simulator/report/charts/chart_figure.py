"""Charts as figures that show themselves in notebooks."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 144
"""Dots per inch in a notebook: sharp on screens with two dots per pixel."""
_Dress = Callable[[], AbstractContextManager[None]]


def chart_figure(size: tuple[float, float], dress: _Dress) -> Figure:
    """Begin a figure of `size` inches that is drawn under the settings of `dress`.

    Notebooks show it without pyplot: nothing is kept in global state, and many threads may draw.
    """
    return _kind()(size, dress)


@cache
def _kind() -> Callable[[tuple[float, float], _Dress], Figure]:
    from matplotlib.figure import Figure

    class ChartFigure(Figure):
        """A matplotlib figure with a PNG of its own for notebooks."""

        def __init__(self, size: tuple[float, float], dress: _Dress) -> None:
            super().__init__(figsize=size, layout="constrained")
            self._dress = dress

        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            """Return the chart as a PNG, and its size in pixels of the page."""
            held = io.BytesIO()
            with self._dress():
                self.savefig(held, format="png", dpi=_DPI)
            width, height = (int(96 * inches) for inches in self.get_size_inches())
            return held.getvalue(), {"width": width, "height": height}

    return ChartFigure
