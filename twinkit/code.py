"""Python for what is asked: literals, cases, scenarios and calls, as a person would write them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np

from twinkit.content import shipped_cases
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case


class Applied(NamedTuple):
    """The case with the changes of a scenario, as an argument: it is made when the study runs."""

    case: Case
    scenario: Scenario


def case_code(case: Case) -> str:
    """Python that reads a case: an example of its name, else a folder of its name."""
    return f"case = twinkit.{'example' if case.name in shipped_cases() else 'read_case'}({case.name!r})"


WIDTH = 100
"""Longest line [characters]."""


def literal(value: Any, indent: int = 0) -> str:
    """Python that gives back plain data, and what studies take: cases, scenarios, risks, prices.

    Examples
    --------
    >>> literal({"a": (1, 0.1), "b": [float("nan")]})
    "{'a': (1, 0.1), 'b': [float('nan')]}"
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Applied):
        return f"{scenario_code(value.scenario, indent)}.apply(case)"
    if isinstance(value, Case):
        return "case"
    if isinstance(value, Scenario):
        return scenario_code(value, indent)
    if is_dataclass(value) and not isinstance(value, type):
        given = [f"{f.name}={literal(getattr(value, f.name), indent + 4)}" for f in fields(value)
                 if (own := getattr(value, f.name)) is not None and own != f.default and (own == own or f.default == f.default)]  # fmt: skip
        return call(f"twinkit.{type(value).__name__}", *given, indent=indent)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, Mapping):
        return _listing("{", [f"{literal(k)}: {literal(v, indent + 4)}" for k, v in value.items()], "}", indent)
    if isinstance(value, tuple):
        return _listing("(", [literal(v, indent + 4) for v in value], ",)" if len(value) == 1 else ")", indent)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _listing("[", [literal(v, indent + 4) for v in value], "]", indent)
    return repr(value)


def _listing(start: str, parts: list[str], end: str, indent: int) -> str:
    flat = start + ", ".join(parts) + end
    if len(flat) + indent <= WIDTH and "\n" not in flat:
        return flat
    pad = " " * (indent + 4)
    return start + "\n" + "".join(f"{pad}{part},\n" for part in parts) + " " * indent + end.lstrip(",")


def call(function: str, *arguments: str, indent: int = 0) -> str:
    """A call of a function with arguments that are Python already, broken over lines where it is long."""
    return _listing(f"{function}(", list(arguments), ")", indent)


def scenario_code(scenario: Scenario, indent: int = 0) -> str:
    """Python that makes a scenario.

    Examples
    --------
    >>> print(scenario_code(Scenario("fire", ("Naka fab fire 2021",), {"second_source": 0.4})))
    twinkit.Scenario('fire', events=('Naka fab fire 2021',), levers={'second_source': 0.4})
    """
    inner = indent + 4
    more = []
    if scenario.events:
        more.append(f"events={literal(tuple(_plain(e) for e in scenario.events), inner)}")
    if scenario.levers:
        more.append(f"levers={literal(dict(scenario.levers), inner)}")
    if scenario.since:
        more.append(f"since={scenario.since!r}")
    return call("twinkit.Scenario", repr(scenario.name), *more, indent=indent)


def _plain(event: str | Mapping[str, Any]) -> Any:
    return event if isinstance(event, str) else dict(event)
