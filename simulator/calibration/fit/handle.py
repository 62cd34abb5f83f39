"""Handle time by hour of the day, where hours differ by more than noise.

Handle time: how long people work on a ticket, by intent.

Touch time where the export has it; the length of the call on live channels; else what staffed hours and occupancy
leave for each ticket. Where none of these is known it is missing: nothing in an export of timestamps tells work from
waiting.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import live_rows, turnover_minutes
from simulator.calibration.fit.durations import DurationFit, fit_duration, rounded
from simulator.calibration.fit.estimate import Missing, Part, Ranged, Z
from simulator.calibration.fit.likelihood import CV_RANGE
from simulator.calibration.fit.partial_pooling import shrink
from simulator.distributions import Lognormal

_MIN_TICKETS = 2000
"""Tickets that an intent needs: with fewer, hours of any size differ by 10 % from noise alone."""
_MIN_PER_HOUR = 50
"""Tickets that an hour needs for a factor of its own; the others keep 1."""
_SIGNIFICANT = 0.01
"""Shared by all intents that are tested (Bonferroni)."""


def _hour_factors(
    export: Export, rows: NDArray[np.intp], minutes: Floats, ended: Bools
) -> Iterator[tuple[str, list[float], str]]:
    """Yield each intent whose hours differ, its 24 factors and their source.

    An F-test on log minutes says whether they differ (one-way analysis of variance); the factors are means of the hour
    relative to all day, drawn toward 1 by the share of their variance that noise explains, and 1 on average over
    tickets.
    """
    done = ended & (minutes > 0)
    rows, minutes = rows[done], minutes[done]
    hour = (export.clock(export.created[rows]).minute // 60).astype(np.int64)
    codes = export.intent.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(export.intent.names))
    tested = np.flatnonzero(counts >= _MIN_TICKETS)
    for code in tested:
        here = codes == code
        chance = _f_test(hour[here], np.log(minutes[here]))
        if chance < _SIGNIFICANT / len(tested):
            n = int(counts[code])
            text = f"measured: n={n:,} tickets; hours differ (F-test, p = {chance:.1g}), drawn toward 1"
            yield export.intent.names[code], _factors(hour[here], minutes[here]), text


def _f_test(hour: Ints, values: Floats) -> float:
    """Return the p-value that all hours with enough tickets have the same mean."""
    sizes = np.bincount(hour, minlength=24)
    kept = (sizes >= _MIN_PER_HOUR)[hour]
    hour, values = hour[kept], values[kept]
    sizes = np.bincount(hour, minlength=24)
    groups, n = int((sizes > 0).sum()), len(values)
    if groups < 2:
        return 1.0
    means = np.bincount(hour, values, minlength=24) / np.maximum(sizes, 1)
    between = float(sizes @ (means - values.mean()) ** 2) / (groups - 1)
    within = float(((values - means[hour]) ** 2).sum()) / (n - groups)
    return float(special.fdtrc(groups - 1, n - groups, between / within)) if within > 0 else 1.0


def _factors(hour: Ints, minutes: Floats) -> list[float]:
    sizes = np.bincount(hour, minlength=24)
    enough = sizes >= _MIN_PER_HOUR
    sums, squares = (np.bincount(hour, values, minlength=24) for values in (minutes, minutes**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / sizes
        noise = (squares / sizes - means**2) / sizes / minutes.mean() ** 2
    relative = means[enough] / minutes.mean()
    between = max(float(np.average((relative - 1) ** 2 - noise[enough], weights=sizes[enough])), 0.0)
    factors = np.ones(24)
    factors[enough] = 1 + between / (between + noise[enough]) * (relative - 1)
    factors /= float(sizes @ factors) / len(minutes)
    factors[sizes == 0] = 1.0
    return [round(float(factor), 3) for factor in factors]


# -- handle time ------------------------------------------------------------------------------------------------------


_FORMS = ("lognormal", "gamma", "exponential")
"""The usual one first (Brown et al. 2005, JASA 100)."""
_MANY_ZEROS = 0.05
"""Share of tickets with a touch time of 0 from which it looks as if nobody kept time on them."""
MIN_OWN = 30
"""Tickets that an intent needs for a distribution of its own; with fewer it has all intents' form and cv."""
_REMEDY = (
    "give --staffed-hours and --occupancy, or --handle 8m, or name the column that holds it (--map handle=COLUMN)"
)
_NOTE = "Or give the hours staffed and the occupancy above, or name the column that holds it."


