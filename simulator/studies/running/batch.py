"""Replications: one scenario or several variants with fresh customers, over any workers, and what they say together.

Only KPIs and small sums travel between workers, never logs. Each cell (a variant in a replication) depends on its own
inputs and the seed alone, so results depend neither on how many workers there are, nor on which finished first, nor on
what was taken from a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Protocol

from simulator.base.errors import OutputError, Problem, SimulatorError, StudyError
from simulator.engines.run_log import Engine
from simulator.run import check_seeds
from simulator.scenario.model import Scenario
from simulator.scenario.volume import expected_tickets
from simulator.studies.compare.alternatives import AS_IS
from simulator.studies.run.outputs import prepare_folder
from simulator.studies.running.cell import Desk, Task, anchor_of, in_chunks, simulate_task
from simulator.studies.running.results import Replication, Replications
from simulator.studies.running.stopping import DEFAULT_REPLICATIONS, MAX_REPLICATIONS, Precision, Watch
from simulator.studies.running.store import Store
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers, parse_workers


class Keeper(Protocol):
    """Whatever keeps finished cells: a store on disk, or a runner's cells in front of it."""

    @property
    def place(self) -> str:
        """Where cells survive the process; empty if they do not."""

    def load(self, variant: str, *, first: int = 0, end: int, detail: bool) -> Iterator[Replication]:
        """Yield a variant's finished replications from `first` up to `end`, in order."""

    def save(self, variant: str, replication: Replication, *, detail: bool) -> None:
        """Keep a finished cell."""

    def anchor(self, history: str) -> float | None:
        """Return the CSAT anchor of a desk by its fingerprint; None if it was not solved yet."""

    def save_anchor(self, history: str, anchor: float) -> None:
        """Keep a CSAT anchor."""


Progress = Callable[[int, int], None]
"""Told (cells finished, cells in all) after each; a cell is one variant in one replication."""
Stages = Callable[[str, int, int], None]
"""Told (stage, cells finished, cells in all) as a stage begins (with 0 of 0) and after each of its cells."""
TASK_TICKETS, FEW_TASKS = 1_000_000, 8
"""Most tickets that a task follows (enough variants to share what they have in common, and no more than a few seconds'
work to lose when a worker dies), and how many tasks there should be at least, so that no worker goes without."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the middle of a study; its text says what is finished and kept."""


def replicate(
    scenario: Scenario,
    *,
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    progress: Progress | None = None,
    store: Keeper | None = None,
) -> Replications:
    """Simulate a scenario several times with fresh customers, each with its AI-off baseline alongside.

    `replications` is a number, or the precision to reach. `workers` is a number of local workers (as many as there are
    cores by default), `threads:N`, `processes:N` or `dask:tcp://HOST:PORT`. Raises StudyError for numbers that cannot
    be, and where workers are lost.
    """
    variant = Variant(scenario.name, scenario)
    studies = run_variants(
        [variant], replications=replications, seed=seed, workers=workers, engine=engine, store=store,
        progress=progress, detail=True,
    )  # fmt: skip
    return studies[variant.name]


def run_stored(
    variants: Sequence[Variant],
    folder: Path,
    *,
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    fresh: bool = False,
    progress: Progress | None = None,
    detail: bool = False,
) -> dict[str, Replications]:
    """Run variants as `run_variants` does, with a store in `folder` that an interrupted study goes on from.

    Raises OutputError where the folder cannot be written to or holds another study; `fresh` discards that first.
    """
    workers = _checked(variants, replications, seed, workers)
    prepare_folder(folder)
    with Store(folder, variants, seed=seed, fresh=fresh) as store:
        return run_variants(
            variants, replications=replications, seed=seed, workers=workers, engine=engine, store=store,
            progress=progress, detail=detail,
        )  # fmt: skip


