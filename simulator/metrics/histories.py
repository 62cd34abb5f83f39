"""Histories: what the steps of each ticket add up to, and who stood in line when, read off the run log in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.compiled import announcing_compilation, compiled
from simulator.engines.run_log import RunLog, RunRecord
from simulator.journeys import NOWHERE, Kind, Steps
from simulator.journeys.human_stage import retry_channels

HUMAN_KINDS = tuple(kind for kind in Kind if kind.is_human)
_ANSWER, _TRIAGE, _TOUCH, _RETURN = int(Kind.ANSWER), int(Kind.TRIAGE), int(Kind.TOUCH), int(Kind.RETURN)


class Histories(NamedTuple):
    """What happened to each ticket; columns of shape (n_tickets,), NaN for what did not happen."""

    minutes: Floats
    """Agent minutes by kind of step, in the order of HUMAN_KINDS; shape (5, n_tickets)."""
    times: Floats
    """Steps that people began, likewise."""
    team_minutes: Floats
    """Minutes of work on tickets that count, by team; shape (n_teams,)."""
    reviewed: Floats
    """Agent minutes spent on reviewing the AI's draft: its part of the first touch, at that team's speed."""
    came_back: Floats
    """Times it came back with the same issue (whether or not anybody has worked on it again)."""
    was_solved: Bools
    """A person solved it before it came back."""
    gave_up: Bools
    """Abandoned a line at least once."""
    ai_began: Floats
    """Minute at which the AI's first conversation began."""
    ai_unfinished: Bools
    """The AI would still have had something to do after the drain limit."""
    replied: Floats
    """Minute of a person's first reply: on live channels when they begin, else when they end."""
    wait: Floats
    """Minutes in lines (for triage and transfers, too) until a person first worked on the issue, or it left."""


class _Rows(NamedTuple):
    """Steps and what happened to them; columns of shape (n_steps,)."""

    kind: NDArray[np.int8]
    next: Ints
    work: Floats
    is_retry: Bools
    joined: Floats
    began: Floats
    ended: Floats
    team: Ints
    abandoned: Bools


class _Tickets(NamedTuple):
    """What must be known of each ticket; columns of shape (n_tickets,)."""

    first: Ints
    is_counted: Bools
    returns: Bools
    review_minutes: Floats
    is_live: Bools
    retry_is_live: Bools


def read_histories(run: RunRecord, limit: float) -> Histories:
    """Read a run log; work that is under way at `limit` (minutes) counts up to it."""
    steps, log, human = run.journeys.steps, run.log, run.journeys.human
    live = np.array([channel.live for channel in run.scenario.channels.values()])
    n = len(run.customers)
    rows = _Rows(
        steps.kind, steps.next, steps.work, steps.is_retry, log.joined, log.began, log.ended, log.team, log.abandoned
    )
    tickets = _Tickets(
        steps.first,
        run.customers.is_counted,
        run.journeys.ai.returns,
        human.review_minutes,
        live[human.channel],
        live[retry_channels(run.scenario, human.channel)],
    )
    to = Histories(
        minutes=np.zeros((len(HUMAN_KINDS), n)), times=np.zeros((len(HUMAN_KINDS), n)),
        team_minutes=np.zeros(len(run.rosters)), reviewed=np.zeros(n), came_back=np.zeros(n),
        was_solved=np.zeros(n, dtype=np.bool_), gave_up=np.zeros(n, dtype=np.bool_), ai_began=np.full(n, np.nan),
        ai_unfinished=np.zeros(n, dtype=np.bool_), replied=np.full(n, np.nan), wait=np.full(n, np.nan),
    )  # fmt: skip
    with announcing_compilation(__name__):
        _read(rows, tickets, limit, to)
    return to


@compiled
def _read(rows: _Rows, tickets: _Tickets, limit: float, to: Histories) -> None:
    for ticket in range(len(tickets.first)):
        begin = tickets.first[ticket]
        end = tickets.first[ticket + 1] if ticket + 1 < len(tickets.first) else len(rows.kind)
        _read_conversation(rows, begin, end, ticket, to)
        _read_work(rows, tickets, begin, end, ticket, limit, to)
        _read_replies(rows, tickets, begin, end, ticket, to)
        _read_returns(rows, tickets, begin, end, ticket, to)
        _read_wait(rows, begin, end, ticket, limit, to)


@compiled
def _read_conversation(rows: _Rows, begin: int, end: int, ticket: int, to: Histories) -> None:
    for row in range(begin, end):
        if rows.kind[row] == _ANSWER:
            if np.isnan(rows.ended[row]):
                to.ai_unfinished[ticket] = True
            if np.isnan(to.ai_began[ticket]):
                to.ai_began[ticket] = rows.began[row]