@dataclass(frozen=True, eq=False)
class HandleEvidence:
    """What handle time was fitted to, largest intent first."""

    pooled: DurationFit
    """All intents together."""
    intents: tuple[tuple[str, DurationFit], ...]
    """As observed, before shrinkage and turnover."""
    turnover: float
    """Minutes between calls that are part of handle time."""


@dataclass(frozen=True, eq=False)
class _Touches:
    """Handle times of tickets in one go: neither passed on nor reopened."""

    rows: NDArray[np.intp]
    minutes: Floats
    ended: Bools
    """False for tickets still open: touched so long so far."""
    left_out: int
    """Tickets with touch time that were passed on or came back."""
    which: str
    """Which tickets they are, in words."""


def fit_handle(
    export: Export,
    *,
    staffed_hours: float | None = None,
    occupancy: float | None = None,
    handle: float | None = None,
) -> Part:
    """Estimate handle time by intent; `handle` (minutes) is the user's own figure for where the export has none."""
    touches = _touches(export)
    pooled = None if touches is None else fit_duration(touches.minutes, touches.ended, _FORMS)
    if touches is None or pooled is None:
        return _without_touch_time(export, staffed_hours, occupancy, handle)
    found = turnover_minutes(export) if live_rows(export).any() else None
    turnover = 0.0 if found is None else found[0]
    own = _own_fits(export, touches, pooled)
    settings: dict[Key, Any] = {}
    sources: dict[str, str] = {}
    comments: dict[Key, str] = {
        ("intents", name, "handle"): fit.comment() for name, fit in own.items() if fit.ended >= MIN_OWN
    }
    for name, fit in _shrunk(own, pooled).items():
        fit = _longer(fit, turnover)
        settings["intents", name, "handle"] = fit.setting()
        if fit.form == "quantiles":
            sources[f"intents.{name}.handle*"] = f"measured: n={fit.n:,} tickets"
    unseen = tuple(name for name in export.intent.names if name not in own)
    for name in unseen:
        settings["intents", name, "handle"] = _like_all(_longer(pooled, turnover))
    findings = _findings(touches, own, found, unseen)
    if unused := [name for name, given in (("--handle", handle), ("--occupancy", occupancy)) if given is not None]:
        text = f"the export records touch time, so {' and '.join(unused)} went unused"
        findings += (Notice("warning", "intents.*.handle", f"{text}; --set intents.*.handle=8m overrules it"),)
    for name, factors, text in _hour_factors(export, touches.rows, touches.minutes, touches.ended):
        settings["intents", name, "handle_by_hour"] = {"daily": factors}
        sources[f"intents.{name}.handle_by_hour*"] = text
    largest = sorted(own.items(), key=lambda item: -item[1].n)
    evidence = HandleEvidence(pooled, tuple(largest), turnover)
    return Part(settings, comments, sources, findings, evidence=(evidence,))


