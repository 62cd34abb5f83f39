"""Looking: the figures of a visitor's desk, those of the desk as loaded, and how to get them within a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import streamlit as st

from simulator.app.jobs import Job
from simulator.app.session import Session
from simulator.app.showing import plain, show_problems, show_text
from simulator.scenario.model import Scenario
from simulator.scenario.volume import expected_tickets
from simulator.studies.laboratory import Stages
from simulator.studies.results import Replications
from simulator.studies.workbench import Workbench
from simulator.tickets.sameness import scenario_key

FIRST_TICKETS = 120_000
"""Tickets followed before figures are shown for the first time; the other replications then come after them."""
LIVE_TICKETS = 1_000_000
"""Tickets from which a study is no longer made at every move of a slider, but asked for."""


@cache
def workbench() -> Workbench:
    """The server's workbench; sessions that look at the same desk share its customers."""
    return Workbench()


@dataclass
class Looking:
    """What a page shows: a visitor's desk and its figures."""

    session: Session
    is_first: bool = field(default=False, init=False)
    """Whether figures were shown of fewer replications than wanted, so that the rest is still to come."""

    @property
    def scenario(self) -> Scenario:
        """The scenario with the visitor's changes."""
        return self.session.scenario

    @property
    def seed(self) -> int:
        """The seed of all figures."""
        return self.session.settings.seed

    @property
    def replications(self) -> int:
        """How many replications are wanted."""
        return self.session.settings.replications

    @property
    def is_changed(self) -> bool:
        """Tell whether anything is different from the scenario as loaded."""
        return bool(self.session.settings.changes)

    @cached_property
    def study(self) -> Replications:
        """The desk's replications: all that are wanted where that is quick, else a few first."""
        return self._study(self.scenario, groups=False)

    @cached_property
    def by_group(self) -> Replications:
        """As `study`, with figures by intent, channel, tier, week and difficulty."""
        return self._study(self.scenario, groups=True)

    @cached_property
    def before(self) -> Replications:
        """The desk as loaded, on as many replications as `study` has."""
        return workbench().replicate(self.session.base, len(self.study), seed=self.seed)

    def finish(self) -> None:
        """Simulate the replications that are still to come, and show everything again with them."""
        if self.is_first:
            workbench().replicate(self.scenario, self.replications, seed=self.seed)
            st.rerun()

    def _study(self, scenario: Scenario, *, groups: bool) -> Replications:
        bench, wanted = workbench(), self.replications
        few = max(2, min(wanted, int(FIRST_TICKETS / max(1.0, expected_tickets(scenario)))))
        ready = bench.is_at_hand(scenario, wanted, seed=self.seed, groups=groups)
        if not ready and not bench.has_customers(scenario, wanted, seed=self.seed) and few < wanted:
            self.is_first, wanted = True, few
        if ready or wanted * expected_tickets(scenario) < FIRST_TICKETS:
            return bench.replicate(scenario, wanted, seed=self.seed, groups=groups)
        with st.spinner(f"Simulating {wanted} replications …"):
            return bench.replicate(scenario, wanted, seed=self.seed, groups=groups)

    # -- long studies -------------------------------------------------------------------------------------

    def asked(self, kind: str, title: str, work: Callable[[Stages], Any], *, cost: str, button: str) -> Any:
        """Offer a study that takes a while; give what it found once it is done, else None.

        `kind` and the desk's settings say which question it answers: a study of other settings does not answer this
        one. `cost` says how long it takes. While it runs, its progress is shown, with a button to cancel it.
        """
        key = f"{kind} {self.seed} {scenario_key(self.scenario)}"
        return background(self.session, key, kind, title, work, cost=cost, button=button)


def background(
    session: Session, key: str, kind: str, title: str, work: Callable[[Stages], Any], *, cost: str, button: str
) -> Any:
    """Offer work that takes a while, as `Looking.asked` does; `key` says which question it answers."""
    jobs = session.jobs
    job = jobs.get(key)
    if job is None or job.state == "cancelled":
        if job is not None:
            show_text("Cancelled.", muted=True)
        if not st.button(button, key=f"start-{kind}", help=plain(cost)):
            show_text(cost, muted=True)
            return None
        jobs.start(key, title, work)
        # Once more, without the button.
        st.rerun()
    if not job.is_over:
        _progress(job, f"cancel-{kind}")
        return None
    if job.state == "failed":
        if job.error is not None:
            show_problems(job.error)
        else:
            st.error("The study failed for a reason that is a fault of this program; the server's log has it.")
        if st.button("Try again", key=f"again-{kind}"):
            jobs.forget(key)
            st.rerun()
        return None
    return job.result


@st.fragment(run_every=1.0)
def _progress(job: Job, key: str) -> None:
    """Show how far a study is, every second; show the whole page again when it is over."""
    if job.is_over:
        st.rerun()
    seconds = job.seconds
    left = f", about {seconds / job.share - seconds:.0f} s left in this stage" if 0.05 < job.share < 1 else ""
    count = f" ({job.done:,} of {job.of:,})" if job.of else ""
    told = "Waiting for another study" if job.state == "waiting" else job.stage or "Beginning"
    st.progress(job.share, text=plain(f"{job.title}: {told}{count}, {seconds:.0f} s{left}"))
    if st.button("Cancel", key=key):
        job.cancel()


def looking() -> Looking:
    """Give what the page that is being shown looks at."""
    found: Looking = st.session_state["looking"]
    return found
