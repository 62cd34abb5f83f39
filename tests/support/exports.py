"""Exports of made-up help desks, with the truth beside them: what the tests of reading read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from simulator.calibration.exports.quality import QualityRow
from simulator.calibration.exports.reading import Reading
from simulator.calibration.exports.table import UNKNOWN, Category

Table = Mapping[str, Sequence[str]]
"""Cells by column."""
SECRETS = ("Zaphod Beeblebrox", "zaphod.b@heart-of-gold.example", "my towel is missing", "Marvin Android")
"""What stands in the columns of people and texts, and may not be anywhere in a Reading."""


@dataclass(frozen=True)
class Truth:
    """Tickets as they were; moments in seconds since 1970, NaN where nothing happened."""

    created: np.ndarray
    began: np.ndarray
    responded: np.ndarray
    first_resolved: np.ndarray
    resolved: np.ndarray
    handle_minutes: np.ndarray
    hold_minutes: np.ndarray
    reassignments: np.ndarray
    reopens: np.ndarray
    met_sla: np.ndarray
    score: np.ndarray
    intent: list[str]
    channel: list[str]
    priority: list[str]
    team: list[str]
    agent: list[str]

    def __len__(self) -> int:
        return len(self.created)


def truth(n: int = 300, seed: int = 7, weeks: int = 3) -> Truth:
    """Make tickets of some weeks from Monday, 5 January 2026, one in ten still open; whole minutes."""
    rng = np.random.default_rng(seed)
    start = datetime(2026, 1, 5, tzinfo=UTC).timestamp()

    def later(than: np.ndarray, minutes: float) -> np.ndarray:
        return than + 60 * np.ceil(rng.exponential(minutes, n))

    created = np.sort(start + 60 * np.floor(rng.uniform(0, weeks * 10_080, n)))
    began = later(created, 30)
    responded = later(began, 10)
    first = later(responded, 300)
    reopens = (rng.random(n) < 0.2).astype(float)
    resolved = np.where(reopens == 1, later(first, 600), first)
    is_open = rng.random(n) < 0.1

    def one_of(*names: str) -> list[str]:
        return [names[place] for place in rng.integers(0, len(names), n)]

    return Truth(
        created, began, responded, np.where(is_open, np.nan, first), np.where(is_open, np.nan, resolved),
        np.ceil(rng.lognormal(2, 0.7, n)), np.ceil(rng.exponential(20, n)), rng.poisson(0.6, n).astype(float), reopens,
        (rng.random(n) < 0.8).astype(float), rng.integers(1, 6, n).astype(float),
        one_of("Billing", "Delivery", "Refund"), one_of("Email", "Chat"), one_of("High", "Low"),
        one_of("Tier 1", "Tier 2"), one_of("Marvin Android", "Trillian", "Ford"),
    )  # fmt: skip


def spell(moments: np.ndarray, form: str = "%Y-%m-%d %H:%M:%S", zone: str = "UTC") -> list[str]:
    """Write moments by a format in a time zone, empty where there is none."""
    return ["" if np.isnan(m) else datetime.fromtimestamp(m, ZoneInfo(zone)).strftime(form) for m in moments]


def number(values: np.ndarray, scale: float = 1.0) -> list[str]:
    """Write numbers, empty where there is none."""
    return ["" if np.isnan(value) else f"{value * scale:g}" for value in values]


def clock(minutes: np.ndarray) -> list[str]:
    """Write durations as hh:mm:ss."""
    return ["" if np.isnan(m) else f"{int(m // 60)}:{int(m % 60):02d}:00" for m in minutes]


def _people(n: int) -> dict[str, list[str]]:
    return {"Requester": [SECRETS[0]] * n, "Requester email": [SECRETS[1]] * n, "Subject": [SECRETS[2]] * n}


def zendesk(of: Truth) -> Table:
    """Write tickets as Zendesk's CSV report does."""
    return {
        "ID": [str(1000 + row) for row in range(len(of))], **_people(len(of)),
        "Assignee": of.agent, "Group": of.team, "Status": ["Open" if np.isnan(m) else "Solved" for m in of.resolved],
        "Priority": of.priority, "Via": of.channel, "Ticket type": of.intent,
        "Created at": spell(of.created, "%Y-%m-%d %H:%M"), "Assigned at": spell(of.began + 60, "%Y-%m-%d %H:%M"),
        "Initially assigned at": spell(of.began, "%Y-%m-%d %H:%M"), "Solved at": spell(of.resolved, "%Y-%m-%d %H:%M"),
        "Satisfaction Score": ["Good" if score > 3 else "Bad" if score < 2 else "Offered" for score in of.score],
        "Group stations": number(of.reassignments + 1), "Assignee stations": number(of.reassignments + 2),
        "Reopens": number(of.reopens), "First reply time in minutes": number((of.responded - of.created) / 60),
        "First reply time in minutes within business hours": number(of.score),
        "First resolution time in minutes": number((of.first_resolved - of.created) / 60),
        "Full resolution time in minutes": number((of.resolved - of.created) / 60),
        "Agent wait time in minutes": number(of.hold_minutes - 1),
        "On hold time in minutes": number(of.hold_minutes * 0 + 1),
    }  # fmt: skip


