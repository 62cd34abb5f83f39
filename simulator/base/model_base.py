"""The base of every scenario model, and a mapping that cannot change once it has been checked.

A scenario is validated once and then trusted everywhere, so nothing in it may change: models are frozen, unknown
keys are refused, lists become tuples and maps become `Named`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")


class Frozen(BaseModel):
    """A frozen model: unknown keys are refused and attribute docstrings describe the fields."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False, validate_default=True
    )


def _check_name(name: str) -> str:
    if not name or len(name) > 80 or name != name.strip():
        raise PydanticCustomError("name", "must be a name of 1 to 80 characters without spaces around it")
    if any(mark in name for mark in ".[]=,") or not name.isprintable():
        raise PydanticCustomError("name", "must be a name without any of . [ ] = , (they are used in paths)")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
"""A name of an intent, team, queue, channel or tier; usable in an override path."""


def _check_plain_key(key: str) -> str:
    if not key.strip() or len(key) > 200 or not key.isprintable():
        raise PydanticCustomError("name", "must be a text of 1 to 200 characters, in one line")
    return key


_PlainKey = Annotated[str, AfterValidator(_check_plain_key)]
"""What may stand left of the colon where it is no name: days, or a path into the scenario."""


def _written(item: Any) -> Any:
    """Return an item as a scenario file would hold it; pydantic dumps the models in it."""
    if isinstance(item, Named):
        return {name: _written(inner) for name, inner in item.items()}
    return item.as_written() if hasattr(item, "as_written") else item


class Named(Mapping[str, T], Generic[T]):
    """An ordered, read-only mapping from names to items, in the order of the scenario file."""

    __slots__ = ("_items",)
    _key: ClassVar[Any] = Name

    def __init__(self, items: Mapping[str, T] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, name: str) -> T:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Named({self._items!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and list(self.items()) == list(other.items())

    def __hash__(self) -> int:
        return hash(tuple(self._items))

    def __reduce__(self) -> tuple[type[Named[T]], tuple[dict[str, T]]]:
        return type(self), (self._items,)

    def index(self, name: str) -> int:
        """Return the position of `name` in scenario order."""
        return list(self._items).index(name)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        (item,) = get_args(source) or (Any,)
        # The key and item types are known at run time only, where a type checker cannot follow.
        mapping = handler.generate_schema(Mapping[cls._key, item])  # type: ignore[name-defined, valid-type]
        return core_schema.no_info_after_validator_function(
            cls,
            mapping,
            serialization=core_schema.plain_serializer_function_ser_schema(_written),
        )


class Keyed(Named[T]):
    """As Named, where the keys are days or paths rather than names."""

    __slots__ = ()
    _key = _PlainKey
