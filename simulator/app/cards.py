"""KPI cards: the figures that matter, each beside the desk without AI, the desk as loaded, and the pilot's gate.

They are HTML, one column on a phone, more where there is room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from simulator.app.widgets import show_html
from simulator.base.stats import Estimate, estimate
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.format import bracketed, margin, signed
from simulator.report.pilot import gates as pilot_gates
from simulator.report.pilot.gates import MET, MISSED, state_of
from simulator.report.pilot.sentences import MORE
from simulator.report.words import BETTER, MARKS, WORSE, compares, verdict, weeks_of
from simulator.studies.pilot.gates import AHT_REDUCTION, Gate, gates_of
from simulator.studies.running.results import Replications

_WITH_AI = (
    "automated_resolution", "answer_accuracy", "escalation", "aht", "first_response_p50", "sla_breach", "csat_mean",
    "csat_gap", "occupancy", "cost_total", "net_value_capacity", "roi_capacity",
    "net_value_cash", "roi_cash",
)  # fmt: skip
"""KPIs of the overview."""
_WITHOUT_AI = (
    "tickets", "aht", "first_response_p50", "wait_mean", "sla_breach", "abandonment", "occupancy", "backlog_mean",
    "csat_mean", "cost_total",
)  # fmt: skip
"""KPIs of the overview for a desk without AI."""
_IN_TIME, _IN_CASH = "Time that people save counts as money.", "Time counts only where rosters cost less."
_NOTES = {"net_value_capacity": _IN_TIME, "roi_capacity": _IN_TIME, "net_value_cash": _IN_CASH, "roi_cash": _IN_CASH}
"""What tells apart figures of the same name."""
_DRESSES = {BETTER: "good", MET: "good", WORSE: "poor", MISSED: "poor"}
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


@dataclass(frozen=True)
class _Judgement:
    """A figure held against another desk or a gate, and what comes of it."""

    against: str
    """The other desk with its value (`AI off: 15.2 min`), or the gate."""
    verdict: str
    mark: str
    change: str = ""
    """The difference with its interval; empty for a gate."""


@dataclass(frozen=True)
class _Card:
    """One KPI."""

    kpi: Kpi
    value: str
    interval: str
    """Empty where there is none."""
    changes: tuple[_Judgement, ...]
    gates: tuple[_Judgement, ...]

    @property
    def note(self) -> str:
        """Say what the figure counts, where its name alone could mislead."""
        return _NOTES.get(self.kpi.name, "")


def cards(study: Replications, before: Replications | None = None, names: Iterable[str] = ()) -> list[_Card]:
    """Return a card for each KPI that has a value; `before` is the desk as loaded, on the same customers."""
    wanted = tuple(names) or (_WITH_AI if study.has_baseline else _WITHOUT_AI)
    there = set(study.kpi_names)
    return [_card(study, before, BY_NAME[name]) for name in wanted if name in there]


def _card(study: Replications, before: Replications | None, kpi: Kpi) -> _Card:
    found = study.estimate(kpi.name)
    changes = []
    if compares(study, kpi.name):
        other = study.written(kpi.name, study.estimate(kpi.name, baseline=True).mean)
        changes.append(_change(study, kpi, study.difference(kpi.name), f"AI off: {other}"))
    if before is not None and kpi.name in before.kpi_names:
        gap = estimate(study.values(kpi.name) - before.values(kpi.name))
        other = before.written(kpi.name, before.estimate(kpi.name).mean)
        changes.append(_change(study, kpi, gap, f"As loaded: {other}"))
    gates = tuple(_gate(study, gate) for gate in _gates_of(study, kpi.name))
    interval = margin(kpi.unit, found, study.currency)
    return _Card(kpi, study.written(kpi.name, found.mean), interval, tuple(changes), gates)


def _change(study: Replications, kpi: Kpi, gap: Estimate, against: str) -> _Judgement:
    texts = [signed(kpi.unit, value, study.currency) for value in (gap.mean, gap.low, gap.high)]
    change = texts[0] if gap.low == gap.high else bracketed(*texts, found=gap)
    judged = verdict(kpi, gap)
    return _Judgement(against, judged, MARKS.get(judged, ""), change)


def _gates_of(study: Replications, kpi: str) -> list[Gate]:
    """List the gates that bound a KPI, or what the AI saves of it, where the scenario has a pilot."""
    if "pilot" not in study.scenario.model_fields_set:
        return []
    figures = {kpi, AHT_REDUCTION} if kpi == "aht" else {kpi}
    return [gate for gate in gates_of(study.scenario) if gate.figure in figures]


def _gate(study: Replications, gate: Gate) -> _Judgement:
    """Hold the mean of all weeks against a gate."""
    if gate.figure == AHT_REDUCTION:
        found, what = estimate(1 - study.values("aht") / study.values("aht", baseline=True)), "time saved "
    else:
        found, what = study.estimate(gate.figure), ""
    weeks = weeks_of(study)
    mean = f" (mean of all {weeks})" if weeks.endswith("s") else ""
    words = f"Gate{MORE.get(gate.field, '')}{mean}: {what}{gate.words}"
    state = state_of(gate, found)
    return _Judgement(words, state, pilot_gates.MARKS[state])


def show_cards(found: Sequence[_Card], key: str) -> None:
    """Show KPIs as cards."""
    items = "".join(f"<li>{_card_html(card)}</li>" for card in found)
    show_html(f'{_STYLE}<ul class="cards">{items}</ul>', key=f"cards-{key}")


def _card_html(card: _Card) -> str:
    interval = f" <span>{escape(card.interval)}</span>" if card.interval else ""
    note = f'<p class="note">{escape(card.note)}</p>' if card.note else ""
    changes = "".join(map(_change_html, card.changes))
    return (
        f'<h2 title="{escape(card.kpi.definition)}">{escape(card.kpi.title)}</h2>'
        f'<p class="value">{escape(card.value)}{interval}</p>{note}'
        f"{f'<dl>{changes}</dl>' if changes else ''}{''.join(map(_gate_html, card.gates))}"
    )


def _change_html(one: _Judgement) -> str:
    return (
        f"<dt>{escape(one.against)}</dt>"
        f'<dd class="{_DRESSES.get(one.verdict, "")}"><span class="mark" aria-hidden="true">{one.mark}</span>'
        f" {escape(one.change)}, {escape(one.verdict)}</dd>"
    )


def _gate_html(one: _Judgement) -> str:
    return (
        f'<p class="gate {_DRESSES.get(one.verdict, "")}">{escape(one.against)}'
        f' <span class="mark" aria-hidden="true">{one.mark}</span> {escape(one.verdict)}</p>'
    )
