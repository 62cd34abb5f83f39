"""The commands that run a scenario in several settings: `sweep` and `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from simulator.studies.compare.comparison import Comparison
    from simulator.studies.running.results import Replications
    from simulator.studies.sweep.sweeping import Sweep

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
        from simulator.studies.run.outputs import staged, write_sweep_tables
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        base = loaded(scenario, changes or [])
        folder = results_folder(out, base.name, "sweep")
        with progress_bar("Simulating all settings", quiet=quiet) as tell:
            found = experiments.sweep(
                base, *(vary or []), kpis=kpis or [], replications=enough, seed=seed, workers=workers,
                engine=chosen(engine), folder=folder, fresh=fresh, progress=tell, warn=None if quiet else _warn,
            )  # fmt: skip
        from simulator.report import study_page, study_terminal

        with staged(folder) as staging:
            write_sweep_tables(found, staging)
            study_page.write_sweep(found, staging)
    if as_json:
        print_json(_sweep_json(found, folder))
    elif not quiet:
        study_terminal.print_sweep(found, folder, found.warnings)


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
        from simulator.studies.run.outputs import staged, write_comparison_tables
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        with progress_bar("Simulating all variants", quiet=quiet) as tell:
            found = experiments.compare(
                scenarios, *(variant or []), overrides=changes or [], kpis=kpis or [], replications=enough, seed=seed,
                workers=workers, engine=chosen(engine), fresh=fresh, progress=tell,
                folder=lambda name: results_folder(out, name, "compare"),
            )  # fmt: skip
        from simulator.report import study_page, study_terminal

        folder = results_folder(out, found.reference.scenario.name, "compare")
        with staged(folder) as staging:
            write_comparison_tables(found, staging)
            study_page.write_comparison(found, staging)
    if as_json:
        print_json(_comparison_json(found, folder))
    elif not quiet:
        study_terminal.print_comparison(found, folder, found.warnings)


def _figures(study: Replications, kpi: str) -> dict[str, Any]:
    from simulator.base.quantities import known

    found = study.estimate(kpi)
    figures = {"mean": found.mean, "ci_low": found.low, "ci_high": found.high}
    return {**{name: known(value) for name, value in figures.items()}, "replications": found.replications}


def _sweep_json(found: Sweep, folder: Path) -> dict[str, Any]:
    return {
        "scenario": found.base.scenario.name,
        "seed": found.base.seed,
        "replications": len(found.base),
        "out": str(folder),
        "as_is": found.reference,
        "warnings": found.warnings,
        "objectives": list(found.objectives),
        "settings": [
            {
                "name": variant.name,
                "settings": dict(variant.settings),
                "pareto": str(found.places[variant.name]) if found.places else None,
                "kpis": {kpi: _figures(found.studies[variant.name], kpi) for kpi in found.kpis},
            }
            for variant in found.variants
        ],
    }


def _comparison_json(found: Comparison, folder: Path) -> dict[str, Any]:
    from simulator.base.quantities import known
    from simulator.report.compare.sentences import sentence
    from simulator.studies.compare.comparison import difference_table

    rows = difference_table(found).to_dict("records")
    return {
        "scenario": found.reference.scenario.name,
        "seed": found.reference.seed,
        "replications": len(found.reference),
        "out": str(folder),
        "reference": found.variants[0].name,
        "same_customers": not found.strangers,
        "warnings": found.warnings,
        "sentences": [sentence(found, variant.name) for variant in found.variants[1:]],
        "differences": [
            {str(key): known(value) if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ],
    }
