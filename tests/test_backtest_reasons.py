"""Why a backtest fails: what the fit found is told beside the measures that it bears on."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from simulator.calibration.backtest.study import Backtest
from simulator.calibration.backtest.verdict import Trust
from simulator.calibration.fit import arrivals
from simulator.report import backtest_reasons
from simulator.studies.findings import Finding
from tests.backtest_desks import truth

NO_HOLD = Finding("note", "handling.follow_ups", "the export records no time on hold")
ROUGH = Finding("warning", "teams", "staffing is rough")
FAR = Finding("warning", "arrivals.weekly_growth", "growth, carried on for a year, would mean times 13")
SURVEY = Finding("warning", "csat.human_mean", "few answered")
FILE = Finding("warning", "file", "2 lines were cut off.")
HANDLE = Finding("note", "intents.*.handle", "measured on 99 tickets")
ALL = (FILE, FAR, SURVEY, ROUGH, HANDLE, NO_HOLD)


def judged(distrusted: Sequence[str]) -> Backtest:
    """A backtest in which only some measures are not trusted."""
    found = truth()
    verdicts = [
        replace(one, trust=Trust.DISTRUST if one.measure.key in distrusted else Trust.TRUST) for one in found.verdicts
    ]
    return replace(found, verdicts=tuple(verdicts))


def test_a_note_is_told_first_where_the_measure_that_it_bears_on_is_not_trusted() -> None:
    told = backtest_reasons.told(judged(["resolution_median", "wait_mean"]), ALL)
    assert told == [
        "handling.follow_ups: the export records no time on hold (bears on median time to resolution)",
        "teams: staffing is rough (bears on mean wait)",
        "file: 2 lines were cut off",
    ]


def test_notes_on_what_is_trusted_are_not_told_and_warnings_are() -> None:
    assert backtest_reasons.told(judged([]), ALL) == ["file: 2 lines were cut off", "teams: staffing is rough"]


def test_the_fit_says_of_growth_over_a_year_what_a_backtest_leaves_out() -> None:
    """The words are those of the fit: were they to change, the warning would come back."""
    level: Any = SimpleNamespace(growth=0.1, growth_range=(0.02, 0.2), shows_trend=True)
    growth, year = arrivals._trend(level)
    assert backtest_reasons.FAR_AHEAD not in growth.text
    assert backtest_reasons.FAR_AHEAD in year.text
