"""Files that a scenario names: shadow logs, which are measured, and arrival logs, which are replayed."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator.calendars import in_ticks
from simulator.errors import Problem, ScenarioError
from simulator.scenario.document import Document, Key, spell
from simulator.scenario.model import ReplayedArrivals, Scenario

MAX_REPORTED = 20
"""Problems told per file; the rest is counted."""
MAX_FILE_BYTES = 2_000_000_000


def locate(document: Document, path: Key, given: Any) -> Path:
    """Resolve a file that the scenario names at `path`; raise ScenarioError unless it is a file inside the folder."""
    where, spelled = document.where(path), spell(path)
    if not isinstance(given, str) or not given:
        raise ScenarioError(Problem(where, spelled, f"is {given!r}; must be a file name"))
    if "\0" in given:
        raise ScenarioError(Problem(where, spelled, "holds a null character; must be a file name"))
    file = (document.folder(path) / given).resolve()
    root = document.root.resolve()
    if not (file.is_relative_to(root) or file.is_relative_to(document.folder(path))):
        raise ScenarioError(Problem(where, spelled, f"is {given!r}; must lie in the scenario's folder, so move it there"))
    if not file.is_file():
        raise ScenarioError(Problem(where, spelled, f"is {given!r}; must name a file that exists (looked for {file})"))
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ScenarioError(Problem(where, spelled, f"is {given!r}; must have {MAX_FILE_BYTES:,} bytes or fewer"))
    return file


def _rows(file: Path, columns: list[str], where: str) -> Iterator[tuple[int, list[str]]]:
    """Read the wanted columns of a CSV file, with line numbers; raise ScenarioError if it is none."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            missing = [column for column in columns if column not in header]
            if missing:
                found = ", ".join(header[:12]) or "nothing"
                message = f"has no column {missing[0]!r}; must name one of its columns ({found})"
                raise ScenarioError(Problem(f"{where}:1", "", message))
            positions = [header.index(column) for column in columns]
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    message = f"has {len(row)} cells where the header has {len(header)}; mend this line"
                    raise ScenarioError(Problem(f"{where}:{reader.line_num}", "", message))
                yield reader.line_num, [row[position] for position in positions]
    except UnicodeDecodeError:
        raise ScenarioError(Problem(where, "", "is no UTF-8 text; save it as UTF-8")) from None
    except csv.Error as error:
        raise ScenarioError(Problem(where, "", f"is no CSV file: {error}; export it again")) from None
    except OSError as error:
        raise ScenarioError(Problem(where, "", f"cannot be read: {error.strerror}")) from None


class _Collector:
    """Collects problems of one file, telling the first few and counting the rest."""

    def __init__(self, where: str) -> None:
        self.where, self.problems, self.count = where, list[Problem](), 0

    def add(self, line: int, column: str, message: str) -> None:
        self.count += 1
        if self.count <= MAX_REPORTED:
            self.problems.append(Problem(f"{self.where}:{line}", column, message))

    def raise_if_any(self) -> None:
        if self.count > MAX_REPORTED:
            self.problems.append(Problem(self.where, "", f"has {self.count - MAX_REPORTED} more such lines"))
        if self.problems:
            raise ScenarioError(self.problems)


# -- shadow logs -------------------------------------------------------------------------------------------


def measure_shadow_logs(document: Document) -> None:
    """Replace each `shadow_log: file.csv` that was not measured yet by its quantiles and isotonic calibration."""
    problems: list[Problem] = []
    for path, node in list(_mappings(document.data, ())):
        if "shadow_log" in node and not (node.get("quantiles") and node.get("table")):
            try:
                node.update(_measure(document, path, node))
            except ScenarioError as error:
                problems += error.problems
    if problems:
        raise ScenarioError(problems)


