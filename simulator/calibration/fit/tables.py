"""What a fit writes: the scenario, and beside its page the figures, the quality of the data and a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulator import __version__
from simulator.base.errors import OutputError, Problem
from simulator.calibration.exports.reading import Reading
from simulator.calibration.fit.files import Asked
from simulator.calibration.fit.fitting import Fit
from simulator.scenario.ledger import assumption_ledger
from simulator.studies.run.outputs import PACKAGES, write_csv


def check_target(out: Path, force: bool) -> None:
    """Refuse a scenario file that cannot be written, or that exists, before anything is read; raise OutputError."""
    if out.suffix != ".yaml":
        raise OutputError(Problem(str(out), "", "is no scenario file; must end in .yaml, so choose another --out"))
    if out.is_dir() or (out.exists() and not force):
        state = "is a folder" if out.is_dir() else "exists already; add --force to replace it"
        raise OutputError(Problem(str(out), "", f"{state}; choose another --out"))
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK | os.X_OK):
        raise OutputError(Problem(str(out.parent), "", "is no folder to write to; choose another --out"))


def write_scenario(text: str, out: Path) -> None:
    """Write the scenario file, whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=".fit-", dir=out.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, out)
    except OSError as error:
        raise OutputError(Problem(str(out), "", f"cannot be written: {error.strerror}; choose another --out")) from None


def write_fit_tables(fit: Fit, reading: Reading, asked: Asked, folder: Path) -> None:
    """Write figures.csv (every figure and its source), quality.csv (what became of the rows) and manifest.json."""
    import pandas as pd

    figures = [{**vars(row), "kind": row.kind} for row in assumption_ledger(fit.scenario)]
    write_csv(pd.DataFrame(figures), folder / "figures.csv")
    write_csv(pd.DataFrame([vars(row) for row in reading.quality]), folder / "quality.csv")
    write_csv(pd.DataFrame([vars(finding) for finding in fit.findings]), folder / "findings.csv")
    text = json.dumps(fit_manifest(fit, reading, asked), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def fit_manifest(fit: Fit, reading: Reading, asked: Asked) -> dict[str, Any]:
    """Describe how a scenario was fitted: files by name and fingerprint, columns, days, what the user gave."""
    files = {"tickets": asked.tickets, "ai_log": asked.ai_log, "roster": asked.roster}
    export = fit.export
    return {
        "scenario": fit.scenario.model_dump(mode="json"),
        "files": {what: _file(path) for what, path in files.items() if path is not None},
        "columns": dict(reading.columns),
        "days": [export.first_day.isoformat(), export.last_day.isoformat()],
        "timezone": export.zone,
        "country": asked.country,
        "given": {"staffed_hours": asked.staffed_hours, "occupancy": asked.occupancy, "handle": asked.handle,
                  "set": list(asked.given)},
        "ticketflow": __version__,
        "sha256": hashlib.sha256(fit.text.encode()).hexdigest(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }  # fmt: skip


def _file(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        return {"name": path.name, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
