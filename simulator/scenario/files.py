"""Files that a scenario names: shadow logs, which are measured, and arrival logs, which are replayed."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import in_ticks
from simulator.base.errors import Problem, ScenarioError
from simulator.base.text import Key, counted, shown, spell
from simulator.scenario.document import Document, display, resolve_inside
from simulator.scenario.model import ReplayedArrivals, Scenario

_MAX_REPORTED = 20
"""Problems told per file; the rest is counted."""
_MAX_FILE_BYTES = 2_000_000_000


def _locate(document: Document, path: Key, given: Any) -> Path:
    """Resolve a file that the scenario names at `path`; raise ScenarioError unless it is a file inside the folder."""
    rule = "must lie in the scenario's folder, so move it there"
    try:
        file = resolve_inside(document.folder(path), given, (document.root, document.folder(path)), rule)
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise ValueError(f"must have {_MAX_FILE_BYTES:,} bytes or fewer")
    except ValueError as error:
        raise ScenarioError(Problem(document.where(path), spell(path), f"is {shown(given)}; {error}")) from None
    return file


class _Csv:
    """Reads columns of a CSV file; collects its problems, telling the first few and counting the rest."""

    def __init__(self, file: Path, columns: list[str]) -> None:
        self.file, self.columns, self.name = file, columns, display(file)
        self.problems: list[Problem] = []
        self.count = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and the wanted cells of each row."""
        reader = None
        try:
            with self.file.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.reader(stream, strict=True)
                yield from self._cells(reader)
        except UnicodeDecodeError:
            self.add(None, "", "is no UTF-8 text; save it as UTF-8")
        except csv.Error as error:
            self.add(reader.line_num if reader else 1, "", f"is no CSV: {error}; mend this line")
        except OSError as error:
            self.add(None, "", f"cannot be read: {error.strerror}; check the file")

    def _cells(self, reader: Any) -> Iterator[tuple[int, list[str]]]:
        header = [name.strip() for name in next(reader, [])]
        if not self._is_good(header):
            return
        positions = [header.index(column) for column in self.columns]
        for row in reader:
            if len(row) == len(header):
                yield reader.line_num, [row[position].strip() for position in positions]
            elif row:
                found = counted(len(row), "cell")
                self.add(reader.line_num, "", f"has {found}; must have {len(header)}, as the header has")

    def _is_good(self, header: list[str]) -> bool:
        if not header:
            self.add(None, "", f"is empty; must have a header with {', '.join(self.columns)}, and rows")
        found = ", ".join(header[:12])
        for column in dict.fromkeys(self.columns):
            if header and column not in header:
                remedy = "; separate columns by commas" if any(mark in found for mark in ";\t") else ""
                self.add(1, "", f"has no column {column!r}; must name one of its columns ({found}){remedy}")
            elif header.count(column) > 1:
                self.add(1, "", f"has {header.count(column)} columns {column!r}; must have one, so rename the others")
        return not self.problems

    def add(self, line: int | None, column: str, message: str) -> None:
        """Note what is wrong in a line."""
        self.count += 1
        if self.count <= _MAX_REPORTED:
            where = f"{self.name}:{line}" if line is not None else self.name
            self.problems.append(Problem(where, column, message))

    def raise_if_any(self) -> None:
        """Raise what was collected."""
        if self.count > _MAX_REPORTED:
            more = f"has {self.count - _MAX_REPORTED} more such problems; must have none, so mend these first"
            self.problems.append(Problem(self.name, "", more))
        if self.problems:
            raise ScenarioError(self.problems)


# -- shadow logs -------------------------------------------------------------------------------------------

_MEASURES = ("quantiles", "table", "observations")
_LEVEL = "measured: level of the shadow log's curve"
"""How the source of a measured shift begins; one that the user gave has another."""
_END = 1.6449
"""Standard errors from the middle of a 90 % range to its ends."""


