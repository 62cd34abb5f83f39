"""Intercom: headings of its data-set exports, as public scripts read them."""

from __future__ import annotations

from simulator.calibration.exports.vendors.vendor import Vendor

VENDOR = Vendor(
    name="Intercom",
    signs=frozenset(
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
    columns={
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
    units={
        "firstresponsetime": "seconds",
        "timetofirstclose": "seconds",
        "timetoclose": "seconds",
        "timetolastclose": "seconds",
        "handlingtime": "seconds",
    },
    words={"satisfaction": {"amazing": 5.0, "great": 4.0, "ok": 3.0, "bad": 1.0, "terrible": 1.0}},
    sample={
        "Conversation ID": "2150", "Conversation started at (Europe/London)": "2026-03-02 09:14:00",
        "First assignment at": "2026-03-02 09:20:00", "Conversation first replied at": "2026-03-02 09:45:00",
        "Conversation last closed at": "2026-03-02 11:04:00", "Topics": "Billing", "Channel": "Messenger",
        "Team currently assigned": "Support", "Teammate currently assigned ID": "7",
        "Current conversation state": "closed", "Handling time": "900", "Number of reassignments": "1",
        "Conversation rating": "5",
    },
)
