"""What an app needs beyond the core of twinkit, and what it says where that is not installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from twinkit.tables import CaseError
from twinkit.tables.problems import Problem

MISSING = "This page needs {name}, which is not installed here"
HINT = "Ask whoever runs twinkit to type: pip install 'twinkit[{extra}]', and open the page again."


def missing_extra(module: str, name: str, extra: str) -> list[str]:
    """A sentence about a module that is not installed; none if it is there.

    Parameters
    ----------
    module
        Name of the module.
    name, extra
        What it is called, and the extra of twinkit that brings it.
    """
    try:
        there = find_spec(module) is not None
    except (ImportError, ValueError):
        there = False
    return [] if there else [f"{MISSING.format(name=name)}. {HINT.format(extra=extra)}"]


def saying_so(function: Callable[..., Any], name: str, extra: str) -> Callable[..., Any]:
    """The function; where something is not installed after all, it raises a :class:`CaseError` that says so."""

    def guarded(*args: Any, **more: Any) -> Any:
        try:
            return function(*args, **more)
        except ImportError as error:
            says = MISSING.format(name=name)
            raise CaseError([Problem("", None, "", "", says, HINT.format(extra=extra))]) from error

    return guarded
