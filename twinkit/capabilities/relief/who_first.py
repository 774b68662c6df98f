"""Who gets help first: vehicles bring kits from depots to places in need, by one rule after the other, on the same luck.

A world draws how many people are in need, which roads are cut and when they open again; all rules see the same world, which
:mod:`twinkit.capabilities.relief.vehicles` plays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.relief.sharing import gini
from twinkit.capabilities.relief.vehicles import RULES, Cash, Gift, Task, World, trips
from twinkit.capabilities.relief.waiting import FUNCTIONS, Deprivation
from twinkit.chain.plan import plan_of
from twinkit.chain.start import due_period
from twinkit.run.engines import one_by_one
from twinkit.run.kpis import opening_units
from twinkit.run.public import Result, study
from twinkit.run.statistics import Interval, mean_interval, median_interval, share_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.checks import require_sound
from twinkit.tables.problems import Problem, did_you_mean, refuse
from twinkit.words import amount, counted, digits, listed, sure

STEP = 6.0
"""Hours between two points of a curve."""
COVERED = 0.9
"""Share of all people in need from which they count as reached."""


FIGURES = {
    "early": ("share", "people who have a kit by then, of all in need"), "covered": ("share", "people who have a kit at the end, of all in need"),
    "worst": ("share", "the same in the place that is worst off"),
    "gini": ("-", "Gini index of these shares, each place weighted by its people: 0 = all alike"),
    "waited": ("hours", "mean time without a kit, of all people in need; who has none at the end has waited until then"),
    "suffering": ("money", "deprivation cost of all people: an estimate of economists, no price that anybody pays"),
    "logistics": ("money", "vehicles under way, to their return"),
    "paid": ("money", "cash that people get instead of a kit"),
    "perished": ("kits", "kits that became too old at a depot"),
}  # fmt: skip
"""Figure of a rule → its unit and what it is; "by then" is :attr:`WhoFirst.after`."""


@dataclass(frozen=True, eq=False, repr=False)
class WhoFirst(Result):
    """Rules side by side.

    Attributes
    ----------
    case, task
        What was looked at.
    today
        Rule that the others are compared with.
    after
        When coverage is looked at [h].
    hours
        Points of the curves [h].
    curves
        Rule → share of all people in need who have a kit, shape (points, worlds).
    figures
        Rule → figure of :data:`FIGURES` → by world.
    first
        Rule → hour of the first delivery, shape (places, worlds); infinite where none came.
    reached
        Rule → hour at which nine of ten people had a kit, by world; infinite where that was not so by the end.
    places
        Rule → share with a kit by then, shape (places, worlds).
    more
        What was added (a vehicle, kits) at a depot → figures with the rule of today.
    """

    case: Case
    task: Task
    today: str
    after: float
    hours: np.ndarray
    curves: dict[str, np.ndarray]
    figures: dict[str, dict[str, np.ndarray]]
    first: dict[str, np.ndarray]
    reached: dict[str, np.ndarray]
    places: dict[str, np.ndarray]
    more: dict[str, dict[str, np.ndarray]]

    def unit(self, figure: str) -> str:
        """Unit of a figure in the words of the case."""
        return FIGURES[figure][0].replace("money", str(self.case.settings["currency"]))

    def shown(self) -> list[str]:
        """Figures that there is something to say about: no cash where none is paid, nothing perished where nothing perishes."""
        rare = ("paid", "perished")
        return [f for f in FIGURES if f not in rare or any(values[f].any() for values in (*self.figures.values(), *self.more.values()))]

    def difference(self, rule: str, figure: str) -> Interval:
        """A rule less that of today, paired by world: the mean and its 95 % interval."""
        return mean_interval(self.figures[rule][figure] - self.figures[self.today][figure])

    def best(self, figure: str) -> str:
        """Rule with the least of a figure on the mean."""
        return min(self.figures, key=lambda rule: float(self.figures[rule][figure].mean()))

    def table(self) -> pd.DataFrame:
        """A row for each rule: its figures as means with 95 % intervals, and when nine of ten people are reached."""
        rows = []
        for rule, figures in self.figures.items():
            row: dict[str, object] = {"rule": rule, "means": RULES[rule][0]}
            for name, values in figures.items():
                row[name], row[f"{name}_low"], row[f"{name}_high"] = mean_interval(values, within=(0.0, 1.0) if FIGURES[name][0] in ("share", "-") else None)
            row["reached"], row["reached_low"], row["reached_high"] = median_interval(self.reached[rule])
            for name in ("early", "worst", "waited"):
                row[f"{name}_more"], row[f"{name}_more_low"], row[f"{name}_more_high"] = self.difference(rule, name) if rule != self.today else (math.nan,) * 3
            rows.append(row)
        return pd.DataFrame(rows)

    def by_place(self, rule: str, other: str) -> pd.DataFrame:
        """A row for each place under a rule: people, hour of the first delivery (median; infinite if censored), share with a kit by then, and the same under another rule."""
        people = self.case["in_need"].set_index("place")["people"]
        rows = []
        for i, place in enumerate(self.task.places):
            none = int(np.isinf(self.first[rule][i]).sum())
            rows.append({"place": place, "people": float(people[place]), **dict(zip(("first", "first_low", "first_high"), median_interval(self.first[rule][i]), strict=True)),
                         **dict(zip(("share", "share_low", "share_high"), mean_interval(self.places[rule][i], within=(0.0, 1.0)), strict=True)),
                         **dict(zip(("other", "other_low", "other_high"), mean_interval(self.places[other][i], within=(0.0, 1.0)), strict=True)),
                         **dict(zip(("never", "never_low", "never_high"), share_interval(none, self.first[rule].shape[1]), strict=True))})  # fmt: skip
        return pd.DataFrame(rows)

    def what_helps(self) -> pd.DataFrame:
        """A row for each addition at a depot, with the rule of today: what it changes, paired by world, the most first."""
        rows = []
        for name, figures in self.more.items():
            row: dict[str, object] = {"more": name}
            changed = {key: figures[key] - self.figures[self.today][key] for key in FIGURES}
            changed["spent"] = changed["logistics"] + changed["paid"]
            for key in ("early", "worst", "waited", "spent"):
                row[key], row[f"{key}_low"], row[f"{key}_high"] = mean_interval(changed[key])
            rows.append(row)
        return pd.DataFrame(rows).sort_values("waited", kind="stable", ignore_index=True) if rows else pd.DataFrame()

    def headline(self) -> str:
        """What was compared."""
        return f"Who gets help first: {counted(len(self.task.places), 'place')}, {counted(len(self.task.depots), 'depot')}, {len(self.figures)} rules; .table(), .by_place(rule, other), .what_helps()"

    def sentences(self) -> list[str]:
        """What a coordinator can say at the morning meeting."""
        now = self.figures[self.today]
        early = sure(mean_interval(now["early"], within=(0.0, 1.0)), "share")
        said = [f"As things go today, {early} of the people in need have a kit after {digits(self.after)} hours, and {sure(mean_interval(now['worst'], within=(0.0, 1.0)), 'share')} in the place that is worst off.",
                f"Today a vehicle goes to {RULES[self.today][0]} ({self.today})."]  # fmt: skip
        for figure, words in (("waited", "People wait least"), ("gini", "Help is spread most evenly")):
            best = self.best(figure)
            gap = self.difference(best, figure)
            if best == self.today or not gap.high < 0:
                said.append(f"{words} as things go today." if best == self.today else f"No rule is clearly better than today's: {words.lower()} with “{best}”, but that may be luck.")
                continue
            unit = self.unit(figure)
            less = f"{sure((-gap.value, -gap.high, -gap.low), unit)} less than today" if unit != "-" else f"Gini index {digits(self.figures[best][figure].mean(), 2)} instead of {digits(now[figure].mean(), 2)}"
            said.append(f"{words} with “{best}” ({RULES[best][0]}): {less}.")
        times = {rule: median_interval(hours) for rule, hours in self.reached.items()}
        soonest = min(times, key=lambda rule: times[rule].value)
        if math.isfinite(times[soonest].value):
            own = times[self.today].value
            than = "" if soonest == self.today else f"; today {f'after {digits(own)}' if math.isfinite(own) else f'not within {digits(self.task.horizon)}'} hours"
            said.append(f"Nine of ten people have a kit after {digits(times[soonest].value)} hours with “{soonest}” (in half of the worlds sooner){than}.")
        if self.more:
            top = self.what_helps().iloc[0]
            if top["waited_high"] < 0:
                said.append(f"What helps most is {top['more']}: {sure((-top['waited'], -top['waited_high'], -top['waited_low']), 'hours')} less waiting for everybody in need, on the mean.")
        if now["perished"].any():
            said.append(f"{sure(mean_interval(now['perished']), 'kits')} become too old at a depot, as things go today.")
        never = [p for i, p in enumerate(self.task.places) if np.isinf(self.first[self.today][i]).mean() > 0.5]
        if never:
            said.append(f"Nothing reaches {listed(never)} in {digits(self.task.horizon)} hours in most worlds.")
        return said


def kits_of(case: Case) -> list[str]:
    """Products that depots keep: each may be what a kit is."""
    stocks = case["stocks"]
    return list(dict.fromkeys(stocks.loc[stocks["site"].isin(case["fleets"]["depot"]), "product"]))


def task_of(case: Case, horizon: float, deprivation: Deprivation, product: str) -> Task:
    """The tables of a case as arrays; kits are the stock of a product at a depot, and what of it is on its way and due there.

    Cash is in it (:func:`cash_of`) only if it is put there; gifts are.
    """
    needs, fleets, roads = case["in_need"], case["fleets"], case["roads"]
    places, depots = needs["place"].tolist(), fleets["depot"].tolist()
    hours = np.full((len(depots), len(places)), np.inf)
    for row in roads.itertuples(index=False):
        hours[depots.index(row.depot), places.index(row.place)] = row.hours
    plan = plan_of(case)
    held = opening_units(plan)
    arrivals = [(0.0, i, float(held.get((d, product), 0.0))) for i, d in enumerate(depots)]
    day = 24.0 * float(case.settings["period_days"])
    orders = case["open_orders"]
    coming = orders[orders["kind"].isin(["shipment", "purchase_order"]) & orders["destination"].isin(depots) & (orders["product"] == product)]
    arrivals += [(float(due_period(plan, row) or 0) * day, depots.index(row["destination"]), float(row["units"])) for _, row in coming.iterrows()]
    onward = np.full((len(places), len(places)), np.inf) if len(case["byroads"]) else None
    for row in case["byroads"].itertuples(index=False):
        a, b = places.index(row.place), places.index(row.other)
        onward[a, b] = onward[b, a] = row.hours
    stocks = case["stocks"]
    lives = stocks[stocks["product"] == product].set_index("site")["shelf_life"]
    keeps = np.array([float(lives.get(d, math.nan)) for d in depots]) * day
    gifts = tuple(Gift(g.arrives, depots.index(g.depot), g.units * g.useful, g.sorting) for g in case["gifts"].itertuples(index=False))
    return Task(
        places, depots, hours, needs["known"].to_numpy(float), needs["priority"].to_numpy(float), fleets["vehicles"].to_numpy(float), fleets["load"].to_numpy(float),
        fleets["unloading"].to_numpy(float), fleets["cost"].to_numpy(float), arrivals, horizon, deprivation,
        onward, np.where(np.isnan(keeps), np.inf, keeps), gifts,
    )  # fmt: skip


def cash_of(case: Case) -> Cash | None:
    """What cash may do in a case; None where it serves nobody."""
    needs = case["in_need"]
    share, paid, each = (needs[c].to_numpy(float) for c in ("cash_share", "cash_from", "cash_each"))
    return Cash(share, paid, each) if (share > 0).any() else None


def worlds_of(case: Case, task: Task, worlds: int, seed: int) -> list[World]:
    """Worlds: people in need (normal, at least 0), roads that are cut and the hour at which they open (exponential)."""
    needs, roads, byroads, found = case["in_need"], case["roads"], case["byroads"], []
    between = [(task.places.index(r.place), task.places.index(r.other)) for r in byroads.itertuples(index=False)]
    at = [(task.depots.index(r.depot), task.places.index(r.place)) for r in roads.itertuples(index=False)]
    for r in range(worlds):
        luck = np.random.default_rng(np.random.SeedSequence([seed, r, 47]))
        people = np.round(np.maximum(needs["people"].to_numpy(float) * (1 + needs["people_spread"].to_numpy(float) * luck.standard_normal(len(needs))), 0.0))
        cut, wait = luck.random(len(roads)) < roads["cut_share"].to_numpy(float), luck.exponential(1.0, len(roads)) * roads["reopens"].to_numpy(float)
        opens = np.full(task.hours.shape, np.inf)
        for i, pair in enumerate(at):
            opens[pair] = wait[i] if cut[i] else 0.0
        onward = None if task.onward is None else np.full(task.onward.shape, np.inf)
        cut, wait = luck.random(len(byroads)) < byroads["cut_share"].to_numpy(float), luck.exponential(1.0, len(byroads)) * byroads["reopens"].to_numpy(float)
        for i, (a, b) in enumerate(between):
            onward[a, b] = onward[b, a] = wait[i] if cut[i] else 0.0
        found.append(World(people, opens, onward))
    return found


def _measured(task: Task, found: Sequence[World], rule: str, hours: np.ndarray, after: float) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Curve, figures, first deliveries, hour of nine in ten, and shares by place, of a rule in all worlds."""
    n = len(task.places)
    curve, first = np.zeros((len(hours), len(found))), np.full((n, len(found)), np.inf)
    reached, shares = np.full(len(found), np.inf), np.zeros((n, len(found)))
    figures = {name: np.zeros(len(found)) for name in FIGURES}
    for r, world in enumerate(found):
        got, all_people = trips(task, world, rule), max(float(world.people.sum()), 1e-12)
        order = np.argsort(got.at, kind="stable")
        total = np.cumsum(got.kits[order])
        curve[:, r] = np.concatenate([[0.0], total])[np.searchsorted(got.at[order], hours, side="right")] / all_people
        np.minimum.at(first[:, r], got.place, got.at)
        enough = np.flatnonzero(total >= COVERED * all_people - 1e-9)
        reached[r] = got.at[order][enough[0]] if len(enough) else np.inf
        early = got.at <= after
        by_place = np.bincount(got.place[early], got.kits[early], minlength=n)
        shares[:, r] = np.divide(by_place, world.people, out=np.ones(n), where=world.people > 0)
        here = world.people > 0
        without = all_people - float(got.kits.sum())
        figures["early"][r], figures["covered"][r] = got.kits[early].sum() / all_people, got.kits.sum() / all_people
        figures["worst"][r] = shares[here, r].min() if here.any() else 1.0
        figures["gini"][r] = gini(shares[:, r], world.people)
        figures["waited"][r] = (float(got.kits @ got.at) + without * task.horizon) / all_people
        figures["suffering"][r] = float(got.kits @ task.deprivation.cost(got.at)) + without * float(task.deprivation.cost(task.horizon))
        figures["logistics"][r] = float(got.driven @ task.cost)
        figures["paid"][r], figures["perished"][r] = got.paid, got.perished
    return curve, figures, first, reached, shares


