"""Small chains for which a formula gives the cost, and what simulating them costs."""

from __future__ import annotations

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.run.kpis import cost_parts
from twinkit.run.statistics import mean_interval
from twinkit.tables.case import Case

SURE = 0.999
"""Confidence of the intervals: one of a thousand would miss by chance, and the seed is fixed."""
NARROW = 0.01
"""Widest half of an interval, as a share of its mean."""


def row(stages: list[dict], market: dict, lost: float = 0.0, **settings) -> Case:
    """Stages in a row from the customer up; each dict has the stock's columns, and ``lane``."""
    sites, stocks, lanes = [], [], []
    for i, stage in enumerate(stages):
        stage, lane = dict(stage), dict(stage["lane"])
        del stage["lane"]
        sites.append({"site": f"stage {i + 1}", "kind": "warehouse"})
        stocks.append({"site": f"stage {i + 1}", "product": "item", **stage})
        lanes.append({"origin": f"stage {i + 2}", "destination": f"stage {i + 1}", "product": "item", **lane})
    outside = f"stage {len(stages) + 1}"
    return Case("row", {
        "sites": [*sites, {"site": outside, "kind": "supplier"}],
        "products": [{"product": "item"}],
        "stocks": [*stocks, {"site": outside, "product": "item", "policy": "unlimited"}],
        "lanes": lanes,
        "markets": [{"market": "customers", "site": "stage 1", "product": "item", "lost_share": lost, **market}],
    }, settings)  # fmt: skip


def costs(case: Case, replications: int = 64) -> np.ndarray:
    """Cost of a period in every world, after the warm-up [money/period]."""
    chain = Chain(case, replications).run()
    counted = case.settings["periods"] - case.settings["warm_up"]
    return sum(cost_parts(chain.plan, chain.world).values()) / counted


def agrees(case: Case, cost: float, replications: int = 64) -> None:
    """The cost lies in the simulation's own interval, and the interval is narrow."""
    mean, low, high = mean_interval(costs(case, replications), SURE)
    assert high - low < 2 * NARROW * mean, f"{mean} is known to {(high - low) / 2 / mean:.2%} only"
    assert low <= cost <= high, f"formula {cost}, simulation {mean} ({low} to {high})"
