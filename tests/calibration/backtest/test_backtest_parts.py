"""Parts of a backtest: measures, naive forecasts, scores, and moving a scenario to other days."""

import math
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.calibration.backtest import naive
from simulator.calibration.backtest.backtesting import MEASURES
from simulator.calibration.backtest.forecast import _band
from simulator.calibration.backtest.held_out import dated, names_in, with_arrivals
from simulator.calibration.backtest.measures import REOPENED, Period, backlog_by_day, measured, tier_measure
from simulator.calibration.backtest.verdict import Series, coverage, earth_mover, mape, score, verdicts, wape, wilson
from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Category
from simulator.metrics.facts import Facts
from simulator.report.backtest import sentences
from simulator.run import simulate
from simulator.scenario import override
from simulator.studies.staff.erlang import Line
from tests.support import theory
from tests.support.backtest_desks import FIRST, WEEK, days, hand_made, line, real_weeks, weeks
from tests.support.desks import ai_desk, pilot_desk, plain_desk

# -- measures --


def test_measures_are_those_counted_by_hand() -> None:
    export = hand_made()
    period = Period(export.first_day, export.last_day, 30)
    found = measured(export, period, pilot_desk())
    slots = found["arrivals", "slot"]
    # Clocks go forward at one: what came an hour after midnight came at two by the wall.
    assert {48 * day + slot: slots[48 * day + slot] for day, slot in ((0, 0), (0, 1), (1, 1), (1, 4), (1, 6))} == {
        0: 2, 1: 1, 49: 1, 52: 1, 54: 1,
    }  # fmt: skip
    assert slots.sum() == 6
    np.testing.assert_allclose(found["wait_mean", "day"], [3, 1])
    np.testing.assert_allclose(found["abandoned", "day"], [1 / 3, 1 / 3])
    np.testing.assert_allclose(found["waited", "period"], [4 / 6])
    np.testing.assert_allclose(found["reopened", "day"], [1 / 2, 1 / 3])
    # The smallest value that half of them do not exceed; an open ticket takes longer than any.
    np.testing.assert_allclose(found["resolution_median", "day"], [10, 30])
    np.testing.assert_allclose(found["resolution_p90", "day"], [3000, math.nan])
    # The third ticket is open until the third day, the last one still.
    np.testing.assert_allclose(found["backlog", "day"], [1, 2])


def test_the_backlog_of_a_run_is_what_the_desk_itself_counts() -> None:
    run = simulate(pilot_desk(), seed=4)
    export = of_run(run, everyone=True)
    period = Period(export.first_day, export.last_day, 60)
    ends = np.array([run.scenario.wall.minute_of(FIRST + timedelta(days=day + 1)) for day in range(28)])
    arrival, closed = run.customers.arrival, run.ends.closed
    resolved_or_gone = np.isin(run.ends.outcome, [0, 2]) | (
        (run.ends.outcome == 1) & np.isnan(Facts(run).first_response)
    )
    counted = [((arrival < end) & ~((closed <= end) & resolved_or_gone)).sum() for end in ends]
    # A help desk does not count what it has resolved and what will come back.
    assert export.first_resolved is not None
    assert export.reopened is not None
    moments = run.scenario.wall.origin.timestamp() + 60 * ends
    resting = [((export.first_resolved < moment) & (export.reopened >= moment)).sum() for moment in moments]
    assert max(resting) >= 3
    found = backlog_by_day(export, period)
    assert found is not None
    assert np.abs(found - (np.array(counted) - resting)).max() <= 1


def test_who_gave_up_is_no_backlog_even_where_the_export_has_no_waits() -> None:
    export = hand_made(wait_minutes=None)
    assert export.abandoned is not None
    assert export.resolved is not None
    found = backlog_by_day(export, Period(export.first_day, export.last_day, 30))
    assert found is not None
    # The third is resolved on the second day; the last is still open, the two who gave up are gone.
    assert (export.abandoned & ~np.isnan(export.resolved)).sum() == 0
    np.testing.assert_array_equal(found, [1, 2])


def test_a_run_as_an_export_says_what_its_ticket_table_says() -> None:
    run = simulate(pilot_desk(warm_up="7d"), seed=2)
    export, table = of_run(run), run.tickets[run.tickets.is_counted]
    assert len(export) == len(table)
    assert (export.first_day, export.last_day) == (FIRST, FIRST + timedelta(days=27))
    stamps = table.arrived_at.dt.tz_convert("UTC").astype("int64") / 10 ** (
        9 if "ns" in str(table.arrived_at.dtype) else 6
    )
    np.testing.assert_allclose(export.created, stamps, atol=1e-3)
    for column, codes in (("intent", export.intent), ("channel", export.channel), ("tier", export.tier)):
        assert codes is not None
        assert [codes.names[code] for code in codes.codes] == list(table[column])
    np.testing.assert_array_equal(export.wait_minutes, table.wait_minutes)
    np.testing.assert_array_equal(export.reopens, table.returns)
    assert export.met_sla is not None
    assert export.reopened is not None
    assert export.first_resolved is not None
    np.testing.assert_array_equal(export.met_sla, ~table.breached_sla)
    assert ((export.reopened >= export.first_resolved) | np.isnan(export.reopened)).all()
    assert (~np.isnan(export.reopened) == (table.returns > 0)).all()


