"""A help desk's export becomes tickets: whatever its columns are called, every row accounted for, and no one named."""

from __future__ import annotations

import gzip
import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.base.errors import ExportError
from simulator.calibration.exports.reading import read_export
from simulator.calibration.exports.table import Category
from simulator.scenario import override
from tests.support.bank_data import CALLS_FILE, DEFAULT_FOLDER, on_both_desks, read_calls
from tests.support.exports import (
    SECRETS,
    VENDORS,
    Truth,
    accounts_for_every_row,
    jira,
    lines,
    moment,
    names_of,
    same,
    save,
    servicenow,
    spell,
    texts,
    truth,
    zendesk,
)
from tests.support.made_up_data import call_centre, write_calls
from tests.support.written_exports import write_export

# -- help desks --


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_columns_are_recognised_and_read_as_they_were_meant(vendor: str, tmp_path: Path) -> None:
    of = truth()
    reading = read_export(save(tmp_path, VENDORS[vendor](of)), zone="UTC", day_first=True)
    export = reading.export
    assert f"The columns are those of {vendor}." in texts(reading)
    assert same(export.created, of.created)
    assert same(export.resolved, of.resolved)
    assert names_of(export.intent) == of.intent
    assert names_of(export.tier) == of.priority
    assert export.agent is not None
    assert len(np.unique(export.agent)) == 3
    assert accounts_for_every_row(reading)


def test_zendesks_stations_count_the_first_group_and_its_waiting_is_not_waiting_in_line(tmp_path: Path) -> None:
    of = truth()
    export = read_export(save(tmp_path, zendesk(of)), zone="UTC").export
    assert same(export.reassignments, of.reassignments)
    assert same(export.began, of.began)
    assert same(export.first_response, of.responded)
    assert same(export.first_resolved, of.first_resolved)
    assert same(export.hold_minutes, of.hold_minutes)  # pending and on hold, added
    assert same(export.satisfaction, np.where(of.score > 3, 5, np.where(of.score < 2, 1, np.nan)))
    assert export.wait_minutes is None


def test_zendesks_latest_assignment_is_not_taken_for_the_beginning_of_work(tmp_path: Path) -> None:
    table = {name: cells for name, cells in zendesk(truth()).items() if name != "Initially assigned at"}
    reading = read_export(save(tmp_path, table), zone="UTC")
    assert reading.export.began is None
    assert "note team: Group names the group that has the ticket now" in texts(reading)


def test_freshdesk_and_intercom_track_time_in_units_of_their_own(tmp_path: Path) -> None:
    of = truth()
    for vendor in ("Freshdesk", "Intercom"):
        export = read_export(save(tmp_path, VENDORS[vendor](of)), zone="UTC" if vendor == "Freshdesk" else None).export
        assert same(export.handle_minutes, of.handle_minutes)
        assert same(export.first_response, of.responded)


def test_intercoms_time_zone_is_read_from_its_columns_names(tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, VENDORS["Intercom"](truth())))
    assert reading.export.zone == "America/New_York"
    assert "times are those of America/New_York" in texts(reading)


def test_jiras_time_to_resolution_is_what_was_left_of_the_target(tmp_path: Path) -> None:
    of = truth()
    reading = read_export(save(tmp_path, jira(of)), zone="UTC")
    assert same(reading.export.met_sla, of.met_sla)
    assert same(reading.export.handle_minutes, of.handle_minutes)
    assert "read as the time left until the target" in texts(reading)


def test_servicenows_moments_are_preferred_to_its_durations(tmp_path: Path) -> None:
    of = truth()
    reading = read_export(save(tmp_path, servicenow(of)), zone="UTC")
    assert "resolution" not in reading.columns
    assert same(reading.export.reassignments, of.reassignments)
    assert same(reading.export.reopens, of.reopens)
    assert same(reading.export.met_sla, of.met_sla)


# -- mapping --


def calls(tmp_path: Path) -> Path:
    return save(tmp_path, {
        "vru_exit": ["1999-01-01 08:00:00", "1999-01-01 08:05:00", "1999-01-01 08:06:00"],
        "outcome": ["AGENT", "HANG", "PHANTOM"], "q_time_s": ["30", "90", "0"], "kind": ["a", "b", "a"],
    })  # fmt: skip


