"""The JSON Schema of scenario files, for editors that complete and check as you type.

Generated from the models, so their docstrings are what an editor shows. The schema is a little wider than the models:
it takes any text where a duration or share may be text, knows no rules between fields, and asks for no keys within the
parts of a scenario, as a file may leave them to the one that it extends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from simulator.quantities import Figure
from simulator.scenario.model import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EXTENDS = {
    "type": "string",
    "description": "Scenario file beneath this one; what is given here is laid over it, mapping by mapping.",
    "examples": ["base.yaml"],
}


class _Generator(GenerateJsonSchema):
    """Writes defaults as a scenario file would hold them."""

    def encode_default(self, dft: Any) -> Any:
        """Give a default as plain data."""
        return _as_written(dft)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema that scenario files follow."""
    schema = model_schema()
    schema["anyOf"] = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    for part in schema["$defs"].values():
        if "form" not in part.get("properties", {}):  # Distributions are told apart by what they must have.
            part.pop("required", None)
    return {"$schema": DIALECT, **schema, "title": "ticketflow scenario"}


def model_schema() -> dict[str, Any]:
    """Give the schema of a scenario that extends no other: what is required of each part is required."""
    schema = Scenario.model_json_schema(schema_generator=_Generator)
    schema["properties"] = {"extends": _EXTENDS, **schema["properties"]}
    figures: dict[str, Any] = {}
    shared: dict[str, Any] = _share_figures(schema, figures)
    shared["$defs"] |= figures
    return shared


def _as_written(value: Any) -> Any:
    if isinstance(value, Figure):
        return value.as_written()
    if isinstance(value, BaseModel):
        return {name: _as_written(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _as_written(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(item) for item in value]
    return value


def _share_figures(node: Any, figures: dict[str, Any]) -> Any:
    """Put the schema of each kind of figure under `$defs` once and refer to it; it would fill pages otherwise."""
    if isinstance(node, list):
        return [_share_figures(item, figures) for item in node]
    if not isinstance(node, dict):
        return node
    choices = node.get("anyOf")
    if not (isinstance(choices, list) and any("value" in choice.get("properties", {}) for choice in choices)):
        return {key: _share_figures(item, figures) for key, item in node.items()}
    name = _name_of(choices)
    assert json.dumps(figures.setdefault(name, {"anyOf": choices})) == json.dumps({"anyOf": choices})
    return {"$ref": f"#/$defs/{name}", **{key: item for key, item in node.items() if key != "anyOf"}}


def _name_of(choices: list[dict[str, Any]]) -> str:
    """Name a kind of figure by its rule: `a share from 0 to 1` is `share_from_0_to_1`."""
    rule = str(choices[0]["description"]).split(", such as")[0].split(" ", 1)[1]
    kinds = [str(choice.get("type", choice.get("items", {}).get("type"))) for choice in choices]
    extra = "_or_none" if "null" in kinds else "_or_list" if "array" in kinds else ""
    return re.sub(r"[^a-z0-9.]+", "_", rule.replace("-", "minus ").lower()).strip("_") + extra
