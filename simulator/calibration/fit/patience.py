"""Patience: how long customers wait on the line before they give up, where it is seen only of those who did.

Those who were answered would have waited longer: their wait cuts their patience off. Kaplan and Meier's curve takes
that into account; so do the likelihoods that forms are fitted by (Brown et al. 2005, JASA 100, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import Notice
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import channel_rows, live_channels
from simulator.calibration.fit.durations import DurationFit, fit_duration
from simulator.calibration.fit.estimate import Part
from simulator.calibration.fit.likelihood import Survival, kaplan_meier

_FORMS = ("exponential", "lognormal", "gamma")
"""The usual one first (Erlang-A)."""
_TOLERANCE = 0.02
"""Distance to Kaplan and Meier's curve up to which a form serves: some points of a hundred give up in all, most of
them early, so that the usual 5 points would be as much as there is to explain."""
_SEEN_TO_THE_END = 0.1
"""Share that may still wait at the longest reliable wait for lognormal and gamma to be tried: where more do, the form
would be chosen by how few leave early, and would decide how long the others stay. There an exponential goes on at the
rate that was seen, and so does the tail of a table."""
_MIN_EVENTS = 50
"""Abandonments that an intent needs for a patience of its own."""
_SIGNIFICANT = 0.01
"""Shared by all intents that are tested (Bonferroni)."""


_NOBODY_LEFT = Part(
    findings=(
        Notice(
            "note",
            "channels.*.patience",
            "not estimated: the export records nobody who gave up waiting; without it customers wait for ever",
        ),
    )
)


@dataclass(frozen=True, eq=False)
class PatienceEvidence:
    """Patience on one channel, of all its customers or of one intent's."""

    name: str
    curve: Survival
    fit: DurationFit


def fit_patience(export: Export) -> Part:
    """Estimate patience by live channel, and by intent where intents differ."""
    live = live_channels(export)
    if not live or export.wait_minutes is None or export.abandoned is None:
        return _NOBODY_LEFT
    # Who was answered at once never waited, and tells nothing about patience.
    waited = np.isfinite(export.wait_minutes) & ((export.wait_minutes > 0) | export.abandoned)
    rows = channel_rows(export)
    settings: dict[Key, Any] = {}
    sources: dict[str, str] = {}
    evidence: list[PatienceEvidence] = []
    for channel in live:
        here = rows[channel] & waited
        if (found := _fitted(channel, export.wait_minutes[here], export.abandoned[here])) is not None:
            evidence.append(found)
            _write(settings, sources, ("channels", channel, "patience"), found.fit)
    if not evidence:
        return _NOBODY_LEFT
    on_line = waited & np.logical_or.reduce([rows[channel] for channel in live])
    differing = _by_intent(export, on_line, export.wait_minutes, export.abandoned)
    for found in differing:
        evidence.append(found)
        _write(settings, sources, ("intents", found.name, "patience"), found.fit)
    comments: dict[Key, str] = {
        ("intents" if one in differing else "channels", one.name, "patience"): one.fit.comment() for one in evidence
    }
    return Part(settings, comments, sources, _findings(evidence, differing, live), evidence=tuple(evidence))


def _fitted(name: str, waits: Floats, left: Bools) -> PatienceEvidence | None:
    if not left.any():
        return None
    curve = kaplan_meier(waits, left)
    fit = fit_duration(waits, left, _FORMS if _end_of(curve)[1] <= _SEEN_TO_THE_END else _FORMS[:1], _TOLERANCE)
    return None if fit is None else PatienceEvidence(name, curve, fit)


def _end_of(curve: Survival) -> tuple[float, float]:
    """Return the longest wait that enough customers had, in minutes, and the share that still waited then."""
    last = float(curve.times[curve.reliable][-1])
    return last, float(curve.at(np.array([last]))[0])


def _write(settings: dict[Key, Any], sources: dict[str, str], path: Key, fit: DurationFit) -> None:
    what = f"customers who waited, {fit.ended:,} of whom left"
    settings[path] = fit.setting(what)
    if fit.form == "quantiles":
        sources[".".join(map(str, path)) + "*"] = f"measured: n={fit.n:,} {what} (Kaplan-Meier)"


def _by_intent(export: Export, on_line: Bools, waits: Floats, left: Bools) -> list[PatienceEvidence]:
    """Return the intents whose customers are more or less patient than those of all others (log-rank test)."""
    codes = export.intent.codes
    ends = np.bincount(codes[on_line & left & (codes >= 0)], minlength=len(export.intent.names))
    tested = np.flatnonzero(ends >= _MIN_EVENTS)
    if len(tested) < 2 and not (0 < len(tested) < np.count_nonzero(export.intent.counts())):
        return []
    found = []
    for code in tested:
        own, others = on_line & (codes == code), on_line & (codes != code)
        if log_rank(waits, left, own, others) < _SIGNIFICANT / len(tested):
            fitted = _fitted(export.intent.names[code], waits[own], left[own])
            if fitted is not None:
                found.append(fitted)
    return found


def log_rank(minutes: Floats, ended: Bools, first: Bools, second: Bools) -> float:
    """Return the p-value of the log-rank test that two groups of rows last equally long; NaN where none could differ.

    Shapes (n,); `ended` is False where a duration was cut off.
    """
    from scipy import stats

    one, other = (stats.CensoredData(minutes[rows & ended], right=minutes[rows & ~ended]) for rows in (first, second))
    with np.errstate(invalid="ignore"):  # nobody ended while both groups were at risk
        return float(stats.logrank(one, other).pvalue)


def _findings(
    evidence: list[PatienceEvidence], differing: list[PatienceEvidence], live: Mapping[str, str]
) -> tuple[Notice, ...]:
    path = "channels.*.patience"
    notes = [
        "an export does not tell who called again after giving up: nobody does in the scenario, and calls that were"
        " second tries count as tickets of their own (channels.*.on_abandon)"
    ]
    if differing:
        names = ", ".join(one.name for one in differing)
        notes.append(f"differs by intent (log-rank test): {names} have their own, on all live channels")
    if len(live) > 1 and differing:
        notes.append("an intent's own patience holds on all live channels, whatever the channel's")
    findings = [Notice("note", path, text) for text in notes]
    for one in evidence:
        curve = one.curve
        last, left = _end_of(curve)
        if left > 0.5:
            text = (
                f"{one.name}: {left:.0%} still waited at {last:.3g} min, the longest wait that enough customers had:"
                " what is beyond is extrapolated"
            )
            findings.append(Notice("warning", path, text))
    return tuple(findings)
