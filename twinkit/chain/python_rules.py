"""Rules that are Python: found on actor classes and functions, run for all rows of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.chain.actors import SITE_RULES, Site, StockRows
from twinkit.columns import cells


class RuleError(ValueError):
    """A rule of the user's own went wrong; says which rule, and what to write instead."""


@dataclass
class Rule:
    """A rule and the rows it decides for.

    ``decide`` is a method of an actor class or a plain function of a view; ``view``
    is the class of the view that it sees.
    """

    name: str
    decide: Callable
    rows: np.ndarray
    view: type

    def run(self, chain: Any, rows: np.ndarray | None = None) -> np.ndarray:
        """What the rule says for its rows, shape (rows, replications).

        Raises
        ------
        RuleError
            If the rule uses ``if`` on an array, or returns another shape.
        """
        rows = self.rows if rows is None else rows
        shape = (len(rows), chain.replications)
        try:
            if getattr(self.decide, "one_at_a_time", False):
                value = np.empty(shape)
                for i, r in cells(*shape):
                    value[i, r] = self.decide(self._view(chain, int(rows[i]), r))
                return value
            value = self.decide(self._view(chain, _span(rows)))
            return np.broadcast_to(np.asarray(value, float), shape)
        except ValueError as error:
            raise RuleError(self._advice(error, shape)) from error

    def _view(self, chain: Any, rows: Any, world: Any = slice(None)) -> Any:
        return self.view.__new__(self.view).look_at(chain, rows, False, world)

    def _advice(self, error: ValueError, shape: tuple[int, int]) -> str:
        if "truth value" in str(error):
            return (
                f"the rule {self.name} asks `if` (or `and`, `or`, `min`, `max`) of an array of shape {shape}, one "
                "value for each row and world. Write `where(condition, a, b)`, `minimum` or `maximum` from numpy, "
                "or put @one_at_a_time above the rule to see one site in one world as plain numbers."
            )
        return f"the rule {self.name} must return one number or an array of shape {shape}: {error}"


def _span(rows: np.ndarray) -> Any:
    """A slice where the rows are neighbours, so that the view is of the array itself."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def rules_of(classes: dict[type, np.ndarray], policies: Iterable[tuple[str, Callable, np.ndarray]]):
    """Python rules by name of rule: those that a subclass overrides, and plain functions.

    Parameters
    ----------
    classes
        Actor class → stock rows of its sites.
    policies
        (name, function, stock rows) of policies given as functions.
    """
    found: dict[str, list[Rule]] = {name: [] for name in SITE_RULES}
    for cls, rows in classes.items():
        for name in SITE_RULES:
            if getattr(cls, name) is not getattr(Site, name) and len(rows):
                found[name].append(Rule(f"{cls.__name__}.{name}", getattr(cls, name), rows, cls))
    for name, function, rows in policies:
        found["order"].append(Rule(name, function, rows, StockRows))
    return found
