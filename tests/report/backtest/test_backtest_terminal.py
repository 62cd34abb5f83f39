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
def test_each_measure_takes_one_line_of_80_columns(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = truth()
    waits = next(one for one in found.verdicts if one.measure.key == "wait_mean")
    measures: list[Measure] = [*MEASURES, tier_measure("High")]
    verdicts = tuple(replace(waits, measure=one, trust=trust) for one in measures)
    print_page(page_of(replace(found, verdicts=verdicts)), Path("out"))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for one in measures:
        (line,) = (line for line in lines if line.startswith(f"{one.short}  "))
        assert "−6.8%" in line
        assert "89.3%" in line
