"""What tickets are about: intents, channels, customer tiers, their difficulty, and those open at the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from simulator.base.arrays import Floats
from simulator.base.model_base import Frozen, Name, Named
from simulator.base.quantities import Amount, Correlation, Count, Figure, Quantity, Share
from simulator.base.text import Key
from simulator.distributions import Constant, FixedDuration, Lognormal, MeanDuration, PatienceDuration
from simulator.scenario.arrivals import HourlyFactors, Profile

_Score3 = Annotated[Figure, Quantity("number", ge=0, le=3, whole=True)]
_Level = Annotated[Figure, Quantity("number", ge=1, le=3, whole=True)]
_Score2 = Annotated[Figure, Quantity("number", ge=0, le=2, whole=True)]


def _queue_form(given: Any) -> str:
    return "<by channel>" if isinstance(given, Mapping) else "<one>"


_QueueChoice = Annotated[
    Annotated[Name, Tag("<one>")] | Annotated[Named[Name], Tag("<by channel>")], Discriminator(_queue_form)
]
"""A queue, or a queue by channel."""


class OnAbandon(Frozen):
    """What people do after they gave up waiting."""

    retries: Share
    """Share that tries again; the others are gone."""
    channel: Name | None = None
    """Channel they use then; none means the same one."""
    delay: FixedDuration = Lognormal(mean=Figure(30.0, source="assumed"), cv=Figure(1.0, source="assumed"))
    """Time until they try again."""


class Channel(Frozen):
    """A way in which customers reach the desk."""

    share: Share = Figure(1.0, source="definition: the only channel")
    """Share of tickets that arrive here (intents may have their own mix)."""
    live: bool = False
    """Whether the customer waits on the line (phone, chat): first response is then when an agent begins."""
    patience: PatienceDuration | None = None
    """How long people wait before they abandon; none means that they never do."""
    reply_gap: MeanDuration = Lognormal(mean=Figure(240.0, source="assumed"), cv=Figure(1.5, source="assumed"))
    """Time until a customer answers a question."""
    on_abandon: OnAbandon | None = None
    """What people do after they gave up waiting; none means that they are gone."""


class Tier(Frozen):
    """A class of customers."""

    share: Share = Figure(1.0, source="definition: the only tier")
    """Share of tickets from this tier (intents may have their own mix)."""
    priority: _Score2 = Figure(0.0, source="definition: no preference")
    """Points in the priority score, 0 to 2."""
    queue: Name | None = None
    """Queue that this tier's tickets always go to, by rule, whatever the AI thinks."""


class NextTeam(Frozen):
    """A further team that some tickets of an intent need after the first one."""

    queue: Name
    """Queue of that team."""
    share: Share
    """Share of the intent's tickets that need it."""
    handle: MeanDuration
    """Handle time of a ticket there."""


class Intent(Frozen):
    """One thing that customers want."""

    share: Share
    """Share of all tickets."""
    handle: MeanDuration
    """Human handle time of a ticket: all touches of its first visit together, without waiting."""
    handle_by_hour: HourlyFactors | None = None
    """Factors on its handle time by hour of arrival, written as a profile; days that it leaves out keep 1."""
    queue: _QueueChoice | None = None
    """Queue of its tickets, or a queue by channel; none means the first team's."""
    profile: Profile | None = None
    """Its own arrival profile; none means the common one."""
    channels: Named[Share] | None = None
    """Its own channel mix, as shares that sum to 1; none means the common one."""
    tiers: Named[Share] | None = None
    """Its own tier mix, as shares that sum to 1; none means the common one."""
    level: _Level = Figure(1.0, source="definition: Tier-1 work")
    """Support level, 1 to 3: 1 is Tier-1 work."""
    urgency: _Score3 = Figure(0.0, source="definition: not urgent")
    """Points in the priority score, 0 to 3."""
    impact: _Score3 = Figure(0.0, source="definition: no wider impact")
    """Points in the priority score, 0 to 3."""
    flags: Named[Share] = Named()
    """Marks that rules can act on (legal_words, refund_above_500, security …) and the share that carries them."""
    follow_ups: Amount | None = None
    """Mean number of further touches after a customer reply; none means the desk's."""
    then: tuple[NextTeam, ...] = ()
    """Further teams that some of its tickets need after the first one, in turn."""
    patience: PatienceDuration | None = None
    """How long its customers wait on live channels, where they differ from the channel's others."""
    reply_gap: MeanDuration | None = None
    """Time until its customers answer a question, where it differs from the channel's."""
    negative_sentiment: Share | None = None
    """Share of customers who write in anger; none means the desk's."""
    reopen: Share | None = None
    """Chance that a ticket comes back after a human resolved it; none means the desk's."""
    reassign: Share | None = None
    """Chance that the first team passes a ticket on; none means the desk's. Needs `handling.reassign`."""
    needs_write_back: bool = False
    """Whether resolving it needs an action in another system (refund, address change)."""
    catch_all: bool = False
    """Marks the *Other* bucket, whose size is watched."""


