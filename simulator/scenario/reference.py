"""What the models say about themselves: the JSON Schema of scenario files, and the scenario reference as Markdown.

Both are generated from the models, whose docstrings and rules are the only copy of what is said there; only the
reference's examples (`reference_text`) are written by hand.

The schema, with which editors complete and check as you type, is a little wider than the models: it takes any text
where a duration or share may be text, knows no rules between fields, and asks for no keys within the parts of a
scenario, as a file may leave them to the one that it extends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from simulator.base.quantities import MINUTES_PER, Figure
from simulator.scenario.model import Scenario
from simulator.scenario.reference_text import CLOSING, EXAMPLES, OPENING, VALUES
from simulator.scenario.what_ifs import FIELDS as WHAT_IF_FIELDS
from simulator.scenario.what_ifs import OPTIONAL as OPTIONAL_IN_WHAT_IFS

_Node = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EXTENDS = {
    "type": "string",
    "description": "Scenario file beneath this one; what is given here is laid over it, mapping by mapping.",
    "examples": ["base.yaml"],
}


class _Generator(GenerateJsonSchema):
    """Writes defaults as a scenario file would hold them."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as plain data."""
        return _as_written(dft)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema that scenario files follow."""
    schema = _model_schema()
    schema["anyOf"] = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    for part in schema["$defs"].values():
        if "form" not in part.get("properties", {}):  # Distributions are told apart by what they must have.
            part.pop("required", None)
    return {"$schema": DIALECT, **schema, "title": "ticketflow scenario"}


def _model_schema() -> dict[str, Any]:
    """Return the schema of a scenario that extends no other: what is required of each part is required."""
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


# -- the scenario reference -------------------------------------------------------------------------------------------


_TOP = "The file"
_PLACEHOLDERS = {
    "channels": "channel", "tiers": "tier", "intents": "intent", "teams": "team", "flags": "flag", "profile": "days",
    "handle_by_hour": "days", "first_response": "tier or band", "resolution": "tier or band", "queue": "channel",
    "confused_with": "intent", "observed": "kpi", "observed.*": "week", "baseline": "path", "changes": "path",
    "sources": "pattern",
}  # fmt: skip
"""What the keys of a mapping stand for, by the mapping's own key (`.*`: of a mapping within it)."""
_FAMILIES = {
    "Durations": ("Lognormal", "Constant", "Exponential", "Gamma", "Uniform", "Quantiles"),
    "Confidence": ("Beta", "ConfidenceQuantiles", "ShadowLog"),
    "Calibration": ("LogOddsCalibration", "TableCalibration", "ShadowLogCalibration"),
}
"""Distributions and curves, described once; keys that hold one point there."""
_HEAD = "| key | meaning | value | default |\n| --- | --- | --- | --- |"


class _Part(NamedTuple):
    """A model at a place in the scenario."""

    path: str
    model: _Node


def reference() -> str:
    """Write the reference as Markdown, without a newline at its end."""
    return "\n\n".join(_Writer(_model_schema()).blocks())


