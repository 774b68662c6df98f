"""How bad can a bad decade be? The tail of the loss over some years in which every risk may happen every year.

A world of this study is a decade (or as many years as are asked for) in which each risk happens in
each year with its probability, from a day drawn anew, whatever else happens: so what two risks
do to each other when they come together is in it.  The **loss** of a world is what it costs more
than the same world without the risks (:mod:`twinkit.study.appraisal`).

- **value at risk** at a level: the least loss that is not exceeded in that share of the worlds [money];
- **expected shortfall**: the mean of the losses in the worst 1 - level of the worlds [money]
  (Acerbi & Tasche 2002, J. Banking & Finance 26; the world at the edge counts with the part of its
  weight that belongs to them);
- **importance** of a risk: by how much of itself the chance of such a loss falls where the risk
  does not happen, 1 - P(tail | not) / P(tail).  As risks are drawn independently of each other, that
  is what would come of a risk that never happened.

Rare losses are found with fewer worlds where the risks are drawn more often than they are likely
(``tilt``); every world then weighs as much less as it was made likelier (importance sampling), and what
counts is the effective number of worlds (Kish 1965), (Σ w)² / Σ w².
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit.chain.world import occurrences
from twinkit.rules import DUST
from twinkit.run.engines import Counter
from twinkit.run.ensemble import plan_with
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.study.appraisal import batches_of, ledgers, quiet
from twinkit.study.asked import remembered
from twinkit.study.risks import Risk, risk_problems, tail_parts
from twinkit.tables import require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, refuse
from twinkit.words import counted, percent, sure

if TYPE_CHECKING:
    from dask.distributed import Client

LEVELS = (0.99, 0.999)
"""Levels of value at risk and expected shortfall."""
FEW = 10.0
"""Effective worlds in the tail below which nothing is said of it."""
TOO_FEW = "too few worlds to say"
RESAMPLES = 400
"""Resamples of a bootstrap interval."""


@dataclass(frozen=True, repr=False)
class TailRisk(Result):
    """Losses of many decades.

    Attributes
    ----------
    case, risks, years, seed
        What was asked; the case has the length of the run.
    loss
        Loss of every world [money], shape (worlds,).
    starts
        Period in which each risk begins in each year, shape (risks, years, worlds); inf where it does not.
    weights
        Weight of every world; all 1 unless the risks were drawn more often than they are likely.
    censored
        Whether service had not recovered by the end: what is lost after it is not counted.
    year
        Periods of a year [periods].
    """

    case: Case
    risks: list[Risk]
    years: int
    seed: int
    loss: np.ndarray
    starts: np.ndarray
    weights: np.ndarray
    censored: np.ndarray
    year: int

    def headline(self) -> str:
        return f"TailRisk of {counted(len(self.risks), 'risk')} for {self.case.name}: {counted(len(self.loss), 'world')} of {counted(self.years, 'year')}"

    def sentences(self) -> list[str]:
        unit = self.case.settings["currency"]
        return [f"{r['figure']} at {percent(r['level'], 1)}: {r['says'] or sure((r['money'], r['low'], r['high']), unit)}" for r in self.figures().to_dict("records")]

    def glance(self) -> pd.DataFrame:
        return self.figures()

    @property
    def effective(self) -> float:
        """Effective number of worlds."""
        return _effective(self.weights)

    def figures(self, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Value at risk and expected shortfall, with 95 % intervals.

        That of the value at risk is of a bootstrap; the shortfall, a mean of what each world adds to it, has that of a
        mean (:func:`~twinkit.run.statistics.mean_interval`), since resampled percentiles are too narrow for a tail.

        Returns
        -------
        DataFrame
            level, figure, money, low, high, worlds (effective, in the tail), censored (share of the tail that had
            not recovered by the end, so that its loss is at least what is said), says ("" or why there is no figure).
        """
        rows = []
        for level in levels:
            parts = self._parts(level)
            worlds, late = _effective(parts), float(parts @ self.censored / parts.sum())
            for i, name in enumerate(("value at risk", "expected shortfall")):
                if worlds < FEW:
                    rows.append((level, name, math.nan, math.nan, math.nan, worlds, late, TOO_FEW))
                    continue
                if i:
                    low, high = self._shortfall(level)
                else:
                    low, high = np.quantile([self._both(level, c)[0] for c in self._resamples()], [0.025, 0.975])
                rows.append((level, name, self._both(level)[i], low, high, worlds, late, ""))
        columns = ["level", "figure", "money", "low", "high", "worlds", "censored", "says"]
        return pd.DataFrame(rows, columns=columns)

    def importance(self, level: float = LEVELS[0]) -> pd.DataFrame:
        """How much each risk matters for the tail.

        Returns
        -------
        DataFrame
            risk, happens (share of all worlds), in_tail (share of the tail), importance with its 95 % bootstrap
            interval, says; the most important risk first.
        """
        tail, happens = self._tail(level), np.isfinite(self.starts).any(axis=1)

        def figure(weights: np.ndarray) -> np.ndarray:
            without = (~happens) @ weights
            share = np.divide((~happens) @ (weights * tail), without, out=np.full(len(happens), np.nan), where=without > 0)
            chance = (weights @ tail) / weights.sum()
            return 1.0 - share / chance if chance > 0 else np.full(len(happens), np.nan)

        own = figure(self.weights)
        drawn = np.array([figure(self.weights * counts) for counts in self._resamples()])
        rows = []
        for k, risk in enumerate(self.risks):
            weights = self.weights * happens[k]
            shares = weights.sum() / self.weights.sum(), (weights @ tail) / (self.weights @ tail)
            few = min(_effective(self.weights * tail), _effective(self.weights * ~happens[k])) < FEW
            low, high = (math.nan, math.nan) if few else np.nanquantile(drawn[:, k], [0.025, 0.975])
            rows.append((risk.name, *shares, math.nan if few else own[k], low, high, TOO_FEW if few else ""))
        columns = ["risk", "happens", "in_tail", "importance", "low", "high", "says"]
        return pd.DataFrame(rows, columns=columns).sort_values("importance", ascending=False, ignore_index=True)

    def coincidences(self, level: float = LEVELS[0], within: int | None = None) -> pd.DataFrame:
        """Pairs of risks that begin within a year of each other, in the tail and in all worlds.

        Parameters
        ----------
        level
            Which tail.
        within
            Periods between the two starts, at most; by default a year [periods].

        Returns
        -------
        DataFrame
            risks, in_tail and happens (shares of the tail and of all worlds), times (the one over the other),
            says; what is most often in the tail comes first.  A risk beside itself happened twice.
        """
        within = self.year if within is None else int(within)
        tail = self._tail(level)
        few = _effective(self.weights * tail) < FEW
        rows = []
        for i, one in enumerate(self.risks):
            for j in range(i, len(self.risks)):
                weights = self.weights * self._together(i, j, within)
                if not weights.any():
                    continue
                happens = weights.sum() / self.weights.sum()
                in_tail = math.nan if few else (weights @ tail) / (self.weights @ tail)
                name = f"{one.name}, twice" if i == j else f"{one.name} + {self.risks[j].name}"
                rows.append((name, in_tail, happens, in_tail / happens, TOO_FEW if few else ""))
        columns = ["risks", "in_tail", "happens", "times", "says"]
        return pd.DataFrame(rows, columns=columns).sort_values("in_tail", ascending=False, ignore_index=True)

    def _together(self, i: int, j: int, within: int) -> np.ndarray:
        """Worlds in which two risks begin so close to each other; a risk and itself: twice."""
        found = np.zeros(len(self.loss), bool)
        for a in range(self.years):
            for b in range(a + 1 if i == j else 0, self.years):
                both = np.isfinite(self.starts[i, a]) & np.isfinite(self.starts[j, b])
                found[both] |= np.abs(self.starts[i, a, both] - self.starts[j, b, both]) <= within
        return found

    def _tail(self, level: float) -> np.ndarray:
        """Worlds whose loss is the value at risk or more."""
        return self.loss >= self._both(level)[0]

    def _parts(self, level: float, weights: np.ndarray | None = None) -> np.ndarray:
        """Weight with which every world is in the tail."""
        weights = self.weights if weights is None else weights
        weights = weights / weights.sum()
        parts = tail_parts(self.loss, weights, 1.0 - level)
        return np.where(parts > DUST * weights, parts, 0.0)  # 1 - 0.99 is a little more than 0.01

    def _both(self, level: float, counts: np.ndarray | None = None) -> tuple[float, float]:
        """Value at risk and expected shortfall, of the worlds or of a resample of them."""
        weights = self.weights if counts is None else self.weights * counts
        parts, order = self._parts(level, weights), np.argsort(self.loss, kind="stable")
        below = np.cumsum(weights[order]) / weights.sum()
        return float(self.loss[order[np.searchsorted(below, level - DUST)]]), float(parts @ self.loss / parts.sum())

    def _shortfall(self, level: float) -> tuple[float, float]:
        """Interval of the expected shortfall: the error of its start does not count to first order."""
        start, mean = self._both(level)
        adds = start + np.maximum(self.loss - start, 0.0) / (1.0 - level)
        return mean_interval(mean + self.weights / self.weights.mean() * (adds - mean))[1:]

    def _resamples(self) -> Iterator[np.ndarray]:
        """How often each world is drawn, resample by resample; always the same."""
        rng, n = np.random.default_rng(self.seed), len(self.loss)
        for _ in range(RESAMPLES):
            yield np.bincount(rng.integers(0, n, n), minlength=n)


