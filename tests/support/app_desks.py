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

SCRIPT = "<script>alert(1)</script>"
PICTURE = "![x](http://evil.example/x.png)"
FORMULA = "=cmd|' /C calc'!A0"
TEMPLATE = "{{7*7}}"
HOSTILE = rf"""
name: "{SCRIPT} {PICTURE}"
description: "{FORMULA} {TEMPLATE} [click](javascript:alert(1)) <b>bold</b> $x^2$ :red[red] # ../../x"
start: 2026-01-05
weeks: 1
arrivals: {{per_week: 300}}
channels:
  "<svg/onload>": {{share: 100%}}
tiers:
  "{TEMPLATE}": {{share: 100%}}
intents:
  "{SCRIPT}": {{share: 70%, handle: {{value: 8m, low: 6m, high: 9m, source: "{PICTURE}"}}}}
  "@cmd|' /C calc'!A0": {{share: 30%, handle: 12m}}
teams:
  "//x **bold** $x$ :red":
    shifts:
      - {{days: mon-fri, start: "09:00", end: "17:00", agents: 2}}
ai:
  name: "{PICTURE}"
  answer:
    confidence: {{mean: 0.8, concentration: 8}}
    calibration: {{shift: -0.3}}
  after_wrong: {{noticed: 40%, returns: 40%, lost: 20%}}
policy:
  phases:
    - {{name: "**watch** {SCRIPT}", from_week: 1, mode: auto, answer_threshold: 0.8}}
costs:
  agent_per_hour: {{value: 25, source: "vendor: {SCRIPT}"}}
  ai: {{per_resolution: 0.99}}
"""
"""A desk whose names try to be something else than text."""
