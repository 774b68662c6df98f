"""Terms of supply: whole units, packs, lots, prices by quantity and time, several recipes, by-products, shelf life."""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.chain.chain import Chain
from twinkit.chain.day import Day, Step
from twinkit.chain.layout import LN, ST, TOTALS_MARKET
from twinkit.run.kpis import cost_parts, kpis_of, lost_margin, sale_margin
from twinkit.tables import CaseError, check_case, read_case
from twinkit.tables.case import Case

RECORD = ("stocks.on_hand", "stocks.on_order", "stocks.backlog", "stocks.ordered", "lanes.placed", "recipes.started")


def shop(lane=None, products=None, settings=None, market=None, **stock):
    """A shop with an endless supplier."""
    tables = {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "tea", **(products or {})}],
        "stocks": [{"site": "mill", "product": "tea", "policy": "unlimited"}, {"site": "shop", "product": "tea", **stock}],
        "lanes": [{"origin": "mill", "destination": "shop", "product": "tea", "lead_time": 2, **(lane or {})}],
        "markets": [{"market": "town", "site": "shop", "product": "tea", "demand": "constant", "mean": 5, **(market or {})}],
    }
    return Case("shop", tables, settings or {})


def run(case, worlds=2):
    assert check_case(case) == []
    chain = Chain(case, worlds, record=RECORD).run()
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6
    return {(n, line): chain.history(n)[i, :, 0] for n in RECORD for i, line in enumerate(chain.labels(n))}


def clamps(quantity, policy, whole):
    """A shop that makes clamps of sheets, of which one clamp takes little, or more than one."""
    tables = {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "shop", "kind": "plant"}],
        "products": [{"product": "clamp", "whole_units": "yes"}, {"product": "sheet", "whole_units": whole}],
        "bill_of_materials": [{"product": "clamp", "component": "sheet", "quantity": quantity}],
        "recipes": [{"site": "shop", "product": "clamp"}],
        "stocks": [
            {"site": "shop", "product": "clamp", "policy": "on_demand"},
            {"site": "shop", "product": "sheet", "on_hand": 0, **policy},
            {"site": "mill", "product": "sheet", "policy": "unlimited"},
        ],
        "lanes": [{"origin": "mill", "destination": "shop", "product": "sheet", "lead_time": 2, "start_in_transit": 0}],
        "markets": [{"market": "city", "site": "shop", "product": "clamp", "demand": "constant", "mean": 1}],
    }
    return Case("clamps", tables, {"periods": 90})


POLICIES = [{"policy": "on_demand"}, {"policy": "base_stock", "order_up_to": 0}, {"policy": "base_stock", "order_up_to": 0.3},
            {"policy": "days_of_cover", "days_of_cover": 0}, {"policy": "s_S", "reorder_point": 0, "order_up_to": 0},
            {"policy": "r_nQ", "reorder_point": 0, "order_quantity": 1}]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p["policy"])
@pytest.mark.parametrize("quantity", [0.004, 0.3, 1.2])
def test_a_whole_component_is_ordered_before_it_stands_still(policy, quantity):
    found = run(clamps(quantity, policy, "yes"))
    made, placed = found["recipes.started", "shop | clamp"].sum(), found["lanes.placed", "mill > shop | sheet | road"]
    assert found["stocks.backlog", "shop | clamp"].max() <= 4  # the lead time and what comes in it
    assert (placed == np.round(placed)).all()
    assert made >= 86
    assert 0 <= placed.sum() - made * quantity <= 1 + 4 * quantity + (1 if policy["policy"] == "r_nQ" else 0)


def test_a_product_says_for_itself_whether_it_can_be_split():
    split = run(clamps(0.3, {"policy": "on_demand"}, "no"))["lanes.placed", "mill > shop | sheet | road"]
    assert split.max() == pytest.approx(0.3)
    for setting in (True, False):
        case = clamps(0.3, {"policy": "on_demand"}, "as_case").replace(settings={"whole_units": setting})
        placed = run(case)["lanes.placed", "mill > shop | sheet | road"]
        assert (placed == np.round(placed)).all() == setting


