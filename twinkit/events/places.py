"""Where recorded events happen on a chain: its sites by place, the lanes between them, and the rows that are hit."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.chain.effects import Basis, effects_of_event
from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.chain.plan import Plan, plan_of
from twinkit.events.recorded import RecordedEvent, code_of, members, words
from twinkit.study.targets import Target, used_targets
from twinkit.tables.case import Case, complete
from twinkit.tables.emissions import great_circle
from twinkit.tables.problems import listed, quote
from twinkit.tables.schema_events import EVENT_TARGETS
from twinkit.words import rounded

# The chain that recorded events are placed on: where its sites are, and which rows a target hits.


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


# Recorded events on lanes: of a mode, between countries, through a port, or with an end at a site.


BY_MODE = {
    "sea": "by sea", "air": "by air", "road": "by road", "rail": "by rail", "inland_water": "by inland water",
    "pipeline": "by pipeline", "other": "by other means", "": "",
}  # fmt: skip


def on_lanes(event: RecordedEvent, ground: Ground, lead: str = "") -> Placement:
    """Lanes of a mode, with ends in countries.

    Parameters
    ----------
    event
        A recorded event.
    ground
        The chain.
    lead
        What to say first.
    """
    lanes, by = ground.net.lanes, BY_MODE[event.mode]
    chosen = np.ones(len(lanes), bool) if not event.mode else (lanes["mode"] == event.mode).to_numpy()
    if not chosen.any():
        return Placement(says=f"{lead}no lane of the case goes {by}" if by else f"{lead}the case has no lanes")
    where = _between(event)
    if event.countries:
        if not ground.has_countries:
            return Placement(says=f"{lead}the sites have no country, so the lanes {where} are not known")
        chosen = chosen & _with_ends(event, ground)
    targets, mixed = _targets(chosen, event, ground)
    lanes_words = " ".join(w for w in ("lanes", by, where) if w)
    left = f"; left out, because the product goes there by another mode too: {listed(mixed)}" if mixed else ""
    nothing = f"{lead}there are no {lanes_words}{left}"
    return ground.placed(event, targets, f"{lead}it hits the {lanes_words}{left}", nothing)


def _between(event: RecordedEvent) -> str:
    if not event.countries:
        return ""
    ends, others = words(event.countries), words(event.other_countries)
    if not others:
        return f"with an end in {ends}"
    return f"from {others} to {ends}" if event.kind == "tariff" else f"between {ends} and {others}"


def _with_ends(event: RecordedEvent, ground: Ground) -> np.ndarray:
    """Which lanes have their ends in the countries of an event; a duty is paid one way only."""
    origin, destination = ground.net.lane_sites[:, 0], ground.net.lane_sites[:, 1]
    inside = ground.inside(event.countries)
    if not event.other_countries:
        return inside[origin] | inside[destination]
    beyond = ground.inside(event.other_countries)
    there = beyond[origin] & inside[destination]
    return there if event.kind == "tariff" else there | (inside[origin] & beyond[destination])


def _targets(chosen: np.ndarray, event: RecordedEvent, ground: Ground) -> tuple[list[Row], list[str]]:
    """Targets that name the chosen lanes and no others; and lanes that cannot be named alone."""
    lanes = ground.net.lanes
    if event.mode and np.array_equal(chosen, (lanes["mode"] == event.mode).to_numpy()):
        return [{"mode": event.mode}], []
    targets: list[Row] = []
    mixed: list[str] = []
    marked = lanes.assign(chosen=chosen)
    pairs = marked.groupby(["origin", "destination"], sort=False)
    for (origin, destination), pair in pairs:
        ends = {"origin": origin, "destination": destination}
        if pair["chosen"].all():
            targets.append(ends)
            continue
        for product, ways in pair.groupby("product", sort=False):
            if ways["chosen"].all():
                targets.append({**ends, "product": product})
            elif ways["chosen"].any():
                mixed.append(f"{origin} to {destination}")
    return targets, list(dict.fromkeys(mixed))


def through_port(event: RecordedEvent, ground: Ground) -> Placement:
    """Lanes that pass a port or canal, known by its name or its place.

    If no lane of the case names the ports that it passes, lanes between the countries
    that the port stands between are taken, and that is said.
    """
    passed = {p.strip() for via in ground.net.lanes["via"] for p in via.split(";") if p.strip()}
    ports = ground.sites[(ground.sites["kind"] == "port") & ground.sites["site"].isin(passed)]
    if not len(ports):
        lead = "no lane of the case names a port that it passes; "
        if not event.countries:
            return Placement(says=f"{lead}so none is known to pass {event.place}")
        return on_lanes(event, ground, lead)
    names = (ports["site"] + " " + ports["city"]).str.casefold()
    called = names.map(lambda text: any(word.casefold() in text for word in event.words)).to_numpy(bool)
    near = ground.away(event)[ports.index] <= event.radius if event.circle else np.zeros(len(ports), bool)
    found = ports["site"][called | near].tolist()
    there = f"no lane passes {event.place} (ports and canals that lanes pass: {listed(ports['site'].tolist())})"
    says = f"it hits the lanes through {listed(found)}"
    return ground.placed(event, [{"site": port} for port in found], says, there)


def lanes_at(sites: list[str], event: RecordedEvent, ground: Ground) -> list[Row]:
    """Targets for lanes with an end at sites that a person named: of the event's mode, if there are any."""
    lanes = ground.net.lanes
    ends = (lanes["origin"].isin(sites) | lanes["destination"].isin(sites)).to_numpy()
    of_mode = ends & (lanes["mode"] == event.mode).to_numpy()
    targets, _ = _targets(of_mode if of_mode.any() else ends, event, ground)
    ports = ground.sites["site"][(ground.sites["kind"] == "port") & ground.sites["site"].isin(sites)]
    return [{"site": port} for port in ports] + targets


