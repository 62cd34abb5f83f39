"""The scenario: everything a user says about a desk, checked as a whole."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, Field, PrivateAttr, field_validator
from pydantic_core import PydanticCustomError

from simulator.base.arrays import Floats
from simulator.base.calendars import DAY_MINUTES, Wall
from simulator.base.model_base import Frozen, Keyed, Named
from simulator.base.notebook_hooks import Shown
from simulator.base.quantities import Figure, Quantity
from simulator.base.text import Key, did_you_mean
from simulator.scenario.ai import AFTER_WRONG, Ai
from simulator.scenario.arrivals import Arrivals, Day
from simulator.scenario.demand import (
    Channel,
    Difficulty,
    Handling,
    Intent,
    OpeningBacklog,
    Tier,
    backlog_problems,
    check_mix,
)
from simulator.scenario.desk import Sla, Team, Zone
from simulator.scenario.pilot_review import Pilot
from simulator.scenario.policy import Policy
from simulator.scenario.value import Costs, Csat

_RESERVED = ("AI", "AI agent", "none")
"""Names that the audit trail keeps for the AI itself, and for no team or queue at all."""
_BAND_NAMES = (
    ("normal",),
    ("urgent", "normal"),
    ("urgent", "high", "normal"),
    ("urgent", "high", "normal", "low"),
)
"""Names of the priority bands, by how many bounds cut the score."""
_MAX_NAMED = 500
"""Most intents, channels, tiers or teams."""
_Weeks = Annotated[Figure, Quantity("number", ge=1, le=520, whole=True)]
MAX_WARM_UP_DAYS = 84


def _check_warm_up(length: Figure) -> Figure:
    if length % DAY_MINUTES or length > MAX_WARM_UP_DAYS * DAY_MINUTES:
        raise PydanticCustomError("warm_up", "must be whole days, 12 weeks at most, such as 7d")
    # It is a setting of the run, not something assumed about the desk, so it needs no source from the user.
    source = length.source or "definition: days that are simulated and not counted"
    return Figure(length, length.low, length.high, length.n, source)


_WarmUp = Annotated[Figure, Quantity("minutes", ge=0), AfterValidator(_check_warm_up)]
_Drain = Annotated[Figure, Quantity("minutes", ge=0, le=527_040)]
_TicketLimit = Annotated[Figure, Quantity("number", ge=1, le=1e9, whole=True)]


class ReplayedArrivals:
    """Arrivals read from a file: sorted times of day and intents, as read when the scenario was loaded."""

    def __init__(self, minutes: Floats, intents: tuple[str, ...] | None) -> None:
        self.minutes = minutes
        """Simulated minutes, shape (n_tickets,), ascending."""
        self.intents = intents
        """Intent of each ticket, or None where they are drawn."""

    def since(self, minute: float) -> ReplayedArrivals:
        """Return the arrivals from a minute on."""
        first = int(np.searchsorted(self.minutes, minute))
        return ReplayedArrivals(self.minutes[first:], None if self.intents is None else self.intents[first:])


class Scenario(Frozen, Shown):
    """A support desk, its customers, its AI and its rules."""

    view: ClassVar[str] = "simulator.report.render.notebook:scenario_brief"

    name: Annotated[str, Field(min_length=1, max_length=120)]
    """Short name, shown on reports."""
    description: str = ""
    """What the desk is and which question it answers."""
    start: Day
    """First day; simulated time begins at its local midnight."""
    timezone: Zone = "UTC"
    """IANA time zone of the desk."""
    weeks: _Weeks = Figure(4.0, source="definition: a four-week pilot")
    """Weeks in which tickets arrive."""
    warm_up: _WarmUp = Figure(0.0, source="definition: the desk opens with an empty house")
    """Whole days that the desk runs before `start`, so that week 1 begins with as many open tickets as any other.
    Tickets that arrive in them are worked on like all others, but not counted. Volume, holidays and surges go by the
    calendar (growth goes on backwards), the roster is that of week 1, and phases and windows of week 1 have not begun:
    the policy's general rules hold. What the AI learns from reviews counts from `start` on."""
    opening_backlog: OpeningBacklog | None = None
    """Tickets that are open already at the start; without it there are none (or those that a warm-up leaves)."""
    drain: _Drain = Figure(20160.0, source="definition: two weeks to finish what is in the house")
    """Time after the last week in which open tickets are followed."""
    arrivals: Arrivals
    """How many tickets arrive, and when."""
    channels: Named[Channel] = Field(default_factory=lambda: Named({"email": Channel()}))
    """Ways in which customers reach the desk; by itself one, `email`."""
    tiers: Named[Tier] = Field(default_factory=lambda: Named({"standard": Tier()}))
    """Classes of customers; by itself one, `standard`."""
    intents: Named[Intent]
    """What customers want."""
    difficulty: Difficulty = Field(default_factory=Difficulty)
    """How strongly a ticket's latent difficulty shows in what can be seen of it."""
    handling: Handling = Field(default_factory=Handling)
    """What happens to a ticket in people's hands, beyond its handle time."""
    ai: Ai | None = None
    """The AI agent; none means people only."""
    policy: Policy = Field(default_factory=Policy)
    """Modes, thresholds and rules: who handles a ticket."""
    teams: Named[Team]
    """Groups of agents, their queues and shifts."""
    baseline: Keyed[Any] = Keyed()
    """Overrides (`path: value`) that hold in the AI-off baseline beside `mode: off`, such as today's roster."""
    sla: Sla = Field(default_factory=Sla)
    """Service-level targets."""
    csat: Csat | None = None
    """Satisfaction; none means that it is not modelled."""
    costs: Costs | None = None
    """Money in and out; none means that it is not counted."""
    pilot: Pilot = Field(default_factory=Pilot)
    """How a pilot is reviewed and judged."""
    max_tickets: _TicketLimit = Figure(5_000_000.0, source="definition: a guard against typing errors")
    """Largest expected number of tickets in a run."""
    sources: Keyed[str] = Keyed()
    """Where figures come from: path patterns (`intents.*.handle*`) and their source, the last match counts."""

    _replayed: ReplayedArrivals | None = PrivateAttr(default=None)

    @field_validator("channels", "tiers", "intents", "teams")
    @classmethod
    def _some_but_not_too_many(cls, items: Named[Any]) -> Named[Any]:
        if not 1 <= len(items) <= _MAX_NAMED:
            found = {"count": len(items) or "nothing", "most": _MAX_NAMED}
            raise PydanticCustomError("whole", "has {count} in it; must have 1 to {most} items", found)
        return items

    # -- what follows from the fields ------------------------------------------------------------------

    @property
    def wall(self) -> Wall:
        """The desk's wall clock."""
        return Wall.starting(self.start, self.timezone)

    @property
    def warm_up_days(self) -> timedelta:
        """Length of the warm-up in local days."""
        return timedelta(days=int(self.warm_up) // DAY_MINUTES)

    @property
    def opening_minutes(self) -> float:
        """Beginning of the warm-up in simulated minutes (clock changes included): negative, or 0 if there is none."""
        return self.wall.minute_of(self.start - self.warm_up_days) if self.warm_up else 0.0

    @property
    def horizon_minutes(self) -> float:
        """End of the last week in simulated minutes (clock changes included)."""
        return self.wall.minute_of(self.start + timedelta(weeks=int(self.weeks)))

    @property
    def limit_minutes(self) -> float:
        """End of the simulated time: the horizon, and the drain in which what is left over is done."""
        return self.horizon_minutes + float(self.drain)

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue that a ticket may join, in the order in which the scenario first names them."""
        names = dict.fromkeys(queue for _, queue in self.queue_references())
        return tuple(names)

    @property
    def band_names(self) -> tuple[str, ...]:
        """Names of the priority bands, most urgent first."""
        return _BAND_NAMES[len(self.policy.priority.bands)]

    def queue_of(self, intent: str, channel: str, tier: str) -> str:
        """Name the queue of a ticket, by its tier's rule, else its intent's, else the first team's first queue."""
        if (queue := self.tiers[tier].queue) is not None:
            return queue
        queue_of_intent = self.intents[intent].queue
        if isinstance(queue_of_intent, str):
            return queue_of_intent
        if queue_of_intent is not None and channel in queue_of_intent:
            return queue_of_intent[channel]
        return self.served_by(next(iter(self.teams)))[0]

    def served_by(self, team: str) -> tuple[str, ...]:
        """Name the queues that a team serves."""
        serves = self.teams[team].serves
        return tuple(serve.queue for serve in serves) or (team,)

    def queue_references(self) -> Iterator[tuple[Key, str]]:
        """List every place where the scenario sends tickets to a queue, with its path."""
        for name, intent in self.intents.items():
            if isinstance(intent.queue, str):
                yield ("intents", name, "queue"), intent.queue
            else:
                for channel in self.channels:
                    own = intent.queue is not None and channel in intent.queue
                    path = ("intents", name, "queue", channel) if own else ("intents", name)
                    yield path, self.queue_of(name, channel, next(iter(self.tiers)))
            for position, step in enumerate(intent.then):
                yield ("intents", name, "then", position, "queue"), step.queue
        for name, tier in self.tiers.items():
            if tier.queue is not None:
                yield ("tiers", name, "queue"), tier.queue
        if self.handling.triage is not None:
            yield ("handling", "triage", "queue"), self.handling.triage.queue

    @staticmethod
    def matches(pattern: str, path: str) -> bool:
        """Return whether a pattern in `sources` covers a path; brackets are indices, not sets of characters."""
        return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]"))

    def source_of(self, path: str, figure: Figure | None = None) -> str | None:
        """Return where a figure comes from: its own source, else the last matching pattern; None if nobody says."""
        if figure is not None and figure.source is not None:
            return figure.source
        matches = [source for pattern, source in self.sources.items() if self.matches(pattern, path)]
        return matches[-1] if matches else None


