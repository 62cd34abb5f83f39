"""Charts of the desk's load over the hours of the week: backlog and waits, backlog by day, agents on duty and busy.

Heat map of the backlog: who waits for a person, by weekday and hour of the day.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.base.stats import Estimate, estimate, estimate_columns
from simulator.base.text import short
from simulator.report.charts import theme
from simulator.report.charts.drawing import DAYS, band, ceiling, hour_name, number_axis, week_axis
from simulator.report.charts.theme import ramp
from simulator.report.format import minutes_scale
from simulator.report.words import runs_of, value_of
from simulator.studies.running.results import Arm, Replications

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_CENTRES: Floats = np.arange(WEEK_HOURS, dtype=np.float64) + 0.5
_MOST_TEAMS = 12


def backlog_by_hour(study: Replications) -> Figure | None:
    """Draw who waits, and how long, over the hours of the week."""
    figure = theme.new_figure(4.4)
    upper, lower = figure.subplots(2, 1, sharex=True)
    arms = _arms(study)
    longest = max(float(np.nan_to_num(estimate_columns(_waits(arm))[0]).max()) for arm, _ in arms)
    scale, unit = minutes_scale(longest)
    for arm, colour in reversed(arms):
        style = "--" if colour == theme.BASELINE else "-"
        band(upper, _CENTRES, _backlog(arm), colour, style=style)
        band(lower, _CENTRES, _waits(arm) / scale, colour, style=style)
    ceiling(upper)
    ceiling(lower)
    theme.panel_title(upper, "Tickets waiting for a person, by hour of the week")
    theme.panel_title(lower, "Mean wait of tickets that join a line in that hour")
    for axes in (upper, lower):
        week_axis(axes, labels=axes is lower)
        number_axis(axes, "y", "count")
        axes.grid(axis="y")
    upper.set_ylabel("tickets")
    lower.set_ylabel(unit)
    _key(upper, study)
    note = f"{runs_of(study)} Waits of customers who left count until they left."
    return theme.finish(figure, _backlog_title(study), note)


def _backlog_title(study: Replications) -> str:
    """State the mean backlog, its peak and the baseline's."""
    mean, _, _ = estimate_columns(_backlog(_arms(study)[0][0]))
    hour = int(np.nanargmax(mean))
    against = f" ({value_of(study, 'backlog_mean', baseline=True)} without AI)" if study.has_baseline else ""
    own = study.spelled("backlog_mean")
    return f"{own} tickets wait on average{against}; most at {hour_name(hour)}: {mean[hour]:,.0f}"


def backlog_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    wait = value_of(study, "wait_mean")
    against = f", {value_of(study, 'wait_mean', baseline=True)} without AI" if study.has_baseline else ""
    return f"Two line charts over the hours of the week. Mean wait {wait}{against}."


