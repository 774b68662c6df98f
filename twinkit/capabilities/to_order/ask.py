"""Make before or after they order?  Every decoupling point in the same worlds, calm and with parts that stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np
import pandas as pd
import scipy

from twinkit.capabilities.to_order.simulate import Run, System, run
from twinkit.capabilities.to_order.stages import Kanban, Postponed, cash_to_cash, covered, kanban, postponement
from twinkit.capabilities.to_order.tables import Catalogue, catalogue
from twinkit.run.engines import stop_if
from twinkit.run.public import Result, study
from twinkit.run.statistics import CHANGE, SHARE, mean_interval
from twinkit.study.asked import remembered
from twinkit.tables import CaseError
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem
from twinkit.words import amount, counted, digits, interval, listed

NO_FAMILIES = "This case has no table of families: add one with a product, its orders and its assembly, and a table of options; the case 'computers' is an example."
POINTS = {
    "to stock": "finished variants are kept; rare ones are made when they are ordered",
    "assemble to order": "parts are kept, units are assembled when they are ordered",
    "just in time": "parts are called off by kanban cards from suppliers nearby, several times a day, and assembled when they are ordered",
    "make to order": "parts are bought when a unit is ordered",
    "engineer to order": "the unit is engineered first, then its parts are bought",
}
"""Decoupling point → what is kept and when work begins."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Point:
    """A decoupling point, with what came of it.

    Attributes
    ----------
    name, service
        Of :data:`POINTS`; the service that its stocks are set for [share].
    calm, hit
        What came of it, as usual and while parts stop.
    stock_value
        Value of all stock, by world [money].
    earned, earned_hit
        Margin less cost of stock and of waiting, by world [money/day].
    cash
        Days of stock, receivable and payable, and the cash-to-cash cycle [days].
    """

    name: str
    service: float
    calm: Run
    hit: Run
    stock_value: np.ndarray
    earned: np.ndarray
    earned_hit: np.ndarray
    cash: tuple[float, float, float, float]

    @property
    def label(self) -> str:
        """Name, with the service where there is stock."""
        kept = self.name in ("to stock", "assemble to order")
        return f"{self.name} ({digits(100 * self.service)} %)" if kept else self.name


class ToOrder(Result):
    """Decoupling points of a product, side by side.

    Attributes
    ----------
    case, product, catalogue
        What was looked at.
    points
        Every point at every service, the one that earns most first.
    loops
        Part → its kanban loop.
    postponed
        Safety stock of finished variants, and of what they have in common.
    outage
        Days for which no part is sent, in the disrupted runs [days].
    """

    def __init__(self, case: Case, product: str, found: Catalogue, points: list[Point], loops: dict[str, Kanban], postponed: Postponed, outage: float) -> None:
        self.case, self.product, self.catalogue, self.loops, self.postponed, self.outage = case, product, found, loops, postponed, outage
        self.points = sorted(points, key=lambda p: -float(p.earned.mean()))
        self.currency = str(case.settings["currency"])

    def headline(self) -> str:
        return f"Before or after the order: {self.product}, {counted(len(self.catalogue.variants), 'variant')}"

    def best_of_each(self) -> list[Point]:
        """The best service of each point, in the order of the points."""
        return [next(p for p in self.points if p.name == name) for name in POINTS if any(p.name == name for p in self.points)]

    def sentences(self) -> list[str]:
        best, money = self.points[0], f"{self.currency}/day"
        other = next((p for p in self.points if p.name != best.name), None)
        said = []
        if other is None:
            said.append(f"{best.label.capitalize()} earns {amount(float(best.earned.mean()), money)}.")
        else:
            more = mean_interval(best.earned - other.earned)
            clear = "" if more.low > 0 else ", which these worlds do not tell apart from nothing"
            said.append(f"{best.label.capitalize()}: it earns {amount(more[0], money)} more than {other.label} ({interval(more[1], more[2], money)}){clear}.")
        said.append(f"A customer waits {amount(float(np.nanmean(best.calm.wait)), 'days')} on the mean; {amount(float(best.calm.on_time.mean()), 'share')} of the orders come "
                    f"within what was asked, {amount(float(best.calm.lost.mean()), 'share')} go elsewhere.")  # fmt: skip
        fragile = max(self.best_of_each(), key=lambda p: float((p.earned - p.earned_hit).mean()))
        said.append(f"If no part comes for {digits(self.outage)} days, {fragile.label} loses most: {amount(float((fragile.earned - fragile.earned_hit).mean()), money)} on the mean of the run; "
                    f"{best.label} loses {amount(float((best.earned - best.earned_hit).mean()), money)}.")  # fmt: skip
        said.append(f"Its cash-to-cash cycle is {amount(best.cash[3], 'days')}.")
        return said

    def glance(self) -> pd.DataFrame:
        return self.table()[["point", "wait", "on time", "lost", "stock", "earned"]]

    def table(self) -> pd.DataFrame:
        """A row for each point and service; intervals are of the means."""
        rows = []
        for p in self.points:
            row = {"point": p.label, "name": p.name, "service": p.service}
            calm, hit, some, any_money = p.calm, p.hit, (0.0, math.inf), None
            for key, values, within in (
                ("wait", calm.wait, some), ("on time", calm.on_time, SHARE), ("kept", calm.kept, SHARE), ("lost", calm.lost, SHARE), ("switched", calm.switched, SHARE), ("stock", p.stock_value, some),
                ("earned", p.earned, any_money), ("sold", calm.sold, some), ("variants", calm.variants.astype(float), some), ("hit on time", hit.on_time - calm.on_time, CHANGE),
                ("hit lost", hit.lost - calm.lost, CHANGE), ("hit wait", hit.longest - calm.longest, any_money), ("hit earned", p.earned_hit - p.earned, any_money),
            ):  # fmt: skip
                good = values[np.isfinite(values)]
                row[key], row[f"{key} low"], row[f"{key} high"] = mean_interval(good, within=within) if len(good) else (math.nan,) * 3
            row |= dict(zip(("days of stock", "receivable", "payable", "cash"), p.cash, strict=True))
            rows.append(row)
        return pd.DataFrame(rows)

    def options(self) -> pd.DataFrame:
        """Take rates as asked for and after the rules, and the kanban loop of each part."""
        frame = self.case["options"][self.case["options"]["product"] == self.product]
        return pd.DataFrame([
            {"option": r["option"], "asked": float(r["take_rate"]), "taken": self.catalogue.taken[r["option"]], "cards": self.loops[r["option"]].cards,
             "exact": self.loops[r["option"]].exact, "most": self.loops[r["option"]].most} for r in frame.to_dict("records")
        ], columns=["option", "asked", "taken", "cards", "exact", "most"])  # fmt: skip


