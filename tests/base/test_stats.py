"""Quantiles and intervals that several rooms use, against published values."""

from __future__ import annotations

import math

import pytest

from simulator.base.stats import normal_quantile, t_quantile, wilson


def test_quantiles_are_those_of_the_tables() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert normal_quantile(0.9) == pytest.approx(1.644854, abs=1e-6)
    assert t_quantile(9, 0.95) == pytest.approx(2.262157, abs=1e-6)
    assert t_quantile(9, 0.95, one_sided=True) == pytest.approx(1.833113, abs=1e-6)
    assert t_quantile(1e9, 0.9) == pytest.approx(normal_quantile(0.9), abs=1e-6)


@pytest.mark.parametrize(("hits", "trials", "low", "high"), [
    (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (29, 29, 0.8830, 1.0),
])  # fmt: skip
def test_wilsons_interval_is_the_published_one(hits: int, trials: int, low: float, high: float) -> None:
    """Examples of Newcombe (1998), table I, and two by hand."""
    assert wilson(hits / trials, trials) == pytest.approx((low, high), abs=6e-5)


def test_wilsons_interval_solves_its_equation() -> None:
    z = normal_quantile()
    for share, trials in ((0.3, 40), (0.05, 17), (0.99, 250)):
        for end in wilson(share, trials):
            assert abs(share - end) == pytest.approx(z * math.sqrt(end * (1 - end) / trials))
