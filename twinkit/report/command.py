"""What ``twinkit ask``, ``twinkit report`` and ``twinkit rerun`` do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twinkit.content import find_case
from twinkit.question import Input, Plain, Question, more_of, question_of, questions
from twinkit.report.again import rerun
from twinkit.report.builders import report_of
from twinkit.report.document import Document
from twinkit.report.saving import require_writable
from twinkit.run.ensemble import ensemble
from twinkit.run.progress import terminal_progress
from twinkit.run.scenario import Scenario
from twinkit.study.words import headline
from twinkit.tables import read_case
from twinkit.tables.problems import Problem, did_you_mean, listed, refuse
from twinkit.words import say

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
            say(headline(outcome, f"In '{name}'"))
    say(f"Written: {path}", file=sys.stderr)
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
    say(f"{found.title}: {found.case.name if found.case is not None else 'no case'}")
    say(*found.sentences())
    if path is not None:
        found.document().save(path)
        say(f"Written: {path}", file=sys.stderr)
    return 0 if found.same else DIFFERENT


def ask_command(args: argparse.Namespace) -> int:
    """Ask a question of a case, and print or write the answer; without a case say what it asks for.

    Parameters
    ----------
    args
        ``question`` (or None: list them), ``case`` (or None), ``inputs`` (texts ``name=value``), ``events``,
        ``scenario`` (files; the first is looked at), ``replications``, ``seed`` and ``out`` (a file, or None).

    Raises
    ------
    CaseError
        If there is no such question, or the case or an input has problems; before anything is run.
    """
    if args.question is None:
        say(*(f"{key:14} {q.asks}" for key, q in questions().items()))
        return 0
    question = question_of(args.question)
    if args.case is None:
        say(question.asks, *(_described(name, one) for name, one in question.asked_for().items()))
        return 0
    path = require_writable(args.out) if args.out else None
    case = read_case(find_case(args.case))
    scenarios = [Scenario.load(file) for file in args.scenario]
    if args.events or not scenarios:
        scenarios.insert(0, Scenario(" + ".join(args.events) or "as it is", tuple(args.events)))
    ground = Plain(case, scenarios[0], args.replications, args.seed)
    ground.scenarios = {s.name: s for s in scenarios}
    asking = question(ground, **_given(question, args.inputs))
    result = asking.run(progress=terminal_progress())
    if path is None:
        answer = question.tell(result)
        answer.blocks.extend(more_of(result, case))
        say(*(note for note in asking.notes() if note not in str(answer)), *str(answer).split("\n"))
        return 0
    report_of(result, note=" ".join(asking.notes())).save(path)
    say(f"Written: {path}", file=sys.stderr)
    return 0


def _described(name: str, one: Input) -> str:
    unit = f" [{one.unit}]" if one.unit else ""
    usual = "" if one.start in (None, "", [], {}) else f" (usually {one.start})"
    return f"  {name}=…{unit} {one.meaning}; {one.allowed}{usual}"


def _given(question: type[Question], texts: Sequence[str]) -> dict[str, Any]:
    """Inputs by name, or all that is wrong with their texts."""
    found, problems, known = {}, [], question.asked_for()
    for text in texts:
        name, sign, value = text.partition("=")
        if name not in known or not sign:
            hint = did_you_mean(name, list(known), f"{question.title} asks for {listed(list(known), 20)}: write NAME=VALUE.")
            problems.append(Problem("ask", None, "input", text, "is nothing that this question asks for", hint))
            continue
        try:
            found[name] = known[name].read_text(value)
        except ValueError as error:
            problems.append(Problem("ask", None, name, value, "cannot be read", str(error)))
    refuse(problems)
    return found
