"""The report: one safe file whose charts say what the study says."""

import ast
import re
from pathlib import Path

import pytest

from simulator.base.stats import Estimate
from simulator.metrics.registry import BY_NAME
from simulator.report import words
from simulator.report.charts import theme
from simulator.report.charts.theme import title_of
from simulator.report.render.html import page_html, write_page
from simulator.report.run import sentences
from simulator.report.run.in_force import in_force
from simulator.report.run.view import page_of
from simulator.scenario import scenario_from
from simulator.studies.running.batch import replicate
from tests.support.pages import outer_references, read

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert(1)</script> $x_{1}$ & \"a\""


def desk(**changes):
    """Give a small desk with AI, CSAT, targets and costs."""
    data = {
        "name": "Small desk",
        "description": "Does it pay?",
        "start": "2026-03-02",
        "weeks": 2,
        "arrivals": {"per_week": 120},
        "intents": {
            "how_to": {"share": 0.6, "handle": "10m"},
            "refund": {"share": 0.4, "handle": "14m"},
        },
        "ai": {
            "answer": {"confidence": {"mean": 0.85, "concentration": 8}},
            "after_wrong": {"noticed": 0.5, "returns": 0.35, "lost": 0.15, "delay": "1d"},
        },
        "policy": {"answer_threshold": 0.8},
        "teams": {"care": {"shifts": [{"days": "mon-sun", "start": "08:00", "end": "18:00", "agents": 2}]}},
        "sla": {"first_response": {"default": "2h"}},
        "csat": {"human_mean": 4.3},
        "costs": {"agent_per_hour": 25, "ai": {"per_resolution": 0.99}},
        "pilot": {"qa_sample_per_week": 20},
    }
    data.update(changes)
    return scenario_from({key: value for key, value in data.items() if value is not None})


@pytest.fixture(scope="module")
def study():
    return replicate(desk(), replications=3, workers=1)


@pytest.fixture(scope="module")
def page(study):
    return page_html(page_of(study, warnings=["queue <b> is long"]))


@pytest.fixture(scope="module")
def charts(study):
    return list(page_of(study).charts)


@pytest.fixture(scope="module")
def without_ai():
    return replicate(desk(ai=None, policy=None, pilot=None), replications=2, workers=1)


def test_page_is_balanced_and_its_ids_are_unique(page):
    reader = read(page)
    assert len(reader.ids) == len(set(reader.ids))
    targets = {value[1:] for _, name, value in reader.attributes if name == "href" and value.startswith("#")}
    assert targets <= set(reader.ids)


def test_page_loads_nothing_from_outside_and_runs_its_own_script_only(page):
    assert outer_references(page) == []
    injected = page.replace("</main>", "<script>alert(1)</script><img src=http://x/y></main>")
    assert len(outer_references(injected)) == 3


def test_every_chart_has_alternative_text(page, charts):
    keys = [chart.key for chart in charts]
    assert keys == ["flow", "backlog", "days", "sla", "csat", "costs", "agents", "weeks", "hardest"]
    roles = [value for tag, name, value in read(page).attributes if (tag, name) == ("svg", "role")]
    assert roles == ["img"] * len(keys)
    for key in keys:
        assert re.search(rf'<title id="{key}-title">[^<]{{30,}}</title>', page)


def test_colours_of_inline_charts_follow_the_page(page):
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert not re.search(r"#[0-9a-f]{6}\b", svg)
        assert "var(--ink)" in svg


def test_titles_state_the_figures_of_the_study(study, charts):
    titles = {chart.key: title_of(chart.figure) for chart in charts}
    stated = {
        "backlog": ["backlog_mean"],
        "days": ["backlog_end"],
        "sla": ["sla_breach"],
        "csat": ["csat_mean"],
        "costs": ["cost_total"],
        "agents": ["occupancy"],
    }
    for key, names in stated.items():
        for name in names:
            assert study.spelled(name).replace("-", "−") in titles[key]
    arrived = sum(sum(n for (a, _), n in run.arm.flow.items() if a == "Arrived") for run in study.results)
    solved = sum(run.arm.flow.get(("AI replies", "Resolved by AI"), 0) for run in study.results)
    stated_share = float(re.search(r"resolves ([\d.]+)%", titles["flow"])[1])
    assert stated_share == pytest.approx(100 * solved / arrived, abs=0.6)
    last = study.group_values("week", "automated_resolution")["week 2"].mean
    assert BY_NAME["automated_resolution"].format(last) in titles["weeks"]
    hardest = study.group_values("difficulty", "aht")["hardest tenth"].mean
    assert BY_NAME["aht"].format(hardest) in titles["hardest"]


@pytest.mark.slow
def test_names_from_the_scenario_are_only_text(without_ai):
    intents = {HOSTILE: {"share": 0.5, "handle": "9m"}, "n" * 80: {"share": 0.5, "handle": "9m"}}
    shifts = [{"days": "mon-sun", "start": "08:00", "end": "18:00", "agents": 2}]
    teams = {"<img onerror>": {"serves": ["<q>"], "shifts": shifts}}
    for intent in intents.values():
        intent["queue"] = "<q>"
    name = "=cmd() </title><script>alert(2)</script>\x07"
    hostile = desk(name=name, description="</p><b onclick=x>", intents=intents, teams=teams)
    found = replicate(hostile, replications=1, workers=1)
    html = page_html(page_of(found, warnings=["<script>alert(3)</script>"]))
    reader = read(html)
    assert not {"b", "img", "q"} & set(reader.tags)
    assert outer_references(html) == []
    assert "&lt;script&gt;alert(1)" in html
    assert "\x07" not in html


