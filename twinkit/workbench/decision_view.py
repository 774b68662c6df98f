"""View of decisions: who decides and why, earlier decisions, and what has become of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

import pandas as pd
from ipywidgets import VBox

from twinkit.apps.kit.save import Save
from twinkit.apps.kit.table import Table
from twinkit.study.decision import NO_EVENT, DecisionRecord
from twinkit.tables import CaseError
from twinkit.workbench.answers import Asking, Col, field, fill, number, tell, told

RECORDS = [
    Col("when", "When", "date and time [UTC]"), Col("by", "By", "who decided"), Col("question", "Question", "what was asked"),
    Col("why", "Why", "reason that was given"), Col("gain", "Expected gain", "mean that was expected when it was decided", ""),
    Col("same", "Same case", "whether the tables of the case are the same to the last number"),
]  # fmt: skip
BESIDE = [
    Col("kpi", "KPI", "what was measured"), Col("happened", "Happened", "what was measured, in the unit of the KPI", "-"),
    Col("expected", "Expected", "mean of the worlds; median of a time to recover", "-"), Col("span", "95 % of worlds", "span that was expected to hold it"),
    Col("says", "Verdict", "inside the span, below it, above it; or not foreseen"),
]  # fmt: skip


class DecisionView:
    """Keeps decisions and compares earlier ones with what happened.

    Attributes
    ----------
    box
        The widget.
    """

    def __init__(self, panel: Any, guard: Any) -> None:
        self.panel, self.guard = panel, guard
        self.happened: dict[str, float] = {}
        self.form = Asking(label="Decide", testid="decide-form", values={"by": "", "why": "", "question": ""}, buttons=[["keep", "Keep this decision"]],
                         groups=[{"title": "Decide", "fields": [
                             field("by", "name", "Who decides", options=[]), field("why", "name", "Why", options=[]),
                             field("question", "name", "Question (optional)", options=[])]}])  # fmt: skip
        self.said = told([], testid="decide-said")
        self.list = Table(testid="decisions", empty="No decision has been kept for this case yet.")
        self.save = Save(
            self._file,
            offers=[["record", "Save the chosen record", "decision.json"]],
            why="Choose a decision of the list first.",
        )
        self.measure = Asking(label="What happened", testid="happened-form", buttons=[["compare", "Compare"]],
                            values={"situation": NO_EVENT, "kpi": "", "value": None, "said": -1})  # fmt: skip
        self.beside = Table(testid="happened", selectable=False)
        self.later = VBox([self.measure, self.beside])
        self.box = VBox([self.form, self.said, self.list, self.save, self.later])
        self.box.add_class("twb-stack")
        self.later.add_class("twb-stack")
        self._link()
        self.refresh()

    def _link(self) -> None:
        guard = self.guard
        self.form.on_msg(guard(self._pressed))
        self.list.observe(guard(self._chosen), "selected")
        self.measure.on_msg(guard(self._compared))

    def refresh(self, change: Any = None) -> None:
        """List the records that there are."""
        records, problems = self.panel.records()
        case = self.panel.desk.case
        rows = pd.DataFrame([self._row(r, case) for r in records], columns=[c.name for c in RECORDS])
        fill(self.list, rows, RECORDS, "Decisions: choose one to hold it against what happened")
        where = (f"Records are kept beside the case, in {self.panel.place}." if self.panel.place is not None
                 else "This case has no folder of its own, so decisions last as long as this page: save them as files.")  # fmt: skip
        tell(self.said, "", [where, *problems])
        self._chosen(None)

    def _row(self, record: DecisionRecord, case: Any) -> dict[str, Any]:
        gain = next((e for e in record.effect if e.get("what") == "gain"), None)
        told_gain = f"{gain['mean']:,.0f} {gain['unit']}" if gain and gain.get("mean") is not None else ""
        return {"when": record.when.replace("T", " ")[:16], "by": record.by, "question": record.question, "why": record.why,
                "gain": told_gain, "same": "yes" if record.matches(case) else "no, it has changed"}  # fmt: skip

    # --- what people do

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        if content.get("press") == "keep":
            self._task = asyncio.get_running_loop().create_task(self.guard(self.keep)())

    async def keep(self) -> None:
        """Run the chosen scenario once more, beside the page, and keep the record."""
        values = self.form.values
        self.said.busy = True
        tell(self.said, "", ["The outlook is being run …"])
        try:
            record = await asyncio.to_thread(self.panel.decide, values["by"], values["why"], values["question"])
        except ValueError as error:
            tell(self.said, "", [str(error)])
            return
        except OSError as error:
            tell(
                self.said,
                "",
                [f"The record could not be written: {error.strerror or error}. Is the folder of the case writable?"],
            )
            return
        self.panel.keep(record)
        self.refresh()
        tell(self.said, "", [f"Kept as {record.id}."])

    def _record(self) -> DecisionRecord | None:
        records = self.panel.records()[0]
        at = self.list.selected
        return records[at] if 0 <= at < len(records) else None

    def _file(self, name: str) -> bytes:
        record = self._record()
        if record is None:
            raise ValueError("Choose a decision of the list first.")
        return json.dumps(asdict(record), indent=1).encode()

    def _chosen(self, change: Any) -> None:
        record = self._record()
        self.save.why = "" if record else "Choose a decision of the list first."
        self.later.layout.display = None if record else "none"
        self.happened = {}
        if record is None:
            return
        self.save.offers = [["record", "Save the chosen record", f"{record.id}.json"]]
        self._ask(record)
        self.beside.show([], [])

    def _ask(self, record: DecisionRecord) -> None:
        situations = list(dict.fromkeys(r["situation"] for r in record.expected))
        kpis = list(dict.fromkeys(r["kpi"] for r in record.expected))
        said = [f"{k}: {v:g}" for k, v in self.happened.items()]
        self.measure.groups = [{"title": "What happened", "fields": [
            field("situation", "choice", "Situation", options=[[s, s] for s in situations]),
            field("kpi", "choice", "KPI", options=[["", "choose …"], *([k, k] for k in kpis)]),
            number("value", "Measured", low=-1e12, help="in the unit of the KPI; a share as a number from 0 to 1"),
            field("said", "list", "Measured so far", items=said, hidden=not said),
        ]}]  # fmt: skip

    def _compared(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        record, values = self._record(), self.measure.values
        if record is None or content.get("press") != "compare":
            return
        if values["kpi"] and values["value"] is not None:
            self.happened = {**self.happened, values["kpi"]: float(values["value"])}
        if not self.happened:
            tell(self.said, "", ["Choose a KPI and write what was measured."])
            return
        try:
            rows = record.compare_with(self.happened, values["situation"])
        except CaseError as error:
            tell(self.said, "", [p.sentence for p in error.problems])
            return
        rows["span"] = [f"{a:.6g} to {b:.6g}" for a, b in zip(rows["low"], rows["high"], strict=True)]
        fill(self.beside, rows, BESIDE, f"Expected and happened: {values['situation']}")
        self._ask(record)
