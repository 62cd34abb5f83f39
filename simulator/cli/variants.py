"""The commands that run a scenario in several settings: `sweep` and `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import help
from simulator.cli.common import (
    EngineOption,
    FreshOption,
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
    print_json,
    progress_bar,
    results_folder,
    told_plainly,
)

if TYPE_CHECKING:
    pass

KpiOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kpi",
        metavar="KPI",
        help="A KPI to show instead of the usual. May be repeated.",
        autocompletion=help.kpis,
    ),
]


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
        from simulator.studies.compare.alternatives import loaded
        from simulator.studies.run.outputs import staged
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        base = loaded(scenario, changes or [])
        folder = results_folder(out, base.name, "sweep")
        with progress_bar("Simulating all settings", quiet=quiet) as tell:
            found = experiments.sweep(
                base, *(vary or []), kpis=kpis or [], replications=enough, seed=seed, workers=workers,
                engine=chosen(engine), folder=folder, fresh=fresh, progress=tell, warn=None if quiet else _warn,
            )  # fmt: skip
        from simulator.report.page_terminal import print_page
        from simulator.report.render.html import write_study
        from simulator.report.sweep import view

        page = view.page_of(found)
        with staged(folder) as staging:
            write_study(page, staging)
    if as_json:
        print_json(view.document(found, page, folder))
    elif not quiet:
        print_page(page, folder)


def _warn(text: str) -> None:
    typer.echo(f"warning  {text}", err=True)


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...",
            help="Scenario files or names; the first is what others are compared with.",
            autocompletion=help.scenarios,
        ),
    ],
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:PATH=VALUE,...",
            autocompletion=help.what_ifs,
            help="A variant of the first scenario: changes with a name of your choice, or a what-if's name or file. "
            "May be repeated.",
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
    out: Annotated[Path | None, out_option("NAME-compare")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("the paired differences with intervals")] = False,
    quiet: QuietOption = False,
) -> None:
    """Compare variants of a scenario on the same customers: paired differences, and which are more than chance."""
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies import experiments
        from simulator.studies.run.outputs import staged
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        with progress_bar("Simulating all variants", quiet=quiet) as tell:
            found = experiments.compare(
                scenarios, *(variant or []), overrides=changes or [], kpis=kpis or [], replications=enough, seed=seed,
                workers=workers, engine=chosen(engine), fresh=fresh, progress=tell,
                folder=lambda name: results_folder(out, name, "compare"),
            )  # fmt: skip
        from simulator.report.compare import view
        from simulator.report.page_terminal import print_page
        from simulator.report.render.html import write_study

        folder = results_folder(out, found.reference.scenario.name, "compare")
        page = view.page_of(found)
        with staged(folder) as staging:
            write_study(page, staging)
    if as_json:
        print_json(view.document(found, page, folder))
    elif not quiet:
        print_page(page, folder)
