"""Every KPI, computed again ticket by ticket from its definition, and compared."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.metrics.facts import Facts
from simulator.metrics.kpis import applicable, measures
from simulator.metrics.measures import Quantile, Ratio, Total
from simulator.metrics.registry import BY_NAME, HEADLINE, KPIS
from simulator.run import Run, simulate, simulate_baseline
from simulator.scenario import Scenario, override, scenario_from
from simulator.studies.running.cell import figures_of, satisfaction_anchor
from tests.support import by_hand
from tests.support.by_hand import Case
from tests.support.desks import PLAIN, ai_desk, laid_over, pilot_desk, plain_desk


def live_desk() -> Scenario:
    """An AI with one pair of hands, cut off at the last minute; targets by priority on a business clock."""
    return pilot_desk(
        name="live",
        drain=0,
        weeks=2,
        timezone="America/New_York",
        arrivals={"per_week": 250, "holidays": {"dates": ["2026-03-09"], "multiplier": 0.5}},
        ai={"concurrency": 1, "availability": None, "conversation": {"latency": "9m", "exchanges": 3}},
        policy={"mode": "auto", "phases": [], "intents": {"bug": {"mode": "shadow"}}, "answer_threshold": 0.7},
        handling={"triage": None, "reopen": {"share": 0.3, "delay": "30h"}},
        sla={
            "first_response": {"urgent": "15m", "vip": None, "default": "2h"},
            "resolution": {"urgent": "4h", "high": "7h", "vip": None, "plus": None},
            "by": "priority",
            "clock": "business",
            "business_hours": [
                {"days": "mon-fri", "open": "09:00", "close": "17:30"},
                {"days": "sat", "open": "10:00", "close": "12:00"},
            ],
            "ai_reply_counts": False,
            "windows": [{"name": "peak", "from_week": 2, "to_week": 2, "factor": 2}],
        },
        baseline=None,
    )


def surge_desk() -> Scenario:
    """An AI that answers, asks and routes more freely while people are behind with their work."""
    return pilot_desk(
        name="surges",
        weeks=2,
        drain="2h",
        policy={
            "mode": "auto",
            "phases": [],
            "surge": {
                "when": "queue_wait > 45m",
                "queues": ["front", "triage"],
                "use": {
                    "answer_threshold": 0.6, "gather_threshold": 0.4, "route_threshold": 0.6,
                    "intents": {"billing": {"answer_threshold": 0.7}},
                },
            },
        },
    )  # fmt: skip


def people_desk() -> Scenario:
    """No AI: a telephone line that people leave, some of whom write an e-mail instead."""
    return plain_desk(
        name="people",
        drain="3h",
        arrivals={"per_week": 900, "profile": "office_hours"},
        channels={
            "phone": {
                "share": 0.6, "live": True, "patience": "3m", "on_abandon": {"retries": 0.6, "channel": "email"},
            },
            "email": {"share": 0.4},
        },
        intents={"question": {"handle": "8m", "follow_ups": 0.5, "reopen": 0.2}},
        teams={"support": {"agents": None, "shifts": [
            {"days": "mon-fri", "start": "08:00", "end": "20:00", "agents": 4},
            {"days": "sat-sun", "start": "10:00", "end": "16:00", "agents": 1},
        ]}},
        sla={"first_response": {"default": "20s"}},
        csat={"human_mean": 4.0},
        costs={"agent_per_hour": 20, "churn": 0.1, "customer_value": 50, "sla_penalty": 1},
    )  # fmt: skip


DESKS = {
    "pilot": pilot_desk,
    "live": live_desk,
    "people": people_desk,
    "surges": surge_desk,
    "pilot after a warm-up": lambda: pilot_desk(warm_up="7d", policy={"mode": "shadow"}),
    "live after a warm-up": lambda: override(live_desk(), {"warm_up": "3d"}),
}


class Both:
    """A desk simulated once, as the package sees it and as it is read by hand."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.run: Run = simulate(scenario, seed=3)
        self.facts = Facts(self.run)
        self.anchor = satisfaction_anchor(scenario, 3)
        self.by_hand = by_hand.Desk(self.run)
        self.baseline_run = simulate_baseline(self.run) if scenario.ai is not None else None
        self.baseline = Facts(self.baseline_run) if self.baseline_run is not None else None
        self.baseline_by_hand = by_hand.Desk(self.baseline_run) if self.baseline_run is not None else None
        self.found = figures_of(self.run, self.facts, self.baseline, self.anchor)

    def expected(self) -> dict[str, float]:
        """Work every applicable KPI out by hand."""
        definitions = {**by_hand.BY_DEFINITION, **by_hand.satisfaction(self.anchor)}
        wanted = {name: definitions[name](self.by_hand.counted_cases) for name in definitions if name in self.names}
        names = ("backlog_mean", "backlog_peak", "backlog_end")
        wanted |= dict(zip(names, self.by_hand.backlog(), strict=True))
        wanted["occupancy"] = self.by_hand.occupancy()
        other = self.baseline_by_hand or self.by_hand
        wanted |= {name: value for name, value in by_hand.money(self.by_hand, other).items() if name in self.names}
        if self.baseline_by_hand is not None:
            wanted["csat_gap"] = by_hand.csat_gap(self.by_hand, self.baseline_by_hand, self.anchor)
        return wanted

    @property
    def names(self) -> tuple[str, ...]:
        return applicable(self.scenario)


