"""Network: figures of sites and lanes add up to those of the run, levers reach rows, moving one makes a scenario."""

import asyncio

import numpy as np
import pytest
from tiny_case import PRODUCT, SHOP, SOURCE, tiny_case

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.question import question_of
from twinkit.report import report_of
from twinkit.result import Table
from twinkit.run.scenario import Scenario
from twinkit.study.site_figures import network_figures
from twinkit.tables import CaseError
from twinkit.workbench.desk import AS_IS, Desk
from twinkit.workbench.network_panel import MINE, SEPARATOR, NetworkPanel, reach
from twinkit.workbench.network_rows import rows_of


@pytest.fixture(scope="module")
def automotive():
    return twinkit.example("automotive")


@pytest.fixture(scope="module")
def found(automotive):
    levers = {"safety_days_tier_1": 4.0}
    return network_figures(automotive, Scenario("fire", ("Naka fab fire 2021",), levers, 30), seed=3)


@pytest.fixture
def panel():
    return NetworkPanel(Desk(tiny_case(), replications=8))


def row(table, name):
    return table.set_index("figure").loc[name]


def test_the_costs_of_the_sites_add_up_to_the_total_cost(found):
    periods = found.plan.periods - found.plan.case.settings["warm_up"]
    assert found.sites()["cost"].sum() * periods == pytest.approx(found.outcome.kpis["total cost"].mean(), rel=1e-12)


def test_figures_of_a_lane_are_those_of_a_chain_that_is_run_by_hand(found, automotive):
    """Another way to the same numbers: a chain with the lane's flow recorded; no lever, no event."""
    lane = automotive["lanes"].iloc[0]
    ours = network_figures(automotive, Scenario("as it is"), seed=3)
    chain = twinkit.Chain(automotive, 64, seed=3, record=["claims.sent"]).run()
    lanes = chain.plan.net.lanes
    here = np.flatnonzero((lanes["origin"] == lane["origin"]) & (lanes["destination"] == lane["destination"]))
    value = automotive["products"].set_index("product")["value"]
    warm = int(automotive.settings["warm_up"])
    sent = chain.history("claims.sent")[here, warm:].mean(axis=(1, 2))
    money = row(ours.lane(lane["origin"], lane["destination"]), "goods sent")["value"]
    assert money == pytest.approx(float(sent @ lanes["product"].map(value)[here]), rel=1e-9)


def test_the_event_is_seen_at_the_site_it_strikes(found):
    figure = row(found.site("Fab Naka"), "capacity used for microcontroller wafer")
    assert figure["high"] < figure["without"] <= 1.0 and figure["low"] < figure["value"] < figure["high"]
    assert (found.site("Fab Naka")["definition"].str.len() > 10).all()


def test_it_is_a_question_at_every_door(found, automotive):
    """The panel prints what it runs; the answer has every site, with every figure in the workbook."""
    desk = Desk(automotive, "automotive", seed=3)
    desk.scenarios = {**desk.scenarios, "fire": Scenario("fire", ("Naka fab fire 2021",), {"safety_days_tier_1": 4.0}, 30)}
    desk.chosen = "fire"
    names = {"twinkit": twinkit, "case": automotive}
    exec(NetworkPanel(desk).code(), names)
    assert names["result"].sites().equals(found.sites())
    answer = question_of("network").tell(found)
    sites, figures = (b for b in answer.blocks if isinstance(b, Table))
    assert set(sites.frame["site"]) == set(automotive["sites"]["site"]) and sites.on_page and not figures.on_page
    naka = figures.frame[figures.frame["site"] == "Fab Naka"].drop(columns="site").reset_index(drop=True)
    assert naka.equals(found.site("Fab Naka")) and "Most cost arises at" in str(answer)
    assert report_of(found).about["Seed"] == "3" and "NetworkFigures" not in repr(found) and "Sites and lanes" in repr(found)


def test_a_site_that_is_not_there_is_refused(found):
    with pytest.raises(KeyError, match="Fab Nakka"):
        found.site("Fab Nakka")
    with pytest.raises(KeyError, match="no lane"):
        found.lane("Fab Naka", "Fab Naka")


def test_rows_name_what_is_picked_and_nothing_else(automotive):
    rows = rows_of(automotive, "Fab Naka")
    assert set(rows) == {"sites", "stocks", "recipes", "lanes", "events"}
    assert ((rows["lanes"]["origin"] == "Fab Naka") | (rows["lanes"]["destination"] == "Fab Naka")).all()
    assert "order_up_to" in rows["stocks"] and "smoothing" not in rows["stocks"], "empty columns are left out"
    lane = rows_of(automotive, lane=("Fab Naka", "Chip Packaging Kumamoto"))
    assert set(lane) == {"lanes"} and len(lane["lanes"]) == 1


def test_a_lever_reaches_the_rows_that_it_changes(automotive):
    reached = reach(automotive)
    assert "Fab Naka" in reached["extra_capacity"] and "Dealers Germany" not in reached["extra_capacity"]
    assert "Dealers Germany" in reached["safety_days_tier_0"] and "Fab Naka" not in reached["safety_days_tier_0"]
    can = automotive["lanes"][automotive["lanes"]["expedite_lead_time"].notna()]
    assert set(zip(can["origin"], can["destination"], strict=True)) <= reached["expediting"]


def test_picking_narrows_figures_and_levers(panel):
    assert asyncio.run(panel.run())
    assert panel.figures() is None and panel.rows() == {}
    panel.picked = SHOP
    assert row(panel.figures(), "fill rate")["value"] > 0.9
    assert [lever.name for lever in panel.levers()] == ["safety_days_tier_0"]
    panel.picked = SOURCE + SEPARATOR + SHOP
    use = row(panel.figures(), f"capacity used, {PRODUCT} by road")
    sent = row(panel.figures(), "goods sent")
    assert use["value"] == pytest.approx(sent["value"] / 5.0 / 40.0)
    assert "lead time 2 periods" in panel.about(panel.picked)


def test_moving_a_lever_leaves_as_it_is_alone(panel):
    desk = panel.desk
    panel.move("safety_days_tier_0", 3.0)
    assert desk.chosen == MINE and desk.scenario.levers == {"safety_days_tier_0": 3.0}
    assert desk.scenarios[AS_IS].levers == {}
    panel.move("safety_days_tier_0", 5.0)
    assert list(desk.scenarios) == [AS_IS, MINE] and panel.value("safety_days_tier_0") == 5.0
    panel.move("safety_days_tier_0", 0.0)
    assert desk.scenario.levers == {}, "a lever at its start is not moved"


def test_a_lever_out_of_its_range_is_refused(panel):
    with pytest.raises(CaseError, match="out of the range"):
        panel.move("safety_days_tier_0", -1.0)
    assert panel.desk.chosen == AS_IS


def test_a_moved_lever_makes_the_result_stale(panel):
    assert asyncio.run(panel.run()) and not panel.stale
    panel.move("safety_days_tier_0", 3.0)
    assert panel.stale


def test_periods_are_called_what_they_are():
    panel = NetworkPanel(Desk(tiny_case().replace(settings={"period_days": 7}), replications=8))
    view = panel.view()(panel, Guard())
    assert view.map.word == view.service.word == "week"
