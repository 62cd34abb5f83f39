"""Tables of knots: measured quantiles and curves, linear in between."""

from __future__ import annotations

from typing import Annotated, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from simulator.quantities import Minutes, Share

Floats = NDArray[np.float64]
Knots = tuple[tuple[float, float], ...]


def _check_knots(knots: Knots, what: str) -> Knots:
    """Refuse pairs that are no inverse CDF: probabilities rise from 0 to 1, values never fall."""
    probabilities, values = [p for p, _ in knots], [v for _, v in knots]
    if len(knots) < 2 or probabilities[0] != 0 or probabilities[-1] != 1:
        raise PydanticCustomError("whole", "has not all probabilities; must list pairs from probability 0 to 1")
    for position in range(1, len(knots)):
        if probabilities[position] <= probabilities[position - 1]:
            _refuse_knot(probabilities, position, "must list probabilities in rising order")
        if values[position] < values[position - 1]:
            _refuse_knot(values, position, f"must list {what} that never fall")
    return knots


def _refuse_knot(column: list[float], position: int, rule: str) -> NoReturn:
    found = f"has {column[position]:g} after {column[position - 1]:g}"
    raise PydanticCustomError("whole", "{found}; {rule}", {"found": found, "rule": rule})


def _check_durations(knots: Knots) -> Knots:
    return _check_knots(knots, "durations")


def _check_confidences(knots: Knots) -> Knots:
    return _check_knots(knots, "confidences")


def _check_curve(knots: Knots) -> Knots:
    """Refuse pairs that are no curve: confidences rise."""
    if len(knots) < 2:
        raise PydanticCustomError("whole", "must list 2 or more [confidence, chance of being right] pairs")
    confidences = [c for c, _ in knots]
    for position in range(1, len(knots)):
        if confidences[position] <= confidences[position - 1]:
            _refuse_knot(confidences, position, "must list confidences in rising order")
    return knots


DurationKnots = Annotated[tuple[tuple[Share, Minutes], ...], AfterValidator(_check_durations)]
ConfidenceKnots = Annotated[tuple[tuple[Share, Share], ...], AfterValidator(_check_confidences)]
CurveKnots = Annotated[tuple[tuple[Share, Share], ...], AfterValidator(_check_curve)]


def interpolated(at: Floats, knots: Knots) -> Floats:
    """Read a table at some places, linear in between and constant beyond; same shape."""
    x, y = np.array(knots, dtype=float).T
    found: Floats = np.interp(at, x, y)
    return found
