"""A fitted desk is simulated and held against its export, and what does not come out alike is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.fitting import Extras, fit_scenario
from simulator.calibration.fit_check import Likeness, likeness
from simulator.report.fit.view import _unlike
from simulator.run import simulate
from simulator.scenario import Scenario, override
from tests.support.backtest_desks import line


@pytest.fixture(scope="module")
def lived() -> Export:
    return of_run(simulate(line(), seed=77))


def by_key(found: tuple[Likeness, ...]) -> dict[str, Likeness]:
    return {one.measure.key: one for one in found}


def test_the_true_desk_is_like_its_export(lived: Export) -> None:
    found = by_key(likeness(lived, line()))
    assert {"wait_mean", "abandoned", "waited", "resolution_median"} <= set(found)
    assert not [one for one in found.values() if one.is_far]
    assert _unlike(list(found.values())) == []


def test_a_desk_with_half_its_agents_is_not_like_it_and_the_page_says_in_what(lived: Export) -> None:
    fewer: Scenario = override(line(), {"teams.support.shifts[0].agents": 2})
    found = by_key(likeness(lived, fewer))
    assert found["wait_mean"].is_far
    assert found["wait_mean"].simulated > found["wait_mean"].observed
    (told,) = _unlike(list(found.values()))
    assert told.startswith("the fitted desk, simulated, is not like its export: ")
    assert "mean wait" in told


def test_groups_that_the_roster_has_no_agents_for_are_told(lived: Export, tmp_path: Path) -> None:
    from simulator.calibration.exports.roster import read_roster

    (tmp_path / "roster.csv").write_text("team,days,start,end,agents\nMain line,mon-sun,07:00,20:00,4\n")
    roster, _ = read_roster(tmp_path / "roster.csv")
    fit = fit_scenario(lived, "desk", Extras(roster=roster))
    told = [finding.text for finding in fit.findings if "no agents for support" in finding.text]
    assert told == [
        "the roster has no agents for support (100% of the tickets that name a group); its teams take their tickets as"
        " well: Main line"
    ]
