"""What a scorecard holds and the tables that it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.chain.world import occurrences
from twinkit.study import ripple_tables, scorecard_kpis
from twinkit.study.courses import studied
from twinkit.study.outcome import Outcome
from twinkit.study.resilience import relative_service, time_to_recover
from twinkit.study.ripple import Ripples, tier_of_sites
from twinkit.study.ripple_path import Hop, hops
from twinkit.study.scenario import Scenario
from twinkit.study.scorecard_kpis import FORMULAS, Row, Times
from twinkit.study.statistics import mean_interval
from twinkit.words import rounded

NOTHING = 1e-9
"""Mean service lost that is a rounding error [share]."""


@dataclass(eq=False)
class Scorecard:
    """The resilience scorecard of a set of events.

    Attributes
    ----------
    scenario
        The events and levers.
    outcome
        The worlds with the events, and the same worlds without.
    ripples
        What every site and tier did, world by world.
    fall, window
        A site is hit where it sends less than this share [share] of the usual, over so many periods [periods].
    """

    scenario: Scenario
    outcome: Outcome
    ripples: Ripples = field(repr=False)
    fall: float
    window: int

    @property
    def plan(self) -> Plan:
        """The case made ready, with the events."""
        return self.outcome.plan

    @property
    def worlds(self) -> int:
        """Number of worlds; everything is measured in all of them."""
        return self.outcome.replications

    # --- by world

    @cached_property
    def starts(self) -> np.ndarray:
        """First period of the first event of every world; inf where none begins by the end of the run [period]."""
        o = self.outcome
        starts = occurrences(o.plan, o.seed, o.replications, o.first)["event_start"]
        first = starts[studied(o.plan)].min(axis=0)
        return np.where(first < o.plan.periods, first, np.inf)

    def time_to_survive(self) -> Times:
        """Periods from the start of the event until service falls below the failure level, where an event happens."""
        o, settings = self.outcome, self.plan.case.settings
        levels = settings["failure_level"], settings["recovery_level"], int(settings["hold"])
        begin = np.isfinite(self.starts)
        first = time_to_recover(o.service, o.calm_service, *levels).start[begin]
        return Times(first - self.starts[begin], ~o.failed[begin])

    def worst_days(self) -> np.ndarray:
        """Period of the lowest service relative to no event, of every world in which service fails [period]."""
        o = self.outcome
        return relative_service(o.service, o.calm_service)[:, o.failed].argmin(axis=0).astype(float)

    def deepest_day(self) -> int | None:
        """Period in which the mean of the service lost to the event is largest; None if none is lost [period]."""
        lost = (self.outcome.calm_service - self.outcome.service).mean(axis=1)
        return int(lost.argmax()) if lost.max() > NOTHING else None

    def sites_hit(self) -> np.ndarray:
        """Whether each site is hit, shape (sites, worlds)."""
        return np.isfinite(self.ripples.worlds["site first"])

    def tiers_hit(self) -> np.ndarray:
        """Whether a site of each tier is hit, shape (tiers, worlds)."""
        tiers, hit = tier_of_sites(self.plan), self.sites_hit()
        return np.stack([hit[tiers == k].any(axis=0) for k in range(tiers.max() + 1)])

    @cached_property
    def hops(self) -> list[Hop]:
        """How the ripple came to every site, in the order of the days."""
        return hops(self.plan, self.ripples)

    @cached_property
    def rows(self) -> list[Row]:
        """Every KPI."""
        return scorecard_kpis.rows_of(self)

    def row(self, kpi: str) -> Row:
        """One KPI."""
        return self.rows[list(FORMULAS).index(kpi)]

    # --- tables

    def table(self) -> pd.DataFrame:
        """Every KPI with its definition.

        Returns
        -------
        DataFrame
            kpi, unit, definition; measure (whether `value` is a mean, a median, a share or a day);
            value with its 95 % interval low to high (of a mean: Student; of a median: ranks; of a share:
            Wilson); q05, median, q95 of the worlds; worlds (over which it is), censored (worlds in which
            a time is only known to be longer; infinite in value and quantiles), shown (value as text:
            "> 120" where it is censored).
        """
        rows = []
        for r in self.rows:
            unit, definition = FORMULAS[r.kpi]
            shown = r.shown or _shown(r.value)
            rows.append((r.kpi, self.outcome.unit(unit), definition, r.measure, r.value, r.low, r.high, *r.quantiles, r.worlds,
                         r.censored, shown))  # fmt: skip
        columns = ["kpi", "unit", "definition", "measure", "value", "low", "high", "q05", "median", "q95", "worlds", "censored",
                   "shown"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def ripple(self) -> pd.DataFrame:
        """Every site that is hit, in the order of the days; see :func:`~twinkit.study.ripple_tables.ripple`."""
        return ripple_tables.ripple(self)

    def ripple_by_site(self) -> pd.DataFrame:
        """Site by day: share of the usual throughput, and share of the worlds in which the site is hit."""
        return ripple_tables.by_day(self, "site")

    def ripple_by_tier(self) -> pd.DataFrame:
        """Tier by day: share of the usual throughput, and share of the worlds in which the tier as a whole is hit."""
        return ripple_tables.by_day(self, "tier")

    def path(self) -> pd.DataFrame:
        """From where the ripple came to each site, and after how long; see :func:`~twinkit.study.ripple_tables.path`."""
        return ripple_tables.path(self)

    def bullwhip(self) -> pd.DataFrame:
        """Bullwhip ratios without the event and with it; see :func:`~twinkit.study.ripple_tables.bullwhip`."""
        return ripple_tables.bullwhip(self)

    def costs(self) -> pd.DataFrame:
        """Parts of cost with and without the event [money], their paired difference with its 95 % interval, and the total.

        The differences of the parts add up to that of the total.
        """
        o = self.outcome
        parts = [(part, o.costs[part], o.calm_costs[part]) for part in o.costs]
        parts.append(("total", sum(o.costs.values()), sum(o.calm_costs.values())))
        rows = [(part, now.mean(), calm.mean(), *mean_interval(now - calm)) for part, now, calm in parts]
        return pd.DataFrame(rows, columns=["part", "with event", "without", "difference", "low", "high"])

    def earnings(self) -> pd.DataFrame:
        """Of what the earnings that the event costs are made [money]; empty where a market has no price.

        Returns
        -------
        DataFrame
            part, mean, low, high (95 % interval of the mean, world by world); the last row is their sum, the
            KPI "earnings lost".  "margin of lost sales" is the KPI "lost margin"; "sales not made yet, or not
            asked for" is the margin of units that were not sent though they are not lost; then the parts of
            cost that do not follow what is sold; and by how much buying, making and moving cost more than
            the value of what was sold and is in stock.
        """
        parts = scorecard_kpis.earnings_parts(self)
        rows = [(part, *mean_interval(values)) for part, values in parts.items()]
        return pd.DataFrame(rows, columns=["part", "mean", "low", "high"])

    # --- words

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        from twinkit.study.scorecard_words import sentences

        return sentences(self)

    def to_dict(self) -> dict[str, Any]:
        """The scorecard as plain data (JSON): what was asked, the tables, the sentences; what is not finite is None."""
        from twinkit.study.scorecard_page import as_dict

        return as_dict(self)

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        from twinkit.study.scorecard_page import page

        return page(self)


def _shown(value: float) -> str:
    text = rounded(value, 0 if abs(value) >= 100 else 3)
    return text.rstrip("0").rstrip(".") if "." in text and not text.endswith("M") else text


class Scorecards(Mapping):
    """Scorecards of several sets of events, by name, on the same luck.

    Parameters
    ----------
    cards
        Name → scorecard.
    """

    def __init__(self, cards: Mapping[str, Scorecard]) -> None:
        self._cards = dict(cards)

    def __getitem__(self, name: str) -> Scorecard:
        return self._cards[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def __len__(self) -> int:
        return len(self._cards)

    def table(self) -> pd.DataFrame:
        """One row for every set.

        Returns
        -------
        DataFrame
            Indexed by the name of the set, with two rows of headings: the KPI, and "value", its 95 %
            interval "low" to "high", "worlds", "censored" and "shown" (as in :meth:`Scorecard.table`).
        """
        columns = ["value", "low", "high", "worlds", "censored", "shown"]
        parts = {name: card.table().set_index("kpi")[columns].stack() for name, card in self.items()}
        table = pd.DataFrame(parts).T
        return table.rename_axis("events").rename_axis(["kpi", None], axis=1).infer_objects()

    def sentences(self) -> list[str]:
        """The sentences of every set, each led by its name."""
        return [f"{name}: {sentence}" for name, card in self.items() for sentence in card.sentences()]

    def to_dict(self) -> dict[str, Any]:
        """The scorecards as plain data, by name."""
        return {name: card.to_dict() for name, card in self.items()}

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        from twinkit.study.scorecard_page import overview

        return overview(self)
