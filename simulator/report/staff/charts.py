"""Charts of teams over the hours of the week: agents required, rostered, on duty and at work.

Charts of staffing: agents required and rostered by hour, what rosters cost, and what one agent fewer would do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.base.text import listed, short
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import hour_name, number_axis, week_axis
from simulator.report.staff.sentences import cost_words, size, wanted
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.recommendation import team_hours
from simulator.studies.staff.rule import RosterVerdict, decisive
from simulator.studies.staff.staffed_week import TeamWeek
from simulator.studies.staff.staffing import StaffedArm, Staffing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Build = Callable[[Staffing], "Figure | None"]


_MOST_TEAMS = 12
_NOTE = (
    "Rostered agents are paid; on duty has breaks, shrinkage and absence taken off. Required is what Erlang's"
    " queues ask for on duty in that hour by itself; work that can wait needs less at its peak, so simulation decides."
)
_MOST_TOLD = 3
_FAR_MORE = 1.5
"""Times as many on duty as required from which a title says so."""


@dataclass(frozen=True, eq=False)
class _Panel:
    """What is drawn of one team; arrays of shape (168,)."""

    team: str
    required: Floats
    rostered: Floats
    on_duty: Floats
    without: Floats | None = None
    """Rostered in the desk without the AI, where that is another roster."""
    at_work: Floats | None = None


def _draw(panels: Sequence[_Panel], rostered: str) -> tuple[Figure, int]:
    """Draw a panel for each team; `rostered` names its line. Also give how many teams there was no room for."""
    from matplotlib.ticker import MaxNLocator

    shown = panels[:_MOST_TEAMS]
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


def _team(axes: Axes, panel: _Panel) -> None:
    edges = np.arange(WEEK_HOURS + 1)
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


def _key(axes: Axes, panels: Sequence[_Panel], rostered: str) -> None:
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
        _Panel(one.team, one.required, one.rostered, one.on_duty, at_work=one.at_work) for one in found
    ]
    figure, left_out = _draw(panels, "rostered")
    more = f" {left_out} further teams have no room." if left_out else ""
    return theme.finish(figure, weeks_title(found), f"{_NOTE} At work is simulated, a mean of all weeks.{more}")


def weeks_title(found: Sequence[TeamWeek]) -> str:
    """State which teams have fewer on duty than required, with their worst hour, and which have far more."""
    short_of, ample = [], []
    for one in found:
        duty, required = _means_on_duty(one)
        if duty >= _FAR_MORE * required and duty - required >= 1:
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
    more = [f"{len(told) - _MOST_TOLD} more teams"] if len(told) > _MOST_TOLD + 1 else []
    return listed([*told[:_MOST_TOLD], *more] if more else told)


def week_details(found: Sequence[TeamWeek]) -> str:
    """Return what the chart of a week shows beside its title."""
    peaks = ", ".join(
        f"{short(one.team)} {one.rostered.max():.0f} rostered, {one.required.max():.0f} required" for one in found
    )
    return f"Step charts by team over the hours of the week. Most at once: {peaks}."


# -- charts of staffing -----------------------------------------------------------------------------------------------


_MOST_POSTS = 24


def hours(found: Staffing) -> Figure:
    """Draw agents required, rostered and on duty by hour of the week, one panel for each team."""
    panels = []
    for team in found.with_ai.scenario.teams:
        here, without = team_hours(found.with_ai, team), None
        if found.without is not None and team in found.without.scenario.teams:
            without = team_hours(found.without, team)["rostered"]
        panels.append(
            _Panel(team, here["required"], here["rostered"], here["on_duty"], without=without)
        )
    name = "rostered" if found.scenario.ai is None else "rostered, with the AI"
    figure, left_out = _draw(panels, name)
    more = f" {left_out} further teams are in hours.csv." if left_out else ""
    return theme.finish(figure, _hours_title(found), f"{_NOTE}{more}")


def _hours_title(found: Staffing) -> str:
    """State both rosters' sizes."""
    if found.without is None:
        return f"{size(found.with_ai)} are needed for {wanted(found)}"
    return f"{size(found.with_ai)} are needed with the AI, {size(found.without)} without"


