"""Frozen probability distributions with vectorised inverse CDFs.

Every random quantity is made by pushing a uniform (or its normal score) through an inverse CDF, so that a change of
parameters moves each ticket's value instead of reshuffling all of them (common random numbers).

    handle: 8m                                   lognormal about a mean, CV by default
    handle: {mean: 8m, cv: 0.9}                  lognormal
    handle: {form: gamma, mean: 8m, cv: 0.7}     also: exponential, uniform, constant
    handle: {quantiles: [[0, 1m], [0.5, 6m], [1, 50m]]}
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, model_validator
from pydantic_core import PydanticCustomError, core_schema
from scipy import special

from simulator.frozen import Frozen
from simulator.quantities import (
    Cv,
    Figure,
    Minutes,
    Number,
    OpenShare,
    Positive,
    PositiveMinutes,
    Quantity,
    Share,
)

Floats = NDArray[np.float64]
Knots = tuple[tuple[float, float], ...]

_SCORES = np.linspace(-6.5, 6.5, 4097)
"""Grid of normal scores on which beta quantiles are tabulated: linear interpolation is off by less than 1e-5."""


class Constant(Frozen):
    """Always the same duration."""

    form: Literal["constant"] = "constant"
    """Name of the distribution."""
    value: Minutes
    """The duration."""

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        return float(self.value)

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        return np.full(np.shape(scores), float(self.value))


class Lognormal(Frozen):
    """Lognormal duration, the usual shape of handle times (Brown et al. 2005, JASA 100)."""

    form: Literal["lognormal"] = "lognormal"
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""
    cv: Cv = Figure(1.1, source="measured: Anonymous Bank 1999, log-sd 0.86 to 0.96 by call type, n=64,943 calls")
    """Standard deviation divided by the mean."""

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        return float(self.mean)

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        variance = math.log1p(self.cv**2)
        return np.exp(math.log(self.mean) - variance / 2 + math.sqrt(variance) * scores)


class Exponential(Frozen):
    """Exponential duration, queueing theory's memoryless one."""

    form: Literal["exponential"]
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        return float(self.mean)

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        return -self.mean * special.log_ndtr(-scores)


class Gamma(Frozen):
    """Gamma duration; Erlang-k when cv = 1/sqrt(k)."""

    form: Literal["gamma"]
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""
    cv: Cv
    """Standard deviation divided by the mean."""

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        return float(self.mean)

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        shape = float(self.cv) ** -2
        values: Floats = np.asarray(special.gammaincinv(shape, special.ndtr(scores)), dtype=float) * (self.mean / shape)
        return values


class Uniform(Frozen):
    """Any duration between two bounds, equally likely."""

    form: Literal["uniform"] = "uniform"
    """Name of the distribution."""
    low: Minutes
    """Shortest duration."""
    high: Minutes
    """Longest duration."""

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise PydanticCustomError("whole", "has its low above its high; must keep low <= high")
        return self

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        return (self.low + self.high) / 2

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        values: Floats = self.low + (self.high - self.low) * special.ndtr(scores)
        return values


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


class Quantiles(Frozen):
    """A measured duration as `[probability, value]` pairs, linear in between."""

    form: Literal["quantiles"] = "quantiles"
    """Name of the distribution."""
    quantiles: DurationKnots
    """[probability, duration] pairs from probability 0 to 1, durations never falling."""

    @property
    def mean_value(self) -> float:
        """Give the mean, in minutes."""
        p, v = np.array(self.quantiles, dtype=float).T
        return float(np.sum(np.diff(p) * (v[1:] + v[:-1]) / 2))

    def at_scores(self, scores: Floats) -> Floats:
        """Give durations, in minutes, at normal scores; same shape."""
        p, v = np.array(self.quantiles, dtype=float).T
        return _interpolated(special.ndtr(scores), p, v)


