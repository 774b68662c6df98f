"""Where a lot came from and where it went; and what calling it back takes, by how finely and how reliably it is recorded.

The truth is the ledger of a run.  What is known of it depends on what labels say (granularity), on how many movements are
read, on who takes part, and on whether the entry at the source was right.  What was not read is called back wherever it
may be: an unread shipment may be anything that its origin had of the product.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from weakref import ref

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from twinkit import rooms
from twinkit.capabilities.trace.flows import Flows, flows_of
from twinkit.capabilities.trace.genealogy import Genealogy, graph_of, reached
from twinkit.capabilities.trace.ledger import LEFT, WENT_IN, Ledger, ledger_of, lot_rules
from twinkit.capabilities.trace.writing import Identifiers
from twinkit.chain.layout import SP
from twinkit.run.engines import one_by_one
from twinkit.run.kpis import product_values
from twinkit.run.public import Result, study
from twinkit.run.statistics import means_of, ratio_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem, did_you_mean
from twinkit.words import counted, cut, dated, digits, percent, sure

LEVELS = ("serial", "lot", "day", "site", "product")
"""What labels and records tell apart, from the finest to the coarsest: pieces, lots, all of a day, of a site, or nothing but the product."""
MEANS = {
    "serial": "every piece has a number of its own", "lot": "the lot is known", "day": "all lots of a site and a day look alike",
    "site": "all that a site made of a product looks alike", "product": "nothing but the product is known",
}  # fmt: skip


@dataclass(frozen=True)
class Prices:
    """What a recall and records cost.

    Attributes
    ----------
    handling
        For each unit that is called back, besides its value [money/unit].
    harm
        For each bad unit that a customer had bought and that was found, or not found in time [money/unit].
    read
        Of one reading [money].
    """

    handling: float
    harm: float
    read: float


@dataclass(frozen=True, repr=False)
class Traced(Result):
    """A bad lot, and calling it back.

    Attributes
    ----------
    case
        The case.
    lot, found, granularity
        What is bad, the period in which that is found, and the level that was asked for.
    table
        For every level: units called back, and its parts, times and costs, means over the worlds with 95 % intervals.
    by_world
        Level → values by world, for pairs of them.
    places
        Where units of it are when they are called back, in the first world: place, units, sold, left.
    into
        What went into the lot, in the first world: raw lot → share.
    path
        Every place that the lot and what came of it passed, in the first world.
    went_into, complete
        Number of finished lots that the bad ones are in (their dispersion), and share of all units, sold or held, whose records lead back
        to where they began; in the first world.
    promises
        Site, product, remaining life that is promised, and share of the units sent from there that had it, in the first world.
    affected
        Units that the bad lot is in, by world [units].
    missing
        Worlds in which there was no such lot.
    ledger
        The lots of the first world.
    """

    case: Case
    lot: str
    found: int
    granularity: str
    table: pd.DataFrame
    by_world: dict[str, dict[str, np.ndarray]]
    places: pd.DataFrame
    into: dict[str, float]
    path: pd.DataFrame
    went_into: int
    complete: float
    promises: pd.DataFrame
    affected: np.ndarray
    missing: int
    ledger: Ledger

    def headline(self) -> str:
        return f"Traced {cut(self.lot, 60)} in {self.case.name}: {counted(len(self.affected), 'world')}"

    def sentences(self) -> list[str]:
        row = self.table.set_index("level").loc[self.granularity]
        three = [row[n] for n in ("recalled", "recalled_low", "recalled_high")]
        truly = float(self.affected.mean())
        told = [f"{cut(self.lot, 80)} is found to be bad on {dated(self.case.settings, self.found)}: {sure(three, 'units')} have to be called back, "
                f"{digits(row['sold'])} of them already sold. {digits(truly)} are really bad."]  # fmt: skip
        if row["caught"] < 0.9995:
            told.append(f"The recall finds {percent(row['caught'], 1)} of the bad units and misses the rest: an entry at the source was false, and no record behind it can tell.")
        finest = self.table.set_index("level").loc["lot"]
        if self.granularity in ("day", "site", "product") and finest["recalled"] < 0.98 * row["recalled"]:
            told.append(f"If the lot were known, {digits(finest['recalled'])} units would do.")
        whole = self.table.set_index("level").loc["site"]
        if self.granularity in ("serial", "lot", "day") and whole["recalled"] < 0.98 * row["recalled"]:
            told.append(f"To call back at once all that the site made would be fewer units, {digits(whole['recalled'])}: finding out takes {digits(row['days'])} days, in which more is made and sold.")
        if row["in_records"] < 0.9995:
            told.append(f"What was read leads to {percent(row['in_records'])} of the bad units; the rest is found because everything that may be bad is called back, after "
                        f"{digits(row['days'])} days.")  # fmt: skip
        return told

    def glance(self) -> pd.DataFrame:
        return self.table[["level", "recalled", "sold", "ratio", "days", "recall_cost"]]


@partial(study, limits={
    **dict.fromkeys(("read_rate", "partners", "error_rate"), (0, 1)), "worlds": (1, 100_000), "found": (0, 100_000), "delay": (0, 10_000), "manual_days": (0, 10_000),
    **dict.fromkeys(("handling_cost", "harm_cost", "read_cost"), (0, math.inf)),
})  # fmt: skip
def where_did_it_come_from(
    case: CaseLike, lot: str = "", found: int | None = None, granularity: str = "lot", read_rate: float = 1.0, delay: float = 0.0, partners: float = 1.0,
    error_rate: float = 0.0, manual_days: float = 2.0, handling_cost: float = 1.0, harm_cost: float = 50.0, read_cost: float = 0.02,
    worlds: int = 16, seed: int | None = None, *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Traced:  # fmt: skip
    """Trace a bad lot both ways, and call it back.

    Parameters
    ----------
    case
        A case; its tables `lots` and `bad_lots` say how goods are kept in lots, and which one is bad.
    lot
        Code of the lot: its name (site / product / period / number) or what its label says; "" = those of `bad_lots`.
    found
        Period in which it is found; by default what `bad_lots` says, or 7 periods after it was made.
    granularity
        What labels tell apart, one of :data:`LEVELS`.
    read_rate
        Share of the movements that are read [share].
    delay
        Periods until a reading is there for others.
    partners
        Share of the companies that take part [share].
    error_rate
        Chance that the entry at the source names another lot than the bad one [share].
    manual_days
        Periods to find out by telephone and paper what was not read, for every step of the chain that needs it.
    handling_cost, harm_cost, read_cost
        See :class:`Prices`.
    worlds, seed
        Of the run.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there is no such lot in any world, or an argument cannot be.
    """
    if granularity not in LEVELS:
        raise CaseError([Problem("trace", None, "granularity", granularity, "is no level", did_you_mean(granularity, LEVELS, f"Levels: {', '.join(LEVELS)}."))])
    if found is not None and found >= case.settings["periods"]:
        raise CaseError([Problem("trace", None, "found", str(found), "is after the end of the run", f"Periods are numbered 0 to {case.settings['periods'] - 1}.")])
    flows, ledgers = _ledgers(case, worlds, seed)
    first = ledgers(0)
    bad, when = _bad_lots(case, first, lot)
    if found is None:
        found = when if when is not None else min(max(day for _, day, _ in bad) + 7, first.flows.sent.shape[1] - 1)
    if found < (made := min(day for _, day, _ in bad)):
        hint = f"Period {made} is the first in which it can be found."
        raise CaseError([Problem("trace", None, "found", str(found), "is before the period in which the lot was bought or made", hint)])
    prices, rows, affected, missing, kept = Prices(handling_cost, harm_cost, read_cost), {level: [] for level in LEVELS}, [], 0, None
    for world in one_by_one(range(worlds), progress, cancel):
        ledger = ledgers(world)
        own = np.unique(np.concatenate([ledger.chosen(*one) for one in bad]))
        if not len(own):
            missing += 1
            continue
        known = _Known(ledger, read_rate, partners, error_rate, world)
        units = None
        for level in LEVELS:
            one = known.call_back(own, level, found, delay, manual_days, prices)
            rows[level].append(one.figures)
            units = one.affected
            if level == granularity and kept is None:
                kept = one, ledger, own
        affected.append(units)
    if kept is None:
        raise CaseError([Problem("trace", None, "lot", lot, "is made in none of the worlds", "Choose another lot, or another period in bad_lots.")])
    by_world = {level: {name: np.array([r[name] for r in found_rows]) for name in found_rows[0]} for level, found_rows in rows.items()}
    one, ledger, own = kept
    result = Traced(case, lot or _said(ledger, own), int(found), granularity, _summary(by_world), by_world, one.places, _into(ledger, own), _path(ledger, own, int(found)),
                    _dispersion(ledger, own), ledger.genealogy.chains_complete(), promises_kept(ledger), np.array(affected), missing, ledger)  # fmt: skip
    return remembered(result, "where_did_it_come_from", case=case, lot=lot, found=found, granularity=granularity, read_rate=read_rate, delay=delay, partners=partners,
                      error_rate=error_rate, manual_days=manual_days, handling_cost=handling_cost, harm_cost=harm_cost, read_cost=read_cost, worlds=worlds,
                      seed=flows.seed)  # fmt: skip


KEPT_MOVES = 500_000
"""Moves of lots from which on no further world is kept: a million take some 300 MB."""
_kept: list[tuple] = []
"""The lots of the last run: another lever of a recall changes no flow."""


def _ledgers(case: Case, worlds: int, seed: int | None) -> tuple[Flows, Callable[[int], Ledger]]:
    key = (worlds, int(case.settings["seed"] if seed is None else seed), rooms.version())
    if not _kept or _kept[0][0]() is not case or _kept[0][1] != key:
        _kept[:] = [(ref(case), key, flows_of(case, worlds, seed), {})]
    _, _, flows, kept = _kept[0]

    def of(world: int) -> Ledger:
        found = kept[world] if world in kept else ledger_of(flows, world)
        if sum(len(one.moved) for one in kept.values()) < KEPT_MOVES:
            kept[world] = found
        return found

    return flows, of


def _said(ledger: Ledger, own: np.ndarray) -> str:
    names = [ledger.names[i] for i in own[:3]]
    return "; ".join(names) + (f" and {len(own) - 3} more" if len(own) > 3 else "")


def _bad_lots(case: Case, ledger: Ledger, lot: str) -> tuple[list[tuple[int, int, int]], int | None]:
    """Stock, period and number of the bad lots, and when they are found."""
    stocks = ledger.plan.net.stocks
    at = {pair: i for i, pair in enumerate(zip(stocks["site"], stocks["product"], strict=True))}
    if lot.strip():
        i = Identifiers(ledger).find(lot)
        if i is None:
            near = did_you_mean(lot, ledger.names[:20000], f"A code is site / product / period / number, such as {ledger.names[len(ledger) // 2]}." if len(ledger) else "")
            raise CaseError([Problem("trace", None, "lot", lot, "is the code of no lot of this run", near)])
        return [(int(ledger.row[i]), int(ledger.day[i]), int(ledger.number[i]))], None
    table = case["bad_lots"]
    if table.empty:
        raise CaseError([Problem("bad_lots", None, "", "", "no lot is said to be bad", "Type the code of a lot, or add a row to the table bad_lots.")])
    bad = [(at[r["site"], r["product"]], int(r["period"]), int(r["number"])) for r in table.to_dict("records")]
    times = table["found"].dropna()
    return bad, int(times.min()) if len(times) else None


@dataclass(frozen=True)
class _Called:
    figures: dict[str, float]
    affected: float
    places: pd.DataFrame


class _Known:
    """What is recorded of a ledger in one world, with the luck of that world."""

    def __init__(self, ledger: Ledger, read_rate: float, partners: float, error_rate: float, world: int) -> None:
        self.ledger, net = ledger, ledger.plan.net
        self.lot, self.place = ledger.nodes
        self.edges = e = ledger.edges
        self.luck = np.random.default_rng(np.random.SeedSequence([ledger.flows.seed, ledger.flows.first + world, 7]))
        sites, periods = net.sites, ledger.flows.sent.shape[1]
        firm = np.array([c or s for c, s in zip(sites["company"], sites["site"], strict=True)], object)
        firms = sorted(set(firm))
        joins = dict(zip(firms, self.luck.random(len(firms)) < partners, strict=True))
        takes_part = np.array([joins[f] for f in firm], bool)[net.stock_site] if len(net.stocks) else np.zeros(0, bool)
        read = [self.luck.random((n, periods)) < read_rate for n in (len(net.lanes), len(net.lanes), len(net.recipes))]
        ends = (takes_part[net.lane_origin], takes_part[net.lane_destination], takes_part[net.recipe_stock])
        self.read = np.zeros(len(e.source), bool)
        for step, (seen, part) in enumerate(zip(read, ends, strict=True)):
            some = e.step == step
            self.read[some] = (seen & part[:, None])[e.way[some], np.maximum(e.day[some], 0)]
        self.wrong_entry = bool(self.luck.random() < error_rate)
        self.pick = float(self.luck.random())
        self.takes_part, self.read_rate = takes_part, read_rate
        self._shares: dict[tuple[int, bytes], np.ndarray] = {}
        self._there: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._labels: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def _groups(self, level: str) -> np.ndarray:
        """Number of what a level tells apart, for every lot."""
        led = self.ledger
        if level in ("serial", "lot"):
            return np.arange(len(led.row))
        if level == "day":
            return np.unique(led.row * 10**7 + led.day + 1, return_inverse=True)[1]
        products = led.plan.net.stocks["product"].to_numpy(object)
        return led.row if level == "site" else np.unique(products, return_inverse=True)[1][led.row]

    def call_back(self, own: np.ndarray, level: str, found: int, delay: float, manual_days: float, prices: Prices) -> _Called:
        """Call bad lots back with labels of a level: once by what is known when they are found, and once when all is known."""
        named = self._named_lots(own)
        _, _, steps = self._closure(named, level, found + 1)
        days = delay + manual_days * steps
        at = min(found + math.ceil(days), self.ledger.flows.sent.shape[1] - 1)
        recalled, shown, _ = self._closure(named, level, at + 1)
        held, sold = self._amounts(int(self.ledger.day[own].min()), at + 1)
        share = self._share(own, at + 1)
        in_records = np.zeros(len(share), bool)
        in_records[shown] = True
        part = np.where(in_records, share, 1.0) if level == "serial" and not self.wrong_entry else np.ones(len(share))
        truly = share * (held + sold)
        mask = np.zeros(len(share), bool)
        mask[recalled] = True
        units, was_sold = float(((held + sold) * part)[mask].sum()), float((sold * part)[mask].sum())
        caught = float(truly[mask].sum())
        value = product_values(self.ledger.plan, self.ledger.plan.net.stocks["product"])[self.ledger.row[self.lot]]
        cost = float((((held + sold) * part) * (value + prices.handling))[mask].sum()) + prices.harm * float((share * sold).sum())
        readings = self._readings(level)
        figures = {
            "recalled": units, "sold": was_sold, "left": units - was_sold, "affected": float(truly.sum()),
            "caught": caught / truly.sum() if truly.sum() > 0 else math.nan, "in_records": float(truly[in_records].sum() / truly.sum()) if truly.sum() > 0 else math.nan,
            "days": days, "places": float(len(np.unique(self.place[mask & (held + sold > 0)]))), "recall_cost": cost, "read_cost": prices.read * readings,
        }  # fmt: skip
        return _Called(figures, float(truly.sum()), self._places(mask, held * part, sold * part))

    def _amounts(self, since: int, before: int) -> tuple[np.ndarray, np.ndarray]:
        """Units that are there before a period, and that were sold since another one: what was sold earlier cannot be bad."""
        if (since, before) not in self._there:
            then = self.ledger.amounts_at(before)
            self._there[since, before] = np.maximum(then.left, 0.0), then.sold - self.ledger.amounts_at(max(since, 0)).sold
        return self._there[since, before]

    def _named_lots(self, own: np.ndarray) -> np.ndarray:
        """The lots that the entry at the source names: others of the product, of about the same days, where it is false."""
        if not self.wrong_entry:
            return own
        led = self.ledger
        near = np.flatnonzero((np.abs(led.day - led.day[own[0]]) <= 3) & (led.row == led.row[own[0]]) & ~np.isin(np.arange(len(led.row)), own))
        return near[[int(self.pick * len(near))]] if len(near) else own[:0]

    def _labelled(self, level: str) -> tuple[np.ndarray, np.ndarray]:
        """Place of everything that a level tells apart at a place, and which of these every node is."""
        if level not in self._labels:
            places = self.ledger.places[1]
            keys, of_node = np.unique(self._groups(level)[self.lot] * places + self.place, return_inverse=True)
            self._labels[level] = keys % places, of_node
        return self._labels[level]

    def _closure(self, lots: np.ndarray, level: str, before: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Nodes to call back, those that records alone show, and how many steps had to be asked for by telephone."""
        e = self.edges
        place_of, of_node = self._labelled(level)
        n, some = len(place_of), e.day < before
        source, target, read, day = of_node[e.source[some]], of_node[e.target[some]], self.read[some], e.day[some]
        if level in ("site", "product"):
            read = np.ones(len(read), bool)  # such labels need no reading: what is on them is known by the place itself
        known = graph_of(source[read], target[read], n)
        dark_from, dark_to, dark_day = place_of[source[~read]], target[~read], day[~read]
        home = self.ledger.node_of(lots, self.ledger.row[lots]) if len(lots) else np.zeros(0, np.int64)
        hit = np.zeros(n, bool)
        front = np.unique(of_node[home])
        hit[front] = True
        hit[reached(known, front)] = True
        shown, steps = hit.copy(), 0
        first = np.full(self.ledger.places[1], np.inf)
        np.minimum.at(first, self.place[home], self.ledger.day[lots])
        while True:
            arrived = hit[target]
            np.minimum.at(first, place_of[target[arrived]], day[arrived])
            more = np.unique(dark_to[(dark_day >= first[dark_from]) & ~hit[dark_to]])
            if not len(more):
                break
            hit[more] = True
            hit[reached(known, more)] = True
            steps += 1
        return np.flatnonzero(hit[of_node]), np.flatnonzero(shown[of_node]), steps

    def _share(self, own: np.ndarray, before: int) -> np.ndarray:
        """Share of the units of every node that the bad lots are in; what is no piece is bad as a whole."""
        if (before, own.tobytes()) in self._shares:
            return self._shares[before, own.tobytes()]
        e, n = self.edges, len(self.lot)
        some = e.day < before
        source, target, came = e.source[some], e.target[some], np.maximum(e.units[some], 1e-12)  # a by-product takes none of what it came with
        kinds, kind = np.unique(target * self.ledger.places[0] + self.ledger.row[self.lot[source]], return_inverse=True)
        total = np.bincount(kind, came, len(kinds))[kind]  # of every component apart: one bad component makes a piece bad
        parts = csr_array(coo_array((np.divide(came, total, out=np.zeros(len(came)), where=total > 0), (target, source)), shape=(n, n)))
        bad = np.isin(self.lot, own)
        mixes = np.zeros(n, bool)
        mixes[e.target[some][e.step[some] == WENT_IN]] = True
        whole, together = self.ledger.plan.stock_n[SP.whole] == 1.0, np.array(lot_rules(self.ledger.plan)["mixes"], bool)
        mixes &= (~whole | together)[self.ledger.row[self.lot]]
        share = bad.astype(float)
        for _ in range(n):
            new = np.where(bad, 1.0, parts @ share)
            new = np.where(mixes & (new > 1e-12), 1.0, np.minimum(new, 1.0))
            if np.abs(new - share).max(initial=0.0) < 1e-12:
                break
            share = new
        self._shares[before, own.tobytes()] = share
        return share

    def _readings(self, level: str) -> float:
        """Readings in a year that labels of a level ask for."""
        e, led = self.edges, self.ledger
        moves = e.step != WENT_IN
        part = np.where(e.step[moves] == LEFT, self.takes_part[led.plan.net.lane_origin[e.way[moves]]], self.takes_part[led.plan.net.lane_destination[e.way[moves]]])
        if level in ("site", "product"):
            count = 0.0
        elif level == "serial":
            count = float(e.units[moves][part].sum())
        else:
            lot = self._groups(level)[self.lot[e.source[moves]]]
            rows = np.column_stack([e.step[moves], e.way[moves], e.day[moves], lot])[part]
            count = float(len(np.unique(rows, axis=0)))
        days = led.flows.sent.shape[1] * float(led.plan.case.settings["period_days"])
        return count * self.read_rate * 365.0 / days

    def _places(self, mask: np.ndarray, held: np.ndarray, sold: np.ndarray) -> pd.DataFrame:
        led, stocks = self.ledger, self.ledger.plan.net.stocks
        names = np.array(led.place_names, object)
        frame = pd.DataFrame({"place": names[self.place[mask]], "product": stocks["product"].to_numpy(object)[led.row[self.lot[mask]]],
                              "left": held[mask], "sold": sold[mask]})  # fmt: skip
        frame = frame.groupby(["place", "product"], as_index=False, sort=False)[["left", "sold"]].sum()
        frame["units"] = frame["left"] + frame["sold"]
        return frame[frame["units"] > 1e-9].sort_values("units", ascending=False, kind="stable", ignore_index=True)