class Difficulty(Frozen):
    """How strongly a ticket's latent difficulty (a standard normal) shows in what can be seen of it.

    Correlations of normal scores (a Gaussian copula), so every stated distribution and calibration curve stays exactly
    as given. Difficulty is what makes the tickets that the AI leaves to people the harder ones.
    """

    route_confidence: Correlation = Figure(-0.3, source="assumed")
    """Correlation between difficulty and routing confidence."""
    answer_confidence: Correlation = Figure(-0.5, source="assumed")
    """Correlation between difficulty and answer confidence."""
    correctness: Correlation = Figure(-0.3, source="assumed")
    """Correlation between difficulty and being right, among tickets of equal confidence."""
    handle: Correlation = Figure(0.5, source="assumed")
    """Correlation between difficulty and handle time."""


class Reopen(Frozen):
    """Tickets that come back after a human resolved them."""

    share: Share = Figure(0.011, source="measured: IT incidents 2016 (ServiceNow log), n=16,929")
    """Chance that a ticket comes back after a human resolved it, each time."""
    delay: MeanDuration = Lognormal(mean=Figure(1440.0, source="assumed"), cv=Figure(1.0, source="assumed"))
    """Time until it comes back."""
    handle_factor: Amount = Figure(0.6, source="assumed")
    """Handle time of a repeat visit, relative to a first one."""
    limit: Annotated[Figure, Quantity("number", ge=0, le=50, whole=True)] = Figure(3.0, source="assumed")
    """Most repeat visits of one ticket."""


class Reassign(Frozen):
    """Tickets that one team looks at and passes on to another: a wrong group, or work for a specialist."""

    share: Share
    """Chance that the first team passes a ticket on."""
    again: Share | None = None
    """Chance that each later team passes it on in turn; none means the same share."""
    limit: Annotated[Figure, Quantity("number", ge=0, le=50, whole=True)] = Figure(3.0, source="assumed")
    """Most times that one ticket is passed on."""
    delay: FixedDuration = Constant(value=Figure(0.0, source="definition: the next team has it at once"))
    """Time until the next team has it in its line, each time."""


class Triage(Frozen):
    """People who read a ticket and put it into its queue, where the AI does not."""

    queue: Name
    """Queue in which tickets wait to be read."""
    handle: MeanDuration
    """Minutes to read and label one ticket."""
    accuracy: Share = Figure(0.95, source="assumed")
    """Share that is labelled right."""
    channels: tuple[Name, ...] = ()
    """Channels whose tickets are triaged; empty means all. In the others customers find their queue by themselves."""


