"""Every figure of a scenario: its place, its field's bounds, and where it comes from (the assumption ledger)."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union

from pydantic import BaseModel

from simulator.base.model_base import Named
from simulator.base.quantities import Figure, Quantity
from simulator.base.text import Key, spell
from simulator.scenario.model import Scenario

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
    """Return whether a model is a distribution or curve, whose figures share the source of the field that holds it."""
    return "form" in type(node).model_fields


def _flat(items: tuple[Any, ...]) -> Iterator[Figure]:
    """Yield the figures of a list of figures or of pairs of figures; nothing for any other list."""
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


# -- figures with their place and their field's bounds ----------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """One figure."""

    path: Key
    figure: Figure
    quantity: Quantity
    """Its field's unit and bounds."""
    holder: BaseModel
    """The model that it is a field of, or that holds its list."""

    @property
    def name(self) -> str:
        """Its path as users write it."""
        return spell(self.path)


def figures_of(scenario: Scenario) -> list[Known]:
    """List every figure, those in lists one by one, in the order of the file's sections."""
    return list(_walk(scenario, (), None, scenario))


def rows_of(scenario: Scenario) -> list[tuple[LedgerRow, list[Known]]]:
    """List the rows of the assumption ledger with the figures that each stands for."""
    rows = {row.path: row for row in assumption_ledger(scenario)}
    found: dict[str, list[Known]] = {name: [] for name in rows}
    for known in figures_of(scenario):
        path = known.path
        while spell(path) not in rows:
            path = path[:-1]
        found[spell(path)].append(known)
    return [(rows[name], figures) for name, figures in found.items()]


def _walk(node: Any, path: Key, hint: Any, holder: BaseModel) -> Iterator[Known]:
    if isinstance(node, Figure):
        quantity = _quantity(hint)
        assert quantity is not None, f"{spell(path)} has no quantity"
        yield Known(path, node, quantity, holder)
    elif isinstance(node, BaseModel):
        hints = _hints(type(node))
        for name in type(node).model_fields:
            yield from _walk(getattr(node, name), (*path, name), hints[name], node)
    elif isinstance(node, Named):
        for name, item in node.items():
            yield from _walk(item, (*path, name), _below(hint, Named, 0), holder)
    elif isinstance(node, tuple):
        for index, item in enumerate(node):
            yield from _walk(item, (*path, index), _below(hint, tuple, index), holder)


@cache
def _hints(model: type[BaseModel]) -> dict[str, Any]:
    return typing.get_type_hints(model, include_extras=True)


def _quantity(hint: Any) -> Quantity | None:
    """Find the quantity that a hint is annotated with, in any of its alternatives."""
    for _, notes in _options(hint):
        for note in notes:
            if isinstance(note, Quantity):
                return note
    return None


def _options(hint: Any, notes: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the alternatives of a hint, each with what it is annotated with."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        yield from _options(hint.__origin__, (*notes, *hint.__metadata__))
    elif origin in (Union, types.UnionType):
        for option in typing.get_args(hint):
            yield from _options(option, notes)
    else:
        yield hint, notes


def _below(hint: Any, kind: type, index: int) -> Any:
    """Return the hint of an item in a mapping or a tuple."""
    for option, _ in _options(hint):
        origin, arguments = typing.get_origin(option) or option, typing.get_args(option)
        if not (isinstance(origin, type) and issubclass(origin, kind) and arguments):
            continue
        if kind is tuple and Ellipsis not in arguments:
            return arguments[min(index, len(arguments) - 1)]
        return arguments[0]
    return None
