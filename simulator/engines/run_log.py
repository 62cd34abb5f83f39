"""The run log: what happened to every step, and the outcome of every ticket. Every statistic derives from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Literal

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.journeys import Journeys
from simulator.journeys.steps import NOWHERE, Steps
from simulator.rosters import TeamRoster
from simulator.scenario import Scenario
from simulator.tickets import Tickets

Engine = Literal["simpy", "fast"]
"""Names of the engines, the quickest last."""


class Outcome(IntEnum):
    """How a ticket ended."""

    RESOLVED = 0
    ABANDONED = 1
    """Left the line and did not come back."""
    LOST = 2
    """Gave up silently after a wrong AI answer."""
    OPEN = 3
    """Still open at the drain limit."""

    @property
    def label(self) -> str:
        """Name the outcome as tables show it."""
        return self.name.lower()


@dataclass(frozen=True)
class RunLog:
    """One row per step, in the order of `Steps`; NaN for what did not happen. Times in minutes."""

    joined: Floats
    """When the ticket joined the queue (or the pure delay began)."""
    began: Floats
    """When work on it began."""
    ended: Floats
    """When work on it ended, or when the ticket abandoned."""
    team: Ints
    """Team that worked on it, or -1."""
    abandoned: Bools
    """Whether the ticket left the line unserved."""
    in_surge: Bools
    """Whether the ticket arrived while surge rules were in force: one row per ticket, not per step."""

    def of(self, rows: Ints) -> RunLog:
        """Return the log of some steps, and of all tickets."""
        return RunLog(
            self.joined[rows], self.began[rows], self.ended[rows], self.team[rows], self.abandoned[rows], self.in_surge
        )

    @property
    def visited(self) -> Bools:
        """Which steps were reached."""
        return ~np.isnan(self.joined)


@dataclass(frozen=True)
class TicketEnds:
    """How and when each ticket ended; shape (n_tickets,)."""

    outcome: Ints
    """An `Outcome`."""
    closed: Floats
    """Minute at which the ticket was resolved, abandoned or lost; NaN while open."""


def ticket_ends(steps: Steps, log: RunLog, lost: Bools) -> TicketEnds:
    """Derive each ticket's outcome; `lost` marks those whose finished journey is a silent loss, shape (n_tickets,)."""
    n = len(steps.first)
    outcome = np.full(n, int(Outcome.OPEN))
    closed = np.full(n, np.nan)
    finished = (steps.next == NOWHERE) & ~log.abandoned & ~np.isnan(log.ended)
    done = steps.ticket[finished]
    outcome[done] = np.where(lost[done], int(Outcome.LOST), int(Outcome.RESOLVED))
    closed[done] = log.ended[finished]
    gone = log.abandoned & (steps.on_abandon == NOWHERE)
    outcome[steps.ticket[gone]] = int(Outcome.ABANDONED)
    closed[steps.ticket[gone]] = log.ended[gone]
    return TicketEnds(outcome, closed)


@dataclass(frozen=True)
class RunRecord:
    """All that is known about one replication of one scenario; every statistic derives from it."""

    scenario: Scenario
    customers: Tickets
    journeys: Journeys
    rosters: tuple[TeamRoster, ...]
    log: RunLog
    seed: int
    replication: int
    engine: Engine

    @cached_property
    def ends(self) -> TicketEnds:
        """How and when each ticket ended."""
        return ticket_ends(self.journeys.steps, self.log, self.journeys.ai.lost)
