"""Random events for random chains."""

from __future__ import annotations

from hypothesis import strategies as st
from strategies_draw import one_of, seldom

from twinkit.tables.words import RECOVERIES


def random_events(d, tables, port, periods, random):
    return [
        _event(d, tables, port, periods, random) | {"event": f"event {n}"}
        for n in range(d(one_of(0, 0, 1, 2, 3)))
    ]


def _event(d, tables, port, periods, random):
    kinds = ["outage", "outage", "demand_surge", "demand_slump"]
    kinds += ["order_pausing", "receipt_pausing", "shipment_pausing", "transit_pausing"]
    kind = d(one_of(*kinds, "lead_time_increase"))
    row = {
        "kind": kind,
        "start": d(st.integers(0, periods - 1)),
        "duration": d(one_of(1, 3, 6, 2.4, 0)),
        "duration_spread": d(seldom(one_of(0.5, 2), 0)) if random else 0,
        "duration_kind": d(seldom(st.just("geometric"), "lognormal")) if random else "lognormal",
        "time_between": d(seldom(one_of(1, 4, 12.5), None)) if random else None,
        "severity": d(one_of(1, 1, 0.7, 0.25)) * (d(one_of(1, 2, 4)) if kind == "lead_time_increase" else 1),
        "recovery": d(one_of("step", *RECOVERIES)),
        "recovery_time": d(one_of(0, 2, 4.5)),
    }
    row["duration"] = row["duration"] or (1 if row["duration_spread"] or row["duration_kind"] == "geometric" else 0)
    if kind.endswith("pausing"):
        row["severity"] = 1
    if row["duration_kind"] == "geometric":
        row["duration_spread"] = 0
    return row | _target(d, kind, tables, port)


def _target(d, kind, tables, port):
    if kind.startswith("demand"):
        market = d(one_of(*tables["markets"]))
        return {"market": market["market"], "product": market["product"] if d.chance(2) else ""}
    ways = ["site", "stock", "lane", "port"]
    way = d(one_of(*ways)) if kind in ("outage", "lead_time_increase", "transit_pausing") else d(one_of(*ways[:2]))
    if way == "lane" and tables["lanes"]:
        lane = d(one_of(*tables["lanes"]))
        target = {"origin": lane["origin"], "destination": lane["destination"]}
        return target | ({"product": lane["product"]} if d.chance(2) else {})
    if way == "port" and port:
        return {"site": port, "product": d(one_of("", *(p["product"] for p in tables["products"])))}
    stock = d(one_of(*tables["stocks"]))
    return {"site": stock["site"], "product": stock["product"] if way == "stock" else ""}
