"""Rosters: who is on duty when, as each team's capacity over simulated time.

Shifts are written in the team's wall time. Breaks and random absence take whole agents away. Shrinkage does too, in
turns of half an hour and carrying the remainder on, so that over time exactly the stated share is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAY_MINUTES, WEEK_MINUTES, Wall, in_ticks, parse_days, parse_time
from simulator.base.memo import remembered
from simulator.base.streams import Purpose, name_key, uniforms
from simulator.scenario import Scenario, Shift, Team, closed_dates
from simulator.tickets.fingerprints import digest

_TURN_MINUTES = 30.0
"""How long one agent is away at a time for shrinkage."""
_NIGHT_BEFORE = -float(DAY_MINUTES)
"""Minute on the day before the start, whose night shift reaches into the first day."""
Time = TypeVar("Time", float, Floats)
AI_TEAM = "AI"
"""Team (and queue) of an AI that can hold only so many conversations at once."""


@dataclass(frozen=True)
class TeamRoster:
    """A team as the engines see it."""

    name: str
    serves: tuple[tuple[int, float], ...]
    """Queue numbers with the overflow wait in minutes (0: at once)."""
    times: Floats
    """Minutes at which capacity changes, ascending, from the beginning (of the warm-up, else 0); shape (n_changes,)."""
    capacity: Ints
    """Tickets the team can hold from each time on; shape (n_changes,)."""
    concurrency: int
    speed: float
    rostered_minutes: float
    """Paid agent minutes within the horizon, absence and shrinkage included; not those of a warm-up."""
    is_human: bool = True
    rostered_by_week: tuple[float, ...] = ()
    """Its rostered minutes by week; empty for the AI."""

    def awaited_from(self, moment: float) -> TeamRoster:
        """Return the roster as one that begins at an earlier moment, with nobody on duty until its own beginning."""
        if moment >= self.times[0]:
            return self
        return replace(self, times=np.append(moment, self.times), capacity=np.append(0, self.capacity))

    def agent_time(self, held: Time) -> Time:
        """Return what of a time that tickets were held is agents': one who holds two at once works half on each."""
        return held / self.concurrency

    def on_duty_minutes(self, edges: Floats) -> Floats:
        """Integrate agents on duty between consecutive edges (minutes); shape (len(edges) - 1,)."""
        agents = self.agent_time(self.capacity.astype(float))
        lengths = np.diff(self.times)
        counted = np.concatenate([[0.0], np.cumsum(agents[:-1] * lengths)])
        last = self.times[-1]
        at = np.interp(edges, self.times, counted) + np.maximum(edges - last, 0) * agents[-1]
        return np.diff(at)


@remembered
def rosters_key(scenario: Scenario) -> str:
    """Fingerprint everything that rosters are built from: equal keys, seeds and replications give equal rosters."""
    parts = scenario.model_dump(mode="json", include={"start", "timezone", "weeks", "drain", "warm_up", "teams"})
    holidays = scenario.arrivals.holidays
    parts["holidays"] = None if holidays is None else holidays.model_dump(mode="json")
    parts["ai"] = None if scenario.ai is None or scenario.ai.concurrency is None else int(scenario.ai.concurrency)
    return digest([parts, list(scenario.queues)])


def build_rosters(scenario: Scenario, seed: int, replication: int) -> tuple[TeamRoster, ...]:
    """Build each team's roster for one replication, in scenario order; the AI's own team, if any, comes last."""
    queues = {queue: number for number, queue in enumerate(scenario.queues)}
    rosters = []
    for name, team in scenario.teams.items():
        serves = team.serves or ()
        wanted = [(serve.queue, float(serve.after)) for serve in serves] or [(name, 0.0)]
        served = tuple((queues[queue], float(in_ticks(np.array(after)))) for queue, after in wanted if queue in queues)
        rosters.append(_team_roster(scenario, name, team, served, seed, replication))
    if scenario.ai is not None and scenario.ai.concurrency is not None:
        capacity = np.array([int(scenario.ai.concurrency)])
        opening = in_ticks(np.array([scenario.opening_minutes]))
        ai = TeamRoster(AI_TEAM, ((len(queues), 0.0),), opening, capacity, 1, 1.0, 0.0, is_human=False)
        rosters.append(ai)
    return tuple(rosters)


def _team_roster(
    scenario: Scenario, name: str, team: Team, serves: tuple[tuple[int, float], ...], seed: int, replication: int
) -> TeamRoster:
    opening, horizon = scenario.opening_minutes, scenario.horizon_minutes
    changes: dict[float, int] = defaultdict(int)
    rostered = 0.0
    by_week = [0.0] * int(scenario.weeks)
    limit = scenario.limit_minutes
    for number, shift in enumerate(_shifts(team)):
        absences = _Absences(team, (seed, replication), name, number)
        carried = 0.0
        worked = list(_worked(scenario, team, shift, limit))
        # Working days are numbered from the night before the start, and back from it in a warm-up.
        night_before = _wall_of(scenario, team).local(_NIGHT_BEFORE).date()
        early = sum(day < night_before for day, _ in worked)
        for day_number, (day, periods) in enumerate(worked, start=-early):
            if day_number == 0:
                carried = 0.0  # The weeks that count are staffed the same with and without a warm-up.
            for start, end, agents in periods:
                rostered += agents * max(0.0, min(end, horizon) - max(start, 0.0))
                _add_to_weeks(by_week, max(start, 0.0), min(end, horizon), agents)
                present = agents - absences.count(day_number, agents)
                for a, b, here in _with_breaks(scenario, team, shift, day, start, end, present):
                    turns, carried = _with_shrinkage(a, b, here, float(team.shrinkage), carried)
                    for begin, stop, on_duty in turns:
                        changes[max(begin, opening)] += on_duty
                        changes[max(stop, opening)] -= on_duty
    times, capacity = _timeline(changes, opening)
    concurrency = int(team.concurrency)
    return TeamRoster(
        name, serves, times, capacity * concurrency, concurrency, float(team.efficiency), rostered,
        rostered_by_week=tuple(by_week),
    )  # fmt: skip


