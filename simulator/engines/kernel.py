"""The fast engine's compiled part: time passes, tickets queue, teams pick.

Names are those of `simpy_engine`; the law that both obey is stated there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import TICKS_PER_MINUTE
from simulator.base.compiled import compiled
from simulator.journeys.steps import NOWHERE

_TICKS = float(TICKS_PER_MINUTE)


class Plan(NamedTuple):
    """The steps; columns of shape (n_steps,), as in `Steps`."""

    queue: Ints
    delay: Floats
    work: Floats
    patience: Floats
    priority: Ints
    next: Ints
    on_abandon: Ints


class Log(NamedTuple):
    """What happened; columns of shape (n_steps,), as in `RunLog`."""

    joined: Floats
    began: Floats
    ended: Floats
    team: Ints
    abandoned: Bools


class Stream(NamedTuple):
    """First joinings of a queue, in order of time; of tickets whose way there is known before they arrive."""

    time: Floats
    step: Ints


class Watch(NamedTuple):
    """Tickets that are looked at when they arrive, in order of time, and when lines are long (see `SurgeSwitch`)."""

    time: Floats
    usual: Ints
    """Step with which each begins; shape (n_tickets,), as for the next two."""
    other: Ints
    """Step with which it begins under the surge rules."""
    in_surge: Bools
    """To be filled: whether it arrived under them."""
    queue: Ints
    wait: float
    backlog: float


class Changes(NamedTuple):
    """Changes of capacity, in order of time."""

    time: Floats
    team: Ints
    capacity: Ints


class Teams(NamedTuple):
    """Teams at work, in scenario order."""

    capacity: Ints
    busy: Ints
    speed: Floats
    bounds: Ints
    """Team k serves queue[bounds[k]] to queue[bounds[k + 1] - 1]."""
    queue: Ints
    after: Floats
    """Minutes that the first in that queue's line must have waited (overflow)."""


class Lines(NamedTuple):
    """Waiting tickets: a linked list of steps for each queue and priority."""

    head: Ints
    """Shape (n_queues, n_priorities)."""
    tail: Ints
    first: Ints
    """First in line of each queue, over all priorities, or NOWHERE; shape (n_queues,)."""
    waiting: Ints
    """Number of tickets in all lines; shape (1,)."""
    length: Ints
    """Number of tickets in each queue's line, all priorities; shape (n_queues,)."""
    new: Ints
    """Tickets that joined since the desk last assigned."""
    n_new: Ints
    """Number of them, shape (1,)."""
    behind: Ints
    """Step that stands behind this one; shape (n_steps,)."""
    before: Ints


class Heap(NamedTuple):
    """Events to come: a binary heap by time, the first is the earliest.

    Which of two events of one instant comes first makes no difference: by the law of the desk everything due at an
    instant happens before anybody is assigned.
    """

    time: Floats
    step: Ints
    size: Ints
    """Number of events, shape (1,)."""


