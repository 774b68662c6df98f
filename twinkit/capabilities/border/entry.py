"""Should we enter?  Every way into every country of the table *entries*, over years, in many worlds.

A world draws the size of each market, the value of each currency and whether goods are held; the
ways into one country see the same draws (same luck).  All amounts are money of the case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from threading import Event
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from twinkit.capabilities.border import tables
from twinkit.capabilities.border.crossing import BorderTime, safety_stock
from twinkit.capabilities.border.landed import Landed, converted, forward_rate, landed_cost, npv
from twinkit.capabilities.to_order.stages import covered
from twinkit.run.engines import one_by_one
from twinkit.run.public import Result, study
from twinkit.run.statistics import Interval, mean_interval, share_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, refuse, shown
from twinkit.words import amount, counted, digits, interval, sure

Progress = Callable[[int, int], None]
DAYS = 365.0


@dataclass(frozen=True)
class Way:
    """A way into a country, worked out.

    Attributes
    ----------
    country, product, way, currency
        What it is.
    landed, crossed
        Landed cost and duty of a unit in the first year [money/unit]; None where nothing crosses a border.
    border
        Time at the border [days].
    values
        Net present value of each world [money].
    shocked
        The same with the tariff shock [money].
    flows
        Mean cash of each year, the first before it begins [money].
    even_duty, even_volume, even_rate
        Duty [share], volume and value of the currency (× the usual) at which the mean value is 0; NaN where there is none.
    """

    country: str
    product: str
    way: str
    currency: str
    landed: Landed | None
    crossed: tables.Crossed | None
    border: BorderTime
    values: np.ndarray
    shocked: np.ndarray
    flows: np.ndarray
    even_duty: float
    even_volume: float
    even_rate: float

    @property
    def loses(self) -> Interval:
        """Share of the worlds in which it is worth less than nothing."""
        return share_interval(int((self.values < 0).sum()), len(self.values))

    @property
    def name(self) -> str:
        """Country, product and way."""
        return f"{self.country}: {self.product}, {self.way}"


class EntryPlan(Result):
    """Ways into countries, side by side.

    Attributes
    ----------
    case
        What was looked at.
    ways
        Every way, the highest mean value first.
    years, discount, shock, shock_year
        Horizon, discount rate, points added to every duty, and the year from which on.
    """

    def __init__(self, case: Case, ways: Sequence[Way], years: int, discount: float, shock: float, shock_year: int) -> None:
        self.case, self.years, self.discount, self.shock, self.shock_year = case, years, discount, shock, shock_year
        self.ways = sorted(ways, key=lambda w: -float(w.values.mean()))
        self.currency = str(case.settings["currency"])

    def headline(self) -> str:
        return f"Entry plan: {counted(len(self.ways), 'way')}, {counted(self.years, 'year')}"

    def sentences(self) -> list[str]:
        best = self.ways[0]
        mean, low, high = mean_interval(best.values)
        where, over = f"{best.way} {best.product} into {best.country}", f"over {counted(self.years, 'year')}"
        if math.isnan(low):
            first = f"In the one world that was looked at, the best way ({where}) is worth {amount(mean, self.currency)} {over}: nothing is known of how sure that is."
        elif low > 0:
            first = f"Enter: {where} is worth {amount(mean, self.currency)} {over}."
        elif high < 0:
            first = f"Do not enter: even the best way ({where}) loses {amount(-mean, self.currency)} {over}."
        else:
            first = f"Open: the best way ({where}) is worth {amount(mean, self.currency)}, and its interval holds 0 ({interval(low, high, self.currency)})."
        said = [first, f"It loses money in {sure(best.loses, 'share')} of {len(best.values):,} worlds; in the worst 5 % it is worth {amount(float(np.quantile(best.values, 0.05)), self.currency)} or less."]
        if math.isfinite(best.even_duty):
            said.append(f"It pays up to a duty of {amount(best.even_duty, 'share')}.")
        if self.shock:
            moved = float(best.shocked.mean())
            other = max(self.ways, key=lambda w: float(w.shocked.mean()))
            said.append(f"With {digits(100 * self.shock)} points more duty from year {self.shock_year} on it is worth {amount(moved, self.currency)}"
                        + ("." if other is best else f", and {other.name} is better then ({amount(float(other.shocked.mean()), self.currency)})."))  # fmt: skip
        return said

    def glance(self) -> pd.DataFrame:
        return self.table()[["country", "product", "way", "value", "loses", "landed", "border days"]]

    def table(self) -> pd.DataFrame:
        """A row for each way; ``low`` and ``high`` are the interval of the mean value."""
        rows, home, rates = [], self.currency, self.case["currencies"].set_index("currency")["rate"].to_dict()
        for w in self.ways:
            mean, low, high = mean_interval(w.values)
            shocked, slow, shigh = mean_interval(w.shocked)
            loses, loses_low, loses_high = w.loses
            rows.append({
                "country": w.country, "product": w.product, "way": w.way, "value": mean, "low": low, "high": high,
                "worst": float(np.quantile(w.values, 0.05)), "best": float(np.quantile(w.values, 0.95)), "loses": loses, "loses low": loses_low, "loses high": loses_high,
                "shocked": shocked, "shocked low": slow, "shocked high": shigh, "landed": w.landed.without_vat if w.landed else math.nan,
                "border days": w.border.mean if w.landed else math.nan, "border days 95": w.border.within(0.95) if w.landed else math.nan,
                "local": amount(converted(mean, {home: 1.0, w.currency: 1 / rates.get(w.currency, 1.0)}, home, w.currency), w.currency),
                "even duty": w.even_duty, "even volume": w.even_volume, "even rate": w.even_rate,
            })  # fmt: skip
        return pd.DataFrame(rows)

    def waterfall(self) -> pd.DataFrame:
        """Parts of the landed cost of a unit, way by way; the last row of each is their sum."""
        rows = []
        for w in self.ways:
            if w.landed:
                rows += [{"way": w.name, "part": part, "money": money} for part, money in w.landed.parts.items() if money]
                rows += [{"way": w.name, "part": "landed cost", "money": w.landed.without_vat}, {"way": w.name, "part": "import tax (got back)", "money": w.landed.vat}]
        return pd.DataFrame(rows, columns=["way", "part", "money"])

    def origin(self) -> pd.DataFrame:
        """Comply or pay, where there is an agreement."""
        rows = [{"way": w.name, "saved": w.crossed.saved, "cost": w.crossed.cost, "complies": bool(w.crossed.complies), "threshold": w.crossed.threshold}
                for w in self.ways if w.crossed and math.isfinite(w.crossed.threshold)]  # fmt: skip
        return pd.DataFrame(rows, columns=["way", "saved", "cost", "complies", "threshold"])

    def cash(self) -> pd.DataFrame:
        """Mean cash of each year, way by way."""
        return pd.DataFrame([{"way": w.name, "year": t, "cash": float(c)} for w in self.ways for t, c in enumerate(w.flows)])


@dataclass(frozen=True)
class _Asked:
    """What was asked of all ways."""

    years: int
    discount: float
    spend: float
    hedged: float
    shock_year: int
    comply: str
    holding: float
    service: float
    worlds: int
    seed: int


class _Entry:
    """A row of the table of entries, ready to be valued, with what was asked of all of them."""

    def __init__(self, case: Case, row: dict[str, Any], t: _Asked) -> None:
        self.case, self.row, self.t = case, row, t
        self.country, self.product, self.way = str(row["country"]), str(row["product"]), str(row["way"])
        product = case["products"].set_index("product").loc[self.product]
        self.origin, self.pays = str(row["origin_country"]), tables.PAID[str(row["incoterm"])]
        self.periods = [year * DAYS / float(case.settings["period_days"]) for year in range(t.years)]
        tariffs = [tables.tariff_of(case, self.origin, self.country, str(product["hs_code"]), period) for period in self.periods]
        self.quotas = [tariff if tariff and tariff["tariff"] == "quota" else None for tariff in tariffs]
        self._units: dict[tuple, tuple[Landed, tables.Crossed]] = {}
        self.frame = tables.border_of(case, self.country)
        self.border = tables.time_of(self.frame, t.spend)
        self.currency = str((self.frame or {}).get("currency", "") or case.settings["currency"])
        rows = case["rules"]
        self.rules = [dict(r) for _, r in rows[(rows["country"] == self.country) & (rows["product"] == self.product)].iterrows()]
        self.values = dict(case["products"].set_index("product")["value"])
        self._luck()

    def money(self, name: str) -> float:
        """A number of the row."""
        return float(self.row[name])

    def _draws(self, *names: str) -> np.random.Generator:
        return np.random.default_rng([self.t.seed, *(crc32(n.encode("utf-8", "replace")) for n in names)])

    def _luck(self) -> None:
        t, n, y = self.t, self.t.worlds, self.t.years
        size = self._draws("size", self.country, self.product).standard_normal(n)
        spread = self.money("volume_spread")
        self.size = np.exp(spread * size - spread**2 / 2)
        rows = self.case["currencies"].set_index("currency")
        home = str(self.case.settings["currency"])
        own = dict(rows.loc[self.currency]) if self.currency in rows.index else {"rate": 1.0, "volatility": 0.0, "interest": 0.0}
        base = float(rows["interest"].get(home, 0.0))
        sd = float(own["volatility"]) if self.currency != home else 0.0
        steps = self._draws("currency", self.currency).standard_normal((y, n))
        when = np.arange(1, y + 1)[:, None]
        spot = float(own["rate"]) * np.exp(sd * np.cumsum(steps, axis=0) - sd**2 / 2 * when)
        sure = np.array([forward_rate(float(own["rate"]), base, float(own["interest"]), float(k)) for k in range(1, y + 1)])[:, None]
        hedged = t.hedged if self.currency != home else 0.0
        self.rate = (1 - hedged) * spot + hedged * sure
        self.held = self._draws("held", self.country, self.product).random((y, n, max(len(self.rules), 1)))

    # --- a unit

    def unit(self, year: int, volume: float, shock: float) -> tuple[Landed, tables.Crossed]:
        """Landed cost of a unit in a year, and what its duty is."""
        t, row = self.t, self.money
        shock, volume = shock if year >= t.shock_year else 0.0, volume if self.quotas[year - 1] else math.inf
        if (year, volume, shock) in self._units:
            return self._units[year, volume, shock]
        own = row("unit_cost") or float(self.values.get(self.product, 0.0))  # without a cost of its own: the value of the product
        goods, entry = own + row("localisation_unit"), float((self.frame or {}).get("entry_units", 1.0))
        comply = "never" if t.comply == "best" and "duty" not in self.pays else t.comply  # who pays no duty saves none
        found = tables.crossed(self.case, self.origin, self.country, self.product, goods, row("freight") + row("insurance"), period=self.periods[year - 1],
                               volume=volume, shock=shock, comply=comply)  # fmt: skip
        extra = {"compliance": found.compliance * entry} if found.compliance else {}
        once = landed_cost(goods * entry, tables.terms_of(self.frame), freight=row("freight") * entry, insurance=row("insurance") * entry,
                           inland=row("inland") * entry, by_sea=bool(self.row["by_sea"]), duty_paid=found.duty * entry, others=extra)  # fmt: skip
        each = Landed(once.customs_value / entry, {k: v / entry for k, v in once.parts.items()}, once.vat_base / entry, once.vat / entry)
        self._units[year, volume, shock] = each, found
        return each, found

    # --- years

    def flows(self, shock: float = 0.0, more_duty: float = 0.0, volume: float = 1.0, rate: float = 1.0) -> np.ndarray:
        """Cash of the years 0, 1 … in every world, shape (years + 1, worlds) [money]."""
        t, row = self.t, self.money
        renewals = np.zeros(t.years + 1)
        for x in self.rules:
            renewals[0] += float(x["cost"])
            if x["valid"] is not None and x["valid"] == x["valid"]:
                for k in range(1, math.floor((t.years - 1e-9) / float(x["valid"])) + 1):
                    renewals[min(math.ceil(k * float(x["valid"])), t.years)] += float(x["cost"])
        found = np.zeros((t.years + 1, t.worlds))
        found[0] = -row("investment") - row("localisation") - renewals[0]
        ship = self.way == "ship"
        for y in range(1, t.years + 1):
            active = self._active(y)
            units = volume * self._expected(y) * self.size
            fines = np.zeros(t.worlds)
            for k, x in enumerate(self.rules):
                held = self.held[y - 1, :, k] < float(x["failure"]) * self._avoided() * active
                units = units * np.where(held, max(1 - float(x["hold"]) / (DAYS * active), 0.0), 1.0) if active else units
                fines += np.where(held, float(x["fine"]), 0.0)
            worth = self.rate[y - 1] * rate
            revenue = row("price") * worth * units
            if self.way == "partner":
                cash = revenue * row("royalty")
            elif ship:
                expected = volume * self._expected(y)
                each, crossed = self.unit(y, expected, shock)
                each = replace(each, parts=each.parts | {"duty": each.parts["duty"] + more_duty * each.customs_value})
                paid = each.parts["goods"] + each.parts.get("compliance", 0.0) + sum(each.parts[k] for k in self.pays)
                cash = revenue - units * paid - self._stock(expected, each)
                if (quota := self.quotas[y - 1]) and "duty" in self.pays and not crossed.complies:  # of what comes in this world
                    cash -= units * each.customs_value * (tables.quota_share(quota, units) - tables.quota_share(quota, expected))
            else:
                cash = revenue - units * (row("unit_cost") * worth + row("localisation_unit") + row("inland"))
            found[y] = cash - fines - row("fixed_cost") - renewals[y] - (t.spend if ship else 0.0)
        return found

    def _active(self, year: int) -> float:
        """Share of a year in which the product may be sold."""
        return float(np.clip(year - max((float(x["takes"]) for x in self.rules), default=0.0), 0.0, 1.0))

    def _expected(self, year: int) -> float:
        """Units of a year, on the mean [units]."""
        row = self.money
        return row("volume") * (1 + row("growth")) ** (year - 1) * (1 + row("demand_lift")) * self._active(year)

    def _avoided(self) -> float:
        halving = (self.frame or {}).get("halving")
        return 0.5 ** (self.t.spend / float(halving)) if self.way == "ship" and self.t.spend and halving is not None and halving == halving else 1.0

    def _stock(self, units: float, each: Landed) -> float:
        """Cost of goods on the way and of safety stock for the border's time, in a year: the seller's where it brings them to the customer [money/year]."""
        if "transport inland" not in self.pays:
            return 0.0
        a_day, time = units / DAYS, self.money("transit") + self.border.mean
        sd = self.money("volume_spread") * a_day  # of a day's demand: an assumption, that it varies as the year's
        kept = safety_stock(max(covered(self.t.service), 0.0), a_day, sd, time, self.border.sd)
        return self.t.holding * each.without_vat * (a_day * time + kept)

    def valued(self, shock: float) -> Way:
        """The way, worked out."""
        value = self._value
        base = self.flows()
        values = np.asarray(npv(base, self.t.discount))
        ship = self.way == "ship"
        each, crossed = self.unit(1, self._expected(1), 0.0) if ship else (None, None)
        mean = float(values.mean())
        even = math.nan
        if ship and "duty" in self.pays and each.customs_value:
            now = each.parts["duty"] / each.customs_value
            slope = mean - value(more_duty=0.1)
            even = now + 0.1 * mean / slope if slope > 0 and now + 0.1 * mean / slope >= 0 else math.nan
        return Way(
            self.country, self.product, self.way, self.currency, each, crossed, self.border, values,
            np.asarray(npv(self.flows(shock), self.t.discount)) if shock and ship else values, base.mean(axis=1), even,
            _root(lambda f: value(volume=f)), _root(lambda f: value(rate=f)),
        )  # fmt: skip

    def _value(self, **more: float) -> float:
        return float(np.mean(npv(self.flows(**more), self.t.discount)))


def _root(of: Callable[[float], float], low: float = 0.01, high: float = 20.0) -> float:
    """Where a mean value passes 0; NaN where it does not between the ends."""
    a, b = of(low), of(high)
    return float(brentq(of, low, high, xtol=1e-4)) if a * b < 0 else math.nan


@partial(study, limits={
    "years": (1, 50), "discount": (-0.99, 10), "spend": (0, math.inf), "hedged": (0, 1), "shock": (0, 50), "shock_year": (1, 50), "holding": (0, 10),
    "service": (0.01, 0.9999), "worlds": (1, 1_000_000),
})  # fmt: skip
def enter_country(
    case: CaseLike, *, years: int = 5, discount: float = 0.1, spend: float = 0.0, hedged: float = 0.0, shock: float = 0.0, shock_year: int = 2,
    comply: str = "best", holding: float = 0.2, service: float = 0.95, worlds: int = 1000, seed: int = 1,
    progress: Progress | None = None, cancel: Event | None = None,
) -> EntryPlan:  # fmt: skip
    """Value every way of the table *entries* into a country.

    Parameters
    ----------
    case
        A case with the tables *entries* and, where they matter, *tariffs*, *agreements*, *border*, *currencies* and *rules*.
    years, discount
        Horizon [years] and discount rate [share/year].
    spend
        On compliance, for each way that ships [money/year].
    hedged
        Share of the revenue in other currencies that is sold forward, by covered interest parity [share].
    shock, shock_year
        Points that are added to every duty, from a year on [share; year].
    comply
        "best": where it pays; "never"; "always", where it can be done.
    holding, service
        Cost of stock in a year as a share of its landed cost, and the service that safety stock is for [share].
    worlds, seed
        How many, and of which luck.
    progress, cancel
        Called with ways done and ways in all; set it to stop.

    Raises
    ------
    CaseError
        If the case has no entries, or an argument cannot be.
    Cancelled
        If it was cancelled.
    """
    wrong = []
    if comply not in ("best", "never", "always"):
        wrong.append(Problem("enter_country", None, "comply", shown(comply), "must be best, never or always"))
    if not len(case["entries"]):
        wrong.append(Problem("entries", None, "", "", "has no rows", "Name a country, a product and a way (ship, make, partner); 'scooters' is an example."))
    refuse(wrong)
    t = _Asked(int(years), discount, spend, hedged, int(shock_year), comply, holding, service, int(worlds), int(seed))
    ways = [_Entry(case, row, t).valued(shock) for row in one_by_one(case["entries"].to_dict("records"), progress, cancel)]
    return remembered(EntryPlan(case, ways, t.years, discount, shock, t.shock_year), "enter_country", case=case, shock=shock, **asdict(t))
