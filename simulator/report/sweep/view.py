"""What a sweep has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from simulator.base.quantities import known
from simulator.base.text import clean
from simulator.report.compare.view import runs_of, variant_table
from simulator.report.finding import Chart, Finding, Page, made_of
from simulator.report.sweep import charts, sentences
from simulator.report.table import Field, Row, Table
from simulator.report.words import kpi_fields
from simulator.studies.run.outputs import study_manifest
from simulator.studies.running.results import Replications
from simulator.studies.sweep.sweeping import Sweep

_MOST_ROWS = 200
"""Settings that the page's table holds; the files hold all."""


def page_of(found: Sweep) -> Page:
    """Put together what a sweep has to say."""

    def chart(key: str, build: charts.Build, details: Callable[[Sweep], str]) -> Chart:
        return Chart(key, partial(build, found), partial(details, found))

    return Page(
        kicker="ticketflow sweep",
        scenario=found.base.scenario,
        question=f"What if {' and '.join(clean(axis.path) for axis in found.axes)} were different?",
        answer=sentences.answer(found),
        findings=[
            Finding(chart=chart("curves", charts.curves, charts.details), table=_settings(found)),
            Finding(chart=chart("values", charts.categories, charts.details)),
            Finding(chart=chart("heat", charts.heat_maps, charts.heat_details)),
            Finding(sentences.front(found), chart("pareto", charts.pareto, charts.pareto_details)),
        ],
        how_sure=sentences.how_sure(found),
        runs=runs_of(found.variants, found.base),
        baseline="the scenario as it is, on the same customers",
        warnings=found.warnings,
        kpis=found.kpis,
        made=made_of(found.base, found.variants),
        manifest=study_manifest(found.base, found.variants),
        more_tables=lambda: [
            variant_table(found.variants, found.studies), *([_pareto(found)] if found.places else [])
        ],
    )  # fmt: skip


def document(found: Sweep, page: Page, folder: Path) -> dict[str, Any]:
    """Return the sweep as plain data."""
    return {
        "scenario": found.base.scenario.name,
        "seed": found.base.seed,
        "replications": len(found.base),
        "out": str(folder),
        "as_is": found.reference,
        "warnings": page.warnings,
        "objectives": list(found.objectives),
        "settings": [
            {
                "name": variant.name,
                "settings": dict(variant.settings),
                "pareto": str(found.places[variant.name]) if found.places else None,
                "kpis": {kpi: _figures(found.studies[variant.name], kpi) for kpi in found.kpis},
            }
            for variant in found.variants
        ],
    }


def _figures(study: Replications, kpi: str) -> dict[str, Any]:
    found = study.estimate(kpi)
    figures = {"mean": found.mean, "ci_low": found.low, "ci_high": found.high}
    return {**{name: known(value) for name, value in figures.items()}, "replications": found.replications}


def _settings(found: Sweep) -> Table:
    """Each setting's KPIs, and its place on or off the front."""
    has_front = bool(found.places)
    rows: list[Row] = []
    for variant in found.variants[:_MOST_ROWS]:
        name = sentences.label(found, variant)
        place = (str(found.places[variant.name]),) if has_front else ()
        levels = map(found.studies[variant.name].estimate, found.kpis)
        rows.append((f"{name} (as is)" if variant.name == found.reference else name, *levels, *place))
    more = len(found.variants) - _MOST_ROWS
    title = "Means with 95 % intervals" + (f"; {more:,} more settings are in summary.csv" if more > 0 else "")
    head = clean(", ".join(axis.path for axis in found.axes))
    front = [Field("place", "Pareto front")] if has_front else []
    fields = [Field("setting", head), *kpi_fields(found.kpis), *front]
    return Table("", title, fields, rows, found.base.currency)


def _pareto(found: Sweep) -> Table:
    """One row per cell: settings, the objectives' means over the weighed replications, and its place."""
    rows: list[Row] = [
        (variant.name, *(value for _, value in variant.settings), *means.tolist(), str(found.places[variant.name]))
        for variant, means in zip(found.variants, found.weighed.mean(axis=2), strict=True)
    ]
    names = ("variant", *(axis.path for axis in found.axes), *found.objectives, "place")
    return Table("pareto", "", [Field(name) for name in names], rows)
