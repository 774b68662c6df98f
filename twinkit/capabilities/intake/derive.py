"""Figures that no extract holds and that follow from its lines: demand and season, lead times, yield, failures.

Every figure says how many lines it rests on; where they are too few, that is said, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import scipy

from twinkit.capabilities.intake.drawn import Drawn, Made, Making
from twinkit.capabilities.intake.mapping import Part
from twinkit.capabilities.intake.rows import make_rows, tell_differing
from twinkit.capabilities.intake.step import Structure
from twinkit.capabilities.intake.values import dates, days, each, factors, joined_keys, matches, stripped
from twinkit.inventory import fit_lead_times
from twinkit.tables.problems import listed, quote
from twinkit.tables.schema import TABLES
from twinkit.words import counted

YEAR = 365.25
SURE = 0.01
"""A season is one whose height chance alone would reach in fewer than one in a hundred series."""
MOST_UNDATED, MOST_STATES = 0.05, 12
"""Share of the order lines that may be without a date, and words of a state that are told."""
RARE = 10.0
"""Standard deviations of a series, in means, from which no run could show its mean: it is drawn from its records."""
FEW_PERIODS = 10
"""Periods with lines below which demand out of them is told as doubtful."""
MOST_RECORDED = 500_000
"""Rows of history that such series may have together."""
ENOUGH = 5
"""Receipts from which a lead time is fitted for a lane; below, those of all its lanes from the origin are taken together."""
FORGOTTEN = 2.0
"""Longest lead times from which an order that is still open is taken for one that nobody closed."""
MOST_CENSORED = 50
"""Lanes with open orders that are fitted by search; the closed formulas do for the rest."""


def make_part(part: Part, making: Making) -> Made | None:
    """The rows of a part, derived where the mapping says so."""
    what = str(part.derive.get("what", ""))
    if what not in WAYS:
        return make_rows(part, making)
    drawn = Drawn(part, making)
    if drawn.lost:
        return None
    plain = replace(part, derive={}, distinct=False)
    made = make_rows(plain, making, drawn)
    keys = [k for k in TABLES[part.into].key if made is not None and k in made.frame]
    if made is None or not keys or any(p.table == part.place for p in making.problems):
        return None
    return WAYS[what](part, drawn, made, making, keys)


def _grouped(part: Part, made: Made, making: Making, keys: list[str], keep: np.ndarray) -> tuple[np.ndarray, Made]:
    """Number of the group of each kept row, and a row for each group with its first row as origin.

    What is no key must be the same in all lines of a group, unless the mapping says how to combine it.
    """
    frame = made.frame[keep].reset_index(drop=True)
    codes = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy() if len(frame) else np.zeros(0, np.int64)
    first = np.unique(codes, return_index=True)[1]
    origins = [(extract, take[keep][first]) for extract, take in made.origins]
    out = Made(part, frame.iloc[first].reset_index(drop=True), origins, dict(made.said), np.bincount(codes, minlength=len(first)))
    for name, rule in part.columns.items():
        if name not in keys and "combine" in rule.more and name in frame:
            out.frame[name] = frame[name].groupby(codes).agg(str(rule.more["combine"])).to_numpy()
    tell_differing(part, made, making, keys, codes, np.flatnonzero(keep))
    return codes, out


def demand(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str]) -> Made | None:
    """Demand of each market and product out of order lines.

    Lines of one period are added up, what comes back is taken off the demand of its period, cancelled lines are left
    out, and a period without a line has no demand: from the first line of the extract to the last, cancelled ones included.
    """
    told = part.derive
    at, units = drawn.dates(str(told["date"])), drawn.numbers(str(told["units"]))
    if at is None or units is None:
        return None
    if "unit_column" in told:
        units = _in_own_units(units, str(told["unit_column"]), drawn, made, making)
        if units is None:
            return None
    keep = ~np.isnat(at) & ~np.isnan(units)
    notes: list[str] = []
    if (~keep).any():
        notes.append(f"{counted(int((~keep).sum()), 'line')} without date or quantity left out")
        undated = each(drawn.texts(str(told["date"])), lambda t: not t.strip(), bool) & ~np.isnan(units) & (units != 0)
        if undated.sum() > MOST_UNDATED * len(keep):
            making.refuse(part, str(told["date"]), "", f"is empty in {int(undated.sum())} of {counted(len(keep), 'line')} that ask for something ({made.at(int(np.flatnonzero(undated)[0]))} is the first)",
                          f'Fill in the dates, or leave these lines out: where = {{ {told["date"]} = {{ not = [""] }} }}.')  # fmt: skip
            return None
    taken = drawn.takes[0][1].taken
    later = keep & (days(at) > days(dates(np.array([taken], dtype=object))[0])[0])
    if later.any():
        notes.append(f"{counted(int(later.sum()), 'line')} dated after the extract was taken, {taken}, left out: what will still be ordered for these days is not in it")
        keep &= ~later
    if (far := _far_apart(days(at), keep)) is not None:
        making.refuse(part, str(told["date"]), _date(days(at)[far]), f"is more than a year from almost all other lines ({made.at(far)}), and all days between would count as days without demand",
                      f'Correct it, or say what counts: where = {{ {told["date"]} = {{ from = …, until = … }} }}.')  # fmt: skip
        return None
    covered = days(at[keep])  # a cancelled line shows, too, that its day is in the extract
    for word, says in (("cancelled", "cancelled {} left out"), ("returned", "{} taken off as returns")):
        hit = np.zeros(len(keep), bool)
        for column, wanted in dict(told.get(word) or {}).items():
            one = drawn.matching(str(column), wanted)
            hit |= one if one is not None else False
            if word == "cancelled" and one is not None and isinstance(wanted, list) and len(words := pd.unique(drawn.texts(str(column))[~one & keep])) <= MOST_STATES:
                notes.append(f"lines count whose {column} is {listed([quote(str(w)) for w in words])}")
        if word == "cancelled":
            keep &= ~hit
        else:
            units = np.where(hit, -np.abs(units), units)
            hit = keep & (units < 0)
        if hit.any():
            notes.append(says.format(counted(int(hit.sum()), "line")))
    if not keep.any():
        making.refuse(part, "units", "", f"no line of {part.source} is left", "Look at where and cancelled of the mapping.")
        return None
    codes, out = _grouped(part, made, making, keys, keep)
    day, length = days(at[keep]), making.period_days
    first, last = float(covered.min()), float(covered.max())
    run = last + 1 if making.starts is None else making.starts
    whole = run + math.ceil((first - run) / length - 1e-9) * length  # the first day of a whole period, as the run counts them
    first, periods = (whole, math.floor((last + 1 - whole) / length + 1e-9)) if last + 1 - whole >= length else (first, 1)
    lines = pd.DataFrame({"g": codes, "t": np.floor((day - first) / length + 1e-9).astype(np.int64), "x": units[keep]})
    lines = lines[(lines["t"] >= 0) & (lines["t"] < periods)].groupby(["g", "t"], sort=True)["x"].sum().reset_index()
    back = lines["x"] < 0
    if back.any():
        notes.append(f"in {counted(int(back.sum()), 'period')} more came back than was asked for, {-float(lines.loc[back, 'x'].sum()):g} units in all; their demand is 0")
        lines["x"] = lines["x"].clip(lower=0)
    groups = len(out.frame)
    counted_units = bool(np.all(lines["x"] == np.round(lines["x"])))
    mean, variance = _moments(lines, groups, periods)
    height, peak, left = _season(lines, mean, variance, first, last, making)
    kind = _kinds(mean, left, periods, counted_units)
    later = np.where(np.isin(kind, ["constant", "poisson"]), 0.0, np.sqrt(left))
    out.frame = out.frame.assign(demand=kind, mean=mean, spread=later, season=height, season_peak=peak)
    if periods < FEW_PERIODS:
        notes.append(f"the lines are of {counted(periods, 'period')} only, from {_date(first)}: too few to tell how much is asked for in one, or how it varies")
    began = lines.groupby("g")["t"].min().reindex(range(groups), fill_value=periods).to_numpy()
    if periods > 1 and (new := int((began >= periods / 2).sum())):
        notes.append(f"{new} of {groups} series begin in the second half of these {periods} periods; the periods before count as without demand, so their means are too low if they are new")
    if (height > 0).any():
        notes.append(f"{int((height > 0).sum())} of {groups} have a season that is no chance")
    says = f"worked out from order lines of {periods} periods from {_date(first)}: mean and standard deviation of a period, periods without a line count as 0"
    for name in ("demand", "mean", "spread", "season", "season_peak"):
        out.said[name] = (part.source, says, False)
    rare = later > RARE * mean
    if int(rare.sum()) * periods > MOST_RECORDED:
        notes.append(f"{int(rare.sum())} of {groups} series come so seldom that their standard deviation was lowered to {RARE:g} times the mean, or to that of a Poisson process; a run could not show the mean else")
        lowered = 0.999 * RARE * mean
        single = rare & (lowered**2 <= mean)
        out.frame["demand"] = np.where(single, "poisson", kind)
        out.frame["spread"] = np.where(single, 0.0, np.where(rare, lowered, later))
        rare = np.zeros(groups, bool)
    elif rare.any():
        out.frame = out.frame.assign(demand=np.where(rare, "resampled", out.frame["demand"]), mean=np.where(rare, np.nan, out.frame["mean"]),
                                     spread=np.where(rare, 0.0, out.frame["spread"]), season=np.where(rare, 0.0, out.frame["season"]))  # fmt: skip
        notes.append(f"{int(rare.sum())} of {groups} series come too seldom for a distribution; they are drawn from what was recorded")
    making.notes += [f"{part.place}: {note}." for note in notes]
    making.demand_until = max(making.demand_until, last)
    kept = np.ones(groups, bool) if told.get("history") else rare
    if kept.any():
        making.history.append((out.frame[keys], lines[kept[lines["g"]]], np.flatnonzero(kept), periods, first))
    return out


def _far_apart(day: np.ndarray, keep: np.ndarray) -> int | None:
    """A line of the few, one in a hundred at most, that a gap of more than a year parts from all others; None if there is none."""
    rows = np.flatnonzero(keep)
    order = rows[np.argsort(day[rows], kind="stable")]
    for gap in np.flatnonzero(np.diff(day[order]) > YEAR):
        before, after = gap + 1, len(order) - gap - 1
        if min(before, after) <= max(1, len(order) // 100) < len(order) // 10:
            return int(order[gap] if before < after else order[gap + 1])
    return None


def _in_own_units(units: np.ndarray, column: str, drawn: Drawn, made: Made, making: Making) -> np.ndarray | None:
    """Quantities of order lines in the units that their products are counted in."""
    words = drawn.texts(column)
    if words is None:
        return None
    found, said = factors(words, "units", "amount", making.period_days, making.packs, made.frame["product"].to_numpy(object), making.own_units)
    for word, says in said.items():
        drawn.tell(column, np.isnan(found) & (pd.Series(words, dtype=object).str.strip().to_numpy(object) == word), says if says.startswith("is ") else f"does not fit: {says}",
                   "Add a row to conversions, or correct the unit.")  # fmt: skip
    return units * found


def _date(day: float) -> str:
    return str(np.datetime64(int(day), "D"))


def _moments(lines: pd.DataFrame, groups: int, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each series; periods without a row count as 0."""
    x, g = lines["x"].to_numpy(float), lines["g"].to_numpy()
    total, squares = np.bincount(g, x, groups), np.bincount(g, x * x, groups)
    return total / periods, np.maximum(squares - total**2 / periods, 0.0) / max(periods - 1, 1)


