"""A room as somebody else writes it: one file that brings one of each thing."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import twinkit
from twinkit import rooms
from twinkit.chain.layout import TOTALS_LANE
from twinkit.columns import Column
from twinkit.levers.lever import Lever
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, led
from twinkit.run.outcome import Outcome
from twinkit.tables.problems import Problem
from twinkit.tables.words import name_column


def both_ends(look) -> list[Problem]:
    """A border has two sides."""
    same = look.values("tolls", "origin_country") == look.values("tolls", "destination_country")
    return look.cells("tolls", "destination_country", same, "is the country itself", "Name another country.")


def free_borders(look) -> list[Problem]:
    """A border that costs nothing and takes no time is perhaps not meant."""
    idle = (look.values("tolls", "duty") == 0) & (look.values("tolls", "delay") == 0)
    return look.lines("tolls", "duty", idle, "is 0, and so is the delay: the row changes nothing")


def longer(case):
    """Lanes that cross a border take so much longer."""
    country = case["sites"].set_index("site")["country"]
    delay = case["tolls"].set_index(["origin_country", "destination_country"])["delay"]
    lanes = case["lanes"]
    crossed = zip(lanes["origin"].map(country), lanes["destination"].map(country), strict=True)
    return case.replace(lanes=lanes.assign(lead_time=lanes["lead_time"] + [float(delay.get(pair, 0.0)) for pair in crossed]))


class Tolls:
    """What crossing a border costs and how long it takes."""

    table, key = "tolls", ("origin_country", "destination_country")
    origin_country = name_column("country that goods leave", "sites.country")
    destination_country = name_column("country that goods enter", "sites.country")
    duty = Column("share", "duty as a share of the value of the goods", start=0.0, low=0, high=10)
    delay = Column("periods", "time at the border", start=0.0, low=0)


rooms.add_table(Tolls, checks=[both_ends], notes=[free_borders], fold=longer)
rooms.add_column("stocks", "fullness", Column("share", "share of the level up to which it is filled", start=1.0, low=0, high=1))
rooms.add_column("settings", "customs", Column("text", "office that the chain deals with", kind="text", start="none"))


@rooms.add_actor
class Miser(twinkit.Retailer):
    """A shop that orders so much less of everything."""

    thrift = Column("share", "share of an order that is not placed", start=0.5, low=0, high=1)

    def order(self):
        return np.maximum(self.order_up_to - self.inventory_position, 0.0) * (1 - self.thrift)


def half_full(stock):
    """Raise the position to a share of the level."""
    return np.maximum(stock.fullness * stock.order_up_to - stock.inventory_position, 0.0)


rooms.add_policy("half_full", half_full, required=["order_up_to"], optional=["fullness"],
                 starts_at=lambda rows: rows["order_up_to"] * rows["fullness"])  # fmt: skip
rooms.add_event("strike", {"capacity_loss": 1.0, "lead_time_increase": lambda share: 10 * share, "freight_increase": 2.0},
                text="Its people strike", does="is on strike")  # fmt: skip


def duty_by_lane(plan) -> np.ndarray:
    """Duty of a unit, by lane [money/unit]."""
    country, value = plan.net.sites.set_index("site")["country"], plan.case["products"].set_index("product")["value"]
    duty = plan.case["tolls"].set_index(["origin_country", "destination_country"])["duty"]
    lanes = plan.net.lanes
    pairs = zip(lanes["origin"].map(country), lanes["destination"].map(country), strict=True)
    return np.array([float(duty.get(pair, 0.0)) for pair in pairs]) * lanes["product"].map(value).to_numpy(float)


def duties(plan, world):
    """Duties paid, where goods come in."""
    sent = world.total_lane[TOTALS_LANE.sent]
    return [("lanes", plan.net.lanes["destination"].to_numpy(), duty_by_lane(plan)[:, None] * sent)]


rooms.add_cost("toll", duties)


def crossings(plan, world):
    """Units that crossed a border with a duty."""
    return (duty_by_lane(plan) > 0) @ world.total_lane[TOTALS_LANE.sent] if len(plan.case["tolls"]) else None


rooms.add_kpi("units that paid duty", "units", "units on lanes with a duty", crossings)


def clerks(case, share):
    """The border takes less time."""
    return case.replace(tolls=case["tolls"].assign(delay=np.round(case["tolls"]["delay"] * (1 - share))))


rooms.add_levers("border", lambda case: [
    Lever("customs_clerks", "Customs clerks", "share", 0.0, 1.0, 0.1, 0.0, "share of the time at the border that is saved", clerks)
] if len(case["tolls"]) else [])  # fmt: skip


def drawn(outcome, theme):
    """How many units paid duty."""
    figure = Figure()
    figure.subplots().hist(outcome.kpis["units that paid duty"])
    return figure


rooms.add_figure("duty", Outcome, drawn, "Units that paid duty, by world.")


def spoil(chain):
    """A unit a day is thrown away at every shop that has one."""
    for shop in chain.site.values():
        if shop.name == "shop":
            gone = np.minimum(shop.on_hand, 1.0)
            shop.on_hand = shop.on_hand - gone
            shop.destroyed = shop.destroyed + gone


rooms.add_step("spoil", spoil, lambda case: case.settings["customs"] == "slow", before="account")


@register
class BorderQuestion(Question):
    """Days that a border costs."""

    key, title, asks = "border", "Border", "How long do goods wait at borders?"
    kinds = (float,)
    share = Input("share", "share of the time that is saved", start=0.0, low=0, high=1)

    def call(self) -> Call:
        return Call(waiting, case=self.ground.case, share=self.share)

    @classmethod
    def tell(cls, result: float) -> Answer:
        return Answer("Border", [*led([f"Goods wait {result:g} periods."])], {})


def waiting(case, share=0.0, *, progress=None, cancel=None) -> float:
    """Longest time at a border [periods]."""
    return float(case["tolls"]["delay"].max() * (1 - share))
