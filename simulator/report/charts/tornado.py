"""The tornado: what one input at a time changes between the ends of its range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.base.text import short
from simulator.base.units import Unit
from simulator.report.charts import theme
from simulator.report.charts.drawing import number_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Bar:
    """One input."""

    label: str
    ends: tuple[str, str]
    """The input's low and high value, as written beside the bar."""
    values: tuple[float, float]
    """What they come to."""


def tornado_chart(
    rows: Sequence[Bar], middle: float, unit: Unit, title: str, note: str, *, currency: str = "USD", axis: str = ""
) -> Figure:
    """Draw a bar for each input around `middle`, what the inputs as they stand come to; `axis` names the axis."""
    figure = theme.new_figure(0.3 * len(rows) + (0.95 if axis else 0.7))
    axes = figure.subplots()
    for place, row in enumerate(rows):
        for end, colour in zip((0, 1), (theme.SKY, theme.AI), strict=True):
            axes.barh(place, row.values[end] - middle, left=middle, height=0.6, color=colour)
        left, right = sorted((0, 1), key=lambda end: row.values[end])
        for end, side, align in ((left, -4, "right"), (right, 4, "left")):
            axes.annotate(
                row.ends[end], (_outer(row, middle, left=end == left), place), xytext=(side, 0),
                textcoords="offset points", va="center", ha=align, fontsize=7.5, color=theme.MUTED,
            )  # fmt: skip
    axes.axvline(middle, color=theme.INK, linewidth=1)
    lowest = min(min(*row.values, middle) for row in rows)
    highest = max(max(*row.values, middle) for row in rows)
    room = 0.12 * (highest - lowest) or 1.0
    axes.set_xlim(lowest - room, highest + room)
    if lowest - room < 0 < highest + room:
        axes.axvline(0, color=theme.BAD, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(rows)), [short(row.label, 40) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    number_axis(axes, "x", unit, currency)
    axes.set_xlabel(axis)
    return theme.finish(figure, title, note)


def _outer(row: Bar, middle: float, *, left: bool) -> float:
    """Return where a label stands: outside of the bars, on its side."""
    return min(*row.values, middle) if left else max(*row.values, middle)
