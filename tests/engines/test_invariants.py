"""Laws that hold on every run of every scenario, exactly: times are whole ticks, so nothing here is rounded.

`Log` reads a run without the engine's help. "In the hands of a team after t" are the steps it began by t and has
not ended by t; "waiting after t" are the steps that joined by t and neither began nor left by t.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from simulator.base.calendars import TICKS_PER_MINUTE, Wall, parse_days, parse_time
from simulator.engines import Outcome, RunLog, simpy_engine
from simulator.journeys import NOWHERE, plan_journeys
from simulator.rosters import TeamRoster, build_rosters
from simulator.run import Run, simulate
from simulator.scenario import Scenario
from simulator.tickets import draw_tickets
from tests.support.generate import scenarios

Floats = NDArray[np.float64]
Key = tuple[int, float, int, int]


def generated(examples: int) -> settings:
    """Check generated examples, the same ones on every machine."""
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def holds_on_every_run(law: Callable[["Log"], None]) -> Callable[[], None]:
    """Make a test of a law."""

    def test(scenario: Scenario) -> None:
        law(Log(simulate(scenario)))

    # Examples are derived from the name, so it must be there before Hypothesis looks.
    test.__name__ = test.__qualname__ = law.__name__
    return generated(40)(given(scenarios())(test))


class Log:
    """A run, read step by step."""

    def __init__(self, run: Run) -> None:
        self.run, self.steps, self.rosters = run, run.journeys.steps, run.rosters
        log = run.log
        self.joined, self.began, self.ended, self.team = log.joined, log.began, log.ended, log.team
        self.abandoned = log.abandoned
        self.limit = run.scenario.horizon_minutes + float(run.scenario.drain)
        self.in_queue = [row for row in np.flatnonzero(log.visited).tolist() if self.steps.queue[row] != NOWHERE]
        self.left_line = np.where(self.abandoned, self.ended, self.began)  # NaN: still waiting at the limit
        self.by_queue: dict[int, list[int]] = {}
        for row in self.in_queue:
            self.by_queue.setdefault(int(self.steps.queue[row]), []).append(row)

    def key(self, row: int) -> Key:
        """Return a step's place in line: priority, time it joined, ticket, step."""
        return int(self.steps.priority[row]), float(self.joined[row]), int(self.steps.ticket[row]), row

    def way(self, ticket: int) -> list[int]:
        """Follow a ticket from its first step through those it reached."""
        rows, row = [], int(self.steps.first[ticket])
        while row != NOWHERE and not np.isnan(self.joined[row]):
            rows.append(row)
            row = int((self.steps.on_abandon if self.abandoned[row] else self.steps.next)[row])
        return rows

    def capacity(self, roster: TeamRoster, minute: float) -> int:
        return int(roster.capacity[np.searchsorted(roster.times, minute, side="right") - 1])

    def in_hand(self, team: int, minute: float) -> int:
        """Count what is in the hands of a team after `minute`."""
        mine = (self.team == team) & (self.began <= minute)
        return int((mine & ~(self.ended <= minute)).sum())

    def waiting(self, queue: int, minute: float) -> list[int]:
        """List the steps waiting in a queue after `minute`, first in line first."""
        rows = self.by_queue.get(queue, [])
        here = [row for row in rows if self.joined[row] <= minute and not self.left_line[row] <= minute]
        return sorted(here, key=self.key)

    def is_due_at_once(self, row: int) -> bool:
        """Return whether a step joins in the first round of its instant.

        It does not where work of no length, or leaving a line, at that very instant brings it there.
        """
        steps, minute = self.steps, self.joined[row]
        rows = self.way(int(steps.ticket[row]))
        for before, after in zip(reversed(rows[:-1]), reversed(rows[1:]), strict=True):
            if steps.delay[after] > 0:
                return True
            if self.abandoned[before]:
                return False
            if self.began[before] < minute:
                return True
            if steps.queue[before] != NOWHERE:
                return False
        return True

    def instants(self) -> list[float]:
        """List every instant at which the desk might have something to do."""
        rows = self.in_queue
        after = {wait for roster in self.rosters for _, wait in roster.serves}
        times = [self.joined[rows], self.began[rows], self.ended[rows]]
        times += [self.joined[rows] + wait for wait in after] + [roster.times for roster in self.rosters]
        every = np.unique(np.concatenate(times))
        return [float(time) for time in every if time <= self.limit]


# -- tickets --