def run_variants(
    variants: Sequence[Variant],
    *,
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    store: Keeper | None = None,
    progress: Progress | None = None,
    detail: bool = False,
    first: int = 0,
) -> dict[str, Replications]:
    """Simulate variants with the same customers, replication by replication; give each one's study by name, in order.

    Finished cells go into the store, and those that it holds already are not simulated again. Without `detail` only
    KPIs and amounts are kept, not figures by group, load and flow. Replications are numbered from `first` on, so that
    a second study can meet customers whom the first has not seen. Raises StudyError and OutputError, which then say
    how much is finished and kept.
    """
    workers = _checked(variants, replications, seed, workers)
    batch = _Batch(variants, replications, seed, engine, store, detail=detail, first=first)
    try:
        batch.run(workers, progress or (lambda _done, _of: None))
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped: {batch.state}.") from None
    except (StudyError, OutputError) as error:
        raise _with_state(error, batch) from error
    return batch.results()


class Runner:
    """Simulates variants of one scenario as a search asks for them, each cell once; a context manager.

    >>> with Runner(folder, scenario, seed=1) as runner:   # doctest: +SKIP
    ...     first = runner.run([low, high], 5, stage="Looking around")
    ...     better = runner.run([high], 20, stage="Looking closer")   # its first five are not simulated again

    A search that decides by its figures alone takes the same path each time. So one that was stopped goes on where
    it was: it asks again for what it has asked before, and finds that in the store.
    """

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
        self._kept = _KeptCells(store)

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()

    def run(
        self, variants: Sequence[Variant], replications: int, *, first: int = 0, stage: str, detail: bool = False
    ) -> dict[str, Replications]:
        """Return replications `first` to `first + replications - 1` of each variant, simulating what is missing.

        `stage` says in a few words what they are for. A variant is known by its name: one name, one setting. Errors
        are those of `run_variants`.
        """
        self._kept.add(variants)
        self._tell(stage, 0, 0)
        return run_variants(
            variants, replications=replications, first=first, seed=self.seed, workers=self.workers,
            engine=self.engine, store=self._kept, detail=detail,
            progress=lambda done, of: self._tell(stage, done, of),
        )  # fmt: skip


