"""Tables of the room contracts: what two companies have agreed, and what money each of them begins with."""

from __future__ import annotations

import numpy as np

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.words import name_column

CUSTOMERS = "customers"
"""The buyer of a clause about what markets pay; there is one for all of them."""


class Clauses:
    """What a seller and a buyer have agreed on a product: price, terms, and what is paid when something is not as it was agreed.

    A company is what the column `company` of sites says; a site without one is a company of its own.
    """

    table, key = "clauses", ("seller", "buyer", "product")

    seller = name_column("company that sells")
    buyer = name_column("company that buys, or customers for the markets of the seller")
    product = name_column("product; empty = all that go between the two", "products.product", start="")
    price = Column("money/unit", "price of a unit that is delivered; empty = the value of the product; of customers, the price of the market", start=None, low=0)
    rebate = Column("share", "less for the units of a settlement beyond rebate_from", start=0.0, low=0, high=1)
    rebate_from = Column("units", "units of a settlement from which the rebate counts", start=0.0, low=0)
    take_or_pay = Column("units", "units of a settlement that are paid at least, taken or not", start=0.0, low=0)
    settlement = Column("periods", "periods from one settlement to the next", start=30, low=1, kind="whole")
    payment_term = Column("periods", "periods from delivery, or from the invoice, until payment is due", start=30, low=0, kind="whole")
    early_discount = Column("share", "less for who pays early", start=0.0, low=0, high=0.5)
    early_term = Column("periods", "periods from delivery within which the discount is given", start=10, low=0, kind="whole")
    late_penalty = Column("money/unit/period", "paid by the seller for a unit that was ordered and waits with it, for each period", start=0.0, low=0)
    short_penalty = Column("money/unit", "paid by the seller for a unit that was ordered and is cancelled", start=0.0, low=0)
    warmest = Column("degrees Celsius", "highest temperature on the way; warmer is a breach", start=None)
    warm_deduction = Column("share", "less for a shipment that was too warm", start=0.0, low=0, high=1)
    escrow = Column("share", "part of the price that the buyer puts aside when goods leave, which the seller gets when they arrive", start=0.0, low=0, high=1)
    buy_back = Column("money/unit", "paid by the seller for a unit that grew too old with the buyer", start=0.0, low=0)
    revenue_share = Column("share", "part of what customers pay the buyer for this product that goes on to the seller", start=0.0, low=0, high=1)
    fee = Column("money", "paid by the buyer for each delivery: bank, platform, or ledger", start=0.0, low=0)


class Companies:
    """The money of a company; those without a row begin with none and may owe as much as they like."""

    table, key = "companies", ("company",)

    company = name_column("company")
    cash = Column("money", "cash at the start", start=0.0)
    credit = Column("money", "how far it may be in debt; empty = without limit", start=None, low=0)
    interest = Column("share/year", "what its debt costs", start=0.0, low=0, high=1)
    early = Column("share", "part of its invoices that it pays early where there is a discount", start=1.0, low=0, high=1)


def known_companies(look: Look) -> list[Problem]:
    """A company of a clause or of the table of companies must run a site."""
    firms = {c or s for c, s in zip(look.values("sites", "company"), look.values("sites", "site"), strict=True)}
    found = []
    for table, columns in (("clauses", ("seller", "buyer")), ("companies", ("company",))):
        for column in columns:
            names = look.values(table, column)
            odd = np.array([n not in firms and not (column == "buyer" and n == CUSTOMERS) for n in names], bool)
            found += look.cells(table, column, odd & look.good(table, column), "runs no site of this case",
                                lambda i, names=names: did_you_mean(str(names[i]), sorted(firms), f"Companies: {listed(sorted(firms))}."))  # fmt: skip
    return found


def clauses_that_do_nothing(look: Look) -> list[Problem]:
    """A clause without its other half changes nothing, and some mean nothing to customers: perhaps that is not meant."""
    found, rows = [], len(look.values("clauses", "seller"))

    def given(column: str) -> np.ndarray:
        """Where a cell says something: a number besides 0, of temperatures any."""
        values = look.values("clauses", column)
        return np.array([v is not None and v == v and (v != 0 or column == "warmest") for v in values], bool)

    for column, other in (("rebate_from", "rebate"), ("warm_deduction", "warmest"), ("warmest", "warm_deduction")) if rows else ():
        odd = given(column) & ~given(other) & look.good("clauses", column, other)
        found += look.lines("clauses", column, odd, f"does nothing without {other}")
    of_customers = np.array([buyer == CUSTOMERS for buyer in look.values("clauses", "buyer")], bool)
    for column in ("warmest", "escrow", "buy_back", "revenue_share") if rows else ():
        odd = given(column) & of_customers & look.good("clauses", column, "buyer")
        found += look.lines("clauses", column, odd, "does nothing in a clause with customers", "It is between companies of the chain.")
    if rows:
        late = np.nan_to_num(np.asarray(look.values("clauses", "early_term"), float)) > np.nan_to_num(np.asarray(look.values("clauses", "payment_term"), float))
        odd = late & given("early_discount") & look.good("clauses", "early_term", "payment_term", "early_discount")
        found += look.lines("clauses", "early_term", odd, "is longer than payment_term", "Everybody who pays on time gets the discount.")
    return found


rooms.add_table(Clauses, checks=[known_companies], notes=[clauses_that_do_nothing])
rooms.add_table(Companies)
