"""Numbers that name things: GS1 check digits, containers, headings of the Harmonized System, UN/LOCODE.

What is wrong with a number is a sentence; a check never guesses what was meant.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twinkit.tables.problems import did_you_mean, quote

GS1_LENGTHS: Mapping[str, int] = {"GTIN-8": 8, "GTIN-12": 12, "GTIN-13": 13, "GTIN-14": 14, "GLN": 13, "SSCC": 18, "GSIN": 17}
"""Kind of GS1 number → digits, the check digit included (GS1 General Specifications)."""
HERE = Path(__file__).parent
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))
_LOCODE = re.compile(r"([A-Z]{2}) ?([A-Z2-9]{3})")


def gs1_digit(digits: str) -> str:
    """The check digit of a GS1 number: weights 3 and 1 in turn from the right, to the next ten.

    Parameters
    ----------
    digits
        The number without its check digit.

    Raises
    ------
    ValueError
        If it holds anything else than digits.

    Notes
    -----
    GS1 General Specifications, section 7.9.

    Examples
    --------
    >>> gs1_digit("629104150021")
    '3'
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{quote(digits)} is no GS1 number: it must be digits only")
    return str(-sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))) % 10)


def container_digit(code: str) -> str:
    """The check digit of a freight container: four letters and six digits (ISO 6346).

    Raises
    ------
    ValueError
        If it is no container number without its check digit.

    Examples
    --------
    >>> container_digit("CSQU305438")
    '3'
    """
    code = code.replace(" ", "").replace("-", "").upper()
    if not re.fullmatch(r"[A-Z]{3}[UJZR][0-9]{6}", code):
        raise ValueError(f"{quote(code)} is no container: it must be three letters, U, J, Z or R, and six digits")
    return str(sum((_LETTERS[c] if c.isalpha() else int(c)) << i for i, c in enumerate(code)) % 11 % 10)


def wrong_number(text: str, kind: str = "") -> str:
    """What is wrong with a GS1 or container number, the rest of a sentence; "" if nothing is.

    Parameters
    ----------
    text
        The number with its check digit.
    kind
        A key of :data:`GS1_LENGTHS`, "GTIN" for any of its lengths, or "container"; "" for whatever its length makes it.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> wrong_number("6291041500213"), wrong_number("6291041500214", "GTIN-13")
    ('', 'has the check digit 4; of the other digits it is 3')
    """
    lengths = sorted({n for name, n in GS1_LENGTHS.items() if kind in ("", name, name.partition("-")[0])})
    if not lengths and kind != "container":
        raise ValueError(did_you_mean(kind, [*GS1_LENGTHS, "container"], f"Kinds of numbers: {', '.join(GS1_LENGTHS)}, container."))
    text = re.sub(r"[\s-]", "", text)
    if kind == "container" or (not kind and text[:1].isalpha()):
        if len(text) != 11:
            return "is no container number: four letters and seven digits"
        try:
            right = container_digit(text[:-1])
        except ValueError:
            return "is no container number: four letters, of which the last is U, J, Z or R, and seven digits"
    else:
        if not (text.isascii() and text.isdigit()):
            return f"is no {kind or 'GS1 number'}: it holds something that is no digit"
        if len(text) not in lengths:
            return f"has {len(text)} digits; {'a ' + kind if kind else 'a GS1 number'} has {' or '.join(map(str, lengths))}"
        right = gs1_digit(text[:-1])
    return "" if text[-1] == right else f"has the check digit {text[-1]}; of the other digits it is {right}"


@dataclass(frozen=True)
class Nomenclature:
    """The Harmonized System: code → (section, description, code above it)."""

    rows: Mapping[str, tuple[str, str, str]]

    def __len__(self) -> int:
        return len(self.rows)

    def level(self, digits: int) -> int:
        """How many codes of so many digits there are."""
        return sum(1 for code in self.rows if len(code) == digits)

    def orphans(self) -> list[str]:
        """Codes whose code above is not there."""
        return [code for code, (_, _, above) in self.rows.items() if above != "TOTAL" and above not in self.rows]

    def described(self, code: str) -> str:
        """What a code stands for, by the longest of its beginnings that is known; "" for none."""
        digits = re.sub(r"[.\s]", "", code)
        return next((self.rows[digits[:n]][1] for n in (6, 5, 4, 2) if len(digits) >= n and digits[:n] in self.rows), "")

    def wrong(self, code: str) -> str:
        """What is wrong with a code of at least 2 digits, the rest of a sentence; "" if nothing is.

        Beyond six digits every customs territory has its own, which are not looked at.
        """
        digits = re.sub(r"[.\s]", "", code)
        if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 12):
            return "is no code of the Harmonized System: 2 to 12 digits, with or without points"
        known = digits[: 6 if len(digits) >= 6 else 4 if len(digits) >= 4 else 2]
        return "" if known in self.rows else f"is no code of the Harmonized System of 2022: there is no {known}"


def read_nomenclature(lines: Iterable[str]) -> Nomenclature:
    """A nomenclature from a CSV with the columns section, hscode, description, parent."""
    return Nomenclature({r["hscode"]: (r["section"], r["description"], r["parent"]) for r in csv.DictReader(lines)})


@cache
def harmonized_system() -> Nomenclature:
    """The Harmonized System of 2022 (datasets/harmonized-system, PDDL-1.0), as the package carries it."""
    with gzip.open(HERE / "hs2022.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        return read_nomenclature(lines)


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166 code → name of the country, as UN/LOCODE lists them (datasets/un-locode, PDDL-1.0)."""
    with (HERE / "countries.csv").open(encoding="utf-8", newline="") as lines:
        return {r["CountryCode"]: r["CountryName"] for r in csv.DictReader(lines)}


def wrong_locode(text: str) -> str:
    """What is wrong with a UN/LOCODE (``DE HAM``), the rest of a sentence; "" if its form and country are right.

    Whether there is such a place is not looked at: the package does not carry the list of places.

    Examples
    --------
    >>> wrong_locode("DEHAM"), wrong_locode("QQ HAM")
    ('', 'is no UN/LOCODE: there is no country QQ')
    """
    found = _LOCODE.fullmatch(text.strip().upper())
    if not found:
        return "is no UN/LOCODE: two letters of the country and three of the place (letters, or digits from 2 to 9)"
    return "" if found[1] in countries() else f"is no UN/LOCODE: there is no country {found[1]}"
