"""Save and share: the scenario as a file, the report of what is shown, and a link that brings it back."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin

import streamlit as st

from simulator.app.desks import text_of
from simulator.app.page_state import PageState, live_runner, shown_state
from simulator.app.session import DEFAULT_REPLICATIONS, Session
from simulator.app.widgets import show_problems, show_text
from simulator.base.errors import ScenarioError
from simulator.base.text import counted
from simulator.scenario.writing import Saved, saved
from simulator.studies.run.outputs import slug
from simulator.studies.running.batch import Stages
from simulator.tickets.fingerprints import scenario_key


def show() -> None:
    """Show the page."""
    state = shown_state()
    _save(state)
    _report(state)
    _link(state.session)


def saved_scenario(session: Session) -> Saved:
    """Write what a visitor looks at as a file that gives the same figures; raises ScenarioError where none does."""
    settings = session.settings
    original = settings.own or text_of(settings.scenario, session.given)
    return saved(session.scenario, original, dict(settings.changes))


def command_for(session: Session, file: str) -> str:
    """Return the command that makes the figures of the page from the saved file."""
    settings = session.settings
    options = f" --replications {settings.replications}" if settings.replications != DEFAULT_REPLICATIONS else ""
    # A folder of its own: that of the scenario's name may hold the results of the scenario as it was.
    folder = f"results/{file.removesuffix('.yaml').replace('_', '-')}-{scenario_key(session.scenario)[:6]}"
    options += f" --out {folder}"
    return f"ticketflow run {file}{options}{f' --seed {settings.seed}' if settings.seed != 1 else ''}"


def address_of(session: Session, page: str) -> str | None:
    """Return the whole address that restores what is shown; `page` is that of the page which is being shown."""
    query = session.query
    return None if query is None else f"{urljoin(page, '.')}?{urlencode(query, doseq=True)}"


def _save(state: PageState) -> None:
    st.header("Save the scenario")
    try:
        found = saved_scenario(state.session)
    except ScenarioError as error:
        show_problems(error)
        return
    count = len(state.session.settings.changes)
    kept = "The file as it was, comments and all" if found.keeps_comments else "The scenario, written out in full"
    changes = f", with {counted(count, 'value')} changed" if count else ""
    show_text(f"{kept}{changes}. It stands by itself and gives exactly the figures shown here:")
    if found.needs:
        show_text(f"Put {found.needs} beside it: the arrivals that it replays are not in the file.")
    file = f"{slug(state.scenario.name).replace('-', '_')}.yaml"
    st.code(command_for(state.session, file), language=None, wrap_lines=True)
    st.download_button("Download the scenario", found.text, file, "application/yaml", on_click="ignore")
    with st.expander("Look at the file"):
        st.code(found.text, language=None, height=400)


def _report(state: PageState) -> None:
    st.header("Export the report")
    show_text("One HTML file that needs nothing else, for mail, print and archive: the same report that a run writes.")
    scenario, seed, wanted = state.scenario, state.seed, state.replications

    def work(tell: Stages) -> str:
        from simulator.report.render.html import page_html
        from simulator.report.run.view import report_of
        from simulator.studies.run.opening import opening_of

        tell("Simulating", 0, 0)
        study = live_runner().replicate(scenario, wanted, seed=seed, groups=True)
        tell("Drawing and writing", 0, 0)
        return page_html(report_of(study, opening_of(study)))

    cost = "It takes some ten seconds."
    html = state.asked(f"report-{wanted}", "The report", work, cost=cost, button="Make the report")
    if html is not None:
        file = f"{slug(scenario.name)}-report.html"
        st.download_button("Download the report", html, file, "text/html", on_click="ignore")


def _link(session: Session) -> None:
    st.header("Share a link")
    address = address_of(session, st.context.url or "")
    if address is None:
        show_text(
            "What you look at does not fit into a link (it is too long, or it replays a log of yours). "
            "Save the scenario and send the file instead: others open it under “Your data”."
        )
        return
    show_text(
        "Opened where this page runs, this address shows what you see: scenario, changed values, replications. To"
        " others, who cannot reach this machine, send the saved scenario."
    )
    st.code(address, language=None, wrap_lines=True)
    if session.settings.own:
        show_text("The address holds the text of your scenario: send it only to those who may read that.", muted=True)
