"""Service-level targets, read off the flags that say which tickets met theirs.

A target that explains nearly all flags is measured. Where none does (business hours, clocks that stop on hold), the one
within which as many tickets were resolved as met theirs is assumed: it gives the attainment, not which tickets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.durations import rounded
from simulator.calibration.fit.estimate import Part, Ranged, Z
from simulator.calibration.fit.partial_pooling import share_of

_MIN_AGREEMENT = 0.90
"""Share of flags that a target must explain to count as measured."""
_MIN_OF_EACH = 0.80
"""The same of those that met it, and of those that missed it: where 95 % met, any long target explains 95 %."""
_MIN_FLAGS = 30
"""Flags that a target is read from at least."""
_MIN_EACH = 10
"""Tickets that met their target, and that missed it, without which a target is assumed at best; where fewer met it,
none is read: the quickest few tickets are no target."""
_ROUND = (
    1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 5760, 7200, 10080, 14400, 20160, 28800,
    43200,
)  # fmt: skip
"""Targets that people set, in minutes."""
_ROUND_LOSS = 0.005
"""Share of flags for which a round target may be worse than the best one, and still be taken for what was meant."""
_CLEARLY = 0.05
"""Share of flags that first responses must explain beyond resolutions, where neither does so well enough."""
_ALL = "default"
_WHAT = {"resolution": "resolved", "first_response": "first_response"}


@dataclass(frozen=True)
class _Attainment:
    """How many tickets of a tier met their target, and the target that explains it best."""

    tier: str
    met: Ranged
    n: int
    target: float | None
    """Minutes; None where no target can be read off."""
    agreement: float


@dataclass(frozen=True)
class SlaEvidence:
    """Attainment by tier, as the help desk flagged it."""

    measure: str
    """resolution or first_response: what the targets seem to be for."""
    tiers: tuple[_Attainment, ...]


@dataclass(frozen=True)
class _Threshold:
    """A target that was read off flags."""

    minutes: float
    low: float
    high: float
    """Targets that do about as well."""
    agreement: float
    """Share of flags that it explains."""
    explains: bool
    """Whether it explains enough of those that met it, and of those that missed it; otherwise it is assumed."""


def fit_sla(export: Export) -> Part:
    """Estimate targets by tier from flags; where there are none, only say how to give targets."""
    if export.met_sla is None or not np.isfinite(export.met_sla).any():
        text = "the export does not say which tickets met a target; give one with --set sla.first_response.default=4h"
        return Part(findings=(Notice("note", "sla", text),))
    known = np.isfinite(export.met_sla)
    met = known & (export.met_sla > 0.5)
    measures = {name: column for name in _WHAT if (column := getattr(export, _WHAT[name])) is not None}
    groups = _tiers(export, known)
    tried = {
        name: {tier: _threshold(_minutes(export, column)[rows], met[rows]) for tier, rows in groups.items()}
        for name, column in measures.items()
    }
    measure = _measure(tried, groups)
    found = tried.get(measure, {})
    rows = tuple(_attainment(tier, met[rows], found.get(tier)) for tier, rows in groups.items())
    settings: dict[Key, Any] = {}
    findings: list[Notice] = []
    for row in rows:
        path: Key = ("sla", measure, row.tier)
        threshold = found.get(row.tier)
        if threshold is None:
            findings.append(Notice("warning", f"sla.{measure}.{row.tier}", _unread(row)))
            continue
        settings[path], finding = _written(threshold, row, ".".join(map(str, path)))
        findings.append(finding)
    return Part(settings, findings=tuple(findings), evidence=(SlaEvidence(measure, rows),))


def _tiers(export: Export, known: Bools) -> dict[str, NDArray[np.intp]]:
    """Return the flagged tickets of each tier that has any."""
    if export.tier is None:
        return {_ALL: np.flatnonzero(known)}
    rows = {name: np.flatnonzero(known & (export.tier.codes == code)) for code, name in enumerate(export.tier.names)}
    return {name: here for name, here in rows.items() if len(here)}


def _minutes(export: Export, moments: Floats) -> Floats:
    """Return the time from creation; infinite where it has not happened yet."""
    minutes = (moments - export.created) / 60
    return np.where(np.isfinite(minutes), minutes, math.inf)


def _threshold(minutes: Floats, met: Bools) -> _Threshold | None:
    """Read a target off; None where all met it, or hardly any, or where there are too few flags."""
    n, n_met = len(met), int(met.sum())
    if n < _MIN_FLAGS or not _MIN_EACH <= n_met < n:
        return None
    order = np.argsort(minutes, kind="stable")
    minutes, met = minutes[order], met[order]
    # Flags explained by a target after the first 0, 1, 2 … tickets.
    right = np.concatenate([[0], np.cumsum(met)]) + (n - n_met) - np.concatenate([[0], np.cumsum(~met)])
    # Only a place between two different durations is a target.
    places = np.flatnonzero(np.append(minutes[1:] > minutes[:-1], False) & np.isfinite(minutes)) + 1
    if not len(places):
        return None
    best = int(places[np.argmax(right[places])])
    agreement = float(right[best]) / n
    kept, missed = float(met[:best].sum()) / n_met, float((~met[best:]).sum()) / (n - n_met)
    if agreement < _MIN_AGREEMENT or min(kept, missed) < _MIN_OF_EACH or min(n_met, n - n_met) < _MIN_EACH:
        return _as_many(minutes, right, n_met)
    near = places[right[places] / n >= agreement - Z * math.sqrt(max(agreement * (1 - agreement), 1 / n) / n)]
    # A target lies from the last ticket that it lets pass to the first that it does not.
    low, high = float(minutes[near[0] - 1]), float(minutes[near[-1]])
    high = high if math.isfinite(high) else float(minutes[near[-1] - 1])
    target = _round_target(minutes, right, (low, high), agreement) or float(minutes[best - 1])
    return _Threshold(target, min(low, target), max(high, target), agreement, True)


def _round_target(
    minutes: Floats, right: Ints, between: tuple[float, float], agreement: float
) -> float | None:
    """Find a target that people would set, and that explains about as many flags; None if there is none."""
    for candidate in _ROUND:
        explained = right[int(np.searchsorted(minutes, candidate, side="right"))] / len(minutes)
        if between[0] <= candidate < between[1] and explained >= agreement - _ROUND_LOSS:
            return float(candidate)
    return None


def _as_many(minutes: Floats, right: Ints, n_met: int) -> _Threshold | None:
    """Return the target within which as many tickets are as met theirs; None where it would be without end."""
    half = Z * math.sqrt(n_met * (1 - n_met / len(minutes)))
    target, low, high = (
        float(minutes[int(min(max(place, 1), len(minutes))) - 1]) for place in (n_met, n_met - half, n_met + half)
    )
    if not math.isfinite(target):
        return None
    return _Threshold(target, low, high if math.isfinite(high) else target, float(right[n_met]) / len(minutes), False)


def _measure(tried: dict[str, dict[str, _Threshold | None]], groups: dict[str, NDArray[np.intp]]) -> str:
    """Return what flags are about: resolution, as is usual, unless first responses explain more of them."""
    if len(tried) < len(_WHAT):
        return next(iter(tried), "resolution")
    n = sum(map(len, groups.values()))
    resolution, first_response = (_explained(tried[name], groups) / n for name in _WHAT)
    is_sure = any(one is not None and one.explains for one in tried["first_response"].values())
    return "first_response" if first_response > resolution + (0 if is_sure else _CLEARLY) else "resolution"


def _explained(found: dict[str, _Threshold | None], groups: dict[str, NDArray[np.intp]]) -> float:
    """Count the flags that a measure's targets explain."""
    return sum(one.agreement * len(groups[tier]) for tier, one in found.items() if one is not None)


