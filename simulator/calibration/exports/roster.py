"""Who is on duty: a roster as a workforce tool exports it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from simulator.base.errors import ExportError, NoColumn, Notice, Problem, cut
from simulator.calibration.exports.cells import Cells, read_cells
from simulator.calibration.exports.columns import offered
from simulator.calibration.exports.moments import Moments, decide_order
from simulator.calibration.exports.names import fit_name
from simulator.calibration.exports.rows import refuse_personal_data
from simulator.calibration.exports.table import ROSTER_FIELDS, UNKNOWN

_DAY = 1440
_EPOCH = date(1970, 1, 1).toordinal()
_MOST_ROWS = 500_000
_MOST_AGENTS = 100_000
"""Agents that one row may name."""
_SHOWN = 5
"""Broken rows that are told one by one."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:.*[T ])?(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\.?", re.IGNORECASE)


@dataclass(frozen=True)
class RosterRow:
    """Agents of a team who work the same hours on one date, or on some weekdays of every week."""

    team: str
    days: tuple[date, ...] | tuple[int, ...]
    """Dates, or weekdays (Monday is 0)."""
    start: int
    """Minutes after local midnight."""
    end: int
    """Minutes after the midnight of the day on which it begins; above 1440 where it ends on the next day."""
    agents: int


@dataclass(frozen=True)
class Roster:
    """A roster, in the desk's local time."""

    rows: tuple[RosterRow, ...]
    file: str
    """Name of the file, without its folder."""

    @property
    def is_dated(self) -> bool:
        """Whether it names dates rather than weekdays."""
        return any(isinstance(day, date) for row in self.rows for day in row.days)

    @property
    def teams(self) -> tuple[str, ...]:
        """Name its teams, in the order in which they come up."""
        return tuple(dict.fromkeys(row.team for row in self.rows))


def read_roster(path: str | Path, *, columns: Mapping[str, str] | None = None) -> tuple[Roster, tuple[Notice, ...]]:
    """Read a roster: CSV (gz or not) or Parquet; raise ExportError naming every row that cannot be read.

    `columns` maps the fields of ROSTER_FIELDS to columns. Without a column of agents every row is one agent; without
    a team all are of one team, `desk`. Nothing is left out: a roster with a hole would understaff the forecast.
    """
    cells = read_cells(path, ROSTER_FIELDS, columns, needed=["start", "end"])
    refuse_personal_data(cells)
    findings = [*cells.notes, *cells.recognised.findings]
    if "date" not in cells and "day" not in cells:
        fault = "has no column for date or day that is recognised"
        message = f"{fault}; say which one with --map date=COLUMN"
        raise ExportError(NoColumn(str(path), "", message, fault, ("date", "day"), offered(cells.header)))
    if cells.ragged or cells.rows > _MOST_ROWS:
        message = (
            f"has {cells.ragged:,} lines with another number of cells than its header; every row must be complete"
            if cells.ragged
            else f"has {cells.rows:,} rows; it must have {_MOST_ROWS:,} or fewer"
        )
        raise ExportError(Problem(str(path), "", message))
    shifts = _shifts(cells)
    if "agents" not in cells:
        text = f"The roster names no number of agents: each of its {cells.rows:,} rows was counted as one agent."
        findings.append(Notice("note", "agents", text))
    if "team" not in cells:
        findings.append(Notice("note", "team", "The roster names no team: all agents are of one team, `desk`."))
    rows = (RosterRow(team, days, start, end, agents) for (team, days, start, end), agents in shifts.items() if agents)
    return Roster(tuple(rows), Path(path).name), tuple(findings)


_Shift = tuple[str, tuple[date, ...] | tuple[int, ...], int, int]
"""Team, days, start and end."""


