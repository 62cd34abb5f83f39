"""Steps: what a ticket goes through, as flat arrays, and how the stages of its life are put together.

Each stage of a ticket's life (`ai_stage`, `human_stage`, `reopening`) adds *blocks*: at most one step for each of
some tickets. Blocks are added in the order in which a ticket meets them; `assemble` lays them out ticket by ticket.

How long customers take to answer a question, in a conversation with the AI or between two touches of a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import in_ticks
from simulator.scenario import Scenario
from simulator.tickets import Tickets

_NONE: Ints = np.empty(0, dtype=np.int64)
_NOTHING: Floats = np.empty(0)

NOWHERE = -1
"""No queue (a pure delay), no next step, or no way on after abandoning."""


class Kind(IntEnum):
    """What is done in a step."""

    CLASSIFY = 0
    """The AI recognises the intent."""
    ANSWER = 1
    """The AI talks with the customer."""
    TRIAGE = 2
    """A person reads the ticket and puts it into its queue."""
    TRANSFER = 3
    """A team looks at it and passes it on to another."""
    TOUCH = 4
    """A person works on it."""
    FOLLOW_UP = 5
    """A person works on it again, after the customer's reply."""
    RETURN = 6
    """A person works on a ticket that came back (reopened, or after a wrong AI answer)."""

    @property
    def label(self) -> str:
        """Name the kind as tables and charts show it."""
        return self.name.lower()

    @property
    def is_human(self) -> bool:
        """Whether a person does it."""
        return self >= Kind.TRIAGE


@dataclass(frozen=True)
class Steps:
    """Every possible step of every ticket, ticket by ticket in order; columns of shape (n_steps,).

    Steps on a way that a ticket does not take (a retry it never needs) are there too; the run log tells which
    happened.
    """

    ticket: Ints
    kind: NDArray[np.int8]
    queue: Ints
    """Queue number, or NOWHERE for a pure delay."""
    delay: Floats
    """Minutes between the end of the step before (or arrival) and joining the queue, in whole ticks."""
    work: Floats
    """Minutes of work at speed 1, in whole ticks."""
    patience: Floats
    """Minutes after joining at which the ticket leaves unserved; infinite if it never does."""
    priority: Ints
    """Band, 0 is the most urgent."""
    next: Ints
    """Row of the step that follows, or NOWHERE when the ticket is done."""
    on_abandon: Ints
    """Row of the step that follows abandoning, or NOWHERE when the ticket is then lost to the desk."""
    first: Ints
    """Row of each ticket's first step; shape (n_tickets,)."""

    def __len__(self) -> int:
        return len(self.ticket)

    @property
    def is_retry(self) -> Bools:
        """Which steps lie off the main way, after abandoning."""
        retries = np.zeros(len(self), dtype=np.bool_)
        retries[self.on_abandon[self.on_abandon != NOWHERE]] = True
        return retries


@dataclass(frozen=True)
class _Block:
    """One step for each of some tickets; columns of shape (n_some,)."""

    ticket: Ints
    kind: Kind
    queue: Ints
    delay: Floats
    work: Floats
    patience: Floats
    priority: Ints
    can_retry: bool = False
    """Whether a ticket that abandons here goes on to its retry step."""
    is_retry: bool = False
    """Whether this is the step after abandoning, off the main way."""
    continues_after: bool = False
    """Whether a finished retry goes on with the step after this one."""


