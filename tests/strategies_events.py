"""Random events for random chains."""

from __future__ import annotations

from hypothesis import strategies as st
from strategies_draw import one_of, seldom

from twinkit.tables.schema_events import AT_ONCE, DEARER, EVENT_KINDS, EVENT_TARGETS, LONGER, PAUSES
from twinkit.tables.words import RECOVERIES

OFTEN = ("outage", "demand_surge", "lead_time_increase", "order_pausing", "shipment_pausing")


def random_events(d, tables, port, periods, random):
    events = _sources_fail(d, tables["lanes"]) if d.measures and tables["lanes"] else []
    for n in range(d(one_of(0, 0, 1, 2, 3))):
        event = _event(d, tables, port, periods, random) | {"event": f"event {n}"}
        if events and random and d.chance(4):
            event |= {
                "after": d(one_of(*(e["event"] for e in events))),
                "start": d(st.integers(0, 5)),
                "latest_start": None,
            }
        events.append(event)
    return events


def _sources_fail(d, lanes):
    """A lane is shut, and what is on its way or on another's goes another way."""
    out, other = d(one_of(*lanes)), d(one_of(*(_two_ways(lanes) or lanes)))
    ends = ("origin", "destination", "product")
    fire = {"kind": "outage", **{c: out[c] for c in ends}, "start": d(st.integers(2, 9)), "duration": d(one_of(6, 3)),
            "severity": d(one_of(1, 0.6))}  # fmt: skip
    storm = {"kind": "transit_rerouted", **{c: other[c] for c in ends}, "start": d(st.integers(2, 15)), "duration": 4,
             "severity": d(one_of(1, 0, 2.4)), "to_mode": d(one_of("rail", "road")) if _two_ways(lanes) else ""}  # fmt: skip
    return [fire | {"event": "fire"}, storm | {"event": "storm"}]


def _two_ways(lanes):
    """Lanes by road beside which a railway runs."""
    ends = {(x["origin"], x["destination"], x["product"]) for x in lanes if x["mode"] == "rail"}
    return [x for x in lanes if x["mode"] == "road" and (x["origin"], x["destination"], x["product"]) in ends]


def _event(d, tables, port, periods, random):
    kind = d(one_of(*EVENT_KINDS, *OFTEN))
    start = d(st.integers(0, periods - 1))
    row = {
        "kind": kind,
        "start": start,
        "latest_start": d(seldom(st.integers(start, start + 6), None)) if random else None,
        "probability": d(seldom(one_of(0, 0.5), 1)) if random else 1,
        "duration": d(one_of(1, 3, 6, 2.4, 0)),
        "duration_spread": d(seldom(one_of(0.5, 2), 0)) if random else 0,
        "duration_kind": d(seldom(st.just("geometric"), "lognormal")) if random else "lognormal",
        "time_between": d(seldom(one_of(1, 4, 12.5), None)) if random else None,
        "severity": d(one_of(1, 1, 0.7, 0.25)),
        "recovery": d(one_of("step", *RECOVERIES)),
        "recovery_time": d(one_of(0, 2, 4.5)),
    }
    row["duration"] = row["duration"] or (1 if row["duration_spread"] or row["duration_kind"] == "geometric" else 0)
    if kind in PAUSES:
        row["severity"] = 1
    if kind in LONGER:
        row["severity"] *= d(one_of(1, 2, 4))
    if kind in DEARER:
        row["severity"] *= 3
    if row["duration_kind"] == "geometric":
        row["duration_spread"] = 0
    if kind == "insolvency":
        row |= {"duration": None, "duration_spread": 0, "duration_kind": "lognormal", "time_between": None}
    if kind in AT_ONCE:
        row |= {"duration": None, "duration_spread": 0, "duration_kind": "lognormal", "recovery_time": 0}
    if kind in ("transit_delayed", "transit_rerouted"):
        row["time_between"] = None
    return row | _target(d, kind, tables, port)


def _target(d, kind, tables, port):
    if kind == "demand_shift":
        names = sorted({m["market"] for m in tables["markets"]})
        if len(names) < 2:
            return {"kind": "demand_slump", "market": names[0]}
        market = d(one_of(*names))
        return {"market": market, "to_market": d(one_of(*(n for n in names if n != market)))}
    if kind == "transit_rerouted" and d.chance(2):
        both = _two_ways(tables["lanes"])
        if both:
            lane, mode = d(one_of(*both)), d(one_of("road", "rail"))
            return {**{c: lane[c] for c in ("origin", "destination", "product")}, "to_mode": mode}
    ways = [t for t in EVENT_TARGETS[kind] if t != "station" and (t != "lane" or tables["lanes"])]  # random chains have no lines
    ways += ["site", "stock"] * 2 if "site" in ways else []
    return _of(d, d(one_of(*ways)), tables, port)


def _of(d, way, tables, port):
    product = d(one_of("", *(p["product"] for p in tables["products"])))
    if way == "market":
        market = d(one_of(*tables["markets"]))
        return {"market": market["market"], "product": market["product"] if d.chance(2) else ""}
    if way == "lane":
        lane = d(one_of(*tables["lanes"]))
        target = {"origin": lane["origin"], "destination": lane["destination"]}
        return target | ({"product": lane["product"]} if d.chance(2) else {})
    site = d(one_of(*(s for s in tables["sites"] if s["kind"] != "port")))
    if way == "country":
        return {"country": site["country"], "product": product}
    if way == "tier":
        return {"tier": site["tier"], "product": product}
    if way == "mode":
        return {"mode": "road", "product": product}
    if way == "circle":
        near = {"latitude": site["latitude"], "longitude": site["longitude"]}
        return near | {"radius": d(one_of(100, 1200, 2000)), "product": product}
    if port and way == "site" and d.chance(3):
        return {"site": port, "product": product}
    stock = d(one_of(*tables["stocks"]))
    return {"site": stock["site"], "product": stock["product"] if way == "stock" else ""}
