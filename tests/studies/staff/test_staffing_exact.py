"""Staffing where the answer is known: Erlang's queues, and desks so small that every roster can be tried."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import Scenario
from simulator.studies.running.batch import Runner
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.erlang import Line, least_agents, loss
from simulator.studies.staff.requirement import cheapest
from simulator.studies.staff.rule import Criterion, Rule
from simulator.studies.staff.search import Trials, less, search
from simulator.studies.staff.staffing import staff
from simulator.studies.targets import parse_targets
from tests.support import theory
from tests.support.desks import plain_desk
from tests.support.staffing_desks import Case

CASES = (
    Case("delayed", 2.4, 5),
    Case("wait_mean", 6.5, 8),
    Case("abandonment", 5.0, 6, patience=9.0),
    Case("delayed", 9.0, 12, patience=12.0),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_single_queue_gets_exactly_the_head_count_of_erlangs_formula(case: Case) -> None:
    found = staff(case.scenario(), [case.target], replications=10, workers=2).with_ai
    by_formula = least_agents(lambda agents: case.value(agents) <= case.bound)
    assert found.heads == (by_formula,) == (case.agents,)
    assert found.is_confirmed
    [fewer] = found.found.fewer
    assert fewer is not None
    assert not fewer.meets


def desk_of_three_shifts() -> Scenario:
    """A desk of office hours with 4 agents' work: an early shift, a late one, and a short one at noon."""
    return plain_desk(
        arrivals={"per_week": 530, "profile": {"mon-fri": [0] * 8 + [1] * 11 + [0] * 5}},
        intents={"question": {"handle": {"form": "exponential", "mean": 25, "value": None}}},
        teams={
            "support": {
                "agents": None,
                "shifts": [
                    {"days": "mon-fri", "start": "08:00", "end": "14:00", "agents": 3},
                    {"days": "mon-fri", "start": "13:00", "end": "20:00", "agents": 3},
                    {"days": "mon-fri", "start": "10:00", "end": "14:00", "agents": 1},
                ],
            }
        },
    )


def test_the_search_finds_the_cheapest_of_all_rosters_of_a_small_desk() -> None:
    desk = desk_of_three_shifts()
    posts = rosters.posts_of(desk, 1)
    rule = Rule(tuple(Criterion(target) for target in parse_targets(["wait_p90<=20m"], desk, "--target")), 0.95, 8)
    with Runner(None, desk, workers=2) as runner:
        trials = Trials(runner, "as it is", desk, posts, rule)
        every = list(itertools.product(range(3, 8), range(3, 8), range(3)))
        meeting = [
            heads for heads, verdict in zip(every, trials.judge(every, 8, "all of them"), strict=True) if verdict.meets
        ]
        assert 0 < len(meeting) < len(every)
        for start in ((5, 5, 0), (7, 4, 2), (3, 3, 1)):
            found = search(trials, [start], (12, 12, 12))
            assert trials.cost(found.heads) == pytest.approx(min(map(trials.cost, meeting)))
            assert not any(verdict.meets for verdict in found.fewer if verdict is not None)


@given(st.floats(0.05, 80), st.integers(1, 100), st.one_of(st.just(math.inf), st.floats(0.05, 60)), st.floats(0, 5))
def test_erlangs_formulas_agree_with_a_chain_solved_state_by_state(
    load: float, agents: int, patience: float, time: float
) -> None:
    line = Line(load, agents, patience)
    if math.isinf(patience):
        if agents <= load:
            assert line.mean_wait == math.inf
            assert line.delayed == 1
        else:
            assert line.wait_tail(time) == pytest.approx(theory.wait_tail(time, load, 1, agents), rel=1e-8, abs=1e-12)
            assert line.mean_wait == pytest.approx(theory.mean_wait(load, 1, agents), rel=1e-8, abs=1e-12)
        return
    # The reference cuts off what is rarer than 1e-15, and divides by it where nobody ever waits.
    if theory.erlang_a_wait_probability(load, 1, 1 / patience, agents) < 1e-6:
        assert line.delayed < 2e-6
        return
    known = theory.erlang_a(load, 1, 1 / patience, agents)
    assert line.delayed == pytest.approx(1 - known.p_no_wait, rel=1e-6, abs=1e-9)
    assert line.abandonment == pytest.approx(known.p_abandon, rel=1e-6, abs=1e-9)
    assert line.mean_wait == pytest.approx(known.mean_wait, rel=1e-6, abs=1e-9)
    assert line.occupancy == pytest.approx(known.occupancy, rel=1e-6)
    served, left = theory.erlang_a_wait_cdf(time, load, 1, 1 / patience, agents)
    by_then = served * (1 - known.p_abandon) + left * known.p_abandon
    assert line.wait_tail(time) == pytest.approx(1 - by_then, rel=1e-5, abs=1e-8)


def test_very_patient_customers_are_as_good_as_waiting_ones_and_overload_overflows_nothing() -> None:
    assert Line(8.0, 10, 1e6).mean_wait == pytest.approx(Line(8.0, 10).mean_wait, rel=1e-3)
    overloaded = Line(900.0, 700, 50.0)
    assert overloaded.abandonment == pytest.approx(1 - 700 / 900, rel=1e-3)
    assert overloaded.delayed == pytest.approx(1)
    assert loss(0.001, 50) > 0


@given(st.floats(0.1, 50), st.floats(0.01, 0.9))
def test_the_least_head_count_meets_the_condition_and_one_fewer_does_not(load: float, bound: float) -> None:
    count = least_agents(lambda agents: Line(load, agents).delayed <= bound)
    assert Line(load, count).delayed <= bound
    assert count == 1 or Line(load, count - 1).delayed > bound


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), min_size=1, max_size=4), st.integers(1, 12))
def test_the_integer_program_agrees_with_trying_everything(posts: list[tuple[int, int]], need: int) -> None:
    prices = np.array([float(price) for price, _ in posts])
    gains = np.array([[float(gain) for _, gain in posts]])
    found = cheapest(prices, gains, np.array([float(need)]), np.full(len(posts), 4.0))
    costs = [
        float(prices @ heads)
        for heads in itertools.product(range(5), repeat=len(posts))
        if (gains @ heads >= need).all()
    ]
    if found is None:
        assert not costs
    else:
        assert (gains @ found >= need - 1e-6).all()
        assert float(prices @ found) == pytest.approx(min(costs), rel=0.0021)


def test_taking_agents_away_and_adding_them_are_opposites() -> None:
    assert less((3, 2), 0) == (2, 2)
    assert less(less((3, 2), 1), 1, -1) == (3, 2)
