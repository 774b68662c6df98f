"""The fused loop of the benchmark does the same day as the chain, so that its speed is a bound."""

from __future__ import annotations

import numpy as np
import pytest

import twinkit
from twinkit.bench.fused_inputs import fused_inputs, fused_totals, misfits
from twinkit.chain.chain import Chain
from twinkit.chain.layout import TOTALS_LANE, TOTALS_MARKET, TOTALS_STOCK
from twinkit.chain.plan import plan_of

WORLDS = 64
EXACT = {
    "total_stock": (TOTALS_STOCK, ("backlog", "received", "ordered", "ordered_sq", "incoming", "incoming_sq")),
    "total_lane": (TOTALS_LANE, ("sent", "placed")),
    "total_market": (TOTALS_MARKET, TOTALS_MARKET._fields),
}
"""Totals that a speck of rounding cannot change: a shipment of 1e-13 units counts as a shipment."""


def both(case):
    plan = plan_of(case)
    inputs = fused_inputs(plan, int(case.settings["seed"]), WORLDS)
    return Chain(plan, WORLDS).run().world, fused_totals(plan, inputs, WORLDS)


def gap(ours, theirs):
    return np.abs(ours - theirs).max() / max(np.abs(ours).max(), 1e-300)


def steady(case):
    """The case with lead times that never vary."""
    return case.replace(lanes=case["lanes"].assign(lead_time_kind="fixed", lead_time_spread=0.0))


@pytest.mark.parametrize("case", [
    pytest.param(steady(twinkit.example("automotive")), id="automotive with steady lead times"),
    pytest.param(twinkit.example("camera").replace(settings={"periods": 400}), id="camera"),
])  # fmt: skip
def test_every_total_of_units_is_that_of_the_chain(case):
    chain, fused = both(case)
    for block, (layout, names) in EXACT.items():
        for name in (*names, *(["on_hand"] if block == "total_stock" else [])):
            row = getattr(layout, name)
            assert gap(getattr(chain, block)[row], getattr(fused, block)[row]) < 1e-6, name
    assert gap(chain.total_recipe, fused.total_recipe) < 1e-6


def test_random_lead_times_are_those_of_the_chain():
    chain, fused = both(twinkit.example("automotive"))
    rows = [TOTALS_STOCK.backlog, TOTALS_STOCK.incoming, TOTALS_STOCK.ordered]
    assert gap(chain.total_stock[rows], fused.total_stock[rows]) < 1e-6
    assert gap(chain.total_lane[TOTALS_LANE.sent], fused.total_lane[TOTALS_LANE.sent]) < 1e-6
    assert gap(chain.total_market, fused.total_market) < 1e-6
    on_hand = chain.total_stock[TOTALS_STOCK.on_hand], fused.total_stock[TOTALS_STOCK.on_hand]
    assert np.abs(on_hand[0] - on_hand[1]).sum() / on_hand[0].sum() < 1e-5  # specks hold a lot back for a day


def test_what_the_loop_was_not_written_for_is_refused():
    case = twinkit.example("camera").replace(settings={"whole_units": True, "day": "order_first"})
    assert misfits(plan_of(case)) == ["another order of events", "whole units"]
    with pytest.raises(ValueError, match="whole units"):
        fused_inputs(plan_of(case), 1, 4)
