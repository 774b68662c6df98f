"""EPCIS 2.0 events of a ledger: what, when, where, why, and how, as JSON-LD that the schema of GS1 accepts.

Identifiers are GS1 Digital Links of the prefix 952, which GS1 keeps for demonstrations: they name nobody's goods.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO

import numpy as np

from twinkit.capabilities.trace.event_hash import check_digit
from twinkit.capabilities.trace.ledger import PRODUCED, START, Ledger
from twinkit.chain.plan import Plan

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
UNITS = {"kg": "KGM", "t": "TNE", "tonne": "TNE", "g": "GRM", "l": "LTR", "litre": "LTR", "m": "MTR", "m3": "MTQ", "case": "CS"}
"""What one unit of a product is → code of UN/CEFACT recommendation 20; pieces have none."""
NO_DATE = "2001-01-01"
"""First day of a case that has no date."""
CLOCK = {"receive": "06:00", "make": "08:00", "pack": "15:30", "attach": "15:40", "ship": "16:00", "sell": "18:00", "scrap": "20:00"}
"""Time of day at which a step stands in the record: a run knows periods, so it says the order and not the hour."""


def link(ai: str, digits: str) -> str:
    """A Digital Link of the demonstration prefix with its check digit."""
    return f"https://id.gs1.org/{ai}/{digits}{check_digit(digits)}"


class Identifiers:
    """GS1 identifiers of what is in a ledger.

    Parameters
    ----------
    ledger
        The ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, net = ledger, ledger.plan.net
        self.products = {name: i for i, name in enumerate(dict.fromkeys(net.stocks["product"]))}
        sites = {name: i for i, name in enumerate(net.sites["site"])}
        self.glns = [link("414", f"952{sites[s]:09d}") for s in net.stocks["site"]]
        self.parties = [link("417", f"952{500_000_000 + i:09d}") for i in range(len(net.markets))]
        self.gtins = [link("01", f"0952{self.products[p]:09d}") for p in net.stocks["product"]]

    @cached_property
    def lots(self) -> list[str]:
        """Identifier of every lot; of every piece, where a lot is one piece: it is then a serial number."""
        led, pieces = self.ledger, self.pieces
        return [f"{self.gtins[r]}/{'21' if p else '10'}/{r}-{'S' if d < 0 else d}-{k}"
                for r, d, k, p in zip(led.row.tolist(), led.day.tolist(), led.number.tolist(), pieces.tolist(), strict=True)]  # fmt: skip

    @cached_property
    def pieces(self) -> np.ndarray:
        """Which lots are single pieces: those of a lot size of 1."""
        table, stocks = self.ledger.plan.case["lots"], self.ledger.plan.net.stocks
        single = {(s, p) for s, p, n in zip(table["site"], table["product"], table["lot_size"], strict=True) if n == 1}
        one = np.array([(s, p) in single for s, p in zip(stocks["site"], stocks["product"], strict=True)], bool)
        return one[self.ledger.row]

    def find(self, code: str) -> int | None:
        """Number of the lot of a code: its name, its Digital Link of any domain, or what stands behind the last slash; None if there is none."""
        code = code.strip()
        if code in self._by_name:
            return self._by_name[code]
        tail = code.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
        return self._by_tail.get(tail)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.ledger.names)}

    @cached_property
    def _by_tail(self) -> dict[str, int]:
        return {name.rsplit("/", 1)[-1]: i for i, name in enumerate(self.lots)}


def write_epcis(ledger: Ledger, to: str | Path | IO[str], temperatures: bool = True) -> int:
    """Write all that happened to the lots of a ledger as one EPCIS document.

    Parameters
    ----------
    ledger
        The lots of one world of a run.
    to
        A file, or its name.
    temperatures
        Whether shipments on lanes of the table `temperatures` are written with the reports of a sensor.

    Returns
    -------
    int
        Number of events.
    """
    if not hasattr(to, "write"):
        with open(to, "w", encoding="utf-8", buffering=1 << 20) as file:
            return write_epcis(ledger, file, temperatures)
    made = datetime.fromisoformat(day_of(ledger, ledger.flows.sent.shape[1]))
    to.write(f'{{"@context":["{CONTEXT}"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"{made:%Y-%m-%d}T00:00:00.000Z","epcisBody":{{"eventList":[\n')
    count, held = 0, []
    for event in events_of(ledger, temperatures):
        held.append(event)
        count += 1
        if len(held) == 5000:
            to.write((",\n" if count > 5000 else "") + ",\n".join(held))
            held = []
    to.write((",\n" if count > len(held) and held else "") + ",\n".join(held) + "\n]}}\n")
    return count


