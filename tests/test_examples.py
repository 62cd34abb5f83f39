"""Everything the documents show is run or generated: commands, output, Python, the smallest scenario, tables, links."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import load_scenario, simulate
from simulator.base.shipped import shipped_scenarios, shipped_what_ifs
from simulator.metrics.registry import BY_NAME, HEADLINE, kpi_table
from tests.support.documents import (
    DOCUMENTS,
    EXCERPTS,
    GALLERY,
    README,
    ROOT,
    anchors,
    blocks,
    commands,
    excerpt,
    links,
    outputs,
    with_outputs,
)
from tests.support.known_tuning import SMALL

TEXT = README.read_text(encoding="utf-8")

LESS = {
    "staff": ["--set", "weeks=1", "--set", "arrivals.per_week=600", "--replications", "5"],
    "roi": ["--set", "arrivals.per_week=200", "--draws", "16", "--replications", "4", "--stress", "0"],
    "pilot": ["--set", "arrivals.per_week=500", "--replications", "20"],
}
"""What takes minutes: small desks and few replications say as much about whether a command works as large ones do."""
AS_SHOWN = ("run", "sweep", "compare", "fit", "backtest")
"""Commands that are quick enough to be run as they stand, so that what they print can be held against the README."""


LEAVES: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("run", "saas_pilot"): ("saas-desk-four-week-pilot", ("summary.csv",)),
    ("run", "my_desk.yaml"): ("my-desk", ("summary.csv",)),
    ("tune", "two_questions.yaml"): ("two-questions-tune", ("thresholds.csv",)),
    ("sweep", "saas_pilot"): ("saas-desk-four-week-pilot-sweep", ("summary.csv",)),
    ("compare", "saas_pilot"): ("saas-desk-four-week-pilot-compare", ("summary.csv",)),
    ("staff", "outerwear"): ("outerwear-brand-a-growing-ai-share-staff", ("certificate.csv",)),
    ("roi", "saas_pilot"): ("saas-desk-four-week-pilot-roi", ("cash_flow.csv",)),
    ("pilot", "saas_pilot"): ("saas-desk-four-week-pilot-pilot", ("verdict.csv",)),
    ("fit", "scenarios/exports/garden_shop_tickets.csv.gz"): ("garden-shop-fit", ("figures.csv",)),
    ("backtest", "scenarios/exports/garden_shop_tickets.csv.gz"): ("garden-shop-tickets-backtest", ("measures.csv",)),
}
"""What each command leaves in its folder of results, beside the report."""


def test_the_readme_shows_the_commands_that_this_test_runs():
    recipes = ["tune", "sweep", "compare", "staff", "roi", "pilot", "fit", "check", "backtest"]
    assert [words[0] for words in commands(TEXT)] == ["run", *recipes, "new", "check", "run"]


def chains() -> list[list[list[str]]]:
    """Group the README's commands: one that names a file that an earlier one wrote comes after it, in one folder."""
    found: list[list[list[str]]] = []
    for words in commands(TEXT):
        chain = next((chain for chain in found if any(file in words for file in written(chain))), None)
        if chain is None:
            found.append([words])
        else:
            chain.append(words)
    return found


def written(chain: list[list[str]]) -> set[str]:
    """List the scenario files that commands write beside their results."""
    outs = {words[words.index("--out") + 1] for words in chain if "--out" in words}
    return outs | {f"{words[1].replace(' ', '_')}.yaml" for words in chain if words[0] == "new"}


def test_commands_that_build_on_each_other_are_run_in_one_folder():
    found = [[words[0] for words in chain] for chain in chains()]
    assert ["fit", "check"] in found
    assert ["new", "check", "run"] in found
    assert sum(map(len, found)) == len(commands(TEXT))


@pytest.mark.slow
@pytest.mark.parametrize("chain", chains(), ids=lambda chain: "-".join(words[0] for words in chain))
def test_every_command_of_the_readme_works_in_order_and_prints_what_is_shown(tmp_path, chain):
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")  # Commands are given in the project's own folder.
    shown = outputs(TEXT)
    for words in chain:
        name, words = words[0], list(words)
        fewer = ["--replications", "2"] if words[:2] == ["run", "my_desk.yaml"] else LESS.get(name, [])
        if name == "tune":  # A search over twelve intents takes minutes however few tickets they have.
            (tmp_path / "two_questions.yaml").write_text(json.dumps(SMALL))
            words[1] = "two_questions.yaml"
        done = subprocess.run(
            [sys.executable, "-m", "simulator", *words, *fewer],
            cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path),
                               "PYTHONUNBUFFERED": "1", "COLUMNS": "80"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}"
        if name in AS_SHOWN and name in shown and words[:2] != ["run", "my_desk.yaml"]:
            assert_same_output(excerpt(name, done.stdout), shown[name])
        if (name, words[1]) in LEAVES:
            folder, tables = LEAVES[name, words[1]]
            for file in (*tables, "report.html"):
                assert (tmp_path / "results" / folder / file).stat().st_size > (100_000 if file == "report.html" else 0)


