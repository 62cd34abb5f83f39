"""Activity: what a run did that costs money, week by week, before any price is put on it.

Rows are counts or hours, columns the weeks in which tickets arrived; of a row's columns the sums are what the money
KPIs count. So amounts for other prices follow without another simulation, and months from weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import WEEK_MINUTES
from simulator.journeys import Kind
from simulator.metrics.claw_back import claw_back_window
from simulator.metrics.facts import Facts
from simulator.money.price_plan import ACTIVITIES

LAGS = 8
"""Weeks that are told apart between a ticket's arrival and its invoice; the last one holds whatever comes later."""
_TICKETS = "tickets"
SETTLED, CLOSED, CREDITED = "settled", "closed", "credited"
"""Resolutions by lag: whose claw-back window ends, that the AI closes, and whose customer comes back within it."""
WORKED, ROSTERED = "worked", "rostered"
"""Agent hours of a team."""


@dataclass(frozen=True, eq=False)
class Activity:
    """Counts and hours by week."""

    rows: tuple[str, ...]
    """TICKETS and the activities of a price plan, then `settled+0` and so on, `worked.TEAM` and `rostered.TEAM`."""
    weeks: Floats
    """Shape (n_rows, n_weeks)."""

    def row(self, name: str) -> Floats:
        """Return a row, shape (n_weeks,)."""
        row: Floats = self.weeks[self.rows.index(name)]
        return row

    def lagged(self, name: str) -> Floats:
        """Return the rows of a name by lag, shape (LAGS, n_weeks)."""
        first = self.rows.index(f"{name}+0")
        return self.weeks[first : first + LAGS]


def weekly_activity(facts: Facts) -> Activity:
    """Count what costs money in each of the scenario's weeks."""
    weeks = int(facts.scenario.weeks)
    counts = {_TICKETS: _by_week(facts, np.ones(facts.n), weeks)}
    for name, activity in ACTIVITIES.items():
        by_ticket = activity.count
        counts[name] = _weeks_in_use(facts, weeks) if by_ticket is None else _by_week(facts, by_ticket(facts), weeks)
    parts = [np.stack(list(counts.values())), *_by_lag(facts, weeks), *_team_hours(facts, weeks)]
    teams = tuple(facts.scenario.teams)
    rows = (
        *counts,
        *(f"{name}+{lag}" for name in (SETTLED, CLOSED, CREDITED) for lag in range(LAGS)),
        *(f"{name}.{team}" for name in (WORKED, ROSTERED) for team in teams),
    )
    return Activity(rows, np.concatenate(parts))


def _by_week(facts: Facts, column: Bools | Floats | Ints, weeks: int) -> Floats:
    counted = facts.counted
    return np.bincount(facts.tickets.week[counted] - 1, column[counted], weeks).astype(np.float64)


def _weeks_in_use(facts: Facts, weeks: int) -> Floats:
    return (_by_week(facts, facts.ai.active, weeks) > 0).astype(np.float64)


def _by_lag(facts: Facts, weeks: int) -> tuple[Floats, Floats, Floats]:
    """Count resolutions by how many weeks after the ticket's own they are settled, closed and credited."""
    window = claw_back_window(facts.scenario)
    steps, closing = facts.steps, np.full(facts.n, np.nan)
    answers = np.flatnonzero(steps.kind == int(Kind.ANSWER))
    closing[steps.ticket[answers]] = facts.log.ended[answers]

    def count(which: Bools, moment: Floats) -> Floats:
        chosen = which & facts.counted
        week = facts.tickets.week[chosen] - 1
        lag = np.clip(np.floor(moment[chosen] / WEEK_MINUTES).astype(np.int64) - week, 0, LAGS - 1)
        return np.bincount(lag * weeks + week, minlength=LAGS * weeks).reshape(LAGS, weeks).astype(np.float64)

    return (
        count(facts.automated, closing + window),
        count(facts.ai.resolved, closing),
        count(facts.clawed_back, closing + facts.back_after),
    )


def _team_hours(facts: Facts, weeks: int) -> tuple[Floats, Floats]:
    """Add up the worked and the rostered hours of each team of people."""
    log, ticket = facts.log, facts.steps.ticket
    rosters = facts.run.rosters
    people = [number for number, roster in enumerate(rosters) if roster.is_human]
    done = np.flatnonzero((log.team >= 0) & ~np.isnan(log.began) & facts.counted[ticket])
    minutes = np.where(np.isnan(log.ended[done]), facts.limit, log.ended[done]) - log.began[done]
    place = log.team[done] * weeks + facts.tickets.week[ticket[done]] - 1
    held = np.bincount(place, minutes, len(rosters) * weeks).reshape(-1, weeks) / 60
    worked = np.stack([rosters[number].agent_time(held[number]) for number in people])
    return worked, np.array([rosters[number].rostered_by_week for number in people]) / 60
