# %% [markdown]
# # ticketflow in ten minutes
#
# This file is a notebook in plain Python: open it in VS Code or Jupyter (with jupytext) and run it cell by cell, or run
# it as a whole with `python tutorial.py`. It simulates a small desk with few replications, so that every cell answers
# within seconds. Figures in it are computed, never typed.

# %%
from simulator import SimulatorError, compare, load_scenario, replicate, roi, scenario_from, simulate, summarise, sweep

# %% [markdown]
# ## A desk that comes with the package
#
# `ticketflow scenarios` lists them. Overrides are written as on the command line: here a single week, so that it is
# quick. In a notebook the last line of a cell shows itself.

# %%
shop = load_scenario("outerwear", ["weeks=1"])
print(f"{shop.name}: {len(shop.intents)} intents, teams {', '.join(shop.teams)}")
shop

# %% [markdown]
# ## A desk of your own
#
# A scenario is a YAML file, or the same as a `dict`. `low` and `high` say how well a figure is known, `source` where it
# comes from. A mistake is told with its path, its value, the rule and the remedy; nothing is guessed.

# %%
DESK = {
    "name": "two questions",
    "start": "2026-01-05",
    "weeks": 2,
    "arrivals": {"per_week": 500},
    "intents": {
        "question": {"share": "70%", "handle": "8m"},
        "refund": {"share": "30%", "handle": {"value": "12m", "low": "10m", "high": "14m", "source": "assumed"}},
    },
    "teams": {"support": {"shifts": [{"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 3}]}},
    "ai": {
        "answer": {"confidence": {"mean": 0.8, "concentration": 8}, "calibration": {"shift": -0.3}},
        "after_wrong": {"noticed": "40%", "returns": "40%", "lost": "20%"},
    },
    "sla": {"first_response": {"default": "4h"}},
    "csat": {"human_mean": 4.4},
    "costs": {"agent_per_hour": 25, "ai": {"per_resolution": 0.99}},
}
desk = scenario_from(DESK)

try:
    scenario_from({**DESK, "weeks": -2})
except SimulatorError as error:
    print(error)

# %% [markdown]
# ## One replication
#
# Every ticket is followed from its arrival to its end. `run.tickets` is a table with one row per ticket.

# %%
run = simulate(desk, seed=1)
print(run.tickets.groupby("resolver", observed=True).size())
run

# %% [markdown]
# ## One ticket's life
#
# `run.steps` is the audit trail: which step in which queue, by which team, when. Take the first ticket that the AI
# answered and people had to finish.

# %%
handed_over = run.tickets[run.tickets.resolver == "AI, then people"]
ticket = int(handed_over.ticket.iloc[0])
life = run.steps[run.steps.ticket == ticket].copy()
for moment in ("joined_at", "began_at", "ended_at"):
    life[moment] = life[moment].dt.strftime("%a %H:%M")
print(life[["kind", "queue", "team", "joined_at", "began_at", "ended_at"]].to_string(index=False))

# %% [markdown]
# ## Ten replications, and how sure
#
# One replication is one possible future. Replications meet fresh customers each, with the AI and without; brackets are
# 95 % intervals, and the change is paired by replication.

# %%
study = replicate(desk, replications=10)
print(summarise(study).set_index("kpi").loc[["automated_resolution", "sla_breach", "csat_mean", "cost_per_ticket"]])
there = study.estimate("sla_breach", baseline=True)
print(f"SLA breaches: {study.spelled('sla_breach')}, and without the AI {study.spelled('sla_breach', there)}")
study

# %% [markdown]
# Its charts carry their findings as titles. `plot()` draws the main one, `plot("backlog")` another; a name that it does
# not know is answered with those that it does.

# %%
flow = study.plot()
print(flow.get_suptitle())
flow

# %% [markdown]
# ## What if?
#
# Variants meet the same customers, so a difference is the variant's doing. A variant is `name:path=value`, several
# changes joined by commas, or one of the what-ifs that come with a scenario.

# %%
compared = compare(
    desk,
    "answer from 0.7:policy.answer_threshold=0.7",
    "a fourth agent:teams.support.shifts[0].agents=4",
    replications=10,
)
for variant in compared.variants[1:]:
    for difference in compared.of(variant.name):
        if difference.is_clear:
            here, there = study.written(difference.kpi, difference.level.mean), study.spelled(difference.kpi)
            print(f"{variant.name}: {difference.kpi} {here} instead of {there}")
compared

# %%
compared.plot()

# %% [markdown]
# ## Which threshold?
#
# `sweep` draws the whole curve. (`tune` goes on from here: it recommends thresholds that keep your guard-rails, with a
# stated probability of being the best.)

# %%
swept = sweep(desk, "policy.answer_threshold=0.6:0.9:0.1", replications=5)
for variant in swept.variants:
    print(variant.name, "costs", swept.studies[variant.name].spelled("cost_total"))
swept

# %% [markdown]
# ## Does it pay?
#
# `roi` lays the weeks out over twelve months and draws the uncertain figures together. Capacity is hours set free, cash
# is what the roster costs less: two views of one saving, never a sum.

# %%
case = roi(desk, draws=16, replications=4, stress=0, one_by_one=False)
print(case.plot().get_suptitle())
case

# %% [markdown]
# ## Go on
#
# `ticketflow new my_desk` writes a commented scenario to start from, `ticketflow fit tickets.csv` measures one on what
# your help desk exports, and every command has examples: `ticketflow tune --help`.
