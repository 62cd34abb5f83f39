"""The recipes of CONTRIBUTING.md, applied to a copy of the project: they work, and touch only the files they name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT

GUIDE = ROOT / "CONTRIBUTING.md"
STEP = re.compile(
    r"^(?:In )?`(?P<file>[^`\n]+)`, (?P<how>new|at the end|before|instead of)(?: `(?P<anchor>[^`\n]+)`)?:\n\n"
    r"```python\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COPIED = ("simulator", "scenarios", "tests", "results/README.md", "README.md", "CONTRIBUTING.md", "pyproject.toml")

pytestmark = pytest.mark.slow


def recipe(title: str) -> str:
    """Return the text of a recipe."""
    _, begun, rest = GUIDE.read_text(encoding="utf-8").partition(f"\n### {title}\n")
    assert begun, f"CONTRIBUTING has no recipe “{title}”"
    return re.split(r"^#{2,3} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def named(text: str) -> set[str]:
    """Return the files that a recipe says it touches."""
    line = re.search(r"^Files: .*?\n\n", text, re.DOTALL | re.MULTILINE)
    assert line is not None
    return set(re.findall(r"`([^`]+)`", line[0]))


def files_of(folder: Path) -> dict[str, str]:
    """Return the texts of a project's files by their paths."""
    kept = [path for path in folder.rglob("*") if path.suffix in (".py", ".md", ".yaml", ".toml")]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in kept}


def follow(text: str, project: Path) -> None:
    """Do what a recipe says."""
    steps = list(STEP.finditer(text))
    assert steps
    for step in steps:
        file, anchor = project / step["file"], step["anchor"]
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        assert (step["how"] == "new") == (not before), f"{step['file']} is there, or is not"
        if step["how"] in ("new", "at the end"):
            after = before + step["text"]
        else:
            assert before.count(anchor) == 1, f"{step['file']} has {before.count(anchor)} places like {anchor!r}"
            line = next(line for line in before.splitlines(keepends=True) if anchor in line)
            if step["how"] == "before":
                after = before.replace(line, step["text"] + line, 1)
            else:
                assert not step["text"].count("\n") > 1
                after = before.replace(anchor, step["text"].rstrip("\n"), 1)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(after, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the project, with what Numba compiled of it."""
    for name in COPIED:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, target)
    return tmp_path


def run(project: Path, *words: str) -> str:
    """Run Python in the copy; return what it prints."""
    found = subprocess.run(
        [sys.executable, *words], cwd=project, env={"PYTHONPATH": str(project), "PATH": ""}, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def applied(title: str, project: Path) -> None:
    """Follow a recipe, make the generated files, and see that only what it names has changed."""
    before = files_of(project)
    follow(recipe(title), project)
    run(project, "-m", "tests.tools.update_readme", "--none")
    after = files_of(project)
    assert {name for name in after if after[name] != before.get(name)} == named(recipe(title))


def proved(project: Path, *tests: str) -> None:
    """Run the tests that prove what a recipe adds."""
    assert " passed" in run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_a_kpi_is_added_in_one_place_and_shows_everywhere(project: Path) -> None:
    applied("Add a KPI", project)
    proved(project, "tests/metrics/test_kpis.py", "-k", "test_every_kpi_agrees and pilot and not warm")
    run(project, "-m", "simulator", "run", "outerwear", "--set", "weeks=1", "-n", "2", "--quiet", "--out", "out")
    assert "\ntransfers," in (project / "out/summary.csv").read_text(encoding="utf-8")
    assert "`transfers`" in (project / "results/README.md").read_text(encoding="utf-8")


PRICED = """
from pathlib import Path
import numpy as np
from simulator.metrics.facts import Facts
from simulator.run import simulate
from simulator.studies.roi.business_case import roi
from simulator.studies.tune.stakes import other_cost
from tests.support.desks import pilot_desk

bills, costs = [], []
for price in (0, 0.25):
    desk = pilot_desk(costs={"ai": {"per_handover": price}})
    facts = Facts(simulate(desk))
    costs.append(other_cost(desk, facts.tickets, facts.run.journeys))
    found = roi(desk, Path(f"roi{price}"), draws=2, replications=2, stress=0, workers=1)
    bills.append(found.outlook.central.line("ai_bill").sum())
assert np.allclose(costs[1] - costs[0], 0.25 * facts.ai.handed_over)
assert bills[0] != bills[1]
"""


def test_a_price_raises_the_bill_of_the_run_the_year_and_the_search(project: Path) -> None:
    applied("Add a price", project)
    proved(project, "tests/money/test_money.py::test_each_hand_over_costs_its_price")
    run(project, "-c", PRICED)


def test_a_help_desk_is_recognised_and_its_sample_row_is_read(project: Path) -> None:
    applied("Add a help desk", project)
    proved(project, "tests/calibration/exports/test_vendors.py")


def test_a_scenario_key_takes_effect(project: Path) -> None:
    applied("Add a scenario key", project)
    proved(project, "tests/journeys/test_wrap_up.py")
    assert "`handling.wrap_up`" in (project / "scenarios/REFERENCE.md").read_text(encoding="utf-8")


def test_a_study_runs_from_the_command_line_and_writes_its_page(project: Path) -> None:
    applied("Add a study", project)
    words = ["odds", "outerwear", "--set", "weeks=1", "-n", "3", "--target", "sla_breach<=5%", "--out", "out"]
    assert "SLA breaches at most 5.0% in" in " ".join(run(project, "-m", "simulator", *words).split())
    assert "SLA breaches" in (project / "out/report.html").read_text(encoding="utf-8")
    assert (project / "out/runs.csv").read_text(encoding="utf-8").count("\n") == 4
    assert '"kept"' in run(project, "-m", "simulator", *words, "--json")
    assert "odds" in run(project, "-m", "simulator", "--help")
