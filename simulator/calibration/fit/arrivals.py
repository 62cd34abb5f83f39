"""Arrivals: level, growth, busyness, profile and holidays of a desk, from when its tickets were created."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.estimate import Missing, Part, measured
from simulator.calibration.fit.intent_mix import have_own_hours
from simulator.calibration.fit.level import (
    MIN_WEEKS_OF_TREND,
    SURE,
    TAIL,
    DailyLevel,
    DayTable,
    by_quarter,
    count_days,
    fit_level,
)
from simulator.calibration.fit.profile import WeekProfile, fit_profile

_NORMAL = 1.6449
"""Half-width of a 90 % interval in standard errors."""
_UNUSUAL = 4.0
"""Excess of a day, in standard deviations, that a person should look at (where it is also by a half or more)."""
_WIDE_GROWTH = 0.01
"""Half-width of the growth interval, a week, from which a long horizon should not compound it."""
_NOBODY = 0.1
"""Part of a usual day's work below which a holiday counts as one on which the desk is closed."""
_SHOWN = 10
"""Dates that a finding lists."""


@dataclass(frozen=True, eq=False)
class _HolidayEffect:
    """What holidays in the export show."""

    dates: tuple[date, ...]
    multiplier: Figure
    desk_closed: bool | None
    """None where no column tells whether anyone worked."""


@dataclass(frozen=True, eq=False)
class ArrivalsEvidence:
    """What the charts of arrivals are drawn of."""

    days: DayTable
    level: DailyLevel
    profile: WeekProfile
    """Hours of all tickets."""
    general: WeekProfile
    """Hours of intents without a profile of their own, which is what `arrivals.profile` is for."""
    holidays: _HolidayEffect | None


def fit_arrivals(export: Export, country: str | None = None) -> Part:
    """Fit `arrivals.*`: volume at the day after the export, growth, busyness, profile, and holidays of a country.

    Raises ExportError where the export is too short for a weekly profile (see `count_days`).
    """
    evidence = measure_arrivals(export, country)
    days, level = evidence.days, evidence.level
    n = int(days.totals[days.are("ordinary")].sum())
    start = export.last_day + timedelta(days=1)
    settings: dict[Key, Any] = {
        ("arrivals", "per_week"): measured(float(level.per_weekday.sum()), *level.per_week, n),
        ("arrivals", "weekly_growth"): _growth(level),
        ("arrivals", "busyness_cv"): _busyness(level),
        ("arrivals", "profile"): evidence.general.as_written(),
    }
    comments: dict[Key, str] = {
        ("arrivals", "per_week"): f"tickets in an ordinary week, at the level of the week from {start}",
        ("arrivals", "profile"): (
            "tickets in each hour (24 numbers), half-hour (48) or quarter (96) of a day; only their proportions count,"
            " as per_week sets the volume; days that are alike share a row"
        ),
    }
    if evidence.general is not evidence.profile:
        comments["arrivals", "profile"] += "; of intents without a profile of their own"
    seen = "measured on daily totals"
    unseen = "no trend shown; per_week has the level of all weeks, its interval allows for a trend"
    comments["arrivals", "weekly_growth"] = seen if level.shows_trend else unseen
    comments["arrivals", "busyness_cv"] = "how much days differ beyond chance: standard deviation ÷ mean"
    missing: tuple[Missing, ...] = ()
    if evidence.holidays is not None:
        settings["arrivals", "holidays", "country"] = country
        settings["arrivals", "holidays", "multiplier"] = evidence.holidays.multiplier
        if evidence.holidays.desk_closed is None:
            what, path = "whether anyone works on public holidays", ("arrivals", "holidays", "desk_closed")
            remedy = "give --set arrivals.holidays.desk_closed=true or =false"
            missing = (Missing(path, what, remedy, "The tickets do not tell."),)
        else:
            settings["arrivals", "holidays", "desk_closed"] = evidence.holidays.desk_closed
    sources = {"arrivals.profile*": f"measured: n={n:,} tickets, smoothed"}
    return Part(settings, comments, sources, tuple(_findings(evidence, country)), missing, (evidence,))


