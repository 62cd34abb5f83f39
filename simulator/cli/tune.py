"""The command that recommends confidence thresholds: `tune`."""

from __future__ import annotations

import shlex
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
    "Recommend confidence thresholds.",
    'ticketflow tune saas_pilot --subject-to "sla_breach<=1.5%"',
    "ticketflow tune saas_pilot --per-intent --objective cost_total",
)
def tune(
    scenario: ScenarioArgument,
    objective: Annotated[
        str,
        typer.Option(
            metavar="KPI",
            help="What should be as good as can be: net_value, or any KPI.",
            autocompletion=help.objectives,
        ),
    ] = "net_value",
    subject_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KPI<=VALUE",
            autocompletion=help.kpis,
            help="A guard-rail, such as sla_breach<=5%. May be repeated; replaces the usual ones (CSAT gap at most 10 "
            "points, wrong answers at most 10 %, SLA breaches no higher than without the AI). none: no guard-rails.",
        ),
    ] = None,
    per_intent: Annotated[bool, typer.Option("--per-intent", help="Tune each intent's thresholds by itself.")] = False,
    confidence: Annotated[
        float, typer.Option(metavar="SHARE", help="Probability of a correct selection among finalists, at least.")
    ] = 0.95,
    indifference: Annotated[
        str, typer.Option(metavar="AMOUNT", help="Difference that does not matter: an amount, or a share of the best.")
    ] = "1%",
    calibration_error: Annotated[
        float, typer.Option(metavar="LOG-ODDS", help="Error of the AI's calibration that the choice is tried against.")
    ] = 0.25,
    changes: SetOption = None,
    replications: Annotated[
        int | None,
        typer.Option("--replications", "-n", metavar="N", help="Fresh replications for the figures; 30 or more."),
    ] = None,
    max_replications: Annotated[
        int | None,
        typer.Option(metavar="N", help="Most replications for the choice among finalists; 200 or more by default."),
    ] = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-tune")] = None,
    fresh: FreshOption = False,
    as_json: Annotated[bool, json_option("thresholds, what they bring with intervals, warnings")] = False,
    quiet: QuietOption = False,
) -> None:
    """Recommend confidence thresholds: the best that keep the guard-rails, how sure, and which others are as good.

    A search that was stopped goes on from there when the same command is given again.
    """
    with told_plainly():
        from simulator.engines import chosen
        from simulator.studies.tune import tuning

        loaded = read_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "tune")
        with stage_bar(quiet=quiet) as tell:
            found = tuning.tune(
                loaded, objective=objective, subject_to=subject_to, per_intent=per_intent, confidence=confidence,
                indifference=indifference, calibration_error=calibration_error, replications=replications,
                max_replications=max_replications, folder=folder, seed=seed, workers=workers, engine=chosen(engine),
                fresh=fresh, progress=tell,
            )  # fmt: skip
        from simulator.report.tune import view
        from simulator.studies.tune.recommendation import RECOMMENDED

        page = view.page_of(found)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        own = [word for change in changes or [] for word in ("--set", change)]
        words = ["ticketflow", "compare", str(scenario), *own, "--variant", str(folder / RECOMMENDED)]
        typer.echo(f"Try it: {shlex.join(words)}")
