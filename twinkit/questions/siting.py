"""Where should we make it?"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from twinkit.answers import about
from twinkit.capabilities.siting.ask import FREIGHT, NO_CANDIDATES, SPREAD, Siting, problems_of, site_plants
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.show.shape import choices, waterfall
from twinkit.words import amount, digits

MONEY: dict[str, Any] = {"group": "What everything costs", "folded": True}
STOCK: dict[str, Any] = {"group": "Safety stock", "folded": True}
RUN: dict[str, Any] = {"group": "Size of the study", "folded": True}


@register
class SitingQuestion(Question):
    """Which of the candidates to open, and what the network bears."""

    key, title = "siting", "Where to make it"
    asks = "Where should we make it?"
    group, audience, order, live = "The shape of the business", "everybody who decides", 20, False
    kinds = (Siting,)
    filled: ClassVar = {"candidates": NO_CANDIDATES}

    regional = Input("plants", "of the regional network that stands beside the best one", start=3, low=1, high=50, kind="whole")
    shock = Input("share", "points more duty in the stress test", title="Tariff shock", start=0.1, low=0.0, high=5.0)
    freight_tonne = Input("money/t/km", "freight of a tonne for a kilometre", title="Freight of a tonne", start=0.1, low=0.0, **MONEY)
    freight = Input("money/unit/km", "freight of a unit for a kilometre, besides", title="Freight of a unit", start=0.0, low=0.0, **MONEY)
    detour = Input("", "length of a way, times the distance as the crow flies", start=1.2, low=1.0, high=5.0, **MONEY)
    carbon = Input("money/t", "price of emissions of making and moving", title="Price of CO2", start=0.0, low=0.0, **MONEY)
    service = Input("share", "that safety stock is for", start=0.95, low=0.5, high=0.9999, **STOCK)
    lead_days = Input("days", "time that safety stock covers", title="Lead time", start=14.0, low=0.0, high=1000.0, **STOCK)
    holding = Input("share/year", "cost of stock, as a share of its value", start=0.2, low=0.0, high=2.0, **STOCK)
    gap = Input("share", "by how much the network may be above the least cost", start=0.001, low=0.0, high=0.5, **RUN)
    seconds = Input("s", "longest search", title="Longest search", start=60.0, low=1.0, high=3600.0, **RUN)
    simulate = Input("", "the best network is run on the chain too", start=True, kind="flag", **RUN)
    worlds = Input("", "of the run", start=16, low=1, high=10_000, kind="whole", **RUN)
    outage = Input("days", "for which a plant is out in the run", start=60.0, low=1.0, high=300.0, **RUN)
    speed = Input("km/day", "of freight in the run", start=500.0, low=1.0, **RUN)
    cover = Input("days", "of stock at the depots of the run", start=7.0, low=0.0, high=365.0, **RUN)

    def check(self) -> list[str]:
        return problems_of(self.ground.case)

    def notes(self) -> list[str]:
        case = self.ground.case
        return [] if self.problems() else [f"{len(case['candidates'])} candidates, {len(case['markets'])} needs."]

    def call(self) -> Call:
        return Call(site_plants, case=self.ground.case, seed=self.ground.seed, **{name: getattr(self, name) for name in self.asked_for()})

    @classmethod
    def tell(cls, result: Siting) -> Answer:
        best, year = result.options[0], f"{result.currency}/year"
        told = about(result.case, Candidates=str(len(result.ground.names)), Needs=str(len(result.ground.needs)), Gap=f"{100 * result.gap:.3g} %")
        facts = [
            Fact("cost", amount(best.cost, year), "", "plants, making, freight, duty, emissions and safety stock of the network of least cost"),
            Fact("plants", str(len(best.network.open)), "", "that are open"),
            Fact("mean distance", amount(best.distance, "km"), "", "from a plant to a customer, weighted by units"),
        ]  # fmt: skip
        parts = {"plants": best.fixed, "making, freight, duty": best.network.cost - best.network.fixed_cost, "safety stock": best.safety}
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), Facts(facts),
            Picture(partial(waterfall, parts, year, "Cost of the best network"), name="cost"), Heading("Networks side by side"), _networks(result), _flows(result),
            Heading("What each bears"), _stress(result), Heading("Where another network is better"),
            Picture(partial(choices, SPREAD, FREIGHT, result.map_rows, "spread of demand ×", "freight ×", "Cheapest network"), name="break-evens",
                    caption="Flows are planned anew at each freight; safety stock grows with the spread of demand."),
        ]  # fmt: skip
        if len(result.simulated):
            blocks += [Heading("The best network, simulated"), _run(result)]
        blocks += [Heading("If plants could stand anywhere"), _anywhere(result)]
        method = [
            "The network of least cost is a mixed integer programme (facility location with capacities), solved by HiGHS after a Lagrangian bound; the gap is proven.",
            "Safety stock is added afterwards to each network: each plant pools the markets that it serves, whose demands are taken to be independent. It is no part of what the programme minimises.",
            "A plant that ramps up loses half of that time's capacity over its life. What is paid once is spread over its life without interest.",
            "In trouble, demand that is not served costs its price (its value where there is no price). A lost plant costs its fixed cost all the same.",
            "The worth of flexibility is the mean saving over these troubles, each counted once, of sending anew against sending as planned: that they are equally likely is an assumption.",
            "In the run plants have no limit of capacity but when they are out; each market has a depot; lanes take the distance at the speed that is stated.",
        ]  # fmt: skip
        return Answer(f"Where should we make it? {result.case.settings.get('title') or result.case.name}", blocks, told, method, result.case)


def _networks(result: Siting) -> Table:
    year = f"{result.currency}/year"
    columns = [
        Shown("network", "network", "least cost = of the programme; central = one plant; regional = as many as asked; local = the place nearest to each market; as it is = what stands; in all of them goods go the way that costs least"),
        Shown("plants", "plants", "that are open"), Shown("cost", "cost", "all of it, with safety stock", year), Shown("fixed", "plants cost", "of being open, and of closing those that stand", year),
        Shown("variable", "making and moving", "with duty and emissions", year), Shown("safety", "safety stock", "its cost", year),
        Shown("distance", "distance", "mean, to a customer", "km"), Shown("flexibility", "worth of flexibility", "mean saving of sending anew in trouble", year),
    ]  # fmt: skip
    return Table.of(result.table(), columns, "Networks side by side", "networks")


def _flows(result: Siting) -> Table:
    columns = [Shown("plant", "plant", "that sends"), Shown("market", "market", "that is served"), Shown("product", "product", "that is sent"),
               Shown("units", "units", "in a year", "units/year"), Shown("km", "distance", "as the crow flies", "km")]  # fmt: skip
    return Table.of(result.flows(), columns, "Who serves whom in the network of least cost", "flows")


def _stress(result: Siting) -> Table:
    year = f"{result.currency}/year"
    columns = [Shown("network", "network", "as above"), Shown("trouble", "trouble", "what happens for a year"), Shown("more", "costs more", "than planned", year),
               Shown("unserved", "unserved", "share of the demand", "share"), Shown("stiff", "cost if all is sent as planned", "and nothing is sent anew", year, page=False)]  # fmt: skip
    return Table.of(result.stress, columns, "What each network bears", "stress")


def _run(result: Siting) -> Table:
    columns = [Shown("scenario", "scenario", "of the run"), Shown("fill", "fill rate", "served at once from stock", "share", ("fill low", "fill high")),
               Shown("lost", "lost sales", "units in the run", "units", ("lost low", "lost high")),
               Shown("backlog", "backlog", "mean units that customers wait for", "units", ("backlog low", "backlog high"))]  # fmt: skip
    return Table.of(result.simulated, columns, "The network of least cost on the chain", "simulated")


def _anywhere(result: Siting) -> Table:
    columns = [Shown("places", "places", "how many there are", "-"), Shown("latitude", "latitude", "north positive", "degrees", write=lambda v: digits(v, 4)),
               Shown("longitude", "longitude", "east positive", "degrees", write=lambda v: digits(v, 4)), Shown("distance", "mean distance", "to a customer, of all the places together", "km")]  # fmt: skip
    return Table.of(result.places(), columns, "Best places on the globe, each market served from the nearest (a local optimum for two and more)", "anywhere")
