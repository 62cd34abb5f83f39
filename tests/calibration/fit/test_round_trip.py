"""A known desk, simulated, exported, read back and fitted, is found again within the intervals that the fit states."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy import stats

from simulator.calibration.fit.fitting import Fit
from simulator.run import simulate
from simulator.scenario import Scenario, load_scenario
from simulator.studies.run.checks import check
from tests.support.round_trip import RECOVERED, Trip, desk, go_round, trips

pytestmark = pytest.mark.slow
SEEDS = range(101, 107)
"""Others than those of results/validation/round_trip.md."""


@pytest.fixture(scope="module")
def truth() -> Scenario:
    return desk()


@pytest.fixture(scope="module")
def fits(truth: Scenario, tmp_path_factory: pytest.TempPathFactory) -> list[Fit]:
    folder = tmp_path_factory.mktemp("exports")
    return [go_round(truth, folder, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def found(truth: Scenario, fits: list[Fit]) -> list[list[Trip]]:
    return [list(trips(truth, fit.scenario)) for fit in fits]


def test_every_figure_that_the_export_shows_gets_an_interval(found: list[list[Trip]]) -> None:
    for one in found:
        assert set(RECOVERED) <= {trip.path for trip in one}


def test_nine_of_ten_intervals_hold_the_truth(found: list[list[Trip]]) -> None:
    stated = [trip for one in found for trip in one]
    covered = sum(trip.is_covered for trip in stated)
    # Fewer than this would be seen once in a thousand times if each held with 90 %.
    assert covered >= stats.binom.ppf(0.001, len(stated), 0.9), [trip for trip in stated if not trip.is_covered]


def test_no_interval_is_so_wide_that_it_says_nothing(found: list[list[Trip]]) -> None:
    for one in found:
        for trip in one:
            if trip.path.endswith(("share", ".mean", ".cv")) or trip.path == "arrivals.per_week":
                assert trip.high - trip.low < trip.truth, trip


def test_the_roster_comes_back_as_it_was(truth: Scenario, fits: list[Fit]) -> None:
    for fit in fits:
        assert [
            (shift.days, shift.start, shift.end, shift.agents) for shift in fit.scenario.teams["support"].shifts
        ] == [(shift.days, shift.start, shift.end, shift.agents) for shift in truth.teams["support"].shifts]


def test_the_written_scenario_is_the_fitted_one_and_runs(fits: list[Fit], tmp_path: Path) -> None:
    file = tmp_path / "fitted.yaml"
    file.write_text(fits[0].text, encoding="utf-8")
    again = load_scenario(file)
    assert again == fits[0].scenario
    assert not [finding for finding in check(again).findings if finding.level == "warning"]
    run = simulate(again, seed=1)
    assert (run.tickets.outcome == "resolved").mean() > 0.95
