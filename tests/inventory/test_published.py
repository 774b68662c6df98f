"""Numbers of books and papers, from the files of published cases."""

from __future__ import annotations

import pytest
from inventory.published import published
from scipy.stats import uniform

from twinkit import inventory

SINGLE = published("S10")["cases"]


def same(value, wanted):
    assert value == pytest.approx(wanted, rel=1e-5)


def test_newsvendor():
    c, n = SINGLE["newsvendor"], SINGLE["newsvendor_poisson"]
    best = inventory.newsvendor_normal(c["h"], c["p"], 50, 8)
    same(best, (c["S"], c["cost"]))
    same(inventory.newsvendor_normal_cost(40, c["h"], c["p"], 50, 8), c["cost_at_S40"])
    same(inventory.newsvendor_poisson(n["h"], n["p"], 6), (n["S"], n["cost"]))


def test_base_stock():
    c = SINGLE["base_stock_L4"]
    for lead_time, after in ((4, False), (5, True)):
        best = inventory.base_stock_normal(c["h"], c["p"], 50, 8, lead_time, order_after_demand=after)
        same(best, (c["S"], c["cost"]))


@pytest.mark.parametrize(("name", "rate"), [("rQ_poisson", 1.5), ("rQ_poisson_2", 12)])
def test_r_Q(name, rate):
    c = SINGLE[name]
    best = inventory.r_Q_poisson(c["h"], c["p"], c["K"], rate, c["lead_time"])
    assert (best.reorder_point, best.quantity) == (c["r"], c["Q"])
    same(best.cost, c["cost"])
    same(inventory.r_Q_poisson_cost(c["r"], c["Q"], c["h"], c["p"], c["K"], rate, c["lead_time"]), c["cost"])


def test_lot_sizes():
    c = SINGLE["eoq"]
    same(inventory.eoq(c["K"], c["h"], c["D"]), (c["Q"], c["cost"]))
    c = SINGLE["eoq_backorders"]
    best = inventory.eoq_backorders(c["K"], c["h"], c["p"], c["D"])
    same(best, (c["Q"], c["stockout_fraction"], c["cost"]))
    c = SINGLE["epq"]
    same(inventory.epq(c["K"], c["h"], c["D"], c["production_rate"]), (c["Q"], c["cost"]))
    c = SINGLE["all_units_discount"]
    best = inventory.all_units_discount(c["K"], c["i"], c["D"], c["breakpoints"], c["unit_costs"])
    same(best, (c["Q"], c["cost"]))


@pytest.mark.parametrize("case", published("S09")["cases"], ids=lambda c: c["demand"])
def test_s_S(case):
    mean = float(case["demand"].removeprefix("Poisson(").removesuffix(")"))
    best = inventory.s_S_poisson(case["h"], case["p"], case["K"], mean)
    assert (best.reorder_point, best.level) == (case["s"], case["S"])
    assert best.cost == pytest.approx(case["cost"], rel=1e-9)
    after = inventory.s_S_poisson(case["h"], case["p"], case["K"], mean, 1, order_after_demand=True)
    assert after == best


def test_clark_scarf():
    data = published("S08")
    p, wanted = data["parameters"], data["expected"]
    known = p["local_holding"], p["stockout_at_stage_1"], p["lead_time"], 5.0
    best = inventory.serial_normal(*known, 1.0)
    assert best.cost == pytest.approx(wanted["optimal_cost_per_period"], abs=0.02)
    assert best.echelon_levels == pytest.approx(wanted["echelon_base_stock"], abs=0.01)
    assert best.local_levels == pytest.approx(wanted["local_base_stock"], abs=0.01)
    counts, found = wanted["poisson5_variant"], inventory.serial_poisson(*known)
    assert list(found.echelon_levels) == counts["echelon_base_stock"]
    assert found.cost == pytest.approx(counts["optimal_cost"], abs=0.005)


