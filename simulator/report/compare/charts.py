"""The chart of a comparison: every variant's differences to the reference, one panel for each KPI."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.base.stats import Estimate
from simulator.base.text import listed, short
from simulator.base.units import MINUS, Unit
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots
from simulator.report.compare.sentences import answer, judged, quoted, signed_change, subject
from simulator.report.format import minutes_scale, tick
from simulator.report.words import BETTER, MARKS, WORSE
from simulator.studies.compare.comparison import Comparison, Difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEXT_FROM = 0.66
"""Share of a panel's width at which the figures begin, so that no line crosses them."""
_COLOURS = {BETTER: theme.BOTH, WORSE: theme.BAD}


def differences(comparison: Comparison) -> Figure:
    """Draw differences with joint intervals and the line of no difference; KPIs that nothing changes are only named."""
    kpis = [kpi for kpi in comparison.kpis if any(row.found.mean for row in _known(comparison, kpi))]
    level = [subject(kpi) for kpi in comparison.kpis if kpi not in kpis]
    count, panels = len(comparison.variants) - 1, max(len(kpis), 1)
    figure = theme.new_figure(panels * (0.23 * count + 0.62) + 0.1)
    grid = figure.subplots(panels, 1, squeeze=False)
    for axes, kpi in zip(grid[:, 0], kpis, strict=False):
        _panel(axes, comparison, kpi)
    if not kpis:
        grid[0, 0].axis("off")
    note = (
        f"Difference to {quoted(comparison.variants[0].name)}, paired by replication ({len(comparison.reference)}). "
        f"{MARKS[BETTER]} better and {MARKS[WORSE]} worse by Holm's test at 5 % over all {comparison.tested}"
        " differences; bars are joint 95 % intervals (Bonferroni); grey is no clear difference."
    )
    if level:
        note += f" Nothing changes {listed(level)}, so there is no panel."
    return theme.finish(figure, answer(comparison).rstrip("."), note)


def _known(comparison: Comparison, kpi: str) -> list[Difference]:
    return [row for row in comparison.on(kpi) if math.isfinite(row.found.mean)]


def _panel(axes: Axes, comparison: Comparison, kpi: str) -> None:
    known, rows, currency = BY_NAME[kpi], comparison.on(kpi), comparison.reference.currency
    unit, name, scale = _axis_unit(comparison, kpi)
    dots(axes, [_dot(row) for row in rows], unit, currency=currency, scale=scale)
    ends = [0.0, *(end / scale for row in _known(comparison, kpi) for end in _ends(row))]
    span = max(ends) - min(ends) or 1.0
    low, high = min(ends) - 0.04 * span, max(ends) + 0.04 * span
    axes.set_xlim(low, low + (high - low) / _TEXT_FROM)
    axes.set_xticks([place for place in axes.get_xticks() if low <= place <= high])
    axes.xaxis.set_major_formatter(lambda value, _: tick(unit, value, currency).replace("-", MINUS))
    axes.axvline(0, color=theme.INK, linewidth=0.8, zorder=0)
    for place, row in enumerate(rows):
        text = f"{MARKS.get(judged(row), '')} {signed_change(known, row.joint, currency)}"
        axes.text(_TEXT_FROM + 0.01, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    theme.panel_title(axes, f"{known.title}{f', {name}' if name else ''}")


def _axis_unit(comparison: Comparison, kpi: str) -> tuple[Unit, str, float]:
    """Choose the unit of a panel's axis, its name, and what values are divided by."""
    unit = BY_NAME[kpi].unit
    if unit == "minutes":
        sizes = [abs(end) for row in _known(comparison, kpi) for end in _ends(row)]
        scale, name = minutes_scale(max(sizes, default=1.0))
        return unit, name, scale
    if unit == "share":
        return "points", "percentage points", 1.0
    return unit, {"score": "points of 5", "hours": "hours"}.get(unit, ""), 1.0


def _ends(row: Difference) -> tuple[float, ...]:
    factor = 100 if BY_NAME[row.kpi].unit == "share" else 1
    return tuple(factor * end for end in (row.joint.low, row.joint.mean, row.joint.high) if math.isfinite(end))


def _dot(row: Difference) -> Dot:
    factor = 100 if BY_NAME[row.kpi].unit == "share" else 1
    shown = Estimate(factor * row.joint.mean, factor * row.joint.low, factor * row.joint.high, row.joint.replications)
    return Dot(short(row.variant, 30), shown, _COLOURS.get(judged(row), theme.BASELINE), "")
