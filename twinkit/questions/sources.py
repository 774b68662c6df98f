"""Where do the numbers come from?"""

from __future__ import annotations

import math
from typing import ClassVar

from twinkit.answers import about
from twinkit.capabilities.intake.where import LONGEST, MOST_STOCKS, WEIGHED, Origins, where_from
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.study.asked import asked_of
from twinkit.words import counted, digits, listed, percent


@register
class SourcesQuestion(Question):
    """Which file, row and rule each number has, what was assumed, and how much depends on it."""

    key, title, asks = "sources", "Sources", "Where do the numbers come from?"
    group, audience, order = "How sure it is", "data engineers", 60
    kinds = (Origins,)
    filled: ClassVar = {"sources": "This case does not know where its numbers come from: it was typed, or made elsewhere. A case that `twinkit intake` makes of extracts does."}
    live = False

    change = Input("share", "by how much each assumed number is raised and lowered to see what depends on it; 0 = not at all", title="Change", start=0.2, low=0.0, high=0.9)
    replications = Input("worlds", "worlds of the runs that weigh the assumptions", title="Worlds", start=16, low=2, high=1024, kind="whole",
                         group="Size of the study", folded=True)  # fmt: skip

    def call(self) -> Call:
        return Call(where_from, case=self.ground.case, change=self.change, replications=self.replications, seed=self.ground.seed)

    @classmethod
    def tell(cls, result: Origins) -> Answer:
        case, asked = result.case, asked_of(result)
        told = [
            f"Of {result.cells:,} cells in use, {_percent(result.share('extract'))} come from extracts, {_percent(result.share('stated'))} are stated in the mapping, "
            f"{_percent(result.share('assumed'))} are assumed, {_percent(result.share('start'))} are empty or at their starting value"
            + (f", and of {_percent(result.share('unknown'))} nothing is known." if result.share("unknown") else ".")
        ]
        if changed := result.columns[result.columns["changed"] > 0]["table"].unique().tolist():
            told.append(f"Rows of {listed(changed)} were changed after they were taken in, so their sources may not hold any more.")
        told += _weight(result)
        kinds = [
            ("extract", "share of the cells that come from an extract"), ("stated", "share that the mapping states"), ("assumed", "share that is assumed"),
            ("start", "share that is empty or at the starting value of the column"), ("unknown", "share of which nothing is known: it was typed, or made elsewhere"),
            ("changed", "share in rows that were changed after they were taken in"),
        ]  # fmt: skip
        columns = [Shown("table", "table", "table of the case"), Shown("column", "column", "column of it"), Shown("from", "comes from", "extract and rule"),
                   *(Shown(k, k, means, "-", write=_part) for k, means in kinds if (result.columns[k] > 0).any()), Shown("cells", "cells", "cells of the column", "-")]  # fmt: skip
        blocks: list[Block] = [Heading("In short"), *led(told)]
        if len(result.assumptions):
            shown = [Shown("table", "table", "table of the case"), Shown("column", "column", "column of it"), Shown("assumed", "assumed", "the value, and why"),
                     Shown("rows", "rows", "rows that it stands in", "-")]  # fmt: skip
            units = {"fill rate": "share", "total cost": case.settings["currency"]}
            shown += [Shown(f"{k} {w}", f"{k} if {w}", f"change of the {k} if the number is {w}, with its 95 % interval", units.get(k, "-"), (f"{k} {w} low", f"{k} {w} high"))
                      for k in WEIGHED for w in ("higher", "lower") if f"{k} {w}" in result.assumptions]  # fmt: skip
            blocks += [Heading("What was assumed"), Table.of(result.assumptions.drop(columns="part"), shown, "Assumptions", "assumptions")]
        blocks += [Heading("Every column"), Table.of(result.columns, columns, "Where each column comes from", "sources")]
        change = asked.arguments.get("change", 0.0) if asked else 0.0
        method = ["An extract gives a cell where the mapping names a column of it or works a figure out of its lines; docs/intake.md has the rules."]
        if result.weighed:
            method.append(
                f"Each assumed number was raised and lowered by {_percent(change)} by itself, and the case run with the same luck for at most {LONGEST} periods after its warm-up. "
                "What two assumptions do together is not in these figures, and a word that was assumed cannot be raised: it is not weighed."
            )
        elif change and len(result.assumptions):
            method.append(f"The assumptions were not weighed: the case has more than {MOST_STOCKS} stocks.")
        return Answer(f"Where the numbers come from: {case.settings.get('title') or case.name}", blocks, about(case), method, case)


def _percent(value: float) -> str:
    return percent(value, 1)


def _part(value: float) -> str:
    return percent(value) if value else "–"


def _weight(result: Origins) -> list[str]:
    """The assumption that matters most to the service, if one does beyond chance."""
    frame = result.assumptions
    if not result.weighed:
        return ["What was assumed has not been weighed by runs."] if len(frame) else ["Nothing was assumed."]
    best, most = "", 0.0
    for row in frame.to_dict("records"):
        for word in ("higher", "lower"):
            mean, low, high = (row.get(f"fill rate {word}{end}", math.nan) for end in ("", " low", " high"))
            if mean == mean and (low > 0 or high < 0) and abs(mean) > most:
                most, best = abs(mean), f"{row['table']}.{row['column']}: with a {word} value the fill rate changes by {digits(100 * mean)} points ({digits(100 * low)} to {digits(100 * high)})"
    weighed = int(frame["fill rate higher"].notna().sum()) if "fill rate higher" in frame else 0
    words = len(frame) - weighed
    rest = [f"{counted(words, 'assumption')} cannot be raised or lowered (words, and settings of the whole case), and what depends on them is not known."] if words else []
    if not best:
        return [*(["No assumed number changes the fill rate beyond chance when it is raised or lowered by itself."] if weighed else []), *rest]
    return [f"The assumption that the service depends on most is {best}.", *rest]
