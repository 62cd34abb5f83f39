"""Facts: what happened to each ticket, as columns derived from the run log. KPIs, charts and tables start here."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.engines.run_log import Outcome, RunRecord
from simulator.journeys import NOWHERE, AiWork, Kind
from simulator.journeys.human_stage import retry_channels
from simulator.journeys.rules import MODES
from simulator.metrics.service_level import SlaClock, targets
from simulator.scenario.policy import Mode

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BY_AI, BY_PEOPLE, BY_BOTH, BY_NOBODY = 0, 1, 2, 3
RESOLVERS = ("AI alone", "people alone", "AI, then people", "nobody")
"""Who resolved a ticket."""


class Facts:
    """Columns of shape (n_tickets,) about one run; times in minutes, NaN for what did not happen."""

    def __init__(self, run: RunRecord) -> None:
        self.run = run
        self.scenario, self.tickets = run.scenario, run.customers
        self.steps, self.log, self.ends = run.journeys.steps, run.log, run.ends
        self.ai, self.human = _as_it_happened(run), run.journeys.human
        self.n = len(run.customers)
        self.has_warm_up = bool(run.scenario.warm_up)
        self.limit = run.scenario.horizon_minutes + float(run.scenario.drain)

    @cached_property
    def counted(self) -> Bools:
        """Tickets that results are about: all but those of a warm-up."""
        return self.tickets.is_counted

    @property
    def n_counted(self) -> int:
        """Number of tickets that results are about."""
        return int(self.counted.sum())

    # -- steps --

    @cached_property
    def worked(self) -> Floats:
        """Minutes of work in each step that was finished or begun, 0 otherwise; shape (n_steps,)."""
        ended = np.where(np.isnan(self.log.ended), self.limit, self.log.ended)
        worked = np.where(np.isnan(self.log.began), 0.0, ended - self.log.began)
        return worked

    @cached_property
    def is_human_step(self) -> Bools:
        """Steps in which a person worked; shape (n_steps,)."""
        return (self.steps.kind >= Kind.TRIAGE) & ~np.isnan(self.log.began)

    def per_ticket(self, rows: Bools, weights: Floats | None = None) -> Floats:
        """Count steps (or sum a column over them) by ticket."""
        chosen = self.steps.ticket[rows]
        return np.bincount(chosen, None if weights is None else weights[rows], minlength=self.n).astype(float)

    def first_of(self, rows: Bools, moments: Floats, none: float = np.nan) -> Floats:
        """Give the earliest moment over some steps by ticket; `none` where there is none."""
        # Steps stand ticket by ticket, so a reduction over each ticket's stretch replaces a search.
        earliest: Floats = np.minimum.reduceat(np.where(rows, moments, np.inf), self.steps.first)
        return np.where(np.isinf(earliest), none, earliest)

    # -- work --

    @cached_property
    def human_minutes(self) -> Floats:
        """Agent minutes spent on the ticket, all kinds of steps."""
        return self.per_ticket(self.is_human_step, self.worked)

    @cached_property
    def touched(self) -> Bools:
        """A person worked on it."""
        return self.per_ticket(self.is_human_step) > 0

    @cached_property
    def transfers(self) -> Floats:
        """Times it was passed on by a wrong team."""
        return self.per_ticket((self.steps.kind == Kind.TRANSFER) & self.is_human_step)

    @cached_property
    def reviewed(self) -> Floats:
        """Agent minutes spent on reviewing the AI's draft: its part of the first touch, at that team's speed."""
        touches = self.is_human_step & (self.steps.kind >= Kind.TOUCH)
        first = self._is_first(touches) & (self.steps.work > 0)
        part = np.zeros(len(self.steps))
        part[first] = self.human.review_minutes[self.steps.ticket[first]] / self.steps.work[first]
        return self.per_ticket(first, self.worked * part)

    def _is_first(self, rows: Bools) -> Bools:
        """Tell which of some steps is the first of its ticket; shape (n_steps,)."""
        number = np.arange(len(self.steps), dtype=float)
        first: Bools = rows & (number == self.first_of(rows, number)[self.steps.ticket])
        return first

    @cached_property
    def came_back(self) -> Floats:
        """Times it came back with the same issue (whether or not anybody has worked on it again)."""
        returns = self.steps.kind == Kind.RETURN
        # After a wrong answer the return may stop short of that step (in triage), or go round it (a retry).
        visit_after_ai = self._is_first(returns) & self.ai.returns[self.steps.ticket]
        reopened = self.per_ticket(returns & ~visit_after_ai & self.log.visited)
        reached_people = self.per_ticket((self.steps.kind >= Kind.TRIAGE) & self.log.visited) > 0
        return reopened + (self.ai.returns & reached_people)

    @cached_property
    def was_closed(self) -> Bools:
        """Closed at least once, for good or until it comes back."""
        before_return = (self.steps.next != NOWHERE) & (self.steps.kind[self.steps.next] == Kind.RETURN)
        solved = before_return & (self.steps.kind >= Kind.TOUCH) & ~np.isnan(self.log.ended) & ~self.log.abandoned
        closed: Bools = self.ai.resolved | (self.ends.outcome == Outcome.RESOLVED) | (self.per_ticket(solved) > 0)
        return closed

    @cached_property
    def back_after(self) -> Floats:
        """Minutes from the first closing to the first return; NaN if it never came back."""
        delay = np.full(self.n, np.nan)
        if self.tickets.reopen_minutes:
            delay = np.where(self.tickets.reopens > 0, self.tickets.reopen_minutes[0], np.nan)
        if self.tickets.ai is not None:
            delay = np.where(self.ai.returns, self.tickets.ai.return_minutes, delay)
        return np.where(self.came_back > 0, delay, np.nan)

    # -- time --

    @cached_property
    def ai_reply(self) -> Floats:
        """Minutes from arrival to the AI's first reply."""
        rows = (self.steps.kind == Kind.ANSWER) & ~np.isnan(self.log.began)
        return self.first_of(rows, self.log.began) + self.ai.first_reply_minutes - self.tickets.arrival

    @cached_property
    def human_reply(self) -> Floats:
        """Minutes from arrival to the first reply of a person: on live channels when they begin, else when they end."""
        reply = (self.steps.kind >= Kind.TOUCH) & ~np.isnan(self.log.began)
        live = np.array([channel.live for channel in self.scenario.channels.values()])
        first, second = live[self.human.channel], live[retry_channels(self.scenario, self.human.channel)]
        on_line = np.where(self.steps.is_retry, second[self.steps.ticket], first[self.steps.ticket])
        moments = np.where(on_line, self.log.began, self.log.ended)
        return self.first_of(reply & ~np.isnan(moments), moments) - self.tickets.arrival

    @cached_property
    def first_response(self) -> Floats:
        """Minutes from arrival to the first reply, of the AI or a person."""
        return np.fmin(self.ai_reply, self.human_reply)

    @cached_property
    def resolution(self) -> Floats:
        """Minutes from arrival to the final resolution; NaN unless resolved."""
        return np.where(self.ends.outcome == Outcome.RESOLVED, self.ends.closed - self.tickets.arrival, np.nan)

    @cached_property
    def wait(self) -> Floats:
        """Minutes in lines until a person first worked on the issue, or until it left; NaN if it never joined one.

        Lines for triage and transfers count, later ones (follow-ups, further teams, reopenings) do not.
        """
        in_line = (self.steps.kind >= Kind.TRIAGE) & self.log.visited
        works = (self.steps.kind >= Kind.TOUCH) & ~np.isnan(self.log.began)
        until_first = self.log.joined <= self.first_of(works, self.log.joined, np.inf)[self.steps.ticket]
        rows = in_line & until_first
        left = np.where(self.log.abandoned, self.log.ended, self.log.began)
        waited = np.where(np.isnan(left), self.limit, left) - self.log.joined
        return np.where(self.per_ticket(rows) > 0, self.per_ticket(rows, waited), np.nan)

    @cached_property
    def gave_up(self) -> Bools:
        """Abandoned a line at least once."""
        return self.per_ticket(self.log.abandoned) > 0

    # -- the AI --

    @cached_property
    def conversed(self) -> Bools:
        """The AI sent at least one reply."""
        return self.ai.answered | self.ai.gathered

    @cached_property
    def in_auto(self) -> Bools:
        """The AI was free to answer (auto mode, no rule against it)."""
        in_auto: Bools = (self.ai.mode == MODES.index(Mode.AUTO)) & ~self.ai.by_rule
        return in_auto

    @cached_property
    def wrongly_answered(self) -> Bools:
        """Got a complete answer that was wrong, noticed or not."""
        return self.answer_given & ~self.ai.would_be_right

    @cached_property
    def answer_given(self) -> Bools:
        """The AI gave a complete answer (it was not stopped by a trigger or a failed action)."""
        noticed = self.ai.answered & self.ai.handed_over & ~self.ai.would_be_right & ~self._stopped_early
        return self.ai.resolved | noticed

    @cached_property
    def _stopped_early(self) -> Bools:
        if self.scenario.ai is None or self.tickets.ai is None:
            return np.zeros(self.n, dtype=np.bool_)
        triggers = self.scenario.ai.triggers
        too_long = self.tickets.ai.exchanges > int(triggers.max_exchanges)
        return too_long | (self.tickets.angry if triggers.negative_sentiment else False)

    @cached_property
    def clawed_back(self) -> Bools:
        """Closed by the AI, but the customer came back within the vendor's window."""
        window = 4320.0 if self.scenario.costs is None else float(self.scenario.costs.ai.clawback)
        clawed_back: Bools = self.ai.resolved & self.ai.returns & (self.back_after <= window)
        return clawed_back

    @cached_property
    def resolver(self) -> Ints:
        """Who resolved the ticket, as a position in RESOLVERS."""
        resolved = self.ends.outcome == Outcome.RESOLVED
        by = np.where(self.conversed, np.where(self.touched, BY_BOTH, BY_AI), BY_PEOPLE)
        return np.where(resolved, by, BY_NOBODY)

    @cached_property
    def shifted_channel(self) -> Bools:
        """Came back in another channel after the AI."""
        elsewhere: Bools = self.human.channel != self.tickets.channel
        return self.ai.returns & elsewhere & (self.came_back > 0)

    # -- service level --

    @cached_property
    def clock(self) -> SlaClock:
        """The clock that targets are counted on."""
        return SlaClock(self.scenario, self.limit)

    def elapsed(self, minutes: Floats) -> Floats:
        """Count minutes since arrival on the SLA clock; NaN (not yet) counts up to the drain limit."""
        until = self.tickets.arrival + minutes
        until = np.where(np.isnan(until), np.where(np.isnan(self.ends.closed), self.limit, self.ends.closed), until)
        return self.clock.between(self.tickets.arrival, until)

    @cached_property
    def response_target(self) -> Floats:
        """First-response target in minutes, infinite if there is none."""
        return targets(self.scenario, self.tickets, self.human.priority, "first_response")

    @cached_property
    def resolution_target(self) -> Floats:
        """Resolution target in minutes, infinite if there is none."""
        return targets(self.scenario, self.tickets, self.human.priority, "resolution")

    @cached_property
    def response_breach(self) -> Bools:
        """Missed its first-response target."""
        if self.scenario.sla.ai_reply_counts:
            return self.elapsed(self.first_response) > self.response_target
        # Where only people's replies count, a ticket that never needed one has met its target.
        return (self.elapsed(self.human_reply) > self.response_target) & self.ai.needs_human

    @cached_property
    def resolution_breach(self) -> Bools:
        """Missed its resolution target."""
        return self.elapsed(self.resolution) > self.resolution_target

    @cached_property
    def has_target(self) -> Bools:
        """Has any SLA target."""
        return np.isfinite(self.response_target) | np.isfinite(self.resolution_target)

    @cached_property
    def breach(self) -> Bools:
        """Missed any target."""
        return self.response_breach | self.resolution_breach


def _as_it_happened(run: RunRecord) -> AiWork:
    """Give the AI's work, less what it would still have done after the drain limit."""
    steps, log, work, n = run.journeys.steps, run.log, run.journeys.ai, len(run.customers)
    talk = steps.kind == Kind.ANSWER
    unfinished = np.bincount(steps.ticket[talk & np.isnan(log.ended)], minlength=n) > 0
    if not unfinished.any():
        return work
    began = np.bincount(steps.ticket[talk & ~np.isnan(log.began)], minlength=n) > 0
    finished = ~unfinished
    return replace(
        work,
        answered=work.answered & began,
        gathered=work.gathered & began,
        replies=np.where(began, work.replies, 0),
        **{name: getattr(work, name) & finished for name in ("handed_over", "resolved", "confirmed", "returns")},
        lost=work.lost & finished,
    )
