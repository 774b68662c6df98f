"""The guaranteed-service model on cases: published numbers, and whether a simulated chain keeps its promise.

What is compared by simulation: the model promises that whatever is asked for in period t is delivered
by the end of period t + S, as long as demand stays within z standard deviations.  Old backlog is served
first, so the promise is broken at the end of t just where more is owed than was asked for in the last S
periods.  The share of such periods is compared with the chance that demand exceeds what the levels hold:
with one stage that keeps stock 1 - Φ(z); with two in a row it is ``P(D₁ + (D₂ - S₂)⁺ > S₁)``, D₁ and D₂
the demands of their net replenishment times, which do not overlap.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from inventory.chains import SURE, row
from inventory.published import published
from scipy.optimize import brentq
from scipy.stats import norm

import twinkit
from twinkit.chain.chain import Chain
from twinkit.chain.network import network_of
from twinkit.chain.plan import plan_of
from twinkit.chain.records import market_history
from twinkit.run.statistics import mean_interval
from twinkit.study.stocking import demand_spreads, stocking_plan
from twinkit.tables import CaseError
from twinkit.tables.case import Case

Z = published("S13")["parameters"]["stages"]["Ship"]["z"]
RATE = published("S13")["parameters"]["holding_rate"]
LIMITS = {"1": (), "2": ("Imager",), "3": ("Imager", "Transfer", "Build Test Pack"), "4": ("Imager", "Transfer")}


@pytest.fixture(scope="module")
def camera() -> Case:
    return twinkit.example("camera")


@pytest.mark.parametrize("number", LIMITS)
def test_the_camera_costs_what_is_published(camera, number):
    limits = {"Customers": 5, **dict.fromkeys(LIMITS[number], 0)}
    wanted = published("S13")["exact_here"][number]
    assert stocking_plan(camera, limits, z=Z, holding_rate=RATE).cost == pytest.approx(wanted, rel=1e-5)
    assert stocking_plan(camera, limits, z=Z).cost == pytest.approx(wanted, rel=1e-3)  # rounded costs of the table


def test_the_shipped_levels_are_those_of_the_plan(camera):
    stocked = stocking_plan(camera, {"Ship": 5}, z=Z).stocked(camera)
    twinkit.Chain(stocked, replications=1)
    shipped, ours = camera["stocks"], stocked["stocks"]
    assert ours["policy"].tolist() == shipped["policy"].tolist()
    assert ours["order_up_to"].to_numpy() == pytest.approx(shipped["order_up_to"].to_numpy(), abs=0.06, nan_ok=True)


def test_the_table_of_the_plan_adds_up(camera):
    plan = stocking_plan(camera, {"Ship": 5}, z=Z)
    t = plan.table
    assert plan.cost == pytest.approx(t["cost"].sum())
    assert (t["net_time"] == t["service_time_in"] + t["time"] - t["service_time_out"]).all()
    assert t["order_up_to"].to_numpy() == pytest.approx((t["mean"] * t["net_time"] + t["safety_stock"]).to_numpy())
    assert (t.loc[~t["keeps_stock"], "safety_stock"] == 0).all()
    assert stocking_plan(camera, {"Customers": 5}, z=Z).table.equals(t)
    assert stocking_plan(camera, {"Ship": 5}).z == pytest.approx(norm.ppf(0.95))


# Does a simulated chain keep the promise? --------------------------------------------------------


def late_shares(case: Case, promise: int, worlds: int) -> np.ndarray:
    """Share of periods, in every world, at whose end something asked for more than `promise` periods ago is owed."""
    plan = plan_of(case)
    chain = Chain(plan, worlds, record=[market_history(plan, n, n) for n in ("asked", "backlog")]).run()
    owed, until = chain.history("backlog")[0], np.cumsum(chain.history("asked")[0], axis=0)
    before = np.zeros_like(until)
    before[promise:] = until[: len(until) - promise]
    return (owed > until - before + 1e-6)[case.settings["warm_up"] :].mean(axis=0)


def chance_of_late(mean: float, sd: float, near: tuple[float, int], far: tuple[float, int]) -> float:
    """``P(D₁ + (D₂ - S₂)⁺ > S₁)`` for (level, net time) of the stage near the customer and the one beyond it."""
    x = np.linspace(-9.0, 9.0, 4001)
    missing = np.maximum(mean * far[1] + sd * np.sqrt(far[1]) * x - far[0], 0.0)
    chance = norm.sf((near[0] - missing - mean * near[1]) / (sd * np.sqrt(near[1])))
    return float(np.sum(norm.pdf(x) * chance) * (x[1] - x[0]))


def keeps(case: Case, promise: int, chance: float, worlds: int = 64, width: float = 0.006) -> None:
    share, low, high = mean_interval(late_shares(case, promise, worlds), SURE)
    assert high - low < 2 * width
    assert low <= chance <= high, f"model {chance}, simulation {share} ({low} to {high})"


def held(plan, site) -> tuple[float, int]:
    at = plan.table[(plan.table["site"] == site) & plan.table["keeps_stock"]].iloc[0]
    return float(at["order_up_to"]), int(at["net_time"])


def sum_of_days(mean: float, sd: float, days: int, step: float) -> np.ndarray:
    """Law of the demand of some days on a grid: each day the positive part of a normal value, of this mean and spread."""

    def moments(z: float) -> tuple[float, float]:
        first = norm.pdf(z) + z * norm.cdf(z)
        return first, math.sqrt((1 + z * z) * norm.cdf(z) + z * norm.pdf(z) - first**2)

    z = brentq(lambda x: moments(x)[0] / moments(x)[1] - mean / sd, -5.0, 30.0)
    scale = sd / moments(z)[1]
    edges = (np.arange(int((mean + 10 * sd) / step) + 1) + 0.5) * step
    day = np.diff(norm.cdf(edges / scale - z), prepend=0.0)
    found = np.ones(1)
    for _ in range(days):
        found = np.convolve(found, day)
    return found


@pytest.mark.parametrize(("mean", "chance"), [(11.0, 0.0561), (40.0, 0.0547)])
def test_the_camera_keeps_its_promise(camera, mean, chance):
    # Two stages keep stock, each for demand within z = 1.645 (5 % beyond it); both together are late in
    # 5.5 % of the days where demand is normal.  A day's demand is not below 0: at a mean of 11 and a
    # standard deviation of 7 it is the positive part of a normal value with this mean and spread, which
    # leans to the right: 5.6 %.  At a mean of 40 nothing is cut off.
    case = camera.replace(markets=camera["markets"].assign(mean=mean), settings={"periods": 1500, "warm_up": 300})
    plan, step = stocking_plan(case, {"Customers": 5}, z=Z), 0.05
    near, far = held(plan, "Build Test Pack"), held(plan, "Other Parts M 60")
    first, second = (sum_of_days(mean, 7, days, step) for _, days in (near, far))
    missing = np.maximum(np.arange(len(second)) * step - far[0], 0.0)
    beyond = np.append(np.cumsum(first[::-1])[::-1], 0.0)  # chance of that much or more
    place = np.floor((near[0] - missing) / step + 1e-9).astype(int) + 1
    model = float(second @ beyond[np.clip(place, 0, len(first))])
    assert model == pytest.approx(chance, abs=1e-4)
    keeps(plan.stocked(case), 5, model, worlds=1024)


@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("day", ["order_after_demand", "order_first"])
def test_two_stages_keep_their_promise(day, delay):
    stages = [
        {"policy": "base_stock", "order_up_to": 1, "holding_cost": 1,
         "lane": {"lead_time": 3 + i, "information_delay": delay}}
        for i in range(2)
    ]  # fmt: skip
    case = row(stages, {"demand": "normal", "mean": 50, "spread": 8}, periods=4000, warm_up=100, day=day)
    for limits, promise in (({"stage 2": 0}, 0), ({"stage 2": 0, "customers": 1}, 1)):
        plan = stocking_plan(case, limits, z=1.5)
        keeps(plan.stocked(case), promise, chance_of_late(50, 8, held(plan, "stage 1"), held(plan, "stage 2")))


def test_a_supplier_that_serves_first_keeps_more_than_its_promise():
    # In serve_first a supplier hears of an order a period before it serves it: the plan has a period in hand there.
    stages = [{"policy": "base_stock", "order_up_to": 1, "holding_cost": 1, "lane": {"lead_time": 3}}] * 2
    case = row(stages, {"demand": "normal", "mean": 50, "spread": 8}, periods=4000, warm_up=100, day="serve_first")
    plan = stocking_plan(case, {"stage 2": 0}, z=1.5)
    share = late_shares(plan.stocked(case), 0, 64).mean()
    most = chance_of_late(50, 8, held(plan, "stage 1"), held(plan, "stage 2"))
    assert norm.sf(1.5) - 0.003 < share < most


def workshop(**changes) -> Case:
    """A plant that makes a kit of two parts and a bought board; a shop sells it."""
    tables = {
        "sites": [{"site": s, "kind": "plant"} for s in ("plant", "lathe", "press")]
        + [{"site": "shop", "kind": "retailer"}, {"site": "outside", "kind": "supplier"}],
        "products": [{"product": p, "value": 5} for p in ("kit", "part", "panel", "board")],
        "bill_of_materials": [
            {"product": "kit", "component": c, "quantity": q} for c, q in (("part", 2), ("panel", 1), ("board", 3))
        ],
        "stocks": [
            {"site": "shop", "product": "kit", "policy": "base_stock", "order_up_to": 1},
            {"site": "plant", "product": "kit", "policy": "base_stock", "order_up_to": 1},
            *({"site": "plant", "product": p, "policy": "on_demand"} for p in ("part", "panel")),
            {"site": "plant", "product": "board", "policy": "base_stock", "order_up_to": 1},
            {"site": "lathe", "product": "part", "policy": "base_stock", "order_up_to": 1},
            {"site": "press", "product": "panel", "policy": "base_stock", "order_up_to": 1},
            {"site": "outside", "product": "board", "policy": "unlimited", "unit_cost": 2},
        ],
        "recipes": [
            {"site": "plant", "product": "kit", "lead_time": 2, "unit_cost": 10, "yield_rate": 0.8},
            {"site": "lathe", "product": "part", "lead_time": 3, "unit_cost": 4},
            {"site": "press", "product": "panel", "lead_time": 6, "unit_cost": 7},
        ],
        "lanes": [
            {"origin": "plant", "destination": "shop", "product": "kit", "lead_time": 1, "transport_cost": 1},
            {"origin": "lathe", "destination": "plant", "product": "part", "lead_time": 1},
            {"origin": "press", "destination": "plant", "product": "panel", "lead_time": 0},
            {"origin": "outside", "destination": "plant", "product": "board", "lead_time": 4, "transport_cost": 0.5},
        ],
        "markets": [{"market": "town", "site": "shop", "product": "kit", "mean": 60, "spread": 8}],
    }  # fmt: skip
    settings = changes.pop("settings", {"periods": 3000, "warm_up": 100})
    return Case("workshop", {**tables, **changes}, settings)


def test_costs_and_demand_follow_bills_yields_and_prices():
    t = stocking_plan(workshop(), holding_rate=0.365).table.set_index(["site", "product"])
    kit = (10 + 2 * 4 + 7 + 3 * 2.5) / 0.8
    costs = {("plant", "kit"): kit, ("shop", "kit"): kit + 1, ("plant", "board"): 2.5, ("lathe", "part"): 4}
    for key, cost in costs.items():
        assert t.loc[key, "holding_cost"] == pytest.approx(0.365 * cost)
    assert t.loc[("lathe", "part"), "mean"] == pytest.approx(60 * 2 / 0.8)
    assert t.loc[("plant", "board"), "sd"] == pytest.approx(8 * 3 / 0.8)
    assert not t.loc[("plant", "part"), "keeps_stock"]
    assert ("outside", "board") not in t.index


def test_an_assembly_keeps_its_promise():
    # The plant waits for its slowest component and keeps kits; only the panel needs stock of its own.
    limits = {"town": 1, "plant": 0}
    plan = stocking_plan(workshop(), limits, z=1.5, holding_rate=0.3)
    assert dict(zip(plan.table["product"], plan.table["service_time_in"], strict=True))["kit"] >= 0
    late = late_shares(plan.stocked(workshop()), 1, 64)
    kept = plan.table[plan.table["safety_stock"] > 0]
    # At least one stage is late as often as its own demand is beyond z, at most as often as any of them is.
    assert norm.sf(1.5) - 0.005 < late.mean() < len(kept) * norm.sf(1.5)


def test_whole_units_are_rounded_up():
    case = workshop(settings={"whole_units": True})
    plan = stocking_plan(case, z=1.5, holding_rate=0.3)
    levels = plan.stocked(case)["stocks"]["order_up_to"].dropna()
    assert (levels == levels.round()).all()
    assert (plan.table["order_up_to"].to_numpy() != np.round(plan.table["order_up_to"].to_numpy())).any()


def test_another_policy_gives_way():
    case = changed("stocks")
    stocks = case["stocks"].copy()
    lathe = stocks["site"] == "lathe"
    stocks.loc[lathe, ["policy", "order_up_to", "reorder_point", "order_quantity"]] = ["r_Q", np.nan, 5.0, 200.0]
    case = case.replace(stocks=stocks)
    stocked = stocking_plan(case, holding_rate=0.3).stocked(case)
    assert twinkit.check_case(stocked) == []
    assert stocked["stocks"].loc[lathe, "reorder_point"].isna().all()


def test_spreads_of_all_distributions():
    kinds = ["constant", "normal", "uniform", "poisson", "negative_binomial", "history"]
    markets = [{"market": k, "site": "shop", "product": "kit", "demand": k, "mean": 9, "spread": 6} for k in kinds]
    history = [{"market": "history", "product": "kit", "period": t, "units": u} for t, u in enumerate((2, 4))]
    case = workshop(markets=markets, history=history)
    net = case.derived(network_of)
    found = dict(zip(net.markets["market"], demand_spreads(case, net.markets), strict=True))
    wanted = {"constant": 0, "normal": 6, "uniform": 12**0.5, "poisson": 3, "negative_binomial": 6, "history": 1}
    assert found == pytest.approx(wanted)


# What does not fit ---------------------------------------------------------------------------------


def refused(words: str, case: Case, *limits, **more) -> None:
    with pytest.raises(CaseError, match=words):
        stocking_plan(case, *limits, **{"holding_rate": 0.3, **more})


def changed(table: str, **columns) -> Case:
    case = workshop()
    return case.replace(**{table: case[table].assign(**columns)})


def test_a_part_that_goes_two_ways_is_planned_for_both():
    # The press also makes the panel of the part that goes into the kit: two ways from the part to the kit.
    case = workshop()
    bill = [{"product": "panel", "component": "part", "quantity": 1}]
    stocks = [{"site": "press", "product": "part", "policy": "base_stock", "order_up_to": 1}]
    lanes = [{"origin": "lathe", "destination": "press", "product": "part", "lead_time": 1}]
    more = {"bill_of_materials": bill, "stocks": stocks, "lanes": lanes}
    both = case.replace(**{t: pd.concat([case[t], pd.DataFrame(rows)]) for t, rows in more.items()})
    plan = stocking_plan(both, {"town": 1}, z=1.5, holding_rate=0.3)
    lathe = plan.table.set_index("site").loc["lathe"]
    assert lathe["sd"] == pytest.approx((2 + 1) * 8 / 0.8) and lathe["mean"] == pytest.approx(3 * 60 / 0.8)
    assert plan.gap == 0 and plan.cost > stocking_plan(case, {"town": 1}, z=1.5, holding_rate=0.3).cost
    late = late_shares(plan.stocked(both), 1, 64).mean()
    kept = plan.table[plan.table["safety_stock"] > 0]
    assert norm.sf(1.5) - 0.005 < late < len(kept) * norm.sf(1.5)
    press = pd.DataFrame([{"site": "lathe", "product": "panel", "policy": "base_stock", "order_up_to": 1}])
    back = [{"origin": "press", "destination": "lathe", "product": "panel", "lead_time": 1}]
    ring = both.replace(stocks=pd.concat([both["stocks"], press]), lanes=pd.concat([both["lanes"], pd.DataFrame(back)]),
                        bill_of_materials=pd.concat([both["bill_of_materials"], pd.DataFrame([{"product": "part", "component": "panel", "quantity": 1}])]))  # fmt: skip
    with pytest.raises(CaseError, match="part"):
        stocking_plan(ring, z=1.5, holding_rate=0.3)


def test_a_stock_with_two_sources_keeps_its_promise():
    """Seven tenths come after 3 days, the rest after 6.  The level holds the mean of both and z √6 spreads; of the demand of
    the first three days all is on the way, of the three before only 3 tenths: the chance to be late is that of a normal value."""
    case = row([{"policy": "base_stock", "order_up_to": 1, "holding_cost": 1, "lane": {"lead_time": 3, "share": 0.7}}],
               {"demand": "normal", "mean": 50, "spread": 8}, periods=4000, warm_up=100)  # fmt: skip
    other = case["lanes"].iloc[0].to_dict() | {"origin": "other", "lead_time": 6, "share": 0.3}
    case = case.replace(
        sites=pd.concat([case["sites"], pd.DataFrame([{"site": "other", "kind": "supplier"}])]),
        stocks=pd.concat([case["stocks"], pd.DataFrame([{"site": "other", "product": "item", "policy": "unlimited"}])]),
        lanes=pd.concat([case["lanes"], pd.DataFrame([other])]),
    )
    plan = stocking_plan(case, z=0.8)
    stock = plan.table.iloc[0]
    assert stock["safety_stock"] == pytest.approx(0.8 * 8 * math.sqrt(stock["net_time"]))
    early = stock["net_time"] - 3
    assert stock["order_up_to"] == pytest.approx(50 * (stock["net_time"] - 0.7 * 3) + stock["safety_stock"])
    keeps(plan.stocked(case), 0, norm.sf(stock["safety_stock"] / (8 * math.sqrt(early + 0.09 * 3))))


def test_what_does_not_fit_is_said():
    case = workshop()
    alone = case["lanes"][case["lanes"]["origin"] != "lathe"]
    with pytest.raises(CaseError, match="part"):
        stocking_plan(case.replace(lanes=alone), holding_rate=0.3)
    refused("'town . kit' asks less often", changed("markets", every=7))
    refused("has no cost of keeping it", workshop(), holding_rate=None)
    refused("Did you mean 'shop'", workshop(), {"shpo": 3})
    refused("'town' has a service time of 1.5; it must be a whole number", workshop(), {"town": 1.5})
    refused("'nowhere' is no site and no market", workshop(), {"nowhere": 1})
    case = workshop()
    none = case["stocks"]["policy"].where(case["stocks"]["site"] != "press", "none")
    level = case["stocks"]["order_up_to"].where(none != "none")
    refused("'press . panel' never orders", changed("stocks", policy=none, order_up_to=level))


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match=r"service_level = 1\.5"):
        stocking_plan(workshop(), service_level=1.5)
    with pytest.raises(ValueError, match="z = -1"):
        stocking_plan(workshop(), z=-1.0)


def test_a_plan_of_another_case_is_refused(camera):
    plan = stocking_plan(workshop(), holding_rate=0.3)
    with pytest.raises(CaseError, match="is no stock of the case"):
        plan.stocked(camera)


def test_autocorrelated_demand_asks_for_more_safety_stock():
    """The safety stock of a single stock is z times the spread of its lead time, and the chain then serves as promised."""
    level, rho = 0.95, 0.7
    tables = {
        "sites": [{"site": "sup", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "tea", "value": 4}],
        "stocks": [{"site": "sup", "product": "tea", "policy": "unlimited"},
                   {"site": "shop", "product": "tea", "policy": "base_stock", "order_up_to": 100, "holding_cost": 0.2}],
        "lanes": [{"origin": "sup", "destination": "shop", "product": "tea", "lead_time": 4}],
        "markets": [{"market": "city", "site": "shop", "product": "tea", "demand": "normal", "mean": 100, "spread": 10, "autocorrelation": rho}],
    }  # fmt: skip
    case = twinkit.Case("tea", tables, {"periods": 400})
    plan = twinkit.stocking_plan(case, service_level=level)
    row = plan.table.set_index("site").loc["shop"]
    n = int(row["net_time"])
    spread = 10 * math.sqrt(sum(rho ** abs(i - j) for i in range(n) for j in range(n)))
    assert row["safety_stock"] == pytest.approx(norm.ppf(level) * spread)
    served = twinkit.Chain(plan.stocked(case), 64, record=["stocks.backlog"]).run().history("stocks.backlog")[1][50:]
    assert (served <= 1e-9).mean() == pytest.approx(level, abs=0.02)


def five_days(**lane) -> Case:
    """A shop whose supplier's goods move on weekdays only, two of them long."""
    case = row([{"policy": "base_stock", "order_up_to": 1, "holding_cost": 1, "lane": {"lead_time": 2, **lane}}],
               {"demand": "constant", "mean": 10}, periods=56)  # fmt: skip
    week = [{"calendar": "five days", "saturday": 0, "sunday": 0}]
    return case.replace(calendars=week, settings={"start_date": "2024-01-01"}, lanes=case["lanes"].assign(calendar="five days"))


