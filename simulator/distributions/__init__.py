"""Frozen probability distributions with vectorised inverse CDFs.

Every random quantity is made by pushing a uniform (or its normal score) through an inverse CDF, so that a change of
parameters moves each ticket's value instead of reshuffling all of them (common random numbers).

    handle: 8m                                   lognormal about a mean, CV by default
    handle: {mean: 8m, cv: 0.9}                  lognormal
    handle: {form: gamma, mean: 8m, cv: 0.7}     also: exponential, uniform, constant
    handle: {quantiles: [[0, 1m], [0.5, 6m], [1, 50m]]}
"""

from simulator.distributions.confidence import (
    AnswerConfidence,
    Beta,
    Calibration,
    Confidence,
    ConfidenceQuantiles,
    LogOddsCalibration,
    ShadowLog,
    TableCalibration,
)
from simulator.distributions.durations import (
    Constant,
    Duration,
    Exponential,
    FixedDuration,
    Gamma,
    Lognormal,
    MeanDuration,
    PatienceDuration,
    Quantiles,
    Uniform,
)
from simulator.distributions.knots import chance

__all__ = [
    "AnswerConfidence",
    "Beta",
    "Calibration",
    "Confidence",
    "ConfidenceQuantiles",
    "Constant",
    "Duration",
    "Exponential",
    "FixedDuration",
    "Gamma",
    "LogOddsCalibration",
    "Lognormal",
    "MeanDuration",
    "PatienceDuration",
    "Quantiles",
    "ShadowLog",
    "TableCalibration",
    "Uniform",
    "chance",
]
