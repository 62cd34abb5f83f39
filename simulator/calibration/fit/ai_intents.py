"""The AI by intent: surer on some than on others, what it takes them for, and how far its word can be taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.calibration.exports.table import UNKNOWN, Codes, Floats
from simulator.calibration.fit.ai_confidence import stated_confidence
from simulator.calibration.fit.ai_curve import Curve, rounded
from simulator.calibration.fit.ai_names import NamedLog
from simulator.calibration.fit.ai_reliability import Interval
from simulator.calibration.fit.ai_shrinkage import Shifts, shifts_by_group, shrunk_mixes, shrunk_shares
from simulator.calibration.fit.ai_tally import Judgements
from simulator.calibration.part import Part
from simulator.distributions import LogOddsCalibration
from simulator.scenario.yaml_text import Key

LEAST_FOR_CONFIDENCE = 100
"""Rows of an intent from which on it gets a distribution of confidence of its own."""
_MOST_CONFUSED = 10
_LEAST_CONFUSED = 0.01
"""Most intents and least share of the mistakes that are written; the others' shares go to these in proportion."""


@dataclass(frozen=True)
class Predicted:
    """How far the AI's word can be taken: rows that it took for an intent and was sure enough of."""

    name: str
    n: int
    """Rows from the threshold on."""
    coverage: float
    """Their share of all rows that it took for the intent."""
    accuracy: float
    """Share of them that was right; that of all intents together where there are none."""
    shrunk: Interval
    """The same, drawn toward that of all intents as far as the rows are few."""


def by_predicted(log: NamedLog, confidence: Floats, threshold: float) -> tuple[Predicted, ...]:
    """Give accuracy and coverage from a threshold on of each intent that the AI names, most rows first."""
    named = log.predicted != UNKNOWN
    taken = named & (confidence >= threshold)
    size = len(log.names)
    everything = np.bincount(log.predicted[named], minlength=size).astype(float)
    n = np.bincount(log.predicted[taken], minlength=size).astype(float)
    right = np.bincount(log.predicted[taken & log.recognised], minlength=size).astype(float)
    if not n.any():
        return ()
    shrunk = shrunk_shares(right, n)
    pooled = float(right.sum() / n.sum())
    return tuple(
        Predicted(
            log.names[place], int(n[place]), float(n[place] / everything[place]),
            float(right[place] / n[place]) if n[place] else pooled, shrunk[place],
        )
        for place in np.argsort(-everything, kind="stable") if everything[place]
    )  # fmt: skip


# -- by true intent ----------------------------------------------------------------------------------------------


def own_settings(
    stage: str, rows: Judgements, group: Codes, names: tuple[str, ...], curve: Curve, *, beta: bool
) -> tuple[dict[Key, Any], Shifts]:
    """Give what differs by true intent of a stage (`routing`, `answer`): calibration, and confidence where rows allow.

    Curves keep the general one's shape; where intents differ no more than by chance there are none of their own.
    `beta` tells whether confidence is beta-distributed in general: then it may be here, too.
    """
    known = group != UNKNOWN
    part = Judgements(rows.confidence[known], rows.correct[known], rows.cell[known], rows.stated)
    right, wrong = part.by(group[known].astype(np.intp), len(names))
    odds = curve.log_odds(rows.stated)
    chance = 1 / (1 + np.exp(-odds))
    error = 1 / float(np.sqrt(rows.tally.total @ (chance * (1 - chance))))
    counts = (right + wrong).sum(axis=1)
    with_rows = np.flatnonzero(counts)
    found = shifts_by_group(right[with_rows], wrong[with_rows], odds, error)
    settings: dict[Key, Any] = {}
    by_group = np.split(part.confidence[np.argsort(group[known], kind="stable")], np.cumsum(counts)[:-1].astype(int))
    for place, shift in zip(with_rows, found.shifts, strict=True):
        path: Key = ("ai", "intents", names[place], stage)
        own = by_group[place]
        if len(own) >= LEAST_FOR_CONFIDENCE:
            stated = stated_confidence(own, beta=beta).settings
            settings |= {(*path, "confidence", key): value for key, value in stated.items()}
        if found.spread:
            settings |= {(*path, "calibration", key): value for key, value in _shifted(curve, shift, len(own)).items()}
    return settings, found


def curve_settings(curve: Curve) -> dict[str, Any]:
    """Write a curve as a scenario does."""
    if isinstance(curve, LogOddsCalibration):
        return {"shift": curve.shift, "scale": curve.scale, "centre": curve.centre}
    return {"shift": curve.shift, "table": [[float(at), float(chance)] for at, chance in curve.table]}


def _shifted(curve: Curve, by: Interval, n: int) -> dict[str, Any]:
    base = float(curve.shift or 0)
    return {**curve_settings(curve), "shift": rounded(base + by.value, base + by.low, base + by.high, n)}


def confused_with(log: NamedLog) -> Part:
    """Give where each true intent's mistakes go, drawn toward the intents' shares as far as the mistakes are few."""
    size = len(log.names)
    wrong = (log.true != UNKNOWN) & (log.predicted != UNKNOWN) & (log.true != log.predicted)
    if not wrong.any() or size < 2:
        return Part()
    pairs = log.true[wrong].astype(np.intp) * size + log.predicted[wrong]
    counts = np.bincount(pairs, minlength=size * size).reshape(size, size).astype(float)
    named = log.true != UNKNOWN
    # Half a row for every intent, so that none is impossible to be taken for.
    shares = np.bincount(log.true[named], minlength=size) + 0.5
    bases = np.tile(shares, (size, 1)) * ~np.eye(size, dtype=np.bool_)
    mixes = shrunk_mixes(counts, bases / bases.sum(axis=1, keepdims=True))
    settings: dict[Key, Any] = {}
    comments: dict[Key, str] = {}
    for place in np.flatnonzero(counts.sum(axis=1)):
        path: Key = ("ai", "intents", log.names[place], "confused_with")
        settings |= {(*path, log.names[other]): share for other, share in _largest(mixes[place])}
        comments[path] = f"n={int(counts[place].sum()):,} mistakes"
    source = f"measured: n={int(counts.sum()):,} mistakes, drawn toward intent shares"
    return Part(settings, comments, {"ai.intents.*.confused_with.*": source})


def _largest(mix: Floats) -> list[tuple[int, float]]:
    """Give the places and shares that are worth writing, in thousandths that sum to exactly one."""
    order = np.argsort(-mix, kind="stable")[:_MOST_CONFUSED]
    kept = order[mix[order] >= min(_LEAST_CONFUSED, mix.max())]
    exact = mix[kept] / mix[kept].sum() * 1000
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: 1000 - int(whole.sum())]] += 1
    return [(int(place), int(part) / 1000) for place, part in zip(kept, whole, strict=True) if part]
