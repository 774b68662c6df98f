"""What does every site and lane do?"""

from __future__ import annotations

from twinkit.answers import (
    SAME_LUCK,
    about,
    drawing_of,
    events_of,
    happening,
    network_picture,
    placed,
    scenario_words,
    worlds_words,
)
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Picture, Shown, Table, led
from twinkit.run.scenario import Scenario
from twinkit.study.asked import asked_of, case_of
from twinkit.study.site_figures import NetworkFigures, counted, network_figures, worth
from twinkit.study.words import headline, worst_day
from twinkit.words import INTERVAL, amount, period_word


@register
class NetworkQuestion(Question):
    """Figures of every site, on the map and in numbers; its panel lets people pick sites and lanes."""

    key, title = "network", "Network"
    asks = "What does every site and lane do, day by day, and what reaches it?"
    group, audience, order = "How the chain works", "everybody who wants to see the chain", 20
    kinds = (NetworkFigures,)

    events = Input("", "what happens; none chosen: the events of the scenario that is looked at", title="Events", start=[], kind="names",
                   group="What happens")  # fmt: skip

    def options(self, name: str) -> dict[str, str]:
        return events_of(self.ground.case) if name == "events" else super().options(name)

    def call(self) -> Call:
        ground = self.ground
        return Call(network_figures, case=ground.case, scenario=happening(ground.scenario, self.events), seed=ground.seed)

    @classmethod
    def tell(cls, result: NetworkFigures) -> Answer:
        outcome, plan = result.outcome, result.plan
        settings = plan.case.settings
        case, word = case_of(result, plan.case), period_word(settings)
        asked = asked_of(result)
        scenario = asked.arguments["scenario"] if asked else Scenario(outcome.scenario)
        told = about(case, Scenario=scenario_words(scenario), Worlds=outcome.replications, Seed=outcome.seed)
        sites = result.sites()
        most = sites.loc[sites["cost"].idxmax()]
        words = [headline(outcome)] if outcome.events else []
        if most["cost"] > 0:
            part = amount(most["cost"] / sites["cost"].sum(), "share")
            words.append(f"Most cost arises at {most['site']}: {amount(most['cost'], outcome.unit('money'))} a {word}, {part} of all.")
        blocks: list[Block] = [Heading("In short"), *led(words), Heading("Over time")]
        blocks.append(Picture(drawing_of("service_curve", outcome), caption="Share of demand that is served at once.", name="service"))
        blocks += [Heading("Where"), network_picture(plan)]
        if placed(plan) and outcome.events and outcome.maps:
            day = worst_day(outcome)
            blocks.append(Picture(drawing_of("network_map", outcome, day=day), name="worst",
                                  caption=f"State of every site on {word} {day}, when service is lowest."))  # fmt: skip
        method = [worlds_words(outcome.seed, outcome.first, outcome.replications), SAME_LUCK,
                  f"Means of a {word} over the {counted(plan):,} that are counted; cost stands where it arises."]  # fmt: skip
        return Answer(f"Sites and lanes: {settings.get('title') or case.name}", [*blocks, Heading("Sites"), _sites(result), _figures(result)], told, method, case)


def _sites(found: NetworkFigures) -> Table:
    word, money = period_word(found.plan.case.settings), found.outcome.unit("money")
    goods = found.outcome.unit(worth(found.plan))
    columns = [
        Shown("site", "site", "name of the site"), Shown("kind", "kind", "what it is"), Shown("tier", "tier", "0 sells to customers", "-"),
        Shown("country", "country", "where it is"), Shown("stock", "stock", "mean value of what is in stock", goods),
        Shown("sent", f"sent a {word}", "value of what it sends on lanes and to customers", goods),
        Shown("cost", f"cost a {word}", "all parts of cost that arise there", money),
    ]  # fmt: skip
    return Table.of(found.sites(), columns, "Every site, means over the worlds", "sites")


def _figures(found: NetworkFigures) -> Table:
    """Every figure of every site, for the workbook."""
    columns = [
        Shown("site", "site", "name of the site"), Shown("figure", "figure", "what is measured"), Shown("unit", "unit", "its unit"),
        Shown("value", "in this scenario", INTERVAL, "-", ("low", "high")), Shown("without", "without the events", "mean over the same worlds", "-"),
        Shown("definition", "definition", "how it is worked out"),
    ]  # fmt: skip
    return Table.of(found.all_sites(), columns, "Every figure of every site", "figures of sites", on_page=False)
