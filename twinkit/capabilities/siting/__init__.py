"""Where to make: candidates, the network of least cost, what it bears."""

from twinkit.capabilities.siting import tables  # noqa: F401  (registers what it declares)
