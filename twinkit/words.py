"""Numbers and names in words: the one place that writes a number for a person.

A name from a table may hold anything: control characters, half of a character, ten
thousand letters.  What cannot be shown gets a visible stand-in; what is too long for a
page is cut with a mark, and the workbook and the data of a report have all of it.

A number reads the same wherever it stands: thousand separators below a million, then three
figures and M, bn or T.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TextIO

# --- numbers

SCALES = ((1e12, "T"), (1e9, "bn"), (1e6, "M"))
"""Factors of large numbers, and what they are called."""
LARGE = 999_500
"""From here on a number is written in millions: three figures would round it to a million."""


def scale_of(largest: float) -> tuple[float, str]:
    """Factor and short name that keep numbers of this size short; thousands have a name on axes alone.

    >>> scale_of(2.5e8), scale_of(2500.0)
    ((1000000.0, 'M'), (1000.0, 'k'))
    """
    return next(((factor, name) for factor, name in (*SCALES, (1e3, "k")) if abs(largest) >= factor), (1.0, ""))


def digits(value: float, figures: int = 3) -> str:
    """A number with so many figures that count, without a power of ten.

    >>> digits(64.2198), digits(0.0925359), digits(12345.6), digits(-1e-9), digits(math.nan)
    ('64.2', '0.0925', '12,346', '0', 'not defined')
    """
    if math.isnan(value):
        return "not defined"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    places = figures - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:,.{min(max(places, 0), 6)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _large(value: float) -> str:
    """A number of a million or more in three figures: ``7.06 bn``."""
    factor, name = next(((f, n) for f, n in SCALES if abs(value) >= 0.9995 * f), SCALES[-1])
    return f"{digits(value / factor)} {name}"


def amount(value: float, unit: str = "-") -> str:
    """A number with its unit, in three figures: ``659 M EUR``, ``81.3 %``.

    Parameters
    ----------
    value
        The number; infinite and undefined ones have words of their own.
    unit
        Its unit; "share" is written as per cent, "-" not at all.

    >>> amount(6.59e8, "EUR"), amount(0.8134, "share"), amount(4.94), amount(18143.8, "EUR"), amount(7.0571e9)
    ('659 M EUR', '81.3 %', '4.94', '18,144 EUR', '7.06 bn')
    """
    if unit == "share":
        return f"{digits(100 * value)} %" if math.isfinite(value) else digits(value)
    text = _large(value) if math.isfinite(value) and abs(value) >= LARGE else digits(value)
    return text if unit == "-" or math.isnan(value) else f"{text} {unit}".strip()


def rounded(value: float, places: int = 0) -> str:
    """A number with so many places, for what is counted: days, units; a large one as :func:`amount` writes it.

    >>> rounded(18143.8), rounded(3.14e6), rounded(7.0571e9), rounded(4.26, 1), rounded(-0.2)
    ('18,144', '3.14 M', '7.06 bn', '4.3', '0')
    """
    if not math.isfinite(value):
        return "not defined"
    if abs(value) >= LARGE:
        return _large(value)
    text = f"{value:,.{places}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def percent(share: float, places: int = 0) -> str:
    """A share as per cent: ``61 %``."""
    return f"{100 * share:.{places}f} %" if math.isfinite(share) else "not defined"


def between(low: float, high: float) -> str:
    """Two ends of an interval; a name of millions that both have is said once.

    >>> between(10, 14.2), between(3.61e8, 3.7e8), between(-2, 4)
    ('10–14', '361–370 M', '-2 to 4')
    >>> between(math.nan, math.nan)
    'too few worlds to say'
    """
    if math.isnan(low) or math.isnan(high):
        return "too few worlds to say"
    start, end = rounded(low), rounded(high)
    for _, name in SCALES:
        if start.endswith(f" {name}") and end.endswith(f" {name}"):
            start = start.removesuffix(f" {name}")
    return f"{start} to {end}" if low < 0 else f"{start}–{end}"


def counted(number: float, word: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{digits(number, 4)} {word}{'' if number == 1 else 's'}"


def tier_words(tier: float) -> str:
    """Where a tier of sites stands: ``where customers buy`` for 0, ``2 steps before the customer``."""
    return "where customers buy" if tier == 0 else f"{counted(tier, 'step')} before the customer"


PERIODS = {1.0: "day", 7.0: "week", 30.0: "month"}
"""Length of a period [days] → what it is called."""


def period_word(settings: Mapping[str, Any], count: float = 1) -> str:
    """What a period of a case is called: day, week, month or period.

    Parameters
    ----------
    settings
        Settings of the case.
    count
        How many there are.

    >>> period_word({"period_days": 7.0}, 3)
    'weeks'
    """
    return PERIODS.get(float(settings["period_days"]), "period") + ("" if count == 1 else "s")


def dated(settings: Mapping[str, Any], period: int) -> str:
    """A period with its date, if the case has one: ``day 74 (19 March 2021)``."""
    text = f"{period_word(settings)} {period}"
    try:
        day = date.fromisoformat(str(settings["start_date"])) + timedelta(days=period * float(settings["period_days"]))
    except ValueError:
        return text
    return f"{text} ({day.day} {day:%B %Y})"


def listed(words: Sequence[str], most: int = 6) -> str:
    """Words as a list in a sentence; the rest of a long one is counted."""
    words = list(words)
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else "none"


# --- numbers with their intervals

SPAN = "95 % interval"
"""What a page calls the column of an interval."""
INTERVAL = "95 % interval of the mean: were the study done again with other luck, it would hold the true mean in 95 of 100 cases"
PAIRED = "mean of the differences, world by world: both saw the same luck"
CENSORED = "share of the worlds that had not recovered by the end of the run"


def interval(low: float, high: float, unit: str) -> str:
    """Both ends of an interval; "" where there is none.

    Examples
    --------
    >>> interval(0.5, 0.6, "share"), interval(2.99e8, 3.21e8, "EUR"), interval(math.nan, math.nan, "days")
    ('50 % to 60 %', '299 M EUR to 321 M EUR', '')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{amount(low, unit)} to {amount(high, unit)}"


