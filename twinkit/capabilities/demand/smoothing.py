"""Forecasts of one series that are a short loop: naive, averages, exponential smoothing, theta, Croston.  Compiled.

Every method gives its *paths*: what it would have said after each period, for 1, 2, … periods ahead, shape
(periods + 1, horizon).  The last row is the forecast; the others are its errors in the past, for one period and
for the sum over several, which is what a safety stock needs.

Sources: Hyndman & Athanasopoulos, Forecasting: principles and practice, ch. 8 (smoothing, damped trend, seasons);
Assimakopoulos & Nikolopoulos (2000) (theta); Croston (1972), Syntetos & Boylan (2005), Teunter, Syntetos & Babai (2011).
Starting values of smoothing are those of least squares: given the smoothing constants the errors are linear in them.
"""

from __future__ import annotations

import math

import numpy as np

from twinkit.chain.compiled import compiled

NAIVE, SEASONAL, MEAN, DRIFT, MOVING, SES, HOLT, DAMPED, THETA, CROSTON, SBA, TSB, WINTERS, ETS = range(14)
"""Codes of the methods."""
ALPHA, BETA, GAMMA, PHI, LEVEL, TREND, SSE = range(7)
"""Places in the parameters of a fit."""
LEAST_ALPHA, MOST_ALPHA = 1e-4, 0.9999
STARTS = ((-1.0, -3.0, 1.0), (1.0, -3.0, 1.0), (-3.0, 1.0, 1.0), (0.0, 1.5, -1.5), (4.0, -1.0, 1.0), (1.0, 3.0, 1.5), (-3.0, 3.0, -2.0))
"""Where the search for the constants of smoothing begins: level, trend and damping, as logits of their shares of the range."""
SHORTEST = 3
"""Observations below which every method is the naive one."""


@compiled
def smooth(y, p, season, lines, waves):
    """Run exponential smoothing over a series and give the sum of squared errors.

    `lines` has a row for the state after 0, 1, … periods: level and trend; the first row holds the start. `waves` holds
    the additive seasons, one for each period, those of the start first; without seasons `season` is 0.
    """
    alpha, beta, gamma, phi, total = p[ALPHA], p[BETA], p[GAMMA], p[PHI], 0.0
    level, trend = lines[0, 0], lines[0, 1]
    for t in range(y.shape[0]):
        trend *= phi
        error = y[t] - level - trend
        if season:
            error -= waves[t]
            waves[t + season] = waves[t] + gamma * error
        total += error * error
        level += trend + alpha * error
        trend += alpha * beta * error
        lines[t + 1, 0], lines[t + 1, 1] = level, trend
    return total


@compiled
def ahead(t, p, season, lines, waves, horizon, out):
    """Forecast for 1 … horizon periods ahead after t periods."""
    climb, factor = 0.0, 1.0
    for j in range(horizon):
        factor *= p[PHI]
        climb += factor * lines[t, 1]
        out[j] = lines[t, 0] + climb
        if season:
            out[j] += waves[t + j % season]


@compiled
def best_start(y, p, trended):
    """Starting level and trend with the least squared error for given smoothing constants; the error is returned.

    The error of period t is a(t) - b(t)·level - c(t)·trend: three runs of the same recursion, solved by least squares.
    """
    alpha, beta, phi = p[ALPHA], p[BETA], p[PHI]
    l0, b0, l1, b1, l2, b2 = 0.0, 0.0, 1.0, 0.0, 0.0, 1.0
    s11, s12, s22, s1y, s2y, syy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(y.shape[0]):
        e0, e1, e2 = y[t] - l0 - phi * b0, l1 + phi * b1, l2 + phi * b2
        s11 += e1 * e1
        s1y += e1 * e0
        syy += e0 * e0
        l0, b0 = l0 + phi * b0 + alpha * e0, phi * b0 + alpha * beta * e0
        l1, b1 = e1 - alpha * e1, phi * b1 - alpha * beta * e1
        if trended:
            s12 += e1 * e2
            s22 += e2 * e2
            s2y += e2 * e0
            l2, b2 = e2 - alpha * e2, phi * b2 - alpha * beta * e2
    det = s11 * s22 - s12 * s12
    if trended and det > 1e-12 * s11 * s22:
        p[LEVEL], p[TREND] = (s22 * s1y - s12 * s2y) / det, (s11 * s2y - s12 * s1y) / det
    else:
        p[LEVEL], p[TREND] = s1y / s11, 0.0
    return syy - p[LEVEL] * s1y - p[TREND] * s2y


