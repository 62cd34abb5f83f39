"""Runs read ticket by ticket, in plain Python and from the definitions alone.

Nothing here uses the package's own columns (`Facts`), measures or ledger: what a ticket's AI does follows from its
draws and the scenario's rules, what became of it from the audit trail. Learning and drift are not
covered. Slow and simple on purpose.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import norm

from simulator.run import Run
from simulator.scenario import Mode, Scenario

NONE = float("nan")
INFINITE = float("inf")
HUMAN = ("triage", "transfer", "touch", "follow_up", "return")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Step:
    """One step that happened, as the audit trail tells it."""

    kind: str
    team: str
    row: int
    priority: int
    joined: float
    began: float
    ended: float
    abandoned: bool

    @property
    def is_human(self) -> bool:
        return self.kind in HUMAN

    @property
    def is_reply(self) -> bool:
        return self.kind in ("touch", "follow_up", "return")

    @property
    def has_begun(self) -> bool:
        return not math.isnan(self.began)

    @property
    def has_ended(self) -> bool:
        return not math.isnan(self.ended)


@dataclass
class Case:
    """One ticket of a run: its draws, its steps, and what follows from both."""

    desk: "Desk"
    number: int
    steps: list[Step] = field(default_factory=list)

    # -- who --

    def draw(self, column: str) -> Any:
        return getattr(self.desk.run.customers, column)[self.number]

    def ai_draw(self, column: str) -> Any:
        return getattr(self.desk.run.customers.ai, column)[self.number]

    @cached_property
    def intent(self) -> str:
        return self.desk.intents[self.draw("intent")]

    @cached_property
    def confused(self) -> str:
        return self.desk.intents[self.draw("confused_intent")]

    @cached_property
    def channel(self) -> str:
        return self.desk.channels[self.draw("channel")]

    @cached_property
    def tier(self) -> str:
        return self.desk.tiers[self.draw("tier")]

    @cached_property
    def arrival(self) -> float:
        return float(self.draw("arrival"))

    @cached_property
    def arrived_at(self) -> datetime:
        return self.desk.local(self.arrival)

    @cached_property
    def day(self) -> int:
        """Local day of arrival, 0 is the first."""
        return (self.arrived_at.date() - self.desk.scenario.start).days

    @cached_property
    def week(self) -> int:
        return self.day // 7 + 1

    @cached_property
    def is_hardest(self) -> bool:
        return bool(self.draw("difficulty") > norm.ppf(0.9))

    # -- the AI --

    @cached_property
    def has_ai(self) -> bool:
        """Somebody switched an AI on in at least one week."""
        return self.desk.has_ai

    def rule(self, name: str, intent: str) -> Any:
        """Look a rule up: policy, policy.intents, phase, phase.intents; the last that says something wins."""
        policy = self.desk.scenario.policy
        layers: list[Any] = [policy, policy.intents.get(intent)]
        for phase in policy.phases:
            if (int(phase.from_week) - 1) * 7 + int(phase.from_day) - 1 <= self.day:
                layers[2:] = [phase, phase.intents.get(intent)]
        if self.in_surge and name.endswith("_threshold"):
            layers += [policy.surge.use, policy.surge.use.intents.get(intent)]
        given = [getattr(layer, name) for layer in layers if layer is not None]
        return next((value for value in reversed(given) if value is not None), None)

    @cached_property
    def in_surge(self) -> bool:
        """The lines that the surge rules look at were long just before it came."""
        rules = self.desk.scenario.policy.surge
        if rules is None:
            return False
        joined = [
            step.joined for queue, step in self.desk.lines if queue in (rules.queues or self.desk.scenario.queues)
            and step.joined < self.arrival <= self.desk._left(step)
        ]  # fmt: skip
        if rules.when.backlog is not None:
            return len(joined) > float(rules.when.backlog)
        return any(self.arrival - time > float(rules.when.queue_wait) for time in joined)

    @cached_property
    def recognised(self) -> bool:
        ai = self.desk.scenario.ai
        if not self.has_ai or ai.routing is None:
            return True
        curve = self._curve("routing")
        return self._is_lucky(curve, self.ai_draw("route_confidence"), self.ai_draw("route_luck"))

    @cached_property
    def would_be_right(self) -> bool:
        if not self.has_ai:
            return False
        curve = self._curve("answer")
        return self.recognised and self._is_lucky(curve, self.ai_draw("answer_confidence"), self.ai_draw("answer_luck"))

    def _curve(self, what: str) -> Any:
        """Return the calibration of the ticket's intent, or the AI's general one."""
        ai = self.desk.scenario.ai
        own = ai.intents.get(self.intent)
        judgement = getattr(own, what) if own is not None else None
        given = None if judgement is None else judgement.calibration
        return getattr(ai, what).calibration if given is None else given

    @staticmethod
    def _is_lucky(curve: Any, confidence: float, luck: float) -> bool:
        confidence = min(max(float(confidence), 1e-6), 1 - 1e-6)
        odds = float(curve.shift) + float(curve.scale) * math.log(confidence / (1 - confidence))
        return bool(luck > 1 - 1 / (1 + math.exp(-odds)))

    @cached_property
    def predicted(self) -> str:
        return self.intent if self.recognised else self.confused

    @cached_property
    def mode(self) -> str:
        if not self.has_ai or not self.ai_draw("is_up"):
            return "off"
        return str(self.rule("mode", self.predicted))

    @cached_property
    def is_labelled_by_ai(self) -> bool:
        """The AI's label decided the queue."""
        if self.mode not in ("assist", "auto") or not self.rule("routing", self.predicted):
            return False
        return bool(self.ai_draw("route_confidence") >= float(self.rule("route_threshold", self.predicted)))

    @cached_property
    def is_kept_by_rule(self) -> bool:
        always = self.desk.scenario.policy.always_human
        flags = [flag for flag in always.flags if self.desk.run.customers.flags[flag][self.number]]
        named = self.predicted in always.intents or self.channel in always.channels or self.tier in always.tiers
        return self.mode == "auto" and (named or bool(flags))

    @cached_property
    def is_free_to_answer(self) -> bool:
        return self.mode == "auto" and not self.is_kept_by_rule

    @cached_property
    def _verdict(self) -> str:
        """What the AI decides before any reply: answer, gather or decline."""
        if not self.is_free_to_answer:
            return "none"
        bound = self.desk.scenario.ai.triggers.complexity_above
        if bound is not None and self.draw("difficulty") > norm.ppf(float(bound)):
            return "decline"
        confidence = self.ai_draw("answer_confidence")
        if confidence >= float(self.rule("answer_threshold", self.predicted)):
            return "answer"
        gather = self.rule("gather_threshold", self.predicted)
        return "gather" if gather is not None and confidence >= float(gather) else "decline"

    @cached_property
    def _talk(self) -> list[Step]:
        return [step for step in self.steps if step.kind == "answer"]

    @cached_property
    def has_ai_reply(self) -> bool:
        """The AI sent at least one reply."""
        return any(step.has_begun for step in self._talk)

    @cached_property
    def _has_finished_talk(self) -> bool:
        planned = [row for row in self.planned if self.desk.kind_of(row) == "answer"]
        return len(self._talk) == len(planned) and all(step.has_ended for step in self._talk)

    @cached_property
    def has_gathered(self) -> bool:
        return self._verdict == "gather" and self.has_ai_reply

    @cached_property
    def ending(self) -> str:
        """How the AI's answer ended: stopped, noticed, returns, lost, right; or none where it gave none yet."""
        if self._verdict != "answer" or not self._has_finished_talk:
            return "none"
        ai = self.desk.scenario.ai
        is_angry = ai.triggers.negative_sentiment and self.draw("angry")
        is_too_long = self.ai_draw("exchanges") > int(ai.triggers.max_exchanges)
        needs_action = self.desk.scenario.intents[self.intent].needs_write_back
        cannot_act = needs_action and self.would_be_right and not self.ai_draw("writes_back")
        if is_angry or is_too_long or cannot_act:
            return "stopped"
        return "right" if self.would_be_right else ("noticed", "returns", "lost")[self.ai_draw("after_wrong")]

    @cached_property
    def is_closed_by_ai(self) -> bool:
        return self.ending in ("right", "returns", "lost")

    @cached_property
    def has_full_answer(self) -> bool:
        return self.ending in ("right", "returns", "lost", "noticed")

    @cached_property
    def has_wrong_answer(self) -> bool:
        return self.has_full_answer and not self.would_be_right

    @cached_property
    def is_handed_over(self) -> bool:
        if self._verdict == "gather":
            return self._has_finished_talk
        return self._verdict == "decline" or self.ending in ("stopped", "noticed")

    @cached_property
    def replies(self) -> int:
        if not self.has_ai_reply:
            return 0
        triggers = self.desk.scenario.ai.triggers
        if triggers.negative_sentiment and self.draw("angry"):
            return 1
        return int(min(self.ai_draw("exchanges"), int(triggers.max_exchanges)))

    @cached_property
    def is_clawed_back(self) -> bool:
        window = float(self.desk.scenario.costs.ai.clawback) if self.desk.scenario.costs else 4320.0
        return self.is_closed_by_ai and self.back_after <= window

    @cached_property
    def is_automated(self) -> bool:
        return self.is_closed_by_ai and not self.is_clawed_back

    # -- people --

    @cached_property
    def planned(self) -> list[int]:
        """Rows of the steps that the ticket might take."""
        return self.desk.planned[self.number]

    @cached_property
    def lines(self) -> list[Step]:
        """Every line for a person that it joined."""
        return [step for step in self.steps if step.is_human]

    @cached_property
    def work(self) -> list[Step]:
        return [step for step in self.lines if step.has_begun]

    @cached_property
    def is_touched(self) -> bool:
        return bool(self.work)

    def minutes_of(self, step: Step) -> float:
        return (step.ended if step.has_ended else self.desk.limit) - step.began

    @cached_property
    def human_minutes(self) -> float:
        return sum(self.minutes_of(step) for step in self.work)

    @cached_property
    def review_minutes(self) -> float:
        """Agent minutes on the AI's draft: the review's part of the first touch in shadow mode, at the team's speed."""
        first = next((step for step in self.work if step.is_reply), None)
        if self.mode != "shadow" or first is None:
            return 0.0
        planned = float(self.desk.run.journeys.steps.work[first.row])
        return self.minutes_of(first) * float(self.ai_draw("review_minutes")) / planned

    @cached_property
    def transfers(self) -> int:
        return sum(step.kind == "transfer" for step in self.work)

    @cached_property
    def _returns(self) -> list[tuple[float, float]]:
        """(closed, came back) for each time that it came back with the same issue."""
        found = []
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            after_ai = self.ending == "returns" and step.is_human and not before.is_human
            after_people = step.kind == "return" and before.is_human and self._was_solved_by(before)
            if after_ai or after_people:
                found.append((before.ended, step.joined))
        return found

    def _was_solved_by(self, step: Step) -> bool:
        """Return whether this step solved the issue: neither a line that was left, nor a way to the touch."""
        return step.is_reply and step.has_ended and not step.abandoned

    @cached_property
    def came_back(self) -> int:
        return len(self._returns)

    @cached_property
    def back_after(self) -> float:
        return self._returns[0][1] - self._returns[0][0] if self._returns else NONE

    @cached_property
    def was_closed(self) -> bool:
        """Closed at least once, by the AI or a person, for good or not."""
        will_return = self._was_solved_by(self.steps[-1]) and self._next_kind == "return"
        return self.is_closed_by_ai or self.outcome == "resolved" or self.came_back > 0 or will_return

    @cached_property
    def _next_kind(self) -> str:
        row = self.desk.run.journeys.steps.next[self.steps[-1].row]
        return self.desk.kind_of(int(row)) if row >= 0 else ""

    @cached_property
    def visit_channel(self) -> str:
        """Channel of the first visit to people."""
        if self.ending == "returns":
            return self.desk.channels[self.ai_draw("return_channel")]
        return self.channel

    @cached_property
    def has_shifted(self) -> bool:
        return self.ending == "returns" and self.visit_channel != self.channel and self.came_back > 0

    @cached_property
    def gave_up(self) -> bool:
        return any(step.abandoned for step in self.steps)

    # -- how it ended --

    @cached_property
    def outcome(self) -> str:
        last = self.steps[-1]
        after = self.desk.run.journeys.steps
        if last.abandoned:
            return "open" if after.on_abandon[last.row] >= 0 else "abandoned"
        if not last.has_ended or after.next[last.row] >= 0:
            return "open"
        return "lost" if self.ending == "lost" else "resolved"

    @cached_property
    def closed(self) -> float:
        return NONE if self.outcome == "open" else self.steps[-1].ended

    @cached_property
    def resolver(self) -> str:
        if self.outcome != "resolved":
            return "nobody"
        if not self.has_ai_reply:
            return "people alone"
        return "AI, then people" if self.is_touched else "AI alone"

    # -- time --

    @cached_property
    def ai_reply(self) -> float:
        if not self.has_ai_reply:
            return NONE
        return self._talk[0].began + float(self.ai_draw("latency_minutes")) - self.arrival

    @cached_property
    def human_reply(self) -> float:
        """Minutes to a person's first reply: on live channels when they begin, elsewhere when they send it."""
        channel = self.visit_channel
        moments = []
        for step in self.lines:
            if step.is_reply and step.has_begun:
                moments.append(step.began if self.desk.scenario.channels[channel].live else step.ended)
            if step.abandoned and (rule := self.desk.scenario.channels[channel].on_abandon) is not None:
                channel = rule.channel or channel
        known = [moment for moment in moments if not math.isnan(moment)]
        return min(known) - self.arrival if known else NONE

    @cached_property
    def first_response(self) -> float:
        known = [reply for reply in (self.ai_reply, self.human_reply) if not math.isnan(reply)]
        return min(known, default=NONE)

    @cached_property
    def resolution(self) -> float:
        return self.closed - self.arrival if self.outcome == "resolved" else NONE

    @cached_property
    def wait(self) -> float:
        """Minutes in line until a person first worked on the issue itself, or it left; NaN if it joined no line."""
        if not self.lines:
            return NONE
        waited = 0.0
        for step in self.lines:
            left = step.ended if step.abandoned else step.began
            waited += (self.desk.limit if math.isnan(left) else left) - step.joined
            if step.is_reply and step.has_begun:
                break
        return waited

    # -- service level --

    def target(self, what: str) -> float:
        sla = self.desk.scenario.sla
        targets = getattr(sla, what)
        name = self.tier if sla.by == "tier" else self.desk.scenario.band_names[self.band]
        factor = 1.0
        for window in sla.windows:
            if window.from_week <= self.week <= window.to_week and (not window.tiers or self.tier in window.tiers):
                factor *= float(window.factor)
        return float(targets.get(name, targets.get("default", INFINITE))) * factor

    @cached_property
    def band(self) -> int:
        """Priority band: urgency + impact + tier + SLA risk, of the intent that the ticket is labelled with."""
        scenario = self.desk.scenario
        intent = scenario.intents[self.label]
        score = int(intent.urgency) + int(intent.impact) + int(scenario.tiers[self.tier].priority)
        if scenario.sla.by == "tier":
            target = self.target("first_response")
            score += sum(target <= float(bound) for bound in scenario.policy.priority.sla_risk_below)
        return sum(score < float(bound) for bound in scenario.policy.priority.bands)

    @cached_property
    def label(self) -> str:
        if self.is_labelled_by_ai:
            return self.predicted
        triage = self.desk.scenario.handling.triage
        goes_to_people = not self.is_closed_by_ai or self.ending == "returns"
        if triage is None or not goes_to_people or (triage.channels and self.visit_channel not in triage.channels):
            return self.intent
        return self.confused if self.draw("triage_luck") > float(triage.accuracy) else self.intent

    def _is_late(self, minutes: float, target: float) -> bool:
        """Compare with a target on the SLA clock; what has not happened counts until the ticket's end, or the limit."""
        if math.isnan(minutes):
            minutes = (self.desk.limit if math.isnan(self.closed) else self.closed) - self.arrival
        return self.desk.counted(self.arrival, self.arrival + minutes) > target

    @cached_property
    def missed_response(self) -> bool:
        target = self.target("first_response")
        if self.desk.scenario.sla.ai_reply_counts:
            return self._is_late(self.first_response, target)
        alone = self.is_closed_by_ai and self.ending != "returns"
        return not alone and self._is_late(self.human_reply, target)

    @cached_property
    def missed_resolution(self) -> bool:
        return self._is_late(self.resolution, self.target("resolution"))

    @cached_property
    def has_target(self) -> bool:
        return min(self.target("first_response"), self.target("resolution")) < INFINITE

    @cached_property
    def missed_any(self) -> bool:
        return self.missed_response or self.missed_resolution

    # -- satisfaction --

    @cached_property
    def is_closed(self) -> bool:
        return self.outcome != "open"

    @cached_property
    def penalty(self) -> float:
        weight = self.desk.scenario.csat.penalties
        response = self.wait if math.isnan(self.first_response) else self.first_response
        hours = [0.0 if math.isnan(minutes) else minutes / 60 for minutes in (response, self.closed - self.arrival)]
        return float(
            weight.ai * (self.resolver == "AI alone")
            + weight.wait * math.log(1 + hours[0])
            + weight.resolution * math.log(1 + hours[1])
            + weight.transfer * self.transfers
            + weight.escalation * (self.has_ai_reply and self.is_handed_over)
            + weight.reopen * self.came_back
            + weight.breach * self.missed_any
            + weight.wrong_answer * self.has_wrong_answer
            + weight.abandoned * self.gave_up
        )

    def score(self, anchor: float) -> float:
        """Return the score: the highest level that the ticket's luck falls short of; NaN while open."""
        if not self.is_closed:
            return NONE
        luck = float(self.draw("satisfaction_luck"))
        better = [1 / (1 + math.exp(-(anchor - self.penalty - cut))) for cut in self.desk.scenario.csat.cutpoints]
        return 1 + sum(luck < chance for chance in better)

    def answers_survey(self, anchor: float) -> bool:
        """Return whether the customer answers: dissatisfied ones more or less often than the others."""
        csat = self.desk.scenario.csat
        factor = float(csat.unhappy_response) if self.score(anchor) <= 2 else 1.0
        return self.is_closed and float(self.draw("survey_luck")) < float(csat.response_rate) * factor

    def expected_score(self, anchor: float) -> float:
        cuts = self.desk.scenario.csat.cutpoints
        return 1 + sum(1 / (1 + math.exp(-(anchor - self.penalty - cut))) for cut in cuts)


