"""One thing that happens, as the fields of the page have it, and as a row of the table of events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from twinkit.apps.disruption_kinds import KINDS, has_length, has_severity, targets_of
from twinkit.tables.case import Case
from twinkit.tables.schema_events import TARGETS

ARROW = " → "
"""Between the ends of a lane."""


@dataclass(frozen=True)
class Happening:
    """What a person has chosen to happen; fields that do not apply keep what they were.

    Attributes
    ----------
    key
        Number that no other happening of the page has; 0 for none yet.
    mode, recorded
        "recorded" and the name of the choice, or "own".
    kind, target, site, product, lane, market, country, tier, way, radius, to_market, to_mode
        What happens to what: `target` says which of the others counts; a circle is around
        `site` [km], a lane is written as ``origin → destination``, `way` is a mode of transport.
    start, latest, duration, spread, recovery, recovery_time, severity, probability
        As in the table of events; None where the field is empty.
    after
        Key of the happening that it follows, 0 for none.
    """

    key: int = 0
    mode: str = "own"
    recorded: str = ""
    kind: str = "outage"
    target: str = "site"
    site: str = ""
    product: str = ""
    lane: str = ""
    market: str = ""
    country: str = ""
    tier: str = ""
    way: str = ""
    radius: float | None = 300.0
    to_market: str = ""
    to_mode: str = ""
    start: float | None = 30.0
    latest: float | None = None
    duration: float | None = 30.0
    spread: float | None = 0.0
    severity: float | None = 1.0
    recovery: str = "step"
    recovery_time: float | None = 0.0
    probability: float | None = 1.0
    after: int = 0

    def of_kind(self, kind: str) -> Happening:
        """The same with another kind: with a severity that is usual for it, and a target that it can have."""
        able = targets_of(kind)
        return replace(
            self, kind=kind, severity=KINDS[kind].usual, target=self.target if self.target in able else able[0]
        )

    def where(self) -> str:
        """What it happens to, in words."""
        words = {
            "site": self.site, "market": self.market, "country": self.country, "lane": self.lane,
            "circle": f"{self.radius or 0:g} km around {self.site}", "tier": f"tier {self.tier}", "mode": f"all {self.way}",
        }  # fmt: skip
        return words[self.target]

    def short(self) -> str:
        """What happens to what, in a line."""
        return self.recorded if self.mode == "recorded" else f"{self.where()}: {KINDS[self.kind].does}"

    def event_name(self) -> str:
        """Name of its row; all its chance is drawn by it."""
        return f"{self.kind.replace('_', ' ')} {self.where()}"

    def row(self, case: Case, name: str, after: str) -> dict[str, Any]:
        """Row of the table of events.

        Parameters
        ----------
        case
            The case, for the place of a site.
        name
            Name of the row.
        after
            Name of the row that it follows, or "".
        """
        row = {"event": name, "kind": self.kind, **self._cells(case), "start": _number(self.start), "scheduled": True}
        row["severity"] = _number(self.severity) if has_severity(self.kind) else 1.0
        if has_length(self.kind):
            back = self.recovery_time if self.recovery != "step" else 0.0
            row |= {"duration": _number(self.duration), "recovery": self.recovery, "recovery_time": _number(back)}
            row |= {"duration_spread": _number(self.spread)} if self.spread != 0.0 else {}
        optional = {
            "to_mode": self.to_mode if self.kind == "transit_rerouted" else "",
            "product": self.product,
            "after": after,
            "to_market": self.to_market if self.kind == "demand_shift" else "",
        }
        row |= {name: value for name, value in optional.items() if value}
        if self.latest is not None and self.latest != self.start:
            row["latest_start"] = self.latest
        if self.probability != 1.0:
            row["probability"] = _number(self.probability)
        return row

    def _cells(self, case: Case) -> dict[str, Any]:
        """The cells that name the target."""
        if self.target == "lane":
            origin, _, destination = self.lane.partition(ARROW)
            return {"origin": origin, "destination": destination}
        if self.target == "circle":
            sites = case["sites"]
            here = sites.loc[sites["site"] == self.site, ["latitude", "longitude"]]
            latitude, longitude = here.iloc[0].tolist() if len(here) else (math.nan, math.nan)
            return {"latitude": latitude, "longitude": longitude, "radius": _number(self.radius)}
        if self.target == "tier":
            return {"tier": float(self.tier) if self.tier else math.nan}
        return {self.target: getattr(self, "way" if self.target == "mode" else self.target)}


NAMES = tuple(f.name for f in fields(Happening))
"""Names of the fields."""


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _given(value: Any) -> bool:
    return value not in ("", None) and not (isinstance(value, float) and math.isnan(value))


def of_row(row: Mapping[str, Any], base: Happening, case: Case) -> Happening:
    """A row of the table of events as a happening; what it does not say stays as `base` has it.

    Parameters
    ----------
    row
        A row, checked.
    base
        A happening of the case, for the fields that do not count.
    case
        The case, for the site in the middle of a circle.
    """
    cells = {name: value for name, value in row.items() if _given(value)}
    target = next(name for name, columns in TARGETS.items() if set(columns) <= set(cells))
    found: dict[str, Any] = {"kind": cells["kind"], "target": target, "mode": "own", "recorded": base.recorded}
    found |= {
        n: str(cells[n])
        for n in ("site", "market", "country", "product", "to_market", "to_mode", "recovery")
        if n in cells
    }
    found |= {n: float(cells[n]) for n in ("start", "severity", "probability", "radius", "recovery_time") if n in cells}
    found["duration"] = float(cells["duration"]) if "duration" in cells else None
    found["latest"] = float(cells["latest_start"]) if "latest_start" in cells else None
    found["spread"] = float(cells.get("duration_spread", 0.0))
    if target == "lane":
        found["lane"] = f"{cells['origin']}{ARROW}{cells['destination']}"
    if target == "tier":
        found["tier"] = f"{float(cells['tier']):g}"
    if target == "mode":
        found["way"] = str(cells["mode"])
    if target == "circle":
        found["site"] = _middle(case, float(cells["latitude"]), float(cells["longitude"]))
    defaults = {"probability": 1.0, "recovery": "step", "recovery_time": 0.0, "severity": 1.0}
    return replace(base, **{**defaults, **found})


def _middle(case: Case, latitude: float, longitude: float) -> str:
    """The site in the middle of a circle: the nearest."""
    sites = case["sites"].dropna(subset=["latitude", "longitude"])
    far = (sites["latitude"] - latitude).abs() + (sites["longitude"] - longitude).abs()
    return str(sites["site"].iloc[int(far.to_numpy().argmin())]) if len(sites) else ""
