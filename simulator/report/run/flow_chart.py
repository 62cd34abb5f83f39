"""The ticket flow as a Sankey diagram: where tickets go, drawn with our own bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.base.stats import Estimate, estimate
from simulator.base.units import format_value
from simulator.metrics.flow import (
    ABANDONED,
    AI_TALKS,
    ARRIVED,
    LOST,
    OPEN,
    PEOPLE,
    SOLVED_BY_AI,
    SOLVED_BY_PEOPLE,
    Flow,
)
from simulator.report.charts import theme
from simulator.report.charts.drawing import spread
from simulator.report.format import spelled
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HANDED, _BACK = "Handed over", "Came back"
_COLUMNS = ((ARRIVED,), (AI_TALKS,), (_HANDED, _BACK), (PEOPLE,))
_ENDS = (SOLVED_BY_AI, LOST, SOLVED_BY_PEOPLE, ABANDONED, OPEN)
_COLOUR = {
    ARRIVED: theme.BASELINE, AI_TALKS: theme.AI, _HANDED: theme.SKY, _BACK: theme.PLUM, PEOPLE: theme.PEOPLE,
    SOLVED_BY_AI: theme.AI, LOST: theme.BAD, SOLVED_BY_PEOPLE: theme.PEOPLE, ABANDONED: theme.BAD, OPEN: theme.BASELINE,
}  # fmt: skip
_NODE_WIDTH = 0.012
_THINNEST = 0.006
"""Height of the thinnest box and band as a share of arrivals, so that small flows stay visible."""
_GAP = 0.05
_LABEL_GAP = 0.095
"""Least distance of two labels as a share of the diagram's height."""
_RIGHT = 1.27
"""Right edge, with room for the labels of how tickets end (the boxes end at 1)."""


@dataclass
class _Node:
    """A stage: its box (y runs downwards, 1 is all arrivals), and how far bands have taken its sides."""

    name: str
    x: float
    top: float
    size: float
    share: float
    """Of arrivals, exact, where `size` has a least height."""
    taken_in: float = 0.0
    taken_out: float = 0.0


def ticket_flow(study: Replications) -> Figure | None:
    """Draw the mean flow of a week; None for a run without tickets."""
    flow = study.flow()
    if not flow:
        return None
    figure = theme.new_figure(3.6)
    axes = figure.subplots()
    axes.axis("off")
    nodes = _place(flow)
    for (start, end), count in _in_order(flow):
        _draw_band(axes, nodes[start], nodes[end], max(count / _arrived(flow), _THINNEST))
    for node in nodes.values():
        sides = node.x, node.x + _NODE_WIDTH
        axes.fill_betweenx([node.top, node.top + node.size], *sides, color=_COLOUR[node.name], linewidth=0)
    bottom = max(node.top + node.size for node in nodes.values())
    _label(axes, nodes, bottom, _arrived(flow) / float(study.scenario.weeks))
    axes.set_xlim(-0.005, _RIGHT)
    axes.set_ylim(bottom + 0.02, -0.02)
    several = f"Means of {len(study)} replications; the title has the 95 % interval."
    note = "Tickets a week and their share of arrivals. Heights are to scale; the thinnest bands are drawn thicker."
    return theme.finish(figure, _flow_title(study), f"{note} {'One replication.' if len(study) == 1 else several}")


def _flow_title(study: Replications) -> str:
    """State how tickets end."""
    if study.scenario.ai is None:
        solved = _share(study, (PEOPLE, SOLVED_BY_PEOPLE))
        abandoned = _text(_share(study, (PEOPLE, ABANDONED)))
        return f"People resolve {spelled('share', solved)} of tickets; {abandoned} are abandoned"
    back = _text(_share(study, (AI_TALKS, _HANDED), (AI_TALKS, _BACK)))
    lost = _text(_share(study, (AI_TALKS, LOST)))
    start = f"The AI resolves {spelled('share', solved_by_ai(study))} of tickets by itself"
    return f"{start}; {back} reach people after its reply and {lost} are lost silently"


def solved_by_ai(study: Replications) -> Estimate:
    """Estimate the share of tickets that the AI resolved and that stayed resolved without a person."""
    return _share(study, (AI_TALKS, SOLVED_BY_AI))


def flow_details(study: Replications) -> str:
    """Return what the diagram shows beside its title."""
    flow, weeks = study.flow(), float(study.scenario.weeks)
    links = "; ".join(f"{a} to {b} {count / weeks:,.0f}" for (a, b), count in flow.items())
    return f"Sankey diagram of tickets a week. {links}."