@pytest.fixture(scope="module", params=list(DESKS))
def both(request: pytest.FixtureRequest) -> Both:
    return Both(DESKS[request.param]())


def differences(found: dict[Any, float], wanted: dict[Any, float]) -> dict[Any, tuple[float, float]]:
    """List where two tables differ, NaN being equal to NaN."""
    return {
        key: (found[key], wanted[key])
        for key in wanted
        if not np.isclose(found[key], wanted[key], rtol=1e-9, atol=1e-7, equal_nan=True)
    }


# -- definitions -----------------------------------------------------------------------------------------------


def test_every_kpi_agrees_with_its_definition_applied_ticket_by_ticket(both: Both) -> None:
    wanted = both.expected()
    assert set(wanted) == set(both.names)
    assert differences({name: both.found.arm.kpis[name] for name in both.names}, wanted) == {}


def test_every_kpi_of_the_registry_is_worked_out_by_hand_on_some_desk() -> None:
    checked = {name for desk in DESKS.values() for name in applicable(desk())}
    assert checked == {kpi.name for kpi in KPIS}


GROUPS: dict[str, Callable[[Case], str]] = {
    "intent": lambda c: c.intent,
    "channel": lambda c: c.channel,
    "tier": lambda c: c.tier,
    "week": lambda c: f"week {c.week}",
    "difficulty": lambda c: "hardest tenth" if c.is_hardest else "easier nine tenths",
}


def test_every_group_of_every_kpi_agrees_with_the_definition_applied_to_that_group(both: Both) -> None:
    definitions = {**by_hand.BY_DEFINITION, **by_hand.satisfaction(both.anchor)}
    members: dict[tuple[str, str], list[Case]] = {(grouping, group): [] for grouping, group, _ in both.found.groups}
    for case in both.by_hand.counted_cases:
        for grouping, group_of in GROUPS.items():
            members[grouping, group_of(case)].append(case)
    wanted = {
        (grouping, group, kpi): definitions[kpi](members[grouping, group])
        for grouping, group, kpi in both.found.groups
    }
    assert {grouping for grouping, _ in members} == set(GROUPS)
    assert {kpi for _, _, kpi in wanted} == set(both.names) & set(definitions)
    assert differences(both.found.groups, wanted) == {}


def test_the_baseline_arm_agrees_with_the_definitions_too(both: Both) -> None:
    if both.baseline_by_hand is None:
        assert both.found.baseline is None
        return
    found = both.found.baseline.kpis
    definitions = {**by_hand.BY_DEFINITION, **by_hand.satisfaction(both.anchor)}
    wanted = {name: definitions[name](both.baseline_by_hand.counted_cases) for name in definitions if name in found}
    assert wanted["aht"] > 0
    assert differences(found, wanted) == {}
    spent = by_hand.costs(both.baseline_by_hand)
    assert found["cost_agents_capacity"] == pytest.approx(spent["capacity"])
    assert found["cost_agents_cash"] == pytest.approx(spent["cash"])
    assert found["cost_ai"] == 0


