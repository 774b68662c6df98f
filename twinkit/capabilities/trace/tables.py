"""Tables of the room trace: how goods are kept in lots, and which lots are bad."""

from __future__ import annotations

import numpy as np

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem
from twinkit.tables.words import flag_column, name_column, word_column

FIFO, FEFO, MIXED = ISSUES = ("first_in_first_out", "first_expired_first_out", "mixed")


class Lots:
    """How a product is kept in lots at a site; where there is no row, a lot is what comes in a period, and the first goes out first."""

    table, key = "lots", ("site", "product")

    site = name_column("site that keeps it", "sites.site")
    product = name_column("product that is kept", "products.product")
    lot_size = Column("units", "units of a lot that is bought or made here; 1 = every piece has a number; empty = all of a period", start=None, low=1e-9)
    issue = word_column("which lot leaves first; mixed = a part of every one, as out of a silo", ISSUES, FIFO)
    good_for = Column("periods", "periods after it was bought or made here in which a lot is good; empty = no end", start=None, low=1)
    mixes = flag_column("a bad part makes all of a lot bad that is made here: it is washed, cut or stirred together; always so where units can be split", False)
    promised_life = Column("periods", "remaining life that is promised to who is sent a lot from here; empty = none", start=None, low=0)


class Temperatures:
    """What sensors on a lane report of a product on the way; a lane without a row has none."""

    table, key = "temperatures", ("origin", "destination", "product")

    origin = name_column("site that ships", "sites.site")
    destination = name_column("site that receives", "sites.site")
    product = name_column("product that is moved", "products.product")
    temperature = Column("degrees Celsius", "temperature of a shipment on the mean")
    spread = Column("degrees Celsius", "standard deviation of that, from shipment to shipment; the highest of a shipment is above its mean by about as much", start=0.0, low=0)


class BadLots:
    """A lot that turns out to be bad: all of what a site bought or made of a product in a period, or one lot of it."""

    table, key = "bad_lots", ("site", "product", "period", "number")

    site = name_column("site that bought or made it", "sites.site")
    product = name_column("product", "products.product")
    period = Column("period", "period in which it was bought or made, or its date", low=0, kind="whole")
    number = Column("rank", "which of the lots of the period, from 1; 0 = all of them", start=0, low=0, kind="whole")
    found = Column("period", "period in which it is found to be bad, or its date; empty = as is asked", start=None, low=0, kind="whole")


def kept_here(look: Look) -> list[Problem]:
    """A rule or a bad lot must be of a stock that there is."""
    stocks = {(s, p) for s, p in zip(look.values("stocks", "site"), look.values("stocks", "product"), strict=True)}
    found = []
    for table in ("lots", "bad_lots"):
        pairs = zip(look.values(table, "site"), look.values(table, "product"), strict=True)
        odd = look.good(table, "site", "product") & np.array([pair not in stocks for pair in pairs], bool)
        found += look.lines(table, "product", odd, "is not kept at this site", "Add a row to stocks, or leave this one out.")
    ways = set(zip(*(look.values("lanes", c) for c in ("origin", "destination", "product")), strict=True))
    given = list(zip(*(look.values("temperatures", c) for c in ("origin", "destination", "product")), strict=True))
    odd = look.good("temperatures", "origin", "destination", "product") & np.array([way not in ways for way in given], bool)
    made, told = (np.asarray(look.values("bad_lots", c), float) for c in ("period", "found"))
    early = look.good("bad_lots", "period", "found") & (told < made)
    found += look.lines("bad_lots", "found", early, "is before the period in which the lot was bought or made", "A lot is found to be bad in that period or later.")
    return found + look.lines("temperatures", "product", odd, "does not go from this origin to this destination", "Add a lane, or leave this row out.")


rooms.add_table(Lots, checks=[kept_here])
rooms.add_table(BadLots)
rooms.add_table(Temperatures)
