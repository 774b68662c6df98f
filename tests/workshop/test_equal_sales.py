"""Cost at equal sales: losing a sale costs its margin, never less, and an empty store at the end saves nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.tables.case import Case
from twinkit.workshop.equal_sales import least_costs
from twinkit.workshop.exercise import Exercise, Role, read_exercise
from twinkit.workshop.game import MAKE_GOOD, Game

WEEKS = 12


def shop(lost_share: float = 1.0, **market) -> Exercise:
    """A bakery makes pies of two apples each, which it buys; the shop sells them. Making costs more than the margin."""
    case = Case("pies", {
        "sites": [{"site": "farm", "kind": "supplier"}, {"site": "far farm", "kind": "supplier"}, {"site": "bakery", "kind": "plant"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "apple"}, {"product": "pie"}],
        "bill_of_materials": [{"product": "pie", "component": "apple", "quantity": 2}],
        "recipes": [{"site": "bakery", "product": "pie", "unit_cost": 3, "lead_time": 1}],
        "stocks": [
            {"site": "farm", "product": "apple", "policy": "unlimited", "unit_cost": 1.5},
            {"site": "far farm", "product": "apple", "policy": "unlimited", "unit_cost": 2.5},
            {"site": "bakery", "product": "apple", "policy": "base_stock", "order_up_to": 60, "on_hand": 20},
            {"site": "bakery", "product": "pie", "policy": "base_stock", "order_up_to": 30, "on_hand": 10},
            {"site": "shop", "product": "pie", "policy": "base_stock", "order_up_to": 40, "on_hand": 40},
        ],
        "lanes": [
            {"origin": "farm", "destination": "bakery", "product": "apple", "lead_time": 2, "transport_cost": 0.25, "share": 1},
            {"origin": "far farm", "destination": "bakery", "product": "apple", "lead_time": 1, "transport_cost": 0.5, "share": 0},
            {"origin": "bakery", "destination": "shop", "product": "pie", "lead_time": 1, "transport_cost": 1},
        ],
        "markets": [{"market": "town", "site": "shop", "product": "pie", "demand": "normal", "mean": 10, "spread": 3, "lost_share": lost_share, "lost_margin": 2, **market}],
    }, {"periods": 40, "warm_up": 0})  # fmt: skip
    roles = (Role("shop", "shop", "pie", "You sell."), Role("bakery", "bakery", "apple", "You buy apples."))
    return Exercise("Pies", "Pies.", roles, WEEKS, case=case, folder=Path())


def played(exercise: Exercise, orders) -> Game:
    game = Game(exercise, seed=3)
    for order in orders:
        game.play(order)
    return game


def test_what_a_unit_costs_at_least():
    game = Game(shop())
    stocks = game.chain.plan.net.stocks
    found = dict(zip(stocks["site"] + " " + stocks["product"], least_costs(game.chain.plan), strict=True))
    assert found["bakery apple"] == 1.75 and found["bakery pie"] == 3 + 2 * 1.75 and found["shop pie"] == 6.5 + 1


def test_what_a_unit_costs_at_least_in_a_shipped_exercise():
    """Two chips at 0.20 with freight 0.002, the module's freight 0.01, the car's 0.30."""
    game = Game(read_exercise("disruption_day"))
    stocks = game.chain.plan.net.stocks
    found = dict(zip(stocks["site"] + " " + stocks["product"], least_costs(game.chain.plan), strict=True))
    assert found["assembly control unit"] == pytest.approx(2 * 0.202 + 0.01) and found["dealers car"] == pytest.approx(0.714)


def test_losing_every_sale_is_no_way_to_win():
    """Making and bringing a pie costs 7.50, a lost one 2: who orders nothing used to come out ahead."""
    idle = played(shop(), [{"shop": 0, "bakery": 0}] * WEEKS)
    busy = played(shop(), [{"shop": None, "bakery": None}] * WEEKS)
    assert busy.fill_rate() > 0.95 > 0.5 > idle.fill_rate()
    lost = [float(g.chain.world.total_market[3].sum()) for g in (idle, busy)]
    assert idle.total_cost() - busy.total_cost() == pytest.approx(2 * (lost[0] - lost[1]))
    assert idle.total_cost() - idle.parts()[MAKE_GOOD] < busy.total_cost() - busy.parts()[MAKE_GOOD]  # what is paid alone says the opposite


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.2]))
def test_at_equal_sales_only_lost_margins_tell_teams_apart(seed, lost_share, back):
    """With one way to make each unit and no cost of holding, whatever is ordered costs what was asked for at least, and lost margins."""
    rng = np.random.default_rng(seed)
    game = played(shop(lost_share, returned_share=back, resold_share=1.0, return_delay=2), [
        {"shop": float(rng.integers(0, 30)), "bakery": float(rng.integers(0, 60))} for _ in range(WEEKS)
    ])  # fmt: skip
    demand, sent, lost, resold = game.chain.world.total_market[[0, 2, 3, 6], :, 0].sum(axis=1)
    late = back * sent - resold  # pies that are still on their way back
    assert game.total_cost() == pytest.approx(7.5 * (demand * (1 - back) + late) + 2 * lost)
    assert sum(game.parts().values()) == pytest.approx(game.total_cost())