def test_the_ticket_table_says_what_the_steps_say(both: Both) -> None:
    table, cases = both.run.tickets, both.by_hand.cases
    columns = {
        "first_response_minutes": [c.first_response for c in cases],
        "resolution_minutes": [c.resolution for c in cases],
        "wait_minutes": [c.wait for c in cases],
        "handle_minutes": [c.human_minutes for c in cases],
    }
    for name, wanted in columns.items():
        np.testing.assert_allclose(table[name], wanted, rtol=1e-9, atol=1e-7)
    exact = {
        "outcome": [c.outcome for c in cases], "resolver": [c.resolver for c in cases],
        "transfers": [c.transfers for c in cases], "returns": [c.came_back for c in cases],
        "breached_sla": [c.missed_any for c in cases], "mode": [c.mode for c in cases],
        "priority": [both.scenario.band_names[c.band] for c in cases], "week": [c.week for c in cases],
        "is_hardest_tenth": [c.is_hardest for c in cases], "is_counted": [c.week > 0 for c in cases],
    }  # fmt: skip
    if both.scenario.policy.surge is not None:
        exact["in_surge"] = [c.in_surge for c in cases]
        assert 0.1 < table.in_surge.mean() < 0.9
    if both.scenario.ai is not None:
        exact |= {
            "predicted_intent": [c.predicted if c.mode != "off" else c.intent for c in cases],
            "ai_answered": [c._verdict == "answer" and c.has_ai_reply for c in cases],
            "ai_gathered": [c.has_gathered for c in cases], "ai_handed_over": [c.is_handed_over for c in cases],
            "ai_closed": [c.is_closed_by_ai for c in cases], "ai_replies": [c.replies for c in cases],
            "ai_would_be_right": [c.would_be_right for c in cases],
        }  # fmt: skip
    for name, wanted in exact.items():
        assert table[name].tolist() == wanted, name


def test_shares_lie_between_0_and_1(both: Both) -> None:
    for name in both.names:
        if BY_NAME[name].unit == "share" and not name.startswith("roi") and name != "occupancy":
            values = [both.found.arm.kpis[name]]
            values += [value for (_, _, kpi), value in both.found.groups.items() if kpi == name]
            assert all(0 <= value <= 1 for value in values if not math.isnan(value)), name


def test_resolved_abandoned_lost_and_open_make_up_all_tickets_in_every_group(both: Both) -> None:
    ends = [name for name in ("resolved", "abandonment", "silent_loss", "open_at_end") if name in both.names]
    own = both.run.tickets[both.run.tickets.is_counted]
    lost = 0.0 if "silent_loss" in both.names else float((own.outcome == "lost").mean())
    assert sum(both.found.arm.kpis[name] for name in ends) + lost == pytest.approx(1, abs=1e-12)
    for grouping, group, kpi in both.found.groups:
        if kpi == "tickets" and both.found.groups[grouping, group, kpi]:
            assert sum(both.found.groups[grouping, group, name] for name in ends) == pytest.approx(1, abs=1e-12)


def test_the_ai_resolves_no_ticket_that_is_still_under_way(both: Both) -> None:
    if "autonomous_resolution" in both.names:
        kpis = both.found.arm.kpis
        assert kpis["autonomous_resolution"] + kpis["silent_loss"] <= kpis["resolved"] + kpis["silent_loss"]
        table = both.run.tickets
        assert not (table.ai_closed & (table.returns == 0) & (table.outcome == "open") & table.ai_would_be_right).any()


def test_vendor_figures_add_up(both: Both) -> None:
    if both.scenario.ai is None:
        return
    kpis = both.found.arm.kpis
    parts = kpis["resolution_confirmed"] + kpis["resolution_assumed"]
    assert kpis["automated_resolution"] == pytest.approx(parts)
    assert kpis["ai_closed"] == pytest.approx(parts + kpis["resolution_clawed_back"])
    assert kpis["answer_accuracy"] + kpis["wrong_answer"] == pytest.approx(1)
    assert kpis["autonomous_resolution"] == pytest.approx(kpis["ai_closed"] * (1 - kpis["false_deflection"]))


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_every_kpi_is_described(kpi: Any) -> None:
    assert kpi.title
    assert kpi.unit in ("share", "minutes", "hours", "score", "points", "count", "money", "ratio", "months")
    assert kpi.better in ("higher", "lower", "neither")
    assert kpi.definition.endswith(".")
    assert len(kpi.definition) > 15
    assert set(kpi.needs.split()) <= {"ai", "surge", "sla", "csat", "costs"}
    assert kpi.format(float("nan")) == "–"
    assert any(letter.isdigit() for letter in kpi.format(0.5))


def test_no_two_kpis_share_a_name_or_a_title() -> None:
    assert len(BY_NAME) == len(KPIS) == len({kpi.title for kpi in KPIS})
    assert set(HEADLINE) <= set(BY_NAME)


