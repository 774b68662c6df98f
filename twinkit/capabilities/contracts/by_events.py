"""What is owed by the EPCIS events of others: the clauses of a case, fired by goods that were received."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pandas as pd

from twinkit.capabilities.trace.epcis import Document, amounts_of, word_of
from twinkit.capabilities.trace.event_hash import digital_link
from twinkit.tables.case import Case


class Owed(NamedTuple):
    """What is owed by events.

    Attributes
    ----------
    table
        seller, buyer, product, kind, event (its name, or number), received, due, units and money: a row for each payment; below 0 the seller pays.
    notes
        Sentences about receipts that no clause was fired by.
    """

    table: pd.DataFrame
    notes: list[str]


def owed_by_events(source: Document | Sequence[Mapping[str, Any]], case: Case, parties: Mapping[str, str], products: Mapping[str, str], early: bool = True) -> Owed:
    """What companies owe each other by their clauses and by what events say was received.

    Each receipt (business step *receiving*) fires price, payment term, early-payment discount, temperature clause (by the highest reading) and fee;
    rebates and take-or-pay are settled over windows that begin with the first day of the document, take-or-pay over full ones alone.  An event that
    is repeated counts once, one that is declared to be in error not at all.

    Parameters
    ----------
    source
        A document (:func:`twinkit.read_epcis`), or its events.
    case
        A case with the table *clauses*; a clause without a price is at the value of the product.
    parties
        Identifier of a party or place, in any form that is one of GS1 → company.
    products
        Identifier of a class of goods (its GTIN) → product.
    early
        Whether buyers pay early where that brings a discount.
    """
    who, what = ({digital_link(k): v for k, v in names.items()} for names in (parties, products))
    clauses = {(r["seller"], r["buyer"], r["product"]): r for r in case["clauses"].to_dict("records")}
    worth = case["products"].set_index("product")["value"].to_dict()
    rows: list[tuple] = []
    sums: dict[tuple, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    unknown: Counter[str] = Counter()
    first = last = None
    for number, (event, when, lots) in enumerate(amounts_of(source.events if isinstance(source, Document) else source), 1):
        first, last = first or when.date(), when.date()
        if word_of(event.get("bizStep")) != "receiving":
            continue
        seller = _company(event, "source", who, "")
        buyer = _company(event, "destination", who, str((event.get("bizLocation") or {}).get("id", "")))
        if seller and seller == buyer:  # from one of its places to another
            continue
        units: Counter[str] = Counter()
        for lot, amount in lots.items():
            units[what.get("/".join(lot.split("/")[:5]), lot)] += amount
        for product, amount in units.items():
            key = next((k for k in ((seller, buyer, product), (seller, buyer, "")) if k in clauses), None)
            if key is None:
                unknown[f"{product} from {seller or 'nobody known'} to {buyer or 'nobody known'}"] += 1
                continue
            c = clauses[key]
            price = float(worth.get(product, 0.0) if pd.isna(c["price"]) else c["price"])
            warm = not pd.isna(c["warmest"]) and any(t > c["warmest"] for t in _degrees(event))
            soon = early and c["early_discount"] > 0
            money = price * amount * (1 - c["warm_deduction"] * warm) * (1 - c["early_discount"] * soon)
            due = when.date() + timedelta(days=int(min(c["early_term"], c["payment_term"]) if soon else c["payment_term"]))
            name = str(event.get("eventID") or number)
            rows.append((seller, buyer, product, "goods, too warm" if warm else "goods", name, when.date(), due, amount, money))
            if c["fee"]:
                rows.append((seller, buyer, product, "fee", name, when.date(), when.date(), amount, float(c["fee"])))
            into = sums[key][(when.date() - first).days // int(c["settlement"])]
            into[0], into[1] = into[0] + amount, into[1] + amount * price
    for key, c in clauses.items() if first else ():
        size = int(c["settlement"])
        for window in range((last - first).days // size + 1):
            amount, money = sums[key][window] if key in sums else (0.0, 0.0)
            price = money / amount if amount else float(worth.get(c["product"], 0.0) if pd.isna(c["price"]) else c["price"])
            end = first + timedelta(days=(window + 1) * size - 1)
            owed = -c["rebate"] * price * max(amount - c["rebate_from"], 0.0) + price * max(c["take_or_pay"] - amount, 0.0) * (end <= last)
            if owed:
                rows.append((*key, "rebate and take-or-pay", "", min(end, last), min(end, last) + timedelta(days=int(c["payment_term"])), amount, owed))
    columns = ["seller", "buyer", "product", "kind", "event", "received", "due", "units", "money"]
    return Owed(pd.DataFrame(rows, columns=columns), [f"{counted} receipts of {name} fired no clause" for name, counted in unknown.items()])


def _company(event: Mapping[str, Any], end: str, who: Mapping[str, str], other: str) -> str:
    """The company at an end of an event: its owner, who has it, or who runs the place."""
    ends = {word_of(one.get("type")): str(one.get(end, "")) for one in event.get(f"{end}List") or [] if isinstance(one, Mapping)}
    return next((who[link] for kind in ("owning_party", "possessing_party", "location") if (link := digital_link(ends.get(kind, ""))) in who), who.get(digital_link(other), ""))


DEGREES = {"CEL": (1.0, 0.0), "FAH": (1 / 1.8, -32 / 1.8), "KEL": (1.0, -273.15)}
"""Unit of a temperature (UN/CEFACT) → factor and what is added, for degrees Celsius."""


def _degrees(event: Mapping[str, Any]) -> list[float]:
    """Readings of temperature in an event [degrees Celsius]."""
    reports = [r for e in event.get("sensorElementList") or [] for r in e.get("sensorReport") or [] if word_of(r.get("type")) == "Temperature"]
    known = [(r, *DEGREES[unit]) for r in reports if (unit := r.get("uom", "CEL")) in DEGREES]
    return [factor * r[k] + more for r, factor, more in known for k in ("maxValue", "value", "meanValue") if isinstance(r.get(k), (int, float))]