@compiled
def fit_ses(y, p):
    """Smoothing constant and starting level of least squared error: a grid, then the golden section in its best place."""
    p[BETA], p[PHI], p[GAMMA] = 0.0, 1.0, 0.0
    best, at, steps = math.inf, 0.5, 40
    for i in range(steps + 1):
        p[ALPHA] = LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * i / steps
        error = best_start(y, p, False)
        if error < best:
            best, at = error, p[ALPHA]
    width = (MOST_ALPHA - LEAST_ALPHA) / steps
    low, high, ratio = max(at - width, LEAST_ALPHA), min(at + width, MOST_ALPHA), (math.sqrt(5.0) - 1.0) / 2.0
    for _ in range(40):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        p[ALPHA] = a
        left = best_start(y, p, False)
        p[ALPHA] = b
        if left < best_start(y, p, False):
            high = b
        else:
            low = a
    p[ALPHA] = 0.5 * (low + high)
    p[SSE] = best_start(y, p, False)
    if p[SSE] > best:
        p[ALPHA] = at
        p[SSE] = best_start(y, p, False)


@compiled
def _error_at(y, x, p, damped, season, first, lines, waves):
    """Squared error of smoothing at a point of the search: shares within (0, 1), put into their ranges."""
    p[ALPHA] = LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * _within(x[0])
    p[BETA] = _within(x[1])
    p[PHI] = 0.8 + 0.18 * _within(x[2]) if damped else 1.0
    if season == 0:
        return best_start(y, p, True)
    p[GAMMA] = (1.0 - p[ALPHA]) * _within(x[3])
    _begin(first, season, lines, waves)
    return smooth(y, p, season, lines, waves)


@compiled
def _begin(first, season, lines, waves):
    """Put the start into its places."""
    lines[0, 0], lines[0, 1] = first[0], first[1]
    for j in range(season):
        waves[j] = first[2 + j]


@compiled
def _within(x):
    return 1.0 / (1.0 + math.exp(-x))


@compiled
def fit_trend(y, p, damped, trended, season, first, lines, waves):
    """Smoothing constants (and damping) of least squared error, by Nelder and Mead's simplex from several starts: the error has valleys."""
    n = 4 if season else (3 if damped else 2)
    best, kept = math.inf, np.empty(4)
    simplex, values = np.empty((n + 1, 4)), np.empty(n + 1)
    for start in range(2 if season else len(STARTS)):
        alpha, beta, phi = STARTS[start]
        for i in range(n + 1):
            simplex[i, 0], simplex[i, 1], simplex[i, 2], simplex[i, 3] = alpha, beta, phi, -2.0
            if not trended:
                simplex[i, 1] = -40.0
            if i < n:
                simplex[i, i] += 1.5
            values[i] = _error_at(y, simplex[i], p, damped, season, first, lines, waves)
        for _ in range(45 * n):
            order = np.argsort(values)
            low, high, second = order[0], order[n], order[n - 1]
            if values[high] - values[low] <= 1e-8 * (abs(values[low]) + 1e-300):
                break
            centre = np.zeros(4)
            for i in range(n + 1):
                if i != high:
                    centre += simplex[i] / n
            tried = 2.0 * centre - simplex[high]
            value = _error_at(y, tried, p, damped, season, first, lines, waves)
            if value < values[low]:
                further = 3.0 * centre - 2.0 * simplex[high]
                more = _error_at(y, further, p, damped, season, first, lines, waves)
                if more < value:
                    tried, value = further, more
            elif value >= values[second]:
                nearer = 0.5 * (centre + (tried if value < values[high] else simplex[high]))
                less = _error_at(y, nearer, p, damped, season, first, lines, waves)
                if less < min(value, values[high]):
                    tried, value = nearer, less
                else:
                    for i in range(n + 1):
                        if i != low:
                            simplex[i] = 0.5 * (simplex[i] + simplex[low])
                            values[i] = _error_at(y, simplex[i], p, damped, season, first, lines, waves)
                    continue
            simplex[high], values[high] = tried, value
        i = int(np.argmin(values))
        if values[i] < best:
            best = values[i]
            kept[:] = simplex[i]
    p[SSE] = _error_at(y, kept, p, damped, season, first, lines, waves)
    if not trended:
        p[BETA] = 0.0


