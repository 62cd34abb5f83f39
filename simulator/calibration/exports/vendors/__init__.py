"""Exports of help desks: one file a vendor, and names that columns have in exports of none.

A new help desk is a file here and its name in VENDORS.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.calibration.exports.vendors import freshdesk, intercom, jira, servicenow, zendesk

VENDORS = (zendesk.VENDOR, freshdesk.VENDOR, intercom.VENDOR, jira.VENDOR, servicenow.VENDOR)
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
