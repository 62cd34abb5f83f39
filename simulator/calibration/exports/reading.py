"""Reads a ticket export: from any help desk's file to the `Export` that every estimator takes.

Every line of the file is accounted for: kept, or left out for one stated reason. What a kept ticket does not tell, or
cannot be true (an end before its beginning), is unknown, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.base.arrays import Bools
from simulator.base.errors import ExportError, Notice, Problem, cut
from simulator.base.notebook_hooks import Shown
from simulator.calibration.exports.assembly import assemble
from simulator.calibration.exports.cells import Cells, read_cells
from simulator.calibration.exports.columns import is_zone
from simulator.calibration.exports.moments import Moments
from simulator.calibration.exports.quality import QualityRow, RowTally, find_partial_days, local_day, refuse_dates_alone
from simulator.calibration.exports.rows import Rows
from simulator.calibration.exports.table import FIELDS, Export, midnight

if TYPE_CHECKING:
    from simulator.studies.running.batch import Stages


@dataclass(frozen=True)
class Reading(Shown):
    """An export, and what is to be known about how it was read."""

    view: ClassVar[str] = "simulator.report.render.notebook:reading_brief"

    export: Export
    findings: tuple[Notice, ...]
    quality: tuple[QualityRow, ...]
    """Rows read, left out by reason, kept, and what is unknown among the kept."""
    columns: Mapping[str, str]
    """Names of the columns that were read, by field."""


def read_export(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    day_first: bool | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    progress: Stages | None = None,
) -> Reading:
    """Read a help desk's ticket export: CSV (gz or not) or Parquet; raise ExportError where it cannot be read rightly.

    `columns` maps our fields (see FIELDS) to columns, with a unit or the value that means yes where that is needed:
    `{"wait": "q_time_s:seconds", "abandoned": "outcome:HANG"}`; an empty column leaves a field unread. `zone` is the
    IANA time zone of the desk, in which moments without an offset are read. Only recognised columns are read at all;
    names of people, addresses and texts are never kept.
    """
    _check_options(zone, first_day, last_day)
    cells = read_cells(path, FIELDS, columns, needed=["created_at"], progress=progress)
    desk_zone, about_zone = _zone_of(cells, zone)
    moments = cells.moments(desk_zone, day_first)
    tally = RowTally(cells.rows + cells.ragged, np.ones(cells.rows, dtype=np.bool_))
    tally.count("rows with another number of cells than the header", cells.ragged, "left out", left_out=True)
    rows = Rows(cells, moments, tally)
    rows.leave_out_unwanted()
    rows.check_created()
    refuse_dates_alone(cells, rows.created[tally.kept], desk_zone)
    rows.leave_out_copies()
    since, until = _days(cells, rows, desk_zone, first_day, last_day)
    rows.check_moments()
    export = assemble(rows, desk_zone, since, until)
    findings = (
        *cells.notes, *cells.recognised.findings, *about_zone, *rows.findings, *tally.findings(),
        *find_partial_days(export, first_day is not None, last_day is not None),
    )  # fmt: skip
    read = {name: column.name for name, column in cells.columns.items()}
    return Reading(export, findings, tally.finish(), read)


def _check_options(zone: str | None, first_day: date | None, last_day: date | None) -> None:
    if zone is not None and not is_zone(zone):
        message = f"{cut(zone)} is no time zone; it must be an IANA name such as Europe/London"
        raise ExportError(Problem("--timezone", "", message))
    if first_day and last_day and last_day < first_day:
        raise ExportError(Problem("--to", "", f"{last_day} is before --from {first_day}; it must be that day or later"))


def _zone_of(cells: Cells, given: str | None) -> tuple[str, list[Notice]]:
    """Decide the desk's time zone: as given, as the columns' names say, or UTC with a warning."""
    stated = sorted({column.zone for column in cells.columns.values() if column.zone})
    if given is None and len(stated) == 1:
        return stated[0], [Notice("note", "timezone", f"The columns' names say that times are those of {stated[0]}.")]
    if given is not None:
        return given, []
    reader = cells.readers["created_at"]
    assert isinstance(reader, Moments)
    has_offset = any("offset" in shape or "since 1970" in shape for shape in reader.shapes)
    text = (
        "Times have an offset and no time zone was given: hours of the day are those of UTC. Give --timezone."
        if has_offset
        else "No time zone was given: times were taken as written, without changes of the clock. Give --timezone."
    )
    return "UTC", [Notice("warning", "timezone", text)]


def _days(cells: Cells, rows: Rows, zone: str, first: date | None, last: date | None) -> tuple[date, date]:
    """Leave out tickets created on other days than asked for; return the days that the export covers."""
    created = rows.created
    if first or last:
        is_before: Bools = created < midnight(first, zone) if first else np.zeros(len(created), dtype=np.bool_)
        is_after: Bools = (
            created >= midnight(last + timedelta(days=1), zone) if last else np.zeros(len(created), dtype=np.bool_)
        )
        rows.tally.leave_out("created before the first day asked for", is_before)
        rows.tally.leave_out("created after the last day asked for", is_after)
    if not rows.tally.kept.any():
        reasons = ", ".join(f"{row.rows:,} {row.what}" for row in rows.tally.rows if row.left_out and row.rows)
        message = f"holds no ticket that can be used: of {rows.tally.lines:,} rows, {reasons}"
        remedy = "; it must hold tickets with a readable time of creation, on the days asked for"
        raise ExportError(Problem(str(cells.path), "", message + remedy))
    within = created[rows.tally.kept]
    return first or local_day(float(within.min()), zone), last or local_day(float(within.max()), zone)
