"""Make before or after they order?"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from twinkit.answers import about
from twinkit.capabilities.to_order.ask import NO_FAMILIES, POINTS, ToOrder, problems_of, to_order
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Points, Shown, Table, led
from twinkit.run.statistics import mean_interval
from twinkit.show.shape import frontier
from twinkit.words import amount, digits, in_points, interval, sure

SIZE: dict[str, Any] = {"group": "Size of the study", "folded": True, "kind": "whole"}


@register
class ToOrderQuestion(Question):
    """To stock, assembled, made or engineered to order: money, days and risk of each."""

    key, title = "to_order", "Before or after the order"
    asks = "Make before or after they order?"
    group, audience, order = "The shape of the business", "everybody who decides", 10
    kinds = (ToOrder,)
    filled: ClassVar = {"families": NO_FAMILIES}

    product = Input("", "empty: the first of the table of families", start="", kind="name")
    low_service = Input("share", "that stocks are set for, the lower of two", title="Lower service", start=0.9, low=0.01, high=0.9999)
    high_service = Input("share", "that stocks are set for, the higher of two", title="Higher service", start=0.98, low=0.01, high=0.9999)
    outage = Input("days", "for which no part is sent, in the disrupted runs", start=21.0, low=0.0, high=365.0)
    safety = Input("share", "of the kanban loops", title="Safety of kanban", start=0.1, low=0.0, high=5.0)
    orders = Input("", "of each world", start=3000, low=100, high=1_000_000, **SIZE)
    worlds = Input("", "independent ones; all points see the same customers", start=20, low=1, high=10_000, **SIZE)

    def options(self, name: str) -> dict[str, str]:
        if name == "product":
            return {"": "the first", **{p: p for p in self.ground.case["families"]["product"]}}
        return super().options(name)

    def check(self) -> list[str]:
        found = problems_of(self.ground.case, self.product)
        return found + (["The lower service is above the higher one: exchange them."] if self.low_service > self.high_service else [])

    def call(self) -> Call:
        services = tuple(sorted({float(self.low_service), float(self.high_service)}))
        return Call(to_order, case=self.ground.case, product=self.product or None, services=services, orders=self.orders, worlds=self.worlds,
                    outage=self.outage, safety=self.safety, seed=self.ground.seed).growing("worlds")  # fmt: skip

    @classmethod
    def tell(cls, result: ToOrder) -> Answer:
        best, money = result.points[0], f"{result.currency}/day"
        each = result.best_of_each()
        told = about(result.case, Product=result.product, Variants=f"{len(result.catalogue.variants):,}", Worlds=f"{len(best.earned):,}")
        mean, low, high = mean_interval(best.earned)
        facts = [
            Fact("earned", amount(mean, money), interval(low, high, money), f"margin less the cost of stock and of waiting, {best.label}"),
            Fact("cash-to-cash", amount(best.cash[3], "days"), "", "days of stock + days until customers pay - days until suppliers are paid"),
            Fact("postponement", amount(1 - result.postponed.common / result.postponed.variants if result.postponed.variants else 0.0, "share"), "",
                 "less safety stock, if what the variants have in common is kept in place of the variants, for the longest lead time of a part (independent Poisson demand)"),
        ]  # fmt: skip
        dots = [(p.label, float(p.stock_value.mean()), float(mean_interval(p.calm.wait)[0])) for p in each]
        chosen = best.label if any(p.label == best.label for p in each) else ""
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), Facts(facts),
            Picture(partial(frontier, dots, f"stock [{result.currency}]", "mean wait [days]", chosen, "Stock against waiting"), name="frontier",
                    caption="Each decoupling point at its better service."),
            Points([f"{name}: {does}." for name, does in POINTS.items() if any(p.name == name for p in each)]),
            Heading("Decoupling points side by side"), _points(result), Heading("When parts stop"), _hit(result), Heading("Cash"), _cash(result),
        ]  # fmt: skip
        if len(result.options()):
            blocks += [Heading("Options and kanban loops"), _options(result)]
        method = [
            "Orders are single, Poisson, for one unit each. All points see the same customers (same luck); a difference between two is taken world by world.",
            "A customer hears a date worked out from stock, what is on the way and the queue, and waits for it, takes another variant, or goes. Patience is exponential.",
            "Parts and finished variants are replaced one for one, just in time by full containers whose card goes back when their first part is taken; lead times of parts are constant. An order that waits for parts holds up no other in assembly.",
            "What comes before the stock has settled (the longest lead time and a fifth more) and the first tenth of the orders of a world are not counted.",
            "Finished stock is valued at the mean value of a variant; what is in assembly is not counted as stock.",
            f"The wishes for options have one common factor; the rules allow {amount(result.catalogue.valid, 'share')} of them, the others are wished anew.",
        ]  # fmt: skip
        return Answer(f"Before or after the order: {result.product}", blocks, told, method, result.case)


POINT = Shown("point", "decoupling point", "and the service that its stocks are set for")


def _points(result: ToOrder) -> Table:
    columns = [
        POINT, Shown("wait", "wait", "mean, of the orders that were accepted", "days", ("wait low", "wait high")),
        Shown("on time", "on time", "of all orders, delivered within what was asked", "share", ("on time low", "on time high")),
        Shown("kept", "promises kept", "of the accepted orders, delivered by the promised date", "share", ("kept low", "kept high")),
        Shown("lost", "lost", "of all orders, whose customer went", "share", ("lost low", "lost high")),
        Shown("switched", "another variant", "of all orders, whose customer took another variant", "share", page=False),
        Shown("stock", "stock", "value of parts and finished units", result.currency, ("stock low", "stock high")),
        Shown("variants", "variants sold", "mean of the worlds", "-", write=lambda v: digits(v)),
        Shown("earned", "earned", "margin less the cost of stock and of waiting", f"{result.currency}/day", ("earned low", "earned high")),
    ]  # fmt: skip
    return Table.of(result.table(), columns, "Every point, the one that earns most first", "points")


def _hit(result: ToOrder) -> Table:
    columns = [
        POINT, Shown("on time points", "on time", "change against the same world without the stop, in percentage points"),
        Shown("lost points", "lost", "change, in percentage points"),
        Shown("hit wait", "longest wait", "change of the longest mean wait of fifty orders in a row", "days", ("hit wait low", "hit wait high")),
        Shown("hit earned", "earned", "change, on the mean of the run", f"{result.currency}/day", ("hit earned low", "hit earned high")),
    ]  # fmt: skip
    frame = result.table()
    for name in ("on time", "lost"):
        ends = frame[[f"hit {name}", f"hit {name} low", f"hit {name} high"]].itertuples(index=False)
        frame[f"{name} points"] = [in_points(sure(tuple(three), "share")) for three in ends]
    return Table.of(frame, columns, f"What changes if no part is sent for {digits(result.outage)} days", "parts stop")


def _cash(result: ToOrder) -> Table:
    columns = [POINT, Shown("days of stock", "days of stock", "value of stock / cost of sales of a day", "days"), Shown("receivable", "receivable", "days until customers pay", "days"),
               Shown("payable", "payable", "days until suppliers are paid", "days"), Shown("cash", "cash-to-cash", "stock + receivable - payable", "days")]  # fmt: skip
    return Table.of(result.table(), columns, "Days from paying to being paid", "cash")


def _options(result: ToOrder) -> Table:
    columns = [
        Shown("option", "option", "and its part"), Shown("asked", "take rate", "of the table", "share"), Shown("taken", "after the rules", "of the orders that are placed", "share"),
        Shown("cards", "kanban cards", "N = D T (1 + X) / C, rounded up; T is the lead time of the part, or where parts are just in time the call-off and the time between deliveries", "-"), Shown("exact", "exactly", "before rounding", "-", page=False),
        Shown("most", "most units", "that the loop holds", "units"),
    ]  # fmt: skip
    return Table.of(result.options(), columns, "Take rates, and cards of each part's loop", "options")
