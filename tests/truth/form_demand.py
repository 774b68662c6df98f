"""Published figures of forecasts: accuracy tables, smoothing, rare demand, rolling origins, reconciliation."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.truth.compared import Compared, Unreadable, only, same, within
from twinkit.capabilities.demand import backtest, measures, methods, reconcile
from twinkit.capabilities.demand import smoothing as codes

Rows = list[Compared]
HERE = Path(__file__).parent / "cases"
SEASONS = {"Q": 4, "M": 12, "W": 52}


def _series(given: Mapping[str, Any], about: Mapping[str, Any]) -> np.ndarray:
    """The series of a case: its own values; or those that a case of the project has under the same name; or a file beside the folder."""
    if "values" in given:
        return np.asarray(given["values"], float)
    said = str(given.get("series") or about.get("data") or "")
    for path in HERE.glob("*.json"):
        other = json.loads(path.read_text(encoding="utf-8"))
        other = {**other, **other.get("inputs", {})}
        if "values" in other and said and said in (other.get("series"), other.get("data")):
            return np.asarray(other["values"], float)
    named = re.fullmatch(r"(\w+) of ([\w-]+)(?:, last (\d+) values)?", said)
    files = sorted((Path(about["folder"]).parent / "files" / "demand").glob(f"*{named[2]}.csv")) if named else []
    if not files:
        raise Unreadable(f"the series {said!r} is neither given as values nor found in a file")
    rows = _rows_of(files[0])
    if named[1] not in rows:
        raise Unreadable(f"{files[0].name} has no series {named[1]}")
    values = rows[named[1]]
    return values[-int(named[3]) :] if named[3] else values


@cache
def _rows_of(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8") as file:
        return {row[0]: np.array([float(v) for v in row[1:] if v]) for row in list(csv.reader(file))[1:]}


def _method(name: str) -> methods.Method:
    """A method by the name that a source gives it: ``ses_03`` is a constant of 0.3, ``snaive`` the seasonal naive one."""
    name = {"snaive": "seasonal_naive", "average": "mean", "rw_drift": "drift", "sma": "moving_average"}.get(name.lower(), name.lower())
    name = re.sub(r"^ma_(\d+)$", r"moving_average_\1", name)
    name = re.sub(r"^(ses|croston|sba|tsb)_0(\d+)$", r"\1_0.\2", name)
    try:
        return methods.method_of(name)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _place(label: str) -> tuple[int, int]:
    """Year and part of a period such as 1992Q1, and how many parts a year has."""
    found = re.match(r"\s*(\d{4})(?:([QMW])(\d+))?", label)
    if not found:
        raise Unreadable(f"{label!r} is no period such as 1992Q1, 1992M5 or 1992")
    season = SEASONS.get(found[2], 1)
    return int(found[1]) * season + (int(found[3]) - 1 if found[2] else 0), season


def accuracy(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Measures of methods on a test set: forecast once, from the end of the training set."""
    only(given, ("train", "test", "mase_scale", "data", "values", "first", "season"), "the case")
    y = _series(given, about)
    begin = given.get("first") or re.search(r"(\d{4}[QMW]?\d*)\s*-", str(about.get("data")))[1]
    start, season = _place(begin)
    season = given.get("season", season)
    (train_from, train_to), (test_from, test_to) = ([_place(end)[0] - start for end in given[key].split("-")] for key in ("train", "test"))
    lag = re.search(r"lag (\d+)", str(given.get("mase_scale", "")))
    train, test, ours = y[train_from : train_to + 1], y[test_from : test_to + 1], {}
    ahead = test_to - train_to
    for name in expected:
        said = methods.forecast(train[None], _method(name), ahead, season).mean[0][test_from - train_to - 1 :]
        ours[name] = {
            "RMSE": measures.root_mean_square_error(test, said), "MAE": measures.mean_absolute_error(test, said),
            "MAPE": measures.mean_absolute_percentage_error(test, said), "sMAPE": measures.symmetric_percentage_error(test, said),
            "MASE": measures.scaled_error(test, said, train, int(lag[1]) if lag else season),
            "WAPE": measures.weighted_percentage_error(test, said), "bias": measures.bias(test, said),
            "ME": float((test - said).mean()), "MPE": float(100 * ((test - said) / test).mean()),
        }  # fmt: skip
    return same(expected, ours, about)


