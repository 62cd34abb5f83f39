"""Writes an export as a help desk's CSV, under our own names of fields, so that `read_export` reads it back."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.calibration.exports.table import UNKNOWN, Category, Export, Floats
from simulator.errors import OutputError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

_MOMENTS = {
    "created_at": "created", "began_at": "began", "ended_at": "ended", "first_response_at": "first_response",
    "first_resolved_at": "first_resolved", "resolved_at": "resolved", "reopened_at": "reopened",
}  # fmt: skip
_CATEGORIES = ("intent", "channel", "tier", "team")
_AMOUNTS = {
    "wait": "wait_minutes", "handle": "handle_minutes", "hold": "hold_minutes", "reassignments": "reassignments",
    "reopens": "reopens", "met_sla": "met_sla", "satisfaction": "satisfaction",
}  # fmt: skip


def write_export(export: Export, path: str | Path) -> None:
    """Write an export as CSV (packed where the name ends in .gz); raise OutputError where that cannot be done.

    Columns bear the names of FIELDS; what the export does not hold has none. Moments are ISO 8601 in the desk's time
    zone with offset, to the microsecond; durations are minutes. A file that is there is replaced once the new one is
    complete.
    """
    import pyarrow.csv as pc

    path = Path(path)
    # Beside the target, so that it can take its place in one step.
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with gzip.open(unfinished, "wb") if path.suffix == ".gz" else unfinished.open("wb") as file:
            pc.write_csv(_table(export), file)
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise OutputError(Problem(str(path), "", f"cannot be written: {reason}; give a folder that can be")) from None


def _table(export: Export) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for name, attribute in _MOMENTS.items():
        moments = getattr(export, attribute)
        if moments is not None:
            columns[name] = pa.array(_written(moments, export.zone), pa.string())
    for name in _CATEGORIES:
        category = getattr(export, name)
        if category is not None:
            columns[name] = _names(category)
    if export.agent is not None:
        agents = [None if code == UNKNOWN else f"agent {code}" for code in export.agent.tolist()]
        columns["agent"] = pa.array(agents, pa.string())
    if export.abandoned is not None:
        columns["abandoned"] = pa.array(np.where(export.abandoned, "true", "false"))
    for name, attribute in _AMOUNTS.items():
        amounts = getattr(export, attribute)
        if amounts is not None:
            columns[name] = pa.array(amounts, mask=np.isnan(amounts))
    return pa.table(columns)


def _written(moments: Floats, zone: str) -> list[str | None]:
    """Write moments as ISO 8601 with the offset of a time zone; None where there is none."""
    import pandas as pd

    stamps = pd.to_datetime(pd.Series(np.round(moments * 1e6)), unit="us", utc=True).dt.tz_convert(zone)
    text = stamps.dt.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    return [None if isinstance(stamp, float) or stamp is None else str(stamp) for stamp in text.tolist()]


def _names(category: Category) -> pa.Array:
    import pyarrow as pa

    names = np.array([*category.names, ""], dtype=object)
    return pa.array(names[category.codes], mask=category.codes == UNKNOWN, type=pa.string())