def measure_shadow_logs(document: Document, *, read: bool = True) -> list[Problem]:
    """Complete each `shadow_log: file.csv` that was not measured yet by its quantiles and isotonic calibration.

    Gives what is wrong with the files; without `read`, every log that was not measured is wrong.
    """
    problems: list[Problem] = []
    for path, node in list(_shadow_logs(document.data.get("ai"), ("ai",))):
        if all(node.get(measure) for measure in _MEASURES):
            continue
        if not read:
            rule = "cannot be changed once the scenario is loaded; change the scenario file"
            problems.append(Problem(document.where(path), spell((*path, "shadow_log")), rule))
            continue
        try:
            node.update(_measure(document, path, node))
            if path[-1] == "calibration" and node.get("shift") is None:
                node["shift"] = _level(node)
        except ScenarioError as error:
            problems += error.problems
    return problems


def forget_measures(data: Any, path: Key) -> None:
    """Drop what was measured from a shadow log of which `path` changes the file or a column."""
    for step in path[:-1]:
        data = data[step]
    if isinstance(data, dict) and path[-1] in ("shadow_log", "confidence", "correct") and "shadow_log" in data:
        for measure in _MEASURES:
            data.pop(measure, None)
        if isinstance(shift := data.get("shift"), dict) and str(shift.get("source")).startswith(_LEVEL):
            data.pop("shift")


def _shadow_logs(node: Any, path: Key) -> Iterator[tuple[Key, dict[str, Any]]]:
    """List the mappings that stand for a shadow log, with their paths."""
    if isinstance(node, dict):
        if path[-1] in ("confidence", "calibration") and isinstance(node.get("shadow_log"), str):
            yield path, node
        for key, value in node.items():
            yield from _shadow_logs(value, (*path, key))


def _measure(document: Document, path: Key, node: dict[str, Any]) -> dict[str, Any]:
    file = _locate(document, (*path, "shadow_log"), node["shadow_log"])
    names = [str(node.get("confidence", "confidence")), str(node.get("correct", "correct"))]
    confidences, corrects = [], []
    table = _Csv(file, names)
    for line, (confidence, correct) in table.rows():
        try:
            value = float(confidence)
        except ValueError:
            value = float("nan")
        if not 0 <= value <= 1:
            table.add(line, names[0], f"is {confidence!r}; must be a number from 0 to 1")
        elif correct not in ("0", "1"):
            table.add(line, names[1], f"is {correct!r}; must be 1 (right) or 0 (wrong)")
        else:
            confidences.append(value)
            corrects.append(float(correct))
    table.raise_if_any()
    if len(confidences) < 2:
        raise ScenarioError(Problem(display(file), "", f"has {counted(len(confidences), 'row')}; must have 2 or more"))
    return {**_summarise(np.array(confidences), np.array(corrects)), "observations": len(confidences)}


