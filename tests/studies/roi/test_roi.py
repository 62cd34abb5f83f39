"""The business case: its money adds up, its range is the inputs' and not luck, and known answers come out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from simulator.base import memo
from simulator.base.errors import StudyError
from simulator.journeys import Kind
from simulator.metrics.facts import Facts
from simulator.money.activity import LAGS, Activity, weekly_activity
from simulator.money.cash_flow import (
    CASES,
    LINES,
    CashFlows,
    MonthPlan,
    cash_flows,
    months_of,
    payback,
    plan_of,
    prices_of,
)
from simulator.money.ledger import ledger
from simulator.report.render.csv import frame_of
from simulator.report.roi import sentences
from simulator.report.roi.view import page_of
from simulator.run import simulate
from simulator.scenario import Billed, Scenario, override, scenario_from, without_ai
from simulator.studies.roi.business_case import RoiStudy, roi
from simulator.studies.roi.outlook import calmed, quantile
from simulator.studies.running import batch as engine_room
from simulator.studies.running.batch import Runner
from simulator.studies.running.variants import Variant
from tests.support.desks import AI, PLAIN, ai_desk, laid_over, pilot_desk, plain_desk
from tests.support.roi_desks import HOURLY, MINUTES, PRICE, SET_UP, WEEKLY, known_cost, known_net, linear_desk

QUARTER = {"weeks": 13, "costs": {"horizon_months": 3}}
"""Thirteen weeks are exactly three months, so the horizon holds the simulated weeks and nothing else."""


def table_of(name: str, study: RoiStudy) -> pd.DataFrame:
    """Return one of the study's files as a table."""
    return frame_of(page_of(study).table(name))


def priced(scenario: Scenario, seed: int = 1) -> tuple[CashFlows, dict[str, float]]:
    """Return the cash flow of one replication, and its KPIs."""
    with Runner(None, scenario, seed=seed, workers=1) as runner:
        cell = runner.run([Variant("it", scenario)], 1, stage="")["it"].results[0]
    assert scenario.costs is not None
    plan = plan_of(scenario, scenario.costs)
    prices = prices_of(scenario, without_ai(scenario), plan, cell.activities)
    flows = cash_flows(plan, [prices], months_of(plan, cell.activities))
    return flows, dict(cell.arm.kpis)


def cents(amount: float) -> int:
    return round(100 * amount)


# -- money adds up ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quarter() -> Scenario:
    return pilot_desk(**QUARTER)


def test_weekly_activity_adds_up_to_the_ledger(quarter: Scenario) -> None:
    facts = Facts(simulate(quarter))
    spent, activity = ledger(facts, quarter.costs), weekly_activity(facts)
    hours = {team: activity.row(f"worked.{team}").sum() for team in quarter.teams}
    assert sum(hours.values()) == pytest.approx(spent.agent_hours, rel=1e-12)
    rates = {name: float(team.cost_per_hour or 24) for name, team in quarter.teams.items()}
    rostered = sum(activity.row(f"rostered.{team}").sum() * rate for team, rate in rates.items())
    assert rostered == pytest.approx(spent.agents_cash, rel=1e-12)
    assert activity.row("breaches").sum() * 4 == pytest.approx(spent.lines["sla_penalties"])
    assert activity.row("gone").sum() * 0.2 * 90 == pytest.approx(spent.lines["churn"])
    closed, credited = activity.lagged("closed").sum(axis=0), activity.lagged("credited").sum(axis=0)
    assert (activity.lagged("settled").sum(axis=0) == activity.row("resolutions")).all()
    assert (closed - credited == activity.row("resolutions")).all()
    assert credited.sum() > 0


