"""An export written as CSV under our own names of fields, so that `read_export` reads it back."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from simulator.base.arrays import Floats
from simulator.calibration.exports.table import UNKNOWN, Category, Export

_MOMENTS = {
    "created_at": "created", "began_at": "began", "ended_at": "ended", "first_response_at": "first_response",
    "first_resolved_at": "first_resolved", "resolved_at": "resolved", "reopened_at": "reopened",
}  # fmt: skip
_CATEGORIES = ("intent", "channel", "tier", "team")
_AMOUNTS = {
    "wait": "wait_minutes", "handle": "handle_minutes", "hold": "hold_minutes", "reassignments": "reassignments",
    "reopens": "reopens", "met_sla": "met_sla", "satisfaction": "satisfaction",
}  # fmt: skip


def write_export(export: Export, path: Path) -> None:
    """Write an export as CSV (packed where the name ends in .gz).

    Columns bear the names of FIELDS; what the export does not hold has none. Moments are ISO 8601 in the desk's time
    zone with offset, to the microsecond; durations are minutes.
    """
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        csv.write_csv(_table(export), file)


def _table(export: Export) -> pa.Table:
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
    stamps = pd.to_datetime(pd.Series(np.round(moments * 1e6)), unit="us", utc=True).dt.tz_convert(zone)
    text = stamps.dt.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    return [None if isinstance(stamp, float) or stamp is None else str(stamp) for stamp in text.tolist()]


def _names(category: Category) -> pa.Array:
    # What a spreadsheet would run as a formula gets an apostrophe, which reading takes away again.
    safe = [f"'{name}" if name.startswith(("+", "-", "@", "=")) else name for name in category.names]
    names = np.array([*safe, ""], dtype=object)
    return pa.array(names[category.codes], mask=category.codes == UNKNOWN, type=pa.string())
