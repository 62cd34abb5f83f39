"""Charts of one threshold: each KPI against it, and what one KPI costs in another (the frontier)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.text import listed
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import band, number_axis
from simulator.report.format import minutes_scale, tick
from simulator.report.words import SHORT_TITLES, compares
from simulator.studies.sweep.threshold_curve import ThresholdCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FRONTIER = ("sla_breach", "csat_mean", "wrong_answer")


def against_threshold(curve: ThresholdCurve) -> Figure:
    """Draw each KPI against the threshold, one panel above the other, so that one handle can stand on all of them."""
    figure = theme.new_figure(1.12 * len(curve.kpis) + 0.3)
    grid = figure.subplots(len(curve.kpis), 1, squeeze=False, sharex=True).ravel()
    for axes, kpi in zip(grid, curve.kpis, strict=True):
        _panel(axes, curve, kpi)
    grid[-1].set_xlabel("answer threshold: the AI answers from this confidence on", fontsize=8)
    grid[-1].set_xlim(-0.01, 1.01)
    grid[-1].set_xticks(np.arange(0, 1.01, 0.1))
    note = (
        f"Means of {len(curve.study)} replications, the same customers at every threshold; bands are 95 % intervals,"
        " each for itself. Grey dashes: without AI. The ring is the present threshold. Axes show the range that occurs."
    )
    return theme.finish(figure, against_title(curve), note)


def _panel(axes: Axes, curve: ThresholdCurve, kpi: str) -> None:
    known, found = BY_NAME[kpi], curve.study.estimate(kpi)
    scale, unit = 1.0, ", 1 to 5" if known.unit == "score" else ""
    if known.unit == "minutes":
        scale, name = minutes_scale(float(np.nanmax(curve.values(kpi))))
        unit = f", {name}"
    band(axes, np.array(curve.positions), curve.values(kpi) / scale, theme.AI)
    if compares(curve.study, kpi):
        there = curve.study.estimate(kpi, baseline=True).mean / scale
        axes.axhline(there, color=theme.BASELINE, linestyle="--", linewidth=1.2)
    if math.isfinite(found.mean):
        axes.plot([curve.here], [found.mean / scale], "o", markersize=8, markerfacecolor="none",
                  markeredgecolor=theme.INK)  # fmt: skip
    number_axis(axes, "y", known.unit, curve.study.currency)
    axes.locator_params(axis="y", nbins=4)
    axes.margins(y=0.12)
    axes.grid(True)
    theme.panel_title(axes, f"{known.title}{unit}")


def against_title(curve: ThresholdCurve) -> str:
    """State which thresholds are clearly better than the present one, each in what.

    Levels are left to the panels: beside figures of more replications a title with levels of fewer would differ.
    """
    better: dict[float, list[str]] = {}
    for kpi in curve.kpis:
        if curve.is_clearly_better(kpi):
            better.setdefault(curve.best(kpi), []).append(_name(kpi))
    told = [f"at {position:g} ({', '.join(kpis)})" for position, kpis in better.items()]
    if not told:
        return f"No other threshold is clearly better than {curve.here:g} in any of these"
    return f"Clearly better than {curve.here:g}: {listed(told)}"


def _name(kpi: str) -> str:
    """Write a KPI's title within a sentence: abbreviations keep their capitals."""
    title = BY_NAME[kpi].title
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def against_details(curve: ThresholdCurve) -> str:
    """Return what the chart shows beside its title."""
    rows = "; ".join(
        f"from {position:g}: " + ", ".join(f"{_name(kpi)} {study.spelled(kpi)}" for kpi in curve.kpis)
        for position, study in zip(curve.positions, curve.studies, strict=True)
    )
    return f"Line charts by answer threshold. {rows}."


def frontier(curve: ThresholdCurve) -> Figure | None:
    """Draw the first KPI against the others, one point for each threshold; None where there is only one KPI."""
    first, *_ = curve.kpis
    others = [kpi for kpi in _FRONTIER if kpi in curve.kpis and kpi != first]
    if not others:
        return None
    figure = theme.new_figure(3.3)
    grid = figure.subplots(1, len(others), squeeze=False, sharey=True)[0]
    for axes, kpi in zip(grid, others, strict=True):
        _frontier_panel(axes, curve, kpi, first)
    number_axis(grid[0], "y", BY_NAME[first].unit, curve.study.currency)
    grid[0].set_ylabel(f"{BY_NAME[first].title} ({BY_NAME[first].better} is better)", fontsize=8)
    note = (
        f"A point for each threshold, means of {len(curve.study)} replications with 95 % intervals, each for itself,"
        " the same customers at all. The star is the present threshold, the square the desk without AI."
    )
    return theme.finish(figure, _frontier_title(curve), note)


def _frontier_panel(axes: Axes, curve: ThresholdCurve, kpi: str, first: str) -> None:
    across, up = curve.estimates(kpi), curve.estimates(first)
    axes.errorbar(
        [found.mean for found in across], [found.mean for found in up],
        xerr=[_half(found.half_width) for found in across], yerr=[_half(found.half_width) for found in up],
        fmt="o-", color=theme.AI, markersize=3.5, linewidth=1, elinewidth=0.8, ecolor=theme.SKY,
    )  # fmt: skip
    shown = {curve.positions[0], curve.positions[-1], 0.9}
    for position, x, y in zip(curve.positions, across, up, strict=True):
        if position in shown and math.isfinite(x.mean) and math.isfinite(y.mean) and abs(position - curve.here) > 0.03:
            axes.annotate(f"{position:g}", (x.mean, y.mean), xytext=(5, 4), textcoords="offset points", fontsize=7.5)
    here = curve.study
    axes.plot(here.estimate(kpi).mean, here.estimate(first).mean, "*", color=theme.BOTH, markersize=13,
              markeredgecolor=theme.INK, markeredgewidth=0.7)  # fmt: skip
    if compares(here, kpi) and compares(here, first):
        axes.plot(here.estimate(kpi, baseline=True).mean, here.estimate(first, baseline=True).mean, "s",
                  color=theme.BASELINE, markersize=6)  # fmt: skip
    unit, currency = BY_NAME[kpi].unit, here.currency
    number_axis(axes, "x", unit, currency)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: tick(unit, value, currency))
    axes.grid(True)
    axes.margins(0.1)
    axes.set_xlabel(f"{BY_NAME[kpi].better} is better", fontsize=8)
    theme.panel_title(axes, SHORT_TITLES.get(kpi, BY_NAME[kpi].title))


def _half(width: float) -> float:
    return width if math.isfinite(width) else 0.0


def _frontier_title(curve: ThresholdCurve) -> str:
    """State what the extremes of the first KPI are, and which point is the present threshold."""
    first = curve.kpis[0]
    means = [found.mean for found in curve.estimates(first)]
    low, high = (curve.study.written(first, value) for value in (np.nanmin(means), np.nanmax(means)))
    return f"Thresholds move {_name(first)} between {low} and {high}; the present one is {curve.here:g}"


def _frontier_details(curve: ThresholdCurve) -> str:
    """Return what the chart shows beside its title."""
    return "Scatter charts with intervals."
