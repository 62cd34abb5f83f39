"""What a call log tells by other columns is taken from them and told; what nothing tells is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.calibration.exports.reading import Reading, read_export
from simulator.calibration.fit.patience import fit_patience
from simulator.calibration.fit.presence import rule_of
from tests.support.exports import moment, same, save, spell, texts


def call_log(tmp_path: Path, *without: str, n: int = 300) -> tuple[Reading, np.ndarray, np.ndarray]:
    """Read a log of calls half of which were given up; give true waits, in minutes, and who gave up, too."""
    rng = np.random.default_rng(5)
    created = moment("2026-01-05T09:00:00") + 60.0 * np.arange(n)
    patience, line = np.ceil(rng.exponential(240, n)), np.ceil(rng.exponential(240, n))
    wait, left = np.minimum(patience, line), patience < line
    table = {
        "id": [str(row) for row in range(n)], "created_at": spell(created), "agent": ["Ford"] * n,
        "abandoned": ["yes" if gone else "no" for gone in left],
        "began_at": spell(np.where(left, np.nan, created + wait)),
        "ended_at": spell(created + wait + np.where(left, 0, 300)),
        "wait_seconds": [f"{seconds:g}" for seconds in wait],
        "handle_minutes": ["" if gone else "5" for gone in left],
    }  # fmt: skip
    kept = {name: cells for name, cells in table.items() if name not in without}
    return read_export(save(tmp_path, kept), zone="UTC"), wait / 60, left


def test_the_wait_of_callers_who_hung_up_is_the_time_until_they_did(tmp_path: Path) -> None:
    reading, wait, left = call_log(tmp_path, "wait_seconds")
    assert same(reading.export.wait_minutes, wait)
    assert f"note wait: {left.sum()} customers gave up and have no wait: the time from creation to ended_at" in texts(
        reading
    )
    assert fit_patience(reading.export).settings


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (("wait_seconds", "ended_at"), "but not after how long: patience cannot be estimated; give --map wait=COLUMN."),
        (("wait_seconds", "began_at"), "but how long the others waited is not told: patience cannot be estimated; "
         "give --map wait=COLUMN or --map began_at=COLUMN."),
    ],
)  # fmt: skip
def test_patience_that_nothing_tells_is_asked_for(without: tuple[str, ...], told: str, tmp_path: Path) -> None:
    reading, _, left = call_log(tmp_path, *without)
    assert f"warning wait: {left.sum()} customers gave up, {told}" in texts(reading)
    assert reading.export.wait_minutes is None


def test_work_without_moments_begins_after_the_wait_and_ends_after_the_handle_time(tmp_path: Path) -> None:
    expected = call_log(tmp_path)[0].export
    reading, _, left = call_log(tmp_path, "began_at", "ended_at")
    export = reading.export
    assert expected.began is not None
    assert expected.ended is not None
    assert same(export.began, expected.began)
    assert same(export.ended, np.where(left, np.nan, expected.ended))
    assert rule_of(export) == "work"
    assert "note began_at: No column says when work began and ended" in texts(reading)
    assert "No column says" not in texts(call_log(tmp_path)[0])


def test_work_is_not_made_up_where_tickets_without_a_handle_time_would_seem_open(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00"] * 10, "agent": ["Ford"] * 10, "wait": ["1"] * 10,
             "handle": ["5"] * 9 + [""]}  # fmt: skip
    assert read_export(save(tmp_path, table), zone="UTC").export.ended is None
    resolved = {**table, "resolved_at": ["2026-01-05 10:00"] * 10}
    assert read_export(save(tmp_path, resolved), zone="UTC").export.ended is not None
