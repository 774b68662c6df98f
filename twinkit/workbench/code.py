"""Python for what is asked for on the page: literals that give back the same values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from twinkit.study.scenario import Scenario

WIDTH = 100
"""Longest line [characters]."""


def literal(value: Any, indent: int = 0) -> str:
    """Python that gives back plain data: numbers, texts, None, lists, tuples and dicts of them.

    Examples
    --------
    >>> literal({"a": (1, 0.1), "b": [float("nan")]})
    "{'a': (1, 0.1), 'b': [float('nan')]}"
    """
    if isinstance(value, np.generic):
        value = value.item()
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


def scenarios_code(scenarios: Sequence[Scenario]) -> str:
    """Python that makes a list of scenarios."""
    return _listing("[", [scenario_code(s, 4) for s in scenarios], "]", 0)


def _plain(event: str | Mapping[str, Any]) -> Any:
    return event if isinstance(event, str) else dict(event)
