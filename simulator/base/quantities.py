"""Numbers as people write them: `8m`, `1h 30m`, `25%`, `$0.99`, or `{value: 8m, low: 6m, high: 11m, source: …}`.

Each becomes a `Figure`, a float that also remembers how well it is known. The model computes with the float; the
assumption ledger and the studies that propagate uncertainty read the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from simulator.base.units import is_currency_sign

MINUTES_PER = {"s": 1 / 60, "m": 1.0, "min": 1.0, "h": 60.0, "d": 1440.0, "w": 10080.0}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)(?![a-z])")
_MONEY = re.compile(r"([$€£]?)\s*(-?\d[\d_,.]*)")
_PLAIN = re.compile(r"-?(\d+|\d{1,3}(_\d{3})+|\d{1,3}(,\d{3}){2,}|\d{1,3}(,\d{3})+(?=\.))(\.\d+)?")
"""An amount with a point for cents and commas for thousands; `1,234` alone might be either, so it is none."""
_EITHER = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
"""What is a thousand and more in one country, and one and a fraction in another."""


def known(value: float) -> float | None:
    """Return a number as JSON can hold it: None for what is unknown (NaN) or without end."""
    return float(value) if math.isfinite(value) else None


class Figure(float):
    """A number and how well it is known.

    `low` and `high` bound it (90 % range), or `n` counts the observations behind it; `source` says where it comes
    from. All are None when the scenario gave a bare number.
    """

    __slots__ = ("high", "low", "n", "source")
    low: float | None
    high: float | None
    n: int | None
    source: str | None

    def __new__(
        cls,
        value: float,
        low: float | None = None,
        high: float | None = None,
        n: int | None = None,
        source: str | None = None,
    ) -> Figure:
        """Make a figure of a number and what is known about it."""
        figure = super().__new__(cls, value)
        figure.low, figure.high, figure.n, figure.source = low, high, n, source
        return figure

    def __reduce__(self) -> tuple[Any, ...]:
        return Figure, (float(self), self.low, self.high, self.n, self.source)

    @property
    def is_uncertain(self) -> bool:
        """Whether a range or a number of observations was given."""
        return self.low is not None or self.n is not None

    def as_written(self) -> float | dict[str, Any]:
        """Return a bare number, or the mapping that a scenario file would hold."""
        known = {name: getattr(self, name) for name in ("low", "high", "n", "source")}
        known = {name: value for name, value in known.items() if value is not None}
        number = int(self) if float(self).is_integer() else float(self)
        return {"value": number, **known} if known else number


def parse_minutes(text: str) -> float:
    """Turn `90s`, `8m`, `1h 30m`, `2d` into minutes; raise ValueError for anything else."""
    compact = text.strip().lower()
    sign = -1 if compact.startswith("-") else 1
    compact = compact.removeprefix("-")
    parts = _DURATION_PART.findall(compact)
    if not parts or _DURATION_PART.sub("", compact).strip():
        raise ValueError("must be a duration such as 90s, 8m, 1h 30m or 2d")
    return sign * sum(float(number) * MINUTES_PER[unit] for number, unit in parts)


def parse_share(text: str) -> float:
    """Turn `25%` or `0.25` into 0.25; raise ValueError for anything else."""
    compact = text.strip()
    try:
        return float(compact[:-1]) / 100 if compact.endswith("%") else float(compact)
    except ValueError:
        raise ValueError("must be a share such as 25% or 0.25") from None


def parse_money(text: str, currency: str = "") -> float:
    """Turn `$0.99`, `€1,234.50` or `25` into a number.

    Raises ValueError for anything else: for what could be read in two ways (`24,50`, `1,234`), and for a sign that is
    not that of `currency`, where one is given.
    """
    match = _MONEY.fullmatch(text.strip())
    if not match:
        raise ValueError("must be an amount such as 25 or $0.99")
    sign, number = match[1], match[2]
    if _EITHER.fullmatch(number):
        thousands, fraction = re.sub("[.,]", "", number), number.replace(",", ".")
        rule = "must be an amount without a separator of thousands"
        raise ValueError(f"{rule}, as it could be {thousands} or {fraction}")
    if not _PLAIN.fullmatch(number):
        raise ValueError("must be an amount with a point before cents, such as 1234.50 or 1,234.50")
    if sign and currency and not is_currency_sign(sign, currency):
        raise ValueError(f"must be in {currency}, the scenario's currency, not in {sign}")
    return float(number.replace(",", "").replace("_", ""))


def parse_number(text: str) -> float:
    """Turn plain digits into a number; raise ValueError for anything else."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


_PARSERS = {"minutes": parse_minutes, "share": parse_share, "money": parse_money, "number": parse_number}
_KINDS = {"minutes": "duration", "share": "share", "money": "amount", "number": "number"}
_EXAMPLES = {"minutes": "8m", "share": "0.25 or 25%", "money": "$0.99"}
_CEILINGS = {"minutes": 5_256_000.0, "share": 1e6, "money": 1e12, "number": 1e12}
"""Largest size of a value whose field states no bound (ten years for durations): products of two stay finite."""
_FLOOR = 1e-9
"""Smallest value that counts as above 0, so that quotients stay finite as well."""
_KEYS = ("value", "low", "high", "n", "source")


