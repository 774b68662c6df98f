"""Results of a study as files: tables (CSV) and the scenarios that made them (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from twinkit.study.compare import compare
from twinkit.study.outcome import Outcome
from twinkit.study.scenario import Scenario
from twinkit.tables.cells import escape
from twinkit.tables.replace import replaced_file


def kpi_table(outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """KPIs of all scenarios in one tidy table: scenario, kpi, unit, mean, low, high …"""
    return pd.concat([o.table().assign(scenario=n) for n, o in outcomes.items()], ignore_index=True)


def write_results(folder: str | Path, outcomes: Mapping[str, Outcome], scenarios: list[Scenario]) -> list[Path]:
    """Write KPIs, costs, curves and comparisons of a study to a folder.

    Parameters
    ----------
    folder
        Where to; made if need be.
    outcomes
        Outcome of every scenario; the first is what the others are compared with.
    scenarios
        The scenarios, kept so that the study can be run again.

    Returns
    -------
    list of Path
        The files that were written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    first, *others = outcomes.values()
    tables = {
        "kpis": kpi_table(outcomes),
        "costs": pd.concat([o.cost_table().assign(scenario=n) for n, o in outcomes.items()], ignore_index=True),
        "service": pd.concat([o.curve("service").assign(scenario=n) for n, o in outcomes.items()], ignore_index=True),
    }
    if others:
        tables["comparison"] = pd.concat(
            [compare(first, o).assign(against=first.scenario, scenario=o.scenario) for o in others], ignore_index=True
        )
    written = []
    for name, table in tables.items():
        words = table.select_dtypes(exclude="number").columns
        table = table.assign(**{c: table[c].map(escape) for c in words})
        with replaced_file(place / f"{name}.csv") as new:
            table.to_csv(new, index=False)
        written.append(place / f"{name}.csv")
    recipe = {
        "case": first.plan.case.name, "seed": first.seed, "replications": first.replications,
        "scenarios": [s.to_dict() for s in scenarios],
    }  # fmt: skip
    with replaced_file(place / "scenarios.json") as new:
        new.write_text(json.dumps(recipe, indent=1), encoding="utf-8")
    return [*written, place / "scenarios.json"]
