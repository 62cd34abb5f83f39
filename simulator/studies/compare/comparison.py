"""Comparisons: paired differences between variants, and which of them are more than chance.

Replication k meets the same customers in every variant, so differences are taken within replications and tested with
Student's t. Many differences are looked at together, so two things guard against finding one by luck:

* *p-values are Holm's*: sorted p(1) ≤ … ≤ p(m), the adjusted p(i) is the largest of (m − j + 1) · p(j) over j ≤ i, at
  most 1. A difference is clear when it is 0.05 or less; the chance that any of those is false is then 5 % at most,
  however the tests depend on each other (S. Holm, A simple sequentially rejective multiple test procedure,
  Scandinavian Journal of Statistics 6, 1979, 65-70).
* *joint intervals are Bonferroni's*: t intervals of level 1 − 0.05/m, which hold all together with 95 % at least.

KPIs that move in steps (medians, shares, sums of few amounts) may differ by the same amount in every replication. Its
standard deviation of 0 is no proof: the sign test's p-value, 2^(1 − n) for n replications, is the least that such
differences can claim, and an interval of a level beyond that has no bounds. Costs that follow from the roster alone are
certain, with p = 0.

An interval that leaves out 0 belongs to p < 0.05/m, which Holm rejects, too. The reverse need not hold: Holm's test is
the sharper of the two, so now and then a clear difference has a joint interval that still touches 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, StudyError, cut
from simulator.base.notebook_hooks import Plotted
from simulator.base.stats import LEVEL, Estimate, estimate, holm
from simulator.base.text import listed, nearest
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME
from simulator.scenario import Scenario
from simulator.studies.compare.alternatives import check_currencies, meets_same_customers
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant

if TYPE_CHECKING:
    pass

COMPARED = ("sla_breach", "first_response_p50", "abandonment", "aht", "csat_mean", "cost_total")
"""KPIs that are compared unless others are named. Few, as each one more widens all joint intervals; net values are
left out, as they differ by what the total cost does."""
ROUNDING = 1e-12
"""Relative difference that adding up in another order may leave."""


CERTAIN = ("cost_agents_cash", "saving_cash")
"""KPIs without chance: rostered hours are paid whether people come or not, and whatever the customers do."""


@dataclass(frozen=True)
class Difference:
    """What a variant changes in one KPI."""

    variant: str
    kpi: str
    reference: Estimate
    """The KPI in the reference."""
    level: Estimate
    """The KPI in the variant."""
    found: Estimate
    """Variant minus reference, paired by replication, with its own 95 % interval."""
    joint: Estimate
    """The same with the interval that holds together with all others of the comparison; without bounds where
    differences without spread are too few to give any."""
    p: float
    """Two-sided p-value of no difference; NaN where there are not two pairs."""
    p_holm: float
    """The same, adjusted for all differences of the comparison."""

    @property
    def is_clear(self) -> bool:
        """Whether this is more than chance."""
        return self.p_holm <= 1 - LEVEL


@dataclass(frozen=True)
class Comparison(Plotted):
    """Variants against the first of them, the reference."""

    view: ClassVar[str] = "simulator.report.compare.view:page_of"

    variants: tuple[Variant, ...]
    studies: Mapping[str, Replications]
    kpis: tuple[str, ...]
    differences: tuple[Difference, ...]
    """By variant, then by KPI."""
    strangers: tuple[str, ...]
    """Variants that meet other customers than the reference does."""
    warnings: tuple[str, ...] = ()

    @property
    def reference(self) -> Replications:
        """The study that the others are compared with."""
        return self.studies[self.variants[0].name]

    @cached_property
    def tested(self) -> int:
        """Count the differences that are judged together."""
        return sum(bool(np.isfinite(difference.p)) for difference in self.differences)

    def of(self, variant: str) -> tuple[Difference, ...]:
        """Return the differences of one variant, in the order of the KPIs."""
        return tuple(difference for difference in self.differences if difference.variant == variant)

    def on(self, kpi: str) -> tuple[Difference, ...]:
        """Return the differences in one KPI, in the order of the variants."""
        return tuple(difference for difference in self.differences if difference.kpi == kpi)

    def without_effect(self) -> tuple[str, ...]:
        """Name the variants that change no KPI at all."""
        return tuple(
            variant.name for variant in self.variants[1:] if same_figures(self.reference, self.studies[variant.name])
        )


def differences_of(
    variants: Sequence[Variant], studies: Mapping[str, Replications], kpis: Sequence[str] | None = None
) -> Comparison:
    """Take the differences of every variant to the first one; `studies` are their replications, by name.

    Raises StudyError for fewer than two replications, and for amounts in different currencies.
    """
    check_currencies(variants)
    reference = studies[variants[0].name]
    names = tuple(kpis) if kpis is not None else _default_kpis([variant.scenario for variant in variants])
    check_replications(min(len(study) for study in studies.values()))
    gaps = {
        (variant.name, kpi): paired(studies[variant.name], reference, kpi) for variant in variants[1:] for kpi in names
    }
    p = np.array([p_value(gap, certain=kpi in CERTAIN) for (_, kpi), gap in gaps.items()])
    adjusted = holm(p)
    level = 1 - (1 - LEVEL) / max(int(np.isfinite(p).sum()), 1)
    differences = tuple(
        Difference(
            name, kpi, reference.estimate(kpi), studies[name].estimate(kpi), gap_estimate(gap, kpi),
            gap_estimate(gap, kpi, level), float(p[place]), float(adjusted[place]),
        )
        for place, ((name, kpi), gap) in enumerate(gaps.items())
    )  # fmt: skip
    strangers = tuple(
        variant.name
        for variant in variants[1:]
        if not meets_same_customers(variants[0].scenario, variant.scenario, reference.seed)
    )
    return Comparison(tuple(variants), studies, names, differences, strangers)


def paired(study: Replications, reference: Replications, kpi: str) -> Floats:
    """Return a KPI's difference within each replication; NaN where it is missing on either side."""
    here, there = study.values(kpi), reference.values(kpi)
    count = min(len(here), len(there))
    here, there = here[:count], there[:count]
    if BY_NAME[kpi].unit == "months" and not (np.isfinite(here).all() and np.isfinite(there).all()):
        # As for a mean: what pays back only at times would be judged by its better times.
        return np.full(count, np.nan)
    gap = here - there
    size = np.maximum(np.abs(here), np.abs(there))
    # What rounding leaves of "no difference" would come out as a tiny, and very certain, one.
    gap = np.where(np.abs(gap) <= ROUNDING * size, 0.0, gap)
    known = np.isfinite(gap)
    if known.any() and np.ptp(gap[known]) <= ROUNDING * size[known].max():
        gap[known] = gap[known][0]  # likewise for differences that are the same but for rounding
    return gap


