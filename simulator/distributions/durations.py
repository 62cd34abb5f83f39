"""Durations: handle times, delays, patience."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Tag, model_validator
from pydantic_core import PydanticCustomError
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.model_base import Frozen
from simulator.base.quantities import Cv, Figure, Minutes, PositiveMinutes
from simulator.distributions.knots import Bare, DurationKnots, interpolated


class Constant(Frozen):
    """Always the same duration."""

    form: Literal["constant"] = "constant"
    """Name of the distribution."""
    value: Minutes
    """The duration."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
        return np.full(np.shape(scores), float(self.value))


class Lognormal(Frozen):
    """Lognormal duration, the usual shape of handle times (Brown et al. 2005, JASA 100)."""

    form: Literal["lognormal"] = "lognormal"
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""
    cv: Cv = Figure(1.1, source="measured: Anonymous Bank 1999, log-sd 0.86 to 0.96 by call type, n=64,943 calls")
    """Standard deviation divided by the mean."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
        variance = math.log1p(self.cv**2)
        return np.exp(math.log(self.mean) - variance / 2 + math.sqrt(variance) * scores)


class Exponential(Frozen):
    """Exponential duration, queueing theory's memoryless one."""

    form: Literal["exponential"]
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
        return -self.mean * special.log_ndtr(-scores)


class Gamma(Frozen):
    """Gamma duration; Erlang-k when cv = 1/sqrt(k)."""

    form: Literal["gamma"]
    """Name of the distribution."""
    mean: PositiveMinutes
    """Mean duration."""
    cv: Cv
    """Standard deviation divided by the mean."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
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

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
        values: Floats = self.low + (self.high - self.low) * special.ndtr(scores)
        return values


class Quantiles(Frozen):
    """A measured duration as `[probability, value]` pairs, linear in between."""

    form: Literal["quantiles"] = "quantiles"
    """Name of the distribution."""
    quantiles: DurationKnots
    """[probability, duration] pairs from probability 0 to 1, durations never falling."""

    def at_scores(self, scores: Floats) -> Floats:
        """Return durations, in minutes, at normal scores; same shape."""
        return interpolated(special.ndtr(scores), self.quantiles)


def _duration_form(given: Any) -> str:
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    if "form" in given:
        return f"<{given['form']}>"
    if "quantiles" in given:
        return "<quantiles>"
    return "<uniform>" if "low" in given and "mean" not in given else "<lognormal>"


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

MeanDuration = Annotated[Duration, Bare("lognormal", "mean")]
"""A duration; a bare one is the mean of a lognormal (handle times, reply gaps)."""
FixedDuration = Annotated[Duration, Bare("constant", "value")]
"""A duration; a bare one is a constant (latencies, delays)."""
PatienceDuration = Annotated[Duration, Bare("exponential", "mean")]
"""A duration; a bare one is the mean of an exponential."""
