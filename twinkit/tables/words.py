"""The words that tables may use: choices of columns, names of KPIs, and the columns that each policy reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twinkit import rooms
from twinkit.columns import Column

SITE_KINDS = ("supplier", "plant", "warehouse", "retailer", "port")
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


FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
"""What is understood as yes and no in a cell of text, small and capital letters alike."""


def flag_column(meaning: str, start: bool, **more) -> Column:
    """Yes or no."""
    return Column("yes/no", meaning, kind="flag", start=start, **more)


def state_column(unit: str, meaning: str, start: float = 0.0) -> Column:
    """A number that changes while a chain runs."""
    return Column(unit, meaning, start=start, state=True)


# Names of the KPIs that a chain reports and that an objective may aim at.


KPI_NAMES = [
    "fill rate",
    "OTIF",
    "cycle service level",
    "ready rate",
    "backlog",
    "waiting time",
    "lost sales",
    "inventory turns",
    "days of supply",
    "bullwhip ratio",
    "total cost",
    "emissions",
    "depth",
    "time to recover",
    "time below",
    "resilience loss",
    "resilience index",
]
"""Those of rooms come last."""

rooms.KPIS.listen(lambda added: KPI_NAMES.append(added.name) if added.name not in KPI_NAMES else None, KPI_NAMES)


# Which columns of `stocks` each policy reads: the one list of them.
#
# The checks of a case and the policies of a chain both use this table.  A policy of
# your own is made known with an entry of the same kind, passed to
# :func:`twinkit.tables.read_case` as ``policies={**POLICY_PARAMETERS, "mine": Parameters(...)}``.


@dataclass(frozen=True)
class Parameters:
    """Columns of `stocks` that a policy reads.

    Parameters
    ----------
    required
        Columns that a row with the policy must fill in.
    optional
        Columns that it may fill in.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Every column that the policy reads."""
        return self.required + self.optional


_ALL = ("safety_stock", "review_period", "build_up", "build_from", "build_until")

POLICY_PARAMETERS: dict[str, Parameters] = {
    "base_stock": Parameters(("order_up_to",), _ALL),
    "s_S": Parameters(("reorder_point", "order_up_to"), _ALL),
    "r_Q": Parameters(("reorder_point", "order_quantity"), _ALL),
    "r_nQ": Parameters(("reorder_point", "order_quantity"), _ALL),
    "days_of_cover": Parameters(("days_of_cover",), ("forecast_window", "smoothing", "forecast_start", *_ALL)),
    "on_demand": Parameters((), _ALL),
    "echelon_base_stock": Parameters(("order_up_to",), _ALL),
    "anchor_and_adjust": Parameters(
        ("order_up_to", "smoothing", "stock_weight", "supply_line_weight"), ("forecast_start", *_ALL)
    ),
    "unlimited": Parameters(),
    "none": Parameters(),
}
POLICIES = tuple(POLICY_PARAMETERS)
"""Policies that come with twinkit."""

rooms.POLICIES.listen(
    lambda added: POLICY_PARAMETERS.update({added.name: Parameters(added.required, (*added.optional, *_ALL))})
)


def parameter_columns(policies: Mapping[str, Parameters] = POLICY_PARAMETERS) -> tuple[str, ...]:
    """Every column of `stocks` that some policy reads, each once."""
    return tuple(dict.fromkeys(column for p in policies.values() for column in p.known))
