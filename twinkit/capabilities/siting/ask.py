"""Where should we make it?  The network of least cost, others beside it, what each bears, and the best one simulated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.siting.network import Network, best_network, network_of
from twinkit.capabilities.siting.places import Place, centre_of_gravity
from twinkit.capabilities.siting.tables import DAYS, Economy, Ground
from twinkit.capabilities.to_order.stages import covered
from twinkit.run.engines import stop_if
from twinkit.run.ensemble import ensemble
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import SHARE, mean_interval
from twinkit.study.asked import remembered
from twinkit.tables import CaseError
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.emissions import great_circle
from twinkit.tables.problems import Problem
from twinkit.words import amount, digits, listed

Progress = Callable[[int, int], None]
NO_CANDIDATES = "This case has no table of candidates: add one with a place, its coordinates, its cost and its capacity; the case 'computers' is an example."
FREIGHT = (0.5, 1.0, 2.0, 5.0, 10.0)
SPREAD = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Multiples of freight and of the spread of demand that the map of break-evens looks at."""
PARTS = 100
STARTS = 20
"""Searches for the best places that could be anywhere."""


@dataclass(frozen=True)
class Option:
    """A network beside the others.

    Attributes
    ----------
    name
        "least cost", "central", "regional", "local", "as it is".
    network
        Its plants and flows.
    safety
        Cost of the safety stock at its plants [money/year].
    distance
        Mean distance to a customer [km].
    closing
        What closing every plant that stands would cost [money/year]: the programme counts what is not closed against it.
    """

    name: str
    network: Network
    safety: float
    distance: float
    closing: float = 0.0

    @property
    def fixed(self) -> float:
        """Plants being open, and those that are closed [money/year]."""
        return self.network.fixed_cost + self.closing

    @property
    def cost(self) -> float:
        """Network and safety stock [money/year]."""
        return self.network.cost + self.closing + self.safety