class _Batch:
    """The cells of a call: which are finished, which are to do, and when they are enough."""

    def __init__(
        self, variants: Sequence[Variant], replications: int | Precision, seed: int, engine: Engine,
        store: Keeper | None, *, detail: bool, first: int,
    ) -> None:  # fmt: skip
        self.variants, self.seed, self.engine, self.store, self.detail = tuple(variants), seed, engine, store, detail
        self.watch = Watch(replications, variants) if isinstance(replications, Precision) else None
        self.first = first
        self.end = first + (replications.most if isinstance(replications, Precision) else replications)
        """The replication behind the last one that may be simulated."""
        self.enough: int | None = None
        """The replication behind the last one that is needed; None until that is known."""
        self.complete = first
        """The first replication that is not finished in all variants."""
        self.found: dict[str, dict[int, Replication]] = {variant.name: {} for variant in variants}
        self.done = 0
        """Cells that are finished."""
        self.anchors: dict[str, float] = {}

    def run(self, workers: Workers, progress: Progress) -> None:
        """Take what the store has, then simulate what is missing until it is enough."""
        if self.store is not None:
            for name, kept in self.found.items():
                stored = self.store.load(name, first=self.first, end=self.end, detail=self.detail)
                kept |= {cell.number: cell for cell in stored}
                self.done += len(kept)
        self._advance()
        if self.done:
            progress(self.done, self.total)
        if self.enough is not None:
            return
        self._solve_anchors()
        to_do = self.total - self.done
        tickets = to_do * self._tickets
        with closing(workers.results(simulate_task, self._tasks(), to_do, self.engine, tickets)) as finished:
            for cells in finished:
                for name, replication in cells:
                    self._keep(name, replication)
                    progress(self.done, self.total)
                self._advance()
                if self.enough is not None:
                    return

    def results(self) -> dict[str, Replications]:
        """Return the replications that count, by variant."""
        assert self.enough is not None
        return {
            variant.name: Replications(
                variant.scenario,
                self.seed,
                self.engine,
                self._anchor(variant),
                tuple(self.found[variant.name][number] for number in range(self.first, self.enough)),
            )
            for variant in self.variants
        }

    @property
    def total(self) -> int:
        """Cells in all, or at most."""
        return (self.end - self.first) * len(self.variants)

    @property
    def state(self) -> str:
        """What is finished and kept, in words."""
        what = "replications were" if len(self.variants) == 1 else "cells (variant and replication) were"
        words = f"{self.done} of {self.total} {what} finished"
        if self.watch is not None:
            words = f"{self.done} of at most {self.total} {what} finished"
        if self.store is None or not self.store.place or not self.done:
            return f"{words}; nothing was written"
        return f"{words} and are kept in {self.store.place}; the same command goes on from there"

    def _keep(self, name: str, replication: Replication) -> None:
        if self.store is not None:
            self.store.save(name, replication, detail=self.detail)
        self.found[name][replication.number] = replication
        self.done += 1

    def _advance(self) -> None:
        """Look at finished replications in order, and see whether they are enough."""
        while self.enough is None and all(self.complete in cells for cells in self.found.values()):
            number = self.complete
            self.complete += 1
            if self.watch is None:
                is_enough = self.complete == self.end
            else:
                is_enough = self.watch.add({name: cells[number].arm.kpis for name, cells in self.found.items()})
            if is_enough:
                self.enough = self.complete

    def _tasks(self) -> Iterator[Task]:
        """List what is missing, replication by replication, a few variants at a time."""
        desks = [
            Desk(v.name, v.scenario, v.today, self._anchor(v), v.customers_key, v.baseline_key) for v in self.variants
        ]
        size = max(1, min(int(TASK_TICKETS / self._tickets), (self.total - self.done) // FEW_TASKS))
        for number in range(self.complete, self.end):
            missing = [desk for desk in desks if number not in self.found[desk.variant]]
            for chunk in in_chunks(missing, size):
                yield Task(number, chunk, self.seed, self.engine, self.detail)

    @cached_property
    def _tickets(self) -> float:
        """Expected tickets of a cell, in the largest variant."""
        return max(1.0, *(expected_tickets(variant.scenario) for variant in self.variants))

    def _solve_anchors(self) -> None:
        for variant in self.variants:
            if variant.scenario.csat is not None and self._anchor(variant) is None:
                anchor = anchor_of(variant.history, self.seed, self.engine)
                self.anchors[variant.history_key] = anchor
                if self.store is not None:
                    self.store.save_anchor(variant.history_key, anchor)

    def _anchor(self, variant: Variant) -> float | None:
        """Return a variant's CSAT anchor; None without CSAT, or while it is not solved."""
        if variant.scenario.csat is None:
            return None
        key = variant.history_key
        if key not in self.anchors and self.store is not None and (kept := self.store.anchor(key)) is not None:
            self.anchors[key] = kept
        return self.anchors.get(key)


class _KeptCells:
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


def _checked(
    variants: Sequence[Variant], replications: int | Precision, seed: int, workers: int | str | Workers | None
) -> Workers:
    """Refuse what cannot be run before anything is begun; raise StudyError."""
    if isinstance(replications, Precision):
        for variant in variants:
            replications.kpis_of(variant)
    elif not 1 <= replications <= MAX_REPLICATIONS:
        raise StudyError(f"replications is {replications}; must be from 1 to {MAX_REPLICATIONS:,}")
    names = [variant.name for variant in variants]
    if not names or len(set(names)) < len(names):
        rule = "must be one or more, with different names"
        raise StudyError(f"variants are named {', '.join(names) or 'nothing'}; {rule}")
    check_seeds(seed)
    return parse_workers(workers)


def _with_state(error: SimulatorError, batch: _Batch) -> SimulatorError:
    """Add to an error what is finished and kept, where something is."""
    if not batch.done:
        return error
    return type(error)([*error.problems, Problem("ticketflow", "", batch.state)])
