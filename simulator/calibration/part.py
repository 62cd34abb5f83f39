"""Parts: what one estimator found out about a desk, ready to be written into a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.quantities import Figure
from simulator.scenario.yaml_text import Key
from simulator.studies.findings import Finding

LEVEL = 0.90
"""Coverage of every interval that `fit` states: the 5 % and 95 % ends that a scenario's `low` and `high` are."""


@dataclass(frozen=True)
class Missing:
    """A figure that no export given holds and that nobody may guess."""

    path: Key
    """Its place in the scenario; given there, it is missing no more."""
    what: str
    """What it is: `handle time of a ticket`."""
    remedy: str
    """Where it can come from: `give --occupancy and a roster, or --set intents.all.handle=8m`."""


@dataclass(frozen=True)
class Part:
    """What one estimator adds to the scenario."""

    settings: Mapping[Key, Any] = field(default_factory=dict)
    """Values by path: Figures (with interval, number of observations and source), names, lists or plain mappings."""
    comments: Mapping[Key, str] = field(default_factory=dict)
    """What a reader of the scenario file should know about a value or section, in a line or two."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Sources of lists and other values that cannot carry one, as path patterns (`intents.*.profile*`)."""
    findings: tuple[Finding, ...] = ()
    """What its user should know: what the export could not say, and what was done about it."""
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Any, ...] = ()
    """What charts are drawn of, one dataclass each (see `simulator.report.fit_*`)."""


def measured(value: float, low: float, high: float, n: int, what: str = "tickets") -> Figure:
    """Make a figure measured on an export, with its 90 % interval."""
    return Figure(value, min(low, value), max(high, value), n, f"measured: n={n:,} {what}")
