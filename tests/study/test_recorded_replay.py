"""Recorded events replayed on chains: what they hit, when, and what is said where they hit nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import twinkit
from twinkit import CaseError, Scenario, check_case, ensemble, example, replay
from twinkit.chain.chain import Chain
from twinkit.events.recorded import library

PLACES = {
    "Camera": "JP",
    "Imager": "Japan",
    "Circuit Board": "Thailand",
    "Other Parts L 60": "DE",
    "Other Parts M 60": "US",
}


@pytest.fixture(scope="module")
def car():
    return example("automotive")


@pytest.fixture(scope="module")
def camera():
    """The camera chain with countries, which it does not come with."""
    case = example("camera")
    sites = case["sites"]
    return case.replace(sites=sites.assign(country=sites["site"].map(PLACES).fillna("")))


def part(again, event):
    return next(p for p in again.parts if p.recorded.event == event)


@pytest.mark.parametrize("event", ["Naka fab fire 2021", "PA-12 shortage 2012", "Suez blockage 2021"])
def test_a_replay_is_the_event_of_the_case_to_the_bit(car, event):
    mine = [e for e in car["events"]["event"] if e.startswith(event)]
    starts = dict(zip(car["events"]["event"], car["events"]["start"], strict=True))
    again = replay(car, mine, start=int(starts[event]))
    own = ensemble(car, Scenario("own", tuple(mine)), 4)["own"]
    theirs = ensemble(again.case, again.scenario, 4)[again.name]
    assert np.array_equal(own.service, theirs.service)
    assert all(np.array_equal(own.kpis[k], theirs.kpis[k], equal_nan=True) for k in own.kpis)
    assert own.failed.any() or event.startswith("Suez")


def test_the_naka_fire_hits_the_naka_fab_on_its_day(car):
    again = replay(car, "Naka fab fire 2021")
    row = again.case["events"].iloc[-1]
    assert again.parts[0].placement.hits == ("Fab Naka",)
    assert (row["site"], row["start"], row["duration"], row["recovery_time"]) == ("Fab Naka", 74, 29, 68)
    assert not row["scheduled"]
    assert again.events == ("Naka fab fire 2021, replayed",)
    assert not check_case(again.case)


def test_a_year_keeps_its_gaps(car):
    again = replay(car, "2021", start=10)
    first = min(p.recorded.date for p in again.parts)
    for p in again.parts:
        assert p.start == 10 + (p.recorded.date - first).days
    table = again.table().set_index("event")
    assert table.loc["Naka fab fire 2021", "start"] - table.loc["Texas freeze 2021", "start"] == 32
    assert table.loc["Colonial Pipeline attack 2021", "hits"] == ""
    assert np.isnan(table.loc["Colonial Pipeline attack 2021", "start"])
    assert "no lane of the case goes by pipeline" in table.loc["Colonial Pipeline attack 2021", "says"]
    assert len(again.sentences()) == len(again.parts) + 1


def test_years_are_laid_over_one_another_and_incidents_are_not(car):
    long = car.replace(settings={"periods": 900})
    names = ["Naka fab fire 2021", "Aisin fire 1997", "US-China tariffs"]
    starts = {p.recorded.event: p.start for p in replay(long, names, start=0).parts}
    assert starts["Aisin fire 1997"] == 0
    assert starts["Naka fab fire 2021"] == 46  # 1 February to 19 March
    assert starts["US-China tariffs 2019"] - starts["US-China tariffs 2018"] == 228


def test_parts_of_an_incident_do_not_hit_a_site_twice(car):
    """The circle of the earthquake has both sites in it that have dates of their own."""
    again = replay(car, "Tohoku earthquake 2011")
    assert part(again, "Tohoku earthquake 2011 region").rows == ()
    alone = replay(car, "Tohoku earthquake 2011 region")
    assert set(alone.parts[0].placement.hits) == {"Fab Naka", "Silicon Works Shirakawa"}


def test_what_is_left_of_an_area_is_hit_site_by_site(car):
    again = replay(
        car, ["Covid-19 2020 Wuhan", "Covid-19 2020 China"], at={"Covid-19 2020 Wuhan": "Cell Plant Nanjing"}
    )
    china = part(again, "Covid-19 2020 China")
    assert china.placement.hits == ("Display Plant Shenzhen",)
    assert [r["site"] for r in china.rows] == ["Display Plant Shenzhen"]
    assert "apart from Cell Plant Nanjing" in china.sentence


def test_on_the_camera_chain_it_is_placed_by_country(camera):
    floods = replay(camera, "Thai floods 2011").parts[0]
    assert floods.placement.hits == ("Circuit Board",)
    assert floods.rows[0]["country"] == "Thailand"
    assert "no coordinates" in floods.sentence
    assert replay(camera, "Tohoku earthquake 2011 region").parts[0].placement.hits == ("Camera", "Imager")
    assert "there is nothing in Ukraine" in replay(camera, "Ukraine wiring 2022").sentences()[1]


def test_without_places_it_is_said_what_is_missing():
    bare = example("camera")
    told = {p.recorded.event: p for p in replay(bare, [e.event for e in library()]).parts}
    assert "neither coordinates nor a country" in told["Thai floods 2011"].sentence
    assert "no country" in told["Covid-19 2020 China"].sentence
    assert "no lane of the case goes by sea" in told["Suez blockage 2021"].sentence
    assert all(p.recorded.reach == "site" for p in told.values() if p.rows)


def test_a_site_stands_in_by_what_it_makes(car):
    assert replay(car, "Aisin fire 1997").parts[0].placement.hits[0].startswith("Brake Plant")
    fire = replay(car, "Philips fab fire 2000").parts[0]
    assert "stands in" in fire.sentence
    assert fire.placement.hits[0].startswith("Fab ")
    formula = replay(car, "Infant formula 2022").parts[0]
    assert "no site is like" in formula.sentence
    only = replay(car, ["Aisin fire 1997", "Naka fab fire 2021"], stand_ins=False)
    assert [bool(p.rows) for p in only.parts] == [False, True]


def test_a_person_may_say_where(car):
    again = replay(car, "Aisin fire 1997", at={"Aisin fire 1997": ["Seat Plant Zwickau", "Seat Plant Tlaxcala"]})
    assert again.parts[0].placement.hits == ("Seat Plant Zwickau", "Seat Plant Tlaxcala")
    slump = replay(car, "Covid slump 2020 Germany", at={"Covid slump 2020 Germany": "France"})
    assert slump.case["events"].iloc[-1]["market"] == "France"
    canal = replay(car, "Baltimore bridge 2024", at={"Baltimore bridge 2024": "Port of Hamburg"})
    assert canal.case["events"].iloc[-1]["site"] == "Port of Hamburg"
    lanes = replay(car, "Rhine low water 2018", at={"Rhine low water 2018": "Resin Works Marl"}).parts[0]
    assert all("Resin Works Marl" in hit for hit in lanes.placement.hits)


def test_lanes_between_countries_go_the_right_way(car):
    sites = car["sites"].set_index("site")["country"]
    hits = replay(car, "Eyjafjallajökull eruption 2010").parts[0].placement.hits
    lanes = car["lanes"][car["lanes"]["mode"] == "air"]
    europe = {"DE", "PL", "PT", "AT", "CZ", "IT", "FR", "GB", "HU"}
    wanted = {f"{a} to {b}" for a, b in zip(lanes["origin"], lanes["destination"], strict=True)
              if sites[a] in europe or sites[b] in europe}  # fmt: skip
    assert set(hits) == wanted
    swapped = car.replace(sites=car["sites"].assign(country=car["sites"]["country"].replace({"DE": "CN", "CN": "DE"})))
    duty = replay(swapped, "US-China tariffs 2018").parts[0].placement.hits
    now = swapped["sites"].set_index("site")["country"]
    assert duty
    assert all((now[a], now[b]) == ("CN", "US") for a, b in (hit.split(" to ") for hit in duty))


def test_a_lane_beside_another_mode_is_named_by_its_product_or_left_out(car):
    """An event on a lane is on all its modes, so only what goes by air alone can be named."""
    lanes = car["lanes"]
    air = lanes[(lanes["mode"] == "air") & (lanes["destination"] == "Control Unit Plant Regensburg")]
    pair = (air["origin"] == air["origin"].iloc[0]).to_numpy()
    first = air[pair].iloc[:1]
    both = pd.concat([lanes, first.assign(mode="sea", share=0.0)], ignore_index=True)
    found = replay(car.replace(lanes=both), "Eyjafjallajökull eruption 2010").parts[0]
    ends = (first["origin"].iloc[0], first["destination"].iloc[0])
    products = {r["product"] for r in found.rows if (r["origin"], r["destination"]) == ends}
    assert products == set(air[pair]["product"]) - {first["product"].iloc[0]}
    assert f"goes there by another mode too: {' to '.join(ends)}" in found.sentence


def test_without_ports_the_ways_between_the_continents_are_taken(car):
    bare = car.replace(lanes=car["lanes"].assign(via=""), sites=car["sites"][car["sites"]["kind"] != "port"],
                       events=car["events"].iloc[:0])  # fmt: skip
    with_ports = set(replay(car, "Suez blockage 2021").parts[0].placement.hits)
    found = replay(bare, "Suez blockage 2021").parts[0]
    assert set(found.placement.hits) == with_ports
    assert "no lane of the case names a port" in found.sentence


def test_days_become_periods_of_the_case(car):
    weeks = car.replace(settings={"period_days": 7.0, "periods": 52}, events=car["events"].iloc[:0])
    again = replay(weeks, "2021")
    fire, suez = part(again, "Naka fab fire 2021"), part(again, "Suez blockage 2021")
    assert fire.rows[0]["duration"] == 4
    assert fire.rows[0]["recovery_time"] == pytest.approx(68 / 7)
    assert suez.rows[0]["duration"] == 1
    assert suez.rows[0]["severity"] == 1
    quake = part(again, "Fukushima earthquake 2021")
    assert (quake.rows[0]["duration"], quake.rows[0]["severity"]) == (1, pytest.approx(3 / 7))
    assert "less than a period" in quake.sentence
    late = part(again, "Yantian outbreak 2021")
    assert late.rows[0]["severity"] == pytest.approx(16 / 7)
    months = weeks.replace(settings={"period_days": 30.0, "periods": 12})
    assert "a pause is all or nothing" in part(replay(months, "2021"), "Suez blockage 2021").sentence


def test_what_is_after_the_end_is_said(car):
    short = car.replace(settings={"periods": 60}, events=car["events"].iloc[:0])
    again = replay(short, "2021")
    assert part(again, "Naka fab fire 2021").rows == ()
    assert "the run ends with period 59" in part(again, "Naka fab fire 2021").sentence
    assert part(again, "Texas freeze 2021").rows


def test_everything_that_is_wrong_is_told_at_once(car):
    with pytest.raises(CaseError) as told:
        replay(
            car,
            ["Naka fab fire 2021", "1066"],
            start=-1,
            at={"Naka fab fire 2021": "Fab Nakka", "Vesuvius": "Fab Naka"},
        )
    text = str(told.value)
    assert len(told.value.problems) == 4
    for words in (
        "1066",
        "Did you mean 'Fab Naka'?",
        "'Vesuvius' is none of the events",
        "'-1' is no period of the run",
    ):
        assert words in text


def test_a_replay_again_replaces_its_events(car):
    once = replay(car, "Naka fab fire 2021")
    twice = replay(once.case, "Naka fab fire 2021", start=5)
    assert len(twice.case["events"]) == len(once.case["events"])
    assert twice.case["events"].iloc[-1]["start"] == 5


def test_a_case_that_is_not_sound_is_refused(car):
    lanes = car["lanes"].assign(lead_time=-1.0)
    with pytest.raises(CaseError, match="lead_time"):
        replay(car.replace(lanes=lanes), "2021")


def test_the_scenario_runs_and_the_case_is_as_calm_as_before(car):
    again = replay(car, "Naka fab fire 2021")
    calm, usual = (Chain(case, 2).run(until=100) for case in (again.case, car))
    assert np.array_equal(calm.world.stock, usual.world.stock)
    assert twinkit.replay is replay