def systems(case: Case, product: str, found: Catalogue, services: tuple[float, ...], loops: dict[str, Kanban]) -> list[tuple[str, float, System]]:
    """The system of each decoupling point; of those that keep stock, at each service.

    A base stock covers the Poisson demand of its lead time: of a part its own, of a finished variant the mean time
    that a unit takes through assembly.  Just in time has the cards of its loops.
    """
    f = case["families"].set_index("product").loc[product]
    orders, places, service_time = float(f["orders"]), int(f["places"]), float(f["assembly"])
    patience = float(f["patience"]) if f["patience"] is not None and f["patience"] == f["patience"] else math.inf
    v, c = found.parts.shape
    none_v, none_c = np.zeros(v, np.int64), np.zeros(c, np.int64)
    base = System(found.chance, found.parts, none_v, none_c, found.lead_time, orders, service_time, places, float(f["variation"]), 0.0, patience,
                  float(f["switch"]), float(f["asked_within"]))  # fmt: skip
    rows = []
    through = service_time / max(1 - min(base.load, 0.98), 0.02)
    for level in services:
        rate = orders * (found.chance @ found.parts)  # units of each part in a day
        per = np.maximum((found.parts * (found.parts > 0)).max(axis=0), 1)
        stock = (scipy.stats.poisson.ppf(level, rate / per * found.lead_time) * per + per).astype(np.int64)
        finished = scipy.stats.poisson.ppf(level, orders * found.chance * through).astype(np.int64)
        rows += [("to stock", level, replace(base, finished=finished, stock=stock)), ("assemble to order", level, replace(base, stock=stock))]
    if not pd.isna(f["call_off"]):
        size = np.maximum(np.round(found.container), 1).astype(np.int64)
        stock = np.array([k.cards for k in loops.values()]) * size
        rows.append(("just in time", services[-1], replace(base, stock=stock, lead_time=np.full(c, float(f["call_off"])), container=size, deliveries=float(f["deliveries"]))))
    rows.append(("make to order", services[-1], base))
    rows.append(("engineer to order", services[-1], replace(base, engineering=float(f["engineering"]))))
    return rows if float(f["engineering"]) > 0 else rows[:-1]


