"""Ticket exports for tests of fits: a simulated run as a help desk would export it, and small ones made by hand."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from simulator.base.quantities import Figure
from simulator.calibration.exports.table import Category, Export
from simulator.calibration.fit.estimate import Part
from simulator.journeys import Kind
from simulator.run import Run
from simulator.scenario import Scenario, scenario_from

MONDAY = date(2026, 3, 2)
EPOCH = 1772409600.0
"""Its midnight in UTC, in seconds since 1970."""


def category(codes: Any, *names: str) -> Category:
    return Category(np.asarray(codes, dtype=np.int32), names)


def an_export(n: int, **columns: Any) -> Export:
    """Make an export of n tickets, one every ten minutes, all of one intent and channel; made a year later."""
    alike = category(np.zeros(n), "all")
    given = {"intent": alike, "channel": alike, "created": EPOCH + 600.0 * np.arange(n), **columns}
    last = MONDAY + timedelta(days=int((given["created"][-1] - EPOCH) // 86400))
    return Export("UTC", MONDAY, last, given.pop("seen_until", EPOCH + 365 * 86400.0), **given)


def export_of(run: Run) -> Export:
    """Write a run as an export, made when the last ticket was done: its steps as moments, counts and minutes."""
    frame, steps, log = run.tickets, run.journeys.steps, run.log
    scenario, n = run.scenario, len(frame)

    def moment(minutes: Any) -> Any:
        return EPOCH + 60 * np.asarray(minutes, dtype=float)

    def first(kind: Kind, column: Any) -> Any:
        rows = np.flatnonzero((steps.kind == kind) & log.visited)
        found = np.full(n, np.nan)
        tickets, place = np.unique(steps.ticket[rows], return_index=True)
        found[tickets] = column[rows[place]]
        return moment(found)

    held = (steps.kind == Kind.FOLLOW_UP) & log.visited
    returned = (steps.kind == Kind.RETURN) & log.visited
    resolved = frame.arrival_minutes + frame.resolution_minutes
    reopened = first(Kind.RETURN, log.joined)
    before = first(Kind.RETURN, log.joined - steps.delay)
    return Export(
        "UTC",
        MONDAY,
        MONDAY + timedelta(weeks=int(scenario.weeks), days=-1),
        float(np.nanmax(moment(log.ended))),
        moment(frame.arrival_minutes),
        Category(run.customers.intent.astype(np.int32), tuple(scenario.intents)),
        Category(run.customers.channel.astype(np.int32), tuple(scenario.channels)),
        Category(run.customers.tier.astype(np.int32), tuple(scenario.tiers)),
        resolved=moment(resolved),
        abandoned=(frame.outcome == "abandoned").to_numpy(),
        wait_minutes=frame.wait_minutes.to_numpy(),
        handle_minutes=frame.handle_minutes.to_numpy(),
        hold_minutes=np.bincount(steps.ticket[held], steps.delay[held], minlength=n),
        reassignments=frame.transfers.to_numpy().astype(float),
        reopens=np.bincount(steps.ticket[returned], minlength=n).astype(float),
        first_resolved=np.where(np.isnan(before), moment(resolved), before),
        reopened=reopened,
    )


def known_desk() -> Scenario:
    """Make a desk of which every figure that `fit` estimates is known."""
    return scenario_from(
        {
            "name": "known desk",
            "start": MONDAY.isoformat(),
            "weeks": 4,
            "drain": "60d",
            "arrivals": {"per_week": 1500, "profile": "flat", "busyness_cv": 0},
            "channels": {
                "phone": {"share": 0.5, "live": True, "patience": {"form": "exponential", "mean": 6}},
                "email": {"share": 0.5, "reply_gap": {"form": "lognormal", "mean": 300, "cv": 1.2}},
            },
            "intents": {
                "call": {"share": 0.5, "handle": {"mean": 8, "cv": 0.9}, "reassign": 0, "channels": {"phone": 1}},
                "password": {"share": 0.3, "handle": {"mean": 6, "cv": 1.1}, "reassign": 0.1, "channels": {"email": 1}},
                "bug": {
                    "share": 0.2, "handle": {"form": "gamma", "mean": 20, "cv": 0.6}, "reassign": 0.45,
                    "channels": {"email": 1},
                },
            },
            "handling": {
                "transfer": {"form": "constant", "value": 0},
                "follow_ups": 0.4,
                "follow_up_limit": 1,
                "reopen": {"share": 0.12, "delay": {"mean": 600, "cv": 0.8}, "limit": 2},
                "reassign": {"share": 0.2, "again": 0.3, "limit": 4},
            },
            "teams": {"support": {"agents": 2}},
        }
    )


def figures(*parts: Part) -> dict[tuple[str | int, ...], Figure]:
    """Collect the figures of parts by path."""
    found: dict[tuple[str | int, ...], Figure] = {}
    for part in parts:
        for path, value in part.settings.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            found |= {(*path, key) if key else path: one for key, one in inner if isinstance(one, Figure)}
    return found


def texts(part: Part) -> str:
    return "\n".join(f"{finding.level} {finding.path} {finding.text}" for finding in part.findings)


def nested(*parts: Part) -> dict[str, Any]:
    """Lay the settings of parts out as a scenario file would hold them."""
    tree: dict[str, Any] = {}
    for part in parts:
        for path, value in part.settings.items():
            inner = tree
            for step in path[:-1]:
                inner = inner.setdefault(str(step), {})
            inner[str(path[-1])] = value
    return tree
