"""Charts of a sweep over one input: a line with its interval for numbers, dots for words, one panel for each KPI."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate
from simulator.base.text import clean, short
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.format import minutes_scale, tick
from simulator.report.sweep import sentences
from simulator.studies.running.variants import AS_IS
from simulator.studies.sweep.sweeping import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Build = Callable[[Sweep], "Figure | None"]

MOST_TICKS = 7


def curves(sweep: Sweep) -> Figure | None:
    """Draw KPIs against the one varied number; None for words or several inputs."""
    numbers = sweep.axes[0].numbers
    if len(sweep.axes) != 1 or numbers is None or len(numbers) < 2:
        return None
    kpis = _with_values(sweep)
    rows = math.ceil(len(kpis) / 2)
    figure = theme.new_figure(1.75 * rows + 0.25)
    grid = figure.subplots(rows, 2, squeeze=False, sharex=True)
    for axes, kpi in zip(grid.flat, kpis, strict=False):
        _curve(axes, sweep, kpi, np.array(numbers))
    for axes in grid.flat[len(kpis) :]:
        axes.axis("off")
    for axes in grid.flat[max(len(kpis) - 2, 0) : len(kpis)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(axis_title(sweep, 0), fontsize=8)
    return theme.finish(figure, sentences.end_to_end(sweep), _note(sweep))


def categories(sweep: Sweep) -> Figure | None:
    """Draw KPIs for each value of the one varied input where the values are words; None otherwise."""
    if len(sweep.axes) != 1 or (sweep.axes[0].numbers is not None and len(sweep.variants) > 1):
        return None
    kpis = _with_values(sweep)
    count = len(sweep.variants)
    figure = theme.new_figure(len(kpis) * (0.23 * count + 0.62) + 0.1)
    grid = figure.subplots(len(kpis), 1, squeeze=False)
    for axes, kpi in zip(grid[:, 0], kpis, strict=True):
        known, study = BY_NAME[kpi], sweep.base
        found = [sweep.studies[variant.name].estimate(kpi) for variant in sweep.variants]
        scale, unit = _scale(kpi, found)
        rows = [
            Dot(short(sentences.label(sweep, variant)), value, theme.AI, sentences.spelled(sweep, variant, kpi))
            for variant, value in zip(sweep.variants, found, strict=True)
        ]
        dots(axes, rows, known.unit, currency=study.currency, scale=scale)
        theme.panel_title(axes, f"{known.title}{unit}")
    return theme.finish(figure, sentences.answer(sweep, brief=True).rstrip("."), _note(sweep))


def details(sweep: Sweep) -> str:
    """Return what the chart shows beside its title."""
    values = [
        f"{sentences.label(sweep, variant)}: "
        + ", ".join(f"{BY_NAME[kpi].title} {sentences.spelled(sweep, variant, kpi)}" for kpi in sweep.kpis)
        for variant in sweep.variants
    ]
    return f"KPIs against {clean(sweep.axes[0].path)}: {'; '.join(values)}."


def axis_title(sweep: Sweep, number: int) -> str:
    """Title the axis of a varied input: its path, and its unit where values have one."""
    axis = sweep.axes[number]
    unit = {"m": "minutes", "h": "hours", "s": "seconds", "d": "days"}.get(axis.unit, axis.unit)
    return f"{short(axis.path, 44)}{f', {unit}' if unit else ''}"


def _with_values(sweep: Sweep) -> list[str]:
    return [kpi for kpi in sweep.kpis if np.isfinite(sweep.means(kpi)).any()] or list(sweep.kpis[:1])


def _scale(kpi: str, found: list[Estimate]) -> tuple[float, str]:
    """Choose the unit of a panel: what values are divided by, and how the title names it."""
    if BY_NAME[kpi].unit != "minutes":
        return 1.0, ""
    scale, name = minutes_scale(max((value.mean for value in found if math.isfinite(value.mean)), default=1.0))
    return scale, f", {name}"


def _curve(axes: Axes, sweep: Sweep, kpi: str, numbers: Floats) -> None:
    order = np.argsort(numbers)
    found = [sweep.studies[sweep.variants[place].name].estimate(kpi) for place in order]
    scale, unit = _scale(kpi, found)
    x = numbers[order]
    mean, low, high = (np.array([getattr(value, name) for value in found]) / scale for name in ("mean", "low", "high"))
    axes.fill_between(x, low, high, color=theme.AI, alpha=0.22, linewidth=0)
    axes.plot(x, mean, "o-", color=theme.AI, markersize=4)
    _mark_as_is(axes, sweep, kpi, scale)
    currency = sweep.base.currency
    number_axis(axes, "y", BY_NAME[kpi].unit, currency)
    axes.yaxis.set_major_formatter(lambda value, _: tick(BY_NAME[kpi].unit, value, currency).replace("-", MINUS))
    axes.grid(axis="y")
    axes.margins(y=0.15)
    stride = math.ceil(len(x) / MOST_TICKS)
    axes.set_xticks(x[::stride], [f"{value:.6g}" for value in x[::stride]])
    theme.panel_title(axes, f"{BY_NAME[kpi].title}{unit}")


def _mark_as_is(axes: Axes, sweep: Sweep, kpi: str, scale: float) -> None:
    """Mark the scenario as it is: a ring around its value, or a dashed line where no value of the sweep is its."""
    here = sweep.base.estimate(kpi).mean / scale
    if not math.isfinite(here):
        return
    if sweep.reference == AS_IS:
        axes.axhline(here, color=theme.MUTED, linestyle=(0, (4, 3)), linewidth=1)
        return
    numbers = sweep.axes[0].numbers or ()
    place = [variant.name for variant in sweep.variants].index(sweep.reference)
    axes.plot([numbers[place]], [here], "o", markersize=9, markerfacecolor="none", markeredgecolor=theme.INK)


def _note(sweep: Sweep) -> str:
    mark = "The dashed line is the scenario as it is. " if sweep.reference == AS_IS else ""
    if not mark and sweep.axes[0].numbers is not None:
        mark = "The ring marks the scenario as it is. "
    what = "bands" if sweep.axes[0].numbers is not None else "bars"
    return (
        f"{mark}Means of {len(sweep.base)} replications, the same customers at every value; {what} are 95 % intervals,"
        " each for itself. Values differ by less chance than these suggest, as their customers are the same. Axes"
        " show only the range that occurs."
    )
