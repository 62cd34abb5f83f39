"""Charts of teams over the hours of the week: agents required, rostered, on duty and at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.metrics.load import HOURS
from simulator.report import theme
from simulator.report.drawing import Floats, hour_name, listed, week_axis
from simulator.report.words import short
from simulator.studies.staffing.week import TeamWeek

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TEAMS = 12
NOTE = (
    "Rostered agents are paid; on duty has breaks, shrinkage and absence taken off. Required is what Erlang's"
    " queues ask for on duty in that hour by itself; work that can wait needs less at its peak, so simulation decides."
)
MOST_TOLD = 3
FAR_MORE = 1.5
"""Times as many on duty as required from which a title says so."""


@dataclass(frozen=True, eq=False)
class Panel:
    """What is drawn of one team; arrays of shape (168,)."""

    team: str
    required: Floats
    rostered: Floats
    on_duty: Floats
    without: Floats | None = None
    """Rostered in the desk without the AI, where that is another roster."""
    at_work: Floats | None = None


def draw(panels: Sequence[Panel], rostered: str) -> tuple[Figure, int]:
    """Draw a panel for each team; `rostered` names its line. Also give how many teams there was no room for."""
    from matplotlib.ticker import MaxNLocator

    shown = panels[:MOST_TEAMS]
    figure = theme.new_figure(1.5 * len(shown) + 0.5)
    grid = figure.subplots(len(shown), 1, squeeze=False, sharex=True).ravel()
    for number, (axes, panel) in enumerate(zip(grid, shown, strict=True)):
        _team(axes, panel)
        theme.panel_title(axes, short(panel.team))
        axes.set_ylabel("agents")
        week_axis(axes, labels=number == len(shown) - 1)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.grid(axis="y")
    _key(grid[0], shown, rostered)
    return figure, len(panels) - len(shown)


def _team(axes: Axes, panel: Panel) -> None:
    edges = np.arange(HOURS + 1)
    axes.stairs(panel.on_duty, edges, fill=True, color=theme.AI, alpha=0.22)
    if panel.at_work is not None:
        axes.stairs(panel.at_work, edges, fill=True, color=theme.BOTH, alpha=0.45)
    axes.stairs(panel.rostered, edges, color=theme.AI, linewidth=1.5)
    axes.stairs(panel.required, edges, color=theme.PEOPLE, linewidth=1.3)
    highest = [panel.rostered, panel.required]
    if panel.without is not None:
        axes.stairs(panel.without, edges, color=theme.BASELINE, linewidth=1.3, linestyle="--")
        highest.append(panel.without)
    axes.set_ylim(0, max(1.0, 1.12 * float(np.max(highest))))


def _key(axes: Axes, panels: Sequence[Panel], rostered: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [Line2D([], [], color=theme.AI), Patch(color=theme.AI, alpha=0.22), Line2D([], [], color=theme.PEOPLE)]
    names = [rostered, "on duty", "required"]
    if any(panel.at_work is not None for panel in panels):
        handles.append(Patch(color=theme.BOTH, alpha=0.45))
        names.append("at work")
    if any(panel.without is not None for panel in panels):
        handles.append(Line2D([], [], color=theme.BASELINE, linestyle="--"))
        names.append("rostered, without")
    axes.legend(handles, names, frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=5)


def weeks(found: Sequence[TeamWeek]) -> Figure:
    """Draw a desk's week as it is staffed."""
    panels = [
        Panel(one.team, one.required, one.rostered, one.on_duty, at_work=one.at_work) for one in found
    ]
    figure, left_out = draw(panels, "rostered")
    more = f" {left_out} further teams have no room." if left_out else ""
    return theme.finish(figure, weeks_title(found), f"{NOTE} At work is simulated, a mean of all weeks.{more}")


def weeks_title(found: Sequence[TeamWeek]) -> str:
    """State which teams have fewer on duty than required, with their worst hour, and which have far more."""
    short_of, ample = [], []
    for one in found:
        duty, required = _means_on_duty(one)
        if duty >= FAR_MORE * required and duty - required >= 1:
            why = f"{duty:.1f} where {required:.1f} are required, on average"
            ample.append((duty - required, f"{short(one.team)} ({why})"))
        gap = one.required - one.on_duty
        hour, hours = int(np.argmax(gap)), int((gap > 0.5).sum())
        if hours:
            unit = "hour" if hours == 1 else "hours"
            worst = f"{gap[hour]:.1f} short on {hour_name(hour)}"
            short_of.append((hours, f"{short(one.team)} ({hours} {unit} a week, {worst})"))
    told = [
        f"{what}: {_most(rows)}"
        for what, rows in (("fewer on duty than required", short_of), ("far more than required", ample)) if rows
    ]  # fmt: skip
    if not short_of:
        told.insert(0, "in every hour of the week as many are on duty as required")
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}"


def _means_on_duty(one: TeamWeek) -> tuple[float, float]:
    """Average the agents on duty, and those required, over the hours in which the team has somebody rostered."""
    hours = one.rostered > 0
    return (float(one.on_duty[hours].mean()), float(one.required[hours].mean())) if hours.any() else (0.0, 0.0)


def _most(rows: Sequence[tuple[float, str]]) -> str:
    """Name the first few, by size, and count the rest."""
    told = [text for _, text in sorted(rows, key=lambda row: -row[0])]
    more = [f"{len(told) - MOST_TOLD} more teams"] if len(told) > MOST_TOLD + 1 else []
    return listed([*told[:MOST_TOLD], *more] if more else told)


def describe_weeks(found: Sequence[TeamWeek]) -> str:
    """Tell the chart in words."""
    peaks = ", ".join(
        f"{short(one.team)} {one.rostered.max():.0f} rostered, {one.required.max():.0f} required" for one in found
    )
    return f"Step charts by team over the hours of the week. {weeks_title(found)}. Most at once: {peaks}."
