"""Intervals of a business case hold known answers.

A few repetitions; `results/validation/business_case.md` has 200.
"""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from tests.validation.business_case import NOMINAL, coverage, repeat

pytestmark = pytest.mark.slow
REPETITIONS, DRAWS, REPLICATIONS = 10, 16, 4
LEAST = stats.binom.ppf(0.0005, REPETITIONS, NOMINAL) / REPETITIONS
"""Fewer hold the truth in 1 of 2,000 such counts if intervals are right."""


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return repeat(REPETITIONS, DRAWS, REPLICATIONS)


def test_intervals_of_roi_its_quantiles_and_its_chance_hold_the_known_answer(found: pd.DataFrame) -> None:
    table = coverage(found)
    assert set(table.index) >= {"ROI as it stands", "10% of ROI", "90% of ROI", "P(ROI > 0)"}
    assert (table.coverage >= LEAST).all(), f"\n{table}"
    assert table.distance["net value as it stands"] == pytest.approx(0, abs=4)


def test_intervals_half_as_long_or_off_by_their_length_would_be_found_out(found: pd.DataFrame) -> None:
    length = found.high - found.low
    off = coverage(found.assign(low=found.low + length, high=found.high + length))
    assert (off.coverage < LEAST).any()
