"""A backtest trusts a scenario that is true, distrusts one that is not, and never looks ahead."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.calibration.backtest import naive
from simulator.calibration.backtest.dating import dated, names_in, with_agents, with_arrivals
from simulator.calibration.backtest.forecast import _band
from simulator.calibration.backtest.measures import Period, backlog_by_day, measured
from simulator.calibration.backtest.scores import coverage, earth_mover, mape, wape, wilson
from simulator.calibration.backtest.study import Backtest, backtest
from simulator.calibration.backtest.tables import manifest, measures_table, summary_table
from simulator.calibration.backtest.verdict import Trust
from simulator.calibration.exports.of_run import of_run
from simulator.calibration.exports.table import Category, Export
from simulator.errors import StudyError
from simulator.metrics.facts import Facts
from simulator.run import simulate
from simulator.scenario import Scenario, override
from simulator.studies.staffing.erlang import Line
from tests import theory
from tests.desks import START, pilot_desk, plain_desk

Floats = NDArray[np.float64]
FIRST = date.fromisoformat(START)
WEEK = timedelta(days=7)
LINE: dict[str, Any] = {
    "weeks": 8,
    "arrivals": {"per_week": 1500, "profile": "office_hours", "busyness_cv": 0.1},
    "channels": {"phone": {"live": True, "patience": "4m"}},
    "intents": {"question": {"handle": {"form": "exponential", "mean": 8, "value": None}}},
    "teams": {"support": {"agents": None, "shifts": [
        {"days": "mon-fri", "start": "07:00", "end": "20:00", "agents": 4},
        {"days": "sat, sun", "start": "07:00", "end": "20:00", "agents": 1},
    ]}},
}  # fmt: skip
"""A phone line; outside its hours nobody answers."""


@cache
def line() -> Scenario:
    return plain_desk(**LINE)


@cache
def real_weeks(seed: int = 77) -> Export:
    """Eight weeks that the line lived through."""
    return of_run(simulate(line(), seed=seed))


def weeks(export: Export, first: int, last: int) -> Export:
    return export.between(FIRST + (first - 1) * WEEK, FIRST + last * WEEK - timedelta(days=1))


def days(first: int, last: int) -> tuple[date, date]:
    return FIRST + (first - 1) * WEEK, FIRST + last * WEEK - timedelta(days=1)


def held_out(export: Export, scenario: Scenario, **more: Any) -> Backtest:
    given: dict[str, Any] = {"replications": 39, "seed": 5, "workers": 1, **more}
    return backtest(export, scenario, days(5, 8), train=weeks(export, 1, 4), **given)


@cache
def truth() -> Backtest:
    return held_out(real_weeks(), line())


# -- the truth is trusted, what is not is not --


def test_bands_of_the_true_scenario_hold_nine_tenths_of_what_happens() -> None:
    """Days of this desk are independent, so pooled misses of days and futures are bounded as a binomial's."""
    inside = []
    for seed in (77, 78, 79):
        found = truth() if seed == 77 else held_out(real_weeks(seed), line())
        one = found.score_of("wait_mean", "day")
        assert one is not None
        inside.append(one.series.inside[one.series.looked_at])
    pooled = np.concatenate(inside)
    error = math.sqrt(0.9 * 0.1 / len(pooled))
    assert len(pooled) == 3 * 28
    assert abs(pooled.mean() - 0.9) <= 4 * error


def test_every_band_of_the_true_scenario_holds_at_every_grain() -> None:
    for one in truth().scores:
        if one.series.grain != "period":
            assert one.coverage.high >= 0.9, one.series.measure.key
            assert one.coverage.share >= 0.8, one.series.measure.key


def test_the_true_scenario_is_distrusted_for_nothing() -> None:
    """It need not win: this line is Erlang A but for the turns of the day, and its weeks are alike."""
    found = truth().verdicts
    assert len(found) >= 8
    assert {one.trust for one in found} <= {Trust.TRUST, Trust.NO_BETTER}
    waits = next(one for one in found if one.measure.key == "wait_mean")
    assert abs(waits.daily.bias) < 0.15


