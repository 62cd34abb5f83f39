"""The opening backlog's tickets: when they arrived and what they are about.

They have streams of their own (those of a warm-up, which cannot be there as well), and are numbered back from the
start like a warm-up's, so the customers who count are the same with and without a backlog.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from simulator.calendars import TICKS_PER_MINUTE, Slots, in_ticks
from simulator.scenario.backlog import OpeningBacklog, shares_in_line
from simulator.scenario.model import Scenario
from simulator.streams import Purpose, uniforms
from simulator.tickets.table import Floats, Ints

OLDEST_MINUTES = 520 * 10_080.0
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
    earlier = np.sort(np.minimum(in_ticks(-np.minimum(ages, OLDEST_MINUTES)), -1 / TICKS_PER_MINUTE))
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
    """Give the weight of each intent in the backlog, shape (n_intents,)."""
    if backlog.intents is not None:
        return np.array([float(backlog.intents.get(name, 0.0)) for name in scenario.intents])
    shares = np.array([float(intent.share) for intent in scenario.intents.values()])
    weights: Floats = shares * shares_in_line(scenario.intents, scenario.channels).sum(axis=1)
    return weights
