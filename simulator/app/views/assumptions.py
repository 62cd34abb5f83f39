"""Assumptions: every figure, where it comes from, and what the KPIs are with another value.

Below them: what the visitor's changes do to the KPIs, and what figures that state a range could do.
"""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from simulator.app.page_state import PageState, live_runner, shown_state
from simulator.app.session import Session
from simulator.app.widgets import plain, show_html, show_problems, show_report_chart, show_table, show_text
from simulator.base.errors import ScenarioError, SimulatorError
from simulator.base.text import counted, short, shown
from simulator.metrics.registry import BY_NAME
from simulator.report.assumptions import KIND_WORDS, Assumption, assumptions, counts_in_words
from simulator.report.compare import sentences
from simulator.report.finding import Chart
from simulator.scenario import assumption_ledger, override
from simulator.scenario.document import Increase, read_value
from simulator.scenario.loading import absolute
from simulator.scenario.what_ifs import TRIED, propose
from simulator.scenario.yaml_text import parse_yaml
from simulator.studies.compare.comparison import COMPARED, differences_of, shared_kpis
from simulator.studies.roi.inputs import Input, uncertain_inputs
from simulator.studies.running.batch import Stages
from simulator.studies.running.variants import Variant

if TYPE_CHECKING:
    from simulator.scenario import Scenario
    from simulator.studies.running.results import Replications


_KPIS = (*COMPARED, "automated_resolution", "net_value_capacity", "net_value_cash")
_TOTALS = ("cost_total", "net_value_capacity", "net_value_cash")
"""Those of them that grow with the weeks; between different numbers of weeks they would compare nothing."""
_MOST_MOVED = 10
"""Figures of one tornado."""
_MOST_OFFERED = 40
"""Figures to choose from."""
_ALL = ""


def _show_moved(state: PageState) -> None:
    """Show what the changes do to the KPIs, paired on the same customers."""
    st.header("What it moves")
    if not state.is_changed:
        show_text("Change a figure above, or move a slider: what that does to the KPIs shows here.")
        return
    versus = {"As loaded": state.before}
    if (earlier := _before_the_last_change(state)) is not None:
        versus = {"Before the last change": earlier, **versus}
    choice = None
    if len(versus) > 1:
        choice = st.segmented_control("Against", list(versus), default=next(iter(versus)), key="assumption-versus")
    name = choice or next(iter(versus))
    reference, study = versus[name], state.study
    now = Variant("the desk now", study.scenario, base=reference.scenario)
    variants = [Variant(name.lower(), reference.scenario), now]
    kpis, note = compared_kpis(reference.scenario, study.scenario)
    if note:
        show_text(note)
    found = differences_of(variants, {variants[0].name: reference, now.name: study}, kpis)
    if found.without_effect():
        show_text("This changes nothing that is counted here: no KPI differs in any replication.")
        return
    show_text(sentences.sentence(found, now.name))
    show_table(
        ("KPI", name.lower(), "now", "difference", "verdict"),
        sentences.difference_cells(found, now.name),
        f"Means with 95 % intervals of {len(study)} replications; intervals of differences hold together",
    )
    show_text(sentences.how_sure(found), muted=True)


def compared_kpis(before: Scenario, now: Scenario) -> tuple[tuple[str, ...], str]:
    """Choose the KPIs that two desks can be compared by, and say what to mind where other weeks are counted."""
    weeks, there = int(now.weeks), int(before.weeks)
    if weeks != there:
        names = ["cost_per_ticket" if name == "cost_total" else name for name in _KPIS]
        kept = [name for name in names if name not in _TOTALS]
        told = f"{counted(weeks, 'week')} now, {there} before: totals of different lengths are left out"
        return shared_kpis([before, now], kept), f"{told}; cost is compared per ticket."
    kpis = shared_kpis([before, now], _KPIS)
    if now.start != before.start:
        return kpis, f"The weeks begin on {now.start} now, on {before.start} before: part of this is the calendar."
    if now.warm_up != before.warm_up:
        return kpis, "The warm-up is of another length: part of this is how many tickets are open at the start."
    return kpis, ""