def empty_heap(room: int) -> Heap:
    """Make a heap that can hold `room` events."""
    return Heap(np.empty(room), np.empty(room, dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def _push(heap: Heap, time: float, step: int) -> None:
    """Add an event."""
    at = heap.size[0]
    heap.size[0] += 1
    while at > 0:
        above = (at - 1) >> 1
        if heap.time[above] <= time:
            break
        heap.time[at], heap.step[at] = heap.time[above], heap.step[above]
        at = above
    heap.time[at], heap.step[at] = time, step


@compiled
def _pop(heap: Heap) -> int:
    """Take the earliest event out; return its step."""
    first = heap.step[0]
    heap.size[0] -= 1
    size = heap.size[0]
    time, step = heap.time[size], heap.step[size]
    at, below = 0, 1
    while below < size:
        if below + 1 < size and heap.time[below + 1] < heap.time[below]:
            below += 1
        if time <= heap.time[below]:
            break
        heap.time[at], heap.step[at] = heap.time[below], heap.step[below]
        at, below = below, 2 * below + 1
    heap.time[at], heap.step[at] = time, step
    return int(first)


@compiled
def _next_time(heap: Heap) -> float:
    """Return when the earliest event is due; infinite if there is none."""
    return heap.time[0] if heap.size[0] else np.inf


@compiled
def first_joins(arrivals: Floats, first: Ints, plan: Plan, log: Log, limit: float, times: Floats, rows: Ints) -> int:
    """Follow every ticket to its first queue; fill `times` and `rows` with those that get there, and count them."""
    count = 0
    for ticket in range(len(arrivals)):
        step, time = _to_next_queue(plan, log, first[ticket], arrivals[ticket], limit)
        if step != NOWHERE:
            times[count], rows[count] = time, step
            count += 1
    return count


@compiled
def _to_next_queue(plan: Plan, log: Log, step: int, time: float, limit: float) -> tuple[int, float]:
    """Follow a ticket through pure delays until it joins a queue: (step, time), or NOWHERE if it does not."""
    while step != NOWHERE:
        time += plan.delay[step]
        if time > limit:
            break
        log.joined[step] = time
        if plan.queue[step] != NOWHERE:
            return step, time
        log.began[step] = time
        time += plan.work[step]
        if time > limit:
            break
        log.ended[step] = time
        step = plan.next[step]
    return NOWHERE, time


@compiled
def _join(plan: Plan, log: Log, lines: Lines, step: int, now: float) -> None:
    """Put a ticket in line: behind all who joined before, and among those who join now in order of their steps."""
    queue, priority = plan.queue[step], plan.priority[step]
    before = lines.tail[queue, priority]
    while before != NOWHERE and before > step and log.joined[before] == now:
        before = lines.before[before]
    behind = lines.head[queue, priority] if before == NOWHERE else lines.behind[before]
    lines.before[step], lines.behind[step] = before, behind
    if before == NOWHERE:
        lines.head[queue, priority] = step
    else:
        lines.behind[before] = step
    if behind == NOWHERE:
        lines.tail[queue, priority] = step
    else:
        lines.before[behind] = step
    first = lines.first[queue]
    if first == NOWHERE or (before == NOWHERE and priority <= plan.priority[first]):
        lines.first[queue] = step
    lines.waiting[0] += 1
    lines.length[queue] += 1
    lines.new[lines.n_new[0]] = step
    lines.n_new[0] += 1


@compiled
def _leave_line(plan: Plan, lines: Lines, step: int) -> None:
    """Take a ticket out of its line, wherever it stands."""
    queue, priority = plan.queue[step], plan.priority[step]
    before, behind = lines.before[step], lines.behind[step]
    if before == NOWHERE:
        lines.head[queue, priority] = behind
    else:
        lines.behind[before] = behind
    if behind == NOWHERE:
        lines.tail[queue, priority] = before
    else:
        lines.before[behind] = before
    lines.waiting[0] -= 1
    lines.length[queue] -= 1
    if lines.first[queue] == step:
        while behind == NOWHERE and priority + 1 < lines.head.shape[1]:
            priority += 1
            behind = lines.head[queue, priority]
        lines.first[queue] = behind


@compiled
def _goes_before(plan: Plan, log: Log, step: int, other: int) -> bool:
    """Return whether a ticket is served before another: smallest (priority, time it joined, ticket, step)."""
    if plan.priority[step] != plan.priority[other]:
        return bool(plan.priority[step] < plan.priority[other])
    if log.joined[step] != log.joined[other]:
        return bool(log.joined[step] < log.joined[other])
    return step < other  # Steps stand ticket by ticket.


@compiled
def _first_in_line(plan: Plan, log: Log, lines: Lines, teams: Teams, team: int, now: float) -> int:
    """Find the ticket that a team takes next, or NOWHERE."""
    first = NOWHERE
    for place in range(teams.bounds[team], teams.bounds[team + 1]):
        head = lines.first[teams.queue[place]]
        if head == NOWHERE or (first != NOWHERE and not _goes_before(plan, log, head, first)):
            continue
        if now - log.joined[head] >= teams.after[place]:
            first = head
    return first


@compiled
def _assign(
    plan: Plan, log: Log, lines: Lines, teams: Teams, under_way: Heap, now: float, limit: float, has_overflow: bool
) -> None:
    """Match free agents to waiting tickets."""
    picked = True
    while picked and lines.waiting[0]:
        picked = False
        for team in range(len(teams.busy)):
            while teams.busy[team] < teams.capacity[team]:
                step = _first_in_line(plan, log, lines, teams, team, now)
                if step == NOWHERE:
                    break
                _leave_line(plan, lines, step)
                teams.busy[team] += 1
                log.team[step], log.began[step] = team, now
                minutes = plan.work[step]
                if teams.speed[team] != 1.0:
                    minutes = np.rint(minutes / teams.speed[team] * _TICKS) / _TICKS
                if now + minutes <= limit:
                    _push(under_way, now + minutes, step)
                # Only a longer wait behind an urgent ticket can be uncovered by a pick.
                picked = has_overflow


@compiled
def _next_overflow(log: Log, lines: Lines, teams: Teams, now: float) -> float:
    """Return when a team that is free now may take the first in another's line, if nothing changes before."""
    due = np.inf
    for team in range(len(teams.busy)):
        if teams.busy[team] < teams.capacity[team]:
            for place in range(teams.bounds[team], teams.bounds[team + 1]):
                head = lines.first[teams.queue[place]]
                if head != NOWHERE and now < log.joined[head] + teams.after[place] < due:
                    due = log.joined[head] + teams.after[place]
    return due


@compiled
def _grow_impatient(plan: Plan, log: Log, lines: Lines, impatient: Heap, now: float, limit: float) -> None:
    """Note when those who have just joined, and were not served at once as most are, will lose patience."""
    for place in range(lines.n_new[0]):
        step = lines.new[place]
        if np.isnan(log.began[step]) and now + plan.patience[step] <= limit:
            _push(impatient, now + plan.patience[step], step)
    lines.n_new[0] = 0


@compiled
def _let_go(plan: Plan, log: Log, lines: Lines, impatient: Heap, gone: Ints, now: float) -> int:
    """Let all whose patience ends now leave their lines; fill `gone` with them, and count them."""
    count = 0
    while impatient.size[0] and impatient.time[0] == now:
        step = _pop(impatient)
        if np.isnan(log.began[step]):
            _leave_line(plan, lines, step)
            log.abandoned[step], log.ended[step] = True, now
            gone[count] = step
            count += 1
    return count


@compiled
def _lines_are_long(log: Log, lines: Lines, watch: Watch, now: float) -> bool:
    """Return whether the lines were long when the clock came to `now`; nothing must have happened at it yet."""
    since, backlog = now, 0
    for queue in watch.queue:
        backlog += lines.length[queue]
        for priority in range(lines.head.shape[1]):
            head = lines.head[queue, priority]
            if head != NOWHERE:
                since = min(since, log.joined[head])
    return bool(now - since > watch.wait or backlog > watch.backlog)


@compiled
def _look(
    plan: Plan, log: Log, lines: Lines, watch: Watch, seen: int, returning: Heap, now: float, limit: float
) -> int:
    """Choose the ways of the tickets that arrive now, from the `seen`-th on; return the number of the next to come."""
    are_long = _lines_are_long(log, lines, watch, now)
    while seen < len(watch.time) and watch.time[seen] == now:
        watch.in_surge[seen] = are_long
        if watch.usual[seen] != watch.other[seen]:
            begin = watch.other[seen] if are_long else watch.usual[seen]
            step, time = _to_next_queue(plan, log, begin, now, limit)
            if step != NOWHERE:
                _push(returning, time, step)
        seen += 1
    return seen


@compiled
def move_tickets(
    plan: Plan, log: Log, stream: Stream, watch: Watch, teams: Teams, changes: Changes, lines: Lines,
    under_way: Heap, returning: Heap, impatient: Heap, gone: Ints, limit: float, has_overflow: bool,
) -> None:  # fmt: skip
    """Let time pass from event to event until the drain limit.

    The heaps and `gone` are room to work in: as many places as there are steps suffice.
    """
    come, seen, changed, overflow = 0, 0, 0, np.inf
    look = watch.time[0] if len(watch.time) else np.inf
    while True:
        now = min(_next_time(under_way), _next_time(returning), _next_time(impatient), overflow, look)
        if come < len(stream.time):
            now = min(now, stream.time[come])
        if changed < len(changes.time):
            now = min(now, changes.time[changed])
        if now > limit or now == np.inf:
            return
        # Whoever arrives lives by the lines as they stand before anything happens.
        if look == now:
            seen = _look(plan, log, lines, watch, seen, returning, now, limit)
            look = watch.time[seen] if seen < len(watch.time) else np.inf
        # 1. Everything due happens.
        call = overflow == now
        while under_way.size[0] and under_way.time[0] == now:
            step = _pop(under_way)
            log.ended[step] = now
            teams.busy[log.team[step]] -= 1
            step, time = _to_next_queue(plan, log, plan.next[step], now, limit)
            if step != NOWHERE:
                _push(returning, time, step)
            call = True
        while returning.size[0] and returning.time[0] == now:
            _join(plan, log, lines, _pop(returning), now)
            call = True
        while come < len(stream.time) and stream.time[come] == now:
            _join(plan, log, lines, stream.step[come], now)
            come += 1
            call = True
        while changed < len(changes.time) and changes.time[changed] == now:
            teams.capacity[changes.team[changed]] = changes.capacity[changed]
            changed += 1
            call = True
        # 2. The desk assigns; work of no length is due at once.
        if call:
            _assign(plan, log, lines, teams, under_way, now, limit, has_overflow)
            overflow = _next_overflow(log, lines, teams, now) if has_overflow and lines.waiting[0] else np.inf
            _grow_impatient(plan, log, lines, impatient, now, limit)
            if under_way.size[0] and under_way.time[0] == now:
                continue
        # 3. Those whose patience ends leave, all of them; then they go on, which starts the round again.
        if impatient.size[0] and impatient.time[0] == now:
            for place in range(_let_go(plan, log, lines, impatient, gone, now)):
                overflow = now
                step, time = _to_next_queue(plan, log, plan.on_abandon[gone[place]], now, limit)
                if step != NOWHERE:
                    _push(returning, time, step)
