"""The bullwhip effect of forecasting."""

from __future__ import annotations

from twinkit.inventory.arguments import above_zero, between, whole


def bullwhip_lower_bound(lead_time: float, window: int, correlation: float = 0.0) -> float:
    """Least Var(orders) / Var(demand) of order-up-to levels from a moving average [-].

    ``1 + (2 L / p + 2 L² / p²) (1 - ρᵖ)``; equality without a safety factor (Chen, Drezner,
    Ryan & Simchi-Levi 2000).  Demand is ``d(t) = μ + ρ d(t - 1) + ε``, the level
    is L × the mean of the last p demands, and orders may be negative.

    Parameters
    ----------
    lead_time
        L, with the review period in it [periods].
    window
        Length of the moving average p [periods].
    correlation
        ρ of demand in successive periods, above -1 and below 1 [-].

    Examples
    --------
    >>> round(bullwhip_lower_bound(2, 5), 4)
    2.12
    >>> round(bullwhip_lower_bound(2, 10, 0.5), 6)
    1.479531
    """
    above_zero(lead_time=lead_time)
    whole(1, window=window)
    between(-1.0, 1.0, correlation=correlation)
    if abs(correlation) == 1.0:
        raise ValueError(f"correlation = {correlation!r}: must be above -1 and below 1")
    share = lead_time / window
    return 1 + (2 * share + 2 * share * share) * (1 - correlation**window)
