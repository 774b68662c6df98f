"""The manner of every public study: how it is called, and what its result prints as.

A study takes the name or the folder of a case in place of a case, shows all its keyword
arguments to ``help()``, and answers a misspelt one, or too few worlds, by a sentence.
"""

from __future__ import annotations

import functools
import html
import inspect
import math
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any, ClassVar, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from twinkit.run.arguments import Limits, Number, arguments_of
from twinkit.tables.problems import CaseError, Problem, did_you_mean
from twinkit.tables.read import example

P = ParamSpec("P")
R = TypeVar("R")
KEYWORD, REST = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD
CHAIN = [
    inspect.Parameter("actors", KEYWORD, default=None, annotation="Mapping[str, type[Site]] | None"),
    inspect.Parameter("policies", KEYWORD, default=None, annotation="Mapping[Any, Callable] | None"),
]
"""What ``**chain`` of a study stands for: as for :class:`~twinkit.chain.chain.Chain`."""


def study(function: Callable[P, R], more: Callable[..., Any] | None = None, limits: Mapping[str, Limits] | None = None) -> Callable[P, R]:
    """Let a function be called as every study is.

    Parameters
    ----------
    function
        Takes a case (or the name or folder of one) first; what its ``**rest`` stands for is shown.
    more
        The study that the rest goes to; by default it goes to the chain.
    limits
        Argument → the lowest and the highest number that it may be, both of them allowed.

    Raises
    ------
    TypeError
        When called with an argument that it does not take.
    CaseError
        When called with arguments that are not of their kind, or numbers outside their limits (one says all).
    """
    own = list(inspect.signature(function).parameters.values())
    rest = list(inspect.signature(more).parameters.values()) if more else CHAIN
    taken = {p.name for p in own}
    added = [p.replace(kind=KEYWORD) for p in rest if p.name not in taken and p.kind is not REST] if own[-1].kind is REST else []
    parameters = [p for p in own if p.kind is not REST] + added
    names, first, signature = [p.name for p in parameters], own[0].name, inspect.Signature(parameters)
    allowed = functools.cache(lambda: arguments_of(more or function, [p for p in parameters if p not in own], {}) | arguments_of(function, [p for p in parameters if p in own], limits or {}))

    @functools.wraps(function)
    def called(*args: Any, **given: Any) -> Any:
        unknown = [name for name in given if name not in names]
        if unknown:
            said = " ".join(f"{name!r}: {did_you_mean(name, names, 'nothing is called so.')}" for name in unknown)
            raise TypeError(f"{function.__name__} does not take {said} It takes {', '.join(names)}.")
        bound = signature.bind(*args, **given)
        wrong = {n: p for n, value in bound.arguments.items() if (p := allowed()[n].problem(function.__name__, n, value))}
        if wrong:
            raise CaseError([*wrong.values(), *_other_problems(called, signature, {n: v for n, v in bound.arguments.items() if n not in wrong})])
        for name in (n for n, one in allowed().items() if isinstance(one, Number) and one.whole and isinstance(bound.arguments.get(n), float)):
            bound.arguments[name] = int(bound.arguments[name])
        if isinstance(bound.arguments[first], str | os.PathLike):
            bound.arguments[first] = example(str(bound.arguments[first]))
        return function(*bound.args, **bound.kwargs)

    called.__signature__ = inspect.Signature(parameters, return_annotation=inspect.signature(function).return_annotation)  # type: ignore[attr-defined]
    return called  # type: ignore[return-value]


def _other_problems(study: Callable[..., Any], signature: inspect.Signature, given: Mapping[str, Any]) -> list[Problem]:
    """What else is wrong with how a study is asked: it is asked without the wrong numbers, and cancelled before it begins."""
    missing = [p for p in signature.parameters.values() if p.default is p.empty and p.name not in given]
    if "cancel" not in signature.parameters or missing:
        return []
    stop = Event()
    stop.set()
    try:
        study(**{**given, "cancel": stop})
    except CaseError as error:
        return list(error.problems)
    except Exception:  # cancelled, or something that will be said once the numbers are right
        return []
    return []


def plain(value: Any) -> Any:
    """What JSON can hold: numbers of NumPy become those of Python, what is not finite becomes None; a table is its rows."""
    if isinstance(value, pd.DataFrame):
        return plain(value.astype(object).to_dict("records"))
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Result:
    """A result that prints as a few lines: what it is, what came of it, and where the rest stands."""

    LINES: ClassVar[int] = 4
    """Sentences that it prints."""

    def headline(self) -> str:
        """What it is, in one line."""
        raise NotImplementedError

    def sentences(self) -> Sequence[str]:
        """What a person can repeat in a meeting."""
        return []

    def glance(self) -> pd.DataFrame:
        """A small table for a notebook: here its whole table."""
        return self.table()

    def __repr__(self) -> str:
        said = list(self.sentences())
        left = [f"… {len(said) - self.LINES} more: .sentences()"] if len(said) > self.LINES else []
        return "\n".join([f"<{self.headline()}>", *said[: self.LINES], *left])

    def _repr_html_(self) -> str:
        head, *lines = repr(self).split("\n")
        table = self.glance()
        shown = table.to_html(index=table.index.name is not None, float_format="{:,.4g}".format, border=0)
        return f"<p><b>{html.escape(head[1:-1])}</b></p>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines) + shown

