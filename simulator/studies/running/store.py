"""The store of a study: an SQLite file in the results' folder that survives whatever stops the study.

Each cell (a variant in a replication) is written in a transaction of its own as soon as it is finished, through a
write-ahead log that reaches the disk before the next one begins (`synchronous=FULL`; a cell takes far longer to
simulate than to write). So `kill -9` or a power cut loses what was under way and nothing else. Once the command has
ended, any SQLite tool reads it:

    SELECT variant, replication, arm, kpi, value FROM figures;

The file is locked while a study runs. SQLite's locks are not dependable on network file systems (NFS, SMB): keep the
folder on a local disk, and copy it afterwards.

How a replication is kept: its KPIs as rows, the rest as JSON text. What is read is exactly what was written.
"""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from sys import intern
from types import TracebackType
from typing import Any

import numpy as np

from simulator import __version__
from simulator.base.errors import OutputError, Problem
from simulator.metrics.flow import Flow
from simulator.metrics.load import WeekLoad
from simulator.money.activity import Activity
from simulator.studies.running.database import (
    REMEDY,
    code_version,
    count_tables,
    discard,
    opened,
    problem,
    remove,
    told,
)
from simulator.studies.running.results import Arm, Detail, GroupKey, Replication, Values
from simulator.studies.running.variants import Variant
from simulator.tickets.fingerprints import scenario_key

FILE = "study.sqlite"
_FORMAT = "1"
_SHOWN = 3
"""Differences between scenarios that a message names."""
_IDENTITY = {"format": "store format", "ticketflow": "ticketflow version", "code": "ticketflow code", "seed": "seed"}
"""What results hang on, beside the scenario, and how messages call it."""
_TABLES = """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE variants (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
        settings TEXT NOT NULL, scenario TEXT NOT NULL
    );
    CREATE TABLE anchors (history TEXT PRIMARY KEY, anchor REAL NOT NULL, bits TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE cells (
        variant_id INTEGER NOT NULL, replication INTEGER NOT NULL, detail INTEGER NOT NULL,
        rest TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (variant_id, replication)
    ) WITHOUT ROWID;
    CREATE TABLE kpis (
        variant_id INTEGER NOT NULL, replication INTEGER NOT NULL, arm TEXT NOT NULL, kpi TEXT NOT NULL, value REAL,
        PRIMARY KEY (variant_id, replication, arm, kpi)
    ) WITHOUT ROWID;
    CREATE VIEW figures AS
        SELECT variants.name AS variant, replication, arm, kpi, value FROM kpis
        JOIN variants ON variants.id = kpis.variant_id;
"""