def test_lots_raise_the_position_above_the_reorder_point():
    """Hadley & Whitin (1963): after ordering, the position is spread evenly over r + 1 … r + Q."""
    case = shop(policy="r_nQ", reorder_point=20, order_quantity=7, settings={"periods": 4000, "whole_units": True},
                market={"demand": "poisson", "mean": 9})  # fmt: skip
    found = run(case)
    position = sum(found[f"stocks.{c}", "shop | tea"] * sign for c, sign in (("on_hand", 1), ("on_order", 1), ("backlog", -1)))
    assert found["stocks.ordered", "shop | tea"].max() >= 14
    assert set(np.unique(position)) == set(range(21, 28))
    assert np.bincount(position.astype(int))[21:].min() > 4000 / 7 * 0.8


def test_what_is_ordered_comes_in_packs():
    whole = run(shop({"order_multiple": 12, "minimum_order": 20}, policy="base_stock", order_up_to=40))
    placed = whole["lanes.placed", "mill > shop | tea | road"]
    assert set(np.unique(placed)) == {0.0, 24.0}  # 20 is raised to two packs of 12
    assert placed.sum() == pytest.approx(whole["stocks.ordered", "shop | tea"].sum())
    assert whole["stocks.backlog", "shop | tea"].max() == 0


def test_a_cell_may_be_in_a_unit_of_the_product(tmp_path):
    tables = {
        "settings": "setting,value\ncurrency,EUR",
        "sites": "site,kind\nmill,supplier\nshop,plant",
        "products": "product,unit,value\nclamp,piece,2 EUR/sheet\nsheet,kg,0",
        "conversions": "product,unit,units\nclamp,Sheet,248\nclamp,box,12\nsheet,stack,20",
        "bill_of_materials": "product,component,quantity\nclamp,sheet,0.5 stack/unit",
        "recipes": "site,product\nshop,clamp",
        "stocks": "site,product,policy,order_up_to,on_hand\nshop,clamp,base_stock,3 sheets,2 pieces\n"
        "shop,sheet,base_stock,2 stacks,\nmill,sheet,unlimited,,",
        "lanes": "origin,destination,product,lead_time,capacity,transport_cost,minimum_order\nmill,shop,sheet,1,5 stacks/week,3 EUR/stack,1 stack",
        "markets": "market,site,product,demand,mean\ncity,shop,clamp,constant,14 boxes/week",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    case = read_case(tmp_path)
    assert case["products"]["value"].tolist() == pytest.approx([2 / 248, 0])
    assert case["bill_of_materials"]["quantity"][0] == 10
    assert case["stocks"]["order_up_to"].tolist()[:2] == [744, 40]
    assert case["stocks"]["on_hand"][0] == 2
    lane = case["lanes"].iloc[0]
    assert (lane["capacity"], lane["minimum_order"]) == (pytest.approx(100 / 7), 20)
    assert lane["transport_cost"] == pytest.approx(0.15)
    assert case["markets"]["mean"][0] == pytest.approx(24)


def test_a_unit_of_another_product_is_not_taken(tmp_path):
    tables = {"products": "product\ntea\nrum", "conversions": "product,unit,units\ntea,box,12", "sites": "site,kind\nshop,retailer",
              "stocks": "site,product,policy,on_hand\nshop,tea,none,2 barrel\nshop,rum,none,2 box",
              "markets": "market,site,product,mean\ncity,shop,tea,1\ncity,shop,rum,1"}  # fmt: skip
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="barrel") as caught:
        read_case(tmp_path)
    tea, rum = (p.sentence for p in caught.value.problems if p.column == "on_hand")
    assert "in place of units" in tea
    assert "box" in tea.split("allowed")[1]
    assert "'2 box' has a unit, 'box', that on_hand cannot be in; allowed: units." in rum


# Prices, dates, recipes, shelf life ------------------------------------------------------


def chain_of(case, worlds=2):
    assert check_case(case) == []
    chain = Chain(case, worlds, record=(*RECORD, "stocks.expired", "lanes.bought", "lanes.departed", "claims.sent")).run()
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6
    return chain


