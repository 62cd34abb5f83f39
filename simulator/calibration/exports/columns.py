"""Which column of a file holds which field: as its vendor names it, as the user maps it, or asked about."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from simulator.base.errors import ExportError, NoColumn, Notice, Problem, cut
from simulator.calibration.exports.table import SECONDS_PER, Field
from simulator.calibration.exports.vendors import COMMON, VENDORS
from simulator.calibration.exports.vendors.vendor import Vendor, asides, plain

_UNITS = (
    ("milliseconds", ("millisecond", "_ms", "msec")),
    ("seconds", ("second", "_s", "_sec", "_secs", "insecs")),
    ("minutes", ("minute", "_min", "_mins", "inmins")),
    ("hours", ("hour", "_h", "_hrs", "inhrs", "_hr")),
    ("days", ("_days", "indays")),
)
_SHOWN = 12
_LONGEST_NAME = 60
_DATUM = re.compile(r"\s*\d{1,4}[-/.:]\d|.*@|\s*\d+\s*$")
"""What no column is called: a date, a number, an address."""


@dataclass(frozen=True)
class FileColumn:
    """A field found in a file."""

    field: Field
    name: str
    """As the file's header writes it."""
    place: int
    """Position in the header."""
    unit: str | None = None
    """Unit of a duration, where its name, its vendor or the user says so."""
    value: str | None = None
    """What a flag's cells hold where it is true, if the user says so."""
    zone: str | None = None
    """Time zone that the column's name states."""
    time_place: int | None = None
    """Position of the time of day, where date and time stand in two columns."""

    @property
    def places(self) -> tuple[int, ...]:
        """The positions that are read."""
        return (self.place,) if self.time_place is None else (self.place, self.time_place)


@dataclass(frozen=True)
class Recognised:
    """The columns of a file that are read, by field, and whose export it is."""

    columns: Mapping[str, FileColumn]
    vendor: str | None
    findings: tuple[Notice, ...]


def recognise(file: str, header: Sequence[str], fields: Sequence[Field], given: Mapping[str, str] | None) -> Recognised:
    """Find the fields among a file's columns; raise ExportError where a mapping is wrong or two columns would do."""
    problems: list[Problem] = []
    known = {field.name: field for field in fields}
    mapped, unread = _mapped(file, header, known, given or {}, problems)
    vendor = _vendor(header) if "created_at" in known else None
    taken = {place for column in mapped.values() for place in column.places}
    free = [(place, name) for place, name in enumerate(header) if place not in taken and name.strip()]
    found = dict(mapped)
    for field in fields:
        if field.name not in mapped and field.name not in unread:
            column = _search(file, free, field, vendor, problems)
            if column is not None:
                found[field.name] = column
    _keep_one_of(found, set(mapped))
    if problems:
        raise ExportError(problems)
    return Recognised(found, vendor.name if vendor else None, _told(header, found, vendor))


def list_columns(header: Sequence[str]) -> str:
    """List a file's columns for a message; where there is no header its first row is data, and is not repeated."""
    if any(_DATUM.match(name) for name in header):
        return "its first line seems to be a ticket, not a header"
    return _shown(header)


