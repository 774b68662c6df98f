"""twinkit: an open workbench for supply-chain digital twins.

A chain is a folder of tables; see README.md for the rooms of the package.  Names are
imported when they are first used, so ``import twinkit`` is quick.
"""

from __future__ import annotations

from pathlib import Path

from twinkit.lazy import lazy_names, places_in

__version__ = "0.1.0"

_PLACES = places_in(Path(__file__).with_suffix(".pyi"))
"""Public name → module that holds it."""

__all__ = ["__version__", *_PLACES]


__getattr__, __dir__ = lazy_names(__name__, _PLACES)
