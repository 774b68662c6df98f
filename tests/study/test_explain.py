"""Explanations of small chains: answers known by hand, agreement with the counterfactual, units that add up."""

from __future__ import annotations

from io import BytesIO
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook
from strategies import cases
from study.dips import DAYS, FIRE, adds_up, chain, event, event_units, happening, row_of, two_steps

import twinkit
from twinkit.chain.chain import Chain
from twinkit.chain.plan import plan_of
from twinkit.question import Plain, question_of
from twinkit.report import report_of
from twinkit.result import Tree
from twinkit.run.engines import Cancelled
from twinkit.run.scenario import Scenario
from twinkit.study.explain import explain, explained
from twinkit.study.explanation import _slowed, span
from twinkit.study.walk import trail_of


def test_an_outage_of_the_source_by_hand():
    """Nothing leaves on days 20 to 29; four days of stock on the way; days 27 to 32 go without."""
    found = happening(two_steps(events=[FIRE]), "fire")
    assert found.units == pytest.approx(60)
    assert (found.days.start, found.days.stop, found.without) == (27, 33, 0)
    assert found.parts == pytest.approx([60])
    assert row_of(found, "shop | item")["since"] == 26
    assert row_of(found, "depot | item")["since"] == 23
    assert row_of(found, "source > depot | item | road")["since"] == 22
    last = row_of(found, "fire")
    assert (last["since"], last["until"], last["share"]) == (20, 29, pytest.approx(1))
    assert found.tree()["level"].tolist() == [0, 1, 2, 3, 4, 5]
    assert "100 % of the missing units trace to fire" in found.sentence()
    assert "shop ran out of it on day 26" in found.sentence()
    adds_up(found)


def test_it_agrees_with_the_same_world_without_the_event():
    case = two_steps(events=[FIRE])
    found = happening(case, "fire")
    plan = plan_of(Scenario("calm").apply(case))
    lacks = []
    for one in (found.trail.plan, plan):
        model = Chain(one, 1, seed=int(case.settings["seed"]), record=["claims.asked", "claims.at_once"]).run()
        lacks.append((model.history("claims.asked") - model.history("claims.at_once"))[-1, :, 0])
    assert found.units == lacks[0][27:33].sum()
    assert found.parts[0] == pytest.approx(lacks[0][27:33].sum() - lacks[1][27:33].sum())
    assert event_units(found) == pytest.approx(found.parts)


def test_two_equal_events_share_equally():
    found = happening(two_steps(events=[FIRE, {**FIRE, "event": "flood"}]), "fire", "flood")
    assert found.parts == pytest.approx([30, 30])
    assert event_units(found) == pytest.approx([30, 30])
    assert "100 % of the missing units trace to fire and flood together (either alone would do)" in found.sentence()
    assert found.joint == pytest.approx(60) and found.own == pytest.approx([0, 0])
    adds_up(found)


def test_where_the_way_back_and_the_count_differ_the_text_says_so():
    """The depot is shut while its source burns: the way back ends at the depot, and either alone would do for the most of it."""
    found = happening(two_steps(events=[FIRE, event("strike", "outage", 24, 9, site="depot")]), "fire", "strike")
    first, last = found.alone
    assert (first > last).all() and found.joint == pytest.approx(found.units - found.own.sum())
    assert found.own == pytest.approx(last) and found.parts.sum() == pytest.approx(found.units)
    walked = np.array(event_units(found)) / found.units
    assert np.abs(walked - found.parts / found.units).max() > 0.05
    assert "together (either alone would do)" in found.sentence()
    assert "no count is the only right one" in found.disclosure() and found.disclosure() in found.text()
    assert "%" not in happening(two_steps(events=[FIRE]), "fire").disclosure()


def test_events_that_need_each_other_are_said_to():
    """Two sources, each enough for what is asked: it takes both fires for customers to go without."""
    lanes = [("source", "depot", "item", 2, 0.5), ("other", "depot", "item", 2, 0.5), ("depot", "shop", "item", 1)]
    case = chain(lanes, stocks={("depot", "item"): 60, ("shop", "item"): 30}, events=[FIRE, {**FIRE, "event": "flood", "site": "other"}])
    found = happening(case, "fire", "flood")
    first, last = found.alone
    assert (last > first).all() and found.joint > 0
    assert "together (only because they come together)" in found.sentence()


