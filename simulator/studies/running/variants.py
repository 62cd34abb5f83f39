"""Variants: one desk in several settings, all meeting the same customers.

What a variant changes in `teams` and `policy` is a proposal: today's desk, which it is compared with, has neither. What
it changes elsewhere (arrivals, costs, the AI) is how the world is, and holds for both. So two more agents cost what
they cost, and 20 % more customers come to today's desk, too. CSAT is anchored on today's desk in the base's world: that
is the desk whose customers gave the stated mean.

Scenario files that describe one desk are variants of the first of them in the same way (`of_one_desk`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from simulator.base.errors import Problem, ScenarioError
from simulator.scenario import Scenario, override, without_ai
from simulator.tickets.fingerprints import customers_key, digest, people_key, scenario_key

AS_IS = "as is"
"""Name of a scenario as its file has it, beside variants of it."""
_PROPOSED = ("teams", "policy")
"""Parts of a scenario that are the desk's own to decide; today's are those of the base."""
_HISTORY = ("csat", "baseline")
"""Parts of a scenario that describe today's desk and what its customers said of it."""


@dataclass(frozen=True)
class Variant:
    """One setting of a study."""

    name: str
    """Unique within its study, such as `policy.answer_threshold=0.8`."""
    scenario: Scenario
    settings: tuple[tuple[str, str], ...] = ()
    """What was changed: (path, value as written), in the order given; empty for a scenario as its file has it."""
    base: Scenario | None = None
    """The scenario that was changed; None for a scenario that stands by itself, as its file has it."""

    @cached_property
    def today(self) -> Scenario | None:
        """The AI-off baseline; None where there is no AI, and the desk is its own baseline.

        It has the base's teams and policy, with the variant's `baseline` overrides: who changes those describes
        today's desk otherwise. Raises ScenarioError where the variant's customers cannot be served by the base's teams.
        """
        if self.scenario.ai is None:
            return None
        if self.base is None or _differ_in_proposals_only(self.base, self.scenario):
            return without_ai(self.base or self.scenario)
        parts = self.base.model_dump(mode="json", include=set(_PROPOSED))
        try:
            return without_ai(override(self.scenario, parts))
        except ScenarioError as error:
            raise ScenarioError([_of_baseline(self.name, problem) for problem in error.problems]) from None

    @cached_property
    def history(self) -> Scenario:
        """The desk behind the stated historical CSAT: the base without AI, in the base's world.

        What describes that desk and its history, the `csat` section and the `baseline` overrides, is the variant's.
        Raises ScenarioError where those overrides do not fit the base.
        """
        desk = self.base or self.scenario
        try:
            if any(getattr(desk, name) != getattr(self.scenario, name) for name in _HISTORY):
                desk = override(desk, self.scenario.model_dump(mode="json", include=set(_HISTORY)))
            return without_ai(desk) if desk.ai is not None else desk
        except ScenarioError as error:
            raise ScenarioError([_of_baseline(self.name, problem) for problem in error.problems]) from None

    @cached_property
    def customers_key(self) -> str:
        """Fingerprint of the customers: variants that share it meet equal tickets."""
        return customers_key(self.scenario)

    @cached_property
    def baseline_key(self) -> str:
        """Fingerprint of the baseline: variants that share it (and the customers) share its runs, too."""
        return digest([None if self.today is None else scenario_key(self.today), self.history_key])

    @cached_property
    def history_key(self) -> str:
        """Fingerprint of the desk that CSAT is anchored on."""
        return scenario_key(self.history)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that decides the figures of a variant, seed and version left out."""
        return digest([scenario_key(self.scenario), self.baseline_key])


def of_one_desk(first: Variant, other: Variant) -> Variant:
    """Return a scenario file as a variant of another where both describe one desk; as it is where they do not.

    One desk is one that the same people come to, with the same history and today's desk (CSAT, `baseline`, currency),
    and whose teams can serve the other's people.
    """
    here, there = first.scenario, other.scenario
    same = people_key(here) == people_key(there) and here.baseline == there.baseline
    for name in ("csat", "costs"):
        one, another = getattr(here, name), getattr(there, name)
        if one is not None and another is not None:
            same = same and (one == another if name == "csat" else one.currency == another.currency)
    if not same:
        return other
    variant = replace(other, base=here)
    try:
        _ = variant.today, variant.history
    except ScenarioError:
        return other
    return variant


def _differ_in_proposals_only(one: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios differ in nothing but what a desk may decide; then they have one baseline."""
    world = Scenario.model_fields.keys() - set(_PROPOSED)
    return one._replayed is other._replayed and all(getattr(one, name) == getattr(other, name) for name in world)


def _of_baseline(variant: str, problem: Problem) -> Problem:
    remedy = "; today's desk cannot serve this variant's customers: compare it as a scenario file of its own"
    return Problem(variant, f"AI-off baseline: {problem.path}", problem.message + remedy)
