"""What a run writes: tables, audit trail, manifest, figures and report, each file whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.errors import OutputError, Problem
from simulator.studies.run.opening import Opening
from simulator.studies.running.results import (
    Replications,
    summarise,
    summarise_baseline,
    summarise_groups,
    summarise_hours,
)
from simulator.studies.running.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

    from simulator.run import Run


PACKAGES = ("numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy", "simpy")
_NOT_ALWAYS = ("baseline.csv", "differences.csv", "pareto.csv", "production.csv", "recommended.yaml")
"""Files that a command writes in some cases only."""
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""What spreadsheets take for the beginning of a formula; some do so with the full-width signs, too."""


def prepare_folder(folder: Path) -> None:
    """Make sure that results can be written to a folder, before hours of simulation; raise OutputError if not."""
    existing = folder
    try:
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
    except OSError as error:
        raise OutputError(Problem(f"{str(folder)[:60]}…", "", f"{error.strerror}; choose another --out")) from None
    if not existing.is_dir():
        raise OutputError(Problem(str(folder), "", "is a file, or lies under one; choose another --out"))
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(Problem(str(folder), "", "cannot be written to; choose another --out"))


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Return a staging folder; its files move into `folder` at the end, each by one rename, or not at all on errors."""
    staging, written = None, set[Path]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
        yield staging
        for file in sorted(path for path in staging.rglob("*") if path.is_file()):
            target = folder / file.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target)
            written.add(target)
        # What an earlier run wrote and this one has not would pass for a part of these results.
        pictures = (folder / "figures").glob("[0-9][0-9]_*.png")
        for stale in {*pictures, *(folder / name for name in _NOT_ALWAYS)} - written:
            stale.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(Problem(str(folder), "", f"cannot be written to: {reason}; choose another --out")) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def write_tables(study: Replications, run: Run, folder: Path, opening: Opening | None = None) -> None:
    """Write the tables (summary, baseline, groups, hours), the audit trail of one run as Parquet, and manifest.json."""
    write_csv(summarise(study), folder / "summary.csv")
    if study.has_baseline:
        write_csv(summarise_baseline(study), folder / "baseline.csv")
    write_csv(summarise_groups(study), folder / "kpis.csv")
    write_csv(summarise_hours(study), folder / "hours.csv")
    run.tickets.to_parquet(folder / "tickets.parquet", index=False, compression="zstd")
    run.steps.to_parquet(folder / "steps.parquet", index=False, compression="zstd")
    described = manifest(study) if opening is None else {**manifest(study), "opening": _plain(opening)}
    write_manifest(described, folder)


def write_manifest(described: Mapping[str, Any], folder: Path) -> None:
    """Write manifest.json: how results were made."""
    text = json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table as CSV; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    safe = table.rename(columns=_harmless)
    for column in safe.columns:
        if safe[column].dtype.kind not in "fiub":
            safe[column] = [_harmless(cell) for cell in safe[column]]
    safe.to_csv(file, index=False, lineterminator="\n")


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def manifest(study: Replications) -> dict[str, Any]:
    """Describe how results were made: the scenario as resolved, seed, versions and a fingerprint of the inputs."""
    scenario = study.scenario.model_dump(mode="json")
    inputs = {"scenario": scenario, "seed": study.seed, "replications": len(study), "ticketflow": __version__}
    return {
        **inputs,
        "sha256": fingerprint(inputs),
        "engine": study.engine,
        "csat_anchor": study.anchor,
        "audit_trail": "tickets.parquet and steps.parquet hold replication 0",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def fingerprint(inputs: dict[str, Any]) -> str:
    """Hash inputs: the same scenario, seed and version give the same fingerprint on any machine."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(opening: Opening) -> dict[str, float | None]:
    """Return what was found about the first days as plain numbers, None for what is unknown or infinite."""
    return {name: value if math.isfinite(value) else None for name, value in asdict(opening).items()}


def slug(name: str) -> str:
    """Turn a scenario name into a folder name of letters, digits and dashes."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    return "-".join(words)[:60] or "scenario"


def study_manifest(base: Replications, variants: Sequence[Variant]) -> dict[str, Any]:
    """Describe how a study was made: scenarios as resolved, variants, seed, versions and a fingerprint of the inputs.

    A variant that changes settings of the base scenario is told by those; any other is told in full.
    """
    told = [
        {"name": variant.name, "settings": dict(variant.settings)}
        if variant.settings
        else {"name": variant.name, "scenario": variant.scenario.model_dump(mode="json")}
        for variant in variants
    ]
    inputs = {
        "scenario": base.scenario.model_dump(mode="json"),
        "variants": told,
        "seed": base.seed,
        "replications": len(base),
        "ticketflow": __version__,
    }
    return {
        **inputs,
        "sha256": fingerprint(inputs),
        "engine": base.engine,
        "csat_anchor": base.anchor,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
