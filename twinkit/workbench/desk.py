"""What all panels of the workbench look at: the case, its scenarios, and which of them is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets as t

from twinkit.content import shipped_cases
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

AS_IS = "as it is"
"""Name of the scenario without events and moved levers; every desk has it."""


class Desk(t.HasTraits):
    """The shared state of a workbench.

    Attributes
    ----------
    source
        Where the case was read from: a path, the name of a shipped example, or "" for a
        case that was made in Python.
    """

    case = t.Any(help="the checked case that studies run on; replaced as a whole when it is edited")
    scenarios = t.Dict(help="name of a scenario → Scenario, in the order in which they are shown")
    chosen = t.Unicode(AS_IS, help="name of the scenario that the panels look at")
    replications = t.Int(256, min=1, help="worlds of each scenario")
    seed = t.Int(help="seed of all chance")
    about = t.Dict(help="name of a scenario → dict of id, note, author, created, changed (see scenario_list)")
    edits = t.Unicode(help="Python that changes the case as it was read into the one that is edited; '' if none")
    found = t.Dict(help="key of a panel → the panel, once it has a result")
    studies = t.Int(0, help="how many studies of the panels have come to their end")
    mended = t.Bool(False, help="whether the case on the disk has problems that were mended here")
    caution = t.Unicode(help="sentence for every panel, such as that studies use the last sound case; '' if none")

    def __init__(self, case: Case, source: str | Path = "", **traits: Any) -> None:
        first = {name: int(case.settings[name]) for name in ("seed", "replications")}
        super().__init__(case=case, **{**first, **traits})
        self.source = str(source)
        self.journal: Any = None  # what keeps the moves: set by twinkit.workbench.journal
        if AS_IS not in self.scenarios:
            self.scenarios = {AS_IS: Scenario(AS_IS), **self.scenarios}

    @property
    def scenario(self) -> Scenario:
        """The chosen scenario."""
        return self.scenarios.get(self.chosen) or self.scenarios[AS_IS]

    def opening(self) -> str:
        """Python that comes before the code of a panel: it makes ``case``."""
        if self.mended and self.edits:
            made = "# the case on the disk has problems, which were mended here"
        elif not self.source:
            made = "# case: the case that the workbench was opened with"
        else:
            where = "example" if self.source in shipped_cases() else "read_case"
            made = f"case = twinkit.{where}({self.source!r})"
        return "\n".join(["import twinkit", "", made, *([self.edits] if self.edits else [])])
