"""Holm's adjustment: against worked examples, against its definition, and what it promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.base.stats import holm
from simulator.studies.compare.comparison import gap_estimate, p_value

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def by_definition(p_values: list[float]) -> list[float]:
    """Adjust by walking the steps: the j-th smallest is multiplied by how many hypotheses are left."""
    ranked = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for step, place in enumerate(ranked):
        highest = max(highest, min(1.0, (len(p_values) - step) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def rejected_step_by_step(p_values: list[float], alpha: float) -> set[int]:
    """Test as Holm (1979) puts it: go on to larger p-values while p(j) <= alpha / (m - j + 1)."""
    rejected = set[int]()
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        if p_values[place] > alpha / (len(p_values) - step):
            break
        rejected.add(place)
    return rejected


@pytest.mark.parametrize(
    ("given_values", "adjusted"),
    [
        # 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04 raised to the one before it.
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.03], [0.03]),
    ],
)
def test_worked_examples(given_values, adjusted):
    assert holm(given_values) == pytest.approx(adjusted)


@given(PROBABILITIES)
def test_it_is_its_definition(p_values):
    assert holm(p_values) == pytest.approx(by_definition(p_values))


@given(PROBABILITIES)
def test_adjusted_values_reject_what_the_step_down_test_rejects(p_values):
    adjusted = holm(p_values)
    stepwise = rejected_step_by_step(p_values, 0.05)
    for place, p in enumerate(adjusted):
        if not math.isclose(p, 0.05, rel_tol=1e-9):  # on the edge, rounding may fall either way
            assert (p <= 0.05) == (place in stepwise)


@given(PROBABILITIES)
def test_it_lies_between_no_adjustment_and_bonferronis(p_values):
    adjusted, raw = holm(p_values), np.array(p_values)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(len(raw) * raw, 1.0) + 1e-15).all()


def test_what_was_not_tested_does_not_count():
    adjusted = holm([0.01, float("nan"), 0.04])
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.04])
    assert math.isnan(adjusted[1])


STEPS = st.lists(st.sampled_from([0.0, 0.01, 0.01]), min_size=2, max_size=10)
"""Differences of a KPI that moves in steps; often all the same."""


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10) | STEPS, st.integers(1, 40))
def test_a_joint_interval_that_leaves_out_0_belongs_to_a_rejected_hypothesis(differences, others):
    """Bonferroni's interval at 1 - 0.05/m excludes 0 only where m x p is at most 0.05, which Holm rejects, too."""
    found = gap_estimate(np.array(differences), "sla_breach", 1 - 0.05 / others)
    p = p_value(differences)
    adjusted = holm([p, *[1.0] * (others - 1)])[0]
    if found.excludes_zero:
        assert adjusted <= 0.05 * (1 + 1e-6)


def test_students_t_gives_the_p_value_of_the_textbook():
    # Student's own sleep data (1908): extra hours of sleep with one drug less the other, ten patients;
    # t = 4.0621 with 9 degrees of freedom, p = 0.002833.
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    other = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    assert p_value(other - one) == pytest.approx(0.002833, abs=5e-7)


@pytest.mark.parametrize("count", [2, 5, 6, 30])
def test_equal_differences_have_the_sign_tests_p_value(count):
    known = stats.binomtest(count, count, 0.5).pvalue
    assert p_value([0.01] * count) == pytest.approx(known)
    assert p_value([-0.01] * count) == pytest.approx(known)


def test_constant_differences_of_certain_figures_leave_nothing_to_chance():
    assert p_value([0.0, 0.0, 0.0]) == 1.0
    assert p_value([2.5, 2.5, 2.5], certain=True) == 0.0
    assert p_value([0.0, 0.0, 0.0], certain=True) == 1.0
    assert math.isnan(p_value([1.0]))
    assert math.isnan(p_value([float("nan"), 1.0]))
