"""A value of a table acts or is answered by a sentence: every column, beside every kind that its row can be of.

Each value is changed in a small chain in which every table has something to do.  Then some figure
must change (a run's costs, KPIs, histories and tiers, or what the stress test asks of it), or a sentence must name its
row and column; and a note that says "changes nothing" must be true.  Left out are columns that only name things for people
(:data:`FOR_PEOPLE`), names of other tables' rows, and ``conversions``, which act while cells are read (test_read_cells).
"""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.chain.chain import Chain
from twinkit.chain.plan import plan_of
from twinkit.columns import table_columns
from twinkit.run.kpis import cost_parts, kpis_of
from twinkit.tables import Case, check_case, notes_of
from twinkit.tables.schema import TABLES
from twinkit.tables.schema_events import AT_ONCE, EVENT_TARGETS, LONGER, PAUSES
from twinkit.tables.words import DEMANDS, LEAD_TIMES, POLICY_PARAMETERS, SITE_KINDS

FOR_PEOPLE = {
    "sites": ("company", "city", "kind"),  # the kind picks the actor class of one's own, and the picture
    "products": ("family", "unit"),
    "markets": ("latitude", "longitude"),  # the map
    "lanes": ("carrier",),  # the agent that is looked at
    "events": ("event", "date", "note", "source"),
    "open_orders": ("order",),
    "calendar_exceptions": ("note",),
}
"""Columns that name or place things, and change no figure."""
BINDS = {("lanes", "minimum_order"): 30, ("recipes", "minimum_order"): 30, ("recipes", "capacity"): 5, ("sites", "tier"): 3,
         ("lanes", "valid_from"): 9, ("recipes", "valid_from"): 9, ("calendars", "wednesday"): 0.3,
         ("events", "probability"): 1e-6, ("events", "duration_spread"): 3}  # fmt: skip
"""Values that make a difference in this chain, where half as much again makes none."""
WORLDS, PERIODS = 2, 20


def base() -> dict[str, list[dict]]:
    """A small chain in which every table has something to do: two of each source, more asked for than there is."""
    stock = {"policy": "base_stock", "sourcing": "shares", "reroute": True, "holding_cost": 0.1, "backlog_cost": 1}
    lane = {"lead_time": 2, "transport_cost": 1, "capacity": 9}
    return {
        "sites": [{"site": "mill", "kind": "supplier", "country": "B", "latitude": 40, "longitude": 3},
                  {"site": "farm", "kind": "supplier", "country": "B", "latitude": 41, "longitude": 3},
                  {"site": "plant", "kind": "plant", "capacity": 11.5, "country": "A", "latitude": 50, "longitude": 8},
                  {"site": "shop", "kind": "retailer", "country": "A", "latitude": 51, "longitude": 8}],
        "products": [{"product": p, "value": 2, "mass": 3} for p in ("flour", "rye", "bread", "bran")],
        "bill_of_materials": [{"product": "bread", "component": "flour", "quantity": 1, "substitute": "rye", "use_substitute": True}],
        "recipes": [{"site": "plant", "product": "bread", "lead_time": 1, "capacity": 12, "yield_rate": 0.9, "unit_cost": 2}],
        "by_products": [{"product": "bread", "by_product": "bran", "quantity": 0.2}],
        "stocks": [
            {"site": "mill", "product": "flour", "policy": "unlimited", "unit_cost": 1},
            {"site": "farm", "product": "flour", "policy": "unlimited", "unit_cost": 1},
            {"site": "farm", "product": "rye", "policy": "unlimited"},
            {"site": "plant", "product": "flour", **stock, "order_up_to": 40, "on_hand": 9},
            {"site": "plant", "product": "rye", **stock, "order_up_to": 20, "on_hand": 9},
            {"site": "plant", "product": "bread", **stock, "order_up_to": 40, "on_hand": 9},
            {"site": "plant", "product": "bran", "policy": "none"},
            {"site": "shop", "product": "bread", **stock, "order_up_to": 45, "on_hand": 30, "rationing": "priority"},
        ],
        "lanes": [
            {"origin": "mill", "destination": "plant", "product": "flour", "share": 0.6, **lane, "distance": 800},
            {"origin": "farm", "destination": "plant", "product": "flour", "share": 0.4, **lane, "emissions": 0.2},
            {"origin": "farm", "destination": "plant", "product": "rye", **lane, "distance": 300},
            {"origin": "plant", "destination": "shop", "product": "bread", **lane, "expedite_lead_time": 1, "expedite": True,
             "shipment_cost": 1, "information_delay": 1, "holding_cost": 0.1, "expedite_cost": 1, "lead_time_spread": 0, "distance": 120},
        ],
        "price_breaks": [{"origin": "mill", "destination": "plant", "product": "flour", "from_quantity": 4, "price": 0.8}],
        "markets": [
            {"market": "town", "site": "shop", "product": "bread", "mean": 6, "spread": 2, "lost_share": 0.5, "price": 9, "season": 0.3,
             "returned_share": 0.2, "return_delay": 2, "resold_share": 0.5},
            {"market": "inn", "site": "shop", "product": "bread", "mean": 5, "demand": "poisson", "price": 9, "lost_share": 0.2},
        ],
        "history": [{"market": m, "product": "bread", "period": t, "units": 4 + t % 5} for m in ("town", "inn") for t in range(PERIODS)],
        "events": [{"event": "trouble", "kind": "outage", "site": "plant", "start": 6, "duration": 4, "severity": 0.5},
                   {"event": "flood", "kind": "outage", "site": "mill", "start": 14, "duration": 3},
                   {"event": "strike", "kind": "order_pausing", "country": "A", "start": 9, "duration": 1},
                   {"event": "ice", "kind": "lead_time_increase", "origin": "plant", "destination": "shop", "start": 1, "duration": 1, "severity": 3},
                   {"event": "storm", "kind": "shipment_pausing", "latitude": 50.5, "longitude": 8, "radius": 80, "start": 12, "duration": 1}],
    }  # fmt: skip


