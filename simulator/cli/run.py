"""`ticketflow run`: one scenario, replicated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from simulator.cli.common import print_json, progress_bar, read_scenario, results_folder, told_plainly
from simulator.cli.help import command
from simulator.cli.options import (
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
)  # fmt: skip

if TYPE_CHECKING:
    from simulator.report.finding import Page
    from simulator.studies.running.results import Replications


@command(
    "Simulate a desk: KPIs with intervals, charts, report.",
    "ticketflow run saas_pilot",
    "ticketflow run saas_pilot --precision 2% --out results/precise",
    "ticketflow run my_desk.yaml --set weeks=2 -n 20 --json > kpis.json",
)
def run(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    replications: ReplicationsOption = None,
    precision: PrecisionOption = None,
    precision_kpis: PrecisionKpiOption = None,
    min_replications: LeastOption = None,
    max_replications: MostOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("the KPIs with intervals, warnings and notes")] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate a scenario; print its KPIs and write tables, audit trail, figures and a report.

    A run that was stopped goes on from there when the same command is given again.
    """
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies.running.batch import run_stored
        from simulator.studies.running.stopping import Precision, how_many, shortfalls
        from simulator.studies.running.variants import Variant

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        loaded = read_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name)
        with progress_bar(f"Simulating {loaded.name}", quiet=quiet) as tell:
            studies = run_stored(
                [Variant(loaded.name, loaded)], folder, replications=enough, seed=seed, workers=workers,
                engine=chosen(engine), fresh=fresh, progress=tell, detail=True,
            )  # fmt: skip
        study = studies[loaded.name]
        warnings = shortfalls(enough, studies) if isinstance(enough, Precision) else []
        page = _write(study, folder, warnings)
    if as_json:
        print_json({**_as_json(study, folder), "warnings": list(page.warnings), "notes": list(page.notes)})
    elif not quiet:
        from simulator.report.render.terminal import print_page

        print_page(page, folder)


def _write(study: Replications, folder: Path, warnings: list[str]) -> Page:
    """Write everything that a run leaves; return its page, which begins with these warnings."""
    from simulator.report.render.html import write_page
    from simulator.report.run.view import report_of
    from simulator.run import simulate
    from simulator.studies.run.opening import opening_of
    from simulator.studies.run.outputs import staged, write_tables

    first = simulate(study.scenario, seed=study.seed, replication=0, engine=study.engine)
    opening = opening_of(study)
    page = report_of(study, opening, warnings)
    with staged(folder) as staging:
        write_tables(study, first, staging, opening)
        write_page(page, staging)
    return page


def _as_json(study: Replications, folder: Path) -> dict[str, Any]:
    from simulator.base.quantities import known
    from simulator.metrics.registry import BY_NAME
    from simulator.studies.running.results import summarise

    rows = summarise(study).itertuples(index=False)
    kpis = {
        row.kpi: {
            "unit": BY_NAME[str(row.kpi)].unit,
            **{name: known(getattr(row, name)) for name in ("mean", "ci_low", "ci_high")},
            "replications": int(str(row.replications)),
        }
        for row in rows
    }
    return {
        "scenario": study.scenario.name,
        "seed": study.seed,
        "replications": len(study),
        "out": str(folder),
        "kpis": kpis,
    }