def _before_the_last_change(state: PageState) -> Replications | None:
    """Return the desk as it was one step ago; None where that is the desk as loaded, or another."""
    session = state.session
    if not session.past:
        return None
    settings, base = session.past[-1]
    if base is not session.base or not settings.changes or settings.changes == session.settings.changes:
        return None
    try:
        scenario = propose(base, settings.values)
    except SimulatorError:
        return None
    runner, many = live_runner(), len(state.study)
    if not state.is_live and not runner.is_at_hand(scenario, many, seed=state.seed):
        return None
    return runner.replicate(scenario, many, seed=state.seed)


# -- ranges ----------------------------------------------------------------------------------------------------


def _show_swings(state: PageState) -> None:
    """Offer a tornado: chosen figures moved between the ends of their ranges, one at a time."""
    st.header("What their ranges could change")
    inputs, left = uncertain_inputs(state.scenario)
    if not inputs:
        show_text(
            "No figure states a range. State one above as {value: 8m, low: 6m, high: 11m, source: …}, and this "
            "shows what it could change."
        )
        return
    count = f"{counted(len(inputs), 'figure')}, of any kind of source, {'states' if len(inputs) == 1 else 'state'}"
    show_text(f"{count} a range or how many observations back it. Choose up to {_MOST_MOVED}.")
    kpis = shared_kpis([state.scenario], _KPIS)
    left_side, right_side = st.columns(2)
    kpi = left_side.selectbox("KPI", kpis, format_func=lambda name: BY_NAME[name].title, key="swing-kpi")
    parts = list(dict.fromkeys(str(one.known[0].path[0]) for one in inputs))
    part = right_side.selectbox(
        "Part of the scenario", [_ALL, *parts], format_func=lambda name: name or "all", key="swing-part"
    )
    by_name = {one.name: one for one in inputs if part in (_ALL, one.known[0].path[0])}
    names = st.pills(
        "Figures with a range", list(by_name)[:_MOST_OFFERED], default=list(by_name)[:3], selection_mode="multi",
        format_func=plain, key=state.session.key(f"swing-figures {part}"),
    )[:_MOST_MOVED]  # fmt: skip
    if len(by_name) > _MOST_OFFERED:
        told = f"The first {_MOST_OFFERED} of {len(by_name)} are offered; choose a part of the scenario."
        show_text(told, muted=True)
    if left:
        with st.expander(f"{len(left)} figures with a range that are not moved, and why"):
            show_table(
                ("figure", "why"), [(one.name, one.why) for one in left], "Figures that are not moved", words=True
            )
    if names:
        _show_tornado(state, [by_name[name] for name in names], kpi)


def _show_tornado(state: PageState, inputs: list[Input], kpi: str) -> None:
    from simulator.report.assumptions import details, kpi_tornado, swing_cells
    from simulator.studies.roi.sensitivity import kpi_swings

    scenario, wanted, seed = state.scenario, state.replications, state.seed

    def work(tell: Stages) -> Any:
        def simulate(moved: Scenario) -> Replications:
            return live_runner().replicate(moved, wanted, seed=seed)

        swings, refused = kpi_swings(scenario, inputs, kpi, simulate, tell)
        return swings, refused, simulate(scenario)

    kind = f"swings {wanted} {kpi} {' '.join(one.name for one in inputs)}"
    cost = f"It simulates {2 * len(inputs)} settings on the same customers; most take a second or a few each."
    found = state.asked(kind, "What their ranges could change", work, cost=cost, button="Move them to both ends")
    if found is None:
        return
    swings, refused, centre = found
    if swings:
        show_report_chart(Chart(
            "swings", lambda: kpi_tornado(swings, centre, kpi),
            lambda: details(swings, centre, kpi),
        ))  # fmt: skip
        show_table(
            ("figure", "from", "to", "at the low end", "at the high end", "high minus low"),
            [swing_cells(row, centre, kpi) for row in swings],
            f"{BY_NAME[kpi].title}, 95 % intervals, differences paired by replication",
        )
    for name, why in refused.items():
        show_text(f"{name} cannot be moved alone: {why}", muted=True)


