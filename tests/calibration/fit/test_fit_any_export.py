"""Whatever an export holds or lacks, fits of work and outcomes end in settings that a scenario takes, or say why not.

And what they make of the recorded desks agrees with what is published about them.
"""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.calibration.exports.table import Category, Export
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import HandleEvidence, fit_handle
from simulator.calibration.fit.patience import PatienceEvidence, fit_patience
from simulator.calibration.fit.service_level import fit_sla
from simulator.report.charts import theme
from simulator.report.fit.work_charts import charts
from simulator.scenario import scenario_from
from tests.support.bank_data import DEFAULT_FOLDER, on_both_desks, on_recorded_desks, read_calls
from tests.support.made_up_data import INCIDENTS_FILE, WRAP_UP_SECONDS, call_centre, made_up_calls, write_incidents
from tests.support.work_exports import EPOCH, an_export, category, nested

LATER = ("resolved", "began", "ended", "first_response", "first_resolved", "reopened")
AMOUNTS = ("wait_minutes", "handle_minutes", "hold_minutes")
COUNTS = ("reassignments", "reopens")
FITS = (fit_handle, fit_patience, fit_flow, fit_sla, fit_csat)


@st.composite
def exports(draw: Any) -> Export:
    """Draw an export with any columns, any of them empty, constant, zero or far apart."""
    n, rng = draw(st.integers(1, 300)), np.random.default_rng(draw(st.integers(0, 2**20)))
    given: dict[str, Any] = {}

    def column(values: Any) -> Any:
        known = draw(st.sampled_from([0.0, 0.1, 0.9, 1.0]))
        return np.where(rng.random(n) < known, values, np.nan)

    def amounts() -> Any:
        forms = {
            "zero": np.zeros(n), "same": np.full(n, 5.0), "spread": rng.lognormal(2, 1, n),
            "far": rng.lognormal(5, 6, n), "whole": rng.integers(0, 4, n).astype(float),
        }  # fmt: skip
        return forms[draw(st.sampled_from(sorted(forms)))]

    for name in LATER:
        if draw(st.booleans()):
            given[name] = column(EPOCH + 600.0 * np.arange(n) + 60 * np.minimum(amounts(), 1e5))
    given |= {name: column(amounts()) for name in AMOUNTS if draw(st.booleans())}
    given |= {name: column(rng.poisson(draw(st.sampled_from([0.0, 0.4, 30.0])), n)) for name in COUNTS
              if draw(st.booleans())}  # fmt: skip
    if draw(st.booleans()):
        given["abandoned"] = rng.random(n) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    if draw(st.booleans()):
        given["met_sla"] = column(rng.random(n) < draw(st.sampled_from([0.0, 0.7, 1.0])))
    if draw(st.booleans()):
        given["satisfaction"] = column(rng.integers(1, 6, n))
    if draw(st.booleans()):
        given["agent"] = rng.integers(-1, 3, n).astype(np.int32)
    given["intent"] = category(rng.integers(-1 if draw(st.booleans()) else 0, 3, n), "a", "b", "c")
    if draw(st.booleans()):
        given["channel"] = category(rng.integers(0, 2, n), "phone", "email")
    if draw(st.booleans()):
        given["tier"] = category(rng.integers(0, 2, n), "gold", "plain")
    return an_export(n, seen_until=EPOCH + draw(st.sampled_from([600.0 * n, 1e8])), **given)


@pytest.mark.slow
@given(exports())
@settings(max_examples=150, deadline=None)
def test_any_export_gives_settings_that_a_scenario_takes_and_says_what_is_missing(export: Export) -> None:
    parts = [fit(export) for fit in FITS]
    tree = nested(*parts)
    missing = [one for part in parts for one in part.missing]
    assert all("--" in one.remedy for one in missing)
    intents = tree.get("intents", {})
    for number, name in enumerate("abc"):
        given = intents.setdefault(name, {})
        assert ("handle" in given) != (("intents", name, "handle") in [one.path for one in missing])
        given.setdefault("handle", "8m")
        given["share"] = 1.0 if number == 0 else 0.0
    assert export.channel is not None
    channels = export.channel.names
    ways = {name: {"share": 1 / len(channels), **tree.get("channels", {}).get(name, {})} for name in channels}
    tiers = {name: {"share": 0.5} for name in ("gold", "plain")} if export.tier is not None else {}
    scenario_from({
        "name": "fitted", "start": "2026-03-02", "arrivals": {"per_week": 10}, "teams": {"desk": {"agents": 1}},
        **tree, "intents": intents, "channels": ways, **({"tiers": tiers} if tiers else {}),
    })  # fmt: skip


@given(exports())
@settings(max_examples=15, deadline=None)
def test_any_export_can_be_drawn(export: Export) -> None:
    with theme.themed():
        for chart in charts([one for fit in FITS for one in fit(export).evidence]):
            chart.figure.canvas.draw()
            assert theme.title_of(chart.figure)


# -- recorded desks --

def coded(values: "pd.Series[Any]") -> Category:
    codes, names = pd.factorize(values, sort=True)
    return Category(codes.astype(np.int32), tuple(str(name) for name in names))


