"""ServiceNow: columns of its incident table."""

from __future__ import annotations

from simulator.calibration.exports.vendors.vendor import Vendor

VENDOR = Vendor(
    name="ServiceNow",
    signs=frozenset(
        {"assignmentgroup", "reassignmentcount", "reopencount", "contacttype", "madesla", "calendarduration"}
    ),
    columns={
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
    units={"calendarduration": "seconds", "timeworked": "seconds"},
    words={"met_sla": {"true": 1.0, "false": 0.0}},
    sample={
        "number": "INC0010012", "opened_at": "2026-03-02 09:14:00", "resolved_at": "2026-03-02 11:04:00",
        "category": "network", "contact_type": "phone", "priority": "3 - Moderate", "assignment_group": "Support",
        "assigned_to": "Agent 7", "state": "Closed", "reassignment_count": "1", "reopen_count": "0", "made_sla": "true",
        "time_worked": "900",
    },
)
