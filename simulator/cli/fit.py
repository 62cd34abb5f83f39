"""`ticketflow fit`: a scenario from what a help desk exports."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.common import print_json, results_folder, stage_bar, told_plainly
from simulator.cli.help import command
from simulator.cli.options import (
    CountryOption,
    DayFirstOption,
    GivenOption,
    HandleOption,
    MapOption,
    OccupancyOption,
    QuietOption,
    RosterOption,
    StaffedOption,
    ZoneOption,
    json_option,
)  # fmt: skip

_OUT = Path("scenario.yaml")


def _show_fields(wanted: bool) -> None:
    if wanted:
        from simulator.calibration.exports.table import AI_FIELDS, FIELDS, ROSTER_FIELDS

        for what, fields in (("Tickets", FIELDS), ("Shadow log", AI_FIELDS), ("Roster", ROSTER_FIELDS)):
            typer.echo(f"{what}:")
            for field in fields:
                typer.echo(f"  {field.name:20s}{field.text}")
        raise typer.Exit


@command(
    "Measure a scenario on what your help desk exports.",
    "ticketflow fit tickets.csv --timezone Europe/London --out desk.yaml",
    'ticketflow fit calls.csv --map "created_at=Opened" --map "wait=q_time:seconds"',
    "ticketflow fit --fields",
)
def fit(
    tickets: Annotated[
        Path, typer.Argument(metavar="TICKETS", help="Export of tickets: CSV (also .gz) or Parquet.")
    ],
    columns: MapOption = None,
    zone: ZoneOption = None,
    day_first: DayFirstOption = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, such as 2026-01-05.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")] = None,
    ai_log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="AI's shadow log: true and predicted intent, confidence, correct."),
    ] = None,
    roster: RosterOption = None,
    country: CountryOption = None,
    staffed_hours: StaffedOption = None,
    occupancy: OccupancyOption = None,
    handle: HandleOption = None,
    given: GivenOption = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the scenario; that of --out by default.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Scenario file to write.")] = _OUT,
    report: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder for the fit report; results/NAME-fit by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a scenario file that exists.")] = False,
    fields: Annotated[
        bool, typer.Option("--fields", callback=_show_fields, is_eager=True, help="List what --map may name, and exit.")
    ] = False,
    as_json: Annotated[bool, json_option("the fitted figures with their sources, findings and warnings")] = False,
    quiet: QuietOption = False,
) -> None:
    """Measure a scenario on what your help desk exports: each figure with its interval and where it comes from."""
    with told_plainly():
        from simulator.calibration.fit.files import FitRequest, check_target, fit_files, manifest, write_scenario
        from simulator.calibration.fit_check import likeness
        from simulator.studies.run.outputs import staged

        check_target(out, force)
        asked = FitRequest(
            tickets=tickets, columns=columns or (), zone=zone, day_first=day_first, first_day=_day_of("--from", since),
            last_day=_day_of("--to", until), ai_log=ai_log, roster=roster, country=country, staffed_hours=staffed_hours,
            occupancy=occupancy, handle=handle, given=given or (), name=name or _named_by(out),
        )  # fmt: skip
        with stage_bar(quiet=quiet) as tell:
            reading, found = fit_files(asked, tell)
            tell("Simulating the fitted desk", 0, 0)
            alike = likeness(found.export, found.scenario)
        from simulator.report.fit import view
        from simulator.report.render.html import write_study
        from simulator.report.render.terminal import print_page

        folder = results_folder(report, found.scenario.name, "fit")
        page = view.fit_page(found, reading, out, alike, manifest(found, reading, asked))
        with staged(folder) as staging:
            write_study(page, staging)
        write_scenario(found.text, out)
    if as_json:
        print_json(view.document(found, page, folder, out))
    elif not quiet:
        print_page(page, folder)
        typer.echo(f"Scenario: {out}. Next: ticketflow check {out}")


def _named_by(out: Path) -> str | None:
    """Name the scenario like its file, unless that has the name that it has by itself."""
    return out.stem.replace("_", " ").strip() if out != _OUT else None


def _day_of(option: str, text: str | None) -> date | None:
    """Read a day that an option gives; raise ExportError for what is none."""
    from simulator.base.errors import ExportError, Problem, cut

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ExportError(Problem(option, "", f"is {cut(text or '')!r}; must be a day such as 2026-01-05")) from None
