"""A ticket's life: one customer's way through the desk, with the AI and without it."""

from __future__ import annotations

import streamlit as st

from simulator.app.looking import Looking, looking
from simulator.app.showing import plain, show_chart, show_table, show_text
from simulator.engines.run_log import Outcome
from simulator.metrics.ticket_life import TicketLife
from simulator.report import ticket_chart, ticket_words
from simulator.run import simulate
from simulator.scenario.model import Scenario
from simulator.scenario.volume import expected_tickets
from simulator.studies.twins import Twins, Wanted
from simulator.tickets.sameness import scenario_key

MOST_LISTED = 50
"""Tickets that are offered in the list."""
MOST_TICKETS = 400_000
"""Tickets of a scenario from which this page, which holds them all, does without."""
KEPT_TWINS = 3
ANY = "any"
COLUMNS = ("From", "To", "Where", "What happens", "For")


def show() -> None:
    """Show the page."""
    look = looking()
    expected = expected_tickets(look.scenario)
    if expected > MOST_TICKETS:
        show_text(
            f"This scenario brings about {expected:,.0f} tickets, too many to hold one by one here (up to"
            f" {MOST_TICKETS:,}). Look at fewer weeks or a smaller volume."
        )
        return
    twins = _twins(scenario_key(look.scenario), look.seed, look.scenario)
    if not len(twins.run.customers):
        show_text("No ticket arrives in this scenario, so there is none to follow.")
        return
    ticket = _choice(look, twins)
    if ticket is not None:
        _life(look.scenario, twins, ticket)


@st.cache_resource(max_entries=KEPT_TWINS, show_spinner="Following every ticket …")
def _twins(key: str, seed: int, _scenario: Scenario) -> Twins:
    """Simulate replication 0 with and without the AI; `key` tells which scenario that is."""
    return Twins(simulate(_scenario, seed=seed, replication=0))


def _choice(look: Looking, twins: Twins) -> int | None:
    """Offer the tickets that match; give the number of the one to show."""
    wanted, order = _filters(look, twins)
    found = twins.matching(wanted, order)
    counted = int(twins.facts.n_counted)
    if not len(found):
        show_text(f"None of the {counted:,} tickets matches. Ask for less.")
        return None
    shown = found[:MOST_LISTED].tolist()
    labels = {number: _label(look.scenario, twins, number) for number in shown}
    left, right = st.columns((3, 1))
    # Another question gives another list, which begins with its own first ticket.
    asked = f"{scenario_key(look.scenario)} {look.seed} {wanted} {order}"
    count = f"{len(found):,} of {counted:,} tickets match" + (f", the first {MOST_LISTED}:" if len(found) > 50 else ":")
    listed = left.selectbox(plain(count), shown, key=f"ticket-listed {asked}", format_func=lambda one: labels[one])
    first = int(twins.facts.first_counted)
    number = right.number_input(
        "Or ticket number", first, first + counted - 1, listed, key=f"ticket-number {asked} {listed}",
        help="As in tickets.csv and the audit trail of replication 0.",
    )  # fmt: skip
    return int(number)


def _filters(look: Looking, twins: Twins) -> tuple[Wanted, str]:
    """Offer what can be asked of tickets."""
    scenario = look.scenario
    mark = "with" if twins.alone is not None else "without"
    columns = st.columns(4)
    intent = columns[0].selectbox("Intent", [ANY, *scenario.intents], key=f"ticket-intent {tuple(scenario.intents)}")
    channel = columns[1].selectbox(
        "Channel", [ANY, *scenario.channels], key=f"ticket-channel {tuple(scenario.channels)}"
    )
    outcomes = {ANY: None, **{outcome.label: outcome for outcome in Outcome}}
    outcome = columns[2].selectbox("Outcome", list(outcomes), key="ticket-outcome")
    order = columns[3].selectbox("Show first", twins.orders, key=f"ticket-order {mark}")
    marks = st.pills("Only those where", twins.marks, selection_mode="multi", key=f"ticket-marks {mark}")
    # An intent may be called “any”, but stands behind it in the list, and asks for the same as none.
    wanted = Wanted(
        None if intent == ANY else intent, None if channel == ANY else channel, outcomes[outcome], tuple(marks)
    )
    return wanted, order


def _label(scenario: Scenario, twins: Twins, number: int) -> str:
    life, _ = twins.lives(number)
    when = ticket_words.moment(scenario, life.arrival)
    return f"{number:,}: {when}, {life.intent}, {life.channel}, {ticket_words.ending(life)}"


def _life(scenario: Scenario, twins: Twins, number: int) -> None:
    """Show one ticket."""
    life, alone = twins.lives(number)
    decision = twins.decision(number)
    figure = ticket_chart.draw(scenario, life, alone, decision)
    show_chart(figure, "ticket", ticket_words.describe(scenario, life, alone, decision))
    st.subheader("Why")
    for sentence in ticket_words.decided(decision):
        show_text(sentence)
    st.subheader("Step by step")
    sides = [("With the AI" if alone is not None else "This desk", life)]
    sides += [("Without AI, the same customer", alone)] if alone is not None else []
    for name, each in sides:
        show_table(COLUMNS, ticket_words.step_rows(scenario, each), f"{name}: {_facts(each)}")
    show_text(
        "One customer of replication 0, as the audit trail has it: an example, not an estimate. Both desks meet the same"
        f" customers; times are local, {scenario.timezone}.",
        muted=True,
    )


def _facts(life: TicketLife) -> str:
    """Sum a ticket up in a line."""
    parts = [ticket_words.ending(life), f"{ticket_words.duration(life.human_minutes)} of agents' time"]
    parts += [f"{target.name} {ticket_words.target_words(life, target)}" for target in life.targets]
    return "; ".join(parts)
