"""Tables of products that are built with options, and what customers ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.case import Case
from twinkit.tables.look import Look, about
from twinkit.tables.problems import Problem
from twinkit.tables.words import name_column, word_column

DRAWN = 20_000
"""Configurations that are drawn to know the shares of the variants."""
MOST = 600
"""Variants that a product may have here."""


def _days(meaning: str, start: float | None = 0.0, **more) -> Column:
    return Column("days", meaning, start=start, low=0, **more)


class Families:
    """A product that is built with options: its customers, its assembly, its money."""

    table, key = "families", ("product",)
    product = name_column("product that is built", "products.product")
    orders = Column("orders/day", "orders of one unit each, on the mean", start=1.0, low=1e-6)
    assembly = _days("mean time of a unit in assembly")
    places = Column("number", "units that are assembled beside each other", start=1, low=1, kind="whole")
    variation = Column("share", "standard deviation of the time in assembly, as a share of its mean", start=1.0, low=0, high=5)
    engineering = _days("time before the parts of an order are known, where it is engineered to order")
    patience = _days("mean of the longest wait that customers accept; empty = they wait as long as it takes", None)
    switch = Column("share", "customers who take another variant that comes soon enough before they go", start=0.0, low=0, high=1)
    asked_within = _days("wait that customers call on time")
    base_value = Column("money/unit", "value of the unit without its options", start=0.0, low=0)
    base_lead_time = _days("lead time of the parts that every unit has")
    call_off = _days("time from a kanban card to its container, from suppliers nearby: just in time; empty = there are none", None)
    deliveries = Column("1/day", "deliveries of parts in a day, at even times, where they are just in time", start=4.0, low=0.01, high=1440)
    price = Column("money/unit", "price without options", start=0.0, low=0)
    correlation = Column("share", "correlation of the wish for dearer options (of normal scores, one common factor)", start=0.0, low=0, high=0.99)
    holding = Column("share/year", "cost of stock as a share of its value", start=0.2, low=0, high=5)
    late_cost = Column("money/order/day", "what a day of waiting costs: a discount, or the goodwill of a customer", start=0.0, low=0)
    receivable_days = _days("days from delivery until customers pay")
    payable_days = _days("days from delivery until suppliers are paid")


class Options:
    """An option of a product: how often it is taken, and the part that it needs."""

    table, key = "options", ("product", "option")
    product = name_column("product that has it", "families.product")
    option = name_column("name of the option, and of its part")
    choice = name_column("options of one choice: each order takes exactly one of them; empty = it may be added or not", start="")
    take_rate = Column("share", "orders that take it; of one choice they add up to 1", start=0.5, low=0, high=1)
    parts = Column("number", "units of its part in a unit", start=1, low=1, high=1000, kind="whole")
    price = Column("money/unit", "what it adds to the price", start=0.0)
    part_value = Column("money/unit", "value of one unit of its part", start=0.0, low=0)
    lead_time = _days("lead time of its part")
    container = Column("units", "units in a container of its kanban loop", start=10.0, low=1e-6)


class OptionRules:
    """What goes with what: an option that needs another one, or cannot be with it."""

    table, key = "option_rules", ("product", "option", "other")
    product = name_column("product", "families.product")
    option = name_column("option")
    rule = word_column("requires = never without the other; excludes = never with it", ("requires", "excludes"), "excludes")
    other = name_column("other option")


@about("options")
def _choices(look: Look) -> list[Problem]:
    frame = look.case["options"]
    wrong = np.zeros(len(frame), bool)
    for _, rows in frame[frame["choice"] != ""].groupby(["product", "choice"]):
        if abs(rows["take_rate"].astype(float).sum() - 1) > 1e-6:
            wrong[frame.index.get_indexer(rows.index[:1])] = True
    return look.cells("options", "take_rate", wrong, "and those of the same choice do not add up to 1", "An order takes exactly one of them: make them add up to 1.")


@about("option_rules")
def _known(look: Look) -> list[Problem]:
    found, known = [], set(zip(look.values("options", "product"), look.values("options", "option"), strict=True))
    for column in ("option", "other"):
        wrong = np.array([(p, o) not in known for p, o in zip(look.values("option_rules", "product"), look.values("option_rules", column), strict=True)], bool)
        found += look.cells("option_rules", column, wrong, "is no option of this product", "Name one of the table of options.")
    same = look.values("option_rules", "option") == look.values("option_rules", "other")
    return found + look.cells("option_rules", "other", same & look.good("option_rules", "other"), "is the option itself", "A rule is about two options.")


rooms.add_table(Families)
rooms.add_table(Options, checks=[_choices])
rooms.add_table(OptionRules, checks=[_known])


@dataclass(frozen=True)
class Catalogue:
    """The variants of a product.

    Attributes
    ----------
    parts_of
        Names of the parts; the first is what every unit has.
    variants
        Options of each variant.
    chance
        Share of each in demand, shape (V,).
    parts
        Units of each part in each variant, shape (V, C).
    value, price
        Of each variant, shape (V,) [money/unit].
    part_value, lead_time, container
        Of each part, shape (C,) [money/unit; days; units].
    taken
        Option → share of the orders that have it, after the rules [share].
    valid
        Share of the wishes that the rules allow [share].
    """

    parts_of: list[str]
    variants: list[tuple[str, ...]]
    chance: np.ndarray
    parts: np.ndarray
    value: np.ndarray
    price: np.ndarray
    part_value: np.ndarray
    lead_time: np.ndarray
    container: np.ndarray
    taken: dict[str, float]
    valid: float


def wishes(case: Case, product: str, n: int, seed: int) -> tuple[np.ndarray, float]:
    """Which options each of so many orders has, shape (n, options), and the share of the wishes that the rules allow.

    Wishes are normal scores with one common factor; of a choice, dearer options go to higher scores.  A wish that
    breaks a rule is wished anew, so take rates after the rules differ from those of the table.

    Raises
    ------
    ValueError
        If the rules allow (almost) no wish.
    """
    rows = case["options"][case["options"]["product"] == product].reset_index(drop=True)
    family = case["families"].set_index("product").loc[product]
    rules = case["option_rules"][case["option_rules"]["product"] == product]
    luck = np.random.default_rng([seed, 17])
    groups: list[list[int]] = [[i] for i in rows.index[rows["choice"] == ""]]
    groups += [list(g.sort_values("price", kind="stable").index) for _, g in rows[rows["choice"] != ""].groupby("choice", sort=False)]
    rho, at = float(family["correlation"]), {o: i for i, o in enumerate(rows["option"])}
    found, tried, kept = [], 0, 0
    while kept < n:
        score = np.sqrt(rho) * luck.standard_normal((n, 1)) + np.sqrt(1 - rho) * luck.standard_normal((n, max(len(groups), 1)))
        share = ndtr(score)
        has = np.zeros((n, len(rows)), bool)
        for k, group in enumerate(groups):
            rates = rows["take_rate"].to_numpy(float)[group]
            if len(group) == 1 and rows["choice"][group[0]] == "":
                has[:, group[0]] = share[:, k] > 1 - rates[0]
            else:
                has[np.arange(n), np.array(group)[np.minimum(np.searchsorted(np.cumsum(rates) / rates.sum(), share[:, k], side="right"), len(group) - 1)]] = True
        good = np.ones(n, bool)
        for r in rules.to_dict("records"):
            one, other = has[:, at[r["option"]]], has[:, at[r["other"]]]
            good &= ~(one & other) if r["rule"] == "excludes" else ~(one & ~other)
        found.append(has[good])
        tried, kept = tried + n, kept + int(good.sum())
        if tried >= 50 * n and kept < n:
            raise ValueError(f"the option rules of {product} allow {kept / tried:.1%} of what customers wish: they leave almost nothing to sell")
    return np.concatenate(found)[:n], kept / tried


def catalogue(case: Case, product: str, seed: int = 1) -> Catalogue:
    """The variants of a product, as customers ask for them.

    Raises
    ------
    ValueError
        If there are too many variants, or the rules leave nothing.
    """
    rows = case["options"][case["options"]["product"] == product].reset_index(drop=True)
    family = case["families"].set_index("product").loc[product]
    has, valid = wishes(case, product, DRAWN, seed)
    kinds, count = np.unique(has, axis=0, return_counts=True)
    if len(kinds) > MOST:
        raise ValueError(f"{product} has more than {MOST} variants ({len(kinds):,} were asked for): leave out options that change nothing in when it is made")
    order = np.argsort(-count, kind="stable")
    kinds, chance = kinds[order], count[order] / count.sum()
    units = kinds * rows["parts"].to_numpy(np.int64)
    base = float(family["base_value"]) > 0 or float(family["base_lead_time"]) > 0 or not len(rows)
    lead = np.array([float(family["base_lead_time"])] * base + rows["lead_time"].astype(float).tolist())
    value = np.array([float(family["base_value"])] * base + rows["part_value"].astype(float).tolist())
    parts = np.concatenate([np.ones((len(kinds), 1), np.int64), units], axis=1) if base else units
    return Catalogue(
        ["what every unit has"] * base + rows["option"].tolist(), [tuple(rows["option"][k]) for k in kinds], chance, parts,
        parts @ value, float(family["price"]) + kinds @ rows["price"].to_numpy(float), value, lead,
        np.array([10.0] * base + rows["container"].astype(float).tolist()), dict(zip(rows["option"], chance @ kinds, strict=True)), valid,
    )  # fmt: skip