def _effective(weights: np.ndarray) -> float:
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


@partial(study, limits=dict.fromkeys(("years", "tilt"), (1, math.inf)) | {"worlds": (2, math.inf)})
def tail_risk(
    case: CaseLike, risks: Sequence[Risk], years: int = 10, *, worlds: int = 8192, tilt: float = 1.0,
    seed: int | None = None, engine: str = "auto", workers: int = 2, client: Client | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, **chain: Any,
) -> TailRisk:  # fmt: skip
    """How bad some years can be.

    Parameters
    ----------
    case
        A case.  It is run for so many years after its warm-up; its demand goes on as the tables say (a history
        repeats).  What it has scheduled and is no risk happens in every world, with the risks and without.
    risks
        What may happen, with its probability [1/year]: in every year at most once, on any of its days alike; events of
        a risk keep their distance in time.
    years
        Length of a world [years].
    worlds
        Number of worlds; for the 99.9 % level 10,000 at least, unless `tilt` is more than 1.
    tilt
        By how much more often than likely risks are drawn (up to one year in two); worlds are weighted for it.
    seed, engine, workers, client, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    progress
        Called as ``progress(batches done, batches in all)``.

    Returns
    -------
    TailRisk
        ``figures()``, ``importance()`` and ``coincidences()`` are its tables.

    Raises
    ------
    CaseError
        If the case has problems, or risks or numbers do not fit it; all at once.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> import twinkit
    >>> stop = twinkit.event_of("outage", site="Build Test Pack", start=0, duration=60)
    >>> found = tail_risk(twinkit.example("camera"), [twinkit.Risk(stop, 0.1, "stop")], years=1, worlds=64)
    >>> found.figures([0.8])["says"].tolist(), found.figures([0.99])["says"].tolist()
    (['', ''], ['too few worlds to say', 'too few worlds to say'])
    """
    require_sound(case)
    problems = risk_problems(case, risks, "tail_risk")
    if not risks:
        problems.append(Problem("tail_risk", None, "risks", "", "there are no risks", "Give one with its probability."))
    refuse(problems)
    seed = int(case.settings["seed"] if seed is None else seed)
    year = max(1, round(365.0 / float(case.settings["period_days"])))
    warm_up = int(case.settings["warm_up"])
    long = quiet(case, risks).replace(settings={"periods": warm_up + years * year})
    likely = np.array([risk.probability for risk in risks], float)
    drawn = np.maximum(likely, np.minimum(likely * tilt, 0.5))
    rows, first = _rows(case, risks, drawn, years, year, warm_up)
    scenario = Scenario("decade", tuple(rows))
    told = Counter(progress, batches_of(1, worlds))
    ledger = ledgers(
        long, [scenario], worlds, seed, workers=workers, client=client, engine=engine, cancel=cancel, tell=told.add, **chain
    )["decade"]
    plan = plan_with(long, scenario)
    when = occurrences(plan, seed, worlds, 0)["event_start"]
    at = {name: i for i, name in reversed(list(enumerate(plan.effects.names)))}
    starts = np.array([[when[at[name]] for name in own] for own in first])
    found = TailRisk(
        long, list(risks), years, seed, ledger.loss, starts, _weights(np.isfinite(starts), likely, drawn), ledger.censored, year
    )
    return remembered(
        found, "tail_risk", case=case, risks=risks, years=years, worlds=worlds, tilt=tilt, seed=seed, **chain
    )