def _attainment(tier: str, met: Bools, found: _Threshold | None) -> _Attainment:
    share = share_of(float(met.sum()), float(len(met)))
    if found is None:
        return _Attainment(tier, share, len(met), None, math.nan)
    return _Attainment(tier, share, len(met), found.minutes, found.agreement)


def _unread(row: _Attainment) -> str:
    share = f"{row.met.value:.1%} of n={row.n:,} tickets met their target"
    return f"{share}: no target can be read off that; give one with --set"


def _written(found: _Threshold, row: _Attainment, path: str) -> tuple[Figure, Notice]:
    """Return a target as a figure, measured or assumed, and what is to be said about it."""
    explained = f"explains {found.agreement:.0%} of n={row.n:,} flags"
    if found.explains:
        source, text = f"measured: {explained}", f"{found.minutes:,.5g} min {explained}"
    else:
        source = f"assumed: within it are as many of n={row.n:,} tickets as met theirs ({row.met.value:.0%})"
        text = (
            f"no target explains the flags: {found.minutes:,.5g} min gives the {row.met.value:.0%} that met theirs, but"
            f" {explained}. Targets may count business hours, or stop on hold: give the real ones with --set"
        )
    figure = Figure(rounded(found.minutes), rounded(found.low), rounded(found.high), row.n, source)
    return figure, Notice("note" if found.explains else "warning", path, text)
