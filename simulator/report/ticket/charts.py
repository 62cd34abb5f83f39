"""The chart of a ticket's life: where it was from moment to moment, above the same customer without AI.

Work takes minutes and waits may take days. So time runs to the right, but each stretch between two events is drawn by
the logarithm of its length: nothing is too short to be seen, and both desks share one axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.text import short
from simulator.engines.run_log import Outcome
from simulator.metrics.ticket_life import Decision, Stretch, TicketLife
from simulator.report.charts import theme
from simulator.report.ticket import sentences
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = {
    "ai": theme.AI, "line": theme.BASELINE, "people": theme.PEOPLE, "customer": theme.SKY, "between": theme.PLUM,
}  # fmt: skip
_LANE_ORDER = ("ai", "line", "people", "between", "customer")
_LEAST = 0.5
"""Width of the shortest stretch, in the axis's own units: log(1 + minutes)."""
_LANE, _HEAD = 0.27, 0.42
"""Height of a lane, and of what stands around a panel's lanes, in inches."""
_MOST_LANES = 16
_TICK_WIDTH = 0.155
"""Width of a tick's label, as a share of the axis."""
_TEXT_WIDTH = 0.11
"""Width of a duration beside a bar, likewise."""
_GROUND: Any = {"facecolor": theme.SURFACE, "edgecolor": "none", "pad": 0.6}
"""Behind durations, so that no line runs through them."""


class Squeezed:
    """An axis on which stretches between events are as wide as the logarithm of their length."""

    def __init__(self, events: Sequence[float]) -> None:
        self.events = np.unique([event for event in events if math.isfinite(event)])
        widths = _LEAST + np.log1p(np.diff(self.events))
        self._places = np.concatenate([[0.0], np.cumsum(widths)])

    @property
    def end(self) -> float:
        """Where the last event lies."""
        return float(self._places[-1])

    def at(self, minute: float) -> float:
        """Return the place of a moment."""
        return float(np.interp(minute, self.events, self._places))

    def ticks(self) -> list[float]:
        """Choose events whose labels do not touch, the first and the last among them."""
        chosen = [float(self.events[0])]
        last, gap = float(self.events[-1]), _TICK_WIDTH * max(self.end, _LEAST)
        for event in self.events[1:-1].tolist():
            if self.at(event) - self.at(chosen[-1]) >= gap and self.end - self.at(event) >= gap:
                chosen.append(event)
        return [*chosen, last] if last > chosen[0] else chosen


def draw(scenario: Scenario, life: TicketLife, alone: TicketLife | None, decision: Decision | None) -> Figure:
    """Draw a ticket's time line, and below it the same customer's on the desk without AI, where there is one."""
    with theme.themed():
        panels = [("With the AI" if alone is not None else "This desk", life)]
        panels += [("Without AI, the same customer", alone)] if alone is not None else []
        lanes = [_lanes(each) for _, each in panels]
        rows = [len(names) + len(each.targets) for names, (_, each) in zip(lanes, panels, strict=True)]
        figure = theme.new_figure(_LANE * sum(rows) + _HEAD * len(panels) + 0.5)
        heights = [row + 0.6 for row in rows]
        grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
        squeezed = Squeezed([event for _, each in panels for event in _events(each)])
        for axes, names, (title, each) in zip(grid.ravel(), lanes, panels, strict=True):
            _panel(axes, squeezed, names, each)
            theme.panel_title(axes, f"{title}: {sentences.ending(each)}")
        _time_axis(grid.ravel()[-1], squeezed, scenario)
        clock = "; targets count business hours" if scenario.sla.clock == "business" else ""
        note = (
            "Each stretch between two events is as wide as the logarithm of its length, so that minutes show beside"
            " days; how long it took stands beside it. Grey lines: from arrival to when a target runs out; diamonds:"
            f" when that happened (orange: too late). Local time, {scenario.timezone}{clock}."
        )
        return theme.finish(figure, sentences.finding(life, alone, decision), note)


def _lanes(life: TicketLife) -> list[str]:
    """Name the lanes from the top, in the order of LANE_ORDER and of time."""
    ordered = sorted(life.stretches, key=lambda stretch: _LANE_ORDER.index(stretch.where))
    return list(dict.fromkeys(sentences.lane(stretch) for stretch in ordered))[:_MOST_LANES]


