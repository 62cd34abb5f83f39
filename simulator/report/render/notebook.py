"""Results in a notebook: a page in short as HTML, in the notebook's own colours, and one of its charts.

>>> html_of(page_of(found))   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from simulator.base.errors import StudyError, cut
from simulator.report.finding import Drawn
from simulator.report.render.html import render
from simulator.report.render.sheet import Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 30
SHORT = 24
"""Letters of a figure or a short text, which stays in one line; longer ones are prose."""
MOST_SENTENCES = 2
"""Sentences beside the answer that are shown at once; the others unfold."""
MOST_WARNINGS = 5


class Telling(Protocol):
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


def html_of(page: Telling) -> str:
    """Write a page in short: the answer, how sure it is, warnings, and the first table; nothing is drawn."""
    table = next(iter(page.sheets), None)
    return render(
        "notebook.html.j2",
        page=page,
        table=table,
        styles=[] if table is None else [_style(table, number) for number in range(len(table.columns))],
        most=MOST_ROWS,
        most_sentences=MOST_SENTENCES,
        most_warnings=MOST_WARNINGS,
    )


def _style(table: Sheet, column: int) -> str:
    """Let figures stand under one another, and prose begin at the left."""
    is_prose = any(len(cells[column].value) > SHORT for _, cells in table.rows)
    return "text-align: left" if is_prose else "text-align: right"


def chart_of(page: Telling, name: str | None) -> Figure:
    """Draw one of a page's charts, the first if none is named; raise StudyError for an unknown name."""
    keys = []
    for chart in page.charts:
        if name in (None, chart.key):
            return chart.figure
        keys.append(chart.key)
    if not keys:
        raise StudyError("there is no chart: the result holds nothing that one could show")
    raise StudyError(f"chart {cut(str(name))!r} is not known; must be one of {', '.join(keys)}")
