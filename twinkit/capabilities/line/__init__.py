"""Production lines: laws, buffers, bottlenecks, effectiveness."""

from twinkit.capabilities.line import coupling, levers, tables  # noqa: F401  (registers what they declare)
