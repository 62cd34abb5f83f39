"""Fitting what a visitor uploads: the files exist only while they are read, and of their rows nothing is kept.

They are written under names of ours into a folder that is removed with the work, whether it ends, fails or is
cancelled. What is kept is the fitted scenario and what is said about the fit.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from simulator.app.desks import as_uploaded
from simulator.errors import ExportError, Problem, SimulatorError, cut
from simulator.report.tables import Table
from simulator.scenario.model import Scenario
from simulator.shipped import shipped_scenarios
from simulator.studies.laboratory import Stages

GAP = "fit"
"""Where problems stand that are figures which no file holds."""
_ENDINGS = (".csv.gz", ".gz", ".parquet", ".csv")
_ONE_OF_MANY = re.compile(r"^(intents|channels|tiers|teams)\.[^.]+\.")


@dataclass(frozen=True)
class Upload:
    """A file of the visitor's."""

    name: str
    mark: str
    """Tells it from other files."""
    content: Callable[[], bytes]


@dataclass(frozen=True)
class Form:
    """What the visitor says beside the files; texts as the command line's options take them, empty for none."""

    name: str = ""
    zone: str = ""
    country: str = ""
    day_first: bool | None = None
    first_day: str = ""
    last_day: str = ""
    staffed_hours: str = ""
    occupancy: str = ""
    handle: str = ""
    columns: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart of the fit."""

    finding: str
    svg: str


@dataclass(frozen=True)
class Fitted:
    """A fitted scenario, and what is said about it."""

    scenario: Scenario
    text: str
    """The scenario as a file."""
    answer: str
    sentences: Sequence[str]
    how_sure: str
    warnings: Sequence[str]
    tables: Sequence[Table]
    pictures: Sequence[Picture] = field(default_factory=tuple)


def fit_uploads(files: Mapping[str, Upload], form: Form, progress: Stages) -> Fitted:
    """Fit a scenario to `tickets` and, where they are given, `ai_log` and `roster`.

    Raises ExportError or ScenarioError as `ticketflow fit` tells it; figures that no file holds stand at GAP.
    """
    with tempfile.TemporaryDirectory(prefix="ticketflow-") as place:
        folder = Path(place).resolve()
        try:
            return _fitted(files, form, folder, progress)
        except SimulatorError as error:
            raise type(error)([as_uploaded(problem, folder) for problem in error.problems]) from None


def _fitted(files: Mapping[str, Upload], form: Form, folder: Path, progress: Stages) -> Fitted:
    from simulator.calibration.fit.files import Asked, fit_files
    from simulator.calibration.likeness import likeness
    from simulator.report.fit_page import fit_page
    from simulator.report.svg import inline_svg
    from simulator.report.theme import title_of

    paths = {what: _write(folder, what, upload) for what, upload in files.items()}
    asked = Asked(
        tickets=paths["tickets"], ai_log=paths.get("ai_log"), roster=paths.get("roster"), columns=form.columns,
        zone=form.zone or None, day_first=form.day_first, first_day=_day("First day", form.first_day),
        last_day=_day("Last day", form.last_day), country=form.country or None, handle=form.handle or None,
        staffed_hours=form.staffed_hours or None, occupancy=form.occupancy or None, given=form.given,
        name=form.name.strip() or scenario_name(files["tickets"].name),
    )  # fmt: skip
    reading, fit = fit_files(asked, progress)
    progress("Simulating the fitted desk", 0, 0)
    alike = likeness(fit.export, fit.scenario)
    progress("Drawing", 0, 0)
    page = fit_page(fit, reading, Path(f"{asked.scenario_name}.yaml"), alike)
    pictures = [
        Picture(title_of(chart.figure), inline_svg(chart.figure, f"fit-{chart.key}", chart.alt))
        for chart in page.charts
    ]
    return Fitted(
        fit.scenario, fit.text, page.answer, page.sentences, page.how_sure, page.warnings, page.tables, pictures
    )


def _write(folder: Path, what: str, upload: Upload) -> Path:
    """Write an upload under a name of ours; of the visitor's, only a known ending counts."""
    ending = next((known for known in _ENDINGS if upload.name.lower().endswith(known)), ".csv")
    file = folder / f"{what}{'.csv.gz' if ending == '.gz' else ending}"
    file.write_bytes(upload.content())
    return file


def _day(label: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ExportError(Problem(label, "", f"is {cut(text)!r}; must be a day such as 2026-01-05")) from None


def scenario_name(upload: str) -> str:
    """Name a scenario like the file that was uploaded, without its endings."""
    stem = Path(upload.replace("\\", "/")).name
    for ending in _ENDINGS:
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    words = "".join(letter if letter.isalnum() or letter in " -" else " " for letter in stem)
    return " ".join(words.split())[:80] or "fitted"


def gap_path(problem: Problem) -> str | None:
    """Give where a figure belongs that no file holds; for one of many alike, the place of all of them."""
    if problem.where != GAP or not problem.path:
        return None
    alike = " more like it is in no file" in problem.message
    return _ONE_OF_MANY.sub(r"\1.*.", problem.path) if alike else problem.path


def example() -> dict[str, Upload]:
    """Give the exports of a made-up shop that come with the package; empty where they are missing."""
    folder = next((path.parent / "exports" for path in shipped_scenarios()), Path())
    names = {"tickets": "garden_shop_tickets.csv.gz", "roster": "garden_shop_roster.csv"}
    files = {what: folder / name for what, name in names.items()}
    return {what: Upload(path.name, path.name, path.read_bytes) for what, path in files.items() if path.is_file()}
