"""Money: each part of a price plan by hand, capacity against cash, and what a business case adds up to."""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.metrics.facts import Facts
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import KPIS, MONEY
from simulator.money.cash_flow import cash_flows, months_of, plan_of, prices_of
from simulator.money.ledger import Ledger, bill, business_case, ledger, money_kpis, net_present_value
from simulator.money.price_plan import ACTIVITIES, LINES, PARTS, Counted, PricePart
from simulator.run import simulate, simulate_baseline
from simulator.scenario import Costs, Scenario, scenario_from, without_ai
from simulator.studies.running.cell import figures_of
from simulator.studies.running.results import Replication
from simulator.studies.tune.stakes import other_cost
from tests.support.desks import AI, PLAIN, ai_desk, laid_over, pilot_desk, plain_desk

Floats = np.ndarray[Any, np.dtype[np.float64]]
MONTH = 52 / 12
"""Weeks in a month."""


def costs(**parts: Any) -> Costs:
    return Costs.model_validate({"agent_per_hour": 25, **parts})


def spent(**parts: float) -> Ledger:
    """Make a ledger of 0 but for these."""
    lines = {line: parts.pop(line, 0.0) for line in LINES}
    return Ledger(lines, **{**dict.fromkeys(("agents_cash", "agents_capacity", "agent_hours"), 0.0), **parts})


def money_of(scenario: Scenario) -> dict[str, float]:
    run = simulate(scenario)
    return money_kpis(Facts(run), Facts(simulate_baseline(run)))


# -- return multiple -------------------------------------------------------------------------------------------


def test_200_hours_at_25_dollars_against_1500_return_three_and_a_third_times() -> None:
    case = business_case(spent(ai_bill=1500, agent_hours=100), spent(agent_hours=300), costs(), 4)
    assert case.return_multiple == 200 * 25 / 1500


def test_a_run_that_saves_200_hours_for_1500_dollars_returns_three_and_a_third_times(tmp_path: Path) -> None:
    """400 tickets of 30 minutes, all solved by the AI, at $3.75 each."""
    rows = [f"2026-03-{2 + day:02}T{hour:02}:{minute:02}:00" for day in range(5) for hour in range(8, 18)
            for minute in range(0, 60, 8)]  # fmt: skip
    assert len(rows) == 400
    (tmp_path / "log.csv").write_text("created_at\n" + "\n".join(rows) + "\n")
    changes = {
        "arrivals": {"per_week": None, "profile": None, "busyness_cv": None, "replay": {"file": "log.csv"}},
        "intents": {"question": {"handle": {"form": "constant", "value": "30m"}}},
        "ai": {**AI, "answer": {"confidence": {"quantiles": [[0, 1], [1, 1]]}}},
        "policy": {"answer_threshold": 0.9},
        "costs": {"agent_per_hour": 25, "ai": {"per_resolution": 3.75}},
    }
    scenario = scenario_from(laid_over(PLAIN, changes), tmp_path)
    found = money_of(scenario)
    assert found["hours_saved"] == pytest.approx(200)
    assert found["cost_ai"] == pytest.approx(1500)
    assert round(found["return_multiple"], 1) == 3.3
    assert found["saving_capacity"] == pytest.approx(5000)
    # The same agents are on the roster, so not a dollar of it is money yet.
    assert found["saving_cash"] == 0
    assert found["net_value_capacity"] == pytest.approx(3500)
    assert found["net_value_cash"] == pytest.approx(-1500)


# -- price plans -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def week() -> Facts:
    """One week in which a returning customer comes back after exactly a day."""
    after_wrong = {"noticed": 0.3, "returns": 0.5, "lost": 0.2, "delay": {"form": "constant", "value": "24h"}}
    return Facts(simulate(ai_desk(ai={"after_wrong": after_wrong}, policy={"gather_threshold": 0.6})))


@pytest.mark.parametrize(("plan", "wanted"), [
    ({"per_month": 520}, 520 * 12 / 52),
    ({"per_seat_month": 52, "seats": 5}, 5 * 12),
    ({"seats": 5}, 0),
    ({}, 0),
])  # fmt: skip
def test_monthly_parts_are_charged_by_the_week(week: Facts, plan: dict[str, float], wanted: float) -> None:
    assert bill("ai_bill", week, costs(ai=plan)) == pytest.approx(wanted)
    six = Facts(simulate(ai_desk(weeks=6)))
    assert bill("ai_bill", six, costs(ai=plan)) == pytest.approx(6 * wanted)


def test_every_ticket_that_the_ai_reads_is_charged(week: Facts) -> None:
    assert bill("ai_bill", week, costs(ai={"per_ticket": 0.05})) == pytest.approx(0.05 * len(week.tickets))


