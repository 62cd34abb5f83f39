"""Results in a notebook: pages, and what has no page of its own, in short as HTML; charts by name.

>>> html_of(page_of(found))   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from simulator.base.errors import StudyError, cut
from simulator.base.text import clean, counted, listed, short
from simulator.base.units import format_value
from simulator.report.assumptions import KIND_WORDS, kinds_of
from simulator.report.finding import Drawn
from simulator.report.render.html import render
from simulator.report.render.sheet import Cell, Sheet, sheet_of
from simulator.report.run import sentences, view
from simulator.report.run.sentences import surge
from simulator.scenario import Scenario, assumption_ledger, expected_tickets
from simulator.studies.running.results import Replications

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


class _Telling(Protocol):
    """What a notebook shows: a study's page, or a glance at something that has none."""

    @property
    def name(self) -> str:
        """The scenario's name."""

    @property
    def answer(self) -> str:
        """The answer in a sentence."""

    @property
    def sentences(self) -> Sequence[str]:
        """What is said beside the answer."""

    @property
    def how_sure(self) -> str:
        """How sure it is."""

    @property
    def warnings(self) -> Sequence[str]:
        """What to know before trusting it."""

    @property
    def charts(self) -> Iterable[Drawn]:
        """Charts, the main one first; drawn when they are looked at."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Tables, the main one first."""


def html_of(page: _Telling) -> str:
    """Write a page in short: the answer, how sure it is, warnings, and the first table; nothing is drawn."""
    table = next(iter(page.sheets), None)
    return render(
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
    is_prose = any(len(cells[column].value) > _SHORT for _, cells in table.rows)
    return "text-align: left" if is_prose else "text-align: right"


def chart_of(page: _Telling, name: str | None) -> Figure:
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


class Charts:
    """Charts that are drawn when they are looked at, in their order, and kept."""

    def __init__(self, drawing: Iterable[Drawn] = ()) -> None:
        self._drawn: list[Drawn] = []
        self._rest = iter(drawing)

    def __iter__(self) -> Iterator[Drawn]:
        place = 0
        while place < len(self._drawn) or self._draw_next():
            yield self._drawn[place]
            place += 1

    def _draw_next(self) -> bool:
        """Draw one more, and return whether there was one."""
        found = next(self._rest, None)
        if found is not None:
            self._drawn.append(found)
        return found is not None


@dataclass(frozen=True)
class Glance:
    """A page in short."""

    name: str
    answer: str
    sentences: Sequence[str] = ()
    how_sure: str = ""
    warnings: Sequence[str] = ()
    charts: Iterable[Drawn] = ()
    sheets: Sequence[Sheet] = field(default=())


def scenario_glance(scenario: Scenario) -> Glance:
    """Say what a scenario is of, and where its figures come from."""
    kinds = kinds_of(assumption_ledger(scenario))
    rows = tuple((KIND_WORDS[kind], (Cell(f"{count:,}", number=count),)) for kind, count in kinds.items())
    weeks, start = counted(int(scenario.weeks), "week"), f"{scenario.start.day} {scenario.start:%B %Y}"
    by_ai = "no AI" if scenario.ai is None else "an AI"
    return Glance(
        name=clean(scenario.name),
        answer=(
            f"{weeks} from {start}, about {expected_tickets(scenario):,.0f} tickets in a typical run: "
            f"{counted(len(scenario.intents), 'intent')} by {listed([short(one) for one in scenario.channels])}, "
            f"{by_ai}, and {'the team' if len(scenario.teams) == 1 else 'the teams'} "
            f"{listed([short(one) for one in scenario.teams])}."
        ),
        sentences=[clean(scenario.description)] if scenario.description.strip() else [],
        sheets=[Sheet("Where its figures come from", "source", ("figures",), rows)],
    )


def run_glance(run: Run) -> Glance:
    """Say how the tickets of one replication ended."""
    counted_ones = run.tickets[run.tickets.is_counted]
    total = len(counted_ones)
    rows = []
    for (outcome, resolver), part in counted_ones.groupby(["outcome", "resolver"], observed=True):
        minutes = part.first_response_minutes.median(), part.resolution_minutes.median()
        cells = (
            Cell(f"{len(part):,}", number=len(part)),
            Cell(format_value("share", len(part) / total), number=len(part) / total),
            *(Cell(format_value("minutes", value), number=value) for value in minutes),
        )
        rows.append((f"{outcome} ({resolver})" if outcome == "resolved" else str(outcome), cells))
    ended = counted_ones.outcome.value_counts()
    parts = [f"{ended[name] / total:.1%} {name}" for name in ended.index if ended[name]]
    columns = ("tickets", "share", "first response, median", "resolution, median")
    return Glance(
        name=clean(run.scenario.name),
        answer=f"{total:,} tickets: {listed(parts)}." if total else "No ticket arrived.",
        sentences=[".tickets holds one row per ticket, .steps the audit trail, one row per step."],
        how_sure=(
            f"This is one replication (seed {run.seed}, replication {run.replication}): nothing here tells how far "
            "chance moves the figures; replicate() does."
        ),
        sheets=[Sheet("How tickets ended", "outcome", columns, tuple(rows))],
    )


def replications_glance(study: Replications) -> Glance:
    """Say what the AI changes, with the headline KPIs."""
    compared = study.has_baseline
    rows = tuple(
        (row.kpi.title, (row.own, row.baseline, row.difference) if compared else (row.own,))
        for row in view.headline(study)
    )
    columns = ("with AI", "AI off", "change, paired") if compared else ("mean",)
    return Glance(
        name=f"{clean(study.scenario.name)}, {sentences.made_of(study)}",
        answer=sentences.answer(study),
        sentences=[text for text in (sentences.worth(study), surge(study)) if text],
        how_sure=sentences.how_sure(study),
        warnings=sentences.unfinished(study),
        charts=Charts(view.drawn(study)),
        sheets=[Sheet("Headline KPIs, 95 % intervals below", "KPI", columns, rows)],
    )


def reading_glance(reading: Reading) -> Glance:
    """Say what was read from an export, and what became of its rows."""
    from simulator.report.fit.view import quality

    export = reading.export
    return Glance(
        name="Export of a help desk",
        answer=(
            f"{counted(len(export), 'ticket')} of {counted(export.days, 'day')} ({export.first_day} to "
            f"{export.last_day}, {export.zone}) can be used."
        ),
        sentences=[clean(f"Read: {', '.join(f'{name} = {column}' for name, column in reading.columns.items())}.")],
        warnings=[clean(f"{one.path}: {one.text}") for one in reading.findings if one.level == "warning"],
        sheets=[sheet_of(quality(reading))],
    )
