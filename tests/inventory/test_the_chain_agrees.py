"""The ordinary chain, from tables, costs what the formulas say.

What is compared: the mean cost of a period after a warm-up, over independent worlds, and the
formula's long-run average, which must lie in the 99.9 % interval of that mean.
"""

from __future__ import annotations

import numpy as np
import pytest
from inventory.chains import agrees, costs, row
from inventory.published import published
from scipy.stats import poisson

from twinkit import inventory
from twinkit.inventory.loss import holding_and_stockout, poisson_loss

SINGLE = published("S10")["cases"]


def base_stock(level, h, p, lead_time, **lane):
    return {
        "policy": "base_stock", "order_up_to": level, "holding_cost": h, "backlog_cost": p,
        "lane": {"lead_time": lead_time, **lane},
    }  # fmt: skip


@pytest.mark.parametrize("lead_time", [0, 4])
def test_base_stock_normal(lead_time):
    # A lead time of L where the order comes first is one of L + 1 where it comes after demand.
    c = SINGLE["base_stock_L4"] if lead_time else SINGLE["newsvendor"]
    best = inventory.base_stock_normal(c["h"], c["p"], 50, 8, lead_time)
    assert best.cost == pytest.approx(c["cost"], rel=1e-9)
    stage = base_stock(best.level, c["h"], c["p"], lead_time + 1)
    agrees(row([stage], {"demand": "normal", "mean": 50, "spread": 8}, periods=12000, warm_up=100), best.cost)


@pytest.mark.parametrize(("level", "lead_time"), [(8, 0), (6, 0), (35, 4)])
def test_base_stock_poisson(level, lead_time):
    cost = inventory.base_stock_poisson_cost(level, 1, 4, 6, lead_time)
    stage = base_stock(level, 1, 4, lead_time + 1)
    market = {"demand": "poisson", "mean": 6}
    agrees(row([stage], market, periods=12000, warm_up=100, whole_units=True), cost)


@pytest.mark.parametrize("level", [264.7668943741548, 250.0])
def test_base_stock_where_the_order_comes_first(level):
    # The table's lead time is the formula's: the order of a period does not know of its demand.
    c = SINGLE["base_stock_L4"]
    cost = inventory.base_stock_normal_cost(level, c["h"], c["p"], 50, 8, 4)
    market = {"demand": "normal", "mean": 50, "spread": 8}
    agrees(row([base_stock(level, c["h"], c["p"], 4)], market, periods=12000, warm_up=100, day="order_first"), cost)


@pytest.mark.parametrize(("h", "p", "K", "mean", "s", "S"), [(1, 4, 5, 6, 4, 10), (40, 125, 150, 4, 2, 7)])
def test_s_S(h, p, K, mean, s, S):
    cost = inventory.s_S_poisson_cost(s, S, h, p, K, mean)
    stage = {
        "policy": "s_S", "reorder_point": s, "order_up_to": S, "holding_cost": h, "backlog_cost": p,
        "lane": {"lead_time": 1, "shipment_cost": K},
    }  # fmt: skip
    agrees(row([stage], {"demand": "poisson", "mean": mean}, periods=12000, warm_up=100, whole_units=True), cost)


@pytest.mark.parametrize(("lead_time", "level"), [(1, 12), (2, 16), (2, 13), (3, 20)])
@pytest.mark.parametrize(("day", "longer"), [("order_first", 0), ("serve_first", 1)])
def test_lost_sales(lead_time, level, day, longer):
    # In order_first a period is receive and order, demand, sell.  In serve_first it orders after its
    # sales what the next period's order would be: the same with a lead time longer by one period.
    cost = inventory.lost_sales_poisson_cost(level, 1, 4, 5, lead_time).cost
    stage = {"policy": "base_stock", "order_up_to": level, "holding_cost": 1, "lane": {"lead_time": lead_time + longer}}
    market = {"demand": "poisson", "mean": 5, "lost_margin": 4}
    agrees(row([stage], market, lost=1, periods=12000, warm_up=100, whole_units=True, day=day), cost)


def clark_scarf(demand, levels):
    p = published("S08")["parameters"]
    stages = []
    for i, level in enumerate(levels):
        # Goods on the way are held by their shipper; what comes from outside costs nothing on its way.
        upstream = p["local_holding"][i + 1] if i + 1 < len(levels) else 0.0
        stockout = p["stockout_at_stage_1"] if i == 0 else 0.0
        stages.append(base_stock(level, p["local_holding"][i], stockout, p["lead_time"][i], holding_cost=upstream))
    return row(stages, demand, periods=8000, warm_up=200)


