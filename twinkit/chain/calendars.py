"""Working calendars of sites, lanes and markets: when each is open, and what follows for times and flows.

A calendar is a row of shares, one for each period; number 0 is that of everything that is
always open.  What takes its time in open periods (goods on a lane, units in work) is
counted by the calendar's clock, which stands still while it is closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from twinkit.chain.compiled import compiled
from twinkit.tables.case import Case
from twinkit.tables.working_days import period_shares, window_periods


@dataclass
class Calendars:
    """Calendars of a case as arrays; C is their number, with number 0 for "always open".

    Attributes
    ----------
    names
        Names, "" first.
    share
        Share of a full working period, shape (periods known, C).
    past
        The same before the run, the latest period first, shape (periods known, C).
    window
        Periods over which means are spread on open periods.
    """

    names: list[str]
    share: np.ndarray
    past: np.ndarray
    window: int

    @property
    def any(self) -> bool:
        """Whether something is not always open."""
        return len(self.names) > 1

    @cached_property
    def clock(self) -> np.ndarray:
        """Open periods since the first one, by period, shape (periods known, C)."""
        opened = (self.share > 0).astype(np.int64)
        opened[0] = 0
        return np.cumsum(opened, axis=0)

    @cached_property
    def closed_for(self) -> np.ndarray:
        """Closed periods directly before each period, shape (periods known, C)."""
        found = np.zeros(self.share.shape, np.int64)
        for t in range(1, len(found)):
            found[t] = np.where(self.share[t - 1] > 0, 0, found[t - 1] + 1)
        return found

    def numbers(self, column: pd.Series) -> np.ndarray:
        """Number of the calendar that each row names."""
        rows, names = pd.factorize(column)
        return np.array([self.names.index(name) for name in names], np.int64)[rows]

    def open_share(self, *calendars: int) -> float:
        """Share of the periods of 52 weeks in which all of some calendars are open, of the run's if that is none."""
        opened = (self.share[:, list(calendars)] > 0).all(axis=1)
        return float(opened[: self.window].mean() or opened.mean() or 1.0)

    def meet(self, *calendars: int) -> bool:
        """Whether some calendars are all open in some of these periods."""
        return bool((self.share[: self.window, list(calendars)] > 0).all(axis=1).any())

    def falls_due(self, every: int, calendar: int) -> np.ndarray:
        """In which periods something happens that comes every so many; if closed, in the next that is open."""
        t = np.arange(len(self.share))
        return (self.share[:, calendar] > 0) & (t // every * every >= t - self.closed_for[:, calendar])


def calendars_of(case: Case) -> Calendars:
    """Calendars that sites, lanes and markets name; those that none names are left out."""
    named = sorted({name for table in ("sites", "lanes", "markets") for name in case[table]["calendar"].unique()} - {""})
    window, periods = window_periods(case), int(case.settings["periods"])
    if not named:
        return Calendars([""], np.ones((periods + 1, 1)), np.ones((0, 1)), window)
    longest = max([1.0, *case["lanes"]["lead_time"].unique(), *case["recipes"]["lead_time"].unique()])
    back, ahead = window + 4 * math.ceil(longest), max(periods + 1, 2 * window + 4 * math.ceil(longest))
    found = period_shares(case, -back, ahead)
    table = np.column_stack([np.ones(back + ahead), *(found[name] for name in named)])
    return Calendars(["", *named], np.ascontiguousarray(table[back:]), table[:back][::-1], window)


def demand_factors(case: Case, markets: pd.DataFrame, periods: int) -> np.ndarray | None:
    """What the mean demand of every market is multiplied with in each period, shape (markets, periods).

    A market that is closed asks nothing, and in proportion to its calendar's share in other
    periods; over 52 weeks the factors keep its mean.  None if no market has a calendar.
    """
    if not (markets["calendar"] != "").any():
        return None
    calendars = case.derived(calendars_of)
    factors = np.ones((len(markets), periods))
    for i in np.flatnonzero(markets["calendar"] != ""):
        number, every = calendars.names.index(markets["calendar"][i]), int(markets["every"][i])
        weight = np.where(calendars.falls_due(every, number), calendars.share[:, number], 0.0)
        total = weight[: calendars.window].sum()
        factors[i] = weight[:periods] * (math.ceil(calendars.window / every) / total if total > 0 else 1.0)
    return factors


# Compiled ---------------------------------------------------------------------------------


@compiled
def works_at(w, t, calendar):
    """Share of a full working period of a calendar."""
    return 1.0 if calendar == 0 else w.calendar[t, calendar]


@compiled
def falls_due(w, t, every, calendar):
    """Whether something that comes every so many periods happens in this one."""
    if calendar == 0:
        return t % every == 0
    return w.calendar[t, calendar] > 0.0 and t // every * every >= t - w.closed_for[t, calendar]


@compiled
def clock_at(w, t, calendar):
    """Open periods of a calendar up to a period."""
    return t if calendar == 0 else w.calendar_clock[t, calendar]


@compiled
def room_at(w, t, capacity, calendar):
    """What is there of a capacity in a period."""
    share = works_at(w, t, calendar)
    if share == 0.0:
        return 0.0
    if share == 1.0:
        return capacity
    return capacity * share


@compiled
def claim_works(w, t, claim):
    """Whether goods may leave to a lane or a market: it is open, and so is the site that sends."""
    n_lanes = len(w.lane_calendar)
    if claim < n_lanes:
        row, own = w.lane_origin[claim], w.lane_calendar[claim]
    else:
        row, own = w.market_stock[claim - n_lanes], w.market_calendar[claim - n_lanes]
    return works_at(w, t, own) > 0.0 and works_at(w, t, w.site_calendar[w.stock_site[row]]) > 0.0