def day_of(ledger: Ledger, period: int) -> str:
    """Date of a period of a ledger."""
    settings = ledger.plan.case.settings
    begin = datetime.fromisoformat(str(settings["start_date"] or NO_DATE)[:10])
    return f"{begin + timedelta(days=float(settings['period_days']) * max(period, 0)):%Y-%m-%d}"


def moment_of(ledger: Ledger, period: int, what: str) -> str:
    """Time of a step of a period of a ledger, one of :data:`CLOCK`; of a shorter period than a day, as far into it as the step is into a day."""
    hour, minute = map(int, CLOCK[what].split(":"))
    length = float(ledger.plan.case.settings["period_days"])
    share = timedelta(hours=hour, minutes=minute)
    begin = datetime.fromisoformat(day_of(ledger, 0 if length < 1 else period))
    when = begin + share if length >= 1 else begin + length * (timedelta(days=max(period, 0)) + share)
    return f"{when.isoformat(timespec='milliseconds')}Z"


def lane_temperatures(plan: Plan) -> np.ndarray:
    """Mean temperature and its spread by lane, shape (lanes, 2) [degrees Celsius]; NaN where none is measured."""
    table = plan.case["temperatures"]
    at = {(r["origin"], r["destination"], r["product"]): (r["temperature"], r["spread"]) for r in table.to_dict("records")}
    lanes = plan.net.lanes
    ways = zip(lanes["origin"], lanes["destination"], lanes["product"], strict=True)
    return np.array([at.get(way, (np.nan, np.nan)) for way in ways], float).reshape(-1, 2)


def shipment_temperature(seed: int, world: int, lane: int, period: int, mean: float, spread: float) -> tuple[float, float]:
    """Mean and highest temperature of what leaves on a lane in a period [degrees Celsius].

    Drawn for the lane and the period by a stream of its own, so that nothing else of a run changes.
    """
    luck = np.random.default_rng(np.random.SeedSequence([seed, world, lane, period, 11]))
    own = float(mean + spread * luck.standard_normal())
    return round(own, 1), round(own + abs(float(spread * luck.standard_normal())), 1)


