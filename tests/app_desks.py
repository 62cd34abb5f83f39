"""Small desks as files, as visitors of the web page bring them."""

SMALL = """\
# A small desk.
name: small desk
start: 2026-01-05
weeks: 1
arrivals: {per_week: 300}              # a guess
intents:
  question: {share: 70%, handle: 8m}
  refund:   {share: 30%, handle: {value: 12m, low: 10m, high: 14m, source: "measured: May export, n=212"}}
teams:
  support:
    shifts:
      - {days: mon-fri, start: "09:00", end: "17:00", agents: 2}   # as of May
ai:
  answer:
    confidence: {mean: 0.8, concentration: 8}
    calibration: {shift: -0.3}
  after_wrong: {noticed: 40%, returns: 40%, lost: 20%}
costs:
  agent_per_hour: 25
  ai: {per_resolution: 0.99}
"""