def case_of(tables: dict[str, list[dict]]) -> Case:
    return Case("all", tables, {"periods": PERIODS, "start_date": "2024-01-01"})


def outcome(case: Case) -> bytes:
    """Everything that a run is measured by, and the times that a stress test asks of the sites."""
    chain = Chain(plan_of(case), WORLDS, record=["stocks.on_hand", "stocks.backlog", "lanes.departed", "claims.asked"]).run()
    parts = [np.asarray(v, float) for v in cost_parts(chain.plan, chain.world).values()]
    parts += [np.asarray(v, float) for v in kpis_of(chain.plan, chain.world).values()]
    parts += [chain.plan.tiers.astype(float), chain.plan.net.sites["time_to_recover"].to_numpy(float)]
    return b"".join(np.round(np.nan_to_num(p), 6).tobytes() for p in [*parts, chain.world.record])  # the last bit is no figure


def other(column, value):
    """Another value that the column allows."""
    if column.kind == "flag":
        return not value
    if column.kind == "date":
        return "2024-01-09"
    if column.choices:
        return next(c for c in column.choices if c not in (value, ""))
    if not column.numeric:
        return "Somebody"
    now = 0.0 if value is None or value != value else float(value)
    step = now * 1.5 + (1.0 if now == 0 or column.kind == "whole" else 0.37)
    new = float(round(step)) if column.kind == "whole" else step
    return new if column.high is None or new <= column.high else 0.5 * now


def silent(table: str, row: int, tables: dict[str, list[dict]], but: tuple[str, ...] = ()) -> list[str]:
    """Columns of a row, `but` some, whose other value neither changes a figure nor has a sentence, or has one that is not true."""
    before = case_of(tables)
    assert not check_case(before), [p.sentence for p in check_case(before)]
    came, found, acting = outcome(before), [], {}

    def changed(**cells) -> Case:
        return before.replace(**{table: [{**r, **cells} if i == row else dict(r) for i, r in enumerate(tables[table])]})

    for name, column in table_columns(TABLES[table]).items():
        if (name in TABLES[table].key and not column.numeric) or column.refers or name in (*but, *FOR_PEOPLE.get(table, ())):
            continue
        value = BINDS.get((table, name)) or other(column, before[table][name].iloc[row])
        after = changed(**{name: value})
        try:
            acts = outcome(after) != came
        except Exception:  # what is refused may not even be joined
            acts = False
        if acts and column.numeric:
            acting[name] = value
        if (acts and column.numeric) or (acts and not check_case(after) and not _idle(after, table, row, name)):
            continue
        problems = check_case(after)
        about = problems or [p for p in notes_of(after) if (p.table, p.column) == (table, name) and p.row in (row + 2, None)]
        if acts and not problems:
            found.append(f"{name} = {value} changes something, against its note")
        elif not about:
            found.append(f"{name} = {value}")
    together = changed(**acting)
    doubtful = [name for name in acting if _idle(together, table, row, name)] if not check_case(together) else acting
    found += [f"{name} changes something, against its note" for name in doubtful if _idle(changed(**{name: acting[name]}), table, row, name)]
    return found


def _idle(case: Case, table: str, row: int, name: str) -> bool:
    """Whether a note says that a value changes nothing."""
    return any("changes nothing" in p.says and (p.table, p.column, p.row) == (table, name, row + 2) for p in notes_of(case))


def some(kinds, *now):
    """Kinds as parameters: those that are named in every run of the tests, all others in the long one."""
    return [kind if kind in now else pytest.param(kind, marks=pytest.mark.slow) for kind in kinds]


def with_row(table: str, row: int, **cells) -> dict[str, list[dict]]:
    tables = base()
    tables[table][row].update(cells)
    return tables


