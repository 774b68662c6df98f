"""Production lines: laws, buffers, bottlenecks, effectiveness."""

from twinkit.capabilities.line import tables  # noqa: F401  (registers what it declares)
