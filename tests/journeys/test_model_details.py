"""Details of the model, each by hand: what the AI learns, factors on work, growth, night shifts, clocks, shrinkage."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from simulator.base.calendars import Wall
from simulator.base.errors import ScenarioError
from simulator.journeys import Journeys, Kind, plan_journeys
from simulator.journeys.judgement import skill_gain
from simulator.metrics.facts import Facts
from simulator.metrics.kpis import measures
from simulator.rosters import TeamRoster, build_rosters
from simulator.run import simulate
from simulator.scenario import Scenario, expected_rates, without_ai
from simulator.studies.run.offered_load import TeamLoad, team_loads
from simulator.tickets import Tickets, draw_tickets
from tests.support.desks import ai_desk, changed, plain_desk

Floats = NDArray[np.float64]
DAY, WEEK = 1440, 10080
TICK = 2.0**-20
NEVER_SURE: dict[str, Any] = {"answer_threshold": 1, "gather_threshold": 0}
"""The AI gathers information for everyone and answers nobody."""


def first_rows(tickets: Tickets, counts: dict[int, int]) -> NDArray[np.bool_]:
    """Mark the first so many tickets of each named week."""
    marked = np.zeros(len(tickets), dtype=np.bool_)
    for week, count in counts.items():
        rows = np.flatnonzero(tickets.week == week)
        assert len(rows) >= count
        marked[rows[:count]] = True
    return marked


def gains_by_week(scenario: Scenario, drafted: dict[int, int], automatic: dict[int, int]) -> tuple[list[float], ...]:
    """Return the gain of being right and of the stated confidence, week by week; within a week all must be equal."""
    assert scenario.ai is not None
    tickets = draw_tickets(scenario, 1, 0)
    gains = skill_gain(scenario, scenario.ai, tickets, first_rows(tickets, drafted), first_rows(tickets, automatic))
    by_week: tuple[list[float], ...] = ([], [])
    for found, gain in zip(by_week, gains, strict=True):
        for week in range(1, int(scenario.weeks) + 1):
            (only,) = set(gain[tickets.week == week])
            found.append(float(only))
    return by_week


def planned(scenario: Scenario) -> tuple[Tickets, Journeys]:
    tickets = draw_tickets(scenario, 1, 0)
    return tickets, plan_journeys(scenario, tickets)


def work_of(scenario: Scenario, kind: Kind) -> dict[int, float]:
    """Add up each ticket's minutes of work of one kind."""
    steps = planned(scenario)[1].steps
    rows = steps.kind == kind
    tickets = steps.ticket[rows]
    sums = np.bincount(tickets, steps.work[rows])
    return {int(ticket): float(sums[ticket]) for ticket in np.unique(tickets)}


def only_roster(scenario: Scenario) -> TeamRoster:
    (roster,) = build_rosters(scenario, 1, 0)
    return roster


def shift_desk(*shifts: dict[str, Any], **changes: Any) -> Scenario:
    """Make the plain desk with shifts instead of people round the clock."""
    return plain_desk(teams={"support": {"agents": None, "shifts": list(shifts)}}, **changes)


def on_duty(roster: TeamRoster, minute: float) -> int:
    return int(roster.capacity[np.searchsorted(roster.times, minute, side="right") - 1])


def changes_of(roster: TeamRoster, until: float) -> list[tuple[float, int]]:
    """List the minutes before `until` at which the number on duty changes, with that number."""
    both = zip(roster.times, roster.capacity, strict=True)
    return [(float(time), int(count)) for time, count in both if time < until]


# -- learning and drift ------------------------------------------------------------------------------------------

LEARNING: dict[str, Any] = {
    "per_review": 0.01, "ceiling": 1.2, "reviews_per_week": 25, "shadow_review_share": 0.5, "lifts_confidence": 0.25,
}  # fmt: skip
DRAFTED, AUTOMATIC = {1: 40, 2: 60}, {3: 7, 4: 90, 5: 1}
REVIEWED = [0, 20, 50, 75, 100]
"""Half of 40 and of 60 drafts, then 25 a week however many the AI answers; each counts from the next week on."""


