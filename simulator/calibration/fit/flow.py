"""What becomes of tickets beside the work on them: reopened, passed on, put on hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import DAY_MINUTES
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import live_rows
from simulator.calibration.fit.durations import DurationFit, fit_duration, rounded
from simulator.calibration.fit.estimate import Part, Z, measured
from simulator.calibration.fit.on_hold import fit_hold
from simulator.calibration.fit.partial_pooling import share_of, shares_by_group
from simulator.distributions import Lognormal
from simulator.scenario import Handling, Reopen

_FORMS = ("lognormal", "gamma", "exponential")
_SAME = 60.0
"""Seconds between two resolutions up to which they are one: times are rounded."""
_LIMIT = 50
"""Most repeat visits and reassignments that a scenario takes."""
_MIN_DELAYS = 30
_MIN_PASSED_ON = 100
"""Tickets passed on once, and never, that the delay of passing on needs."""
_USUAL_REOPEN, _USUAL_TRANSFER = Reopen(), Handling().transfer
_ONCE = "assumed: the export says which tickets came back, not how often"
_REOPEN: Key = ("handling", "reopen")
_REASSIGN: Key = ("handling", "reassign")


@dataclass(frozen=True, eq=False)
class ReassignEvidence:
    """How often tickets were passed on, beside what the scenario makes of it."""

    observed: Ints
    """Tickets passed on 0, 1, 2 … times."""
    share: float
    again: float

    @property
    def fitted(self) -> Floats:
        """The tickets that the scenario would pass on as often; shape of `observed`."""
        times = np.arange(1, len(self.observed))
        later = self.share * (1 - self.again) * self.again ** (times - 1.0)
        return float(self.observed.sum()) * np.concatenate([[1 - self.share], later])


@dataclass(frozen=True, eq=False)
class ReopenEvidence:
    """How soon tickets came back."""

    delay: DurationFit


def fit_flow(export: Export) -> Part:
    """Estimate reopening, reassignment, and time on hold."""
    parts = (_reopening(export), _reassignment(export), fit_hold(export))
    return Part(
        settings={path: value for part in parts for path, value in part.settings.items()},
        comments={path: text for part in parts for path, text in part.comments.items()},
        sources={pattern: text for part in parts for pattern, text in part.sources.items()},
        findings=tuple(finding for part in parts for finding in part.findings),
        evidence=tuple(one for part in parts for one in part.evidence),
    )


# -- reopening --


def _reopening(export: Export) -> Part:
    times = _reopens(export)
    delay, measured_on, note = _assumed_delay(), None, "the export does not count reopened tickets"
    if times is not None:
        delay, measured_on, note = _reopen_delay(export, times)
    horizon = measured_on.horizon if measured_on is not None else _usual_horizon()
    known, late = _had_time(export, times, horizon)
    if times is None or not known.any():
        return _assumed_reopening(delay, note if times is None else "no ticket has had time to come back")
    counts = times[known].astype(np.int64)
    limit = min(max(int(counts.max()), 1), _LIMIT)
    # The first return alone: a few tickets that come back again and again would else speak for all.
    came_back, n, counted = (counts > 0).astype(np.int64), len(counts), export.reopens is not None
    settings: dict[Key, Any] = {
        (*_REOPEN, "share"): measured(*share_of(float(came_back.sum()), float(n)), n),
        (*_REOPEN, "limit"): Figure(limit, source=f"measured: most seen, n={n:,} tickets" if counted else _ONCE),
        (*_REOPEN, "delay"): delay,
    }
    settings |= _by_intent(export, known, came_back, "reopen")
    notes = [note]
    if export.reopens is None and export.reopened is None:
        notes.append("the export does not count reopened tickets: those resolved again later count, once each")
    if late:
        days = f"{horizon / DAY_MINUTES:.2g} d"
        notes.append(f"{late:,} tickets resolved in the last {days} left out: they may yet come back")
    notes.append("the work of a repeat visit stays assumed (handling.reopen.handle_factor): touch time is per ticket")
    findings = tuple(Notice("note", "handling.reopen", text) for text in notes)
    if measured_on is None:
        return Part(settings, findings=findings)
    # Read only where the delay is a table: figures carry their own.
    sources = {"handling.reopen.delay*": f"measured: n={measured_on.fit.n:,} returns"}
    return Part(settings, sources=sources, findings=findings, evidence=(ReopenEvidence(measured_on.fit),))


def _assumed_reopening(delay: dict[str, Any], why: str) -> Part:
    share = Figure(float(_USUAL_REOPEN.share), source=f"assumed: as at an IT desk in 2016, n=16,929; {why}")
    text = f"{why}: 1.1 % is assumed, as at an IT desk in 2016 (n=16,929)"
    finding = Notice("warning", "handling.reopen", text)
    return Part({(*_REOPEN, "share"): share, (*_REOPEN, "delay"): delay}, findings=(finding,))


def _reopens(export: Export) -> Floats | None:
    """Return how often each ticket came back, NaN where nobody knows; None where the export does not say.

    Without counts it is once at most: for tickets with a time of coming back, else for those that were resolved a
    second time later, or are open again.
    """
    if export.reopens is not None:
        return export.reopens
    if export.reopened is not None:
        return np.isfinite(export.reopened).astype(float)
    if export.first_resolved is None or export.resolved is None:
        return None
    again = (export.resolved - export.first_resolved > _SAME) | (
        np.isfinite(export.first_resolved) & np.isnan(export.resolved)
    )
    # Where the two never differ the one is a copy of the other.
    return again.astype(float) if (export.resolved - export.first_resolved > _SAME).any() else None


@dataclass(frozen=True, eq=False)
class _DelaySource:
    """A delay as it was measured, and how long to wait until nearly all that come back have done so."""

    fit: DurationFit
    horizon: float


def _reopen_delay(export: Export, times: Floats) -> tuple[dict[str, Any], _DelaySource | None, str]:
    """Return the delay's setting, what it was measured on, and a note; assumed where too few are known."""
    for later, earlier, what in (
        (export.reopened, export.first_resolved, "from first resolution to reopening"),
        (export.resolved, export.first_resolved, "from first to last resolution, the repeat visit included"),
    ):
        if later is None or earlier is None:
            continue
        delays = (later - earlier)[times > 0] / 60
        delays = delays[delays > 0]
        if len(delays) >= _MIN_DELAYS and (fit := fit_duration(delays, None, _FORMS)) is not None:
            horizon = float(np.quantile(delays, 0.95))
            return fit.setting("returns"), _DelaySource(fit, horizon), f"delay measured {what}, n={len(delays):,}"
    return _assumed_delay(), None, "the export does not say when tickets came back: a delay of a day is assumed"