def test_a_true_scenario_that_knows_of_growth_is_trusted_and_beats_what_was_last_seen() -> None:
    mail = plain_desk(weeks=8, arrivals={"per_week": 300, "weekly_growth": 0.1, "busyness_cv": 0.05})
    found = held_out(of_run(simulate(mail, seed=9)), mail)
    arrivals = found.verdicts[0]
    assert arrivals.trust is Trust.TRUST
    assert arrivals.better_than == ("last period",)
    assert found.erlang is None
    assert found.period.slot_minutes == 60
    rival = arrivals.daily.last
    assert rival is not None
    assert rival.gain.excludes_zero
    # Four weeks of 10 % lie between the weeks that are repeated and those that come.
    assert rival.wape == pytest.approx(1 - 1.1**-4, abs=0.05)


def test_half_the_agents_are_not_trusted_and_the_miss_has_its_direction() -> None:
    half = override(line(), {"teams.support.shifts[0].agents": 2})
    found = held_out(real_weeks(), half, replications=19)
    wrong = {one.measure.key: one for one in found.verdicts}
    for key in ("abandoned", "wait_mean", "waited"):
        assert wrong[key].trust is Trust.DISTRUST, key
        assert wrong[key].daily.bias > 0.25, key
    assert wrong["arrivals"].trust is not Trust.DISTRUST


def test_a_level_that_is_not_known_widens_the_bands() -> None:
    unsure = override(line(), {"arrivals.per_week": {"value": 1500, "low": 1200, "high": 1800}})
    found = held_out(real_weeks(), unsure)
    assert [one.name for one in found.forecast.inputs] == ["arrivals.per_week"]
    wide, narrow = (one.score_of("arrivals", "period") for one in (found, truth()))
    assert wide is not None
    assert narrow is not None
    assert wide.width > 2 * narrow.width


def test_replayed_arrivals_are_those_observed_and_are_no_forecast() -> None:
    found = held_out(real_weeks(), line(), arrivals="replayed", replications=19)
    arrivals = found.score_of("arrivals", "slot")
    assert arrivals is not None
    np.testing.assert_array_equal(arrivals.series.observed, arrivals.series.mean)
    assert found.verdicts[0].trust is Trust.GIVEN
    wait, drawn = (one.score_of("wait_mean", "day") for one in (found, truth()))
    assert wait is not None
    assert drawn is not None
    assert wait.wape < drawn.wape


# -- nothing looks ahead --


def scrambled(export: Export, since: float) -> Export:
    """Change what became of all tickets created from a moment on, without changing when the export was made."""
    random = np.random.default_rng(3)
    later = export.created >= since
    changes: dict[str, Any] = {}
    for name in ("wait_minutes", "handle_minutes", "began", "ended", "first_response", "resolved"):
        column = getattr(export, name).copy()
        column[later] = random.permutation(column[later])
        changes[name] = column
    abandoned = export.abandoned
    assert abandoned is not None
    changes["abandoned"] = np.where(later, random.random(len(export)) < 0.5, abandoned)
    return replace(export, **changes)


def test_other_outcomes_in_the_test_days_change_no_forecast() -> None:
    export = real_weeks()
    other = scrambled(export, export.midnight(days(5, 8)[0]))
    assert other.abandoned is not None
    assert export.abandoned is not None
    assert not np.array_equal(other.abandoned, export.abandoned)
    one, two = (held_out(given, line(), replications=19) for given in (export, other))
    compared = 0
    for here in one.scores:
        there = two.score_of(here.series.measure.key, here.series.grain)
        if there is None:
            continue  # Scrambled, nine in ten are resolved of no day's tickets.
        compared += 1
        for name in ("mean", "low", "high", "last", "erlang"):
            np.testing.assert_array_equal(getattr(here.series, name), getattr(there.series, name))
    assert compared >= 20
    here, there = one.score_of("abandoned", "day"), two.score_of("abandoned", "day")
    assert here is not None
    assert there is not None
    assert not np.array_equal(here.series.observed, there.series.observed)


def test_what_happens_after_a_moment_is_not_in_the_export_as_of_it() -> None:
    export = of_run(simulate(pilot_desk(weeks=4, drain="2w"), seed=2))
    moment = export.midnight(FIRST + 2 * WEEK)
    before = export.as_of(moment)
    changes: dict[str, Any] = {}
    for name in ("began", "ended", "first_response", "resolved", "first_resolved", "reopened"):
        column = getattr(export, name)
        changes[name] = np.where(column >= moment, column + 12345.0, column)
    after = replace(export, **changes).as_of(moment)
    assert len(before) == (export.created < moment).sum()
    for field in fields(Export):
        one, other = getattr(before, field.name), getattr(after, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=field.name)


