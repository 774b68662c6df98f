"""Where to make: candidates, the network of least cost, what it bears."""

from twinkit.capabilities.siting import question, tables  # noqa: F401  (each registers what it declares)