def test_the_gain_is_the_ceiling_times_the_share_learned_from_reviews_of_earlier_weeks() -> None:
    right, stated = gains_by_week(ai_desk(weeks=5, ai={"learning": LEARNING}), DRAFTED, AUTOMATIC)
    by_hand = [1.2 * (1 - math.exp(-0.01 * reviewed)) for reviewed in REVIEWED]
    assert right == pytest.approx(by_hand, rel=1e-12, abs=1e-15)
    assert right == pytest.approx([0, 0.217523, 0.472163, 0.633160, 0.758545], abs=1e-6)
    assert stated == pytest.approx([0.25 * gain for gain in by_hand], rel=1e-12, abs=1e-15)


def test_what_is_learned_never_exceeds_the_ceiling() -> None:
    learning = {**LEARNING, "per_review": 5}
    right, _ = gains_by_week(ai_desk(weeks=3, ai={"learning": learning}), DRAFTED, {})
    assert right == pytest.approx([0, 1.2, 1.2], abs=1e-12)


def test_a_week_without_a_review_teaches_nothing() -> None:
    right, _ = gains_by_week(ai_desk(weeks=4, ai={"learning": LEARNING}), {}, {2: 3})
    one_week = 1.2 * (1 - math.exp(-0.25))
    assert right == pytest.approx([0, 0, one_week, one_week], rel=1e-12)


@pytest.mark.parametrize(("lifts", "stated_wanted"), [(0, [0, 0, 0, 0]), (1, [0, -0.4, -0.5, -0.6])])
def test_drift_is_a_step_and_a_slope_from_its_week_on(lifts: float, stated_wanted: list[float]) -> None:
    drift = {"name": "new product", "from_week": 2, "log_odds": -0.4, "per_week": -0.1, "lifts_confidence": lifts}
    right, stated = gains_by_week(ai_desk(weeks=4, ai={"drift": [drift]}), {}, {})
    assert right == pytest.approx([0, -0.4, -0.5, -0.6], abs=1e-12)
    assert stated == pytest.approx(stated_wanted, abs=1e-12)


def test_learning_and_every_drift_add_up() -> None:
    drift = [
        {"name": "new product", "from_week": 2, "log_odds": -0.4, "per_week": -0.1, "lifts_confidence": 0.5},
        {"name": "clean data", "from_week": 4, "log_odds": 0.3},
    ]
    right, stated = gains_by_week(ai_desk(weeks=5, ai={"learning": LEARNING, "drift": drift}), DRAFTED, AUTOMATIC)
    learned = [1.2 * (1 - math.exp(-0.01 * reviewed)) for reviewed in REVIEWED]
    slope, step = [0, -0.4, -0.5, -0.6, -0.7], [0, 0, 0, 0.3, 0.3]
    assert right == pytest.approx([sum(parts) for parts in zip(learned, slope, step, strict=True)], abs=1e-12)
    by_hand = [0.25 * gain + 0.5 * change for gain, change in zip(learned, slope, strict=True)]
    assert stated == pytest.approx(by_hand, abs=1e-12)


def test_drift_concerns_the_intents_that_it_names() -> None:
    drift = {"name": "new bugs", "from_week": 1, "log_odds": -0.7, "lifts_confidence": 1, "intents": ["bug"]}
    intents = {"question": {"share": 0.5}, "bug": {"share": 0.5, "handle": "20m"}}
    scenario = ai_desk(weeks=2, intents=intents, ai={"drift": [drift]})
    assert scenario.ai is not None
    tickets = draw_tickets(scenario, 1, 0)
    none = np.zeros(len(tickets), dtype=np.bool_)
    for gain in skill_gain(scenario, scenario.ai, tickets, none, none):
        assert set(gain[tickets.intent == scenario.intents.index("bug")]) == {-0.7}
        assert set(gain[tickets.intent == scenario.intents.index("question")]) == {0.0}