@compiled
def seasonal_start(y, season, trended, first):
    """Start of level, trend and additive seasons: means of the first two seasons (Hyndman & Athanasopoulos, 8.3)."""
    one, two = 0.0, 0.0
    for j in range(season):
        one += y[j] / season
        two += y[season + j] / season
    first[1] = (two - one) / season if trended else 0.0
    rounds = y.shape[0] // season
    for j in range(season):
        total = 0.0
        for k in range(rounds):
            mean = 0.0
            for i in range(season):
                mean += y[k * season + i] / season
            total += y[k * season + j] - mean - first[1] * (j - (season - 1) / 2.0)
        first[2 + j] = total / rounds
    first[0] = one - first[1] * (season + 1) / 2.0


@compiled
def information(sse, n, parameters):
    """Akaike's criterion for short series; infinite where there are too few observations for it."""
    k = parameters + 1
    if n - k - 1 <= 0:
        return math.inf
    return n * math.log(max(sse, 1e-300) / n) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)


@compiled
def smoothed_paths(y, p, season, horizon, first, lines, waves, out):
    """Paths of smoothing with given parameters; the first row of out needs no observation."""
    _begin(first, season, lines, waves)
    p[SSE] = smooth(y, p, season, lines, waves)
    for t in range(y.shape[0] + 1):
        ahead(t, p, season, lines, waves, horizon, out[t])


@compiled
def croston_paths(y, alpha, beta, code, horizon, out):
    """Croston, its correction by Syntetos and Boylan, or Teunter's with the chance of a demand (TSB).

    Croston starts with the first demand and the periods up to and including it; TSB with the first demand, and with
    whether the first period had one. Size and interval (or chance) at the end are returned.
    """
    size, interval, waited, seen, chance = 0.0, 0.0, 0.0, False, 0.0
    for j in range(horizon):
        out[0, j] = 0.0
    for t in range(y.shape[0]):
        waited += 1.0
        asked = y[t] > 0.0
        if t == 0:
            chance = 1.0 if asked else 0.0
        else:
            chance += beta * ((1.0 if asked else 0.0) - chance)
        if asked:
            size = size + alpha * (y[t] - size) if seen else y[t]
            interval = interval + beta * (waited - interval) if seen else waited
            waited, seen = 0.0, True
        rate = 0.0
        if seen:
            rate = size * chance if code == TSB else size / interval
            if code == SBA:
                rate *= 1.0 - beta / 2.0
        for j in range(horizon):
            out[t + 1, j] = rate
    return size, (chance if code == TSB else interval)


@compiled
def simple_paths(y, code, season, window, horizon, out):
    """Paths of the naive methods and of averages; before they know enough they say the mean of what they know."""
    total = 0.0
    for j in range(horizon):
        out[0, j] = y[0] if y.shape[0] else 0.0
    for t in range(y.shape[0]):
        total += y[t]
        n = t + 1
        for j in range(horizon):
            if code == NAIVE or (code == SEASONAL and n < season):
                value = y[t]
            elif code == SEASONAL:
                value = y[n - season + j % season]
            elif code == DRIFT:
                value = y[t] + (j + 1) * ((y[t] - y[0]) / t if t else 0.0)
            elif code == MEAN or n < window:
                value = total / n
            else:
                value = 0.0
                for i in range(window):
                    value += y[t - i] / window
            out[n, j] = value


@compiled
def theta_paths(y, p, horizon, out):
    """Theta: half the line of least squares, half exponential smoothing of twice the series less that line."""
    n = y.shape[0]
    middle, mean = (n + 1) / 2.0, y.mean()
    top, bottom = 0.0, 0.0
    for t in range(n):
        top += (t + 1 - middle) * (y[t] - mean)
        bottom += (t + 1 - middle) ** 2
    slope = top / bottom if bottom > 0 else 0.0
    doubled = np.empty(n)
    for t in range(n):
        doubled[t] = 2.0 * y[t] - (mean + slope * (t + 1 - middle))
    fit_ses(doubled, p)
    level = p[LEVEL]
    for t in range(n + 1):
        if t:
            level += p[ALPHA] * (doubled[t - 1] - level)
        for j in range(horizon):
            out[t, j] = 0.5 * level + 0.5 * (mean + slope * (t + j + 1 - middle))
    p[TREND] = slope


