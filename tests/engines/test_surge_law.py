"""Surge rules at an instant, in plain examples that anyone can check by hand; both engines must agree on each.

`long_for` gives the tickets that arrived while the rules were in force. Every ticket has a usual step and, under surge
rules, a step that nobody has to wait for.
"""

from math import inf

import numpy as np
import pytest

from simulator.engines import RunLog
from simulator.journeys import NOWHERE, Steps, SurgeSwitch
from tests.engines.test_desk_law import BACK, FRONT, Step, team
from tests.support.parity import compare_desk

Ticket = tuple[float, Step] | tuple[float, Step, Step]
"""Arrival, usual step, and perhaps the step that follows abandoning."""
OTHER_MINUTES = 4.0


def run(
    tickets: list[Ticket], agents: int | dict[float, int] = 1, *, wait: float = inf, backlog: float = inf,
    queues: tuple[int, ...] = (FRONT,), limit: float = 1000.0,
) -> RunLog:  # fmt: skip
    """Run a desk with one team on both queues; each ticket's rows are its usual steps, then the other way."""
    rows: list[tuple[int, Step]] = []
    first, other, following, retries = [], [], [], []
    for number, (_, *steps) in enumerate(tickets):
        first.append(len(rows))
        rows += [(number, step) for step in steps]
        following += [NOWHERE] * (len(steps) + 1)
        retries += [len(rows) - 1, NOWHERE] if len(steps) > 1 else [NOWHERE]
        other.append(len(rows))
        rows.append((number, Step(work=OTHER_MINUTES, queue=NOWHERE)))
        retries.append(NOWHERE)
    steps_of_all = Steps(
        ticket=np.array([owner for owner, _ in rows]),
        kind=np.zeros(len(rows), dtype=np.int8),
        queue=np.array([step.queue for _, step in rows]),
        delay=np.array([step.delay for _, step in rows]),
        work=np.array([step.work for _, step in rows], dtype=float),
        patience=np.array([step.patience for _, step in rows]),
        priority=np.array([step.priority for _, step in rows]),
        next=np.array(following),
        on_abandon=np.array(retries),
        first=np.array(first),
    )
    surge = SurgeSwitch(np.array(other), np.array(queues), wait, backlog)
    log = compare_desk(
        np.array([ticket[0] for ticket in tickets], dtype=float), steps_of_all, (team(FRONT, BACK, agents=agents),),
        limit, surge,
    )  # fmt: skip
    for ticket, arrival in enumerate(float(ticket[0]) for ticket in tickets):
        if arrival <= limit:
            way = other[ticket] if log.in_surge[ticket] else first[ticket]
            assert log.joined[way] == arrival + rows[way][1].delay
        assert np.isnan(log.joined[first[ticket] if log.in_surge[ticket] else other[ticket]])
    return log


def long_for(log: RunLog) -> list[int]:
    return np.flatnonzero(log.in_surge).tolist()


def test_a_busy_hour_worked_out_by_hand() -> None:
    # One agent; the rules are in force above a wait of 5 minutes.
    log = run(
        [
            (0, Step(work=10)),  # 0: taken at once, until 10
            (2, Step(work=1)),   # 1: waits from 2, taken at 10
            (7, Step(work=9)),   # 2: ticket 1 has waited 5, which is not above 5; taken at 11
            (8, Step(work=1)),   # 3: ticket 1 has waited 6
            (10, Step(work=1)),  # 4: ticket 1 is taken at this instant, but stood there when the clock came to it
            (11, Step(work=1)),  # 5: ticket 1 is done; ticket 2, taken at this instant, has waited 4; waits from 11
            (16, Step(work=1)),  # 6: ticket 5 has waited 5
            (16.5, Step(work=1)),  # 7: and now 5.5
            (20, Step(work=1)),  # 8: tickets 5 and 6 waited until this instant
            (23, Step(work=1)),  # 9: everybody was served by 22
        ],
        wait=5,
    )  # fmt: skip
    assert long_for(log) == [3, 4, 7, 8]
    usual = [0, 2, 4, 12, 14, 18]  # rows of the usual steps of tickets 0, 1, 2, 6, 7 and 9: two rows each
    assert log.began[usual].tolist()[:4] == [0, 10, 11, 21]
    assert np.isnan(log.began[14])
    assert log.began[18] == 23
    assert log.ended[[7, 9, 15, 17]].tolist() == [12, 14, 20.5, 24]