def sure(three: Sequence[float], unit: str) -> str:
    """A number with its interval, the unit said once; the number alone where there is none; "" if it is not known.

    >>> sure((3.1e8, 2.99e8, 3.21e8), "EUR"), sure((0.5, 0.4, 0.6), "share"), sure((2.0,), "days"), sure((math.nan,), "EUR")
    ('310 M EUR (299 M to 321 M)', '50 % (40 % to 60 %)', '2 days', '')
    """
    value, low, high = (*three, math.nan, math.nan)[:3]
    if value != value:
        return ""
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return amount(value, unit)
    bare = "share" if unit == "share" else "-"
    return f"{amount(value, unit)} ({amount(low, bare)} to {amount(high, bare)})"


def in_points(difference: str) -> str:
    """A difference of two shares in words: in percentage points, which are no share of anything.

    >>> in_points(sure((0.0705, 0.06, 0.08), "share")), in_points("3 days")
    ('7.05 points (6 points to 8 points)', '3 days')
    """
    return difference.replace("%", "points")


def times(value: float, longest: float = math.inf) -> str:
    """A number of periods; "never" or "> x" where it is infinite.

    Examples
    --------
    >>> times(12.0), times(math.inf), times(math.inf, 120.0)
    ('12', 'never', '> 120')
    """
    if math.isinf(value):
        return f"> {digits(longest)}" if math.isfinite(longest) else "never"
    return digits(value)


# --- names and other text

LONGEST_CELL = 200
"""Characters of a cell that a page shows."""
LONGEST_TITLE = 120
"""Characters of a title or heading that a page shows."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make what follows look like something else."""
STAND_IN = "\ufffd"
"""Shown for what is no character."""


def visible(text: Any) -> str:
    """A text without control characters and halves of characters; a visible sign stands for each.

    Examples
    --------
    >>> visible("a" + chr(0) + "b"), visible("half" + chr(0xD800))
    ('a␀b', 'half�')
    """
    return "".join(c if c.isprintable() or c == "\n" else _sign(c) for c in str(text))


def _sign(char: str) -> str:
    code = ord(char)
    if code < 32:
        return "\t" if char == "\t" else chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    if char in TURNING:
        return STAND_IN
    kind = unicodedata.category(char)
    return STAND_IN if kind in ("Cc", "Cs", "Cn", "Co") else char


def one_line(text: Any, longest: int = LONGEST_TITLE) -> str:
    """A text on one line, cut after so many characters.

    Examples
    --------
    >>> one_line("two   words"), one_line("x" * 9, 5)
    ('two words', 'xxxx…')
    """
    words = " ".join(visible(text).split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def said(line: Any) -> str:
    """A text as one line of a terminal: what stands in a file starts no line of its own, and steers nothing.

    Examples
    --------
    >>> said("Title" + chr(10) + "All is well." + chr(27) + "[8m")
    'Title␊All is well.␛[8m'
    """
    return visible(line).replace("\n", "\u240a")


def say(*lines: Any, file: TextIO | None = None) -> None:
    """Print lines for a person; every text that reaches a terminal goes through here.

    Parameters
    ----------
    *lines
        Each is one line, whatever stands in it (:func:`said`).
    file
        Where to; by default the standard output.
    """
    print(*map(said, lines), sep="\n", file=file, flush=True)


def short_names(names: Sequence[str], longest: int = 60) -> list[str]:
    """Names on one line, cut where they are too long, and each still its own.

    Examples
    --------
    >>> short_names(["x" * 9, "x" * 8, "y"], 5)
    ['xxxx…', 'xxxx… 2', 'y']
    """
    found: list[str] = []
    for name in names:
        short = one_line(name, longest) or "unnamed"
        same = sum(other == short or other.startswith(f"{short} ") for other in found)
        found.append(f"{short} {same + 1}" if short in found else short)
    return found


def cut(text: Any, longest: int = LONGEST_CELL) -> str:
    """A text of a cell: cut with its length where it is too long.

    Examples
    --------
    >>> cut("x" * 300, 4)
    'xxxx… (300 characters)'
    """
    whole = visible(text)
    return whole if len(whole) <= longest else f"{whole[:longest]}… ({len(whole):,} characters)"


def cell(value: Any) -> str:
    """A value of a table as a page shows it.

    Examples
    --------
    >>> cell(1234567.0), cell(0.51234), cell(True), cell(float("nan")), cell(float("inf")), cell(3)
    ('1,234,567', '0.512', 'yes', '–', '∞', '3')
    """
    value = value.item() if getattr(value, "shape", None) == () else value
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return digits(value)
    if isinstance(value, (tuple, list, set)):
        return cut(", ".join(map(str, value))) or "–"
    if isinstance(value, dict):
        return cut("; ".join(f"{k} = {cell(v)}" for k, v in value.items())) or "–"
    return cut(value)


def held_together(text: str) -> str:
    """A number and its unit on one line; an interval may be broken before "to".

    Examples
    --------
    >>> held_together("2 M EUR to 3 M EUR").count(" ")
    1
    """
    number = len(text) < 60 and (text[:1].isdigit() or text[:1] in "-+−>")
    return (
        text.replace(" ", "\u00a0").replace("\u00a0to\u00a0", " to\u00a0").replace("\u00a0(", " (") if number else text
    )
