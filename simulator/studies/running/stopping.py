"""When to stop: enough replications for a stated relative precision of some KPIs.

Replications are looked at in order, 0 to n − 1, and the smallest n that is precise enough is taken; those that workers
computed beyond it are left out. So the result depends neither on the number of workers nor on which was faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, StudyError
from simulator.base.quantities import parse_share
from simulator.base.stats import estimate
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant

MAX_REPLICATIONS = 100_000
DEFAULT_REPLICATIONS = 10
_LEAST, _MOST = 10, 200
PRECISE_KPIS = ("automated_resolution", "aht", "first_response_mean", "occupancy", "csat_mean", "cost_per_ticket")
"""What must be precise unless the user says otherwise. Small shares (SLA breaches, abandonment) and differences of
large amounts (net value) are left out: near 0 a relative precision asks for any number of replications."""


@dataclass(frozen=True)
class Precision:
    """Half-widths of intervals to reach, relative to the means, and how many replications that may take."""

    relative: float
    """γ: the mean's relative error is to be at most this, such as 0.02."""
    kpis: tuple[str, ...] = ()
    """KPIs that must reach it, in every variant; empty means those of PRECISE_KPIS that the scenario has."""
    least: int = _LEAST
    most: int = _MOST

    def __post_init__(self) -> None:
        if not 0 < self.relative < 1:
            raise StudyError(f"precision is {self.relative:g}; must be between 0 and 1, such as 2%")
        if not 2 <= self.least <= self.most <= MAX_REPLICATIONS:
            rule = f"must have 2 or more, the least first, and at most {MAX_REPLICATIONS:,}"
            raise StudyError(f"replications are to be from {self.least} to {self.most}; {rule}")
        for name in self.kpis:
            if name not in BY_NAME:
                raise StudyError(f"KPI {name!r} is not known; must be one of {', '.join(BY_NAME)}")
            if BY_NAME[name].unit == "months":
                rule = "has no mean unless every replication pays back; choose net_value_capacity or net_value_cash"
                raise StudyError(f"KPI {name!r} {rule}")

    def kpis_of(self, variant: Variant) -> tuple[str, ...]:
        """Name the KPIs that must be precise; raise StudyError for one that the variant's scenario has not."""
        existing = applicable(variant.scenario)
        for name in self.kpis:
            if name not in existing:
                rule = f"must be one of {', '.join(existing)}"
                raise StudyError(f"KPI {name!r} does not exist for {variant.name}; {rule}")
        return self.kpis or tuple(name for name in PRECISE_KPIS if name in existing)

    def is_met(self, values: Sequence[float] | Floats) -> bool:
        """Return whether a mean over replications is precise enough.

        t half-width ≤ γ / (1 + γ) · |mean|, which keeps the error below γ relative to the *true* mean (Law,
        Simulation Modeling and Analysis, 5th ed., section 9.4.1). A constant is; fewer than two values are not.
        """
        found = estimate(values)
        return found.replications > 1 and found.half_width <= self._target(found.mean)

    def needed(self, values: Sequence[float] | Floats) -> int | None:
        """Estimate how many replications would be enough, by the spread of those at hand; None if nobody knows."""
        found = estimate(values)
        target = self._target(found.mean)
        if found.replications < 2 or not target > 0:
            return None
        # Half-widths shrink with the square root of the number.
        number = found.replications * (found.half_width / target) ** 2
        return math.ceil(number) if number < 1e9 else None

    def _target(self, mean: float) -> float:
        return self.relative / (1 + self.relative) * abs(mean)


class Watch:
    """Follows a study's replications in order, and tells when they are enough."""

    def __init__(self, precision: Precision, variants: Sequence[Variant]) -> None:
        self.precision = precision
        self.values = {(variant.name, kpi): list[float]() for variant in variants for kpi in precision.kpis_of(variant)}
        self.seen = 0

    def add(self, kpis: Mapping[str, Mapping[str, float]]) -> bool:
        """Take the next replication's KPIs by variant; tell whether the replications up to it are enough."""
        for (variant, kpi), values in self.values.items():
            values.append(kpis[variant][kpi])
        self.seen += 1
        enough = self.seen >= self.precision.least and all(map(self.precision.is_met, self.values.values()))
        return enough or self.seen >= self.precision.most


def shortfalls(precision: Precision, studies: Mapping[str, Replications]) -> list[str]:
    """Say in plain words which KPIs did not reach the precision, what they reached and how many would be needed."""
    return list(_shortfalls(precision, studies))


def _shortfalls(precision: Precision, studies: Mapping[str, Replications]) -> Iterator[str]:
    for name, study in studies.items():
        of = f" of {name}" if len(studies) > 1 else ""
        for kpi in precision.kpis_of(Variant(name, study.scenario)):
            values = study.values(kpi)
            if precision.is_met(values):
                continue
            found, needed = estimate(values), precision.needed(values)
            reached = f"± {found.half_width / abs(found.mean):.1%}" if needed else "no mean to measure it by"
            about = f"it would take about {needed:,}" if needed else "more replications may not mend that"
            yield (
                f"{kpi}{of} did not reach a precision of {precision.relative:.2%} in {len(study)} replications:"
                f" {reached}; {about}"
            )


def how_many(
    replications: int | None = None,
    precision: str | None = None,
    kpis: Sequence[str] = (),
    least: int | None = None,
    most: int | None = None,
) -> int | Precision:
    """Read the options that say how many replications to run; raise StudyError where they contradict each other."""
    if precision is None:
        for option, given in (
            ("--precision-kpi", kpis), ("--min-replications", least), ("--max-replications", most),
        ):  # fmt: skip
            if given:
                raise StudyError(Problem(option, "", "says when to stop, but not how precisely; give --precision, too"))
        return DEFAULT_REPLICATIONS if replications is None else replications
    if replications is not None:
        rule = "with --precision the replications follow from it; drop one of the two, or give --max-replications"
        raise StudyError(Problem("--replications", "", f"is {replications}; {rule}"))
    try:
        relative = parse_share(precision)
    except ValueError:
        raise StudyError(Problem("--precision", "", f"is {precision!r}; must be a share such as 2%")) from None
    most = max(_MOST, least or 0) if most is None else most
    return Precision(relative, tuple(kpis), min(_LEAST, most) if least is None else least, most)
