"""From a scenario file to a checked Scenario, with every problem told at once: file, line, path, value, rule, remedy."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simulator.errors import Problem, ScenarioError
from simulator.frozen import Named
from simulator.scenario.document import Document, Key, parse_path, read_document, set_value, spell
from simulator.scenario.files import measure_shadow_logs, read_replay
from simulator.scenario.model import Scenario, inconsistencies
from simulator.scenario.volume import expected_tickets


def load_scenario(path: str | Path, overrides: Iterable[str] = ()) -> Scenario:
    """Load and check a scenario file.

    `overrides` are texts such as `policy.answer_threshold=0.8`, as the command line takes them. Raises ScenarioError
    that lists every problem found.
    """
    document = read_document(find(path))
    texts = list(overrides)
    try:
        scenario = _validate(document)
    except ScenarioError:
        if not texts:
            raise
        # An override may supply what the file leaves out; then it belongs into the file's own data.
        _apply(document, texts)
        return _validate(document)
    return override(scenario, texts) if texts else scenario


def scenario_from(data: Mapping[str, Any], folder: str | Path = ".") -> Scenario:
    """Check a scenario given as plain data; files it names are relative to `folder`."""
    document = Document(copy.deepcopy(dict(data)), {(): ("scenario", None)}, Path(folder).resolve())
    return _validate(document)


def find(path: str | Path) -> Path:
    """Find a scenario file, or a shipped scenario by its name; raise ScenarioError if there is none."""
    given = Path(path)
    shipped = shipped_scenarios()
    if given.exists() or given.suffix:
        if given.name in {known.name for known in shipped} and not given.exists() and len(given.parts) <= 2:
            return next(known for known in shipped if known.name == given.name)
        return given
    for known in shipped:
        if known.stem == str(path):
            return known
    names = ", ".join(known.stem for known in shipped)
    raise ScenarioError(Problem(str(path), "", f"is no file and no shipped scenario; must be a .yaml file or one of {names}"))


def shipped_scenarios() -> list[Path]:
    """List the scenario files that come with the package, or with the source tree it runs from."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "shipped_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return sorted(folder.glob("*.yaml"))
    return []


def override(scenario: Scenario, changes: Iterable[str] | Mapping[str, Any]) -> Scenario:
    """Give a scenario with some values changed, checked as a whole again.

    `changes` maps paths to values, or lists texts such as `teams.tier1.shifts[0].agents=8`. Raises ScenarioError.
    """
    document = Document(scenario.model_dump(mode="json"), {(): (scenario.name, None)})
    _apply(document, changes)
    changed = _validate(document, files=False)
    if changed.arrivals.replay is not None:
        same = scenario.arrivals.replay == changed.arrivals.replay and scenario.wall == changed.wall
        if not same:
            raise ScenarioError(
                Problem("--set", "arrivals.replay", "cannot be changed on a loaded scenario; change the scenario file")
            )
        changed._replayed = scenario._replayed
    return changed


def without_ai(scenario: Scenario) -> Scenario:
    """Give the baseline: the same customers, AI off, with the scenario's own `baseline` overrides."""
    off = {"policy.mode": "off", "policy.phases": [], "policy.intents": {}}
    return override(scenario, {**off, **dict(scenario.baseline)})


def _apply(document: Document, changes: Iterable[str] | Mapping[str, Any]) -> None:
    if isinstance(changes, Mapping):
        for path, value in changes.items():
            set_value(document, _path_of(path, path), value, path)
        return
    problems = []
    for text in changes:
        try:
            path, value = _parse_override(text)
            set_value(document, path, value, f"--set {text}")
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)


def _path_of(text: str, where: str) -> Key:
    try:
        return parse_path(text)
    except ValueError as error:
        raise ScenarioError(Problem(where, text, str(error))) from None


