"""Studies whose answer is known exactly: small desks, variants of them, and what each figure is on average."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import special, stats

from simulator.base.stats import Estimate, estimate
from simulator.scenario import Scenario, scenario_from
from simulator.studies.running.batch import replicate
from simulator.studies.running.results import Replications
from tests.support import theory_transient
from tests.support.queues import WEEK, exponential, patient_for, plain
from tests.support.theory import Floats
from tests.support.theory_replications import mean_per_arrival, mean_quantile
from tests.support.theory_transient import Window

Kind = Literal["mean", "to baseline", "between variants"]


@dataclass(frozen=True)
class Figure:
    """A KPI whose mean over replications (or whose paired difference) is known."""

    kpi: str
    kind: Kind
    expected: float

    def found(self, studies: tuple[Replications, ...]) -> Estimate:
        """Return the interval as the study states it."""
        first, last = studies[0], studies[-1]
        if self.kind == "mean":
            return first.estimate(self.kpi)
        if self.kind == "to baseline":
            return first.difference(self.kpi)
        return estimate(last.values(self.kpi) - first.values(self.kpi))


@dataclass(frozen=True)
class Model:
    """A study: one desk or two, which meet the same customers, and the figures that are known."""

    title: str
    variants: tuple[Scenario, ...]
    figures: tuple[Figure, ...]


def intervals(model: Model, seed: int, replications: Any, counts: tuple[int, ...] = ()) -> list[list[Estimate]]:
    """Run a study once; give every figure's interval, once for each of `counts`: from that many first replications.

    `replications` goes to `replicate` as it is: a number, or whatever else it takes as a rule for stopping. Without
    `counts` all replications are used.
    """
    studies = tuple(
        replicate(variant, replications=replications, seed=seed, workers=1, engine="fast") for variant in model.variants
    )
    parts = [tuple(replace(study, results=study.results[:count]) for study in studies) for count in counts or (None,)]
    return [[figure.found(part) for figure in model.figures] for part in parts]


def _spent(theory: Callable[[float], Window], of: Callable[[Window], float], arrivals: float) -> float:
    """Average a figure per arrival over replications, given its theory at `thinned` times the arrival rate."""
    return mean_per_arrival(lambda thinned: of(theory(thinned)), arrivals)


def line() -> Model:
    """Two agents or three, who fall behind now and then: M/M/c from empty, nobody leaves."""
    per_week, minutes = 200.0, 70.0

    def known(agents: int) -> dict[str, float]:
        def theory(thinned: float) -> Window:
            return theory_transient.mmc_from_empty(WEEK, thinned * per_week / WEEK, 1 / minutes, agents)

        return {
            "wait_mean": _spent(theory, lambda found: found.mean_wait, per_week),
            "delayed": _spent(theory, lambda found: found.delayed / found.arrivals, per_week),
            "backlog_mean": theory(1).mean_queue,
            "occupancy": theory(1).occupancy,
        }

    two, three = known(2), known(3)
    desks = [plain(weeks=1, agents=c, per_minute=per_week / WEEK, handle=exponential(minutes)) for c in (2, 3)]
    figures = [Figure(kpi, "mean", two[kpi]) for kpi in two]
    figures += [Figure(kpi, "between variants", three[kpi] - two[kpi]) for kpi in two]
    return _model("a line: two agents, or three", desks, figures)


def ai_desk(*thresholds: float) -> Model:
    """An AI that answers from one threshold on, or from another; people serve the rest, who hang up after a while.

    What the AI leaves is a thinned Poisson process, so people see M/M/c+M with AI and without.
    """
    per_week, minutes, patience, agents, a, b, shift = 300.0, 60.0, 60.0, 2, 4.5, 1.5, -0.3

    def desk(threshold: float) -> dict[str, Any]:
        ai = {
            "answer": {"confidence": {"mean": a / (a + b), "concentration": a + b}, "calibration": {"shift": shift}},
            "after_wrong": {"noticed": 0, "returns": 0, "lost": 1},
            "triggers": {"negative_sentiment": False, "max_exchanges": 1000},
            "conversation": {"classify": 0},
            "handover": {"handle_factor": 1, "without_context_factor": 1},
        }
        return plain(
            weeks=1, agents=agents, per_minute=per_week / WEEK, handle=exponential(minutes),
            channels=patient_for(exponential(patience)), ai=ai, policy={"answer_threshold": threshold},
        )  # fmt: skip

    def known(closed: float) -> dict[str, float]:
        """Return what is known where the AI closes this share of tickets."""
        kept = 1 - closed

        def theory(thinned: float) -> Window:
            rate = thinned * kept * per_week / WEEK
            return theory_transient.mmc_from_empty(WEEK, rate, 1 / minutes, agents, 1 / patience)

        everybody = theory(1)
        return {
            "wait_mean": _spent(theory, lambda found: found.mean_wait, kept * per_week),
            "abandonment": kept * _spent(theory, lambda found: found.abandoned / found.arrivals, per_week),
            "backlog_mean": everybody.mean_queue,
            "human_hours": (everybody.arrivals - everybody.abandoned) * minutes / 60,
        }

    def shares(threshold: float) -> dict[str, float]:
        """Give the AI's shares: confidence is Beta(a, b), and the answer wrong at expit(logit(confidence) + shift)."""
        closed = float(stats.beta.sf(threshold, a, b))
        wrong = stats.beta.expect(
            lambda c: special.expit(-special.logit(c) - shift), args=(a, b), lb=threshold, ub=1, conditional=True
        )
        return {"automated_resolution": closed, "false_deflection": float(wrong), "silent_loss": closed * float(wrong)}

    def all_of(threshold: float) -> dict[str, float]:
        own = shares(threshold)
        return {**own, **known(own["automated_resolution"])}

    first, without = all_of(thresholds[0]), known(0)
    figures = [Figure(kpi, "mean", value) for kpi, value in first.items()]
    figures += [Figure(kpi, "to baseline", first[kpi] - without[kpi]) for kpi in without]
    for threshold in thresholds[1:]:
        figures += [Figure(kpi, "between variants", value - first[kpi]) for kpi, value in all_of(threshold).items()]
    title = f"an AI at a threshold of {' or '.join(map(str, thresholds))}, and people behind it"
    return _model(title, [desk(threshold) for threshold in thresholds], figures)


