"""The law of the desk, in plain examples: one queue or two, a few tickets, times that anyone can check by hand.

The cases are told to both engines as steps and rosters, without a scenario.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
import pytest

from simulator.engines import RunLog
from simulator.journeys import NOWHERE, Steps
from simulator.rosters import TeamRoster
from tests.support.parity import compare_desk

FRONT, BACK = 0, 1
FIRST, SECOND = 0, 1


@dataclass(frozen=True)
class Step:
    """One step of a ticket; `gives_up_to` is the position of the step that follows abandoning."""

    work: float
    queue: int = FRONT
    patience: float = inf
    priority: int = 0
    delay: float = 0.0
    gives_up_to: int = NOWHERE


Ticket = tuple[float, Step] | tuple[float, Step, Step]
"""Arrival and steps."""


def team(
    *serves: int | tuple[int, float], agents: int | dict[float, int] = 1, concurrency: int = 1, speed: float = 1.0
) -> TeamRoster:
    """Make a team: the queues it serves (with an overflow wait) and its agents, by minute where they change."""
    changes = agents if isinstance(agents, dict) else {0.0: agents}
    return TeamRoster(
        name="team",
        serves=tuple(queue if isinstance(queue, tuple) else (queue, 0.0) for queue in serves),
        times=np.array(list(changes), dtype=float),
        capacity=np.array(list(changes.values())) * concurrency,
        concurrency=concurrency,
        speed=speed,
        rostered_minutes=0.0,
    )


def run(tickets: list[Ticket], *teams: TeamRoster, limit: float = 1000.0) -> RunLog:
    rows = [(number, step) for number, (_, *steps) in enumerate(tickets) for step in steps]
    first = [next(row for row, (owner, _) in enumerate(rows) if owner == number) for number in range(len(tickets))]
    is_last = [row + 1 == len(rows) or rows[row + 1][0] != owner for row, (owner, _) in enumerate(rows)]
    ways_out = [NOWHERE if step.gives_up_to == NOWHERE else first[owner] + step.gives_up_to for owner, step in rows]
    steps = Steps(
        ticket=np.array([owner for owner, _ in rows]),
        kind=np.zeros(len(rows), dtype=np.int8),
        queue=np.array([step.queue for _, step in rows]),
        delay=np.array([step.delay for _, step in rows]),
        work=np.array([step.work for _, step in rows], dtype=float),
        patience=np.array([step.patience for _, step in rows]),
        priority=np.array([step.priority for _, step in rows]),
        next=np.array([NOWHERE if last else row + 1 for row, last in enumerate(is_last)]),
        on_abandon=np.array(ways_out),
        first=np.array(first),
    )
    return compare_desk(np.array([ticket[0] for ticket in tickets], dtype=float), steps, teams, limit)


def began(log: RunLog) -> list[float | None]:
    return [None if np.isnan(time) else float(time) for time in log.began]


# -- one instant --


def test_an_arrival_at_the_minute_of_a_completion_starts_at_once() -> None:
    log = run([(0, Step(work=5)), (5, Step(work=1))], team(FRONT))
    assert began(log) == [0, 5]


def test_a_completion_frees_the_agent_for_whoever_waits_longest_not_for_the_newcomer() -> None:
    log = run([(0, Step(work=5)), (1, Step(work=5)), (5, Step(work=5))], team(FRONT))
    assert began(log) == [0, 5, 10]


def test_everything_due_at_an_instant_happens_before_the_desk_assigns() -> None:
    # The urgent ticket arrives at the minute of the completion, and still comes before the one that waited.
    log = run([(0, Step(work=5, priority=1)), (1, Step(work=5, priority=1)), (5, Step(work=5))], team(FRONT))
    assert began(log) == [0, 10, 5]


@pytest.mark.slow
def test_no_patience_is_served_at_once_by_a_free_agent() -> None:
    log = run([(3, Step(work=5, patience=0))], team(FRONT))
    assert began(log) == [3]
    assert not log.abandoned.any()


def test_no_patience_is_gone_at_once_when_nobody_is_free() -> None:
    log = run([(0, Step(work=5)), (3, Step(work=5, patience=0))], team(FRONT))
    assert log.abandoned.tolist() == [False, True]
    assert log.ended[1] == 3


def test_patience_that_ends_when_an_agent_becomes_free_is_served() -> None:
    log = run([(0, Step(work=5)), (1, Step(work=5, patience=4))], team(FRONT))
    assert began(log) == [0, 5]
    assert not log.abandoned.any()


def test_of_two_whose_patience_ends_when_one_agent_becomes_free_the_first_in_line_is_served() -> None:
    log = run([(0, Step(work=5)), (1, Step(work=5, patience=4)), (2, Step(work=5, patience=3))], team(FRONT))
    assert log.abandoned.tolist() == [False, False, True]
    assert log.ended[2] == 5


def test_all_whose_patience_ends_leave_before_any_of_them_joins_another_line() -> None:
    # Both give up at minute 5 and call again at once: the smaller ticket is then first in line, although it
    # joined its first line later.
    tries = (Step(work=1, delay=2, patience=2, gives_up_to=1), Step(work=10, queue=BACK))
    later = (Step(work=1, patience=3, gives_up_to=1), Step(work=10, queue=BACK))
    log = run([(0, Step(work=50)), (1, *tries), (2, *later)], team(FRONT), team(BACK))
    assert log.abandoned.tolist() == [False, True, False, True, False]
    assert log.joined[[2, 4]].tolist() == [5, 5]
    assert log.began[[2, 4]].tolist() == [5, 15]


def test_of_two_who_leave_at_once_the_urgent_one_is_first_in_the_next_line() -> None:
    # Everything that leaving leads to happens before the desk assigns again.
    calm = (Step(work=1, patience=5, priority=1, gives_up_to=1), Step(work=10, queue=BACK, priority=1))
    urgent = (Step(work=1, patience=3, gives_up_to=1), Step(work=10, queue=BACK))
    log = run([(0, *calm), (2, *urgent)], team(FRONT, agents=0), team(BACK))
    assert log.began[[1, 3]].tolist() == [15, 5]


def test_a_departure_uncovers_the_next_ticket_for_overflow_at_the_same_instant() -> None:
    # The urgent ticket blocks the line for the second team, which may take who has waited 10 minutes.
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=5, priority=1)), (9, Step(work=5, patience=6))]
    log = run(tickets, team(FRONT), team((FRONT, 10)))
    assert log.abandoned.tolist() == [False, False, True]
    assert began(log) == [0, 15, None]


def test_work_of_no_length_passes_a_whole_line_in_one_instant() -> None:
    log = run([(0, Step(work=7)), *[(1, Step(work=0, patience=6))] * 5], team(FRONT))
    assert began(log) == [0, 7, 7, 7, 7, 7]
    assert log.ended[1:].tolist() == [7] * 5


# -- the line --


def test_priority_comes_before_time_of_joining() -> None:
    tickets: list[Ticket] = [
        (0, Step(work=10)), (1, Step(work=10, priority=2)), (2, Step(work=10, priority=1)), (3, Step(work=10)),
    ]  # fmt: skip
    assert began(run(tickets, team(FRONT))) == [0, 30, 20, 10]


def test_priority_interrupts_nobody() -> None:
    assert began(run([(0, Step(work=10, priority=1)), (1, Step(work=10))], team(FRONT))) == [0, 10]


def test_who_joins_at_the_same_minute_is_taken_in_order_of_tickets() -> None:
    # Ticket 2 comes back to the line at minute 4, when 0 and 1 first join it.
    tickets: list[Ticket] = [(0, Step(work=3, delay=4)), (1, Step(work=3, delay=3)), (4, Step(work=3))]
    assert began(run(tickets, team(FRONT))) == [4, 7, 10]


def test_the_next_step_joins_when_the_last_one_ended_and_the_delay_is_over() -> None:
    log = run([(2, Step(work=3), Step(work=4, queue=BACK, delay=10))], team(FRONT), team(BACK))
    assert log.joined.tolist() == [2, 15]
    assert log.ended.tolist() == [5, 19]


@pytest.mark.slow
def test_a_pure_delay_needs_no_agent() -> None:
    log = run([(2, Step(work=3, queue=NOWHERE), Step(work=4))], team(FRONT, agents=0), limit=100)
    assert log.ended[0] == 5
    assert log.team.tolist() == [-1, -1]
    assert log.joined[1] == 5
    assert np.isnan(log.began[1])


# -- teams --


def test_teams_pick_in_scenario_order() -> None:
    log = run([(0, Step(work=5)), (0, Step(work=5))], team(FRONT), team(FRONT))
    assert log.team.tolist() == [FIRST, SECOND]


def test_a_team_of_two_queues_takes_the_first_in_line_of_both() -> None:
    tickets: list[Ticket] = [(0, Step(work=5)), (1, Step(work=5, queue=BACK)), (2, Step(work=5))]
    assert began(run(tickets, team(FRONT, BACK))) == [0, 5, 10]


def test_overflow_opens_at_the_exact_minute() -> None:
    log = run([(0, Step(work=50)), (1, Step(work=5)), (2, Step(work=5))], team(FRONT), team((FRONT, 10)))
    assert began(log) == [0, 11, 16]
    assert log.team.tolist() == [FIRST, SECOND, SECOND]


def test_overflow_looks_at_the_first_in_line_only() -> None:
    # At minute 11 the ticket that waited 10 minutes stands behind an urgent one that waited 5.
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=5, priority=1)), (6, Step(work=5))]
    log = run(tickets, team(FRONT), team((FRONT, 10)))
    assert began(log) == [0, 21, 16]


def test_a_pick_that_uncovers_a_longer_wait_lets_an_earlier_team_pick_again() -> None:
    # At minute 12 the second team takes the urgent ticket; behind it stands one that waited long enough for the first.
    tickets: list[Ticket] = [
        (0, Step(work=50, queue=BACK)), (1, Step(work=5, priority=1)), (12, Step(work=5)),
    ]  # fmt: skip
    overflow, own = team((FRONT, 10), agents={0.0: 0, 12.0: 1}), team(BACK, FRONT, agents={0.0: 1, 12.0: 2})
    log = run(tickets, overflow, own)
    assert began(log) == [0, 12, 12]
    assert log.team.tolist() == [SECOND, FIRST, SECOND]


def test_concurrency_lets_one_agent_hold_several_tickets() -> None:
    tickets: list[Ticket] = [(0, Step(work=5)), (1, Step(work=5)), (2, Step(work=5))]
    assert began(run(tickets, team(FRONT, concurrency=2))) == [0, 1, 5]


def test_a_slow_team_takes_longer() -> None:
    assert run([(0, Step(work=4))], team(FRONT, speed=0.8)).ended.tolist() == [5]


# -- shifts --


def test_work_in_hand_is_finished_after_the_shift_and_nothing_new_is_taken() -> None:
    log = run([(0, Step(work=10)), (1, Step(work=10))], team(FRONT, agents={0.0: 1, 5.0: 0, 60.0: 1}))
    assert log.ended[0] == 10
    assert began(log) == [0, 60]


def test_nothing_begins_at_the_very_end_of_a_shift_and_something_does_at_the_very_beginning() -> None:
    log = run([(5, Step(work=1))], team(FRONT, agents={0.0: 1, 5.0: 0, 9.0: 1}))
    assert began(log) == [9]


def test_two_who_overrun_their_shift_leave_no_room_until_both_are_done() -> None:
    # Two agents become one at minute 5; the one on duty is free only when both tickets in hand are finished.
    tickets: list[Ticket] = [(0, Step(work=8)), (0, Step(work=20)), (1, Step(work=1))]
    assert began(run(tickets, team(FRONT, agents={0.0: 2, 5.0: 1}))) == [0, 0, 20]


def test_a_roster_that_grows_serves_who_waits() -> None:
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=50)), (2, Step(work=50)), (3, Step(work=50))]
    assert began(run(tickets, team(FRONT, agents={0.0: 1, 10.0: 3}))) == [0, 10, 10, 50]


# -- the drain limit --


def test_what_is_in_the_house_at_the_drain_limit_stays_open() -> None:
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=5, patience=60)), (2, Step(work=5, patience=9))]
    log = run(tickets, team(FRONT), limit=20)
    assert began(log) == [0, None, None]
    assert np.isnan(log.ended[:2]).all()
    assert log.abandoned.tolist() == [False, False, True]


def test_what_happens_at_the_drain_limit_itself_still_counts() -> None:
    tickets: list[Ticket] = [(0, Step(work=20)), (1, Step(work=5)), (2, Step(work=5, patience=18))]
    log = run(tickets, team(FRONT), limit=20)
    assert log.ended[0] == 20
    assert began(log) == [0, 20, None]
    assert log.ended[2] == 20
    assert log.abandoned[2]
    assert np.isnan(log.ended[1])


def test_nobody_comes_in_after_the_drain_limit() -> None:
    log = run([(0, Step(work=1), Step(work=1, delay=30))], team(FRONT), limit=20)
    assert log.visited.tolist() == [True, False]
