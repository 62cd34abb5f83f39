"""How a replication is kept: its KPIs as rows, the rest as JSON text. What is read is exactly what was written."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable
from dataclasses import fields
from sys import intern
from typing import Any

import numpy as np

from simulator.metrics.activity import Activity
from simulator.metrics.flow import Flow
from simulator.metrics.load import WeekLoad
from simulator.studies.results import Arm, Detail, GroupKey, Replication, Values

VARIANT, BASELINE = "variant", "baseline"
"""The two arms of a replication."""
KpiRow = tuple[str, str, float | None]
"""(arm, kpi, value); None where the KPI has no value."""


def kpi_rows(replication: Replication) -> list[KpiRow]:
    """List the KPIs of both arms, in order of arm and name."""
    arms = {VARIANT: replication.arm, BASELINE: replication.baseline}
    return sorted((name, kpi, _or_none(value)) for name, arm in arms.items() if arm for kpi, value in arm.kpis.items())


def rest_of(replication: Replication) -> str:
    """Write what there is beside KPIs: amounts, and where they were kept, groups, load and flow."""
    groups: dict[str, dict[str, dict[str, float | None]]] = {}
    for (grouping, group, kpi), value in replication.groups.items():
        groups.setdefault(grouping, {}).setdefault(kpi, {})[group] = _or_none(value)
    arms = {VARIANT: replication.arm, BASELINE: replication.baseline}
    rest = {"groups": groups, "arms": {name: _arm_text(arm) for name, arm in arms.items() if arm}}
    return json.dumps(rest, separators=(",", ":"))


def checksum(rows: Iterable[KpiRow], rest: str) -> int:
    """Give a number that changes with any figure of a replication."""
    return zlib.crc32(json.dumps([list(rows), rest]).encode())


def replication_of(number: int, rows: Iterable[KpiRow], rest: str) -> Replication:
    """Read a replication back."""
    kept = json.loads(rest)
    kpis: dict[str, dict[str, float]] = {VARIANT: {}, BASELINE: {}}
    for arm, kpi, value in rows:
        kpis[arm][intern(kpi)] = _or_nan(value)
    groups: dict[GroupKey, float] = {}
    for grouping, by_kpi in kept["groups"].items():
        for kpi, by_group in by_kpi.items():
            for group, value in by_group.items():
                key = (grouping, group, kpi)
                groups[key] = _or_nan(value)
    arms = {name: _arm(kpis[name], texts) for name, texts in kept["arms"].items()}
    return Replication(number, arms[VARIANT], arms.get(BASELINE), Values(groups))


def _arm_text(arm: Arm) -> dict[str, Any]:
    kept: dict[str, Any] = {"costs": dict(arm.costs)}
    if arm.activity is not None:
        kept["activity"] = {"rows": list(arm.activity.rows), "weeks": arm.activity.weeks.tolist()}
    if arm.detail is None:
        return kept
    load = {item.name: np.asarray(getattr(arm.load, item.name)).tolist() for item in fields(WeekLoad)}
    return {**kept, "load": load, "flow": [[*link, count] for link, count in arm.flow.items()]}


def _arm(kpis: dict[str, float], kept: dict[str, Any]) -> Arm:
    values, costs, activity = Values(kpis), Values(kept["costs"]), None
    if "activity" in kept:
        told = kept["activity"]
        activity = Activity(tuple(map(intern, told["rows"])), np.array(told["weeks"], dtype=float))
    if "load" not in kept:
        return Arm(values, costs, None, activity)
    sums: dict[str, Any] = {name: np.array(values, dtype=float) for name, values in kept["load"].items()}
    load = WeekLoad(**{**sums, "runs": float(sums["runs"])})
    flow: Flow = {(start, end): count for start, end, count in kept["flow"]}
    return Arm(values, costs, Detail(load, flow), activity)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
