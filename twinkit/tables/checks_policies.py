"""Checks of the policies of stocks: each has the parameters that it reads, and no other."""

from __future__ import annotations

import numpy as np

from twinkit.columns import Column
from twinkit.tables.case import default_of
from twinkit.tables.look import Look, among
from twinkit.tables.policy_parameters import parameter_columns
from twinkit.tables.problems import Problem, listed, shown


def _uses(look: Look, policy: str) -> np.ndarray:
    return (look.values("stocks", "policy") == policy) & look.good("stocks", "policy")


def _given(look: Look, name: str, column: Column) -> np.ndarray:
    """Where a parameter differs from what an empty cell means."""
    values, default = look.values("stocks", name), default_of(column)
    if values.dtype.kind == "f":
        return ~np.isnan(values) & (values != default)
    return (values != default) & (values != "")


def parameters_complete(look: Look) -> list[Problem]:
    """A policy has every parameter that it needs."""
    columns = look.columns("stocks")
    problems = []
    for policy, parameters in look.allowed.policies.items():
        uses = _uses(look, policy)
        for name in parameters.required:
            if not uses.any():
                continue
            lacks = uses & _empty(look, name) if name in columns else uses
            says = f"the cell is empty; policy {policy} needs {listed(parameters.required)}"
            lines = look.cells if name in columns else _without_column
            problems += lines("stocks", name, lacks, says, f"Fill in {name}, or choose another policy.")
    return problems


def _empty(look: Look, name: str) -> np.ndarray:
    values = look.values("stocks", name)
    return np.isnan(values) if values.dtype.kind == "f" else values == ""


def _without_column(table: str, name: str, lacks: np.ndarray, says: str, hint: str) -> list[Problem]:
    says = says.replace("the cell is empty", "the column is missing")
    return [Problem(table, 1, name, "", says, hint)] if lacks.any() else []


def parameters_known(look: Look) -> list[Problem]:
    """A policy has no parameter that it does not read."""
    columns = look.columns("stocks")
    problems = []
    for name in parameter_columns(look.allowed.policies):
        if name not in columns:
            continue
        readers = [p for p, parameters in look.allowed.policies.items() if name in parameters.known]
        policies = look.values("stocks", "policy")
        unread = ~among(policies, readers) & look.good("stocks", "policy")

        def says(i: int, policies: np.ndarray = policies, name: str = name) -> str:
            known = look.allowed.policies[policies[i]].known
            return f"is given, but policy {policies[i]} reads {listed(known) if known else 'no parameter'}"

        hint = f"Empty the cell, or choose a policy that reads {name}: {', '.join(readers)}."
        problems += look.cells("stocks", name, unread & _given(look, name, columns[name]), says, hint)
    return problems


def reorder_point_below_level(look: Look) -> list[Problem]:
    """In s,S the reorder point s is not above the order-up-to level S."""
    low, high = look.values("stocks", "reorder_point"), look.values("stocks", "order_up_to")
    wrong = _uses(look, "s_S") & look.good("stocks", "order_up_to") & (low > high)
    return look.cells(
        "stocks",
        "reorder_point",
        wrong,
        lambda i: f"is above the order-up-to level {shown(float(high[i]))}; policy s_S needs s <= S",
        "Lower the reorder point or raise the level.",
    )


def order_quantity_positive(look: Look) -> list[Problem]:
    """In r,Q and r,nQ an order is for something."""
    wrong = (_uses(look, "r_Q") | _uses(look, "r_nQ")) & (look.values("stocks", "order_quantity") <= 0)
    policies = look.values("stocks", "policy")
    says = lambda i: f"is no quantity to order: policy {policies[i]} needs a number above 0"  # noqa: E731
    return look.cells("stocks", "order_quantity", wrong, says, "Write how many units one order is for.")


def one_forecast(look: Look) -> list[Problem]:
    """Days of cover forecasts by moving average or by exponential smoothing, not by both."""
    both = _uses(look, "days_of_cover") & look.good("stocks", "forecast_window")
    both &= ~np.isnan(look.values("stocks", "forecast_window"))
    given = both & ~np.isnan(look.values("stocks", "smoothing"))
    says = "is given beside forecast_window; days_of_cover forecasts in one of the two ways"
    return look.cells("stocks", "smoothing", given, says, "Empty one of the two cells.")


CHECKS = (
    parameters_complete,
    parameters_known,
    reorder_point_below_level,
    order_quantity_positive,
    one_forecast,
)