# Recorded events at sites: an area, or one site: in the same place, or the one that comes nearest to it.


def in_area(event: RecordedEvent, ground: Ground, apart: Collection[str] = ()) -> Placement:
    """Sites and ports in a circle, or in countries where the case has no coordinates.

    Parameters
    ----------
    event
        A recorded event.
    ground
        The chain.
    apart
        Sites that another part of the incident hits by itself; they are left out here.
    """
    km = f"within {event.radius:g} km of {event.place}"
    if event.circle and ground.has_coordinates:
        circle = {"latitude": event.latitude, "longitude": event.longitude, "radius": event.radius}
        somebody = (ground.away(event) <= event.radius).any()
        return _left(
            event, ground, [circle] if somebody else [], apart, f"it hits what is {km}", f"there is nothing {km}"
        )
    if event.countries and ground.has_countries:
        spellings = ground.sites["country"][ground.inside(event.countries)].unique()
        where = f"in {words(event.countries)}"
        lead = "the sites have no coordinates, so all of the country counts: " if event.circle else ""
        nothing = f"there is nothing {where}"
        return _left(
            event, ground, [{"country": c} for c in spellings], apart, f"{lead}it hits what is {where}", nothing
        )
    known = {(True, True): "neither coordinates nor a country", (True, False): "no coordinates"}
    lacking = known.get((event.circle, bool(event.countries)), "no country")
    return Placement(says=f"the sites have {lacking}, so it is not known what is in or near {event.place}")


def _left(
    event: RecordedEvent, ground: Ground, targets: list[Row], apart: Collection[str], says: str, nothing: str
) -> Placement:
    """What is hit but for the sites that are left out: then site by site."""
    found = ground.placed(event, targets, says, f"{nothing} that it could hit")
    if not set(found.hits) & set(apart) or "site" not in EVENT_TARGETS[event.kind]:
        return found
    there = ground.away(event) <= event.radius if "radius" in targets[0] else ground.inside(event.countries)
    ports = ground.sites["site"][(ground.sites["kind"] == "port") & there]
    rest = [s for s in (*found.hits, *ports) if s not in apart and s in set(ground.sites["site"])]
    out = f", apart from {listed([s for s in found.hits if s in apart])}, which has an entry of its own"
    return ground.placed(event, [{"site": s} for s in dict.fromkeys(rest)], says + out, f"{nothing} else")


