"""What machines and MES write as XML, as tables: B2MML/ISA-95 and MTConnect.

XML is read by a parser that takes no document type, so no entity can grow or reach a file; depth and size have limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from twinkit.tables.problems import CaseError, Problem
from twinkit.words import counted

MOST_BYTES, MOST_ELEMENTS, MOST_DEPTH = 300_000_000, 2_000_000, 60
Tables = dict[str, list[dict[str, str]]]

B2MML: Mapping[str, tuple[str, ...]] = {
    "MaterialDefinition": ("materials",), "MaterialLot": ("lots",), "MaterialSubLot": ("lots",),
    "MaterialRequirement": ("requirements",), "MaterialProducedRequirement": ("requirements",), "MaterialConsumedRequirement": ("requirements",),
    "MaterialActual": ("actuals",), "MaterialProducedActual": ("actuals",), "MaterialConsumedActual": ("actuals",),
    "EquipmentActual": ("equipment",), "ProductSegment": ("segments",), "ProcessSegment": ("segments",), "SegmentResponse": ("responses",),
}  # fmt: skip
"""Element of B2MML → table that it is a row of."""


def tables_of_xml(data: bytes, name: str) -> tuple[Tables, list[str]]:
    """Tables of an XML file, and sentences about what is not in it.

    Raises
    ------
    CaseError
        If it is no XML, is too large or too deep, or declares entities.
    """
    if len(data) > MOST_BYTES:
        raise _refused(name, f"has more than {MOST_BYTES // 1_000_000} MB")
    if data.count(b"<") > 2 * MOST_ELEMENTS:  # each takes far more memory than its letters
        raise _refused(name, f"has more than {MOST_ELEMENTS // 1_000_000} million elements", "Export a shorter time.")
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise _refused(name, "declares a document type or entities, which are not read: they may hide what they grow to", "Export it without DOCTYPE.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _refused(name, f"is no XML that can be read: {error}") from error
    if _depth(root) > MOST_DEPTH:
        raise _refused(name, f"is nested more than {MOST_DEPTH} levels deep")
    kind = _tag(root)
    if kind.startswith("MTConnect"):
        return _mtconnect(root, kind, name)
    if "B2MML" in root.tag or "wbf.org" in root.tag or "mesa.org" in root.tag or kind.startswith(("Sync", "Process", "Batch")):
        return _b2mml(root, kind, name)
    return {kind: _records(root)} if len(root) else {}, [] if len(root) else [f"{name} holds nothing below {kind}."]


def _refused(name: str, says: str, hint: str = "Export it again.") -> CaseError:
    return CaseError([Problem("", None, "", name, says, hint)])


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _depth(root: Element) -> int:
    deepest, layer = 0, [root]
    while layer and deepest <= MOST_DEPTH:
        deepest, layer = deepest + 1, [child for element in layer for child in element]
    return deepest


def _text(element: Element, *path: str) -> str:
    """Text below an element, by the names of the elements on the way, whatever their namespace."""
    for name in path:
        element = next((child for child in element if _tag(child) == name), None)  # type: ignore[assignment]
        if element is None:
            return ""
    return (element.text or "").strip()


def _records(root: Element) -> list[dict[str, str]]:
    """The elements below the root as rows: their attributes, and the texts in them."""
    return [{**element.attrib, **{_tag(c): (c.text or "").strip() for c in element if not len(c)}} for element in root]


# --- B2MML / ISA-95


def _b2mml(root: Element, kind: str, name: str) -> tuple[Tables, list[str]]:
    tables: Tables = {}
    for element, holders in _walk(root, {}):
        for table in B2MML.get(_tag(element), ()):
            row = _b2mml_row(element, holders)
            if any(row.values()):
                tables.setdefault(f"b2mml_{table}", []).append(row)
    if not tables:
        return {}, [f"{name} ({kind}) holds no material, lot, requirement or actual of B2MML."]
    return tables, []


def _walk(element: Element, holders: Mapping[str, str]) -> Iterator[tuple[Element, Mapping[str, str]]]:
    """Every element below one, and the IDs of those that hold it, by their names."""
    inside = {**holders, _tag(element): _text(element, "ID")}
    for child in element:
        yield child, inside
        yield from _walk(child, inside)


def _b2mml_row(element: Element, holders: Mapping[str, str]) -> dict[str, str]:
    tag = _tag(element)
    row = {
        "kind": tag, "id": _text(element, "ID"), "material": _text(element, "MaterialDefinitionID") or holders.get("MaterialInformation", "")
        or holders.get("MaterialDefinition", ""), "lot": _text(element, "MaterialLotID") or holders.get("MaterialLot", ""),
        "use": _text(element, "MaterialUse") or ("Produced" if "Produced" in tag else "Consumed" if "Consumed" in tag else ""),
        "quantity": _text(element, "Quantity", "QuantityString"), "unit": _text(element, "Quantity", "UnitOfMeasure"),
        "description": _text(element, "Description"), "status": _text(element, "Status"),
        "order": holders.get("ProductionRequest") or holders.get("ProductionResponse") or holders.get("OperationsRequest") or holders.get("OperationsResponse", ""),
        "segment": holders.get("SegmentRequirement") or holders.get("SegmentResponse", ""),
        "start": _text(element, "ActualStartTime") or _text(element, "EarliestStartTime"), "end": _text(element, "ActualEndTime") or _text(element, "LatestEndTime"),
    }  # fmt: skip
    for part in element:
        if _tag(part).endswith("Property") and _text(part, "ID"):
            row[f"property {_text(part, 'ID')}"] = _text(part, "Value", "ValueString")
    return row


# --- MTConnect

EXECUTION: Mapping[str, str] = {
    "ACTIVE": "working", "READY": "idle", "INTERRUPTED": "down", "FEED_HOLD": "idle", "STOPPED": "down", "OPTIONAL_STOP": "idle",
    "PROGRAM_STOPPED": "idle", "PROGRAM_COMPLETED": "idle", "PROGRAM_OPTIONAL_STOP": "idle", "WAIT": "idle", "UNAVAILABLE": "unknown",
}  # fmt: skip
"""Value of an execution event (MTConnect Part 2) → state of the machine; INTERRUPTED and STOPPED need somebody, so they count as down."""


def _mtconnect(root: Element, kind: str, name: str) -> tuple[Tables, list[str]]:
    if kind == "MTConnectDevices":
        found = [{"device": d.get("name") or d.get("id") or "", "uuid": d.get("uuid", ""), **{
            "components": str(sum(1 for c in d.iter() if _tag(c) == "DataItems")), "data_items": str(sum(1 for c in d.iter() if _tag(c) == "DataItem"))}}
            for d in root.iter() if _tag(d) == "Device"]  # fmt: skip
        items = Counter(i.get("type", "") for i in root.iter() if _tag(i) == "DataItem")
        watch = [t for t in ("EXECUTION", "AVAILABILITY", "PART_COUNT") if items[t]]
        says = f"{name} describes {counted(len(found), 'device')} and holds no observation of them: without a stream no state, no failure and no part is known"
        return {"mtconnect_devices": found}, [f"{says} (it could report {', '.join(watch) or 'neither execution nor parts'})."]
    rows: list[dict[str, Any]] = []
    for device in (d for d in root.iter() if _tag(d) == "DeviceStream"):
        for item in device.iter():
            if item.get("timestamp"):
                value = (item.text or "").strip() or _tag(item).upper()
                rows.append({"device": device.get("name", ""), "time": item.get("timestamp", ""), "type": _tag(item), "item": item.get("dataItemId", ""),
                             "value": value, "state": EXECUTION.get(value.upper(), "") if _tag(item) == "Execution" else "", "sequence": item.get("sequence", "")})  # fmt: skip
    return ({"mtconnect_events": rows}, []) if rows else ({}, [f"{name} ({kind}) holds no observation."])