class Beta(Frozen):
    """Beta-distributed confidence."""

    form: Literal["beta"] = "beta"
    """Name of the distribution."""
    mean: OpenShare
    """Mean confidence, between 0 and 1."""
    concentration: Annotated[Figure, Quantity("number", ge=0.01, le=1e6)]
    """Sum of the beta distribution's a and b: the higher, the closer confidences lie to their mean."""

    @property
    def mean_value(self) -> float:
        """Give the mean confidence."""
        return float(self.mean)

    def at_scores(self, scores: Floats) -> Floats:
        """Give confidences at normal scores; same shape, error below 1e-5."""
        return np.interp(scores, _SCORES, _beta_table(float(self.mean), float(self.concentration)))


@lru_cache(maxsize=256)
def _beta_table(mean: float, concentration: float) -> Floats:
    a, b = mean * concentration, (1 - mean) * concentration
    table: Floats = special.betaincinv(a, b, special.ndtr(_SCORES))
    return table


class ConfidenceQuantiles(Frozen):
    """A measured confidence distribution as `[probability, confidence]` pairs, linear in between."""

    form: Literal["quantiles"] = "quantiles"
    """Name of the distribution."""
    quantiles: ConfidenceKnots
    """[probability, confidence] pairs from probability 0 to 1, confidences never falling."""

    @property
    def mean_value(self) -> float:
        """Give the mean confidence."""
        p, v = np.array(self.quantiles, dtype=float).T
        return float(np.sum(np.diff(p) * (v[1:] + v[:-1]) / 2))

    def at_scores(self, scores: Floats) -> Floats:
        """Give confidences at normal scores; same shape."""
        p, v = np.array(self.quantiles, dtype=float).T
        return _interpolated(special.ndtr(scores), p, v)


class ShadowLog(Frozen):
    """An AI's shadow log: a CSV whose rows hold a stated confidence and whether the AI was right.

    Loading the scenario measures `quantiles` (as a confidence) or `table` (as a calibration, isotonic) from it.
    """

    form: Literal["shadow_log"] = "shadow_log"
    """Name of the distribution."""
    shadow_log: str
    """CSV file, relative to the scenario file."""
    confidence: str = "confidence"
    """Column of stated confidences, 0 to 1."""
    correct: str = "correct"
    """Column of 1 (right) and 0 (wrong)."""
    quantiles: ConfidenceKnots | None = None
    """Measured on loading: [probability, confidence] pairs."""
    table: CurveKnots | None = None
    """Measured on loading: [confidence, chance of being right] pairs."""
    observations: int | None = None
    """Measured on loading: rows in the log."""

    @property
    def mean_value(self) -> float:
        """Give the mean confidence."""
        p, v = np.array(self.quantiles, dtype=float).T
        return float(np.sum(np.diff(p) * (v[1:] + v[:-1]) / 2))

    def at_scores(self, scores: Floats) -> Floats:
        """Give confidences at normal scores; same shape."""
        p, v = np.array(self.quantiles, dtype=float).T
        return _interpolated(special.ndtr(scores), p, v)

    def log_odds(self, confidence: Floats) -> Floats:
        """Give the measured log-odds of being right at these confidences; same shape."""
        return _interpolated_log_odds(confidence, self.table or ())


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
        bare: dict[str, Any] = {"type": ["number", "string"], "examples": ["8m"]} if self.key else {"const": self.word}
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


def _duration_form(given: Any) -> str:
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    if "form" in given:
        return f"<{given['form']}>"
    if "quantiles" in given:
        return "<quantiles>"
    return "<uniform>" if "low" in given and "mean" not in given else "<lognormal>"


def _confidence_form(given: Any) -> str:
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    if "form" in given:
        return f"<{given['form']}>"
    if "shadow_log" in given:
        return "<shadow_log>"
    return "<quantiles>" if "quantiles" in given else "<beta>"


def _answer_form(given: Any) -> str:
    return "<routing>" if given == "routing" else _confidence_form(given)


Duration = Annotated[
    Annotated[Lognormal, Tag("<lognormal>")]
    | Annotated[Constant, Tag("<constant>")]
    | Annotated[Exponential, Tag("<exponential>")]
    | Annotated[Gamma, Tag("<gamma>")]
    | Annotated[Uniform, Tag("<uniform>")]
    | Annotated[Quantiles, Tag("<quantiles>")],
    Discriminator(
        _duration_form,
        custom_error_type="form",
        custom_error_message="must be one of lognormal, constant, exponential, gamma, uniform, quantiles",
    ),
]
"""A random duration. A field of this type also takes a bare duration; what that means is the field's to say."""

