"""What is wrong with an export's rows, counted: nothing is left out or unknown without a line of its own.

The local days that an export covers, and days that it seems to cover only in part.

What would make a scenario of the wrong tickets or hours, and is refused rather than read with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import ExportError, Notice, Problem, cut
from simulator.calibration.exports.cells import Cells, unreadable
from simulator.calibration.exports.moments import MISSING, Moments, Read
from simulator.calibration.exports.table import Export

MUCH = 0.01
"""Share of the rows from which a loss is told as a finding, not in the table of counts alone."""


@dataclass(frozen=True)
class QualityRow:
    """One thing that was counted."""

    what: str
    rows: int
    share: float
    """Of the rows read."""
    done: str
    """What was done about it."""
    left_out: bool = False
    """Whether these rows are no part of the export; no row counts under two such lines."""
    is_wrong: bool = False
    """Whether they hold something that cannot be read or cannot be true."""


@dataclass
class RowTally:
    """Counts rows, and keeps track of which are left out; the first reason counts."""

    lines: int
    """Lines of the file after its header."""
    kept: Bools
    """Shape (n_rows,): rows with the right number of cells that are still in."""
    rows: list[QualityRow] = field(default_factory=list)

    def leave_out(self, what: str, which: Bools, done: str = "left out") -> int:
        """Leave out some rows, unless they are out already; return their number."""
        new = which & self.kept
        self.kept &= ~which
        count = int(new.sum())
        self.count(what, count, done, left_out=True)
        return count

    def count(self, what: str, rows: int, done: str, *, left_out: bool = False, is_wrong: bool = False) -> None:
        """Add a line; every line is shown, those of no rows too."""
        share = rows / self.lines if self.lines else 0.0
        self.rows.append(QualityRow(what, rows, share, done, left_out, is_wrong))

    def findings(self) -> list[Notice]:
        """Return the losses that are more than MUCH of the rows."""
        return [
            Notice(
                "warning", "rows", f"{row.rows:,} of {self.lines:,} rows ({row.share:.1%}): {row.what}; {row.done}."
            )
            for row in self.rows
            if (row.left_out or row.is_wrong) and row.share > MUCH
        ]

    def finish(self) -> tuple[QualityRow, ...]:
        """Return all lines: those read first, then those left out, those kept, and what is unknown among them."""
        first = QualityRow("rows read", self.lines, 1.0, "every line after the header")
        share = float(self.kept.sum()) / self.lines if self.lines else 0.0
        kept = QualityRow("tickets kept", int(np.sum(self.kept)), share, "read into the export")
        out = [row for row in self.rows if row.left_out]
        return (first, *out, kept, *(row for row in self.rows if not row.left_out))


# -- the local days that an export covers, and days that it seems to cover only in part -------------------------------


_RARE = 1e-4
"""Chance, were arrivals Poisson, below which a day's tickets are too few for a whole day ..."""
_FEW = 0.5
"""... and share of the least of such weekdays that they must also stay below: arrivals vary more than Poisson's."""
_LONG_GAP = 14
"""Days in a row without a ticket that are told."""


def local_day(moment: float, zone: str) -> date:
    """Return the local day of a moment."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def find_partial_days(export: Export, is_first_given: bool, is_last_given: bool) -> list[Notice]:
    """Return a first or last day with far fewer tickets than such weekdays have otherwise, and long gaps."""
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
            findings.append(Notice("warning", "days", text))
    return findings + _gaps(export, per_day)


def _is_partial(tickets: int, others: np.ndarray) -> bool:
    from scipy.special import pdtr

    return bool(pdtr(tickets, float(np.mean(others))) < _RARE and tickets < _FEW * float(np.min(others)))


def _gaps(export: Export, per_day: np.ndarray) -> list[Notice]:
    busy = np.concatenate([[-1], np.flatnonzero(per_day), [export.days]])
    lengths = np.diff(busy) - 1
    place = int(np.argmax(lengths))
    if lengths[place] < _LONG_GAP:
        return []
    since = export.first_day + timedelta(days=int(busy[place]) + 1)
    until = since + timedelta(days=int(lengths[place]) - 1)
    text = f"No ticket was created from {since} to {until} ({lengths[place]} days): is the export complete?"
    return [Notice("warning", "days", text)]


# -- what would make a scenario of the wrong tickets or hours, and is refused rather than read with a warning ---------


_LONGEST = 40
"""Characters up to which a cell is repeated in a message."""
_FEW_ROWS = 10
"""Tickets below which midnights may be chance."""
_ALL = 0.99
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
    if len(created) < _FEW_ROWS or np.mean(created % _QUARTER == 0) < _ALL:
        return
    if max(np.mean(created % _DAY == 0), np.mean(_after_midnight(created, zone) == 0)) < _ALL:
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