class Siting(Result):
    """Networks side by side, and what they bear.

    Attributes
    ----------
    case, ground, economy
        What was looked at, and what everything costs.
    options
        Networks: the one of least cost first.
    gap
        By how much the first may be above the least cost, at most [share].
    stress
        A row for each trouble and each network: cost and unserved units.
    map_rows
        Best network for each multiple of freight (columns) and spread of demand (rows).
    greenfield
        Best single, two and three places if they could be anywhere.
    simulated
        A row for each scenario of the first network, run on the chain.
    flexibility
        What it is worth that every plant can serve every market [money/year], by network.
    """

    def __init__(self, case: Case, ground: Ground, economy: Economy, options: Sequence[Option], gap: float) -> None:
        self.case, self.ground, self.economy, self.options, self.gap = case, ground, economy, list(options), gap
        self.currency = str(case.settings["currency"])
        self.stress = pd.DataFrame()
        self.map_rows: list[list[str]] = []
        self.greenfield: list[tuple[int, list[Place], float]] = []
        self.simulated = pd.DataFrame()
        self.flexibility: dict[str, float] = {}

    def headline(self) -> str:
        return f"Siting: {len(self.ground.names)} candidates, {len(self.ground.needs)} needs"

    def sentences(self) -> list[str]:
        best, year = self.options[0], f"{self.currency}/year"
        said = [f"Open {listed(best.network.names)}: {amount(best.cost, year)}, proven to be within {digits(100 * max(self.gap, 0.0))} % of the least cost."]
        missing = [n for n in ("central", "regional", "local") if n not in [o.name for o in self.options]]
        if missing:
            said.append(f"Left out, because its plants cannot serve all: {listed(missing)}.")
        others = [o for o in self.options[1:] if o.network.open != best.network.open]
        said += [f"{o.name.capitalize()} ({listed(o.network.names, 4)}) costs {amount(o.cost - best.cost, year)} {'more' if o.cost >= best.cost else 'less'}"
                 + (" once safety stock is counted" if o.cost < best.cost else "") + "." for o in others]  # fmt: skip
        if len(self.stress):
            here = self.stress[self.stress["network"] == best.name]
            worst = here.loc[here["cost"].idxmax()]
            said.append(f"What hurts it most is '{worst['trouble']}': {amount(worst['cost'] - best.network.cost, year)} more"
                        + (f", with {amount(worst['unserved'], 'share')} of the demand unserved." if worst["unserved"] > 1e-9 else "."))  # fmt: skip
        if len(self.simulated):
            calm = self.simulated.iloc[0]
            said.append(f"Simulated, it serves {amount(calm['fill'], 'share')} of the demand at once; "
                        + "; ".join(f"{r['scenario']}: {amount(r['fill'], 'share')}" for _, r in self.simulated.iloc[1:4].iterrows()) + ".")  # fmt: skip
        return said

    def table(self) -> pd.DataFrame:
        """A row for each network."""
        return pd.DataFrame([
            {"network": o.name, "plants": ", ".join(o.network.names), "cost": o.cost, "fixed": o.fixed, "variable": o.network.cost - o.network.fixed_cost,
             "safety": o.safety, "distance": o.distance, "flexibility": self.flexibility.get(o.name, math.nan)} for o in self.options
        ])  # fmt: skip

    def flows(self) -> pd.DataFrame:
        """What each open plant of the first network sends to each need."""
        net, needs = self.options[0].network, self.ground.needs
        rows = [{"plant": self.ground.names[p], "market": needs["market"][j], "product": needs["product"][j], "units": float(net.flows[p, j]), "km": float(self.ground.distance[p, j])}
                for p in net.open for j in np.flatnonzero(net.flows[p] > 1e-9)]  # fmt: skip
        return pd.DataFrame(rows, columns=["plant", "market", "product", "units", "km"])

    def places(self) -> pd.DataFrame:
        """Best places if they could be anywhere."""
        return pd.DataFrame([{"places": k, "latitude": p.latitude, "longitude": p.longitude, "distance": mean} for k, found, mean in self.greenfield for p in found],
                            columns=["places", "latitude", "longitude", "distance"])  # fmt: skip


def greenfield(latitude: np.ndarray, longitude: np.ndarray, weight: np.ndarray, places: int) -> tuple[list[Place], float]:
    """Places that could be anywhere, by turns of assigning markets and moving each place to the centre of its own (Cooper 1964).

    A local optimum, the best of some: each of the heaviest markets is where one search begins.
    """
    return min((_moved(latitude, longitude, weight, places, int(first)) for first in np.argsort(-weight, kind="stable")[: STARTS if places > 1 else 1]), key=lambda found: found[1])


def _moved(latitude: np.ndarray, longitude: np.ndarray, weight: np.ndarray, places: int, first: int) -> tuple[list[Place], float]:
    """A search that begins at a market, and then at those that are farthest, weighted, from the places so far."""
    start = [first]
    while len(start) < places:
        near = np.min([great_circle(latitude[s], longitude[s], latitude, longitude) for s in start], axis=0)
        start.append(int(np.argmax(near * weight)))
    at = [Place(float(latitude[s]), float(longitude[s]), 0.0) for s in start]
    which = np.full(len(weight), -1)
    for _ in range(100):
        far = np.array([great_circle(p.latitude, p.longitude, latitude, longitude) for p in at])
        new = far.argmin(axis=0)
        if (new == which).all():
            break
        which = new
        at = [centre_of_gravity(latitude[which == k], longitude[which == k], weight[which == k]) if weight[which == k].sum() > 0 else p for k, p in enumerate(at)]
    far = np.array([great_circle(p.latitude, p.longitude, latitude, longitude) for p in at]).min(axis=0)
    return at, float((far * weight).sum() / weight.sum())


