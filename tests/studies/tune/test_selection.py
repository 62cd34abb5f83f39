"""Selection of the best: KN keeps its word on normal data, whatever the alternatives have in common."""

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.studies.tune.choice import Selection, select_best

ALPHA, DELTA, SPREAD = 0.1, 1.0, 3.0
TRIALS = 300
TOLERANCE = 3 * np.sqrt(ALPHA * (1 - ALPHA) / TRIALS)
"""Three standard errors of a share of TRIALS that is 1 − ALPHA in truth."""


def chosen_once(means: Sequence[float], common: float, rng: np.random.Generator, most: int) -> Selection:
    """Select among normal alternatives that share a part of their variance, as common random numbers make them."""
    shared, own = rng.normal(size=1200), rng.normal(size=(len(means), 1200))
    noise = SPREAD * (np.sqrt(common) * shared + np.sqrt(1 - common) * own)
    values = np.array(means)[:, np.newaxis] + noise
    return select_best(
        lambda some, count: values[list(some), :count], len(means), DELTA, alpha=ALPHA, first=10, most=most
    )


@pytest.mark.parametrize(("count", "common"), [(2, 0.0), (5, 0.0), (5, 0.6)])
def test_the_best_is_chosen_as_often_as_stated_when_all_others_are_just_behind(count: int, common: float) -> None:
    rng = np.random.default_rng(11)
    found = [chosen_once([DELTA] + [0.0] * (count - 1), common, rng, most=1000) for _ in range(TRIALS)]
    right = np.mean([one.best == 0 for one in found])
    assert right >= 1 - ALPHA - TOLERANCE
    assert all(one.indifference == one.asked == DELTA for one in found)


def test_one_within_the_indifference_zone_is_chosen_as_often_as_stated_among_near_ties() -> None:
    rng = np.random.default_rng(12)
    means = [0.0, -0.4, -0.8, -1.3, -2.0]
    behind = [means[0] - means[chosen_once(means, 0.3, rng, most=1000).best] for _ in range(TRIALS)]
    assert np.mean(np.array(behind) <= DELTA) >= 1 - ALPHA - TOLERANCE


def test_too_few_replications_widen_the_zone_and_the_statement_still_holds() -> None:
    rng = np.random.default_rng(13)
    gap = 1.6
    found = [chosen_once([gap, 0.0, 0.0, 0.0], 0.0, rng, most=40) for _ in range(TRIALS)]
    assert np.mean([one.indifference > DELTA for one in found]) > 0.5
    # A wrong one is no mistake where the zone that was stated is wider than the gap.
    assert np.mean([one.best == 0 or one.indifference >= gap for one in found]) >= 1 - ALPHA - TOLERANCE
    assert max(one.replications for one in found) <= 40


def test_what_is_far_behind_is_dropped_after_the_first_stage() -> None:
    found = chosen_once([30.0, 29.5, 0.0], 0.9, np.random.default_rng(14), most=1000)
    assert found.best in (0, 1)
    assert found.dropped[2] == 10


def test_alternatives_without_chance_are_told_apart_at_once() -> None:
    values = np.repeat([[1.0], [3.0], [2.0]], 50, axis=1)
    found = select_best(lambda some, count: values[list(some), :count], 3, 0.5, first=10)
    assert (found.best, found.replications) == (1, 10)
    same = select_best(lambda some, count: np.ones((len(some), count)), 2, 0.5, first=10)
    assert (same.best, same.replications) == (0, 10)


def test_a_single_alternative_needs_no_replications() -> None:
    found = select_best(lambda some, count: np.zeros((len(some), 0)), 1, 0.5)
    assert (found.best, found.replications) == (0, 0)
