"""How much of an outcome is kept: dropped where a batch has run, before it travels.

- "full": everything;
- "curves": no histories of single markets;
- "kpis": no histories at all: KPIs, costs, failed and censored by world.

The numbers that are kept are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

from numpy.lib.mixins import NDArrayOperatorsMixin

from twinkit.study.outcome import Outcome
from twinkit.tables.problems import did_you_mean, listed

MARKETS = ("markets", "calm_markets")
CURVES = ("service", "calm_service", "backlog", "calm_backlog", "stock_by_tier", "calm_stock_by_tier", "maps")
DROPPED = {"full": (), "curves": MARKETS, "kpis": (*MARKETS, *CURVES)}
"""Detail → attributes of an outcome that are dropped."""


class NotKept(AttributeError):
    """A history was asked for that was not kept."""


@dataclass(frozen=True, eq=False)
class Dropped(NDArrayOperatorsMixin):
    """Stands where a history was dropped, and answers whatever is asked of it with a sentence.

    Attributes
    ----------
    name
        Attribute of the outcome.
    detail
        What was kept instead.
    """

    name: str
    detail: str

    def _say(self, *_: Any, **__: Any) -> NoReturn:
        enough = "curves" if self.name in CURVES else "full"
        raise NotKept(
            f"the histories {self.name!r} were not kept: this study ran with detail={self.detail!r}; "
            f"run it with detail={enough!r} to have them"
        )

    def __getattr__(self, asked: str) -> NoReturn:
        if asked.startswith("__"):  # copying and pickling look for methods that need not be there
            raise AttributeError(asked)
        self._say()

    __getitem__ = __len__ = __iter__ = __contains__ = __array__ = __array_ufunc__ = __array_function__ = _say


def require_detail(detail: str) -> None:
    """Refuse a detail that is none.

    Raises
    ------
    ValueError
        With the words that are allowed.
    """
    if detail not in DROPPED:
        hint = did_you_mean(str(detail), list(DROPPED))
        raise ValueError(f"{detail!r} is no detail of an outcome: choose {listed(list(DROPPED))}. {hint}".strip())


def reduced(outcome: Outcome, detail: str) -> Outcome:
    """An outcome without the histories that a detail drops.

    Parameters
    ----------
    outcome
        Of one batch or of many.
    detail
        "full", "curves" or "kpis".
    """
    return replace(outcome, **{name: Dropped(name, detail) for name in DROPPED[detail]})
