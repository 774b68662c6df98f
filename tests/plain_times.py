"""When something happens to the plain chain, and how much of it is left."""

from __future__ import annotations

import math

from twinkit.chain.chance import KIND_CODES, draw_value

AT_ONCE = ("stock_destroyed", "transit_delayed", "transit_lost")


def causes_first(events):
    """Events by name, each after the one that it is counted from."""
    left, done = sorted(events, key=lambda event: event.event), []
    while left:
        ready = [e for e in left if not e.after or e.after in {d.event for d in done}]
        if not ready:
            return done
        done += ready
        left = [e for e in left if e not in ready]
    return done


def until_success(luck, mean):
    """Failures before the first success, if they and the success are `mean` in the mean."""
    failures = 0
    while luck > 1 - (1 - 1 / mean) ** (failures + 1):
        failures += 1
    return failures


def first_occurrence(chain, event):
    """When an event begins for the first time and when it is over."""
    event.count, event.begin = 0, event.start
    if event.latest_start > event.start:
        choice = event.latest_start - event.start + 1
        event.begin += math.floor(chain.luck("event start", event.event, 0) * choice)
    if event.time_between > 0:
        event.begin += until_success(chain.luck("time between", event.event, 0), event.time_between)
    if chain.luck("event happens", event.event, 0) >= event.probability:
        event.begin = math.inf
    if event.after:
        event.begin += next(e.begin_at_first for e in chain.events if e.event == event.after)
    event.begin_at_first = event.begin
    event.end = event.begin + length(chain, event)


def way_back(event):
    """Length of the way back."""
    return 0 if event.recovery == "step" or event.kind in AT_ONCE else event.recovery_time


def recur(chain, event):
    """Once an occurrence is over, what comes back takes its time and comes again."""
    over = event.end + math.ceil(way_back(event))
    if event.time_between > 0 and chain.period >= over:
        event.count += 1
        gap = 1 + until_success(chain.luck("time between", event.event, event.count), event.time_between)
        event.begin = over + gap
        event.end = event.begin + length(chain, event)


def length(chain, event):
    """Periods for which an event has its full severity."""
    if event.kind in AT_ONCE:
        return 1
    if math.isnan(event.duration):
        return math.inf
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
    if t < event.begin or way_back(event) == 0:
        return 0.0
    p = (t - event.end + 0.5) / event.recovery_time
    if p >= 1:
        return 0.0
    return 1 - {"linear": p, "concave": 1 - (1 - p) ** 2, "convex": p**2}[event.recovery]