# -- measures --


def hand_made(**more: Any) -> Export:
    """Six tickets on two days in London, the second of which loses an hour."""
    day = date(2026, 3, 28)
    empty = Export("Europe/London", day, day + timedelta(days=1), 0.0, np.empty(0), Category(np.empty(0), ("all",)))
    first, second = empty.midnight(day), empty.midnight(day + timedelta(days=1))
    created = np.array([first, first + 60, first + 1800, second + 1800, second + 3600, second + 7200])
    given: dict[str, Any] = {
        "created": created, "intent": Category(np.zeros(6, dtype=np.int32), ("all",)), "seen_until": second + 86400,
        "wait_minutes": np.array([0.0, 3, 6, 1, 0, 2]), "abandoned": np.array([False, True, False, False, True, False]),
        "resolved": created + 60 * np.array([10.0, math.nan, 3000, 30, math.nan, math.nan]),
        "reopens": np.array([0.0, math.nan, 1, 0, 2, 0]),
    }  # fmt: skip
    return replace(empty, **{**given, **more})


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
    found = backlog_by_day(export, period)
    assert found is not None
    assert np.abs(found - counted).max() <= 1


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


def test_agents_who_were_there_are_rostered_day_by_day() -> None:
    agents = np.zeros((14, 48))
    agents[0, 18:36], agents[8, 20:22] = 2.6, 1.2
    desk = with_agents(plain_desk(weeks=2), {"support": agents})
    (roster,) = simulate(desk).rosters
    by_slot = roster.on_duty_minutes(np.arange(0, 14 * 1440 + 1, 30)) / 30
    np.testing.assert_array_equal(by_slot, np.rint(agents).ravel())


def test_intents_that_the_scenario_does_not_know_are_its_other() -> None:
    export = hand_made(intent=Category(np.array([0, 1, 2, -1, 0, 0], dtype=np.int32), ("bug", "riddle", "billing")))
    assert names_in(pilot_desk(), export) == ["bug", "other", "billing", "other", "bug", "bug"]
    assert set(names_in(plain_desk(), export)) == {None}
    desk = with_arrivals(override(pilot_desk(), {"start": "2026-03-28"}), export, export.first_day, export.last_day)
    run = simulate(desk)
    assert len(run.customers) == 6
    assert run.customers.arrival[0] == 0
    assert desk.intents.index("bug") == run.customers.intent[0]


# -- tables, and the same seed --


def test_the_same_seed_gives_the_same_tables_whoever_computes() -> None:
    one, two = (held_out(real_weeks(), line(), replications=19, workers=workers) for workers in (1, "threads:2"))
    assert measures_table(one).to_csv() == measures_table(two).to_csv()
    assert summary_table(one).to_csv() == summary_table(two).to_csv()
    assert manifest(one) == manifest(two)


# -- what is refused --


@pytest.mark.parametrize(
    ("test", "train", "message"),
    [
        ((5, 8), (1, 5), "must begin after the last day of --train"),
        ((1, 2), (3, 4), "must begin after the last day of --train"),
        ((5, 9), (1, 4), "must lie within the days of the export, 2026-03-02..2026-04-26"),
        ((0, 1), (2, 4), "must lie within the days of the export"),
    ],
)
def test_days_that_are_no_forecast_are_refused(test: tuple[int, int], train: tuple[int, int], message: str) -> None:
    export = real_weeks()
    given = replace(weeks(export, *train))
    with pytest.raises(StudyError, match=message):
        backtest(export, line(), days(*test), train=given, replications=19)


@pytest.mark.parametrize("refused", [
    lambda: backtest(real_weeks(), line(), days(5, 8)[::-1], train=weeks(real_weeks(), 1, 4)),
    lambda: held_out(real_weeks(), line(), replications=10),
    lambda: held_out(real_weeks(), line(), seed=-1),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(refused: Callable[[], Any]) -> None:
    with pytest.raises(StudyError, match="must"):
        refused()
