"""What ``twinkit run`` does: a case, its events or scenarios, a table on the screen, files if wanted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from twinkit.content import find_case
from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.progress import terminal_progress
from twinkit.run.scenario import Scenario
from twinkit.study.compare import compare
from twinkit.study.words import headline
from twinkit.tables import notes_of, read_case
from twinkit.tables.cells import escape
from twinkit.tables.problems import listed
from twinkit.tables.replace import replaced_file
from twinkit.words import say

# Results of a study as files: tables (CSV) and the scenarios that made them (JSON).


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


def run_command(args: argparse.Namespace) -> int:
    """Run a case and print what came of it.

    Parameters
    ----------
    args
        ``case``, ``events`` (names), ``scenario`` (a file), ``replications``,
        ``periods``, ``seed`` and ``out`` (a folder), as the command line gives them.

    Raises
    ------
    CaseError
        If the case or a scenario has problems.
    """
    case = read_case(find_case(args.case))
    if args.periods:
        case = case.replace(settings={"periods": int(args.periods)})
    for note in notes_of(case):
        say(f"note: {note}", file=sys.stderr)
    scenarios = [Scenario("as it is")]
    if args.events:
        scenarios.append(Scenario(" + ".join(args.events), tuple(args.events)))
    if args.scenario:
        scenarios.append(Scenario.load(args.scenario))
    outcomes = ensemble(case, scenarios, args.replications, seed=args.seed, progress=terminal_progress())
    first, *others = outcomes.values()
    _print(f"{case.settings['title'] or case.name}: {first.replications} worlds, seed {first.seed}", first)
    scheduled = list(dict.fromkeys(first.plan.effects.names))
    if scheduled:
        say("", f"{listed(scheduled, 4)} happen{'s' * (len(scheduled) == 1)} in every world, as the case has it: "
              "name it with --events to see what it does.")  # fmt: skip
    for other in others:
        say("", headline(other))
        _print(f"{other.scenario}, against {first.scenario} on the same luck", other, first)
    if args.out:
        files = write_results(Path(args.out).expanduser(), outcomes, scenarios)
        say("", f"Written: {', '.join(str(f) for f in files)}", file=sys.stderr)
    return 0


def _print(title: str, outcome: Outcome, base: Outcome | None = None) -> None:
    say("", title)
    if base is None:
        table = outcome.table()[["kpi", "unit", "mean", "low", "high", "q05", "median", "q95", "censored"]]
    else:
        table = compare(base, outcome)[["kpi", "unit", "base", "other", "difference", "low", "high", "better", "verdict"]]
    with pd.option_context("display.width", 200, "display.max_columns", None, "display.float_format", "{:,.4g}".format):
        say(*table.to_string(index=False).split("\n"))

