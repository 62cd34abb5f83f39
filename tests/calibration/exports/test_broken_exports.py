# ruff: noqa: E501 (messages are tested whole)
"""Broken exports: each gets an error with its remedy, or findings that count what is wrong; never a traceback."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from simulator.base.errors import ExportError
from simulator.base.model_base import Name
from simulator.calibration.exports import csv_source
from simulator.calibration.exports.ai_log import read_ai_log
from simulator.calibration.exports.csv_source import TextBytes
from simulator.calibration.exports.reading import Reading, read_export
from simulator.calibration.exports.roster import read_roster
from tests.support.exports import as_csv, truth, zendesk

HEADER = "id,created_at,resolved_at,intent,handle\n"
ROW = "1,2026-01-05 09:00,2026-01-05 10:00,Billing,5\n"
ROWS = "".join(f"{row},2026-01-05 09:{row:02d},2026-01-05 10:00,Billing,5\n" for row in range(2, 42))
NAME = TypeAdapter(Name)
Result = TypeVar("Result")
Make = Callable[[Path], object]


def text(content: str, encoding: str = "utf-8") -> Make:
    return lambda path: path.write_text(content, encoding=encoding, newline="")


def raw(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def table(**columns: object) -> Make:
    return lambda path: pq.write_table(pa.table(columns), path)


def bomb(path: Path) -> None:
    """Pack 60 megabytes of one row into a few kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    rows = ROW.encode() * 200_000
    with path.open("wb") as file:
        file.write(packer.compress(HEADER.encode()))
        for _ in range(6):
            file.write(packer.compress(rows))
        file.write(packer.flush())


