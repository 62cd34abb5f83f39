"""How many tickets a scenario makes: the arrival rate by quarter-hour and intent, before any draw."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import SLOTS_PER_DAY, WEEK_MINUTES, Slots, parse_days, weekly_weights
from simulator.scenario.arrivals import Profile
from simulator.scenario.model import Scenario


def holiday_dates(scenario: Scenario) -> frozenset[date]:
    """List the scenario's holidays, warm-up included (with a margin of a month after the horizon, for the drain)."""
    given = scenario.arrivals.holidays
    if given is None:
        return frozenset()
    dates = set(given.dates)
    if given.country is not None:
        import holidays

        start = scenario.start
        years = range((start - scenario.warm_up_days).year, start.year + int(scenario.weeks) // 52 + 2)
        dates |= set(holidays.country_holidays(given.country, years=years))
    return frozenset(dates)


def closed_dates(scenario: Scenario) -> frozenset[date]:
    """List the holidays on which the desk is closed: no shifts, no business hours."""
    given = scenario.arrivals.holidays
    return holiday_dates(scenario) if given is not None and given.desk_closed else frozenset()


def _weekly(profile: Profile) -> Floats:
    weights = weekly_weights((parse_days(days), tuple(map(float, values))) for days, values in profile.items())
    scaled: Floats = weights / weights.sum()
    return scaled


def expected_rates(scenario: Scenario, slots: Slots | None = None) -> Floats:
    """Return expected arrivals per minute, shape (n_slots, n_intents), busyness left out.

    Weekly volume × profile × growth × holidays × surges; for a replay, shares of what was read. Growth goes on
    backwards through a warm-up.
    """
    wall = scenario.wall
    slots = slots or wall.slots(scenario.horizon_minutes, scenario.opening_minutes)
    arrivals = scenario.arrivals
    shares = np.array([float(intent.share) for intent in scenario.intents.values()])
    if arrivals.per_week is None:
        return np.zeros((len(slots.start), len(shares)))
    common = _weekly(arrivals.profile)
    profiles = np.stack([_weekly(intent.profile) if intent.profile else common for intent in scenario.intents.values()])
    per_slot = profiles[:, slots.weekday, slots.quarter].T * shares / shares.sum() * float(arrivals.per_week)
    rates: Floats = per_slot * (7 * SLOTS_PER_DAY / WEEK_MINUTES)
    with np.errstate(over="ignore"):  # Growth without end is told as too many tickets.
        growth = (1 + float(arrivals.weekly_growth)) ** (slots.day // 7)
    rates *= np.minimum(growth, 1e30)[:, None]
    if arrivals.holidays is not None:
        off = holiday_dates(scenario)
        is_off = np.array([day in off for day in slots.dates])[slots.date_index]
        rates[is_off] *= float(arrivals.holidays.multiplier)
    names = list(scenario.intents)
    for surge in arrivals.surges:
        start = wall.minute_of(surge.start.date(), surge.start.hour * 60 + surge.start.minute)
        end = wall.minute_of(surge.end.date(), surge.end.hour * 60 + surge.end.minute)
        overlap = np.clip(np.minimum(slots.start + slots.minutes, end) - np.maximum(slots.start, start), 0, None)
        factor = 1 + (float(surge.multiplier) - 1) * overlap / slots.minutes
        columns = [names.index(name) for name in surge.intents] or list(range(len(names)))
        rates[:, columns] *= factor[:, None]
    return rates


def expected_tickets(scenario: Scenario) -> float:
    """Count the expected tickets over all weeks and the warm-up (or the number replayed), and the backlog."""
    backlog = 0.0 if scenario.opening_backlog is None else float(scenario.opening_backlog.tickets)
    if scenario._replayed is not None:
        return backlog + len(scenario._replayed.minutes)
    if scenario.arrivals.per_week is None:
        return backlog
    # Bound first: a typing error in `weeks` must not build a calendar of a million days.
    rough = float(scenario.arrivals.per_week) * float(scenario.weeks)
    if rough > 100 * scenario.max_tickets or scenario.weeks > 520:
        return max(rough, 2 * float(scenario.max_tickets))
    slots = scenario.wall.slots(scenario.horizon_minutes, scenario.opening_minutes)
    return backlog + float(np.sum(expected_rates(scenario, slots) * slots.minutes[:, None]))
