"""Both engines give the same run log, row by row and to the last bit."""

from dataclasses import fields

import numpy as np
import pytest

from simulator.base.calendars import in_ticks
from simulator.base.shipped import shipped_scenarios
from simulator.engines import RunLog, fast_engine, simpy_engine
from simulator.journeys import plan_journeys
from simulator.rosters import build_rosters
from simulator.run import follow, simulate
from simulator.scenario import load_scenario, without_ai
from simulator.tickets import draw_tickets
from tests.support.parity import compare_generated, compare_raw, differences

EVERY_FEATURE = {
    "overflow", "abandonment", "retry after abandoning", "patience of no length", "concurrency", "speed", "priority",
    "simultaneous arrivals", "work of no length", "empty roster", "shifts", "cut by the drain limit", "limited AI",
    "returns", "follow-ups", "transfers", "triage", "silent losses", "outages", "surge rules in force",
    "surge rules not in force", "another way under surge rules", "surge rules come and go",
}  # fmt: skip


def test_both_engines_agree_on_generated_scenarios_with_every_feature() -> None:
    seen = compare_generated(300)
    assert seen["scenarios"] >= 300
    assert {name for name in EVERY_FEATURE if seen[name] < 10} == set()


def test_both_engines_agree_on_raw_desks_where_everything_falls_on_the_same_instants() -> None:
    seen = compare_raw(900)
    assert seen["desks"] >= 900
    assert min(seen[name] for name in ("overflow", "patience of no length", "work of no length", "priority")) > 100
    assert min(seen[name] for name in ("another way under surge rules", "surge rules come and go")) > 30


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.stem for path in shipped_scenarios()])
def test_both_engines_agree_on_shipped_scenarios_and_their_baselines(name: str) -> None:
    scenario = load_scenario(name)
    customers = draw_tickets(scenario, 3, 1)
    for desk in (scenario, without_ai(scenario)):
        fast, slow = (follow(desk, customers, engine=engine) for engine in ("fast", "simpy"))
        assert differences(fast.log, slow.log) == []
        assert np.isfinite(fast.log.ended).sum() > len(customers) / 2


@pytest.mark.parametrize("column", ["joined", "began", "ended", "team", "abandoned", "in_surge"])
def test_the_comparison_sees_a_single_changed_value(column: str) -> None:
    log = simulate(load_scenario("outerwear")).log
    values = {field.name: getattr(log, field.name).copy() for field in fields(RunLog)}
    row = len(log.in_surge) - 1 if column == "in_surge" else int(np.flatnonzero(~np.isnan(log.ended))[-1])
    is_flag = values[column].dtype == np.bool_
    values[column][row] = not values[column][row] if is_flag else values[column][row] + 2.0**-20
    if column == "team":
        values[column][row] = log.team[row] + 1
    assert differences(log, RunLog(**values)) == [column]


def test_the_engines_leave_what_they_are_given_as_it_was() -> None:
    scenario = load_scenario("outerwear")
    customers = draw_tickets(scenario, 1, 0)
    steps, rosters = plan_journeys(scenario, customers).steps, build_rosters(scenario, 1, 0)
    limit = float(in_ticks(np.array(scenario.horizon_minutes + float(scenario.drain))))
    before = [column.copy() for column in vars(steps).values()] + [roster.capacity.copy() for roster in rosters]
    for engine in (fast_engine, simpy_engine):
        engine.run(customers.arrival, steps, rosters, limit)
    after = [*vars(steps).values(), *(roster.capacity for roster in rosters)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
