"""A published quantity beside ours: what the tests check and what the page of truth shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.run.statistics import mean_interval

EXACT = 1e-9
"""Tolerance of what a source calls exact: the rounding of computers."""


class Unreadable(ValueError):
    """A published case says something that its form cannot carry; the message is a sentence."""


@dataclass(frozen=True)
class Compared:
    """One published quantity, a number or a trace, and ours.

    Attributes
    ----------
    name
        What is compared.
    published, ours
        A number, or an array of one value for each period.
    tolerance
        Largest difference that counts as equal [unit of the quantity].
    half_width
        Half the 95 % interval of ours, where it is simulated; 0 where it is computed.
    """

    name: str
    published: Any
    ours: Any
    tolerance: float
    half_width: float = 0.0

    @property
    def values(self) -> int:
        """How many numbers are compared."""
        return int(np.size(np.asarray(self.published, float)))

    @property
    def difference(self) -> float:
        """Largest difference; infinite where there are not as many values of ours, or no number."""
        a, b = np.asarray(self.published, float), np.asarray(self.ours, float)
        if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return float("inf")
        return float(np.max(np.abs(a - b), initial=0.0))

    @property
    def agrees(self) -> bool:
        """Whether ours is as near as the source asks, and known at least that well."""
        return self.difference <= self.tolerance and self.half_width <= self.tolerance


def compare(expected: Mapping[str, Any], ours: Mapping[str, Any], words: Any, name: str = "") -> list[Compared]:
    """Every published quantity beside ours; a quantity that the form does not know is an error."""
    unknown = sorted(set(expected) - set(ours))
    if unknown:
        raise Unreadable(f"no quantity of ours is called {', '.join(unknown)}; known: {', '.join(sorted(ours))}")
    rows = []
    for key, value in expected.items():
        label = f"{name} {key}".strip()
        if isinstance(value, Mapping):
            rows += compare(value, ours[key], words, label)
        elif value is not None:
            rows.append(Compared(label, value, ours[key], within(words, value)))
    return rows


def same(expected: Mapping[str, Any], ours: Mapping[str, Any], about: Mapping[str, Any], name: str = "") -> list[Compared]:
    """Every published quantity beside ours, whatever it is made of: numbers within the tolerance, words exactly.

    What is no number counts as 1 where it is equal and as 0 where it is not.
    """
    unknown = sorted(str(k) for k in set(expected) - set(ours))
    if unknown:
        raise Unreadable(f"no quantity of ours is called {', '.join(unknown)}; known: {', '.join(sorted(map(str, ours)))}")
    rows = []
    for key, value in expected.items():
        label, mine = f"{name} {key}".strip(), ours[key]
        if isinstance(value, Mapping) and isinstance(mine, Mapping):
            rows += same(value, mine, about, label)
        elif _numeric(value) and _numeric(mine):
            rows.append(Compared(label, value, mine, within(about.get("tolerance"), value)))
        elif isinstance(value, list) and isinstance(mine, list) and len(value) == len(mine) and value and isinstance(value[0], list | Mapping):
            rows += same(dict(enumerate(value)), dict(enumerate(mine)), about, label)
        else:
            rows.append(Compared(label, 1.0, float(value == mine), 0.0))
    return rows


def _numeric(value: Any) -> bool:
    """Whether it is a number, or a list of them."""
    parts = value if isinstance(value, list) else [value]
    return all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in parts)


def simulated(name: str, published: float, worlds: np.ndarray, tolerance: float) -> Compared:
    """A published mean beside that of independent worlds."""
    mean, low, _ = mean_interval(np.asarray(worlds, float))
    return Compared(name, float(published), mean, tolerance, mean - low)


def within(words: Any, published: Any, *topics: str) -> float:
    """The tolerance that a source states in words, for a published value [unit of the value].

    Of clauses between semicolons (or of the entries of a table) that one counts which
    holds one of the `topics`.  ``+-0.15`` is absolute, ``+-1%`` and ``1e-5 relative`` are
    relative to the published value, a bare ``1e-6`` is absolute.

    Examples
    --------
    >>> within("analytic 1e-6; simulation +-1% with 50k periods", 8.0, "simul")
    0.08
    """
    clause = _clause(words, topics)
    size = float(np.max(np.abs(np.asarray(published, float)), initial=0.0))
    if re.match(r"\W*([\w/]+ )?exact", clause) and "+-" not in clause:
        return EXACT * max(1.0, size)
    signed = re.search(r"(?:\+-|±)\s*(\d[\d.]*(?:e-?\d+)?)\s*(%?)", clause)
    plain = re.search(r"(\d[\d.]*(?:e-?\d+)?)\s*(%|relative)?", clause)
    if signed:
        return float(signed[1]) * (size / 100 if signed[2] else 1.0)
    if not plain:
        raise Unreadable(f"no tolerance can be read in {words!r}; write for example '1e-6', '+-0.15' or '+-1%'")
    number = float(plain[1])
    return number * {"%": size / 100, "relative": size, None: 1.0}[plain[2]]


def _clause(words: Any, topics: Iterable[str]) -> str:
    """The clause of a tolerance that speaks of one of the topics; the first if none does."""
    clauses = [f"{key}: {value}" for key, value in words.items()] if isinstance(words, Mapping) else [str(words)]
    clauses = [part.strip() for clause in clauses for part in clause.split(";")]
    named = [part for topic in topics for part in clauses if topic in part]
    chosen = (named or clauses)[0]
    return chosen.partition(":")[2].strip() or chosen if isinstance(words, Mapping) else chosen


ABOUT = frozenset(
    ["id", "kind", "source", "sources", "tolerance", "verified", "warning", "note", "notes", "caveat", "use", "events", "weekly", "formula", "formulation", "exact_here", "model", "name", "title", "description", "comment", "comments", "unit", "units", "published_context", "reference", "url", "doi", "year", "label", "case", "file", "expected", "derivation"]
)
"""Keys that say something about a case and put nothing into it."""


def only(given: Mapping[str, Any], known: Iterable[str], what: str) -> None:
    """Refuse keys that a form does not read: dropped, they would make another case of it.

    Raises
    ------
    Unreadable
        With every such key that has a value.
    """
    strange = sorted(str(k) for k in set(given) - set(known) - ABOUT if given[k] not in (None, "", [], {}))
    if strange:
        raise Unreadable(f"{what} has {', '.join(strange)}, which this form does not read; known: {', '.join(sorted(known))}")
