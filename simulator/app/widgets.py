"""Showing: the report's charts, figures and words on the page, with every text from outside escaped.

Streamlit reads labels and captions as Markdown, which can load pictures from elsewhere; so names, values and messages
of a scenario go through `plain` where Streamlit writes them, and through `html.escape` where we do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementId

from simulator.base.errors import Problem, SimulatorError
from simulator.base.text import clean
from simulator.report.charts.svg import inline_svg
from simulator.report.charts.theme import css_variables, title_of
from simulator.report.finding import Chart
from simulator.report.render.html import unbroken
from simulator.report.sheet import Sheet

if TYPE_CHECKING:
    from simulator.report.charts.theme import Figure


_MARKS = re.compile(
    r"[\\`*\[\]<>$~|&^]|(?<!\w)_|_(?!\w)|:(?=[A-Za-z+/-])|(?<=www)\.|^\s*[#+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
)
"""What Markdown would read as more than itself: emphasis, links, addresses, formulas, icons, lists and headings."""
CSS = """
:host, .tf { font-family: var(--st-font); color: var(--ink); font-size: 1rem; line-height: 1.5; }
.tf p { margin: 0 0 .7rem; }
.tf .whole { white-space: nowrap; }
.tf .muted { color: var(--muted); font-size: .875rem; }
.tf ul { margin: .3rem 0 0; padding-left: 1.2rem; }
.tf code { font-family: var(--st-code-font, monospace); font-size: .875rem; overflow-wrap: anywhere; }
.tf .problem { border-left: .25rem solid var(--bad); padding-left: .8rem; margin-bottom: .8rem; }
.tf figure { margin: 0 0 1rem; }
.tf figcaption { font-weight: 600; line-height: 1.35; margin: 0 0 .4rem; }
.tf .pan { overflow-x: auto; }
.tf .pan[data-pans]::before { content: "↔ Swipe sideways to see all of it"; display: block; position: sticky; left: 0;
          width: fit-content; margin: 0 0 .25rem; color: var(--muted); font-size: .875rem; }
.tf .pan:focus-visible { outline: 2px solid var(--ai); outline-offset: 2px; }
.tf svg { width: 100%; height: auto; min-width: 32rem; max-width: 60rem; display: block;
          font-family: "DejaVu Sans", Verdana, sans-serif; }
.tf table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
.tf th, .tf td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid var(--grid); vertical-align: top; }
.tf th { font-weight: 600; }
.tf tr > :first-child { text-align: left; }
.tf .words td, .tf .words th { text-align: left; }
.tf .words th[scope=row] { min-width: 13rem; }
.tf .words td:last-child { min-width: 11rem; }
.tf .words small { display: block; font-weight: 400; color: var(--muted); }
.tf caption { text-align: left; color: var(--muted); padding-bottom: .3rem; }
"""
DRESS = """
function dressed(data, parentElement) {
  let home = parentElement.querySelector(".tf");
  if (!home) { home = document.createElement("div"); home.className = "tf"; parentElement.appendChild(home); }
  const ground = getComputedStyle(home).getPropertyValue("--st-background-color");
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = ground;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  home.setAttribute("style", red + green + blue < 384 ? data.dark : data.light);
  return home;
}

const pans = ({ target }) => target.toggleAttribute("data-pans", target.scrollWidth > target.clientWidth);
const seen = new ResizeObserver((found) => requestAnimationFrame(() => found.forEach(pans)));

function watch(home) {
  for (const pan of home.querySelectorAll(".pan")) seen.observe(pan);
}
"""
"""Finds or makes a piece's element, and gives it the palette that goes with the page's ground; marks what pans."""
_JS = (
    DRESS
    + """
export default function ({ data, parentElement }) {
  const home = dressed(data, parentElement);
  home.innerHTML = data.html;
  watch(home);
}
"""
)
_HTML = st.components.v2.component("ticketflow_html", css=CSS, js=_JS)


def plain(text: str) -> str:
    """Make text show as it is where Streamlit expects Markdown."""
    return _MARKS.sub(lambda mark: f"{mark[0][:-1]}\\{mark[0][-1]}", clean(text))


def show_html(html: str, key: str | None = None) -> None:
    """Show HTML of ours, in which all text from outside has been escaped, in the report's palette."""
    for times in count():
        try:
            _HTML(key=key, data={"html": html, "times": times, **palettes()})
        except StreamlitDuplicateElementId:
            # The same words stand on the page already; Streamlit tells pieces without a key apart by what they say.
            continue
        return


def palettes() -> dict[str, str]:
    """Return the palette in both dresses, as `dressed` takes it."""
    return {"light": css_variables(dark=False), "dark": css_variables(dark=True)}


def show_chart(figure: Figure | None, key: str, alt: str) -> None:
    """Show one of the report's charts, its finding above it; nothing where it makes no sense for the scenario."""
    if figure is None:
        return
    title = escape(title_of(figure))
    show_html(
        f'<figure><figcaption>{title}</figcaption><div class="pan" tabindex="0" role="group" aria-label="{title}">'
        f"{inline_svg(figure, key, alt)}</div></figure>",
        key=f"chart-{key}",
    )


def show_report_chart(chart: Chart) -> None:
    """Show a chart, its finding above it; nothing where it makes no sense for the scenario."""
    if chart.figure is not None:
        # Words for a chart that cannot be drawn may not be found either.
        show_chart(chart.figure, chart.key, chart.alt)


def show_text(text: str, *, muted: bool = False) -> None:
    """Show a sentence or two as plain text."""
    show_html(f'<p class="{"muted" if muted else "said"}">{unbroken(clean(text))}</p>')


def show_problems(error: SimulatorError) -> None:
    """Show what is wrong as the command line tells it, one problem a line."""
    lines = "".join(f"<li>{_problem(problem)}</li>" for problem in error.problems)
    show_html(f'<div role="alert" class="problem"><strong>{_count(error.problems)}</strong><ul>{lines}</ul></div>')


def _problem(problem: Problem) -> str:
    return f"<code>{escape(clean(str(problem)))}</code>"


def _count(problems: Sequence[Problem]) -> str:
    return "This does not fit:" if len(problems) == 1 else f"{len(problems)} things do not fit:"


def show_table(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str, *, words: bool = False) -> None:
    """Show a table of text; the first cell of a row names it. Numbers stand at the right, `words` at the left."""
    top = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(clean(str(first)))}</th>'
        + "".join(f"<td>{escape(clean(str(value)))}</td>" for value in rest)
        + "</tr>"
        for first, *rest in rows
    )
    show_html(
        f'<div class="pan" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f'<table class="{"words" if words else "numbers"}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def show_study_table(table: Sheet, caption: str | None = None, *, words: bool = False) -> None:
    """Show a table of a study, each value with its interval; its caption is its title unless another is given."""
    rows = [(name, *(cell.text for cell in cells)) for name, cells in table.rows]
    show_table((table.head, *table.columns), rows, table.title if caption is None else caption, words=words)
