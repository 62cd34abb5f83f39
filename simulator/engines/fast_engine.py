"""The fast engine: the law of the desk compiled with Numba; its run log equals the SimPy engine's, row by row.

`simpy_engine` states the law in words and is the reference. What is different here is only how the time passes:

* Pure delays need no calendar. A ticket's way to its first queue is known beforehand, so first arrivals at the queues
  are one sorted stream; later delays are followed through to the next queue at once. Only tickets that go another way
  under surge rules are looked at when they arrive.
* A line is a linked list for each queue and priority. Tickets join it in order of time, so the first in line is its
  head, and whoever loses patience leaves from the middle.
* Overflow needs no timers. Each assignment notes when the next line's first ticket will have waited long enough for a
  team that is free.

All times are whole ticks, so sums are exact, and `==` holds on every column.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.engines.kernel import (
    Changes,
    Lines,
    Log,
    Plan,
    Stream,
    Teams,
    Watch,
    empty_heap,
    first_joins,
    move_tickets,
)
from simulator.engines.run_log import RunLog
from simulator.journeys.steps import NOWHERE, Steps
from simulator.journeys.surge import SurgeSwitch
from simulator.rosters import TeamRoster


def run(
    arrivals: Floats, steps: Steps, rosters: tuple[TeamRoster, ...], limit: float, surge: SurgeSwitch | None = None
) -> RunLog:
    """Move every ticket along its steps until none is left or the drain limit comes.

    `arrivals` are minutes of shape (n_tickets,), ascending; what happens at `limit` itself still counts. `surge` tells
    where tickets begin under surge rules; without it there are none.
    """
    size = len(steps)
    plan = Plan(steps.queue, steps.delay, steps.work, steps.patience, steps.priority, steps.next, steps.on_abandon)
    log = Log(
        np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan),
        np.full(size, NOWHERE), np.zeros(size, dtype=np.bool_),
    )  # fmt: skip
    n = len(arrivals)
    watch = _watch(arrivals, steps, surge)
    times, rows = np.empty(n), np.empty(n, dtype=np.int64)
    known = steps.first if surge is None else np.where(steps.first == surge.first, steps.first, NOWHERE)
    count = first_joins(np.array(arrivals), known, plan, log, limit, times, rows)
    order = np.argsort(times[:count])
    stream = Stream(times[order], rows[order])
    teams, n_queues = _teams(rosters, steps.queue, watch.queue)
    in_line = _lines(n_queues, 1 + int(steps.priority.max(initial=0)), size)
    # No more tickets wait for anything at once than there are; few do, and pages that nobody writes to cost nothing.
    under_way, returning, impatient = (empty_heap(max(size, 1)) for _ in range(3))
    move_tickets(
        plan, log, stream, watch, teams, _changes(rosters), in_line, under_way, returning, impatient,
        np.empty(size, dtype=np.int64), limit, bool((teams.after > 0).any()),
    )  # fmt: skip
    in_surge = np.zeros(n, dtype=np.bool_) if surge is None else watch.in_surge
    return RunLog(log.joined, log.began, log.ended, log.team, log.abandoned, in_surge)


@cache
def prepare() -> None:
    """Compile the engine, or load what was compiled before, by running an empty desk."""
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    steps = Steps(none, none.astype(np.int8), none, nothing, nothing, nothing, none, none, none, none)
    nobody = TeamRoster("nobody", ((0, 0.0),), np.zeros(1), np.zeros(1, dtype=np.int64), 1, 1.0, 0.0)
    run(nothing, steps, (nobody,), 0.0)


def _watch(arrivals: Floats, steps: Steps, surge: SurgeSwitch | None) -> Watch:
    """Write down who is looked at on arrival: everybody, or nobody where there are no surge rules."""
    none = np.empty(0, dtype=np.int64)
    if surge is None:
        return Watch(np.empty(0), none, none, np.empty(0, dtype=np.bool_), none, np.inf, np.inf)
    in_surge = np.zeros(len(arrivals), dtype=np.bool_)
    return Watch(np.array(arrivals), steps.first, surge.first, in_surge, surge.queues, surge.wait, surge.backlog)


def _teams(rosters: tuple[TeamRoster, ...], *queues: Ints) -> tuple[Teams, int]:
    """Write the teams as arrays: the queues of team k are those from bounds[k] to bounds[k + 1]; count all queues."""
    served = [(number, after) for roster in rosters for number, after in roster.serves]
    n_queues = 1 + max([*(int(some.max(initial=0)) for some in queues), *(number for number, _ in served)])
    teams = Teams(
        capacity=np.array([roster.capacity[0] for roster in rosters], dtype=np.int64),
        busy=np.zeros(len(rosters), dtype=np.int64),
        speed=np.array([roster.speed for roster in rosters], dtype=np.float64),
        bounds=np.cumsum([0, *(len(roster.serves) for roster in rosters)]),
        queue=np.array([number for number, _ in served], dtype=np.int64),
        after=np.array([after for _, after in served], dtype=np.float64),
    )
    return teams, n_queues


def _lines(n_queues: int, n_priorities: int, size: int) -> Lines:
    return Lines(
        head=np.full((n_queues, n_priorities), NOWHERE),
        tail=np.full((n_queues, n_priorities), NOWHERE),
        first=np.full(n_queues, NOWHERE),
        waiting=np.zeros(1, dtype=np.int64),
        length=np.zeros(n_queues, dtype=np.int64),
        new=np.empty(size, dtype=np.int64),
        n_new=np.zeros(1, dtype=np.int64),
        behind=np.empty(size, dtype=np.int64),
        before=np.empty(size, dtype=np.int64),
    )


def _changes(rosters: tuple[TeamRoster, ...]) -> Changes:
    """Merge the changes of all rosters, in order of time."""
    times = np.concatenate([np.empty(0), *(roster.times[1:] for roster in rosters)])
    team = np.repeat(np.arange(len(rosters)), [len(roster.times) - 1 for roster in rosters])
    capacity = np.concatenate([np.empty(0, dtype=np.int64), *(roster.capacity[1:] for roster in rosters)])
    order = np.argsort(times, kind="stable")
    return Changes(times[order], team[order], capacity[order])
