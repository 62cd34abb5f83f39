"""Charts of staffing: agents required and rostered by hour, what rosters cost, and what one agent fewer would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.metrics.registry import BY_NAME
from simulator.report import team_week_charts, theme
from simulator.report.drawing import number_axis
from simulator.report.staffing_words import cost_words, size, wanted
from simulator.report.words import short
from simulator.studies.staffing import posts as rosters
from simulator.studies.staffing.rule import Verdict
from simulator.studies.staffing.study import Arm, Staffing
from simulator.studies.staffing.tables import decisive, team_hours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POSTS = 24


def hours(found: Staffing) -> Figure:
    """Draw agents required, rostered and on duty by hour of the week, one panel for each team."""
    panels = []
    for team in found.with_ai.scenario.teams:
        here, without = team_hours(found.with_ai, team), None
        if found.without is not None and team in found.without.scenario.teams:
            without = team_hours(found.without, team)["rostered"]
        panels.append(
            team_week_charts.Panel(team, here["required"], here["rostered"], here["on_duty"], without=without)
        )
    name = "rostered" if found.scenario.ai is None else "rostered, with the AI"
    figure, left_out = team_week_charts.draw(panels, name)
    more = f" {left_out} further teams are in hours.csv." if left_out else ""
    return theme.finish(figure, hours_title(found), f"{team_week_charts.NOTE}{more}")


def hours_title(found: Staffing) -> str:
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
    return theme.finish(figure, costs_title(found), note)


def _today_label(arm: Arm) -> str:
    return "today" if arm.today.meets else "today (misses)" if not arm.today.meets_on_average else "today (not shown)"


def costs_title(found: Staffing) -> str:
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
    return theme.finish(figure, certificate_title(found), note)


def certificate_title(found: Staffing) -> str:
    """State whether an agent can be spared anywhere."""
    spare = sum(verdict is not None and verdict.meets for arm in found.arms for verdict in arm.found.fewer)
    sure = f"{100 * found.with_ai.rule.confidence:g} % confidence"
    if spare:
        return f"{spare} shifts could spare one agent"
    return f"No shift can spare one agent and still meet the targets with {sure}"


def _rows(arm: Arm) -> list[tuple[str, Verdict, bool]]:
    """List the rows of a panel: the roster itself, then one agent fewer at each post, the nearest to meeting first."""
    main = _main(arm)
    posts = [
        (f"{post.name} ({count} to {count - 1})", verdict)
        for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True)
        if verdict is not None and decisive(arm.rule, verdict) == main and np.isfinite(verdict.low[main])
    ]
    posts.sort(key=lambda row: -float(row[1].low[main]))
    return [("as recommended", arm.found.verdict, True), *((name, one, False) for name, one in posts[:MOST_POSTS])]


def _main(arm: Arm) -> int:
    """Give the criterion that most rosters with one agent fewer miss."""
    deciding = [decisive(arm.rule, verdict) for verdict in arm.found.fewer if verdict is not None]
    return max(sorted(set(deciding)), key=deciding.count) if deciding else decisive(arm.rule, arm.found.verdict)


def _certificate_panel(axes: Axes, arm: Arm, found: Staffing) -> None:
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


def describe_hours(found: Staffing) -> str:
    """Tell the chart in words."""
    peaks = ", ".join(
        f"{short(team)} {math.ceil(float(team_hours(found.with_ai, team)['rostered'].max()))}"
        for team in list(found.with_ai.scenario.teams)[: team_week_charts.MOST_TEAMS]
    )
    return f"Step charts by team over the hours of the week. {hours_title(found)}. Most rostered at once: {peaks}."


def describe_costs(found: Staffing) -> str:
    """Tell the chart in words."""
    arm = found.without or found.with_ai
    now = rosters.hours(arm.posts, rosters.today(arm.posts)) / float(arm.scenario.weeks)
    needed = "; ".join(f"{one.name} {cost_words(found, one.cost_per_month)}" for one in found.arms)
    today = f"{cost_words(found, found.today_per_month)} ({now:,.0f} h a week)"
    return f"Bar chart. {costs_title(found)}. Today {today}; {needed}."


def describe_certificate(found: Staffing) -> str:
    """Tell the chart in words."""
    tried = sum(verdict is not None for arm in found.arms for verdict in arm.found.fewer)
    return f"Dot chart. {certificate_title(found)}: {tried} rosters with one agent fewer were simulated."
