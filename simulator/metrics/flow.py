"""The ticket flow: how many tickets went from each stage to the next, for the funnel and Sankey charts.

It stands apart from the tables of a run (`frames`), which need pandas: studies count flows and need none.
"""

from __future__ import annotations

from simulator.base.arrays import Bools
from simulator.engines.run_log import Outcome
from simulator.metrics.facts import Facts

Flow = dict[tuple[str, str], float]
"""Tickets by (stage, next stage)."""

ARRIVED, AI_TALKS, PEOPLE = "Arrived", "AI replies", "People"
SOLVED_BY_AI, SOLVED_BY_PEOPLE = "Resolved by AI", "Resolved by people"
LOST, ABANDONED, OPEN = "Lost silently", "Abandoned", "Still open"


def ticket_flow(facts: Facts) -> Flow:
    """Count tickets along: arrived → AI replies or people → (wrongly closed, handed over) → how they ended."""

    def count(mask: Bools) -> float:
        return float((mask & facts.counted).sum())

    talked, returned = facts.conversed, facts.ai.returns
    touched_way = ~talked | facts.ai.handed_over | returned
    outcome = facts.ends.outcome
    flow: Flow = {
        (ARRIVED, AI_TALKS): count(talked),
        (ARRIVED, PEOPLE): count(~talked),
        (AI_TALKS, SOLVED_BY_AI): count(talked & ~touched_way & (outcome == Outcome.RESOLVED)),
        (AI_TALKS, LOST): count(talked & (outcome == Outcome.LOST)),
        (AI_TALKS, "Handed over"): count(talked & facts.ai.handed_over),
        (AI_TALKS, "Came back"): count(talked & returned),
        ("Handed over", PEOPLE): count(talked & facts.ai.handed_over),
        ("Came back", PEOPLE): count(talked & returned),
        (AI_TALKS, OPEN): count(talked & ~touched_way & (outcome == Outcome.OPEN)),
    }
    for name, code in ((SOLVED_BY_PEOPLE, Outcome.RESOLVED), (ABANDONED, Outcome.ABANDONED), (OPEN, Outcome.OPEN)):
        flow[PEOPLE, name] = count(touched_way & (outcome == code))
    return {link: count for link, count in flow.items() if count}
