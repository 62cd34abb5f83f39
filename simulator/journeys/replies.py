"""How long customers take to answer a question, in a conversation with the AI or between two touches of a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.scenario.model import Scenario
from simulator.tickets import Tickets

Floats = NDArray[np.float64]


def reply_gaps(
    scenario: Scenario, tickets: Tickets, who: NDArray[np.bool_], channel: NDArray[np.int64], scores: Floats
) -> Floats:
    """Give the minutes at normal scores, by intent where it has its own, else by channel; 0 but for `who`."""
    gaps = np.zeros(len(tickets))
    for number, way in enumerate(scenario.channels.values()):
        here = np.flatnonzero(who & (channel == number))
        gaps[here] = way.reply_gap.at_scores(scores[here])
    for position, intent in enumerate(scenario.intents.values()):
        if intent.reply_gap is not None:
            here = np.flatnonzero(who & (tickets.intent == position))
            gaps[here] = intent.reply_gap.at_scores(scores[here])
    return gaps
