"""Runs as tables: one row per ticket, and the audit trail with one row per step that happened.

Tickets of a warm-up are in both, at negative minutes; the ticket table's `is_counted` tells them from those that
results are about.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.base.arrays import Floats
from simulator.engines.run_log import Outcome, RunRecord
from simulator.journeys import NOWHERE, Kind
from simulator.metrics.facts import RESOLVERS, Facts
from simulator.rosters import AI_TEAM
from simulator.scenario import Mode, Scenario


def _named(codes: NDArray[np.integer[Any]], names: list[str]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def local_times(scenario: Scenario, minutes: Floats) -> pd.Series[Any]:
    """Turn simulated minutes into timestamps in the desk's time zone; NaN gives NaT."""
    stamps = pd.Series(scenario.wall.timestamps(minutes))
    local: pd.Series[Any] = stamps.dt.tz_localize("UTC").dt.tz_convert(scenario.timezone)
    return local


def tickets_frame(run: RunRecord) -> pd.DataFrame:
    """Build the ticket table: who came, what the AI and people decided, when it was answered and how it ended."""
    facts, tickets, scenario = Facts(run), run.customers, run.scenario
    columns: dict[str, object] = {
        "ticket": np.arange(len(tickets)),
        "arrived_at": local_times(run.scenario, tickets.arrival),
        "arrival_minutes": tickets.arrival,
        "week": tickets.week,
        "is_counted": tickets.is_counted,
        "intent": _named(tickets.intent, list(scenario.intents)),
        "channel": _named(tickets.channel, list(scenario.channels)),
        "tier": _named(tickets.tier, list(scenario.tiers)),
        "is_hardest_tenth": tickets.is_hardest,
        "mode": _named(facts.ai.mode, [mode.value for mode in Mode]),
        "priority": _named(facts.human.priority, list(scenario.band_names)),
        "outcome": _named(run.ends.outcome, [outcome.label for outcome in Outcome]),
        "resolver": _named(facts.resolver, list(RESOLVERS)),
        "closed_at": local_times(run.scenario, run.ends.closed),
        "first_response_minutes": facts.first_response,
        "resolution_minutes": facts.resolution,
        "wait_minutes": facts.wait,
        "handle_minutes": facts.human_minutes,
        "transfers": facts.transfers.astype(np.int64),
        "returns": facts.came_back.astype(np.int64),
        "breached_sla": facts.breach,
    }
    if tickets.ai is not None:
        columns |= {
            "predicted_intent": _named(facts.ai.predicted, list(scenario.intents)),
            "route_confidence": tickets.ai.route_confidence,
            "answer_confidence": tickets.ai.answer_confidence,
            "ai_answered": facts.ai.answered,
            "ai_gathered": facts.ai.gathered,
            "ai_handed_over": facts.ai.handed_over,
            "ai_closed": facts.ai.resolved,
            "ai_would_be_right": facts.ai.would_be_right,
            "ai_replies": facts.ai.replies,
        }
    if scenario.policy.surge is not None:
        columns["in_surge"] = run.log.in_surge
    return pd.DataFrame(columns)


def steps_frame(run: RunRecord) -> pd.DataFrame:
    """Build the audit trail: which step of which ticket, in which queue, by which team, when, and how it ended."""
    steps, log = run.journeys.steps, run.log
    happened = np.flatnonzero(log.visited)
    queues = [*run.scenario.queues, AI_TEAM, "none"]
    queue = np.where(steps.queue == NOWHERE, len(queues) - 1, steps.queue)[happened]
    teams = [*(roster.name for roster in run.rosters), AI_TEAM + " agent", "none"]
    by_ai = np.isin(steps.kind, [Kind.CLASSIFY, Kind.ANSWER]) & (log.team < 0)
    team = np.where(by_ai, len(teams) - 2, np.where(log.team < 0, len(teams) - 1, log.team))[happened]
    kinds = [kind.label for kind in Kind]
    ended = np.where(np.isnan(log.began), 0, 1) + np.where(np.isnan(log.ended), 0, 1)
    outcome = np.where(log.abandoned, 3, ended)[happened]
    number = happened - steps.first[steps.ticket[happened]]
    return pd.DataFrame(
        {
            "ticket": steps.ticket[happened],
            "step": number,
            "kind": _named(steps.kind[happened].astype(np.int64), kinds),
            "queue": _named(queue, queues),
            "team": _named(team, teams),
            "priority": steps.priority[happened],
            "joined_at": local_times(run.scenario, log.joined[happened]),
            "began_at": local_times(run.scenario, log.began[happened]),
            "ended_at": local_times(run.scenario, log.ended[happened]),
            "joined_minutes": log.joined[happened],
            "began_minutes": log.began[happened],
            "ended_minutes": log.ended[happened],
            "outcome": _named(outcome, ["waiting", "under way", "done", "abandoned"]),
        }
    )
