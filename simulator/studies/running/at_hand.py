"""Cells at hand: figures and CSAT anchors that need not be computed again while a process lives.

In front of a store on disk they spare reading it twice; in front of none they are all that is kept. With limits, those
that nobody asked for longest go first; they are then read or simulated again, to the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.base.memo import LastUsed
from simulator.studies.running.results import Replication
from simulator.studies.running.store import Store
from simulator.studies.running.variants import Variant


class CellsAtHand:
    """Finished cells, by variant and replication, and CSAT anchors, by desk; any number of threads may use it."""

    def __init__(
        self, store: Store | None = None, *, most_cells: int | None = None, most_anchors: int | None = None
    ) -> None:
        """Begin with nothing at hand; limits are for use without a store, None keeps everything."""
        self._store = store
        self._marks: dict[str, str] = {}
        """Fingerprint of each variant, by name."""
        self._cells: LastUsed[Replication] = LastUsed(most_cells)
        self._anchors: LastUsed[float] = LastUsed(most_anchors)

    @property
    def place(self) -> str:
        """Where cells survive the process; empty if they do not."""
        return "" if self._store is None else self._store.place

    def add(self, variants: Sequence[Variant]) -> None:
        """Take up variants that a search comes upon; raise OutputError as opening the store does."""
        for variant in variants:
            known = self._marks.setdefault(variant.name, variant.fingerprint)
            assert known == variant.fingerprint, f"{variant.name!r} names two settings"
        if self._store is not None:
            self._store.add(variants)

    def fetch(self, variant: str, first: int, end: int, *, detail: bool) -> int:
        """Read replications `first` to `end - 1` from the store where they are missing; return how many are at hand."""
        if self._store is not None and not all(self.find(variant, number, detail) for number in range(first, end)):
            for cell in self._store.load(variant, first=first, end=end, detail=detail):
                if not self.find(variant, cell.number, detail):
                    self._cells.put((variant, cell.number), cell)
        return sum(self.find(variant, number, detail) is not None for number in range(first, end))

    def find(self, variant: str, number: int, detail: bool = False, groups: bool = False) -> Replication | None:
        """Return a cell at hand, with load and flow (`detail`) and figures by group if they are wanted; else None."""
        cell = self._cells.get((variant, number))
        if cell is None or (detail and cell.arm.detail is None) or (groups and not cell.groups):
            return None
        return cell

    def save(self, variant: str, cell: Replication, *, detail: bool) -> None:
        """Keep a finished cell."""
        self._cells.put((variant, cell.number), cell)
        if self._store is not None:
            self._store.save(variant, cell, detail=detail)

    def anchor(self, history: str) -> float | None:
        """Return the CSAT anchor of a desk by its fingerprint; None if it was not solved yet."""
        found = self._anchors.get(history)
        if found is None and self._store is not None and (found := self._store.anchor(history)) is not None:
            self._anchors.put(history, found)
        return found

    def save_anchor(self, history: str, anchor: float) -> None:
        """Keep a CSAT anchor."""
        self._anchors.put(history, anchor)
        if self._store is not None:
            self._store.save_anchor(history, anchor)

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