def measure_arrivals(export: Export, country: str | None = None) -> ArrivalsEvidence:
    """Measure arrivals without writing them as a scenario; ExportError as `fit_arrivals`."""
    days = count_days(export, country)
    ordinary = days.are("ordinary")
    level = fit_level(days.totals, days.weekday, _share_shown(days), ordinary)
    effect = _holiday_effect(export, days, level) if days.are("holiday").any() else None
    profile = fit_profile(days, level.per_weekday, level.busyness_cv)
    return ArrivalsEvidence(days, level, profile, _general(export, days, level) or profile, effect)


def _general(export: Export, days: DayTable, level: DailyLevel) -> WeekProfile | None:
    """Fit the profile of the intents that share one; None where that is all of them."""
    own = have_own_hours(export)
    if not own.any():
        return None
    rest = DayTable(days.dates, by_quarter(export, ~own[export.intent.codes]), days.exposure, days.kinds)
    part = [_sum_on(rest, weekday) / max(_sum_on(days, weekday), 1) for weekday in range(7)]
    return fit_profile(rest, level.per_weekday * np.array(part), level.busyness_cv)


def _sum_on(days: DayTable, weekday: int) -> int:
    return int(days.totals[days.are("ordinary") & (days.weekday == weekday)].sum())


def _share_shown(days: DayTable) -> Floats:
    """Return the part of an ordinary day's tickets that each day's hours hold: not 1 where clocks change."""
    ordinary = days.are("ordinary")
    share = np.ones(len(days.dates))
    for day in np.flatnonzero((days.exposure != 1).any(axis=1)):
        usual = days.counts[ordinary & (days.weekday == days.weekday[day])].sum(axis=0)
        if usual.sum():
            share[day] = max(float(usual @ days.exposure[day] / usual.sum()), 0.5)
    return share


def _growth(level: DailyLevel) -> Figure:
    """Write growth; one that a short export seems to show is not carried on, so 0 is assumed instead."""
    low, high = level.growth_range
    if level.is_short and not low <= 0 <= high:
        why = f"less than {MIN_WEEKS_OF_TREND:g} weeks do not tell a trend from a month's ups and downs"
        return Figure(0.0, source=f"assumed: {why}")
    return measured(level.growth, max(low, -0.9), min(high, 10.0), level.n_days, "days")


def _busyness(level: DailyLevel) -> Figure:
    """Write busyness; below 0.001 the model takes it as none."""
    value, low, high = (0.0 if cv < 0.001 else min(cv, 5.0) for cv in (level.busyness_cv, *level.busyness_range))
    return measured(value, low, high, level.n_days, "days")


def _holiday_effect(export: Export, days: DayTable, level: DailyLevel) -> _HolidayEffect | None:
    """Compare holidays with their weekdays; None where all fell on days without tickets anyway."""
    expected = _expected(level, days)
    rows = days.are("holiday") & (expected > 0)
    if not rows.any():
        return None
    mean, found = expected[rows], days.totals[rows].astype(float)
    ratio = float(found.sum() / mean.sum())
    variance = ratio * mean + (level.busyness_cv * ratio * mean) ** 2
    # Holidays differ among themselves (a bridge day, a Christmas): their own scatter counts where it is larger.
    squares = float(np.sum((found - ratio * mean) ** 2 / variance)) if ratio else 0.0
    scatter = max(1.0, squares / max(len(mean) - 1, 1))
    error = math.sqrt(float(variance.sum()) * scatter) / float(mean.sum())
    # Without a ticket the 90 % interval's upper end is that of a Poisson count of 0.
    high = ratio + _NORMAL * error if ratio else -math.log(TAIL) / float(mean.sum())
    dates = tuple(day for day, inside in zip(days.dates, rows, strict=True) if inside)
    n = len(dates)
    multiplier = measured(ratio, max(ratio - _NORMAL * error, 0.0), high, n, "holiday" if n == 1 else "holidays")
    return _HolidayEffect(dates, multiplier, _is_closed(export, days, rows))


def _expected(level: DailyLevel, days: DayTable) -> Floats:
    """Return every day's expected total, left-out days included; shape (days,)."""
    week = (np.arange(len(days.dates)) - len(days.dates)) // 7
    expected: Floats = level.per_weekday[days.weekday] * (1 + level.growth) ** week
    return expected