def assert_same_output(found: str, shown: str) -> None:
    """Hold words to be equal and figures nearly so: a processor may round the last digit otherwise."""
    number = re.compile(r"\d[\d,]*(?:\.\d+)?")
    assert number.sub("#", " ".join(found.split())) == number.sub("#", " ".join(shown.split()))
    for here, there in zip(number.findall(found), number.findall(shown), strict=True):
        last_digit = 10.0 ** -len(there.partition(".")[2])
        one, other = float(here.replace(",", "")), float(there.replace(",", ""))
        assert abs(one - other) <= max(1.01 * last_digit, 0.005 * other), f"{here} where the README has {there}"


def test_output_that_differs_in_a_word_or_beyond_rounding_is_noticed():
    assert_same_output("cost  $1,002.4", "cost\n$1,002.5")
    with pytest.raises(AssertionError):
        assert_same_output("cost $1,002.4", "costs $1,002.4")
    with pytest.raises(AssertionError, match="950 where the README has 1,002"):
        assert_same_output("cost $950", "cost $1,002")


def test_every_output_that_the_readme_shows_comes_from_a_command_that_it_shows():
    assert len(blocks(TEXT, "text")) == len(outputs(TEXT))
    assert set(outputs(TEXT)) == set(EXCERPTS) <= {words[0] for words in commands(TEXT)}
    assert {command for command, _ in GALLERY.values()} <= set(EXCERPTS)
    for name, shown in outputs(TEXT).items():
        assert len(shown.splitlines()) >= 2, f"{name} has no output; run tests/tools/update_readme.py"


def test_an_output_is_cut_to_its_passages_and_a_lost_passage_is_told():
    printed = "A: Does it?\n\nOver 12 months the AI  \nreturns 1; saved when shifts change.\nMore.\n"
    text = "<!-- output: roi -->\n```text\nold\n```\n"
    assert outputs(with_outputs(text, {"roi": printed})) == {
        "roi": "Over 12 months the AI\nreturns 1; saved when shifts change.\n"
    }
    with pytest.raises(ValueError, match="the output of roi has no passage like Over 12 months"):
        with_outputs(text, {"roi": "Over 11 months"})


def test_the_smallest_scenario_of_the_readme_is_short_and_runs(tmp_path):
    text = blocks(TEXT, "yaml")[0]
    assert len(text.strip().splitlines()) < 25
    file = tmp_path / "small.yaml"
    file.write_text(text)
    run = simulate(load_scenario(file, ["weeks=1"]))
    assert 380 < len(run.customers) < 620
    assert (run.tickets.outcome == "resolved").mean() > 0.9


@pytest.mark.slow
def test_the_python_of_the_readme_runs(capsys):
    code = blocks(TEXT, "python")[0].replace("replications=4", "replications=2")
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "tickets and .steps are DataFrames" in printed
    assert "automated_resolution" in printed or "Automated resolution" in printed


def test_the_readme_shows_every_headline_kpi_that_its_main_job_has():
    output = outputs(TEXT)["run"]
    assert load_scenario("saas_pilot").name in output
    for name in HEADLINE:
        assert BY_NAME[name].title in output


def test_the_results_page_lists_every_kpi_as_the_registry_defines_it():
    assert kpi_table() in (ROOT / "results/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*shipped_scenarios(), *shipped_what_ifs()], ids=lambda path: path.stem)
def test_every_shipped_scenario_and_what_if_is_described(path: Path):
    assert f"`{path.stem}`" in (ROOT / "scenarios/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted((ROOT / "results/validation").glob("*.md")), ids=lambda page: page.stem)
def test_every_validation_is_pointed_to_where_trust_is_discussed(page: Path):
    assert f"(validation/{page.name})" in (ROOT / "results/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(document: Path):
    text = document.read_text(encoding="utf-8")
    assert links(text)
    for link in links(text):
        file, _, heading = link.partition("#")
        target = (document.parent / file) if file else document
        assert target.is_file(), f"{document.name}: {link}"
        assert not heading or heading in anchors(target.read_text(encoding="utf-8")), f"{document.name}: {link}"
