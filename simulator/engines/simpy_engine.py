"""The readable engine: a SimPy process per ticket, and one desk.

The law of the desk. At every instant, in this order:

1. everything due happens: completions, arrivals, returns, roster changes, overflow timers;
2. the desk assigns free agents to waiting tickets;
3. tickets still waiting whose patience ends leave, all of them.

Work that this creates at the same instant starts the round again, so no result depends on the order in which
simultaneous events were scheduled. In SimPy's terms: ordinary events first, then the dispatcher, then patience, then
the ways on of those who left, by event priority.

A team takes, among the queues it serves, the ticket first in line: smallest (priority, time it joined, ticket, step).
Another team's queue may be served once its first ticket has waited long enough (overflow). Teams pick in scenario
order, each until it has no free agent or nothing to take; if a pick uncovers a ticket that a team may take now, they
pick again. When a shift ends, work in hand is finished and nothing new is taken. A team is a number of agents, not
persons: work in hand that overruns a shift counts against the team's capacity until it is done.

A ticket lives by the rules in force when it arrived. Where there are surge rules, they are in force for all tickets
that arrive at an instant if the lines were long when the clock came to it, before any of 1. to 3.: a ticket stands in a
line then if it joined at an earlier instant and neither began nor left at an earlier one. So joining, being taken and
giving up at that very instant make no difference, and further rounds of it none either. Lines are long if, among the
tickets in the queues that the rules look at, whoever joined first has waited longer than one bound, or there are more
of them than another.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from typing import Any, cast

import numpy as np
import simpy
from simpy.events import NORMAL, Event, EventPriority

from simulator.base.calendars import TICKS_PER_MINUTE
from simulator.engines.run_log import RunLog
from simulator.journeys.steps import NOWHERE, Steps
from simulator.journeys.surge import SurgeSwitch
from simulator.rosters import TeamRoster

_DISPATCH, _PATIENCE, _LEAVING, _CLOSING = (EventPriority(NORMAL + later) for later in (1, 2, 3, 9))
"""Event priorities within one instant, after SimPy's own URGENT and NORMAL."""

_Process = Generator[Event, Any, None]


def run(
    arrivals: np.ndarray[Any, Any],
    steps: Steps,
    rosters: tuple[TeamRoster, ...],
    limit: float,
    surge: SurgeSwitch | None = None,
) -> RunLog:
    """Move every ticket along its steps until none is left or the drain limit comes.

    `arrivals` are minutes of shape (n_tickets,), ascending; what happens at `limit` itself still counts. The clock
    begins with the rosters (at negative minutes, where there is a warm-up). `surge` tells where tickets begin under
    surge rules; without it there are none.
    """
    begin = min((float(roster.times[0]) for roster in rosters), default=0.0)
    env = simpy.Environment(initial_time=begin)
    desk = _ServiceDesk(env, steps, rosters, limit)
    env.process(desk.arrivals(arrivals.tolist(), steps.first.tolist(), surge))
    closing = _event(env)
    env.schedule(closing, priority=_CLOSING, delay=limit - begin)
    env.run(until=closing)
    return desk.log()


class _Team:
    """A team at work: how many tickets it may hold, and how many it holds."""

    __slots__ = ("busy", "capacity", "number", "serves", "speed")

    def __init__(self, number: int, roster: TeamRoster) -> None:
        self.number, self.serves, self.speed = number, roster.serves, roster.speed
        self.capacity, self.busy = int(roster.capacity[0]), 0