class Desk:
    """A run, read ticket by ticket."""

    def __init__(self, run: Run) -> None:
        self.run, self.scenario = run, run.scenario
        self.intents, self.channels, self.tiers = (
            list(run.scenario.intents), list(run.scenario.channels), list(run.scenario.tiers),
        )  # fmt: skip
        self.horizon = self.minute(run.scenario.start + timedelta(weeks=int(run.scenario.weeks)))
        self.limit = self.horizon + float(run.scenario.drain)
        steps = run.journeys.steps
        self.planned: list[list[int]] = [[] for _ in range(len(run.customers))]
        for row, ticket in enumerate(steps.ticket.tolist()):
            self.planned[ticket].append(row)
        self.cases = [Case(self, number) for number in range(len(run.customers))]
        self.lines: list[tuple[str, Step]] = []
        """Every step in which a ticket stood in line, with its queue."""
        for step in run.steps.itertuples():
            case = self.cases[step.ticket]
            case.steps.append(
                Step(
                    step.kind, step.team, self.planned[step.ticket][step.step], step.priority, step.joined_minutes,
                    step.began_minutes, step.ended_minutes, step.outcome == "abandoned",
                )  # fmt: skip
            )
            if step.queue != "none":
                self.lines.append((step.queue, case.steps[-1]))

    @property
    def counted_cases(self) -> list[Case]:
        """Those that results are about: whoever arrived within the scenario's weeks, not in a warm-up."""
        return [case for case in self.cases if case.arrived_at >= self.local(0)]

    @cached_property
    def has_ai(self) -> bool:
        policy = self.scenario.policy
        layers = [policy, *policy.intents.values(), *policy.phases]
        layers += [rules for phase in policy.phases for rules in phase.intents.values()]
        return self.scenario.ai is not None and any(layer.mode not in (None, Mode.OFF) for layer in layers)

    def kind_of(self, row: int) -> str:
        kinds = ("classify", "answer", "triage", "transfer", "touch", "follow_up", "return")
        return kinds[int(self.run.journeys.steps.kind[row])]

    # -- clocks --

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.scenario.timezone)

    def minute(self, day: date, at: time = time()) -> float:
        """Simulated minute of a local moment: minutes that really passed since the first midnight."""
        start = datetime.combine(self.scenario.start, time(), self._zone)
        return datetime.combine(day, at, self._zone).timestamp() / 60 - start.timestamp() / 60

    def local(self, minute: float) -> datetime:
        start = datetime.combine(self.scenario.start, time(), self._zone)
        return datetime.fromtimestamp(start.timestamp() + minute * 60, self._zone)

    def counted(self, since: float, until: float) -> float:
        """Count minutes on the SLA clock."""
        sla = self.scenario.sla
        if sla.clock == "calendar":
            return until - since
        given = self.scenario.arrivals.holidays
        closed = set(given.dates) if given is not None and given.desk_closed else set()
        open_minutes, day = 0.0, self.local(since).date()
        while day <= self.local(until).date():
            for hours in sla.business_hours:
                if day in closed or DAYS[day.weekday()] not in _days(hours.days):
                    continue
                opens = self.minute(day, time.fromisoformat(hours.open))
                closes = self.minute(day, time.fromisoformat(hours.close))
                open_minutes += max(0.0, min(closes, until) - max(opens, since))
            day += timedelta(days=1)
        return open_minutes

    # -- the whole desk --

    def backlog_at(self, minute: float) -> int:
        return sum(
            step.joined <= minute < self._left(step) for case in self.cases for step in case.lines
        )

    def _left(self, step: Step) -> float:
        left = step.ended if step.abandoned else step.began
        return self.limit if math.isnan(left) else left

    def backlog(self) -> tuple[float, float, float]:
        """Return the mean, the largest at full hours, and the last number waiting."""
        waits = [(step.joined, self._left(step)) for case in self.cases for step in case.lines]
        inside = sum(max(0.0, min(left, self.horizon) - max(0.0, min(joined, self.horizon))) for joined, left in waits)
        peak = max(self.backlog_at(hour * 60.0) for hour in range(math.ceil(self.horizon / 60)))
        return inside / self.horizon, peak, self.backlog_at(self.horizon)

    def occupancy(self) -> float:
        """Agent minutes of work ÷ agent minutes on duty within the weeks."""
        busy = 0.0
        for case in self.cases:
            for step in case.work:
                end = step.ended if step.has_ended else self.limit
                hands = int(self.scenario.teams[step.team].concurrency)
                busy += max(0.0, min(end, self.horizon) - max(0.0, min(step.began, self.horizon))) / hands
        duty = 0.0
        for roster in self.run.rosters:
            if roster.is_human:
                edges = [*roster.times.tolist(), INFINITE]
                for begin, end, capacity in zip(edges, edges[1:], roster.capacity.tolist(), strict=False):
                    hands = int(self.scenario.teams[roster.name].concurrency)
                    duty += capacity / hands * max(0.0, min(end, self.horizon) - max(0.0, min(begin, self.horizon)))
        return busy / duty if duty else NONE


