"""What would make a scenario of the wrong tickets or hours, and is refused rather than read with a warning."""

from __future__ import annotations

import numpy as np

from simulator.calibration.exports.cells import Cells, unreadable
from simulator.calibration.exports.moments import MISSING, Moments, Read
from simulator.calibration.exports.table import Bools, Floats
from simulator.errors import ExportError, Problem, cut

_LONGEST = 40
"""Characters up to which a cell is repeated in a message."""
FEW = 10
"""Tickets below which midnights may be chance."""
ALL = 0.99
"""Share of midnights from which a column holds dates without times."""
_DAY, _QUARTER = 86_400.0, 900.0


def refuse_unreadable_created(cells: Cells, read: Read, kept: Bools) -> None:
    """Raise ExportError where more than half of the times of creation that are told cannot be read."""
    told = int((kept & (read.state != MISSING)).sum())
    wrong = int((kept & unreadable(read.state)).sum())
    if 2 * wrong <= told:
        return
    reader = cells.readers["created_at"]
    assert isinstance(reader, Moments)
    shown = [cut(cell.strip()) for cell in reader.unread if len(cell) <= _LONGEST and "@" not in cell]
    found = f", such as {' and '.join(shown)}" if shown else ""
    remedy = "must hold moments such as 2026-03-31 14:05: write them so, or say --map created_at=COLUMN"
    if 2 * read.misordered > wrong:
        given, other = ("--day-first", "--month-first") if read.day_first else ("--month-first", "--day-first")
        remedy = f"must hold dates in the order of {given}, and most fit {other} only: give that instead"
    column = cut(cells.columns["created_at"].name)
    message = f"column {column} has {wrong:,} of {told:,} times of creation that cannot be read{found}; it {remedy}"
    raise ExportError(Problem(str(cells.path), "", message))


def refuse_dates_alone(cells: Cells, created: Floats, zone: str) -> None:
    """Raise ExportError where tickets (at least FEW) were created at midnight, all or nearly all of them.

    Midnight is that of the desk, or that of UTC, in which programs write dates that have no time.
    """
    if len(created) < FEW or np.mean(created % _QUARTER == 0) < ALL:
        return
    if max(np.mean(created % _DAY == 0), np.mean(_after_midnight(created, zone) == 0)) < ALL:
        return
    message = (
        f"column {cut(cells.columns['created_at'].name)} has dates without times of day: tickets are created at 00:00; "
        "it must say when on the day: give such a column with --map created_at=COLUMN, or where date and time stand in "
        'two columns, --map "created_at=DATE+TIME"'
    )
    raise ExportError(Problem(str(cells.path), "", message))


def _after_midnight(moments: Floats, zone: str) -> Floats:
    import pandas as pd

    wall = pd.DatetimeIndex(pd.to_datetime(moments, unit="s", utc=True)).tz_convert(zone).tz_localize(None)
    return np.asarray((wall - wall.normalize()).total_seconds(), dtype=float)
