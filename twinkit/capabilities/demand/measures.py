"""How far forecasts are off, and what kind of demand a series is.

The error of a forecast is what came less what was said.  Sources: Hyndman & Koehler (2006) for scaled errors,
Makridakis & Hibon (2000) for sMAPE, Gneiting & Raftery (2007) for the pinball loss, Syntetos, Boylan & Croston (2005)
for the classes; WAPE and bias as in every plan: Σ|e| / Σ demand and Σ e / Σ demand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ADI_CUT, CV2_CUT = 1.32, 0.49
"""Where demand is rarely asked for, and where its sizes vary much (Syntetos, Boylan & Croston 2005)."""
CLASSES = {
    "smooth": "asked for in most periods, in sizes that are alike",
    "erratic": "asked for in most periods, in sizes that vary much",
    "intermittent": "rarely asked for, in sizes that are alike",
    "lumpy": "rarely asked for, in sizes that vary much",
    "none": "never asked for",
}
"""Class → what it means."""


def _pair(actual: Sequence[float], forecast: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    a, f = np.broadcast_arrays(np.asarray(actual, float), np.asarray(forecast, float))
    known = ~(np.isnan(a) | np.isnan(f))
    if not known.any():
        raise ValueError("an error needs at least one value with a forecast; there is none")
    return a[known], f[known]


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom else float("nan")


def mean_absolute_error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """MAE: mean of |e| [unit of the series]."""
    a, f = _pair(actual, forecast)
    return float(np.abs(a - f).mean())


def root_mean_square_error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """RMSE: root of the mean of e² [unit of the series]."""
    a, f = _pair(actual, forecast)
    return float(np.sqrt(((a - f) ** 2).mean()))


def mean_absolute_percentage_error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """MAPE: mean of |e| / |actual| [%]; NaN where something that came is 0."""
    a, f = _pair(actual, forecast)
    return float(100 * (np.abs(a - f) / np.abs(a)).mean()) if (a != 0).all() else float("nan")


def symmetric_percentage_error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """sMAPE: mean of 200 |e| / (|actual| + |forecast|) [%]; 0 where both are 0 (Makridakis & Hibon 2000)."""
    a, f = _pair(actual, forecast)
    size = np.abs(a) + np.abs(f)
    return float((200 * np.abs(a - f) / np.where(size > 0, size, 1.0)).mean())


def weighted_percentage_error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """WAPE: Σ|e| / Σ actual [share]; NaN where nothing came."""
    a, f = _pair(actual, forecast)
    return _ratio(np.abs(a - f).sum(), a.sum())


def bias(actual: Sequence[float], forecast: Sequence[float]) -> float:
    """Bias: Σ e / Σ actual, e = actual - forecast [share]; below 0 too much was forecast, above 0 too little."""
    a, f = _pair(actual, forecast)
    return _ratio((a - f).sum(), a.sum())


def naive_scale(past: Sequence[float], season: int = 1, power: int = 1) -> float:
    """Mean |y(t) - y(t - season)| of the past, or the root of the mean square with power 2; NaN where the past is too short.

    A value that is missing counts in no difference; a past of a season or less is scaled by its steps from period to period.
    """
    y = np.asarray(past, float)
    known = np.flatnonzero(~np.isnan(y))
    y = y[known[0] : known[-1] + 1] if len(known) else y[:0]
    lag = season if len(y) > season else 1
    steps = np.abs(y[lag:] - y[:-lag])
    steps = steps[~np.isnan(steps)]
    return float((steps**power).mean() ** (1 / power)) if len(steps) else float("nan")


def scaled_error(actual: Sequence[float], forecast: Sequence[float], past: Sequence[float], season: int = 1) -> float:
    """MASE: MAE over the in-sample error of the seasonal naive forecast; NaN where the past never changes."""
    return _ratio(mean_absolute_error(actual, forecast), naive_scale(past, season))


def root_scaled_error(actual: Sequence[float], forecast: Sequence[float], past: Sequence[float], season: int = 1) -> float:
    """RMSSE: RMSE over the root mean square of the in-sample seasonal naive errors (Makridakis et al. 2022, M5); NaN as MASE."""
    return _ratio(root_mean_square_error(actual, forecast), naive_scale(past, season, 2))


def pinball_loss(actual: Sequence[float], quantile: Sequence[float], level: float) -> float:
    """Mean of level·(a - q) where a ≥ q, (1 - level)·(q - a) else [unit of the series]."""
    a, q = _pair(actual, quantile)
    return float(np.where(a >= q, level * (a - q), (1 - level) * (q - a)).mean())


def coverage(actual: Sequence[float], low: Sequence[float], high: Sequence[float]) -> float:
    """Share of values within their interval, its ends among it [share]."""
    a, (lo, hi) = _inside(actual, low, high)
    return float(((a >= lo) & (a <= hi)).mean())


def interval_score(actual: Sequence[float], low: Sequence[float], high: Sequence[float], share: float) -> float:
    """Winkler's score of intervals that are to hold a share: mean width, and 2 / (1 - share) of what lies outside [unit of the series]."""
    a, (lo, hi) = _inside(actual, low, high)
    return float((hi - lo + 2 / (1 - share) * (np.maximum(lo - a, 0.0) + np.maximum(a - hi, 0.0))).mean())