def test_columns_are_mapped_with_units_and_with_the_value_that_means_yes(tmp_path: Path) -> None:
    columns = {"created_at": "vru_exit", "wait": "q_time_s:seconds", "abandoned": "outcome:HANG",
               "leave_out": "outcome:PHANTOM", "intent": "kind"}  # fmt: skip
    reading = read_export(calls(tmp_path), columns=columns, zone="UTC")
    assert reading.export.abandoned is not None
    assert reading.export.abandoned.tolist() == [False, True]
    assert same(reading.export.wait_minutes, np.array([0.5, 1.5]))
    assert lines(reading)["said to be no tickets (leave_out)"].rows == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"creatd_at": "vru_exit"}, "--map: creatd_at is no field; did you mean created_at?"),
        ({"created_at": "vru"}, "--map created_at=vru: names no column of"),
        ({"created_at": "vru_exit", "abandoned": "outcome:HUNG"},
         "abandoned=outcome:HUNG: no cell holds HUNG; it must be one of the column's values (agent, hang, phantom)"),
        ({"created_at": "vru_exit", "wait": "q_time_s:fortnights"},
         "ends in :fortnights; wait takes a unit (seconds, minutes, hours, days, milliseconds) after the column"),
        ({}, "has no column for created_at that is recognised; say which one with --map created_at=COLUMN "
             "(its columns: vru_exit, outcome, q_time_s, kind)"),
    ],
)  # fmt: skip
def test_a_mapping_that_fits_nothing_is_told_with_its_remedy(
    columns: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ExportError) as error:
        read_export(calls(tmp_path), columns=columns, zone="UTC")
    assert message in str(error.value)


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00"], "intent": ["a"], "Mood": ["x"], "Long " * 20: ["x"], "2026": ["x"]}
    assert "intent from intent. Not read: Mood." in texts(read_export(save(tmp_path, table), zone="UTC"))
    many = {"created_at": ["2026-01-05 09:00"], **{f"c{place}": ["x"] for place in range(20)}}
    assert "c10, c11 and 8 more." in texts(read_export(save(tmp_path, many), zone="UTC"))


def test_two_columns_for_one_field_are_asked_about(tmp_path: Path) -> None:
    day = ["2026-01-05 10:00"]
    path = save(tmp_path, {"created": day, "opened": day, "topic": ["x"]})
    with pytest.raises(
        ExportError, match="several columns for created_at: created and opened; say which one with --map"
    ):
        read_export(path, zone="UTC")
    assert len(read_export(path, zone="UTC", columns={"created_at": "opened"}).export) == 1


# -- rows --


def messy() -> dict[str, list[str]]:
    rows = [  # number, created, resolved, status, first response
        ("1", "2026-01-05 10:00", "2026-01-05 12:00", "solved", "2026-01-05 10:30"),
        ("2", "2026-01-05 09:00", "2026-01-04 09:00", "solved", "2026-01-05 09:30"),  # resolved before it came
        ("3", "2026-01-06 09:00", "", "open", ""),
        ("3", "2026-01-06 09:00", "2026-01-06 10:00", "solved", ""),  # a later version of it
        ("4", "2026-01-06 11:00", "2026-01-06 12:00", "solved", "n/a"),
        ("4", "2026-01-06 11:00", "2026-01-06 12:00", "solved", "n/a"),  # the same again
        ("5", "", "2026-01-06 12:00", "solved", ""),
        ("6", "no idea", "2026-01-06 12:00", "solved", ""),
        ("7", "1970-01-01 00:00", "2026-01-06 12:00", "solved", ""),
        ("8", "2026-01-06 13:00", "2099-12-31 00:00", "solved", ""),  # a placeholder
        ("9", "2026-01-06 14:00", "2026-01-06 15:00", "spam", ""),
        ("10", "2026-01-07 09:00", "2026-01-07 10:00", "open", ""),  # reopened, and open now
        ("11", "2026-01-20 09:00", "2026-01-20 10:00", "solved", ""),  # after the days asked for
        ("12", "2026-01-07 11:00", "bad", "closed", ""),
        ("13", "2026-01-07 12:00:30", "2026-01-07 12:00:00", "solved", ""),  # rounded to the minute
    ]
    return dict(
        zip(
            ("id", "created_at", "resolved_at", "status", "first_response_at"),
            map(list, zip(*rows, strict=True)),
            strict=True,
        )
    )


