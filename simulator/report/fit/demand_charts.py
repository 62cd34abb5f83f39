"""Charts of a fitted demand: arrivals by hour and day, staffing by half-hour, and the mix, observed beside fitted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate
from simulator.base.text import clean, listed, short
from simulator.base.units import format_value
from simulator.calibration.fit.arrivals import ArrivalsEvidence
from simulator.calibration.fit.level import DayKind, DayTable
from simulator.calibration.fit.mix import MixEvidence
from simulator.calibration.fit.profile import hours_of, name_days
from simulator.calibration.fit.staffing import StaffingEvidence
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, hour_name, number_axis, week_axis
from simulator.report.finding import Chart
from simulator.report.format import spelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_NAMES, _MOST_TEAMS = 15, 6
_MARKS: dict[DayKind, tuple[str, str, str]] = {
    "ordinary": (theme.PEOPLE, "o", "observed"),
    "holiday": (theme.PLUM, "D", "holiday"),
    "missing": (theme.BAD, "x", "missing"),
    "quiet": (theme.SKY, "v", "as on a holiday"),
    "partial": (theme.BASELINE, "s", "covered in part"),
}
"""Colour, sign and name of each kind of day."""
_RANGE = (0.05, 0.95)
"""Quantiles of single days that bands hold."""


def charts(evidence: Iterable[Any]) -> list[Chart]:
    """Return the charts of what was found of demand and staffing; other evidence is left to others."""
    found: list[Chart] = []
    teams = 0
    for one in evidence:
        if isinstance(one, ArrivalsEvidence):
            found.append(Chart("arrivals_by_hour", partial(_by_hour, one), lambda: "Observed beside fitted."))
            found.append(Chart("arrivals_by_day", partial(_by_day, one), lambda: "Observed beside fitted."))
        elif isinstance(one, MixEvidence) and len(one.names) > 1:
            found.append(Chart(f"mix_{one.kind}", partial(_mix, one), partial(_shares, one)))
        elif isinstance(one, StaffingEvidence) and teams < _MOST_TEAMS:
            teams += 1
            key = "staffing" if teams == 1 else f"staffing_{teams}"
            found.append(Chart(key, partial(_staffing, one), lambda: "Agents on duty by half-hour of the week."))
    return found


def _by_hour(found: ArrivalsEvidence) -> Figure:
    figure = theme.new_figure(2.9)
    axes = figure.subplots()
    fitted = (found.profile.by_hour() * _to_mean_level(found)[:, None]).ravel()
    low, high = _range_of_days(fitted, found.level.busyness_cv, found.profile.spread)
    hours = np.arange(169)
    axes.fill_between(hours, _stepped(low), _stepped(high), step="post", color=theme.AI, alpha=0.2, linewidth=0)
    axes.step(hours, _stepped(fitted), where="post", color=theme.AI, linewidth=1.4, label="fitted")
    observed = hours_of(found.profile.observed).ravel()
    axes.plot(hours[:-1] + 0.5, observed, "o", color=theme.PEOPLE, markersize=2.5, label="observed mean")
    week_axis(axes)
    axes.set_ylim(0, None)
    axes.set_ylabel("tickets an hour")
    number_axis(axes, "y", "count")
    _legend(axes)
    peak = int(np.argmax(fitted))
    alike = [name_days(days) for days in found.profile.groups]
    title = f"Most tickets come on {hour_name(peak)[:3]} from {hour_name(peak)[4:]}: {fitted[peak]:,.3g} an hour"
    note = (
        f"Rows of the profile: {'; '.join(alike)}. Mean level of the export's ordinary days. The band holds 90 % of"
        " single days: chance, busy days, and what hours vary beyond both."
    )
    return theme.finish(figure, title, note)


def _to_mean_level(found: ArrivalsEvidence) -> Floats:
    """Return the factor from the level after the export to its mean one, by weekday; shape (7,)."""
    expected, weekday = found.level.expected, found.days.weekday
    factors = np.ones(7)
    for day in range(7):
        rows = (weekday == day) & np.isfinite(expected)
        if rows.any() and found.level.per_weekday[day]:
            factors[day] = expected[rows].mean() / found.level.per_weekday[day]
    return factors


def _range_of_days(mean: Floats, cv: float, spread: float = 1.0) -> tuple[Floats, Floats]:
    """Return the range of single days about their mean, by chance, busyness and spread (gamma of that variance)."""
    variance = np.maximum(mean * spread + (cv * mean) ** 2, 1e-12)
    ends = [special.gammaincinv(np.maximum(mean**2 / variance, 1e-9), quantile) for quantile in _RANGE]
    low, high = (np.where(mean > 0, end * variance / np.maximum(mean, 1e-12), 0.0) for end in ends)
    return low, high


def _by_day(found: ArrivalsEvidence) -> Figure:
    figure = theme.new_figure(2.7)
    axes = figure.subplots()
    days, level = found.days, found.level
    place = np.arange(len(days.dates))
    fewest, most = _range_of_days(np.nan_to_num(level.expected), level.busyness_cv)
    fitted = np.isfinite(level.expected)
    axes.vlines(place[fitted], fewest[fitted], most[fitted], color=theme.AI, alpha=0.25, linewidth=_width(len(place)))
    axes.plot(place[fitted], level.expected[fitted], "_", color=theme.AI, markersize=5, label="fitted")
    for kind, (colour, mark, label) in _MARKS.items():
        rows = days.are(kind)
        if rows.any():
            axes.plot(place[rows], days.totals[rows], mark, color=colour, markersize=3, label=label)
    _date_axis(axes, days)
    axes.set_ylim(0, None)
    axes.set_ylabel("tickets a day")
    number_axis(axes, "y", "count")
    axes.grid(axis="y")
    _legend(axes)
    low, high = level.growth_range
    grows = f"Volume changes by {level.growth:+.1%} a week (90 %: {low:+.1%} to {high:+.1%})"
    short = f"The export is too short to tell a trend (by itself {low:+.1%} to {high:+.1%} a week)"
    unseen = "Volume shows no trend beyond chance" if low <= 0 <= high else short
    trend = grows if level.shows_trend else unseen
    title = "{}; days differ by {:.0%} beyond chance (90 %: {:.0%} to {:.0%})".format(
        trend, level.busyness_cv, *level.busyness_range
    )
    note = (
        f"Each day's tickets and its fitted level with the range of 90 % of days. {_left_out(days)}"
        f" Correlation of a day's deviation with the next day's: {level.lag_1:.2f}."
    )
    return theme.finish(figure, title, note)


def _left_out(days: DayTable) -> str:
    counts = {label: len(days.of_kind(kind)) for kind, (_, _, label) in _MARKS.items() if kind != "ordinary"}
    parts = [f"{count} {label}" for label, count in counts.items() if count]
    return f"Left out of the fit: {listed(parts)}." if parts else "No day is left out."


def _width(days: int) -> float:
    return float(np.clip(330 / days, 0.6, 5.0))


def _date_axis(axes: Axes, days: DayTable) -> None:
    mondays = [place for place, day in enumerate(days.dates) if day.weekday() == 0]
    every = max(1, -(-len(mondays) // 9))
    shown = mondays[::every]
    axes.set_xticks(shown, [f"{days.dates[place]:%d %b}".lstrip("0") for place in shown])
    axes.set_xlim(-1, len(days.dates))
    axes.set_xlabel(f"{days.dates[0]} to {days.dates[-1]}; Mondays are marked")


def _staffing(found: StaffingEvidence) -> Figure:
    from matplotlib.ticker import MaxNLocator

    figure = theme.new_figure(2.7)
    axes = figure.subplots()
    edges = np.arange(337) / 2
    if found.observed is not None and found.weekday is not None:
        rows = [found.observed[found.weekday == day] for day in range(7)]
        low, high = (np.concatenate([_quantile(row, quantile) for row in rows]) for quantile in (0.1, 0.9))
        mean = np.concatenate([row.mean(axis=0) if len(row) else np.zeros(48) for row in rows])
        axes.fill_between(
            edges, _stepped(low), _stepped(high), step="post", color=theme.PEOPLE, alpha=0.25, linewidth=0
        )
        axes.step(edges, _stepped(mean), where="post", color=theme.PEOPLE, linewidth=1.2, label="seen at work, mean")
    agents = found.agents.astype(float).ravel()
    axes.step(edges, _stepped(agents), where="post", color=theme.AI, linewidth=1.2, label="fitted")
    week_axis(axes)
    axes.set_ylim(0, None)
    axes.set_ylabel("agents")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    _legend(axes)
    peak = int(np.argmax(agents))
    where = f"most on {hour_name(peak // 2)[:3]} at {peak // 2 % 24:02d}:{30 * (peak % 2):02d}, {agents[peak]:.0f}"
    title = f"{short(found.team)}: {agents.sum() / 2:,.0f} agent-hours a week, {where} at once"
    seen = " The band holds 80 % of days." if found.observed is not None else ""
    return theme.finish(figure, title, f"By half-hour of the week. {clean(found.source)}.{seen}")


def _quantile(rows: Floats, quantile: float) -> Floats:
    return np.asarray(np.quantile(rows, quantile, axis=0) if len(rows) else np.zeros(48), dtype=float)


def _legend(axes: Axes) -> None:
    """Name lines and signs above the chart, where they hide nothing."""
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=6, borderaxespad=0.0)


def _stepped(values: Floats) -> Floats:
    """Repeat the last value, so that its step has a length."""
    return np.append(values, values[-1])


def _mix(found: MixEvidence) -> Figure:
    rows = _commonest(found)
    figure = theme.new_figure(0.25 * len(rows) + 0.5)
    axes = figure.subplots()
    dots(axes, rows, "share", start=0.0)
    axes.set_xlabel("share of tickets")
    kind = {"intents": "intent", "channels": "channel", "tiers": "tier"}[found.kind]
    title = f"Commonest {kind}: {rows[0].label} with {format_value('share', rows[0].found.mean)} of {found.n:,} tickets"
    left = format_value("share", 1 - sum(row.found.mean for row in rows))
    rest = f" {len(found.names) - len(rows)} more have {left} together." if len(found.names) > len(rows) else ""
    note = f"Shares with their 90 % intervals, which are wider where the mix varies between weeks.{rest}"
    note += " Only intents without a mix of their own count here." if found.is_of_rest else ""
    return theme.finish(figure, title, note)


def _commonest(found: MixEvidence) -> list[Dot]:
    rows = []
    for place in np.argsort([-float(share) for share in found.shares], kind="stable")[:_MOST_NAMES].tolist():
        share = found.shares[place]
        known = Estimate(float(share), share.low or 0.0, share.high or 0.0, found.n)
        rows.append(Dot(short(found.names[place]), known, theme.AI, spelled("share", known)))
    return rows


def _shares(found: MixEvidence) -> str:
    return f"Shares with intervals: {'; '.join(f'{row.label} {row.text}' for row in _commonest(found))}."
