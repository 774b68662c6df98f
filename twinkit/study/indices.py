"""Sensitivity indices of a function of some inputs (SALib): Morris' screening and Sobol's shares of the variance."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

Ranges = Mapping[str, tuple[float, float]]
Function = Callable[[np.ndarray], np.ndarray]
"""Takes points, shape (points, inputs), in the order of the ranges; gives one value for each."""
LEVELS = 4
MISSING = "sensitivity needs SALib: pip install 'twinkit[optimise]'"


def morris(function: Function, ranges: Ranges, trajectories: int = 10, seed: int = 1) -> pd.DataFrame:
    """Elementary effects: which inputs matter at all (Morris 1991; Campolongo et al. 2007).

    Parameters
    ----------
    function
        What depends on the inputs.
    ranges
        Input → lowest and highest value.
    trajectories
        Ways through the space; the function is asked for trajectories × (inputs + 1) points.
    seed
        Seed of the sample.

    Returns
    -------
    DataFrame
        input, effect (μ*: mean size of the change when the input runs over its range), with
        the 95 % interval low to high, and bend (σ: how much the effect depends on where the
        other inputs are), largest effect first.  Unit: that of the function.
    """
    with _salib() as (problem, samples, analyses):
        points = samples.morris.sample(problem(ranges), trajectories, num_levels=LEVELS, seed=seed)
        values = np.asarray(function(points), float)
        found = analyses.morris.analyze(problem(ranges), points, values, num_levels=LEVELS, seed=seed)
    effect, half = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    rows = pd.DataFrame({
        "input": list(ranges), "effect": effect, "low": np.maximum(effect - half, 0.0), "high": effect + half,
        "bend": np.asarray(found["sigma"], float),
    })  # fmt: skip
    return rows.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def sobol(function: Function, ranges: Ranges, samples: int = 64, seed: int = 1) -> pd.DataFrame:
    """Shares of the variance (Sobol' 2001; estimators of Saltelli et al. 2010).

    Parameters
    ----------
    function, ranges, seed
        As for :func:`morris`.
    samples
        Points of the base sample, a power of 2; the function is asked for samples × (inputs + 2).

    Returns
    -------
    DataFrame
        input, alone (first-order index: share of the variance that the input makes by
        itself) and total (with all that it does together with others), each with its 95 %
        bootstrap interval, largest total first.  NaN where the function does not vary.
    """
    with _salib() as (problem, sampling, analyses):
        points = sampling.sobol.sample(problem(ranges), samples, calc_second_order=False, seed=seed)
        values = np.asarray(function(points), float)
        found = analyses.sobol.analyze(problem(ranges), values, calc_second_order=False, seed=seed)
    columns: dict[str, Any] = {"input": list(ranges)}
    for name, key in (("alone", "S1"), ("total", "ST")):
        value = np.where(values.std() > 0, np.asarray(found[key], float), np.nan)
        half = np.asarray(found[f"{key}_conf"], float)
        columns |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return pd.DataFrame(columns).sort_values("total", ascending=False, kind="stable", ignore_index=True)


@contextmanager
def _salib() -> Iterator[tuple[Callable[[Ranges], dict], Any, Any]]:
    """SALib without its notices."""
    try:
        samples, analyses = (_parts(room) for room in ("sample", "analyze"))
    except ImportError as missing:
        raise ImportError(MISSING) from missing

    def problem(ranges: Ranges) -> dict:
        return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(r) for r in ranges.values()]}

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield problem, samples, analyses


def _parts(room: str) -> SimpleNamespace:
    """The two methods of a package of SALib."""
    return SimpleNamespace(**{name: import_module(f"SALib.{room}.{name}") for name in ("morris", "sobol")})
