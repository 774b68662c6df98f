"""What a reading is, and what is made of a row of a feed: a reading of a row of the case, or a sentence that says why not."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.chain.layout import SP, UNLIMITED
from twinkit.chain.plan import plan_of
from twinkit.columns import Column, columns_of
from twinkit.tables import check_case
from twinkit.tables.case import Case
from twinkit.tables.cells import folded_unit, period_of
from twinkit.tables.checks_rows import HIDDEN
from twinkit.tables.problems import did_you_mean, listed, shown
from twinkit.tables.schema_events import EVENT_KINDS
from twinkit.tables.words import MODES, name_column
from twinkit.tables.working_days import first_day_of

KINDS = {
    "count": "units of a product on hand at a site at the end of the period",
    "demand": "units that a market asked for in the period",
    "order": "units that a site ordered of a product in the period",
    "shipment": "goods that left in the period: a number, a lane, units and when they are expected (eta); sent again, it changes the eta",
    "receipt": "a shipment, by its number, that has come in in the period, or so many units of it",
    "production": "good units of a product that a site finished in the period",
    "event": "something that began to happen in the period: an event of the case, or a kind of event (what) and its target",
    "over": "an event, by its name, that is over",
}
"""Kinds of readings."""
OWN_UNITS = ("", "unit", "units", "each", "ea", "piece", "pieces", "pc", "pcs")
"""Words for the product's own unit."""
TOO_MUCH = 200.0
"""So many times of what is usual for a row is not taken without ``sure``: the unit is probably another one."""
LONGEST = 4000
"""Characters of a row of a feed that are kept."""
LATEST = 100_000
"""Last period that a reading may be of, or a shipment expected in."""
WHOLE = re.compile(r"-?\d{1,7}")


class Readings:
    """One thing that was read: a row of a CSV file, a line of JSON, a row of a table or a message.

    What comes again is counted once; what comes again with other content corrects what came before.
    """

    table, key = "readings", ("id",)

    id = name_column("name of the reading, one for all readings of its kind; without one, what it is of and when, and who read it (by), are its name", start="")
    kind = Column("word", "what was read", kind="text", choices=tuple(KINDS))
    at = Column("date", "when: a date, a date with a time, or the number of a period", kind="text")
    site = name_column("site (count, order, production, event)", "sites.site", start="")
    product = name_column("product", "products.product", start="")
    market = name_column("market (demand, event)", "markets.market", start="")
    origin = name_column("origin of the lane (shipment, event)", "sites.site", start="")
    destination = name_column("destination of the lane (shipment, event)", "sites.site", start="")
    mode = Column("word", "mode of the lane; needed only if there are several", kind="text", choices=("", *MODES), start="")
    units = Column("units", "how much was read; of a receipt empty = all that has not come in yet", start=None, low=0)
    unit = name_column("unit in which it was read: one of the table conversions; empty = the product's own", start="")
    error = Column("units", "standard deviation of the reading, in the same unit; 0 = it is exact", start=0.0, low=0)
    shipment = name_column("number of the shipment (shipment, receipt)", start="")
    eta = Column("date", "when it is expected: a date or the number of a period (shipment)", kind="text", start="")
    event = name_column("name of the event (event, over)", start="")
    what = Column("word", "kind of an event that the case does not have", kind="text", choices=("", *EVENT_KINDS), start="")
    severity = Column("share", "of an event; as in the table events", start=1.0, low=0)
    expected = Column("periods", "how long an event is expected to last in all", start=None, low=0)
    revision = Column("number", "of two readings of one name the one with the higher revision counts, else the one that was sent last, else that arrived last", start=0.0)
    sent = Column("date", "when it was sent: a date with a time", kind="text", start="")
    by = name_column("who or what read it: two counts of one stock by two of them are weighed against each other", start="")
    sure = Column("word", "yes: it was looked at and is right, however large", kind="text", choices=("", "yes", "no"), start="")


COLUMNS = columns_of(Readings)
_TEXT = {name: "" for name, column in COLUMNS.items() if not column.numeric}
_NUMBER = {name: math.nan if column.start is None else float(column.start) for name, column in COLUMNS.items() if column.numeric}


