"""How the plain chain orders: demand, forecasts, policies and sources."""

from __future__ import annotations

import math
from statistics import NormalDist

from plain_calendars import demand_factor, falls_due, open_part
from plain_calendars import protection as protection_when_closed
from plain_noticing import works
from plain_rows import takes_orders
from scipy.optimize import brentq

from twinkit.chain.chance import KIND_CODES, draw_value

DUST = 1e-9


def is_lane(source):
    """Whether a source is a lane; else it is a recipe."""
    return hasattr(source, "origin")


def recorded(chain, market):
    """Recorded demand of a market, period by period."""
    table = chain.case["history"]
    own = table[(table["market"] == market.market) & (table["product"] == market.product)]
    return own.sort_values("period")["units"].tolist()


def mean_demand(chain, market, t):
    """Mean demand of a market in a period."""
    if market.demand in ("history", "resampled"):
        past = recorded(chain, market)
        return past[t % len(past)]
    year = 365 / chain.case.settings["period_days"]
    season = 1 + market.season * math.cos(2 * math.pi * (t - market.season_peak) / year)
    return market.mean * season * (1 + market.trend) ** (t / year) * demand_factor(chain, market, t)


def demand(chain, market, t, luck):
    """Demand of a market in a period with a random number."""
    if market.autocorrelation and (market.demand in ("poisson", "resampled") or market.spread > 0):
        luck = market.carried_over(t, luck)
    if market.demand == "resampled":
        past = sorted(recorded(chain, market))
        return past[int(luck * len(past))]
    mean = mean_demand(chain, market, t)
    spread = 0.0 if market.demand == "history" else market.spread * mean / market.mean
    level, width = (1.0, 1.0) if market.demand != "normal" else cut_factors(market.mean, market.spread)
    return draw_value(KIND_CODES[market.demand], mean * level, spread * width, luck)


def cut_factors(mean, spread):
    """Factors of mean and spread with which normal demand that is cut at 0 keeps both."""
    ratio, normal = mean / spread if spread else math.inf, NormalDist()

    def moments(z):
        up = normal.pdf(z) + z * normal.cdf(z)
        return up, math.sqrt(max((1 + z * z) * normal.cdf(z) + z * normal.pdf(z) - up * up, 1e-300))

    if ratio > 8 or moments(ratio)[0] - ratio <= 1e-3 * ratio:
        return 1.0, 1.0
    z = brentq(lambda z: moments(z)[0] / moments(z)[1] - ratio, -6, 8, xtol=1e-14)
    return z / (ratio * moments(z)[1]), 1 / moments(z)[1]


def shares(stock):
    """Share of the mean flow of a stock that each of its sources brings."""
    able = [source for source in stock.sources if takes_orders(source, 0)] or stock.sources
    if stock.sourcing != "shares":
        return {source: float(source is able[0]) for source in stock.sources}
    total = sum(source.share for source in able)
    return {source: source.share / total if total and source in able else 0.0 for source in stock.sources}


def flow_into(stock, source):
    """Mean flow on a lane, or mean units that a recipe starts."""
    back = sum(c.flow * c.returned_share * c.resold_share for c in stock.claims if not is_lane(c))
    flow = (stock.flow - back) * shares(stock)[source]
    return flow if is_lane(source) else flow / source.yield_rate


def set_flows(chain):
    """Mean flows, from the markets up the chain."""
    periods = chain.case.settings["periods"]
    for market in chain.markets:
        every = 1 if market.calendar else market.every
        market.flow = sum(mean_demand(chain, market, t) for t in range(periods)) / periods / every
        market.open_flow = market.flow / open_part(chain, market.calendar, market.stock.place.calendar)
    for stock in chain.customers_first:
        stock.flow = sum(claim.flow for claim in stock.claims)
        stock.flow += sum(recipe.flow * quantity for recipe, quantity in stock.uses)
        for source in stock.sources:
            source.flow = flow_into(stock, source)
            ends = (source.calendar, source.stock.place.calendar) if is_lane(source) else (stock.place.calendar,)
            source.open_flow = source.flow / open_part(chain, *ends)


def steps_from_source(stock):
    """Most steps that goods take from a first source to a stock."""
    before = [lane.stock for lane in stock.sources if is_lane(lane)]
    before += [part for recipe in stock.sources if not is_lane(recipe) for part, _ in recipe.parts]
    return 1 + max((steps_from_source(other) for other in before), default=0)


# Policies ----------------------------------------------------------------------------