def gap_estimate(gap: Floats, kpi: str, level: float = LEVEL) -> Estimate:
    """Estimate a paired difference; its interval has no bounds where equal differences are too few for the level."""
    found = estimate(gap, level=level)
    known = gap[np.isfinite(gap)]
    if kpi not in CERTAIN and len(known) > 1 and known.any() and _is_steady(known) and least_p(len(known)) > 1 - level:
        return Estimate(found.mean, float("nan"), float("nan"), found.replications)
    return found


def _is_steady(known: Floats) -> bool:
    """Return whether differences have no spread, or one too small to be squared."""
    return bool((known == known[0]).all()) or float(known.std()) == 0


def least_p(count: int) -> float:
    """Return the sign test's least two-sided p-value: that all of `count` differences have one sign by chance."""
    return float(2.0 ** (1 - count))


def p_value(differences: ArrayLike, *, certain: bool = False) -> float:
    """Test paired differences against none: Student's t, two-sided. NaN with fewer than two pairs.

    Differences that are all the same have p = 1 if they are 0. If not, they have the sign test's p-value, or 0 where
    they are certain, without chance.
    """
    given = np.asarray(differences, dtype=float)
    known = given[np.isfinite(given)]
    if len(known) < 2:
        return float("nan")
    if not known.any():
        return 1.0
    if _is_steady(known):
        return 0.0 if certain else least_p(len(known))
    error = float(known.std(ddof=1)) / np.sqrt(len(known))
    return float(2 * special.stdtr(len(known) - 1, -abs(float(known.mean())) / error))


def same_figures(one: Replications, other: Replications) -> bool:
    """Return whether two studies agree in every KPI of every replication."""
    if len(one) != len(other) or one.kpi_names != other.kpi_names:
        return False
    return all(np.array_equal(one.values(kpi), other.values(kpi), equal_nan=True) for kpi in one.kpi_names)


def _default_kpis(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return the compared KPIs that exist in all scenarios."""
    return shared_kpis(scenarios, COMPARED)


def shared_kpis(scenarios: Sequence[Scenario], names: Sequence[str]) -> tuple[str, ...]:
    """Return those of some KPIs that exist in all scenarios, in their own order."""
    common = set.intersection(*(set(applicable(scenario)) for scenario in scenarios))
    return tuple(name for name in names if name in common)


def chosen_kpis(scenarios: Sequence[Scenario], given: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """Return the KPIs that were asked for, or the default ones; raise StudyError with every one that cannot be had."""
    if not given:
        return shared_kpis(scenarios, default)
    problems = []
    for name in dict.fromkeys(given):
        if name not in BY_NAME:
            near = nearest(name, BY_NAME)
            rule = f"did you mean {near}?" if near else "`ticketflow kpis` lists them"
            problems.append(Problem(cut(f"--kpi {name}"), "", f"is no KPI; {rule}"))
        elif not shared_kpis(scenarios, [name]):
            needs = listed(BY_NAME[name].needs.split(), "`{}`".format)
            problems.append(Problem(f"--kpi {name}", "", f"does not exist in every variant; it needs {needs}"))
    if problems:
        raise StudyError(problems)
    return tuple(dict.fromkeys(given))


def check_replications(count: int) -> None:
    """Refuse fewer than two replications: differences would have no interval; raise StudyError."""
    if count < 2:
        raise StudyError(f"replications is {count}; must be 2 or more, as differences need intervals")
