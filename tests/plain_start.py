"""How a run of the plain chain starts: what is on the way, in work and in stock."""

from __future__ import annotations

import math

from plain_orders import cover_level, set_flows


def filled(stock, cell, otherwise):
    """A cell, or something else where it is empty."""
    return stock.rounded(otherwise if math.isnan(cell) else cell)


def start(chain):
    """Fill pipelines, mail and stocks."""
    set_flows(chain)
    for lane in chain.lanes:
        units = filled(lane.to, lane.start_in_transit, lane.flow)
        lane.shipments = [[left, units] for left in range(math.floor(lane.lead_time + 0.5)) if units > 0]
        units = filled(lane.to, lane.start_orders, lane.flow)
        lane.mail = [[due, units] for due in range(int(lane.information_delay))]
        lane.to_pay = sum(units for _, units in lane.mail) * lane.stock.unit_cost
    for recipe in chain.recipes:
        units = filled(recipe.stock, recipe.start_in_work, recipe.flow)
        recipe.batches = [[due, units] for due in range(int(recipe.lead_time))]
    for stock in chain.stocks.values():
        stock.incoming = 0.0
        stock.forecast = stock.flow if math.isnan(stock.forecast_start) else stock.forecast_start
        if not math.isnan(stock.forecast_window):
            stock.past = [stock.forecast] * int(stock.forecast_window)
        if math.isnan(stock.on_hand):
            stock.on_hand = stock.rounded(max(0.0, start_level(chain, stock) - stock.on_order))
        stock.ages = [[-1, stock.on_hand]]


def start_level(chain, stock):
    """Inventory position at which a stock starts."""
    if stock.policy in ("r_Q", "r_nQ"):
        return stock.reorder_point + stock.order_quantity + stock.safety_stock
    if stock.policy == "days_of_cover":
        return cover_level(chain, stock) + stock.safety_stock
    return stock.safety_stock + (0.0 if math.isnan(stock.order_up_to) else stock.order_up_to)
