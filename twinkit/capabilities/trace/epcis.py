"""EPCIS 2.0 documents of others: read without fetching anything, checked against the schema of GS1 and beyond it.

The schema lets words of another list, days that no calendar has and identifiers that are none pass;
:func:`read_epcis` says those, too.  All problems come at once, each with the event and the place in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema

from twinkit.capabilities.intake.measures import converted
from twinkit.capabilities.trace.event_hash import (
    CBV,
    CHECKED,
    TYPES,
    URNS,
    check_digit,
    digital_link,
    event_hash,
    namespaces,
)
from twinkit.capabilities.trace.genealogy import Genealogy, genealogy_of_log
from twinkit.capabilities.trace.provenance import read_json
from twinkit.rules import DUST
from twinkit.tables.problems import Problem, did_you_mean, listed, quote

if TYPE_CHECKING:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import ValidationError

KINDS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
MOST = 200
"""Problems of a document that are said; the rest is counted."""
LISTS = {"bizStep": "bizStep", "disposition": "disposition", "set": "disposition", "unset": "disposition", "BTT": "bizTransaction-type",
         "SDT": "source-dest-type", "component": "component"}  # fmt: skip
_STEMS = {"bizStep": "BizStep", "disposition": "Disp", "set": "Disp", "unset": "Disp", "component": "Comp", "BTT": "BTT", "SDT": "SDT"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_DAY = re.compile(r"(?i)date$")
_OPEN_EPCS = {"gid", "usdod", "adi", "bic", "imovn"}
"""Kinds of EPC that are not GS1 keys; their form is not checked."""


@dataclass(frozen=True)
class Document:
    """An EPCIS document.

    Attributes
    ----------
    kind
        "EPCISDocument", "EPCISQueryDocument", or the kind of a single event.
    events
        The events that can be read, as plain data.
    spaces
        Prefix → namespace, as its context declares them in place.
    problems
        What is not as the standard asks, in sentences; none in a valid document.
    notes
        What is legal and perhaps not meant.
    """

    kind: str
    events: list[dict[str, Any]]
    spaces: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether it is as the standard asks."""
        return not self.problems

    def hashes(self) -> list[str]:
        """Name of every event by the rule of the vocabulary (:mod:`~twinkit.capabilities.trace.event_hash`)."""
        return [event_hash(e, self.spaces) for e in self.events]

    def genealogy(self) -> Genealogy:
        """What came of what by these events; see :func:`log_of_events`.

        Raises
        ------
        ValueError
            If an amount cannot be; all of them.
        """
        return genealogy_of_log(log_of_events(self.events))


def read_epcis(source: str | bytes | Path | Mapping[str, Any]) -> Document:
    """An EPCIS 2.0 document in JSON or JSON-LD.

    Parameters
    ----------
    source
        Its text, a :class:`~pathlib.Path` to a file that the person at the machine has named, or plain data.  A path or
        an address inside a document is never followed.

    Returns
    -------
    Document
        With all that is wrong with it; its events are there as far as they can be read.
    """
    twice: list[str] = []
    try:
        data = dict(source) if isinstance(source, Mapping) else read_json(source.read_bytes() if isinstance(source, Path) else source, twice=twice)
    except ValueError as error:
        return Document("", [], {}, [Problem("document", None, "", "", str(error))])
    if not isinstance(data, dict):
        return Document("", [], {}, [Problem("document", None, "", "", "must be an object with a type, such as EPCISDocument")])
    document = check_document(data)
    document.notes.extend(Problem("document", None, name, "", "stands twice in one object; the last value was read") for name in dict.fromkeys(twice))
    return document


def check_document(data: dict[str, Any]) -> Document:
    """What plain data is as an EPCIS document."""
    kind = data.get("type") if isinstance(data.get("type"), str) else ""
    listed_events = _events_of(data, kind)
    events = [e for e in listed_events if isinstance(e, dict) and isinstance(e.get("type"), str)]
    problems = _by_schema(data, listed_events)
    said = {p.place for p in problems}
    beyond = [p for i, e in enumerate(listed_events) if isinstance(e, dict) for p in _beyond(i, e)]
    problems += [p for p in beyond if p.place not in said] + _ids_once(listed_events)
    notes = [n for i, e in enumerate(listed_events) if isinstance(e, dict) for n in _notes(i, e, data)]
    if len(problems) > MOST:
        problems = [*problems[:MOST], Problem("document", None, "", "", f"there are {len(problems) - MOST} more problems")]
    return Document(kind, events, namespaces(data.get("@context", [])), problems, notes[:MOST])