# -- measures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_quantiles_of_groups_are_numpys(q: float) -> None:
    random = np.random.default_rng(5)
    values, group = random.exponential(size=400), random.integers(0, 6, 400)
    values[random.random(400) < 0.2] = np.nan
    values[group == 4] = np.nan  # nothing known in this one
    group[group == 5] = 2  # and nobody in that one
    single = np.flatnonzero(group == 3)
    values[single[1:]] = np.nan
    values[single[0]] = 7.0
    found = Quantile(values, q).by_group(group, 6)
    for number in range(6):
        known = values[(group == number) & ~np.isnan(values)]
        wanted = np.quantile(known, q) if len(known) else np.nan
        assert found[number] == pytest.approx(wanted, nan_ok=True)
    assert found[3] == 7.0
    assert Quantile(values, q).overall() == pytest.approx(np.nanquantile(values, q))


def test_measures_of_nothing_are_nan_or_0() -> None:
    nothing, group = np.zeros(0), np.zeros(0, dtype=np.int64)
    for measure in (Ratio(nothing, nothing), Quantile(nothing, 0.5)):
        assert math.isnan(measure.overall())
        assert np.isnan(measure.by_group(group, 3)).all()
    assert Total(nothing).overall() == 0
    assert Total(nothing).by_group(group, 3).tolist() == [0, 0, 0]


def test_a_desk_without_tickets_has_kpis_without_values() -> None:
    facts = Facts(simulate(plain_desk(arrivals={"per_week": 0})))
    found = {name: measure.overall() for name, measure in measures(facts, None).items()}
    assert found["tickets"] == 0
    assert math.isnan(found["resolved"])
    assert math.isnan(found["first_response_p90"])


# -- load over the week ----------------------------------------------------------------------------------------


def test_load_by_hour_of_the_week_is_what_a_count_at_every_hour_gives() -> None:
    desk = by_hand.Desk(simulate(pilot_desk(start="2026-03-23", weeks=1, drain="2h"), seed=8))
    load = figures_of(desk.run, Facts(desk.run), None, None).arm.load
    backlog, hours, waits, waiters = (np.zeros(168) for _ in range(4))
    busy = np.zeros((3, 168))

    def hour_of(minute: float) -> int:
        local = desk.local(minute)
        return local.weekday() * 24 + local.hour

    edges = [*np.arange(0, desk.horizon, 60.0).tolist(), desk.horizon]
    for begin, end in zip(edges, edges[1:], strict=False):
        hours[hour_of(begin)] += 1
        backlog[hour_of(begin)] += desk.backlog_at(begin)
        for case in desk.cases:
            for step in case.work:
                ended = step.ended if step.has_ended else desk.limit
                hands = int(desk.scenario.teams[step.team].concurrency)
                overlap = max(0.0, min(end, ended) - max(begin, step.began)) / hands
                busy[list(desk.scenario.teams).index(step.team), hour_of(begin)] += overlap
    for case in desk.cases:
        for step in case.lines:
            if step.joined < desk.horizon:
                waits[hour_of(step.joined)] += desk._left(step) - step.joined
                waiters[hour_of(step.joined)] += 1
    assert hours.sum() == 168 - 1  # clocks go forward on the last day
    for found, wanted in (
        (load.hours, hours), (load.backlog, backlog), (load.waiters, waiters), (load.waits, waits), (load.busy, busy),
    ):  # fmt: skip
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    days = [desk.backlog_at(min(day * 1440.0, desk.horizon)) for day in range(1, 8)]
    assert load.backlog_by_day.tolist() == days
    assert max(days) > 0


def test_hours_on_duty_are_those_of_the_shifts() -> None:
    shifts = [
        {
            "days": "mon-fri", "start": "08:00", "end": "16:00", "agents": 4,
            "breaks": [{"start": "12:00", "length": "30m", "agents": 2}],
        },
        {"days": "fri", "start": "22:00", "end": "02:00", "agents": 1},
    ]  # fmt: skip
    scenario = plain_desk(weeks=2, teams={"support": {"agents": None, "shifts": shifts, "concurrency": 3}})
    run = simulate(scenario)
    load = figures_of(run, Facts(run), None, None).arm.load
    assert load.on_duty.sum() / 60 == pytest.approx(2 * (5 * (4 * 8 - 2 * 0.5) + 4))
    assert load.on_duty[0, 12] / 60 == pytest.approx(2 * 3)  # Mondays at noon
    assert load.on_duty[0, 5 * 24 + 1] / 60 == pytest.approx(2)  # Saturdays at one


# -- service level, by hand ------------------------------------------------------------------------------------

