"""Roadmaps: steps, their order, and what they are worth."""

from twinkit.capabilities.roadmap import tables  # noqa: F401  (registers what it declares)
