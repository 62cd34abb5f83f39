"""A warm-up fills the house before the first day and is not counted; without one, nothing is other than before."""

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.journeys.judgement import skill_gain
from simulator.metrics.facts import Facts
from simulator.metrics.kpis import desk_figures
from simulator.metrics.load import week_load
from simulator.money.ledger import ledger
from simulator.rosters import build_rosters
from simulator.run import Run, simulate, simulate_baseline
from simulator.scenario import Scenario, expected_rates, load_scenario, override, scenario_from
from simulator.studies.run.checks import check
from simulator.studies.running.cell import figures_of
from simulator.tickets import draw_tickets
from tests.support import theory, theory_transient
from tests.support.desks import PLAIN, ai_desk, changed, laid_over, pilot_desk, plain_desk
from tests.support.queues import relaxation
from tests.tickets.test_common_random_numbers import columns

Floats = NDArray[np.float64]
DAY = 1440.0


def warmed(scenario: Scenario, length: str = "7d") -> Scenario:
    return override(scenario, {"warm_up": length})


# -- the house is as full as on any other day --

LAM, MU = 1 / 20, 1 / 15
"""A single agent, three quarters busy, who needs most of a day to forget the empty start."""


def single_agent(**more: Any) -> Scenario:
    handle = {"form": "exponential", "mean": 1 / MU, "value": None}
    desk = {
        "arrivals": {"per_week": LAM * 10080},
        "intents": {"question": {"handle": handle}},
        "difficulty": {"handle": 0},
        "teams": {"support": {"agents": 1}},
    }
    return plain_desk(**desk, **more)


def first_hours(run: Run, hours: float) -> tuple[float, float]:
    """Return the summed wait and the number of tickets that arrive in the first hours that count."""
    here = (run.customers.arrival >= 0) & (run.customers.arrival < hours * 60)
    return float(Facts(run).wait[here].sum()), float(here.sum())


def mean_and_error(parts: Floats, expected: float) -> tuple[float, float]:
    """Estimate a ratio of sums over replications, and its standard error (the rate of arrivals is known)."""
    waited, counted = parts.T
    spread = (waited - expected * counted).std(ddof=1) / math.sqrt(len(parts)) / counted.mean()
    return float(waited.sum() / counted.sum()), float(spread)


@pytest.mark.slow
def test_the_first_hours_wait_as_the_steady_state_says_and_without_a_warm_up_as_an_empty_house_says() -> None:
    cold, warm = single_agent(), single_agent(warm_up="5d")
    assert 8 * relaxation(LAM, MU, 1) < 5 * DAY
    seen = [
        [first_hours(simulate(desk, seed=11, replication=number), 6) for number in range(500)] for desk in (cold, warm)
    ]
    steady = theory.mean_wait(LAM, MU, 1)
    from_empty = theory_transient.mmc_from_empty(360, LAM, MU, 1).mean_wait
    assert steady == pytest.approx(45)
    for parts, known in zip(seen, (from_empty, steady), strict=True):
        mean, error = mean_and_error(np.array(parts), known)
        assert error <= 0.06 * known
        assert abs(mean - known) <= 4 * error
    assert mean_and_error(np.array(seen[0]), steady)[0] < 0.6 * steady


