"""Facts: what happened to each ticket, as columns derived from the run log. KPIs, charts and tables start here."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.engines.run_log import Outcome, RunRecord
from simulator.journeys import AiWork, Kind
from simulator.journeys.reopening import first_return_minutes
from simulator.journeys.sla import SlaClock, target_minutes
from simulator.metrics.claw_back import clawed_back
from simulator.metrics.histories import HUMAN_KINDS, Histories, Waits, human_waits, read_histories
from simulator.scenario import Mode

BY_AI, BY_PEOPLE, BY_BOTH, _BY_NOBODY = 0, 1, 2, 3
RESOLVERS = ("AI alone", "people alone", "AI, then people", "nobody")
"""Who resolved a ticket."""


class Facts:
    """Columns of shape (n_tickets,) about one run; times in minutes, NaN for what did not happen."""

    def __init__(self, run: RunRecord) -> None:
        self.run = run
        self.scenario, self.tickets = run.scenario, run.customers
        self.steps, self.log, self.ends = run.journeys.steps, run.log, run.ends
        self.n = len(run.customers)
        self.limit = run.scenario.limit_minutes
        self.histories = read_histories(run, self.limit)
        self.ai, self.human = _as_it_happened(run, self.histories), run.journeys.human

    @cached_property
    def counted(self) -> Bools:
        """Tickets that results are about: all but those of a warm-up."""
        return self.tickets.is_counted

    @property
    def n_counted(self) -> int:
        """Number of tickets that results are about."""
        return self.n - self.first_counted

    @cached_property
    def first_counted(self) -> int:
        """Number of the first ticket that results are about; those of a warm-up come before it."""
        return int(np.searchsorted(self.tickets.arrival, 0.0))

    # -- work --

    def kind_minutes(self, kind: Kind) -> Floats:
        """Agent minutes spent on the ticket in steps of one kind."""
        minutes: Floats = self.histories.minutes[HUMAN_KINDS.index(kind)]
        return minutes

    def kind_steps(self, kind: Kind) -> Floats:
        """Steps of one kind that people began."""
        times: Floats = self.histories.times[HUMAN_KINDS.index(kind)]
        return times

    @cached_property
    def human_minutes(self) -> Floats:
        """Agent minutes spent on the ticket, all kinds of steps."""
        minutes: Floats = self.histories.minutes.sum(axis=0)
        return minutes

    @cached_property
    def touched(self) -> Bools:
        """A person worked on it."""
        touched: Bools = self.histories.times.sum(axis=0) > 0
        return touched

    @property
    def transfers(self) -> Floats:
        """Times it was passed on to another team."""
        return self.kind_steps(Kind.TRANSFER)

    @property
    def reviewed(self) -> Floats:
        """Agent minutes spent on reviewing the AI's draft."""
        return self.histories.reviewed

    @property
    def came_back(self) -> Floats:
        """Times it came back with the same issue (whether or not anybody has worked on it again)."""
        return self.histories.came_back

    @cached_property
    def was_closed(self) -> Bools:
        """Closed at least once, for good or until it comes back."""
        closed: Bools = self.ai.resolved | (self.ends.outcome == Outcome.RESOLVED) | self.histories.was_solved
        return closed

    @cached_property
    def back_after(self) -> Floats:
        """Minutes from the first closing to the first return; NaN if it never came back."""
        return np.where(self.came_back > 0, first_return_minutes(self.tickets, self.ai.returns), np.nan)

    # -- time --

    @cached_property
    def ai_reply(self) -> Floats:
        """Minutes from arrival to the AI's first reply."""
        return self.histories.ai_began + self.ai.first_reply_minutes - self.tickets.arrival

    @cached_property
    def human_reply(self) -> Floats:
        """Minutes from arrival to the first reply of a person: on live channels when they begin, else when they end."""
        return self.histories.replied - self.tickets.arrival

    @cached_property
    def first_response(self) -> Floats:
        """Minutes from arrival to the first reply, of the AI or a person."""
        return np.fmin(self.ai_reply, self.human_reply)

    @cached_property
    def resolution(self) -> Floats:
        """Minutes from arrival to the final resolution; NaN unless resolved."""
        return np.where(self.ends.outcome == Outcome.RESOLVED, self.ends.closed - self.tickets.arrival, np.nan)

    @property
    def wait(self) -> Floats:
        """Minutes in lines until a person first worked on the issue, or until it left; NaN if it never joined one.

        Lines for triage and transfers count, later ones (follow-ups, further teams, reopenings) do not.
        """
        return self.histories.wait

    @cached_property
    def human_waits(self) -> Waits:
        """Every wait for a person, in every line that a ticket joined."""
        return human_waits(self.steps, self.log, self.limit)

    @property
    def gave_up(self) -> Bools:
        """Abandoned a line at least once."""
        return self.histories.gave_up

    # -- the AI --

    @cached_property
    def conversed(self) -> Bools:
        """The AI sent at least one reply."""
        return self.ai.conversed

    @cached_property
    def ai_alone(self) -> Bools:
        """The AI dealt with it alone: no person was needed, rightly or wrongly."""
        alone: Bools = self.conversed & ~self.ai.needs_human
        return alone

    @cached_property
    def in_auto(self) -> Bools:
        """The AI was free to answer (auto mode, no rule against it)."""
        in_auto: Bools = (self.ai.mode == Mode.AUTO) & ~self.ai.by_rule
        return in_auto

    @cached_property
    def wrongly_answered(self) -> Bools:
        """Got a complete answer that was wrong, noticed or not."""
        return self.answer_given & ~self.ai.would_be_right

    @cached_property
    def answer_given(self) -> Bools:
        """The AI gave a complete answer (it was not stopped by a trigger or a failed action)."""
        return self.ai.answer_given

    @cached_property
    def clawed_back(self) -> Bools:
        """Closed by the AI, but the customer came back within the vendor's window."""
        return clawed_back(self.scenario, self.ai, self.back_after)

    @cached_property
    def automated(self) -> Bools:
        """Closed by the AI, and not clawed back: what vendors count and bill."""
        return self.ai.resolved & ~self.clawed_back

    @cached_property
    def gone(self) -> Bools:
        """Ended without anybody having resolved it: lost after a wrong answer, or abandoned."""
        gone: Bools = (self.ends.outcome == Outcome.LOST) | (self.ends.outcome == Outcome.ABANDONED)
        return gone

    @cached_property
    def resolver(self) -> Ints:
        """Who resolved the ticket, as a position in RESOLVERS."""
        resolved = self.ends.outcome == Outcome.RESOLVED
        by = np.where(self.conversed, np.where(self.touched, BY_BOTH, BY_AI), BY_PEOPLE)
        return np.where(resolved, by, _BY_NOBODY)

    @cached_property
    def shifted_channel(self) -> Bools:
        """Came back in another channel after the AI."""
        elsewhere: Bools = self.human.channel != self.tickets.channel
        return self.ai.returns & elsewhere & (self.came_back > 0)

    # -- service level --

    @cached_property
    def clock(self) -> SlaClock:
        """The clock that targets are counted on."""
        return SlaClock(self.scenario)

    def elapsed(self, minutes: Floats) -> Floats:
        """Count minutes since arrival on the SLA clock; NaN (not yet) counts up to the drain limit."""
        until = self.tickets.arrival + minutes
        until = np.where(np.isnan(until), np.where(np.isnan(self.ends.closed), self.limit, self.ends.closed), until)
        return self.clock.between(self.tickets.arrival, until)

    @cached_property
    def response_target(self) -> Floats:
        """First-response target in minutes, infinite if there is none."""
        return target_minutes(self.scenario, self.tickets, self.human.priority, "first_response")

    @cached_property
    def resolution_target(self) -> Floats:
        """Resolution target in minutes, infinite if there is none."""
        return target_minutes(self.scenario, self.tickets, self.human.priority, "resolution")

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


def _as_it_happened(run: RunRecord, histories: Histories) -> AiWork:
    """Return the AI's work, less what it would still have done after the drain limit."""
    work, finished = run.journeys.ai, ~histories.ai_unfinished
    if finished.all():
        return work
    began = ~np.isnan(histories.ai_began)
    ends = ("stopped", "handed_over", "resolved", "confirmed", "returns", "lost")
    return replace(
        work,
        answered=work.answered & began,
        gathered=work.gathered & began,
        replies=np.where(began, work.replies, 0),
        **{name: getattr(work, name) & finished for name in ends},
    )
