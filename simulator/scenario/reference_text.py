"""What the scenario reference says beside its tables: how values are written, and an example for each section."""

OPENING = """\
# Scenario reference

Every key of a scenario file: its path as `--set` and what-ifs write it, what it means, what may stand there, and what
holds if it is not given, with the source of that. Written by `ticketflow schema --markdown` from the models that check
scenarios; `ticketflow schema` gives the same to editors as JSON Schema. How scenarios are made is told in
[README.md](README.md).

In paths, `<intent>`, `<team>` and the like stand for names that you choose, `[]` for a place in a list (`[0]` is the
first). A key without a default is **required** where the part that holds it is given. *none* is nothing, or the wider
rule that the meaning names; *as there*: what the table of that part says."""
VALUES = """\
## Values

| kind | written as |
| --- | --- |
| duration | `90s`, `8m`, `1h 30m`, `2d`, `1w`; a bare number is minutes |
| share | `25%` or `0.25` |
| amount | `25` or `$0.99`, in `costs.currency`; nothing is converted |
| number, whole number | plain digits; the meaning says of what |
| name | 1 to 80 characters, none of `. [ ] = ,` |
| local time | `2026-01-05 09:30`, in the scenario's time zone |
| *duration* | a [distribution](#durations), or one duration, whose meaning the table tells |
| *confidence* | a [distribution](#confidence) of how sure the AI says it is |
| *calibration* | a [curve](#calibration) of how often it is right at each confidence |

Any figure may also be an uncertain value: `{value: 8m, low: 6m, high: 11m, source: "measured: May export"}`, where
`low` and `high` bound a 90 % range, or `{value: 8m, n: 212, source: …}`, where `n` counts the observations behind it.
`source` begins with `measured`, `vendor`, `published`, `definition` or `assumed`. Runs compute with `value`; `roi`
draws from the range, and every report lists what is only assumed."""
CLOSING = """\
## What-ifs

A small file that lays changes over a scenario: `ticketflow compare SCENARIO --variant FILE.yaml`.

| key | meaning | default |
| --- | --- | --- |
"""
EXAMPLES = {
    "The file": """
name: small desk
start: 2026-01-05              # a Monday
timezone: Europe/London
weeks: 4
warm_up: 7d                    # worked, not counted
arrivals: {per_week: 500}
intents:
  question: {share: 70%, handle: 8m}
  refund: {share: 30%, handle: 12m}
teams:
  support: {shifts: [{days: mon-fri, start: "09:00", end: "17:00", agents: 3}]}
baseline:                      # the desk that savings are counted against
  "teams.support.shifts[0].agents": 4
sources:
  "*": assumed
  "intents.*.handle*": "measured: help-desk export, May"
""",
    "opening_backlog": """
opening_backlog: {tickets: 120, age: {low: 1h, high: 2d}, intents: {question: 40%, refund: 60%}}
""",
    "arrivals": """
arrivals:
  per_week: {value: 9000, low: 8400, high: 9600, source: "measured: 12 weeks"}
  profile:                     # 24 weights a day; 48 or 96 for halves and quarters of an hour
    mon-fri: [0, 0, 0, 0, 0, 0, 0, 1, 3, 5, 5, 5, 4, 4, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0]
    sat-sun: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
  weekly_growth: 1%
  holidays: {country: GB, multiplier: 0.3}
  surges:
    - {name: release, start: 2026-01-14 09:00, end: 2026-01-15 18:00, multiplier: 1.6, intents: [question]}
""",
    "channels": """
channels:
  email: {share: 60%, reply_gap: 4h}
  chat:
    share: 40%
    live: true                 # the customer waits on the line
    patience: 6m
    reply_gap: 1m
    on_abandon: {retries: 85%, channel: email, delay: 20m}
""",
    "tiers": """
tiers:
  standard: {share: 95%}
  vip: {share: 5%, priority: 2, queue: support}
""",
    "intents": """
intents:
  question: {share: 60%, handle: 8m, urgency: 1}
  refund:
    share: 30%
    handle: {mean: 12m, cv: 0.8}
    needs_write_back: true     # the money moves in another system
    flags: {refund_above_500: 12%}
  fault: {share: 10%, handle: 25m, level: 2, follow_ups: 1.2, then: [{queue: support, share: 20%, handle: 10m}]}
""",
    "difficulty": """
difficulty: {answer_confidence: -0.5, correctness: -0.3, handle: 0.5}
""",
    "handling": """
handling:
  triage: {queue: support, handle: 1m, accuracy: 93%}
  follow_ups: 0.4
  reassign: {share: 8%, delay: 10m}
  reopen: {share: 2%, delay: 1d}
""",
    "ai": """
ai:
  routing: {confidence: {mean: 0.88, concentration: 9}}
  answer:
    confidence: {mean: 0.75, concentration: 7}
    calibration: {shift: {value: -0.2, low: -0.4, high: 0, source: assumed}}   # says more than it knows
  intents:
    refund: {answer: {confidence: {mean: 0.6, concentration: 6}}}
  after_wrong: {noticed: 50%, returns: 35%, lost: 15%}
  availability: {uptime: 99.5%, repair: 90m}
  learning: {per_review: 0.0004, ceiling: 0.7, reviews_per_week: 75}
""",
    "policy": """
policy:
  mode: off                    # before the first phase
  always_human: {flags: [refund_above_500]}
  phases:
    - {name: shadow, from_week: 1, mode: shadow, routing: false}
    - {name: live, from_week: 2, mode: auto, answer_threshold: 0.85, intents: {refund: {mode: assist}}}
  surge:
    when: backlog > 120        # or queue_wait > 30m
    use: {answer_threshold: 0.75}
""",
    "teams": """
teams:
  support:
    shifts:
      - {days: mon-fri, start: "08:00", end: "16:30", agents: 9, breaks: [{start: "12:00", length: 30m, agents: 3}]}
      - {days: sat-sun, start: "10:00", every: 2h, agents: [2, 3, 2]}
    shrinkage: 18%
    absence: 4%
  night: {serves: [{queue: support, after: 15m}], agents: 1, timezone: Asia/Manila, cost_per_hour: 14}
""",
    "sla": """
sla:
  first_response: {default: 8h}
  resolution: {default: 24h}
  clock: business
  business_hours: [{days: mon-fri, open: "08:00", close: "20:00"}]
  windows: [{name: renewals, from_week: 3, to_week: 4, factor: 0.5}]
""",
    "csat": """
csat: {human_mean: 4.4, response_rate: 20%, penalties: {wrong_answer: 1.5}}
""",
    "costs": """
costs:
  currency: EUR
  agent_per_hour: 28
  ai: {per_resolution: 0.99, clawback: 72h, per_month: 400}
  set_up: {value: 12000, low: 6000, high: 25000, source: assumed}
  qa_hours_per_week: 2.5
  churn: 3%
  customer_value: 400
  ramp: [0, 25%, 50%, 75%]     # of the saved time, month by month
""",
    "pilot": """
pilot:
  weeks: 4
  qa_sample_per_week: 75
  gates: {accuracy_scale: 92%, csat_gap_points: 8}
  observed: {answer_accuracy: [88%, 90%], automated_resolution: {4: 31%}, aht: {all: 14.5}}
  production: {volume: 1.25, drift_log_odds: -0.4}
""",
    "Durations": """
intents:
  question: {share: 40%, handle: 8m}                                  # lognormal with this mean
  refund: {share: 30%, handle: {value: 12m, n: 212, source: "measured: May"}}
  fault: {share: 20%, handle: {form: gamma, mean: 20m, cv: 0.7}}
  return: {share: 10%, handle: {quantiles: [[0, 1m], [0.5, 9m], [0.9, 30m], [1, 2h]]}}
""",
    "Confidence": """
ai:
  answer: {confidence: {mean: 0.75, concentration: 7}}                # or {shadow_log: shadow.csv}
  intents:
    refund: {answer: {confidence: {quantiles: [[0, 0.1], [0.5, 0.7], [1, 0.99]]}}}
  after_wrong: {noticed: 50%, returns: 35%, lost: 15%}
""",
    "Calibration": """
ai:
  answer:
    confidence: {mean: 0.75, concentration: 7}
    calibration: {shift: -0.3, scale: 0.9}                            # or calibrated, or {shadow_log: shadow.csv}
  intents:
    refund: {answer: {calibration: {table: [[0, 0.1], [0.5, 0.45], [0.9, 0.8], [1, 0.95]]}}}
  after_wrong: {noticed: 50%, returns: 35%, lost: 15%}
""",
    "What-ifs": """
name: 2 extra evening agents
scenario: saas_pilot
description: Two more agents on the late chat shift, 12:00 to 20:00, Monday to Friday.
changes:
  "teams.live.shifts[1].agents": 7   # 5 today
source: "assumed: what the desk could hire"
""",
}
"""By section; all but the first and the last stand in a scenario that has the intents and teams of the first."""
