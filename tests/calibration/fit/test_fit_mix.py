"""Who writes, about what and how, and what is open: the mix, rare names, the backlog, and the whole as a scenario."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.base.errors import ExportError
from simulator.calibration.exports.table import UNKNOWN, Category
from simulator.calibration.fit.arrivals import fit_arrivals
from simulator.calibration.fit.estimate import rounded_shares
from simulator.calibration.fit.mix import fit_mix, merge_rare
from simulator.calibration.fit.opening_backlog import fit_backlog
from simulator.calibration.fit.staffing import fit_staffing
from simulator.report.charts.theme import themed, title_of
from simulator.report.fit.demand_charts import charts
from simulator.scenario import override, scenario_from
from tests.support.desks import PILOT
from tests.support.small_exports import codes, desk, export_at, export_of, export_of_totals, figure, holds, texts

# -- mix ---------------------------------------------------------------------------------------------------------


def test_intervals_of_shares_hold_the_truth_nine_times_in_ten() -> None:
    draws, tries = np.random.default_rng(17), 60
    shares = [0.5, 0.3, 0.15, 0.05]
    created = np.arange(1500) * 28 * 86_400 / 1500 + export_at([], 28).midnight(date(2026, 1, 5))
    hits = np.zeros(4)
    for _ in range(tries):
        export = export_at(created, 28, intent=codes(draws.choice(4, 1500, p=shares), "abcd"))
        part = fit_mix(export)
        hits += [holds(part, share, "intents", name, "share") for name, share in zip("abcd", shares, strict=True)]
        assert not part.findings  # No intent differs from the others, and none is said to.
    # The four shares of an export hang together, so their hits scatter more than as many independent ones.
    assert hits.sum() >= stats.binom.ppf(0.001, 4 * tries, 0.88)


def test_an_intent_with_its_own_channels_and_hours_gets_them_and_the_others_share_theirs() -> None:
    draws = np.random.default_rng(21)
    n, start = 12_000, export_at([], 28).midnight(date(2026, 1, 5))
    intent = draws.choice(3, n, p=[0.5, 0.3, 0.2])
    hour = np.where(intent == 2, draws.uniform(0, 6, n), draws.uniform(9, 17, n))
    created = start + 86_400 * draws.integers(0, 28, n) + 3600 * hour
    channel = np.where(draws.random(n) < np.where(intent == 2, 0.9, 0.4), 0, 1)
    order = np.argsort(created)
    export = export_at(
        created[order], 28, intent=codes(intent[order], "abn"), channel=codes(channel[order], ["chat", "mail"])
    )
    part = fit_mix(export)
    own = {path for path in part.settings if path[-1] in ("channels", "profile")}
    assert own == {("intents", "n", "channels"), ("intents", "n", "profile")}
    assert figure(part, "intents", "n", "channels")["chat"] == pytest.approx(0.9, abs=0.03)
    assert holds(part, 0.4, "channels", "chat", "share")
    arrivals = fit_arrivals(export)
    general = next(iter(figure(arrivals, "arrivals", "profile").values()))
    assert sum(general[: len(general) // 4]) == 0


def test_channels_are_live_where_customers_leave_or_wait_seconds() -> None:
    n = 400
    channel = np.arange(n) % 4
    waits = np.where(channel == 2, 0.4, 30.0)
    export = export_at(
        np.sort(np.random.default_rng(1).uniform(0, 28 * 86_400, n)) + export_at([], 28).midnight(date(2026, 1, 5)),
        28, channel=codes(channel, ["mail", "phone", "chat", "form"]), wait_minutes=waits,
        abandoned=(channel == 1) & (np.arange(n) % 8 == 1),
    )  # fmt: skip
    live = {path[1] for path in fit_mix(export).settings if path[-1] == "live"}
    assert live == {"phone", "chat"}


@pytest.mark.parametrize(
    ("names", "points"),
    [
        (("1 - Critical", "2 - High", "3 - Moderate", "4 - Low"), {"1 - Critical": 2, "2 - High": 1}),
        (("urgent", "high", "normal"), {"urgent": 2, "high": 1}),
        (("P1", "P2", "P3"), {"P1": 2, "P2": 1}),
        (("gold", "silver"), {}),
        (("0", "1", "2"), {}),
    ],
)
def test_tiers_named_as_priorities_get_points_and_others_none(names: tuple[str, ...], points: dict[str, int]) -> None:
    start = export_at([], 14).midnight(date(2026, 1, 5))
    tier = codes(np.arange(280) % len(names), names)
    part = fit_mix(export_at(start + np.arange(280) * 4320.0, 14, tier=tier))
    assert {path[1]: value for path, value in part.settings.items() if path[-1] == "priority"} == points
    assert set(part.sources.get("tiers.*.priority", "assumed").split(":")[:1]) == {"assumed"}


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200).filter(any))
def test_rounded_shares_sum_to_the_whole(counts: list[int]) -> None:
    shares = rounded_shares(np.array(counts) / sum(counts), sum(counts))
    assert round(sum(round(share * 10**6) for share in shares)) == 10**6
    assert (shares >= 0).all()


# -- rare names --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-1, 12), min_size=1, max_size=400), st.integers(1, 40), st.integers(1, 8))
@settings(max_examples=60)
def test_merging_rare_names_keeps_every_ticket_and_names_each(numbers: list[int], least: int, most: int) -> None:
    names = tuple("abcdefghijkl") + ("Other",)
    export = export_at(np.arange(float(len(numbers))), 14, intent=codes(numbers, names), channel=codes(numbers, names))
    merged, _ = merge_rare(export, least, most)
    assert (merged.intent.codes != UNKNOWN).all()
    assert merged.intent.counts().sum() == len(numbers)
    kept = [name for name in merged.intent.names if name not in ("Other", "unknown")]
    assert len(kept) <= most
    for name in kept:
        rows = merged.intent.codes == merged.intent.names.index(name)
        assert {names[numbers[row]] for row in np.flatnonzero(rows)} == {name}
        assert rows.sum() >= least
    assert merged.channel is not None
    nameless = np.array(numbers) < 0
    if not nameless.all():
        assert ((merged.channel.codes == UNKNOWN) == nameless).all()


def test_rare_and_nameless_tickets_are_told() -> None:
    intent = Category(np.array([0] * 50 + [1] * 5 + [UNKNOWN] * 45, dtype=np.int32), ("login", "fax"))
    merged, findings = merge_rare(export_at(np.arange(100.0), 14, intent=intent))
    assert merged.intent.names == ("login", "other", "unknown")
    assert "fax (5 tickets)" in texts(findings)
    assert "45 of 100 tickets name no intent" in texts(findings)
    assert merged.channel is not None
    assert merged.channel.names == ("all",)


# -- backlog -----------------------------------------------------------------------------------------------------


def test_the_opening_backlog_is_what_was_open_at_the_end_calls_left_out() -> None:
    days = 28
    export = export_of_totals([20] * days)
    n = len(export)
    resolved = export.created + 86_400
    channel = codes((np.arange(n) % 10 == 0).astype(int), ["mail", "phone"])
    left = (np.arange(n) % 10 == 0) & (np.arange(n) % 20 == 0)
    resolved[left] = np.nan
    made = export_at(export.created, days, channel=channel, abandoned=left, resolved=resolved)
    part = fit_backlog(made)
    # Of the last day's 20 tickets, resolved a day later, 18 came by mail.
    assert figure(part, "opening_backlog", "tickets") == 18
    assert figure(part, "opening_backlog", "tickets").n is None  # A count is not estimated from observations.
    oldest = figure(part, "opening_backlog", "age")["quantiles"][-1][1]
    assert 600 < oldest < 1440
    assert figure(part, "opening_backlog", "intents") == {"all": 1.0}


def test_forgotten_tickets_are_told_and_unknown_ends_are_no_backlog() -> None:
    export = export_of_totals([20] * 28)
    resolved = export.created + 3600
    resolved[:12] = np.nan
    part = fit_backlog(export_at(export.created, 28, resolved=resolved))
    assert figure(part, "opening_backlog", "tickets") == 12
    assert "12 of 12 open tickets are older" in texts(part)
    assert "not in the export" in texts(part)
    assert not fit_backlog(export).settings
    assert "opens with no tickets" in texts(fit_backlog(export))


# -- the whole ---------------------------------------------------------------------------------------------------


def test_what_is_fitted_makes_a_valid_scenario_with_the_same_volume() -> None:
    truth = override(scenario_from(PILOT), ["policy.mode=off", "weeks=6"])
    export, _ = merge_rare(export_of(truth, 2))
    scenario = desk(fit_arrivals(export), fit_mix(export), start=export.last_day + timedelta(days=1), weeks=4)
    assert set(scenario.intents) == set(truth.intents)
    assert scenario.intents["other"].catch_all
    assert float(scenario.arrivals.per_week or 0) == pytest.approx(170, rel=0.1)
    assert sum(float(intent.share) for intent in scenario.intents.values()) == pytest.approx(1, abs=1e-9)
    again = fit_mix(export_of(scenario, 3))
    hits = [holds(again, float(intent.share), "intents", name, "share") for name, intent in scenario.intents.items()]
    assert sum(hits) >= len(hits) - 1


@given(
    st.integers(1, 40), st.sampled_from(["UTC", "America/Santiago", "Australia/Lord_Howe"]), st.integers(0, 400),
    st.integers(0, 10**6), st.integers(1, 8),
)  # fmt: skip
@settings(max_examples=40)
def test_any_export_is_fitted_to_a_valid_scenario_or_refused_in_words(
    days: int, zone: str, n: int, seed: int, intents: int
) -> None:
    draws, first = np.random.default_rng(seed), date(2025, 1, 1) + timedelta(days=seed % 300)
    empty = export_at([], days, zone, first)
    since, until = empty.midnight(first), empty.midnight(first + timedelta(days=days))
    moments = np.sort(since + (until - since) * draws.beta(*draws.uniform(0.2, 3, 2), n) * 0.999)
    export = export_at(
        moments, days, zone, first,
        intent=codes(draws.integers(-1, intents, n), [f"i{number}" for number in range(intents)]),
        channel=codes(draws.integers(-1, 3, n), "abc"),
        agent=draws.integers(-1, 3, n).astype(np.int32),
        began=moments + 60, ended=moments + draws.exponential(600, n), abandoned=draws.random(n) < 0.1,
    )  # fmt: skip
    merged, _ = merge_rare(export)
    try:
        parts = [fit_arrivals(merged, "US"), fit_mix(merged), fit_staffing(merged), fit_backlog(merged)]
    except ExportError:
        return
    if not parts[2].missing:
        assert desk(*parts, start=merged.last_day + timedelta(days=1), timezone=zone).arrivals.per_week


def test_charts_state_what_was_found() -> None:
    totals = np.tile([180, 170, 170, 160, 150, 100, 70], 5)
    totals[3] = 0
    intent = codes(np.arange(totals.sum()) % 3, ["login", "refund", "a name as long as names in exports are at times"])
    export = export_of_totals(totals, intent=intent)
    with themed():
        drawn = charts([*fit_arrivals(export).evidence, *fit_mix(export).evidence])
        for chart in drawn:
            chart.figure.canvas.draw()
    assert [chart.key for chart in drawn] == ["arrivals_by_hour", "arrivals_by_day", "mix_intents"]
    assert title_of(drawn[1].figure).startswith("Volume shows no trend beyond chance")
    assert "1 missing" in drawn[1].figure.get_supxlabel()
