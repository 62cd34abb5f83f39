"""Small scenarios for property tests: every feature of the model, in any combination, with 30 to 200 tickets.

About half of them keep every time on whole minutes (replayed arrivals with ties, constant durations), so that
arrivals, completions, ends of patience, overflow timers and changes of shift fall on the same instants.
"""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from simulator.scenario import Scenario, scenario_from

MIXES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.5, 0.3, 0.2)}
START = "2026-03-23"
"""The Monday before clocks change in London."""

OFTEN = st.sampled_from([True, True, True, False])
Draw = Any


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def shares(names: list[str]) -> dict[str, float]:
    return dict(zip(names, MIXES[len(names)], strict=True))


def without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def durations(draw: Draw, whole: bool, *, zero: bool = True, long: int = 30) -> dict[str, Any]:
    """Draw a duration: constants on whole minutes, or any shape."""
    minutes = draw(st.sampled_from([0, 1, 2, 5, 10, long] if zero else [1, 2, 5, 10, long]))
    if whole or draw(st.booleans()):
        return {"form": "constant", "value": minutes}
    mean = max(minutes, 1)
    forms = (
        {"form": "lognormal", "mean": mean, "cv": 0.8},
        {"form": "exponential", "mean": mean},
        {"form": "gamma", "mean": mean, "cv": 0.7},
        {"form": "uniform", "low": 0, "high": mean},
        {"form": "quantiles", "quantiles": [[0, 0], [0.3, mean / 2], [1, 2 * mean]]},
    )
    return dict(draw(st.sampled_from(forms)))


def a_channel(draw: Draw, whole: bool, names: list[str]) -> dict[str, Any]:
    channel: dict[str, Any] = {"reply_gap": durations(draw, whole)}
    if draw(OFTEN):
        channel |= {"live": True, "patience": durations(draw, whole, long=20)}
        if draw(st.booleans()):
            retry = {
                "retries": draw(st.sampled_from([0.5, 1.0])),
                "channel": draw(maybe(st.sampled_from(names))),
                "delay": durations(draw, whole),
            }
            channel["on_abandon"] = without_none(retry)
    return channel


def an_intent(draw: Draw, whole: bool, queues: list[str], channels: list[str]) -> dict[str, Any]:
    intent = {
        "handle": durations(draw, whole),
        "queue": draw(
            maybe(st.sampled_from(queues) | st.just({channels[-1]: queues[-1]}))  # the others go to the first team
        ),
        "urgency": draw(st.sampled_from([0, 0, 3])),
        "impact": draw(st.sampled_from([0, 3])),
        "follow_ups": draw(maybe(st.just(0.7))),
        "negative_sentiment": draw(maybe(st.just(0.5))),
        "needs_write_back": draw(st.booleans()),
        "flags": draw(st.sampled_from([{}, {"legal_words": 0.2}])),
        "patience": durations(draw, whole) if draw(st.booleans()) else None,
        "reopen": draw(maybe(st.just(0.3))),
        "reply_gap": durations(draw, whole) if draw(st.booleans()) else None,
    }
    if draw(st.booleans()):
        step = {
            "queue": draw(st.sampled_from(queues)),
            "share": draw(st.sampled_from([0.5, 1.0])),
            "handle": durations(draw, whole),
        }
        intent["then"] = [step]
    return without_none(intent)


def a_judgement(draw: Draw) -> dict[str, Any]:
    calibrations = ("calibrated", {"shift": -0.5, "scale": 0.8}, {"table": [[0, 0.1], [1, 0.95]]})
    return {
        "confidence": draw(
            st.sampled_from([{"mean": 0.8, "concentration": 5}, {"quantiles": [[0, 0], [0.4, 0.7], [1, 1]]}])
        ),
        "calibration": draw(st.sampled_from(calibrations)),
    }


def an_ai(draw: Draw, whole: bool, channels: list[str], intents: list[str]) -> dict[str, Any]:
    noticed, returns, lost = draw(st.sampled_from([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.3, 0.4, 0.3)]))
    after_wrong = {"noticed": noticed, "returns": returns, "lost": lost, "delay": durations(draw, whole)}
    if draw(st.booleans()):
        after_wrong["channels"] = {channels[-1]: 0.5}
    ai = {
        "routing": a_judgement(draw) if draw(st.booleans()) else None,
        "answer": a_judgement(draw),
        "after_wrong": after_wrong,
        "conversation": {
            "exchanges": draw(st.sampled_from([1, 2.5])),
            "latency": durations(draw, whole),
            "classify": durations(draw, whole, long=2),
        },
        "triggers": without_none(
            {
                "negative_sentiment": draw(st.booleans()),
                "complexity_above": draw(maybe(st.just(0.8))),
                "max_exchanges": draw(st.sampled_from([1, 6])),
            }
        ),
        "write_back": draw(st.sampled_from([1.0, 0.7])),
        "handover": {"keeps_context": draw(st.booleans()), "handle_factor": 1, "gathered_factor": 1},
        "shadow_review": durations(draw, whole, long=3),
        "availability": draw(maybe(st.just({"uptime": 0.7, "repair": 60}))),
        "concurrency": draw(maybe(st.sampled_from([1, 3]))),
        "learning": draw(maybe(st.just({"per_review": 0.01, "ceiling": 1, "reviews_per_week": 20}))),
        "drift": draw(st.sampled_from([[], [{"name": "news", "from_week": 1, "log_odds": -0.5}]])),
    }
    if ai["routing"] is not None and draw(st.booleans()):
        ai["answer"]["confidence"] = "routing"
    elif draw(st.booleans()):
        ai["intents"] = {intents[0]: {"answer": a_judgement(draw)}}
    return without_none(ai)


