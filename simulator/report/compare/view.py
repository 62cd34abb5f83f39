"""What a comparison has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from simulator.base.quantities import known
from simulator.base.text import clean, counted, short
from simulator.metrics.registry import BY_NAME
from simulator.report.compare import charts, sentences
from simulator.report.finding import Chart, Finding, Page, made_of
from simulator.report.render.csv import frame_of
from simulator.report.table import Field, Row, Said, Table
from simulator.report.words import MARKS, kpi_fields
from simulator.studies.compare.comparison import Comparison
from simulator.studies.run.outputs import study_manifest
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant


def page_of(found: Comparison) -> Page:
    """Put together what a comparison has to say."""
    first, *names = (variant.name for variant in found.variants)
    question = f"{len(names)} variants" if len(names) > 1 else sentences.quoted(names[0])
    return Page(
        kicker="ticketflow comparison",
        scenario=found.reference.scenario,
        question=f"Against {sentences.quoted(first)}: what would {question} change?",
        answer=sentences.answer(found),
        findings=[
            Finding(chart=Chart("differences", partial(charts.differences, found)), table=_differences(found)),
            Finding(table=_levels(found)),
            Finding(table=_changes(found)),
            *(Finding(sentences.sentence(found, name)) for name in names),
        ],
        how_sure=sentences.how_sure(found),
        runs=runs_of(found.variants, found.reference),
        baseline=f"{sentences.quoted(first)}, whose figures are counted here",
        warnings=found.warnings,
        kpis=found.kpis,
        made=made_of(found.reference, found.variants),
        manifest=study_manifest(found.reference, found.variants),
        more_tables=lambda: [variant_table(found.variants, found.studies)],
    )


def document(found: Comparison, page: Page, folder: Path) -> dict[str, Any]:
    """Return the comparison as plain data."""
    rows = frame_of(page.table("differences")).to_dict("records")
    return {
        "scenario": found.reference.scenario.name,
        "seed": found.reference.seed,
        "replications": len(found.reference),
        "out": str(folder),
        "reference": found.variants[0].name,
        "same_customers": not found.strangers,
        "warnings": found.warnings,
        "sentences": page.sentences,
        "differences": [
            {str(key): known(value) if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ],
    }


def runs_of(variants: Sequence[Variant], base: Replications) -> str:
    """Say how much was simulated."""
    return f"{counted(len(variants), 'setting')}, {counted(len(base), 'replication')} each, seed {base.seed}"


def _differences(found: Comparison) -> Table:
    """One row per variant and KPI: means, the paired difference with both intervals, and p-values."""
    fields = [
        Field("variant", "Variant"), Field("kpi", "KPI"), Field("unit", where="files"),
        Field("reference_mean", "reference", "by row"), Field("variant_mean", "variant", "by row"),
        Field("difference", "difference, joint 95 %"),
        *(Field(name, where="files") for name in ("ci_low", "ci_high", "joint_low", "joint_high", "p")),
        Field("p_holm", "Holm's p"), Field("clear", where="files"), Field("replications", where="files"),
    ]  # fmt: skip
    rows: list[Row] = []
    for one in found.differences:
        kpi, change, joint = BY_NAME[one.kpi], one.found, one.joint
        words = sentences.signed_change(kpi, joint, found.reference.currency)
        p = f"{one.p_holm:.3f}" if one.p_holm >= 0.001 else "<0.001" if one.p_holm == one.p_holm else "–"
        rows.append((
            Said(one.variant, short(one.variant, 60)), Said(one.kpi, kpi.title), kpi.unit, one.reference.mean,
            one.level.mean, Said(change.mean, f"{words} {MARKS.get(sentences.judged(one), '')}".strip()), change.low,
            change.high, joint.low, joint.high, one.p, Said(one.p_holm, p), "yes" if one.is_clear else "no",
            change.replications,
        ))  # fmt: skip
    title = f"Differences to {sentences.quoted(found.variants[0].name)} with joint 95 % intervals and Holm's p"
    return Table("differences", title, fields, rows, found.reference.currency)


def _levels(found: Comparison) -> Table:
    rows: list[Row] = [
        (short(variant.name, 60), *map(found.studies[variant.name].estimate, found.kpis)) for variant in found.variants
    ]
    fields = [Field("variant", "Variant"), *kpi_fields(found.kpis)]
    return Table("", "Means with 95 % intervals, each for itself", fields, rows, found.reference.currency)


def _changes(found: Comparison) -> Table:
    rows: list[Row] = []
    for variant in found.variants:
        changes = "; ".join(f"{path} = {value}" for path, value in variant.settings)
        rows.append((short(variant.name, 60), clean(changes) or variant.scenario.name))
    return Table("", "What the variants are", [Field("variant", "Variant"), Field("changes", "Changes")], rows)


def variant_table(variants: Sequence[Variant], studies: Mapping[str, Replications]) -> Table:
    """One row per variant and KPI: variant, a column for each path that was changed, then the estimate."""
    paths = list(dict.fromkeys(path for variant in variants for path, _ in variant.settings))
    fields = [
        *(Field(name) for name in ("variant", *paths, "kpi", "unit")), Field("mean", bounds=("ci_low", "ci_high")),
        Field("replications"),
    ]  # fmt: skip
    rows: list[Row] = []
    for variant in variants:
        study, settings = studies[variant.name], dict(variant.settings)
        for kpi in study.kpi_names:
            found = study.estimate(kpi)
            values = (settings.get(path, "") for path in paths)
            rows.append((variant.name, *values, kpi, BY_NAME[kpi].unit, found, found.replications))
    return Table("summary", "", fields, rows)
