"""What happens to the plain chain: outages, surges, delays and pauses."""

from __future__ import annotations

import math

from twinkit.chain.chance import KIND_CODES, draw_value


def until_success(luck, mean):
    """Failures before the first success, if they and the success are `mean` in the mean."""
    failures = 0
    while luck > 1 - (1 - 1 / mean) ** (failures + 1):
        failures += 1
    return failures


def first_occurrence(chain, event):
    """When an event begins for the first time and when it is over."""
    event.count, event.begin = 0, event.start
    if event.time_between > 0:
        event.begin += until_success(chain.luck("time between", event.event, 0), event.time_between)
    event.end = event.begin + length(chain, event)


def recur(chain, event):
    """Once an occurrence is over, what comes back takes its time and comes again."""
    over = event.end + (0 if event.recovery == "step" else math.ceil(event.recovery_time))
    if event.time_between > 0 and chain.period >= over:
        event.count += 1
        gap = 1 + until_success(chain.luck("time between", event.event, event.count), event.time_between)
        event.begin = over + gap
        event.end = event.begin + length(chain, event)


def length(chain, event):
    """Periods for which an event has its full severity."""
    luck = chain.luck("event", event.event, event.count)
    if event.duration_kind == "geometric":
        return 1 + until_success(luck, event.duration)
    if event.duration_spread == 0:
        return math.floor(event.duration + 0.5)
    periods = draw_value(KIND_CODES["lognormal"], event.duration, event.duration_spread, luck)
    return max(1, math.floor(periods + 0.5))


def share_now(chain, event):
    """Share of its severity that an event has now."""
    t = chain.period
    if event.begin <= t < event.end:
        return 1.0
    if t < event.begin or event.recovery == "step" or event.recovery_time == 0:
        return 0.0
    p = (t - event.end + 0.5) / event.recovery_time
    if p >= 1:
        return 0.0
    return 1 - {"linear": p, "concave": 1 - (1 - p) ** 2, "convex": p**2}[event.recovery]


def lanes_hit(chain, event, end):
    """Lanes of an event: by name, those that pass a port, or those that begin or end at a site."""
    for lane in chain.lanes:
        named = event.origin and (lane.origin, lane.destination) == (event.origin, event.destination)
        passes = event.site and event.site in [port.strip() for port in lane.via.split(";")]
        if (named or passes or event.site == getattr(lane, end)) and event.product in ("", lane.product):
            yield lane


def disrupt(chain):
    """Set what works in this period."""
    for thing in [*chain.places.values(), *chain.stocks.values(), *chain.lanes]:
        thing.up, thing.delay, thing.paused = 1.0, 0.0, set()
    for market in chain.markets:
        market.surge = 1.0
    for event in chain.events:
        recur(chain, event)
        now = share_now(chain, event)
        if now > 0:
            hit(chain, event, now)


def hit(chain, event, now):
    """One event acts on its targets."""
    if event.kind == "outage":
        for thing in out_of_service(chain, event):
            thing.up *= 1 - event.severity * now
    elif event.kind in ("demand_surge", "demand_slump"):
        change = event.severity if event.kind == "demand_surge" else -event.severity
        for market in chain.markets:
            if market.market == event.market and event.product in ("", market.product):
                market.surge *= 1 + change * now
    elif event.kind == "lead_time_increase":
        for lane in lanes_hit(chain, event, "origin"):
            lane.delay += event.severity * now
    elif event.kind == "order_pausing":
        for stock in stocks_at(chain, event):
            stock.paused.add(event.kind)
    else:
        for lane in lanes_hit(chain, event, "destination"):
            lane.paused.add(event.kind)


def stocks_at(chain, event):
    """Stocks of the site of an event."""
    return [s for s in chain.stocks.values() if s.site == event.site and event.product in ("", s.product)]


def out_of_service(chain, event):
    """What an outage hits: lanes, a product at a site, or a whole site."""
    if event.origin or chain.places[event.site].kind == "port":
        return lanes_hit(chain, event, "destination")
    return stocks_at(chain, event) if event.product else [chain.places[event.site]]
