"""Decisions: why the AI did with a ticket what it did, by the rules that were in force when it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.engines.run_log import RunRecord
from simulator.journeys.ai_stage import always_human, judged_by, too_complex, triggers
from simulator.journeys.rules import phase_of, rules_in_force, rules_in_surge
from simulator.scenario.policy import Mode
from simulator.tickets import LOST, NOTICED

Ints = NDArray[np.int64]
Part = Literal["idle", "drafted", "kept away", "declined", "gathered", "stopped", "answered"]
Reply = Literal["", "noticed", "comes back", "gives up"]


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
    part: Part
    reasons: tuple[str, ...]
    """Rules that kept the ticket away, or triggers that ended the conversation."""
    is_right: bool
    """Its answer (or draft) was, or would have been, right."""
    after_wrong: Reply
    """What the customer made of a wrong answer; empty where there was none."""
    is_trained: bool
    """Whether the AI reads intents by itself; elsewhere the label is given."""


def decision_of(run: RunRecord, ticket: int) -> Decision | None:
    """Tell what was decided about a ticket; None on a desk without AI."""
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


def _part(run: RunRecord, ticket: int) -> Part:
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


def _reply(after_wrong: int) -> Reply:
    return "noticed" if after_wrong == NOTICED else "gives up" if after_wrong == LOST else "comes back"


def _reasons(run: RunRecord, ticket: int, predicted: Ints, part: Part) -> Iterator[str]:
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
