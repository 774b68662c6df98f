"""Tables of lead times: a look-up gives the rounded quantile."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

from twinkit.chain.chance import KIND_CODES, draw_value
from twinkit.chain.layout import LP
from twinkit.chain.plan import plan_of
from twinkit.chain.serving import lead_tables, periods_at


@pytest.mark.parametrize(
    ("kind", "mean", "spread"),
    [
        ("normal", 6.0, 2.0),
        ("lognormal", 30.5, 7.0),
        ("uniform", 4.0, 3.0),
        ("poisson", 3.2, 0.0),
        ("normal", 1.0, 3.0),
    ],
)
def test_the_table_is_the_rounded_quantile(kind, mean, spread):
    case = shop()
    lanes = case["lanes"].assign(lead_time=mean, lead_time_kind=kind, lead_time_spread=spread)
    plan = plan_of(case.replace(lanes=lanes))
    at, table = lead_tables(plan)
    cap = plan.lane_n[LP.lead_cap, 0]
    for u in np.linspace(0.0005, 0.9995, 777):
        value = min(draw_value(KIND_CODES[kind], mean, spread, u), cap)
        assert periods_at(table[at[0, 0] : at[0, 0] + at[0, 1]], u) == np.floor(value + 0.5)


def test_a_fixed_lead_time_needs_no_table():
    at, table = lead_tables(plan_of(shop()))
    assert at[0, 1] == len(table) == 0
