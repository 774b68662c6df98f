"""What is at risk, by customer and product: sales, revenue and margin that an event takes, against the same worlds without it.

The rows add up to the totals in every world: lost sales, revenue and lost margin of the run are the sums of their market rows
(:func:`twinkit.run.kpis.by_market`), and so are the differences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.result import Shown, Table
from twinkit.run.kpis import BY_MARKET
from twinkit.run.outcome import Outcome
from twinkit.run.statistics import mean_interval

ALL = "all customers"
"""First cell of the row that holds the sums."""
AT_RISK = "revenue that is not taken by the end of the run because of it, against the same worlds without it: mean of the differences"
MEANS = {
    "lost sales": ("sales lost", "units of demand that are dropped because of it, against the same worlds without it: mean of the differences"),
    "revenue": ("revenue at risk", AT_RISK + "; what is saved by not making it is not taken off"),
    "lost margin": ("lost margin", "margin lost because of it, against the same worlds without it: mean of the differences"),
}
"""What is known of every row → what a person calls it; what it means."""


def taken(now: Mapping[str, np.ndarray], calm: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What an event takes by market row and world: sales, revenue and margin, each above 0 where something is lost.

    Parameters
    ----------
    now, calm
        With the event and without it, as :func:`~twinkit.run.kpis.by_market` gives them; of more worlds than the other has, the first.
    """
    found = {}
    for name in BY_MARKET if now and calm else ():
        worlds = min(now[name].shape[-1], calm[name].shape[-1])
        more = now[name][:, :worlds] - calm[name][:, :worlds]
        found[name] = -more if name == "revenue" else more
    return found


def taken_of(parts: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """The same of the batches of an outcome, in their order."""
    found = [taken(o.by_market, o.calm_by_market) for o in parts]
    return {name: np.concatenate([lost[name] for lost in found], axis=-1) for name in found[0]}


def rows_of(plan: Plan, lost: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """What is lost by customer and product, the largest first; the last row is the sum.

    Parameters
    ----------
    plan
        The case made ready.
    lost
        What :func:`taken` gives.

    Returns
    -------
    DataFrame
        market, product, and of each of "lost sales" [units], "revenue" and "lost margin" [money] the mean with its 95 %
        interval (… low, … high).
    """
    markets = plan.net.markets
    keys = list(zip(markets["market"].astype(str), markets["product"].astype(str), strict=True))
    at = {key: [i for i, k in enumerate(keys) if k == key] for key in dict.fromkeys(keys)}
    rows = []
    for market, product in [*at, (ALL, "")]:
        here = at.get((market, product), range(len(keys)))
        row: dict[str, object] = {"market": market, "product": product}
        for name, values in lost.items():
            row |= dict(zip((name, f"{name} low", f"{name} high"), mean_interval(values[here].sum(axis=0)), strict=True))
        rows.append(row)
    found = pd.DataFrame(rows)
    return pd.concat([found[:-1].sort_values(weighs(found), ascending=False, kind="stable"), found[-1:]], ignore_index=True)


def weighs(rows: pd.DataFrame) -> str:
    """By what the rows are ranked: by revenue, where customers pay anything."""
    return next((name for name in ("revenue", "lost margin") if rows[name].any()), "lost sales")


def worst_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several losses the one that takes most from each customer and product; the last row is that of all customers together.

    Parameters
    ----------
    rows
        What :func:`rows_of` gives of each, with the column target.

    Returns
    -------
    DataFrame
        The rows, and in `targets` how many losses clearly take something.
    """
    by, keys = weighs(rows), ["market", "product"]
    clear = (rows[f"{by} low"] > 0).groupby([rows[k] for k in keys]).sum().rename("targets").reset_index()
    top = rows.loc[rows.groupby(keys)[by].idxmax()].merge(clear, on=keys)
    top = top.assign(target=top["target"].where(top["targets"] > 0, "none clearly"), last=top["market"] == ALL)
    return top.sort_values(["last", by], ascending=[True, False], ignore_index=True).drop(columns="last")


def lost_columns(plan: Plan, hidden: str) -> list[Shown]:
    """The columns of what is lost, of those that a case can lose: revenue where customers pay; a page leaves one out, for want of width."""
    markets, money = plan.net.markets, plan.case.settings["currency"]
    there = {"lost sales": bool(markets["lost_share"].any()), "revenue": bool((markets["price"] > 0).any()), "lost margin": bool(markets["lost_share"].any())}
    return [Shown(name, *MEANS[name], "units" if name == "lost sales" else money, (f"{name} low", f"{name} high"), page=name != hidden)
            for name in BY_MARKET if there[name]]  # fmt: skip


CUSTOMER = (
    Shown("market", "customer and product", "who goes without, and what", row=lambda row: ": ".join(part for part in (row["market"], row["product"]) if part)),
    Shown("product", "product", "what they go without", page=False),
)  # fmt: skip


def at_risk_table(outcome: Outcome, rod: Outcome | None = None, hidden: str = "lost margin") -> list[Table]:
    """What an event puts at risk by customer and product; none where nothing happens or nothing can be lost.

    Parameters
    ----------
    outcome
        With the event.
    rod
        The outcome whose worlds without the event are the measure, where it is another one: without measures.
    hidden
        Which of the figures a page leaves out; the workbook has all.
    """
    lost = taken(outcome.by_market, (rod or outcome).calm_by_market)
    columns = lost_columns(outcome.plan, hidden)
    if not outcome.events or not lost or not columns:
        return []
    return [Table.of(rows_of(outcome.plan, lost), [*CUSTOMER, *columns], "What is at risk, by customer and product; the last row is the sum", "at risk")]