def test_every_conversation_is_charged_however_it_ends(week: Facts) -> None:
    table = week.run.tickets
    talks = int((table.ai_replies > 0).sum())
    assert talks > int(table.ai_closed.sum()) > 0
    assert bill("ai_bill", week, costs(ai={"per_conversation": 0.5})) == pytest.approx(0.5 * talks)


def test_tokens_are_charged_by_the_reply(week: Facts) -> None:
    replies = int(week.run.tickets.ai_replies.sum())
    assert replies > 100
    plan = {"per_thousand_tokens": 0.4, "tokens_per_exchange": 2500}
    assert bill("ai_bill", week, costs(ai=plan)) == pytest.approx(replies * 2.5 * 0.4)


@pytest.mark.parametrize(("clawback", "is_billed"), [("12h", True), ("23h", True), ("24h", False), ("72h", False)])
def test_a_customer_who_comes_back_within_the_window_is_not_billed(clawback: str, is_billed: bool) -> None:
    after_wrong = {"noticed": 0, "returns": 1, "lost": 0, "delay": {"form": "constant", "value": "24h"}}
    scenario = ai_desk(
        ai={"after_wrong": after_wrong}, costs={"agent_per_hour": 25, "ai": {"per_resolution": 1, "clawback": clawback}}
    )
    run = simulate(scenario)
    closed, came_back = int(run.tickets.ai_closed.sum()), int((run.tickets.returns > 0).sum())
    assert 5 < came_back < closed - 5
    billed = bill("ai_bill", Facts(run), scenario.costs)
    assert billed == (closed if is_billed else closed - came_back)
    clawed_back = figures_of(run, Facts(run), None, None).arm.kpis["resolution_clawed_back"]
    assert clawed_back == pytest.approx(0 if is_billed else came_back / len(run.tickets))


def test_silent_losses_are_billed_as_resolutions() -> None:
    scenario = ai_desk(ai={"after_wrong": {"noticed": 0, "returns": 0, "lost": 1}}, policy={"answer_threshold": 0})
    run = simulate(scenario)
    assert (run.tickets.outcome == "lost").sum() > 10
    assert bill("ai_bill", Facts(run), costs(ai={"per_resolution": 2})) == 2 * len(run.tickets)


def test_the_parts_of_a_plan_add_up(week: Facts) -> None:
    parts: list[dict[str, float]] = [
        {"per_resolution": 0.99}, {"per_conversation": 0.3}, {"per_ticket": 0.02}, {"per_month": 100},
        {"per_seat_month": 20, "seats": 4}, {"per_thousand_tokens": 0.5, "tokens_per_exchange": 1000},
    ]  # fmt: skip
    together = costs(ai={key: value for part in parts for key, value in part.items()})
    each = [bill("ai_bill", week, costs(ai=part)) for part in parts]
    assert bill("ai_bill", week, together) == pytest.approx(sum(each))


def test_an_ai_that_is_off_costs_nothing() -> None:
    scenario = ai_desk(
        policy={"mode": "off"}, costs={"agent_per_hour": 25, "qa_hours_per_week": 3, "ai": {"per_month": 900}}
    )
    found = money_of(scenario)
    assert found["cost_ai"] == 0
    assert found["hours_saved"] == 0


def test_reviewing_answers_costs_agent_hours() -> None:
    found = money_of(ai_desk(weeks=2, costs={"agent_per_hour": 30, "qa_hours_per_week": 2.5}))
    assert found["cost_ai"] == pytest.approx(2 * 2.5 * 30)


# -- agents: capacity and cash -----------------------------------------------------------------------------------


def test_with_the_same_roster_hours_are_saved_and_no_cash() -> None:
    found = money_of(ai_desk(costs={"agent_per_hour": 25, "ai": {"per_resolution": 0.5}}))
    assert found["hours_saved"] > 5
    assert found["saving_capacity"] == pytest.approx(25 * found["hours_saved"])
    assert found["saving_cash"] == 0


def test_cash_is_saved_by_the_agents_that_the_baseline_rosters_more() -> None:
    found = money_of(ai_desk(costs={"agent_per_hour": 25}, baseline={"teams.support.agents": 5}))
    assert found["saving_cash"] == pytest.approx(2 * 168 * 25)
    assert found["cost_agents_cash"] == pytest.approx(3 * 168 * 25)


def test_rostered_hours_are_paid_breaks_absence_and_shrinkage_included() -> None:
    shift = {
        "days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 2, "breaks": [{"start": "12:00", "length": "1h"}]
    }  # fmt: skip
    team = {"agents": None, "shifts": [shift], "shrinkage": 0.3, "absence": 0.2, "cost_per_hour": 40}
    scenario = plain_desk(weeks=3, teams={"support": team}, costs={"agent_per_hour": 25})
    assert ledger(Facts(simulate(scenario)), scenario.costs).agents_cash == pytest.approx(3 * 5 * 8 * 2 * 40)


