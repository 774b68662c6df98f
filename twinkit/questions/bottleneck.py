"""Where is the bottleneck?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from twinkit.answers import about
from twinkit.capabilities.line import arrays
from twinkit.capabilities.line.laws import best_case, practical_worst_case, worst_case
from twinkit.capabilities.line.simulate import SAMPLES, in_front
from twinkit.capabilities.line.where import WARM_UP, LineStudy, Studied, where_is_the_bottleneck
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Picture, Shown, Table, led
from twinkit.show.line import NOT_EVERYWHERE, line_gantt, line_strip, oee_waterfall
from twinkit.study.asked import asked_of
from twinkit.words import percent

MOST_DRAWN, MOST_MACHINES = 2, 60
"""Lines whose pictures are drawn; machines of one whose hours are."""


@register
class LineQuestion(Question):
    """Which station of a production line holds up the others."""

    key, title, asks = "bottleneck", "Bottleneck", "Where is the bottleneck?"
    group = "How the chain works"
    kinds = (LineStudy,)
    filled: ClassVar = {"stations": "This case has no stations: fill the table stations (line, station, position, hours), and ask again; 'gearbox' is an example."}

    better = Input("share", "by so much each station is made faster, one at a time", title="Improvement", start=0.1, low=0.01, high=1.0, step=0.01)
    hours = Input("h", "open hours that are looked at, after a quarter of them in which the line fills", title="Hours", start=160, low=8, high=5000,
                  group="Size of the study", folded=True)  # fmt: skip
    replications = Input("", "worlds in which the line runs", title="Worlds", start=16, low=4, high=1000, kind="whole", group="Size of the study", folded=True)

    def call(self) -> Call:
        return Call(where_is_the_bottleneck, case=self.ground.case, better=self.better, hours=self.hours, replications=self.replications, seed=self.ground.seed)

    @classmethod
    def tell(cls, result: LineStudy) -> Answer:
        case, asked, better = result.case, asked_of(result), percent(result.better)
        frame = result.table()
        columns = [
            Shown("line", "line", "production line"), Shown("station", "station", "in the order of the line"),
            Shown("rate", "rate", "good parts of the line in an hour that it could make alone in the long run: its machines, with the mix of products, set-ups, time down, and parts lost or sent back", "parts/h"),
            Shown("faster", f"{better} faster", "what the line makes more in an hour if this station alone were so much faster, with its 95 % interval", "parts/h",
                  ("faster_low", "faster_high")),
            Shown("place", "one more place", "what the line makes more in an hour with one more place behind this station", "parts/h", ("place_low", "place_high")),
            Shown("half_setup", "half the set-up", "what the line makes more in an hour if its set-ups took half as long", "parts/h", ("half_setup_low", "half_setup_high")),
            Shown("oee", "OEE", "time of good parts / planned time: availability × performance × quality", "share"),
            Shown("sole", "sole bottleneck", "share of the time drawn below in which it alone was active longest (active-period method)", "share"),
            Shown("shifting", "shifting", "share in which the bottleneck shifted from or to it", "share"),
            Shown("log_sole", "sole, recorded", "the same of the recorded log", "share"), Shown("log_shifting", "shifting, recorded", "the same of the recorded log", "share"),
        ]  # fmt: skip
        losses = [Shown("line", "line", "production line"), Shown("station", "station", "in the order of the line"),
                  *(Shown(name, label, meaning, "share") for name, label, meaning in (
                      ("availability", "availability", "1 - breakdowns, maintenance and set-ups"), ("performance", "performance", "time worked / time up: the rest it waited"),
                      ("quality", "quality", "good parts / parts worked on"), ("breakdowns", "breakdowns", "down, and waiting for a spare"), ("maintenance", "maintenance", "planned"),
                      ("setup", "set-up", "from product to product"), ("minor_stops", "minor stops", "short stops: a loss of speed, not of availability"),
                      ("staff", "no staff", "waiting for a person"), ("starved", "starved", "up, and no part"), ("blocked", "blocked", "done, and no room for the part"),
                      ("defects", "defects", "work on parts that were bad or sent back"), ("good", "good parts", "what is left: the OEE")))]  # fmt: skip
        losses = [c for c in losses if c.name not in NOT_EVERYWHERE or (frame[c.name] > 0).any()]
        columns = [c for c in columns if not c.unit or np.isfinite(frame[c.name]).any()]
        laws = pd.DataFrame([row for one in result.lines if one.series for row in _laws(one)])
        law_columns = [
            Shown("line", "line", "production line"), Shown("wip", "parts in the line", "held constant (CONWIP); the first is the critical number", "parts"),
            Shown("best", "best case", "nothing varies: min(w / T₀, r_b)", "parts/h"),
            Shown("practical", "practical worst case", "w / (W₀ + w - 1) r_b", "parts/h"),
            Shown("worst", "worst case", "all wait for each other: 1 / T₀", "parts/h"),
        ]  # fmt: skip
        blocks: list[Block] = [Heading("In short"), *led(result.sentences())]
        for k, one in enumerate(result.lines[:MOST_DRAWN]):
            blocks += _pictures(one, f"-{k + 1}" if k else "")
        blocks += [
            Heading("Every station"), Table.of(frame, columns, "Stations", "stations"), Table.of(frame, losses, "Where planned time goes", "losses"),
        ]
        if len(laws):
            blocks += [Heading("What the line can do"), Table.of(laws, law_columns, "Throughput by parts in the line", "laws")]
        arguments = asked.arguments if asked else {}
        method = [
            f"Every line runs alone in {arguments.get('replications', 'some')} worlds for {arguments.get('hours', 0):g} open hours, after {WARM_UP:.0%} of them to fill: it always has "
            "parts to begin, components, spares, and customers who take what it makes.",
            "Gains: run again with one thing changed, each machine with the same times, lives and repairs; mean of the differences with its 95 % interval (Student).",
            "Longest active: the station whose machines all work, are set up or stand still without a break for longest is the momentary bottleneck (Roser, Nakano & Tanaka 2002).",
            "OEE: availability × performance × quality (Nakajima 1988); the ideal time of a part is its mean, so minor stops and waiting (for parts, room, staff) are losses of speed. That of the line is all good time / "
            "all planned time.",
            f"Parts in buffers: looked at {SAMPLES} times in each world.",
            "Laws: Hopp & Spearman, Factory Physics, ch. 7, with each station as fast as it is in the long run; of lines without branches.",
            "Assumed: times are Weibull; machines fail by working, not by waiting; repairs rest while the line is closed; where no skills are written for a task, it needs nobody.",
        ]
        return Answer(f"Where is the bottleneck: {case.settings.get('title') or case.name}", blocks,
                      about(case, Lines=len(result.lines), Seed=arguments.get("seed")), method, case)  # fmt: skip


def _pictures(one: Studied, more: str) -> list[Block]:
    run = one.run
    states = pd.DataFrame(run.states.mean(axis=0), columns=list(arrays.STATES))
    oee, machines = run.oee(), list(dict.fromkeys(run.log["machine"]))
    hours = run.log[run.log["machine"].isin(machines[:MOST_MACHINES])]
    shown = "each machine" if len(machines) <= MOST_MACHINES else f"each of the first {MOST_MACHINES} machines"
    drawn = oee[oee["station"].isin({one.best()["station"], one.slowest})]
    return [
        Heading(f"The line: {one.name}", 3),
        Picture(lambda theme: line_strip(one.names, states, run.waiting.mean(axis=0), in_front(one.model, one.model.spec.queue[:, arrays.ROOM]), theme), name=f"line-strip{more}",
                caption="Share of time in each state, and mean parts / places of the buffer before each station."),
        Picture(lambda theme: line_gantt(hours, theme, one.active.momentary), name=f"line-hours{more}",
                caption=f"What {shown} did in the first world, in the last hours that were looked at."),
        Picture(lambda theme: oee_waterfall(drawn, theme), name=f"line-oee{more}", caption="From planned time to good parts: the slowest station and that of the largest gain."),
    ]  # fmt: skip


def _laws(one: Studied) -> list[dict]:
    critical = one.line.critical_wip
    return [
        {"line": one.name, "wip": w, "best": best_case(one.line, w).throughput, "practical": practical_worst_case(one.line, w).throughput,
         "worst": worst_case(one.line, w).throughput}
        for w in dict.fromkeys((critical, 2 * critical, 4 * critical))
    ]  # fmt: skip