def test_shadow_and_assist_drafts_and_automatic_weeks_make_later_answers_better() -> None:
    """Nothing in week 1 (off); all drafts of weeks 2 and 3 count, then 30 in week 4."""
    modes = ["off", "shadow", "assist", "auto", "auto"]
    phases = [{"name": mode + str(week), "from_week": week, "mode": mode} for week, mode in enumerate(modes, 1)]
    learning = {"per_review": 0.004, "ceiling": 2, "reviews_per_week": 30, "lifts_confidence": 0.5}
    policy = {"mode": "off", "answer_threshold": 0.8, "phases": phases}
    scenario = ai_desk(weeks=5, ai={"learning": learning}, policy=policy)
    tickets, journeys = planned(scenario)
    assert tickets.ai is not None
    in_week = np.bincount(tickets.week)
    reviewed = np.array([0, 0, in_week[2], in_week[2] + in_week[3], in_week[2] + in_week[3] + 30])
    gain = (2 * (1 - np.exp(-0.004 * reviewed)))[tickets.week - 1]
    odds = special.logit(tickets.ai.answer_confidence)
    right = tickets.ai.answer_luck > 1 - special.expit(odds - 0.3 + gain)
    assert (journeys.ai.would_be_right == right).all()
    automatic = tickets.week >= 4
    sure = special.expit(odds + 0.5 * gain) >= 0.8
    assert (journeys.ai.answered == (automatic & sure)).all()
    # A gain of 1.3 or more moves many across the line, so another gain would be seen.
    assert (sure & automatic).sum() > 1.5 * ((odds >= special.logit(0.8)) & automatic).sum()


# -- factors on work ---------------------------------------------------------------------------------------------


def all_return(**changes: Any) -> Scenario:
    """Make a desk whose AI answers all, and whose customers with a wrong answer all come back."""
    after_wrong = {"noticed": 0, "returns": 1, "lost": 0, **changes}
    return ai_desk(ai={"after_wrong": after_wrong}, policy={"answer_threshold": 0})


def test_a_return_after_a_wrong_answer_takes_ten_minutes_times_its_factor() -> None:
    found = work_of(all_return(handle_factor=1.5), Kind.RETURN)
    assert len(found) > 20
    assert set(found.values()) == {15.0}


def test_a_repeat_visit_takes_ten_minutes_times_its_factor_and_the_first_takes_ten() -> None:
    reopen = {"share": 0.5, "limit": 1, "handle_factor": 0.6}
    scenario = plain_desk(handling={"reopen": reopen})
    repeats, firsts = work_of(scenario, Kind.RETURN), work_of(scenario, Kind.TOUCH)
    assert 20 < len(repeats) < len(firsts)
    assert set(repeats.values()) == {6.0}
    assert set(firsts.values()) == {10.0}


def test_a_ticket_that_came_through_a_wrong_team_takes_longer_by_its_factor() -> None:
    scenario = plain_desk(
        intents={
            "question": {"share": 0.5},
            "bug": {"share": 0.5, "handle": {"form": "constant", "value": 10}, "queue": "experts"},
        },
        handling={"triage": {"queue": "support", "handle": "2m", "accuracy": 0.5}, "misroute_factor": 1.3},
        teams={"experts": {"agents": 2}},
    )
    transferred = planned(scenario)[1].human.transferred
    touches = work_of(scenario, Kind.TOUCH)
    assert 20 < transferred.sum() < len(touches) - 20
    for ticket, minutes in touches.items():
        assert minutes == (13.0 if transferred[ticket] else 10.0)


@pytest.mark.parametrize(("keeps_context", "wanted"), [(True, 7.5), (False, 12.5)])
def test_gathered_facts_shorten_the_work_where_they_reach_the_agent(keeps_context: bool, wanted: float) -> None:
    handover = {
        "gathered_factor": 0.75, "handle_factor": 0.5, "without_context_factor": 1.25, "keeps_context": keeps_context
    }  # fmt: skip
    touches = work_of(ai_desk(ai={"handover": handover}, policy=NEVER_SURE), Kind.TOUCH)
    assert len(touches) > 100
    assert set(touches.values()) == {wanted}


