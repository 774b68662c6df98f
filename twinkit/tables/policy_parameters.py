"""Which columns of `stocks` each policy reads: the one list of them.

The checks of a case and the policies of a chain both use this table.  A policy of
your own is made known with an entry of the same kind, passed to
:func:`twinkit.tables.read_case` as ``policies={**POLICY_PARAMETERS, "mine": Parameters(...)}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twinkit import rooms


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

rooms.POLICIES.listen(
    lambda added: POLICY_PARAMETERS.update({added.name: Parameters(added.required, (*added.optional, *_ALL))})
)


def parameter_columns(policies: Mapping[str, Parameters] = POLICY_PARAMETERS) -> tuple[str, ...]:
    """Every column of `stocks` that some policy reads, each once."""
    return tuple(dict.fromkeys(column for p in policies.values() for column in p.known))