def _assumed_delay() -> dict[str, Any]:
    """Spell the usual delay out, so that the ledger shows it as assumed."""
    usual = _USUAL_REOPEN.delay
    assert isinstance(usual, Lognormal)
    return {"mean": Figure(float(usual.mean), source="assumed"), "cv": Figure(float(usual.cv), source="assumed")}


def _usual_horizon() -> float:
    """Return the minutes after which all but one in twenty tickets that come back would have done so, as assumed."""
    assert isinstance(_USUAL_REOPEN.delay, Lognormal)
    return float(_USUAL_REOPEN.delay.at_scores(np.array([Z]))[0])


def _had_time(export: Export, times: Floats | None, horizon: float) -> tuple[Bools, int]:
    """Return which tickets were resolved long enough ago to have come back by now, and count those resolved later."""
    if times is None:
        return np.zeros(len(export), dtype=np.bool_), 0
    resolved = export.first_resolved if export.first_resolved is not None else export.resolved
    known = np.isfinite(times)
    if export.abandoned is not None:
        known &= ~export.abandoned
    if resolved is None:
        return known, 0
    known &= np.isfinite(resolved)
    late = known & (resolved > export.seen_until - 60 * horizon)
    return known & ~late, int(late.sum())


# -- reassignment --


def _reassignment(export: Export) -> Part:
    if export.reassignments is None:
        text = "the export does not count reassignments: nothing is passed on but for a wrong label"
        return Part(findings=(Notice("note", "handling.reassign", text),))
    known = np.isfinite(export.reassignments) & ~_may_go_on(export)
    left = np.zeros(len(export), dtype=np.bool_) if export.abandoned is None else export.abandoned
    # A customer who left before any team looked says nothing; one who left later was passed on for certain.
    known &= ~left | (export.reassignments > 0)
    if not known.any():
        text = "no ticket is finished: how often they are passed on is not known yet, and none is"
        return Part(findings=(Notice("warning", "handling.reassign", text),))
    counts = export.reassignments[known].astype(np.int64)
    passed_on, limit = counts > 0, min(int(counts.max(initial=0)), _LIMIT)
    n, later = len(counts), np.minimum(counts[passed_on], max(limit, 1))
    first = share_of(float(passed_on.sum()), float(n))
    settings: dict[Key, Any] = {(*_REASSIGN, "share"): measured(*first, n)}
    findings = []
    again = 0.0
    if passed_on.any():
        trials = int((later - 1).sum() + ((later < max(limit, 1)) & ~left[known][passed_on]).sum())
        source = f"measured: most seen, n={n:,} tickets"
        settings[*_REASSIGN, "limit"] = Figure(max(limit, 1), source=source)
        if trials:
            found = share_of(float((later - 1).sum()), float(trials))
            settings[*_REASSIGN, "again"] = measured(*found, trials, "looks by later teams")
            again = found.value
        settings |= _by_intent(export, known, passed_on.astype(np.int64), "reassign")
        delay, text = _passing_on(export, known)
        if delay is not None:
            settings[*_REASSIGN, "delay"] = delay
        findings.append(Notice("warning" if delay is not None else "note", "handling.reassign.delay", text))
    evidence = ReassignEvidence(np.bincount(counts), first.value, again)
    return Part(settings, findings=tuple(findings), evidence=(evidence,))


