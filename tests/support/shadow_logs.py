"""Shadow logs for tests: of known curves, and as scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from simulator.base.quantities import Figure
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.table import Category
from simulator.calibration.fit.estimate import Part
from simulator.scenario import Scenario, scenario_from
from tests.support.desks import PLAIN

Array = np.ndarray[Any, Any]
OWNED = {"answer": {"calibration": "calibrated"}, "after_wrong": {"noticed": 0.4, "returns": 0.4, "lost": 0.2}}
"""What no log holds."""


def category(values: Sequence[str]) -> Category:
    codes, names = pd.factorize(np.asarray(values, dtype=object), sort=True)
    return Category(codes.astype(np.int32), tuple(map(str, names)))


def read_log(file: Any) -> AiLog:
    """Read a log with the columns of the Banking77 one."""
    rows = pd.read_csv(file)
    named = (category(rows[column].tolist()) for column in ("predicted_intent", "true_intent"))
    return AiLog(rows.confidence.to_numpy(float), rows.correct.to_numpy(bool), *named)


def log_of(n: int, seed: int, curve: Callable[[Array], Array], a: float = 4, b: float = 1.5) -> AiLog:
    """Draw an answer log: beta-distributed confidence, right with the chance that a curve gives."""
    rng = np.random.default_rng(seed)
    stated = rng.beta(a, b, n)
    return AiLog(stated, rng.uniform(size=n) < curve(stated))


def platt(shift: float, scale: float) -> Callable[[Array], Array]:
    """Return the curve logistic(shift + scale × logit(confidence))."""
    return lambda stated: special.expit(shift + scale * special.logit(stated))


def s_shaped(stated: Array) -> Array:
    """Return a curve that no straight line on the log-odds follows: hardly right below 0.7, nearly always above."""
    return 0.25 + 0.72 * special.expit(40 * (stated - 0.7))


def routing_log(n: int, seed: int, shifts: Mapping[str, float]) -> AiLog:
    """Draw a routing log: intents alike in number, each with its own shift; mistakes go to the next intent."""
    rng = np.random.default_rng(seed)
    names = list(shifts)
    true = rng.integers(len(names), size=n)
    stated = rng.beta(4, 1.5, n)
    chance = special.expit(special.logit(stated) + np.array(list(shifts.values()))[true])
    predicted = np.where(rng.uniform(size=n) < chance, true, (true + 1) % len(names))
    told = (category([names[place] for place in column]) for column in (predicted, true))
    return AiLog(stated, predicted == true, *told)


def nested(part: Part) -> dict[str, Any]:
    """Write a part's settings as a scenario file would hold them."""
    found: dict[str, Any] = {}
    for path, value in part.settings.items():
        place = found
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[str(path[-1])] = value.as_written() if isinstance(value, Figure) else value
    return found


def desk_of(part: Part, shares: Mapping[str, float] | None = None, per_week: float = 200) -> Scenario:
    """Make a desk with the fitted AI; what the log could not say is given."""
    ai = nested(part)["ai"]
    ai["after_wrong"] = OWNED["after_wrong"]
    ai["answer"] = {**OWNED["answer"], **ai["answer"]}
    shares = shares or {"question": 1.0}
    intents = {name: {"share": share, "handle": 10} for name, share in shares.items()}
    arrivals = {**PLAIN["arrivals"], "per_week": per_week}
    return scenario_from({**PLAIN, "intents": intents, "arrivals": arrivals, "ai": ai, "sources": dict(part.sources)})
