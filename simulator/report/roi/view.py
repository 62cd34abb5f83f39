"""What a business case has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from simulator import __version__
from simulator.base.stats import Estimate
from simulator.base.text import clean, counted
from simulator.money.cash_flow import CASES, FIGURES, LINES
from simulator.report.assumptions import assumptions
from simulator.report.finding import Chart, Finding, Page
from simulator.report.render.json import records, told
from simulator.report.roi import charts, sentences
from simulator.report.table import Field, Row, Said, Table, Where, ci
from simulator.studies.roi.business_case import RoiStudy, manifest
from simulator.studies.roi.inputs import drawn, settled
from simulator.studies.roi.outlook import QUANTILES

_TITLES = {
    "agent_time": "Agent time saved (capacity)",
    "time_not_used": "of it not used yet (ramp)",
    "rosters": "Rosters saved (cash)",
    "rosters_not_used": "of it not used yet (ramp)",
    "failures_avoided": "Penalties and churn avoided",
    "ai_bill": "AI bill",
    "qa": "Review of answers",
    "set_up": "Set-up",
}
_MOST_ROWS = 30
_PERCENTILES = tuple(f"p{100 * share:.0f}" for share in QUANTILES)


def page_of(study: RoiStudy) -> Page:
    """Put together what a business case has to say."""
    described = manifest(study)
    return Page(
        kicker="ticketflow roi",
        scenario=study.scenario,
        question=f"Does the AI pay over {sentences.span(study)}, and how sure is that?",
        answer=sentences.answer(study),
        findings=_findings(study),
        how_sure=sentences.how_sure(study),
        runs=f"{counted(study.outlook.draws, 'draw')} of the uncertain inputs and "
        f"{counted(len(study.central), 'replication')} of the scenario as it stands, seed {study.central.seed}",
        baseline="the same customers in the same weeks without the AI",
        weightiest=sentences.weightiest(study),
        warnings=sentences.notes(study),
        made={
            "Scenario": clean(study.scenario.name),
            "Draws": f"{study.outlook.draws:,}",
            "Replications": str(len(study.central)),
            "Seed": str(study.central.seed),
            "Engine": study.central.engine,
            "ticketflow": __version__,
            "SHA-256 of the inputs": str(described["sha256"]),
        },
        manifest=described,
        more_tables=lambda: [_draws(study)],
    )


def document(study: RoiStudy, page: Page, folder: Path) -> dict[str, Any]:
    """Return the business case as plain data."""
    return {
        "scenario": study.scenario.name,
        "seed": study.central.seed,
        "replications": len(study.central),
        "draws": study.outlook.draws,
        "out": str(folder),
        "currency": study.currency,
        **told(page),
        "figures": records(page.table("summary")),
        **{name: records(page.table(name)) for name in ("cash_flow", "tornado", "break_even")},
    }


def _findings(study: RoiStudy) -> list[Finding]:
    def chart(key: str, build: charts.Build) -> Chart:
        return Chart(key, partial(build, study), partial(charts.details, study, key))

    return [
        Finding(table=_summary(study)),
        Finding(sentences.cash(study), chart("cash_flow", charts.cumulative), _cash_flow(study)),
        Finding(chart=chart("roi", charts.distribution)),
        Finding(chart=chart("tornado", charts.tornado), table=_tornado(study)),
        Finding(sentences.break_even_sentence(study), chart("break_even", charts.break_even), _break_even(study)),
        Finding(sentences.assumed_sentence(study), chart("assumed", charts.influences), _assumptions(study)),
    ]


def _summary(study: RoiStudy) -> Table:
    """One row per figure: as it stands with its simulation interval, and quantiles of the draws with theirs."""
    heads = dict(zip(_PERCENTILES, ("10 % of draws", "median", "90 % of draws"), strict=True))
    fields = [
        Field("figure", where="files"), Field("title", "Figure"), Field("unit", where="files"),
        Field("as_it_stands", "as it stands", "by row", "Interval: simulation noise.", bounds=ci("as_it_stands")),
        *(Field(name, heads[name], "by row", "Interval: simulation noise and draws.",
                "everywhere" if study.inputs else "files", ci(name), margin="never") for name in _PERCENTILES),
    ]  # fmt: skip
    rows: list[Row] = [
        (name, title, unit, *(
            Said(found, sentences.figure(study, name, found.mean)) for found in (spread.central, *spread.quantiles)
        ))
        for name, (title, unit) in FIGURES.items() for spread in [study.outlook.spreads[name]]
    ]  # fmt: skip
    rows += [
        (f"chance_{case}", f"P(ROI > 0), {case}", "share", chance, None, None, None)
        for case, chance in study.outlook.chance.items()
    ]
    title = f"Over {sentences.span(study)}, with 95 % intervals; those of quantiles are in summary.csv"
    return Table("summary", title, fields, rows, study.currency)


def _cash_flow(study: RoiStudy) -> Table:
    """The start, each month and what is invoiced after the last; then the running totals' range."""
    flows, months = study.outlook.central, range(1, study.plan.months + 1)
    fields = [Field("month", "Month")]
    columns: list[list[Any]] = [
        [Said("start", "Start"), *(Said(str(month), f"Month {month}") for month in months),
         Said("invoiced after", "Invoiced after")]
    ]  # fmt: skip
    totals: list[Any] = ["Total"]
    for line in LINES:
        amounts = flows.line(line)[0]
        fields.append(Field(line, _TITLES[line], "amount", where="everywhere" if np.any(amounts) else "files"))
        columns.append(amounts.tolist())
        totals.append(float(amounts.sum()))
    for case in CASES:
        net = np.rint(flows.net(case)[0] * 100)
        fields += [Field(f"net_{case}", f"Net, {case}", "amount"), Field(f"cumulative_{case}", where="files")]
        columns += [(net / 100).tolist(), (np.cumsum(net) / 100).tolist()]
        totals += [float(flows.net(case)[0].sum()), None]
        for name, line in zip(_PERCENTILES, study.outlook.cumulative[case], strict=True):
            fields.append(Field(f"cumulative_{case}_{name}", where="files"))
            columns.append([*np.round(line, 2).tolist(), None])
            totals.append(None)
    title = f"Cash flow by month as it stands, {study.currency}"
    return Table("cash_flow", title, fields, list(zip(*columns, strict=True)), totals=[totals])


