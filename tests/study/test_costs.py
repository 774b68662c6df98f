"""Money of a run that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

from twinkit.chain.chain import Chain
from twinkit.run.kpis import PARTS, cost_parts, cost_rows, revenue


def run(case):
    return Chain(case, replications=2).run()


def test_parts_by_hand():
    # demand 10, 0, 30, 10 on a base stock of 20: on hand 10, 10, -10 (10 came in), -20 + 0 (none) …
    # orders 10, 0, 30, 10 leave at once; 10 arrive in period 2, 0 in period 3.
    chain = run(shop())
    parts = {k: v[0] for k, v in cost_parts(chain.plan, chain.world).items()}
    assert parts["purchase"] == 3 * 50
    assert parts["transport"] == 1 * 50 + 7 * 3
    assert parts["holding"] == 0.5 * (10 + 10 + 0 + 0) + 0.25 * (10 + 10 + 30 + 40)
    assert parts["backlog"] == 2 * (10 + 20)
    assert parts["production"] == parts["expediting"] == parts["lost margin"] == 0
    assert revenue(chain.plan, chain.world)[0] == 9 * (10 + 0 + 20 + 0)


def test_lost_margin_is_price_less_value():
    chain = run(shop(lost=1.0))
    assert cost_parts(chain.plan, chain.world)["lost margin"][0] == (9 - 4) * (10 + 10)


def test_expedited_freight_is_paid():
    case = shop()
    case = case.replace(lanes=case["lanes"].assign(expedite=True))
    chain = run(case)
    # The shop is short when its order of 30 leaves in period 2, and when that of 10 leaves in period 3: the 30 come
    # in on that day, but after the source has sent.
    assert cost_parts(chain.plan, chain.world)["expediting"][0] == 5 * (30 + 10)


@pytest.mark.parametrize("lost", [0.0, 0.5, 1.0])
def test_parts_add_up_to_rows(lost):
    chain = run(shop(lost=lost))
    parts, rows = cost_parts(chain.plan, chain.world), cost_rows(chain.plan, chain.world)
    assert tuple(parts) == PARTS
    for part in PARTS:
        np.testing.assert_allclose(parts[part], sum(money.sum(axis=0) for _, _, money in rows[part]))
        assert all(len(sites) == len(money) for _, sites, money in rows[part])
