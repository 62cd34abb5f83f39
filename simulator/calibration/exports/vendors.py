"""What help desks call their columns, by vendor; names as `plain` writes them, the preferred one first.

Sources: Zendesk's article on exporting data (columns of the CSV report), headings of Freshdesk ticket exports, of
Intercom data-set exports and of Jira issue exports as public scripts read them, and ServiceNow's incident table.
Columns counted in business hours are not read: the model's clock runs on, and moments say the same and more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_CUSTOM = re.compile(r"^custom field \((.*)\)$")
_ASIDE = re.compile(r"[(\[]([^)\]]*)[)\]]")
_NOISE = re.compile(r"[\W_]+")


def plain(column: str) -> str:
    """Write a column's name without case, spaces, marks, asides in brackets and custom-field wrapping."""
    name = column.strip().casefold()
    name = _CUSTOM.sub(r"\1", name).replace("[custom field]", "")
    return _NOISE.sub("", _ASIDE.sub("", name) or name)


def asides(column: str) -> list[str]:
    """Return what a column's name holds in brackets: units, time zones."""
    return _ASIDE.findall(column)


@dataclass(frozen=True)
class Vendor:
    """A help desk: columns that only it has, and what it calls each field."""

    name: str
    signs: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    """Names by field, the preferred one first."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units of columns whose names do not say them."""


VENDORS = (
    Vendor(
        "Zendesk",
        frozenset(
            [
                "initiallyassignedat",
                "groupstations",
                "assigneestations",
                "solvedat",
                "fullresolutiontimeinminutes",
                "firstreplytimeinminutes",
                "requesterwaittimeinminutes",
            ]
        ),
        {
            "created_at": ("createdat",),
            # `Assigned at` is the latest assignment, so it does not tell when work began.
            "began_at": ("initiallyassignedat",),
            "first_response": ("firstreplytimeinminutes",),
            "first_resolution": ("firstresolutiontimeinminutes",),
            "resolved_at": ("solvedat",),
            "resolution": ("fullresolutiontimeinminutes", "resolutiontime"),
            "intent": ("tickettype", "type", "ticketform"),
            "channel": ("via", "channel", "ticketchannel"),
            "tier": ("tier", "customertier", "plan", "priority"),
            "team": ("group", "ticketgroup"),
            "agent": ("assignee", "assigneeid", "assigneename"),
            "id": ("id", "ticketid"),
            "status": ("status", "ticketstatus"),
            "hold": ("onholdtimeinminutes",),
            "pending": ("agentwaittimeinminutes",),
            "stations": ("groupstations",),
            "reopens": ("reopens",),
            "satisfaction": ("satisfactionscore", "satisfaction", "ticketsatisfactionrating"),
        },
        {"resolutiontime": "hours"},
    ),
    Vendor(
        "Freshdesk",
        frozenset(
            {"createdtime", "initialresponsetime", "agentinteractions", "resolutionstatus", "firstresponsestatus"}
        ),
        {
            "created_at": ("createdtime",),
            "first_response_at": ("initialresponsetime",),
            "resolved_at": ("resolvedtime", "closedtime"),
            "first_response": ("firstresponsetime",),
            "resolution": ("resolutiontime",),
            "intent": ("type", "category"),
            "channel": ("source", "channel"),
            "tier": ("tier", "customertier", "plan", "priority"),
            "team": ("group",),
            "agent": ("agent",),
            "id": ("ticketid",),
            "status": ("status",),
            "handle": ("timetracked",),
            "met_sla": ("resolutionstatus",),
            "satisfaction": ("surveyresults", "surveyresult"),
        },
        {"timetracked": "hours", "firstresponsetime": "hours", "resolutiontime": "hours"},
    ),
    Vendor(
        "Intercom",
        frozenset(
            [
                "conversationid",
                "conversationstartedat",
                "conversationcreatedat",
                "conversationfirstrepliedat",
                "conversationfirstclosedat",
                "teammatecurrentlyassigned",
                "teamcurrentlyassigned",
            ]
        ),
        {
            "created_at": ("conversationstartedat", "conversationcreatedat"),
            "began_at": ("firstassignmentat",),
            "first_response_at": ("conversationfirstrepliedat", "conversationfirstresponseat"),
            "first_resolved_at": ("conversationfirstclosedat",),
            "resolved_at": ("conversationlastclosedat", "conversationclosedat"),
            "first_response": ("firstresponsetime",),
            "first_resolution": ("timetofirstclose",),
            "resolution": ("timetoclose", "timetolastclose"),
            "intent": ("topics", "aitopic", "ticketcategory", "tickettype", "conversationtag"),
            "channel": ("channel", "conversationsource"),
            "tier": ("companyplan", "conversationpriority"),
            "team": ("teamcurrentlyassigned",),
            "agent": ("teammatecurrentlyassignedid", "teammatecurrentlyassigned"),
            "id": ("conversationid",),
            "status": ("currentconversationstate", "conversationstate"),
            "handle": ("handlingtime", "conversationhandlingtime"),
            "reassignments": ("numberofreassignments",),
            "satisfaction": ("lastteammaterating", "conversationrating"),
        },
        {
            "firstresponsetime": "seconds",
            "timetofirstclose": "seconds",
            "timetoclose": "seconds",
            "timetolastclose": "seconds",
            "handlingtime": "seconds",
        },
    ),
    Vendor(
        "Jira Service Management",
        frozenset({"issuekey", "issuetype", "issueid", "requesttype"}),
        {
            "created_at": ("created",),
            "resolved_at": ("resolved", "resolutiondate"),
            "intent": ("requesttype", "customerrequesttype", "issuetype"),
            "channel": ("channel", "requestchanneltype"),
            "tier": ("tier", "customertier", "priority"),
            "team": ("team", "group", "assignedteam"),
            "agent": ("assigneeid", "assignee"),
            "id": ("issuekey", "issueid", "key"),
            "status": ("status",),
            "handle": ("timespent",),
            # The export writes what was left until the target, not what it took.
            "sla_left": ("timetoresolution", "timetofirstresponse"),
            "satisfaction": ("satisfactionrating", "satisfaction"),
        },
        {"timespent": "seconds", "timetoresolution": "hours", "timetofirstresponse": "hours"},
    ),
    Vendor(
        "ServiceNow",
        frozenset(
            {"assignmentgroup", "reassignmentcount", "reopencount", "contacttype", "madesla", "calendarduration"}
        ),
        {
            "created_at": ("openedat", "opened", "syscreatedon"),
            "resolved_at": ("resolvedat", "resolved", "closedat", "closed"),
            "resolution": ("calendarduration",),
            "intent": ("category",),
            "channel": ("contacttype", "channel"),
            "tier": ("tier", "customertier", "priority"),
            "team": ("assignmentgroup", "firstgroup"),
            "agent": ("assignedto", "resolvedby"),
            "id": ("number", "sysid"),
            "status": ("state", "incidentstate", "status"),
            "handle": ("timeworked",),
            "reassignments": ("reassignmentcount",),
            "reopens": ("reopencount",),
            "met_sla": ("madesla",),
        },
        {"calendarduration": "seconds", "timeworked": "seconds"},
    ),
)
"""Help desks that are recognised."""

