"""Contracts between the companies of a chain, and the cash that they move."""

from twinkit.capabilities.contracts import tables  # noqa: F401  (registers what it declares)
