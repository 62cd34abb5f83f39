"""What `-m "not slow"` leaves out is marked where it stands, and every room keeps tests that are quick."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = sorted({path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "simulator").rglob("*.py")})
"""Folders of the package that hold code."""


def quick_tests(tree: ast.Module) -> list[str]:
    """Name the tests of a module that are not marked slow; a module may be marked as a whole."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark" and is_slow(node.value):
            return []
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not any(is_slow(mark) for mark in node.decorator_list)
    ]


def is_slow(mark: ast.expr) -> bool:
    return "pytest.mark.slow" in ast.unparse(mark) and "parametrize" not in ast.unparse(mark)


def imported(tree: ast.Module) -> set[str]:
    """Name the rooms that a module imports something from, as folders; the front door is no room."""
    found = set()
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = ROOT.joinpath(*name.split("."))
            found.add((place if place.is_dir() else place.parent).relative_to(ROOT).as_posix())
    return found


@pytest.fixture(scope="module")
def tested_quickly() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    return set().union(*(imported(tree) for tree in trees if quick_tests(tree)))


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_quick_tests(room: str, tested_quickly: set[str]) -> None:
    assert room in tested_quickly


def test_a_marked_test_is_not_counted() -> None:
    tree = ast.parse("@pytest.mark.slow\ndef test_one(): ...\ndef test_other(): ...")
    assert quick_tests(tree) == ["test_other"]
    assert quick_tests(ast.parse("pytestmark = [pytest.mark.slow]\ndef test_one(): ...")) == []
