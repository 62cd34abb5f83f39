"""One ticket's life: why the AI did what it did, where it was when, and whether its targets were met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.base.arrays import Ints
from simulator.engines.run_log import Outcome, RunRecord
from simulator.journeys import NOWHERE, Kind
from simulator.journeys.ai_stage import always_human, judged_by, too_complex, triggers
from simulator.journeys.rules import phase_of, rules_in_force, rules_in_surge
from simulator.metrics.facts import RESOLVERS, Facts
from simulator.rosters import AI_TEAM
from simulator.scenario import Mode
from simulator.tickets import LOST, NOTICED

_Where = Literal["ai", "line", "people", "customer", "between"]
"""With the AI, in line, with people, with the customer, or on its way from one team to the next."""


@dataclass(frozen=True)
class Stretch:
    """A time that a ticket spent in one place; minutes since the scenario's start."""

    where: _Where
    name: str
    """Queue or team; empty where there is none."""
    kind: Kind
    """The step that it belongs to."""
    began: float
    ended: float
    """The end of the simulated time where it is not over."""
    is_over: bool
    gave_up: bool = False
    """Whether the customer left the line."""

    @property
    def minutes(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True)
class TicketTarget:
    """A service level that a ticket had to meet."""

    name: Literal["first reply", "resolution"]
    minutes: float
    """As the scenario gives it, on the clock that targets are counted on."""
    due: float
    """Minute at which it ran out; NaN if that lies beyond the simulated time."""
    reached: float
    """Minute at which what it asks for happened; NaN if it did not."""
    counted: float
    """Minutes until then on that clock; NaN if it did not."""
    is_met: bool
    in_business_hours: bool
    """Whether that clock counts business hours only."""


@dataclass(frozen=True)
class TicketLife:
    """What happened to one ticket; times are minutes since the scenario's start."""

    ticket: int
    intent: str
    channel: str
    tier: str
    arrival: float
    first_reply: float
    """NaN if there was none."""
    closed: float
    """NaN while open."""
    outcome: Outcome
    resolver: str
    wait_minutes: float
    """In lines, until a person first worked on it; NaN if it never joined one."""
    human_minutes: float
    came_back: int
    stretches: tuple[Stretch, ...]
    """In order of time."""
    targets: tuple[TicketTarget, ...]

    @property
    def longest_line(self) -> Stretch | None:
        """Its longest wait in a line; None if it never waited."""
        lines = [stretch for stretch in self.stretches if stretch.where == "line"]
        return max(lines, key=lambda stretch: stretch.minutes, default=None)


def read_life(facts: Facts, ticket: int) -> TicketLife:
    """Read one ticket's life off a run."""
    tickets, scenario = facts.tickets, facts.scenario
    arrival = float(tickets.arrival[ticket])
    return TicketLife(
        ticket=ticket,
        intent=list(scenario.intents)[int(tickets.intent[ticket])],
        channel=list(scenario.channels)[int(tickets.channel[ticket])],
        tier=list(scenario.tiers)[int(tickets.tier[ticket])],
        arrival=arrival,
        first_reply=arrival + float(facts.first_response[ticket]),
        closed=float(facts.ends.closed[ticket]),
        outcome=Outcome(int(facts.ends.outcome[ticket])),
        resolver=RESOLVERS[int(facts.resolver[ticket])],
        wait_minutes=float(facts.wait[ticket]),
        human_minutes=float(facts.human_minutes[ticket]),
        came_back=int(facts.came_back[ticket]),
        stretches=tuple(_stretches(facts, ticket)),
        targets=tuple(_targets(facts, ticket)),
    )


def _stretches(facts: Facts, ticket: int) -> Iterator[Stretch]:
    """Follow the ticket from step to step; what lies between two steps is a stretch of its own."""
    steps, log, limit = facts.steps, facts.log, facts.limit
    ends = np.append(steps.first[1:], len(steps))
    rows = np.arange(steps.first[ticket], ends[ticket])
    rows = rows[log.visited[rows]]
    before, kind_before = float(facts.tickets.arrival[ticket]), None
    for row in rows[np.argsort(log.joined[rows], kind="stable")]:
        kind, joined = Kind(int(steps.kind[row])), float(log.joined[row])
        if joined > before:
            passed_on = kind_before is Kind.TRANSFER and kind is not Kind.RETURN
            yield Stretch("between" if passed_on else "customer", "", kind, before, joined, joined < limit)
        began, ended = float(log.began[row]), float(log.ended[row])
        left_line = min(limit, ended if log.abandoned[row] else limit if np.isnan(began) else began)
        if steps.queue[row] != NOWHERE and left_line > joined:
            queues = (*facts.scenario.queues, AI_TEAM)
            served = not np.isnan(began) or bool(log.abandoned[row])
            name = queues[int(steps.queue[row])]
            yield Stretch("line", name, kind, joined, left_line, served, bool(log.abandoned[row]))
        if not np.isnan(began) and not log.abandoned[row]:
            team = "" if log.team[row] < 0 else facts.run.rosters[int(log.team[row])].name
            where: _Where = "people" if kind.is_human else "ai"
            end = limit if np.isnan(ended) else ended
            yield Stretch(where, team if kind.is_human else AI_TEAM, kind, began, end, not np.isnan(ended))
        before = limit if np.isnan(ended) else ended
        kind_before = kind


