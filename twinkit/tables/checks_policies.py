"""Checks of how goods are ordered: parameters of policies, terms of orders, and measures against trouble."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from twinkit.tables.cells import DURATIONS, folded_unit
from twinkit.tables.checks_network import loops, network_of
from twinkit.tables.checks_supply import unsupplied
from twinkit.tables.look import Look, about, among, checks_in
from twinkit.tables.problems import Problem, listed, quote, shown
from twinkit.tables.words import parameter_columns

# Checks of the policies of stocks: each has the parameters that it reads, and no other.


def _uses(look: Look, policy: str) -> np.ndarray:
    return (look.values("stocks", "policy") == policy) & look.good("stocks", "policy")


def parameters_complete(look: Look) -> Iterator[Problem]:
    """A policy has every parameter that it needs."""
    columns = look.columns("stocks")
    for policy, parameters in look.allowed.policies.items():
        uses = _uses(look, policy)
        for name in parameters.required:
            if not uses.any():
                continue
            lacks = uses & _empty(look, name) if name in columns else uses
            says = f"the cell is empty; policy {policy} needs {listed(parameters.required)}"
            lines = look.cells if name in columns else _without_column
            yield from lines("stocks", name, lacks, says, f"Fill in {name}, or choose another policy.")


def _empty(look: Look, name: str) -> np.ndarray:
    values = look.values("stocks", name)
    return np.isnan(values) if values.dtype.kind == "f" else values == ""


def _without_column(table: str, name: str, lacks: np.ndarray, says: str, hint: str) -> list[Problem]:
    says = says.replace("the cell is empty", "the column is missing")
    return [Problem(table, 1, name, "", says, hint)] if lacks.any() else []


def parameters_known(look: Look) -> Iterator[Problem]:
    """A policy has no parameter that it does not read."""
    columns = look.columns("stocks")
    for name in parameter_columns(look.allowed.policies):
        if name not in columns:
            continue
        readers = [p for p, parameters in look.allowed.policies.items() if name in parameters.known]
        policies = look.values("stocks", "policy")
        unread = ~among(policies, readers) & look.good("stocks", "policy")

        def says(i: int, policies: np.ndarray = policies, name: str = name) -> str:
            known = look.allowed.policies[policies[i]].known
            return f"is given, but policy {policies[i]} reads {listed(known) if known else 'no parameter'}"

        hint = f"Empty the cell, or choose a policy that reads {name}: {', '.join(readers)}."
        yield from look.cells("stocks", name, unread & look.given("stocks", name), says, hint)


def reorder_point_below_level(look: Look) -> list[Problem]:
    """In s,S the reorder point s is not above the order-up-to level S."""
    low, high = look.values("stocks", "reorder_point"), look.values("stocks", "order_up_to")
    wrong = _uses(look, "s_S") & look.good("stocks", "order_up_to") & (low > high)
    return look.cells(
        "stocks",
        "reorder_point",
        wrong,
        lambda i: f"is above the order-up-to level {shown(float(high[i]))}; policy s_S needs s <= S",
        "Lower the reorder point or raise the level.",
    )


def order_quantity_positive(look: Look) -> list[Problem]:
    """In r,Q and r,nQ an order is for something."""
    wrong = (_uses(look, "r_Q") | _uses(look, "r_nQ")) & (look.values("stocks", "order_quantity") <= 0)
    policies = look.values("stocks", "policy")
    says = lambda i: f"is no quantity to order: policy {policies[i]} needs a number above 0"  # noqa: E731
    return look.cells("stocks", "order_quantity", wrong, says, "Write how many units one order is for.")


def one_forecast(look: Look) -> list[Problem]:
    """Days of cover forecasts by moving average or by exponential smoothing, not by both."""
    both = _uses(look, "days_of_cover") & look.good("stocks", "forecast_window")
    both &= ~np.isnan(look.values("stocks", "forecast_window"))
    given = both & ~np.isnan(look.values("stocks", "smoothing"))
    says = "is given beside forecast_window; days_of_cover forecasts in one of the two ways"
    return look.cells("stocks", "smoothing", given, says, "Empty one of the two cells.")


PARAMETER_CHECKS = checks_in(globals())


# Checks of terms: how much is ordered at a time, at which price, when it may be, and in which units it is counted.


LOTS = (("stocks", "order_quantity"), ("lanes", "minimum_order"), ("lanes", "order_multiple"), ("lanes", "full_load"),
        ("recipes", "minimum_order"), ("recipes", "order_multiple"))  # fmt: skip
"""Columns that say how much is ordered at a time."""


def whole_products(look: Look) -> pd.Series:
    """Product → whether its units cannot be split."""
    rows = look.case["products"][["product", "whole_units"]][look.good("products", "product", "whole_units")]
    words = rows.drop_duplicates("product").set_index("product")["whole_units"]
    return (words == "yes") | ((words == "as_case") & bool(look.case.settings["whole_units"]))


LANE = ["origin", "destination", "product", "mode"]


def validity_opens(look: Look) -> Iterator[Problem]:
    """What is valid for a time is so in some period."""
    for table in ("lanes", "recipes", "price_breaks"):
        begins, ends = look.values(table, "valid_from"), look.values(table, "valid_until")
        never = look.good(table, "valid_from") & (np.nan_to_num(begins) >= ends)

        def says(i: int, begins: np.ndarray = begins) -> str:
            first = float(np.nan_to_num(begins[i]))
            return f"is not after valid_from, period {shown(first)}: the row is valid in no period"

        yield from look.cells(table, "valid_until", never, says, "Correct one of the two, or take the row away.")


@about("price_breaks")
def breaks_have_lane(look: Look) -> list[Problem]:
    """A price break is about a lane from an outside source."""
    if look.gone & {"lanes", "stocks"}:
        return []
    rows, lanes, stocks = look.case["price_breaks"][LANE], look.case["lanes"][LANE], look.case["stocks"]
    known = pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(lanes))
    sure = look.good("price_breaks", *LANE) & look.good("lanes", *LANE).all()
    mode = rows["mode"].tolist()
    problems = look.cells(
        "price_breaks", "origin", sure & ~known, lambda i: f"has no lane of this destination, product and mode ({mode[i]})",
        "Add the lane, or correct the row.",
    )  # fmt: skip
    outside = stocks.loc[stocks["policy"] == "unlimited", ["site", "product"]]
    bought = pd.MultiIndex.from_frame(rows[["origin", "product"]]).isin(pd.MultiIndex.from_frame(outside))
    inside = sure & known & ~bought & look.good("stocks", "site", "product", "policy").all()
    says = "is no outside source of the product (policy unlimited), so nothing is paid to it"
    return problems + look.cells("price_breaks", "origin", inside, says, "Give it that policy, or take the row away.")


@about("price_breaks")
def breaks_apart(look: Look) -> list[Problem]:
    """At a time an order has one price: rows of one lane and quantity do not overlap."""
    rows = look.case["price_breaks"]
    good = look.good("price_breaks", *LANE, "from_quantity", "valid_from", "valid_until")
    again, first = np.zeros(len(rows), bool), {}
    begins, ends = (
        rows["valid_from"].fillna(-np.inf).to_numpy(float),
        rows["valid_until"].fillna(np.inf).to_numpy(float),
    )
    for found in rows[good].groupby([*LANE, "from_quantity"]).groups.values():
        at = np.array(sorted(found, key=lambda i: (begins[i], i)), np.int64)
        for earlier, later in zip(at, at[1:], strict=False):
            if begins[later] < ends[earlier]:
                again[later], first[int(later)] = True, look.row("price_breaks", earlier)
    says = lambda i: f"has two prices at one time: row {first[i]} holds for the same orders"  # noqa: E731
    return look.cells(
        "price_breaks", "from_quantity", again, says, "Let one end (valid_until) before the other begins."
    )


@about("bill_of_materials", "by_products")
def recipes_named(look: Look) -> Iterator[Problem]:
    """A line that names a recipe names one of its product."""
    made = look.case["recipes"][["product", "recipe"]]
    for table in ("bill_of_materials", "by_products"):
        names = look.values(table, "recipe")
        if not (names != "").any():
            continue
        rows = look.case[table][["product", "recipe"]]
        strange = (names != "") & ~pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(made))
        sure = (
            look.good(table, "product", "recipe")
            & look.good("recipes", "product", "recipe").all()
            & ("recipes" not in look.gone)
        )
        product = rows["product"].tolist()
        says = lambda i, product=product: f"is no recipe of {quote(product[i])}"  # noqa: E731
        yield from look.cells(
            table, "recipe", strange & sure, says, "Add it to recipes (column recipe), or leave the cell empty."
        )


@about("by_products")
def by_products_kept(look: Look) -> list[Problem]:
    """What comes out with a product is another product, kept at some site that makes the first."""
    made, out = look.values("by_products", "product"), look.values("by_products", "by_product")
    good = look.good("by_products", "product", "by_product")
    problems = look.cells(
        "by_products", "by_product", good & (made == out), "is the product itself", "Name what else comes out."
    )
    hint = "Add a row to stocks for such a site (policy none will do), or take the row away: what is not kept is waste."
    return problems + _makers_keep(look, "by_products", "by_product", good & (made != out), hint)


def _makers_keep(look: Look, table: str, column: str, asked: np.ndarray, hint: str) -> list[Problem]:
    """Some site that makes the product of a row keeps the other one that stands in the column."""
    if look.gone & {"recipes", "stocks", "sites"} or not asked.any():
        return []
    recipes, stocks = (look.case[t][["site", "product"]] for t in ("recipes", "stocks"))
    kept = recipes.merge(stocks, on="site")[["product_x", "product_y"]]
    able = set(kept.itertuples(index=False, name=None))
    product, other = look.values(table, "product"), look.values(table, column)
    sure = look.good("recipes", "site", "product").all() and look.good("stocks", "site", "product").all()
    lost = asked & np.array([pair not in able for pair in zip(product, other, strict=True)], bool) & bool(sure)
    return look.cells(table, column, lost, lambda i: f"is kept at no site that makes {quote(product[i])}", hint)


def shelf_life_means_something(look: Look) -> list[Problem]:
    """What is never in stock does not get old."""
    given = ~np.isnan(look.values("stocks", "shelf_life")) & (look.values("stocks", "policy") == "unlimited")
    says = "means nothing here: an unlimited source has no stock"
    return look.cells("stocks", "shelf_life", given & look.good("stocks", "policy"), says, "Empty the cell.")


def lots_are_whole(look: Look) -> Iterator[Problem]:
    """Of a product that cannot be split, a lot is a whole number of units."""
    if not look.fit("whole_units"):
        return
    for table, column in LOTS:
        values, products = look.values(table, column), look.values(table, "product")
        broken = ~np.isnan(values) & (np.abs(values - np.round(values)) > 1e-9)
        if not broken.any():
            continue
        whole = whole_products(look)
        broken &= among(products, whole.index[whole])

        def says(i: int, products: np.ndarray = products) -> str:
            return f"has a fraction, and units of {quote(products[i])} cannot be split"

        yield from look.cells(table, column, broken, says, "Write a whole number, or whole_units no for the product.")


def order_possible(look: Look) -> list[Problem]:
    """Where orders never exceed what the lane can carry, the smallest order is not more than that."""
    if not len(look.case["stocks"]):
        return []
    network = network_of(look)
    to = network.stock_of(network.destinations)
    limited = look.values("stocks", "limit_to_supplier")[to] & (to >= 0) & look.good("stocks", "limit_to_supplier")[to]
    capacity, problems = look.values("lanes", "capacity"), []
    for column, what in (("minimum_order", "smallest order"), ("order_multiple", "smallest multiple")):
        values = look.values("lanes", column)
        never = limited & look.good("lanes", "capacity") & (values > capacity)

        def says(i: int, what: str = what) -> str:
            return (
                f"is above the lane's capacity {shown(float(capacity[i]))}, and the destination's limit_to_supplier "
                f"keeps orders below that: the {what} can never be placed"
            )

        hint = "Lower it, raise the capacity, or write limit_to_supplier no: an order then waits until it has all left."
        problems += look.cells("lanes", column, never, says, hint)
    return problems


def full_loads_leave(look: Look) -> list[Problem]:
    """A full load may leave in a period, and goes to whoever has ordered one: not by the age of orders."""
    load, capacity = look.values("lanes", "full_load"), look.values("lanes", "capacity")
    never = look.good("lanes", "full_load", "capacity") & (load > capacity)
    says = lambda i: f"is above the lane's capacity {shown(float(capacity[i]))}, so no load ever leaves"  # noqa: E731
    problems = look.cells("lanes", "full_load", never, says, "Lower it, or raise the capacity.")
    if look.gone & {"stocks"} or not len(look.case["stocks"]):
        return problems
    network = network_of(look)
    origin = network.stock_of(network.origins)
    queued = (origin >= 0) & (look.values("stocks", "rationing")[origin] == "first_come") & look.good("stocks", "rationing")[origin]
    mixed = queued & look.good("lanes", "full_load") & ~np.isnan(load)
    says = "cannot be kept where the origin serves the oldest orders first (rationing first_come): an order is a part of a load"
    return problems + look.cells("lanes", "full_load", mixed, says, "Choose rationing proportional or priority for the origin, or empty the cell.")


def orders_may_change_recipe(look: Look) -> Iterator[Problem]:
    """A lot is made by the recipe that it was ordered from, so recipes that stand in for each other have none."""
    if look.gone & {"stocks", "recipes"} or not len(look.case["stocks"]):
        return
    network = network_of(look)
    row = network.stock_of(network.recipes)
    changes = (row >= 0) & look.values("stocks", "other_recipes").astype(bool)[row] & look.good("stocks", "other_recipes")[row]
    for column, lots in (("minimum_order", look.values("recipes", "minimum_order") > 0), ("order_multiple", look.values("recipes", "order_multiple") > 0)):
        says = "is a lot, and the stock says other_recipes yes: what this recipe cannot start goes over in part"
        hint = "Empty the cell, or write other_recipes no."
        yield from look.cells("recipes", column, changes & lots & look.good("recipes", column), says, hint)


def returns_have_stock(look: Look) -> list[Problem]:
    """What customers send back goes to a stock."""
    if look.gone & {"stocks"} or not len(look.case["stocks"]):
        return []
    network = network_of(look)
    row = network.stock_of(network.markets)
    outside = (row >= 0) & (look.values("stocks", "policy")[row] == "unlimited") & look.good("stocks", "policy")[row]
    wrong = outside & look.good("markets", "returned_share") & (look.values("markets", "returned_share") > 0)
    says = "cannot be: the market is served by an outside source (policy unlimited), which has no stock to take things back to"
    return look.cells("markets", "returned_share", wrong, says, "Serve it from a stock with another policy, or write 0.")


def lots_cover_demand(look: Look) -> list[Problem]:
    """A policy that orders one lot at a review gets as much as is asked for until the next."""
    uses = (look.values("stocks", "policy") == "r_Q") & look.good("stocks", "policy")
    if not uses.any() or not look.fit("periods", "period_days"):
        return []
    lot, review = look.values("stocks", "order_quantity"), look.values("stocks", "review_period")
    good = look.good("stocks", "order_quantity", "review_period", "on_hand", "reorder_point", "safety_stock")
    asked = _asked_at_least(look)
    start = look.values("stocks", "on_hand")
    start = np.where(np.isnan(start), look.values("stocks", "reorder_point") + lot, start)
    with np.errstate(divide="ignore", invalid="ignore"):
        short = (asked - lot / review) * float(look.case.settings["periods"])
    wrong = uses & good & (asked * review > lot * (1 + 1e-6)) & (short > np.maximum(start, 0.0))

    def says(i: int) -> str:
        need, every = float(f"{asked[i] * review[i]:.6g}"), int(review[i])
        time = f"in the {every} periods between two reviews" if every > 1 else "in a period"
        return f"is less than the {shown(need)} that are asked for {time}; r_Q orders one lot at a review, so what is owed grows and grows"

    hint = "Choose policy r_nQ, which orders as many lots as are needed, or write a larger order_quantity."
    return look.cells("stocks", "order_quantity", wrong, says, hint)


def _asked_at_least(look: Look) -> np.ndarray:
    """Units that are surely asked of each stock in a period in the mean: what is not lost, from the markets up the chain.

    Only orders whose source is certain count: a stock that tries its sources one after the other may ask any of them.
    """
    network, n = network_of(look), len(look.case["stocks"])
    flow, shares = np.bincount(*_markets_ask(look), minlength=n), _certain_shares(look)
    recipe, parts = network.needs
    each = (
        look.values("bill_of_materials", "quantity")[network.need_lines] / look.values("recipes", "yield_rate")[recipe]
    )
    start = np.concatenate([network.stock_of(network.origins), network.stock_of(parts)])
    end = np.concatenate([network.stock_of(network.destinations), network.stock_of(network.recipes)[recipe]])
    quantity = np.nan_to_num(np.concatenate([shares[0], shares[1][recipe] * each]))
    known = (start >= 0) & (end >= 0)
    start, end, quantity = start[known], end[known], quantity[known]
    total = flow
    for _ in range(n):
        step = np.bincount(start, quantity * total[end], minlength=n)
        if np.allclose(total, flow + step, rtol=1e-12, atol=0.0):
            return total
        total = flow + step
    return np.zeros(n)  # goods go round in a loop


def _markets_ask(look: Look) -> tuple[np.ndarray, np.ndarray]:
    """Stock and mean units in a period of every market whose cells can be read; lost demand is not asked for again."""
    network, markets = network_of(look), look.case["markets"]
    row = network.stock_of(network.markets)
    mean = np.nan_to_num(look.values("markets", "mean"))
    recorded = markets["demand"].isin(["history", "resampled"]).to_numpy()
    if recorded.any():
        past = look.case["history"].groupby(["market", "product"])["units"].mean()
        pairs = pd.MultiIndex.from_frame(markets[["market", "product"]])
        mean = np.where(recorded, np.nan_to_num(past.reindex(pairs).to_numpy(float)), mean)
    years = look.case.settings["periods"] * look.case.settings["period_days"] / 365.0
    mean = mean * (1.0 + np.minimum(look.values("markets", "trend"), 0.0)) ** years  # where it shrinks: the least
    mean = mean * (1.0 - look.values("markets", "lost_share")) / look.values("markets", "every")
    mean = mean * (1.0 - look.values("markets", "returned_share") * look.values("markets", "resold_share"))  # comes back
    sure = look.good("markets", "mean", "demand", "every", "lost_share", "trend", "returned_share", "resold_share")
    sure &= (row >= 0) & np.isfinite(mean)
    return row[sure], np.maximum(mean[sure], 0.0)


def _certain_shares(look: Look) -> tuple[np.ndarray, np.ndarray]:
    """Share of its destination's orders that surely goes to each lane and each recipe; 0 where it is not certain."""
    network, n = network_of(look), len(look.case["stocks"])
    split = (look.values("stocks", "sourcing") == "shares") & look.good("stocks", "sourcing", "policy")
    dated = [
        ~np.isnan(look.values(t, "valid_from")) | ~np.isnan(look.values(t, "valid_until")) for t in ("lanes", "recipes")
    ]
    pulls = ~np.isin(look.values("stocks", "policy"), ("unlimited", "none"))
    rows = [network.stock_of(pairs) for pairs in (network.destinations, network.recipes)]
    count = sum(np.bincount(row[row >= 0], minlength=n) for row in rows)
    found = []
    for table, row, some in zip(("lanes", "recipes"), rows, dated, strict=True):
        share = np.where(count[row] == 1, 1.0, np.where(split[row], look.values(table, "share"), 0.0))
        found.append(np.where((row >= 0) & ~some & pulls[row] & look.good(table, "share"), np.nan_to_num(share), 0.0))
    return found[0], found[1]


