"""The words that tables may use, and short ways to declare a column."""

from __future__ import annotations

from twinkit.columns import Column

SITE_KINDS = ("supplier", "plant", "warehouse", "retailer", "port")
POLICIES = (
    "base_stock",
    "s_S",
    "r_Q",
    "r_nQ",
    "days_of_cover",
    "on_demand",
    "echelon_base_stock",
    "anchor_and_adjust",
    "unlimited",
    "none",
)
SOURCING = ("shares", "priority", "fastest", "cheapest")
RATIONING = ("proportional", "priority", "first_come")
MODES = ("sea", "air", "road", "rail", "inland_water", "pipeline", "other")
LEAD_TIMES = ("fixed", "normal", "lognormal", "uniform", "poisson")
DEMANDS = (
    "constant",
    "normal",
    "lognormal",
    "uniform",
    "poisson",
    "negative_binomial",
    "history",
    "resampled",
)
EVENT_KINDS = (
    "outage",
    "capacity_loss",
    "insolvency",
    "yield_loss",
    "quality_hold",
    "stock_destroyed",
    "demand_surge",
    "demand_slump",
    "demand_shift",
    "lead_time_increase",
    "transit_delayed",
    "transit_lost",
    "transit_rerouted",
    "order_pausing",
    "shipment_pausing",
    "transit_pausing",
    "receipt_pausing",
    "orders_unread",
    "price_increase",
    "freight_increase",
    "tariff",
)
ORDER_KINDS = ("shipment", "purchase_order", "production_order", "customer_order")
DURATIONS = ("lognormal", "geometric")
RECOVERIES = ("step", "linear", "concave", "convex")
DISCOUNTS = ("all_units", "incremental")
WHOLE = ("as_case", "yes", "no")
DAY_ORDERS = ("order_after_demand", "order_first", "serve_first")


def name_column(meaning: str, refers: str = "", **more) -> Column:
    """A name, perhaps one of another table."""
    return Column("name", meaning, kind="text", refers=refers, **more)


def word_column(meaning: str, choices: tuple[str, ...], start: str, **more) -> Column:
    """One of some words."""
    return Column("word", meaning, kind="text", choices=choices, start=start, **more)


def flag_column(meaning: str, start: bool, **more) -> Column:
    """Yes or no."""
    return Column("yes/no", meaning, kind="flag", start=start, **more)


def state_column(unit: str, meaning: str, start: float = 0.0) -> Column:
    """A number that changes while a chain runs."""
    return Column(unit, meaning, start=start, state=True)
