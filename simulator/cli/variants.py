"""The commands that run a scenario in several settings: `sweep` and `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import completion
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
    from simulator.studies.comparison import Comparison
    from simulator.studies.results import Replications
    from simulator.studies.stopping import Precision
    from simulator.studies.sweep import Sweep
    from simulator.studies.variants import Variant

SHOWN = 5
"""Shortfalls of precision that are told one by one."""
KpiOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kpi",
        metavar="KPI",
        help="A KPI to show instead of the usual. May be repeated.",
        autocompletion=completion.kpis,
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
        from simulator.scenario import load_scenario
        from simulator.studies import sweep as study
        from simulator.studies.comparison import chosen_kpis
        from simulator.studies.grid import grid, read_axes, with_reference
        from simulator.studies.outputs import staged
        from simulator.studies.stopping import how_many
        from simulator.studies.study_outputs import write_sweep_tables

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        axes = read_axes(vary or [])
        loaded = load_scenario(scenario, changes or [])
        cells = grid(loaded, axes)
        variants, reference = with_reference(loaded, cells)
        names = chosen_kpis([variant.scenario for variant in variants], kpis or [], study.SWEPT)
        folder = results_folder(out, loaded.name, "sweep")
        if not quiet:
            for warning in study.overruled_axes(axes, cells):
                typer.echo(f"warning: {warning}", err=True)
        studies, short = _simulate(variants, folder, enough, seed, workers, engine, fresh=fresh, quiet=quiet)
        found = study.Sweep(axes, cells, studies, reference, names)
        warnings = [*short, *study.idle_axes(found), *study.left_out(found)]
        from simulator.report import study_page, study_terminal

        with staged(folder) as staging:
            write_sweep_tables(found, staging)
            study_page.write_sweep(found, staging, warnings)
    if as_json:
        print_json(_sweep_json(found, folder, warnings))
    elif not quiet:
        study_terminal.print_sweep(found, folder, warnings)


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...",
            help="Scenario files or names; the first is what others are compared with.",
            autocompletion=completion.scenarios,
        ),
    ],
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:PATH=VALUE,...",
            autocompletion=completion.what_ifs,
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
        from simulator.studies import comparison as study
        from simulator.studies.alternatives import variants_of
        from simulator.studies.outputs import staged
        from simulator.studies.stopping import how_many
        from simulator.studies.study_outputs import write_comparison_tables

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        variants, warnings = variants_of(scenarios, changes or [], variant or [])
        names = study.chosen_kpis([one.scenario for one in variants], kpis or [], study.COMPARED)
        folder = results_folder(out, variants[0].scenario.name, "compare")
        studies, short = _simulate(variants, folder, enough, seed, workers, engine, fresh=fresh, quiet=quiet)
        found = study.compare(variants, studies, names)
        from simulator.report import study_page, study_terminal
        from simulator.report.difference_words import quoted

        warnings += short
        warnings += [f"{quoted(name)} has no effect: every KPI is as before" for name in found.without_effect()]
        with staged(folder) as staging:
            write_comparison_tables(found, staging)
            study_page.write_comparison(found, staging, warnings)
    if as_json:
        print_json(_comparison_json(found, folder, warnings))
    elif not quiet:
        study_terminal.print_comparison(found, folder, warnings)


def _simulate(
    variants: Sequence[Variant], folder: Path, enough: int | Precision, seed: int, workers: str | None, engine: str,
    *, fresh: bool, quiet: bool,
) -> tuple[Mapping[str, Replications], list[str]]:  # fmt: skip
    """Simulate variants with a store in the folder, so that a study that was stopped goes on from there.

    Also gives warnings of KPIs that did not reach the precision wanted.
    """
    from simulator.engines import chosen
    from simulator.studies.comparison import check_replications
    from simulator.studies.replications import run_stored
    from simulator.studies.stopping import Precision, shortfalls

    if not isinstance(enough, Precision):
        check_replications(enough)
    with progress_bar(f"Simulating {len(variants):,} settings", quiet=quiet) as tell:
        studies = run_stored(
            variants, folder, replications=enough, seed=seed, workers=workers, engine=chosen(engine), fresh=fresh,
            progress=tell,
        )  # fmt: skip
    short = shortfalls(enough, studies) if isinstance(enough, Precision) else []
    more = [f"{len(short) - SHOWN} more KPIs did not reach it, either"] if len(short) > SHOWN else []
    return studies, [*short[:SHOWN], *more]


def _figures(study: Replications, kpi: str) -> dict[str, Any]:
    from simulator.quantities import known

    found = study.estimate(kpi)
    figures = {"mean": found.mean, "ci_low": found.low, "ci_high": found.high}
    return {**{name: known(value) for name, value in figures.items()}, "replications": found.replications}


def _sweep_json(found: Sweep, folder: Path, warnings: list[str]) -> dict[str, Any]:
    return {
        "scenario": found.base.scenario.name,
        "seed": found.base.seed,
        "replications": len(found.base),
        "out": str(folder),
        "as_is": found.reference,
        "warnings": warnings,
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


def _comparison_json(found: Comparison, folder: Path, warnings: list[str]) -> dict[str, Any]:
    from simulator.quantities import known
    from simulator.report.difference_words import sentence
    from simulator.studies.comparison import difference_table

    rows = difference_table(found).to_dict("records")
    return {
        "scenario": found.reference.scenario.name,
        "seed": found.reference.seed,
        "replications": len(found.reference),
        "out": str(folder),
        "reference": found.variants[0].name,
        "same_customers": not found.strangers,
        "warnings": warnings,
        "sentences": [sentence(found, variant.name) for variant in found.variants[1:]],
        "differences": [
            {str(key): known(value) if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ],
    }