def test_a_handed_over_conversation_has_a_factor_of_its_own() -> None:
    scenario = ai_desk(
        ai={
            "after_wrong": {"noticed": 1, "returns": 0, "lost": 0},
            "handover": {"gathered_factor": 0.75, "handle_factor": 0.5},
        },
        policy={"answer_threshold": 0},
    )
    touches = work_of(scenario, Kind.TOUCH)
    assert len(touches) > 20
    assert set(touches.values()) == {5.0}


def misrouted_desk() -> Scenario:
    intents = {"question": {"share": 0.5, "handle": "12m"}, "bug": {"share": 0.5, "handle": "20m", "queue": "experts"}}
    triage = {"queue": "support", "handle": "2m", "accuracy": 0}
    return plain_desk(intents=intents, handling={"triage": triage}, teams={"experts": {"agents": 2}})


@pytest.mark.parametrize(("base", "path", "kind"), [
    (all_return(), "ai__after_wrong__handle_factor", Kind.RETURN),
    (plain_desk(handling={"reopen": {"share": 0.5, "limit": 1}}), "handling__reopen__handle_factor", Kind.RETURN),
    (misrouted_desk(), "handling__misroute_factor", Kind.TOUCH),
    (ai_desk(policy=NEVER_SURE), "ai__handover__gathered_factor", Kind.TOUCH),
])  # fmt: skip
def test_twice_the_factor_is_twice_the_work_of_every_ticket(base: Scenario, path: str, kind: Kind) -> None:
    """Also where work is spread out: only rounding to ticks may differ."""
    base = changed(base, intents__question__handle="12m")
    once, twice = (work_of(changed(base, **{path: factor}), kind) for factor in (0.7, 1.4))
    assert len(once) > 20
    assert len(set(once.values())) > 20
    assert once.keys() == twice.keys()
    for ticket, minutes in once.items():
        assert twice[ticket] == pytest.approx(2 * minutes, rel=0, abs=1.5 * TICK)


def test_the_factor_of_returns_leaves_all_other_work_alone() -> None:
    after_wrong = {"noticed": 0.4, "returns": 0.4, "lost": 0.2}
    short, long = (ai_desk(ai={"after_wrong": {**after_wrong, "handle_factor": factor}}) for factor in (1, 3))
    assert work_of(short, Kind.TOUCH) == work_of(long, Kind.TOUCH)
    assert set(work_of(short, Kind.RETURN).values()) == {10.0}
    assert set(work_of(long, Kind.RETURN).values()) == {30.0}


