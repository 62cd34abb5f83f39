"""A ticket's life in words: what came of it, what the AI decided and by which rules, and each of its steps."""

from __future__ import annotations

import math

from simulator.base.text import clean, listed
from simulator.base.units import format_value
from simulator.engines.run_log import Outcome
from simulator.journeys import Kind
from simulator.metrics.frames import local_times
from simulator.metrics.ticket_life import Decision, Stretch, TicketLife, TicketTarget
from simulator.scenario import Mode, Scenario

_RESOLVED_BY = {
    "AI alone": "solved by the AI alone", "people alone": "solved by people",
    "AI, then people": "solved by people, after a reply of the AI,",
}  # fmt: skip
_KINDS = {
    Kind.CLASSIFY: "reads it", Kind.ANSWER: "talks with the customer", Kind.TRIAGE: "triage",
    Kind.TRANSFER: "passes it on", Kind.TOUCH: "works on it", Kind.FOLLOW_UP: "works on the customer's reply",
    Kind.RETURN: "works on it again",
}  # fmt: skip
_AWAY = {Kind.FOLLOW_UP: "the customer's reply", Kind.RETURN: "closed, until the customer comes back"}
_AFTER_WRONG = {
    "noticed": "the customer noticed at once, so a person took over",
    "comes back": "the customer took it and came back later",
    "gives up": "the customer took it and gave up silently",
}


def _name_of(life: TicketLife) -> str:
    """Name a ticket: its number, intent and channel."""
    return f"Ticket {life.ticket:,} ({clean(life.intent)}, {clean(life.channel)})"


def finding(life: TicketLife, alone: TicketLife | None, decision: Decision | None) -> str:
    """Say in a sentence what came of a ticket, and what would have come of it without AI."""
    told = f"{_name_of(life)} {_waited(life)}was {ending(life)}{_kept(life)}"
    if any(target.in_business_hours for target in life.targets):
        told += ", counted in business hours"
    if decision is not None and decision.part == "answered":
        told += f"; the AI's answer was {'right' if decision.is_right else 'wrong'}"
    told += "."
    if alone is None:
        return told
    if ending(alone) == ending(life) and alone.wait_minutes == life.wait_minutes:
        return f"{told} Without AI it would have gone the same way."
    return f"{told} Without AI the same customer {_waited(alone, 'would have ')}{_would(alone)}{_kept(alone)}."


def ending(life: TicketLife) -> str:
    """Say how a ticket ended, and after how long."""
    took = duration(life.closed - life.arrival)
    if life.outcome is Outcome.RESOLVED:
        return f"{_RESOLVED_BY[life.resolver]} in {took}"
    if life.outcome is Outcome.ABANDONED:
        return f"abandoned by the customer after {took}"
    if life.outcome is Outcome.LOST:
        return f"lost after {took}: the customer gave up silently on a wrong answer"
    return "still open when the simulation ended"


def _waited(life: TicketLife, would: str = "") -> str:
    longest = life.longest_line
    if longest is None:
        return ""
    return f"{would}waited {duration(longest.minutes)} for {clean(longest.name)} and "


def _would(life: TicketLife) -> str:
    start = "" if life.longest_line is not None else "would have "
    return f"{start}been {ending(life)}"


def _kept(life: TicketLife) -> str:
    missed = [target.name for target in life.targets if not target.is_met]
    if not life.targets:
        return ""
    count = "targets" if len(missed or life.targets) > 1 else "target"
    return f", and missed its {listed(missed)} {count}" if missed else f", and met its {count}"


def duration(minutes: float) -> str:
    """Write a duration for people."""
    return format_value("minutes", minutes)


def moment(scenario: Scenario, minute: float) -> str:
    """Write a moment in the desk's local time: `Tue 3 Mar 14:05`."""
    if not math.isfinite(minute):
        return "–"
    return moments(scenario, [minute])[0]


def moments(scenario: Scenario, minutes: list[float], pattern: str = "%a {day} %b %H:%M") -> list[str]:
    """Write moments in the desk's local time; `{day}` in the pattern is the day of the month."""
    import numpy as np

    stamps = local_times(scenario, np.array(minutes, dtype=float))
    return [stamp.strftime(pattern.format(day=stamp.day)) for stamp in stamps]


# -- why ---------------------------------------------------------------------------------------------------


def decided(decision: Decision | None) -> list[str]:
    """List what the AI decided about a ticket, and by which rules."""
    if decision is None:
        return ["This desk has no AI: people do everything."]
    where = f"in phase “{clean(decision.phase)}”" if decision.phase else "by the policy's own rules"
    if decision.mode is Mode.OFF:
        why = "" if decision.is_up else ": it was down when the ticket arrived"
        return [f"The AI was off for {clean(decision.predicted)} {where}{why}."]
    surge = " Surge rules were in force, as the lines were long." if decision.in_surge else ""
    return [f"The ticket arrived in {decision.mode.value} mode, {where}.{surge}", _label(decision), _answer(decision)]


