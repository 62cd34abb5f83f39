"""The terminal: sweeps and comparisons as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from simulator.base.text import short
from simulator.metrics.registry import BY_NAME
from simulator.report.compare import sentences as difference_words
from simulator.report.compare.sentences import judged, signed_change
from simulator.report.render.terminal import add_figures, plain_table, results, safe, tell_report, tell_warnings
from simulator.report.sweep import sentences as sweep_words
from simulator.report.words import MARKS, SHORT_TITLES
from simulator.studies.compare.comparison import Comparison
from simulator.studies.running.results import Replications
from simulator.studies.sweep.sweeping import Place, Sweep

MOST_ROWS = 50
KPI_WIDTH, FEWEST = 12, 3
"""Room that a KPI's column takes, and the fewest KPIs that are shown however narrow the terminal is."""
PLACES = {Place.FRONT: "front", Place.FRONT_UNSURE: "front?", Place.OFF_UNSURE: "beaten?", Place.OFF: "beaten"}
"""Places in a narrow column; a question mark where chance may decide."""


def print_sweep(sweep: Sweep, folder: Path, warnings: Sequence[str] = ()) -> None:
    """Print the KPIs of each setting, where each is best, and the front."""
    console = results()
    console.print(
        f"[bold]{safe(sweep.base.scenario.name)}[/]: {len(sweep.variants):,} settings,"
        f" {len(sweep.base)} replications each"
    )
    table, names = plain_table(), sweep_words.axis_names(sweep)
    for axis, name in zip(sweep.axes, names, strict=True):
        table.add_column(
            safe(name), justify="right" if axis.numbers is not None else "left", min_width=min(len(name), 20)
        )
    room = console.width - 10 - sum(min(len(name), 20) + 3 for name in names)
    kpis = sweep.kpis[: max(room // KPI_WIDTH, FEWEST)]
    shown = sweep.variants[:MOST_ROWS]
    levels = {kpi: [_mean(sweep.studies[variant.name], kpi) for variant in shown] for kpi in kpis}
    for kpi, texts in levels.items():
        add_figures(table, SHORT_TITLES.get(kpi, BY_NAME[kpi].title), texts)
    if sweep.places:
        table.add_column("Pareto")
    for place, variant in enumerate(shown):
        cells = [safe(short(value, 16)) for _, value in variant.settings]
        if variant.name == sweep.reference:
            cells[0] = f"(as is) {cells[0]}"
        cells += [texts[place] for texts in levels.values()]
        cells += [PLACES[sweep.places[variant.name]]] if sweep.places else []
        table.add_row(*cells)
    console.print(table)
    if len(sweep.variants) > MOST_ROWS:
        console.print(f"… and {len(sweep.variants) - MOST_ROWS:,} more settings in summary.csv")
    if len(kpis) < len(sweep.kpis):
        console.print(f"More KPIs, and intervals: {safe(str(folder / 'summary.csv'))}", soft_wrap=True)
    _tell(console, [sweep_words.answer(sweep), sweep_words.front(sweep)], warnings, folder)


def _mean(study: Replications, kpi: str) -> str:
    return study.written(kpi, study.estimate(kpi).mean)


def print_comparison(comparison: Comparison, folder: Path, warnings: Sequence[str] = ()) -> None:
    """Print the differences of each variant, and a sentence for each."""
    console, reference = results(), comparison.variants[0].name
    console.print(
        f"[bold]{safe(comparison.reference.scenario.name)}[/]: {len(comparison.variants) - 1} variants against"
        f" {safe(difference_words.quoted(reference))}, {len(comparison.reference)} replications each"
    )
    table = plain_table()
    table.add_column("KPI and variant")
    for name in ("mean", "difference, joint 95 %", "Holm p"):
        table.add_column(name, justify="right", no_wrap=True)
    currency, study = comparison.reference.currency, comparison.reference
    for kpi in comparison.kpis:
        known = BY_NAME[kpi]
        table.add_row(
            f"[bold]{known.title}[/], {safe(short(reference, 30))}", study.written(kpi, study.estimate(kpi).mean)
        )
        for row in comparison.on(kpi):
            p = f"{row.p_holm:.3f}" if row.p_holm >= 0.001 else "<0.001" if row.p_holm == row.p_holm else ""
            change = f"{signed_change(known, row.joint, currency)} {MARKS.get(judged(row), ' ')}"
            table.add_row(f"  {safe(short(row.variant, 40))}", study.written(kpi, row.level.mean), change, p)
    console.print(table)
    sentences = [difference_words.sentence(comparison, variant.name) for variant in comparison.variants[1:]]
    _tell(console, [*sentences, difference_words.customers(comparison)], warnings, folder)


def _tell(console: Console, sentences: Sequence[str], warnings: Sequence[str], folder: Path) -> None:
    for sentence in sentences:
        if sentence:
            console.print(safe(sentence))
    tell_warnings(warnings)
    tell_report(console, folder)
