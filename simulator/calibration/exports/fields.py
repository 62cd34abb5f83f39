"""What a ticket export can tell: the fields that `--map FIELD=COLUMN` takes, each with its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["moment", "duration", "number", "name", "person", "word", "flag", "id", "left", "date", "clock"]
"""How the cells of a field are read; `left` is the time left until a target, negative once it was missed."""


@dataclass(frozen=True)
class Field:
    """One thing that a column can hold."""

    name: str
    kind: Kind
    text: str
    """What it means, in a sentence."""


FIELDS = (
    Field("created_at", "moment", "When the ticket arrived; the one column that every export must have."),
    Field("began_at", "moment", "When an agent first took it up (a call: when it was answered)."),
    Field("ended_at", "moment", "When the work that began then ended (a call: when it was hung up)."),
    Field("first_response_at", "moment", "When the customer first got an answer."),
    Field("first_resolved_at", "moment", "When it was first resolved."),
    Field("resolved_at", "moment", "When it was resolved for good; empty while it is open."),
    Field("reopened_at", "moment", "When it first came back after it had been resolved."),
    Field("intent", "name", "What it is about: type, category, contact reason."),
    Field("channel", "name", "How it came in: email, chat, phone."),
    Field("tier", "name", "Class of the customer; the priority where the export names no class."),
    Field("team", "name", "Group of agents that had it."),
    Field("agent", "person", "Agent who worked on it last; only a number is kept, never the name."),
    Field("id", "id", "Number of the ticket; used to find duplicates, and not kept."),
    Field("status", "word", "State of the ticket; spam, deleted, merged and test tickets are left out."),
    Field("abandoned", "flag", "Whether the customer left before anyone answered."),
    Field("leave_out", "flag", "Whether the row is no ticket at all and is to be left out."),
    Field("wait", "duration", "Time in line until an agent took it up or the customer left."),
    Field("handle", "duration", "Touch time: agents' time on it, all touches together."),
    Field("hold", "duration", "Time on hold: waiting for somebody outside the desk."),
    Field("pending", "duration", "Time waiting for the customer; added to `hold`."),
    Field("first_response", "duration", "Time from creation to the first answer."),
    Field("first_resolution", "duration", "Time from creation to the first resolution."),
    Field("resolution", "duration", "Time from creation to the resolution for good."),
    Field("reassignments", "number", "How often it was passed to another group."),
    Field("stations", "number", "Number of groups that had it, the first included: reassignments and one."),
    Field("reopens", "number", "How often it came back after it had been resolved; yes and no are 1 and 0."),
    Field("met_sla", "flag", "Whether the help desk says that its target was met."),
    Field("sla_left", "left", "Time left until the target when it was reached; negative where it was missed."),
    Field("satisfaction", "number", "Score of the customer's survey, from 1 (worst) to 5 (best), or good and bad."),
)
"""The fields of a ticket export."""

AI_FIELDS = (
    Field("true_intent", "name", "What the ticket was about, as people found out."),
    Field("predicted_intent", "name", "What the AI took it for."),
    Field("confidence", "number", "How sure the AI said it was, from 0 to 1 or in per cent."),
    Field("correct", "flag", "Whether it was right; found by comparing the intents where there is no such column."),
)
"""The fields of an AI's shadow log."""

ROSTER_FIELDS = (
    Field("team", "name", "Group of agents."),
    Field("date", "date", "Day of the shift; or `day`."),
    Field("day", "date", "Weekday or weekdays of the shift: `Monday`, `mon-fri`, `sat, sun`."),
    Field("start", "clock", "When the shift begins, by the clock on the wall."),
    Field("end", "clock", "When it ends; on the next day where it is before the start."),
    Field("agents", "number", "How many work it; one for each row where there is no such column."),
)
"""The fields of a roster."""

SECONDS_PER = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0, "milliseconds": 1e-3}
"""Units that a mapping may name after its column: `--map wait=q_time_s:seconds`."""
