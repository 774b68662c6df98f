"""Relief: who gets help first, what waiting costs, and where to keep what will be needed."""

from twinkit.capabilities.relief import tables  # noqa: F401  (registers what it declares)