def smoothing(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Exponential smoothing: fitted by least squares, and with constants that are given."""
    listed = [k for k, v in given.items() if isinstance(v, list)]
    only(given, (*listed, *(f"{k}_years" for k in listed), "holt", "alpha"), "the case")
    first, last = np.asarray(given[listed[0]], float), np.asarray(given[listed[-1]], float)
    words, rows = about["tolerance"], []
    for key, value in expected.items():
        if key == "ses":
            p = np.zeros(8)
            codes.fit_ses(first, p)
            paths = methods.codes_paths(first, codes.SES, 1, 1)
            ours = {"alpha": p[codes.ALPHA], "level0": p[codes.LEVEL], "sse": p[codes.SSE], "forecast": paths[-1, 0]}
            rows += [Compared(f"ses {k}", v, ours[k], within(words, v, {"level0": "forecast"}.get(k, k))) for k, v in value.items()]
        elif found := re.fullmatch(r"ses_rolling_one_step_alpha_0?(\d+)_level_y1", key):
            alpha = float(f"0.{found[1]}")
            rows.append(Compared(key, value, methods.codes_paths(first, codes.SES, 1, 1, alpha=alpha)[1:, 0], within(words, value, "fixed")))
        elif found := re.fullmatch(r"holt_forecast_1_to_(\d+)", key):
            holt = given["holt"]
            if (holt["level0"], holt["trend0"]) != ("y1", "y2-y1"):
                raise Unreadable("Holt starts with y1 and y2-y1 here")
            said = methods.codes_paths(last, codes.HOLT, 1, int(found[1]), alpha=holt["alpha"], beta=holt["beta"])[-1]
            rows.append(Compared(key, value, said, within(words, value, "fixed")))
        else:
            raise Unreadable(f"no quantity of ours is called {key}; known: ses, ses_rolling_one_step_alpha_…_level_y1, holt_forecast_1_to_…")
    return rows


def rare(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Demand that is rarely asked for: Croston and its kin, the interval, the variation and the class."""
    only(given, ("demand", "alpha", "croston_start"), "the case")
    y, alpha = np.asarray(given["demand"], float), given["alpha"]
    out = np.empty((len(y) + 1, 1))
    size, interval = codes.croston_paths(y, alpha, alpha, codes.CROSTON, 1, out)
    kind, adi, cv2 = measures.demand_class(y)
    sizes = y[y > 0]
    said = {name: float(methods.forecast(y[None], f"{name}_{alpha:g}", 1).mean[0, 0]) for name in ("croston", "sba", "tsb")}
    ours = {
        "croston": {"size": size, "interval": interval, "forecast": said["croston"]}, "sba_forecast": said["sba"], "tsb_forecast": said["tsb"],
        "statsforecast": {
            name: said["croston" if name == "CrostonClassic" else "sba" if name == "CrostonSBA" else "tsb"] if not (found := re.fullmatch(r"TSB_0(\d+)_0(\d+)", name))
            else float(methods.forecast(y[None], f"tsb_0.{found[1]}_0.{found[2]}", 1).mean[0, 0])
            for name in expected.get("statsforecast", {})
        },
        "adi": adi, "cv2_population": cv2, "cv2_sample": cv2 * len(sizes) / max(len(sizes) - 1, 1), "class_": kind, "class": kind,
    }  # fmt: skip
    return same(expected, ours, about)


def origins(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """A back-test with rolling origins: errors by step, of the sum over them, and the safety stock that follows."""
    only(given, ("series", "values", "first_origin", "horizon"), "the case")
    y, first, horizon = _series(given, about), given["first_origin"], given["horizon"]
    at = range(first, len(y) - horizon + 1)
    names = list(expected)
    tested = backtest.backtest(y[None], [_method(n) for n in names], horizon, origins=at)
    ours = {}
    for name, method in zip(names, tested.methods, strict=False):
        off = tested.errors(method)[:, 0]
        scores = tested.scores().set_index("method").loc[method]
        ours[name] = {
            "origins": len(tested.origins), "rmse_by_step": np.sqrt((off**2).mean(axis=0)).tolist(), "mae_by_step": np.abs(off).mean(axis=0).tolist(),
            **{k: float(scores[k]) for k in ("rmse", "mae", "wape", "bias", "mase", "smape")},
        }  # fmt: skip
        for key in expected[name]:
            if found := re.fullmatch(r"rmse_of_sum_over_(\d+)", key):
                ours[name][key] = float(np.sqrt((tested.errors_of_sum(method, int(found[1])) ** 2).mean()))
            elif found := re.fullmatch(r"safety_stock_(\d+)", key):
                ours[name][key] = float(tested.safety_stock(method, float(f"0.{found[1]}"))[0])
    return same(expected, ours, about)


NAMES = {"bu": "bottom_up", "td": "top_down", "wls": "wls_variance", "wls_struct": "wls_structural", "wls_var": "wls_variance", "mint": "mint_sample"}


def adds_up(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Forecasts made to add up: by every method that is named."""
    keys = {"S": ("S", "summing_matrix"), "base": ("base", "base_forecasts"), "errors": ("residuals", "errors"), "weights": ("W", "weights"), "past": ("proportions", "past")}
    only(given, [k for names in keys.values() for k in names], "the case")
    s, base, errors, weights, past = (next((np.asarray(given[k], float) for k in names if k in given), None) for names in keys.values())
    ours = {}
    for name in expected:
        method = NAMES.get(name.lower(), name.lower())
        more = {"weights": weights} if weights is not None and method.startswith(("wls_variance", "mint")) else {}
        try:
            ours[name] = reconcile.reconciled(base, s, method, errors=errors, past=past, **more).tolist()
        except ValueError as error:
            raise Unreadable(str(error)) from None
    return same(expected, ours, about)


FORMS: tuple[tuple[set[str], dict[str, Any]], ...] = (
    ({"train", "test"}, {"": accuracy}),
    ({"demand", "alpha", "croston_start"}, {"": rare}),
    ({"first_origin", "horizon"}, {"": origins}),
    ({"S", "base"}, {"": adds_up}),
    ({"summing_matrix", "base_forecasts"}, {"": adds_up}),
)
"""Keys of what goes in → what is done with it."""


def shape_of(given: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form of a case that is known by what is published of it."""
    names: Sequence[str] = list(expected)
    return {"": smoothing} if any(str(n).startswith(("ses", "holt_forecast")) for n in names) and any(isinstance(v, list) for v in given.values()) else None
