"""The pilot's gates and phases as rows of text, judged by the intervals of a run.

KPI cards: the figures that matter, each beside the desk without AI, the desk as loaded, and the pilot's gate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate, estimate
from simulator.base.text import clean, listed
from simulator.base.units import format_value
from simulator.journeys.rules import rules_in_force
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.format import bracketed, margin, signed
from simulator.report.pilot.sentences import MORE, label, within
from simulator.report.words import MARKS, compares, verdict, weeks_of
from simulator.scenario import Mode, Scenario
from simulator.studies.pilot.gates import AHT_REDUCTION, Gate, Judged, gates_of, judge_gates
from simulator.studies.running.results import Replications

_GENERAL = "policy.answer_threshold"
_AUTO = Mode.AUTO
MET, MISSED, OPEN, UNMEASURED = "met", "missed", "open", "not measured"
_STATE_MARKS = {
    MET: "✓ met", MISSED: "✗ missed", OPEN: "? open: the interval holds the gate", UNMEASURED: "– not measured"
}  # fmt: skip
MODES_IN_WORDS = (
    "Modes: off, it does nothing; shadow, it drafts, a person reviews each draft and answers; assist, it drafts, a"
    " person edits and sends; auto, it answers where it says it is at least as sure as the answer threshold."
)


def last_week(scenario: Scenario) -> int:
    """Return the pilot's last week."""
    return int(min(scenario.pilot.weeks or scenario.weeks, scenario.weeks))


def judged_at_the_end(study: Replications) -> list[Judged]:
    """Judge every gate at the pilot's end."""
    return judge_gates(study, last_week(study.scenario))


def state_of(judged: Judged) -> str:
    """Say whether the interval of a gate's figure lies on one side of it: met, missed, open or not measured."""
    if judged.week is None:
        return UNMEASURED
    found = judged.course.estimate(judged.week)
    if not math.isfinite(found.mean):
        return UNMEASURED
    gate = judged.gate
    if not math.isfinite(found.low):
        return OPEN
    kept = [bool(_keeps(gate, bound)) for bound in (found.low, found.high)]
    return MET if all(kept) else OPEN if any(kept) else MISSED


def _keeps(gate: Gate, value: float) -> bool:
    """Return whether a value keeps a gate."""
    return value >= gate.bound if gate.sign == ">=" else value <= gate.bound


def sentence(gates: list[Judged], week: int) -> str:
    """Say in a sentence which gates the pilot's last week meets."""
    states = [state_of(judged) for judged in gates]
    counts = [f"{states.count(state)} {state}" for state in (MISSED, OPEN, UNMEASURED) if state in states]
    missed = [
        f"{within(label(judged))} ({_value_of(judged)}, bound {judged.gate.words})"
        for judged, state in zip(gates, states, strict=True)
        if state == MISSED
    ]
    told = f"In week {week} the pilot meets {states.count(MET)} of its {len(gates)} gates"
    told += f" ({listed(counts)})" if counts else ""
    return f"{told}; it misses {listed(missed)}." if missed else f"{told}."


def what_decides(scenario: Scenario) -> str:
    """Say which gates the verdict goes by, so that missed ones beside “scale” do not puzzle."""
    by = "answer accuracy alone" if scenario.csat is None else "answer accuracy and CSAT alone"
    return f"The verdict (scale, adjust or overhaul) goes by {by}; the other gates are reported beside it."


def gate_rows(gates: list[Judged], currency: str) -> list[tuple[str, str, str, str, str]]:
    """Return figure, value with its interval, gate, verdict, and the share of simulated pilots that keep it."""
    return [
        (
            label(judged), _value_of(judged, currency), judged.gate.words, _STATE_MARKS[state_of(judged)],
            "–" if judged.week is None else _percent(judged.chance),
        )
        for judged in gates
    ]  # fmt: skip


def _value_of(judged: Judged, currency: str = "") -> str:
    """Write a gate's figure in the week in which it is judged."""
    if judged.week is None:
        return "–"
    found, unit = judged.course.estimate(judged.week), judged.course.unit
    mean, low, high = (format_value(unit, value, currency) for value in (found.mean, found.low, found.high))
    return mean if not math.isfinite(found.low) or low == high else f"{mean} [{low}, {high}]"