def protection(chain, stock):
    """Periods that an order must last until the next one can arrive."""
    wait = 0.0
    names = [stock.place.calendar, *(n for s in stock.sources if is_lane(s) for n in (s.calendar, s.stock.place.calendar))]
    if any(names):
        waits = [share * protection_when_closed(chain, stock, s, is_lane(s)) for s, share in shares(stock).items() if share]
        return sum(waits) + (chain.day == "order_first")
    for source, share in shares(stock).items():
        wait += share * (source.lead_time + (source.information_delay if is_lane(source) else 0))
    return wait + stock.review_period - 1 + (chain.day == "order_first")


def reserve(chain, stock):
    """Safety stock, with what is built up for a time."""
    begins = 0 if math.isnan(stock.build_from) else stock.build_from
    ends = math.inf if math.isnan(stock.build_until) else stock.build_until
    return stock.safety_stock + (stock.build_up if begins <= chain.period < ends else 0.0)


def cover_level(chain, stock):
    """Order-up-to level of days of cover."""
    return stock.forecast * (protection(chain, stock) + stock.days_of_cover)


def foresee(stock):
    """Forecast with what has been asked up to now."""
    if not math.isnan(stock.forecast_window):
        stock.past = [*stock.past[1:], stock.incoming]
        stock.forecast = sum(stock.past) / len(stock.past)
    elif not math.isnan(stock.smoothing):
        stock.forecast = stock.smoothing * stock.incoming + (1 - stock.smoothing) * stock.forecast


def echelon(chain, stock):
    """Stock here, on the way to customer sites and there, and in what is made of it, less what markets are owed."""
    units = stock.on_hand
    for claim in stock.claims:
        if is_lane(claim):
            units += claim.held + claim.in_transit + claim.at_door + echelon(chain, claim.to)
        else:
            units -= claim.backlog - (claim.asked if chain.day == "order_after_demand" else 0.0)
    for recipe, quantity in stock.uses:
        in_work = sum(started for _, started in recipe.batches)
        units += (in_work + echelon(chain, recipe.stock) / recipe.yield_rate) * quantity
    return units


def decide(chain, stock):
    """Units that a stock orders."""
    reviewed = falls_due(chain, chain.period, stock.review_period, stock.place.calendar)
    if not reviewed or "order_pausing" in stock.paused:
        return 0.0
    units = policy(chain, stock)
    units = stock.rounded(units) if stock.policy == "anchor_and_adjust" else stock.rounded_up(units)
    return units if units > DUST else 0.0


def policy(chain, stock):
    """Units that the policy of a stock says."""
    net_stock = stock.on_hand - stock.backlog - stock.required
    position = net_stock + stock.on_order
    safety = reserve(chain, stock)
    if stock.policy == "base_stock":
        return max(0.0, stock.order_up_to + safety - position)
    if stock.policy == "s_S":
        low = position <= stock.reorder_point + safety + DUST
        return max(0.0, stock.order_up_to + safety - position) if low else 0.0
    if stock.policy == "r_Q":
        return stock.order_quantity if position <= stock.reorder_point + safety + DUST else 0.0
    if stock.policy == "r_nQ":
        lots = 0
        while position + lots * stock.order_quantity <= stock.reorder_point + safety + DUST:
            lots += 1
        return lots * stock.order_quantity
    if stock.policy == "days_of_cover":
        return max(0.0, cover_level(chain, stock) + safety - position)
    if stock.policy == "on_demand":
        return max(0.0, safety - position)
    if stock.policy == "echelon_base_stock":
        asked = stock.incoming if chain.day == "order_after_demand" else 0.0
        return max(0.0, stock.order_up_to + safety - (echelon(chain, stock) + stock.on_order - asked))
    if stock.policy == "anchor_and_adjust":
        gap = stock.order_up_to + safety - net_stock - stock.supply_line_weight * stock.on_order
        return max(0.0, stock.forecast + stock.stock_weight * gap)
    return 0.0  # unlimited, none


# Placing orders --------------------------------------------------------------------------


def hear(chain):
    """Orders that arrive by mail are heard."""
    for lane in chain.lanes:
        arrived = sum(units for due, units in lane.mail if due == chain.period)
        lane.mail = [[due, units] for due, units in lane.mail if due > chain.period]
        waiting, lane.unread = lane.unread, 0.0
        ask(chain, lane, arrived + waiting)


