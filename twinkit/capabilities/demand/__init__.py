"""Demand: what will be asked for, how sure that is, and what a better forecast is worth in the chain."""

from twinkit.capabilities.demand import in_chain, shaping, tables  # noqa: F401  (register what they declare)
