"""What ``twinkit run`` does: a case, its events or scenarios, a table on the screen, files if wanted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from twinkit.content import find_case
from twinkit.study.compare import compare
from twinkit.study.ensemble import ensemble
from twinkit.study.files import write_results
from twinkit.study.outcome import Outcome
from twinkit.study.progress import terminal_progress
from twinkit.study.scenario import Scenario
from twinkit.study.words import headline
from twinkit.tables import notes_of, read_case
from twinkit.tables.problems import listed
from twinkit.words import say


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