def export_of_calls(calls: pd.DataFrame) -> Export:
    start = datetime(1999, 1, 1, tzinfo=UTC).timestamp()
    agent, _ = pd.factorize(calls.server.where(calls.server != "NO_SERVER"), sort=True)
    return Export(
        "UTC", date(1999, 1, 1), date(1999, 2, 28), start + 59 * 86400, start + calls.joined.to_numpy(),
        coded(calls.intent), coded(pd.Series(["phone"] * len(calls))), agent=agent.astype(np.int32),
        began=start + calls.start.to_numpy(), ended=start + calls.end.to_numpy(),
        abandoned=calls.abandoned.to_numpy(), wait_minutes=calls.wait.to_numpy() / 60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bank() -> Export:
    return export_of_calls(read_calls(DEFAULT_FOLDER))


@on_recorded_desks
def test_the_bank_s_patience_is_the_published_kaplan_meier_curve(bank: Export) -> None:
    """Published for all calls; ours are those that were to be answered by an agent, which differ by a point or so."""
    at = np.array([10, 60, 120, 300, 600]) / 60
    phone = next(one for one in fit_patience(bank).evidence if isinstance(one, PatienceEvidence))
    assert phone.curve.at(at) == pytest.approx([0.968, 0.833, 0.724, 0.510, 0.311], abs=0.015)
    assert phone.fit.survival(at) == pytest.approx(phone.curve.at(at), abs=0.02)


@pytest.mark.slow
def test_a_made_up_call_centre_s_patience_is_what_was_drawn() -> None:
    """Of callers with one patience: which intents are still in line hangs on who waits, which says nothing of each."""
    calls = made_up_calls()
    export = export_of_calls(calls[calls.intent == "regular_service"])
    at = np.array([10, 60, 120, 300, 420]) / 60
    phone = next(one for one in fit_patience(export).evidence if isinstance(one, PatienceEvidence))
    left, after = np.array(call_centre().intents["regular_service"].patience.quantiles, dtype=float).T
    assert phone.curve.at(at) == pytest.approx(1 - np.interp(at, after, left), abs=0.015)
    assert phone.fit.survival(at) == pytest.approx(phone.curve.at(at), abs=0.02)


@on_recorded_desks
def test_the_bank_s_service_is_about_lognormal_as_brown_and_others_found(bank: Export) -> None:
    part = fit_handle(bank)
    (evidence,) = (one for one in part.evidence if isinstance(one, HandleEvidence))
    fits = dict(evidence.intents)
    for name, log_mean, log_deviation in (("regular_service", 4.84, 0.86), ("new_customer", 4.25, 0.90)):
        fit = fits[name]
        assert fit.form == "lognormal"
        # Published without calls below 10 s, which shortens ours and spreads them.
        published = np.exp(log_mean + log_deviation**2 / 2) / 60
        assert fit.mean.value == pytest.approx(published, rel=0.1)
    # Services of other desks' analyses: 13 s between calls while callers wait.
    assert 5 < 60 * evidence.turnover < 30


def test_a_made_up_call_centre_s_service_is_lognormal_as_it_was_drawn() -> None:
    """Handling was drawn as lognormal, of which wrap-up is a part; what is recorded is service without it."""
    calls = made_up_calls()
    part = fit_handle(export_of_calls(calls.assign(end=calls.end + WRAP_UP_SECONDS)))
    (evidence,) = (one for one in part.evidence if isinstance(one, HandleEvidence))
    fits = dict(evidence.intents)
    for name in ("regular_service", "new_customer", "stock_exchange"):
        assert fits[name].form == "lognormal"
        assert fits[name].mean.value == pytest.approx(float(call_centre().intents[name].handle.mean), rel=0.1)
    (evidence,) = (one for one in fit_handle(export_of_calls(calls)).evidence if isinstance(one, HandleEvidence))
    assert 60 * evidence.turnover == pytest.approx(WRAP_UP_SECONDS, abs=2)


@on_both_desks
def test_the_incidents_shares_and_counts_are_those_of_their_log(kind: str, tmp_path: Path) -> None:
    drawn = {"share": 0.4, "again": 0.45, "reopened": 0.012}
    if kind == "made up":
        write_incidents(tmp_path, **drawn, met={"1 - Critical": 0.2, "3 - Moderate": 0.7, "4 - Low": 0.9})
    with gzip.open((DEFAULT_FOLDER if kind == "recorded" else tmp_path) / INCIDENTS_FILE, "rt") as file:
        log = pd.read_csv(file).sort_values("opened_at", kind="stable")
    opened, resolved, closed = (
        (pd.to_datetime(log[name]) - pd.Timestamp("1970-01-01")).dt.total_seconds().to_numpy()
        for name in ("opened_at", "resolved_at", "closed_at")
    )
    counts = log.reassignment_count.to_numpy(float)
    export = Export(
        "UTC", date(2016, 3, 1), date(2016, 4, 30), float(closed.max()), opened, coded(pd.Series(["all"] * len(log))),
        tier=coded(log.priority), resolved=resolved, reassignments=counts, reopens=log.reopen_count.to_numpy(float),
        met_sla=log.made_sla.to_numpy().astype(float),
    )  # fmt: skip
    flow, sla = fit_flow(export), fit_sla(export)
    assert float(flow.settings["handling", "reassign", "share"]) == pytest.approx((counts > 0).mean(), abs=0.001)
    share, again = (float(flow.settings["handling", "reassign", name]) for name in ("share", "again"))
    assert share / (1 - again) == pytest.approx(counts.mean(), rel=0.01)
    reopened = float(flow.settings["handling", "reopen", "share"])
    if kind == "recorded":
        assert reopened == pytest.approx(0.012, abs=0.002)
    else:  # Four standard errors on either side.
        assert reopened == pytest.approx(drawn["reopened"], abs=4 * (0.012 / len(log)) ** 0.5)
        assert (share, again) == pytest.approx((drawn["share"], drawn["again"]), abs=0.03)
    assert "cannot say what more agents would do" in "".join(finding.text for finding in flow.findings)
    (evidence,) = sla.evidence
    met = sum(tier.met.value * tier.n for tier in evidence.tiers) / sum(tier.n for tier in evidence.tiers)
    assert met == pytest.approx(log.made_sla.mean(), abs=1e-9)
