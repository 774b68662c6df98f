"""Countries as tables write them: by ISO 3166 code of two or three letters, or by name; and groups of them."""

from __future__ import annotations

_NAMES = """
AR ARG Argentina|AT AUT Austria|AU AUS Australia|BD BGD Bangladesh|BE BEL Belgium|BG BGR Bulgaria|BR BRA Brazil
CA CAN Canada|CH CHE Switzerland|CL CHL Chile|CN CHN China/People's Republic of China|CY CYP Cyprus
CZ CZE Czechia/Czech Republic|DE DEU Germany/Deutschland|DK DNK Denmark|EE EST Estonia|EG EGY Egypt|ES ESP Spain
FI FIN Finland|FR FRA France|GB GBR Great Britain/UK/United Kingdom/England|GR GRC Greece|HK HKG Hong Kong|HR HRV Croatia
HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland|IN IND India|IS ISL Iceland|IT ITA Italy|JP JPN Japan|KH KHM Cambodia
KR KOR South Korea/Korea/Republic of Korea|LK LKA Sri Lanka|LT LTU Lithuania|LU LUX Luxembourg|LV LVA Latvia
MA MAR Morocco|MT MLT Malta|MX MEX Mexico|MY MYS Malaysia|NL NLD Netherlands/The Netherlands/Holland|NO NOR Norway
NZ NZL New Zealand|PA PAN Panama|PH PHL Philippines|PK PAK Pakistan|PL POL Poland|PR PRI Puerto Rico|PT PRT Portugal
RO ROU Romania|RS SRB Serbia|SE SWE Sweden|SG SGP Singapore|SI SVN Slovenia|SK SVK Slovakia|TH THA Thailand
TN TUN Tunisia|TR TUR Turkey/Türkiye|TW TWN Taiwan|UA UKR Ukraine
US USA United States/United States of America/U.S.A./U.S.|VN VNM Vietnam/Viet Nam|ZA ZAF South Africa
"""

EU = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
GROUPS = {
    "EU": EU,
    "EUROPE": (*EU, "CH", "GB", "IS", "NO", "RS"),
    "ASIA": ("BD", "CN", "HK", "ID", "IN", "JP", "KH", "KR", "LK", "MY", "PH", "PK", "SG", "TH", "TW", "VN"),
}
"""Groups that the table of recorded events names; the European Union is the one since 2020."""

_SPOKEN = {"EU": "the European Union", "EUROPE": "Europe", "ASIA": "Asia", "US": "the USA", "NL": "the Netherlands"}


def _entries() -> list[tuple[str, str, list[str]]]:
    rows = [entry.split(None, 2) for line in _NAMES.split("\n") for entry in line.split("|") if entry]
    return [(code, three, names.split("/")) for code, three, names in rows]


_CODES = {word.casefold(): code for code, three, names in _entries() for word in (code, three, *names)}
_WORDS = {code: names[0] for code, _, names in _entries()}


def code_of(country: str) -> str:
    """ISO code of two letters of a country as a table writes it; "" if it is none that recorded events name.

    Examples
    --------
    >>> code_of("Germany"), code_of("deu"), code_of(" DE "), code_of("Atlantis")
    ('DE', 'DE', 'DE', '')
    """
    return _CODES.get(country.strip().casefold(), "")


def members(codes: tuple[str, ...]) -> frozenset[str]:
    """Codes of countries, with groups written out."""
    return frozenset(c for code in codes for c in GROUPS.get(code, (code,)))


def words(codes: tuple[str, ...]) -> str:
    """Countries and groups in words.

    Examples
    --------
    >>> words(("EUROPE",)), words(("DE", "NL"))
    ('Europe', 'Germany, the Netherlands')
    """
    return ", ".join(_SPOKEN.get(c) or _WORDS.get(c, c) for c in codes)