def _mappings(node: Any, path: Key) -> Iterator[tuple[Key, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from _mappings(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _mappings(value, (*path, index))


def _measure(document: Document, path: Key, node: dict[str, Any]) -> dict[str, Any]:
    file = locate(document, (*path, "shadow_log"), node["shadow_log"])
    names = [str(node.get("confidence", "confidence")), str(node.get("correct", "correct"))]
    confidences, corrects = [], []
    collector = _Collector(file.name)
    for line, (confidence, correct) in _rows(file, names, file.name):
        try:
            value = float(confidence)
        except ValueError:
            value = float("nan")
        if not 0 <= value <= 1:
            collector.add(line, names[0], f"is {confidence!r}; must be a number from 0 to 1")
        elif correct not in ("0", "1"):
            collector.add(line, names[1], f"is {correct!r}; must be 1 (right) or 0 (wrong)")
        else:
            confidences.append(value)
            corrects.append(float(correct))
    collector.raise_if_any()
    if len(confidences) < 2:
        raise ScenarioError(Problem(file.name, "", f"has {len(confidences)} rows; must have 2 or more"))
    return {**_summarise(np.array(confidences), np.array(corrects)), "observations": len(confidences)}


def _summarise(confidence: np.ndarray[Any, Any], correct: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Give 101 quantiles, and the isotonic regression of correctness on confidence as one knot per level."""
    from scipy.optimize import isotonic_regression

    levels = np.linspace(0, 1, 101)
    quantiles = np.quantile(confidence, levels)
    order = np.argsort(confidence, kind="stable")
    stated, weights = np.unique(confidence[order], return_counts=True)
    right = np.add.reduceat(correct[order], np.concatenate([[0], np.cumsum(weights)[:-1]])) / weights
    fitted = isotonic_regression(right, weights=weights.astype(float))
    blocks = fitted.blocks
    knots = []
    for first, last in zip(blocks[:-1], blocks[1:], strict=True):
        mass = weights[first:last]
        at = float(np.average(stated[first:last], weights=mass))
        knots.append([round(at, 6), round(float(np.average(right[first:last], weights=mass)), 6)])
    if len(knots) == 1:
        knots = [[0.0, knots[0][1]], [1.0, knots[0][1]]]
    return {"quantiles": [[round(float(p), 4), float(q)] for p, q in zip(levels, quantiles, strict=True)], "table": knots}


# -- arrival logs ------------------------------------------------------------------------------------------


def read_replay(scenario: Scenario, document: Document) -> Scenario:
    """Read the arrival log that a scenario replays; give the scenario with the arrivals attached.

    Times without an offset are local. Rows outside the scenario's weeks are refused: a silent cut would hide a wrong
    start date. Ties keep the order of the file.
    """
    replay = scenario.arrivals.replay
    assert replay is not None
    file = locate(document, ("arrivals", "replay", "file"), replay.file)
    columns = [replay.time] + ([replay.intent] if replay.intent else [])
    wall, horizon = scenario.wall, scenario.horizon_minutes
    zone = ZoneInfo(scenario.timezone)
    minutes, intents = [], []
    collector = _Collector(file.name)
    for line, cells in _rows(file, columns, file.name):
        try:
            moment = datetime.fromisoformat(cells[0].strip())
        except ValueError:
            collector.add(line, replay.time, f"is {cells[0]!r}; must be a time such as 2026-01-05 09:30:00")
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        minute = (aware - wall.origin).total_seconds() / 60
        if not 0 <= minute < horizon:
            last = wall.local(horizon).date()
            collector.add(line, replay.time, f"is {cells[0]!r}; must lie from {scenario.start} until before {last}")
            continue
        if replay.intent and cells[1] not in scenario.intents:
            allowed = ", ".join(scenario.intents)
            collector.add(line, replay.intent, f"is {cells[1]!r}; must be an intent of the scenario ({allowed})")
            continue
        minutes.append(minute)
        intents += cells[1:]
    collector.raise_if_any()
    if not minutes:
        raise ScenarioError(Problem(file.name, "", "has no rows; must have at least one ticket"))
    order = np.argsort(np.array(minutes), kind="stable")
    times = in_ticks(np.array(minutes)[order])
    fingerprint = hashlib.sha256(file.read_bytes()).hexdigest()
    data = scenario.model_dump(mode="json")
    data["arrivals"]["replay"]["sha256"] = fingerprint
    attached = Scenario.model_validate(data)
    attached._replayed = ReplayedArrivals(times, tuple(intents[i] for i in order) if replay.intent else None)
    return attached
