"""Requirements: agents that Erlang's queues ask for in each hour, and their cheapest cover, an integer program."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import WEEK_HOURS
from simulator.journeys import NOWHERE, Journeys, Kind, plan_journeys
from simulator.metrics.registry import BY_NAME
from simulator.rosters import build_rosters
from simulator.scenario import Scenario, opening_empty
from simulator.studies.run.offered_load import team_loads
from simulator.studies.staff.erlang import Line, least_agents
from simulator.studies.staff.posts import Heads, Post, with_heads
from simulator.studies.targets import Target
from simulator.tickets import Tickets, draw_tickets

_MOST_NODES = 20_000
"""Nodes after which the best solution so far is taken: unlike a time limit, the same on any machine."""
_GAP = 0.002
"""Part of the cost by which a solution may miss the best one."""
_PRINTING = threading.Lock()


def cheapest(prices: Floats, matrix: Floats, low: Floats, most: Floats) -> Ints | None:
    """Minimise prices · n over whole numbers 0 <= n <= most with matrix · n >= low; None where nothing was found."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    # Rows are scaled to 1: the solver's tolerance is absolute, and room left may be a thousandth.
    sizes = np.maximum(np.abs(matrix).max(axis=1), 1e-12)
    with _silent():
        found = milp(
            prices / max(float(np.abs(prices).max()), 1e-12),
            integrality=np.ones(len(prices), dtype=np.int64),
            bounds=Bounds(0, most),
            constraints=LinearConstraint(matrix / sizes[:, np.newaxis], lb=low / sizes),
            options={"mip_rel_gap": _GAP, "node_limit": _MOST_NODES},
        )
    return None if found.x is None else np.rint(found.x).astype(np.int64)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the solver from writing to standard output.

    HiGHS before 1.13 prints a line from C++ now and then, whatever its options (its issue 2783), into what may be JSON.
    """
    with _PRINTING:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)


# -- requirements -----------------------------------------------------------------------------------------------------


Draw = Callable[[Scenario, int, int], Tickets]
"""Gives the customers of a scenario's replication: (scenario, seed, replication)."""

_LEAST_DRAWN, _MOST_DRAWN, _ENOUGH = 3, 20, 100_000
"""Replications whose tickets are drawn for the offered load, nothing simulated: as many as give so many tickets, for an
hour's load is as uncertain as its tickets are few."""
_COVERED = 0.75
"""Part of an hour in which somebody must be rostered for the hour to count as staffed."""
_LONGEST_SPREAD = 4
"""Hours over which work that may wait is spread at most."""
_USUAL_OCCUPANCY = 0.85
"""Occupancy that the start aims at where no target speaks of waiting."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """What one team must have on duty."""

    team: str
    offered: Floats
    """Mean agents' worth of work that arrives in each hour of the week; shape (168,)."""
    spread: Floats
    """The same, moved to the hours in which it can be done; shape (168,)."""
    needed: Floats
    """Agents who must be on duty; 0 in hours in which the team has no shift; shape (168,)."""


@dataclass(frozen=True)
class _Work:
    """What a team's tickets are like."""

    handle: float
    """Mean minutes of work of a step."""
    patience: float
    """Mean patience in minutes; infinite where most customers wait."""


def requirements(
    scenario: Scenario, posts: Sequence[Post], targets: Sequence[Target], occupancy: float | None, seed: int
) -> tuple[Requirement, ...]:
    """Return each team's requirement, in scenario order."""
    present = {
        name: np.asarray(np.sum([post.rostered for post in posts if post.team == name], axis=0), dtype=float)
        for name in scenario.teams
    }
    return required_of(somebody_everywhere(scenario, posts), present, targets, occupancy, seed)


def somebody_everywhere(scenario: Scenario, posts: Sequence[Post]) -> Scenario:
    """Return the desk with an agent at least at every post, and no past.

    Work that several teams serve at once is shared by capacity, so nobody may be without.
    """
    return with_heads(opening_empty(scenario), posts, tuple(max(post.today, 1) for post in posts))


def required_of(
    desk: Scenario, present: Mapping[str, Floats], targets: Sequence[Target], occupancy: float | None, seed: int,
    draw: Draw = draw_tickets,
) -> tuple[Requirement, ...]:  # fmt: skip
    """Return each team's requirement, in scenario order, on a desk that has somebody at every post.

    `present` are each team's agents rostered by quarter of an hour of the week; shape (672,). Where there are none,
    nothing is asked. `draw` gives a replication's customers.
    """
    offered, works = [], []
    drawn = 0
    for replication in range(_MOST_DRAWN):
        if replication >= _LEAST_DRAWN and drawn >= _ENOUGH:
            break
        tickets = draw(desk, seed, replication)
        drawn += len(tickets)
        journeys = plan_journeys(desk, tickets)
        rosters = build_rosters(desk, seed, replication)
        offered.append([load.offered for load in team_loads(desk, tickets, journeys, journeys, rosters)])
        works.append([_work(desk, journeys, name) for name in desk.teams])
    found = []
    for number, (name, team) in enumerate(desk.teams.items()):
        mean = np.mean([loads[number] for loads in offered], axis=0)
        handle = float(np.mean([work[number].handle for work in works])) / float(team.efficiency)
        work = _Work(handle, float(np.mean([work[number].patience for work in works])))
        staffed = (present[name] > 0.5).reshape(WEEK_HOURS, -1).mean(axis=1) >= _COVERED
        limit = _limit(desk, targets)
        spread = _spread(mean, staffed, limit)
        slots = int(team.concurrency)
        needed = [
            math.ceil(_agents(load, work, limit, targets, occupancy) / slots) if is_staffed and load > 0 else 0
            for load, is_staffed in zip(spread, staffed, strict=True)
        ]
        found.append(Requirement(name, mean / slots, spread / slots, np.array(needed, dtype=np.float64)))
    return tuple(found)