@pytest.mark.parametrize("kind", some(DEMANDS, "normal", "poisson", "history"))
def test_every_value_of_a_market_acts(kind):
    assert not silent("markets", 0, with_row("markets", 0, demand=kind, spread=6 if kind == "negative_binomial" else 2, autocorrelation=0.2))


@pytest.mark.parametrize("kind", some(LEAD_TIMES, "fixed", "normal"))
def test_every_value_of_a_lane_acts(kind):
    spread = 0 if kind in ("fixed", "poisson") else 1.4
    assert not silent("lanes", 3, with_row("lanes", 3, lead_time_kind=kind, lead_time_spread=spread, lead_time=3))


def test_every_value_of_a_lane_from_outside_acts():
    """Whether goods are expedited or overtake is a matter of the lane above, which is short and late."""
    above = ("crossing", "expedite_lead_time")
    assert not [*silent("lanes", 0, base(), above), *silent("lanes", 1, base(), above), *silent("price_breaks", 0, base())]


@pytest.mark.parametrize("kind", some(SITE_KINDS[:4], "plant"))
def test_every_value_of_a_site_acts(kind):
    assert not silent("sites", 2 if kind == "plant" else 3, with_row("sites", 3, kind=kind if kind != "plant" else "retailer"))


@pytest.mark.parametrize("policy", some(POLICY_PARAMETERS, "base_stock"))
def test_every_value_of_a_stock_acts(policy):
    needs = {"order_up_to": 40, "reorder_point": 36 if policy == "s_S" else 20, "order_quantity": 15, "days_of_cover": 2, "smoothing": 0.3, "stock_weight": 0.4,
             "supply_line_weight": 0.4}  # fmt: skip
    known = POLICY_PARAMETERS[policy].required
    cells = {name: (needs[name] if name in known else None) for name in needs}
    row = 0 if policy == "unlimited" else 3
    cells |= {"reroute": policy not in ("unlimited", "none")}  # so that another value is a given one
    assert not silent("stocks", row, with_row("stocks", row, policy=policy, **cells, on_hand=30))


@pytest.mark.parametrize("table", ["recipes", "bill_of_materials", "by_products", "products", "history"])
def test_every_value_of_what_is_made_acts(table):
    tables = base()
    if table == "history":
        tables["markets"][0]["demand"] = "history"
    if table == "bill_of_materials":  # the substitute is used where the component is short
        tables["stocks"][3] |= {"order_up_to": 8, "on_hand": 0}
    row = 2 if table == "products" else 0  # bread, of which some is scrap
    assert not silent(table, row, tables, ("hs_code",))  # read by questions about borders


@pytest.mark.parametrize("share", [0, 0.5])
def test_every_value_of_a_calendar_acts(share):
    tables = with_row("sites", 2, calendar="days")
    week = dict.fromkeys(("saturday", "sunday"), share)
    tables["calendars"] = [{"calendar": "days", **week, "holidays": "DE"}]
    tables["calendar_exceptions"] = [{"calendar": "days", "first_period": 8, "last_period": 9, "share": share},
                                     {"calendar": "days", "first_date": "2024-01-16", "last_date": "2024-01-17", "share": 0.3}]  # fmt: skip
    found = [*silent("calendars", 0, tables), *silent("calendar_exceptions", 0, tables), *silent("calendar_exceptions", 1, tables)]
    assert not found


ORDERS = {
    "shipment": {"origin": "plant", "destination": "shop", "due": 2},
    "purchase_order": {"origin": "plant", "destination": "shop", "due": 4},
    "production_order": {"site": "plant", "due": 1},
    "customer_order": {"market": "town", "due": 3},
}


@pytest.mark.parametrize("kind", some(ORDERS, "purchase_order"))
def test_every_value_of_an_open_order_acts(kind):
    assert not silent("open_orders", 0, base() | {"open_orders": [{"order": "A1", "kind": kind, "product": "bread", "units": 5, **ORDERS[kind]}]})


@pytest.mark.parametrize("kind", some(EVENT_TARGETS, "outage", "demand_surge", "lead_time_increase", "stock_destroyed"))
def test_every_value_of_an_event_acts(kind):
    target = EVENT_TARGETS[kind][0]
    row = {"event": "trouble", "kind": kind, "start": 6, "duration": None if kind in AT_ONCE else 4,
           "severity": 1 if kind in PAUSES else 2 if kind in LONGER else 0.9}  # fmt: skip
    row |= {"market": "town"} if target == "market" else {"site": "farm" if kind in ("price_increase", "orders_unread") else "plant"}
    if kind == "demand_shift":
        row["to_market"] = "inn"
    if target != "market" and "lane" in EVENT_TARGETS[kind]:
        row |= {"site": "", "origin": "plant", "destination": "shop"}
    tables = with_row("lanes", 3, expedite=False, expedite_lead_time=None, expedite_cost=0)  # which would get round what delays
    assert not silent("events", 0, tables | {"events": [row]}, ("kind", "duration") if kind in AT_ONCE else ("kind",))
