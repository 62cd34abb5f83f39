"""The command that projects a pilot: `pilot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import help
from simulator.cli.common import deliver, read_scenario, results_folder, stage_bar, told_plainly
from simulator.cli.help import command
from simulator.cli.options import (
    EngineOption,
    FreshOption,
    QuietOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    WorkersOption,
    json_option,
    out_option,
)  # fmt: skip


@command(
    "Project a pilot week by week against its gates.",
    "ticketflow pilot saas_pilot",
    "ticketflow pilot pilot_to_production --safe 95% -n 200",
)
def pilot(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    kpis: Annotated[
        list[str] | None,
        typer.Option(
            "--kpi", metavar="KPI", help="A KPI to show as well. May be repeated.", autocompletion=help.kpis
        ),
    ] = None,
    safe: Annotated[str, typer.Option(metavar="SHARE", help="How often the verdict is to be right.")] = "90%",
    replications: Annotated[
        int | None, typer.Option("--replications", "-n", metavar="N", help="Pilots to simulate; 60 by default.")
    ] = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-pilot")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("the verdict, the weeks and the gates")] = False,
    quiet: QuietOption = False,
) -> None:
    """Project a pilot week by week against its gates: the verdict, how safe it is, and what production makes of it."""
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies.pilot.projection import DEFAULT_REPLICATIONS, parse_level, project_pilot, warnings_of

        level = parse_level(safe)
        loaded = read_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "pilot")
        with stage_bar(quiet=quiet) as tell:
            found = project_pilot(
                loaded, folder=folder, replications=DEFAULT_REPLICATIONS if replications is None else replications,
                level=level, kpis=kpis or (), seed=seed, workers=workers, engine=chosen(engine), fresh=fresh,
                progress=tell,
            )  # fmt: skip
        from simulator.report.pilot import view

        page = view.page_of(found, warnings_of(found.variants[-1].scenario, seed))
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)
