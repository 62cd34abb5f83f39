"""The AI agent: how sure it says it is, how often it is right, how it talks, and what follows when it is wrong."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.base.model_base import Frozen, Name, Named
from simulator.base.quantities import Amount, Figure, Number, PositiveCount, PositiveMinutes, Quantity, Share
from simulator.distributions import (
    AnswerConfidence,
    Calibration,
    Confidence,
    Constant,
    FixedDuration,
    LogOddsCalibration,
    MeanDuration,
    Uniform,
)
from simulator.scenario.demand import check_mix

_Exchanges = Annotated[Figure, Quantity("number", ge=1)]


class Judgement(Frozen):
    """A confidence that the AI states, and how often it is right at each confidence."""

    confidence: Confidence
    """Distribution of the confidence that the AI states, from 0 to 1."""
    calibration: Calibration = LogOddsCalibration(
        shift=Figure(0.0, source="assumed: calibrated"), scale=Figure(1.0, source="assumed: calibrated")
    )
    """How often the AI is right at each stated confidence, P(correct | confidence); they are not the same."""


class AnswerJudgement(Frozen):
    """A confidence that the AI states about its answer, and how often the answer is right at each confidence."""

    confidence: AnswerConfidence
    """Distribution of the confidence that the AI states, from 0 to 1, or `routing` where it states only one."""
    calibration: Calibration = LogOddsCalibration(
        shift=Figure(0.0, source="assumed: calibrated"), scale=Figure(1.0, source="assumed: calibrated")
    )
    """How often an answer is right at each stated confidence, given that the intent was recognised; an answer to the
    wrong intent is always wrong."""


class JudgementOverride(Frozen):
    """What differs from the AI's general judgement; whatever is not given is the general one."""

    confidence: Confidence | None = None
    """Distribution of the confidence that the AI states about this intent; none means the general one."""
    calibration: Calibration | None = None
    """How often the AI is right at each stated confidence, for this intent; none means the general curve."""


class AnswerOverride(Frozen):
    """What differs from the AI's general judgement of its answers; whatever is not given is the general one."""

    confidence: AnswerConfidence | None = None
    """Distribution of the confidence that the AI states about this intent, or `routing`; none means the general one."""
    calibration: Calibration | None = None
    """How often an answer is right at each stated confidence, for this intent; none means the general curve."""


class IntentAi(Frozen):
    """What differs for one true intent; whatever is not given is the AI's general figure."""

    routing: JudgementOverride | None = None
    """How well the AI recognises this intent, where that differs."""
    answer: AnswerOverride | None = None
    """How well it answers this intent's customers, where that differs."""
    exchanges: _Exchanges | None = None
    """Mean number of AI replies in a conversation about this intent; none means the AI's general figure."""
    confused_with: Named[Share] | None = None
    """Intents that its misclassified tickets are taken for, as shares of the mistakes, summing to 1; none means in
    proportion to intent shares."""


class Conversation(Frozen):
    """How the AI talks to a customer."""

    exchanges: _Exchanges = Figure(2.0, source="assumed")
    """Mean number of AI replies in a conversation (geometric, at least 1)."""
    latency: FixedDuration = Constant(value=Figure(0.25, source="assumed"))
    """Time the AI takes for one reply."""
    classify: FixedDuration = Constant(value=Figure(1 / 30, source="assumed"))
    """Time the AI takes to recognise the intent."""


class Triggers(Frozen):
    """When the AI hands a conversation over although it was sure enough to begin it."""

    negative_sentiment: bool = True
    """Hand angry customers over after the first reply."""
    complexity_above: Share | None = None
    """Hand over, before any reply, tickets harder than this share of all (0.95: the hardest 5 %); none means never."""
    max_exchanges: PositiveCount = Figure(6.0, source="assumed")
    """Hand over after this many replies without a solution."""


AFTER_WRONG = ("noticed", "returns", "lost")
"""What becomes of a wrong answer; the shares sum to 1."""


class AfterWrong(Frozen):
    """What customers do with a wrong answer; the three shares sum to 1. The user owns these figures."""

    noticed: Share
    """Share of wrong answers that the customer sees at once; the ticket is handed to a person."""
    returns: Share
    """Share of wrong answers after which the customer comes back later with the same issue."""
    lost: Share
    """Share of wrong answers after which the customer gives up silently."""
    delay: FixedDuration = Uniform(
        low=Figure(1440.0, source="published in pilot guides: 24 to 48 h is typical"),
        high=Figure(2880.0, source="published in pilot guides: 24 to 48 h is typical"),
    )
    """Time until a customer who returns is back."""
    channels: Named[Share] = Named()
    """Shares of the returns that come by these channels; the rest uses the same one as before."""
    handle_factor: Amount = Figure(1.2, source="assumed")
    """Handle time of a ticket that came back after a wrong answer, relative to one that the AI never touched."""

    @model_validator(mode="after")
    def _complete(self) -> AfterWrong:
        check_mix((getattr(self, key) for key in AFTER_WRONG), "noticed, returns and lost")
        if sum(self.channels.values()) > 1 + 1e-9:
            raise PydanticCustomError("whole", "has channels for more than 100%; must be 100% or less together")
        return self