def inconsistencies(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    """List what is wrong across the parts of a scenario, as (path, message)."""
    yield from _mixes(scenario)
    yield from _references(scenario)
    yield from _served_queues(scenario)
    yield from _baseline_paths(scenario)
    if (backlog := scenario.opening_backlog) is not None:
        yield from backlog_problems(backlog, scenario.intents, scenario.channels, warms_up=bool(scenario.warm_up))
    if scenario.ai is None and scenario.policy.phases:
        yield ("policy", "phases"), "is given, but the scenario has no `ai`; describe the AI or drop the phases"
    if scenario.ai is None and scenario.policy.surge is not None:
        yield ("policy", "surge"), "is given, but the scenario has no `ai`; describe the AI or drop the surge rules"
    pilot = scenario.pilot
    if pilot.weeks is not None and pilot.weeks < scenario.weeks and pilot.production is not None:
        further = f"the scenario itself goes on for {scenario.weeks - pilot.weeks:g} weeks after pilot.weeks"
        yield ("pilot", "production"), f"is given, but {further}; drop one of them"


_BASELINE_PARTS = ("teams", "sla", "costs")
"""What may differ in the baseline: the desk, never its customers, who are drawn once for both."""


def _baseline_paths(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    for path in scenario.baseline:
        if path.split(".")[0].split("[")[0] not in _BASELINE_PARTS:
            rule = f"must begin with one of {', '.join(_BASELINE_PARTS)}: customers and rules are the same in both"
            yield ("baseline", path), f"cannot differ in the baseline; {rule}"


def mixes(scenario: Scenario) -> Iterator[tuple[Key, dict[Key, float]]]:
    """List the shares that make up one whole: the path of each mix, and its shares by their own paths."""
    for part in ("channels", "tiers", "intents"):
        yield (part,), {(part, name, "share"): float(item.share) for name, item in getattr(scenario, part).items()}
    for name, intent in scenario.intents.items():
        for field in ("channels", "tiers"):
            yield from _own_mix(("intents", name, field), getattr(intent, field))
    if scenario.opening_backlog is not None:
        yield from _own_mix(("opening_backlog", "intents"), scenario.opening_backlog.intents)
    if scenario.ai is not None:
        wrong = ("ai", "after_wrong")
        yield wrong, {(*wrong, key): float(getattr(scenario.ai.after_wrong, key)) for key in AFTER_WRONG}
        for name, judgement in scenario.ai.intents.items():
            yield from _own_mix(("ai", "intents", name, "confused_with"), judgement.confused_with)


def _own_mix(path: Key, mix: Named[Figure] | None) -> Iterator[tuple[Key, dict[Key, float]]]:
    if mix is not None:
        yield path, {(*path, name): float(share) for name, share in mix.items()}


def _mixes(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    for path, mix in mixes(scenario):
        try:
            check_mix(mix.values(), "shares")
        except PydanticCustomError as error:
            yield path, error.message()


def _references(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    def known(path: Key, name: str, allowed: Any, what: str) -> Iterator[Any]:
        if name not in allowed:
            yield path, f"names {what} {name!r}; must be one of {', '.join(allowed)}"

    for name, intent in scenario.intents.items():
        for field in ("channels", "tiers"):
            for key in getattr(intent, field) or ():
                yield from known(("intents", name, field, key), key, getattr(scenario, field), f"the {field[:-1]}")
        if isinstance(intent.queue, Named):
            for key in intent.queue:
                yield from known(("intents", name, "queue", key), key, scenario.channels, "the channel")
        if intent.reassign is not None and scenario.handling.reassign is None:
            rule = "is given, but nobody says how tickets are passed on; give handling.reassign, or drop it"
            yield ("intents", name, "reassign"), rule
    for name, channel in scenario.channels.items():
        if channel.on_abandon is not None and (target := channel.on_abandon.channel) is not None:
            yield from known(("channels", name, "on_abandon", "channel"), target, scenario.channels, "the channel")
    triage = scenario.handling.triage
    for position, key in enumerate(triage.channels if triage is not None else ()):
        yield from known(("handling", "triage", "channels", position), key, scenario.channels, "the channel")
    for number, surge in enumerate(scenario.arrivals.surges):
        for position, key in enumerate(surge.intents):
            yield from known(("arrivals", "surges", number, "intents", position), key, scenario.intents, "the intent")
    targets = scenario.tiers if scenario.sla.by == "tier" else scenario.band_names
    for field in ("first_response", "resolution"):
        for key in getattr(scenario.sla, field):
            yield from known(("sla", field, key), key, (*targets, "default"), f"the {scenario.sla.by}")
    for number, window in enumerate(scenario.sla.windows):
        for position, key in enumerate(window.tiers):
            yield from known(("sla", "windows", number, "tiers", position), key, scenario.tiers, "the tier")
    yield from _policy_references(scenario, known)
    yield from _ai_references(scenario, known)


def _policy_references(scenario: Scenario, known: Any) -> Iterator[tuple[Key, str]]:
    policy = scenario.policy
    flags = dict.fromkeys(flag for intent in scenario.intents.values() for flag in intent.flags)
    for field, allowed in (
        ("intents", scenario.intents), ("tiers", scenario.tiers), ("channels", scenario.channels), ("flags", flags),
    ):  # fmt: skip
        for position, key in enumerate(getattr(policy.always_human, field)):
            yield from known(("policy", "always_human", field, position), key, allowed, f"the {field[:-1]}")
    for key in policy.intents:
        yield from known(("policy", "intents", key), key, scenario.intents, "the intent")
    for number, phase in enumerate(policy.phases):
        for key in phase.intents:
            yield from known(("policy", "phases", number, "intents", key), key, scenario.intents, "the intent")
    if policy.surge is not None:
        for key in policy.surge.use.intents:
            yield from known(("policy", "surge", "use", "intents", key), key, scenario.intents, "the intent")
        yield from _surge_queues(scenario, policy.surge.queues)


def _surge_queues(scenario: Scenario, queues: tuple[str, ...]) -> Iterator[tuple[Key, str]]:
    for position, queue in enumerate(queues):
        if queue not in scenario.queues:
            meant = did_you_mean(queue, scenario.queues)
            rule = f"to which no ticket goes; must be one of {', '.join(scenario.queues)}{meant}"
            yield ("policy", "surge", "queues", position), f"names the queue {queue!r}, {rule}"
        elif queue in queues[:position]:
            yield ("policy", "surge", "queues", position), f"names the queue {queue!r} again; must name each queue once"


def _ai_references(scenario: Scenario, known: Any) -> Iterator[tuple[Key, str]]:
    ai = scenario.ai
    if ai is None:
        return
    for name, judgement in ai.intents.items():
        yield from known(("ai", "intents", name), name, scenario.intents, "the intent")
        for key in judgement.confused_with or ():
            yield from known(("ai", "intents", name, "confused_with", key), key, scenario.intents, "the intent")
        if name in (judgement.confused_with or ()):
            yield ("ai", "intents", name, "confused_with", name), "names the intent itself; must name other intents"
    for key in ai.after_wrong.channels:
        yield from known(("ai", "after_wrong", "channels", key), key, scenario.channels, "the channel")
    for number, drift in enumerate(ai.drift):
        for position, key in enumerate(drift.intents):
            yield from known(("ai", "drift", number, "intents", position), key, scenario.intents, "the intent")
    own = [judgement.answer.confidence for judgement in ai.intents.values() if judgement.answer is not None]
    if ai.routing is None and "routing" in (ai.answer.confidence, *own):
        yield ("ai", "answer", "confidence"), "is 'routing', but the AI has no `routing`; must be a distribution then"


def _served_queues(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    served = {queue for team in scenario.teams for queue in scenario.served_by(team)}
    for path, queue in scenario.queue_references():
        if queue not in served:
            rule = f"which no team serves; must be one of {', '.join(sorted(served))}"
            yield path, f"sends tickets to queue {queue!r}, {rule}"
    for name in scenario.teams:
        queues = scenario.served_by(name)
        for reserved in _RESERVED:
            if reserved == name:
                yield ("teams", name), f"is a name that results use; must be another one than {', '.join(_RESERVED)}"
            elif reserved in queues:
                rule = f"results use for something else; must be another one than {', '.join(_RESERVED)}"
                yield ("teams", name, "serves"), f"names the queue {reserved!r}, which {rule}"
        if len(set(queues)) < len(queues):
            yield ("teams", name, "serves"), "names a queue twice; must name each queue once"
