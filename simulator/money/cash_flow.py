"""The plan: simulated weeks laid out over the months of a business case.

The simulated weeks are what they are, a pilot's ramp included. After the last of them the desk goes on as in the
*steady* weeks: those of the last phase that begins in them, or all where none does. Volume stays what it is then;
growth is not carried on, as the roster would not be either. A month is 52/12 weeks, as everywhere; work of a week that
two months share is split by time.

The cash flow: months of activity with prices put on them, and what they come to.

Money is linear in activity: `lines = prices @ months`. So a draw of prices needs no simulation, means of activity give
means of money, and simulation noise can be taken out of activity before prices are put on.

Two cases are kept apart, as everywhere. *Capacity* counts the worth of saved agent time, *cash* what the roster costs
less. Both count penalties and churn avoided, and both pay for the AI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.errors import StudyError
from simulator.base.units import Unit
from simulator.money.activity import CLOSED, CREDITED, LAGS, ROSTERED, SETTLED, WORKED, Activity
from simulator.money.price_plan import ACTIVITIES, AI_LINES, PARTS, RESOLUTIONS, is_ai_activity, wage
from simulator.scenario import Billed, Costs, Scenario


@dataclass(frozen=True)
class MonthPlan:
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


def plan_of(scenario: Scenario, costs: Costs, steady: int | None = None) -> MonthPlan:
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
    return MonthPlan(weeks, steady, int(costs.horizon_months), costs.ai.billed, ramp)


# -- the cash flow ----------------------------------------------------------------------------------------------------


LINES = (
    "agent_time", "time_not_used", "rosters", "rosters_not_used", "failures_avoided", *AI_LINES, "set_up",
)  # fmt: skip
"""Lines of a cash flow; costs are negative."""
CASES: dict[str, tuple[str, ...]] = {
    "capacity": ("agent_time", "time_not_used", "failures_avoided"),
    "cash": ("rosters", "rosters_not_used", "failures_avoided"),
}
"""Benefits of each case; `failures_avoided` are in both."""
_COSTS = (*AI_LINES, "set_up")
_MEMO = "hours_worth"
"""Hours saved at the general hourly cost, for the return multiple; no line of the cash flow."""
_ALL = (*LINES, _MEMO)
_PLACE = {name: number for number, name in enumerate(_ALL)}


_Activities = tuple[Activity, Activity]
"""What a run did and what its baseline did."""


@dataclass(frozen=True)
class UnitPrices:
    """What one setting of the scenario puts on activity."""

    per_unit: Floats
    """Shape (n_lines with the memo, n_rows of months)."""
    set_up: float
    discount_rate: float


def months_of(plan: MonthPlan, activities: _Activities) -> Floats:
    """Lay the activity of a run and of its baseline out over the columns, shape (n_rows, columns)."""
    run, today = activities
    return np.vstack([plan.monthly(run, with_ai=True), plan.monthly(today, with_ai=False)])


def prices_of(scenario: Scenario, today: Scenario, plan: MonthPlan, activities: _Activities) -> UnitPrices:
    """Put the prices of a scenario and of its desk without AI on the rows of `months_of`.

    Rows are named as `activities` name them.
    """
    costs = scenario.costs
    assert costs is not None
    before = today.costs or costs
    here, there = activities
    run, base = plan.names(here, with_ai=True), plan.names(there, with_ai=False)
    columns = [_column(name, scenario, costs, costs, -1.0) for name in run]
    columns += [_column(name, today, before, costs, +1.0) for name in base]
    return UnitPrices(np.column_stack(columns), float(costs.set_up), float(costs.discount_rate))


def _column(name: str, desk: Scenario, costs: Costs, general: Costs, sign: float) -> Floats:
    """Price one unit of a row in each line; `sign` is -1 for the desk with the AI."""
    column = np.zeros(len(_ALL))
    kind, _, team = name.partition(".")
    if kind in (WORKED, ROSTERED):
        column[_PLACE["agent_time" if kind == WORKED else "rosters"]] = sign * wage(desk.teams[team], costs)
        if kind == WORKED:
            column[_PLACE[_MEMO]] = sign * float(general.agent_per_hour)
        return column
    for part in PARTS:
        if part.activity == name:
            line = part.line if part.line in AI_LINES else "failures_avoided"
            column[_PLACE[line]] += sign * part.unit_price(costs)
    return column


@dataclass(frozen=True)
class CashFlows:
    """Cash flows of n settings, in the same plan."""

    plan: MonthPlan
    amounts: Floats
    """Shape (n, n_lines, columns): the start, each month, and what is invoiced after the last."""
    hours_worth: Floats
    """Hours saved at the general hourly cost over the horizon, shape (n,)."""
    discount_rate: Floats
    """Yearly, shape (n,)."""

    def line(self, name: str) -> Floats:
        """Return a line, shape (n, columns)."""
        return self.amounts[:, _PLACE[name]]

    def benefits(self, case: str) -> Floats:
        """Return the benefits of a case, shape (n, columns)."""
        return sum((self.line(name) for name in CASES[case]), np.zeros(1))

    @property
    def spent(self) -> Floats:
        """What the AI costs with set-up, positive, shape (n, columns)."""
        return -sum((self.line(name) for name in _COSTS), np.zeros(1))

    def net(self, case: str) -> Floats:
        """Return what is left, shape (n, columns)."""
        return self.benefits(case) - self.spent

    def figures(self) -> dict[str, Floats]:
        """Return the figures of FIGURES, each of shape (n,); NaN where one does not exist."""
        spent = self.spent.sum(axis=1)
        running = spent + self.line("set_up").sum(axis=1)
        found = {"cost": spent, "return_multiple": _ratio(self.hours_worth, running)}
        for case in CASES:
            net, suffix = self.net(case), "" if case == "capacity" else "cash_"
            found[f"benefit_{case}"] = self.benefits(case).sum(axis=1)
            found[f"net_value_{case}"] = net.sum(axis=1)
            found[f"roi_{case}"] = _ratio(net.sum(axis=1), spent)
            found[f"npv_{case}"] = self._present_value(net)
            # Invoices after the last month belong to it here, or a case that never pays could pay back.
            months = np.column_stack([net[:, :-2], net[:, -2] + net[:, -1]])
            found[f"payback_{suffix}months"] = payback(months)
        return {name: found[name] for name in FIGURES}

    def _present_value(self, net: Floats) -> Floats:
        years = np.arange(self.plan.columns) / 12
        factors = (1 + self.discount_rate[:, None]) ** -years
        total: Floats = (net * factors).sum(axis=1)
        return total

    def in_cents(self) -> CashFlows:
        """Round as invoices do: each line's running total is right to the cent, so its sum is, too."""
        totals = np.rint(np.cumsum(self.amounts, axis=2) * 100)
        cents = np.diff(totals, axis=2, prepend=0.0)
        return CashFlows(self.plan, cents / 100, self.hours_worth, self.discount_rate)