@about("conversions")
def conversions_clear(look: Look) -> list[Problem]:
    """Another unit of a product is no word that means something else."""
    units, products = look.values("conversions", "unit"), look.values("conversions", "product")
    own = look.case["products"].drop_duplicates("product").set_index("product")["unit"]
    usual = pd.Series(products, dtype=object).map(own).to_numpy(object)
    same = np.array(
        [isinstance(a, str) and folded_unit(a) == folded_unit(b) for a, b in zip(usual, units, strict=True)], bool
    )
    per = look.values("conversions", "units")
    problems = look.cells(
        "conversions", "units", same & (per != 1.0),
        lambda i: f"cannot be: {quote(units[i])} is the unit in which {quote(products[i])} is counted (products.unit)",
        "Give the other unit another name, or correct products.unit.",
    )  # fmt: skip
    taken = {*DURATIONS, "units", "unit", "%", "period", "periods"}
    words = np.array([folded_unit(unit) in taken or "/" in unit for unit in units], bool)
    says = "is a word that means something else in a cell"
    return problems + look.cells("conversions", "unit", words, says, "Choose another name, such as box or pallet.")


LOT_CHECKS = checks_in(globals(), PARAMETER_CHECKS)


# Checks of measures: substitutes, ramp-up, and stock that is built up for a time.


