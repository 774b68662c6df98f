"""The cases that come with twinkit."""

from __future__ import annotations

from twinkit.content import find_case
from twinkit.tables.case import Case
from twinkit.tables.read import read_case


def example(name: str = "automotive") -> Case:
    """A shipped case, read and checked.

    Parameters
    ----------
    name
        "automotive" (a car maker) or "camera" (Graves & Willems' digital camera).

    Raises
    ------
    FileNotFoundError
        If no shipped case has the name.
    """
    return read_case(find_case(name))