def _events_of(data: Mapping[str, Any], kind: str) -> list[Any]:
    if kind in KINDS:
        return [data]
    body = data.get("epcisBody")
    if not isinstance(body, Mapping):
        return []
    for path in (("eventList",), ("queryResults", "resultsBody", "eventList"), ("event",)):
        found: Any = body
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is not None:
            return found if isinstance(found, list) else [found]
    return []


# --- the schema


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of EPCIS 2.0 (GS1, Apache License 2.0), as it is shipped."""
    return json.loads((Path(__file__).parent / "gs1" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8"))


@cache
def _validator() -> Draft7Validator:
    from jsonschema import Draft7Validator, FormatChecker  # only where something is wrong: slow to import

    formats = FormatChecker(formats=())
    formats.checks("date-time")(lambda v: not isinstance(v, str) or _moment(v) is not None)
    formats.checks("uri")(lambda v: not isinstance(v, str) or bool(_URI.fullmatch(v)))
    return Draft7Validator(schema(), format_checker=formats)


@cache
def _quick() -> Callable[[Any], Any]:
    """The same schema as compiled code: says whether, not what, and fifteen times as fast."""
    formats = {"date-time": lambda v: _moment(v) is not None, "uri": lambda v: bool(_URI.fullmatch(v))}
    return fastjsonschema.compile(schema(), formats=formats)


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Bare words that the vocabulary has for a definition of the schema."""
    return tuple(w for one in schema()["definitions"][name]["anyOf"] for w in one.get("enum", ()))


def _moment(text: str) -> datetime | None:
    """A time with its offset (RFC 3339); None if no calendar or clock has it."""
    if not _MOMENT.fullmatch(text):
        return None
    text = re.sub(r":60(?=[.Z+-])", ":59", text)  # a leap second is a time
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _by_schema(data: dict[str, Any], events: list[Any]) -> list[Problem]:
    try:
        _quick()(data)
        return []
    except fastjsonschema.JsonSchemaException:
        pass
    found, seen = [], set()
    for error in _validator().iter_errors(data):
        for problem in _told(error, lambda i: _named(i, events[i] if i < len(events) else None)):
            if (problem.place, problem.value, problem.says) not in seen:
                seen.add((problem.place, problem.value, problem.says))
                found.append(problem)
        if len(found) > 5 * MOST:
            break
    return sorted(found, key=lambda p: (p.table != "document", int((re.findall(r"\d+", p.table) or [0])[0])))


def _place(path: list[Any], named: Callable[[int], str]) -> tuple[str, str]:
    """Table and column of a problem: which event, and where in it."""
    table, rest = "document", path
    if "eventList" in path and path.index("eventList") + 1 < len(path):
        at = path.index("eventList") + 1
        table, rest = named(path[at]), path[at + 1 :]
    words = [f"{p + 1}" if isinstance(p, int) else str(p) for p in rest]
    return table, " ".join(words)


def _named(i: int, event: Any) -> str:
    kind = event.get("type", "") if isinstance(event, Mapping) else ""
    return f"event {i + 1}" + (f" ({str(kind)[:40]})" if kind else "")


def _told(error: ValidationError, named: Callable[[int], str]) -> list[Problem]:
    """An error of the schema as a sentence."""
    path, value = list(error.absolute_path), error.instance
    table, column = _place(path, named)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:80] if isinstance(value, (int, float, bool)) else ""
    if "propertyNames" in error.absolute_schema_path:
        hint = "A name of your own needs a prefix that the context declares, such as example:myField."
        return [Problem(table, None, column, str(value), "is no name that may stand here", hint)]
    if error.validator == "required":
        name = error.message.split("'")[1] if "'" in error.message else error.message
        return [Problem(table, None, f"{column} {name}".strip(), "", "is missing")]
    if error.validator in ("anyOf", "oneOf"):
        return _alternatives(error, table, column, text)
    if error.validator == "enum":
        choices = [str(c) for c in error.validator_value]
        return [Problem(table, None, column, text, "is not allowed here", did_you_mean(text, choices, f"Allowed: {listed(choices, 12)}."))]
    if error.validator == "type":
        wanted = {"number": "a number, without quotation marks", "string": "a text", "array": "a list", "object": "an object", "boolean": "true or false"}
        return [Problem(table, None, column, text, f"must be {wanted.get(str(error.validator_value), error.validator_value)}")]
    if error.validator == "format":
        says = {"date-time": "is no time of a calendar with its offset from UTC", "uri": "is no URI"}[str(error.validator_value)]
        hint = "Write 2020-07-03T14:00:00.000+02:00." if error.validator_value == "date-time" else ""
        return [Problem(table, None, column, text, says, hint)]
    if error.validator == "pattern":
        if column.endswith("eventTimeZoneOffset"):
            return [Problem(table, None, column, text, "is no offset from UTC", "Write +02:00 or -06:00; the largest are +14:00 and -14:00.")]
        return [Problem(table, None, column, text, f"must match {str(error.validator_value)[:80]}")]
    return [Problem(table, None, column, text, re.sub(r"^.{80,}? (is|does|has|should) ", r"it \1 ", error.message)[:200])]