@pytest.mark.parametrize(
    ("holding", "p", "lead_times", "mean", "sd", "cost", "levels"),
    [
        ([2, 1], 15, [1, 1], 100, 15, 166.25, [123.5, 228.4]),
        ([7, 2], 24, [8, 3], 20, 4, 438.18, [171.2, 232.2]),
    ],
)
def test_serial_problems_that_a_coarse_grid_misses(holding, p, lead_times, mean, sd, cost, levels):
    # Snyder & Shen, problems 6.1 and 6.16; parameters as in stockpyl's instances of these names, values as
    # in the warning of the published case S08.
    best = inventory.serial_normal(holding, p, lead_times, mean, sd)
    assert best.cost == pytest.approx(cost, abs=0.01)
    assert best.echelon_levels == pytest.approx(levels, abs=0.05)


@pytest.mark.parametrize("lead_time", [1, 2])
def test_lost_sales(lead_time):
    p, wanted = published("S11")["parameters"], published("S11")["expected"][f"L{lead_time}"]
    best = inventory.lost_sales_poisson(p["h"], p["p"], 5, lead_time)
    assert best.level == wanted["best_S"]
    assert best.cost == pytest.approx(wanted["cost"], abs=0.005)


def test_supply_disruptions():
    p, wanted = published("S12")["parameters"], published("S12")["expected"]
    best = inventory.supply_disruptions(p["h"], p["p"], p["demand"], p["disruption_prob"], p["recovery_prob"])
    assert best.level == wanted["S_star"]
    assert best.cost == pytest.approx(wanted["cost_8000"], abs=1e-3)


CAMERA = published("S13")
LIMITED = {
    "1 no extra constraint": (),
    "2 Imager S<=0": ("Imager",),
    "3 Imager, Transfer, Build_Test_Pack S<=0": ("Imager", "Transfer", "Build_Test_Pack"),
    "4 Imager, Transfer S<=0": ("Imager", "Transfer"),
}


@pytest.mark.parametrize("row", LIMITED)
def test_guaranteed_service(row):
    stages = [
        inventory.Stage(
            name, s["time"], s["added_cost"], s["suppliers"], demand_sd=s["demand_sd"],
            max_service_time=0 if name in LIMITED[row] else s["max_service_time"],
        )
        for name, s in CAMERA["parameters"]["stages"].items()
    ]  # fmt: skip
    plan = inventory.guaranteed_service(stages, CAMERA["parameters"]["holding_rate"], 1.645)
    assert plan.cost == pytest.approx(CAMERA["exact_here"][row.split()[0]], rel=1e-5)
    assert plan.cost == pytest.approx(CAMERA["expected"][row], rel=0.01)


@pytest.mark.parametrize("row", published("S14")["rows"], ids=str)
def test_bullwhip(row):
    assert inventory.bullwhip_lower_bound(row["L"], row["p"], row["rho"]) == pytest.approx(row["ratio"], abs=1e-6)


def test_suppliers_that_cannot_be_relied_on():
    """Snyder & Shen (2019), examples 9.1, 9.4, 9.5 and 9.6."""
    same(inventory.eoq_disruptions(8, 0.225, 5, 1300, 1.5, 14), (772.81107, 173.95000))
    same(inventory.eoq_disruptions(8, 0.225, 5, 1300, 1.5, 14, approximate=True), (773.14324, 173.95723))
    same(inventory.eoq_disruptions_cost(700, 8, 0.225, 5, 1300, 1.5, 14), 174.78712)
    same(inventory.eoq_additive_yield(18500, 0.06, 75000, -15000, 9000), (230246.37, 12914.782))
    same(inventory.eoq_multiplicative_yield(18500, 0.06, 75000, 0.8333, 0.1), (256241.59, 12996.068))
    same(inventory.newsvendor_additive_yield(15, 75, 1.5e6, distribution=uniform(-5e5, 1e6)), (1833333.33, 6250000.0))


def test_wagner_whitin():
    """Snyder & Shen (2019), example 3.9."""
    plan = inventory.wagner_whitin([90, 120, 80, 70], 500, 2)
    assert plan.orders.tolist() == [210, 0, 150, 0] and plan.cost == 1380
