"""Assumptions in words: what each figure of a scenario is, what it is worth and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.calibration.fit.scenario_text import in_words
from simulator.report.words import clean
from simulator.scenario.ledger import LedgerRow
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import Key, spell
from simulator.studies.roi.figures import Known, rows_of

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
        """Tell whether it stands for a list of figures, which is written as a whole."""
        return self.known[0].name != self.path

    def matches(self, words: str) -> bool:
        """Tell whether all words asked for occur in what is said of it."""
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
        row.path, str(first.path[0]), in_plain_words(_row_path(row, first)), _meaning(first), f"{value}{unit}", told,
        row.kind, clean(row.source) or NOBODY, _is_stated(first), tuple(known),
    )  # fmt: skip


def in_plain_words(path: Key) -> str:
    """Write a path for people: `teams › tier1 › shift 1 › agents`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts[-1] = f"{parts[-1].removesuffix('s')} {step + 1}"
        else:
            parts.append(clean(step).replace("_", " "))
    return " › ".join(parts)


def _row_path(row: LedgerRow, first: Known) -> Key:
    """Give the path of a row: that of its figure, or of the list that this is the first of."""
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
