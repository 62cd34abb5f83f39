"""A help desk's export becomes tickets: whatever its columns are called, every row accounted for, and no one named."""

from __future__ import annotations

import gzip
import pickle
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from simulator.calibration.exports.ai_log import read_ai_log
from simulator.calibration.exports.quality import QualityRow
from simulator.calibration.exports.reading import Reading, read_export
from simulator.calibration.exports.roster import RosterRow, read_roster
from simulator.calibration.exports.table import UNKNOWN, Category
from simulator.calibration.exports.writing import write_export
from simulator.errors import ExportError
from simulator.frozen import Name
from tests.bank_data import CALLS_FILE, DEFAULT_FOLDER, read_calls
from tests.exports import SECRETS, VENDORS, Truth, jira, save, servicenow, spell, truth, zendesk


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def names_of(category: Category | None) -> list[str]:
    assert category is not None
    return [category.names[code] if code != UNKNOWN else "" for code in category.codes]


def same(column: np.ndarray | None, values: np.ndarray) -> bool:
    return column is not None and bool(np.allclose(column, values, equal_nan=True, rtol=0, atol=1e-6))


def lines(reading: Reading) -> dict[str, QualityRow]:
    return {row.what: row for row in reading.quality}


def texts(reading: Reading) -> str:
    return "\n".join(f"{finding.level} {finding.path}: {finding.text}" for finding in reading.findings)


def accounts_for_every_row(reading: Reading) -> bool:
    left_out = sum(row.rows for row in reading.quality if row.left_out)
    return lines(reading)["rows read"].rows == len(reading.export) + left_out


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


def test_two_columns_for_one_field_are_asked_about(tmp_path: Path) -> None:
    day = ["2026-01-05 10:00"]
    path = save(tmp_path, {"created": day, "opened": day, "topic": ["x"]})
    with pytest.raises(
        ExportError, match="several columns for created_at: created and opened; say which one with --map"
    ):
        read_export(path, zone="UTC")
    assert len(read_export(path, zone="UTC", columns={"created_at": "opened"}).export) == 1


# -- times --


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2016-03-01T01:22:33Z", "2016-03-01T01:22:33"), ("2016-03-01T01:22:33+02:00", "2016-02-29T23:22:33"),
        ("2016-03-01 01:22:33 -0500", "2016-03-01T06:22:33"), ("2016-03-01 01:22", "2016-03-01T01:22:00"),
        ("2016-03-01", "2016-03-01T00:00:00"), ("2016/3/1 1:22 PM", "2016-03-01T13:22:00"),
        ("03/14/2016 1:22 PM", "2016-03-14T13:22:00"), ("14/03/2016 13:22:01", "2016-03-14T13:22:01"),
        ("14.03.2016 13:22", "2016-03-14T13:22:00"), ("03.04.2016 13:22", "2016-04-03T13:22:00"),
        ("14/Mar/16 1:22 AM", "2016-03-14T01:22:00"), ("March 14, 2016 12:05 am", "2016-03-14T00:05:00"),
        ("Mon, 14 Mar 2016 13:22:00 GMT", "2016-03-14T13:22:00"), ("1456795353", "2016-03-01T01:22:33"),
        ("1456795353000", "2016-03-01T01:22:33"), ("2016-03-01T01:22:33.5", "2016-03-01T01:22:33.500"),
        ("29/02/2016", "2016-02-29T00:00:00"),
    ],
)  # fmt: skip
def test_moments_are_read_however_they_are_written(written: str, meant: str, tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, {"created_at": [written, written], "intent": ["a", "b"]}), zone="UTC")
    assert reading.export.created.tolist() == [moment(meant)] * 2


@pytest.mark.parametrize(
    "written",
    ["31/02/2016", "2016-13-01", "29/02/2015", "25:00", "2016-03-01 24:61", "14/03/2016 13:22 PM", "yesterday", "12"],
)
def test_moments_that_do_not_exist_are_unreadable_and_counted(written: str, tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, {"created_at": ["2016-03-14 10:00", written]}), zone="UTC")
    assert len(reading.export) == 1
    assert lines(reading)["with a time of creation that cannot be read"].rows == 1


def test_one_date_that_fits_one_order_only_decides_for_the_whole_file(tmp_path: Path) -> None:
    table = {
        "created_at": ["03/04/2016 10:00", "05/04/2016 10:00"],
        "resolved_at": ["03/05/2016 10:00", "13/05/2016 10:00"],
    }
    export = read_export(save(tmp_path, table), zone="UTC").export
    assert export.created.tolist() == [moment("2016-04-03T10:00:00"), moment("2016-04-05T10:00:00")]