_CONFIDENCE_RULE = "must have mean and concentration, quantiles, or shadow_log"

Confidence = Annotated[
    Annotated[Beta, Tag("<beta>")]
    | Annotated[ConfidenceQuantiles, Tag("<quantiles>")]
    | Annotated[ShadowLog, Tag("<shadow_log>")],
    Discriminator(_confidence_form, custom_error_type="form", custom_error_message=_CONFIDENCE_RULE),
]
"""A distribution of stated confidence."""

AnswerConfidence = Annotated[
    Annotated[Beta, Tag("<beta>")]
    | Annotated[ConfidenceQuantiles, Tag("<quantiles>")]
    | Annotated[ShadowLog, Tag("<shadow_log>")]
    | Annotated[Literal["routing"], Tag("<routing>")],
    Discriminator(
        _answer_form, custom_error_type="form", custom_error_message=f"{_CONFIDENCE_RULE}, or be the word routing"
    ),
]
"""A distribution of stated confidence, or `routing` for the routing confidence itself."""

MeanDuration = Annotated[Duration, Bare("lognormal", "mean")]
"""A duration; a bare one is the mean of a lognormal (handle times, reply gaps)."""
FixedDuration = Annotated[Duration, Bare("constant", "value")]
"""A duration; a bare one is a constant (latencies, delays)."""
PatienceDuration = Annotated[Duration, Bare("exponential", "mean")]
"""A duration; a bare one is the mean of an exponential."""


class LogOddsCalibration(Frozen):
    """P(correct | confidence) = logistic(shift + scale × logit(confidence)).

    shift 0 and scale 1 is a calibrated AI; a negative shift or a scale below 1 is an over-confident one.
    """

    form: Literal["log_odds"] = "log_odds"
    """Name of the curve."""
    shift: Number = Figure(0.0, source="definition: 0 is calibrated")
    """Added to the log-odds; negative is over-confident."""
    scale: Positive = Figure(1.0, source="definition: 1 is calibrated")
    """Multiplies the log-odds; below 1 is over-confident at the top."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Give the log-odds of being right at these confidences; same shape."""
        return self.shift + self.scale * _logit(confidence)


class TableCalibration(Frozen):
    """P(correct | confidence) as `[confidence, chance of being right]` pairs, linear in between."""

    form: Literal["table"] = "table"
    """Name of the curve."""
    table: CurveKnots
    """[confidence, chance of being right] pairs, confidences rising."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Give the log-odds of being right at these confidences; same shape."""
        return _interpolated_log_odds(confidence, self.table)


def _calibration_form(given: Any) -> str:
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    if "form" in given:
        return f"<{given['form']}>"
    if "shadow_log" in given:
        return "<shadow_log>"
    return "<table>" if "table" in given else "<log_odds>"


Calibration = Annotated[
    Annotated[LogOddsCalibration, Tag("<log_odds>")]
    | Annotated[TableCalibration, Tag("<table>")]
    | Annotated[ShadowLog, Tag("<shadow_log>")],
    Discriminator(
        _calibration_form,
        custom_error_type="form",
        custom_error_message="must be `calibrated` or have shift and scale, table, or shadow_log",
    ),
    Bare("log_odds", word="calibrated"),
]
"""How stated confidence maps to the chance of being right."""


def _interpolated(at: Floats, knots: Floats, values: Floats) -> Floats:
    found: Floats = np.interp(at, knots, values)
    return found


def _logit(probability: Floats) -> Floats:
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(inside) - np.log1p(-inside)


def _interpolated_log_odds(confidence: Floats, knots: Knots) -> Floats:
    c, p = np.array(knots, dtype=float).T
    return _logit(np.interp(confidence, c, p))


def chance(log_odds: Floats) -> Floats:
    """Turn log-odds into probabilities; same shape."""
    values: Floats = special.expit(log_odds)
    return values
