"""Which builder makes the report of what, and what all reports have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date as Date
from typing import Any

from twinkit.question import pictures_of, questions, teller_of
from twinkit.report.document import Document
from twinkit.report.method import again, method, program_of
from twinkit.report.several import Findings
from twinkit.report.source import question_of, source_of
from twinkit.result import Answer, Block, Code, Heading
from twinkit.study.asked import cases_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem


def report_of(
    thing: Any, case: Case | None = None, title: str | None = None, note: str = "", *, date: Date | str | None = None
) -> Document:
    """A report of a result.

    Parameters
    ----------
    thing
        An Outcome or a dict of them (the first is what the others are compared with), a Sweep, a
        StressTest, an Explanation, a Recommendation, a Sensitivity or a Scorecard; or
        :class:`~twinkit.report.several.Findings`, several of these by name.
    case
        The case that it was asked of, to be sure: another one is refused.
    title, note
        Title of the report, by default made of what it holds; a remark.
    date
        Date that it bears, by default today; reports of the same inputs at the same date are the
        same to the byte.

    Raises
    ------
    CaseError
        If there is no report of such a thing, or it was not asked of the case.

    Examples
    --------
    >>> import twinkit
    >>> found = twinkit.ensemble(twinkit.example("camera"), twinkit.Scenario("as is"), replications=8)
    >>> report = twinkit.report_of(found, title="Camera", date="2026-01-31")
    >>> report.title, report.about["Worlds"]
    ('Camera', '8')
    """
    built = builder_of(thing)(thing)
    asked = question_of(_plain(thing))
    _require_case(case, cases_of(asked) or [c for c in (built.case,) if c is not None])
    name = title or built.title
    source = source_of(_plain(thing), name, note)
    blocks = [*built.blocks, *pictures_of(thing), *method(built.method, note), *again(asked, source.problem)]
    return Document(name, blocks, built.about, source.data, date)


def _plain(thing: Any) -> Any:
    """The outcomes of a sweep; anything else as it is."""
    return thing.outcomes if type(thing).__name__ == "Sweep" else thing


def builder_of(thing: Any) -> Any:
    """What makes what is particular to the report of a result.

    Raises
    ------
    CaseError
        If there is no report of such a thing.
    """
    kind = type(thing).__name__
    if isinstance(thing, Findings):
        return _several
    if tell := teller_of(thing):
        return tell
    what = "an empty dict" if isinstance(thing, Mapping) and not thing else kind
    known = sorted({k.__name__ for q in questions().values() for k in q.kinds})
    hint = f"Give an Outcome, a dict of them, or one of {', '.join(known)}."
    raise CaseError([Problem("report", None, "", what, "is nothing that a report can be made of", hint)])


DEEPEST = 4
"""Lowest level of a heading."""


def _several(thing: Findings) -> Answer:
    """Several results, each with a heading of its own, and with its code."""
    parts = {name: builder_of(result)(result) for name, result in thing.items()}
    blocks: list[Block] = []
    for name, part in parts.items():
        blocks += [Heading(name), *map(_lower, part.blocks)]
        asked = question_of(thing[name])
        if program := program_of(asked) if asked is not None else "":
            blocks.append(Code(program, caption=f"{name}, from the tables of the case:"))
    first = next(iter(parts.values()))
    shared = {k: v for k, v in first.about.items() if all(p.about.get(k) == v for p in parts.values())}
    sentences = list(dict.fromkeys(line for part in parts.values() for line in part.method))
    title = f"{', '.join(parts)}: {first.title}" if len(parts) < 2 else ", ".join(parts)
    return Answer(title, blocks, shared, sentences, first.case)


def _lower(block: Block) -> Block:
    return replace(block, level=min(block.level + 1, DEEPEST)) if isinstance(block, Heading) else block


def _require_case(case: Case | None, cases: list[Case]) -> None:
    if case is not None and cases and not any(case is c or case == c for c in cases):
        hint = f"It was asked of {cases[0].name}; leave the case out, or ask again."
        raise CaseError([Problem("report", None, "case", case.name, "is not the case that this was asked of", hint)])