def _draws(study: RoiStudy) -> Table:
    """One row per draw: values of the inputs as simulated, and figures with simulation noise taken out."""
    changes = [settled(study.scenario, drawn(study.inputs, shares)) for shares in study.draws]
    values = {one.name: [change[one.known[0].path] for change in changes] for one in study.inputs}
    figures = {name: study.outlook.spreads[name].values for name in FIGURES} if study.inputs else {}
    columns = {"draw": range(study.outlook.draws), **values, **figures}
    return Table("draws", "Draws", [Field(name) for name in columns], list(zip(*columns.values(), strict=True)))


def _tornado(study: RoiStudy) -> Table:
    """One row per uncertain input, the widest swing of net value (capacity) first."""
    fields = [
        Field("input", "input"), Field("kind", "from"), Field("low", "5 %", "number"), Field("high", "95 %", "number"),
        Field("net_value_at_low", "net at 5 %", "money"), Field("net_value_at_high", "net at 95 %", "money"),
        Field("roi_at_low", where="files"), Field("roi_at_high", where="files"),
        Field("swing", "swing", "money", "Net value at the high end minus at the low end.", bounds=ci("swing")),
        Field("variance_share", "share of variance", "share", "Of the draws' net value, linearly."),
    ]  # fmt: skip
    rows = [
        (row.name, row.kind, *row.ends, *row.net, *row.roi, row.swing,
         study.outlook.shares.get(row.name, float("nan")))
        for row in study.tornado
    ]  # fmt: skip
    # Without any input the file has always had no swings.
    shown = fields if rows else fields[:8]
    title = "Uncertain inputs, one at a time: net value, capacity"
    return Table("tornado", title, shown, rows, study.currency, most=_MOST_ROWS)


def _break_even(study: RoiStudy) -> Table:
    """One row per lever, and how far was looked."""
    fields = [
        Field("lever", "lever"), Field("unit", where="files"), Field("now", "now", "by row"),
        Field("break_even", "break-even", "by row", bounds=("ci_low", "ci_high")),
        Field("tried_from", where="files"), Field("tried_to", where="files"), Field("note", "how"),
    ]  # fmt: skip
    rows = []
    for row in study.break_evens:
        tried = (row.tried[0].shown, row.tried[-1].shown) if row.tried else (float("nan"),) * 2
        found = Estimate(row.value, row.value - row.half_width, row.value + row.half_width, len(study.central))
        rows.append((Said(row.lever, row.title), row.unit, row.now, found, *tried, row.note))
    return Table("break_even", "Break-even values: net value, capacity, is 0", fields, rows, study.currency)


def _assumptions(study: RoiStudy) -> Table:
    """The assumption ledger, and what each of its rows changes of the net value (capacity)."""
    fields = [
        Field("path", "figure"), Field("value", "value"), Field("uncertain", where="files"),
        Field("range", "range", where="pages"), Field("kind", where="files"), Field("source", "source"),
        Field("moved_by", "moved by"),
    ]  # fmt: skip
    if is_moved := any(one.swing is not None for one in study.influences):
        # The file has always had no such columns where nothing was moved.
        fields += [Field(name, where="files") for name in ("low", "high", "net_value_at_low", "net_value_at_high")]
    where: Where = "everywhere" if is_moved else "pages"
    fields.append(Field("swing", "change of net value", "money", where=where, bounds=ci("swing")))
    words, rows = {row.path: row for row in assumptions(study.scenario)}, []
    for one in study.influences:
        said, swing, row = words[one.row.path], one.swing, one.row
        ends = (None,) * 4 if swing is None else (*swing.ends, *swing.net)
        rows.append((
            row.path, Said(row.value, said.value), row.uncertain, said.range or "–", row.kind,
            Said(row.source, said.source), Said(one.how, one.how or "–"), *(ends if is_moved else ()),
            None if swing is None else swing.swing,
        ))  # fmt: skip
    title = "Assumption ledger: what each figure could change, the most first"
    return Table("assumptions", title, fields, rows, study.currency, ranked_by="swing")
