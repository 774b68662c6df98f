"""Rules and steps of one's own are held to the invariants: what they say is units, and goods do not appear."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.chain.day import Day
from twinkit.chain.people import RuleError


def forgetful(stock):
    stock.order_up_to - stock.inventory_position


def nan_from_period_3(stock):
    return np.where(stock.chain.period >= 3, np.nan, 5.0) + 0 * stock.on_hand


def below(stock):
    return -7.5


def endless(stock):
    return np.inf


def two_of_three(stock):
    return np.ones((1, stock.chain.replications - 1))


def words(stock):
    return "many"


@twinkit.one_at_a_time
def forgets_one_branch(stock):
    if stock.chain.period < 2:
        return 4.0


def free_stock(stock):
    if stock.chain.period == 2:
        stock.on_hand = 9e6
    return 0.0


def free_stock_in_place(stock):
    stock.on_hand[:] += 1.0
    return 0.0


def free_stock_elsewhere(stock):
    stock.chain.site["source"].on_hand = 1.0
    return 0.0


def no_debts(stock):
    stock.backlog = stock.backlog + 3.0
    return 0.0


@pytest.mark.parametrize(("policy", "said"), [
    (forgetful, r"rule forgetful returned nothing \(None\) for item at shop, period 0.*`return`"),
    (forgets_one_branch, r"rule forgets_one_branch returned nothing \(None\) for item at shop, period 2, world 0"),
    (nan_from_period_3, r"rule nan_from_period_3 returned nan units for item at shop, period 3, world 0"),
    (below, r"rule below returned -7.5 units for item at shop, period 0, world 0; .*maximum"),
    (endless, r"rule endless returned inf units for item at shop, period 0"),
    (two_of_three, r"rule two_of_three must return one number or an array of shape \(1, 3\)"),
    (words, r"rule words must return one number"),
    (lambda stock: None, r"rule of 'shop' \(lambda\) returned nothing"),
    (free_stock, r"rule free_stock changed on_hand of item at shop from .* to 9e\+06 units \(period 2, world 0\)"),
    (free_stock_in_place, r"rule free_stock_in_place changed on_hand of item at shop"),
    (free_stock_elsewhere, r"rule free_stock_elsewhere changed on_hand of item at source"),
    (no_debts, r"rule no_debts changed backlog of item at shop"),
])  # fmt: skip
def test_a_policy_that_is_no_policy_is_said(policy, said):
    with pytest.raises(RuleError, match=said):
        Chain(shop(), 3, policies={"shop": policy}).run()


def test_rules_of_actors_and_markets_too():
    class Odd(twinkit.Retailer):
        def serve(self):
            return self.on_hand * np.nan

    class Silent(twinkit.Market):
        def ask(self):
            pass

    class Refuses(twinkit.Market):
        def ask(self):
            return -1.0  # as the table says

    with pytest.raises(RuleError, match=r"Odd\.serve returned nan units for item at shop, period 0"):
        Chain(shop(), 2, actors={"retailer": Odd}).run()
    with pytest.raises(RuleError, match=r"Silent\.ask returned nothing \(None\) for item at \w+, period 0"):
        Chain(shop(), 2, actors={"market": Silent}).run()
    record = ["stocks.on_hand"]
    same = Chain(shop(), 2, actors={"market": Refuses}, record=record).run()
    assert np.array_equal(same.history(record[0]), Chain(shop(), 2, record=record).run().history(record[0]))


def with_step(step, **more):
    return Chain(shop(), 3, day=Day("order_after_demand").insert(step, before="account"), **more)


def test_a_step_of_ones_own_neither_makes_nor_loses_goods():
    def gift(chain):
        if chain.period == 2:
            chain.site["shop"]["item"].on_hand = chain.site["shop"]["item"].on_hand + 500.0

    def loss(chain):
        chain.site["shop"]["item"].on_hand = chain.site["shop"]["item"].on_hand * 0.5

    def below_zero(chain):
        chain.site["shop"]["item"].on_hand = -5.0

    def burnt(chain):
        item = chain.site["shop"]["item"]
        item.destroyed = item.destroyed + item.on_hand * 0.5
        item.on_hand = item.on_hand * 0.5

    with pytest.raises(RuleError, match=r"step gift made 500 units of item appear \(period 2, world 0\); it set on_hand of item at shop"):
        with_step(gift).run()
    with pytest.raises(RuleError, match=r"step loss made .* units of item vanish"):
        with_step(loss).run()
    with pytest.raises(RuleError, match=r"step below_zero set on_hand of item at shop from .* to -5 units"):
        with_step(below_zero).run()
    chain = with_step(burnt).run()
    assert chain.balance().abs().to_numpy().max() < 1e-9  # what is destroyed is booked


def test_a_name_that_there_is_not_is_answered():
    chain = Chain(shop(), 2)
    for ask, said in (
        (lambda: chain.site["shp"], "no site 'shp'. Did you mean 'shop'"), (lambda: chain.market["nowhere at all"], "no market"),
        (lambda: chain.site["shop"]["itme"], "shop keeps no 'itme'. Did you mean 'item'"),
        (lambda: chain.case["lane"], "no table 'lane'. Did you mean 'lanes'"),
        (lambda: Chain(shop(), 2, policies={"retialer": below}), "Did you mean 'retailer'"),
        (lambda: Chain(shop(), 2, actors={"retialer": twinkit.Retailer}), "Did you mean 'retailer'"),
    ):  # fmt: skip
        with pytest.raises(KeyError, match=said):
            ask()
    with pytest.raises(ValueError, match="replications is -1"):
        Chain(shop(), -1)
