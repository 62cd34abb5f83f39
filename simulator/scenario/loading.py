"""From a scenario file to a checked Scenario, with every problem told at once: file, line, path, rule, remedy."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from simulator.base.errors import Problem, ScenarioError, cut
from simulator.base.memo import remembered
from simulator.base.quantities import parse_money
from simulator.base.shipped import shipped_scenarios
from simulator.base.text import Key, did_you_mean, shown, spell
from simulator.base.units import CURRENCY_SIGNS
from simulator.scenario.document import (
    Document,
    Increase,
    increased,
    parse_path,
    read_document,
    read_value,
    set_value,
)
from simulator.scenario.files import forget_measures, measure_shadow_logs, read_replay
from simulator.scenario.ledger import figures_of
from simulator.scenario.model import Scenario, inconsistencies
from simulator.scenario.problems import DEFINED, is_told, mended, problems_of
from simulator.scenario.volume import expected_tickets


def load_scenario(path: str | Path, overrides: Iterable[str] = ()) -> Scenario:
    """Load and check a scenario file.

    `overrides` are texts such as `policy.answer_threshold=0.8`, as the command line takes them. Raises ScenarioError
    that lists every problem found.
    """
    document = read_document(find(path))
    texts = list(overrides)
    if not texts:
        return _validate(document)
    try:
        scenario = _validate(document)
    except ScenarioError:
        # An override may supply what the file leaves out; then it belongs into the file's own data.
        return _validate(document, _apply(document, texts))
    document = replace(document, data=scenario.model_dump(mode="json"))
    changed = _validate(document, _apply(document, texts))
    _keep_unset(changed, scenario)
    return changed


def scenario_from(data: Mapping[str, Any], folder: str | Path = ".") -> Scenario:
    """Check a scenario given as plain data; files it names are relative to `folder`."""
    document = Document(copy.deepcopy(dict(data)), {(): ("scenario", None)}, Path(folder).resolve())
    return _validate(document)


def find(path: str | Path) -> Path:
    """Find a scenario file, or a shipped scenario by its name; raise ScenarioError if there is none."""
    given = Path(path)
    try:
        if given.exists():
            return given
    except (OSError, ValueError):
        raise ScenarioError(Problem(cut(repr(str(path))), "", "is no file name; must be a .yaml file")) from None
    shipped = {known.stem: known for known in shipped_scenarios()}
    if len(given.parts) <= 2 and given.suffix in ("", ".yaml") and given.stem in shipped:
        return shipped[given.stem]
    rule = "is no file and no shipped scenario; must be a .yaml file or one of " + ", ".join(shipped)
    meant = did_you_mean(given.stem, shipped, cutoff=0.6)
    raise ScenarioError(Problem(cut(str(path)), "", rule + meant))


def override(scenario: Scenario, changes: Iterable[str] | Mapping[str, Any]) -> Scenario:
    """Return a scenario with some values changed, checked as a whole again.

    `changes` maps paths to values, or lists texts such as `teams.tier1.shifts[0].agents=8`. Files are not read again,
    so what they hold cannot be changed this way. Raises ScenarioError.
    """
    document = Document(scenario.model_dump(mode="json"), {(): (scenario.name, None)})
    changed = _validate(document, _apply(document, changes), files=False)
    if changed.arrivals.replay is not None:
        if not _replays_the_same(scenario, changed):
            rule = "cannot be replayed on other terms once it is loaded; change the scenario file"
            raise ScenarioError(Problem(scenario.name, "arrivals.replay", rule))
        assert scenario._replayed is not None
        changed._replayed = scenario._replayed.since(changed.opening_minutes)
    _keep_unset(changed, scenario)
    return changed


def absolute(scenario: Scenario, path: str, value: Any) -> Any:
    """Return the value that a change puts at a path: the present one and so much more for an Increase."""
    if not isinstance(value, Increase):
        return value
    return increased(Document(scenario.model_dump(mode="json")), parse_path(path), value, path)


def told_increases(scenario: Scenario, overrides: Iterable[str]) -> Iterator[str]:
    """Say from what to what each override that adds (`path=+2`) brings a scenario's value: `path: 4 → 6`."""
    for text in overrides:
        path, value = _parse_override(text, text)
        if isinstance(value, Increase):
            found = [absolute(scenario, path, one) for one in (Increase("+0"), value)]
            before, after = (one[0] if isinstance(one, list) and len(one) == 1 else one for one in found)
            yield f"{path}: {before} → {after}"


