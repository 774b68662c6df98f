"""The policy `forecast`: a stock whose forecast is made again in every period, from what was known then.

The level is the forecast of the *sum* of demand over the periods that an order must last, and a safety stock for the
errors of such sums: those of the history at first, then more and more those that the forecast has made in the run
itself.  So a bad forecast reaches the orders, the suppliers and the customers.  The season is a shape taken from the
history; level and trend move with what is asked for.  Everything is one array operation over rows and worlds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from twinkit import rooms, rules
from twinkit.capabilities.demand import smoothing as codes
from twinkit.capabilities.demand.measures import demand_class
from twinkit.capabilities.demand.methods import design
from twinkit.capabilities.demand.panel import recorded
from twinkit.chain.layout import SP
from twinkit.chain.plan import Plan
from twinkit.columns import Column
from twinkit.lazy import noted
from twinkit.tables.words import state_column, word_column

WAYS = ("naive", "moving_average", "ses", "holt", "damped", "croston", "sba", "tsb")
"""How a stock may forecast."""
MOST_WINDOW = 26
"""Longest moving average [periods]."""
USUAL_SMOOTHING, USUAL_TREND, USUAL_DAMPING, USUAL_WINDOW = 0.2, 0.1, 0.95, 4
"""Constants where no history tells better ones."""
LEAST_FACTOR = 0.05
"""Least factor of a season: what is below it is noise."""
WEIGHT_OF_HISTORY = 10.0
"""Most errors that those of the history count as, beside those of the run."""

rooms.add_column("stocks", "forecast_method", word_column(
    "how the policy forecast looks ahead; its constants are fitted to the history where there is one", WAYS, "ses"))  # fmt: skip
rooms.add_column("stocks", "cycle_service", Column(
    "share", "of the policy forecast: chance that demand until the next delivery is covered; it sets the safety stock from the errors of the forecast",
    start=0.95, low=0.5, high=0.9999))  # fmt: skip
rooms.add_column("stocks", "season_periods", Column(
    "periods", "of the policy forecast: length of a season whose shape is taken from the history, where demand is asked for in most periods; 1 = none", start=1, low=1, kind="whole"))  # fmt: skip

NAMES = ("level", "trend", "waited", "promised", "came", "left", "squares", "count", "seen")
STATE: dict[str, Column] = {
    **{f"forecast_{n}": state_column("units", f"{n} of the forecast of the policy forecast") for n in NAMES},
    **{f"forecast_past_{k}": state_column("units", f"demand {k} periods ago, for a moving average") for k in range(MOST_WINDOW)},
}
"""Columns that the policy keeps while a chain runs: they are carried along when it is saved or branches."""


@dataclass(frozen=True)
class Start:
    """What the policy knows of some rows before the run; arrays have one value for each row.

    Attributes
    ----------
    way
        Index of :data:`WAYS`.
    alpha, beta, damping
        Constants.
    window
        Of a moving average [periods].
    season
        Factors on demand, an array for each row (of one for no season): by period of the run, which has the calendar of the history.
    level, trend, waited
        State at the start of the run.
    past
        The last demands before the run, newest first, shape (rows, MOST_WINDOW).
    protection, block
        Periods that an order must last, and those of a sum whose error is measured.
    squares, count
        Mean squared error of such sums in the history (or what is assumed), and how many errors it counts as.
    known
        Whether a history told it.
    """

    way: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    damping: np.ndarray
    window: np.ndarray
    season: list[np.ndarray]
    level: np.ndarray
    trend: np.ndarray
    waited: np.ndarray
    past: np.ndarray
    protection: np.ndarray
    block: np.ndarray
    squares: np.ndarray
    count: np.ndarray
    known: np.ndarray


def histories(plan: Plan) -> dict[int, np.ndarray]:
    """Row of stocks → what its markets asked for in the history, where all of them have one, from the first period of any."""
    case, net = plan.case, plan.net
    if case["history"].empty:
        return {}
    wide, found, missing = recorded(case), {}, set()
    for row, market, product in zip(net.market_stock, net.markets["market"], net.markets["product"], strict=True):
        if (market, product) not in wide:
            missing.add(int(row))
            continue
        y = wide[(market, product)].fillna(0.0).to_numpy()
        found[int(row)] = found.get(int(row), 0.0) + y
    return {row: y for row, y in found.items() if row not in missing}


@noted
def start_of(plan: Plan) -> Start:
    """What the policy knows of every stock of a plan before the run."""
    stocks, n = plan.net.stocks, len(plan.net.stocks)
    protection, rate = plan.stock_n[SP.protection], plan.stock_n[SP.rate]
    way = stocks["forecast_method"].map(WAYS.index).to_numpy(int)
    alpha, window = stocks["smoothing"].to_numpy(float), stocks["forecast_window"].to_numpy(float)
    given = stocks["forecast_start"].to_numpy(float)
    level = np.where(np.isnan(given), rate, given)
    block = np.maximum(np.ceil(protection - 1e-9), 1.0)
    out = Start(
        way, np.where(np.isnan(alpha), USUAL_SMOOTHING, alpha), np.full(n, USUAL_TREND), np.full(n, USUAL_DAMPING),
        np.where(np.isnan(window), USUAL_WINDOW, np.minimum(window, MOST_WINDOW)).astype(int), [np.ones(1)] * n,
        level.copy(), np.zeros(n), np.ones(n), np.repeat(level[:, None], MOST_WINDOW, axis=1), protection, block,
        np.maximum(rate * block, 0.0), np.ones(n), np.zeros(n, bool),
    )  # fmt: skip
    mine = (stocks["policy"] == "forecast").to_numpy()
    begins = min(0, int(plan.case["history"]["period"].min())) if len(plan.case["history"]) else 0
    past = {row: y for row, y in histories(plan).items() if mine[row] and len(y) >= codes.SHORTEST and y.any()}
    for row, y in past.items():
        _fit(out, row, y, begins, int(stocks["season_periods"].iloc[row]), bool(np.isnan(alpha[row])))
    if past:
        _replay(out, np.array(list(past)), np.array(list(past.values())), begins)
    return out


def _fit(out: Start, row: int, y: np.ndarray, begins: int, season: int, fit: bool) -> None:
    """Season, constants and first state of a row, from its history, whose first period is `begins`."""
    n = len(y)
    if season > 1 and n >= 2 * season and demand_class(y)[0] in ("smooth", "erratic"):
        x = design(n, season, np.zeros((n, 0)))
        shape = x[:season] @ np.linalg.lstsq(x, y, rcond=None)[0]
        out.season[row] = np.roll(np.maximum(shape / shape.mean(), LEAST_FACTOR), begins)  # by period of the run
    plain = y / out.season[row][(begins + np.arange(n)) % len(out.season[row])]
    way = WAYS[out.way[row]]
    if fit and way in ("ses", "holt", "damped"):
        p, kind = np.zeros(8), {"ses": codes.SES, "holt": codes.HOLT, "damped": codes.DAMPED}[way]
        codes.fitted_paths(plain, kind, 1, 4, 0.0, 0.0, 1, p, np.empty((n + 1, 1)))
        out.alpha[row], out.beta[row], out.damping[row] = p[codes.ALPHA], p[codes.BETA], p[codes.PHI] or 1.0
        out.level[row], out.trend[row] = p[codes.LEVEL], p[codes.TREND]
    elif way in ("croston", "sba", "tsb"):
        out.alpha[row] = 0.1 if fit else out.alpha[row]
        out.level[row], out.trend[row] = plain[y > 0][0], 1.0
    else:
        out.level[row], out.trend[row] = plain[0], 0.0
    out.past[row] = plain[0]


def _replay(out: Start, rows: np.ndarray, y: np.ndarray, begins: int) -> None:
    """Go through the history of some rows, shape (rows, periods): the state at its end, and the errors of sums on the way."""
    n, own = y.shape[1], _rows(out, rows)
    state, total, off = begin(own, 1), np.concatenate([np.zeros((len(y), 1)), np.cumsum(y, axis=1)], axis=1), []
    state["left"][:] = np.inf  # nothing is promised while the history is told
    block = own.block.astype(int)
    for t in range(n):
        if t >= min(n // 3, 26):
            end = np.minimum(t + block, n)
            came = total[np.arange(len(y)), end] - total[:, t]
            off.append(np.where(t + block <= n, came - promised(own, state, begins + t, own.block)[:, 0], np.nan))
        advance(own, state, y[:, t : t + 1], begins + t)
    for name in ("level", "trend", "waited"):
        getattr(out, name)[rows] = state[name][:, 0]
    out.past[rows] = state["past"][:, 0]
    errors = np.array(off).reshape(-1, len(rows))
    count = (~np.isnan(errors)).sum(axis=0)
    enough = count >= 4
    squares = np.where(np.isnan(errors), 0.0, errors**2).sum(axis=0) / np.maximum(count, 1)
    out.squares[rows] = np.where(enough, squares, out.squares[rows])
    out.count[rows] = np.where(enough, np.clip(count / block, 1.0, WEIGHT_OF_HISTORY), out.count[rows])
    out.known[rows] = enough


def _rows(start: Start, rows: np.ndarray) -> Start:
    """The same for some rows."""
    pick = {k: [v[i] for i in rows] if isinstance(v, list) else v[rows] for k, v in vars(start).items()}
    return Start(**pick)


def begin(start: Start, worlds: int) -> dict[str, np.ndarray]:
    """State at the start of the run, shape (rows, worlds); `past` has the demands along its last axis."""
    n = len(start.level)
    wide = {k: np.repeat(np.asarray(getattr(start, k), float)[:, None], worlds, axis=1) for k in ("level", "trend", "waited")}
    return {
        **wide, "past": np.repeat(start.past[:, None, :], worlds, axis=1), "promised": np.zeros((n, worlds)), "came": np.zeros((n, worlds)),
        "left": np.zeros((n, worlds)), "squares": np.zeros((n, worlds)), "count": np.zeros((n, worlds)),
    }  # fmt: skip


def _factors(start: Start, t: int, ahead: int) -> np.ndarray:
    """Factors of the season in the `ahead` periods from period t of the run on, shape (rows, ahead)."""
    return np.stack([season[(t + np.arange(ahead)) % len(season)] for season in start.season])


def promised(start: Start, state: dict[str, np.ndarray], t: int, periods: float | np.ndarray) -> np.ndarray:
    """Forecast of the sum of demand over some periods from period t on, made before it; shape (rows, worlds) [units].

    Parameters
    ----------
    periods
        How many, one number or one for each row; of a part of a period, the same part of its forecast.
    """
    lengths = np.broadcast_to(np.asarray(periods, float), start.level.shape)
    ahead = int(np.ceil(lengths.max(initial=0.0) - 1e-9))
    if ahead == 0:
        return np.zeros_like(state["level"])
    weight = np.clip(lengths[:, None] - np.arange(ahead), 0.0, 1.0) * _factors(start, t, ahead)  # (rows, ahead)
    way = start.way[:, None]
    damping = np.where(way == WAYS.index("damped"), start.damping[:, None], 1.0)
    climb = np.cumsum(damping ** np.arange(1, ahead + 1), axis=1)
    base, trend = state["level"].copy(), np.where(np.isin(way, (3, 4)), state["trend"], 0.0)
    mean = (state["past"] * (np.arange(MOST_WINDOW) < start.window[:, None, None])).sum(axis=2) / start.window[:, None]
    rare = np.divide(state["level"], state["trend"], out=np.zeros_like(base), where=state["trend"] > 0)
    base = np.select(
        [way == 1, way == 5, way == 6, way == 7],
        [mean, rare, rare * (1.0 - start.alpha[:, None] / 2.0), state["level"] * state["trend"]], base,
    )  # fmt: skip
    steps = base[:, :, None] + trend[:, :, None] * climb[:, None, :]
    return (np.maximum(steps, 0.0) * weight[:, None, :]).sum(axis=2)


def advance(start: Start, state: dict[str, np.ndarray], demand: np.ndarray, t: int) -> None:
    """Take in the demand of period t, shape (rows, worlds): level, trend, and the error of what was promised."""
    plain = demand / _factors(start, t, 1)
    way, alpha, beta = start.way[:, None], start.alpha[:, None], start.beta[:, None]
    damping = np.where(way == WAYS.index("damped"), start.damping[:, None], 1.0)
    level, trend = state["level"], state["trend"]
    smooth, rare, chance = np.isin(way, (0, 2, 3, 4)), np.isin(way, (5, 6)), way == 7
    alpha = np.where(way == 0, 1.0, alpha)
    climb = np.where(np.isin(way, (3, 4)), damping * trend, 0.0)
    error = plain - level - climb
    asked = plain > 0
    size = np.where(asked, level + alpha * (plain - level), level)
    interval = np.where(asked, trend + alpha * (state["waited"] - trend), trend)
    state["level"] = np.where(smooth, level + climb + alpha * error, np.where(rare | chance, size, level))
    state["trend"] = np.select(
        [np.isin(way, (3, 4)), rare, chance], [climb + alpha * beta * error, interval, trend + alpha * (asked - trend)], trend,
    )  # fmt: skip
    state["waited"] = np.where(asked, 1.0, state["waited"] + 1.0)
    state["past"][:, :, 1:] = state["past"][:, :, :-1]
    state["past"][:, :, 0] = plain
    counting = state["left"] > 0
    state["came"] = np.where(counting, state["came"] + demand, 0.0)
    state["left"] = np.where(counting, state["left"] - 1.0, state["left"])
    over = counting & (state["left"] == 0)
    state["squares"] = state["squares"] + np.where(over, (state["came"] - state["promised"]) ** 2, 0.0)
    state["count"] = state["count"] + over


def promise_again(start: Start, state: dict[str, np.ndarray], t: int) -> None:
    """Where no promise is running, promise the sum of the next block from period t on, to be held against what comes."""
    free = state["left"] <= 0
    if free.any():
        said = promised(start, state, t, start.block)
        state["promised"] = np.where(free, said, state["promised"])
        state["came"] = np.where(free, 0.0, state["came"])
        state["left"] = np.where(free, start.block[:, None], state["left"])


def error_of_sum(start: Start, state: dict[str, np.ndarray]) -> np.ndarray:
    """Root mean square error of sums over the protection: of the history and of the run together, shape (rows, worlds) [units]."""
    count = start.count[:, None]
    mean = (count * start.squares[:, None] + state["squares"]) / (count + state["count"])
    return np.sqrt(mean * np.minimum(start.protection / start.block, 1.0)[:, None])


def forecast_policy(stock: Any, foresight: float = 0.0, future: Any = None) -> np.ndarray:
    """Raise the position to the forecast of demand until the next delivery and a safety stock for its error [units].

    Parameters
    ----------
    stock
        A view of rows of stocks.
    foresight
        Share of the error that is taken away, for the question what a better forecast is worth [share].
    future
        ``future(t, periods)`` gives what will be asked for, shape (rows, worlds); needed for a foresight above 0.
    """
    chain, t = stock.chain, stock.chain.period
    rows = np.arange(len(chain.plan.net.stocks))[stock.rows]
    start = _rows(start_of(chain.plan), np.atleast_1d(rows))
    first = chain.case.settings["day"] == "order_first"
    known = chain.world.before[stock.rows] if first else stock.incoming
    shape = np.shape(np.atleast_2d(known))
    state = _read(stock, start, shape)
    seen = np.atleast_2d(stock.read(STATE["forecast_seen"]))
    newest = t - 1 if first else t  # the last period whose demand is known
    if newest >= 0 and (seen < newest + 1).all():
        advance(start, state, np.atleast_2d(known), newest)
    if (seen < newest + 1).all() or not seen.any():
        promise_again(start, state, newest + 1)
        _write(stock, start, state, newest + 1)
    said = promised(start, state, newest + 1, start.protection)
    safety = ndtri(np.atleast_2d(stock.cycle_service)) * error_of_sum(start, state)
    if foresight:
        certain = np.clip(chain.plan.periods - newest - 1, 0.0, start.protection)  # what comes after the end of the run nobody knows
        better = future(newest + 1, certain) - promised(start, state, newest + 1, certain)
        said, safety = said + foresight * better, (1.0 - foresight) * safety
    stock.forecast = promised(start, state, newest + 1, 1.0).reshape(np.shape(known))
    level = (said + safety).reshape(np.shape(known)) + stock.reserve
    return rules.order_up_to(stock.inventory_position, level)


def _read(stock: Any, start: Start, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """State of the rows; at first that of the history."""
    if not np.any(stock.read(STATE["forecast_seen"])) and not np.any(stock.read(STATE["forecast_left"])):
        return begin(start, shape[1])
    state = {n: np.atleast_2d(stock.read(STATE[f"forecast_{n}"])).copy() for n in NAMES if n != "seen"}
    kept = _kept(start)
    state["past"] = np.zeros((*shape, MOST_WINDOW))
    for k in kept:
        state["past"][:, :, k] = stock.read(STATE[f"forecast_past_{k}"])
    return state


def _kept(start: Start) -> range:
    """Demands that are kept: those of the longest moving average."""
    return range(int(start.window[start.way == WAYS.index("moving_average")].max(initial=0)))


def _write(stock: Any, start: Start, state: dict[str, np.ndarray], seen: int) -> None:
    for n in NAMES[:-1]:
        stock.write(STATE[f"forecast_{n}"], state[n])
    for k in _kept(start):
        stock.write(STATE[f"forecast_past_{k}"], state["past"][:, :, k])
    stock.write(STATE["forecast_seen"], seen)


rooms.add_policy(
    "forecast", forecast_policy, optional=["forecast_method", "cycle_service", "season_periods", "smoothing", "forecast_window", "forecast_start"],
    starts_at=lambda rows: rows["rate"] * rows["protection"], state=STATE,
)  # fmt: skip