def _label(decision: Decision) -> str:
    if not decision.is_trained:
        return f"Its intent, {clean(decision.predicted)}, was given: the AI does not route on this desk."
    sure, bar = format_value("share", decision.route_confidence), format_value("share", decision.route_threshold)
    right = "which was right" if decision.predicted == decision.intent else f"but it was {clean(decision.intent)}"
    told = f"The AI read it as {clean(decision.predicted)}, {right}, and said it was {sure} sure; the route threshold"
    use = "so the label decided the queue" if decision.label_used else "and the label was not used"
    return f"{told} is {bar}, {use}."


def _answer(decision: Decision) -> str:
    sure, bar = format_value("share", decision.answer_confidence), format_value("share", decision.answer_threshold)
    right = f"its answer would have been {'right' if decision.is_right else 'wrong'}"
    if decision.part == "kept away":
        return f"A rule keeps such tickets with people ({clean(listed(decision.reasons))}); {right}."
    if decision.part == "drafted":
        does = "reviewed it and answered" if decision.mode is Mode.SHADOW else "edited and sent it"
        matched = "right" if decision.is_right else "wrong"
        return f"The AI only drafted (it said {sure} sure); the draft was {matched}, and a person {does}."
    if decision.part == "declined":
        if decision.reasons:
            return f"The AI handed it over without a reply, as {listed(decision.reasons)}; {right}."
        return f"It said it was {sure} sure of an answer, below the answer threshold of {bar}: handed over; {right}."
    if decision.part == "gathered":
        least = format_value("share", decision.gather_threshold)
        told = f"It said it was {sure} sure, below the answer threshold of {bar} but not below {least}"
        return f"{told}, so it asked for information first and then handed over; {right}."
    told = f"It said it was {sure} sure of its answer, at or above the answer threshold of {bar}, so it answered"
    if decision.part == "stopped":
        return f"{told}; a person took over, as {listed(decision.reasons)}."
    if decision.is_right:
        return f"{told}, and was right."
    return f"{told}, and was wrong: {_AFTER_WRONG[decision.after_wrong]}."


# -- steps -------------------------------------------------------------------------------------------------


def lane(stretch: Stretch) -> str:
    """Name the lane of a time line in which a stretch lies."""
    if stretch.where in ("line", "people"):
        return f"in line: {clean(stretch.name)}" if stretch.where == "line" else clean(stretch.name)
    return {"ai": "AI", "customer": "with the customer", "between": "between teams"}[stretch.where]


def _doing(stretch: Stretch) -> str:
    """Say what happens in a stretch."""
    if stretch.where == "line":
        return "left the line" if stretch.gave_up else "waits"
    if stretch.where == "customer":
        return _AWAY.get(stretch.kind, "until the customer tries again or comes back")
    return "on its way" if stretch.where == "between" else _KINDS[stretch.kind]


def step_rows(scenario: Scenario, life: TicketLife) -> list[tuple[str, str, str, str, str]]:
    """List a ticket's stretches: when each began and ended, where the ticket was, what happened, and how long."""
    return [
        (
            moment(scenario, stretch.began), moment(scenario, stretch.ended) if stretch.is_over else "not over",
            lane(stretch), _doing(stretch), duration(stretch.minutes),
        )
        for stretch in life.stretches
    ]  # fmt: skip


def target_size(target: TicketTarget, minutes: float) -> str:
    """Write a duration on a target's clock: `24 business hours`, which may take three days."""
    if not target.in_business_hours:
        return duration(minutes)
    number, unit = (minutes, "minute") if minutes < 120 else (minutes / 60, "hour")
    text = f"{number:,.1f}".removesuffix(".0")
    return f"{text} business {unit}{'' if text == '1' else 's'}"


def target_words(life: TicketLife, target: TicketTarget) -> str:
    """Say whether a target was met, and when."""
    state = "met" if target.is_met else "missed"
    what = f"{state} (target {target_size(target, target.minutes)})"
    if math.isfinite(target.reached):
        took = duration(target.reached - life.arrival)
        # Told only where nights and weekends make the two clocks differ.
        if target.in_business_hours and target.reached - life.arrival - target.counted > 1:
            took = f"{target_size(target, target.counted)}, {took} in all"
        return f"{what}, after {took}"
    return f"{what}, without any" if not target.is_met else what


def describe(scenario: Scenario, life: TicketLife, alone: TicketLife | None, decision: Decision | None) -> str:
    """Return the time line in words."""
    parts = [f"Time line. {finding(life, alone, decision)}"]
    for name, each in (("With the AI" if alone is not None else "This desk", life), ("Without AI", alone)):
        if each is not None:
            steps = "; ".join(f"{begin}, {where}: {what}, {size}" for begin, _, where, what, size in
                              step_rows(scenario, each))  # fmt: skip
            parts.append(f"{name}: {steps}.")
    return " ".join(parts)
