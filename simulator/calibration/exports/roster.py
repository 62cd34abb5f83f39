"""Who is on duty: a roster as a workforce tool exports it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
        """Tell whether it names dates rather than weekdays."""
        return any(isinstance(day, date) for row in self.rows for day in row.days)

    @property
    def teams(self) -> tuple[str, ...]:
        """Name its teams, in the order in which they come up."""
        return tuple(dict.fromkeys(row.team for row in self.rows))
