"""Random small chains for property tests: every one a case without a fault."""

from __future__ import annotations

from hypothesis import strategies as st
from strategies_draw import Draw, hundredths, one_of, seldom
from strategies_events import random_events

from twinkit.columns import table_columns
from twinkit.tables.case import Case, default_of
from twinkit.tables.checks_policies import lots_cover_demand
from twinkit.tables.look import Look, allowed
from twinkit.tables.schema import TABLES
from twinkit.tables.words import DAY_ORDERS, RATIONING, SOURCING, WHOLE

SITES = ("Mill", "Bakery", "Depot", "Shop", "Kiosk", "Yard", "Hub")
PRODUCTS = ("Flour", "Bread", "Yeast", "Cake")
MARKETS = ("Town", "Quay", "Fair")
PERIODS = 24
POLICIES = ("base_stock", "s_S", "r_Q", "r_nQ", "days_of_cover", "on_demand", "anchor_and_adjust", "echelon_base_stock")


def as_text(case):
    """The tables of a case without the cells that are left empty."""
    lines = [f"settings: {case.settings['day']}, whole units {case.settings['whole_units']}"]
    for table, rows in case.tables.items():
        usual = empty_row(table)
        for row in rows.to_dict("records"):
            lines.append(f"{table}: { {k: v for k, v in row.items() if v == v and v != usual[k]} }")
    return "\n".join(lines)


def empty_row(table):
    """What empty cells of a table stand for."""
    return {name: default_of(column) for name, column in table_columns(TABLES[table]).items()}


@st.composite
def cases(draw, *, random=True, events=True, periods=PERIODS, settings=None, measures=False):
    """A case of two to seven sites that keeps every rule of the tables.

    Parameters
    ----------
    random
        Whether demand, lead times, yields and events may be random.
    events
        Whether something may happen to the chain.
    periods
        Length of the run [periods].
    settings
        Settings that are not drawn.
    measures
        Whether many cases have several sources that fail, and what reacts to that.
    """
    chosen = {"day": draw(one_of(*DAY_ORDERS)), "whole_units": draw(st.booleans())}
    chosen |= {"detection_delay": draw(one_of(*((1, 0, 2) if measures else (0, 0, 1, 3))))} | (settings or {})
    mixed = draw(st.integers(0, 3)) == 3  # some products can be split and others cannot
    d = Draw(draw, chosen["whole_units"] or mixed, measures)
    names = d(st.permutations(SITES))[: d(st.integers(2, 7))]
    products = PRODUCTS[: d(st.integers(1, 4))]
    bill, plants = _bill(d, names, products)
    keepers = _keepers(d, names, products, bill, plants)
    port = "Harbour" if d.chance(3) else ""
    recipes = [_recipe(d, site, product, random) for product, site in plants.items()]
    recipes += _other_recipes(d, recipes, bill, random)
    stocks, lanes = [], []
    for product, sites in keepers.items():
        for i, site in enumerate(sites):
            made = plants.get(product) == site
            lanes_in = _lanes(d, sites[:i], site, product, port, random) if not made or d.chance(3) else []
            lanes += lanes_in
            sources = lanes_in + [r for r in recipes if made and r["product"] == product]
            stocks.append(_stock(d, site, product, sources, simple=not bill))
            for lane in lanes_in if stocks[-1].get("limit_to_supplier") else []:  # which must let an order through
                lane["capacity"] = max(lane["capacity"], lane["minimum_order"], lane["order_multiple"] or 0) if lane["capacity"] else None
    _share_out(d, stocks, lanes, recipes)
    _full_loads(d, stocks, lanes)
    _stand_in(d, stocks, recipes)
    markets = _markets(d, keepers, plants, random)
    _send_back(d, stocks, markets)
    tables = {
        "sites": _sites(d, names, plants, port),
        "products": [{"product": p, "whole_units": d(one_of(*WHOLE)) if mixed else "as_case"} for p in products],
        "bill_of_materials": bill,
        "by_products": _by_products(d, plants, keepers),
        "stocks": stocks,
        "lanes": lanes,
        "price_breaks": _price_breaks(d, stocks, lanes),
        "recipes": recipes,
        "markets": markets,
        "history": _history(d, markets),
    }
    _give_calendars(d, tables, chosen)
    tables["open_orders"] = _open_orders(d, tables) if d.chance(4) else []
    tables["events"] = random_events(d, tables, port, periods, random) if events else []
    return with_enough_lots(Case("random", tables, {"periods": periods, **chosen}))


