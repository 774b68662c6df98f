"""Across a border: tariffs, rules of origin, time, currencies, and whether to enter a country."""

from twinkit.capabilities.border import question, tables  # noqa: F401  (each registers what it declares)
