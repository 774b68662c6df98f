"""Hazards: how often what may happen to the sites of a place happens, as a default that says where it comes from."""

from twinkit.capabilities.hazards import tables  # noqa: F401  (registers what it declares)
