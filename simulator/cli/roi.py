"""`ticketflow roi`: the business case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    "Make the business case: ROI, payback, cash flow.",
    "ticketflow roi saas_pilot --draws 1000",
    "ticketflow roi outerwear --assume 20% --json > roi.json",
)
def roi(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Draws of the uncertain inputs.")] = 256,
    replications: Annotated[
        int, typer.Option("--replications", "-n", metavar="N", help="Replications of the scenario as it stands.")
    ] = 16,
    stress: Annotated[
        str,
        typer.Option(metavar="SHARE", help="How far each assumed figure is moved to see what it could change; 0 not."),
    ] = "20%",
    assume: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Give assumed figures without a range one of ± SHARE, and draw them, too."),
    ] = None,
    steady: Annotated[
        int | None,
        typer.Option(metavar="WEEKS", help="The last weeks that stand for the months after; those of the last phase."),
    ] = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-roi")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("figures, cash flow, tornado and break-even values")] = False,
    quiet: QuietOption = False,
) -> None:
    """Make the business case: ROI, payback, cash flow by month, and how sure that is."""
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies.roi import business_case

        reach, supposed = _share("--stress", stress), None if assume is None else _share("--assume", assume)
        loaded = read_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "roi")
        with stage_bar(quiet=quiet) as tell:
            found = business_case.roi(
                loaded, folder, draws=draws, replications=replications, stress=reach, assume=supposed, steady=steady,
                seed=seed, workers=workers, engine=chosen(engine), fresh=fresh, progress=tell,
            )  # fmt: skip
        from simulator.report.roi import view

        page = view.page_of(found)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)


def _share(option: str, text: str) -> float:
    from simulator.base.errors import StudyError
    from simulator.base.quantities import parse_share

    try:
        return parse_share(text)
    except ValueError as error:
        raise StudyError(f"{option} is {text!r}; {error}") from None
