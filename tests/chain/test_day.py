"""The day as a list: it prints, it takes further steps, and a policy may be Python."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

import twinkit
from twinkit.chain.actors import POLICY_FUNCTIONS
from twinkit.chain.chain import Chain
from twinkit.chain.day import ORDERS, Day
from twinkit.tables import CaseError

RECORD = ["stocks.on_hand", "stocks.ordered", "claims.sent"]


@pytest.mark.parametrize("order", list(ORDERS))
def test_every_order_prints_and_runs(order):
    chain = Chain(shop(day=order), replications=2).run()
    table = chain.day.table()
    assert table["step"].tolist() == chain.day.names
    assert chain.balance().abs().to_numpy().max() < 1e-9


def test_a_step_of_ones_own():
    seen = []

    def look(chain):
        """Look at the shop before it serves."""
        seen.append(float(chain.site["shop"]["item"].on_hand[0]))

    chain = Chain(shop(), replications=2, day=Day("order_after_demand").insert(look, before="account")).run()
    plain = Chain(shop(), replications=2, record=RECORD).run()
    row = plain.labels("stocks.on_hand").index("shop | item")
    assert seen == plain.history("stocks.on_hand")[row, :, 0].tolist()
    assert "look" in chain.day.names
    with pytest.raises(KeyError, match="no step"):
        Day("order_first").insert(look, after="lunch")


@pytest.mark.parametrize(("policy", "numbers"), [
    ("base_stock", {"order_up_to": 25}),
    ("s_S", {"reorder_point": 12, "order_up_to": 25}),
    ("r_Q", {"reorder_point": 12, "order_quantity": 20}),
    ("r_nQ", {"reorder_point": 12, "order_quantity": 4}),
    ("days_of_cover", {"days_of_cover": 2, "forecast_window": 3}),
    ("on_demand", {}),
    ("echelon_base_stock", {"order_up_to": 25}),
    ("anchor_and_adjust", {"order_up_to": 25, "smoothing": 0.3, "stock_weight": 0.5, "supply_line_weight": 0.4}),
])  # fmt: skip
def test_the_policy_as_a_function_is_the_compiled_policy(policy, numbers):
    case = shop(demand=np.random.default_rng(1).poisson(10, 40).tolist())
    stocks = case["stocks"].assign(order_up_to=np.nan)
    here = stocks["site"] == "shop"
    stocks.loc[here, "policy"] = policy
    for name, value in numbers.items():
        stocks.loc[here, name] = value
    case = case.replace(stocks=stocks)
    fast = Chain(case, replications=3, record=RECORD).run()
    slow = Chain(case, replications=3, record=RECORD, policies={"shop": POLICY_FUNCTIONS[policy]})
    assert slow.by_hand
    assert not fast.by_hand
    for name in RECORD:
        np.testing.assert_allclose(slow.run().history(name), fast.history(name), atol=1e-9)


def test_a_rule_of_ones_own_keeps_stock_back():
    class CarefulRetailer(twinkit.Retailer):
        """Keeps some stock back from customers."""

        kept_back = twinkit.Column("units", "never offered to customers", start=5)

        def serve(self):
            return np.maximum(self.on_hand - self.kept_back, 0)

    chain = Chain(shop(), replications=2, actors={"retailer": CarefulRetailer}, record=RECORD).run()
    assert isinstance(chain.site["shop"], CarefulRetailer)
    assert chain.agents_by_type[CarefulRetailer][0].kept_back.tolist() == [[5.0, 5.0]]
    shop_row = chain.labels("stocks.on_hand").index("shop | item")
    assert chain.history("stocks.on_hand")[shop_row].min() >= 5


def test_an_unsound_case_is_refused_in_sentences():
    case = shop()
    with pytest.raises(CaseError, match="nowhere"):
        Chain(case.replace(markets=case["markets"].assign(site="nowhere")))


def test_override_is_for_one_period():
    chain = Chain(shop(), replications=2, record=RECORD)
    chain.override("shop", "item", 17)
    ordered = chain.run().history("stocks.ordered")[chain.labels("stocks.ordered").index("shop | item"), :, 0]
    assert ordered[0] == 17
    assert ordered[1] == 0
