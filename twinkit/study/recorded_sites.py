"""Recorded events at sites: an area, or one site: in the same place, or the one that comes nearest to it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from twinkit.study.recorded import RecordedEvent
from twinkit.study.recorded_countries import words
from twinkit.study.recorded_ground import Ground, Placement, Row
from twinkit.study.stress_targets import Target, used_targets
from twinkit.tables.problems import listed, quote
from twinkit.tables.schema_events import EVENT_TARGETS
from twinkit.words import rounded


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
    alone = [t for t in used_targets(ground.case, True)["sites"] if kind[t.name] in event.site_kinds]
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