# -- assumptions ------------------------------------------------------------------------------------------------------


_PAGE = 12
"""Figures that are listed at once."""
_MAX_TEXT = 2_000
_KINDS = {**KIND_WORDS, "definition": "by definition"}
_ANY = ""
_FIELD = "new value"
"""Where messages say that a problem stands."""
_REFUSED = "refused-figure"
"""Where what does not fit is kept until the field is shown: (path, error)."""


def show() -> None:
    """Show the page."""
    state = shown_state()
    st.header("What the figures rest on")
    told = counts_in_words(assumption_ledger(state.scenario))
    show_text(f"{told} An assumed figure is yours to own: look at it, or measure it.")
    found = _listed(assumptions(state.scenario))
    _change(state.session, found)
    _taken_back(state.session)
    _show_moved(state)
    _show_swings(state)


# -- the ledger ------------------------------------------------------------------------------------------------


def _listed(rows: tuple[Assumption, ...]) -> list[Assumption]:
    """Show the ledger; return the rows that the filters let through."""
    search, kind, section = st.columns([2, 1, 1])
    words = search.text_input("Search", max_chars=100, placeholder="threshold, handle, wait …", key="assumption-search")
    there = [name for name in _KINDS if any(row.kind == name for row in rows)]
    kinds = {_ANY: "any", **{name: _KINDS[name] for name in there}}
    wanted = kind.selectbox("Kind of source", list(kinds), format_func=kinds.__getitem__, key="assumption-kind")
    parts = [_ANY, *dict.fromkeys(row.section for row in rows)]
    part = section.selectbox("Section", parts, format_func=lambda name: name or "any", key="assumption-section")
    found = [row for row in rows if row.matches(words) and wanted in (_ANY, row.kind) and part in (_ANY, row.section)]
    if not found:
        show_text("No figure fits; search for fewer words.")
        return found
    last = (len(found) - 1) // _PAGE
    page = 0
    if last:
        page = st.number_input(f"Page of the list, 1 to {last + 1}", 1, last + 1, 1, key="assumption-page") - 1
    shown = found[page * _PAGE : (page + 1) * _PAGE]
    _show_ledger(shown, f"Figures {page * _PAGE + 1} to {page * _PAGE + len(shown)} of {len(found)}")
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
        f"<td>{escape(row.range) or '–'}</td><td>{source}<small>{_KINDS[row.kind]}; {origin}</small></td></tr>"
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
        _change_figure(session, row, str(st.session_state[key]))

    st.text_input(
        f"New value of {plain(row.words)}", key=key, on_change=move, max_chars=_MAX_TEXT,
        placeholder=_example(row), help="As a scenario file has it; end with the Enter key.",
    )  # fmt: skip
    refused = st.session_state.get(_REFUSED)
    if refused is not None and refused[0] == path:
        show_problems(refused[1])
        show_text("Nothing was changed.", muted=True)


def _change_figure(session: Session, row: Assumption, text: str) -> bool:
    """Change a figure as it is typed; what does not fit is told beside the field and changes nothing."""
    st.session_state.pop(_REFUSED, None)
    if not text.strip():
        return True
    try:
        value = read_value(text, _FIELD)
        # Tried as it was typed first, so that a message repeats that, and not what we make of it.
        override(session.scenario, {row.path: value})
        if isinstance(value, Increase):
            value = absolute(session.scenario, row.path, value)
            text = json.dumps(value)
    except ScenarioError as error:
        told = [replace(one, where=_FIELD) if one.where == row.path else one for one in error.problems]
        st.session_state[_REFUSED] = (row.path, ScenarioError(told))
        return False
    done = session.change(row.path, _as_change(text, value, row))
    if done:
        session.generation += 1
    else:
        st.session_state[_REFUSED], session.problems = (row.path, session.problems), None
    return done


def _as_change(text: str, value: Any, row: Assumption) -> str:
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
