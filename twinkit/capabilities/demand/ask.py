"""What will be asked for: every series of a case, its forecast with its distribution, and how good such forecasts were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.demand import backtest, measures, reconcile, shaping
from twinkit.capabilities.demand.methods import RARE, USUAL, Forecasts, method_of, usual_season
from twinkit.capabilities.demand.panel import (
    NO_HISTORY,
    PAIR,
    Key,
    Known,
    Panel,
    known_of,
    names_of,
    panel_of,
    periods_of,
    series_name,
)
from twinkit.run.public import Result, study
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem, did_you_mean, listed, noting, refuse

ENOUGH = 10
"""Observations from which a series is forecast by more than the naive method."""
OFTEN_OVERRIDDEN = ("naive", backtest.CHOSEN, "planner")
"""Steps whose value is told of periods that a planner changed."""


@dataclass(repr=False)
class Forecasted(Result):
    """What will be asked for.

    Attributes
    ----------
    case, panel
        The case, and its series; sums first.
    tested
        What each method would have said at earlier origins, for every row.
    final
        The forecast of every row, made to add up, with what planners changed.
    statistical
        Its mean before planners changed it, shape (rows, horizon).
    base
        Its mean before it was made to add up.
    season, reconciled
        Buckets in a season (1: none), and how it was made to add up.
    kinds
        Class of demand, ADI and CV² of each row.
    known
        What is known beside the history.
    overrides
        What planners changed: rows as of the table `overrides`, of the future and of the past.
    said
        Reconciled forecasts at the origins, shape (origins, rows, horizon).
    shown
        Series that is to be drawn; "" for the largest.
    """

    case: Case
    panel: Panel
    tested: backtest.Backtest
    final: Forecasts
    statistical: np.ndarray
    base: np.ndarray
    season: int
    reconciled: str
    kinds: list[tuple[str, float, float]]
    known: Known
    overrides: pd.DataFrame
    said: np.ndarray = field(repr=False)
    shown: str = ""

    def headline(self) -> str:
        """What it is, in one line."""
        return (f"Forecast of {self.panel.summing.shape[1]} series of {self.case.name}, {self.horizon} ahead, tried from {len(self.tested.origins)} earlier times; "
                ".series(), .table(), .methods(), .value_added(), .surprises(), .effects(), .overridden() have the rest")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """The first series: method, error and what is expected next."""
        return self.series()[["series", "class", "method", "wape", "naive", "next", "next_low", "next_high"]].head(12)

    @property
    def horizon(self) -> int:
        """Buckets that are forecast."""
        return self.final.horizon

    @property
    def names(self) -> list[str]:
        """What the rows are called."""
        return [series_name(k) for k in self.panel.keys]

    def table(self) -> pd.DataFrame:
        """A row for each series and bucket that is forecast: mean, quantiles, and the sum since the first."""
        rows = []
        for i, key in enumerate(self.panel.keys):
            for j in range(self.horizon):
                rows.append({
                    "market": key[0], "product": key[1], "period": self.panel.begins(self.panel.y.shape[1] + j), "units": self.final.mean[i, j],
                    **{f"q{100 * q:g}": self.final.quantiles[i, k, j] for k, q in enumerate(self.final.levels)},
                    "sum": float(self.final.mean[i, : j + 1].sum()), "error_of_sum": self.final.of_sum[i, j],
                })  # fmt: skip
        return pd.DataFrame(rows)

    def series(self) -> pd.DataFrame:
        """A row for each series: class, method, errors in the back-test, and what was done to it."""
        low, high = self.tested.quantiles_around(0.8)
        rows = []
        for i, key in enumerate(self.panel.keys):
            kind, adi, cv2 = self.kinds[i]
            chosen, naive = (self.tested.measures(m, [] if i in self.unseen else [i]) for m in (backtest.CHOSEN, "naive"))
            rows.append({
                "series": series_name(key), "class": kind, "adi": adi, "cv2": cv2, "method": self.method(i), "wape": chosen["wape"],
                "naive": naive["wape"], "bias": chosen["bias"], "mase": chosen["mase"], "coverage": chosen["coverage"],
                "next": self.final.mean[i, 0], "next_low": self.final.quantiles[i, low, 0], "next_high": self.final.quantiles[i, high, 0],
                "total": float(self.final.mean[i].sum()), "total_low": self.final.sums[i, low, -1], "total_high": self.final.sums[i, high, -1],
                "notes": "; ".join(self.panel.notes.get(key, [])),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def method(self, row: int) -> str:
        """Name of the method that forecasts a row; "like" for a new product."""
        return "like" if row in self.unseen else self.tested.methods[int(self.tested.choice[row])]

    @cached_property
    def unseen(self) -> set[int]:
        """Rows without a past: new products, and sums of nothing else."""
        old = np.array([key not in self.panel.new for key in self.panel.keys[self.panel.leaves]], float)
        return set(np.flatnonzero(self.panel.summing @ old == 0).tolist())

    @cached_property
    def seen(self) -> list[int]:
        """Rows of products in markets that have a past."""
        return [i for i in range(*self.panel.leaves.indices(len(self.panel.keys))) if i not in self.unseen]

    def methods(self) -> pd.DataFrame:
        """Measures of every method over the lowest series: a row for each; series of another kind, or with other methods to try, apart."""
        tried = ~np.isnan(self.tested.said[:-1]).all(axis=(1, 3))
        groups: dict[tuple[str, bytes], list[int]] = {}
        for i in self.seen:
            if tried[:, i].sum() > 1:
                often = self.kinds[i][0] in ("smooth", "erratic")
                groups.setdefault(("often" if often else "rarely", tried[:, i].tobytes()), []).append(i)
        found = []
        for (asked, _), rows in sorted(groups.items(), key=lambda one: (one[0][0], -len(one[1]))):
            scores = self.tested.scores(rows)
            scores = scores[scores["forecasts"] > 0]
            naive = float(scores.loc[scores["method"] == "naive", "wape"].iloc[0])
            found.append(scores.assign(asked=asked, series=len(rows), added=naive - scores["wape"]))
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def value_added(self) -> pd.DataFrame:
        """What each step adds over the lowest series: naive, the choice of a method, adding up; a row for each."""
        leaves = self.seen
        came = self.tested.came[:, leaves]
        steps = {"naive": self.tested.said[self.tested.index("naive")][:, leaves], backtest.CHOSEN: self.tested.said[-1][:, leaves]}
        if self.reconciled not in ("none", "bottom_up"):
            steps["reconciled"] = self.said[:, leaves]
        return pd.DataFrame(measures.forecast_value_added(came, steps), columns=["step", "wape", "added"])

    def overridden(self) -> pd.DataFrame:
        """Planners' changes whose period has come: what came, what the naive forecast, the statistics and the planner had said then."""
        past = self.overrides[self.overrides["period"] < self.panel.last]
        if past.empty or self.panel.bucket != 1:
            return pd.DataFrame()
        rows, at = [], {key: i for i, key in enumerate(self.panel.keys)}
        for one in past.to_dict("records"):
            i, origin, step = at.get((one["market"], one["product"])), int(one["made"]) - self.panel.first, int(one["period"]) - int(one["made"])
            if i is None or origin not in self.tested.origins or step >= self.tested.horizon:
                continue
            j = self.tested.origins.index(origin)
            actual = float(self.panel.y[i, origin + step])
            said = {name: float(self.tested.said[self.tested.index(name), j, i, step]) for name in OFTEN_OVERRIDDEN[:2]}
            rows.append({**one, "came": actual, **said, "planner": float(one["units"]),
                         "helped": abs(actual - one["units"]) < abs(actual - said[backtest.CHOSEN])})  # fmt: skip
        return pd.DataFrame(rows)

    def surprises(self, most: int = 12) -> pd.DataFrame:
        """What came farthest outside of what was said one step before: the largest against the width of its interval."""
        low, high = self.tested.quantiles_around(0.8)
        came, said, spread = self.tested.came[:, :, 0], self.tested.said[-1][:, :, 0], self.tested.quantiles[-1][..., 0]
        half = np.maximum((spread[:, :, high] - spread[:, :, low]) / 2, 1e-12)
        outside = (came > spread[:, :, high]) | (came < spread[:, :, low])
        found = [
            {"series": self.panel.name(i), "period": self.panel.begins(o), "came": came[j, i], "said": said[j, i], "low": spread[j, i, low],
             "high": spread[j, i, high], "size": abs(came[j, i] - said[j, i]) / half[j, i]}
            for j, o in enumerate(self.tested.origins)
            for i in self.seen if outside[j, i]
        ]  # fmt: skip
        table = pd.DataFrame(found, columns=["series", "period", "came", "said", "low", "high", "size"])
        return table.sort_values("size", ascending=False, kind="stable", ignore_index=True).head(most)

    def effects(self) -> pd.DataFrame:
        """What promotions, prices and open days do to each lowest series, with 95 % intervals: as a factor on demand, or in units."""
        found = []
        for e in shaping.effects(self.panel, self.known, self.season, self.seen, ENOUGH):
            ends = e.effect + np.array([0.0, -1.0, 1.0]) * e.half
            if e.ratio and e.what != "price":
                ends = np.expm1(ends)
            found.append({"series": self.panel.name(e.row), "what": e.what, "unit": "share" if e.ratio else "units",
                          "effect": ends[0], "low": ends[1], "high": ends[2]})  # fmt: skip
        return pd.DataFrame(found, columns=["series", "what", "unit", "effect", "low", "high"])


