"""Whether two results are the same to the bit, and how many numbers that was about."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.run.ensemble import Dropped
from twinkit.tables.case import Case


class Sameness:
    """Compares two results part by part and counts the numbers."""

    def __init__(self) -> None:
        self.numbers = 0
        self.different: list[str] = []
        self._seen: set[tuple[int, int]] = set()

    def compare(self, a: object, b: object, where: str = "result") -> Sameness:
        """Compare two things, and what they are made of."""
        if (id(a), id(b)) in self._seen or callable(a) or isinstance(a, Dropped):  # a page may keep less than a study
            return self
        self._seen.add((id(a), id(b)))
        if type(a) is not type(b):
            self.different.append(f"{where}: {type(a).__name__} and {type(b).__name__}")
        elif isinstance(a, pd.DataFrame | pd.Series):
            self._frames(a, b, where)
        elif isinstance(a, np.ndarray):
            self._arrays(a, b, where)
        elif isinstance(a, bool | str | bytes | None.__class__ | Enum):
            self._plain(a, b, where)
        elif isinstance(a, int | float | np.generic):
            self._arrays(np.asarray(a), np.asarray(b), where)
        elif isinstance(a, Plan):
            self.compare(a.case, b.case, f"{where}.case")
        elif isinstance(a, Case):
            self._plain(a == b, True, where)
        else:
            self._parts(a, b, where)
        return self

    def _plain(self, a: object, b: object, where: str) -> None:
        if a != b:
            self.different.append(f"{where}: {a!r} and {b!r}")

    def _frames(self, a: pd.DataFrame | pd.Series, b: pd.DataFrame | pd.Series, where: str) -> None:
        self.numbers += a.size
        if not a.equals(b):
            self.different.append(f"{where}: tables differ")

    def _arrays(self, a: np.ndarray, b: np.ndarray, where: str) -> None:
        self.numbers += a.size
        same = a.shape == b.shape and a.dtype == b.dtype
        if not (same and (np.array_equal(a, b, equal_nan=True) if a.dtype.kind == "f" else np.array_equal(a, b))):
            self.different.append(f"{where}: {a.ravel()[:3]} and {b.ravel()[:3]}")

    def _parts(self, a: object, b: object, where: str) -> None:
        if isinstance(a, Mapping):
            self._plain(list(a), list(b), f"{where} keys")
            for key in a:
                self.compare(a[key], b.get(key), f"{where}[{key!r}]")
        elif isinstance(a, list | tuple):
            self._plain(len(a), len(b), f"{where} length")
            for i, (x, y) in enumerate(zip(a, b, strict=False)):
                self.compare(x, y, f"{where}[{i}]")
        elif isinstance(a, set | frozenset):
            self._plain(a, b, where)
        else:
            for name in _names(a):
                self.compare(getattr(a, name), getattr(b, name), f"{where}.{name}")


def _names(thing: object) -> list[str]:
    """Names of what a thing is made of."""
    if dataclasses.is_dataclass(thing):
        return [f.name for f in dataclasses.fields(thing)]
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()) if hasattr(thing, name)]
    return [*slots, *getattr(thing, "__dict__", {})]