@holds_on_every_run
def test_every_ticket_ends_exactly_one_way(log: Log) -> None:
    counts = np.bincount(log.run.ends.outcome, minlength=len(Outcome))
    assert len(counts) == len(Outcome)
    assert counts.sum() == len(log.run.customers)
    for ticket in range(len(log.run.customers)):
        last = log.way(ticket)[-1:]
        if not last or np.isnan(log.ended[last[0]]):
            expected = Outcome.OPEN
        elif log.abandoned[last[0]]:
            expected = Outcome.ABANDONED if log.steps.on_abandon[last[0]] == NOWHERE else Outcome.OPEN
        elif log.steps.next[last[0]] != NOWHERE:
            expected = Outcome.OPEN
        else:
            expected = Outcome.LOST if log.run.journeys.ai.lost[ticket] else Outcome.RESOLVED
        assert log.run.ends.outcome[ticket] == expected
        closed = log.run.ends.closed[ticket]
        assert np.isnan(closed) if expected is Outcome.OPEN else closed == log.ended[last[0]]


@holds_on_every_run
def test_a_ticket_takes_one_way_and_leaves_all_other_steps_untouched(log: Log) -> None:
    taken = {row for ticket in range(len(log.run.customers)) for row in log.way(ticket)}
    assert taken == set(np.flatnonzero(log.run.log.visited).tolist())
    others = np.setdiff1d(np.arange(len(log.steps)), sorted(taken))
    assert np.isnan(log.began[others]).all()
    assert np.isnan(log.ended[others]).all()
    assert (log.team[others] == -1).all()
    assert not log.abandoned[others].any()


@holds_on_every_run
def test_times_are_in_order_and_each_step_joins_when_the_one_before_ended(log: Log) -> None:
    for ticket, arrival in enumerate(log.run.customers.arrival):
        ended = arrival
        for row in log.way(ticket):
            assert log.joined[row] == ended + log.steps.delay[row]
            assert not log.began[row] < log.joined[row]
            assert not log.ended[row] < log.joined[row]
            assert not log.ended[row] < log.began[row]
            ended = log.ended[row]
        rows = log.way(ticket)
        following = log.steps.first[ticket]
        if rows:
            following = (log.steps.on_abandon if log.abandoned[rows[-1]] else log.steps.next)[rows[-1]]
        if following != NOWHERE and not np.isnan(ended):
            assert ended + log.steps.delay[following] > log.limit
    assert np.nanmax(log.ended, initial=0) <= log.limit


@holds_on_every_run
def test_work_takes_its_minutes_at_the_speed_of_the_team(log: Log) -> None:
    for row in np.flatnonzero(~np.isnan(log.began)):
        speed = 1.0 if log.team[row] == -1 else log.rosters[log.team[row]].speed
        minutes = round(log.steps.work[row] / speed * TICKS_PER_MINUTE) / TICKS_PER_MINUTE
        if np.isnan(log.ended[row]):
            assert log.began[row] + minutes > log.limit
        else:
            assert log.ended[row] == log.began[row] + minutes
        assert (log.team[row] == -1) == (log.steps.queue[row] == NOWHERE)


# -- patience --


@holds_on_every_run
def test_nobody_waits_beyond_their_patience_and_who_leaves_leaves_exactly_then(log: Log) -> None:
    for row in log.in_queue:
        patience, waited = log.steps.patience[row], log.left_line[row] - log.joined[row]
        if log.abandoned[row]:
            assert waited == patience
        elif np.isnan(waited):
            assert log.joined[row] + patience > log.limit
        else:
            assert waited <= patience


@holds_on_every_run
def test_abandoned_tickets_never_start_work(log: Log) -> None:
    assert np.isnan(log.began[log.abandoned]).all()
    assert (log.team[log.abandoned] == -1).all()
    assert (log.steps.queue[log.abandoned] != NOWHERE).all()


# -- teams --


def covers(scenario: Scenario, name: str, minute: float) -> bool:
    """Tell, from the scenario alone, whether a team can have an agent on duty at a minute."""
    team = scenario.teams[name]
    if team.agents is not None:
        return team.agents > 0
    zone = Wall(team.timezone or scenario.timezone, scenario.wall.origin)
    holidays = scenario.arrivals.holidays
    closed = holidays.dates if holidays is not None and holidays.desk_closed else ()
    today = zone.local(minute).date()
    for day in (today, today - timedelta(days=1)):
        for shift in team.shifts:
            if day.weekday() not in parse_days(shift.days) or day in closed:
                continue
            opening, count = parse_time(shift.start), len(shift.agents)
            bounds = [zone.minute_of(day, opening + shift.length_minutes * k / count) for k in range(count + 1)]
            here = int(np.searchsorted(bounds, minute, side="right")) - 1
            if not 0 <= here < count or shift.agents[here] == 0:
                continue
            if not any(is_on_break(zone, day, opening, pause, minute) for pause in shift.breaks):
                return True
    return False


