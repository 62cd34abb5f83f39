"""The local days that an export covers, and days that it seems to cover only in part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from simulator.calibration.exports.table import Export
from simulator.studies.findings import Finding

RARE = 1e-4
"""Chance, were arrivals Poisson, below which a day's tickets are too few for a whole day ..."""
FEW = 0.5
"""... and share of the least of such weekdays that they must also stay below: arrivals vary more than Poisson's."""
_LONG_GAP = 14
"""Days in a row without a ticket that are told."""


def local_day(moment: float, zone: str) -> date:
    """Give the local day of a moment."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def find_partial_days(export: Export, is_first_given: bool, is_last_given: bool) -> list[Finding]:
    """Tell a first or last day with far fewer tickets than such weekdays have otherwise, and long gaps."""
    per_day = np.bincount(export.local.day, minlength=export.days)
    findings = []
    for place, is_given, option, keep in (
        (0, is_first_given, "--from", export.first_day + timedelta(days=1)),
        (export.days - 1, is_last_given, "--to", export.last_day - timedelta(days=1)),
    ):
        others = np.delete(per_day[place % 7 :: 7], place // 7)
        if not is_given and len(others) >= 2 and _is_partial(int(per_day[place]), others):
            day = export.first_day + timedelta(days=place)
            text = (
                f"{day} has {per_day[place]:,} tickets where such a weekday has {np.mean(others):,.0f}: it seems to be "
                f"covered only in part. Leave it out with {option} {keep}."
            )
            findings.append(Finding("warning", "days", text))
    return findings + _gaps(export, per_day)


def _is_partial(tickets: int, others: np.ndarray) -> bool:
    from scipy.special import pdtr

    return bool(pdtr(tickets, float(np.mean(others))) < RARE and tickets < FEW * float(np.min(others)))


def _gaps(export: Export, per_day: np.ndarray) -> list[Finding]:
    busy = np.concatenate([[-1], np.flatnonzero(per_day), [export.days]])
    lengths = np.diff(busy) - 1
    place = int(np.argmax(lengths))
    if lengths[place] < _LONG_GAP:
        return []
    since = export.first_day + timedelta(days=int(busy[place]) + 1)
    until = since + timedelta(days=int(lengths[place]) - 1)
    text = f"No ticket was created from {since} to {until} ({lengths[place]} days): is the export complete?"
    return [Finding("warning", "days", text)]