@compiled
def _read_work(rows: _Rows, tickets: _Tickets, begin: int, end: int, ticket: int, limit: float, to: Histories) -> None:
    is_first_touch = True
    for row in range(begin, end):
        if rows.abandoned[row]:
            to.gave_up[ticket] = True
        if np.isnan(rows.began[row]):
            continue
        minutes = (limit if np.isnan(rows.ended[row]) else rows.ended[row]) - rows.began[row]
        if rows.team[row] != NOWHERE and tickets.is_counted[ticket]:
            to.team_minutes[rows.team[row]] += minutes
        if rows.kind[row] < _TRIAGE:
            continue
        to.minutes[rows.kind[row] - _TRIAGE, ticket] += minutes
        to.times[rows.kind[row] - _TRIAGE, ticket] += 1
        if rows.kind[row] >= _TOUCH and is_first_touch:
            is_first_touch = False
            if rows.work[row] > 0:
                to.reviewed[ticket] = minutes * (tickets.review_minutes[ticket] / rows.work[row])


@compiled
def _read_replies(rows: _Rows, tickets: _Tickets, begin: int, end: int, ticket: int, to: Histories) -> None:
    for row in range(begin, end):
        if rows.kind[row] >= _TOUCH and not np.isnan(rows.began[row]):
            is_live = tickets.retry_is_live[ticket] if rows.is_retry[row] else tickets.is_live[ticket]
            moment = rows.began[row] if is_live else rows.ended[row]
            if np.isnan(to.replied[ticket]) or moment < to.replied[ticket]:
                to.replied[ticket] = moment


@compiled
def _read_returns(rows: _Rows, tickets: _Tickets, begin: int, end: int, ticket: int, to: Histories) -> None:
    # After a wrong AI answer the return may stop short of its step (in triage), or go round it (a retry): reaching
    # people counts instead of that step.
    after_ai = tickets.returns[ticket] and not to.ai_unfinished[ticket]
    is_first = True
    reached_people = False
    for row in range(begin, end):
        if np.isnan(rows.joined[row]):
            is_first = is_first and rows.kind[row] != _RETURN
            continue
        reached_people = reached_people or rows.kind[row] >= _TRIAGE
        if rows.kind[row] == _RETURN:
            if not (after_ai and is_first):
                to.came_back[ticket] += 1
            is_first = False
        goes_on = rows.next[row] != NOWHERE and rows.kind[rows.next[row]] == _RETURN
        if goes_on and rows.kind[row] >= _TOUCH and not np.isnan(rows.ended[row]) and not rows.abandoned[row]:
            to.was_solved[ticket] = True
    if after_ai and reached_people:
        to.came_back[ticket] += 1


@compiled
def _read_wait(rows: _Rows, begin: int, end: int, ticket: int, limit: float, to: Histories) -> None:
    until = np.inf
    for row in range(begin, end):
        if rows.kind[row] >= _TOUCH and not np.isnan(rows.began[row]):
            until = min(until, rows.joined[row])
    for row in range(begin, end):
        # A step that was not reached has no time of joining, and compares as false.
        if rows.kind[row] >= _TRIAGE and rows.joined[row] <= until:
            left = rows.ended[row] if rows.abandoned[row] else rows.began[row]
            waited = (limit if np.isnan(left) else left) - rows.joined[row]
            to.wait[ticket] = waited if np.isnan(to.wait[ticket]) else to.wait[ticket] + waited


# -- waits ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waits:
    """Every wait for a person, in every line that a ticket joined; minutes, shapes (n_waits,)."""

    joined: Floats
    left: Floats
    """When the work began, or the customer gave up."""
    done: Floats
    """When the work was done, or the customer gave up."""

    @cached_property
    def _joined_in_order(self) -> Floats:
        return np.sort(self.joined)

    @cached_property
    def _left_in_order(self) -> Floats:
        return np.sort(self.left)

    def under_way(self, moments: Floats) -> Floats:
        """Count the waits [joined, left) that hold each moment; shape of `moments`."""
        return _count(self._joined_in_order, self._left_in_order, moments)

    def present(self, moments: Floats) -> Floats:
        """Count the tickets that wait for a person or are in a person's hands at each moment; shape of `moments`."""
        return _count(self._joined_in_order, np.sort(self.done), moments)


def _count(since: Floats, until: Floats, moments: Floats) -> Floats:
    """Count intervals [since, until), both given in rising order, that hold each moment."""
    counts = np.searchsorted(since, moments, side="right") - np.searchsorted(until, moments, side="right")
    return counts.astype(float)


def human_waits(steps: Steps, log: RunLog, limit: float) -> Waits:
    """List the waits for a person; who is still there at `limit` (minutes) leaves then."""
    rows = np.flatnonzero((steps.kind >= Kind.TRIAGE) & log.visited & (steps.queue != NOWHERE))
    ended = log.ended[rows]
    left = np.where(log.abandoned[rows], ended, log.began[rows])
    return Waits(log.joined[rows], *(np.where(np.isnan(moment), limit, moment) for moment in (left, ended)))
