"""The opening backlog: tickets that were open when the export ends, and how long they had been."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.calendars import DAY_MINUTES
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import channel_rows, live_channels, live_rows
from simulator.calibration.fit.estimate import Part, rounded_shares

_KNOTS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Probabilities at which ages are written."""
_FORGOTTEN = 3.0
"""Times the 99th percentile of resolution times beyond which an open ticket looks forgotten."""
_MIN_FOR_AGES = 10
"""Open tickets from which their ages are a distribution; fewer get their mean age."""


def fit_backlog(export: Export) -> Part:
    """Fit `opening_backlog`: how many tickets are open at the start, how old, and about what.

    Without live channels, on which nobody waits overnight. Nothing is written where no ticket was open, or where the
    export does not say when tickets ended; a finding says which.
    """
    if export.resolved is None and export.ended is None:
        text = "the export does not say when tickets were resolved, so the desk opens with no tickets"
        return Part(findings=(Notice("warning", "opening_backlog", text),))
    moment = export.midnight(export.last_day + timedelta(days=1))
    rows = ~export.was_finished_by(min(moment, export.seen_until)) & ~live_rows(export)
    n = int(rows.sum())
    if not n:
        return Part(findings=(Notice("note", "opening_backlog", "no ticket was open at the end of the export"),))
    if len(live_channels(export)) == len(channel_rows(export)):
        # The model has no channel for them.
        text = f"{n:,} open tickets name no channel, and on all that are named nobody waits overnight: left out"
        return Part(findings=(Notice("warning", "opening_backlog", text),))
    ages = np.sort(moment - export.created[rows]) / 60
    limit = _forgotten_after(export)
    source = f"measured: n={n:,} tickets open at the end of {export.last_day}"
    settings: dict[Key, Any] = {
        ("opening_backlog", "tickets"): Figure(n, source=source),  # A count, not an estimate: it has no n.
        ("opening_backlog", "age"): _age(ages, source),
        ("opening_backlog", "intents"): _mix(export, rows),
    }
    comments: dict[Key, str] = {("opening_backlog",): f"tickets that were open at the end of {export.last_day}"}
    findings = _findings(export, ages, limit)
    return Part(settings, comments, {"opening_backlog*": source}, findings)


def _age(ages: Floats, source: str) -> dict[str, Any]:
    if len(ages) < _MIN_FOR_AGES:
        return {"form": "constant", "value": Figure(float(ages.mean()), source=source)}
    return {"quantiles": [[knot, round(float(np.quantile(ages, knot)), 1)] for knot in _KNOTS]}


def _mix(export: Export, rows: Bools) -> dict[str, float]:
    counts = export.intent.of(rows).counts()
    shares = rounded_shares(counts / counts.sum(), int(counts.sum()))
    return {name: float(share) for name, share in zip(export.intent.names, shares, strict=True) if share > 0}


def _forgotten_after(export: Export) -> float:
    ends = export.resolved if export.resolved is not None else export.ended
    assert ends is not None
    lengths = (ends - export.created)[np.isfinite(ends)] / 60
    return _FORGOTTEN * float(np.quantile(lengths, 0.99)) if len(lengths) else float("nan")


def _findings(export: Export, ages: Floats, limit: float) -> tuple[Notice, ...]:
    findings = []
    n, old = len(ages), int(np.sum(ages > limit))
    if old:
        text = (
            f"{old:,} of {n:,} open tickets are older than {limit / DAY_MINUTES:,.1f} days, {_FORGOTTEN:g} times the"
            " 99th percentile of resolution times, and may be forgotten;"
            f" --set opening_backlog.tickets={n - old} leaves them out"
        )
        findings.append(Notice("warning", "opening_backlog", text))
    # What was opened before the export and is open still is not in it: an export by date of creation cannot show it.
    if float(np.mean(ages > (export.days - 7) * DAY_MINUTES)) > 0.02 and export.days > 7:
        text = f"tickets opened before {export.first_day} are not in the export; those still open then are missing here"
        findings.append(Notice("warning", "opening_backlog", f"{text}, so the backlog may be larger"))
    return tuple(findings)
