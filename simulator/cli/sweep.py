"""`ticketflow sweep`: every combination of some inputs' values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.common import deliver, progress_bar, read_scenario, results_folder, told_plainly
from simulator.cli.help import command
from simulator.cli.options import (
    EngineOption,
    FreshOption,
    KpiOption,
    LeastOption,
    MostOption,
    PrecisionKpiOption,
    PrecisionOption,
    QuietOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    WorkersOption,
    json_option,
    out_option,
)  # fmt: skip


@command(
    "Vary inputs over ranges: curves, heat maps, Pareto front.",
    'ticketflow sweep saas_pilot --vary "policy.phases[3].answer_threshold=0.7:0.9:0.1"',
    'ticketflow sweep outerwear --vary "arrivals.per_week=800,1000,1200" -n 20',
)
def sweep(
    scenario: ScenarioArgument,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUES", help="An input to vary: PATH=start:stop:step or PATH=a,b,c. May be repeated."
        ),
    ] = None,
    changes: SetOption = None,
    kpis: KpiOption = None,
    replications: ReplicationsOption = None,
    precision: PrecisionOption = None,
    precision_kpis: PrecisionKpiOption = None,
    min_replications: LeastOption = None,
    max_replications: MostOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-sweep")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("the KPIs of every setting with intervals")] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate every combination of some inputs' values; write tables, charts and a report."""
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies import experiments
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        base = read_scenario(scenario, changes or [])
        folder = results_folder(out, base.name, "sweep")
        with progress_bar("Simulating all settings", quiet=quiet) as tell:
            found = experiments.sweep(
                base, *(vary or []), kpis=kpis or [], replications=enough, seed=seed, workers=workers,
                engine=chosen(engine), folder=folder, fresh=fresh, progress=tell, warn=None if quiet else _warn,
            )  # fmt: skip
        from simulator.report.sweep import view

        page = view.page_of(found)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)


def _warn(text: str) -> None:
    typer.echo(f"warning  {text}", err=True)
