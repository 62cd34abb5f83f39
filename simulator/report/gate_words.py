"""The pilot's gates and phases as rows of text, judged by the intervals of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from simulator.journeys.rules import rules_in_force
from simulator.metrics.registry import format_value
from simulator.report.drawing import listed
from simulator.report.pilot_words import within
from simulator.report.words import clean
from simulator.scenario.model import Scenario
from simulator.scenario.policy import Mode
from simulator.studies.intervals import Estimate
from simulator.studies.pilot.gates import Gate, Judged, judge_gates
from simulator.studies.results import Replications

GENERAL = "policy.answer_threshold"
AUTO = Mode.AUTO
MET, MISSED, OPEN, UNMEASURED = "met", "missed", "open", "not measured"
MARKS = {MET: "✓ met", MISSED: "✗ missed", OPEN: "? open: the interval holds the gate", UNMEASURED: "– not measured"}
MODES_IN_WORDS = (
    "Modes: off, it does nothing; shadow, it drafts, a person reviews each draft and answers; assist, it drafts, a"
    " person edits and sends; auto, it answers where it says it is at least as sure as the answer threshold."
)
MORE = {"accuracy_scale": ", to scale", "accuracy_adjust": ", or overhaul"}


def last_week(scenario: Scenario) -> int:
    """Give the pilot's last week."""
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
    kept = [bool(keeps(gate, bound)) for bound in (found.low, found.high)]
    return MET if all(kept) else OPEN if any(kept) else MISSED


def keeps(gate: Gate, value: float) -> bool:
    """Tell whether a value keeps a gate."""
    return value >= gate.bound if gate.sign == ">=" else value <= gate.bound


def sentence(gates: list[Judged], week: int) -> str:
    """Say in a sentence which gates the pilot's last week meets."""
    states = [state_of(judged) for judged in gates]
    counts = [f"{states.count(state)} {state}" for state in (MISSED, OPEN, UNMEASURED) if state in states]
    missed = [
        f"{within(_label(judged))} ({value_of(judged)}, bound {judged.gate.words})"
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
    """Give figure, value with its interval, gate, verdict, and the share of simulated pilots that keep it."""
    return [
        (
            _label(judged), value_of(judged, currency), judged.gate.words, MARKS[state_of(judged)],
            "–" if judged.week is None else _percent(judged.chance),
        )
        for judged in gates
    ]  # fmt: skip


def value_of(judged: Judged, currency: str = "") -> str:
    """Write a gate's figure in the week in which it is judged."""
    if judged.week is None:
        return "–"
    found, unit = judged.course.estimate(judged.week), judged.course.unit
    mean, low, high = (format_value(unit, value, currency) for value in (found.mean, found.low, found.high))
    return mean if not math.isfinite(found.low) or low == high else f"{mean} [{low}, {high}]"


def phase_rows(scenario: Scenario) -> Iterator[tuple[str, str, str, str]]:
    """Give each phase's name, weeks, modes and answer thresholds; what holds before the first phase comes first."""
    rules = rules_in_force(scenario)
    names = ["before the first phase", *(phase.name for phase in scenario.policy.phases)]
    for number, weeks in _spans(scenario):
        modes = list(dict.fromkeys(Mode.at(int(mode)).value for mode in rules.mode[number]))
        bars = [_threshold(bar) for bar in sorted(rules.answer_threshold[number][rules.mode[number] == AUTO])]
        bar = "–" if not bars else bars[0] if bars[0] == bars[-1] else f"{bars[0]} to {bars[-1]}"
        yield clean(names[number]), weeks, ", ".join(modes), bar


def in_force(scenario: Scenario, path: str) -> str:
    """Say in which weeks the answer threshold at `path` decides, where that is not throughout; else nothing.

    A phase that states none goes by the policy's own, and so do the weeks before the first.
    """
    phases = scenario.policy.phases
    paths = [GENERAL] + [
        GENERAL if phase.answer_threshold is None else f"policy.phases[{number}].answer_threshold"
        for number, phase in enumerate(phases)
    ]
    mode, spans = rules_in_force(scenario).mode, list(_spans(scenario))
    weeks = [told for number, told in spans if paths[number] == path and (mode[number] == AUTO).any()]
    last = int(scenario.weeks)
    if not phases or len(weeks) == len(spans):
        return ""
    if not weeks:
        return f"In force in none of the {last} weeks, so it decides nothing."
    word = "week" if len(weeks) == 1 and " to " not in weeks[0] else "weeks"
    return f"In force in {word} {listed(weeks)} of {last}; the figures are of all weeks."


def _spans(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """Give each phase that comes to pass with its weeks; 0 is the time before the first."""
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


def _label(judged: Judged) -> str:
    return judged.course.title + MORE.get(judged.gate.field, "")


def _percent(found: Estimate) -> str:
    return f"{found.mean:.0%} [{found.low:.0%}, {found.high:.0%}]"
