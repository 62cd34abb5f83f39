"""The command that recommends confidence thresholds: `tune`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import help
from simulator.cli.common import (
    EngineOption,
    FreshOption,
    QuietOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    WorkersOption,
    json_option,
    out_option,
    print_json,
    results_folder,
    stage_bar,
    told_plainly,
)

if TYPE_CHECKING:
    from simulator.studies.tune.tuning import Tuning


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
        from simulator.scenario import load_scenario
        from simulator.studies.run.outputs import staged
        from simulator.studies.tune import tables, tuning

        loaded = load_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "tune")
        with stage_bar(quiet=quiet) as tell:
            found = tuning.tune(
                loaded, objective=objective, subject_to=subject_to, per_intent=per_intent, confidence=confidence,
                indifference=indifference, calibration_error=calibration_error, replications=replications,
                max_replications=max_replications, folder=folder, seed=seed, workers=workers, engine=chosen(engine),
                fresh=fresh, progress=tell,
            )  # fmt: skip
        from simulator.report import page_terminal
        from simulator.report.render.html import write_page
        from simulator.report.tune import view

        page = view.page_of(found)
        with staged(folder) as staging:
            tables.write_tables(found, staging)
            write_page(page, staging)
    if as_json:
        print_json(_as_json(found, folder))
    elif not quiet:
        page_terminal.print_page(page, folder)
        own = [word for change in changes or [] for word in ("--set", change)]
        words = ["ticketflow", "compare", str(scenario), *own, "--variant", str(folder / tables.RECOMMENDED)]
        typer.echo(f"Try it: {shlex.join(words)}")


def _as_json(found: Tuning, folder: Path) -> dict[str, Any]:
    from simulator.base.quantities import known
    from simulator.report.tune import sentences
    from simulator.report.tune import sentences as tuning_words
    from simulator.studies.tune.tables import recommended_changes

    selection = found.choice.selection
    return {
        "scenario": found.space.scenario.name,
        "seed": found.study.seed,
        "out": str(folder),
        "objective": found.goal.kpi.name,
        "guard_rails": [
            {"target": str(target), "kept": target.holds(found.study), **_figures(found, "chosen", target.kpi)}
            for target in found.goal.targets
        ],
        "feasible": found.choice.is_feasible,
        "out_of_reach": [str(target) for target in found.binding] if not found.choice.is_feasible else [],
        "answer": tuning_words.answer(found),
        "answer_thresholds": dict(zip(found.space.answered, found.chosen.answer, strict=True)),
        "route_thresholds": dict(zip(found.space.routed, found.chosen.route, strict=True)),
        "as_good": [
            {"threshold": one.knob.title, "chosen": one.chosen, "low": one.low, "high": one.high}
            for one in found.ranges
        ],
        "changes": recommended_changes(found),
        "confidence": None if selection is None else selection.confidence,
        "indifference": None if selection is None else known(selection.indifference),
        "settings_simulated": len(found.candidates),
        "fresh": {role: _figures(found, role, found.goal.kpi.name) for role in found.fresh},
        "warnings": sentences.warnings(found),
    }


def _figures(found: Tuning, role: str, kpi: str) -> dict[str, Any]:
    from simulator.base.quantities import known

    level = found.fresh[role].estimate(kpi)
    figures = {"mean": level.mean, "ci_low": level.low, "ci_high": level.high}
    return {**{name: known(value) for name, value in figures.items()}, "replications": level.replications}