def _alternatives(error: ValidationError, table: str, column: str, text: str) -> list[Problem]:
    words = [str(w) for one in error.context for w in (one.validator_value if one.validator == "enum" else ())]
    if text and words:
        urn = re.fullmatch(r"urn:epcglobal:cbv:\w+:(\w+)", text)
        if urn:
            return [Problem(table, None, column, text, "is written as in EPCIS 1", f"In EPCIS 2.0 it is {urn.group(1)!r}.")]
        return [Problem(table, None, column, text, "is no word of the vocabulary, and no URI of your own",
                        did_you_mean(text, words, f"Words: {listed(words, 12)}."))]  # fmt: skip
    missing = [one.message.split("'")[1] for one in error.context if one.validator == "required" and "'" in one.message]
    if missing and len(missing) > 1:
        return [Problem(table, None, column, "", f"one of these is missing: {listed(list(dict.fromkeys(missing)))}")]
    deepest = sorted(error.context, key=lambda e: -len(e.absolute_path))
    if deepest:
        return _told(deepest[0], lambda i: table)
    return [Problem(table, None, column, text, error.message[:200])]


# --- beyond the schema


def _walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with the names that lead to it, places in lists counted from 1."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name != "@context":
                yield from _walk(one, (*path, str(name)))
    elif isinstance(value, list):
        for i, one in enumerate(value, 1):
            yield from _walk(one, (*path, str(i)))
    else:
        yield path, value


def _beyond(i: int, event: Mapping[str, Any]) -> list[Problem]:
    """What the schema lets pass: words of the vocabulary by their address, days, identifiers, and times that run backwards."""
    table, found = _named(i, event), []

    def say(path: tuple[str, ...], value: Any, says: str, hint: str = "") -> None:
        found.append(Problem(table, None, " ".join(path), str(value), says, hint))

    for path, value in _walk(event):
        if not isinstance(value, str):
            if isinstance(value, float) and value != value:
                say(path, value, "is no number")
            continue
        name = next((p for p in reversed(path) if not p.isdigit()), "")
        _check_word(path, name, value, say)
        if value.startswith("urn:epc:") and digital_link(value) == value and not _is_open(value):
            say(path, value, "is no valid EPC", "See the EPC Tag Data Standard: digits of company prefix and reference together, and the characters of a serial number.")
        elif _DAY.search(name) and ":" in name and not _is_day(value):
            say(path, value, "is no day of a calendar", "Write 2026-04-27.")
        elif name in ("time", "startTime", "endTime", "declarationTime") and _moment(value) is None:
            say(path, value, "is no time of a calendar with its offset from UTC", "Write 2020-07-03T14:00:00.000+02:00.")
    for path, start, end in _spans(event):
        first, last = _moment(str(start)), _moment(str(end))
        if first and last and first > last:
            say((*path, "endTime"), end, f"is before the start, {start}")
    children = event.get("childEPCs")
    if isinstance(children, list) and event.get("parentID") in children:
        say(("parentID",), event["parentID"], "is a child of itself")
    return found


def _is_open(value: str) -> bool:
    parts = value.split(":")
    return len(parts) > 3 and (parts[3] in _OPEN_EPCS or parts[2] in ("tag", "raw", "pat"))


