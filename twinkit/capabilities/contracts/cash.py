"""Who gets paid when: the clauses between companies, fired by the flows of a run, and the cash that they move.

Paper and a contract that acts by itself see the same flows and the same luck.  On paper an invoice follows a delivery after some
days, some invoices are disputed, and penalties, rebates and shares are settled from time to time; a contract that acts by
itself does each on the day of the event.  Neither makes anybody richer: money that one company gets another one has paid.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.capabilities.contracts.tables import CUSTOMERS
from twinkit.capabilities.trace.flows import Flows, flows_of
from twinkit.capabilities.trace.writing import lane_temperatures, shipment_temperature
from twinkit.chain.chain import Chain
from twinkit.chain.layout import SP, UNLIMITED
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.engines import one_by_one, stop_if
from twinkit.run.kpis import cost_rows, product_values
from twinkit.run.public import Result, study
from twinkit.run.statistics import means_of, share_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem, listed
from twinkit.words import amount, counted, dated, percent, sure

PAPER, SMART = WAYS = ("paper", "smart")
NEVER = 10**9
"""A period that never comes."""
NOBODY_IS_PAID = ("backlog", "lost margin")
"""Parts of the cost of a run that are no payment."""
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


@dataclass(frozen=True, repr=False)
class Paid(Result):
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
            out = self.broke[way][i] < NEVER
            share = dict(zip(("broke", "broke_low", "broke_high"), share_interval(int(out.sum()), len(out)), strict=True))
            rows.append({"company": company, **means_of({k: v[i] for k, v in self.figures[way].items()}), **share})
        return pd.DataFrame(rows)

    def difference(self) -> pd.DataFrame:
        """Contracts that act by themselves less paper, paired by world: for every company the means and their 95 % intervals."""
        smart, paper = self.figures[SMART], self.figures[PAPER]
        return pd.DataFrame([
            {"company": company, **means_of({k: smart[k][i] - paper[k][i] for k in FIGURES})} for i, company in enumerate(self.companies)
        ])  # fmt: skip

    def headline(self) -> str:
        return f"Paid of {self.case.name}: {len(self.companies)} companies, {counted(next(iter(self.cash.values())).shape[2], 'world')}"

    def sentences(self) -> list[str]:
        paper, pairs, unit = self.table(PAPER), self.difference(), self.case.settings["currency"]
        told = []
        broke = [(c, float(b)) for c, b in zip(paper["company"], paper["broke"], strict=True) if b > 0]
        worlds = next(iter(self.cash.values())).shape[2]
        if broke:
            name, share = max(broke, key=lambda x: x[1])
            first = int(self.broke[PAPER][self.companies.index(name)].min())
            told.append(f"{name} runs out of money in {percent(share)} of the worlds, at the earliest on {dated(self.case.settings, first)}; then it pays and orders nothing any more.")
        else:
            told.append(f"No company runs out of money in any of {counted(worlds, 'world')}.")
        slow = paper.loc[paper["cash_to_cash"].idxmax()] if paper["cash_to_cash"].notna().any() else None
        if slow is not None:
            told.append(f"{slow['company']} waits longest for its money: {sure([slow['cash_to_cash'], slow['cash_to_cash_low'], slow['cash_to_cash_high']], 'days')} from cash to cash, on paper.")
        gains = [r for r in pairs.to_dict("records") if r["end_low"] > 0]
        loses = [r for r in pairs.to_dict("records") if r["end_high"] < 0]
        if gains or loses:
            told.append("If contracts act by themselves, "
                        + "; ".join([f"{r['company']} has {amount(r['end'], unit)} more at the end" for r in sorted(gains, key=lambda r: -r["end"])[:3]]
                                    + [f"{r['company']} has {amount(-r['end'], unit)} less" for r in sorted(loses, key=lambda r: r["end"])[:3]]) + ".")  # fmt: skip
        else:
            told.append("Whether contracts act by themselves makes no difference in cash at the end that is larger than chance.")
        lasting = [name for name in self.companies if (self.broke[SMART][self.companies.index(name)] < NEVER).any()]
        if lasting and not broke:
            told.append(f"With contracts that act by themselves {listed(lasting)} can run out of money: who paid late before pays at once.")
        return told


@partial(study, limits={
    "invoice_days": (0, 10_000), "dispute_rate": (0, 1), "dispute_days": (0, 10_000), "smart_fee": (0, math.inf), "false_alarms": (0, 1),
    "longer_terms": (-10_000, 10_000), "worlds": (1, 100_000),
})  # fmt: skip
def who_gets_paid(
    case: CaseLike, invoice_days: int = 4, dispute_rate: float = 0.05, dispute_days: int = 21, smart_fee: float = 1.0, false_alarms: float = 0.0,
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
        Periods that every payment term is longer from the first period on (shorter, if below 0).
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
    plan = plan_of(case.replace(settings={"warm_up": 0}))  # money moves in every period
    base = run_with_costs(plan, worlds, seed)
    result: dict[str, tuple] = {}
    for way in one_by_one(WAYS, progress):
        terms = Terms(way == SMART, invoice_days, dispute_rate, dispute_days, smart_fee, false_alarms if way == SMART else 0.0)
        books = _Books(*base, terms, longer_terms)
        broke = np.full((len(books.companies), worlds), NEVER)
        for _ in range(len(books.companies) + 1):
            stop_if(cancel)
            cash = books.keep(broke)
            newly = _first_broke(cash, books.credit, broke)
            if not newly.any():
                break
            broke = np.where(newly, np.minimum(broke, _days_broke(cash, books.credit)), broke)
            run = run_with_costs(plan, worlds, seed, lambda chain, broke=broke, books=books: _stop(chain, broke, books.companies))
            books = _Books(*run, terms, longer_terms)
        result[way] = (cash, books.figures(cash), broke, books.disputes, books.transfers())
    parts = [{way: result[way][k] for way in WAYS} for k in range(5)]
    found = Paid(case, books.companies, *parts)
    return remembered(found, "who_gets_paid", case=case, invoice_days=invoice_days, dispute_rate=dispute_rate, dispute_days=dispute_days, smart_fee=smart_fee,
                      false_alarms=false_alarms, longer_terms=longer_terms, worlds=worlds, seed=base[0].seed)  # fmt: skip


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


def _firm_of_site(plan: Plan) -> dict[str, str]:
    sites = plan.net.sites
    return {s: c or s for s, c in zip(sites["site"], sites["company"], strict=True)}


def run_with_costs(
    plan: Plan, worlds: int, seed: int | None = None, prepare: Callable[[Chain], None] | None = None
) -> tuple[Flows, np.ndarray]:
    """Run a chain; its flows, and what every site pays outside the chain in a period, shape (sites, periods, worlds) [money].

    All parts of the cost of a run, but those that are no payment; endless sources pay for what they buy.
    """
    site = {name: i for i, name in enumerate(plan.net.sites["site"])}
    sums = [np.zeros((len(site), worlds))]

    def each(chain: Chain) -> None:
        total = np.zeros((len(site), worlds))
        for part, rows in cost_rows(plan, chain.world).items():
            for _, sites, money in rows if part not in NOBODY_IS_PAID else ():
                at = plan.net.lanes["origin"] if part == "purchase" else sites
                np.add.at(total, [site[name] for name in at], money)
        sums.append(total)

    flows = flows_of(plan, worlds, seed, prepare=prepare, each=each)
    return flows, np.diff(np.stack(sums, axis=1), axis=1)


class _Claim(NamedTuple):
    """What one company sells another over a lane, or customers over a market: row of the claim, companies, price, and the clause if there is one."""

    row: int
    seller: int
    buyer: int
    product: str
    price: float
    clause: Mapping[str, Any] | None


class _Owed(NamedTuple):
    """Money that a buyer owes a seller (below 0: the other way round): when it is due, and since when it is in the books; shapes (n, worlds)."""

    kind: str
    seller: int
    buyer: int
    money: np.ndarray
    due: np.ndarray
    since: np.ndarray


class _Books:
    """The books of all companies, and of the customers behind them, for one run and one way of carrying contracts out."""

    def __init__(self, flows: Flows, spent: np.ndarray, terms: Terms, longer: int) -> None:
        self.flows, self.plan, self.terms, self.longer = flows, flows.plan, terms, longer
        net, case = flows.plan.net, flows.plan.case
        firm = _firm_of_site(flows.plan)
        own = case["companies"].set_index("company")
        named = [*case["clauses"]["seller"], *case["clauses"]["buyer"], *own.index]
        self.companies = [c for c in dict.fromkeys([*firm.values(), *named]) if c != CUSTOMERS]
        self.customers = len(self.companies)
        at = {c: i for i, c in enumerate(self.companies)}
        self.site = {s: at[c] for s, c in firm.items()}

        def of(name: str, other: float) -> np.ndarray:
            return np.array([own[name].get(c, other) if c in own.index else other for c in [*self.companies, CUSTOMERS]], float)

        self.start, self.interest, self.early = of("cash", 0.0), of("interest", 0.0), of("early", 1.0)
        self.credit = np.where(np.isnan(credit := of("credit", np.nan)), np.inf, credit)[: self.customers]
        self.periods, self.worlds = flows.sent.shape[1], flows.worlds
        self.days = float(case.settings["period_days"])
        self.stock = np.array([self.site[s] for s in net.stocks["site"]], int)
        self.values = product_values(flows.plan, net.stocks["product"])
        self.day = np.arange(self.periods)[:, None]
        self.came = np.concatenate([flows.kept["lanes.arrived"], flows.sent[len(net.lanes) :]])
        self.usual = np.concatenate([flows.plan.flows.lane, flows.plan.flows.market])
        self.degrees = lane_temperatures(flows.plan)
        self.owed: list[_Owed] = []
        self.outside = np.zeros((self.customers + 1, self.periods, self.worlds))
        np.add.at(self.outside, [self.site[s] for s in net.sites["site"]], -spent)
        self.escrow = np.zeros_like(self.outside)
        self.released: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.fees = np.zeros((self.customers + 1, self.worlds))
        self.disputes = np.zeros(self.worlds)
        self.claims = list(self._claims())
        agreed: dict[int, list[_Claim]] = defaultdict(list)
        for claim in self.claims:
            self._delivered(claim)
            if claim.clause is not None:
                agreed[id(claim.clause)].append(claim)
        for claims in agreed.values():
            self._settled(claims)
            self._shared(claims)

    # --- what is owed

    def _claims(self) -> Iterator[_Claim]:
        """Everything that goes from one company to another, or to customers."""
        net, case, firms = self.plan.net, self.plan.case, [*self.companies, CUSTOMERS]
        worth = case["products"].set_index("product")["value"].to_dict()
        clauses = {(r["seller"], r["buyer"], r["product"]): r for r in case["clauses"].to_dict("records")}
        ends = [(self.site[a], self.site[b], p, worth[p])
                for a, b, p in zip(net.lanes["origin"], net.lanes["destination"], net.lanes["product"], strict=True)]  # fmt: skip
        ends += [(self.site[s], self.customers, p, price)
                 for s, p, price in zip(net.markets["site"], net.markets["product"], net.markets["price"], strict=True)]  # fmt: skip
        for row, (a, b, product, price) in enumerate(ends):
            clause = clauses.get((firms[a], firms[b], product)) or clauses.get((firms[a], firms[b], ""))
            price = price if clause is None or pd.isna(clause["price"]) else clause["price"]
            if a != b:
                yield _Claim(row, a, b, product, float(np.nan_to_num(price)), clause)

    def _owe(self, kind: str, claim: _Claim, money: np.ndarray, due: np.ndarray | int, since: np.ndarray | int | None = None) -> None:
        """What a buyer owes a seller, and pays when it is due; below 0 it is the other way round."""
        if money.any():
            since = self.day if since is None else since
            self.owed.append(_Owed(kind, claim.seller, claim.buyer, money, *np.broadcast_arrays(due, since, money)[:2]))

    def _luck(self, row: int, what: int) -> np.ndarray:
        """Uniform draws by period and world; the same for both ways, whatever else a case has."""
        seed = np.random.SeedSequence([self.flows.seed, self.flows.first, row, what, 13])
        return np.random.default_rng(seed).random((self.periods, self.worlds))

    def _terms(self, c: Mapping[str, Any], longer: int) -> tuple[int, int]:
        """Payment term, and that of who pays early, which is no longer [periods]."""
        term = max(int(c["payment_term"]) + longer, 0)
        return term, min(int(c["early_term"]), term)

    def _delivered(self, claim: _Claim) -> None:
        """What deliveries cost, and what is paid where they wait or are cancelled."""
        terms, row, b, price, c = self.terms, claim.row, claim.buyer, claim.price, claim.clause
        came = self.came[row]
        market = row - len(self.plan.net.lanes)
        if market >= 0:
            self._owe("goods", claim, -price * self.flows.kept["markets.returned"][market], self.day)
        if c is None:  # nothing is agreed: paid when it arrives
            return self._owe("goods", claim, price * came, self.day)
        money, some, smart = price * came, came > 1e-9, terms.smart
        warm = self._too_warm(claim, some)
        money = np.where(warm, money * (1.0 - c["warm_deduction"]), money)
        disputed = some & (warm | (self._luck(row, 0) < terms.dispute_rate)) & (not smart)
        self.disputes += disputed.sum(axis=0)
        billed = self.day + np.where(disputed, terms.dispute, 0) + (0 if smart else terms.invoice)
        term, soon = self._terms(c, self.longer)
        early = (self._luck(row, 1) < self.early[b]) & (c["early_discount"] > 0)
        aside = float(c["escrow"]) if market < 0 else 0.0  # customers have what they pay for at once
        self._owe("goods", claim, money * (1.0 - aside) * np.where(early, 1.0 - c["early_discount"], 1.0), billed + np.where(early, soon, term))
        if aside > 0.0:
            self.escrow[b] += price * aside * (self.flows.sent[row] - self.flows.kept["lanes.lost_on_way"][row])
            self.released.append((b, price * aside * came, billed))
            self._owe("escrow", claim, money * aside, billed)
        self._before(claim, aside)
        fee = (terms.smart_fee if smart else float(c["fee"])) * some
        self.outside[b] -= fee
        self.fees[b] += fee.sum(axis=0)
        self._fine("late", claim, -float(c["late_penalty"]) * self.flows.kept["claims.backlog"][row])
        self._fine("short", claim, -float(c["short_penalty"]) * self.flows.kept["claims.lost"][row])

    def _too_warm(self, claim: _Claim, some: np.ndarray) -> np.ndarray:
        """Which deliveries the sensor calls too warm, shape (periods, worlds)."""
        row, warmest, warm = claim.row, claim.clause["warmest"], np.zeros(some.shape, bool)
        if row >= len(self.degrees) or pd.isna(warmest) or not np.isfinite(self.degrees[row, 0]):
            return warm
        for t, r in zip(*np.nonzero(some), strict=True):
            _, top = shipment_temperature(self.flows.seed, self.flows.first + int(r), row, int(t), *self.degrees[row])
            warm[t, r] = top > float(warmest)
        return warm | (some & (self._luck(row, 2) < self.terms.false_alarms))

    def _before(self, claim: _Claim, aside: float) -> None:
        """What was delivered before the run, at the mean flow and on paper by the terms as they were: it falls due in the run."""
        terms, c, days = self.terms, claim.clause, np.zeros(self.periods + 1)
        in_escrow = np.zeros(self.periods + 1)
        mean, (term, soon) = claim.price * float(self.usual[claim.row]), self._terms(c, 0)
        early = float(self.early[claim.buyer]) if c["early_discount"] > 0 else 0.0
        for share, held in ((1.0 - terms.dispute_rate, 0), (terms.dispute_rate, terms.dispute)):
            billed = terms.invoice + held
            _spread(in_escrow, billed, mean * share * aside)
            _spread(days, billed + soon, mean * share * (1.0 - aside) * early * (1.0 - c["early_discount"]))
            _spread(days, billed + term, mean * share * (1.0 - aside) * (1.0 - early))
        due = np.arange(self.periods + 1)[:, None]
        self._owe("before the run", claim, np.repeat(days[:, None], self.worlds, axis=1), due, 0)
        if in_escrow.any():
            money = np.repeat(in_escrow[:, None], self.worlds, axis=1)
            self._owe("escrow before the run", claim, money, due, 0)
            self.released.append((claim.buyer, money, np.broadcast_to(due, money.shape)))

    def _windows(self, c: Mapping[str, Any]) -> np.ndarray:
        """Last period of the settlement of every period, shape (periods,)."""
        size = int(c["settlement"])
        return np.minimum((self.day[:, 0] // size + 1) * size - 1, self.periods - 1)

    def _settled(self, claims: Sequence[_Claim]) -> None:
        """Rebates and take-or-pay of a clause, over all that goes by it, when a settlement is over; units are worth their mean price."""
        c = claims[0].clause
        if not (c["take_or_pay"] > 0 or c["rebate"] > 0):
            return
        ends, rows, prices = self._windows(c), [k.row for k in claims], np.array([k.price for k in claims])
        units, worth = np.zeros((2, self.periods, self.worlds))
        np.add.at(units, ends, self.came[rows].sum(axis=0))
        np.add.at(worth, ends, np.tensordot(prices, self.came[rows], 1))
        usual = self.usual[rows]
        price = np.divide(worth, units, out=np.full_like(units, (prices @ usual) / usual.sum() if usual.sum() > 0 else prices.mean()), where=units > 1e-9)
        last, full = np.isin(self.day, ends), (self.day + 1) % int(c["settlement"]) == 0
        money = -float(c["rebate"]) * price * np.maximum(units - float(c["rebate_from"]), 0.0) * last
        money += price * np.maximum(float(c["take_or_pay"]) - units, 0.0) * (last & full)  # what the run cuts off is not charged
        self._owe("rebate and take-or-pay", claims[0], money, self.day + self._terms(c, self.longer)[0])

    def _shared(self, claims: Sequence[_Claim]) -> None:
        """Buy-back and shares of revenue: of what the buyer has of the product, the part that this seller brings in the mean flow."""
        c, net = claims[0].clause, self.plan.net
        if claims[0].buyer == self.customers or not (c["buy_back"] > 0 or c["revenue_share"] > 0):
            return
        for product in dict.fromkeys(k.product for k in claims):
            claim = next(k for k in claims if k.product == product)
            buyer = claim.buyer
            into = [k for k in self.claims if k.buyer == buyer and k.product == product]
            made = (self.stock[net.recipe_stock] == buyer) & (net.recipes["product"] == product).to_numpy()
            total = sum(self.usual[k.row] for k in into) + float(self.plan.flows.recipe[made].sum())
            own = [k for k in into if k.seller == claim.seller]
            share = sum(self.usual[k.row] for k in own) / total if total > 0 else len(own) / len(into)
            stocks = (self.stock == buyer) & (net.stocks["product"] == product).to_numpy()
            self._fine("bought back", claim, -float(c["buy_back"]) * share * self.flows.kept["stocks.expired"][stocks].sum(axis=0))
            kept = sum((k.price * (self.came[k.row] - self.flows.kept["markets.returned"][k.row - len(net.lanes)])
                        for k in self.claims if (k.seller, k.buyer, k.product) == (buyer, self.customers, product)), np.zeros(self.came.shape[1:]))  # fmt: skip
            self._fine("share of revenue", claim, float(c["revenue_share"]) * share * kept)

    def _fine(self, kind: str, claim: _Claim, money: np.ndarray) -> None:
        """A penalty or share: at once where contracts act by themselves, else at the end of the settlement and after an invoice."""
        on_paper = self._windows(claim.clause)[:, None] + self.terms.invoice
        self._owe(kind, claim, money, self.day if self.terms.smart else on_paper)

    # --- what is paid

    def keep(self, broke: np.ndarray) -> np.ndarray:
        """Cash at the end of every period, if some companies cannot pay any more after a period, shape (companies, periods, worlds)."""
        n, T, R = self.outside.shape
        flow = self.outside - self.escrow
        self.receivable, self.payable = np.zeros((n, T + 1, R)), np.zeros((n, T + 1, R))
        self.unpaid, self.done = np.zeros((n, R)), []
        broke = np.concatenate([broke, np.full((1, R), NEVER)])  # customers always can
        for kind, seller, buyer, money, due, since in self.owed:
            escrow, world = kind.startswith("escrow"), np.broadcast_to(np.arange(R), money.shape)
            can = (due <= np.where(money >= 0, broke[buyer], broke[seller])) | escrow  # what was put aside is there
            now = (due < T) & can
            paid = np.zeros((T + 1, R))
            np.add.at(paid, (np.where(now, due, T), world), np.where(now, money, 0.0))
            flow[seller] += paid[:T]
            flow[buyer] -= paid[:T]
            owed = np.maximum(money, 0.0)
            for book, company in ((self.receivable, seller), (self.payable, buyer))[: 1 if escrow else 2]:
                np.add.at(book[company], (since, world), owed)
                np.add.at(book[company], (np.minimum(due, T), world), -np.where(now, owed, 0.0))
            lost = np.where((due < T) & ~can, money, 0.0)
            self.unpaid[seller] += np.maximum(lost, 0.0).sum(axis=0)
            self.unpaid[buyer] += np.maximum(-lost, 0.0).sum(axis=0)
            self.done.append((kind, seller, buyer, paid[:T].sum(axis=0)))
        for buyer, money, due in self.released:
            back = np.zeros((T + 1, R))
            np.add.at(back, (np.minimum(due, T), np.broadcast_to(np.arange(R), money.shape)), money)
            flow[buyer] += back[:T]
        cash, owed = np.zeros_like(flow), np.zeros((n, R))
        before = np.repeat(self.start[:, None], R, axis=1)
        rate = (self.interest * self.days / 365.0)[:, None]
        for t in range(T):
            cost = rate * np.maximum(-before, 0.0)
            owed += cost
            before = before + flow[:, t] - cost
            cash[:, t] = before
        self.flow, self.interest_paid = flow, owed
        return cash[: self.customers]

    def figures(self, cash: np.ndarray) -> dict[str, np.ndarray]:
        """Figures by company and world, shape (companies, worlds)."""
        n, T, R = self.outside.shape
        received, paid, penalties, bought, sold, stock, out = np.zeros((7, n, R))
        for kind, seller, buyer, money in self.done:
            received[seller] += money if kind == "goods" else np.maximum(money, 0.0)
            paid[buyer] += np.maximum(money, 0.0)
            if kind in ("late", "short", "bought back"):
                penalties[seller] -= money
        for one in self.owed:
            if one.kind in ("goods", "escrow"):
                total = one.money.sum(axis=0)
                sold[one.seller] += total
                bought[one.buyer] += total
        net, endless = self.plan.net, self.plan.stock_n[SP.policy] == UNLIMITED
        on_hand = self.flows.kept["stocks.on_hand"].mean(axis=1)
        np.add.at(stock, self.stock[~endless], self.values[~endless, None] * on_hand[~endless])
        origin = np.concatenate([net.lane_origin, net.market_stock])
        for claim in self.claims:
            if not endless[origin[claim.row]]:
                out[claim.seller] += self.values[origin[claim.row]] * self.flows.sent[claim.row].sum(axis=0)
        length = T * self.days

        def days_of(level: np.ndarray, total: np.ndarray) -> np.ndarray:
            return np.divide(level * length, total, out=np.full((n, R), np.nan), where=total > 1e-9)

        owed_to, owes = (np.cumsum(book[:, :T], axis=1).mean(axis=1) for book in (self.receivable, self.payable))
        dso, dpo, dio = days_of(owed_to, sold), days_of(owes, bought), days_of(stock, out)
        cycle = np.nan_to_num(dio) + np.nan_to_num(dso) - np.nan_to_num(dpo)
        found = {"received": received, "paid": paid, "interest": self.interest_paid, "fees": self.fees, "penalties": penalties, "unpaid": self.unpaid,
                 "dso": dso, "dio": dio, "dpo": dpo, "cash_to_cash": np.where(np.isnan(dso) & np.isnan(dio), np.nan, cycle)}  # fmt: skip
        return {"lowest": cash.min(axis=1), "end": cash[:, -1], **{name: values[: self.customers] for name, values in found.items()}}

    def transfers(self) -> pd.DataFrame:
        """What companies were paid in the run by each other and by customers, on the mean: seller, buyer, kind, money."""
        names = [*self.companies, CUSTOMERS]
        rows = [(names[a], names[b], kind, float(money.mean())) for kind, a, b, money in self.done]
        frame = pd.DataFrame(rows, columns=["seller", "buyer", "kind", "money"])
        return frame.groupby(["seller", "buyer", "kind"], as_index=False, sort=False)["money"].sum().query("money != 0").reset_index(drop=True)


def _spread(days: np.ndarray, until: int, money: float) -> None:
    """So much is due in every period before one; what is due after the last is in the last place."""
    last = len(days) - 1
    days[: min(until, last)] += money
    days[last] += max(until - last, 0) * money
