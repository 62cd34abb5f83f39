"""One figure over the weeks: mean, band, gates, as `run` and `pilot` draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.registry import Unit, format_value
from simulator.report import theme
from simulator.report.drawing import minutes_scale, number_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """What one panel shows; arrays of shape (n_weeks,), in the unit."""

    title: str
    unit: Unit
    mean: Floats
    low: Floats
    high: Floats
    gates: Sequence[str] = ()
    """Gates as words: `≥ 90%`."""
    bounds: Sequence[float] = ()
    reference: float | None = None
    """Drawn as a dashed line: the figure without AI."""


def draw_weeks(axes: Axes, panel: Panel, colour: str, currency: str = "USD") -> float:
    """Draw a panel; give the divisor of its axis (minutes per unit), for what else is drawn on it."""
    scale, unit = scale_of(panel.unit, list(panel.mean))
    x = np.arange(1, len(panel.mean) + 1)
    axes.plot(x, panel.mean / scale, "o-", color=colour, markersize=4)
    axes.fill_between(x, panel.low / scale, panel.high / scale, color=colour, alpha=0.22, linewidth=0)
    if panel.reference is not None:
        axes.axhline(panel.reference / scale, color=theme.BASELINE, linestyle="--", linewidth=1.2)
    for bound in panel.bounds:
        axes.axhline(bound / scale, color=theme.BAD, linewidth=1.2, linestyle=":")
    if panel.gates:
        text = f"gate{'s' if len(panel.gates) > 1 else ''} {', '.join(panel.gates)}"
        axes.set_title(text, loc="right", fontsize=7.5, fontweight="normal", color=theme.MUTED, pad=6)
    known = np.flatnonzero(np.isfinite(panel.mean))
    if len(known):
        last = known[-1]
        box = {"facecolor": theme.SURFACE, "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
        text, place = format_value(panel.unit, panel.mean[last], currency), (x[last], panel.mean[last] / scale)
        shift: Any = {"xytext": (7, 0), "textcoords": "offset points"}
        axes.annotate(text, place, va="center", fontsize=8, bbox=box, **shift)
    axes.set_xlim(0.7, 1.2 * len(x) + 0.3)
    step = math.ceil(len(x) / 8)
    axes.set_xticks(x[::step], [f"wk {week}" if week == 1 else str(week) for week in x[::step]])
    axes.margins(y=0.15)
    if panel.unit == "share":
        low = -0.02 if np.nanmin(panel.low, initial=np.inf) >= 0 else -np.inf
        axes.set_ylim(max(axes.get_ylim()[0], low), min(axes.get_ylim()[1], 1.02))
    number_axis(axes, "y", panel.unit)
    axes.grid(axis="y")
    theme.panel_title(axes, panel.title + unit)
    return scale


def scale_of(kind: Unit, values: Sequence[float]) -> tuple[float, str]:
    """Choose the unit of an axis: divisor, and what the title says about it."""
    if kind != "minutes":
        return 1.0, ", 1 to 5" if kind == "score" else ""
    scale, unit = minutes_scale(max((value for value in values if math.isfinite(value)), default=1.0))
    return scale, f", {unit}"
