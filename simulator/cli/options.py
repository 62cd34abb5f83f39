"""Arguments and options that several commands take, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.cli import help

ScenarioArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="Scenario file (.yaml), or the name of a shipped scenario.",
        autocompletion=help.scenarios,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value: policy.answer_threshold=0.8; add to it: teams.live.agents=+2. May be repeated.",
    ),
]
ReplicationsOption = Annotated[
    int | None,
    typer.Option("--replications", "-n", metavar="N", help="Replications with fresh customers; 10 by default."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option("--precision", metavar="SHARE", help="Replicate until intervals are within, say, 2% of the means."),
]
PrecisionKpiOption = Annotated[
    list[str] | None,
    typer.Option(
        "--precision-kpi",
        metavar="KPI",
        help="A KPI that must be so. May be repeated.",
        autocompletion=help.kpis,
    ),
]
LeastOption = Annotated[
    int | None, typer.Option("--min-replications", metavar="N", help="With --precision; 10 by default.")
]
MostOption = Annotated[
    int | None, typer.Option("--max-replications", metavar="N", help="With --precision; 200 by default.")
]
SeedOption = Annotated[int, typer.Option(metavar="N", help="Seed; the same seed gives the same results.")]
WorkersOption = Annotated[
    str | None,
    typer.Option(
        metavar="WORKERS",
        help="N, threads:N, processes:N or dask:tcp://HOST:PORT; as many as cores by default.",
        autocompletion=help.workers,
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        metavar="ENGINE",
        help="auto (the quickest), fast or simpy; results are the same.",
        autocompletion=help.engines,
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Discard what an earlier study left in the folder.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print no tables, warnings or progress; errors are still shown.")
]


def out_option(name: str) -> Any:
    """Make the option that names the folder for results, `results/NAME` with the command's own ending by default."""
    return typer.Option(metavar="FOLDER", help=f"Folder for results; results/{name} by default.")


def json_option(what: str) -> Any:
    """Make the option that prints a command's result as JSON; `what` says which."""
    return typer.Option("--json", help=f"Print {what} as one JSON document, and nothing else.")

KpiOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kpi",
        metavar="KPI",
        help="A KPI to show instead of the usual. May be repeated.",
        autocompletion=help.kpis,
    ),
]


# -- what the commands that read a help desk's export take ------------------------------------------------------------


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
