"""Results in a notebook: a page in short as HTML, in the notebook's own colours, and one of its charts.

>>> html_of(page_of(found))   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from simulator.errors import StudyError, cut
from simulator.report.page import render
from simulator.report.study_frame import Drawn
from simulator.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 30
MOST_SENTENCES = 2
"""Sentences beside the answer that are shown at once; the others unfold."""
MOST_WARNINGS = 5


class Telling(Protocol):
    """What a notebook shows: a study's page, or a glance at something that has none."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def answer(self) -> str: ...  # noqa: D102
    @property
    def sentences(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def how_sure(self) -> str: ...  # noqa: D102
    @property
    def warnings(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def charts(self) -> Iterable[Drawn]: ...  # noqa: D102
    @property
    def tables(self) -> Sequence[Table]: ...  # noqa: D102


def html_of(page: Telling) -> str:
    """Write a page in short: the answer, how sure it is, warnings, and the first table; nothing is drawn."""
    return render(
        "notebook.html.j2",
        page=page,
        table=next(iter(page.tables), None),
        most=MOST_ROWS,
        most_sentences=MOST_SENTENCES,
        most_warnings=MOST_WARNINGS,
    )


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