def _anchor(heading: str) -> str:
    """Return the link to a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class _Writer:
    """Walks the schema of a scenario and writes what it finds."""

    def __init__(self, schema: _Node) -> None:
        self.schema = schema
        self.models: dict[str, _Node] = schema["$defs"]

    def blocks(self) -> Iterator[str]:
        """Yield the document's paragraphs, headings and tables."""
        sections = {name: node for name, node in self.schema["properties"].items() if self.inner(node, name)}
        yield OPENING
        yield self.contents([_TOP, *sections, *_FAMILIES, "Values", "What-ifs"])
        yield VALUES
        yield from self.section(_TOP, [_Part("", self.schema)])
        for name, node in sections.items():
            inner = self.inner(node, name)
            assert inner is not None
            yield from self.section(name, list(self.parts(inner)))
        for family, names in _FAMILIES.items():
            yield from self.family(family, names)
        rows = [f"| `{key}` | {_sentence(what)} | {'none' if key in OPTIONAL_IN_WHAT_IFS else '**required**'} |"
                for key, what in WHAT_IF_FIELDS.items()]  # fmt: skip
        yield CLOSING + "\n".join(rows)
        yield _example("What-ifs")

    def contents(self, headings: list[str]) -> str:
        """List the sections as links."""
        return " · ".join(f"[{heading}](#{_anchor(heading)})" for heading in headings)

    def section(self, name: str, parts: list[_Part]) -> Iterator[str]:
        """Describe a section of the file, and under it every model that it holds."""
        for depth, part in enumerate(parts):
            yield f"## {name}" if depth == 0 else f"### `{part.path}`"
            if name != _TOP:
                yield str(part.model["description"])
            if depth == 0:
                yield _example(name)
            yield "\n".join([_HEAD, *self.rows(part)])

    def family(self, name: str, models: tuple[str, ...]) -> Iterator[str]:
        """Describe the forms of a distribution or curve."""
        yield f"## {name}"
        yield _example(name)
        for model in models:
            node = self.models[model]
            yield f"**`{node['properties']['form']['const']}`.** {node['description']}"
            yield "\n".join([_HEAD, *self.rows(_Part("", node))])

    def parts(self, part: _Part) -> Iterator[_Part]:
        """Yield a model and, after it, those within it."""
        yield part
        for name, node in part.model["properties"].items():
            inner = self.inner(node, f"{part.path}.{name}")
            if inner is not None:
                yield from self.parts(inner)

    def inner(self, node: _Node, path: str) -> _Part | None:
        """Return the model that a key holds, in a list or mapping perhaps; None for plain values and distributions."""
        if "$ref" in node:
            model = self.models[node["$ref"].rsplit("/", 1)[1]]
            return _Part(path, model) if "properties" in model and "form" not in model["properties"] else None
        if "anyOf" in node:
            return next((found for choice in node["anyOf"] if (found := self.inner(choice, path))), None)
        if node.get("type") == "array" and "items" in node:
            return self.inner(node["items"], f"{path}[]")
        if isinstance(node.get("additionalProperties"), dict):
            return self.inner(node["additionalProperties"], f"{path}.<{_placeholder(path)}>")
        return None

    def rows(self, part: _Part) -> Iterator[str]:
        """Write one table row for each key of a model."""
        required = part.model.get("required", ())
        for name, node in part.model["properties"].items():
            path = f"{part.path}.{name}" if part.path else name
            inner = self.inner(node, path)
            value = self.value(node, name) if inner is None else self.pointer(inner, path, node)
            default = "**required**" if name in required else self.default(node, inner is not None)
            # pydantic leaves out a description that is the model's own.
            told = node["description"] if "description" in node or inner is None else inner.model["description"]
            meaning = " ".join(str(told).split())
            yield f"| `{path}` | " + " | ".join(text.replace("|", "\\|") for text in (meaning, value, default)) + " |"

    def pointer(self, inner: _Part, path: str, node: _Node) -> str:
        """Point to the table of a model that a key holds."""
        kind = "list of " if inner.path.endswith("[]") else "map of " if inner.path != path else ""
        bare = "text or " if {"type": "string"} in node.get("items", node).get("anyOf", ()) else ""
        # A section bears the name of its key, `intents`; what lies deeper has its whole path.
        heading = path if "." not in path else inner.path
        return f"{kind}{bare}[`{inner.path}`](#{_anchor(heading)})"

    def value(self, node: _Node, name: str) -> str:
        """Say what may stand at a key."""
        if "$ref" in node:
            return self.referred(node["$ref"].rsplit("/", 1)[1])
        choices = [choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"]
        if choices:
            return self.either(choices, name)
        if "oneOf" in node:
            family = self.family_of(node)
            if family is None:
                return self.either(node["oneOf"], name)
            also = [f" or `{choice['const']}`" for choice in node["oneOf"] if "const" in choice]
            return f"[*{family.lower()}*](#{_anchor(family)}){''.join(also)}"
        if "enum" in node:
            return ", ".join(f"`{choice}`" for choice in node["enum"])
        if "const" in node:
            return f"`{node['const']}`"
        if node["type"] == "array":
            return self.listed(node, name)
        if node["type"] == "object":
            item = node["additionalProperties"]
            values = self.value(item, f"{name}.*") if isinstance(item, dict) and item else "values"
            return f"map of `<{_placeholder(name)}>` to {values}"
        return _plain(node)

    def either(self, choices: list[_Node], name: str) -> str:
        """Say what may stand at a key that takes several kinds of values."""
        first, *others = choices
        family = self.family_of(others[0]) if others else None
        if family is not None:
            alone = f"`{first['const']}`" if "const" in first else f"`8m` (the {first['description']})"
            linked = "duration" if family == "Durations" else family.lower()
            return f"[*{linked}*](#{_anchor(family)}) or {alone}"
        return " or ".join(self.value(choice, name) for choice in choices)

    def family_of(self, node: _Node) -> str | None:
        """Name the family of distributions that a key takes; None if it takes none."""
        names = {str(choice.get("$ref", "")).rsplit("/", 1)[-1] for choice in node.get("oneOf", ())}
        return next((family for family, models in _FAMILIES.items() if names & set(models)), None)

    def referred(self, name: str) -> str:
        """Say what a shared kind of value is."""
        node = self.models[name]
        if "enum" in node:
            return ", ".join(f"`{choice}`" for choice in node["enum"])
        rule = str(node["anyOf"][0]["description"]).split(", such as")[0].split(" ", 1)[1]
        rule = re.sub(r",? ([\d.,]+) or more", r" ≥ \1", re.sub(r",? above ", " > ", rule))
        rule = re.sub(r" ([\d.,]+) or less", r" ≤ \1", rule.replace(" below ", " < "))
        return f"{rule}, or a list of them" if name.endswith("_or_list") else rule

    def listed(self, node: _Node, name: str) -> str:
        """Say what a list holds."""
        if "prefixItems" in node:
            kinds = [self.value(item, name) for item in node["prefixItems"]]
            return f"list of {len(kinds)}: {kinds[0]}" if len(kinds) > 2 else f"[{', '.join(kinds)}]"
        return f"list of {self.value(node['items'], name)}"

    def default(self, node: _Node, has_table: bool) -> str:
        """Write a key's default with its source."""
        if "default" not in node:
            return "as there" if has_table else "none"
        given = node["default"]
        if given in (None, "", {}, []):
            return "none"
        sources = dict.fromkeys(_sources(given))
        if not sources and "source" in node:
            sources = {node["source"]: None}
        return f"`{_written(given, self.is_duration(node))}`" + (f" ({'; '.join(sources)})" if sources else "")

    def is_duration(self, node: _Node) -> bool:
        """Return whether a key's figures are durations, which are written with their unit."""
        if any(self.family_of(choice) == "Durations" for choice in node.get("anyOf", ())):
            return True
        return str(node.get("$ref", "")).startswith("#/$defs/duration_")


def _placeholder(path: str) -> str:
    parts = path.split(".")
    key = ".".join(parts[-2:]) if parts[-1] == "*" else parts[-1]
    return _PLACEHOLDERS.get(key, "name")


def _plain(node: _Node) -> str:
    kinds = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number"}
    examples = [f"`{example}`" for example in node.get("examples", ())]
    kind = "date" if node.get("format") == "date" else "local time" if node.get("format") == "date-time" else ""
    return (kind or kinds[node["type"]]) + (f" such as {' or '.join(examples)}" if examples else "")


def _sources(given: Any) -> Iterator[str]:
    if isinstance(given, dict):
        if "source" in given:
            yield given["source"]
        for item in given.values():
            yield from _sources(item)
    elif isinstance(given, list):
        for item in given:
            yield from _sources(item)


def _written(given: Any, is_duration: bool) -> str:
    """Write a default as a scenario file would hold it."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, dict) and "value" in given:
        return _written(given["value"], is_duration)
    if isinstance(given, dict):
        kept = {key: item for key, item in given.items() if item is not None and key != "form"}
        # A coefficient of variation is the one figure of a duration that is no duration.
        items = [f"{key}: {_written(item, is_duration and key != 'cv')}" for key, item in kept.items()]
        return f"{{{', '.join(items)}}}"
    if isinstance(given, list):
        return f"[{', '.join(_written(item, is_duration) for item in given)}]"
    if isinstance(given, int | float) and is_duration:
        return _duration(given)
    return f"{given:g}" if isinstance(given, float) else str(given)


def _duration(minutes: float) -> str:
    """Write minutes in the largest unit that holds them in whole numbers (`4h`, `14d`, `15s`)."""
    for letter in "dhms":
        size = MINUTES_PER[letter]
        if minutes and abs(minutes / size - round(minutes / size)) < 1e-9:
            return f"{round(minutes / size)}{letter}"
    return f"{minutes:g}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _example(name: str) -> str:
    return f"```yaml\n{EXAMPLES[name].strip()}\n```"
