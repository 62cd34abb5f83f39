"""Names of intents: those that the AI's log uses, told in the desk's.

Small samples: figures of each intent, drawn toward what all intents have in common as far as their rows are few.

How far is measured, not set: the spread between intents is the one that makes the log likeliest (empirical Bayes), so
that intents which differ no more than by chance all get the common figure.

The AI by intent: surer on some than on others, what it takes them for, and how far its word can be taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import Notice
from simulator.base.text import Key
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.table import UNKNOWN, Category, Codes
from simulator.calibration.fit.ai_curve import Curve, Judgements, fit_within, rounded
from simulator.calibration.fit.ai_reliability import stated_confidence
from simulator.calibration.fit.estimate import Part, Ranged
from simulator.distributions import LogOddsCalibration

_OTHER = "other"
"""The desk's name for intents too rare for one of their own."""
_MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class NamedLog:
    """A log in the desk's names of intents; columns of shape (n_rows,)."""

    names: tuple[str, ...]
    """Intents that figures are given for; none where the log's names are not the desk's."""
    true: Codes
    predicted: Codes
    """What the AI took it for; UNKNOWN throughout where the log does not say."""
    recognised: Bools
    """Whether the intent was recognised, as the desk tells intents apart; the log's `correct` where it names none."""
    exact: Bools
    """The same, as the log tells them apart."""
    findings: tuple[Notice, ...]


def in_desk_names(log: AiLog, intents: Sequence[str] | None) -> NamedLog:
    """Return a log's intents in the desk's names; None takes the log's own.

    Names match whatever their case and whether spaces, `_` or `-` stand between words. What the desk does not have
    counts as its `other`, where it has that: taking one such intent for another of them is then no mistake.
    """
    own = _names(log)
    names = tuple(own if intents is None else intents)
    same = {_key(name): place for place, name in enumerate(names)}
    known = {name: same[_key(name)] for name in own if _key(name) in same}
    unknown = np.full(len(log), UNKNOWN, dtype=np.int32)
    exact = _recognised(log)
    if not known:
        return NamedLog((), unknown, unknown, exact, exact, _nothing_matches(own, names))
    rest = same.get(_OTHER, UNKNOWN)
    true, predicted = (
        unknown if column is None else _told(column, known, rest) for column in (log.true, log.predicted)
    )
    alike = (true == predicted) & (true != UNKNOWN)
    return NamedLog(names, true, predicted, exact | alike, exact, _without_match(log, own, known, rest != UNKNOWN))


def _names(log: AiLog) -> tuple[str, ...]:
    """List the log's intents that any row names, true ones first."""
    columns = [column for column in (log.true, log.predicted) if column is not None]
    used = [name for column in columns for name, n in zip(column.names, column.counts(), strict=True) if n]
    return tuple(dict.fromkeys(used))


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _told(column: Category, known: dict[str, int], rest: int) -> Codes:
    table = np.array([known.get(name, rest) for name in column.names] + [UNKNOWN], dtype=np.int32)
    told: Codes = table[column.codes]
    return told


def _recognised(log: AiLog) -> Bools:
    if log.true is None or log.predicted is None:
        return log.correct
    both = {name: place for place, name in enumerate(dict.fromkeys((*log.true.names, *log.predicted.names)))}
    true, predicted = (_told(column, both, UNKNOWN) for column in (log.true, log.predicted))
    named = (true != UNKNOWN) & (predicted != UNKNOWN)
    return np.where(named, true == predicted, log.correct)


def _nothing_matches(own: Sequence[str], names: Sequence[str]) -> tuple[Notice, ...]:
    if not own:
        return ()
    text = (
        f"the AI's log names intents ({_few(own)}) and none is one of the tickets' ({_few(names)}): figures are"
        " general, none by intent. Name them alike in both files, or read the tickets' intent from the column that"
        " holds these names"
    )
    return (Notice("warning", "ai.intents", text),)


def _without_match(log: AiLog, own: Sequence[str], known: dict[str, int], other: bool) -> tuple[Notice, ...]:
    strange = [name for name in own if name not in known]
    if not strange:
        return ()
    column = log.true or log.predicted
    assert column is not None
    counts = dict(zip(column.names, column.counts().tolist(), strict=True))
    share = sum(counts.get(name, 0) for name in strange) / len(log)
    fate = f"they count as {_OTHER}" if other else "they count in the general figures only"
    which = f"{len(strange)} of the log's intents ({share:.1%} of its rows: {_few(strange)})"
    text = f"{which} are none of the tickets'; {fate}"
    return (Notice("warning" if share > 0.1 else "note", "ai.intents", text),)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


# -- small samples ----------------------------------------------------------------------------------------------------


