"""The page of a business case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from simulator import __version__
from simulator.base.stats import Estimate
from simulator.base.text import clean, counted
from simulator.metrics.registry import Unit, format_value
from simulator.money.cash_flow import CASES, FIGURES, LINES
from simulator.report.assumptions import assumptions
from simulator.report.charts import theme
from simulator.report.roi import charts
from simulator.report.roi import sentences as roi_words
from simulator.report.run.tables import Cell, Table
from simulator.report.study_frame import Charts, Drawn, Page
from simulator.studies.roi.business_case import RoiStudy
from simulator.studies.roi.tables import roi_manifest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "agent_time": "Agent time saved (capacity)",
    "time_not_used": "of it not used yet (ramp)",
    "rosters": "Rosters saved (cash)",
    "rosters_not_used": "of it not used yet (ramp)",
    "failures_avoided": "Penalties and churn avoided",
    "ai_bill": "AI bill",
    "qa": "Review of answers",
    "set_up": "Set-up",
}
MOST_ROWS = 30
CHARTS: dict[str, Callable[[RoiStudy], Figure | None]] = {
    "cash_flow": charts.cumulative, "roi": charts.distribution, "tornado": charts.tornado,
    "break_even": charts.break_even, "assumed": charts.influences,
}  # fmt: skip
"""Charts of a business case, in the page's order."""


def roi_page(study: RoiStudy) -> Page:
    """Put together what a business case has to say."""
    name = clean(study.scenario.name)
    sentences = [roi_words.cash(study), roi_words.break_even_sentence(study), roi_words.assumed_sentence(study)]
    return Page(
        kicker="ticketflow roi",
        scenario=study.scenario,
        question=f"Does the AI pay over {roi_words.span(study)}, and how sure is that?",
        answer=roi_words.answer(study),
        sentences=[text for text in sentences if text],
        how_sure=roi_words.how_sure(study),
        runs=f"{counted(study.outlook.draws, 'draw')} of the uncertain inputs and "
        f"{counted(len(study.central), 'replication')} of the scenario as it stands, seed {study.central.seed}",
        baseline="the same customers in the same weeks without the AI",
        weightiest=roi_words.weightiest(study),
        warnings=roi_words.notes(study),
        charts=Charts(chart for key in CHARTS if (chart := draw(study, key)) is not None),
        tables=tables_of(study),
        made={
            "Scenario": name,
            "Draws": f"{study.outlook.draws:,}",
            "Replications": str(len(study.central)),
            "Seed": str(study.central.seed),
            "Engine": study.central.engine,
            "ticketflow": __version__,
            "SHA-256 of the inputs": str(roi_manifest(study)["sha256"]),
        },
    )


def draw(study: RoiStudy, key: str) -> Drawn | None:
    """Draw one of CHARTS; None where it makes no sense for the study."""
    with theme.themed():
        figure = CHARTS[key](study)
    return None if figure is None else Drawn(key, figure, clean(charts.describe(study, key)))


def tables_of(study: RoiStudy) -> list[Table]:
    """List the tables of a business case: figures, months, and what could change them."""
    return [_figures_table(study), _months_table(study), *_doubt_tables(study)]


def _figures_table(study: RoiStudy) -> Table:
    rows = []
    for name, (title, unit) in FIGURES.items():
        spread = study.outlook.spreads[name]
        here = _cell(unit, spread.central, study.currency)
        cells = [Cell(roi_words.figure(study, name), here.interval, spread.central.mean)]
        if study.inputs:
            cells += [Cell(roi_words.figure(study, name, one.mean), number=one.mean) for one in spread.quantiles]
        rows.append((title, tuple(cells)))
    for case, chance in study.outlook.chance.items():
        rest = (Cell("–"),) * 3 if study.inputs else ()
        rows.append((f"P(ROI > 0), {case}", (_cell("share", chance, study.currency), *rest)))
    columns = ("as it stands", "10 % of draws", "median", "90 % of draws") if study.inputs else ("as it stands",)
    title = f"Over {roi_words.span(study)}; in brackets 95 % intervals, those of quantiles are in summary.csv"
    return Table(title, "Figure", columns, tuple(rows), sorts="names")


def _cell(unit: Unit, found: Estimate, currency: str) -> Cell:
    low, high = (format_value(unit, value, currency) for value in (found.low, found.high))
    has_width = np.isfinite(found.low) and low != high
    return Cell(format_value(unit, found.mean, currency), f"[{low}, {high}]" if has_width else "", found.mean)


def _months_table(study: RoiStudy) -> Table:
    flows, months = study.outlook.central, study.plan.months
    names = ["Start", *(f"Month {month}" for month in range(1, months + 1)), "Invoiced after", "Total"]
    lines = [line for line in LINES if np.any(flows.line(line))]
    series = [flows.line(line)[0] for line in lines] + [flows.net(case)[0] for case in CASES]
    cells = np.column_stack([np.append(one, one.sum()) for one in series])
    rows = tuple(
        (name, tuple(map(_amount, row)))
        for name, row in zip(names, cells, strict=True)
    )
    columns = (*(TITLES[line] for line in lines), "Net, capacity", "Net, cash")
    return Table(f"Cash flow by month as it stands, {study.currency}", "Month", columns, rows, totals=1)


def _amount(value: float) -> Cell:
    return Cell(f"{value:,.2f}".replace("-", "−") if abs(value) >= 0.005 else "0", number=value)


def _doubt_tables(study: RoiStudy) -> Iterator[Table]:
    if study.tornado:
        yield _tornado_table(study)
    yield _break_even_table(study)
    if study.influences:
        yield _ledger_table(study)


def _tornado_table(study: RoiStudy) -> Table:
    rows = []
    for row in study.tornado[:MOST_ROWS]:
        share = study.outlook.shares.get(row.name, np.nan)
        cells = (
            Cell(row.kind), *(Cell(roi_words.number(end)) for end in row.ends),
            *(Cell(format_value("money", net, study.currency), number=net) for net in row.net),
            _cell("money", row.swing, study.currency), Cell(format_value("share", share), number=share),
        )  # fmt: skip
        rows.append((clean(row.name), cells))
    columns = ("from", "5 %", "95 %", "net at 5 %", "net at 95 %", "swing", "share of variance")
    return Table("Uncertain inputs, one at a time: net value, capacity", "input", columns, tuple(rows))


def _break_even_table(study: RoiStudy) -> Table:
    rows = []
    for row in study.break_evens:
        now, value, half = (roi_words.written(study, row, number) for number in (row.now, row.value, row.half_width))
        found = Cell(value, f"± {half}" if np.isfinite(row.half_width) else "")
        rows.append((row.title, (Cell(now), found, Cell(row.note))))
    title = "Break-even values: net value, capacity, is 0"
    return Table(title, "lever", ("now", "break-even", "how"), tuple(rows), sorts="names")


def _ledger_table(study: RoiStudy) -> Table:
    rows, told = [], {row.path: row for row in assumptions(study.scenario)}
    for one in sorted(study.influences, key=lambda one: -abs(one.swing.swing.mean) if one.swing else 1.0):
        row = told[one.row.path]
        shown = [row.value, row.range or "–", row.source, one.how or "–"]
        change = Cell("–") if one.swing is None else _cell("money", one.swing.swing, study.currency)
        rows.append((clean(row.path), (*map(Cell, shown), change)))
    columns = ("value", "range", "source", "moved by", "change of net value")
    title = "Assumption ledger: what each figure could change, the most first"
    return Table(title, "figure", columns, tuple(rows))
