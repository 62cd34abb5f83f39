"""Everything the README shows is run: its commands, its Python, its smallest scenario, and its table of KPIs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import load_scenario, simulate
from simulator.metrics.registry import BY_NAME, HEADLINE, kpi_table
from simulator.shipped import shipped_scenarios
from tests.known_tuning import SMALL

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCENARIOS = shipped_scenarios()


LESS = {
    **dict.fromkeys(("run", "compare", "sweep"), ["--replications", "2"]),
    "staff": ["--set", "weeks=1", "--set", "arrivals.per_week=600", "--replications", "5"],
    "roi": ["--set", "arrivals.per_week=200", "--draws", "16", "--replications", "4", "--stress", "0"],
    "pilot": ["--set", "arrivals.per_week=500", "--replications", "20"],
    "backtest": ["--replications", "19"],
}
"""Small desks and few replications say as much about whether a command works as large ones do."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[list[str]]:
    """List every `ticketflow …` call of the README as words; installation is what CI itself does."""
    calls = [line.rsplit(".venv/bin/ticketflow ", 1)[1] for block in blocks("sh") for line in block.splitlines()
             if ".venv/bin/ticketflow " in line]  # fmt: skip
    import shlex

    return [shlex.split(call, comments=True) for call in calls]


def test_the_readme_shows_the_commands_that_this_test_runs():
    decisions, own = ["tune", "staff", "roi", "pilot"], ["new", "check", "run", "fit", "check", "backtest"]
    wanted = ["run", "compare", "sweep", *decisions, *own]
    assert [words[0] for words in commands()] == wanted


def test_every_command_of_the_readme_works_in_order(tmp_path):
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")  # Commands are given in the project's own folder.
    for words in commands():
        fewer = LESS.get(words[0], [])
        if words[0] == "tune":  # A search over twelve intents takes minutes however few tickets they have.
            (tmp_path / "two_questions.yaml").write_text(json.dumps(SMALL))
            words[1] = "two_questions.yaml"
        done = subprocess.run(
            [sys.executable, "-m", "simulator", *words, *fewer],
            cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}"
    assert (tmp_path / "results/saas-desk-four-week-pilot/report.html").stat().st_size > 100_000
    for study in ("my-desk", "saas-desk-four-week-pilot-compare", "saas-desk-four-week-pilot-sweep"):
        assert (tmp_path / "results" / study / "summary.csv").exists()
    for study, table in (
        ("two-questions-tune", "thresholds.csv"),
        ("outerwear-brand-a-growing-ai-share-staff", "certificate.csv"),
        ("saas-desk-four-week-pilot-roi", "cash_flow.csv"),
        ("saas-desk-four-week-pilot-pilot", "verdict.csv"),
        ("garden-shop-fit", "figures.csv"),
        ("garden-shop-tickets-backtest", "measures.csv"),
    ):
        assert (tmp_path / "results" / study / table).exists()
        assert (tmp_path / "results" / study / "report.html").exists()


def test_the_smallest_scenario_of_the_readme_is_short_and_runs(tmp_path):
    text = blocks("yaml")[0]
    assert len(text.strip().splitlines()) < 25
    file = tmp_path / "small.yaml"
    file.write_text(text)
    run = simulate(load_scenario(file, ["weeks=1"]))
    assert 380 < len(run.customers) < 620
    assert (run.tickets.outcome == "resolved").mean() > 0.9


def test_the_python_of_the_readme_runs(capsys):
    code = blocks("python")[0].replace("replications=4", "replications=2")
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "tickets and .steps are DataFrames" in printed
    assert "automated_resolution" in printed or "Automated resolution" in printed


def test_the_readme_shows_every_headline_kpi_that_its_main_job_has():
    output = blocks("text")[0]
    scenario = load_scenario("saas_pilot")
    assert scenario.name in output
    for name in HEADLINE:
        assert BY_NAME[name].title in output


def test_the_readme_lists_every_kpi_as_the_registry_defines_it():
    assert kpi_table() in README


def test_every_shipped_scenario_is_described_in_the_readme():
    for path in SCENARIOS:
        assert f"`{path.stem}`" in README, f"{path.stem} is not in the README"


@pytest.mark.parametrize("name", re.findall(r"\]\((results/[^)]+)\)", README))
def test_every_picture_and_page_the_readme_points_to_is_there(name):
    assert (ROOT / name).is_file()
