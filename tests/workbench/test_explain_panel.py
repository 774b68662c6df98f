"""Explain: dips to pick from, the tree, and what is refused."""

import asyncio

import numpy as np
import pytest
from tiny_case import MARKET, PRODUCT, tiny_case

import twinkit
from twinkit.study.scenario import Scenario
from twinkit.workbench.desk import Desk
from twinkit.workbench.explain_panel import ExplainPanel
from twinkit.workbench.tree_part import nodes_of


@pytest.fixture(scope="module")
def explained():
    desk = Desk(tiny_case(), replications=8)
    desk.scenarios = {**desk.scenarios, "closed": Scenario("closed", ("closed",))}
    desk.chosen = "closed"
    made = ExplainPanel(desk)
    assert asyncio.run(made.run())
    return made


def test_nothing_is_shown_before_it_is_run():
    fresh = ExplainPanel(Desk(tiny_case()))
    assert fresh.dips().empty and [len(x) for x in fresh.missing()] == [0, 0, 0]


def test_the_event_is_the_cause(explained):
    assert explained.job.result.causes()["cause"][0] == "closed"
    assert "closed" in explained.job.result.sentence()


def test_dips_hold_what_is_missing_at_each_market(explained):
    dips = explained.dips()
    assert dips["market"].tolist() == [f"{MARKET} | {PRODUCT}"]
    markets = explained.outcome.markets
    lacks = (markets["demand"] - markets["served"]).sum(axis=(0, 1)).mean()
    assert dips["missing"][0] == pytest.approx(lacks) and 0 < dips["because"][0] <= lacks * (1 + 1e-9)
    mean, low, high = explained.missing()
    assert mean[dips["worst"][0]] == pytest.approx(mean.max(), abs=0.05)
    assert ((low <= high) & (mean <= 1) & (mean >= 0)).all()


def test_the_tree_nests_as_its_levels_say(explained):
    rows = explained.job.result.tree(0.01)
    assert len(rows) > 2

    def flat(nodes, level=0):
        for node in nodes:
            yield level, node["share"]
            yield from flat(node["children"], level + 1)

    assert list(flat(nodes_of(explained.job.result))) == list(
        zip(rows["level"], rows["share"].astype(float), strict=True)
    )


def test_a_quiet_scenario_is_explained_too():
    case = tiny_case()
    panel = ExplainPanel(Desk(case.replace(markets=case["markets"].assign(spread=0.0)), replications=8))
    assert asyncio.run(panel.run())
    assert panel.job.result.units == 0 and nodes_of(panel.job.result) == []
    assert np.allclose(panel.missing()[0], 0)


def test_what_cannot_be_is_said(explained):
    panel = ExplainPanel(Desk(twinkit.example("camera")))
    panel.day, panel.world, panel.market = 730, 64, "nowhere"
    assert len(panel.blockers) == 3
    panel.day, panel.world, panel.market = 729, 63, panel.markets()[0]
    assert panel.blockers == []
