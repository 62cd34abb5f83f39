"""Jira Service Management: headings of its issue exports, as public scripts read them."""

from __future__ import annotations

from simulator.calibration.exports.vendors.vendor import Vendor

VENDOR = Vendor(
    name="Jira Service Management",
    signs=frozenset({"issuekey", "issuetype", "issueid", "requesttype"}),
    columns={
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
    units={"timespent": "seconds", "timetoresolution": "hours", "timetofirstresponse": "hours"},
    sample={
        "Issue key": "HELP-12", "Issue id": "10012", "Issue Type": "Service Request", "Status": "Done",
        "Created": "2026-03-02 09:14", "Resolved": "2026-03-02 11:04", "Request Type": "Access", "Assignee Id": "7",
        "Priority": "Medium", "Time Spent": "900", "Custom field (Time to resolution)": "2:10",
        "Custom field (Satisfaction rating)": "5",
    },
)
