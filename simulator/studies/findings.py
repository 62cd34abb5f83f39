"""Findings: what a scenario's author would want to know before simulating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something worth knowing before simulating."""

    level: Literal["warning", "note"]
    path: str
    """Place in the scenario."""
    text: str
