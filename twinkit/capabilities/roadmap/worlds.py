"""A roadmap in many worlds: steps slip, fail, cost more, come into use slowly and bring what they bring, on the same luck for every order.

A world draws each assumption once.  What is run on the chain differs from year to year as well: in a world every year is one
of the runs, drawn with the chances of the risks.  Means and their intervals are taken where a world keeps its run for all
its years instead: the mean is the same, and worlds then share no run, so the interval is honest (:data:`STEADY`); what is said
of single worlds (payback, bands, in which worlds the plan fails) is taken where years differ (:data:`YEARLY`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from twinkit.capabilities.roadmap.adoption import adoption_path, unit_time
from twinkit.capabilities.roadmap.effects import CHAIN, EARNED, ChainRuns, Move
from twinkit.capabilities.roadmap.sequence import Step, names_in, trades_in
from twinkit.tables.case import Case

STEADY, YEARLY = "steady", "yearly"
YEAR = 12
"""Months of a year [months]."""


@dataclass(frozen=True)
class Planned(Step):
    """A step with what is not certain about it; see the table `steps`.

    Attributes
    ----------
    costs, gains
        Lowest, most likely and highest [money; money/month].
    running
        What it costs in a month once it is done [money/month].
    slip, slip_months, fail
        Chance to be done later, and by how much; chance to bring nothing.
    adoption, adoption_months
        As for :func:`~twinkit.capabilities.roadmap.adoption.adoption_path`.
    people, trades
        That work at it, in all and by trade; one team does where there is one team alone.
    work, learning
        Kind of work, and what each doubling of the steps of that kind leaves of its months and cost [share].
    """

    costs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gains: tuple[float, float, float] = (0.0, 0.0, 0.0)
    running: float = 0.0
    slip: float = 0.0
    slip_months: int = 0
    fail: float = 0.0
    adoption: str = "at once"
    adoption_months: int = 0
    people: int = 1
    trades: Mapping[str, int] = field(default_factory=dict)
    work: str = ""
    learning: float = 1.0


def planned_steps(case: Case) -> dict[str, Planned]:
    """The steps of a case's table; a gain that is run on the chain is 0 here."""
    found = {}
    for row in case["steps"].to_dict("records"):
        cost, gain = _three(row, "cost"), _three(row, "gain")
        found[row["step"]] = Planned(
            int(row["months"]), cost[1], gain[1], names_in(row["after"]), cost, gain, float(row["running_cost"]), float(row["slip"]),
            int(row["slip_months"]), float(row["fail"]), row["adoption"], int(row["adoption_months"]), int(row["people"]),
            trades_in(row["trades"]) or {}, row["work"], float(row["learning"]),
        )  # fmt: skip
    return found


def _three(row: Mapping, name: str) -> tuple[float, float, float]:
    most = float(np.nan_to_num(row[name]))
    low, high = (most if np.isnan(row[f"{name}_{end}"]) else float(row[f"{name}_{end}"]) for end in ("low", "high"))
    return low, most, high


def triangular(u: np.ndarray, low: float, most: float, high: float) -> np.ndarray:
    """Quantiles of the triangular distribution of a three-point estimate, at probabilities `u`."""
    if not high > low:
        return np.full(len(u), most)
    below = u * (high - low) < most - low
    return np.where(below, low + np.sqrt(u * (high - low) * (most - low)), high - np.sqrt((1.0 - u) * (high - low) * (high - most)))


@dataclass(frozen=True)
class Assumption:
    """Something that is not certain, by world.

    Attributes
    ----------
    name, step, what
        In words; of which step; "cost", "gain", "effect", "slip", "fail" or "risk".
    values
        What it is in each world; yes or no (bool), or a number, shape (worlds,).
    unit
        Of the number: "money" or "-".
    """

    name: str
    step: str
    what: str
    values: np.ndarray
    unit: str = "-"


@dataclass(frozen=True)
class Played:
    """A roadmap as it went.

    Attributes
    ----------
    flows
        Payments by month, shape (worlds, months + 1) [money].
    start, done
        Month in which work begins (counted from 0) and after which it is done, of the steps that were begun, shape (worlds,).
    begun, good
        Whether a step was begun, and whether it was and did not fail, shape (worlds,).
    in_use
        Share of a step in use by month, shape (worlds, months + 1).
    gained
        What a step brings beside its running cost, without what it does together with others, shape (worlds, months + 1) [money].
    cost
        What a step costs if it is begun, shape (worlds,) [money].
    """

    flows: np.ndarray
    start: dict[str, np.ndarray]
    done: dict[str, np.ndarray]
    begun: dict[str, np.ndarray]
    good: dict[str, np.ndarray]
    in_use: dict[str, np.ndarray]
    gained: dict[str, np.ndarray]
    cost: dict[str, np.ndarray]