class _Work:
    """The study, step by step."""

    def __init__(self, ground: Ground, economy: Economy, given: dict[str, Any]) -> None:
        self.ground, self.economy, self.given = ground, economy, given
        self.plants = ground.plants(economy)
        self.soft = ground.plants(economy, lost=True)

    def safety(self, network: Network, spread: float = 1.0) -> float:
        """Cost of safety stock where each plant pools the markets that it serves (their demand is independent) [money/year]."""
        needs, g = self.ground.needs, self.given
        z, lead = max(covered(g["service"]), 0.0), g["lead_days"] / DAYS
        total = 0.0
        for p in network.open:
            share = np.divide(network.flows[p], network.plants.demand, out=np.zeros(len(needs)), where=network.plants.demand > 0)
            for product in needs["product"].unique():
                own = (needs["product"] == product).to_numpy()
                sd = math.sqrt(float(((share * needs["spread"].to_numpy(float))[own] ** 2).sum()))
                total += z * sd * spread * math.sqrt(lead) * float(needs["value"][own].iloc[0]) * g["holding"]
        return total

    def option(self, name: str, network: Network) -> Option:
        """A network with its safety stock."""
        units = network.flows.sum()
        mean = float((network.flows * self.ground.distance).sum() / units) if units > 0 else math.nan
        return Option(name, network, self.safety(network), mean, self.ground.sunk)

    def named(self, best: Network) -> list[Option]:
        """Central, regional, local, and what stands today, where their capacity is enough."""
        found = [self.option("least cost", best)]
        g, rows = self.given, self.ground.candidates
        places = len(set(rows["place"]))
        for name, number in (("central", 1), ("regional", min(g["regional"], places))):
            try:
                found.append(self.option(name, best_network(self.plants, exactly=number, gap=g["gap"], seconds=g["seconds"])))
            except ValueError:
                continue
        near = self.ground.distance.argmin(axis=0)
        wanted = sorted(set(rows["place"].iloc[near]))
        local = []
        for place in wanted:
            own = np.flatnonzero(rows["place"] == place)
            need = self.plants.demand[np.isin(near, own)].sum()
            fit = [p for p in own if self.plants.capacity[p] >= need] or [int(own[np.argmax(self.plants.capacity[own])])]
            local.append(min(fit, key=lambda p: self.plants.fixed[p]))
        for name, opened in (("local", local), ("as it is", np.flatnonzero(rows["existing"].astype(bool)).tolist())):
            try:
                if opened:
                    found.append(self.option(name, network_of(self.plants, opened)))
            except ValueError:
                continue
        return found

    def served(self, option: Option, economy: Economy | None = None, demand: float = 1.0, lost: int | None = None, fixed_flows: bool = False) -> tuple[float, float]:
        """Cost and unserved share of a network in trouble; the rest is served anew, or as it was planned."""
        soft = self.ground.plants(economy or self.economy, lost=True)
        soft = replace(soft, demand=soft.demand * demand)
        opened = [p for p in option.network.open if p != lost]
        if fixed_flows:
            planned = np.divide(option.network.flows, option.network.plants.demand, out=np.zeros_like(option.network.flows), where=option.network.plants.demand > 0)
            sent, way = planned[opened] * soft.demand, np.where(np.isfinite(soft.cost), soft.cost, 0.0)[opened]
            sent *= np.minimum(1.0, soft.capacity[opened] / np.maximum(sent.sum(axis=1), 1e-12))[:, None]
            gone = np.maximum(soft.demand - sent.sum(axis=0), 0.0)
            cost = float(soft.fixed[list(option.network.open)].sum() + (gone * soft.lost).sum() + (way * sent).sum())
            return cost, float(gone.sum() / max(soft.demand.sum(), 1e-12))
        if not opened:
            return float(soft.fixed[list(option.network.open)].sum() + (soft.demand * soft.lost).sum()), 1.0
        found = network_of(soft, opened)
        still = float(soft.fixed[lost]) if lost is not None else 0.0
        return found.cost + still, float(found.unserved.sum() / max(soft.demand.sum(), 1e-12))

    def troubles(self, options: Sequence[Option]) -> tuple[pd.DataFrame, dict[str, float]]:
        """Every trouble of every network, and what flexibility is worth in them on the mean."""
        e, g, rows, worth = self.economy, self.given, [], {}
        for o in options:
            cases: list[tuple[str, dict[str, Any]]] = [(f"{self.ground.names[p]} is lost for a year", {"lost": p}) for p in o.network.open]
            cases += [(f"demand × {f:g}", {"demand": f}) for f in (0.8, 1.2)]
            cases += [("freight × 2", {"economy": replace(e, freight=2 * e.freight, freight_tonne=2 * e.freight_tonne)}),
                      (f"{digits(100 * g['shock'])} points more duty", {"economy": replace(e, tariff_shock=e.tariff_shock + g["shock"])})]  # fmt: skip
            saved = []
            for trouble, more in cases:
                cost, unserved = self.served(o, **more)
                stiff, _ = self.served(o, fixed_flows=True, **more)
                saved.append(max(stiff - cost, 0.0))
                rows.append({"network": o.name, "trouble": trouble, "cost": cost, "more": cost - o.network.cost, "unserved": unserved, "stiff": stiff})
            worth[o.name] = float(np.mean(saved))
        return pd.DataFrame(rows), worth

    def break_evens(self, options: Sequence[Option]) -> list[list[str]]:
        """Cheapest network by spread of demand (rows) and freight (columns); flows are planned anew at each freight."""
        unique = [o for i, o in enumerate(options) if o.network.open not in [x.network.open for x in options[:i]]]
        costs = np.zeros((len(unique), len(SPREAD), len(FREIGHT)))
        for j, f in enumerate(FREIGHT):
            plants = self.ground.plants(replace(self.economy, freight=f * self.economy.freight, freight_tonne=f * self.economy.freight_tonne))
            for k, o in enumerate(unique):
                there = network_of(plants, o.network.open)
                costs[k, :, j] = [there.cost + self.safety(there, s) for s in SPREAD]
        return [[unique[costs[:, i, j].argmin()].name for j in range(len(FREIGHT))] for i in range(len(SPREAD))]