def require_relief(case: Case, product: str, wrong: Sequence[Problem] = ()) -> str:
    """The product that kits are; raise what is wrong with a case of relief, and what else is `wrong` already.

    Raises
    ------
    CaseError
        If one of the tables has no rows, it is not sound, or the product is not kept or must be said.
    """
    found = [Problem(t, None, "", "", "the table has no rows", f"{hint}; the case 'cyclone' is an example.") for t, hint in (
        ("in_need", "Write a row for each place: place, people"), ("fleets", "Write a row for each depot: depot, vehicles, load"),
        ("roads", "Write a row for each way: depot, place, hours")) if not len(case[t])]  # fmt: skip
    found, products = [*found, *wrong], kits_of(case)
    if not found and (product not in products if product else len(products) > 1):
        says = "is kept at no depot" if product else "must be said, as depots keep several products: a kit is one of them"
        found.append(Problem("relief", None, "product", product, says, did_you_mean(product, products, f"They keep {listed(products)}.")))
    refuse(found)
    require_sound(case)
    return product or next(iter(products), "")


@partial(study, limits={"days": (0.25, 60), "after": (0.0, 1440), "worlds": (2, 10_000), "kits": (0, 1e9)})
def who_gets_help_first(
    case: CaseLike, days: float = 5.0, after: float = 72.0, today: str = "in turn", deprivation: str = "f2016", kits: float = 500.0, product: str = "",
    cash: bool = False, worlds: int = 64, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> WhoFirst:  # fmt: skip
    """Compare rules by which help is sent from depots to places in need, on the same luck.

    Parameters
    ----------
    case
        A case with the tables `in_need`, `fleets` and `roads`; kits are the stock of a product at the depots, and shipments and purchase orders of it that are open
        and due there.
    days
        That are looked at [days].
    after
        When coverage is looked at; at the end where that is sooner [hours].
    today
        Rule that is followed today, one of :data:`RULES`: the others are compared with it.
    deprivation
        Published function of what waiting costs a person, one of :data:`~twinkit.capabilities.relief.waiting.FUNCTIONS`.
    kits
        Kits more at a depot, as one of the things that might help; a vehicle more is another.
    product
        Which product the kits are; it need not be said where depots keep one alone.
    cash
        Whether those whom it serves (`in_need.cash_share`) get cash today; where not, it is one of the things that might help.
    worlds, seed
        Of the comparison.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If one of the tables has no rows, or an argument cannot be.

    Examples
    --------
    >>> import twinkit
    >>> found = twinkit.who_gets_help_first("cyclone", days=2, worlds=8)
    >>> found.task.depots
    ['Coast store', 'Inland store']
    """
    wrong = []
    for name, value, known in (("today", today, RULES), ("deprivation", deprivation, FUNCTIONS)):
        if value not in known:
            wrong.append(Problem("relief", None, name, str(value), "is not known", did_you_mean(str(value), list(known), f"Known: {', '.join(known)}.")))
    product = require_relief(case, product, wrong)
    seed = int(case.settings["seed"] if seed is None else seed)
    task = task_of(case, 24.0 * days, FUNCTIONS[deprivation], product)
    money = cash_of(case)
    if cash:
        task = replace(task, cash=money)
    after = min(after, task.horizon)
    found, hours = worlds_of(case, task, worlds, seed), np.arange(0.0, task.horizon + 1e-9, STEP)
    additions = {f"a vehicle more at {d}": replace(task, vehicles=task.vehicles + (np.arange(len(task.depots)) == i)) for i, d in enumerate(task.depots)}
    additions |= {f"{amount(kits)} kits more at {d}": replace(task, arrivals=[*task.arrivals, (0.0, i, kits)]) for i, d in enumerate(task.depots) if kits >= 1}
    if money is not None and not cash:
        additions["cash for those whom it serves"] = replace(task, cash=money)
    if task.gifts:
        additions["no gifts that nobody asked for"] = replace(task, gifts=())
    measured, helped = {}, {}
    for name, what in one_by_one([*((rule, task) for rule in RULES), *additions.items()], progress, cancel):
        result = _measured(what, found, name if name in RULES else today, hours, after)
        if name in RULES:
            measured[name] = result
        else:
            helped[name] = result[1]
    parts = [{rule: result[i] for rule, result in measured.items()} for i in range(5)]
    answer = WhoFirst(case, task, today, after, hours, *parts, helped)
    return remembered(answer, "who_gets_help_first", case=case, days=days, after=after, today=today, deprivation=deprivation, kits=kits, product=product, cash=cash, worlds=worlds, seed=seed)
