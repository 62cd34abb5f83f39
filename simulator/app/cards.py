"""Cards: KPIs as HTML, one column on a phone, more where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from simulator.app.showing import show_html
from simulator.report.kpi_cards import NOT, SURE, Card, Change, GateState
from simulator.report.words import BETTER, WORSE

_STYLE = """<style>
.tf .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.5rem), 1fr)); gap: .8rem;
         list-style: none; padding: 0; margin: 0 0 1rem; }
.cards li { border: 1px solid var(--grid); border-radius: .5rem; padding: .7rem .9rem; }
.cards h2 { font-size: .875rem; font-weight: 600; margin: 0; color: var(--muted); }
.cards .value { font-size: 1.6rem; font-weight: 600; line-height: 1.25; margin: .1rem 0 .35rem;
                font-variant-numeric: tabular-nums; }
.cards .value span { font-size: .875rem; font-weight: 400; color: var(--muted); white-space: nowrap; }
.cards .note { font-size: .875rem; color: var(--muted); margin: 0 0 .35rem; }
.cards dl { margin: 0; font-size: .875rem; }
.cards dt { color: var(--muted); }
.cards dd { margin: 0 0 .3rem; }
.cards .gate { font-size: .875rem; margin: .35rem 0 0; border-top: 1px solid var(--grid); padding-top: .35rem; }
.cards .mark { font-weight: 700; }
.cards .good .mark { color: var(--both); }
.cards .poor .mark { color: var(--bad); }
</style>"""


def show_cards(found: Sequence[Card], key: str) -> None:
    """Show KPIs as cards."""
    items = "".join(f"<li>{_card(card)}</li>" for card in found)
    show_html(f'{_STYLE}<ul class="cards">{items}</ul>', key=f"cards-{key}")


def _card(card: Card) -> str:
    interval = f" <span>{escape(card.interval)}</span>" if card.interval else ""
    note = f'<p class="note">{escape(card.note)}</p>' if card.note else ""
    changes = "".join(map(_change, card.changes))
    return (
        f'<h2 title="{escape(card.kpi.definition)}">{escape(card.kpi.title)}</h2>'
        f'<p class="value">{escape(card.value)}{interval}</p>{note}'
        f"{f'<dl>{changes}</dl>' if changes else ''}{''.join(map(_gate, card.gates))}"
    )


def _change(change: Change) -> str:
    dress = {BETTER: "good", WORSE: "poor"}.get(change.verdict, "")
    return (
        f"<dt>{escape(change.against)}</dt>"
        f'<dd class="{dress}"><span class="mark" aria-hidden="true">{change.mark}</span> {escape(change.text)},'
        f" {escape(change.verdict)}</dd>"
    )


def _gate(gate: GateState) -> str:
    dress = {SURE: "good", NOT: "poor"}.get(gate.verdict, "")
    return (
        f'<p class="gate {dress}">{escape(gate.words)} <span class="mark" aria-hidden="true">{gate.mark}</span>'
        f" {escape(gate.verdict)}</p>"
    )
