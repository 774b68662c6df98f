"""Before or after the order: options, decoupling points, kanban, promises, cash."""

from twinkit.capabilities.to_order import question, tables  # noqa: F401  (each registers what it declares)