def _touches(export: Export) -> _Touches | None:
    """Collect handle times; None where the export has none."""
    minutes = np.full(len(export), math.nan) if export.handle_minutes is None else export.handle_minutes.copy()
    if export.began is not None and export.ended is not None:
        calls = live_rows(export) & np.isnan(minutes)
        minutes[calls] = (export.ended - export.began)[calls] / 60
    known = np.isfinite(minutes) & (minutes >= 0)
    if export.abandoned is not None:
        known &= ~export.abandoned
    # An open ticket that nobody has touched says nothing about how long work takes.
    known &= ~export.is_open | (minutes > 0)
    if not (minutes[known] > 0).any():
        return None
    in_one_go = known.copy()
    told = [counts for counts in (export.reassignments, export.reopens) if counts is not None]
    for counts in told:
        in_one_go &= ~(counts > 0)
    which = "tickets that were neither passed on nor reopened"
    if not told:
        which = "tickets; the export does not say which were passed on or reopened"
    elif not (minutes[in_one_go] > 0).any():
        in_one_go, which = known, "tickets, all of which were passed on or reopened"
    rows = np.flatnonzero(in_one_go)
    return _Touches(rows, minutes[rows], ~export.is_open[rows], int(known.sum()) - len(rows), which)


def _own_fits(export: Export, touches: _Touches, pooled: DurationFit) -> dict[str, DurationFit]:
    """Fit each intent that was worked on; with few tickets its mean alone, in the form that all have together."""
    codes = export.intent.codes[touches.rows]
    fits = {}
    for code, name in enumerate(export.intent.names):
        here = codes == code
        ended = touches.ended[here]
        if int(ended.sum()) >= MIN_OWN:
            fit = fit_duration(touches.minutes[here], ended, _FORMS)
        else:
            fit = _mean_only(touches.minutes[here], ended, pooled)
        if fit is not None:
            fits[name] = fit
    return fits


def _mean_only(minutes: Floats, ended: Bools, pooled: DurationFit) -> DurationFit | None:
    """Estimate the mean of few tickets as if their cv were that of all; None if none ended."""
    count = int(ended.sum())
    if not count or not minutes.sum() > 0:
        return None
    mean = float(minutes.sum()) / count
    half = Z * max(pooled.cv.value, CV_RANGE[0]) / math.sqrt(count)
    own = Ranged(mean, mean * math.exp(-half), mean * math.exp(half))
    return replace(_scaled(pooled, mean / pooled.mean.value), mean=own, n=len(minutes), ended=count)


def _shrunk(own: dict[str, DurationFit], pooled: DurationFit) -> dict[str, DurationFit]:
    """Draw means and cvs of intents toward those of all, the fewer tickets the more."""
    means, cvs = _drawn(own, "mean"), _drawn({n: f for n, f in own.items() if f.ended >= MIN_OWN}, "cv")
    shrunk = {}
    for name, fit in own.items():
        moved = _scaled(fit, means[name].value / fit.mean.value)
        shrunk[name] = replace(moved, mean=means[name], cv=cvs.get(name, pooled.cv if fit.ended < MIN_OWN else fit.cv))
    return shrunk


def _drawn(fits: dict[str, DurationFit], what: str) -> dict[str, Ranged]:
    """Shrink one figure of all fits that have an interval for it, on the log scale."""
    given = {name: getattr(fit, what) for name, fit in fits.items()}
    unsure = {name: one for name, one in given.items() if one.high > one.low > 0}
    logs = np.log(np.array([one.value for one in unsure.values()]))
    errors = np.array([math.log(one.high / one.low) / (2 * Z) for one in unsure.values()])
    if len(unsure) > 1:
        logs, errors = shrink(logs, errors)
    for name, log, error in zip(unsure, logs, errors, strict=True):
        given[name] = Ranged(*(math.exp(log + side * Z * error) for side in (0, -1, 1)))
    return given


def _scaled(fit: DurationFit, factor: float) -> DurationFit:
    """Stretch a fit, its shape kept."""
    mean = Ranged(*(factor * value for value in fit.mean))
    return replace(fit, mean=mean, knots=tuple((level, factor * value) for level, value in fit.knots))


def _longer(fit: DurationFit, minutes: float) -> DurationFit:
    """Add a constant to a duration: the spread stays, so that cv falls."""
    if not minutes:
        return fit
    mean = Ranged(*(value + minutes for value in fit.mean))
    cv = Ranged(*(value * fit.mean.value / mean.value for value in fit.cv))
    return replace(fit, mean=mean, cv=cv, knots=tuple((level, value + minutes) for level, value in fit.knots))


