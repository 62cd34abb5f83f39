"""Stated confidence: how sure the AI says it is."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Tag
from scipy import special

from simulator.distributions.bare import form_by_key
from simulator.distributions.knots import ConfidenceKnots, CurveKnots, Floats, interpolated
from simulator.frozen import Frozen
from simulator.quantities import Figure, OpenShare, Quantity

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

    def at_scores(self, scores: Floats) -> Floats:
        """Give confidences at normal scores; same shape."""
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
        """Give confidences at normal scores; same shape."""
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
