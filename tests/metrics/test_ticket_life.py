"""One ticket's life agrees with the audit trail, with the targets, and with the rules that decided about it."""

import re

import numpy as np
import pytest

from simulator import load_scenario, simulate
from simulator.engines.run_log import Outcome
from simulator.report.charts import theme
from simulator.report.ticket import charts, sentences
from simulator.scenario import Mode, override
from simulator.studies.run.twins import ARRIVAL, GAINED, LOST_TIME, MARKS, TOUCHED, WAIT, Twins, Wanted

SOME = 400


@pytest.fixture(scope="module")
def twins():
    return Twins(simulate(load_scenario("outerwear"), seed=3))


@pytest.fixture(scope="module")
def saas():
    return Twins(simulate(load_scenario("saas_pilot"), seed=3))


def some(twins, *marks):
    found = twins.matching(Wanted(marks=marks), ARRIVAL)
    return found[:: max(1, len(found) // SOME)].tolist()


def test_a_life_has_no_gap_from_arrival_to_its_end(twins):
    for number in some(twins):
        for life in twins.lives(number):
            ends = [life.arrival, *(stretch.ended for stretch in life.stretches)]
            assert [stretch.began for stretch in life.stretches] == ends[:-1]
            if np.isfinite(life.closed):
                assert ends[-1] == life.closed
            else:
                assert life.outcome is Outcome.OPEN


@pytest.mark.parametrize("mark", [None, "Came back", "Missed a target", "The AI was wrong"])
def test_work_and_waits_are_those_of_the_audit_trail(twins, mark):
    trail = twins.run.steps.groupby("ticket")
    for number in some(twins, *([mark] if mark else []))[:60]:
        life, rows = twins.lives(number)[0], trail.get_group(number)
        worked = rows[rows.outcome.isin(["done", "under way"])]
        work = [stretch for stretch in life.stretches if stretch.where in ("ai", "people")]
        assert sorted(stretch.began for stretch in work) == sorted(worked.began_minutes)
        waited = (rows.began_minutes - rows.joined_minutes).fillna(0).sum() if rows.queue.ne("none").any() else 0
        if not (rows.outcome == "abandoned").any() and (rows.outcome != "waiting").all():
            lines = sum(stretch.minutes for stretch in life.stretches if stretch.where == "line")
            assert lines == pytest.approx(waited)


def test_agents_minutes_are_those_of_the_ticket_table(saas):
    table = saas.run.tickets
    for number in some(saas):
        life = saas.lives(number)[0]
        worked = sum(stretch.minutes for stretch in life.stretches if stretch.where == "people")
        assert worked == pytest.approx(table.handle_minutes[number])
        assert life.came_back == table.returns[number]


def test_targets_run_out_when_the_clock_has_counted_them(saas):
    """Business hours included: what was reached by then has met its target, and nothing else has."""
    clock, judged = saas.facts.clock, 0
    for number in [*some(saas), *some(saas, "Missed a target")]:
        life = saas.lives(number)[0]
        for target in life.targets:
            if np.isfinite(target.due):
                counted = float(clock.between(np.array([life.arrival]), np.array([target.due]))[0])
                assert counted == pytest.approx(target.minutes, abs=1 / 30)
            late = target.reached - target.due
            if np.isfinite(late) and abs(late) > 1 / 30:
                assert target.is_met == (late < 0)
                judged += not target.is_met
    assert judged > 20


def test_targets_in_business_hours_are_told_as_such(saas, twins):
    told = [
        (sentences.target_words(life, target), target, sentences.finding(life, None, None))
        for life in (saas.lives(number)[0] for number in some(saas)) for target in life.targets
    ]  # fmt: skip
    assert told
    for words, target, finding in told:
        assert re.search(r"target \d+ business (hours|minutes)", words)
        assert "counted in business hours" in finding
        assert not target.is_met or not np.isfinite(target.counted) or target.counted <= target.minutes + 1e-6
    life = next(life for life in (twins.lives(number)[0] for number in some(twins)) if life.targets)
    assert "business" not in sentences.target_words(life, life.targets[0])


def test_a_target_beyond_the_simulated_time_has_no_moment(saas):
    clock = saas.facts.clock
    assert np.isnan(clock.due_at(0.0, 1e9))


def test_decisions_follow_from_confidence_and_threshold(saas, twins):
    """What the trail says the AI did is what its stated confidence and the threshold in force make of it."""
    seen = set()
    for each in (saas, twins):
        for number in some(each):
            decision = each.decision(number)
            seen.add(decision.part)
            if decision.part in ("answered", "stopped"):
                assert decision.answer_confidence >= decision.answer_threshold
            if decision.part == "gathered":
                assert decision.gather_threshold <= decision.answer_confidence < decision.answer_threshold
            if decision.part == "declined" and not decision.reasons:
                assert decision.answer_confidence < min(decision.answer_threshold, decision.gather_threshold)
            if decision.label_used:
                assert decision.mode in (Mode.AUTO, Mode.ASSIST)
                assert decision.route_confidence >= decision.route_threshold
            assert bool(decision.after_wrong) == (decision.part == "answered" and not decision.is_right)
            if decision.part == "kept away":
                assert decision.reasons
            table = each.run.tickets
            assert (decision.part in ("answered", "stopped")) == table.ai_answered[number]
            assert decision.predicted == table.predicted_intent[number] or decision.mode is Mode.OFF
    assert {"answered", "declined", "drafted", "stopped"} <= seen


def test_the_threshold_shown_is_the_one_that_was_moved():
    scenario = override(load_scenario("ecommerce_peak"), {"policy.answer_threshold": 0.91, "policy.intents": {}})
    moved = Twins(simulate(scenario))
    number = int(moved.matching(Wanted(marks=("The AI answered",)), ARRIVAL)[0])
    assert moved.decision(number).answer_threshold == 0.91
    assert "91.0%" in " ".join(sentences.decided(moved.decision(number)))


def test_both_lives_are_of_the_same_customer(twins):
    for number in some(twins):
        life, alone = twins.lives(number)
        assert (life.arrival, life.intent, life.channel, life.tier) == (
            alone.arrival, alone.intent, alone.channel, alone.tier,
        )  # fmt: skip
        assert all(stretch.where != "ai" for stretch in alone.stretches)


def test_tickets_are_found_by_what_happened_to_them(twins):
    table = twins.run.tickets
    counted = set(table.ticket[table.is_counted])
    intent, channel = table.intent.iloc[-1], table.channel.iloc[-1]
    wanted = {
        Wanted(intent=intent): table.intent == intent,
        Wanted(channel=channel): table.channel == channel,
        Wanted(outcome=Outcome.LOST): table.outcome == "lost",
        Wanted(marks=("Came back",)): table.returns > 0,
        Wanted(marks=("Missed a target", "The AI handed over")): table.breached_sla & table.ai_handed_over,
    }
    for question, rows in wanted.items():
        assert set(twins.matching(question, WAIT)) == set(table.ticket[rows]) & counted
    waits = table.wait_minutes[twins.matching(Wanted(), WAIT)].dropna().to_numpy()
    assert (np.diff(waits) <= 0).all()
    gained = twins.matching(Wanted(), GAINED)
    alone = twins.alone.tickets
    won = (alone.resolution_minutes - table.resolution_minutes)[gained].dropna().to_numpy()
    assert (np.diff(won) <= 0).all()
    assert won[0] > 0
    assert twins.matching(Wanted(), LOST_TIME)[0] != gained[0]


def test_a_desk_without_ai_has_no_twin():
    scenario = override(load_scenario("bank_call_centre"), ["weeks=1"])
    desk = Twins(simulate(scenario))
    assert desk.alone is None
    assert desk.orders == (WAIT, TOUCHED, ARRIVAL)
    assert set(desk.marks) < set(MARKS)
    number = int(desk.matching(Wanted(), WAIT)[0])
    life, alone = desk.lives(number)
    assert alone is None
    assert sentences.decided(desk.decision(number)) == ["This desk has no AI: people do everything."]
    figure = charts.draw(scenario, life, None, None)
    assert len(figure.axes) == 1
    assert f"waited {sentences.duration(life.wait_minutes)} for " in theme.title_of(figure)


def test_the_chart_states_its_finding_and_shows_both_desks(saas):
    number = int(saas.matching(Wanted(marks=("The AI was wrong", "Came back")), LOST_TIME)[0])
    life, alone = saas.lives(number)
    decision = saas.decision(number)
    figure = charts.draw(saas.run.scenario, life, alone, decision)
    title = theme.title_of(figure)
    assert title.startswith(f"Ticket {number:,} ({life.intent}, {life.channel})")
    assert "the AI's answer was wrong" in title
    assert "Without AI the same customer would have" in title
    above, below = figure.axes
    assert "AI" in [label.get_text() for label in above.get_yticklabels()]
    assert "AI" not in [label.get_text() for label in below.get_yticklabels()]
    alt = sentences.describe(saas.run.scenario, life, alone, decision)
    assert alt.count(sentences.duration(life.stretches[-1].minutes)) >= 1


def test_times_are_local_through_a_change_of_clocks():
    scenario = load_scenario("saas_pilot")
    begin = sentences.moment(scenario, 0.0)
    assert begin.endswith("00:00")
    # Clocks in London go forward on 29 March 2026, four weeks after this desk's first Monday.
    assert scenario.start.isoformat() == "2026-03-02"
    later = sentences.moment(scenario, 28 * 1440.0)
    assert later == "Mon 30 Mar 01:00"


def test_short_work_shows_beside_long_waits():
    squeezed = charts.Squeezed([0.0, 0.1, 5000.0, 5003.0])
    widths = np.diff([squeezed.at(event) for event in squeezed.events])
    assert (widths > 0.04 * squeezed.end).all()
    assert squeezed.ticks()[0] == 0.0
    assert squeezed.ticks()[-1] == 5003.0