def test_no_cause_comes_after_its_effect():
    """A lean stock is near nothing anyway: it did not run out for a fire that had not begun."""
    levels = {("depot", "item"): 40, ("shop", "item"): 21}
    case = chain([("source", "depot", "item", 2), ("depot", "shop", "item", 1)], stocks=levels, events=[FIRE])
    found = happening(case, "fire")
    rows = found.tree()
    assert (rows["since"] >= rows.loc[rows["kind"] == "event", "since"].min()).all()


def test_two_events_that_overlap_each_have_their_part():
    """A second outage begins when the first has begun to hurt: what the depot keeps back is the second's."""
    late = event("strike", "outage", 30, 6, site="depot")
    found = happening(two_steps(events=[FIRE, late]), "fire", "strike")
    alone = happening(two_steps(events=[FIRE]), "fire")
    assert found.units > alone.units
    assert (found.parts > 0).all()
    assert (event_units(found) > 0).all()
    assert found.parts.sum() == pytest.approx(found.units)
    adds_up(found)


def bikes(**more):
    """A plant makes a bike of one frame and two wheels, each from its own supplier."""
    return chain(
        [("frames", "plant", "frame", 2), ("wheels", "plant", "wheel", 3), ("plant", "shop", "bike", 1)],
        stocks={("plant", "frame"): 30, ("plant", "wheel"): 80, ("plant", "bike"): 30, ("shop", "bike"): 20},
        recipes=[("plant", "bike", 2)], bill=[("bike", "frame", 1), ("bike", "wheel", 2)], **more,
    )  # fmt: skip


@pytest.mark.parametrize(("site", "part", "other"), [("wheels", "wheel", "frame"), ("frames", "frame", "wheel")])
def test_the_component_that_is_missing_is_blamed(site, part, other):
    found = happening(bikes(events=[event("fire", "outage", 20, 15, site=site)]), "fire")
    assert row_of(found, f"plant | {part}")["share"] == pytest.approx(1)
    assert f"plant | {other}" not in set(found.tree()["node"])
    assert row_of(found, "plant makes bike")["cause"] == f"waited for {part}"
    assert "plant stood still on" in found.sentence()
    assert f"where {part} ran out on day" in found.sentence()
    assert event_units(found) == pytest.approx(found.parts)
    adds_up(found)


def test_an_outage_of_the_plant_ends_at_its_recipe():
    found = happening(bikes(events=[event("fire", "outage", 20, 15, site="plant")]), "fire")
    assert not {"plant | wheel", "plant | frame"} & set(found.tree()["node"])
    assert event_units(found) == pytest.approx([found.units])


def test_without_an_event_it_is_the_policy():
    demand = [10.0] * DAYS
    demand[40] = 45.0
    found = happening(two_steps(demand=demand))
    assert found.policy_share == 1
    assert (found.day, found.units) == (40, pytest.approx(15))  # 20 on hand and 10 come in
    assert found.causes()["kind"].tolist() == ["policy"]
    assert "100 % of the missing units trace to the safety stock of" in found.sentence()
    adds_up(found)


def test_event_and_policy_share_a_dip():
    demand = [10.0] * DAYS
    demand[28] = 45.0
    found = happening(two_steps(demand=demand, events=[FIRE]), "fire")
    assert 0 < found.policy_share < 1
    assert found.without == pytest.approx(15)
    assert found.policy_share == pytest.approx(15 / found.units)
    own = found.tree().query("kind == 'policy'")["share"].sum()
    assert own == pytest.approx(found.policy_share)
    assert "to fire" in found.sentence() and "safety stock of" in found.sentence()
    adds_up(found)


def test_a_surge_of_demand():
    found = happening(two_steps(events=[event("fair", "demand_surge", 30, 5, severity=2, market="town")]), "fair")
    assert event_units(found) == pytest.approx([found.units])
    assert "customers asked for more" in found.sentence()
    adds_up(found)


def test_goods_that_are_late():
    found = happening(two_steps(events=[event("fog", "lead_time_increase", 20, 5, severity=8, site="source")]), "fog")
    assert row_of(found, "fog")["cause"].endswith("on the way for longer")
    assert event_units(found) == pytest.approx([found.units])
    adds_up(found)


@pytest.mark.parametrize("kind", ["outage", "transit_pausing", "lead_time_increase"])
def test_a_port_that_is_closed(kind):
    case = chain(
        [("source", "depot", "item", 2, 1, "harbour"), ("depot", "shop", "item", 1)], sites=["harbour"],
        stocks={("depot", "item"): 40, ("shop", "item"): 30},
        events=[event("strike", kind, 20, 10, severity=1 if kind != "lead_time_increase" else 9, site="harbour")],
    )  # fmt: skip
    found = happening(case, "strike")
    assert found.units > 0
    assert row_of(found, "source > depot | item | road")["share"] == pytest.approx(1)
    assert "harbour" in row_of(found, "strike")["cause"]
    adds_up(found)