class _ServiceDesk:
    """The lines of waiting tickets, the teams that serve them, and the log of what happened."""

    def __init__(self, env: simpy.Environment, steps: Steps, rosters: tuple[TeamRoster, ...], limit: float) -> None:
        self.env = env
        # Plain lists: reading and writing single values is several times faster than in arrays.
        self.ticket, self.queue = steps.ticket.tolist(), steps.queue.tolist()
        self.delay, self.work, self.patience = steps.delay.tolist(), steps.work.tolist(), steps.patience.tolist()
        self.priority, self.next, self.on_abandon = (
            steps.priority.tolist(),
            steps.next.tolist(),
            steps.on_abandon.tolist(),
        )
        size = len(self.ticket)
        self.joined, self.began, self.ended = ([float("nan")] * size for _ in range(3))
        self.team, self.abandoned = [-1] * size, [False] * size
        self.in_surge = [False] * len(steps.first)
        n_queues = 1 + max([queue for roster in rosters for queue, _ in roster.serves] + self.queue, default=0)
        self.lines: list[list[tuple[int, float, int, int]]] = [[] for _ in range(n_queues)]
        self.waiting: dict[int, Event] = {}
        self.leaving: list[Event] = []
        self.teams = [_Team(number, roster) for number, roster in enumerate(rosters)]
        self.overflow_after = [
            sorted({after for team in self.teams for queue, after in team.serves if queue == number and after > 0})
            for number in range(n_queues)
        ]
        self.has_overflow = any(self.overflow_after)
        self.is_called = False
        for team, roster in zip(self.teams, rosters, strict=True):
            if len(roster.times) > 1:
                env.process(self.roster(team, roster.times.tolist(), roster.capacity.tolist(), limit))

    # -- the story of a ticket --

    def arrivals(self, times: list[float], first_steps: list[int], surge: SurgeSwitch | None) -> _Process:
        """Let every ticket in at its time, under the surge rules if the lines are long then."""
        env, ticket = self.env, self.a_ticket
        watched = frozenset(() if surge is None else surge.queues.tolist())
        for number, (time, step) in enumerate(zip(times, first_steps, strict=True)):
            if time > env.now:
                yield env.timeout(time - env.now)
            if surge is not None and self.lines_are_long(watched, surge.wait, surge.backlog):
                self.in_surge[number] = True
                step = int(surge.first[number])
            env.process(ticket(step))

    def lines_are_long(self, queues: frozenset[int], wait: float, backlog: float) -> bool:
        """Return whether the lines were long when the clock came to this instant.

        Arrivals are ordinary events, so nobody has been taken or has given up by now; but some may have joined.
        """
        now = self.env.now
        there = [self.joined[step] for step in self.waiting if self.queue[step] in queues and self.joined[step] < now]
        return bool(there) and (now - min(there) > wait or len(there) > backlog)

    def a_ticket(self, step: int) -> _Process:
        """Go from step to step: wait in line, be worked on, go on; or lose patience and leave."""
        env = self.env
        while step != NOWHERE:
            if self.delay[step]:
                yield env.timeout(self.delay[step])
            self.joined[step] = env.now
            if self.queue[step] == NOWHERE:
                self.began[step] = env.now
                yield env.timeout(self.work[step])
                self.ended[step] = env.now
                step = self.next[step]
                continue
            team = yield self.line_up(step)
            if team is None:
                self.abandoned[step], self.ended[step] = True, env.now
                self.call_dispatcher()
                step = self.on_abandon[step]
                continue
            self.team[step], self.began[step] = team.number, env.now
            yield env.timeout(self._duration(step, team))
            self.ended[step] = env.now
            team.busy -= 1
            self.call_dispatcher()
            step = self.next[step]

    def _duration(self, step: int, team: _Team) -> float:
        minutes = float(self.work[step])
        return minutes if team.speed == 1.0 else round(minutes / team.speed * TICKS_PER_MINUTE) / TICKS_PER_MINUTE

    # -- the lines --

    def line_up(self, step: int) -> Event:
        """Put a ticket in line; the event says which team takes it, or None when its patience ends first."""
        env, queue = self.env, self.queue[step]
        turn = env.event()
        self.waiting[step] = turn
        heapq.heappush(self.lines[queue], (self.priority[step], env.now, self.ticket[step], step))
        self.call_dispatcher()
        for after in self.overflow_after[queue]:
            env.timeout(after).callbacks.append(self._overflow_is_due)
        if self.patience[step] != float("inf"):
            end = _event(env, step)
            end.callbacks.append(self._patience_ends)
            env.schedule(end, priority=_PATIENCE, delay=self.patience[step])
        return turn

    def _patience_ends(self, end: Event) -> None:
        turn = self.waiting.pop(cast(int, end.value), None)
        if turn is None:
            return
        self.leaving.append(turn)
        if len(self.leaving) == 1:
            # All whose patience ends now leave before any of them goes on: one later event lets them go together.
            door = _event(self.env)
            door.callbacks.append(self._let_go)
            self.env.schedule(door, priority=_LEAVING)

    def _let_go(self, _: Event) -> None:
        gone, self.leaving = self.leaving, []
        for turn in gone:
            turn.succeed(None)

    def _overflow_is_due(self, _: Event) -> None:
        self.call_dispatcher()

    def first_in_line(self, team: _Team) -> tuple[int, float, int, int] | None:
        """Find the ticket that a team takes next, or None."""
        first = None
        for queue, after in team.serves:
            line = self.lines[queue]
            while line and line[0][3] not in self.waiting:
                heapq.heappop(line)
            if not line:
                continue
            head = line[0]
            if (first is None or head < first) and (not after or self.env.now - head[1] >= after):
                first = head
        return first

    # -- the dispatcher --

    def call_dispatcher(self) -> None:
        """Have free agents matched to waiting tickets once everything else that is due now has happened."""
        if not self.is_called:
            self.is_called = True
            call = _event(self.env)
            call.callbacks.append(self.assign)
            self.env.schedule(call, priority=_DISPATCH)

    def assign(self, _: Event) -> None:
        """Match free agents to waiting tickets."""
        self.is_called = False
        picked = True
        while picked:
            picked = False
            for team in self.teams:
                while team.busy < team.capacity and (head := self.first_in_line(team)) is not None:
                    heapq.heappop(self.lines[self.queue[head[3]]])
                    team.busy += 1
                    self.waiting.pop(head[3]).succeed(team)
                    # Only a longer wait behind an urgent ticket can be uncovered by a pick.
                    picked = self.has_overflow

    def roster(self, team: _Team, times: list[float], capacity: list[int], limit: float) -> _Process:
        """Change a team's capacity when its shifts begin and end."""
        for time, agents in zip(times[1:], capacity[1:], strict=True):
            if time > limit:
                return
            yield self.env.timeout(time - self.env.now)
            team.capacity = agents
            self.call_dispatcher()

    def log(self) -> RunLog:
        """Return what happened, as arrays."""
        joined, began, ended = (np.array(column, dtype=np.float64) for column in (self.joined, self.began, self.ended))
        return RunLog(
            joined, began, ended, np.array(self.team, dtype=np.int64), np.array(self.abandoned, dtype=np.bool_),
            np.array(self.in_surge, dtype=np.bool_),
        )  # fmt: skip


def _event(env: simpy.Environment, value: Any = None) -> Event:
    """Make an event that is already decided and only waits for its time."""
    event = Event(env)
    event._ok, event._value = True, value
    return event