def with_enough_lots(case):
    """The case with policies that order as many lots as are needed where one is not enough."""
    few = [p.row - 2 for p in lots_cover_demand(Look(case, allowed()))]
    stocks = case["stocks"]
    return case.replace(stocks=stocks.assign(policy=stocks["policy"].where(~stocks.index.isin(few), "r_nQ"))) if few else case


def _bill(d, names, products):
    """Bill of materials, and the site that makes each product that is made."""
    bill, plants = [], {}
    for i, product in enumerate(products):
        if i and len(plants) < 2 and d.chance(2):
            plants[product] = names[d(st.integers(1, min(len(names) - 1, 3)))]
            for part in d(st.lists(one_of(*products[:i]), min_size=1, max_size=2, unique=True)):
                if _in_time(names, plants, part, product):
                    quantity = d(st.integers(1, 3)) if d.whole and d.chance(2) else d(one_of(1, 2, 0.5, 0.3, 1.7))
                    bill.append({"product": product, "component": part, "quantity": quantity})
                    able = [p for p in products[:i] if p != part and _in_time(names, plants, p, product)]
                    also = [x["component"] for x in bill if x["product"] == product and x["component"] in able]
                    able = also if also and d.chance(2) else able  # one component stands in for another of the same bill
                    if able and d.chance(2):
                        bill[-1] |= {"substitute": d(one_of(*able)), "substitute_ratio": d(one_of(1, 1, 2, 0.6))}
                        bill[-1]["use_substitute"] = not d.chance(4)
    return bill, plants


def _in_time(names, plants, part, product):
    """Whether a component is made nowhere, or no later on the way than the product."""
    return part not in plants or names.index(plants[part]) <= names.index(plants[product])


def _keepers(d, names, products, bill, plants):
    """Sites that keep each product, suppliers first."""
    keepers = {}
    for product in products:
        users = {plants[line["product"]] for line in bill if product in (line["component"], line.get("substitute"))}
        first = (
            plants.get(product) or names[d(st.integers(0, min(2, len(names) - 1, *(names.index(u) for u in users))))]
        )
        later = [n for n in names[names.index(first) + 1 :] if n in users or d.chance(2)]
        keepers[product] = [first, *later]
        if product in plants and d.chance(4):
            keepers[product].insert(0, names[0])
            keepers[product] = list(dict.fromkeys(keepers[product]))
    return keepers


def _sites(d, names, plants, port):
    kinds = ("supplier", "warehouse", "retailer")
    rows = [
        {
            "site": name,
            "kind": "plant" if name in plants.values() else d(one_of(*kinds)),
            "capacity": d.maybe(8, 30) if name in plants.values() else None,
            "country": d(one_of("A", "B")),
            "tier": d(one_of(0, 1)),
            "latitude": d(one_of(0, 10, 50)),
            "longitude": d(one_of(0, 10)),
        }
        for name in names
    ]
    return rows + ([{"site": port, "kind": "port", "country": "A", "latitude": 10, "longitude": 10}] if port else [])


def _recipe(d, site, product, random):
    return {
        "site": site,
        "product": product,
        "capacity": d.maybe(5, 30, 2),
        "lead_time": d(st.integers(0, 3)),
        "yield_rate": d(one_of(1, 1, 0.9, 0.77)) if random or not d.whole else 1,
        "rank": d(st.integers(1, 3)),
        "unit_cost": d(hundredths(1, 3)),
        "start_in_work": d.maybe(0, 9),
        **_lots(d),
    }


def _lanes(d, before, site, product, port, random):
    """One to three lanes from sites that keep the product."""
    rows = {}
    for n in range(d(one_of(*((2, 3) if d.measures else (1, 1, 1, 2, 3)))) if before else 0):
        origin, mode = before[-1 - d(st.integers(0, len(before) - 1))], d(one_of("road", "road", "rail"))
        if d.measures and n and d.chance(2):  # two modes between the same sites
            mode = "rail" if (origin, "road") in rows else "road"
        rows[origin, mode] = {"origin": origin, "destination": site, "product": product, "mode": mode}
        rows[origin, mode] |= _lane(d, port, random)
    return list(rows.values())


