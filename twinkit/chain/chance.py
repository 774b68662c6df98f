"""Chance: every draw has an address.

A draw is a pure function of (seed, stream, entity, period, replication): the
stream and the entity are names, hashed into the key of a counter-based generator
(Philox 4x32-10, Salmon et al. 2011, SC '11), and the period and the replication
are its counter.  Nothing is stored and nothing is consumed in an order, so adding
a site, an event, replications or periods changes no other draw, two scenarios see
the same luck (common random numbers), and a run may be picked up in the middle.

All distributions are drawn by inversion, one uniform number for each draw, so more
luck in the uniform number is more demand in every scenario.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from scipy.special import ndtr

from twinkit.chain.compiled import compiled

FIXED, NORMAL, LOGNORMAL, UNIFORM, POISSON, NEGATIVE_BINOMIAL, RESAMPLED = range(7)
KIND_CODES = {
    "constant": FIXED,
    "fixed": FIXED,
    "history": FIXED,
    "resampled": RESAMPLED,
    "normal": NORMAL,
    "lognormal": LOGNORMAL,
    "uniform": UNIFORM,
    "poisson": POISSON,
    "negative_binomial": NEGATIVE_BINOMIAL,
}
EXACT_UP_TO = 200.0
"""Largest mean up to which counts are inverted term by term; above it a Cornish-Fisher
expansion is rounded, whose error in the distribution function is below 0.001 up to this share:"""
NARROW = 0.09
"""Largest squared ratio of spread to mean for the expansion; a wider count comes in lots, so
many that the mean number of lots is at most ``EXACT_UP_TO``, with its mean and its spread."""

CUT_MATTERS = 1e-3
"""Share by which cutting normal values at 0 must raise their mean before the distribution is fitted anew."""


def cut_at_zero(mean: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors that keep the mean and the spread of normal values that are cut at 0.

    A value ``max(0, a * mean + b * spread * z)`` with a standard normal z has the mean and
    the standard deviation asked for (a rectified normal distribution; its moments are in
    Socci, Lee & Seung 1998, NIPS 10).  Where the cut does not matter both factors are 1.

    Parameters
    ----------
    mean, spread : ndarray
        Mean and standard deviation of each distribution; a spread of 0 stands for none.

    Returns
    -------
    a, b : ndarray
        The factors; 0 where a mean of 0 leaves nothing to draw.

    Examples
    --------
    >>> cut_at_zero(np.array([100.0]), np.array([20.0]))
    (array([1.]), array([1.]))
    """
    a, b = np.ones(len(mean)), np.ones(len(mean))
    some = spread > 0
    ratio = np.where(some, mean / np.where(some, spread, 1.0), np.inf)
    loss = np.where(some, _rectified(np.minimum(ratio, 40.0))[0] - ratio, 0.0)
    fit = some & (loss > CUT_MATTERS * ratio) & (ratio > 0)
    a[some & (ratio <= 0)] = b[some & (ratio <= 0)] = 0.0
    low, high = np.full(len(mean), -37.0), np.full(len(mean), 8.0)
    for _ in range(80):  # the ratio of mean to spread rises with the mean of what is cut
        middle = (low + high) / 2
        up, sd = _rectified(middle)
        above = up > ratio * sd
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    sd = _rectified(low)[1]
    a[fit], b[fit] = (low / (ratio * sd))[fit], (1.0 / sd)[fit]
    return a, b


