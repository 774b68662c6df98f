"""What every report ends with: how it was worked out, and how to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twinkit.code import call, case_code, literal
from twinkit.result import Block, Code, Heading, Points, Text
from twinkit.study.asked import Asked, cases_of
from twinkit.study.decision import case_fingerprint

SEVERAL = "several"
"""What was asked for several results: their questions by name."""
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
        "import twinkit\nfrom twinkit.study.decision import case_fingerprint\n\n"
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
