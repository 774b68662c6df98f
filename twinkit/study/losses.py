"""What events take from goods that were there: time on the way, stock, shipments, yield."""

from __future__ import annotations

import numpy as np

from twinkit.chain.layout import SP
from twinkit.study.walk import Node, Walk, later


class Losses(Walk):
    """A walk back that knows how long goods were kept on the way, and which were lost."""

    def slowed(self, row: int, days: np.ndarray) -> list[Node]:
        """Which events keep goods of a lane on the way: by the periods that each costs what is still there."""
        if days.sum() <= 0:
            return []
        trail, gone = self.trail, self.run["lanes.departed"][row]
        longer, paused = trail.strength("delay", row), trail.hits("no_transit", self.n_lanes)[:, row, None]
        stops = np.cumsum((trail.severity > 0) & paused, axis=1)
        once = trail.strength("late", row) + trail.strength("again", row)
        total, come = np.cumsum(gone), np.cumsum(self.run["lanes.arrived"][row]) + self.run["lanes.at_door"][row]
        at_start = max(
            float((come + self.run["lanes.lane_on_order"][row] - np.cumsum(self.run["lanes.placed"][row]))[0]), 0.0
        )
        strength = np.zeros_like(trail.severity)
        for t in np.flatnonzero(days > 0):
            end = max(t - self.lag(row) + 1, 0)
            there = np.clip(at_start + total[:end] - come[t], 0.0, gone[:end])  # first out, first in
            strength[:, t] = longer[:, :end] @ there + (stops[:, t, None] - stops[:, :end]) @ there
            for e in np.flatnonzero(once.any(axis=1)):  # what was on the way when it began
                begins = int(once[e].argmax())
                strength[e, t] += once[e, begins] * there[: min(begins, end)].sum() * (t >= begins)
        return self.by_strength(days, strength, self.slow_hits[:, row], "on the way for longer")

    def losses(self, row: int, reach: int) -> list[tuple[np.ndarray, np.ndarray, str]]:
        """Units that an event took from a stock as long ago as it is felt, the events that did, and what happened."""
        trail = self.trail
        found = [(self.of("stocks.destroyed")[row], trail.hits("destroy", len(self.net.stocks))[:, row], "destroyed")]
        for source in self.sources(row):
            if source >= 0:
                found.append(
                    (
                        self.of("lanes.lost_on_way")[source],
                        trail.hits("lose", self.n_lanes)[:, source],
                        "lost on the way",
                    )
                )
            else:
                k = -1 - source
                lead, good = int(self.net.recipes["lead_time"][k]), float(self.net.recipes["yield_rate"][k])
                bad = np.maximum(
                    good * later(self.run["recipes.started"][k], lead) - self.run["recipes.finished"][k], 0.0
                )
                found.append((bad, trail.hits("good", len(self.net.recipes))[:, k], "came out bad"))
        totals = [(np.cumsum(units), hit, note) for units, hit, note in found if hit.any()]
        return [(total - later(total, reach), hit, note) for total, hit, note in totals]

    def reach(self, row: int) -> int:
        """Periods for which more demand is felt: until it is forecast, ordered and delivered [periods]."""
        window = self.net.stocks["forecast_window"][row]
        return int(np.ceil(self.plan.stock_n[SP.protection, row]) + (window if window == window else 0) + 1)
