"""Time on hold: tickets that wait for the customer, or somebody else outside the desk, before they can be resolved.

Where the export records it, that is what is written. Where not, and resolution times fall into two parts hours and
days apart, the slower part is taken for tickets on hold: assumed, because the export does not say why they took long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import channel_rows, live_channels, live_rows
from simulator.calibration.fit.durations import DurationFit, Z, fit_duration, rounded
from simulator.calibration.fit.likelihood import CV_RANGE, Ranged
from simulator.calibration.fit.mixture import Mixture, two_parts
from simulator.calibration.fit.shares import share_of, shares_by_group
from simulator.calibration.part import Part, measured
from simulator.quantities import Figure
from simulator.scenario.yaml_text import Key
from simulator.studies.findings import Finding

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FORMS = ("lognormal", "gamma", "exponential")
MIN_ON_HOLD = 30
LONG = 1440.0
"""Median minutes of the slower part from which it is no plausible work of one visit: a day."""
MOST = 0.99
"""Largest share on hold that is written: its odds have no end at 1."""
PATH = "handling.follow_ups"
SIGNIFICANT = 0.01


@dataclass(frozen=True, eq=False)
class HoldEvidence:
    """Resolution times in two parts, as assumed to tell hold from work."""

    mixture: Mixture


def fit_hold(export: Export) -> Part:
    """Estimate how many tickets are put on hold and how long: follow-ups and reply gaps."""
    if export.hold_minutes is not None and int((export.hold_minutes > 0).sum()) >= MIN_ON_HOLD:
        return _recorded(export, export.hold_minutes)
    return _from_resolution(export)


def _recorded(export: Export, hold: Floats) -> Part:
    finished = np.isfinite(hold) & ~export.is_open
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
    return Part(settings, sources=sources, findings=(Finding("note", PATH, text),))


def _gap(hold: Floats, rows: Bools) -> DurationFit | None:
    return fit_duration(hold[rows], None, FORMS) if int(rows.sum()) >= MIN_ON_HOLD else None


def _differing(export: Export, hold: Floats, on_hold: Bools) -> list[tuple[str, DurationFit]]:
    """Give intents' own lengths of hold where they differ (F-test on log minutes)."""
    codes, logs = export.intent.codes[on_hold], np.log(hold[on_hold])
    sizes = np.bincount(codes[codes >= 0], minlength=len(export.intent.names))
    kept = (codes >= 0) & (sizes >= MIN_ON_HOLD)[codes]
    codes, logs = codes[kept], logs[kept]
    groups, n = int((sizes >= MIN_ON_HOLD).sum()), len(logs)
    if groups < 2:
        return []
    means = np.bincount(codes, logs, minlength=len(sizes)) / np.maximum(np.bincount(codes, minlength=len(sizes)), 1)
    between = float(((means[codes] - logs.mean()) ** 2).sum()) / (groups - 1)
    within = float(((logs - means[codes]) ** 2).sum()) / (n - groups)
    if not within > 0 or float(special.fdtrc(groups - 1, n - groups, between / within)) >= SIGNIFICANT:
        return []
    fits = [(int(code), _gap(hold, on_hold & (export.intent.codes == code))) for code in np.unique(codes)]
    return [(export.intent.names[code], fit) for code, fit in fits if fit is not None]


def _from_resolution(export: Export) -> Part:
    """Take the slower of two parts of resolution times for tickets on hold."""
    if export.resolved is None:
        return Part(findings=(Finding("note", PATH, "the export has neither time on hold nor resolution times"),))
    minutes = (export.resolved - export.created) / 60
    usable = np.isfinite(minutes) & (minutes > 0) & ~live_rows(export)
    for counts in (export.reassignments, export.reopens):
        if counts is not None:
            usable &= ~(counts > 0)
    mixture = two_parts(minutes[usable]) if usable.any() else None
    if mixture is None or mixture.medians[1] < LONG:
        text = "the export records no time on hold, and resolution times do not fall into two parts: none is assumed"
        return Part(findings=(Finding("note", PATH, text),))
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
        f"the export records no time on hold, but {share.value:.0%} of tickets took days (median {long / 1440:.2g} d)"
        f" and the others {fast:.3g} min: the slow ones are taken to wait once outside the desk. The model then"
        " reproduces resolution times by that waiting, not by queues: it cannot say what more agents would do to them"
    )
    return Part(settings, findings=(Finding("warning", PATH, text),), evidence=(HoldEvidence(mixture),))


def _laid_out(values: Floats, rows: Bools) -> Floats:
    column = np.zeros(len(rows))
    column[rows] = values
    return column


def _slow_part(mixture: Mixture, source: str) -> dict[str, Any]:
    """Write the slower lognormal as a reply gap, its mean with the interval that its middle and spread leave."""
    n, middle, spread = mixture.n * float(mixture.weight[1]), float(mixture.middle[1]), float(mixture.spread[1])
    error = math.sqrt(spread**2 / n + spread**4 / (2 * n))
    log = middle + spread**2 / 2
    mean = Ranged(*(math.exp(log + side * Z * error) for side in (0, -1, 1)))
    cv = min(max(math.sqrt(math.expm1(spread**2)), CV_RANGE[0]), CV_RANGE[1])
    return {"form": "lognormal", "mean": _assumed(mean, int(n), source), "cv": Figure(rounded(cv), source=source)}


def _groups(export: Export, rows: Bools, on_hold: Floats) -> dict[str, tuple[Ranged, int]]:
    """Give each intent's share on hold and its tickets, where intents differ."""
    codes, held = export.intent.codes[rows], on_hold[rows]
    named, size = codes >= 0, len(export.intent.names)
    n = np.bincount(codes[named], minlength=size)
    times = np.round(np.bincount(codes[named], held[named], minlength=size)).astype(np.int64)
    return {
        export.intent.names[code]: (share, int(n[code])) for code, share in shares_by_group(times, n).items()
    }


def _odds(share: Ranged) -> Ranged:
    """Turn a share into the mean of a geometric number of follow-ups whose chance of one or more it is."""
    value, low, high = (min(end, MOST) / (1 - min(end, MOST)) for end in share)
    return Ranged(rounded(value), rounded(low), rounded(high))


def _one() -> Figure:
    return Figure(1.0, source="definition: on hold once, for as long as in all")


def _assumed(given: Ranged, n: int, source: str) -> Figure:
    value, low, high = (rounded(end) for end in given)
    return Figure(value, min(low, value), max(high, value), n, source)
