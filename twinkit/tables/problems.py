"""Problems: what is wrong with a table, as sentences for the person who made it.

A :class:`Problem` knows its place (table, row, column), the value that was found,
what is wrong with it and what to do next.  A :class:`CaseError` carries all the
problems of a case at once, so a person mends a table in one round.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

LONGEST = 60
"""Characters of a value that a sentence shows."""

MOST = 5
"""Sentences about the same mistake in the same column; the rest is counted in the last one."""

MANY = 2000
"""Number of names above which only names that look alike at first sight are compared."""

FINITE = sys.float_info.max


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a case.

    Parameters
    ----------
    table
        Name of the table; "" if the case as a whole is meant.
    row
        Row as a spreadsheet numbers it (the header is row 1); None if no single
        row is meant.
    column
        Name of the column (of the setting, in the table of settings), or "".
    value
        The value as it was found, or "" if there is none.
    says
        What is wrong, with what is allowed: the rest of a sentence that starts
        with the value.
    hint
        What to do next: whole sentences, or "".
    """

    table: str
    row: int | None
    column: str
    value: str
    says: str
    hint: str = ""

    @property
    def place(self) -> str:
        """Where it is: ``stocks row 7, site``."""
        table = self.table if self.row is None else f"{self.table} row {self.row}"
        return ", ".join(part for part in (table, self.column) if part)

    @property
    def sentence(self) -> str:
        """Place, value, what is wrong and what to do next, on one line, whatever stands in the file."""
        value = shown(self.value)  # of an argument in Python it may be anything
        quoted = f"{quote(value)} {self.says}" if value else self.says
        start = f"{self.place}: {quoted}" if self.place else quoted
        return f"{start}. {self.hint}".strip() if self.hint else f"{start}."

    def __str__(self) -> str:
        return self.sentence


class CaseError(ValueError):
    """A case that cannot be used, with everything that is wrong with it.

    Parameters
    ----------
    problems
        All problems found, in the order of the tables.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(f"{i}. {problem.sentence}" for i, problem in enumerate(self.problems, 1))


def refuse(problems: Collection[Problem]) -> None:
    """Raise a :class:`CaseError` with all problems, if there are any."""
    if problems:
        raise CaseError(problems)


def is_number(value: object, low: float = -FINITE, high: float = FINITE) -> bool:
    """Whether a value is a number (yes and no are none) from `low` to `high`; by default any finite one.

    >>> is_number(0.5, 0, 1), is_number(True), is_number(float("inf")), is_number(float("inf"), 0, float("inf"))
    (True, False, False, True)
    """
    return isinstance(value, Real) and not isinstance(value, bool) and bool(low <= value <= high)


def is_whole(value: object, low: float = -FINITE, high: float = FINITE) -> bool:
    """Whether a value is a whole number (of a kind that holds no others) from `low` to `high`."""
    return isinstance(value, Integral) and is_number(value, low, high)


def quote(value: str) -> str:
    """A value in quotation marks: shortened, on one line, without invisible characters."""
    short = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in short) + "'"


def shown(value: object) -> str:
    """A value as a person would write it into a cell: 5 for 5.0, yes for True.

    Examples
    --------
    >>> shown(5.0), shown(0.25), shown(True), shown(float("nan"))
    ('5', '0.25', 'yes', '')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return "" if value is None else str(value)


def closest(word: str, choices: Sequence[str]) -> str:
    """The choice that `word` was probably meant to be, or "" if none is close.

    Examples
    --------
    >>> closest("stock", ["sites", "stocks"])
    'stocks'
    """
    folded = str(word).strip().casefold()[:200]
    if len(choices) > MANY:
        choices = [c for c in choices if abs(len(c) - len(folded)) < 3 and c[:1].casefold() == folded[:1]]
    names = {c.casefold(): c for c in choices if c}
    found = difflib.get_close_matches(folded, names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""


def did_you_mean(word: str, choices: Sequence[str], otherwise: str = "") -> str:
    """The question "Did you mean …?" with the closest choice, or what to say if none is close."""
    near = closest(word, choices)
    return f"Did you mean {quote(near)}?" if near else otherwise


def listed(words: Sequence[str], most: int = 8) -> str:
    """Words with commas, cut off after `most` of them."""
    rest = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + rest


def hint_of(name: object, names: list[str], what: str) -> str:
    """Which name may have been meant of those that something has."""
    return did_you_mean(str(name), names, f"It has {listed(names)}." if names else f"It has no {what}.")


class Named(dict):
    """What something has, by name; a name that there is not is answered by a sentence.

    Parameters
    ----------
    of, what
        What has them, and what one of them is, in words.
    *begin
        As for a dictionary.
    """

    def __init__(self, of: str, what: str, *begin: Any) -> None:
        super().__init__(*begin)
        self.of, self.what = of, what

    def __missing__(self, name: object) -> Any:
        raise KeyError(f"the {self.of} has no {self.what} {name!r}. {hint_of(name, list(self), self.what)}")


def noting(problems: list[Problem], table: str) -> Callable[..., None]:
    """A function that notes in a list what is wrong: ``wrong(column, value, says, hint)``."""

    def wrong(column: str, value: object, says: str, hint: str = "") -> None:
        problems.append(Problem(table, None, column, shown(value), says, hint))

    return wrong


def strangers(
    table: str, column: str, names: Iterable[Any], known: Iterable[str], says: str, those: str, most: int = 8
) -> list[Problem]:
    """A problem for each name that is not among the known ones.

    Parameters
    ----------
    table, column, says
        As of a :class:`Problem`; a name is its value.
    names, known
        What was given, and what there is.
    those
        What the known ones are, for the list of them that is shown where none is like the name.
    most
        So many of them are listed.
    """
    there = list(known)
    return [
        Problem(table, None, column, shown(name), says, did_you_mean(str(name), there, f"{those}: {listed(there, most)}."))
        for name in names if name not in there
    ]  # fmt: skip


def counted(hits: Sequence[int], make: Callable[[int], Problem], row: Callable[[int], int]) -> list[Problem]:
    """The problems of some rows; beyond a number of them the rest is counted in the last one.

    Parameters
    ----------
    hits
        Positions of the rows.
    make
        Makes the problem of a position.
    row
        Gives the number of a position's row, as a spreadsheet shows it.
    """
    problems = [make(int(i)) for i in hits[:MOST]]
    if len(hits) > MOST:
        last = problems[-1]
        more = f"The same goes for {len(hits) - MOST} more rows, up to row {row(int(hits[-1]))}."
        problems[-1] = replace(last, hint=f"{last.hint} {more}".strip())
    return problems
