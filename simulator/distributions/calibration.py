"""Calibration: how often the AI is right at each stated confidence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Tag

from simulator.distributions.bare import Bare, form_by_key
from simulator.distributions.confidences import ShadowLog
from simulator.distributions.knots import CurveKnots, Floats, interpolated
from simulator.distributions.log_odds import logit
from simulator.frozen import Frozen
from simulator.quantities import Figure, Number, OpenShare, Positive


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
        """Give the log-odds of being right at these confidences; same shape."""
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
        """Give the log-odds of being right at these confidences; same shape."""
        return logit(interpolated(confidence, self.table)) + float(self.shift or 0)


class ShadowLogCalibration(ShadowLog):
    """P(correct | confidence) as a shadow log has it."""

    shift: Number | None = None
    """Added to the log-odds of the whole curve. Where it is not given, loading the scenario measures its range: 0, give
    or take how sure the log's rows make the level of the curve (90 %)."""

    def log_odds(self, confidence: Floats) -> Floats:
        """Give the measured log-odds of being right at these confidences; same shape."""
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
