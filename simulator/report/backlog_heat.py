"""Heat map of the backlog: who waits for a person, by weekday and hour of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.report import theme
from simulator.report.drawing import DAYS, Floats, hour_name
from simulator.report.ramp import ramp
from simulator.report.words import value_of
from simulator.studies.intervals import Estimate, estimate
from simulator.studies.results import Arm, Replications

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def backlog_heat(study: Replications) -> Figure:
    """Draw tickets waiting at each full hour, with the AI above and without it below, on one scale."""
    panels = [("with the AI" if study.has_baseline else "", _means(study))]
    if study.has_baseline:
        panels.append(("without AI", _means(study, baseline=True)))
    most = max(float(values.max()) for _, values in panels) or 1.0
    figure = theme.new_figure(2.0 * len(panels) + 0.2)
    grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True).ravel()
    for axes, (name, values) in zip(grid, panels, strict=True):
        _panel(axes, values, most)
        dark = "dark" if values.max() == most else f"dark: {_count(most)}"
        ends = f"{_count(values.min())} (light) to {_count(values.max())} ({dark})"
        theme.panel_title(axes, f"{name + ': ' if name else ''}{ends} tickets waiting")
    grid[-1].set_xticks(np.arange(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
    note = (
        f"Tickets waiting for a person at the beginning of each hour, means of all weeks and {len(study)} replications;"
        " darker is more. The title has the 95 % interval of the worst hour."
    )
    return theme.finish(figure, heat_title(study), note)


def _panel(axes: Axes, values: Floats, most: float) -> None:
    axes.pcolormesh(np.arange(25), np.arange(8), values.reshape(7, 24), cmap=ramp(), vmin=0, vmax=most, linewidth=0)
    axes.invert_yaxis()
    axes.set_yticks(np.arange(7) + 0.5, DAYS)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def heat_title(study: Replications) -> str:
    """State the worst hour, and the baseline's figure for it."""
    means = _means(study)
    hour = int(np.argmax(means))
    found = worst_hour(study)
    interval = f" [{_count(found.low)}, {_count(found.high)}]" if np.isfinite(found.low) else ""
    there = f"; without AI {_count(_means(study, baseline=True)[hour])} then" if study.has_baseline else ""
    return f"Most wait on {hour_name(hour)}: {_count(found.mean)}{interval} tickets{there}"


def worst_hour(study: Replications) -> Estimate:
    """Estimate the backlog in the hour with the highest mean."""
    hour = int(np.argmax(_means(study)))
    return estimate([_backlog(result.arm)[hour] for result in study.results], (0.0, np.inf))


def describe_heat(study: Replications) -> str:
    """Tell the chart in words."""
    means = _means(study).reshape(7, 24)
    peaks = ", ".join(f"{day} {_count(row.max())} at {int(np.argmax(row)):02d}:00"
                      for day, row in zip(DAYS, means, strict=True))  # fmt: skip
    mean = value_of(study, "backlog_mean")
    return f"Heat map of weekdays by hours. {heat_title(study)}. Mean of all hours {mean}. Most by day: {peaks}."


def _means(study: Replications, *, baseline: bool = False) -> Floats:
    """Give tickets waiting by hour of the week; shape (168,)."""
    load = study.load(baseline=baseline)
    return np.asarray(load.backlog / np.maximum(load.hours, 1), dtype=float)


def _backlog(arm: Arm) -> Floats:
    return np.asarray(arm.load.backlog / np.maximum(arm.load.hours, 1), dtype=float)


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