BILL = "bill_of_materials"


@about(BILL)
def substitutes_differ(look: Look) -> list[Problem]:
    """A substitute is another product than the component and than what is made."""
    substitute, problems = look.values(BILL, "substitute"), []
    fine = look.good(BILL, "substitute", "component", "product") & (substitute != "")
    for column, says in (("component", "is the component itself"), ("product", "is what is made of it")):
        same = fine & (substitute == look.values(BILL, column))
        problems += look.cells(BILL, "substitute", same, says, "Name another product, or leave it empty.")
    return problems


@about(BILL)
def substitutes_named(look: Look) -> list[Problem]:
    """What is used is named."""
    fine = look.good(BILL, "substitute", "use_substitute")
    idle = fine & look.values(BILL, "use_substitute").astype(bool) & (look.values(BILL, "substitute") == "")
    return look.cells(BILL, "use_substitute", idle, "has no substitute to use", "Name the substitute, or write no.")


@about(BILL)
def substitutes_kept(look: Look) -> list[Problem]:
    """Some site that makes the product keeps a stock of the substitute."""
    made = among(look.values(BILL, "product"), look.case["recipes"]["product"])
    asked = look.good(BILL, "product", "substitute") & (look.values(BILL, "substitute") != "") & made
    hint = "Add a row to stocks for such a site and the substitute, with a policy, and a lane that brings it."
    return _makers_keep(look, BILL, "substitute", asked, hint)


