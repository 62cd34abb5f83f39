"""What is wrong with a scenario's data, told in one form: path, value, rule, remedy."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simulator.base.errors import Problem
from simulator.base.text import MAX_SHOWN, Key, counted, nearest, shown, spell
from simulator.scenario.document import Document
from simulator.scenario.model import Scenario

_RULES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "string_type": "must be text, in quotes if it looks like a number",
    "string_unicode": "must be text",
    "mapping_type": "must be a mapping of names to values",
    "dict_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of names to values",
    "model_attributes_type": "must be a mapping of names to values",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
}
_LABELS = ("<", "function-", "literal[", "nullable[", "named[", "keyed[", "tuple[")
DEFINED = ("teams", "intents", "channels", "tiers")
"""What a scenario defines by name and refers to elsewhere."""
_FOLLOWS = {"teams": "queue", "intents": "the flag", "policy": "the priority", "sla": "names the"}
"""Words in a message that a wrong value in this part may have caused."""
_STAND_INS = (1, 0.5, 2, "backlog > 1", None, "2026-01-05")
"""Values that most fields take, in the order in which they are tried; None leaves the key out."""


def problems_of(document: Document, error: ValidationError) -> list[Problem]:
    """Turn pydantic's errors into problems; several about one value (a union's members) become one."""
    told: dict[tuple[str, str], Problem] = {}
    for details in error.errors(include_url=False):
        problem = _problem(document, details)
        told.setdefault((problem.where, problem.path), problem)
    return list(told.values())


def _problem(document: Document, details: ErrorDetails) -> Problem:
    path, given = _written_path(document.data, details), details["input"]
    kind = details["type"]
    if kind == "missing" and path and isinstance(path[-1], int):
        path = path[:-1]
        message = f"has {counted(int(details['loc'][-1]), 'item')}; must have {_fixed_length(path)}"
    elif kind == "missing":
        message = "is missing; must be given" + _described(path, details)
    elif kind == "extra_forbidden":
        message = _unknown_key(path, details)
    else:
        message = _value_and_rule(details, given)
    if kind == "form" and isinstance(given, Mapping) and "form" in given:
        path, message = (*path, "form"), f"is {shown(given['form'])}; {details['msg']}"
    return Problem(document.where(path), spell(path), message)


def _value_and_rule(details: ErrorDetails, given: Any) -> str:
    rule = _rule(details)
    if details["type"] == "whole" or rule.startswith("has "):
        return rule
    return f"is {shown(given)}; {rule}"


def _rule(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _RULES:
        return _RULES[kind]
    if kind in ("literal_error", "enum"):
        return f"must be {context.get('expected', 'another word')}"
    if kind == "too_long":
        return f"has {counted(context.get('actual_length', 0), 'item')}; must have {context.get('max_length')}"
    if kind == "string_too_long":
        return f"must have {context.get('max_length')} characters or fewer"
    if kind == "string_too_short":
        return "must not be empty"
    return details["msg"]


def _written_path(data: Any, details: ErrorDetails) -> Key:
    """Return the path, as the file writes it, of what an error is about.

    Pydantic's location also holds the names of union members, and steps into what a bare value stands for.
    """
    path: list[str | int] = []
    node = data
    for position, step in enumerate(details["loc"]):
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list | tuple) and isinstance(step, int):
            node = node[step] if step < len(node) else None
        elif isinstance(step, str) and (step == "[key]" or step in ("str", "none") or step.startswith(_LABELS)):
            continue
        elif details["type"] == "missing" and position == len(details["loc"]) - 1 and isinstance(node, Mapping):
            return (*path, step)
        else:
            break
        path.append(step)
    return tuple(path)


# -- going on after an error -----------------------------------------------------------------------------------


def mended(document: Document, error: ValidationError) -> tuple[Scenario | None, list[Key]]:
    """Put something harmless in the place of wrong values, so that what depends on others can be checked as well.

    Gives the scenario, or None if it cannot be mended, and the paths of the wrong values.
    """
    data = copy.deepcopy(document.data)
    broken: list[Key] = []
    for stand_in in _STAND_INS:
        for details in error.errors(include_url=False):
            path = _written_path(data, details)
            if not _is_mendable(path, details):
                return None, broken
            broken.append(path)
            _put(data, path, None if details["type"] == "extra_forbidden" else stand_in)
        try:
            return Scenario.model_validate(data), broken
        except ValidationError as again:
            error = again
    return None, broken


def _is_mendable(path: Key, details: ErrorDetails) -> bool:
    if details["type"] == "extra_forbidden":
        return len(path) > 1 or _meant(path, details) not in DEFINED
    whole = details["type"] != "missing" and isinstance(details["input"], Mapping | BaseModel)
    return bool(path) and not whole and not (path[0] in DEFINED and len(path) < 3)


def _put(data: Any, path: Key, stand_in: Any) -> None:
    """Set what stands at `path`; None removes it."""
    for step in path[:-1]:
        data = data[step]
    if stand_in is None and isinstance(data, dict):
        data.pop(path[-1], None)
    elif stand_in is not None and (isinstance(data, dict) or int(path[-1]) < len(data)):
        data[path[-1]] = stand_in


def is_told(path: Key, message: str, broken: Iterable[Key]) -> bool:
    """Return whether what is wrong at `path` may just follow from a value that is already known to be wrong."""
    for other in broken:
        shared = min(len(path), len(other))
        if path[:shared] == other[:shared] or _FOLLOWS.get(str(other[0]), "\n") in message:
            return True
    return False


# -- what the models know --------------------------------------------------------------------------------------


def _models_at(path: Key, labels: Iterable[Any]) -> list[type[BaseModel]]:
    """Find the models that may describe the mapping at a path, the one that was tried first."""
    models = [known for known in _types_at(path) if isinstance(known, type) and issubclass(known, BaseModel)]
    return sorted(models, key=lambda model: f"<{_form(model)}>" not in labels)


def _fixed_length(path: Key) -> int:
    """Count the items that the list at a path must have."""
    return max((len(get_args(known)) for known in _types_at(path) if get_args(known)), default=2)


def _types_at(path: Key) -> list[Any]:
    annotations: list[Any] = [Scenario]
    for step in path:
        annotations = [inner for annotation in annotations for inner in _below(annotation, step)]
    return [known for annotation in annotations for known in _unwrap(annotation)]


def _below(annotation: Any, step: str | int) -> list[Any]:
    found: list[Any] = []
    for candidate in _unwrap(annotation):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            if step in candidate.model_fields:
                found.append(candidate.model_fields[str(step)].annotation)
        elif isinstance(step, int):
            found += [item for item in get_args(candidate) if item is not Ellipsis]
        else:
            found += get_args(candidate)[-1:]
    return found


def _form(model: type[BaseModel]) -> str:
    field = model.model_fields.get("form")
    return str(get_args(field.annotation)[0]) if field else ""


def _unwrap(annotation: Any) -> list[Any]:
    """Open Annotated and unions down to classes and containers."""
    origin = getattr(annotation, "__origin__", None)
    if hasattr(annotation, "__metadata__"):
        return _unwrap(origin)
    if origin in (tuple, list, dict) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return [annotation]
    if args := get_args(annotation):
        return [inner for argument in args for inner in _unwrap(argument)]
    return [annotation]


def _described(path: Key, details: ErrorDetails) -> str:
    for model in _models_at(path[:-1], details["loc"]):
        field = model.model_fields.get(str(path[-1]))
        if field and field.description:
            return f": {field.description.splitlines()[0].rstrip('.')}"
    return ""


def _unknown_key(path: Key, details: ErrorDetails) -> str:
    if meant := _meant(path, details):
        return f"is not a known key; did you mean {meant}?"
    models = _models_at(path[:-1], details["loc"])
    if not models:
        return "is not a known key; remove it"
    return f"is not a known key; must be one of {', '.join(models[0].model_fields)}"


def _meant(path: Key, details: ErrorDetails) -> str | None:
    """Find the known key that is nearest to an unknown one."""
    given = str(path[-1])[:MAX_SHOWN]
    for model in _models_at(path[:-1], details["loc"]):
        if near := nearest(given, model.model_fields):
            return near
    return None
