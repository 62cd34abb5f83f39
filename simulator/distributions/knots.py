"""What distributions share: tables of knots, log-odds, and what a bare value means where a distribution may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import numpy as np
from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.model_base import Frozen
from simulator.base.quantities import Minutes, Share

_Knots = tuple[tuple[float, float], ...]


def _check_knots(knots: _Knots, what: str) -> _Knots:
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


def _check_durations(knots: _Knots) -> _Knots:
    return _check_knots(knots, "durations")


def _check_confidences(knots: _Knots) -> _Knots:
    return _check_knots(knots, "confidences")


def _check_curve(knots: _Knots) -> _Knots:
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


def interpolated(at: Floats, knots: _Knots) -> Floats:
    """Read a table at some places, linear in between and constant beyond; same shape."""
    x, y = np.array(knots, dtype=float).T
    found: Floats = np.interp(at, x, y)
    return found


# -- log-odds, on which skill is gained and calibration is bent -------------------------------------------------------


def logit(probability: Floats) -> Floats:
    """Turn probabilities into log-odds, kept within 1e-6 of 0 and 1; same shape."""
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(inside) - np.log1p(-inside)


def chance(log_odds: Floats) -> Floats:
    """Turn log-odds into probabilities; same shape."""
    values: Floats = special.expit(log_odds)
    return values


# -- bare values ------------------------------------------------------------------------------------------------------


def form_by_key(given: Any, keys: tuple[str, ...], otherwise: str) -> str:
    """Name the form of a distribution or curve, as a union's tag: what it says, else by the key it has."""
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    form = given.get("form") or next((key for key in keys if key in given), otherwise)
    return f"<{form}>"


@dataclass(frozen=True)
class Bare:
    """What a bare value (`8m`) means where a distribution or curve may stand: `key` of the form `form`."""

    form: str
    key: str | None = None
    word: str | None = None
    """The only word that may stand bare, where it is not a duration."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        bare: dict[str, Any] = {"const": self.word}
        if self.key:
            article = "an" if self.form[0] in "aeiou" else "a"
            meaning = f"{self.key} of {article} {self.form} duration"
            bare = {"type": ["number", "string"], "examples": ["8m"], "description": meaning}
        return {"anyOf": [bare, handler(schema)]}

    def _expand(self, given: Any) -> Any:
        if isinstance(given, Frozen) or (isinstance(given, Mapping) and "value" not in given):
            return given
        if isinstance(given, Mapping) and "form" in given:
            return given
        if self.key is not None:
            # A bare figure with its range or source is still bare: {value: 8m, source: measured}.
            return {"form": self.form, self.key: given}
        return {"form": self.form} if given == self.word else given
