"""Resolution times in two parts: tickets dealt with in one go, and tickets that waited for somebody else.

Time on hold: tickets that wait for the customer, or somebody else outside the desk, before they can be resolved.

Where the export records it, that is what is written. Where not, and resolution times fall into two parts hours and
days apart, the slower part is taken for tickets on hold: assumed, because the export does not say why they took long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.calendars import DAY_MINUTES
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import channel_rows, live_channels, live_rows
from simulator.calibration.fit.durations import DurationFit, fit_duration, rounded
from simulator.calibration.fit.estimate import Part, Ranged, Z, measured
from simulator.calibration.fit.likelihood import CV_RANGE
from simulator.calibration.fit.partial_pooling import share_of, shares_by_group

_BINS = 2000
"""Bins on the log scale: narrower than anybody notes times down, and few enough for millions of tickets."""
_MOST_STEPS = 2000
_MIN_WEIGHT = 0.05
"""Share of tickets that each part must have."""
_MIN_SEPARATION = 2.0
"""Distance of the parts' middles in units of the wider one's spread (Ashman's D, 2 for a clean division)."""


@dataclass(frozen=True, eq=False)
class _Mixture:
    """Two lognormals, the faster first; arrays of shape (2,)."""

    weight: Floats
    middle: Floats
    """Means of log minutes."""
    spread: Floats
    """Standard deviations of log minutes."""
    n: int
    edges: Floats
    """What was observed, for charts: edges of bins of log minutes, and tickets in them."""
    counts: Floats

    @property
    def medians(self) -> Floats:
        """The parts' medians in minutes."""
        return np.exp(self.middle)

    def density(self, logs: Floats) -> Floats:
        """Return each part's share of the density at log minutes; shape (2, n)."""
        return _densities(logs, self.weight, self.middle, self.spread)

    def slow(self, minutes: Floats) -> Floats:
        """Return the chance that each ticket belongs to the slower part."""
        parts = self.density(np.log(minutes))
        total = parts.sum(axis=0)
        # Far outside both, the nearer middle decides.
        nearer = np.argmin(np.abs(np.log(minutes) - self.middle[:, None]), axis=0).astype(float)
        chance: Floats = np.where(total > 0, parts[1] / np.where(total > 0, total, 1.0), nearer)
        return chance


def two_parts(minutes: Floats) -> _Mixture | None:
    """Divide durations (above 0) by expectation-maximisation on their logs; None where they are no two parts.

    They are two when the Bayesian information criterion prefers two lognormals to one, both have MIN_WEIGHT, and
    their middles lie MIN_SEPARATION apart (Ashman, Bird and Zepf 1994, Astronomical Journal 108).
    """
    logs = np.log(minutes)
    if len(logs) < 100 or logs.std() < 1e-6:
        return None
    counts, edges = np.histogram(logs, _BINS)
    at, weights = (edges[1:] + edges[:-1]) / 2, counts.astype(float)
    at, weights = at[counts > 0], weights[counts > 0]
    step = float(edges[1] - edges[0])
    share, middle, spread, fit = _maximised(at, weights, step)
    n = len(logs)
    single = float(weights @ np.log(_densities(at, np.ones(1), logs.mean(keepdims=True), logs.std(keepdims=True))[0]))
    better = 2 * (fit - single) > 3 * math.log(n)
    separation = abs(middle[1] - middle[0]) / math.sqrt((spread[0] ** 2 + spread[1] ** 2) / 2)
    if not better or share.min() < _MIN_WEIGHT or separation < _MIN_SEPARATION:
        return None
    order = np.argsort(middle)
    shown, bins = np.histogram(logs, 40)
    return _Mixture(share[order], middle[order], spread[order], n, bins, shown.astype(float))


def _maximised(at: Floats, weights: Floats, step: float) -> tuple[Floats, Floats, Floats, float]:
    """Climb to the likelihood's maximum from a division at the median; also give the log-likelihood there."""
    total = float(weights.sum())
    cut = at[np.searchsorted(np.cumsum(weights), total / 2)]
    belongs = np.stack([at <= cut, at > cut]).astype(float)
    before = -math.inf
    for _ in range(_MOST_STEPS):
        sizes = np.maximum(belongs @ weights, 1e-9)
        share, middle = sizes / total, (belongs * at) @ weights / sizes
        spread = np.sqrt((belongs * (at - middle[:, None]) ** 2) @ weights / sizes + step**2)
        parts = _densities(at, share, middle, spread)
        density = np.maximum(parts.sum(axis=0), 1e-300)
        fit = float(weights @ np.log(density))
        belongs = parts / density
        if fit - before < 1e-9 * total:
            break
        before = fit
    return share, middle, spread, fit


def _densities(logs: Floats, weight: Floats, middle: Floats, spread: Floats) -> Floats:
    scores = (logs - middle[:, None]) / spread[:, None]
    heights = (weight / spread)[:, None] / math.sqrt(2 * math.pi)
    return np.asarray(heights * np.exp(-(scores**2) / 2), dtype=float)


# -- time on hold -----------------------------------------------------------------------------------------------------


_FORMS = ("lognormal", "gamma", "exponential")
_MIN_ON_HOLD = 30
_LONG = float(DAY_MINUTES)
"""Median minutes of the slower part from which it is no plausible work of one visit: a day."""
_MOST = 0.99
"""Largest share on hold that is written: its odds have no end at 1."""
_PATH = "handling.follow_ups"
_SIGNIFICANT = 0.01


@dataclass(frozen=True, eq=False)
class HoldEvidence:
    """Resolution times in two parts, as assumed to tell hold from work."""

    mixture: _Mixture


def fit_hold(export: Export) -> Part:
    """Estimate how many tickets are put on hold and how long: follow-ups and reply gaps."""
    if export.hold_minutes is not None:
        finished = np.isfinite(export.hold_minutes) & ~export.is_open
        if export.abandoned is not None:
            finished &= ~export.abandoned
        if int((finished & (export.hold_minutes > 0)).sum()) >= _MIN_ON_HOLD:
            return _recorded(export, export.hold_minutes, finished)
    return _from_resolution(export)


def _recorded(export: Export, hold: Floats, finished: Bools) -> Part:
    on_hold = finished & (hold > 0)
    settings: dict[Key, Any] = {}
    sources: dict[str, str] = {}
    share = share_of(float(on_hold.sum()), float(finished.sum()))
    settings["handling", "follow_ups"] = measured(*_odds(share), int(finished.sum()))
    settings["handling", "follow_up_limit"] = _one()
    for name, own in _groups(export, finished, on_hold.astype(float)).items():
        settings["intents", name, "follow_ups"] = measured(*_odds(own[0]), own[1])
    fits: list[tuple[Key, DurationFit | None]] = [
        (("channels", name, "reply_gap"), _gap(hold, on_hold & rows)) for name, rows in channel_rows(export).items()
    ]
    fits += [(("intents", name, "reply_gap"), fit) for name, fit in _differing(export, hold, on_hold)]
    for path, fit in fits:
        if fit is not None:
            settings[path] = fit.setting("tickets on hold")
            if fit.form == "quantiles":
                sources[".".join(map(str, path)) + "*"] = f"measured: n={fit.n:,} tickets on hold"
    text = (
        f"{share.value:.1%} of {int(finished.sum()):,} finished tickets were on hold; each is put on hold once, for as"
        " long as recorded in all"
    )
    return Part(settings, sources=sources, findings=(Notice("note", _PATH, text),))


def _gap(hold: Floats, rows: Bools) -> DurationFit | None:
    return fit_duration(hold[rows], None, _FORMS) if int(rows.sum()) >= _MIN_ON_HOLD else None


def _differing(export: Export, hold: Floats, on_hold: Bools) -> list[tuple[str, DurationFit]]:
    """Return intents' own lengths of hold where they differ (F-test on log minutes)."""
    codes, logs = export.intent.codes[on_hold], np.log(hold[on_hold])
    sizes = np.bincount(codes[codes >= 0], minlength=len(export.intent.names))
    kept = (codes >= 0) & (sizes >= _MIN_ON_HOLD)[codes]
    codes, logs = codes[kept], logs[kept]
    groups, n = int((sizes >= _MIN_ON_HOLD).sum()), len(logs)
    if groups < 2:
        return []
    means = np.bincount(codes, logs, minlength=len(sizes)) / np.maximum(np.bincount(codes, minlength=len(sizes)), 1)
    between = float(((means[codes] - logs.mean()) ** 2).sum()) / (groups - 1)
    within = float(((logs - means[codes]) ** 2).sum()) / (n - groups)
    if not within > 0 or float(special.fdtrc(groups - 1, n - groups, between / within)) >= _SIGNIFICANT:
        return []
    fits = [(int(code), _gap(hold, on_hold & (export.intent.codes == code))) for code in np.unique(codes)]
    return [(export.intent.names[code], fit) for code, fit in fits if fit is not None]


def _from_resolution(export: Export) -> Part:
    """Take the slower of two parts of resolution times for tickets on hold."""
    if export.resolved is None:
        return Part(findings=(Notice("note", _PATH, "the export has neither time on hold nor resolution times"),))
    minutes = (export.resolved - export.created) / 60
    usable = np.isfinite(minutes) & (minutes > 0) & ~live_rows(export)
    for counts in (export.reassignments, export.reopens):
        if counts is not None:
            usable &= ~(counts > 0)
    mixture = two_parts(minutes[usable]) if usable.any() else None
    if mixture is None or mixture.medians[1] < _LONG:
        text = "the export records no time on hold, and resolution times do not fall into two parts: none is assumed"
        return Part(findings=(Notice("note", _PATH, text),))
    source = f"assumed: the slower part of resolution times (two lognormals, n={mixture.n:,} tickets)"
    slow = mixture.slow(minutes[usable])
    share = share_of(float(slow.sum()), float(len(slow)))
    settings: dict[Key, Any] = {
        ("handling", "follow_ups"): _assumed(_odds(share), mixture.n, source),
        ("handling", "follow_up_limit"): _one(),
    }
    for name, own in _groups(export, usable, _laid_out(slow, usable)).items():
        settings["intents", name, "follow_ups"] = _assumed(_odds(own[0]), own[1], source)
    gap = _slow_part(mixture, source)
    live = live_channels(export)
    for name in channel_rows(export):
        if name not in live:
            settings["channels", name, "reply_gap"] = gap
    fast, long = mixture.medians
    text = (
        f"the export records no time on hold, but {share.value:.0%} of tickets took days"
        f" (median {long / DAY_MINUTES:.2g} d)"
        f" and the others {fast:.3g} min: the slow ones are taken to wait once outside the desk. The model then"
        " reproduces resolution times by that waiting, not by queues: it cannot say what more agents would do to them"
    )
    return Part(settings, findings=(Notice("warning", _PATH, text),), evidence=(HoldEvidence(mixture),))


def _laid_out(values: Floats, rows: Bools) -> Floats:
    column = np.zeros(len(rows))
    column[rows] = values
    return column


def _slow_part(mixture: _Mixture, source: str) -> dict[str, Any]:
    """Write the slower lognormal as a reply gap, its mean with the interval that its middle and spread leave."""
    n, middle, spread = mixture.n * float(mixture.weight[1]), float(mixture.middle[1]), float(mixture.spread[1])
    error = math.sqrt(spread**2 / n + spread**4 / (2 * n))
    log = middle + spread**2 / 2
    mean = Ranged(*(math.exp(log + side * Z * error) for side in (0, -1, 1)))
    cv = min(max(math.sqrt(math.expm1(spread**2)), CV_RANGE[0]), CV_RANGE[1])
    return {"form": "lognormal", "mean": _assumed(mean, int(n), source), "cv": Figure(rounded(cv), source=source)}


def _groups(export: Export, rows: Bools, on_hold: Floats) -> dict[str, tuple[Ranged, int]]:
    """Return each intent's share on hold and its tickets, where intents differ."""
    codes, held = export.intent.codes[rows], on_hold[rows]
    named, size = codes >= 0, len(export.intent.names)
    n = np.bincount(codes[named], minlength=size)
    times = np.round(np.bincount(codes[named], held[named], minlength=size)).astype(np.int64)
    return {
        export.intent.names[code]: (share, int(n[code])) for code, share in shares_by_group(times, n).items()
    }


def _odds(share: Ranged) -> Ranged:
    """Turn a share into the mean of a geometric number of follow-ups whose chance of one or more it is."""
    value, low, high = (min(end, _MOST) / (1 - min(end, _MOST)) for end in share)
    return Ranged(rounded(value), rounded(low), rounded(high))


def _one() -> Figure:
    return Figure(1.0, source="definition: on hold once, for as long as in all")


def _assumed(given: Ranged, n: int, source: str) -> Figure:
    value, low, high = (rounded(end) for end in given)
    return Figure(value, min(low, value), max(high, value), n, source)
