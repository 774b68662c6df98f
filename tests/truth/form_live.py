"""Published figures of the live twin: charts and run lengths, the local level, running out, lead times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tiny_case import tiny_case

from tests.truth.compared import Compared, Unreadable, same, within
from twinkit.capabilities.live import drift, level, marks
from twinkit.capabilities.live.company import long_enough, rows_of_day
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.twin import ROOM, Twin
from twinkit.chain.chain import Chain
from twinkit.chain.layout import CL
from twinkit.inventory import fit_lead_times
from twinkit.run.statistics import mean_interval

Rows = list[Compared]
CASE = tiny_case(periods=200)


def charts(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """CUSUM and EWMA of a series, and average run lengths.

    Books give K and H in units of the data or of sigma; a file does not say which, so of the two that one is taken
    whose first sum that is not 0 is the published one.
    """
    data, target, sigma = given["data"], given["target"], given["sigma"]
    K, H = (given["cusum"][k] for k in ("K", "H"))
    chart = _as_published([drift.cusum(data, target, K * unit, H * unit) for unit in (1.0, sigma)], expected.get("cusum", []))
    average = drift.ewma(data, target, sigma, given["ewma"]["lambda_"], given["ewma"]["L"])
    at = (average.alarm or 0) - 1
    ours: dict[str, Any] = {
        "cusum": [{"plus": float(a), "minus": float(b)} for a, b in chart.values], "cusum_first_alarm": chart.alarm,
        "cusum_run_of_positive": chart.run, "ewma_first_alarm": average.alarm,
        "ewma_at_alarm": [float(v[at]) for v in (average.values, average.low, average.high)],
    }  # fmt: skip
    rows = same({k: v for k, v in expected.items() if not k.startswith("arl_")}, {k: v for k, v in ours.items() if k in expected}, about)
    for key, table in expected.items():
        if not key.startswith("arl_"):
            continue
        for label, by_shift in table.items():
            for shift, published in by_shift.items():
                found = _run_length(key, label, float(shift))
                rows.append(Compared(f"{key} {label} shift {shift}", published, found, within(about["tolerance"], published, "ARL")))
    return rows


def _as_published(found: list[drift.Chart], published: list[Mapping[str, float]]) -> drift.Chart:
    first = next((i for i, row in enumerate(published) if row["plus"] or row["minus"]), None)
    if first is None:
        return found[0]
    wanted = [published[first]["plus"], published[first]["minus"]]
    return next((chart for chart in found if np.allclose(chart.values[first], wanted, atol=1e-9)), found[0])


def _run_length(key: str, label: str, shift: float) -> float:
    if cusum := re.fullmatch(r"arl_cusum_k(\d)(\d+)_by_h", key):
        return drift.cusum_run_length(float(f"{cusum[1]}.{cusum[2]}"), float(label), shift)
    if key == "arl_ewma" and (numbers := re.fullmatch(r"lambda=([\d.]+) L=([\d.]+)", label)):
        return drift.ewma_run_length(float(numbers[1]), float(numbers[2]), shift)
    raise Unreadable(f"no run length of ours is called {key}, {label}")


def local_level(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """A series through the local level model: the fit, the filter at stated variances, the forecast, the change of the mean."""
    name = next(k for k, v in given.items() if isinstance(v, list) and len(v) > 9)
    series, first_year, words = given[name], given.get("first_year", 1), about["tolerance"]
    only_start = re.search(r"start a=0, P=1e7", str(given.get("state", "start a=0, P=1e7")))
    if not only_start:
        raise Unreadable(f"the state {given['state']!r} has another start than a=0, P=1e7")
    fit, split, rows = level.fit_local_level(series), drift.change_point(series), []
    at, ours_at = None, {}
    for key in expected:
        if stated := re.fullmatch(r"filtered_at_(\d+)_(\d+)", key):
            at = level.filtered(series, *(_unrounded(n, about) for n in stated.groups()))
            years = [k for k in expected[key] if re.fullmatch(r"y\d+", k)]
            places = {"first": 0, "last": -1, **{k: int(k[1:]) - first_year for k in years}}
            ours_at[key] = {k: [float(at.level[i]), float(at.variance[i])] for k, i in places.items()} | {"loglik": at.loglik}
    mean, sd = (at or fit).forecast()
    ours = {
        "mle": {"s_eps2": fit.noise, "s_eta2": fit.drift, "loglik": fit.loglik}, **ours_at, "forecast": {"mean": mean, "sd_of_next": sd},
        "change_point_last_index_before": split.before, "last_year_before": first_year + split.before - 1, "means": list(split.means),
    }  # fmt: skip
    for key, value in expected.items():
        topic = {"mle": "variance", "forecast": "filter"}.get(key, "change" if "before" in key else "filter")
        if key == "mle":
            rows += [Compared(f"mle {k}", v, ours["mle"][k], within(words, v, "likelihood" if k == "loglik" else "variance")) for k, v in value.items()]
        else:
            rows += same({key: value}, {key: ours.get(key)} if key in ours else {}, {"tolerance": _clause(words, topic)})
    return rows


def _clause(words: str, topic: str) -> str:
    found = next((part.strip() for part in str(words).split(";") if topic in part), str(words))
    return "exact" if "exact" in found else found


def _unrounded(whole: str, about: Mapping) -> float:
    """A variance that a key names without its decimals, as the source says it."""
    said = [float(n) for n in re.findall(r"\d+\.?\d*", str(about.get("source", "")))]
    return next((n for n in said if int(n) == int(whole)), float(whole))


def running_out(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Chance to run out by day under Poisson demand, with a receipt or several, and a Brier score."""
    stock, rate = given["stock"], given["demand_per_day"]
    horizon, brier = given.get("horizon_with_receipt"), given.get("brier")
    days = [int(d) for d in expected.get("p_out_by_day", {})]
    chances = marks.chance_to_run_out(stock, rate, max([*days, int(5 * (stock + 10) / rate) + 10]))
    ours: dict[str, Any] = {"p_out_by_day": {str(d): float(chances[d]) for d in days}, "mean_first_day_out": marks.mean_day_out(stock, rate), "with_receipt": {}}
    for key in expected:
        if level_of := re.fullmatch(r"first_day_with_p_at_least_(\d+)", key):
            ours[key] = marks.first_day_at(chances, int(level_of[1]) / 100)
    for label in expected.get("with_receipt", {}):
        receipts: dict[int, float] = {}
        for units, day in re.findall(r"([\d.]+) on day (\d+)", label):
            receipts[int(day)] = receipts.get(int(day), 0.0) + float(units)
        ours["with_receipt"][label] = float(marks.chance_to_run_out(stock, rate, horizon, receipts)[-1])
    if brier:
        found = marks.marks(brier["p"], brier["happened"])
        ours |= {"brier": found.brier, "reliability": found.reliability, "resolution": found.resolution, "uncertainty": found.uncertainty,
                 "brier_skill": found.skill, "log_score": found.log_score}  # fmt: skip
    return same(expected, ours, about)


