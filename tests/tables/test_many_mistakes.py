"""One case with at least forty different mistakes: all are told at once, each with its place and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinkit.tables import CaseError, Problem, read_case

TABLES = {
    "sites": """
site,kind,tier,latitude,longitude,capcity
Mill,supplier,0.5,53,8.8,
Bakery,plant,,95,8.8,
Depot,warehous,,53,,
Shop,retailer,,,,
Kiosk,retailer,,,,
Harbour,port,,,,
shop ,retailer,,,,
Cafe,,,,,
""",
    "products": """
product,value
Flour,"1,5"
Bread,1 000
Cake,-2
Bread,3
Salt,1
Tea,1
Jam,1
Bun,1
Roll,1
Pie,1
Tart,1
Nut,1
""",
    "bill_of_materials": """
product,component,quantity
Bread,Flour,0
Cake,Salt,0.1
Salt,Cake,0.1
Bun,Nut,1
""",
    "stocks": """
site,product,policy,order_up_to,reorder_point,order_quantity,reroute,review_period
Mill,Flour,unlimited,10,,,,
Bakery,Flour,base_stok,20,,,,
Bakery,Bread,base_stock,,,,,
Depot,Bread,s_S,20,30,,maybe,
Shop,Bread,r_Q,,5,0,,
Kiosk,Bread,on_demand,,,,,2 moons
Kiosc,Cake,on_demand,,,,,
Harbour,Tea,none,,,,,
Shop,Jam,on_demand,,,,,
Bakery,Bun,on_demand,,,,,
Depot,Roll,on_demand,,,,,
Kiosk,Roll,on_demand,,,,,
Mill,Roll,unlimited,,,,,
Mill,Pie,unlimited,,,,,
Kiosk,Pie,on_demand,,,,,
Mill,Nut,unlimited,,,,,
Mill,Tart,unlimited,,,,,
Kiosk,Tart,on_demand,,,,,
""",
    "lanes": """
origin,destination,product,lead_time,via,mode,lead_time_kind,share,distance
Mill,Bakery,Flour,2 weks,,,,,
Bakery,Depot,Bread,5 kg,Harbor,,,,
Depot,Shop,Bread,-1,,,,,
Depot,Kiosk,Bread,1,Shop,,,,12 miles
Mill,Kiosk,Pie,1,,truck,,,
Kiosk,Kiosk,Tart,1,,,,,
Mill,Kiosk,Tart,1,,,normal,,
Depot,Kiosk,Roll,0,,,,0.5,
Kiosk,Depot,Roll,0,,,,0.7,
Mill,Depot,Roll,0,,,,0.7,
Shop,Bakery,Nut,1,,,,,
Mill,Shop,Pie,inf,,,,,
""",
    "recipes": """
site,product,lead_time,yield_rate
Bakery,Bread,36 hours,110 %
Bakery,Bun,1,1
Kiosk,Jam,1,1
""",
    "markets": """
market,site,product,demand,mean,spread
Town,Shop,Bread,normal,,2
Quay,Kiosk,Bread,history,,
Fair,Kiosk,Pie,uniform,2,3
Port,Kiosk,Roll,negative_binomial,4,1
Dock,Shop,Jam,normal,1,
Pier,Shop,Tart,normal,1,
Hill,Kiosk,Roll,weibull,1,
""",
    "history": """
market,product,period,units
Twon,Roll,0,1
""",
    "events": """
event,kind,site,origin,destination,market,start,duration,severity,date
fire,outage,Mill,,,,10,5,3,
storm,outage,,,,,10,5,,
fog,demand_surge,Mill,,,,10,5,,
strike,lead_time_increase,,Shop,Mill,,10,5,,
ice,outage,Mill,,,,999,5,,3/4/2021
flood,outage,Mill,,,Town,10,5,,
""",
    "objectives": """
kpi,relation,target
fil rate,at_least,0.9
backlog,at_mots,5
""",
    "settings": """
setting,value
hold,soon
peroids,9
seed,-1
""",
    "stock": """
