"""Service levels: each ticket's targets, and the clock that they are counted on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAY_MINUTES, BusinessMinutes, parse_days, parse_time
from simulator.journeys.human_stage import sla_factors
from simulator.scenario.model import Scenario
from simulator.scenario.volume import closed_dates
from simulator.tickets import Tickets


def targets(scenario: Scenario, tickets: Tickets, band: Ints, field: str) -> Floats:
    """Return each ticket's target (`first_response` or `resolution`) in minutes, infinite where there is none.

    By tier or by priority band, whichever the scenario's targets are for, times the factor of its renewal window.
    """
    sla = scenario.sla
    names, position = (scenario.tiers, tickets.tier) if sla.by == "tier" else (scenario.band_names, band)
    given = getattr(sla, field)
    default = float(given.get("default", np.inf))
    return np.array([float(given.get(name, default)) for name in names])[position] * sla_factors(scenario, tickets)


class SlaClock:
    """Counts minutes as the scenario's targets do: all of them, or those in business hours."""

    def __init__(self, scenario: Scenario, until: float) -> None:
        sla = scenario.sla
        self._business: BusinessMinutes | None = None
        if sla.clock == "business":
            hours = tuple(
                (parse_days(row.days), parse_time(row.open), parse_time(row.close)) for row in sla.business_hours
            )
            self._business = _business_minutes(
                scenario.wall, hours, until + DAY_MINUTES, closed_dates(scenario), scenario.opening_minutes
            )

    def between(self, since: Floats, until: Floats) -> Floats:
        """Count minutes from `since` to `until` (simulated minutes); same shape."""
        return until - since if self._business is None else self._business.between(since, until)


# Every run of a scenario counts on the same hours.
_business_minutes = lru_cache(maxsize=32)(BusinessMinutes.from_hours)
