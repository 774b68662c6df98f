"""What all panels of the workbench look at: the case, its scenarios, and which of them is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets as t

from twinkit.study.scenario import Scenario
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

    def __init__(self, case: Case, source: str | Path = "", **traits: Any) -> None:
        super().__init__(case=case, **{"seed": int(case.settings["seed"]), **traits})
        self.source = str(source)
        if AS_IS not in self.scenarios:
            self.scenarios = {AS_IS: Scenario(AS_IS), **self.scenarios}

    @property
    def scenario(self) -> Scenario:
        """The chosen scenario."""
        return self.scenarios.get(self.chosen) or self.scenarios[AS_IS]

    def opening(self) -> str:
        """Python that comes before the code of a panel: it makes ``case``."""
        if not self.source:
            return "import twinkit\n\n# case: the case that the workbench was opened with"
        where = "example" if self.source in ("automotive", "camera") else "read_case"
        return f"import twinkit\n\ncase = twinkit.{where}({self.source!r})"
