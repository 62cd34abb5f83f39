"""Service levels: which target each ticket has, and the clock that targets are counted on.

A target is for a customer tier or for a priority band, as the scenario says; its renewal windows put a factor on it.
The clock counts all minutes, or those in business hours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAY_MINUTES, BusinessMinutes, parse_days, parse_time
from simulator.scenario import Scenario, closed_dates
from simulator.tickets import Tickets

_TargetKind = Literal["first_response", "resolution"]


def target_minutes(scenario: Scenario, tickets: Tickets, band: Ints, kind: _TargetKind) -> Floats:
    """Return each ticket's target in minutes, infinite where there is none; shape (n_tickets,).

    `band` is each ticket's priority band.
    """
    if scenario.sla.by == "tier":
        return _of(scenario, tickets, tuple(scenario.tiers), tickets.tier, kind)
    return _of(scenario, tickets, scenario.band_names, band, kind)


def tier_target_minutes(scenario: Scenario, tickets: Tickets) -> Floats:
    """Return the first-response target that a priority score may go by; infinite where targets are not for tiers."""
    if scenario.sla.by != "tier":
        return np.full(len(tickets), np.inf)
    return _of(scenario, tickets, tuple(scenario.tiers), tickets.tier, "first_response")


def _of(scenario: Scenario, tickets: Tickets, names: tuple[str, ...], place: Ints, kind: _TargetKind) -> Floats:
    given = getattr(scenario.sla, kind)
    default = float(given.get("default", np.inf))
    return np.array([float(given.get(name, default)) for name in names])[place] * _window_factors(scenario, tickets)


def _window_factors(scenario: Scenario, tickets: Tickets) -> Floats:
    """Return the factor that renewal windows put on each ticket's targets; shape (n_tickets,)."""
    factors = np.ones(len(tickets))
    for window in scenario.sla.windows:
        here = (tickets.week >= window.from_week) & (tickets.week <= window.to_week)
        if window.tiers:
            here &= np.isin(tickets.tier, [scenario.tiers.index(name) for name in window.tiers])
        factors[here] *= float(window.factor)
    return factors


class SlaClock:
    """Counts minutes as the scenario's targets do: all of them, or those in business hours."""

    def __init__(self, scenario: Scenario, until: float | None = None) -> None:
        sla = scenario.sla
        self.until = scenario.limit_minutes if until is None else until
        """Minute up to which it is asked; the end of the simulated time by default."""
        self._business: BusinessMinutes | None = None
        if sla.clock == "business":
            hours = tuple(
                (parse_days(row.days), parse_time(row.open), parse_time(row.close)) for row in sla.business_hours
            )
            self._business = _business_minutes(
                scenario.wall, hours, self.until + DAY_MINUTES, closed_dates(scenario), scenario.opening_minutes
            )

    def between(self, since: Floats, until: Floats) -> Floats:
        """Count minutes from `since` to `until` (simulated minutes); same shape."""
        return until - since if self._business is None else self._business.between(since, until)

    def due_at(self, arrival: float, minutes: float) -> float:
        """Return the minute at which a target runs out, to a second; NaN if that lies beyond the clock's end."""

        def counted(until: float) -> float:
            return float(self.between(np.array([arrival]), np.array([until]))[0])

        if counted(self.until) < minutes:
            return float("nan")
        low, high = arrival, self.until
        while high - low > 1 / 60:
            middle = (low + high) / 2
            low, high = (middle, high) if counted(middle) < minutes else (low, middle)
        return high


# Every run of a scenario counts on the same hours.
_business_minutes = lru_cache(maxsize=32)(BusinessMinutes.from_hours)
