"""Keeping a decision: who decides and why, and the record beside the case or as a file to take away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipywidgets import VBox

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form, Save, Told
from twinkit.study.decision import DecisionRecord, keep

KEPT = "Kept beside the case as {name}."
NOT_KEPT = "This case cannot be written beside, so the decision is a file of yours: keep it with the case."
NOTHING = "Available once there is an answer."


class Keeper:
    """A form for a decision.

    Parameters
    ----------
    found
        Gives the recommendation that is decided on, or None.
    place
        Folder or workbook of the case; None where it cannot be written beside.
    guard
        Who catches errors of callbacks.
    form
        Kind of the form.

    Attributes
    ----------
    box
        The widget.
    records
        What was decided here and could not be kept beside the case.
    """

    def __init__(self, found: Callable[[], Any], place: Path | None, guard: Guard, form: type[Form] = Form) -> None:
        self.found, self.place = found, place
        self.records: list[DecisionRecord] = []
        fields = [{"name": name, "type": "name", "label": label, "options": []} for name, label in (("by", "Who decides?"), ("reason", "Why?"))]
        self.form = form(groups=[{"title": "Keep this decision", "fields": fields}], values={"by": "", "reason": ""},
                         label="The decision", testid="decision")  # fmt: skip
        self.save = Save(self.file, offers=[["decision", "Keep the decision", "decision.json"]], testid="keep")
        self.told = Told(testid="kept", here="advice")
        self._path: Path | None = None
        self.save.observe(guard(self._done), "busy")
        self.box = VBox([self.form, self.save, self.told])
        self.refresh()

    def refresh(self) -> None:
        """Say whether there is anything to decide on."""
        self.save.why = NOTHING if self.found() is None else ""

    def file(self, name: str) -> bytes:
        """Keep the decision; called in a thread, since what is expected of it is simulated."""
        values = self.form.values
        record, self._path = keep(self.found(), str(values.get("by", "")), str(values.get("reason", "")), self.place)
        if self._path is None:
            self.records.append(record)
        return record.to_bytes()

    def _done(self, change: Any) -> None:
        """Say where the decision is."""
        if not change["new"] and not self.save.failure:
            path = self._path
            self.told.tell("", [KEPT.format(name=f"{path.parent.name}/{path.name}") if path else NOT_KEPT])