def work(cv: float, title: str, *, has_variant: bool) -> Model:
    """Agents enough that nobody waits: what a ticket takes is its lognormal handle time, of a mean of 10 (or 11)."""
    per_week, rate = 200.0, 30.0

    def known(mean: float) -> dict[str, float]:
        sigma = math.sqrt(math.log1p(cv**2))

        def inverse(u: Floats) -> Floats:
            return mean * np.exp(sigma * special.ndtri(u) - sigma**2 / 2)

        hours = per_week * mean / 60
        return {
            "aht": mean,
            "human_hours": hours,
            "resolution_p90": mean_quantile(0.9, inverse, per_week),
            "cost_agents_capacity": hours * rate,
        }

    means = (10, 11) if has_variant else (10,)
    ten, eleven = known(10), known(11)
    desks = [
        plain(
            weeks=1, agents=1000, per_minute=per_week / WEEK, handle={"form": "lognormal", "mean": mean, "cv": cv},
            costs={"agent_per_hour": rate},
        )
        for mean in means
    ]  # fmt: skip
    figures = [Figure(kpi, "mean", ten[kpi]) for kpi in ten]
    if has_variant:
        figures += [Figure(kpi, "between variants", eleven[kpi] - ten[kpi]) for kpi in ("aht", "resolution_p90")]
    return _model(title, desks, figures)


def _model(title: str, desks: list[dict[str, Any]], figures: list[Figure]) -> Model:
    # A week empties these houses for sure; rosters drawn up for longer would take most of the time.
    return Model(title, tuple(scenario_from({**desk, "drain": "1w"}) for desk in desks), tuple(figures))


MODELS: dict[str, Callable[[], Model]] = {
    "line": line,
    "ai": lambda: ai_desk(0.8, 0.7),
    "work": lambda: work(1.1, "handle times of CV 1.1, a mean of 10 minutes, or 11", has_variant=True),
    "skewed": lambda: work(3.0, "very skewed handle times: CV 3, a mean of 10 minutes", has_variant=False),
}
