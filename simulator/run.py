"""One replication of one scenario: tickets, journeys, engine, run log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.base.calendars import in_ticks
from simulator.base.errors import StudyError
from simulator.base.notebook_hooks import Shown
from simulator.engines import chosen
from simulator.engines.choice import mover
from simulator.engines.run_log import Engine, Outcome, RunRecord
from simulator.journeys import plan_journeys
from simulator.rosters import TeamRoster, build_rosters
from simulator.scenario import Scenario, without_ai
from simulator.tickets import Tickets, draw_tickets

if TYPE_CHECKING:
    import pandas as pd



class Run(RunRecord, Shown):
    """What one replication produced.

    >>> run = simulate(load_scenario("saas_pilot"), seed=1)   # doctest: +SKIP
    >>> run.tickets.groupby("intent").resolution_minutes.median()   # doctest: +SKIP
    """

    view: ClassVar[str] = "simulator.report.render.notebook:run_brief"

    @cached_property
    def tickets(self) -> pd.DataFrame:
        """One row per ticket: who, what was decided, when it was answered and closed, and the outcome."""
        from simulator.metrics.frames import tickets_frame

        return tickets_frame(self)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """The audit trail: one row per step that happened, in order of ticket and step."""
        from simulator.metrics.frames import steps_frame

        return steps_frame(self)

    def __repr__(self) -> str:
        ended = [(int((self.ends.outcome == outcome).sum()), outcome.label) for outcome in Outcome]
        counts = ", ".join(f"{count:,} {name}" for count, name in ended if count)
        early = int((~self.customers.is_counted).sum())
        before = "in the warm-up" if self.scenario.warm_up else "left over at the start"
        warm_up = f"{early:,} of them {before}, " if early else ""
        return (
            f"<Run of {self.scenario.name!r}: seed {self.seed}, replication {self.replication}, "
            f"{len(self.customers):,} tickets ({warm_up}{counts}); .tickets and .steps are DataFrames>"
        )


def simulate(scenario: Scenario, *, seed: int = 1, replication: int = 0, engine: Engine = "fast") -> Run:
    """Simulate one replication.

    The same seed and replication give the same customers to every variant of a scenario. Raises StudyError for a
    seed or replication below 0 or an unknown engine.
    """
    check_seeds(seed, replication)
    return follow(scenario, draw_tickets(scenario, seed, replication), engine=engine)


def simulate_baseline(run: Run) -> Run:
    """Simulate the same customers with the AI off (and the scenario's `baseline` overrides)."""
    return follow(without_ai(run.scenario), run.customers, engine=run.engine)


def follow(
    scenario: Scenario,
    customers: Tickets,
    *,
    engine: Engine = "fast",
    rosters: tuple[TeamRoster, ...] | None = None,
) -> Run:
    """Follow drawn customers through a scenario's desk; `rosters` are built unless they are at hand already."""
    move_tickets = mover(engine := chosen(engine))
    journeys = plan_journeys(scenario, customers)
    rosters = rosters or build_rosters(scenario, customers.seed, customers.replication)
    if scenario.opening_backlog is not None and len(customers):
        # What is left over joined the lines before anybody was there to take it.
        rosters = tuple(roster.awaited_from(float(customers.arrival[0])) for roster in rosters)
    limit = float(in_ticks(np.array(scenario.limit_minutes)))
    if journeys.both is None:
        log = move_tickets(customers.arrival, journeys.steps, rosters, limit, None)
    else:
        log = move_tickets(customers.arrival, journeys.both.steps, rosters, limit, journeys.both.surge)
        journeys, rows = journeys.taken(log.in_surge)
        log = log.of(rows)
    return Run(scenario, customers, journeys, rosters, log, customers.seed, customers.replication, engine)


def check_seeds(seed: int, replication: int = 0) -> None:
    """Refuse seeds and replications that no stream can be made of; raise StudyError."""
    for name, value in (("seed", seed), ("replication", replication)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise StudyError(f"{name} is {value!r}; must be a whole number, 0 or more")
