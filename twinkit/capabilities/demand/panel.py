"""The series of a case: from its history to a table of numbers, with what planners know beside them, and how series add up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from twinkit.capabilities.demand import measures, reconcile
from twinkit.capabilities.demand.methods import filled
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem
from twinkit.tables.working_days import period_shares

PAIR = ["market", "product"]
NO_HISTORY = Problem("history", None, "", "", "the table has no rows, so there is nothing to forecast from",
                     "Fill it: market, product, period (a number or a date), units.")  # fmt: skip
LONG_IDLE = 10
"""Periods without demand at the beginning of a history from which they may be those before a product was sold."""
Key = tuple[str, str]


@dataclass
class Panel:
    """Series of a case, the sums first and those of the history last.

    Attributes
    ----------
    case
        The case.
    keys
        (market, product) of each row; "" for a sum over them.
    y
        Shape (rows, buckets): units asked for in each bucket, NaN before a series begins [units].
    bucket
        Periods in a bucket.
    first, last
        First period of the history, below 0 where it lies before the run, and the one after its last: the first forecast is for
        the bucket that begins there.
    summing
        Matrix that adds up the lowest series, shape (rows, leaves).
    notes
        (market, product) → sentences on what was done to a series.
    new
        Products that are forecast by another, (market, product) → rows of those that they are like, and shares.
    """

    case: Case
    keys: list[Key]
    y: np.ndarray
    bucket: int
    first: int
    last: int
    summing: np.ndarray
    notes: dict[Key, list[str]] = field(default_factory=dict)
    new: dict[Key, list[tuple[Key, float]]] = field(default_factory=dict)

    @property
    def leaves(self) -> slice:
        """Rows of the lowest series."""
        return slice(len(self.keys) - self.summing.shape[1], len(self.keys))

    def name(self, row: int) -> str:
        """What a row is called."""
        return series_name(self.keys[row])

    def row(self, name: str) -> int:
        """Row of a name."""
        return [series_name(k) for k in self.keys].index(name)

    def begins(self, bucket: int) -> int:
        """First period of a bucket; 0 is the first of the table, the number of buckets the first that is forecast."""
        return self.last + (bucket - self.y.shape[1]) * self.bucket

    def note(self, key: Key, sentence: str) -> None:
        """Say what was done to a series."""
        self.notes.setdefault(key, []).append(sentence)


def series_name(key: Key) -> str:
    """What a series is called: a product in a market, or a sum."""
    market, product = key
    if market and product:
        return f"{product} in {market}"
    return product or market or "everything"


def recorded(case: Case) -> pd.DataFrame:
    """History with a column for each market and product, a row for each period up to the last, NaN where nothing is written.

    Raises
    ------
    CaseError
        If there is none.
    """
    rows = case["history"]
    if rows.empty:
        raise CaseError([NO_HISTORY])
    wide = rows.pivot_table(index="period", columns=PAIR, values="units", aggfunc="sum").astype(float)
    return wide.reindex(np.arange(int(min(0, wide.index.min())), int(wide.index.max()) + 1))


def periods_of(case: Case) -> int:
    """Number of periods in the history of a case, 0 if there is none."""
    known = case["history"]["period"]
    return 0 if known.empty else int(known.max()) + 1 - min(0, int(known.min()))


def panel_of(case: Case, bucket: int = 1) -> Panel:
    """The series of a case, products that replace others joined to them, and their sums.

    Parameters
    ----------
    case
        A case with a history.
    bucket
        Periods that are added up; those at the beginning that fill no bucket are left out.

    Raises
    ------
    CaseError
        If there is no history, or it is shorter than a bucket.
    """
    wide = recorded(case)
    n = len(wide)
    if n < bucket:
        raise CaseError([Problem("history", None, "period", str(n), f"has fewer periods than the {bucket} that are added up", "Add up fewer periods.")])
    panel = Panel(case, [], np.zeros((0, 0)), bucket, int(wide.index[0]), int(wide.index[-1]) + 1, np.zeros((0, 0)))
    leaves = [tuple(map(str, key)) for key in wide.columns]
    values = {key: wide[key].to_numpy() for key in leaves}
    _link(panel, values)
    leaves = list(values)
    skipped = n % bucket
    table = []
    for key in leaves:
        y = values[key]
        known = np.flatnonzero(~np.isnan(y))
        if len(known) and known[-1] < n - 1:
            missing = n - 1 - int(known[-1])
            panel.note(key, f"its last {missing} period{'s are' if missing > 1 else ' is'} missing in the history; taken as the last that is known")
            y = y.copy()
            y[known[-1] + 1 :] = y[known[-1]]
        y, first, gaps = (a[0] for a in filled(y[None]))
        if (idle := _idle(y[first:])):
            first += idle
            panel.note(key, f"nothing was asked for in its first {idle} periods: taken for those before it was sold")
        if gaps:
            panel.note(key, f"{gaps} period{'s are' if gaps > 1 else ' is'} missing in its history; filled in along the line between their neighbours")
        parts = y[skipped:].reshape(-1, bucket)
        table.append(np.where(np.arange(skipped, n, bucket) >= first, parts.sum(axis=1), np.nan))
    levels = _levels(leaves, _alike(case, leaves))
    panel.summing, panel.keys = reconcile.summing_matrix(leaves, levels)
    low = np.array(table)
    sums = panel.summing[: len(panel.keys) - len(leaves)] @ np.nan_to_num(low)
    begun = (panel.summing[: len(sums)] @ ~np.isnan(low)) > 0
    panel.y = np.vstack([np.where(begun, sums, np.nan), low]) if len(sums) else low
    return panel


def _idle(y: np.ndarray) -> int:
    """Periods at the beginning in which a product was probably not sold yet: many, and far more than ever passed between two demands."""
    asked = np.flatnonzero(y > 0)
    if not len(asked) or asked[0] < LONG_IDLE:
        return 0
    longest = int(np.diff([*asked, len(y)]).max())
    return int(asked[0]) if asked[0] > 2 * longest else 0


def names_of(case: Case) -> tuple[list[str], list[str]]:
    """Names of all series of a case, sums first, and of those of products in markets."""
    found = case["history"][PAIR].drop_duplicates().sort_values(PAIR)
    leaves = [tuple(map(str, key)) for key in found.itertuples(index=False)]
    if not leaves:
        return [], []
    sums = [tuple(key[i] if i in kept else "" for i in (0, 1)) for kept in _levels(leaves, _alike(case, leaves)) for key in leaves]
    low = [series_name(key) for key in leaves]
    return list(dict.fromkeys([*map(series_name, sums), *low])), low


def _alike(case: Case, leaves: list[Key]) -> bool:
    """Whether all products are counted in one unit, so that a sum over them means something."""
    units = case["products"].set_index("product")["unit"]
    return len({units.get(product, "") for _, product in leaves}) == 1


def _levels(leaves: list[Key], alike: bool) -> list[tuple[int, ...]]:
    """Sums worth having: of products over markets; over products only where they are counted in one unit."""
    markets, products = ({key[i] for key in leaves} for i in (0, 1))
    found: list[tuple[int, ...]] = []
    if alike and len(leaves) > 1:
        found.append(())
    if alike and 1 < len(markets) < len(leaves):
        found.append((0,))
    if 1 < len(products) < len(leaves) or (not alike and len(products) < len(leaves)):
        found.append((1,))
    return found


def _link(panel: Panel, values: dict[Key, np.ndarray]) -> None:
    """Join the past of a product that is replaced to that which replaces it; remember what a new product is like."""
    n = panel.last - panel.first
    links = panel.case["product_links"]
    markets = panel.case["markets"]
    for row in links.to_dict("records"):
        product, like, share = row["product"], row["like"], float(row["share"])
        for market in dict.fromkeys(markets["market"]):
            key, other = (market, product), (market, like)
            sold = ((markets["market"] == market) & (markets["product"] == product)).any()
            if other not in values or not sold:
                continue
            if row["relation"] == "similar":
                own = values.get(key)
                if own is None or not (np.nan_to_num(own) > 0).any():
                    values[key] = np.full(n, np.nan)
                panel.new.setdefault(key, []).append((other, share))
                continue
            own = np.nan_to_num(values.get(key, np.zeros(n)))
            started = int(np.argmax(own > 0)) if (own > 0).any() else n
            values[key] = np.where(np.arange(n) < started, share * values[other], own)
            panel.note(key, f"until period {started + panel.first} its history is that of {like}" + (f" times {share:g}" if share != 1 else ""))


@dataclass(frozen=True)
class Known:
    """What is known beside the history, as regressors.

    Attributes
    ----------
    names
        Of the regressors: kinds of promotion, price, open days.
    values
        Shape (rows, buckets + horizon, regressors).
    announced
        Bucket from which each value of the table of promotions was known, same shape; before it planners saw 0.
    """

    names: list[str]
    values: np.ndarray
    announced: np.ndarray

    def at(self, origin: int) -> np.ndarray:
        """What was known after so many buckets, of all buckets; regressors of what was announced later are 0."""
        return np.where(self.announced <= origin, self.values, 0.0)


def known_of(panel: Panel, horizon: int) -> Known:
    """Promotions, prices and working calendars of a case as regressors of every row; of a sum, the mean of its parts by volume."""
    case, leaves = panel.case, panel.keys[panel.leaves]
    buckets = panel.y.shape[1] + horizon
    start, periods = panel.begins(0), buckets * panel.bucket
    promotions = case["promotions"]
    names, place = [f"promotion: {p}" for p in dict.fromkeys(promotions["promotion"])], {key: i for i, key in enumerate(leaves)}
    columns: list[np.ndarray] = []
    later = np.full((len(leaves), buckets, len(names)), -np.inf)
    for k, kind in enumerate(dict.fromkeys(promotions["promotion"])):
        x = np.zeros((len(leaves), periods))
        for row in promotions[promotions["promotion"] == kind].to_dict("records"):
            i, first = place.get((row["market"], row["product"]), -1), int(row["begin"])
            if i < 0:
                continue
            end = first if pd.isna(row["end"]) else int(row["end"])
            x[i, max(first - start, 0) : max(end + 1 - start, 0)] = float(row["strength"])
            if not pd.isna(row["announced"]):
                buckets_of = slice(max((first - start) // panel.bucket, 0), max((end - start) // panel.bucket + 1, 0))
                later[i, buckets_of, k] = (float(row["announced"]) - start) / panel.bucket
        columns.append(x)
    columns += _prices(case, leaves, start, periods, names)
    columns += _open_days(case, leaves, start, periods, names)
    if not names:
        empty = np.zeros((len(panel.keys), buckets, 0))
        return Known([], empty, empty)
    low = np.stack([x.reshape(len(leaves), buckets, panel.bucket).mean(axis=2) for x in columns], axis=2)
    later = np.concatenate([later, np.full((len(leaves), buckets, len(names) - later.shape[2]), -np.inf)], axis=2)
    volume = np.nan_to_num(np.array([measures.mean_absolute_error(row, 0) if (~np.isnan(row)).any() else 0.0 for row in panel.y[panel.leaves]]))
    weights = panel.summing * (volume + 1e-12)
    weights /= weights.sum(axis=1, keepdims=True)
    sums = [later[panel.summing[r] > 0].max(axis=0) for r in range(panel.leaves.start)]  # a sum is known once all of its parts are
    known = np.concatenate([np.reshape(sums, (len(sums), *later.shape[1:])), later])
    return Known(names, np.einsum("rl,lbk->rbk", weights, low), known)


def _prices(case: Case, leaves: list[Key], start: int, periods: int, names: list[str]) -> list[np.ndarray]:
    """Logarithm of the price over its mean, where some price changes."""
    table = case["prices"]
    if table.empty:
        return []
    usual = case["markets"].set_index(PAIR)["price"]
    x = np.zeros((len(leaves), periods))
    for i, key in enumerate(leaves):
        own = table[(table["market"] == key[0]) & (table["product"] == key[1])].sort_values("period")
        if own.empty:
            continue
        price = np.full(periods, float(usual.get(key, 0.0)) or float(own["price"].iloc[0]))
        for period, value in zip(own["period"].astype(int), own["price"], strict=True):
            price[max(period - start, 0) :] = value
        x[i] = np.log(price) - np.log(price).mean()
    names.append("price")
    return [x]


def _open_days(case: Case, leaves: list[Key], start: int, periods: int, names: list[str]) -> list[np.ndarray]:
    """Share of a full working period less its mean, by the calendar of the market: weekends and public holidays."""
    markets = case["markets"].set_index(PAIR)["calendar"]
    own = [str(markets.get(key, "")) for key in leaves]
    if not any(own):
        return []
    shares = period_shares(case, start, start + periods)
    x = np.array([shares[c] - shares[c].mean() if c in shares else np.zeros(periods) for c in own])
    if not np.ptp(x):
        return []
    names.append("open days")
    return [x]
