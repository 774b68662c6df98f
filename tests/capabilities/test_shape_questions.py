"""The three questions on their examples: what their answers must keep to, whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import twinkit
from twinkit.capabilities.border.tables import duty_by_lane, longer, time_of
from twinkit.capabilities.siting.tables import Economy, Ground
from twinkit.question import Plain, question_of
from twinkit.report import report_of
from twinkit.tables import CaseError, check_case, notes_of


@pytest.fixture(scope="module")
def scooters():
    return twinkit.example("scooters")


@pytest.fixture(scope="module")
def computers():
    return twinkit.example("computers")


def edited(case, table, where=None, **cells):
    rows = case[table].copy()
    mask = pd.Series(True, index=rows.index) if where is None else (rows[list(where)] == pd.Series(where)).all(axis=1)
    for column, value in cells.items():
        rows.loc[mask, column] = value
    return case.replace(**{table: rows})


def test_examples_are_sound(scooters, computers):
    assert not check_case(scooters) and not check_case(computers)


# --- enter


def test_a_value_is_that_of_plain_sums(scooters):
    """One way, without any chance, against a loop over years in plain Python."""
    rows = scooters["entries"].head(1).assign(volume_spread=0.0, incoterm="DDP")
    case = scooters.replace(entries=rows, currencies=scooters["currencies"].assign(volatility=0.0), rules=scooters["rules"].head(0),
                            border=scooters["border"].assign(release=0.0, chance_documents=0.0, chance_examination=0.0))  # fmt: skip
    found = twinkit.enter_country(case, years=3, discount=0.1, worlds=4, holding=0.0)
    r, b = dict(rows.iloc[0]), dict(case["border"].set_index("country").loc["US"])
    goods = r["unit_cost"] + r["localisation_unit"]
    fee = min(max(goods * 80 * b["fee_rate"], b["fee_least"]), b["fee_most"]) / 80
    unit = goods + r["freight"] + r["insurance"] + r["inland"] + goods * (0.025 + b["port_rate"]) + fee
    value = -r["investment"] - r["localisation"]
    for year in (1, 2, 3):
        units = r["volume"] * 1.08 ** (year - 1)
        value += (units * (r["price"] * 0.92 - unit) - r["fixed_cost"]) / 1.1**year
    assert found.ways[0].values == pytest.approx(np.full(4, value), rel=1e-9)
    assert found.ways[0].landed.without_vat == pytest.approx(unit)


def test_what_is_made_there_costs_its_own_currency_and_a_variant_the_money_of_the_case(scooters):
    rows = scooters["entries"]
    rows = rows[(rows["country"] == "US") & (rows["way"] == "make")].assign(volume_spread=0.0)
    case = scooters.replace(entries=rows, currencies=scooters["currencies"].assign(volatility=0.0), rules=scooters["rules"].head(0))
    value = -9_120_000 + sum((12_000 * 1.05 * 1.08 ** (y - 1) * ((1120 - 700) * 0.92 - 6 - 24) - 2_600_000) / 1.1**y for y in (1, 2, 3))
    assert twinkit.enter_country(case, years=3, worlds=2).ways[0].values == pytest.approx(np.full(2, value), rel=1e-9)


def test_break_evens_and_shocks_are_where_they_are_said(scooters):
    found = twinkit.enter_country(scooters, worlds=200, seed=3, shock=0.1, comply="never")
    ship = next(w for w in found.ways if w.country == "US" and w.way == "ship")
    at = edited(scooters, "tariffs", {"destination_country": "US"}, ad_valorem=ship.even_duty)
    again = twinkit.enter_country(at, worlds=200, seed=3, comply="never", holding=0.2)
    there = next(w for w in again.ways if w.country == "US" and w.way == "ship")
    assert abs(there.values.mean()) < 1e-6 * abs(ship.values.mean())
    less = edited(scooters, "entries", {"country": "US", "way": "ship"}, volume=ship.even_volume * 12000)
    nothing = next(w for w in twinkit.enter_country(less, worlds=200, seed=3, comply="never").ways if w.country == "US" and w.way == "ship")
    assert abs(nothing.values.mean()) < 0.001 * abs(ship.values.mean())
    assert ship.shocked.mean() < ship.values.mean()
    later = pd.concat([scooters["tariffs"], pd.DataFrame([{**dict(scooters["tariffs"].iloc[0]), "starts": 365, "ad_valorem": 0.125}])], ignore_index=True)
    dated = next(w for w in twinkit.enter_country(scooters.replace(tariffs=later), worlds=200, seed=3, comply="never").ways if w.country == "US" and w.way == "ship")
    assert dated.values == pytest.approx(ship.shocked)  # a shock from year 2 on is a tariff from the second year on


def test_it_complies_where_that_pays_and_the_same_luck_is_seen(scooters):
    best, never, always = (twinkit.enter_country(scooters, worlds=50, comply=c) for c in ("best", "never", "always"))
    for one in best.ways:
        values = {c: next(w for w in f.ways if w.name == one.name).values.mean() for c, f in (("never", never), ("always", always))}
        assert one.values.mean() >= max(values.values()) - 1e-6
    assert all(w.crossed.complies == (w.crossed.saved > w.crossed.cost) for w in best.ways if w.crossed and np.isfinite(w.crossed.threshold))
    hedged = twinkit.enter_country(scooters, worlds=400, hedged=1.0)
    plain = twinkit.enter_country(scooters, worlds=400, hedged=0.0)
    assert sum(w.values.std() for w in hedged.ways) < sum(w.values.std() for w in plain.ways)


@pytest.mark.parametrize(("tariff", "paid"), [("ad_valorem", 80), ("specific", 30), ("compound", 110), ("mixed_highest", 80), ("mixed_lowest", 30), ("quota", 67.5)])
def test_a_duty_of_every_kind_and_a_shock_on_top_of_it(scooters, tariff, paid):
    """A unit of 1000 (fob), 8 % or 30 for each; 250 of 1000 units within a quota at 3 %; the shock is 10 points more, whatever the kind."""
    row = scooters["entries"].head(1).assign(volume_spread=0.0, volume=1000.0, growth=0.0, unit_cost=1000.0, localisation_unit=0.0)
    case = edited(scooters, "tariffs", {"destination_country": "US"}, tariff=tariff, ad_valorem=0.08, specific=30.0, quota=250.0, within_quota=0.03)
    case = case.replace(entries=row, rules=scooters["rules"].head(0), products=scooters["products"].assign(value=1000.0))
    found = twinkit.enter_country(case, years=1, discount=0.0, holding=0.0, shock=0.1, shock_year=1, worlds=2).ways[0]
    assert found.landed.parts["duty"] == pytest.approx(paid) and found.values - found.shocked == pytest.approx(np.full(2, 1000 * 100.0))
    beyond = 80 if tariff == "quota" else paid  # in a run and in siting a quota is used up
    fees = 1000 * (0.00125 + 0.003464)
    assert duty_by_lane(case, case["lanes"], case["sites"])[0] == pytest.approx(beyond + fees)
    candidates = [{"place": "Linz", "country": "AT", "latitude": 48.3, "longitude": 14.3, "fixed_cost": 1.0}]
    ground = Ground(case.replace(candidates=candidates))
    us = np.flatnonzero(ground.needs["country"] == "US")
    assert ground.duty(Economy(tariff_shock=0.1), np.zeros((1, len(ground.needs))))[0, us] == pytest.approx(beyond + 100.0)


def test_a_quota_is_used_up_world_by_world_and_who_ships_alone_spends_on_compliance(scooters):
    case = edited(scooters, "tariffs", {"destination_country": "US"}, tariff="quota", ad_valorem=0.3, quota=12_000.0, within_quota=0.0)
    case = case.replace(rules=scooters["rules"].head(0), currencies=scooters["currencies"].assign(volatility=0.0))
    given = {"years": 1, "discount": 0.0, "holding": 0.0, "worlds": 50}
    quota, free = ({w.name: w.values for w in twinkit.enter_country(c, **given).ways} for c in (case, case.replace(tariffs=scooters["tariffs"].iloc[1:])))
    units = (free["US: e-scooter, ship"] - free["US: e-scooter, ship"].mean()) / (1120 * 0.92 - 697.95)  # up to a constant
    paid = free["US: e-scooter, ship"] - quota["US: e-scooter, ship"]
    over = paid > 1e-6
    assert 0.2 < over.mean() < 0.8 and np.polyfit(units[over], paid[over], 1)[0] == pytest.approx(0.3 * 626, rel=0.01)  # 626: goods with the variant, fob
    plain, spent = ({w.name: w.values for w in twinkit.enter_country(scooters, spend=s, worlds=200).ways} for s in (0.0, 1e5))
    assert all((plain[k] == spent[k]).all() == (not k.endswith("ship")) for k in plain)


def test_who_sells_before_the_border_pays_for_origin_and_saves_no_duty(scooters):
    row = scooters["entries"].iloc[[3]].assign(volume_spread=0.0, growth=0.0)
    case = scooters.replace(entries=row, rules=scooters["rules"].head(0), currencies=scooters["currencies"].assign(volatility=0.0))
    found = {(term, c): twinkit.enter_country(edited(case, "entries", incoterm=term), years=1, discount=0.0, comply=c, worlds=1, holding=h).ways[0]
             for term in ("DDP", "CIF") for c, h in (("best", 0.0), ("always", 0.0), ("never", 0.2))}  # fmt: skip
    each = 625 * (0.58 - 0.45) * 0.18 + 4  # local parts that are dearer, and papers
    assert found["DDP", "best"].crossed.complies and not found["CIF", "best"].crossed.complies
    assert float(found["CIF", "best"].values[0] - found["CIF", "always"].values[0]) == pytest.approx(8000 * each)
    assert found["CIF", "best"].values == pytest.approx(found["CIF", "never"].values)  # goods on the way are the customer's
    assert found["DDP", "always"].landed.parts["duty"] == 0.0 and found["CIF", "best"].landed.parts["duty"] == pytest.approx(0.06 * 651)
    lane = duty_by_lane(scooters, scooters["lanes"], scooters["sites"])[1]
    assert lane == pytest.approx(620 * (0.58 - 0.45) * 0.18 + 4)  # in a run goods originate where that is cheaper than 6 %


def test_borders_are_felt_in_a_run(scooters):
    lanes = scooters["lanes"]
    found = longer(scooters)["lanes"]
    border = scooters["border"].set_index("country")
    for lane, new, country in zip(lanes.to_dict("records"), found.to_dict("records"), ("US", "GB", "JP"), strict=True):
        time = time_of(dict(border.loc[country]))
        assert new["lead_time"] == pytest.approx(lane["lead_time"] + time.mean) and new["lead_time_spread"] == pytest.approx(time.sd)
    us = 620 * (0.025 + 0.00125) + 620 * 0.003464
    assert duty_by_lane(scooters, lanes, scooters["sites"])[0] == pytest.approx(us)
    amount = edited(edited(scooters, "tariffs", {"destination_country": "US"}, tariff="specific", specific=7.0), "products", value=0.0)
    assert duty_by_lane(amount, lanes, scooters["sites"])[0] == pytest.approx(7 + 32.71 / 80)  # an amount for a unit asks for no value
    outcome = twinkit.ensemble(scooters.replace(settings={"periods": 200}), twinkit.Scenario("run"), 2)["run"]
    assert (outcome.costs["duties"] > 0).all()
    assert outcome.kpis["total cost"] == pytest.approx(sum(outcome.costs.values()))


def test_what_is_wrong_is_said_all_at_once(scooters):
    wrong = edited(edited(scooters, "tariffs", hs_code="scooter"), "border", chance_examination=0.95, currency="QQQ")
    told = " ".join(map(str, check_case(wrong)))
    assert "no code of the Harmonized System" in told and "above 1 together" in told and "no currency of the table" in told
    idle = edited(edited(scooters, "tariffs", {"destination_country": "US"}, destination_country="USA", tariff="quota"), "agreements", {"destination_country": "GB"}, destination_country="GBR")
    told = " ".join(str(n) for n in notes_of(idle))
    assert told.count("acts on nothing") == 2 and "Countries: AT, GB, JP, US" in told and "quota: '0' says nothing" in told
    with pytest.raises(CaseError, match=r"(?s)hedged.*comply|comply.*hedged"):
        twinkit.enter_country(scooters, hedged=2, comply="perhaps")
    assert "no table of entries" in question_of("enter")(Plain(twinkit.example("camera"))).problems()[0]


# --- siting


def test_the_network_of_least_cost_is_and_the_others_are_not_cheaper_before_safety(computers):
    found = twinkit.site_plants(computers, simulate=False, gap=1e-6)
    costs = [o.network.cost for o in found.options]
    assert costs[0] <= min(costs) * (1 + 1e-6) and {o.name for o in found.options} >= {"least cost", "regional", "local", "as it is"}
    assert (found.stress["unserved"] >= 0).all() and (found.stress["stiff"] >= found.stress["cost"] - 1e-6).all()
    assert sum(found.flows()["units"]) == pytest.approx(found.ground.total)
    assert len(found.map_rows) == 5 and {len(r) for r in found.map_rows} == {5}
    best, now = found.options[0], next(o for o in found.options if o.name == "as it is")
    assert best.closing == pytest.approx(900_000) and best.fixed - best.network.fixed_cost == pytest.approx(900_000)  # 9 million over ten years
    assert now.fixed == pytest.approx(5_200_000)  # what stands and stays: nothing is closed, and its tools are paid
    single = found.greenfield[0][1][0]
    assert 45 < single.latitude < 53 and 0 < single.longitude < 14


@pytest.mark.parametrize(("law", "sd"), [({"demand": "poisson"}, 120**0.5), ({"demand": "uniform", "spread": 60}, 60 / 3**0.5), ({"demand": "constant"}, 0)])
def test_safety_stock_follows_the_distribution_of_the_demand(computers, law, sd):
    assert Ground(edited(computers, "markets", {"market": "France"}, **law)).needs["spread"].iloc[0] == pytest.approx(sd * 365**0.5)


def test_what_is_scrapped_had_its_emissions_and_a_lost_unit_its_price(computers):
    ground = Ground(edited(computers, "candidates", quality=0.8, emissions=40.0))
    plain, dear = (ground.cost(Economy(carbon=carbon, carbon_tonne_km=0.0)) for carbon in (0.0, 100.0))
    assert dear - plain == pytest.approx(np.full_like(plain, 40.0 / 0.8 * 0.1))
    assert ground.plants(Economy(), lost=True).lost[0] == 990


def test_orders_that_come_now_and_then_are_counted_as_they_come(computers):
    weekly = edited(computers, "markets", {"market": "France"}, every=7)
    assert Ground(weekly).needs["units"].iloc[0] == pytest.approx(120 * 365 / 7)
    assert Ground(computers).needs["units"].iloc[0] == pytest.approx(120 * 365)


def test_a_duty_moves_plants(computers):
    walls = pd.DataFrame([{"origin_country": "", "destination_country": c, "hs_code": "", "starts": 0, "tariff": "ad_valorem", "ad_valorem": 0.6} for c in ("GB", "DE", "FR")])
    free = twinkit.site_plants(computers.replace(tariffs=computers["tariffs"].head(0)), simulate=False)
    walled = twinkit.site_plants(computers.replace(tariffs=walls), simulate=False)
    assert len(walled.options[0].network.open) > len(free.options[0].network.open)
    assert walled.options[0].network.cost > free.options[0].network.cost


def test_networks_that_cannot_serve_all_are_said(computers):
    small = computers.replace(candidates=computers["candidates"].assign(capacity=computers["candidates"]["capacity"] / 4))
    found = twinkit.site_plants(small, simulate=False)
    assert [o.name for o in found.options] == ["least cost", "local"] and "cannot serve all: central and regional" in " ".join(found.sentences())


def test_the_best_network_runs_on_the_chain(computers):
    found = twinkit.site_plants(computers, worlds=2, outage=90)
    assert found.simulated["fill"].iloc[0] > 0.9
    assert (found.simulated["fill"].iloc[1:] < found.simulated["fill"].iloc[0]).any()
    page = report_of(found).to_html()
    assert "Where should we make it?" in page and "Cheapest network" in page


# --- to order


def test_more_stock_waits_less_and_parts_that_stop_hurt(computers):
    found = twinkit.to_order(computers, orders=600, worlds=6)
    point = {(p.name, p.service): p for p in found.points}
    assert point["to stock", 0.98].calm.wait.mean() < point["assemble to order", 0.98].calm.wait.mean() < point["make to order", 0.98].calm.wait.mean()
    assert point["to stock", 0.98].stock_value.mean() > point["assemble to order", 0.98].stock_value.mean() > point["make to order", 0.98].stock_value.mean() > 0  # parts wait for the slowest
    assert all(p.hit.on_time.mean() <= p.calm.on_time.mean() + 1e-9 for p in found.points)
    assert found.points[0].earned.mean() == max(p.earned.mean() for p in found.points)
    assert sum(found.catalogue.chance) == pytest.approx(1)
    assert not [v for v in found.catalogue.variants if "graphics card" in v and "board with 4 cores" in v]
    assert "Decoupling points side by side" in report_of(found).to_html()


def test_a_share_is_never_below_nothing(computers):
    frame = twinkit.to_order(computers, worlds=20, orders=1000, outage=0.0).table()
    assert (frame[["lost low", "switched low", "wait low"]].fillna(0.0) >= 0).all(axis=None) and (frame[["on time high", "kept high"]].fillna(1.0) <= 1).all(axis=None)


def test_stock_of_parts_is_that_of_the_closed_form(computers):
    """What is on hand of a base stock S is E max(S - D, 0), D Poisson over the lead time: no run counts the stock that it begins with."""
    case = edited(computers, "families", patience=None, assembly=0.0, call_off=None)
    found = twinkit.to_order(case, services=(0.9,), orders=1000, worlds=60)
    of = found.catalogue
    each = np.maximum(of.parts.max(axis=0), 1)
    mean = 40 * (of.chance @ of.parts) / each * of.lead_time
    kept = [((s := stats.poisson.ppf(0.9, m) + 1) - np.arange(s + 1)) @ stats.poisson.pmf(np.arange(s + 1), m) for m in mean]
    stock = next(p.stock_value for p in found.points if p.name == "assemble to order")
    error = stock.std() / 60**0.5
    assert abs(stock.mean() - np.array(kept) @ (each * of.part_value)) < 3 * error < 5000


def test_options_follow_their_take_rates_where_no_rule_stands(computers):
    free = computers.replace(option_rules=computers["option_rules"].head(0))
    found = twinkit.to_order(free, orders=100, worlds=1)
    for row in found.options().to_dict("records"):
        assert row["taken"] == pytest.approx(row["asked"], abs=0.012)
    wrong = edited(computers, "options", {"option": "disk of 2 TB"}, take_rate=0.9)
    assert "do not add up to 1" in " ".join(map(str, check_case(wrong)))
    nothing = pd.DataFrame([{"product": "computer", "option": "disk of 500 GB", "rule": "excludes", "other": "disk of 500 GB"},
                            {"product": "computer", "option": "disk of 2 TB", "rule": "excludes", "other": "disk of 2 TB"}])  # fmt: skip
    with pytest.raises(CaseError, match="almost nothing to sell"):
        twinkit.to_order(computers.replace(option_rules=nothing), orders=100, worlds=1)


@pytest.mark.parametrize("key", ["enter", "siting", "to_order"])
def test_every_question_prints_python_that_asks_it(key, scooters, computers):
    case = scooters if key == "enter" else computers
    asking = question_of(key)(Plain(case))
    assert not asking.problems()
    assert asking.code().startswith(f"result = twinkit.{asking.call().function.__name__}(")
