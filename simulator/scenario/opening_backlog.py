"""The opening backlog: tickets that are open already when the scenario starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.base.model_base import Frozen, Named
from simulator.base.quantities import Count, Share
from simulator.distributions import FixedDuration
from simulator.scenario.demand import Channel, Intent

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


class OpeningBacklog(Frozen):
    """Tickets that are open already at the start, in people's hands.

    They arrived before `start`, stand in line by the time at which they joined, and are worked on like all others once
    the desk opens at its first minute; nobody has worked on them yet, so their whole handle time is left. The AI does
    not touch them, those who wait do not give up, and KPIs are not about them: only the backlog over time holds them.
    They lie in channels that are not live, by the shares that these have.
    """

    tickets: Count
    """Number of tickets that are open at the start."""
    age: FixedDuration
    """How long each has been open at the start."""
    intents: Named[Share] | None = None
    """Shares of what they are about, summing to 1; none means the scenario's, of tickets in channels that are not
    live."""


def shares_in_line(intents: Named[Intent], channels: Named[Channel]) -> NDArray[np.float64]:
    """Give the shares of each intent's tickets in each channel, 0 in live ones; shape (n_intents, n_channels)."""
    rows = []
    for intent in intents.values():
        mix = {name: float(given.share) for name, given in channels.items()} if intent.channels is None else {
            name: float(intent.channels.get(name, 0.0)) for name in channels
        }  # fmt: skip
        rows.append([0.0 if channels[name].live else share for name, share in mix.items()])
    return np.array(rows)


def backlog_problems(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """List what is wrong with an opening backlog in its scenario, as (path, message)."""
    backlog = scenario.opening_backlog
    if backlog is None:
        return
    if scenario.warm_up:
        rule = "is given together with warm_up, which fills the house itself; drop one of them"
        yield ("opening_backlog",), rule
    if all(channel.live for channel in scenario.channels.values()):
        rule = "is given, but every channel is live, where nobody waits overnight; drop it or set live: false"
        yield ("opening_backlog",), rule
        return
    in_line = shares_in_line(scenario.intents, scenario.channels).sum(axis=1)
    if backlog.intents is None and not in_line.any():
        rule = "is given, but no intent arrives in a channel that is not live; drop it or give one such a channel"
        yield ("opening_backlog",), rule
    for name, share in (backlog.intents or {}).items():
        path = ("opening_backlog", "intents", name)
        if name not in scenario.intents:
            yield path, f"names the intent {name!r}; must be one of {', '.join(scenario.intents)}"
        elif share and not in_line[scenario.intents.index(name)]:
            yield path, f"names the intent {name!r}, which arrives in live channels only; must be 0 or left out"