def a_policy(draw: Draw, has_ai: bool, intents: dict[str, Any], tiers: list[str]) -> dict[str, Any]:
    bands = draw(st.sampled_from([[9], [5, 2], [8, 5, 2], []]))
    policy: dict[str, Any] = {"priority": {"bands": bands}}
    if not has_ai:
        return policy
    modes = st.sampled_from(["auto", "auto", "off", "shadow", "assist"])
    has_surge_rules = draw(st.booleans())
    policy |= {
        # Phases and intents still bring surge rules together with other modes.
        "mode": "auto" if has_surge_rules else draw(modes),
        "routing": draw(st.booleans()),
        "route_threshold": draw(st.sampled_from([0.0, 0.7, 1.0])),
        "answer_threshold": draw(st.sampled_from([0.0, 0.6, 0.85])),
        "gather_threshold": draw(st.sampled_from([None, 0.3])),
    }
    if draw(st.booleans()):
        policy["intents"] = {next(iter(intents)): {"mode": draw(modes)}}
    if draw(st.booleans()):
        policy["phases"] = [{"name": "live", "from_week": 1, "from_day": 2, "mode": draw(modes)}]
    if draw(st.booleans()):
        flags = [flag for flag in ("legal_words",) if any(flag in given["flags"] for given in intents.values())]
        policy["always_human"] = {"tiers": tiers[1:], "flags": flags, "intents": list(intents)[2:]}
    if has_surge_rules:
        policy["surge"] = surge_rules(draw, intents)
    return policy


def surge_rules(draw: Draw, intents: dict[str, Any]) -> dict[str, Any]:
    joined = sorted({given["queue"] for given in intents.values() if isinstance(given.get("queue"), str)})
    bounds = ("queue_wait > 0m", "queue_wait > 5m", "queue_wait > 20m", "backlog > 0", "backlog > 1", "backlog > 6")
    use: dict[str, Any] = {"answer_threshold": draw(st.sampled_from([0.3, 0.7, 1.0]))}
    if draw(st.booleans()):
        use |= {"gather_threshold": 0.1, "route_threshold": draw(st.sampled_from([0.0, 0.9]))}
    if draw(st.booleans()):
        use["intents"] = {list(intents)[-1]: {"answer_threshold": 0.9}}
    queues = draw(st.lists(st.sampled_from(joined), unique=True)) if joined else []
    return {"when": draw(st.sampled_from(bounds)), "queues": queues, "use": use}


def a_team(draw: Draw, queues: list[str], whole: bool) -> dict[str, Any]:
    serves: list[Any] = []
    for queue in draw(st.lists(st.sampled_from(queues), unique=True, min_size=1)):
        after = draw(st.sampled_from([0, 0, 5, 15]))
        serves.append({"queue": queue, "after": after} if after else queue)
    team: dict[str, Any] = {
        "serves": serves,
        "concurrency": draw(st.sampled_from([1, 1, 2])),
        "efficiency": draw(st.sampled_from([1, 1, 0.5, 0.8, 3])),
        "timezone": draw(st.sampled_from([None, None, None, "Asia/Kolkata", "America/New_York"])),
    }
    if draw(st.booleans()):
        team["agents"] = draw(st.sampled_from([1, 2, 4, 8, 0]))
        return without_none(team)
    team |= {
        "shifts": draw(st.lists(st.sampled_from(SHIFTS), min_size=1, max_size=2)),
        "shrinkage": draw(st.sampled_from([0, 0, 0.3])),
        "absence": draw(st.sampled_from([0, 0, 0.3])),
    }
    return without_none(team)


SHIFTS: list[dict[str, Any]] = [
    {"days": "daily", "start": "09:00", "end": "11:00", "agents": 4},
    {
        "days": "mon-fri", "start": "08:00", "end": "17:00", "agents": 3,
        "breaks": [{"start": "10:00", "length": 30}, {"start": "12:00", "length": "1h", "agents": 1}],
    },
    {
        "days": "daily", "start": "22:00", "end": "10:00", "agents": 2,
        "breaks": [{"start": "02:00", "length": 20}],
    },
    {"days": "mon, wed, sun", "start": "08:30", "every": 30, "agents": [1, 0, 3, 6, 2]},
    {"days": "tue", "start": "09:00", "end": "10:00", "agents": 0},
]  # fmt: skip