class Store:
    """Finished cells of a study; a context manager that leaves one tidy file behind, or none if nothing finished."""

    def __init__(self, folder: Path, variants: Sequence[Variant], *, seed: int, fresh: bool = False) -> None:
        """Open the folder's store, or begin one.

        Raises OutputError where it was made by another scenario, seed or version, is in use, damaged or cannot be
        written. `fresh` discards a store of ours first, and never anything else.
        """
        self.file = folder / FILE
        self._made: list[Path] = []
        """Folders that were made for it, the innermost first."""
        self._connection: sqlite3.Connection | None = None
        if fresh and self.file.exists():
            discard(self.file)
        try:
            self._make(folder)
            with told(self.file):
                self._connection = opened(self.file)
                self._check(variants, seed)
                with self._db:
                    self._ids = {variant.name: self._register(variant) for variant in variants}
        except BaseException:
            self.close()
            raise

    @property
    def place(self) -> str:
        """Name the file."""
        return str(self.file)

    def add(self, variants: Sequence[Variant]) -> None:
        """Take up variants that were not known when it was opened; raise OutputError as opening does."""
        if new := [variant for variant in variants if variant.name not in self._ids]:
            with told(self.file), self._db:
                self._refuse_others(new)
                self._ids |= {variant.name: self._register(variant) for variant in new}

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- cells ---------------------------------------------------------------------------------------------

    def save(self, variant: str, replication: Replication, *, detail: bool) -> None:
        """Keep a finished cell, in one transaction."""
        number, rows, rest = replication.number, _kpi_rows(replication), _rest_of(replication)
        place = (self._ids[variant], number)
        with told(self.file), self._db:
            self._db.execute("DELETE FROM kpis WHERE variant_id = ? AND replication = ?", place)
            self._db.executemany("INSERT INTO kpis VALUES (?, ?, ?, ?, ?)", [(*place, *row) for row in rows])
            cell = (*place, detail, rest, _checksum(rows, rest))
            self._db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?)", cell)

    def load(self, variant: str, *, first: int = 0, end: int, detail: bool) -> Iterator[Replication]:
        """Yield a variant's finished replications from `first` up to `end`, in order; with detail, those that have it.

        `end` itself is left out.
        """
        wanted = (self._ids[variant], first, end, detail)
        with told(self.file):
            cells = self._db.execute(
                "SELECT replication, rest, checksum FROM cells"
                " WHERE variant_id = ? AND replication >= ? AND replication < ? AND detail >= ? ORDER BY replication",
                wanted,
            )
            for number, rest, stated in cells:
                rows: list[_KpiRow] = self._db.execute(
                    "SELECT arm, kpi, value FROM kpis WHERE variant_id = ? AND replication = ? ORDER BY arm, kpi",
                    (wanted[0], number),
                ).fetchall()
                if _checksum(rows, rest) != stated:
                    raise problem(self.file, f"is damaged (replication {number} of {variant}); {REMEDY}")
                yield _replication_of(number, rows, rest)

    def anchor(self, history: str) -> float | None:
        """Return the CSAT anchor of a desk by its fingerprint; None if it was not solved yet."""
        with told(self.file):
            row = self._db.execute("SELECT anchor, bits FROM anchors WHERE history = ?", (history,)).fetchone()
        if row is not None and float(row[0]).hex() != row[1]:
            raise problem(self.file, f"is damaged (CSAT anchor); {REMEDY}")
        return None if row is None else float(row[0])

    def save_anchor(self, history: str, anchor: float) -> None:
        """Keep a CSAT anchor."""
        with told(self.file), self._db:
            self._db.execute("INSERT OR REPLACE INTO anchors VALUES (?, ?, ?)", (history, anchor, anchor.hex()))

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it; leave nothing behind if nothing was finished."""
        is_empty = False
        if self._connection is not None:
            try:
                is_empty = self._count() == 0
            except (sqlite3.Error, UnicodeDecodeError):
                # Damage has been told by now, and nothing of a damaged file may be thrown away unasked.
                is_empty = False
            self._connection.close()
            self._connection = None
        if is_empty:
            remove(self.file)
        for folder in self._made:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()

    # -- opening -------------------------------------------------------------------------------------------

    @property
    def _db(self) -> sqlite3.Connection:
        assert self._connection is not None, "the store is closed"
        return self._connection

    def _count(self) -> int:
        has_cells = self._db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'cells'").fetchone()[0]
        return int(self._db.execute("SELECT count(*) FROM cells").fetchone()[0]) if has_cells else 0

    def _make(self, folder: Path) -> None:
        self._made = [outer for outer in (folder, *folder.parents) if not outer.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot be written to: {error.strerror or error}; choose another --out"
            raise OutputError(Problem(str(folder), "", reason)) from error

    def _check(self, variants: Iterable[Variant], seed: int) -> None:
        """Begin a new store, or refuse one that these variants, seed and version cannot go on with."""
        first = next(iter(variants))
        base = scenario_key(first.base or first.scenario)
        here = {"format": _FORMAT, "ticketflow": __version__, "code": code_version(), "seed": str(seed), "base": base}
        if not count_tables(self._db):
            self._db.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", here.items())
            self._db.commit()
            return
        there = dict(self._db.execute("SELECT name, value FROM meta"))
        for name, words in _IDENTITY.items():
            if there.get(name) != here[name]:
                what = f"holds results of {words} {there.get(name)}, and this is {words} {here[name]}"
                raise problem(self.file, f"{what}; {REMEDY}")
        known = self._refuse_others(variants)
        kept = self._db.execute("SELECT name FROM variants LIMIT 1").fetchone()
        if kept and not known and there.get("base") != here["base"]:
            raise problem(self.file, f"holds results of another scenario, {kept[0]!r}; {REMEDY}")

    def _refuse_others(self, variants: Iterable[Variant]) -> bool:
        """Refuse variants that are kept by the same names and are others; tell whether any is kept."""
        kept = {name: (mark, text) for name, mark, text in self._db.execute(
            "SELECT name, fingerprint, scenario FROM variants"
        )}  # fmt: skip
        known = [variant for variant in variants if variant.name in kept]
        for variant in known:
            mark, text = kept[variant.name]
            if mark != variant.fingerprint:
                differences = _differences(json.loads(text), variant.scenario.model_dump(mode="json"))
                which = f" ({', '.join(differences)})" if differences else ""
                raise problem(self.file, f"holds results of another scenario named {variant.name!r}{which}; {REMEDY}")
        return bool(known)

    def _register(self, variant: Variant) -> int:
        row = self._db.execute("SELECT id FROM variants WHERE name = ?", (variant.name,)).fetchone()
        if row is not None:
            return int(row[0])
        text = json.dumps(variant.scenario.model_dump(mode="json"))
        settings = json.dumps(variant.settings)
        added = self._db.execute(
            "INSERT INTO variants (name, fingerprint, settings, scenario) VALUES (?, ?, ?, ?)",
            (variant.name, variant.fingerprint, settings, text),
        )
        assert added.lastrowid is not None
        return added.lastrowid


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], path: str = "") -> list[str]:
    """Name the first values in which two scenarios differ; `there` is the stored one."""
    found: list[str] = []
    for name in dict.fromkeys([*there, *here]):
        place, one, other = f"{path}{name}", there.get(name), here.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += _differences(one, other, f"{place}.")
        elif one != other:
            found.append(f"{place} is {_short(one)} there and {_short(other)} here")
        if len(found) >= _SHOWN:
            return found[:_SHOWN]
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else "different"


# -- how a replication is kept ----------------------------------------------------------------------------------------


_VARIANT, _BASELINE = "variant", "baseline"
"""The two arms of a replication."""
_KpiRow = tuple[str, str, float | None]
"""(arm, kpi, value); None where the KPI has no value."""


def _kpi_rows(replication: Replication) -> list[_KpiRow]:
    """List the KPIs of both arms, in order of arm and name."""
    arms = {_VARIANT: replication.arm, _BASELINE: replication.baseline}
    return sorted((name, kpi, _or_none(value)) for name, arm in arms.items() if arm for kpi, value in arm.kpis.items())


def _rest_of(replication: Replication) -> str:
    """Write what there is beside KPIs: amounts, and where they were kept, groups, load and flow."""
    groups: dict[str, dict[str, dict[str, float | None]]] = {}
    for (grouping, group, kpi), value in replication.groups.items():
        groups.setdefault(grouping, {}).setdefault(kpi, {})[group] = _or_none(value)
    arms = {_VARIANT: replication.arm, _BASELINE: replication.baseline}
    rest = {"groups": groups, "arms": {name: _arm_text(arm) for name, arm in arms.items() if arm}}
    return json.dumps(rest, separators=(",", ":"))


def _checksum(rows: Iterable[_KpiRow], rest: str) -> int:
    """Return a number that changes with any figure of a replication."""
    return zlib.crc32(json.dumps([list(rows), rest]).encode())


def _replication_of(number: int, rows: Iterable[_KpiRow], rest: str) -> Replication:
    """Read a replication back."""
    kept = json.loads(rest)
    kpis: dict[str, dict[str, float]] = {_VARIANT: {}, _BASELINE: {}}
    for arm, kpi, value in rows:
        kpis[arm][intern(kpi)] = _or_nan(value)
    groups: dict[GroupKey, float] = {}
    for grouping, by_kpi in kept["groups"].items():
        for kpi, by_group in by_kpi.items():
            for group, value in by_group.items():
                key = (grouping, group, kpi)
                groups[key] = _or_nan(value)
    arms = {name: _arm(kpis[name], texts) for name, texts in kept["arms"].items()}
    return Replication(number, arms[_VARIANT], arms.get(_BASELINE), Values(groups))


def _arm_text(arm: Arm) -> dict[str, Any]:
    kept: dict[str, Any] = {"costs": dict(arm.costs)}
    if arm.activity is not None:
        kept["activity"] = {"rows": list(arm.activity.rows), "weeks": arm.activity.weeks.tolist()}
    if arm.detail is None:
        return kept
    load = {item.name: np.asarray(getattr(arm.load, item.name)).tolist() for item in fields(WeekLoad)}
    return {**kept, "load": load, "flow": [[*link, count] for link, count in arm.flow.items()]}


def _arm(kpis: dict[str, float], kept: dict[str, Any]) -> Arm:
    values, costs, activity = Values(kpis), Values(kept["costs"]), None
    if "activity" in kept:
        told = kept["activity"]
        activity = Activity(tuple(map(intern, told["rows"])), np.array(told["weeks"], dtype=float))
    if "load" not in kept:
        return Arm(values, costs, None, activity)
    sums: dict[str, Any] = {name: np.array(values, dtype=float) for name, values in kept["load"].items()}
    load = WeekLoad(**{**sums, "runs": float(sums["runs"])})
    flow: Flow = {(start, end): count for start, end, count in kept["flow"]}
    return Arm(values, costs, Detail(load, flow), activity)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
