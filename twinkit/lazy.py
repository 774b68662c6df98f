"""Names of a package that are imported when they are first used, so that importing it is quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


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
