"""The house has one direction: each room imports only from rooms above it, and nothing imports in a circle."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import simulator

HOUSE = Path(simulator.__file__).parent
ROOMS = (
    "base", "distributions", "scenario", "tickets", "rosters", "journeys", "engines", "metrics", "money", "run",
    "studies", "calibration", "report", "app", "cli", "__main__",
)  # fmt: skip
"""From the foundations up."""
ONLY_AT = {
    "matplotlib": {"report"}, "streamlit": {"app"}, "typer": {"cli"}, "simpy": {"engines"}, "numba": {"base"},
}  # fmt: skip
"""Rooms that may import a heavy or particular package."""
CHANCE = {"base", "tickets", "rosters", "metrics", "money", "studies", "calibration"}
"""Rooms that may draw random numbers."""


class Import(NamedTuple):
    """One import: the module that holds it, what it names, its line, and whether only type checkers read it."""

    module: str
    target: str
    line: int
    is_for_types: bool


@cache
def modules() -> dict[str, Path]:
    """Map dotted names below the package to files; `scenario` is the package's own file."""
    names = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """List everything a module imports, wherever in it that happens."""
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for guard in ast.walk(tree)
        if isinstance(guard, ast.If) and ast.unparse(guard.test).endswith("TYPE_CHECKING")
        for statement in guard.body
        for node in ast.walk(statement)
    }
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} is a relative import; name the room"
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [Import(module, target, node.lineno, id(node) in for_types) for target in targets]
    return tuple(found)


def within(target: str) -> str | None:
    """Return the module of ours that an import names, as a dotted name below the package; None for others' packages."""
    package, _, rest = target.partition(".")
    if package != "simulator":
        return None
    while rest and rest not in modules():
        rest = rest.rpartition(".")[0]
    return rest


def ours() -> Iterator[tuple[Import, str]]:
    """List the imports from our own modules, with the module each names; the package's front door left out."""
    for module in modules():
        for found in imports_of(module):
            if module and (target := within(found.target)) is not None:
                yield found, target


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_has_its_room() -> None:
    unknown = {room(module) for module in modules() if module} - set(ROOMS)
    assert not unknown, f"say in ROOMS where {sorted(unknown)} stand"


def test_rooms_import_only_from_rooms_above_them() -> None:
    upwards = [
        f"{found.module}:{found.line} imports {target}"
        for found, target in ours()
        if target and ROOMS.index(room(target)) > ROOMS.index(room(found.module))
    ]
    assert not upwards


def test_nothing_inside_goes_through_the_front_door() -> None:
    # `simulator/__init__` names everything lazily; a module that used those names would hide what it depends on.
    through = [
        f"{found.module}:{found.line} imports {found.target}"
        for found, target in ours()
        if not target and found.target != "simulator.__version__"
    ]
    assert not through


def test_no_modules_import_each_other_in_a_circle() -> None:
    # What only type checkers read never runs, so it makes no circle.
    graph: dict[str, set[str]] = {module: set() for module in modules()}
    for found, target in ours():
        if target and not found.is_for_types and target != found.module:
            graph[found.module].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_heavy_packages_stay_in_their_rooms() -> None:
    astray = [
        f"{module}:{found.line} imports {found.target}"
        for module in modules()
        for found in imports_of(module)
        if (package := found.target.partition(".")[0]) in ONLY_AT and room(module) not in ONLY_AT[package]
    ]
    assert not astray


def test_journeys_and_engines_cannot_draw_random_numbers() -> None:
    chance = ("random", "numpy.random", "scipy.stats", "secrets", "simulator.base.streams")
    drawn = [
        f"{module}:{found.line} imports {found.target}"
        for module in modules()
        if room(module) not in CHANCE
        for found in imports_of(module)
        if found.target.startswith(chance)
    ]
    drawn += [
        f"{module}:{node.lineno} says {ast.unparse(node)}"
        for module in modules()
        if room(module) not in CHANCE
        for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("np.random.")
    ]
    assert not drawn


def test_only_the_front_door_and_what_shows_itself_load_rooms_by_name() -> None:
    # What is loaded by name is seen by no test above: `simulator/__init__` has public names, `notebook_hooks` views;
    # the command line loads the files of its own folder, which hold its commands.
    by_name = {
        module: ast.unparse(node.args[0])
        for module in modules()
        for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__"))
        if not (isinstance(node.args[0], ast.Constant) and within(str(node.args[0].value)) is None)
    }
    assert set(by_name) == {"", "base.notebook_hooks", "cli"}
    assert by_name["cli"] == "f'{__name__}.{_module.name}'"


def test_views_that_results_name_exist() -> None:
    # Results name their views as text, `simulator.report.roi.view:page_of`, which no import shows.
    homes = [ast.literal_eval(value) for module in modules() for value in _views_in(module)]
    assert len(homes) > 10
    for home in homes:
        target, _, function = home.partition(":")
        module = str(within(target))
        assert target == f"simulator.{module}", f"{home} is no module of ours"
        assert room(module) == "report", f"{home} is no view of the report"
        tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"no {home}"
    from simulator.base import notebook_hooks

    assert within(notebook_hooks._NOTEBOOK) in modules()


def _views_in(module: str) -> Iterator[ast.expr]:
    """List what classes name as their `view`."""
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            is_view = isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == "view"
            if is_view and isinstance(part, ast.AnnAssign) and part.value is not None:
                yield part.value


def test_a_study_of_kpis_loads_neither_tables_nor_charts() -> None:
    # pandas takes half a second and 60 MB of every process that simulates.
    script = (
        "import sys; from simulator import replicate; from tests.support.desks import ai_desk\n"
        "replicate(ai_desk(), replications=2, workers=1).estimate('aht')\n"
        "print([name for name in ('pandas', 'matplotlib', 'scipy.stats', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HOUSE.parent)
    assert done.stdout == "[]\n"