def _is_day(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return bool(re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", value))
    return True


def _check_word(path: tuple[str, ...], name: str, value: str, say: Callable) -> None:
    """A word of the vocabulary that is written as an address must be one of its list."""
    head = path[0] if path else ""
    if name == "type" and head in TYPES:
        key = "BTT" if head == "bizTransactionList" else "SDT"
    elif name in ("bizStep", "disposition", "component") or (name in ("set", "unset") and head == "persistentDisposition"):
        key = name
    else:
        return
    found = re.fullmatch(r"(?:https?://(?:ref|ns|www)?\.?gs1\.org/(?:cbv|voc)/|cbv:)(.+)", value)
    urn = re.fullmatch(r"urn:epcglobal:cbv:(\w+):(.*)", value)
    words = words_of(LISTS[key])
    if urn:
        right = URNS.get(urn.group(1)) == f"{_STEMS[key]}-"
        hint = f"In EPCIS 2.0 it is {urn.group(2)!r}." if right and urn.group(2) in words else f"Words: {listed(list(words), 12)}."
        say(path, value, "is written as in EPCIS 1" if right and urn.group(2) in words else "is no word of the vocabulary for this", hint)
    elif found:
        stem, _, word = found.group(1).partition("-")
        if stem.lower() != _STEMS[key].lower():
            say(path, value, "is a word of another list of the vocabulary", f"Here stands {CBV}{_STEMS[key]}-…")
        elif word not in words:
            say(path, value, "is no word of the vocabulary", did_you_mean(word, words, f"Words: {listed(list(words), 12)}."))


def _spans(event: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    elements = event.get("sensorElementList")
    for k, element in enumerate(elements if isinstance(elements, list) else [], 1):
        meta = element.get("sensorMetadata") if isinstance(element, Mapping) else None
        if isinstance(meta, Mapping) and "startTime" in meta and "endTime" in meta:
            yield ("sensorElementList", str(k), "sensorMetadata"), meta["startTime"], meta["endTime"]


def _ids_once(events: list[Any]) -> list[Problem]:
    """Two events have not the same name, but for one that declares the other to be in error."""
    first: dict[str, int] = {}
    found = []
    for i, event in enumerate(events):
        name = event.get("eventID") if isinstance(event, Mapping) else None
        if not isinstance(name, str) or "errorDeclaration" in event:
            continue
        if name in first and events[first[name]] != event:
            found.append(Problem(_named(i, event), None, "eventID", name, f"is that of event {first[name] + 1}, which says something else"))
        first.setdefault(name, i)
    return found


def _notes(i: int, event: Mapping[str, Any], data: Mapping[str, Any]) -> list[Problem]:
    """What is legal and perhaps not meant: check digits, amounts, records from before what they record."""
    table, found = _named(i, event), []
    for path, value in _walk(event):
        if isinstance(value, str) and "gs1.org/" in value:
            link = re.fullmatch(r"https://id\.gs1\.org/(\d+)/(\d+).*", digital_link(value))
            if link and link.group(1) in CHECKED:
                key = link.group(2)[: CHECKED[link.group(1)]]
                if len(key) == CHECKED[link.group(1)] and int(key[-1]) != check_digit(key[:-1]):
                    found.append(Problem(table, None, " ".join(path), value, f"has the check digit {key[-1]}; {check_digit(key[:-1])} is right"))
        elif path and path[-1] == "quantity" and isinstance(value, (int, float)) and value < 0:
            found.append(Problem(table, None, " ".join(path), str(value), "is an amount below 0"))
    happened, recorded, made = (_moment(str(x)) for x in (event.get("eventTime"), event.get("recordTime"), data.get("creationDate")))
    if happened and recorded and recorded < happened:
        found.append(Problem(table, None, "recordTime", str(event["recordTime"]), "is before what it records happened"))
    if happened and made and made < happened:
        found.append(Problem(table, None, "eventTime", str(event["eventTime"]), f"is after the document was made, {data['creationDate']}"))
    return found


# --- what came of what


def log_of_events(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """EPCIS events as a plain log, as :func:`~twinkit.capabilities.trace.genealogy.genealogy_of_log` takes it.

    A lot is named by its canonical Digital Link, and by the place where it is not where it was first seen.  What is in a pallet
    goes with it; the parts of a transformation are joined by its number; goods that are seen at another place have been sent there;
    what is first seen without having been commissioned came from where nobody says.  What is declared to be in error did not happen.  Amounts are in the unit that the document has
    first for mass, volume and so on.

    Parameters
    ----------
    events
        Events as plain data; they are put in the order of their times.

    Raises
    ------
    ValueError
        If a lot is counted in two units of which one cannot be made of the other.
    """
    return _Log().write(_in_order(events))


def _in_order(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Events that stand, by time: one that is repeated counts once, and one that is declared to be in error, like that declaration, not at all."""
    wrong = {str(e.get("eventID") or event_hash(e)) for e in events if "errorDeclaration" in e}
    kept = [e for e in events if not wrong or str(e.get("eventID") or event_hash(e)) not in wrong]
    standing = {str(e["eventID"]) if e.get("eventID") else i: e for i, e in enumerate(kept)}  # one of each name
    return sorted(standing.values(), key=lambda e: _moment(str(e.get("eventTime"))) or datetime.max.replace(tzinfo=UTC))


def amounts_of(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], datetime, dict[str, float]]]:
    """Object events that have a time, in its order: event, time, and units by lot; of a pallet, what was packed in it."""
    follow = _Log()
    for event in _in_order(events):
        if event.get("type") == "AggregationEvent":
            follow._packed(event)
        elif event.get("type") == "ObjectEvent" and (when := _moment(str(event.get("eventTime")))):
            yield event, when, follow._lots(event, "epcList", "quantityList")


WAY = "on the way to "


class _Log:
    """Follows lots through events."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.there: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        """Lot → place → units that are there now."""
        self.first: dict[str, str] = {}
        self.inside: dict[str, dict[str, float]] = {}
        self.at, self.day = "", 0.0
        self.kinds: dict[str, tuple[str, float]] = {}
        """Unit → the first of its kind (mass, volume …) in the document, and how many of that it is."""
        self.unit: dict[str, str] = {}
        """Lot → unit that it is counted in."""

    def write(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        joined: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for event in events:
            if event.get("transformationID"):
                joined[str(event["transformationID"])].append(event)
        begin = next((m for e in events if (m := _moment(str(e.get("eventTime"))))), None)
        for event in events:
            when = _moment(str(event.get("eventTime")))
            self.day = (when - begin).total_seconds() / 86400.0 if when and begin else float("nan")
            self.at = next((str(w["id"]) for n in ("bizLocation", "readPoint") if isinstance(w := event.get(n), Mapping) and w.get("id")), "")
            kind = event.get("type")
            if kind == "TransformationEvent":
                parts = joined.pop(str(event["transformationID"]), []) if event.get("transformationID") else [event]
                self._made(parts)
            elif kind == "AggregationEvent":
                self._packed(event)
            elif kind in ("ObjectEvent", "TransactionEvent"):
                self._seen(event)
        return self.log

    def _name(self, lot: str, place: str) -> str:
        return lot if self.first.setdefault(lot, place) == place else f"{lot} @ {place}"

    def _put(self, kind: str, inputs: dict[str, float], outputs: dict[str, float]) -> None:
        self.log.append({"id": len(self.log) + 1, "type": kind, "day": self.day, "place": self.at, "inputs": inputs, "outputs": outputs})

    def _begin(self, lot: str, units: float) -> None:
        if units > 0:
            self._put("commission", {}, {self._name(lot, self.at): units})
            self.there[lot][self.at] += units

    def _take(self, lot: str, units: float, first: Sequence[str], never: str = "") -> tuple[dict[str, float], float]:
        """Nodes of a lot that so many units are taken of, those at some places first, and how many units there were not."""
        places, found = self.there[lot], {}
        for place in sorted(places, key=lambda p: first.index(p) if p in first else len(first)):
            part = min(units, places[place])
            if place != never and part > DUST * max(1.0, units):
                found[self._name(lot, place)] = part
                places[place] -= part
                units -= part
        return found, units if units > DUST * max(1.0, *found.values(), units) else 0.0

    def _here(self, lot: str, units: float) -> dict[str, float]:
        """Nodes of a lot that goods here are taken of; what nobody has seen before begins here."""
        found, rest = self._take(lot, units, (self.at, f"{WAY}{self.at}", WAY))
        if rest > 0:
            self._begin(lot, rest)
            more, _ = self._take(lot, rest, (self.at,))
            found = {node: found.get(node, 0.0) + more.get(node, 0.0) for node in (*found, *more)}
        return found

    def _send(self, lot: str, units: float, to: str, source: str = "") -> None:
        """Goods are now at a place, and were elsewhere before; what nobody has seen before begins here."""
        found, rest = self._take(lot, units, (f"{WAY}{to}", WAY, source, self.at), never=to)
        if found:
            self._put("ship", found, {self._name(lot, to): units - rest})
            self.there[lot][to] += units - rest
        if rest > 0 and to == self.at:
            self._begin(lot, rest)

    def _made(self, parts: Sequence[Mapping[str, Any]]) -> None:
        inputs, made = Counter[str](), Counter[str]()
        for part in parts:
            for lot, units in self._lots(part, "inputEPCList", "inputQuantityList").items():
                inputs.update(self._here(lot, units))
            made.update(self._lots(part, "outputEPCList", "outputQuantityList"))
        if made:
            self._put("transform" if inputs else "commission", dict(inputs), {self._name(lot, self.at): units for lot, units in made.items()})
        for lot, units in made.items():
            self.there[lot][self.at] += units

    def _packed(self, event: Mapping[str, Any]) -> None:
        parent, lots = digital_link(str(event.get("parentID", ""))), self._lots(event, "childEPCs", "childQuantityList")
        if event.get("action") == "DELETE":
            kept = {lot: u - lots.get(lot, 0.0) for lot, u in self.inside.get(parent, {}).items()} if lots else {}
            self.inside[parent] = {lot: u for lot, u in kept.items() if u > 0}
        elif event.get("action") == "ADD":
            self.inside.setdefault(parent, {}).update(lots)
        for lot, units in lots.items():
            self._observed(lot, units)

    def _seen(self, event: Mapping[str, Any]) -> None:
        step, disposition, action = (word_of(event.get(n)) for n in ("bizStep", "disposition", "action"))
        ends = {n: next((str(one.get(n)) for one in event.get(f"{n}List") or [] if isinstance(one, Mapping) and word_of(one.get("type")) == "location"), "")
                for n in ("source", "destination")}  # fmt: skip
        for lot, units in self._lots(event, "epcList", "quantityList").items():
            known = sum(self.there[lot].values())
            if step == "retail_selling" or disposition in ("retail_sold", "dispensed"):
                self._put("sell", self._here(lot, units), {})
            elif action == "DELETE" or disposition == "destroyed":
                self._put("scrap", self._here(lot, units), {})
            elif step in ("shipping", "departing"):
                self._observed(lot, units)
                self._send(lot, units, f"{WAY}{ends['destination']}")
            elif action == "ADD" and (step == "commissioning" or known <= 0):
                self._begin(lot, units)
            elif step in ("receiving", "arriving", "accepting"):
                self._send(lot, units, self.at, ends["source"])
            else:
                self._observed(lot, units)

    def _observed(self, lot: str, units: float) -> None:
        """So many units are here: what was not has come from elsewhere, or from where nobody says."""
        if units > self.there[lot][self.at] * (1.0 + DUST):
            self._send(lot, units - self.there[lot][self.at], self.at)

    def _lots(self, event: Mapping[str, Any], epcs: str, quantities: str) -> dict[str, float]:
        """Units by lot; of a pallet, what is in it; an amount without a number is one."""
        found: dict[str, float] = defaultdict(float)
        for epc in event.get(epcs) or []:
            for lot, units in self.inside.get(digital_link(str(epc)), {digital_link(str(epc)): 1.0}).items():
                found[lot] += units
        for one in event.get(quantities) or []:
            if isinstance(one, Mapping):
                amount = one.get("quantity", 1.0)
                lot = digital_link(str(one.get("epcClass")))
                found[lot] += self._counted(lot, float(amount), str(one.get("uom") or "")) if isinstance(amount, (int, float)) and amount > 0 else 0.0
        return {lot: units for lot, units in found.items() if units > 0}

    def _counted(self, lot: str, amount: float, unit: str) -> float:
        """An amount in the unit that the document has first for its kind, so that grams and kilograms add up."""
        if not unit:
            return amount
        if unit not in self.kinds:
            self.kinds[unit] = unit, 1.0
            for other in dict.fromkeys(first for first, _ in self.kinds.values()):
                with suppress(ValueError):
                    self.kinds[unit] = other, converted(1.0, unit, other)
                    break
        first, times = self.kinds[unit]
        if self.unit.setdefault(lot, first) != first:
            raise ValueError(f"lot {quote(lot)} is counted in {self.unit[lot]} and in {unit}: one cannot be made of the other")
        return amount * times


def word_of(value: Any) -> str:
    """Bare word of a term of the vocabulary, however it is written."""
    return re.split(r"[-:/]", str(value or ""))[-1]
