"""Should we enter?"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, ClassVar

from twinkit.answers import about
from twinkit.capabilities.border.entry import EntryPlan, enter_country
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.run.statistics import mean_interval
from twinkit.show.shape import spreads, waterfall
from twinkit.words import amount, digits, interval

SIZE: dict[str, Any] = {"group": "Size of the study", "folded": True, "kind": "whole"}
COMPLY = {"best": "where it pays", "never": "never: pay the duty", "always": "always, where it can be done"}


@register
class EnterQuestion(Question):
    """Ways into countries: landed cost, time, rules, currencies, value."""

    key, title = "enter", "Enter a country"
    asks = "Should we enter?"
    group, audience, order = "The shape of the business", "everybody who decides", 30
    kinds = (EntryPlan,)
    filled: ClassVar = {"entries": "This case has no table of entries: add one with a country, a product and a way (ship, make or partner); the case 'scooters' is an example."}

    years = Input("years", "horizon", start=5, low=1, high=50, kind="whole")
    discount = Input("share/year", "discount rate", start=0.1, low=0.0, high=1.0)
    shock = Input("share", "points that are added to every duty; goods that originate under an agreement are spared it", title="Tariff shock", start=0.1, low=0.0, high=5.0)
    shock_year = Input("", "year from which on", title="Shock from year", start=2, low=1, high=50, kind="whole")
    comply = Input("", "whether goods are made to originate under an agreement", title="Comply with agreements", start="best", kind="text", words=COMPLY)
    spend = Input("money/year", "on compliance, for each way that ships", title="Spend on compliance", start=0.0, low=0.0)
    hedged = Input("share", "revenue in other currencies that is sold forward", title="Hedged", start=0.0, low=0.0, high=1.0)
    holding = Input("share/year", "cost of stock, as a share of its landed cost", start=0.2, low=0.0, high=2.0, group="Stock", folded=True)
    service = Input("share", "service that safety stock is for", start=0.95, low=0.5, high=0.9999, group="Stock", folded=True)
    worlds = Input("", "draws of markets, currencies and holds", start=1000, low=1, high=100_000, **SIZE)

    def notes(self) -> list[str]:
        return [] if self.problems() else [f"{len(self.ground.case['entries'])} ways, {self.worlds:,} worlds each."]

    def call(self) -> Call:
        given = {name: getattr(self, name) for name in self.asked_for()}
        return Call(enter_country, case=self.ground.case, seed=self.ground.seed, **given).growing("worlds")

    @classmethod
    def tell(cls, result: EntryPlan) -> Answer:
        money, best = result.currency, result.ways[0]
        told = about(result.case, Ways=str(len(result.ways)), Years=str(result.years), Discount_rate=amount(result.discount, "share"),
                     Worlds=f"{len(best.values):,}")  # fmt: skip
        mean, low, high = mean_interval(best.values)
        facts = [
            Fact("net present value", amount(mean, money), interval(low, high, money), f"of the best way, {best.name}: cash of {result.years} years, discounted"),
            Fact("chance of a loss", amount(best.loses.value, "share"), interval(best.loses.low, best.loses.high, "share"), "share of the worlds in which its value is below 0"),
        ]  # fmt: skip
        shipped = [w for w in result.ways if w.landed]
        blocks: list[Block] = [Heading("In short"), *led(result.sentences()), Facts(facts), Heading("Ways side by side"),
                               Picture(partial(spreads, {w.name: w.values for w in result.ways}, money, "Net present value of each way"), name="values",
                                       caption="Same luck: all ways into a country see the same market and currency."), _ways(result)]  # fmt: skip
        if shipped:
            first = shipped[0]
            parts = {k: v for k, v in first.landed.parts.items() if v}
            blocks += [Heading("Landed cost"), Picture(partial(waterfall, parts, f"{money}/unit", f"Landed cost of a unit: {first.name}"), name="landed"), _landed(result)]
        if len(result.origin()):
            blocks += [Heading("Comply or pay"), _origin(result)]
        blocks += [Heading("Break-evens"), _even(result), _cash(result)]
        method = [
            "Duty is on the value with freight and insurance (cif) or without (fob), as the table of borders says; import tax is shown and got back.",
            "The size of a market is lognormal, one draw for all years. A currency is lognormal around today's rate, without drift: an assumption. What is hedged is sold at the forward rate of covered interest parity.",
            "Time at a border is a mixture: released, documents questioned, examined. Safety stock is for its mean and standard deviation; the demand of a day is taken to vary as that of the year: an assumption.",
            "A spend on compliance halves what can be avoided with every so much: an assumption whose number stands in the table of borders.",
            "A quota is used up first come first served by the volume of a year in each world; whether goods are made to originate is decided by the expected one.",
        ]  # fmt: skip
        return Answer(f"Should we enter? {result.case.settings.get('title') or result.case.name}", blocks, told, method, result.case)


WAY = [Shown("country", "country", "that is entered"), Shown("product", "product", "that is sold"), Shown("way", "way", "ship, make there, or a partner")]


def _ways(result: EntryPlan) -> Table:
    money = result.currency
    columns = [
        *WAY, Shown("value", "net present value", "mean of the worlds, discounted", money, ("low", "high")),
        Shown("local", "in its currency", "mean value in the currency of the country, at today's rate"), Shown("worst", "worst 5 %", "in 5 % of the worlds it is worth less", money), Shown("best", "best 5 %", "in 5 % of the worlds it is worth more", money),
        Shown("loses", "loses", "share of the worlds with a value below 0", "share", ("loses low", "loses high")),
        Shown("shocked", "with the shock", f"mean value with {digits(100 * result.shock)} points more duty from year {result.shock_year} on", money, ("shocked low", "shocked high")),
        Shown("border days", "days at the border", "mean", "days"), Shown("border days 95", "95 % within", "95 % of the entries are through within", "days"),
    ]  # fmt: skip
    return Table.of(result.table(), columns, "Every way, the highest value first", "ways")


def _landed(result: EntryPlan) -> Table:
    columns = [Shown("way", "way", "country, product and way"), Shown("part", "part", "of the landed cost; the parts add up to it"),
               Shown("money", "money a unit", "in the first year", f"{result.currency}/unit")]  # fmt: skip
    return Table.of(result.waterfall(), columns, "Landed cost of a unit, part by part", "landed cost")


def _origin(result: EntryPlan) -> Table:
    unit = f"{result.currency}/unit"
    columns = [
        Shown("way", "way", "country, product and way"), Shown("saved", "duty saved", "a unit, if it originates", unit),
        Shown("cost", "cost to comply", "a unit: local parts and papers", unit),
        Shown("complies", "complies", "whether it is made to originate here", write=lambda v: "yes" if v else "no: pays the duty"),
        Shown("threshold", "pays from a duty of", "duty from which on it is cheaper to comply", "share"),
    ]  # fmt: skip
    return Table.of(result.origin(), columns, "Comply with an agreement, or pay the duty", "comply or pay")


def _even(result: EntryPlan) -> Table:
    none = "none"
    columns = [
        *WAY, Shown("even duty", "duty", "at which the mean value is 0", write=lambda v: amount(v, "share") if math.isfinite(v) else none),
        Shown("even volume", "volume", "times the expected one, at which the mean value is 0 (0.01 to 20 was looked at)", write=lambda v: f"× {digits(v)}" if math.isfinite(v) else none),
        Shown("even rate", "currency", "times today's value of the currency, at which the mean value is 0", write=lambda v: f"× {digits(v)}" if math.isfinite(v) else none),
    ]  # fmt: skip
    return Table.of(result.table(), columns, "Where each way breaks even, one figure at a time", "break-evens")


def _cash(result: EntryPlan) -> Table:
    columns = [Shown("way", "way", "country, product and way"), Shown("year", "year", "0 = before the first", "-"), Shown("cash", "cash", "mean of the worlds", result.currency)]
    return Table.of(result.cash(), columns, "Cash over the years", "cash", on_page=False)
