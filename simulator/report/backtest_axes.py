"""Axes of a backtest's charts: one unit per measure on a whole page, and logarithms where days are worlds apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.backtest.study import Backtest
from simulator.calibration.backtest.verdict import Score, Series
from simulator.metrics.registry import Unit
from simulator.report.drawing import minutes_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
WORLDS_APART = 30.0
"""Largest ÷ smallest value above 0 from which days are drawn on logarithms: else the small ones lie on the axis."""


@dataclass(frozen=True)
class ValueAxis:
    """How a measure's values are drawn."""

    scale: float
    """Minutes per unit of the axis; 1 for what is not a time."""
    name: str
    """What the axis counts: `hours`, `tickets`, `share`."""
    unit: Unit
    is_log: bool
    """Whether days need logarithms; a mean day by half-hour does not."""


def axis_of(found: Backtest, one: Score) -> ValueAxis:
    """Choose the axis of a measure by its days, so that all panels of the page have the same unit."""
    by_day = (found.score_of(one.series.measure.key, "day") or one).series
    points = points_of(by_day)
    positive = points[points > 0]
    is_share = by_day.measure.unit == "share"
    is_log = not is_share and len(positive) > 1 and bool(positive.max() > WORLDS_APART * positive.min())
    if by_day.measure.unit == "minutes":
        # A weekend's two days would make hours of the minutes of all others.
        usual = float(np.median(positive) if is_log else points.max())
        return ValueAxis(*minutes_scale(usual), "count", is_log)
    return ValueAxis(1.0, "share" if is_share else "tickets", "share" if is_share else "count", is_log)


def points_of(series: Series) -> Floats:
    """Give what was observed and the forecasts' medians, where both are known."""
    seen = series.looked_at
    return np.concatenate([series.observed[seen], series.median[seen]])


def log_axis(axes: Axes, points: Floats, top: float) -> None:
    """Draw an axis on logarithms from the least of some points above 0 to `top`, with 0 below where one is 0."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    least = float(points[points > 0].min())
    powers = 10.0 ** np.arange(np.floor(np.log10(least)), np.ceil(np.log10(top)) + 1)
    # Below the smallest of these the axis is even, so that a day with nothing has its place.
    axes.set_yscale("symlog", linthresh=powers[0], linscale=0.5)
    has_zero = bool((points <= 0).any())
    axes.set_ylim(-0.3 * powers[0] if has_zero else least / 2, 1.6 * top)
    places = [0.0, *powers] if has_zero else list(powers)
    axes.yaxis.set_major_locator(FixedLocator(places[:: 1 + (len(places) - 1) // 6]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
