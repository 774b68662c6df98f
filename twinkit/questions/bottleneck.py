"""Where is the bottleneck?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.answers import about
from twinkit.capabilities.line.laws import best_case, practical_worst_case, worst_case
from twinkit.capabilities.line.where import LineStudy, Studied, where_is_the_bottleneck
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.words import amount, digits, percent


@register
class LineQuestion(Question):
    """Which station of a production line holds up the others."""

    key, title, asks = "bottleneck", "Bottleneck", "Where is the bottleneck?"
    group = "How the chain works"
    kinds = (LineStudy,)

    better = Input("share", "by so much each station is made faster, or up more often, one at a time", title="Improvement", start=0.1,
                   low=0.01, high=1.0, step=0.01)  # fmt: skip

    def check(self) -> list[str]:
        if len(self.ground.case["stations"]):
            return []
        return ["This case has no stations: fill the table stations (line, station, position, hours), and ask again."]

    def call(self) -> Call:
        return Call(where_is_the_bottleneck, case=self.ground.case, better=self.better)

    @classmethod
    def tell(cls, result: LineStudy) -> Answer:
        case = result.case
        told = [sentence for one in result.lines for sentence in _sentences(one, result.better)]
        frame = pd.concat([one.table() for one in result.lines], ignore_index=True)
        columns = [
            Shown("line", "line", "production line"), Shown("station", "station", "in the order of the line"),
            Shown("rate", "rate", "most parts of an hour in the long run: machines / hours × availability", "parts/h"),
            Shown("rise", f"{percent(result.better)} better", f"what the line makes more in an hour if this station alone were up or as fast by {percent(result.better)} more", "parts/h"),
            Shown("starved", "starved", "share of slots in which it is up and has no part", "share"),
            Shown("blocked", "blocked", "share of slots in which it is up and cannot pass its part on", "share"),
            Shown("buffer", "buffer after it", "mean parts in the buffer", "parts"),
            Shown("sole", "sole bottleneck", "share of the log in which it alone held up the line (active-period method)", "share"),
            Shown("shifting", "shifting", "share of the log in which the bottleneck shifted from or to it", "share"),
            Shown("working", "working", "share of the log in which it worked", "share"),
        ]  # fmt: skip
        columns = [c for c in columns if not c.unit or np.isfinite(frame[c.name]).any()]
        laws = pd.DataFrame([row for one in result.lines for row in _laws(one)])
        law_columns = [
            Shown("line", "line", "production line"), Shown("wip", "parts in the line", "held constant (CONWIP); the first is the critical number", "parts"),
            Shown("best", "best case", "nothing varies: min(w / T₀, r_b)", "parts/h"),
            Shown("practical", "practical worst case", "w / (W₀ + w - 1) r_b", "parts/h"),
            Shown("worst", "worst case", "all wait for each other: 1 / T₀", "parts/h"),
        ]  # fmt: skip
        blocks: list[Block] = [
            Heading("In short"), *led(told), Heading("Every station"), Table.of(frame, columns, "Stations", "stations"),
            Heading("What the line can do"), Table.of(laws, law_columns, "Throughput by parts in the line", "laws"),
        ]  # fmt: skip
        method = [
            "Exact model: a station makes a part in a slot with the chance that it is up; a slower station is one that is up less often. It is starved by an empty "
            "buffer before it, blocked by a full one after it (Li & Meerkov 2009).",
            "Log: the station that is active without a break for longest is the momentary bottleneck (Roser, Nakano & Tanaka 2002).",
            "Laws: Hopp & Spearman, Factory Physics, ch. 7, with each station as fast as it is in the long run (availability counted in).",
            "Assumed: parts of one kind, no rework, no set-up between kinds, machines up and down independently from slot to slot.",
        ]
        return Answer(f"Where is the bottleneck: {case.settings.get('title') or case.name}", blocks, about(case, Lines=len(result.lines)), method, case)


def _sentences(one: Studied, better: float) -> list[str]:
    views = one.views()
    stations = list(dict.fromkeys(views.values()))
    if len(stations) == 1:
        told = [f"{one.name}: {stations[0]} is the bottleneck, however one looks at it."]
    else:
        said = "; ".join(f"{way}: {station}" for way, station in views.items())
        told = [f"{one.name}: the ways of looking disagree ({said}). The one that counts for an investment is the largest gain."]
    if one.steady is not None:
        best = int(one.rise.argmax())
        told.append(
            f"{one.name} makes {digits(one.steady.throughput * one.hourly)} parts an hour; {percent(better)} more of {one.names[best]} would add "
            f"{amount(float(one.rise[best]), 'parts/h')}."
        )
    else:
        told.append(f"{one.name}: its buffers are too large for the exact model, so gains are not told.")
    return [*told, *([one.log.sentence()] if one.log else [])]


def _laws(one: Studied) -> list[dict]:
    critical = one.line.critical_wip
    return [
        {"line": one.name, "wip": w, "best": best_case(one.line, w).throughput, "practical": practical_worst_case(one.line, w).throughput,
         "worst": worst_case(one.line, w).throughput}
        for w in dict.fromkeys((critical, 2 * critical, 4 * critical))
    ]  # fmt: skip