def _parse_override(text: str) -> tuple[Key, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    name, sign, value = text.partition("=")
    if not sign:
        message = "must be path=value, such as policy.answer_threshold=0.8"
        raise ScenarioError(Problem(f"--set {text}", "", message))
    path = _path_of(name.strip(), f"--set {text}")
    try:
        return path, YAML(typ="safe", pure=True).load(value)
    except YAMLError:
        raise ScenarioError(Problem(f"--set {text}", spell(path), f"is {value!r}; must be a YAML value")) from None


def _validate(document: Document, *, files: bool = True) -> Scenario:
    if files:
        measure_shadow_logs(document)
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        problems = [_problem(document, details) for details in error.errors(include_url=False)]
        raise ScenarioError(dict.fromkeys(problems)) from None
    problems = [Problem(document.where(path), spell(path), message) for path, message in inconsistencies(scenario)]
    if not problems:
        problems = _baseline_problems(document, scenario)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    if files and scenario.arrivals.replay is not None:
        scenario = read_replay(scenario, document)
    expected = expected_tickets(scenario)
    if expected > scenario.max_tickets:
        rule = f"gives about {expected:,.0f} tickets; must stay below max_tickets ({scenario.max_tickets:,.0f})"
        raise ScenarioError(Problem(document.where(("arrivals",)), "arrivals", f"{rule}, or raise that"))
    return scenario


def _baseline_problems(document: Document, scenario: Scenario) -> list[Problem]:
    if not scenario.baseline:
        return []
    trial = Document(scenario.model_dump(mode="json"))
    problems = []
    for text, value in scenario.baseline.items():
        where = document.where(("baseline", text))
        try:
            set_value(trial, _path_of(text, where), value, where)
        except ScenarioError as error:
            problems += error.problems
    trial.data["baseline"] = {}
    if not problems:
        try:
            changed = Scenario.model_validate(trial.data)
        except ValidationError as error:
            return [_problem(trial, details) for details in error.errors(include_url=False)]
        problems = [Problem(trial.where(path), spell(path), message) for path, message in inconsistencies(changed)]
    return problems


# -- telling what is wrong ---------------------------------------------------------------------------------


def _problem(document: Document, details: ErrorDetails) -> Problem:
    steps = [step for step in details["loc"] if not (isinstance(step, str) and step.startswith(("<", "function-")))]
    path = _written(document, [step for step in steps if step != "[key]" and not _is_union_label(step)])
    kind, given = details["type"], details["input"]
    if kind == "missing":
        message = "is missing; must be given" + _described(path)
        return Problem(document.where(path), spell(path), message)
    if kind == "extra_forbidden":
        return Problem(document.where(path), spell(path), _unknown_key(path))
    rule = _rule(details)
    if rule.startswith(("names ", "sends ")) or isinstance(given, Mapping | list | tuple | BaseModel | Named):
        return Problem(document.where(path), spell(path), rule)
    shown = repr(given) if isinstance(given, str) else str(given)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return Problem(document.where(path), spell(path), f"is {shown}; {rule}")


def _written(document: Document, steps: list[Any]) -> Key:
    """Drop list positions that stand nowhere in the file, where one value may be written for a list."""
    path, node = [], document.data
    for step in steps:
        if isinstance(step, int) and not isinstance(node, list | tuple):
            continue
        path.append(step)
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = {}
    return tuple(path)


def _is_union_label(step: Any) -> bool:
    """Tell the type names that pydantic puts into the location of a union's members."""
    return isinstance(step, str) and (step in ("str", "named[Name]") or step.startswith(("literal[", "nullable[")))


def _rule(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return f"must be one of {context.get('expected', '')}"
    if kind in ("string_type", "string_too_short"):
        return "must be text"
    if kind == "bool_parsing" or kind == "bool_type":
        return "must be true or false"
    if kind in ("tuple_type", "list_type"):
        return "must be a list"
    if kind in ("dict_type", "model_type", "mapping_type", "model_attributes_type"):
        return "must be a mapping of names to values"
    if kind.startswith(("date_", "datetime_")):
        return "must be a date such as 2026-01-05" + (" or a time such as 2026-01-05 09:00" if "time" in kind else "")
    if kind == "string_pattern_mismatch":
        return f"must match {context.get('pattern')}"
    message = details["msg"]
    return message if message.startswith(("must", "names", "is ")) else f"must be valid: {message}"


def _model_at(path: Key) -> type[BaseModel] | None:
    """Find the model that describes the mapping at a path, by walking the annotations."""
    annotations: list[Any] = [Scenario]
    for step in path:
        inner: list[Any] = []
        for annotation in annotations:
            for candidate in _unwrap(annotation):
                if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                    if step in candidate.model_fields:
                        inner.append(candidate.model_fields[str(step)].annotation)
                elif isinstance(step, int):
                    inner += [item for item in get_args(candidate) if item is not Ellipsis]
                else:
                    inner += get_args(candidate)[-1:]
        annotations = inner
    models = [
        candidate
        for annotation in annotations
        for candidate in _unwrap(annotation)
        if isinstance(candidate, type) and issubclass(candidate, BaseModel)
    ]
    return models[0] if models else None


def _unwrap(annotation: Any) -> list[Any]:
    """Open Annotated and unions down to classes and containers."""
    origin = getattr(annotation, "__origin__", None)
    if hasattr(annotation, "__metadata__"):
        return _unwrap(origin)
    if origin in (tuple, list, dict) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return [annotation]
    if args := get_args(annotation):
        return [inner for argument in args for inner in _unwrap(argument)]
    return [annotation]


def _described(path: Key) -> str:
    model = _model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model and path else None
    return f": {field.description.splitlines()[0].rstrip('.')}" if field and field.description else ""


def _unknown_key(path: Key) -> str:
    model = _model_at(path[:-1])
    if model is None:
        return "is not a known key; remove it"
    near = difflib.get_close_matches(str(path[-1]), model.model_fields, n=1, cutoff=0.5)
    if near:
        return f"is not a known key; did you mean {near[0]}?"
    return f"is not a known key; must be one of {', '.join(model.model_fields)}"