def freshdesk(of: Truth) -> Table:
    """Write tickets as Freshdesk exports them."""
    return {
        "Ticket ID": [str(1000 + row) for row in range(len(of))], **_people(len(of)),
        "Status": ["Open" if np.isnan(m) else "Closed" for m in of.resolved], "Priority": of.priority,
        "Source": of.channel, "Type": of.intent, "Agent": of.agent, "Group": of.team,
        "Created time": spell(of.created), "Due by Time": spell(of.created + 86_400),
        "Resolved time": spell(of.resolved),
        "Closed time": spell(of.resolved + 600), "Last update time": spell(of.created),
        "Initial response time": spell(of.responded), "Time tracked": clock(of.handle_minutes),
        "First response time (in hrs)": clock(of.score), "Resolution time (in hrs)": clock(of.score),
        "Agent interactions": number(of.score),
        "Resolution status": ["Within SLA" if met else "SLA Violated" for met in of.met_sla],
        "First response status": ["Within SLA"] * len(of),
    }  # fmt: skip


def intercom(of: Truth) -> Table:
    """Write tickets as Intercom's data-set export does: the zone stands in the columns' names."""
    zone = "America/New_York"
    here = f"({zone})"
    return {
        "Conversation ID": [str(9_000_000 + row) for row in range(len(of))], **_people(len(of)),
        f"Conversation started at {here}": spell(of.created, zone=zone),
        "Teammate currently assigned": of.agent, "Team currently assigned": of.team, "Channel": of.channel,
        "Current conversation state": ["open" if np.isnan(m) else "closed" for m in of.resolved],
        "Topics": of.intent, f"Conversation first replied at {here}": spell(of.responded, zone=zone),
        f"Conversation first closed at {here}": spell(of.first_resolved, zone=zone),
        f"Conversation last closed at {here}": spell(of.resolved, zone=zone),
        f"First assignment at {here}": spell(of.began, zone=zone),
        "First response time (seconds)": number(of.responded - of.created),
        "First response time, only within office hours (seconds)": number(of.score),
        "Handling time (seconds)": number(of.handle_minutes, 60), "Number of reassignments": number(of.reassignments),
        "Conversation priority": of.priority, "Last teammate rating": number(of.score),
    }  # fmt: skip


def jira(of: Truth) -> Table:
    """Write tickets as Jira Service Management exports issues."""
    return {
        "Issue key": [f"SD-{row}" for row in range(len(of))], "Issue id": [str(row) for row in range(len(of))],
        "Summary": [SECRETS[2]] * len(of), "Reporter": [SECRETS[0]] * len(of),
        "Issue Type": ["Service Request"] * len(of),
        "Custom field (Request Type)": of.intent, "Status": ["To Do" if np.isnan(m) else "Done" for m in of.resolved],
        "Resolution": ["" if np.isnan(m) else "Done" for m in of.resolved], "Priority": of.priority,
        "Assignee": of.agent, "Created": spell(of.created, "%d/%b/%y %I:%M %p"),
        "Resolved": spell(of.resolved, "%d/%b/%y %I:%M %p"),
        "Time Spent": number(of.handle_minutes, 60),
        "Custom field (Time to resolution)": ["1:30" if met else "-0:45" for met in of.met_sla],
        "Comment": [SECRETS[2]] * len(of),
    }  # fmt: skip


def servicenow(of: Truth) -> Table:
    """Write tickets as ServiceNow exports incidents."""
    return {
        "number": [f"INC{row:07d}" for row in range(len(of))], "caller_id": [SECRETS[0]] * len(of),
        "short_description": [SECRETS[2]] * len(of), "opened_at": spell(of.created), "resolved_at": spell(of.resolved),
        "closed_at": spell(of.resolved + 86_400), "category": of.intent, "contact_type": of.channel,
        "priority": of.priority, "assignment_group": of.team, "assigned_to": of.agent,
        "reassignment_count": number(of.reassignments), "reopen_count": number(of.reopens),
        "made_sla": ["true" if met else "false" for met in of.met_sla],
        "business_duration": number(of.score), "calendar_duration": number(of.resolved - of.created),
    }  # fmt: skip


VENDORS: dict[str, Callable[[Truth], Table]] = {
    "Zendesk": zendesk, "Freshdesk": freshdesk, "Intercom": intercom,
    "Jira Service Management": jira, "ServiceNow": servicenow,
}  # fmt: skip


def as_csv(table: Table, separator: str = ",") -> str:
    """Write a table as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()


def save(folder: Path, table: Table, name: str = "tickets.csv") -> Path:
    """Write a table to a CSV file."""
    path = folder / name
    path.write_text(as_csv(table), encoding="utf-8")
    return path


# -- what a reading says --


def moment(text: str) -> float:
    """Return the seconds since 1970 of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def names_of(category: Category | None) -> list[str]:
    """Return the name of each row, empty where it has none."""
    assert category is not None
    return [category.names[code] if code != UNKNOWN else "" for code in category.codes]


def same(column: np.ndarray | None, values: np.ndarray) -> bool:
    """Return whether a column is there and holds some values, NaN where they do."""
    return column is not None and bool(np.allclose(column, values, equal_nan=True, rtol=0, atol=1e-6))


def lines(reading: Reading) -> dict[str, QualityRow]:
    """Return the counts of a reading by what they count."""
    return {row.what: row for row in reading.quality}


def texts(reading: Reading) -> str:
    """Write out the findings of a reading."""
    return "\n".join(f"{finding.level} {finding.path}: {finding.text}" for finding in reading.findings)


def accounts_for_every_row(reading: Reading) -> bool:
    """Return whether the rows kept and those left out add up to the rows read."""
    left_out = sum(row.rows for row in reading.quality if row.left_out)
    return lines(reading)["rows read"].rows == len(reading.export) + left_out
