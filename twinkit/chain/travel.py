"""Time travel: snapshots, branches and saved runs of a chain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain
    from twinkit.chain.plan import Plan
    from twinkit.tables.case import Case

PLANS = ("size", "site", "stock", "lane", "recipe", "claim", "market", "stock_n", "lane_n", "recipe_n", "market_n",
         "pipe", "clock", "latest", "mail", "work", "past", "fresh", "queue", "oldest", "echelon", "before", "total_stock",
         "total_lane", "total_recipe", "total_market", "event_start", "event_length", "event_count",
         "pipe_at", "mail_at", "work_at", "past_at", "fresh_at", "queue_at")  # fmt: skip
"""Arrays that a snapshot copies: all that changes while a chain runs, and how its rings lie; histories up to
its period besides.  What each is about is said in :mod:`twinkit.chain.kept`."""
HISTORIES = ("record", "record_mean")


class TimeTravel:
    """Going back, branching off and saving, for a :class:`~twinkit.chain.chain.Chain`."""

    def snapshot(self) -> dict[str, Any]:
        """A copy of everything that changes: a dict of arrays, the period, and what is held by hand."""
        arrays = {name: getattr(self.world, name).copy() for name in PLANS}
        arrays |= {name: getattr(self.world, name)[:, : self.period].copy() for name in HISTORIES}
        own = {column: values.copy() for column, values in self._own().items()}
        return {
            "period": self.period, "arrays": arrays, "own": own, "holds": list(self.holds), "series": self.series,
            "start": (self._goods_at_start, self._work_at_start), "paused": len(self.world.pause) > 0,
            "seed": self.seed, "replications": self.replications, "first": self.first, "steps": self.steps,
            "random": (self.random.getstate(), self.rng.bit_generator.state),
        }  # fmt: skip

    def restore(self, snapshot: Mapping[str, Any]) -> Chain:
        """Go back (or forth) to a snapshot of this chain."""
        for name, values in snapshot["arrays"].items():
            array = getattr(self.world, name)
            (array[:, : snapshot["period"]] if name in HISTORIES else array)[...] = values
        self.world.pause[...] = 0.0  # what events pause is seen anew when the next period begins
        self.world.no_order[...] = 0.0
        for column, values in snapshot["own"].items():
            self._own()[column][...] = values
        self.period, self.holds = snapshot["period"], list(snapshot["holds"])
        self.random.setstate(snapshot["random"][0])
        self.rng.bit_generator.state = snapshot["random"][1]
        return self

    def branch(self, case: Case | Plan | None = None, *, seed: int | None = None, **replaced: Any) -> Chain:
        """A new chain at the present period with the same past; this one stays as it is.

        Parameters
        ----------
        case
            What the world is from now on: other levers, policies, events, sites, a longer
            horizon; by default what it was, and the branch is a copy to the bit.  Rows are
            the same if their names are; :mod:`twinkit.chain.branch` says what becomes of others.
        seed
            Seed of the luck to come; by default that of the past.
        **replaced
            `record`, `actors`, `policies` or `day`, where they are to be others than before.

        Raises
        ------
        CaseError
            If the case has problems, or goods stand where the new case has no place for them.
        """
        from twinkit.chain.branch import branched

        return branched(self, case, seed, **replaced)

    def save(self, path: str | Path) -> Path:
        """Save the run to one file, which :func:`twinkit.load_chain` opens; see :mod:`twinkit.chain.saving`."""
        from twinkit.chain.saving import save_chain

        return save_chain(self, path)