def _rectified(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the positive part of a normal value with mean z and spread 1."""
    density, share = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi), ndtr(z)
    mean = density + z * share
    return mean, np.sqrt(np.maximum((1.0 + z * z) * share + z * density - mean * mean, 1e-300))


def key_of(seed: int, stream: str, entity: str) -> int:
    """Key of the stream of one entity: 64 bits of a BLAKE2 hash of the three names."""
    text = f"{int(seed)}\x1f{stream}\x1f{entity}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def keys_of(seed: int, stream: str, entities: list[str]) -> np.ndarray:
    """Keys of many entities, shape (entities,)."""
    return np.array([key_of(seed, stream, e) for e in entities], dtype=np.uint64)


@compiled
def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox 4x32 on a counter and a key of 32-bit words.

    Takes and returns words as uint64 numbers below 2**32.
    """
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ k0, p1 & low, (p0 >> shift) ^ c3 ^ k1, p0 & low
        k0 = (k0 + np.uint64(0x9E3779B9)) & low
        k1 = (k1 + np.uint64(0xBB67AE85)) & low
    return c0, c1, c2, c3


@compiled
def uniform(key, period, replication, draw):
    """Uniform number in (0, 1) at an address, with 53 random bits."""
    low = np.uint64(0xFFFFFFFF)
    x0, x1, _, _ = philox(
        np.uint64(period), np.uint64(replication), np.uint64(draw), np.uint64(0),
        np.uint64(key) & low, np.uint64(key) >> np.uint64(32),
    )
    return ((x0 >> np.uint64(5)) * 67108864.0 + (x1 >> np.uint64(6)) + 0.5) / 9007199254740992.0


@compiled
def uniforms(key, period, first, out):
    """Fill `out` with the uniform numbers of the worlds from `first` on."""
    for r in range(len(out)):
        out[r] = uniform(key, period, first + r, 0)


@compiled
def put_off_at_start(keys, first, out):
    """What rounding has put off before the first period, shape (markets, worlds): evenly from -1/2 to 1/2.

    So markets do not round up in the same periods, and the first period has its mean, too;
    whole numbers stay what they are.
    """
    for m in range(out.shape[0]):
        for r in range(out.shape[1]):
            out[m, r] = (uniform(keys[m], 0, first + r, 1) - 0.5) * (1.0 - 1e-6)


@compiled
def normal_quantile(p):
    """Quantile of the standard normal distribution (Wichura 1988, algorithm AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
            + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
            + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        den = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
            + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
            + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0
        return q * num / den
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        num = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
            + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
            + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
        den = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
            + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
            + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0
    else:
        r -= 5.0
        num = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
            + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
            + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
        den = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
            + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
            + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0
    return math.copysign(num / den, q)


@compiled
def count_quantile(p, mean, variance):
    """Quantile of a count: Poisson if the variance equals the mean, else negative binomial.

    Up to a mean of ``EXACT_UP_TO`` the probabilities are summed term by term.
    """
    if mean <= 0.0:
        return 0.0
    if mean > EXACT_UP_TO and variance <= NARROW * mean * mean:
        z = normal_quantile(p)
        skew = (2.0 * variance - mean) / (mean * math.sqrt(variance))
        return max(0.0, math.floor(mean + math.sqrt(variance) * (z + skew * (z * z - 1.0) / 6.0) + 0.5))
    lot = max(1.0, math.ceil(mean / EXACT_UP_TO))
    mean, variance = mean / lot, variance / (lot * lot)
    size, fail, term = _first_term(mean, variance)
    k, total = 0.0, term
    while total < p and k < 100000.0:
        term *= fail * (size + k) / (k + 1.0) if fail > 0.0 else mean / (k + 1.0)
        k += 1.0
        if term < 1e-300 and k > mean:
            break
        total += term
    return k * lot


@compiled
def count_quantiles(u, mean, variance, table):
    """Quantiles of a count at many probabilities, in place; the same as :func:`count_quantile`.

    `table` is room for the distribution function, summed once for all of them.
    """
    top = 0.0
    for i in range(len(u)):
        top = max(top, u[i])
    narrow = mean > EXACT_UP_TO and variance <= NARROW * mean * mean
    if mean <= 0.0 or narrow or len(u) < 4:
        for i in range(len(u)):
            u[i] = count_quantile(u[i], mean, variance)
        return
    lot = max(1.0, math.ceil(mean / EXACT_UP_TO))
    mean, variance = mean / lot, variance / (lot * lot)
    size, fail, term = _first_term(mean, variance)
    n, total = 0, term
    table[0] = total
    while total < top and n + 1 < len(table):
        term *= fail * (size + n) / (n + 1.0) if fail > 0.0 else mean / (n + 1.0)
        n += 1
        if term < 1e-300 and n > mean:
            break
        total += term
        table[n] = total
    for i in range(len(u)):
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if table[middle] < u[i]:
                low = middle + 1
            else:
                high = middle
        u[i] = lot * (low if table[low] >= u[i] or n + 1 < len(table) else count_quantile(u[i], mean, variance))


@compiled
def _first_term(mean, variance):
    """Size and failure share of a negative binomial count (0 for Poisson), and the chance of no unit."""
    if variance <= mean:
        return 0.0, 0.0, math.exp(-mean)
    size = mean * mean / (variance - mean)
    fail = mean / (size + mean)
    return size, fail, (1.0 - fail) ** size


@compiled
def geometric(u, mean):
    """Number of failures before the first success, at probability `u`, if 1 + it has this mean."""
    if mean <= 1.0:
        return 0.0
    return math.floor(math.log1p(-u) / math.log1p(-1.0 / mean))


@compiled
def draw_value(kind, mean, spread, u):
    """Value of a distribution at probability `u`.

    Parameters
    ----------
    kind
        Code of the distribution (``KIND_CODES``).
    mean, spread
        Mean and standard deviation (half width for the uniform distribution); a
        normal value below 0 is taken as 0.
    u
        Probability in (0, 1).
    """
    if kind == FIXED or (spread <= 0.0 and kind != POISSON):
        return mean
    if kind == NORMAL:
        return max(0.0, mean + spread * normal_quantile(u))
    if kind == LOGNORMAL:
        if mean <= 0.0:
            return 0.0
        s2 = math.log(1.0 + (spread / mean) ** 2)
        return math.exp(math.log(mean) - 0.5 * s2 + math.sqrt(s2) * normal_quantile(u))
    if kind == UNIFORM:
        return max(0.0, mean + spread * (2.0 * u - 1.0))
    if kind == POISSON:
        return count_quantile(u, mean, mean)
    return count_quantile(u, mean, max(spread * spread, mean))