def _may_go_on(export: Export) -> Bools:
    """Return which tickets may still be passed on: open ones, unless older than nearly all were when resolved.

    Some help desks close tickets without ever noting a resolution; those are finished all the same.
    """
    if export.resolved is None or not np.isfinite(export.resolved).any():
        return export.is_open
    usual = float(np.nanquantile(export.resolved - export.created, 0.95))
    return export.is_open & (export.seen_until - export.created < usual)


def _passing_on(export: Export, known: Bools) -> tuple[dict[str, Any] | None, str]:
    """Estimate how much longer tickets take that were passed on once, outside live channels; by moments."""
    none = "no delay of passing on is estimated: too few resolved tickets were passed on once, and never"
    if export.resolved is None or export.reassignments is None:
        return None, none
    hours = (export.resolved - export.created) / 60
    usable = known & (hours > 0) & ~live_rows(export)
    if export.reopens is not None:
        usable &= ~(export.reopens > 0)
    never, once = hours[usable & (export.reassignments == 0)], hours[usable & (export.reassignments == 1)]
    if min(len(never), len(once)) < _MIN_PASSED_ON:
        return None, none
    # The minutes that the first team spends are a step of their own.
    assert isinstance(_USUAL_TRANSFER, Lognormal)
    looking = float(_USUAL_TRANSFER.mean)
    extra = float(once.mean() - never.mean()) - looking
    error = math.sqrt(once.var() / len(once) + never.var() / len(never))
    if extra < Z * error or extra < looking:
        return None, "tickets that were passed on once took hardly longer than others: the next team has them at once"
    cv = min(max(math.sqrt(max(once.var() - never.var(), 0.0)) / extra, 0.3), 5.0)
    source = f"assumed: what tickets passed on once took longer, n={len(once):,} and {len(never):,}"
    mean = Figure(rounded(extra), rounded(extra - Z * error), rounded(extra + Z * error), len(once), source)
    text = (
        f"tickets passed on once took {extra / 60:,.3g} h longer; that is written as a delay, though part of it may be"
        " queueing or harder tickets: the export does not tell, so the model cannot say what agents would change in it"
    )
    return {"form": "lognormal", "mean": mean, "cv": Figure(rounded(cv), source=source)}, text


def _by_intent(export: Export, known: Bools, happened: Ints, field: str) -> dict[Key, Any]:
    """Return the intents' own shares where they differ; `happened` is 0 or 1 for each known ticket."""
    codes = export.intent.codes[known]
    named, size = codes >= 0, len(export.intent.names)
    n = np.bincount(codes[named], minlength=size)
    times = np.bincount(codes[named], happened[named], minlength=size).astype(np.int64)
    return {
        ("intents", export.intent.names[code], field): measured(*share, int(n[code]))
        for code, share in shares_by_group(times, n).items()
    }
