"""What is a better forecast worth?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from twinkit.answers import SAME_LUCK, about, worlds_words
from twinkit.capabilities.demand import in_chain
from twinkit.capabilities.demand.methods import METHODS, usual_season
from twinkit.capabilities.demand.panel import periods_of
from twinkit.capabilities.demand.worth import KPIS, NOW, SHORT, USUAL, Worth, better_forecast, figure
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Next, Picture, Shown, Table, led
from twinkit.run.outcome import FORMULAS
from twinkit.run.statistics import mean_interval
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import drawing, percent_axis, titled
from twinkit.study.asked import asked_of
from twinkit.words import PAIRED, amount, counted, digits, in_points, interval, listed, sure

LABELS = {**{w: METHODS[w].label for w in in_chain.WAYS}, NOW: "as it is"}
MEANINGS = {SHORT: "holding, backlog, lost margin, scrap and expediting in a year: what does not grow just because more is sold"}


@register
class BetterForecastQuestion(Question):
    """The same chain on the same luck with other forecasts in its stocks."""

    key, title = "better_forecast", "Worth of a forecast"
    asks = "What is a better forecast worth?"
    group, audience, order = "What to do", "planners and who decides", 60
    kinds = (Worth,)
    live = False

    methods = Input("", "how stocks that serve customers forecast, one after the other", start=list(USUAL), kind="names")
    service = Input("share", "chance of covering demand until the next delivery, which safety stocks are for; empty = as the tables say", title="Cover", start=None,
                    low=0.5, high=0.9999)  # fmt: skip
    season = Input("periods", "periods in a season whose shape the history gives; 1 = none; empty = as the tables say", title="Season", start=None, low=1, high=400, kind="whole")
    replications = Input("", "worlds that every forecast is run in", title="Worlds", start=64, low=2, high=100_000, kind="whole", group="Size of the study", folded=True)

    def begins(self) -> dict[str, Any]:
        case = self.ground.case
        season = usual_season(float(case.settings["period_days"]))
        known = periods_of(case)
        return {"replications": self.ground.replications} | ({"season": season} if 1 < season <= known // 2 else {})

    def options(self, name: str) -> dict[str, str]:
        return {w: LABELS[w] for w in in_chain.WAYS} if name == "methods" else super().options(name)

    def check(self) -> list[str]:
        return [] if self.methods else [f"Methods: name at least one of {listed(list(in_chain.WAYS), 12)}."]

    def notes(self) -> list[str]:
        found = [f"{len(self.methods) + 5} runs of {counted(self.replications, 'world')}: as it is, each method, and the best with less error."]
        if self.ground.case["history"].empty:
            found.append("This case has no history: forecasts begin at the mean demand and their constants are assumed, not fitted.")
        return found

    def call(self) -> Call:
        return Call(better_forecast, case=self.ground.case, methods=list(self.methods), service=self.service, season=self.season,
                    replications=self.replications, seed=self.ground.seed)  # fmt: skip

    @classmethod
    def tell(cls, result: Worth) -> Answer:
        money = result.case.settings["currency"]
        methods, curve = result.methods(), result.curve()
        blocks: list[Block] = [Heading("In short"), *led(_sentences(result, methods, curve, money)), Facts(_facts(result, curve, money))]
        blocks += [Heading("Less error, less cost"),
                   Picture(partial(worth_curves, result), name="worth", caption="Dashed: the best method with a share of its error taken away; bars: 95 % intervals of the mean. Solid: as it is now."),
                   _table(curve, [Shown("share", "error taken away", "share of the error of the best method", "share"),
                                  _shown("error of the sum", "error left", "WAPE of the demand until the next delivery", "share")], result, money,
                          f"{LABELS[result.best]}, with less and less error", "foresight"),
                   Heading("Methods in the chain"),
                   _table(methods, [Shown("method", "forecast", "of the stocks that serve customers", write=LABELS.get),
                                    _shown("error", "error", "WAPE of one period ahead", "share"),
                                    _shown("error of the sum", "error of the sum", "WAPE of the demand until the next delivery", "share"),
                                    _shown("bias", "bias", "of that sum: below 0 too much was forecast", "share")], result, money,
                          "The same worlds with other forecasts", "methods"),
                   Next("What will be asked for?", "forecast")]  # fmt: skip
        asked = asked_of(result)
        base = result.outcomes[NOW]
        method = [
            worlds_words(base.seed, base.first, result.worlds), SAME_LUCK,
            f"{counted(len(result.rows), 'stock')} that serve customers and are replenished follow the policy forecast: up to the forecast of the demand until the next delivery and z times the "
            "root mean square error of such forecasts, made again in every period from what was known then. Other stocks stay as they are and feel it in the orders that reach them.",
            "Errors begin with those of the history (they count as ten at most) and then are those that the forecast makes in the run itself."
            if not result.case["history"].empty else "There is no history: forecasts begin at the mean demand, with the error of Poisson demand as a first guess.",
            "Less error: the forecast of the demand until the next delivery is mixed with what will really come, and the safety stock shrinks with the error. Nobody can forecast so; it says what less error is worth.",
            f"{SHORT.capitalize()}: {MEANINGS[SHORT]}. A lost unit costs its margin, or the lost_margin of the table.",
        ]  # fmt: skip
        more = about(result.case, Stocks=len(result.rows), Worlds=result.worlds, Cover=amount(result.service, "share") if result.service else "as the tables say",
                     Season=asked.arguments.get("season") if asked else None)  # fmt: skip
        return Answer(f"What is a better forecast worth? {result.case.settings.get('title') or result.case.name}", blocks, more, method, result.case)


def _three(row: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    return tuple(float(row.get(f"{name}{end}", math.nan)) for end in ("", " low", " high"))


def _sentences(result: Worth, methods: Any, curve: Any, money: str) -> list[str]:
    rows = {row["method"]: row for row in methods.to_dict("records")}
    best, change = rows[result.best], _three(rows[result.best], f"{SHORT} change")
    told = []
    half = curve[curve["share"] == 0.5].to_dict("records")[0]
    saved = _three(half, f"{SHORT} change")
    way = "saves" if saved[2] < 0 else "costs" if saved[1] > 0 else "changes the cost of stock and shortage by"
    size = (abs(saved[0]), *sorted(abs(s) for s in saved[1:])) if saved[2] < 0 or saved[1] > 0 else saved
    served = in_points(sure(_three(half, "fill rate change"), "share"))
    told.append(f"A forecast with half the error {way} {sure(size, money)} a year; the fill rate changes by {served}.")
    side = "less" if change[2] < 0 else "more" if change[1] > 0 else ""
    against = f"{sure((abs(change[0]), *sorted(abs(c) for c in change[1:])), money)} {side} a year than as it is now" if side else f"about as much as as it is now (difference {sure(change, money)} a year)"
    told.append(f"Of the forecasts that were tried, {LABELS[result.best]} costs least in stock and shortage: {amount(best[SHORT], money)} a year, {against}. "
                f"It is off by {amount(best['error of the sum'], 'share')} of the demand until the next delivery.")  # fmt: skip
    if len(rows) > 2:
        by_error = min((r for n, r in rows.items() if n != NOW), key=lambda r: r["error of the sum"])
        apart = mean_interval(figure(result.outcomes[by_error["method"]], SHORT) - figure(result.outcomes[result.best], SHORT))
        if by_error["method"] != result.best and apart[1] > 0:
            told.append(f"{LABELS[by_error['method']]} has the smallest error and is not the cheapest: what an error costs depends on when and which way it is wrong.")
    bull = _three(best, "bullwhip ratio change")
    if math.isfinite(bull[0]) and (bull[2] < 0 or bull[1] > 0):
        told.append(f"With {LABELS[result.best]} orders swing {'less' if bull[0] < 0 else 'more'} than now: bullwhip ratio {digits(best['bullwhip ratio'])} instead of {digits(rows[NOW]['bullwhip ratio'])}.")
    return told


def _facts(result: Worth, curve: Any, money: str) -> list[Fact]:
    half, none = (curve[curve["share"] == s].to_dict("records")[0] for s in (0.5, 1.0))
    found = []
    for name, row in (("half the error", half), ("no error at all", none)):
        value = _three(row, f"{SHORT} change")
        found.append(Fact(f"{name}: {SHORT}", f"{amount(value[0], money)} a year", interval(*value[1:], money), f"{MEANINGS[SHORT]}; against {LABELS[result.best]}; {PAIRED}",
                          "better" if value[2] < 0 else "worse" if value[1] > 0 else ""))  # fmt: skip
    stock = _three(half, "inventory change")
    found.append(Fact("half the error: stock", amount(stock[0], money), interval(*stock[1:], money), f"mean value of stock on hand; {PAIRED}", "better" if stock[2] < 0 else ""))
    return found


def _shown(name: str, label: str, meaning: str, unit: str) -> Shown:
    return Shown(name, label, meaning, unit, (f"{name} low", f"{name} high"))


def _table(frame: Any, first: list[Shown], result: Worth, money: str, caption: str, name: str) -> Table:
    columns = list(first)
    for kpi in result.kpis:
        unit, meaning = (f"{money}/year", MEANINGS[kpi]) if kpi == SHORT else FORMULAS.get(kpi, ("-", kpi))
        unit = unit.replace("money", money) + ("/year" if kpi in ("earnings", "lost sales") else "")
        main = kpi in KPIS[:2] or kpi in ("inventory", "bullwhip ratio")
        columns.append(_shown(kpi, kpi, meaning, unit)._replace(page=main))
        columns.append(_shown(f"{kpi} change", f"change of {kpi}", f"{PAIRED}; against the first row", unit)._replace(page=kpi == SHORT))
    return Table.of(frame, columns, caption, name)


def worth_curves(result: Worth, theme: str = "light") -> Figure:
    """Cost, service and stock over the share of the error that is taken away."""
    curve, c = result.curve(), THEMES[theme]
    money = result.case.settings["currency"]
    shown = [(SHORT, f"{money} a year"), ("fill rate", ""), ("inventory", money)]
    with drawing((8.0, 3.0), theme) as fig:
        for ax, (kpi, unit) in zip(fig.subplots(1, 3), shown, strict=True):
            mean = curve[kpi].to_numpy()
            off = np.abs(np.stack([curve[f"{kpi} low"] - mean, curve[f"{kpi} high"] - mean]))
            ax.errorbar(curve["share"], mean, yerr=off, marker="o", ms=4, capsize=2, **series("scenario", theme))
            now = result.outcomes[NOW]
            level = float(np.nanmean(now.kpis[kpi])) if kpi != SHORT else float(result.methods().iloc[0][SHORT])
            ax.axhline(level, **series("baseline", theme))
            ax.set_xlabel("error taken away")
            percent_axis(ax.xaxis)
            if kpi == "fill rate":
                ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.2f} %"))
            titled(ax, kpi, unit, theme)
            ax.grid(axis="y", color=c["rule"])
        rows = curve.to_dict("records")
        fig.description = (f"Cost, service and stock of {LABELS[result.best]} as its error shrinks; solid line: as it is now. " + " ".join(
            f"{row['share']:.0%} less error: {SHORT} {digits(row[SHORT])}, fill rate {digits(100 * row['fill rate'])} %, stock {digits(row['inventory'])}." for row in rows))  # fmt: skip
    return fig