def test_handle_minutes_are_multiplied_by_the_factor_of_the_hour_of_arrival() -> None:
    hours = [0.5 + hour / 10 for hour in range(24)]
    halves = [2 - half / 50 for half in range(48)]
    scenario = plain_desk(
        timezone="Asia/Kolkata",  # whose hours begin at half past in UTC
        arrivals={"per_week": 2000},
        intents={"question": {"handle_by_hour": {"mon": hours, "wed-thu": halves}}},
        handling={"reopen": {"share": 0.5, "limit": 1, "handle_factor": 0.6}},
    )
    tickets, journeys = planned(scenario)
    for ticket, minute in enumerate(tickets.arrival):
        day, minute_of_day = divmod(minute, DAY)
        factor = 1.0
        if day == 0:
            factor = hours[int(minute_of_day // 60)]
        elif day in (2, 3):
            factor = halves[int(minute_of_day // 30)]
        assert tickets.handle_minutes[0][ticket] == pytest.approx(10 * factor, rel=1e-12)
    touches = journeys.steps.kind == Kind.TOUCH
    by_ticket = tickets.handle_minutes[0][journeys.steps.ticket[touches]]
    assert journeys.steps.work[touches] == pytest.approx(by_ticket, rel=0, abs=TICK)


# -- tickets that are passed on, and customers who take their time --------------------------------------------------

PASSED_ON: dict[str, Any] = {"share": 0.4, "limit": 2, "delay": "90m"}


def reassigning_desk(**changes: Any) -> Scenario:
    """Make a desk whose wrong teams spend 3 minutes and whose follow-ups come after 7 hours."""
    handling = {"reassign": PASSED_ON, "transfer": {"form": "constant", "value": 3}, "follow_up_limit": 1}
    intents = {
        "question": {"share": 0.5, "follow_ups": 1},
        "bug": {
            "share": 0.5, "handle": {"form": "constant", "value": 10}, "follow_ups": 1, "reassign": 1,
            "reply_gap": {"form": "constant", "value": "2d"},
        },
    }
    channels = {"email": {"reply_gap": {"form": "constant", "value": "7h"}}}
    base = plain_desk(arrivals={"per_week": 2000}, handling=handling, intents=intents, channels=channels)
    return changed(base, **changes)


def test_tickets_are_passed_on_with_their_share_each_time_up_to_the_limit() -> None:
    tickets, journeys = planned(reassigning_desk())
    steps = journeys.steps
    passed_on = np.bincount(steps.ticket[steps.kind == Kind.TRANSFER], minlength=len(tickets))
    assert (passed_on == tickets.reassigned).all()
    bug = tickets.intent == 1
    assert set(passed_on[bug]) == {2}
    shares = np.bincount(passed_on[~bug], minlength=3) / (~bug).sum()
    wanted = np.array([0.6, 0.4 * 0.6, 0.4 * 0.4])
    error = np.sqrt(wanted * (1 - wanted) / (~bug).sum())
    assert (np.abs(shares - wanted) < 4 * error).all()
    assert (4 * error < 0.1).all()


def test_later_teams_may_pass_tickets_on_more_often_than_the_first() -> None:
    tickets, _ = planned(reassigning_desk(handling__reassign__again=0.8, handling__reassign__limit=50))
    times = tickets.reassigned[tickets.intent == 0]
    passed_on = times[times > 0]
    first, later = (times > 0).mean(), (passed_on - 1).sum() / passed_on.sum()
    assert abs(first - 0.4) < 4 * math.sqrt(0.24 / len(times)) < 0.08
    assert abs(later - 0.8) < 4 * math.sqrt(0.16 / passed_on.sum()) < 0.05


@pytest.mark.parametrize(("share", "again", "wanted"), [(0, 1, {0}), (1, 0, {1}), (1, 1, {2})])
def test_reassignment_that_is_certain_or_impossible_needs_no_luck(share: float, again: float, wanted: set[int]) -> None:
    reassign = {**PASSED_ON, "share": share, "again": again}
    tickets, _ = planned(plain_desk(handling={"reassign": reassign}))
    assert set(tickets.reassigned.tolist()) == wanted


def test_each_reassignment_is_a_look_in_the_ticket_s_queue_before_its_touch_and_its_delay_follows() -> None:
    tickets, journeys = planned(reassigning_desk())
    steps = journeys.steps
    one = int(np.flatnonzero((tickets.intent == 1) & (tickets.follow_ups == 1))[0])
    rows = np.flatnonzero(steps.ticket == one)
    assert [Kind(kind) for kind in steps.kind[rows]] == [Kind.TRANSFER, Kind.TRANSFER, Kind.TOUCH, Kind.FOLLOW_UP]
    assert steps.delay[rows].tolist() == [0, 90, 90, 2880]
    assert steps.work[rows].tolist() == [3, 3, 5, 5]
    assert len(set(steps.queue[rows])) == 1
    other = int(np.flatnonzero((tickets.intent == 0) & (tickets.follow_ups == 1) & (tickets.reassigned == 0))[0])
    assert steps.delay[steps.ticket == other].tolist() == [0, 420]


@pytest.mark.parametrize("concurrency", [None, 2])
def test_an_intent_s_reply_gap_is_what_a_channel_s_would_be_with_ai_and_people(concurrency: int | None) -> None:
    gap = {"form": "lognormal", "mean": 95, "cv": 0.7}
    ai = {"conversation": {"exchanges": 3}, "concurrency": concurrency}
    plain = ai_desk(ai=ai, intents={"question": {"follow_ups": 1}})
    by_intent, by_channel = (
        planned(changed(plain, **change))[1].steps
        for change in ({"intents__question__reply_gap": gap}, {"channels": {"email": {"reply_gap": gap}}})
    )
    for name in ("ticket", "kind", "delay", "work"):
        assert (getattr(by_intent, name) == getattr(by_channel, name)).all()
    assert by_intent.work.sum() != planned(plain)[1].steps.work.sum()


def test_reassignments_change_no_other_customer() -> None:
    with_, without = (draw_tickets(changed(reassigning_desk(), **change), 1, 0) for change in (
        {}, {"handling__reassign": None, "intents__bug__reassign": None},
    ))  # fmt: skip
    assert (with_.arrival == without.arrival).all()
    assert (with_.handle_minutes[0] == without.handle_minutes[0]).all()
    assert (with_.transfer_minutes == without.transfer_minutes).all()
    assert not without.reassigned.any()
    assert without.reassign_minutes == ()


def test_the_reassignment_kpi_counts_tickets_that_were_passed_on() -> None:
    run = simulate(reassigning_desk(teams__support__agents=50), seed=3)
    found = measures(Facts(run), None)
    assert found["reassignment"].overall() == (run.customers.reassigned > 0).mean()
    assert 0.5 < found["reassignment"].overall() < 0.9
    assert found["aht_transfer"].overall() == 3


def test_an_intent_s_share_needs_the_desk_to_pass_tickets_on() -> None:
    with pytest.raises(ScenarioError, match=r"intents\.question\.reassign is given, but nobody says how"):
        plain_desk(intents={"question": {"reassign": 0.2}})


# -- growth ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("growth", "wanted"), [
    (0.1, [200, 220, 242, 266.2]),
    (-0.5, [200, 100, 50, 25]),
    (0, [200, 200, 200, 200]),
])  # fmt: skip
def test_volume_grows_in_weekly_steps_that_compound(growth: float, wanted: list[float]) -> None:
    """Weeks are the scenario's own, here from Wednesday to Tuesday."""
    scenario = plain_desk(start="2026-03-04", weeks=4, arrivals={"weekly_growth": growth})
    per_minute = expected_rates(scenario).sum(axis=1)
    for week, volume in enumerate(wanted):
        rates = per_minute[week * 7 * 96 : (week + 1) * 7 * 96]
        assert rates == pytest.approx(np.full(7 * 96, volume / WEEK), rel=1e-12)


# -- night shifts ------------------------------------------------------------------------------------------------

NIGHT: dict[str, Any] = {"days": "daily", "start": "22:00", "end": "06:00", "agents": 2}


@pytest.mark.parametrize("weeks", [{}, {"from_week": 1}, {"to_week": 2}, {"from_week": 1, "to_week": 2}])
def test_a_night_shift_is_on_duty_in_the_first_night_from_the_first_minute(weeks: dict[str, int]) -> None:
    roster = only_roster(shift_desk({**NIGHT, **weeks}, weeks=2))
    assert changes_of(roster, 3 * DAY) == [
        (0, 2), (360, 0), (1320, 2), (DAY + 360, 0), (DAY + 1320, 2), (2 * DAY + 360, 0), (2 * DAY + 1320, 2),
    ]  # fmt: skip
    # Thirteen whole nights; of the first, six hours fall into the scenario, and of the last, two.
    assert roster.rostered_minutes == 2 * (13 * 480 + 360 + 120)


def test_the_night_before_the_first_day_is_worked_only_if_its_weekday_is() -> None:
    roster = only_roster(shift_desk({**NIGHT, "days": "mon-sat"}))
    assert changes_of(roster, 2 * DAY) == [(0, 0), (1320, 2), (DAY + 360, 0), (DAY + 1320, 2)]


def test_to_week_ends_a_night_shift_on_the_morning_after_its_last_week() -> None:
    roster = only_roster(shift_desk({**NIGHT, "to_week": 1}, weeks=3))
    assert on_duty(roster, WEEK - 1) == on_duty(roster, WEEK + 359) == 2
    assert changes_of(roster, 4 * WEEK)[-1] == (WEEK + 360, 0)


def test_from_week_begins_a_night_shift_on_the_first_evening_of_that_week() -> None:
    roster = only_roster(shift_desk({**NIGHT, "from_week": 2}, weeks=3))
    assert changes_of(roster, WEEK + DAY) == [(0, 0), (WEEK + 1320, 2)]


@pytest.mark.parametrize(("agents", "left"), [(None, 0), (1, 1)])
def test_a_break_after_midnight_falls_on_the_day_after_the_night_began(agents: int | None, left: int) -> None:
    """Friday is day 4 of the scenario; the break is on Saturday from two to three."""
    pause = {"start": "02:00", "length": "1h"} | ({} if agents is None else {"agents": agents})
    roster = only_roster(shift_desk({**NIGHT, "days": "fri", "breaks": [pause]}))
    saturday = 5 * DAY
    assert changes_of(roster, WEEK) == [
        (0, 0), (4 * DAY + 1320, 2), (saturday + 120, left), (saturday + 180, 2), (saturday + 360, 0),
    ]  # fmt: skip


def test_breaks_before_and_over_midnight_fall_into_the_evening() -> None:
    breaks = [{"start": "22:30", "length": "15m"}, {"start": "23:45", "length": "30m", "agents": 1}]
    roster = only_roster(shift_desk({**NIGHT, "days": "fri", "breaks": breaks}))
    friday = 4 * DAY
    assert changes_of(roster, WEEK) == [
        (0, 0), (friday + 1320, 2), (friday + 1350, 0), (friday + 1365, 2), (friday + 1425, 1), (friday + 1455, 2),
        (friday + 1800, 0),
    ]  # fmt: skip


def test_the_first_night_has_its_break_too() -> None:
    roster = only_roster(shift_desk({**NIGHT, "breaks": [{"start": "00:30", "length": "30m"}]}))
    assert changes_of(roster, 400) == [(0, 2), (30, 0), (60, 2), (360, 0)]


# -- shrinkage ---------------------------------------------------------------------------------------------------


def short_shift(shrinkage: float, agents: int = 1) -> Scenario:
    shift = {"days": "daily", "start": "09:00", "end": "09:45", "agents": agents}
    return plain_desk(weeks=20, teams={"support": {"agents": None, "shifts": [shift], "shrinkage": shrinkage}})


@pytest.mark.parametrize("shrinkage", [0.5, 0.27, 0.9])
def test_shrinkage_of_one_agent_in_a_short_shift_is_right_within_one_turn(shrinkage: float) -> None:
    """At the end of every one of 140 days: 45 minutes a day, less the share, give or take half an hour."""
    roster = only_roster(short_shift(shrinkage))
    present = np.cumsum(roster.on_duty_minutes(np.arange(141, dtype=np.float64) * DAY))
    wanted = 45 * (1 - shrinkage) * np.arange(1, 141)
    assert np.abs(present - wanted).max() <= 30
    assert set(roster.capacity) == {0, 1}
    assert roster.rostered_minutes == 140 * 45


def test_shrinkage_of_three_agents_takes_whole_people_away_in_turn() -> None:
    roster = only_roster(short_shift(0.5, agents=3))
    assert set(roster.capacity) == {0, 1, 2}
    present = roster.on_duty_minutes(np.array([0.0, 140.0 * DAY]))
    assert present[0] == pytest.approx(140 * 45 * 1.5, rel=0, abs=30)


# -- offered load ------------------------------------------------------------------------------------------------


def loads_of(scenario: Scenario) -> tuple[tuple[TeamLoad, ...], int]:
    """Return each team's load, and how many tickets made it."""
    tickets, journeys = planned(scenario)
    off = plan_journeys(without_ai(scenario), tickets)
    return team_loads(scenario, tickets, journeys, off, build_rosters(scenario, 1, 0)), len(tickets)


@pytest.mark.parametrize(("efficiency", "minutes"), [(1, 10), (0.8, 12.5), (2, 5)])
def test_an_efficient_team_is_offered_less_work(efficiency: float, minutes: float) -> None:
    """Ten minutes a ticket at speed 1, against three agents round the clock."""
    (load,), tickets = loads_of(plain_desk(teams={"support": {"efficiency": efficiency}}))
    assert load.offered.sum() * 60 == pytest.approx(tickets * minutes)
    assert load.offered_without_ai == pytest.approx(load.offered)
    assert load.weekly == pytest.approx(tickets * minutes / (3 * WEEK))


def test_teams_that_share_a_queue_are_loaded_alike_whatever_their_speed() -> None:
    """Two agents at speed 1 and three at speed 0.5 work as three and a half."""
    teams = {
        "support": {"agents": 2},
        "helpers": {"agents": 3, "efficiency": 0.5, "serves": ["support"]},
    }
    (support, helpers), tickets = loads_of(plain_desk(teams=teams))
    work = tickets * 10 / 60
    assert support.offered.sum() == pytest.approx(work * 2 / 3.5)
    assert helpers.offered.sum() == pytest.approx(work * 1.5 / 3.5 / 0.5)
    assert support.weekly == pytest.approx(helpers.weekly)


# -- clock changes -----------------------------------------------------------------------------------------------

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""In London, 01:00 to 02:00 does not exist on the first, and comes twice on the second."""


@pytest.mark.parametrize(("wall_minute", "wanted"), [
    (0, 0), (59, 59), (60, 60), (61, 60), (75, 60), (90, 60), (119, 60), (120, 60), (121, 61), (150, 90), (180, 120),
])  # fmt: skip
def test_a_wall_time_that_clocks_skip_counts_as_the_moment_of_the_skip(wall_minute: float, wanted: float) -> None:
    assert Wall.starting(SPRING, "Europe/London").minute_of(SPRING, wall_minute) == wanted


def test_the_day_of_the_spring_change_is_an_hour_short_and_of_the_autumn_change_an_hour_long() -> None:
    for day, minutes in ((SPRING, 1380), (AUTUMN, 1500)):
        assert Wall.starting(day, "Europe/London").minute_of(day + timedelta(days=1)) == minutes


@pytest.mark.parametrize(("zone", "days"), [
    ("Europe/London", (SPRING, AUTUMN)),
    ("America/New_York", (date(2026, 3, 8), date(2026, 11, 1))),
    ("Australia/Lord_Howe", (date(2026, 4, 5), date(2026, 10, 4))),  # by half an hour
    ("America/Santiago", (date(2026, 4, 5), date(2026, 9, 6))),  # at midnight
])  # fmt: skip
def test_a_later_wall_time_is_never_an_earlier_minute(zone: str, days: tuple[date, date]) -> None:
    wall = Wall.starting(date(2026, 1, 1), zone)
    for day in days:
        eve = day - timedelta(days=1)
        minutes = [wall.minute_of(eve, minute) for minute in range(0, 3 * DAY, 5)]
        assert minutes == sorted(minutes)
        assert abs(minutes[-1] - minutes[0] - (3 * DAY - 5)) in (30, 60)


def test_half_hours_that_clocks_skip_put_nobody_on_duty() -> None:
    """01:00 and 01:30 do not exist; 02:00 is the sixtieth minute of the day."""
    shift = {"days": "sun", "start": "00:00", "every": "30m", "agents": [1, 1, 10, 20, 40, 1]}
    roster = only_roster(shift_desk(shift, start=str(SPRING), timezone="Europe/London"))
    assert changes_of(roster, 1380) == [(0, 1), (60, 40), (90, 1), (120, 0)]
    assert roster.capacity.max() == 40
    assert roster.rostered_minutes == 60 * 1 + 30 * 40 + 30 * 1


def test_half_hours_that_come_twice_never_add_people_up() -> None:
    """The half-hour that begins at 01:30 lasts until it is 02:00 for good, an hour and a half later."""
    shift = {"days": "sun", "start": "00:00", "every": "30m", "agents": [1, 2, 10, 20, 40, 1]}
    roster = only_roster(shift_desk(shift, start=str(AUTUMN), timezone="Europe/London"))
    assert changes_of(roster, 1500) == [(0, 1), (30, 2), (60, 10), (90, 20), (180, 40), (210, 1), (240, 0)]
