"""The command that holds a forecast against weeks that happened: `backtest`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from simulator.base.errors import Problem, StudyError, cut
from simulator.cli import help
from simulator.cli.common import deliver, results_folder, stage_bar, told_plainly
from simulator.cli.help import command
from simulator.cli.options import (
    CountryOption,
    DayFirstOption,
    EngineOption,
    GivenOption,
    HandleOption,
    MapOption,
    OccupancyOption,
    QuietOption,
    RosterOption,
    SeedOption,
    StaffedOption,
    WorkersOption,
    ZoneOption,
    json_option,
    out_option,
)  # fmt: skip

if TYPE_CHECKING:
    from simulator.calibration.backtest.backtesting import Arrivals, Staffing
    from simulator.calibration.fit.files import FitRequest

Word = TypeVar("Word", bound=str)
_DAYS_EXAMPLE = "2026-01-01..2026-01-31"
_ARRIVALS: tuple[Arrivals, ...] = ("forecast", "replayed")
_STAFFING: tuple[Staffing, ...] = ("fitted", "observed")


@command(
    "Hold a forecast against weeks that happened.",
    "ticketflow backtest tickets.csv --test 2026-09-28..2026-10-18",
    "ticketflow backtest desk.yaml --tickets tickets.csv --test 2026-09-28..2026-10-18",
)
def backtest(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|TICKETS",
            help="Scenario (.yaml), or the export of a help desk.",
            autocompletion=help.scenarios_or_exports,
        ),
    ],
    test: Annotated[str, typer.Option(metavar="FIRST..LAST", help=f"Days to forecast, such as {_DAYS_EXAMPLE}.")],
    train: Annotated[
        str | None,
        typer.Option(metavar="FIRST..LAST", help="Days to fit on; by default all days of the export before --test."),
    ] = None,
    tickets: Annotated[
        Path | None, typer.Option(metavar="TICKETS", help="Export to compare a given scenario with.")
    ] = None,
    columns: MapOption = None,
    zone: ZoneOption = None,
    day_first: DayFirstOption = None,
    arrivals: Annotated[
        str, typer.Option(metavar="forecast|replayed", help="Forecast arrivals too, or replay those observed.")
    ] = "forecast",
    staffing: Annotated[
        str, typer.Option(metavar="fitted|observed", help="The weekly roster, or who was seen at work in --test.")
    ] = "fitted",
    roster: RosterOption = None,
    country: CountryOption = None,
    staffed_hours: StaffedOption = None,
    occupancy: OccupancyOption = None,
    handle: HandleOption = None,
    changes: GivenOption = None,
    replications: Annotated[
        int,
        typer.Option(
            "--replications", "-n", metavar="N", help="Futures to simulate; 99 give the 90 % band its exact ends."
        ),
    ] = 99,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: Annotated[Path | None, out_option("NAME-backtest")] = None,
    as_json: Annotated[bool, json_option("the verdict on every measure")] = False,
    quiet: QuietOption = False,
) -> None:
    """Forecast days that happened, from the days before, and say what the model may be trusted for."""
    with told_plainly():
        from simulator.calibration.backtest.backtesting import backtest as hold_out
        from simulator.calibration.backtest.sources import BacktestRequest, is_export, prepare
        from simulator.engines import chosen
        from simulator.report.backtest import view
        from simulator.studies.run.outputs import prepare_folder

        test_days = _days("--test", test)
        train_days = None if train is None else _days("--train", train)
        how = _one_of("--arrivals", arrivals, _ARRIVALS), _one_of("--staffing", staffing, _STAFFING)
        asked = BacktestRequest(
            _files(source, tickets, columns=columns or (), zone=zone, day_first=day_first, roster=roster,
                   country=country, staffed_hours=staffed_hours, occupancy=occupancy, handle=handle,
                   given=changes or ()),
            None if is_export(source) else source, train_days, test_days, how[1],
        )  # fmt: skip
        with stage_bar(quiet=quiet) as tell:
            ready = prepare(asked, progress=tell)
            folder = results_folder(out, ready.scenario.name, "backtest")
            prepare_folder(folder)
            found = hold_out(
                ready.export, ready.scenario, test_days, train=ready.train, is_fitted=asked.scenario is None,
                arrivals=how[0], staffing=how[1], agents=ready.agents, replications=replications, seed=seed,
                workers=workers, engine=chosen(engine), progress=tell,
            )  # fmt: skip
        page = view.page_of(found, ready.findings)
        deliver(page, folder, lambda: view.document(found, page, folder), as_json=as_json, quiet=quiet)


def _days(option: str, text: str) -> tuple[date, date]:
    """Read `FIRST..LAST`, or one day; raise StudyError for anything else."""
    first, dots, last = text.partition("..")
    try:
        return date.fromisoformat(first.strip()), date.fromisoformat((last if dots else first).strip())
    except ValueError:
        rule = f"must be the first and the last day, such as {_DAYS_EXAMPLE}"
        raise StudyError(Problem(option, "", f"is {cut(text)!r}; {rule}")) from None


def _files(source: str, tickets: Path | None, **options: Any) -> FitRequest:
    """Name the export, the source itself or what --tickets gives; raise StudyError where there is none, or both."""
    from simulator.calibration.backtest.sources import EXPORT_ENDINGS, is_export
    from simulator.calibration.fit.files import FitRequest

    if is_export(source) and tickets is not None:
        rule = "is given together with an export to fit on; drop it, or give a scenario instead of that export"
        raise StudyError(Problem("--tickets", "", rule))
    if is_export(source):
        return FitRequest(Path(source), **options)
    if tickets is None:
        rule = f"must be the export to compare with, as {cut(source)} ends in none of {', '.join(EXPORT_ENDINGS)}"
        raise StudyError(Problem("--tickets", "", f"is not given; {rule}"))
    return FitRequest(tickets, **options)


def _one_of(option: str, text: str, known: tuple[Word, ...]) -> Word:
    """Return the one of some words that an option names; raise StudyError for any other."""
    for word in known:
        if text == word:
            return word
    raise StudyError(Problem(option, "", f"is {cut(text)!r}; must be {' or '.join(known)}"))
