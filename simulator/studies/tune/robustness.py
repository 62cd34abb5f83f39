"""How firm a choice is: which other thresholds are as good, and what an error of the AI's calibration would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.base.stats import Estimate
from simulator.distributions import Calibration
from simulator.scenario import Scenario
from simulator.studies.compare.comparison import gap_estimate
from simulator.studies.running.batch import Runner
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from simulator.studies.tune.goal import Goal
from simulator.studies.tune.space import NEVER, Knob, Space, ThresholdSetting, rounded
from simulator.studies.tune.static_rule import LATTICE

_LADDER = (0.02, 0.05, 0.1, 0.2)
"""Distances at which a threshold is tried. The middle one comes first; what it shows tells where to look next."""


@dataclass(frozen=True)
class Range:
    """The values of one knob that are as good as the chosen one, all others left as chosen."""

    knob: Knob
    chosen: float
    low: float
    high: float


@dataclass(frozen=True)
class SkillShift:
    """What the choice is worth where the AI is right more, or less, often than the scenario says."""

    log_odds: float
    """Added to the log-odds of being right, labels and answers alike."""
    chosen: Replications
    """The chosen thresholds in that world."""
    moved: Replications
    """Thresholds that have moved along with the calibration."""
    setting: ThresholdSetting
    """These thresholds."""
    loss: Estimate
    """What keeping the chosen ones forgoes (moved − chosen, paired), in the unit of the objective."""


def find_ranges(
    runner: Runner, space: Space, goal: Goal, winner: ThresholdSetting, *, first: int, replications: int,
    indifference: float,
) -> tuple[Range, ...]:
    """Look to both sides of each threshold for the furthest value that is as good.

    A value is as good where the guard-rails hold on average and the objective is not clearly worse: the paired
    difference's 95 % interval reaches 0, or its mean lies within the indifference zone.
    """
    known: dict[str, bool] = {winner.name: True}

    def look(settings: Sequence[ThresholdSetting]) -> None:
        new = {one.name: one for one in settings if one.name not in known}
        if not new:
            return
        variants = [space.variant(one) for one in (winner, *new.values())]
        found = runner.run(variants, replications, first=first, stage="Looking for thresholds as good")
        known.update({name: _is_as_good(goal, found[name], found[winner.name], indifference) for name in new})

    sides = [(knob, sign) for knob in space.knobs for sign in (-1, 1)]
    reach = {side: 0.0 for side in range(len(sides))}
    middle, wide = _LADDER[1], _LADDER[3]

    def at(side: int, step: float) -> ThresholdSetting:
        knob, sign = sides[side]
        return space.turned(winner, knob, winner.thresholds[knob.places[0]] + sign * step)

    look([at(side, middle) for side in reach])
    near = {side: known[at(side, middle).name] for side in reach}
    look([at(side, wide if near[side] else _LADDER[0]) for side in reach])
    far = {side: known[at(side, wide if near[side] else _LADDER[0]).name] for side in reach}
    between = [side for side in reach if near[side] and not far[side]]
    look([at(side, _LADDER[2]) for side in between])
    for side in reach:
        if near[side]:
            reach[side] = wide if far[side] else _LADDER[2] if known[at(side, _LADDER[2]).name] else middle
        else:
            reach[side] = _LADDER[0] if far[side] else 0.0
    return tuple(_ranges(space, winner, reach))


def _ranges(space: Space, winner: ThresholdSetting, reach: dict[int, float]) -> Iterator[Range]:
    for number, knob in enumerate(space.knobs):
        chosen = winner.thresholds[knob.places[0]]
        low, high = rounded(chosen - reach[2 * number]), rounded(chosen + reach[2 * number + 1])
        yield Range(knob, chosen, min(low, chosen), min(max(high, chosen), NEVER))


def _is_as_good(goal: Goal, study: Replications, best: Replications, indifference: float) -> bool:
    if goal.violation(study) > max(goal.violation(best), 0.0):
        return False
    if not np.isfinite(goal.values(study)).all():
        return False
    gap = gap_estimate(goal.gains(study, best), goal.kpi.name)
    return gap.mean >= -indifference or not gap.high < 0


def find_shifts(
    runner: Runner, space: Space, goal: Goal, winner: ThresholdSetting, *, first: int, replications: int, amount: float
) -> tuple[SkillShift, ...]:
    """Put the choice into worlds where the AI's log-odds of being right are lower, and higher, by an amount.

    The error is a `drift` from week 1 on that the AI's confidence does not follow. It is set against thresholds that
    have moved with it: by the static rule an answer is worth giving from a certain *chance of being right* on, so each
    threshold goes to the confidence at which that chance is what it was.
    """
    shifts = []
    for log_odds in (-amount, amount):
        setting = moved_along(space, winner, log_odds)
        drift = {"ai.drift": _drift(space.live, log_odds)}
        label = f"calibration {log_odds:+g}: "
        chosen, moved = (_variant(space, one, label, drift) for one in (winner, setting))
        variants = list({variant.name: variant for variant in (chosen, moved)}.values())
        found = runner.run(variants, replications, first=first, stage="Shifting the calibration")
        loss = gap_estimate(goal.gains(found[moved.name], found[chosen.name]), goal.kpi.name)
        shifts.append(SkillShift(log_odds, found[chosen.name], found[moved.name], setting, loss))
    return tuple(shifts)


def moved_along(space: Space, setting: ThresholdSetting, log_odds: float) -> ThresholdSetting:
    """Move each threshold to where the chance of being right is what it was, once the log-odds have changed."""
    ai = space.live.ai
    assert ai is not None

    def moved(threshold: float, calibration: Calibration) -> float:
        if not 0 < threshold < NEVER:
            return threshold
        curve = np.maximum.accumulate(calibration.log_odds(LATTICE))
        wanted = float(calibration.log_odds(np.array([threshold]))[0]) - log_odds
        reached = np.flatnonzero(curve >= wanted - 1e-9)
        # Where the AI is nowhere as likely to be right, only the most it ever states is left.
        return float(LATTICE[reached[0]]) if len(reached) else float(LATTICE[-2])

    answer = [
        (own.answer.calibration if (own := ai.intents.get(name)) and own.answer else None) or ai.answer.calibration
        for name in space.answered
    ]
    route = [
        (own.routing.calibration if (own := ai.intents.get(name)) and own.routing else None) or ai.routing.calibration
        for name in space.routed
        if ai.routing is not None
    ]
    return ThresholdSetting(
        tuple(map(moved, setting.answer, answer)),
        tuple(map(moved, setting.route, route)),
    )


def _variant(space: Space, setting: ThresholdSetting, label: str, changes: Mapping[str, object]) -> Variant:
    return space.variant(setting, label + setting.name, changes)


def _drift(scenario: Scenario, log_odds: float) -> list[object]:
    """Return the scenario's drifts with a calibration error as one more."""
    assert scenario.ai is not None
    kept = scenario.ai.model_dump(mode="json", include={"drift"})["drift"]
    error = {"name": "calibration error", "from_week": 1, "log_odds": log_odds, "lifts_confidence": 0}
    return [*kept, error]