@pytest.mark.parametrize("kind", ["shipment_pausing", "receipt_pausing", "order_pausing"])
def test_goods_and_orders_that_are_held(kind):
    found = happening(two_steps(events=[event("stop", kind, 20, 12, site="depot")]), "stop")
    assert event_units(found) == pytest.approx([found.units])
    assert found.causes()["cause"].tolist() == ["stop"]
    adds_up(found)


def test_a_second_source_shields():
    lanes = [("source", "depot", "item", 2, 0.5), ("other", "depot", "item", 2, 0.5), ("depot", "shop", "item", 1)]
    levels = {("depot", "item"): 40, ("shop", "item"): 30}
    alone = happening(two_steps(events=[FIRE]), "fire")
    case = chain(lanes, stocks=levels, events=[FIRE])
    case = case.replace(stocks=case["stocks"].assign(reroute=False))
    shielded = happening(case, "fire")
    assert 0 < shielded.units < alone.units
    assert row_of(shielded, "source > depot | item | road")["share"] == pytest.approx(1)
    assert "other > depot | item | road" not in set(shielded.tree()["node"])
    adds_up(shielded)


def test_a_diamond_adds_up():
    """One source, two depots, one shop: both ways lead to the fire, by their parts."""
    lanes = [("source", "left", "item", 2), ("source", "right", "item", 2),
             ("left", "shop", "item", 1, 0.7), ("right", "shop", "item", 1, 0.3)]  # fmt: skip
    found = happening(
        chain(lanes, stocks={("left", "item"): 24, ("right", "item"): 11, ("shop", "item"): 25}, events=[FIRE]), "fire"
    )
    left, right = row_of(found, "left | item")["share"], row_of(found, "right | item")["share"]
    assert left > right > 0
    assert left + right == pytest.approx(1)
    assert event_units(found) == pytest.approx([found.units])
    adds_up(found)


def test_goods_that_run_in_a_loop_end_somewhere():
    lanes = [("source", "left", "item", 2, 0.8), ("right", "left", "item", 1, 0.2), ("left", "right", "item", 1),
             ("left", "shop", "item", 1)]  # fmt: skip
    levels = {("left", "item"): 55, ("right", "item"): 10, ("shop", "item"): 30}
    found = happening(chain(lanes, stocks=levels, events=[{**FIRE, "duration": 20}], day="order_first"), "fire")
    assert found.units > 0
    adds_up(found)


@settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cases())
def test_units_add_up_on_random_chains(case):
    trail = trail_of(plan_of(case), 1, 0)
    for row in range(len(trail.plan.net.markets)):
        found = explained(trail, row)
        if found.units:
            adds_up(found)
            found.text()
            for node in found.root.every():  # no cause comes after its effect
                leaves = [n for n in node.every() if not n.children]
                since, worst, until = span(found, node)
                assert since <= worst <= until
                if all(n.kind == "event" for n in leaves):
                    assert since >= min(np.flatnonzero(trail.severity[n.row] > 0)[0] for n in leaves)
            if len(trail.events) == 1 and found.without <= found.units:
                assert event_units(found) == pytest.approx(found.parts)


def closed_weekends(*where: str, **more):
    """Two steps with open weeks of five days at some places; the run begins on a Monday."""
    case = two_steps(start_date="2024-01-01", **more)
    week = {"calendar": "five days", "saturday": 0.0, "sunday": 0.0}
    tables = {"calendars": [week]}
    for table, key in (("sites", "site"), ("lanes", "destination")):
        tables[table] = case[table].assign(calendar=["five days" if f"{table} {name}" in where else "" for name in case[table][key]])
    return case.replace(**tables)


@pytest.mark.parametrize(("where", "stock", "named"), [
    (("sites shop",), 30, "shop is closed"),
    (("lanes shop",), 10, "nothing moves from depot to shop"),
    (("sites depot",), 10, "depot is closed"),
])  # fmt: skip
def test_closed_days_are_named(where, stock, named):
    """Without an event: what waits for Monday is closed days, neither a stock that is too small nor changed orders."""
    case = closed_weekends(*where)
    case = case.replace(stocks=case["stocks"].assign(order_up_to=case["stocks"]["order_up_to"].where(case["stocks"]["site"] != "shop", stock)))
    found = explain(case, world=0)
    causes = found.causes().set_index("kind")
    assert found.units > 0 and "calendar" in causes.index, found.text(0)
    row = causes.loc[["calendar"]].iloc[0]
    assert named in row["cause"] and row["without events"] and row["share"] == pytest.approx(1), found.text(0)
    assert {"closed"} == set(found.tree().query("kind == 'calendar'")["cause"])
    adds_up(found)