def _add_to_weeks(by_week: list[float], start: float, end: float, agents: int) -> None:
    """Add a period's agent minutes to the weeks that it lies in; an hour that clocks add belongs to the last."""
    last = len(by_week) - 1
    while start < end:
        week = min(int(start // WEEK_MINUTES), last)
        stop = end if week == last else min(end, (week + 1.0) * WEEK_MINUTES)
        by_week[week] += agents * (stop - start)
        start = stop


def _timeline(changes: dict[float, int], opening: float) -> tuple[Floats, Ints]:
    """Sum changes into the number on duty from each moment on, beginning with the desk."""
    minutes = in_ticks(np.array([opening, *changes]))
    times, place = np.unique(minutes, return_inverse=True)
    on_duty = np.cumsum(np.bincount(place, [0, *changes.values()])).astype(np.int64)
    keep = np.concatenate([[True], np.diff(on_duty) != 0])
    return times[keep], on_duty[keep]


def _shifts(team: Team) -> tuple[Shift, ...]:
    if team.agents is None:
        return team.shifts
    return (Shift.model_validate({"days": "daily", "start": "00:00", "end": "24:00", "agents": float(team.agents)}),)


def _worked(
    scenario: Scenario, team: Team, shift: Shift, limit: float
) -> Iterator[tuple[date, list[tuple[float, float, int]]]]:
    """List the days on which a shift is worked, with its periods (start, end, agents) in simulated minutes."""
    wall = _wall_of(scenario, team)
    closed = closed_dates(scenario)
    weekdays = parse_days(shift.days)
    opening = parse_time(shift.start)
    for day in wall.days(limit, scenario.opening_minutes + _NIGHT_BEFORE):
        # The night before the first day and the days of a warm-up belong to the first week.
        week = max(1, (day - scenario.start).days // 7 + 1)
        if week < int(shift.from_week or week) or week > int(shift.to_week or week):
            continue
        if day.weekday() not in weekdays or (day in closed and team.agents is None):
            continue
        if shift.every is None:
            bounds = [opening, opening + shift.length_minutes]
        else:
            bounds = [opening + step * float(shift.every) for step in range(len(shift.agents) + 1)]
        minutes = [wall.minute_of(day, bound) for bound in bounds]
        yield (
            day,
            [
                (start, end, int(agents))
                for start, end, agents in zip(minutes[:-1], minutes[1:], shift.agents, strict=True)
                if end > start
            ],
        )


def _wall_of(scenario: Scenario, team: Team) -> Wall:
    return scenario.wall if team.timezone is None else scenario.wall.elsewhere(team.timezone)


class _Absences:
    """Who does not come to a shift: one uniform per agent and day, so that one more agent moves no other's luck."""

    def __init__(self, team: Team, seeds: tuple[int, int], name: str, shift: int) -> None:
        self.chance, self.seeds, self.place = float(team.absence), seeds, (name_key(name), shift)
        self._rows: list[Floats] = []

    def count(self, day_number: int, agents: int) -> int:
        """Count the absent among the first `agents` of the shift on its `day_number`-th working day."""
        if self.chance == 0:
            return 0
        while len(self._rows) < agents:
            agent = len(self._rows)
            self._rows.append(uniforms(*self.seeds, Purpose.ABSENCE, 4000, *self.place, agent))
        return int(sum(row[day_number % 4000] < self.chance for row in self._rows[:agents]))


def _with_breaks(
    scenario: Scenario, team: Team, shift: Shift, day: date, start: float, end: float, present: int
) -> Iterator[tuple[float, float, int]]:
    """Cut a period at its breaks: (start, end, agents who are not on a break)."""
    wall = _wall_of(scenario, team)
    breaks = []
    for pause in shift.breaks:
        # A break before the shift's start belongs to its part after midnight.
        pause_day = day if parse_time(pause.start) >= parse_time(shift.start) else day + timedelta(days=1)
        begin = wall.minute_of(pause_day, parse_time(pause.start))
        away = present if pause.agents is None else int(pause.agents)
        breaks.append((begin, begin + float(pause.length), away))
    cuts = sorted({start, end, *(min(max(edge, start), end) for begin, stop, _ in breaks for edge in (begin, stop))})
    for a, b in zip(cuts[:-1], cuts[1:], strict=True):
        away = sum(gone for begin, stop, gone in breaks if begin <= a < stop)
        yield a, b, max(0, present - away)


def _with_shrinkage(
    start: float, end: float, agents: int, shrinkage: float, carried: float
) -> tuple[list[tuple[float, float, int]], float]:
    """Cut a period into turns (start, end, agents available); also give the agent minutes still owed."""
    if shrinkage == 0:
        return [(start, end, agents)], carried
    turns = []
    while start < end:
        stop = min(end, start + _TURN_MINUTES)
        owed = agents * (1 - shrinkage) * (stop - start) + carried
        available = min(agents, max(0, round(owed / (stop - start))))
        carried = owed - available * (stop - start)
        turns.append((start, stop, available))
        start = stop
    return turns, carried
