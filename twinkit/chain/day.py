"""The day: what happens in a period, in which order.

The three orders of events that the field's results come in are lists of steps.
:class:`Day` prints itself as a table and takes further steps; a day of built-in
steps alone runs as one compiled loop over the periods, and that loop reads the same
list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.chain.asking import demand, hear
from twinkit.chain.books import account, dusk, expire, record
from twinkit.chain.compiled import compiled
from twinkit.chain.goods import produce, receive
from twinkit.chain.layout import SZ, lend
from twinkit.chain.ordering import decide, foresee, place
from twinkit.chain.serving import ALL, INSIDE, LANES, MARKETS, serve
from twinkit.chain.trouble import dawn, disrupt

# The step replenish, one stock after the other or all at once.  Compiled.


@compiled
def replenish(w, t, a, b):
    """Stocks order, customers before suppliers, each seeing today's orders of its customers."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
        decide(w, t, w.down_up[i])
        place(w, t, w.down_up[i])


@compiled
def replenish_together(w, t, a, b):
    """Stocks order, all on the state at the start of the period."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
    for i in range(a, b):
        decide(w, t, w.down_up[i])
    for i in range(a, b):
        place(w, t, w.down_up[i])


@dataclass(frozen=True)
class Step:
    """One step of the day.

    Attributes
    ----------
    name, who, reads, changes
        What the printed day says.
    code
        Number of a compiled step, or -1.
    act
        ``act(chain)`` for a step of the user's own, or None.
    """

    name: str
    who: str
    reads: str
    changes: str
    code: int = -1
    act: Callable | None = None


STEPS = {
    s.name: s
    for s in (
        Step("dawn", "all", "", "the columns that count one period", 0),
        Step("disrupt", "events", "events", "up, open, surge, delay", 1),
        Step("hear", "lanes", "orders in the mail", "backlog, incoming", 2),
        Step("demand", "markets", "mean, surge, chance", "backlog, incoming", 3),
        Step("replenish", "stocks, customers first", "inventory position", "ordered, on_order, backlog", 4),
        Step("replenish together", "stocks, all at once", "inventory position", "ordered, on_order, backlog", 5),
        Step("receive", "stocks, suppliers first", "goods due", "on_hand, on_order", 6),
        Step("produce", "recipes, suppliers first", "to_make, components", "on_hand, in_work", 7),
        Step("serve", "stocks, suppliers first", "on_hand, backlog", "on_hand, backlog, in_transit", 8),
        Step("ship", "stocks, to customer sites", "on_hand, backlog", "on_hand, backlog, in_transit", 9),
        Step("sell", "stocks, to markets", "on_hand, backlog", "on_hand, backlog", 10),
        Step("dispatch", "outside sources", "backlog", "backlog, in_transit", 11),
        Step("account", "all", "everything", "totals", 12),
        Step("record", "all", "what was asked for", "series", 13),
        Step("dusk", "lanes", "transit pauses", "clocks", 14),
        Step("expire", "stocks with a shelf life", "on_hand, received", "on_hand, expired", 15),
    )
}
"""Built-in steps by name."""

ORDERS = {
    "order_after_demand": (
        "dawn", "disrupt", "hear", "demand", "replenish", ("receive", "produce", "serve"), "expire", "account", "record", "dusk",
    ),
    "order_first": (
        "dawn", "disrupt", "hear", "replenish together", "ship", ("receive", "produce"), "demand", "sell",
        "expire", "account", "record", "dusk",
    ),
    "serve_first": (
        "dawn", "disrupt", "receive", "produce", "hear", "demand", "serve", "replenish", "dispatch",
        "expire", "account", "record", "dusk",
    ),
}  # fmt: skip
"""Orders of events.  Steps in brackets are done tier by tier, so that goods with a lead
time of 0 pass through in the period.  ``order_after_demand`` is that of Snyder & Shen
(2019), ``order_first`` that of OR-Gym, ``serve_first`` that of the beer game."""


class Day:
    """The steps of a period.

    Parameters
    ----------
    steps
        Names of built-in steps, :class:`Step` objects, or tuples of them that are
        done tier by tier; or the name of an order of events.

    Examples
    --------
    >>> Day("serve_first").names[2:5]
    ['receive', 'produce', 'hear']
    """

    def __init__(self, steps: str | Iterable) -> None:
        chosen = ORDERS[steps] if isinstance(steps, str) else steps
        self.groups: list[tuple[Step, ...]] = []
        for entry in chosen:
            group = entry if isinstance(entry, tuple) else (entry,)
            self.groups.append(tuple(STEPS[s] if isinstance(s, str) else s for s in group))

    @property
    def names(self) -> list[str]:
        """Names of the steps in order."""
        return [s.name for g in self.groups for s in g]

    @property
    def compiled(self) -> bool:
        """Whether every step is a built-in one."""
        return all(s.code >= 0 for g in self.groups for s in g)

    def insert(self, step: Step | Callable, *, before: str = "", after: str = "") -> Day:
        """A day with one step more.

        Parameters
        ----------
        step
            A :class:`Step`, or a function of the chain that becomes one.
        before, after
            Name of the step that it stands before or after.

        Raises
        ------
        KeyError
            If the day has no step of that name.
        """
        if not isinstance(step, Step):
            step = Step(step.__name__, "own step", "", "", act=step)
        mark = before or after
        if mark not in self.names:
            raise KeyError(f"the day has no step {mark!r}; it has {', '.join(self.names)}")
        groups: list[tuple[Step, ...]] = []
        for group in self.groups:
            here = mark in [s.name for s in group]
            groups += [(step,), group] if here and before else [group, (step,)] if here else [group]
        return Day(groups)

    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the steps and the number of the group of each."""
        pairs = [(s.code, i) for i, g in enumerate(self.groups) for s in g]
        return tuple(np.array(pairs, np.int64).reshape(-1, 2).T.copy())

    def table(self) -> pd.DataFrame:
        """The day as a table: step, who acts, what is read, what changes."""
        return pd.DataFrame(
            [(s.name, s.who, s.reads, s.changes) for g in self.groups for s in g],
            columns=["step", "who", "reads", "changes"],
        )

    def _repr_html_(self) -> str:
        return self.table().to_html(index=False)

    def __repr__(self) -> str:
        return " → ".join(self.names)


