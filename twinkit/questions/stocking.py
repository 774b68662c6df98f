"""Where to hold stock?"""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.figure import Figure
from scipy.special import ndtr

from twinkit.answers import about
from twinkit.chain.network import network_of
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, Write, led
from twinkit.show.palette import series
from twinkit.show.picture import drawing, titled
from twinkit.study.stocking import StockingPlan, stocking_plan
from twinkit.words import amount, digits, percent, period_word

MOST_DRAWN = 15
"""Stocks that are drawn."""


@register
class StockingQuestion(Question):
    """Which stocks should keep safety stock, and how much."""

    key, title = "stocking", "Where to hold stock"
    asks = "Where should we hold stock?"
    group, audience, order, live = "What to do", "planners", 60, False
    kinds = (StockingPlan,)

    service_times = Input("periods", "longest time in which a site or a market may be served; a market that is not named is served at once",
                          title="Longest service time", start={}, low=0, high=10_000, kind="numbers", group="Who may wait", folded=True)  # fmt: skip
    service_level = Input("share", "with which demand stays within what the stock is for", title="Service level", start=0.95, low=0.5, high=0.9999)
    holding_rate = Input("share/year", "cost of keeping stock as a share of what it has cost so far; empty = the holding costs of the table",
                         title="Holding rate", start=None, low=0.0, high=5.0)  # fmt: skip
    seconds = Input("s", "longest search, where stocks are linked in more than one way", title="Longest search", start=60.0, low=1.0, high=3600.0,
                    group="Size of the study", folded=True)  # fmt: skip

    def options(self, name: str) -> dict[str, str]:
        if name != "service_times":
            return super().options(name)
        net = self.ground.case.derived(network_of)
        return {n: n for n in dict.fromkeys([*net.markets["market"], *net.lanes["origin"], *net.markets["site"]])}

    def call(self) -> Call:
        return Call(stocking_plan, case=self.ground.case, service_times=self.service_times or None, service_level=self.service_level,
                    holding_rate=self.holding_rate, seconds=self.seconds)  # fmt: skip

    @classmethod
    def tell(cls, result: StockingPlan) -> Answer:
        case, table = result.case, result.table
        year, periods = f"{case.settings['currency']}/year", period_word(case.settings, 2)
        columns = [
            Shown("site", "site", "where it is kept"), Shown("product", "product", "what is kept"),
            Shown("net_time", "covers", "time that its stock must cover: what it waits for, and works, less what it may take to serve", periods),
            Shown("service_time_out", "serves in", "time that it promises to those it serves", periods),
            Shown("service_time_in", "waits", "time that its own sources promise", periods), Shown("time", "takes", "its lead time, with reviews and delays", periods),
            Shown("safety_stock", "safety stock", "beyond the mean demand of the time that it covers", "units"),
            Shown("order_up_to", "order up to", "level of its base-stock policy", "units"),
            Shown("mean", "demand", "mean that reaches it", f"units/{period_word(case.settings)}"), Shown("sd", "spread", "standard deviation of it", f"units/{period_word(case.settings)}"),
            Shown("holding_cost", "holding cost", "of keeping one", f"{case.settings['currency']}/unit/year"), Shown("cost", "cost", "of its safety stock", year),
        ]  # fmt: skip
        kept = table[table["safety_stock"] > 1e-9].sort_values("cost", ascending=False)
        facts = [
            Fact("cost", amount(result.cost, year), f"no plan costs less than {amount(result.bound, year)}" if result.gap else "proven to be the least", "of all safety stock"),
            Fact("places", str(len(kept)), f"of {len(table)} stocks", "where safety stock is kept"),
            Fact("service", percent(float(ndtr(result.z))), "", f"of the time demand stays within the plan: z = {digits(result.z)} standard deviations"),
        ]  # fmt: skip
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), Facts(facts), Write("Write the plan into the table of stocks", result.stocked),
            Heading("Where it is held"), Picture(partial(bars, kept.head(MOST_DRAWN), year), name="held"), Table.of(kept, columns, "Stocks that keep safety stock", "held"),
            Table.of(table, columns, "Every stock of the plan", "all", on_page=False),
        ]  # fmt: skip
        method = [
            "Guaranteed service (Graves & Willems 2000): each stock promises a time; within the service level, demand is met in that time.",
            "Trees by dynamic programming, other networks by an integer programme (Humair & Willems 2011; HiGHS). Demand that reaches a stock along several ways is one demand.",
            "A stock with several sources takes its shares of all of them and waits for the slowest; its safety stock may then be more than need be.",
            "Assumed: demand of the markets is independent and about normal; what is above the service level is met by other means, which in a simulated chain there are not: it is late there, or lost.",
            "Random lead times count with their mean. Written into the case, every stock of the plan orders up to its level at each review; on hand stays as it is.",
        ]  # fmt: skip
        return Answer(f"Where should we hold stock? {case.settings.get('title') or case.name}", blocks, about(case, Stocks=len(table)), method, case)


def bars(kept: pd.DataFrame, year: str, theme: str = "light") -> Figure:
    """Cost of the safety stock of the dearest stocks."""
    labels = [f"{r.product} at {r.site}" for r in kept.itertuples()]
    with drawing((8.0, 0.9 + 0.3 * max(len(labels), 2)), theme) as fig:
        ax = fig.subplots()
        ax.barh(range(len(labels))[::-1], kept["cost"], color=series("scenario", theme)["color"])
        ax.set_yticks(range(len(labels))[::-1], labels)
        ax.set_xlabel(f"cost of safety stock [{year}]")
        titled(ax, "Where safety stock is held", "the dearest places", theme)
        fig.description = "Cost of safety stock. " + " ".join(f"{n}: {amount(c, year)}." for n, c in zip(labels, kept["cost"], strict=True))
    return fig