def _like_all(pooled: DurationFit) -> dict[str, Any]:
    """Return an intent that nobody was seen to work on the handle time of all, as assumed."""
    source = f"assumed: as all intents together (n={pooled.n:,} tickets), none of its own being known"
    mean = Figure(rounded(pooled.mean.value), source=source)
    cv = min(max(pooled.cv.value, CV_RANGE[0]), CV_RANGE[1])
    return {"form": "lognormal", "mean": mean, "cv": Figure(rounded(cv), source=source)}


def _findings(
    touches: _Touches, own: dict[str, DurationFit], turnover: tuple[float, int] | None, unseen: tuple[str, ...]
) -> tuple[Notice, ...]:
    n = len(touches.rows)
    others = f"; {touches.left_out:,} others left out" if touches.left_out else ""
    texts = [f"measured on {n:,} {touches.which}{others}"]
    if (still_open := int((~touches.ended).sum())) > 0:
        texts.append(f"{still_open:,} of them are still open and count as touched so long at least")
    if turnover is not None:
        minutes, gaps = turnover
        texts.append(
            f"holds {60 * minutes:.0f} s between an agent's calls while callers wait (n={gaps:,} gaps): agents are not"
            " free then"
        )
    tables = [name for name, fit in own.items() if fit.form == "quantiles"]
    if tables:
        texts.append(
            f"a table for {', '.join(tables)}: no lognormal, gamma or exponential stays within 5 points of what was"
            " observed. A table has no interval, so studies take it as it stands"
        )
    few = [name for name, fit in own.items() if fit.ended < MIN_OWN]
    if few:
        texts.append(f"fewer than {MIN_OWN} tickets of {', '.join(few)}: drawn toward the mean of all intents")
    if unseen:
        texts.append(f"no ticket of {', '.join(unseen)} was seen worked on: they are assumed to be like all others")
    found = [Notice("note", "intents.*.handle", text) for text in texts]
    if (zeros := int((touches.minutes[touches.ended] == 0).sum())) > _MANY_ZEROS * n:
        text = (
            f"{zeros:,} of {n:,} tickets have a touch time of 0 and count as hardly any work: if nobody kept time on"
            " them, leave these cells empty in the file"
        )
        found.append(Notice("warning", "intents.*.handle", text))
    return tuple(found)


def _without_touch_time(
    export: Export, staffed_hours: float | None, occupancy: float | None, handle: float | None
) -> Part:
    """Take handle time from what the user knows about the desk, the same for all intents, or call it missing."""
    names, path = export.intent.names, "intents.*.handle"
    worked = len(export) if export.abandoned is None else int((~export.abandoned).sum())
    usual = float(Lognormal.model_fields["cv"].default)
    cv = Figure(usual, source="assumed: as measured at a bank's call centre, 1999")
    if handle is not None:
        mean = Figure(handle, source="assumed: given by the user for all tickets")
    elif staffed_hours is not None and occupancy is not None and worked:
        source = f"assumed: {staffed_hours:,.6g} staffed hours × {occupancy:.0%} occupancy ÷ n={worked:,} tickets"
        mean = Figure(float(f"{60 * staffed_hours * occupancy / worked:.5g}"), source=source)
    else:
        text = "the export holds no touch time, and timestamps do not tell work from waiting"
        what = "handle time of a ticket"
        missing = tuple(Missing(("intents", name, "handle"), what, _REMEDY, _NOTE, "8m") for name in names)
        return Part(findings=(Notice("warning", path, text),), missing=missing)
    text = f"the export holds no touch time: {mean.source}, one mean of {float(mean):.3g} min for all intents"
    settings: dict[Key, Any] = {("intents", name, "handle"): {"mean": mean, "cv": cv} for name in names}
    return Part(settings, findings=(Notice("warning", path, text),))
