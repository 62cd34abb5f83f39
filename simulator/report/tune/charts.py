"""Risk and coverage: each intent's share of wrong answers against the share of its tickets that the AI answers.

Charts of tuning: the frontier, risk against coverage, thresholds and what is as good, errors of calibration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.text import listed, short
from simulator.base.units import MINUS
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.format import tick
from simulator.report.tune import sentences
from simulator.report.words import SHORT_TITLES
from simulator.studies.tune.recommendation import range_of
from simulator.studies.tune.space import NEVER
from simulator.studies.tune.static_rule import RiskCurve, lattice_place
from simulator.studies.tune.tuning import AS_IS, STATIC, Tuning

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Build = Callable[[Tuning], "Figure | None"]
MOST_INTENTS = 12
_FEWEST_ANSWERS = 30


def risk_coverage(curves: Sequence[RiskCurve], chosen: Mapping[str, float], role: str) -> Figure | None:
    """Draw the curves of the intents with most tickets; `chosen` are their thresholds, `role` what the note calls them.

    None without curves.
    """
    shown = sorted(curves, key=lambda curve: -curve.tickets)[:MOST_INTENTS]
    if not shown:
        return None
    columns = min(4, len(shown)) if len(shown) > 3 else len(shown)
    lines = math.ceil(len(shown) / columns)
    figure = theme.new_figure(1.55 * lines + 0.5)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for axes, curve in zip(grid.flat, shown, strict=False):
        _panel(axes, curve, chosen[curve.intent])
    for axes in grid.flat[len(shown) :]:
        axes.axis("off")
    for axes in grid.flat[max(len(shown) - columns, 0) : len(shown)]:
        axes.set_xlabel("answered")
    highest = max((float(np.nanmax(line.get_ydata())) for axes in grid.flat for line in axes.get_lines()
                   if np.isfinite(line.get_ydata()).any()), default=1.0)  # fmt: skip
    grid[0, 0].set_ylim(0, 1.15 * highest or 1.0)
    figure.supylabel("wrong ÷ complete answers", fontsize=8, color=theme.MUTED)
    note = (
        "Across: tickets answered ÷ tickets on which the AI has the choice; a lower threshold goes to the right. The"
        f" star is the {role} threshold. From drawn tickets with the scenario's calibration: queues play no part."
    )
    return theme.finish(figure, _risk_title(curves, chosen), note)


def _panel(axes: Axes, curve: RiskCurve, threshold: float) -> None:
    place = lattice_place(threshold)
    # Above very high thresholds so few answers are left that their share of wrong ones is noise.
    many = curve.coverage * curve.tickets >= _FEWEST_ANSWERS
    axes.plot(curve.coverage[many], curve.risk[many], color=theme.AI)
    if np.isfinite(curve.risk[place]):
        axes.plot(curve.coverage[place], curve.risk[place], "*", color=theme.BOTH, markersize=12,
                  markeredgecolor=theme.INK, markeredgewidth=0.7)  # fmt: skip
    axes.text(0.96, 0.98, f"from {threshold:g}" if threshold < NEVER else "never",
              transform=axes.transAxes, ha="right", va="top", fontsize=8, color=theme.MUTED)  # fmt: skip
    axes.set_xlim(0, 1.02)
    axes.grid(True)
    for which in ("x", "y"):
        number_axis(axes, which, "share")
    axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    theme.panel_title(axes, short(curve.intent, 22))


def _risk_title(curves: Sequence[RiskCurve], chosen: Mapping[str, float]) -> str:
    """State how much the AI would answer, and where it would be wrong most often."""
    at = [(curve, lattice_place(chosen[curve.intent])) for curve in curves]
    answered = sum(curve.tickets * curve.coverage[place] for curve, place in at)
    total = sum(curve.tickets for curve, _ in at) or 1.0
    known = [(curve.risk[place], curve.intent) for curve, place in at if np.isfinite(curve.risk[place])]
    text = f"The AI would answer {answered / total:.0%} of the tickets it may answer"
    if len(known) > 1:
        worst, name = max(known)
        text += f"; most often wrong on {short(name, 28)} ({worst:.0%})"
    elif known:
        text += f", {known[0][0]:.0%} of them wrongly"
    return text


# -- charts of tuning -------------------------------------------------------------------------------------------------


_PANELS = ("sla_breach", "csat_gap", "wrong_answer")
_MARKS = ((STATIC, "D", theme.BAD, "static rule, queue ignored"), (AS_IS, "s", theme.INK, "present thresholds"))


def frontier(found: Tuning) -> Figure | None:
    """Draw the objective against SLA, CSAT and wrong answers, for all settings that were looked at."""
    panels = [kpi for kpi in _PANELS if kpi in applicable(found.space.live) and kpi != found.goal.kpi.name]
    panels += [one.kpi for one in found.goal.targets if one.kpi not in panels and one.kpi != found.goal.kpi.name]
    panels = panels[:3]
    if not panels:
        return None
    figure = theme.new_figure(3.6)
    grid, below = _with_room(figure, len(panels), 3.0, share=True)
    for axes, kpi in zip(grid, panels, strict=True):
        _frontier_panel(axes, found, kpi)
    unit, currency = found.goal.kpi.unit, found.study.currency
    number_axis(grid[0], "y", unit, currency)
    grid[0].set_ylabel(found.goal.kpi.title)
    _legend(grid[0], below)
    note = (
        f"Each point is a setting on {found.stages['search'][1]} replications of the search; large marks are means of"
        f" {found.stages['fresh'][1]} fresh ones. The line joins the static optima for rising prices of a human minute."
        " Dashed: guard-rails."
    )
    return theme.finish(figure, _frontier_title(found), note)


def _frontier_title(found: Tuning) -> str:
    kept = sum(found.goal.violation(one.study) == 0 for one in found.candidates)
    kpi = found.goal.kpi
    if not kept:
        return f"None of {len(found.candidates)} settings keeps all guard-rails"
    best = sentences.amount(found, found.study.estimate(kpi.name).mean)
    free = max(found.candidates, key=lambda one: float(found.goal.values(one.study).mean()))
    if found.goal.violation(free.study) and found.goal.targets:
        most = sentences.amount(found, free.study.estimate(kpi.name).mean)
        return f"{kpi.title} could reach {most}; with the guard-rails kept it is {best}"
    return f"{kpi.title} is best at {best}; the guard-rails cost nothing"


def _frontier_panel(axes: Axes, found: Tuning, kpi: str) -> None:
    name, known = found.goal.kpi.name, BY_NAME[kpi]
    points = [(one.study.estimate(kpi).mean, one.study.estimate(name).mean) for one in found.candidates]
    holds = np.array([found.goal.violation(one.study) == 0 for one in found.candidates])
    x, y = np.array(points).T
    line = sorted(found.frontier, key=lambda one: one.prices.minute if one.prices else 0.0)
    pairs = [(one.study.estimate(kpi).mean, one.study.estimate(name).mean) for one in line]
    if len(pairs) > 1:
        axes.plot(*np.array(pairs).T, color=theme.MUTED, linewidth=0.9, zorder=1, label="static optima by price")
    axes.plot(x[~holds], y[~holds], "o", color=theme.BASELINE, markersize=3, markerfacecolor="none",
              label="misses a guard-rail")  # fmt: skip
    axes.plot(x[holds], y[holds], "o", color=theme.AI, markersize=3, label="keeps the guard-rails")
    for role, marker, colour, label in _MARKS:
        if role in found.fresh:
            study = found.fresh[role]
            axes.plot(study.estimate(kpi).mean, study.estimate(name).mean, marker, color=colour, markersize=6,
                      markerfacecolor="none", markeredgewidth=1.6, label=label, linestyle="none")  # fmt: skip
    label = "recommended" if found.choice.is_feasible else "nearest possible"
    axes.plot(found.study.estimate(kpi).mean, found.study.estimate(name).mean, "*", color=theme.BOTH, markersize=13,
              markeredgecolor=theme.INK, markeredgewidth=0.7, label=label, linestyle="none")  # fmt: skip
    for target in found.goal.targets:
        if target.kpi == kpi:
            bound = target.bound
            if bound is None:
                bound = found.study.estimate(kpi, baseline=True).mean
            axes.axvline(bound, color=theme.INK, linestyle=(0, (4, 3)), linewidth=1)
    number_axis(axes, "x", known.unit, found.study.currency)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: tick(known.unit, value, found.study.currency).replace("-", MINUS))
    axes.grid(True)
    axes.margins(0.08)
    theme.panel_title(axes, SHORT_TITLES.get(kpi, known.title))


def _with_room(figure: Figure, columns: int, height: float, *, share: bool = False) -> tuple[list[Axes], Axes]:
    """Return panels side by side, `height` inches high, and below them room for a legend."""
    grid = figure.add_gridspec(2, columns, height_ratios=(height, 0.45))
    first = figure.add_subplot(grid[0, 0])
    others = [figure.add_subplot(grid[0, place], sharey=first if share else None) for place in range(1, columns)]
    for axes in others if share else ():
        axes.tick_params(labelleft=False)
    below = figure.add_subplot(grid[1, :])
    below.axis("off")
    return [first, *others], below


def _legend(panel: Axes, below: Axes) -> None:
    handles, labels = panel.get_legend_handles_labels()
    below.legend(handles, labels, loc="center", ncols=3, frameon=False, fontsize=8)


def tuned_risk_coverage(found: Tuning) -> Figure | None:
    """Draw each intent's share of wrong answers against the share of tickets answered, the chosen point marked."""
    return risk_coverage(found.rule.curves, _chosen(found), "recommended")


