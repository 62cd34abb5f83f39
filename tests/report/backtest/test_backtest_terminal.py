"""What a backtest prints: a table that 80 columns have room for."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.calibration.backtest.backtesting import MEASURES
from simulator.calibration.backtest.measures import Measure, tier_measure
from simulator.calibration.backtest.verdict import Trust
from simulator.report.backtest.view import in_short
from simulator.report.page_terminal import print_page
from simulator.report.study_frame import Page
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
    page = Page("", found.scenario, "", "", "", "", "")
    print_page(in_short(replace(found, verdicts=verdicts), page), Path("out"))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for one in measures:
        assert sum(line.startswith(f"{one.short}  ") and line.endswith("−7%") for line in lines) == 1, one.short