@compiled
def is_seasonal(y, season):
    """Whether the autocorrelation at the season stands out at 90 %, as the M competitions test it; needs three seasons."""
    n = y.shape[0]
    if season < 2 or n < 3 * season:
        return False
    mean, variance, earlier, last = y.mean(), 0.0, 1.0, 0.0
    for t in range(n):
        variance += (y[t] - mean) ** 2
    if variance <= 0.0:
        return False
    for lag in range(1, season + 1):
        total = 0.0
        for t in range(lag, n):
            total += (y[t] - mean) * (y[t - lag] - mean)
        last = total / variance
        if lag < season:
            earlier += 2.0 * last * last
    return abs(last) > 1.645 / math.sqrt(n) * math.sqrt(earlier)


@compiled
def seasonal_indices(y, season, ratio, out):
    """Index of each place in the season: medial mean ratio to (or distance from) the centred moving average, their mean 1 (or 0).

    The medial mean leaves out the largest and the smallest of three or more, as the adjustment of the M3 competition does
    (Makridakis, Wheelwright & Hyndman 1998, 3/4): one promotion is no season.
    """
    n, half, even = y.shape[0], season // 2, season % 2 == 0
    count, least, most = np.zeros(season), np.full(season, np.inf), np.full(season, -np.inf)
    out[:] = 0.0
    for t in range(half, n - half):
        trend = 0.0
        for i in range(-half, half + 1):
            trend += y[t + i] * (0.5 if even and abs(i) == half else 1.0)
        trend /= season
        if ratio and trend <= 0.0:
            continue
        j, apart = t % season, y[t] / trend if ratio else y[t] - trend
        out[j] += apart
        count[j] += 1.0
        least[j], most[j] = min(least[j], apart), max(most[j], apart)
    usual = 0.0
    for j in range(season):
        if count[j] > 2:
            out[j] = (out[j] - least[j] - most[j]) / (count[j] - 2.0)
        else:
            out[j] = out[j] / count[j] if count[j] else (1.0 if ratio else 0.0)
        usual += out[j] / season
    for j in range(season):
        out[j] = out[j] / usual if ratio else out[j] - usual


@compiled
def adjusted_paths(y, code, season, window, alpha, beta, horizon, p, out):
    """As :func:`fitted_paths`, on the series without its season where there is one: as a ratio, or a distance where it is 0 at times."""
    if not is_seasonal(y, season):
        fitted_paths(y, code, 1, window, alpha, beta, horizon, p, out)
        return
    ratio, index = y.min() > 0.0, np.empty(season)
    seasonal_indices(y, season, ratio, index)
    plain = np.empty_like(y)
    for t in range(y.shape[0]):
        plain[t] = y[t] / index[t % season] if ratio else y[t] - index[t % season]
    fitted_paths(plain, code, 1, window, alpha, beta, horizon, p, out)
    for t in range(out.shape[0]):
        for j in range(horizon):
            at = index[(t + j) % season]
            out[t, j] = out[t, j] * at if ratio else out[t, j] + at


@compiled
def chosen_paths(y, code, seasons, horizon, p, out):
    """Fit the kinds of smoothing that a method may have and give the paths of the best, and its criterion."""
    n = y.shape[0]
    lines, waves, first = np.zeros((n + 1, 2)), np.zeros(n + seasons), np.zeros(2 + seasons)
    best, chosen = math.inf, np.empty_like(p)
    chosen_kind, chosen_first = 0, first.copy()
    for kind in range(2):
        if (kind == 1 and seasons == 0) or (kind == 0 and code == WINTERS and seasons):
            continue
        if kind == 1 and code not in (WINTERS, ETS):
            continue
        for shape in range(3):  # no trend, trend, damped trend
            wanted = code == ETS or shape == (0 if code == SES else 2 if code == DAMPED else 1)
            if not wanted or (shape > 0 and n < 3 + shape):
                if not (wanted and shape > 0 and code != ETS):
                    continue
                shape = 0  # too short for a trend
            if kind == 0 and shape == 0:
                fit_ses(y, p)
            else:
                if kind:
                    seasonal_start(y, seasons, shape > 0, first)
                    p[LEVEL], p[TREND] = first[0], first[1]
                fit_trend(y, p, shape == 2, shape > 0, kind * seasons, first, lines, waves)
            criterion = p[SSE]
            if code == ETS:
                criterion = information(p[SSE], n, 2 + 2 * (shape > 0) + (shape == 2) + kind * seasons)
            if criterion < best or best == math.inf:
                best, chosen_kind = criterion, kind
                chosen[:] = p
                if kind:
                    chosen_first[:] = first
    p[:] = chosen
    if chosen_kind == 0:
        chosen_first[0], chosen_first[1] = p[LEVEL], p[TREND]
    smoothed_paths(y, p, chosen_kind * seasons, horizon, chosen_first, lines, waves, out)
    return best


