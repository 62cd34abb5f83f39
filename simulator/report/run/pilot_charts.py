"""One figure over the weeks: mean, band, gates, as `run` and `pilot` draw it.

Charts of the pilot: week by week against its gates, and the hardest tenth of tickets against the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.text import short
from simulator.base.units import Unit, format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.format import minutes_scale
from simulator.report.words import compares, runs_of
from simulator.studies.pilot.gates import gates_of as gates_of_scenario
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Panel:
    """What one panel shows; arrays of shape (n_weeks,), in the unit."""

    title: str
    unit: Unit
    mean: Floats
    low: Floats
    high: Floats
    gates: Sequence[str] = ()
    """Gates as words: `≥ 90%`."""
    bounds: Sequence[float] = ()
    reference: float | None = None
    """Drawn as a dashed line: the figure without AI."""


def draw_weeks(axes: Axes, panel: Panel, colour: str, currency: str = "USD") -> float:
    """Draw a panel; return the divisor of its axis (minutes per unit), for what else is drawn on it."""
    scale, unit = scale_of(panel.unit, list(panel.mean))
    x = np.arange(1, len(panel.mean) + 1)
    axes.plot(x, panel.mean / scale, "o-", color=colour, markersize=4)
    axes.fill_between(x, panel.low / scale, panel.high / scale, color=colour, alpha=0.22, linewidth=0)
    if panel.reference is not None:
        axes.axhline(panel.reference / scale, color=theme.BASELINE, linestyle="--", linewidth=1.2)
    for bound in panel.bounds:
        axes.axhline(bound / scale, color=theme.BAD, linewidth=1.2, linestyle=":")
    if panel.gates:
        text = f"gate{'s' if len(panel.gates) > 1 else ''} {', '.join(panel.gates)}"
        axes.set_title(text, loc="right", fontsize=7.5, fontweight="normal", color=theme.MUTED, pad=6)
    known = np.flatnonzero(np.isfinite(panel.mean))
    if len(known):
        last = known[-1]
        box = {"facecolor": theme.SURFACE, "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
        text, place = format_value(panel.unit, panel.mean[last], currency), (x[last], panel.mean[last] / scale)
        shift: Any = {"xytext": (7, 0), "textcoords": "offset points"}
        axes.annotate(text, place, va="center", fontsize=8, bbox=box, **shift)
    axes.set_xlim(0.7, 1.2 * len(x) + 0.3)
    step = math.ceil(len(x) / 8)
    axes.set_xticks(x[::step], [f"wk {week}" if week == 1 else str(week) for week in x[::step]])
    axes.margins(y=0.15)
    if panel.unit == "share":
        low = -0.02 if np.nanmin(panel.low, initial=np.inf) >= 0 else -np.inf
        axes.set_ylim(max(axes.get_ylim()[0], low), min(axes.get_ylim()[1], 1.02))
    number_axis(axes, "y", panel.unit)
    axes.grid(axis="y")
    theme.panel_title(axes, panel.title + unit)
    return scale


def scale_of(kind: Unit, values: Sequence[float]) -> tuple[float, str]:
    """Choose the unit of an axis: divisor, and what the title says about it."""
    if kind != "minutes":
        return 1.0, ", 1 to 5" if kind == "score" else ""
    scale, unit = minutes_scale(max((value for value in values if math.isfinite(value)), default=1.0))
    return scale, f", {unit}"


# -- charts of the pilot ----------------------------------------------------------------------------------------------


_WEEKLY = ("automated_resolution", "answer_accuracy", "escalation", "aht", "csat_mean", "sla_breach")
_CHARTED_GATES = ("automated_resolution", "answer_accuracy", "escalation")
_HARD = ("automated_resolution", "answer_accuracy", "aht", "csat_mean")
_EASIER, _HARDEST = "easier nine tenths", "hardest tenth"


def weeks(study: Replications) -> Figure | None:
    """Draw KPIs week by week with the pilot's gates; None for a single week."""
    names = _available(study, _WEEKLY, "week")
    if int(study.scenario.weeks) < 2 or not names:
        return None
    columns = 2 if len(names) > 1 else 1
    rows = math.ceil(len(names) / columns)
    figure = theme.new_figure(1.5 * rows + 0.25)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _weekly(axes, study, name)
    for axes in grid[len(names) :]:
        axes.axis("off")
    note = f"{runs_of(study)} {_phases(study)}"
    if gates_of(study):
        note += " Dotted lines: the pilot's gates (accuracy: scale from the upper, overhaul below the lower one)."
    if any(compares(study, name) for name in names):
        note += " Grey dashes: mean of all weeks without AI."
    return theme.finish(figure, weeks_title(study), note)


def weeks_title(study: Replications) -> str:
    """State where the trajectory begins and ends, and which gates the last week meets."""
    names = _available(study, _WEEKLY, "week")
    first, last = "week 1", f"week {int(study.scenario.weeks)}"
    lead = names[0]
    found = study.group_values("week", lead)
    begin, end = found[first], found[last]
    write = BY_NAME[lead].format
    title = f"{BY_NAME[lead].title} goes from {write(begin.mean)} in {first} to {study.spelled(lead, end)} in {last}"
    if "answer_accuracy" in names:
        accuracy = study.group_values("week", "answer_accuracy")[last]
        if accuracy.replications:
            title += f"; answers are right {study.spelled('answer_accuracy', accuracy)} of the time"
    return title + _gates_at_the_end(study, last)