OFFICE = {"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 1}
HOURS = [{"days": "mon-fri", "open": "09:00", "close": "17:00"}]


def around_a_weekend(folder: Path, **changes: Any) -> Facts:
    """Four tickets on a Friday and a Saturday; Monday is a holiday, and one agent takes ten minutes for each."""
    rows = ["2026-03-06T16:30:00", "2026-03-06T16:55:00", "2026-03-06T18:00:00", "2026-03-07T10:00:00"]
    (folder / "log.csv").write_text("created_at\n" + "\n".join(rows) + "\n")
    arrivals = {"replay": {"file": "log.csv"}, "holidays": {"dates": ["2026-03-09"]}}
    given = {**PLAIN, "weeks": 2, "arrivals": arrivals, "teams": {"support": {"shifts": [OFFICE]}}}
    return Facts(simulate(scenario_from(laid_over(given, changes), folder)))


def test_the_calendar_clock_counts_every_minute(tmp_path: Path) -> None:
    facts = around_a_weekend(tmp_path, sla={"first_response": {"default": "15m"}})
    # 16:30 to 16:40; 16:55 to 17:05; Friday 18:00 to Tuesday 9:10; Saturday 10:00 to Tuesday 9:20
    assert facts.elapsed(facts.first_response).tolist() == [10, 10, 87 * 60 + 10, 71 * 60 + 20]
    assert facts.response_breach.tolist() == [False, False, True, True]


def test_the_business_clock_stops_at_night_at_weekends_and_on_holidays(tmp_path: Path) -> None:
    sla = {"first_response": {"default": "15m"}, "clock": "business", "business_hours": HOURS}
    facts = around_a_weekend(tmp_path, sla=sla)
    assert facts.elapsed(facts.first_response).tolist() == [10, 5, 10, 20]
    assert facts.response_breach.tolist() == [False, False, False, True]


def test_the_business_clock_runs_on_holidays_on_which_the_desk_is_open(tmp_path: Path) -> None:
    sla = {"first_response": {"default": "15m"}, "clock": "business", "business_hours": HOURS}
    facts = around_a_weekend(tmp_path, sla=sla, arrivals={"holidays": {"desk_closed": False}})
    # Answered on Monday now: the clock runs while the desk works.
    assert facts.first_response.tolist() == [10, 10, 63 * 60 + 10, 47 * 60 + 20]
    assert facts.elapsed(facts.first_response).tolist() == [10, 5, 10, 20]


def test_business_hours_that_overlap_count_once(tmp_path: Path) -> None:
    hours = [*HOURS, *({"days": "fri", "open": a, "close": b} for a, b in (("16:00", "18:30"), ("10:00", "11:00")))]
    sla = {"first_response": {"default": "15m"}, "clock": "business", "business_hours": hours}
    assert around_a_weekend(tmp_path, sla=sla).elapsed(np.array([10, 10, 25, 60.0])).tolist() == [10, 10, 25, 0]


def test_a_target_that_is_met_to_the_minute_is_met(tmp_path: Path) -> None:
    sla = {"first_response": {"default": "20m"}, "clock": "business", "business_hours": HOURS}
    assert not around_a_weekend(tmp_path, sla=sla).response_breach.any()
    sla["first_response"] = {"default": 19.99}
    assert around_a_weekend(tmp_path, sla=sla).response_breach.tolist() == [False, False, False, True]


def test_a_ticket_without_reply_misses_once_its_target_has_passed(tmp_path: Path) -> None:
    teams = {"support": {"shifts": None, "agents": 0}}
    facts = around_a_weekend(tmp_path, teams=teams, drain=0, sla={"resolution": {"default": "9d"}})
    # The weeks end on the 16th at midnight: 9 days after the last ticket's Friday, 8.6 days after its Saturday.
    assert facts.resolution_breach.tolist() == [True, True, True, False]
    assert np.isnan(facts.resolution).all()


def test_targets_go_by_tier_and_tighten_in_their_window() -> None:
    scenario = plain_desk(
        weeks=3,
        tiers={"gold": {"share": 0.5}, "basic": {"share": 0.5}},
        sla={
            "first_response": {"gold": "40m", "default": "2h"},
            "windows": [{"name": "renewals", "from_week": 2, "to_week": 2, "tiers": ["gold"], "factor": 0.25}],
        },
    )
    facts = Facts(simulate(scenario))
    table = facts.run.tickets.assign(target=facts.response_target)
    assert table[table.tier == "basic"].target.unique().tolist() == [120]
    gold = table[table.tier == "gold"].groupby("week").target
    assert gold.min().to_dict() == gold.max().to_dict() == {1: 40, 2: 10, 3: 40}
    assert not np.isfinite(facts.resolution_target).any()


def test_targets_go_by_priority_where_the_scenario_says_so() -> None:
    scenario = plain_desk(
        intents={
            "question": {"share": 0.6},
            "outage": {"share": 0.4, "urgency": 3, "impact": 3, "handle": {"form": "constant", "value": 10}},
        },
        policy={"priority": {"bands": [6]}},
        sla={"by": "priority", "first_response": {"urgent": "5m"}, "resolution": {"normal": "1h", "urgent": "30m"}},
    )
    facts = Facts(simulate(scenario))
    urgent = (facts.run.tickets.intent == "outage").to_numpy()
    assert facts.response_target[urgent].tolist() == [5] * urgent.sum()
    assert np.isinf(facts.response_target[~urgent]).all()
    assert set(facts.resolution_target[urgent]) == {30}
    assert set(facts.resolution_target[~urgent]) == {60}
    # Handling takes ten minutes and nobody waits on the line: no reply is there within five.
    assert facts.response_breach.tolist() == urgent.tolist()


def test_whether_an_ai_reply_stops_the_clock_is_the_scenarios_choice() -> None:
    given = {
        "policy": {"answer_threshold": 0},
        "ai": {"conversation": {"latency": "1m"}},
        "teams": {"support": {"agents": None, "shifts": [OFFICE]}},
        "arrivals": {"profile": {"sat": [1] * 24}},
    }
    counts = Facts(simulate(ai_desk(**given, sla={"first_response": {"default": "1h"}})))
    not_so = Facts(simulate(ai_desk(**given, sla={"first_response": {"default": "1h"}, "ai_reply_counts": False})))
    assert not counts.response_breach.any()
    assert not_so.response_breach.tolist() == not_so.ai.needs_human.tolist()
    assert 0 < not_so.ai.needs_human.mean() < 1


# -- first replies and reviews, by hand -----------------------------------------------------------------------------


def test_a_caller_who_writes_instead_gets_the_reply_when_it_is_sent() -> None:
    scenario = plain_desk(
        arrivals={"per_week": 60, "profile": {"sun": [1] * 24}},
        channels={
            "phone": {
                "share": 1, "live": True, "patience": {"form": "constant", "value": 2},
                "on_abandon": {"retries": 1, "channel": "email", "delay": 5},
            },
            "email": {"share": 0},
        },
        teams={"support": {"agents": None, "shifts": [{**OFFICE, "agents": 60}]}},
    )  # fmt: skip
    facts = Facts(simulate(scenario))
    # All of them call on Sunday, write, and are answered ten minutes after Monday's opening.
    monday = 7 * 1440 + 9 * 60 + 10
    assert facts.first_response == pytest.approx(monday - facts.tickets.arrival)


def test_review_hours_are_hours_that_somebody_spent() -> None:
    shadow = {"policy": {"mode": "shadow"}, "arrivals": {"per_week": 100}}
    full = Facts(simulate(ai_desk(**shadow)))
    assert full.reviewed.sum() == pytest.approx(1.5 * len(full.tickets))
    slow = Facts(simulate(ai_desk(**shadow, teams={"support": {"efficiency": 0.5}})))
    assert slow.reviewed.sum() == pytest.approx(2 * full.reviewed.sum())
    assert slow.human_minutes.sum() == pytest.approx(2 * full.human_minutes.sum())
    nobody = Facts(simulate(ai_desk(**shadow, teams={"support": {"agents": 0}})))
    assert nobody.reviewed.sum() == 0


def test_returns_are_counted_however_they_come_back() -> None:
    """After a wrong answer a customer may return, give up in triage's line, try again, and be reopened later."""
    scenario = pilot_desk(
        weeks=2,
        policy={"mode": "auto", "phases": [], "answer_threshold": 0.2, "routing": False, "always_human": {"tiers": []}},
        handling={"reopen": {"share": 0.9}, "triage": {"channels": None}},
        intents={"billing": {"reopen": 0.9}},
        channels={name: {"on_abandon": {"retries": 1}} for name in ("chat", "phone")},
    )
    facts = Facts(simulate(scenario))
    cases = by_hand.Desk(facts.run).cases
    assert facts.came_back.tolist() == [case.came_back for case in cases]
    both_ways = [c for c in cases if c.ending == "returns" and c.lines and c.lines[0].abandoned and c.came_back > 1]
    assert both_ways
