"""Charts of a fit: handle time, patience, reassignment, time on hold and service level, each beside what was fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate
from simulator.base.text import listed, short
from simulator.base.units import format_value
from simulator.calibration.fit.durations import DurationFit
from simulator.calibration.fit.flow import ReassignEvidence, ReopenEvidence
from simulator.calibration.fit.handle import HandleEvidence
from simulator.calibration.fit.on_hold import HoldEvidence
from simulator.calibration.fit.patience import PatienceEvidence
from simulator.calibration.fit.service_level import SlaEvidence
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.finding import Chart
from simulator.report.format import minutes_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 6
_MOST_CURVES = 4
_MOST_TIMES = 8
_CURVE_COLOURS = (theme.AI, theme.PEOPLE, theme.BOTH, theme.PLUM)
_DURATIONS = tuple(
    (minutes * step, f"{step:g} {unit}")
    for minutes, unit, steps in (
        (1 / 60, "s", (1, 10)), (1.0, "min", (1, 10)), (60.0, "h", (1, 10)), (1440.0, "d", (1, 10, 100)),
    )
    for step in steps
)  # fmt: skip
"""Durations that log axes are marked at."""
_BAND = "Bands: pointwise 90 % intervals (Greenwood, log-log)."
_share = partial(format_value, "share")


def charts(evidence: Sequence[Any]) -> list[Chart]:
    """Return the charts of what the fits of work and outcomes rest on; other evidence is passed over."""
    found: list[Chart] = []
    for one in evidence:
        if isinstance(one, HandleEvidence):
            found.append(Chart("handle_time", partial(_handle, one), partial(_forms, one)))
        elif isinstance(one, ReopenEvidence):
            found.append(Chart("reopen_delay", partial(_reopening, one), partial(_form, "", one.delay)))
        elif isinstance(one, ReassignEvidence):
            found.append(Chart("reassignment", partial(_reassignment, one)))
        elif isinstance(one, HoldEvidence):
            found.append(Chart("resolution_parts", partial(_hold, one)))
        elif isinstance(one, SlaEvidence):
            found.append(Chart("sla", partial(_service_level, one), partial(_tiers, one)))
    curves = [one for one in evidence if isinstance(one, PatienceEvidence)]
    return [*found, Chart("patience", partial(_patience, curves), partial(_leaving, curves))] if curves else found


# -- QQ plots --


def _handle(found: HandleEvidence) -> Figure:
    worst_name, worst = max(found.intents, key=lambda pair: pair[1].distance)
    title = f"Handle time: no fit is further than {100 * worst.distance:.1f} points of 100 from what was observed"
    if len(found.intents) > 1:
        title += f" ({short(worst_name)})"
    note = (
        "Quantiles fitted against quantiles observed, from 1 to 99 % in steps of 1 %, on log scales; on the line they"
        " agree. D: largest distance between the two distribution functions, in points of a hundred."
    )
    if found.turnover:
        note += f" As observed, without the {60 * found.turnover:.0f} s between calls that handle time holds as well."
    return _qq_panels([(f"{short(name, 18)}: {fit.form}", fit) for name, fit in _panels(found)], title, note)


def _panels(found: HandleEvidence) -> Sequence[tuple[str, DurationFit]]:
    return [(name, fit) for name, fit in found.intents if len(fit.probabilities)][:_MOST_PANELS]


def _forms(found: HandleEvidence) -> str:
    return " ".join(_form(f"{name}: ", fit) for name, fit in _panels(found))


def _form(name: str, fit: DurationFit) -> str:
    return f"{name}{fit.words()}, n={fit.n:,}, D={100 * fit.distance:.1f}."


def _reopening(found: ReopenEvidence) -> Figure:
    fit = found.delay
    middle = float(np.interp(0.5, fit.probabilities, fit.observed)) if len(fit.probabilities) else fit.mean.value
    title = f"Half of the tickets that come back do so within {format_value('minutes', middle)}"
    note = "Delay before reopening: fitted against observed quantiles, on log scales; on the line they agree."
    return _qq_panels([(f"reopening: {fit.form}", fit)], title, note)


def _qq_panels(panels: Sequence[tuple[str, DurationFit]], title: str, note: str) -> Figure:
    columns = min(3, max(len(panels), 1))
    rows = max(math.ceil(len(panels) / columns), 1)
    figure = theme.new_figure(2.3 * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for axes, (name, fit) in zip(grid, panels, strict=False):
        _qq(axes, name, fit)
    for place in range(0, len(panels), columns):
        grid[place].set_ylabel("fitted")
    for axes in grid[max(len(panels) - columns, 0) : len(panels)]:
        axes.set_xlabel("observed")
    return theme.finish(figure, title, note)


def _qq(axes: Axes, name: str, fit: DurationFit) -> None:
    kept = (fit.observed > 0) & (fit.fitted > 0)
    observed, fitted = fit.observed[kept], fit.fitted[kept]
    axes.set_title(name, color=theme.INK, pad=6, fontsize=8)
    axes.set_box_aspect(1)
    axes.set_anchor("W")
    if not len(observed):
        axes.text(0.5, 0.5, "too few tickets", transform=axes.transAxes, ha="center", color=theme.MUTED)
        return
    low, high = min(observed.min(), fitted.min()) / 1.3, max(observed.max(), fitted.max()) * 1.3
    axes.plot([low, high], [low, high], color=theme.BASELINE, linewidth=1)
    axes.plot(observed, fitted, ".", color=theme.AI, markersize=4)
    for set_scale, set_limits in ((axes.set_xscale, axes.set_xlim), (axes.set_yscale, axes.set_ylim)):
        set_scale("log")
        set_limits(low, high)
    _duration_axis(axes, "x", low, high)
    _duration_axis(axes, "y", low, high)
    text = f"D = {100 * fit.distance:.1f}\nn = {fit.n:,}"
    axes.text(0.04, 0.96, text, transform=axes.transAxes, va="top", fontsize=7.5, color=theme.MUTED)


def _duration_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """Mark a log axis of minutes at a few durations that people say."""
    steps = [(minutes, text) for minutes, text in _DURATIONS if 1.2 * low <= minutes <= high / 1.2]
    if len(steps) < 2:
        steps = [(at, format_value("minutes", at)) for at in (low * (high / low) ** 0.15, low * (high / low) ** 0.85)]
    steps = steps[:: math.ceil(len(steps) / 3)]
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks([minutes for minutes, _ in steps], [text for _, text in steps], fontsize=8)
    axis.set_ticks([], minor=True)


# -- patience --


def _patience(found: Sequence[PatienceEvidence]) -> Figure:
    shown = _surest(found)
    figure = theme.new_figure(3.1)
    axes = figure.subplots()
    longest = max(float(one.curve.times[one.curve.reliable][-1]) for one in shown)
    scale, unit = minutes_scale(longest)
    at = np.linspace(0, longest, 300)
    for one, colour in zip(shown, _CURVE_COLOURS, strict=False):
        kept = one.curve.reliable
        times, (low, high) = one.curve.times[kept] / scale, (end[kept] for end in one.curve.band)
        label = f"{short(one.name)}, n={one.curve.n:,}"
        axes.step(times, one.curve.share[kept], where="post", color=colour, label=label)
        axes.fill_between(times, low, high, step="post", color=colour, alpha=0.2, linewidth=0)
        axes.plot(at / scale, one.fit.survival(at), color=colour, linewidth=1.1, linestyle=(0, (4, 2)))
    axes.set_xlim(0, longest / scale)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(f"{unit} in line")
    axes.set_ylabel("still waiting")
    number_axis(axes, "y", "share")
    axes.grid(axis="y")
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    first = shown[0]
    title = f"Patience ({short(first.name)}): {_left_after(first, 1.0)} give up within a minute of waiting"
    if longest >= 5:
        title += f", {_left_after(first, 5.0)} within five"
    note = (
        f"Kaplan-Meier curves (steps) and what is written into the scenario (dashed). {_BAND} Drawn as far as enough"
        " customers were still in line."
    )
    return theme.finish(figure, title, note)


def _surest(found: Sequence[PatienceEvidence]) -> Sequence[PatienceEvidence]:
    """Return the curves that rest on the most customers who left."""
    return sorted(found, key=lambda one: -one.curve.events)[:_MOST_CURVES]


def _leaving(found: Sequence[PatienceEvidence]) -> str:
    words = [f"{one.name}: {one.fit.words()}, {one.curve.events:,} of {one.curve.n:,} left" for one in _surest(found)]
    return f"Survival curves. {'; '.join(words)}."


def _left_after(one: PatienceEvidence, minutes: float) -> str:
    return _share(1 - float(one.curve.at(np.array([minutes]))[0]))


# -- flow --


def _reassignment(found: ReassignEvidence) -> Figure:
    figure = theme.new_figure(2.4)
    axes = figure.subplots()
    observed, fitted = _pooled_tail(found.observed.astype(float)), _pooled_tail(found.fitted)
    places = np.arange(len(observed))
    total = found.observed.sum()
    axes.bar(places - 0.2, observed / total, 0.38, color=theme.PEOPLE, label="observed")
    axes.bar(places + 0.2, fitted / total, 0.38, color=theme.SKY, label="in the scenario")
    names = [str(place) for place in places]
    if len(found.observed) > _MOST_TIMES:
        names[-1] += " or more"
    axes.set_xticks(places, names)
    axes.set_xlabel("times passed on")
    number_axis(axes, "y", "share")
    axes.grid(axis="y")
    axes.legend(frameon=False, fontsize=8)
    mean = float(found.observed @ np.arange(len(found.observed))) / max(int(found.observed[1:].sum()), 1)
    share, again = _share(found.share), _share(found.again)
    title = f"{share} of tickets are passed on to another team, those {mean:.2g} times on average"
    note = (
        f"Tickets by times passed on, n={total:,}. In the scenario the first team passes {share} on, each later one"
        f" {again}."
    )
    return theme.finish(figure, title, note)


def _pooled_tail(counts: Floats) -> Floats:
    last = _MOST_TIMES - 1
    return counts if len(counts) <= _MOST_TIMES else np.append(counts[:last], counts[last:].sum())


def _hold(found: HoldEvidence) -> Figure:
    mixture = found.mixture
    figure = theme.new_figure(2.8)
    axes = figure.subplots()
    edges = mixture.edges
    width = np.diff(edges)
    axes.bar(edges[:-1], mixture.counts / mixture.n / width, width, align="edge", color=theme.GRID, label="observed")
    at = np.linspace(edges[0], edges[-1], 300)
    parts = mixture.density(at)
    for part, colour, name in zip(parts, (theme.AI, theme.BAD), ("in one go", "on hold (assumed)"), strict=True):
        axes.plot(at, part, color=colour, label=name)
    axes.plot(at, parts.sum(axis=0), color=theme.INK, linewidth=1, linestyle=(0, (4, 2)), label="both")
    low, high = math.exp(edges[0]), math.exp(edges[-1])
    steps = [(math.log(minutes), text) for minutes, text in _DURATIONS if low <= minutes <= high]
    axes.set_xticks([log for log, _ in steps], [text for _, text in steps])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("from creation to resolution, log scale")
    axes.legend(frameon=False, fontsize=8)
    kinds = [
        f"{_share(weight)} about {format_value('minutes', median)}"
        for weight, median in zip(mixture.weight, mixture.medians, strict=True)
    ]
    title = f"Resolution times are of two kinds: {', '.join(kinds)}"
    note = (
        f"Tickets neither passed on nor reopened, n={mixture.n:,}; two lognormals by maximum likelihood. That the"
        " slower ones waited for somebody outside the desk is assumed: the export does not say why they took long."
    )
    return theme.finish(figure, title, note)


# -- service level --


def _service_level(found: SlaEvidence) -> Figure:
    figure = theme.new_figure(0.32 * len(found.tiers) + 0.7)
    axes = figure.subplots()
    rows = [
        Dot(
            short(tier.tier),
            Estimate(tier.met.value, tier.met.low, tier.met.high, tier.n),
            theme.AI,
            f"{_share(tier.met.value)}, n={tier.n:,}"
            + ("" if tier.target is None else f", target {format_value('minutes', tier.target)}"),
        )
        for tier in found.tiers
    ]
    dots(axes, rows, "share", start=0.0)
    total = sum(tier.n for tier in found.tiers)
    overall = sum(tier.met.value * tier.n for tier in found.tiers) / total
    unread = [short(tier.tier) for tier in found.tiers if tier.target is None]
    title = f"{_share(overall)} of tickets met their target"
    if len(found.tiers) > 1:
        ends = [pick(found.tiers, key=lambda tier: tier.met.value) for pick in (min, max)]
        title += ", from {} to {}".format(
            *(f"{_share(end.met.value)} ({short(end.tier)})" for end in ends)
        )
    what = found.measure.replace("_", " ")
    note = f"As the help desk flagged them, with 90 % intervals. Targets ({what}) are those written into the scenario."
    if unread:
        note += f" No target could be read off for {listed(unread)}."
    return theme.finish(figure, title, note)


def _tiers(found: SlaEvidence) -> str:
    told = [f"{one.tier}: {_share(one.met.value)} of {one.n:,}" for one in found.tiers]
    return f"{'; '.join(told)}."