def _chosen(found: Tuning) -> dict[str, float]:
    return dict(zip(found.space.answered, found.chosen.answer, strict=True))


def thresholds(found: Tuning) -> Figure:
    """Draw each intent's recommended threshold with what is as good, and what the static rule would do."""
    kinds = [("answer", found.space.answered, found.chosen.answer)]
    if found.space.routed:
        kinds.append(("route", found.space.routed, found.chosen.route))
    rows = max(len(names) if found.space.per_intent else 1 for _, names, _ in kinds)
    figure = theme.new_figure(0.27 * rows + 1.5)
    grid, below = _with_room(figure, len(kinds), 0.27 * rows + 0.8)
    static = found.settings.get(STATIC)
    for axes, (kind, names, values) in zip(grid, kinds, strict=True):
        shown = list(names) if found.space.per_intent else ["all intents"]
        priced = getattr(found.rule.thresholds(found.prices), kind)
        for place in range(len(shown)):
            tied = range_of(found, kind, names[place])
            axes.axhline(place, color=theme.GRID, linewidth=0.7, zorder=0)
            if tied is not None:
                axes.plot([tied.low, tied.high], [place, place], color=theme.BOTH, linewidth=6, alpha=0.35,
                          solid_capstyle="butt", label="as good" if not place else None)  # fmt: skip
            if static is not None:
                axes.plot(getattr(static, kind)[place], place, "D", color=theme.BAD, markersize=5, linestyle="none",
                          markerfacecolor="none", label=None if place else "static rule, queue ignored")  # fmt: skip
            axes.plot(priced[place], place, "|", color=theme.AI, markersize=11, markeredgewidth=2,
                      label=None if place else "static rule at the prices found", linestyle="none")  # fmt: skip
            axes.plot(getattr(found.space.as_is, kind)[place], place, "s", color=theme.INK, markersize=5,
                      markerfacecolor="none", label=None if place else "present", linestyle="none")  # fmt: skip
            axes.plot(values[place], place, "*", color=theme.BOTH, markersize=11, markeredgecolor=theme.INK,
                      markeredgewidth=0.6, label=None if place else "recommended", linestyle="none")  # fmt: skip
        axes.set_yticks(range(len(shown)), [short(name, 20) for name in shown])
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_xlim(-0.02, 1.02)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel("confidence")
        theme.panel_title(axes, f"{kind}_threshold")
    _legend(grid[0], below)
    note = (
        "As good: tried by itself with all others as recommended, to 0.2 either way at most; guard-rails hold and the"
        " objective is not clearly worse. A threshold of 1 is never reached."
    )
    return theme.finish(figure, _threshold_title(found), note)


