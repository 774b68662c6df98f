"""The report of several results: each with a heading of its own, and with its code."""

from __future__ import annotations

from dataclasses import replace

from twinkit.report.builders import builder_of
from twinkit.report.method import program_of
from twinkit.report.several import Findings
from twinkit.report.source import question_of
from twinkit.result import Answer, Block, Code, Heading

DEEPEST = 4
"""Lowest level of a heading."""


def built(thing: Findings) -> Answer:
    """What is particular to the report of several results.

    Parameters
    ----------
    thing
        Results by name.
    """
    parts = {name: builder_of(result)(result) for name, result in thing.items()}
    blocks: list[Block] = []
    for name, part in parts.items():
        blocks += [Heading(name), *map(_lower, part.blocks)]
        asked = question_of(thing[name])
        if program := program_of(asked) if asked is not None else "":
            blocks.append(Code(program, caption=f"{name}, from the tables of the case:"))
    first = next(iter(parts.values()))
    about = {k: v for k, v in first.about.items() if all(p.about.get(k) == v for p in parts.values())}
    method = list(dict.fromkeys(line for part in parts.values() for line in part.method))
    return Answer(
        f"{', '.join(parts)}: {first.title}" if len(parts) < 2 else ", ".join(parts), blocks, about, method, first.case
    )


def _lower(block: Block) -> Block:
    return replace(block, level=min(block.level + 1, DEEPEST)) if isinstance(block, Heading) else block
