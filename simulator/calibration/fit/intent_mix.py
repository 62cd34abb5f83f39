"""Where an intent differs from the others: its own channels, its own customers, its own hours.

Written only where a test says that the difference is no chance (Holm's procedure over the intents, 5 %) and where it
is large enough to matter; the shares are then drawn toward the general mix by as much as the intents are alike.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import SLOTS_PER_DAY
from simulator.base.errors import Notice
from simulator.base.text import Key
from simulator.calibration.exports.table import Category, Export
from simulator.calibration.fit.estimate import Part, rounded_shares
from simulator.calibration.fit.level import DayTable, by_quarter
from simulator.calibration.fit.profile import chi_square, fit_profile, prior_weight, shrunk

_CHANCE = 0.05
_MIN_FOR_MIX, _MIN_FOR_PROFILE = 100, 500
"""Tickets from which an intent may have its own mix, or its own hours."""
_MIX_MATTERS, _PROFILE_MATTERS = 0.01, 0.05
"""Mean squared relative deviation from the general shares, chance taken off, from which a difference is written: a
tenth of a channel's share, or between a quarter and a fifth of an hour's."""
_BLOCKS = 8
"""Parts of a day in which hours are compared."""


_Field = Literal["channels", "tiers"]


def have_own_mix(export: Export, field: _Field) -> Bools:
    """Return which intents have a mix of channels or tiers of their own; shape (n_intents,)."""
    counts = _by_intent(export, field)
    return _differing(counts, np.ones(len(counts)), _MIN_FOR_MIX, _MIX_MATTERS)


def have_own_hours(export: Export) -> Bools:
    """Return which intents have hours of their own; shape (n_intents,)."""
    return _differing(*_hours_and_spread(export), _MIN_FOR_PROFILE, _PROFILE_MATTERS)


def own_mixes(export: Export, field: _Field, differ: Bools) -> Part:
    """Fit `intents.*.channels` or `intents.*.tiers` of the intents that have their own."""
    category = _category(export, field)
    if category is None or not differ.any():
        return Part()
    names, counts = export.intent.names, _by_intent(export, field)
    general = counts.sum(axis=0) / counts.sum()
    posterior = shrunk(counts.astype(float), general, prior_weight(counts.astype(float), general))
    settings: dict[Key, Any] = {}
    sources = {}
    for code in np.flatnonzero(differ).tolist():
        n = int(counts[code].sum())
        shares = rounded_shares(posterior[code], n)
        mix = {name: float(share) for name, share in zip(category.names, shares, strict=True) if share > 0}
        settings["intents", names[code], field] = mix
        sources[f"intents.{names[code]}.{field}*"] = f"measured: n={n:,} tickets, drawn toward the general mix"
    return Part(settings, {}, sources, _told(field, differ, f"mix of {field}"))


def own_profiles(export: Export, table: DayTable) -> Part:
    """Fit `intents.*.profile` where an intent's hours differ from the general ones; `table` has the export's days."""
    names, differ = export.intent.names, have_own_hours(export)
    settings: dict[Key, Any] = {}
    sources = {}
    for code in np.flatnonzero(differ).tolist():
        rows = export.intent.codes == code
        own = DayTable(table.dates, by_quarter(export, rows), table.exposure, table.kinds)
        settings["intents", names[code], "profile"] = fit_profile(own, *_level(own)).as_written()
        sources[f"intents.{names[code]}.profile*"] = f"measured: n={int(rows.sum()):,} tickets, smoothed"
    return Part(settings, {}, sources, _told("profile", differ, "hours"))


def _category(export: Export, field: _Field) -> Category | None:
    return export.channel if field == "channels" else export.tier


def _by_intent(export: Export, field: _Field) -> Ints:
    """Count tickets by intent and name; shape (n_intents, n_names)."""
    category, intents = _category(export, field), len(export.intent.names)
    if category is None:
        return np.zeros((intents, 1), dtype=np.int64)
    size = len(category.names)
    known = (category.codes >= 0) & (export.intent.codes >= 0)
    cell = export.intent.codes[known].astype(np.int64) * size + category.codes[known]
    return np.bincount(cell, minlength=intents * size).reshape(intents, size)


def _hours_and_spread(export: Export) -> tuple[Ints, Floats]:
    """Count tickets by intent and part of the week, and measure how much each intent varies between days."""
    local, intents = export.local, len(export.intent.names)
    known = (export.intent.codes >= 0) & (local.day >= 0) & (local.day < export.days)
    code = export.intent.codes[known].astype(np.int64)
    part = local.weekday[known] * _BLOCKS + (local.minute[known] * _BLOCKS // (SLOTS_PER_DAY * 15)).astype(np.int64)
    counts = np.bincount(code * 7 * _BLOCKS + part, minlength=intents * 7 * _BLOCKS).reshape(intents, -1)
    by_day = np.bincount(code * export.days + local.day[known], minlength=intents * export.days)
    return counts, _spreads(by_day.reshape(intents, -1))


def _spreads(by_day: Ints) -> Floats:
    """Measure the variance of each intent's share between days, relative to chance (1); shape (intents,).

    An outbreak brings many tickets of an intent in a few hours; they do not make those hours its usual ones.
    """
    whole = by_day.sum(axis=0)
    spreads = []
    for row in by_day:
        statistic, freedom = chi_square(np.column_stack([row, whole - row]))
        spreads.append(max(1.0, statistic / freedom) if freedom else 1.0)
    return np.array(spreads)


def _differing(counts: Ints, spreads: Floats, least: int, matters: float) -> Bools:
    """Return which rows differ from the others, beyond chance and by enough to matter; shape (rows,).

    The one that differs most goes first and the rest is compared without it: one odd intent must not make all the
    others look odd. At least one row is left, which the general shares are then for.
    """
    differ = np.zeros(len(counts), dtype=np.bool_)
    while (~differ).sum() > 1:
        rest = np.flatnonzero(~differ)
        pool = counts[rest].sum(axis=0)
        found = [
            _against(row, pool - row, spread, least) for row, spread in zip(counts[rest], spreads[rest], strict=True)
        ]
        chances, sizes = np.array(found).T
        odd = _holm(chances) & (sizes >= matters)
        if not odd.any():
            break
        # Of two that differ from each other alike the rarer one gets its own shares.
        tickets = counts[rest].sum(axis=1)
        differ[rest[max(np.flatnonzero(odd), key=lambda place: (round(sizes[place], 9), -tickets[place]))]] = True
    return differ


def _against(row: Ints, others: Ints, spread: float, least: int) -> tuple[float, float]:
    """Compare tickets with others: the chance of such a difference, and its size with chance taken off."""
    n, m = int(row.sum()), int(others.sum())
    if n < least or not m:
        return 1.0, 0.0
    few = (row + others) * n < 5 * (n + m)
    table = np.stack([row, others])
    statistic, freedom = chi_square(np.column_stack([table[:, ~few], table[:, few].sum(axis=1)]))
    if not freedom:
        return 1.0, 0.0
    size = (statistic - freedom * spread) * (1 / n + 1 / m)
    return float(special.chdtrc(freedom, statistic / spread)), size


def _holm(chances: Floats) -> Bools:
    """Return which hypotheses fall, the chance of any false one kept at CHANCE (Holm 1979)."""
    order = np.argsort(chances)
    passed = chances[order] <= _CHANCE / (len(chances) - np.arange(len(chances)))
    fallen = np.zeros(len(chances), dtype=np.bool_)
    fallen[order] = np.logical_and.accumulate(passed)
    return fallen


def _level(table: DayTable) -> tuple[Floats, float]:
    """Return mean tickets by weekday on ordinary days and the days' coefficient of variation beyond Poisson."""
    per_weekday, squares, means = np.zeros(7), 0.0, 0.0
    ordinary = table.are("ordinary")
    for weekday in range(7):
        totals = table.totals[ordinary & (table.weekday == weekday)]
        per_weekday[weekday] = mean = float(totals.mean())
        if len(totals) > 1:
            squares += float(np.sum((totals - mean) ** 2)) * len(totals) / (len(totals) - 1) - mean * len(totals)
            means += mean**2 * len(totals)
    return per_weekday, float(np.sqrt(max(squares, 0.0) / means)) if means else 0.0


def _told(field: str, differ: Bools, what: str) -> tuple[Notice, ...]:
    if not differ.any():
        return ()
    others = "the others share the general one, from which chance or little parts them"
    text = f"{differ.sum()} of {len(differ)} intents have their own {what}; {others}"
    return (Notice("note", f"intents.*.{field}", text),)
