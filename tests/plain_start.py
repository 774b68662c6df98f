"""How a run of the plain chain starts: what is on the way, in work and in stock."""

from __future__ import annotations

import math

from plain_calendars import known_stocks, next_open_periods, on_way_at_start, open_orders, open_part, to_go
from plain_orders import cover_level, set_flows


def filled(stock, cell, otherwise):
    """A cell, or something else where it is empty."""
    return stock.rounded(otherwise if math.isnan(cell) else cell)


def start(chain):
    """Fill pipelines, mail and stocks."""
    set_flows(chain)
    known = known_stocks(chain)
    for lane in chain.lanes:
        lane.shipments, lane.mail = [], []
        if (lane.destination, lane.product) in known:
            continue
        periods, units = on_the_way(chain, lane.to, math.floor(lane.lead_time + 0.5), lane.start_in_transit, lane.flow,
                                    lane.calendar, lane.stock.place.calendar, lane.to.place.calendar)  # fmt: skip
        lane.shipments = [[to_go(chain, t, lane.calendar), units] for t in periods if units > 0]
        units = filled(lane.to, lane.start_orders, lane.flow)
        lane.mail = [[due, units] for due in range(int(lane.information_delay))]
    for recipe in chain.recipes:
        recipe.batches = []
        if (recipe.site, recipe.product) not in known:
            site = recipe.stock.place.calendar
            periods, units = on_the_way(chain, recipe.stock, int(recipe.lead_time), recipe.start_in_work, recipe.flow, site)
            recipe.batches = [[t, units] for t in periods]
    for market in chain.markets:
        market.returns = [[t, market.flow * market.returned_share] for t in range(int(market.return_delay)) if market.returned_share]
    open_orders(chain)
    for lane in chain.lanes:
        lane.to_pay = (sum(units for _, units in lane.mail) + lane.backlog) * lane.stock.unit_cost
    for stock in chain.stocks.values():
        stock.incoming = 0.0
        stock.forecast = stock.flow if math.isnan(stock.forecast_start) else stock.forecast_start
        if not math.isnan(stock.forecast_window):
            stock.past = [stock.forecast] * int(stock.forecast_window)
        if math.isnan(stock.on_hand):
            missing = stock.on_order - stock.backlog - stock.required
            stock.on_hand = stock.rounded(max(0.0, start_level(chain, stock) - missing))
        if stock.policy == "unlimited":
            stock.on_hand = 0.0
        stock.ages = [[-1, stock.on_hand]]


def on_the_way(chain, stock, lead, cell, flow, name, *others):
    """Periods in which comes what is on the way or in work at the start, and the units of each."""
    if not math.isnan(cell):
        return next_open_periods(chain, lead, name), stock.rounded(cell)
    return on_way_at_start(chain, lead, name, *others), stock.rounded(flow / open_part(chain, name, *others))


def start_level(chain, stock):
    """Inventory position at which a stock starts."""
    if stock.policy in ("r_Q", "r_nQ"):
        return stock.reorder_point + stock.order_quantity + stock.safety_stock
    if stock.policy == "days_of_cover":
        return cover_level(chain, stock) + stock.safety_stock
    return stock.safety_stock + (0.0 if math.isnan(stock.order_up_to) else stock.order_up_to)