@pytest.mark.slow
def test_a_desk_without_ai_has_a_report(without_ai):
    html = page_html(page_of(without_ai))
    read(html)
    keys = {chart.key for chart in page_of(without_ai).charts}
    assert "csat" not in keys
    assert {"flow", "backlog", "sla", "costs", "agents", "weeks", "hardest"} <= keys
    assert "people alone handle" in html
    assert "AI off</th>" not in html


@pytest.mark.slow
def test_a_bare_desk_of_one_week_has_a_report():
    bare = desk(ai=None, policy=None, pilot=None, csat=None, costs=None, sla=None, weeks=1)
    found = replicate(bare, replications=1, workers=1)
    read(page_html(page_of(found)))
    assert {chart.key for chart in page_of(found).charts} == {"flow", "backlog", "agents", "hardest"}


@pytest.mark.slow
def test_one_replication_claims_no_interval():
    found = replicate(desk(), replications=1, workers=1)
    html = page_html(page_of(found))
    read(html)
    assert "This is a single run" in html
    assert "nan" not in re.sub(r"<[^>]*>", "", html)
    assert not re.search(r"better</span>|worse</span>", html)


@pytest.mark.slow
def test_figures_are_saved_in_order(study, tmp_path, monkeypatch):
    monkeypatch.setattr(theme, "DPI", 30)
    page = page_of(study)
    write_page(page, tmp_path)
    files = sorted((tmp_path / "figures").iterdir())
    assert [re.sub(r"^\d\d_", "", file.stem) for file in files] == [
        "ticket_flow", "backlog_by_hour", "backlog_by_day", "sla_breaches", "csat", "costs", "agents", "week_by_week",
        "hardest_tenth",
    ]  # fmt: skip
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page_html(page_of(study))


@pytest.mark.parametrize(
    ("kpi", "low", "high", "said"),
    [
        ("sla_breach", -0.03, -0.01, "better"),
        ("sla_breach", 0.01, 0.03, "worse"),
        ("csat_mean", -0.1, 0.2, "no clear difference"),
        ("occupancy", 0.1, 0.2, "higher"),
        ("tickets", 0.0, 0.0, "unchanged"),
        ("aht", float("nan"), float("nan"), "one run, no interval"),
    ],
)
def test_verdicts_follow_the_interval(kpi, low, high, said):
    many = low == low
    found = Estimate((low + high) / 2 if many else 1.0, low, high, 5 if many else 1)
    assert words.verdict(BY_NAME[kpi], found) == said


@pytest.mark.slow
def test_only_the_report_imports_matplotlib_and_only_when_it_draws():
    for file in (ROOT / "simulator").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        at_top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.startswith("matplotlib") for name in names):
                assert file.is_relative_to(ROOT / "simulator" / "report"), file
                assert id(node) not in at_top, file
                assert "matplotlib.pyplot" not in names


@pytest.mark.slow
def test_a_run_asks_what_it_answers_and_says_what_was_in_force(page, without_ai):
    text = " ".join(read(page).text.split())
    assert "What does this desk do with the AI, against the same weeks without it?" in text
    assert "Asked Does it pay?" not in text
    assert "Does it pay?" in text
    assert "The AI answers from a confidence of 0.80. Agents by shift: care 2." in text
    bare = read(page_html(page_of(without_ai))).text
    assert "What does this desk do?" in bare
    assert "The AI answers from" not in bare


def test_what_is_in_force_differs_by_phase():
    phases = [
        {"name": "watch", "from_week": 1, "mode": "shadow"},
        {"name": "go", "from_week": 2, "mode": "auto", "intents": {"refund": {"answer_threshold": 0.9}}},
    ]
    hours = [{"start": f"{hour:02}:00", "end": f"{hour + 1:02}:00"} for hour in range(7)]
    shifts = [{"days": "mon-sun", "agents": 1, **hour} for hour in hours]
    found = in_force(desk(policy={"answer_threshold": 0.8, "phases": phases}, teams={"care": {"shifts": shifts}}))
    assert found == (
        "The AI answers from a confidence of 0.80 to 0.90 in “go” (week 2); in “watch” (week 1) it answers nothing by "
        "itself. "
        "Agents by shift: care 1, 1, 1, 1, 1, … in 7 shifts."
    )
    round_the_clock = desk(policy={"mode": "assist"}, teams={"care": {"agents": 3}})
    assert in_force(round_the_clock) == "The AI answers nothing by itself. Agents by shift: care 3 round the clock."


def test_the_ledger_of_a_report_has_units(page):
    text = " ".join(read(page).text.replace("\u200b", "").split())
    assert re.search(r"intents\.how_to\.handle\.(mean|value) ?10m", text)
    assert re.search(r"costs\.agent_per_hour ?25 USD", text)


def test_the_roster_that_the_desk_without_ai_keeps_is_said_plainly():
    study = replicate(desk(baseline={"teams.care.shifts[0].agents": 3}), replications=2, workers=1)
    assert "The desk without AI keeps today's roster (`baseline` in the scenario)." in sentences.how_sure(study)
