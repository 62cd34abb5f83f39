"""A ticket's life: one customer's way through the desk, with the AI and without it."""

from __future__ import annotations

import streamlit as st

from simulator.app.page_state import PageState, shown_state
from simulator.app.widgets import plain, show_chart, show_table, show_text
from simulator.engines.run_log import Outcome
from simulator.metrics.ticket_life import TicketLife
from simulator.report.ticket import charts, sentences
from simulator.run import simulate
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.run.twins import Twins, Wanted
from simulator.tickets.fingerprints import customers_key, scenario_key

_MOST_LISTED = 50
"""Tickets that are offered in the list."""
_MOST_TICKETS = 400_000
"""Tickets of a scenario from which this page, which holds them all, does without."""
_KEPT_TWINS = 3
_REFUSED = "ticket-refused"
"""Where a number that no ticket has is kept until that is told: (question, ticket shown, number)."""
_ANY = "any"
_COLUMNS = ("From", "To", "Where", "What happens", "For")


def show() -> None:
    """Show the page."""
    state = shown_state()
    expected = expected_tickets(state.scenario)
    if expected > _MOST_TICKETS:
        show_text(
            f"This scenario brings about {expected:,.0f} tickets, too many to hold one by one here (up to"
            f" {_MOST_TICKETS:,}). Look at fewer weeks or a smaller volume."
        )
        return
    twins = _twins(scenario_key(state.scenario), state.seed, state.scenario)
    if not len(twins.run.customers):
        show_text("No ticket arrives in this scenario, so there is none to follow.")
        return
    ticket = _choice(state, twins)
    if ticket is not None:
        _life(state.scenario, twins, ticket)


@st.cache_resource(max_entries=_KEPT_TWINS, show_spinner="Following every ticket …")
def _twins(key: str, seed: int, _scenario: Scenario) -> Twins:
    """Simulate replication 0 with and without the AI; `key` tells which scenario that is."""
    return Twins(simulate(_scenario, seed=seed, replication=0))


def _choice(state: PageState, twins: Twins) -> int | None:
    """Offer the tickets that match; return the number of the one to show."""
    wanted, order = _filters(state, twins)
    found = twins.matching(wanted, order)
    counted, first = int(twins.facts.n_counted), int(twins.facts.first_counted)
    if not len(found):
        show_text(f"None of the {counted:,} tickets matches. Ask for less.")
        return None
    # The same customers keep their numbers, so a ticket stays in view while thresholds move.
    question = (customers_key(state.scenario), state.seed, wanted, order)
    asked, chosen = st.session_state.get("ticket", (None, 0))
    number = int(chosen if asked == question else found[0])
    st.session_state["ticket"] = (question, number)
    shown = found[:_MOST_LISTED].tolist()
    labels = {one: _label(state.scenario, twins, one) for one in {*shown, number}}
    left, right = st.columns((3, 1))

    last = first + counted - 1

    def pick(key: str) -> None:
        st.session_state.pop(_REFUSED, None)
        if st.session_state[key] is not None:
            given = int(st.session_state[key])
            if first <= given <= last:
                st.session_state["ticket"] = (question, given)
            else:
                st.session_state[_REFUSED] = (question, number, given)

    some = f", these {_MOST_LISTED} first" if len(found) > _MOST_LISTED else ""
    key = f"ticket-listed {number} {scenario_key(state.scenario)} {question}"
    left.selectbox(
        plain(f"{len(found):,} of {counted:,} tickets match{some}"), shown, key=key, on_change=pick, args=(key,),
        index=shown.index(number) if number in shown else None, format_func=lambda one: labels[one],
        placeholder="Another ticket is shown",
    )  # fmt: skip
    key = f"ticket-number {number} {question}"
    # Without bounds, which the browser would enforce without a word.
    right.number_input(
        f"Or a number, {first} to {last}", value=number, step=1, key=key, on_change=pick, args=(key,),
        help="As in the ticket table and the audit trail of replication 0.",
    )  # fmt: skip
    asked, shown_then, given = st.session_state.get(_REFUSED, (None, 0, 0))
    if (asked, shown_then) == (question, number):
        why = "; those below arrived before the weeks that count" if 0 <= given < first else ""
        show_text(f"There is no ticket {given:,} to show: numbers go from {first:,} to {last:,}{why}.")
    return number


def _filters(state: PageState, twins: Twins) -> tuple[Wanted, str]:
    """Offer what can be asked of tickets."""
    scenario = state.scenario
    desk = f"{tuple(scenario.intents)} {tuple(scenario.channels)} {twins.alone is None}"
    columns = st.columns(4)
    intent = columns[0].selectbox("Intent", [None, *scenario.intents], format_func=_named, key=f"ticket-intent {desk}")
    channel = columns[1].selectbox(
        "Channel", [None, *scenario.channels], format_func=_named, key=f"ticket-channel {desk}"
    )
    outcome = columns[2].selectbox(
        "Outcome", [None, *Outcome], key=f"ticket-outcome {desk}",
        format_func=lambda one: _ANY if one is None else one.label,
    )  # fmt: skip
    marks = st.pills("Only those where", twins.marks, selection_mode="multi", key=f"ticket-marks {desk}")
    fitting = twins.order_for(marks)
    order = columns[3].selectbox(
        "Show first", twins.orders, index=twins.orders.index(fitting), key=f"ticket-order {desk} {fitting}"
    )
    return Wanted(intent, channel, outcome, tuple(marks)), order


def _named(name: str | None) -> str:
    return _ANY if name is None else name


def _label(scenario: Scenario, twins: Twins, number: int) -> str:
    life, _ = twins.lives(number)
    when = sentences.moment(scenario, life.arrival)
    return f"{number:,}: {when}, {life.intent}, {life.channel}, {sentences.ending(life)}"


def _life(scenario: Scenario, twins: Twins, number: int) -> None:
    """Show one ticket."""
    life, alone = twins.lives(number)
    decision = twins.decision(number)
    figure = charts.draw(scenario, life, alone, decision)
    show_chart(figure, "ticket", sentences.describe(scenario, life, alone, decision))
    st.subheader("Why")
    for sentence in sentences.decided(decision):
        show_text(sentence)
    st.subheader("Step by step")
    sides = [("With the AI" if alone is not None else "This desk", life)]
    sides += [("Without AI, the same customer", alone)] if alone is not None else []
    for name, each in sides:
        show_table(_COLUMNS, sentences.step_rows(scenario, each), f"{name}: {_facts(each)}")
    show_text(
        "One customer of replication 0, as the audit trail has it: an example, not an estimate. Both desks meet the"
        f" same customers; times are local, {scenario.timezone}.",
        muted=True,
    )


def _facts(life: TicketLife) -> str:
    """Sum a ticket up in a line."""
    parts = [sentences.ending(life), f"{sentences.duration(life.human_minutes)} of agents' time"]
    parts += [f"{target.name} {sentences.target_words(life, target)}" for target in life.targets]
    return "; ".join(parts)
