"""What does every combination of some values of levers do?"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pandas as pd

from twinkit.answers import about, scenario_words
from twinkit.levers.levers import levers_of
from twinkit.question import Call, Input, Question, register
from twinkit.questions.what_if import method_of, overview
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.run.verdict import measure_of
from twinkit.show.kpis import change_of, kpi_table
from twinkit.study.asked import scenario_of
from twinkit.study.compare import compare
from twinkit.study.sweep import BASE, Sweep, sweep
from twinkit.words import counted, digits, listed

MOST = 2_000
"""Combinations that are tried at once."""


@register
class SweepQuestion(Question):
    """Every combination of some values of levers, each beside the same worlds with no lever moved."""

    key, title, group, audience, live = "sweep", "Sweep", "For analysts", "analysts", False
    asks = "What does every combination of some values of levers do, on the same luck?"
    kinds = (Sweep,)

    levers = Input("", "from a low end to a high one", title="Lever", start={}, kind="ranges", group="Which levers are moved, and how far")
    steps = Input("", "values of each lever, from its low end to its high one", title="Values of each", start=3, low=2, high=25, kind="whole")

    def known(self) -> dict[str, Any]:
        """Levers of the case."""
        return {one.name: one for one in levers_of(self.ground.case)}

    def options(self, name: str) -> dict[str, str]:
        if name != "levers":
            return super().options(name)
        return {n: f"{one.label}: {'no or yes' if one.flag else f'{digits(one.low)} to {digits(one.high)} {one.unit}'}" for n, one in self.known().items()}

    def values(self) -> dict[str, list[Any]]:
        """Name of a lever → values that are tried."""
        known, found = self.known(), {}
        for name, (low, high) in self.levers.items():
            one = known.get(name)
            if one is None or one.flag:
                found[name] = [False, True]
                continue
            tried = [float(low + round((x - low) / one.step) * one.step) for x in np.linspace(low, high, self.steps)]
            found[name] = list(dict.fromkeys(float(f"{min(x, high):.10g}") for x in tried))
        return found

    def check(self) -> list[str]:
        known = self.known()
        found = [] if self.levers else ["No lever is moved: say which, and from where to where."]
        found += [f"{known[n].label}: {digits(a)} to {digits(b)} is not within {known[n].allowed}." for n, (a, b) in self.levers.items()
                  if n in known and not known[n].flag and not (known[n].low <= a and b <= known[n].high)]  # fmt: skip
        if not found and self.count() > MOST:
            found.append(f"{self.count():,} combinations are too many: try up to {MOST:,}, with fewer levers or fewer values.")
        return found

    def count(self) -> int:
        """Combinations that are tried."""
        return prod(len(v) for v in self.values().values())

    def notes(self) -> list[str]:
        return [] if self.problems() else [f"{counted(self.count(), 'combination')} and the case as it is, {self.ground.replications:,} worlds each."]

    def call(self) -> Call:
        ground = self.ground
        return Call(sweep, case=ground.case, levers=self.values(), events=list(ground.scenario.events) or None,
                    replications=ground.replications, seed=ground.seed)  # fmt: skip

    @classmethod
    def tell(cls, result: Sweep) -> Answer:
        base = result.base
        case, scenario = scenario_of(base)
        told = about(case, Scenario=scenario_words(scenario), Combinations=f"{len(result.combinations):,}", Worlds=f"{base.replications:,}", Seed=base.seed)
        moved = result.combinations
        shown = overview(result.outcomes, {BASE: {}, **moved})
        blocks: list[Block] = [Heading("In short"), *led(_sentences(result)), Heading("Every combination"), _changes(result), shown,
                               *(kpi_table(base, o, caption=f"{n}, against {BASE} on the same luck", name=f"change {n}", on_page=False)
                                 for n, o in result.outcomes.items() if n != BASE)]  # fmt: skip
        title = f"Sweep of {listed(list(next(iter(moved.values()))))}: {case.settings.get('title') or case.name}"
        return Answer(title, blocks, told, method_of(result.outcomes), case)


def _sentences(result: Sweep) -> list[str]:
    base, kpi = result.base, measure_of(result.base.kpis)
    sign = 1 if kpi == "earnings" else -1
    gains = {n: sign * (result.outcomes[n].kpis[kpi] - base.kpis[kpi]) for n in result.combinations}
    best = max(gains, key=lambda n: float(gains[n].mean()))
    row = compare(base, result.outcomes[best]).set_index("kpi").loc[kpi]
    told = f"Of {counted(len(gains), 'combination')} '{best}' does best in {kpi} against {BASE}: {change_of(row, kpi, base.unit_of(kpi))}."
    if float(gains[best].mean()) <= 0:
        return [f"None of {counted(len(gains), 'combination')} does better in {kpi} than {BASE}; the least bad is '{best}': {change_of(row, kpi, base.unit_of(kpi))}."]
    return [told, "The best was chosen after the look, so its figure is a little too good; run it again with another seed to be sure."]


def _changes(result: Sweep) -> Table:
    """A row for each combination: its levers, and what it changes against no lever moved."""
    base = result.base
    kpis = [k for k in dict.fromkeys(("fill rate", "lost sales", "time to recover", measure_of(base.kpis))) if k in base.kpis]
    rows, texts = [], {}
    for name, moved in result.combinations.items():
        found = compare(base, result.outcomes[name]).set_index("kpi")
        row: dict[str, Any] = {"combination": name, **moved}
        for k in kpis:
            row |= {f"{k}: {c}": found.at[k, c] for c in ("difference", "low", "high")}
            texts[name, k] = change_of(found.loc[k], k, base.unit_of(k))
        rows.append(row)
    columns = [Shown("combination", "combination", "levers that are moved, and to where")]
    columns += [Shown(f"{k}: difference", k, "what it changes against no lever moved, world by world, with its 95 % interval", base.unit_of(k),
                      (f"{k}: low", f"{k}: high"), row=lambda row, k=k: texts[row["combination"], k]) for k in kpis]  # fmt: skip
    frame = pd.DataFrame(rows)
    return Table.of(frame, columns, f"What every combination changes against {BASE}, world by world", "combinations")
