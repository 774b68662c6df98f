"""Trace: lots and where they are, EPCIS events, recalls, and records that can be checked."""

from twinkit.capabilities.trace import tables  # noqa: F401  (registers what it declares)
