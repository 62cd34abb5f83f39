"""The KPIs: one registry of name, unit, definition and format, from which tables, report and docs are made.

Names follow vendors' and the field's usage. A KPI with a measure is also broken down by intent, channel, tier, week
and hardest tenth; the others belong to the desk as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.base.arrays import Bools
from simulator.base.units import Unit, format_value
from simulator.engines.run_log import Outcome
from simulator.journeys import Kind
from simulator.metrics.facts import BY_AI, BY_BOTH, BY_PEOPLE, Facts
from simulator.metrics.measures import Measure, Quantile, Ratio, Total, mean_of
from simulator.scenario import Mode

_Better = Literal["higher", "lower", "neither"]

_VOLUME, _AI, _SPEED, _WORK, _QUALITY, MONEY = "Volume", "AI agent", "Speed", "Work", "Quality", "Money"


@dataclass(frozen=True)
class Kpi:
    """One key performance indicator."""

    name: str
    title: str
    unit: Unit
    better: _Better
    group: str
    definition: str
    measure: Callable[[Facts], Measure] | None = None
    """How it is computed from ticket columns; None for figures of the whole desk."""
    needs: str = ""
    """Parts of the scenario without which it does not exist, such as `costs ai`."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value that it can take; intervals go no further."""
        if self.unit == "months":
            return 0.0, np.inf
        if self.group == MONEY or self.unit == "points":
            return -np.inf, np.inf
        if self.name == "occupancy":
            return 0.0, np.inf  # Work that overruns its shift counts as work, and not as duty.
        return {"share": (0.0, 1.0), "score": (1.0, 5.0)}.get(self.unit, (0.0, np.inf))

    def format(self, value: float, currency: str = "USD") -> str:
        """Write a value for people: `12.3%`, `4.2 h`, `$1,200`; a dash where there is none."""
        return format_value(self.unit, value, currency)


def _all(facts: Facts) -> Bools:
    return np.ones(facts.n, dtype=np.bool_)


def _kind_minutes(kind: Kind) -> Callable[[Facts], Measure]:
    def measure(facts: Facts) -> Measure:
        return Ratio(facts.kind_minutes(kind), facts.kind_steps(kind))

    return measure


def _reopened_within(hours: float) -> Callable[[Facts], Measure]:
    def measure(facts: Facts) -> Measure:
        return Ratio((facts.back_after <= hours * 60) & facts.was_closed, facts.was_closed)

    return measure


def _level_one(facts: Facts) -> Bools:
    levels = np.array([int(intent.level) for intent in facts.scenario.intents.values()])
    is_one: Bools = levels[facts.tickets.intent] == 1
    return is_one


def _right_decision(facts: Facts) -> Measure:
    kept = facts.ai.resolved & facts.ai.would_be_right
    needed = facts.ai.handed_over & ~facts.ai.would_be_right & ~facts.answer_given
    return Ratio(kept | needed, facts.in_auto)


def _is_other(facts: Facts) -> Bools:
    is_other: Bools = np.array([intent.catch_all for intent in facts.scenario.intents.values()])[facts.tickets.intent]
    return is_other


def _routed(facts: Facts) -> Measure:
    # Without routing the label is given (a form), and its being right says nothing about the AI.
    judged = facts.ai.label_used & (facts.scenario.ai is not None and facts.scenario.ai.routing is not None)
    return Ratio(judged & facts.ai.recognised, judged)


def _in_mode(facts: Facts, mode: Mode) -> Bools:
    chosen: Bools = facts.ai.mode == mode
    return chosen