def _share(study: Replications, *links: tuple[str, str]) -> Estimate:
    """Estimate the share of arrivals that takes any of some links."""
    flows = [result.arm.flow for result in study.results]
    return estimate([sum(flow.get(link, 0.0) for link in links) / max(_arrived(flow), 1.0) for flow in flows])


def _text(found: Estimate) -> str:
    return format_value("share", found.mean)


def _arrived(flow: Flow) -> float:
    return sum(count for (start, _), count in flow.items() if start == ARRIVED)


def _in_order(flow: Flow) -> list[tuple[tuple[str, str], float]]:
    """Order links so that bands leave and reach nodes from the top in the order of what they join."""
    order = (ARRIVED, AI_TALKS, SOLVED_BY_AI, LOST, _HANDED, _BACK, PEOPLE, SOLVED_BY_PEOPLE, ABANDONED, OPEN)
    # People's box is reached from Arrived at the very bottom: that band comes from below the AI's.
    late = {(ARRIVED, PEOPLE)}
    return sorted(flow.items(), key=lambda item: (item[0] in late, order.index(item[0][0]), order.index(item[0][1])))


def _place(flow: Flow) -> dict[str, _Node]:
    """Return the column and height of every stage: ways of ending at the right, the people's side below the AI's."""
    total = _arrived(flow)
    into = {ARRIVED: total}
    for (_, end), count in flow.items():
        into[end] = into.get(end, 0.0) + count
    shares = {name: count / total for name, count in into.items()}
    by_ai = _stack([name for name in _ENDS[:2] if name in into], shares, 1.0, 0.0)
    people_top = by_ai[-1].top + by_ai[-1].size + 2 * _GAP if by_ai else 0.0
    by_people = _stack([name for name in _ENDS[2:] if name in into], shares, 1.0, people_top)
    columns = [[name for name in column if name in into] for column in _COLUMNS]
    columns = [column for column in columns if column]
    nodes = []
    for place, column in enumerate(columns):
        # What the AI passes on lies a gap above the people's box, clear of the band that goes there directly.
        top = people_top if column[0] == PEOPLE else people_top - _GAP if column[0] in (_HANDED, _BACK) else 0.0
        nodes += _stack(column, shares, place / len(columns), top)
    return {node.name: node for node in (*nodes, *by_ai, *by_people)}


def _stack(names: list[str], shares: dict[str, float], x: float, top: float) -> list[_Node]:
    """Put boxes below each other."""
    stacked = []
    for name in names:
        size = max(shares[name], _THINNEST)
        stacked.append(_Node(name, x, top, size, shares[name]))
        top += size + _GAP
    return stacked


def _draw_band(axes: Axes, start: _Node, end: _Node, height: float) -> None:
    """Draw a band from the next free stretch of one box to that of another, along cubic curves."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    left, right = start.x + _NODE_WIDTH, end.x
    here, there = start.top + start.taken_out, end.top + end.taken_in
    start.taken_out += height
    end.taken_in += height
    one = left + (0.25 if (start.name, end.name) == (ARRIVED, PEOPLE) else 0.5) * (right - left)
    corners = [
        (left, here), (one, here), (one, there), (right, there),
        (right, there + height), (one, there + height), (one, here + height), (left, here + height), (left, here),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    colour = _COLOUR[end.name if start.name == ARRIVED or end.name in (LOST, ABANDONED, OPEN) else start.name]
    if end.name in (_HANDED, _BACK):
        colour = _COLOUR[end.name]
    axes.add_patch(PathPatch(Path(corners, codes), facecolor=colour, alpha=0.38, linewidth=0))


def _label(axes: Axes, nodes: dict[str, _Node], bottom: float, weekly: float) -> None:
    """Name every box with tickets a week and share, labels of a column kept apart."""
    for x in sorted({node.x for node in nodes.values()}):
        column = [node for node in nodes.values() if node.x == x]
        middles = [node.top + node.size / 2 for node in column]
        places = spread(middles, _LABEL_GAP * bottom, 0.04 * bottom, 0.96 * bottom)
        for node, middle, place in zip(column, middles, places, strict=True):
            is_end = node.x == 1.0
            if is_end and abs(place - middle) > 0.01:
                leader = [x + _NODE_WIDTH, x + 0.025, x + 0.035]
                axes.plot(leader, [middle, place, place], color=theme.MUTED, linewidth=0.6)
            figures = f"{format_value('count', node.share * weekly)} · {format_value('share', node.share)}"
            left = x + (0.04 if is_end else 0.02)
            axes.text(left, place, f"{node.name}\n{figures}", va="center", fontsize=8, linespacing=1.25)