REFUSED: dict[str, tuple[Make, str]] = {
    "no such file": (lambda path: None, "does not exist; it must be a file: CSV, CSV in gz, or Parquet"),
    "folder": (lambda path: path.mkdir(), "is a folder; it must be a file"),
    "link to nowhere": (lambda path: path.symlink_to("nowhere"), "is a link to a file that does not exist; it must be a file"),
    "pipe": (lambda path: os.mkfifo(path), "is no ordinary file; it must be a file"),
    "empty": (text(""), "is empty; it must hold a header line and a row for each ticket"),
    "white space": (text(" \n\n \n"), "is empty; it must hold a header line and a row for each ticket"),
    "header only": (text(HEADER), "has a header and no row; it must hold a row for each ticket"),
    "packed nothing": (raw(gzip.compress(b"")), "is empty; it must hold"),
    "no header": (text(ROW * 3), "with --map created_at=COLUMN (its columns: its first line seems to be a ticket, not a header)"),
    "unknown columns": (text("a,b\n1,2\n"), "(its columns: a, b)"),
    "one word": (text("hello"), "has no column for created_at that is recognised"),
    "two columns of one name": (text("created_at,created_at\n2026-01-05,2026-01-06\n"),
                                "has several columns for created_at: created_at and created_at; rename all but one"),
    "workbook": (raw(b"PK\x03\x04" + b"\0" * 50), "is an Excel workbook or a zip file; save the sheet as CSV"),
    "old workbook": (raw(b"\xd0\xcf\x11\xe0" + b"\0" * 50), "is an old Excel workbook; save the sheet as CSV"),
    "workbook in gz": (raw(gzip.compress(b"PK\x03\x04" + b"\0" * 50)), "is an Excel workbook or a zip file"),
    "pdf": (raw(b"%PDF-1.7\n..."), "is a PDF; export the tickets as CSV"),
    "web page": (text("<!DOCTYPE html><html><body>Please sign in</body></html>"), "is a web page or XML; export the tickets"),
    "json": (text('[{"created_at": "2026-01-05"}]'), "is JSON; export the tickets as CSV"),
    "database": (raw(b"SQLite format 3\x00" + b"\0" * 99), "is a database; export the tickets as CSV"),
    "packed twice": (raw(gzip.compress(gzip.compress(HEADER.encode()))), "is packed twice; unpack it once"),
    "binary junk": (raw(np.random.default_rng(3).bytes(5000)), "holds bytes that no text has"),
    "NUL bytes": (raw((HEADER + ROW).encode() + b"\0\0\0" + ROW.encode()), "holds bytes that no text has (the first at byte 86)"),
    "gz cut off": (raw(gzip.compress((HEADER + ROWS).encode())[:-20]), "is cut off or damaged"),
    "gz damaged": (raw(gzip.compress((HEADER + ROWS).encode())[:40] + b"\xff" * 80), "is cut off or damaged"),
    "gz in name only of a header": (raw(b"\x1f\x8b"), "is cut off or damaged"),
    "bomb": (bomb, "over 200 times its size; an export must grow less: unpack it and give the CSV if it is one"),
    "bomb without lines": (raw(gzip.compress(HEADER.encode() + b"0" * 40_000_000)), "has a row of more than 8 MB"),
    "open quotation mark": (text(HEADER + '1,"2026-01-05 09:00,a,b,1\n' + ROWS), "leaves a quotation mark open: 41 lines run together"),
    "all rows ragged": (text(HEADER + "1,2\n" * 5), "has 5 of 5 rows without the 5 cells of its header"),
    "most rows ragged": (text(HEADER + ROW + "1,2\n" * 5), "has 5 of 6 rows without the 5 cells of its header"),
    "nothing in created": (text(HEADER + "1,,,a,5\n" * 3), "holds no ticket that can be used: of 3 rows, 3 without a time of creation"),
    "nonsense in created": (text(HEADER + "1,soon,,a,5\n"), "has 1 of 1 times of creation that cannot be read, such as soon; it must hold moments"),
    "only placeholders": (text(HEADER + "1,1900-01-01,,a,5\n2,9999-12-31,,a,5\n3,0000-00-00,,a,5\n"), "holds no ticket that can be used"),
    "only spam": (text("created_at,status\n2026-01-05,Spam\n"), "1 marked as spam, deleted, merged or test"),
    "either order": (text("created_at\n01/02/2026\n03/04/2026\n"), "day and month are 12 or less; say which with --day-first or --month-first"),
    "too many columns": (text(",".join(f"c{n}" for n in range(6000)) + "\n"), "has 6,000 columns; it must have 5,000 or fewer"),
    "e-mail addresses": (text("created_at,channel\n2026-01-05,me@example.com\n"), "holds e-mail addresses (1 different ones), which may be personal data"),
    "nested Parquet": (table(created_at=["2026-01-05"], intent=[{"name": "a"}]), "column intent holds struct<name: string>; it must hold text, numbers or moments"),
    "binary Parquet": (table(created_at=[b"\xff\xfe"]), "column created_at holds binary; it must hold text, numbers or moments"),
    "empty Parquet": (table(created_at=pa.array([], pa.string())), "has a header and no row"),
    "Parquet cut off": (raw(b"PAR1" + b"\0" * 40), "is damaged (ArrowInvalid); it must be a complete Parquet file"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_rightly_is_refused_with_its_remedy(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_source, "RATIO_FROM", 1 << 25)  # a smaller bomb than by default, to save time
    make, message = REFUSED[case]
    path = tmp_path / "tickets.csv"
    make(path)
    with pytest.raises(ExportError) as error:
        read_export(path, zone="UTC")
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["desk.yaml", "desk.YML"])
def test_a_scenario_is_no_export(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("name: desk\nstart: 2026-01-05\n")
    with pytest.raises(ExportError, match="is a scenario, not an export; it must be what the help desk exports"):
        read_export(path, zone="UTC")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(HEADER + ROW)
    path.chmod(0)
    with pytest.raises(ExportError, match="cannot be read: Permission denied; it must be a readable file"):
        read_export(path, zone="UTC")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"zone": "Middle/Earth"},
            "--timezone: Middle/Earth is no time zone; it must be an IANA name such as Europe/London",
        ),
        ({"zone": "../etc/passwd"}, "--timezone: ../etc/passwd is no time zone"),
        ({"columns": {"wait": ""}, "zone": "\0"}, "is no time zone"),
        ({"columns": {"wait": "id:parsecs"}}, "--map wait=id:parsecs: ends in :parsecs; wait takes a unit"),
        ({"columns": {"": "id"}}, "'' is no field"),
    ],
)
def test_options_that_fit_nothing_are_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(HEADER + ROW)
    with pytest.raises(ExportError) as error:
        read_export(path, **options)
    assert message in str(error.value)


