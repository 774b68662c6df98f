"""Across a border: tariffs, rules of origin, time, currencies, and whether to enter a country."""

from twinkit.capabilities.border import tables  # noqa: F401  (registers what it declares)
