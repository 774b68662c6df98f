"""Who gets paid when: the clauses between companies, fired by the flows of a run, and the cash that they move.

Paper and a contract that acts by itself see the same flows and the same luck.  On paper an invoice follows a delivery after some
days, some invoices are disputed, and penalties, rebates and shares are settled from time to time; a contract that acts by
itself does each on the day of the event.  Neither makes anybody richer: money that one company gets another one has paid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.contracts.tables import CUSTOMERS
from twinkit.capabilities.trace.flows import Flows, flows_of
from twinkit.capabilities.trace.writing import lane_temperatures, shipment_temperature
from twinkit.chain.chain import Chain
from twinkit.chain.layout import SP, UNLIMITED
from twinkit.chain.plan import plan_of
from twinkit.run.engines import Cancelled
from twinkit.run.kpis import product_values
from twinkit.run.public import study
from twinkit.run.statistics import mean_interval, share_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem

PAPER, SMART = WAYS = ("paper", "smart")
NEVER = 10**9
"""A period that never comes."""
FIGURES = ("lowest", "end", "received", "paid", "interest", "fees", "penalties", "unpaid", "dso", "dio", "dpo", "cash_to_cash")


@dataclass(frozen=True)
class Terms:
    """How contracts are carried out.

    Attributes
    ----------
    smart
        By themselves; else on paper.
    invoice
        Periods from a delivery to its invoice, on paper [periods].
    dispute_rate, dispute
        Share of the invoices that are disputed, on paper, and for how long [share], [periods].
    smart_fee
        Of each delivery, where contracts act by themselves [money].
    false_alarms
        Share of the shipments with a sensor that it calls too warm though they were not [share].
    """

    smart: bool
    invoice: int
    dispute_rate: float
    dispute: int
    smart_fee: float
    false_alarms: float


@dataclass(frozen=True)
class Paid:
    """The cash of every company.

    Attributes
    ----------
    case, companies
        What was looked at, and its companies.
    cash
        Way → cash at the end of every period, shape (companies, periods, worlds) [money].
    figures
        Way → figure → by company and world, shape (companies, worlds).
    broke
        Way → period after which a company cannot pay any more; never where it always can, shape (companies, worlds).
    disputes
        Way → disputes by world.
    transfers
        Way → what companies have paid each other, by seller, buyer and kind: a table of means.
    """

    case: Case
    companies: list[str]
    cash: dict[str, np.ndarray]
    figures: dict[str, dict[str, np.ndarray]]
    broke: dict[str, np.ndarray]
    disputes: dict[str, np.ndarray]
    transfers: dict[str, pd.DataFrame]

    def table(self, way: str = PAPER) -> pd.DataFrame:
        """Every company under a way: figures as means with 95 % intervals, and in what share of the worlds it runs out of money."""
        rows = []
        for i, company in enumerate(self.companies):
            row: dict[str, Any] = {"company": company}
            for name, values in self.figures[way].items():
                good = values[i][np.isfinite(values[i])]
                row[name], row[f"{name}_low"], row[f"{name}_high"] = mean_interval(good) if len(good) else (np.nan,) * 3
            out = self.broke[way][i] < NEVER
            row["broke"], row["broke_low"], row["broke_high"] = share_interval(int(out.sum()), len(out))
            rows.append(row)
        return pd.DataFrame(rows)

    def difference(self) -> pd.DataFrame:
        """Contracts that act by themselves less paper, paired by world: for every company the means and their 95 % intervals."""
        rows = []
        for i, company in enumerate(self.companies):
            row: dict[str, Any] = {"company": company}
            for name in FIGURES:
                pairs = self.figures[SMART][name][i] - self.figures[PAPER][name][i]
                good = pairs[np.isfinite(pairs)]
                row[name], row[f"{name}_low"], row[f"{name}_high"] = mean_interval(good) if len(good) else (np.nan,) * 3
            rows.append(row)
        return pd.DataFrame(rows)


@partial(study, limits={
    "invoice_days": (0, 10_000), "dispute_rate": (0, 1), "dispute_days": (0, 10_000), "smart_fee": (0, math.inf), "false_alarms": (0, 1),
    "longer_terms": (-10_000, 10_000), "worlds": (1, 100_000),
})  # fmt: skip
def who_gets_paid(
    case: Case, invoice_days: int = 4, dispute_rate: float = 0.05, dispute_days: int = 21, smart_fee: float = 1.0, false_alarms: float = 0.0,
    longer_terms: int = 0, worlds: int = 16, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Paid:  # fmt: skip
    """The cash of every company of a chain, on paper and by contracts that act by themselves.

    Parameters
    ----------
    case
        A case with the table `clauses`.
    invoice_days, dispute_rate, dispute_days, smart_fee, false_alarms
        See :class:`Terms` [periods, share, periods, money, share].
    longer_terms
        Periods that every payment term is longer (shorter, if below 0).
    worlds, seed
        Of the run.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there are no clauses, or an argument cannot be.
    """
    if case["clauses"].empty:
        raise CaseError([Problem("clauses", None, "", "", "has no rows", "Write what a seller and a buyer have agreed; 'mangoes' is an example.")])
    plan = plan_of(case)
    base = flows_of(plan, worlds, seed)
    result: dict[str, tuple] = {}
    for n, way in enumerate(WAYS):
        terms = Terms(way == SMART, invoice_days, dispute_rate, dispute_days, smart_fee, false_alarms if way == SMART else 0.0)
        flows, books = base, _Books(base, terms, longer_terms)
        broke = np.full((len(books.companies), worlds), NEVER)
        for _ in range(len(books.companies) + 1):
            if cancel is not None and cancel.is_set():
                raise Cancelled
            cash = books.keep(broke)
            newly = _first_broke(cash, books.credit, broke)
            if not newly.any():
                break
            broke = np.where(newly, np.minimum(broke, _days_broke(cash, books.credit)), broke)
            flows = flows_of(plan, worlds, seed, prepare=lambda chain, broke=broke, books=books: _stop(chain, broke, books.companies))
            books = _Books(flows, terms, longer_terms)
        result[way] = (cash, books.figures(cash), broke, books.disputes, books.transfers())
        if progress is not None:
            progress(n + 1, len(WAYS))
    parts = [{way: result[way][k] for way in WAYS} for k in range(5)]
    found = Paid(case, books.companies, *parts)
    return remembered(found, "who_gets_paid", case=case, invoice_days=invoice_days, dispute_rate=dispute_rate, dispute_days=dispute_days, smart_fee=smart_fee,
                      false_alarms=false_alarms, longer_terms=longer_terms, worlds=worlds, seed=base.seed)  # fmt: skip


def _days_broke(cash: np.ndarray, credit: np.ndarray) -> np.ndarray:
    """First period at whose end a company owes more than it may, shape (companies, worlds)."""
    below = cash < -credit[:, None, None] - 1e-9
    return np.where(below.any(axis=1), below.argmax(axis=1), NEVER)


def _first_broke(cash: np.ndarray, credit: np.ndarray, broke: np.ndarray) -> np.ndarray:
    """In every world the companies that are the next to run out of money: what comes later depends on them."""
    days = np.where(broke < NEVER, NEVER, _days_broke(cash, credit))
    return (days == days.min(axis=0)) & (days < NEVER)


def _stop(chain: Chain, broke: np.ndarray, companies: list[str]) -> None:
    """Who cannot pay orders nothing any more, from the next period on."""
    stocks, firm = chain.plan.net.stocks, _firm_of_site(chain.plan)
    for i, company in enumerate(companies):
        days = sorted({int(d) for d in broke[i] if d + 1 < chain.plan.periods})
        for start, end in zip(days, [*days[1:], chain.plan.periods - 1][: len(days)], strict=True):
            units = np.where(broke[i] <= start, 0.0, -1.0)
            for site, product, policy in zip(stocks["site"], stocks["product"], stocks["policy"], strict=True):
                if firm[site] == company and policy != "unlimited":
                    chain.override(site, product, units, start + 1, end + 1)


def _firm_of_site(plan) -> dict[str, str]:
    sites = plan.net.sites
    return {s: c or s for s, c in zip(sites["site"], sites["company"], strict=True)}


class _Books:
    """The books of all companies for one run and one way of carrying contracts out."""

    def __init__(self, flows: Flows, terms: Terms, longer: int) -> None:
        self.flows, self.plan, self.terms = flows, flows.plan, terms
        net, case = flows.plan.net, flows.plan.case
        firm = _firm_of_site(flows.plan)
        own = case["companies"].set_index("company")
        named = [*case["clauses"]["seller"], *case["clauses"]["buyer"], *own.index]
        self.companies = [c for c in dict.fromkeys([*firm.values(), *named]) if c != CUSTOMERS]
        at = {c: i for i, c in enumerate(self.companies)}
        self.site = {s: at[c] for s, c in firm.items()}

        def of(name: str, other: float) -> np.ndarray:
            return np.array([own[name].get(c, other) if c in own.index else other for c in self.companies], float)

        self.start, self.interest, self.early = of("cash", 0.0), of("interest", 0.0), of("early", 1.0)
        self.credit = np.where(np.isnan(credit := of("credit", np.nan)), np.inf, credit)
        self.periods, self.worlds = flows.sent.shape[1], flows.worlds
        self.days = float(case.settings["period_days"])
        self.stock = np.array([self.site[s] for s in net.stocks["site"]], int)
        self.values = product_values(flows.plan, net.stocks["product"])
        self.longer = longer
        self.entries: list[tuple[str, int, int, np.ndarray, np.ndarray]] = []
        self.outside = np.zeros((len(self.companies), self.periods, self.worlds))
        self.escrow = np.zeros_like(self.outside)
        self.released: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.fees = np.zeros((len(self.companies), self.worlds))
        self.disputes = np.zeros(self.worlds)
        self._clauses()
        self._customers()
        self._costs()

    # --- what is owed

    def _owe(self, kind: str, seller: int, buyer: int, money: np.ndarray, delay: np.ndarray | int) -> None:
        """Money that a buyer owes a seller from a period on, and pays after a delay; below 0 it is the other way round."""
        self.entries.append((kind, seller, buyer, money, np.broadcast_to(np.asarray(delay, int), money.shape)))

    def _luck(self, lane: int, what: int) -> np.ndarray:
        """Uniform draws by period and world; the same for both ways, whatever else a case has."""
        seed = np.random.SeedSequence([self.flows.seed, self.flows.first, lane, what, 13])
        return np.random.default_rng(seed).random((self.periods, self.worlds))

    def _clauses(self) -> None:
        net, clauses = self.plan.net, self.plan.case["clauses"]
        worth = self.plan.case["products"].set_index("product")["value"].to_dict()
        whole = {(r["seller"], r["buyer"], r["product"]): r for r in clauses.to_dict("records")}
        degrees, markets = lane_temperatures(self.plan), len(net.lanes)
        for lane, row in enumerate(net.lanes[["origin", "destination", "product"]].itertuples(index=False)):
            a, b = self.site[row.origin], self.site[row.destination]
            if a == b:
                continue
            names = self.companies[a], self.companies[b]
            clause = whole.get((*names, row.product)) or whole.get((*names, "")) or _plain(row.product)
            price = float(clause["price"]) if clause["price"] is not None and clause["price"] == clause["price"] else float(worth[row.product])
            self._delivered(clause, lane, a, b, price, degrees[lane], markets)

    def _delivered(self, c: Mapping, lane: int, a: int, b: int, price: float, degrees: np.ndarray, n_lanes: int) -> None:
        terms, f = self.terms, self.flows
        came, left, lost = f.kept["lanes.arrived"][lane], f.sent[lane], f.kept["lanes.lost_on_way"][lane]
        money, some = price * came, came > 1e-9
        disputed = np.zeros(came.shape, bool)
        if np.isfinite(degrees[0]) and c["warmest"] is not None and c["warmest"] == c["warmest"]:
            top = np.array([[shipment_temperature(f.seed, f.first + r, lane, t, *degrees)[1] if some[t, r] else -300.0 for r in range(self.worlds)] for t in range(self.periods)])
            warm = (top > float(c["warmest"])) | (some & (self._luck(lane, 2) < terms.false_alarms))
            money = np.where(warm, money * (1.0 - c["warm_deduction"]), money)
            disputed |= warm & some & (not terms.smart)
        if not terms.smart:
            disputed |= some & (self._luck(lane, 0) < terms.dispute_rate)
        self.disputes += disputed.sum(axis=0)
        wait = np.where(disputed, terms.dispute, 0) + (0 if terms.smart else terms.invoice)
        early = (self._luck(lane, 1) < self.early[b]) & (c["early_discount"] > 0)
        term = np.maximum(np.where(early, c["early_term"], int(c["payment_term"]) + self.longer), 0)
        aside = float(c["escrow"])
        self._owe("goods", a, b, money * (1.0 - aside) * np.where(early, 1.0 - c["early_discount"], 1.0), wait + term)
        if aside > 0.0:
            self.escrow[b] += price * aside * (left - lost)
            self.released.append((b, price * aside * came, np.broadcast_to(np.asarray(wait, int), came.shape)))
            self._owe("escrow", a, b, money * aside, wait)
        opening = price * float(self.plan.flows.lane[lane]) * (1.0 - aside)
        for t in range(int(c["payment_term"]) + max(self.longer, -int(c["payment_term"])) + (0 if terms.smart else terms.invoice)):
            if t < self.periods:  # what was delivered before the run falls due in it
                self._owe_at("before the run", a, b, opening, t)
        self._settled(c, lane, a, b, price, came)
        fee = terms.smart_fee if terms.smart else float(c["fee"])
        self.outside[b] -= fee * some
        self.fees[b] += (fee * some).sum(axis=0)
        waits = f.kept["claims.backlog"][lane], f.kept["claims.lost"][lane]
        self._fine("late", c, a, b, -float(c["late_penalty"]) * waits[0])
        self._fine("short", c, a, b, -float(c["short_penalty"]) * waits[1])
        self._fine("bought back", c, a, b, -float(c["buy_back"]) * self._share_of(lane) * self.flows.kept["stocks.expired"][self.plan.net.lane_destination[lane]])
        if c["revenue_share"] > 0:
            net, row = self.plan.net, self.plan.net.lane_destination[lane]
            for m in range(len(net.markets)):
                site, product = net.markets["site"][m], net.markets["product"][m]
                if self.site[site] == b and product == net.stocks["product"][row] and net.stocks["site"][row] == site:
                    self._fine("share of revenue", c, a, b, float(c["revenue_share"]) * self._share_of(lane) * float(net.markets["price"][m]) * f.sent[n_lanes + m])

    def _share_of(self, lane: int) -> float:
        """Share of a lane in all that its destination was sent of the product, in the mean flow."""
        net, flow = self.plan.net, self.plan.flows.lane
        same = net.lane_destination == net.lane_destination[lane]
        return float(flow[lane] / flow[same].sum()) if flow[same].sum() > 0 else 1.0 / same.sum()

    def _owe_at(self, kind: str, a: int, b: int, money: float, period: int) -> None:
        amount = np.zeros((self.periods, self.worlds))
        amount[0] = money
        self._owe(kind, a, b, amount, period)

    def _windows(self, c: Mapping) -> np.ndarray:
        """Last period of the settlement of every period."""
        size = int(c["settlement"])
        t = np.arange(self.periods)
        return np.minimum((t // size + 1) * size - 1, self.periods - 1)

    def _settled(self, c: Mapping, lane: int, a: int, b: int, price: float, came: np.ndarray) -> None:
        """Rebates and take-or-pay, when a settlement is over."""
        if not (c["take_or_pay"] > 0 or (c["rebate"] > 0)):
            return
        ends = self._windows(c)
        units = np.zeros_like(came)
        np.add.at(units, ends, came)
        last = np.zeros(self.periods, bool)
        last[ends] = True
        full = (np.arange(self.periods) + 1) % int(c["settlement"]) == 0
        money = -float(c["rebate"]) * price * np.maximum(units - float(c["rebate_from"]), 0.0)
        money += price * np.maximum(float(c["take_or_pay"]) - units, 0.0) * full[:, None]  # a settlement that the run cuts off is not charged
        money *= last[:, None]
        self._owe("rebate and take-or-pay", a, b, money, int(c["payment_term"]) + self.longer if int(c["payment_term"]) + self.longer > 0 else 0)

    def _fine(self, kind: str, c: Mapping, a: int, b: int, money: np.ndarray) -> None:
        """A penalty or share: at once where contracts act by themselves, else at the end of the settlement and after an invoice."""
        if not money.any():
            return
        wait = 0 if self.terms.smart else (self._windows(c) - np.arange(self.periods) + self.terms.invoice)[:, None]
        self._owe(kind, a, b, money, wait)

    def _customers(self) -> None:
        """Customers pay what markets say, at once or as a clause with them says; nobody else is behind them."""
        net, n_lanes, clauses = self.plan.net, len(self.plan.net.lanes), self.plan.case["clauses"]
        whole = {(r["seller"], r["product"]): r for r in clauses.to_dict("records") if r["buyer"] == CUSTOMERS}
        self.sales = np.zeros_like(self.outside)
        self.from_customers: list[tuple[int, np.ndarray, int]] = []
        for m in range(len(net.markets)):
            i = self.site[net.markets["site"][m]]
            c = whole.get((self.companies[i], net.markets["product"][m])) or whole.get((self.companies[i], ""))
            price = float(net.markets["price"][m]) if c is None or c["price"] is None or c["price"] != c["price"] else float(c["price"])
            back = self.flows.kept["markets.returned"][m]
            money = np.nan_to_num(price) * (self.flows.sent[n_lanes + m] - back)
            self.sales[i] += money
            delay = 0 if c is None else max(int(c["payment_term"]) + self.longer, 0)
            self.from_customers.append((i, money, delay))

    def _costs(self) -> None:
        """What is paid outside the chain, when it arises: purchases of endless sources, production, freight, keeping stock."""
        net, k, sent = self.plan.net, self.flows.kept, self.flows.sent

        def spend(site: str, money: np.ndarray) -> None:
            self.outside[self.site[site]] -= money

        endless = self.plan.stock_n[SP.policy] == UNLIMITED
        for lane, row in enumerate(net.lanes.itertuples(index=False)):
            o = net.lane_origin[lane]
            money = float(row.transport_cost) * sent[lane] + float(row.shipment_cost) * (sent[lane] > 1e-9)
            if endless[o]:
                money = money + float(np.nan_to_num(net.stocks["unit_cost"][o])) * sent[lane]
            spend(row.origin, money)
        for r, row in enumerate(net.recipes.itertuples(index=False)):
            spend(row.site, float(row.unit_cost) * k["recipes.started"][r])
        for s, row in enumerate(net.stocks.itertuples(index=False)):
            if not endless[s]:
                spend(row.site, float(row.holding_cost) * k["stocks.on_hand"][s])

    # --- what is paid

    def keep(self, broke: np.ndarray) -> np.ndarray:
        """Cash at the end of every period, if some companies cannot pay any more after a period, shape (companies, periods, worlds)."""
        n, T, R = self.outside.shape
        flow = self.outside - self.escrow
        self.receivable, self.payable = np.zeros((n, T + 1, R)), np.zeros((n, T + 1, R))
        self.unpaid, self.done = np.zeros((n, R)), []
        when, world = np.arange(T)[:, None], np.broadcast_to(np.arange(R), (T, R))
        for kind, seller, buyer, money, delay in self.entries:
            due = when + delay
            payer = np.where(money >= 0, buyer, seller)
            can = (due <= np.where(money >= 0, broke[buyer], broke[seller])) | (kind == "escrow")  # what was put aside is there
            now = (due < T) & can
            at = np.minimum(due, T)
            paid = np.zeros((T + 1, R))
            np.add.at(paid, (np.where(now, at, T), world), np.where(now, money, 0.0))
            flow[seller] += paid[:T]
            flow[buyer] -= paid[:T]
            for book, company in ((self.receivable, seller), (self.payable, buyer))[: 1 if kind == "escrow" else 2]:
                book[company, :T] += np.maximum(money, 0.0)
                np.add.at(book[company], (at, world), -np.where(now, np.maximum(money, 0.0), 0.0))
            self.unpaid[seller] += np.where((due < T) & ~can & (payer == buyer), money, 0.0).sum(axis=0)
            self.done.append((kind, seller, buyer, paid[:T].sum(axis=0)))
        for buyer, money, delay in self.released:
            back = np.zeros((T + 1, R))
            np.add.at(back, (np.minimum(when + delay, T), world), money)
            flow[buyer] += back[:T]
        for i, money, delay in self.from_customers:
            flow[i, delay:] += money[: T - delay] if delay else money
            self.receivable[i, :T] += money
            self.receivable[i, delay:T] -= money[: T - delay] if delay else money
        cash, owed = np.zeros_like(flow), np.zeros((n, R))
        before = np.repeat(self.start[:, None], R, axis=1)
        rate = (self.interest * self.days / 365.0)[:, None]
        for t in range(T):
            cost = rate * np.maximum(-before, 0.0)
            owed += cost
            before = before + flow[:, t] - cost
            cash[:, t] = before
        self.flow, self.interest_paid = flow, owed
        return cash

    def figures(self, cash: np.ndarray) -> dict[str, np.ndarray]:
        """Figures by company and world, shape (companies, worlds)."""
        n, T, R = self.outside.shape
        received, paid, penalties = self.sales.sum(axis=1).copy(), np.zeros((n, R)), np.zeros((n, R))
        bought, sold = np.zeros((n, R)), self.sales.sum(axis=1).copy()
        for kind, seller, buyer, money in self.done:
            received[seller] += np.maximum(money, 0.0)
            paid[buyer] += np.maximum(money, 0.0)
            if kind in ("late", "short", "bought back"):
                penalties[seller] -= money
        for kind, seller, buyer, money, _ in self.entries:
            if kind in ("goods", "escrow"):
                total = money.sum(axis=0)
                sold[seller] += total
                bought[buyer] += total
        k, stock = self.flows.kept["stocks.on_hand"], np.zeros((n, R))
        endless = self.plan.stock_n[SP.policy] == UNLIMITED
        out = np.zeros((n, R))
        for s, i in enumerate(self.stock):
            if not endless[s]:
                stock[i] += self.values[s] * k[s].mean(axis=0)
        net = self.plan.net
        for lane in range(len(net.lanes)):
            a, b = self.stock[net.lane_origin[lane]], self.stock[net.lane_destination[lane]]
            if a != b and not endless[net.lane_origin[lane]]:
                out[a] += self.values[net.lane_origin[lane]] * self.flows.sent[lane].sum(axis=0)
        for m in range(len(net.markets)):
            out[self.stock[net.market_stock[m]]] += self.values[net.market_stock[m]] * self.flows.sent[len(net.lanes) + m].sum(axis=0)
        length = T * self.days

        def days_of(level: np.ndarray, total: np.ndarray) -> np.ndarray:
            return np.divide(level * length, total, out=np.full((n, R), np.nan), where=total > 1e-9)

        owed_to, owes = (np.cumsum(book[:, :T], axis=1).mean(axis=1) for book in (self.receivable, self.payable))
        dso, dpo, dio = days_of(owed_to, sold), days_of(owes, bought), days_of(stock, out)
        cycle = np.nan_to_num(dio) + np.nan_to_num(dso) - np.nan_to_num(dpo)
        return {"lowest": cash.min(axis=1), "end": cash[:, -1], "received": received, "paid": paid, "interest": self.interest_paid, "fees": self.fees, "penalties": penalties,
                "unpaid": self.unpaid, "dso": dso, "dio": dio, "dpo": dpo, "cash_to_cash": np.where(np.isnan(dso) & np.isnan(dio), np.nan, cycle)}  # fmt: skip

    def transfers(self) -> pd.DataFrame:
        """What companies paid each other in the run, on the mean: seller, buyer, kind, money."""
        rows = [(self.companies[a], self.companies[b], kind, float(money.mean())) for kind, a, b, money in self.done]
        frame = pd.DataFrame(rows, columns=["seller", "buyer", "kind", "money"])
        return frame.groupby(["seller", "buyer", "kind"], as_index=False, sort=False)["money"].sum().query("money != 0").reset_index(drop=True)


def _plain(product: str) -> dict[str, Any]:
    """What holds between companies that have no clause: the value of the goods, paid when they arrive."""
    return {"product": product, "price": None, "rebate": 0.0, "rebate_from": 0.0, "take_or_pay": 0.0, "settlement": 30, "payment_term": 0, "early_discount": 0.0,
            "early_term": 0, "late_penalty": 0.0, "short_penalty": 0.0, "warmest": None, "warm_deduction": 0.0, "escrow": 0.0, "buy_back": 0.0, "revenue_share": 0.0,
            "fee": 0.0}  # fmt: skip
