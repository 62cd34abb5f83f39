"""Surge rules: other thresholds for the tickets that arrive while the lines are long.

    surge:
      when: queue_wait > 30m
      queues: [tier1]
      use: {answer_threshold: 0.75}

The condition may be written as a comparison or as a mapping.
"""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from simulator.frozen import Frozen, Name, Named
from simulator.quantities import Amount, Minutes, Share

THRESHOLDS = ("route_threshold", "answer_threshold", "gather_threshold")
_COMPARISON = re.compile(r"\s*(\w+)\s*>\s*([^<>=].*?)\s*")


class Thresholds(Frozen):
    """Thresholds by which the AI acts; whatever is not given stays as it is."""

    route_threshold: Share | None = None
    """Routing confidence from which the AI's label is used; below it people triage."""
    answer_threshold: Share | None = None
    """Answer confidence from which the AI answers."""
    gather_threshold: Share | None = None
    """Answer confidence from which the AI, not sure enough to answer, first gathers information (snooze)."""


class SurgeThresholds(Thresholds):
    """Thresholds of surge rules. They are the narrowest in time, so they win over those of policy and phases."""

    intents: Named[Thresholds] = Named()
    """Thresholds by predicted intent; they win over the general ones here."""

    @model_validator(mode="after")
    def _has_some(self) -> SurgeThresholds:
        given = [getattr(self, name) for name in THRESHOLDS]
        given += [getattr(own, name) for own in self.intents.values() for name in THRESHOLDS]
        if all(threshold is None for threshold in given):
            rule = "has no threshold in it; must have one of {names}"
            raise PydanticCustomError("whole", rule, {"names": ", ".join(THRESHOLDS)})
        return self


class SurgeWhen(Frozen):
    """What makes a line long: one measure of the lines, and the bound above which the surge rules are in force."""

    queue_wait: Minutes | None = None
    """How long the ticket that joined its line first has waited there by now; nights count, 0 if nobody waits."""
    backlog: Amount | None = None
    """Number of tickets that wait in the lines."""

    @model_validator(mode="after")
    def _has_one(self) -> SurgeWhen:
        if (self.queue_wait is None) == (self.backlog is None):
            found = "neither queue_wait nor" if self.queue_wait is None else "both queue_wait and"
            raise PydanticCustomError("whole", "has {found} backlog; must have one of them", {"found": found})
        return self


def _as_condition(given: Any) -> Any:
    """Read `queue_wait > 30m` or `backlog > 40`."""
    if not isinstance(given, str):
        return given
    match = _COMPARISON.fullmatch(given)
    measures = tuple(SurgeWhen.model_fields)
    rule = "must be a measure, > and a bound: `queue_wait > 30m` or `backlog > 40`"
    if match is None:
        raise PydanticCustomError("condition", "{rule}", {"rule": rule})
    measure, bound = match[1], match[2]
    if measure not in measures:
        near = difflib.get_close_matches(measure.lower(), measures, n=1, cutoff=0.4)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise PydanticCustomError("condition", "{rule}", {"rule": rule + meant})
    try:
        return {measure: float(bound)}
    except ValueError:
        return {measure: bound}


class SurgeRules(Frozen):
    """Thresholds that move with the backlog.

    A ticket lives by the rules in force when it arrived. Whether the lines are long is told from who stood in them
    when the clock came to that instant: whoever joins, is taken or gives up at the very instant makes no difference.
    Modes stay as they are, and so does what the AI learns: thresholds have an effect where the AI is in auto mode (and
    where it routes), in every week of it. The AI-off baseline has no surge rules.
    """

    when: Annotated[SurgeWhen, BeforeValidator(_as_condition, json_schema_input_type=str | SurgeWhen)]
    """When the rules are in force: `queue_wait > 30m`, `backlog > 40`, or as a mapping `{queue_wait: 30m}`."""
    queues: tuple[Name, ...] = ()
    """Queues whose lines are looked at, together; empty means all queues that people serve."""
    use: SurgeThresholds
    """Thresholds that are then in force, whatever policy, intents and phases say otherwise."""