def _kinds(mean: np.ndarray, variance: np.ndarray, periods: int, whole: bool) -> np.ndarray:
    """Distribution of each series, without its season.

    Counts whose variance is that of a Poisson process (index of dispersion within its 95 % interval) are one;
    counts that vary more are negative binomial, other skewed series lognormal, and the rest normal.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.where(mean > 0, (periods - 1) * variance / mean, 0.0)
        skewed = np.where(mean > 0, np.sqrt(variance) / mean, 0.0) > 0.3
    low, high = scipy.stats.chi2.ppf([0.025, 0.975], max(periods - 1, 1))
    kind = np.full(len(mean), "normal", dtype=object)
    kind[skewed & (not whole)] = "lognormal"
    kind[skewed & whole & (variance > mean)] = "negative_binomial"
    kind[whole & (index >= low) & (index <= high)] = "poisson"
    kind[variance <= 0] = "constant"
    return kind


def _season(
    lines: pd.DataFrame, mean: np.ndarray, variance: np.ndarray, first: float, last: float, making: Making
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Height and peak of the yearly season, and the variance that is left: one wave a year, over the last whole years.

    Under no season, n A² / (4 σ²) is exponential with mean 1 (Fisher 1929), A being the amplitude, σ² the variance of
    a period and n their number.  With less than two years a season cannot be told from a trend, and is 0.
    """
    groups, length = len(mean), making.period_days
    years = int((last - first + 1) // YEAR)
    if years < 2 or length > YEAR / 3:  # three points of a wave at least
        return np.zeros(groups), np.zeros(groups), variance
    n = int(years * YEAR / length)
    end = int((last - first + 1) // length)
    some = lines[lines["t"] >= end - n]
    angle = 2 * np.pi * length * (np.arange(end - n, end) + 0.5) / YEAR
    waves = np.column_stack([np.ones(n), np.cos(angle), np.sin(angle)])
    x, g, at = some["x"].to_numpy(float), some["g"].to_numpy(), some["t"].to_numpy() - (end - n)
    _, a, b = np.linalg.solve(waves.T @ waves, [np.bincount(g, x * wave[at], groups) for wave in waves.T])
    amplitude = np.hypot(a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.exp(-n * amplitude**2 / np.maximum(4 * (variance - amplitude**2 / 2), 1e-300))
        height = np.where((chance < SURE) & (mean > 0) & (variance > 0), np.minimum(amplitude / mean, 1.0), 0.0)
    began = math.floor(last) + 1 if making.starts is None else making.starts
    peak = (np.arctan2(b, a) / (2 * np.pi) * YEAR + first - began) % YEAR / length
    return height, np.where(height > 0, peak, 0.0), np.where(height > 0, np.maximum(variance - amplitude**2 / 2, 0.0), variance)


def lead_time(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str]) -> Made | None:
    """Lead time of each lane out of orders and receipts: normal or lognormal by AIC, open orders as censored.

    A lane of which fewer than :data:`ENOUGH` orders have come in takes all orders from its origin to its destination,
    and if these are too few, all from its origin.
    """
    ordered, received = drawn.dates(str(part.derive["ordered"])), drawn.dates(str(part.derive["received"]))
    if ordered is None or received is None:
        return None
    least = int(part.derive.get("least", ENOUGH))
    start, end = days(ordered), days(received)
    for column, wanted in dict(part.derive.get("reversed") or {}).items():
        hit = drawn.matching(str(column), wanted)
        if hit is not None and hit.any():
            making.notes.append(f"{part.place}: the last receipt of {counted(int(hit.sum()), 'order')} was reversed; what was ordered is still to come.")
            end[hit] = np.nan
    backwards = end < start
    if backwards.any():
        at = int(np.flatnonzero(backwards)[0])
        making.notes.append(f"{part.place}: {counted(int(backwards.sum()), 'receipt')} dated before the order left out ({made.at(at)} is the first).")
    keep = ~np.isnan(start) & ~backwards
    if "order" in part.derive:
        keep = _last_receipts(part, drawn, made, making, keys, keep, start, end)
    if not (keep & ~np.isnan(end)).any():
        making.refuse(part, "lead_time", "", f"no order of {part.source} has both dates", "Map ordered and received, or take the planned lead time of the master data.")
        return None
    waits = np.nanmax(np.concatenate([end[keep], start[keep]])) - start
    forgotten = keep & np.isnan(end) & (waits > FORGOTTEN * np.nanmax(end[keep] - start[keep]))
    if forgotten.any():
        making.notes.append(f"{part.place}: {counted(int(forgotten.sum()), 'order')} open for more than {FORGOTTEN:g} times the longest lead time left out: taken for forgotten.")
        keep &= ~forgotten
    codes, out = _grouped(part, made, making, keys, keep)
    took = end[keep] - start[keep]
    open_for = np.where(np.isnan(took), waits[keep], np.nan)
    levels = [codes, *(_coarser(out.frame, codes, names) for names in (["origin", "destination"], ["origin"]) if set(names) <= set(out.frame))]
    result = np.full((len(out.frame), 3), np.nan)
    kinds = np.full(len(out.frame), "", dtype=object)
    rests, pooled = np.zeros(len(out.frame), np.int64), 0
    for level, group in enumerate(levels):
        waiting = np.flatnonzero(kinds == "")
        if not len(waiting):
            break
        fits = _fitted(group, took, open_for)
        own = pd.Series(group).groupby(codes).first().to_numpy()
        for i in waiting:
            fit = fits.get(int(own[i]))
            if fit is not None and (fit[3] >= least or level == len(levels) - 1):
                kinds[i], result[i, 0], result[i, 1], rests[i] = fit[0], fit[1], fit[2], fit[3]
                pooled += level > 0
    none = kinds == ""
    if none.any():
        names = out.frame.loc[none, keys].astype(str).agg(" → ".join, axis=1).tolist()
        making.refuse(part, "lead_time", listed(names, 3), f"{int(none.sum())} lanes have only orders that have not come in", "Take the planned lead time of the master data for them (where = …).")
        return None
    out.frame = out.frame.assign(lead_time=result[:, 0] / making.period_days, lead_time_kind=kinds, lead_time_spread=result[:, 1] / making.period_days)
    if {"destination", "product"} <= set(keys) and "share" not in part.columns:
        orders = np.bincount(codes, minlength=len(out.frame))
        every = out.frame.assign(n=orders).groupby(["destination", "product"], sort=False, dropna=False)["n"].transform("sum").to_numpy()
        out.frame["share"] = _adding_up(orders / every, out.frame)
        out.said["share"] = (part.source, "share of the orders for the product", False)
    still = int(np.isnan(took).sum())
    says = "fitted to the days from order to receipt (normal or lognormal by AIC; open orders as censored)"
    for name in ("lead_time", "lead_time_kind", "lead_time_spread"):
        out.said[name] = (part.source, says, False)
    out.counts = rests
    also = f" and {counted(still, 'open order')}" if still else ""
    few = f"; {counted(pooled, 'lane')} with fewer than {least} receipts took those of their origin" if pooled else ""
    ended, opened = counted(int((~np.isnan(took)).sum()), "receipt"), len(np.unique(codes[np.isnan(took)]))
    if opened > MOST_CENSORED:
        few += f"; of {opened} lanes with open orders the {MOST_CENSORED} with the most of them are fitted with these, the others by their receipts alone, which makes them somewhat short"
    making.notes.append(f"{part.place}: lead times of {counted(len(out.frame), 'lane')} rest on {ended}{also}{few}.")
    return out


def _last_receipts(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str], keep: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rows that stay where an order line has several: the last receipt, or the one that is still to come; it has the first date of the order."""
    names = [drawn.texts(str(part.derive[word])) for word in ("order", "line") if word in part.derive]
    if any(n is None for n in names):
        return keep
    rows = np.flatnonzero(keep & (stripped(names[0]) != "").to_numpy(bool))
    codes = pd.factorize(joined_keys([c[rows] for c in (*names, *(made.frame[k].to_numpy() for k in keys))]))[0]
    first = np.full(codes.max(initial=-1) + 1, np.inf)
    np.minimum.at(first, codes, start[rows])
    start[rows] = first[codes]
    order = np.lexsort((np.where(np.isnan(end[rows]), np.inf, end[rows]), codes))
    partial = order[:-1][codes[order[1:]] == codes[order[:-1]]]
    keep = keep.copy()
    keep[rows[partial]] = False
    if len(partial):
        making.notes.append(f"{part.place}: {counted(len(partial), 'partial receipt')} of order lines that came in several parts left out; the last one counts.")
    return keep


def _adding_up(share: np.ndarray, frame: pd.DataFrame) -> np.ndarray:
    """Shares rounded to four digits that still add up to 1: the first of each product takes the rest."""
    rounded = np.round(share, 4)
    groups = frame.groupby(["destination", "product"], sort=False, dropna=False).ngroup().to_numpy()
    first = ~pd.Series(groups).duplicated().to_numpy()
    rounded[first] += 1.0 - np.bincount(groups, rounded)[groups[first]]
    return rounded


def _coarser(frame: pd.DataFrame, codes: np.ndarray, names: list[str]) -> np.ndarray:
    return frame.groupby(names, sort=False, dropna=False).ngroup().to_numpy()[codes]


def _fitted(group: np.ndarray, took: np.ndarray, open_for: np.ndarray) -> dict[int, tuple[str, float, float, int]]:
    """Group → distribution, mean [days], standard deviation [days] and number of receipts; maximum likelihood in closed form where no order is open."""
    done = ~np.isnan(took)
    n = int(group.max()) + 1
    count = np.bincount(group[done], minlength=n)
    x, g = took[done], group[done]
    mean = np.divide(np.bincount(g, x, n), count, out=np.zeros(n), where=count > 0)
    variance = np.divide(np.bincount(g, (x - mean[g]) ** 2, n), count, out=np.zeros(n), where=count > 0)
    positive = np.bincount(g, x <= 0, n) == 0
    logs = np.log(np.where(x > 0, x, 1.0))
    mu = np.divide(np.bincount(g, logs, n), count, out=np.zeros(n), where=count > 0)
    s2 = np.divide(np.bincount(g, (logs - mu[g]) ** 2, n), count, out=np.zeros(n), where=count > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        normal = count * np.log(variance)
        lognormal = count * np.log(s2) + 2 * np.bincount(g, logs, n)
    take = positive & (s2 > 1e-12) & (lognormal < normal)
    found = {}
    opened = np.bincount(group[~done], minlength=n)
    for i in np.flatnonzero(count):
        if variance[i] <= 1e-12:
            found[int(i)] = ("fixed", float(mean[i]), 0.0, int(count[i]))
        elif take[i]:
            m = math.exp(mu[i] + s2[i] / 2)
            found[int(i)] = ("lognormal", m, m * math.sqrt(math.expm1(s2[i])), int(count[i]))
        else:
            found[int(i)] = ("normal", float(mean[i]), math.sqrt(variance[i]), int(count[i]))
    some = np.flatnonzero((opened > 0) & (count >= 2) & (variance > 1e-12) & positive)
    for i in some[np.argsort(-opened[some] / count[some], kind="stable")][:MOST_CENSORED]:  # those that it changes most
        here = group == i
        waits = open_for[here & ~done]
        best = next(iter(fit_lead_times(took[here & done], waits[waits > 0], ("normal", "lognormal")).values()))
        found[int(i)] = (best.family, best.mean, best.sd, int(count[i]))
    return found


def good_share(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str]) -> Made | None:
    """Yield out of counts of good units and scrap: good units over all."""
    good, scrap = drawn.numbers(str(part.derive["good"])), drawn.numbers(str(part.derive["scrap"]))
    if good is None or scrap is None:
        return None
    codes, out = _grouped(part, made, making, keys, np.ones(len(made.frame), bool))
    g, s = (np.bincount(codes, np.nan_to_num(v), len(out.frame)) for v in (good, scrap))
    none = g + s <= 0
    if none.any():
        making.notes.append(f"{part.place}: {int(none.sum())} have made nothing; their yield is left at 1.")
    out.frame["yield_rate"] = np.where(none, 1.0, g / np.where(none, 1.0, g + s))
    out.said["yield_rate"] = (part.source, "good units over good units and scrap", False)
    return out


def machine_events(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str]) -> Made | None:
    """Failures of machines out of their states: mean time between failures and to repair, as an event that recurs."""
    at = drawn.dates(str(part.derive["time"]), utc=True)  # the times between them are what counts
    state = drawn.texts(str(part.derive["state"]))
    if at is None or state is None:
        return None
    keep = ~np.isnat(at) & (state != "")
    codes, out = _grouped(part, made, making, keys, keep)
    down = matches(state[keep], part.derive.get("down", ["down", "DOWN"]))
    rows = failures(codes, at[keep].astype("datetime64[s]").astype(np.int64) / 86_400.0, down, len(out.frame))
    short, good = rows["between"] / making.period_days < 1, rows["repairs"] >= 1
    for i in np.flatnonzero(~good):
        making.notes.append(f"{part.place}: {out.frame[keys[0]].iat[i]} has not failed and been repaired in the extract; it has no event.")
    for i in np.flatnonzero(good & short):
        making.notes.append(f"{part.place}: {out.frame[keys[0]].iat[i]} fails every {rows['between'][i] * 24:.1f} hours, more than once a period; "
                            f"its availability, {rows['availability'][i]:.3f}, belongs into the capacity of its recipes, or periods must be shorter.")  # fmt: skip
    take = np.flatnonzero(good & ~short)
    frame = out.frame.iloc[take].reset_index(drop=True)
    frame = frame.assign(duration=rows["repair"][take] / making.period_days, duration_spread=rows["repair_spread"][take] / making.period_days,
                         time_between=rows["between"][take] / making.period_days, start=0.0)  # fmt: skip
    says = "worked out from the states of the machine"
    out.said |= dict.fromkeys(("duration", "duration_spread", "time_between", "start"), (part.source, says, False))
    return Made(part, frame, [(e, t[take]) for e, t in out.origins], out.said, out.counts[take] if out.counts is not None else None)


def failures(machine: np.ndarray, day: np.ndarray, down: np.ndarray, machines: int) -> dict[str, np.ndarray]:
    """Times between failures and to repair of each machine [days], out of the moments at which its state was reported.

    A state lasts until the next report of the machine.  A failure that had not ended at the last report, and the time
    before the first, count for neither mean: what is not known to have ended is left out.

    Returns
    -------
    dict
        between, repair, repair_spread [days], availability [share], repairs [number], arrays of shape (machines,).
    """
    order = np.lexsort((day, machine))
    m, t, d = machine[order], day[order], down[order]
    fresh = np.r_[True, m[1:] != m[:-1]]
    change = fresh | np.r_[True, d[1:] != d[:-1]]
    m, t, d, fresh = m[change], t[change], d[change], fresh[change]
    ends = np.r_[t[1:], np.nan]
    ends[np.r_[fresh[1:], True]] = np.nan
    span = ends - t
    known = ~np.isnan(span)
    fixed, worked = known & d, known & ~d & ~fresh
    repairs = np.bincount(m[fixed], minlength=machines)
    runs = np.bincount(m[worked], minlength=machines)
    with np.errstate(divide="ignore", invalid="ignore"):
        repair = np.bincount(m[fixed], span[fixed], machines) / repairs
        between = np.bincount(m[worked], span[worked], machines) / runs
        first = np.bincount(m[known & ~d], span[known & ~d], machines) / np.bincount(m[known & ~d], minlength=machines)
        between = np.where(runs > 0, between, first)
        spread = np.sqrt(np.bincount(m[fixed], (span[fixed] - repair[m[fixed]]) ** 2, machines) / np.maximum(repairs - 1, 1))
        availability = between / (between + repair)
    return {"between": np.nan_to_num(between), "repair": np.nan_to_num(repair), "repair_spread": np.nan_to_num(spread),
            "availability": np.nan_to_num(availability, nan=1.0), "repairs": repairs}  # fmt: skip


def lives(part: Part, drawn: Drawn, made: Made, making: Making, keys: list[str]) -> Made | None:
    """Lives of parts out of records of their age: the age of the last one, and whether it failed; where age falls, a new part is in."""
    age = drawn.numbers(str(part.derive["age"]))
    if age is None:
        return None
    told = part.derive.get("failed", True)
    ended = np.full(len(age), told) if isinstance(told, bool) else drawn.numbers(str(told))
    if ended is None:
        return None
    if part.derive.get("resets"):
        worn = pd.Series(age).groupby(made.frame["machine"].to_numpy()).diff().fillna(0.0).to_numpy()
        number = pd.Series(worn < 0).groupby(made.frame["machine"].to_numpy()).cumsum().to_numpy() + 1
        made.frame["part"] = [f"{name} {n}" for name, n in zip(made.frame["part"], number, strict=True)]
    keep = ~np.isnan(age) & (age > 0)
    codes, out = _grouped(part, made, making, keys, keep)
    reached, failed = np.zeros(len(out.frame)), np.zeros(len(out.frame), bool)
    np.maximum.at(reached, codes, age[keep])
    np.logical_or.at(failed, codes, np.nan_to_num(np.asarray(ended, float)[keep]) > 0)
    per = float(part.derive.get("per_day", 1.0))
    if per == 1.0:
        making.notes.append(f"{part.place}: {part.derive['age']} counts as days of age.")
    out.frame["age"], out.frame["failed"] = reached / per, failed
    out.said |= dict.fromkeys(("age", "failed"), (part.source, "the last age that was recorded of the part", False))
    return out


WAYS: Mapping[str, Callable] = {"demand": demand, "lead_time": lead_time, "yield": good_share, "machine_events": machine_events, "lives": lives}


def structure_rows(part: Part, making: Making) -> Made | None:
    """Lines of a bill of materials out of the structure of a STEP file."""
    file = str(part.derive["file"])
    found = next((s for name, s in making.folder.structures.items() if name == file or name.rpartition("/")[2] == file), None)
    if found is None:
        making.refuse(part, "file", file, "is no STEP file in the folder", f"There are {listed(list(making.folder.structures)) or 'none'}.")
        return None
    if part.into == "products":
        return _masses(part, making, found, file)
    rows = [(product, component, float(n)) for product, lines in found.lines.items() for component, n in lines.items()]
    frame = pd.DataFrame(rows, columns=["product", "component", "quantity"])
    said = dict.fromkeys(frame.columns, ("", f"counted in the assembly structure of {file}", False))
    return Made(part, frame, [], said)


def _masses(part: Part, making: Making, found: Structure, file: str) -> Made | None:
    """Masses of the products in a STEP file: as it states them, or its volumes times a density of the mapping; of assemblies without, the sum of their parts."""
    density = part.derive.get("density")
    if density is not None and (isinstance(density, bool) or not isinstance(density, int | float) or not density > 0):
        making.refuse(part, "density", str(density), "is no density", "Write kilograms in a cubic metre, such as 7850 for steel.")
        return None
    mass = {p: said["mass"] for p, said in found.stated.items() if "mass" in said}
    own = set(mass)
    if density is not None:
        mass |= {p: said["volume"] * density for p, said in found.stated.items() if p not in own and "volume" in said}
    for product in (p for p in found.products if p not in mass and p in found.lines):
        parts = found.flat(product)
        if set(parts) <= set(mass):
            mass[product] = found.mass(mass, product)
    lacking = [p for p in found.products if p not in mass]
    if lacking:
        making.notes.append(f"{part.place}: {file} states no mass of {listed(lacking, 10)}" + ("." if density is not None or not any("volume" in found.stated.get(p, {}) for p in lacking)
                            else "; it states volumes, which become masses if derive says their density."))  # fmt: skip
    frame = pd.DataFrame({"product": list(mass), "mass": np.array([float(m) for m in mass.values()])})
    assumed = any(p not in own for p in mass) and density is not None
    says = f"assumed: the volume that {file} states times {density:g} kg/m³, where it states no mass" if assumed else f"mass that {file} states of the product or of its parts"
    return Made(part, frame, [], {"product": ("", f"product of {file}", False), "mass": ("", says, assumed)})
