"""The linear programmes of an outage, made of a case: what even the best response loses.

Stocks (site, product) are the nodes; lanes, recipes and sales are what moves goods.  A line of
a bill of materials that names a substitute in use is met by the one or the other.

**Why a simulated chain can only be worse.**  Take the worlds of a study, and the periods
from the first to the last of an outage.  Add up over these periods, and average over the
worlds: units sent on every lane, units started of every recipe, units served at once in
every market.  These means keep every row of the programme:

- Goods are conserved: what left a stock was there when the outage began, or came in since.
  What came in was on the way or in work when it began (both are counted as stock here), or
  was sent or started since (the programme lets all of that arrive in time).
- Every period keeps the capacity of lanes, recipes and sites, so t periods keep t times it.
- Of what is sold the programme has the share that customers send back at once, the chain later.
- A site that is out starts nothing and sends nothing; a lane that is out carries nothing.
- Units not served at once are at least demand less units served; of these the share
  `lost_share` is lost at once, and that share of the margin is the price of the programme.

All rows are linear, so means of worlds keep them with the means of stock and of demand,
and the cost of this point is the mean margin lost in these periods.  The programme takes
the cheapest such point; it also knows the future, has no policy and no lead time.  Hence

    mean margin lost in the worlds with the outage  >=  lost profit of the programme

with stock and demand **of the same worlds**, exactly and not up to an interval.  A study
shows the margin lost against the same worlds without the outage: add what those lose
without it, and the sentence holds.

The programme over periods (:mod:`twinkit.inventory.time_expanded`) runs from the first period
of the outage to the last of the run, and the same holds for it: what was on the way comes when
it came in the worlds, and what is sent takes the least time that it took in any of them, so
the mean of the worlds keeps its rows too.

Two footnotes: in whole units a yield below 1 is drawn by chance, so there it holds up to
the luck of these draws; a market with a rule of one's own may ask for something else during
an outage, and nothing is said of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.chain.chain import Chain
from twinkit.chain.chance import uniforms
from twinkit.chain.layout import LN, LP, MK, MP, RP, SP, ST, SZ, UNLIMITED, World
from twinkit.chain.plan import Plan
from twinkit.chain.records import market_history, row_names
from twinkit.chain.serving import periods_at
from twinkit.inventory.supply_network import Flow, Sale, SupplyNetwork
from twinkit.inventory.time_expanded import MOST_STRETCHES, TimeExpanded
from twinkit.run.engines import engine_of, results
from twinkit.run.ensemble import Task, planned_tasks, plans_of
from twinkit.run.kpis import lost_margin
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client

CALM = "nothing is out"
"""Name of the scenario without an outage."""
MOST_UNITS = 200
"""Units for which the rounding of lost units is worked out; beyond, it hardly matters."""
MOST_COLUMNS = 20_000
"""Flows and stocks times stretches of the programme over periods, for its time to be of seconds."""
FEWEST_STRETCHES = 8


@dataclass(frozen=True)
class Standing:
    """What worlds without an outage hold when one would begin, and what customers ask from then on.

    Attributes
    ----------
    plan
        The case made ready.
    first, worlds
        Number of the first world, and how many there are.
    start
        First period of the outage.
    on_hand
        Units of every stock, sums over the worlds [units]; infinite for unlimited ones.
    coming
        Units on the way to it and good units in work, by period of their arrival, sums over the worlds,
        shape (stocks, periods from the start) [units].
    asked
        Demand of every market in the periods since, sums over the worlds [units/period].
    least_leads
        Least time that goods take in any world, of every lane and then of every recipe, by period
        in which they leave [periods].
    """

    plan: Plan
    first: int
    worlds: int
    start: int
    on_hand: np.ndarray
    coming: np.ndarray
    asked: np.ndarray
    least_leads: np.ndarray

    def demand(self, periods: int) -> np.ndarray:
        """Mean demand of every market in so many periods since the start [units/period]."""
        return self.asked[:, :periods].sum(axis=1) / (self.worlds * max(periods, 1))

    @cached_property
    def network(self) -> SupplyNetwork:
        """The network with the mean stock of the worlds; what is on the way counts as stock."""
        return self._network(self.on_hand + self.coming.sum(axis=1))

    @cached_property
    def over_periods(self) -> TimeExpanded:
        """The programme over periods, with what is on the way coming when it comes."""
        network, names = self._network(self.on_hand), row_names(self.plan, "stocks")
        coming = {name: units / self.worlds for name, units in zip(names, self.coming, strict=True) if units.any()}
        leads = dict(zip((f.name for f in network.flows), self.least_leads, strict=False))
        most = MOST_COLUMNS // max(len(network.flows) + len(network.stocks), 1)
        stretches = min(max(most, FEWEST_STRETCHES), MOST_STRETCHES)
        return TimeExpanded(network, self.asked / self.worlds, coming, leads, most=stretches)

    def _network(self, units: np.ndarray) -> SupplyNetwork:
        stock = np.maximum(units, 0.0)  # where all was used, rounding may leave less than nothing
        return supply_network(self.plan, stock / self.worlds)


def standing_of_batch(task: Task, start: int, chain: Mapping[str, Any]) -> Standing:
    """Run one batch up to an outage that does not happen, and note what is asked after it."""
    plan = task.plan
    run = Chain(plan, task.replications, seed=task.seed, first=task.first,
                record=[market_history(plan, "demand", "asked")], **chain).run(start)  # fmt: skip
    w = run.world
    coming, leads = _coming(plan, w, start), _least_leads(plan, w, start)
    endless = plan.stock_n[SP.policy] == UNLIMITED
    on_hand = np.where(endless, np.inf, w.stock[ST.on_hand].sum(axis=1))
    asked = run.run().history("demand")[:, start:].sum(axis=2)
    return Standing(plan, task.first, task.replications, start, on_hand, coming, asked, leads)


def _coming(plan: Plan, w: World, start: int) -> np.ndarray:
    """Units that come in whatever is done, by stock and period since the start, sums over the worlds."""
    net, periods = plan.net, plan.periods - start
    found = np.zeros((len(net.stocks), periods + 1))  # what comes after the end does not count

    every = np.arange(w.lane.shape[2])

    def add(stock: int, first: int, length: int, ring: np.ndarray, now: np.ndarray, share: float) -> None:
        for ahead in range(length):
            found[stock, min(ahead, periods)] += share * ring[first + (now + ahead) % length, every].sum()

    clock = w.clock if w.pause.shape[0] else np.full_like(w.clock, start)
    for lane, (first, length) in enumerate(w.pipe_at.tolist()):
        add(net.lane_destination[lane], first, length, w.pipe, clock[lane], 1.0)
    np.add.at(found[:, 0], net.lane_destination, (w.lane[LN.at_door] + w.lane[LN.held]).sum(axis=1))
    plants = plan.calendars.numbers(net.sites["calendar"])[net.recipe_site]
    times = np.where(plants > 0, plan.calendars.clock[start, plants], start)  # work stands still where its site is closed
    for recipe, (first, length) in enumerate(w.work_at.tolist()):
        now = np.full(len(every), times[recipe])
        share = float(plan.recipe_n[RP.yield_rate, recipe])
        add(net.recipe_stock[recipe], first, length, w.work, now, share)
        for by in np.flatnonzero(net.out_recipe == recipe):
            add(net.out_stock[by], first, length, w.work, now, float(net.out_qty[by]))
    for market in np.flatnonzero(w.back_at[:, 1]):
        fit, row = plan.market_n[MP.resold_share, market], net.market_stock[market]
        add(row, *w.back_at[market].tolist(), w.back, np.full(len(every), start), fit)
        found[row, 0] += (w.market[MK.to_return, market] * fit + w.market[MK.to_resell, market]).sum()
    return found[:, :periods]


def _least_leads(plan: Plan, w: World, start: int) -> np.ndarray:
    """Least time on each lane and in each recipe over the worlds, by period since the start [periods]."""
    n, periods = plan.lane_n, plan.periods - start
    mean, quick = (np.floor(n[c] + 0.5) for c in (LP.lead_time, LP.expedite_lead_time))
    leads = np.repeat(mean[:, None], periods, axis=1)
    draws = np.zeros(w.lane.shape[2])
    for lane in np.flatnonzero(w.lead_at[:, 1]):
        first, length = w.lead_at[lane]
        for t in range(periods):  # a lower chance is never a longer time
            uniforms(w.lead_key[lane], start + t, w.size[SZ.first], draws)
            leads[lane, t] = periods_at(w.lead_table[first : first + length], draws.min())
    leads = np.where((n[LP.expedite] == 1.0)[:, None], np.minimum(leads, quick[:, None]), leads)
    leads = np.maximum(leads, n[LP.lead_floor][:, None])
    made = np.repeat(plan.recipe_n[RP.lead_time][:, None], periods, axis=1)
    return np.concatenate([leads, made]).astype(np.int64)


def standing(
    case: Case, replications: int, *, start: int, seed: int, workers: int = 2,
    client: Client | None = None, cancel: Event | None = None, tell: Callable[[], None] | None = None, **chain: Any,
) -> Standing:  # fmt: skip
    """What the worlds of a study hold when an outage begins.

    Parameters
    ----------
    case
        A checked case.
    replications, seed, workers, client, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    start
        First period of the outage.
    tell
        Called when a batch is done.
    """
    engine = engine_of(partial(standing_of_batch, start=start, chain=chain), workers, client)
    parts = []
    for part in results(engine, planned_tasks(engine, plans_of, case, [Scenario(CALM)], replications, seed, cancel), cancel):
        parts.append(part)
        if tell is not None:
            tell()
    parts.sort(key=lambda p: p.first)  # sums in the order of the worlds, so the last digit never changes
    return Standing(
        parts[0].plan, parts[0].first, sum(p.worlds for p in parts), start, sum(p.on_hand for p in parts),
        sum(p.coming for p in parts), sum(p.asked for p in parts), np.minimum.reduce([p.least_leads for p in parts]),
    )  # fmt: skip


def supply_network(plan: Plan, stock: np.ndarray) -> SupplyNetwork:
    """Stocks, lanes, recipes and markets of a plan, for the linear programmes.

    A lane is lost with the site that ships, a recipe and a sale with theirs.

    Parameters
    ----------
    plan
        The case made ready.
    stock
        Units of every stock [units]; infinite for one that is never short.
    """
    net, names = plan.net, row_names(plan, "stocks")
    held = dict(zip(names, map(float, stock), strict=True))
    most = plan.calendars.share.max(axis=0)  # with a second shift more goes than the stated capacity; never is less a bound
    site, lane = (most[plan.calendars.numbers(t["calendar"])] for t in (net.sites, net.lanes))
    flows = [
        Flow(name, {names[a]: 1.0}, {names[b]: 1.0}, float(capacity), site)
        for name, a, b, capacity, site in zip(
            row_names(plan, "lanes"), net.lane_origin, net.lane_destination, plan.lane_n[LP.capacity] * lane,
            net.lanes["origin"], strict=True,
        )
    ]  # fmt: skip
    outs: list[dict[str, float]] = [{} for _ in range(len(net.recipes))]
    for k, stock_row, units in zip(net.out_recipe, net.out_stock, net.out_qty, strict=True):
        outs[k][names[stock_row]] = float(units)
    recipe_names = row_names(plan, "recipes")
    bills, choices = _bills(plan, names, recipe_names, held)
    flows += [
        Flow(f"make {recipe_names[k]}", bills[k], {**outs[k], names[made]: float(plan.recipe_n[RP.yield_rate, k])},
             float(plan.recipe_n[RP.capacity, k] * site[net.recipe_site[k]]), net.recipes["site"][k], net.recipes["site"][k])
        for k, made in enumerate(net.recipe_stock)
    ]  # fmt: skip
    flows += choices
    price, asked = lost_margin(plan) * least_lost_shares(plan), plan.flows.market
    sales = [
        Sale(name, names[row], float(asked[m]), float(price[m]), net.markets["site"][m],
             kept=float(1.0 - plan.market_n[MP.returned_share, m] * plan.market_n[MP.resold_share, m]))
        for m, (name, row) in enumerate(zip(plan.market_names, net.market_stock, strict=True))
    ]
    rooms = net.sites.set_index("site")["capacity"].fillna(math.inf) * site
    return SupplyNetwork(held, flows, sales, rooms.to_dict())


def _bills(plan: Plan, names: list[str], recipe_names: list[str], held: dict[str, float]) -> tuple[list[dict[str, float]], list[Flow]]:
    """What one unit of every recipe takes, and the flows by which a component or its substitute meets a line.

    A line with a substitute gets an empty stock of its own in `held`, which either of the two fills.
    """
    net = plan.net
    bills: list[dict[str, float]] = [{} for _ in range(len(net.recipes))]
    choices: list[Flow] = []
    for k, part, units, other, ratio in zip(
        net.part_recipe, net.part_stock, net.part_qty, net.part_instead, net.part_ratio, strict=True
    ):
        if other < 0:
            bills[k][names[part]] = bills[k].get(names[part], 0.0) + float(units)
            continue
        line = f"{names[part]} or instead {names[other]} for {recipe_names[k]}"
        held[line], bills[k][line] = 0.0, float(units)
        choices += [Flow(f"{line}: usual", {names[part]: 1.0}, {line: 1.0}),
                    Flow(f"{line}: instead", {names[other]: float(ratio)}, {line: 1.0})]  # fmt: skip
    return bills, choices


def least_lost_shares(plan: Plan) -> np.ndarray:
    """Share of the units not served at once that is lost at least, by market.

    That is `lost_share`; in whole units what is lost is rounded in every period, and the
    least of the rounded shares counts.
    """
    share = plan.net.markets["lost_share"].to_numpy(float)
    units = np.arange(1, MOST_UNITS + 1)
    rounded = (np.floor(share[:, None] * units + 0.5) / units).min(axis=1)
    return np.where(plan.case.whole(plan.net.markets["product"]), rounded, share)
