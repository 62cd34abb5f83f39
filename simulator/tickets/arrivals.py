"""When tickets arrive and what they are about: a Poisson process with busy days, a replayed log, an opening backlog."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import TICKS_PER_MINUTE, WEEK_MINUTES, Slots, in_ticks
from simulator.base.streams import Purpose, ticket_uniforms, uniforms
from simulator.scenario import OpeningBacklog, Scenario, expected_rates, shares_in_line

_OLDEST_MINUTES = 520.0 * WEEK_MINUTES
"""Ten years: a longer tail of an age's distribution is cut here."""


def with_backlog(
    scenario: Scenario,
    backlog: OpeningBacklog,
    seed: int,
    replication: int,
    slots: Slots,
    arrivals: tuple[Floats, Ints],
) -> tuple[Slots, Floats, Ints, Ints]:
    """Put the backlog before the arrivals (minutes, intents): slots that reach back to it, minutes, slots, intents."""
    size = int(backlog.tickets)
    minutes, intents = arrivals
    ages = backlog.age.at_scores(special.ndtri(uniforms(seed, replication, Purpose.ARRIVAL_GAP, size, before=True)))
    # Not even one that has just arrived belongs to those that count.
    earlier = np.sort(np.minimum(in_ticks(-np.minimum(ages, _OLDEST_MINUTES)), -1 / TICKS_PER_MINUTE))
    weights = _weights(scenario, backlog)
    draws = uniforms(seed, replication, Purpose.INTENT, size, before=True)[::-1]
    chosen = np.searchsorted(np.cumsum(weights)[:-1] / weights.sum(), draws, side="left")
    if size:
        oldest = scenario.wall.local(float(earlier[0])).date()
        slots = scenario.wall.slots(scenario.horizon_minutes, scenario.wall.minute_of(oldest))
    arrival = np.concatenate([earlier, minutes])
    slot = np.searchsorted(slots.start, arrival, side="right") - 1
    return slots, arrival, slot, np.concatenate([chosen, intents])


def _weights(scenario: Scenario, backlog: OpeningBacklog) -> Floats:
    """Return the weight of each intent in the backlog, shape (n_intents,)."""
    if backlog.intents is not None:
        return np.array([float(backlog.intents.get(name, 0.0)) for name in scenario.intents])
    shares = np.array([float(intent.share) for intent in scenario.intents.values()])
    weights: Floats = shares * shares_in_line(scenario.intents, scenario.channels).sum(axis=1)
    return weights


# -- when tickets arrive and what they are about ----------------------------------------------------------------------


def draw_arrivals(scenario: Scenario, seed: int, replication: int, slots: Slots) -> tuple[Floats, Ints, Ints]:
    """Draw arrival times (minutes, ascending, in ticks), their slots and their intents; shapes (n_tickets,).

    The slots begin with the warm-up, if there is one; its tickets come first.
    """
    replayed = scenario._replayed
    names = list(scenario.intents)
    rates = expected_rates(scenario, slots)
    if replayed is not None:
        arrival = replayed.minutes
        rates = np.tile([float(intent.share) for intent in scenario.intents.values()], (len(rates), 1))
    else:
        arrival = _arrival_times(scenario, rates.sum(axis=1), seed, replication, slots)
    slot = np.searchsorted(slots.start, arrival, side="right") - 1
    if replayed is not None and replayed.intents is not None:
        number = {name: index for index, name in enumerate(names)}
        return arrival, slot, np.array([number[name] for name in replayed.intents], dtype=np.int64)
    cumulative = np.cumsum(rates, axis=1)
    early = int(np.searchsorted(arrival, 0.0))
    sizes = early, len(arrival) - early
    target = ticket_uniforms(seed, replication, Purpose.INTENT, sizes) * cumulative[slot, -1]
    intent = np.zeros(len(arrival), dtype=np.int64)
    for column in range(len(names) - 1):
        intent += target > cumulative[slot, column]
    return arrival, slot, intent


def _arrival_times(scenario: Scenario, rate: Floats, seed: int, replication: int, slots: Slots) -> Floats:
    if slots.start[0] >= 0:
        return _poisson_times(rate * _busyness(scenario, seed, replication, slots), seed, replication, slots)
    early, counted = slots.split(0.0)
    length = len(early.start)
    rate[:length] *= _busyness(scenario, seed, replication, early, before=True)
    rate[length:] *= _busyness(scenario, seed, replication, counted)
    past = _past_times(rate[:length], seed, replication, early)
    return np.concatenate([past, _poisson_times(rate[length:], seed, replication, counted)])


def _poisson_times(rate: Floats, seed: int, replication: int, slots: Slots) -> Floats:
    """Draw a Poisson process by stretching a unit-rate one: more volume keeps the earlier customers."""
    edges = np.append(slots.start, slots.until)
    cumulative = np.concatenate([[0.0], np.cumsum(rate * slots.minutes)])
    times = _unit_times(float(cumulative[-1]), seed, replication)
    arrival = in_ticks(np.interp(times, cumulative, edges))
    # Rounding must not carry the last ticket over the horizon.
    return np.minimum(arrival, slots.until - 1 / TICKS_PER_MINUTE)


def _past_times(rate: Floats, seed: int, replication: int, slots: Slots) -> Floats:
    """Draw a warm-up's Poisson process back from the start: a longer warm-up keeps the later customers."""
    ages = -np.append(slots.start, slots.until)[::-1]
    cumulative = np.concatenate([[0.0], np.cumsum((rate * slots.minutes)[::-1])])
    times = _unit_times(float(cumulative[-1]), seed, replication, before=True)
    arrival = -in_ticks(np.interp(times, cumulative, ages))[::-1]
    # Rounding must not carry the last ticket out of the warm-up.
    return np.minimum(arrival, -1 / TICKS_PER_MINUTE)


def _unit_times(total: float, seed: int, replication: int, *, before: bool = False) -> Floats:
    """Draw a Poisson process of rate 1 up to a total."""
    size = math.ceil(total + 6 * math.sqrt(total) + 20)
    while True:
        times: Floats = np.cumsum(-np.log1p(-uniforms(seed, replication, Purpose.ARRIVAL_GAP, size, before=before)))
        if times[-1] > total:
            return times[times < total]
        size *= 2


def _busyness(scenario: Scenario, seed: int, replication: int, slots: Slots, *, before: bool = False) -> Floats:
    """Draw each day's gamma factor (mean 1) and give it by slot; shape (n_slots,)."""
    days, cv = len(slots.dates), float(scenario.arrivals.busyness_cv)
    if cv == 0:
        return np.ones(len(slots.start))
    draws = uniforms(seed, replication, Purpose.BUSYNESS, days, before=before)
    if before:
        draws = draws[::-1]  # Days of a warm-up are numbered back from the start, as its customers are.
    factors: Floats = np.asarray(special.gammaincinv(cv**-2.0, draws)) * cv**2
    return factors[slots.date_index]
