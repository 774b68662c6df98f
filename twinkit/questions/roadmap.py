"""Which step first?"""

from __future__ import annotations

import math

import pandas as pd

from twinkit.answers import SAME_LUCK, about
from twinkit.capabilities.roadmap.sequence import MOST_STEPS
from twinkit.capabilities.roadmap.which_first import Roadmap, which_first
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Fact, Facts, Heading, Shown, Table, Text, led
from twinkit.study.asked import asked_of
from twinkit.tables.problems import listed
from twinkit.words import amount, counted, percent, sure


@register
class RoadmapQuestion(Question):
    """Which step of a roadmap comes first, where one team takes one after the other."""

    key, title, asks = "roadmap", "Roadmap", "Which step first?"
    group = "What to do"
    kinds = (Roadmap,)

    horizon = Input("months", "months that count", title="Months that count", start=60, low=1, high=600, kind="whole")
    yearly_rate = Input("share", "interest of a year", title="Interest of a year", start=0.1, low=0.0, high=1.0)
    worlds = Input("", "replications for the gains that are run on the chain", title="Worlds", start=64, low=2, kind="whole", folded=True, group="Size of the study")

    def check(self) -> list[str]:
        if len(self.ground.case["steps"]):
            return []
        return [f"This case has no steps: fill the table steps (step, months, cost, and gain or lever; {MOST_STEPS} at most), and ask again."]

    def call(self) -> Call:
        return Call(which_first, case=self.ground.case, horizon=self.horizon, yearly_rate=self.yearly_rate,
                    replications=self.worlds, seed=self.ground.seed)  # fmt: skip

    @classmethod
    def tell(cls, result: Roadmap) -> Answer:
        case, asked, unit = result.case, asked_of(result), result.case.settings["currency"]
        money = lambda value: amount(value, unit)  # noqa: E731
        frame = result.table()
        way = " → ".join(result.best.order)
        begin = [f"Begin with {result.best.order[0]}: the order {way} is worth {money(result.best.value)} today."]
        if result.best.value <= 0:
            begin = [f"Taken all together the steps do not pay: even the best order, {way}, is worth {money(result.best.value)} today."]
        if result.planned is not None and result.planned.order != result.best.order:
            begin.append(f"As the table has them, the steps are worth {money(result.planned.value)}: {money(result.best.value - result.planned.value)} less.")
        if result.planned is None:
            begin.append("The order of the table cannot be done: a step stands before one that it comes after.")
        poor = frame.loc[frame["worth"] < 0, "step"].tolist()
        if poor:
            begin.append(f"Better left out, with all that waits for it: {listed(poor)}; the order takes every step.")
        unsure = [name for name, run in result.gains.items() if not run.clear]
        if unsure:
            begin.append(f"Whether {listed(unsure)} brings anything is not clear in so many worlds: its interval holds 0.")
        back = result.payback_months()
        facts = [
            Fact("worth today", money(result.best.value), "", f"net present value of the best order over {result.horizon} months"),
            Fact("pays back", f"after {counted(math.ceil(back), 'month')}" if math.isfinite(back) else f"not within {counted(result.horizon, 'month')}", "",
                 "months until what was gained covers what was paid, for good"),
            Fact("yearly return", percent(result.yearly_return(), 1) if math.isfinite(result.yearly_return()) else "no single one", "",
                 "internal rate of the payments of the best order, in a year"),
            Fact("orders that are allowed", f"{result.orders:,}", "", "all were compared, by dynamic programming over sets of steps"),
        ]  # fmt: skip
        others = [("best", result.best), ("second best", result.second), ("as in the table", result.planned),
                  ("rule of thumb", result.ratio), ("worst", result.worst)]  # fmt: skip
        orders = pd.DataFrame([{"way": way, "order": " → ".join(one.order), "value": one.value} for way, one in others if one is not None])
        columns = [
            Shown("step", "step", "what is done"), Shown("begins", "begins in month", "month in which work begins, from 1", "-"),
            Shown("done", "done in month", "last month of work; it brings its gain from the next one on", "-"),
            Shown("cost", "cost", "paid at its start", unit),
            Shown("gain", "gain of a month", "what it brings in each month once it is done", unit, ("gain_low", "gain_high")),
            Shown("basis", "basis", "whether the gain was run on this chain or is an assumption of the table"),
            Shown("worth", "worth", "what all steps are worth, less what the best order is worth without it and without those that wait for it", unit),
            Shown("holds", "order holds down to", "share of its gain down to which this order stays the best, all else the same", "share"),
        ]  # fmt: skip
        assumed = frame.loc[frame["basis"] != "run on this chain", "step"].tolist()
        method = [
            "One team takes one step after the other. A step is paid at its start and brings its gain in every month from the one after it is done.",
            *([f"Assumptions of the table, not run: the gains of {listed(assumed, 20)}."] if assumed else []),
            *(["Gains that were run: what the chain earns more in a month with the lever moved alone; two steps together may bring more or less."] if result.gains else []),
            *([SAME_LUCK] if result.gains else []),
            "The order is exact: dynamic programming over the sets of steps that are done. The rule of thumb takes most gain for a month of work first (Smith 1956).",
        ]  # fmt: skip
        blocks = [
            Heading("In short"), *led(begin), Facts(facts), Heading("The best order"),
            Table.of(frame, columns, "Steps in the best order", "steps"), Heading("Other orders"),
            Table.of(orders, [Shown("way", "which", "which order"), Shown("order", "order", "steps, one after the other"), Shown("value", "worth today", "net present value", unit)],
                     "What other orders are worth", "orders"),
        ]  # fmt: skip
        if result.gains:
            told = "; ".join(f"{name}: {sure(run, unit)} a month" for name, run in result.gains.items())
            blocks.append(Text(f"Gains that were run on the chain, with 95 % intervals: {told}.", "quiet"))
        more = about(case, Months=result.horizon, Interest=f"{percent(result.yearly_rate, 1)} a year", Seed=asked.arguments.get("seed") if asked and result.gains else None)
        return Answer(f"Which step first: {case.settings.get('title') or case.name}", blocks, more, method, case)
