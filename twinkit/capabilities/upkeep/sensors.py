"""Remaining useful life from the sensors of machines, and what knowing it is worth.

A machine's history is what its sensors read from new until it failed, or until it was looked at last.  A model of machine learning
(scikit-learn) learns from machines that failed how long is left.  How wrong it is, is told on machines that it had not seen:
these are left out in turn (group k-fold), and its intervals are made of those errors (conformal prediction; Vovk et al. 2005,
Barber et al. 2021).  What it is worth is told in the decision: replacing when little is left, beside replacing at an age and running to
failure, on the same machines, each judged by a model and an age that were found without it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.upkeep.ageing import best_age, fit_weibull
from twinkit.run.public import Result
from twinkit.run.statistics import Interval, mean_interval, ratio_interval, share_interval
from twinkit.tables.problems import CaseError, Problem, is_number, refuse, shown
from twinkit.words import amount, digits, percent, sure

MACHINE, TIME = "machine", "time"
SEEN = 30
"""Records of a machine that its state is read from, up to the last one."""
KNOWN = 125.0
"""Remaining life from which more is not told apart: sensors of a machine that is as good as new say nothing of its end (Heimes 2008) [time]."""
ABOVE_0 = 1e-9, 1e15
"""Ends of numbers that are above 0."""
MOST_BYTES, LARGEST = 500_000_000, 1e15
"""Bytes of a file of histories, and largest size of a number in it."""
FOLDS, LEAST = 5, 10
"""Parts into which machines are put to be left out in turn; fewest machines that failed."""
MOST_LEARNT = 6_000
"""Records from which about every second, third … is learnt from: those beside each other say much the same."""
RESAMPLED = 400
"""Resamples of machines for the intervals of cost rates."""


def read_histories(path: str | Path) -> pd.DataFrame:
    """Histories of machines out of a text file.

    With a header, two columns are called ``machine`` (or unit, engine) and ``time`` (or cycle, hours); without one, as in the files of NASA's
    C-MAPSS (FD001 and others), the first column is the machine and the second the time.  All others are sensors; numbers may stand between
    blanks, tabs, commas or semicolons.

    Returns
    -------
    DataFrame
        machine, time and sensors, in the order of machines and times.

    Raises
    ------
    CaseError
        If a column is missing or a cell is no number.
    """
    path = Path(path)
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise CaseError([Problem("", None, "", path.name, f"is no file of up to {MOST_BYTES // 1_000_000} MB", "Give the text file of the histories.")])
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CaseError([Problem("", None, "", path.name, f"cannot be read: {error}", "Export it again, as a text in UTF-8.")]) from error
    mark = next((m for m in ("\t", ";", ",") if lines and m in lines[0]), None)
    rows = [[cell.strip() for cell in line.split(mark)] for line in lines]
    if not rows:
        raise CaseError([Problem("", None, "", path.name, "is empty", "Give a row for each record of a machine.")])
    for row in rows:
        while row and not row[-1]:
            row.pop()
    head = None if all(map(_is_number, rows[0])) else rows.pop(0)
    width = len(head or rows[0])
    torn = [i for i, row in enumerate(rows) if len(row) != width]
    if torn:
        raise CaseError([Problem("", None, "", path.name, f"has {len(rows[torn[0]])} cells in record {torn[0] + 1} and {width} in the others", "Correct the line.")])
    names = [str(h).casefold() for h in head] if head else [MACHINE, TIME, *(f"sensor {i}" for i in range(1, width - 1))]
    known = {"unit": MACHINE, "engine": MACHINE, "unit number": MACHINE, "id": MACHINE, "cycle": TIME, "cycles": TIME, "hours": TIME, "time in cycles": TIME}
    frame = pd.DataFrame(rows, columns=[known.get(n, n) for n in names])
    problems = [Problem("", None, name, path.name, "has no such column", f"Its columns: {', '.join(names)}.") for name in (MACHINE, TIME) if name not in frame]
    problems += [Problem("", None, name, path.name, "has a column of this name twice", "Give it another name.") for name in frame.columns[frame.columns.duplicated()]]
    refuse(problems)
    for name in frame.columns.drop(MACHINE):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if (bad := ~(numbers.abs() <= LARGEST)).any():  # of a larger one no mean could be taken
            i = int(bad.argmax())
            problems.append(Problem("", i + 1 + (head is not None), name, frame[name].iat[i], "is no number, or far too large", "Correct it, or leave the column out."))
        frame[name] = numbers
    refuse(problems)
    if all(map(_is_number, frame[MACHINE])):
        frame[MACHINE] = pd.to_numeric(frame[MACHINE])
    return frame.sort_values([MACHINE, TIME], kind="stable", ignore_index=True)


def _is_number(text: Any) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _features(frame: pd.DataFrame) -> np.ndarray:
    """What a machine's state is read from at each record: time, and of each sensor the mean, the slope and the last value of the last :data:`SEEN` records."""
    found = [frame[[TIME]].to_numpy(float)]
    for _, own in frame.groupby(MACHINE, sort=False):
        values, n = own.drop(columns=[MACHINE, TIME]).to_numpy(float), len(own)
        first = np.maximum(np.arange(n) + 1 - SEEN, 0)
        total = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
        steps = np.arange(n, dtype=float)
        weighted = np.vstack([np.zeros(values.shape[1]), np.cumsum(values * steps[:, None], axis=0)])
        count = (steps + 1 - first)[:, None]
        mean = (total[1:] - total[first]) / count
        middle = ((steps + first) / 2)[:, None]
        spread = np.where(count > 1, count * (count**2 - 1) / 12, 1.0)
        slope = ((weighted[1:] - weighted[first]) - middle * (total[1:] - total[first])) / spread
        found.append(np.hstack([mean, slope, values]))
    return np.hstack([found[0], np.vstack(found[1:])])


