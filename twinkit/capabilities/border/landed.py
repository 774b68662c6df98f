"""What goods cost once they are across a border: customs value, duty, fees, tax, and rules of origin.

Every amount is money in one currency.  Rates are shares (0.065 is 6.5 %).  The rules are those of
the EU's Union Customs Code (duty on the value with freight and insurance: CIF; import tax on customs
value, duty and transport inland) and of the United States (duty on the value without them: FOB; a
merchandise processing fee between a least and a most, a harbor maintenance fee by sea alone); other
countries follow one of the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from twinkit.inventory.arguments import above_zero, between, finite, zero_or_more

KINDS = {
    "ad_valorem": "a share of the value",
    "specific": "an amount for each unit",
    "compound": "a share of the value and an amount for each unit",
    "mixed_highest": "a share of the value or an amount for each unit, the higher",
    "mixed_lowest": "a share of the value or an amount for each unit, the lower",
    "quota": "one share of the value within a quota, another beyond it",
}
"""Kinds of tariff → what a duty is."""
BASES = ("cif", "fob")
"""What a duty is a share of: the value with freight and insurance to the border, or without."""


def duty(value: Any, units: float, kind: str = "ad_valorem", ad_valorem: float = 0.0, specific: float = 0.0, shock: float = 0.0) -> Any:
    """Duty on a shipment [money].

    Parameters
    ----------
    value
        Customs value of the shipment, or an array of some [money].
    units
        What the specific part counts: pieces, or kilograms [units].
    kind
        One of :data:`KINDS` but "quota", which depends on what came before: :func:`quota_duty`.
    ad_valorem
        Share of the value [share].
    specific
        Amount for each unit [money/unit].
    shock
        Points that are added to the duty, of whatever kind it is; below 0 it takes away at most all of it [share of the value].

    Raises
    ------
    ValueError
        If a number is negative or not finite, or there is no such kind.

    Examples
    --------
    >>> [duty(12_000, 1000, kind, 0.06, 0.8) for kind in ("ad_valorem", "specific", "compound", "mixed_highest", "mixed_lowest")]
    [720.0, 800.0, 1520.0, 800.0, 720.0]
    >>> duty(12_000, 1000, "mixed_lowest", 0.06, 0.8, shock=0.1)
    1920.0
    """
    zero_or_more(value=float(np.min(value)), largest_value=float(np.max(value)), units=units, ad_valorem=ad_valorem, specific=specific)
    share, amount = np.multiply(value, ad_valorem), units * specific
    found = {
        "ad_valorem": share, "specific": amount, "compound": share + amount,
        "mixed_highest": np.maximum(share, amount), "mixed_lowest": np.minimum(share, amount),
    }  # fmt: skip
    if kind not in found:
        raise ValueError(f"kind = {kind!r}: must be one of {', '.join(found)}")
    paid = np.maximum(found[kind] + np.multiply(value, shock), 0.0)
    return paid if np.ndim(paid) else float(paid)


class QuotaEntry(NamedTuple):
    """A shipment under a tariff-rate quota.

    Attributes
    ----------
    in_quota, out
        Units within and beyond the quota.
    duty
        Duty on both [money].
    """

    in_quota: float
    out: float
    duty: float


def quota_duty(
    imports: Sequence[float], unit_value: float, quota: float, in_rate: float, out_rate: float
) -> list[QuotaEntry]:
    """Duty on shipments in the order of their arrival, first come first served, under a tariff-rate quota.

    Parameters
    ----------
    imports
        Units of each shipment of the quota's year.
    unit_value
        Customs value [money/unit].
    quota
        Units at the lower rate.
    in_rate, out_rate
        Duty within and beyond it [share of the value].

    Examples
    --------
    >>> [tuple(entry) for entry in quota_duty([300, 300, 100], 10.0, 500, 0.02, 0.3)]
    [(300, 0, 60.0), (200, 100, 340.0), (0, 100, 300.0)]
    """
    zero_or_more(unit_value=unit_value, quota=quota, in_rate=in_rate, out_rate=out_rate, least_import=min(imports, default=0.0))
    left, found = quota, []
    for units in imports:
        within = min(units, left)
        left -= within
        beyond = units - within
        found.append(QuotaEntry(within, beyond, unit_value * (within * in_rate + beyond * out_rate)))
    return found


def capped_fee(value: float, rate: float, least: float = 0.0, most: float = math.inf) -> float:
    """A fee that is a share of the value, but at least and at most so much [money].

    >>> round(capped_fee(5000, 0.003464, 32.71, 634.62), 2), round(capped_fee(400_000, 0.003464, 32.71, 634.62), 2)
    (32.71, 634.62)
    """
    zero_or_more(value=value, rate=rate, least=least)
    if not most >= least:
        raise ValueError(f"most = {most!r}: must be at least {least:g}, the least")
    return min(max(value * rate, least), most)


def split(total: float, keys: Sequence[float]) -> list[float]:
    """A cost shared out over the lines of a shipment by a key: their values, or their weights [money].

    >>> split(1000.0, [900, 100])
    [900.0, 100.0]
    """
    zero_or_more(total=total, least_key=min(keys, default=0.0))
    above_zero(sum_of_the_keys=sum(keys))
    return [total * k / sum(keys) for k in keys]


@dataclass(frozen=True)
class Terms:
    """What a country asks for at its border.

    Attributes
    ----------
    basis
        What a duty is a share of: "cif" or "fob".
    kind, ad_valorem, specific
        The tariff, as for :func:`duty`.
    vat
        Import tax on customs value, duty, fees and transport inland [share]; a trader gets it back.
    fee_rate, fee_least, fee_most
        Processing fee: a share of the customs value between two ends [share; money].
    port_rate
        Fee of the port, by sea alone [share of the customs value].
    """

    basis: str = "cif"
    kind: str = "ad_valorem"
    ad_valorem: float = 0.0
    specific: float = 0.0
    vat: float = 0.0
    fee_rate: float = 0.0
    fee_least: float = 0.0
    fee_most: float = math.inf
    port_rate: float = 0.0

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise ValueError(f"basis = {self.basis!r}: must be one of {', '.join(BASES)}")


@dataclass(frozen=True)
class Landed:
    """Landed cost of a shipment, as parts that add up.

    Attributes
    ----------
    customs_value
        What the duty is worked out on [money].
    parts
        Part → amount [money]: goods, freight, insurance, duty, fees, transport inland, and others.
    vat_base, vat
        What the import tax is worked out on, and the tax [money].
    """

    customs_value: float
    parts: Mapping[str, float] = field(default_factory=dict)
    vat_base: float = 0.0
    vat: float = 0.0

    @property
    def without_vat(self) -> float:
        """All parts [money]."""
        return sum(self.parts.values())

    @property
    def with_vat(self) -> float:
        """All parts and the import tax [money]."""
        return self.without_vat + self.vat

    @property
    def at_the_border(self) -> float:
        """Duty and fees [money]."""
        return sum(self.parts.get(k, 0.0) for k in ("duty", "processing fee", "port fee"))


def landed_cost(
    goods: float, terms: Terms, *, units: float = 1.0, freight: float = 0.0, insurance: float = 0.0, inland: float = 0.0,
    by_sea: bool = True, duty_paid: float | None = None, others: Mapping[str, float] | None = None,
) -> Landed:  # fmt: skip
    """Landed cost of a shipment, part by part.

    Parameters
    ----------
    goods
        Price of the goods, free on board [money].
    terms
        What the country asks for.
    units
        What a specific tariff counts [units].
    freight, insurance
        To the border [money].
    inland
        Transport from the border to the first place of destination [money].
    by_sea
        Whether a port takes its fee.
    duty_paid
        Duty that is known already, as under a quota or an agreement [money]; by default by the tariff.
    others
        Name → further costs that are in no customs value: brokerage, examination, compliance [money].

    Examples
    --------
    >>> found = landed_cost(10_000, Terms(ad_valorem=0.065, vat=0.2), freight=800, insurance=50, inland=300)
    >>> found.customs_value, found.parts["duty"], round(found.vat, 2), round(found.with_vat, 2)
    (10850.0, 705.25, 2371.05, 14226.3)
    """
    zero_or_more(goods=goods, freight=freight, insurance=insurance, inland=inland, vat=terms.vat, port_rate=terms.port_rate)
    value = float(goods + (freight + insurance if terms.basis == "cif" else 0.0))
    paid = duty(value, units, terms.kind, terms.ad_valorem, terms.specific) if duty_paid is None else duty_paid
    parts = {
        "goods": float(goods), "freight": float(freight), "insurance": float(insurance), "duty": paid,
        "processing fee": capped_fee(value, terms.fee_rate, terms.fee_least, terms.fee_most),
        "port fee": value * terms.port_rate * by_sea, "transport inland": float(inland),
    }  # fmt: skip
    base = value + sum(parts[k] for k in ("duty", "processing fee", "port fee", "transport inland"))
    parts |= dict(others or {})
    return Landed(value, parts, base, base * terms.vat)


# --- rules of origin


def content(method: str, **amounts: float) -> float:
    """Regional value content of a product [share].

    Parameters
    ----------
    method
        "build_down" ``(TV - VNM) / TV``; "build_up" ``VOM / TV``; "net_cost" ``(NC - VNM) / NC`` (USMCA, article 4.5).
    **amounts
        TV, the transaction value; VNM, the value of non-originating materials; VOM, that of originating
        ones; NC, the net cost: those that the method reads [money/unit].

    Raises
    ------
    ValueError
        If there is no such method, an amount is missing, negative or, where it divides, 0.

    Examples
    --------
    >>> content("build_down", TV=100, VNM=38), content("build_up", TV=100, VOM=45), round(content("net_cost", NC=90, VNM=38), 4)
    (0.62, 0.45, 0.5778)
    """
    read = {"build_down": ("TV", "VNM"), "build_up": ("TV", "VOM"), "net_cost": ("NC", "VNM")}
    if method not in read:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(read)}")
    missing = [k for k in read[method] if k not in amounts]
    if missing:
        raise ValueError(f"{', '.join(missing)}: the method {method} needs {' and '.join(read[method])}")
    whole, part = (amounts[k] for k in read[method])
    above_zero(**{read[method][0]: whole})
    zero_or_more(**{read[method][1]: part})
    return part / whole if method == "build_up" else (whole - part) / whole


def originates(ex_works: float, non_originating: float, most: float) -> tuple[float, bool]:
    """Share of non-originating materials in the ex-works price, and whether a product originates.

    That is the form of the EU's agreements: at most such a share.

    >>> originates(200.0, 90.0, 0.5)
    (0.45, True)
    """
    above_zero(ex_works=ex_works)
    zero_or_more(non_originating=non_originating)
    between(0, 1, most=most)
    share = non_originating / ex_works
    return share, share <= most + 1e-12


class Preference(NamedTuple):
    """Whether a unit should be made to originate.

    Attributes
    ----------
    duty_saved
        Duty that is not paid [money/unit].
    cost_to_comply
        What local parts cost more, and papers [money/unit].
    comply_pays
        Whether the first is larger.
    """

    duty_saved: float
    cost_to_comply: float
    comply_pays: bool


def cost_to_comply(price: float, imported_parts: float, local_premium: float, threshold: float, administration: float = 0.0) -> float:
    """What it costs to reach a regional value content, by the build-down method [money/unit].

    Imported parts beyond ``(1 - threshold) price`` are replaced by local ones, which cost a share more.

    Parameters
    ----------
    price
        Transaction value [money/unit].
    imported_parts
        Non-originating materials as it is made today [money/unit].
    local_premium
        What local parts cost more [share].
    threshold
        Content that is asked for [share].
    administration
        Papers, audits and proofs [money/unit].

    Examples
    --------
    >>> round(cost_to_comply(100, 60, 0.15, 0.6, 1), 9)
    4.0
    """
    above_zero(price=price)
    zero_or_more(imported_parts=imported_parts, local_premium=local_premium, administration=administration)
    between(0, 1, threshold=threshold)
    return max(imported_parts - (1 - threshold) * price, 0.0) * local_premium + administration


def comply_or_pay(price: float, mfn: float, cost: float, preferential: float = 0.0) -> Preference:
    """Comply with an agreement, or pay the duty of all [money/unit].

    Parameters
    ----------
    price
        Customs value [money/unit].
    mfn, preferential
        Duty without and with the proof of origin [share].
    cost
        :func:`cost_to_comply` [money/unit].

    Examples
    --------
    >>> tuple(comply_or_pay(100, 0.05, 4.0))
    (5.0, 4.0, True)
    """
    zero_or_more(price=price, mfn=mfn, preferential=preferential, cost=cost)
    saved = price * max(mfn - preferential, 0.0)
    return Preference(saved, cost, bool(saved > cost))


def break_even_duty(price: float, cost: float, preferential: float = 0.0) -> float:
    """Duty from which on it pays to comply [share].

    >>> break_even_duty(100, 4.0)
    0.04
    """
    above_zero(price=price)
    zero_or_more(cost=cost, preferential=preferential)
    return preferential + cost / price


# --- currencies and money over time


def converted(amount: float, rates: Mapping[str, float], origin: str, target: str) -> float:
    """An amount in another currency, by rates that say how much of each one unit of the reference buys (as the ECB's do).

    Raises
    ------
    ValueError
        If there is no rate of one of them, or it is not above 0.

    Examples
    --------
    >>> round(converted(110.0, {"EUR": 1.0, "USD": 1.1, "GBP": 0.85}, "USD", "GBP"), 9)
    85.0
    """
    finite(amount=amount)
    missing = [c for c in (origin, target) if c not in rates]
    if missing:
        raise ValueError(f"{', '.join(missing)}: there is no rate; known: {', '.join(rates)}")
    above_zero(**{origin: rates[origin], target: rates[target]})
    return amount / rates[origin] * rates[target]


def forward_rate(spot: float, home_interest: float, foreign_interest: float, years: float) -> float:
    """Rate at which an amount is hedged today, by covered interest parity: ``S ((1 + i) / (1 + i*))^t``.

    Spot and forward are home money for one of the foreign currency.

    >>> round(forward_rate(0.9, 0.03, 0.05, 1.0), 4)
    0.8829
    """
    above_zero(spot=spot)
    zero_or_more(years=years)
    if min(home_interest, foreign_interest) <= -1:
        raise ValueError("home_interest, foreign_interest: must be above -1")
    return spot * ((1 + home_interest) / (1 + foreign_interest)) ** years


def npv(flows: np.ndarray, rate: float) -> np.ndarray | float:
    """Net present value of flows at the ends of years 0, 1, 2 … [money].

    Parameters
    ----------
    flows
        Shape (years + 1,) or (years + 1, worlds) [money].
    rate
        Discount rate [share/year].

    Examples
    --------
    >>> round(npv(np.array([-100.0, 60.0, 60.0]), 0.1), 4)
    4.1322
    """
    if not (math.isfinite(rate) and rate > -1):
        raise ValueError(f"rate = {rate!r}: must be a number above -1")
    flows = np.asarray(flows, float)
    found = np.tensordot((1 + rate) ** -np.arange(len(flows)), flows, axes=1)
    return float(found) if np.ndim(found) == 0 else found