def chain_of(case: Case, ground: Ground, network: Network, speed: float, cover: float, detour: float) -> Case:
    """The chain of a network: its plants, a depot for each market, and lanes as it ships; for a run.

    Parameters
    ----------
    case, ground, network
        The case, its candidates and needs, and the plants that are open.
    speed
        Of freight [km/day].
    cover
        Days of stock that a depot keeps beyond the lead time [days].
    detour
        Length of a way, as a multiple of the crow's.
    """
    needs, period = ground.needs, float(case.settings["period_days"])
    rows = ground.candidates
    plants = [str(ground.names[p]) for p in network.open]
    depot = {m: f"Depot {m}" for m in needs["market"].unique()}
    first = needs.drop_duplicates("market").set_index("market")
    sites = [{"site": n, "kind": "supplier", "country": rows["country"][p], "latitude": rows["latitude"][p], "longitude": rows["longitude"][p]} for n, p in zip(plants, network.open, strict=True)]
    sites += [{"site": d, "kind": "retailer", "country": first["country"][m], "latitude": first["latitude"][m], "longitude": first["longitude"][m]} for m, d in depot.items()]
    cost = network.plants.cost
    products = case["products"][case["products"]["product"].isin(needs["product"])]
    stocks, lanes = [], []
    for n, p in zip(plants, network.open, strict=True):
        made = sorted({needs["product"][j] for j in np.flatnonzero(network.flows[p] > 1e-9)})
        stocks += [{"site": n, "product": k, "policy": "unlimited"} for k in made]
    for j, need in enumerate(needs.to_dict("records")):
        total = network.flows[:, j].sum()
        if total <= 1e-9:
            continue
        stocks.append({"site": depot[need["market"]], "product": need["product"], "policy": "days_of_cover", "days_of_cover": cover / period, "forecast_window": max(round(28 / period), 1)})
        for n, p in zip(plants, network.open, strict=True):
            if network.flows[p, j] > 1e-9:
                lanes.append({"origin": n, "destination": depot[need["market"]], "product": need["product"], "share": float(network.flows[p, j] / total),
                              "lead_time": max(round(float(ground.distance[p, j]) * detour / speed / period), 1), "transport_cost": float(cost[p, j])})  # fmt: skip
    markets = case["markets"]
    served = {(x["destination"], x["product"]) for x in lanes}
    markets = markets.assign(site=[depot[m] for m in markets["market"]])
    markets = markets[[(s, k) in served for s, k in zip(markets["site"], markets["product"], strict=True)]]
    history = case["history"]
    keep = history[history["market"].isin(markets["market"])] if len(history) else history
    settings = {k: case.settings[k] for k in ("period_days", "currency", "title", "start_date") if k in case.settings}
    return Case(f"{case.name} with {len(plants)} plants", {"sites": sites, "products": products, "stocks": stocks, "lanes": lanes, "markets": markets, "history": keep},
                {**settings, "periods": max(round(DAYS / period), 30), "whole_units": bool(case.settings["whole_units"])})  # fmt: skip


