"""What a result has to tell: an answer, and findings, each a sentence with the chart and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.text import clean
from simulator.report.charts import theme
from simulator.report.sheet import Sheet, sheet_of
from simulator.report.table import Table
from simulator.scenario import Scenario
from simulator.studies.run.outputs import study_manifest
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Chart:
    """A chart that is drawn when it is looked at, and kept."""

    key: str
    """Names its file (NN_key.png) and its place on the page."""
    build: Callable[[], Figure | None]
    """Draws it, its finding as title; None where it makes no sense for the result."""
    details: Callable[[], str] = str
    """What it shows beside its title, for those who cannot see it; asked only where there is a chart."""
    file: str = ""
    """The file that it is saved as; by its place on the page and its key where none is named."""

    @cached_property
    def figure(self) -> Figure | None:
        """The chart in our look; None where it makes no sense for the result."""
        with theme.themed():
            return self.build()

    @cached_property
    def alt(self) -> str:
        """What it shows, in one line; only where there is a chart."""
        assert self.figure is not None
        return clean(f"{theme.title_of(self.figure)}. {self.details()}".strip())

    @property
    def drawn(self) -> Drawn | None:
        """The chart with its words; None where it makes no sense for the result."""
        return None if self.figure is None else Drawn(self.key, self.figure, self.alt, self.file)


@dataclass(frozen=True)
class Finding:
    """One thing that was found, and what shows it."""

    sentence: str = ""
    """Says it with its figures; empty where the answer says it, or there is nothing to say."""
    chart: Chart | None = None
    table: Table | None = None
    fold: str = ""
    """Heading under which its table is folded away, together with those before and after it that have the same."""

    @property
    def sheet(self) -> Sheet | None:
        """The table as text; None where pages have nothing to show."""
        return None if self.table is None or not self.table.is_on_pages else sheet_of(self.table)


@dataclass(frozen=True)
class Drawn:
    """A chart that makes sense, drawn."""

    key: str
    figure: Figure
    alt: str
    file: str = ""


class _Told:
    """What findings hold, in their order."""

    findings: Sequence[Finding]

    @property
    def sentences(self) -> list[str]:
        """What the findings say beside the answer."""
        return [found.sentence for found in self.findings if found.sentence]

    @property
    def charts(self) -> Iterator[Drawn]:
        """The charts that make sense, drawn one at a time."""
        for found in self.findings:
            drawn = None if found.chart is None else found.chart.drawn
            if drawn is not None:
                yield drawn

    @property
    def tables(self) -> list[Table]:
        """The tables behind the findings."""
        return [found.table for found in self.findings if found.table is not None]

    @property
    def sheets(self) -> list[Sheet]:
        """The tables that hold anything, as text."""
        return [sheet for found in self.findings if (sheet := found.sheet) is not None]

    def chart(self, key: str) -> Drawn | None:
        """Draw one chart; None where it makes no sense for the result."""
        return next(found.chart.drawn for found in self.findings if found.chart is not None and found.chart.key == key)


@dataclass(frozen=True, kw_only=True)
class Brief(_Told):
    """What a notebook shows of a thing that is no study: a scenario, one run, an export that was read."""

    name: str
    answer: str
    findings: Sequence[Finding]
    how_sure: str = ""
    warnings: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Page(_Told):
    """What a study has to say, ready to be shown."""

    kicker: str
    """The command, such as `ticketflow sweep`."""
    scenario: Scenario
    """What was simulated, whose figures the answer rests on."""
    question: str
    answer: str
    """The sentence for the slide."""
    findings: Sequence[Finding]
    """The weightiest first; notebooks and terminals show the first table."""
    how_sure: str
    runs: str
    """How much was simulated: `4 settings, 10 replications each, seed 1`."""
    baseline: str
    """What the figures are held against."""
    weightiest: str = ""
    """Which assumptions weigh most, where the study has found out."""
    in_force: str = ""
    """Which thresholds and rosters the figures hold for, where these are the scenario's own."""
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    """What else is worth knowing of how sure the answer is, and no warning."""
    kpis: Sequence[str] = ()
    """KPIs whose definitions are shown."""
    is_ledger_open: bool = False
    """Whether the page shows the assumption ledger at once rather than folded."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What it takes to make the figures again."""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    """The same for machines: manifest.json."""
    more_tables: Callable[[], Sequence[Table]] = tuple
    """Tables that only files hold; made when they are written."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Other files by name, such as a what-if ready to use."""

    @property
    def name(self) -> str:
        """The scenario's name in one line."""
        return clean(self.scenario.name)

    def table(self, name: str) -> Table:
        """Return one of the tables by the name of its file."""
        return next(table for table in (*self.tables, *self.more_tables()) if table.name == name)


def made_of(base: Replications, variants: Sequence[Variant]) -> dict[str, str]:
    """Return how a study's figures were made."""
    return {
        "Scenario": clean(base.scenario.name),
        "Variants": f"{len(variants):,}",
        "Replications": str(len(base)),
        "Seed": str(base.seed),
        "Engine": base.engine,
        "ticketflow": __version__,
        "SHA-256 of the inputs": str(study_manifest(base, variants)["sha256"]),
    }
