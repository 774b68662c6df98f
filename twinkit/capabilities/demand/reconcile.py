"""Forecasts that add up: bottom-up, top-down, and the optimal combinations.

Sources: Hyndman, Ahmed, Athanasopoulos & Shang (2011) (OLS), Athanasopoulos et al. (2017) and Hyndman, Lee & Wang (2016)
(WLS), Wickramasuriya, Athanasopoulos & Hyndman (2019) (MinT), Schäfer & Strimmer (2005) (the shrunken covariance),
Athanasopoulos, Ahmed & Hyndman (2009) (top-down).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

METHODS = {
    "bottom_up": "the forecasts of the lowest level, added up",
    "top_down": "the forecast of the total, split by the shares of the past",
    "top_down_forecasts": "the forecast of the total, split by the shares of the lowest forecasts",
    "ols": "least change, every series alike",
    "wls_structural": "least change, weighted by how many lowest series are in each",
    "wls_variance": "least change, weighted by the variance of the errors of each",
    "mint_sample": "least variance, from the covariance of the errors",
    "mint_shrink": "least variance, from the covariance of the errors, shrunk towards its diagonal",
}
"""Method → what it does."""


def summing_matrix(leaves: Sequence[Sequence[str]], levels: Sequence[Sequence[int]]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """The matrix that adds up the lowest series.

    Parameters
    ----------
    leaves
        Names of each lowest series, for example (market, product).
    levels
        Of each level above, which of those names are kept: () for the total, (0,) for every market …

    Returns
    -------
    matrix
        Shape (series, leaves): a row for each sum, then one for each leaf.
    names
        Of each row, the names that are kept, "" for the others.

    Examples
    --------
    >>> summing_matrix([("north", "tea"), ("south", "tea")], [()])[0].astype(int).tolist()
    [[1, 1], [1, 0], [0, 1]]
    """
    width = len(leaves[0])
    rows, names = [], []
    for kept in levels:
        keys = [tuple(leaf[i] if i in kept else "" for i in range(width)) for leaf in leaves]
        for key in dict.fromkeys(keys):
            rows.append([float(k == key) for k in keys])
            names.append(key)
    return np.vstack([np.array(rows).reshape(len(rows), len(leaves)), np.eye(len(leaves))]), [*names, *(tuple(leaf) for leaf in leaves)]


def covariance(errors: np.ndarray, shrink: bool = False) -> np.ndarray:
    """Covariance of errors about 0, shape (series, series); `errors` has a row for each observation.

    Shrunk, its part off the diagonal is multiplied by 1 - λ, with the λ of Schäfer & Strimmer (2005) for correlations.
    """
    e = np.asarray(errors, float)
    n = len(e)
    found = e.T @ e / n
    if not shrink:
        return found
    scale = np.sqrt(np.diag(found))
    z = e / np.where(scale > 0, scale, 1.0)
    r = z.T @ z / n
    spread = ((z**2).T @ (z**2) - (z.T @ z) ** 2 / n) / (n * (n - 1)) if n > 1 else np.ones_like(r)
    off = ~np.eye(len(r), dtype=bool)
    bottom = (r[off] ** 2).sum()
    weight = min(max(spread[off].sum() / bottom, 0.0), 1.0) if bottom > 0 else 1.0
    return np.where(off, (1.0 - weight) * found, found)


def enough(errors: np.ndarray) -> bool:
    """Whether errors, a row for each observation, have a covariance that can be inverted: enough of them, and no sum of some that is another (as of the naive method)."""
    e = np.asarray(errors, float)
    scale = np.sqrt((e**2).mean(axis=0))
    return len(e) >= e.shape[1] and np.linalg.matrix_rank(e[:, scale > 0] / scale[scale > 0], rtol=1e-6) == (scale > 0).sum()


def mapping(
    summing: np.ndarray, method: str, errors: np.ndarray | None = None, base: np.ndarray | None = None,
    past: np.ndarray | None = None, weights: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """The matrix G with which the reconciled forecasts are S G ŷ.

    Parameters
    ----------
    summing
        S, shape (series, leaves); the last rows are the leaves.
    method
        A key of :data:`METHODS`.
    errors
        Errors of the base forecasts in the past, shape (observations, series); wls_variance and mint_ need them.
    base
        Base forecasts, shape (series,); top_down_forecasts needs them.
    past
        The series of the leaves in the past, shape (observations, leaves), or shares of shape (leaves,); top_down needs them.
    weights
        A covariance of one's own, shape (series, series), in place of that of the method.

    Raises
    ------
    ValueError
        If the method is none, or what it needs is not given.
    """
    s = np.asarray(summing, float)
    series, leaves = s.shape
    if not np.array_equal(s[series - leaves :], np.eye(leaves)):
        raise ValueError("the last rows of the summing matrix must be those of the lowest series, one for each, in their order")
    if method not in METHODS:
        raise ValueError(f"there is no reconciliation {method!r}; there are {', '.join(METHODS)}")
    if method == "bottom_up":
        return np.hstack([np.zeros((leaves, series - leaves)), np.eye(leaves)])
    if method.startswith("top_down"):
        whole = np.flatnonzero(s.sum(axis=1) == leaves)
        if not len(whole):
            raise ValueError("top-down needs the series of the total among those that are added up")
        if method == "top_down_forecasts":
            parts = np.asarray(_needed(base, method, "the base forecasts"), float)[series - leaves :]
        else:
            given = np.asarray(_needed(past, method, "the past of the lowest series"), float)
            parts = given if given.ndim == 1 else given.mean(axis=0)
        if not parts.sum() > 0:
            raise ValueError("top-down needs a total above 0 to split; the lowest series add up to 0")
        g = np.zeros((leaves, series))
        g[:, whole[0]] = parts / parts.sum()
        return g
    if weights is not None:
        w = np.asarray(weights, float)
    elif method == "ols":
        w = np.eye(series)
    elif method == "wls_structural":
        w = np.diag(s.sum(axis=1))
    else:
        seen = np.asarray(_needed(errors, method, "the errors of the base forecasts"), float)
        if method == "mint_sample" and not enough(seen):
            raise ValueError(f"mint_sample needs at least as many errors as series ({series}; there are {len(seen)}), that do not add up as the series do. Take mint_shrink.")
        w = np.diag((seen**2).mean(axis=0)) if method == "wls_variance" else covariance(seen, shrink=method == "mint_shrink")
        least = np.diag(w)[np.diag(w) > 0]
        w = w + np.diag(np.where(np.diag(w) > 0, 0.0, 1e-9 * (least.min() if len(least) else 1.0)))  # a series without an error is kept as it is
    half = np.linalg.solve(w, s)
    return np.linalg.solve(s.T @ half, half.T)


def _needed(value: np.ndarray | None, method: str, what: str) -> np.ndarray:
    if value is None:
        raise ValueError(f"{method} needs {what}")
    return value


def reconciled(base: np.ndarray, summing: np.ndarray, method: str = "mint_shrink", **given: np.ndarray | None) -> np.ndarray:
    """Base forecasts made to add up, shape as `base`: (series,) or (series, horizon).

    Parameters
    ----------
    base, summing, method, **given
        As for :func:`mapping`; top_down_forecasts splits every step by its own forecasts.
    """
    y = np.asarray(base, float)
    s = np.asarray(summing, float)
    if y.shape[0] != s.shape[0]:
        raise ValueError(f"there are {y.shape[0]} base forecasts and {s.shape[0]} series in the summing matrix")
    if method == "top_down_forecasts":
        steps = y.reshape(len(y), -1).T
        return np.stack([s @ mapping(s, method, base=step) @ step for step in steps], axis=1).reshape(y.shape)
    return s @ mapping(s, method, **given) @ y
