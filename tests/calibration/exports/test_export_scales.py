"""What numbers, scores and ends in an export mean, where they could be taken for something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from simulator.calibration.exports.ai_log import read_ai_log
from simulator.calibration.exports.amounts import Amounts
from simulator.calibration.exports.moments import MISSING, READ, UNREADABLE
from simulator.calibration.exports.reading import read_export
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.opening_backlog import fit_backlog
from tests.support.exports import freshdesk, lines, moment, number, save, spell, texts, truth
from tests.support.small_exports import codes, export_at

# -- numbers --


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (["0,912", "0,125"], [0.912, 0.125]), (["1,5", "1,234"], [1.5, 1.234]), (["1,234", "987"], [1234, 987]),
        (["1,234.5", "2,000"], [1234.5, 2000]), (["1.234,5", "2,000"], [1234.5, 2]),
    ],
)  # fmt: skip
def test_a_comma_is_a_decimal_one_where_any_cell_says_so(cells: list[str], meant: list[float]) -> None:
    reader = Amounts()
    reader.add(pa.array(cells))
    assert reader.finish()[0].tolist() == meant


def test_thousands_that_could_be_decimals_are_told(tmp_path: Path) -> None:
    table = {"created_at": spell(truth(3).created), "handle": ["1,234", "7", "8"]}
    assert "1 cells of handle such as 1,234 were read as thousands" in texts(
        read_export(save(tmp_path, table), zone="UTC")
    )


def test_a_cell_of_spaces_or_signs_is_no_duration_of_0() -> None:
    reader = Amounts("minutes", is_duration=True)
    reader.add(pa.array(["0:30:00", "  ", " - ", "+", "1h"]))
    values, state = reader.finish()
    assert state.tolist() == [READ, MISSING, MISSING, UNREADABLE, READ]
    np.testing.assert_array_equal(values, [30, np.nan, np.nan, np.nan, 60])


# -- scores --


@pytest.mark.parametrize("scale", [(0, 10), (0, 1), (1, 100)])
def test_scores_of_another_scale_are_not_cut_to_those_from_1_to_5(scale: tuple[int, int], tmp_path: Path) -> None:
    of = truth(300)
    scores = np.random.default_rng(1).integers(scale[0], scale[1] + 1, len(of)).astype(float)
    reading = read_export(save(tmp_path, {"created_at": spell(of.created), "csat": number(scores)}), zone="UTC")
    assert reading.export.satisfaction is None
    assert f"csat has scores from {scale[0]} to {scale[1]}: no scale of 1 to 5, so none is read" in texts(reading)
    assert not fit_csat(reading.export).settings


def test_one_odd_score_does_not_undo_all_others(tmp_path: Path) -> None:
    of = truth(300)
    scores = np.append(9.0, of.score[1:])
    reading = read_export(save(tmp_path, {"created_at": spell(of.created), "csat": number(scores)}), zone="UTC")
    assert lines(reading)["not from 1 to 5 in csat"].rows == 1
    assert reading.export.satisfaction is not None
    assert np.isfinite(reading.export.satisfaction).sum() == 299


# -- ends --


def test_resolutions_told_as_durations_show_how_long_an_export_goes_on(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00", "2026-01-06 09:00"], "resolution_time": ["5", "20160"]}
    export = read_export(save(tmp_path, table), zone="UTC").export
    assert export.seen_until == moment("2026-01-20T09:00:00")
    assert not export.is_open.any()


def test_a_ticket_that_was_worked_on_is_open_until_it_is_resolved() -> None:
    created = np.arange(40.0) * 36_000 + 1_767_571_200
    resolved = np.where(np.arange(40) < 30, created + 600, np.nan)
    mail = export_at(created, 21, ended=created + 300, resolved=resolved)
    assert fit_backlog(mail).settings["opening_backlog", "tickets"] == mail.is_open.sum() == 10
    # Of calls nobody says that they were resolved.
    channel = codes(np.arange(40) >= 30, ("mail", "phone"))
    calls = export_at(created, 21, ended=created + 300, resolved=resolved, channel=channel)
    assert not calls.is_open.any()


def test_open_tickets_without_a_channel_make_no_backlog_where_all_channels_are_live() -> None:
    created = np.arange(400.0) * 3600 + 1_767_571_200
    left = np.arange(400) % 4 == 0
    resolved = np.where(np.arange(400) < 380, created + 600, np.nan)
    channel = codes(np.where(np.arange(400) % 10 == 9, -1, 0), ("phone",))
    export = export_at(created, 21, channel=channel, resolved=resolved, abandoned=left & (channel.codes == 0))
    part = fit_backlog(export)
    assert part.settings == {}
    assert "2 open tickets name no channel" in part.findings[0].text


def test_durations_without_a_unit_are_a_warning(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": spell(truth(3).created), "AHT": ["480", "300", "60"]})
    assert "warning handle: AHT names no unit: bare numbers were read as minutes" in texts(
        read_export(path, columns={"handle": "AHT"}, zone="UTC")
    )
    assert "names no unit" not in texts(read_export(path, columns={"handle": "AHT:seconds"}, zone="UTC"))


def test_judgements_in_words_are_read(tmp_path: Path) -> None:
    table = {"confidence": ["0.9", "0.8", "0.7", "0.6"], "correct": ["Correct", "incorrect", "right", "wrong"]}
    assert read_ai_log(save(tmp_path, table))[0].correct.tolist() == [True, False, True, False]


def test_freshdesk_s_durations_may_be_business_hours_and_moments_are_not(tmp_path: Path) -> None:
    table = dict(freshdesk(truth()))
    assert "business hours" not in texts(read_export(save(tmp_path, table), zone="UTC"))
    for moment_column in ("Resolved time", "Closed time", "Initial response time"):
        del table[moment_column]
    told = texts(read_export(save(tmp_path, table), zone="UTC"))
    assert "warning resolution: Resolution time (in hrs) may count business hours only" in told
    assert "leave it unread with --map first_response=" in told


def test_a_unit_that_contradicts_the_one_in_a_columns_name_is_a_warning(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": spell(truth(3).created), "Talk Time (s)": ["480", "300", "60"]})
    told = texts(read_export(path, columns={"handle": "Talk Time (s):minutes"}, zone="UTC"))
    assert "warning handle: Talk Time (s) seems to be in seconds by its name, and was read in minutes" in told
    for agreeing in ("Talk Time (s)", "Talk Time (s):seconds"):
        assert "seems to be in" not in texts(read_export(path, columns={"handle": agreeing}, zone="UTC"))


def test_reopens_that_say_yes_and_no_are_one_and_none(tmp_path: Path) -> None:
    table = {"created_at": spell(truth(4).created), "back": ["Yes", "no", "ja", "2"]}
    reading = read_export(save(tmp_path, table), columns={"reopens": "back"}, zone="UTC")
    assert reading.export.reopens is not None
    assert reading.export.reopens.tolist() == [1, 0, 1, 2]
    assert "warning reopens: back says ja, no, yes, not how often: yes was read as once" in texts(reading)