def is_on_break(zone: Wall, day: Any, opening: int, pause: Any, minute: float) -> bool:
    """Return whether everybody is away; a break before the shift's start belongs to its part after midnight."""
    start = parse_time(pause.start)
    begins = zone.minute_of(day + timedelta(days=int(start < opening)), start)
    return pause.agents is None and begins <= minute < begins + pause.length


@holds_on_every_run
def test_no_work_begins_off_shift(log: Log) -> None:
    names = list(log.run.scenario.teams)
    begun = [row for row in log.in_queue if log.team[row] != -1]
    for team, minute in {(int(log.team[row]), float(log.began[row])) for row in begun}:
        assert log.capacity(log.rosters[team], minute) > 0
        if log.rosters[team].is_human:
            assert covers(log.run.scenario, names[team], minute), f"{names[team]} at {minute}"


@holds_on_every_run
def test_no_team_takes_more_than_it_can_hold(log: Log) -> None:
    # Work in hand may overrun the end of a shift, so capacity binds only when something was taken.
    begun = [row for row in log.in_queue if log.team[row] != -1]
    for team, minute in {(int(log.team[row]), float(log.began[row])) for row in begun}:
        taken = (log.team == team) & (log.began == minute)
        lasting = (taken & ~(log.ended == minute)).any()
        assert log.in_hand(team, minute) <= log.capacity(log.rosters[team], minute) - (not lasting)


@holds_on_every_run
def test_teams_serve_only_their_queues_and_others_only_after_the_overflow_wait(log: Log) -> None:
    for row in log.in_queue:
        if log.team[row] != -1:
            serves = dict(log.rosters[log.team[row]].serves)
            assert int(log.steps.queue[row]) in serves
            assert log.began[row] - log.joined[row] >= serves[int(log.steps.queue[row])]


# -- surge rules --


@holds_on_every_run
def test_surge_rules_are_in_force_where_the_lines_were_long_before_the_instant_of_arrival(log: Log) -> None:
    run, rules = log.run, log.run.scenario.policy.surge
    if rules is None:
        assert not run.log.in_surge.any()
        return
    watched = [run.scenario.queues.index(queue) for queue in rules.queues or run.scenario.queues]
    for ticket, minute in enumerate(run.customers.arrival.tolist()):
        standing = [
            row for queue in watched for row in log.by_queue.get(queue, ())
            if log.joined[row] < minute and not log.left_line[row] < minute
        ]  # fmt: skip
        if rules.when.queue_wait is not None:
            expected = minute - min(log.joined[standing], default=minute) > rules.when.queue_wait
        else:
            expected = len(standing) > rules.when.backlog
        assert run.log.in_surge[ticket] == (expected and minute <= log.limit)


@generated(60)
@given(scenarios())
def test_steps_on_the_way_that_a_ticket_did_not_take_stay_untouched(scenario: Scenario) -> None:
    customers, rosters = draw_tickets(scenario, 1, 0), build_rosters(scenario, 1, 0)
    journeys = plan_journeys(scenario, customers)
    if journeys.both is None:
        return
    steps, limit = journeys.both.steps, scenario.horizon_minutes + float(scenario.drain)
    log = simpy_engine.run(customers.arrival, steps, rosters, limit, journeys.both.surge)
    taken, rows = journeys.taken(log.in_surge)
    assert set(np.flatnonzero(log.visited)) <= set(rows)
    # What is left is each ticket's one way, whole and in order: as if it had been planned so.
    assert (np.diff(taken.steps.ticket) >= 0).all()
    links = taken.steps.next[taken.steps.next != NOWHERE]
    assert (taken.steps.ticket[links] == taken.steps.ticket[taken.steps.next != NOWHERE]).all()
    assert (taken.steps.ticket[taken.steps.first] == np.arange(len(customers))).all()


# -- the line --


def passed_over(log: Log, row: int, queue: int) -> Iterator[int]:
    """List who stood before `row` in a line from the first round of the instant on, and still stands."""
    minute, key = log.began[row], log.key(row)
    for other in log.waiting(queue, minute):
        if log.key(other) < key and (log.joined[other] < minute or log.is_due_at_once(other)):
            yield other


