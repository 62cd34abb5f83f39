"""The pages of sweeps and comparisons, and the charts that go with them as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator.base.text import clean, counted, short
from simulator.metrics.registry import BY_NAME
from simulator.report.compare import charts, sentences
from simulator.report.compare.sentences import judged, signed_change
from simulator.report.finding import Drawn
from simulator.report.render.html import write_page
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.run.tables import level
from simulator.report.study_frame import Charts, Page, each_drawn, made_of
from simulator.report.sweep import charts as sweep_charts
from simulator.report.sweep import plane_charts
from simulator.report.sweep import sentences as sweep_words
from simulator.report.words import MARKS, titles_of
from simulator.studies.compare.comparison import Comparison
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from simulator.studies.sweep.sweeping import Sweep

MOST_ROWS = 200
"""Settings that the page's table holds; the files hold all."""


def sweep_charts_of(sweep: Sweep) -> Iterator[Drawn]:
    """Draw the charts that make sense for a sweep."""
    return each_drawn(sweep, (
        ("curves", sweep_charts.curves, sweep_charts.describe),
        ("values", sweep_charts.categories, sweep_charts.describe),
        ("heat", plane_charts.heat_maps, plane_charts.describe_heat),
        ("pareto", plane_charts.pareto, plane_charts.describe_pareto),
    ))  # fmt: skip


def comparison_charts_of(comparison: Comparison) -> Iterator[Drawn]:
    """Draw the chart of a comparison."""
    choice = ("differences", charts.differences, charts.describe)
    return each_drawn(comparison, [choice])


def sweep_page(sweep: Sweep, warnings: Sequence[str] = ()) -> Page:
    """Put together what a sweep has to say; `warnings` come before its own."""
    return Page(
        kicker="ticketflow sweep",
        scenario=sweep.base.scenario,
        question=f"What if {' and '.join(clean(axis.path) for axis in sweep.axes)} were different?",
        answer=sweep_words.answer(sweep),
        sentences=[text for text in (sweep_words.front(sweep),) if text],
        how_sure=sweep_words.how_sure(sweep),
        runs=_runs(sweep.variants, sweep.base),
        baseline="the scenario as it is, on the same customers",
        warnings=[*warnings, *sweep.warnings],
        charts=Charts(sweep_charts_of(sweep)),
        sheets=[_settings_table(sweep)],
        kpis=sweep.kpis,
        made=made_of(sweep.base, sweep.variants),
    )


def write_sweep(sweep: Sweep, folder: Path, warnings: Sequence[str] = ()) -> None:
    """Write the figures and the page of a sweep."""
    write_page(sweep_page(sweep, warnings), folder)


def comparison_page(comparison: Comparison, warnings: Sequence[str] = ()) -> Page:
    """Put together what a comparison has to say; `warnings` come before its own."""
    names = [variant.name for variant in comparison.variants]
    return Page(
        kicker="ticketflow comparison",
        scenario=comparison.reference.scenario,
        question=f"Against {sentences.quoted(names[0])}: what would {len(names) - 1} variants change?"
        if len(names) > 2
        else f"Against {sentences.quoted(names[0])}: what would {sentences.quoted(names[1])} change?",
        answer=sentences.answer(comparison),
        sentences=[sentences.sentence(comparison, name) for name in names[1:]],
        how_sure=sentences.how_sure(comparison),
        runs=_runs(comparison.variants, comparison.reference),
        baseline=f"{sentences.quoted(names[0])}, whose figures are counted here",
        warnings=[*warnings, *comparison.warnings],
        charts=Charts(comparison_charts_of(comparison)),
        sheets=[_difference_table(comparison), _level_table(comparison), _changes_table(comparison)],
        kpis=comparison.kpis,
        made=made_of(comparison.reference, comparison.variants),
    )


def write_comparison(comparison: Comparison, folder: Path, warnings: Sequence[str] = ()) -> None:
    """Write the figure and the page of a comparison."""
    write_page(comparison_page(comparison, warnings), folder)


def _runs(variants: Sequence[Variant], base: Replications) -> str:
    return f"{counted(len(variants), 'setting')}, {counted(len(base), 'replication')} each, seed {base.seed}"


def _settings_table(sweep: Sweep) -> Sheet:
    """Return each cell's KPIs, and its place on or off the front."""
    has_front = bool(sweep.places)
    rows = []
    for variant in sweep.variants[:MOST_ROWS]:
        study = sweep.studies[variant.name]
        cells = [level(study, kpi) for kpi in sweep.kpis]
        cells += [Cell(str(sweep.places[variant.name]))] if has_front else []
        name = sweep_words.label(sweep, variant)
        rows.append((f"{name} (as is)" if variant.name == sweep.reference else name, tuple(cells)))
    more = len(sweep.variants) - MOST_ROWS
    title = "Means with 95 % intervals" + (f"; {more:,} more settings are in summary.csv" if more > 0 else "")
    columns = (*titles_of(sweep.kpis), *(["Pareto front"] if has_front else []))
    return Sheet(title, clean(", ".join(axis.path for axis in sweep.axes)), columns, tuple(rows))


def _difference_table(comparison: Comparison) -> Sheet:
    rows = []
    for variant in comparison.variants[1:]:
        cells = []
        for row in comparison.of(variant.name):
            text = signed_change(BY_NAME[row.kpi], row.joint, comparison.reference.currency)
            value, _, interval = text.partition(" [")
            p = f"p = {row.p_holm:.3f}" if row.p_holm >= 0.001 else "p < 0.001" if row.p_holm == row.p_holm else ""
            shown = ", ".join(part for part in (f"[{interval}" if interval else "", p) if part)
            cells.append(Cell(f"{MARKS.get(judged(row), '')} {value}".strip(), shown, row.joint.mean))
        rows.append((short(variant.name, 60), tuple(cells)))
    title = (
        f"Differences to {sentences.quoted(comparison.variants[0].name)} with joint 95 % intervals and Holm's p"
    )
    return Sheet(title, "Variant", titles_of(comparison.kpis), tuple(rows))


def _level_table(comparison: Comparison) -> Sheet:
    rows = [
        (short(variant.name, 60), tuple(level(comparison.studies[variant.name], kpi) for kpi in comparison.kpis))
        for variant in comparison.variants
    ]
    return Sheet("Means with 95 % intervals, each for itself", "Variant", titles_of(comparison.kpis), tuple(rows))


def _changes_table(comparison: Comparison) -> Sheet:
    rows = []
    for variant in comparison.variants:
        changes = "; ".join(f"{path} = {value}" for path, value in variant.settings)
        rows.append((short(variant.name, 60), (Cell(clean(changes) or clean(variant.scenario.name)),)))
    return Sheet("What the variants are", "Variant", ("Changes",), tuple(rows))
