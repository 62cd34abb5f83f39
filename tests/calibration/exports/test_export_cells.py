"""What stands in the cells of an export is read however people and programs write it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from simulator.base.errors import ExportError
from simulator.base.model_base import Name
from simulator.calibration.exports.reading import read_export
from tests.support.exports import lines, moment, names_of, same, save, spell, texts, truth
from tests.support.written_exports import write_export

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


# -- times of creation that cannot be used --


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (["soon", "last week", "2026-01-05 09:00"],
         "column created_at has 2 of 3 times of creation that cannot be read, such as soon and last week; it must hold "
         "moments such as 2026-03-31 14:05: write them so, or say --map created_at=COLUMN"),
        (["me@example.com", "", ""], "1 of 1 times of creation that cannot be read; it must hold"),
    ],
)  # fmt: skip
def test_times_of_creation_most_of_which_cannot_be_read_are_refused(
    written: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ExportError) as error:
        read_export(save(tmp_path, {"created_at": written, "intent": ["a", "b", "c"]}), zone="UTC")
    assert told in str(error.value)


def test_an_order_of_day_and_month_that_most_dates_contradict_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": ["01/13/2026 09:00", "01/14/2026 09:00", "02/03/2026 09:00"]})
    with pytest.raises(ExportError, match="in the order of --day-first, and most fit --month-first only: give that"):
        read_export(path, zone="UTC", day_first=True)
    assert len(read_export(path, zone="UTC").export) == 3


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00Z"])
def test_dates_without_times_of_day_are_refused_as_times_of_creation(form: str, tmp_path: Path) -> None:
    dates = spell(truth(300).created, form)
    few_times = ["2026-01-06 09:13" if form == "%Y-%m-%d" else dates[0], *dates[1:]]
    with pytest.raises(ExportError) as error:
        read_export(save(tmp_path, {"created_at": few_times}), zone="Europe/Berlin")
    assert "created_at has dates without times of day: tickets are created at 00:00; it must say" in str(error.value)
    assert '--map "created_at=DATE+TIME"' in str(error.value)


def test_tickets_at_midnight_are_read_where_others_come_during_the_day(tmp_path: Path) -> None:
    created = ["2026-01-05 00:00"] * 40 + ["2026-01-05 09:00"] * 2
    assert len(read_export(save(tmp_path, {"created_at": created}), zone="UTC").export) == 42


def test_a_date_and_a_time_in_two_columns_are_read_as_one_moment(tmp_path: Path) -> None:
    of = truth(60)
    table = {"Date": spell(of.created, "%d/%m/%Y"), "Time": spell(of.created, "%I:%M %p"), "C+": ["a", "b"] * 30}
    columns = {"created_at": "Date+Time", "intent": "C+"}
    reading = read_export(save(tmp_path, table), zone="UTC", columns=columns)
    assert same(reading.export.created, of.created)
    assert reading.columns["created_at"] == "Date+Time"
    table = {"Open+Day": spell(of.created, "%Y-%m-%d"), "Time": [*spell(of.created, "%H:%M")[:-1], ""]}
    reading = read_export(save(tmp_path, table), zone="UTC", columns={"created_at": "open+day + time"})
    assert same(reading.export.created, of.created[:-1])
    assert lines(reading)["without a time of creation"].rows == 1


def test_a_column_with_a_plus_sign_in_its_name_is_read_alone(tmp_path: Path) -> None:
    table = {"Date+Time": ["2026-01-05 09:00"], "Date": ["2026-01-06"], "Time": ["10:00"]}
    export = read_export(save(tmp_path, table), zone="UTC", columns={"created_at": "Date+Time"}).export
    assert export.created.tolist() == [moment("2026-01-05T09:00:00")]


@pytest.mark.parametrize("is_dated", [True, False])
def test_a_date_and_a_time_in_two_columns_of_parquet_are_read_as_one_moment(is_dated: bool, tmp_path: Path) -> None:
    of = truth(60)
    stamps = pa.array(of.created.astype("datetime64[s]"), pa.timestamp("us"))
    day = stamps.cast(pa.date32()) if is_dated else stamps.cast(pa.date32()).cast(pa.timestamp("us"))
    time = stamps.cast(pa.time64("us")) if is_dated else stamps
    pq.write_table(pa.table({"day": day, "time": time}), tmp_path / "t.parquet")
    export = read_export(tmp_path / "t.parquet", zone="UTC", columns={"created_at": "day+time"}).export
    assert same(export.created, of.created)


def test_two_columns_are_joined_for_moments_only(tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": ["2026-01-05 09:00"], "a": ["1"], "b": ["2"]})
    with pytest.raises(ExportError, match=r"--map handle=a\+b: names no column of"):
        read_export(path, zone="UTC", columns={"handle": "a+b"})