def weeks_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    texts = []
    for name in _available(study, _WEEKLY, "week"):
        values = study.group_values("week", name)
        write = BY_NAME[name].format
        by_week = ", ".join(f"{week} {write(found.mean)}" for week, found in values.items())
        texts.append(f"{BY_NAME[name].title}: {by_week}")
    return f"Small line charts by week. {'; '.join(texts)}."


def hardest(study: Replications) -> Figure | None:
    """Draw KPIs of the hardest tenth of tickets against the others."""
    names = _available(study, _HARD, "difficulty")
    if not names:
        return None
    figure = theme.new_figure(0.93 * len(names) + 0.1)
    grid = figure.subplots(len(names), 1, squeeze=False).ravel()
    colours = {_EASIER: theme.BASELINE, _HARDEST: theme.BAD}
    for axes, name in zip(grid, names, strict=True):
        groups = study.group_values("difficulty", name)
        scale, unit = scale_of(BY_NAME[name].unit, [found.mean for found in groups.values()])
        rows = [Dot(label, found, colours[label], study.spelled(name, found)) for label, found in groups.items()]
        kind = BY_NAME[name].unit
        dots(axes, rows, kind, scale=scale, start=None if kind == "score" else 0.0)
        theme.panel_title(axes, BY_NAME[name].title + unit)
    note = f"The hardest tenth are the tickets of greatest latent difficulty. {runs_of(study)}"
    return theme.finish(figure, _hardest_title(study), note)


def _hardest_title(study: Replications) -> str:
    """State what the hardest tickets do to resolution, accuracy and handle time."""
    told = {
        "automated_resolution": "automated resolution is {0} (the rest: {1})",
        "answer_accuracy": "AI answers are right {0} of the time ({1})",
        "aht": "handle time is {0} ({1})",
    }
    phrases = []
    for name in _available(study, _HARD, "difficulty"):
        groups = study.group_values("difficulty", name)
        if name in told and groups[_HARDEST].replications:
            write = BY_NAME[name].format
            phrases.append(told[name].format(write(groups[_HARDEST].mean), write(groups[_EASIER].mean)))
    return f"On the hardest tenth of tickets {', '.join(phrases)}"


def hardest_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    texts = []
    for name in _available(study, _HARD, "difficulty"):
        groups = study.group_values("difficulty", name)
        by_group = ", ".join(f"{label} {study.spelled(name, found)}" for label, found in groups.items())
        texts.append(f"{BY_NAME[name].title}: {by_group}")
    return f"Dot charts with intervals. {'; '.join(texts)}."


def gates_of(study: Replications) -> dict[str, list[float]]:
    """Return the gates of a scenario with a pilot by KPI, the most demanding first; empty where there is no pilot."""
    if study.scenario.ai is None or "pilot" not in study.scenario.model_fields_set:
        return {}
    found: dict[str, list[float]] = {}
    for gate in gates_of_scenario(study.scenario):
        if gate.figure in _CHARTED_GATES:
            found.setdefault(gate.figure, []).append(gate.bound)
    return found


def _available(study: Replications, names: tuple[str, ...], grouping: str) -> list[str]:
    """Keep the KPIs that have a value in some group."""
    kept = (name for name in names if name in study.kpi_names)
    return [name for name in kept if any(found.replications for found in study.group_values(grouping, name).values())]


def _weekly(axes: Axes, study: Replications, name: str) -> None:
    """Draw one KPI over the weeks."""
    kpi, found = BY_NAME[name], list(study.group_values("week", name).values())
    mean, low, high = (np.array([getattr(each, part) for each in found]) for part in ("mean", "low", "high"))
    there = study.estimate(name, baseline=True).mean if compares(study, name) else None
    bounds = gates_of(study).get(name, [])
    gates = [f"{'≤' if kpi.better == 'lower' else '≥'} {100 * bound:g}%" for bound in bounds]
    panel = Panel(kpi.title, kpi.unit, mean, low, high, gates, bounds, there)
    draw_weeks(axes, panel, theme.AI if study.has_baseline else theme.PEOPLE, study.currency)


def _gates_at_the_end(study: Replications, week: str) -> str:
    """Say which of the charted gates the last week meets, which it misses, and which the intervals leave open."""
    judged: dict[str, list[str]] = {"met": [], "missed": [], "open": []}
    for name, bounds in gates_of(study).items():
        found = study.group_values("week", name).get(week)
        if found is None or not found.replications:
            continue
        better_up = BY_NAME[name].better == "higher"
        inside = math.isfinite(found.low) and found.low < bounds[0] < found.high
        met = found.mean >= bounds[0] if better_up else found.mean <= bounds[0]
        side = "at least" if better_up else "at most"
        text = f"{BY_NAME[name].title.lower()} {side} {100 * bounds[0]:g}%"
        judged["open" if inside else "met" if met else "missed"].append(text)
    told = [f"{word}: {', '.join(texts)}" for word, texts in judged.items() if texts]
    return f". Of the gates drawn, {'; '.join(told)}" if told else ""


def _phases(study: Replications) -> str:
    phases = study.scenario.policy.phases
    if not phases or study.scenario.ai is None:
        return ""
    named = (f"{short(phase.name, 30)} from week {int(phase.from_week)}" for phase in phases)
    return f"Phases: {', '.join(named)}."
