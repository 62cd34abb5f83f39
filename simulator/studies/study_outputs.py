"""What a sweep or a comparison writes beside its page: tables as CSV and a manifest."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulator import __version__
from simulator.studies.comparison import Comparison, difference_table, variant_table
from simulator.studies.outputs import PACKAGES, fingerprint, write_csv
from simulator.studies.results import Replications
from simulator.studies.sweep import Sweep, pareto_table
from simulator.studies.variants import Variant


def write_sweep_tables(sweep: Sweep, folder: Path) -> None:
    """Write summary.csv (every cell and KPI), pareto.csv and manifest.json."""
    write_csv(variant_table(sweep.variants, sweep.studies), folder / "summary.csv")
    if sweep.places:
        write_csv(pareto_table(sweep), folder / "pareto.csv")
    _write_manifest(sweep.base, sweep.variants, folder)


def write_comparison_tables(comparison: Comparison, folder: Path) -> None:
    """Write summary.csv (every variant and KPI), differences.csv and manifest.json."""
    write_csv(variant_table(comparison.variants, comparison.studies), folder / "summary.csv")
    write_csv(difference_table(comparison), folder / "differences.csv")
    _write_manifest(comparison.reference, comparison.variants, folder)


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


def _write_manifest(base: Replications, variants: Sequence[Variant], folder: Path) -> None:
    text = json.dumps(study_manifest(base, variants), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