def _threshold_title(found: Tuning) -> str:
    answers = [one for one in found.ranges if one.knob.kind == "answer"]
    narrow = [one for one in answers if one.high - one.low < 0.05 - 1e-9]
    if not answers:
        return f"No thresholds keep every guard-rail; nearest: {sentences.thresholds(found)}"
    if not found.space.per_intent:
        one = answers[0]
        if one.high - one.low < 0.005:
            return f"No other answer threshold within 0.02 of {one.chosen:g} is as good"
        return f"Answer thresholds from {one.low:g} to {one.high:g} are as good as {one.chosen:g}"
    if not narrow:
        return "All answer thresholds have room: ranges of 0.05 or more are as good"
    if len(narrow) == len(answers):
        return "All answer thresholds want care: no range of 0.05 or more is as good"
    names = listed([short(one.knob.intent, 20) for one in narrow[:4]])
    more = f" and {len(narrow) - 4} more" if len(narrow) > 4 else ""
    return f"Set with care: {names}{more}; the other answer thresholds have room"


def calibration(found: Tuning) -> Figure | None:
    """Draw what the choice is worth if the AI is right less or more often than stated."""
    kpi, rows = found.goal.kpi, []
    for shift in sorted(found.shifts, key=lambda one: one.log_odds):
        how = "right less often" if shift.log_odds < 0 else "right more often"
        for label, study, colour in (
            ("as recommended", shift.chosen, theme.BOTH), ("moved along", shift.moved, theme.AI),
        ):  # fmt: skip
            mark = "" if found.goal.violation(study) == 0 else ", misses a guard-rail"
            level = study.estimate(kpi.name)
            rows.append(Dot(f"{how}: {label}", level, colour, study.written(kpi.name, level.mean) + mark))
    if not rows:
        return None
    level = found.study.estimate(kpi.name)
    mark = "" if found.goal.violation(found.study) == 0 else ", misses a guard-rail"
    text = found.study.written(kpi.name, level.mean) + mark
    rows.insert(2, Dot("as stated: as recommended", level, theme.BOTH, text))
    figure = theme.new_figure(0.32 * len(rows) + 0.6)
    axes = figure.subplots()
    dots(axes, rows, kpi.unit, currency=found.study.currency)
    theme.panel_title(axes, kpi.title)
    note = (
        f"Log-odds of being right {MINUS}{found.calibration_error:g} and +{found.calibration_error:g} from week 1 on,"
        " for labels and answers, unknown to the AI. Moved along: each threshold goes to the confidence at which the"
        " chance of being right is what it was. Bars are 95 % intervals, each for itself; the same customers in all."
    )
    return theme.finish(figure, _calibration_title(found), note)