@about(BILL)
def substitutes_supplied(look: Look) -> list[Problem]:
    """The stock of a substitute at a site that uses it is supplied."""
    if not (look.values(BILL, "substitute") != "").any():
        return []
    network = network_of(look)
    supplied = network.supplied | (look.values("stocks", "policy") == "unlimited") | (look.values("stocks", "on_hand") > 0)
    bill = look.case[BILL][look.good(BILL, "product", "substitute")]
    used = look.case["recipes"][["site", "product"]].merge(bill.loc[bill["substitute"] != "", ["product", "substitute"]], on="product")
    pairs = set(zip(used["site"], used["substitute"], strict=True))
    places = zip(look.values("stocks", "site"), look.values("stocks", "product"), strict=True)
    asked = np.array([place in pairs for place in places], bool)
    alone = network.stocks.sure & look.good("stocks", "site", "policy") & asked & ~supplied
    return unsupplied(look, alone, "holds the substitute {}, which nobody supplies")


@about(BILL)
def substitutes_not_in_themselves(look: Look) -> list[Problem]:
    """No product goes into itself by way of a substitute."""
    lines = np.flatnonzero(look.good(BILL, "product", "component", "substitute"))
    product, component, other = (look.values(BILL, c)[lines] for c in ("product", "component", "substitute"))
    some = other != ""
    start, end = np.concatenate([product, product[some]]), np.concatenate([component, other[some]])
    rows = np.concatenate([lines, lines[some]])
    codes, names = pd.factorize(np.concatenate([start, end]))
    wrong = np.zeros(len(look.case[BILL]), bool)
    for loop in loops(len(names), codes[: len(start)], codes[len(start) :]):
        closing = [e for e in loop if e >= len(lines)]
        wrong[rows[closing[:1]]] = True
    says = "is itself made, perhaps by way of others, of what it goes into"
    return look.cells(BILL, "substitute", wrong, says, "Name another substitute.")


def ramp_up_of_shares(look: Look) -> list[Problem]:
    """Orders go over step by step where they are split by shares."""
    ranked = (look.values("stocks", "sourcing") != "shares") & look.good("stocks", "sourcing")
    says = "means nothing here: only orders that are split by shares go over step by step"
    ramps = ranked & (look.values("stocks", "ramp_up") > 0)
    return look.cells("stocks", "ramp_up", ramps, says, "Choose sourcing shares, or leave it empty.")


def build_up_in_order(look: Look) -> list[Problem]:
    """Stock that is built up has a time, and a time has something that is built up."""
    amount, first, last = (look.values("stocks", c) for c in ("build_up", "build_from", "build_until"))
    problems = look.cells(
        "stocks", "build_until", last <= np.nan_to_num(first), "is not after build_from", "Write a later period."
    )
    for column, values in (("build_from", first), ("build_until", last)):
        idle = ~np.isnan(values) & (amount == 0) & look.good("stocks", "build_up")
        problems += look.cells(
            "stocks", column, idle, "is given, but build_up is 0", "Write how many units are built up, or empty it."
        )
    return problems


MEASURE_CHECKS = checks_in(globals(), PARAMETER_CHECKS, LOT_CHECKS)
