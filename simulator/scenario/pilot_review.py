"""How a pilot is reviewed and judged: its sample, its gates, what was observed, and the production that follows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.base.model_base import Frozen, Keyed, Named
from simulator.base.quantities import Amount, Count, Figure, Number, Positive, PositiveCount, Quantity, Share

_T = TypeVar("_T")
WHOLE = "all"
"""Stands for the whole pilot where figures are keyed by week."""


class Gates(Frozen):
    """What a pilot must show: scale / adjust / overhaul."""

    accuracy_scale: Share = Figure(0.9, source="published in pilot guide")
    """Answer accuracy from which to scale."""
    accuracy_adjust: Share = Figure(0.85, source="published in pilot guide")
    """Answer accuracy below which to overhaul."""
    csat_gap_points: Amount = Figure(10.0, source="published in pilot guide: within 10 to 15 points")
    """Most that the AI's share of satisfied customers may lie below the human one, in points."""
    routing_accuracy: Share = Figure(0.9, source="published in pilot guide")
    """Share of tickets that the AI labels right, at least."""
    escalation_accuracy: Share = Figure(0.9, source="published in pilot guide")
    """Share of right decisions to answer or to hand over, at least."""
    draft_match: Share = Figure(0.9, source="published in pilot guide")
    """Share of drafts that match what is sent, at least."""
    escalation_rate_max: Share = Figure(0.15, source="published in pilot guide: 5 to 15 %")
    """Share of the AI's conversations that it hands over, at most."""
    automated_resolution_min: Share = Figure(0.3, source="published in pilot guide: 30 to 50 % at the end of week 4")
    """Share of tickets that the AI resolves alone, at least."""
    aht_reduction_min: Share = Figure(0.2, source="published in pilot guide: 20 to 40 % at the end of week 4")
    """Share by which handle time must lie below that of the AI-off baseline, at least."""
    uptime: Share = Figure(0.995, source="published in pilot guide")
    """Share of time that the AI works, at least."""

    @model_validator(mode="after")
    def _ordered(self) -> Gates:
        if self.accuracy_adjust > self.accuracy_scale:
            found = {"adjust": f"{self.accuracy_adjust:g}", "scale": f"{self.accuracy_scale:g}"}
            rule = "has accuracy_adjust {adjust} above accuracy_scale {scale}; must have it at or below"
            raise PydanticCustomError("whole", rule, found)
        return self


def _check_week(key: Any) -> str:
    text = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
    if not isinstance(text, str) or not (text == WHOLE or re.fullmatch("[1-9][0-9]{0,2}", text)):
        raise PydanticCustomError("week", "must be a week's number (1 is the first), or all for the whole pilot")
    return text


_Week = Annotated[str, BeforeValidator(_check_week)]
"""A week's number as text, or WHOLE."""


class _ByWeek(Named[_T]):
    """As Named, where the keys are weeks."""

    __slots__ = ()
    _key = _Week


def _number_weeks(given: Any) -> Any:
    """Take a list as the figures of weeks 1, 2, 3 and so on."""
    if isinstance(given, list | tuple):
        return {str(week): figure for week, figure in enumerate(given, start=1)}
    if isinstance(given, Mapping) and not isinstance(given, Named):
        return {str(key) if isinstance(key, int) and not isinstance(key, bool) else key: given[key] for key in given}
    return given


_Observed = Annotated[Figure, Quantity("share")]
"""A figure as published: 37% or 4.65; times in minutes."""
_Figures = _ByWeek[_Observed]
_Observations = Annotated[
    _Figures, BeforeValidator(_number_weeks, json_schema_input_type=_Figures | tuple[_Observed, ...])
]
"""Figures by week (`{1: 37%, 8: 66%, all: 50%}`); a list gives those of weeks 1, 2, 3 …"""


class Production(Frozen):
    """What comes after the pilot: its last rules, carried to another volume and messier data, with fewer reviews."""

    weeks: PositiveCount = Figure(4.0, source="definition: as long as a four-week pilot")
    """Weeks of production that are projected."""
    volume: Positive
    """Factor on the pilot's volume of tickets."""
    drift_log_odds: Number
    """Change of the log-odds of being right: messier data, rarer cases; -0.4 makes 86 % of 90 %. The user owns this
    figure."""
    drift_per_week: Number = Figure(0.0, source="definition: a step, not a slope")
    """Further change of the log-odds with every week of production."""
    reviews_per_week: Amount = Figure(0.0, source="definition: nobody reviews in production")
    """Tickets reviewed each week of production."""
    changes: Keyed[Any] = Keyed()
    """Overrides (`path: value`) for production, such as its roster. They leave the pilot's figures alone; production's
    run is a second one that has them from its first week, and begins with the backlog that they make."""


class Pilot(Frozen):
    """How a pilot is reviewed and judged."""

    weeks: PositiveCount | None = None
    """Weeks that the pilot lasts; none means all of the scenario's. Weeks after it are production as the scenario
    describes it."""
    qa_sample_per_week: Count = Figure(75.0, source="published in pilot guide: 50 to 100 a week")
    """AI answers graded each week."""
    test_tickets: Count = Figure(100.0, source="published in pilot guide")
    """Tickets of the first internal test."""
    minutes_per_review: Amount = Figure(2.0, source="published in pilot guide: 2 to 3 h a week for 50 to 100")
    """Minutes to grade one AI answer."""
    gates: Gates = Field(default_factory=Gates)
    """What the pilot must show."""
    observed: Named[_Observations] = Named()
    """Published or measured figures by KPI and week, to compare the projection with (`{aht: {1: 14, 4: 12}}`, or a list
    of those of weeks 1, 2, 3 …; times in minutes)."""
    production: Production | None = None
    """The production that follows; none means that it is not projected."""
