"""What every report ends with: how it was worked out, and how to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twinkit import __version__
from twinkit.report.blocks import Block, Code, Heading, Points, Text
from twinkit.study.asked import Asked
from twinkit.study.decision import case_fingerprint
from twinkit.study.scenario import Scenario
from twinkit.tables.case import Case
from twinkit.tables.problems import shown

SEVERAL = "several"
"""What was asked for several results: their questions by name."""
LONGEST_CODE = 6_000
"""Characters of a program that a report shows."""


def about(case: Case | None, **more: Any) -> dict[str, str]:
    """What a report says of itself at the top.

    Parameters
    ----------
    case
        The case.
    **more
        Name → value of what else there is to say; "_" stands for a space.
    """
    found = {}
    if case is not None:
        title = str(case.settings.get("title") or "")
        found["Case"] = f"{title} ({case.name})" if title and title != case.name else case.name
        found["Fingerprint of the case"] = case_fingerprint(case)
    found |= {name.replace("_", " "): str(value) for name, value in more.items() if value not in (None, "")}
    return {**found, "Made with": f"twinkit {__version__}"}


def scenario_words(scenario: Scenario) -> str:
    """A scenario in words: its name, its events and its levers."""
    events = [e if isinstance(e, str) else str(e.get("event", "an event of one's own")) for e in scenario.events]
    levers = [f"{k} = {shown(v)}" for k, v in scenario.levers.items()]
    since = [f"from period {scenario.since} on"] if scenario.since and levers else []
    told = "; ".join(
        part for part in ("events: " + ", ".join(events) if events else "no event", *levers, *since) if part
    )
    return f"{scenario.name} ({told})"


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


def worlds_words(seed: int, first: int, replications: int) -> str:
    """Which worlds were run, and on which luck."""
    which = f"worlds {first} to {first + replications - 1}" if replications > 1 else f"world {first}"
    return f"Run in {replications:,} world{'s' if replications > 1 else ''} ({which}) with seed {seed}."


SAME_LUCK = (
    "Same luck: a world draws the same demand, delays and yields in every scenario, with the events and without. A difference "
    "between two scenarios is therefore taken world by world, and is due to what differs between them."
)
CENSORED = 'A time that was not over when the run ended is censored: it is shown as "> x" and is in no mean.'


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
    """Lines of Python that ask the same question of the case; "" where they would be too long."""
    named: list[Case] = []
    if asked.function == SEVERAL:
        return ""  # each result has its own
    if asked.function == "outcomes":
        runs = asked.arguments["runs"]
        same = len({(id(r["case"]), r["seed"], r["replications"]) for r in runs}) == 1
        if not same or runs[0]["first"]:
            return ""
        call = {"case": runs[0]["case"], "scenarios": [r["scenario"] for r in runs],
                "replications": runs[0]["replications"], "seed": runs[0]["seed"]}  # fmt: skip
        body = _call("ensemble", call, named)
    else:
        body = _call(asked.function, asked.arguments, named)
    head = ["import twinkit", ""]
    head += [
        f"{_case_name(i, named)} = twinkit.read_case({c.name!r})  # fingerprint {case_fingerprint(c)}"
        for i, c in enumerate(named)
    ]
    text = "\n".join([*head, f"found = {body}"])
    return text if len(text) <= LONGEST_CODE else ""


def _case_name(i: int, named: list[Case]) -> str:
    return "case" if len(named) == 1 else f"case_{i + 1}"


def _call(function: str, arguments: dict[str, Any], named: list[Case]) -> str:
    lines = [f"    {name}={_literal(value, named)}," for name, value in arguments.items()]
    return "\n".join([f"twinkit.{function}(", *lines, ")"])


def _literal(value: Any, named: list[Case]) -> str:
    """A value as Python writes it; words of this package by their names."""
    if isinstance(value, Case):
        if not any(value is c for c in named):
            named.append(value)
        return "case" if len(named) == 1 else f"case_{next(i for i, c in enumerate(named) if c is value) + 1}"
    if isinstance(value, Asked) and value.function == "outcomes":
        run = value.arguments["runs"][0]
        call = {
            "case": run["case"],
            "scenarios": run["scenario"],
            "replications": run["replications"],
            "seed": run["seed"],
        }
        parts = ", ".join(f"{k}={_literal(v, named)}" for k, v in call.items())
        return f"twinkit.ensemble({parts})[{run['scenario'].name!r}]"
    if isinstance(value, Scenario):
        more = "".join(
            f", {k}={v!r}"
            for k, v in (("events", value.events), ("levers", dict(value.levers)), ("since", value.since))
            if v
        )
        return f"twinkit.Scenario({value.name!r}{more})"
    if isinstance(value, list) and any(isinstance(v, Scenario) for v in value):
        return "[\n" + "".join(f"        {_literal(v, named)},\n" for v in value) + "    ]"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(v, named) for v in value) + "]"
    if type(value).__name__ in ("Risk", "Price"):
        return (
            repr(value).replace("Price(", "twinkit.Price(").replace("nan", 'float("nan")')
            if type(value).__name__ == "Price"
            else f"twinkit.{value!r}"
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_literal(v, named)}" for k, v in value.items()) + "}"
    return repr(value)
