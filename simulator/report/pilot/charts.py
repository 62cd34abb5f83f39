"""Charts of a projected pilot: its weeks against the gates, its verdict by sample size, its gates in production."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.text import short
from simulator.base.units import format_value
from simulator.report.charts import theme
from simulator.report.charts.drawing import number_axis, spread
from simulator.report.pilot import sentences
from simulator.report.run.pilot_charts import Panel, draw_weeks, scale_of
from simulator.studies.pilot.gates import Judged, Trajectory
from simulator.studies.pilot.projection import PilotProjection
from simulator.studies.pilot.verdict import STEP, VERDICTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 14
_VERDICT_COLOURS = {"scale": theme.BOTH, "adjust": theme.PEOPLE, "overhaul": theme.BAD}


Build = Callable[[PilotProjection], "Figure | None"]


# -- weeks --------------------------------------------------------------------------------------------------


def weeks(found: PilotProjection) -> Figure:
    """Draw the weekly figures that move, with their bands and gates."""
    courses = _moving(found)
    columns = 2 if len(courses) > 1 else 1
    rows = math.ceil(len(courses) / columns)
    figure = theme.new_figure(1.5 * rows + 0.25)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, course in zip(grid, courses, strict=False):
        _course(axes, found, course)
    for axes in grid[len(courses) :]:
        axes.axis("off")
    note = "Lines: means. Bands: where nine of ten pilots fall, sampling of the survey included. Dotted: gates."
    if found.sights:
        note += " Rings: observed figures."
    if courses[0].values.shape[1] > found.weeks:
        note += f" Grey line: the pilot ends after week {found.weeks}, production follows."
    note += f" {len(found.study)} simulated pilots. Phases: {_phases(found)}."
    return theme.finish(figure, _weeks_title(found), note)


def _moving(found: PilotProjection) -> list[Trajectory]:
    """Leave out figures that are the same in every week of every pilot; they are in weeks.csv."""
    moving = [course for course in found.courses if np.nanmin(course.values) < np.nanmax(course.values)]
    return (moving or list(found.courses))[:_MOST_PANELS]


def _course(axes: Axes, found: PilotProjection, course: Trajectory) -> None:
    weeks = range(1, course.values.shape[1] + 1)
    low, high = np.array([course.band(week) for week in weeks]).T
    gates = [judged.gate for judged in found.gates if judged.gate.figure == course.name]
    mean = np.array([course.estimate(week).mean for week in weeks])
    panel = Panel(
        course.title, course.unit, mean, low, high, [gate.words for gate in gates], [gate.bound for gate in gates]
    )
    scale = draw_weeks(axes, panel, theme.AI, found.study.currency)
    seen = [(sight.week, sight.observed) for sight in found.sights if sight.kpi == course.name and sight.week]
    if seen:
        at, values = zip(*seen, strict=True)
        axes.plot(at, np.array(values) / scale, "o", markersize=6, markeredgewidth=1.3, zorder=5,
                  markerfacecolor=theme.SURFACE, markeredgecolor=theme.INK)  # fmt: skip
    if len(weeks) > found.weeks:
        axes.axvline(found.weeks + 0.5, color=theme.BASELINE, linewidth=1)


def _weeks_title(found: PilotProjection) -> str:
    told = sentences.judged_words(found.gates)
    counts = [f"{len(gates)} likely {word}" for word, gates in told.items() if gates and word != "open"]
    if told["open"]:
        counts.append(f"{len(told['open'])} open")
    accuracy = found.safety.judge.accuracy
    return (
        f"In week {found.weeks}, {accuracy.mean:.1%} of the AI's answers are right;"
        f" of {sum(map(len, told.values()))} gates {', '.join(counts)}"
    )


def _phases(found: PilotProjection) -> str:
    return ", ".join(
        f"{short(phase.name, 30)} from week {int(phase.from_week)}" for phase in found.scenario.policy.phases
    )


# -- verdict ------------------------------------------------------------------------------------------------


def verdict(found: PilotProjection) -> Figure:
    """Draw the verdict's chances over the size of the sample."""
    safety = found.safety
    sizes = np.array(list(safety.by_size))
    # At other sizes gates fall between two whole numbers, and chances go up and down.
    shown = [size for size in safety.by_size if size % STEP == 0 or size == sizes[-1]]
    figure = theme.new_figure(2.9)
    axes = figure.subplots()
    ends = [safety.by_size[shown[-1]].of(verdict).mean for verdict in VERDICTS]
    for verdict, place in zip(VERDICTS, spread(ends, 0.075, 0.0, 1.0), strict=True):
        line = [safety.by_size[size].of(verdict).mean for size in shown]
        is_right = verdict == VERDICTS[safety.judge.deserved]
        axes.plot(shown, line, color=_VERDICT_COLOURS[verdict],
                  linewidth=2.6 if is_right else 1.4, linestyle="-" if is_right else "--")  # fmt: skip
        name = f"{verdict} (deserved)" if is_right else verdict
        axes.annotate(
            name, (shown[-1], place), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=8, color=_VERDICT_COLOURS[verdict], annotation_clip=False,
        )  # fmt: skip
    axes.axhline(safety.level, color=theme.MUTED, linewidth=1, linestyle=":")
    axes.axvline(safety.sample, color=theme.MUTED, linewidth=1)
    right = safety.chances.right.mean
    axes.plot([safety.sample], [right], "o", color=_VERDICT_COLOURS[VERDICTS[safety.judge.deserved]], zorder=5)
    above: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "fontsize": 8}
    side = f"{safety.sample} a week: right in {sentences.percent(right)}"
    axes.annotate(side, (safety.sample, 1.0), xytext=(-4, 3), ha="right", **above)
    if safety.enough is not None and safety.enough > safety.sample:
        axes.axvline(safety.enough, color=theme.MUTED, linewidth=1, linestyle=":")
        there = f"{safety.enough:,}: right in {sentences.percent(safety.level)}"
        axes.annotate(there, (safety.enough, 1.0), xytext=(-4, 3), **above)
    axes.set_xscale("log")
    ticks = [size for size in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000) if size <= sizes[-1]]
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axes.minorticks_off()
    axes.set_xlim(min(shown[0], safety.sample) * 0.9, sizes[-1] * 1.02)
    axes.set_ylim(-0.02, 1.02)
    number_axis(axes, "y", "share")
    axes.grid(axis="y")
    axes.set_ylabel("chance of the verdict")
    axes.set_xlabel(f"answers graded in week {safety.week} (all at the right end)")
    note = (
        "Chance of each verdict over samples, surveys and simulated pilots; dotted across: how often it is to be right."
        f" The lines join multiples of {STEP}, at which the guide's gates are whole numbers of answers; at others"
        " chances go up and down, so the planned sample may lie beside its line."
    )
    return theme.finish(figure, _verdict_title(found), note)


