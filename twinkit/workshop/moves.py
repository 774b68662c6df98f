"""What a seat sees, and what is done in a game: the plain data that games are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Look(NamedTuple):
    """What a seat sees before it orders.

    Attributes
    ----------
    period
        The period, from 0.
    on_hand, backlog
        Units in stock, and units that are owed: to customers, or to production beyond what the stock covers.
    received, incoming
        Units that came in this period, and units that customers or production asked for in it.
    on_order
        Units ordered and not yet received: in the mail, owed by the supplier, on the way.
    cost
        Cost of the stock up to the end of the last period [money].
    needed
        Units of the stock on hand that production still takes: what it needs now, no debt.
    """

    period: int
    on_hand: float
    backlog: float
    received: float
    incoming: float
    on_order: float
    cost: float
    needed: float = 0.0

    @property
    def net(self) -> float:
        """Units in stock that nothing is waiting for, less units owed: the net inventory that policies order by."""
        return self.on_hand - self.needed - self.backlog


@dataclass(frozen=True)
class Change:
    """Something that a trainer changes at the start of a period.

    Attributes
    ----------
    period
        First period in which it holds.
    kind
        "event" (a row of the table of events), "periods" (how long is played), "levers", or
        "rule" (actors and policies of one's own).
    value
        The row, the number, lever → value, or keywords of :class:`~twinkit.chain.chain.Chain`.
    """

    period: int
    kind: str
    value: Any


@dataclass
class Moves:
    """All that was done in a game: orders by period and role, and changes of the trainer."""

    orders: list[dict[str, float]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def until(self, period: int) -> Moves:
        """What was done before a period."""
        return Moves([dict(o) for o in self.orders[:period]], [c for c in self.changes if c.period <= period])
