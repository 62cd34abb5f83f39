"""`ticketflow compare`: variants of a scenario on the same customers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import help
from simulator.cli.common import deliver, progress_bar, results_folder, tell_increases, told_plainly
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
    SeedOption,
    SetOption,
    WorkersOption,
    json_option,
    out_option,
)  # fmt: skip


@command(
    "Compare what-ifs on the same customers, with how sure.",
    "ticketflow compare saas_pilot --variant two_evening_agents",
    'ticketflow compare saas_pilot --variant "low:policy.phases[3].answer_threshold=0.8"',
    'ticketflow compare saas_pilot --variant "both:two_evening_agents,answer_from_080"',
)
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
        from simulator.studies.running.stopping import how_many

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        for scenario in scenarios:
            tell_increases(scenario, changes or [])
        with progress_bar("Simulating all variants", quiet=quiet) as tell:
            found = experiments.compare(
                scenarios, *(variant or []), overrides=changes or [], kpis=kpis or [], replications=enough, seed=seed,
                workers=workers, engine=chosen(engine), fresh=fresh, progress=tell,
                folder=lambda name: results_folder(out, name, "compare"),
            )  # fmt: skip
        from simulator.report.compare import view

        folder = results_folder(out, found.reference.scenario.name, "compare")
        page = view.page_of(found)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)
