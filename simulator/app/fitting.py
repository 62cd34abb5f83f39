"""Fitting what a visitor uploads: the files exist only while they are read, and of their rows nothing is kept.

They are written under names of ours into a folder that is removed with the work, whether it ends, fails or is
cancelled. What is kept is the fitted scenario and what is said about the fit.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from simulator.app.desks import as_uploaded
from simulator.app.missing_answers import in_page, problem_in_page
from simulator.base.errors import ExportError, NoColumn, Problem, SimulatorError, cut
from simulator.base.shipped import shipped_scenarios
from simulator.calibration.fit.estimate import Gap
from simulator.report.sheet import Sheet
from simulator.scenario import Scenario
from simulator.studies.running.batch import Stages

_MAX_NAME = 80
_ENDINGS = (".csv.gz", ".gz", ".parquet", ".csv")
_OURS = re.compile(r"(?<![\w./-])(tickets|roster|ai_log)(\.csv\.gz|\.parquet|\.csv)(?![\w-])")
"""What we call the visitor's files while they are read."""


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
class _FitPicture:
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
    tables: Sequence[Sheet]
    pictures: Sequence[_FitPicture] = field(default_factory=tuple)


def fit_uploads(files: Mapping[str, Upload], form: Form, progress: Stages) -> Fitted:
    """Fit a scenario to `tickets` and, where they are given, `ai_log` and `roster`.

    Raises ExportError or ScenarioError as `ticketflow fit` tells it, with the visitor's names of files and the page's
    names of fields; figures that no file holds are Gaps, of which questions are made.
    """
    with tempfile.TemporaryDirectory(prefix="ticketflow-") as place:
        folder = Path(place).resolve()
        try:
            return _fitted(files, form, folder, progress)
        except SimulatorError as error:
            raise type(error)([_for_visitor(problem, folder, files) for problem in error.problems]) from None


def _for_visitor(problem: Problem, folder: Path, files: Mapping[str, Upload]) -> Problem:
    problem = as_uploaded(problem, folder)
    if isinstance(problem, NoColumn) and problem.where.startswith("roster."):
        # A field that tickets have, too, is the roster's with this before it.
        problem = replace(problem, fields=tuple(f"roster.{name}" for name in problem.fields))
    if not isinstance(problem, Gap):
        problem = problem_in_page(problem)
    known = {what: _shown_name(upload.name) or what for what, upload in files.items()}

    def theirs(found: re.Match[str]) -> str:
        return known.get(found[1], found[0])

    return replace(problem, where=_OURS.sub(theirs, problem.where), message=_OURS.sub(theirs, problem.message))


def _shown_name(upload: str) -> str:
    """Return the name of an uploaded file as messages repeat it: without folders, signs and great length."""
    name = Path(upload.replace("\\", "/")).name
    return "".join(letter if letter.isalnum() or letter in " .()-_" else "_" for letter in name).strip()[:_MAX_NAME]


def _fitted(files: Mapping[str, Upload], form: Form, folder: Path, progress: Stages) -> Fitted:
    from simulator.calibration.fit.files import FitRequest, fit_files
    from simulator.calibration.fit_check import likeness
    from simulator.report.charts.svg import inline_svg
    from simulator.report.charts.theme import title_of
    from simulator.report.fit.view import fit_page

    paths = {what: _write(folder, what, upload) for what, upload in files.items()}
    asked = FitRequest(
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
        _FitPicture(title_of(chart.figure), inline_svg(chart.figure, f"fit-{chart.key}", chart.alt))
        for chart in page.charts
    ]
    return Fitted(
        fit.scenario, fit.text, in_page(page.answer), [in_page(text) for text in page.sentences],
        in_page(page.how_sure), [in_page(text) for text in page.warnings], page.sheets, pictures,
    )  # fmt: skip


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


def example() -> dict[str, Upload]:
    """Return the exports of a made-up shop that come with the package; empty where they are missing."""
    folder = next((path.parent / "exports" for path in shipped_scenarios()), Path())
    names = {"tickets": "garden_shop_tickets.csv.gz", "roster": "garden_shop_roster.csv"}
    files = {what: folder / name for what, name in names.items()}
    return {what: Upload(path.name, path.name, path.read_bytes) for what, path in files.items() if path.is_file()}