def simulated(case: Case, ground: Ground, option: Option, given: dict[str, Any], progress: Progress | None = None, cancel: Event | None = None) -> pd.DataFrame:
    """The network on the chain: as usual, with each plant out for some days, and with a fifth more demand for as long."""
    chain = chain_of(case, ground, option.network, given["speed"], given["cover"], given["detour"])
    period = float(case.settings["period_days"])
    start, out = round(120 / period), max(round(given["outage"] / period), 1)
    scenarios = [Scenario("as usual")]
    scenarios += [Scenario(f"{n} is out for {digits(given['outage'])} days", ({"event": f"{n} is out", "kind": "outage", "site": n, "start": start, "duration": out, "severity": 1.0},))
                  for n in option.network.names]  # fmt: skip
    scenarios.append(Scenario(f"a fifth more demand for {digits(given['outage'])} days", tuple(
        {"event": f"more of {m}", "kind": "demand_surge", "market": m, "start": start, "duration": out, "severity": 0.2} for m in sorted(set(chain["markets"]["market"])))))  # fmt: skip
    rows = []
    found = ensemble(chain, scenarios, given["worlds"], seed=given["seed"], progress=progress, cancel=cancel)
    for name, outcome in found.items():
        row: dict[str, Any] = {"scenario": name}
        for key, kpi, within in (("fill", "fill rate", SHARE), ("lost", "lost sales", (0.0, math.inf)), ("backlog", "backlog", (0.0, math.inf))):
            row[key], row[f"{key} low"], row[f"{key} high"] = mean_interval(outcome.kpis[kpi], within=within)
        rows.append(row)
    return pd.DataFrame(rows)