def test_the_first_midnight_finds_the_backlog_that_was_left_and_no_week_begins_empty() -> None:
    office = {"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 4}
    desk = plain_desk(teams={"support": {"agents": None, "shifts": [office]}}, arrivals={"per_week": 400})
    cold, warm = (week_load(Facts(simulate(scenario, seed=3))) for scenario in (desk, warmed(desk)))
    assert cold.backlog[0] == 0
    run = simulate(warmed(desk), seed=3)
    weekend = run.customers.arrival[(run.customers.arrival > -55 * 60) & (run.customers.arrival < 0)]
    # All who wrote since Friday at five are waiting, and perhaps some who wrote before.
    assert warm.backlog[0] >= len(weekend) > 80


# -- what a warm-up leaves alone --


@pytest.mark.parametrize(
    "desk",
    [
        pilot_desk(),
        pilot_desk(teams={"front": {"absence": 0.2, "shrinkage": 0.3}}, arrivals={"weekly_growth": 0.05}),
        plain_desk(teams={"support": {"agents": None, "shifts": [
            {"days": "daily", "start": "22:00", "end": "06:00", "agents": 3},
        ], "absence": 0.3, "shrinkage": 0.2}}),
    ],
    ids=["pilot", "absences and growth", "night shifts"],
)  # fmt: skip
def test_customers_and_rosters_that_count_are_the_same_with_and_without_a_warm_up(desk: Scenario) -> None:
    cold, warm = draw_tickets(desk, 4, 2), draw_tickets(warmed(desk, "10d"), 4, 2)
    early = int((~warm.is_counted).sum())
    assert early > 50
    one, other = columns(cold), columns(warm)
    for name in one.keys() - {".slot"}:
        np.testing.assert_array_equal(one[name], other[name][early:], err_msg=name)
    edges = np.arange(0, desk.horizon_minutes, 7.0)
    for here, there in zip(build_rosters(desk, 4, 2), build_rosters(warmed(desk, "10d"), 4, 2), strict=True):
        assert there.times[0] == warmed(desk, "10d").opening_minutes < 0 == here.times[0]
        np.testing.assert_allclose(there.on_duty_minutes(edges), here.on_duty_minutes(edges), atol=1e-6)
        assert there.rostered_minutes == here.rostered_minutes


@pytest.mark.parametrize("growth", [0, 0.05])
def test_a_longer_warm_up_adds_customers_before_the_others_and_changes_none(growth: float) -> None:
    desk = pilot_desk(arrivals={"weekly_growth": growth})
    one, other = (columns(draw_tickets(warmed(desk, length), 1, 0)) for length in ("3d", "12w"))
    more = len(other[".arrival"]) - len(one[".arrival"])
    assert more > 500
    for name in one.keys() - {".slot"}:
        np.testing.assert_array_equal(one[name], other[name][more:], err_msg=name)


def test_variants_meet_the_same_customers_in_the_warm_up_too() -> None:
    desk = warmed(pilot_desk())
    variant = changed(desk, policy__answer_threshold=0.5, teams__front__shifts=[
        {"days": "daily", "start": "06:00", "end": "22:00", "agents": 9},
    ])  # fmt: skip
    one, other = columns(draw_tickets(desk, 1, 0)), columns(draw_tickets(variant, 1, 0))
    for name, column in one.items():
        np.testing.assert_array_equal(column, other[name], err_msg=name)
    run = simulate(desk)
    assert np.array_equal(simulate_baseline(run).customers.arrival, run.customers.arrival)


def test_a_house_that_is_never_busy_has_the_same_figures_with_and_without_a_warm_up() -> None:
    desk = plain_desk(
        teams={"support": {"agents": 50}}, costs={"agent_per_hour": 20}, csat={"human_mean": 4},
        sla={"first_response": {"default": "1h"}},
    )  # fmt: skip
    figures = []
    for scenario in (desk, warmed(desk)):
        run = simulate(scenario, seed=2)
        figures.append(figures_of(run, Facts(run), None, 1.0))
    cold, warm = figures
    warm_kpis, cold_kpis = dict(warm.arm.kpis), dict(cold.arm.kpis)
    assert warm_kpis.pop("occupancy") == pytest.approx(cold_kpis.pop("occupancy"), rel=0.01)
    assert warm_kpis == pytest.approx(cold_kpis, nan_ok=True)
    assert dict(warm.groups) == pytest.approx(dict(cold.groups), nan_ok=True)
    assert warm.arm.flow == cold.arm.flow
    assert dict(warm.arm.costs) == pytest.approx(dict(cold.arm.costs))


# -- what counts --


def test_tickets_in_are_resolved_abandoned_lost_or_open_and_counted_ones_are_those_of_the_weeks() -> None:
    run = simulate(warmed(pilot_desk(drain=0)))
    table = run.tickets
    assert table.outcome.isin(["resolved", "abandoned", "lost", "open"]).all()
    assert table.is_counted.tolist() == (table.arrival_minutes >= 0).tolist() == (table.week >= 1).tolist()
    assert table.is_counted.is_monotonic_increasing
    assert table.week.min() == 0
    found = figures_of(run, Facts(run), Facts(simulate_baseline(run)), 1.0)
    assert found.arm.kpis["tickets"] == table.is_counted.sum() < len(table)
    assert sum(found.groups["week", f"week {week}", "tickets"] for week in range(1, 5)) == table.is_counted.sum()
    arrived = sum(count for (origin, _), count in found.arm.flow.items() if origin == "Arrived")
    assert arrived == table.is_counted.sum()
    assert set(run.steps.ticket) == set(table.ticket)
    assert "of them in the warm-up" in repr(run)


def test_hours_of_a_warm_up_are_not_paid_and_its_work_is_not_billed() -> None:
    prices = {"per_ticket": 1, "per_month": 100}
    desk = ai_desk(costs={"agent_per_hour": 20, "ai": prices, "qa_hours_per_week": 1})
    warm = Facts(simulate(warmed(desk, "4w")))
    spent = ledger(warm, warm.scenario.costs)
    assert spent.agents_cash == pytest.approx(3 * 168 * 20)
    assert spent.lines["ai_bill"] == pytest.approx(warm.n_counted + 100 * 12 / 52)
    assert spent.lines["qa"] == 20
    assert spent.agent_hours == pytest.approx(warm.human_minutes[warm.counted].sum() / 60)


def test_load_is_by_the_clock_within_the_weeks_whoever_causes_it() -> None:
    """Work left over from a warm-up fills the first week's backlog and occupancy."""
    sundays = {"arrivals": {"per_week": 600, "profile": {"sun": [0] * 23 + [1]}}, "teams": {"support": {"agents": 1}}}
    run = simulate(warmed(plain_desk(**sundays), "1d"))
    facts = Facts(run)
    load = week_load(facts)
    early = ~facts.counted
    assert early.sum() > 400
    first_days = load.busy[0, : 3 * 24].sum()
    assert first_days == pytest.approx(3 * DAY)  # all of it on tickets of the Sunday before
    assert desk_figures(facts, load)["occupancy"] > 0.4
    assert load.backlog[0] == (early & (facts.tickets.arrival + facts.wait > 0)).sum() > 400
    assert load.waiters.sum() == facts.counted.sum()


# -- time --


@pytest.mark.parametrize(
    ("start", "length", "minutes"),
    [
        ("2026-03-30", "7d", 7 * DAY - 60),  # clocks went forward on the 29th
        ("2026-10-26", "1d", DAY + 60),  # and back on the 25th
        ("2026-08-31", "12w", 84 * DAY),
        ("2026-04-06", "14d", 14 * DAY - 60),
    ],
)
def test_a_warm_up_begins_at_a_local_midnight(start: str, length: str, minutes: float) -> None:
    desk = pilot_desk(start=start, warm_up=length, weeks=1, policy={"phases": []})
    assert desk.opening_minutes == -minutes
    slots = desk.wall.slots(desk.horizon_minutes, desk.opening_minutes)
    assert slots.start[0] == -minutes
    assert slots.minutes.sum() == desk.horizon_minutes + minutes
    assert slots.dates[0] == desk.start - desk.warm_up_days
    for minute, weekday, quarter, day in zip(
        slots.start[::97], slots.weekday[::97], slots.quarter[::97], slots.day[::97], strict=True
    ):
        local = desk.wall.local(minute)
        assert (local.weekday(), local.hour * 4 + local.minute // 15) == (weekday, quarter)
        assert desk.start + timedelta(days=int(day)) == local.date()
    tickets = draw_tickets(desk, 1, 0)
    assert tickets.arrival[0] >= -minutes
    days = [(desk.wall.local(minute).date() - desk.start).days for minute in tickets.arrival]
    assert tickets.day.tolist() == days
    assert tickets.week.tolist() == [day // 7 + 1 for day in days]


def test_growth_goes_on_backwards_and_holidays_and_surges_stay_on_their_dates() -> None:
    desk = plain_desk(
        arrivals={
            "per_week": 10080, "weekly_growth": 0.25, "holidays": {"dates": ["2026-02-20"], "multiplier": 0.5},
            "surges": [{"name": "outage", "start": "2026-02-25", "end": "2026-02-26", "multiplier": 3}],
        },
        warm_up="3w",
    )  # fmt: skip
    slots = desk.wall.slots(desk.horizon_minutes, desk.opening_minutes)
    rates = expected_rates(desk)[:, 0]
    by_day = {slots.dates[number]: rates[slots.date_index == number].mean() for number in set(slots.date_index)}
    wanted = {}
    for number in range(-21, 7):
        day = desk.start + timedelta(days=number)
        wanted[day] = 1.25 ** (number // 7) * {"2026-02-20": 0.5, "2026-02-25": 3}.get(str(day), 1)
    assert by_day == pytest.approx(wanted)


def test_public_holidays_of_the_year_before_count_in_a_warm_up() -> None:
    desk = plain_desk(start="2026-01-05", warm_up="14d", arrivals={"holidays": {"country": "GB", "multiplier": 0}})
    tickets = draw_tickets(desk, 1, 0)
    dates = {desk.wall.local(minute).date().isoformat() for minute in tickets.arrival}
    assert "2025-12-24" in dates
    assert "2025-12-25" not in dates


def test_targets_on_a_business_clock_run_in_a_warm_up_too() -> None:
    hours = [{"days": "daily", "open": "09:00", "close": "17:00"}]
    sla = {"first_response": {"default": "2m"}, "clock": "business", "business_hours": hours}
    facts = Facts(simulate(warmed(plain_desk(sla=sla, teams={"support": {"agents": 20}}))))
    opened = np.array([9 <= facts.scenario.wall.local(minute).hour < 17 for minute in facts.tickets.arrival])
    assert facts.response_breach[~facts.counted & opened].mean() > 0.9
    assert facts.response_breach[facts.counted & opened].mean() > 0.9


def test_outages_have_the_same_share_of_a_warm_up_as_of_the_weeks() -> None:
    desk = ai_desk(arrivals={"per_week": 2000}, ai={"availability": {"uptime": 0.8, "repair": "1h"}})
    up = [draw_tickets(warmed(desk), 1, number) for number in range(40)]
    before = np.array([tickets.ai.is_up[~tickets.is_counted].mean() for tickets in up])
    assert abs(before.mean() - 0.8) <= 4 * before.std(ddof=1) / math.sqrt(len(before)) < 0.03
    # An outage under way at the start began before it: the last ticket before and the first one after mostly agree.
    pairs = [(tickets.ai.is_up[~tickets.is_counted][-1], tickets.ai.is_up[tickets.is_counted][0]) for tickets in up]
    assert sum(last == first for last, first in pairs) >= 36
    assert len({last for last, _ in pairs}) == 2


# -- rules, rosters and learning --


def test_a_ticket_of_the_warm_up_lives_by_the_general_rules_not_by_the_first_phase() -> None:
    desk = ai_desk(policy={"mode": "off", "phases": [{"name": "live", "from_week": 1, "mode": "auto"}]}, warm_up="7d")
    table = simulate(desk).tickets
    assert set(table[~table.is_counted]["mode"]) == {"off"}
    assert set(table[table.is_counted]["mode"]) == {"auto"}
    plain = simulate(ai_desk(policy={"mode": "auto"}, warm_up="7d")).tickets
    assert set(plain["mode"]) == {"auto"}


def test_the_roster_of_week_1_is_worked_in_a_warm_up() -> None:
    shift = {"days": "daily", "start": "09:00", "end": "17:00"}
    shifts = [{**shift, "agents": 2, "to_week": 1}, {**shift, "agents": 5, "from_week": 2}]
    desk = plain_desk(weeks=2, warm_up="7d", teams={"support": {"agents": None, "shifts": shifts}})
    (roster,) = build_rosters(desk, 1, 0)
    hours = roster.on_duty_minutes(np.array([-7 * DAY, 0, 7 * DAY, 14 * DAY])) / 60
    assert hours.tolist() == [2 * 56, 2 * 56, 5 * 56]
    assert roster.rostered_minutes == 60 * (2 * 56 + 5 * 56)


def test_reviews_in_a_warm_up_teach_nothing_and_later_ones_teach_as_without_it() -> None:
    learning = {"per_review": 0.01, "ceiling": 1.2, "reviews_per_week": 25, "lifts_confidence": 0.5}
    drift = [{"name": "news", "from_week": 1, "log_odds": -0.3, "per_week": -0.1}]
    cold = ai_desk(weeks=3, policy={"mode": "shadow"}, ai={"learning": learning, "drift": drift})
    found = []
    for desk in (cold, warmed(cold, "14d")):
        tickets = draw_tickets(desk, 1, 0)
        drafted = np.ones(len(tickets), dtype=np.bool_)
        gains = skill_gain(desk, desk.ai, tickets, drafted, ~drafted)
        assert not gains[0][~tickets.is_counted].any()
        found.append([gain[tickets.is_counted] for gain in gains])
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0][0].max() > 0.3


# -- replay --


def log_of(folder: Path, rows: list[str], **changes: Any) -> Scenario:
    (folder / "log.csv").write_text("created_at,intent\n" + "\n".join(f"{row},question" for row in rows) + "\n")
    replay = {"replay": {"file": "log.csv", "intent": changes.pop("intent", "intent")}}
    return scenario_from({**laid_over(PLAIN, changes), "arrivals": replay}, folder)


@pytest.mark.parametrize("intent", ["intent", None])
def test_rows_before_the_start_are_replayed_as_the_warm_up(tmp_path: Path, intent: str | None) -> None:
    rows = ["2026-03-02T09:00:00", "2026-03-01T23:59:00", "2026-02-28T00:00:00", "2026-03-03T10:30:00"]
    desk = log_of(tmp_path, rows, warm_up="2d", intent=intent)
    table = simulate(desk).tickets
    assert table.arrival_minutes.tolist() == [-2880, -1, 540, 1440 + 630]
    assert table.is_counted.tolist() == [False, False, True, True]


def test_a_loaded_replay_can_shed_its_warm_up_but_not_grow_one(tmp_path: Path) -> None:
    desk = log_of(tmp_path, ["2026-03-01T23:59:00", "2026-02-28T00:00:00", "2026-03-02T09:00:00"], warm_up="2d")
    assert simulate(override(desk, {"warm_up": "1d"})).tickets.arrival_minutes.tolist() == [-1, 540]
    assert simulate(override(desk, {"warm_up": 0})).tickets.arrival_minutes.tolist() == [540]
    assert check(desk).tickets == 1


# -- checks before simulating --


def test_checks_count_the_load_of_the_weeks_only() -> None:
    desk = pilot_desk()
    cold, warm = check(desk), check(warmed(desk))
    assert warm.tickets == cold.tickets
    for one, other in zip(cold.loads, warm.loads, strict=True):
        np.testing.assert_allclose(one.offered, other.offered)
        np.testing.assert_allclose(one.on_duty, other.on_duty)


def test_checks_warn_of_an_ai_that_nobody_has_switched_off_before_the_first_phase() -> None:
    phases = [{"name": "first", "from_week": 1, "mode": "shadow"}]
    unsaid = ai_desk(policy={"phases": phases}, warm_up="7d")
    texts = [f"{finding.path} {finding.text}" for finding in check(unsaid).findings]
    wanted = (
        "policy.mode is not given, so before phase 'first' begins, in the warm-up, the AI is in auto mode;"
        " say what it does then, such as `mode: off` for a desk that had no AI"
    )
    assert wanted in texts
    later = override(ai_desk(policy={"phases": phases}), ["warm_up=7d"])
    assert wanted in [f"{finding.path} {finding.text}" for finding in check(later).findings]
    said = ai_desk(policy={"mode": "off", "phases": phases}, warm_up="7d")
    assert not [finding for finding in check(said).findings if finding.path == "policy.mode"]
    assert [f for f in check(override(said, {"warm_up": 0})).findings if f.path == "policy.mode"]


def test_a_warm_up_counts_towards_the_limit_on_tickets() -> None:
    desk = plain_desk(arrivals={"per_week": 100}, max_tickets=150)
    with pytest.raises(Exception, match="gives about 200 tickets; must stay below max_tickets"):
        warmed(desk)


def test_the_default_is_no_warm_up() -> None:
    desk = load_scenario("saas_pilot", ["warm_up=0"])
    assert plain_desk().warm_up == desk.warm_up == 0
    assert desk.opening_minutes == 0
    assert build_rosters(desk, 1, 0)[0].times[0] == 0
    assert draw_tickets(plain_desk(), 1, 0).is_counted.all()