def cover(posts: Sequence[Post], required: Sequence[Requirement]) -> Heads:
    """Return the cheapest roster that has each team's requirement on duty in every hour (an integer program).

    Agents are counted with their team's usual share of time on duty, so that an hour with a break in it is not staffed
    twice. Ties are broken by the solver, always in the same way.
    """
    rows: list[Floats] = []
    needs: list[float] = []
    for one in required:
        matrix = np.array([post.rostered * _presence(post) * (post.team == one.team) for post in posts])
        need = np.repeat(one.needed, matrix.shape[1] // WEEK_HOURS)
        # Where the shift pattern leaves a quarter of an hour uncovered, nothing can be asked there.
        asked = (need > 0) & (matrix.sum(axis=0) > 0)
        columns, place = np.unique(matrix[:, asked].round(6), axis=1, return_inverse=True)
        most = np.zeros(columns.shape[1])
        np.maximum.at(most, place.ravel(), need[asked])
        rows.extend(columns.T)
        needs.extend(most)
    if not rows:
        return tuple(0 for _ in posts)
    prices = np.array([max(post.cost, 1e-6) for post in posts])
    found = cheapest(prices, np.array(rows), np.array(needs), np.full(len(posts), 10_000.0))
    return tuple(post.today for post in posts) if found is None else tuple(found.tolist())


def _presence(post: Post) -> float:
    whole = float(post.rostered.sum())
    return float(post.on_duty.sum()) / whole if whole > 0 else 0.0


def _work(scenario: Scenario, journeys: Journeys, name: str) -> _Work:
    """Look at the steps in the queues that a team serves at once."""
    serves = scenario.teams[name].serves
    served = [serve.queue for serve in serves if float(serve.after) == 0] or [serve.queue for serve in serves] or [name]
    numbers = [number for number, queue in enumerate(scenario.queues) if queue in served]
    steps = journeys.steps
    rows = (steps.queue != NOWHERE) & (steps.kind >= Kind.TRIAGE) & ~steps.is_retry & np.isin(steps.queue, numbers)
    if not rows.any():
        return _Work(1.0, math.inf)
    patience = steps.patience[rows]
    leaves = np.isfinite(patience)
    mean = float(patience[leaves].mean()) if leaves.mean() > 0.5 else math.inf
    return _Work(max(float(steps.work[rows].mean()), 1e-6), mean)


def _limit(scenario: Scenario, targets: Sequence[Target]) -> float:
    """Return the minutes that work may wait, as targets have it: the shortest of those that they speak of."""
    limits = []
    for target in targets:
        if target.kpi.startswith("sla_breach"):
            given = scenario.sla.resolution if target.kpi.endswith("_resolution") else scenario.sla.first_response
            given = given or scenario.sla.resolution
            limits.append(float(given.get("default", min(given.values(), default=0.0))))
        elif BY_NAME[target.kpi].unit == "minutes" and target.bound is not None:
            limits.append(target.bound)
        elif target.kpi in ("delayed", "abandonment"):
            limits.append(0.0)
    return min(limits, default=60.0)


def _spread(load: Floats, staffed: Bools, limit: float) -> Floats:
    """Move each hour's work to the staffed hours from then on, evenly over as many as it may wait."""
    if not staffed.any():
        return load
    count = int(min(max(1.0, limit // 60), _LONGEST_SPREAD))
    moved = np.zeros(WEEK_HOURS)
    open_hours = np.flatnonzero(staffed)
    for hour in range(WEEK_HOURS):
        first = int(np.searchsorted(open_hours, hour))
        places = [open_hours[(first + step) % len(open_hours)] for step in range(min(count, len(open_hours)))]
        np.add.at(moved, places, load[hour] / len(places))
    return moved


def _agents(load: float, work: _Work, limit: float, targets: Sequence[Target], occupancy: float | None) -> int:
    """Return the servers that one hour's load needs, by every target that Erlang's queues can speak of."""
    needs = [least_agents(lambda n: load / n <= (occupancy or 1.0))] if occupancy or math.isinf(work.patience) else [1]
    spoken = False
    for target in targets:
        meets = _condition(target, load, work, limit)
        if meets is not None:
            spoken = True
            needs.append(least_agents(meets))
    if not spoken:
        needs.append(least_agents(lambda n: load / n <= _USUAL_OCCUPANCY))
    return max(needs)


def _condition(target: Target, load: float, work: _Work, limit: float) -> Callable[[int], bool] | None:
    """Return the condition that a target puts on the number of agents in a line; None where it speaks of none."""
    bound, kpi = target.bound, target.kpi

    def line(agents: int) -> Line:
        return Line(load, agents, work.patience / work.handle)

    if bound is None or target.sign == ">=":
        return None
    if kpi == "abandonment":
        return (lambda n: line(n).abandonment <= bound) if math.isfinite(work.patience) else None
    if kpi == "delayed":
        return lambda n: line(n).delayed <= bound
    if kpi.startswith("sla_breach"):
        return lambda n: line(n).wait_tail(limit / work.handle) <= bound
    if kpi in ("wait_mean", "first_response_mean"):
        return lambda n: line(n).mean_wait <= bound / work.handle
    shares = {"p50": 0.5, "p90": 0.1}
    if kpi.startswith(("wait_", "first_response_")) and kpi[-3:] in shares:
        return lambda n: line(n).wait_tail(bound / work.handle) <= shares[kpi[-3:]]
    return None
