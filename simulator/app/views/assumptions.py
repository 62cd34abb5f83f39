"""Assumptions: every figure, where it comes from, and what it moves when it is another."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from simulator.app.looking import Looking, looking, workbench
from simulator.app.session import Session
from simulator.app.showing import plain, show_chart, show_problems, show_table, show_text
from simulator.errors import ScenarioError, SimulatorError
from simulator.metrics.registry import BY_NAME
from simulator.report.assumption_words import Assumption, assumptions
from simulator.report.summary import KIND_WORDS
from simulator.report.words import short
from simulator.scenario.proposals import TRIED, propose
from simulator.scenario.yaml_text import parse_yaml
from simulator.studies.comparison import COMPARED, compare, shared_kpis
from simulator.studies.laboratory import Stages
from simulator.studies.roi.inputs import Input, uncertain_inputs
from simulator.studies.variants import Variant

if TYPE_CHECKING:
    from simulator.studies.results import Replications

PAGE = 30
"""Figures that are listed at once."""
MOST_MOVED = 10
"""Figures of one tornado."""
KPIS = (*COMPARED, "automated_resolution", "net_value_capacity", "net_value_cash")
MAX_TEXT = 2_000
KINDS = {**KIND_WORDS, "definition": "by definition"}
REFUSED = "refused-figure"
"""Where what does not fit is kept until the field is shown: (path, error)."""


def show() -> None:
    """Show the page."""
    look = looking()
    found = _listed(assumptions(look.scenario))
    _change(look.session, found)
    _taken_back(look.session)
    _moved(look)
    _swings(look)


# -- the ledger ------------------------------------------------------------------------------------------------


def _listed(rows: tuple[Assumption, ...]) -> list[Assumption]:
    """Show the ledger, and give the rows that the filters let through."""
    st.header("What the figures rest on")
    counts = {kind: sum(row.kind == kind for row in rows) for kind in KINDS}
    told = ", ".join(f"{count} {KINDS[kind]}" for kind, count in counts.items() if count)
    show_text(f"{len(rows)} figures: {told}. An assumed figure is yours to own: look at it, or measure it.")
    search, kind, section = st.columns([2, 1, 1])
    words = search.text_input("Search", max_chars=100, placeholder="threshold, handle, wait …", key="assumption-search")
    there = [name for name in KINDS if counts[name]]
    kinds = kind.multiselect("Kind of source", there, format_func=KINDS.__getitem__, key="assumption-kinds")
    sections = section.multiselect("Section", list(dict.fromkeys(row.section for row in rows)), key="assumption-parts")
    found = [
        row
        for row in rows
        if row.matches(words) and (not kinds or row.kind in kinds) and (not sections or row.section in sections)
    ]
    if not found:
        show_text("No figure fits; search for fewer words.")
        return found
    last = (len(found) - 1) // PAGE
    page = 0
    if last:
        page = st.number_input(f"Page of the list, 1 to {last + 1}", 1, last + 1, 1, key="assumption-page") - 1
    shown = found[page * PAGE : (page + 1) * PAGE]
    show_table(
        ("figure", "value", "range", "kind", "source", "", "what it is"),
        [
            (row.words, row.value, row.range or "–", KINDS[row.kind], short(row.source, 90),
             "stated" if row.is_stated else "default", row.meaning)
            for row in shown
        ],
        f"Figures {page * PAGE + 1} to {page * PAGE + len(shown)} of {len(found)}",
    )  # fmt: skip
    return found


# -- another value ---------------------------------------------------------------------------------------------


def _change(session: Session, rows: list[Assumption]) -> None:
    st.header("Change a figure")
    if not rows:
        return
    by_path = {row.path: row for row in rows}
    path = st.selectbox(
        "Figure", list(by_path), format_func=lambda path: f"{by_path[path].words}: {by_path[path].value}",
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
        value = as_change(text, row)
    except ScenarioError as error:
        st.session_state[REFUSED] = (row.path, error)
        return False
    if session.change(row.path, value):
        session.generation += 1
        return True
    st.session_state[REFUSED] = (row.path, session.problems)
    session.problems = None
    return False


def as_change(text: str, row: Assumption) -> str:
    """Write what was typed as the session keeps it: a bare value says that somebody tried it.

    Raises ScenarioError for what is no YAML.
    """
    value: Any = parse_yaml(text, row.path, in_file=False)[0]
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
        told, back = st.columns([4, 1], vertical_alignment="center")
        with told:
            show_text(f"{path} = {_short_value(value)}")
        back.button(
            "Take back", key=session.key(f"back:{number}"), on_click=_take_back, args=(session, path),
            help=plain(f"Take back {path}"), width="stretch",
        )  # fmt: skip


def _take_back(session: Session, path: str) -> None:
    if session.change(path, None):
        session.generation += 1


def _short_value(text: str) -> str:
    """Write a change as people read it: without the note that it was tried."""
    return short(text.replace(f', "source": "{TRIED}"', "").removeprefix('{"value": ').removesuffix("}"), 80) if (
        TRIED in text
    ) else short(text, 80)


# -- what it moves ---------------------------------------------------------------------------------------------


def _moved(look: Looking) -> None:
    """Show what the changes do to the KPIs, paired on the same customers."""
    st.header("What it moves")
    if not look.is_changed:
        show_text("Change a figure above, or move a slider: what that does to the KPIs shows here.")
        return
    versus = {"As loaded": look.before}
    if (earlier := _before_the_last_change(look)) is not None:
        versus = {"Before the last change": earlier, **versus}
    choice = st.segmented_control("Against", list(versus), default=next(iter(versus)), key="assumption-versus")
    name = choice or next(iter(versus))
    reference, study = versus[name], look.study
    now = Variant("the desk now", study.scenario, base=reference.scenario)
    variants = [Variant(name.lower(), reference.scenario), now]
    kpis = shared_kpis([reference.scenario, study.scenario], KPIS)
    found = compare(variants, {variants[0].name: reference, now.name: study}, kpis)
    from simulator.report import comparison_charts, difference_words, theme

    if found.without_effect():
        show_text("Nothing that this page counts changes: no KPI differs in any replication.")
        return
    show_text(difference_words.sentence(found, now.name))
    with theme.themed():
        figure = comparison_charts.differences(found)
    show_chart(figure, "moved", comparison_charts.describe(found))
    show_text(difference_words.how_sure(found), muted=True)


def _before_the_last_change(look: Looking) -> Replications | None:
    """Give the desk as it was one step ago; None where that is the desk as loaded, or another."""
    session = look.session
    if not session.past:
        return None
    settings, base = session.past[-1]
    if base is not session.base or not settings.changes or settings.changes == session.settings.changes:
        return None
    try:
        scenario = propose(base, replace(settings).values)
    except SimulatorError:
        return None
    return workbench().replicate(scenario, len(look.study), seed=look.seed)


# -- ranges ----------------------------------------------------------------------------------------------------


def _swings(look: Looking) -> None:
    """Offer a tornado: chosen figures moved between the ends of their ranges, one at a time."""
    st.header("What their ranges could change")
    inputs, left = uncertain_inputs(look.scenario)
    if not inputs:
        show_text(
            "No figure states a range. Give one above as {value: 8m, low: 6m, high: 11m, source: …}, and this "
            "shows what it could change."
        )
        return
    by_name = {one.name: one for one in inputs}
    show_text(f"{len(inputs)} figures state a range or how many observations they rest on. Choose up to {MOST_MOVED}.")
    choice, figure = st.columns([1, 2])
    kpis = shared_kpis([look.scenario], KPIS)
    kpi = choice.selectbox("KPI", kpis, format_func=lambda name: BY_NAME[name].title, key="swing-kpi")
    names = figure.multiselect(
        "Figures with a range", list(by_name), default=list(by_name)[:3], max_selections=MOST_MOVED,
        key=look.session.key("swing-figures"),
    )  # fmt: skip
    if left:
        with st.expander(f"{len(left)} figures with a range that are not moved, and why"):
            show_table(("figure", "why"), [(one.name, one.why) for one in left], "Figures that are not moved")
    if names:
        _show_swings(look, [by_name[name] for name in names], kpi)


def _show_swings(look: Looking, inputs: list[Input], kpi: str) -> None:
    from simulator.report import assumption_charts, theme
    from simulator.studies.one_at_a_time import kpi_swings

    scenario, wanted, seed = look.scenario, look.replications, look.seed

    def work(tell: Stages) -> Any:
        def simulate(moved: Any) -> Replications:
            return workbench().replicate(moved, wanted, seed=seed)

        swings, refused = kpi_swings(scenario, inputs, kpi, simulate, tell)
        return swings, refused, simulate(scenario)

    kind = f"swings {wanted} {kpi} {' '.join(one.name for one in inputs)}"
    cost = f"It simulates {2 * len(inputs)} settings on the same customers; most take a second or a few each."
    found = look.asked(kind, "What their ranges could change", work, cost=cost, button="Move them to both ends")
    if found is None:
        return
    swings, refused, centre = found
    if swings:
        with theme.themed():
            figure = assumption_charts.kpi_tornado(swings, centre, kpi)
        show_chart(figure, "swings", assumption_charts.describe(swings, centre, kpi))
        show_table(
            ("figure", "from", "to", "at the low end", "at the high end", "high minus low"),
            [assumption_charts.swing_cells(row, centre, kpi) for row in swings],
            f"{BY_NAME[kpi].title}, 95 % intervals, differences paired by replication",
        )
    for name, why in refused.items():
        show_text(f"{name} cannot be moved alone: {why}", muted=True)
