"""Where did it come from?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from twinkit.answers import about
from twinkit.capabilities.trace.recall import LEVELS, MEANS, Traced, where_did_it_come_from
from twinkit.question import Call, Input, Question, View, register
from twinkit.result import (
    Answer,
    Block,
    Branch,
    Code,
    Fact,
    Facts,
    Heading,
    Next,
    Picture,
    Shown,
    Table,
    Text,
    Tree,
    led,
)
from twinkit.show.network import scene_of
from twinkit.show.palette import THEMES
from twinkit.show.picture import drawing
from twinkit.show.places import crowds, draw_land, inside, place_names, view_of, way
from twinkit.study.asked import asked_of
from twinkit.words import amount, counted, cut, dated, digits, interval, listed, percent

WORDS = {"serial": "every piece", "lot": "the lot", "day": "site and day", "site": "the site", "product": "the product"}


@register
class TraceQuestion(Question):
    """A lot that turns out to be bad: where it came from, who has it now, and what calling it back takes."""

    key, title, asks = "trace", "Trace and recall", "Where did it come from?"
    group = "What may happen"
    kinds = (Traced,)
    views = {"stakeholder": View(inputs=("lot", "found", "granularity", "read_rate", "partners", "delay", "error_rate"))}  # noqa: RUF012

    lot = Input("", "code of the lot: site / product / period / number, or what its label says; empty = the lots of the table bad_lots",
                title="Code of the lot", start="", kind="text", group="Which lot?")  # fmt: skip
    found = Input("period", "period in which it is found to be bad; empty = as the table says, or 7 periods after it was made", title="Found in period",
                  start=None, low=0, high=100_000, kind="whole", group="Which lot?")  # fmt: skip
    granularity = Input("", "what labels and records tell apart", title="Labels know", start="lot", kind="text", words=WORDS, group="What is recorded?")
    read_rate = Input("share", "share of the movements that are read", title="Movements that are read", start=1.0, low=0.0, high=1.0, step=0.01, group="What is recorded?")
    partners = Input("share", "share of the companies that take part", title="Companies that take part", start=1.0, low=0.0, high=1.0, step=0.05, group="What is recorded?")
    delay = Input("periods", "periods until a reading is there for others", title="Delay of the records", start=0.0, low=0.0, high=14.0, step=0.5, group="What is recorded?")
    error_rate = Input("share", "chance that the entry at the source names another lot: no ledger notices that", title="False entries at the source",
                       start=0.0, low=0.0, high=0.5, step=0.01, group="What is recorded?")  # fmt: skip
    manual_days = Input("periods", "periods to find out by telephone and paper what was not read, for every step", title="Asking by telephone", start=2.0, low=0.0, high=30.0,
                        group="What does it cost?", folded=True)  # fmt: skip
    handling_cost = Input("money/unit", "cost of calling back a unit, besides its value", title="Calling back a unit", start=1.0, low=0.0, high=1e6,
                          group="What does it cost?", folded=True)  # fmt: skip
    harm_cost = Input("money/unit", "cost of a bad unit that a customer had bought", title="A bad unit that was sold", start=50.0, low=0.0, high=1e7,
                      group="What does it cost?", folded=True)  # fmt: skip
    read_cost = Input("money", "cost of one reading", title="One reading", start=0.02, low=0.0, high=1000.0, group="What does it cost?", folded=True)
    worlds = Input("worlds", "worlds in which the chain is run", title="Worlds", start=16, low=2, high=256, kind="whole", group="Size of the study", folded=True)

    def check(self) -> list[str]:
        case, wrong = self.ground.case, []
        if not self.lot.strip() and case["bad_lots"].empty:
            wrong.append("Type the code of a lot (site / product / period / number), or fill the table bad_lots: no lot of this case is said to be bad.")
        if self.found is not None and self.found >= case.settings["periods"]:
            wrong.append(f"Found in period {self.found}: the case has the periods 0 to {case.settings['periods'] - 1}.")
        return wrong

    def call(self) -> Call:
        return Call(where_did_it_come_from, case=self.ground.case, lot=self.lot.strip(), found=self.found, granularity=self.granularity, read_rate=self.read_rate,
                    delay=self.delay, partners=self.partners, error_rate=self.error_rate, manual_days=self.manual_days, handling_cost=self.handling_cost,
                    harm_cost=self.harm_cost, read_cost=self.read_cost, worlds=self.worlds, seed=self.ground.seed).growing("worlds")  # fmt: skip

    @classmethod
    def tell(cls, result: Traced) -> Answer:
        case, asked, unit = result.case, asked_of(result), result.case.settings["currency"]
        given = asked.arguments if asked else {}
        row = result.table.set_index("level").loc[result.granularity]
        blocks: list[Block] = [Heading("In short"), *led(result.sentences()), Facts(_facts(row, unit))]
        blocks += [Heading("Where it is"), *([Picture(lambda theme: recall_picture(result, theme), name="recall-map", caption="Units to call back by place, in the first world.")]
                                             if len(scene_of(result.ledger.plan).sites) else []), _places(result)]  # fmt: skip
        blocks += [Heading("How finely one traces"), Picture(lambda theme: levels_picture(result, theme), name="granularity", caption="Units called back by what labels tell apart."),
                   _levels(result, unit)]  # fmt: skip
        told = f"It went into {counted(result.went_into, 'finished lot')}. " if result.went_into else ""
        told += f"{percent(result.complete, 1)} of all units, sold or held, have records that lead back to where they began; the rest was there at the start, or came back."
        blocks += [Heading("Where it came from"), Text(told), Tree([Branch(name, percent(share), share) for name, share in list(result.into.items())[:12]], "What went into the lot, in the first world"),
                   _path(result), Next("Who gets paid when?", "cash", {})]  # fmt: skip
        if len(result.promises):
            blocks.append(_promises(result))
        blocks += [Heading("Events", 3), Text("All that happened to the lots of the first world can be written as EPCIS 2.0 events:"),
                   Code("from twinkit.capabilities.trace.writing import write_epcis\n\nwrite_epcis(result.ledger, \"events.jsonld\")")]  # fmt: skip
        method = [
            "The lots are worked out from the flows of a run, which are those of the run without lots; docs/trace.md says by which rules.",
            "A movement that was not read may have been of any lot that its origin had had of the product by then: all of it is called back. "
            "Each step of the chain that must be found out by telephone takes the time that was given.",
            "What is bad: all of a lot that is mixed, washed or cut together and of what cannot be counted in pieces; of pieces, as many as have a bad component in them.",
            "A false entry at the source names another lot of the site and product, from 3 periods around; records that are kept perfectly carry it on.",
            f"Means over {counted(len(result.affected), 'world')} with 95 % intervals; all levels see the same luck. Units of different products are added up."
            + (f" In {counted(result.missing, 'further world')} there was no such lot." if result.missing else ""),
        ]  # fmt: skip
        more = about(case, Lot=cut(result.lot), Found=dated(case.settings, result.found), Seed=given.get("seed"))
        return Answer(f"Recall of {cut(result.lot, 60)}", blocks, more, method, case)


def _facts(row, unit: str) -> list[Fact]:
    def span(name: str, of: str) -> str:
        return interval(row[f"{name}_low"], row[f"{name}_high"], of)

    return [
        Fact("Units to call back", amount(row["recalled"], "units"), span("recalled", "units"), "all units that may be bad, there or sold"),
        Fact("Already sold", amount(row["sold"], "units"), span("sold", "units"), "of them, at customers when they are called back"),
        Fact("For each bad unit", digits(row["ratio"]), span("ratio", "-"), "units called back / units that are bad (recall ratio)"),
        Fact("Bad units found", percent(row["caught"], 1), span("caught", "share"), "share of the bad units that the recall covers"),
        Fact("Days to trace", digits(row["days"]), span("days", "days"), "from the finding until all that is bad is known, in periods"),
        Fact("Cost of the recall", amount(row["recall_cost"], unit), span("recall_cost", unit), "value and handling of what is called back, and harm by bad units that were sold"),
    ]


def _places(result: Traced) -> Table:
    columns = [Shown("place", "place", "where the units are"), Shown("product", "product", "what they are"), Shown("units", "units", "to call back", "units"),
               Shown("left", "still there", "of them, not sold", "units"), Shown("sold", "sold", "of them, sold", "units")]  # fmt: skip
    return Table.of(result.places, columns, "Units to call back by place, in the first world", "places")


def _levels(result: Traced, unit: str) -> Table:
    def column(name: str, label: str, meaning: str, of: str) -> Shown:
        return Shown(name, label, meaning, of, (f"{name}_low", f"{name}_high"))

    frame = result.table.assign(level=[WORDS[x] for x in result.table["level"]])
    columns = [
        Shown("level", "labels know", "what labels and records tell apart"),
        column("recalled", "called back", "units to call back", "units"), column("sold", "already sold", "of them, sold", "units"),
        column("ratio", "for each bad unit", "units called back / units that are bad", "-"), column("caught", "bad units found", "share of the bad units that the recall covers", "share"),
        column("days", "days to trace", "from the finding until all is known", "days"), column("recall_cost", "cost of the recall", "value, handling and harm", unit),
        column("read_cost", "readings in a year", "cost of the readings that such labels ask for", unit),
    ]  # fmt: skip
    return Table.of(frame, columns, "The same recall by how finely one traces", "levels", rows={WORDS[x]: MEANS[x] for x in LEVELS})


def _path(result: Traced) -> Table:
    settings = result.case.settings
    columns = [Shown("place", "place", "where the lot, or what came of it, was"), Shown("product", "product", "what it was there"),
               Shown("first", "first there", "period in which the first of it came", "", write=lambda v: dated(settings, max(int(v), 0))),
               Shown("last", "last came", "period in which the last of it came", "", write=lambda v: dated(settings, max(int(v), 0))),
               Shown("sold", "sold there", "units sold until it was found", "units"), Shown("left", "left there", "units still there when it was found", "units")]  # fmt: skip
    return Table.of(result.path, columns, "Its way until it was found, in the first world", "path")


def _promises(result: Traced) -> Table:
    columns = [Shown("site", "site", "who promises"), Shown("product", "product", "of what"), Shown("promised", "promised life", "remaining life that is promised", "periods"),
               Shown("kept", "kept", "share of the units sent that had it; of lots with an end", "share"), Shown("units", "units sent", "of lots with an end", "units")]  # fmt: skip
    return Table.of(result.promises, columns, "Remaining life that was promised, in the first world", "promises")


def recall_picture(result: Traced, theme: str = "light") -> Figure:
    """Where the units to call back are: a full disc for what is there, a ring for what was sold."""
    c, plan = THEMES[theme], result.ledger.plan
    scene = scene_of(plan)
    at = dict(zip(scene.sites["name"], scene.points, strict=True))
    net, places = plan.net, result.ledger.place_names
    middle = {places[result.ledger.places[0] + i]: (a, b) for i, (a, b) in enumerate(zip(net.lanes["origin"], net.lanes["destination"], strict=True))}
    sums = result.places.groupby("place")[["left", "sold"]].sum()
    most, told = max(float((sums["left"] + sums["sold"]).max()) if len(sums) else 1.0, 1e-9), []
    discs = []
    for name, row in sums.iterrows():
        ends = [at[n] for n in middle.get(name, (name,)) if n in at]
        if ends:
            point = way(np.array(ends))[12] if len(ends) == 2 and np.hypot(*(ends[1] - ends[0])) > 0.02 else ends[0]
            discs.append((point, float(row["left"]), float(row["sold"])))
            told.append(f"{name}: {digits(row['left'])} there, {digits(row['sold'])} sold")
    world = view_of(scene.points, 2.0, pad=0.12)
    near = crowds(scene.points, world, 1, 2.0, share=0.22, least=3)
    with drawing((9.0, 4.9 + 4.5 * len(near)), theme, layout=None) as fig:
        rows = 1 + len(near)
        for i, view in enumerate([world, *near]):
            ax = fig.add_axes((0.01, 1 - (i + 1) * 0.945 / rows, 0.98, 0.925 / rows))
            draw_land(ax, view, c)
            for points, _, _ in scene.ways:
                ax.plot(points[:, 0], points[:, 1], color=c["lane"], lw=0.8, alpha=0.6, zorder=2)
            ax.plot(scene.points[:, 0], scene.points[:, 1], "o", mfc=c["page"], mec=c["quiet"], ms=4, ls="none", zorder=3)
            for (x, y), left, sold in discs:
                for units, look in ((left + sold, {"mfc": "none", "mec": c["ink"], "mew": 1.4}), (left, {"mfc": c["ink"], "mec": c["ink"], "alpha": 0.7})):
                    if units > 0:
                        ax.plot(x, y, "o", ms=4 + 26 * (units / most) ** 0.5, ls="none", zorder=5, **look)
            here = inside(scene.points, view) & (~inside(scene.points, near[0]) if near and i == 0 else True)
            place_names(ax, scene.points[here], scene.sites["name"][here].tolist(), scene.points[inside(scene.points, view)], 4.0, c)
        fig.text(0.012, 0.008, "disc: still there; ring around it: with what was sold there" + ("; below: where most sites are" if near else ""), color=c["quiet"])
        fig.description = "Map of the units to call back. " + (listed(told, 12) or "There are none") + "."
    return fig


def levels_picture(result: Traced, theme: str = "light") -> Figure:
    """Units called back by level, with their intervals, and how many are bad."""
    c, frame = THEMES[theme], result.table
    with drawing((8.0, 3.0), theme) as fig:
        ax = fig.subplots()
        y = np.arange(len(frame))[::-1]
        chosen = (frame["level"] == result.granularity).to_numpy()
        values = frame["recalled"].to_numpy(float)
        for hatch, some in (("", chosen), ("//", ~chosen)):
            ax.barh(y[some], values[some], color=c["ink"] if not hatch else "none", edgecolor=c["ink"], hatch=hatch, height=0.6, alpha=0.8)
        low, high = frame["recalled_low"].fillna(frame["recalled"]), frame["recalled_high"].fillna(frame["recalled"])
        ax.errorbar(values, y, xerr=np.maximum([values - low, high - values], 0.0), fmt="none", ecolor=c["quiet"], capsize=3)
        ax.axvline(float(result.affected.mean()), color=c["quiet"], ls="--", lw=1)
        ax.set_yticks(y, [WORDS[x] for x in frame["level"]])
        ax.set_xscale("symlog", linthresh=max(1.0, float(result.affected.mean())))
        ax.xaxis.set_major_formatter(lambda value, _: digits(value))
        ax.set_xlabel("units called back, from 0 in even steps and then by powers of ten; full: as asked; dashed line: units that are bad")
        fig.description = "Bars of the units called back. " + "; ".join(f"{WORDS[x]}: {digits(v)}" for x, v in zip(frame["level"], values, strict=True)) + "."
    return fig
