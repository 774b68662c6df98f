"""What the arguments of a study may be, by its annotations; what cannot be is answered by a sentence."""

from __future__ import annotations

import builtins
import inspect
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.tables.problems import Problem, shown

Limits = tuple[float, float]
LEAST = {"seed": 0, "replications": 1, "worlds": 1}
"""Lowest that arguments of these names may be in all studies."""
WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "yes or no (True, False)", "PathLike": "path", "Callable": "function"}
"""Kind of an argument → what it is called."""


UNIONS = (typing.Union, types.UnionType)


class _Anything:
    """Stands for a name that is there for type checkers alone."""

    def __class_getitem__(cls, _: Any) -> type:
        return cls


class _Names(dict):
    """Names that annotations use."""

    def __missing__(self, name: str) -> Any:
        return globals().get(name) or getattr(builtins, name, _Anything)


def kinds_of(function: Callable[..., Any], parameters: Sequence[inspect.Parameter]) -> dict[str, Any]:
    """Argument → its annotation, worked out."""
    names = _Names(getattr(inspect.unwrap(function), "__globals__", {}))
    return {p.name: eval(p.annotation, {}, names) if isinstance(p.annotation, str) else p.annotation for p in parameters}  # of our own code


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the kind that an annotation says; any list, array or column stands for a sequence."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in UNIONS:
        return any(fits(value, k) for k in inner)
    if kind in (Any, _Anything):
        return True
    if kind in (None, type(None)):
        return value is None
    if kind in (int, float):
        return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    base = origin or kind
    if not isinstance(base, type):
        return True
    if base is type:
        return isinstance(value, type)
    if base is Callable:
        return callable(value)
    if issubclass(base, Mapping):
        return isinstance(value, Mapping) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items() if inner)
    if issubclass(base, Iterable) and base is not str:
        several = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        return several and (isinstance(value, typing.Iterator) or all(fits(v, inner[0]) for v in value if inner))
    return isinstance(value, base)


def called(kind: Any) -> str:
    """An annotation in words."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in UNIONS:
        return " or ".join(dict.fromkeys(called(k) for k in inner if k is not type(None)))
    base = origin or kind
    name = getattr(base, "__name__", "anything")
    if isinstance(base, type) and issubclass(base, Mapping):
        return f"a dictionary {{{': '.join(_several(k) for k in inner)}}}" if inner and inner[0] is not Any else "a dictionary"
    if isinstance(base, type) and issubclass(base, Iterable) and base is not str:
        return ("a list" if not inner or inner[0] is Any else f"a list, each of it {called(inner[0])}" if typing.get_origin(inner[0]) in UNIONS
                else f"a list of {_several(inner[0])}")  # fmt: skip
    if name in WORDS:
        return WORDS[name] if name in ("str", "bool") else f"a {WORDS[name]}"
    return f"a {'twinkit.' * (getattr(base, '__module__', '').split('.')[0] == 'twinkit')}{name}"


def _several(kind: Any) -> str:
    return "anything" if kind is Any else called(kind).removeprefix("a ")


@dataclass(frozen=True)
class Number:
    """What an argument that is a number may be."""

    whole: bool
    empty: bool
    low: float
    high: float
    limited: bool

    def problem(self, study: str, name: str, value: Any) -> Problem | None:
        """Why it cannot be a value; None if it can."""
        if value is None and self.empty:
            return None
        number = fits(value, float) and not math.isnan(value)
        if number and self.low <= value <= self.high and (not self.whole or value == value // 1) and not (self.limited and math.isinf(value)):
            return None
        kind = "a whole number" if self.whole else "a number"
        ends = {(True, True): "", (False, True): f" of {self.low:g} or more", (True, False): f" of {self.high:g} or less"}
        said = ends.get((math.isinf(self.low), math.isinf(self.high)), f" from {self.low:g} to {self.high:g}")
        return Problem(study, None, name, shown(value), f"must be {kind}{said}", "Leave it out for the usual one." if self.empty else "")


@dataclass(frozen=True)
class Kind:
    """What any other argument may be."""

    kind: Any

    def problem(self, study: str, name: str, value: Any) -> Problem | None:
        """Why it cannot be a value; None if it can."""
        if fits(value, self.kind):
            return None
        either = typing.get_args(self.kind) if typing.get_origin(self.kind) in UNIONS else (self.kind,)
        for kind in either if isinstance(value, list | tuple) else ():  # one of several is wrong: that one is named
            if len(inner := typing.get_args(kind)) == 1 and fits([], kind):
                return Kind(inner[0]).problem(study, name, next(v for v in value if not fits(v, inner[0])))
        hint = f"Put it into brackets: [{value!r}]." if isinstance(value, str) and fits([value], self.kind) else ""
        return Problem(study, None, name, shown(value) or type(value).__name__, f"must be {called(self.kind)}", hint)


def arguments_of(function: Callable[..., Any], parameters: Sequence[inspect.Parameter], limits: Mapping[str, Limits]) -> dict[str, Number | Kind]:
    """Argument → what it may be: a seed is 0 or more, and a study runs in 1 world or more."""
    found: dict[str, Number | Kind] = {}
    for name, kind in kinds_of(function, parameters).items():
        kinds = set(typing.get_args(kind)) if typing.get_origin(kind) in UNIONS else {kind}
        if kinds & {int, float} and kinds <= {int, float, type(None)}:
            low, high = limits.get(name, (LEAST.get(name, -math.inf), math.inf))
            found[name] = Number(float not in kinds, type(None) in kinds, low, high, name in limits)
        else:
            found[name] = Kind(kind)
    return found