@dataclass(frozen=True)
class Settled:
    """A step about which something is known already: when it began and was done, whether it failed, what it cost [months, money]; None = not known."""

    start: int | None = None
    done: int | None = None
    failed: bool = False
    cost: float | None = None


@dataclass
class Worlds:
    """The draws of all worlds, and what an order of steps comes to in them.

    Parameters
    ----------
    steps, moves
        Steps, and what they move.
    runs
        What they bring in the chain; None where no step moves it.
    count, seed
        How many worlds, and their luck; as many as there are runs.
    horizon, rate
        Months that count; interest [1/month].
    now, settled
        Month from which work is planned, and what is known of steps from before.
    scale
        Step → what all its gains are taken times.
    people
        How many there are, in all or by trade: steps are worked at side by side as far as they go; None for one team that takes one step after the other.
    """

    steps: Mapping[str, Planned]
    moves: Sequence[Move]
    runs: ChainRuns | None
    count: int
    seed: int
    horizon: int
    rate: float
    now: int = 0
    settled: Mapping[str, Settled] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    people: int | Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        self.discount = (1.0 + self.rate) ** -np.arange(self.horizon + 1.0)
        self.paths = {n: adoption_path(s.adoption, s.adoption_months, self.horizon) for n, s in self.steps.items()}
        self.cost = {n: triangular(self._u("cost", n), *s.costs) for n, s in self.steps.items()}
        self.gain = {n: triangular(self._u("gain", n), *s.gains) for n, s in self.steps.items()}
        self.slips = {n: self._u("slip", n) < s.slip for n, s in self.steps.items()}
        self.fails = {n: self._u("fail", n) < s.fail for n, s in self.steps.items()}
        ranged = {m.step: m for m in reversed(self.moves) if m.kind in CHAIN and m.ranged}
        self.chain_value = {n: triangular(self._u("effect", n), m.low, m.value, m.high) for n, m in ranged.items()}
        self._first = ranged
        self.effect = {(m.step, m.target): triangular(self._u("effect", m.step, m.target), m.low, m.value, m.high) for m in self.moves if m.kind not in CHAIN}
        years = -(-self.horizon // YEAR)
        self._year = np.maximum(np.arange(self.horizon + 1) - 1, 0) // YEAR
        luck = np.random.default_rng([self.seed, crc32(b"years")])
        kinds = len(self.runs.chance) if self.runs else 1
        self.kind = luck.choice(kinds, (self.count, years), p=self.runs.chance if self.runs else None)
        shift = luck.permutation(self.count)  # year by year each run is the one of one world
        self._run = (np.arange(self.count)[:, None] + shift[np.arange(years) % self.count][None, :]) % self.count
        self._kept: dict[tuple, np.ndarray] = {}

    def _u(self, *what: str) -> np.ndarray:
        return np.random.default_rng([self.seed, *(crc32(w.encode("utf-8", "replace")) for w in what)]).random(self.count)

    def expected(self) -> dict[str, Step]:
        """The steps that are still to come with the means of what is not certain; orders of them are worth the same where nothing slips, fails, is adopted slowly or works together."""
        found, chain = {}, self.changes(EARNED, STEADY)[0] if self.runs else {}
        for n, s in self.steps.items():
            if n in self.settled:
                continue
            late, works = float(self.slips[n].mean()) * s.slip_months, 1.0 - float(self.fails[n].mean())
            gain = float(self.gain[n].mean()) + (float(chain[n].mean()) if n in chain else 0.0)
            after = tuple(a for a in s.after if a not in self.settled)
            found[n] = Step(max(1, round(s.months + late)), float(self.cost[n].mean()), works * (gain * self.scale.get(n, 1.0) - s.running), after)
        return found

    @property
    def plain(self) -> bool:
        """Whether an order is worth what :func:`~twinkit.capabilities.roadmap.sequence.value_of` says of the expected steps."""
        certain = all(not (s.slip or s.fail) and s.adoption == "at once" for s in self.steps.values())
        return certain and self.people is None and not self.learns and not self.settled and not self.now and (self.runs is None or len(self.runs.names) < 2)

    @property
    def learns(self) -> bool:
        """Whether a step takes less after others of its kind."""
        kinds = [s.work for s in self.steps.values() if s.work]
        return len(set(kinds)) < len(kinds) and any(s.learning < 1 for s in self.steps.values())

    def _crew(self, step: Planned) -> Mapping[str, int]:
        """Whom a step needs, by trade; all are of one where people are not told apart."""
        return step.trades if isinstance(self.people, Mapping) else {"": step.people if self.people else 1}

    def assumptions(self) -> list[Assumption]:
        """What is not certain, but for the luck of the runs."""
        found = []
        for n, s in self.steps.items():
            known = self.settled.get(n, Settled())
            if s.costs[0] < s.costs[2] and known.cost is None:
                found.append(Assumption(f"cost of {n}", n, "cost", self.cost[n], "money"))
            if s.gains[0] < s.gains[2]:
                found.append(Assumption(f"monthly gain of {n}", n, "gain", self.gain[n], "money"))
            if n in self.chain_value:
                found.append(Assumption(f"{self._first[n].target} by {n}", n, "effect", self.chain_value[n]))
            if s.slip > 0 and known.done is None:
                found.append(Assumption(f"{n} is late", n, "slip", self.slips[n]))
            if s.fail > 0 and known.done is None and not known.failed:
                found.append(Assumption(f"{n} fails", n, "fail", self.fails[n]))
        if self.runs is not None and len(self.runs.chance) > 1:
            found.append(Assumption("years with a risk", "", "risk", (self.kind > 0).sum(axis=1).astype(float)))
        return found

    def changes(self, figure: str, luck: str) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], np.ndarray], np.ndarray | None]:
        """What steps change of a figure of the chain in each month: each alone, two together beyond that, all beyond that; shape (worlds, months + 1)."""
        key = (figure, luck)
        if key not in self._kept:
            runs = self.runs
            each = {n: self._spread(self._between(n, figure), luck) for n in runs.names}
            both = {pair: self._spread(lambda kind, run, more=more: more[figure][kind, run], luck) for pair, more in runs.both.items()}
            every = self._spread(lambda kind, run: runs.every[figure][kind, run], luck) if runs.every else None
            self._kept[key] = each, both, every
        return self._kept[key]

    def _spread(self, of, luck: str) -> np.ndarray:
        """Values of runs as months of worlds: `of(kind, run)` gives them, by kind of year and number of the run."""
        if luck == STEADY:
            every = np.arange(self.count)
            return sum(p * of(np.full(self.count, k), every) for k, p in enumerate(self.runs.chance))[:, None]
        return of(self.kind, self._run)[:, self._year]

    def _between(self, name: str, figure: str):
        """A step's change at what the world has of its effect: straight between the runs at the ends and at the most likely value."""
        own = self.runs.own
        most = own[name, 0][figure]
        if name not in self.chain_value:
            return lambda kind, run: most[kind, run]
        move, value = self._first[name], self.chain_value[name]
        low, high = own[name, -1][figure], own[name, 1][figure]
        down = np.clip((move.value - value) / max(move.value - move.low, 1e-300), 0.0, 1.0)
        up = np.clip((value - move.value) / max(move.high - move.value, 1e-300), 0.0, 1.0)

        def told(kind: np.ndarray, run: np.ndarray) -> np.ndarray:
            a, b = (x[:, None] if kind.ndim > 1 else x for x in (down, up))
            return most[kind, run] + a * (low - most)[kind, run] + b * (high - most)[kind, run]

        return told

    def play(self, order: Sequence[str], luck: str = YEARLY, scale: Mapping[str, float] | None = None, fails: Mapping[str, bool] | None = None, begin: int | None = None) -> Played:
        """What an order of steps comes to; steps that are settled are in it without being named.

        Parameters
        ----------
        order
            Steps, one after the other; one whose conditions are not met when its turn comes is left out, as when what it comes after failed.  With
            people, a step begins when its turn has come, as many are free as it needs, of each trade, and what it comes after is done.
        luck
            :data:`STEADY` or :data:`YEARLY`.
        scale, fails
            Step → what its gains are taken times; step → whether it fails, whatever was drawn.
        begin
            Month in which work begins; by default from now.
        """
        scale, fails, size = {**self.scale, **(scale or {})}, fails or {}, (self.count, self.horizon + 1)
        month, every, flows = np.arange(self.horizon + 1), np.arange(self.count), np.zeros((self.count, self.horizon + 1))
        start, done, begun, good, in_use, gained, cost = {}, {}, {}, {}, {}, {}, {}
        there = self.people if isinstance(self.people, Mapping) else {"": self.people or 1}
        first = np.full(self.count, self.now if begin is None else begin)
        free = {trade: np.repeat(first[:, None], n, axis=1) for trade, n in there.items()}  # month from which each of them is free, the soonest first
        before: dict[str, np.ndarray] = {}  # steps of a kind of work that were begun
        for name in [*(n for n in self.settled if n not in order), *order]:
            step, known = self.steps[name], self.settled.get(name, Settled())
            can, crew = np.ones(self.count, bool), self._crew(step)
            clock = np.max([first, *(free[trade][:, n - 1] for trade, n in crew.items())], axis=0)
            for other in step.after:
                can &= good.get(other, np.zeros(self.count, bool))
                clock = np.where(can, np.maximum(clock, done.get(other, 0)), clock)
            settled = known.start is not None or known.done is not None or known.failed
            learned = unit_time(1.0, step.learning, 1.0 + before.get(step.work, np.zeros(self.count)) if step.work else np.ones(self.count))
            takes = np.ceil(step.months * learned - 1e-9).astype(int) + self.slips[name] * step.slip_months
            begins = clock if known.start is None else np.full(self.count, known.start)
            if known.start is None and (known.done is not None or known.failed):
                begins = np.full(self.count, max((known.done or self.now) - step.months, 0))
            ends = np.maximum(begins + takes, self.now if self.people else clock) if settled and known.done is None else begins + takes
            ends = ends if known.done is None else np.full(self.count, known.done)
            is_begun = np.full(self.count, True) if settled else can & (clock < self.horizon)
            bad = np.full(self.count, fails[name]) if name in fails else (np.full(self.count, known.failed) if known.done is not None or known.failed else self.fails[name])
            if known.done is None and not known.failed:
                for trade, n in crew.items():
                    free[trade][:, :n] = np.where(is_begun[:, None], ends[:, None], free[trade][:, :n])
                    free[trade].sort(axis=1)
            start[name], done[name], begun[name], good[name] = begins, ends, is_begun, is_begun & ~bad
            before[step.work] = before.get(step.work, 0.0) + is_begun
            paid, cost[name] = is_begun & (begins <= self.horizon), self.cost[name] * learned if known.cost is None else np.full(self.count, known.cost)
            flows[every[paid], begins[paid]] -= cost[name][paid]
            since = np.clip(month[None, :] - ends[:, None], 0, self.horizon)
            in_use[name] = np.where(good[name][:, None], self.paths[name][since], 0.0)
            gained[name] = in_use[name] * self.gain[name][:, None] * scale.get(name, 1.0)
            flows -= np.where(good[name][:, None] & (since > 0), step.running, 0.0)
        if self.runs is not None:
            for name, change, together in self._chain(in_use, EARNED, luck, scale):
                if together:
                    flows += change
                else:
                    gained[name] = gained[name] + change
        for name in gained:
            flows += np.broadcast_to(gained[name], size)
        return Played(flows, start, done, begun, good, in_use, gained, cost)

    def _chain(self, in_use: Mapping[str, np.ndarray], figure: str, luck: str, scale: Mapping[str, float]):
        """What the steps in use change of a figure of the chain: name, change by month, whether it is of several together."""
        each, both, every = self.changes(figure, luck)
        of = lambda n: in_use[n] * scale.get(n, 1.0)  # noqa: E731
        for name, change in each.items():
            if name in in_use:
                yield name, of(name) * change, False
        for (a, b), change in both.items():
            if a in in_use and b in in_use:
                yield f"{a}, {b}", of(a) * of(b) * change, True
        if every is not None and all(n in in_use for n in each):
            yield "all", np.prod([of(n) for n in each], axis=0) * every, True

    def value(self, order: Sequence[str], luck: str = STEADY, **more) -> np.ndarray:
        """Net present value of an order, by world [money]; `more` as of :meth:`play`."""
        return self.play(order, luck, **more).flows @ self.discount

    def figure(self, played: Played, figure: str) -> np.ndarray:
        """How much what was played changes a figure of the chain, shape (worlds, months + 1)."""
        found = np.zeros((self.count, self.horizon + 1))
        if self.runs is not None:
            for _, change, _ in self._chain(played.in_use, figure, YEARLY, self.scale):
                found = found + change
        return found

    def moved(self, played: Played, target: str) -> np.ndarray:
        """How much what was played moves an objective or a capability, shape (worlds, months + 1)."""
        found = np.zeros((self.count, self.horizon + 1))
        for (step, what), by in self.effect.items():
            if what == target and step in played.in_use:
                found += played.in_use[step] * by[:, None] * self.scale.get(step, 1.0)
        return found
