"""Tables of the room demand: what a planner knows beside the history, and what planners have changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.demand.in_chain import MOST_WINDOW
from twinkit.capabilities.demand.panel import periods_of
from twinkit.columns import Column
from twinkit.tables.look import Look, about
from twinkit.tables.problems import Problem, listed
from twinkit.tables.words import name_column, word_column

EARLIEST = -100_000
"""Earliest period before the run that a planner may speak of."""
RELATIONS = ("replaces", "similar")
"""What a product is to another: it takes its place, or sells as it did."""


class Promotions:
    """A promotion of a product in a market, past or planned; those of one name are taken to have the same effect."""

    table, key = "promotions", ("market", "product", "promotion", "begin")

    market = name_column("market that it is in", "markets.market")
    product = name_column("product that is promoted", "products.product")
    promotion = name_column("kind of promotion: leaflet, display, price cut …")
    begin = Column("period", "first period; below 0: before the run", low=EARLIEST, kind="whole")
    end = Column("period", "last period; empty = the first", start=None, low=EARLIEST, kind="whole")
    strength = Column("share", "how strong: the share taken off the price, or 1", start=1.0, low=0, high=1)
    announced = Column("period", "period from which planners know of it; empty = long before", start=None, low=EARLIEST, kind="whole")


class Prices:
    """The price of a product in a market from a period on; until then the market's own."""

    table, key = "prices", ("market", "product", "period")

    market = name_column("market", "markets.market")
    product = name_column("product", "products.product")
    period = Column("period", "period from which it holds", low=EARLIEST, kind="whole")
    price = Column("money/unit", "price that customers pay", low=1e-9)


class Overrides:
    """A planner's own forecast of a period in place of that of the statistics, made before it."""

    table, key = "overrides", ("market", "product", "period", "made")

    market = name_column("market", "markets.market")
    product = name_column("product", "products.product")
    period = Column("period", "period that it is for", low=EARLIEST, kind="whole")
    made = Column("period", "period in which it was made: what came in earlier periods was known", low=EARLIEST, kind="whole")
    units = Column("units/period", "units that the planner expects", low=0)
    reason = name_column("why")
    person = name_column("who made it", start="")


class ProductLinks:
    """A product whose past tells of another: it takes its place, or is new and will sell as that one did when it was new."""

    table, key = "product_links", ("product", "like")

    product = name_column("product that is forecast", "products.product")
    like = name_column("product whose past is used", "products.product")
    relation = word_column("replaces = its past goes before that of the product; similar = a new product is forecast by it", RELATIONS, "replaces")
    share = Column("share", "units of the product for each unit of the other", start=1.0, low=0, high=100)


@about("promotions")
def ends_after_it_begins(look: Look) -> list[Problem]:
    """A promotion lasts one period at least."""
    begin, end = look.values("promotions", "begin").astype(float), look.values("promotions", "end").astype(float)
    return look.cells("promotions", "end", end < begin, lambda i: f"is before its first period, {begin[i]:g}", "Write a later period, or leave it empty.")


@about("promotions", "prices", "overrides")
def asked_for_there(look: Look) -> list[Problem]:
    """Promotions, prices and overrides are about a product that the market asks for."""
    asked, found = pd.MultiIndex.from_frame(look.case["markets"][["market", "product"]]), []
    for table in ("promotions", "prices", "overrides"):
        rows = look.case[table][["market", "product"]]
        strange = ~pd.MultiIndex.from_frame(rows).isin(asked) & look.good(table, "market", "product")
        found += look.cells(table, "product", strange, lambda i, rows=rows: f"is not asked for in {rows['market'].iat[i]}",
                            "Name a product of the table markets, or add the market there.")  # fmt: skip
    return found


@about("overrides")
def made_before(look: Look) -> list[Problem]:
    """An override is made in or before the period that it is for."""
    period, made = look.values("overrides", "period").astype(float), look.values("overrides", "made").astype(float)
    return look.cells("overrides", "made", made > period, lambda i: f"is after the period that it is for, {period[i]:g}",
                      "Write the period in which it was made; what was changed afterwards is no forecast.")  # fmt: skip


