"""Emissions of moving goods: worked out by hand, known for all lanes or not told."""

import numpy as np
import pytest

import twinkit
from twinkit.tables.emissions import AIR_DETOUR, INTENSITIES, lane_emissions

SITES = [{"site": "mill", "kind": "supplier", "latitude": 48.14, "longitude": 11.58}, {"site": "depot", "kind": "warehouse"},
         {"site": "shop", "kind": "retailer", "latitude": 40.42, "longitude": -3.70}]  # fmt: skip


def case_of(mass=20.0, first=None, second=None, periods=60):
    """Mill, depot, shop: 5 units a day; the first leg 900 km by rail, the second 50 km by road."""
    return twinkit.Case("green", {
        "sites": SITES, "products": [{"product": "flour", "mass": mass, "value": 3}],
        "stocks": [{"site": "mill", "product": "flour", "policy": "unlimited"},
                   *({"site": s, "product": "flour", "policy": "base_stock", "order_up_to": 40, "on_hand": 40} for s in ("depot", "shop"))],
        "lanes": [{"origin": "mill", "destination": "depot", "product": "flour", "lead_time": 2, "mode": "rail", "distance": 900, **(first or {})},
                  {"origin": "depot", "destination": "shop", "product": "flour", "lead_time": 1, "distance": 50, **(second or {})}],
        "markets": [{"market": "town", "site": "shop", "product": "flour", "demand": "constant", "mean": 5}],
    }, {"periods": periods, "warm_up": 20})  # fmt: skip


def emissions(case):
    return twinkit.ensemble(case, twinkit.Scenario("as it is"), 2)["as it is"].kpis.get("emissions")


def test_emissions_are_tonnes_times_kilometres_times_the_factor_of_the_mode():
    """20 kg over 900 km by rail and 50 km by road: 18 and 1 tonne-kilometres for each unit sold."""
    by_hand = 18 * 0.0347 + 1 * 0.12522
    assert emissions(case_of()) == pytest.approx(np.full(2, by_hand), rel=1e-9)
    assert emissions(case_of(mass=10)) == pytest.approx(np.full(2, by_hand / 2), rel=1e-9)


def test_what_a_lane_says_of_itself_comes_first():
    assert emissions(case_of(first={"emissions": 4.0})) == pytest.approx(np.full(2, 4 + 0.12522), rel=1e-9)
    assert emissions(case_of(mass=0, first={"emissions": 4.0}, second={"emissions": 0.5})) == pytest.approx(np.full(2, 4.5))


@pytest.mark.parametrize(
    ("more", "lacks"),
    [({"mass": 0}, "the mass of the product"), ({"second": {"distance": None}}, "the distance"), ({"first": {"mode": "pipeline"}}, "a factor for pipeline")],
)  # fmt: skip
def test_a_sum_that_would_be_too_small_is_not_told(more, lacks):
    case = case_of(**more)
    assert emissions(case) is None
    told = [n for n in twinkit.notes_of(case) if n.column == "emissions"]
    assert told and lacks in told[0].says and "not told" in told[0].says


def test_a_flight_without_a_distance_follows_the_great_circle():
    case = case_of(first={"destination": "shop", "mode": "air", "distance": None}, second={"origin": "mill", "mode": "sea", "distance": 4000})
    each, missing = lane_emissions(case["lanes"], case["sites"], case["products"])
    munich_madrid = 1485.0  # [km]
    assert missing == ["", ""]
    assert each[0] == pytest.approx(0.02 * (munich_madrid + AIR_DETOUR) * INTENSITIES["air"], rel=0.01)
    assert each[1] == pytest.approx(0.02 * 4000 * INTENSITIES["sea"])


def test_scenarios_are_compared_and_the_car_maker_knows_its_emissions():
    case = twinkit.example("automotive")
    found = twinkit.ensemble(case, [twinkit.Scenario("as it is"), twinkit.Scenario("more stock", levers={"safety_days_tier_1": 5.0})], 2)
    rows = twinkit.compare(found["as it is"], found["more stock"]).set_index("kpi")
    assert rows.loc["emissions", "unit"] == "kg CO2e/unit" and rows.loc["emissions", "base"] > 0
    assert not [n for n in twinkit.notes_of(case) if n.column == "emissions"]