def big_cell(cell: str) -> Make:
    return text(HEADER.replace("handle", "note") + ROW.replace(",5\n", f",{cell}\n") + ROWS)


READ: dict[str, tuple[Make, int, str, int]] = {
    "Latin-1": (text(HEADER + ROW.replace("Billing", "Rückgabe") + ROWS, "latin-1"), 41, "file is in Windows-1252", 0),
    "UTF-16": (text(HEADER + ROW, "utf-16"), 1, "file is in UTF-16", 0),
    "UTF-16 without mark": (text(HEADER + ROW + ROWS, "utf-16-le"), 41, "file is in UTF-16", 0),
    "UTF-8 with a damaged letter": (raw((HEADER + ROW.replace("Billing", "Rückgabe")).encode() + b"2,2026-01-05,,\xff,\n"), 2, "neither UTF-8 nor Windows-1252", 0),
    "semicolons": (text((HEADER + ROW).replace(",", ";")), 1, "separated by the semicolon", 0),
    "tabs": (text((HEADER + ROW).replace(",", "\t")), 1, "separated by the tab", 0),
    "pipes": (text((HEADER + ROW).replace(",", "|")), 1, "separated by the pipe", 0),
    "old Mac lines": (text((HEADER + ROW).replace("\n", "\r")), 1, "tickets kept", 1),
    "no last line break": (text((HEADER + ROW).rstrip()), 1, "tickets kept", 1),
    "line breaks in cells": (text(HEADER + ROW.replace("Billing", '"Bill\ning"')), 1, "tickets kept", 1),
    "ragged rows": (text(HEADER + ROW + ROWS + "42,2026-01-05\n43,2026-01-05,,,,,,\n"), 41, "rows with another number of cells than the header", 2),
    "rows of separators": (text(HEADER + ROW + ",,,,\n" * 3), 1, "without a time of creation", 3),
    "million characters": (big_cell("x" * 1_000_000), 41, "tickets kept", 41),
    "formulas": (text(HEADER + ROW.replace("Billing", "=HYPERLINK(0)") + ROW.replace("1,", "2,", 1).replace(",5", ",=1+1")), 2, "unreadable in handle", 1),
    "duplicate numbers": (text(HEADER + ROW * 3), 1, "identical copies of a ticket further down", 2),
    "conflicting numbers": (text(HEADER + ROW + ROW.replace("Billing", "Refund")), 1, "earlier rows of a ticket further down (same number, other values)", 1),
    "mixed dates": (text(HEADER + ROW + "2,14/01/2026 09:00,,a,5\n3,1767603600,,a,5\n"), 3, "writes times in several ways", 0),
    "negative durations": (text(HEADER + ROW + "2,2026-01-05 09:00,,a,-5\n"), 2, "negative in handle", 1),
    "infinite durations": (text(HEADER + ROW + "2,2026-01-05 09:00,,a,inf\n3,2026-01-05 09:00,,a,1e999\n"), 3, "unreadable in handle", 2),
    "durations in per cent": (text(HEADER + ROW + "2,2026-01-05 09:00,,a,50%\n"), 2, "unreadable in handle", 1),
    "decimal commas": (text((HEADER + ROW).replace(",", ";").replace(";5", ";5,5")), 1, "separated by the semicolon", 0),
    "year 0": (text(HEADER + ROW + "2,0000-01-01,,a,5\n"), 1, "with a placeholder (before 1990, or 2090 and later) for a time of creation", 1),
    "year 9999": (text(HEADER + ROW + "2,9999-12-31 23:59,,a,5\n"), 1, "with a placeholder (before 1990, or 2090 and later) for a time of creation", 1),
    "moments beyond all clocks": (text(HEADER + ROW + "2,2026-01-05,9999999999999999,a,5\n"), 2, "placeholders or times years ahead in resolved_at", 1),
    "resolved before it came": (text(HEADER + "1,2026-01-05 09:00,2025-01-05 10:00,a,5\n"), 1, "resolved_at before created_at", 1),
    "a column of nothing": (text(HEADER + "1,2026-01-05,,,\n2,2026-01-06,,,\n"), 2, "nothing in handle", 2),
    "upside down": (text(HEADER + "".join(reversed(ROWS.splitlines(keepends=True)))), 40, "out of order in the file", 39),
    "control characters in names": (text(HEADER + ROW + ROW.replace("1,", "2,", 1).replace("Billing", "Bi\x1blling")), 2, "tickets kept", 2),
    "Excel's first line": (text("sep=;\n" + (HEADER + ROW).replace(",", ";")), 1, "tickets kept", 1),
    "spaces around all": (text(" id , created_at , intent \n 1 , 2026-01-05 09:00 , a \n"), 1, "tickets kept", 1),
    "Parquet of numbers": (table(created_at=[1767603600, None], intent=[1, 2], handle=[1.5, float("nan")]), 1, "without a time of creation", 1),
}  # fmt: skip
"""What is made, the tickets read, and what is told: a line of the counts with its number, or (0) a finding."""


