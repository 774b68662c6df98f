"""A company that is not there: the case with other luck, and with things that nobody tells the twin; its readings are late, noisy and incomplete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.kept import row_keys
from twinkit.chain.layout import CL, LN, SP, ST, UNLIMITED
from twinkit.chain.plan import plan_of
from twinkit.tables.case import Case
from twinkit.tables.checks import require_sound

LATEST = 3
"""Periods that a reading is late at most."""


def long_enough(case: Case, periods: int) -> Case:
    """The case with a run of at least so many periods, its own length or a multiple of it, all of which are counted.

    Levels that follow from mean flows follow from those over the whole length of a run; a whole number of seasons has the same mean.
    """
    own = int(case.settings["periods"])
    times = max(1, -(-periods // own))
    longer = case.derived(_longer)  # made once: to check a case and to make its plan takes longer than to run it
    if times not in longer:
        longer[times] = case.replace(settings={"periods": own * times, "warm_up": 0})
    return longer[times]


def _longer(case: Case) -> dict[int, Case]:
    """Cases that are so many times as long as this one; filled as they are asked for."""
    return {}


def _sound(case: Case) -> bool:
    require_sound(case)
    return True


def rows_of_day(chain: Chain, world: int = 0) -> Iterator[dict[str, Any]]:
    """What an exact reader would read at the end of the last period of a chain: every stock, and what every market asked for.

    Parameters
    ----------
    chain
        A chain that has run.
    world
        Which of its worlds.
    """
    w, at = chain.world, chain.period - 1
    free, lanes = chain.plan.stock_n[SP.policy] == UNLIMITED, w.lane.shape[1]
    for i, (site, product) in enumerate(row_keys(chain.plan, "stocks")):
        if not free[i]:
            yield {"kind": "count", "at": at, "site": site, "product": product, "units": float(w.stock[ST.on_hand, i, world])}
    for i, (market, product) in enumerate(row_keys(chain.plan, "markets")):
        yield {"kind": "demand", "at": at, "market": market, "product": product, "units": float(w.claim[CL.asked, lanes + i, world])}


class Company:
    """The shadow company of a demonstration or a trial.

    Parameters
    ----------
    case
        What the twin knows of it.
    seed
        Seed of its luck: another one than that of the twin.
    hidden
        Rows of the table of events that happen to it, and that the twin does not know of.
    noise
        Standard deviation of a count, as a share of it.
    missing, late, twice
        Share of the readings that never come, that come one to three periods late, and that come again.
    shipments
        Whether shipments are read; on lanes on which goods may not overtake each other, first in, first out.
    periods
        Longest time that it is run.
    """

    def __init__(
        self, case: Case, seed: int = 2026, hidden: Sequence[Mapping[str, Any]] = (), *, noise: float = 0.02, missing: float = 0.1,
        late: float = 0.15, twice: float = 0.05, shipments: bool = True, periods: int = 365,
    ) -> None:  # fmt: skip
        names = {row["event"] for row in hidden}
        own = long_enough(case, periods)
        if hidden:
            own = own.replace(events=[*(r for r in case["events"].to_dict("records") if r["event"] not in names), *map(dict, hidden)])
        own.derived(_sound)
        self.chain = Chain(own.derived(plan_of), 1, seed=seed)
        self.hidden = [dict(row) for row in hidden]
        self.noise, self.missing, self.late, self.twice = noise, missing, late, twice
        self.luck = np.random.default_rng(seed)
        self._waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
        net = self.chain.plan.net
        lead = net.lanes["lead_time"].to_numpy(float)
        whole = (lead >= 1) & ~net.lanes["crossing"].to_numpy(bool)
        self.lanes = np.flatnonzero(whole) if shipments else np.zeros(0, int)
        self.lead = np.round(lead).astype(int)
        moving = self.chain.world.lane[LN.in_transit, :, 0]
        self._open: dict[int, list[list[Any]]] = {k: [[None, float(moving[k])]] for k in self.lanes}
        """Shipments that are on the way, by lane: number (None: from before the first period) and units still to come."""

    @property
    def period(self) -> int:
        """The period that comes next."""
        return self.chain.period

    def day(self) -> list[dict[str, Any]]:
        """Live through a period; returns the rows that arrive at its end, some of them of earlier periods."""
        self.chain.step()
        t = self.chain.period - 1
        for row in [*rows_of_day(self.chain), *self._shipments(t)]:
            if row["kind"] == "count":
                if self.luck.random() < self.missing:
                    continue
                sd = self.noise * row["units"]
                row |= {"units": max(0.0, round(row["units"] + sd * float(self.luck.standard_normal()), 2)), "error": round(sd, 3)}
            wait = int(self.luck.integers(1, LATEST + 1)) if self.luck.random() < self.late else 0
            self._waiting[t + wait].append(row)
            if self.luck.random() < self.twice:
                self._waiting[t + wait + 1].append(row)
        rows = self._waiting.pop(t, [])
        self.luck.shuffle(rows)
        return rows

    def _shipments(self, t: int) -> Iterator[dict[str, Any]]:
        w, keys = self.chain.world, row_keys(self.chain.plan, "lanes")
        for lane in self.lanes:
            came, waiting = float(w.lane[LN.arrived, lane, 0]), self._open[lane]
            while waiting and came > 1e-6:
                used = min(came, waiting[0][1])
                came -= used
                waiting[0][1] -= used
                if waiting[0][1] <= 1e-6 and (name := waiting.pop(0)[0]) is not None:
                    yield {"kind": "receipt", "at": t, "shipment": name}
            units = float(w.claim[CL.sent, lane, 0])
            if units > 1e-6:
                origin, destination, product, mode = keys[lane]
                name = f"{lane}-{t}"
                waiting.append([name, units])
                yield {"kind": "shipment", "at": t, "origin": origin, "destination": destination, "product": product, "mode": mode,
                       "units": units, "shipment": name, "eta": t + int(self.lead[lane])}  # fmt: skip