def test_each_resolution_is_settled_credited_or_closed_in_the_week_in_which_that_happens() -> None:
    facts = Facts(simulate(pilot_desk(costs={"ai": {"clawback": "9d"}}, drain="3d")))
    closed = {}
    for number, kind in enumerate(facts.steps.kind):
        if kind == int(Kind.ANSWER):
            closed[facts.steps.ticket[number]] = facts.log.ended[number]
    wanted = {name: np.zeros((LAGS, 4)) for name in ("settled", "closed", "credited")}
    for ticket in np.flatnonzero(facts.ai.resolved):
        week = int(facts.tickets.arrival[ticket] // 10080)
        moments = {"closed": closed[ticket]}
        if facts.ai.returns[ticket] and facts.back_after[ticket] <= 9 * 1440:
            moments["credited"] = closed[ticket] + facts.back_after[ticket]
        else:
            moments["settled"] = closed[ticket] + 9 * 1440
        for name, moment in moments.items():
            wanted[name][int(moment // 10080) - week, week] += 1
    found = weekly_activity(facts)
    for name, counts in wanted.items():
        assert found.lagged(name).tolist() == counts.tolist(), name
    assert wanted["settled"][1:3].sum(axis=1).min() > 0
    assert wanted["credited"][1].sum() > 0


@pytest.mark.parametrize("billed", list(Billed))
def test_cash_flow_kpis_and_bill_agree_to_the_cent(billed: Billed) -> None:
    scenario = pilot_desk(**laid_over(QUARTER, {"costs": {"ai": {"billed": billed.value}}}))
    flows, kpis = priced(scenario)
    flows = flows.in_cents()
    spent = -flows.line("ai_bill").sum() - flows.line("qa").sum()
    wanted = {
        "cost_ai": spent,
        "saving_capacity": flows.line("agent_time").sum(),
        "saving_cash": flows.line("rosters").sum(),
        "failures_avoided": flows.line("failures_avoided").sum(),
    }
    for name, amount in wanted.items():
        assert abs(cents(amount) - cents(kpis[name])) <= (1 if name == "cost_ai" else 0), name
    assert cents(-flows.line("set_up").sum()) == 2000_00
    for case in CASES:
        assert flows.net(case).sum() == pytest.approx(kpis[f"net_value_{case}"], abs=0.02)
        assert flows.figures()[f"roi_{case}"][0] == pytest.approx(kpis[f"roi_{case}"], abs=1e-4)
    assert flows.figures()["return_multiple"][0] == pytest.approx(kpis["return_multiple"], abs=1e-4)
    invoices = np.array([cents(amount) for amount in -flows.line("ai_bill")[0]])
    facts = Facts(simulate(scenario))
    assert invoices.sum() == cents(ledger(facts, scenario.costs).lines["ai_bill"])


def test_the_baselines_own_prices_hold_for_the_baseline() -> None:
    dearer = {"costs.agent_per_hour": 40, "costs.sla_penalty": 9, "teams.money.cost_per_hour": 50}
    flows, kpis = priced(pilot_desk(**laid_over(QUARTER, {"baseline": dearer})))
    flows = flows.in_cents()
    for line, kpi in (("agent_time", "saving_capacity"), ("failures_avoided", "failures_avoided")):
        assert cents(flows.line(line).sum()) == cents(kpis[kpi]), line
    assert flows.figures()["return_multiple"][0] == pytest.approx(kpis["return_multiple"], abs=1e-4)


def test_the_table_of_months_adds_up_to_the_figures_in_whole_cents() -> None:
    study = roi(linear_desk(), draws=4, replications=4, stress=0, workers=1, one_by_one=False)
    table, flows = table_of("cash_flow", study), study.outlook.central
    amounts = table[list(LINES)].to_numpy()
    assert np.allclose(amounts * 100, np.rint(amounts * 100), atol=1e-6)
    for case in CASES:
        benefits = table[list(CASES[case])].to_numpy().sum(axis=1)
        costs = table[["ai_bill", "qa", "set_up"]].to_numpy().sum(axis=1)
        assert [cents(net) for net in benefits + costs] == [cents(net) for net in table[f"net_{case}"]]
        assert cents(table[f"cumulative_{case}"].iloc[-1]) == cents(flows.figures()[f"net_value_{case}"][0])
    stated = table_of("summary", study).set_index("figure")["as_it_stands"]
    assert cents(stated["net_value_capacity"]) == cents(table["net_capacity"].sum())


def activity(**rows: list[float]) -> Activity:
    """Make one team's activity with these rows, `settled_1` for `settled+1`."""
    weeks = len(next(iter(rows.values())))
    names = ["breaches", "gone", "conversations", "read", "replies", "weeks_in_use"]
    names += [f"{name}+{lag}" for name in ("settled", "closed", "credited") for lag in range(LAGS)]
    given = {name.replace("_", "+") if name[-1].isdigit() else name: row for name, row in rows.items()}
    assert set(given) <= set(names)
    return Activity(tuple(names), np.array([given.get(name, [0.0] * weeks) for name in names]))


def plan(**changes: Any) -> MonthPlan:
    return MonthPlan(**{"weeks": 1, "steady": 1, "months": 12, "billed": Billed.AFTER_WINDOW, "ramp": (), **changes})


def test_a_resolution_is_invoiced_when_its_window_ends_and_those_after_the_horizon_come_last() -> None:
    month = 52 / 12
    invoiced = plan().monthly(activity(settled_1=[12.0]), with_ai=True)[2]
    assert invoiced == pytest.approx([0, (month - 1) * 12, *[month * 12] * 11, 12])


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_of_the_week_that_the_horizon_cuts_only_what_lies_within_is_invoiced_and_when_it_is_due(lag: int) -> None:
    month = 52 / 12
    invoiced = plan(months=1).monthly(activity(**{f"settled_{lag}": [9.0]}), with_ai=True)[2]
    assert invoiced == pytest.approx([0, (month - lag) * 9, lag * 9])


def test_weeks_beyond_the_horizon_are_not_counted() -> None:
    reads = activity(read=[10.0, 20, 30, 40, 60, 1000, 1000, 1000])
    short = plan(weeks=8, steady=3, months=1)
    row = short.monthly(reads, with_ai=True)[short.names(reads, with_ai=True).index("read")]
    assert row == pytest.approx([0, 100 + 60 / 3, 0])


def test_billed_at_once_it_is_invoiced_at_once_and_credited_when_the_customer_comes_back() -> None:
    weeks = {"closed_0": [10.0, 0, 0, 0, 0, 0], "credited_5": [4.0, 0, 0, 0, 0, 0]}
    at_once = plan(weeks=6, billed=Billed.AT_RESOLUTION).monthly(activity(**weeks), with_ai=True)[2]
    assert at_once[:3] == pytest.approx([0, 10, -4])
    assert at_once[3:] == pytest.approx(0)


def test_the_steady_weeks_stand_for_all_that_follow_and_the_simulated_ones_for_themselves() -> None:
    reads = activity(read=[0.0, 100.0, 30.0, 50.0])
    row = plan(weeks=4, steady=2).names(reads, with_ai=True).index("read")
    found = plan(weeks=4, steady=2).monthly(reads, with_ai=True)[row]
    assert found[1] == pytest.approx(180 + 40 / 3)
    assert found[2:13] == pytest.approx(40 * 52 / 12)
    assert found.sum() == pytest.approx(180 + 48 * 40)


def test_the_last_phase_is_what_goes_on() -> None:
    desk = pilot_desk()
    assert plan_of(desk, desk.costs).steady == 2
    assert plan_of(desk, desk.costs, steady=1).steady == 1
    never = {"name": "never begins", "from_week": 9, "mode": "off"}
    live = {"name": "live", "from_week": 2, "mode": "auto"}
    assert plan_of(pilot_desk(policy={"phases": [live, never]}), desk.costs).steady == 3
    assert plan_of(ai_desk(weeks=3, costs={"agent_per_hour": 25}), desk.costs).steady == 3


def test_a_ramp_holds_back_saved_time_and_no_bill() -> None:
    whole, _ = priced(linear_desk())
    slow, _ = priced(linear_desk(costs={"ramp": [0.25, "50%"]}))
    kept = slow.line("agent_time") + slow.line("time_not_used")
    assert kept[0, 1:5] == pytest.approx(whole.line("agent_time")[0, 1:5] * [0.25, 0.5, 0.5, 0.5])
    assert (slow.spent == whole.spent).all()


def test_a_ramp_does_not_lessen_what_the_ai_costs_agents() -> None:
    shadow = {"weeks": 13, "policy": {"mode": "shadow"}}
    price = {"agent_per_hour": 30, "ai": {"per_ticket": 0.1}, "horizon_months": 3, "ramp": [0.25]}
    flows, _ = priced(ai_desk(**shadow, costs=price))
    assert (flows.line("agent_time")[0, 1:4] < -10).all()
    assert not flows.line("time_not_used").any()
    dearer = [{"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 3}]
    roster = {"teams": {"money": {"shifts": dearer}}, "costs": {"ramp": [0.5]}}
    flows, _ = priced(pilot_desk(**laid_over(roster, {"baseline": {"teams.money.shifts[0].agents": 1}})))
    assert (flows.line("rosters")[0, 1:-1] < 0).all()
    assert not flows.line("rosters_not_used").any()


def test_what_is_invoiced_after_the_last_month_can_undo_a_payback() -> None:
    amounts = np.zeros((1, len(LINES), 4))
    amounts[0, LINES.index("set_up"), 0], amounts[0, LINES.index("agent_time"), 1:3] = -100, 55
    amounts[0, LINES.index("ai_bill"), 3] = -9
    one_year = np.array([0.08])
    paid = CashFlows(plan(months=2), amounts, np.zeros(1), one_year).figures()
    assert paid["net_value_capacity"][0] == pytest.approx(1)
    assert paid["payback_months"][0] == pytest.approx(1 + 45 / 46)
    amounts[0, LINES.index("ai_bill"), 3] = -11
    assert math.isnan(CashFlows(plan(months=2), amounts, np.zeros(1), one_year).figures()["payback_months"][0])


@pytest.mark.parametrize(
    ("net", "month"),
    [
        ([-100, 50, 100], 1.5),
        ([0, 10, 10], 0),
        ([-100, 100, -20, 40], 2.5),
        ([-100, 20, 20], math.nan),
        ([-100, 60, 40], 2),
    ],
)
def test_payback_is_the_month_from_which_the_running_total_stays_up(net: list[float], month: float) -> None:
    assert payback(np.array([net], dtype=float))[0] == pytest.approx(month, nan_ok=True)


def test_present_value_discounts_each_month_at_its_end() -> None:
    flows, _ = priced(linear_desk(costs={"discount_rate": 0.1}))
    net = flows.net("capacity")[0]
    by_hand = sum(amount / 1.1 ** (month / 12) for month, amount in enumerate(net))
    assert flows.figures()["npv_capacity"][0] == pytest.approx(by_hand)


# -- on the back of an envelope ----------------------------------------------------------------------------------------


def test_200_hours_a_month_at_25_dollars_against_1500_return_three_and_a_third_times(tmp_path: Path) -> None:
    """1,200 tickets of 30 minutes in three months, all solved by the AI, for $1,500 a month."""
    times = [f"2026-{3 + (day + 1) // 31:02}-{(day + 1) % 31 + 1:02}" for day in range(30)]
    rows = [f"{day}T{8 + n // 5:02}:{12 * (n % 5):02}:00" for day in times for n in range(40)]
    (tmp_path / "log.csv").write_text("created_at\n" + "\n".join(sorted(rows)) + "\n")
    changes = {
        "weeks": 13,
        "arrivals": {"per_week": None, "profile": None, "busyness_cv": None, "replay": {"file": "log.csv"}},
        "intents": {"question": {"handle": {"form": "constant", "value": "30m"}}},
        "ai": {**AI, "answer": {"confidence": {"quantiles": [[0, 1], [1, 1]]}}},
        "policy": {"answer_threshold": 0.9},
        "costs": {"agent_per_hour": 25, "ai": {"per_month": 1500}, "horizon_months": 3},
    }
    desk = scenario_from(laid_over(PLAIN, changes), tmp_path)
    # The fee is for weeks in which the AI does anything, so the log must have tickets in each.
    weeks = Facts(simulate(desk)).tickets.week
    whole = override(desk, {"costs.ai.per_month": 1500 * 13 / len(set(weeks))})
    study = roi(whole, draws=2, replications=2, stress=0, workers=1)
    figures = study.outlook.spreads
    assert figures["return_multiple"].central.mean == pytest.approx(10 / 3)
    assert figures["cost"].central.mean == pytest.approx(3 * 1500)
    assert figures["benefit_capacity"].central.mean == pytest.approx(3 * 5000)
    assert figures["benefit_cash"].central.mean == 0


# -- known answers ----------------------------------------------------------------------------------------------------


RANGED = {
    "costs": {
        "set_up": {"value": SET_UP, "low": 2000, "high": 6000},
        "ai": {"per_resolution": {"value": PRICE, "low": 3.8, "high": 4.2}},
    }
}


@pytest.fixture(scope="module")
def linear() -> RoiStudy:
    return roi(linear_desk(weeks=4, **RANGED), draws=32, replications=8, stress=0, workers=1)


def test_the_tornado_has_the_order_and_the_size_that_derivatives_give(linear: RoiStudy) -> None:
    middle = {"minutes": float(MINUTES["value"]), "shift": -0.2}
    right = float(special.expit(middle["shift"] + special.logit(0.8)))
    known = {
        "intents.question.handle.value": known_net(13.0, -0.2) - known_net(8.0, -0.2),
        "ai.answer.calibration.shift": known_net(10.0, 0.4) - known_net(10.0, -0.9),
        "costs.set_up": -4000.0,
        "costs.ai.per_resolution": -0.4 * WEEKLY * 52 * right,
    }
    assert [row.name for row in linear.tornado] == sorted(known, key=lambda name: -abs(known[name]))
    for row in linear.tornado:
        assert abs(row.swing.mean - known[row.name]) <= 2 * row.swing.half_width + 1e-6, row.name
    shares = linear.outlook.shares
    assert max(shares, key=lambda name: shares[name]) == "intents.question.handle.value"
    assert 0.9 < sum(shares.values()) < 1.1


def test_break_even_values_are_those_of_the_formula(linear: RoiStudy) -> None:
    found = {row.lever: row for row in linear.break_evens}
    right = float(special.expit(-0.2 + special.logit(0.8)))
    per_ticket = 1 - (1 - right) * 0.9
    cost = float(known_cost(np.array(-0.2)))
    known = {
        "handle_time": cost / (WEEKLY * 52 * HOURLY * per_ticket) * 60,
        "price": (WEEKLY * 52 * 10 / 60 * HOURLY * per_ticket - SET_UP) / (WEEKLY * 52 * right),
        "volume": SET_UP / (52 * (10 / 60 * HOURLY * per_ticket - right * PRICE)),
    }
    for lever, value in known.items():
        assert abs(found[lever].value - value) <= 2.5 * found[lever].half_width, lever
        assert found[lever].half_width < 0.3 * value, lever
    assert found["accuracy"].now == pytest.approx(right, abs=0.03)


def test_no_break_even_is_told_with_the_range_that_was_tried(linear: RoiStudy) -> None:
    # The more is right, the more is billed: at these prices being right pays by 50 cents, and set-up is never reached.
    accuracy = next(row for row in linear.break_evens if row.lever == "accuracy")
    if math.isnan(accuracy.value):
        assert accuracy.note.startswith("no break-even between ")
    signs = {np.sign(one.net) for one in accuracy.tried}
    assert math.isnan(accuracy.value) == (len(signs) == 1)


@pytest.mark.slow
def test_the_range_is_the_inputs_and_not_the_customers_luck() -> None:
    narrow = {"value": 10, "low": 9.9999, "high": 10.0001}
    desk = linear_desk(
        intents={"question": {"handle": {"form": "constant", "value": narrow}}},
        ai={"answer": {"calibration": {"shift": -0.2}}},
    )
    study = roi(desk, draws=32, replications=8, stress=0, workers=1, one_by_one=False)
    of_a_year = 52 * study.central.values("net_value_capacity").std()
    assert of_a_year > 500
    assert study.outlook.spreads["net_value_capacity"].values.std() < 1


def test_what_luck_leaves_in_draws_is_measured_and_taken_out(linear: RoiStudy) -> None:
    spread = linear.outlook.spreads["net_value_capacity"]
    assert 0 < spread.noise < linear.central.values("net_value_capacity").std() * 12


@given(noise=st.floats(0, 30), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_noise_taken_out_leaves_the_mean_and_the_variance_without_it(noise: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(500, 20, 40)
    calm = calmed(values, noise)
    assert calm.mean() == pytest.approx(values.mean())
    assert calm.var(ddof=1) == pytest.approx(max(0.0, values.var(ddof=1) - noise**2), abs=1e-6)
    assert np.array_equal(calmed(np.array([1.0, np.nan, 3.0]), noise), [1.0, np.nan, 3.0], equal_nan=True)


def test_a_quantile_counts_a_payback_that_never_comes_as_the_latest() -> None:
    months = np.array([np.nan, 3.0, 5.0, np.nan, 1.0])
    assert quantile(months, 0.1) == 1
    assert quantile(months, 0.5) == 5
    assert quantile(months, 0.4) == pytest.approx(4)
    assert math.isnan(quantile(months, 0.9))


def test_a_chance_without_a_miss_keeps_wilsons_width() -> None:
    study = roi(linear_desk(costs={"set_up": 0}), draws=8, replications=2, stress=0, workers=1, one_by_one=False)
    sure = study.outlook.chance["cash"]
    assert sure.mean == 0
    assert sure.high == pytest.approx(1.959964**2 / 8 / (1 + 1.959964**2 / 8))


def test_prices_alone_are_not_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    honest = engine_room.simulate_task

    def noted(task: engine_room.Task) -> list[tuple[str, engine_room.Replication]]:
        seen.extend(desk.variant for desk in task.desks)
        return honest(task)

    monkeypatch.setattr(engine_room, "simulate_task", noted)
    handle = {"question": {"handle": {"form": "constant", "value": 10}}}
    desk = linear_desk(intents=handle, ai={"answer": {"calibration": {"shift": -0.2}}}, **RANGED)
    study = roi(desk, draws=64, replications=4, stress=0, workers=1, one_by_one=False)
    assert seen == ["central"] * 4
    rois = study.outlook.spreads["roi_capacity"]
    assert len(rois.values) == 64
    assert rois.noise == 0
    assert rois.values.std() > 0.05


@pytest.mark.slow
def test_draws_without_any_cost_count_by_their_net_value() -> None:
    free = {"ai": {"per_resolution": {"value": 1, "low": 0, "high": 1.5}}, "set_up": 0}
    study = roi(linear_desk(costs=free), draws=32, replications=2, stress=0, workers=1, one_by_one=False)
    table = table_of("draws", study)
    nothing = table["costs.ai.per_resolution"] == 0
    assert 0 < nothing.sum() < 16
    assert table.roi_capacity.isna().tolist() == nothing.tolist()
    assert (table.net_value_capacity > 0).all()
    assert study.outlook.chance["capacity"].mean == 1


@pytest.mark.slow
def test_draws_that_the_desk_without_ai_does_not_get_through_are_counted_and_told() -> None:
    minutes = {"value": 30, "low": 29, "high": 900, "source": "assumed"}
    busy = linear_desk(
        teams={"support": {"agents": 2}}, intents={"question": {"handle": {"form": "constant", "value": minutes}}}
    )
    study = roi(busy, draws=16, replications=4, stress=0, workers=1, one_by_one=False)
    drawn = table_of("draws", study)["intents.question.handle.value"]
    # 150 tickets a week of 134 minutes are what two agents can do round the clock.
    assert (drawn > 200).sum() <= study.overloaded <= (drawn > 130).sum()
    assert 0 < study.overloaded < 16
    assert not study.is_overloaded
    told = sentences.notes(study)
    assert f"In {study.overloaded} of 16 draws the desk without AI does not get through its tickets" in told[1]
    calm = roi(linear_desk(), draws=4, replications=2, stress=0, workers=1, one_by_one=False)
    assert calm.overloaded == 0
    assert len(sentences.notes(calm)) == 1
    swamped = roi(override(busy, {"intents.question.handle.value": 400}), draws=2, replications=2, stress=0, workers=1)
    assert swamped.is_overloaded
    assert "The desk without AI does not get through its tickets" in sentences.notes(swamped)[1]


def test_drawn_shares_are_told_as_simulated() -> None:
    handle = {"form": "constant", "value": 10}
    intents = {
        "question": {"share": {"value": 0.6, "low": 0.5, "high": 0.7}, "handle": handle},
        "other": {"share": {"value": 0.4, "n": 50}, "handle": handle},
    }
    study = roi(linear_desk(intents=intents), draws=8, replications=2, stress=0, workers=1, one_by_one=False)
    table = table_of("draws", study)
    both = table["intents.question.share"] + table["intents.other.share"]
    assert both.to_numpy() == pytest.approx(1)


def test_a_horizon_within_the_simulated_weeks_is_told_as_such() -> None:
    short = linear_desk(weeks=6, costs={"horizon_months": 1})
    study = roi(short, draws=2, replications=2, stress=0, workers=1, one_by_one=False)
    assert sentences.notes(study) == ["6 weeks are simulated; the horizon is their first 4.3."]
    assert sentences.answer(study).startswith("Over 1 month the AI returns")


# -- resumed, repeated, refused --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_business_case_that_was_stopped_goes_on_from_its_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = linear_desk()

    def case() -> RoiStudy:
        return roi(desk, tmp_path, draws=8, replications=2, stress=0, workers=1)

    honest, left = engine_room.simulate_task, [9]

    def stopping(task: engine_room.Task) -> list[tuple[str, engine_room.Replication]]:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return honest(task)

    monkeypatch.setattr(engine_room, "simulate_task", stopping)
    with pytest.raises(KeyboardInterrupt, match="are kept in"):
        case()
    left[0] = 1000
    first = case()
    done = 1000 - left[0]
    left[0] = 0
    again = case()
    assert done > 0
    assert table_of("summary", first).equals(table_of("summary", again))
    assert table_of("draws", first).equals(table_of("draws", again))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_case_whoever_computes_it() -> None:
    one, two = (
        roi(linear_desk(), draws=8, replications=4, stress=0, workers=workers, one_by_one=False) for workers in (1, 2)
    )
    assert table_of("summary", one).equals(table_of("summary", two))


COSTS = {"agent_per_hour": 25, "ai": {"per_resolution": 1}}


@pytest.mark.parametrize(
    ("desk", "options", "told"),
    [
        (plain_desk(costs=COSTS), {}, "has no `ai`"),
        (ai_desk(), {}, "has no `costs`"),
        (ai_desk(costs={"agent_per_hour": 25}), {}, "states no cost of the AI"),
        (ai_desk(costs=COSTS, policy={"mode": "off"}), {"replications": 2}, "keeps its AI off in every week"),
        (
            ai_desk(costs={"agent_per_hour": 25, "ai": {"per_resolution": 1, "clawback": "90d"}}), {},
            "costs.ai.clawback is 90 days; must be at most 42 days",
        ),
        (
            ai_desk(costs={"agent_per_hour": 25, "ai": {"per_ticket": 1, "clawback": {
                "value": "3d", "low": "1d", "high": "50d"}}}), {},
            "costs.ai.clawback is 50 days; must be at most 42 days",
        ),
        (ai_desk(costs=COSTS), {"draws": 8}, "--draws is 8; must be from 16"),
        (ai_desk(costs=COSTS), {"replications": 1}, "--replications is 1; must be from 2"),
        (ai_desk(costs=COSTS), {"steady": 2}, "--steady is 2; must be from 1 to the scenario's 1 weeks"),
        (ai_desk(costs=COSTS), {"stress": 3.0}, "--stress is 3; must be above 0%"),
        (ai_desk(costs=COSTS), {"assume": 0.0}, "--assume is 0; must be above 0%"),
    ],
)
def test_what_has_no_business_case_is_refused_in_words(desk: Scenario, options: dict[str, Any], told: str) -> None:
    with pytest.raises(StudyError, match=told):
        roi(desk, workers=1, **options)


def test_figures_are_the_same_when_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = linear_desk(weeks=4, **RANGED)
    usual = roi(desk, draws=4, replications=2, workers=1)
    monkeypatch.setattr(memo, "REMEMBERED", 0)
    again = roi(desk, draws=4, replications=2, workers=1)
    for table in page_of(usual).tables:
        pd.testing.assert_frame_equal(frame_of(table), table_of(table.name, again), check_exact=True)
