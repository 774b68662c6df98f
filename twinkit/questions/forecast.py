"""What will be asked for?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from twinkit.answers import about
from twinkit.capabilities.demand import backtest, measures
from twinkit.capabilities.demand.ask import Forecasted, forecast
from twinkit.capabilities.demand.methods import METHODS
from twinkit.capabilities.demand.panel import names_of, periods_of, series_name
from twinkit.capabilities.demand.reconcile import METHODS as WAYS
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Code, Fact, Facts, Heading, Next, Picture, Shown, Table, Text, led
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import drawing, titled
from twinkit.study.asked import asked_of
from twinkit.words import amount, counted, dated, digits, listed, period_word, rounded

MOST_DRAWN = 4
"""Series that are drawn."""
SHOWN_PAST = 78
"""Buckets of the past that are drawn before the forecast."""
INSIDE = "80 % of what comes is expected to lie in it"
ALL = "the largest"
RECONCILED = {"none": "not made to add up: every series by itself", **{k: f"{k.replace('_', ' ')}: {v}" for k, v in WAYS.items()}}
MEASURED = {
    "wape": ("WAPE", "Σ|e| / Σ demand over all tries, e = what came less the forecast", "share"),
    "bias": ("bias", "Σ e / Σ demand: below 0 too much was forecast", "share"), "rmse": ("RMSE", "root mean square error", "units"),
    "mase": ("MASE", "mean |e| over the in-sample error of the seasonal naive forecast: below 1 is better", "-"),
    "smape": ("sMAPE", "mean of 200 |e| / (|came| + |said|)", "%"), "pinball": ("pinball loss", "mean over the quantiles: the error of the whole distribution", "units"),
    "coverage": ("held", "share of what came that lay within the 80 % interval said before", "share"),
}  # fmt: skip
"""Measure of a forecast → label, meaning, unit."""
SIZE: dict[str, Any] = {"group": "Back-test", "folded": True, "kind": "whole"}
CHANGE = {
    "units": Input("units", "expected in one period", title="Units", start=None, low=0),
    "first": Input("", "first period ahead, 1 = the next", title="First period ahead", start=1, low=1, kind="whole"),
    "last": Input("", "last period ahead; empty = the first", title="Last period ahead", start=None, low=1, kind="whole"),
    "reason": Input("", "why: it is kept and scored later", title="Reason", start="", kind="text"),
}


@register
class ForecastQuestion(Question):
    """Forecasts of every product in every market, with their distribution and their record."""

    key, title = "forecast", "Demand"
    asks = "What will be asked for?"
    group, audience, order = "What may happen", "planners", 40
    kinds = (Forecasted,)
    filled: ClassVar = {"history": "This case has no history: fill the table history (market, product, period or date, units) and ask again; the case 'drinks' is an example."}

    horizon = Input("periods ahead", "how far to forecast", start=13, low=1, high=400, kind="whole")
    bucket = Input("periods", "periods of the case that are added up, such as 7 days to a week", title="Add up", start=1, low=1, high=366, kind="whole")
    shown = Input("", "series that is drawn", title="Draw", start=ALL, kind="name")
    reconciled = Input("", "how forecasts of products, markets and sums are made to add up", title="Add up by", start="bottom_up", kind="text",
                       words=RECONCILED, folded=True, group="How it is worked out")  # fmt: skip
    season = Input("periods", "added-up periods in a season; empty = what their length suggests", title="Season", start=None, low=1, high=400, kind="whole",
                   folded=True, group="How it is worked out")  # fmt: skip
    origins = Input("", "earlier times from which every method is tried", title="Tried from", start=12, low=2, high=60, **SIZE)
    overrides = Input("", "a planner's own forecast of a product in a market, with a reason", title="Changes by planners", start={}, kind="records",
                      parts=CHANGE, group="What you know better", folded=True)  # fmt: skip

    def begins(self) -> dict[str, Any]:
        periods = periods_of(self.ground.case)
        if not periods:
            return {}
        bucket = 7 if float(self.ground.case.settings["period_days"]) == 1 and periods >= 200 else 1
        return {"bucket": bucket, "horizon": int(max(1, min(13, periods // bucket // 4)))}

    def options(self, name: str) -> dict[str, str]:
        if name not in ("shown", "overrides"):
            return super().options(name)
        every, leaves = names_of(self.ground.case)
        return {n: n for n in (leaves if name == "overrides" else [ALL, *every])}

    def check(self) -> list[str]:
        case = self.ground.case
        if empty := super().check():
            return empty
        periods = periods_of(case)
        if periods < (self.horizon + 2) * self.bucket:
            return [f"The history has {periods} {period_word(case.settings, periods)}; {self.horizon} ahead, {self.bucket} added up, need {(self.horizon + 2) * self.bucket}: "
                    "a forecast is tried on the past first. Ask for fewer periods ahead, or add up fewer."]  # fmt: skip
        return [f"Changes by planners: {name} is changed without a reason; write why, it is kept with the change." for name, one in self.overrides.items()
                if isinstance(one, Mapping) and not str(one.get("reason") or "").strip()]  # fmt: skip

    def call(self) -> Call:
        changes = {name: CHANGE_OF.record(one) for name, one in self.overrides.items()}
        return Call(forecast, case=self.ground.case, horizon=self.horizon, bucket=self.bucket, season=self.season, origins=self.origins,
                    reconciled=self.reconciled, overrides=changes or None, shown=None if self.shown == ALL else self.shown)  # fmt: skip

    @classmethod
    def tell(cls, result: Forecasted) -> Answer:
        words = _Words(result)
        blocks: list[Block] = [Heading("In short"), *led(words.sentences()), Facts(words.facts())]
        drawn = words.drawn()
        blocks += [Heading("What is expected"),
                   Picture(partial(fans, result, drawn), name="forecast", caption="Line: what came. Dashed: the forecast. Bands: 50 % and 80 % of what comes is expected in them; "
                           "marks: what had been said one step before, where the forecast was tried."),
                   words.series_table(), words.forecast_table()]  # fmt: skip
        blocks += [Heading("How good such forecasts were"), *words.record()]
        blocks += words.more()
        blocks.append(Next("What is a better forecast worth?", "better_forecast"))
        case = result.case
        asked = asked_of(result)
        more = about(case, Series=result.panel.summing.shape[1], Periods_ahead=result.horizon, Added_up=result.panel.bucket,
                     Season=result.season if result.season > 1 else "none", Tried_from=f"{len(result.tested.origins)} earlier times",
                     Changes_by_planners=len(result.overrides) or None)  # fmt: skip
        return Answer(f"What will be asked for? {case.settings.get('title') or case.name}", blocks, more, words.method(asked), case)


CHANGE_OF = ForecastQuestion.asked_for()["overrides"]


class _Words:
    """What is said of a forecast."""

    def __init__(self, found: Forecasted) -> None:
        self.found, self.panel = found, found.panel
        settings = found.case.settings
        one = found.panel.bucket == 1
        self.period = period_word(settings) if one else f"{found.panel.bucket} {period_word(settings, 2)}"
        self.periods = period_word(settings, 2) if one else f"times {found.panel.bucket} {period_word(settings, 2)}"
        if float(settings["period_days"]) * found.panel.bucket == 7:
            self.period, self.periods = "week", "weeks"
        self.frame = found.series()
        self.scores = found.methods()
        self.leaves = self.frame.iloc[self.panel.leaves].reset_index(drop=True)
        self.unit = "units"
        self.chosen, self.naive = (found.tested.measures(m, found.seen) for m in (backtest.CHOSEN, "naive"))

    def when(self, period: int) -> str:
        """A period with its date."""
        return dated(self.found.case.settings, period)

    def sentences(self) -> list[str]:
        f, told = self.found, []
        top = self.frame.iloc[0] if len(self.frame) else None
        if top is not None and top["series"] == "everything":
            told.append(f"In the next {f.horizon} {self.periods} {self._sum_words(top)} are expected in all.")
        else:
            told += [f"{row['series']}: {self._sum_words(row)} are expected in the next {f.horizon} {self.periods}." for row in self.frame.head(3).to_dict("records")]
        if math.isfinite(self.chosen["wape"]):
            added = self.naive["wape"] - self.chosen["wape"]
            how = "better than" if added > 0 else "worse than" if added < 0 else "as good as"
            told.append(
                f"Tried at {len(f.tested.origins)} earlier times, what was forecast was off by {amount(self.chosen['wape'], 'share')} of what came; to say what came last (naive) "
                f"was off by {amount(self.naive['wape'], 'share')}: the forecasts were {how} that"
                + (f", by {digits(100 * abs(added))} points." if added else ".")
            )
            if abs(self.chosen["bias"]) > 0.01:
                told.append(f"They were too {'low' if self.chosen['bias'] > 0 else 'high'} by {amount(abs(self.chosen['bias']), 'share')} in all.")
            covered = self.chosen["coverage"]
            if math.isfinite(covered) and abs(covered - 0.8) > 0.08:
                told.append(f"Intervals that should have held 80 % of what came held {amount(covered, 'share')}; those shown here were "
                            + ("widened for it." if covered < 0.8 else "left as they are: they are on the safe side."))  # fmt: skip
        none = self.leaves.loc[self.leaves["notes"].str.contains("naive forecast|nothing was ever"), "series"].tolist()
        if none:
            told.append(f"Too little is known of {listed(none)} for more than the naive forecast.")
        past = f.overridden()
        if len(past):
            told.append(f"Planners changed {counted(len(past), 'forecast')} whose period has come: {int(past['helped'].sum())} of these changes came nearer to what was asked for.")
        return told

    def _sum_words(self, row: Mapping[str, Any]) -> str:
        return f"{rounded(row['total'])} {self.unit} (80 %: {rounded(row['total_low'])} to {rounded(row['total_high'])})" if math.isfinite(row["total_low"]) else f"{rounded(row['total'])} {self.unit}"

    def facts(self) -> list[Fact]:
        top, c = self.frame.iloc[0], self.chosen
        found = [Fact(f"next {self.period}, {top['series']}", f"{rounded(top['next'])} {self.unit}", self._inside(top, "next"), INSIDE)]
        if math.isfinite(c["wape"]):
            better = c["wape"] < self.naive["wape"]
            found += [
                Fact("error (WAPE)", amount(c["wape"], "share"), "", "Σ|e| / Σ demand over all tries; the method was chosen at each from what was known then",
                     "better" if better else "worse", [f"Naive: {amount(self.naive['wape'], 'share')}."]),
                Fact("bias", amount(abs(c["bias"]), "share"), f"forecasts were too {'low' if c['bias'] > 0 else 'high'}", "Σ e / Σ demand, e = what came less the forecast: below 0 too much was forecast"),
                Fact("held by 80 % intervals", amount(c["coverage"], "share"), "", "share of what came that lay within the interval said before"),
            ]  # fmt: skip
        return found

    @staticmethod
    def _inside(row: Mapping[str, Any], what: str) -> str:
        low, high = row[f"{what}_low"], row[f"{what}_high"]
        return f"80 %: {rounded(low)} to {rounded(high)}" if math.isfinite(low) else "too little is known for an interval"

    def drawn(self) -> list[int]:
        """Rows that are drawn: the one that is asked for, or the largest."""
        if self.found.shown:
            return [self.panel.row(self.found.shown)]
        return list(np.argsort(-self.frame["total"].to_numpy(), kind="stable")[:MOST_DRAWN])

    def series_table(self) -> Table:
        unit = self.unit
        columns = [
            Shown("series", "series", "a product in a market, or a sum of such"),
            Shown("class", "class", "; ".join(f"{k}: {v}" for k, v in measures.CLASSES.items())),
            Shown("adi", "every", "mean time between periods with demand (ADI)", self.periods, page=False), Shown("cv2", "CV²", "of the sizes of demand", "-", page=False),
            Shown("method", "method", "that forecasts it: least squared error when tried at earlier times", write=_label),
            Shown("next", f"next {self.period}", f"forecast; in brackets, {INSIDE}", unit, row=lambda r: self._cell(r, "next")),
            Shown("total", f"next {self.found.horizon} {self.periods}", f"their sum; in brackets, {INSIDE}", unit, row=lambda r: self._cell(r, "total")),
            *(Shown(f"{w}_{e}", f"{w}, {e} end", INSIDE, unit, page=False) for w in ("next", "total") for e in ("low", "high")),
            _measure("wape")._replace(label="error"), _measure("wape")._replace(name="naive", label="naive"), _measure("bias"),
            _measure("mase")._replace(page=False), _measure("coverage"),
            Shown("notes", "remarks", "what was done to its history"),
        ]  # fmt: skip
        return Table.of(self.frame, columns, "Every series, sums first", "series")

    @staticmethod
    def _cell(row: Mapping[str, Any], what: str) -> str:
        low, high = row[f"{what}_low"], row[f"{what}_high"]
        return f"{rounded(row[what])} ({rounded(low)} to {rounded(high)})" if math.isfinite(low) else rounded(row[what])

    def forecast_table(self) -> Table:
        frame = self.found.table()
        frame.insert(0, "series", [series_name(k) for k in zip(frame["market"], frame["product"], strict=True)])
        columns = [Shown("series", "series", "a product in a market, or a sum of such"), Shown("period", "from period", "first period of it", "-"),
                   Shown("units", "forecast", "mean", self.unit),
                   *(Shown(f"q{100 * q:g}", f"{100 * q:g} %", f"with a chance of {100 * q:g} % no more than this is asked for", self.unit) for q in self.found.final.levels),
                   Shown("sum", "sum so far", "of the forecasts from the next period on", self.unit),
                   Shown("error_of_sum", "error of the sum", "root mean square of the errors of sums over so many periods: what a safety stock is made of", self.unit)]  # fmt: skip
        return Table.of(frame, columns, "Forecast of every series and period", "forecast", on_page=False)

    def record(self) -> list[Block]:
        """How good forecasts were: methods, steps, periods ahead."""
        f = self.found
        if self.scores.empty:
            return [Text("No series has enough of a past to try methods on.")]
        columns = [
            Shown("method", "method", "; ".join(f"{m.label}: {m.meaning}" for m in METHODS.values() if m.name in f.tested.methods), write=_label),
            Shown("asked", "series", "which series it was tried on", write=lambda w: {"often": "asked for often", "rarely": "asked for rarely"}[w]),
            Shown("series", "how many", "series of this kind", "-"),
            _measure("wape"), Shown("added", "against naive", "WAPE of the naive forecast less its own: above 0 it adds value", "share", write=_points),
            *map(_measure, ("bias", "rmse", "mase")), _measure("smape")._replace(page=False), _measure("pinball"), _measure("coverage"),
            Shown("forecasts", "tries", "single forecasts that were compared", "-", page=False),
        ]  # fmt: skip
        steps = f.tested.by_horizon(backtest.CHOSEN, f.seen)
        by_step = [Shown("step", f"{self.periods} ahead", "how far ahead it was said", "-"), *map(_measure, ("wape", "bias", "mase", "pinball", "coverage"))]
        return [
            Table.of(self.scores, columns, "Methods, tried at the same earlier times", "methods"),
            _added(f.value_added(), "What each step adds", "value added"),
            Table.of(steps, by_step, "The chosen forecasts by how far ahead they were", "ahead", on_page=f.horizon <= 13),
        ]  # fmt: skip

    def more(self) -> list[Block]:
        """Surprises, effects, planners' changes."""
        f, blocks = self.found, []
        surprises = f.surprises()
        if len(surprises):
            surprises = surprises.assign(when=[self.when(int(p)) for p in surprises["period"]])
            columns = [Shown("series", "series", "a product in a market"), Shown("when", "when", "period"), Shown("period", "period", "its number", "-", page=False),
                       Shown("came", "came", "what was asked for", self.unit), Shown("said", "forecast", "what had been said one step before", self.unit),
                       Shown("low", "from", "80 % interval said then", self.unit), Shown("high", "to", "80 % interval said then", self.unit),
                       Shown("size", "size", "how far off, in half widths of the interval", "-")]  # fmt: skip
            blocks += [Heading("Largest surprises"), Table.of(surprises, columns, "What came farthest from what had been said, at the times that were tried", "surprises")]
        effects = f.effects()
        if len(effects):
            columns = [Shown("series", "series", "a product in a market"), Shown("what", "what", "promotion, price or open days"),
                       Shown("effect", "effect", "of a promotion of full strength or a period that is fully open: change of demand; of the price: elasticity, so many % of demand for 1 % of price; "
                             "in brackets the 95 % interval of least squares", row=_effect),
                       Shown("low", "low end", "95 % interval", page=False), Shown("high", "high end", "95 % interval", page=False)]  # fmt: skip
            blocks += [Heading("What moves demand"), Table.of(effects, columns, "Promotions, prices and open days", "effects")]
        past = f.overridden()
        if len(past):
            columns = [Shown("market", "market", "where"), Shown("product", "product", "what"), Shown("period", "for period", "that it was for", "-"),
                       Shown("made", "made in", "period in which it was made", "-"), Shown("person", "by", "who made it"), Shown("reason", "reason", "why"),
                       Shown("came", "came", "what was asked for", self.unit), Shown("naive", "naive", "forecast then", self.unit),
                       Shown(backtest.CHOSEN, "statistics", "forecast then, by the method chosen from what was known", self.unit),
                       Shown("planner", "planner", "what the planner wrote", self.unit), Shown("helped", "nearer", "whether the change came nearer", write=lambda v: "yes" if v else "no")]  # fmt: skip
            steps = measures.forecast_value_added(past["came"], {n: past[n] for n in ("naive", backtest.CHOSEN, "planner")})
            added = _added(pd.DataFrame(steps, columns=["step", "wape", "added"]), "Value of planners' changes, over the periods that they changed", "planners")
            blocks += [Heading("What planners changed"), added, Table.of(past, columns, "Changes whose period has come", "changes")]
        ahead = f.overrides[f.overrides["period"] >= self.panel.last]
        if len(ahead):
            text = ahead.to_csv(index=False, lineterminator="\n").strip()
            blocks += [Heading("Changes for what is to come"), Text("They are in the forecast above. Keep these rows in the table overrides: once the periods have come, they are scored here."),
                       Code(text, "csv", "Rows of the table overrides")]  # fmt: skip
        return blocks

    def method(self, asked: Any) -> list[str]:
        f = self.found
        told = [
            f"Every method was tried from {len(f.tested.origins)} earlier times ({self.when(self.panel.begins(f.tested.origins[0]))} to {self.when(self.panel.begins(f.tested.origins[-1]))}), "
            "each time from what was known then and nothing else; the method of a series is the one with the least squared error.",
            "The error called chosen is that of choosing: at each of these times the method was chosen from earlier tries alone.",
            "Bands are quantiles of the errors that the same method made within the past, by periods ahead and for sums over them, widened where they had been too narrow when tried.",
            f"Season: {f.season} {self.periods}." if f.season > 1 else "No season: the history is shorter than two, or the length of a period suggests none.",
            f"Adding up: {WAYS.get(f.reconciled, 'none, every series by itself')}; nothing below 0.",
        ]  # fmt: skip
        if f.known.names:
            told.append(f"Known beside the history: {listed(f.known.names)}. A promotion is seen from the period in which it was announced.")
        if f.panel.new:
            told.append("New products are forecast by those they are like (table product_links): that they will sell alike is assumed, not known.")
        told.append("History is what was asked for. If it is what was sold, periods that were sold out are too low, and so are these forecasts.")
        return told