def _calibration_title(found: Tuning) -> str:
    worse = min(found.shifts, key=lambda one: one.log_odds)
    missed = [one for one in found.goal.targets if not one.holds(worse.chosen)]
    if missed and found.goal.violation(found.study) == 0:
        names = listed([BY_NAME[one.kpi].title for one in missed])
        return f"If the AI is right less often than stated, the guard-rail on {names.lower()} breaks"
    change = worse.chosen.estimate(found.goal.kpi.name).mean - found.study.estimate(found.goal.kpi.name).mean
    text = sentences.amount(found, abs(change))
    return f"If the AI is right less often than stated, {found.goal.kpi.title.lower()} moves by {text}"


def details(found: Tuning, key: str) -> str:
    """Return what a chart shows beside its title."""
    if key == "risk":
        return f"Risk–coverage curves of {len(found.rule.curves)} intents."
    if key == "frontier":
        return f"{len(found.candidates)} settings, {sentences.thresholds(found)}."
    if key == "thresholds":
        return f"{sentences.thresholds(found)}."
    name, rows = found.goal.kpi.name, []
    for shift in found.shifts:
        levels = [study.spelled(name) for study in (shift.chosen, shift.moved)]
        rows.append(f"log-odds {shift.log_odds:+g}: {levels[0]} as recommended, {levels[1]} moved along")
    return f"{found.goal.kpi.title}: {found.study.spelled(name)} as stated; {'; '.join(rows)}."