def _lane(d, port, random):
    kind = d(seldom(one_of("normal", "lognormal", "uniform", "poisson"), "fixed")) if random else "fixed"
    lead = d(one_of(1, 2, 3, 0.7, 1.4, 2.6)) if kind != "fixed" else d(one_of(0, 0, 1, 1, 2, 3, 1.3))
    spread = {"fixed": 0, "poisson": 0, "uniform": lead * d(one_of(0.3, 1))}.get(kind, d(one_of(0.4, 1, 1.6)))
    expedite = d.chance(2 if d.measures else 5)
    return {
        "lead_time": lead,
        "lead_time_kind": kind,
        "lead_time_spread": spread,
        "crossing": d.chance(2),
        "information_delay": d(one_of(0, 0, 0, 1, 2)),
        "capacity": d.maybe(4, 25, 4),
        "rank": d(st.integers(1, 3)),
        "priority": d(st.integers(1, 3)),
        "lost_if_short": d.chance(10),
        "transport_cost": d(hundredths(1, 3)),
        "expedite": expedite,
        "expedite_lead_time": d(one_of(0, 1, 2)) if expedite else None,
        "start_in_transit": d.maybe(0, 9, 4),
        "start_orders": d.maybe(0, 9, 4),
        "via": port if port and d.chance(2) else "",
        **_lots(d),
    }


def _lots(d):
    """The smallest order of a source, its packs, and when it takes orders."""
    return {"minimum_order": d.maybe(1, 25, 6) or 0, "order_multiple": d.maybe(1, 12, 6), **_valid(d, 7)}


def _valid(d, times):
    """When something is valid, for once in so many times not always."""
    if not d.chance(times):
        return {}
    begins = d(one_of(None, 0, 3, 6))
    return {"valid_from": begins, "valid_until": (begins or 0) + d(one_of(4, 9, 30))}


def _other_recipes(d, recipes, bill, random):
    """Other recipes of the same product at the same site, sometimes of other amounts of the same components."""
    found = []
    for recipe in recipes:
        if d.chance(3):
            found.append(_recipe(d, recipe["site"], recipe["product"], random) | {"recipe": "by hand"})
            lines = [line for line in bill if line["product"] == recipe["product"]]
            if d.chance(2):
                bill += [line | {"recipe": "by hand", "quantity": d(one_of(1, 2, 0.4))} for line in lines[: d(one_of(1, 2))]]
    return found


def _by_products(d, plants, keepers):
    """What else comes out where something is made, of what is kept there."""
    rows = []
    for product, site in plants.items():
        others = [p for p, sites in keepers.items() if site in sites and p != product]
        if others and d.chance(3):
            rows.append({"product": product, "by_product": d(one_of(*others)), "quantity": d(one_of(1, 0.5, 0.3))})
    return rows


def _price_breaks(d, stocks, lanes):
    """Prices of outside sources by the size of an order, some of them for a time."""
    outside = {(s["site"], s["product"]) for s in stocks if s["policy"] == "unlimited"}
    rows = []
    for lane in lanes:
        if (lane["origin"], lane["product"]) in outside and d.chance(2):
            lane["discount"] = d(one_of("all_units", "incremental"))
            key = {c: lane[c] for c in ("origin", "destination", "product", "mode")}
            for quantity in d(st.lists(one_of(0, 5, 12, 30), min_size=1, max_size=3, unique=True)):
                rows.append({**key, "from_quantity": quantity, "price": d(hundredths(1, 9)), **_valid(d, 4)})
    return rows