def _shifts(cells: Cells) -> Counter[_Shift]:
    """Count agents by shift; raise ExportError naming the rows that cannot be read."""
    teams = _texts(cells, "team") if "team" in cells else ["desk"] * cells.rows
    starts, ends = _texts(cells, "start"), _texts(cells, "end")
    field = "date" if "date" in cells else "day"
    written = _texts(cells, field)
    days = _dates(cells) if field == "date" else [_weekdays(text) for text in written]
    agents = cells.amounts("agents")[0].tolist() if "agents" in cells else [1.0] * cells.rows
    shifts: Counter[_Shift] = Counter()
    problems: list[Problem] = []
    for row in range(cells.rows):
        try:
            start, end, heads = _clock(starts[row], "start"), _clock(ends[row], "end"), _heads(agents[row])
            if not days[row]:
                raise ValueError(_no_day(field, written[row]))
            if start == end:
                raise ValueError("starts and ends at the same time; a shift of a whole day is 00:00 to 24:00")
            shifts[fit_name(teams[row]) or "desk", days[row], start, end if end > start else end + _DAY] += heads
        except ValueError as error:
            problems.append(Problem(f"{cells.path}:{row + 2}", "", str(error)))
    if problems:
        more = len(problems) - _SHOWN
        last = [Problem(str(cells.path), "", f"has {more:,} more rows like these")] if more > 0 else []
        raise ExportError([*problems[:_SHOWN], *last])
    return shifts


def _dates(cells: Cells) -> list[tuple[date, ...]]:
    """Return the date of each row, none where it cannot be read."""
    import pyarrow as pa

    reader = Moments()
    reader.add(pa.array([text or None for text in _texts(cells, "date")], pa.string()))
    (order,), (is_torn,) = decide_order([reader.either])
    if order is None or is_torn:
        message = (
            f"column {cut(cells.columns['date'].name)} does not show whether the day or the month comes first; "
            "write dates as 2026-03-31"
        )
        raise ExportError(Problem(str(cells.path), "", message))
    seconds = reader.finish(order, "UTC").seconds
    is_day = np.isfinite(seconds) & (np.abs(seconds) < 4e9)
    return [
        (date.fromordinal(_EPOCH + int(moment // 86_400)),) if good else ()
        for moment, good in zip(seconds.tolist(), is_day.tolist(), strict=True)
    ]


def _weekdays(text: str) -> tuple[int, ...]:
    """Read `Monday`, `mon-fri`, `sat, sun`, `daily`; nothing where that is not what it says."""
    words = text.casefold().replace("–", "-").strip()
    if words in ("daily", "every day", "all"):
        return tuple(range(7))
    found: list[int] = []
    for part in re.split(r"[,;/ ]+", re.sub(r"\s*-\s*", "-", words)):
        first, dash, last = part.partition("-")
        places = [
            _WEEKDAYS.index(word[:3]) if word[:3] in _WEEKDAYS else -1 for word in (first, last if dash else first)
        ]
        if -1 in places:
            return ()
        found += [day % 7 for day in range(places[0], places[1] + 1 + (7 if places[1] < places[0] else 0))]
    return tuple(dict.fromkeys(found))


def _no_day(field: str, text: str) -> str:
    form = "a date such as 2026-03-31" if field == "date" else "weekdays such as Monday, mon-fri, 'sat, sun' or daily"
    return f"{field} is {cut(text[:40]) if text else 'empty'}; it must be {form}"


def _clock(text: str, name: str) -> int:
    """Read `09:00`, `9am`, `24:00` or the time of a moment as minutes after midnight."""
    match = _CLOCK.fullmatch(text.strip())
    hour, minute, half = (int(match[1]), int(match[2] or 0), (match[3] or "").lower()) if match else (99, 0, "")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour * 60 + minute > _DAY or minute > 59:
        raise ValueError(f"{name} is {cut(text)}; it must be a time of day such as 09:00 or 17:30")
    return 60 * hour + minute


def _heads(agents: float) -> int:
    if not 0 <= agents <= _MOST_AGENTS or not float(agents).is_integer():
        raise ValueError(f"agents is {agents:g}; it must be a whole number from 0 to {_MOST_AGENTS:,}")
    return int(agents)


def _texts(cells: Cells, name: str) -> list[str]:
    """Return a column's cells as they are written, empty where they hold nothing."""
    names = cells.names(name)
    held = [*names.places, ""]
    return [held[code] for code in np.where(names.codes() == UNKNOWN, len(held) - 1, names.codes()).tolist()]