def _targets(facts: Facts, ticket: int) -> Iterator[TicketTarget]:
    arrival = float(facts.tickets.arrival[ticket])
    reply = facts.first_response if facts.scenario.sla.ai_reply_counts else facts.human_reply
    given = (
        ("first reply", facts.response_target, reply, facts.response_breach),
        ("resolution", facts.resolution_target, facts.resolution, facts.resolution_breach),
    )  # fmt: skip
    for name, targets, reached, breach in given:
        minutes = float(targets[ticket])
        if np.isfinite(minutes):
            due, moment = facts.clock.due_at(arrival, minutes), arrival + float(reached[ticket])
            known = np.isfinite(moment)
            counted = float(facts.clock.between(np.array([arrival]), np.array([moment]))[0]) if known else np.nan
            yield TicketTarget(
                "first reply" if name == "first reply" else "resolution", minutes, due, moment, counted,
                not breach[ticket], facts.scenario.sla.clock == "business",
            )  # fmt: skip


# -- decisions --------------------------------------------------------------------------------------------------------


_Part = Literal["idle", "drafted", "kept away", "declined", "gathered", "stopped", "answered"]
_Reply = Literal["", "noticed", "comes back", "gives up"]


@dataclass(frozen=True)
class Decision:
    """What the AI decided about one ticket, and by which rules."""

    mode: Mode
    phase: str
    """Phase of the pilot in which it arrived; empty before the first."""
    is_up: bool
    in_surge: bool
    """Arrived while surge rules were in force."""
    intent: str
    predicted: str
    route_confidence: float
    """As stated when the ticket arrived, with what the AI had learned by then."""
    route_threshold: float
    answer_confidence: float
    answer_threshold: float
    gather_threshold: float
    """Infinite where the AI gathers no information first."""
    label_used: bool
    """Its label decided the queue."""
    part: _Part
    reasons: tuple[str, ...]
    """Rules that kept the ticket away, or triggers that ended the conversation."""
    is_right: bool
    """Its answer (or draft) was, or would have been, right."""
    after_wrong: _Reply
    """What the customer made of a wrong answer; empty where there was none."""
    is_trained: bool
    """Whether the AI reads intents by itself; elsewhere the label is given."""


def decision_of(run: RunRecord, ticket: int) -> Decision | None:
    """Return what was decided about a ticket; None on a desk without AI."""
    scenario, tickets, work = run.scenario, run.customers, run.journeys.ai
    ai, draws = scenario.ai, tickets.ai
    if ai is None or draws is None:
        return None
    in_surge = bool(run.log.in_surge[ticket])
    rules = rules_in_surge(scenario) if in_surge else rules_in_force(scenario)
    judged = judged_by(scenario, tickets)
    intents = list(scenario.intents)
    label = np.where(judged.recognised, tickets.intent, tickets.confused_intent)
    phase = int(phase_of(scenario, tickets)[ticket])
    place = phase, int(label[ticket])
    part = _part(run, ticket)
    right = bool(judged.right[ticket])
    gave_answer = part == "answered" and not right
    return Decision(
        mode=Mode.at(int(work.mode[ticket])),
        phase=scenario.policy.phases[phase - 1].name if phase else "",
        is_up=bool(draws.is_up[ticket]),
        in_surge=in_surge,
        intent=intents[int(tickets.intent[ticket])],
        predicted=intents[place[1]],
        route_confidence=float(judged.route_confidence[ticket]),
        route_threshold=float(rules.route_threshold[place]),
        answer_confidence=float(judged.answer_confidence[ticket]),
        answer_threshold=float(rules.answer_threshold[place]),
        gather_threshold=float(rules.gather_threshold[place]),
        label_used=bool(work.label_used[ticket]),
        part=part,
        reasons=tuple(_reasons(run, ticket, label, part)),
        is_right=right,
        after_wrong=_reply(int(draws.after_wrong[ticket])) if gave_answer else "",
        is_trained=ai.routing is not None,
    )


def _part(run: RunRecord, ticket: int) -> _Part:
    work = run.journeys.ai
    mode = Mode.at(int(work.mode[ticket]))
    if mode is Mode.OFF:
        return "idle"
    if mode is not Mode.AUTO:
        return "drafted"
    if work.by_rule[ticket]:
        return "kept away"
    if work.gathered[ticket]:
        return "gathered"
    if not work.answered[ticket]:
        return "declined"
    return "stopped" if work.stopped[ticket] else "answered"


def _reply(after_wrong: int) -> _Reply:
    return "noticed" if after_wrong == NOTICED else "gives up" if after_wrong == LOST else "comes back"


def _reasons(run: RunRecord, ticket: int, predicted: Ints, part: _Part) -> Iterator[str]:
    """Name what keeps a ticket with people whatever the AI thinks, or what ends its conversation with a hand-over."""
    scenario, tickets = run.scenario, run.customers
    assert scenario.ai is not None
    if part == "kept away":
        names = {
            "intent": list(scenario.intents)[int(predicted[ticket])],
            "channel": list(scenario.channels)[int(tickets.channel[ticket])],
            "tier": list(scenario.tiers)[int(tickets.tier[ticket])],
        }
        kept = always_human(scenario, tickets, predicted)
        yield from (f"{rule} {names[rule]}" if rule in names else rule for rule, who in kept.items() if who[ticket])
    elif part == "declined" and too_complex(scenario.ai, tickets)[ticket]:
        yield "it looked more complex than the trigger allows"
    elif part == "stopped":
        limit = int(scenario.ai.triggers.max_exchanges)
        words = {
            "angry": "the customer was angry",
            "long": f"it took more than {limit} exchanges",
            "failed": "its action in another system failed",
        }
        found = triggers(scenario, tickets, run.journeys.ai.would_be_right)
        yield from (words[name] for name, who in found.items() if who[ticket])
