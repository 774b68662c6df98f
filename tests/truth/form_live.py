"""Published figures of the live twin: charts and run lengths, the local level, running out, lead times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, same, within
from twinkit.capabilities.live import drift, level, marks
from twinkit.inventory import fit_lead_times

Rows = list[Compared]


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


FORMS: tuple[tuple[set[str], dict[str, Any]], ...] = (
    ({"data", "target", "cusum", "ewma"}, {"": charts}),
    *((keys, {"": local_level}) for keys in ({"nile"}, {"first_year", "state"})),
    ({"stock", "demand_per_day"}, {"": running_out}),
    ({"lead_times"}, {"": lead_times}),
)  # fmt: skip
"""Keys of what goes in → what is done with it."""