def _days(text: str) -> list[str]:
    """Read `mon-fri` or `sat`."""
    first, _, last = text.partition("-")
    return list(DAYS[DAYS.index(first) : DAYS.index(last or first) + 1])


# -- the definitions -------------------------------------------------------------------------------------------

Cases = list[Case]


def share(cases: Iterable[Case], top: Callable[[Case], bool], among: Callable[[Case], bool] = lambda c: True) -> float:
    chosen = [case for case in cases if among(case)]
    return sum(bool(top(case)) for case in chosen) / len(chosen) if chosen else NONE


def mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else NONE


def quantile(values: Iterable[float], q: float) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.quantile(known, q)) if known else NONE


def per_step(kind: str) -> Callable[[Cases], float]:
    return lambda cases: mean(case.minutes_of(step) for case in cases for step in case.work if step.kind == kind)


def is_level_one(case: Case) -> bool:
    return int(case.desk.scenario.intents[case.intent].level) == 1


def is_ai_alone(case: Case) -> bool:
    return case.has_ai_reply and not case.lines and case.outcome in ("resolved", "lost")


def back_within(hours: float) -> Callable[[Cases], float]:
    return lambda cases: share(cases, lambda c: c.back_after <= hours * 60, lambda c: c.was_closed)


BY_DEFINITION: dict[str, Callable[[Cases], float]] = {
    "tickets": lambda cases: len(cases),
    "resolved": lambda cases: share(cases, lambda c: c.outcome == "resolved"),
    "abandonment": lambda cases: share(cases, lambda c: c.outcome == "abandoned"),
    "open_at_end": lambda cases: share(cases, lambda c: c.outcome == "open"),
    "other_share": lambda cases: share(cases, lambda c: c.desk.scenario.intents[c.intent].catch_all),
    "in_surge": lambda cases: share(cases, lambda c: c.in_surge),
    "involvement": lambda cases: share(cases, lambda c: c.has_ai_reply),
    "automated_resolution": lambda cases: share(cases, lambda c: c.is_automated),
    "automated_resolution_level1": lambda cases: share(cases, lambda c: c.is_automated, is_level_one),
    "resolution_confirmed": lambda cases: share(cases, lambda c: c.ending == "right" and c.ai_draw("confirms")),
    "resolution_assumed": lambda cases: share(
        cases, lambda c: c.is_automated and not (c.ending == "right" and c.ai_draw("confirms"))
    ),
    "resolution_clawed_back": lambda cases: share(cases, lambda c: c.is_clawed_back),
    "autonomous_resolution": lambda cases: share(cases, lambda c: c.ending == "right"),
    "deflection": lambda cases: share(cases, is_ai_alone),
    "false_deflection": lambda cases: share(
        cases, lambda c: c.ending in ("returns", "lost"), lambda c: c.is_closed_by_ai
    ),
    "silent_loss": lambda cases: share(cases, lambda c: c.outcome == "lost"),
    "containment": lambda cases: share(cases, lambda c: not c.is_handed_over, lambda c: c.has_ai_reply),
    "escalation": lambda cases: share(cases, lambda c: c.is_handed_over, lambda c: c.has_ai_reply),
    "escalation_accuracy": lambda cases: share(
        cases,
        lambda c: c.ending == "right" or (c.is_handed_over and not c.would_be_right and not c.has_full_answer),
        lambda c: c.is_free_to_answer,
    ),
    "needless_escalation": lambda cases: share(cases, lambda c: c.would_be_right, lambda c: c.is_handed_over),
    "answer_accuracy": lambda cases: share(cases, lambda c: c.would_be_right, lambda c: c.has_full_answer),
    "wrong_answer": lambda cases: share(cases, lambda c: not c.would_be_right, lambda c: c.has_full_answer),
    "ai_answers": lambda cases: sum(c.has_full_answer for c in cases),
    "routing_accuracy": lambda cases: share(cases, lambda c: c.recognised, lambda c: c.is_labelled_by_ai),
    "routed_by_ai": lambda cases: share(cases, lambda c: c.is_labelled_by_ai),
    "draft_match": lambda cases: share(cases, lambda c: c.would_be_right, lambda c: c.mode == "assist"),
    "ai_answered": lambda cases: share(cases, lambda c: c.has_ai_reply),
    "ai_snoozed": lambda cases: share(cases, lambda c: c.has_gathered),
    "ai_handed_over": lambda cases: share(cases, lambda c: c.is_handed_over),
    "ai_closed": lambda cases: share(cases, lambda c: c.is_closed_by_ai),
    "ai_ignored": lambda cases: share(cases, lambda c: c.is_kept_by_rule),
    "channel_shift": lambda cases: share(cases, lambda c: c.has_shifted, lambda c: c.is_closed_by_ai),
    "ai_uptime": lambda cases: share(cases, lambda c: c.ai_draw("is_up")),
    "first_response_mean": lambda cases: mean(c.first_response for c in cases),
    "first_response_p50": lambda cases: quantile((c.first_response for c in cases), 0.5),
    "first_response_p90": lambda cases: quantile((c.first_response for c in cases), 0.9),
    "resolution_mean": lambda cases: mean(c.resolution for c in cases),
    "resolution_p50": lambda cases: quantile((c.resolution for c in cases), 0.5),
    "resolution_p90": lambda cases: quantile((c.resolution for c in cases), 0.9),
    "wait_mean": lambda cases: mean(c.wait for c in cases),
    "wait_p90": lambda cases: quantile((c.wait for c in cases), 0.9),
    "delayed": lambda cases: share(cases, lambda c: c.wait > 0, lambda c: bool(c.lines)),
    "sla_breach": lambda cases: share(cases, lambda c: c.missed_any, lambda c: c.has_target),
    "sla_breach_first_response": lambda cases: share(
        cases, lambda c: c.missed_response, lambda c: c.target("first_response") < INFINITE
    ),
    "sla_breach_resolution": lambda cases: share(
        cases, lambda c: c.missed_resolution, lambda c: c.target("resolution") < INFINITE
    ),
    "aht": lambda cases: mean(c.human_minutes for c in cases if c.is_touched),
    "aht_escalated": lambda cases: mean(c.human_minutes for c in cases if c.is_touched and c.has_ai_reply),
    "aht_triage": per_step("triage"),
    "aht_transfer": per_step("transfer"),
    "aht_touch": per_step("touch"),
    "aht_follow_up": per_step("follow_up"),
    "aht_return": per_step("return"),
    "human_hours": lambda cases: sum(c.human_minutes for c in cases) / 60,
    "review_hours": lambda cases: sum(c.review_minutes for c in cases) / 60,
    "level1_time": lambda cases: (
        sum(c.human_minutes for c in cases if is_level_one(c)) / total
        if (total := sum(c.human_minutes for c in cases))
        else NONE
    ),
    "reassignment": lambda cases: share(cases, lambda c: c.transfers > 0, lambda c: c.is_touched),
    "reopen": back_within(INFINITE),
    "reopen_24h": back_within(24),
    "reopen_48h": back_within(48),
    "reopen_72h": back_within(72),
    "reopen_ai_24h": lambda cases: share(cases, lambda c: c.back_after <= 1440, lambda c: c.is_closed_by_ai),
}
"""KPIs that are computed from tickets alone, each as its definition in the registry reads."""


