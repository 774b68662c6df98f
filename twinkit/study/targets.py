"""What can be knocked out: sites, suppliers, companies, lanes, countries, ports, machines of a line; and what is wrong with what was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.chain.plan import Plan
from twinkit.levers.levers import all_flows
from twinkit.run.kpis import product_values
from twinkit.run.scenario import Scenario, event_of
from twinkit.tables.case import Case
from twinkit.tables.checks import check_case
from twinkit.tables.problems import Problem, counted, did_you_mean, is_number, listed, shown

KINDS = ("sites", "suppliers", "companies", "lanes", "countries", "ports", "machines")
"""Words for all targets of a kind."""
FIRST_ROW = 2
"""Row of a spreadsheet in which the first row of a table stands."""
WHERE = "stress test"
"""Where a problem is that stands in no table."""
DAYS = 30.0
"""How long something is out where nobody has said so [periods]."""
WITHOUT_SECOND = ("lane", "port", "machine")
"""Kinds of target that have no second source."""
SETTLED = 6
"""An outage begins when so much of the run is over: one part in six."""


@dataclass(frozen=True)
class Target:
    """Something that is knocked out.

    Attributes
    ----------
    name, kind
        Its name in tables; "site", "company", "lane", "country", "port" or "machine" (those of a station).
    sites
        The sites that are out: one, all those of a company or a country, or none for a lane.
    lane
        Origin and destination of a lane.
    station
        Line and station of machines.
    periods
        How long it is out [periods].
    tier, country, company
        Tier of the site, or of a lane's origin; its country; the company that runs the site.
    """

    name: str
    kind: str
    sites: tuple[str, ...] = ()
    lane: tuple[str, str] = ("", "")
    periods: float = math.nan
    tier: int | None = None
    country: str = ""
    company: str = ""
    station: tuple[str, str] = ("", "")

    @property
    def whole_periods(self) -> int:
        """Periods of the simulated outage: half a period and more is a whole one."""
        return math.floor(self.periods + 0.5)

    def scenario(self, start: int) -> Scenario:
        """The outage, from a period on."""
        if self.kind == "machine":
            return Scenario(self.name, (event_of("outage", start=start, duration=self.periods, line=self.station[0], station=self.station[1]),))
        ends = [{"site": s} for s in self.sites] or [{"origin": self.lane[0], "destination": self.lane[1]}]
        return Scenario(self.name, tuple(event_of("outage", start=start, duration=self.periods, **e) for e in ends))

    def lanes(self, net: Network) -> np.ndarray:
        """Lanes that are out by themselves: those of a lane, or through a port."""
        if self.kind == "lane":
            return ((net.lanes["origin"] == self.lane[0]) & (net.lanes["destination"] == self.lane[1])).to_numpy()
        if self.kind == "port":
            return net.lanes["via"].map(lambda via: self.name in [p.strip() for p in via.split(";")]).to_numpy(bool)
        return np.zeros(len(net.lanes), bool)

    def recipes(self, case: Case, net: Network) -> np.ndarray:
        """Recipes that make nothing without it: those of a line whose product passes the station, where no other stands beside it."""
        if self.kind != "machine":
            return np.zeros(len(net.recipes), bool)
        line, station = self.station
        rows = case["stations"][case["stations"]["line"] == line].set_index("station")
        if (rows["position"] == rows["position"][station]).sum() > 1:
            return np.zeros(len(net.recipes), bool)
        routes = case["routings"][case["routings"]["line"] == line]
        around = set(routes["product"]) - set(routes.loc[routes["station"] == station, "product"])
        return ((net.recipes["line"] == line) & ~net.recipes["product"].isin(around)).to_numpy(bool)

    def spend(self, plan: Plan) -> float:
        """Value of the mean flow that leaves the target in a year: to other sites and to customers [money/year]."""
        net, year = plan.net, 365.0 / plan.case.settings["period_days"]
        leaves = net.lanes["origin"].isin(self.sites) & ~net.lanes["destination"].isin(self.sites)
        sold = net.markets["site"].isin(self.sites).to_numpy()
        moved = plan.flows.lane * product_values(plan, net.lanes["product"])
        bought = plan.flows.market * product_values(plan, net.markets["product"])
        if self.kind == "machine":  # what its line makes, where that leaves
            made = net.recipes.loc[net.recipes["line"] == self.station[0], ["site", "product"]].rename(columns={"site": "origin"})
            out = net.lanes[["origin", "product"]].apply(tuple, axis=1).isin(made.apply(tuple, axis=1))
            here = net.markets[["site", "product"]].apply(tuple, axis=1).isin(made.apply(tuple, axis=1))
            return float(year * (moved[out.to_numpy(bool)].sum() + bought[here.to_numpy(bool)].sum()))
        out = self.lanes(net) if self.kind in ("lane", "port") else leaves.to_numpy()
        return float(year * (moved[out].sum() + bought[sold].sum()))


def usual_start(case: Case) -> int:
    """First period of an outage if nobody says: a sixth of the run is over, and the warm-up [period]."""
    return max(int(case.settings["warm_up"]), int(case.settings["periods"]) // SETTLED)


def time_of(case: Case, target: Target) -> float | None:
    """Time to recover of a target, of a company or a country the longest of its sites [periods]; None if the case has none."""
    sites = case["sites"]
    times = sites.loc[sites["site"].isin(target.sites), "time_to_recover"].dropna()
    return float(times.max()) if len(times) else None


def used_targets(case: Case) -> dict[str, list[Target]]:
    """Targets of a case by kind; those through which nothing flows are left out.

    Parameters
    ----------
    case
        Any case; of one with problems flows are not known, and nothing is left out.
    """
    return case.derived(_used_targets)


def _used_targets(case: Case) -> dict[str, list[Target]]:
    sites, lanes, sound = case["sites"], case["lanes"], not case.derived(check_case)
    net = case.derived(network_of) if sound else None
    tier = dict(zip(net.sites["site"], tiers_of(net).tolist(), strict=True)) if sound else {}
    country = dict(zip(sites["site"], sites["country"], strict=True))
    flows = case.derived(all_flows) if sound else None
    stocks = net.stocks[flows.stock > 0] if sound else case["stocks"]
    lanes = net.lanes[flows.lane > 0] if sound else lanes
    keepers, all_keepers = set(stocks["site"]), set(case["stocks"]["site"])
    company, kind = (dict(zip(sites["site"], sites[column], strict=True)) for column in ("company", "kind"))
    alone = [Target(s, "site", (s,), tier=tier.get(s), country=country[s], company=company[s]) for s in sites["site"] if s in keepers]
    passed = {p.strip() for via in lanes["via"] for p in via.split(";")}
    ports = sites["site"][(sites["kind"] == "port") & sites["site"].isin(passed)]
    at = {line: site for line, site in zip(case["recipes"]["line"], case["recipes"]["site"], strict=True) if line}
    places, firms = (list(dict.fromkeys(w for t in alone if (w := getattr(t, name)))) for name in ("country", "company"))
    return {
        "sites": alone,
        "suppliers": [t for t in alone if kind[t.name] == "supplier"],
        "companies": [
            Target(c, "company", tuple(s for s in company if s in all_keepers and company[s] == c), company=c) for c in firms
        ],
        "lanes": [
            Target(f"{a} to {b}", "lane", (), (a, b), tier=tier.get(a), country=country.get(a, ""))
            for a, b in dict.fromkeys(zip(lanes["origin"], lanes["destination"], strict=True))
        ],
        "countries": [
            Target(c, "country", tuple(s for s in country if s in all_keepers and country[s] == c), country=c)
            for c in places  # with the sites through which nothing flows: they cannot help either
        ],
        "ports": [Target(p, "port", (p,), country=country[p]) for p in ports],
        "machines": [
            Target(f"{station} of {line}", "machine", station=(line, station), tier=tier.get(at[line]), country=country.get(at[line], ""))
            for line, station in zip(case["stations"]["line"], case["stations"]["station"], strict=True) if line in at
        ],
    }  # fmt: skip


def targets_of(case: Case, what: Any, duration: float | None) -> tuple[list[Target], list[Problem]]:
    """The targets that were asked for, each with the time that it is out, and all problems.

    Parameters
    ----------
    case
        Any case; what is wrong with its tables is among the problems.
    what
        One of :data:`KINDS`, or names: of sites, ports, companies and countries, ("origin",
        "destination") of lanes.
    duration
        Time that each is out [periods]; None for its time to recover, of a company or a country
        for the longest of its sites.
    """
    problems = list(case.derived(check_case))
    found = used_targets(case)
    if isinstance(what, str) and what in found:
        chosen = found[what]
        if not chosen and not problems:
            says = f"the case has no {what} through which anything flows"
            problems.append(Problem(WHERE, None, "what", "", says, f"Choose one of {listed(KINDS)}."))
    else:
        chosen, unknown = _named(found, what)
        problems += unknown
    if duration is not None:
        if is_number(duration, 0) and duration:
            return [_lasting(t, float(duration)) for t in chosen], problems
        return chosen, [*problems, Problem(WHERE, None, "duration", shown(duration), "must be a number of periods above 0",
                                           "Leave it out to take the time to recover of every site.")]  # fmt: skip
    missing = _without_time(case, chosen, {t.name for kind in ("sites", "ports") for t in found[kind]})
    time = case["sites"].set_index("site")["time_to_recover"]
    lasting = [_lasting(t, time[list(t.sites)].max()) for t in chosen]  # of those that have one
    return lasting, problems + missing


def _lasting(target: Target, periods: float) -> Target:
    return Target(**{**vars(target), "periods": float(periods)})


def _named(found: Mapping[str, list[Target]], what: Any) -> tuple[list[Target], list[Problem]]:
    """Targets by name; a name that two have is that of the site."""
    known: dict[Any, Target] = {}
    for kind in ("machines", "lanes", "countries", "companies", "ports", "sites"):
        known |= {t.name: t for t in found[kind]} | {t.lane: t for t in found[kind] if t.lane[0]}
    names = [what] if isinstance(what, str) else list(what) if isinstance(what, Iterable) else [what]
    names = [tuple(n) if isinstance(n, list) else n for n in names]
    words = [n for n in known if isinstance(n, str)]
    problems = [] if names else [Problem(WHERE, None, "what", "", "there are no targets", "Name one at least.")]
    for name in dict.fromkeys(map(_word, (n for n in names if not _is_known(n, known)))):
        says = "is no site, company, lane, country, port or station of the case through which anything flows"
        hint = did_you_mean(name, [*words, *KINDS], f"Or choose all of a kind: {listed(KINDS)}.")
        problems.append(Problem(WHERE, None, "what", name, says, hint))
    return list(dict.fromkeys(known[n] for n in names if _is_known(n, known))), problems


def _is_known(name: Any, known: Mapping[Any, Target]) -> bool:
    return isinstance(name, str | tuple) and name in known


def _word(name: Any) -> str:
    return " to ".join(map(str, name)) if isinstance(name, tuple) else shown(name)


def _without_time(case: Case, chosen: list[Target], used: set[str]) -> list[Problem]:
    """Targets that have no time to recover; of a company or a country, only sites that are used need one."""
    sites = case["sites"]
    wanted = {s for t in chosen for s in t.sites} & used
    hits = np.flatnonzero(sites["site"].isin(wanted) & sites["time_to_recover"].isna())
    hint = "Fill in the cell, or give a duration for all."
    problems = counted(
        hits,
        lambda i: Problem("sites", i + FIRST_ROW, "time_to_recover", sites["site"][i], "has no time to recover", hint),
        lambda i: i + FIRST_ROW,
    )
    if any(not t.sites for t in chosen):
        says = f"{'machines' if chosen[-1].kind == 'machine' else 'lanes'} have no time to recover"
        problems.append(Problem(WHERE, None, "duration", "", says, "Say how long each of them is out: give a duration."))
    return problems


def tiers_table(targets: Iterable[Target]) -> pd.Series:
    """Tiers of targets, empty where a target has none."""
    return pd.Series([t.tier if t.tier is not None else pd.NA for t in targets], dtype="Int64")
