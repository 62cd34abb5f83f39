"""The policy and the roster that a run's answer holds for, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.report.drawing import listed
from simulator.report.gate_words import phase_rows
from simulator.report.words import short
from simulator.scenario.desk import Team
from simulator.scenario.model import Scenario

MOST = 5
"""Phases, teams and shifts of a team that are named."""
NONE = "–"
"""How a phase's row writes that the AI answers nothing by itself."""


def in_force(scenario: Scenario) -> str:
    """Say from which confidence the AI answers, by phase, and how many agents each team has."""
    return " ".join([*_thresholds(scenario), _agents(scenario)])


def _thresholds(scenario: Scenario) -> Iterator[str]:
    if scenario.ai is None:
        return
    rows = list(phase_rows(scenario))
    bars = {bar for _, _, _, bar in rows}
    if bars == {NONE}:
        yield "The AI answers nothing by itself."
    elif len(bars) == 1:
        yield f"The AI answers from a confidence of {rows[0][3]}."
    else:
        places = [(f"“{short(name)}” ({_when(weeks)})", bar) for name, weeks, _, bar in rows]
        told = _first([f"{bar} in {place}" for place, bar in places if bar != NONE])
        silent = _first([place for place, bar in places if bar == NONE])
        none = f"; in {silent} it answers nothing by itself" if silent else ""
        yield f"The AI answers from a confidence of {told}{none}."


def _when(weeks: str) -> str:
    return f"week{'s' if ' to ' in weeks else ''} {weeks}"


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
    return listed(counts) if len(counts) <= MOST else f"{_first(counts)} in {len(counts)} shifts"


def _first(texts: list[str], between: str = ", ") -> str:
    """Join the first few texts."""
    return between.join([*texts[:MOST], *(["…"] if len(texts) > MOST else [])])
