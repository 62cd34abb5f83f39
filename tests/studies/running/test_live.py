"""The live runner gives the figures of `replicate`, and a proposal keeps today's desk."""

import numpy as np
import pytest

from simulator.base.errors import ScenarioError
from simulator.scenario import Scenario, override
from simulator.scenario.what_ifs import TRIED, is_proposed, propose
from simulator.studies.running import cell, live
from simulator.studies.running.batch import replicate
from simulator.studies.running.live import LiveRunner
from simulator.studies.running.results import Replications
from simulator.studies.staff.staffed_week import required_agents
from simulator.studies.targets import parse_targets
from tests.support.desks import pilot_desk

THRESHOLD = "policy.answer_threshold"


def figures(study: Replications) -> list[object]:
    """All figures of a study that can be compared with ==."""
    found: list[object] = [study.anchor, study.seed, len(study)]
    for result in study.results:
        for arm in (result.arm, result.baseline):
            assert arm is not None
            load = [np.asarray(value).tolist() for value in vars(arm.load).values()]
            found.append((dict(arm.kpis), dict(arm.costs), load, dict(arm.flow)))
        found.append(dict(result.groups))
    return [repr(value) for value in found]  # NaN equals itself in text


def dearer(desk: Scenario) -> list[Scenario]:
    """The desk at other prices, which move no ticket."""
    return [override(desk, {"costs.agent_per_hour": price}) for price in (30, 31)]


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return pilot_desk(weeks=1)


@pytest.mark.slow
def test_the_live_runner_gives_the_figures_of_replicate(desk: Scenario) -> None:
    runner = LiveRunner()
    other = [override(desk, change) for change in ({THRESHOLD: 0.6}, {"arrivals.per_week": 700})]
    more = propose(desk, {"teams.front.shifts[0].agents": 9})
    for scenario in (desk, *other, more, *dearer(desk), desk):
        found = runner.replicate(scenario, 3, seed=5, groups=True)
        assert figures(found) == figures(replicate(scenario, replications=3, seed=5))


def test_figures_by_group_are_there_only_where_they_are_wanted(desk: Scenario) -> None:
    runner = LiveRunner()
    assert not runner.replicate(desk, 2).results[0].groups
    assert runner.replicate(desk, 2, groups=True).results[0].groups
    assert not runner.replicate(desk, 2).results[0].groups


def test_a_threshold_that_moves_meets_the_same_customers(desk: Scenario) -> None:
    runner = LiveRunner(threads=1)
    assert not runner.has_customers(desk, 2)
    runner.replicate(desk, 2)
    moved = override(desk, {THRESHOLD: 0.6})
    assert runner.has_customers(moved, 2)
    assert not runner.has_customers(override(desk, {"arrivals.per_week": 700}), 2)
    assert not runner.is_at_hand(moved, 2)
    runner.replicate(moved, 2)
    assert runner.is_at_hand(moved, 2)
    assert not runner.is_at_hand(moved, 3)


def test_what_is_too_much_is_let_go_and_simulated_again(desk: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEPT_TICKETS", 1)
    monkeypatch.setattr(live, "KEPT_CELLS", 1)
    runner = LiveRunner()
    found = runner.replicate(desk, 3)
    assert not runner.is_at_hand(desk, 3)
    assert not runner.has_customers(desk, 3)
    assert figures(found) == figures(LiveRunner().replicate(desk, 3))


def test_a_proposed_head_count_leaves_todays_desk_as_it_is(desk: Scenario) -> None:
    team = next(iter(desk.teams))
    path = f"teams.{team}.shifts[0].agents"
    more = propose(desk, {path: int(desk.teams[team].shifts[0].agents[0]) + 3})
    assert is_proposed(path)
    assert more.teams[team].shifts[0].agents[0] == desk.teams[team].shifts[0].agents[0] + 3
    assert more.teams[team].shifts[0].agents[0].source == TRIED
    here, there = (LiveRunner().replicate(scenario, 2) for scenario in (desk, more))
    kpi = "cost_agents_cash"
    assert (there.values(kpi, baseline=True) == here.values(kpi, baseline=True)).all()
    assert (there.values(kpi) > here.values(kpi)).all()


def test_what_the_world_is_like_holds_for_todays_desk_too(desk: Scenario) -> None:
    more = propose(desk, {"arrivals.per_week": 2 * float(desk.arrivals.per_week or 0)})
    assert more.baseline == desk.baseline
    assert not is_proposed("teams.people.shrinkage")


def test_a_proposal_that_does_not_fit_is_refused(desk: Scenario) -> None:
    with pytest.raises(ScenarioError, match="teams.nobody"):
        propose(desk, {"teams.nobody.shifts[0].agents": 3})
    with pytest.raises(ScenarioError, match="must be a share"):
        propose(desk, {THRESHOLD: 85})


def test_staffing_meets_the_customers_that_are_at_hand(desk: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    runner, targets = LiveRunner(), parse_targets(["sla_breach<=10%"], desk, "Target")
    alone = required_agents(desk, targets, None, 3)
    runner.replicate(desk, 20, seed=3)
    monkeypatch.setattr(cell, "draw_tickets", None)
    found = required_agents(desk, targets, None, 3, runner.customers)
    assert {team: needed.tolist() for team, needed in found.items()} == {
        team: needed.tolist() for team, needed in alone.items()
    }
