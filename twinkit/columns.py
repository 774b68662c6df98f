"""Columns: the one place where an attribute of the chain is declared.

A :class:`Column` says the unit, the meaning, the starting value and the range of
one attribute.  The header and the checks of a table, the array that holds the
values while the chain runs, the slider in an app, the label of an axis and the
page of documentation are all made from it.

Values live in arrays of shape ``(rows, replications)`` that belong to the chain.
An actor keeps no numbers of its own: it is a *view* of its rows.  The only trick
in this package is the pair of methods at the end of :class:`Column`:
``actor.on_hand`` asks the actor for its rows of the array ``on_hand``, and
``actor.on_hand = 5`` writes them.  A view is any object with ``read(column)`` and
``write(column, value)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from weakref import WeakKeyDictionary

REQUIRED = object()
"""Starting value of a column that a table must fill in."""

KINDS = ("number", "whole", "text", "flag", "date")

LIMITS = {
    "amount": 1e12, "rate": 1e12, "spread of a rate": 1e12, "money": 1e12, "mass": 1e12, "time": 1e5, "moment": 1e6,
    "share": 1e6, "ratio": 1e9, "distance": 1e6, "angle": 360.0, "temperature": 1e4, "rank": 1e6, "tier": 1e3, "worlds": 1e6,
    "number": 2.0**53,
}  # fmt: skip
"""What a column can be the quantity of → the largest size of a number of it [unit of the column].

A rate is so much in a period; the spread of a rate is the standard deviation of what comes in a
period, so it grows with the square root of the period's length; a time is a length, a moment
a period of the run."""

_QUANTITIES = (
    ("share.*", "share"), (r".*/(period|day|year)", "rate"), ("periods|hours|days|months|years", "time"), ("period", "moment"),
    ("money.*", "money"), ("parts", "amount"),
    ("kg.*", "mass"), ("km", "distance"), ("degrees", "angle"), ("degrees Celsius", "temperature"), ("rank", "rank"), ("tier", "tier"), ("units/unit", "ratio"),
    ("units", "amount"), ("worlds", "worlds"), ("number|unit of the KPI", "number"),
)  # fmt: skip


def quantity_of(unit: str) -> str:
    """The quantity that a unit is one of, a key of :data:`LIMITS`; "" for a unit of no quantity.

    Examples
    --------
    >>> quantity_of("units/period"), quantity_of("periods"), quantity_of("yes/no")
    ('rate', 'time', '')
    """
    return next((quantity for pattern, quantity in _QUANTITIES if re.fullmatch(pattern, unit)), "")


class View(Protocol):
    """What a column needs of the object that it is read from."""

    def read(self, column: Column) -> Any: ...

    def write(self, column: Column, value: Any) -> None: ...


class Column:
    """One declared attribute.

    Parameters
    ----------
    unit
        Unit of the value, as printed in headers and on axes.
    meaning
        One sentence for a person who has not read the code.
    start
        Value that an empty cell means, and the value at the start of a run;
        ``REQUIRED`` if a cell may not be empty, ``None`` if empty has a meaning
        of its own (said in `meaning`).
    low, high
        Smallest and largest value allowed [same unit]; both are allowed values.
    kind
        "number", "whole" (a number without fraction), "text", "flag" (yes or no)
        or "date".
    choices
        The words allowed, for a text.
    refers
        "table.column" whose values are allowed, for a text.
    state
        True if the column changes while the chain runs and is no column of the
        table.
    advanced
        True for a column that a first table does not need.
    quantity
        What it is the quantity of, a key of :data:`LIMITS`: it decides how a value in
        another unit is converted and how large a number may be.  By default what the
        unit says.
    """

    def __init__(
        self,
        unit: str,
        meaning: str,
        *,
        start: Any = REQUIRED,
        low: float | None = None,
        high: float | None = None,
        kind: str = "number",
        choices: tuple[str, ...] = (),
        refers: str = "",
        state: bool = False,
        advanced: bool = False,
        quantity: str = "",
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        if quantity and quantity not in LIMITS:
            raise ValueError(f"quantity {quantity!r} is not one of {', '.join(LIMITS)}")
        self.unit, self.meaning, self.start = unit, meaning, start
        self.low, self.high, self.kind = low, high, kind
        self.choices, self.refers, self.state, self.advanced = choices, refers, state, advanced
        self.quantity = quantity or (quantity_of(unit) if kind in ("number", "whole") else "")
        self.name = ""
        self.table = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.table = getattr(owner, "table", "")

    @property
    def required(self) -> bool:
        """Whether a table must fill this column in."""
        return self.start is REQUIRED

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in ("number", "whole")

    @property
    def limit(self) -> float | None:
        """Largest size of a number of this quantity, beyond which it can only be a slip; None if there is none."""
        return LIMITS.get(self.quantity)

    @property
    def label(self) -> str:
        """Name and unit, for an axis or a header: ``lead time [periods]``."""
        words = self.name.replace("_", " ")
        return f"{words} [{self.unit}]" if self.numeric and self.unit else words

    @property
    def allowed(self) -> str:
        """The values allowed, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.refers:
            return f"a name in {self.refers}"
        if self.kind == "flag":
            return "yes or no"
        if not self.numeric:
            return {"date": "a date such as 2021-03-19"}.get(self.kind, "a text")
        noun = "a whole number" if self.kind == "whole" else "a number"
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{noun} of {self.low:g} or more"
        return f"{noun} of {self.high:g} or less" if self.high is not None else noun

    def __repr__(self) -> str:
        return f"<Column {self.table}.{self.name} [{self.unit}] {self.meaning}>"

    def __get__(self, view: View | None, owner: type | None = None) -> Any:
        return self if view is None else view.read(self)

    def __set__(self, view: View, value: Any) -> None:
        view.write(self, value)


