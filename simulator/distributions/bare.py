"""Bare values: what `8m` means where a whole distribution may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from simulator.frozen import Frozen


def form_by_key(given: Any, keys: tuple[str, ...], otherwise: str) -> str:
    """Name the form of a distribution or curve, as a union's tag: what it says, else by the key it has."""
    if not isinstance(given, Mapping):
        return f"<{getattr(given, 'form', 'none')}>"
    form = given.get("form") or next((key for key in keys if key in given), otherwise)
    return f"<{form}>"


@dataclass(frozen=True)
class Bare:
    """What a bare value (`8m`) means where a distribution or curve may stand: `key` of the form `form`."""

    form: str
    key: str | None = None
    word: str | None = None
    """The only word that may stand bare, where it is not a duration."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        bare: dict[str, Any] = {"const": self.word}
        if self.key:
            article = "an" if self.form[0] in "aeiou" else "a"
            meaning = f"{self.key} of {article} {self.form} duration"
            bare = {"type": ["number", "string"], "examples": ["8m"], "description": meaning}
        return {"anyOf": [bare, handler(schema)]}

    def _expand(self, given: Any) -> Any:
        if isinstance(given, Frozen) or (isinstance(given, Mapping) and "value" not in given):
            return given
        if isinstance(given, Mapping) and "form" in given:
            return given
        if self.key is not None:
            # A bare figure with its range or source is still bare: {value: 8m, source: measured}.
            return {"form": self.form, self.key: given}
        return {"form": self.form} if given == self.word else given