@holds_on_every_run
def test_whoever_is_taken_was_first_in_the_line_of_their_queue(log: Log) -> None:
    # Smallest (priority, time joined, ticket, step) waiting, so first in, first out within a priority. Whoever
    # joins in a later round of the same instant came too late; whoever left at it is not passed over.
    for row in log.in_queue:
        if log.team[row] != -1:
            assert list(passed_over(log, row, int(log.steps.queue[row]))) == []


@holds_on_every_run
def test_a_team_takes_the_first_in_line_of_all_its_own_queues(log: Log) -> None:
    for row in log.in_queue:
        if log.team[row] != -1:
            for queue, after in log.rosters[log.team[row]].serves:
                assert after > 0 or list(passed_over(log, row, queue)) == []


@holds_on_every_run
def test_no_agent_idles_while_a_ticket_that_they_may_take_waits(log: Log) -> None:
    for minute in log.instants():
        for number, roster in enumerate(log.rosters):
            if log.in_hand(number, minute) >= log.capacity(roster, minute):
                continue
            for queue, after in roster.serves:
                first = log.waiting(queue, minute)[:1]
                assert not first or minute - log.joined[first[0]] < after


@holds_on_every_run
def test_nobody_leaves_the_line_at_an_instant_at_which_an_agent_is_free_for_them(log: Log) -> None:
    for row in np.flatnonzero(log.abandoned):
        minute = float(log.ended[row])
        for number, roster in enumerate(log.rosters):
            if (int(log.steps.queue[row]), 0.0) in roster.serves:
                assert log.in_hand(number, minute) >= log.capacity(roster, minute)


@holds_on_every_run
def test_teams_pick_in_scenario_order(log: Log) -> None:
    # A team that may serve the queue at once and stands earlier in the scenario was full, or it had picked
    # first. Only work of no length can have emptied it again within the instant.
    for row in log.in_queue:
        minute = log.began[row]
        for earlier in range(log.team[row] if log.team[row] != -1 else 0):
            if (int(log.steps.queue[row]), 0.0) in log.rosters[earlier].serves:
                fleeting = ((log.team == earlier) & (log.began == minute) & (log.ended == minute)).any()
                full = log.in_hand(earlier, minute) >= log.capacity(log.rosters[earlier], minute)
                assert fleeting or full


@holds_on_every_run
def test_littles_law_holds_exactly_in_every_queue_and_in_the_house(log: Log) -> None:
    for rows in log.by_queue.values():
        until = np.where(np.isnan(log.left_line[rows]), log.limit, log.left_line[rows])
        assert time_integral(log.joined[rows], until) == (until - log.joined[rows]).sum()
    arrival = log.run.customers.arrival
    closed = np.where(np.isnan(log.run.ends.closed), log.limit, log.run.ends.closed)
    assert time_integral(arrival, closed) == (closed - arrival).sum()


def time_integral(since: Floats, until: Floats) -> float:
    """Integrate over time how many are between `since` and `until`, instant by instant."""
    area, level, last = 0.0, 0, 0.0
    changes = sorted([(time, 1) for time in since.tolist()] + [(time, -1) for time in until.tolist()])
    for time, change in changes:
        area += level * (time - last)
        level, last = level + change, time
    return area


# -- chance --


def same(one: RunLog, other: RunLog) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=field.name != "abandoned")
        for field in fields(one)
    )


@generated(30)
@given(scenarios())
def test_the_same_seed_gives_the_same_log(scenario: Scenario) -> None:
    assert same(simulate(scenario, seed=5).log, simulate(scenario, seed=5).log)


@generated(30)
@given(scenarios())
def test_nothing_random_happens_once_customers_and_rosters_are_drawn(scenario: Scenario) -> None:
    customers, rosters = draw_tickets(scenario, 1, 0), build_rosters(scenario, 1, 0)
    limit = scenario.horizon_minutes + float(scenario.drain)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a random number was drawn")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("SeedSequence", "default_rng", "Generator", "RandomState", "random", "seed"):
            patch.setattr(np.random, name, refuse)
        patch.setattr("random.random", refuse)
        journeys = plan_journeys(scenario, customers)
        if journeys.both is None:
            log = simpy_engine.run(customers.arrival, journeys.steps, rosters, limit)
        else:
            log = simpy_engine.run(customers.arrival, journeys.both.steps, rosters, limit, journeys.both.surge)
            log = log.of(journeys.taken(log.in_surge)[1])
    assert same(log, simulate(scenario).log)