class Handover(Frozen):
    """What a person receives from the AI."""

    keeps_context: bool = True
    """Whether history and gathered facts reach the agent; otherwise customers repeat themselves."""
    handle_factor: Amount = Figure(0.8, source="assumed; pilot guides name 20 to 40 % less")
    """Handle time after a hand-over with context, relative to one without AI."""
    without_context_factor: Amount = Figure(1.1, source="assumed")
    """Handle time after a hand-over that dropped the context, relative to one without AI."""
    gathered_factor: Amount = Figure(0.75, source="assumed")
    """Handle time after the AI gathered information first (snooze) and kept it, relative to one without AI."""


class Assist(Frozen):
    """Drafts that people send."""

    handle_factor: Amount = Figure(
        0.87, source="published by Brynjolfsson, Li, Raymond 2025: +15 % issues per hour, n=5,172 agents"
    )
    """Handle time with a draft that matches what is sent, relative to one without AI."""
    mismatch_factor: Amount = Figure(1.05, source="assumed")
    """Handle time with a draft that has to be rewritten, relative to one without AI."""


class Availability(Frozen):
    """Outages; a ticket that arrives during one goes to people."""

    uptime: Annotated[Figure, Quantity("share", gt=0, le=1)]
    """Share of time that the AI works."""
    repair: PositiveMinutes = Figure(120.0, source="assumed")
    """Mean length of an outage."""


class Learning(Frozen):
    """Skill gained from reviewed tickets, as log-odds on being right, saturating.

    skill = ceiling × (1 − exp(−per_review × reviewed tickets)), counted at the beginning of each week.
    """

    per_review: Amount
    """Learning rate: share of what is left to learn that one reviewed ticket teaches."""
    ceiling: Amount
    """Most that can be gained, in log-odds."""
    reviews_per_week: Amount
    """Tickets reviewed each week once the AI answers; in shadow and assist mode every reviewed draft counts too."""
    supervised_weeks: PositiveCount | None = None
    """Weeks in which people review, from the first; none means all."""
    reviews_afterwards: Amount = Figure(0.0, source="definition: nobody reviews after the supervised weeks")
    """Tickets reviewed each week after those, drafts included."""
    shadow_review_share: Share = Figure(1.0, source="definition: shadow mode reviews every reply")
    """Share of shadow drafts whose review reaches the AI."""
    lifts_confidence: Share = Figure(1.0, source="assumed")
    """How much of the gain the stated confidence follows (0: the AI does not know that it got better)."""


class Drift(Frozen):
    """A change of skill that is nobody's work: new products, messier data, production without a reviewer."""

    name: str
    """What changed."""
    from_week: PositiveCount
    """Week in which it begins (1 is the first)."""
    log_odds: Number
    """Change of the log-odds of being right from then on; -0.4 makes 86 % of 90 %."""
    per_week: Number = Figure(0.0, source="definition: a step, not a slope")
    """Further change of the log-odds with every week."""
    lifts_confidence: Share = Figure(0.0, source="assumed: the AI does not notice")
    """How much of the change the stated confidence follows."""
    intents: tuple[Name, ...] = ()
    """Intents it concerns; empty means all."""


class Ai(Frozen):
    """The AI agent."""

    name: str = "AI agent"
    """What reports call it."""
    routing: Judgement | None = None
    """How sure the AI says it is of the intent, and how often it is right; none means that it is known (a form)."""
    answer: AnswerJudgement
    """How sure the AI says it is of its answer, and how often the answer is right."""
    intents: Named[IntentAi] = Named()
    """What differs by true intent; whatever is not given is the general figure."""
    conversation: Conversation = Field(default_factory=Conversation)
    """How it talks to a customer."""
    triggers: Triggers = Field(default_factory=Triggers)
    """When it hands a conversation over that it was sure enough to begin."""
    after_wrong: AfterWrong
    """What follows a wrong answer."""
    confirmed: Share = Figure(0.4, source="assumed")
    """Share of right answers that the customer confirms; the others are assumed resolved."""
    write_back: Share = Figure(1.0, source="definition: the AI's actions succeed")
    """Chance that an action in another system (a refund, say) succeeds; otherwise the ticket is handed over."""
    handover: Handover = Field(default_factory=Handover)
    """What a person receives from it."""
    assist: Assist = Field(default_factory=Assist)
    """What its drafts do to handle time."""
    shadow_review: MeanDuration = Field(
        default=Constant(value=Figure(1.0, source="assumed")), json_schema_extra={"source": "assumed"}
    )
    """Agent minutes to review one AI reply in shadow mode."""
    availability: Availability | None = None
    """Outages; none means always up."""
    concurrency: Annotated[Figure, Quantity("number", ge=1, le=1e6, whole=True)] | None = None
    """Conversations that the AI can hold at once; none means any number. Outside live channels a conversation counts
    only while the AI writes, not while the customer is silent."""
    learning: Learning | None = None
    """Skill gained from reviewed tickets; none means that it does not learn."""
    drift: tuple[Drift, ...] = ()
    """Changes of skill that are nobody's work."""
