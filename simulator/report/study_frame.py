"""The page of a study: one frame for sweeps, comparisons and decisions, and its charts as PNG.

It answers in this order: what was asked, the answer in a sentence, how sure that is, why (charts), the figures behind
it (tables), and how it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from simulator.base.text import clean
from simulator.report.charts import theme
from simulator.report.finding import Drawn
from simulator.report.render.sheet import Sheet
from simulator.scenario.model import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure


T = TypeVar("T")
Choice = tuple[str, "Callable[[T], Figure | None]", Callable[[T], str]]
"""A chart that a study may have: its key, what draws it (None where it makes no sense), what says what it shows."""


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
        """Draw one more, and tell whether there was one."""
        found = next(self._rest, None)
        if found is not None:
            self._drawn.append(found)
        return found is not None


@dataclass(frozen=True)
class Page:
    """What a study has to say, ready to be shown."""

    kicker: str
    """The command, such as `ticketflow sweep`."""
    scenario: Scenario
    """What was simulated, whose figures the answer rests on."""
    question: str
    answer: str
    """The sentence for the slide."""
    how_sure: str
    runs: str
    """How much was simulated: `4 settings, 10 replications each, seed 1`."""
    baseline: str
    """What the figures are held against."""
    weightiest: str = ""
    """Which assumptions weigh most, where the study has found out."""
    sentences: Sequence[str] = ()
    warnings: Sequence[str] = ()
    charts: Iterable[Drawn] = ()
    sheets: Sequence[Sheet] = ()
    kpis: Sequence[str] = ()
    """KPIs whose definitions are shown."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What it takes to make the figures again."""

    @property
    def name(self) -> str:
        """The scenario's name in one line."""
        return clean(self.scenario.name)


def each_drawn(study: T, choices: Iterable[Choice[T]]) -> Iterator[Drawn]:
    """Draw the charts that make sense for a study, one at a time."""
    for key, build, describe in choices:
        with theme.themed():
            figure = build(study)
        if figure is not None:
            yield Drawn(key, figure, clean(describe(study)))