def _summary(by_world: dict[str, dict[str, np.ndarray]]) -> pd.DataFrame:
    rows = []
    for level, values in by_world.items():
        ends = {name: (0.0, 1.0) if name in ("caught", "in_records") else (0.0, math.inf) for name in values}
        ratio = dict(zip(("ratio", "ratio_low", "ratio_high"), ratio_interval(values["recalled"], values["affected"]), strict=True))
        rows.append({"level": level, "means": MEANS[level], **means_of(values, ends), **ratio})
    return pd.DataFrame(rows)


def _into(ledger: Ledger, own: np.ndarray) -> dict[str, float]:
    past = ledger.genealogy
    found: dict[str, float] = {}
    for lot in own[:20]:
        node = int(ledger.node_of(np.array([lot]), ledger.row[[lot]])[0])
        for name, share in past.shares(str(past.names[node])).items():
            found[name] = found.get(name, 0.0) + share / min(len(own), 20)
    return dict(sorted(found.items(), key=lambda x: -x[1]))


def _path(ledger: Ledger, own: np.ndarray, found: int) -> pd.DataFrame:
    """Where the lots and what came of them went: place, product, first and last period, units that came there and what is left."""
    e, stocks = ledger.edges, ledger.plan.net.stocks
    home = ledger.node_of(own, ledger.row[own])
    past: Genealogy = ledger.genealogy_at(found + 1)
    nodes = np.union1d(home, past.descendants(home)).astype(np.int64)
    some = np.isin(e.target, nodes) & (e.day <= found)
    lot, place = ledger.nodes
    at, day = np.concatenate([home, e.target[some]]), np.concatenate([ledger.day[own], e.day[some]])
    frame = pd.DataFrame({"place": place[at], "product": stocks["product"].to_numpy(object)[ledger.row[lot[at]]], "day": day})
    frame = frame.groupby(["place", "product"], as_index=False)["day"].agg(["min", "max"])
    sums = pd.DataFrame({"place": place[nodes], "product": stocks["product"].to_numpy(object)[ledger.row[lot[nodes]]], "sold": past.sold[nodes],
                         "left": past.balance[nodes]}).groupby(["place", "product"], as_index=False)[["sold", "left"]].sum()  # fmt: skip
    frame = frame.merge(sums, on=["place", "product"]).rename(columns={"min": "first", "max": "last"}).sort_values(["first", "place"], kind="stable", ignore_index=True)
    frame["place"] = np.array(ledger.place_names, object)[frame["place"]]
    return frame


def _dispersion(ledger: Ledger, own: np.ndarray) -> int:
    """Number of finished lots that some lots are in (Dupuy et al. 2005): those that went into no further lot."""
    past = ledger.genealogy
    found = past.descendants(ledger.node_of(own, ledger.row[own]))
    return int(np.isin(past.finished, found).sum())


def promises_kept(ledger: Ledger) -> pd.DataFrame:
    """For every stock with a promised remaining life, the share of the units sent from it that still had that [share]."""
    stocks, promised = ledger.plan.net.stocks, lot_rules(ledger.plan)["promised_life"]
    m, rows = ledger.moved, []
    for row, life in enumerate(promised):
        if life == life:
            out = m[(m[:, 2] == row) & (m[:, 3] < ledger.places[3])]
            rest = ledger.expiry[out[:, 1].astype(int)] - out[:, 0]
            dated, units = np.isfinite(rest), out[:, 4]
            kept = float(units[dated & (rest >= life)].sum() / units[dated].sum()) if units[dated].sum() > 0 else math.nan
            rows.append((stocks["site"][row], stocks["product"][row], life, kept, float(units[dated].sum())))
    return pd.DataFrame(rows, columns=["site", "product", "promised", "kept", "units"])
