"""Assumptions: every figure, where it comes from, and what it moves when it is another."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from simulator.app.looking import looking
from simulator.app.session import Session
from simulator.app.showing import plain, show_html, show_problems, show_text
from simulator.app.views.effects import show_moved, show_swings
from simulator.errors import ScenarioError
from simulator.report.assumption_words import Assumption, assumptions
from simulator.report.basis import KIND_WORDS, counts_in_words
from simulator.report.words import short
from simulator.scenario.ledger import assumption_ledger
from simulator.scenario.loading import override
from simulator.scenario.proposals import TRIED
from simulator.scenario.yaml_text import parse_yaml, shown

PAGE = 12
"""Figures that are listed at once."""
MAX_TEXT = 2_000
KINDS = {**KIND_WORDS, "definition": "by definition"}
ANY = ""
FIELD = "new value"
"""Where messages say that a problem stands."""
REFUSED = "refused-figure"
"""Where what does not fit is kept until the field is shown: (path, error)."""


def show() -> None:
    """Show the page."""
    look = looking()
    st.header("What the figures rest on")
    told = counts_in_words(assumption_ledger(look.scenario))
    show_text(f"{told} An assumed figure is yours to own: look at it, or measure it.")
    found = _listed(assumptions(look.scenario))
    _change(look.session, found)
    _taken_back(look.session)
    show_moved(look)
    show_swings(look)


# -- the ledger ------------------------------------------------------------------------------------------------


def _listed(rows: tuple[Assumption, ...]) -> list[Assumption]:
    """Show the ledger, and give the rows that the filters let through."""
    search, kind, section = st.columns([2, 1, 1])
    words = search.text_input("Search", max_chars=100, placeholder="threshold, handle, wait …", key="assumption-search")
    there = [name for name in KINDS if any(row.kind == name for row in rows)]
    kinds = {ANY: "any", **{name: KINDS[name] for name in there}}
    wanted = kind.selectbox("Kind of source", list(kinds), format_func=kinds.__getitem__, key="assumption-kind")
    parts = [ANY, *dict.fromkeys(row.section for row in rows)]
    part = section.selectbox("Section", parts, format_func=lambda name: name or "any", key="assumption-section")
    found = [row for row in rows if row.matches(words) and wanted in (ANY, row.kind) and part in (ANY, row.section)]
    if not found:
        show_text("No figure fits; search for fewer words.")
        return found
    last = (len(found) - 1) // PAGE
    page = 0
    if last:
        page = st.number_input(f"Page of the list, 1 to {last + 1}", 1, last + 1, 1, key="assumption-page") - 1
    shown = found[page * PAGE : (page + 1) * PAGE]
    _show_ledger(shown, f"Figures {page * PAGE + 1} to {page * PAGE + len(shown)} of {len(found)}")
    return found


def _show_ledger(rows: list[Assumption], caption: str) -> None:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("figure", "value", "range", "source"))
    body = "".join(_ledger_row(row) for row in rows)
    show_html(
        f'<div class="pan" tabindex="0" role="group" aria-label="{caption}"><table class="words">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
        key="assumption-list",
    )


def _ledger_row(row: Assumption) -> str:
    told = (row.words, row.meaning.split(". ")[0], row.value, short(row.source, 160))
    words, meaning, value, source = (escape(text) for text in told)
    origin = "stated in the scenario" if row.is_stated else "the model's own, until you state it"
    return (
        f'<tr><th scope="row">{words}<small>{meaning}</small></th><td>{value}</td>'
        f"<td>{escape(row.range) or '–'}</td><td>{source}<small>{KINDS[row.kind]}; {origin}</small></td></tr>"
    )


# -- another value ---------------------------------------------------------------------------------------------


def _change(session: Session, rows: list[Assumption]) -> None:
    st.header("Change a figure")
    if not rows:
        return
    by_path = {row.path: row for row in rows}
    # Without their values: the browser keeps what was chosen as it was written then.
    path = st.selectbox(
        "Figure", list(by_path), format_func=lambda path: by_path[path].words,
        key="assumption-figure", help="The figures that the search above lets through.",
    )  # fmt: skip
    if path is None:
        return
    row = by_path[path]
    what = f"{row.meaning} It is {row.value}{f' ({row.range})' if row.range else ''}; source: {row.source}."
    show_text(what)
    key = session.key(f"figure:{path}")

    def move() -> None:
        change_figure(session, row, str(st.session_state[key]))

    st.text_input(
        f"New value of {plain(row.words)}", key=key, on_change=move, max_chars=MAX_TEXT,
        placeholder=_example(row), help="As a scenario file has it; end with the Enter key.",
    )  # fmt: skip
    refused = st.session_state.get(REFUSED)
    if refused is not None and refused[0] == path:
        show_problems(refused[1])
        show_text("Nothing was changed.", muted=True)


def change_figure(session: Session, row: Assumption, text: str) -> bool:
    """Change a figure as it is typed; what does not fit is told beside the field and changes nothing."""
    st.session_state.pop(REFUSED, None)
    if not text.strip():
        return True
    try:
        value: Any = parse_yaml(text, FIELD, in_file=False)[0]
        # Tried as it was typed first, so that a message repeats that, and not what we make of it.
        override(session.scenario, {row.path: value})
    except ScenarioError as error:
        told = [replace(one, where=FIELD) if one.where == row.path else one for one in error.problems]
        st.session_state[REFUSED] = (row.path, ScenarioError(told))
        return False
    done = session.change(row.path, as_change(text, value, row))
    if done:
        session.generation += 1
    else:
        st.session_state[REFUSED], session.problems = (row.path, session.problems), None
    return done


def as_change(text: str, value: Any, row: Assumption) -> str:
    """Write what was typed as the session keeps it: a bare value says that somebody tried it."""
    is_bare = isinstance(value, str | int | float) and not isinstance(value, bool)
    return json.dumps({"value": value, "source": TRIED}) if is_bare and not row.is_list else text


def _example(row: Assumption) -> str:
    if row.is_list:
        return "[1, 2, 3]: the whole list"
    value = row.value.split()[0]
    return f'{value}, or {{value: {value}, low: …, high: …, source: "measured: …"}}'


def _taken_back(session: Session) -> None:
    """List what was changed, each with a button that takes it back."""
    changes = session.settings.changes
    if not changes:
        return
    st.header("Changed values")
    for number, (path, value) in enumerate(changes):
        told, back = st.columns([3, 2], vertical_alignment="center")
        with told:
            show_text(f"{path} = {_written(value, path)}")
        back.button(
            plain(f"Take back {short(path, 40)}"), key=session.key(f"back:{number}"), on_click=_take_back,
            args=(session, path), width="stretch",
        )  # fmt: skip


def _take_back(session: Session, path: str) -> None:
    if session.change(path, None):
        session.generation += 1


def _written(text: str, path: str) -> str:
    """Write a change as people read it: without the note that it was tried."""
    value: Any = parse_yaml(text, path, in_file=False)[0]
    if isinstance(value, dict) and value.get("source") == TRIED:
        value = value.get("value")
    return shown(value).strip("'")
