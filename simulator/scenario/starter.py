"""The commented scenario that `ticketflow new` writes."""

from __future__ import annotations

from datetime import date, timedelta

STARTER = '''\
# {name}: a support desk for ticketflow.
#
#   ticketflow check {file}     look it over before simulating
#   ticketflow run {file}       simulate and write a report
#
# Any number may also be written with how well you know it:
#   {{value: 8m, low: 6m, high: 11m, source: "measured: help-desk export, May"}}
name: "{name}"
start: {start}          # a Monday; simulated time begins at local midnight
timezone: UTC              # IANA name, such as Europe/London
weeks: 4
warm_up: 7d                # an uncounted week before, so that the house is not empty on day 1

arrivals:
  per_week: 1200           # tickets in an ordinary week: take it from your help desk
  profile: office_hours    # or lists of 24 weights by day, such as mon-fri: [...]

intents:                   # what customers want; shares sum to 100%
  password_reset: {{share: 30%, handle: 6m}}      # handle: minutes of a person's work
  how_to:         {{share: 45%, handle: 10m}}
  billing:        {{share: 25%, handle: 14m}}

teams:
  support:
    shifts:
      - {{days: mon-fri, start: "08:00", end: "18:00", agents: 6}}

ai:                        # leave the whole section out for a desk without AI
  answer:
    confidence: {{mean: 0.75, concentration: 6}}  # how sure it says it is (beta)
    calibration: {{shift: -0.3}}                  # below 0: less often right than it says
  after_wrong: {{noticed: 40%, returns: 45%, lost: 15%}}   # you own these: nobody publishes them

policy:
  answer_threshold: 0.85   # confidence from which the AI answers

sla:                       # business hours: a target in calendar time runs through nights and weekends
  first_response: {{default: 4h}}
  clock: business
  business_hours: [{{days: mon-fri, open: "08:00", close: "18:00"}}]
csat:
  human_mean: 4.4          # your desk's mean score today, 1 to 5
costs:
  agent_per_hour: 28
  ai: {{per_resolution: 0.99}}

sources:                   # where the figures come from; the last match counts
  "*": assumed
'''


def starter_text(name: str, file: str, today: date) -> str:
    """Write the starter for a scenario of this name, beginning on the first Monday after today's."""
    monday = today + timedelta(days=7 - today.weekday())
    return STARTER.format(name=name, file=file, start=monday.isoformat())