def test_dates_that_fit_both_orders_are_asked_about_and_settled_by_the_option(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": ["03/04/2016 10:00", "05/04/2016 10:00"]})
    with pytest.raises(ExportError, match="day and month are 12 or less; say which with --day-first or --month-first"):
        read_export(path, zone="UTC")
    assert read_export(path, zone="UTC", day_first=True).export.first_day == date(2016, 4, 3)
    assert read_export(path, zone="UTC", day_first=False).export.first_day == date(2016, 3, 4)


def test_dates_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": ["13/04/2016", "04/13/2016", "03/04/2016"]})
    with pytest.raises(ExportError, match="can only be day-first and others that can only be month-first"):
        read_export(path, zone="UTC")
    reading = read_export(path, zone="UTC", day_first=True)
    assert lines(reading)["with a time of creation that cannot be read"].rows == 1


def test_dates_of_both_orders_are_read_where_none_fits_both(tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, {"created_at": ["13/04/2016", "04/14/2016"]}), zone="UTC")
    assert (reading.export.first_day, reading.export.last_day) == (date(2016, 4, 13), date(2016, 4, 14))


def test_a_column_that_holds_nothing_counts_as_not_there_and_is_told(tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00"] * 3, "resolved_at": ["", "n/a", ""], "handle": ["x", "", ""]}
    reading = read_export(save(tmp_path, table), zone="UTC")
    assert reading.export.resolved is None
    assert reading.export.handle_minutes is None
    assert "warning resolved_at: resolved_at holds nothing that can be read" in texts(reading)
    assert "warning handle: handle holds nothing that can be read" in texts(reading)


def test_names_that_a_spreadsheet_would_run_are_written_harmless_and_read_back(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, {"created_at": ["2026-01-05 09:00"], "intent": ["-2+3"]}), zone="UTC").export
    write_export(export, tmp_path / "back.csv")
    assert "'-2+3" in (tmp_path / "back.csv").read_text()
    assert read_export(tmp_path / "back.csv", zone="UTC").export.intent.names == ("-2+3",)


def test_mixed_ways_of_writing_in_one_column_are_all_read_and_told(tmp_path: Path) -> None:
    path = save(
        tmp_path, {"created_at": ["2016-03-14 13:22", "14/03/2016 13:22", "14 March 2016 1:22 PM", "1457961720"]}
    )
    reading = read_export(path, zone="UTC")
    assert set(reading.export.created.tolist()) == {moment("2016-03-14T13:22:00")}
    assert "writes times in several ways" in texts(reading)


def test_local_times_are_read_in_the_desks_zone_and_odd_hours_counted(tmp_path: Path) -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00.
    written = ["2026-01-05 09:00", "2026-03-29 02:30", "2026-07-06 09:00", "2026-10-25 02:30"]
    reading = read_export(save(tmp_path, {"created_at": written}), zone="Europe/Berlin")
    assert reading.export.created.tolist() == [
        moment("2026-01-05T08:00:00"), moment("2026-03-29T01:00:00"),
        moment("2026-07-06T07:00:00"), moment("2026-10-25T00:30:00"),
    ]  # fmt: skip
    assert lines(reading)["created_at in an hour that the clock showed twice"].rows == 1
    assert lines(reading)["created_at in an hour that the clock skipped"].rows == 1


@pytest.mark.parametrize(
    ("written", "warning"),
    [
        ("2026-01-05T09:00:00+01:00", "hours of the day are those of UTC"),
        ("2026-01-05 09:00", "times were taken as written"),
    ],
)
def test_without_a_time_zone_the_reader_is_warned(written: str, warning: str, tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, {"created_at": [written] * 2, "intent": ["a", "b"]}))
    assert reading.export.zone == "UTC"
    assert f"warning timezone: {'Times have' if '+' in written else 'No time zone'}" in texts(reading)
    assert warning in texts(reading)


def test_offsets_and_parquets_own_moments_mean_the_same(tmp_path: Path) -> None:
    of = truth(60)
    with_offset = save(tmp_path, {"created_at": spell(of.created, "%Y-%m-%dT%H:%M:%S%z", "Asia/Kolkata")})
    pq.write_table(
        pa.table({"created_at": pa.array(of.created.astype("datetime64[s]"), pa.timestamp("ms", "UTC"))}),
        tmp_path / "t.parquet",
    )
    for path in (with_offset, tmp_path / "t.parquet"):
        assert same(read_export(path, zone="Asia/Kolkata").export.created, of.created)