def _measure(name: str) -> Shown:
    """Column of a measure."""
    return Shown(name, *MEASURED[name])


def _added(frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Forecast value added."""
    columns = [Shown("step", "step", "of the way to the forecast", write=_label), _measure("wape"),
               Shown("added", "adds", "WAPE of the step before less its own: forecast value added", write=_points)]  # fmt: skip
    return Table.of(frame, columns, caption, name)


def _label(name: str) -> str:
    more = {backtest.CHOSEN: "chosen from what was known", "like": "as another product did", "planner": "planners' changes", "reconciled": "made to add up"}
    return METHODS[name].label if name in METHODS else more.get(name, name)


def _points(value: float) -> str:
    return "" if math.isnan(value) else f"{'+' if value > 0 else ''}{digits(100 * value)} points"


def _effect(row: Mapping[str, Any]) -> str:
    if row["what"] == "price":
        return f"{digits(row['effect'])} ({digits(row['low'])} to {digits(row['high'])})"
    if row["unit"] == "share":
        return f"{'+' if row['effect'] > 0 else ''}{digits(100 * row['effect'])} % ({digits(100 * row['low'])} to {digits(100 * row['high'])} %)"
    return f"{digits(row['effect'])} units ({digits(row['low'])} to {digits(row['high'])})"


def fans(result: Forecasted, rows: list[int], theme: str = "light") -> Figure:
    """What came and what is expected, one panel for each series."""
    c, panel, f = THEMES[theme], result.panel, result.final
    low, high = result.tested.quantiles_around(0.8)
    inner = [int(np.argmin(np.abs(np.asarray(f.levels) - q))) for q in (0.25, 0.75)]
    told = []
    with drawing((8.0, 0.6 + 2.3 * len(rows)), theme) as fig:
        axes = np.atleast_1d(fig.subplots(len(rows), 1, sharex=True))
        for ax, i in zip(axes, rows, strict=True):
            y = panel.y[i]
            first = max(0, len(y) - SHOWN_PAST)
            past = np.array([panel.begins(t) for t in range(first, len(y))])
            ahead = np.array([panel.begins(len(y) + j) for j in range(f.horizon)])
            ax.fill_between(ahead, f.quantiles[i, low], f.quantiles[i, high], color=c["scenario"], alpha=0.16, lw=0)
            ax.fill_between(ahead, f.quantiles[i, inner[0]], f.quantiles[i, inner[1]], color=c["scenario"], alpha=0.28, lw=0, hatch="///", edgecolor=c["scenario"])
            ax.plot(past, y[first:], **series("baseline", theme))
            ax.plot(ahead, f.mean[i], **series("scenario", theme))
            tried = [(panel.begins(o), result.tested.said[-1, j, i, 0]) for j, o in enumerate(result.tested.origins) if first <= o < len(y)]
            if tried and i not in result.unseen:
                ax.plot(*zip(*tried, strict=True), color=c["ink"], marker="x", ls="none", ms=4)
            changed = np.abs(f.mean[i] - result.statistical[i]) > 1e-9
            if changed.any():
                ax.plot(ahead[changed], f.mean[i][changed], marker="D", ls="none", color=c["ink"], ms=4)
            ax.set_ylim(0)
            titled(ax, panel.name(i), f"{_label(result.method(i))}; diamonds: changed by a planner" if changed.any() else _label(result.method(i)), theme)
            ax.set_ylabel("units")
            ax.grid(axis="y")
            told.append(f"{panel.name(i)}: next {digits(f.mean[i, 0])} ({digits(f.quantiles[i, low, 0])} to {digits(f.quantiles[i, high, 0])}), "
                        f"last of the forecast {digits(f.mean[i, -1])} ({digits(f.quantiles[i, low, -1])} to {digits(f.quantiles[i, high, -1])}).")  # fmt: skip
        axes[-1].xaxis.set_major_formatter(FuncFormatter(lambda period, _: dated(result.case.settings, int(period)).replace(" (", "\n").rstrip(")")))
        axes[-1].xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes[-1].set_xlabel(f"{period_word(result.case.settings)} 0 is the first of the run; the forecast begins at {panel.last}")
        fig.description = "What was asked for and what is expected, with 80 % intervals. " + " ".join(told)
    return fig
