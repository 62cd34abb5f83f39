"""The laboratory: simulates variants on demand, for searches that learn from what they find where to look next.

>>> with Laboratory(folder, scenario, seed=1) as lab:   # doctest: +SKIP
...     first = lab.run([low, high], 5, stage="Looking around")
...     better = lab.run([high], 20, stage="Looking closer")   # its first five are not simulated again

A search that decides by its figures alone comes by the same way each time. So one that was stopped goes on where it
was: it asks again for what it has asked before, and finds that in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from simulator.engines.run_log import Engine
from simulator.run import check_seeds
from simulator.scenario.model import Scenario
from simulator.studies.compare.alternatives import AS_IS
from simulator.studies.run.outputs import prepare_folder
from simulator.studies.running.batch import run_variants
from simulator.studies.running.results import Replication, Replications
from simulator.studies.running.store import Store
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers, parse_workers

Stages = Callable[[str, int, int], None]
"""Told (stage, cells finished, cells in all) as a stage begins (with 0 of 0) and after each of its cells."""


class Laboratory:
    """Simulates variants of one scenario, and keeps what it has simulated; a context manager."""

    def __init__(
        self,
        folder: Path | None,
        base: Scenario,
        *,
        seed: int = 1,
        workers: int | str | Workers | None = None,
        engine: Engine = "fast",
        fresh: bool = False,
        progress: Stages | None = None,
    ) -> None:
        """Open the folder's store, or begin one; without a folder results are kept in memory only.

        Raises StudyError for numbers that cannot be, and OutputError where the folder cannot be written to or holds
        another study; `fresh` discards that first.
        """
        check_seeds(seed)
        self.base, self.seed, self.engine = Variant(AS_IS, base), seed, engine
        self.workers = parse_workers(workers)
        self._tell = progress or (lambda _stage, _done, _of: None)
        store = None
        if folder is not None:
            prepare_folder(folder)
            store = Store(folder, [self.base], seed=seed, fresh=fresh)
        self._memory = _Memory(store)

    def __enter__(self) -> Laboratory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.close()

    def run(
        self, variants: Sequence[Variant], replications: int, *, first: int = 0, stage: str, detail: bool = False
    ) -> dict[str, Replications]:
        """Return replications `first` to `first + replications - 1` of each variant, simulating what is missing.

        `stage` says in a few words what they are for. A variant is known by its name: one name, one setting. Errors
        are those of `run_variants`.
        """
        self._memory.add(variants)
        self._tell(stage, 0, 0)
        return run_variants(
            variants, replications=replications, first=first, seed=self.seed, workers=self.workers,
            engine=self.engine, store=self._memory, detail=detail,
            progress=lambda done, of: self._tell(stage, done, of),
        )  # fmt: skip


class _Memory:
    """Finished cells at hand, in front of a store on disk where there is one."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._cells: dict[str, dict[int, Replication]] = {}
        self._marks: dict[str, str] = {}
        """Fingerprint of each variant, by name."""
        self._anchors: dict[str, float] = {}

    @property
    def place(self) -> str:
        return "" if self._store is None else self._store.place

    def add(self, variants: Sequence[Variant]) -> None:
        for variant in variants:
            known = self._marks.setdefault(variant.name, variant.fingerprint)
            assert known == variant.fingerprint, f"{variant.name!r} names two settings"
            self._cells.setdefault(variant.name, {})
        if self._store is not None:
            self._store.add(variants)

    def load(self, variant: str, *, first: int = 0, end: int, detail: bool) -> Iterator[Replication]:
        cells = self._cells[variant]

        def is_at_hand(number: int) -> bool:
            return number in cells and (not detail or cells[number].arm.detail is not None)

        if self._store is not None and not all(map(is_at_hand, range(first, end))):
            for cell in self._store.load(variant, first=first, end=end, detail=detail):
                if not is_at_hand(cell.number):
                    cells[cell.number] = cell
        return (cells[number] for number in range(first, end) if is_at_hand(number))

    def save(self, variant: str, replication: Replication, *, detail: bool) -> None:
        self._cells[variant][replication.number] = replication
        if self._store is not None:
            self._store.save(variant, replication, detail=detail)

    def anchor(self, history: str) -> float | None:
        if history not in self._anchors and self._store is not None:
            kept = self._store.anchor(history)
            if kept is not None:
                self._anchors[history] = kept
        return self._anchors.get(history)

    def save_anchor(self, history: str, anchor: float) -> None:
        self._anchors[history] = anchor
        if self._store is not None:
            self._store.save_anchor(history, anchor)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
