"""Stated confidence, and how often the AI is right at each: two things, each with a curve of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Tag
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.model_base import Frozen
from simulator.base.quantities import Figure, Number, OpenShare, Positive, Quantity
from simulator.distributions.knots import Bare, ConfidenceKnots, CurveKnots, form_by_key, interpolated, logit

_SCORES = np.linspace(-6.5, 6.5, 4097)
"""Grid of normal scores on which beta quantiles are tabulated: linear interpolation is off by less than 1e-5."""


class Beta(Frozen):
    """Beta-distributed confidence."""

    form: Literal["beta"] = "beta"
    """Name of the distribution."""
    mean: OpenShare
    """Mean confidence, between 0 and 1."""
    concentration: Annotated[Figure, Quantity("number", ge=0.01, le=1e6)]
    """Sum of the beta distribution's a and b: the higher, the closer confidences lie to their mean."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return confidences at normal scores; same shape, error below 1e-5."""
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

    def at_scores(self, scores: Floats) -> Floats:
        """Return confidences at normal scores; same shape."""
        return interpolated(special.ndtr(scores), self.quantiles)


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

    def at_scores(self, scores: Floats) -> Floats:
        """Return confidences at normal scores; same shape."""
        return interpolated(special.ndtr(scores), self.quantiles or ())


def _confidence_form(given: Any) -> str:
    return form_by_key(given, ("shadow_log", "quantiles"), "beta")


def _answer_form(given: Any) -> str:
    return "<routing>" if given == "routing" else _confidence_form(given)


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


# -- calibration ------------------------------------------------------------------------------------------------------


class LogOddsCalibration(Frozen):
    """P(correct | confidence) = logistic(shift + logit(centre) + scale × (logit(confidence) - logit(centre))).

    shift 0 and scale 1 is a calibrated AI; a negative shift or a scale below 1 is an over-confident one. Without a
    centre, logit(centre) is 0. A fitted curve states one: about its centre, shift and scale err independently.
    """

    form: Literal["log_odds"] = "log_odds"
    """Name of the curve."""
    shift: Number = Figure(0.0, source="definition: 0 is calibrated")
    """Added to the log-odds; negative is over-confident."""
    scale: Positive = Figure(1.0, source="definition: 1 is calibrated")
    """Multiplies the log-odds; below 1 is over-confident at the top."""
    centre: OpenShare | None = None
    """Confidence at which shift is what the AI errs by, and about which scale bends; none means 50 %."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Return the log-odds of being right at these confidences; same shape."""
        if self.centre is None:
            return self.shift + self.scale * logit(confidence)
        middle = logit(np.array(float(self.centre)))
        return self.shift + middle + self.scale * (logit(confidence) - middle)


class TableCalibration(Frozen):
    """P(correct | confidence) as `[confidence, chance of being right]` pairs, linear in between."""

    form: Literal["table"] = "table"
    """Name of the curve."""
    table: CurveKnots
    """[confidence, chance of being right] pairs, confidences rising."""
    shift: Number | None = None
    """Added to the log-odds of the whole curve: its range says how sure the curve's level is. None adds nothing."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Return the log-odds of being right at these confidences; same shape."""
        return logit(interpolated(confidence, self.table)) + float(self.shift or 0)


class ShadowLogCalibration(ShadowLog):
    """P(correct | confidence) as a shadow log has it."""

    shift: Number | None = None
    """Added to the log-odds of the whole curve. Where it is not given, loading the scenario measures its range: 0, give
    or take how sure the log's rows make the level of the curve (90 %)."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Return the measured log-odds of being right at these confidences; same shape."""
        return logit(interpolated(confidence, self.table or ())) + float(self.shift or 0)


def _calibration_form(given: Any) -> str:
    return form_by_key(given, ("shadow_log", "table"), "log_odds")


Calibration = Annotated[
    Annotated[LogOddsCalibration, Tag("<log_odds>")]
    | Annotated[TableCalibration, Tag("<table>")]
    | Annotated[ShadowLogCalibration, Tag("<shadow_log>")],
    Discriminator(
        _calibration_form,
        custom_error_type="form",
        custom_error_message="must be `calibrated` or have shift and scale, table, or shadow_log",
    ),
    Bare("log_odds", word="calibrated"),
]
"""How stated confidence maps to the chance of being right."""
