"""Round trips: a desk whose figures are known, simulated, exported as a help desk would, read back and fitted.

Each fitted figure with an interval stands beside the truth. The truth of a level is that of the day on which the
fitted scenario begins.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.reading import read_export
from simulator.calibration.exports.roster import read_roster
from simulator.calibration.fit.fitting import Extras, Fit, fit_scenario
from simulator.run import simulate
from simulator.scenario import Scenario, figures_of, scenario_from
from tests.support.written_exports import write_export

WORKDAY = [0] * 8 + [4, 9, 10, 9, 7, 7, 8, 8, 7, 5] + [0] * 6
SATURDAY = [0] * 9 + [3, 4, 4, 3, 2] + [0] * 10
ROSTER = "team,days,start,end,agents\nsupport,mon-fri,08:00,20:00,9\nsupport,sat,08:00,18:00,4\n"

DESK: dict[str, Any] = {
    "name": "Round trip", "start": "2026-01-05", "timezone": "Europe/Berlin", "weeks": 8,
    "arrivals": {
        "per_week": 1500, "profile": {"mon-fri": WORKDAY, "sat": SATURDAY}, "busyness_cv": 0.15, "weekly_growth": "1%",
    },
    "channels": {
        "email": {"share": "60%", "reply_gap": {"mean": "5h", "cv": 1.2}},
        "phone": {"share": "40%", "live": True, "patience": "6m", "reply_gap": {"mean": "1h", "cv": 1}},
    },
    "tiers": {"standard": {"share": "80%"}, "premium": {"share": "20%"}},
    "intents": {
        "how_to": {"share": "50%", "handle": {"mean": "6m", "cv": 0.9}},
        "billing": {"share": "30%", "handle": {"form": "gamma", "mean": "9m", "cv": 0.7}},
        "refund": {"share": "20%", "handle": {"mean": "13m", "cv": 0.6}},
    },
    "handling": {
        "reopen": {"share": "6%", "delay": {"mean": "20h", "cv": 1}, "limit": 50, "handle_factor": 0.6},
        "reassign": {"share": "12%", "limit": 50}, "transfer": {"mean": "2m", "cv": 0.8},
        "follow_ups": 0.25, "follow_up_limit": 1,
    },
    "teams": {
        "support": {"shifts": [
            {"days": "mon-fri", "start": "08:00", "end": "20:00", "agents": 9},
            {"days": "sat", "start": "08:00", "end": "18:00", "agents": 4},
        ]},
    },
    "sla": {"first_response": {"default": "2h"}},
    "sources": {"*": "assumed"},
}  # fmt: skip

RECOVERED = (
    "arrivals.per_week", "arrivals.weekly_growth", "arrivals.busyness_cv", "channels.email.share",
    "channels.phone.patience.mean", "tiers.premium.share", "intents.how_to.share", "intents.billing.share",
    "intents.refund.share", "intents.how_to.handle.mean", "intents.how_to.handle.cv", "intents.billing.handle.mean",
    "intents.billing.handle.cv", "intents.refund.handle.mean", "intents.refund.handle.cv", "handling.reopen.share",
    "handling.reopen.delay.mean", "handling.reopen.delay.cv", "handling.reassign.share", "handling.follow_ups",
    "channels.email.reply_gap.mean", "channels.email.reply_gap.cv",
)  # fmt: skip
"""Figures that the export shows; every fit must state an interval for each."""


@dataclass(frozen=True)
class Trip:
    """One figure that went round."""

    path: str
    truth: float
    value: float
    low: float
    high: float

    @property
    def is_covered(self) -> bool:
        return self.low <= self.truth <= self.high


def desk(**changes: Any) -> Scenario:
    """Return the desk, top-level parts replaced."""
    return scenario_from({**copy.deepcopy(DESK), **changes})


def go_round(scenario: Scenario, folder: Path, seed: int) -> Fit:
    """Simulate a desk, write its tickets and roster as CSV files, read them and fit."""
    tickets, roster = folder / f"tickets_{seed}.csv", folder / "roster.csv"
    write_export(of_run(simulate(scenario, seed=seed)), tickets)
    roster.write_text(ROSTER)
    reading = read_export(
        tickets, zone=scenario.timezone, first_day=scenario.start,
        last_day=scenario.wall.local(scenario.horizon_minutes - 1).date(),
    )  # fmt: skip
    return fit_scenario(reading.export, "Round trip", Extras(roster=read_roster(roster)[0]))


def trips(truth: Scenario, found: Scenario) -> Iterator[Trip]:
    """Put every fitted figure that states an interval beside the truth, where the true desk has that figure, too."""
    known = {one.name: float(one.figure) for one in figures_of(truth)}
    growth = (1 + float(truth.arrivals.weekly_growth)) ** float(truth.weeks)
    known["arrivals.per_week"] *= growth
    for one in figures_of(found):
        if one.figure.low is not None and one.figure.high is not None and one.name in known:
            yield Trip(one.name, known[one.name], float(one.figure), one.figure.low, one.figure.high)
