"""What was decided, and what has become of it?"""

from __future__ import annotations

from typing import Any

from twinkit.answers import about
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Points, Shown, Table, led
from twinkit.study.decision import NO_EVENT, DecisionRecord, LookBack, look_back, place_of, read_decisions
from twinkit.words import amount


@register
class DecisionsQuestion(Question):
    """Decisions beside a case, and one of them beside what has happened since."""

    key, title = "decisions", "Decisions"
    asks = "What was decided, and what has become of it?"
    group, audience, order = "What to do", "everybody who decides", 60
    kinds = (LookBack,)

    place = Input("", "folder or workbook of the case, beside which its decisions are kept", title="Where is the case?", start="", kind="text")
    record = Input("", "empty: the newest", title="Which decision?", start="", kind="text")
    situation = Input("", "what has happened since", start=NO_EVENT, kind="text")
    happened = Input("", "as it was measured, in the unit of the KPI; a share from 0 to 1", title="What happened?", start={}, kind="numbers")

    def begins(self) -> dict[str, Any]:
        place = place_of(getattr(self.ground, "source", None) or None) or place_of(None)
        return {"place": str(place)} if place is not None else {}

    def records(self) -> dict[str, DecisionRecord]:
        """Decisions by name."""
        return {one.id: one for one in read_decisions(self.place)[0]} if self.place else {}

    def one(self) -> DecisionRecord | None:
        """The decision that is looked at."""
        known = self.records()
        return known.get(self.record) or next(reversed(known.values()), None)

    def options(self, name: str) -> dict[str, str]:
        if name == "record":
            return {"": "the newest", **{k: f"{r.when[:10]}, {r.by}: {r.question}" for k, r in self.records().items()}}
        rows = self.one().expected if self.one() else []
        if name == "situation":
            return {NO_EVENT: NO_EVENT, **{r["situation"]: r["situation"] for r in rows}}
        if name == "happened":
            return {r["kpi"]: f"{r['kpi']} [{r['unit']}]" for r in rows}
        return super().options(name)

    def check(self) -> list[str]:
        if not self.place:
            return ["Say where the case is: decisions on one that comes with twinkit, or was made in Python, are files that were taken away."]
        return self.misnamed()

    def call(self) -> Call:
        return Call(look_back, case=self.ground.case, place=self.place, record=self.record or None, happened=self.happened or None,
                    situation=self.situation if self.situation != NO_EVENT else None)  # fmt: skip

    @classmethod
    def tell(cls, result: LookBack) -> Answer:
        beside, one = result.beside(), result.record
        blocks: list[Block] = [Heading("In short"), *led(result.sentences())]
        if result.problems:
            blocks.append(Points([p.sentence for p in result.problems]))
        if len(beside):
            rows = beside.assign(span=[f"{amount(a, u)} to {amount(b, u)}" for a, b, u in zip(beside["low"], beside["high"], beside["unit"], strict=True)],
                                 was=[amount(v, u) for v, u in zip(beside["happened"], beside["unit"], strict=True)],
                                 mean=[amount(v, u) for v, u in zip(beside["expected"], beside["unit"], strict=True)])  # fmt: skip
            columns = [
                Shown("kpi", "KPI", "what was measured"), Shown("was", "Happened", "what was measured"),
                Shown("mean", "Expected", "mean of the worlds; median of a time to recover"),
                Shown("span", "95 % of worlds", "span that was expected to hold it"), Shown("says", "Verdict", "inside the span, below it, above it; or not foreseen"),
            ]  # fmt: skip
            blocks += [Heading("Expected and happened"), Table.of(rows, columns, f"{one.question} In {result.situation}", "happened")]
        columns = [
            Shown("when", "When", "date and time [UTC]"), Shown("by", "By", "who decided"), Shown("question", "Question", "what was asked"),
            Shown("why", "Why", "reason that was given"), Shown("told", "Expected gain", "mean that was expected when it was decided"),
            Shown("same", "Same case", "whether the tables of the case are the same to the last number", write=lambda v: "yes" if v else "no, it has changed"),
        ]  # fmt: skip
        table = result.table()
        table = table.assign(told=["" if g is None or g != g else amount(g, u) for g, u in zip(table["gain"], table["unit"], strict=True)])
        blocks += [Heading("All decisions"), Table.of(table, columns, "Decisions on this case, the oldest first", "decisions")]
        return Answer(f"Decisions: {result.case.name}", blocks, about(result.case), [], result.case)
