"""Checks of measures: substitutes, ramp-up, and stock that is built up for a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.tables.graphs import loops
from twinkit.tables.look import Look
from twinkit.tables.network import network_of
from twinkit.tables.problems import Problem, quote

BILL = "bill_of_materials"


def substitutes_differ(look: Look) -> list[Problem]:
    """A substitute is another product than the component and than what is made."""
    substitute = look.values(BILL, "substitute")
    fine = look.good(BILL, "substitute", "component", "product") & (substitute != "")
    same = fine & (substitute == look.values(BILL, "component"))
    itself = fine & (substitute == look.values(BILL, "product"))
    return look.cells(
        BILL, "substitute", same, "is the component itself", "Name another product, or leave it empty."
    ) + look.cells(BILL, "substitute", itself, "is what is made of it", "Name another product, or leave it empty.")


def substitutes_named(look: Look) -> list[Problem]:
    """What is used is named."""
    fine = look.good(BILL, "substitute", "use_substitute")
    idle = fine & look.values(BILL, "use_substitute").astype(bool) & (look.values(BILL, "substitute") == "")
    return look.cells(BILL, "use_substitute", idle, "has no substitute to use", "Name the substitute, or write no.")


def substitutes_kept(look: Look) -> list[Problem]:
    """Some site that makes the product keeps a stock of the substitute."""
    if look.gone & {"recipes", "stocks", "sites"}:
        return []
    makers = look.case["recipes"][["site", "product"]]
    kept = look.case["stocks"][["site", "product"]].rename(columns={"product": "substitute"})
    able = set(makers.merge(kept, on="site")[["product", "substitute"]].itertuples(index=False, name=None))
    product, substitute = look.values(BILL, "product"), look.values(BILL, "substitute")
    sure = look.good("recipes", "site", "product").all() and look.good("stocks", "site", "product").all()
    made = np.isin(product, makers["product"])
    lacking = np.array([(p, s) not in able for p, s in zip(product, substitute, strict=True)], bool)
    wrong = look.good(BILL, "product", "substitute") & (substitute != "") & made & lacking & bool(sure)
    return look.cells(
        BILL, "substitute", wrong, lambda i: f"is kept at no site that makes {quote(product[i])}",
        "Add a row to stocks for such a site and the substitute, with a policy, and a lane that brings it.",
    )  # fmt: skip


def substitutes_supplied(look: Look) -> list[Problem]:
    """The stock of a substitute at a site that uses it is supplied."""
    network = network_of(look)
    stocks = network.stocks
    supplied = network.destinations.has(stocks) | network.destinations.may_have(stocks)
    supplied |= network.recipes.has(stocks) | network.recipes.may_have(stocks) | network.by_products.has(stocks)
    policy = look.values("stocks", "policy")
    supplied |= (policy == "unlimited") | (look.values("stocks", "on_hand") > 0)
    bill = look.case[BILL][look.good(BILL, "product", "substitute")]
    used = look.case["recipes"][["site", "product"]].merge(_with_substitute(bill), on="product")
    pairs = set(zip(used["site"], used["substitute"], strict=True))
    places = zip(look.values("stocks", "site"), look.values("stocks", "product"), strict=True)
    asked = np.array([place in pairs for place in places], bool)
    alone = stocks.sure & look.good("stocks", "site", "policy") & asked & ~supplied
    products = look.values("stocks", "product")
    return look.cells(
        "stocks", "site", alone, lambda i: f"holds the substitute {quote(products[i])}, which nobody supplies",
        "Add a lane that brings it or a recipe that makes it, or give it the policy unlimited.",
    )  # fmt: skip


def _with_substitute(bill: pd.DataFrame) -> pd.DataFrame:
    """Lines of the bill that name a substitute."""
    return bill.loc[bill["substitute"] != "", ["product", "substitute"]]


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


CHECKS = (
    substitutes_differ,
    substitutes_named,
    substitutes_kept,
    substitutes_supplied,
    substitutes_not_in_themselves,
    ramp_up_of_shares,
    build_up_in_order,
)