def backlog_by_day(study: Replications) -> Figure | None:
    """Draw the backlog at the end of each day; None for a single week, which the hours show."""
    if int(study.scenario.weeks) < 2:
        return None
    figure = theme.new_figure(2.3)
    axes = figure.subplots()
    for arm, colour in reversed(_arms(study)):
        days = np.array([run.load.backlog_by_day for run in arm])
        band(axes, np.arange(1, days.shape[1] + 1) / 7, days, colour, style="--" if colour == theme.BASELINE else "-")
    weeks = int(study.scenario.weeks)
    axes.set_xlim(0, weeks)
    step = math.ceil(weeks / 13)
    axes.set_xticks(range(0, weeks + 1), [""] * (weeks + 1))
    named = range(0, weeks, step)
    axes.set_xticks([week + 0.5 for week in named], [f"week {week + 1}" for week in named], minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
    ceiling(axes)
    axes.grid()
    number_axis(axes, "y", "count")
    axes.set_ylabel("tickets")
    theme.panel_title(axes, "Tickets waiting for a person at the end of each day")
    _key(axes, study)
    return theme.finish(figure, _days_title(study), runs_of(study))


def _days_title(study: Replications) -> str:
    """State how the last week ends."""
    against = f", {value_of(study, 'backlog_end', baseline=True)} without AI" if study.has_baseline else ""
    own = study.spelled("backlog_end")
    return f"The last week ends with {own} tickets waiting{against}"


def days_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    mean, _, _ = estimate_columns(np.array([run.load.backlog_by_day for run in _arms(study)[0][0]]))
    worst = int(np.argmax(mean))
    return f"Line chart by day. Most at the end of day {worst + 1}: {mean[worst]:,.0f}."


def agents(study: Replications) -> Figure | None:
    """Draw agents on duty against agents at work for each team, over the hours of the week."""
    names = team_occupancy(study)
    if not names:
        return None
    shown = list(names)[:_MOST_TEAMS]
    columns = 1 if len(shown) == 1 else 2
    rows = math.ceil(len(shown) / columns)
    figure = theme.new_figure(1.35 * rows + (1.0 if rows == 1 else 0.3))
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    load = study.load()
    for number, name in enumerate(shown):
        hours = 60 * np.maximum(load.hours, 1)
        _team(grid[number], load.on_duty[number] / hours, load.busy[number] / hours)
        theme.panel_title(grid[number], f"{short(name)}: {100 * names[name].mean:.1f}% occupied")
        week_axis(grid[number], labels=number >= len(shown) - columns)
    for axes in grid[: len(shown) : columns]:
        axes.set_ylabel("agents")
    for axes in grid[len(shown) :]:
        axes.axis("off")
    left_out = len(names) - len(shown)
    more = f" {left_out} further teams are in the tables." if left_out else ""
    note = f"Agents by hour of the week: grey line on duty, orange area at work, also after a shift's end.{more}"
    return theme.finish(figure, _agents_title(study), note)


def _agents_title(study: Replications) -> str:
    """State occupancy, the baseline's, and the busiest team."""
    against = f" ({value_of(study, 'occupancy', baseline=True)} without AI)" if study.has_baseline else ""
    title = f"People work {study.spelled('occupancy')} of their time on duty{against}"
    teams = {name: found.mean for name, found in team_occupancy(study).items() if math.isfinite(found.mean)}
    if len(teams) > 1:
        busiest = max(teams, key=lambda name: teams[name])
        title += f"; {short(busiest)} is the busiest with {100 * teams[busiest]:.1f}%"
    return title


def agents_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    teams = ", ".join(f"{short(name)} {100 * found.mean:.1f}%" for name, found in team_occupancy(study).items())
    return f"Small charts of agents on duty and at work by team. Occupancy: {teams}."


def team_occupancy(study: Replications) -> dict[str, Estimate]:
    """Estimate each team's occupancy; teams stand in scenario order."""
    shares = []
    for arm in (result.arm for result in study.results):
        duty = arm.load.on_duty.sum(axis=1)
        shares.append(np.where(duty > 0, arm.load.busy.sum(axis=1) / np.maximum(duty, 1e-9), np.nan))
    return {name: estimate([run[number] for run in shares]) for number, name in enumerate(study.scenario.teams)}


def _team(axes: Axes, on_duty: Floats, busy: Floats) -> None:
    edges = np.arange(WEEK_HOURS + 1)
    axes.stairs(busy, edges, fill=True, color=theme.PEOPLE, alpha=0.65)
    axes.stairs(on_duty, edges, color=theme.MUTED, linewidth=1.2)
    axes.set_ylim(0, max(float(on_duty.max()), float(busy.max()), 1e-9) * 1.08)
    number_axis(axes, "y", "count")
    axes.grid(axis="y")


def _arms(study: Replications) -> list[tuple[list[Arm], str]]:
    """Return the runs with the AI and, where there is one, of the baseline, with their colours."""
    arms = [([result.arm for result in study.results], theme.AI if study.has_baseline else theme.PEOPLE)]
    if study.has_baseline:
        arms.append(([result.baseline for result in study.results if result.baseline], theme.BASELINE))
    return arms


def _backlog(arms: list[Arm]) -> Floats:
    """Return tickets waiting by run and hour of the week; shape (replications, 168)."""
    return np.array([arm.load.backlog / np.maximum(arm.load.hours, 1) for arm in arms], dtype=np.float64)


def _waits(arms: list[Arm]) -> Floats:
    """Return mean waits in minutes by run and hour joined, NaN where nobody joined; shape (replications, 168)."""
    loads = [arm.load for arm in arms]
    waits = [np.where(load.waiters > 0, load.waits / np.maximum(load.waiters, 1), np.nan) for load in loads]
    return np.array(waits, dtype=np.float64)


def _key(axes: Axes, study: Replications) -> None:
    """Name the lines in the chart's upper right corner, in their own order."""
    if not study.has_baseline:
        return
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=theme.AI), Line2D([], [], color=theme.BASELINE, linestyle="--")]
    where: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.98), "ncols": 2}
    axes.legend(lines, ["with the AI", "without AI"], frameon=False, fontsize=8, **where)


# -- heat map of the backlog ------------------------------------------------------------------------------------------


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
    return estimate([_backlog_by_hour(result.arm)[hour] for result in study.results], (0.0, np.inf))


def heat_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    means = _means(study).reshape(7, 24)
    peaks = ", ".join(f"{day} {_count(row.max())} at {int(np.argmax(row)):02d}:00"
                      for day, row in zip(DAYS, means, strict=True))  # fmt: skip
    mean = value_of(study, "backlog_mean")
    return f"Heat map of weekdays by hours. Mean of all hours {mean}. Most by day: {peaks}."


def _means(study: Replications, *, baseline: bool = False) -> Floats:
    """Return tickets waiting by hour of the week; shape (168,)."""
    load = study.load(baseline=baseline)
    return np.asarray(load.backlog / np.maximum(load.hours, 1), dtype=float)


def _backlog_by_hour(arm: Arm) -> Floats:
    return np.asarray(arm.load.backlog / np.maximum(arm.load.hours, 1), dtype=float)


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
