# ruff: noqa: E501 (messages are tested whole)
"""Whatever is wrong with a scenario, an override or a file is told in full: file, line, path, value, rule, remedy."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from simulator import cli
from simulator.base.errors import ScenarioError
from simulator.base.text import spell
from simulator.scenario import Scenario, load_scenario, override, scenario_from, shipped_scenarios, without_ai
from simulator.scenario.yaml_text import parse_yaml

WARM_UP = "must be whole days, 12 weeks at most, such as 7d"
GOOD = """\
name: small desk
start: 2026-01-05
timezone: Europe/London
weeks: 2

arrivals:
  per_week: 100
  profile: {mon-fri: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
  holidays: {country: GB, dates: [2026-01-09]}
  surges:
    - {name: sale, start: 2026-01-06 09:00, end: 2026-01-08, multiplier: 2, intents: [refund]}

channels:
  email: {share: 70%}
  chat: {share: 30%, live: true, patience: 5m, on_abandon: {retries: 50%, channel: email}}

tiers:
  standard: {share: 90%}
  vip: {share: 10%, priority: 2, queue: desk}

intents:
  refund:
    share: 60%
    handle: 8m
    queue: {email: desk, chat: live}
    flags: {legal: 1%}
  question: {share: 40%, handle: {mean: 6m, cv: 0.8}}

difficulty: {handle: 0.5}

ai:
  routing:
    confidence: {mean: 0.9, concentration: 10}
  answer:
    confidence: {quantiles: [[0, 0.2], [0.5, 0.7], [1, 0.99]]}
    calibration: {table: [[0, 0.1], [1, 0.95]]}
  after_wrong: {noticed: 50%, returns: 30%, lost: 20%, channels: {email: 50%}}

policy:
  answer_threshold: 0.8
  always_human: {intents: [refund], tiers: [vip], flags: [legal]}
  priority: {bands: [9, 5]}
  phases:
    - {name: watch, from_week: 1, mode: shadow}
    - {name: answer, from_week: 2, mode: auto, intents: {refund: {answer_threshold: 0.9}}}

teams:
  desk:
    serves: [desk, {queue: live, after: 10m}]
    shifts:
      - {days: mon-fri, start: "09:00", end: "17:00", agents: 4, breaks: [{start: "12:00", length: 30m}]}
    shrinkage: 10%
  live: {agents: 1}

baseline:
  teams.live.agents: 2

sla:
  first_response: {vip: 1h, default: 8h}
  windows: [{name: renewals, from_week: 1, to_week: 2, tiers: [vip], factor: 0.5}]
csat: {human_mean: 4.2, cutpoints: [-3.6, -2.9, -2, -0.7]}
costs: {agent_per_hour: £25, currency: GBP}
sources: {"*": assumed}
"""
"""A scenario that uses most of what a scenario may hold; each case spoils it in one place."""

REPLAYED = GOOD.replace("  per_week: 100\n", "  replay: {file: log.csv, intent: intent}\n")
SHADOWED = GOOD.replace("{mean: 0.9, concentration: 10}", "{shadow_log: shadow.csv}")
SHIPPED = ", ".join(path.stem for path in shipped_scenarios())


def part(name: str) -> str:
    """Return a top-level part of the good scenario, up to the blank line after it."""
    begin = GOOD.index(f"\n{name}:\n") + 1
    return GOOD[begin : GOOD.index("\n\n", begin) + 1]


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Spoil the good scenario in the one place that reads `old`."""
    assert text.count(old) == 1
    return text.replace(old, new)


CHANGES = [
    # (name, what the good scenario says, what the bad one says, messages after "bad.yaml:")
    (
        "a typing error in a part's name",
        "channels:\n  email",
        "chanels:\n  email",
        "13: chanels is not a known key; did you mean channels?",
    ),
    (
        "a typing error in a key",
        "shrinkage: 10%",
        "shrinkge: 10%",
        "52: teams.desk.shrinkge is not a known key; did you mean shrinkage?",
    ),
    (
        "a typing error in a key of one form",
        "{table: [[0",
        "{tabel: [[0",
        "36: ai.answer.calibration.tabel is not a known key; did you mean table?",
    ),
    (
        "a key that resembles none",
        "shrinkage: 10%",
        "zzz: 10%",
        "52: teams.desk.zzz is not a known key; must be one of serves, shifts, agents, timezone, shrinkage, absence, concurrency, efficiency, cost_per_hour",
    ),
    (
        "a key of another part",
        "human_mean: 4.2",
        "agent_per_hour: 4.2",
        "61: csat.human_mean is missing; must be given: Mean survey score of the desk without AI; the model is anchored so that its AI-off baseline reproduces it",
        "61: csat.agent_per_hour is not a known key; must be one of human_mean, response_rate, unhappy_response, cutpoints, penalties",
    ),
    (
        "a unit in words",
        "handle: 8m",
        "handle: 8 mins",
        "24: intents.refund.handle is '8 mins'; must be a duration such as 90s, 8m, 1h 30m or 2d",
    ),
    (
        "a unit that is none",
        "handle: 8m",
        "handle: 8x",
        "24: intents.refund.handle is '8x'; must be a duration such as 90s, 8m, 1h 30m or 2d",
    ),
    (
        "a duration with a rest",
        "handle: 8m",
        "handle: 1h30",
        "24: intents.refund.handle is '1h30'; must be a duration such as 90s, 8m, 1h 30m or 2d",
    ),
    (
        "a negative duration",
        "handle: 8m",
        "handle: -8m",
        "24: intents.refund.handle is '-8m'; must be a duration, above 0, such as 8m",
    ),
    (
        "a negative mean",
        "{mean: 6m, cv: 0.8}",
        "{mean: -6, cv: 0.8}",
        "27: intents.question.handle.mean is -6; must be a duration, above 0, such as 8m",
    ),
    (
        "a duration of ten thousand years",
        "handle: 8m",
        "handle: 3652500d",
        "24: intents.refund.handle is '3652500d'; must be 10 years or less",
    ),
    (
        "negative agents",
        "agents: 4,",
        "agents: -1,",
        "51: teams.desk.shifts[0].agents is -1; must be a whole number from 0 to 10,000",
    ),
    (
        "half an agent",
        "agents: 4,",
        "agents: 2.5,",
        "51: teams.desk.shifts[0].agents is 2.5; must be a whole number from 0 to 10,000",
    ),
    ("shares below 100%", "share: 60%", "share: 50%", "21: intents has shares that sum to 90%; must sum to 100%"),
    (
        "a share of 160%",
        "share: 60%",
        "share: 160%",
        "23: intents.refund.share is '160%'; must be a share from 0 to 1, such as 0.25 or 25%",
    ),
    (
        "a threshold of 85",
        "answer_threshold: 0.8\n",
        "answer_threshold: 85\n",
        "40: policy.answer_threshold is 85; must be a share from 0 to 1, such as 0.25 or 25%",
    ),
    (
        "a share in words",
        "share: 60%",
        "share: most",
        "23: intents.refund.share is 'most'; must be a share such as 25% or 0.25",
    ),
    (
        "a missing key",
        "    share: 60%\n",
        "",
        "22: intents.refund.share is missing; must be given: Share of all tickets",
    ),
    (
        "a missing part",
        "teams:\n  desk:",
        "team:\n  desk:",
        "1: teams is missing; must be given: Groups of agents, their queues and shifts",
        "47: team is not a known key; did you mean teams?",
    ),
    (
        "an unknown intent",
        "{intents: [refund], tiers",
        "{intents: [refnd], tiers",
        "41: policy.always_human.intents[0] names the intent 'refnd'; must be one of refund, question",
    ),
    (
        "an unknown tier",
        "tiers: [vip], flags",
        "tiers: [gold], flags",
        "41: policy.always_human.tiers[0] names the tier 'gold'; must be one of standard, vip",
    ),
    (
        "an unknown flag",
        "flags: [legal]",
        "flags: [leggal]",
        "41: policy.always_human.flags[0] names the flag 'leggal'; must be one of legal",
    ),
    (
        "an unknown channel",
        "queue: {email: desk",
        "queue: {emial: desk",
        "25: intents.refund.queue.emial names the channel 'emial'; must be one of email, chat",
    ),
    (
        "an unknown queue",
        "queue: desk}",
        "queue: dezk}",
        "19: tiers.vip.queue sends tickets to queue 'dezk', which no team serves; must be one of desk, live",
    ),
    (
        "an unknown channel after abandoning",
        "channel: email}",
        "channel: fax}",
        "15: channels.chat.on_abandon.channel names the channel 'fax'; must be one of email, chat",
    ),
    (
        "an unknown intent in a phase",
        "intents: {refund: {answer",
        "intents: {refnd: {answer",
        "45: policy.phases[1].intents.refnd names the intent 'refnd'; must be one of refund, question",
    ),
    (
        "an unknown intent in a surge",
        "intents: [refund]}",
        "intents: [refnd]}",
        "11: arrivals.surges[0].intents[0] names the intent 'refnd'; must be one of refund, question",
    ),
    (
        "an unknown tier in a target",
        "first_response: {vip",
        "first_response: {vipp",
        "59: sla.first_response.vipp names the tier 'vipp'; must be one of standard, vip, default",
    ),
    (
        "an unknown tier in a window",
        "tiers: [vip], factor",
        "tiers: [gold], factor",
        "60: sla.windows[0].tiers[0] names the tier 'gold'; must be one of standard, vip",
    ),
    (
        "an unknown return channel",
        "lost: 20%, channels: {email",
        "lost: 20%, channels: {fax",
        "37: ai.after_wrong.channels.fax names the channel 'fax'; must be one of email, chat",
    ),
    (
        "queues that nobody serves",
        "serves: [desk, {queue: live, after: 10m}]",
        "serves: [dsk]",
        "19: tiers.vip.queue sends tickets to queue 'desk', which no team serves; must be one of dsk, live",
        "25: intents.refund.queue.email sends tickets to queue 'desk', which no team serves; must be one of dsk, live",
    ),
    (
        "a queue served twice",
        "{queue: live, after: 10m}]",
        "desk]",
        "49: teams.desk.serves names a queue twice; must name each queue once",
    ),
    (
        "a time without a colon",
        'start: "09:00"',
        "start: 0900",
        '51: teams.desk.shifts[0].start is 900; must be a time of day such as "09:00", in quotes',
    ),
    (
        "hour 25",
        'start: "09:00"',
        'start: "25:00"',
        '51: teams.desk.shifts[0].start is \'25:00\'; must be a time of day such as "09:00", in quotes',
    ),
    (
        "a time with am",
        'start: "09:00"',
        "start: 9am",
        '51: teams.desk.shifts[0].start is \'9am\'; must be a time of day such as "09:00", in quotes',
    ),
    (
        "a wrong day",
        "days: mon-fri",
        "days: mon-fryday",
        "51: teams.desk.shifts[0].days is 'mon-fryday'; must name days such as mon-fri, sat, sun or daily",
    ),
    (
        "a day twice",
        "days: mon-fri",
        "days: 'mon-fri, fri'",
        "51: teams.desk.shifts[0].days is 'mon-fri, fri'; must name each day once",
    ),
    (
        "a wrong day in a profile",
        "{mon-fri: [1,",
        "{mon-fryday: [1,",
        "8: arrivals.profile.mon-fryday is 'mon-fryday'; must name days such as mon-fri, sat, sun or daily",
    ),
    (
        "23 weights",
        "{mon-fri: [1,",
        "{mon-fri: [",
        "8: arrivals.profile has 23 weights for mon-fri; must list 24, 48 or 96",
    ),
    (
        "a negative weight",
        "{mon-fri: [1,",
        "{mon-fri: [-1,",
        "8: arrivals.profile.mon-fri[0] is -1; must be a number, 0 or more",
    ),
    (
        "a profile of another name",
        "{mon-fri: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}",
        "busy",
        "8: arrivals.profile is 'busy'; must be flat, office_hours, or lists of weights by days",
    ),
    (
        "a start in 1800",
        "start: 2026-01-05",
        "start: 1800-01-01",
        "2: start is '1800-01-01'; must be a date from 1971 to 2100",
    ),
    (
        "a start with a time",
        "start: 2026-01-05",
        "start: 2026-01-05 09:00",
        "2: start is '2026-01-05 09:00'; must be a date such as 2026-01-05",
    ),
    (
        "a start without dashes",
        "start: 2026-01-05",
        "start: 20260105",
        "2: start is 20260105; must be a date such as 2026-01-05",
    ),
    (
        "a start in month 13",
        "start: 2026-01-05",
        "start: 2026-13-45",
        "2: start is '2026-13-45'; must be a date such as 2026-01-05",
    ),
    (
        "a start in local notation",
        "start: 2026-01-05",
        "start: 05.01.2026",
        "2: start is '05.01.2026'; must be a date such as 2026-01-05",
    ),
    (
        "a wrong time zone",
        "Europe/London",
        "Europe/Londn",
        "3: timezone is 'Europe/Londn'; must be an IANA time zone such as Europe/London",
    ),
    (
        "a wrong country",
        "country: GB",
        "country: England",
        "9: arrivals.holidays.country is 'England'; must be the ISO code of a country, such as GB, DE or US",
    ),
    (
        "a wrong holiday",
        "[2026-01-09]",
        "[next friday]",
        "9: arrivals.holidays.dates[0] is 'next friday'; must be a date such as 2026-01-05",
    ),
    (
        "a surge that ends before it starts",
        "end: 2026-01-08",
        "end: 2026-01-01",
        "11: arrivals.surges[0] has start 2026-01-06 09:00 and end 2026-01-01 00:00; must end after it starts",
    ),
    (
        "a surge with an offset",
        "start: 2026-01-06 09:00",
        "start: 2026-01-06T09:00Z",
        "11: arrivals.surges[0].start is '2026-01-06T09:00Z'; must be a local time such as 2026-01-05 or 2026-01-05 09:00",
    ),
    (
        "a window that ends before it starts",
        "from_week: 1, to_week: 2",
        "from_week: 2, to_week: 1",
        "60: sla.windows[0] has from_week 2 and to_week 1; must end in or after the week in which it begins",
    ),
    (
        "phases out of order",
        "{name: watch, from_week: 1",
        "{name: watch, from_week: 3",
        "43: policy.phases has answer after watch, but it begins no later; must list phases as they begin",
    ),
    (
        "quantiles that fall",
        "[0.5, 0.7]",
        "[0.5, 0.1]",
        "35: ai.answer.confidence.quantiles has 0.1 after 0.2; must list confidences that never fall",
    ),
    (
        "quantiles out of order",
        "[0.5, 0.7]",
        "[0, 0.7]",
        "35: ai.answer.confidence.quantiles has 0 after 0; must list probabilities in rising order",
    ),
    (
        "a quantile beyond 1",
        "[0.5, 0.7]",
        "[1.5, 0.7]",
        "35: ai.answer.confidence.quantiles[1][0] is 1.5; must be a share from 0 to 1, such as 0.25 or 25%",
    ),
    (
        "quantiles that end early",
        "[1, 0.99]]",
        "[0.9, 0.99]]",
        "35: ai.answer.confidence.quantiles has not all probabilities; must list pairs from probability 0 to 1",
    ),
    (
        "a quantile without a value",
        "[0.5, 0.7]",
        "[0.5]",
        "35: ai.answer.confidence.quantiles[1] has 1 item; must have 2",
    ),
    (
        "a quantile with two values",
        "[0.5, 0.7]",
        "[0.5, 0.6, 0.7]",
        "35: ai.answer.confidence.quantiles[1] has 3 items; must have 2",
    ),
    (
        "a calibration that goes back",
        "[[0, 0.1], [1, 0.95]]",
        "[[1, 0.1], [0, 0.95]]",
        "36: ai.answer.calibration.table has 0 after 1; must list confidences in rising order",
    ),
    (
        "a correlation of 1",
        "difficulty: {handle: 0.5}",
        "difficulty: {handle: 1}",
        "29: difficulty.handle is 1; must be a number from -0.99 to 0.99",
    ),
    (
        "a correlation of -1",
        "difficulty: {handle: 0.5}",
        "difficulty: {handle: -1}",
        "29: difficulty.handle is -1; must be a number from -0.99 to 0.99",
    ),
    (
        "cut-points that fall",
        "-2.9, -2, -0.7]",
        "-2.9, -4, -0.7]",
        "61: csat.cutpoints has -4 after -2.9; must list rising cut-points",
    ),
    ("three cut-points", "-2.9, -2, -0.7]", "-2.9, -2]", "61: csat.cutpoints has 3 items; must have 4"),
    (
        "a satisfaction of 92%",
        "human_mean: 4.2",
        "human_mean: 92%",
        "61: csat.human_mean is '92%'; must be a number, above 1 and below 5",
    ),
    (
        "a currency in words",
        "currency: GBP",
        "currency: pounds",
        "62: costs.currency is 'pounds'; must be three capital letters such as USD",
    ),
    (
        "money with words",
        "£25",
        "25 dollars",
        "62: costs.agent_per_hour is '25 dollars'; must be an amount such as 25 or $0.99",
    ),
    (
        "bands that rise",
        "bands: [9, 5]",
        "bands: [5, 9]",
        "42: policy.priority.bands has 9 after 5; must list bounds in falling order",
    ),
    (
        "five bands",
        "bands: [9, 5]",
        "bands: [9, 5, 4, 3]",
        "42: policy.priority.bands has 4 bounds; must list 3 or fewer (4 bands)",
    ),
    ("not a number", "per_week: 100", "per_week: .nan", "7: arrivals.per_week is .nan; must be a number, 0 or more"),
    (
        "infinity",
        "per_week: 100",
        "per_week: .inf",
        "7: arrivals.per_week is .inf; must be 1,000,000,000,000 or less in size",
    ),
    (
        "a number of 400 digits",
        "per_week: 100",
        "per_week: 1" + "0" * 400,
        "7: arrivals.per_week is a number of more than 50 digits; must be 1,000,000,000,000 or less in size",
    ),
    (
        "a number of 5000 digits",
        "per_week: 100",
        "per_week: 1" + "0" * 5000,
        "7: arrivals.per_week is .inf; must be 1,000,000,000,000 or less in size",
    ),
    (
        "too many tickets",
        "per_week: 100",
        "per_week: 1e12",
        "6: arrivals gives about 2,000,000,000,000 tickets; must stay below max_tickets (5,000,000), or raise that",
    ),
    ("too many weeks", "weeks: 2\n", "weeks: 100000\n", "4: weeks is 100000; must be a whole number from 1 to 520"),
    ("nothing after a colon", "weeks: 2\n", "weeks:\n", "4: weeks is empty; must be a whole number from 1 to 520"),
    ("a negative warm-up", "weeks: 2\n", "weeks: 2\nwarm_up: -1d\n", "5: warm_up is '-1d'; must be a duration, 0 or more, such as 8m"),
    ("a warm-up of hours", "weeks: 2\n", "weeks: 2\nwarm_up: 36h\n", f"5: warm_up is '36h'; {WARM_UP}"),
    ("a bare warm-up, in minutes", "weeks: 2\n", "weeks: 2\nwarm_up: 7\n", f"5: warm_up is 7; {WARM_UP}"),
    ("a warm-up of months", "weeks: 2\n", "weeks: 2\nwarm_up: 13w\n", f"5: warm_up is '13w'; {WARM_UP}"),
    ("a warm-up in words", "weeks: 2\n", "weeks: 2\nwarm_up: a week\n", "5: warm_up is 'a week'; must be a duration such as 90s, 8m, 1h 30m or 2d"),
    ("a warm-up without end", "weeks: 2\n", "weeks: 2\nwarm_up: .inf\n", "5: warm_up is .inf; must be 10 years or less"),
    (
        "true for a number",
        "share: 60%",
        "share: true",
        "23: intents.refund.share is true; must be a share from 0 to 1, such as 0.25 or 25%",
    ),
    (
        "a mapping for a number",
        "weeks: 2\n",
        "weeks: {a: 1}\n",
        "4: weeks is a mapping; must be a whole number from 1 to 520, or a mapping with value and any of low, high, n, source",
    ),
    ("a list for a number", "weeks: 2\n", "weeks: [2]\n", "4: weeks is a list; must be a whole number from 1 to 520"),
    (
        "a list for a mapping",
        "difficulty: {handle: 0.5}",
        "difficulty: [0.5]",
        "29: difficulty is a list; must be a mapping of names to values",
    ),
    (
        "text for a mapping",
        "difficulty: {handle: 0.5}",
        "difficulty: hard",
        "29: difficulty is 'hard'; must be a mapping of names to values",
    ),
    (
        "a mapping for a list",
        "serves: [desk, {queue: live, after: 10m}]",
        "serves: {desk: 1}",
        "49: teams.desk.serves is a mapping; must be a list",
    ),
    ("text for true or false", "live: true", "live: maybe", "15: channels.chat.live is 'maybe'; must be true or false"),
    (
        "a number for text",
        "name: small desk",
        "name: 2026",
        "1: name is 2026; must be text, in quotes if it looks like a number",
    ),
    (
        "a name of 121 letters",
        "name: small desk",
        "name: " + "x" * 121,
        "1: name is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...; must have 120 characters or fewer",
    ),
    ("an empty name", "name: small desk", "name: ''", "1: name is ''; must not be empty"),
    (
        "dots in a name",
        "  vip: {share: 10%",
        "  v.i.p: {share: 10%",
        "19: tiers.v.i.p is 'v.i.p'; must be a name without any of . [ ] = , (they are used in paths)",
    ),
    (
        "brackets in a name",
        "  vip: {share: 10%",
        "  'vip[1]': {share: 10%",
        "19: tiers.vip[1] is 'vip[1]'; must be a name without any of . [ ] = , (they are used in paths)",
    ),
    (
        "a number for a queue",
        "queue: {email: desk, chat: live}",
        "queue: 5",
        "25: intents.refund.queue is 5; must be text, in quotes if it looks like a number",
    ),
    (
        "a list for a queue",
        "queue: {email: desk, chat: live}",
        "queue: [desk]",
        "25: intents.refund.queue is a list; must be text, in quotes if it looks like a number",
    ),
    (
        "a mode that is none",
        "mode: shadow",
        "mode: shadwo",
        "44: policy.phases[0].mode is 'shadwo'; must be 'off', 'shadow', 'assist' or 'auto'",
    ),
    (
        "a form that is none",
        "{mean: 6m, cv: 0.8}",
        "{form: lognormall, mean: 6m}",
        "27: intents.question.handle.form is 'lognormall'; must be one of lognormal, constant, exponential, gamma, uniform, quantiles",
    ),
    (
        "a form with keys of another",
        "{mean: 6m, cv: 0.8}",
        "{form: gamma, mean: 6m, cb: 1}",
        "27: intents.question.handle.cv is missing; must be given: Standard deviation divided by the mean",
        "27: intents.question.handle.cb is not a known key; did you mean cv?",
    ),
    (
        "a distribution without a mean",
        "{mean: 6m, cv: 0.8}",
        "{cv: 0.8}",
        "27: intents.question.handle.mean is missing; must be given: Mean duration",
    ),
    (
        "a distribution as a list",
        "{mean: 6m, cv: 0.8}",
        "[6m, 8m]",
        "27: intents.question.handle is a list; must be a duration, above 0, such as 8m",
    ),
    (
        "a range that falls",
        "{mean: 6m, cv: 0.8}",
        "{low: 9m, high: 2m}",
        "27: intents.question.handle has its low above its high; must keep low <= high",
    ),
    (
        "a value outside its range",
        "handle: 8m",
        "handle: {value: 8m, low: 9m, high: 10m}",
        "24: intents.refund.handle is {value: '8m', low: '9m', high: '10m'}; must keep low <= value <= high",
    ),
    (
        "half a range",
        "handle: 8m",
        "handle: {value: 8m, low: 7m}",
        "24: intents.refund.handle is {value: '8m', low: '7m'}; must give both low and high, or neither",
    ),
    (
        "a source that is no text",
        "handle: 8m",
        "handle: {value: 8m, source: 3}",
        "24: intents.refund.handle is {value: '8m', source: 3}; must give source as text",
    ),
    (
        "no observations",
        "handle: 8m",
        "handle: {value: 8m, n: 0}",
        "24: intents.refund.handle is {value: '8m', n: 0}; must give n as a whole number of observations, 1 or more",
    ),
    (
        "a figure with another key",
        "handle: 8m",
        "handle: {value: 8m, sauce: x}",
        "24: intents.refund.handle is {value: '8m', sauce: 'x'}; must be a duration, above 0, such as 8m, or a mapping with value and any of low, high, n, source",
    ),
    (
        "a range without a value",
        "per_week: 100",
        "per_week: {low: 1, high: 2}",
        "7: arrivals.per_week is a mapping; must be a number, 0 or more, or a mapping with value and any of low, high, n, source",
    ),
    (
        "a bare confidence",
        "{mean: 0.9, concentration: 10}",
        "0.9",
        "33: ai.routing.confidence is 0.9; must have mean and concentration, quantiles, or shadow_log",
    ),
    (
        "a confidence of 1",
        "{mean: 0.9, concentration: 10}",
        "{mean: 1, concentration: 10}",
        "33: ai.routing.confidence.mean is 1; must be a share, above 0 and below 1, such as 0.25 or 25%",
    ),
    (
        "routing confidence that is not there",
        "  routing:\n    confidence: {mean: 0.9, concentration: 10}\n  answer:\n    confidence: {quantiles: [[0, 0.2], [0.5, 0.7], [1, 0.99]]}",
        "  answer:\n    confidence: routing",
        "33: ai.answer.confidence is 'routing', but the AI has no `routing`; must be a distribution then",
    ),
    (
        "a word for a confidence",
        "{quantiles: [[0, 0.2], [0.5, 0.7], [1, 0.99]]}",
        "rooting",
        "35: ai.answer.confidence is 'rooting'; must have mean and concentration, quantiles, or shadow_log, or be the word routing",
    ),
    (
        "a word for a calibration",
        "{table: [[0, 0.1], [1, 0.95]]}",
        "perfect",
        "36: ai.answer.calibration is 'perfect'; must be `calibrated` or have shift and scale, table, or shadow_log",
    ),
    (
        "outcomes above 100%",
        "lost: 20%,",
        "lost: 30%,",
        "37: ai.after_wrong has noticed, returns and lost that sum to 110%; must sum to 100%",
    ),
    (
        "return channels above 100%",
        "channels: {email: 50%}",
        "channels: {email: 80%, chat: 40%}",
        "37: ai.after_wrong has channels for more than 100%; must be 100% or less together",
    ),
    (
        "a team without agents",
        "live: {agents: 1}",
        "live: {serves: [live]}",
        "53: teams.live has neither shifts nor agents (round the clock); must have one",
    ),
    (
        "a team without anything",
        "live: {agents: 1}",
        "live:",
        "53: teams.live is empty; must be a mapping of names to values",
    ),
    (
        "agents who are never there",
        "shrinkage: 10%",
        "shrinkage: 100%",
        "52: teams.desk.shrinkage is '100%'; must be a share, 0 or more and below 1, such as 0.25 or 25%",
    ),
    (
        "a shift without an end",
        ', end: "17:00"',
        "",
        "51: teams.desk.shifts[0] has no end; must have one, or a list of agents with `every`",
    ),
    (
        "a shift with two ends",
        ', end: "17:00"',
        ', end: "17:00", every: 1h',
        "51: teams.desk.shifts[0] has both end and every; must have one of them",
    ),
    (
        "agents in a list without periods",
        "agents: 4,",
        "agents: [4, 3],",
        "51: teams.desk.shifts[0] has a list of agents; must have `every` as well, such as `every: 1h`",
    ),
    (
        "a break after work",
        'start: "12:00"',
        'start: "18:00"',
        "51: teams.desk.shifts[0] has a break at 18:00, outside its hours; must begin inside them",
    ),
    (
        "arrivals without a volume",
        "  per_week: 100\n",
        "",
        "6: arrivals has neither per_week nor replay; must have one of them",
    ),
    (
        "phases without an AI",
        part("ai"),
        "ai:\n",
        "37: policy.phases is given, but the scenario has no `ai`; describe the AI or drop the phases",
    ),
    ("no intents", part("intents"), "intents: {}\n\n", "21: intents has nothing in it; must have 1 to 500 items"),
    ("empty teams", part("teams"), "teams:\n\n", "47: teams is empty; must be a mapping of names to values"),
    (
        "a baseline of an unknown team",
        "teams.live.agents: 2",
        "teams.lvie.agents: 2",
        "56: baseline: teams.lvie is none of the scenario's teams; must be one of desk, live",
    ),
    (
        "a baseline of an unknown key",
        "teams.live.agents: 2",
        "teams.live.agnts: 2",
        "56: baseline: teams.live.agnts is not a known key; did you mean agents?",
    ),
    (
        "a baseline with a wrong value",
        "teams.live.agents: 2",
        "teams.live.agents: -2",
        "56: baseline: teams.live.agents is -2; must be a whole number from 0 to 10,000",
    ),
    (
        "a baseline that is no path",
        "teams.live.agents: 2",
        "teams..agents: 2",
        "56: baseline: teams..agents is no path; must be a path such as teams.tier1.shifts[0].agents",
    ),
    (
        "a baseline of a shift that is not there",
        "teams.live.agents: 2",
        "teams.desk.shifts[3].agents: 2",
        "56: baseline: teams.desk.shifts has no item [3]; must be [0] to [0]",
    ),
    (
        "a baseline with other customers",
        "teams.live.agents: 2",
        "intents.refund.share: 50%",
        "56: baseline.intents.refund.share cannot differ in the baseline; must begin with one of teams, sla, costs:"
        " customers and rules are the same in both",
    ),
    (
        "a tab",
        "  vip: {share",
        "\tvip: {share",
        "19: is no valid YAML: found character '\\t' that cannot start any token; indent by spaces, not tabs",
    ),
    (
        "a key twice",
        "shrinkage: 10%",
        "shrinkage: 10%\n    shrinkage: 20%",
        "53: teams.desk.shrinkage stands twice, first on line 52; must stand once, so remove one",
    ),
    (
        "a bracket that is not closed",
        "flags: {legal: 1%}",
        "flags: {legal: 1%",
        "27: is no valid YAML: expected ',' or '}', but got ':' (while parsing a flow mapping, which begins on line 26); mend this line",
    ),
    (
        "a quote that is not closed",
        'start: "09:00"',
        'start: "09:00',
        "51: is no valid YAML: expected ',' or '}', but got '<scalar>'; mend this line",
    ),
    (
        "a wrong indent",
        "    handle: 8m",
        "   handle: 8m",
        "24: is no valid YAML: expected <block end>, but found '<block mapping start>' (while parsing a block mapping, which begins on line 22); mend this line",
    ),
    (
        "an alias of nothing",
        "human_mean: 4.2",
        "human_mean: *mean",
        "61: is no valid YAML: found undefined alias 'mean'; mend this line",
    ),
    (
        "an alias of itself",
        "sources: {",
        "sources: &all {all: *all, ",
        "63: is nested deeper than 40 levels; must be nested less",
    ),
    (
        "a Python object",
        "name: small desk",
        "name: !!python/object/apply:os.system [ls]",
        "1: name has the tag !!python/object/apply:os.system; must be a plain value, so remove the tag",
    ),
    (
        "an include",
        "name: small desk",
        "name: !include other.yaml",
        "1: name has the tag !include; must be a plain value, so remove the tag",
    ),
    (
        "a list for a key",
        "sources: {",
        "sources: {[a]: b, ",
        "63: sources has a list or mapping for a key; must be text",
    ),
    (
        "a null character",
        "name: small desk",
        "name: small\x00desk",
        "1: is no valid YAML: it holds the character '\\x00'; remove it",
    ),
    (
        "half a character",
        "name: small desk",
        'name: "\\ud800"',
        "1: name holds half a Unicode character; must be text, so remove it",
    ),
]

FILES: list[tuple[Any, ...]] = [
    # (name, files by name, messages); bad.yaml is loaded
    ("an empty file", {"bad.yaml": ""}, "bad.yaml:1: is empty; must be a mapping such as `name: my desk`"),
    ("only a comment", {"bad.yaml": "# soon\n"}, "bad.yaml:1: is empty; must be a mapping such as `name: my desk`"),
    ("a list", {"bad.yaml": "- a\n"}, "bad.yaml:1: holds no scenario; must be a mapping such as `name: my desk`"),
    ("a word", {"bad.yaml": "hello"}, "bad.yaml:1: holds no scenario; must be a mapping such as `name: my desk`"),
    ("a picture", {"bad.yaml": b"\x89PNG\r\n\x1a\n\x00"}, "bad.yaml:1: is no UTF-8 text; save it as UTF-8"),
    (
        "another encoding",
        {"bad.yaml": changed("human_mean: 4.2", "human_mean: 4.2 # \xe9").encode("latin-1")},
        "bad.yaml:61: is no UTF-8 text; save it as UTF-8",
    ),
    ("UTF-16", {"bad.yaml": GOOD.encode("utf-16")}, "bad.yaml:1: is no UTF-8 text; save it as UTF-8"),
    (
        "Windows line ends",
        {"bad.yaml": changed("shrinkage", "shrinkge").replace("\n", "\r\n")},
        "bad.yaml:52: teams.desk.shrinkge is not a known key; did you mean shrinkage?",
    ),
    ("a folder", {"bad.yaml/inner.yaml": GOOD}, "bad.yaml: is a folder; must be a scenario file"),
    ("nothing", {}, f"bad.yaml: is no file and no shipped scenario; must be a .yaml file or one of {SHIPPED}"),
    (
        "too many bytes",
        {"bad.yaml": GOOD + "#" * 4_000_000},
        f"bad.yaml: has {4_000_000 + len(GOOD.encode()):,} bytes; must have 4,000,000 or fewer",
    ),
    (
        "two documents",
        {"bad.yaml": GOOD + "---\n" + GOOD},
        "bad.yaml:64: is no valid YAML: but found another document (expected a single document in the stream, which begins on line 1); mend this line",
    ),
    (
        "deep nesting",
        {"bad.yaml": GOOD + "deep: " + "[" * 60 + "]" * 60 + "\n"},
        "bad.yaml:64: is nested deeper than 40 levels; must be nested less",
    ),
    (
        "deeper nesting",
        {"bad.yaml": GOOD + "deep: " + "[" * 500},
        "bad.yaml:1: is no valid YAML: it is nested too deep; nest 40 levels or fewer",
    ),
    (
        "a bomb of aliases",
        {"bad.yaml": "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))},
        "bad.yaml:1: e[7][8][8][8][9] holds more than 100,000 values, aliases counted; must hold fewer",
    ),
    ("extends nothing", {"bad.yaml": "extends:\n"}, "bad.yaml:1: extends is empty; must be a file name"),
    ("extends a number", {"bad.yaml": "extends: 5\n"}, "bad.yaml:1: extends is 5; must be a file name"),
    ("extends a list", {"bad.yaml": "extends: [base.yaml]\n"}, "bad.yaml:1: extends is a list; must be a file name"),
    (
        "extends a file that is not there",
        {"bad.yaml": "weeks: 1\nextends: base.yaml\n"},
        "bad.yaml:2: extends is 'base.yaml'; must name a file that exists, so check its name",
    ),
    (
        "extends itself",
        {"bad.yaml": "extends: bad.yaml\n"},
        "bad.yaml:1: extends is 'bad.yaml'; must not lead back to a file that extends it",
    ),
    (
        "extends in a circle",
        {"bad.yaml": "extends: base.yaml\n", "base.yaml": "name: base\nextends: bad.yaml\n"},
        "base.yaml:2: extends is 'bad.yaml'; must not lead back to a file that extends it",
    ),
    (
        "extends without end",
        {"bad.yaml": "extends: 1.yaml\n", **{f"{n}.yaml": f"extends: {n + 1}.yaml\n" for n in range(20)}, "20.yaml": GOOD},
        "10.yaml:1: extends is '11.yaml'; must not extend more than 10 files in turn",
    ),
    (
        "extends a file elsewhere",
        {"bad.yaml": "extends: ../../etc/passwd\n"},
        "bad.yaml:1: extends is '../../etc/passwd'; must lie in the scenario's folder or the one above it",
    ),
    (
        "extends an absolute path",
        {"bad.yaml": "extends: /etc/passwd\n"},
        "bad.yaml:1: extends is '/etc/passwd'; must lie in the scenario's folder or the one above it",
    ),
    (
        "extends a folder",
        {"bad.yaml": "extends: sub\n", "sub/base.yaml": GOOD},
        "bad.yaml:1: extends is 'sub'; must name a file that exists, so check its name",
    ),
    (
        "extends a picture",
        {"bad.yaml": "extends: base.png\n", "base.png": b"\x89PNG\xff"},
        "base.png:1: is no UTF-8 text; save it as UTF-8",
    ),
    (
        "extends a name with a null character",
        {"bad.yaml": 'extends: "a\\0b"\n'},
        "bad.yaml:1: extends is 'a\\x00b'; must be a name that a file can have",
    ),
    (
        "extends a name of 300 letters",
        {"bad.yaml": f"extends: {'a' * 300}\n"},
        f"bad.yaml:1: extends is '{'a' * 56}...; must be a name that a file can have",
    ),
    (
        "extends a file and both are wrong",
        {
            "bad.yaml": "extends: base.yaml\nteams:\n  live: {agents: -1}\n",
            "base.yaml": changed("human_mean: 4.2", "human_mean: 42"),
        },
        "bad.yaml:3: teams.live.agents is -1; must be a whole number from 0 to 10,000",
        "base.yaml:61: csat.human_mean is 42; must be a number, above 1 and below 5",
    ),
    (
        "extends a file and unbalances its shares",
        {"bad.yaml": "extends: base.yaml\nintents:\n  refund: {share: 70%}\n", "base.yaml": GOOD},
        "bad.yaml:2: intents has shares that sum to 110%; must sum to 100%",
    ),
    (
        "a replay of wrong rows",
        {
            "bad.yaml": REPLAYED,
            "log.csv": "created_at,intent\n2026-01-05 09:00,refund\nyesterday,refund\n2026-02-01,refund\n"
            "2026-01-04 23:59,refund\n2026-01-06,refnd\n2026-01-06\n2026-01-06,refund,x\n0001-01-01,refund\n",
        },
        "log.csv:3: created_at is 'yesterday'; must be a time such as 2026-01-05 09:30:00",
        "log.csv:4: created_at is '2026-02-01'; must lie from 2026-01-05 until before 2026-01-19",
        "log.csv:5: created_at is '2026-01-04 23:59'; must lie from 2026-01-05 until before 2026-01-19",
        "log.csv:6: intent is 'refnd'; must be an intent of the scenario (refund, question)",
        "log.csv:7: has 1 cell; must have 2, as the header has",
        "log.csv:8: has 3 cells; must have 2, as the header has",
        "log.csv:9: created_at is '0001-01-01'; must lie from 2026-01-05 until before 2026-01-19",
    ),
    (
        "a replay of many wrong rows",
        {"bad.yaml": REPLAYED, "log.csv": "created_at,intent\n" + "x,refund\n" * 30},
        *(f"log.csv:{line}: created_at is 'x'; must be a time such as 2026-01-05 09:30:00" for line in range(2, 22)),
        "log.csv: has 10 more such problems; must have none, so mend these first",
    ),
    (
        "a replay without the columns",
        {"bad.yaml": REPLAYED, "log.csv": "created,topic\n2026-01-05,refund\n"},
        "log.csv:1: has no column 'created_at'; must name one of its columns (created, topic)",
        "log.csv:1: has no column 'intent'; must name one of its columns (created, topic)",
    ),
    (
        "a replay with semicolons",
        {"bad.yaml": REPLAYED.replace(", intent: intent}", "}"), "log.csv": "created_at;intent\n2026-01-05;refund\n"},
        "log.csv:1: has no column 'created_at'; must name one of its columns (created_at;intent); separate columns by commas",
    ),
    (
        "a replay with a column twice",
        {"bad.yaml": REPLAYED, "log.csv": "created_at,intent,intent\n2026-01-05,refund,refund\n"},
        "log.csv:1: has 2 columns 'intent'; must have one, so rename the others",
    ),
    (
        "an empty replay",
        {"bad.yaml": REPLAYED, "log.csv": ""},
        "log.csv: is empty; must have a header with created_at, intent, and rows",
    ),
    (
        "a replay without rows",
        {"bad.yaml": REPLAYED, "log.csv": "created_at,intent\n\n"},
        "log.csv: has no rows; must have at least one ticket",
    ),
    (
        "a replay that begins after the warm-up",
        {"bad.yaml": REPLAYED.replace("weeks: 2\n", "weeks: 2\nwarm_up: 7d\n"), "log.csv": "created_at,intent\n2026-01-05,refund\n"},
        "bad.yaml:5: warm_up finds no tickets in the 7 days before 2026-01-05; must have some, so set warm_up to 0 or give the log of those days as well",
    ),
    (
        "a replay of nothing but the warm-up",
        {"bad.yaml": REPLAYED.replace("weeks: 2\n", "weeks: 2\nwarm_up: 1d\n"), "log.csv": "created_at,intent\n2026-01-04 23:59,refund\n"},
        "bad.yaml:5: warm_up finds no tickets from 2026-01-05 on; must have some, so set warm_up to 0 or give the log of those days as well",
    ),
    (
        "a replay of rows before the warm-up",
        {"bad.yaml": REPLAYED.replace("weeks: 2\n", "weeks: 2\nwarm_up: 1d\n"), "log.csv": "created_at,intent\n2026-01-04,refund\n2026-01-03 23:59,refund\n"},
        "log.csv:3: created_at is '2026-01-03 23:59'; must lie from 2026-01-04 until before 2026-01-19",
    ),
    (
        "a replay with an open quote",
        {"bad.yaml": REPLAYED, "log.csv": 'created_at,intent\n"2026-01-05,refund\n'},
        "log.csv:2: is no CSV: unexpected end of data; mend this line",
    ),
    (
        "a replay with a null character",
        {"bad.yaml": REPLAYED, "log.csv": "created_at,intent\n2026-01-05\0,refund\n"},
        "log.csv:2: created_at is '2026-01-05\\x00'; must be a time such as 2026-01-05 09:30:00",
    ),
    (
        "a replay of a picture",
        {"bad.yaml": REPLAYED, "log.csv": b"\x89PNG\xff"},
        "log.csv: is no UTF-8 text; save it as UTF-8",
    ),
    (
        "a replay of a file that is not there",
        {"bad.yaml": REPLAYED},
        "bad.yaml:7: arrivals.replay.file is 'log.csv'; must name a file that exists, so check its name",
    ),
    (
        "a replay of a file elsewhere",
        {"bad.yaml": REPLAYED.replace("log.csv", "../../etc/passwd")},
        "bad.yaml:7: arrivals.replay.file is '../../etc/passwd'; must lie in the scenario's folder, so move it there",
    ),
    (
        "a replay of an absolute path",
        {"bad.yaml": REPLAYED.replace("log.csv", "/etc/passwd")},
        "bad.yaml:7: arrivals.replay.file is '/etc/passwd'; must lie in the scenario's folder, so move it there",
    ),
    (
        "a replay of the folder",
        {"bad.yaml": REPLAYED.replace("log.csv", ".")},
        "bad.yaml:7: arrivals.replay.file is '.'; must name a file that exists, so check its name",
    ),
    (
        "a replay of a number",
        {"bad.yaml": REPLAYED.replace("log.csv", "5")},
        "bad.yaml:7: arrivals.replay.file is 5; must be text, in quotes if it looks like a number",
    ),
    (
        "a replay and a volume",
        {"bad.yaml": changed("per_week: 100", "per_week: 100\n  replay: {file: log.csv}")},
        "bad.yaml:6: arrivals has both per_week and replay; must have one of them",
    ),
    (
        "a replay of too many tickets",
        {"bad.yaml": REPLAYED + "max_tickets: 10\n", "log.csv": "created_at,intent\n" + "2026-01-05,refund\n" * 11},
        "bad.yaml:6: arrivals gives about 11 tickets; must stay below max_tickets (10), or raise that",
    ),
    (
        "a wrong replay and a wrong scenario",
        {"bad.yaml": REPLAYED.replace("human_mean: 4.2", "human_mean: 42"), "log.csv": "created_at,intent\nx,refund\n"},
        "bad.yaml:61: csat.human_mean is 42; must be a number, above 1 and below 5",
        "log.csv:2: created_at is 'x'; must be a time such as 2026-01-05 09:30:00",
    ),
    (
        "a shadow log of wrong rows",
        {
            "bad.yaml": SHADOWED,
            "shadow.csv": "confidence,correct\n0.3,0\n1.3,1\n0.9,yes\n-0.1,1\nhigh,1\nnan,1\n0.5\n,1\n90%,1\n",
        },
        "shadow.csv:3: confidence is '1.3'; must be a number from 0 to 1",
        "shadow.csv:4: correct is 'yes'; must be 1 (right) or 0 (wrong)",
        "shadow.csv:5: confidence is '-0.1'; must be a number from 0 to 1",
        "shadow.csv:6: confidence is 'high'; must be a number from 0 to 1",
        "shadow.csv:7: confidence is 'nan'; must be a number from 0 to 1",
        "shadow.csv:8: has 1 cell; must have 2, as the header has",
        "shadow.csv:9: confidence is ''; must be a number from 0 to 1",
        "shadow.csv:10: confidence is '90%'; must be a number from 0 to 1",
    ),
    (
        "a shadow log with other columns",
        {"bad.yaml": SHADOWED, "shadow.csv": "confidence,right\n0.3,0\n"},
        "shadow.csv:1: has no column 'correct'; must name one of its columns (confidence, right)",
    ),
    (
        "a shadow log of one row",
        {"bad.yaml": SHADOWED, "shadow.csv": "confidence,correct\n0.3,0\n"},
        "shadow.csv: has 1 row; must have 2 or more",
    ),
    (
        "a shadow log elsewhere",
        {"bad.yaml": SHADOWED.replace("shadow.csv", "../shadow.csv"), "../shadow.csv": "confidence,correct\n"},
        "bad.yaml:33: ai.routing.confidence.shadow_log is '../shadow.csv'; must lie in the scenario's folder, so move it there",
    ),
    (
        "a shadow log that is a number",
        {"bad.yaml": SHADOWED.replace("shadow.csv", "5")},
        "bad.yaml:33: ai.routing.confidence.shadow_log is 5; must be text, in quotes if it looks like a number",
    ),
    (
        "a wrong shadow log and a wrong scenario",
        {"bad.yaml": SHADOWED.replace("weeks: 2\n", "weeks: 0\n"), "shadow.csv": "confidence,correct\n2,0\n"},
        "shadow.csv:2: confidence is '2'; must be a number from 0 to 1",
        "bad.yaml:4: weeks is 0; must be a whole number from 1 to 520",
    ),
    (
        "growth without end",
        {"bad.yaml": GOOD.replace("weeks: 2\n", "weeks: 520\n").replace("per_week: 100", "per_week: 1\n  weekly_growth: 1000%")},
        "bad.yaml:6: arrivals gives countless tickets; must stay below max_tickets (5,000,000), or raise that",
    ),
    (
        "five things in one file",
        {
            "bad.yaml": GOOD.replace("handle: 8m", "handle: 8x")
            .replace("shrinkage: 10%", "shrinkge: 10%")
            .replace("human_mean: 4.2", "human_mean: 9")
            .replace("tiers: [vip], flags", "tiers: [gold], flags")
            .replace("share: 90%", "share: 80%")
        },
        "bad.yaml:17: tiers has shares that sum to 90%; must sum to 100%",
        "bad.yaml:24: intents.refund.handle is '8x'; must be a duration such as 90s, 8m, 1h 30m or 2d",
        "bad.yaml:41: policy.always_human.tiers[0] names the tier 'gold'; must be one of standard, vip",
        "bad.yaml:52: teams.desk.shrinkge is not a known key; did you mean shrinkage?",
        "bad.yaml:61: csat.human_mean is 9; must be a number, above 1 and below 5",
    ),
    (
        "three keys twice and two tags",
        {"bad.yaml": "name: !a x\nweeks: 1\nweeks: 2\nteams: {a: !b {}, a: 1}\nname: y\n"},
        "bad.yaml:1: name has the tag !a; must be a plain value, so remove the tag",
        "bad.yaml:3: weeks stands twice, first on line 2; must stand once, so remove one",
        "bad.yaml:4: teams.a has the tag !b; must be a plain value, so remove the tag",
        "bad.yaml:4: teams.a stands twice, first on line 4; must stand once, so remove one",
        "bad.yaml:5: name stands twice, first on line 1; must stand once, so remove one",
    ),
]

SETS = [
    # (override, message)
    ("policy.answer_threshold", "--set policy.answer_threshold: has no =; must be path=value, such as policy.answer_threshold=0.8"),
    ("=5", "--set =5: is no path; must be a path such as teams.tier1.shifts[0].agents"),
    ("a..b=1", "--set a..b=1: a..b is no path; must be a path such as teams.tier1.shifts[0].agents"),
    ("policy.phases[x]=1", "--set policy.phases[x]=1: policy.phases[x] is no path; must be a path such as teams.tier1.shifts[0].agents"),
    ("policy.answer_threshold=", "--set policy.answer_threshold=: policy.answer_threshold is empty; must be a share from 0 to 1, such as 0.25 or 25%"),
    ("policy.answer_threshold=1.3", "--set policy.answer_threshold=1.3: policy.answer_threshold is 1.3; must be a share from 0 to 1, such as 0.25 or 25%"),
    ("polcy.answer_threshold=1", "--set polcy.answer_threshold=1: polcy is not a known key; did you mean policy?"),
    ("teams.dsk.agents=1", "--set teams.dsk.agents=1: teams.dsk is none of the scenario's teams; must be one of desk, live"),
    ("weeks.x=1", "--set weeks.x=1: weeks is a single value, so it has no 'x'; must be set as a whole"),
    ("teams.desk[0]=1", "--set teams.desk[0]=1: teams.desk is no list, so it has no item [0]; must be set by name or as a whole"),
    ("teams.desk.shifts[7].agents=2", "--set teams.desk.shifts[7].agents=2: teams.desk.shifts has no item [7]; must be [0] to [0]"),
    ("teams.live.shifts[0].agents=2", "--set teams.live.shifts[0].agents=2: teams.live.shifts has no item [0]; must be nothing, so set the whole list"),
    ("teams.desk.shifts.x=1", "--set teams.desk.shifts.x=1: teams.desk.shifts is a list, so it has no 'x'; must be set by position, such as [0]"),
    ("weeks=[1", "--set weeks=[1: is no valid YAML: expected ',' or ']', but got '<stream end>'; mend this line"),
    ("weeks=!!python/object:os.system x", "--set weeks=!!python/object:os.system x: has the tag !!python/object:os.system; must be a plain value, so remove the tag"),
    ("weeks=&a [*a]", "--set weeks=&a [*a]: is nested deeper than 40 levels; must be nested less"),
    ("weeks=2: 3", "--set weeks=2: 3: weeks is a mapping; must be a whole number from 1 to 520, or a mapping with value and any of low, high, n, source"),
    ("weeks=\0", "'--set weeks=\\x00': is no valid YAML: it holds the character '\\x00'; remove it"),
    ("extends=base.yaml", "--set extends=base.yaml: extends is not a known key; did you mean intents?"),
    ("intents.refund.share=0.7", "bad.yaml:21: intents has shares that sum to 110%; must sum to 100%"),
    ("baseline=3", "--set baseline=3: baseline is 3; must be a mapping of names to values"),
    ("ai.answer.confidence={shadow_log: no.csv}", "--set ai.answer.confidence={shadow_log: no.csv}: ai.answer.confidence.shadow_log is 'no.csv'; must name a file that exists, so check its name"),
    ("arrivals={per_week: 1e5}", "--set arrivals={per_week: 1e5}: arrivals gives about 200,000 tickets; must stay below max_tickets (1,000), or raise that"),
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


def told(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        call()
    return [str(problem) for problem in caught.value.problems]


def test_the_good_scenario_is_good(desk: Path) -> None:
    write({"good.yaml": GOOD, "bom.yaml": b"\xef\xbb\xbf" + GOOD.encode()})
    assert load_scenario("good.yaml") == load_scenario("bom.yaml")


@pytest.mark.parametrize("case", CHANGES, ids=[case[0] for case in CHANGES])
def test_a_wrong_value_is_told_with_its_line_rule_and_remedy(desk: Path, case: tuple[str, ...]) -> None:
    _, old, new, *messages = case
    write({"bad.yaml": changed(old, new)})
    assert told(lambda: load_scenario("bad.yaml")) == [f"bad.yaml:{message}" for message in messages]


@pytest.mark.parametrize("case", FILES, ids=[case[0] for case in FILES])
def test_a_wrong_file_is_told_with_all_its_problems(desk: Path, case: tuple[Any, ...]) -> None:
    _, files, *messages = case
    write(files)
    assert told(lambda: load_scenario("bad.yaml")) == messages


@pytest.mark.parametrize(("text", "message"), SETS, ids=[text for text, _ in SETS])
def test_a_wrong_override_is_told_with_the_option(desk: Path, text: str, message: str) -> None:
    write({"bad.yaml": GOOD + "max_tickets: 1000\n"})
    assert told(lambda: load_scenario("bad.yaml", [text])) == [message]


def test_wrong_overrides_and_a_wrong_file_are_told_together(desk: Path) -> None:
    write({"bad.yaml": changed("handle: 8m", "handle: 8x")})
    assert told(lambda: load_scenario("bad.yaml", ["weeks=0", "polcy.x=3", "teams.live.agents=2", "x"])) == [
        "--set x: has no =; must be path=value, such as policy.answer_threshold=0.8",
        "--set weeks=0: weeks is 0; must be a whole number from 1 to 520",
        "--set polcy.x=3: polcy is not a known key; did you mean policy?",
        "bad.yaml:24: intents.refund.handle is '8x'; must be a duration such as 90s, 8m, 1h 30m or 2d",
    ]


def test_an_override_may_supply_what_the_file_lacks(desk: Path) -> None:
    write({"bad.yaml": changed("  per_week: 100\n", "")})
    assert load_scenario("bad.yaml", ["arrivals.per_week=50"]).arrivals.per_week == 50


def test_overrides_of_measured_files_read_the_new_file(desk: Path) -> None:
    write({"bad.yaml": SHADOWED, "shadow.csv": "confidence,correct\n0.3,0\n0.9,1\n"})
    write({"other.csv": "confidence,correct\n0.3,0\n0.4,1\n", "wrong.csv": "confidence,correct\n0.3,0\n4,1\n"})
    setting = "ai.routing.confidence.shadow_log="
    assert load_scenario("bad.yaml", [setting + "other.csv"]).ai.routing.confidence.quantiles[-1] == (1.0, 0.4)
    assert told(lambda: load_scenario("bad.yaml", [setting + "wrong.csv"])) == [
        "wrong.csv:3: confidence is '4'; must be a number from 0 to 1"
    ]
    assert told(lambda: override(load_scenario("bad.yaml"), [setting + "other.csv"])) == [
        "small desk: ai.routing.confidence.shadow_log cannot be changed once the scenario is loaded; change the scenario file"
    ]


@pytest.mark.parametrize("change", ["weeks=1", "warm_up=1d", "start=2026-01-04", "timezone=Asia/Tokyo", "arrivals.replay.file=other.csv"])
def test_a_loaded_replay_cannot_be_read_on_other_terms(desk: Path, change: str) -> None:
    log = "created_at,intent\n2026-01-17 09:00,refund\n"
    write({"bad.yaml": REPLAYED, "log.csv": log, "other.csv": log})
    scenario = load_scenario("bad.yaml")
    assert told(lambda: override(scenario, [change])) == [
        "small desk: arrivals.replay cannot be replayed on other terms once it is loaded; change the scenario file"
    ]
    if change == "weeks=1":
        assert told(lambda: load_scenario("bad.yaml", [change])) == [
            "log.csv:2: created_at is '2026-01-17 09:00'; must lie from 2026-01-05 until before 2026-01-12"
        ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("saas_pilt", f"saas_pilt: is no file and no shipped scenario; must be a .yaml file or one of {SHIPPED} (did you mean saas_pilot?)"),
        ("sub/none.yaml", f"sub/none.yaml: is no file and no shipped scenario; must be a .yaml file or one of {SHIPPED}"),
        ("a\0b", f"'a\\x00b': is no file and no shipped scenario; must be a .yaml file or one of {SHIPPED}"),
        ("a" * 5000, f"'{'a' * 96}...: is no file name; must be a .yaml file"),
        ("", ".: is a folder; must be a scenario file"),
        (os.devnull, f"{os.devnull}: is no ordinary file; must be a scenario file"),
    ],
)  # fmt: skip
def test_an_unknown_scenario_is_told_with_the_known_ones(desk: Path, name: str, message: str) -> None:
    assert told(lambda: load_scenario(name)) == [message]


def test_links_do_not_lead_out_of_the_folder(desk: Path) -> None:
    write({"../secret.csv": "created_at,intent\n2026-01-05,refund\n", "bad.yaml": REPLAYED, "base.yaml": "extends: top.yaml\n"})
    write({"circle.yaml": "extends: round.yaml\n"})
    Path("log.csv").symlink_to("../secret.csv")
    Path("top.yaml").symlink_to("/etc/passwd")
    Path("round.yaml").symlink_to("square.yaml")
    Path("square.yaml").symlink_to("round.yaml")
    assert told(lambda: load_scenario("bad.yaml")) == [
        "bad.yaml:7: arrivals.replay.file is 'log.csv'; must lie in the scenario's folder, so move it there"
    ]
    assert told(lambda: load_scenario("base.yaml")) == [
        "base.yaml:1: extends is 'top.yaml'; must lie in the scenario's folder or the one above it"
    ]
    assert told(lambda: load_scenario("circle.yaml")) == [
        "circle.yaml:1: extends is 'round.yaml'; must be a name that a file can have"
    ]


def test_an_unreadable_file_is_told(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    write({"bad.yaml": GOOD})
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert told(lambda: load_scenario("bad.yaml")) == ["bad.yaml: cannot be read: Permission denied; check the path"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "str", "none", "tuple[x", "función", "{rule}", "%s", "shadow_log"])
def test_odd_names_are_allowed_and_told_as_written(name: str) -> None:
    text = GOOD.replace("refund:", f"{name!r}:").replace("[refund]", f"[{name!r}]")
    if "[" in name:
        assert told(lambda: scenario_from(parse_yaml(text, "odd.yaml")[0]))[0].endswith("(they are used in paths)")
        return
    assert name in scenario_from(parse_yaml(text, "odd.yaml")[0]).intents
    data = parse_yaml(text.replace("handle: 8m", "handle: 8x"), "odd.yaml")[0]
    rule = "must be a duration such as 90s, 8m, 1h 30m or 2d"
    assert told(lambda: scenario_from(data)) == [f"scenario: intents.{name}.handle is '8x'; {rule}"]


def test_times_need_no_quotes_in_yaml() -> None:
    data = parse_yaml(changed('start: "09:00", end: "17:00"', "start: 9:00, end: 17:00"), "good.yaml")[0]
    shift = scenario_from(data).teams["desk"].shifts[0]
    assert (shift.start, shift.length_minutes) == ("9:00", 480)


def test_merge_keys_and_aliases_keep_their_lines(desk: Path) -> None:
    text = changed("handle: 8m", "handle: &h {mean: 8m, cv: -1}").replace("handle: {mean: 6m, cv: 0.8}", "handle: {<<: *h, mean: 6m}")
    write({"bad.yaml": text})
    assert told(lambda: load_scenario("bad.yaml")) == [
        "bad.yaml:24: intents.refund.handle.cv is -1; must be a number from 0.001 to 10",
        "bad.yaml:24: intents.question.handle.cv is -1; must be a number from 0.001 to 10",
    ]


# -- whatever else people write ----------------------------------------------------------------------------


def walk(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the path of every value beneath a node."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in items for found in [(*path, key), *walk(value, (*path, key))]]


DATA = parse_yaml(GOOD, "good.yaml")[0]
PATHS = walk(DATA)
WORDS = ["", "8m", "-8m", "25%", "$1", "09:00", "25:00", "mon-fri", "refund", "desk", "auto", "2026-01-05", "9999-12-31", "routing", "nan", "x" * 300, "a.b", "\0", "\ud800", "<b>", "{rule}", "flat"]
KEYS = ["value", "low", "high", "n", "source", "form", "mean", "cv", "quantiles", "table", "shadow_log", "share", "queue", "agents", "every", "replay", "extends"]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(), st.sampled_from([10**400, 1e308, 1e-300]), st.sampled_from(WORDS), st.text(max_size=8)
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
QUICK = settings(max_examples=int(os.environ.get("BAD_INPUT_EXAMPLES", "60")), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def scenario_or_problems(make: Callable[[], Scenario]) -> Scenario | None:
    """Return the scenario, or check that each of its problems names a place and a remedy in house words."""
    try:
        return make()
    except ScenarioError as error:
        problems = error.problems
    assert problems
    for problem in problems:
        assert problem.where.strip()
        assert re.search(r"; |must |did you mean|remove", problem.message), problem
        assert not re.search(r"Input should|Value error|Traceback|<class", problem.message), problem
        assert len(str(problem)) < 1500
    return None


def holds(node: Any, step: str | int) -> bool:
    return step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node))


@pytest.mark.slow
@QUICK
@given(st.lists(st.tuples(st.sampled_from(PATHS), JUNK), min_size=1, max_size=3))
def test_any_junk_gives_a_scenario_or_problems(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    data = copy.deepcopy(DATA)
    for path, junk in changes:
        node = data
        for step in path[:-1]:
            node = node[step] if holds(node, step) else None
        if holds(node, path[-1]):
            node[path[-1]] = junk
    if scenario := scenario_or_problems(lambda: scenario_from(data)):
        assert scenario == Scenario.model_validate(scenario.model_dump(mode="json"))
        without_ai(scenario)


@QUICK
@given(st.one_of(st.sampled_from(PATHS).map(spell), st.text(max_size=10)), JUNK)
def test_any_override_gives_a_scenario_or_problems(path: str, junk: Any) -> None:
    scenario_or_problems(lambda: override(BASE, {path: junk}))
    scenario_or_problems(lambda: override(BASE, [f"{path}={junk}"]))


@QUICK
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), st.text("{}[]:,-?!&*#|>@`%'\"\\ \n\t\0aé1.~<=", max_size=5)), min_size=1, max_size=3))  # fmt: skip
def test_any_slip_of_the_keyboard_gives_a_scenario_or_problems(slips: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for begin, length, typed in slips:
        text = text[:begin] + typed + text[begin + length :]

    def make() -> Scenario:
        data = parse_yaml(text, "slip.yaml")[0]
        return scenario_from(data if isinstance(data, dict) else {})

    scenario_or_problems(make)


BASE = scenario_from(DATA)


# -- the command line --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("spoiled", [True, False], ids=["bad file", "bad override"])
def test_commands_leave_with_2_and_write_nothing(desk: Path, command: str, spoiled: bool) -> None:
    write({"bad.yaml": changed("handle: 8m", "handle: 8x") if spoiled else GOOD})
    options = [] if spoiled else ["--set", "weeks=0", "--set", "nonsense"]
    result = CliRunner().invoke(cli.app, [command, "bad.yaml", *options])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == (
        ["bad.yaml:24: intents.refund.handle is '8x'; must be a duration such as 90s, 8m, 1h 30m or 2d"]
        if spoiled
        else [
            "--set nonsense: has no =; must be path=value, such as policy.answer_threshold=0.8",
            "--set weeks=0: weeks is 0; must be a whole number from 1 to 520",
        ]
    )
    assert sorted(path.name for path in desk.iterdir()) == ["bad.yaml"]


def test_run_writes_nothing_into_a_named_folder_either(desk: Path) -> None:
    result = CliRunner().invoke(cli.app, ["run", "no_such_desk", "--out", "there"])
    assert result.exit_code == 2
    assert result.stderr == f"no_such_desk: is no file and no shipped scenario; must be a .yaml file or one of {SHIPPED}\n"
    assert not list(desk.iterdir())