def test_an_agent_who_holds_three_chats_at_once_works_one_hour_an_hour() -> None:
    alone = plain_desk(costs={"agent_per_hour": 25})
    at_once = plain_desk(costs={"agent_per_hour": 25}, teams={"support": {"concurrency": 3}})
    one, three = (ledger(Facts(simulate(scenario)), scenario.costs) for scenario in (alone, at_once))
    tickets = len(simulate(alone).tickets)
    assert one.agent_hours == pytest.approx(tickets * 10 / 60)
    assert three.agent_hours == pytest.approx(one.agent_hours / 3)
    assert three.agents_capacity == pytest.approx(25 * one.agent_hours / 3)
    assert three.agents_cash == one.agents_cash


def test_each_team_costs_its_own_hourly_rate() -> None:
    scenario = plain_desk(
        intents={"question": {"share": 0.5}, "bug": {"share": 0.5, "handle": "20m", "queue": "experts"}},
        teams={"experts": {"agents": 2, "cost_per_hour": 60}},
        costs={"agent_per_hour": 20},
    )
    run = simulate(scenario)
    spent_here = ledger(Facts(run), scenario.costs)
    by_team = run.steps.assign(hours=(run.steps.ended_minutes - run.steps.began_minutes) / 60).groupby(
        "team", observed=True
    )["hours"].sum()  # fmt: skip
    assert spent_here.agents_capacity == pytest.approx(by_team["support"] * 20 + by_team["experts"] * 60)
    assert spent_here.agents_cash == pytest.approx(168 * (3 * 20 + 2 * 60))


# -- failures --------------------------------------------------------------------------------------------------


def test_every_ticket_in_breach_costs_its_penalty_once() -> None:
    sla = {"first_response": {"default": "12m"}, "resolution": {"default": "12m"}}
    scenario = plain_desk(teams={"support": {"agents": 1}}, sla=sla, costs={"agent_per_hour": 25, "sla_penalty": 7})
    run = simulate(scenario)
    missed = int(run.tickets.breached_sla.sum())
    assert 0 < missed < len(run.tickets)
    assert ledger(Facts(run), scenario.costs).lines["sla_penalties"] == 7 * missed


def test_lost_and_abandoned_customers_are_worth_what_they_would_have_brought() -> None:
    scenario = pilot_desk(costs={"churn": 0.1, "customer_value": 300})
    run = simulate(scenario)
    gone = int(run.tickets.outcome.isin(["lost", "abandoned"]).sum())
    assert {"lost", "abandoned"} <= set(run.tickets.outcome)
    assert ledger(Facts(run), scenario.costs).lines["churn"] == pytest.approx(30 * gone)


def test_failures_that_the_ai_causes_count_against_it() -> None:
    scenario = ai_desk(
        ai={"after_wrong": {"noticed": 0, "returns": 0, "lost": 1}},
        policy={"answer_threshold": 0},
        costs={"agent_per_hour": 25, "churn": 1, "customer_value": 100},
    )
    lost = int((simulate(scenario).tickets.outcome == "lost").sum())
    found = money_of(scenario)
    assert found["failures_avoided"] == -100 * lost
    assert found["net_value_capacity"] == pytest.approx(found["saving_capacity"] - 100 * lost)


# -- the business case -----------------------------------------------------------------------------------------


def test_payback_is_set_up_over_monthly_benefit() -> None:
    baseline, here = spent(agents_capacity=9000, agent_hours=360), spent(agents_capacity=5000, ai_bill=1000)
    case = business_case(here, baseline, costs(set_up=6500), MONTH)
    assert case.payback_months == pytest.approx(6500 / 3000)
    assert business_case(here, baseline, costs(set_up=0), MONTH).payback_months == 0


@pytest.mark.parametrize("set_up", [0, 500])
def test_what_never_pays_has_no_payback(set_up: float) -> None:
    case = business_case(spent(ai_bill=100), spent(), costs(set_up=set_up), 4)
    assert math.isnan(case.payback_months)
    assert case.npv_capacity < 0


def test_net_present_value_is_a_loop_over_months() -> None:
    worth = -4000.0
    for month in range(1, 19):
        worth += 350 / 1.08 ** (month / 12)
    assert net_present_value(350, 4000, 18, 0.08) == pytest.approx(worth)
    assert net_present_value(350, 4000, 18, 0) == pytest.approx(18 * 350 - 4000)
    assert net_present_value(-10, 0, 12, 0.5) < 0