def some_arrivals(draw: Draw, folder: Path, intents: list[str], warm_up: Any) -> dict[str, Any]:
    """Draw a few busy hours, or write and replay arrivals on whole minutes, some on the last evening of a warm-up."""
    if draw(st.booleans()):
        rows = draw(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(intents)), min_size=30, max_size=120))
        stamps = [
            f"2026-03-22T{22 + minute // 60:02}:{minute % 60:02}:00,{intent}"
            if warm_up and number % 3
            else f"2026-03-23T{9 + minute // 60:02}:{minute % 60:02}:00,{intent}"
            for number, (minute, intent) in enumerate(rows)
        ]
        (folder / "log.csv").write_text("created_at,intent\n" + "\n".join(stamps) + "\n")
        return {"replay": {"file": "log.csv", "intent": draw(st.sampled_from([None, "intent"]))}}
    hours = [0.0] * 9 + [3.0, 1.0, 2.0] + [0.0] * 8 + [0.3] * 4
    profiles = (
        {"mon-tue": hours},
        {"mon": hours, "sun": [1.0] * 24},
        "flat",
        {"wed": [0.0] * 36 + [1.0] * 12},
    )
    arrivals: dict[str, Any] = {
        "per_week": draw(st.integers(30, 150)),
        "profile": draw(st.sampled_from(profiles)),
        "busyness_cv": draw(st.sampled_from([0, 0.3])),
    }
    if draw(st.booleans()):
        surge = {"name": "outage", "start": "2026-03-23T10:00", "end": "2026-03-23T10:40", "multiplier": 4}
        arrivals["surges"] = [{**surge, "intents": draw(st.sampled_from([[], intents[:1]]))}]
    if draw(st.booleans()):
        arrivals["holidays"] = {"dates": ["2026-03-24"], "desk_closed": draw(st.booleans())}
    return arrivals


def some_handling(draw: Draw, whole: bool, queues: list[str]) -> dict[str, Any]:
    handling: dict[str, Any] = {
        "transfer": durations(draw, whole, long=3),
        "follow_ups": draw(st.sampled_from([0, 0.5])),
        "negative_sentiment": 0.2,
        "reopen": {
            "share": draw(st.sampled_from([0, 0.3])),
            "delay": durations(draw, whole),
            "handle_factor": draw(st.sampled_from([0, 1])),
            "limit": draw(st.sampled_from([0, 1, 3])),
        },
    }
    if draw(st.booleans()):
        reassign = {"share": draw(st.sampled_from([0.3, 1.0])), "delay": durations(draw, whole)}
        if draw(st.booleans()):
            reassign["again"] = draw(st.sampled_from([0.0, 0.6, 1.0]))
        handling["reassign"] = {**reassign, "limit": draw(st.sampled_from([0, 1, 3]))}
    if draw(st.booleans()):
        triage = {"queue": draw(st.sampled_from(queues)), "handle": durations(draw, whole, long=2)}
        handling["triage"] = {**triage, "accuracy": draw(st.sampled_from([1.0, 0.6]))}
    return handling


@st.composite
def scenarios(draw: Draw) -> Scenario:
    """Draw a scenario."""
    whole = draw(st.booleans())
    channels = ["email", "chat", "phone"][: draw(st.integers(1, 3))]
    tiers = ["standard", "gold"][: draw(st.integers(1, 2))]
    names = ["password", "billing", "bug"][: draw(st.integers(1, 3))]
    queues = ["front", "back", "experts"][: draw(st.integers(1, 3))]
    has_ai = draw(OFTEN)
    intents = {
        name: {"share": share, **an_intent(draw, whole, queues, channels)} for name, share in shares(names).items()
    }
    teams = {"first": a_team(draw, queues, whole)}
    for name in ["second", "third"][: draw(st.integers(0, 2))]:
        teams[name] = a_team(draw, queues, whole)
    handling = some_handling(draw, whole, queues)
    served = {
        serve if isinstance(serve, str) else serve["queue"] for team in teams.values() for serve in team["serves"]
    }
    teams["last"] = {"serves": sorted(set(queues) - served) or queues, "agents": draw(st.integers(0, 2))}
    warm_up = draw(st.sampled_from([0, 0, "1d", "7d"]))
    with tempfile.TemporaryDirectory() as folder:
        data = {
            "name": "generated",
            "start": START,
            "timezone": draw(st.sampled_from(["UTC", "Europe/London"])),
            "weeks": 1,
            "warm_up": warm_up,
            "drain": draw(st.sampled_from([0, 60, "1d", "2w"])),
            "arrivals": some_arrivals(draw, Path(folder), names, warm_up),
            "channels": {
                name: {"share": share, **a_channel(draw, whole, channels)} for name, share in shares(channels).items()
            },
            "tiers": {
                name: {"share": share, "priority": 2 * place}
                for place, (name, share) in enumerate(shares(tiers).items())
            },
            "intents": intents,
            "difficulty": {"handle": draw(st.sampled_from([0, 0.5]))},
            "handling": handling,
            "ai": an_ai(draw, whole, channels, names) if has_ai else None,
            "policy": a_policy(draw, has_ai, intents, tiers),
            "teams": teams,
            "sla": draw(st.sampled_from([{}, {"first_response": {"gold": 30, "default": 240}}]))
            if len(tiers) > 1
            else {},
        }
        return scenario_from(without_none(data), folder)