def check(reading: Reading) -> None:
    """Check what every reading must keep, whatever the file."""
    export = reading.export
    counts = {row.what: row.rows for row in reading.quality}
    assert len(export) >= 1
    assert counts["rows read"] == len(export) + sum(row.rows for row in reading.quality if row.left_out)
    assert all(0 <= row.share <= 1 for row in reading.quality)
    assert np.isfinite(export.created).all()
    assert (np.diff(export.created) >= 0).all()
    assert export.first_day <= export.last_day
    assert export.seen_until >= export.created[-1]
    for moments in (export.began, export.first_response, export.resolved, export.first_resolved):
        assert moments is None or not (moments < export.created).any()
    for amounts in (export.wait_minutes, export.handle_minutes, export.hold_minutes, export.reopens):
        assert amounts is None or not ((amounts < 0) | np.isinf(amounts)).any()
    for category in (export.intent, export.channel, export.tier, export.team):
        assert category is None or [NAME.validate_python(name) for name in category.names] == list(category.names)
        assert category is None or len(category.codes) == len(export)


@pytest.mark.parametrize("case", READ)
def test_what_is_wrong_in_a_file_that_can_be_read_is_counted_or_told(case: str, tmp_path: Path) -> None:
    make, tickets, told, rows = READ[case]
    path = tmp_path / "tickets.csv"
    make(path)
    reading = read_export(path, zone="UTC", columns={"channel": ""})
    check(reading)
    assert len(reading.export) == tickets
    counts = {row.what: row.rows for row in reading.quality}
    if rows:
        assert counts[told] == rows
    else:
        assert any(told in finding.text for finding in reading.findings)


def test_at_least_forty_broken_exports_are_tried() -> None:
    assert len(REFUSED) + len(READ) >= 40


def test_memory_stays_bounded_by_the_columns_that_are_read(tmp_path: Path) -> None:
    # 60 MB of texts in a column that is not read, in one batch after the other.
    path = tmp_path / "tickets.csv"
    with path.open("w") as file:
        file.write("created_at,description\n")
        for _ in range(60):
            file.write(f"2026-01-05 09:00,{'x' * 1_000_000}\n")
    before = pa.total_allocated_bytes()
    reading = read_export(path, zone="UTC")
    assert len(reading.export) == 60
    assert pa.total_allocated_bytes() - before < 20_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_letters_survive_wherever_a_block_of_the_file_ends(encoding: str, size: int, tmp_path: Path) -> None:
    written = "plain, then Ärger mit der Rückgabe: “groß” – 5 €\n" * 3
    path = tmp_path / "letters.csv"
    path.write_bytes(written.encode(encoding))
    with TextBytes(path, is_gz=False, encoding="utf-8" if encoding == "cp1252" else encoding) as file:
        parts = list(iter(lambda: file.read(size), b""))
    assert b"".join(parts).decode() == written
    assert file.encoding == encoding


FOREIGN = {
    "cp1250": ("Zwrot pieniędzy", "Płatność", "Wysyłka opóźniona", "Błąd logowania", "Zamówienie"),
    "cp1251": ("Возврат денег", "Оплата", "Доставка", "Ошибка входа"),
    "gb18030": ("物流查询", "无法登录"),
    "cp949": ("배송 지연", "로그인 오류"),
    "cp1252": ("Rückgabe", "Réclamation", "Contraseña", "Återbetalning", "“5 €”"),
}