def _keep_unset(changed: Any, before: Any) -> None:
    """Mark again what nobody has given; a dump gives every field, and the ledger tells defaults from givens."""
    if isinstance(changed, BaseModel) and type(changed) is type(before):
        for name in type(changed).model_fields:
            now, then = getattr(changed, name), getattr(before, name)
            if name not in before.model_fields_set and now == then:
                changed.model_fields_set.discard(name)
            _keep_unset(now, then)
    elif isinstance(changed, Mapping) and isinstance(before, Mapping):
        for name in changed.keys() & before.keys():
            _keep_unset(changed[name], before[name])
    elif isinstance(changed, tuple) and isinstance(before, tuple):
        for now, then in zip(changed, before, strict=False):
            _keep_unset(now, then)


def _replays_the_same(scenario: Scenario, changed: Scenario) -> bool:
    same = scenario.arrivals.replay == changed.arrivals.replay and scenario.wall == changed.wall
    named = scenario._replayed.intents if scenario._replayed else None
    covered = scenario.weeks == changed.weeks and scenario.warm_up >= changed.warm_up
    return same and covered and set(named or ()) <= set(changed.intents)


def opening_empty(scenario: Scenario) -> Scenario:
    """Return the scenario without what fills the desk before it starts: no warm-up and no opening backlog."""
    if not scenario.warm_up and scenario.opening_backlog is None:
        return scenario
    return override(scenario, {"warm_up": 0, "opening_backlog": None})


@remembered
def without_ai(scenario: Scenario) -> Scenario:
    """Return the baseline: the same customers, AI off, with the scenario's own `baseline` overrides."""
    off: dict[str, Any] = {"policy.mode": "off", "policy.phases": [], "policy.intents": {}, "policy.surge": None}
    return override(scenario, {**dict(scenario.baseline), **off})


# -- overrides ---------------------------------------------------------------------------------------------


def _apply(document: Document, changes: Iterable[str] | Mapping[str, Any]) -> list[Problem]:
    """Put each change into the document; return what is wrong with those that have no place there."""
    problems: list[Problem] = []
    pairs = changes.items() if isinstance(changes, Mapping) else ((text, None) for text in changes)
    for text, value in pairs:
        where = cut(text if isinstance(changes, Mapping) else f"--set {text}")
        try:
            if isinstance(changes, Mapping):
                _set(document, text, value, where)
            else:
                _set(document, *_parse_override(text, where), where)
        except ScenarioError as error:
            problems += error.problems
    return problems