@partial(study, limits={"orders": (100, 1_000_000), "worlds": (1, 10_000), "outage": (0, 10_000), "safety": (0, 10)})
def to_order(
    case: CaseLike, product: str = "", *, services: tuple[float, ...] = (0.9, 0.98), orders: int = 3000, worlds: int = 20, outage: float = 21.0, safety: float = 0.1, seed: int = 1,
    progress: Progress | None = None, cancel: Event | None = None,
) -> ToOrder:  # fmt: skip
    """Run a product at every decoupling point.

    Parameters
    ----------
    case
        A case with the tables *families* and *options*.
    product
        Of the table of families; by default its first.
    services
        Services that stocks are set for [share].
    orders, worlds, seed
        Orders of each world, worlds, luck: all points see the same customers.
    outage
        Time for which no part is sent, in the middle of the disrupted runs [days].
    safety
        Of the kanban loops [share].
    progress, cancel
        Called with runs done and runs in all; set it to stop.

    Raises
    ------
    CaseError
        If the case has no such product, or a number cannot be.
    Cancelled
        If it was cancelled.
    """
    wrong = problems_of(case, product)
    wrong += [f"service {s!r}: must be above 0 and below 1" for s in services if not 0 < s < 1] + ([] if len(services) else ["services: give one or more"])
    if wrong:
        raise CaseError([Problem("families", None, "", "", w.rstrip(".")) for w in wrong])
    product = product or str(case["families"]["product"].iloc[0])
    f = case["families"].set_index("product").loc[product]
    try:
        found = catalogue(case, product, seed)
        rate = float(f["orders"]) * (found.chance @ found.parts)
        at_once = found.lead_time if pd.isna(f["call_off"]) else np.full(len(rate), float(f["call_off"]) + 1 / float(f["deliveries"]))
        loops = {part: kanban(max(float(r), 1e-9), max(float(lead), 1e-9), safety, float(c)) for part, r, lead, c in zip(found.parts_of, rate, at_once, found.container, strict=True)}
        todo = systems(case, product, found, tuple(services), loops)
    except ValueError as why:
        raise CaseError([Problem("options", None, "", "", str(why))]) from None
    before = math.ceil(1.2 * float(f["orders"]) * (float(found.lead_time.max(initial=0.0)) + float(f["engineering"])))  # until stock has settled
    middle = (before + 0.4 * orders) / float(f["orders"])
    points: list[Point] = []
    for i, (name, level, system) in enumerate(todo):
        runs = []
        for k, one in enumerate((system, replace(system, outage=(middle, middle + outage)))):
            stop_if(cancel)
            runs.append(run(one, orders, worlds, seed, before))
            if progress is not None:
                progress(2 * i + k + 1, 2 * len(todo))
        points.append(_point(name, level, runs[0], runs[1], found, f))
    lead = max(float(found.lead_time.max(initial=0.0)), 1e-9)
    means = (float(f["orders"]) * found.chance).tolist()
    apart = postponement(means, np.sqrt(means).tolist(), covered(max(services[-1], 0.5)), lead, holding=float(f["holding"]) / 365 * float(found.chance @ found.value))
    result = ToOrder(case, product, found, points, loops, apart, outage)
    return remembered(result, "to_order", case=case, product=product, services=tuple(services), orders=orders, worlds=worlds, outage=outage, safety=safety, seed=seed)


def _point(name: str, level: float, calm: Run, hit: Run, found: Catalogue, f: pd.Series) -> Point:
    mean_value = float(found.chance @ found.value)
    stocks, earned = [], []
    for r in (calm, hit):
        stock = r.stock * mean_value + r.part_stock @ found.part_value  # finished units at the mean value of a variant
        margin = r.mix @ (found.price - found.value)
        waiting = float(f["late_cost"]) * np.nan_to_num(r.wait) * r.sold
        stocks.append(stock)
        earned.append(margin - float(f["holding"]) / 365 * stock - waiting)
    cost, sales = float((calm.mix @ found.value).mean()), float((calm.mix @ found.price).mean())
    cash = (math.nan,) * 4
    if cost > 0 and sales > 0:
        cash = tuple(cash_to_cash(float(stocks[0].mean()), float(f["receivable_days"]) * sales, float(f["payable_days"]) * cost, cost, sales, days=1.0))
    return Point(name, level, calm, hit, stocks[0], earned[0], earned[1], cash)


def problems_of(case: Case, product: str = "") -> list[str]:
    """Sentences about why a case cannot be asked when to make."""
    known = case["families"]["product"].tolist()
    if not known:
        return [NO_FAMILIES]
    if product and product not in known:
        return [f"There is no product '{product}' in the table of families: choose {listed(known)}."]
    return []
