"""What a call log tells without a column of its own: waits by its moments, and moments by its waits and handle times.

What a column says is never changed; only what it leaves open is filled in, and told.

Makes the export of the rows that are left: one column for each thing that the file tells.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import Notice, cut
from simulator.calibration.exports.amounts import Amounts
from simulator.calibration.exports.cells import unreadable
from simulator.calibration.exports.moments import MISSING
from simulator.calibration.exports.names import tidy
from simulator.calibration.exports.quality import MUCH
from simulator.calibration.exports.rows import Rows
from simulator.calibration.exports.table import UNKNOWN, Category, Codes, Export, midnight


def _deduce(export: Export, findings: list[Notice]) -> Export:
    """Fill in waits of those who gave up, and when work began and ended, as far as other columns tell them."""
    return _with_work(_with_waits(export, findings), findings)


def _with_waits(export: Export, findings: list[Notice]) -> Export:
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
        findings.append(Notice("warning", "wait", f"{text}."))
        return export
    if not left.all() and not np.isfinite(filled[~left]).any():
        text = f"{n:,} customers gave up, but how long the others waited is not told: patience cannot be estimated"
        findings.append(Notice("warning", "wait", f"{text}; give --map wait=COLUMN or --map began_at=COLUMN."))
        return export
    if told < n:
        text = f"{n - told:,} of {n:,} customers gave up, but not after how long: patience is that of the others."
        findings.append(Notice("warning" if n - told > MUCH * n else "note", "wait", text))
    if not taken:
        return export
    text = f"{taken:,} customers gave up and have no wait: the time from creation to ended_at was taken for it"
    rest = ", and for the others the time until began_at" if waits is None and not left.all() else ""
    findings.append(Notice("note", "wait", f"{text}{rest}."))
    return replace(export, wait_minutes=filled)


def _with_work(export: Export, findings: list[Notice]) -> Export:
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
    findings.append(Notice("note", "began_at", text))
    return replace(export, began=began, ended=ended, seen_until=max(export.seen_until, float(np.nanmax(ended))))


def _or_nan(column: Floats | None, export: Export) -> Floats:
    return np.full(len(export), np.nan) if column is None else column


# -- makes the export of the rows that are left -----------------------------------------------------------------------


_OPEN = {
    "open", "new", "pending", "in progress", "on hold", "hold", "waiting for customer", "waiting on customer",
    "waiting for support", "waiting on third party", "awaiting user info", "active", "work in progress", "snoozed",
    "to do", "reopened", "escalated", "assigned",
}  # fmt: skip
_CLOSED = {"closed", "solved", "resolved", "done", "completed", "complete"}


def assemble(rows: Rows, zone: str, first: date, last: date) -> Export:
    """Make the export of the rows that are left, in order of creation."""
    told = _Told(rows)
    stations, sla_left = told.values("stations"), told.values("sla_left")
    abandoned = told.values("abandoned")
    left: Bools | None = None if abandoned is None else abandoned == 1
    resolved, first_resolved = told.settle(left)
    first_response = told.moment("first_response_at", "first_response")
    export = Export(
        zone=zone,
        first_day=first,
        last_day=last,
        seen_until=max(
            rows.latest, midnight(last + timedelta(days=1), zone),
            *map(_latest, (first_response, first_resolved, resolved)),
        ),
        created=told.created,
        intent=told.category("intent") or Category(np.zeros(len(told.created), dtype=np.int32), ("all",)),
        channel=told.category("channel"),
        tier=told.category("tier"),
        team=told.category("team"),
        agent=told.agents(),
        began=told.moment("began_at"),
        ended=told.moment("ended_at"),
        first_response=first_response,
        resolved=resolved,
        abandoned=left,
        wait_minutes=told.values("wait"),
        handle_minutes=told.values("handle"),
        hold_minutes=_sum(told.values("hold"), told.values("pending")),
        reassignments=told.values("reassignments") if stations is None else np.maximum(stations - 1, 0),
        reopens=told.values("reopens"),
        first_resolved=first_resolved,
        reopened=told.moment("reopened_at"),
        met_sla=told.values("met_sla") if sla_left is None else np.where(np.isnan(sla_left), np.nan, sla_left >= 0),
        satisfaction=told.values("satisfaction"),
    )  # fmt: skip
    told.count_states(export)
    return _deduce(export, rows.findings)


class _Told:
    """What the rows that are left tell, field by field, in order of creation."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._tally, self._cells = rows, rows.tally, rows.cells
        kept = np.flatnonzero(rows.tally.kept)
        is_earlier = np.diff(rows.created[kept]) < 0
        rows.tally.count("out of order in the file", int(is_earlier.sum()), "sorted by time of creation")
        self._order = kept[np.argsort(rows.created[kept], kind="stable")]
        self.created: Floats = rows.created[self._order]
        for name, moments in rows.seconds.items():
            self._tell_empty(name, moments[self._order])
        self._values = {name: self._checked(name) for name in rows.amounts}
        if "intent" not in self._cells:
            text = "The export does not say what tickets are about: all are one intent. Give --map intent=COLUMN."
            self._tell("warning", "intent", text)

    def _tell(self, level: str, path: str, text: str) -> None:
        self._rows.findings.append(Notice("warning" if level == "warning" else "note", path, text))

    def _column(self, name: str) -> str:
        return cut(self._cells.columns[name].name.strip())

    # -- moments and amounts --

    def moment(self, name: str, duration: str = "") -> Floats | None:
        """Return a column of moments, or creation and a duration; None where neither says anything."""
        if name in self._rows.seconds:
            return _some(self._rows.seconds[name][self._order])
        minutes = self._values.get(duration)
        return None if minutes is None else self.created + 60 * minutes

    def values(self, name: str) -> Floats | None:
        """Return a column of durations (minutes), numbers or flags; None where it says nothing."""
        return self._values.get(name)

    def _checked(self, name: str) -> Floats | None:
        """Return a column without what cannot be true, and count that."""
        values, state = self._rows.amounts[name]
        values, state = values[self._order], state[self._order]
        column, reader = self._column(name), self._cells.readers[name]
        self._tally.count(f"nothing in {column}", int((state == MISSING).sum()), "that value is unknown")
        self._tally.count(
            f"unreadable in {column}", int(unreadable(state).sum()), "that value is unknown", is_wrong=True
        )
        with np.errstate(invalid="ignore"):
            wrong = values < 0 if name != "sla_left" else np.zeros(len(values), dtype=np.bool_)
            what = f"negative in {column}"
            if name == "satisfaction":
                wrong, what = (values < 1) | (values > 5), f"not from 1 to 5 in {column}"
        self._tally.count(what, int(wrong.sum()), "that value is unknown", is_wrong=True)
        if isinstance(reader, Amounts) and reader.worded:
            words = ", ".join(sorted(reader.worded))
            text = f"{column} scores in words ({words}); good counts as 5 and bad as 1."
            if name == "reopens":
                text = f"{column} says {words}, not how often: yes was read as once, so that later returns are missed."
            self._tell("warning", name, text)
        if isinstance(reader, Amounts) and reader.thousands:
            text = f"{reader.thousands:,} cells of {column} such as 1,234 were read as thousands, not as decimals."
            self._tell("note", name, text)
        self._tell_empty(name, values)
        if name == "satisfaction" and wrong.sum() > MUCH * np.isfinite(values).sum():
            # Of a scale of 0 to 10 the scores from 1 to 5 are the bad ones, so that none of them may be kept.
            found = f"{column} has scores from {np.nanmin(values):g} to {np.nanmax(values):g}"
            text = f"{found}: no scale of 1 to 5, so none is read. Give their mean on it: --set csat.human_mean=4.2."
            self._tell("warning", name, text)
            return None
        return _some(np.where(wrong, np.nan, values))

    def _tell_empty(self, name: str, values: Floats) -> None:
        if np.isnan(values).all():
            text = f"{self._column(name)} holds nothing that can be read; the export counts as not saying it."
            self._tell("warning", name, text)

    def settle(self, left: Bools | None) -> tuple[Floats | None, Floats | None]:
        """Return when tickets were resolved for good and when first: not while they are open again, nor abandoned."""
        resolved = self.moment("resolved_at", "resolution")
        first = self.moment("first_resolved_at", "first_resolution")
        if resolved is None:
            return None, first
        is_open = self._rows.has_status(_OPEN)[self._order] & np.isfinite(resolved)
        if is_open.any():
            first = np.where(np.isnan(first), resolved, first) if first is not None else resolved.copy()
        resolved = np.where(is_open, np.nan, resolved)
        if left is not None:
            resolved = np.where(left, np.nan, resolved)
        if self._rows.status is not None:
            self._tally.count("open by their status though resolved once", int(is_open.sum()), "open; resolved before")
            is_closed = self._rows.has_status(_CLOSED)[self._order] & np.isnan(resolved)
            if left is not None:
                is_closed &= ~left
            count = int(is_closed.sum())
            self._tally.count("closed by their status without a time of resolution", count, "they count as open")
            if count > 0.01 * len(resolved):
                text = (
                    f"{count:,} tickets are closed and do not say when; they count as open. Give "
                    "--map resolved_at=COLUMN with a column that says when tickets were closed."
                )
                self._tell("warning", "resolved_at", text)
        return resolved, first

    # -- names --

    def category(self, name: str) -> Category | None:
        """Return a column of names, fit for the model; None where it names nothing."""
        if name not in self._cells:
            return None
        names, column = self._cells.names(name), self._column(name)
        tidied = tidy(names, names.codes()[self._order])
        unnamed = int((tidied.category.codes == UNKNOWN).sum())
        self._tally.count(f"nothing in {column}", unnamed, f"{name} unknown")
        if tidied.merged:
            text = f"{tidied.merged:,} spellings in {column} were merged with others (case, spaces, marks)."
            self._tell("note", name, text)
        if tidied.changed:
            text = f"{tidied.changed:,} names in {column} lost marks that the model has other uses for, or their end."
            self._tell("note", name, text)
        if unnamed:
            share = unnamed / len(self.created)
            text = f"{column} names no {name} for {share:.1%} of tickets."
            self._tell("warning" if share > 0.05 else "note", name, text)
        return tidied.category if tidied.category.names else None

    def agents(self) -> Codes | None:
        """Return numbers for agents, by first appearance; the names are forgotten here."""
        if "agent" not in self._cells:
            return None
        codes = self._cells.names("agent").codes()[self._order]
        self._tally.count(f"nothing in {self._column('agent')}", int((codes == UNKNOWN).sum()), "agent unknown")
        held = codes[codes != UNKNOWN]
        if not len(held):
            return None
        numbers = np.full(int(held.max()) + 2, UNKNOWN, dtype=np.int32)
        distinct, first = np.unique(held, return_index=True)
        numbers[distinct[np.argsort(first)]] = np.arange(len(distinct), dtype=np.int32)
        return numbers[codes]

    def count_states(self, export: Export) -> None:
        """Count the tickets that are open and those that were reopened."""
        if export.resolved is not None:
            is_open = np.isnan(export.resolved)
            if export.abandoned is not None:
                is_open &= ~export.abandoned
            self._tally.count("still open", int(is_open.sum()), "kept; how long they take is cut off")
        was_reopened = np.zeros(len(export), dtype=np.bool_)
        with np.errstate(invalid="ignore"):
            for column, least in ((export.reopens, 1.0), (export.reopened, -np.inf)):
                if column is not None:
                    was_reopened |= column >= least
        if export.reopens is not None or export.reopened is not None:
            self._tally.count("reopened", int(was_reopened.sum()), "kept")


def _some(column: Floats | None) -> Floats | None:
    """Return a column, or None where it says nothing at all."""
    return None if column is None or np.isnan(column).all() else column


def _latest(column: Floats | None) -> float:
    """Return the latest moment of a column: those that are told as durations show how long the export goes on, too."""
    return -np.inf if column is None else float(np.nanmax(column, initial=-np.inf))


def _sum(first: Floats | None, second: Floats | None) -> Floats | None:
    """Add two columns; where one says nothing, the other counts."""
    if first is None or second is None:
        return second if first is None else first
    total = np.nan_to_num(first) + np.nan_to_num(second)
    return np.where(np.isnan(first) & np.isnan(second), np.nan, total)
