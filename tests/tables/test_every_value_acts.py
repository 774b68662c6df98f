"""A value of a table acts or is answered by a sentence: every column, beside every kind that its row can be of."""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.chain.chain import Chain
from twinkit.columns import table_columns
from twinkit.study.costs import cost_parts
from twinkit.study.kpis import kpis_of
from twinkit.tables import Case, check_case, notes_of
from twinkit.tables.event_targets import AT_ONCE, EVENT_TARGETS, LONGER, PAUSES
from twinkit.tables.policy_parameters import POLICY_PARAMETERS
from twinkit.tables.schema import TABLES
from twinkit.tables.words import DEMANDS, LEAD_TIMES, SITE_KINDS

FOR_PEOPLE = {
    "sites": ("company", "city", "country", "latitude", "longitude", "tier"),  # words, the map, targets of events
    "products": ("family", "unit"),
    "markets": ("latitude", "longitude"),
    "events": ("event", "date", "note", "source"),
    "lanes": ("carrier", "via"),  # the agent that is looked at; ports, which events happen to
}
"""Columns that name or place things, and change no run by themselves."""

OF_STUDIES = {
    "sites": ("time_to_recover",),  # the stress test
    "objectives": ("relation", "target"),
}
"""Columns that a study reads and the run does not."""


def base() -> dict[str, list[dict]]:
    """A small chain in which every table has something to do: two of each source, more asked for than there is."""
    stock = {"policy": "base_stock", "sourcing": "shares", "holding_cost": 0.1, "backlog_cost": 1}
    lane = {"lead_time": 2, "transport_cost": 1, "capacity": 9, "distance": 300}
    return {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "farm", "kind": "supplier"}, {"site": "plant", "kind": "plant", "capacity": 14},
                  {"site": "shop", "kind": "retailer"}],
        "products": [{"product": p, "value": 2, "mass": 25} for p in ("flour", "rye", "bread")],
        "bill_of_materials": [{"product": "bread", "component": "flour", "quantity": 1, "substitute": "rye", "use_substitute": True}],
        "recipes": [{"site": "plant", "product": "bread", "lead_time": 1, "capacity": 12, "yield_rate": 0.9, "unit_cost": 2}],
        "stocks": [
            {"site": "mill", "product": "flour", "policy": "unlimited", "unit_cost": 1},
            {"site": "farm", "product": "flour", "policy": "unlimited", "unit_cost": 1},
            {"site": "farm", "product": "rye", "policy": "unlimited"},
            {"site": "plant", "product": "flour", **stock, "order_up_to": 40, "on_hand": 9},
            {"site": "plant", "product": "rye", **stock, "order_up_to": 20, "on_hand": 9},
            {"site": "plant", "product": "bread", **stock, "order_up_to": 40, "on_hand": 9},
            {"site": "shop", "product": "bread", **stock, "order_up_to": 45, "on_hand": 9},
        ],
        "lanes": [
            {"origin": "mill", "destination": "plant", "product": "flour", "share": 0.6, **lane},
            {"origin": "farm", "destination": "plant", "product": "flour", "share": 0.4, **lane},
            {"origin": "farm", "destination": "plant", "product": "rye", **lane},
            {"origin": "plant", "destination": "shop", "product": "bread", **lane, "expedite_lead_time": 1, "expedite": True,
             "shipment_cost": 1, "information_delay": 1, "holding_cost": 0.1, "expedite_cost": 1, "lead_time_spread": 0},
        ],
        "markets": [
            {"market": "town", "site": "shop", "product": "bread", "mean": 6, "spread": 2, "lost_share": 0.5, "price": 9, "season": 0.3},
            {"market": "inn", "site": "shop", "product": "bread", "mean": 5, "demand": "poisson", "price": 9, "lost_share": 0.2},
        ],
        "history": [{"market": m, "product": "bread", "period": t, "units": 4 + t % 5} for m in ("town", "inn") for t in range(30)],
        "events": [{"event": "trouble", "kind": "outage", "site": "plant", "start": 6, "duration": 4, "severity": 0.5}],
    }  # fmt: skip


def case_of(tables: dict[str, list[dict]]) -> Case:
    return Case("all", tables, {"periods": 30})


def outcome(case: Case) -> bytes:
    """Everything that a run is measured by."""
    chain = Chain(case, 3, record=["stocks.on_hand", "stocks.backlog", "lanes.departed", "claims.asked"]).run()
    parts = [np.asarray(v, float) for v in cost_parts(chain.plan, chain.world).values()]
    parts += [np.asarray(v, float) for v in kpis_of(chain.plan, chain.world).values()]
    return b"".join(np.nan_to_num(p).tobytes() for p in [*parts, chain.world.record])


