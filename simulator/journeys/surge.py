"""Surges: tickets with two ways, the usual one and the one that they take if they arrive under the surge rules.

Whether the rules are in force when a ticket arrives is known only while time passes, so both ways are planned and the
engine picks the first step. Afterwards a ticket is left with the way that it took, as if it had had no other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Ints
from simulator.base.calendars import in_ticks
from simulator.journeys.ai_stage import AiWork
from simulator.journeys.human_stage import HumanWork
from simulator.journeys.steps import NOWHERE, Steps
from simulator.scenario import Scenario

Work = TypeVar("Work", AiWork, HumanWork)


@dataclass(frozen=True)
class SurgeSwitch:
    """What an engine must know of the surge rules: when they are in force, and where a ticket begins then."""

    first: Ints
    """Row of the first step of each ticket that arrives under them; shape (n_tickets,)."""
    queues: Ints
    """Numbers of the queues whose lines are looked at."""
    wait: float
    """They are in force above this wait (minutes) of whoever joined these lines first; infinite if it is not asked."""
    backlog: float
    """They are in force above this number of tickets in these lines; infinite if it is not asked."""


@dataclass(frozen=True)
class BothWays:
    """Every ticket's usual way and, where it differs, the one under the surge rules."""

    steps: Steps
    """Steps of both, ticket by ticket; `first` begins the usual way."""
    is_other: Bools
    """Steps that lie on the way under the surge rules only; shape (n_steps,)."""
    surge: SurgeSwitch
    ai: AiWork
    """What the AI does with each ticket under the surge rules."""
    human: HumanWork
    """What people do with it then."""

    def taken(self, usual_ai: AiWork, usual_human: HumanWork, in_surge: Bools) -> tuple[Steps, AiWork, HumanWork, Ints]:
        """Leave each ticket the way that it took; also return the rows of its steps among those of both ways."""
        steps, other = self.steps, self.steps.first != self.surge.first
        rows = np.flatnonzero(~other[steps.ticket] | (self.is_other == in_surge[steps.ticket]))
        first = np.where(in_surge, self.surge.first, steps.first)
        return (
            _selected(steps, rows, first),
            _chosen(in_surge, self.ai, usual_ai),
            _chosen(in_surge, self.human, usual_human),
            rows,
        )


def both_ways(scenario: Scenario, usual: tuple[Steps, AiWork], other: tuple[Steps, AiWork, HumanWork]) -> BothWays:
    """Put each ticket's ways side by side; those of a ticket with whom the AI does the same are one."""
    (steps, ai), (steps_then, ai_then, human_then) = usual, other
    differs = (ai.label_used != ai_then.label_used) | (ai.answered != ai_then.answered)
    differs |= ai.gathered != ai_then.gathered
    rows = np.flatnonzero(differs[steps_then.ticket])
    merged, is_other, first = _side_by_side(steps, _selected(steps_then, rows, steps_then.first), differs)
    rules = scenario.policy.surge
    assert rules is not None
    watched = rules.queues or scenario.queues
    when = rules.when
    surge = SurgeSwitch(
        first=first,
        queues=np.array([scenario.queues.index(queue) for queue in watched], dtype=np.int64),
        wait=np.inf if when.queue_wait is None else float(in_ticks(np.array(float(when.queue_wait)))),
        backlog=np.inf if when.backlog is None else float(when.backlog),
    )
    return BothWays(merged, is_other, surge, ai_then, human_then)


def _selected(steps: Steps, rows: Ints, first: Ints) -> Steps:
    """Return some rows of steps, whole ways only; `first` are the rows with which tickets begin, before selecting."""
    place = np.full(len(steps) + 1, NOWHERE)  # NOWHERE, as the last place, leads to itself.
    place[rows] = np.arange(len(rows))
    columns = {name: getattr(steps, name)[rows] for name in ("ticket", "kind", "queue", "delay", "work", "patience")}
    return Steps(
        **columns, priority=steps.priority[rows], next=place[steps.next[rows]],
        on_abandon=place[steps.on_abandon[rows]], first=place[first],
    )  # fmt: skip


def _side_by_side(usual: Steps, other: Steps, differs: Bools) -> tuple[Steps, Bools, Ints]:
    """Lay two ways out ticket by ticket: (steps, which of them are the other's, where the other way begins)."""
    ticket = np.concatenate([usual.ticket, other.ticket])
    order = np.argsort(ticket, kind="stable")
    place = np.full(len(order) + 1, NOWHERE)
    place[order] = np.arange(len(order))

    def column(name: str) -> NDArray[Any]:
        both: NDArray[Any] = np.concatenate([getattr(usual, name), getattr(other, name)])[order]
        return both

    def links(name: str) -> Ints:
        later = getattr(other, name)
        rows = np.concatenate([getattr(usual, name), np.where(later == NOWHERE, NOWHERE, later + len(usual))])
        laid_out: Ints = place[rows[order]]
        return laid_out

    plain = {name: column(name) for name in ("ticket", "kind", "queue", "delay", "work", "patience", "priority")}
    first = place[usual.first]
    begins = np.where(differs, place[np.where(differs, other.first, 0) + len(usual)], first) if len(other) else first
    return (
        Steps(**plain, next=links("next"), on_abandon=links("on_abandon"), first=first),
        order >= len(usual),
        begins,
    )


def _chosen(in_surge: Bools, then: Work, usual: Work) -> Work:
    columns = {
        field.name: np.where(in_surge, getattr(then, field.name), getattr(usual, field.name)) for field in fields(usual)
    }
    return type(usual)(**columns)
