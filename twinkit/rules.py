"""Rules: pure functions on numbers or arrays.

Every function here works for one number, for a row of worlds or for all the rows
of a kind at once, and the compiled day calls the very same text: there is no
second version of a formula.  Quantities are in units, times in periods.
"""

from __future__ import annotations

from numpy import ceil, floor, maximum, minimum

DUST = 1e-9
"""Differences below this are rounding, not units: a position of 8 + 1e-15 is at 8."""


def inventory_position(on_hand, on_order, backlog, required=0.0):
    """Inventory position [units]: what is here or coming, less what is promised.

    ``on_hand + on_order - backlog - required`` (Snyder & Shen 2019, sec. 4.2.1).

    Parameters
    ----------
    on_hand, on_order, backlog, required
        Stock, outstanding orders, units owed, units that production still needs [units].

    Examples
    --------
    >>> inventory_position(20, 10, 4)
    26.0
    """
    return on_hand + on_order - backlog - required


def order_up_to(position, level):
    """Order of a base-stock policy [units]: raise the position to the level.

    Snyder & Shen (2019), sec. 4.3.

    Examples
    --------
    >>> float(order_up_to(26.0, 40.0)), float(order_up_to(50.0, 40.0))
    (14.0, 0.0)
    """
    return maximum(level - position, 0.0)


def order_s_S(position, reorder_point, level):
    """Order of an (s, S) policy [units]: at or below s, raise the position to S.

    Snyder & Shen (2019), sec. 4.4.

    Examples
    --------
    >>> float(order_s_S(8.0, 8.0, 20.0)), float(order_s_S(9.0, 8.0, 20.0))
    (12.0, 0.0)
    """
    return (position <= reorder_point + DUST) * maximum(level - position, 0.0)


def order_r_Q(position, reorder_point, quantity):
    """Order of an (r, Q) policy [units]: at or below r, one lot of Q.

    Snyder & Shen (2019), sec. 5.1.

    Examples
    --------
    >>> float(order_r_Q(15.0, 15.0, 25.0))
    25.0
    """
    return (position <= reorder_point + DUST) * quantity


def order_r_nQ(position, reorder_point, quantity):
    """Order of an (r, nQ) policy [units]: at or below r, as few lots of Q as raise the position above r.

    Hadley & Whitin (1963), sec. 5-3; Axsäter (2006), sec. 3.2.3.

    Examples
    --------
    >>> float(order_r_nQ(15.0, 15.0, 25.0)), float(order_r_nQ(-20.0, 15.0, 25.0)), float(order_r_nQ(16.0, 15.0, 25.0))
    (25.0, 50.0, 0.0)
    """
    short = reorder_point + DUST - position
    return (short >= 0.0) * (floor(short / quantity) + 1.0) * quantity


def lot(units, minimum_order, order_multiple):
    """What a source takes as an order [units]: at least the smallest order, and a multiple of the pack.

    Parameters
    ----------
    units
        Units wanted [units]; nothing wanted is nothing ordered.
    minimum_order, order_multiple
        Smallest order, and pack of which so many are ordered; 0 = any [units].

    Examples
    --------
    >>> float(lot(3.0, 20.0, 8.0)), float(lot(32.0, 20.0, 8.0)), float(lot(0.0, 20.0, 0.0)), float(lot(3.0, 2.0, 0.0))
    (24.0, 32.0, 0.0, 3.0)
    """
    wanted = (units > DUST) * maximum(units, minimum_order)
    return ceil(wanted / order_multiple - DUST) * order_multiple if order_multiple > 0.0 else wanted


def cover_level(forecast, protection, days_of_cover, safety_stock=0.0):
    """Order-up-to level of days of cover [units].

    ``forecast * (protection + days_of_cover) + safety_stock``.

    Parameters
    ----------
    forecast
        Forecast demand [units/period].
    protection
        Periods that an order must last until the next one can arrive [periods].
    days_of_cover
        Further periods of demand to be covered [periods].
    safety_stock
        Units on top [units].

    Examples
    --------
    >>> cover_level(10.0, 4, 3, 5.0)
    75.0
    """
    return forecast * (protection + days_of_cover) + safety_stock


def smoothed(forecast, demand, weight):
    """Exponential smoothing [units/period]: ``weight * demand + (1 - weight) * forecast``.

    Examples
    --------
    >>> smoothed(4.0, 8.0, 0.25)
    5.0
    """
    return weight * demand + (1.0 - weight) * forecast


def anchor_and_adjust(forecast, goal, net_stock, supply_line, stock_weight, supply_line_weight):
    """Order of the anchoring-and-adjustment heuristic [units].

    ``max(0, L + α (S′ - S - β SL))`` (Sterman 1989, eq. 9).

    Parameters
    ----------
    forecast
        Expected loss L [units/period].
    goal
        Desired stock and supply line S′ [units].
    net_stock, supply_line
        On hand less backlog S; ordered and not received SL [units].
    stock_weight, supply_line_weight
        α and β [share].

    Examples
    --------
    >>> float(anchor_and_adjust(4.0, 28.0, 8.0, 16.0, 1.0, 1.0))
    8.0
    """
    return maximum(0.0, forecast + stock_weight * (goal - net_stock - supply_line_weight * supply_line))


def served_at_once(sent, backlog_before):
    """Units of today's demand served today [units]; old backlog is served first.

    Examples
    --------
    >>> float(served_at_once(10.0, 4.0))
    6.0
    """
    return maximum(sent - backlog_before, 0.0)


def recovered_share(progress, curve):
    """Share of the lost capacity that is back at a point of the way back.

    Parameters
    ----------
    progress
        Time since the way back began over its length, 0 to 1 [share].
    curve
        0 step (all at the end of the duration), 1 linear, 2 concave (fast, then
        slow), 3 convex (slow, then fast).

    Examples
    --------
    >>> [float(recovered_share(0.5, c)) for c in range(4)]
    [1.0, 0.5, 0.75, 0.25]
    """
    if curve == 0:
        return 1.0 + 0.0 * progress
    p = minimum(maximum(progress, 0.0), 1.0)
    if curve == 1:
        return p
    if curve == 2:
        return 1.0 - (1.0 - p) * (1.0 - p)
    return p * p
