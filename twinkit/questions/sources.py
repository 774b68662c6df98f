"""Where do the numbers come from?"""

from __future__ import annotations

from typing import ClassVar

from twinkit.answers import about
from twinkit.capabilities.intake.where import LONGEST, MOST_STOCKS, WEIGHED, Origins, where_from
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.study.asked import asked_of
from twinkit.words import percent


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
        kinds = [
            ("extract", "share of the cells that come from an extract"), ("stated", "share that the mapping states"), ("assumed", "share that is assumed"),
            ("start", "share that is empty or at the starting value of the column"), ("unknown", "share of which nothing is known: it was typed, or made elsewhere"),
            ("changed", "share in rows that were changed after they were taken in"),
        ]  # fmt: skip
        columns = [Shown("table", "table", "table of the case"), Shown("column", "column", "column of it"), Shown("from", "comes from", "extract and rule"),
                   *(Shown(k, k, means, "-", write=_part) for k, means in kinds if (result.columns[k] > 0).any()), Shown("cells", "cells", "cells of the column", "-")]  # fmt: skip
        blocks: list[Block] = [Heading("In short"), *led(result.sentences())]
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