def weighted_interval_score(actual: Sequence[float], quantiles: Sequence[Sequence[float]], levels: Sequence[float]) -> float:
    """WIS of a row of values for each level, the median and both ends of intervals: twice the mean pinball loss (Bracher et al. 2021)."""
    return 2 * float(np.mean([pinball_loss(actual, q, level) for q, level in zip(quantiles, levels, strict=True)]))


def _inside(actual: Sequence[float], low: Sequence[float], high: Sequence[float]) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    a, lo, hi = np.broadcast_arrays(*(np.asarray(v, float) for v in (actual, low, high)))
    known = ~(np.isnan(a) | np.isnan(lo) | np.isnan(hi))
    if not known.any():
        raise ValueError("an interval needs at least one value with both of its ends; there is none")
    return a[known], (lo[known], hi[known])


def demand_class(series: Sequence[float]) -> tuple[str, float, float]:
    """Class of demand, mean interval between demands (ADI) and squared coefficient of variation of their sizes (CV²).

    ADI is periods over periods with demand [periods]; CV² is of the sizes that are not 0, as a population.

    Examples
    --------
    >>> demand_class([0, 4, 0, 0, 4, 0])
    ('intermittent', 3.0, 0.0)
    """
    y = np.asarray(series, float)
    y = y[~np.isnan(y)]
    sizes = y[y > 0]
    if not len(sizes):
        return "none", float("inf"), float("nan")
    interval, vary = len(y) / len(sizes), float(sizes.var() / sizes.mean() ** 2)
    often = interval < ADI_CUT
    alike = vary < CV2_CUT
    return ("smooth" if alike else "erratic") if often else ("intermittent" if alike else "lumpy"), float(interval), vary


def forecast_value_added(actual: Sequence[float], steps: dict[str, Sequence[float]]) -> list[tuple[str, float, float]]:
    """What each step of a process adds: (step, its WAPE, WAPE of the step before less its own), in their order.

    The first is the one that the others are held against, for example the naive forecast; what it adds is NaN.
    Only values that every step has a forecast for are counted (Gilliland 2010).
    """
    every = np.stack([np.asarray(f, float) for f in steps.values()])
    a = np.where(np.isnan(every).any(axis=0), np.nan, np.asarray(actual, float))
    errors = [weighted_percentage_error(a, f) for f in every]
    return [(name, error, float("nan") if i == 0 else errors[i - 1] - error) for i, (name, error) in enumerate(zip(steps, errors, strict=True))]
