"""The state behind a page: figures of a visitor's desk and of the desk as loaded, and what was made of them, kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeVar, cast

import streamlit as st

from simulator.app.jobs import Job, Jobs
from simulator.app.session import Session
from simulator.app.widgets import plain, show_problems, show_text
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.running.batch import Stages
from simulator.studies.running.live import LiveRunner
from simulator.studies.running.results import Replications
from simulator.tickets.fingerprints import scenario_key

Kept = TypeVar("Kept")


def kept(name: str, mark: Hashable, make: Callable[[], Kept]) -> Kept:
    """Return what was made under this name for the same mark, or make it; the last one of each name is kept."""
    key = f"kept {name}"
    found: tuple[Hashable, Kept] | None = st.session_state.get(key)
    if found is None or found[0] != mark:
        found = st.session_state[key] = (mark, make())
    return found[1]


# -- the page's figures -----------------------------------------------------------------------------------------------


FIRST_TICKETS = 120_000
"""Tickets followed before figures are shown for the first time; the other replications then come after them."""
LIVE_TICKETS = 1_000_000
"""Tickets from which a study is no longer made at every move of a slider, but asked for."""
_PAIR = 2
"""Replications between two signs of life of a long simulation."""


@cache
def live_runner() -> LiveRunner:
    """The server's live runner; sessions that look at the same desk share its customers."""
    return LiveRunner()


@dataclass
class PageState:
    """What a page shows: a visitor's desk and its figures."""

    session: Session
    is_first: bool = field(default=False, init=False)
    """Whether figures were shown of fewer replications than wanted, so that the rest is still to come."""
    _groups: bool = field(default=False, init=False)
    """Whether those that are still to come have figures by group."""

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
        """Whether anything is different from the scenario as loaded."""
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
        return live_runner().replicate(self.session.base, len(self.study), seed=self.seed)

    @property
    def is_live(self) -> bool:
        """Whether all replications are few enough tickets to be made at every move of a slider."""
        return self.replications * expected_tickets(self.scenario) <= LIVE_TICKETS

    def finish(self) -> None:
        """Simulate the replications that are still to come, and show everything again with them.

        Where that takes long, they are asked for.
        """
        if not self.is_first:
            return
        if self.is_live:
            live_runner().replicate(self.scenario, self.replications, seed=self.seed, groups=self._groups)
            st.rerun()
        show_text(f"The figures above are of the first replications, not yet of all {self.replications}.")
        if self._asked_for(groups=self._groups) is not None:
            st.rerun()

    def _study(self, scenario: Scenario, *, groups: bool) -> Replications:
        runner, wanted, tickets = live_runner(), self.replications, max(1.0, expected_tickets(scenario))
        few = max(2, min(wanted, int(FIRST_TICKETS / tickets)))
        ready = runner.is_at_hand(scenario, wanted, seed=self.seed, groups=groups)
        if not ready and not self.is_live and (found := self._found(few * tickets, groups=groups)) is not None:
            return found
        is_met = self.is_live and runner.has_customers(scenario, wanted, seed=self.seed)
        if not ready and not is_met and few < wanted:
            self.is_first, self._groups, wanted = True, groups, few
        if ready or wanted * tickets < FIRST_TICKETS:
            return runner.replicate(scenario, wanted, seed=self.seed, groups=groups)
        with st.spinner(f"Simulating {wanted} replications …"):
            return runner.replicate(scenario, wanted, seed=self.seed, groups=groups)

    # -- long studies -------------------------------------------------------------------------------------

    def _found(self, first_tickets: float, *, groups: bool) -> Replications | None:
        """Return the replications that were asked for; None where a few can be shown before them, if they were not.

        Where even a few take long, the page ends with the question.
        """
        job = self.session.jobs.get(self._key(self._kind(groups)))
        if job is not None and job.state == "done":
            return cast(Replications, job.result)
        if first_tickets <= LIVE_TICKETS:
            return None
        found = self._asked_for(groups=groups)
        if found is None:
            st.stop()
        return found

    def _asked_for(self, *, groups: bool) -> Replications | None:
        """Offer all replications, in the background."""
        scenario, base, seed, wanted = self.scenario, self.session.base, self.seed, self.replications
        is_changed = self.is_changed

        def work(tell: Stages) -> Replications:
            for done in range(0, wanted, _PAIR):
                tell("Simulating", done, wanted)
                many = min(wanted, done + _PAIR)
                live_runner().replicate(scenario, many, seed=seed, groups=groups)
                if is_changed:
                    live_runner().replicate(base, many, seed=seed)
            return live_runner().replicate(scenario, wanted, seed=seed, groups=groups)

        tickets = wanted * expected_tickets(scenario)
        cost = (
            f"{wanted} replications of this desk are {tickets:,.0f} tickets, too many to follow at every move of a"
            " slider. Choose fewer replications at the side, or a smaller volume, for figures at once."
        )
        title, button = f"Simulating {wanted} replications", f"Simulate all {wanted} replications"
        found: Replications | None = self.asked(self._kind(groups), title, work, cost=cost, button=button)
        return found

    def _kind(self, groups: bool) -> str:
        return f"replications-{self.replications}{'-groups' if groups else ''}"

    def _key(self, kind: str) -> str:
        return f"{kind} {self.seed} {scenario_key(self.scenario)}"

    def asked(self, kind: str, title: str, work: Callable[[Stages], Any], *, cost: str, button: str) -> Any:
        """Offer a study that takes a while; return what it found once it is done, else None.

        `kind` and the desk's settings say which question it answers: a study of other settings does not answer this
        one. `cost` says how long it takes. While it runs, its progress is shown, with a button to cancel it.
        """
        return background(self.session, self._key(kind), kind, title, work, cost=cost, button=button)


def background(
    session: Session, key: str, kind: str, title: str, work: Callable[[Stages], Any], *, cost: str, button: str
) -> Any:
    """Offer work that takes a while, as `PageState.asked` does; `key` says which question it answers."""
    jobs = session.jobs
    job = jobs.get(key)
    if job is None or job.state == "cancelled":
        if job is not None:
            show_text("Cancelled.", muted=True)
        if not st.button(button, key=f"start-{kind}", help=plain(cost)):
            show_text(cost, muted=True)
            return None
        job = jobs.start(key, title, work)
        # Once more, without the button.
        st.rerun()
    if not job.is_over:
        _progress(job, jobs, f"cancel-{kind}")
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
def _progress(job: Job, jobs: Jobs, key: str) -> None:
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
    # A study of earlier settings, or of another page, has no other place here where it could be ended.
    earlier = jobs.before(job) if job.state == "waiting" else None
    if earlier is not None and st.button(plain(f"Cancel the study that runs now: {earlier.title}"), key=f"{key}-first"):
        earlier.cancel()


def shown_state() -> PageState:
    """Return the state of the page that is being shown."""
    found: PageState = st.session_state["page-state"]
    return found