def _summarise(confidence: np.ndarray[Any, Any], correct: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return 101 quantiles, and the isotonic regression of correctness on confidence as one knot per level."""
    from scipy.optimize import isotonic_regression

    levels = np.linspace(0, 1, 101)
    quantiles = np.maximum.accumulate(np.quantile(confidence, levels))
    order = np.argsort(confidence, kind="stable")
    stated, weights = np.unique(confidence[order], return_counts=True)
    right = np.add.reduceat(correct[order], np.concatenate([[0], np.cumsum(weights)[:-1]])) / weights
    fitted = isotonic_regression(right, weights=weights.astype(float))
    blocks = fitted.blocks
    knots = []
    for first, last in zip(blocks[:-1], blocks[1:], strict=True):
        mass = weights[first:last]
        at = float(np.average(stated[first:last], weights=mass))
        knots.append([at, round(float(np.average(right[first:last], weights=mass)), 6)])
    if len(knots) == 1:
        knots = [[0.0, knots[0][1]], [1.0, knots[0][1]]]
    pairs = [[round(float(p), 4), float(q)] for p, q in zip(levels, quantiles, strict=True)]
    return {"quantiles": pairs, "table": knots}


def _level(measured: dict[str, Any]) -> dict[str, Any]:
    """Say how sure the level of a measured curve is, as a shift of its log-odds.

    Its standard error is 1/√(Σ p (1 - p)) over the rows, p the chance of being right at their confidence; half a row
    right and half a row wrong are added, so that a log without mistakes has an error as well.
    """
    levels, stated = np.array(measured["quantiles"]).T
    middles = np.interp((levels[:-1] + levels[1:]) / 2, levels, stated)
    right = np.interp(middles, *np.array(measured["table"]).T)
    rows = measured["observations"]
    reach = round(_END / math.sqrt(rows * float(np.mean(right * (1 - right))) + 0.25), 4)
    return {"value": 0, "low": -reach, "high": reach, "n": rows, "source": f"{_LEVEL}, n={rows:,} rows"}


# -- arrival logs ------------------------------------------------------------------------------------------


def read_replay(scenario: Scenario, document: Document) -> Scenario:
    """Read the arrival log that a scenario replays; return the scenario with the arrivals attached.

    Times without an offset are local. Rows outside the scenario's weeks and warm-up are refused: a silent cut would
    hide a wrong start date; so is a warm-up or a time after it without rows. Ties keep the order of the file.
    """
    replay = scenario.arrivals.replay
    assert replay is not None
    file = _locate(document, ("arrivals", "replay", "file"), replay.file)
    columns = [replay.time] + ([replay.intent] if replay.intent else [])
    wall, opening, horizon = scenario.wall, scenario.opening_minutes, scenario.horizon_minutes
    zone = ZoneInfo(scenario.timezone)
    minutes, intents = [], []
    table = _Csv(file, columns)
    for line, cells in table.rows():
        try:
            moment = datetime.fromisoformat(cells[0])
        except ValueError:
            table.add(line, replay.time, f"is {cells[0]!r}; must be a time such as 2026-01-05 09:30:00")
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        minute = (aware - wall.origin).total_seconds() / 60
        if not opening <= minute < horizon:
            first, last = scenario.start - scenario.warm_up_days, wall.local(horizon).date()
            table.add(line, replay.time, f"is {cells[0]!r}; must lie from {first} until before {last}")
            continue
        if replay.intent and cells[1] not in scenario.intents:
            allowed = ", ".join(scenario.intents)
            table.add(line, replay.intent, f"is {cells[1]!r}; must be an intent of the scenario ({allowed})")
            continue
        minutes.append(minute)
        intents += cells[1:]
    table.raise_if_any()
    if not minutes:
        raise ScenarioError(Problem(display(file), "", "has no rows; must have at least one ticket"))
    if scenario.warm_up and not min(minutes) < 0 <= max(minutes):
        days = counted(scenario.warm_up_days.days, "day")
        which = f"from {scenario.start} on" if max(minutes) < 0 else f"in the {days} before {scenario.start}"
        rule = "must have some, so set warm_up to 0 or give the log of those days as well"
        raise ScenarioError(Problem(document.where(("warm_up",)), "warm_up", f"finds no tickets {which}; {rule}"))
    order = np.argsort(np.array(minutes), kind="stable")
    times = in_ticks(np.array(minutes)[order])
    with file.open("rb") as stream:
        fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
    data = scenario.model_dump(mode="json")
    data["arrivals"]["replay"]["sha256"] = fingerprint
    attached = Scenario.model_validate(data)
    attached._replayed = ReplayedArrivals(times, tuple(intents[i] for i in order) if replay.intent else None)
    return attached


def replaying(scenario: Scenario, minutes: Floats, intents: tuple[str, ...] | None, name: str) -> Scenario:
    """Return the scenario with arrivals that are at hand already (simulated minutes, ascending) instead of drawn ones.

    `name` stands where the name of a file does. Arrivals outside the scenario's weeks are no part of it.
    """
    inside = (minutes >= scenario.opening_minutes) & (minutes < scenario.horizon_minutes)
    kept = None if intents is None else tuple(intents[row] for row in np.flatnonzero(inside))
    times = in_ticks(minutes[inside])
    known = hashlib.sha256(times.tobytes() + "\n".join(kept or ()).encode()).hexdigest()
    replay = {"file": name, "intent": None if kept is None else "intent", "sha256": known}
    data = scenario.model_dump(mode="json")
    data["arrivals"] |= {"per_week": None, "replay": replay}
    attached = Scenario.model_validate(data)
    attached._replayed = ReplayedArrivals(times, kept)
    return attached
