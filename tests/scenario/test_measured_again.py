"""What the bank's figures are measured with finds the truth of a made-up call centre and of a made-up shadow log.

The twins of `test_bank_scenarios`, which needs recorded data: a desk is simulated as the scenario says, written in the
bank's columns, read and measured. Each figure may miss the scenario's by four standard errors.
"""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.run import simulate
from simulator.scenario import Scenario, expected_rates, expected_tickets, load_scenario, override
from simulator.tickets import draw_tickets
from tests.support.bank_data import BY_HOUR, INTENTS, OPEN_SLOTS, TIERS, Bank, survival_at
from tests.support.made_up_data import WRAP_UP_SECONDS, call_centre, made_up_calls

ERRORS = 4
Floats = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return call_centre()


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank(made_up_calls())


def services(bank: Bank, intent: str) -> Floats:
    """Return recorded service minutes."""
    calls = bank.calls
    return calls.service[(calls.intent == intent) & ~calls.abandoned].to_numpy() / 60


def factors(desk: Scenario, intent: str) -> Floats:
    given = desk.intents[intent].handle_by_hour
    return np.ones(24) if given is None else np.array([float(factor) for factor in given["daily"]])


def test_weekly_volume_is_that_of_the_scenario(desk: Scenario, bank: Bank) -> None:
    expected = expected_tickets(desk) / 8
    found = sum(bank.per_week(intent) for intent in INTENTS)
    assert abs(found - expected) < ERRORS * np.sqrt(expected / 8)


@pytest.mark.parametrize("intent", INTENTS)
def test_shares_of_call_types_are_those_of_the_scenario(desk: Scenario, bank: Bank, intent: str) -> None:
    found = bank.per_week(intent) / sum(bank.per_week(name) for name in INTENTS)
    share = float(desk.intents[intent].share)
    assert abs(found - share) < ERRORS * np.sqrt(share * (1 - share) / len(bank.calls))


