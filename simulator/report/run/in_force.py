"""The policy and the roster that a run's figures hold for: in a sentence, by phase, and for one threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from simulator.base.text import clean, listed, short
from simulator.journeys.rules import rules_in_force
from simulator.report.table import Field, Table
from simulator.scenario import Mode, Scenario, Team

MODES_IN_WORDS = (
    "Modes: off, it does nothing; shadow, it drafts, a person reviews each draft and answers; assist, it drafts, a"
    " person edits and sends; auto, it answers where it says it is at least as sure as the answer threshold."
)
_GENERAL = "policy.answer_threshold"
_MOST = 5
"""Phases, teams and shifts of a team that are named."""


@dataclass(frozen=True)
class _Stretch:
    """Weeks in which the same rules hold: a phase, or the time before the first."""

    name: str
    weeks: str
    modes: str
    threshold: str
    """The answer thresholds, from the lowest to the highest intent's; empty where the AI answers nothing itself."""


def in_force(scenario: Scenario) -> str:
    """Say from which confidence the AI answers, by phase, and how many agents each team has."""
    return " ".join([*_thresholds(scenario), _agents(scenario)])


def phase_table(scenario: Scenario) -> Table:
    """One row per phase: weeks, modes and answer thresholds; what holds before the first phase comes first."""
    fields = [
        Field("phase", "Phase"), Field("weeks", "Weeks"), Field("mode", "Mode"), Field("threshold", "Answer threshold"),
    ]  # fmt: skip
    rows = [(one.name, one.weeks, one.modes, one.threshold or None) for one in _stretches(scenario)]
    return Table("", "What the AI may do", fields, rows, is_sorted=False)


def weeks_in_force(scenario: Scenario, path: str) -> str:
    """Say in which weeks the answer threshold at `path` decides, where that is not throughout; else nothing.

    A phase that states none goes by the policy's own, and so do the weeks before the first.
    """
    phases = scenario.policy.phases
    paths = [_GENERAL] + [
        _GENERAL if phase.answer_threshold is None else f"policy.phases[{number}].answer_threshold"
        for number, phase in enumerate(phases)
    ]
    mode, spans = rules_in_force(scenario).mode, list(_spans(scenario))
    weeks = [told for number, told in spans if paths[number] == path and (mode[number] == Mode.AUTO).any()]
    last = int(scenario.weeks)
    if not phases or len(weeks) == len(spans):
        return ""
    if not weeks:
        return f"In force in none of the {last} weeks, so it decides nothing."
    word = "week" if len(weeks) == 1 and " to " not in weeks[0] else "weeks"
    return f"In force in {word} {listed(weeks)} of {last}; the figures are of all weeks."


def _thresholds(scenario: Scenario) -> Iterator[str]:
    if scenario.ai is None:
        return
    stretches = list(_stretches(scenario))
    bars = {one.threshold for one in stretches}
    if bars == {""}:
        yield "The AI answers nothing by itself."
    elif len(bars) == 1:
        yield f"The AI answers from a confidence of {stretches[0].threshold}."
    else:
        told = _first([f"{one.threshold} in {_place(one)}" for one in stretches if one.threshold])
        silent = _first([_place(one) for one in stretches if not one.threshold])
        none = f"; in {silent} it answers nothing by itself" if silent else ""
        yield f"The AI answers from a confidence of {told}{none}."


def _place(one: _Stretch) -> str:
    return f"“{short(one.name)}” (week{'s' if ' to ' in one.weeks else ''} {one.weeks})"


def _agents(scenario: Scenario) -> str:
    teams = [f"{short(name)} {_heads(team)}" for name, team in scenario.teams.items()]
    return f"Agents by shift: {_first(teams, '; ')}."


def _heads(team: Team) -> str:
    if team.agents is not None:
        return f"{int(team.agents)} round the clock"
    counts = []
    for shift in team.shifts:
        low, high = int(min(shift.agents)), int(max(shift.agents))
        counts.append(f"{low}" if low == high else f"{low} to {high}")
    return listed(counts) if len(counts) <= _MOST else f"{_first(counts)} in {len(counts)} shifts"


def _first(texts: list[str], between: str = ", ") -> str:
    """Join the first few texts."""
    return between.join([*texts[:_MOST], *(["…"] if len(texts) > _MOST else [])])


def _stretches(scenario: Scenario) -> Iterator[_Stretch]:
    rules = rules_in_force(scenario)
    names = ["before the first phase", *(phase.name for phase in scenario.policy.phases)]
    for number, weeks in _spans(scenario):
        modes = list(dict.fromkeys(Mode.at(int(mode)).value for mode in rules.mode[number]))
        bars = [_threshold(bar) for bar in sorted(rules.answer_threshold[number][rules.mode[number] == Mode.AUTO])]
        told = "" if not bars else bars[0] if bars[0] == bars[-1] else f"{bars[0]} to {bars[-1]}"
        yield _Stretch(clean(names[number]), weeks, ", ".join(modes), told)


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
