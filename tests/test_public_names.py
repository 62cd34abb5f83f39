"""A name without an underscore is for others: another module uses it, the front door or the schema offers it.

A name that its module uses may be public for a test that holds it against a known answer. One that tests alone use
has no place in the package, unless `FOR_TESTS` says why.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import simulator
from simulator.scenario.reference import json_schema

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "simulator"
MODULES = sorted(path for path in HOUSE.rglob("*.py") if path.name != "__init__.py")
FOR_TESTS: dict[str, str] = {
    "simulator.calibration.fit.presence.presence": "agents at work by half-hour, held against recorded desks",
    "simulator.report.charts.theme.SERIES": "colours of series, held apart for colour-blind readers",
    "simulator.report.render.notebook.html_of": "loaded by name where a result shows itself",
    "simulator.studies.running.cell.figures_of": "figures of one run, held against the reading by hand",
    "simulator.studies.running.cell.one_replication": "one replication by itself, as studies compute it",
    "simulator.studies.running.cell.satisfaction_anchor": "the anchor of one desk, held against its definition",
}
"""What only tests use, as `module.name`, and why it is not private."""
LOADED_BY_NAME = {
    "simulator.report.render.notebook.chart_of",  # where a result shows itself
    "simulator.engines.kernel.Heap",  # a stale cache of compiled code names it
    "simulator.base.compiled.SECONDS_UNTIL_NOTE",  # tests make it shorter
    "simulator.calibration.exports.csv_source.RATIO_FROM",  # tests begin sooner
    "simulator.studies.tune.tuning.MOST",  # tests stop sooner
    "simulator.studies.running.live.KEPT_ANCHORS",  # tests leave no room
    "simulator.studies.running.live.KEPT_CELLS",
    "simulator.studies.running.live.KEPT_TICKETS",
}


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_of(tree: ast.Module) -> set[str]:
    """Name what a module defines at its top without an underscore."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found = [node.name]
        elif isinstance(node, ast.Assign) and "TypeVar(" not in ast.unparse(node.value):
            found = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found = [node.target.id]
        else:
            continue
        names += found
    return {name for name in names if not name.startswith("_")}


@cache
def taken(path: Path) -> frozenset[tuple[str, str]]:
    """List what a file takes from modules of ours: (module, name), by import or as an attribute of the module."""
    found, modules = set(), {}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found.add((node.module, alias.name))
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name: alias.name for alias in node.names})
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            place = ast.unparse(node.value)
            found.add((modules.get(place, place), node.attr))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Loaded or replaced by name: "simulator.report.run.view:page_of", "simulator.base.compiled.NOTE".
            found.update(re.findall(r"^(simulator[\w.]*)[.:](\w+)$", node.value))
    return frozenset(found)


@cache
def used() -> frozenset[tuple[str, str]]:
    """List what modules of the package and the shipped notebook take from each other, and what is offered to all."""
    files = [*HOUSE.rglob("*.py"), *(ROOT / "scenarios").glob("*.py")]
    found = set().union(*(taken(path) for path in files))
    offered = {*simulator.__all__, *json_schema()["$defs"]}
    return frozenset(found | {(dotted(path), name) for path in MODULES for name in names_of(tree_of(path)) & offered})


@cache
def used_by_tests() -> frozenset[tuple[str, str]]:
    return frozenset().union(*(taken(path) for path in (ROOT / "tests").rglob("*.py")))


def own_uses(tree: ast.Module) -> set[str]:
    """Name what a module reads of itself."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def commands_of(tree: ast.Module) -> set[str]:
    """Name the functions that `@command` offers on the command line."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for one in node.decorator_list
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "command"
    }


def without_readers(path: Path) -> list[str]:
    """Name the public names of a module that are for nobody else."""
    module, tree = dotted(path), tree_of(path)
    for_others = {name for place, name in used() if place == module}
    for_tests = {name for place, name in used_by_tests() if place == module} & own_uses(tree)
    documented = {name for name in names_of(tree) if f"{module}.{name}" in FOR_TESTS.keys() | LOADED_BY_NAME}
    return sorted(names_of(tree) - for_others - for_tests - documented - commands_of(tree))


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_name_without_underscore_is_for_somebody_else(path: Path) -> None:
    assert without_readers(path) == []


def test_what_only_tests_use_is_used_by_tests_and_says_why() -> None:
    for name, reason in FOR_TESTS.items():
        module, _, own = name.rpartition(".")
        assert (module, own) in used_by_tests() - used(), name
        assert len(reason.split()) > 3
