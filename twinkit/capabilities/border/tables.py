"""Tables of borders: what crossing one costs, how long it takes, and what makes an entry into a country."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import ref

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.border.crossing import BorderTime, border_time, chance_after
from twinkit.capabilities.border.landed import BASES, KINDS, Terms, capped_fee, cost_to_comply, duty
from twinkit.chain.layout import TOTALS_LANE
from twinkit.columns import Column
from twinkit.tables.case import Case
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem, listed
from twinkit.tables.words import flag_column, name_column, word_column

WAYS = ("ship", "make", "partner")
"""Ways into a country: ship goods there, make them there, let a partner make and sell them."""
PAID = {
    "EXW": (), "FOB": (), "CIF": ("freight", "insurance"), "DAP": ("freight", "insurance", "transport inland"),
    "DDP": ("freight", "insurance", "transport inland", "duty", "processing fee", "port fee"),
}  # fmt: skip
"""Incoterm → parts of the landed cost that the seller pays besides the goods and what it takes that they originate (Incoterms 2020; the rest is the customer's)."""


def _share(meaning: str, start: float | None = 0.0, high: float = 1.0, **more) -> Column:
    return Column("share", meaning, start=start, low=0, high=high, **more)


def _money(unit: str, meaning: str) -> Column:
    return Column(unit, meaning, start=0.0, low=0)


class Tariffs:
    """The duty of goods from one country in another, from a period on."""

    table, key = "tariffs", ("origin_country", "destination_country", "hs_code", "starts")
    origin_country = name_column("country that goods come from; empty = any", start="")
    destination_country = name_column("country that they enter")
    hs_code = name_column("heading of the Harmonized System, by its first digits; the longest that fits counts; empty = all goods", start="")
    starts = Column("period", "period from which it holds; the row that began last counts", start=0, low=0, kind="whole")
    tariff = word_column("; ".join(f"{k} = {v}" for k, v in KINDS.items()), tuple(KINDS), "ad_valorem")
    ad_valorem = _share("duty as a share of the value; of a quota: beyond it", high=50.0)
    specific = _money("money/unit", "duty for a unit")
    quota = Column("units/year", "units of a year at the lower rate", start=0.0, low=0)
    within_quota = _share("duty within the quota, as a share of the value", high=50.0)


class Agreements:
    """A lower duty for goods that originate in a country, and what it takes to originate."""

    table, key = "agreements", ("origin_country", "destination_country", "hs_code")
    origin_country = name_column("country that goods come from")
    destination_country = name_column("country that they enter")
    hs_code = name_column("heading, as for tariffs; empty = all goods", start="")
    rule = word_column("what makes goods originate: content = a regional share of the value; heading = parts of other headings",
                       ("content", "heading"), "content")  # fmt: skip
    preferential = _share("duty of goods that originate, as a share of the value", high=50.0)
    content = _share("regional value content that is asked for, by the build-down method")
    imported = _share("parts from elsewhere, as a share of the value, as it is made today")
    local_premium = _share("what local parts cost more than imported ones, as a share", high=50.0)
    administration = _money("money/unit", "papers and proofs for a unit")


class Borders:
    """What a country asks for at its border, and how long its border takes."""

    table, key = "border", ("country",)
    country = name_column("country that goods enter")
    currency = name_column("currency of its prices; empty = that of the case", start="")
    basis = word_column("what a duty is a share of: cif = value with freight and insurance, fob = without", BASES, "cif")
    vat = _share("import tax on value, duty, fees and transport inland; a trader gets it back")
    fee_rate = _share("processing fee, as a share of the value of an entry")
    fee_least = _money("money/entry", "least processing fee of an entry")
    fee_most = Column("money/entry", "largest processing fee of an entry; empty = no limit", start=None, low=0)
    port_rate = _share("fee of the port, as a share of the value; by sea alone")
    entry_units = Column("units", "units that come in together: an entry", start=1.0, low=1e-9)
    release = Column("days", "time of every entry", start=0.0, low=0)
    documents = Column("days", "what a question about documents adds", start=0.0, low=0)
    examination = Column("days", "what an examination adds", start=0.0, low=0)
    chance_documents = _share("entries whose documents are questioned")
    chance_examination = _share("entries that are examined")
    least_chance = _share("entries that are held whatever is spent, of documents and of examinations each")
    halving = Column("money/year", "spend on compliance that halves what can be avoided of these chances; empty = a spend changes nothing", start=None, low=1e-9)
    variation = _share("standard deviation of what is added, as a share of its mean", 0.5, 10.0)


class Currencies:
    """A currency, and how much its value moves."""

    table, key = "currencies", ("currency",)
    currency = name_column("name of the currency")
    rate = Column("money/unit", "money of the case for one of it", start=1.0, low=1e-9)
    volatility = _share("standard deviation of its value in a year (of the logarithm)", high=5.0)
    interest = Column("share/year", "interest of a year in it; with that of the currency of the case it gives the rate of a hedge", start=0.0, low=-0.5, high=5.0)


class Rules:
    """What a product needs before it may be sold in a country, and what happens if it fails."""

    table, key = "rules", ("country", "product", "rule")
    country = name_column("country that asks for it")
    product = name_column("product that needs it", "products.product")
    rule = name_column("approval, certificate, localised variant …")
    cost = _money("money", "cost of it, each time")
    takes = Column("years", "time from the application to the approval", start=0.0, low=0)
    valid = Column("years", "after so long it must be renewed; empty = never", start=None, low=1e-9)
    failure = _share("chance in a year that goods are held because of it, without a spend on compliance")
    hold = Column("days", "days that goods are held then", start=0.0, low=0, high=365)
    fine = _money("money", "fine for it")


class Entries:
    """A way into a country with a product: what it costs and what it may sell."""

    table, key = "entries", ("country", "product", "way")
    country = name_column("country that is entered")
    product = name_column("product that is sold there", "products.product")
    way = word_column("ship = goods are sent there; make = they are made there; partner = a partner makes and sells, and pays a royalty", WAYS, "ship")
    origin_country = name_column("country from which goods are sent", start="")
    price = Column("money/unit", "price in the currency of the country", start=0.0, low=0)
    incoterm = word_column("what the price includes", tuple(PAID), "DDP")
    volume = Column("units/year", "units of the first full year", start=0.0, low=0)
    growth = Column("share/year", "growth of the volume in a year", start=0.0, low=-1, high=10)
    volume_spread = _share("standard deviation of the volume (of its logarithm): one draw for all years", 0.2, 5.0)
    unit_cost = _money("money/unit", "cost of making a unit: in money of the case if it is shipped (0 = the value of the product), in the currency of the country if it is made there")
    freight = _money("money/unit", "freight to the border")
    insurance = _money("money/unit", "insurance to the border")
    inland = _money("money/unit", "transport inland")
    by_sea = flag_column("goods come by sea", True)
    transit = Column("days", "time to the border", start=0.0, low=0)
    investment = _money("money", "paid before the first year: plant, organisation")
    fixed_cost = _money("money/year", "cost of a year, whatever is sold")
    localisation = _money("money", "cost of a variant for the country")
    localisation_unit = _money("money/unit", "what a unit of the variant costs more")
    demand_lift = Column("share", "how much more is sold with the variant", start=0.0, low=-1, high=10)
    royalty = _share("share of the revenue that a partner pays")


# --- checks


def _chances(look: Look) -> list[Problem]:
    both = look.values("border", "chance_documents").astype(float) + look.values("border", "chance_examination").astype(float)
    return look.cells("border", "chance_examination", both > 1 + 1e-9, "and chance_documents are above 1 together",
                      "An entry goes one way: make them at most 1 together.")  # fmt: skip


def _currencies_known(look: Look) -> list[Problem]:
    known = {"", look.case.settings["currency"], *look.values("currencies", "currency")}
    wrong = np.array([c not in known for c in look.values("border", "currency")], bool)
    return look.cells("border", "currency", wrong, "is no currency of the table currencies", "Add a row with its rate, or leave it empty.")


def _hs_codes(look: Look) -> list[Problem]:
    found = []
    for table in ("tariffs", "agreements"):
        wrong = np.array([bool(c) and not str(c).replace(".", "").replace(" ", "").isdigit() for c in look.values(table, "hs_code")], bool)
        found += look.cells(table, "hs_code", wrong, "is no code of the Harmonized System", "Write digits, such as 8711 or 8711.60.")
    return found


def _later(look: Look) -> list[Problem]:
    later = look.values("tariffs", "starts").astype(float) > 0
    return look.lines("tariffs", "starts", later, "is after the start: a run of the chain pays the duty that holds at its start; "
                      "'Should we enter?' takes the change into account")  # fmt: skip


def _no_border(look: Look) -> list[Problem]:
    known = set(look.values("border", "country"))
    missing = np.array([c not in known for c in look.values("entries", "country")], bool)
    return look.lines("entries", "country", missing, "has no row in the table border: it is taken to have no time, fees or currency of its own")


def _act_on_nothing(look: Look) -> list[Problem]:
    """Rows of a country that nothing comes from or goes to, and tariffs without the number that their kind needs."""
    places = (("sites", "country"), ("candidates", "country"), ("entries", "country"), ("entries", "origin_country"))
    known = sorted({str(c) for table, column in places for c in look.values(table, column)} - {""})
    found = []
    for table, column in [(t, f"{end}_country") for t in ("tariffs", "agreements") for end in ("origin", "destination")] + [("border", "country"), ("rules", "country")]:
        odd = np.array([bool(c) and c not in known for c in look.values(table, column)], bool) & look.good(table, column)
        found += look.lines(table, column, odd, "is the country of no site, candidate or entry: the row acts on nothing", f"Countries: {listed(known)}.")
    kind = look.values("tariffs", "tariff")
    for column, kinds in (("quota", ("quota",)), ("specific", ("specific", "compound", "mixed_highest", "mixed_lowest"))):
        odd = np.isin(kind, kinds) & (look.values("tariffs", column).astype(float) == 0) & look.good("tariffs", column, "tariff")
        found += look.lines("tariffs", column, odd, "says nothing, and the kind of this tariff needs it")
    return found


# --- what they say


def hs_digits(code: str) -> str:
    """Digits of a heading."""
    return "".join(c for c in str(code) if c.isdigit())


def _fitting(rows: pd.DataFrame, origin: str, destination: str, code: str) -> pd.DataFrame:
    """Rows of a way across a border that fit a heading, the closest ones: by origin, then by the most digits."""
    digits = hs_digits(code)
    here = rows[(rows["destination_country"] == destination) & rows["origin_country"].isin([origin, ""])]
    fits = here[[digits.startswith(hs_digits(c)) for c in here["hs_code"]]] if len(here) else here
    if not len(fits):
        return fits
    rank = [(o == origin, len(hs_digits(c))) for o, c in zip(fits["origin_country"], fits["hs_code"], strict=True)]
    return fits[[r == max(rank) for r in rank]]


def tariff_of(case: Case, origin: str, destination: str, code: str, period: float = 0.0) -> dict | None:
    """The row of the tariffs that holds in a period; None if there is none (no duty)."""
    rows = case["tariffs"]
    fits = _fitting(rows[rows["starts"] <= period], origin, destination, code)
    return dict(fits.loc[fits["starts"].astype(float).idxmax()]) if len(fits) else None


def agreement_of(case: Case, origin: str, destination: str, code: str) -> dict | None:
    """The agreement of a way across a border; None if there is none."""
    fits = _fitting(case["agreements"], origin, destination, code)
    return dict(fits.iloc[0]) if len(fits) else None


def terms_of(border: dict | None) -> Terms:
    """What a border asks for besides duty."""
    b = border or {}
    most = b.get("fee_most")
    return Terms(
        b.get("basis", "cif"), vat=float(b.get("vat", 0.0)), fee_rate=float(b.get("fee_rate", 0.0)), fee_least=float(b.get("fee_least", 0.0)),
        fee_most=float("inf") if most is None or most != most else float(most), port_rate=float(b.get("port_rate", 0.0)),
    )  # fmt: skip


def _to_originate(case: Case, agreement: dict, product: str, goods: Any) -> Any:
    """What it costs that a unit of some value originates under an agreement, like `goods`; None where it cannot [money/unit]."""
    papers = float(agreement["administration"])
    if agreement["rule"] == "content":
        return goods * cost_to_comply(1.0, *(float(agreement[k]) for k in ("imported", "local_premium", "content"))) + papers
    parts, codes = case["bill_of_materials"], case["products"].set_index("product")["hs_code"]
    headings = [hs_digits(codes.get(c, ""))[:4] for c in [product, *parts[parts["product"] == product]["component"]]]
    return papers + 0.0 * goods if len(headings) > 1 and all(headings) and headings[0] not in headings[1:] else None


class Crossed(NamedTuple):
    """Duty of a unit across a border, as numbers or arrays of them.

    Attributes
    ----------
    value
        Customs value [money/unit].
    duty
        Duty that is paid, with the agreement where goods originate [money/unit].
    compliance
        What it costs that they originate; 0 where they do not [money/unit].
    complies
        Whether they are made to originate.
    saved, cost
        Duty that an agreement saves, and what it takes; 0 and NaN where there is none that the product can meet [money/unit].
    threshold
        Duty from which on it pays to comply [share]; NaN where there is none.
    """

    value: Any
    duty: Any
    compliance: Any
    complies: Any
    saved: Any
    cost: Any
    threshold: Any


def crossed(
    case: Case, origin: str, destination: str, product: str, goods: Any, carriage: Any = 0.0, *, period: float = 0.0, volume: float = math.inf,
    shock: float = 0.0, comply: str = "best",
) -> Crossed:  # fmt: skip
    """Duty of a unit from one country in another, and whether it is made to originate.

    Parameters
    ----------
    case, origin, destination, product
        What goes from where to where.
    goods, carriage
        Value of a unit, and its freight and insurance to the border; numbers, or arrays of one shape [money/unit].
    period
        In which it goes [period].
    volume
        Units of the year that a quota is shared out over; infinite: it is used up [units/year].
    shock
        Points that are added to every duty but that of goods that originate [share].
    comply
        "best": where it pays; "never"; "always", where it can be done.
    """
    value = goods + carriage if terms_of(border_of(case, destination)).basis == "cif" else goods + 0.0 * carriage
    none = np.zeros(np.shape(value))
    if not destination or origin == destination:
        return Crossed(value, none, none, none > 0, none, none + math.nan, none + math.nan)
    code = str(case["products"].set_index("product")["hs_code"].get(product, ""))
    t, agreement = tariff_of(case, origin, destination, code, period), agreement_of(case, origin, destination, code)
    kind = t["tariff"] if t else "ad_valorem"
    rate = float(quota_share(t, volume) if kind == "quota" else t["ad_valorem"] if t else 0.0)
    paid = duty(value, 1.0, "ad_valorem" if kind == "quota" else kind, rate, float(t["specific"]) if t else 0.0, shock)
    cost = None if agreement is None else _to_originate(case, agreement, product, goods)
    if cost is None:
        return Crossed(value, paid, none, none > 0, none, none + math.nan, none + math.nan)
    low = float(agreement["preferential"])
    saved = np.maximum(paid - value * low, 0.0)
    complies = saved > cost if comply == "best" else (none == 0) & (comply == "always")
    threshold = low + np.divide(cost, value, out=np.full(np.shape(value), math.nan), where=np.asarray(value) > 0)
    return Crossed(value, np.where(complies, value * low, paid)[()], np.where(complies, cost, 0.0)[()], complies, saved, cost, threshold)


def quota_share(tariff: dict, volume: Any) -> Any:
    """Duty of a year under a quota, as a share of the value of all its units, shape of `volume` [share]."""
    low, high = float(tariff["within_quota"]), float(tariff["ad_valorem"])
    within = np.minimum(1.0, np.divide(float(tariff["quota"]), volume, out=np.ones(np.shape(volume)), where=np.asarray(volume) > 0))
    return high + (low - high) * within


def time_of(border: dict | None, spend: float = 0.0) -> BorderTime:
    """Time at a border after a spend on compliance [days]."""
    b = border or {}
    chances = {k: float(b.get(k, 0.0)) for k in ("chance_documents", "chance_examination")}
    halving = b.get("halving")
    if spend and halving is not None and halving == halving:
        least = float(b.get("least_chance", 0.0))
        chances = {k: chance_after(c, spend, float(halving), min(least, c)) for k, c in chances.items()}
    return border_time(float(b.get("release", 0.0)), float(b.get("examination", 0.0)), float(b.get("documents", 0.0)),
                       spread=float(b.get("variation", 0.5)), **chances)  # fmt: skip


def border_of(case: Case, country: str) -> dict | None:
    """The row of a country in the table of borders."""
    rows = case["border"][case["border"]["country"] == country]
    return dict(rows.iloc[0]) if len(rows) else None


# --- what they do to the chain


def _crossing(lanes: pd.DataFrame, sites: pd.DataFrame) -> list[tuple[str, str]]:
    country = sites.set_index("site")["country"]
    return list(zip(lanes["origin"].map(country), lanes["destination"].map(country), strict=True))


def longer(case: Case) -> Case:
    """Lanes into another country take the mean time at its border longer, and vary by its standard deviation more."""
    times = {c: time_of(border_of(case, c)) for c in case["border"]["country"]}
    days = float(case.settings["period_days"])
    lanes = case["lanes"]
    crossed = [times.get(b) if a and a != b else None for a, b in _crossing(lanes, case["sites"])]
    mean = np.array([t.mean / days if t else 0.0 for t in crossed])
    var = np.array([t.variance / days**2 if t else 0.0 for t in crossed])
    kind, spread = lanes["lead_time_kind"].to_numpy(object).copy(), lanes["lead_time_spread"].to_numpy(float)
    own = np.where(kind == "uniform", spread**2 / 3, np.where(kind == "poisson", lanes["lead_time"].to_numpy(float), np.where(kind == "fixed", 0.0, spread**2)))
    kind[var > 0] = "lognormal"
    both = np.where(var > 0, np.sqrt(own + var), spread)
    return case.replace(lanes=lanes.assign(lead_time=lanes["lead_time"] + mean, lead_time_kind=kind, lead_time_spread=both))


def duty_by_lane(case: Case, lanes: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Duty and fees of a unit, by lane, at the start of the run, with what it costs to originate where that pays [money/unit]; a quota is taken as used up."""
    values = case["products"].set_index("product")["value"]
    found = np.zeros(len(lanes))
    for i, ((a, b), row) in enumerate(zip(_crossing(lanes, sites), lanes.to_dict("records"), strict=True)):
        if not a or not b or a == b:
            continue
        once = crossed(case, a, b, row["product"], float(values.get(row["product"], 0.0)), float(row["transport_cost"]))
        border = border_of(case, b)
        terms, units = terms_of(border), float(border["entry_units"]) if border else 1.0
        fee = capped_fee(once.value * units, terms.fee_rate, terms.fee_least, terms.fee_most) / units
        found[i] = once.duty + once.compliance + fee + once.value * terms.port_rate * (row["mode"] == "sea")
    return found


_known: list[tuple[ref, np.ndarray]] = []
"""Duties of the last plans: a run may be asked for its costs in every period."""


def duties(plan, world) -> list[tuple[str, Sequence[str], np.ndarray]]:
    """Duties and fees that a run paid, where goods come in."""
    case = plan.case
    if not len(case["tariffs"]) and not len(case["border"]):
        return []
    lanes = plan.net.lanes
    each = next((found for known, found in _known if known() is plan), None)
    if each is None:
        each = duty_by_lane(case, lanes, plan.net.sites)
        _known[:] = [*(one for one in _known if one[0]() is not None), (ref(plan), each)][-8:]
    return [("lanes", lanes["destination"].to_numpy(), each[:, None] * world.total_lane[TOTALS_LANE.sent])]


rooms.add_column("products", "hs_code", name_column("heading of the Harmonized System, for tariffs", start="", advanced=True))
rooms.add_table(Tariffs, checks=[_hs_codes], notes=[_later, _act_on_nothing])
rooms.add_table(Agreements)
rooms.add_table(Borders, checks=[_chances, _currencies_known], fold=longer)
rooms.add_table(Currencies)
rooms.add_table(Rules)
rooms.add_table(Entries, notes=[_no_border])
rooms.add_cost("duties", duties)
