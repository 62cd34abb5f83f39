"""Variants as the command line takes them: ranges, lists, named changes, what-if files, and what is wrong with them."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.errors import ScenarioError, SimulatorError, StudyError
from simulator.base.shipped import shipped_what_ifs
from simulator.run import simulate
from simulator.scenario import load_scenario, override
from simulator.scenario.document import overlap
from simulator.scenario.what_ifs import read_what_if
from simulator.studies.compare.alternatives import meets_same_customers, split_outside, variants_of
from simulator.studies.running.variants import AS_IS
from simulator.studies.sweep.grid import grid, read_axes, with_reference
from tests.support.desks import pilot_desk

VARY = "such as policy.answer_threshold=0.7:0.9:0.05 or policy.answer_threshold=0.7,0.8"
RANGE = "must be start:stop:step, three numbers in one unit such as 0.7:0.9:0.05 or 5m:15m:5m"


def values(text: str) -> tuple[str, ...]:
    (axis,) = read_axes([f"p={text}"])
    return axis.values


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "desk.yaml"
    path.write_text(
        "name: desk\nstart: 2026-03-02\nweeks: 1\narrivals: {per_week: 50}\n"
        "intents: {a: {share: 50%, handle: 5m}, b: {share: 50%, handle: 5m}}\nteams: {care: {agents: 1}}\n"
    )
    return path


# -- ranges and lists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.5:0.95:0.05", ["0.5", "0.55", "0.6", "0.65", "0.7", "0.75", "0.8", "0.85", "0.9", "0.95"]),
        ("0.1:0.3:0.1", ["0.1", "0.2", "0.3"]),
        ("1:5:2", ["1", "3", "5"]),
        ("-1:1:1", ["-1", "0", "1"]),
        ("10:30:10", ["10", "20", "30"]),
        ("3:3:1", ["3"]),
        ("5m:15m:5m", ["5m", "10m", "15m"]),
        ("70%:80%:2.5%", ["70%", "72.5%", "75%", "77.5%", "80%"]),
        ("auto,off", ["auto", "off"]),
        ("08:00,09:30", ["08:00", "09:30"]),
        ("[1,2],[3,4]", ["[1,2]", "[3,4]"]),
        ('"a,b",c', ['"a,b"', "c"]),
        ("{a: 1, b: 2},{a: 2, b: 1}", ["{a: 1, b: 2}", "{a: 2, b: 1}"]),
    ],
)
def test_values_are_listed(text, found):
    assert list(values(text)) == found


@given(st.integers(-500, 500), st.integers(0, 60), st.integers(1, 99), st.integers(0, 4))
def test_ranges_are_exact_and_hold_their_stop(start, steps, step, places):
    first, stride = Decimal(start).scaleb(-places), Decimal(step).scaleb(-places)
    found = [Decimal(value) for value in values(f"{first:f}:{first + steps * stride:f}:{stride:f}")]
    assert found == [first + number * stride for number in range(steps + 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("p", f"--vary p: has no =; must be path=start:stop:step or path=a,b,c, {VARY}"),
        ("=1,2", "--vary =1,2: is no path; must be a path such as teams.tier1.shifts[0].agents"),
        ("p=", f"--vary p=: p has no values; must have some, {VARY}"),
        ("p=1:3:0", "--vary p=1:3:0: p has the step 0; must be above 0"),
        ("p=1:3:-1", "--vary p=1:3:-1: p has the step -1; must be above 0"),
        ("p=3:1:1", "--vary p=3:1:1: p stops at 1, before its start 3; must stop at or after it"),
        ("p=0.5:0.9:0.3",
         "--vary p=0.5:0.9:0.3: p does not reach its stop 0.9: the steps give 0.5, 0.8; must reach it, so stop at 0.8"
         " or take another step"),
        ("p=1m:20m:2m",
         "--vary p=1m:20m:2m: p does not reach its stop 20m: the steps give 1m, 3m, 5m, 7m, 9m, 11m, …, 19m; must reach"
         " it, so stop at 19m or take another step"),
        ("p=a:b:c", f"--vary p=a:b:c: p has a in its range; {RANGE}"),
        ("p=1::1", f"--vary p=1::1: p has nothing in its range; {RANGE}"),
        ("p=1:2m:1", f"--vary p=1:2m:1: p mixes units in its range ('', 'm'); {RANGE}"),
        ("p=1,,2", "--vary p=1,,2: p has an empty value between commas; must have a value, so fill or drop it"),
        ("p=0.8,0.80", "--vary p=0.8,0.80: p has the value 0.80 twice; must have it once"),
        (
            "p=0:1:0.00001",
            "--vary p=0:1:0.00001: p has 100,001 values; must have 10,000 or fewer, so take a longer step",
        ),
        (
            "p=0:1:0.00000000000000001",
            "--vary p=0:1:0.00000000000000001: p has a number of 19 digits in its range; must have 15 or fewer",
        ),
    ],
)  # fmt: skip
def test_wrong_values_are_refused(text, told):
    with pytest.raises(ScenarioError) as caught:
        read_axes([text])
    assert str(caught.value) == told


def test_every_wrong_vary_is_told_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_axes(["p=3:1:1", "q", "a.b=1,2", "a.b=3,4"])
    assert [problem.where for problem in caught.value.problems] == ["--vary p=3:1:1", "--vary q", "--vary a.b=3,4"]
    assert str(caught.value.problems[2]) == (
        "--vary a.b=3,4: a.b is varied twice; must be varied once, so give all its values in one --vary"
    )


def test_inputs_that_hold_each_other_are_not_varied_together():
    with pytest.raises(ScenarioError) as caught:
        read_axes(["policy.answer_threshold=0.6,0.7", "policy={mode: auto},{mode: off}"])
    assert str(caught.value) == (
        "--vary policy={mode: auto},{mode: off}: policy holds policy.answer_threshold, which is changed, too; must be"
        " changed once, so drop one"
    )


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), st.lists(st.sampled_from("abc"), max_size=4))
def test_paths_overlap_where_one_begins_the_other(one, more):
    assert overlap(".".join(one), [".".join([*one, *more])]) is not None
    assert overlap(".".join([*one, "x"]), [".".join([*one, "y", *more])]) is None
    assert overlap("".join(one), ["".join([*one, *more]) + "d"]) is None


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], f"ticketflow: a sweep varies something; give --vary, such as --vary {VARY.removeprefix('such as ')}"),
        (
            ["a=1:200:1", "b=1:200:1"],
            "ticketflow: the grid has 40,000 cells; must have 10,000 or fewer, so take fewer values",
        ),
    ],
)
def test_a_grid_has_a_sensible_size(texts, told):
    with pytest.raises(SimulatorError) as caught:
        read_axes(texts)
    assert str(caught.value) == told


def test_a_grid_is_full_and_in_order():
    desk = pilot_desk()
    cells = grid(desk, read_axes(["policy.route_threshold=0.7,0.8", "teams.money.shifts[0].agents=1:3:1"]))
    assert [cell.name for cell in cells] == [
        f"policy.route_threshold={threshold}, teams.money.shifts[0].agents={agents}"
        for threshold in ("0.7", "0.8")
        for agents in (1, 2, 3)
    ]
    last = cells[-1]
    assert last.settings == (("policy.route_threshold", "0.8"), ("teams.money.shifts[0].agents", "3"))
    assert float(last.scenario.policy.route_threshold) == 0.8
    assert [float(agents) for agents in last.scenario.teams["money"].shifts[0].agents] == [3.0]
    assert all(cell.base is desk for cell in cells)


def test_refused_values_are_told_for_every_vary_once():
    texts = ["weeks=-1:1:1", "polcy.mode=auto,off", "arrivals.per_week=5,-4"]
    with pytest.raises(ScenarioError) as caught:
        grid(pilot_desk(), read_axes(texts))
    assert sorted(str(caught.value).splitlines()) == [
        "--vary arrivals.per_week=5,-4: arrivals.per_week is -4; must be a number, 0 or more",
        "--vary polcy.mode=auto,off: polcy is not a known key; did you mean policy?",
        "--vary weeks=-1:1:1: weeks is -1; must be a whole number from 1 to 520",
        "--vary weeks=-1:1:1: weeks is 0; must be a whole number from 1 to 520",
    ]


def test_values_that_do_not_go_together_are_told_with_the_cell():
    with pytest.raises(ScenarioError) as caught:
        grid(pilot_desk(), read_axes(["tiers.plus.share=0.2,0.3", "tiers.vip.share=0.1,0.2"]))
    assert [problem.where for problem in caught.value.problems] == [
        "--vary tiers.plus.share=0.2 --vary tiers.vip.share=0.2",
        "--vary tiers.plus.share=0.3 --vary tiers.vip.share=0.1",
        "--vary tiers.plus.share=0.3 --vary tiers.vip.share=0.2",
    ]
    assert caught.value.problems[0].message == "has shares that sum to 110%; must sum to 100%"


def test_very_many_refused_values_are_counted():
    with pytest.raises(ScenarioError) as caught:
        grid(pilot_desk(), read_axes(["arrivals.per_week=-60:-1:1"]))
    assert len(caught.value.problems) == 21
    assert str(caught.value.problems[-1]) == "--vary: 40 more problems of this kind are not listed"


def test_the_scenario_as_it_is_comes_first_and_only_once():
    desk = pilot_desk()
    cells = grid(desk, read_axes(["policy.route_threshold=0.7,0.8,0.9"]))
    variants, name = with_reference(desk, cells)
    assert (name, [variant.name for variant in variants]) == (
        "policy.route_threshold=0.8", [f"policy.route_threshold={value}" for value in (0.8, 0.7, 0.9)]
    )  # fmt: skip
    variants, name = with_reference(override(desk, {"policy.route_threshold": 0.5}), cells)
    assert (name, len(variants)) == (AS_IS, 4)
    assert float(variants[0].scenario.policy.route_threshold) == 0.5


def test_a_replayed_scenario_is_recognised_as_it_is(file, tmp_path):
    (tmp_path / "log.csv").write_text("at\n2026-03-02 09:00\n2026-03-02 10:00\n")
    replayed = file.read_text().replace("{per_week: 50}", "{replay: {file: log.csv, time: at}}")
    (tmp_path / "replayed.yaml").write_text(replayed)
    desk = load_scenario(tmp_path / "replayed.yaml")
    cells = grid(desk, read_axes(["teams.care.agents=1,2"]))
    variants, name = with_reference(desk, cells)
    assert (name, len(variants)) == (cells[0].name, 2)


def test_amounts_in_two_currencies_are_refused(tmp_path):
    told = (
        "ticketflow: costs.currency is USD in 'as is', EUR in 'eur'; must be one, so convert the amounts of one to the"
        " other's currency"
    )
    with pytest.raises(StudyError) as caught:
        variants_of(["saas_pilot"], [], ["eur:costs.currency=EUR"])
    assert str(caught.value) == told
    desk = load_scenario("saas_pilot")
    with pytest.raises(StudyError, match="costs.currency is USD in 'as is', EUR in 'costs.currency=EUR'; must be one"):
        with_reference(desk, grid(desk, read_axes(["costs.currency=EUR"])))


# -- --variant -------------------------------------------------------------------------------------------------


def test_variants_are_changes_with_a_name(file):
    late = "late:teams.care={serves: [care], shifts: [{days: daily, start: '08:00', end: '12:00', agents: 1}]}"
    texts = ["a b, c:weeks=2,drain=1d", "teams.care.agents=2", "mix:intents.a.share=0.3,intents.b.share=0.7", late]
    shares = ["intents.a.queue=care", "intents.b.queue=care"]
    found, warnings = variants_of([file], [*shares, "teams.care.serves=[care]"], texts)
    assert [variant.name for variant in found] == [AS_IS, "a b, c", "teams.care.agents=2", "mix", "late"]
    assert found[1].settings == (("weeks", "2"), ("drain", "1d"))
    assert int(found[1].scenario.weeks) == 2
    assert float(found[3].scenario.intents["b"].share) == 0.7
    assert not warnings
    assert all(variant.base is found[0].scenario for variant in found[1:])


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([f"{'x' * 81}:weeks=2"],
         f"--variant {'x' * 81}:weeks=2: has a name of 81 characters before the colon; must be 1 to 80, so shorten it"),
        (["a\tb:weeks=2"],
         "'--variant a\\tb:weeks=2': has a tab, a line break or another invisible character in the name before the"
         " colon; must be one line of letters, digits, signs and spaces"),
        (["x:policy.answer_threshold=0.6,policy={mode: auto}"],
         "--variant x:policy.answer_threshold=0.6,policy={mode: auto}: policy holds policy.answer_threshold, which is"
         " changed, too; must be changed once, so drop one"),
        (["x:teams.care={agents: 2},teams.care . agents=3"],
         "--variant x:teams.care={agents: 2},teams.care . agents=3: teams.care . agents lies in teams.care, which is"
         " changed, too; must be changed once, so drop one"),
        (["x:weeks=2, weeks =3"],
         "--variant x:weeks=2, weeks =3: weeks is changed twice; must be changed once, so drop one"),
        ([f"x:{'a.' * 2000}b=1"],
         f"--variant x:{'a.' * 42}a...: {'a.' * 48}a... has 2,001 parts; must have 20 or fewer"),
        ([":weeks=2"], "--variant :weeks=2: has no name before the colon; must be 1 to 80 characters"),
        (["x:weeks=0"], "--variant x:weeks=0: weeks is 0; must be a whole number from 1 to 520"),
        (["x:wekes=2"], "--variant x:wekes=2: wekes is not a known key; did you mean weeks?"),
        (["x:teams.cara.agents=2"],
         "--variant x:teams.cara.agents=2: teams.cara is none of the scenario's teams; must be one of care"),
        (["x:"], "--variant x:: holds an empty change; must be path=value, or a what-if's file or name; a value with"
                 " commas belongs in [ ]"),
        (["two_evning_agents"], "--variant two_evning_agents: two_evning_agents is no change; must be path=value, or a"
                                " what-if's file or name; a value with commas belongs in [ ] (did you mean"
                                " two_evening_agents?)"),
        (["x:weeks=2,weeks=3"],
         "--variant x:weeks=2,weeks=3: weeks is changed twice; must be changed once, so drop one"),
        (["x:weeks=2", "x:weeks=3"],
         "ticketflow: 'x' names two variants; must name one, so call the other something else"),
        (["as is:weeks=2"],
         "ticketflow: 'as is' names two variants; must name one, so call the other something else"),
        ([], "ticketflow: a comparison needs two variants or more; name a second scenario, or give --variant"),
    ],
)  # fmt: skip
def test_wrong_variants_are_refused(texts, told, file):
    with pytest.raises(SimulatorError) as caught:
        variants_of([file], [], texts)
    assert str(caught.value) == told


def test_every_wrong_variant_is_told_at_once(file):
    with pytest.raises(ScenarioError) as caught:
        variants_of([file], [], ["x:weeks=0", "y:wekes=1", "z:arrivals.per_week=-1,weeks=-2"])
    assert [(problem.where, problem.path) for problem in caught.value.problems] == [
        ("--variant x:weeks=0", "weeks"),
        ("--variant y:wekes=1", "wekes"),
        ("--variant z:arrivals.per_week=-1,weeks=-2", "weeks"),
        ("--variant z:arrivals.per_week=-1,weeks=-2", "arrivals.per_week"),
    ]


def test_scenarios_of_one_name_are_told_apart_by_their_files(file, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(file.read_text())
    found, _ = variants_of([file, other])
    assert [variant.name for variant in found] == ["desk", "other"]
    other.write_text(file.read_text().replace("name: desk", "name: else"))
    found, _ = variants_of([file, other])
    assert [variant.name for variant in found] == ["desk", "else"]


@given(st.lists(st.text("ab1 ", min_size=1, max_size=4), min_size=1, max_size=4))
def test_commas_inside_brackets_and_quotes_split_nothing(items):
    inside = f"[{','.join(items)}]"
    assert split_outside(f'x,{inside},"a,b"') == ["x", inside, '"a,b"']


def test_customers_are_the_same_unless_demand_differs():
    desk = pilot_desk()
    for path, value, same in (
        ("policy.route_threshold", 0.9, True), ("teams.money.shifts[0].agents", 4, True), ("ai.write_back", 0.5, True),
        ("arrivals.per_week", 180, False), ("arrivals.busyness_cv", 0.3, False), ("tiers.vip.priority", 1, True),
        ("warm_up", "7d", True),
    ):  # fmt: skip
        assert meets_same_customers(desk, override(desk, {path: value}), seed=1) is same, path


# -- what-ifs --------------------------------------------------------------------------------------------------


def test_enough_what_ifs_are_shipped():
    assert len(shipped_what_ifs()) >= 5


@pytest.mark.parametrize("path", shipped_what_ifs(), ids=lambda path: path.stem)
def test_a_shipped_what_if_changes_the_scenario_it_names(path):
    what_if = read_what_if(path)
    found, warnings = variants_of([what_if.scenario], [], [path.stem])
    assert not warnings
    assert found[1].name == what_if.name
    assert found[1].scenario != found[0].scenario
    assert what_if.source.startswith(("assumed", "published", "measured"))
    small = override(found[1].scenario, {"arrivals.per_week": 60})
    assert len(simulate(small).customers) > 50


def test_what_ifs_go_together_and_say_when_they_belong_elsewhere():
    both = "both:two_evening_agents,answer_from_080,weeks=3"
    found, _ = variants_of(["saas_pilot"], [], [both])
    assert [path for path, _ in found[1].settings] == [
        "teams.live.shifts[1].agents", "policy.phases[2].answer_threshold", "policy.phases[3].answer_threshold", "weeks"
    ]  # fmt: skip
    found, warnings = variants_of(["supplements"], [], ["weekend_cover"])
    assert warnings == ["“Weekend cover” was written for outerwear; its values replace this scenario's own"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nscenario: desk\ndescription: d\nchanges:\n  weeks: 0\n",
         ["{file}:5: weeks is 0; must be a whole number from 1 to 520"]),
        ("name: x\nscenario: desk\ndescription: d\nchanges:\n  drain: 1d\n  teams.cara.agents: 2\n",
         ["{file}:6: teams.cara is none of the scenario's teams; must be one of care"]),
        ("name: x\nchangs: {weeks: 2}\n",
         ["{file}:1: description is missing; must be given: what is done, in a sentence",
          "{file}:1: scenario is missing; must be given: the scenario that it was written for",
          "{file}:1: changes is missing; must be given: paths into the scenario and their new values",
          "{file}:2: changs is not a known key; did you mean changes?"]),
        ("name: [x]\nscenario: desk\ndescription: d\nchanges: {}\n",
         ["{file}:1: name is a list; must be text: what charts and tables call it",
          '{file}:4: changes is empty; must map paths to values, such as "teams.tier1.shifts[0].agents": 8']),
        ("name: x\nscenario: desk\ndescription: d\nchanges: {'a[': 1}\n",
         ["{file}:4: changes: a[ is no path; must be a path such as teams.tier1.shifts[0].agents"]),
        ("name: x\nscenario: desk\ndescription: d\nchanges:\n  teams.care.agents: 2\n  teams: {care: {agents: 1}}\n",
         ["{file}:6: changes: teams holds teams.care.agents, which is changed, too; must be changed once, so drop"
          " one"]),
        ("name: x\nname: y\n", ["{file}:2: name stands twice, first on line 1; must stand once, so remove one"]),
        ("- x\n", ["{file}:1: holds no scenario; must be a mapping such as `name: my desk`"]),
    ],
)  # fmt: skip
def test_a_wrong_what_if_is_told_with_file_and_line(text, told, file, tmp_path):
    what_if = tmp_path / "if.yaml"
    what_if.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        variants_of([file], [], [str(what_if)])
    assert sorted(str(caught.value).splitlines()) == sorted(line.format(file=what_if) for line in told)


def test_a_what_if_of_ones_own_is_a_file(file, tmp_path):
    what_if = tmp_path / "mine.yaml"
    what_if.write_text("name: two weeks\nscenario: desk\ndescription: longer\nchanges: {weeks: 2}\n")
    found, warnings = variants_of([file], [], [str(what_if)])
    assert (found[1].name, int(found[1].scenario.weeks), warnings) == ("two weeks", 2, [])
    assert load_scenario(file) == found[0].scenario
