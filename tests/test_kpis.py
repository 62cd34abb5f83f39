"""Every KPI, computed again ticket by ticket from its definition, and compared."""

import math

import numpy as np
import pytest

from simulator.metrics.facts import Facts
from simulator.metrics.kpis import applicable, breakdown, desk_figures, measures, rate
from simulator.metrics.load import week_load
from simulator.metrics.registry import BY_NAME, HEADLINE, KPIS
from simulator.run import Run, simulate, simulate_baseline
from simulator.scenario import Scenario
from simulator.studies.replications import figures_of, replicate, satisfaction_anchor
from tests import by_hand
from tests.desks import pilot_desk, plain_desk


def live_desk() -> Scenario:
    """An AI with one pair of hands, cut off at the last minute; targets by priority on a business clock."""
    return pilot_desk(
        name="live",
        drain=0,
        weeks=2,
        timezone="America/New_York",
        arrivals={"per_week": 250, "holidays": {"dates": ["2026-03-09"], "multiplier": 0.5}},
        ai={"concurrency": 1, "availability": None, "conversation": {"latency": "9m", "exchanges": 3}},
        policy={"mode": "auto", "phases": [], "intents": {"bug": {"mode": "shadow"}}, "answer_threshold": 0.7},
        handling={"triage": None, "reopen": {"share": 0.3, "delay": "30h"}},
        sla={
            "first_response": {"urgent": "15m", "vip": None, "default": "2h"},
            "resolution": {"urgent": "4h", "high": "7h", "vip": None, "plus": None},
            "by": "priority",
            "clock": "business",
            "business_hours": [
                {"days": "mon-fri", "open": "09:00", "close": "17:30"},
                {"days": "sat", "open": "10:00", "close": "12:00"},
            ],
            "ai_reply_counts": False,
            "windows": [{"name": "peak", "from_week": 2, "to_week": 2, "factor": 2}],
        },
        baseline=None,
    )


def people_desk() -> Scenario:
    """No AI: a telephone line that people leave, some of whom write an e-mail instead."""
    return plain_desk(
        name="people",
        drain="3h",
        arrivals={"per_week": 900, "profile": "office_hours"},
        channels={
            "phone": {
                "share": 0.6, "live": True, "patience": "3m", "on_abandon": {"retries": 0.6, "channel": "email"},
            },
            "email": {"share": 0.4},
        },
        intents={"question": {"handle": "8m", "follow_ups": 0.5, "reopen": 0.2}},
        teams={"support": {"agents": None, "shifts": [
            {"days": "mon-fri", "start": "08:00", "end": "20:00", "agents": 4},
            {"days": "sat-sun", "start": "10:00", "end": "16:00", "agents": 1},
        ]}},
        sla={"first_response": {"default": "20s"}},
        csat={"human_mean": 4.0},
        costs={"agent_per_hour": 20, "churn": 0.1, "customer_value": 50, "sla_penalty": 1},
    )  # fmt: skip


DESKS = {"pilot": pilot_desk, "live": live_desk, "people": people_desk}


class Both:
    """A desk simulated once, as the package sees it and as it is read by hand."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.run: Run = simulate(scenario, seed=3)
        self.facts = Facts(self.run)
        self.anchor = satisfaction_anchor(scenario, 3)
        self.by_hand = by_hand.Desk(self.run)
        self.baseline_run = simulate_baseline(self.run) if scenario.ai is not None else None
        self.baseline = Facts(self.baseline_run) if self.baseline_run is not None else None
        self.baseline_by_hand = by_hand.Desk(self.baseline_run) if self.baseline_run is not None else None
        self.found = figures_of(self.run, self.facts, self.baseline, self.anchor)

    def expected(self) -> dict[str, float]:
        """Work every applicable KPI out by hand."""
        definitions = {**by_hand.BY_DEFINITION, **by_hand.satisfaction(self.anchor)}
        wanted = {name: definitions[name](self.by_hand.cases) for name in definitions if name in self.names}
        names = ("backlog_mean", "backlog_peak", "backlog_end")
        wanted |= dict(zip(names, self.by_hand.backlog(), strict=True))
        wanted["occupancy"] = self.by_hand.occupancy()
        other = self.baseline_by_hand or self.by_hand
        wanted |= {name: value for name, value in by_hand.money(self.by_hand, other).items() if name in self.names}
        if self.baseline_by_hand is not None:
            wanted["csat_gap"] = by_hand.csat_gap(self.by_hand, self.baseline_by_hand, self.anchor)
        return wanted

    @property
    def names(self) -> tuple[str, ...]:
        return applicable(self.scenario)


@pytest.fixture(scope="module", params=list(DESKS))
def both(request: pytest.FixtureRequest) -> Both:
    return Both(DESKS[request.param]())
