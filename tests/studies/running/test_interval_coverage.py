"""95 % intervals of studies hold the truth about as often as they say.

300 repetitions of a small study; `results/validation/interval_coverage.md` has 1,000 of several.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.support.known_studies import Model, ai_desk
from tests.support.theory_replications import mean_per_arrival, mean_quantile
from tests.validation.interval_coverage import coverage, repeat

pytestmark = pytest.mark.slow
REPETITIONS, REPLICATIONS = 300, 5
BAND = stats.binom.ppf([0.0005, 0.9995], REPETITIONS, 0.95) / REPETITIONS
"""Where 999 of 1,000 such counts lie if intervals hold the truth in 95 % of all studies."""


@pytest.fixture(scope="module")
def studied() -> tuple[Model, pd.DataFrame]:
    model = ai_desk(0.8)
    return model, repeat(model, REPETITIONS, replications=REPLICATIONS)


def test_intervals_hold_known_means_and_paired_differences(studied: tuple[Model, pd.DataFrame]) -> None:
    found = coverage(*studied)
    assert set(found.kind) == {"mean", "to baseline"}
    assert {"wait_mean", "abandonment", "automated_resolution", "human_hours"} <= set(found.kpi)
    assert (found.replications == REPLICATIONS).all()
    missed = found[~found.coverage.between(*BAND)]
    assert missed.empty, f"coverage outside {BAND}:\n{missed}"


def test_known_means_are_what_studies_find_on_average(studied: tuple[Model, pd.DataFrame]) -> None:
    """Hold a mean of 1,500 replications against theory, so that no interval is right about the wrong figure."""
    found = coverage(*studied)
    assert (found.distance.abs() <= 4).all(), f"\n{found}"
    error = (found["mean"] - found.expected) / found.distance
    assert (error <= 0.03 * found.expected.abs()).all(), f"\n{found}"


@pytest.mark.parametrize(
    ("factor", "shift"),
    [(stats.norm.ppf(0.975) / stats.t.ppf(0.975, REPLICATIONS - 1), 0.0), (2.0, 0.0), (1.0, 0.5)],
    ids=["the normal's quantile for Student's", "twice as long", "off by half a half-width"],
)
def test_wrong_intervals_fail_the_same_check(studied: tuple[Model, pd.DataFrame], factor: float, shift: float) -> None:
    model, found = studied
    half = (found.high - found.low) / 2
    middle = found.low + half + shift * half
    wrong = coverage(model, found.assign(low=middle - factor * half, high=middle + factor * half))
    assert not wrong.coverage.between(*BAND).all()


def test_paired_differences_are_narrower_than_unpaired_ones(studied: tuple[Model, pd.DataFrame]) -> None:
    """Without pairing, a difference of waits would be at least as uncertain as the wait without AI alone."""
    model, found = studied
    kinds = [(figure.kpi, figure.kind) for figure in model.figures]
    number = kinds.index(("human_hours", "to baseline"))
    alone = kinds.index(("human_hours", "mean"))
    paired = found[found.figure == number]["mean"].std()
    assert paired < found[found.figure == alone]["mean"].std()


def test_the_same_seeds_give_the_same_intervals_whatever_the_workers(studied: tuple[Model, pd.DataFrame]) -> None:
    model, found = studied
    again = repeat(model, 3, replications=REPLICATIONS, workers=1)
    pd.testing.assert_frame_equal(again, found[found.seed <= 3].reset_index(drop=True))


def test_the_first_replications_of_a_study_are_a_study_of_their_own(studied: tuple[Model, pd.DataFrame]) -> None:
    model, found = studied
    part = repeat(model, 2, replications=REPLICATIONS + 1, counts=(REPLICATIONS,), workers=1)
    pd.testing.assert_frame_equal(
        part.drop(columns="count"), found[found.seed <= 2].drop(columns="count").reset_index(drop=True)
    )


@pytest.mark.parametrize("arrivals", [40.0, 300.0])
def test_a_mean_per_arrival_is_averaged_over_replications_not_over_tickets(arrivals: float) -> None:
    # S = N (N - 1) / E[N] has E[S] / E[N] = z at z times the rate; E[S / N] follows from N alone.
    some = -np.expm1(-arrivals)
    known = (arrivals / some - 1) / arrivals
    assert mean_per_arrival(lambda thinned: thinned, arrivals) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_the_mean_of_a_sample_quantile_is_that_of_exponential_order_statistics(q: float) -> None:
    arrivals, known = 30.0, 0.0
    for n in range(1, 100):
        rank, share = divmod(q * (n - 1), 1.0)
        steps = 1 / np.arange(n, 0, -1)  # The gaps between neighbours are exponential (Renyi 1953).
        first, second = steps[: int(rank) + 1].sum(), steps[: int(rank) + 2].sum()
        known += stats.poisson.pmf(n, arrivals) * ((1 - share) * first + share * second)
    known /= -np.expm1(-arrivals)
    assert mean_quantile(q, lambda u: -np.log1p(-u), arrivals) == pytest.approx(known, rel=1e-6)
