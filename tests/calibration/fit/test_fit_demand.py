"""What is fitted of arrivals is what was there: level, trend, busyness, profile and holidays."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.base.calendars import parse_days
from simulator.base.errors import ExportError
from simulator.calibration.fit.arrivals import fit_arrivals, measure_arrivals
from simulator.calibration.fit.level import fit_level
from simulator.calibration.fit.profile import name_days, smoothed
from simulator.scenario import override, scenario_from
from tests.support.desks import PLAIN
from tests.support.small_exports import export_at, export_of, export_of_totals, figure, holds, texts

WEEK = np.array([180, 170, 170, 160, 150, 100, 70])
ALL_DAYS = {"use": np.ones(56, dtype=bool), "share": np.ones(56)}


def fewest_hits(tries: int) -> int:
    """Fewest intervals of 90 % that hold the truth, but for a chance of 1 in 1,000."""
    return int(stats.binom.ppf(0.001, tries, 0.9))


# -- level, trend and busyness -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("growth", "busyness"), [(0.01, 0.15), (0.0, 0.05), (-0.03, 0.3)])
def test_intervals_of_level_growth_and_busyness_hold_the_truth_nine_times_in_ten(
    growth: float, busyness: float
) -> None:
    draws, tries = np.random.default_rng(2026), 150
    weekday, week = np.arange(56) % 7, np.arange(56) // 7
    hits = np.zeros(3)
    for _ in range(tries):
        factor = draws.gamma(busyness**-2, busyness**2, 56)
        totals = draws.poisson(WEEK[weekday] * (1 + growth) ** (week - 8.0) * factor)
        found = fit_level(totals, weekday, **ALL_DAYS)
        low, high = found.per_week
        hits += [
            low <= WEEK.sum() <= high,
            found.growth_range[0] <= growth <= found.growth_range[1],
            found.busyness_range[0] <= busyness <= found.busyness_range[1],
        ]
    assert (hits >= fewest_hits(tries)).all()
    assert (hits < tries).all()  # Intervals that never miss would be too wide to be of use.


@pytest.mark.slow
def test_the_stated_figures_of_simulated_exports_hold_the_truth_nine_times_in_ten() -> None:
    plain = scenario_from(PLAIN)
    truth = override(
        plain,
        ["weeks=8", "arrivals.per_week=600", "arrivals.profile=office_hours", "arrivals.busyness_cv=0.15",
         "arrivals.weekly_growth=0.01", "timezone=Europe/Berlin"],
    )  # fmt: skip
    tries = 40
    hits = np.zeros(3)
    for replication in range(tries):
        part = fit_arrivals(export_of(truth, 11, replication))
        hits += [
            holds(part, 600 * 1.01**8, "arrivals", "per_week"),
            holds(part, 0.01, "arrivals", "weekly_growth"),
            holds(part, 0.15, "arrivals", "busyness_cv"),
        ]
    assert (hits >= fewest_hits(tries)).all()


def test_a_steady_growth_without_noise_is_found_exactly() -> None:
    weekday, week = np.arange(56) % 7, np.arange(56) // 7
    totals = np.rint(1e6 * WEEK[weekday] * 1.02 ** (week - 8.0)).astype(np.int64)
    found = fit_level(totals, weekday, **ALL_DAYS)
    assert found.shows_trend
    assert found.growth == pytest.approx(0.02, abs=1e-6)
    assert found.per_weekday == pytest.approx(1e6 * WEEK, rel=1e-6)
    assert found.busyness_cv < 1e-3


def test_without_a_trend_the_level_is_the_mean_of_all_weeks_and_growth_is_0_within_its_interval() -> None:
    draws = np.random.default_rng(3)
    totals = draws.poisson(np.tile(WEEK, 6))
    part = fit_arrivals(export_of_totals(totals))
    growth = figure(part, "arrivals", "weekly_growth")
    assert growth == 0
    assert growth.low < 0 < growth.high
    assert figure(part, "arrivals", "per_week") == pytest.approx(totals.sum() / 6)
    assert "no trend shown" in texts(part)


def test_days_that_follow_each_other_in_spells_are_told_and_widen_the_interval() -> None:
    draws = np.random.default_rng(4)
    factor, level = [], 0.0
    for _ in range(84):
        level = 0.8 * level + draws.normal(0, 0.12)
        factor.append(np.exp(level))
    totals = draws.poisson(10 * np.tile(WEEK, 12) * np.array(factor))
    spells, shuffled = fit_arrivals(export_of_totals(totals)), None
    mixed = totals.reshape(12, 7)[draws.permuted(np.tile(np.arange(12)[:, None], 7), axis=0), np.arange(7)].ravel()
    shuffled = fit_arrivals(export_of_totals(mixed))
    assert "come in spells" in texts(spells)
    assert "come in spells" not in texts(shuffled)
    wide, narrow = (figure(part, "arrivals", "per_week") for part in (spells, shuffled))
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)


# -- days that do not count --------------------------------------------------------------------------------------


def test_days_without_tickets_are_missing_data_and_do_not_lower_the_level() -> None:
    totals = np.tile(WEEK, 5)
    whole = fit_arrivals(export_of_totals(totals))
    totals[[8, 9]] = 0
    part = fit_arrivals(export_of_totals(totals))
    assert figure(part, "arrivals", "per_week") == pytest.approx(figure(whole, "arrivals", "per_week"))
    assert "2 days without tickets" in texts(part)
    assert "2026-01-13, 2026-01-14" in texts(part)


def test_a_few_unnamed_holidays_do_not_make_all_days_look_busy() -> None:
    draws = np.random.default_rng(6)
    totals = draws.poisson(2 * np.tile(WEEK, 8) * draws.gamma(100, 0.01, 56))
    plain = fit_arrivals(export_of_totals(totals))
    totals[[4, 24]] //= 5
    part = fit_arrivals(export_of_totals(totals))
    assert "2 days with far less than the weekday's usual volume, as on a holiday: 2026-01-09, 2026-01-29" in texts(
        part
    )
    quiet, busy = (figure(one, "arrivals", "busyness_cv") for one in (part, plain))
    assert quiet == pytest.approx(busy, rel=0.15)


@pytest.mark.parametrize("busyness", [0.15, 0.3])
def test_days_that_are_quiet_by_chance_stay_in(busyness: float) -> None:
    draws = np.random.default_rng(7)
    for _ in range(20):
        totals = draws.poisson(np.tile(WEEK, 8) * draws.gamma(busyness**-2, busyness**2, 56))
        assert not measure_arrivals(export_of_totals(totals)).days.of_kind("quiet")


def test_a_closed_weekday_is_no_missing_data() -> None:
    part = fit_arrivals(export_of_totals([100, 100, 100, 100, 100, 0, 0] * 4))
    assert "missing" not in texts(part)
    assert list(figure(part, "arrivals", "profile")) == ["mon-fri"]
    assert figure(part, "arrivals", "per_week") == pytest.approx(500)


def test_edge_days_that_are_covered_in_part_are_left_out() -> None:
    whole = export_of_totals(np.tile(WEEK, 5))
    noon, last_noon = whole.midnight(whole.first_day) + 43_200, whole.midnight(whole.last_day) + 43_200
    part = fit_arrivals(whole.of((whole.created > noon) & (whole.created < last_noon)))
    assert figure(part, "arrivals", "per_week") == pytest.approx(WEEK.sum())
    assert f"2 days that the export covers only in part: {whole.first_day}, {whole.last_day}" in texts(part)


def test_holidays_have_their_own_multiplier_and_do_not_lower_the_level() -> None:
    first = date(2025, 12, 1)  # Christmas, Boxing Day and New Year in England fall on Thursday, Friday and Thursday.
    totals = np.tile(WEEK * 4, 6)
    for day in (24, 25, 31):
        totals[day] //= 4
    export = export_of_totals(totals, first)
    part = fit_arrivals(export, "GB")
    multiplier = figure(part, "arrivals", "holidays", "multiplier")
    assert multiplier == pytest.approx(0.25, abs=0.01)
    assert multiplier.n == 3
    assert figure(part, "arrivals", "per_week") == pytest.approx(4 * WEEK.sum())
    assert [missing.path[-1] for missing in part.missing] == ["desk_closed"]


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_holiday_on_which_nobody_answers_closes_the_desk(is_closed: bool) -> None:
    first = date(2025, 12, 1)
    totals = np.tile(WEEK, 6)
    created = export_of_totals(totals, first).created
    began = created + 600
    export = export_of_totals(totals, first)
    if is_closed:
        began[np.isin(export.local.day, [24, 25, 31])] += 5 * 86_400
    part = fit_arrivals(export_at(created, 42, first=first, began=began), "GB")
    assert figure(part, "arrivals", "holidays", "desk_closed") is is_closed
    assert not part.missing


def test_a_country_without_holidays_in_the_export_writes_none_and_says_so() -> None:
    part = fit_arrivals(export_of_totals(np.tile(WEEK, 3), date(2026, 6, 1)), "GB")
    assert not [path for path in part.settings if "holidays" in path]
    assert "no public holiday of GB" in texts(part)


@pytest.mark.parametrize(
    ("days", "country", "words"),
    [(1, None, "needs 14 days or more"), (13, None, "needs 14 days or more"), (28, "Atlantis", "ISO code")],
)
def test_what_cannot_be_fitted_is_refused_with_a_remedy(days: int, country: str | None, words: str) -> None:
    with pytest.raises(ExportError, match=words):
        fit_arrivals(export_of_totals([50] * days), country)


def test_a_weekday_that_was_always_missing_is_refused() -> None:
    first = date(2025, 12, 25)  # Both Thursdays of this fortnight are holidays.
    with pytest.raises(ExportError, match="no ordinary Thursday"):
        fit_arrivals(export_of_totals([50] * 14, first), "GB")


# -- profile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [date(2026, 3, 9), date(2026, 10, 5)])
def test_clock_changes_leave_a_steady_flow_flat(first: date) -> None:
    empty = export_at([], 28, "Europe/London", first)
    since, until = empty.midnight(first), empty.midnight(first + timedelta(days=28))
    found = measure_arrivals(export_at(np.arange(since, until, 60.0), 28, "Europe/London", first))
    assert found.profile.by_hour() == pytest.approx(np.full((7, 24), 60.0), rel=1e-3)
    assert found.profile.groups == (tuple(range(7)),)


def test_days_that_are_alike_share_a_row_and_others_do_not() -> None:
    truth = override(scenario_from(PLAIN), ["weeks=8", "arrivals.per_week=900", "arrivals.profile=office_hours"])
    part = fit_arrivals(export_of(truth, 5))
    assert list(figure(part, "arrivals", "profile")) == ["mon-fri", "sat-sun"]


def test_a_busy_monday_with_the_hours_of_other_days_has_its_own_row() -> None:
    draws = np.random.default_rng(12)
    totals = draws.poisson(np.tile([520, 400, 400, 400, 400, 100, 100], 8) * draws.gamma(44, 1 / 44, 56))
    part = fit_arrivals(export_of_totals(totals))
    assert list(figure(part, "arrivals", "profile")) == ["mon", "tue-fri", "sat-sun"]


def test_the_profile_is_as_fine_as_the_counts_support() -> None:
    first = export_of_totals(np.tile(WEEK, 4))
    coarse = figure(fit_arrivals(first), "arrivals", "profile")
    hour = np.concatenate(
        [first.midnight(first.first_day) + 3600 * np.arange(28 * 24)[:, None] + np.linspace(0, 899, 40)]
    )
    fine = figure(fit_arrivals(export_at(np.sort(hour.ravel()), 28)), "arrivals", "profile")
    assert {len(row) for row in coarse.values()} == {24}
    assert {len(row) for row in fine.values()} == {96}


def test_smoothing_keeps_the_total_and_calms_small_counts() -> None:
    draws = np.random.default_rng(8)
    rows = draws.poisson(2.0, (40, 24)).astype(float)
    shapes = smoothed(rows)
    assert shapes.sum(axis=1) == pytest.approx(np.ones(40))
    raw = rows / rows.sum(axis=1, keepdims=True)
    assert np.mean((shapes - 1 / 24) ** 2) < 0.5 * np.mean((raw - 1 / 24) ** 2)
    edge = np.array([[0.0] * 8 + [900.0] * 8 + [0.0] * 8])
    assert smoothed(edge)[0, 7] < 0.01


@given(st.sets(st.integers(0, 6), min_size=1))
def test_names_of_days_are_read_back_as_the_same_days(days: set[int]) -> None:
    assert sorted(parse_days(name_days(sorted(days)))) == sorted(days)
