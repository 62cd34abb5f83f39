"""The assumption ledger: every figure of a scenario, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from simulator.frozen import Named
from simulator.quantities import Figure
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import Key, spell

KINDS = ("measured", "vendor", "published", "definition", "assumed", "unsourced")
"""Kinds of source, from the firmest to none at all (`definition` marks neutral values such as a factor of 1)."""


@dataclass(frozen=True)
class LedgerRow:
    """One figure (or one list of figures) and its source."""

    path: str
    value: str
    uncertain: str
    """Range or number of observations, as written; empty if none was given."""
    source: str
    """Empty if nobody says where the figure comes from."""

    @property
    def kind(self) -> str:
        """Classify the source by its first word; a source that begins with none of the known ones counts as none."""
        words = self.source.lower().replace(":", " ").replace(";", " ").replace(",", " ").split()
        first = words[0].removesuffix("s").removesuffix("'") if words else ""
        return first if first in KINDS else "unsourced"


def assumption_ledger(scenario: Scenario) -> list[LedgerRow]:
    """List the scenario's figures in the order of the file's sections."""
    return list(_rows(scenario, scenario, (), None))


def _rows(scenario: Scenario, node: Any, path: Key, default_source: str | None) -> Iterator[LedgerRow]:
    if isinstance(node, Figure):
        yield _row(scenario, (node,), path, default_source)
    elif isinstance(node, BaseModel):
        for name, field in type(node).model_fields.items():
            extra = field.json_schema_extra
            inherited = extra.get("source") if isinstance(extra, dict) and name not in node.model_fields_set else None
            source = str(inherited) if inherited is not None else default_source if _is_form(node) else None
            yield from _rows(scenario, getattr(node, name), (*path, name), source)
    elif isinstance(node, Named):
        for name, item in node.items():
            yield from _rows(scenario, item, (*path, name), default_source)
    elif isinstance(node, tuple) and node:
        figures = list(_flat(node))
        if figures:
            yield _row(scenario, tuple(figures), path, default_source)
        else:
            for index, item in enumerate(node):
                yield from _rows(scenario, item, (*path, index), default_source)


def _is_form(node: BaseModel) -> bool:
    """Tell distributions and calibrations, whose figures share the source of the field that holds them."""
    return "form" in type(node).model_fields


def _flat(items: tuple[Any, ...]) -> Iterator[Figure]:
    """Give the figures of a list of figures or of pairs of figures; nothing for any other list."""
    for item in items:
        if isinstance(item, Figure):
            yield item
        elif isinstance(item, tuple):
            yield from _flat(item)
        else:
            return


def _row(scenario: Scenario, figures: tuple[Figure, ...], path: Key, default_source: str | None) -> LedgerRow:
    first, spelled = figures[0], spell(path)
    source = scenario.source_of(spelled, first) or default_source or ""
    if len(figures) == 1:
        return LedgerRow(spelled, _written(first), _uncertainty(first), source)
    shown = ", ".join(_written(figure) for figure in figures[:3])
    return LedgerRow(spelled, f"{shown}, … ({len(figures)} values)" if len(figures) > 3 else shown, "", source)


def _written(figure: Figure) -> str:
    return f"{float(figure):.6g}"


def _uncertainty(figure: Figure) -> str:
    parts = []
    if figure.low is not None and figure.high is not None:
        parts.append(f"{figure.low:.6g} to {figure.high:.6g}")
    if figure.n is not None:
        parts.append(f"n={figure.n:,}")
    return ", ".join(parts)
