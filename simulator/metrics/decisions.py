"""Decisions: why the AI did with a ticket what it did, by the rules that were in force when it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scipy import special

from simulator.engines.run_log import RunRecord
from simulator.journeys.ai_stage import taught_by
from simulator.journeys.judgement import judge
from simulator.journeys.rules import MODES, phase_of, rules_in_force, rules_in_surge
from simulator.journeys.skill import skill_gain
from simulator.scenario.policy import Mode
from simulator.tickets import LOST, NOTICED

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
    judged = judge(draws, *skill_gain(scenario, ai, tickets, *taught_by(scenario, tickets)))
    intents = list(scenario.intents)
    label = tickets.intent if judged.recognised[ticket] else tickets.confused_intent
    phase = int(phase_of(scenario, tickets)[ticket])
    place = phase, int(label[ticket])
    part = _part(run, ticket)
    right = bool(judged.right[ticket])
    gave_answer = part == "answered" and not right
    return Decision(
        mode=MODES[int(work.mode[ticket])],
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
        reasons=tuple(_reasons(run, ticket, place[1], part)),
        is_right=right,
        after_wrong=_reply(int(draws.after_wrong[ticket])) if gave_answer else "",
        is_trained=ai.routing is not None,
    )


def _part(run: RunRecord, ticket: int) -> Part:
    work = run.journeys.ai
    mode = MODES[int(work.mode[ticket])]
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
    return "stopped" if list(_triggers(run, ticket)) else "answered"


def _reply(after_wrong: int) -> Reply:
    return "noticed" if after_wrong == NOTICED else "gives up" if after_wrong == LOST else "comes back"


def _reasons(run: RunRecord, ticket: int, predicted: int, part: Part) -> Iterator[str]:
    if part == "kept away":
        yield from _rules(run, ticket, predicted)
    elif part == "declined" and _is_too_complex(run, ticket):
        yield "it looked more complex than the trigger allows"
    elif part == "stopped":
        yield from _triggers(run, ticket)


def _rules(run: RunRecord, ticket: int, predicted: int) -> Iterator[str]:
    """Name what keeps a ticket with people, whatever the AI thinks."""
    scenario, tickets, rule = run.scenario, run.customers, run.scenario.policy.always_human
    chosen = (
        ("intent", rule.intents, list(scenario.intents)[predicted]),
        ("channel", rule.channels, list(scenario.channels)[int(tickets.channel[ticket])]),
        ("tier", rule.tiers, list(scenario.tiers)[int(tickets.tier[ticket])]),
    )
    for what, names, name in chosen:
        if name in names:
            yield f"{what} {name}"
    for flag in rule.flags:
        if tickets.flags[flag][ticket]:
            yield f"flag {flag}"


def _is_too_complex(run: RunRecord, ticket: int) -> bool:
    ai = run.scenario.ai
    assert ai is not None
    bound = ai.triggers.complexity_above
    return bound is not None and bool(run.customers.difficulty[ticket] > special.ndtri(float(bound)))


def _triggers(run: RunRecord, ticket: int) -> Iterator[str]:
    """Name what ends a conversation with a hand-over."""
    scenario, tickets = run.scenario, run.customers
    ai, draws = scenario.ai, tickets.ai
    assert ai is not None
    assert draws is not None
    if ai.triggers.negative_sentiment and tickets.angry[ticket]:
        yield "the customer was angry"
    if draws.exchanges[ticket] > int(ai.triggers.max_exchanges):
        yield f"it took more than {int(ai.triggers.max_exchanges)} exchanges"
    intent = list(scenario.intents.values())[int(tickets.intent[ticket])]
    right = bool(run.journeys.ai.would_be_right[ticket])
    if intent.needs_write_back and right and not draws.writes_back[ticket]:
        yield "its action in another system failed"
