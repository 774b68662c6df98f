"""Units of measure as systems write them: the words of SAP, UN/ECE, German and English, and the packs of a product.

How large a unit is, is asked of pint; which unit a word means stands here.  Units are never guessed: a word
that is not known is a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from twinkit.tables.problems import quote

WORDS: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "piece": "st stk stck stück stueck pc pcs pce piece pieces ea each h87 c62 nmb unit units un qty set",
        "dozen": "dz dzn dozen dozens dutzend", "pair": "paa pr pair pairs paar npr", "gross": "gro gross", "thousand": "th ths tsd mil thousand tausend",
        "kilogram": "kg kgm kgs kilo kilogramm kilogram kilograms", "gram": "g grm gr gramm gram grams", "milligram": "mg mgm",
        "metric_ton": "t to tne ton_metric tonne tonnes metric_ton metrische_tonne", "pound": "lb lbs lbr pound pounds pfund", "ounce": "oz onz ounce ounces",
        "short_ton": "stn short_ton short_tons", "long_ton": "ltn long_ton long_tons",
        "liter": "l ltr lit liter liters litre litres", "milliliter": "ml mlt", "hectoliter": "hl hlt", "meter**3": "m3 mtq cbm m³ cubic_meter kubikmeter",
        "foot**3": "ft3 ftq cft ft³ cubic_foot cubic_feet cuft", "inch**3": "in3 inq", "centimeter**3": "cm3 cmq ccm cc", "gallon": "gal gll us_gal us_gallon gallon gallons",
        "imperial_gallon": "gli uk_gal uk_gallon imp_gal", "fluid_ounce": "fl_oz floz oza", "centiliter": "cl clt", "deciliter": "dl dlt",
        "decimeter**3": "dm3 dmq", "yard**3": "yd3 ydq cuyd",
        "oil_barrel": "bbl bll barrel_oil oil_barrel barrel barrels", "quart": "qt qti quart", "pint": "pt pint",
        "meter": "m mtr lm meter metre metres meters laufmeter", "centimeter": "cm cmt", "millimeter": "mm mmt", "kilometer": "km kmt ktm",
        "inch": 'in inh " inch inches zoll', "foot": "ft fot foot feet", "yard": "yd yrd yard yards", "mile": "mi smi mile miles", "nautical_mile": "nmi nmile",
        "meter**2": "m2 mtk qm m² sqm quadratmeter", "foot**2": "ft2 ftk sqft", "centimeter**2": "cm2 cmk", "millimeter**2": "mm2 mmk", "kilometer**2": "km2 kmk",
        "yard**2": "yd2 ydk sqyd", "hectare": "ha har hektar",
        "second": "s sec sek second seconds sekunde sekunden", "minute": "min mnt minute minutes minuten", "hour": "h hr hrs hur std stunde stunden hour hours",
        "day": "d day days tag tage", "week": "w wk wks wch woc wee week weeks woche wochen", "month": "mon monat monate month months", "year": "y yr ann jhr jahr jahre year years",
        "degree_Celsius": "degc cel °c celsius gc", "degree_Fahrenheit": "degf fah °f fahrenheit", "kelvin": "k kel kelvin",
        "kilowatt_hour": "kwh", "megawatt_hour": "mwh", "kilojoule": "kj kjo", "megajoule": "mj", "gigajoule": "gj gv",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Word, in small letters and with _ for spaces → unit.  ``MON`` is a month, ``ST`` a piece (SAP), ``STD`` an hour."""
COUNTS = {"piece": 1.0, "pair": 2.0, "dozen": 12.0, "gross": 144.0, "thousand": 1000.0}
"""Unit that counts → pieces in one."""
_SAFE = re.compile(r"[a-z_]{3,30}(?:\*\*[23])?")


@cache
def _pint() -> Any:
    import pint  # only where units are converted: it takes longer to load than most cases

    return pint.UnitRegistry()


def unit_named(word: str) -> str | None:
    """The unit that a word means, or None; packs (box, pallet) are a product's own and no units here.

    Examples
    --------
    >>> unit_named("KGM"), unit_named("Stück"), unit_named("short ton"), unit_named("PAL")
    ('kilogram', 'piece', 'short_ton', None)
    """
    plain = "_".join(word.strip().casefold().replace("^", "").split())
    if plain in WORDS:
        return WORDS[plain]
    if not _SAFE.fullmatch(plain):
        return None
    registry = _pint()
    return plain if plain in registry else None


def converted(value: float, unit: str, to: str, packs: Mapping[str, tuple[float, str]] | None = None) -> float:
    """A value in another unit.

    Parameters
    ----------
    value
        Number [unit].
    unit, to
        Words for units.
    packs
        Units of the product's own: word → (how many, of which unit), such as ``{"PAL": (40, "CS"), "CS": (12, "EA")}``.

    Raises
    ------
    ValueError
        If a word is no unit, or the two are of different quantities.

    Examples
    --------
    >>> converted(2, "PAL", "EA", {"PAL": (40, "CS"), "CS": (12, "EA")})
    960.0
    >>> round(converted(12, "lb", "kg"), 8)
    5.44310844
    """
    (times, from_unit), (each, to_unit) = (_unpacked(word, packs or {}) for word in (unit, to))
    if from_unit == to_unit:
        return value * times / each
    if from_unit in COUNTS and to_unit in COUNTS:
        return value * times * COUNTS[from_unit] / (each * COUNTS[to_unit])
    if from_unit in COUNTS or to_unit in COUNTS:
        raise ValueError(f"{quote(unit)} cannot be converted to {quote(to)}: one counts pieces, the other measures")
    registry = _pint()
    try:
        found = registry.Quantity(value * times, registry.Unit(from_unit)).to(registry.Unit(to_unit))
    except Exception as error:  # pint has many sorts; each means that the two do not fit
        raise ValueError(f"{quote(unit)} cannot be converted to {quote(to)}: they measure different things") from error
    return float(found.magnitude) / each


def _unpacked(word: str, packs: Mapping[str, tuple[float, str]]) -> tuple[float, str]:
    """How many of which plain unit a word stands for."""
    folded = {k.casefold(): v for k, v in packs.items()}
    times, seen = 1.0, set()
    while word.casefold() in folded:
        if word.casefold() in seen:
            raise ValueError(f"the packs go round in a circle at {quote(word)}")
        seen.add(word.casefold())
        each, word = folded[word.casefold()]
        times *= each
    unit = unit_named(word)
    if unit is None:
        known = f"; packs known are {', '.join(packs)}" if packs else ""
        raise ValueError(f"{quote(word)} is no unit that is known{known}")
    return times, unit
