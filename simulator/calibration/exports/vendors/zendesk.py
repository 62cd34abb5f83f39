"""Zendesk: tickets as its CSV report has them (Zendesk's article on exporting data)."""

from __future__ import annotations

from simulator.calibration.exports.vendors.vendor import Caveat, Vendor

VENDOR = Vendor(
    name="Zendesk",
    signs=frozenset(
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
    columns={
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
    units={"resolutiontime": "hours"},
    words={
        "satisfaction": {
            "good": 5.0, "bad": 1.0, "good with comment": 5.0, "bad with comment": 1.0, "goodwithcomment": 5.0,
            "badwithcomment": 1.0, "offered": None, "not offered": None, "unoffered": None,
        },
    },
    caveats=(
        Caveat("began_at", "note",
               "Zendesk has no moment at which work begins: the first assignment to an agent was taken for it."),
    ),
    sample={
        "ID": "8123", "Created at": "2026-03-02 09:14", "Initially assigned at": "2026-03-02 09:30",
        "Solved at": "2026-03-02 11:04", "First reply time in minutes": "31", "Full resolution time in minutes": "110",
        "Ticket type": "Question", "Via": "Mail", "Priority": "Normal", "Group": "Support", "Assignee": "Agent 7",
        "Status": "Closed", "Group stations": "1", "Reopens": "0", "Satisfaction score": "Good",
    },
)