def test_closed_days_do_not_hide_an_event():
    found = happening(closed_weekends("lanes depot", events=[FIRE]), "fire", market="town")
    assert event_units(found)[0] == pytest.approx(found.units - found.without) and found.causes()["cause"][0] == "fire"
    adds_up(found)


def test_it_is_asked_as_a_question():
    """What is declared is checked; one asking prints the program that gives the same; the dips to pick from are there."""
    case = two_steps(events=[FIRE])
    ask, ground = question_of("explain"), Plain(case, Scenario("fire", ("fire",)), 8)
    wrong = ask(ground, day=DAYS, market="nowhere").problems()
    assert len(wrong) == 2 and "from 0 to 79" in wrong[1] and "'nowhere'" in wrong[0]
    assert ask(ground, world=-1).problems() and not ask(ground, market="town | item", day=30).problems()
    seen, asking = [], ask(ground, market="town | item", events=["fire"], day=30)
    found, names = asking.run(progress=lambda done, total: seen.append((done, total))), {"twinkit": twinkit, "case": case}
    exec(asking.code(), names)
    assert names["result"].to_dict() == found.to_dict() and seen == [(n, 3) for n in range(4)]
    row = found.lacking.markets.iloc[0]
    assert (row["market"], row["missing"], row["because"], row["share"]) == ("town | item", 60, 60, pytest.approx(60 / 800))
    assert row["worst"] == 27 and row["worst_share"] == 1 and found.lacking.course["mean"].sum() == pytest.approx(6)
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        asking.run(cancel=stop)


def test_the_answer_is_the_same_in_every_medium(tmp_path):
    case = two_steps(events=[FIRE])
    found = explain(case, Scenario("fire", ("fire",)))
    answer = question_of("explain").tell(found)
    tree = next(b for b in answer.blocks if isinstance(b, Tree))
    assert [level for level, _ in tree.levels()] == found.tree()["level"].tolist() == [0, 1, 2, 3, 4, 5]
    report, last = report_of(found), list(tree.levels())[-1][1]
    page, terminal = report.to_html(), str(answer)
    assert page.count("<details open>") == 5 and last.text in page.replace("\u00a0", " ")
    for line in tree.lines():
        assert line in terminal and line in found.text(0.01)
    book = load_workbook(BytesIO(report.to_excel()))
    assert [(c.value, c.alignment.indent) for row in book["report"].iter_rows() for c in row if c.value == tree.lines()[-1].strip()] == [
        (tree.lines()[-1].strip(), 5)]  # fmt: skip
    assert report.to_pdf()[:5] == b"%PDF-"
    assert not any(isinstance(b, Tree) for b in question_of("explain").tell(explain(two_steps(), world=0)).blocks)


def test_what_a_line_made_less_is_told_over_all_the_days_that_count():
    """On day 2 it made half of the usual 10, on day 3 nothing: three quarters less on the two, and only of the second that it stood still."""
    case = two_steps()
    made, days = np.array([10.0, 10, 5, 0, 10, 10]), np.array([0.0, 0, 3, 4, 0, 0])
    trail = SimpleNamespace(plan=plan_of(case), calm={"recipes.started": np.full((1, 6), 10.0)}, run={"recipes.started": made[None]})
    x, line = SimpleNamespace(trail=trail), SimpleNamespace(row=0)
    assert _slowed(x, line, SimpleNamespace(days=days)) == "made 75 % less on 2 days from day 2 on"
    assert _slowed(x, line, SimpleNamespace(days=days * (np.arange(6) == 3))) == "stood still on day 3"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_worlds_have_a_dip_the_one_that_is_told_has_one(seed):
    """A little that is missing is no dip: it is neither counted nor told as the typical one."""
    case = two_steps(events=[event("boom", "demand_surge", 20, 3, market="town", severity=1.0, product="item")])
    markets = case["markets"].assign(demand="normal", spread=2.5)
    found = explain(case.replace(markets=markets, settings={"seed": seed}), Scenario("it happens", ("boom",)))
    some, worlds = found.dips
    assert 0 < some < worlds and found.units > 0
