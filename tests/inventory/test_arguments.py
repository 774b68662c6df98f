"""Bad arguments are refused in a sentence: which argument, which value, what is allowed."""

from __future__ import annotations

import re

import pytest

from twinkit import inventory


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda i: i.newsvendor_normal(-1, 0, 50, 8), "holding_cost = -1, stockout_cost = 0: must be a number above 0"),
        (lambda i: i.newsvendor_normal(1, 4, 50, -8), "sd = -8: must be a number of 0 or more"),
        (lambda i: i.newsvendor_poisson(1, 4, float("nan")), "mean = nan"),
        (lambda i: i.base_stock_normal(1, 4, 50, 8, -1), "lead_time = -1"),
        (lambda i: i.eoq(8, 0, 1300), "holding_cost = 0"),
        (lambda i: i.eoq_cost(0, 8, 1, 1300), "quantity = 0.0"),
        (lambda i: i.epq(4, 0.08, 80, 70), "production_rate = 70: must be above demand_rate = 80"),
        (lambda i: i.all_units_discount(8, 0.3, 1300, [0, 400], [0.75]), "2 breakpoints and 1 unit_costs"),
        (lambda i: i.all_units_discount(8, 0.3, 1300, [5, 400], [0.75, 0.7]), "must begin with 0"),
        (lambda i: i.incremental_discount(8, 0.3, 1300, [0, 400], [0.7, 0.75]), "must not grow"),
        (lambda i: i.r_Q_poisson_cost(3, 0, 20, 150, 100, 1.5, 2), "quantity = 0: must be a whole number of 1"),
        (lambda i: i.r_Q_poisson_cost(3.5, 2, 20, 150, 100, 1.5, 2), "reorder_point = 3.5: must be a whole number"),
        (lambda i: i.s_S_poisson_cost(4, 4, 1, 4, 5, 6), "reorder_point = 4: must be below level = 4"),
        (lambda i: i.serial_normal([4, 7], 37, [1, 1], 5, 1), "holding_costs = [4, 7]: must not grow"),
        (lambda i: i.serial_poisson([4, 2], 37, [1], 5), "2 holding_costs and 1 lead_times"),
        (lambda i: i.serial_poisson_cost([9], [4, 2], 37, [1, 1], 5), "1 echelon_levels"),
        (lambda i: i.lost_sales_poisson_cost(12, 1, 4, 5, 0.5), "lead_time = 0.5: must be a whole number"),
        (lambda i: i.lost_sales_poisson_cost(400, 1, 4, 90, 3), "the Markov chain has"),
        (lambda i: i.serial_normal_cost([float("inf")], [1], 3, [1], 5, 1), "echelon_levels[0] = inf: must be a finite number"),
        (lambda i: i.supply_disruptions(0.25, 3, 2000, 0.04, 1.25), "recovery_probability = 1.25: must be above 0"),
        (lambda i: i.bullwhip_lower_bound(2, 5, 1.5), "correlation = 1.5: must be from -1 to 1"),
        (lambda i: i.bullwhip_lower_bound(2, 2.5), "window = 2.5: must be a whole number of 1"),
        (lambda i: i.guaranteed_service([i.Stage("a", 200_000, demand_sd=1.0)], 0.2), "the longest way to a add up to 200,000 periods"),
        (lambda i: i.guaranteed_service([i.Stage("a", 1, demand_sd=1.0)], -0.2), "holding_rate = -0.2"),
    ],
)  # fmt: skip
def test_refused(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call(inventory)


def test_the_page_of_the_room_lists_every_function():
    text = inventory.__doc__
    rows = "".join(line for line in text.splitlines() if "  " in line)
    functions = [n for n in inventory.__all__ if n[0].islower() or n.startswith(("r_Q", "s_S"))]
    assert functions
    for name in functions:
        stem = re.sub(r"_(normal|poisson)(_cost)?$|_cost$", "", name)
        assert stem in rows, f"{name} is not in the docstring of twinkit.inventory"
    assert inventory.__all__ == sorted(inventory.__all__)
    assert all(hasattr(inventory, name) for name in inventory.__all__)