@dataclass(frozen=True)
class Quantity:
    """What a field holds (`minutes`, `share`, `money`, `number`) and the bounds that its value must keep."""

    unit: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    whole: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda figure: figure.as_written() if isinstance(figure, Figure) else figure
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        rule = self.rule().removeprefix("must be ")
        number: dict[str, Any] = {"type": "integer" if self.whole else "number", "description": rule}
        bounds = {"minimum": self.ge, "exclusiveMinimum": self.gt, "maximum": self.le, "exclusiveMaximum": self.lt}
        number |= {key: bound for key, bound in bounds.items() if bound is not None}
        plain: list[dict[str, Any]] = [number]
        if self.unit != "number":
            plain.append({"type": "string", "examples": [_EXAMPLES[self.unit].split()[-1]]})
        uncertain = {
            "type": "object",
            "additionalProperties": False,
            "required": ["value"],
            "properties": {
                **{key: {"anyOf": plain} for key in ("value", "low", "high")},
                "n": {"type": "integer", "minimum": 1},
                "source": {"type": "string"},
            },
        }
        return {"anyOf": [*plain, uncertain]}

    def validate(self, given: Any) -> Figure:
        """Turn what a scenario holds into a Figure, or say which rule it breaks."""
        if isinstance(given, Figure):
            self._check_bounds(float(given))
            return given
        if not isinstance(given, Mapping):
            return Figure(self._parse(given))
        return self._parse_uncertain(given)

    def _parse_uncertain(self, given: Mapping[str, Any]) -> Figure:
        if "value" not in given or any(key not in _KEYS for key in given):
            _refuse(f"{self.rule()}, or a mapping with value and any of low, high, n, source")
        value = self._parse(given["value"])
        low, high, n, source = (given.get(key) for key in ("low", "high", "n", "source"))
        if (low is None) != (high is None):
            _refuse("must give both low and high, or neither")
        if low is not None:
            low, high = self._parse(low), self._parse(high)
            if not low <= value <= high:
                _refuse("must keep low <= value <= high")
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 10**12):
            _refuse("must give n as a whole number of observations, 1 or more")
        if source is not None and not isinstance(source, str):
            _refuse("must give source as text")
        return Figure(value, low, high, n, source)

    def _parse(self, given: Any) -> float:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            _refuse(self.rule())
        if isinstance(given, str):
            if given.lstrip().startswith("+") and self.unit != "share":
                _refuse(f"{self.rule()}, without +, which adds in --set, --variant and what-ifs")
            try:
                value = _PARSERS[self.unit](given)
            except ValueError as error:
                _refuse(self.rule() if self.unit == "number" else str(error))
        else:
            try:
                value = float(given)
            except OverflowError:
                value = math.inf
        self._check_bounds(value)
        return value

    def _check_bounds(self, value: float) -> None:
        inside = (
            not math.isnan(value)
            and (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
            and (not self.whole or not math.isfinite(value) or value.is_integer())
        )
        if not inside:
            _refuse(self.rule())
        ceiling = _CEILINGS[self.unit]
        if abs(value) > ceiling:
            _refuse("must be 10 years or less" if self.unit == "minutes" else f"must be {ceiling:,.0f} or less in size")
        if self.gt == 0 and value < _FLOOR:
            _refuse(f"must be {_FLOOR:g} or more, as it is divided by")

    def rule(self) -> str:
        """State the bounds in words."""
        kind = "whole number" if self.whole else _KINDS[self.unit]
        article = "an" if kind == "amount" else "a"
        example = f", such as {_EXAMPLES[self.unit]}" if self.unit in _EXAMPLES else ""
        if self.ge is not None and self.le is not None:
            unit = " minutes" if self.unit == "minutes" else ""
            return f"must be {article} {kind} from {_plain(self.ge)} to {_plain(self.le)}{unit}{example}"
        bounds = [
            f"{_plain(bound)} or more" if word == "ge" else f"{word} {_plain(bound)}"
            for word, bound in (("ge", self.ge), ("above", self.gt), ("below", self.lt))
            if bound is not None
        ]
        if self.le is not None:
            bounds.append(f"{_plain(self.le)} or less")
        return f"must be {article} {kind}{', ' if bounds else ''}{' and '.join(bounds)}{example}"


def _refuse(rule: str) -> NoReturn:
    raise PydanticCustomError("figure", "{rule}", {"rule": rule})


def _plain(bound: float) -> str:
    """Write a bound without an exponent."""
    return f"{bound:,.0f}" if float(bound).is_integer() else f"{bound:g}"


Minutes = Annotated[Figure, Quantity("minutes", ge=0)]
"""A duration, 0 or more; a bare number means minutes."""
PositiveMinutes = Annotated[Figure, Quantity("minutes", gt=0)]
"""A duration above 0; a bare number means minutes."""
Share = Annotated[Figure, Quantity("share", ge=0, le=1)]
"""A share from 0 to 1; `25%` is 0.25."""
Correlation = Annotated[Figure, Quantity("number", ge=-0.99, le=0.99)]
"""A correlation of normal scores, from -0.99 to 0.99."""
Money = Annotated[Figure, Quantity("money", ge=0)]
"""An amount in the scenario's currency, 0 or more."""
OpenShare = Annotated[Figure, Quantity("share", gt=0, lt=1)]
"""A share between 0 and 1, both excluded."""
Growth = Annotated[Figure, Quantity("share", ge=-0.9, le=10)]
"""A relative change; `2%` is 0.02, and it may be negative."""
Number = Annotated[Figure, Quantity("number")]
"""Any finite number."""
Amount = Annotated[Figure, Quantity("number", ge=0)]
"""A number, 0 or more."""
Positive = Annotated[Figure, Quantity("number", gt=0)]
"""A number above 0."""
Cv = Annotated[Figure, Quantity("number", ge=0.001, le=10)]
"""A coefficient of variation (standard deviation divided by the mean), from 0.001 to 10."""
Count = Annotated[Figure, Quantity("number", ge=0, whole=True)]
"""A whole number, 0 or more."""
PositiveCount = Annotated[Figure, Quantity("number", ge=1, whole=True)]
"""A whole number, 1 or more."""
