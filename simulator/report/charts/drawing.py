"""Shapes that several charts share: dots with intervals, bands, weeks on an axis, labels that keep their distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate, estimate_columns
from simulator.base.units import Unit
from simulator.report.charts.theme import GRID, INK, MUTED, WIDTH
from simulator.report.format import tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Dot:
    """One row of a dot chart."""

    label: str
    found: Estimate
    colour: str
    text: str
    """Value as written beside the dot."""


def dots(
    axes: Axes,
    rows: Sequence[Dot],
    unit: Unit,
    *,
    currency: str = "USD",
    scale: float = 1.0,
    start: float | None = None,
) -> None:
    """Draw a dot with its interval for each row, from the top, with its value at the right.

    `scale` divides values (minutes per unit of the axis); the axis begins at `start`, or a little before the values.
    """
    reach: list[tuple[float, float]] = []
    lows: list[float] = []
    for place, row in enumerate(rows):
        mean, low, high = (_inside(unit, value) / scale for value in (row.found.mean, row.found.low, row.found.high))
        axes.axhline(place, color=GRID, linewidth=0.7, zorder=0)
        if not math.isfinite(mean):
            across = axes.get_yaxis_transform()
            axes.text(0.01, place, "no value", transform=across, color=MUTED, va="center", fontsize=8)
            continue
        if math.isfinite(low):
            axes.plot([low, high], [place, place], color=row.colour, linewidth=4.5, alpha=0.4, solid_capstyle="butt")
        axes.plot([mean], [place], "o", color=row.colour, markersize=6)
        right = high if math.isfinite(high) else mean
        axes.annotate(row.text, (right, place), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8)
        reach.append((right, 10 + 5.0 * len(row.text)))
        lows.append(low if math.isfinite(low) else mean)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    width = 72 * WIDTH - 30 - 5.6 * max((len(row.label) for row in rows), default=0)
    axes.set_xlim(*_limits(reach, lows, width, start))
    number_axis(axes, "x", unit, currency)


def _inside(unit: Unit, value: float) -> float:
    """Cut an interval of a share where shares end."""
    return min(max(value, 0.0), 1.0) if unit == "share" and math.isfinite(value) else value


def _limits(
    reach: Sequence[tuple[float, float]], lows: Sequence[float], width: float, start: float | None
) -> tuple[float, float]:
    """Return limits of an axis `width` points wide so that each text (place, points) fits at the right of its place."""
    if not reach:
        return 0.0, 1.0
    extent = max(right for right, _ in reach) - min(lows)
    low = start if start is not None else min(lows) - 0.08 * (extent or abs(min(lows)) or 1.0)
    high = max(low + (right - low) * width / max(width - points, 0.25 * width) for right, points in reach)
    return low, high if high > low else low + 1.0


def number_axis(axes: Axes, which: str, unit: Unit, currency: str = "USD") -> None:
    """Write the ticks of an axis in a KPI's unit, with few of them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(unit, value, currency)))


def band(axes: Axes, x: Floats, values: Floats, colour: str, *, style: str = "-") -> Floats:
    """Draw the mean of each column as a line within its interval; return the mean."""
    mean, low, high = estimate_columns(values)
    axes.plot(x, mean, style, color=colour)
    axes.fill_between(x, np.maximum(low, 0.0), high, color=colour, alpha=0.22, linewidth=0)
    return mean


def ceiling(axes: Axes) -> None:
    """Let the vertical axis run from 0 to what the lines need; very wide bands (few replications) run off the top."""
    heights = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
    highest = max((float(np.nanmax(height)) for height in heights if np.isfinite(height).any()), default=0.0)
    axes.set_ylim(0, min(max(axes.get_ylim()[1], 1.1 * highest), 2 * highest) or 1)


def week_axis(axes: Axes, *, labels: bool = True) -> None:
    """Mark days on an axis of the week's 168 hours."""
    axes.set_xlim(0, 168)
    axes.set_xticks(range(0, 169, 24), [""] * 8)
    axes.set_xticks([12 + 24 * day for day in range(7)], DAYS if labels else [""] * 7, minor=True)
    axes.tick_params(axis="x", which="minor", length=0, labelcolor=INK)
    axes.grid(axis="x", which="major")


def hour_name(hour: int) -> str:
    """Name an hour of the week: `Mon 09:00`."""
    return f"{DAYS[hour // 24]} {hour % 24:02d}:00"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart to at least `gap` within [low, high], each as near to its place as that allows."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    places = [min(max(wanted[index], low), high) for index in order]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + gap)
    ceiling = high
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], ceiling)
        ceiling = places[index] - gap
    found = [0.0] * len(wanted)
    for index, place in zip(order, places, strict=True):
        found[index] = place
    return found


