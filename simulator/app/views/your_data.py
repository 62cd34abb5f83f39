"""Your data: open a scenario file, or measure a desk on what your help desk exports."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from simulator.app import missing_answers
from simulator.app.desks import read_own
from simulator.app.fitting import Fitted, Form, Upload, example, fit_uploads
from simulator.app.missing_answers import FIELDS, Question
from simulator.app.page_state import background, shown_state
from simulator.app.session import Session
from simulator.app.widgets import plain, show_html, show_problems, show_study_table, show_text
from simulator.base.errors import NoColumn, Problem, ScenarioError, SimulatorError
from simulator.base.text import clean
from simulator.calibration.fit.estimate import Gap
from simulator.report.sheet import Sheet
from simulator.scenario.writing import saved
from simulator.studies.run.outputs import slug
from simulator.studies.running.batch import Stages

_SCENARIO_MB, _EXPORT_MB, _SMALL_MB = 50, 200, 50
"""Largest uploads: a scenario with its data files, an export of tickets, a roster or an AI's log."""
_MAX_FILES = 10
_MAX_TEXT = 4_000
_YAML = (".yaml", ".yml")
_EXPORTS = ["csv", "gz", "parquet"]
_REFUSED, _TAKEN, _LAST = "refused-file", "taken-file", "fit-last"
_GIVEN, _GAPS, _MARKS = "fit-given", "fit-gaps", "fit-marks"
"""What was said about figures that no file holds, which are asked for, and of which files."""
_CHOSEN, _SOUGHT = "fit-chosen", "fit-sought"
"""Columns that were chosen by field, and the fields that are asked for: in which file, and its columns."""
_MEASURE = "Measure the desk"
_ORDERS = {"As the file shows": None, "Day first: 31/12/2026": True, "Month first: 12/31/2026": False}


def show() -> None:
    """Show the page."""
    session = shown_state().session
    _scenario(session)
    _exports(session)


# -- a scenario file -------------------------------------------------------------------------------------------


def _scenario(session: Session) -> None:
    st.header("Open a scenario file")
    show_text(
        f"A scenario (.yaml, 4 MB at most), and the files that it names ({_SCENARIO_MB} MB each at most): another "
        "scenario that it extends, an AI's log, a log of arrivals. They are read, never run, and stay on this machine "
        "only while they are read."
    )
    key = session.key("own-files")
    st.file_uploader(
        "Scenario file, with the files that it names", [*(ending[1:] for ending in _YAML), "csv"],
        accept_multiple_files=True, max_upload_size=_SCENARIO_MB, key=key,
    )  # fmt: skip
    files = st.session_state.get(key) or []
    names = [file.name for file in files if file.name.lower().endswith(_YAML)]
    which = st.selectbox("Which of them is the scenario", names, key="own-which") if len(names) > 1 else None
    st.button("Look at this desk", key="own-open", disabled=not files, on_click=_open, args=(session, key, which))
    if (error := st.session_state.pop(_REFUSED, None)) is not None:
        show_problems(error)
        show_text("The desk that you looked at stays as it was.", muted=True)
    if st.session_state.pop(_TAKEN, False):
        show_text(f"You are looking at it now: all pages show “{session.base.name}”.")


def _open(session: Session, key: str, which: str | None) -> None:
    try:
        take_files(session, {file.name: file.getvalue() for file in st.session_state[key]}, which)
    except SimulatorError as error:
        st.session_state[_REFUSED] = error
    else:
        st.session_state[_TAKEN] = True


def take_files(session: Session, files: dict[str, bytes], which: str | None = None) -> None:
    """Turn to the scenario among some uploaded files; raises ScenarioError with what is wrong with it."""
    if len(files) > _MAX_FILES:
        raise ScenarioError(Problem("upload", "", f"has {len(files)} files; must have {_MAX_FILES} or fewer"))
    name = which or next((name for name in files if name.lower().endswith(_YAML)), None)
    if name is None:
        raise ScenarioError(Problem("upload", "", "has no scenario; must have a .yaml file"))
    try:
        text = files[name].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = files[name].count(b"\n", 0, error.start) + 1
        raise ScenarioError(Problem(f"{name}:{line}", "", "is no UTF-8 text; save it as UTF-8")) from None
    base = read_own(text, name, {other: content for other, content in files.items() if other != name})
    # What the session keeps must stand by itself: the other files are gone.
    session.take(saved(base, text).text, base)


# -- exports ---------------------------------------------------------------------------------------------------