def satisfaction(anchor: float) -> dict[str, Callable[[Cases], float]]:
    """Return the CSAT figures at an anchor."""

    def among(resolver: str) -> Callable[[Cases], float]:
        return lambda cases: mean(c.score(anchor) for c in cases if c.resolver == resolver)

    return {
        "csat_mean": lambda cases: mean(c.score(anchor) for c in cases),
        "csat_satisfied": lambda cases: share(cases, lambda c: c.score(anchor) >= 4, lambda c: c.is_closed),
        "csat_ai": among("AI alone"),
        "csat_people": among("people alone"),
        "csat_both": among("AI, then people"),
        "csat_survey": lambda cases: mean(c.score(anchor) for c in cases if c.answers_survey(anchor)),
        "csat_satisfied_ai": lambda cases: share(cases, lambda c: c.score(anchor) >= 4, is_ai_alone),
        "survey_answers": lambda cases: sum(c.answers_survey(anchor) for c in cases),
        "survey_answers_ai": lambda cases: sum(is_ai_alone(c) and c.answers_survey(anchor) for c in cases),
    }


def csat_gap(desk: Desk, baseline: Desk, anchor: float) -> float:
    """Points by which satisfied customers are fewer after the AI alone (solved or lost) than in the baseline."""
    alone = [c for c in desk.counted_cases if is_ai_alone(c)]
    everyone = share(baseline.counted_cases, lambda c: c.score(anchor) >= 4, lambda c: c.is_closed)
    return 100 * (everyone - share(alone, lambda c: c.score(anchor) >= 4))