def test_every_row_is_kept_or_left_out_for_one_stated_reason(tmp_path: Path) -> None:
    path = save(tmp_path, messy())
    path.write_text(path.read_text() + "14,2026-01-07 13:00\n15,a,b,c,d,e\n")
    reading = read_export(path, zone="UTC", last_day=date(2026, 1, 11))
    count = {what: row.rows for what, row in lines(reading).items() if row.rows}
    assert {what: rows for what, rows in count.items() if lines(reading)[what].left_out} == {
        "rows with another number of cells than the header": 2,
        "marked as spam, deleted, merged or test": 1,
        "without a time of creation": 1,
        "with a time of creation that cannot be read": 1,
        "with a placeholder (before 1990, or 2090 and later) for a time of creation": 1,
        "identical copies of a ticket further down": 1,
        "earlier rows of a ticket further down (same number, other values)": 1,
        "created after the last day asked for": 1,
    }
    assert (count["rows read"], count["tickets kept"], len(reading.export)) == (17, 8, 8)
    assert accounts_for_every_row(reading)
    assert count["resolved_at before created_at"] == 1
    assert count["resolved_at before created_at, by a minute or less"] == 1
    assert count["placeholders or times years ahead in resolved_at"] == 1
    assert count["unreadable in resolved_at"] == 1
    assert count["open by their status though resolved once"] == 1
    assert count["closed by their status without a time of resolution"] == 3
    assert count["out of order in the file"] == 1
    assert count["still open"] == 4
    assert reading.export.first_resolved is not None


def test_the_last_row_of_a_ticket_is_the_one_that_stays(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, messy()), zone="UTC").export
    assert export.resolved is not None
    third = export.resolved[export.created == moment("2026-01-06T09:00:00")]
    assert third.tolist() == [moment("2026-01-06T10:00:00")]


def test_rows_that_nothing_tells_apart_are_kept_and_told_where_no_number_does(tmp_path: Path) -> None:
    created = [*spell(truth(300).created), *["2026-01-07 09:00"] * 4]
    table = {"created_at": created, "handle": [*map(str, range(300)), "5", "5", "", ""]}
    reading = read_export(save(tmp_path, table), zone="UTC")
    assert len(reading.export) == 304
    assert lines(reading)["rows alike in every column that is read"].rows == 2
    assert "rows are like another" not in texts(reading)
    twice = {name: cells * 2 for name, cells in table.items()}
    reading = read_export(save(tmp_path, twice), zone="UTC")
    assert "warning id: 306 of 608 rows are like another in every column that is read; they were kept" in texts(reading)
    numbered = {**twice, "id": [str(row) for row in range(608)]}
    assert "are like another" not in texts(read_export(save(tmp_path, numbered), zone="UTC"))


def test_one_ticket_years_away_from_thousands_is_left_out(tmp_path: Path) -> None:
    created = [*spell(truth(3000).created), "2031-01-05 09:00"]
    reading = read_export(save(tmp_path, {"created_at": created}), zone="UTC")
    assert lines(reading)["created a year and more away from all others"].rows == 1
    assert reading.export.last_day == date(2026, 1, 25)


def test_a_first_day_covered_in_part_is_told_with_its_remedy(tmp_path: Path) -> None:
    created = truth(8000, weeks=5).created
    created = created[created >= moment("2026-01-05T22:00:00")]
    reading = read_export(save(tmp_path, {"created_at": spell(created)}), zone="UTC")
    assert "2026-01-05 has" in texts(reading)
    assert "Leave it out with --from 2026-01-06" in texts(reading)
    assert "--to" not in texts(reading)


