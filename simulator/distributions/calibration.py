"""Calibration: how often the AI is right at each stated confidence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from simulator.distributions.bare import Bare, form_by_key
from simulator.distributions.confidences import ShadowLog
from simulator.distributions.knots import CurveKnots, Floats, interpolated
from simulator.distributions.log_odds import logit
from simulator.frozen import Frozen
from simulator.quantities import Figure, Number, Positive


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
        return self.shift + self.scale * logit(confidence)


class TableCalibration(Frozen):
    """P(correct | confidence) as `[confidence, chance of being right]` pairs, linear in between."""

    form: Literal["table"] = "table"
    """Name of the curve."""
    table: CurveKnots
    """[confidence, chance of being right] pairs, confidences rising."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Give the log-odds of being right at these confidences; same shape."""
        return logit(interpolated(confidence, self.table))


def _calibration_form(given: Any) -> str:
    return form_by_key(given, ("shadow_log", "table"), "log_odds")


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