site,product
""",
}

MISTAKES = """
stock: the file is no table
settings row 2, hold: 'soon'
settings row 3, setting: 'peroids'
settings row 4, seed: '-1'
sites row 1: 'capcity'
sites row 2, tier: '0.5'
sites row 3, latitude: '95'
sites row 4, kind: 'warehous'
sites row 4, longitude: the cell is empty
sites row 8, site: 'shop'
sites row 9, kind: the cell is empty
products row 2, value: '1,5'
products row 3, value: '1 000'
products row 4, value: '-2'
products row 5, product: 'Bread' is there twice
bill_of_materials row 2, quantity: '0'
bill_of_materials row 3, product: 'Cake' goes into itself
stocks row 2, order_up_to: '10' is given
stocks row 3, policy: 'base_stok'
stocks row 4, order_up_to: the cell is empty
stocks row 5, reorder_point: '30' is above
stocks row 5, reroute: 'maybe'
stocks row 6, order_quantity: '0'
stocks row 7, review_period: '2 moons'
stocks row 8, site: 'Kiosc'
stocks row 9, site: 'Harbour' is a port
stocks row 12, sourcing: 'shares' needs shares
stocks row 13, sourcing: 'shares' needs shares
lanes row 2, lead_time: '2 weks'
lanes row 3, lead_time: '5 kg'
lanes row 3, via: 'Harbor'
lanes row 4, lead_time: '-1'
lanes row 5, via: 'Shop'
lanes row 5, distance: '12 miles'
lanes row 6, mode: 'truck'
lanes row 7, destination: 'Kiosk' is the origin
lanes row 8, lead_time_spread: '0' does not vary
lanes row 9, information_delay: '0' closes a loop
lanes row 9, lead_time: '0' closes a loop
lanes row 12, origin: 'Shop' holds no stock of 'Nut'
lanes row 13, destination: 'Shop' holds no stock of 'Pie'
lanes row 13, lead_time: 'inf'
recipes row 2, lead_time: '36 hours'
recipes row 2, yield_rate: '110 %'
recipes row 3, product: 'Bun' needs the component 'Nut'
recipes row 4, site: 'Kiosk' makes 'Jam'
stocks row 10, site: 'Shop' holds 'Jam', which is asked for
markets row 2, mean: the cell is empty
markets row 3, demand: 'history' needs rows in history
markets row 4, spread: '3'
markets row 5, spread: '1'
markets row 7, site: 'Shop' holds no stock of 'Tart'
markets row 8, demand: 'weibull'
history row 2, market: 'Twon'
events row 2, severity: '3'
events row 3, event: 'storm' has no target
events row 4, kind: 'demand_surge' cannot happen
events row 5, origin: 'Shop' with destination 'Mill'
events row 6, start: '999'
events row 6, date: '3/4/2021'
events row 7, event: 'flood' has the targets
objectives row 2, kpi: 'fil rate'
objectives row 3, relation: 'at_mots'
""".strip().splitlines()


@pytest.fixture
def problems(tmp_path: Path) -> list[Problem]:
    for table, text in TABLES.items():
        (tmp_path / f"{table}.csv").write_text(text.lstrip(), encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        read_case(tmp_path)
    return caught.value.problems


def test_every_mistake_is_told_once(problems):
    sentences = [p.sentence for p in problems]
    assert len(MISTAKES) >= 40
    for mistake in MISTAKES:
        assert sum(s.startswith(mistake) for s in sentences) == 1, mistake
    assert len(sentences) == len(MISTAKES), [s for s in sentences if not s.startswith(tuple(MISTAKES))]


def test_every_sentence_names_its_place_and_says_what_to_do(problems):
    for problem in problems:
        assert problem.table
        assert problem.row is not None or problem.table == "stock"
        assert problem.value or "empty" in problem.says or problem.table == "stock"
        assert problem.hint
        assert problem.sentence.endswith((".", "?"))


def test_the_error_is_a_numbered_list(problems):
    lines = str(CaseError(problems)).splitlines()
    assert len(lines) == len(problems)
    assert all(line.startswith(f"{i}. ") for i, line in enumerate(lines, 1))
