"""Pages as one HTML file that needs nothing else, for screen, phone and paper, with charts beside them as PNG.

A page begins with a summary that fits on one sheet: what was asked, the answer, how sure it is, and what it rests on.
What is too much for that sheet follows in the detail.
"""

from __future__ import annotations

import hashlib
import math
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.base.text import clean, short
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME
from simulator.report.assumptions import KIND_WORDS, Basis, assumptions, basis_of, ledger_by_kind, plain_path
from simulator.report.charts import theme
from simulator.report.charts.svg import inline_svg
from simulator.report.charts.theme import css_variables
from simulator.report.finding import Drawn, Page
from simulator.report.render.csv import write_table
from simulator.scenario import Scenario
from simulator.studies.run.outputs import write_manifest

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup



_LINE, _HEADLINE, _LARGE = 82, 48, 60
"""Letters that a line of the printed page holds: of plain text, of the name, of the answer."""
_ROOM, _MOST_WARNED = 38, 7
"""Lines of plain text that a sheet has room for beside rules and headings, and warnings of them."""
_LONGEST = 320
"""Letters of one question, or of the only sentence that there is room for."""


@dataclass(frozen=True)
class _Executive:
    """The summary for those who decide."""

    asked: str
    answer: str
    """The sentence for the slide."""
    told: tuple[str, ...]
    how_sure: tuple[str, ...]
    warnings: tuple[str, ...]
    basis: Basis
    more_told: tuple[str, ...] = ()
    """Sentences that had no room."""
    more_warnings: tuple[str, ...] = ()
    desk: str = ""
    """What the desk is, in the scenario's own words."""


def one_page(
    *, name: str, asked: str, answer: str, told: Sequence[str], how_sure: Sequence[str], warnings: Sequence[str],
    basis: Basis, desk: str = "",
) -> _Executive:  # fmt: skip
    """Put a summary together; sentences and warnings for which a sheet has no room are kept for later."""
    described, question, sure = short(desk, _LONGEST), short(asked, _LONGEST), tuple(text for text in how_sure if text)
    warned, others = _cut(warnings, _MOST_WARNED)
    used = 1.8 * _lines(name, _HEADLINE) + 1.2 * _lines(answer, _LARGE)
    rests_on = basis.in_force, basis.weightiest, basis.made + basis.baseline
    used += sum(map(_lines, (described, question, *sure, *warned, *rests_on)))
    first, rest = _cut(told, _ROOM - used)
    return _Executive(question, answer, first, sure, warned, basis, rest, others, described)


def _lines(text: str, letters: int = _LINE) -> int:
    return math.ceil(len(text) / letters)


def _cut(texts: Sequence[str], room: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split texts into those for which there is room in lines, the first at any rate, and the others."""
    used = 0
    for place, text in enumerate(texts):
        used += _lines(text)
        if used > room:
            return (tuple(texts[:place]), tuple(texts[place:])) if place else ((short(text, _LONGEST),), tuple(texts))
    return tuple(texts), ()


# -- pages as one html file that needs nothing else, for screen, phone and paper, with charts beside them as png ------


TEMPLATES = Path(__file__).parent / "templates"
_NEGATIVE = re.compile(rf"{MINUS}\S+")


@dataclass(frozen=True)
class _Picture:
    """A chart on the page."""

    key: str
    finding: str
    svg: str


def ledger_content(scenario: Scenario) -> dict[str, Any]:
    """Return what the ledger's tables are filled with."""
    rows = assumptions(scenario)
    return {
        "ledger": ledger_by_kind(rows),
        "definitions": [row for row in rows if row.kind == "definition"],
        "path": plain_path,
    }


def render(template: str, **content: Any) -> str:
    """Fill a template of ours, in the house's palette; the page runs our script and, by its policy, no other."""
    palette = {"light": css_variables(dark=False), "dark": css_variables(dark=True)}
    return _templates().get_template(template).render(**content, **palette)


def unbroken(text: str) -> Markup:
    """Escape text, and keep each number together with its minus sign, where browsers would end a line: `−` / `$11,000`.

    Units may go to the next line: 26 weeks side by side would not fit on paper otherwise.
    """
    from markupsafe import Markup, escape

    return Markup(_NEGATIVE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    loader = FileSystemLoader(TEMPLATES)
    rooms = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    # The charts are our own SVG, escaped when it was written; everything else is escaped by the template.
    rooms.filters["unbroken"] = unbroken
    rooms.filters["as_svg"] = lambda picture: Markup(picture.svg)
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rooms.globals |= {"script": Markup(script), "script_hash": Markup(f"'sha256-{digest}'"), "kinds": KIND_WORDS}
    return rooms


def write_study(page: Page, folder: Path) -> None:
    """Write all that a study leaves: its tables as CSV, manifest.json, other texts, charts and the page."""
    for table in (*page.tables, *page.more_tables()):
        if table.name:
            write_table(table, folder)
    for name, text in page.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_manifest(page.manifest, folder)
    write_page(page, folder)


def write_page(page: Page, folder: Path) -> None:
    """Write a page's charts as figures/NN_key.png, and the page itself as report.html."""
    charts = list(page.charts)
    save_charts(charts, folder)
    html = render(
        "study.html.j2",
        kicker=page.kicker,
        name=page.name,
        summary=one_page(
            name=page.name,
            asked=page.question,
            answer=page.answer,
            told=page.sentences,
            how_sure=[page.how_sure],
            warnings=[clean(warning) for warning in page.warnings],
            basis=basis_of(page.scenario, page.runs, page.baseline, page.weightiest),
        ),
        pictures=[picture_of(chart) for chart in charts],
        tables=page.sheets,
        kpis=[BY_NAME[kpi] for kpi in page.kpis],
        **ledger_content(page.scenario),
        made=page.made,
    )
    (folder / "report.html").write_text(html, encoding="utf-8")


def save_charts(charts: Iterable[Drawn], folder: Path) -> list[Path]:
    """Save charts as PNG files in the light dress, figures/NN_key.png unless they name their own; return the files."""
    files = []
    (folder / "figures").mkdir(exist_ok=True)
    for number, chart in enumerate(charts, start=1):
        file = folder / "figures" / (chart.file or f"{number:02d}_{chart.key}.png")
        metadata = {"Software": "ticketflow", "Title": theme.title_of(chart.figure)}
        with theme.themed():
            chart.figure.savefig(file, dpi=theme.DPI, metadata=metadata)
        files.append(file)
    return files


def picture_of(chart: Drawn) -> _Picture:
    """Return a chart as inline SVG, its title as the finding."""
    return _Picture(chart.key, theme.title_of(chart.figure), inline_svg(chart.figure, chart.key, chart.alt))
