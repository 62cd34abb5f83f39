"""Assumptions: what each figure is and where it comes from, what an answer rests on, what ranges could change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.base.quantities import Figure as Quantified
from simulator.base.text import Key, clean, counted, listed, spell
from simulator.calibration.fit.scenario_text import in_words
from simulator.metrics.registry import BY_NAME
from simulator.report.charts.tornado import Bar, tornado_chart
from simulator.report.compare.sentences import signed_change, size_of_change, subject
from simulator.report.format import minutes_scale, signed
from simulator.scenario import Known, LedgerRow, Scenario, rows_of
from simulator.studies.roi.sensitivity import KpiSwing
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.figure import Figure


NOBODY = "nobody says"


@dataclass(frozen=True)
class Assumption:
    """One row of the ledger, as people read it."""

    path: str
    section: str
    """First part of the path, such as `intents`."""
    words: str
    """The path in plain words."""
    meaning: str
    """What the field is, as the scenario's schema has it."""
    value: str
    """With its unit."""
    range: str
    """Range, or number of observations; empty if none is stated."""
    kind: str
    source: str
    is_stated: bool
    """Whether the scenario states it; else it is the model's own default."""
    known: tuple[Known, ...]

    @property
    def is_list(self) -> bool:
        """Whether it stands for a list of figures, which is written as a whole."""
        return self.known[0].name != self.path

    def matches(self, words: str) -> bool:
        """Return whether all words asked for occur in what is said of it."""
        told = f"{self.path} {self.words} {self.meaning} {self.value} {self.source}".lower()
        return all(word in told for word in words.lower().split())


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """List every figure of a scenario in the order of the file's sections."""
    currency = scenario.costs.currency if scenario.costs is not None else ""
    return tuple(_assumption(row, known, currency) for row, known in rows_of(scenario))


def _assumption(row: LedgerRow, known: Sequence[Known], currency: str) -> Assumption:
    first = known[0]
    unit = f" {currency}" if first.quantity.unit == "money" else ""
    if len(known) == 1:
        value, reach = in_words(first.figure, first.quantity.unit)
        observed = "" if first.figure.n is None else f"n={first.figure.n:,}"
        told = ", ".join(part for part in (reach, observed) if part)
    else:
        shown = ", ".join(in_words(one.figure, one.quantity.unit)[0] for one in known[:3])
        value, told = (f"{shown}, … ({len(known)} values)" if len(known) > 3 else shown), ""
    return Assumption(
        row.path, str(first.path[0]), _in_plain_words(_row_path(row, first)), _meaning(first), f"{value}{unit}", told,
        row.kind, clean(row.source) or NOBODY, _is_stated(first), tuple(known),
    )  # fmt: skip


def _in_plain_words(path: Key) -> str:
    """Write a path for people: `teams › tier1 › shift 1 › agents`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts[-1] = f"{parts[-1].removesuffix('s')} {step + 1}"
        else:
            parts.append(clean(step).replace("_", " "))
    return " › ".join(parts)


def _row_path(row: LedgerRow, first: Known) -> Key:
    """Return the path of a row: that of its figure, or of the list that this is the first of."""
    path = first.path
    while spell(path) != row.path:
        path = path[:-1]
    return path


def _field(known: Known) -> str | None:
    """Name the field of the model that holds a figure."""
    fields = type(known.holder).model_fields
    return next((step for step in reversed(known.path) if isinstance(step, str) and step in fields), None)


def _meaning(known: Known) -> str:
    name = _field(known)
    told = None if name is None else type(known.holder).model_fields[name].description
    return " ".join((told or "").replace("`", "").split())


def _is_stated(known: Known) -> bool:
    name = _field(known)
    return name is not None and name in known.holder.model_fields_set


# -- what an answer rests on ------------------------------------------------------------------------------------------


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
    """Return what an answer about a scenario rests on.

    `weightiest` says which assumptions weigh most, where a study has found out; otherwise the widest ranges are named.
    """
    rows = rows_of(scenario)
    kinds = kinds_of([row for row, _ in rows])
    return Basis(kinds, weightiest or _least_certain(scenario), clean(made), baseline, in_force)


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


def _least_certain(scenario: Scenario) -> str:
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


def ledger_by_kind(ledger: Sequence[Assumption]) -> list[tuple[str, list[Assumption]]]:
    """Return the ledger's rows by kind of source, the least firm first; definitions are left out."""
    order = reversed(KIND_WORDS)
    found = [(kind, [row for row in ledger if row.kind == kind]) for kind in order]
    return [(kind, rows) for kind, rows in found if rows]


def plain_path(path: str) -> str:
    """Make a path fit for a narrow column: it may break after dots (a zero-width space allows it)."""
    return clean(path).replace(".", ".\u200b").replace("[", "\u200b[")


# -- the chart of assumptions -----------------------------------------------------------------------------------------


_UNITS = {"score": "points of 5", "hours": "hours", "share": "share of tickets"}


def kpi_tornado(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> Figure:
    """Draw what each input changes in a KPI; `centre` is the desk with all inputs as they stand."""
    known = BY_NAME[kpi]
    values = [centre.estimate(kpi).mean, *(end for row in swings for end in (row.low.mean, row.high.mean))]
    scale, axis = minutes_scale(max(values)) if known.unit == "minutes" else (1.0, _UNITS.get(known.unit, ""))
    bars = [Bar(row.input.name, _ends_in_words(row), (row.low.mean / scale, row.high.mean / scale)) for row in swings]
    note = (
        f"{known.title} with one input at the 5 % (light) and the 95 % end (dark) of its range, all others as they "
        f"stand, the same customers, {len(centre)} replications. The values beside the bars are the input's own."
    )
    title = _finding(swings, centre, kpi)
    return tornado_chart(bars, values[0] / scale, known.unit, title, note, currency=centre.currency, axis=axis)


def _finding(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> str:
    """Say which of the inputs moves a KPI most."""
    first = swings[0]
    if not first.found.mean:
        return f"None of these inputs moves {subject(kpi)}"
    size = size_of_change(BY_NAME[kpi], first.found, centre.currency)
    chance = "" if first.found.excludes_zero else ", which may be chance"
    most = " most" if len(swings) > 1 else ""
    return f"{clean(first.input.name)} moves {subject(kpi)}{most}: by {size}{chance}"


def details(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> str:
    """Return what the chart shows beside its title."""
    told = "; ".join(
        f"{clean(row.input.name)} from {' to '.join(_ends_in_words(row))}: "
        f"{signed(BY_NAME[kpi].unit, row.found.mean, centre.currency)}"
        for row in swings
    )
    return f"Tornado chart of {subject(kpi)}. {told}."


def _ends_in_words(row: KpiSwing) -> tuple[str, str]:
    """Write an input's low and high value in its own unit."""
    unit = row.input.known[0].quantity.unit
    low, high = (in_words(Quantified(end), unit)[0] for end in row.ends)
    return low, high


def swing_cells(row: KpiSwing, centre: Replications, kpi: str) -> tuple[str, ...]:
    """Return a swing as the cells of a table: input, its ends, the KPI at both, the difference."""
    change = signed_change(BY_NAME[kpi], row.found, centre.currency)
    levels = (centre.spelled(kpi, end) for end in (row.low, row.high))
    return (clean(row.input.name), *_ends_in_words(row), *levels, change)