@compiled
def perform(ref, t, code, wave):
    """Do one compiled step for one wave of stocks."""
    _perform(lend(ref), t, code, wave)


@compiled
def _perform(w, t, code, wave):
    a, b = w.wave_at[wave], w.wave_at[wave + 1]
    once = wave == 0
    if code == 6:
        receive(w, t, a, b)
    elif code == 7:
        produce(w, t, a, b)
    elif 8 <= code <= 10 or (code == 11 and once):  # one call: for each constant `whom` numba would compile all of it anew
        rows, whom = w.up_down, ALL
        if code == 11:
            rows, a, b = w.outside, np.int64(0), np.int64(len(w.outside))
        elif code == 9:
            whom = LANES
        elif code == 10:
            whom = MARKETS
        elif w.size[SZ.dispatch] == 1:
            whom = INSIDE
        serve(w, t, rows, a, b, whom)
    elif not once:
        return
    elif code == 0:
        dawn(w, t)
    elif code == 1:
        disrupt(w, t)
    elif code == 2:
        hear(w, t)
    elif code == 3:
        demand(w, t)
    elif code == 4:
        replenish(w, t, 0, len(w.down_up))
    elif code == 5:
        replenish_together(w, t, 0, len(w.down_up))
    elif code == 12:
        account(w, t)
    elif code == 13:
        record(w, t)
    elif code == 14:
        dusk(w, t)
    elif code == 15:
        expire(w, t)


@compiled
def advance(ref, start, end, codes, groups):
    """Run the periods from start to end (without end) as one compiled loop."""
    live(lend(ref), start, end, codes, groups)


@compiled
def live(w, start, end, codes, groups):
    """Run a lent world, all its replications or the one of a thread, from start to end (without end)."""
    waves = len(w.wave_at) - 1
    for t in range(start, end):
        i = 0
        while i < len(codes):
            j = i
            while j < len(codes) and groups[j] == groups[i]:
                j += 1
            for wave in range(waves):
                for k in range(i, j):
                    _perform(w, t, codes[k], wave)
            i = j


@compiled
def foresee_rows(ref, t, a, b):
    """Forecasts of some rows of ``down_up``, before their Python rules decide."""
    w = lend(ref)
    for i in range(a, b):
        foresee(w, t, w.down_up[i])


@compiled
def order_rows(ref, t, a, b):
    """Orders of some rows of ``down_up``, once their Python rules have decided."""
    w = lend(ref)
    for i in range(a, b):
        decide(w, t, w.down_up[i])
    for i in range(a, b):
        place(w, t, w.down_up[i])