@dataclass
class StepPlan:
    """Collects the blocks of all tickets in the order in which they are met."""

    n_tickets: int
    blocks: list[_Block] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        who: Bools,
        *,
        work: Floats,
        queue: Ints | None = None,
        delay: Floats | None = None,
        patience: Floats | None = None,
        priority: Ints | None = None,
        can_retry: bool = False,
        is_retry: bool = False,
        continues_after: bool = False,
    ) -> None:
        """Add one step for each ticket in the mask `who`; all arrays have shape (n_tickets,)."""
        tickets = np.flatnonzero(who)
        if not len(tickets):
            return
        self.blocks.append(
            _Block(
                ticket=tickets,
                kind=kind,
                queue=np.full(len(tickets), NOWHERE) if queue is None else queue[tickets],
                delay=np.zeros(len(tickets)) if delay is None else in_ticks(delay[tickets]),
                work=in_ticks(work[tickets]),
                patience=np.full(len(tickets), np.inf) if patience is None else in_ticks(patience[tickets]),
                priority=np.zeros(len(tickets), dtype=np.int64) if priority is None else priority[tickets],
                can_retry=can_retry,
                is_retry=is_retry,
                continues_after=continues_after,
            )
        )


def assemble(way: StepPlan) -> Steps:
    """Lay the blocks out ticket by ticket, and link each step to the ones that may follow."""
    blocks = way.blocks
    sizes = [len(block.ticket) for block in blocks]
    # Each block lists its tickets in order, so that a stable sort has little left to do.
    order = np.argsort(np.concatenate([_NONE, *(block.ticket for block in blocks)]), kind="stable")

    def column(name: str, empty: NDArray[Any]) -> NDArray[Any]:
        laid_out: NDArray[Any] = np.concatenate([empty, *(getattr(block, name) for block in blocks)])[order]
        return laid_out

    ticket = column("ticket", _NONE)
    size = len(ticket)
    counts = np.bincount(ticket, minlength=way.n_tickets)
    ends = np.cumsum(counts)
    following = np.arange(1, size + 1)
    following[ends[counts > 0] - 1] = NOWHERE
    on_abandon = np.full(size, NOWHERE)
    if any(block.is_retry for block in blocks):
        row = np.empty(size, dtype=np.int64)
        row[order] = np.arange(size)
        rows = np.split(row, np.cumsum(sizes)[:-1])
        _link_retries(blocks, rows, following, on_abandon, way.n_tickets)
    return Steps(
        ticket=ticket,
        kind=np.repeat(np.array([block.kind for block in blocks], dtype=np.int8), sizes)[order],
        queue=column("queue", _NONE),
        delay=column("delay", _NOTHING),
        work=column("work", _NOTHING),
        patience=column("patience", _NOTHING),
        priority=column("priority", _NONE),
        next=following,
        on_abandon=on_abandon,
        first=ends - counts,
    )


def _link_retries(blocks: list[_Block], rows: list[Ints], following: Ints, on_abandon: Ints, n_tickets: int) -> None:
    """Lead those who abandon to their retry steps, which stand right after the first touch, off the main way.

    `rows` are where each block's steps were laid.
    """
    retry_row = np.full(n_tickets, NOWHERE)
    for block, laid in zip(blocks, rows, strict=True):
        if block.is_retry:
            retry_row[block.ticket] = laid
    for block, laid in zip(blocks, rows, strict=True):
        if block.can_retry:
            on_abandon[laid] = retry_row[block.ticket]
        if block.continues_after:
            retried = np.flatnonzero(retry_row[block.ticket] != NOWHERE)
            following[laid[retried]] = following[retry_row[block.ticket[retried]]]


# -- how long customers take to answer a question, in a conversation with the ai or between two touches of a person ---


def reply_gaps(
    scenario: Scenario, tickets: Tickets, who: Bools, channel: Ints, scores: Floats
) -> Floats:
    """Return the minutes at normal scores, by intent where it has its own, else by channel; 0 but for `who`."""
    gaps = np.zeros(len(tickets))
    for number, way in enumerate(scenario.channels.values()):
        here = np.flatnonzero(who & (channel == number))
        gaps[here] = way.reply_gap.at_scores(scores[here])
    for position, intent in enumerate(scenario.intents.values()):
        if intent.reply_gap is not None:
            here = np.flatnonzero(who & (tickets.intent == position))
            gaps[here] = intent.reply_gap.at_scores(scores[here])
    return gaps
