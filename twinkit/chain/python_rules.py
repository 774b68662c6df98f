"""Rules that are Python: found on actor classes and functions, run for all rows of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.chain.actors import SITE_RULES, Site, StockRows
from twinkit.chain.balance import Goods
from twinkit.columns import cells

SAYS_NOTHING = "Write `return` and the number in front of what is meant, in every branch."
ROUNDING = 1e-6
"""Units below 0 that a rule may say by rounding; nothing is meant."""


class RuleError(ValueError):
    """A rule or a step of the user's own went wrong; says which one, where and when, and what to write instead."""


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
            If the rule uses ``if`` on an array; returns nothing, another shape, or what is no number of units
            (NaN, negative; infinite, where it is no upper limit); or moves goods or orders itself.
        """
        rows = self.rows if rows is None else rows
        shape = (len(rows), chain.replications)
        before = Goods(chain)
        value = self._said(chain, rows, shape)
        moved = before.first_change()
        if moved:
            raise RuleError(
                f"the rule {self.name} changed {moved}: a rule returns a number and moves nothing itself, or goods would "
                "appear from nowhere. Return the units; stock at the start stands in the table stocks, column on_hand."
            )
        self._require_units(chain, rows, value)
        return value

    def _said(self, chain: Any, rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        single = getattr(self.decide, "one_at_a_time", False)
        try:
            if single:
                said = [self.decide(self._view(chain, int(rows[i]), r)) for i, r in cells(*shape)]
            else:
                said = self.decide(self._view(chain, _span(rows)))
        except ValueError as error:
            if "truth value" not in str(error):
                raise  # an error of the rule's own says what it is
            raise RuleError(
                f"the rule {self.name} asks `if` (or `and`, `or`, `min`, `max`) of an array of shape {shape}, one "
                "value for each row and world. Write `where(condition, a, b)`, `minimum` or `maximum` from numpy, "
                "or put @one_at_a_time above the rule to see one site in one world as plain numbers."
            ) from error
        nothing = said is None or (single and None in said)
        if nothing:
            at = next(i for i, one in enumerate(said) if one is None) if single else 0
            where = self._where(chain, rows, *(divmod(at, shape[1]) if single else (0, None)))
            raise RuleError(f"the rule {self.name} returned nothing (None) for {where}. {SAYS_NOTHING}")
        try:
            return np.reshape(np.asarray(said, float), shape) if single else np.broadcast_to(np.asarray(said, float), shape)
        except (ValueError, TypeError) as error:
            wanted = "one number" if single else f"one number or an array of shape {shape}"
            raise RuleError(f"the rule {self.name} must return {wanted}: {error}") from error

    def _require_units(self, chain: Any, rows: np.ndarray, value: np.ndarray) -> None:
        """Refuse what is no number of units; a market may say less than 0: as its table says."""
        most = self.name.endswith((".serve", ".produce"))  # these are upper limits, which need not bind
        asks = self.view.of == "markets"
        good = (value == value) & (most | (value < np.inf)) & (asks | (value >= -ROUNDING))
        if good.all():
            return
        i, r = (int(k) for k in np.argwhere(~good)[0])
        hint = "Write `maximum(0, …)` where nothing is meant." if value[i, r] < 0 else (
            f"{SAYS_NOTHING} A division by 0, or a column that is empty there, gives NaN too." if value[i, r] != value[i, r]
            else "Say how many.")  # fmt: skip
        raise RuleError(
            f"the rule {self.name} returned {value[i, r]:g} units for {self._where(chain, rows, i, r)}; "
            f"{'a finite number' if asks else 'a number of 0 or more' if most else 'a finite number of 0 or more'} is needed. {hint}"
        )

    def _where(self, chain: Any, rows: np.ndarray, row: int, world: int | None) -> str:
        """Site or market, product, period and world in words."""
        table, place = getattr(chain.plan.net, self.view.of), "market" if self.view.of == "markets" else "site"
        at = table.iloc[int(rows[row])] if len(rows) else {place: "no row", "product": "no product"}
        return f"{at['product']} at {at[place]}, period {chain.period}" + (f", world {chain.first + world}" if world is not None else "")

    def _view(self, chain: Any, rows: Any, world: Any = slice(None)) -> Any:
        return self.view.__new__(self.view).look_at(chain, rows, False, world)


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