def _stock(d, site, product, sources, simple):
    row = {
        "site": site,
        "product": product,
        "rationing": d(one_of(*RATIONING)),
        "sourcing": d(one_of("shares", *SOURCING[: 1 if d.measures else None])),
        "on_hand": d.maybe(0, 60, 2),
    }
    if not sources:
        row |= {"policy": "unlimited", "unit_cost": d(hundredths(1, 9))}
        if d.chance(5):
            row |= {"policy": "none", "on_hand": d.number(50, 300)}
        return row
    row |= {"reroute": d.measures or d.chance(3), "limit_to_supplier": d.chance(6), "shelf_life": d(seldom(one_of(1, 2, 5), None, 6))}
    row |= {"review_period": d(one_of(1, 1, 1, 2, 3)), "safety_stock": d(one_of(0, 0, d.number(1, 8)))}
    if row["sourcing"] == "shares" and (d.measures or d.chance(3)):
        row["ramp_up"] = d(one_of(2, 0, 4.5))
    if d.chance(4):
        row |= {"build_up": d.number(1, 30), "build_from": d.maybe(0, 9), "build_until": d(one_of(None, 10, 15, 30))}
    return row | _policy(d, d(one_of(*POLICIES[: None if simple and len(sources) == 1 else -1])))


def _policy(d, policy):
    """A policy and the parameters that it reads."""
    row = {"policy": policy}
    if policy in ("base_stock", "s_S", "anchor_and_adjust", "echelon_base_stock"):
        row["order_up_to"] = d.number(30, 90)
    if policy in ("s_S", "r_Q", "r_nQ"):
        row["reorder_point"] = d.number(5, 29)
    if policy in ("r_Q", "r_nQ"):
        row["order_quantity"] = d.number(5, 40)
    if policy == "days_of_cover":
        row["days_of_cover"] = d(one_of(0, 1, 2.5, 4))
        row[d(one_of("forecast_window", "forecast_window", "review_period"))] = d(one_of(1, 3, 7))
        if "forecast_window" not in row and d.chance(2):
            row["smoothing"] = d(one_of(0.23, 0.51))
    if policy == "anchor_and_adjust":
        row |= {"smoothing": 0.36, "stock_weight": d(one_of(0.26, 1)), "supply_line_weight": d(one_of(0.34, 1))}
    if policy in ("anchor_and_adjust", "days_of_cover"):
        row["forecast_start"] = d.maybe(1, 9)
    return row


def _share_out(d, stocks, lanes, recipes):
    """Shares that add up to 1 for every stock."""
    for stock in stocks:
        mine = [x for x in lanes if (x["destination"], x["product"]) == (stock["site"], stock["product"])]
        mine += [x for x in recipes if (x["site"], x["product"]) == (stock["site"], stock["product"])]
        weights = [d(one_of(1, 1.7, 0.6)) for _ in mine]
        for source, weight in zip(mine, weights, strict=True):
            source["share"] = weight / sum(weights)


def _full_loads(d, stocks, lanes):
    """Some lanes go with full loads only."""
    first_come = {(s["site"], s["product"]) for s in stocks if s["rationing"] == "first_come"}
    for lane in lanes:
        if d.chance(6) and (lane["origin"], lane["product"]) not in first_come:
            lane["full_load"] = d(one_of(3, 6))
            lane["capacity"] = max(lane["capacity"], lane["full_load"]) if lane["capacity"] else None


def _stand_in(d, stocks, recipes):
    """Some recipes make what another of the same product cannot."""
    for stock in stocks:
        mine = [r for r in recipes if (r["site"], r["product"]) == (stock["site"], stock["product"])]
        if len(mine) > 1 and d.chance(2):
            stock["other_recipes"] = True
            for recipe in mine:
                recipe |= {"minimum_order": 0, "order_multiple": None}


def _send_back(d, stocks, markets):
    """Customers of some markets send things back."""
    own = {(s["site"], s["product"]) for s in stocks if s["policy"] != "unlimited"}
    for market in markets:
        if d.chance(4) and (market["site"], market["product"]) in own:
            market |= {"returned_share": d(one_of(0.2, 0.35, 1)), "return_delay": d(one_of(1, 2, 5)), "resold_share": d(one_of(1, 0.5, 0))}


