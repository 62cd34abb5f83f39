"""Shadow logs of AIs and rosters are read, and nothing in them is dropped without a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.base.errors import ExportError
from simulator.calibration.exports.ai_log import read_ai_log
from simulator.calibration.exports.roster import RosterRow, read_roster
from tests.support.exports import save


def test_a_shadow_log_is_read_with_confidence_in_per_cent_and_judged_by_its_intents(tmp_path: Path) -> None:
    table = {"True intent": ["Refund", "refund", "order", "order", "order"],
             "Predicted": ["refund", "order", "Order", "order", ""],
             "Confidence": ["90%", "55 %", "80%", "120%", "70%"]}  # fmt: skip
    log, findings = read_ai_log(save(tmp_path, table))
    assert log.confidence.tolist() == [0.9, 0.55, 0.8]
    assert log.correct.tolist() == [True, False, True]
    assert log.is_routing
    told = " ".join(finding.text for finding in findings)
    assert "1 of 5 rows have no confidence from 0 to 1 and were left out." in told
    assert "1 of 5 rows have no word on whether the AI was right and were left out." in told
    whole = {**table, "Confidence": ["90", "55", "80", "120", "70"]}
    assert read_ai_log(save(tmp_path, whole))[0].confidence.tolist() == [0.9, 0.55, 0.8]


def test_a_shadow_log_that_does_not_say_what_was_right_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not say whether the AI was right; it must have a column for correct"):
        read_ai_log(save(tmp_path, {"confidence": ["0.9"], "predicted": ["a"]}))


def test_a_rosters_rows_are_counted_as_agents_by_shift(tmp_path: Path) -> None:
    table = {"Team": ["A", "A", "B"], "Weekday": ["mon-fri", "Mon-Fri", "sat, sun"], "Start": ["9am", "09:00", "22:00"],
             "End": ["5:30 pm", "17:30", "06:00"]}  # fmt: skip
    roster, findings = read_roster(save(tmp_path, table))
    assert roster.rows == (RosterRow("A", (0, 1, 2, 3, 4), 540, 1050, 2), RosterRow("B", (5, 6), 1320, 1800, 1))
    assert any("each of its 3 rows was counted as one agent" in finding.text for finding in findings)


def test_a_dated_roster_names_its_dates(tmp_path: Path) -> None:
    table = {
        "date": ["31/03/2026", "01/04/2026"],
        "start": ["2026-03-31 09:00"] * 2,
        "end": ["24:00"] * 2,
        "agents": ["3", "0"],
    }
    roster, _ = read_roster(save(tmp_path, table))
    assert roster.rows == (RosterRow("desk", (date(2026, 3, 31),), 540, 1440, 3),)
    assert roster.is_dated


def test_rows_of_a_roster_that_cannot_be_read_are_named_and_none_is_dropped(tmp_path: Path) -> None:
    table = {"day": ["mon", "someday", "tue", "wed"], "start": ["09:00", "09:00", "25:00", "09:00"],
             "end": ["17:00", "17:00", "17:00", "09:00"], "agents": ["2.5", "1", "1", "1"]}  # fmt: skip
    with pytest.raises(ExportError) as error:
        read_roster(save(tmp_path, table))
    assert [str(problem).split(".csv:")[1] for problem in error.value.problems] == [
        "2: agents is 2.5; it must be a whole number from 0 to 100,000",
        "3: day is someday; it must be weekdays such as Monday, mon-fri, 'sat, sun' or daily",
        "4: start is 25:00; it must be a time of day such as 09:00 or 17:30",
        "5: starts and ends at the same time; a shift of a whole day is 00:00 to 24:00",
    ]


def test_a_date_of_a_roster_that_cannot_be_read_is_quoted(tmp_path: Path) -> None:
    table = {"date": ["2026-03-31", "week 14", ""], "start": ["09:00"] * 3, "end": ["17:00"] * 3}
    with pytest.raises(ExportError) as error:
        read_roster(save(tmp_path, table))
    assert [str(problem).split(".csv:")[1] for problem in error.value.problems] == [
        "3: date is week 14; it must be a date such as 2026-03-31",
        "4: date is empty; it must be a date such as 2026-03-31",
    ]
