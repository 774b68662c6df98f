"""The event hash of GS1's Core Business Vocabulary 2.0 (section 8.9.2): one name for an event, however it is written.

The rule puts what an event says into one line, in a fixed order, with identifiers as canonical GS1 Digital Link, times in
UTC to the millisecond and words of the vocabulary in full; its SHA-256 is the event's name in the form of RFC 6920.
The reference implementation (PyPI ``epcis-event-hash-generator`` 1.9.3, MIT) calls itself a prototype, fetches
contexts over the network and brings a web server, so this is our own; tests hold it to what that one gives for the
examples of GS1.  Where the text of the standard and that program differ, we follow the program: business transactions,
sources, destinations and what is not in its order stand after the sensors, sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

CBV = "https://ref.gs1.org/cbv/"
WORDS = {"bizStep": f"{CBV}BizStep-", "disposition": f"{CBV}Disp-", "set": f"{CBV}Disp-", "unset": f"{CBV}Disp-", "component": f"{CBV}Comp-"}
"""Names whose bare words are of the vocabulary → what they stand for."""
TYPES = {"bizTransactionList": f"{CBV}BTT-", "sourceList": f"{CBV}SDT-", "destinationList": f"{CBV}SDT-"}
URNS = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
EPCS, QUANTITY = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}, ("epcClass", "quantity", "uom")
QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
ORDER = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID", "epcList", "inputEPCList", "childEPCs", "quantityList",
    "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action", "transformationID", "bizStep",
    "disposition", "persistentDisposition", "readPoint", "bizLocation", "sensorElementList",
)  # fmt: skip
METADATA = ("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism", "chemicalSubstance",
    "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev",
    "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
LEFT_OUT = {"recordTime", "eventID", "type", "errorDeclaration", "@context", "rdfs:comment", "comment"}


# --- identifiers

_SERIAL = r"(?:%[0-9A-Fa-f]{2}|[!')(*+,.0-9:;=A-Za-z_-])"
_KEYS = {
    "sgtin": (13, "01", "21"), "sscc": (17, "00", ""), "sgln": (12, "414", "254"), "grai": (12, "8003", "+"), "gsrn": (17, "8018", ""),
    "gsrnp": (17, "8017", ""), "gdti": (12, "253", "+"), "sgcn": (12, "255", "+"), "gsin": (16, "402", ""), "pgln": (12, "417", ""),
    "upui": (13, "01", "235"), "lgtin": (13, "01", "10"), "itip": (13, "8006", "21"),
}  # fmt: skip
"""Kind of EPC → digits of prefix and reference, application identifier, that of what follows ("+": directly behind)."""
_FREE = {"giai": "8004", "ginc": "401"}
_NAMES = {"gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018", "gcn": "255", "sscc": "00",
          "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21"}  # fmt: skip
_PRIMARY = "00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018"
CHECKED = {"00": 18, "01": 14, "414": 13, "417": 13, "253": 13, "255": 13, "402": 17, "8017": 18, "8018": 18}
"""Application identifier → digits of a key whose last one is a check digit."""
_CODED = str.maketrans({c: f"%{ord(c):X}" for c in "!()*+,:"})


def check_digit(digits: str) -> int:
    """Check digit of a GS1 key (GS1 General Specifications, 7.9.1).

    Examples
    --------
    >>> check_digit("0401234500001")
    6
    """
    return -sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))) % 10


@lru_cache(maxsize=65536)
def digital_link(uri: str) -> str:
    """An identifier as canonical GS1 Digital Link, its finest level alone; what is none stays as it is.

    Parameters
    ----------
    uri
        EPC, EPC class or EPC pattern URI, or a GS1 Digital Link URI of any domain.

    Examples
    --------
    >>> digital_link("urn:epc:id:sgtin:0614141.107346.2018")
    'https://id.gs1.org/01/10614141073464/21/2018'
    >>> digital_link("https://example.com/gtin/614141073464/lot/7/ser/2018?exp=1")
    'https://id.gs1.org/01/00614141073464/21/2018'
    """
    parts = uri.split(":", 4)
    if len(parts) == 5 and parts[:2] == ["urn", "epc"] and parts[2] in ("id", "class", "idpat"):
        return _of_epc(parts[2], parts[3], parts[4]) or uri
    return _of_link(uri) if uri.startswith(("http://", "https://")) else uri


def _of_epc(scheme: str, kind: str, rest: str) -> str | None:
    if (scheme == "class") != (kind == "lgtin"):
        return None
    prefix, _, behind = rest.partition(".")
    if not (prefix.isascii() and prefix.isdigit() and 6 <= len(prefix) <= 12):
        return None
    if kind in _FREE:
        return f"https://id.gs1.org/{_FREE[kind]}/{prefix}{behind.translate(_CODED)}" if re.fullmatch(f"{_SERIAL}{{1,24}}", behind) else None
    if kind == "cpi":
        part, _, serial = behind.rpartition(".")
        return f"https://id.gs1.org/8010/{(prefix + part).translate(_CODED)}" + ("" if serial == "*" else f"/8011/{serial}") if part and serial else None
    if kind not in _KEYS:
        return None
    digits, ai, next_ai = _KEYS[kind]
    reference, dot, serial = behind.partition(".")
    if len(prefix) + len(reference) != digits or (reference and not (reference.isascii() and reference.isdigit())) or (not next_ai and dot):
        return None
    gtin = digits == 13
    key = reference[:1] + prefix + reference[1:] if gtin or kind == "sscc" else prefix + reference
    key = ("0" if kind == "grai" else "") + key
    key += str(check_digit(key))
    if kind == "itip":
        piece, total, serial = [*serial.split(".", 2), "", ""][:3]
        key += piece + total
    if next_ai and (not dot or not re.fullmatch(rf"{_SERIAL}{{1,28}}|\*", serial)):
        return None
    whole = f"https://id.gs1.org/{ai}/{key}"
    if not next_ai or serial == "*" or (kind == "sgln" and serial == "0"):
        return whole
    return whole + ("" if next_ai == "+" else f"/{next_ai}/") + serial.translate(_CODED)


def _of_link(uri: str) -> str:
    path = re.sub(r"[?#].*", "", uri, flags=re.S).rstrip("/").split("/")[3:]
    path = [_NAMES.get(p, p) for p in path]
    start = next((i for i in range(len(path) - 1) if re.fullmatch(_PRIMARY, path[i]) and re.match(r"[0-9]{4}", path[i + 1])), None)
    if start is None:
        return uri
    ai, key, more = path[start], path[start + 1], path[start + 2 :]
    if len(more) % 2:
        return uri
    if ai == "01":
        if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", key):
            return uri
        key = key.zfill(14)
    elif ai in CHECKED and not re.fullmatch(f"[0-9]{{{CHECKED[ai]}}}" + (".*" if ai in ("253", "255") else ""), key):
        return uri
    found = dict(zip(more[::2], more[1::2], strict=True))
    level = {"01": ("21", "235", "10"), "8006": ("21", "10"), "414": ("254",), "8010": ("8011",)}.get(ai, ())
    finest = next((n for n in level if n in found), "")
    return f"https://id.gs1.org/{ai}/{key}" + (f"/{finest}/{found[finest]}" if finest else "")


# --- values


def _time(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    if when.tzinfo is None:
        return text
    when = when.astimezone(UTC)
    when += timedelta(microseconds=500)  # half a millisecond is rounded up
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _value(name: str, value: Any, spaces: Mapping[str, str], word: str = "") -> str:
    """``=value`` in its canonical form; "" where there is nothing."""
    text = str(value).strip()
    if not text:
        return ""
    if "time" in name.lower() and "offset" not in name.lower() and not name.startswith("{"):
        return f"={_time(text)}"
    if word and re.fullmatch(r"[A-Za-z_]+", text):
        return f"={word}{text}"
    prefix, colon, rest = text.partition(":")
    if colon and prefix in spaces:
        text = spaces[prefix] + rest
    if text.startswith("urn:epcglobal:cbv:"):
        kind, _, rest = text.removeprefix("urn:epcglobal:cbv:").partition(":")
        text = f"{CBV}{URNS[kind]}{rest}" if kind in URNS else text
    if not isinstance(value, bool):
        text = _numeric(text)
    return f"={digital_link(text)}"


def _numeric(text: str) -> str:
    try:
        number = float(text)
        return str(int(number)) if number == int(number) else str(number)
    except (ValueError, OverflowError):
        return text


def _name(name: str, spaces: Mapping[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    return f"{{{spaces[prefix]}}}{rest}" if colon and prefix in spaces else name


def _free(name: str, value: Any, spaces: Mapping[str, str]) -> list[str]:
    """What the order does not name: every value under its name, objects with theirs in order."""
    if isinstance(value, list):
        return [line for one in value for line in _free(name, one, spaces)]
    if isinstance(value, Mapping):
        inside = [line for k, v in value.items() if k not in ("rdfs:comment", "comment") for line in _free(_name(k, spaces), v, spaces)]
        return [name + "".join(sorted(inside))]
    return [name + _value("", value, spaces)]


def _extensions(found: Mapping[str, Any], known: Iterable[str], spaces: Mapping[str, str]) -> str:
    lines = [line for k, v in found.items() if k not in known and k not in ("rdfs:comment", "comment") for line in _free(_name(k, spaces), v, spaces)]
    return "".join(sorted(lines))


def _element(name: str, found: Any, order: tuple[str, ...], spaces: Mapping[str, str]) -> str:
    """A named element with its members in order, and what else it has behind them."""
    if not isinstance(found, Mapping):
        return name + _value("", found, spaces)
    lines = []
    for k in order:
        if k in found:
            voc = "https://gs1.org/voc/" if k in ("type", "exception") else WORDS.get(k, "")
            lines += sorted(k + _value(k, v, spaces, voc) for v in _listed(found[k]) if str(v).strip())
    return name + "".join(lines) + _extensions(found, order, spaces)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _sensor(element: Any, spaces: Mapping[str, str]) -> str:
    if not isinstance(element, Mapping):
        return ""
    meta = "".join(_element("sensorMetadata", m, METADATA, spaces) for m in _listed(element.get("sensorMetadata", [])) if m)
    reports = sorted(_element("sensorReport", r, REPORT, spaces) for r in _listed(element.get("sensorReport", [])))
    return "sensorElement" + meta + "".join(reports) + _extensions(element, ("sensorMetadata", "sensorReport", "type"), spaces)


def _ordered(name: str, value: Any, spaces: Mapping[str, str]) -> str:
    if name in EPCS:
        inside = sorted("epc" + _value("", v, spaces) for v in _listed(value))
    elif name in QUANTITIES:
        inside = sorted(_element("quantityElement", v, QUANTITY, spaces) for v in _listed(value))
    elif name == "sensorElementList":
        inside = sorted(_sensor(v, spaces) for v in _listed(value))
    elif name in ("readPoint", "bizLocation"):
        return _element(name, value, ("id",), spaces)
    elif name == "persistentDisposition":
        return _element(name, value, ("set", "unset"), spaces)
    else:
        return "".join(sorted(name + _value(name, v, spaces, WORDS.get(name, "")) for v in _listed(value) if str(v).strip()))
    return name + "".join(inside) if inside else ""


def _typed(name: str, value: Any, spaces: Mapping[str, str]) -> str:
    """A list of transactions, sources or destinations: type first, then which."""
    other = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}[name]
    lines = []
    for v in _listed(value):
        if isinstance(v, Mapping):
            kind = "type" + _value("", v["type"], spaces, TYPES[name]) if "type" in v else ""
            lines.append(kind + other + _value("", v.get(other, ""), spaces))
    return name + "".join(sorted(lines))


def pre_hash(event: Mapping[str, Any], spaces: Mapping[str, str] | None = None) -> str:
    """The line whose SHA-256 is the event's name.

    Parameters
    ----------
    event
        An event in JSON.
    spaces
        Prefix → namespace, from the context of its document (:func:`namespaces`); nothing is fetched.
    """
    spaces = {} if spaces is None else spaces
    rest = []
    for name, value in event.items():
        if name in TYPES:
            rest.append(_typed(name, value, spaces))
        elif name not in ORDER and name not in LEFT_OUT:
            rest += _free(_name(name, spaces), value, spaces)
    return (f"eventType={event.get('type', '')}" + "".join(_ordered(n, event[n], spaces) for n in ORDER if n in event) + "".join(sorted(rest)))


def event_hash(event: Mapping[str, Any], spaces: Mapping[str, str] | None = None) -> str:
    """The name of an event by what it says: ``ni:///sha-256;…?ver=CBV2.0``."""
    return f"ni:///sha-256;{sha256(pre_hash(event, spaces).encode()).hexdigest()}?ver=CBV2.0"


def namespaces(context: Any) -> dict[str, str]:
    """Prefix → namespace that a context declares in place; one that stands at another address is not fetched."""
    found = {}
    for part in _listed(context):
        if isinstance(part, Mapping):
            found |= {k: v for k, v in part.items() if isinstance(v, str) and not k.startswith("@")}
    return found
