"""The draft of a scenario: what all parts found, put together with what the user gives, and what is missing still.

Fit: a scenario measured on what a help desk exports.

Every part of the desk has an estimator of its own, each a function of the export; here their parts are put together,
what the user gives is laid over them, and what nobody has said is asked for. Nothing is guessed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from simulator import __version__
from simulator.base.errors import ExportError, Notice, Problem, cut
from simulator.base.notebook_hooks import Plotted
from simulator.base.quantities import Figure
from simulator.base.text import Key, spell
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.roster import Roster
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.ai import fit_ai
from simulator.calibration.fit.arrivals import fit_arrivals
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.estimate import Gap, Missing, Part
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import fit_handle
from simulator.calibration.fit.mix import fit_mix, merge_rare
from simulator.calibration.fit.opening_backlog import fit_backlog
from simulator.calibration.fit.patience import fit_patience
from simulator.calibration.fit.presence import days_covered, staffed_hours
from simulator.calibration.fit.scenario_text import scenario_text, unwritten
from simulator.calibration.fit.service_level import fit_sla
from simulator.calibration.fit.staffing import fit_staffing, in_staffed_hours
from simulator.scenario import Scenario, scenario_from
from simulator.scenario.document import Document, Increase, parse_path, read_value, set_value
from simulator.scenario.yaml_text import parse_yaml

if TYPE_CHECKING:
    from simulator.studies.running.batch import Stages


_EITHER_OR = ("shifts", "agents")
"""Two ways to say who is on duty, of which a team has one."""
GIVEN = "assumed: given to fit by its user"
"""Source of a value that stands in no export."""


@dataclass
class Draft:
    """A scenario in the making: nested plain data, Figures at its leaves."""

    data: dict[str, Any]
    sources: dict[str, str] = field(default_factory=dict)
    """Path patterns and sources, the last match counts."""
    comments: dict[Key, str] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Put in what a part found; later parts replace what earlier ones set at the same path."""
        document = Document(self.data)
        for path, value in part.settings.items():
            set_value(document, path, _mutable(value), "fit")
        self.sources |= part.sources
        self.comments |= part.comments
        self.missing += part.missing

    def give(self, texts: Iterable[str]) -> None:
        """Set values that the user gives as `path=value`; `*` stands for every name there is at that place.

        Raises ExportError with every text that is no such setting.
        """
        problems = []
        for text in texts:
            where = cut(f"--set {text}")
            try:
                self._give(text, where)
            except ValueError as error:
                problems.append(Problem(where, "", str(error)))
        if problems:
            raise ExportError(problems)

    def _give(self, text: str, where: str) -> None:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError("has no =; must be path=value, such as intents.*.handle=8m")
        pattern = parse_path(name.strip())
        if pattern[0] not in Scenario.model_fields:
            raise ValueError(f"is no part of a scenario; must begin with one of {', '.join(Scenario.model_fields)}")
        paths = list(_matches(self.data, pattern))
        if not paths:
            raise ValueError("matches nothing; must name a place in the scenario")
        given = read_value(value, where)
        if isinstance(given, Increase):
            raise ValueError(f"adds {given.text}; must be the value itself, as a fit has nothing to add to")
        document = Document(self.data)
        for path in paths:
            set_value(document, path, copy.deepcopy(given), where)
            self.comments.pop(path, None)
            self._drop_what_it_replaces(path)
        if not (isinstance(given, Mapping) and "source" in given):
            self.sources[spell(pattern) + "*"] = GIVEN

    def _drop_what_it_replaces(self, path: Key) -> None:
        """Drop the shifts of a team that is given agents round the clock, or the other way round."""
        if path[0] == "teams" and len(path) == 3 and path[2] in _EITHER_OR:
            other = _EITHER_OR[1 - _EITHER_OR.index(path[2])]
            self.data["teams"][path[1]].pop(other, None)
            self.comments.pop((*path[:2], other), None)

    def refuse_gaps(self) -> None:
        """Raise ExportError with every figure that is missing still, and where it can come from."""
        gaps: dict[tuple[str, str], list[Missing]] = {}
        for gap in self.missing:
            if not all(map(self._has, self._places(gap.path))):
                gaps.setdefault((gap.what, gap.remedy), []).append(gap)
        if gaps:
            raise ExportError(Gap.of(first, len(more)) for first, *more in gaps.values())

    def _places(self, path: Key) -> Sequence[Key]:
        return list(_matches(self.data, path)) or [path]

    def _has(self, path: Key) -> bool:
        node: Any = self.data
        for step in path:
            if not isinstance(node, Mapping) or step not in node:
                return False
            node = node[step]
        return node is not None

    def ordered(self) -> dict[str, Any]:
        """Return the data in the order of a scenario's sections, with the sources at the end."""
        data = {name: self.data[name] for name in Scenario.model_fields if name in self.data}
        return {**data, "sources": dict(self.sources)} if self.sources else data

    def plain(self) -> dict[str, Any]:
        """Return the data as a scenario file would hold it."""
        plain = _plain(self.ordered())
        assert isinstance(plain, dict)
        return plain


def _mutable(value: Any) -> Any:
    """Copy mappings and sequences, so that what the user gives can be put into them."""
    if isinstance(value, Mapping):
        return {name: _mutable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mutable(item) for item in value]
    return value


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(item) for name, item in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node.as_written() if hasattr(node, "as_written") else node


def _matches(node: Any, pattern: Key, path: Key = ()) -> Iterator[Key]:
    """List the paths that a pattern stands for; a name that does not exist yet stands for itself."""
    if not pattern:
        yield path
        return
    step, rest = pattern[0], pattern[1:]
    if step == "*":
        for name in node if isinstance(node, Mapping) else ():
            yield from _matches(node[name], rest, (*path, name))
        return
    below = node.get(step) if isinstance(node, Mapping) else None
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        below = node[step]
    yield from _matches(below, rest, (*path, step))


