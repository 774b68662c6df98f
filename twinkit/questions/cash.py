"""Who gets paid when?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from twinkit.answers import about
from twinkit.capabilities.contracts.cash import PAPER, SMART, Paid, who_gets_paid
from twinkit.question import Call, Input, Question, View, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import drawing
from twinkit.study.asked import asked_of
from twinkit.words import amount, counted, digits, interval

MOST_DRAWN = 6
"""Companies whose cash is drawn."""


@register
class CashQuestion(Question):
    """When money reaches each company of a chain, and whether it matters that contracts act by themselves."""

    key, title, asks = "cash", "Contracts and cash", "Who gets paid when?"
    group = "What may happen"
    kinds = (Paid,)
    filled: ClassVar = {"clauses": "This case has no contracts: fill the table clauses (seller, buyer, product, price, payment_term …), and ask again; 'mangoes' is an example."}
    views = {"stakeholder": View(inputs=("longer_terms", "invoice_days", "dispute_rate", "dispute_days", "smart_fee"))}  # noqa: RUF012

    longer_terms = Input("periods", "periods that every payment term is longer; below 0: shorter", title="Longer payment terms", start=0, low=-60, high=120, step=5, kind="whole",
                         group="What is agreed?")  # fmt: skip
    invoice_days = Input("periods", "periods from a delivery to its invoice, on paper", title="Until the invoice", start=4, low=0, high=30, step=1, kind="whole", group="On paper")
    dispute_rate = Input("share", "share of the invoices that are disputed, on paper", title="Disputed invoices", start=0.05, low=0.0, high=0.5, step=0.01, group="On paper")
    dispute_days = Input("periods", "how long a dispute holds a payment up", title="Length of a dispute", start=21, low=0, high=180, step=1, kind="whole", group="On paper")
    smart_fee = Input("money", "fee of a delivery whose contract acts by itself", title="Fee of a delivery", start=1.0, low=0.0, high=1e4, group="By themselves")
    false_alarms = Input("share", "share of the shipments that a sensor calls too warm though they were not: nobody looks before the money is gone", title="False alarms of sensors",
                         start=0.0, low=0.0, high=0.5, group="By themselves")  # fmt: skip
    worlds = Input("worlds", "worlds in which the chain is run", title="Worlds", start=16, low=2, high=256, kind="whole", group="Size of the study", folded=True)

    def call(self) -> Call:
        return Call(who_gets_paid, case=self.ground.case, invoice_days=self.invoice_days, dispute_rate=self.dispute_rate, dispute_days=self.dispute_days,
                    smart_fee=self.smart_fee, false_alarms=self.false_alarms, longer_terms=self.longer_terms, worlds=self.worlds, seed=self.ground.seed).growing("worlds")  # fmt: skip

    @classmethod
    def tell(cls, result: Paid) -> Answer:
        case, asked, unit = result.case, asked_of(result), result.case.settings["currency"]
        given = asked.arguments if asked else {}
        paper, pairs = result.table(PAPER), result.difference()
        blocks: list[Block] = [Heading("In short"), *led(result.sentences()), Facts(_facts(result, paper, unit))]
        blocks += [Heading("Cash by company"), Picture(lambda theme: cash_picture(result, theme), name="cash", caption="Cash of the companies day by day, on paper and by contracts that act by themselves."),
                   _companies(paper, unit, "On paper: every company", "on-paper"), _companies(result.table(SMART), unit, "By contracts that act by themselves", "by-themselves")]  # fmt: skip
        blocks += [Heading("Contracts that act by themselves, less paper"), _pairs(pairs, unit)]
        blocks += [Heading("Who paid whom"), _transfers(result, unit)]
        method = [
            "Clauses are fired by the flows of a run: what is sent, arrives, waits, is cancelled or grows too old. Both ways see the same flows and the same luck.",
            "On paper an invoice follows a delivery after the days that were given, some are disputed and paid later, and penalties, rebates and shares are settled at the end of a "
            "settlement. A contract that acts by itself pays each on the day of its event. A shipment that was too warm is disputed on paper.",
            "What was delivered before the run, at the mean flow, falls due in it on paper and by the terms of the table: longer terms, and invoices that nobody waits for any more, move cash once. "
            "Companies without a clause pay the value of the goods when they arrive.",
            "Paid outside when it arises: all that is paid in the cost of a run (purchases of endless sources, production, freight by who ships, keeping stock …). "
            "There are no wages, taxes, investments or dividends.",
            "A company that owes more than its credit at the end of a period pays nobody in the chain and orders nothing more until the end: the chain is run again with that.",
            "Days of sales, inventory and payables: mean level × length of the run / what was sold, went out or was bought. Cash-to-cash = days of inventory + of sales - of payables.",
            f"Means over {counted(next(iter(result.cash.values())).shape[2], 'world')} with 95 % intervals; differences are paired.",
        ]  # fmt: skip
        more = about(case, Companies=len(result.companies), Seed=given.get("seed"))
        return Answer(f"Contracts and cash: {case.settings.get('title') or case.name}", blocks, more, method, case)


def _facts(result: Paid, paper, unit: str) -> list[Fact]:
    disputes = result.disputes[PAPER].mean()
    low = paper.loc[paper["lowest"].idxmin()]
    fees = [float(result.figures[way]["fees"].sum(axis=0).mean()) for way in (PAPER, SMART)]
    unpaid = float(result.figures[PAPER]["unpaid"].sum(axis=0).mean())
    return [
        Fact("Lowest cash", amount(low["lowest"], unit), interval(low["lowest_low"], low["lowest_high"], unit), f"of {low['company']}, on paper"),
        Fact("Disputed invoices", digits(disputes), "", "in the run, on paper"),
        Fact("Fees", amount(fees[0], unit), f"by themselves: {amount(fees[1], unit)}", "of all deliveries, on paper"),
        Fact("Never paid", amount(unpaid, unit), "", "owed by companies that ran out of money, on paper", "worse" if unpaid > 0 else ""),
    ]


def _columns(unit: str) -> dict[str, Shown]:
    """Columns of figures of companies, by their name."""
    rows = (
        ("lowest", "lowest cash", "least that it has at the end of a period", unit),
        ("end", "cash at the end", "at the end of the run", unit),
        ("broke", "runs out of money", "share of the worlds in which it owes more than its credit", "share"),
        ("dso", "days of sales", "mean receivables / sales", "days"),
        ("dio", "days of inventory", "mean value of stock / value of what goes out", "days"),
        ("dpo", "days of payables", "mean payables / purchases", "days"),
        ("cash_to_cash", "cash to cash", "days of inventory + sales - payables", "days"),
        ("interest", "interest", "what its debt costs", unit),
        ("fees", "fees", "of its deliveries", unit),
    )
    return {name: Shown(name, label, meaning, of, (f"{name}_low", f"{name}_high")) for name, label, meaning, of in rows}


def _companies(frame, unit: str, caption: str, name: str) -> Table:
    return Table.of(frame, [Shown("company", "company", "who"), *_columns(unit).values()], caption, name)


def _pairs(frame, unit: str) -> Table:
    names = ("end", "lowest", "cash_to_cash", "dso", "dpo", "interest", "fees")
    columns = [one._replace(meaning=f"difference: {one.meaning}") for one in map(_columns(unit).get, names)]
    caption = "Contracts that act by themselves less paper, the same worlds"
    return Table.of(frame, [Shown("company", "company", "who"), *columns], caption, "difference")


def _transfers(result: Paid, unit: str) -> Table:
    frame = result.transfers[PAPER].merge(result.transfers[SMART], on=["seller", "buyer", "kind"], how="outer", suffixes=("_paper", "_smart")).fillna(0.0)
    columns = [Shown("seller", "seller", "who is paid; below 0: who pays"), Shown("buyer", "buyer", "who pays"), Shown("kind", "for", "which clause"),
               Shown("money_paper", "on paper", "paid in the run, on the mean", unit), Shown("money_smart", "by themselves", "paid in the run, on the mean", unit)]  # fmt: skip
    return Table.of(frame, columns, "Paid by companies and customers in the run, on the mean", "transfers")


def cash_picture(result: Paid, theme: str = "light") -> Figure:
    """Cash of the companies by period: those that come lowest first."""
    c = THEMES[theme]
    lowest = result.cash[PAPER].mean(axis=2).min(axis=1)
    chosen = np.argsort(lowest, kind="stable")[:MOST_DRAWN]
    credit = result.case["companies"].set_index("company")["credit"].to_dict()
    with drawing((8.5, 0.8 + 1.5 * len(chosen)), theme) as fig:
        axes, told = np.atleast_1d(fig.subplots(len(chosen), 1, sharex=True)), []
        for ax, i in zip(axes, chosen, strict=True):
            for way, look in ((PAPER, "baseline"), (SMART, "scenario")):
                values = result.cash[way][i]
                low, high = np.quantile(values, [0.05, 0.95], axis=1)
                style = series(look, theme)
                ax.fill_between(np.arange(len(values)), low, high, color=style.get("color", c["quiet"]), alpha=0.15, lw=0)
                ax.plot(values.mean(axis=1), **style)
            ax.axhline(0.0, color=c["rule"], lw=0.8)
            name = result.companies[i]
            if credit.get(name) is not None and credit[name] == credit[name] and result.cash[PAPER][i].min() < -0.4 * credit[name]:
                ax.axhline(-credit[name], color=c["ink"], lw=0.8, ls=":")
            ax.set_title(name, loc="left", fontsize="medium")
            ax.yaxis.set_major_formatter(lambda value, _: digits(value))
            told.append(f"{name}: at least {digits(lowest[i])}, at the end {digits(result.cash[PAPER][i, -1].mean())} on paper and {digits(result.cash[SMART][i, -1].mean())} by themselves")
        axes[-1].set_xlabel("period; solid: on paper, dashed: contracts that act by themselves; shaded: 90 % of the worlds; dotted: credit")
        fig.description = f"Cash in {result.case.settings['currency']}. " + "; ".join(told) + "."
    return fig