_GRID = np.linspace(-8.0, 8.0, 641)
"""Shifts at which likelihoods are computed."""
_WORTH = 1.35
"""Gain in log-likelihood that speaks for a spread at the 5 % level: half the 90 % point of chi-square on one degree of
freedom, as no spread is the end of its range (Self and Liang 1987)."""


@dataclass(frozen=True)
class _Shifts:
    """How much surer to be right the AI is on each intent than the common curve says, in log-odds."""

    spread: float
    """Standard deviation between intents; 0 where they differ no more than by chance."""
    shifts: tuple[Ranged, ...]
    """One for each intent, with its 90 % range."""


def shifts_by_group(right: Floats, wrong: Floats, odds: Floats, error: float) -> _Shifts:
    """Estimate each group's shift of the common log-odds, shifts normal between groups.

    `right` and `wrong` count judgements by group and cell, shape (groups, n_cells); `odds` are the cells' common
    log-odds; `error` is the standard error of their level, which a group's shift shares as far as it is drawn in. The
    posterior is computed on a grid, so that a group without a mistake is as good as any other.
    """
    shifted = odds[:, None] + _GRID
    likelihood = -(right @ np.logaddexp(0, -shifted) + wrong @ np.logaddexp(0, shifted))

    def marginal(middle: float, spread: float) -> float:
        return float(special.logsumexp(likelihood + _log_normal(middle, spread), axis=1).sum())

    none = float(likelihood[:, len(_GRID) // 2].sum())
    middle, spread = _likeliest(marginal, (0.0, 0.4), ((-3.0, 3.0), (0.05, 3.0)))
    if len(right) < 2 or marginal(middle, spread) - none < _WORTH:
        return _Shifts(0.0, (Ranged(0.0, 0.0, 0.0),) * len(right))
    posterior = special.softmax(likelihood + _log_normal(middle, spread), axis=1)
    return _Shifts(spread, tuple(_interval(weights, spread, error) for weights in posterior))


def _likeliest(
    likelihood: Callable[[float, float], float],
    start: tuple[float, float],
    bounds: tuple[tuple[float, float], tuple[float, float]],
) -> tuple[float, float]:
    """Find the likeliest pair of a place and a size above 0 within bounds, the size on its logarithm."""
    from scipy.optimize import minimize

    def against(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return -likelihood(float(at[0]), math.exp(float(at[1])))

    (lowest, highest), (least, most) = bounds
    within = [(lowest, highest), (math.log(least), math.log(most))]
    found = minimize(against, [start[0], math.log(start[1])], method="Nelder-Mead", bounds=within, tol=1e-4)
    return float(found.x[0]), math.exp(float(found.x[1]))


def _log_normal(middle: float, spread: float) -> Floats:
    """Return the log of normal weights on the grid; they sum to 1."""
    weights = -0.5 * ((_GRID - middle) / spread) ** 2
    found: Floats = weights - special.logsumexp(weights)
    return found


def _interval(weights: Floats, spread: float, error: float) -> Ranged:
    mean = float(weights @ _GRID)
    rise = np.cumsum(weights) - weights / 2
    low, high = (float(np.interp(end, rise, _GRID)) for end in (0.05, 0.95))
    drawn_in = min(float(weights @ (_GRID - mean) ** 2) / spread**2, 1.0)
    common = 1.6449 * error * drawn_in
    return Ranged(mean, mean - math.hypot(mean - low, common), mean + math.hypot(high - mean, common))


# -- shares ------------------------------------------------------------------------------------------------------


def shrunk_shares(right: Floats, n: Floats) -> tuple[Ranged, ...]:
    """Draw the share of each group toward that of all; `right` of `n` judgements, shape (groups,).

    Shares are beta-distributed between groups; mean and concentration are the likeliest. The interval is the
    posterior's and takes both for known.
    """

    def ends(log_odds: float, concentration: float) -> tuple[float, float]:
        mean = float(special.expit(log_odds))
        return mean * concentration, (1 - mean) * concentration

    def marginal(log_odds: float, concentration: float) -> float:
        a, b = ends(log_odds, concentration)
        return float((special.betaln(a + right, b + n - right) - special.betaln(a, b)).sum())

    pooled = (float(right.sum()) + 0.5) / (float(n.sum()) + 1)
    a, b = ends(*_likeliest(marginal, (math.log(pooled / (1 - pooled)), 20.0), ((-9.0, 9.0), (0.5, 1e4))))
    mean = (a + right) / (a + b + n)
    low, high = (special.betaincinv(a + right, b + n - right, end) for end in (0.05, 0.95))
    found = zip(mean, np.minimum(low, mean), np.maximum(high, mean), strict=True)
    return tuple(Ranged(float(value), float(below), float(over)) for value, below, over in found)


def shrunk_mixes(counts: Floats, bases: Floats) -> Floats:
    """Draw the mix of each row of counts toward its base; both of shape (groups, kinds), bases summing to 1 by row.

    Mixes are Dirichlet-distributed about their bases with one concentration, the likeliest. Kinds with base 0 must
    have no counts; they keep share 0.
    """
    from scipy.optimize import minimize_scalar

    possible = bases > 0
    total = counts.sum(axis=1)

    def against(log_concentration: float) -> float:
        prior = np.where(possible, math.exp(log_concentration) * bases, 1.0)
        cells = np.where(possible, special.gammaln(prior + counts) - special.gammaln(prior), 0.0)
        size = math.exp(log_concentration)
        return -float(cells.sum() + (special.gammaln(size) - special.gammaln(size + total)).sum())

    found = minimize_scalar(against, bounds=(math.log(0.1), math.log(1e4)), method="bounded")
    size = math.exp(float(found.x))
    mixes: Floats = (counts + size * bases) / (total[:, None] + size)
    return mixes


# -- the ai by intent -------------------------------------------------------------------------------------------------


_LEAST_FOR_CONFIDENCE = 100
"""Rows of an intent from which on it gets a distribution of confidence of its own."""
_ROUNDS = 3
"""Times that curve and shifts are fitted in turn; what a fourth would change is far below their errors."""
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
    shrunk: Ranged
    """The same, drawn toward that of all intents as far as the rows are few."""


def by_predicted(log: NamedLog, confidence: Floats, threshold: float) -> tuple[Predicted, ...]:
    """Return accuracy and coverage from a threshold on of each intent that the AI names, most rows first."""
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
) -> tuple[dict[Key, Any], _Shifts]:
    """Return what differs by true intent in `routing` or `answer`: calibration, and confidence where rows allow.

    Curves keep the general one's shape; where intents differ no more than by chance there are none of their own.
    `beta` tells whether confidence is beta-distributed in general: then it may be here, too.
    """
    known = group != UNKNOWN
    part = Judgements(rows.confidence[known], rows.correct[known], rows.cell[known], rows.stated)
    right, wrong = part.by(group[known].astype(np.intp), len(names))
    counts = (right + wrong).sum(axis=1)
    with_rows = np.flatnonzero(counts)
    curve, found = _shifts(curve, rows, right[with_rows], wrong[with_rows])
    settings: dict[Key, Any] = {}
    by_group = np.split(part.confidence[np.argsort(group[known], kind="stable")], np.cumsum(counts)[:-1].astype(int))
    for place, shift in zip(with_rows, found.shifts, strict=True):
        path: Key = ("ai", "intents", names[place], stage)
        own = by_group[place]
        if len(own) >= _LEAST_FOR_CONFIDENCE:
            stated = stated_confidence(own, beta=beta).settings
            settings |= {(*path, "confidence", key): value for key, value in stated.items()}
        if found.spread:
            settings |= {(*path, "calibration", key): value for key, value in _shifted(curve, shift, len(own)).items()}
    return settings, found


def _shifts(curve: Curve, rows: Judgements, right: Floats, wrong: Floats) -> tuple[Curve, _Shifts]:
    """Return each group's shift, and the curve that they shift: within groups, not over all."""
    chance = special.expit(curve.log_odds(rows.stated))
    error = 1 / float(np.sqrt(rows.tally.total @ (chance * (1 - chance))))
    found = shifts_by_group(right, wrong, curve.log_odds(rows.stated), error)
    for _ in range(_ROUNDS):
        if found.spread and isinstance(curve, LogOddsCalibration):
            shifts = np.array([one.value for one in found.shifts])
            curve = fit_within(curve, rows.stated, right, wrong, shifts)
            found = shifts_by_group(right, wrong, curve.log_odds(rows.stated), error)
    return curve, found


def curve_settings(curve: Curve) -> dict[str, Any]:
    """Write a curve as a scenario does."""
    if isinstance(curve, LogOddsCalibration):
        return {"shift": curve.shift, "scale": curve.scale, "centre": curve.centre}
    return {"shift": curve.shift, "table": [[float(at), float(chance)] for at, chance in curve.table]}


def _shifted(curve: Curve, by: Ranged, n: int) -> dict[str, Any]:
    base = float(curve.shift or 0)
    return {**curve_settings(curve), "shift": rounded(base + by.value, base + by.low, base + by.high, n)}


def confused_with(log: NamedLog) -> Part:
    """Return where each true intent's mistakes go, drawn toward the intents' shares as far as the mistakes are few."""
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
    """Return the places and shares that are worth writing, in thousandths that sum to exactly one."""
    order = np.argsort(-mix, kind="stable")[:_MOST_CONFUSED]
    kept = order[mix[order] >= min(_LEAST_CONFUSED, mix.max())]
    exact = mix[kept] / mix[kept].sum() * 1000
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: 1000 - int(whole.sum())]] += 1
    return [(int(place), int(part) / 1000) for place, part in zip(kept, whole, strict=True) if part]
