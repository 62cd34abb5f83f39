"""The live runner: a desk simulated again and again while somebody moves its settings, each time within a second.

>>> live = LiveRunner()   # doctest: +SKIP
>>> live.replicate(scenario, 10)                                                             # draws customers
>>> live.replicate(override(scenario, ["policy.answer_threshold=0.8"]), 10)                  # meets them again

Figures are those of `replicate`, to the last bit. What settings have in common is kept between them: the customers of
each replication, its rosters and its AI-off baseline. So a threshold that moves costs its own run and no more, and a
curve over thresholds does not jitter.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.base.memo import LastUsed, keep_freed_memory, remembered
from simulator.engines.run_log import Engine
from simulator.metrics.facts import Facts
from simulator.run import check_seeds
from simulator.scenario import Scenario, override, without_ai
from simulator.studies.running.at_hand import CellsAtHand
from simulator.studies.running.cell import MAX_ANCHOR_REPLICATIONS, Desk, SharedReplication, anchor_from
from simulator.studies.running.results import Replication, Replications
from simulator.tickets import Tickets
from simulator.tickets.fingerprints import customers_key, scenario_key

KEPT_TICKETS = 750_000
"""Customers that are kept at most; with their moves through two desks they take some 2.2 kB each."""
KEPT_CELLS = 1_500
"""Figures of one setting in one replication that are kept at most; some 30 kB each with load and groups."""
KEPT_ANCHORS = 200


@dataclass
class _Slot:
    """The shared part of a replication, or the place where one thread at a time makes it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    shared: SharedReplication | None = None


class LiveRunner:
    """Simulates settings on demand, and keeps what the next ones share; any number of threads may use it."""

    def __init__(self, engine: Engine = "fast", threads: int | None = None) -> None:
        self.engine = engine
        self._threads = threads or os.cpu_count() or 1
        self._places: LastUsed[_Slot] = LastUsed(KEPT_TICKETS, _customers_of)
        self._kept = CellsAtHand(most_cells=KEPT_CELLS, most_anchors=KEPT_ANCHORS)

    def replicate(self, scenario: Scenario, replications: int, *, seed: int = 1, groups: bool = False) -> Replications:
        """Simulate a scenario as `replicate` does; without `groups` there are no figures by intent, channel or week.

        Raises StudyError for a seed that cannot be.
        """
        check_seeds(seed)
        keep_freed_memory()
        desk, numbers = self._desk(scenario, seed), range(replications)
        # What is at hand is taken at once: another session may push it out while the rest is simulated.
        cells = {number: self._known(desk.variant, number, groups) for number in numbers}

        def simulate(number: int) -> Replication:
            return self._simulate(desk, number, seed, groups=groups)

        missing = [number for number, cell in cells.items() if cell is None]
        cells |= zip(missing, self._spread(simulate, missing), strict=True)
        return Replications(scenario, seed, self.engine, desk.anchor, tuple(cell for cell in cells.values() if cell))

    def is_at_hand(self, scenario: Scenario, replications: int, *, seed: int = 1, groups: bool = False) -> bool:
        """Return whether nothing is left to simulate."""
        name = _name(scenario, seed)
        return all(self._known(name, number, groups) is not None for number in range(replications))

    def has_customers(self, scenario: Scenario, replications: int, *, seed: int = 1) -> bool:
        """Return whether customers and baseline are at hand, so that a setting takes its own run and no more."""
        met, baseline = customers_key(scenario), scenario_key(_idle(scenario))
        places = [self._places.get((met, seed, number)) for number in range(replications)]
        return all(place and place.shared and place.shared.has_baseline(baseline) for place in places)

    def customers(self, scenario: Scenario, seed: int, replication: int) -> Tickets:
        """Return the customers of a replication as `draw_tickets` does, those at hand where there are any."""
        with self._shared(scenario, replication, seed) as shared:
            return shared.customers

    def _desk(self, scenario: Scenario, seed: int) -> Desk:
        idle = _idle(scenario)
        today = None if scenario.ai is None else idle
        return Desk(
            _name(scenario, seed), scenario, today, self._anchor(idle, seed), customers_key(scenario),
            scenario_key(idle),
        )  # fmt: skip

    def _simulate(self, desk: Desk, number: int, seed: int, *, groups: bool) -> Replication:
        with self._shared(desk.scenario, number, seed) as shared:
            cell = shared.replication(desk, detail=True, groups=groups)
        self._kept.save(desk.variant, cell, detail=True)
        return cell

    @contextmanager
    def _shared(self, scenario: Scenario, number: int, seed: int) -> Iterator[SharedReplication]:
        """Return the shared part of a replication, made if need be, to one thread at a time."""
        place = self._places.get_or((customers_key(scenario), seed, number), _Slot)
        with place.lock:
            if place.shared is None:
                place.shared = SharedReplication(scenario, number, seed, self.engine, keeps_runs=2)
            yield place.shared
        self._places.trim()

    def _known(self, name: str, number: int, groups: bool) -> Replication | None:
        found = self._kept.find(name, number, groups=groups)
        # The same figures, however they came to be known.
        return found if groups or not found else replace(found, groups=type(found.groups)({}))

    def _anchor(self, idle: Scenario, seed: int) -> float | None:
        if idle.csat is None:
            return None
        history = _name(idle, seed)
        found = self._kept.anchor(history)
        if found is None:
            found = anchor_from(self._facts(idle, number, seed) for number in range(MAX_ANCHOR_REPLICATIONS))
            self._kept.save_anchor(history, found)
        return found

    def _facts(self, idle: Scenario, number: int, seed: int) -> Facts:
        with self._shared(idle, number, seed) as shared:
            return shared.facts(idle)

    def _spread(self, simulate: Callable[[int], Replication], numbers: Sequence[int]) -> list[Replication]:
        # Not `Workers`: its threads take 13 ms more to begin and end, which a slider would feel.
        if len(numbers) < 2 or self._threads == 1:
            return [simulate(number) for number in numbers]
        with ThreadPoolExecutor(min(self._threads, len(numbers))) as pool:
            return list(pool.map(simulate, numbers))


def _name(scenario: Scenario, seed: int) -> str:
    """Name a setting so that no other one has its name, whoever asks for it."""
    return f"{scenario_key(scenario)} {seed}"


@remembered
def _idle(scenario: Scenario) -> Scenario:
    """Return the desk without AI, shared by all settings of thresholds, which decide nothing there."""
    if scenario.ai is None:
        return scenario
    idle: dict[str, Any] = {f"policy.{name}": 1.0 for name in ("route_threshold", "answer_threshold")}
    return override(without_ai(scenario), {**idle, "policy.gather_threshold": None, "baseline": {}})


def _customers_of(place: _Slot) -> int:
    return 0 if place.shared is None else len(place.shared)