@partial(study, limits=dict.fromkeys(("horizon", "bucket", "origins", "season"), (1, 10_000)))
def forecast(
    case: CaseLike, horizon: int = 13, bucket: int = 1, season: int | None = None, methods: Sequence[str] | None = None, origins: int = 12,
    reconciled: str = "bottom_up", overrides: Mapping[str, Mapping[str, Any]] | None = None, shown: str | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Forecasted:  # fmt: skip
    """What will be asked for of every product in every market, from the history of a case.

    Parameters
    ----------
    case
        A case with a table `history`; `promotions`, `prices`, `product_links` and `overrides` are used where they have rows.
    horizon
        Buckets ahead.
    bucket
        Periods of the case that are added up, such as 7 days to a week.
    season
        Buckets in a season; by default what the length of a bucket suggests, 1 for none.
    methods
        Names of :data:`~twinkit.capabilities.demand.methods.METHODS` to try; by default those that suit the kind of demand. The naive
        method is always tried, to hold the others against, and chosen only where it is among these or nothing else can be tried.
    origins
        Earlier times from which every method is tried.
    reconciled
        How the forecasts are made to add up: a key of :data:`~twinkit.capabilities.demand.reconcile.METHODS`, or "none".
    overrides
        Series → ``units``, ``first`` and ``last`` bucket ahead (from 1) and ``reason``: a planner's own forecast.
    shown
        Series that pictures show, such as "tea in north"; it changes no number.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there is nothing to forecast from, or what is asked for cannot be; all reasons at once.
    """
    wrong = _asked_wrongly(case, horizon, bucket, methods, reconciled)
    every, _ = names_of(case)
    if shown and shown not in every:
        wrong.append(Problem("forecast", None, "shown", shown, "is no series of this case", did_you_mean(shown, every, f"Series: {listed(every, 12)}.")))
    refuse(wrong)
    panel = panel_of(case, bucket)
    _n, buckets = panel.y.shape
    if season is not None and buckets < 2 * season:
        for key in panel.keys:
            panel.note(key, f"has {buckets} buckets, fewer than two seasons of {season}: it is forecast without a season")
    season = usual_season(float(case.settings["period_days"]) * bucket) if season is None else season
    season = season if buckets >= 2 * season else 1
    known = known_of(panel, horizon)
    kinds = [measures.demand_class(row) if (~np.isnan(row)).any() else ("none", float("inf"), float("nan")) for row in panel.y]
    past = case["overrides"]
    at = _origins(buckets, horizon, origins, season, (past["made"].astype(int) - panel.first).tolist() if bucket == 1 else [])
    names, allowed = _allowed(panel, at[0], kinds, season, known, methods)
    empty = np.isnan(panel.y).all(axis=1)
    y = np.where(empty[:, None], 0.0, panel.y)  # a new product has no past: it is forecast by another below
    tested = backtest.backtest(y, names, horizon, season, origins=at, regressors=known.at if known.names else None, allowed=allowed,
                               progress=progress, cancel=cancel)  # fmt: skip
    final = backtest.last_forecast(y, tested, horizon, regressors=known.values if known.names else None, cancel=cancel)
    for i in np.flatnonzero(final.one_sided):
        if not empty[i]:
            panel.note(panel.keys[i], f"what came was mostly {'more' if final.one_sided[i] > 0 else 'less'} than this method said: it is probably too {'low' if final.one_sided[i] > 0 else 'high'}")
    _forecast_new(panel, final)
    base = final.mean.copy()
    said = _add_up(panel, tested, final, reconciled)
    _sums_of_new(panel, final)
    statistical = final.mean.copy()
    written = pd.concat([past, _written(panel, overrides or {}, horizon)], ignore_index=True) if overrides else past
    _override(panel, final, written)
    result = Forecasted(case, panel, tested, final, statistical, base, season, reconciled, kinds, known, written, said, shown or "")
    return remembered(result, "forecast", case=case, horizon=horizon, bucket=bucket, season=season, methods=None if methods is None else list(methods),
                      origins=origins, reconciled=reconciled, overrides=dict(overrides) if overrides else None, shown=shown)  # fmt: skip


def _asked_wrongly(case: Case, horizon: int, bucket: int, methods: Sequence[str] | None, reconciled: str) -> list[Problem]:
    """Why it cannot be asked so."""
    found: list[Problem] = []
    say = noting(found, "forecast")
    if reconciled not in (*reconcile.METHODS, "none"):
        say("reconciled", reconciled, "is no way to make forecasts add up", did_you_mean(reconciled, [*reconcile.METHODS, "none"], f"Ways: none, {', '.join(reconcile.METHODS)}."))
    for name in methods or ():
        try:
            method_of(name)
        except ValueError as error:
            say("methods", name, "is no method", str(error))
    if case["history"].empty:
        found.append(NO_HISTORY)
    elif not found and (periods := periods_of(case)) < (horizon + 2) * bucket:
        say("horizon", horizon, f"is too far for a history of {periods} periods: a forecast is tried on the past first, which needs {(horizon + 2) * bucket}",
            "Ask for fewer periods ahead, add up fewer periods, or add earlier history.")  # fmt: skip
    return found


def _allowed(panel: Panel, first: int, kinds: list[tuple[str, float, float]], season: int, known: Known, methods: Sequence[str] | None) -> tuple[list[str], np.ndarray]:  # fmt: skip
    """Methods to try, and which of them for each row: by what kind of demand it was at the first origin, since later values were not known then.

    Series that cannot be forecast get the naive method and a sentence.
    """
    seasonal = {"seasonal_naive", "holt_winters"} if season == 1 else set()
    if not known.names and season == 1:
        seasonal |= {"regression"}
    names = list(methods) if methods else [m for m in dict.fromkeys((*USUAL, *RARE)) if m not in seasonal]
    names = ["naive", *(m for m in names if m != "naive")]
    allowed = np.zeros((len(panel.keys), len(names)), bool)
    for i, key in enumerate(panel.keys):
        own = int((~np.isnan(panel.y[i])).sum())
        kind = kinds[i][0]
        if kind == "none" or own < ENOUGH:
            allowed[i, 0] = True
            if key not in panel.new and own:
                panel.note(key, "nothing was ever asked for, so nothing is forecast" if kind == "none" and own
                           else f"has {own} observation{'' if own == 1 else 's'}, too few to try methods: the naive forecast, with an interval only as far ahead as two errors of the past tell it")  # fmt: skip
            continue
        early = panel.y[i, :first][~np.isnan(panel.y[i, :first])]
        then = measures.demand_class(early)[0] if len(early) >= ENOUGH else "none"
        fits = set(methods) if methods else set(names) if then == "none" else set(USUAL if then in ("smooth", "erratic") else RARE)
        allowed[i] = [m in fits for m in names]
    return names, allowed


def _origins(buckets: int, horizon: int, origins: int, season: int, made: Sequence[int]) -> list[int]:
    """Origins that spread over the past as far as training allows, and those of planners' changes."""
    room = buckets - horizon - min(max(2 * season, ENOUGH), max(buckets - horizon - 1, 2))
    step = max(1, min(-(-horizon // 4), room // max(origins - 1, 1)))
    found = backtest.origins_of(buckets, horizon, origins, step)
    return sorted({*found, *(o for o in made if 2 <= o < buckets)}) or [max(buckets - horizon, 2)]


def _forecast_new(panel: Panel, final: Forecasts) -> None:
    """New products by those they are like: what these sold at the same age, or what they are forecast to sell, times the share."""
    at = {key: i for i, key in enumerate(panel.keys)}
    for key, likes in panel.new.items():
        i = at[key]
        own = panel.y[i][~np.isnan(panel.y[i])]
        age = int(len(own) - np.argmax(own > 0)) if (own > 0).any() else 0
        told, low = [], []
        for other, share in likes:
            j = at[other]
            past = panel.y[j][~np.isnan(panel.y[j])]
            born = int(np.argmax(past > 0)) if (past > 0).any() else 0
            profile = past[born:]
            if born == 0 or len(profile) < age + final.horizon:  # it was there before the history, or is too young: what it is forecast to sell
                told.append(share * final.mean[j])
                panel.note(key, f"new: {share:g} times the forecast of {other[1]}, whose beginning the history does not show")
            else:
                factor = share
                if age and profile[:age].sum() > 0:
                    factor = float(own[-age:].sum() / profile[:age].sum())
                told.append(factor * profile[age : age + final.horizon])
                panel.note(key, f"new: {factor:.3g} times what {other[1]} sold at the same age" + (f", as it did in its first {age} periods" if age else ""))
            with np.errstate(divide="ignore", invalid="ignore"):
                low.append(np.nan_to_num(final.of_sum[j, -1] / final.mean[j].sum(), posinf=0.0))
        each = np.array(told)
        mean = each.mean(axis=0)
        between = each.sum(axis=1).std(ddof=1) / max(mean.sum(), 1e-12) if len(each) > 1 else 0.0
        share = float(np.hypot(np.mean(low), between if len(each) > 1 else 0.5))
        if len(each) == 1:
            panel.note(key, "how far one new product is like another is not known from one: its standard deviation is assumed to be half the forecast")
        sigma = np.sqrt(np.log1p(share**2))
        factors = np.exp(sigma * backtest.ndtri(np.asarray(final.levels)) - sigma**2 / 2)
        final.mean[i] = mean
        final.quantiles[i] = factors[:, None] * mean
        final.sums[i] = factors[:, None] * np.cumsum(mean)
        final.of_one[i], final.of_sum[i] = share * mean, share * np.cumsum(mean)


def _sums_of_new(panel: Panel, final: Forecasts) -> None:
    """Sums that hold new products are as uncertain as these: if one sells unlike the others, so do all that are like it."""
    leaves = panel.leaves.start
    new = [i for i, key in enumerate(panel.keys) if key in panel.new]
    normal = backtest.ndtri(np.asarray(final.levels))[:, None]
    for r in range(leaves):
        inside = [i for i in new if panel.summing[r, i - leaves] > 0]
        if not inside:
            continue
        for values, spread, mean in ((final.quantiles, final.of_one, final.mean[r]), (final.sums, final.of_sum, np.cumsum(final.mean[r]))):
            own, more = np.nan_to_num(spread[r]), spread[inside].sum(axis=0)
            total = np.hypot(own, more)
            wider = mean + (values[r] - mean) * (total / np.where(own > 0, own, 1.0))
            values[r] = np.maximum(np.where(own > 0, wider, mean + normal * total), 0.0)
            spread[r] = total


def _add_up(panel: Panel, tested: backtest.Backtest, final: Forecasts, how: str) -> np.ndarray:
    """Make the forecasts add up, at the end and at every origin (by errors that were known then); intervals move with their mean."""
    s, leaves = panel.summing, panel.leaves
    if how == "none" or len(panel.keys) == s.shape[1]:
        return tested.said[-1]
    said, off = tested.said[-1].copy(), tested.came[:, :, 0] - tested.said[-1][:, :, 0]
    past = np.nan_to_num(panel.y[leaves]).T
    for j, origin in enumerate(tested.origins):
        if np.isnan(said[j]).any() or (how.startswith("top_down") and not past[:origin].sum() > 0):
            continue
        way, errors = _way_and_errors(how, off[[i for i, o in enumerate(tested.origins) if o < origin]])
        said[j] = s @ np.maximum(reconcile.reconciled(said[j], s, way, errors=errors, past=past[:origin])[leaves], 0.0)
    way, errors = _way_and_errors(how, off)
    if way != how:
        known = 0 if errors is None else len(errors)
        panel.note(panel.keys[0], f"there are {known} times at which every one of the {len(s)} series had a forecast, too few for {how}, or their errors add up by themselves: {reconcile.METHODS[way]}")
    try:
        mean = reconcile.reconciled(final.mean, s, way, errors=errors, past=past)
    except ValueError as error:
        raise CaseError([Problem("forecast", None, "reconciled", how, str(error), "Choose another way to make forecasts add up.")]) from None
    _move(final, s @ np.maximum(mean[leaves], 0.0))  # least of all is nothing asked for, and what adds up stays so
    return said


def _way_and_errors(how: str, off: np.ndarray) -> tuple[str, np.ndarray | None]:
    """Errors of the times at which every series had a forecast, and the way to add up that they are enough for."""
    if how not in ("wls_variance", "mint_shrink", "mint_sample"):
        return how, None
    errors = off[~np.isnan(off).any(axis=1)]
    if len(errors) < 2:
        return "wls_structural", None
    return ("mint_shrink" if how == "mint_sample" and not reconcile.enough(errors) else how), errors


def _move(final: Forecasts, mean: np.ndarray, rows: slice | Sequence[int] = slice(None)) -> None:
    """Another mean: quantiles move with it, and stay at 0 or above."""
    change = (mean - final.mean[rows])[:, None, :]
    final.quantiles[rows] = np.maximum(final.quantiles[rows] + change, 0.0)
    final.sums[rows] = np.maximum(final.sums[rows] + np.cumsum(change, axis=2), 0.0)
    final.mean[rows] = mean


def _written(panel: Panel, overrides: Mapping[str, Mapping[str, Any]], horizon: int) -> pd.DataFrame:
    """What planners write on a page as rows of the table `overrides`: one for each period.

    Raises
    ------
    CaseError
        If a series is none, a bucket is not ahead, or there is no reason; all at once.
    """
    leaves = panel.keys[panel.leaves]
    by_name = {series_name(key): key for key in leaves}
    rows, wrong = [], []
    for name, one in overrides.items():
        units, first = one.get("units"), int(one.get("first") or 1)
        last = int(one.get("last") or first)
        if name not in by_name:
            wrong.append(Problem("overrides", None, "series", name, "is no series of a product in a market",
                                 did_you_mean(name, list(by_name), f"Series: {listed(list(by_name), 12)}.")))  # fmt: skip
        elif units is None or not np.isfinite(units) or units < 0:
            wrong.append(Problem("overrides", None, "units", str(units), f"is no number of units for {name}", "Write what you expect in one period, 0 or more."))
        elif not 1 <= first <= last <= horizon:
            wrong.append(Problem("overrides", None, "first", f"{first} to {last}", f"is not within the {horizon} periods that are forecast for {name}"))
        elif not str(one.get("reason") or "").strip():
            wrong.append(Problem("overrides", None, "reason", "", f"{name} is changed without a reason", "Write why: it is kept with the change, and scored later."))
        else:
            market, product = by_name[name]
            for step in range(first, last + 1):
                rows += [{"market": market, "product": product, "period": panel.last + (step - 1) * panel.bucket + k, "made": panel.last,
                          "units": float(units) / panel.bucket, "reason": str(one["reason"]), "person": str(one.get("person") or "")}
                         for k in range(panel.bucket)]  # fmt: skip
    refuse(wrong)
    return pd.DataFrame(rows, columns=[*PAIR, "period", "made", "units", "reason", "person"])


def _override(panel: Panel, final: Forecasts, written: pd.DataFrame) -> None:
    """Put planners' changes of the future in the place of the forecast; sums change with them."""
    ahead = written[(written["period"] >= panel.last) & (written["made"] <= panel.last)].sort_values("made", kind="stable")
    if ahead.empty:
        return
    at = {key: i for i, key in enumerate(panel.keys)}
    own = final.mean.copy()
    newest: dict[tuple[Key, int], float] = {}
    for row in ahead.to_dict("records"):
        newest[(row["market"], row["product"]), int(row["period"])] = float(row["units"])
    by_bucket: dict[tuple[Key, int], list[float]] = {}
    for (key, period), units in newest.items():
        by_bucket.setdefault((key, (period - panel.last) // panel.bucket), []).append(units)
    for (key, step), units in by_bucket.items():
        if key in at and step < final.horizon:
            share = len(units) / panel.bucket
            own[at[key], step] = sum(units) + (1 - share) * own[at[key], step]
    change = panel.summing @ (own - final.mean)[panel.leaves]
    _move(final, final.mean + change)


def kept(case: Case, found: Forecasted) -> Case:
    """The case with planners' changes of a forecast as rows of its table `overrides`."""
    return case.replace(overrides=found.overrides)