@partial(study, limits={
    **dict.fromkeys(("freight", "freight_tonne", "carbon", "holding"), (0, math.inf)), "detour": (1, 10), "shock": (-1, 50), "regional": (1, 10_000),
    "service": (0.01, 0.9999), "lead_days": (0, 10_000), "gap": (0, 1), "seconds": (0.1, 1e6), "worlds": (1, 100_000), "outage": (0, 365),
    "speed": (1, 1e6), "cover": (0, 10_000),
})  # fmt: skip
def site_plants(
    case: CaseLike, *, freight: float = 0.0, freight_tonne: float = 0.1, detour: float = 1.2, carbon: float = 0.0, shock: float = 0.1, regional: int = 3,
    service: float = 0.95, lead_days: float = 14.0, holding: float = 0.2, gap: float = 0.001, seconds: float = 60.0, simulate: bool = True,
    worlds: int = 16, outage: float = 60.0, speed: float = 500.0, cover: float = 7.0, seed: int = 1,
    progress: Progress | None = None, cancel: Event | None = None,
) -> Siting:  # fmt: skip
    """Find which candidates to open, and what the network bears.

    Parameters
    ----------
    case
        A case with the table *candidates*; its markets are what is served, its tariffs and borders give the duty.
    freight, freight_tonne, detour
        For a unit and a kilometre, and for a tonne and a kilometre [money]; length of a way, as a multiple of the crow's.
    carbon
        Price of emissions [money/t CO2e].
    shock
        Points more duty in the stress test [share].
    regional
        Plants of the regional network.
    service, lead_days, holding
        Service of safety stock [share], time that it covers [days], and its cost as a share of the value in a year [share].
    gap, seconds
        By how much the network may be above the least cost [share], and the longest search [s].
    simulate, worlds, outage, speed, cover, seed
        Whether it is run on the chain; in how many worlds; for how long a plant is out [days]; speed of freight [km/day]; days of stock of a depot; luck.
    progress, cancel
        Called with parts done and parts in all; set it to stop.

    Raises
    ------
    CaseError
        If the case has no candidates, a market has no place, or nothing can serve the demand.
    Cancelled
        If it was cancelled.
    """
    given = {"shock": shock, "regional": regional, "service": service, "lead_days": lead_days, "holding": holding, "gap": gap, "seconds": seconds,
             "worlds": worlds, "outage": outage, "speed": speed, "cover": cover, "seed": seed, "detour": detour}  # fmt: skip
    if wrong := problems_of(case):
        raise CaseError([Problem("candidates", None, "", "", w.rstrip(".")) for w in wrong])
    tell = progress or (lambda done, total: None)
    ground, economy = Ground(case), Economy(freight, freight_tonne, detour, 0.0, carbon)
    work = _Work(ground, economy, given)

    def step(at: int) -> None:
        stop_if(cancel)
        tell(at, PARTS)

    try:
        best = best_network(work.plants, gap=gap, seconds=seconds, progress=lambda a, b: tell(a * 50 // b, PARTS), cancel=cancel)
    except ValueError as why:
        raise CaseError([Problem("candidates", None, "", "", str(why))]) from None
    found = Siting(case, ground, economy, work.named(best), best.gap)
    step(60)
    found.stress, found.flexibility = work.troubles(found.options)
    step(70)
    found.map_rows = work.break_evens(found.options)
    needs = ground.needs
    at = [needs[k].to_numpy(float) for k in ("latitude", "longitude", "units")]
    found.greenfield = [(k, *greenfield(*at, k)) for k in range(1, min(4, len(needs) + 1))]
    step(80)
    if simulate:
        found.simulated = simulated(case, ground, found.options[0], given, lambda a, b: tell(80 + a * 20 // b, PARTS), cancel)
    tell(PARTS, PARTS)
    return remembered(found, "site_plants", case=case, freight=freight, freight_tonne=freight_tonne, carbon=carbon, simulate=simulate, **given)


def problems_of(case: Case) -> list[str]:
    """Sentences about why a case cannot be asked where to make."""
    if not len(case["candidates"]):
        return [NO_CANDIDATES]
    if not len(case["markets"]):
        return ["This case has no markets to serve: add the table of markets."]
    needs = Ground(case).needs
    found = []
    nowhere = sorted(set(needs["market"][needs["latitude"].isna() | needs["longitude"].isna()]))
    if nowhere:
        found.append(f"There is no place of the market{'s' if len(nowhere) > 1 else ''} {listed(nowhere)}: give it latitude and longitude, or its site.")
    if not needs["units"].sum() > 0:
        found.append("No market asks for anything: give it a mean, or a history.")
    return found