def solved_anchor(baseline: Desk) -> float:
    """Find the anchor by bisection: the baseline's mean expected score is the historical mean."""
    closed = [case for case in baseline.counted_cases if case.is_closed]
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        reached = sum(case.expected_score(middle) for case in closed) / len(closed)
        low, high = (middle, high) if reached < float(baseline.scenario.csat.human_mean) else (low, middle)
    return (low + high) / 2


# -- money -----------------------------------------------------------------------------------------------------


def costs(desk: Desk) -> dict[str, float]:
    """Add up what a run costs, one ticket and one step at a time."""
    scenario, prices = desk.scenario, desk.scenario.costs
    plan = prices.ai
    bill = review = 0.0
    cases = desk.counted_cases
    read = [case for case in cases if case.mode != "off"]
    if read:
        # Fees run, and answers are reviewed, in the weeks in which the AI does anything.
        weeks = len({case.week for case in read})
        months = weeks * 12 / 52
        bill = months * (float(plan.per_month) + float(plan.per_seat_month) * float(plan.seats))
        bill += len(read) * float(plan.per_ticket)
        bill += sum(case.has_ai_reply for case in cases) * float(plan.per_conversation)
        bill += sum(case.is_automated for case in cases) * float(plan.per_resolution)
        drafts = sum(case.mode in ("shadow", "assist") for case in cases)
        tokens = (drafts + sum(case.replies for case in cases)) * float(plan.tokens_per_exchange)
        bill += tokens / 1000 * float(plan.per_thousand_tokens)
        review = float(prices.qa_hours_per_week) * weeks * float(prices.agent_per_hour)
    hours = worth = 0.0
    for case in cases:
        for step in case.work:
            team = scenario.teams[step.team]
            worked = case.minutes_of(step) / 60 / int(team.concurrency)
            hours += worked
            worth += worked * float(prices.agent_per_hour if team.cost_per_hour is None else team.cost_per_hour)
    gone = sum(case.outcome in ("lost", "abandoned") for case in cases)
    return {
        "ai": bill + review,
        "cash": rostered(scenario),
        "capacity": worth,
        "hours": hours,
        "penalties": sum(case.missed_any for case in cases) * float(prices.sla_penalty),
        "churn": gone * float(prices.churn) * float(prices.customer_value),
    }


