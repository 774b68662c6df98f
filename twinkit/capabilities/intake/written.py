"""A proposed mapping as the file that a person reads, corrects and accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from twinkit.capabilities.intake.propose import Proposal
from twinkit.tables.problems import listed
from twinkit.tables.schema import TABLES


def toml_of(proposal: Proposal, case: str) -> str:
    """The proposal as a file, every line with its confidence."""
    lines = [
        "# Which column of which extract is which column of the case. Proposed by `twinkit intake`: look at every line,",
        "# correct what is wrong, and write accepted = true. A number behind # is the confidence of the line, from 0 to 1.",
        "",
        f"case = {_value(case)}",
        "accepted = false",
    ]
    if proposal.missing:
        lines += ["", "# Missing:", *(f"#   {sentence}" for sentence in proposal.missing)]
    if proposal.unused:
        lines += ["", f"# Not used: {listed(proposal.unused, 60)}"]
    if proposal.left:
        lines += ["", "# Left out:", *(f"#   {sentence}" for sentence in proposal.left)]
    settings = proposal.data.get("settings", {})
    lines += ["", "[settings]", *(f"{k} = {_value(v)}" for k, v in settings.items())]
    lines += [] if "currency" in settings else ['# currency = "EUR"', '# start_date = "2026-01-01"   # empty: the day after the last order line']
    if rest := [m for m in proposal.currencies if m != settings.get("currency")]:
        lines += ["", f"# [rates]   # what one of each is worth in {settings['currency']}; without it there is no case", *(f"# {m} =" for m in rest)]
    for source in proposal.data.get("source", []):
        lines += ["", f"[[source]]{'   # it has no header: its columns are those that the system has' if 'columns' in source else ''}", *(f"{k} = {_value(v)}" for k, v in source.items())]
    for table, parts in proposal.data.items():
        if table in TABLES:
            for number, part in enumerate(parts, 1):
                lines += ["", *_part_lines(table, number, part, proposal)]
    return "\n".join(lines) + "\n"


def _part_lines(table: str, number: int, part: Mapping[str, Any], proposal: Proposal) -> Iterator[str]:
    sure = proposal.confidence
    whole = sure.get((table, number, ""))
    yield f"[[{table}]]{f'   # {whole[0]:.2f} {whole[1]}' if whole else ''}"
    for key, value in part.items():
        if key not in ("columns", "derive"):
            yield f"{key} = {_value(value)}"
    if "derive" in part:
        yield f"[{table}.derive]"
        yield from (f"{k} = {_value(v)}" for k, v in part["derive"].items())
    yield f"[{table}.columns]"
    for column, rule in part["columns"].items():
        told = sure.get((table, number, column))
        yield f"{column} = {_value(rule)}{f'   # {told[0]:.2f} {told[1]}' if told else '   # assumed: look at it'}"


def _value(value: Any) -> str:
    """A value of TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value).replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{text}"'


def _key(key: Any) -> str:
    return str(key) if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else _value(str(key))
