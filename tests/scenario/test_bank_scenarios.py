"""The bank's scenarios hold what was measured, and the simulated desk still behaves as the validation page says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.base.model_base import Frozen
from simulator.base.quantities import Figure
from simulator.run import simulate
from simulator.scenario import Scenario, expected_tickets, load_scenario, override
from simulator.tickets import draw_tickets
from tests.support.bank_data import (
    BY_HOUR,
    CALLS_FILE,
    CLASSES,
    DEFAULT_FOLDER,
    INTENTS,
    OPEN_SLOTS,
    TIERS,
    Bank,
    read_calls,
    survival_at,
)

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SHADOW_LOG = DEFAULT_FOLDER / "banking77_shadow_log.csv"
GROUPS = (
    "cards_and_pins", "card_payments", "cash", "transfers", "top_ups", "fees_and_rates", "account_and_identity",
    "lost_or_stolen",
)  # fmt: skip


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return load_scenario(SCENARIOS / "bank_call_centre.yaml")


@pytest.fixture(scope="module")
def pilot() -> Scenario:
    return load_scenario(SCENARIOS / "banking_ai_pilot.yaml")


@pytest.fixture(scope="module")
def bank() -> Bank:
    if not (DEFAULT_FOLDER / CALLS_FILE).is_file():
        pytest.skip(f"the recorded calls are not here: ../shared/data/{CALLS_FILE} is missing")
    return Bank(read_calls(DEFAULT_FOLDER))


# -- the scenario holds what was measured ------------------------------------------------------------------


def test_weekly_volume_is_the_recorded_one(desk: Scenario, bank: Bank) -> None:
    recorded = sum(bank.per_week(intent) for intent in INTENTS)
    assert expected_tickets(desk) / 8 == pytest.approx(recorded, rel=0.01)


@pytest.mark.parametrize("intent", INTENTS)
def test_shares_of_call_types_are_the_recorded_ones(desk: Scenario, bank: Bank, intent: str) -> None:
    total = sum(bank.per_week(name) for name in INTENTS)
    assert float(desk.intents[intent].share) == pytest.approx(bank.per_week(intent) / total, abs=0.001)


@pytest.mark.parametrize("intent", INTENTS)
def test_each_hour_of_the_week_gets_its_recorded_share_of_calls(desk: Scenario, bank: Bank, intent: str) -> None:
    from simulator.scenario import expected_rates

    slots = desk.wall.slots(desk.horizon_minutes)
    column = list(desk.intents).index(intent)
    calls = expected_rates(desk, slots)[:, column] * slots.minutes / 8
    # Profiles say what new customers do on Monday and Wednesday; for the others Sunday to Thursday are one.
    workdays = ("sun, tue, thu", "mon, wed")
    parts = [("sun, tue, thu",), ("mon, wed",)] if intent == "new_customer" else [workdays]
    for names in [*parts, ("fri",), ("sat",)]:
        days = [day for name in names for day in CLASSES[name]]
        ours = np.bincount(slots.quarter // 4, calls * np.isin(slots.weekday, days), minlength=24) / len(days)
        halves = sum(len(CLASSES[name]) * bank.half_hours(intent, name) for name in names) / len(days)
        np.testing.assert_allclose(ours, halves.reshape(24, 2).sum(axis=1), rtol=0.02, atol=0.11)


def test_busyness_is_the_recorded_variation_between_days(desk: Scenario, bank: Bank) -> None:
    assert float(desk.arrivals.busyness_cv) == pytest.approx(bank.busyness_cv(), abs=0.01)


@pytest.mark.parametrize("intent", INTENTS)
def test_handle_time_is_recorded_service_and_turnover(desk: Scenario, bank: Bank, intent: str) -> None:
    handle, (mean, cv, n) = desk.intents[intent].handle, bank.service_minutes(intent)
    wrap_up = bank.turnover_seconds() / 60
    weight, factors = _calls_per_hour(bank, intent), _factors(desk, intent)
    assert float(handle.mean) == pytest.approx(mean + wrap_up, rel=0.001)
    # Over all hours of the day: factors move work between them and add none, and `cv` leaves room for their spread.
    squared = (1 + handle.cv**2) * np.average(factors**2, weights=weight)
    assert np.average(factors, weights=weight) == pytest.approx(1, abs=0.0005)
    assert float(handle.mean) * np.sqrt(squared - 1) == pytest.approx(mean * cv, rel=0.002)
    assert handle.mean.n == n


@pytest.mark.parametrize("intent", BY_HOUR)
def test_handle_time_follows_the_hour_as_recorded(desk: Scenario, bank: Bank, intent: str) -> None:
    np.testing.assert_allclose(_factors(desk, intent), bank.handle_by_hour(intent), atol=0.0006)


def test_simulated_work_of_an_hour_is_its_recorded_mean(desk: Scenario, bank: Bank) -> None:
    """Not a check of the file but of what becomes of it: at seven, at three and at eleven at night."""
    calls = bank.calls[bank.is_open & (bank.calls.intent == "regular_service") & ~bank.calls.abandoned]
    recorded = calls.service.groupby(calls.slot // 2).mean() / 60 + bank.turnover_seconds() / 60
    tickets = [draw_tickets(override(desk, {"arrivals.per_week": 60_000}), 1, replication) for replication in range(2)]
    hour = np.concatenate([t.arrival[t.intent == 0] % 1440 // 60 for t in tickets])
    minutes = np.concatenate([t.handle_minutes[0][t.intent == 0] for t in tickets])
    for at in (7, 15, 23):
        assert minutes[hour == at].mean() == pytest.approx(recorded[at], rel=0.03)


def _factors(desk: Scenario, intent: str) -> Any:
    given = desk.intents[intent].handle_by_hour
    if given is None:
        return np.ones(24)
    assert list(given) == ["daily"]
    return np.array([float(factor) for factor in given["daily"]])


def _calls_per_hour(bank: Bank, intent: str) -> Any:
    halves = sum(len(numbers) * bank.half_hours(intent, name) for name, numbers in CLASSES.items())
    return halves.reshape(24, 2).sum(axis=1)


@pytest.mark.parametrize("intent", INTENTS)
def test_patience_survives_as_kaplan_and_meier_say(desk: Scenario, bank: Bank, intent: str) -> None:
    quantiles = desk.intents[intent].patience.quantiles
    left, after = np.array(quantiles, dtype=float).T
    times, survival, at_risk = bank.patience(intent)
    seconds = np.array([30, 60, 120, 300])
    # Beyond the last time with 30 callers in line the curve is extrapolated, so there is nothing to compare.
    seconds = seconds[[at_risk[np.searchsorted(times, second)] >= 30 for second in seconds]]
    assert len(seconds) >= 3
    ours = 1 - np.interp(seconds / 60, after, left)
    np.testing.assert_allclose(ours, survival_at(times, survival, seconds), atol=0.02)


@pytest.mark.parametrize("intent", INTENTS)
def test_priorities_are_the_recorded_ones(desk: Scenario, bank: Bank, intent: str) -> None:
    recorded = bank.tiers(intent)
    for tier in TIERS:
        assert float(desk.intents[intent].tiers.get(tier, 0)) == pytest.approx(recorded[tier], abs=0.001)


def test_the_roster_is_mean_presence_rounded(desk: Scenario, bank: Bank) -> None:
    agents = bank.agents(merge_minutes=10)
    for shift, (name, (first, last)) in zip(desk.teams["phone"].shifts, OPEN_SLOTS.items(), strict=True):
        assert shift.days == name
        mean = agents[bank.days[name]].mean(axis=0)[first:last]
        assert [int(count) for count in shift.agents] == [*np.rint(mean).astype(int).tolist(), 1]


# -- the AI scenario -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shadow_log() -> Any:
    if not SHADOW_LOG.is_file():
        pytest.skip(f"the shadow log is not here: ../shared/data/{SHADOW_LOG.name} is missing")
    import pandas as pd

    return pd.read_csv(SHADOW_LOG)


def test_stated_confidence_and_accuracy_are_the_measured_ones(pilot: Scenario, shadow_log: Any) -> None:
    run = simulate(override(pilot, {"weeks": 4}), seed=1)
    asked = np.isin(run.customers.intent, [list(pilot.intents).index(group) for group in GROUPS])
    stated = run.customers.ai.route_confidence[asked]
    assert stated.mean() == pytest.approx(shadow_log.confidence.mean(), abs=0.012)
    for threshold in (0.5, 0.7, 0.85):
        assert (stated >= threshold).mean() == pytest.approx((shadow_log.confidence >= threshold).mean(), abs=0.015)
    # 94.9 % fall into the right one of eight groups; of 77 kinds 88.0 % are right, which no group can go below.
    right = run.journeys.ai.recognised[asked].mean()
    assert right == pytest.approx(0.949, abs=0.01)
    assert right > shadow_log.correct.mean()


def test_the_best_possible_answers_are_right_as_often_as_the_exact_kind_was(pilot: Scenario, shadow_log: Any) -> None:
    high = pilot.ai.answer.calibration.shift.high
    best = override(pilot, {"ai.answer.calibration.shift": high, "weeks": 4})
    run = simulate(best, seed=1)
    asked = np.isin(run.customers.intent, [list(pilot.intents).index(group) for group in GROUPS])
    assert run.journeys.ai.would_be_right[asked].mean() == pytest.approx(shadow_log.correct.mean(), abs=0.015)


def test_callers_of_the_ai_scenario_are_those_of_the_desk(desk: Scenario, pilot: Scenario) -> None:
    regular = desk.intents["regular_service"]
    for group in GROUPS:
        for field in ("handle", "handle_by_hour", "patience", "profile", "tiers"):
            assert getattr(pilot.intents[group], field) == getattr(regular, field)
    split = sum(float(pilot.intents[name].share) for name in (*GROUPS, "regular_service"))
    assert split == pytest.approx(float(regular.share), abs=1e-4)
    assert expected_tickets(pilot) == pytest.approx(expected_tickets(desk), rel=1e-3)


def test_the_menu_is_certain_and_other_calls_never_meet_the_ai(pilot: Scenario) -> None:
    run = simulate(override(pilot, {"weeks": 1}), seed=1)
    by_menu = ~np.isin(run.customers.intent, [list(pilot.intents).index(group) for group in GROUPS])
    assert by_menu.any()
    assert run.journeys.ai.recognised[by_menu].all()
    assert not run.journeys.ai.answered[by_menu].any()


def test_a_lower_threshold_answers_more_and_frees_the_line(pilot: Scenario) -> None:
    runs = [simulate(override(pilot, {"policy.answer_threshold": t, "weeks": 2}), seed=1) for t in (0.6, 0.85)]
    low, high = (run.journeys.ai.answered.mean() for run in runs)
    assert low == pytest.approx(0.31, abs=0.02)  # 68 % (below: 42 %) of the 47 % of calls it is asked
    assert high == pytest.approx(0.19, abs=0.02)
    gone_low, gone_high = (run.log.abandoned.sum() for run in runs)
    assert gone_low < 0.85 * gone_high


# -- both ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bank_call_centre", "banking_ai_pilot"])
def test_every_figure_names_its_source(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    without = [path for path, figure in _figures(scenario, "") if not scenario.source_of(path, figure)]
    assert without == []


def _figures(value: Any, path: str) -> Iterator[tuple[str, Figure]]:
    if isinstance(value, Figure):
        yield path, value
    elif isinstance(value, Frozen):
        for name in type(value).model_fields:
            yield from _figures(getattr(value, name), f"{path}.{name}" if path else name)
    elif hasattr(value, "items"):
        for name, item in value.items():
            yield from _figures(item, f"{path}.{name}")
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _figures(item, f"{path}[{position}]")


# -- the desk behaves as it did when it was validated ----------------------------------------------------------


def _outputs(scenario: Scenario) -> tuple[float, float, float]:
    """Return the shares that wait and hang up, and the mean wait in seconds, of two runs of two weeks."""
    logs = [simulate(override(scenario, {"weeks": 2}), seed=seed).log for seed in (1, 2)]
    wait = np.concatenate([np.where(log.abandoned, log.ended, log.began) - log.joined for log in logs])
    gone = np.concatenate([log.abandoned for log in logs])
    return float((wait > 0).mean()), float(gone.mean()), float(wait.mean() * 60)


def test_the_desk_waits_and_hangs_up_as_validated(desk: Scenario) -> None:
    """Guard the validation page: 51.4 % wait, 12.3 % hang up, 48 s (the bank: 56.7 %, 11.4 %, 41 s).

    Busy days make two runs of two weeks spread by 3.2 points, 1.2 points and 5.4 s (standard deviations over 60 such
    pairs), so each range is three of them on either side. One agent more at any time gives 35 %, 6.9 % and 25 s; one
    agent less 72 %, 23 % and 98 s.
    """
    waits, hangs_up, seconds = _outputs(desk)
    assert 0.418 < waits < 0.610
    assert 0.087 < hangs_up < 0.159
    assert 32 < seconds < 64


def test_with_equal_days_the_desk_is_as_validated_within_a_narrow_range(desk: Scenario) -> None:
    """Guard the page's row without busy days: 50.0 % wait, 11.1 % hang up, 43 s.

    Pairs of runs spread by 1.1 points, 0.4 points and 2 s; again three of them. Without wrap-up the same runs give
    44.1 %, 8.9 % and 33 s, outside all three.
    """
    waits, hangs_up, seconds = _outputs(override(desk, {"arrivals.busyness_cv": 0}))
    assert 0.468 < waits < 0.532
    assert 0.098 < hangs_up < 0.124
    assert 36.7 < seconds < 48.7


def test_the_ends_of_the_day_are_no_harsher_than_its_middle(desk: Scenario) -> None:
    """Guard the page's hours, which the totals do not show.

    At 7:00 and 23:00 as many hang up as from 9:00 to 18:00: 12.1 % and 12.7 % with equal days (60 pairs spread by 1.3
    and 0.5 points, their ratio by 0.12). With one handle time at any hour it would be 16.9 % and 11.7 %.
    """
    equal = override(desk, {"weeks": 2, "arrivals.busyness_cv": 0})
    runs = [simulate(equal, seed=seed) for seed in (1, 2)]
    hour = np.concatenate([run.customers.arrival % 1440 // 60 for run in runs])
    gone = np.concatenate([run.log.abandoned for run in runs])
    ends, middle = gone[np.isin(hour, (7, 23))].mean(), gone[(hour >= 9) & (hour < 18)].mean()
    assert 0.6 < ends / middle < 1.3