COMMON: Mapping[str, tuple[str, ...]] = {
    "created_at": ("createdat", "created", "createddate", "createdtime", "openedat", "opened", "dateopened"),
    "began_at": ("beganat", "startedat", "answeredat", "pickedupat"),
    "ended_at": ("endedat", "hungupat"),
    "first_response_at": ("firstresponseat", "firstrepliedat", "firstreplyat"),
    "first_resolved_at": ("firstresolvedat", "firstsolvedat"),
    "resolved_at": ("resolvedat", "resolved", "solvedat", "solved", "closedat", "closed"),
    "reopened_at": ("reopenedat",),
    "intent": ("intent", "category", "tickettype", "contactreason", "topic", "type"),
    "channel": ("channel", "contactchannel", "via", "source"),
    "tier": ("tier", "customertier", "segment", "plan"),
    "team": ("team", "group", "queue", "assignmentgroup"),
    "agent": ("agent", "agentid", "assignee", "assigneeid"),
    "id": ("ticketid", "id", "ticketnumber", "caseid", "casenumber", "callid"),
    "status": ("status", "state"),
    "abandoned": ("abandoned", "isabandoned"),
    "leave_out": ("leaveout",),
    "wait": ("wait", "waittime", "waitminutes", "waitseconds", "queuetime", "timeinqueue"),
    "handle": ("handle", "handletime", "handlingtime", "handleminutes", "handleseconds", "touchtime"),
    "hold": ("hold", "holdtime", "onholdtime"),
    "pending": ("pending", "pendingtime"),
    "first_response": ("firstresponse", "firstresponsetime", "firstreplytime"),
    "first_resolution": ("firstresolution", "firstresolutiontime"),
    "resolution": ("resolutiontime", "fullresolutiontime"),
    "reassignments": ("reassignments", "reassignmentcount", "transfers"),
    "stations": ("groupstations",),
    "reopens": ("reopens", "reopencount", "reopened"),
    "met_sla": ("metsla", "madesla", "withinsla"),
    "satisfaction": ("satisfaction", "csat", "csatscore", "satisfactionscore"),
    "true_intent": ("trueintent", "actualintent", "true", "label", "intent"),
    "predicted_intent": ("predictedintent", "predicted", "prediction"),
    "confidence": ("confidence", "score", "probability", "confidencescore"),
    "correct": ("correct", "iscorrect", "right"),
    "date": ("date", "shiftdate"),
    "day": ("day", "days", "weekday", "weekdays", "dayofweek"),
    "start": ("start", "starttime", "shiftstart", "from"),
    "end": ("end", "endtime", "shiftend", "until", "to"),
    "agents": ("agents", "headcount", "staff", "numberofagents"),
}  # fmt: skip
"""Names in exports of no vendor that is recognised; two of them in one file are asked about."""