def _events(life: TicketLife) -> list[float]:
    ends = [minute for stretch in life.stretches for minute in (stretch.began, stretch.ended)]
    targets = [minute for target in life.targets for minute in (target.due, target.reached)]
    return [life.arrival, life.closed, *ends, *targets]


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Draw what follows upon itself in one lane as one bar."""
    bars: list[Stretch] = []
    for stretch in stretches:
        before = bars[-1] if bars else None
        if before and (before.where, before.name, before.ended) == (stretch.where, stretch.name, stretch.began):
            bars[-1] = replace(before, ended=stretch.ended, is_over=stretch.is_over, gave_up=stretch.gave_up)
        else:
            bars.append(stretch)
    return bars


def _panel(axes: Axes, squeezed: Squeezed, lanes: Sequence[str], life: TicketLife) -> None:
    rows = [*lanes, *(f"{target.name} target" for target in life.targets)]
    bars = [bar for bar in _joined(life.stretches) if sentences.lane(bar) in lanes]
    for number, bar in enumerate(bars):
        lane = sentences.lane(bar)
        after = next((other.began for other in bars[number + 1 :] if sentences.lane(other) == lane), None)
        room = squeezed.end if after is None else squeezed.at(after) - squeezed.at(bar.ended)
        _bar(axes, squeezed, lanes.index(lane), bar, is_crowded=room < _TEXT_WIDTH * squeezed.end)
    for place, target in enumerate(life.targets, start=len(lanes)):
        begin, due = squeezed.at(life.arrival), squeezed.at(target.due) if math.isfinite(target.due) else squeezed.end
        axes.plot([begin, due], [place, place], color=theme.BASELINE, linewidth=1.2)
        if math.isfinite(target.due):
            axes.plot([due], [place], "|", color=theme.INK, markersize=9, markeredgewidth=1.6)
        colour = theme.BOTH if target.is_met else theme.BAD
        reached = squeezed.at(target.reached) if math.isfinite(target.reached) else None
        if reached is not None:
            axes.plot([reached], [place], "D", color=colour, markersize=5, zorder=4)
        words = f"{'met' if target.is_met else 'missed'}, target {sentences.target_size(target, target.minutes)}"
        side = max(due, reached or 0.0)
        axes.annotate(words, (side, place), xytext=(7, 0), textcoords="offset points", va="center", fontsize=7.5,
                      bbox=_GROUND)  # fmt: skip
    if math.isfinite(life.closed):
        ended = life.outcome is Outcome.RESOLVED
        axes.axvline(squeezed.at(life.closed), color=theme.BOTH if ended else theme.BAD, linewidth=1, zorder=0)
    axes.set_yticks(range(len(rows)), [short(row, 30) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _bar(axes: Axes, squeezed: Squeezed, place: int, bar: Stretch, *, is_crowded: bool) -> None:
    begin, end = squeezed.at(bar.began), squeezed.at(bar.ended)
    light = bar.where in ("customer", "between")
    axes.barh(place, end - begin, left=begin, height=0.34 if light else 0.62, color=_COLOURS[bar.where])
    text = sentences.duration(bar.minutes) + ("" if bar.is_over else ", not over")
    if bar.gave_up:
        text += ", left"
    # Beside the bar; above it where the next one in the lane begins too soon.
    at, shift = ((begin, place - 0.3), (0, 4)) if is_crowded else ((end, place), (4, 0))
    axes.annotate(text, at, xytext=shift, textcoords="offset points", va="center", fontsize=7.5, bbox=_GROUND)


def _time_axis(axes: Axes, squeezed: Squeezed, scenario: Scenario) -> None:
    """Label events with the desk's local time."""
    ticks = squeezed.ticks()
    labels = sentences.moments(scenario, ticks, "%H:%M\n%a {day} %b")
    axes.set_xticks([squeezed.at(tick) for tick in ticks], labels, fontsize=7.5)
    axes.set_xlim(-0.01 * squeezed.end, 1.34 * max(squeezed.end, _LEAST))
    axes.spines["bottom"].set_bounds(0, squeezed.end)