FIGURES: dict[str, tuple[str, Unit]] = {
    "roi_capacity": ("ROI, capacity", "share"),
    "roi_cash": ("ROI, cash", "share"),
    "net_value_capacity": ("Net value, capacity", "money"),
    "net_value_cash": ("Net value, cash", "money"),
    "npv_capacity": ("NPV, capacity", "money"),
    "npv_cash": ("NPV, cash", "money"),
    "payback_months": ("Payback, capacity", "months"),
    "payback_cash_months": ("Payback, cash", "months"),
    "return_multiple": ("Return multiple", "ratio"),
    "benefit_capacity": ("Benefit, capacity", "money"),
    "benefit_cash": ("Benefit, cash", "money"),
    "cost": ("Cost of the AI with set-up", "money"),
}
"""What a cash flow comes to: title and unit. Over the horizon, each month's own amounts counted."""


def cash_flows(plan: MonthPlan, prices: Sequence[UnitPrices], months: Floats) -> CashFlows:
    """Price months; `months` has shape (n_rows, columns), or (n, n_rows, columns) with one for each of the prices."""
    per_unit = np.stack([one.per_unit for one in prices])
    amounts = per_unit @ months
    amounts[:, _PLACE["set_up"], 0] = [-one.set_up for one in prices]
    idle = plan.in_use - 1
    for saved, not_used in (("agent_time", "time_not_used"), ("rosters", "rosters_not_used")):
        # What costs more time than it saves, as a shadow week does, is paid for in full.
        amounts[:, _PLACE[not_used]] = np.maximum(amounts[:, _PLACE[saved]], 0.0) * idle
    rates = np.array([one.discount_rate for one in prices])
    return CashFlows(plan, amounts[:, : len(LINES)], amounts[:, _PLACE[_MEMO]].sum(axis=1), rates)


def payback(net: Floats) -> Floats:
    """Return the month from which on the running total stays at 0 or above, shape (n,); NaN if that is not reached.

    `net` has shape (n, 1 + months), the start first. Within the month that brings it there, money comes in evenly.
    """
    total = np.cumsum(net, axis=1)
    # A cent is nothing: without it a case that ends at exactly 0 would hang on the last bit.
    below = total < -0.005
    last = total.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1)
    never, at_once = below[:, -1], ~below.any(axis=1)
    after = np.minimum(last + 1, total.shape[1] - 1)
    rows = np.arange(len(total))
    owed, gained = -total[rows, last], net[rows, after]
    with np.errstate(invalid="ignore", divide="ignore"):
        month = last + np.clip(owed / gained, 0.0, 1.0)
    return np.where(never, np.nan, np.where(at_once, 0.0, month))


def _ratio(amount: Floats, cost: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(cost > 0, amount / cost, np.nan)