def sentences(case: Case) -> list:
    """What is wrong with a case, or noted of it."""
    return check_case(case) or notes_of(case)


def other(column, value):
    """Another value that the column allows."""
    if column.kind == "flag":
        return not value
    if column.choices:
        return next(c for c in column.choices if c not in (value, ""))
    if not column.numeric:
        return None
    now = 0.0 if value is None or value != value else float(value)
    step = now * 1.5 + (1.0 if now == 0 or column.kind == "whole" else 0.37)
    new = float(round(step)) if column.kind == "whole" else step
    high = column.high if column.high is not None else np.inf
    return new if new <= high else (column.low or 0.0) + 0.5 * (high - (column.low or 0.0)) if now != high else now * 0.5


def silent(table: str, row: int, tables: dict[str, list[dict]]) -> list[str]:
    """Columns of a row whose other value neither changes the run nor has a sentence, or has a sentence that is not true."""
    before = case_of(tables)
    assert not check_case(before), [p.sentence for p in check_case(before)]
    came = outcome(before)
    found = []
    for name, column in table_columns(TABLES[table]).items():
        if name in TABLES[table].key or column.refers or name in (*FOR_PEOPLE.get(table, ()), *OF_STUDIES.get(table, ())):
            continue
        value = other(column, before[table][name].iloc[row])
        if column.kind == "text" and not column.choices:
            value = "Somebody"
        changed = {t: [dict(r) for r in rows] for t, rows in tables.items()}
        changed[table][row][name] = value
        after = case_of(changed)
        about = [p.says for p in sentences(after) if p.table == table and p.column == name and p.row in (row + 2, 1, None)]
        refused = bool(check_case(after))
        same = refused or outcome(after) == came
        if any("changes nothing" in said for said in about) and not same:
            found.append(f"{name} = {value} changes something, against its note")
        elif not about and same:
            found.append(f"{name} = {value}")
    return found


def with_row(table: str, row: int, **cells) -> dict[str, list[dict]]:
    tables = base()
    tables[table][row].update(cells)
    return tables


@pytest.mark.parametrize("kind", DEMANDS)
def test_every_value_of_a_market_acts(kind):
    assert not silent("markets", 0, with_row("markets", 0, demand=kind, spread=6 if kind == "negative_binomial" else 2, autocorrelation=0.2))


@pytest.mark.parametrize("kind", LEAD_TIMES)
def test_every_value_of_a_lane_acts(kind):
    spread = 0 if kind in ("fixed", "poisson") else 1.4
    assert not silent("lanes", 3, with_row("lanes", 3, lead_time_kind=kind, lead_time_spread=spread, lead_time=3))


@pytest.mark.parametrize("kind", SITE_KINDS[:4])
def test_every_value_of_a_site_acts(kind):
    assert not silent("sites", 2 if kind == "plant" else 3, with_row("sites", 3, kind=kind if kind != "plant" else "retailer"))


@pytest.mark.parametrize("policy", POLICY_PARAMETERS)
def test_every_value_of_a_stock_acts(policy):
    needs = {"order_up_to": 40, "reorder_point": 20, "order_quantity": 15, "days_of_cover": 2, "smoothing": 0.3, "stock_weight": 0.4,
             "supply_line_weight": 0.4}  # fmt: skip
    known = POLICY_PARAMETERS[policy].required
    cells = {name: (needs[name] if name in known else None) for name in needs}
    row = 0 if policy == "unlimited" else 3
    assert not silent("stocks", row, with_row("stocks", row, policy=policy, **cells, on_hand=30))


@pytest.mark.parametrize("table", ["recipes", "bill_of_materials", "products", "history"])
def test_every_value_of_what_is_made_acts(table):
    tables = base()
    if table == "history":
        tables["markets"][0]["demand"] = "history"
    assert not silent(table, 0, tables)


@pytest.mark.parametrize("kind", EVENT_TARGETS)
def test_every_value_of_an_event_acts(kind):
    target = EVENT_TARGETS[kind][0]
    row = {"event": "trouble", "kind": kind, "start": 6, "duration": None if kind in AT_ONCE else 4,
           "severity": 1 if kind in PAUSES else 2 if kind in LONGER else 0.5}  # fmt: skip
    row |= {"market": "town"} if target == "market" else {"site": "farm" if kind in ("price_increase", "orders_unread") else "plant"}
    if kind == "demand_shift":
        row["to_market"] = "inn"
    if target != "market" and "lane" in EVENT_TARGETS[kind]:
        row |= {"site": "", "origin": "plant", "destination": "shop"}
    tables = base()
    tables["events"] = [row]
    assert not silent("events", 0, tables)
