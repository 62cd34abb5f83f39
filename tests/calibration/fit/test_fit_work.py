"""Durations are fitted as the literature says: survival, censored likelihood, intervals that cover, mixtures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import special, stats

from simulator.calibration.fit.durations import TABLE_DISTANCE, DurationFit, fit_duration
from simulator.calibration.fit.likelihood import Sums, kaplan_meier, likeliest
from simulator.calibration.fit.on_hold import two_parts
from simulator.calibration.fit.partial_pooling import differ, share_of, shares_by_group, shrink
from simulator.calibration.fit.patience import log_rank
from simulator.distributions import MeanDuration

Floats = np.ndarray[Any, Any]
LOGNORMAL_FIRST = ("lognormal", "gamma", "exponential")

# Weeks in remission of 42 children with leukaemia, 6-mercaptopurine against placebo (Freireich et al. 1963, Blood 21).
TREATED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], dtype=float)
RELAPSED = np.arange(21) < 9
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], dtype=float)


def fitted(minutes: Floats, ended: Floats | None = None, **options: Any) -> DurationFit:
    found = fit_duration(minutes, ended, **options)
    assert found is not None
    return found


def lognormal(rng: np.random.Generator, mean: float, cv: float, n: int) -> Floats:
    variance = np.log1p(cv**2)
    return rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), n)


# -- survival --


def test_kaplan_meier_gives_the_printed_curve_of_freireich_s_children() -> None:
    """Survival and standard errors as printed in Kleinbaum and Klein, Survival Analysis, table 2.1 and section 2."""
    curve = kaplan_meier(TREATED, RELAPSED)
    at = np.array([6, 7, 10, 13, 16, 22, 23], dtype=float)
    assert curve.at(at) == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    errors = curve.share * np.sqrt(curve.relative_variance)
    printed = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert errors[np.searchsorted(curve.times, at)] == pytest.approx(printed, abs=5e-5)
    assert curve.at(np.array([5.9]))[0] == 1


def test_kaplan_meier_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    minutes, ended = np.round(rng.exponential(30, 3000), 1) + 0.1, rng.random(3000) < 0.4
    curve, theirs = kaplan_meier(minutes, ended), stats.ecdf(stats.CensoredData(minutes[ended], right=minutes[~ended]))
    assert (curve.times == theirs.sf.quantiles).all()
    assert curve.share == pytest.approx(theirs.sf.probabilities, abs=1e-14)


def test_the_log_rank_test_gives_the_printed_chi_square_of_freireich_s_children() -> None:
    weeks, ended = np.concatenate([TREATED, PLACEBO]), np.concatenate([RELAPSED, np.ones(21, dtype=bool)])
    treated = np.arange(42) < 21
    assert log_rank(weeks, ended, treated, ~treated) == pytest.approx(float(special.chdtrc(1, 16.79)), rel=0.01)


def test_groups_that_are_the_same_show_no_difference() -> None:
    weeks, ended = np.tile(TREATED, 2), np.tile(RELAPSED, 2)
    first = np.arange(42) < 21
    assert log_rank(weeks, ended, first, ~first) == pytest.approx(1)


def test_the_band_lies_about_the_curve_and_within_0_and_1() -> None:
    curve = kaplan_meier(TREATED, RELAPSED)
    low, high = curve.band
    assert (low <= curve.share).all()
    assert (curve.share <= high).all()
    assert low.min() >= 0
    assert high.max() <= 1
    place = int(np.searchsorted(curve.times, 10))
    assert low[place] < curve.share[place] - 0.1
    assert high[place] > curve.share[place] + 0.1


# -- likelihood --


@pytest.mark.parametrize(("form", "theirs"), [("lognormal", stats.lognorm), ("gamma", stats.gamma)])
def test_the_censored_likelihood_has_its_maximum_where_scipy_s_has(form: str, theirs: Any) -> None:
    rng = np.random.default_rng(5)
    minutes, cut = rng.gamma(1.5, 4, 400), rng.exponential(8, 400)
    seen, ended = np.minimum(minutes, cut), minutes <= cut
    found = likeliest(form, Sums.of(seen, ended))
    assert found is not None
    shape, _, scale = theirs.fit(stats.CensoredData.right_censored(seen, ~ended), floc=0)
    frozen = theirs(shape, 0, scale)
    assert found.mean.value == pytest.approx(frozen.mean(), rel=1e-3)
    assert found.cv.value == pytest.approx(frozen.std() / frozen.mean(), rel=1e-3)
    theirs_aic = 4 - 2 * (frozen.logpdf(seen[ended]).sum() + frozen.logsf(seen[~ended]).sum())
    assert found.aic == pytest.approx(theirs_aic, abs=1e-4)


def test_an_exponential_s_mean_is_time_under_way_by_ends() -> None:
    found = likeliest("exponential", Sums.of(np.array([1.0, 2, 3, 4]), np.array([True, False, True, False])))
    assert found is not None
    assert found.mean.value == 5


def test_many_distinct_cut_off_lengths_are_put_together_without_changing_the_fit() -> None:
    rng = np.random.default_rng(6)
    minutes, cut = lognormal(rng, 8, 0.9, 20_000), rng.exponential(9, 20_000)
    seen, ended = np.minimum(minutes, cut), minutes <= cut
    sums = Sums.of(seen, ended)
    assert len(sums.cut) < (~ended).sum()
    assert sums.counts.sum() == (~ended).sum()
    found = likeliest("lognormal", sums)
    assert found is not None
    assert found.mean.low < 8 < found.mean.high
    assert found.mean.high / found.mean.low < 1.06


@pytest.mark.slow
@pytest.mark.parametrize(("form", "n", "cut"), [
    ("lognormal", 60, None), ("lognormal", 400, None), ("lognormal", 300, 8.0), ("gamma", 300, None),
    ("gamma", 200, 20.0), ("exponential", 200, None), ("exponential", 200, 10.0),
])  # fmt: skip
def test_nine_of_ten_intervals_hold_the_mean_and_the_cv_whatever_form_is_chosen(
    form: str, n: int, cut: float | None
) -> None:
    draws = {
        "lognormal": lambda rng: (lognormal(rng, 8, 0.9, n), 8, 0.9),
        "gamma": lambda rng: (rng.gamma(4, 5, n), 20, 0.5),
        "exponential": lambda rng: (rng.exponential(8, n), 8, 1.0),
    }
    rng, times = np.random.default_rng(11), 120
    held = {"mean": 0, "cv": 0}
    for _ in range(times):
        minutes, mean, cv = draws[form](rng)
        ended = None
        if cut is not None:
            left = rng.exponential(cut, n)
            minutes, ended = np.minimum(minutes, left), minutes <= left
        found = fitted(minutes, ended, forms=LOGNORMAL_FIRST)
        held["mean"] += found.mean.low <= mean <= found.mean.high
        held["cv"] += found.cv.low <= cv <= found.cv.high
    # A true 90 % falls below this once in a thousand times.
    least = float(stats.binom.ppf(0.001, times, 0.9)) / times
    assert held["mean"] / times >= least
    assert held["cv"] / times >= least


# -- which distribution --


@pytest.mark.parametrize("form", ["lognormal", "gamma"])
def test_with_enough_tickets_the_true_form_is_chosen_and_agrees(form: str) -> None:
    rng = np.random.default_rng(2)
    found = fitted(lognormal(rng, 8, 0.8, 5000) if form == "lognormal" else rng.gamma(3, 2, 5000))
    assert found.form == form
    assert found.distance < 0.02
    assert found.chance > 0.05


def test_durations_of_two_kinds_become_a_table_that_keeps_their_mean_and_cv() -> None:
    rng = np.random.default_rng(3)
    minutes = np.concatenate([lognormal(rng, 3, 0.3, 3000), lognormal(rng, 150, 0.5, 3000)])
    found = fitted(minutes)
    assert found.form == "quantiles"
    assert found.mean.value == pytest.approx(minutes.mean(), rel=0.01)
    assert found.cv.value == pytest.approx(minutes.std() / minutes.mean(), rel=0.02)
    assert found.distance < TABLE_DISTANCE


def test_a_censored_table_follows_kaplan_and_meier_and_ends_in_an_exponential_tail() -> None:
    rng = np.random.default_rng(4)
    minutes = np.where(rng.random(8000) < 0.4, rng.exponential(0.3, 8000), 3 + rng.exponential(20, 8000))
    cut = rng.exponential(15, 8000)
    ended = minutes <= cut
    found = fitted(np.minimum(minutes, cut), ended)
    curve = kaplan_meier(np.minimum(minutes, cut), ended)
    assert found.form == "quantiles"
    at = np.array([0.1, 0.5, 2, 5, 10, 20])
    assert found.survival(at) == pytest.approx(curve.at(at), abs=0.02)
    # Memoryless beyond what is seen: 0.6 exp(-(t - 3) / 20).
    far = np.array([60.0, 90.0])
    assert found.survival(far) == pytest.approx(0.6 * np.exp(-(far - 3) / 20), abs=0.02)


def test_durations_that_never_differ_are_constant() -> None:
    found = fitted(np.full(40, 7.0))
    assert found.form == "constant"
    assert float(found.setting()["value"]) == 7


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.booleans()), min_size=1, max_size=80),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_fitted_is_a_duration_that_a_scenario_takes(
    rows: list[tuple[float, bool]], censored: bool
) -> None:
    minutes, ended = (np.array(column) for column in zip(*rows, strict=True))
    found = fit_duration(minutes, ended if censored else None)
    if found is None:
        assert not (minutes > 0).any() or (censored and not ended.any())
        return
    assert 0 <= found.mean.low <= found.mean.value <= found.mean.high
    drawn = TypeAdapter(MeanDuration).validate_python(found.setting()).at_scores(np.array([-2.0, 0.0, 2.0]))
    assert (np.diff(drawn) >= 0).all()
    assert (drawn >= 0).all()


# -- mixtures, shares and shrinkage --


def test_two_kinds_of_resolution_are_told_apart() -> None:
    rng = np.random.default_rng(7)
    minutes = np.concatenate([rng.lognormal(3, 1.2, 6000), rng.lognormal(8.5, 1, 4000)])
    found = two_parts(minutes)
    assert found is not None
    assert found.weight == pytest.approx([0.6, 0.4], abs=0.02)
    assert found.middle == pytest.approx([3, 8.5], abs=0.1)
    assert found.spread == pytest.approx([1.2, 1], abs=0.06)
    assert found.slow(np.array([1.0, 1e6])) == pytest.approx([0, 1], abs=1e-3)


@pytest.mark.parametrize("n", [50, 5000])
def test_one_kind_of_resolution_is_not_made_into_two(n: int) -> None:
    assert two_parts(np.random.default_rng(8).lognormal(5, 1.5, n)) is None


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 3)), min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_shrinkage_stays_between_a_group_s_own_figure_and_the_others(groups: list[tuple[float, float]]) -> None:
    estimates, errors = (np.array(column) for column in zip(*groups, strict=True))
    shrunk, left = shrink(estimates, errors)
    assert (shrunk >= estimates.min() - 1e-9).all()
    assert (shrunk <= estimates.max() + 1e-9).all()
    assert (left <= errors * (1 + 1e-9)).all()


def test_groups_that_differ_by_noise_alone_take_the_common_figure() -> None:
    shrunk, left = shrink(np.array([1.0, 1.1, 0.95]), np.array([0.2, 0.2, 0.2]))
    assert shrunk == pytest.approx(np.full(3, np.mean([1.0, 1.1, 0.95])))
    assert left == pytest.approx(np.full(3, 0.2 / np.sqrt(3)))


def test_a_share_s_interval_is_jeffreys_and_reaches_the_ends_of_its_scale() -> None:
    found = share_of(3, 20)
    assert (found.low, found.high) == pytest.approx(stats.beta(3.5, 17.5).ppf([0.05, 0.95]))
    assert share_of(0, 20).low == 0
    assert share_of(20, 20).high == 1


def test_groups_have_shares_of_their_own_only_where_they_differ() -> None:
    n = np.array([1000, 1000, 0, 20])
    assert not differ(np.array([100, 110, 0, 3]), n)
    assert shares_by_group(np.array([100, 110, 0, 3]), n) == {}
    found = shares_by_group(np.array([100, 400, 0, 2]), n)
    assert set(found) == {0, 1, 3}
    assert found[0].low < 0.1 < found[0].high
    assert 0.1 < found[3].value < 0.4
