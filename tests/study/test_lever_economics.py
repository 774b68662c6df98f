"""Economics of levers: nothing appears for free, what stands still changes nothing, and signs that theory knows."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cases
from study.small import shop

from twinkit.chain.network import network_of
from twinkit.levers.lever import COUNTED, FORESEEN, REACTION, STANDING, Price
from twinkit.levers.levers import half_elsewhere, levers_of, second_source_for, second_sources
from twinkit.levers.sourcing import all_flows, share_of_seconds
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario, event_of
from twinkit.study.appraisal import Appraiser
from twinkit.study.recommend import recommend
from twinkit.study.risks import Risk
from twinkit.tables import CaseError, check_case
from twinkit.tables.case import Case
from twinkit.tables.read import example

SHIPPED = ("automotive", "camera")
CASES = [(name, lever.name) for name in SHIPPED for lever in levers_of(example(name))]
SHARED = [
    pytest.param("automotive", name, value, id=f"{name} {value}")
    for name in ("second_source", "second_source_finished")
    for value in (0.0, 0.15, 0.5)
]


@cache
def shipped(name):
    case = example(name)
    return case, {lever.name: lever for lever in levers_of(case)}


def values_of(lever):
    """Where a lever may be moved to: its ends."""
    if lever.flag:
        return [not lever.start]
    return [v for v in dict.fromkeys((float(lever.low), float(lever.high))) if v != lever.start]


def capacities(case):
    """What the tables limit, in good units by product, by site, and by destination of lanes."""
    recipes = case["recipes"].assign(good=case["recipes"]["capacity"] * case["recipes"]["yield_rate"])
    return {
        "recipes": recipes.groupby("product")["good"].sum(),
        "limits": (case["recipes"]["capacity"].notna().sum(), case["lanes"]["capacity"].notna().sum()),
    }


# --- what holds for every lever


@pytest.mark.parametrize(("case_name", "name"), CASES)
def test_every_lever_says_what_it_needs_and_stays_sound(case_name, name):
    case, known = shipped(case_name)
    lever = known[name]
    assert lever.needs in (STANDING, REACTION, FORESEEN) and lever.bought in ("more", "less")
    assert lever.apply(case, lever.start) is case
    assert lever.flag or lever.change(case, lever.start) == case  # and not only because nobody looked
    for value in values_of(lever):
        changed = lever.apply(case, value)
        assert check_case(changed) == []
        assert case == example(case_name)  # what was given is not touched
        stocks, before = changed["stocks"], case["stocks"]
        if lever.price is None and not name.startswith("extra_capacity"):
            assert stocks["safety_stock"].equals(before["safety_stock"])  # no stock comes with it
        more = (changed["stocks"]["safety_stock"] - before["safety_stock"]).sum() + (stocks["build_up"] - before["build_up"]).sum()
        assert more == 0 or lever.price is None or (stocks["holding_cost"] == before["holding_cost"]).all()
        for table in ("recipes", "lanes", "sites"):
            if (changed[table]["capacity"].fillna(-1) != case[table]["capacity"].fillna(-1)).any():
                assert lever.price is None  # capacity is in no price of the case: whoever wants it is asked


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(measures=True, events=False), st.data())
def test_levers_of_random_chains_stand_still_stay_sound_and_make_no_capacity(case, data):
    for lever in levers_of(case):
        assert lever.flag or lever.change(case, lever.start) == case, lever.name
        value = data.draw(st.sampled_from(values_of(lever)), lever.name)
        changed = lever.apply(case, value)
        assert check_case(changed) == [], (lever.name, value)
        if lever.name.startswith("extra_capacity"):
            ratio = (changed["recipes"]["capacity"] / case["recipes"]["capacity"]).dropna()
            assert (ratio <= 1 + value + 1e-9).all() and (ratio >= 1).all()
            continue
        before, after = capacities(case), capacities(changed)
        assert before["limits"] == after["limits"]
        assert (after["recipes"] <= before["recipes"] * (1 + 1e-9)).all(), lever.name


# --- second sources


@pytest.mark.parametrize(("case_name", "name", "value"), SHARED)
def test_what_one_source_gives_up_another_gets(case_name, name, value):
    case, known = shipped(case_name)
    goods = "finished" if name.endswith("finished") else "components"
    changed = known[name].apply(case, value)
    found = second_sources(case, goods)
    assert share_of_seconds(found.assign(share=changed["lanes"].loc[found["lane"], "share"].to_numpy())) == pytest.approx(value)
    shares = changed["lanes"].groupby(["destination", "product"])["share"].sum()
    assert shares.to_numpy() == pytest.approx(case["lanes"].groupby(["destination", "product"])["share"].sum().to_numpy())
    # what is made: in good units, product by product, to the last unit
    assert capacities(changed)["recipes"].to_numpy() == pytest.approx(capacities(case)["recipes"].to_numpy(), rel=1e-12)
    before, after = case.derived(all_flows), changed.derived(all_flows)
    fallen = after.recipe < before.recipe * (1 - 1e-9)
    now, then = case.derived(network_of).recipes["capacity"], changed.derived(network_of).recipes["capacity"]
    assert (then[fallen] < now[fallen]).all()
    assert then[fallen].to_numpy() == pytest.approx((now * after.recipe / before.recipe)[fallen].to_numpy())
    assert (then[after.recipe > before.recipe * (1 + 1e-9)] > now[after.recipe > before.recipe * (1 + 1e-9)]).all()
    # lanes into the stocks that split their orders: as much in all, for as many orders
    keys = ["destination", "product"]
    own = second_sources(case, goods).groupby(keys)["capacity"].agg(["sum", "count", "size"])
    new = changed["lanes"].loc[second_sources(case, goods)["lane"]].groupby(keys)["capacity"].sum()
    full = own[own["count"] == own["size"]].index
    assert new[full].to_numpy() == pytest.approx(own.loc[full, "sum"].to_numpy())
    # the other goods' lever stays where it is
    other = "components" if goods == "finished" else "finished"
    assert share_of_seconds(second_sources(changed, other)) == share_of_seconds(second_sources(case, other))


def test_a_small_move_is_a_small_change():
    case, known = shipped("automotive")
    lever = known["second_source"]
    near, there = lever.apply(case, lever.start - 0.001), lever.apply(case, lever.start - 0.01)
    for table, column in (("lanes", "share"), ("recipes", "capacity")):
        small = (near[table][column] - case[table][column]).abs().max()
        large = (there[table][column] - case[table][column]).abs().max()
        assert 0 < small < 0.15 * large


def test_value_that_changes_its_source_is_what_the_shares_say():
    case, known = shipped("automotive")
    lever = known["second_source_finished"]
    changed, net = lever.apply(case, 0.5), case.derived(network_of)
    value = net.lanes["product"].map(case["products"].set_index("product")["value"])
    main = second_sources(case, "finished").query("main")
    rows = net.lanes.reset_index().merge(main[["origin", "destination", "product", "mode"]])["index"]
    less = (case.derived(all_flows).lane - changed.derived(all_flows).lane)[rows] @ value[rows]
    assert lever.turned_over(case, 0.5) == pytest.approx(365 * less)
    assert lever.turned_over(case, 0.1) < 0 < lever.turned_over(case, 0.3) and lever.turned_over(case, lever.start) == 0


@pytest.mark.parametrize("event", ["Naka fab 90 days", "Thai floods 2011"])
def test_fewer_orders_to_second_sources_are_no_protection(event):
    """Less of the second source, all that it had moved to the main one, that is lost: that must cost more."""
    case, known = shipped("automotive")
    prices = {"second_source": Price(given_up=Price())}
    appraise = Appraiser(case, [Risk(event, 0.1)], known, prices)
    base, less = appraise([{}, {"second_source": 0.1}], 7, 8)
    assert less.losses.mean() > base.losses.mean()


# --- a second source for one supplier


@pytest.mark.parametrize("value", [0.1, 0.6, 0.95])
def test_half_of_one_supplier_goes_to_its_others_and_nothing_is_made_up(value):
    case, _ = shipped("automotive")
    lever, why = second_source_for(case, "Fab Naka")
    assert why == "" and lever.start == 0.2 and half_elsewhere(lever) == 0.6
    changed = lever.apply(case, value)
    assert check_case(changed) == [] and capacities(changed)["recipes"].to_numpy() == pytest.approx(capacities(case)["recipes"].to_numpy(), rel=1e-12)
    moved = changed["lanes"][changed["lanes"]["share"] != case["lanes"]["share"]].set_index("origin")["share"]
    assert moved.to_dict() == pytest.approx({"Fab Naka": 1 - value, "Fab Dresden": value}), "no other stock's orders move"
    flows = changed.derived(all_flows).recipe / case.derived(all_flows).recipe
    capacity = changed.derived(network_of).recipes["capacity"] / case.derived(network_of).recipes["capacity"]
    naka = (case.derived(network_of).recipes["site"] == "Fab Naka").to_numpy()
    assert flows[naka] == pytest.approx((1 - value) / 0.8)
    if value > lever.start:  # what it gives up, in proportion; the other way it gets what Dresden gives up, which has more room
        assert capacity[naka].to_numpy() == pytest.approx((1 - value) / 0.8)
    assert {one.name for one in levers_of(case, [lever.name])} - {one.name for one in levers_of(case)} == {lever.name}


@pytest.mark.parametrize(("name", "says"), [
    ("Resin Works Marl", "nobody else sends"), ("Dealers Japan", "No other site buys"), ("JP", "nobody else sends audio chip"), ("nowhere", "No other site buys"),
])  # fmt: skip
def test_a_supplier_of_which_no_other_way_is_known_says_so(name, says):
    lever, why = second_source_for(shipped("automotive")[0], name)
    assert lever is None and says in why


def test_a_source_on_call_becomes_a_source():
    case = shop()
    site = case["lanes"]["origin"].iloc[0]
    lanes, stocks = case["lanes"], case["stocks"]
    spare = lanes.iloc[[0]].assign(origin="spare", share=0.0)
    with_spare = case.replace(
        sites=pd.concat([case["sites"], case["sites"][case["sites"]["site"] == site].assign(site="spare")], ignore_index=True),
        stocks=pd.concat([stocks, stocks[stocks["site"] == site].assign(site="spare")], ignore_index=True),
        lanes=pd.concat([lanes, spare], ignore_index=True),
    )
    assert check_case(with_spare) == []
    lever, _ = second_source_for(with_spare, site)
    changed = lever.apply(with_spare, 0.25)
    assert lever.start == 0 and changed["lanes"].set_index("origin")["share"][["spare", site]].to_list() == pytest.approx([0.25, 0.75])
    here = changed["stocks"]["site"] == lanes["destination"].iloc[0]
    assert changed["stocks"].loc[here, "reroute"].all() and check_case(changed) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(cases(measures=True, events=False), st.data())
def test_second_sources_of_random_suppliers_make_no_capacity(case, data):
    site = data.draw(st.sampled_from(sorted(case["sites"]["site"])))
    lever, why = second_source_for(case, site)
    assert bool(why) == (lever is None)
    if lever:
        changed = lever.apply(case, data.draw(st.sampled_from([0.0, 0.3, 0.95])))
        assert {p.column for p in check_case(changed)} <= {"order_quantity"}, "one lot at a review may be too little for more orders, and is said to be"
        before, after = capacities(case), capacities(changed)
        assert before["limits"] == after["limits"] and (after["recipes"] <= before["recipes"] * (1 + 1e-9)).all()


# --- prices


def test_what_is_given_up_is_not_sold_at_the_price_of_more():
    case, known = shipped("automotive")
    lever, dear = known["second_source"], Price(3.3e7)
    assert lever.within(dear).low == lever.start and lever.within(dear).high == lever.high
    assert dear.yearly(case, 0.3, 0.2, lever.gives_up(0.3)) == pytest.approx(3.3e6)
    with pytest.raises(ValueError, match="giving up"):
        dear.yearly(case, 0.1, 0.2, True)
    both = Price(3.3e7, given_up=Price(-1e7))
    assert both.yearly(case, 0.1, 0.2, True) == pytest.approx(-1e6) and lever.within(both) is lever
    assert Price(discount=0.03).yearly(case, 0.3, 0.2, turned_over=1e8) == pytest.approx(3e6)
    assert not both.wrong() and "discount" in Price(discount=2.0).wrong() and "giving up" in Price(given_up=Price(setup=1.0)).wrong()
    assert COUNTED.yearly(case, 1.0, 5.0, True) == 0


def test_a_search_moves_a_lever_only_where_its_price_reaches():
    case = two_sources()
    asked = {"levers": ["second_source"], "trials": 6, "replications": 1, "fresh": 2, "unseen": []}
    found = recommend(case, [Risk("fire", 0.2)], prices={"second_source": 10.0}, **asked)
    assert all(t.appraisal.levers.get("second_source", 1.0) >= 0.2 for t in found.tuned)
    other = recommend(case, [Risk("fire", 0.2)], prices={"second_source": Price(10.0, given_up=Price(-5.0))}, **asked)
    assert any(t.appraisal.levers.get("second_source", 1.0) < 0.2 for t in other.tuned)
    rows = other.table()
    assert rows["from"][0] == 0.2 and rows["needs"][0] == STANDING
    text = rows["action"][0]
    assert ("down from 20 to" in text) == (rows["value"][0] < 0.2) and ("up from 20 to" in text) == (rows["value"][0] > 0.2)


# --- foreknowledge


def test_nobody_builds_up_stock_for_a_fire_that_nobody_sees_coming():
    case = two_sources()
    levers = {"build_up_days": 10.0}
    known = {lever.name: lever for lever in levers_of(case)}
    prices = {name: lever.price or Price() for name, lever in known.items()}
    random, announced = Risk("fire", 0.5, "as it comes"), Risk("fire", 0.5, "announced", notice=20)
    for risk, helps in ((random, False), (announced, True)):
        base, built = Appraiser(case, [risk], known, prices)([{}, levers], 3, 2)
        assert (built.losses < base.losses).all() == helps
        assert built.running.tolist() == [0.0, 0.0]  # nothing is built up in a year in which nothing is announced
    with pytest.raises(CaseError, match="known of 5 days or more before"):
        recommend(case, [random], levers=["build_up_days"], trials=1, replications=1, fresh=1)
    quick = {"trials": 1, "replications": 1, "fresh": 1, "unseen": [], "prices": {"second_source": 1.0, "extra_capacity": 1.0}}
    quick["prices"] = {k: v for k, v in quick["prices"].items() if k in known}
    found = recommend(case, [random], **quick)
    assert set(found.left_out) == {"build_up_days", "build_up_ahead", "ramp_up"}
    assert any("Build stock before the event" in s and "known" in s for s in found.sentences())
    assert "build_up_days" in recommend(case, [announced], **quick).levers


# --- signs that theory knows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_signs_at_a_single_stage_on_the_same_luck(seed):
    case = single_stage()
    stock = [fill(case, {"safety_days_tier_0": d}, seed) for d in (0.0, 0.5, 1.0, 3.0, 8.0)]
    assert (np.diff(stock, axis=0) >= 0).all() and stock[-1].mean() > stock[0].mean()
    slower = case.replace(lanes=case["lanes"].assign(lead_time=case["lanes"]["lead_time"] + 2))
    assert (fill(slower, {}, seed) <= fill(case, {}, seed)).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_more_capacity_at_the_only_stage_never_makes_less(seed):
    """Where stages share scarce components this need not hold: what one product gets another one lacks."""
    case = workshop()
    runs = ensemble(case, [Scenario(str(x), ("out",), {"extra_capacity": x}) for x in (0.0, 0.1, 0.3, 0.5)], 16, seed=seed)
    sold = np.array([run.kpis["fill rate"] for run in runs.values()])
    assert (np.diff(sold, axis=0) >= -1e-12).all() and sold[-1].mean() > sold[0].mean()


def fill(case, levers, seed):
    return ensemble(case, Scenario("x", (), levers), replications=16, seed=seed)["x"].kpis["fill rate"]


def single_stage():
    case = shop(demand=[10] * 60, on_hand=math.nan, order_up_to=28.0)
    markets = case["markets"].assign(demand="poisson", mean=10.0)
    return case.replace(markets=markets, history=case["history"][:0], lanes=case["lanes"].assign(start_in_transit=math.nan))


def workshop() -> Case:
    """One plant with a capacity little above its demand, that stands still for a while."""
    return Case("workshop", {
        "sites": [{"site": "plant", "kind": "plant"}],
        "products": [{"product": "item", "value": 4.0}],
        "stocks": [{"site": "plant", "product": "item", "policy": "base_stock", "order_up_to": 45.0}],
        "recipes": [{"site": "plant", "product": "item", "capacity": 10.2, "lead_time": 2, "unit_cost": 3.0}],
        "markets": [{"market": "town", "site": "plant", "product": "item", "demand": "poisson", "mean": 10.0, "price": 9.0, "lost_share": 0.0}],
        "events": [event_of("outage", site="plant", start=20, duration=5, event="out", scheduled=False)],
    }, {"periods": 60})  # fmt: skip


def two_sources() -> Case:
    """A shop that buys a fifth from a second source; the main one may burn down."""
    lane = {"destination": "shop", "product": "item", "lead_time": 2, "transport_cost": 1.0}
    return Case("two", {
        "sites": [{"site": "main", "kind": "supplier"}, {"site": "other", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "item", "value": 4.0}],
        "stocks": [
            *({"site": s, "product": "item", "policy": "unlimited", "unit_cost": 3.0} for s in ("main", "other")),
            {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 40.0, "holding_cost": 0.01},
        ],
        "lanes": [
            {**lane, "origin": "main", "share": 0.8, "capacity": 12.0}, {**lane, "origin": "other", "share": 0.2, "capacity": 4.0},
        ],
        "markets": [{"market": "town", "site": "shop", "product": "item", "mean": 10.0, "price": 9.0, "lost_share": 1.0}],
        "events": [event_of("outage", site="main", start=30, duration=10, event="fire", scheduled=False)],
    }, {"periods": 80})  # fmt: skip
