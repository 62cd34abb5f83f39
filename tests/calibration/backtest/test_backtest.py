"""A backtest trusts a scenario that is true, distrusts one that is not, and never looks ahead."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from simulator.base.errors import StudyError
from simulator.calibration.backtest.backtesting import backtest
from simulator.calibration.backtest.measures import Period, backlog_by_day, open_at
from simulator.calibration.backtest.verdict import Trust
from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Export
from simulator.report.backtest.view import page_of
from simulator.report.render.csv import frame_of
from simulator.run import simulate
from simulator.scenario import override
from tests.support.backtest_desks import FIRST, LINE, WEEK, days, held_out, line, real_weeks, truth, weeks
from tests.support.desks import pilot_desk, plain_desk

# -- the truth is trusted, what is not is not --


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_what_never_happens_and_is_never_forecast_is_not_judged_but_told() -> None:
    found = truth()
    judged = {one.series.measure.key for one in found.scores}
    assert not judged & {"reassigned", "reopened"}
    told = [one.text for one in found.findings]
    assert any("none of reassigned, reopened in the test days" in text for text in told)


def test_observed_values_without_a_band_are_counted() -> None:
    found = truth()
    lost = sum(int((np.isfinite(one.series.observed) & np.isnan(one.series.low)).sum()) for one in found.scores)
    assert lost > 0
    assert any(f"are missing for {lost:,} of " in one.text for one in found.findings)


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


@pytest.mark.slow
def test_half_the_agents_are_not_trusted_and_the_miss_has_its_direction() -> None:
    half = override(line(), {"teams.support.shifts[0].agents": 2})
    found = held_out(real_weeks(), half, replications=19)
    wrong = {one.measure.key: one for one in found.verdicts}
    for key in ("abandoned", "wait_mean", "waited"):
        assert wrong[key].trust is Trust.DISTRUST, key
        assert wrong[key].daily.bias > 0.25, key
    assert wrong["arrivals"].trust is not Trust.DISTRUST


@pytest.mark.slow
def test_a_level_that_is_not_known_widens_the_bands() -> None:
    unsure = override(line(), {"arrivals.per_week": {"value": 1500, "low": 1200, "high": 1800}})
    found = held_out(real_weeks(), unsure)
    assert [one.name for one in found.forecast.inputs] == ["arrivals.per_week"]
    wide, narrow = (one.score_of("arrivals", "period") for one in (found, truth()))
    assert wide is not None
    assert narrow is not None
    assert wide.width > 2 * narrow.width


@pytest.mark.slow
def test_figures_that_move_no_ticket_are_not_said_to_be_missing_from_the_bands() -> None:
    survey = {"csat.response_rate": {"value": 0.2, "n": 400}, "csat.human_mean": {"value": 4.1, "n": 80}}
    found = held_out(real_weeks(), override(line(), {"csat": {"human_mean": 4.1, "response_rate": 0.2}, **survey}),
                     replications=19)  # fmt: skip
    assert found.forecast.left == ()
    assert not any(one.path == "bands" and "leave out" in one.text for one in found.findings)


@pytest.mark.slow
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


@pytest.mark.slow
def test_arrivals_of_intents_that_the_scenario_does_not_know_are_replayed_without_and_this_is_told() -> None:
    question = {**LINE["intents"]["question"], "share": 0.5}
    riddle = {"share": 0.5, "handle": {"form": "exponential", "mean": 8}}
    export, two = real_weeks(), plain_desk(**{**LINE, "intents": {"question": question, "riddle": riddle}})
    named = held_out(export, two, arrivals="replayed", replications=19)
    assert not any(one.path == "arrivals" for one in named.findings)
    codes = export.intent.codes.copy()
    codes[-1] = -1
    unnamed = replace(export, intent=replace(export.intent, codes=codes))
    odd = held_out(unnamed, two, arrivals="replayed", replications=19)
    told = next(one.text for one in odd.findings if one.path == "arrivals")
    assert "1 of " in told
    assert "replayed without intents" in told


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


@pytest.mark.slow
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
    assert compared >= 18  # Nothing is reassigned or reopened here, so these are not judged.
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


def test_a_ticket_that_comes_back_later_is_resolved_as_far_as_was_known() -> None:
    back_late = {"reopen": {"share": 0.3, "delay": "4d"}}
    export = of_run(simulate(pilot_desk(weeks=4, drain="2w", handling=back_late), seed=2))
    moment = export.midnight(FIRST + 2 * WEEK)
    assert export.reopened is not None
    assert export.first_resolved is not None
    assert export.reopens is not None
    back = (export.reopened >= moment) & (export.first_resolved < moment)
    assert back.sum() >= 5
    never = replace(
        export, reopened=np.where(back, math.nan, export.reopened), reopens=np.where(back, 0.0, export.reopens),
        resolved=np.where(back, export.first_resolved, export.resolved),
    )  # fmt: skip
    one, other = export.as_of(moment), never.as_of(moment)
    for name in ("resolved", "reopened", "reopens", "first_resolved"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    known, before = open_at(export, moment), Period(FIRST, FIRST + 2 * WEEK - timedelta(days=1), 60)
    assert known is not None
    np.testing.assert_array_equal(known, open_at(never, moment))
    left = backlog_by_day(export, before)
    assert left is not None
    assert left[-1] == known.sum()


# -- tables, and the same seed --


@pytest.mark.slow
def test_the_same_seed_gives_the_same_tables_whoever_computes() -> None:
    one, two = (held_out(real_weeks(), line(), replications=19, workers=workers) for workers in (1, "threads:2"))
    pages = [page_of(found) for found in (one, two)]
    for name in ("measures", "summary"):
        first, second = (frame_of(page.table(name)).to_csv() for page in pages)
        assert first == second
    assert pages[0].manifest == pages[1].manifest


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


def test_days_without_a_ticket_are_nothing_to_hold_a_forecast_against() -> None:
    export = real_weeks()
    earlier = export.of(export.created < export.midnight(days(5, 5)[0]))
    with pytest.raises(StudyError, match="2026-03-30..2026-04-26, in which no ticket was created; must hold"):
        held_out(earlier, line())


def test_nothing_is_trusted_that_no_naive_forecast_stands_beside() -> None:
    export = real_weeks()
    later = export.of(export.created >= export.midnight(days(5, 5)[0]))
    judged = {one.measure.key: one for one in held_out(later, line(), replications=19).verdicts}
    assert judged["arrivals"].daily.rivals == {}
    assert judged["arrivals"].trust is Trust.UNKNOWN
    assert Trust.TRUST not in {one.trust for one in judged.values()}


@pytest.mark.parametrize("refused", [
    lambda: backtest(real_weeks(), line(), days(5, 8)[::-1], train=weeks(real_weeks(), 1, 4)),
    lambda: held_out(real_weeks(), line(), replications=10),
    lambda: held_out(real_weeks(), line(), seed=-1),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(refused: Callable[[], Any]) -> None:
    with pytest.raises(StudyError, match="must"):
        refused()
