"""The chain that recorded events are placed on: where its sites are, and which rows a target hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.effects import Basis, effects_of_event
from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.chain.plan import Plan, plan_of
from twinkit.study.recorded import RecordedEvent
from twinkit.study.recorded_countries import code_of, members
from twinkit.tables.case import Case, complete
from twinkit.tables.emissions import great_circle

Row = dict[str, Any]
"""Cells of the table of events."""


@dataclass(frozen=True)
class Placement:
    """Where a recorded event is placed on a chain.

    Attributes
    ----------
    targets
        Cells of the table of events that name what it happens to; none if it hits nothing.
    hits
        Names of the sites, lanes and markets that it hits.
    says
        Why it hits these, or why it hits nothing here: a sentence without its first words.
    """

    targets: tuple[Row, ...] = ()
    hits: tuple[str, ...] = ()
    says: str = ""


@dataclass
class Ground:
    """A sound case, and what is asked of it again and again."""

    case: Case
    net: Network = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.net, self.plan = self.case.derived(network_of), plan_of(self.case)

    @cached_property
    def sites(self) -> pd.DataFrame:
        """Sites of the network with their tier and the ISO code of their country."""
        codes = self.net.sites["country"].map(code_of)
        return self.net.sites.assign(tier=tiers_of(self.net), code=codes)

    @property
    def has_coordinates(self) -> bool:
        """Whether any site has coordinates."""
        return bool(self.sites[["latitude", "longitude"]].notna().all(axis=1).any())

    @property
    def has_countries(self) -> bool:
        """Whether any site has a country."""
        return bool((self.sites["country"] != "").any())

    def away(self, event: RecordedEvent) -> np.ndarray:
        """Distance of every site from the place of an event; infinite where it is not known [km]."""
        place = (self.sites[c].to_numpy(float) for c in ("latitude", "longitude"))
        return np.nan_to_num(great_circle(event.latitude, event.longitude, *place), nan=np.inf)

    def inside(self, codes: tuple[str, ...]) -> np.ndarray:
        """Which sites are in one of the countries."""
        return self.sites["code"].isin(members(codes)).to_numpy()

    def hit_by(self, kind: str, targets: Sequence[Row]) -> list[list[str]]:
        """Names of what an event of a kind acts on, for each target: the chain's own reading of it."""
        events = complete("events", [{"event": "one", "start": 0, "kind": kind, **t} for t in targets])
        basis = Basis(self.plan.flows.market, self.case["products"].set_index("product")["value"])
        found = []
        for _, event in events.iterrows():
            effects = effects_of_event(self.net, event, basis)
            found.append(list(dict.fromkeys(name for f in effects for name in self._names(f.code, f.rows))))
        return found

    def _names(self, code: str, rows: np.ndarray) -> list[str]:
        net = self.net
        if code == "site":
            return net.sites["site"].iloc[rows].tolist()
        if code in ("recipe", "good"):
            return net.recipes["site"].iloc[rows].tolist()
        if code == "market":
            return net.markets["market"].iloc[rows].tolist()
        if code in ("stock", "usable", "destroy", "no_order"):
            return net.stocks["site"].iloc[rows].tolist()
        lanes = net.lanes.iloc[rows]
        return [f"{a} to {b}" for a, b in zip(lanes["origin"], lanes["destination"], strict=True)]

    def placed(self, event: RecordedEvent, targets: list[Row], says: str, nothing: str) -> Placement:
        """The targets that anything is hit by.

        Parameters
        ----------
        event
            What happens.
        targets
            Where it might happen.
        says, nothing
            What to say if it hits something, and if it does not.
        """
        told = zip(targets, self.hit_by(event.kind, targets), strict=True) if targets else ()
        used = [(t, names) for t, names in told if names]
        hits = tuple(dict.fromkeys(name for _, names in used for name in names))
        return Placement(tuple(t for t, _ in used), hits, says) if used else Placement(says=nothing)
