"""Which builder makes the report of what, and what all reports have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date as Date
from typing import Any

from twinkit.code import call, case_code, literal
from twinkit.question import more_of, questions, teller_of
from twinkit.report.document import Document
from twinkit.report.kept import SEVERAL, Findings, question_of, source_of
from twinkit.result import Answer, Block, Code, Heading, Points, Text
from twinkit.study.asked import Asked, cases_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case, case_fingerprint
from twinkit.tables.problems import Problem

# --- what every report ends with: how it was worked out, and how to do it again


OTHER = "these are not the tables of the report (edits that were not saved, or a later version): run it from its file with twinkit.rerun"
"""What the program of a report says where the folder holds other tables than it was made of."""
LONGEST_CODE = 6_000
"""Characters of a program that a report shows."""


def method(sentences: Sequence[str], note: str = "") -> list[Block]:
    """The section that says how it was worked out.

    Parameters
    ----------
    sentences
        What is particular to the study.
    note
        A remark of the person who made the report.
    """
    told = [
        *sentences,
        "Intervals are 95 % intervals of a mean (Student's t) or of a share (Wilson). They say how far the number of worlds "
        "leaves the result open, not whether the case is right.",
        "The definition of every figure is in the glossary. The case, the question and the luck are in this file.",
    ]
    blocks: list[Block] = [Heading("How it was worked out"), Points(told)]
    return [*blocks, Heading("Remark", 3), Text(note)] if note else blocks


def again(asked: Asked | None, problem: str) -> list[Block]:
    """The section that says how to do it again.

    Parameters
    ----------
    asked
        What was asked.
    problem
        Why the file alone is not enough, or "".
    """
    if problem or asked is None:
        blocks: list[Block] = [Heading("Do it again"), Text(problem, "warning")]
    else:
        text = 'import twinkit\n\nagain = twinkit.rerun("this-report.html")  # or the .pdf, .xlsx or .zip\n'
        text += 'print(*again.sentences(), sep="\\n")  # are the numbers the same?\nagain.result'
        blocks = [Heading("Do it again"), Code(text, caption="From this file, on any computer with twinkit:")]
    program = program_of(asked) if asked is not None else ""
    return [*blocks, Code(program, caption="From the tables of the case:")] if program else blocks


def program_of(asked: Asked) -> str:
    """Lines of Python that ask the same question of the case; "" where they would be too long, or are several."""
    if asked.function == SEVERAL:
        return ""  # each result has its own
    arguments = dict(asked.arguments)
    if asked.function == "outcomes":
        runs = arguments["runs"]
        same = len({(id(r["case"]), r["seed"], r["replications"]) for r in runs}) == 1
        if not same or runs[0]["first"]:
            return ""
        body = call("twinkit.ensemble", *_given({"case": runs[0]["case"], "scenarios": [r["scenario"] for r in runs],
                    "replications": runs[0]["replications"], "seed": runs[0]["seed"]}))  # fmt: skip
    else:
        body = call(f"twinkit.{asked.function}", *_given(arguments))
    cases = cases_of(asked)
    if len(cases) != 1:
        return ""
    text = (
        "import twinkit\nfrom twinkit.tables.case import case_fingerprint\n\n"
        f"{case_code(cases[0])}\n"
        f"if case_fingerprint(case) != {case_fingerprint(cases[0])!r}:\n    raise ValueError({OTHER!r})\n"
        f"found = {body}"
    )
    return text if len(text) <= LONGEST_CODE else ""


def _given(arguments: dict[str, Any]) -> list[str]:
    return [f"{name}={_literal(value)}" for name, value in arguments.items()]


def _literal(value: Any) -> str:
    """A value as Python writes it; an outcome that was given is run again."""
    if isinstance(value, Asked) and value.function == "outcomes":
        run = value.arguments["runs"][0]
        more = {"case": run["case"], "scenarios": run["scenario"], "replications": run["replications"], "seed": run["seed"]}
        return f"{call('twinkit.ensemble', *_given(more), indent=4)}[{run['scenario'].name!r}]"
    return literal(value, 4)


# --- which builder


def report_of(
    thing: Any, case: Case | None = None, title: str | None = None, note: str = "", *, date: Date | str | None = None
) -> Document:
    """A report of a result.

    Parameters
    ----------
    thing
        An Outcome or a dict of them (the first is what the others are compared with), a Sweep, a
        StressTest, an Explanation, a Recommendation, a Sensitivity or a Scorecard; or
        :class:`~twinkit.report.kept.Findings`, several of these by name.
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
    blocks = [*built.blocks, *more_of(thing, built.case), *method(built.method, note), *again(asked, source.problem)]
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
        blocks += [Heading(name), *(replace(b, level=min(b.level + 1, DEEPEST)) if isinstance(b, Heading) else b for b in part.blocks)]
        asked = question_of(thing[name])
        if program := program_of(asked) if asked is not None else "":
            blocks.append(Code(program, caption=f"{name}, from the tables of the case:"))
    first = next(iter(parts.values()))
    shared = {k: v for k, v in first.about.items() if all(p.about.get(k) == v for p in parts.values())}
    sentences = list(dict.fromkeys(line for part in parts.values() for line in part.method))
    title = f"{', '.join(parts)}: {first.title}" if len(parts) < 2 else ", ".join(parts)
    return Answer(title, blocks, shared, sentences, first.case)


def _require_case(case: Case | None, cases: list[Case]) -> None:
    if case is not None and cases and not any(case is c or case == c for c in cases):
        hint = f"It was asked of {cases[0].name}; leave the case out, or ask again."
        raise CaseError([Problem("report", None, "case", case.name, "is not the case that this was asked of", hint)])
