"""The page of a study: one frame for sweeps, comparisons and decisions, and its charts as PNG.

It answers in this order: what was asked, the answer in a sentence, how sure that is, why (charts), the figures behind
it (tables), and how it was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.metrics.registry import BY_NAME
from simulator.report import theme
from simulator.report.page import Picture, render
from simulator.report.svg import inline_svg
from simulator.report.tables import Cell
from simulator.report.words import clean
from simulator.studies.results import Replications
from simulator.studies.study_outputs import study_manifest
from simulator.studies.variants import Variant

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawn:
    """One chart, drawn."""

    key: str
    """Names its file (NN_key.png) and its place on the page."""
    figure: Figure
    alt: str
    """What it shows, for those who cannot see it."""


@dataclass(frozen=True)
class Table:
    """A table: one row for each name."""

    title: str
    head: str
    """Heads the column of row names."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Page:
    """What a study has to say, ready to be shown."""

    kicker: str
    """The command, such as `ticketflow sweep`."""
    name: str
    """The scenario's name."""
    question: str
    answer: str
    """The sentence for the slide."""
    sentences: Sequence[str] = ()
    how_sure: str = ""
    warnings: Sequence[str] = ()
    charts: Sequence[Drawn] = ()
    tables: Sequence[Table] = ()
    kpis: Sequence[str] = ()
    """KPIs whose definitions are shown."""
    made: Mapping[str, str] = field(default_factory=dict)
    """What it takes to make the figures again."""


def write_page(page: Page, folder: Path) -> None:
    """Write a page's charts as figures/NN_key.png, and the page itself as report.html."""
    (folder / "figures").mkdir()
    pictures = []
    for number, chart in enumerate(page.charts, start=1):
        title = theme.title_of(chart.figure)
        file = folder / "figures" / f"{number:02d}_{chart.key}.png"
        with theme.themed():
            chart.figure.savefig(file, dpi=theme.DPI, metadata={"Software": "ticketflow", "Title": title})
        pictures.append(Picture(chart.key, title, inline_svg(chart.figure, chart.key, chart.alt)))
    html = render(
        "study.html.j2",
        kicker=page.kicker,
        name=page.name,
        question=page.question,
        answer=page.answer,
        sentences=list(page.sentences),
        how_sure=page.how_sure,
        warnings=page.warnings,
        pictures=pictures,
        tables=page.tables,
        kpis=[BY_NAME[kpi] for kpi in page.kpis],
        made=page.made,
    )
    (folder / "report.html").write_text(html, encoding="utf-8")


def made_of(base: Replications, variants: Sequence[Variant]) -> dict[str, str]:
    """Tell how a study's figures were made."""
    return {
        "Scenario": clean(base.scenario.name),
        "Variants": f"{len(variants):,}",
        "Replications": str(len(base)),
        "Seed": str(base.seed),
        "Engine": base.engine,
        "ticketflow": __version__,
        "SHA-256 of the inputs": str(study_manifest(base, variants)["sha256"]),
    }
