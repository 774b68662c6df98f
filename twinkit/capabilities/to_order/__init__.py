"""Before or after the order: options, decoupling points, kanban, promises, cash."""

from twinkit.capabilities.to_order import tables  # noqa: F401  (registers what it declares)
