"""What a pilot or two managed AI agents live through can be said in a scenario, and a shipped one says it."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.scenario import Mode, Scenario, load_scenario, shipped_scenarios


def phase_modes(scenario: Scenario) -> list[Mode | None]:
    return [phase.mode for phase in scenario.policy.phases]


def flags(scenario: Scenario) -> set[str]:
    return {flag for intent in scenario.intents.values() for flag in intent.flags}


def live_intents(scenario: Scenario, phase: int) -> set[str]:
    return {name for name, rules in scenario.policy.phases[phase].intents.items() if rules.mode == Mode.AUTO}


def triggers(scenario: Scenario) -> bool:
    given = scenario.ai.triggers if scenario.ai else None
    return given is not None and given.negative_sentiment and given.complexity_above is not None and (
        given.max_exchanges < 6
    )  # fmt: skip


USES: dict[str, Callable[[Scenario], Any]] = {
    "a pilot of four weeks opens phase by phase, from shadow to auto":
        lambda s: len(s.policy.phases) == s.weeks == 4 and {Mode.SHADOW, Mode.AUTO} <= set(phase_modes(s)),
    "drafts in shadow mode are reviewed":
        lambda s: Mode.SHADOW in phase_modes(s) and "shadow_review" in s.ai.model_fields_set,
    "drafts assist people": lambda s: Mode.ASSIST in phase_modes(s),
    "8 to 15 intents and a bucket for the rest":
        lambda s: 8 <= len(s.intents) <= 15 and any(intent.catch_all for intent in s.intents.values()),
    "below a routing threshold people triage":
        lambda s: s.policy.route_threshold == 0.75 and s.ai and s.ai.routing and s.handling.triage,
    "legal words, large refunds and security are always for people":
        lambda s: {"legal_words", "refund_above_500", "security"} <= set(s.policy.always_human.flags),
    "urgency, impact and tier make a priority score":
        lambda s: s.policy.priority.bands[0] == 9 and len({int(i.urgency) for i in s.intents.values()}) > 2,
    "the AI answers from a confidence of 0.85 to 0.9":
        lambda s: any(0.85 <= (phase.answer_threshold or 0) <= 0.9 for phase in s.policy.phases),
    "anger, complexity and long conversations are handed over": triggers,
    "wrong answers come back by other channels":
        lambda s: s.ai and s.ai.after_wrong.returns > 0 and len(s.ai.after_wrong.channels),
    "the gap in satisfaction has a gate": lambda s: s.csat and s.ai and s.pilot.gates.csat_gap_points == 10,
    "context that is kept shortens handling by a fifth or more":
        lambda s: s.ai and s.ai.handover.keeps_context and 0.6 <= s.ai.handover.handle_factor <= 0.8,
    "some tickets need teams in turn": lambda s: any(intent.then for intent in s.intents.values()),
    "renewal windows tighten targets for the best customers":
        lambda s: any(window.factor < 1 and "vip" in window.tiers for window in s.sla.windows),
    "the AI is up 99.5 % of the time or more":
        lambda s: s.ai and s.ai.availability and s.ai.availability.uptime >= 0.995,
    "a sample of answers is graded at a cost":
        lambda s: 50 <= s.pilot.qa_sample_per_week <= 100 and s.costs and 2 <= s.costs.qa_hours_per_week <= 3,
    "reviews teach the AI up to a ceiling":
        lambda s: s.ai and s.ai.learning and s.ai.learning.reviews_per_week > 0 and s.ai.learning.ceiling > 0,
    "intents have levels 1, 2 and 3": lambda s: {1, 2, 3} <= {int(intent.level) for intent in s.intents.values()},
    "week 4 can be held against week 1": lambda s: s.weeks == 4 and s.csat and s.ai,
    "accuracy has a gate for scaling": lambda s: "pilot" in s.model_fields_set and s.pilot.gates.accuracy_scale == 0.9,
    "an agent's hour costs 25 dollars": lambda s: s.costs and s.costs.agent_per_hour == 25 and s.ai,
    "a published answered share is held against the model":
        lambda s: s.pilot.observed.get("ai_answered") == {"1": 0.37, "8": 0.66},
    "a published survey is held against the model":
        lambda s: s.pilot.observed.get("csat_survey") == {"1": 4.87, "4": 4.07, "6": 4.70},
    "the AI gathers information before it hands over":
        lambda s: any(phase.gather_threshold for phase in s.policy.phases),
    "a hundred reviews a week and more drive the AI's skill":
        lambda s: s.ai and s.ai.learning and s.ai.learning.reviews_per_week >= 100,
    "gathered information helps more than context alone":
        lambda s: s.ai and s.ai.handover.gathered_factor < s.ai.handover.handle_factor,
    "some wrong answers are lost silently": lambda s: s.ai and s.ai.after_wrong.lost > 0,
    "a resolution is clawed back within a day": lambda s: s.costs and s.costs.ai.clawback == 24 * 60,
    "difficulty makes wrong answers likelier": lambda s: s.ai and s.difficulty.correctness < -0.4,
    "data drift begins when the pilot ends":
        lambda s: s.ai and any(drift.log_odds < 0 and drift.from_week == 5 for drift in s.ai.drift)
    and (s.weeks, s.pilot.weeks) == (8, 4),
    "there is an AI whose every action can be queried": lambda s: s.ai,
    "the pilot begins with well-defined work":
        lambda s: len(s.policy.phases) > 1 and {"password_reset", "order_status"} <= live_intents(s, 1),
    "a hand-over without context costs time": lambda s: s.ai and s.ai.handover.without_context_factor > 1.1,
    "an AI that cannot write back fails where it must":
        lambda s: s.ai and s.ai.write_back <= 0.9 and any(i.needs_write_back for i in s.intents.values()),
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> dict[str, Scenario]:
    return {path.stem: load_scenario(path) for path in shipped_scenarios()}


@pytest.mark.parametrize("feature", USES)
def test_a_shipped_scenario_with_an_ai_uses_it(feature: str, shipped: dict[str, Scenario]) -> None:
    assert [name for name, scenario in shipped.items() if scenario.ai is not None and USES[feature](scenario)]
