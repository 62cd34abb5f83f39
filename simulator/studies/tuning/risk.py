"""Risk and coverage of each intent at any answer threshold, from drawn tickets; queues play no part."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.studies.intervals import Estimate
from simulator.studies.pilot.gates import share_of
from simulator.studies.tuning.space import Space
from simulator.studies.tuning.stakes import answer_stakes, draw_enough
from simulator.studies.tuning.static_rule import RiskCurve, by_intent, lattice_place


@dataclass(frozen=True)
class RiskCurves:
    """The curves of a space's intents, and what they are measured on."""

    curves: tuple[RiskCurve, ...]
    draws: int
    """Replications of tickets that were drawn."""

    def coverage(self, curve: RiskCurve, threshold: float) -> Estimate:
        """Estimate the share of an intent's tickets that the AI answers from a threshold on (Wilson's interval)."""
        trials = round(curve.tickets * self.draws)
        return share_of(round(float(curve.coverage[lattice_place(threshold)]) * trials), trials)

    def accuracy(self, curve: RiskCurve, threshold: float) -> Estimate:
        """Estimate the share of right answers among complete ones; no value where none is given.

        Complete answers are counted as answered tickets, a little more than there are: the interval is that of so many.
        """
        place = lattice_place(threshold)
        if not math.isfinite(curve.risk[place]):
            return Estimate(math.nan, math.nan, math.nan, 0)
        trials = round(curve.tickets * self.draws * float(curve.coverage[place]))
        return share_of(round((1 - float(curve.risk[place])) * trials), trials)


def risk_curves(space: Space, seed: int) -> RiskCurves:
    """Measure the curves; present answer thresholds play no part."""
    tickets = draw_enough(space.live, seed)
    tallies = by_intent(space.live, answer_stakes(space.live, tickets), space.answered)
    return RiskCurves(tuple(tally.curve(name) for name, tally in tallies.items()), len(tickets))