def test_the_set_up_cost_is_spread_over_the_money_horizon() -> None:
    case = business_case(spent(ai_bill=100), spent(agents_cash=700), costs(set_up=2400, horizon_months=24), MONTH)
    assert case.ai_cost == pytest.approx(100 + 100)
    assert case.roi_cash == pytest.approx((700 - 200) / 200)
    assert case.return_multiple == 0  # no hours saved, whatever the roster


def test_without_cost_there_is_no_return_on_it() -> None:
    case = business_case(spent(), spent(agent_hours=10, agents_capacity=250), costs(), 4)
    assert math.isnan(case.return_multiple)
    assert math.isnan(case.roi_capacity)
    assert case.net_value_capacity == 250


def test_money_adds_up() -> None:
    scenario = pilot_desk()
    run = simulate(scenario)
    found = figures_of(run, Facts(run), Facts(simulate_baseline(run)), 1.0)
    here, there = found.arm, found.baseline
    kpis = here.kpis
    parts = ("cost_ai", "cost_agents_cash", "cost_sla_penalties", "cost_churn")
    assert kpis["cost_total"] == pytest.approx(sum(kpis[part] for part in parts))
    assert sum(here.costs.values()) == pytest.approx(kpis["cost_total"])
    assert sum(there.costs.values()) == pytest.approx(there.kpis["cost_total"])
    assert kpis["cost_per_ticket"] * kpis["tickets"] == pytest.approx(kpis["cost_total"])
    assert kpis["cost_per_resolution"] * kpis["resolved"] == pytest.approx(kpis["cost_per_ticket"])
    for kind in ("cash", "capacity"):
        saved = there.kpis[f"cost_agents_{kind}"] - kpis[f"cost_agents_{kind}"]
        assert kpis[f"saving_{kind}"] == pytest.approx(saved)
    # What the desk spends less is the cash saving and the failures avoided, less what the AI costs.
    less = there.kpis["cost_total"] - kpis["cost_total"]
    assert less == pytest.approx(kpis["saving_cash"] + kpis["failures_avoided"] - kpis["cost_ai"])
    share = 2000 * (4 / MONTH) / 18
    assert kpis["net_value_cash"] == pytest.approx(less - share)


# -- one table -------------------------------------------------------------------------------------------------


def test_every_money_kpi_has_a_supplier() -> None:
    """One that nobody supplies would show as null in every table."""
    registered = {kpi.name for kpi in KPIS if kpi.group == MONEY}
    assert set(money_of(pilot_desk())) == registered
    assert registered <= set(applicable(pilot_desk()))


@pytest.mark.parametrize("activity", ["handed", "weeks_in_use"])
def test_a_new_price_reaches_the_bill_the_year_and_the_search(activity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A price per hand-over, or another fee by the week, is a row of the table and nothing else."""
    desk, price = pilot_desk(costs={"churn": 0, "sla_penalty": 0}), 0.25
    assert desk.costs is not None
    plan, facts = plan_of(desk, desk.costs), Facts(simulate(desk))

    def told() -> tuple[Replication, Floats, Floats]:
        """Return the run's figures, the year's AI bill by column, and what each ticket costs beside people's work."""
        cell = figures_of(facts.run, facts, Facts(simulate_baseline(facts.run)), None)
        prices = prices_of(desk, without_ai(desk), plan, cell.activities)
        flows = cash_flows(plan, [prices], months_of(plan, cell.activities))
        return cell, flows.line("ai_bill")[0], other_cost(desk, facts.tickets, facts.run.journeys)

    before, year_before, stakes_before = told()
    old = {"PARTS": PARTS, "ACTIVITIES": ACTIVITIES}
    new = {
        "PARTS": (*PARTS, PricePart(activity, "ai_bill", lambda costs, n: n * price)),
        "ACTIVITIES": {**ACTIVITIES, "handed": Counted(lambda one: one.ai.handed_over)},
    }
    for module in [module for name, module in sys.modules.items() if name.startswith("simulator.")]:
        for table in (table for table in old if getattr(module, table, None) is old[table]):
            monkeypatch.setattr(module, table, new[table])
    after, year, stakes = told()
    done = after.arm.activity
    assert done is not None
    assert done.row(activity).sum() > 0
    assert after.arm.costs["AI bill"] - before.arm.costs["AI bill"] == pytest.approx(done.row(activity).sum() * price)
    monthly = plan.monthly(done, with_ai=True)[plan.names(done, with_ai=True).index(activity)]
    assert year_before - year == pytest.approx(monthly * price)
    handed = facts.ai.handed_over * price if activity == "handed" else np.zeros(facts.n)
    assert stakes - stakes_before == pytest.approx(handed)