def _rows(
    case: Case, risks: Sequence[Risk], drawn: np.ndarray, years: int, year: int, warm_up: int
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """A row of the table of events for every event of every risk in every year; names of the first of each risk by year."""
    known = {row["event"]: row for row in case["events"].to_dict("records")}
    rows, first = [], []
    for k, risk in enumerate(risks):
        own = [dict(known[e]) if isinstance(e, str) else dict(e) for e in risk.events]
        lead = min(range(len(own)), key=lambda i: (bool(own[i].get("after")), own[i]["start"]))
        names = [str(row["event"]) for row in own]
        begins, first_of = int(own[lead]["start"]), []
        for y in range(years):
            label = {name: f"{risk.name} | {name} | year {y + 1}" for name in names}
            first_of.append(label[names[lead]])
            for i, row in enumerate(own):
                new = {**row, "event": label[names[i]], "scheduled": True}
                if i == lead:
                    new |= {"start": warm_up + y * year, "latest_start": warm_up + (y + 1) * year - 1, "after": "",
                            "probability": float(drawn[k]), "time_between": math.nan}  # fmt: skip
                elif row.get("after") in label:
                    new["after"] = label[row["after"]]
                else:
                    late = row.get("latest_start", math.nan)
                    new |= {"after": label[names[lead]], "start": int(row["start"]) - begins}
                    new["latest_start"] = late - begins if late is not None and math.isfinite(late) else math.nan
                rows.append(new)
        first.append(first_of)
    return rows, first


def _weights(happens: np.ndarray, likely: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """How likely every world is against how often it is drawn, shape (worlds,)."""
    if (likely == drawn).all():
        return np.ones(happens.shape[2])
    p, q = likely[:, None, None], drawn[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):  # what is never drawn, or always likely, changes no weight
        yes, no = np.where(q > 0, p / q, 1.0), np.where(q < 1, (1 - p) / (1 - q), 1.0)
    return np.where(happens, yes, no).prod(axis=(0, 1))
