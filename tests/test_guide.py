"""The guide for contributors names what there is: rooms in their order, rules in their files, paths that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, ROOT
from tests.test_import_direction import ROOMS
from tests.tools import draw_house

GUIDE = ROOT / "CONTRIBUTING.md"
RULES = re.findall(r"^\| [^|]+ \| `([^`|]+)` \| `(\w+)` \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
PATH = re.compile(r"`((?:simulator|tests|scenarios|results)/[\w./*-]*[\w/])`")
WRITTEN = ("results/saas-", "results/outerwear-", "results/precise")
"""Folders that commands write."""


def test_the_picture_shows_the_rooms_in_import_order() -> None:
    assert tuple(room.name for room in draw_house.ROOMS) == tuple(name for name in ROOMS if name != "__main__")
    picture = draw_house.PICTURE.read_text(encoding="utf-8")
    shown = re.findall(r'class="room">([^<]+)<', picture)
    assert shown == [room.name for room in reversed(draw_house.ROOMS)]
    for room in draw_house.ROOMS:
        assert room.hands_up in picture


def test_the_picture_has_about_the_sizes_that_rooms_have() -> None:
    written = re.findall(r">([\d,]+) lines<", draw_house.PICTURE.read_text(encoding="utf-8"))
    told = [int(text.replace(",", "")) for text in written]
    sizes = [draw_house.lines_of(room.name) for room in reversed(draw_house.ROOMS)]
    assert told == pytest.approx(sizes, rel=0.25, abs=100), "draw it again: python -m tests.tools.draw_house"


def test_rules_are_listed() -> None:
    assert len(RULES) > 30


@pytest.mark.parametrize(("file", "name"), RULES, ids=[name for _, name in RULES])
def test_each_rule_is_where_the_guide_says(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    assert name in found


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    made = re.findall(r"^`([^`\n]+)`, new:$", document.read_text(encoding="utf-8"), re.MULTILINE)
    for path in PATH.findall(document.read_text(encoding="utf-8")):
        if not path.startswith(WRITTEN) and path not in made:
            assert list(ROOT.glob(path)), f"{document.name} names {path}"
