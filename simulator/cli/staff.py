"""The command that looks for head-counts: `staff`."""

from __future__ import annotations

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
    from simulator.report.study_frame import Page
    from simulator.studies.staff.staffing import Arm, Staffing


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
        from simulator.scenario import load_scenario
        from simulator.studies.run.outputs import staged
        from simulator.studies.staff.staffing import staff as find
        from simulator.studies.staff.tables import write_tables

        loaded = load_scenario(scenario, changes or [])
        folder = results_folder(out, loaded.name, "staff")
        with stage_bar(quiet=quiet) as tell:
            found = find(
                loaded, targets or [], max_occupancy=max_occupancy, confidence=confidence, phase=phase,
                replications=replications, seed=seed, workers=workers, engine=chosen(engine), folder=folder,
                fresh=fresh, progress=tell,
            )  # fmt: skip
        from simulator.report.page_terminal import print_page
        from simulator.report.render.html import write_page
        from simulator.report.staff.view import page_of

        page = page_of(found)
        with staged(folder) as staging:
            write_tables(found, staging, scenario)
            write_page(page, staging)
    if as_json:
        print_json(_json(found, page, folder))
    elif not quiet:
        print_page(page, folder)


def _json(found: Staffing, page: Page, folder: Path) -> dict[str, Any]:
    from simulator.base.quantities import known

    capacity, hours, ai = found.capacity_per_month, found.hours_saved_per_month, found.ai_per_month
    return {
        "scenario": found.scenario.name,
        "seed": found.with_ai.fresh.seed,
        "out": str(folder),
        "targets": list(found.targets),
        "confidence": found.with_ai.rule.confidence,
        "phase": found.phase,
        "answer": page.answer,
        "how_sure": page.how_sure,
        "warnings": list(page.warnings),
        "arms": [_arm_json(found, arm) for arm in found.arms],
        "why_not_without_ai": found.why_not_without or None,
        "cash_saving_per_month": found.cash_per_month if found.has_costs else None,
        "cash_saving_unit": found.currency if found.has_costs else None,
        "rostered_hours_saved_per_month": None if found.without is None else known(_hours_gap(found)),
        "worked_hours_saved_per_month": None if hours is None else known(hours.mean),
        "capacity_saving_per_month": None if capacity is None else known(capacity.mean),
        "ai_cost_per_month": None if ai is None else known(ai.mean),
    }


def _hours_gap(found: Staffing) -> float:
    from simulator.base.calendars import WEEKS_PER_MONTH

    assert found.without is not None
    return (found.without.hours_per_week - found.with_ai.hours_per_week) * WEEKS_PER_MONTH


def _arm_json(found: Staffing, arm: Arm) -> dict[str, Any]:
    from simulator.base.quantities import known
    from simulator.studies.staff.tables import verdict_words

    return {
        "arm": arm.name,
        "agents": arm.agents,
        "hours_per_week": arm.hours_per_week,
        "cost_per_month": arm.cost_per_month if found.has_costs else None,
        "confirmed": arm.is_confirmed,
        "fresh_replications": len(arm.fresh),
        "share_of_replications_meeting_all": arm.fresh_verdict.share,
        "criteria": [
            {"criterion": criterion.words(found.currency), "mean": known(float(value)), "room_low": known(float(low))}
            for criterion, value, low in zip(
                arm.rule.criteria, arm.fresh_verdict.values, arm.fresh_verdict.low, strict=True
            )
        ],
        "roster": [
            {"team": post.team, "shift": post.words, "today": post.today, "agents": count,
             "one_fewer": verdict_words(verdict)}
            for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True)
        ],
    }  # fmt: skip