@compiled
def on_logarithms(y, code, seasons, horizon, p, out):
    """As :func:`chosen_paths` with trend and seasons that multiply: fitted to the logarithm, its criterion that of the series itself.

    The forecast is the mean, not the median: times the mean of what the errors of the past multiply by (Duan 1983).
    """
    n, logs = y.shape[0], np.log(y)
    criterion = chosen_paths(logs, code, seasons, horizon, p, out) + 2.0 * logs.sum()
    most, factor = logs.max() + 10.0, 0.0
    for t in range(1, n):
        factor += math.exp(min(logs[t] - out[t, 0], 3.0)) / (n - 1)
    for t in range(n + 1):
        for j in range(horizon):
            out[t, j] = factor * math.exp(min(out[t, j], most))
    return criterion


@compiled
def fitted_paths(y, code, season, window, alpha, beta, horizon, p, out):
    """Fit a method to a series and give its paths; alpha and beta above 0 fix the constants, with the first value as start."""
    n = y.shape[0]
    if n < SHORTEST:
        code = NAIVE
    seasons = season if season > 1 and n >= 2 * season else 0
    if code <= MOVING:
        simple_paths(y, code, season, window, horizon, out)
    elif CROSTON <= code <= TSB:
        constant = alpha if alpha > 0 else 0.1
        p[LEVEL], p[TREND] = croston_paths(y, constant, beta if beta > 0 else constant, code, horizon, out)
        p[ALPHA] = constant
    elif code == THETA:
        theta_paths(y, p, horizon, out)
    elif code in (SES, HOLT) and alpha > 0:
        first = np.zeros(2)
        p[ALPHA], p[BETA], p[PHI] = alpha, (beta if code == HOLT else 0.0), 1.0
        first[0] = p[LEVEL] = y[0]
        first[1] = p[TREND] = y[1] - y[0] if code == HOLT and n > 1 else 0.0
        smoothed_paths(y, p, 0, horizon, first, np.zeros((n + 1, 2)), np.zeros(n), out)
    elif code == WINTERS and seasons and y.min() > 0.0:
        on_logarithms(y, code, seasons, horizon, p, out)
    else:
        criterion = chosen_paths(y, code, seasons, horizon, p, out)
        if code == ETS and y.min() > 0.0:
            other, q = np.empty_like(out), np.zeros_like(p)
            if on_logarithms(y, code, seasons, horizon, q, other) < criterion:
                out[:] = other
                p[:] = q


@compiled
def independent(errors, count, overlap):
    """How many independent errors the first `count` are worth, of which neighbours up to `overlap` apart share periods; 2 at least.

    count / (1 + 2 Σ ρ²), ρ their autocorrelations up to there or to the first that is not above 0: what they are worth as
    evidence of how far errors spread (Bartlett 1946).
    """
    squares, worth = 0.0, 1.0
    for t in range(count):
        squares += errors[t] ** 2
    for lag in range(1, min(overlap, count - 2) + 1):
        product = 0.0
        for t in range(lag, count):
            product += errors[t] * errors[t - lag]
        if product <= 0.0:
            break
        worth += 2.0 * (product / squares) ** 2
    return max(count / worth, 2.0)


@compiled
def quantiles_of(errors, count, worth, levels, out):
    """Quantiles that the next error stays below, from the first `count` errors; the list is sorted in place.

    Of n independent errors the next one stays below the k-th smallest with probability k / (n + 1), whatever their
    distribution; here n is what they are `worth`.  Beyond the largest and the smallest, the normal quantiles (by the
    logistic curve) say how much farther.
    """
    known = errors[:count]
    known.sort()
    for q in range(levels.shape[0]):
        share = (levels[q] * (worth + 1.0) - 1.0) / (worth - 1.0)
        place = min(max(share, 0.0), 1.0) * (count - 1)
        below = math.floor(place)
        above = min(below + 1, count - 1)
        out[q] = known[below] + (place - below) * (known[above] - known[below])
        if share > 1.0:
            out[q] = max(out[q], out[q] * math.log(levels[q] / (1.0 - levels[q])) / math.log(worth))
        elif share < 0.0:
            out[q] = min(out[q], out[q] * math.log((1.0 - levels[q]) / levels[q]) / math.log(worth))


