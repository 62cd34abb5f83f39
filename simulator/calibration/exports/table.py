"""What a ticket export can tell: the fields that `--map FIELD=COLUMN` takes, each with its meaning.

The ticket export: one row per ticket, in the desk's own words, whatever help desk it came from.

Every estimator of `fit` and every comparison of `backtest` reads this table and nothing else; a simulated run can be
written as one (`of_run`), so both sides of a comparison go through the same code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats

_Kind = Literal["moment", "duration", "number", "name", "person", "word", "flag", "id", "left", "date", "clock"]
"""How the cells of a field are read; `left` is the time left until a target, negative once it was missed."""


@dataclass(frozen=True)
class Field:
    """One thing that a column can hold."""

    name: str
    kind: _Kind
    text: str
    """What it means, in a sentence."""


FIELDS = (
    Field("created_at", "moment", "When the ticket arrived; the one column that every export must have."),
    Field("began_at", "moment", "When an agent first took it up (a call: when it was answered)."),
    Field("ended_at", "moment", "When the work that began then ended (a call: when it was hung up)."),
    Field("first_response_at", "moment", "When the customer first got an answer."),
    Field("first_resolved_at", "moment", "When it was first resolved."),
    Field("resolved_at", "moment", "When it was resolved for good; empty while it is open."),
    Field("reopened_at", "moment", "When it first came back after it had been resolved."),
    Field("intent", "name", "What it is about: type, category, contact reason."),
    Field("channel", "name", "How it came in: email, chat, phone."),
    Field("tier", "name", "Class of the customer; the priority where the export names no class."),
    Field("team", "name", "Group of agents that had it."),
    Field("agent", "person", "Agent who worked on it last; only a number is kept, never the name."),
    Field("id", "id", "Number of the ticket; used to find duplicates, and not kept."),
    Field("status", "word", "State of the ticket; spam, deleted, merged and test tickets are left out."),
    Field("abandoned", "flag", "Whether the customer left before anyone answered."),
    Field("leave_out", "flag", "Whether the row is no ticket at all and is to be left out."),
    Field("wait", "duration", "Time in line until an agent took it up or the customer left."),
    Field("handle", "duration", "Touch time: agents' time on it, all touches together."),
    Field("hold", "duration", "Time on hold: waiting for somebody outside the desk."),
    Field("pending", "duration", "Time waiting for the customer; added to `hold`."),
    Field("first_response", "duration", "Time from creation to the first answer."),
    Field("first_resolution", "duration", "Time from creation to the first resolution."),
    Field("resolution", "duration", "Time from creation to the resolution for good."),
    Field("reassignments", "number", "How often it was passed to another group."),
    Field("stations", "number", "Number of groups that had it, the first included: reassignments and one."),
    Field("reopens", "number", "How often it came back after it had been resolved; yes and no are 1 and 0."),
    Field("met_sla", "flag", "Whether the help desk says that its target was met."),
    Field("sla_left", "left", "Time left until the target when it was reached; negative where it was missed."),
    Field("satisfaction", "number", "Score of the customer's survey, from 1 (worst) to 5 (best), or good and bad."),
)
"""The fields of a ticket export."""

AI_FIELDS = (
    Field("true_intent", "name", "What the ticket was about, as people found out."),
    Field("predicted_intent", "name", "What the AI took it for."),
    Field("confidence", "number", "How sure the AI said it was, from 0 to 1 or in per cent."),
    Field("correct", "flag", "Whether it was right; found by comparing the intents where there is no such column."),
)
"""The fields of an AI's shadow log."""

ROSTER_FIELDS = (
    Field("team", "name", "Group of agents."),
    Field("date", "date", "Day of the shift; or `day`."),
    Field("day", "date", "Weekday or weekdays of the shift: `Monday`, `mon-fri`, `sat, sun`."),
    Field("start", "clock", "When the shift begins, by the clock on the wall."),
    Field("end", "clock", "When it ends; on the next day where it is before the start."),
    Field("agents", "number", "How many work it; one for each row where there is no such column."),
)
"""The fields of a roster."""

SECONDS_PER = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0, "milliseconds": 1e-3}
"""Units that a mapping may name after its column: `--map wait=q_time_s:seconds`."""