def _exports(session: Session) -> None:
    st.header("Measure a desk on its exports")
    show_text(
        "Tickets as your help desk exports them (CSV, CSV.gz or Parquet) and, where you have them, a roster and an "
        "AI's log. Rows are counted and not kept; agents become numbers; names of intents, channels, tiers and teams "
        "stay. What no file says is asked for; nothing is guessed."
    )
    if st.toggle("Use the example: eight weeks of a made-up garden shop", key="fit-example"):
        files = example()
        _forget_others(files)
        form = Form(name="garden shop", zone="Europe/London")
    else:
        files = _files()
        _forget_others(files)
        form = _form()
    answers = tuple(f"{path}={value}" for path, value in st.session_state[_GIVEN].items())
    chosen: dict[str, str] = st.session_state[_CHOSEN]
    written = [line for line in form.columns if line.partition("=")[0].strip() not in chosen]
    columns = (*written, *(f"{name}={column}" for name, column in chosen.items()))
    form = replace(form, given=(*form.given, *answers), columns=columns)
    if files and "tickets" in files:
        _fit(session, files, form)
        return
    last = session.jobs.get(st.session_state.get(_LAST, ""))
    if last is not None and isinstance(last.result, Fitted):
        _show_fitted(session, last.result)


def _forget_others(files: dict[str, Upload]) -> None:
    """Forget what was said about other files: it does not hold for these."""
    marks = _marks(files)
    if st.session_state.get(_MARKS) != marks:
        st.session_state.update({_MARKS: marks, _GIVEN: {}, _GAPS: {}, _CHOSEN: {}, _SOUGHT: {}})


def _files() -> dict[str, Upload]:
    tickets, log, roster = st.columns(3)
    uploads = {
        "tickets": tickets.file_uploader("Tickets", _EXPORTS, key="fit-tickets", max_upload_size=_EXPORT_MB),
        "roster": roster.file_uploader("Roster (optional)", _EXPORTS, key="fit-roster", max_upload_size=_SMALL_MB),
        "ai_log": log.file_uploader("The AI's log (optional)", _EXPORTS, key="fit-log", max_upload_size=_SMALL_MB),
    }
    return {what: Upload(file.name, file.file_id, file.getvalue) for what, file in uploads.items() if file is not None}


def _form() -> Form:
    """Show the fields beside the files."""
    name, zone, country = st.columns(3)
    told = {
        "name": name.text_input("Name of the scenario", max_chars=80, key="fit-name"),
        "zone": zone.text_input("Time zone", placeholder="Europe/London; else UTC", max_chars=60, key="fit-zone"),
        "country": country.text_input("Country, for holidays", placeholder="GB", max_chars=3, key="fit-country"),
    }
    with st.expander("What the files may leave open"):
        order = st.selectbox("Order of dates", list(_ORDERS), key="fit-order")
        left, right = st.columns(2)
        told |= {
            "first_day": left.text_input("First day", placeholder="2026-01-05", max_chars=10, key="fit-from"),
            "last_day": right.text_input("Last day, included", placeholder="2026-03-29", max_chars=10, key="fit-to"),
            "handle": left.text_input(FIELDS["--handle"], placeholder="8m", key="fit-handle"),
            "occupancy": right.text_input(FIELDS["--occupancy"], placeholder="80%", key="fit-occupancy"),
            "staffed_hours": left.text_input(FIELDS["--staffed-hours"], placeholder="960", key="fit-hours"),
        }
        columns = st.text_area(
            f"{missing_answers.COLUMNS}, one a line", placeholder="created_at=Opened", max_chars=_MAX_TEXT,
            key="fit-map",
        )  # fmt: skip
        given = st.text_area(
            f"{missing_answers.GIVEN}, one a line", placeholder="sla.first_response.default=4h", max_chars=_MAX_TEXT,
            key="fit-set",
        )  # fmt: skip
    return Form(**told, day_first=_ORDERS[str(order)], columns=_lines(columns), given=_lines(given))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _fit(session: Session, files: dict[str, Upload], form: Form) -> None:
    mine = dict(files)

    def work(tell: Stages) -> Fitted:
        try:
            return fit_uploads(mine, form, tell)
        finally:
            mine.clear()  # The study is remembered; the files need not be.

    key = f"fit {hashlib.sha256(repr((_marks(files), form)).encode()).hexdigest()}"
    cost = "It takes a few seconds; a minute and more for millions of tickets."
    st.session_state[_LAST] = key
    job = session.jobs.get(key)
    is_asked = job is not None and job.error is not None and _note(job.error)
    if is_asked and job is not None and job.error is not None:
        rest = [one for one in job.error.problems if not isinstance(one, Gap)]
        if rest:
            show_problems(type(job.error)(rest))
    sought, gaps = st.session_state[_SOUGHT], st.session_state[_GAPS]
    is_measured = job is not None and job.state == "done"
    if sought or gaps:
        with st.expander("What you said that no file holds") if is_measured else st.container():
            _choose(sought)
            _ask(gaps)
    if is_asked:
        # Nothing new was said since; another answer makes another question of it, with a button that works.
        st.button(_MEASURE, disabled=True, key="start-fit-later", help="Answer first, or give another file.")
        return
    found = background(session, key, "fit", "The fit", work, cost=cost, button=_MEASURE)
    if isinstance(found, Fitted):
        _show_fitted(session, found)


def _marks(files: dict[str, Upload]) -> list[tuple[str, str, str]]:
    return [(what, upload.name, upload.mark) for what, upload in files.items()]