def _verdict_title(found: PilotProjection) -> str:
    return sentences.answer(found).rstrip(".")


# -- production ---------------------------------------------------------------------------------------------


def production(found: PilotProjection) -> Figure | None:
    """Draw each gate's figure at the pilot's end and at production's; None without production."""
    pairs = _pairs(found)
    if found.production is None or not pairs:
        return None
    figure = theme.new_figure(0.95 * len(pairs) + 0.2)
    grid = figure.subplots(len(pairs), 1, squeeze=False).ravel()
    for axes, (before, after) in zip(grid, pairs, strict=True):
        _pair(axes, found, before, after)
    note = (
        "Dots: means; bars: where nine of ten pilots fall. Dotted: the gate. Percentages at the right: share of pilots"
        f" that keep it. Pilot: its last week with a value, up to {found.weeks}; production: week"
        f" {found.production.weeks[1]}."
    )
    return theme.finish(figure, sentences.production(found).rstrip("."), note)


def _pairs(found: PilotProjection) -> list[tuple[Judged, Judged]]:
    """Pair each gate that has a value in pilot and in production; the lower accuracy gate goes with the upper one."""
    if found.production is None:
        return []
    later = {judged.gate.field: judged for judged in found.production.gates if judged.week is not None}
    return [
        (before, later[before.gate.field])
        for before in found.gates
        if before.week is not None and before.gate.field in later and before.gate.field != "accuracy_adjust"
    ]


def _pair(axes: Axes, found: PilotProjection, before: Judged, after: Judged) -> None:
    rows: Sequence[tuple[str, Judged, str]] = (("pilot", before, theme.AI), ("production", after, theme.PLUM))
    for place, (_, judged, colour) in enumerate(rows):
        assert judged.week is not None
        low, high = judged.course.band(judged.week)
        mean = judged.course.estimate(judged.week).mean
        axes.plot([low, high], [place, place], color=colour, linewidth=4.5, alpha=0.4, solid_capstyle="butt")
        axes.plot([mean], [place], "o", color=colour, markersize=6)
        text = f"{format_value(judged.course.unit, mean)}  {sentences.percent(judged.chance.mean)} keep it"
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    for judged in found.gates:
        if judged.gate.figure == before.gate.figure:
            axes.axvline(judged.gate.bound, color=theme.BAD, linewidth=1.2, linestyle=":")
    axes.set_yticks([0, 1], [row[0] for row in rows], fontsize=8)
    axes.set_ylim(1.6, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    _, unit = scale_of(before.course.unit, [])
    number_axis(axes, "x", before.course.unit)
    theme.panel_title(axes, f"{before.course.title}, gate {before.gate.words}{unit}")


def details(found: PilotProjection, key: str) -> str:
    """Return what a chart shows beside its title."""
    if key == "weeks":
        return f"Small line charts by week with bands. {'; '.join(_course_values(found))}."
    if key == "verdict":
        safety = found.safety
        texts = [
            f"{size} answers: {', '.join(f'{verdict} {chances.of(verdict).mean:.0%}' for verdict in VERDICTS)}"
            for size, chances in safety.by_size.items()
            if size in (10, 50, safety.sample, 100, 200, 500, 1040) or size == max(safety.by_size)
        ]
        return f"Lines over sample size. {'; '.join(texts)}."
    texts = []
    for before, after in _pairs(found):
        assert before.week is not None
        assert after.week is not None
        here, there = before.course.estimate(before.week).mean, after.course.estimate(after.week).mean
        unit = before.course.unit
        texts.append(f"{before.course.title} {format_value(unit, here)} and {format_value(unit, there)}")
    return f"Dots for pilot and production. {sentences.production(found)} {'; '.join(texts)}."


def _course_values(found: PilotProjection) -> Iterator[str]:
    currency = found.study.currency
    for course in _moving(found):
        values = (course.estimate(week).mean for week in range(1, course.values.shape[1] + 1))
        yield f"{course.title}: {', '.join(format_value(course.unit, value, currency) for value in values)}"