KPIS: tuple[Kpi, ...] = (
    Kpi("tickets", "Tickets", "count", "neither", _VOLUME, "Tickets that arrived within the scenario's weeks.",
        lambda f: Total(_all(f))),
    Kpi("resolved", "Resolved", "share", "higher", _VOLUME,
        "Tickets resolved by the drain limit ÷ tickets. With abandonment, lost and open it sums to 1.",
        lambda f: Ratio(f.ends.outcome == Outcome.RESOLVED, _all(f))),
    Kpi("abandonment", "Abandonment", "share", "lower", _VOLUME,
        "Tickets whose customer left a line and did not come back ÷ tickets.",
        lambda f: Ratio(f.ends.outcome == Outcome.ABANDONED, _all(f))),
    Kpi("open_at_end", "Open at the end", "share", "lower", _VOLUME,
        "Tickets not done by the drain limit (still with the desk, or yet to come back) ÷ tickets.",
        lambda f: Ratio(f.ends.outcome == Outcome.OPEN, _all(f))),
    Kpi("other_share", "Other bucket", "share", "lower", _VOLUME, "Tickets of catch-all intents ÷ tickets.",
        lambda f: Ratio(_is_other(f), _all(f))),
    Kpi("involvement", "AI involvement", "share", "neither", _AI,
        "Tickets in which the AI sent at least one reply ÷ tickets.", lambda f: Ratio(f.conversed, _all(f)), "ai"),
    Kpi("automated_resolution", "Automated resolution", "share", "higher", _AI,
        "Tickets closed by the AI whose customer did not come back within the claw-back window ÷ tickets; what vendors"
        " count and bill. Silent losses are in it.", lambda f: Ratio(f.automated, _all(f)), "ai"),
    Kpi("automated_resolution_level1", "Automated resolution of Tier-1 work", "share", "higher", _AI,
        "As automated resolution, among tickets of level-1 intents.",
        lambda f: Ratio(f.automated & _level_one(f), _level_one(f)), "ai"),
    Kpi("resolution_confirmed", "Confirmed resolutions", "share", "higher", _AI,
        "Automated resolutions that the customer confirmed ÷ tickets.",
        lambda f: Ratio(f.ai.confirmed, _all(f)), "ai"),
    Kpi("resolution_assumed", "Assumed resolutions", "share", "neither", _AI,
        "Automated resolutions assumed because the customer fell silent ÷ tickets.",
        lambda f: Ratio(f.automated & ~f.ai.confirmed, _all(f)), "ai"),
    Kpi("resolution_clawed_back", "Clawed-back resolutions", "share", "lower", _AI,
        "Tickets closed by the AI whose customer came back within the claw-back window ÷ tickets.",
        lambda f: Ratio(f.clawed_back, _all(f)), "ai"),
    Kpi("autonomous_resolution", "Autonomous resolution", "share", "higher", _AI,
        "Tickets that the AI closed with a right answer ÷ tickets: what was really solved without a person.",
        lambda f: Ratio(f.ai.resolved & f.ai.would_be_right, _all(f)), "ai"),
    Kpi("deflection", "Deflection", "share", "neither", _AI,
        "Tickets on which the AI replied and that never went to a person ÷ tickets, solved or not.",
        lambda f: Ratio(f.ai_alone, _all(f)), "ai"),
    Kpi("false_deflection", "False deflection", "share", "lower", _AI,
        "Tickets closed by the AI with a wrong answer (the customer comes back or is lost) ÷ tickets closed by the AI.",
        lambda f: Ratio(f.ai.resolved & ~f.ai.would_be_right, f.ai.resolved), "ai"),
    Kpi("silent_loss", "Silent loss", "share", "lower", _AI,
        "Tickets whose customer gave up silently after a wrong AI answer ÷ tickets.",
        lambda f: Ratio(f.ends.outcome == Outcome.LOST, _all(f)), "ai"),
    Kpi("containment", "Containment", "share", "neither", _AI,
        "AI conversations that were not handed over ÷ AI conversations.",
        lambda f: Ratio(f.conversed & ~f.ai.handed_over, f.conversed), "ai"),
    Kpi("escalation", "Escalation rate", "share", "lower", _AI,
        "Tickets handed to a person after the AI had begun a conversation ÷ AI conversations.",
        lambda f: Ratio(f.conversed & f.ai.handed_over, f.conversed), "ai"),
    Kpi("escalation_accuracy", "Escalation accuracy", "share", "higher", _AI,
        "Right decisions to answer or hand over (answered right and closed, or handed over, before any complete answer,"
        " where the AI would have been wrong) ÷ tickets on which the AI was free to decide.", _right_decision, "ai"),
    Kpi("needless_escalation", "Needless escalations", "share", "lower", _AI,
        "Hand-overs of tickets that the AI would have answered right ÷ hand-overs.",
        lambda f: Ratio(f.ai.handed_over & f.ai.would_be_right, f.ai.handed_over), "ai"),
    Kpi("answer_accuracy", "Answer accuracy", "share", "higher", _AI,
        "Right answers ÷ complete answers that the AI gave to customers.",
        lambda f: Ratio(f.answer_given & f.ai.would_be_right, f.answer_given), "ai"),
    Kpi("wrong_answer", "Wrong answers", "share", "lower", _AI, "Wrong answers ÷ complete answers that the AI gave.",
        lambda f: Ratio(f.wrongly_answered, f.answer_given), "ai"),
    Kpi("ai_answers", "AI answers", "count", "neither", _AI,
        "Complete answers that the AI gave to customers: what a QA sample is drawn from.",
        lambda f: Total(f.answer_given), "ai"),
    Kpi("routing_accuracy", "Routing accuracy", "share", "higher", _AI,
        "Tickets routed by the AI to the right intent at first ÷ tickets routed by the AI.", _routed, "ai"),
    Kpi("routed_by_ai", "Routed by the AI", "share", "neither", _AI,
        "Tickets whose queue the AI's label decided ÷ tickets.", lambda f: Ratio(f.ai.label_used, _all(f)), "ai"),
    Kpi("draft_match", "Draft match", "share", "higher", _AI,
        "Drafts that were right and sent ÷ drafts in assist mode.",
        lambda f: Ratio(f.human.draft_matched, _in_mode(f, Mode.ASSIST) & f.ai.needs_human), "ai"),
    Kpi("ai_answered", "AI answered", "share", "neither", _AI,
        "Disposition: the AI sent a response (an answer or a question) ÷ tickets.",
        lambda f: Ratio(f.conversed, _all(f)), "ai"),
    Kpi("ai_snoozed", "AI snoozed", "share", "neither", _AI,
        "Disposition: the AI gathered information before handing over ÷ tickets.",
        lambda f: Ratio(f.ai.gathered, _all(f)), "ai"),
    Kpi("ai_handed_over", "AI handed over", "share", "neither", _AI,
        "Disposition: the AI passed the ticket to a person, with or without a reply ÷ tickets.",
        lambda f: Ratio(f.ai.handed_over, _all(f)), "ai"),
    Kpi("ai_closed", "AI closed", "share", "neither", _AI,
        "Disposition: the AI closed the ticket itself ÷ tickets (claw-backs included).",
        lambda f: Ratio(f.ai.resolved, _all(f)), "ai"),
    Kpi("ai_ignored", "AI ignored", "share", "neither", _AI,
        "Disposition: a rule kept the ticket from the AI ÷ tickets.",
        lambda f: Ratio(f.ai.by_rule, _all(f)), "ai"),
    Kpi("channel_shift", "Channel shift", "share", "lower", _AI,
        "Tickets that came back in another channel after the AI had closed them ÷ tickets closed by the AI.",
        lambda f: Ratio(f.shifted_channel, f.ai.resolved), "ai"),
    Kpi("ai_uptime", "AI availability", "share", "higher", _AI, "Tickets that arrived while the AI was up ÷ tickets.",
        lambda f: Ratio(_all(f) if f.tickets.ai is None else f.tickets.ai.is_up, _all(f)), "ai"),
    Kpi("in_surge", "Under surge rules", "share", "neither", _AI,
        "Tickets that arrived while the policy's surge rules were in force ÷ tickets.",
        lambda f: Ratio(f.log.in_surge, _all(f)), "ai surge"),
    Kpi("first_response_mean", "First response, mean", "minutes", "lower", _SPEED,
        "Mean time from arrival to the first reply (AI or person; on live channels, until an agent begins).",
        lambda f: mean_of(f.first_response)),
    Kpi("first_response_p50", "First response, median", "minutes", "lower", _SPEED, "Median of the same.",
        lambda f: Quantile(f.first_response, 0.5)),
    Kpi("first_response_p90", "First response, p90", "minutes", "lower", _SPEED,
        "90th percentile of the same.", lambda f: Quantile(f.first_response, 0.9)),
    Kpi("resolution_mean", "Resolution time, mean", "minutes", "lower", _SPEED,
        "Mean time from arrival to the final resolution, returns included; resolved tickets only.",
        lambda f: mean_of(f.resolution)),
    Kpi("resolution_p50", "Resolution time, median", "minutes", "lower", _SPEED, "Median of the same.",
        lambda f: Quantile(f.resolution, 0.5)),
    Kpi("resolution_p90", "Resolution time, p90", "minutes", "lower", _SPEED, "90th percentile of the same.",
        lambda f: Quantile(f.resolution, 0.9)),
    Kpi("wait_mean", "Wait for a person, mean", "minutes", "lower", _SPEED,
        "Mean time in lines (triage and transfers included) until a person first works on the issue or the customer"
        " leaves; tickets that joined a line.",
        lambda f: mean_of(f.wait)),
    Kpi("wait_p90", "Wait for a person, p90", "minutes", "lower", _SPEED, "90th percentile of the same.",
        lambda f: Quantile(f.wait, 0.9)),
    Kpi("delayed", "Had to wait", "share", "lower", _SPEED,
        "Tickets that waited at all before a person worked on the issue ÷ tickets that joined a line.",
        lambda f: Ratio(f.wait > 0, ~np.isnan(f.wait))),
    Kpi("sla_breach", "SLA breaches", "share", "lower", _SPEED,
        "Tickets that missed any target ÷ tickets that have one. A ticket without reply misses once its target passed.",
        lambda f: Ratio(f.breach, f.has_target), "sla"),
    Kpi("sla_breach_first_response", "SLA breaches, first response", "share", "lower", _SPEED,
        "Tickets that missed their first-response target ÷ tickets that have one.",
        lambda f: Ratio(f.response_breach, np.isfinite(f.response_target)), "sla"),
    Kpi("sla_breach_resolution", "SLA breaches, resolution", "share", "lower", _SPEED,
        "Tickets that missed their resolution target ÷ tickets that have one.",
        lambda f: Ratio(f.resolution_breach, np.isfinite(f.resolution_target)), "sla"),
    Kpi("backlog_mean", "Backlog, mean", "count", "lower", _SPEED,
        "Mean number of tickets waiting in line for a person, over the scenario's weeks."),
    Kpi("backlog_peak", "Backlog, peak", "count", "lower", _SPEED,
        "Largest number of tickets waiting in line for a person, at full hours."),
    Kpi("backlog_end", "Backlog at the end", "count", "lower", _SPEED,
        "Tickets waiting in line for a person when the last week ends."),
    Kpi("aht", "Handle time (AHT)", "minutes", "lower", _WORK,
        "Agent minutes of work, all steps together ÷ tickets that a person worked on.",
        lambda f: Ratio(f.human_minutes, f.touched)),
    Kpi("aht_escalated", "Handle time after the AI", "minutes", "lower", _WORK,
        "As AHT, among tickets that the AI had replied to.",
        lambda f: Ratio(np.where(f.conversed, f.human_minutes, 0.0), f.touched & f.conversed), "ai"),
    Kpi("aht_triage", "Minutes per triage", "minutes", "lower", _WORK, "Agent minutes ÷ triage steps.",
        _kind_minutes(Kind.TRIAGE)),
    Kpi("aht_transfer", "Minutes per transfer", "minutes", "lower", _WORK, "Agent minutes ÷ transfer steps.",
        _kind_minutes(Kind.TRANSFER)),
    Kpi("aht_touch", "Minutes per touch", "minutes", "lower", _WORK, "Agent minutes ÷ touches.",
        _kind_minutes(Kind.TOUCH)),
    Kpi("aht_follow_up", "Minutes per follow-up", "minutes", "lower", _WORK, "Agent minutes ÷ follow-ups.",
        _kind_minutes(Kind.FOLLOW_UP)),
    Kpi("aht_return", "Minutes per return", "minutes", "lower", _WORK, "Agent minutes ÷ returns.",
        _kind_minutes(Kind.RETURN)),
    Kpi("human_hours", "Handle hours", "hours", "lower", _WORK,
        "Hours of handle time on tickets (an agent who holds two chats at once counts twice).",
        lambda f: Total(f.human_minutes / 60)),
    Kpi("review_hours", "Review hours in shadow mode", "hours", "lower", _WORK,
        "Hours spent on reviewing AI drafts, part of the handle hours.",
        lambda f: Total(f.reviewed / 60), "ai"),
    Kpi("level1_time", "Time on Tier-1 work", "share", "lower", _WORK,
        "Handle minutes on level-1 intents ÷ all handle minutes.",
        lambda f: Ratio(np.where(_level_one(f), f.human_minutes, 0.0), f.human_minutes)),
    Kpi("occupancy", "Occupancy", "share", "neither", _WORK,
        "Agent minutes of work ÷ agent minutes on duty, all teams, within the scenario's weeks."),
    Kpi("reassignment", "Reassignment", "share", "lower", _QUALITY,
        "Tickets that a team passed on to another one ÷ tickets that a person worked on.",
        lambda f: Ratio(f.transfers > 0, f.touched)),
    Kpi("reopen", "Reopened", "share", "lower", _QUALITY,
        "Tickets that came back with the same issue ÷ tickets closed at least once.", _reopened_within(np.inf)),
    Kpi("reopen_24h", "Reopened within 24 h", "share", "lower", _QUALITY, "As reopened, first return within 24 hours.",
        _reopened_within(24)),
    Kpi("reopen_48h", "Reopened within 48 h", "share", "lower", _QUALITY, "As reopened, first return within 48 hours.",
        _reopened_within(48)),
    Kpi("reopen_72h", "Reopened within 72 h", "share", "lower", _QUALITY, "As reopened, first return within 72 hours.",
        _reopened_within(72)),
    Kpi("reopen_ai_24h", "AI resolutions reopened within 24 h", "share", "lower", _QUALITY,
        "Tickets closed by the AI whose customer came back within 24 hours ÷ tickets closed by the AI.",
        lambda f: Ratio(f.ai.resolved & (f.back_after <= 1440), f.ai.resolved), "ai"),
    Kpi("csat_mean", "CSAT", "score", "higher", _QUALITY, "Mean satisfaction, 1 to 5, of closed tickets.",
        needs="csat"),
    Kpi("csat_survey", "CSAT, survey", "score", "higher", _QUALITY,
        "Mean satisfaction of closed tickets whose customer answers the survey: the CSAT that a desk publishes, with"
        " its sampling error.", needs="csat"),
    Kpi("csat_satisfied", "Satisfied customers", "share", "higher", _QUALITY,
        "Closed tickets rated 4 or 5 ÷ closed tickets.", needs="csat"),
    Kpi("csat_ai", "CSAT, AI alone", "score", "higher", _QUALITY,
        "Mean satisfaction of tickets resolved by the AI alone.", needs="csat ai"),
    Kpi("csat_people", "CSAT, people alone", "score", "higher", _QUALITY,
        "Mean satisfaction of tickets resolved by people without a reply of the AI.", needs="csat"),
    Kpi("csat_both", "CSAT, AI then people", "score", "higher", _QUALITY,
        "Mean satisfaction of tickets resolved by people after a reply of the AI.", needs="csat ai"),
    Kpi("csat_satisfied_ai", "Satisfied customers, AI alone", "share", "higher", _QUALITY,
        "Tickets rated 4 or 5 ÷ tickets with which the AI dealt alone (solved or lost).", needs="csat ai"),
    Kpi("csat_gap", "CSAT gap of the AI", "points", "lower", _QUALITY,
        "Share of satisfied customers in the AI-off baseline minus that of customers with whom the AI dealt alone"
        " (solved or lost), in percentage points.", needs="csat ai"),
    Kpi("survey_answers", "Survey answers", "count", "neither", _QUALITY,
        "Closed tickets whose customer answers the survey: the sample behind a measured CSAT.", needs="csat"),
    Kpi("survey_answers_ai", "Survey answers, AI alone", "count", "neither", _QUALITY,
        "Survey answers on tickets with which the AI dealt alone (solved or lost).", needs="csat ai"),
    Kpi("cost_total", "Total cost", "money", "lower", MONEY,
        "AI, rostered agents, penalties and churn over the scenario's weeks (set-up left out).", needs="costs"),
    Kpi("cost_per_ticket", "Cost per ticket", "money", "lower", MONEY, "Total cost ÷ tickets.", needs="costs"),
    Kpi("cost_per_resolution", "Cost per resolution", "money", "lower", MONEY, "Total cost ÷ resolved tickets.",
        needs="costs"),
    Kpi("cost_ai", "AI cost", "money", "lower", MONEY,
        "The vendor's bill and the review of AI answers.", needs="costs ai"),
    Kpi("cost_agents_cash", "Agents, rostered", "money", "lower", MONEY, "Rostered agent hours × hourly cost.",
        needs="costs"),
    Kpi("cost_agents_capacity", "Agents, worked", "money", "lower", MONEY,
        "Agent hours of work × hourly cost.", needs="costs"),
    Kpi("cost_sla_penalties", "SLA penalties", "money", "lower", MONEY, "Tickets in breach × penalty.", needs="costs"),
    Kpi("cost_churn", "Churn", "money", "lower", MONEY,
        "Lost and abandoned tickets × chance that the customer leaves × customer value.", needs="costs"),
    Kpi("hours_saved", "Agent hours saved", "hours", "higher", MONEY,
        "Agent hours of work in the AI-off baseline minus with the AI.", needs="costs ai"),
    Kpi("saving_capacity", "Saving, capacity", "money", "higher", MONEY,
        "Worth of the agent hours saved; money only if they are used.", needs="costs ai"),
    Kpi("saving_cash", "Saving, cash", "money", "higher", MONEY,
        "Rostered cost of the baseline minus of this roster; 0 until the roster changes.", needs="costs ai"),
    Kpi("failures_avoided", "Penalties and churn avoided", "money", "higher", MONEY,
        "Penalties and churn of the baseline minus with the AI; negative if the AI causes more.", needs="costs ai"),
    Kpi("net_value_capacity", "Net value, capacity", "money", "higher", MONEY,
        "Capacity saving + avoided failures − AI cost with the set-up's share.", needs="costs ai"),
    Kpi("net_value_cash", "Net value, cash", "money", "higher", MONEY,
        "Cash saving + avoided failures − AI cost with the set-up's share.", needs="costs ai"),
    Kpi("return_multiple", "Return multiple", "ratio", "higher", MONEY,
        "Hours saved × agent rate ÷ AI cost without set-up (200 h × $25 ÷ $1,500 = 3.3).", needs="costs ai"),
    Kpi("roi_capacity", "ROI, capacity", "share", "higher", MONEY, "Net value (capacity) ÷ AI cost with set-up.",
        needs="costs ai"),
    Kpi("roi_cash", "ROI, cash", "share", "higher", MONEY, "Net value (cash) ÷ AI cost with set-up.", needs="costs ai"),
    Kpi("payback_months", "Payback, capacity", "months", "lower", MONEY,
        "Set-up cost ÷ monthly net capacity benefit; no value unless it pays back in every replication.",
        needs="costs ai"),
    Kpi("payback_cash_months", "Payback, cash", "months", "lower", MONEY,
        "Set-up cost ÷ monthly net cash benefit; no value unless it pays back in every replication.",
        needs="costs ai"),
    Kpi("npv_capacity", "NPV, capacity", "money", "higher", MONEY,
        "Discounted monthly net capacity benefits over the money horizon − set-up, these weeks taken as typical.",
        needs="costs ai"),
    Kpi("npv_cash", "NPV, cash", "money", "higher", MONEY, "The same with cash savings.", needs="costs ai"),
)  # fmt: skip

BY_NAME = {kpi.name: kpi for kpi in KPIS}

HEADLINE = (
    "tickets", "automated_resolution", "deflection", "false_deflection", "answer_accuracy", "escalation",
    "routing_accuracy", "aht", "first_response_p50", "first_response_p90", "resolution_p50", "sla_breach",
    "abandonment", "backlog_mean", "occupancy", "reopen_48h", "csat_mean", "csat_ai", "csat_gap", "cost_per_ticket",
    "hours_saved", "net_value_capacity", "net_value_cash", "roi_capacity", "roi_cash", "return_multiple",
    "payback_months", "payback_cash_months",
)  # fmt: skip
"""The KPIs of the short table; the others follow in the files and the report."""

RESOLVER_KPIS = {"csat_ai": BY_AI, "csat_people": BY_PEOPLE, "csat_both": BY_BOTH}


def kpi_table() -> str:
    """Write every KPI as a Markdown table, as results/README.md shows it."""
    rows = [f"| `{kpi.name}` | {kpi.title} | {kpi.unit} | {kpi.better} | {kpi.definition} |" for kpi in KPIS]
    return "\n".join(["| KPI | title | unit | better | definition |", "| --- | --- | --- | --- | --- |", *rows])