def costs(found: Staffing) -> Figure:
    """Draw what today's roster and the least-cost ones cost by month."""
    rows: list[tuple[str, float, str]] = []
    reference = found.without or found.with_ai
    rows.append((_today_label(reference), found.today_per_month, theme.MUTED))
    if found.without is not None:
        rows.append(("needed without AI", found.without.cost_per_month, theme.BASELINE))
        rows.append(("needed with the AI", found.with_ai.cost_per_month, theme.AI))
    else:
        label = "needed" if found.scenario.ai is None else "needed with the AI"
        rows.append((label, found.with_ai.cost_per_month, theme.AI))
    figure = theme.new_figure(0.42 * len(rows) + 0.5)
    axes = figure.subplots()
    for place, (_, amount, colour) in enumerate(rows):
        axes.barh([place], [amount], color=colour, height=0.6)
        text = cost_words(found, amount)
        axes.annotate(text, (amount, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 1.35 * max(amount for _, amount, _ in rows) or 1)
    number_axis(axes, "x", "money" if found.has_costs else "hours", found.currency)
    axes.set_xlabel(f"{found.currency} a month" if found.has_costs else "agent hours a month")
    note = "Rostered hours at their cost, by month of 52/12 weeks. What the AI itself costs is not in it."
    return theme.finish(figure, _costs_title(found), note)


def _today_label(arm: StaffedArm) -> str:
    return "today" if arm.today.meets else "today (misses)" if not arm.today.meets_on_average else "today (not shown)"


def _costs_title(found: Staffing) -> str:
    """State the cash saving."""
    saved = found.cash_per_month
    if saved is None:
        gap = found.today_per_month - found.with_ai.cost_per_month
        more = "less" if gap >= 0 else "more"
        return f"The least-cost roster costs {cost_words(found, abs(gap))} {more} than today's"
    kind = "in cash" if found.has_costs else "of rostered time"
    return f"The AI saves {cost_words(found, saved)} {kind}, once shifts change" if saved >= 0 else (
        f"With the AI the roster costs {cost_words(found, -saved)} more"
    )  # fmt: skip


def certificate(found: Staffing) -> Figure:
    """Draw what the deciding figure would be with one agent fewer at each post, against its bound."""
    arms = found.arms
    heights = [len(_rows(arm)) for arm in arms]
    figure = theme.new_figure(0.2 * sum(heights) + 0.55 * len(arms))
    grid = figure.subplots(len(arms), 1, squeeze=False, height_ratios=heights).ravel()
    for axes, arm in zip(grid, arms, strict=True):
        _certificate_panel(axes, arm, found)
    note = (
        "One agent fewer at one shift at a time, against the target (dashed). Dots are means, bars reach to the"
        " one-sided confidence bound: a roster meets the target where its bar ends before the line. Rosters that miss"
        " another target are in certificate.csv."
    )
    return theme.finish(figure, _certificate_title(found), note)


def _certificate_title(found: Staffing) -> str:
    """State whether an agent can be spared anywhere."""
    spare = sum(verdict is not None and verdict.meets for arm in found.arms for verdict in arm.found.fewer)
    sure = f"{100 * found.with_ai.rule.confidence:g} % confidence"
    if spare:
        return f"{spare} shifts could spare one agent"
    return f"No shift can spare one agent and still meet the targets with {sure}"


def _rows(arm: StaffedArm) -> list[tuple[str, RosterVerdict, bool]]:
    """List the rows of a panel: the roster itself, then one agent fewer at each post, the nearest to meeting first."""
    main = _main(arm)
    posts = [
        (f"{post.name} ({count} to {count - 1})", verdict)
        for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True)
        if verdict is not None and decisive(arm.rule, verdict) == main and np.isfinite(verdict.low[main])
    ]
    posts.sort(key=lambda row: -float(row[1].low[main]))
    return [("as recommended", arm.found.verdict, True), *((name, one, False) for name, one in posts[:_MOST_POSTS])]


def _main(arm: StaffedArm) -> int:
    """Return the criterion that most rosters with one agent fewer miss."""
    deciding = [decisive(arm.rule, verdict) for verdict in arm.found.fewer if verdict is not None]
    return max(sorted(set(deciding)), key=deciding.count) if deciding else decisive(arm.rule, arm.found.verdict)


def _certificate_panel(axes: Axes, arm: StaffedArm, found: Staffing) -> None:
    main = _main(arm)
    criterion = arm.rule.criteria[main]
    rows = _rows(arm)
    sign = -1.0 if criterion.target is not None and criterion.target.sign == ">=" else 1.0
    target = float((arm.found.verdict.values + sign * arm.found.verdict.room)[main])
    for place, (_, verdict, is_found) in enumerate(rows):
        value = float(verdict.values[main])
        reach = value + sign * float(verdict.room[main] - verdict.low[main])
        colour = theme.AI if is_found else theme.BOTH if verdict.meets else theme.BAD
        axes.axhline(place, color=theme.GRID, linewidth=0.7, zorder=0)
        axes.plot([value, reach], [place, place], color=colour, linewidth=4, alpha=0.4, solid_capstyle="butt")
        axes.plot([value], [place], "o", color=colour, markersize=5)
    axes.axvline(target, color=theme.INK, linewidth=1.1, linestyle="--")
    axes.set_yticks(range(len(rows)), [short(name, 44) for name, _, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    unit = "share" if criterion.target is None else BY_NAME[criterion.target.kpi].unit
    number_axis(axes, "x", unit, found.currency)
    what = "occupancy" if criterion.target is None else BY_NAME[criterion.target.kpi].title
    name = "" if found.scenario.ai is None else f"{arm.name[0].upper()}{arm.name[1:]}: "
    suffix = f", {unit}" if unit in ("minutes", "hours", "months") else ""
    theme.panel_title(axes, f"{name}{what}{suffix}")


def details(found: Staffing, key: str) -> str:
    """Return what a chart shows beside its title."""
    if key == "hours":
        peaks = ", ".join(
            f"{short(team)} {math.ceil(float(team_hours(found.with_ai, team)['rostered'].max()))}"
            for team in list(found.with_ai.scenario.teams)[:_MOST_TEAMS]
        )
        return f"Step charts by team over the hours of the week. Most rostered at once: {peaks}."
    if key == "certificate":
        tried = sum(verdict is not None for arm in found.arms for verdict in arm.found.fewer)
        return f"{tried} rosters with one agent fewer were simulated."
    arm = found.without or found.with_ai
    now = rosters.hours(arm.posts, rosters.today(arm.posts)) / float(arm.scenario.weeks)
    needed = "; ".join(f"{one.name} {cost_words(found, one.cost_per_month)}" for one in found.arms)
    return f"Today {cost_words(found, found.today_per_month)} ({now:,.0f} h a week); {needed}."
