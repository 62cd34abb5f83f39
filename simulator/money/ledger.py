"""Money: the AI's bill, what agents cost, what is saved, and whether it pays.

Two savings are kept apart. *Capacity* values the agent minutes that the AI takes off people, at the agents' hourly
cost: it is real only if those minutes are used. *Cash* is the difference of rostered hours: it is 0 until the roster
changes. Amounts are for the scenario's weeks, in the scenario's currency; a month is 52/12 weeks.
Rostered hours are those within the weeks; work, bills and losses are those of the tickets that arrive in them, so a
warm-up costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.engines.run_log import Outcome
from simulator.metrics.facts import Facts
from simulator.money.price_plan import ACTIVITIES, AI_LINES, FAILURE_LINES, LINES, Line, on_line, wage
from simulator.scenario import Costs


@dataclass(frozen=True)
class Ledger:
    """What one run costs, over its weeks."""

    lines: Mapping[Line, float]
    """The amount on each line of the bill."""
    agents_cash: float
    """Rostered agent hours."""
    agents_capacity: float
    """Agent hours of work, at the same hourly costs."""
    agent_hours: float
    """Agent hours of work (an agent who holds two tickets at once works one hour an hour)."""

    @property
    def ai(self) -> float:
        """Everything that the AI costs, set-up left out."""
        return sum(self.lines[line] for line in AI_LINES)

    @property
    def failures(self) -> float:
        """Penalties and churn."""
        return sum(self.lines[line] for line in FAILURE_LINES)

    @property
    def total_cash(self) -> float:
        """All costs with agents as rostered."""
        return self.ai + self.agents_cash + self.failures

    @property
    def amounts(self) -> dict[str, float]:
        """What the total is made of, by title."""
        return {"Agents (rostered)": self.agents_cash, **{LINES[line]: self.lines[line] for line in LINES}}


def ledger(facts: Facts, costs: Costs) -> Ledger:
    """Add up what a run costs."""
    cash = capacity = hours = 0.0
    for number, roster in enumerate(facts.run.rosters):
        if not roster.is_human:
            continue
        per_hour = wage(facts.scenario.teams[roster.name], costs)
        worked = roster.agent_time(float(facts.histories.team_minutes[number])) / 60
        cash += roster.rostered_minutes / 60 * per_hour
        capacity += worked * per_hour
        hours += worked
    return Ledger({line: bill(line, facts, costs) for line in LINES}, cash, capacity, hours)


def bill(line: Line, facts: Facts, costs: Costs) -> float:
    """Return what one line of the bill comes to: the amounts of the price plan's parts, added up."""
    amounts = (float(part.amount(costs, _count(part.activity, facts))) for part in on_line(line))
    return sum(amounts, 0.0)


def _count(name: str, facts: Facts) -> float:
    """Count an activity on the tickets that results are about, or in their weeks."""
    count = ACTIVITIES[name].count
    if count is not None:
        return float(count(facts)[facts.counted].sum())
    return float(np.count_nonzero(np.bincount(facts.tickets.week[facts.ai.active & facts.counted])))


@dataclass(frozen=True)
class _BusinessCase:
    """The run against its baseline, over the scenario's weeks, and over the money horizon.

    Every field but `ai_cost` is a KPI of the same name.
    """

    ai_cost: float
    """Its bill, review, and the set-up cost's share of these weeks."""
    hours_saved: float
    saving_capacity: float
    saving_cash: float
    failures_avoided: float
    """Baseline penalties and churn minus the run's (negative if the AI causes more)."""
    net_value_capacity: float
    net_value_cash: float
    return_multiple: float
    """Saved hours at the agent rate ÷ AI cost without set-up: 200 h × $25 ÷ $1,500 = 3.3."""
    roi_capacity: float
    roi_cash: float
    payback_months: float
    """Months until capacity benefits have paid the set-up; NaN if they never do."""
    payback_cash_months: float
    """The same with cash benefits."""
    npv_capacity: float
    npv_cash: float


def business_case(run: Ledger, baseline: Ledger, costs: Costs, weeks: float) -> _BusinessCase:
    """Compare a run with its baseline."""
    months, horizon = weeks / WEEKS_PER_MONTH, float(costs.horizon_months)
    saving_capacity = baseline.agents_capacity - run.agents_capacity
    saving_cash = baseline.agents_cash - run.agents_cash
    avoided = baseline.failures - run.failures
    set_up = float(costs.set_up)
    ai_cost = run.ai + set_up * months / horizon
    hours_saved = baseline.agent_hours - run.agent_hours
    monthly_capacity = (saving_capacity + avoided - run.ai) / months
    monthly_cash = (saving_cash + avoided - run.ai) / months
    return _BusinessCase(
        ai_cost=ai_cost,
        hours_saved=hours_saved,
        saving_capacity=saving_capacity,
        saving_cash=saving_cash,
        failures_avoided=avoided,
        net_value_capacity=saving_capacity + avoided - ai_cost,
        net_value_cash=saving_cash + avoided - ai_cost,
        return_multiple=_ratio(hours_saved * float(costs.agent_per_hour), run.ai),
        roi_capacity=_ratio(saving_capacity + avoided - ai_cost, ai_cost),
        roi_cash=_ratio(saving_cash + avoided - ai_cost, ai_cost),
        payback_months=set_up / monthly_capacity if monthly_capacity > 0 else float("nan"),
        payback_cash_months=set_up / monthly_cash if monthly_cash > 0 else float("nan"),
        npv_capacity=net_present_value(monthly_capacity, set_up, horizon, float(costs.discount_rate)),
        npv_cash=net_present_value(monthly_cash, set_up, horizon, float(costs.discount_rate)),
    )


def net_present_value(monthly: float, set_up: float, months: float, yearly_rate: float) -> float:
    """Discount equal monthly amounts, each at its month's end, and take the set-up cost off."""
    factors = (1 + yearly_rate) ** (-np.arange(1, int(months) + 1) / 12)
    return float(monthly * factors.sum() - set_up)


def money_kpis(run: Facts, baseline: Facts) -> dict[str, float]:
    """Return the money KPIs of a run against its baseline, by name; empty where the scenario states no costs."""
    costs = run.scenario.costs
    if costs is None:
        return {}
    here, there = ledger(run, costs), ledger(baseline, baseline.scenario.costs or costs)
    case = vars(business_case(here, there, costs, float(run.scenario.weeks)))
    resolved = float(((run.ends.outcome == Outcome.RESOLVED) & run.counted).sum())
    return {
        "cost_total": here.total_cash,
        "cost_per_ticket": _ratio(here.total_cash, float(run.n_counted)),
        "cost_per_resolution": _ratio(here.total_cash, resolved),
        "cost_ai": here.ai,
        "cost_agents_cash": here.agents_cash,
        "cost_agents_capacity": here.agents_capacity,
        **{f"cost_{line}": here.lines[line] for line in FAILURE_LINES},
        **{name: amount for name, amount in case.items() if name != "ai_cost"},
    }


def _ratio(amount: float, cost: float) -> float:
    return amount / cost if cost > 0 else float("nan")