@about("product_links")
def another_product(look: Look) -> list[Problem]:
    """A product is not like itself, and no two products tell of each other."""
    product, like = look.values("product_links", "product"), look.values("product_links", "like")
    pairs = set(zip(product, like, strict=True))
    both = np.array([(b, a) in pairs for a, b in zip(product, like, strict=True)], bool)
    return look.cells("product_links", "like", both, "tells of a product that tells of it", "Leave out one of the two rows.")


def nothing_recorded(look: Look) -> list[Problem]:
    """What is said of a market and product without a history changes no forecast."""
    known, found = set(map(tuple, look.case["history"][["market", "product"]].to_numpy())), []
    for table in ("promotions", "prices", "overrides"):
        rows = list(map(tuple, look.case[table][["market", "product"]].to_numpy()))
        idle = np.array([row not in known for row in rows], bool)
        found += look.lines(table, "product", idle, "has no history in its market, so the row changes no forecast", "Fill the table history.")
    return found


def a_link_with_a_past(look: Look) -> list[Problem]:
    """A link to a product that has no history anywhere changes no forecast."""
    known = set(look.case["history"]["product"])
    idle = np.array([like not in known for like in look.values("product_links", "like")], bool)
    return look.lines("product_links", "like", idle, f"has no history in any market{'' if not known else ' (' + listed(sorted(known), 4) + ' have)'}",
                      "Fill the table history.")  # fmt: skip


def window_is_kept(look: Look) -> list[Problem]:
    """A moving average of the policy forecast is not longer than what it keeps."""
    mine = (look.values("stocks", "policy") == "forecast") & (look.values("stocks", "forecast_method") == "moving_average")
    window = look.values("stocks", "forecast_window").astype(float)
    return look.cells("stocks", "forecast_window", mine & (window > MOST_WINDOW), f"is longer than {MOST_WINDOW} periods, the most that the policy forecast keeps",
                      "Write fewer periods, or choose ses with a small smoothing.")  # fmt: skip


def what_a_forecast_does_not_read(look: Look) -> list[Problem]:
    """Columns of a stock with the policy forecast that its method, or its history, makes idle."""
    if not (mine := look.values("stocks", "policy") == "forecast").any():
        return []
    method, found = look.values("stocks", "forecast_method"), []
    told = _told(look)

    def idle(column: str, mask: np.ndarray, why: str) -> None:
        values = look.values("stocks", column).astype(float)
        given = ~np.isnan(values) & (values != 1 if column == "season_periods" else True)
        found.extend(look.lines("stocks", column, mine & mask & given, f"changes nothing: {why}"))

    idle("forecast_window", method != "moving_average", "only the method moving_average reads it")
    idle("smoothing", np.isin(method, ("naive", "moving_average")), "this method has no constant")
    idle("forecast_start", told, "the history of its markets tells where the forecast begins")
    idle("season_periods", ~told, "no history of its markets gives the season a shape")
    ends = periods_of(look.case)
    season = look.values("stocks", "season_periods").astype(float)
    idle("season_periods", told & (ends < 2 * season), f"the history has {ends} periods, and the shape of a season needs two of it")
    return found


def _told(look: Look) -> np.ndarray:
    """Which stocks serve markets that all have a history."""
    markets, known = look.case["markets"], set(map(tuple, look.case["history"][["market", "product"]].to_numpy()))
    has = [pair in known for pair in zip(markets["market"], markets["product"], strict=True)]
    by_stock = pd.Series(has, dtype=bool).groupby([markets["site"].to_numpy(), markets["product"].to_numpy()]).all()
    return np.array([bool(by_stock.get(key, False)) for key in zip(look.values("stocks", "site"), look.values("stocks", "product"), strict=True)], bool)


rooms.add_table(Promotions, checks=[ends_after_it_begins, asked_for_there, window_is_kept], notes=[nothing_recorded, what_a_forecast_does_not_read])
rooms.add_table(Prices)
rooms.add_table(Overrides, checks=[made_before])
rooms.add_table(ProductLinks, checks=[another_product], notes=[a_link_with_a_past])