@pytest.mark.parametrize("intent", INTENTS)
def test_each_half_hour_of_the_week_gets_its_share_of_calls(desk: Scenario, bank: Bank, intent: str) -> None:
    slots = desk.wall.slots(desk.horizon_minutes)
    expected = expected_rates(desk, slots)[:, list(desk.intents).index(intent)] * slots.minutes
    squares, cells = 0.0, 0
    for name, days in bank.days.items():
        weekdays = sorted({(day + 4) % 7 for day in days})
        ours = np.bincount(slots.quarter // 2, expected * np.isin(slots.weekday, weekdays), minlength=48)
        told = bank.half_hours(intent, name) * len(days)
        assert told[ours < 1e-9].sum() == 0
        often = ours >= 5
        squares += float(((told - ours)[often] ** 2 / ours[often]).sum())
        cells += int(often.sum())
    assert cells > 20
    low, high = stats.chi2.ppf([0.0005, 0.9995], cells)
    assert low < squares < high


def test_busyness_is_the_variation_between_days_that_was_drawn() -> None:
    cv = 0.16
    bank = Bank(made_up_calls(cv))
    days = sum(len(bank.days[name]) for name in ("sun, tue, thu", "mon, wed"))
    assert abs(bank.busyness_cv() - cv) < ERRORS * cv / np.sqrt(2 * days)


def test_turnover_is_the_wrap_up_that_follows_each_call(bank: Bank) -> None:
    assert bank.turnover_seconds() == pytest.approx(WRAP_UP_SECONDS, abs=1.5)


@pytest.mark.parametrize("intent", INTENTS)
def test_handle_time_is_service_and_turnover(desk: Scenario, bank: Bank, intent: str) -> None:
    handle, (mean, cv, n) = desk.intents[intent].handle, bank.service_minutes(intent)
    minutes = services(bank, intent)
    assert n == len(minutes)
    again = np.random.default_rng(5).choice(minutes, (100, n))
    error, error_of_spread = again.mean(axis=1).std(), again.std(axis=1).std()
    assert abs(mean + WRAP_UP_SECONDS / 60 - float(handle.mean)) < ERRORS * error + 0.01
    # Those who are served are those who stay, of any hour; factors by hour spread what `cv` leaves.
    per_hour = np.bincount(bank.calls.slot[bank.calls.intent == intent] // 2, minlength=24)
    squared = (1 + handle.cv**2) * np.average(factors(desk, intent) ** 2, weights=per_hour)
    assert abs(mean * cv - float(handle.mean) * np.sqrt(squared - 1)) < ERRORS * error_of_spread


@pytest.mark.parametrize("intent", BY_HOUR)
def test_handle_time_follows_the_hour_as_the_scenario_says(desk: Scenario, bank: Bank, intent: str) -> None:
    hours = bank.calls.slot[(bank.calls.intent == intent) & ~bank.calls.abandoned] // 2
    counts = np.maximum(np.bincount(hours, minlength=24), 200)
    error = float(desk.intents[intent].handle.cv) / np.sqrt(counts)
    found, given = bank.handle_by_hour(intent), factors(desk, intent)
    assert (found[:7] == 1).all()
    # Hours with few calls are pooled with their neighbours in both, but not always with the same ones.
    own = counts > 250
    assert own.sum() >= 3
    assert (np.abs(found - given)[own] < ERRORS * error[own]).all()


def test_simulated_work_of_an_hour_is_its_measured_mean(desk: Scenario, bank: Bank) -> None:
    calls = bank.calls[bank.is_open & (bank.calls.intent == "regular_service") & ~bank.calls.abandoned]
    tickets = draw_tickets(override(desk, {"arrivals.per_week": 60_000}), 3, 0)
    regular = tickets.intent == 0
    hour = tickets.arrival[regular] % 1440 // 60
    for at in (7, 15, 23):
        told = calls.service[calls.slot // 2 == at] / 60
        drawn = tickets.handle_minutes[0][regular][hour == at]
        error = np.hypot(told.std() / np.sqrt(len(told)), drawn.std() / np.sqrt(len(drawn)))
        assert abs(drawn.mean() - told.mean() - WRAP_UP_SECONDS / 60) < ERRORS * error + 0.01


@pytest.mark.parametrize("intent", INTENTS)
def test_patience_survives_as_it_was_drawn(desk: Scenario, bank: Bank, intent: str) -> None:
    left, after = np.array(desk.intents[intent].patience.quantiles, dtype=float).T
    times, survival, at_risk = bank.patience(intent)
    seconds = np.array([30, 60, 120, 300])
    risk = at_risk[np.minimum(np.searchsorted(times, seconds), len(times) - 1)]
    seconds, risk = seconds[risk >= 30], risk[risk >= 30]
    assert len(seconds) >= 3
    ours = 1 - np.interp(seconds / 60, after, left)
    error = np.sqrt(ours * (1 - ours) / risk)  # at least Greenwood's
    assert (np.abs(ours - survival_at(times, survival, seconds)) < ERRORS * error + 0.01).all()


@pytest.mark.parametrize("intent", INTENTS)
def test_priorities_of_those_who_queued_are_those_of_the_scenario(desk: Scenario, bank: Bank, intent: str) -> None:
    found = bank.tiers(intent)
    # Priority decides how long somebody queues, not whether: that hangs on a free agent alone.
    queued = int((bank.calls.queued & (bank.calls.intent == intent)).sum())
    for tier in TIERS:
        share = float(desk.intents[intent].tiers.get(tier, 0))
        assert abs(found[tier] - share) <= ERRORS * np.sqrt(share * (1 - share) / queued)


def test_mean_presence_is_the_roster(desk: Scenario, bank: Bank) -> None:
    agents = bank.agents(merge_minutes=10)
    present = rostered = 0.0
    for shift, (name, (first, last)) in zip(desk.teams["phone"].shifts, OPEN_SLOTS.items(), strict=True):
        assert shift.days == name
        mean = agents[bank.days[name]].mean(axis=0)[first:last]
        given = np.array([int(count) for count in shift.agents])[: last - first]
        # Before the first call and after the last nobody can be seen, and a quiet line hides who waits for it.
        assert (np.abs(mean - given) <= 0.5).all()
        present, rostered = present + mean.sum(), rostered + given.sum()
    assert present == pytest.approx(rostered, rel=0.03)


# -- the AI scenario -------------------------------------------------------------------------------------------


def shadow_log(pilot: Scenario, asked: list[str], rows: int = 40_000) -> tuple[Floats, Floats, Floats]:
    """Draw judgements straight from the scenario's figures: what it states, whether it is right, and solves it."""
    rng = np.random.default_rng(77)
    assert pilot.ai is not None
    assert pilot.ai.routing is not None
    shares = np.array([float(pilot.intents[name].share) for name in asked])
    intent = rng.choice(len(asked), rows, p=shares / shares.sum())
    stated = np.empty(rows)
    for place, name in enumerate(asked):
        levels, values = np.array(pilot.ai.intents[name].routing.confidence.quantiles, dtype=float).T
        stated[intent == place] = np.interp(rng.random((intent == place).sum()), levels, values)
    recognises, solves = pilot.ai.routing.calibration, pilot.ai.answer.calibration
    logit = np.log(stated) - np.log1p(-np.minimum(stated, 1 - 1e-12))
    known, solved = (
        1 / (1 + np.exp(-float(curve.shift) - float(curve.scale) * logit)) for curve in (recognises, solves)
    )
    right = rng.random(rows) < known
    return stated, right, right & (rng.random(rows) < solved)


@pytest.mark.parametrize("solving", [1.0, 2.06])
def test_confidence_and_accuracy_of_simulated_tickets_are_those_of_a_log_drawn_by_hand(solving: float) -> None:
    pilot = override(load_scenario("banking_ai_pilot"), {"weeks": 4, "ai.answer.calibration.shift": solving})
    assert pilot.ai is not None
    asked = [name for name in pilot.ai.intents if name not in INTENTS]
    assert len(asked) == 8
    run = simulate(pilot, seed=1)
    of_ai = np.isin(run.customers.intent, [list(pilot.intents).index(name) for name in asked])
    stated, right, solved = shadow_log(pilot, asked)
    simulated = run.customers.ai.route_confidence[of_ai]
    n = int(of_ai.sum())

    def near(found: Floats, told: Floats) -> bool:
        error = np.hypot(found.std() / np.sqrt(n), told.std() / np.sqrt(len(told)))
        return bool(abs(found.mean() - told.mean()) < ERRORS * error)

    assert n > 10_000
    assert near(simulated, stated)
    for threshold in (0.5, 0.7, 0.85):
        assert near(simulated >= threshold, stated >= threshold)
    assert near(run.journeys.ai.recognised[of_ai], right)
    assert near(run.journeys.ai.would_be_right[of_ai], solved)