def priced(discount, breaks, settings=None, **stock):
    case = shop({"discount": discount, "start_orders": 0}, policy="r_Q", reorder_point=20, settings=settings or {"periods": 100}, **stock)
    key = {"origin": "mill", "destination": "shop", "product": "tea"}
    stocks = case["stocks"].assign(unit_cost=8.0)
    return case.replace(stocks=stocks, price_breaks=[{**key, "from_quantity": q, "price": p, **more} for q, p, more in breaks])


@pytest.mark.parametrize(("discount", "lot", "each"), [
    ("all_units", 40, 8.0), ("all_units", 60, 7.5), ("all_units", 100, 7.0), ("incremental", 40, 8.0),
    ("incremental", 60, (50 * 8 + 10 * 7.5) / 60), ("incremental", 100, (50 * 8 + 30 * 7.5 + 20 * 7) / 100),
])  # fmt: skip
def test_the_price_follows_the_size_of_an_order(discount, lot, each):
    """All-units and incremental discounts as in Nahmias (2015), sec. 4.7."""
    chain = chain_of(priced(discount, [(50, 7.5, {}), (80, 7.0, {})], order_quantity=lot))
    sent = chain.history("claims.sent")[chain.labels("claims.sent").index("mill > shop | tea | road")].sum(axis=0)
    assert sent[0] >= 480
    assert cost_parts(chain.plan, chain.world)["purchase"] == pytest.approx(sent * each)


def test_a_price_holds_for_its_time_and_an_order_keeps_its_own():
    case = priced("all_units", [(0, 6.0, {"valid_from": 30, "valid_until": 60})], order_quantity=10)
    lanes = case["lanes"].assign(information_delay=5, capacity=5.5)
    chain = chain_of(case.replace(lanes=lanes))
    placed = chain.history("lanes.placed")[0, :, 0]
    bought, sent = chain.history("lanes.bought")[0, :, 0], chain.history("claims.sent")[0, :, 0]
    cheap = (np.arange(100) >= 30) & (np.arange(100) < 60)
    assert placed[cheap].sum() > 0
    assert chain.world.lane[LN.to_pay, 0, 0] > 0  # of the last orders, which have not been sent
    assert bought.sum() + chain.world.lane[LN.to_pay, 0, 0] == pytest.approx((placed * np.where(cheap, 6.0, 8.0)).sum())
    each = bought[sent > 0] / sent[sent > 0]
    assert (each[0], each.min(), each[-1]) == (pytest.approx(8.0), pytest.approx(6.0, abs=0.2), pytest.approx(8.0, abs=0.2))


