"""Stress tests: the simulation is never better than the programmes, what is told, and problems all at once."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from strategies import cases, with_enough_lots
from study.small import printed, shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.inventory.time_to_survive import performance_impact
from twinkit.questions.stress import stress_test
from twinkit.questions.stress.ask import columns_of
from twinkit.questions.stress.network import standing
from twinkit.questions.stress.result import AS_IT_IS, CONSEQUENCES, NOT, NOT_GIVEN, WHATEVER
from twinkit.run.ensemble import Cancelled
from twinkit.run.kpis import lost_margin
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case

FAB, PLANT, SHOP = "Fab Naka", "Assembly Leipzig", "Dealers Japan"


@pytest.fixture(scope="module")
def cars() -> Case:
    """The car maker, of which nobody has said how often anything happens."""
    case = twinkit.example("automotive")
    return case.replace(hazards=case["hazards"].iloc[:0])


@pytest.fixture(scope="module")
def tested(cars):
    return stress_test(cars, replications=4, likelihood={FAB: 0.02, PLANT: 0.5})


def line(demand: float = 10.0, lost: float = 1.0, **more) -> Case:
    """A mine, a mill that turns two ores into one plate, a shop; a second mine that nobody buys from."""
    flow = {"lead_time": 1, "start_in_transit": 0}
    return Case("line", {
        "sites": [
            {"site": "mine", "kind": "supplier", "country": "CL", "time_to_recover": 8},
            {"site": "spare mine", "kind": "supplier", "country": "CL"},
            {"site": "mill", "kind": "plant", "country": "DE", "time_to_recover": 5},
            {"site": "shop", "kind": "retailer", "country": "DE", "time_to_recover": 2},
        ],
        "products": [{"product": "ore", "value": 1}, {"product": "plate", "value": 5}],
        "bill_of_materials": [{"product": "plate", "component": "ore", "quantity": 2}],
        "stocks": [
            {"site": "mine", "product": "ore", "policy": "unlimited"},
            {"site": "spare mine", "product": "ore", "policy": "unlimited"},
            {"site": "mill", "product": "ore", "policy": "base_stock", "order_up_to": 90, "on_hand": 60},
            {"site": "mill", "product": "plate", "policy": "base_stock", "order_up_to": 40, "on_hand": 20},
            {"site": "shop", "product": "plate", "policy": "base_stock", "order_up_to": 45, "on_hand": 30},
        ],
        "lanes": [
            {"origin": "mine", "destination": "mill", "product": "ore", **flow},
            {"origin": "spare mine", "destination": "mill", "product": "ore", "share": 0, **flow},
            {"origin": "mill", "destination": "shop", "product": "plate", **flow},
        ],
        "recipes": [{"site": "mill", "product": "plate", "lead_time": 1, "capacity": 15, "start_in_work": 0}],
        "markets": [{"market": "town", "site": "shop", "product": "plate", "demand": "constant", "mean": demand,
                     "lost_share": lost, "price": 9}],
    }, {"periods": 40, **more})  # fmt: skip


# --- the simulation can only be worse


def test_every_site_of_the_car_maker_loses_no_less_than_the_programme(tested):
    rows = tested.table()
    assert len(rows) == 50 and rows["target"].is_unique
    assert (rows["lost_margin"] + rows["lost_anyway"] >= rows["lost_profit_timed"] * (1 - 1e-6) - 1).all()
    assert (rows["lost_profit_timed"] >= rows["lost_profit"] * (1 - 1e-6) - 1).all()
    assert (rows["time_to_survive_timed"] <= rows["time_to_survive"]).all()
    assert (rows["lost_profit"] > 1).sum() > 15 and (rows["lost_profit_timed"] > 1).sum() > 25


def test_only_what_programmes_and_simulation_let_pass_is_not_at_risk(tested):
    rows = tested.table()
    calm = rows[~rows["at_risk"]]
    assert not (calm["low"] > 1e-3 * rows["lost_margin"].max()).any() and (calm["lost_profit_timed"] <= calm["lost_anyway_timed"] + 1).all()
    late = rows["time_to_survive_timed"] < rows["time_to_recover"] - 1e-6
    assert (rows["risk"] == WHATEVER).eq(late).all() and (rows.loc[rows["at_risk"] & ~late, "risk"] == AS_IT_IS).all()
    assert {AS_IT_IS, WHATEVER, NOT} == set(rows["risk"])
    fab = rows.set_index("target").loc[FAB]  # without lead times it could be bridged for 167 days; goods are on the way for 75
    assert fab["time_to_survive"] > fab["time_to_recover"] > fab["time_to_survive_timed"]
    told = " ".join(tested.sentences())
    assert "even at best" in told and "as the chain is run customers go without" in told


def test_the_programmes_know_substitutes_that_are_in_use(cars):
    """Lost for half a year, the resin works would cost 337 M at least; its substitute is a matter of the bill of materials."""
    bill = cars["bill_of_materials"]
    used = cars.replace(bill_of_materials=bill.assign(use_substitute=bill["substitute"] != ""))
    assert used["bill_of_materials"]["use_substitute"].any()
    a, b = (stress_test(case, ["Resin Works Marl"], replications=2).table().loc[0] for case in (cars, used))
    assert b["lost_margin"] < 0.5 * a["lost_margin"] and a["lost_profit"] > 1e8
    assert b["lost_margin"] + b["lost_anyway"] >= b["lost_profit_timed"] * (1 - 1e-6) - 1


def test_in_steady_state_stock_is_what_stands_between():
    """30 plates at the shop (20 there, 10 on the way): without the mill, three days; the programme knows no lead time."""
    found = stress_test(line(), replications=1, start=20)
    rows = found.table().set_index("target")
    held = standing(line(), 1, start=20, seed=1)
    plates = held.network.stocks["shop | plate"]
    assert rows.loc["mill", "time_to_survive"] == pytest.approx(plates / 10)
    assert rows.loc["mill", "lost_profit"] == pytest.approx(max(50 - plates, 0) * 4)
    assert rows.loc["shop", "time_to_survive"] == 0.0
    assert rows.loc["shop", "lost_profit"] == rows.loc["shop", "lost_margin"] == pytest.approx(2 * 10 * 4)
    assert rows.loc["mine", "time_to_survive"] == math.inf  # the best response orders from the spare mine
    both = stress_test(line(), ["CL"], replications=1, start=20).table().loc[0]
    ore = sum(held.network.stocks[s] / k for s, k in (("mill | ore", 2), ("mill | plate", 1), ("shop | plate", 1)))
    assert both["time_to_survive"] == pytest.approx(ore / 10)
    assert rows.loc["mine", "spend"] == pytest.approx(20 * 1 * 365)
    assert rows.loc["mill", "spend_share"] == rows.loc["shop", "spend_share"] == pytest.approx(1.0)
    assert "spare mine" not in rows.index


slow = settings(
    max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def lossy(case: Case) -> Case:
    """A case whose markets lose what they do not get, at a price."""
    rows = case["markets"]
    return with_enough_lots(case.replace(markets=rows.assign(
        lost_share=np.resize([1.0, 0.6, 0.3], len(rows)), lost_margin=np.resize([2.0, 5.0, 3.0], len(rows))
    )))  # fmt: skip


@slow
@given(case=cases(events=False) | cases(events=False, measures=True), data=st.data())
def test_random_chains_lose_no_less_than_the_programmes(case, data):
    """For whatever the tables can say: substitutes, ranked and shared sources, several recipes, by-products, capacities, yields,
    lead times, calendars, open orders, full loads, and what customers send back."""
    case = lossy(case)
    chance = (np.asarray(case.whole(case["recipes"]["product"])) & (case["recipes"]["yield_rate"] < 1)).any()
    assume(not chance)  # whole good units are drawn: there it holds up to the luck of the draw
    site = data.draw(st.sampled_from(sorted(set(case["stocks"]["site"]))))
    start, periods, worlds = 6, data.draw(st.sampled_from([3, 9])), 6
    known = standing(case, worlds, start=start, seed=7)
    nodes = {site} & ({f.node for f in known.network.flows} | {s.node for s in known.network.sales})
    least = performance_impact(known.network, periods, nodes, demand=known.demand(periods)).lost_profit
    timed = known.over_periods.impact(nodes, periods).lost_profit
    hit = Scenario("out", (event_of("outage", start=start, duration=periods, site=site),)).apply(case)
    chain = Chain(hit, worlds, seed=7, record=["claims.lost"]).run()
    lost = (lost_margin(chain.plan) @ chain.history("claims.lost")[len(chain.plan.net.lanes) :].mean(axis=2))[start:]
    event(f"something is lost at least: {least > 1e-6}")
    has = {
        "substitutes": (known.plan.net.part_instead >= 0).any(), "by-products": len(known.plan.net.out_recipe),
        "calendars": known.plan.calendars.any, "returns": (case["markets"]["returned_share"] > 0).any(),
        "full loads": case["lanes"]["full_load"].notna().any(), "other recipes": case["stocks"]["other_recipes"].any(),
    }  # fmt: skip
    for name, there in has.items():
        event(f"{name}: {bool(there)}")
    assert lost[:periods].sum() >= least * (1 - 1e-6) - 1e-6
    assert lost.sum() >= timed * (1 - 1e-6) - 1e-6
    assert timed >= least * (1 - 1e-6) - 1e-6


def test_stock_and_demand_are_those_of_the_calm_worlds_of_the_study(cars):
    known = standing(cars, 70, start=30, seed=1)
    parts = [Chain(cars, 64, record=["claims.asked"]), Chain(cars, 6, first=64, record=["claims.asked"])]
    asked = np.concatenate([c.run(40).history("claims.asked") for c in parts], axis=2)
    n = len(known.plan.net.lanes)
    np.testing.assert_allclose(known.demand(10), asked[n:, 30:].mean(axis=(1, 2)), rtol=1e-12)
    again = standing(cars, 70, start=30, seed=1, workers=1)
    assert again.asked.tobytes() == known.asked.tobytes() and again.coming.tobytes() == known.coming.tobytes()


# --- what is told


def test_the_table_is_ranked_and_complete(tested):
    rows = tested.table()
    assert rows["lost_margin"].is_monotonic_decreasing and rows["exposure"][0] == 1.0
    known = rows[rows["low"].notna()]  # worlds without any difference have no interval
    assert len(known) > 40
    assert (known["low"] <= known["lost_margin"]).all() and (known["lost_margin"] <= known["high"]).all()
    assert rows["tier"].tolist().count(0) == 9 and set(rows["kind"]) == {"site"}
    fab = rows.set_index("target").loc[FAB]
    assert (fab["country"], fab["time_to_recover"], fab["tier"]) == ("JP", 90, 4)
    assert fab["expected_loss"] == pytest.approx(0.02 * fab["lost_margin"])
    risky = tested.at_risk()
    assert risky["gap"].is_monotonic_decreasing and (risky["gap"] >= 0).all() and len(risky) == rows["at_risk"].sum()


def test_cheap_and_deadly_are_the_chips(tested):
    found = tested.hidden_critical()
    assert {FAB, "Fab Nobeoka"} <= set(found["target"])
    assert PLANT not in set(found["target"]) and (found["spend_share"] < 0.01).all()


def test_the_matrix_makes_up_no_likelihood(tested):
    cells = tested.matrix()
    assert list(cells.columns) == [name for _, name in CONSEQUENCES] and cells.index[-1] == NOT_GIVEN
    assert sum(map(len, cells.to_numpy().ravel())) == 50
    assert sum(PLANT in cell for cell in cells.loc["once in 3 years or more"]) == 1
    assert sum(FAB in cell for cell in cells.loc["once in 30 to 100 years"]) == 1
    bare = replace(tested, likelihood={})
    assert list(bare.matrix().index) == [NOT_GIVEN]
    assert any("Nobody has said how often" in s for s in bare.sentences())


def test_sentences_are_whole_and_name_the_worst(tested):
    told = tested.sentences()
    assert told[0].startswith("50 sites were knocked out in turn, each for its time to recover, 7 to 180 days")
    assert told[1].startswith("The worst to lose is Resin Works Marl: 180 days")
    assert all(s.endswith(".") and not re.search(r"\b(nan|inf)\b", s) for s in told)
    assert any(s.startswith("With the likelihoods given,") for s in told)


def test_what_capacity_cannot_carry_is_told():
    found = stress_test(line(demand=20.0), ["mine"], replications=1)
    assert math.isfinite(found.survives)
    assert "Even with nothing out" in found.sentences()[-1]


def test_where_customers_wait_no_margin_is_claimed():
    found = stress_test(line(lost=0.0), replications=1)
    assert (found.table()["lost_profit"] == 0).all() and found.table()["at_risk"].any()
    assert found.sentences()[1].startswith("Customers wait here")


def test_the_words_of_one_target():
    found = stress_test(line(), ["mill"], duration=1, replications=2)
    assert found.sentences()[0] == "1 site was knocked out for 1 day from day 6 on, in 2 worlds with the same luck."


# --- targets


def test_lanes_countries_and_ports(cars):
    lane = ("Foundry Brescia", "Drive Plant Kassel")
    found = stress_test(cars, [lane, "MX", "Suez Canal", FAB], duration=20, replications=1).table().set_index("target")
    assert found["kind"].to_dict() == {
        "Foundry Brescia to Drive Plant Kassel": "lane", "MX": "country", "Suez Canal": "port", FAB: "site",
    }  # fmt: skip
    assert (found["lost_margin"] + found["lost_anyway"] >= found["lost_profit"] * (1 - 1e-6) - 1).all()
    assert found.loc["MX", "lost_profit"] > 0 and found.loc["MX", "time_to_survive"] == 0
    assert found.loc["Suez Canal", "spend"] > 0
    assert pd.isna(found.loc["MX", "tier"]) and found.loc[FAB, "tier"] == 4


def test_all_of_a_kind_and_only_what_is_used():
    lanes = stress_test(line(), "lanes", duration=3, replications=1).table()
    assert set(lanes["target"]) == {"mine to mill", "mill to shop"}
    places = stress_test(line(), "countries", replications=1).table().set_index("target")
    assert places["time_to_recover"].to_dict() == {"CL": 8, "DE": 5}
    assert places.loc["DE", "spend"] == pytest.approx(10 * 5 * 365)


def test_a_company_is_lost_with_all_its_sites():
    """The companies here are what the countries are, so their figures are; the suppliers are those of the sites that are."""
    case = line()
    case = case.replace(sites=case["sites"].assign(company=case["sites"]["country"].map({"CL": "Andes", "DE": "Norda"})))
    firms, places = (stress_test(case, what, replications=2).table().set_index("target") for what in ("companies", "countries"))
    assert set(firms.index) == {"Andes", "Norda"} and set(firms["kind"]) == {"company"}
    same = [c for c in firms.columns if firms[c].dtype.kind == "f"]
    pd.testing.assert_frame_equal(firms[same].rename(index={"Andes": "CL", "Norda": "DE"}).loc[places.index], places[same])
    suppliers = stress_test(case, "suppliers", replications=1).table()
    assert suppliers["target"].tolist() == ["mine"] and suppliers["company"].tolist() == ["Andes"]
    assert stress_test(case, ["Andes"], replications=1).knocks[0].target.sites == ("mine", "spare mine")


def test_what_the_case_has_scheduled_happens_with_the_outage_and_without():
    """The shop is shut all along, so no outage takes a sale from it; what is not scheduled does not happen."""
    shut = [{"event": "shut", "kind": "outage", "site": "shop", "start": 0, "duration": 400}]
    lost = stress_test(line().replace(events=shut), replications=1).table().set_index("target")
    assert (lost["lost_margin"] == 0).all() and (lost["lost_anyway"] > 0).all()
    fire = [{"event": "fire", "kind": "outage", "site": "shop", "start": 3, "duration": 30, "scheduled": False}]
    a, b = stress_test(line(), replications=1).table(), stress_test(line().replace(events=fire), replications=1).table()
    pd.testing.assert_frame_equal(a, b)


# --- how it runs


def test_more_worlds_run_in_batches_and_are_counted():
    seen = []
    found = stress_test(line(), replications=70, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 8) for i in range(9)]
    assert all(len(k.lost_margin) == 70 for k in found.knocks)


def test_it_can_be_cancelled():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        stress_test(line(), replications=2, cancel=cancel)


# --- bad input, all at once


def problems_of(*given, **more) -> str:
    with pytest.raises(CaseError) as caught:
        stress_test(*given, **more)
    return str(caught.value)


def test_unknown_names_and_numbers_are_told_together():
    text = problems_of(
        line(), ["mil", ("mine", "shop"), "shop", 7], duration=-3, start=99, replications=0,
        likelihood={"shop": -1, "moon": 0.1},
    )  # fmt: skip
    for part in ("'mil' is no site", "Did you mean 'mill'?", "'mine to shop' is no site", "'7' is no site",
                 "'-3' must be a number of periods above 0", "'99' must be a whole number from 0 to 39",
                 "'0' must be a whole number of 1 or more", "'moon' is not among", "'shop' has the likelihood -1"):  # fmt: skip
        assert part in text
    assert text.count("\n") == 7


def test_missing_and_negative_times_to_recover_are_told_by_row():
    sites = line()["sites"].copy()
    sites.loc[[0, 2], "time_to_recover"] = [np.nan, -4]
    text = problems_of(line().replace(sites=sites))
    assert "sites row 2, time_to_recover: 'mine' has no time to recover" in text
    assert "sites row 4, time_to_recover: '-4' is out of range" in text
    assert "lanes have no time to recover" in problems_of(line(), "lanes")


def test_a_chain_without_a_market_is_told():
    empty = line().replace(markets=line()["markets"][:0])
    text = problems_of(empty, ["mil"])
    assert "a case needs at least one market" in text and "'mil' is no site" in text


def test_an_outage_must_be_over_before_the_run():
    text = problems_of(line(), start=35)
    assert "the run ends in period 40, before an outage that begins in period 35 is over: mine" in text
    assert "Let the case run for 43 periods" in text


def test_no_targets_are_told():
    assert "there are no targets" in problems_of(line(), [])
    assert "the case has no ports" in problems_of(line(), "ports")


def test_it_prints_as_a_few_lines(tested):
    assert "StressTest of automotive" in printed(tested)


def test_what_is_not_back_was_watched_since_it_failed_not_since_the_outage_began():
    """Lost from period 10 on, with stock for some days: the least time until it is back is counted as that of a day in which service has failed."""
    case = shop(demand=[10] * 60, lost=1.0, on_hand=30.0, order_up_to=45.0)
    test = stress_test(case, ["source"], duration=50, start=10, replications=2)
    row = test.table().iloc[0]
    served = twinkit.ensemble(case, twinkit.Scenario("out", (event_of("outage", site="source", start=10, duration=50),)), 2)["out"].service
    first = int(np.flatnonzero(served[..., 0] < 0.95)[0])
    assert 10 < first < 20 and row["censored"] == 1 and math.isinf(row["recovered_after"]) and row["watched"] == 60 - first
    (shown,) = [c.text(row) for c in columns_of(test) if c.name == "recovered_after"]
    assert shown == f"> {60 - first}"
