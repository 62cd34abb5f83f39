"""Satisfaction: the mean score of surveys, and how many customers answer them."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.stats import estimate
from simulator.base.text import Key
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.durations import rounded
from simulator.calibration.fit.estimate import LEVEL, Part, measured
from simulator.calibration.fit.partial_pooling import share_of

_MIN_ANSWERS = 10
_PATH = "csat.human_mean"


def fit_csat(export: Export) -> Part:
    """Estimate the mean score (1 to 5) and the share of finished tickets with an answer."""
    given = np.full(len(export), np.nan) if export.satisfaction is None else export.satisfaction
    scores = given[np.isfinite(given)]
    if len(scores) < _MIN_ANSWERS:
        text = f"{len(scores)} survey scores in the export: satisfaction is not modelled, unless --set {_PATH}=4.2"
        return Part(findings=(Notice("note", "csat", text),))
    if scores.min() < 1 or scores.max() > 5:
        span = f"scores from {scores.min():g} to {scores.max():g}"
        text = f"{span} are no scale of 1 to 5, so satisfaction is not modelled; give its mean with --set {_PATH}=4.2"
        return Part(findings=(Notice("warning", "csat", text),))
    found, n = estimate(scores, (1.001, 4.999), LEVEL), len(scores)
    if not 1 < found.mean < 5:
        text = f"every one of {n:,} scores is {found.mean:g}: the model cannot hold a mean at the end of its scale"
        return Part(findings=(Notice("warning", "csat", text),))
    finished = ~export.is_open
    answered = finished & np.isfinite(given)
    rate = share_of(float(answered.sum()), float(finished.sum())) if finished.any() else share_of(n, len(export))
    figure = measured(rounded(found.mean), rounded(found.low), rounded(found.high), n, "answers")
    is_good_or_bad = set(np.unique(scores)) <= {1.0, 5.0}
    if is_good_or_bad:
        source = f"assumed: good counted as 5 and bad as 1, n={n:,} answers"
        figure = Figure(float(figure), figure.low, figure.high, n, source)
    settings: dict[Key, Any] = {
        ("csat", "human_mean"): figure,
        ("csat", "response_rate"): measured(*rate, int(finished.sum()) or len(export)),
    }
    findings = []
    if is_good_or_bad:
        text = "scores are 1 or 5 only, as of a good-or-bad survey: their mean is no mean of five steps"
        findings.append(Notice("warning", _PATH, text))
    if scores.max() < 5:
        text = f"no score is above {scores.max():g}: if their scale ends there, give their mean on one of 1 to 5"
        findings.append(Notice("warning", _PATH, f"{text} with --set {_PATH}=4.2"))
    text = f"mean of {n:,} answers; what lowers satisfaction (csat.penalties) is in no export and stays assumed"
    findings.append(Notice("note", _PATH, text))
    return Part(settings, findings=tuple(findings))
