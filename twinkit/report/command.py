"""What ``twinkit report`` and ``twinkit rerun`` do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from twinkit.content import find_case
from twinkit.report.again import rerun
from twinkit.report.builders import report_of
from twinkit.report.document import Document
from twinkit.report.saving import require_writable
from twinkit.study.ensemble import ensemble
from twinkit.study.progress import terminal_progress
from twinkit.study.scenario import Scenario
from twinkit.study.words import headline
from twinkit.tables import read_case

DIFFERENT = 1
"""Exit code of a report that gives other numbers than it says."""


def report_command(args: argparse.Namespace) -> int:
    """Run a case and write a report.

    Parameters
    ----------
    args
        ``case``, ``events`` (names), ``scenario`` (files), ``replications``, ``periods``, ``seed``,
        ``title``, ``note``, ``date`` and ``out`` (a file), as the command line gives them.

    Raises
    ------
    CaseError
        If the case, a scenario or the name of the file has problems; before anything is run.
    """
    path = require_writable(args.out)
    Document("", date=args.date)  # a wrong date is said before anything is run
    case = read_case(find_case(args.case))
    if args.periods:
        case = case.replace(settings={"periods": int(args.periods)})
    scenarios = [Scenario.load(file) for file in args.scenario]
    if args.events or not scenarios:
        scenarios.insert(0, Scenario(" + ".join(args.events) or "as it is", tuple(args.events)))
    outcomes = ensemble(case, scenarios, args.replications, seed=args.seed, progress=terminal_progress())
    document = report_of(outcomes, title=args.title, note=args.note, date=args.date)
    document.save(path)
    for name, outcome in outcomes.items():
        if outcome.events:
            print(headline(outcome, f"In '{name}'"))
    print(f"Written: {path}", file=sys.stderr)
    return 0


def rerun_command(args: argparse.Namespace) -> int:
    """Run a report again, and say whether the numbers are the same.

    Parameters
    ----------
    args
        ``file`` and ``out`` (a file, or None).

    Raises
    ------
    CaseError
        If the file is no report, or `out` cannot be written.
    """
    path = require_writable(args.out) if args.out else None
    found = rerun(Path(args.file).expanduser(), progress=terminal_progress())
    print(f"{found.title}: {found.case.name if found.case is not None else 'no case'}")
    print(*found.sentences(), sep="\n")
    if path is not None:
        found.document().save(path)
        print(f"Written: {path}", file=sys.stderr)
    return 0 if found.same else DIFFERENT
