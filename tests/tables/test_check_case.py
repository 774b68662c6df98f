"""Each check: the good case passes, the broken one gives one sentence about its mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tables.broken_dates import BROKEN_DATES, broken_case
from tables.broken_events import BROKEN_EVENTS, OUTAGE
from tables.broken_measures import BROKEN_MEASURES
from tables.conftest import good_tables

from twinkit import rooms
from twinkit.columns import table_columns
from twinkit.tables import POLICY_PARAMETERS, Case, CaseError, Parameters, check_case, look
from twinkit.tables.checks import CHECKS
from twinkit.tables.checks_events import counted_from_the_cause
from twinkit.tables.checks_supply import lengths_of_time_clear
from twinkit.tables.look import Look, allowed
from twinkit.tables.schema import Settings
from twinkit.tables.words import POLICIES

NAN, INF = float("nan"), float("inf")


def put(table: str, row: int, **cells: Any) -> Callable[[dict], None]:
    """Write cells of one row, counted as a spreadsheet does."""
    return lambda tables: tables[table][row - 2].update(cells)


def add(table: str, **cells: Any) -> Callable[[dict], None]:
    return lambda tables: tables.setdefault(table, []).append(cells)


def drop(table: str, row: int) -> Callable[[dict], None]:
    return lambda tables: tables[table].pop(row - 2)


def all_of(*changes: Callable[[dict], None]) -> Callable[[dict], None]:
    return lambda tables: [change(tables) for change in changes]


LOOP = add("lanes", origin="Shop", destination="Depot", product="Bread", lead_time=0, share=0)
AA = {"policy": "anchor_and_adjust", "order_up_to": 9, "smoothing": 0.5, "stock_weight": 0.5}
DEAR = {"origin": "Mill", "destination": "Bakery", "product": "Flour", "price": 2}
BROKEN = {
    # single values
    "empty text": (put("sites", 3, kind=""), "sites row 3, kind: the cell is empty"),
    "empty number": (put("lanes", 3, lead_time=NAN), "lanes row 3, lead_time: the cell is empty"),
    "infinite": (put("sites", 3, capacity=INF), "sites row 3, capacity: 'inf' is not a number"),
    "too low": (put("lanes", 3, lead_time=-1), "lanes row 3, lead_time: '-1' is out of range"),
    "too high": (put("recipes", 2, yield_rate=1.2), "recipes row 2, yield_rate: '1.2' is out of range"),
    "fraction": (put("recipes", 2, lead_time=1.5), "recipes row 2, lead_time: '1.5' has a fraction"),
    "word": (put("lanes", 3, mode="truck"), "lanes row 3, mode: 'truck' is not one of sea, air"),
    "word almost": (put("stocks", 4, policy="base-stok"), "Did you mean 'base_stock'?"),
    "date": (put("events", 2, date="2021-02-30"), "events row 2, date: '2021-02-30' is not a date"),
    "hidden character": (put("sites", 3, city="Bre\x07men"), "sites row 3, city: 'Bre\\x07men' holds"),
    "spreadsheet error": (put("sites", 3, city="#N/A"), "sites row 3, city: '#N/A' is an error"),
    "no market": (
        all_of(lambda t: t.update(markets=[], history=[]), drop("events", 4)),
        "markets: the table has no rows; a case needs at least one market",
    ),
    # names
    "unknown column": (put("lanes", 3, led_time=2), "lanes row 1: 'led_time' is no column of lanes. Did you mean"),
    "row twice": (add("products", product="Bread"), "products row 5, product: 'Bread' is there twice: row 3"),
    "lane twice": (
        add("lanes", origin="Bakery", destination="Depot", product="Bread", lead_time=7),
        "lanes row 8, origin: 'Bakery, Depot, Bread, road' is there twice: row 3",
    ),
    "name alike": (add("sites", site="shop ", kind="retailer"), "differs from 'Shop' only in case or spaces"),
    "unknown site": (put("stocks", 7, site="Shpo"), "stocks row 7, site: 'Shpo' is not a name in sites.site"),
    "unknown product": (put("lanes", 3, product="Bred"), "Did you mean 'Bread'?"),
    "unknown market": (put("events", 4, market="Twon"), "events row 4, market: 'Twon' is not a name in"),
    "unknown via": (put("lanes", 2, via="Harbour; Arbour"), "passes 'Arbour', which is not a name in sites"),
    "via no port": (put("lanes", 2, via="Depot"), "passes 'Depot', which is a warehouse and not a port"),
    "port name": (add("sites", site="A;B", kind="port"), "sites row 8, site: 'A;B' is a port with ';'"),
    "kpi": (put("objectives", 2, kpi="fil rate"), "Did you mean 'fill rate'?"),
    # policies
    "no level": (put("stocks", 4, order_up_to=NAN), "stocks row 4, order_up_to: the cell is empty; policy"),
    "no reorder point": (put("stocks", 3, reorder_point=NAN), "policy s_S needs reorder_point, order_up_to"),
    "no quantity": (put("stocks", 8, order_quantity=NAN), "policy r_Q needs reorder_point, order_quantity"),
    "no cover": (put("stocks", 9, days_of_cover=NAN), "policy days_of_cover needs days_of_cover"),
    "no weight": (put("stocks", 4, **AA), "stocks row 4, supply_line_weight: the cell is empty"),
    "unread": (put("stocks", 4, order_quantity=5), "policy base_stock reads order_up_to, safety_stock"),
    "unread default": (put("stocks", 2, safety_stock=5), "policy unlimited reads no parameter"),
    "s above S": (put("stocks", 3, reorder_point=30), "'30' is above the order-up-to level 20"),
    "no order": (put("stocks", 8, order_quantity=0), "stocks row 8, order_quantity: '0' is no quantity"),
    "two forecasts": (put("stocks", 9, forecast_window=3, smoothing=0.1), "forecasts in one of the two"),
    # demand
    "no mean": (put("markets", 2, mean=NAN), "markets row 2, mean: the cell is empty; demand 'normal'"),
    "uniform": (put("markets", 2, demand="uniform", spread=11), "'11' is above the mean 10; uniform demand"),
    "binomial": (put("markets", 2, demand="negative_binomial"), "spread² must be above the mean 10"),
    "no history": (put("markets", 2, demand="resampled"), "there are none for 'Town' and 'Bread'"),
    "seldom": (put("markets", 2, mean=1, spread=200), "is more than 100 times the mean 1"),
    "seldom counts": (put("markets", 2, demand="negative_binomial", mean=3, spread=40), "is more than 10 times the mean 3"),
    "too large": (put("stocks", 3, order_up_to=1e13), "is too large a number to be meant: order_up_to may be up to"),
    "grows": (put("markets", 2, trend=1e6, mean=1e9), "lets demand grow beyond 1,000,000,000,000 units a period"),
    "memory": (
        lambda tables: tables["events"].extend(
            {"event": f"late {i}", "kind": "lead_time_increase", "origin": "Depot", "destination": "Shop", "start": 40,
             "duration": 5, "severity": 99_999} for i in range(960)
        ),
        "severity: '99999' makes a run need about 5 GB of memory for each world; 4 GB are the most",
    ),
    "parts of parts": (
        all_of(put("bill_of_materials", 2, quantity=1e7), put("recipes", 2, yield_rate=1e-3)),
        "multiply to more than 1,000,000,000 units of the component",
    ),
    "history gap": (drop("history", 3), "from 0 to 2; missing for 'Quay': 1"),
    "history of nobody": (
        add("history", market="Town", product="Cake", period=0, units=1),
        "history row 5, product: 'Cake' is not asked for by market 'Town'",
    ),
    "no lead time spread": (put("lanes", 3, lead_time_kind="normal"), "lead_time_kind is normal"),
    "lead time below 0": (
        put("lanes", 3, lead_time_kind="uniform", lead_time_spread=2),
        "lanes row 3, lead_time_spread: '2' is above the lead time 1",
    ),
    "half a position": (put("sites", 3, latitude=53), "sites row 3, longitude: the cell is empty"),
    "half a market": (put("markets", 2, longitude=8), "markets row 2, latitude: the cell is empty"),
    # who supplies whom
    "lane to itself": (
        add("lanes", origin="Depot", destination="Depot", product="Bread", lead_time=1),
        "lanes row 8, destination: 'Depot' is the origin of the lane, too",
    ),
    "from nowhere": (
        add("lanes", origin="Mill", destination="Kiosk", product="Bread", lead_time=1, share=0),
        "lanes row 8, origin: 'Mill' holds no stock of 'Bread': the lane ships from nowhere",
    ),
    "to nowhere": (
        add("lanes", origin="Bakery", destination="Shop", product="Cake", lead_time=1),
        "lanes row 8, destination: 'Shop' holds no stock of 'Cake': the lane delivers to nowhere",
    ),
    "neither end": (
        add("lanes", origin="Depot", destination="Shop", product="Cake", lead_time=1),
        "lanes row 8, origin: 'Depot' holds no stock of 'Cake', nor does 'Shop'",
    ),
    "stock at port": (
        add("stocks", site="Harbour", product="Cake", policy="none"),
        "stocks row 10, site: 'Harbour' is a port, and a port holds no stock",
    ),
    "recipe without stock": (
        add("recipes", site="Depot", product="Cake"),
        "recipes row 4, site: 'Depot' makes 'Cake' and holds no stock of it",
    ),
    "component without stock": (
        add("recipes", site="Depot", product="Bread", share=0),
        "recipes row 4, product: 'Bread' needs the component 'Flour', of which 'Depot' holds no stock",
    ),
    "nobody supplies": (all_of(drop("lanes", 2), drop("price_breaks", 2)), "stocks row 3, site: 'Bakery' holds 'Flour', which is asked for"),
    "market without stock": (
        add("markets", market="Town", site="Shop", product="Cake", mean=1),
        "markets row 5, site: 'Shop' holds no stock of 'Cake', which the market asks for",
    ),
    # loops
    "product in itself": (
        add("bill_of_materials", product="Cake", component="Cake", quantity=1),
        "bill_of_materials row 4, product: 'Cake' goes into itself: 'Cake' → 'Cake'",
    ),
    "bill loop": (
        add("bill_of_materials", product="Flour", component="Cake", quantity=1),
        "'Cake' goes into itself: 'Cake' → 'Flour' → 'Cake' (rows 3, 4)",
    ),
    "order loop": (
        all_of(LOOP, put("lanes", 4, lead_time=1)),
        "could never be settled: 'Depot' → 'Shop' → 'Depot' (lanes rows 4, 8)",
    ),
    "goods loop": (
        all_of(LOOP, put("lanes", 4, lead_time=0, information_delay=1)),
        "lanes row 4, lead_time: '0' closes a loop that goods run round in no time",
    ),
    # sources
    "shares": (put("lanes", 4, share=0.5), "the 2 sources (lanes row 4, lanes row 5) add up to 0.9"),
    "shares left": (
        all_of(put("lanes", 4, share=1), put("lanes", 5, share=1)),
        "stocks row 7, sourcing: 'shares' needs shares that add up to 1; those of the 2 sources "
        "(lanes row 4, lanes row 5) add up to 2, for all were left at 1",
    ),
    "one share": (put("lanes", 3, share=0.5), "the only source (lanes row 3) has the share 0.5"),
    "dry market": (
        all_of(
            add("stocks", site="Shop", product="Cake", policy="on_demand"),
            add("stocks", site="Depot", product="Cake", policy="on_demand"),
            add("lanes", origin="Shop", destination="Depot", product="Cake", lead_time=1, information_delay=1),
            add("lanes", origin="Depot", destination="Shop", product="Cake", lead_time=1),
            add("markets", market="Town", site="Shop", product="Cake", mean=1),
        ),
        "markets row 5, site: 'Shop' can never get 'Cake': its suppliers only supply each other",
    ),
    # lots and units
    "closed before it opens": (
        put("lanes", 3, valid_from=9, valid_until=8), "lanes row 3, valid_until: '8' is not after valid_from, period 9",
    ),
    "price of nothing": (add("price_breaks", **DEAR | {"mode": "air"}), "price_breaks row 3, origin: 'Mill' has no lane of this"),
    "price of one's own": (
        add("price_breaks", **DEAR | {"origin": "Bakery", "destination": "Depot", "product": "Bread"}),
        "price_breaks row 3, origin: 'Bakery' is no outside source of the product",
    ),
    "two prices": (
        all_of(add("price_breaks", **DEAR, valid_until=20), add("price_breaks", **DEAR, valid_from=10)),
        "price_breaks row 4, from_quantity: '0' has two prices at one time: row 3",
    ),
    "recipe of nothing": (
        put("bill_of_materials", 2, recipe="by hand"), "bill_of_materials row 2, recipe: 'by hand' is no recipe of 'Bread'",
    ),
    "by-product of itself": (
        add("by_products", product="Bread", by_product="Bread", quantity=1), "by_products row 3, by_product: 'Bread' is the product itself",
    ),
    "by-product that nobody keeps": (
        all_of(add("products", product="Bran"), add("by_products", product="Bread", by_product="Bran", quantity=1)),
        "by_products row 3, by_product: 'Bran' is kept at no site that makes 'Bread'",
    ),
    "a load that never leaves": (
        put("lanes", 3, capacity=5, full_load=8), "lanes row 3, full_load: '8' is above the lane's capacity 5, so no load ever leaves",
    ),
    "loads of the oldest orders": (
        all_of(put("stocks", 4, rationing="first_come"), put("lanes", 3, full_load=8)),
        "lanes row 3, full_load: '8' cannot be kept where the origin serves the oldest orders first",
    ),
    "a lot that changes hands": (
        all_of(put("stocks", 4, other_recipes=True), put("recipes", 2, order_multiple=4)),
        "recipes row 2, order_multiple: '4' is a lot, and the stock says other_recipes yes",
    ),
    "sent back to nowhere": (
        add("markets", market="Yard", site="Mill", product="Flour", mean=1, returned_share=0.1),
        "markets row 5, returned_share: '0.1' cannot be: the market is served by an outside source",
    ),
    "old at the source": (put("stocks", 2, shelf_life=3), "stocks row 2, shelf_life: '3' means nothing here"),
    "half a clamp": (
        all_of(put("products", 3, whole_units="yes"), put("stocks", 8, order_quantity=8.5)),
        "stocks row 8, order_quantity: '8.5' has a fraction, and units of 'Bread' cannot be split",
    ),
    "pack of nothing": (put("lanes", 3, order_multiple=0), "lanes row 3, order_multiple: '0' is out of range"),
    "pallet too large": (
        all_of(put("lanes", 3, capacity=9, order_multiple=12), put("stocks", 6, limit_to_supplier=True)),
        "lanes row 3, order_multiple: '12' is above the lane's capacity 9",
    ),
    "order too large": (
        all_of(put("lanes", 3, capacity=9, minimum_order=12), put("stocks", 6, limit_to_supplier=True)),
        "lanes row 3, minimum_order: '12' is above the lane's capacity 9",
    ),
    "lot too small": (
        put("stocks", 8, order_quantity=11, review_period=3),
        "stocks row 8, order_quantity: '11' is less than the 12 that are asked for in the 3 periods between two reviews",
    ),
    "lot too small up the chain": (
        put("stocks", 6, policy="r_Q", order_up_to=NAN, reorder_point=5, order_quantity=9),
        "stocks row 6, order_quantity: '9' is less than the 10 that are asked for in a period",
    ),
    "two pieces to a piece": (
        add("conversions", product="Bread", unit="piece", units=2),
        "conversions row 3, units: '2' cannot be: 'piece' is the unit in which 'Bread' is counted",
    ),
    "unit of time": (add("conversions", product="Bread", unit="Week", units=2), "conversions row 3, unit: 'Week' is a word"),
    "box of nothing": (add("conversions", product="Cake", unit="box", units=0), "conversions row 3, units: '0' is out of range"),
    # events
    "no target": (add("events", **OUTAGE), "events row 6, event: 'new' has no target"),
    "two targets": (
        add("events", **OUTAGE, site="Mill", market="Town"),
        "events row 6, event: 'new' has the targets site, market; an event needs exactly one",
    ),
    "half a lane": (add("events", **OUTAGE, origin="Mill"), "has the targets origin; an event needs"),
    "wrong target": (
        put("events", 4, market="", site="Shop"),
        "events row 4, kind: 'demand_surge' cannot happen to a site. Name a market or",
    ),
    "no such lane": (put("events", 5, origin="Mill"), "'Mill' with destination 'Shop': there is no such lane"),
    "no such stock": (put("events", 2, product="Cake", site="Depot"), "'Cake' with site 'Depot': there is no"),
    "market does not ask": (put("events", 4, product="Cake"), "'Cake' with market 'Town': the market does"),
    "severity": (put("events", 2, severity=5), "events row 2, severity: '5' is more than all"),
    "half a pause": (
        add("events", event="paper strike", kind="order_pausing", start=1, duration=2, site="Mill", severity=0.5),
        "events row 6, severity: '0.5' cannot be: what is paused stands still",
    ),
    "too late": (put("events", 2, start=365), "'365' is after the end of the run; periods are numbered 0 to 364"),
    **BROKEN_EVENTS,
    **BROKEN_MEASURES,
}


def test_the_good_case_has_no_problem(good):
    assert check_case(good) == []


@pytest.mark.parametrize("name", BROKEN)
def test_one_mistake_gives_one_sentence(name, tables):
    change, words = BROKEN[name]
    change(tables)
    sentences = [p.sentence for p in check_case(Case("broken", tables))]
    assert len(sentences) == 1, sentences
    assert words in sentences[0]


SETTINGS = {
    "periods": (0, "'0' is out of range: periods must be a whole number of 1 or more [periods]"),
    "seed": (1.5, "'1.5' is out of range"),
    "period_days": ("week", "'week' is out of range: period_days must be a number above 0 [days]"),
    "replications": (True, "'yes' is out of range"),
    "day": ("night", "'night' is not one of order_after_demand"),
    "whole_units": ("no", "'no' is neither yes nor no"),
    "start_date": ("1.1.2020", "'1.1.2020' is not a date"),
    "title": (7, "'7' is not a text"),
    "warm_up": (365, "'365' leaves nothing to count: the run has 365 periods"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_one_wrong_setting_gives_one_sentence(name, good):
    value, words = SETTINGS[name]
    sentences = [p.sentence for p in check_case(good.replace(settings={name: value}))]
    assert len(sentences) == 1, sentences
    assert sentences[0].startswith(f"settings, {name}: {words}")


@pytest.mark.parametrize("value", [10**20, -(10**20), 10**400, 1e308, NAN, INF, -INF])
@pytest.mark.parametrize("name", [n for n, c in table_columns(Settings).items() if c.numeric])
def test_no_number_of_a_setting_is_too_large_for_a_sentence(name, value, good):
    problems = [p for p in check_case(good.replace(settings={name: value})) if (p.table, p.column) == ("settings", name)]
    assert len(problems) == 1 and str(problems[0])


def test_every_check_has_a_broken_case(good):
    """No check is without a case that it complains of, after those that come before it."""
    silent = set(CHECKS)
    broken = []
    for change, _ in BROKEN.values():
        tables = good_tables()
        change(tables)
        broken.append(Case("broken", tables))
    broken += [good.replace(settings={name: value}) for name, (value, _) in SETTINGS.items()]
    broken += [broken_case(name, good_tables()) for name in BROKEN_DATES]
    silent -= {lengths_of_time_clear, counted_from_the_cause}  # about cells as they were typed: test_as_people_have_it.py
    for case in broken:
        found = Look(case, allowed())
        asked = max((i for i, check in enumerate(CHECKS, 1) if check in silent), default=0)
        silent -= {check for check in CHECKS[:asked] if list(check(found))}
    assert not silent


def test_orders_may_run_in_a_loop_when_orders_come_first(tables):
    LOOP(tables)
    assert check_case(Case("loop", tables, {"day": "order_first"})) == []


def test_lists_of_words_agree_with_the_schema():
    assert tuple(POLICY_PARAMETERS) == (*POLICIES, *rooms.POLICIES)


def test_a_policy_of_ones_own(tables):
    tables["stocks"][2] = {"site": "Bakery", "product": "Bread", "policy": "mine", "kept_back": 3.0}
    case = Case("mine", tables)
    assert [p.says[:13] for p in check_case(case)] == ["is no column ", "is not one of"]
    mine = {**POLICY_PARAMETERS, "mine": Parameters(("kept_back",))}
    assert check_case(case, policies=mine) == []
    tables["stocks"][3]["kept_back"] = 4.0
    [problem] = check_case(Case("mine", tables), policies=mine)
    assert (problem.row, problem.column, problem.value) == (5, "kept_back", "4")


def test_a_recipe_without_bill_of_materials_is_a_source(tables):
    tables["bill_of_materials"] = tables["bill_of_materials"][:1]
    assert check_case(Case("raw", tables)) == []


def test_a_stock_that_only_uses_up_what_it_has_needs_no_supplier(tables):
    tables["stocks"][0] = {"site": "Mill", "product": "Flour", "policy": "none", "on_hand": 100}
    tables["price_breaks"] = []  # nothing is paid to it
    assert check_case(Case("stockpile", tables)) == []


def test_one_unknown_name_in_many_places_is_one_sentence(tables):
    tables["sites"].pop(3)
    [problem] = check_case(Case("no shop", tables))
    assert problem.value == "Shop"
    assert "also in lanes row 4, lanes row 5, markets row 2" in problem.says


def test_the_same_mistake_in_many_rows_is_counted():
    rows = [{"product": f"p{i}", "value": -1} for i in range(50)]
    problems = check_case(Case("many", {"products": rows}))
    told = [p for p in problems if p.table == "products"]
    assert len(told) == 5
    assert told[-1].hint.endswith("The same goes for 45 more rows, up to row 51.")


def test_an_empty_case_names_the_tables_that_it_lacks():
    assert [p.table for p in check_case(Case("empty", {}))] == ["sites", "products", "stocks", "markets"]


def test_checks_have_a_docstring_that_says_the_rule():
    assert all(check.__doc__ and check.__doc__.strip().endswith(".") for check in CHECKS)


def test_cases_share_no_table_and_few_values_are_found_like_many(monkeypatch):
    one = Case("one", {})
    one["history"]["weather"] = []
    assert "weather" not in Case("other", {})["history"]
    values = np.array(["a", "", float("nan"), None, 1, 1.0, True, "nan"], dtype=object)
    for choices in ([], ["a", ""], [1], [float("nan"), "a"], {"nan": 2}):
        few = look.among(values, choices)
        with monkeypatch.context() as many:
            many.setattr(look, "FEW", -1)
            assert few.tolist() == look.among(values, choices).tolist(), choices


def test_yes_and_no_may_be_texts_in_tables_made_in_python():
    made = Case("x", {"stocks": [{"site": "a", "reroute": no} for no in ("no", " False", "", None, False, 0)] + [{"site": "b", "reroute": yes} for yes in ("Yes", "true", True, 1)]})
    assert made["stocks"]["reroute"].tolist() == [False] * 6 + [True] * 4
    with pytest.raises(CaseError) as caught:
        Case("x", {"stocks": [{"reroute": "perhaps", "on_hand": "5"}, {"reroute": "no", "on_hand": "many"}, {"on_hand": [1]}]})
    assert [p.sentence for p in caught.value.problems] == [
        "stocks row 3, on_hand: 'many' must be a number of 0 or more.", "stocks row 4, on_hand: '[1]' must be a number of 0 or more.",
        "stocks row 2, reroute: 'perhaps' must be yes or no.",
    ]  # fmt: skip