# -- amounts --


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("90", 90.0), ("1.5", 1.5), ("1,5", 1.5), ("1,204", 1204.0), ("1.204,5", 1204.5),
        ("01:30:00", 90.0), ("0:45", 45.0),
        ("1h 30m", 90.0), ("2 days 3 hours", 3060.0), ("1 day, 2:00:00", 1560.0), ("45s", 0.75), ("10 minutes", 10.0),
        ("-5", np.nan), ("inf", np.nan), ("soon", np.nan), ("15%", np.nan), ("", np.nan),
    ],
)  # fmt: skip
def test_durations_are_read_however_they_are_written(written: str, minutes: float, tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00"] * 2, "handle": ["7 minutes", written]}
    assert same(read_export(save(tmp_path, table), zone="UTC").export.handle_minutes, np.array([7, minutes]))


@pytest.mark.parametrize(
    ("column", "minutes"),
    [
        ("Handle time (seconds)", 2.0),
        ("handle_time_hours", 7200.0),
        ("Handle time in minutes", 120.0),
        ("handle", 120.0),
    ],
)
def test_a_columns_name_tells_its_unit(column: str, minutes: float, tmp_path: Path) -> None:
    table = {"created_at": ["2026-01-05 09:00"], column: ["120"]}
    reading = read_export(save(tmp_path, table), zone="UTC", columns={"handle": column})
    assert same(reading.export.handle_minutes, np.array([minutes]))


# -- names --


def test_names_are_made_fit_for_a_scenario_and_spellings_merged(tmp_path: Path) -> None:
    written = [
        "Billing",
        " billing ",
        "BILLING",
        "Billing",
        "=cmd|'/c calc'!A0",
        "a.b[c],d=e",
        "x" * 200,
        "\u200bnew",
        "",
        "N/A",
    ]
    reading = read_export(save(tmp_path, {"created_at": ["2026-01-05 09:00"] * 10, "intent": written}), zone="UTC")
    names = names_of(reading.export.intent)
    assert names[:4] == ["Billing"] * 4
    assert names[4:] == ["cmd|'/c calc'!A0", "a b c d e", "x" * 80, "new", "", ""]
    for name in reading.export.intent.names:
        assert TypeAdapter(Name).validate_python(name) == name
    assert lines(reading)["nothing in intent"].rows == 2
    assert "warning intent: intent names no intent for 20.0% of tickets." in texts(reading)
    assert "2 spellings in intent were merged" in texts(reading)


def test_without_a_column_of_intents_all_tickets_are_one(tmp_path: Path) -> None:
    reading = read_export(save(tmp_path, {"created_at": ["2026-01-05 09:00"]}), zone="UTC")
    assert reading.export.intent.names == ("all",)
    assert "Give --map intent=COLUMN" in texts(reading)


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
        "older versions of a ticket further down (same number, other values)": 1,
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


@pytest.mark.skipif(not DEFAULT_FOLDER.exists(), reason="the recorded calls of the bank are not beside the project")
def test_the_banks_calls_are_those_that_its_own_reader_finds() -> None:
    columns = {"created_at": "vru_exit", "ended_at": "ser_exit", "began_at": "ser_start", "intent": "type",
               "id": "call_id", "abandoned": "outcome:HANG", "leave_out": "outcome:PHANTOM", "wait": "q_time_s:seconds",
               "agent": "server"}  # fmt: skip
    reading = read_export(DEFAULT_FOLDER / CALLS_FILE, columns=columns, zone="Asia/Jerusalem")
    expected = read_calls(DEFAULT_FOLDER)
    export = reading.export
    assert export.abandoned is not None
    assert accounts_for_every_row(reading)
    assert (export.first_day, export.last_day) == (date(1999, 1, 1), date(1999, 2, 28))
    assert int((~export.abandoned).sum()) == int((~expected.abandoned).sum())


# -- shadow logs and rosters --


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
        "3: names no day that can be read; it must be a date or weekdays such as mon-fri",
        "4: start is 25:00; it must be a time of day such as 09:00 or 17:30",
        "5: starts and ends at the same time; a shift of a whole day is 00:00 to 24:00",
    ]
