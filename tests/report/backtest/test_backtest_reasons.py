"""Why a backtest fails: what the fit found is told beside the measures that it bears on."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from simulator.base.errors import Notice
from simulator.calibration.backtest.backtesting import Backtest
from simulator.calibration.backtest.verdict import Trust
from simulator.calibration.fit import arrivals
from simulator.report.backtest import sentences
from tests.support.backtest_desks import truth

NO_HOLD = Notice("note", "handling.follow_ups", "the export records no time on hold")
ROUGH = Notice("warning", "teams", "staffing is rough")
FAR = Notice("warning", "arrivals.weekly_growth", "growth, carried on for a year, would mean times 13")
SURVEY = Notice("warning", "csat.human_mean", "few answered")
FILE = Notice("warning", "file", "2 lines were cut off.")
HANDLE = Notice("note", "intents.*.handle", "measured on 99 tickets")
ALL = (FILE, FAR, SURVEY, ROUGH, HANDLE, NO_HOLD)


def judged(distrusted: Sequence[str]) -> Backtest:
    """A backtest in which only some measures are not trusted."""
    found = truth()
    verdicts = [
        replace(one, trust=Trust.DISTRUST if one.measure.key in distrusted else Trust.TRUST) for one in found.verdicts
    ]
    return replace(found, verdicts=tuple(verdicts))


def test_a_note_is_told_first_where_the_measure_that_it_bears_on_is_not_trusted() -> None:
    told = sentences.told(judged(["resolution_median", "wait_mean"]), ALL)
    assert told == [
        "handling.follow_ups: the export records no time on hold (bears on median time to resolution)",
        "teams: staffing is rough (bears on mean wait)",
        "file: 2 lines were cut off",
    ]


def test_notes_on_what_is_trusted_are_not_told_and_warnings_are() -> None:
    assert sentences.told(judged([]), ALL) == ["file: 2 lines were cut off", "teams: staffing is rough"]


def test_the_fit_says_of_growth_over_a_year_what_a_backtest_leaves_out() -> None:
    """The words are those of the fit: were they to change, the warning would come back."""
    level: Any = SimpleNamespace(growth=0.1, growth_range=(0.02, 0.2), shows_trend=True)
    growth, year = arrivals._trend(level)
    assert sentences.FAR_AHEAD not in growth.text
    assert sentences.FAR_AHEAD in year.text
