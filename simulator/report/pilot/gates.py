"""A pilot's gates as a run shows them: each held against the interval of its figure in the week that judges it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate
from simulator.base.text import listed
from simulator.base.units import MISSING, format_value
from simulator.report.format import bracketed
from simulator.report.pilot.sentences import label, within
from simulator.report.table import Field, Said, Table, Value
from simulator.scenario import Scenario
from simulator.studies.pilot.gates import Gate, Judged, judge_gates
from simulator.studies.running.results import Replications

MET, MISSED, OPEN, UNMEASURED = "met", "missed", "open", "not measured"
MARKS = {MET: "✓", MISSED: "✗", OPEN: "?", UNMEASURED: "–"}
"""Signs beside states, so that colour is never the only hint."""
_EXPLAINED = {OPEN: "open: the interval holds the gate"}


def state_of(gate: Gate, found: Estimate) -> str:
    """Say whether the interval of a figure lies on one side of its gate: met, missed, open or not measured."""
    if not math.isfinite(found.mean):
        return UNMEASURED
    ends: Floats = np.array([found.low, found.high])
    if not np.isfinite(ends).all():
        return OPEN
    kept = gate.met(ends)
    return MET if kept.all() else OPEN if kept.any() else MISSED


def figure_of(judged: Judged) -> Estimate:
    """Return a gate's figure in the week in which it is judged."""
    if judged.week is None:
        return Estimate(math.nan, math.nan, math.nan, 0)
    return judged.course.estimate(judged.week)


def last_week(scenario: Scenario) -> int:
    """Return the pilot's last week."""
    return int(min(scenario.pilot.weeks or scenario.weeks, scenario.weeks))


def judged_at_the_end(study: Replications) -> list[Judged]:
    """Judge every gate at the pilot's end."""
    return judge_gates(study, last_week(study.scenario))


def sentence(gates: Sequence[Judged], week: int) -> str:
    """Say in a sentence which gates the pilot's last week meets."""
    states = [state_of(judged.gate, figure_of(judged)) for judged in gates]
    counts = [f"{states.count(state)} {state}" for state in (MISSED, OPEN, UNMEASURED) if state in states]
    missed = [
        f"{within(label(judged))} ({_written(judged)}, bound {judged.gate.words})"
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


def gate_table(gates: Sequence[Judged], study: Replications) -> Table:
    """One row per gate: its figure, its bound, its state, and the share of simulated pilots that keep it."""
    fields = [
        Field("gate", "Gate"), Field("figure", f"Week {last_week(study.scenario)}"), Field("bound", "Bound"),
        Field("state", "Verdict"), Field("kept", "Pilots that keep it"),
    ]  # fmt: skip
    rows = []
    for judged in gates:
        found = figure_of(judged)
        state = state_of(judged.gate, found)
        rows.append((
            label(judged), Said(found.mean, _written(judged, study.currency)), judged.gate.words,
            f"{MARKS[state]} {_EXPLAINED.get(state, state)}", _kept(judged),
        ))  # fmt: skip
    title = f"Gates at the end; in brackets 95 % intervals of {len(study)} replications"
    return Table("", title, fields, rows, study.currency, is_sorted=False)


def _written(judged: Judged, currency: str = "") -> str:
    found, unit = figure_of(judged), judged.course.unit
    mean, low, high = (format_value(unit, value, currency) for value in (found.mean, found.low, found.high))
    return mean if low == high else bracketed(mean, low, high, found=found)


def _kept(judged: Judged) -> Value:
    if judged.week is None:
        return MISSING
    found = judged.chance
    return Said(found.mean, f"{found.mean:.0%} [{found.low:.0%}, {found.high:.0%}]")