def rostered(scenario: Scenario) -> float:
    """Pay every rostered hour: shifts as written, breaks and shrinkage included."""
    pay, given = 0.0, scenario.arrivals.holidays
    holidays = given.dates if given is not None and given.desk_closed else ()
    for team in scenario.teams.values():
        hours = 0.0
        if team.agents is not None:
            hours = float(team.agents) * 24 * 7 * float(scenario.weeks)
        for shift in team.shifts:
            begins, ends = (int(text[:2]) + int(text[3:]) / 60 for text in (shift.start, shift.end))
            days = (scenario.start + timedelta(days=number) for number in range(7 * int(scenario.weeks)))
            worked = [day for day in days if DAYS[day.weekday()] in _days(shift.days) and day not in holidays]
            hours += len(worked) * (ends - begins) * float(shift.agents[0])
        rate = scenario.costs.agent_per_hour if team.cost_per_hour is None else team.cost_per_hour
        pay += hours * float(rate)
    return pay


def money(desk: Desk, baseline: Desk) -> dict[str, float]:
    """Return every money KPI."""
    here, there, prices = costs(desk), costs(baseline), desk.scenario.costs
    months = float(desk.scenario.weeks) * 12 / 52
    horizon, set_up = int(prices.horizon_months), float(prices.set_up)
    avoided = there["penalties"] + there["churn"] - here["penalties"] - here["churn"]
    with_set_up = here["ai"] + set_up * months / horizon
    total = here["ai"] + here["cash"] + here["penalties"] + here["churn"]
    found = {
        "cost_total": total,
        "cost_per_ticket": total / len(desk.counted_cases),
        "cost_per_resolution": total / sum(case.outcome == "resolved" for case in desk.counted_cases),
        "cost_ai": here["ai"],
        "cost_agents_cash": here["cash"],
        "cost_agents_capacity": here["capacity"],
        "cost_sla_penalties": here["penalties"],
        "cost_churn": here["churn"],
        "hours_saved": there["hours"] - here["hours"],
        "failures_avoided": avoided,
        "return_multiple": (there["hours"] - here["hours"]) * float(prices.agent_per_hour) / (here["ai"] or NONE),
    }
    for kind in ("capacity", "cash"):
        saving = there[kind] - here[kind]
        net = saving + avoided - with_set_up
        monthly = (saving + avoided - here["ai"]) / months
        found |= {f"saving_{kind}": saving, f"net_value_{kind}": net, f"roi_{kind}": net / (with_set_up or NONE)}
        worth = -set_up
        for month in range(1, horizon + 1):
            worth += monthly / (1 + float(prices.discount_rate)) ** (month / 12)
        found[f"npv_{kind}"] = worth
        name = {"capacity": "payback_months", "cash": "payback_cash_months"}[kind]
        found[name] = set_up / monthly if monthly > 0 else NONE
    return found