def test_a_period_names_its_month_and_year_once() -> None:
    ends = date(2026, 10, 26), date(2026, 10, 31), date(2026, 11, 1), date(2027, 1, 1)
    told = [sentences.days_of((ends[0], last)) for last in ends]
    assert told == [
        "26 October 2026", "26 to 31 October 2026", "26 October to 1 November 2026",
        "26 October 2026 to 1 January 2027",
    ]  # fmt: skip


def test_names_of_measures_can_be_listed_in_a_sentence() -> None:
    assert not [one.label for one in (*MEASURES, tier_measure("gold")) if "," in one.label]


# -- naive forecasts --


def test_the_last_period_repeats_each_weekday_and_slot() -> None:
    export = real_weeks()
    found = naive.last_period(weeks(export, 1, 4), Period(*days(5, 6), 30), line())
    assert found.weeks == 2
    by_day = np.bincount(weeks(export, 3, 4).local.day, minlength=14)
    expected = [(by_day[day] + by_day[day + 7]) / 2 for day in range(7)] * 2
    np.testing.assert_allclose(found.figures["arrivals", "day"], expected)
    recent = weeks(export, 3, 4)
    tuesday_ten = (recent.local.weekday == 1) & (recent.local.minute // 30 == 20)
    assert recent.wait_minutes is not None
    expected_wait = recent.wait_minutes[tuesday_ten].mean()
    np.testing.assert_allclose(found.figures["wait_mean", "slot"][[48 + 20, 8 * 48 + 20]], expected_wait)


def test_days_on_which_nothing_was_recorded_are_no_forecast_of_an_empty_day() -> None:
    export = real_weeks()
    gone = (export.created >= export.midnight(FIRST + timedelta(days=22))) & (
        export.created < export.midnight(FIRST + timedelta(days=23))
    )
    found = naive.last_period(weeks(export.of(~gone), 1, 4), Period(*days(5, 6), 30), line())
    by_day = np.bincount(weeks(export, 3, 4).local.day, minlength=14)
    assert found.unrecorded == 1
    assert found.figures["arrivals", "day"][1] == by_day[1]


def test_erlangs_forecast_is_the_closed_form_of_each_half_hour() -> None:
    desk = plain_desk(
        arrivals={"per_week": 10080 * 0.9}, channels={"phone": {"live": True}}, teams={"support": {"agents": 5}},
    )  # fmt: skip
    export = hand_made(handle_minutes=np.array([4.0, math.nan, 6, 5, math.nan, 5]))
    found = naive.erlang(export, Period(*days(1, 1), 30), desk)
    assert found is not None
    assert (found.handle_minutes, found.patience_minutes) == (5, 6)
    line_a = Line(0.9 * 5, 5, 6 / 5)
    np.testing.assert_allclose(found.figures["wait_mean", "slot"], 5 * line_a.mean_wait)
    np.testing.assert_allclose(found.figures["abandoned", "period"], line_a.abandonment)
    np.testing.assert_allclose(found.waits.mean(), 5 * line_a.mean_wait, rtol=0.01)
    assert (found.waits > 0).mean() == pytest.approx(line_a.delayed, abs=0.001)


def test_erlang_c_stands_where_nobody_leaves_and_has_no_answer_to_more_work_than_agents() -> None:
    patient = hand_made(handle_minutes=np.full(6, 5.0), abandoned=np.zeros(6, dtype=np.bool_), wait_minutes=np.ones(6))
    period = Period(*days(1, 1), 30)
    calm = plain_desk(arrivals={"per_week": 10080 * 0.4}, channels={"phone": {"live": True}})
    found = naive.erlang(patient, period, calm)
    assert found is not None
    assert found.patience_minutes == math.inf
    np.testing.assert_allclose(found.figures["wait_mean", "day"], theory.mean_wait(0.4, 0.2, 3))
    busy = naive.erlang(patient, period, override(calm, {"arrivals.per_week": 10080}))
    assert busy is not None
    assert busy.undefined == 336
    assert np.isnan(busy.figures["wait_mean", "day"]).all()


# -- scores --


def test_the_earth_movers_distance_is_the_work_of_moving() -> None:
    # One of four moves from 0 to 4 and one from 2 to 3: (4 + 1) / 4.
    assert earth_mover(np.array([0.0, 0, 1, 2]), np.array([0.0, 4, 1, 3])) == pytest.approx(5 / 4)
    assert math.isnan(earth_mover(np.empty(0), np.ones(2)))


def test_errors_are_those_worked_by_hand() -> None:
    forecast, observed = np.array([1.0, 3, 5]), np.array([0.0, 2, 10])
    assert wape(forecast, observed) == pytest.approx(7 / 12)
    assert mape(forecast, observed) == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_half_hours_of_a_day_count_for_less_than_as_many_days() -> None:
    day = np.repeat(np.arange(20), 30)
    alike = np.repeat(np.arange(20) < 18, 30)
    spread = np.tile(np.arange(30) < 27, 20)
    by_day, by_slot = coverage(alike, day), coverage(spread, day)
    assert by_day.share == by_slot.share == 0.9
    assert by_day.low == pytest.approx(wilson(0.9, 19)[0])  # s² of 0s and 1s has 19 degrees of freedom
    assert by_slot.high - by_slot.low < 0.06 < 0.2 < by_day.high - by_day.low
    all_in = coverage(np.ones(600, dtype=np.bool_), day)
    assert (all_in.low, all_in.high) == pytest.approx(wilson(1.0, 20))


def test_a_band_runs_from_the_fifth_to_the_last_but_four_of_99() -> None:
    table = np.random.default_rng(1).permutation(np.arange(1.0, 100))[:, None]
    mean, median, low, high = _band(table)
    assert (mean[0], median[0]) == (50, 50)
    assert (low[0], high[0]) == pytest.approx((5, 95))


def test_levels_are_over_all_tickets_and_a_small_days_share_does_not_weigh_like_a_big_ones() -> None:
    observed = {"day": [0.02, 0.02, 0.02, 0.02, 0.5], "period": [0.021]}
    scores = []
    for grain, values in observed.items():
        seen = np.array(values)
        n, told, none = len(seen), np.full(len(seen), 0.02), np.full(len(seen), math.nan)
        columns = (seen, told, told, 0 * told, 1 + 0 * told, none, none)
        scores.append(score(Series(REOPENED, grain, ("",) * n, np.arange(n), *columns)))
    (judged,) = verdicts(scores, replayed=False)
    assert judged.daily.bias < -0.8
    assert judged.level.bias == pytest.approx(0.02 / 0.021 - 1)
    assert sentences.level(judged.level) == "forecast 2.0%, observed 2.1% in all (4.8% too low)"


# -- moving a scenario to other days --


def test_a_scenario_is_moved_by_its_growth_and_takes_what_is_open_then() -> None:
    desk = pilot_desk(arrivals={"weekly_growth": 0.1, "per_week": {"value": 170, "low": 160, "high": 180}})
    export = of_run(simulate(pilot_desk(drain="2w"), seed=2))
    first = FIRST + 2 * WEEK
    moved, findings = dated(desk, export, first, first + timedelta(days=9))
    assert (moved.start, moved.weeks) == (first, 2)
    per_week = moved.arrivals.per_week
    assert per_week is not None
    assert (float(per_week), per_week.low, per_week.high) == pytest.approx((170 * 1.21, 160 * 1.21, 180 * 1.21))
    assert [one.path for one in findings] == ["policy.phases", "sla.windows"]
    moment = export.midnight(first)
    assert export.resolved is not None
    assert export.channel is not None
    assert export.abandoned is not None
    mail = export.channel.codes == export.channel.names.index("email")
    gone = export.abandoned & (export.created < moment)
    is_open = (export.created < moment) & ~(export.resolved <= moment) & mail & ~gone
    assert moved.opening_backlog is not None
    assert int(moved.opening_backlog.tickets) == is_open.sum() > 0
    earlier = simulate(moved, seed=1).customers.arrival[: is_open.sum()]
    assert (export.created[is_open].min() - moment) / 60 - 0.01 <= earlier.min() < earlier.max() < 0


def test_an_ai_that_learns_and_drifts_by_weeks_begins_anew_on_other_days_and_this_is_told() -> None:
    desk = ai_desk(ai={
        "learning": {"per_review": 0.01, "ceiling": 1, "reviews_per_week": 20},
        "drift": [{"name": "new product", "from_week": 2, "log_odds": -0.5}],
    })  # fmt: skip
    moved = dated(desk, real_weeks(), FIRST + WEEK, FIRST + 2 * WEEK)[1]
    assert [one.path for one in moved] == ["ai.learning", "ai.drift"]
    assert all(str(FIRST + WEEK) in one.text for one in moved)
    assert dated(desk, real_weeks(), desk.start, FIRST + 2 * WEEK)[1] == ()


def test_intents_that_the_scenario_does_not_know_are_its_other() -> None:
    export = hand_made(intent=Category(np.array([0, 1, 2, -1, 0, 0], dtype=np.int32), ("bug", "riddle", "billing")))
    assert names_in(pilot_desk(), export) == ["bug", "other", "billing", "other", "bug", "bug"]
    assert set(names_in(plain_desk(), export)) == {None}
    desk = with_arrivals(override(pilot_desk(), {"start": "2026-03-28"}), export, export.first_day, export.last_day)
    run = simulate(desk)
    assert len(run.customers) == 6
    assert run.customers.arrival[0] == 0
    assert desk.intents.index("bug") == run.customers.intent[0]
