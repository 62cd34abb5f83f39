"""The tutorial runs as a script and as a notebook, and says nothing that could go stale."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simulator.base.shipped import shipped_scenarios, tutorial


class Cell(NamedTuple):
    is_markdown: bool
    text: str


def cells() -> list[Cell]:
    """Split the tutorial as Jupyter and VS Code do."""
    parts = re.split(r"^# %%", tutorial().read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[0] == ""
    found = []
    for part in parts[1:]:
        kind, _, text = part.partition("\n")
        assert kind in ("", " [markdown]")
        found.append(Cell(kind == " [markdown]", text.strip()))
    return found


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Any], str]:
    """Run all cells in a folder of their own: names, what each cell shows, and what was printed."""
    names: dict[str, Any] = {}
    shown: list[Any] = []
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setenv("MPLBACKEND", "Agg")
        patch.chdir(tmp_path_factory.mktemp("session"))
        for cell in cells():
            if cell.is_markdown:
                continue
            *body, last = ast.parse(cell.text).body
            ends_in_a_value = isinstance(last, ast.Expr) and not ast.unparse(last).startswith("print(")
            rest = body if ends_in_a_value else [*body, last]
            exec(compile(ast.Module(rest, []), "tutorial.py", "exec"), names)
            if isinstance(last, ast.Expr) and ends_in_a_value:
                shown.append(eval(compile(ast.Expression(last.value), "tutorial.py", "eval"), names))
        assert not list(Path.cwd().iterdir())  # It leaves nothing behind.
    return names, shown, printed.getvalue()


def test_markdown_cells_are_comments_and_explain_each_step() -> None:
    told = [cell.text for cell in cells() if cell.is_markdown]
    assert len(told) >= 10
    for text in told:
        assert all(line == "#" or line.startswith("# ") for line in text.splitlines())


def test_no_result_is_typed_into_prose() -> None:
    for cell in cells():
        if cell.is_markdown:
            prose = re.sub(r"`[^`]*`", "", cell.text).replace("95 %", "")
            assert not re.search(r"\d", prose), prose


@pytest.mark.slow
def test_what_cells_end_in_shows_itself(session: tuple[dict[str, Any], list[Any], str]) -> None:
    _, shown, _ = session
    assert len(shown) >= 7
    for item in shown:
        assert hasattr(item, "_repr_html_") or hasattr(item, "_repr_png_"), type(item)


@pytest.mark.slow
def test_each_cell_prints_what_its_text_promises(session: tuple[dict[str, Any], list[Any], str]) -> None:
    names, _, printed = session
    assert "scenario: weeks is -2; must be a whole number from 1 to" in printed
    life = names["life"]
    assert life.kind.iloc[0] == "classify"
    assert {"answer", "touch"} <= set(life.kind)
    assert (life.ticket == names["ticket"]).all()
    assert names["study"].spelled("sla_breach") in printed
    for variant in names["swept"].variants:
        assert f"{variant.name} costs {names['swept'].studies[variant.name].spelled('cost_total')}" in printed
    clear = [one for one in names["compared"].differences if one.is_clear]
    assert clear
    for one in clear:
        assert f"{one.variant}: {one.kpi} " in printed
    assert names["flow"].get_suptitle() in printed


@pytest.mark.slow
def test_the_replications_of_a_comparison_are_those_of_the_study_before(
    session: tuple[dict[str, Any], list[Any], str],
) -> None:
    # The tutorial compares variants with `study`, so both must be the same desk on the same customers.
    names, _, _ = session
    for kpi in names["compared"].kpis:
        assert names["study"].estimate(kpi).mean == names["compared"].reference.estimate(kpi).mean


def test_the_tutorial_lies_beside_the_scenarios_and_is_none_of_them() -> None:
    assert tutorial().is_file()
    assert tutorial().parent == shipped_scenarios()[0].parent
    assert {path.suffix for path in shipped_scenarios()} == {".yaml"}