def test_clark_scarf_normal():
    best = inventory.serial_normal([7, 4, 2], 37.12, [1, 1, 2], 5, 1)
    agrees(clark_scarf({"demand": "normal", "mean": 5, "spread": 1}, best.local_levels), best.cost)


def test_clark_scarf_away_from_the_best():
    found = inventory.serial_normal_cost([6.0, 12.5, 23.5], [7, 4, 2], 37.12, [1, 1, 2], 5, 1)
    agrees(clark_scarf({"demand": "normal", "mean": 5, "spread": 1}, found.local_levels), found.cost)


def test_clark_scarf_poisson():
    best = inventory.serial_poisson([7, 4, 2], 37.12, [1, 1, 2], 5)
    agrees(clark_scarf({"demand": "poisson", "mean": 5}, best.local_levels), best.cost)


def lots(quantity, periods_in_year, c):
    """A shop that orders a lot when nothing is left; steady demand, and an order is there at once."""
    stage = {
        "policy": "r_Q", "reorder_point": 0, "order_quantity": quantity, "holding_cost": c["h"] / periods_in_year,
        "lane": {"lead_time": 0, "shipment_cost": c["K"]},
    }  # fmt: skip
    market = {"demand": "constant", "mean": c["D"] / periods_in_year}
    return row([stage], market, periods=40 * periods_in_year, warm_up=0)


def test_eoq():
    # Periods are short: 400 of them use up a lot of 325 units.  Stock is counted at the end of a
    # period, after the lot has come in, so it is half a period's demand above the mean of the saw.
    c, in_year, quantity = SINGLE["eoq"], 1600, 325.0
    simulated = costs(lots(quantity, in_year, c), 1)[0] * in_year
    formula = inventory.eoq_cost(quantity, c["K"], c["h"], c["D"])
    assert simulated - c["h"] * c["D"] / in_year / 2 == pytest.approx(formula, rel=1e-6)
    assert simulated == pytest.approx(formula, rel=2e-3)


def rq_in_periods(r, quantity, h, p, fixed, mean, lead_time):
    """Cost of a period of (r, Q) that looks at the end of every period: Markov chain of the position."""
    places = np.arange(r + 1, r + quantity + 1)
    move = np.zeros((quantity, quantity))
    ordered = np.zeros(quantity)
    for i, y in enumerate(places):
        for d in range(quantity):  # larger demands in one short period do not happen
            j = y - d
            chance = poisson.pmf(d, mean)
            ordered[i] += chance * (j <= r)
            move[i, (j + quantity if j <= r else j) - r - 1] += chance
    share = np.linalg.lstsq(np.vstack([move.T - np.eye(quantity), np.ones(quantity)]),
                            np.append(np.zeros(quantity), 1.0), rcond=None)[0]  # fmt: skip
    over = mean * lead_time
    rate = holding_and_stockout(places, over, lambda x: poisson_loss(x, over), h, p)
    return float(share @ (rate + fixed * ordered))


@pytest.mark.parametrize(("name", "rate", "in_year"), [("rQ_poisson", 1.5, 20), ("rQ_poisson_2", 12, 160)])
def test_r_Q_of_continuous_review(name, rate, in_year):
    # The chain looks at its stock once a period.  Periods are so short (0.075 units of demand) that
    # the exact cost of looking at their ends, worked out above, is within 0.5 % of continuous review.
    c = SINGLE[name]
    stage = {
        "policy": "r_Q", "reorder_point": c["r"], "order_quantity": c["Q"], "holding_cost": c["h"] / in_year,
        "backlog_cost": c["p"] / in_year, "lane": {"lead_time": c["lead_time"] * in_year, "shipment_cost": c["K"]},
    }  # fmt: skip
    case = row([stage], {"demand": "poisson", "mean": rate / in_year}, periods=min(1000 * in_year, 100_000), warm_up=10 * in_year)
    cost = inventory.r_Q_poisson_cost(c["r"], c["Q"], c["h"], c["p"], c["K"], rate, c["lead_time"])
    discrete = rq_in_periods(
        c["r"], c["Q"], c["h"] / in_year, c["p"] / in_year, c["K"], rate / in_year, c["lead_time"] * in_year
    )
    assert discrete * in_year == pytest.approx(cost, rel=5e-3)
    agrees(case, discrete, 128)
