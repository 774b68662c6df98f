"""Recorded events on lanes: of a mode, between countries, through a port, or with an end at a site."""

from __future__ import annotations

import numpy as np

from twinkit.study.recorded import RecordedEvent
from twinkit.study.recorded_countries import words
from twinkit.study.recorded_ground import Ground, Placement, Row
from twinkit.tables.problems import listed

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
