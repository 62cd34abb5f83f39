"""The command that looks for head-counts: `staff`."""

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
    "Find the least-cost head-count that meets targets.",
    'ticketflow staff outerwear --target "sla_breach<=5%"',
    'ticketflow staff saas_pilot --target "sla_breach<=5%" --max-occupancy 85%',
)
def staff(
    scenario: ScenarioArgument,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="KPI<=VALUE",
            help="What must be kept, such as sla_breach<=5%. May be repeated.",
            autocompletion=help.kpis,
        ),
    ] = None,
    max_occupancy: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Largest occupancy of any team, such as 85%.")
    ] = None,
    confidence: Annotated[
        str, typer.Option(metavar="SHARE", help="How surely targets must be met, one-sided.")
    ] = "95%",
    phase: Annotated[
        str | None,
        typer.Option(
            metavar="PHASE", help="Staff for one phase's rules throughout: last, or its name; as it is by default."
        ),
    ] = None,
    changes: SetOption = None,
    replications: Annotated[
        int,
        typer.Option(
            "--replications", "-n", metavar="N", help="Replications that each roster is judged by in the search."
        ),
    ] = 20,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-staff")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("head-counts, savings and the certificate")] = False,
    quiet: QuietOption = False,
) -> None:
    """Find the least-cost head-count per team and shift that meets targets, with and without the AI."""
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies.staff.staffing import staff as find

        loaded = read_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "staff")
        with stage_bar(quiet=quiet) as tell:
            found = find(
                loaded, targets or [], max_occupancy=max_occupancy, confidence=confidence, phase=phase,
                replications=replications, seed=seed, workers=workers, engine=chosen(engine), folder=folder,
                fresh=fresh, progress=tell,
            )  # fmt: skip
        from simulator.report.staff import view

        page = view.page_of(found, scenario)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)
