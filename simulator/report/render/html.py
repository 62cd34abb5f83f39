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
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.base.text import clean, short
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.assumptions import KIND_WORDS, Basis, assumptions, basis_of, ledger_by_kind, plain_path
from simulator.report.charts import theme
from simulator.report.charts.svg import inline_svg
from simulator.report.charts.theme import css_variables
from simulator.report.finding import Drawn, Finding, Page
from simulator.report.render.csv import write_table
from simulator.report.sheet import Sheet
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


def _one_page(page: Page) -> _Executive:
    """Put a summary together; sentences and warnings for which a sheet has no room are kept for later."""
    basis = basis_of(page.scenario, page.runs, page.baseline, page.weightiest, page.in_force)
    described, question = short(clean(page.scenario.description).strip(), _LONGEST), short(page.question, _LONGEST)
    sure = tuple(clean(text) for text in (page.how_sure, *page.notes) if text)
    warned, others = _cut([clean(warning) for warning in page.warnings], _MOST_WARNED)
    used = 1.8 * _lines(page.name, _HEADLINE) + 1.2 * _lines(page.answer, _LARGE)
    rests_on = basis.in_force, basis.weightiest, basis.made + basis.baseline
    used += sum(map(_lines, (described, question, *sure, *warned, *rests_on)))
    first, rest = _cut(page.sentences, _ROOM - used)
    return _Executive(question, page.answer, first, sure, warned, basis, rest, others, described)


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


# -- the page ---------------------------------------------------------------------------------------------------------


TEMPLATES = Path(__file__).parent / "templates"
_WHOLE = re.compile(rf"[≤≥] \S+|{MINUS}\S+")


@dataclass(frozen=True)
class _Picture:
    """A chart on the page."""

    key: str
    finding: str
    svg: str


@dataclass(frozen=True)
class _Part:
    """What stands together on the page: findings, or the tables that one heading folds away."""

    fold: str
    findings: Sequence[tuple[_Picture | None, Sheet | None]]


def filled(template: str, **content: Any) -> str:
    """Fill a template of ours, in our palette; the page runs our script and, by its policy, no other."""
    palette = {"light": css_variables(dark=False), "dark": css_variables(dark=True)}
    return _templates().get_template(template).render(**content, **palette)


def unbroken(text: str) -> Markup:
    """Escape text, and keep each number together with its sign, where browsers would end a line: `−` / `$11,000`.

    Units may go to the next line: 26 weeks side by side would not fit on paper otherwise.
    """
    from markupsafe import Markup, escape

    return Markup(_WHOLE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


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
    """Write a page as report.html, and its charts as figures/NN_key.png; each chart is drawn once."""
    (folder / "report.html").write_text(page_html(page), encoding="utf-8")
    _save_charts(page.charts, folder)


def page_html(page: Page) -> str:
    """Return a page as one HTML file."""
    rows = assumptions(page.scenario)
    return filled(
        "page.html.j2",
        page=page,
        summary=_one_page(page),
        findings=_parts(page.findings),
        definitions=_definitions(page.kpis),
        ledger=ledger_by_kind(rows),
        neutral=[row for row in rows if row.kind == "definition"],
        path=plain_path,
    )


def _parts(findings: Sequence[Finding]) -> list[_Part]:
    """Return the findings that have anything to show, neighbours under the same fold together."""
    shown = []
    for found in findings:
        drawn = None if found.chart is None else found.chart.drawn
        picture = None if drawn is None else _picture_of(drawn)
        sheet = found.sheet
        if picture is not None or sheet is not None:
            shown.append((found.fold, (picture, sheet)))
    grouped = groupby(shown, key=itemgetter(0))
    return [_Part(fold, [content for _, content in contents]) for fold, contents in grouped]


def _definitions(names: Iterable[str]) -> dict[str, list[Kpi]]:
    """Return KPIs by what they are about."""
    groups: dict[str, list[Kpi]] = {}
    for name in names:
        groups.setdefault(BY_NAME[name].group, []).append(BY_NAME[name])
    return groups


def _picture_of(chart: Drawn) -> _Picture:
    """Return a chart as inline SVG, its title as the finding."""
    return _Picture(chart.key, theme.title_of(chart.figure), inline_svg(chart.figure, chart.key, chart.alt))


def _save_charts(charts: Iterable[Drawn], folder: Path) -> None:
    """Save charts as PNG files in the light dress, figures/NN_key.png unless they name their own."""
    (folder / "figures").mkdir(exist_ok=True)
    for number, chart in enumerate(charts, start=1):
        file = folder / "figures" / (chart.file or f"{number:02d}_{chart.key}.png")
        metadata = {"Software": "ticketflow", "Title": theme.title_of(chart.figure)}
        with theme.themed():
            chart.figure.savefig(file, dpi=theme.DPI, metadata=metadata)
