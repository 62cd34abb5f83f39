"""The JSON Schema for editors is complete, and takes every scenario that the loader takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from simulator.base.quantities import Figure
from simulator.scenario import Scenario, shipped_scenarios
from simulator.scenario.reference import DIALECT, json_schema
from simulator.scenario.yaml_text import parse_yaml

SCHEMA = json_schema()


def models(annotation: Any, found: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Collect every model that a scenario may hold, by walking the annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation.__name__ not in found:
        found[annotation.__name__] = annotation
        for field in annotation.model_fields.values():
            models(field.annotation, found)
    for inner in getattr(annotation, "__args__", ()):
        models(inner, found)
    return found


MODELS = models(Scenario, {})


def figures(value: Any, path: str) -> Iterator[tuple[str, Figure]]:
    if isinstance(value, Figure):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from figures(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple):
        for item in value:
            yield from figures(item, path)


def test_the_schema_names_its_dialect_and_title_and_is_plain_json() -> None:
    assert SCHEMA["$schema"] == DIALECT
    assert SCHEMA["title"] == "ticketflow scenario"
    assert SCHEMA["properties"]["extends"]["type"] == "string"
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    for name in {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}:
        assert name in SCHEMA["$defs"]


def test_the_schema_holds_every_model() -> None:
    assert set(MODELS) - {"Scenario"} <= set(SCHEMA["$defs"])


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_is_described(name: str) -> None:
    for field, info in MODELS[name].model_fields.items():
        assert info.description, f"{name}.{field}"
        assert info.description[0].isupper() or info.description[0] in "[P(`0123456789", f"{name}.{field}"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_default_figure_has_a_source(name: str) -> None:
    for field, info in MODELS[name].model_fields.items():
        default = info.get_default(call_default_factory=True) if not info.is_required() else None
        for path, figure in figures(default, f"{name}.{field}"):
            assert figure.source, path


def test_the_schema_takes_the_shipped_scenarios() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for path in shipped_scenarios():
        data = parse_yaml(path.read_text(encoding="utf-8"), path.name)[0]
        assert [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)] == []


@pytest.mark.parametrize("path", shipped_scenarios(), ids=lambda path: path.stem)
def test_the_schema_knows_the_keys_of_the_shipped_scenarios(path: Any) -> None:
    data = parse_yaml(path.read_text(encoding="utf-8"), path.name)[0]
    assert set(data) <= set(SCHEMA["properties"])
    for part in ("arrivals", "policy", "ai", "sla", "costs"):
        if isinstance(data.get(part), dict):
            assert set(data[part]) <= set(SCHEMA["$defs"][part.capitalize()]["properties"])
