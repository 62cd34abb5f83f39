"""Freshdesk: headings of its ticket exports, as public scripts read them."""

from __future__ import annotations

from simulator.calibration.exports.vendors.vendor import Caveat, Vendor

VENDOR = Vendor(
    name="Freshdesk",
    signs=frozenset(
        {"createdtime", "initialresponsetime", "agentinteractions", "resolutionstatus", "firstresponsestatus"}
    ),
    columns={
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
    units={"timetracked": "hours", "firstresponsetime": "hours", "resolutiontime": "hours"},
    words={
        "satisfaction": {
            "extremely happy": 5.0, "very happy": 5.0, "happy": 4.0, "neutral": 3.0, "unhappy": 2.0,
            "very unhappy": 1.0, "extremely unhappy": 1.0,
        },
        "met_sla": {"within sla": 1.0, "sla violated": 0.0},
    },
    caveats=tuple(
        Caveat(name, "warning",
               "{column} may count business hours only, as an SLA policy of Freshdesk's says: it was read as time by"
               " the clock. Export the moments, or leave it unread with --map {field}=.")
        for name in ("first_response", "resolution")
    ),
    sample={
        "Ticket ID": "40001", "Status": "Closed", "Priority": "Medium", "Source": "Email", "Type": "Question",
        "Group": "Support", "Agent": "Agent 7", "Created time": "2026-03-02 09:14:00",
        "Initial response time": "2026-03-02 09:45:00", "Resolved time": "2026-03-02 11:04:00", "Time tracked": "0.25",
        "Resolution status": "Within SLA", "Survey results": "Extremely Happy",
    },
)