class Handling(Frozen):
    """What happens to a ticket in people's hands, beyond its handle time."""

    triage: Triage | None = None
    """Human triage; none means that tickets find their queue by themselves (a form, a phone menu)."""
    transfer: MeanDuration = Lognormal(mean=Figure(2.0, source="assumed"), cv=Figure(0.8, source="assumed"))
    """Minutes a wrong team spends before it passes a ticket on."""
    reassign: Reassign | None = None
    """Tickets that are passed on although they were labelled right; none means that this does not happen."""
    misroute_factor: Amount = Figure(1.1, source="assumed")
    """Handle time of a ticket that came through a wrong team, relative to others."""
    follow_ups: Amount = Figure(0.0, source="definition: handle time is one touch")
    """Mean number of further touches of a ticket, each after a customer reply; handle time is split over them."""
    follow_up_limit: Annotated[Figure, Quantity("number", ge=0, le=50, whole=True)] = Figure(4.0, source="assumed")
    """Most further touches of one ticket."""
    negative_sentiment: Share = Figure(0.1, source="assumed")
    """Share of customers who write in anger."""
    reopen: Reopen = Field(default_factory=Reopen)
    """Tickets that come back after a human resolved them."""
    other_share_max: Share = Figure(0.2, source="assumed")
    """Size of the *Other* bucket above which `check` warns that the taxonomy needs work."""


def check_mix(shares: Iterable[float], what: str) -> None:
    """Refuse shares that do not sum to 1 (within 0.1 %, as people round)."""
    total = float(sum(shares))
    if abs(total - 1) > 1e-3:
        found = {"what": what, "total": f"{total * 100:.4g}%"}
        raise PydanticCustomError("whole", "has {what} that sum to {total}; must sum to 100%", found)


# -- the opening backlog ----------------------------------------------------------------------------------------------


class OpeningBacklog(Frozen):
    """Tickets that are open already at the start, in people's hands.

    They arrived before `start`, stand in line by the time at which they joined, and are worked on like all others once
    the desk opens at its first minute; nobody has worked on them yet, so their whole handle time is left. The AI does
    not touch them, those who wait do not give up, and KPIs are not about them: only the backlog over time holds them.
    They lie in channels that are not live, by the shares that these have.
    """

    tickets: Count
    """Number of tickets that are open at the start."""
    age: FixedDuration
    """How long each has been open at the start."""
    intents: Named[Share] | None = None
    """Shares of what they are about, summing to 1; none means the scenario's, of tickets in channels that are not
    live."""


def shares_in_line(intents: Named[Intent], channels: Named[Channel]) -> Floats:
    """Return the shares of each intent's tickets in each channel, 0 in live ones; shape (n_intents, n_channels)."""
    rows = []
    for intent in intents.values():
        mix = {name: float(given.share) for name, given in channels.items()} if intent.channels is None else {
            name: float(intent.channels.get(name, 0.0)) for name in channels
        }  # fmt: skip
        rows.append([0.0 if channels[name].live else share for name, share in mix.items()])
    return np.array(rows)


def backlog_problems(
    backlog: OpeningBacklog, intents: Named[Intent], channels: Named[Channel], *, warms_up: bool
) -> Iterator[tuple[Key, str]]:
    """List what is wrong with an opening backlog in its scenario, as (path, message)."""
    if warms_up:
        rule = "is given together with warm_up, which leaves open tickets of its own; drop one of them"
        yield ("opening_backlog",), rule
    if all(channel.live for channel in channels.values()):
        rule = "is given, but every channel is live, where nobody waits overnight; drop it or set live: false"
        yield ("opening_backlog",), rule
        return
    in_line = shares_in_line(intents, channels).sum(axis=1)
    if backlog.intents is None and not in_line.any():
        rule = "is given, but no intent arrives in a channel that is not live; drop it or give one such a channel"
        yield ("opening_backlog",), rule
    for name, share in (backlog.intents or {}).items():
        path = ("opening_backlog", "intents", name)
        if name not in intents:
            yield path, f"names the intent {name!r}; must be one of {', '.join(intents)}"
        elif share and not in_line[intents.index(name)]:
            yield path, f"names the intent {name!r}, which arrives in live channels only; must be 0 or left out"