class _Choice(NamedTuple):
    """A site that an event may be placed at: rank of the word that it shares, and what is spent on it."""

    rank: int
    spend: float
    target: Target
    thing: str

    def order(self) -> tuple[int, float, str]:
        return (self.rank, -self.spend, self.target.name)


def at_one_site(event: RecordedEvent, ground: Ground, stand_ins: bool = True) -> Placement:
    """One site: in the same place; else the one that makes something like it; else the largest of its kind.

    Parameters
    ----------
    event
        A recorded event.
    ground
        The chain.
    stand_ins
        Whether it may be a site elsewhere.
    """
    choices = _choices(event, ground)
    kinds = " or ".join(event.site_kinds)
    like = [c for c in choices if c.rank < len(event.words)]
    away = dict(zip(ground.sites["site"], ground.away(event), strict=True))
    same = [c for c in like if away[c.target.name] <= event.radius]
    if same:
        best = min(same, key=_Choice.order)
        return _at(event, ground, best, f"{best.target.name} stands in the same place, {event.place}")
    if not stand_ins:
        return Placement(says=f"no {kinds} of the kind stands in {event.place}, and no other site stands in for it")
    upstream = [c for c in like if (c.target.tier or 0) >= event.least_tier] or like
    if upstream:
        best = min(upstream, key=_Choice.order)
        says = f"{best.target.name} stands in: it comes nearest to {event.hits}, by {quote(best.thing)}"
        return _at(event, ground, best, says)
    upstream = [c for c in choices if (c.target.tier or 0) >= event.least_tier] or choices
    if not upstream:
        return Placement(says=f"no {kinds} of the case has any flow")
    best = min(upstream, key=_Choice.order)
    money = f"{rounded(best.spend)} {ground.case.settings['currency']}"
    says = (f"no site is like {event.hits}; {best.target.name} stands in, the {kinds} "
            f"with the most that leaves it, {money} a year")  # fmt: skip
    return _at(event, ground, best, says)


def _at(event: RecordedEvent, ground: Ground, best: _Choice, says: str) -> Placement:
    return ground.placed(event, [{"site": best.target.name}], says, f"{says}, but nothing there can be hit")


def _choices(event: RecordedEvent, ground: Ground) -> list[_Choice]:
    """Sites with a flow, of the kinds that it may hit."""
    kind = dict(zip(ground.sites["site"], ground.sites["kind"], strict=True))
    alone = [t for t in used_targets(ground.case)["sites"] if kind[t.name] in event.site_kinds]
    return [_choice(event, t, ground) for t in alone]


def _choice(event: RecordedEvent, target: Target, ground: Ground) -> _Choice:
    things = _things(target.name, ground)
    for rank, word in enumerate(event.words):
        found = [t for t in things if re.search(rf"\b{re.escape(word)}", t, re.IGNORECASE)]
        if found:
            return _Choice(rank, target.spend(ground.plan), target, found[0])
    return _Choice(len(event.words), target.spend(ground.plan), target, "")


def _things(site: str, ground: Ground) -> list[str]:
    """What leaves a site and the families of it, and what the site and its company are called."""
    net = ground.net
    made = [*net.recipes["product"][net.recipes["site"] == site], *net.lanes["product"][net.lanes["origin"] == site],
            *net.markets["product"][net.markets["site"] == site]]  # fmt: skip
    products = ground.case["products"].set_index("product")
    row = ground.sites[ground.sites["site"] == site].iloc[0]
    names = dict.fromkeys([*made, *(products["family"].get(p, "") for p in made), site, row["company"]])
    return [name for name in names if name]