_declared: WeakKeyDictionary[type, tuple[list[int], dict[str, Column], dict[str, Column]]] = WeakKeyDictionary()
"""Class → how many things it and its bases hold, its columns, and those of its table: both are asked for all the time."""


def columns_of(owner: type) -> dict[str, Column]:
    """Columns declared by a class and the classes that it extends, by name.

    The order is that of the text, base classes first.
    """
    return dict(_columns(owner)[1])


def table_columns(owner: type) -> dict[str, Column]:
    """Columns of a class that are columns of its table (no running state)."""
    return dict(_columns(owner)[2])


def put_column(owner: type, column: Column) -> None:
    """Declare a column, which has its name, on a class that there is; one of the same name gives way."""
    setattr(owner, column.name, column)
    _declared.clear()


def _columns(owner: type) -> tuple[list[int], dict[str, Column], dict[str, Column]]:
    held = [len(vars(cls)) for cls in owner.__mro__]
    known = _declared.get(owner)
    if known is None or known[0] != held:
        found: dict[str, Column] = {}
        for cls in reversed(owner.__mro__):
            found.update((k, v) for k, v in vars(cls).items() if isinstance(v, Column))
        known = _declared[owner] = held, found, {k: c for k, c in found.items() if not c.state}
    return known


def one_at_a_time(rule: Callable) -> Callable:
    """Let a rule see one site in one world at a time, as plain numbers.

    Then ``if``, ``while`` and ``min`` work as in any Python text; the price is
    speed.  See notebook 00 for the same rule written with ``where``.

    Examples
    --------
    >>> @one_at_a_time
    ... def order(self):
    ...     if self.on_hand < 10:
    ...         return 50
    ...     return 0
    >>> order.one_at_a_time
    True
    """
    rule.one_at_a_time = True  # type: ignore[attr-defined]
    return rule


def cells(rows: int, replications: int) -> Iterator[tuple[int, int]]:
    """Every (row, replication) of an array, for a rule that is run one at a time."""
    return ((i, r) for i in range(rows) for r in range(replications))