def _note(error: SimulatorError) -> bool:
    """Remember what an unfinished fit asks for; tell whether that is anything."""
    gaps = {one.answer: one for one in error.problems if isinstance(one, Gap)}
    sought = {
        name: (one.where, one.columns)
        for one in error.problems if isinstance(one, NoColumn) and one.columns
        for name in one.fields
    }  # fmt: skip
    st.session_state[_GAPS] = st.session_state[_GAPS] | gaps
    st.session_state[_SOUGHT] = st.session_state[_SOUGHT] | sought
    return bool(gaps or sought)


def _choose(sought: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    """Ask which column holds a field that was not recognised."""
    if not sought:
        return
    from simulator.calibration.exports.table import AI_FIELDS, ROSTER_FIELDS
    from simulator.calibration.exports.table import FIELDS as TICKET_FIELDS

    show_text("Choose the columns, if this is the right file:")
    ours = {one.name: one.text for one in (*TICKET_FIELDS, *AI_FIELDS)}
    ours |= {f"roster.{one.name}": one.text for one in ROSTER_FIELDS}
    for name, (file, columns) in sought.items():
        key = f"column {name}"

        def choose(name: str = name, key: str = key) -> None:
            chosen = {**st.session_state[_CHOSEN], name: st.session_state[key]}
            st.session_state[_CHOSEN] = {one: column for one, column in chosen.items() if column}

        if (chosen := st.session_state[_CHOSEN].get(name)) in columns:
            st.session_state.setdefault(key, chosen)
        st.selectbox(
            plain(f"Which column of {file} is {name.removeprefix('roster.')}? {ours.get(name, '')}"), columns,
            index=None, key=key, on_change=choose, format_func=clean, placeholder="Choose a column",
        )  # fmt: skip


def _ask(gaps: dict[str, Gap]) -> None:
    """Ask for each figure that no file holds, in a field of its own that says what to know about it."""
    if not gaps:
        return
    show_text("What no file holds, so please say what you know or expect; then measure the desk:")
    questions = {path: missing_answers.question(gap) for path, gap in gaps.items()}
    for path, one in questions.items():
        key = f"gap {path}"

        def say(one: Question = one, key: str = key) -> None:
            _say(one, str(st.session_state[key] or ""))

        if said := st.session_state[_GIVEN].get(one.path):
            told = {value: text for text, value in one.choices.items()}
            st.session_state.setdefault(key, told.get(said, said))
        if one.choices:
            st.selectbox(
                plain(one.label), list(one.choices), index=None, key=key, on_change=say, placeholder="Choose an answer"
            )
        else:
            example = f"For example: {one.example}" if one.example else ""
            st.text_input(plain(one.label), key=key, on_change=say, max_chars=_MAX_TEXT, placeholder=example)
        show_text(one.note, muted=True)
    open_ones = {path: one for path, one in questions.items() if one.path not in st.session_state[_GIVEN]}
    offers = {path: one.example or next(iter(one.choices), "") for path, one in open_ones.items()}
    offers = {path: offer for path, offer in offers.items() if offer}
    if offers:
        st.button(
            "Take the examples for what is not answered yet", key="fit-offers", on_click=_take_offers,
            args=({path: questions[path] for path in offers}, offers),
            help="They are there to begin with, and measured nowhere. Where answers are listed, the first is taken.",
        )  # fmt: skip


def _say(one: Question, text: str) -> None:
    given = {**st.session_state[_GIVEN], one.path: one.value(text)}
    st.session_state[_GIVEN] = {place: value for place, value in given.items() if value}


def _take_offers(questions: dict[str, Question], offers: dict[str, str]) -> None:
    for path, offer in offers.items():
        st.session_state[f"gap {path}"] = offer
        _say(questions[path], offer)


def _show_fitted(session: Session, found: Fitted) -> None:
    show_text(found.answer)
    for text in found.sentences:
        show_text(text)
    if found.warnings:
        warnings = "".join(f"<li>{escape(text)}</li>" for text in found.warnings)
        show_html(f'<div class="problem"><strong>Know this first:</strong><ul>{warnings}</ul></div>')
    look, keep = st.columns(2)
    look.button(
        "Look at the fitted desk", key="fit-look", on_click=_take,
        args=(session, found), width="stretch",
    )  # fmt: skip
    file = f"{slug(found.scenario.name).replace('-', '_')}.yaml"
    keep.download_button(
        "Download the scenario", found.text, file, "application/yaml", on_click="ignore", width="stretch"
    )
    choice = st.selectbox("Show", [*_parts(found)], key="fit-show")
    part = _parts(found)[choice]
    if isinstance(part, Sheet):
        show_study_table(part, choice, words=True)
    else:
        show_html(f'<figure><div class="pan" tabindex="0" role="group" aria-label="Chart">{part.svg}</div></figure>')
    show_text(found.how_sure, muted=True)


def _take(session: Session, found: Fitted) -> None:
    session.take(found.text, found.scenario)


def _parts(found: Fitted) -> dict[str, Any]:
    """Return tables and charts by what they are called."""
    tables: dict[str, Any] = {table.short_title: table for table in found.tables if table.rows}
    return tables | {one.finding: one for one in found.pictures}
