"""Variants: one desk in several settings, all meeting the same customers."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.scenario.model import Scenario


@dataclass(frozen=True)
class Variant:
    """One setting of a study."""

    name: str
    """Unique within its study, such as `policy.answer_threshold=0.8`."""
    scenario: Scenario
    settings: tuple[tuple[str, str], ...] = ()
    """What was changed: (path, value as written), in the order given; empty for a scenario as its file has it."""