def _markets(d, keepers, plants, random):
    kinds = ("normal", "lognormal", "uniform", "poisson", "negative_binomial", "resampled") if random else ()
    rows = []
    for market in MARKETS[: d(st.integers(1, 3))]:
        for product in d(st.lists(one_of(*keepers), min_size=1, max_size=2, unique=True)):
            kind = d(one_of("constant", "history", *kinds))
            mean = d.number(2, 15) if kind == "constant" else d(hundredths(2, 15))
            row = {
                "market": market,
                "site": keepers[product][-1 - d(st.integers(0, len(keepers[product]) - 1))],
                "product": product,
                "demand": kind,
                "mean": None if kind in ("history", "resampled") else mean,
                "spread": {"constant": 0, "negative_binomial": mean}.get(kind, mean * d(one_of(0.3, 0.9))),
                "every": d(one_of(1, 1, 1, 3)),
                "season": d(one_of(0, 0, 0.4)),
                "season_peak": d(st.integers(0, 20)),
                "trend": d(one_of(0, 0, 0.7)),
                "autocorrelation": d(one_of(0, 0, 0, 0.6, -0.4)),
                "lost_share": d(one_of(0, 0, 1, 0.4)),
                "partial": not d.chance(6),
                "priority": d(st.integers(1, 3)),
            }
            rows.append(row)
    return rows


def _give_calendars(d, tables, chosen):
    """Working calendars for some sites, lanes and markets; all are open on Mondays to Wednesdays but for a span."""
    if not d.chance(4):
        return
    chosen["start_date"] = d(one_of("2026-01-05", "2026-04-02", "2026-05-30"))
    week = ("thursday", "friday", "saturday", "sunday")
    tables["calendars"] = [{"calendar": "shop days", **{day: d(one_of(1, 0, 0, 0.5)) for day in week}, "holidays": d(one_of("", "DE"))},
                           {"calendar": "two shifts", "saturday": 0, "sunday": d(one_of(0, 2))}]  # fmt: skip
    tables["calendar_exceptions"] = [{"calendar": "shop days", "first_period": 8, "last_period": 11, "share": d(one_of(0, 0.5))},
                                     {"calendar": "two shifts", "first_date": "2026-04-06", "share": 1}]  # fmt: skip
    recorded = ("history", "resampled")
    rows = [s for s in tables["sites"] if s["kind"] != "port"] + tables["lanes"]
    for row in rows + [m for m in tables["markets"] if m["demand"] not in recorded]:
        row["calendar"] = d(one_of("", "", "shop days", "two shifts"))


def _open_orders(d, tables):
    """Orders of all kinds that are open at the start, of products that say nothing else of theirs."""
    rows = []
    for lane in tables["lanes"]:
        if d.chance(2):
            continue
        for n in range(d(st.integers(1, 2))):
            kind = d(one_of("shipment", "purchase_order"))
            due = d(st.integers(0, 30)) if kind == "shipment" or d.chance(2) else None
            keys = {c: lane[c] for c in ("origin", "destination", "product", "mode")}
            rows.append({"order": f"L{n}", "kind": kind, **keys, "units": d.number(1, 20), "due": due})
    for n, recipe in enumerate(tables["recipes"]):
        if d.chance(2):
            due, keys = d(one_of(None, 0, 1, 3, 9)), {c: recipe[c] for c in ("site", "product")}
            rows.append({"order": f"P{n}", "kind": "production_order", **keys, "units": d.number(1, 20), "due": due})
    for market in tables["markets"]:
        if d.chance(2):
            due, keys = d(one_of(None, 0, 5)), {c: market[c] for c in ("market", "product")}
            rows.append({"kind": "customer_order", **keys, "units": d.number(1, 20), "due": due})
    known = {(r.get("destination", r.get("site")), r["product"]) for r in rows if r["kind"] != "customer_order"}
    for lane in tables["lanes"]:
        if (lane["destination"], lane["product"]) in known:
            lane["start_in_transit"] = lane["start_orders"] = None
    for recipe in tables["recipes"]:
        if (recipe["site"], recipe["product"]) in known:
            recipe["start_in_work"] = None
    return rows


def _history(d, markets):
    return [
        {"market": m["market"], "product": m["product"], "period": t, "units": units}
        for m in markets
        if m["demand"] in ("history", "resampled")
        for t, units in enumerate([d.number(0, 15) for _ in range(d(st.integers(2, 6)))])
    ]