class Reading(NamedTuple):
    """A reading of a row of the case.

    Attributes
    ----------
    key, digest
        Its name, and that of its content.
    kind, period
        What, and when.
    place
        Key of the row: (site, product), (market, product) or (origin, destination, product, mode).
    units, error
        In the product's own unit; NaN where none were read.
    shipment, due
        Number of the shipment, and the period in which it is expected; -1 without one.
    revision, sent
        Which of two readings of one name counts.
    event
        Row of the table of events, as JSON; "" without one.
    """

    key: str
    digest: str
    kind: str
    period: int
    place: tuple[str, ...]
    units: float
    error: float
    shipment: str
    due: int
    revision: float
    sent: str
    event: str


class Wrong(ValueError):
    """A row of a feed that is no reading; the message is a sentence."""


def digest_of(row: Any) -> str:
    """Name of the content of a row."""
    text = row if isinstance(row, str) else json.dumps(row, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


class Reader:
    """Makes readings of rows, for a case.

    Parameters
    ----------
    case
        What they are read of: its names, units and first day.
    """

    def __init__(self, case: Case) -> None:
        self.case, plan = case, case.derived(plan_of)
        net, settings = plan.net, case.settings
        self.start, self.days = first_day_of(case), float(settings["period_days"])
        self.names = {
            "site": set(case["sites"]["site"]), "product": set(case["products"]["product"]), "market": set(case["markets"]["market"]),
        }  # fmt: skip
        self.factor = {(r.product, folded_unit(r.unit)): float(r.units) for r in case["conversions"].itertuples(index=False)}
        self.stocks = dict.fromkeys(zip(net.stocks["site"], net.stocks["product"], strict=True))
        self.markets = dict.fromkeys(zip(net.markets["market"], net.markets["product"], strict=True))
        self.makes = dict.fromkeys(zip(net.recipes["site"], net.recipes["product"], strict=True))
        self.lanes: dict[tuple[str, str, str], list[str]] = {}
        for lane in net.lanes.itertuples(index=False):
            self.lanes.setdefault((lane.origin, lane.destination, lane.product), []).append(lane.mode)
        number = plan.stock_n
        level = np.nan_to_num(number[[SP.order_up_to, SP.reorder_point, SP.order_quantity, SP.safety_stock]], posinf=0.0).max(axis=0)
        free = number[SP.policy] == UNLIMITED
        usual = np.where(free, np.inf, np.maximum(np.maximum(level, np.nan_to_num(net.stocks["on_hand"].to_numpy(float))), 30.0 * plan.flows.stock))
        self.usual = {"stock": dict(zip(self.stocks, usual, strict=True)), "market": {}}
        for row, flow in zip(self.markets, plan.mean.max(axis=1) if plan.periods else plan.flows.market, strict=True):
            self.usual["market"][row] = float(flow)
        self.events = dict(zip(case["events"]["event"], case["events"].to_dict("records"), strict=True))

    def read(self, row: Any) -> Reading:
        """The reading that a row is.

        Raises
        ------
        Wrong
            If it is none; the sentence says everything that is wrong.
        """
        if not isinstance(row, Mapping):
            raise Wrong(f"{'null' if row is None else shown(row) or repr(row)} is no reading: write an object with kind, at and what was read")
        given = {k: v for k, v in row.items() if v is not None and v != "" and v != []}
        said: list[str] = []
        text, number = _TEXT.copy(), _NUMBER.copy()
        strange = []
        for name, value in given.items():
            if name in text:
                text[name] = self._text(name, value, said)
            elif name in number:
                number[name] = self._number(name, value, said)
            else:
                strange.append(shown(name))
        if strange:
            said.append(f"{listed(strange)} {'is' if len(strange) == 1 else 'are'} nothing that a reading has; {did_you_mean(strange[0], list(COLUMNS), f'it has {listed(list(COLUMNS), 30)}')}")
        kind = text["kind"]
        if kind not in KINDS:
            raise Wrong("; ".join([*said, f"kind is {shown(kind) or 'missing'}: {did_you_mean(kind, list(KINDS), f'it must be one of {listed(list(KINDS), 9)}')}"]))
        period = self._period("at", given.get("at", ""), said)
        place = self._place(kind, text, said)
        due = self._period("eta", given["eta"], said) if "eta" in given and kind == "shipment" else -1
        if kind == "shipment" and due < 0 and not said:
            said.append("eta is missing: when is the shipment expected?")
        if kind in ("shipment", "receipt") and not text["shipment"]:
            said.append("shipment is missing: which one? Give its number")
        units = number["units"]
        if math.isnan(units) and kind in ("count", "demand", "order", "shipment", "production") and not any(s.startswith("units ") for s in said):
            said.append("units is missing: how much was read?")
        units, error = self._own_units(text, units, number["error"], said)
        sent = self._sent(text["sent"], said)
        event = self._event(kind, text, number, period, said) if kind in ("event", "over") else ""
        if not said and text["sure"] != "yes":
            self._usual(kind, place, units, said)
        if said:
            raise Wrong("; ".join(said))
        name = f"{kind}|{text['id']}" if text["id"] else "|".join((kind, text["shipment"] or text["event"] or "|".join(place), str(period), text["by"]))
        return Reading(name, digest_of(given), kind, period, place, units, error, text["shipment"], due, number["revision"], sent, event)

    # --- parts of it

    def _text(self, name: str, value: Any, said: list[str]) -> str:
        found = value.strip() if type(value) is str else str(value).strip()
        if len(found) > LONGEST or HIDDEN.search(found):
            said.append(f"{name} is {'too long' if len(found) > LONGEST else shown(found) + ', which holds a character that cannot be seen or kept in a file'}")
        return found

    def _number(self, name: str, value: Any, said: list[str]) -> float:
        column = COLUMNS[name]
        try:
            if isinstance(value, bool):
                raise ValueError
            found = float(value.strip() if isinstance(value, str) else value)
            if not math.isfinite(found):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            said.append(f"{name} is {shown(value) or value}, which is no number (1234.5 is one)")
            return math.nan
        if column.low is not None and found < column.low:
            said.append(f"{name} is {found:g}: it must be {column.low:g} or more")
        if column.limit is not None and column.unit != "number" and abs(found) > column.limit:  # a revision is only compared
            said.append(f"{name} is {found:g}, which is too large a number to be meant: it may be up to {column.limit:,.0f}")
        return found

    def _period(self, name: str, value: Any, said: list[str]) -> int:
        text = str(value).strip()
        if not text:
            said.append(f"{name} is missing: write a date (2026-11-30) or the number of a period")
            return -1
        if WHOLE.fullmatch(text):
            found = int(text)
        else:
            try:
                moment = _moment_of(text)
            except (ValueError, OverflowError):  # in another time zone it may be no year that there is
                said.append(f"{name} is {shown(value)}: write a date (2026-11-30, or 2026-11-30T14:05:00+01:00) or the number of a period")
                return -1
            if self.start is None:
                said.append(f"{name} is a date, and the case does not say when its first period is: set start_date in its settings, or write numbers of periods")
                return -1
            found = _period_of(moment, self.start, self.days)
        if found > LATEST or (name == "at" and found < 0):
            said.append(f"{name} is {shown(value)}, which is {'before the first period of the case' if found < 0 else 'too far in the future'}")
        return found

    def _sent(self, text: str, said: list[str]) -> str:
        if not text:
            return ""
        try:
            return _moment_of(text).replace(tzinfo=UTC).isoformat()
        except (ValueError, OverflowError):
            said.append(f"sent is {shown(text)}: write a date with a time, such as 2026-11-30T14:05:00+01:00")
            return ""

    def _named(self, of: str, name: str, text: Mapping[str, str], said: list[str]) -> bool:
        value, known = text[name], self.names[of]
        if value in known:
            return True
        said.append(f"{name} is missing" if not value else f"there is no {of} {shown(value)}: {did_you_mean(value, sorted(known), f'there are {listed(sorted(known), 8)}')}")
        return False

    def _place(self, kind: str, text: Mapping[str, str], said: list[str]) -> tuple[str, ...]:
        if kind in ("count", "order", "production"):
            pair = (text["site"], text["product"])
            if self._named("site", "site", text, said) & self._named("product", "product", text, said):
                rows, does = (self.makes, "makes") if kind == "production" else (self.stocks, "keeps")
                if pair not in rows:
                    said.append(f"{shown(pair[0])} {does} no {shown(pair[1])}")
            return pair
        if kind == "demand":
            pair = (text["market"], text["product"])
            if self._named("market", "market", text, said) & self._named("product", "product", text, said) and pair not in self.markets:
                said.append(f"the market {shown(pair[0])} asks for no {shown(pair[1])}")
            return pair
        if kind != "shipment":
            return ()
        ends = self._named("site", "origin", text, said) & self._named("site", "destination", text, said) & self._named("product", "product", text, said)
        lane = (text["origin"], text["destination"], text["product"])
        modes = self.lanes.get(lane, [])
        if ends and not modes:
            said.append(f"there is no lane from {shown(lane[0])} to {shown(lane[1])} for {shown(lane[2])}")
        elif ends and text["mode"] and text["mode"] not in modes:
            said.append(f"the lane has the mode {listed(modes)}, not {shown(text['mode'])}")
        elif ends and not text["mode"] and len(modes) > 1:
            said.append(f"there are lanes of several modes: write {listed(modes)}")
        return (*lane, text["mode"] or (modes[0] if modes else ""))

    def _own_units(self, text: Mapping[str, str], units: float, error: float, said: list[str]) -> tuple[float, float]:
        unit = folded_unit(text["unit"])
        if unit in OWN_UNITS:
            return units, error
        factor = self.factor.get((text["product"], unit)) or self.factor.get((text["product"], unit.removesuffix("es"))) or self.factor.get((text["product"], unit.removesuffix("s")))
        if factor is None:
            known = [u for p, u in self.factor if p == text["product"]]
            there = f"it has {listed(['units', *known])}; add a row to the table conversions"
            said.append(f"unit is {shown(text['unit'])}, which is no unit of {shown(text['product'])}: {did_you_mean(unit, known, there)}")
            return units, error
        return units * factor, error * factor

    def _usual(self, kind: str, place: tuple[str, ...], units: float, said: list[str]) -> None:
        usual = {"count": self.usual["stock"].get(place), "demand": self.usual["market"].get(place)}.get(kind)
        if usual and usual > 0 and units > TOO_MUCH * usual:
            said.append(f"{units:,.6g} units are {units / usual:,.0f} times of what is usual there: is the unit right? If it is, send it again with sure = yes")

    def _event(self, kind: str, text: Mapping[str, str], number: Mapping[str, float], period: int, said: list[str]) -> str:
        name = text["event"]
        if not name:
            said.append("event is missing: give it a name, so that it can be over")
        if kind == "over" or said:
            return json.dumps({"event": name})
        if text["what"]:
            if text["what"] not in COLUMNS["what"].choices:
                said.append(f"what is {shown(text['what'])}: {did_you_mean(text['what'], list(EVENT_KINDS), f'it must be one of {listed(EVENT_KINDS, 40)}')}")
                return ""
            row = {"kind": text["what"], **{k: text[k] for k in ("site", "product", "origin", "destination", "market") if text[k]}}
            row["severity"] = number["severity"]
        elif name in self.events:
            row = {k: v for k, v in self.events[name].items() if k != "event" and v is not None and v == v and v != ""}
        else:
            said.append(f"the case has no event {shown(name)}: {did_you_mean(name, list(self.events), 'write its kind (what) and its target (site, market, or origin and destination)')}")
            return ""
        row |= {"event": name, "start": period, "scheduled": True, "latest_start": None, "probability": 1.0, "after": "", "time_between": None}
        if not math.isnan(number["expected"]):
            row |= {"duration": number["expected"], "duration_spread": 0.0}
        others = self.case["events"]
        found = check_case(self.case.replace(events=[*others[others["event"] != name].to_dict("records"), row]))
        said += [f"the event {shown(name)} cannot be: {p}" for p in found if p.table == "events"]
        return json.dumps(row)


def _moment_of(text: str) -> datetime:
    """A date, with a time or without; one with an offset counts in UTC, one without as it is written."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _period_of(moment: datetime, start: date, days: float) -> int:
    """Period in which a moment lies; the time of day counts where periods are shorter than a day."""
    if days >= 1.0:
        return period_of(moment.date(), start, days)
    return math.floor((moment - datetime.combine(start, time())).total_seconds() / (days * 86_400.0) + 1e-6)


def wall_period(case: Case, today: date | None = None) -> int | None:
    """Period in which a day lies, by default now; None where the case has no dates."""
    start = first_day_of(case)
    moment = datetime.combine(today, time()) if today else datetime.now(UTC).replace(tzinfo=None)
    return None if start is None else _period_of(moment, start, float(case.settings["period_days"]))


# --- what several readings come to


class Shipment(NamedTuple):
    """A shipment as it was read, or the part of it that came in in a period.

    Number, row of its lane, units, first period, (period, due) of each word on when it is expected, and the period in which it came in (None: not yet).
    """

    number: str
    lane: int
    units: float
    left: int
    said: tuple[tuple[int, int], ...]
    came: int | None

    def due(self, period: int) -> int:
        """When it was expected, by what was known at the end of a period."""
        return max((s for s in self.said if s[0] <= period), default=self.said[0])[1]


def shipments_of(moves: pd.DataFrame, lanes: Mapping[tuple[str, ...], int]) -> tuple[list[Shipment], dict[str, int]]:
    """Shipments that were read, each in the parts in which it came in; and those that came in of which nobody said that they had left, with the period.

    Parameters
    ----------
    moves
        Shipments and receipts, as :meth:`Feed.readings` gives them.
    lanes
        Key of a lane → its row.
    """
    said: dict[str, list[Any]] = defaultdict(list)
    came: dict[str, list[tuple[int | None, float]]] = defaultdict(list)
    for r in moves.itertuples(index=False):
        if r.kind == "receipt":
            came[r.shipment].append((r.period, math.inf if r.units is None or r.units != r.units else r.units))
        elif r.place in lanes:
            said[r.shipment].append(r)
    found = []
    for number, rows in said.items():
        left, rest, words = rows[0].period, rows[-1].units, tuple((r.period, r.due) for r in rows)
        for period, units in [*came[number], (None, math.inf)]:
            part = min(units, rest)
            if part > 0:  # clocks differ: nothing comes in before it has left
                found.append(Shipment(number, lanes[rows[-1].place], part, left, words, None if period is None else max(period, left)))
            rest -= part
    return found, {name: parts[0][0] for name, parts in came.items() if name not in said}


def whole(parts: Sequence[Shipment]) -> list[Shipment]:
    """Shipments of parts that came in apart."""
    found: dict[str, Shipment] = {}
    for s in parts:
        found[s.number] = s._replace(units=s.units + (found[s.number].units if s.number in found else 0.0))
    return list(found.values())


def events_of(rows: pd.DataFrame, now: int) -> list[str]:
    """Rows of the table of events that were read, each until it is over, or as long as it is expected to last, but never over before it was said to be."""
    over: dict[str, list[int]] = defaultdict(list)
    begun: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for r in rows.itertuples(index=False):
        row = json.loads(r.event)
        if r.kind == "over":
            over[row["event"]].append(r.period)
        else:
            begun[row["event"]][r.period] = row
    found = []
    for name, times in begun.items():
        for start, row in times.items():
            again = min((t for t in times if t > start), default=math.inf)  # it began anew
            end = min((t for t in over[name] if t >= start), default=math.inf)
            length = math.inf if row.get("duration") is None else row["duration"]
            if end < math.inf:
                row["duration"], row["duration_spread"] = float(max(min(end, again) - start, 1)), 0.0
            elif again < math.inf:
                row["duration"], row["duration_spread"] = float(min(length, again - start)), 0.0
            elif start + length <= now + 1:
                row["duration"] = float(now + 2 - start)  # it should be over, and nobody says that it is
            found.append(json.dumps(row if again == math.inf else {**row, "event": f"{name} (since {start})"}))
    return found