@pytest.mark.slow
def test_tickets_of_one_instant_do_not_count_for_each_other() -> None:
    crowd = [(3.0, Step(work=5)), (3.0, Step(work=5)), (3.0, Step(work=5))]
    assert long_for(run([*crowd, (4, Step(work=5))], backlog=0)) == [3]
    assert long_for(run([*crowd, (4, Step(work=5))], backlog=1)) == [3]
    assert long_for(run([*crowd, (4, Step(work=5))], backlog=2)) == []


def test_whoever_gives_up_at_the_instant_still_stood_in_line() -> None:
    tickets: list[Ticket] = [(0, Step(work=20)), (1, Step(work=5, patience=4)), (5, Step(work=1)), (6, Step(work=1))]
    # Ticket 1 leaves at 5; at 6 nobody but ticket 2 could stand there, and that went the other way.
    assert long_for(run(tickets, backlog=0)) == [2]
    assert long_for(run(tickets, wait=3)) == [2]
    assert long_for(run(tickets, wait=4)) == []


def test_a_shift_that_begins_at_the_instant_comes_too_late_for_whoever_arrives_then() -> None:
    tickets: list[Ticket] = [(0, Step(work=1)), (9, Step(work=1)), (10, Step(work=1))]
    assert long_for(run(tickets, {0.0: 0, 9.0: 2}, wait=5)) == [1]


@pytest.mark.parametrize("work", [0, 1])
def test_further_rounds_of_an_instant_change_nothing(work: float) -> None:
    # At 5 ticket 1 gives up and joins the line again: a second round, in which it would have waited for no time.
    again = (1.0, Step(work=0, patience=4), Step(work=work))
    tickets: list[Ticket] = [
        (0, Step(work=5.0)), again, (5, Step(work=0)), (5, Step(work=0, queue=BACK)), (6, Step(work=1)),
    ]  # fmt: skip
    assert long_for(run(tickets, {0.0: 1, 5.0: 0, 6.0: 1}, wait=3)) == [2, 3]


def test_the_wait_begins_anew_when_a_ticket_joins_another_line() -> None:
    again = (1.0, Step(work=1, patience=4), Step(work=1))
    tickets: list[Ticket] = [(0, Step(work=50)), again, (5, Step(work=1, queue=BACK)), (8, Step(work=1)),
                             (9, Step(work=1))]  # fmt: skip
    # At 5 ticket 1 has waited 4; it joins again then, so 3 at 8 and 4 at 9.
    assert long_for(run(tickets, wait=3)) == [2, 4]


def test_the_longest_wait_is_found_behind_more_urgent_tickets() -> None:
    tickets: list[Ticket] = [
        (0, Step(work=50)), (1, Step(work=1, priority=3)), (8, Step(work=1, priority=0)), (10, Step(work=1)),
    ]  # fmt: skip
    assert long_for(run(tickets, wait=8)) == [3]


def test_only_the_queues_that_the_rules_name_are_looked_at() -> None:
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=1, queue=BACK)), (9, Step(work=1)), (10, Step(work=1))]
    assert long_for(run(tickets, wait=3, queues=(FRONT,))) == []
    assert long_for(run(tickets, wait=3, queues=(BACK,))) == [2, 3]
    assert long_for(run(tickets, backlog=1, queues=(FRONT, BACK))) == [3]
    assert long_for(run(tickets, backlog=1, queues=(BACK,))) == []


def test_nobody_stands_in_line_before_the_end_of_their_delay() -> None:
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=1, delay=6)), (7, Step(work=1)), (8, Step(work=1))]
    assert long_for(run(tickets, backlog=0)) == [3]


@pytest.mark.slow
def test_whoever_would_arrive_after_the_drain_limit_does_not_arrive() -> None:
    tickets: list[Ticket] = [(0, Step(work=50)), (1, Step(work=1)), (7, Step(work=1)), (8, Step(work=1))]
    assert long_for(run(tickets, backlog=0, limit=7)) == [2]


def test_without_surge_rules_nobody_arrives_under_them() -> None:
    one = Steps(
        *(np.zeros(1, dtype=np.int64) for _ in range(3)), *(np.zeros(1) for _ in range(3)),
        priority=np.zeros(1, dtype=np.int64), next=np.array([NOWHERE]), on_abandon=np.array([NOWHERE]),
        first=np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    assert long_for(compare_desk(np.zeros(1), one, (team(FRONT),), 10.0)) == []