def ask(chain, lane, units):
    """Ask the origin of a lane, or leave the order unread where it cannot be read."""
    read = "orders_unread" not in lane.paused
    lane.unread = 0.0 if read else lane.unread + units
    lane.ask(chain.period, units if read else 0.0)


def replenish(chain):
    """Stocks order one after the other, customers first."""
    for stock in chain.customers_first:
        foresee(stock)
        place(chain, stock, decide(chain, stock))


def replenish_together(chain):
    """All stocks decide, then all orders are placed."""
    wanted = [(stock, decide(chain, stock)) for stock in chain.customers_first]
    for stock, units in wanted:
        place(chain, stock, units)


def rank(stock, source):
    """Rank of a source among those of its stock: the first has the smallest."""
    if stock.sourcing == "fastest":
        return source.lead_time + (source.information_delay if is_lane(source) else 0)
    if stock.sourcing == "cheapest":
        return source.transport_cost if is_lane(source) else source.unit_cost
    return source.rank


def place(chain, stock, units):
    """Split an order over the sources and place the parts."""
    sources = [source for source in stock.sources if takes_orders(source, chain.period)]
    if units <= 0 or not sources:
        return
    split = by_shares if stock.sourcing == "shares" else by_rank
    for source, part in split(stock, sources, units).items():
        part = lot(source, part) if is_lane(source) else part
        if is_lane(source) and stock.limit_to_supplier:
            part = limited(source, part)
        (place_on_lane if is_lane(source) else place_in_production)(chain, source, part)


def by_shares(stock, sources, units):
    """Parts in proportion to the shares; whole units by rounding the running sum."""
    weight = in_proportion({source: source.share for source in sources})
    if stock.reroute and any(works(source) * source.share > 0 for source in sources):
        other = in_proportion({source: source.share * works(source) for source in sources})
        over = min(1.0, stock.called_for / (stock.ramp_up + 1))
        weight = {source: (1 - over) * usual + over * other[source] for source, usual in weight.items()}
    so_far, parts = 0.0, {}
    for source in sources:
        before, so_far = so_far, so_far + units * weight[source]
        parts[source] = stock.rounded(so_far) - stock.rounded(before)
    return parts


def in_proportion(weight):
    """Weights that add up to 1."""
    total = sum(weight.values())
    return {source: units / total if total else 1 / len(weight) for source, units in weight.items()}


def by_rank(stock, sources, units):
    """Each source takes what it can, in order of rank; the first takes the rest as well."""
    able = sources
    if stock.reroute and any(works(source) > 0 for source in able):
        able = [source for source in able if works(source) > 0]
    parts = {}
    for source in able:
        capacity = math.inf if math.isnan(source.capacity) else source.capacity
        capacity *= works(source) if stock.reroute and works(source) > 0 else 1.0
        owed = source.backlog if is_lane(source) else source.to_make
        parts[source] = min(units, stock.rounded_down(max(0.0, capacity - owed)))
        units -= parts[source]
    parts[able[0]] += units
    return parts


def lot(source, units):
    """What a source takes as an order: at least its smallest, and a multiple of its pack."""
    if units <= DUST:
        return 0.0
    units = max(units, source.minimum_order)
    pack = source.order_multiple
    return units if math.isnan(pack) else math.ceil(units / pack - DUST) * pack


def limited(lane, units):
    """No more than the lane can carry and the supplier has, in orders that the supplier takes."""
    most = math.inf if math.isnan(lane.capacity) else lane.capacity
    most = lane.to.rounded_down(most if lane.stock.policy == "unlimited" else min(most, lane.stock.on_hand))
    if units <= most:
        return units
    if not math.isnan(lane.order_multiple):
        most = math.floor(most / lane.order_multiple + DUST) * lane.order_multiple
    return most if most >= lane.minimum_order - DUST else 0.0


def place_on_lane(chain, lane, units):
    """Send an order to the origin of a lane."""
    lane.placed += units
    lane.to.ordered += units
    if lane.information_delay > 0:
        lane.mail.append([chain.period + int(lane.information_delay), units])
    else:
        ask(chain, lane, units)


def place_in_production(chain, recipe, units):
    """Order units from the site's own production: so many must be started that enough are good."""
    wanted = recipe.stock.rounded_up(units / recipe.yield_rate)
    recipe.stock.ordered += units
    units = lot(recipe, wanted)
    recipe.stock.ordered += (units - wanted) * recipe.yield_rate
    recipe.to_make += units
    for part, quantity in recipe.parts:
        part.incoming += units * quantity