def test_what_was_open_when_the_export_was_made_is_cut_off_at_its_latest_moment(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00", "2026-01-06 09:00"], "resolved_at": ["2026-01-09 17:00", ""]}
    export = read_export(save(tmp_path, table), zone="UTC").export
    assert export.seen_until == moment("2026-01-09T17:00:00")
    assert export.is_open.tolist() == [False, True]


def test_one_event_years_after_all_others_does_not_say_when_the_export_was_made(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00", "2026-01-06 09:00"] * 2, "intent": ["a", "b", "c", "d"],
             "resolved_at": ["2026-01-09 17:00", "2028-01-09 17:00", "", "2026-01-08 12:00"]}  # fmt: skip
    reading = read_export(save(tmp_path, table), zone="UTC")
    assert reading.export.seen_until == moment("2026-01-09T17:00:00")
    assert lines(reading)["placeholders or times years ahead in resolved_at"].rows == 1


# -- people --


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_name_address_or_text_is_anywhere_in_a_reading(vendor: str, tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, VENDORS[vendor](truth())), zone="UTC", day_first=True)
    kept = pickle.dumps(reading) + repr(reading).encode()
    for secret in SECRETS:
        assert secret.encode() not in kept
        assert secret.split()[0].encode() not in kept


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"person{row}@example.com" for row in range(3)] * 40, "holds e-mail addresses (3 different ones)"),
        ([f"subject number {row}" for row in range(120)], "holds 120 different values in 120 rows"),
        (["+49 (0)30 1234567", "030 7654321-12"] * 60, "holds what seem to be telephone numbers (2 different ones)"),
        (["I would like to know where my parcel is, please, as it " * 3, "b" * 90] * 60, "holds long texts (2 of 2"),
    ],
)
def test_a_column_that_seems_to_hold_personal_data_is_refused(values: list[str], reason: str, tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": ["2026-01-05 09:00"] * 120, "reason": values})
    with pytest.raises(ExportError) as error:
        read_export(path, zone="UTC", columns={"intent": "reason"})
    assert f"column reason {reason}" in str(error.value)
    assert "map another column (--map intent=COLUMN) or none (--map intent=)" in str(error.value)
    assert "person0" not in str(error.value)
    assert len(read_export(path, zone="UTC", columns={"intent": ""}).export) == 120


# -- files --


def test_a_file_reads_the_same_packed_recoded_or_as_parquet(tmp_path: Path) -> None:
    of: Truth = truth()
    table = {**servicenow(of), "category": [name.replace("Refund", "Rückgabe") for name in of.intent]}
    plain = save(tmp_path, table)
    text = plain.read_text(encoding="utf-8")
    files = {name: tmp_path / name for name in ("a.csv.gz", "bom.csv", "utf16.csv", "ansi.csv", "semi.csv", "crlf.csv")}
    files["a.csv.gz"].write_bytes(gzip.compress(text.encode()))
    files["bom.csv"].write_text(text, encoding="utf-8-sig")
    files["utf16.csv"].write_text(text, encoding="utf-16")
    files["ansi.csv"].write_text(text, encoding="cp1252")
    files["semi.csv"].write_text("sep=;\n" + text.replace(",", ";"), encoding="utf-8")
    files["crlf.csv"].write_bytes(text.replace("\n", "\r\n").encode())
    pq.write_table(pa.table({name: pa.array(cells) for name, cells in table.items()}), tmp_path / "a.parquet")
    expected = read_export(plain, zone="UTC").export
    assert "Rückgabe" in expected.intent.names
    for path in (*files.values(), tmp_path / "a.parquet"):
        export = read_export(path, zone="UTC").export
        assert names_of(export.intent) == names_of(expected.intent), path.name
        assert same(export.resolved, of.resolved), path.name
        assert same(export.met_sla, of.met_sla), path.name


@pytest.mark.parametrize("name", ["back.csv", "back.csv.gz"])
def test_an_export_that_is_written_reads_back_the_same(name: str, tmp_path: Path) -> None:
    export = read_export(save(tmp_path, zendesk(truth())), zone="Europe/Berlin").export
    write_export(export, tmp_path / name)
    back = read_export(tmp_path / name, zone="Europe/Berlin").export
    for field in export.__dataclass_fields__:
        before, after = getattr(export, field), getattr(back, field)
        if isinstance(before, Category):
            assert names_of(before) == names_of(after)
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after, err_msg=field)
        else:
            assert before == after, field


def test_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = save(tmp_path, zendesk(truth()))
    read_export(path, zone="UTC", progress=lambda stage, done, of: told.append((stage, done, of)))
    assert told[-1] == ("reading", path.stat().st_size, path.stat().st_size)


@on_both_desks
def test_a_call_centres_calls_are_those_that_its_own_reader_finds(kind: str, tmp_path: Path) -> None:
    folder = DEFAULT_FOLDER if kind == "recorded" else tmp_path
    if kind == "made up":
        write_calls(tmp_path, override(call_centre(), {"weeks": 2}))
    columns = {"created_at": "vru_exit", "ended_at": "ser_exit", "began_at": "ser_start", "intent": "type",
               "id": "call_id", "abandoned": "outcome:HANG", "leave_out": "outcome:PHANTOM", "wait": "q_time_s:seconds",
               "agent": "server"}  # fmt: skip
    reading = read_export(folder / CALLS_FILE, columns=columns, zone="Asia/Jerusalem")
    expected = read_calls(folder)
    export = reading.export
    assert export.abandoned is not None
    assert accounts_for_every_row(reading)
    days = (date(1999, 1, 1), date(1999, 2, 28)) if kind == "recorded" else (date(1999, 1, 3), date(1999, 1, 16))
    assert (export.first_day, export.last_day) == days
    assert int((~export.abandoned).sum()) == int((~expected.abandoned).sum())
