"""The methods by name, and forecasts of many series at once with their distribution.

A table of series has a row for each, NaN before it begins; a forecast says for each row a mean by period ahead, quantiles
of what will be asked for in that period, and quantiles of the *sum* over the periods until then.  Quantiles come from the
errors that the same method made in the past of the same series (never from a square root of the lead time).
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from threading import Event

import numpy as np
from scipy.special import ndtri, stdtrit

from twinkit.capabilities.demand import smoothing as codes
from twinkit.run.engines import Cancelled
from twinkit.tables.problems import did_you_mean

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles that a forecast says [share]."""
CHUNK = 250
"""Series that are forecast between two looks at whether the study was cancelled."""

Said = np.ndarray | tuple[np.ndarray, np.ndarray, np.ndarray]
Paths = Callable[[np.ndarray, np.ndarray, int, int], Said]


@dataclass(frozen=True)
class Method:
    """A way to forecast.

    Attributes
    ----------
    name, label, meaning
        In code, for a person, and how it works in a sentence.
    code
        Of the compiled loop, or -1.
    adjust
        Whether it is worked out on the series without its season, where a test finds one.
    paths
        For a method in Python: ``paths(y, regressors, season, horizon)`` gives what it would have said after each
        period, shape (periods + 1, horizon), or the forecast with the standard deviations of a period and of the sum until it,
        each of shape (horizon,); regressors have shape (periods + horizon, regressors).
    needs
        Package that must be installed.
    parts
        Methods whose forecasts are averaged.
    alpha, beta, window
        Smoothing constants that are given rather than fitted (0: fitted), and length of a moving average [periods].
    """

    name: str
    label: str
    meaning: str
    code: int = -1
    adjust: bool = False
    paths: Paths | None = None
    needs: str = ""
    parts: tuple[str, ...] = ()
    alpha: float = 0.0
    beta: float = 0.0
    window: int = 4


def _arima(y: np.ndarray, regressors: np.ndarray, season: int, horizon: int) -> Said:
    """ARIMA of the order with the lowest AICc of a few; differenced once where the series wanders."""
    from statsmodels.tsa.arima.model import ARIMA  # an optional extra, and slow to import

    n, scale = len(y), float(np.abs(y).mean()) or 1.0
    seasonal = (0, 1, 1, season) if 1 < season <= 12 and n >= 3 * season and codes.is_seasonal(y, season) else (0, 0, 0, 0)
    wanders = n > 8 and np.diff(y).var() < y.var()
    orders = [(0, 1, 1), (1, 1, 0), (1, 1, 1), (0, 1, 0)] if wanders else [(0, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1)]
    best = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of starting values and of convergence: the criterion judges what came of it
        for order in orders:
            try:
                found = ARIMA(y / scale, order=order, seasonal_order=seasonal, trend=None if wanders or seasonal[1] else "c").fit()
            except (ValueError, np.linalg.LinAlgError):
                continue
            if np.isfinite(found.aicc) and (best is None or found.aicc < best.aicc):
                best = found
        if best is None:
            return codes_paths(y, codes.NAIVE, season, horizon)
        answer = best.impulse_responses(horizon - 1).ravel() if horizon > 1 else np.ones(1)
        sigma = scale * np.sqrt(max(float(best.params[-1]), 0.0))
        return (best.forecast(horizon) * scale, sigma * np.sqrt(np.cumsum(answer**2)),
                sigma * np.sqrt(np.cumsum(np.cumsum(answer) ** 2)))  # fmt: skip


def codes_paths(y: np.ndarray, code: int, season: int, horizon: int, alpha: float = 0.0, beta: float = 0.0, window: int = 4) -> np.ndarray:
    """Paths of a compiled method, shape (periods + 1, horizon)."""
    out = np.empty((len(y) + 1, horizon))
    codes.fitted_paths(np.ascontiguousarray(y, float), code, season, window, alpha, beta, horizon, np.zeros(8), out)
    return out


