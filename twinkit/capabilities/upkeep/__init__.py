"""Upkeep: how long parts last, and when to replace or repair."""

from twinkit.capabilities.upkeep import tables  # noqa: F401  (registers what it declares)
