"""What a call log tells without a column of its own: waits by its moments, and moments by its waits and handle times.

What a column says is never changed; only what it leaves open is filled in, and told.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.calibration.exports.quality import MUCH
from simulator.calibration.exports.table import Export, Floats
from simulator.studies.findings import Finding


def deduce(export: Export, findings: list[Finding]) -> Export:
    """Fill in waits of those who gave up, and when work began and ended, as far as other columns tell them."""
    return _with_work(_with_waits(export, findings), findings)


def _with_waits(export: Export, findings: list[Finding]) -> Export:
    """Take the time until callers hung up for the wait of those who gave up.

    Without a column of waits those of the answered are taken, too, up to the beginning of work: patience estimated of
    those who gave up alone would be far too short.
    """
    left, waits = export.abandoned, export.wait_minutes
    if left is None or not left.any():
        return export
    n, until, answered = int(left.sum()), _or_nan(export.ended, export), _or_nan(export.began, export)
    deduced = np.where(left, until, np.nan if waits is not None else answered)
    filled = np.where(np.isnan(_or_nan(waits, export)), (deduced - export.created) / 60, _or_nan(waits, export))
    told = int((left & np.isfinite(filled)).sum())
    taken = told if waits is None else told - int((left & np.isfinite(waits)).sum())
    if not told:
        text = f"{n:,} customers gave up, but not after how long: patience cannot be estimated; give --map wait=COLUMN"
        findings.append(Finding("warning", "wait", f"{text}."))
        return export
    if not left.all() and not np.isfinite(filled[~left]).any():
        text = f"{n:,} customers gave up, but how long the others waited is not told: patience cannot be estimated"
        findings.append(Finding("warning", "wait", f"{text}; give --map wait=COLUMN or --map began_at=COLUMN."))
        return export
    if told < n:
        text = f"{n - told:,} of {n:,} customers gave up, but not after how long: patience is that of the others."
        findings.append(Finding("warning" if n - told > MUCH * n else "note", "wait", text))
    if not taken:
        return export
    text = f"{taken:,} customers gave up and have no wait: the time from creation to ended_at was taken for it"
    rest = ", and for the others the time until began_at" if waits is None and not left.all() else ""
    findings.append(Finding("note", "wait", f"{text}{rest}."))
    return replace(export, wait_minutes=filled)


def _with_work(export: Export, findings: list[Finding]) -> Export:
    """Let work begin when the wait was over and end after the handle time, where no column has these moments."""
    waits, handle = export.wait_minutes, export.handle_minutes
    if export.agent is None or waits is None or handle is None or not (export.began is None and export.ended is None):
        return export
    worked = np.ones(len(export), dtype=np.bool_) if export.abandoned is None else ~export.abandoned
    known = worked & np.isfinite(waits) & np.isfinite(handle)
    # Where nothing else says that tickets ended, those without an end would all count as open.
    if not known.any() or (export.resolved is None and known.sum() < (1 - MUCH) * worked.sum()):
        return export
    began = np.where(known, export.created + 60 * waits, np.nan)
    ended = began + 60 * handle
    text = (
        f"No column says when work began and ended: on {int(known.sum()):,} tickets it was taken to begin when the "
        "wait was over and to end after the handle time, so that staffing can be seen."
    )
    findings.append(Finding("note", "began_at", text))
    return replace(export, began=began, ended=ended, seen_until=max(export.seen_until, float(np.nanmax(ended))))


def _or_nan(column: Floats | None, export: Export) -> Floats:
    return np.full(len(export), np.nan) if column is None else column
