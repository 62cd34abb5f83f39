"""Targets: what a decision must keep, written as `sla_breach<=5%`, `first_response_p90<=4h` or `csat_gap<=10`.

`sla_breach<=baseline` asks for no more than the AI-off baseline has, replication by replication.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, StudyError, cut
from simulator.base.quantities import parse_minutes, parse_money, parse_number, parse_share
from simulator.base.text import listed, nearest
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME, HEADLINE, Kpi
from simulator.scenario import Scenario
from simulator.studies.running.results import Replications

Sign = Literal["<=", ">="]
_BASELINE = "baseline"
_WRITTEN = re.compile(r"\s*([^<>=≤≥]*?)\s*(<=|>=|≤|≥|<|>|==|=)\s*(.*?)\s*")
_SIGNS: dict[str, Sign] = {"<=": "<=", "≤": "<=", ">=": ">=", "≥": ">="}
_EXAMPLES = {
    "share": "5%", "minutes": "4h", "hours": "200", "money": "1000", "score": "4.2", "points": "10", "months": "6",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A bound that the mean of a KPI must keep."""

    kpi: str
    sign: Sign
    bound: float | None
    """In the KPI's unit (shares from 0 to 1, times in minutes); None for the baseline's value."""

    def __str__(self) -> str:
        return f"{self.kpi}{self.sign}{_BASELINE if self.bound is None else f'{self.bound:g}'}"

    def slack(self, study: Replications) -> Floats:
        """Return the room left in each replication, in the KPI's unit; negative by as much as the target is missed.

        NaN where the KPI (or the baseline's) has no value; shape (n_replications,).
        """
        bound = study.values(self.kpi, baseline=True) if self.bound is None else self.bound
        room: Floats = (bound - study.values(self.kpi)) * (1.0 if self.sign == "<=" else -1.0)
        return room

    def holds(self, study: Replications) -> bool:
        """Return whether the mean over replications keeps the bound.

        A KPI that has no value anywhere misses nothing (no AI answers, no wrong ones), unless it counts months: a
        payback without value never comes.
        """
        room = self.slack(study)
        if not np.isfinite(room).all() and BY_NAME[self.kpi].unit == "months":
            return False
        known = room[np.isfinite(room)]
        return not len(known) or float(known.mean()) >= 0

    def words(self, currency: str = "USD") -> str:
        """Write the target for people: `SLA breaches at most 5.0%`."""
        kpi = BY_NAME[self.kpi]
        most = "at most" if self.sign == "<=" else "at least"
        if self.bound is None:
            return f"{kpi.title} {'no higher' if self.sign == '<=' else 'no lower'} than without the AI"
        return f"{kpi.title} {most} {kpi.format(self.bound, currency).removeprefix('+')}"


def parse_targets(texts: Sequence[str], scenario: Scenario, option: str) -> tuple[Target, ...]:
    """Read targets such as `sla_breach<=5%`; `option` is what messages call them (`--target`).

    Raises StudyError with every problem: no such KPI, one that the scenario has not, a bound that is none, or bounds
    that contradict each other.
    """
    found: list[Target] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            found.append(_parse(text, scenario, cut(f"{option} {text}")))
        except StudyError as error:
            problems += error.problems
    problems += _contradictions(found, option)
    if problems:
        raise StudyError(problems)
    return tuple(found)


def check_kpi(name: str, scenario: Scenario, where: str) -> Kpi:
    """Return a KPI by its name; raise StudyError where there is none, or not for this scenario."""
    if name not in BY_NAME:
        near = _nearest_kpi(name)
        rule = f"did you mean {near}?" if near else "`ticketflow kpis` lists them"
        raise StudyError(Problem(where, "", f"{cut(name) if name else 'nothing'} is no KPI; {rule}"))
    if name not in applicable(scenario):
        needs = listed(BY_NAME[name].needs.split(), "`{}`".format)
        raise StudyError(Problem(where, "", f"{name} does not exist for this scenario; it needs {needs}"))
    return BY_NAME[name]


def _nearest_kpi(name: str) -> str | None:
    """Return the KPI that is meant: of a family (`csat`, `first_response`) the mean, or the one of the headline."""
    family = [kpi for kpi in (f"{name}_mean", *HEADLINE, *BY_NAME) if kpi in BY_NAME and kpi.startswith(f"{name}_")]
    return family[0] if name and family else nearest(name, BY_NAME)


def _parse(text: str, scenario: Scenario, where: str) -> Target:
    match = _WRITTEN.fullmatch(text)
    if match is None or match[2] not in _SIGNS:
        raise StudyError(Problem(where, "", "is no target; must be KPI<=VALUE or KPI>=VALUE, such as sla_breach<=5%"))
    kpi = check_kpi(match[1], scenario, where)
    if match[3] == _BASELINE:
        if scenario.ai is None or "ai" in kpi.needs.split() or kpi.unit == "months":
            what = "there is no AI in this scenario" if scenario.ai is None else f"{kpi.name} has no value without AI"
            raise StudyError(Problem(where, "", f"cannot be compared with the baseline: {what}; give a value"))
        return Target(kpi.name, _SIGNS[match[2]], None)
    currency = "" if scenario.costs is None else scenario.costs.currency
    return Target(kpi.name, _SIGNS[match[2]], _bound(match[3], kpi, currency, where))


def _bound(text: str, kpi: Kpi, currency: str, where: str) -> float:
    units = kpi.unit if kpi.unit.endswith("s") or kpi.unit == "money" else f"{kpi.unit}s"
    rule = f"must be a number: {kpi.name} is measured in {units}, such as {_EXAMPLES.get(kpi.unit, '2')}"
    try:
        value = _read(text, kpi, currency)
    except ValueError as error:
        if kpi.unit == "money" and text:
            raise StudyError(Problem(where, "", f"has {cut(text)} as its bound; {error}")) from None
        raise StudyError(Problem(where, "", f"has {cut(text) if text else 'nothing'} as its bound; {rule}")) from None
    low, high = kpi.bounds
    if not math.isfinite(value):
        raise StudyError(Problem(where, "", f"has {text} as its bound; {rule}"))
    if not low <= value <= high:
        reach = f"{low:g} or more" if math.isinf(high) else f"from {low:g} to {high:g}"
        percent = "; 5% is 0.05" if kpi.unit == "share" else ""
        raise StudyError(Problem(where, "", f"has {text} as its bound; must be {reach}, as {kpi.name} is{percent}"))
    return value


def _read(text: str, kpi: Kpi, currency: str) -> float:
    if kpi.unit == "share":
        return parse_share(text)
    if kpi.unit == "money":
        return parse_money(text, currency)
    if kpi.unit in ("minutes", "hours"):
        try:
            return float(text)
        except ValueError:
            return parse_minutes(text) / (60 if kpi.unit == "hours" else 1)
    return parse_number(text)


def _contradictions(found: Iterable[Target], option: str) -> Iterator[Problem]:
    seen: dict[tuple[str, Sign], Target] = {}
    for target in found:
        if (before := seen.get((target.kpi, target.sign))) is not None:
            yield Problem(option, target.kpi, f"is bounded twice ({before} and {target}); give one of the two")
        seen[target.kpi, target.sign] = target
        other = seen.get((target.kpi, ">=" if target.sign == "<=" else "<="))
        if other is None or target.bound is None or other.bound is None:
            continue
        most, least = (target, other) if target.sign == "<=" else (other, target)
        assert most.bound is not None
        assert least.bound is not None
        if least.bound > most.bound:
            yield Problem(option, target.kpi, f"cannot be {least} and {most} at once; give bounds that leave room")