def events_of(ledger: Ledger, temperatures: bool = True) -> Iterator[str]:
    """Events of a ledger as JSON, day by day."""
    names = Identifiers(ledger)
    lots, glns, net = names.lots, names.glns, ledger.plan.net
    lanes, recipes, markets, scrap = ledger.places
    uoms = dict(zip(ledger.plan.case["products"]["product"], ledger.plan.case["products"]["unit"], strict=True))
    uom = [f',"uom":"{UNITS[uoms[p]]}"' if uoms.get(p) in UNITS else "" for p in net.stocks["product"]]
    pieces, rows = names.pieces, ledger.row.tolist()
    origin_gln = [glns[i] for i in net.lane_origin]
    target_gln = [glns[i] for i in net.lane_destination]
    degrees = lane_temperatures(ledger.plan)
    warm = np.isfinite(degrees[:, 0]) & temperatures
    seed, world = ledger.flows.seed, ledger.flows.first + ledger.world
    clocks = [{what: f'{moment_of(ledger, t, what)}","eventTimeZoneOffset":"+00:00' for what in CLOCK} for t in range(ledger.flows.sent.shape[1])]
    single = pieces.any()

    def what(some: list[int], units: list[float], epcs: str = "epcList", classes: str = "quantityList") -> str:
        """Lots of an event: pieces by their number, lots with their amount."""
        if single and any(pieces[i] for i in some):
            own = ",".join(f'"{lots[i]}"' for i in some if pieces[i])
            rest = [(i, u) for i, u in zip(some, units, strict=True) if not pieces[i]]
            more = f',"{classes}":[' + ",".join(f'{{"epcClass":"{lots[i]}","quantity":{u:.12g}{uom[rows[i]]}}}' for i, u in rest) + "]" if rest else ""
            return f'"{epcs}":[{own}]{more}'
        return f'"{classes}":[' + ",".join(f'{{"epcClass":"{lots[i]}","quantity":{u:.12g}{uom[rows[i]]}}}' for i, u in zip(some, units, strict=True)) + "]"

    def run_of(lot: int, stock: int) -> str:
        """Number of the transformation that a lot came of."""
        return f'"transformationID":"urn:epcglobal:cbv:xform:{glns[stock].rsplit("/", 1)[-1]}:{lots[lot].rsplit("/", 1)[-1]}"'

    def at(gln: str) -> str:
        return f'"readPoint":{{"id":"{gln}"}},"bizLocation":{{"id":"{gln}"}}'

    used = ledger.used
    order = np.argsort(used[:, 3], kind="stable")
    into = used[order, 3].astype(int)
    starts = np.searchsorted(into, np.arange(len(rows) + 1))
    in_lot, in_units = used[order, 1].astype(int).tolist(), used[order, 4].tolist()
    moved = ledger.moved
    a, b = moved[:, 2].astype(int), moved[:, 3].astype(int)
    kind = np.select([a < 0, (a >= recipes) & (a < markets) & (b < lanes), b == scrap, b >= markets, b >= lanes], [0, 1, 5, 4, 3], 2)
    by_product = (kind == 0) & (b < lanes) & (ledger.origin[moved[:, 1].astype(int)] == PRODUCED)
    rank = np.where(by_product, 2, np.array([1, 2, 0, 3, 4, 5])[kind])  # goods come in before they are made into others, and go out after
    each = np.where(kind == 1, moved[:, 1], 0)
    sort = np.lexsort((moved[:, 1], each, b, a, rank, moved[:, 0]))
    key = np.column_stack([moved[sort, 0], rank[sort], a[sort], b[sort], each[sort]])
    edge = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]).any(axis=1)]) if len(sort) else np.zeros(0, int)
    lot_of, units_of = moved[sort, 1].astype(int).tolist(), moved[sort, 4].tolist()
    groups = zip(edge.tolist(), [*edge[1:].tolist(), len(sort)], moved[sort[edge], 0].astype(int).tolist(), kind[sort[edge]].tolist(),
                 a[sort[edge]].tolist(), b[sort[edge]].tolist(), strict=True)  # fmt: skip
    serial, evening, when = 0, ([], [], []), (0, 0)
    for start, end, t, k, here, there in groups:
        some, units, clock = lot_of[start:end], units_of[start:end], clocks[max(t, 0)]
        if when != (t, k):  # all pallets of a day are packed, then all leave
            yield from (event for part in evening for event in part)
            evening, when = ([], [], []), (t, k)
        if k == 0:
            old = ledger.origin[some[0]] == START
            if ledger.origin[some[0]] == PRODUCED:
                if there < lanes:  # a by-product, of the same transformation as what it came with; all else has an event when it is made
                    for lot, u in zip(some, units, strict=True):
                        yield (f'{{"type":"TransformationEvent","eventTime":"{clock["make"]}",{what([lot], [u], "outputEPCList", "outputQuantityList")},'
                               f'{run_of(in_lot[starts[lot]], there)},"bizStep":"creating_class_instance","disposition":"active",{at(glns[there])}}}')  # fmt: skip
                continue
            if there >= recipes:  # what is in work at the start is a product once it is made
                continue
            if there >= lanes:
                lane = there - lanes
                yield (f'{{"type":"ObjectEvent","eventTime":"{clock["receive"]}","action":"OBSERVE","bizStep":"shipping","disposition":"in_transit",{what(some, units)},'
                       f'"readPoint":{{"id":"{origin_gln[lane]}"}},"destinationList":[{{"type":"location","destination":"{target_gln[lane]}"}}]}}')  # fmt: skip
                continue
            step = '"action":"OBSERVE","bizStep":"cycle_counting"' if old else '"action":"ADD","bizStep":"commissioning","disposition":"active"'
            yield f'{{"type":"ObjectEvent","eventTime":"{clock["receive"]}",{step},{what(some, units)},{at(glns[there])}}}'
        elif k == 1:
            for lot, u in zip(some, units, strict=True):
                i, j = starts[lot], starts[lot + 1]
                inputs = what(in_lot[i:j], in_units[i:j], "inputEPCList", "inputQuantityList") + "," if i < j else ""
                yield (f'{{"type":"TransformationEvent","eventTime":"{clock["make"]}",{inputs}{what([lot], [u], "outputEPCList", "outputQuantityList")},{run_of(lot, there)},'
                       f'"bizStep":"creating_class_instance","disposition":"active",{at(glns[there])}}}')  # fmt: skip
        elif k == 2:
            lane = here - lanes
            sensor = ""
            if warm[lane]:
                mean, top = shipment_temperature(seed, world, lane, t, *degrees[lane])
                sensor = (f',"sensorElementList":[{{"sensorMetadata":{{"time":"{moment_of(ledger, t, "receive")}"}},"sensorReport":[{{"type":"Temperature","meanValue":{mean},'
                          f'"maxValue":{top},"uom":"CEL"}}]}}]')  # fmt: skip
            yield (f'{{"type":"ObjectEvent","eventTime":"{clock["receive"]}","action":"OBSERVE","bizStep":"receiving","disposition":"in_progress",{what(some, units)},'
                   f'{at(target_gln[lane])},"sourceList":[{{"type":"location","source":"{origin_gln[lane]}"}}]{sensor}}}')  # fmt: skip
        elif k == 3:
            lane, pallet = there - lanes, link("00", f"0952{serial:013d}")
            party = origin_gln[lane].rsplit("/", 1)[-1]
            papers = (f'"bizTransactionList":[{{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:{party}:{lane}-{t}"}},'
                      f'{{"type":"desadv","bizTransaction":"urn:epcglobal:cbv:bt:{party}:S{serial}"}}]')  # fmt: skip
            evening[0].append(f'{{"type":"AggregationEvent","eventTime":"{clock["pack"]}","action":"ADD","parentID":"{pallet}",{what(some, units, "childEPCs", "childQuantityList")},'
                   f'"bizStep":"packing","disposition":"in_progress",{at(origin_gln[lane])}}}')  # fmt: skip
            if warm[lane]:
                logger = f"https://id.gs1.org/8004/9520000{serial:06d}"
                evening[1].append(f'{{"type":"AssociationEvent","eventTime":"{clock["attach"]}","action":"ADD","parentID":"{pallet}","childEPCs":["{logger}"],'
                       f'"bizStep":"assembling","readPoint":{{"id":"{origin_gln[lane]}"}}}}')  # fmt: skip
            evening[2].append(f'{{"type":"ObjectEvent","eventTime":"{clock["ship"]}","action":"OBSERVE","epcList":["{pallet}"],"bizStep":"shipping","disposition":"in_transit",'
                   f'"readPoint":{{"id":"{origin_gln[lane]}"}},{papers},"sourceList":[{{"type":"location","source":"{origin_gln[lane]}"}}],'
                   f'"destinationList":[{{"type":"location","destination":"{target_gln[lane]}"}}]}}')  # fmt: skip
            serial += 1
        elif k == 4:
            gln, order = glns[here], f"urn:epcglobal:cbv:bt:{glns[here].rsplit('/', 1)[-1]}:M{there - markets}-{t}"
            yield (f'{{"type":"TransactionEvent","eventTime":"{clock["sell"]}","action":"ADD","bizTransactionList":[{{"type":"inv","bizTransaction":"{order}"}}],'
                   f'{what(some, units)},"bizStep":"retail_selling","disposition":"retail_sold",{at(gln)},'
                   f'"destinationList":[{{"type":"owning_party","destination":"{names.parties[there - markets]}"}}]}}')  # fmt: skip
        elif here < recipes:  # what is scrapped in work has never been a product
            gln = glns[here] if here < lanes else target_gln[here - lanes]
            yield (f'{{"type":"ObjectEvent","eventTime":"{clock["scrap"]}","action":"DELETE","bizStep":"destroying","disposition":"destroyed",{what(some, units)},{at(gln)}}}')
    yield from (event for part in evening for event in part)


def events_as_data(ledger: Ledger) -> list[dict]:
    """Events of a ledger as plain data."""
    return [json.loads(event) for event in events_of(ledger)]
