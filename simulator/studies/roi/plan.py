"""The plan: simulated weeks laid out over the months of a business case.

The simulated weeks are what they are, a pilot's ramp included. After the last of them the desk goes on as in the
*steady* weeks: those of the last phase that begins in them, or all where none does. Volume stays what it is then;
growth is not carried on, as the roster would not be either. A month is 52/12 weeks, as everywhere; work of a week that
two months share is split by time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.calendars import WEEKS_PER_MONTH
from simulator.errors import StudyError
from simulator.metrics.activity import CLOSED, CREDITED, LAGS, ROSTERED, SETTLED, WORKED, Activity
from simulator.money.price_plan import ACTIVITIES, AI_LINES, PARTS, RESOLUTIONS, is_ai_activity
from simulator.scenario.model import Scenario
from simulator.scenario.value import Billed, Costs

Floats = NDArray[np.float64]



@dataclass(frozen=True)
class Plan:
    """How weeks become months."""

    weeks: int
    """Simulated weeks."""
    steady: int
    """The last so many of them are typical of all that follow."""
    months: int
    """Horizon."""
    billed: Billed
    ramp: tuple[float, ...]
    """Share of saved agent time put to use, by month; the last one holds on."""

    @property
    def columns(self) -> int:
        """Columns of a cash flow: the start, each month, and what is invoiced after the last."""
        return self.months + 2

    @cached_property
    def in_use(self) -> Floats:
        """Share of the saved time put to use in each column."""
        given = np.array(self.ramp or (1.0,))
        months = given[np.minimum(np.arange(self.months), len(given) - 1)]
        return np.concatenate([[1.0], months, [1.0]])

    def _to_months(self, lag: int) -> Floats:
        """Part of each week within the horizon that lies, `lag` weeks later, in each month and after the last.

        Shape (weeks of the horizon, months + 1); a week that the horizon's end cuts adds up to less than 1.
        """
        begins = np.arange(self._length)[:, None]
        ends = np.minimum(begins + 1, self.months * WEEKS_PER_MONTH)
        edges = np.append(np.arange(self.months + 1) * WEEKS_PER_MONTH, np.inf)
        shares: Floats = np.minimum(ends + lag, edges[1:]) - np.maximum(begins + lag, edges[:-1])
        return np.clip(shares, 0.0, None)

    @property
    def _length(self) -> int:
        return int(np.ceil(self.months * WEEKS_PER_MONTH - 1e-9))

    @cached_property
    def _typical(self) -> Floats:
        """Which simulated week (or mean of steady ones) stands for each week of the horizon; (weeks, n_weeks)."""
        stands = np.zeros((self.weeks, self._length))
        for week in range(self._length):
            if week < self.weeks:
                stands[week, week] = 1.0
            else:
                stands[-self.steady :, week] = 1 / self.steady
        return stands

    @cached_property
    def _spread(self) -> Floats:
        """Shares in which a simulated week's amounts fall into each column; (weeks, columns)."""
        months = self._typical @ self._to_months(0)[:, :-1]
        return np.pad(months, ((0, 0), (1, 1)))

    @cached_property
    def _spread_by_lag(self) -> Floats:
        """As _spread, for what is invoiced a number of weeks later; (LAGS, weeks, columns)."""
        later = [self._typical @ self._to_months(lag) for lag in range(LAGS)]
        return np.pad(np.stack(later), ((0, 0), (0, 0), (1, 0)))

    def monthly(self, arm: Activity, *, with_ai: bool) -> Floats:
        """Lay one desk's activity out over the columns; rows as `names` lists them."""
        rows = [arm.row(name) for name in self._plain(arm)]
        laid = np.stack(rows) @ self._spread
        if not with_ai:
            return laid
        used = np.stack([arm.row(name) for name in _ai_rows() if name != RESOLUTIONS]) @ self._spread
        return np.vstack([laid, self._invoiced(arm), used])

    def names(self, arm: Activity, *, with_ai: bool) -> tuple[str, ...]:
        """Name the rows of `monthly`."""
        return (*self._plain(arm), *(_ai_rows() if with_ai else ()))

    def _plain(self, arm: Activity) -> tuple[str, ...]:
        hours = tuple(name for name in arm.rows if name.partition(".")[0] in (WORKED, ROSTERED))
        return (*hours, *(name for name in ACTIVITIES if not is_ai_activity(name)))

    def _invoiced(self, arm: Activity) -> Floats:
        """Count resolutions in the month that they are invoiced in, less credit notes."""
        counts = arm.lagged(SETTLED)
        if self.billed == Billed.AT_RESOLUTION:
            counts = arm.lagged(CLOSED) - arm.lagged(CREDITED)
        total: Floats = np.einsum("lw,lwc->c", counts, self._spread_by_lag)
        return total


def _ai_rows() -> tuple[str, ...]:
    """Name what the AI's costs go by: resolutions, then all else that is counted by ticket, then by the week."""
    names = dict.fromkeys(part.activity for part in PARTS if part.line in AI_LINES)
    return tuple(sorted(names, key=lambda name: (name != RESOLUTIONS, ACTIVITIES[name].count is None)))


def plan_of(scenario: Scenario, costs: Costs, steady: int | None = None) -> Plan:
    """Make the plan of a scenario; `steady` replaces the weeks of the last phase. Raises StudyError."""
    weeks = int(scenario.weeks)
    if steady is None:
        steady = weeks
        if begun := [phase for phase in scenario.policy.phases if phase.from_week <= weeks]:
            last = begun[-1]
            first = int(last.from_week) + (1 if last.from_day > 1 else 0)
            steady = max(1, weeks - first + 1)
    elif not 1 <= steady <= weeks:
        raise StudyError(f"--steady is {steady}; must be from 1 to the scenario's {weeks} weeks")
    ramp = tuple(float(share) for share in costs.ramp)
    return Plan(weeks, steady, int(costs.horizon_months), costs.ai.billed, ramp)