def offered(header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that can be chosen from; none where there is no header."""
    if any(_DATUM.match(name) for name in header):
        return ()
    return tuple(dict.fromkeys(name.strip() for name in header if name.strip() and len(name) <= _LONGEST_NAME))


def _shown(names: Iterable[str]) -> str:
    shown = [cut(name.strip()) for name in names if name.strip() and len(name) <= _LONGEST_NAME]
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def _mapped(
    file: str, header: Sequence[str], known: Mapping[str, Field], given: Mapping[str, str], problems: list[Problem]
) -> tuple[dict[str, FileColumn], set[str]]:
    """Find the columns that the user names; a field mapped to nothing (`--map team=`) is not read."""
    found: dict[str, FileColumn] = {}
    unread = {name for name, column in given.items() if not column.strip()}
    for name, wanted in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            problems.append(
                Problem("--map", "", f"{cut(name)} is no field; {hint}It must be one of {', '.join(known)}")
            )
        elif name not in unread:
            column = _as_told(file, header, known[name], wanted, problems)
            if column is not None:
                found[name] = column
    return found, unread


def _as_told(file: str, header: Sequence[str], field: Field, wanted: str, problems: list[Problem]) -> FileColumn | None:
    places, suffix = _places(header, wanted), ""
    if not places and field.kind == "moment" and (pair := _date_and_time(header, wanted)):
        date, time = pair
        name = f"{header[date].strip()}+{header[time].strip()}"
        return FileColumn(field, name, date, zone=_zone(header[time]) or _zone(header[date]), time_place=time)
    if not places and ":" in wanted:
        name, _, suffix = wanted.rpartition(":")
        places = _places(header, name)
    option = f"--map {cut(field.name + '=' + wanted)}"
    if not places:
        columns = list_columns(header)
        problems.append(Problem(option, "", f"names no column of {file}; it must be one of its columns: {columns}"))
        return None
    if len(places) > 1:
        problems.append(
            Problem(option, "", f"names {len(places)} columns of {file}; rename one in the file, so that one is meant")
        )
        return None
    name = header[places[0]]
    if not suffix:
        return FileColumn(field, name, places[0], _unit(name, None), None, _zone(name))
    if field.kind == "flag":
        return FileColumn(field, name, places[0], value=suffix)
    if field.kind in ("duration", "left") and suffix in SECONDS_PER:
        return FileColumn(field, name, places[0], suffix)
    takes = {"flag": "a value", "duration": f"a unit ({', '.join(SECONDS_PER)})"}.get(field.kind, "nothing")
    problems.append(Problem(option, "", f"ends in :{cut(suffix)}; {field.name} takes {takes} after the column"))
    return None


def _places(header: Sequence[str], wanted: str) -> list[int]:
    exact = [place for place, name in enumerate(header) if name.strip() == wanted.strip()]
    return exact or [place for place, name in enumerate(header) if plain(name) == plain(wanted) != ""]


def _date_and_time(header: Sequence[str], wanted: str) -> tuple[int, int] | None:
    """Return the columns of `DATE+TIME`, whose own names may hold a plus sign; None where it does not name two."""
    for cut_at in (place for place, letter in enumerate(wanted) if letter == "+"):
        date, time = _places(header, wanted[:cut_at]), _places(header, wanted[cut_at + 1 :])
        if len(date) == len(time) == 1:
            return date[0], time[0]
    return None


def _vendor(header: Sequence[str]) -> Vendor | None:
    """Return whose export it is: the vendor most of whose own columns it has."""
    names = {plain(name) for name in header}
    scores = [(len(vendor.signs & names), vendor) for vendor in VENDORS]
    best, vendor = max(scores, key=lambda score: score[0])
    return vendor if best else None


def _search(
    file: str, free: list[tuple[int, str]], field: Field, vendor: Vendor | None, problems: list[Problem]
) -> FileColumn | None:
    exact = [item for item in free if item[1].strip() == field.name] if vendor is None else []
    names = vendor.columns.get(field.name, ()) if vendor else ()
    candidates = exact or next((same for name in names if (same := _called(free, (name,)))), [])
    if not candidates:
        candidates = _called(free, COMMON.get(field.name, ()))
    if not candidates and field.name == "tier":
        candidates = _called(free, ("priority",))
    if not candidates:
        return None
    if len(candidates) > 1:
        names_found = " and ".join(cut(name.strip()) for _, name in candidates)
        remedy = f"say which one with --map {field.name}={cut(candidates[0][1].strip())}"
        if len({name for _, name in candidates}) == 1:
            remedy = f"rename all but one in the file, or leave them unread with --map {field.name}="
        fault = f"has several columns for {field.name}: {names_found}"
        names_only = tuple(dict.fromkeys(name.strip() for _, name in candidates))
        choice = names_only if len(names_only) > 1 else ()
        problems.append(NoColumn(file, "", f"{fault}; {remedy}", fault, (field.name,), choice))
        return None
    place, name = candidates[0]
    return FileColumn(field, name, place, _unit(name, vendor), None, _zone(name))


def _called(free: list[tuple[int, str]], names: Sequence[str]) -> list[tuple[int, str]]:
    return [(place, name) for place, name in free if plain(name) in names]


def _unit(name: str, vendor: Vendor | None) -> str | None:
    """Read the unit in a column's name (`in minutes`, `(seconds)`, `_s`), else take its vendor's."""
    text = "_" + "_".join(name.casefold().replace("(", " ").replace(")", " ").replace("_", " ").split())
    close = text.replace("_", "")
    for unit, marks in _UNITS:
        if any((text.endswith(mark) if mark.startswith("_") else mark in close) for mark in marks):
            return unit
    return vendor.units.get(plain(name)) if vendor else None


def _zone(name: str) -> str | None:
    """Read the time zone in a column's name, as Intercom writes it: `… started at (America/New_York)`."""
    for aside in asides(name):
        if is_zone(aside):
            return aside
    return None


def is_zone(name: str) -> bool:
    """Return whether a time zone of that name is known."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _keep_one_of(found: dict[str, FileColumn], mapped: set[str]) -> None:
    """Read moments rather than durations that say the same, unless the user asked for the duration."""
    for moment, duration in (
        ("first_response_at", "first_response"), ("first_resolved_at", "first_resolution"),
        ("resolved_at", "resolution"), ("reassignments", "stations"), ("met_sla", "sla_left"),
    ):  # fmt: skip
        if moment in found and duration in found:
            found.pop(moment if duration in mapped and moment not in mapped else duration)


def _told(header: Sequence[str], found: Mapping[str, FileColumn], vendor: Vendor | None) -> tuple[Notice, ...]:
    read = "; ".join(
        f"{name} from {cut(column.name.strip())}" + (f" ({column.unit})" if column.unit else "")
        for name, column in found.items()
    )
    whose = f"The columns are those of {vendor.name}" if vendor else "No help desk is recognised by its columns"
    taken = {place for column in found.values() for place in column.places}
    unread = _shown(name for place, name in enumerate(header) if place not in taken and not _DATUM.match(name))
    text = f"{whose}." + (f" Read: {read}." if read else "") + (f" Not read: {unread}." if unread else "")
    findings = [Notice("note", "columns", text)]
    caveats = [one for one in vendor.caveats if one.field in found] if vendor else []
    told = [Notice(one.level, one.field, one.written(found[one.field].name.strip())) for one in caveats]
    findings += [one for one in told if one.level == "note"]
    if vendor and "team" in found and not plain(found["team"].name).startswith("first"):
        text = f"{found['team'].name.strip()} names the group that has the ticket now; which had it first is not known."
        findings.append(Notice("note", "team", text))
    findings += [one for one in told if one.level == "warning"]
    if "sla_left" in found and vendor:
        text = f"{found['sla_left'].name.strip()} was read as the time left until the target: negative where missed."
        findings.append(Notice("note", "met_sla", text))
    for name, column in found.items():
        if column.field.kind == "duration" and column.unit is None and column.name != name:
            remedy = f"if they are not, say --map {name}=COLUMN:UNIT"
            text = f"{cut(column.name.strip())} names no unit: bare numbers were read as minutes; {remedy}."
            findings.append(Notice("warning", name, text))
        named = _unit(column.name, None)
        if column.field.kind in ("duration", "left") and column.unit != named is not None:
            text = f"{cut(column.name.strip())} seems to be in {named} by its name, and was read in {column.unit}"
            remedy = f"unless the name is wrong, say --map {name}=COLUMN:{named}"
            findings.append(Notice("warning", name, f"{text}, as --map says; {remedy}."))
    return tuple(findings)
