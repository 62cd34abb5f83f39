"""Which rows of a file are tickets, and what each of them tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import ExportError, Notice, Problem, cut
from simulator.calibration.exports.amounts import Amounts, Flags
from simulator.calibration.exports.cells import Cells, unreadable
from simulator.calibration.exports.moments import MISSING, Moments, Read
from simulator.calibration.exports.names import seems_personal
from simulator.calibration.exports.quality import MUCH, RowTally, refuse_unreadable_created
from simulator.calibration.exports.table import Codes

_Rowed = NDArray[np.intp]
_YEAR = 366 * 86_400.0
_SANE = (631_152_000.0, 3_786_912_000.0)
"""Moments from 1990 to 2089: what lies beyond is a placeholder (1900, 1970, 2099, 9999)."""
_ROUNDING = 60.0
"""Seconds by which an event may seem to come before its cause, where one of them is written without seconds."""
_FAR = 5 * _YEAR
"""Time after the latest creation beyond which nothing can have happened yet."""
_STRAY = 0.001
"""Largest share of tickets that may be cut off from all others by a year without any."""
_UNWANTED = {
    "spam", "deleted", "merged", "test", "trash", "trashed", "marked as spam", "suspended", "test ticket", "junk",
}  # fmt: skip
_AFTER = (
    ("began_at", "created_at"), ("first_response_at", "created_at"), ("first_resolved_at", "created_at"),
    ("resolved_at", "created_at"), ("ended_at", "began_at"), ("ended_at", "created_at"),
    ("reopened_at", "first_resolved_at"), ("reopened_at", "created_at"),
)  # fmt: skip
"""Moments that cannot come before others."""


class Rows:
    """The rows of a file on their way to an export; columns of shape (n_rows,), `tally` says which are still in."""

    def __init__(self, cells: Cells, moments: Mapping[str, Read], tally: RowTally) -> None:
        self.cells, self.tally = cells, tally
        self.read = moments
        self.findings: list[Notice] = []
        self.seconds = {name: read.seconds for name, read in moments.items()}
        self.latest = -np.inf
        self.amounts = {
            name: cells.amounts(name)
            for name, reader in cells.readers.items()
            if isinstance(reader, Amounts | Flags) and name != "leave_out"
        }
        self.status = _status(cells)
        refuse_personal_data(cells)
        refuse_unmet_values(cells)

    @property
    def created(self) -> Floats:
        """The moments of creation."""
        return self.seconds["created_at"]

    def has_status(self, words: set[str]) -> Bools:
        """Return the rows whose status is one of some words."""
        if self.status is None:
            return np.zeros(len(self.created), dtype=np.bool_)
        codes, held = self.status
        return np.isin(codes, [code for code, word in enumerate(held) if word in words])

    # -- rows --

    def leave_out_unwanted(self) -> None:
        """Leave out spam, deleted, merged and test tickets, and rows that the user says are none."""
        if self.status is not None:
            self.tally.leave_out("marked as spam, deleted, merged or test", self.has_status(_UNWANTED))
        if "leave_out" in self.cells:
            values, _ = self.cells.amounts("leave_out")
            self.tally.leave_out("said to be no tickets (leave_out)", values == 1)

    def check_created(self) -> None:
        """Leave out rows without a time of creation that can be true."""
        created, state = self.created, self.read["created_at"].state
        refuse_unreadable_created(self.cells, self.read["created_at"], self.tally.kept)
        self.tally.leave_out("without a time of creation", state == MISSING)
        self.tally.leave_out("with a time of creation that cannot be read", unreadable(state))
        with np.errstate(invalid="ignore"):
            is_placeholder = (created < _SANE[0]) | (created >= _SANE[1])
        what = "with a placeholder (before 1990, or 2090 and later) for a time of creation"
        self.tally.leave_out(what, is_placeholder)
        self.tally.leave_out("created a year and more away from all others", self._strays())

    def _strays(self) -> Bools:
        """Return the few tickets that a year without any separates from the rest: one wrong digit, not a quiet year."""
        rows = np.flatnonzero(self.tally.kept)
        order = rows[np.argsort(self.created[rows], kind="stable")]
        stray = np.zeros(len(self.created), dtype=np.bool_)
        gaps = np.flatnonzero(np.diff(self.created[order]) > _YEAR)
        few = _STRAY * len(order)
        before = [gap + 1 for gap in gaps if gap + 1 <= few]
        after = [gap + 1 for gap in gaps if len(order) - gap - 1 <= few]
        if before:
            stray[order[: max(before)]] = True
        if after:
            stray[order[min(after) :]] = True
        return stray

    def leave_out_copies(self) -> None:
        """Leave out all but the last row of each ticket number; tell identical copies from other versions.

        Nothing in a file says which version is newer: exports that are put together usually have it last.
        """
        if "id" not in self.cells:
            text = "The export has no ticket number, so tickets that occur twice cannot be told. Give --map id=COLUMN."
            self.findings.append(Notice("note", "id", text))
            self._count_alike()
            return
        hashes = self.cells.numbers("id").hashes()
        self.tally.count("without a ticket number", int((self.tally.kept & (hashes == 0)).sum()), "kept")
        older, last = _copies(hashes, self.tally.kept)
        is_same = np.ones(len(older), dtype=np.bool_)
        for column in self._all_columns():
            before, after = column[older], column[last]
            with np.errstate(invalid="ignore"):
                is_same &= (before == after) | ((before != before) & (after != after))
        for what, rows in (
            ("identical copies of a ticket further down", older[is_same]),
            ("earlier rows of a ticket further down (same number, other values)", older[~is_same]),
        ):
            which = np.zeros(len(hashes), dtype=np.bool_)
            which[rows] = True
            self.tally.leave_out(what, which, "left out; the last row of the ticket stays")

    def _count_alike(self) -> None:
        """Count the rows that no column tells from one further up; created in the same minute, they may be two."""
        columns, n = self._all_columns(), int(self.tally.kept.sum())
        alike = _alike(columns, self.tally.kept)
        self.tally.count("rows alike in every column that is read", alike, "kept: no ticket number tells copies")
        if len(columns) > 1 and alike > MUCH * n:
            text = (
                f"{alike:,} of {n:,} rows are like another in every column that is read; they were kept, but may be "
                "copies: give --map id=COLUMN with the number of the ticket."
            )
            self.findings.append(Notice("warning", "id", text))

    def _all_columns(self) -> list[NDArray[np.generic]]:
        fields = ("intent", "channel", "tier", "team", "agent", "status")
        named = [self.cells.names(name).codes() for name in fields if name in self.cells]
        return [*self.seconds.values(), *(values for values, _ in self.amounts.values()), *named]

    # -- what the rows say --

    def check_moments(self) -> None:
        """Make unknown what cannot be true, and count it; find the latest moment that the file shows."""
        kept, end = self.tally.kept, self._end()
        for name, read in self.read.items():
            column = cut(self.cells.columns[name].name)
            if name != "created_at":
                with np.errstate(invalid="ignore"):
                    is_far = (self.seconds[name] < _SANE[0]) | (self.seconds[name] > end)
                self._forget(name, is_far, f"placeholders or times years ahead in {column}")
                self._count_state(name, read.state)
            self._tell_writing(name, read)
        for name, earlier in _AFTER:
            if name in self.seconds and earlier in self.seconds:
                self._put_after(name, earlier)
        self.latest = max(float(np.nanmax(column[kept], initial=-np.inf)) for column in self.seconds.values())

    def _end(self) -> float:
        """Return the latest moment that can be true.

        Nothing happens years after the last creation, nor do a few events a year and more after all others.
        """
        last = float(self.created[self.tally.kept].max())
        events = np.concatenate([column[self.tally.kept] for column in self.seconds.values()])
        with np.errstate(invalid="ignore"):
            late = np.sort(events[(events >= last) & (events <= min(_SANE[1], last + _FAR))])
        gaps = np.flatnonzero(np.diff(late) > _YEAR)
        few = max(1.0, _STRAY * float(self.tally.kept.sum()))
        lone = [int(gap) for gap in gaps if len(late) - gap - 1 <= few]
        return float(late[lone[0]]) if lone else min(_SANE[1], last + _FAR)

    def _put_after(self, name: str, earlier: str) -> None:
        """Make unknown what comes before its cause; a minute or less is rounding, and becomes the same moment."""
        with np.errstate(invalid="ignore"):
            ahead = self.seconds[earlier] - self.seconds[name]
            is_rounding = (ahead > 0) & (ahead <= _ROUNDING)
            is_early = ahead > _ROUNDING
        what = f"{cut(self.cells.columns[name].name)} before {cut(self.cells.columns[earlier].name)}"
        self._forget(name, is_early, what)
        count = int((is_rounding & self.tally.kept).sum())
        self.tally.count(f"{what}, by a minute or less", count, "taken as the same moment: times are rounded")
        self.seconds[name] = np.where(is_rounding, self.seconds[earlier], self.seconds[name])

    def _forget(self, name: str, which: Bools, what: str) -> None:
        count = int((which & self.tally.kept).sum())
        self.tally.count(what, count, "that value is unknown; the ticket is kept", is_wrong=True)
        self.seconds[name] = np.where(which, np.nan, self.seconds[name])

    def _count_state(self, name: str, state: NDArray[np.int8]) -> None:
        column, kept = cut(self.cells.columns[name].name), self.tally.kept
        self.tally.count(f"nothing in {column}", int(((state == MISSING) & kept).sum()), "that value is unknown")
        count = int((unreadable(state) & kept).sum())
        self.tally.count(f"unreadable in {column}", count, "that value is unknown", is_wrong=True)

    def _tell_writing(self, name: str, read: Read) -> None:
        reader, column = self.cells.readers[name], cut(self.cells.columns[name].name)
        assert isinstance(reader, Moments)
        if len(reader.shapes) > 1:
            text = f"{column} writes times in several ways: {', '.join(sorted(reader.shapes))}; all were read."
            self.findings.append(Notice("note", name, text))
        if read.twice:
            self.tally.count(f"{column} in an hour that the clock showed twice", read.twice, "the first one was taken")
        if read.skipped:
            what = f"{column} in an hour that the clock skipped"
            self.tally.count(what, read.skipped, "the moment of the skip was taken")


def _copies(hashes: NDArray[np.uint64], kept: Bools) -> tuple[_Rowed, _Rowed]:
    """Return the rows of ticket numbers that come again further down, and the last row of each of those numbers."""
    rows = np.flatnonzero(kept & (hashes != 0))
    order = rows[np.argsort(hashes[rows], kind="stable")]
    is_same = hashes[order[1:]] == hashes[order[:-1]]
    ends = np.flatnonzero(np.append(~is_same, True))
    older = np.flatnonzero(is_same)
    return order[older], order[ends[np.searchsorted(ends, older)]]


def _alike(columns: Sequence[NDArray[np.generic]], kept: Bools) -> int:
    """Count the rows whose values are those of another one, but for the first of each; compared by hashes."""
    hashes = np.zeros(int(kept.sum()), dtype=np.uint64)
    for column in columns:
        values = column[kept].astype(np.float64)
        values[np.isnan(values)] = np.inf
        # An odd factor and a shift mix the bits of all columns (after Knuth's multiplicative hashing).
        hashes = (hashes ^ values.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    hashes.sort()
    return int((hashes[1:] == hashes[:-1]).sum())


def _status(cells: Cells) -> tuple[Codes, list[str]] | None:
    """Return the status of each row as a code, and the words that the codes stand for."""
    if "status" not in cells:
        return None
    names = cells.names("status")
    return names.codes(), [" ".join(name.casefold().split()) for name in names.places]


def refuse_personal_data(cells: Cells) -> None:
    """Raise ExportError where a column whose names would be kept seems to hold personal data."""
    problems = []
    for name, column in cells.columns.items():
        reason = seems_personal(cells.names(name), cells.rows) if column.field.kind == "name" else None
        if reason:
            message = (
                f"column {cut(column.name)} {reason}, which may be personal data and would be kept as {name}; "
                f"map another column (--map {name}=COLUMN) or none (--map {name}=)"
            )
            problems.append(Problem(str(cells.path), "", message))
    if problems:
        raise ExportError(problems)


def refuse_unmet_values(cells: Cells) -> None:
    """Raise ExportError where the user names a value that means yes and no cell holds it."""
    problems = []
    for name, reader in cells.readers.items():
        value = cells.columns[name].value
        if isinstance(reader, Flags) and value is not None and not reader.is_met:
            held = ", ".join(cut(word) for word in list(reader.seen)[:8] if len(word) <= 30 and "@" not in word)
            message = f"no cell holds {cut(value)}; it must be one of the column's values ({held})"
            problems.append(Problem(f"--map {name}={cut(cells.columns[name].name)}:{cut(value)}", "", message))
    if problems:
        raise ExportError(problems)
