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

from simulator.base.errors import OutputError, Problem, StudyError
from simulator.engines.run_log import Engine
from simulator.run import check_seeds
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.run.outputs import prepare_folder
from simulator.studies.running.at_hand import CellsAtHand
from simulator.studies.running.cell import Desk, Task, anchor_of, in_chunks, simulate_task
from simulator.studies.running.results import Replication, Replications
from simulator.studies.running.stopping import DEFAULT_REPLICATIONS, MAX_REPLICATIONS, Precision, Watch
from simulator.studies.running.store import Store
from simulator.studies.running.variants import AS_IS, Variant
from simulator.studies.running.workers import Workers, parse_workers

Progress = Callable[[int, int], None]
"""Told (cells finished, cells in all) after each; a cell is one variant in one replication."""
Stages = Callable[[str, int, int], None]
"""Told (stage, cells finished, cells in all) as a stage begins (with 0 of 0) and after each of its cells."""
_TASK_TICKETS, _FEW_TASKS = 1_000_000, 8
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
) -> Replications:
    """Simulate a scenario several times with fresh customers, each with its AI-off baseline alongside.

    `replications` is a number, or the precision to reach. `workers` is a number of local workers (as many as there are
    cores by default), `threads:N`, `processes:N` or `dask:tcp://HOST:PORT`. Raises StudyError for numbers that cannot
    be, and where workers are lost.
    """
    variant = Variant(scenario.name, scenario)
    studies = run_variants(
        [variant], replications=replications, seed=seed, workers=workers, engine=engine, progress=progress,
        detail=True,
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
        batch = _Batch(variants, replications, seed, engine, CellsAtHand(store), detail=detail)
        return batch.finished(workers, progress)


def run_variants(
    variants: Sequence[Variant],
    *,
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    progress: Progress | None = None,
    detail: bool = False,
) -> dict[str, Replications]:
    """Simulate variants with the same customers, replication by replication; return each one's study by name, in order.

    Without `detail` only KPIs and amounts are kept, not figures by group, load and flow. Raises StudyError.
    """
    workers = _checked(variants, replications, seed, workers)
    return _Batch(variants, replications, seed, engine, CellsAtHand(), detail=detail).finished(workers, progress)


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
        self._kept = CellsAtHand(store)

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

        `stage` says in a few words what they are for. A variant is known by its name: one name, one setting. Other
        replications meet customers whom these have not seen. Raises StudyError and OutputError, which then say how much
        is finished and kept.
        """
        self._kept.add(variants)
        self._tell(stage, 0, 0)
        workers = _checked(variants, replications, self.seed, self.workers)
        batch = _Batch(variants, replications, self.seed, self.engine, self._kept, detail=detail, first=first)
        return batch.finished(workers, lambda done, of: self._tell(stage, done, of))


class _Batch:
    """The cells of a call: which are finished, which are to do, and when they are enough."""

    def __init__(
        self, variants: Sequence[Variant], replications: int | Precision, seed: int, engine: Engine,
        kept: CellsAtHand, *, detail: bool, first: int = 0,
    ) -> None:  # fmt: skip
        """Plan replications from `first` on; what is finished goes to `kept`, and what that has is not simulated."""
        self.variants, self.seed, self.engine, self.kept, self.detail = tuple(variants), seed, engine, kept, detail
        self.watch = Watch(replications, variants) if isinstance(replications, Precision) else None
        self.first = first
        self.end = first + (replications.most if isinstance(replications, Precision) else replications)
        """The replication behind the last one that may be simulated."""
        self.enough: int | None = None
        """The replication behind the last one that is needed; None until that is known."""
        self.complete = first
        """The first replication that is not finished in all variants."""
        self.done = 0
        """Cells that are finished."""

    def finished(self, workers: Workers, progress: Progress | None) -> dict[str, Replications]:
        """Run the batch and return each variant's study; raise Interrupted, or errors that say what is kept."""
        try:
            self._run(workers, progress or (lambda _done, _of: None))
        except KeyboardInterrupt:
            raise Interrupted(f"Stopped: {self._state}.") from None
        except (StudyError, OutputError) as error:
            if not self.done:
                raise
            raise type(error)([*error.problems, Problem("ticketflow", "", self._state)]) from error
        return self._results()

    def _run(self, workers: Workers, progress: Progress) -> None:
        """Take what is at hand or in the store, then simulate what is missing until it is enough."""
        for variant in self.variants:
            self.done += self.kept.fetch(variant.name, self.first, self.end, detail=self.detail)
        self._advance()
        if self.done:
            progress(self.done, self._total)
        if self.enough is not None:
            return
        self._solve_anchors()
        to_do = self._total - self.done
        tickets = to_do * self._tickets
        with closing(workers.results(simulate_task, self._tasks(), to_do, self.engine, tickets)) as finished:
            for cells in finished:
                for name, replication in cells:
                    self.kept.save(name, replication, detail=self.detail)
                    self.done += 1
                    progress(self.done, self._total)
                self._advance()
                if self.enough is not None:
                    return

    def _results(self) -> dict[str, Replications]:
        """Return the replications that count, by variant."""
        assert self.enough is not None
        return {
            variant.name: Replications(
                variant.scenario,
                self.seed,
                self.engine,
                self._anchor(variant),
                tuple(self._cell(variant, number) for number in range(self.first, self.enough)),
            )
            for variant in self.variants
        }

    @property
    def _total(self) -> int:
        """Cells in all, or at most."""
        return (self.end - self.first) * len(self.variants)

    @property
    def _state(self) -> str:
        """What is finished and kept, in words."""
        what = "replications were" if len(self.variants) == 1 else "cells (variant and replication) were"
        words = f"{self.done} of {self._total} {what} finished"
        if self.watch is not None:
            words = f"{self.done} of at most {self._total} {what} finished"
        if not self.kept.place or not self.done:
            return f"{words}; nothing was written"
        return f"{words} and are kept in {self.kept.place}; the same command goes on from there"

    def _cell(self, variant: Variant, number: int) -> Replication:
        cell = self.kept.find(variant.name, number, self.detail)
        assert cell is not None, f"replication {number} of {variant.name!r} is not finished"
        return cell

    def _is_missing(self, variant: str, number: int) -> bool:
        return self.kept.find(variant, number, self.detail) is None

    def _advance(self) -> None:
        """Look at finished replications in order, and see whether they are enough."""
        while self.enough is None and not any(self._is_missing(one.name, self.complete) for one in self.variants):
            number = self.complete
            self.complete += 1
            if self.watch is None:
                is_enough = self.complete == self.end
            else:
                is_enough = self.watch.add({one.name: self._cell(one, number).arm.kpis for one in self.variants})
            if is_enough:
                self.enough = self.complete

    def _tasks(self) -> Iterator[Task]:
        """List what is missing, replication by replication, a few variants at a time."""
        desks = [
            Desk(v.name, v.scenario, v.today, self._anchor(v), v.customers_key, v.baseline_key) for v in self.variants
        ]
        size = max(1, min(int(_TASK_TICKETS / self._tickets), (self._total - self.done) // _FEW_TASKS))
        for number in range(self.complete, self.end):
            missing = [desk for desk in desks if self._is_missing(desk.variant, number)]
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
                self.kept.save_anchor(variant.history_key, anchor)

    def _anchor(self, variant: Variant) -> float | None:
        """Return a variant's CSAT anchor; None without CSAT, or while it is not solved."""
        return None if variant.scenario.csat is None else self.kept.anchor(variant.history_key)


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