# -- the ticket export ------------------------------------------------------------------------------------------------


Codes = NDArray[np.int32]
UNKNOWN = -1
"""Code of a category that a row does not name."""


def midnight(day: date, zone: str) -> float:
    """Return the moment at which a local day begins, in seconds since 1970."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()


@dataclass(frozen=True, eq=False)
class Category:
    """A column of names: a code for each row, and what the codes stand for."""

    codes: Codes
    """Shape (n_tickets,); UNKNOWN where the row names none."""
    names: tuple[str, ...]

    def counts(self) -> NDArray[np.int64]:
        """Count the rows of each name, those that name none left out; shape (n_names,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))

    def of(self, rows: Bools | NDArray[np.intp]) -> Category:
        """Return the column of some rows, with the same codes."""
        return Category(self.codes[rows], self.names)


@dataclass(frozen=True, eq=False)
class Export:
    """Tickets of a help desk, in order of creation; columns of shape (n_tickets,), None where the export has none.

    Moments are seconds since 1970 in UTC, NaN where a row has none; names, texts and addresses of people are not kept.
    """

    zone: str
    """IANA time zone of the desk: hours of the day and days of the week are read in it."""
    first_day: date
    """First local day that the export covers."""
    last_day: date
    """Last local day that it covers, included."""
    seen_until: float
    """Moment at which the export was made, as far as it shows: what is open then was cut off, not finished."""
    created: Floats
    """When the ticket arrived (a call: when the caller first wanted an agent); ascending."""
    intent: Category
    """What it is about, as the help desk has it: type, category, contact reason. One name, `all`, where it has none."""
    channel: Category | None = None
    tier: Category | None = None
    """Class of customers, or the priority, whichever the export names."""
    team: Category | None = None
    """First group that had it."""
    agent: Codes | None = None
    """Number of the agent who worked on it last; UNKNOWN where there is none. The names are not kept."""
    began: Floats | None = None
    """When an agent first took it up (a call: answered)."""
    ended: Floats | None = None
    """When the work that began then ended (a call: hung up)."""
    first_response: Floats | None = None
    """When the customer first got an answer."""
    resolved: Floats | None = None
    """When it was resolved for good; NaN while open or where it was abandoned."""
    abandoned: Bools | None = None
    """Whether the customer left before anyone answered."""
    wait_minutes: Floats | None = None
    """Time in line until an agent took it up or the customer left."""
    handle_minutes: Floats | None = None
    """Touch time: agents' minutes on it, all touches together; of an open ticket, so far."""
    hold_minutes: Floats | None = None
    """Time pending: waiting for the customer or somebody else outside the desk."""
    reassignments: Floats | None = None
    """How often it was passed to another group."""
    reopens: Floats | None = None
    """How often it came back after it had been resolved."""
    first_resolved: Floats | None = None
    """When it was first resolved."""
    reopened: Floats | None = None
    """When it first came back."""
    met_sla: Floats | None = None
    """1 where the help desk says that its target was met, 0 where not, NaN where it does not say."""
    satisfaction: Floats | None = None
    """Score of the customer's survey, 1 to 5; NaN without an answer."""

    def __len__(self) -> int:
        return len(self.created)

    # -- time --

    @property
    def days(self) -> int:
        """Number of local days covered."""
        return (self.last_day - self.first_day).days + 1

    @property
    def weeks(self) -> float:
        """Number of weeks covered."""
        return self.days / 7

    def midnight(self, day: date) -> float:
        """Return the moment at which a local day begins."""
        return midnight(day, self.zone)

    @cached_property
    def local(self) -> _LocalTimes:
        """Say what the desk's clock and calendar showed at creation."""
        return self.clock(self.created)

    def clock(self, moments: Floats) -> _LocalTimes:
        """Say what the desk's clock and calendar showed at some moments (none of them NaN)."""
        import pandas as pd

        stamps = pd.DatetimeIndex(pd.to_datetime(moments, unit="s", utc=True)).tz_convert(self.zone)
        first = pd.Timestamp(self.first_day)
        wall = stamps.tz_localize(None)
        day = np.asarray((wall.normalize() - first).days, dtype=np.int64)
        minute = np.asarray((wall - wall.normalize()).total_seconds(), dtype=float) / 60
        return _LocalTimes(day, np.asarray(stamps.day_of_week, dtype=np.int64), minute)

    # -- parts of it --

    def of(self, rows: Bools | NDArray[np.intp]) -> Export:
        """Return some of its rows; the days covered stay the same."""
        changes: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            if isinstance(column, Category):
                changes[field.name] = column.of(rows)
            elif isinstance(column, np.ndarray):
                changes[field.name] = column[rows]
        return replace(self, **changes)

    def between(self, first: date, last: date) -> Export:
        """Return the tickets created from one local day to another (included), with all that became of them."""
        since, until = self.midnight(first), self.midnight(last + timedelta(days=1))
        first_row, last_row = np.searchsorted(self.created, [since, until])
        part = self.of(np.arange(first_row, last_row))
        return replace(part, first_day=first, last_day=last)

    def as_of(self, moment: float) -> Export:
        """Return the export as it would have been made at a moment: later tickets and later events are not known yet.

        Counts (reassignments, reopens), touch time and scores carry no moment: they are those of the whole export for
        tickets that were resolved by then, and unknown (NaN) for those that were open. A ticket that came back later
        was resolved as far as anybody knew, and had not come back.
        """
        part = self.of(self.created < moment)
        changes: dict[str, Any] = {"seen_until": min(moment, self.seen_until)}
        for name in ("began", "ended", "first_response", "resolved", "first_resolved", "reopened"):
            column = getattr(part, name)
            if column is not None:
                changes[name] = np.where(column < moment, column, math.nan)
        dormant = part.is_dormant(moment)
        if part.resolved is not None and part.first_resolved is not None:
            changes["resolved"] = np.where(dormant, part.first_resolved, changes["resolved"])
        if part.abandoned is not None and part.wait_minutes is not None:
            changes["abandoned"] = part.abandoned & (part.created + 60 * np.nan_to_num(part.wait_minutes) < moment)
        finished = part.was_finished_by(moment)
        for name in ("handle_minutes", "hold_minutes", "reassignments", "reopens", "met_sla", "satisfaction"):
            column = getattr(part, name)
            if column is not None:
                changes[name] = np.where(finished, column, math.nan)
        if part.reopens is not None:
            changes["reopens"] = np.where(dormant, 0.0, changes["reopens"])
        return replace(part, **changes)

    def is_dormant(self, moment: float) -> Bools:
        """Return which tickets were resolved at a moment and came back later; none where the export has no times."""
        if self.first_resolved is None or self.reopened is None:
            return np.zeros(len(self), dtype=np.bool_)
        dormant: Bools = (self.first_resolved < moment) & (self.reopened >= moment)
        return dormant

    def was_finished_by(self, moment: float) -> Bools:
        """Return which tickets were resolved or abandoned by a moment; all of them where the export has no such times.

        Work that ended does not make an end of a ticket that still waits for its customer: it counts where nothing on
        the ticket's channel is ever said to be resolved, as with calls.
        """
        if self.resolved is None and self.ended is None:
            return np.ones(len(self), dtype=np.bool_)
        finished: Bools = self._ends <= moment
        return finished if self.abandoned is None else finished | self.abandoned

    @cached_property
    def _ends(self) -> Floats:
        resolved, ended = self.resolved, self.ended
        if resolved is None or ended is None:
            found = ended if resolved is None else resolved
            assert found is not None
            return found
        channel = np.zeros(len(self), dtype=np.int32) if self.channel is None else self.channel.codes + 1
        told = np.bincount(channel, np.isfinite(resolved))
        return np.where(told[channel] > 0, resolved, ended)

    @cached_property
    def is_open(self) -> Bools:
        """Which tickets were still open when the export was made."""
        return ~self.was_finished_by(self.seen_until)


@dataclass(frozen=True, eq=False)
class _LocalTimes:
    """What the clock on the wall showed; shape (n,)."""

    day: NDArray[np.int64]
    """Local day, 0 is the export's first."""
    weekday: NDArray[np.int64]
    """Monday is 0."""
    minute: Floats
    """Minutes after local midnight, on the wall."""