# -- fit --------------------------------------------------------------------------------------------------------------


_WEEKS = 4
"""Weeks that a fitted scenario runs, from the day after the export's last."""


@dataclass(frozen=True)
class Extras:
    """What `fit` may be told beside the tickets."""

    roster: Roster | None = None
    ai_log: AiLog | None = None
    country: str | None = None
    """ISO code of the country whose public holidays count."""
    staffed_hours: float | None = None
    """Agent hours that were staffed in the days of the export; counted from the roster if there is one."""
    occupancy: float | None = None
    """Share of staffed time that agents spent on tickets; handle time is estimated from it where none is recorded."""
    handle: float | None = None
    """Minutes of a person's work on a ticket, where the export says nothing about it."""
    given: Sequence[str] = ()
    """Settings `path=value` of the user's own."""


@dataclass(frozen=True)
class Fit(Plotted):
    """A fitted scenario, and what was learned on the way."""

    view: ClassVar[str] = "simulator.report.fit.view:page_of"

    export: Export
    """The tickets, rare intents merged."""
    scenario: Scenario
    text: str
    """The scenario as a file."""
    findings: tuple[Notice, ...]
    evidence: tuple[Any, ...]
    """What charts are drawn of."""


def fit_scenario(
    export: Export,
    name: str,
    extras: Extras | None = None,
    *,
    made_of: str = "an export",
    progress: Stages | None = None,
) -> Fit:
    """Measure a scenario on an export.

    It continues where the export ends: its first day is the day after the export's last. Raises ExportError with every
    figure that no file holds and the user has not given, and ScenarioError where what the user gave does not fit.
    """
    extras = extras or Extras()
    export, found = merge_rare(export)
    draft = Draft(_frame(export, name))
    findings: list[Notice] = list(found)
    evidence: list[Any] = []
    stages = list(_parts(export, extras))
    for place, (what, estimate) in enumerate(stages):
        if progress is not None:
            progress(f"Measuring {what}", place, len(stages))
        part = estimate()
        draft.add(part)
        findings += part.findings
        evidence += part.evidence
    draft.give(extras.given)
    draft.refuse_gaps()
    checked = scenario_from(draft.plain())
    text = scenario_text(draft.ordered(), checked, _header(export, made_of), draft.comments)
    text += unwritten(draft.ordered(), checked)
    # What the file says is what holds: figures are rounded as they are written.
    scenario = scenario_from(parse_yaml(text, "the fitted scenario")[0])
    findings += _untold_policy(draft, scenario)
    return Fit(export, scenario, text, tuple(findings), tuple(evidence))


def _frame(export: Export, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"Measured on {len(export):,} tickets created from {export.first_day} to {export.last_day}.",
        "start": (export.last_day + timedelta(days=1)).isoformat(),
        "timezone": export.zone,
        "weeks": Figure(_WEEKS, source="definition: what is simulated"),
    }


def _parts(export: Export, extras: Extras) -> Iterable[tuple[str, Callable[[], Part]]]:
    """List what is measured; later parts lay over earlier ones."""
    staffing = fit_staffing(export, extras.roster)
    yield "staffing", lambda: staffing
    called, left_out = in_staffed_hours(export, staffing)
    yield "arrivals", lambda: fit_arrivals(called, extras.country)
    yield "the mix of tickets", lambda: replace(mix := fit_mix(called), findings=(*left_out, *mix.findings))
    hours = _hours(export, extras)
    yield "handle times", lambda: fit_handle(
        export, staffed_hours=hours, occupancy=extras.occupancy, handle=extras.handle
    )
    yield "patience", lambda: fit_patience(export)
    yield "reopening and transfers", lambda: fit_flow(export)
    yield "service levels", lambda: fit_sla(export)
    yield "satisfaction", lambda: fit_csat(export)
    yield "the opening backlog", lambda: fit_backlog(export)
    if extras.ai_log is not None:
        log = extras.ai_log
        yield "the AI's judgement", lambda: fit_ai(log, export.intent.names)


def _untold_policy(draft: Draft, scenario: Scenario) -> list[Notice]:
    """Say what the AI does in the scenario where nobody has said it: no log of judgements knows."""
    if "ai" not in draft.data or "policy" in draft.data:
        return []
    policy = scenario.policy
    text = (
        f"nobody has said what the AI may do, so it works in mode {policy.mode.value} and answers from a confidence of"
        f" {float(policy.answer_threshold):.0%} on, as pilot guides have it; give --set policy.mode=off for the desk as"
        " it is, or --set policy.answer_threshold=90%"
    )
    return [Notice("warning", "policy", text)]


def _hours(export: Export, extras: Extras) -> float | None:
    """Return the agent hours staffed in the days of the export: as told, else as the roster has them.

    Days that a roster of dates does not cover count like those that it does; None where it covers none of them.
    """
    if extras.staffed_hours is not None or extras.roster is None:
        return extras.staffed_hours
    hours, covered = staffed_hours(extras.roster, export), days_covered(extras.roster, export)
    return hours * export.days / covered if hours and covered else None


def _header(export: Export, made_of: str) -> list[str]:
    return [
        f"Fitted by ticketflow {__version__} to {made_of}: {len(export):,} tickets created from {export.first_day} "
        f"to {export.last_day}.",
        "",
        "low and high are 90 % intervals, n counts observations. Figures whose source begins with `assumed` stand in "
        "no export: they are yours to own. The scenario begins the day after the export ends.",
    ]
