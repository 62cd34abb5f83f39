"""Results in a notebook: pages, and what has no page of its own, in short as HTML; charts by name.

>>> html_of(page_of(found))   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.base.errors import StudyError, cut
from simulator.base.text import clean, counted, listed, short
from simulator.report.assumptions import KIND_WORDS, kinds_of
from simulator.report.finding import Brief, Finding, Page
from simulator.report.render.html import filled
from simulator.report.sheet import Sheet
from simulator.report.table import Field, Table
from simulator.scenario import Scenario, assumption_ledger, expected_tickets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.calibration.exports.reading import Reading
    from simulator.run import Run


MOST_ROWS = 30
_SHORT = 24
"""Letters of a figure or a short text, which stays in one line; longer ones are prose."""
_MOST_SENTENCES = 2
"""Sentences beside the answer that are shown at once; the others unfold."""
_MOST_WARNINGS = 5


def html_of(page: Brief | Page) -> str:
    """Write a page in short: the answer, how sure it is, warnings, and the first table; nothing is drawn."""
    table = next(iter(page.sheets), None)
    return filled(
        "notebook.html.j2",
        page=page,
        table=table,
        styles=[] if table is None else [_style(table, number) for number in range(len(table.columns))],
        most=MOST_ROWS,
        most_sentences=_MOST_SENTENCES,
        most_warnings=_MOST_WARNINGS,
    )


def _style(table: Sheet, column: int) -> str:
    """Let figures stand under one another, and prose begin at the left."""
    is_prose = any(len(cells[column].marked) > _SHORT for _, cells in table.rows)
    return "text-align: left" if is_prose else "text-align: right"


def chart_of(page: Brief | Page, name: str | None) -> Figure:
    """Draw one of a page's charts, the first if none is named; raise StudyError for an unknown name."""
    keys = []
    for chart in page.charts:
        if name in (None, chart.key):
            return chart.figure
        keys.append(chart.key)
    if not keys:
        raise StudyError("there is no chart: the result holds nothing that one could show")
    raise StudyError(f"chart {cut(str(name))!r} is not known; must be one of {', '.join(keys)}")


# -- what a notebook shows of things that have no page of their own ---------------------------------------------------


def scenario_brief(scenario: Scenario) -> Brief:
    """Say what a scenario is of, and where its figures come from."""
    kinds = kinds_of(assumption_ledger(scenario))
    fields = [Field("source", "source"), Field("figures", "figures", "count")]
    sources = Table("", "Where its figures come from", fields, [(KIND_WORDS[kind], kinds[kind]) for kind in kinds])
    weeks, start = counted(int(scenario.weeks), "week"), f"{scenario.start.day} {scenario.start:%B %Y}"
    by_ai = "no AI" if scenario.ai is None else "an AI"
    return Brief(
        name=clean(scenario.name),
        answer=(
            f"{weeks} from {start}, about {expected_tickets(scenario):,.0f} tickets in a typical run: "
            f"{counted(len(scenario.intents), 'intent')} by {listed([short(one) for one in scenario.channels])}, "
            f"{by_ai}, and {'the team' if len(scenario.teams) == 1 else 'the teams'} "
            f"{listed([short(one) for one in scenario.teams])}."
        ),
        findings=[Finding(clean(scenario.description).strip(), table=sources)],
    )


def run_brief(run: Run) -> Brief:
    """Say how the tickets of one replication ended."""
    counted_ones = run.tickets[run.tickets.is_counted]
    total = len(counted_ones)
    fields = [
        Field("outcome", "outcome"), Field("tickets", "tickets", "count"), Field("share", "share", "share"),
        Field("first_response", "first response, median", "minutes"),
        Field("resolution", "resolution, median", "minutes"),
    ]  # fmt: skip
    rows = [
        (
            f"{outcome} ({resolver})" if outcome == "resolved" else str(outcome), len(part), len(part) / total,
            part.first_response_minutes.median(), part.resolution_minutes.median(),
        )
        for (outcome, resolver), part in counted_ones.groupby(["outcome", "resolver"], observed=True)
    ]  # fmt: skip
    ended = counted_ones.outcome.value_counts()
    parts = [f"{ended[name] / total:.1%} {name}" for name in ended.index if ended[name]]
    trail = ".tickets holds one row per ticket, .steps the audit trail, one row per step."
    return Brief(
        name=clean(run.scenario.name),
        answer=f"{total:,} tickets: {listed(parts)}." if total else "No ticket arrived.",
        findings=[Finding(trail, table=Table("", "How tickets ended", fields, rows))],
        how_sure=(
            f"This is one replication (seed {run.seed}, replication {run.replication}): nothing here tells how far "
            "chance moves the figures; replicate() does."
        ),
    )


def reading_brief(reading: Reading) -> Brief:
    """Say what was read from an export, and what became of its rows."""
    from simulator.report.fit.view import quality

    export = reading.export
    read = clean(f"Read: {', '.join(f'{name} = {column}' for name, column in reading.columns.items())}.")
    return Brief(
        name="Export of a help desk",
        answer=(
            f"{counted(len(export), 'ticket')} of {counted(export.days, 'day')} ({export.first_day} to "
            f"{export.last_day}, {export.zone}) can be used."
        ),
        findings=[Finding(read, table=quality(reading))],
        warnings=[clean(f"{one.path}: {one.text}") for one in reading.findings if one.level == "warning"],
    )
