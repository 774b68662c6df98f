"""The search for good sets of levers (Optuna; multi-objective, seeded, nothing logged)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.levers.levers import Lever
from twinkit.study.appraisal import Appraisal

if TYPE_CHECKING:
    from optuna import Study, Trial

OBJECTIVES: dict[str, Callable[[Appraisal], float]] = {
    "cost": lambda a: float(a.cost.mean()),
    "expected loss": lambda a: float(a.expected.mean()),
    "worst 5 %": lambda a: a.worst,
}
"""Objective → its value; less is better."""
TOGETHER = 4
"""Sets that are asked for at a time, whatever the number of workers, so that the search is always the same."""
FIRST = (1 / 12, 1 / 4, 1.0)
"""Shares of the way up at which each lever is tried alone."""
HALVINGS = 5
"""A lever of a neighbour is moved by its range times one half to this power at least."""
MISSING = "the search needs Optuna: pip install 'twinkit[optimise]'"


def values_of(appraisal: Appraisal, objectives: Sequence[str]) -> tuple[float, ...]:
    """Objectives of an appraisal."""
    return tuple(OBJECTIVES[name](appraisal) for name in objectives)


def first_sets(levers: Sequence[Lever]) -> list[dict[str, Any]]:
    """Sets that are tried before the search: no lever moved, and each alone: a little, some, and at its ends."""
    found: list[dict[str, Any]] = [{}]
    for lever in levers:
        end = lever.high if lever.flag or lever.high > lever.start else lever.low
        way = [on_grid(lever, lever.start + part * (end - lever.start)) for part in FIRST] if not lever.flag else []
        tried = [True, False] if lever.flag else [*way, lever.low]
        found += [{lever.name: v} for v in dict.fromkeys(tried) if v != lever.start]
    return found


def some_way(lever: Lever) -> Any:
    """A value of a lever that is worth asking about: the other position of a switch, or a quarter of the way."""
    if lever.flag:
        return not lever.start
    ends = (lever.high, lever.low) if lever.bought == "more" else (lever.low, lever.high)
    end = ends[0] if ends[0] != lever.start else ends[1]
    return on_grid(lever, lever.start + FIRST[1] * (end - lever.start))


def screen(
    appraise: Callable[[Sequence[Mapping[str, Any]]], list[Appraisal]], levers: Sequence[Lever], budget: float
) -> list[Appraisal]:  # fmt: skip
    """A few sets that say soon what may be worth it: each lever alone some of the way, then those that gain together.

    All in the same worlds, so that few of them tell a good measure from a bad one.

    Parameters
    ----------
    appraise, levers, budget
        As for :func:`search`.
    """
    alone = {lever.name: some_way(lever) for lever in levers}
    base, *found = appraise([{}, *({name: value} for name, value in alone.items())])
    gain = {next(iter(a.levers)): float((base.total - a.total).mean()) for a in found if a.levers and a.spent <= budget}
    good = sorted((name for name, value in gain.items() if value > 0), key=lambda name: -gain[name])
    known = {lever.name: lever for lever in levers}
    sets = [{name: alone[name] for name in good[:n]} for n in range(2, min(len(good), TOGETHER) + 1)]
    for name in [n for n in good if not known[n].flag][:2]:  # the best ones a little less, and more
        by = alone[name] - known[name].start
        sets += [{name: v} for v in dict.fromkeys(on_grid(known[name], known[name].start + part * by) for part in (0.5, 2.0))
                 if v not in (alone[name], known[name].start)]  # fmt: skip
    together = appraise(sets) if sets else []
    return list({tuple(a.levers.items()): a for a in [base, *found, *together]}.values())


def on_grid(lever: Lever, value: float) -> float:
    """The step of a lever that is nearest to a value."""
    return float(min(max(round(value / lever.step) * lever.step, lever.low), lever.high))


def search(
    appraise: Callable[[Sequence[Mapping[str, Any]]], list[Appraisal]], levers: Sequence[Lever],
    objectives: Sequence[str], trials: int, budget: float, seed: int,
) -> list[Appraisal]:  # fmt: skip
    """Sets of levers that were tried, each once, in the order of the search.

    The tree-structured Parzen estimator for several objectives (Ozaki et al. 2022, J. Artificial
    Intelligence Research 73) proposes half of the sets; what is dearer than the budget counts as
    infeasible.  The other half are neighbours of the best so far: one lever moved by a half, a
    quarter, … of its range.  With many levers most sets at random are far too dear, and a good
    set differs little from another.

    Parameters
    ----------
    appraise
        Appraises sets on the luck of the search.
    levers
        Levers that may be moved.
    objectives
        Names of :data:`OBJECTIVES`.
    trials
        Sets that are proposed, beyond the first ones.
    budget
        Most that may be spent [money/year].
    seed
        Seed of the search.
    """
    starts = first_sets(levers)
    found = appraise(starts)
    with _quiet_optuna() as optuna:
        sampler = optuna.samplers.TPESampler(
            seed=seed, multivariate=True, constant_liar=True, n_startup_trials=len(starts) + TOGETHER,
            constraints_func=lambda trial: (trial.user_attrs["over"],),
        )  # fmt: skip
        study = optuna.create_study(directions=["minimize"] * len(objectives), sampler=sampler)
        for levers_set, appraisal in zip(starts, found, strict=True):
            study.enqueue_trial({lever.name: levers_set.get(lever.name, lever.start) for lever in levers})
            _tell(study, [_asked(study, levers)[0]], [appraisal], objectives, budget)
        rng = np.random.default_rng(seed)
        for at in range(0, trials, TOGETHER):
            for _ in range(TOGETHER // 2):
                study.enqueue_trial(_neighbour(_parent(found, objectives, budget, rng), levers, rng))
            asked = [_asked(study, levers) for _ in range(min(TOGETHER, trials - at))]
            appraised = appraise([levers_set for _, levers_set in asked])
            _tell(study, [trial for trial, _ in asked], appraised, objectives, budget)
            found += appraised
    return list({tuple(a.levers.items()): a for a in found}.values())


def _parent(found: Sequence[Appraisal], objectives: Sequence[str], budget: float, rng: np.random.Generator) -> Appraisal:
    """One of the best sets within the budget: that with the least total, or any of the front."""
    within = [a for a in found if a.spent <= budget]
    if rng.random() < 0.5:
        return min(within, key=lambda a: (float(a.total.mean()), a.price))
    good = np.flatnonzero(front(np.array([values_of(a, objectives) for a in within])))
    return within[int(rng.choice(good))]


def _neighbour(parent: Appraisal, levers: Sequence[Lever], rng: np.random.Generator) -> dict[str, Any]:
    """A set with one lever moved."""
    values = {lever.name: parent.levers.get(lever.name, lever.start) for lever in levers}
    lever = levers[int(rng.integers(len(levers)))]
    if lever.flag:
        return {**values, lever.name: not values[lever.name]}
    by = (lever.high - lever.low) * 0.5 ** int(rng.integers(1, HALVINGS + 1))
    up = rng.random() < 0.5 or values[lever.name] <= lever.low
    moved = values[lever.name] + max(by, lever.step) * (1 if up else -1)
    return {**values, lever.name: float(np.clip(moved, lever.low, lever.high))}


def _asked(study: Study, levers: Sequence[Lever]) -> tuple[Trial, dict[str, Any]]:
    trial = study.ask()
    chosen: dict[str, Any] = {}
    for lever in levers:
        if lever.flag:
            chosen[lever.name] = trial.suggest_categorical(lever.name, [False, True])
        else:
            # the place where a lever stands need not be on its grid
            value = trial.suggest_float(lever.name, lever.low, lever.high)
            near = abs(value - lever.start) <= lever.step / 2
            chosen[lever.name] = lever.start if near else on_grid(lever, value)
    return trial, chosen


def _tell(study: Study, trials: Sequence[Any], found: Sequence[Appraisal], objectives: Sequence[str], budget: float) -> None:
    for trial, appraisal in zip(trials, found, strict=True):
        trial.set_user_attr("over", appraisal.spent - budget if np.isfinite(budget) else -1.0)
        study.tell(trial, values_of(appraisal, objectives))


@contextmanager
def _quiet_optuna() -> Iterator[Any]:
    """Optuna without its log lines and notices; its settings are put back."""
    try:
        import optuna
    except ImportError as missing:
        raise ImportError(MISSING) from missing
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield optuna
    finally:
        optuna.logging.set_verbosity(level)


def front(values: np.ndarray) -> np.ndarray:
    """Which rows no other row beats in all columns (less is better); of equal rows the first.

    Examples
    --------
    >>> front(np.array([[0.0, 3.0], [1.0, 1.0], [2.0, 2.0], [0.0, 3.0]])).tolist()
    [True, True, False, False]
    """
    no_worse = (values[None] <= values[:, None]).all(axis=2)
    better = (values[None] < values[:, None]).any(axis=2)
    same = no_worse & ~better
    earlier = np.tril(same, -1).any(axis=1)
    return ~(no_worse & better).any(axis=1) & ~earlier
