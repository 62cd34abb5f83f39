"""Asking for what no file holds: plain questions in place of paths, and the page's own fields in place of options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.base.errors import NoColumn, Problem
from simulator.calibration.fit.estimate import Gap

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


_ANSWERS = {
    "As often as the AI says: of answers that it calls 90 % sure, 90 % are right": "{shift: 0, scale: 1}",
    "Less often: of those that it calls 90 % sure, 85 % are right": "{shift: -0.5, scale: 1}",
    "Much less often: of those that it calls 90 % sure, 77 % are right": "{shift: -1, scale: 1}",
}
"""Log odds of 90 % moved by the shift are those of the share named."""
_LABELS = {
    "ai.answer.calibration": "Once the AI knows what a ticket is about, how often is its answer right?",
    "ai.after_wrong.noticed": "Of wrong answers, how many do customers notice at once?",
    "ai.after_wrong.returns": "After how many wrong answers do customers come back later?",
    "ai.after_wrong.lost": "After how many wrong answers do customers silently give up?",
    "teams.support.agents": "How many agents are on duty, round the clock?",
    "arrivals.holidays.desk_closed": "Is the desk closed on holidays?",
    "intents.*.handle": "How long does an agent work on a ticket?",
}
"""Questions by the place that the answer sets; others are asked by what the figure is."""
_CHOICES = {"ai.answer.calibration": _ANSWERS, "arrivals.holidays.desk_closed": {"Yes": "true", "No": "false"}}


def question(gap: Gap) -> Question:
    """Word a figure that is missing as a visitor is asked for it."""
    missing, path = gap.missing, gap.answer
    label = _LABELS.get(path) or f"{missing.what[:1].upper()}{missing.what[1:]}"
    match missing.path:
        case ("intents", intent, "handle") if not gap.alike:
            label = f"How long does an agent work on a ticket of “{intent}”?"
    return Question(path, label, missing.note, missing.example, _CHOICES.get(path, {}), missing.unit)


def in_page(text: str) -> str:
    """Name the page's fields where a text names options of the command line: one vocabulary for the other."""
    text = _FILE.sub(lambda found: "a roster" if "roster" in found[0] else "the AI's log", text)
    text = _PAIR.sub(lambda pair: f"{_told(pair)} (under “{COLUMNS if pair[1] == 'map' else GIVEN}”)", text)
    return _OPTION.sub(lambda found: f"“{FIELDS[found[1]]}”", text)


def problem_in_page(problem: Problem) -> Problem:
    """Return a problem as the page does."""
    where = _OPTION.sub(lambda found: f"“{FIELDS[found[1]]}”", problem.where)
    if isinstance(problem, NoColumn) and problem.columns:
        message = f"{problem.fault}; choose it below"
    else:
        message = in_page(problem.message)
    return replace(problem, where=where, message=message)


def _told(pair: re.Match[str]) -> str:
    return pair[2] or pair[3] or pair[4]
