"""An opening backlog stands in line before the first minute, is worked off like all else, and is not counted."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from simulator import cli
from simulator.base.errors import ScenarioError
from simulator.engines import Outcome
from simulator.metrics.facts import Facts
from simulator.metrics.load import week_load
from simulator.run import simulate, simulate_baseline
from simulator.scenario import Scenario, expected_tickets, override
from simulator.scenario.reference import json_schema
from simulator.studies.run.checks import check
from simulator.studies.running.cell import figures_of
from simulator.tickets import draw_tickets
from tests.support.desks import PLAIN, ai_desk, laid_over, pilot_desk, plain_desk
from tests.support.generate import scenarios
from tests.support.parity import differences
from tests.tickets.test_common_random_numbers import columns

LINE = {"tickets": 30, "age": {"form": "uniform", "low": "1h", "high": "6d"}}
"""Thirty tickets, up to six days old."""


def left_over(scenario: Scenario, **backlog: Any) -> Scenario:
    return override(scenario, {"opening_backlog": {**LINE, **backlog}})


# -- what happens to it --


def test_a_single_agent_without_arrivals_clears_it_in_the_sum_of_its_work_first_come_first_served() -> None:
    handle = {"form": "lognormal", "mean": 20, "cv": 1, "value": None}
    desk = left_over(plain_desk(
        arrivals={"per_week": 0}, intents={"question": {"handle": handle}}, teams={"support": {"agents": 1}},
    ))  # fmt: skip
    run = simulate(desk, seed=3)
    log, arrival = run.log, run.customers.arrival
    assert len(arrival) == 30
    assert (arrival < 0).all()
    assert (np.diff(arrival) >= 0).all()
    np.testing.assert_array_equal(log.joined, arrival)
    assert log.began[0] == 0
    assert log.ended[-1] == pytest.approx(run.journeys.steps.work.sum(), abs=1e-6)
    np.testing.assert_array_equal(log.began[1:], log.ended[:-1])
    assert (run.ends.outcome == Outcome.RESOLVED).all()


def test_nobody_works_on_it_before_the_first_minute_whoever_is_rostered_the_night_before() -> None:
    night = {"days": "daily", "start": "22:00", "end": "06:00", "agents": 5}
    run = simulate(left_over(plain_desk(teams={"support": {"agents": None, "shifts": [night]}}), age="2d"))
    assert np.nanmin(run.log.began) == 0
    assert (run.log.began == 0).sum() == 5


def test_it_stands_before_those_who_come_later_and_is_in_the_backlog_over_time() -> None:
    desk = plain_desk(teams={"support": {"agents": None, "shifts": [
        {"days": "tue-fri", "start": "09:00", "end": "17:00", "agents": 2},
    ]}})  # fmt: skip
    run = simulate(left_over(desk, age="3d"), seed=2)
    load = week_load(Facts(run))
    assert load.backlog[0] == 30
    first_day = ((run.customers.arrival >= 0) & (run.customers.arrival < 1440)).sum()
    assert load.backlog_by_day[0] == 30 + first_day
    begun = run.log.began[run.journeys.steps.first]
    assert begun[:30].max() <= begun[30:].min()


def test_those_who_wait_already_do_not_give_up() -> None:
    desk = left_over(plain_desk(
        channels={"email": {"patience": "1m"}}, teams={"support": {"agents": 1}}, arrivals={"per_week": 0},
    ))  # fmt: skip
    assert not simulate(desk).log.abandoned.any()


def test_the_ai_does_not_touch_it() -> None:
    run = simulate(left_over(ai_desk(policy={"mode": "auto", "answer_threshold": 0})), seed=4)
    early = ~run.customers.is_counted
    assert early.sum() == 30
    assert not run.journeys.ai.answered[early].any()
    assert (run.journeys.ai.mode[early] == 0).all()
    assert run.journeys.ai.answered[~early].all()


def test_it_lies_in_channels_that_are_not_live_and_is_about_what_its_mix_says() -> None:
    run = simulate(left_over(pilot_desk(), tickets=400, intents={"bug": 0.75, "other": 0.25}))
    early = ~run.customers.is_counted
    scenario = run.scenario
    assert (run.customers.channel[early] == scenario.channels.index("email")).all()
    shares = np.bincount(run.customers.intent[early], minlength=4) / 400
    names = list(scenario.intents)
    assert set(np.flatnonzero(shares)) == {names.index("bug"), names.index("other")}
    assert abs(shares[names.index("bug")] - 0.75) <= 4 * np.sqrt(0.75 * 0.25 / 400)


def test_without_a_mix_intents_are_in_it_as_they_are_in_channels_that_are_not_live() -> None:
    # Half of every intent writes e-mail but `other`, all of which does: 0.45 against 0.1.
    tickets = draw_tickets(left_over(pilot_desk(), tickets=2000), 1, 0)
    share = (tickets.intent[:2000] == 3).mean()
    expected = 0.1 / (0.9 * 0.5 + 0.1)
    assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / 2000)


# -- what it leaves alone --


@pytest.mark.parametrize("desk", [pilot_desk(), ai_desk(), plain_desk()], ids=["pilot", "ai", "plain"])
def test_customers_who_count_are_the_same_with_and_without_it(desk: Scenario) -> None:
    without, with_it = columns(draw_tickets(desk, 4, 2)), columns(draw_tickets(left_over(desk), 4, 2))
    for name in without.keys() - {".slot"}:
        np.testing.assert_array_equal(without[name], with_it[name][30:], err_msg=name)


def test_kpis_of_a_desk_that_is_never_busy_are_the_same_with_and_without_it() -> None:
    desk = plain_desk(
        teams={"support": {"agents": 80}}, costs={"agent_per_hour": 20}, csat={"human_mean": 4},
        sla={"first_response": {"default": "1h"}},
    )  # fmt: skip
    figures = []
    for scenario in (left_over(desk), desk):
        run = simulate(scenario)
        figures.append(figures_of(run, Facts(run), Facts(simulate_baseline(run)), 0.0))
    kpis, without = (dict(one.arm.kpis) for one in figures)
    # Occupancy is by the clock, and someone did work on it.
    assert kpis.pop("occupancy") > without.pop("occupancy")
    assert kpis == pytest.approx(without, nan_ok=True)
    assert dict(figures[0].groups) == pytest.approx(dict(figures[1].groups), nan_ok=True)


def test_its_age_sets_the_hour_at_which_its_tickets_arrived() -> None:
    tickets = draw_tickets(left_over(plain_desk(timezone="Europe/London"), age="30h"), 1, 0)
    early = tickets.arrival < 0
    assert (tickets.arrival[early] == -1800).all()
    assert (tickets.day[early] == -2).all()
    assert (tickets.week[early] == 0).all()


def test_checks_and_bounds_on_volume_know_of_it() -> None:
    assert expected_tickets(left_over(plain_desk())) == pytest.approx(230)
    plain, line = check(plain_desk()), check(left_over(plain_desk()))
    np.testing.assert_array_equal(plain.loads[0].offered, line.loads[0].offered)
    with pytest.raises(ScenarioError, match="max_tickets"):
        left_over(plain_desk(max_tickets=250), tickets=60)


# -- laws --


@settings(max_examples=25, deadline=None)
@given(scenarios(), st.integers(1, 40), st.sampled_from(["0m", "3h", "20d", {"form": "lognormal", "mean": "1d"}]))
def test_both_engines_agree_and_no_ticket_gets_lost(scenario: Scenario, tickets: int, age: Any) -> None:
    changes = {"warm_up": 0, "opening_backlog": {"tickets": tickets, "age": age}}
    if all(channel.live for channel in scenario.channels.values()):
        with pytest.raises(ScenarioError, match="every channel is live"):
            override(scenario, changes)
        return
    desk = override(scenario, changes)
    fast, readable = simulate(desk, engine="fast"), simulate(desk, engine="simpy")
    assert differences(fast.log, readable.log) == []
    outcome = fast.ends.outcome
    assert len(outcome) == sum((outcome == kind).sum() for kind in Outcome)
    assert (~fast.customers.is_counted).sum() == tickets
    assert np.isfinite(fast.ends.closed[outcome != Outcome.OPEN]).all()
    assert not (fast.log.began[fast.journeys.steps.queue >= 0] < 0).any()


# -- what is refused --


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"warm_up": "7d"}, "opening_backlog is given together with warm_up, which leaves open tickets of its own"),
        ({"channels": {"email": {"live": True}}}, "opening_backlog is given, but every channel is live"),
        ({"opening_backlog": {"intents": {"riddle": 1}}}, "names the intent 'riddle'; must be one of question"),
        ({"opening_backlog": {"intents": {"question": 0.5}}}, "shares that sum to 50%; must sum to 100%"),
        ({"opening_backlog": {"tickets": -1}}, "tickets is -1; must be a whole number, 0 or more"),
        ({"opening_backlog": {"tickets": 2.5}}, "tickets is 2.5; must be a whole number, 0 or more"),
        ({"opening_backlog": {"age": "old"}}, "opening_backlog.age"),
    ],
)
def test_what_cannot_be_is_refused_with_its_path_and_a_remedy(changes: dict[str, Any], message: str) -> None:
    desk = laid_over(laid_over(PLAIN, {"opening_backlog": {"tickets": 3, "age": "1d"}}), changes)
    with pytest.raises(ScenarioError) as refused:
        plain_desk(**{key: desk[key] for key in ("opening_backlog", *changes)})
    assert message in str(refused.value)


def test_an_intent_of_live_channels_only_cannot_be_left_over() -> None:
    with pytest.raises(ScenarioError, match="'bug', which arrives in live channels only; must be 0 or left out"):
        override(pilot_desk(), {
            "intents.bug.channels": {"phone": 1},
            "opening_backlog": {"tickets": 3, "age": "1d", "intents": {"bug": 1}},
        })  # fmt: skip


def test_tickets_and_age_must_be_given() -> None:
    with pytest.raises(ScenarioError, match="opening_backlog.age"):
        plain_desk(opening_backlog={"tickets": 3})
    assert {"tickets", "age", "intents"} == set(json_schema()["$defs"]["OpeningBacklog"]["properties"])


@pytest.mark.slow
def test_the_command_line_runs_it(tmp_path: Any) -> None:
    file = tmp_path / "desk.json"
    file.write_text(json.dumps(laid_over(PLAIN, {"opening_backlog": {"tickets": 12, "age": "2d"}})))
    done = CliRunner().invoke(cli.app, ["run", str(file), "-n", "2", "--workers", "1", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