def _is_closed(export: Export, days: DayTable, rows: Bools) -> bool | None:
    """Return whether (nearly) nobody worked on some days: tickets taken up, answered or resolved against usual days."""
    column = next((one for one in (export.began, export.first_response, export.resolved) if one is not None), None)
    if column is None:
        return None
    day = export.clock(column[np.isfinite(column)]).day
    by_day = np.bincount(day[(day >= 0) & (day < len(rows))], minlength=len(rows))
    done = usual = 0.0
    for weekday in set(days.weekday[rows].tolist()):
        alike = days.weekday == weekday
        done += float(by_day[alike & rows].sum())
        usual += float(np.median(by_day[alike & days.are("ordinary")]) * (alike & rows).sum())
    return done < _NOBODY * usual if usual else None


def _findings(evidence: ArrivalsEvidence, country: str | None) -> Iterator[Notice]:
    days, level = evidence.days, evidence.level
    if dates := days.of_kind("missing"):
        text = f"{_days(dates)} without tickets, or hardly any, where the weekday has many: {_dates(dates)}"
        remedy = "; if they were holidays, give --country" if country is None else ""
        yield Notice("warning", "arrivals", f"{text}; taken as missing data and left out{remedy}")
    if dates := days.of_kind("quiet"):
        text = f"{_days(dates)} with far less than the weekday's usual volume, as on a holiday: {_dates(dates)}"
        remedy = "; give --country for public holidays" if country is None else ""
        yield Notice("warning", "arrivals", f"{text}; left out, so the scenario has no such days{remedy}")
    if dates := days.of_kind("partial"):
        text = f"{_days(dates)} that the export covers only in part: {_dates(dates)}; left out"
        yield Notice("note", "arrivals", text)
    if country is not None and evidence.holidays is None:
        text = f"no public holiday of {country} lies in the export, so none is in the scenario"
        remedy = "give --set arrivals.holidays.country and .multiplier if the desk has a figure"
        yield Notice("warning", "arrivals.holidays", f"{text}; {remedy}")
    yield from _busier(evidence)
    yield from _trend(level)
    if level.is_correlated:
        text = f"busy days come in spells: a day's deviation correlates {level.lag_1:.2f} with the next day's"
        limit = "the model draws days independently, so it understates runs of bad days; intervals allow for it"
        yield Notice("warning", "arrivals.busyness_cv", f"{text}; {limit}")


def _busier(evidence: ArrivalsEvidence) -> Iterator[Notice]:
    days, level = evidence.days, evidence.level
    expected = _expected(level, days)
    spread = np.sqrt(expected + (level.busyness_cv * expected) ** 2)
    far = days.are("ordinary") & (days.totals > expected + _UNUSUAL * spread) & (days.totals > 1.5 * expected)
    if dates := [day for day, is_far in zip(days.dates, far, strict=True) if is_far]:
        text = f"{_days(dates)} with far more than the weekday's usual volume, kept in: {_dates(dates)}"
        yield Notice("note", "arrivals", f"{text}; an event of its own can be written as a surge")


def _trend(level: DailyLevel) -> Iterator[Notice]:
    low, high = level.growth_range
    interval = f"{low:+.2%} to {high:+.2%} a week"
    if level.shows_trend:
        text = f"volume changes by {level.growth:+.2%} a week (90 %: {interval})"
    else:
        short = f"less than {MIN_WEEKS_OF_TREND:g} weeks are no trend to carry on"
        chance = "no trend shown" if low <= 0 <= high else f"no trend that is sure enough ({SURE:.0%}) to carry on"
        why = short if level.is_short and not low <= 0 <= high else chance
        text = f"{why} (90 %: {interval}); growth is written as 0 and the level is that of all weeks"
    is_cut_off = not level.shows_trend and not low <= 0 <= high
    yield Notice("warning" if is_cut_off else "note", "arrivals.weekly_growth", text)
    if level.shows_trend and (high - low) / 2 > _WIDE_GROWTH:
        year = f"times {(1 + max(low, -0.9)) ** 52:.2g} to {(1 + high) ** 52:.2g}"
        text = f"the interval of growth, carried on for a year, would mean {year}"
        remedy = "for a long horizon give the growth that you plan with: --set arrivals.weekly_growth=0"
        yield Notice("warning", "arrivals.weekly_growth", f"{text}; {remedy}")


def _days(dates: Sequence[date]) -> str:
    return "1 day" if len(dates) == 1 else f"{len(dates)} days"


def _dates(dates: Sequence[date]) -> str:
    more = f" and {len(dates) - _SHOWN} more" if len(dates) > _SHOWN else ""
    return ", ".join(map(str, dates[:_SHOWN])) + more