def _parse_override(text: str, where: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ScenarioError(Problem(where, "", "has no =; must be path=value, such as policy.answer_threshold=0.8"))
    return name.strip(), read_value(value, where)


def _set(document: Document, text: str, value: Any, where: str) -> None:
    try:
        path = parse_path(text)
    except ValueError as error:
        raise ScenarioError(Problem(where, cut(text) if text else "", str(error))) from None
    defined = document.data.get(str(path[0]))
    if path[0] in DEFINED and len(path) > 2 and isinstance(defined, Mapping) and path[1] not in defined:
        # Setting one value of a team that does not exist would make a new team out of a typing error.
        rule = f"is none of the scenario's {path[0]}; must be one of {', '.join(defined)}"
        raise ScenarioError(Problem(where, spell(path[:2]), rule))
    set_value(document, path, increased(document, path, value, where) if isinstance(value, Increase) else value, where)
    forget_measures(document.data, path)


# -- checks ------------------------------------------------------------------------------------------------


def _validate(document: Document, found: Iterable[Problem] = (), *, files: bool = True) -> Scenario:
    """Check everything; `found` are problems that are known already."""
    problems = [*found, *measure_shadow_logs(document, read=files)]
    broken: list[Key] = []
    scenario: Scenario | None
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        problems += problems_of(document, error)
        scenario, broken = mended(document, error)
    if scenario is not None:
        problems += _inconsistencies(document, scenario, broken)
        if files and scenario.arrivals.replay is not None and not _depends(broken):
            scenario, more = _replayed(document, scenario)
            problems += more
        if ("costs", "currency") not in broken:
            problems += _currency_problems(document, scenario)
        if not problems:
            problems += _volume_problems(document, scenario)
        problems += _baseline_problems(document, scenario, known_good=not problems)
    if problems or scenario is None:
        raise ScenarioError(_in_order(problems))
    return scenario


def _in_order(problems: list[Problem]) -> list[Problem]:
    """List problems by file, in the order in which files first come up, and line."""
    files = list(dict.fromkeys(problem.where.rpartition(":")[0] for problem in problems))

    def place(problem: Problem) -> tuple[int, int]:
        file, _, line = problem.where.rpartition(":")
        return files.index(file), int(line) if line.isdecimal() else 0

    return sorted(dict.fromkeys(problems), key=place)


def _inconsistencies(document: Document, scenario: Scenario, broken: list[Key]) -> list[Problem]:
    return [
        Problem(document.where(path), spell(path), message)
        for path, message in inconsistencies(scenario)
        if not is_told(path, message, broken)
    ]


def _depends(broken: list[Key]) -> bool:
    """Return whether a value that is wrong decides which arrivals may be replayed."""
    return any(path[0] in ("arrivals", "start", "weeks", "warm_up", "timezone", "intents") for path in broken)


def _replayed(document: Document, scenario: Scenario) -> tuple[Scenario, list[Problem]]:
    try:
        return read_replay(scenario, document), []
    except ScenarioError as error:
        return scenario, list(error.problems)


def _currency_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Find amounts that are written with the sign of another currency than the scenario's."""
    signed = list(_signed_texts(document.data))
    if not signed:
        return  # Studies change scenarios thousands of times, mostly by numbers, and listing all figures takes a while.
    currency = "USD" if scenario.costs is None else scenario.costs.currency
    amounts = {known.path for known in figures_of(scenario) if known.quantity.unit == "money"}
    for path, text in signed:
        if path in amounts or path[:-1] in amounts:  # bare, or as its value or an end of its range
            try:
                parse_money(text, currency)
            except ValueError as error:
                yield Problem(document.where(path), spell(path), f"is {shown(text)}; {error}")


def _signed_texts(data: dict[str, Any] | list[Any]) -> Iterator[tuple[Key, str]]:
    """Yield the texts in plain data that begin with the sign of a currency, and where they stand."""
    for step, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, str):
            if value.lstrip().startswith(CURRENCY_SIGNS):
                yield (step,), value
        elif isinstance(value, dict | list):
            for path, text in _signed_texts(value):
                yield (step, *path), text


def _volume_problems(document: Document, scenario: Scenario) -> list[Problem]:
    """Refuse more tickets than the scenario allows."""
    expected = expected_tickets(scenario)
    if expected <= scenario.max_tickets:
        return []
    rule = f"must stay below max_tickets ({scenario.max_tickets:,.0f}), or raise that"
    number = f"about {expected:,.0f}" if expected < 1e15 else "countless"
    return [Problem(document.where(("arrivals",)), "arrivals", f"gives {number} tickets; {rule}")]


def _baseline_problems(document: Document, scenario: Scenario, *, known_good: bool) -> list[Problem]:
    """Try the `baseline` overrides on the scenario; only their places where the rest is not known to be good."""
    place = document.where(("baseline",))
    trial = Document({**scenario.model_dump(mode="json"), "baseline": {}}, {(): (place, None)})
    problems = []
    for text, value in scenario.baseline.items():
        try:
            _set(trial, text, value, document.where(("baseline", text)))
        except ScenarioError as error:
            problems += [Problem(found.where, f"baseline: {found.path}", found.message) for found in error.problems]
    if problems or not known_good or not scenario.baseline:
        return problems
    try:
        changed = Scenario.model_validate(trial.data)
    except ValidationError as error:
        told = problems_of(trial, error)
    else:
        told = _inconsistencies(trial, changed, [])
    return [Problem(found.where, f"baseline: {found.path}", found.message) for found in told]
