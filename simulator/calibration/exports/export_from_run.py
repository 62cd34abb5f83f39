"""A simulated run as a help desk would export it, so that it goes through the same code as a real export."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Floats
from simulator.calibration.exports.table import UNKNOWN, Category, Export
from simulator.engines.run_log import Outcome
from simulator.journeys import Kind
from simulator.metrics.facts import Facts
from simulator.run import Run


def of_run(run: Run, *, everyone: bool = False) -> Export:
    """Write a run as an export: the tickets that count, or `everyone`, a warm-up's and an opening backlog's too.

    A help desk knows no silent loss: what the AI closed is resolved, unless the customer comes back. Nobody's number
    is in it, as agents of a simulated team are a head-count; satisfaction is not, as its scale hangs on a whole study.
    """
    facts, scenario = Facts(run), run.scenario
    rows = np.arange(facts.n) if everyone else np.flatnonzero(facts.counted)
    origin = scenario.wall.origin.timestamp()
    arrival, outcome = run.customers.arrival, run.ends.outcome
    came_back, first_resolved, reopened = _returns(facts)
    began, ended, team = _first_work(facts)
    unanswered = (outcome == Outcome.ABANDONED) & np.isnan(facts.first_response)

    def moments(minutes: Floats) -> Floats:
        """Turn simulated minutes into seconds since 1970."""
        return np.asarray(origin + 60 * minutes[rows])

    def names(codes: NDArray[np.int64], given: tuple[str, ...]) -> Category:
        return Category(codes[rows].astype(np.int32), given)

    resolved = np.where(np.isin(outcome, [Outcome.RESOLVED, Outcome.LOST]), run.ends.closed, np.nan)
    met = np.where(facts.has_target, (~facts.breach).astype(float), np.nan)
    return Export(
        zone=scenario.timezone,
        first_day=scenario.start,
        last_day=scenario.start + timedelta(days=7 * int(scenario.weeks) - 1),
        seen_until=origin + 60 * facts.limit,
        created=moments(arrival),
        intent=names(run.customers.intent, tuple(scenario.intents)),
        channel=names(run.customers.channel, tuple(scenario.channels)),
        tier=names(run.customers.tier, tuple(scenario.tiers)),
        team=names(team, tuple(roster.name for roster in run.rosters)),
        began=moments(began),
        ended=moments(ended),
        first_response=moments(arrival + facts.first_response),
        resolved=moments(resolved),
        abandoned=unanswered[rows],
        wait_minutes=facts.wait[rows],
        handle_minutes=np.where(unanswered, np.nan, facts.human_minutes)[rows],
        hold_minutes=_hold(facts)[rows],
        reassignments=_reassignments(facts)[rows],
        reopens=came_back[rows],
        first_resolved=moments(np.where(np.isnan(first_resolved), resolved, first_resolved)),
        reopened=moments(reopened),
        met_sla=met[rows] if np.isfinite(met).any() else None,
    )


def _first_work(facts: Facts) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return when people first began on each ticket, when that work ended, and which team it was (UNKNOWN: nobody)."""
    steps, log = facts.steps, facts.log
    worked = np.flatnonzero((steps.kind >= Kind.TRIAGE) & ~np.isnan(log.began))
    tickets, places = np.unique(steps.ticket[worked], return_index=True)
    first = worked[places]
    began, ended, team = np.full(facts.n, np.nan), np.full(facts.n, np.nan), np.full(facts.n, UNKNOWN)
    began[tickets], ended[tickets], team[tickets] = log.began[first], log.ended[first], log.team[first]
    return began, ended, team


def _returns(facts: Facts) -> tuple[Floats, Floats, Floats]:
    """Return how often each ticket came back, when it was first resolved if it did, and when it first came back."""
    steps, log = facts.steps, facts.log
    there = np.flatnonzero((steps.kind == Kind.RETURN) & log.visited)
    tickets, places = np.unique(steps.ticket[there], return_index=True)
    first = there[places]
    resolved, back = np.full(facts.n, np.nan), np.full(facts.n, np.nan)
    resolved[tickets], back[tickets] = log.joined[first] - steps.delay[first], log.joined[first]
    # After the AI, the way back may begin in triage: what it answered was resolved then.
    after_ai = facts.ai.returns & (facts.came_back > 0)
    if after_ai.any():
        answers = np.flatnonzero((steps.kind == Kind.ANSWER) & ~np.isnan(log.ended))
        answered = np.full(facts.n, np.nan)
        answered[steps.ticket[answers]] = log.ended[answers]
        resolved = np.where(after_ai, answered, resolved)
        back = np.where(after_ai, answered + facts.back_after, back)
    return facts.came_back, resolved, back


def _hold(facts: Facts) -> Floats:
    """Sum the time that each ticket waited for its customer between touches."""
    steps = facts.steps
    waited = np.flatnonzero((steps.kind == Kind.FOLLOW_UP) & facts.log.visited)
    held: Floats = np.bincount(steps.ticket[waited], steps.delay[waited], minlength=facts.n).astype(float)
    return held


def _reassignments(facts: Facts) -> Floats:
    """Count how often each ticket went on to another team: passed on by one, or as its intent's way has it."""
    further = facts.kind_steps(Kind.TOUCH) - ~facts.ai.returns
    reassigned: Floats = facts.transfers + np.maximum(further, 0)
    return reassigned
