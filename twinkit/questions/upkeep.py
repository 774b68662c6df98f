"""When should we maintain?"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from twinkit.answers import about
from twinkit.capabilities.upkeep.when import Kept, Upkeep, when_to_maintain
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Picture, Shown, Table, led
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import drawing
from twinkit.study.asked import asked_of
from twinkit.words import amount, between, digits

MOST_DRAWN = 6
"""Machines whose costs are drawn."""


@register
class UpkeepQuestion(Question):
    """At what age the part of each machine should be replaced."""

    key, title, asks = "upkeep", "Upkeep", "When should we maintain?"
    group = "What to do"
    kinds = (Upkeep,)
    filled: ClassVar = {"machines": "This case has no machines: fill the tables machines (machine, preventive_cost, failure_cost) and lives (machine, part, age, failed), and ask again; 'gearbox' is an example."}

    breakdown = Input("h", "open hours that a repair takes after its spare is there, of one machine of each station that fails in the lines that recipes name; 0 = not asked",
                      title="Repair takes", start=0, low=0, high=1000, group="What does a breakdown cost customers?")  # fmt: skip
    samples = Input("", "samples of the bootstrap behind the intervals", title="Samples", start=400, low=100, high=5000, kind="whole",
                    group="Size of the study", folded=True)  # fmt: skip

    replications = Input("", "worlds of the chain with breakdowns", title="Worlds", start=16, low=4, high=1000, kind="whole", group="Size of the study", folded=True)

    def call(self) -> Call:
        return Call(when_to_maintain, case=self.ground.case, samples=self.samples, breakdown=self.breakdown, replications=self.replications, seed=self.ground.seed)

    @classmethod
    def tell(cls, result: Upkeep) -> Answer:
        case, asked, unit = result.case, asked_of(result), result.case.settings["currency"]
        frame = result.table()
        kept = {m.machine: m for m in result.machines}
        columns = [
            Shown("machine", "machine", "what is maintained"),
            Shown("failures", "failures", "lives that ended in a failure", "-"), Shown("suspensions", "still working", "lives that had not ended", "-"),
            Shown("shape", "shape", "β of the Weibull life: above 1, what is older fails sooner", "-"),
            Shown("mean", "mean life", "mean of the fitted life", "days"), Shown("b10", "B10 life", "age by which one in ten has failed", "days"),
            Shown("age", "replace at", "age at which a day costs least, with its 95 % interval", "days", ("age_low", "age_high"), write=_age),
            Shown("rate", "cost of a day", "(c_p R + c_f (1 - R)) / ∫ R at that age", f"{unit}/day", ("rate_low", "rate_high")),
            Shown("run", "run to failure", "cost of a day without any planned replacement", f"{unit}/day"),
            Shown("saved", "saved in a year", "365 times the difference of the two", f"{unit}/year"),
        ]  # fmt: skip
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), Heading("Every machine"), Table.of(frame, columns, "Machines, the largest saving first", "upkeep"),
            Picture(lambda theme: cost_curves([kept[n] for n in frame["machine"]][:MOST_DRAWN], unit, theme), name="cost-rate",
                    caption="Cost of a day over the age at which a part is replaced."),
        ]  # fmt: skip
        blocks += _customers(result, unit)
        method = [
            "The life of each part is a Weibull distribution, fitted by maximum likelihood; lives that had not ended count as such.",
            "Replaced at age T or at failure, whichever comes first: a day costs (c_p R(T) + c_f (1 - R(T))) / ∫₀ᵀ R (Barlow & Hunter 1960).",
            f"Intervals: parametric bootstrap of {asked.arguments.get('samples') if asked else 'some'} samples, percentiles.",
            "A replaced part is as good as new, and the costs of the table machines hold whether or not a spare is there: that is assumed, not known.",
        ]
        if len(result.breakdowns):
            method.append(
                f"Breakdowns: the chain runs with and without one machine of a station broken for {asked.arguments['breakdown']:g} open hours from period "
                f"{int(case.settings['periods']) // 3} on, on the same luck, in {asked.arguments['replications']} worlds; its repair waits for its spare. Means of the differences "
                "with their 95 % intervals (Student)."
            )
        more = about(case, Machines=len(frame), Seed=asked.arguments.get("seed") if asked else None)
        return Answer(f"When to maintain: {case.settings.get('title') or case.name}", blocks, more, method, case)


def _customers(result: Upkeep, unit: str) -> list[Block]:
    """What breakdowns cost customers, and what spares are worth, if that was asked."""
    shown = [
        Shown("fill rate", "fill rate", "change of the fill rate of customers in the whole run", "share", ("fill rate_low", "fill rate_high")),
        Shown("backlog", "backlog", "change of the mean backlog of customers", "units", ("backlog_low", "backlog_high")),
        Shown("lost sales", "lost sales", "change of the units that customers no longer want", "units", ("lost sales_low", "lost sales_high")),
        Shown("total cost", "total cost", "change of the cost of the chain in the whole run", unit, ("total cost_low", "total cost_high")),
    ]
    blocks: list[Block] = []
    if len(result.breakdowns):
        rows = result.breakdowns.sort_values("total cost", ascending=False, kind="stable", ignore_index=True)
        columns = [Shown("line", "line", "production line"), Shown("station", "station", "of which one machine breaks"), *shown]
        blocks += [Heading("What a breakdown costs customers"), Table.of(rows, columns, "Breakdowns, the dearest first", "breakdowns")]
    if len(result.spares):
        columns = [Shown("more", "more spares", "kept of each kind where the lines stand", "-"), *shown]
        blocks += [Heading("What spares are worth"), Table.of(result.spares, columns, "More spares on the shelf", "spares")]
    return blocks


def _age(value: float) -> str:
    return amount(value, "days") if math.isfinite(value) else "never (run to failure)"


def cost_curves(machines: list[Kept], unit: str, theme: str = "light") -> Figure:
    """Cost of a day over the age of replacement, one panel for each machine."""
    c = THEMES[theme]
    with drawing((8.0, 1.2 + 2.0 * len(machines)), theme) as fig:
        axes = np.atleast_1d(fig.subplots(len(machines), 1))
        for ax, m in zip(axes, machines, strict=True):
            ages = np.linspace(0.05, 2.5, 120) * (m.best.age if math.isfinite(m.best.age) else m.life.mean)
            ax.plot(ages, m.curve(ages), **series("scenario", theme))
            ax.axhline(m.best.run_to_failure, **series("baseline", theme))
            if math.isfinite(m.best.age):
                ax.axvline(m.best.age, color=c["ink"], lw=1)
                if m.pays:
                    ax.axvspan(*m.age, color=c["quiet"], alpha=0.18, lw=0)
            ax.set_ylim(0, 2.2 * m.best.run_to_failure)
            ax.set_title(m.machine, loc="left", fontsize="medium")
            ax.set_ylabel(f"{unit}/day")
        axes[-1].set_xlabel("age of replacement [days]; dashed: replaced at that age, solid: run to failure; shaded: 95 % of the best age")
        fig.description = "Curves of the cost of a day over the age of replacement. " + " ".join(
            f"{m.machine}: least {digits(m.best.cost_rate)} at {digits(m.best.age) if math.isfinite(m.best.age) else 'no'} days "
            f"({between(*m.age) if m.pays else 'not sure'}); run to failure {digits(m.best.run_to_failure)}." for m in machines
        )  # fmt: skip
    return fig
