"""What is done when it is first needed: names of a package are imported, what follows from a plan is worked out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def noted(make: Callable[[Any], T]) -> Callable[[Any], T]:
    """A function of a plan that works a thing out once: it stands in the notes of the plan, and is not to be changed."""
    key = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def found(plan: Any) -> T:
        if key not in plan.notes:
            plan.notes[key] = make(plan)
        return plan.notes[key]

    return found


def places_in(stub: Path) -> dict[str, str]:
    """Public name → module that holds it, as the imports of a stub (.pyi) say: what type checkers read is what is imported."""
    found = ast.parse(stub.read_text(encoding="utf-8")).body
    return {alias.name: node.module for node in found if isinstance(node, ast.ImportFrom) and node.module for alias in node.names}


def lazy_names(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package (PEP 562).

    Parameters
    ----------
    package
        Name of the package, for the message.
    places
        Public name → module that holds it.

    Examples
    --------
    >>> get, names = lazy_names("demo", {"sqrt": "math"})
    >>> get("sqrt")(9.0), names()
    (3.0, ['sqrt'])
    """

    def get(name: str) -> Any:
        if name in places:
            return getattr(import_module(places[name]), name)
        raise AttributeError(f"{package} has no {name!r}; it has {', '.join(sorted(places))}")

    return get, lambda: sorted(places)
