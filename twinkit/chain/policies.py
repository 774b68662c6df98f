"""Policies: how much a stock orders, as functions of a view.

A policy takes a view (an actor, a row, or all the rows of a kind) and returns the
units to order; it works for one number and for whole arrays.  A plain function of
your own is a policy too: ``Chain(case, policies={"Lyon": my_policy})``.  The compiled
day calls the same formulas (:mod:`twinkit.rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twinkit import rooms, rules


def base_stock(stock: Any):
    """Raise the inventory position to ``order_up_to`` (plus safety stock and build-up) [units]."""
    return rules.order_up_to(stock.inventory_position, stock.order_up_to + stock.reserve)


def s_S(stock: Any):
    """At or below ``reorder_point``, raise the position to ``order_up_to`` [units]."""
    safety = stock.reserve
    return rules.order_s_S(stock.inventory_position, stock.reorder_point + safety, stock.order_up_to + safety)


def r_Q(stock: Any):
    """At or below ``reorder_point``, one lot of ``order_quantity`` [units]."""
    point = stock.reorder_point + stock.reserve
    return rules.order_r_Q(stock.inventory_position, point, stock.order_quantity)


def r_nQ(stock: Any):
    """At or below ``reorder_point``, as many lots of ``order_quantity`` as raise the position above it [units]."""
    point = stock.reorder_point + stock.reserve
    return rules.order_r_nQ(stock.inventory_position, point, stock.order_quantity)


def days_of_cover(stock: Any):
    """Cover the forecast over the lead time and ``days_of_cover`` [units]."""
    level = rules.cover_level(stock.forecast, stock.protection, stock.days_of_cover, stock.reserve)
    return rules.order_up_to(stock.inventory_position, level)


def on_demand(stock: Any):
    """Order what is asked for and not covered [units]."""
    return rules.order_up_to(stock.inventory_position, stock.reserve)


def echelon_base_stock(stock: Any):
    """Raise the echelon inventory position to ``order_up_to`` [units]."""
    return rules.order_up_to(stock.echelon_position, stock.order_up_to + stock.reserve)


def anchor_and_adjust(stock: Any):
    """Sterman's anchoring and adjustment towards ``order_up_to`` [units]."""
    return rules.anchor_and_adjust(
        stock.forecast, stock.order_up_to + stock.reserve, stock.net_stock, stock.on_order,
        stock.stock_weight, stock.supply_line_weight,
    )  # fmt: skip


def no_orders(stock: Any):
    """Order nothing [units]."""
    return 0.0 * stock.on_hand


POLICY_FUNCTIONS: dict[str, Callable] = {
    "base_stock": base_stock,
    "s_S": s_S,
    "r_Q": r_Q,
    "r_nQ": r_nQ,
    "days_of_cover": days_of_cover,
    "on_demand": on_demand,
    "echelon_base_stock": echelon_base_stock,
    "anchor_and_adjust": anchor_and_adjust,
    "unlimited": no_orders,
    "none": no_orders,
}
"""The policies by the name that a table gives them."""

rooms.POLICIES.listen(lambda added: POLICY_FUNCTIONS.update({added.name: added.order}))


def table_policy(stock: Any):
    """What the policies of the table say, row by row; 0 when it is not the period of a review [units]."""
    words = np.atleast_1d(stock.policy)
    with np.errstate(divide="ignore", invalid="ignore"):  # rows of another policy, whose numbers this one does not have
        found = {word: POLICY_FUNCTIONS[word](stock) for word in sorted(set(words.tolist()))}
    due = stock.reviewed
    if len(found) == 1:
        return next(iter(found.values())) * due
    order = np.zeros_like(stock.on_hand)
    for word, value in found.items():
        order = np.where((words == word)[:, None], np.nan_to_num(value), order)
    return order * due