def lead_times(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Lead times by maximum likelihood, the families of the file by AIC."""
    families = list(expected.get("aic") or expected.get("loglik") or {}) or [k for k in expected if isinstance(expected[k], Mapping)]
    fits = fit_lead_times(given["lead_times"], given.get("still_open") or (), families)
    ours: dict[str, Any] = {
        name: {**fit.parameters, **{f"se_{k}": v for k, v in fit.errors.items()}, "mean": fit.mean, "sd": fit.sd} for name, fit in fits.items()
    }
    ours |= {what: {name: getattr(fit, what) for name, fit in fits.items()} for what in ("loglik", "aic", "bic")}
    return same(expected, ours | {"best": next(iter(fits))}, about)


# --- what must hold without any number


def identities(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Properties that a file states in words: 1 where ours has it."""
    known = {"fork_unchanged": _fork_unchanged, "feed_replay": _feed_replay, "late_feed": _late_feed, "out_of_order": _out_of_order, "calibration": _calibration}
    if unknown := sorted(set(expected) - set(known)):
        raise Unreadable(f"no property of ours is called {', '.join(unknown)}; known: {', '.join(known)}")
    return [Compared(name, 1.0, float(known[name]()), 1e-9) for name in expected]


DAYS = 30


@contextmanager
def _twin(rows: list[dict[str, Any]], worlds: int = 4) -> Iterator[Twin]:
    with TemporaryDirectory() as folder, Feed(Path(folder) / "readings.sqlite", CASE) as feed:
        feed.take(rows, "own run")
        yield Twin(CASE, feed, worlds)


def _own_run() -> list[dict[str, Any]]:
    chain, rows = Chain(long_enough(CASE, DAYS + ROOM), 1), []
    for _ in range(DAYS):
        chain.step()
        rows += rows_of_day(chain)
    return rows


def _image(chain: Chain) -> list[bytes]:
    return [np.ascontiguousarray(values).tobytes() for values in chain.snapshot()["arrays"].values()]


def _fork_unchanged() -> bool:
    base = Chain(CASE, 8, record=["stocks.on_hand"]).run(DAYS)
    fork = base.branch()
    same = []
    for day in range(DAYS, 2 * DAYS):
        base.run(day + 1)
        fork.run(day + 1)
        same.append(_image(base) == _image(fork))
    return all(same) and np.array_equal(base.history("stocks.on_hand"), fork.history("stocks.on_hand"))


def _feed_replay() -> bool:
    with _twin(_own_run(), 1) as twin:
        return len(twin.error()) > 0 and twin.error()["mae"].max() == 0.0 and not twin.drifts()


def _late_feed() -> bool:
    with _twin(_own_run()) as twin:
        calm = not twin.stale() and set(twin.state()["known"]) == {"read"}
        twin.refresh(DAYS + 10)
        return calm and twin.stale() and set(twin.state()["known"]) == {"stale"} and set(twin.state()["read_at"]) == {DAYS - 1.0}


def _out_of_order() -> bool:
    rows = _own_run()
    mixed = rows + rows[::3]
    np.random.default_rng(1).shuffle(mixed)
    with _twin(rows) as straight, _twin(mixed) as other:
        return [_image(c) for c in straight.chains] == [_image(c) for c in other.chains] and straight.errors == other.errors


def _calibration() -> bool:
    """Of 200 worlds with 40 days of demand, and of 200 samples of 40 lead times, how many 90 % intervals hold what they were drawn with."""
    chain, asked, luck = Chain(CASE, 200), [], np.random.default_rng(3)
    for _ in range(40):
        chain.step()
        asked.append(chain.world.claim[CL.asked, chain.world.lane.shape[1]].copy())
    mean = float(CASE["markets"]["mean"].iloc[0])
    demand = [low <= mean <= high for _, low, high in (mean_interval(world, 0.9) for world in np.array(asked).T)]
    fits = [fit_lead_times(luck.lognormal(2.0, 0.4, 40), (), ["lognormal"])["lognormal"].interval("mu", 0.9) for _ in range(200)]
    lead = [low <= 2.0 <= high for low, high in fits]
    return all(0.80 <= np.mean(held) <= 0.97 for held in (demand, lead))


def shape_of(given: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form of a file that states properties in words."""
    return {"": identities} if expected and "feed_replay" in expected else None


FORMS: tuple[tuple[set[str], dict[str, Any]], ...] = (
    ({"data", "target", "cusum", "ewma"}, {"": charts}),
    *((keys, {"": local_level}) for keys in ({"nile"}, {"first_year", "state"})),
    ({"stock", "demand_per_day"}, {"": running_out}),
    ({"lead_times"}, {"": lead_times}),
)  # fmt: skip
"""Keys of what goes in → what is done with it."""
