"""Draws: values for all uncertain inputs at once, as settings of the scenario.

The design is a scrambled Sobol sequence (Owen 1998; `scipy.stats.qmc`): it fills the space of inputs more evenly than
independent draws. Shares of one whole stay at 100 %: those that were drawn keep their value, the others make room in
proportion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.errors import Problem, ScenarioError, StudyError
from simulator.scenario.loading import override
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import spell
from simulator.streams import OUTER_LOOP
from simulator.studies.roi.figures import mixes_of
from simulator.studies.roi.inputs import Change, Input
from simulator.studies.variants import Variant

Floats = NDArray[np.float64]
CENTRAL = "central"


def design(inputs: int, draws: int, seed: int) -> Floats:
    """Give shares of the inputs' distributions, shape (draws, inputs), each strictly between 0 and 1.

    The first draws of a longer design are those of a shorter one. Numbers of draws that are no power of 2 are the
    beginning of the next one's design.
    """
    from scipy.stats import qmc

    if inputs == 0:
        return np.empty((draws, 0))
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=OUTER_LOOP))
    points = qmc.Sobol(inputs, scramble=True, rng=stream).random_base2(max(1, (draws - 1).bit_length()))
    return np.clip(points[:draws], 2.0**-33, 1 - 2.0**-33)


def drawn(inputs: Sequence[Input], shares: Floats) -> Change:
    """Give the values of one draw, by path."""
    changed: Change = {}
    for one, share in zip(inputs, shares, strict=True):
        changed |= one.change(float(share))
    return changed


def settled(scenario: Scenario, change: Change) -> Change:
    """Give a change with what it entails: shares beside changed ones, which together stay the whole."""
    return {**change, **_rest_of_mixes(scenario, change)}


def changed_scenario(scenario: Scenario, change: Change, what: str) -> Scenario:
    """Give the scenario with some figures changed, checked as a whole.

    Raises StudyError where the values cannot be together, such as two ends of a range that cross.
    """
    if not change:
        return scenario
    whole = settled(scenario, change)
    try:
        return override(scenario, {spell(path): value for path, value in whole.items()})
    except ScenarioError as error:
        remedy = f"ranges that overlap so cannot be drawn from ({what}); narrow them"
        raise StudyError([Problem(one.where, one.path, f"{one.message}: {remedy}") for one in error.problems]) from None


def variant_of(scenario: Scenario, name: str, change: Change) -> Variant:
    """Make a variant of its own world: what is uncertain holds for the baseline, too."""
    told = tuple((spell(path), f"{value:.6g}") for path, value in change.items())
    return Variant(name, changed_scenario(scenario, change, name), told)


def _rest_of_mixes(scenario: Scenario, change: Change) -> Change:
    """Give the shares that make room for those that changed, and those scaled down as they would exceed the whole."""
    rest: Change = {}
    for mix in mixes_of(scenario):
        fixed = {path: change[path] for path in mix if path in change}
        if not fixed:
            continue
        others = {path: share for path, share in mix.items() if path not in fixed}
        taken, left = sum(fixed.values()), sum(others.values())
        whole = sum(mix.values())
        if taken >= whole or not left:
            # Nothing else can give way: all are scaled to the whole.
            rest |= {path: share * whole / taken for path, share in fixed.items()}
            rest |= dict.fromkeys(others, 0.0)
        else:
            rest |= {path: share * (whole - taken) / left for path, share in others.items()}
    return rest
