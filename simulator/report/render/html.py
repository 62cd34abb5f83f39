"""The report: one HTML file that needs nothing else, for screen, phone and paper.

>>> html = render_report(study)   # doctest: +SKIP

A study's page as one HTML file, with its charts beside it as PNG, and all its files.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.text import clean
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME
from simulator.report.assumptions import KIND_WORDS, assumptions, basis_of
from simulator.report.charts import theme
from simulator.report.charts.svg import inline_svg
from simulator.report.charts.theme import css_variables, title_of
from simulator.report.executive import one_page
from simulator.report.finding import Page
from simulator.report.render.csv import write_table
from simulator.report.run import summary, tables
from simulator.report.run.figures import drawn
from simulator.report.run.summary import in_force, surge
from simulator.scenario.model import Scenario
from simulator.studies.run.opening import Opening
from simulator.studies.run.outputs import manifest, write_manifest
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from simulator.report import study_frame


TEMPLATES = Path(__file__).parent / "templates"
_NEGATIVE = re.compile(rf"{MINUS}\S+")


@dataclass(frozen=True)
class Picture:
    """A chart on the page."""

    key: str
    finding: str
    svg: str


def render_report(study: Replications, warnings: Sequence[str] = (), opening: Opening | None = None) -> str:
    """Render a study as one self-contained HTML page.

    `warnings` are shown before anything else; `opening` is what was found about the first days.
    """
    scenario = study.scenario
    opened = "" if opening is None else f"First days: {summary.first_days(opening, mser=False)}."
    return render(
        "report.html.j2",
        kicker="ticketflow report",
        name=clean(scenario.name),
        summary=one_page(
            name=clean(scenario.name),
            desk=clean(scenario.description).strip(),
            asked=summary.asked(study),
            answer=summary.answer(study),
            told=[text for text in (summary.worth(study), surge(study)) if text],
            how_sure=[summary.how_sure(study), opened],
            warnings=[clean(warning) for warning in warnings],
            basis=basis_of(scenario, summary.made_of(study), summary.held_against(study), in_force=in_force(scenario)),
        ),
        has_baseline=study.has_baseline,
        headline=tables.headline(study),
        all_kpis=tables.all_by_group(study),
        pictures=list(pictures(study)),
        groups=tables.group_tables(study),
        **ledger_content(scenario),
        made=made_by(study),
    )


def ledger_content(scenario: Scenario) -> dict[str, Any]:
    """Return what the ledger's tables are filled with."""
    rows = assumptions(scenario)
    return {
        "ledger": tables.ledger_by_kind(rows),
        "definitions": [row for row in rows if row.kind == "definition"],
        "path": tables.plain_path,
    }


def render(template: str, **content: Any) -> str:
    """Fill a template of ours, in the house's palette; the page runs our script and, by its policy, no other."""
    palette = {"light": css_variables(dark=False), "dark": css_variables(dark=True)}
    return _templates().get_template(template).render(**content, **palette)


def pictures(study: Replications) -> Iterator[Picture]:
    """Draw the charts as inline SVG."""
    for chart, figure in drawn(study):
        finding = title_of(figure)
        yield Picture(chart.key, finding, inline_svg(figure, chart.key, chart.alt(study)))


def made_by(study: Replications) -> dict[str, str]:
    """Return how the figures were made, so that anybody can make them again."""
    scenario = study.scenario
    return {
        "Scenario": clean(scenario.name),
        "Weeks": f"{int(scenario.weeks)}, from {scenario.start:%d %B %Y} ({scenario.timezone})",
        "Replications": str(len(study)),
        "Seed": str(study.seed),
        "Engine": study.engine,
        "ticketflow": __version__,
        "SHA-256 of the inputs": str(manifest(study)["sha256"]),
    }


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


# -- a study's page as one html file, with its charts beside it as png, and all its files -----------------------------


def write_study(page: Page, folder: Path) -> None:
    """Write all that a study leaves: its tables as CSV, manifest.json, other texts, charts and the page."""
    for table in (*page.tables, *page.more_tables()):
        if table.name:
            write_table(table, folder)
    for name, text in page.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_manifest(page.manifest, folder)
    write_page(page, folder)


def write_page(page: Page | study_frame.Page, folder: Path) -> None:
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
        summary=one_page(
            name=page.name,
            asked=page.question,
            answer=page.answer,
            told=page.sentences,
            how_sure=[page.how_sure],
            warnings=[clean(warning) for warning in page.warnings],
            basis=basis_of(page.scenario, page.runs, page.baseline, page.weightiest),
        ),
        pictures=pictures,
        tables=page.sheets,
        kpis=[BY_NAME[kpi] for kpi in page.kpis],
        **ledger_content(page.scenario),
        made=page.made,
    )
    (folder / "report.html").write_text(html, encoding="utf-8")
