"""The table of candidates, and what it and a case make of it: plants that may be opened for the markets of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.border.tables import crossed
from twinkit.capabilities.siting.network import Plants
from twinkit.chain.plan import mean_demand
from twinkit.columns import Column
from twinkit.study.stocking import demand_spreads
from twinkit.tables.case import Case
from twinkit.tables.emissions import great_circle
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem
from twinkit.tables.words import flag_column, name_column

DAYS = 365.0


class Candidates:
    """A plant that may be opened: a place, with a size and what it costs."""

    table, key = "candidates", ("place", "size")
    place = name_column("place of the plant")
    size = name_column("name of the size: small, large, 3D printing …", start="")
    country = name_column("country of the place, for duties", start="")
    latitude = Column("degrees", "latitude, north positive", low=-90, high=90)
    longitude = Column("degrees", "longitude, east positive", low=-180, high=180)
    fixed_cost = Column("money/year", "cost of the plant being open, whatever it makes", start=0.0, low=0)
    tooling = Column("money", "paid once for building and tools", start=0.0, low=0)
    life = Column("years", "years over which that is spread", start=10.0, low=0.1)
    capacity = Column("units/year", "units that it can make, of all products; empty = no limit", start=None, low=0)
    unit_cost = Column("money/unit", "cost of making a unit of any product", start=0.0, low=0)
    value_share = Column("share", "cost of materials, as a share of the value of the product", start=0.0, low=0, high=10)
    quality = Column("share", "share of the units that are good", start=1.0, low=0.01, high=1)
    ramp_up = Column("years", "time until it makes its capacity, evenly from none; that part of the life is lost", start=0.0, low=0)
    emissions = Column("kg CO2e/unit", "emissions of making a unit", start=0.0, low=0)
    existing = flag_column("it stands already: then tooling is paid, and closing it costs", False)
    closing_cost = Column("money", "paid once if it is closed", start=0.0, low=0)


def _idle(look: Look) -> list[Problem]:
    capacity = look.values("candidates", "capacity").astype(float)
    return look.lines("candidates", "capacity", capacity == 0, "is 0: the plant can make nothing")


def _closes(look: Look) -> list[Problem]:
    useless = (look.values("candidates", "closing_cost").astype(float) > 0) & ~look.values("candidates", "existing").astype(bool)
    return look.lines("candidates", "closing_cost", useless, "acts where `existing` is yes alone: this plant does not stand yet")


rooms.add_table(Candidates, notes=[_idle, _closes])


@dataclass(frozen=True)
class Economy:
    """What everything costs besides the plants.

    Attributes
    ----------
    freight, freight_tonne
        For a unit and a kilometre, and for a tonne and a kilometre [money/unit/km; money/t/km].
    detour
        Length of a way, as a multiple of the distance as the crow flies.
    tariff_shock
        Points that are added to every duty between countries [share].
    carbon, carbon_tonne_km
        Price of emissions [money/t CO2e]; emissions of freight [kg CO2e/t/km].
    closing_years
        Years over which the cost of closing is spread.
    """

    freight: float = 0.0
    freight_tonne: float = 0.1
    detour: float = 1.2
    tariff_shock: float = 0.0
    carbon: float = 0.0
    carbon_tonne_km: float = 0.1
    closing_years: float = 10.0


class Ground:
    """Candidates and markets of a case, as arrays.

    Attributes
    ----------
    case
        The case.
    needs
        A row for each market and product: names, place, country, units a year, price, value, mass.
    distance
        From each candidate to each need, shape (P, J) [km].
    sunk
        What closing all existing plants would cost in a year: a constant that the programme leaves out [money/year].
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.candidates = case["candidates"].reset_index(drop=True)
        self.needs = _needs(case)
        c, n = self.candidates, self.needs
        self.distance = np.array([great_circle(a, b, n["latitude"].to_numpy(float), n["longitude"].to_numpy(float))
                                  for a, b in zip(c["latitude"], c["longitude"], strict=True)]).reshape(len(c), len(n))  # fmt: skip
        self._costs: dict[Economy, np.ndarray] = {}
        self.names = [f"{p} {s}".strip() for p, s in zip(c["place"], c["size"], strict=True)]

    def cost(self, e: Economy) -> np.ndarray:
        """Cost of serving each need from each candidate, shape (P, J) [money/unit]."""
        if e in self._costs:
            return self._costs[e]
        c, n = self.candidates, self.needs
        value, mass = n["value"].to_numpy(float), n["mass"].to_numpy(float)
        km = self.distance * e.detour
        freight = km * (e.freight + e.freight_tonne * mass / 1000)
        make = c["unit_cost"].to_numpy(float)[:, None] + c["value_share"].to_numpy(float)[:, None] * value
        made, moved = c["emissions"].to_numpy(float)[:, None], km * e.carbon_tonne_km * mass / 1000
        good = c["quality"].to_numpy(float)[:, None]  # what is no good was made, and had its emissions, too
        self._costs[e] = make / good + freight + self.duty(e, freight) + e.carbon / 1000 * (made / good + moved)
        return self._costs[e]

    def duty(self, e: Economy, freight: np.ndarray) -> np.ndarray:
        """Duty of a unit on each way with what it costs to originate where that pays, by the tables of borders, shape (P, J) [money/unit]."""
        found, value = np.zeros(freight.shape), self.needs["value"].to_numpy(float)
        here, there, goods = (np.asarray(v, object) for v in (self.candidates["country"], self.needs["country"], self.needs["product"]))
        for a in set(here) - {""}:
            for b, product in set(zip(there, goods, strict=True)):
                at = np.ix_(np.flatnonzero(here == a), np.flatnonzero((there == b) & (goods == product)))
                once = crossed(self.case, a, b, product, np.broadcast_to(value, freight.shape)[at], freight[at], shock=e.tariff_shock)
                found[at] = once.duty + once.compliance
        return found

    def plants(self, e: Economy, lost: bool = False) -> Plants:
        """What may be opened.

        Parameters
        ----------
        e
            What everything costs.
        lost
            Whether a need may be left unserved, at its price (what making it would have cost is saved) or, without a price, at its value.
        """
        c, n = self.candidates, self.needs
        once = np.where(c["existing"].astype(bool), 0.0, c["tooling"].to_numpy(float) / c["life"].to_numpy(float))
        closing = np.where(c["existing"].astype(bool), c["closing_cost"].to_numpy(float) / e.closing_years, 0.0)
        self.sunk = float(closing.sum())
        lived = np.clip(1 - c["ramp_up"].to_numpy(float) / (2 * c["life"].to_numpy(float)), 0.0, 1.0)
        capacity = c["capacity"].astype(float).fillna(np.inf).to_numpy() * lived * c["quality"].to_numpy(float)
        price, value = n["price"].to_numpy(float), n["value"].to_numpy(float)
        return Plants(
            self.names, c["fixed_cost"].to_numpy(float) + once - closing, self.cost(e), n["units"].to_numpy(float), capacity, c["place"].tolist(),
            np.where(price > 0, price, value) if lost else np.inf,
        )  # fmt: skip

    @property
    def total(self) -> float:
        """Units of all needs [units/year]."""
        return float(self.needs["units"].sum())


def _needs(case: Case) -> pd.DataFrame:
    """A row for each market and product, with what the programme needs to know of it."""
    sites, products = case["sites"].set_index("site"), case["products"].set_index("product")
    markets, year, rows = case["markets"], DAYS / float(case.settings["period_days"]), []
    for m, mean, sd in zip(markets.to_dict("records"), mean_demand(case, markets).mean(axis=1), demand_spreads(case, markets), strict=True):
        site, product = sites.loc[m["site"]], products.loc[m["product"]]
        at: dict[str, Any] = {k: m[k] if m[k] is not None and m[k] == m[k] else site[k] for k in ("latitude", "longitude")}
        rows.append({
            "market": m["market"], "product": m["product"], **at, "country": str(site["country"]),
            "units": float(mean) * year / float(m["every"]), "spread": float(sd) * np.sqrt(year / float(m["every"])), "price": float(m["price"]), "value": float(product["value"]),
            "mass": float(product["mass"]) if product["mass"] == product["mass"] else 0.0,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["market", "product", "latitude", "longitude", "country", "units", "spread", "price", "value", "mass"])