def test_closed_days_lengthen_the_time_that_a_plan_protects():
    """What is ordered on a Thursday, Friday or Saturday is there four days later: with 40 nobody waits, and with less somebody does."""
    case = five_days()
    plan = stocking_plan(case)
    assert plan.table["time"].tolist() == [4] and plan.table["order_up_to"].iloc[0] == pytest.approx(40)
    for level, waits in ((40, False), (39, True)):
        stocks = plan.stocked(case)["stocks"]
        changed = case.replace(stocks=stocks.assign(order_up_to=stocks["order_up_to"].where(stocks["policy"] != "base_stock", level)))
        chain = Chain(changed, 1, record=["claims.backlog"]).run()
        assert (chain.history("claims.backlog")[-1].max() > 0) == waits


def test_what_a_plan_has_no_words_for_is_refused():
    case = five_days()
    for table, column, value in (("markets", "calendar", "five days"), ("markets", "returned_share", 0.2), ("lanes", "full_load", 5)):
        with pytest.raises(CaseError, match=f"{table}, {column}.*guaranteed|{table}, {column}.*full loads"):
            stocking_plan(case.replace(**{table: case[table].assign(**{column: value})}))


def test_a_random_lead_time_counts_with_the_mean_that_comes_about():
    """Normal 30 +- 6 without overtaking is 35.9 on the mean (docs/day.md), with overtaking 30."""
    for crossing, time in ((True, 30), (False, 36)):
        lane = {"lead_time": 30, "lead_time_kind": "normal", "lead_time_spread": 6, "crossing": crossing}
        case = row([{"policy": "base_stock", "order_up_to": 1, "holding_cost": 1, "lane": lane}], {"mean": 10, "spread": 2}, periods=100)
        assert stocking_plan(case).table["time"].tolist() == [time]
