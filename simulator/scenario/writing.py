"""Scenarios as text: saving one as a file that stands by itself and gives the same figures wherever it is run.

Where it was changed from a file, that file's own text is kept, comments and all, and only the changed values are
replaced. Where that would not say the same (the file extends another, names data, repeats a part by reference), the
scenario is written out in full. Nothing is offered that does not read back as the same scenario. At the end, the
commented scenario that `ticketflow new` writes.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from simulator.base.errors import Problem, ScenarioError
from simulator.base.text import Key, clean
from simulator.scenario.document import parse_path
from simulator.scenario.loading import scenario_from
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import compose_yaml, parse_yaml

_WIDTH = 110
"""Longest part of a scenario that is written in one line."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True)
class Saved:
    """A scenario as the text of a file."""

    text: str
    needs: str = ""
    """Data file that must lie beside it; empty where it stands by itself."""
    keeps_comments: bool = False
    """Whether it is the original text with values replaced."""


def saved(scenario: Scenario, original: str | None = None, changed: Iterable[str] = ()) -> Saved:
    """Write a scenario; `original` is the text that it was loaded from, `changed` the paths that were changed since.

    Raises ScenarioError where no text reads back as this scenario.
    """
    wanted = scenario.model_dump(mode="json")
    replay = scenario.arrivals.replay
    needs = "" if replay is None else replay.file
    for text in _edited(original, wanted, changed):
        if _reads_as(text, wanted, needs):
            return Saved(text, needs, keeps_comments=True)
    for data in (scenario.model_dump(mode="json", exclude_unset=True), wanted):
        text = f"# {clean(scenario.name)}, written out in full.\n" + _block(data, 0)
        if _reads_as(text, wanted, needs):
            return Saved(text, needs)
    rule = "cannot be written as a file that reads back the same; take back the last change"
    raise ScenarioError(Problem(scenario.name, "", rule))


def _reads_as(text: str, wanted: Mapping[str, Any], needs: str) -> bool:
    """Return whether a text is the scenario wanted, with no file beside it but the one that it replays."""
    try:
        data = parse_yaml(text, "saved")[0]
        if needs:
            # The log is not at hand here; the dump tells it by its hash.
            read = Scenario.model_validate(data)
        else:
            with tempfile.TemporaryDirectory(prefix="ticketflow-") as nothing:
                read = scenario_from(data, nothing)
    except (ValueError, ScenarioError):
        return False
    return json.dumps(read.model_dump(mode="json")) == json.dumps(wanted)


# -- the original text with values replaced --------------------------------------------------------------------


def _edited(original: str | None, wanted: Mapping[str, Any], changed: Iterable[str]) -> Iterator[str]:
    """Yield the original with the changed values in their places, if they have places there."""
    if original is None:
        return
    paths = [parse_path(path) for path in changed]
    node = compose_yaml(original, "saved")
    try:
        edits = [_edit(node, path, wanted) for path in paths]
    except LookupError:
        return
    text = original
    for begin, end, value in sorted(edits, reverse=True):
        text = text[:begin] + value + text[end:]
    baseline = {} if any(path[0] == "baseline" for path in paths) else wanted["baseline"]
    if baseline and not any(key.value == "baseline" for key, _ in node.value):
        text = f"{text.rstrip()}\n\n# Today's desk, which savings are counted against.\nbaseline: {_flow(baseline)}\n"
    yield text


def _edit(node: Any, path: Key, wanted: Any) -> tuple[int, int, str]:
    """Find the part of the text that a path stands for, and what to put there; LookupError if there is no such part."""
    for depth, step in enumerate(path):
        if isinstance(node.value, str):  # `8m` stands where a mapping with more than its mean is wanted now.
            return *_span(node), _flow(wanted)
        below = node.value[step] if isinstance(step, int) else _items(node).get(step)
        if below is None:
            return _added(node, path[depth:], wanted)
        wanted, node = wanted[step], below
    return *_span(node), _flow(wanted)


def _added(node: Any, path: Key, wanted: Any) -> tuple[int, int, str]:
    """Put a value before the first one of a mapping that lacks it."""
    if not node.value:
        raise LookupError
    for step in path:
        wanted = wanted[step]
    value = _flow(wanted)
    for step in reversed(path[1:]):
        value = f"{{{_key(step)}: {value}}}"
    first = node.value[0][0].start_mark
    end = ", " if node.flow_style else "\n" + first.column * " "
    return first.index, first.index, f"{_key(path[0])}: {value}{end}"


def _items(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value}


def _span(node: Any) -> tuple[int, int]:
    """Return where a value stands; one that is a block of lines has no clear end."""
    if not isinstance(node.value, str) and not node.flow_style:
        raise LookupError
    return node.start_mark.index, node.end_mark.index


# -- in full ---------------------------------------------------------------------------------------------------


def _block(node: Mapping[str, Any], depth: int) -> str:
    """Write a mapping, a line for each of its parts that fits in one."""
    lines = []
    for name, value in node.items():
        head = f"{'  ' * depth}{_key(name)}:"
        flow = _flow(value)
        fits = len(head) + len(flow) <= _WIDTH
        if isinstance(value, Mapping) and not fits:
            lines.append(f"{head}\n{_block(value, depth + 1)}")
        elif isinstance(value, list) and not fits and isinstance(value[0], Mapping):
            items = "".join(f"{'  ' * depth}  - {_flow(item)}\n" for item in value)
            lines.append(f"{head}\n{items}")
        else:
            lines.append(f"{head} {flow}\n")
    return "".join(lines)


def _flow(value: Any) -> str:
    """Write a value in one line; text in the quotes that JSON and YAML share."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _quoted(value)


def _quoted(value: Any) -> str:
    """Write a plain value as YAML does: JSON, but what JSON splits into two halves (as an emoji) is one letter."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escaped(ord(letter)) for letter in text)


def _escaped(code: int) -> str:
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _key(name: str | int) -> str:
    text = str(name)
    return text if _PLAIN_KEY.fullmatch(text) and text.lower() not in _WORDS else _quoted(text)


# -- the commented scenario that `ticketflow new` writes --------------------------------------------------------------


_STARTER = '''\
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
warm_up: 7d                # an uncounted week before, so that the desk does not start empty

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
    return _STARTER.format(name=name, file=file, start=monday.isoformat())