@pytest.mark.parametrize("encoding", FOREIGN)
def test_letters_of_other_encodings_are_read_as_what_they_most_likely_are(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    rows = [f"{number},2026-01-05 09:00,{name}" for number, name in enumerate(FOREIGN[encoding] * 12)]
    path.write_bytes("\n".join(["id,created_at,intent", *rows, ""]).encode(encoding))
    reading = read_export(path, zone="UTC")
    assert set(reading.export.intent.names) == set(FOREIGN[encoding])
    levels = [one.level for one in reading.findings if one.path == "file"]
    assert levels == ["note" if encoding == "cp1252" else "warning"]


@pytest.mark.parametrize("letters", FOREIGN["cp1252"])
def test_one_western_letter_is_enough_to_read_a_file_as_western(letters: str, tmp_path: Path) -> None:
    path = tmp_path / "western.csv"
    path.write_bytes(f"id,created_at,intent\n1,2026-01-05 09:00,{letters}\n".encode("cp1252"))
    assert read_export(path, zone="UTC").export.intent.names == (letters,)


def sound_or_refused(read: Callable[[], Result]) -> Result | None:
    """Return what was read, or None where it was refused with a rule or a remedy."""
    try:
        return read()
    except ExportError as error:
        message = str(error)
    assert re.search(r"must|say which|map another|--map|unpack|export the tickets|save the sheet", message), message
    return None


CELLS = st.one_of(
    st.sampled_from(["", "2026-01-05 09:00", "05/01/2026 9:00 PM", "1767603600", "-1", "1:30", "a", "true", '"', "=1+1", "NaN", "1e400", "\ufeff"]),
    st.text(max_size=12),
    st.integers(-(10**20), 10**20).map(str),
)  # fmt: skip
COLUMNS = ("id", "resolved_at", "first_response_at", "intent", "agent", "status", "handle", "met_sla", "satisfaction",
           "true_intent", "predicted_intent", "confidence", "correct", "team", "day", "start", "end", "agents")  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(st.sampled_from(COLUMNS), max_size=8, unique=True),
    rows=st.lists(st.lists(CELLS, min_size=9, max_size=9), max_size=8),
    ragged=st.sampled_from([0, 0, 0, 1, -1]),
    separator=st.sampled_from([",", ";", "\t"]),
    is_quoted=st.booleans(),
)
def test_no_small_csv_gives_anything_but_a_sound_export_or_an_error(
    columns: list[str], rows: list[list[str]], ragged: int, separator: str, is_quoted: bool, tmp_path: Path
) -> None:
    path = tmp_path / "fuzz.csv"
    columns = ["created_at", *columns]
    body = [[cell.replace('"', '""') if is_quoted else cell for cell in row[: len(columns)]] for row in rows]
    body[-1:] = [row[: len(columns) + ragged] if ragged < 0 else row + [""] * ragged for row in body[-1:]]
    mark = '"' if is_quoted else ""
    lines = [separator.join(columns), *(separator.join(f"{mark}{cell}{mark}" for cell in row) for row in body)]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    if (reading := sound_or_refused(lambda: read_export(path, zone="Europe/Berlin"))) is not None:
        check(reading)
    if (log := sound_or_refused(lambda: read_ai_log(path))) is not None:
        assert ((log[0].confidence >= 0) & (log[0].confidence <= 1)).all()
    if (roster := sound_or_refused(lambda: read_roster(path))) is not None:
        assert all(0 <= row.start < row.end <= row.start + 1440 for row in roster[0].rows)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 20_000), junk=st.binary(min_size=1, max_size=20), how=st.sampled_from(["put", "cut", "gz"]))
def test_no_damage_to_a_good_file_gives_anything_but_a_sound_export_or_an_error(
    place: int, junk: bytes, how: str, tmp_path: Path
) -> None:
    good = as_csv(zendesk(truth(60))).encode()
    good = gzip.compress(good, mtime=0) if how == "gz" else good
    place %= len(good)
    path = tmp_path / "fuzz.csv"
    path.write_bytes(good[:place] if how == "cut" else good[:place] + junk + good[place + len(junk) :])
    if (reading := sound_or_refused(lambda: read_export(path, zone="Europe/Berlin"))) is not None:
        check(reading)
