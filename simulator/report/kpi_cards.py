"""KPI cards: the figures that matter, each beside the desk without AI, the desk as loaded, and the pilot's gate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.gate_words import MORE
from simulator.report.words import MARKS, bracketed, compares, margin, signed, verdict, weeks_of
from simulator.studies.intervals import Estimate, estimate
from simulator.studies.pilot.gates import Gate, gates_of
from simulator.studies.pilot.weekly import AHT_REDUCTION
from simulator.studies.results import Replications

WITH_AI = (
    "automated_resolution", "answer_accuracy", "escalation", "aht", "first_response_p50", "sla_breach", "csat_mean",
    "csat_gap", "occupancy", "cost_total", "net_value_capacity", "roi_capacity",
    "net_value_cash", "roi_cash",
)  # fmt: skip
"""KPIs of the overview."""
WITHOUT_AI = (
    "tickets", "aht", "first_response_p50", "wait_mean", "sla_breach", "abandonment", "occupancy", "backlog_mean",
    "csat_mean", "cost_total",
)  # fmt: skip
"""KPIs of the overview for a desk without AI."""
_IN_TIME, _IN_CASH = "Time that people save counts as money.", "Time counts only where rosters cost less."
NOTES = {"net_value_capacity": _IN_TIME, "roi_capacity": _IN_TIME, "net_value_cash": _IN_CASH, "roi_cash": _IN_CASH}
"""What tells apart figures of the same name."""
SURE, MAYBE, NOT = "surely passed", "may pass or fail", "surely missed"
GATE_MARKS = {SURE: "✓", MAYBE: "≈", NOT: "✗"}
"""Signs beside what a gate comes to, so that colour is never the only hint."""


@dataclass(frozen=True)
class Change:
    """A difference to another desk, and what it means."""

    against: str
    """The other desk and its value: `AI off 15.2 min`."""
    text: str
    verdict: str
    mark: str


@dataclass(frozen=True)
class GateState:
    """A gate of the pilot, held against the mean of all weeks."""

    words: str
    verdict: str
    mark: str


@dataclass(frozen=True)
class Card:
    """One KPI."""

    kpi: Kpi
    value: str
    interval: str
    """Empty where there is none."""
    changes: tuple[Change, ...]
    gates: tuple[GateState, ...]

    @property
    def note(self) -> str:
        """Say what the figure counts, where its name alone could mislead."""
        return NOTES.get(self.kpi.name, "")


def cards(study: Replications, before: Replications | None = None, names: Iterable[str] = ()) -> list[Card]:
    """Give a card for each KPI that has a value; `before` is the desk as loaded, on the same customers."""
    wanted = tuple(names) or (WITH_AI if study.has_baseline else WITHOUT_AI)
    there = set(study.kpi_names)
    return [_card(study, before, BY_NAME[name]) for name in wanted if name in there]


def _card(study: Replications, before: Replications | None, kpi: Kpi) -> Card:
    found = study.estimate(kpi.name)
    changes = []
    if compares(study, kpi.name):
        other = study.written(kpi.name, study.estimate(kpi.name, baseline=True).mean)
        changes.append(_change(study, kpi, study.difference(kpi.name), f"AI off: {other}"))
    if before is not None and kpi.name in before.kpi_names:
        gap = estimate(study.values(kpi.name) - before.values(kpi.name))
        other = before.written(kpi.name, before.estimate(kpi.name).mean)
        changes.append(_change(study, kpi, gap, f"As loaded: {other}"))
    gates = tuple(_state(study, gate) for gate in _gates(study, kpi.name))
    interval = margin(kpi, found, study.currency) if found.low < found.high else ""
    return Card(kpi, study.written(kpi.name, found.mean), interval, tuple(changes), gates)


def _change(study: Replications, kpi: Kpi, gap: Estimate, against: str) -> Change:
    texts = [signed(kpi, value, study.currency) for value in (gap.mean, gap.low, gap.high)]
    judged = verdict(kpi, gap)
    return Change(against, texts[0] if gap.low == gap.high else bracketed(*texts, found=gap), judged,
                  MARKS.get(judged, ""))  # fmt: skip


def _gates(study: Replications, kpi: str) -> list[Gate]:
    """List the gates that bound a KPI, or what the AI saves of it, where the scenario has a pilot."""
    if "pilot" not in study.scenario.model_fields_set:
        return []
    figures = {kpi, AHT_REDUCTION} if kpi == "aht" else {kpi}
    return [gate for gate in gates_of(study.scenario) if gate.figure in figures]


def _state(study: Replications, gate: Gate) -> GateState:
    if gate.figure == AHT_REDUCTION:
        found, what = estimate(1 - study.values("aht") / study.values("aht", baseline=True)), "time saved "
    else:
        found, what = study.estimate(gate.figure), ""
    verdict = gate_verdict(gate, found)
    weeks = weeks_of(study)
    mean = f" (mean of all {weeks})" if weeks.endswith("s") else ""
    return GateState(f"Gate{MORE.get(gate.field, '')}{mean}: {what}{gate.words}", verdict, GATE_MARKS.get(verdict, ""))


def gate_verdict(gate: Gate, found: Estimate) -> str:
    """Tell whether a figure keeps a gate surely, perhaps or surely not, by its interval; empty without a value."""
    if not math.isfinite(found.mean):
        return ""
    ends: NDArray[np.float64] = np.array([found.low, found.high])
    if not np.isfinite(ends).all():
        return MAYBE
    kept = gate.met(ends)
    return SURE if kept.all() else MAYBE if kept.any() else NOT
