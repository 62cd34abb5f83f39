"""What the commands that read a help desk's export take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="Which column is what, such as created_at=Opened, wait=q_time:seconds or abandoned=outcome:HANG. "
        "Without a column (team=) a field is not read. May be repeated; `ticketflow fit --fields` lists the fields.",
    ),
]
ZoneOption = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="IANA time zone of the desk, such as Europe/London.")
]
DayFirstOption = Annotated[
    bool | None, typer.Option("--day-first/--month-first", help="Order of dates such as 03/04/2026.")
]
RosterOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Roster: team, days or date, start, end, agents. Else staffing is inferred."),
]
CountryOption = Annotated[
    str | None, typer.Option(metavar="CODE", help="Country whose public holidays count, such as GB.")
]
StaffedOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOURS", help="Agent hours staffed in the days of the export, where no roster says (with --occupancy)."
    ),
]
OccupancyOption = Annotated[
    str | None,
    typer.Option(metavar="SHARE", help="Share of staffed time spent on tickets, where no touch time is recorded."),
]
HandleOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Handle time of a ticket, such as 8m, where nothing else says it.")
]
GivenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="What no export holds: sla.first_response.default=4h. May be repeated."
    ),
]
