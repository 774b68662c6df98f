"""A shop whose best protection against a strike is known by hand."""

from __future__ import annotations

from study.small import shop

from twinkit.tables.case import Case

DAYS = 40
MARGIN = 500.0
"""Lost with each unit [money]."""


def corner_shop(**more) -> Case:
    """Ten units a day, all that is missed is lost; the source two days away strikes for four days.

    The shop gets on each day what it sold two days before, so the strike leaves it without ten
    units on each of four days: a loss of 4 × 10 × 500 = 20,000.  A day of safety stock saves
    a quarter of it and costs 10 × 0.5 × 365 = 1,825 a year to keep; a fifth day saves nothing.
    """
    case = shop(demand=[10] * DAYS, on_hand=20.0, order_up_to=20.0, lost=1.0)
    lanes = case["lanes"].assign(shipment_cost=0.0, holding_cost=0.0, start_in_transit=float("nan"))
    stocks = case["stocks"].assign(on_hand=float("nan"), order_up_to=[float("nan"), 20.0])
    events = [
        {"event": "strike", "kind": "outage", "site": "source", "start": 10, "duration": 4, "scheduled": False},
        {"event": "fire", "kind": "outage", "site": "shop", "start": 12, "duration": 2, "scheduled": False},
    ]
    return case.replace(
        lanes=lanes, stocks=stocks, markets=case["markets"].assign(lost_margin=MARGIN), events=events, **more
    )


def busy_shop() -> Case:
    """The same with random demand, so that luck matters, and with two days of stock that bear it without a strike."""
    case = corner_shop()
    case = case.replace(stocks=case["stocks"].assign(order_up_to=[float("nan"), 40.0]))
    return case.replace(markets=case["markets"].assign(demand="poisson", mean=10.0), history=case["history"][:0])