@compiled
def past_errors(y, paths, warm, fitted, levels, spread, sums, of_one, of_sum):
    """How far the paths were off: quantiles of the error and its root mean square, by periods ahead and for the sum over them.

    Errors of a method with so many `fitted` constants are those of a fit; those to come are larger by √((n + k) / (n - k)), as of
    a regression on average.
    """
    n, horizon = y.shape[0], paths.shape[1]
    one, many = np.empty(n + 1), np.empty(n + 1)
    k = min(float(fitted), 0.6 * n)
    larger = math.sqrt((n + k) / (n - k))
    for j in range(horizon):
        start, count, squares, squares_of_sum = min(warm, max(n - j - 8, 1)), 0, 0.0, 0.0
        for t in range(start, n - j):
            total = 0.0
            for i in range(j + 1):
                total += y[t + i] - paths[t, i]
            one[count] = larger * (y[t + j] - paths[t, j])
            many[count] = total = larger * total
            squares += one[count] ** 2
            squares_of_sum += total**2
            count += 1
        if count < 2:
            of_one[j], of_sum[j] = math.nan, math.nan
            for q in range(levels.shape[0]):
                spread[q, j], sums[q, j] = math.nan, math.nan
            continue
        of_one[j], of_sum[j] = math.sqrt(squares / count), math.sqrt(squares_of_sum / count)
        quantiles_of(one, count, independent(one, count, j), levels, spread[:, j])
        quantiles_of(many, count, independent(many, count, j), levels, sums[:, j])


@compiled
def constants_of(y, code, season, adjust):
    """How many constants of a method are fitted to the whole of a series; none where what it says follows from what was known then."""
    fitted = 2 if code == SES else 3 if code in (THETA, ETS) else 4 if code in (HOLT, WINTERS) else 5 if code == DAMPED else 0
    seasonal = season > 1 and y.shape[0] >= 2 * season
    if (code in (WINTERS, ETS) and seasonal) or (adjust and is_seasonal(y, season)):
        fitted += season
    return fitted


@compiled
def forecast_rows(y, first, code, adjust, season, window, alpha, beta, levels, mean, spread, sums, of_one, of_sum, fitted):
    """Forecast every row of a table of series; `first` is where each begins.  Arrays after `levels` are filled in."""
    horizon = mean.shape[1]
    for i in range(y.shape[0]):
        own = y[i, first[i] :]
        paths = np.empty((own.shape[0] + 1, horizon))
        if adjust:
            adjusted_paths(own, code, season, window, alpha, beta, horizon, fitted[i], paths)
        else:
            fitted_paths(own, code, season, window, alpha, beta, horizon, fitted[i], paths)
        mean[i] = paths[own.shape[0]]
        warm = max(2, season if code in (SEASONAL, WINTERS, ETS) else 2, window if code == MOVING else 2)
        fixed = 0 if alpha > 0 else constants_of(own, code, season, adjust)
        past_errors(own, paths, warm, fixed, levels, spread[i], sums[i], of_one[i], of_sum[i])


@compiled
def average_rows(y, first, methods, season, levels, mean, spread, sums, of_one, of_sum):
    """As :func:`forecast_rows` for the mean of several methods, each on the series without its season."""
    horizon = mean.shape[1]
    for i in range(y.shape[0]):
        own = y[i, first[i] :]
        paths, total = np.empty((own.shape[0] + 1, horizon)), np.zeros((own.shape[0] + 1, horizon))
        for code in methods:
            adjusted_paths(own, code, season, 1, 0.0, 0.0, horizon, np.zeros(8), paths)
            for t in range(own.shape[0] + 1):
                for j in range(horizon):
                    total[t, j] += paths[t, j] / methods.shape[0]
        mean[i] = total[own.shape[0]]
        fixed = 0
        for code in methods:
            fixed = max(fixed, constants_of(own, code, season, True))
        past_errors(own, total, 2, fixed, levels, spread[i], sums[i], of_one[i], of_sum[i])
