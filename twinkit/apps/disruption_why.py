"""Why? The way back from a shortage to its causes, in words and on the map."""

from __future__ import annotations

from typing import Any

from twinkit.apps.canvas import MapCanvas
from twinkit.apps.disruption_model import DisruptionModel
from twinkit.apps.disruption_pictures import Ground
from twinkit.apps.kit.answer import Answer
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.job import Job
from twinkit.run.outcome import Outcome
from twinkit.study.explain import explain
from twinkit.study.explanation import Explanation

WAITING = "Looking for the way back, hop by hop, in the same worlds …"
MOST = 8
"""Places that are listed."""


class Why:
    """Answers "why?" for the outcome that is shown."""

    def __init__(self, model: DisruptionModel, ground: Ground, canvas: MapCanvas | None, guard: Guard) -> None:
        self.model, self.ground, self.map = model, ground, canvas
        self.answer = Answer(lead="Where the missing units went missing, of all that are missing:")
        self.job = Job()
        self.job.on_error = guard.report
        self._asked: Outcome | None = None
        self.job.observe(guard(self.show), ["version", "problems"])
        self.answer.on_msg(guard(self.pressed))
        model.observe(guard(self.close_if_old), "version")

    def ask(self, label: str) -> None:
        """Start to look for the answer.

        Parameters
        ----------
        label
            The number that it is asked of.
        """
        results = self.model.results
        if results is None:
            return
        self._asked = results.measured or results.as_is
        self._asked_of = results.scenario
        with self.answer.hold_sync():
            self.answer.title, self.answer.busy, self.answer.problem = f"Why? {label}", WAITING, ""
        self.job.start(explain, self._asked)

    def show(self, change: Any) -> None:
        """Bring the answer up to the job."""
        ended = change["name"] == "version" or self.job.problems
        if not self.answer.title or not ended:
            return
        found: Explanation = self.job.result
        path = [] if self.job.problems else found.path()
        with self.answer.hold_sync():
            self.answer.busy, self.answer.problem = "", " ".join(self.job.problems)
            self.answer.sentences = found.sentences() if not self.job.problems else []
            self.answer.rows = [[one["site"], float(one["share"])] for one in path if "site" in one][:MOST]
            self.answer.version += 1
        if self.map is not None:
            self.map.path = self.ground.path(path)

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop looking, or close the answer."""
        if content.get("press") == "stop":
            self.job.stop()
        if content.get("press") in ("stop", "close"):
            self.close()

    def close(self) -> None:
        """Take the answer away, also from the map."""
        with self.answer.hold_sync():
            self.answer.title, self.answer.busy, self.answer.sentences, self.answer.rows = "", "", [], []
        if self.map is not None:
            self.map.path = {}

    def close_if_old(self, change: Any = None) -> None:
        """Take away the answer to a question that is not asked any more; more worlds of the same one do no harm."""
        if self.answer.title and self.model.results.scenario != self._asked_of:
            self.job.stop()
            self.close()
