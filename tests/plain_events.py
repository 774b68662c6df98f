"""What happens to the plain chain: whom an event hits, and what it does."""

from __future__ import annotations

import math

from plain_orders import recorded
from plain_times import recur, share_now


def disrupt(chain):
    """Set what works in this period."""
    for thing in [*chain.places.values(), *chain.stocks.values(), *chain.lanes]:
        thing.up, thing.delay, thing.paused, thing.usable = 1.0, 0.0, set(), 1.0
    for recipe in chain.recipes:
        recipe.cut, recipe.good_share = 1.0, 1.0
    for market in chain.markets:
        market.surge = market.up = 1.0
    for event in chain.events:
        recur(chain, event)
        now = share_now(chain, event)
        if now > 0:
            hit(chain, event, now)


def hit(chain, event, now):
    """One event acts on its targets."""
    kind, severity = event.kind, event.severity * now
    begins = chain.period == event.begin
    if kind in ("outage", "insolvency"):
        for thing in out_of_service(chain, event):
            thing.up *= 1 - severity
    elif kind in ("capacity_loss", "yield_loss"):
        for recipe in of_product(event, [r for p in places_hit(chain, event) for r in p.recipes]):
            if kind == "capacity_loss":
                recipe.cut *= 1 - severity
            else:
                recipe.good_share *= 1 - severity
    elif kind == "quality_hold":
        for stock in stocks_hit(chain, event):
            stock.usable *= 1 - severity
    elif kind in ("demand_surge", "demand_slump"):
        for market in markets_hit(chain, event):
            market.surge *= 1 + (severity if kind == "demand_surge" else -severity)
    elif kind == "demand_shift":
        shift(chain, event, severity)
    elif kind == "lead_time_increase":
        for lane in lanes_hit(chain, event, "origin"):
            lane.delay += severity
    elif kind == "transit_rerouted":
        for lane in lanes_hit(chain, event, "destination"):
            reroute(chain, lane, event, now, begins)
    elif kind == "order_pausing":
        for stock in stocks_hit(chain, event):
            stock.paused.add(kind)
    elif kind == "orders_unread":
        for lane in lanes_hit(chain, event, "origin"):
            lane.paused.add(kind)
    elif kind.endswith("pausing"):
        for lane in lanes_hit(chain, event, "destination"):
            lane.paused.add(kind)
    elif begins:
        at_once(chain, event)


def reroute(chain, lane, event, now, begins):
    """Goods go by the lane of another mode, or take longer where there is none."""
    ends = (lane.origin, lane.destination, lane.product, event.to_mode)
    other = next((x for x in chain.lanes if x.key == ends and x is not lane), None)
    longer = other.lead_time - lane.lead_time if other else 0.0
    lane.delay += now * (longer + event.severity)
    if begins:
        for goods in lane.shipments + lane.expedited:
            goods[0] = math.floor((other.lead_time if other else goods[0]) + event.severity + 0.5)


def shift(chain, event, severity):
    """A share of the demand of one market goes to another."""
    for market in markets_hit(chain, event):
        market.surge *= 1 - severity
        for other in chain.markets:
            if (other.market, other.product) == (event.to_market, market.product) and usual(chain, other) > 0:
                other.surge *= 1 + severity * (usual(chain, market) / usual(chain, other))


def usual(chain, market):
    """Demand of a market in a usual period, as the tables give it."""
    if market.demand in ("history", "resampled"):
        past = recorded(chain, market)
        return sum(past) / len(past) / market.every
    return market.mean / market.every


def at_once(chain, event):
    """Goods are destroyed, or those on the way are lost or late."""
    if event.kind == "stock_destroyed":
        for stock in stocks_hit(chain, event):
            if stock.policy != "unlimited":
                stock.on_hand -= stock.rounded_down(stock.on_hand * event.severity)
    elif event.kind in ("transit_lost", "transit_delayed"):
        for lane in lanes_hit(chain, event, "destination"):
            if event.kind == "transit_lost":
                lose_on_way(chain, lane, event.severity)
            else:
                for goods in lane.shipments + lane.expedited:
                    goods[0] += math.floor(event.severity + 0.5)


def lose_on_way(chain, lane, share):
    """A share of what comes in each period is lost."""
    for period in {left for left, _ in lane.shipments + lane.expedited}:
        goods = [g for g in lane.shipments + lane.expedited if g[0] == period]
        units = sum(g[1] for g in goods)
        kept = units - lane.stock.rounded_down(units * share)
        for g in goods:
            g[1] *= kept / units if units else 0.0


# Whom ---------------------------------------------------------------------------------


def places_hit(chain, event):
    """Sites of an event: by name, country, tier or circle."""
    found = []
    for place in chain.places.values():
        if event.site:
            inside = place.site == event.site
        elif event.country:
            inside = place.country == event.country
        elif event.tier == event.tier:
            inside = place.tier == event.tier
        else:
            inside = event.radius == event.radius and away(event, place) <= event.radius
        if inside:
            found.append(place)
    return found


def away(event, place):
    """Kilometres from the middle of a circle, by the law of cosines."""
    if math.isnan(place.latitude):
        return math.inf
    a, b, c, d = (math.radians(x) for x in (event.latitude, event.longitude, place.latitude, place.longitude))
    cosine = math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)
    return 6371 * math.acos(max(-1.0, min(1.0, cosine)))


def of_product(event, things):
    """Those of the product of the event, if it has one."""
    return [thing for thing in things if event.product in ("", thing.product)]


def stocks_hit(chain, event):
    """Stocks at the sites of an event."""
    return of_product(event, [stock for place in places_hit(chain, event) for stock in place.stocks])


def lanes_hit(chain, event, end):
    """Lanes by name, by mode, through a port, or that begin or end at a site."""
    names = {place.site for place in places_hit(chain, event)}
    found = []
    for lane in chain.lanes:
        named = event.origin and (lane.origin, lane.destination) == (event.origin, event.destination)
        passes = names & {port.strip() for port in lane.via.split(";")}
        if named or passes or (event.mode and lane.mode == event.mode) or getattr(lane, end) in names:
            found.append(lane)
    return of_product(event, found)


def markets_hit(chain, event):
    """Markets by name, or those that the sites of a country serve, or in a circle."""
    if event.market:
        return of_product(event, [m for m in chain.markets if m.market == event.market])
    if event.radius == event.radius:
        return of_product(event, [m for m in chain.markets if away(event, spot(m)) <= event.radius])
    names = {place.site for place in places_hit(chain, event)}
    return of_product(event, [m for m in chain.markets if m.site in names])


def spot(market):
    """Where a market is: its own place, or that of its site."""
    return market.stock.place if math.isnan(market.latitude) else market


def out_of_service(chain, event):
    """What an outage hits: lanes, products at sites, or whole sites."""
    if event.origin or event.mode:
        return lanes_hit(chain, event, "destination")
    places = places_hit(chain, event)
    ports = {place.site for place in places if place.kind == "port"}
    lanes = [lane for lane in chain.lanes if ports & {port.strip() for port in lane.via.split(";")}]
    sites = [place for place in places if place.kind != "port"]
    return of_product(event, lanes) + (stocks_hit(chain, event) if event.product else sites)