def design(n: int, season: int, regressors: np.ndarray) -> np.ndarray:
    """Columns of a regression: the season as up to three pairs of waves (all of them for a short season), then the regressors."""
    t, pairs = np.arange(n), min(3 if season > 12 else season // 2, season // 2)
    waves = [f(2 * np.pi * k * t / season) for k in range(1, pairs + 1) for f in (np.sin, np.cos) if not (f is np.sin and 2 * k == season)]
    return np.column_stack([np.ones(n), *waves, regressors[:n]]) if season > 1 else np.column_stack([np.ones(n), regressors[:n]])


@dataclass(frozen=True)
class Effects:
    """What a regression found.

    Attributes
    ----------
    effect, half
        Of each regressor: change of demand with a regressor of 1, and half of its 95 % interval (Student); of the logarithm where `ratio`.
    ratio
        Whether demand was taken as a product of its parts: above 0 everywhere.
    """

    effect: np.ndarray
    half: np.ndarray
    ratio: bool


def regress(y: np.ndarray, regressors: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, Effects]:
    """Fit y (or its logarithm) on the season and the regressors by least squares, with errors that follow each other.

    What is left over of a period carries over to the next (a level that moves), so both sides are taken as they are less ρ
    times the period before, with ρ from what is left over (Cochrane & Orcutt 1949, two rounds).

    Returns
    -------
    columns, coefficients
        Of the design, for the past and the future.
    effects
        Of the regressors.
    """
    n, k = len(y), regressors.shape[1]
    ratio = bool(y.min() > 0)
    x = design(len(regressors), season if season > 1 and n >= 2 * season else 1, regressors)
    seen = np.ptp(x[:n], axis=0) > 0
    seen[0] = True
    target, own = np.log(y) if ratio else y, x[:n, seen]
    coefficients, half, rho = np.zeros(x.shape[1]), np.full(x.shape[1], np.nan), 0.0
    if n > own.shape[1] + 3:
        for _ in range(3):
            left, right = own[1:] - rho * own[:-1], target[1:] - rho * target[:-1]
            found = np.linalg.lstsq(left, right, rcond=None)[0]
            rest = target - own @ found
            rest = rest - rest.mean()
            size = float(rest @ rest)
            rho_used, rho = rho, min(max(float(rest[1:] @ rest[:-1]) / size, 0.0), 0.95) if size > 0 else 0.0
        coefficients[seen] = found
        off = right - left @ found
        free = n - 1 - left.shape[1]
        variance = off @ off / free
        half[seen] = stdtrit(free, 0.975) * np.sqrt(np.maximum(variance * np.diag(np.linalg.pinv(left.T @ left)), 0.0))
        coefficients[0] += float((target - own @ coefficients[seen]).mean()) if rho_used else 0.0
    else:
        coefficients[0] = target.mean()
    start = x.shape[1] - k
    return x, coefficients, Effects(coefficients[start:], half[start:], ratio)


def _regression(y: np.ndarray, regressors: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Season and regressors by least squares; what is left over is smoothed, so that the level may move."""
    n = len(y)
    x, coefficients, found = regress(y, regressors, season)
    said = x @ coefficients
    rest = (np.log(y) if found.ratio else y) - said[:n]
    level = codes_paths(rest, codes.SES, 1, horizon)
    steps = np.minimum(np.arange(n + 1)[:, None] + np.arange(horizon), n + horizon - 1)
    out = level + said[steps]
    if found.ratio:
        off = rest[1:] - level[1:-1, 0] if n > 2 else np.zeros(1)
        out = np.exp(out) * np.exp(np.minimum(off, 20.0)).mean()  # the mean, not the median (Duan 1983)
    return out


METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method("naive", "Naive", "what was asked for last", codes.NAIVE),
        Method("seasonal_naive", "Seasonal naive", "what was asked for a season ago", codes.SEASONAL),
        Method("naive2", "Naive, season apart", "what was asked for last, its season taken out and put in again", codes.NAIVE, True),
        Method("mean", "Mean", "the mean of all that was asked for", codes.MEAN),
        Method("drift", "Drift", "the last value, and on along the line from the first", codes.DRIFT),
        Method("moving_average", "Moving average", "the mean of the last few periods", codes.MOVING),
        Method("ses", "Exponential smoothing", "a level that follows what is asked for", codes.SES, True),
        Method("holt", "Holt's trend", "a level and a trend that follow", codes.HOLT, True),
        Method("damped", "Damped trend", "a level, and a trend that levels off", codes.DAMPED, True),
        Method("holt_winters", "Holt-Winters", "a level, a trend and seasons that follow", codes.WINTERS),
        Method("ets", "ETS", "exponential smoothing with the trend and season that the corrected Akaike criterion chooses", codes.ETS),
        Method("theta", "Theta", "half the long-run line, half smoothing of what bends away from it", codes.THETA, True),
        Method("croston", "Croston", "size of a demand over the time between two", codes.CROSTON),
        Method("sba", "Syntetos-Boylan", "Croston's forecast without its bias", codes.SBA),
        Method("tsb", "Teunter-Syntetos-Babai", "size of a demand times its chance, which fades while nothing is asked for", codes.TSB),
        Method("arima", "ARIMA", "autoregression and moving average of the differences", paths=_arima, needs="statsmodels"),
        Method("regression", "Regression", "season, promotions, prices and calendar by least squares, the level smoothed", paths=_regression),
        Method("combination", "Combination", "the mean of smoothing, damped trend and theta", parts=("ses", "damped", "theta")),
    )
}
"""Name → method."""
USUAL = ("naive", "seasonal_naive", "moving_average", "ses", "damped", "holt_winters", "theta", "combination", "regression")
"""Methods that are tried where a series is asked for in most periods."""
RARE = ("naive", "moving_average", "ses", "croston", "sba", "tsb")
"""Methods that are tried where a series is rarely asked for."""

CONSTANTS = {"ses": (1,), "holt": (2,), "croston": (1, 2), "sba": (1, 2), "tsb": (1, 2)}
"""Method → how many smoothing constants its name may say."""


def method_of(name: str | Method) -> Method:
    """A method by its name; ``moving_average_8``, ``ses_0.3`` and ``holt_0.8_0.2`` say the window and the constants.

    Of two constants the second is that of the trend (holt), the interval (croston, sba) or the chance (tsb).

    Raises
    ------
    ValueError
        If there is none of the name.
    """
    if isinstance(name, Method):
        return name
    if name in METHODS:
        return METHODS[name]
    stem, *numbers = re.fullmatch(r"(.*?)((?:_\d*\.?\d+){0,2})", name, re.DOTALL).groups()
    values = [float(n) for n in numbers[0].split("_")[1:]]
    if stem == "moving_average" and len(values) == 1 and values[0] >= 1 and values[0] == int(values[0]):
        return Method(name, f"Moving average of {values[0]:g}", METHODS[stem].meaning, codes.MOVING, window=int(values[0]))
    if len(values) in CONSTANTS.get(stem, ()) and all(0 < value <= 1 for value in values):
        told = ", ".join(f"{value:g}" for value in values)
        return Method(name, f"{METHODS[stem].label}, {told}", METHODS[stem].meaning, METHODS[stem].code, alpha=values[0], beta=values[-1])
    hint = did_you_mean(name, list(METHODS), "Methods: " + ", ".join(METHODS) + "; also moving_average_8, ses_0.3, holt_0.8_0.2.")
    raise ValueError(f"there is no method {name!r}. {hint}")


@dataclass
class Forecasts:
    """What a method says of every row of a table of series.

    Attributes
    ----------
    method, levels, horizon
        What was asked.
    mean
        By period ahead, shape (series, horizon) [unit of the series].
    quantiles, sums
        Of a period, and of the sum until it, shape (series, levels, horizon).
    of_one, of_sum
        Root mean square of the errors in the past, of a period and of the sum until it, shape (series, horizon).
    fitted
        Constants of the compiled methods, shape (series, 8).
    one_sided
        1 or -1 where what came was mostly above or below what the same method had said in the past, else 0, shape (series,).
    """

    method: str
    levels: tuple[float, ...]
    mean: np.ndarray
    quantiles: np.ndarray
    sums: np.ndarray
    of_one: np.ndarray
    of_sum: np.ndarray
    fitted: np.ndarray = field(repr=False)
    one_sided: np.ndarray = field(default_factory=lambda: np.zeros(0, int), repr=False)

    @classmethod
    def blank(cls, method: str, levels: Sequence[float], series: int, horizon: int) -> Forecasts:
        """Room for forecasts of so many series, to be filled in."""
        one, many = (series, horizon), (series, len(levels), horizon)
        return cls(method, tuple(map(float, levels)), *map(np.empty, (one, many, many, one, one)), np.zeros((series, 8)))

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return self.mean.shape[1]

    @property
    def places(self) -> list[np.ndarray]:
        """Mean, quantiles, quantiles of sums, and errors of both."""
        return [self.mean, self.quantiles, self.sums, self.of_one, self.of_sum]


def table_of(series: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Series as a table that ends with the last period of all: shorter ones begin later, with NaN before.

    Raises
    ------
    ValueError
        If there is no series, one is not flat, has no value or one that is no number.
    """
    rows = [np.asarray(row, float) for row in series]
    if not rows:
        raise ValueError("there are no series to forecast")
    if any(row.ndim != 1 for row in rows):
        raise ValueError("a series is a list of numbers; give a list of such lists")
    table = np.full((len(rows), max(len(row) for row in rows)), np.nan)
    for i, row in enumerate(rows):
        if not np.isfinite(row).any():
            raise ValueError(f"series {i + 1} has no values")
        if np.isinf(row).any():
            raise ValueError(f"series {i + 1} holds a value that is no number")
        if len(row):
            table[i, table.shape[1] - len(row) :] = row
    return table


def filled(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Table without gaps, where each series begins, and how many values were filled in along the line between their neighbours."""
    out, first, gaps = np.array(table, float), np.zeros(len(table), np.int64), np.zeros(len(table), np.int64)
    for i, row in enumerate(out):
        known = np.flatnonzero(~np.isnan(row))
        first[i] = known[0] if len(known) else len(row)
        missing = np.flatnonzero(np.isnan(row[first[i] :])) + first[i]
        if len(missing):
            row[missing] = np.interp(missing, known, row[known])
            gaps[i] = len(missing)
    return out, first, gaps


def forecast(
    series: np.ndarray, method: str | Method, horizon: int, season: int = 1, *, regressors: np.ndarray | None = None,
    levels: Sequence[float] = LEVELS, workers: int | None = None, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Forecasts:  # fmt: skip
    """Forecast every row of a table of series.

    Parameters
    ----------
    series
        Shape (series, periods), NaN before a series begins; a gap within is filled along the line between its neighbours.
        See :func:`table_of` for series of several lengths.
    method
        A name of :data:`METHODS`.
    horizon, season
        Periods ahead, and periods in a season (1: none).
    regressors
        Of the method regression, shape (series, periods + horizon, regressors): what is known of the future beforehand.
    levels
        Quantiles wanted [share].
    workers
        Threads; by default as many as there are processors.
    progress, cancel
        As for :func:`twinkit.ensemble`; progress counts series.

    Raises
    ------
    ValueError
        If there is no such method, or a number is out of its range.
    """
    one = method_of(method)
    y, first, _ = filled(np.atleast_2d(np.asarray(series, float)))
    horizon, season = int(horizon), int(season)
    if horizon < 1 or season < 1:
        raise ValueError(f"a forecast is for at least 1 period ahead and a season of at least 1; they are {horizon} and {season}")
    wanted = np.asarray(levels, float)
    if not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError("quantiles are shares between 0 and 1")
    if (first >= y.shape[1]).any():
        raise ValueError(f"series {int(np.argmax(first >= y.shape[1])) + 1} has no values")
    n = len(y)
    out = Forecasts.blank(one.name, wanted, n, horizon)
    more = np.zeros((n, y.shape[1] + horizon, 0)) if regressors is None else np.asarray(regressors, float)

    def part(rows: slice) -> int:
        _forecast_part(one, y[rows], first[rows], more[rows], season, wanted, out, rows)
        return rows.stop - rows.start

    chunk = CHUNK if one.paths is None else 8
    _in_parts(part, [slice(i, min(i + chunk, n)) for i in range(0, n, chunk)], n, workers, progress, cancel)
    _settle(out, y, first)
    return out


def _forecast_part(one: Method, y: np.ndarray, first: np.ndarray, more: np.ndarray, season: int, levels: np.ndarray, out: Forecasts, rows: slice) -> None:
    """Forecast some rows into their places."""
    places = [a[rows] for a in out.places]
    if one.parts:  # the errors in the past of the mean, not the mean of their errors
        codes.average_rows(y, first, np.array([METHODS[name].code for name in one.parts]), season, levels, *places)
        return
    if one.code >= 0:
        codes.forecast_rows(y, first, one.code, one.adjust and one.alpha == 0, season, one.window, one.alpha, one.beta, levels, *places, out.fitted[rows])
        return
    for i, start in enumerate(first):
        own = np.ascontiguousarray(y[i, start:])
        paths = one.paths(own, more[i, start:], season, out.horizon) if len(own) >= codes.SHORTEST else codes_paths(own, codes.NAIVE, 1, out.horizon)
        if isinstance(paths, tuple):
            places[0][i], places[3][i], places[4][i] = paths
            for values, spread in ((places[1], paths[1]), (places[2], paths[2])):
                values[i] = ndtri(levels)[:, None] * spread
            continue
        places[0][i] = paths[-1]
        known = int(np.isnan(paths).any(axis=1).sum())  # a method may not say what it would have said at first
        constants = min(len(own), 2 + design(len(own), season, more[i, start:]).shape[1])
        codes.past_errors(own, paths, max(known, 2), constants, levels, *(a[i] for a in places[1:]))


def _in_parts(part: Callable[[slice], int], chunks: list[slice], total: int, workers, progress, cancel) -> None:
    """Do the parts in threads; the compiled loops let each other run."""
    workers = workers or os.cpu_count() or 1
    done = 0
    with ThreadPoolExecutor(max(1, min(workers, len(chunks)))) as pool:
        waiting = [pool.submit(part, rows) for rows in chunks]
        for one in as_completed(waiting):
            if cancel is not None and cancel.is_set():
                for other in waiting:
                    other.cancel()
                raise Cancelled
            done += one.result()
            if progress is not None:
                progress(done, total)


def _settle(out: Forecasts, y: np.ndarray, first: np.ndarray) -> None:
    """From errors to quantiles; nothing below 0 where nothing ever was, and no interval where there are too few errors for one."""
    least = np.where(np.nanmin(np.where(np.arange(y.shape[1]) >= first[:, None], y, np.nan), axis=1) >= 0, 0.0, -np.inf)
    out.quantiles += out.mean[:, None, :]
    out.sums += np.cumsum(out.mean, axis=1)[:, None, :]
    for values in (out.mean, out.quantiles, out.sums):
        np.maximum(values, least.reshape(-1, *[1] * (values.ndim - 1)), out=values)


def usual_season(period_days: float) -> int:
    """Periods in a season: a week of days, a year of weeks, of four weeks, months or quarters; 1 where it is none of them.

    Examples
    --------
    >>> [usual_season(days) for days in (1, 7, 14, 28, 30, 91, 365)]
    [7, 52, 26, 13, 12, 4, 1]
    """
    known: Mapping[tuple[float, float], int] = {(0.9, 1.1): 7, (6.5, 7.5): 52, (13.5, 14.5): 26, (27.5, 28.5): 13, (29.9, 31.1): 12, (89, 93): 4}
    return next((season for (low, high), season in known.items() if low <= period_days <= high), 1)
