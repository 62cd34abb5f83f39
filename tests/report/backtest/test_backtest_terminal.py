"""What a backtest prints: a table that 80 columns have room for."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.calibration.backtest.backtesting import MEASURES
from simulator.calibration.backtest.measures import Measure, tier_measure
from simulator.calibration.backtest.verdict import Trust
from simulator.report.backtest.view import page_of
from simulator.report.render.terminal import print_page
from tests.support.backtest_desks import truth


@pytest.mark.parametrize("trust", list(Trust))
def test_80_columns_hold_the_figures_of_each_measure_side_by_side(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = truth()
    waits = next(one for one in found.verdicts if one.measure.key == "wait_mean")
    measures: list[Measure] = [*MEASURES, tier_measure("High")]
    verdicts = tuple(replace(waits, measure=one, trust=trust) for one in measures)
    print_page(page_of(replace(found, verdicts=verdicts)), Path("out"))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    of_times = [line for line in lines if "1.0 min" in line and "−6.8%" in line and "89.3%" in line]
    names = [one.short.split(",")[0] for one in measures if one.unit == "minutes"]
    assert [line.split(",")[0].split("  ")[0] for line in of_times] == names
    assert sum("−6.8%" in line for line in lines) == len(measures)