def test_orders_go_where_they_may(tmp_path):
    tables = {
        "settings": "setting,value\nperiods,60\nstart_date,2024-01-01",
        "sites": "site,kind\nold,supplier\nnew,supplier\nshop,retailer",
        "products": "product\ntea",
        "stocks": "site,product,policy,order_up_to\nshop,tea,base_stock,30\nold,tea,unlimited,\nnew,tea,unlimited,",
        "lanes": "origin,destination,product,lead_time,valid_from,valid_until\nold,shop,tea,2,,2024-01-31\nnew,shop,tea,2,2024-02-10,",
        "markets": "market,site,product,demand,mean\ncity,shop,tea,constant,5",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    chain = chain_of(read_case(tmp_path))
    placed = dict(zip(chain.labels("lanes.placed"), chain.history("lanes.placed")[:, :, 0], strict=True))
    old, new = np.flatnonzero(placed["old > shop | tea | road"]), np.flatnonzero(placed["new > shop | tea | road"])
    assert (old.max(), new.min()) == (29, 40)  # 30 January is the last day, and 10 February the first
    assert placed["new > shop | tea | road"][40] == 10 * 5 + 5
    text = (tmp_path / "settings.csv").read_text(encoding="utf-8").replace("start_date,2024-01-01", "")
    (tmp_path / "settings.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="'2024-01-31' is a date, and settings has no start_date"):
        read_case(tmp_path)


def mill(recipes, stock=None, **more):
    """A plant that makes flour of wheat, or by hand of rye, with bran besides."""
    tables = {
        "sites": [{"site": "farm", "kind": "supplier"}, {"site": "mill", "kind": "plant"}],
        "products": [{"product": "wheat"}, {"product": "rye"}, {"product": "flour", "scrap_value": 0.5}, {"product": "bran"}],
        "bill_of_materials": [
            {"product": "flour", "component": "wheat", "quantity": 1.3},
            {"product": "flour", "component": "rye", "quantity": 2, "recipe": "by hand"},
        ],
        "recipes": [{"site": "mill", "product": "flour", **recipe} for recipe in recipes],
        "stocks": [
            {"site": "farm", "product": "wheat", "policy": "unlimited"}, {"site": "farm", "product": "rye", "policy": "unlimited"},
            {"site": "mill", "product": "wheat", "policy": "base_stock", "order_up_to": 90},
            {"site": "mill", "product": "rye", "policy": "base_stock", "order_up_to": 90},
            {"site": "mill", "product": "bran", "policy": "none", "on_hand": 0},
            {"site": "mill", "product": "flour", "policy": "base_stock", "order_up_to": 40, **(stock or {})},
        ],
        "lanes": [{"origin": "farm", "destination": "mill", "product": p, "lead_time": 1} for p in ("wheat", "rye")],
        "markets": [{"market": "town", "site": "mill", "product": "flour", "demand": "constant", "mean": 10}],
        **more,
    }  # fmt: skip
    if not any("recipe" in recipe for recipe in recipes):
        tables["bill_of_materials"].pop()
    return Case("mill", tables, {"periods": 60})


def test_the_second_recipe_makes_what_the_first_has_no_room_for():
    case = mill([{"capacity": 7, "rank": 1}, {"recipe": "by hand", "rank": 2}], {"sourcing": "priority"})
    chain = chain_of(case)
    started = dict(zip(chain.labels("recipes.started"), chain.history("recipes.started")[:, 20:, 0], strict=True))
    assert set(started) == {"mill | flour", "mill | flour | by hand"}
    assert started["mill | flour"] == pytest.approx(7)
    assert started["mill | flour | by hand"] == pytest.approx(3)
    used = {p: chain.history("lanes.placed")[chain.labels("lanes.placed").index(f"farm > mill | {p} | road"), 20:, 0] for p in ("wheat", "rye")}
    assert used["wheat"] == pytest.approx(7 * 1.3)
    assert used["rye"] == pytest.approx(3 * 2)


def test_by_products_come_with_what_is_started_and_scrap_brings_its_value():
    by = [{"product": "flour", "by_product": "bran", "quantity": 0.25}]
    sold = [{"market": "town", "site": "mill", "product": p, "demand": "constant", "mean": m} for p, m in (("flour", 10), ("bran", 3))]
    chain = chain_of(mill([{"yield_rate": 0.8, "lead_time": 1}], by_products=by, markets=sold))
    started = chain.history("recipes.started")[0, :, 0]
    assert started[10:] == pytest.approx(12.5)
    bran = chain.history("claims.sent")[chain.labels("claims.sent").index("town | bran"), :, 0]
    assert bran[10:-1] == pytest.approx(3)  # a quarter of what was started
    made = float(started.sum()) - 12.5 + float(chain._work_at_start[0, 0])  # the last lot is still in work
    assert cost_parts(chain.plan, chain.world)["scrap"] == pytest.approx(-0.5 * 0.2 * made)


def test_what_is_kept_too_long_is_scrapped():
    """With a life of one period every period is a newsvendor's: what is not sold is gone."""
    case = shop({"lead_time": 1}, products={"scrap_value": 0.25}, policy="base_stock", order_up_to=60, shelf_life=1, on_hand=30,
                market={"demand": "poisson", "mean": 20, "lost_share": 1}, settings={"periods": 200})  # fmt: skip
    chain = chain_of(case, 4)
    on_hand, expired = (chain.history(f"stocks.{c}")[chain.labels("stocks.on_hand").index("shop | tea")] for c in ("on_hand", "expired"))
    assert (on_hand == 0).all()
    assert expired.sum() > 0
    total = kpis_of(chain.plan, chain.world)["expired"]
    assert total == pytest.approx(expired.sum(axis=0))
    assert cost_parts(chain.plan, chain.world)["scrap"] == pytest.approx(-0.25 * total)


@pytest.mark.parametrize("life", [2, 3, 7])
def test_the_oldest_goes_out_first(life):
    """Receipts of 12 every fourth period and a demand of 2: what is left when a lot is too old is known by hand."""
    case = shop({"lead_time": 0}, policy="r_Q", reorder_point=1000, order_quantity=12, review_period=4, shelf_life=life, on_hand=0,
                market={"mean": 2, "lost_share": 1}, settings={"periods": 40})  # fmt: skip
    chain = chain_of(case)
    row = chain.labels("stocks.on_hand").index("shop | tea")
    expired = chain.history("stocks.expired")[row, :, 0]
    lots: list[list[float]] = []
    for t in range(40):
        lots += [[t, 12.0]] if t % 4 == 0 else []
        wanted = 2.0
        for lot in lots:
            used = min(lot[1], wanted)
            lot[1], wanted = lot[1] - used, wanted - used
        old = sum(units for came, units in lots if came + life - 1 <= t)
        assert expired[t] == pytest.approx(old), t
        lots = [lot for lot in lots if lot[0] + life - 1 > t]
    assert expired.sum() > 0


# What customers send back -----------------------------------------------------------


def test_customers_send_a_share_back_and_part_of_it_is_sold_again():
    """10 are sold a period; 3 of them come back two periods later, and half of these can be sold again."""
    back = {"mean": 10, "price": 7, "returned_share": 0.3, "return_delay": 2, "resold_share": 0.5}
    case = shop({"start_in_transit": 0}, {"scrap_value": 0.4, "value": 2}, {"periods": 20}, back, policy="none", on_hand=500)
    chain = chain_of(case)
    row = chain.labels("stocks.on_hand").index("shop | tea")
    assert chain.history("stocks.on_hand")[row, :, 0] == pytest.approx(500 - 8.5 * np.arange(1, 21))  # the mean flow was sold before
    kpis, parts = kpis_of(chain.plan, chain.world), cost_parts(chain.plan, chain.world)
    assert kpis["sales"] == pytest.approx(200) and kpis["returned"] == pytest.approx(60)
    assert kpis["revenue"] == pytest.approx(7 * 140) and parts["scrap"] == pytest.approx(-0.4 * 30)
    lost = lost_margin(chain.plan)  # of a lost sale: 0.7 of the price less 0.85 of the value, and scrap of 0.15
    assert lost == pytest.approx(7 * 0.7 - 2 * 0.85 + 0.4 * 0.15)
    assert sale_margin(chain.plan)[0] * 200 == pytest.approx(kpis["revenue"] - parts["scrap"] - 2 * (200 - 30))


def test_whole_units_come_back_whole_and_none_is_forgotten():
    back = {"mean": 1, "returned_share": 0.3, "return_delay": 1, "resold_share": 0.5}
    chain = chain_of(shop(products={"whole_units": "yes"}, policy="none", on_hand=500, market=back, settings={"periods": 40}))
    sold, returned = chain.world.total_market[TOTALS_MARKET.sent, 0, 0], chain.world.total_market[TOTALS_MARKET.returned, 0, 0]
    assert sold == 40 and returned == np.floor(0.3 * 40 + 1e-9)
    assert chain.world.total_market[TOTALS_MARKET.resold, 0, 0] == np.floor(0.5 * returned)


def test_what_comes_back_need_not_be_brought_again():
    """In balance the lane brings what customers keep; the first order still makes good the demand before anything has come back."""
    back = {"mean": 10, "returned_share": 0.4, "return_delay": 3, "resold_share": 1}
    chain = chain_of(shop({"lead_time": 4}, policy="base_stock", order_up_to=60, market=back, settings={"periods": 30}))
    assert chain.history("lanes.departed")[0, :, 0] == pytest.approx([10] + [6] * 29)
    assert chain.history("stocks.backlog")[:, :, 0].max() == 0


# Full loads -----------------------------------------------------------------------------


@pytest.mark.parametrize("whole", ["yes", "no"])
def test_goods_leave_in_full_loads(whole):
    lane = {"full_load": 12, "shipment_cost": 100, "transport_cost": 0, "start_in_transit": 0}
    chain = chain_of(shop(lane, {"whole_units": whole}, policy="base_stock", order_up_to=40, market={"mean": 5}, settings={"periods": 60}))
    left = chain.history("lanes.departed")[0, :, 0]
    assert set(left) == {0.0, 12.0}
    owed = chain.history("stocks.backlog")[chain.labels("stocks.backlog").index("mill | tea"), :, 0]
    assert owed.max() < 12  # what waits never fills a load
    assert left.sum() == pytest.approx(np.floor((left.sum() + owed[-1]) / 12) * 12)
    assert cost_parts(chain.plan, chain.world)["transport"] == pytest.approx(100 * left.sum() / 12)


def test_two_loads_cost_two_loads():
    lane = {"full_load": 4, "shipment_cost": 1, "start_in_transit": 0}
    chain = chain_of(shop(lane, policy="base_stock", order_up_to=50, review_period=5, market={"mean": 5}, settings={"periods": 60}))
    left = chain.history("lanes.departed")[0, :, 0]
    assert left.max() > 8 and cost_parts(chain.plan, chain.world)["transport"] == pytest.approx(left.sum() / 4)


# Recipes that stand in for each other ---------------------------------------------------


@pytest.mark.parametrize("stands_in", [False, True])
def test_another_recipe_makes_what_the_first_has_no_components_for(stands_in):
    """Wheat runs out; the recipe "by hand" takes rye instead, of which 2 go into one flour."""
    case = mill([{"rank": 1, "yield_rate": 0.5}, {"recipe": "by hand", "rank": 2}], {"sourcing": "priority", "other_recipes": stands_in})
    lanes = case["lanes"]
    chain = chain_of(case.replace(lanes=lanes.assign(capacity=lanes["capacity"].where(lanes["product"] != "wheat", 0.0))))
    rows = chain.labels("recipes.started")
    hand = chain.history("recipes.started")[rows.index("mill | flour | by hand"), :, 0]
    sent = chain.history("claims.sent")[chain.labels("claims.sent").index("town | flour"), 20:, 0]
    assert sent == pytest.approx(10 if stands_in else 0)
    assert hand[20:] == pytest.approx(10 if stands_in else 0)
    on_order = chain.history("stocks.on_order")[chain.labels("stocks.on_order").index("mill | flour"), :, 0]
    assert (on_order.max() < 100) == stands_in  # what was made otherwise is no longer on order


# A run that went wrong ------------------------------------------------------------------


def test_a_run_that_comes_to_what_cannot_be_stops_and_names_row_and_period():
    chain = Chain(shop(policy="base_stock", order_up_to=30), 2)
    chain.run(5)
    chain.world.stock[ST.on_hand, chain.plan.net.stock_row("shop", "tea"), 1] = np.nan
    with pytest.raises(CaseError) as error:
        chain.run(6)
    said = error.value.problems[0].sentence
    assert "stocks, on_hand: 'shop | tea'" in said and "in period 5 (world 1)" in said and "stopped" in said


def test_a_fault_within_a_long_run_is_looked_for_period_by_period(monkeypatch):
    def spoil(chain):
        if chain.period == 7:
            chain.world.lane[LN.in_transit, 0, 0] = np.inf

    day = Day("order_after_demand").insert(Step("dusk again", "own step", "", "", act=spoil), after="record")
    chain = Chain(shop(policy="base_stock", order_up_to=30), 2, day=day)
    monkeypatch.setattr(chain.__class__, "_own_step", lambda self, step: step.act(self))  # without the rules for own steps
    with pytest.raises(CaseError) as error:
        chain.run()
    assert "lanes, in_transit: 'mill | shop | tea | road' has come to in_transit = inf in period 7" in error.value.problems[0].sentence
