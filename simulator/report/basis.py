"""What an answer rests on: how many of its figures somebody measured, which assumptions weigh most, what it is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.calibration.fit.scenario_text import in_words
from simulator.report.drawing import listed
from simulator.report.words import clean
from simulator.scenario.ledger import LedgerRow
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import counted
from simulator.studies.roi.figures import rows_of

KIND_WORDS = {
    "measured": "measured",
    "vendor": "from the vendor",
    "published": "published",
    "assumed": "assumed",
    "unsourced": "without a source",
}
OWED = ("assumed", "unsourced")
"""Kinds of source that the user answers for."""
MOST = 3
"""Assumptions that are named, and sections of the scenario."""


@dataclass(frozen=True)
class Basis:
    """What an answer rests on, in words."""

    kinds: Mapping[str, int]
    """How many figures have each kind of source, the firmest kind first."""
    weightiest: str
    made: str
    """How much was simulated, such as `10 replications of 4 weeks, seed 1`."""
    baseline: str
    """What figures are held against."""
    in_force: str = ""
    """Which thresholds and rosters it holds for."""

    @property
    def total(self) -> int:
        """Count the figures."""
        return sum(self.kinds.values())


def basis_of(scenario: Scenario, made: str, baseline: str, weightiest: str = "", in_force: str = "") -> Basis:
    """Tell what an answer about a scenario rests on.

    `weightiest` says which assumptions weigh most, where a study has found out; otherwise the widest ranges are named.
    """
    rows = rows_of(scenario)
    kinds = kinds_of([row for row, _ in rows])
    return Basis(kinds, weightiest or least_certain(scenario), clean(made), baseline, in_force)


def kinds_of(ledger: Sequence[LedgerRow]) -> dict[str, int]:
    """Count figures by kind of source; definitions and the pilot's gates are left out."""
    # The gates are what results are held against, not what they rest on.
    counts = Counter(row.kind for row in ledger if _rests(row))
    return {kind: counts[kind] for kind in KIND_WORDS if counts[kind]}


def counts_in_words(ledger: Sequence[LedgerRow]) -> str:
    """Count figures by kind of source as every page does, and say what the ledger has beside them."""
    kinds = kinds_of(ledger)
    told = ", ".join(f"{count:,} {KIND_WORDS[kind]}" for kind, count in kinds.items())
    defined = sum(row.kind not in KIND_WORDS and _rests(row) for row in ledger)
    gates = sum(not _rests(row) for row in ledger)
    beside = [f"{defined:,} by definition"] if defined else []
    beside += [f"{gates:,} of the pilot's plan and gates, which results are held against"] if gates else []
    words = f"Results rest on {counted(sum(kinds.values()), 'figure')}" + (f": {told}." if told else ".")
    return f"{words} Listed beside them: {listed(beside)}." if beside else words


def least_certain(scenario: Scenario) -> str:
    """Name the assumed figures with the widest ranges for their size; no range says what a figure could change."""
    owed = [(row, figures) for row, figures in rows_of(scenario) if row.kind in OWED and _rests(row)]
    if not owed:
        return "No figure is assumed."
    widths: dict[str, float] = {}
    for row, figures in owed:
        first = figures[0].figure
        low, high = (first.low, first.high) if len(figures) == 1 else (None, None)
        if low is not None and high is not None and high > low:
            value, reach = in_words(first, figures[0].quantity.unit)
            widths[clean(f"{row.path} ({value}; {reach})")] = (high - low) / (abs(high) + abs(low))
    if not widths:
        sections = Counter(row.path.partition(".")[0].partition("[")[0] for row, _ in owed)
        most = [f"{clean(name)} ({count})" for name, count in sections.most_common(MOST)]
        return f"No assumed figure has a range: how far they could move the answer is open; most are in {listed(most)}."
    widest = sorted(widths, key=lambda name: -widths[name])[:MOST]
    ranged = f"Of {counted(len(owed), 'assumed figure')} {len(widths)} {'has' if len(widths) == 1 else 'have'} a range"
    return f"{ranged}; the widest for their size: {listed(widest)}. `ticketflow roi` tells what each could change."


def _rests(row: LedgerRow) -> bool:
    return not row.path.startswith("pilot.")
