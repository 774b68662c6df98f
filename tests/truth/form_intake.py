"""Published figures of the room intake: check digits, units, the Harmonized System, structures out of STEP files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.truth.compared import Compared, Unreadable, only, same
from twinkit.capabilities.intake import identifiers, measures, step
from twinkit.tables.cells import folded

Rows = list[Compared]
FILES = Path(__file__).parent / "files"


def file_named(name: str, about: Mapping[str, Any]) -> Path | None:
    """A file that a case names: beside the case, in a folder `files` near it, or the tests' own."""
    near = Path(about["folder"])
    places = [near, near / "files", near.parent / "files", near.parent, FILES]
    return next((place / name for place in places if (place / name).is_file()), None)


def data(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Check digits, conversions and figures of the Harmonized System, whichever the case has."""
    only(given, ("check_digits", "conversions", "hs", *expected), about["file"])
    ours: dict[str, Any] = {}
    if "check_digits" in given:
        ours["check_digit"] = {text: _digit(text) for text in given["check_digits"]}
    if "conversions" in given:
        ours["units"] = {text: _conversion(text) for text in given["conversions"]}
    if "hs" in given:
        path = file_named(given["hs"], about)
        if path is None and "harmonized-system" not in given["hs"]:
            raise Unreadable(f"there is no file {given['hs']}")
        hs = identifiers.read_nomenclature(path.read_text("utf-8").splitlines()) if path else identifiers.harmonized_system()
        found = {"hs_rows": len(hs), "hs_orphans": len(hs.orphans()), "chapters": hs.level(2)}
        for key in expected.get("hs", {}):
            if digits := re.fullmatch(r"hs_?(\d+)", key):
                found[key] = hs.level(int(digits[1])) if len(digits[1]) == 1 else hs.described(digits[1])
        ours["hs"] = found
    return same(expected, ours, {**about, "tolerance": "1e-9 relative"})


def _digit(text: str) -> str:
    kind, _, number = text.rpartition(" ")
    return identifiers.gs1_digit(number) if number.isdigit() and kind != "container" else identifiers.container_digit(number)


def _conversion(text: str) -> float:
    """``3 ft3 in l``, ``5 EA of CS with 12 EA/CS in CS`` and ``2 PAL of 40 CS of 12 EA in EA``."""
    words, _, to = text.rpartition(" in ")
    words, _, stated = words.partition(" with ")
    packs = {pack: (float(n), unit) for n, unit, pack in re.findall(r"([\d.]+) (\S+?)/(\S+)", stated)}
    chain = [re.fullmatch(r"([\d.]+ )?(.+)", part) for part in words.split(" of ")]
    for whole, part in zip(chain, chain[1:], strict=False):
        if part[1]:
            packs[whole[2]] = float(part[1]), part[2]
    return measures.converted(float(chain[0][1]), chain[0][2], to, packs)


def structures(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Products, lines and parts out of STEP files; their mass; the bill of engineering against that of production."""
    only(given, ("files", "masses_kg_made_up", "masses_kg", "erp_bom_made_up", "erp_bom", *expected), about["file"])
    ours: dict[str, Any] = {}
    masses = given.get("masses_kg_made_up") or given.get("masses_kg") or {}
    erp = given.get("erp_bom_made_up") or given.get("erp_bom") or []
    for name in given["files"]:
        path = file_named(name, about)
        if path is None:
            raise Unreadable(f"there is no file {name}")
        read = step.read_step(path)
        flat = read.flat()
        key = next((k for k in expected if isinstance(expected[k], Mapping) and "flat" in expected[k] and folded(k) in folded(path.stem)), path.stem)
        ours[key] = {"products": len(read.products), "occurrences": read.occurrences, "top": read.top, "lines": read.lines,
                     "flat": flat, "parts": sum(flat.values())}  # fmt: skip
        for what, value in (("total_mass_kg", lambda r=read: r.mass(masses)), ("cad_against_erp", lambda f=flat: step.compare_boms(f, erp))):
            if what in expected and what not in ours:
                ours[what] = value()
    if "cad_against_erp" in ours:
        found = ours["cad_against_erp"]
        ours["cad_against_erp"] = {"quantity_differs": {c: list(q) for c, q in found.quantity_differs.items()},
                                   "only_in_cad": found.only_in_engineering, "only_in_erp": found.only_in_production}  # fmt: skip
    return same(expected, ours, about)


FORMS: tuple[tuple[set[str], dict[str, Any]], ...] = (
    *(({key}, {"": data}) for key in ("check_digits", "conversions", "hs")),
    ({"files"}, {"": structures}),
)  # fmt: skip
"""Keys of what goes in → what is done with it."""