def phase_rows(scenario: Scenario) -> Iterator[tuple[str, str, str, str]]:
    """Yield each phase's name, weeks, modes and answer thresholds; what holds before the first phase comes first."""
    rules = rules_in_force(scenario)
    names = ["before the first phase", *(phase.name for phase in scenario.policy.phases)]
    for number, weeks in _spans(scenario):
        modes = list(dict.fromkeys(Mode.at(int(mode)).value for mode in rules.mode[number]))
        bars = [_threshold(bar) for bar in sorted(rules.answer_threshold[number][rules.mode[number] == _AUTO])]
        bar = "–" if not bars else bars[0] if bars[0] == bars[-1] else f"{bars[0]} to {bars[-1]}"
        yield clean(names[number]), weeks, ", ".join(modes), bar


def in_force(scenario: Scenario, path: str) -> str:
    """Say in which weeks the answer threshold at `path` decides, where that is not throughout; else nothing.

    A phase that states none goes by the policy's own, and so do the weeks before the first.
    """
    phases = scenario.policy.phases
    paths = [_GENERAL] + [
        _GENERAL if phase.answer_threshold is None else f"policy.phases[{number}].answer_threshold"
        for number, phase in enumerate(phases)
    ]
    mode, spans = rules_in_force(scenario).mode, list(_spans(scenario))
    weeks = [told for number, told in spans if paths[number] == path and (mode[number] == _AUTO).any()]
    last = int(scenario.weeks)
    if not phases or len(weeks) == len(spans):
        return ""
    if not weeks:
        return f"In force in none of the {last} weeks, so it decides nothing."
    word = "week" if len(weeks) == 1 and " to " not in weeks[0] else "weeks"
    return f"In force in {word} {listed(weeks)} of {last}; the figures are of all weeks."


def _spans(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """Yield each phase that comes to pass with its weeks; 0 is the time before the first."""
    last = int(scenario.weeks)
    begins = [(1, 1), *((int(phase.from_week), int(phase.from_day)) for phase in scenario.policy.phases)]
    for number, (begin, end) in enumerate(pairwise([*begins, (last + 1, 1)])):
        if begin < end and begin[0] <= last:
            yield number, _weeks(begin, end)


def _threshold(bar: float) -> str:
    """Write a threshold as the sliders do: 0.85, or 0.855 where somebody set that."""
    return f"{bar:.3f}".removesuffix("0")


def _weeks(begin: tuple[int, int], end: tuple[int, int]) -> str:
    first = f"{begin[0]}" + (f", day {begin[1]}" if begin[1] > 1 else "")
    until = end[0] - 1 if end[1] == 1 else end[0]
    last = f"{until}" + (f", day {end[1] - 1}" if end[1] > 1 else "")
    return first if first == last else f"{first} to {last}"


def _percent(found: Estimate) -> str:
    return f"{found.mean:.0%} [{found.low:.0%}, {found.high:.0%}]"


# -- kpi cards --------------------------------------------------------------------------------------------------------


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
NOTES = {"net_value_capacity": _IN_TIME, "roi_capacity": _IN_TIME, "net_value_cash": _IN_CASH, "roi_cash": _IN_CASH}
"""What tells apart figures of the same name."""
SURE, MAYBE, NOT = "surely passed", "may pass or fail", "surely missed"
_GATE_MARKS = {SURE: "✓", MAYBE: "≈", NOT: "✗"}
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
    """Return a card for each KPI that has a value; `before` is the desk as loaded, on the same customers."""
    wanted = tuple(names) or (_WITH_AI if study.has_baseline else _WITHOUT_AI)
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
    interval = margin(kpi.unit, found, study.currency) if found.low < found.high else ""
    return Card(kpi, study.written(kpi.name, found.mean), interval, tuple(changes), gates)


def _change(study: Replications, kpi: Kpi, gap: Estimate, against: str) -> Change:
    texts = [signed(kpi.unit, value, study.currency) for value in (gap.mean, gap.low, gap.high)]
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
    return GateState(f"Gate{MORE.get(gate.field, '')}{mean}: {what}{gate.words}", verdict, _GATE_MARKS.get(verdict, ""))


def gate_verdict(gate: Gate, found: Estimate) -> str:
    """Return whether a figure keeps a gate surely, perhaps or surely not, by its interval; empty without a value."""
    if not math.isfinite(found.mean):
        return ""
    ends: Floats = np.array([found.low, found.high])
    if not np.isfinite(ends).all():
        return MAYBE
    kept = gate.met(ends)
    return SURE if kept.all() else MAYBE if kept.any() else NOT
