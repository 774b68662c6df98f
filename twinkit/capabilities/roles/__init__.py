"""Views of one run for several disciplines."""

from twinkit.capabilities.roles import tables  # noqa: F401  (registers what it declares)