def _fitted(x: np.ndarray, y: np.ndarray, seed: int) -> Any:
    """Extremely randomised trees (Geurts et al. 2006) of some records; one thread, since many on a busy computer wait for each other."""
    from sklearn.ensemble import ExtraTreesRegressor

    every = max(1, len(x) // MOST_LEARNT)
    return ExtraTreesRegressor(n_estimators=80, min_samples_leaf=3, max_features=0.5, random_state=seed).fit(x[::every], y[::every])


def _left(frame: pd.DataFrame) -> np.ndarray:
    """Time that each record of a machine that failed was before its end [time]."""
    return (frame.groupby(MACHINE, sort=False)[TIME].transform("max") - frame[TIME]).to_numpy(float)


@dataclass(frozen=True, eq=False, repr=False)
class RemainingLife(Result):
    """A model of remaining useful life, and how wrong it is on machines that it had not seen.

    Attributes
    ----------
    machines
        A row for each machine that still works: machine, time, remaining, low, high [time].
    records
        A row for each record of the machines that failed: machine, time, left (what was left), told (by a model that had not seen the machine).
    level
        Share of cases that intervals are made to hold.
    known
        Remaining life from which more is not told apart [time].
    """

    machines: pd.DataFrame
    records: pd.DataFrame
    level: float
    known: float

    def error(self) -> Interval:
        """Root mean square error on machines that were left out, what is beyond `known` taken as that, with its interval over machines [time]."""
        wrong = (self.records["told"] - self.records["left"].clip(upper=self.known)) ** 2
        by = wrong.groupby(self.records[MACHINE]).agg(["sum", "size"])
        return Interval(*(math.sqrt(max(v, 0.0)) for v in ratio_interval(by["sum"].to_numpy(float), by["size"].to_numpy(float))[:3]))

    def coverage(self) -> Interval:
        """Share of machines that failed whose remaining life, at one moment of each, is within the interval made of the others."""
        rows = _one_each(self.records, 7)
        off, half = (rows["told"] - rows["left"].clip(upper=self.known)).abs().to_numpy(), []
        for i in range(len(off)):
            half.append(_conformal(np.delete(off, i), self.level))
        return share_interval(int((off <= np.array(half)).sum()), len(off))

    def table(self) -> pd.DataFrame:
        """The machines that still work, the soonest to fail first."""
        return self.machines.sort_values("remaining", kind="stable", ignore_index=True)

    def headline(self) -> str:
        """What was told."""
        return f"Remaining life of {len(self.machines)} machines, learnt from {self.records[MACHINE].nunique()} that failed"

    def sentences(self) -> list[str]:
        """What a maintenance planner reads."""
        said = [f"On machines that it had not seen the model is wrong by {sure(self.error()[:3], '-')} (root mean square); more than {digits(self.known)} is not told apart.",
                f"Intervals are made to hold {percent(self.level)} of the machines; of those left out they hold {sure(self.coverage()[:3], 'share')}."]  # fmt: skip
        if len(self.machines):
            first = self.table().iloc[0]
            said.append(f"The soonest to fail is {self.table()[MACHINE].iat[0]}: {digits(first['remaining'])} left ({digits(first['low'])} to {digits(first['high'])}).")
        return said


def _one_each(records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One record of each machine, at random: records of one machine are no independent cases."""
    luck = np.random.default_rng(seed)
    return records.iloc[[int(luck.choice(own)) for own in records.groupby(MACHINE, sort=False).indices.values()]]


def _conformal(off: np.ndarray, level: float) -> float:
    """The error that a share of further cases does not pass: the ⌈(n + 1) · level⌉-th of n (infinite where n is too small)."""
    k = math.ceil((len(off) + 1) * level)
    return float(np.sort(off)[k - 1]) if k <= len(off) else math.inf


def _checked(failed: pd.DataFrame, others: Sequence[pd.DataFrame] = (), **numbers: tuple[float, float, float]) -> list[str]:
    """The sensors that tell anything; refuse frames that cannot be read, and numbers (value, lowest, highest) that cannot be."""
    problems = [Problem("histories", None, name, shown(value), f"must be a number from {low:g} to {high:g}") for name, (value, low, high) in numbers.items() if not is_number(value, low, high)]
    problems += [Problem("histories", None, c, "", "is missing", "A history has machine, time and sensors.") for f in (failed, *others) for c in (MACHINE, TIME) if c not in f]
    refuse(problems)
    if (n := failed[MACHINE].nunique()) < LEAST:
        problems.append(Problem("histories", None, MACHINE, str(n), "machines that failed are too few", f"A model learns from {LEAST} or more."))
    sensors = [c for c in failed.columns if c not in (MACHINE, TIME) and failed[c].nunique() > 1]
    problems += [Problem("histories", None, c, "", "is a sensor that other machines do not have", "Give the same sensors of all.") for f in others for c in sensors if c not in f]
    if not sensors:
        problems.append(Problem("histories", None, "", "", "no sensor ever changes", "There is nothing to learn from."))
    refuse(problems)
    return sensors


def _told_without_it(failed: pd.DataFrame, seed: int, known: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Remaining life of each record by a model that had not seen its machine; and the fold of each record."""
    from sklearn.model_selection import GroupKFold

    x, y = _features(failed), np.minimum(_left(failed), known)
    told, fold = np.zeros(len(failed)), np.zeros(len(failed), int)
    for k, (learn, out) in enumerate(GroupKFold(FOLDS).split(x, y, failed[MACHINE])):
        told[out] = np.clip(_fitted(x[learn], y[learn], seed).predict(x[out]), 0.0, known)
        fold[out] = k
    return failed[[MACHINE, TIME]].assign(left=_left(failed), told=told), fold


def _need_sklearn() -> None:
    if find_spec("sklearn") is None:
        raise ImportError("remaining life is learnt by scikit-learn, which is not installed: pip install 'twinkit[upkeep]'")


def remaining_life(failed: pd.DataFrame, working: pd.DataFrame | None = None, level: float = 0.9, known: float = KNOWN, seed: int = 1) -> RemainingLife:
    """Remaining useful life of machines that work, learnt from the histories of machines that failed.

    Parameters
    ----------
    failed, working
        machine, time and sensors (:func:`read_histories`), a row for each record; the last record of a machine that failed is its end.
    level
        Share of cases that the intervals are made to hold.
    known
        Remaining life from which more is not told apart [time].
    seed
        Luck of the model.

    Raises
    ------
    CaseError
        If a column is missing, there are fewer than ten machines that failed, or no sensor ever changes.
    ImportError
        If scikit-learn is not installed: ``pip install "twinkit[upkeep]"``.
    """
    _need_sklearn()
    sensors = _checked(failed, [] if working is None else [working], level=(level, 0.5, 0.99), known=(known, *ABOVE_0))
    failed = failed[[MACHINE, TIME, *sensors]].sort_values([MACHINE, TIME], kind="stable", ignore_index=True)
    records, _ = _told_without_it(failed, seed, known)
    rows = pd.DataFrame(columns=[MACHINE, TIME, "remaining", "low", "high"])
    if working is not None and len(working):
        working = working[[MACHINE, TIME, *sensors]].sort_values([MACHINE, TIME], kind="stable", ignore_index=True)
        told = np.clip(_fitted(_features(failed), np.minimum(_left(failed), known), seed).predict(_features(working)), 0.0, known)
        last = ~working[MACHINE].duplicated(keep="last").to_numpy()
        one = _one_each(records, 7)
        half = _conformal((one["told"] - one["left"].clip(upper=known)).abs().to_numpy(), level)
        rows = working.loc[last, [MACHINE, TIME]].assign(remaining=told[last], low=np.maximum(told[last] - half, 0.0), high=told[last] + half)
        rows["high"] = rows["high"].where(rows["high"] < known, np.inf)  # beyond that nothing is told apart
    return RemainingLife(rows.reset_index(drop=True), records, level, known)


@dataclass(frozen=True, eq=False, repr=False)
class SensorWorth(Result):
    """What a sensor is worth in the decision when to replace.

    Attributes
    ----------
    rates
        Way to maintain → of each machine what its replacement cost [money], how long it worked [time] and whether it failed (1); shape (3, machines).
    margin
        Remaining life at which the sensor's way replaces, in the middle of the folds [time].
    """

    rates: dict[str, np.ndarray]
    margin: float

    def rate(self, way: str) -> Interval:
        """Cost of a unit of time, with its 95 % interval over machines [money/time]."""
        return ratio_interval(*self.rates[way][:2])

    def worth(self, way: str = "by the sensor", beside: str = "by age") -> tuple[float, float, float]:
        """How much less a unit of time costs than another way, with the 95 % interval of resampled machines [money/time]."""
        luck, n = np.random.default_rng(1), self.rates[way].shape[1]
        saved = [self._less(way, beside, luck.integers(0, n, n)) for _ in range(RESAMPLED)]
        low, high = np.quantile(saved, (0.025, 0.975))
        return self._less(way, beside, np.arange(n)), float(low), float(high)

    def _less(self, way: str, beside: str, at: np.ndarray) -> float:
        there, here = self.rates[beside][:, at].sum(axis=1), self.rates[way][:, at].sum(axis=1)
        return float(there[0] / there[1] - here[0] / here[1])

    def table(self) -> pd.DataFrame:
        """A row for each way: cost rate, share of machines that failed, mean time that they worked."""
        rows = []
        for way, (_, time, failed) in self.rates.items():
            rate, low, high = self.rate(way)[:3]
            rows.append({"way": way, "rate": rate, "rate_low": low, "rate_high": high, "failed": float(failed.mean()),
                         "worked": mean_interval(time).value})  # fmt: skip
        return pd.DataFrame(rows)

    def headline(self) -> str:
        """What was compared."""
        return f"What sensors are worth: {len(self.rates)} ways to maintain, {self.rates['by age'].shape[1]} machines"

    def sentences(self) -> list[str]:
        """Whether the sensor pays, and what a perfect one would bring."""
        got, best = self.worth(), self.worth("as if all were known")
        clear = got[1] > 0 or got[2] < 0
        said = [f"Replacing by the sensor saves {sure(got, '-')} of money a unit of time beside replacing by age." if got[0] > 0 and clear else
                f"Replacing by the sensor costs {sure((-got[0], -got[2], -got[1]), '-')} of money a unit of time more than replacing by age." if clear else
                "Whether replacing by the sensor is better than replacing by age cannot be told from these machines."]  # fmt: skip
        return [*said, f"A sensor that told the end exactly would save {sure(best, '-')}: what is between the two is what a better prediction is worth at most, {amount(max(best[0] - got[0], 0.0), '-')}."]


def what_sensors_are_worth(failed: pd.DataFrame, preventive: float, failure: float, known: float = KNOWN, seed: int = 1) -> SensorWorth:
    """Replacing when the sensors say that little is left, beside replacing at an age and running to failure, on machines that failed.

    Each machine is judged by a model, a margin and an age that were found on the other folds.

    Parameters
    ----------
    failed
        Histories of machines that failed (:func:`read_histories`).
    preventive, failure
        Cost of a replacement before and at failure [money].
    known, seed
        As for :func:`remaining_life`.

    Raises
    ------
    CaseError, ImportError
        As :func:`remaining_life`.
    """
    _need_sklearn()
    sensors = _checked(failed, preventive=(preventive, *ABOVE_0), failure=(failure, *ABOVE_0), known=(known, *ABOVE_0))
    failed = failed[[MACHINE, TIME, *sensors]].sort_values([MACHINE, TIME], kind="stable", ignore_index=True)
    records, fold = _told_without_it(failed, seed, known)
    groups = list(records.groupby(MACHINE, sort=False).indices.values())
    ends = np.array([records[TIME].iat[rows[-1]] for rows in groups])
    folds = np.array([fold[rows[0]] for rows in groups])
    margins = np.unique(np.round(np.quantile(records["told"], np.linspace(0.01, 0.6, 40)), 6))
    # when each margin would have replaced each machine; it failed before where that is its end
    times = np.array([[_replaced(records["told"].to_numpy()[rows], records[TIME].to_numpy()[rows], m) for rows in groups] for m in margins])
    costs = np.where(times < ends, preventive, failure)
    n = len(groups)
    age, sensor, chosen = np.zeros((3, n)), np.zeros((3, n)), []
    for k in range(FOLDS):
        own, rest = folds == k, folds != k
        best = int((costs[:, rest].sum(axis=1) / times[:, rest].sum(axis=1)).argmin())
        chosen.append(float(margins[best]))
        sensor[:, own] = costs[best, own], times[best, own], times[best, own] >= ends[own]
        at = best_age(fit_weibull(ends[rest].tolist()), preventive, failure).age
        age[:, own] = np.where(ends[own] > at, preventive, failure), np.minimum(ends[own], at), ends[own] <= at
    before = np.array([records[TIME].iat[rows[-2]] if len(rows) > 1 else records[TIME].iat[rows[-1]] for rows in groups])
    run, known_end = np.array([np.full(n, failure), ends, np.ones(n)]), np.array([np.full(n, preventive), before, np.zeros(n)])
    rates = {"run to failure": run, "by age": age, "by the sensor": sensor, "as if all were known": known_end}
    return SensorWorth(rates, float(np.median(chosen)))


def _replaced(told: np.ndarray, times: np.ndarray, margin: float) -> float:
    """When a machine is replaced that is replaced once no more than a margin is told to be left: at the first such record, at the latest at its end."""
    at = np.flatnonzero(told <= margin)
    return float(times[at[0]] if len(at) else times[-1])
