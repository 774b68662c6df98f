"""Who gets help first?"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from twinkit.answers import SAME_LUCK, about
from twinkit.capabilities.relief.last_mile import Tours, plan_tours
from twinkit.capabilities.relief.vehicles import RULES
from twinkit.capabilities.relief.waiting import FUNCTIONS
from twinkit.capabilities.relief.who_first import FIGURES, WhoFirst, cash_of, kits_of, who_gets_help_first
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.run.statistics import mean_interval
from twinkit.show.shape import curves
from twinkit.words import INTERVAL, amount, digits, in_points, interval, sure, times

HELP = {"group": "What might help", "folded": True}


class OfRelief(Question):
    """What both questions have: a product that the kits are, and tables without which nothing can be asked."""

    filled: ClassVar = {t: f"The table {t} has no rows: the case 'cyclone' is an example of what it holds." for t in ("in_need", "fleets", "roads")}

    def begins(self) -> dict[str, str]:
        return {"product": next(iter(kits_of(self.ground.case)), "")}

    def options(self, name: str) -> dict[str, str]:
        return {product: product for product in kits_of(self.ground.case)} if name == "product" else super().options(name)


@register
class ReliefQuestion(OfRelief):
    """Rules by which vehicles bring help from depots to places in need, side by side."""

    key, title = "relief", "Help in a disaster"
    asks = "Who gets help first?"
    group, audience, order, live = "Help in a disaster", "relief coordinators", 10, True
    kinds = (WhoFirst,)

    today = Input("", "how it is decided today where a vehicle goes next; the others are compared with it", title="Rule today", start="in turn", kind="text",
                  words={name: f"{name}: {means}" for name, (means, _) in RULES.items()})
    days = Input("days", "that are looked at", title="How long", start=5.0, low=1.0, high=30.0, step=0.5)
    after = Input("hours", "when it is counted who has a kit", title="Look after", start=72.0, low=6.0, high=720.0, step=6.0)
    product = Input("", "product of the depots that the kits are", title="Kits are", start="", kind="name", **HELP)
    kits = Input("kits", "more at a depot, to see what that would help", title="Kits more", start=500.0, low=0.0, high=1e6, **HELP)
    cash = Input("", "whether those whom it serves get cash today (in_need.cash_share)", title="Cash is paid", start=False, kind="flag", **HELP)
    deprivation = Input("", "published function of what waiting costs a person", title="Cost of waiting", start="f2016", kind="text",
                        words={name: one.source for name, one in FUNCTIONS.items()}, **HELP)

    def notes(self) -> list[str]:
        return ["Cash serves nobody here: in_need.cash_share says which share of the people of a place it serves."] if self.cash and cash_of(self.ground.case) is None else []

    def call(self) -> Call:
        given = {name: getattr(self, name) for name in self.asked_for()}
        return Call(who_gets_help_first, case=self.ground.case, worlds=self.ground.replications, seed=self.ground.seed, **given)

    @classmethod
    def tell(cls, result: WhoFirst) -> Answer:
        task, now = result.task, result.figures[result.today]
        said = about(result.case, Places=str(len(task.places)), Depots=str(len(task.depots)), Worlds=str(len(now["early"])))
        facts = []
        for name, label, means in (("early", f"have a kit after {digits(result.after)} hours", "of all people in need"), ("waited", "wait", "on the mean of all people"),
                                   ("logistics", "vehicles", "under way")):  # fmt: skip
            unit = result.unit(name)
            mean, *ends = mean_interval(now[name], within=(0.0, 1.0) if unit == "share" else None)
            facts.append(Fact(label, amount(mean, unit), interval(*ends, unit), f"{means}, as things go today"))
        worlds = {result.today: result.curves[result.today], **result.curves}
        curve = partial(curves, result.hours, worlds, "hours after the start", "people who have a kit", "Who has a kit, and when")
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), Facts(facts),
            Picture(curve, name="coverage", caption="Lines: mean of the worlds; band: 9 of 10 worlds as things go today."), Heading("Rules side by side"), _rules(result),
            Heading("Places, as things go today"), _places(result), Heading("What would help, with the rule of today"), _helps(result),
        ]  # fmt: skip
        method = [
            "A vehicle that stands at a depot with kits goes where the rule says, with as much as it carries or the place still lacks. Where roads lead on (byroads) and it has kits left, the "
            "rule says again where to, among places that a road of its depot leads home from. It drives day and night.",
            "A kit is what one person needs, once. Kits are the stock of one product at the depots, and what of it is open and due there; more is not bought. What is older than the stock's "
            "shelf_life is thrown away at the depot, the oldest goes out first, and what is there at the start is fresh.",
            "A gift that nobody asked for (gifts) keeps the hands of its depot busy until it is sorted; meanwhile no vehicle is loaded there. What of it is useful are kits then.",
            "Whom cash serves is brought no kit: those people are helped at the hour from which it can be paid, and counted as having a kit from then on.",
            "In a world the number of people is normal around the table's, and a road that is cut opens again after an exponential time. A place is served from when its need is known.",
            "The cost of waiting is an estimate of economists that grows about tenfold a day and is read here far beyond the hours that it was fitted to: those who wait longest decide it. "
            "It stands beside hours and people, never for them.",
            "Not in it: kits that perish under way, shifts of drivers, prices that rise where cash is paid.",
            SAME_LUCK,
        ]  # fmt: skip
        return Answer(f"Who gets help first? {result.case.settings.get('title') or result.case.name}", blocks, said, method, result.case)


@register
class ToursQuestion(OfRelief):
    """Tours that bring everybody in need a kit with few vehicle hours, to hand to those who drive."""

    key, title = "tours", "Tours of vehicles"
    asks = "Which way do the vehicles go?"
    group, audience, order, live = "Help in a disaster", "relief coordinators", 20, False
    needs, kinds = (("pyvrp", "relief"),), (Tours,)

    days = Input("days", "that are looked at", title="How long", start=5.0, low=1.0, high=30.0, step=0.5)
    product = Input("", "product of the depots that the kits are", title="Kits are", start="", kind="name")
    iterations = Input("", "steps of the search", title="Steps of the search", start=500, low=1, high=100_000, kind="whole", group="Size of the study", folded=True)

    def call(self) -> Call:
        return Call(plan_tours, case=self.ground.case, seed=self.ground.seed, **{name: getattr(self, name) for name in self.asked_for()})

    @classmethod
    def tell(cls, result: Tours) -> Answer:
        said = about(result.case, Places=str(len(result.task.places)), Depots=str(len(result.task.depots)))
        columns = [
            Shown("depot", "depot", "that it leaves from and comes back to"), Shown("vehicle", "vehicle", "number of it at the depot"),
            Shown("leaves", "leaves", "hours after the start", "hours"), Shown("back", "is back", "hours after the start", "hours"),
            Shown("kits", "kits", "that it takes", "kits"), Shown("stops", "goes to", "places in their order, and the kits for each"),
        ]  # fmt: skip
        facts = [
            Fact("tours", str(len(result.tours)), "", "of all vehicles"), Fact("under way", amount(result.hours, "hours"), "", "all vehicles together, unloading among it"),
            Fact("reached", amount(result.served.sum() / max(result.people.sum(), 1.0), "share"), "", "of all people in need"),
        ]  # fmt: skip
        blocks: list[Block] = [Heading("In short"), *led(result.sentences()), Facts(facts), Heading("Tours"), Table.of(result.table(), columns, "Tours in the order of depots", "tours")]
        method = [
            "No chance is in it: as many people as the table says, and every road open. The page Help in a disaster plays worlds in which that is not so.",
            "Places are shared among depots with the least driving to and fro (HiGHS); full loads go straight there and back; what is left over is joined to tours over roads between places (byroads) "
            "by PyVRP. That no other tours are shorter is not proven.",
            "A vehicle takes the tour that reaches most people an hour, of those whose kits are at the depot and whose places are known by then. Tours of one depot are on the road at the same time.",
        ]  # fmt: skip
        return Answer(f"Tours: {result.case.settings.get('title') or result.case.name}", blocks, said, method, result.case)


def _three(name: str, title: str, means: str, unit: str, **more) -> Shown:
    return Shown(name, title, f"{means}; {INTERVAL}", unit, (f"{name}_low", f"{name}_high"), **more)


def _hour(result: WhoFirst, name: str, title: str, means: str) -> Shown:
    """A median hour with its interval; one that is censored as "> x"."""
    def said(row) -> str:
        value, low, high = (times(row[k], result.task.horizon) for k in (name, f"{name}_low", f"{name}_high"))
        return value if low == high else f"{value} ({low} to {high})"

    return Shown(name, title, f"{means}: the median with its 95 % interval; > where it is censored", "hours", (f"{name}_low", f"{name}_high"), row=said)


def _change(name: str, title: str) -> Shown:
    """A change of a share, in points."""
    ends = f"{name}_low", f"{name}_high"
    return Shown(name, title, "change, paired by world", "share", ends, row=lambda row: in_points(sure([row[k] for k in (name, *ends)], "share")))


def _rules(result: WhoFirst) -> Table:
    columns = [Shown("rule", "rule", "how it is decided where a vehicle goes next"), Shown("means", "a vehicle goes to", "what the rule says")]
    names = {"early": f"have a kit after {digits(result.after)} h", "covered": "have one at the end", "worst": "worst-off place", "gini": "unevenness", "waited": "mean wait",
             "suffering": "cost of waiting", "logistics": "vehicles", "paid": "cash", "perished": "perished"}  # fmt: skip
    columns += [_three(name, names[name], FIGURES[name][1], result.unit(name)) for name in names if name in result.shown()]
    columns.insert(4, _hour(result, "reached", "nine of ten reached", "hour at which nine of ten people have a kit"))
    columns.append(_three("waited_more", "waits more than today", "difference to the rule of today, paired by world", "hours"))
    return Table.of(result.table(), columns, "Rules side by side: means over the worlds", "rules")


def _places(result: WhoFirst) -> Table:
    even = result.best("gini")
    columns = [
        Shown("place", "place", "that is in need"), Shown("people", "people", "in need, as the table has it", "people"),
        _hour(result, "first", "first delivery", "hour of it"),
        _three("share", f"have a kit after {digits(result.after)} h", "of the people of the place", "share"),
        _three("other", f"the same with “{even}”", "of the people of the place, with the rule that spreads help most evenly", "share"),
        _three("never", "nothing comes", "worlds in which no kit comes in the time that is looked at", "share"),
    ]  # fmt: skip
    return Table.of(result.by_place(result.today, even), columns, f"Places, with the rule “{result.today}”", "places")


def _helps(result: WhoFirst) -> Table:
    columns = [
        Shown("more", "what there is more", "with all else the same"), _three("waited", "mean wait", "change, paired by world", "hours"),
        _change("early", f"have a kit after {digits(result.after)} h"), _change("worst", "worst-off place"),
        _three("spent", "vehicles and cash", "change of what they cost, paired by world; kits are not in it", result.unit("logistics")),
    ]  # fmt: skip
    return Table.of(result.what_helps(), columns, "What would help: changes on the same luck", "helps")
