"""Asking for what no file holds: plain questions in place of paths, and the page's own fields in place of options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.base.errors import NoColumn, Problem

COLUMNS, GIVEN = "Which column is what", "What else you know"
"""The fields of the page that take several lines."""
FIELDS = {
    "--handle": "Handle time of a ticket", "--occupancy": "Occupancy", "--staffed-hours": "Staffed hours",
    "--from": "First day", "--to": "Last day", "--timezone": "Time zone", "--country": "Country, for holidays",
    "--day-first": "Day first", "--month-first": "Month first", "--roster": "Roster", "--ai-log": "The AI's log",
    "--map": COLUMNS, "--set": GIVEN,
}  # fmt: skip
"""What the page calls the options of the command line."""
_PAIR = re.compile(r"""--(map|set)\s+(?:'([^']*=[^']*)'|"([^"]*=[^"]*)"|([^\s'"=]*=(?:[^\s,;()]*[^\s,;.()])?))""")
_FILE = re.compile(r"--(roster|ai-log) [A-Z_]*FILE|--roster ROSTER\.csv")
_SAY_WHICH = re.compile("[;:] say which ")
_OPTION = re.compile(rf"(?<![\w-])({'|'.join(FIELDS)})(?![\w-])")


@dataclass(frozen=True)
class Question:
    """A figure that no file holds, as a visitor is asked for it."""

    path: str
    """Where the answer belongs."""
    label: str
    note: str
    """What to know before answering; it stays beside the field."""
    example: str = ""
    """An answer as it may be typed, which can be taken as it is; empty for none."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the scenario says for each answer, where there are only some."""
    unit: str = ""
    """`share` where a bare number is per cent."""

    def value(self, text: str) -> str:
        """Write an answer as a scenario has it; of shares, 40, 40 % and 40% are the same."""
        text = text.strip()
        if self.unit == "share" and (found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", text)):
            number, sign = found.groups()
            return f"{number}%" if sign or float(number) > 1 else number
        return self.choices.get(text, text)


_THREE = "The three shares make 100 %. Follow up wrong answers of a trial to measure them, or say what you expect."
_ANSWERS = {
    "As often as the AI says: of answers that it calls 90 % sure, 90 % are right": "{shift: 0, scale: 1}",
    "Less often: of those that it calls 90 % sure, 85 % are right": "{shift: -0.5, scale: 1}",
    "Much less often: of those that it calls 90 % sure, 77 % are right": "{shift: -1, scale: 1}",
}
"""Log odds of 90 % moved by the shift are those of the share named."""
_KNOWN = (
    Question(
        "ai.answer.calibration", "Once the AI knows what a ticket is about, how often is its answer right?",
        "A log of its answers (confidence and correct, without intents) would tell; without one, say what you expect.",
        choices=_ANSWERS,
    ),
    Question(
        "ai.after_wrong.noticed", "Of wrong answers, how many do customers notice at once?", _THREE, "40 %",
        unit="share",
    ),
    Question(
        "ai.after_wrong.returns", "After how many wrong answers do customers come back later?", _THREE, "40 %",
        unit="share",
    ),
    Question(
        "ai.after_wrong.lost", "After how many wrong answers do customers silently give up?", _THREE, "20 %",
        unit="share",
    ),
    Question(
        "teams.support.agents", "How many agents are on duty, round the clock?",
        "A roster says it better, hour by hour; give one above if you have it.", "5",
    ),
    Question(
        "arrivals.holidays.desk_closed", "Is the desk closed on holidays?", "The tickets do not tell.",
        choices={"Yes": "true", "No": "false"},
    ),
)  # fmt: skip
_BY_PATH = {"teams": _KNOWN[4], **{one.path: one for one in _KNOWN}}


def question(path: str, message: str) -> Question:
    """Make a question of a figure that is missing: where it belongs, and what the problem says of it."""
    if (known := _BY_PATH.get(path)) is not None:
        return known
    what, _, remedy = message.partition(" is in no file that was given; ")
    what = re.sub(r"\)( and \d+ more like it)?$", "", what.removeprefix("("))
    if path.startswith("intents.") and path.endswith(".handle"):
        intent = path.removeprefix("intents.").removesuffix(".handle")
        of = "" if intent == "*" else f" of “{intent}”"
        note = "Or give the hours staffed and the occupancy above, or name the column that holds it."
        return Question(path, f"How long does an agent work on a ticket{of}?", note, "8m")
    found = next((pair for pair in _PAIR.finditer(message) if _told(pair).startswith(f"{path}=")), None)
    example = _told(found).partition("=")[2] if found else ""
    return Question(path, f"{what[:1].upper()}{what[1:]}", in_page(remedy), example)


def in_page(text: str) -> str:
    """Name the page's fields where a message names options of the command line."""
    text = _FILE.sub(lambda found: "a roster" if "roster" in found[0] else "the AI's log", text)
    text = _PAIR.sub(lambda pair: f"{_told(pair)} (under “{COLUMNS if pair[1] == 'map' else GIVEN}”)", text)
    return _OPTION.sub(lambda found: f"“{FIELDS[found[1]]}”", text)


def problem_in_page(problem: Problem) -> Problem:
    """Return a problem as the page does."""
    where = _OPTION.sub(lambda found: f"“{FIELDS[found[1]]}”", problem.where)
    if isinstance(problem, NoColumn) and problem.columns:
        message = f"{_SAY_WHICH.split(problem.message)[0]}; choose it below"
    else:
        message = in_page(problem.message)
    return replace(problem, where=where, message=message)


def _told(pair: re.Match[str]) -> str:
    return pair[2] or pair[3] or pair[4]
