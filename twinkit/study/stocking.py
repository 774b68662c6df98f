"""Where a case should keep its safety stock: the guaranteed-service model on its tables.

Every stock is a stage of :func:`twinkit.inventory.guaranteed_service`: its time is the lead
time of the lane or recipe that fills it, its cost what lane, recipe and purchase add, its
demand that of the markets down the chain.  A stock that orders ``on_demand`` keeps nothing
of its own: it passes on.  Unlimited sources deliver at once.

Five things to know.  A random lead time counts with the mean that comes about: without overtaking it is longer
than stated (:func:`twinkit.tables.checks_notes.realised_lead_time`).  Where sites or lanes are closed on
some days, a time is the longest that an order takes in any week; what is asked of a closed site waits
until it opens, whatever is in stock.  A season or a trend counts
with the mean demand of the run.  A lead time is lengthened by an information delay, by a
review period less one, and by what the order of a day's steps adds
(:func:`twinkit.study.stocking_stages.day_adds`).  Demand beyond `z` standard deviations is
late, or lost, in a simulated chain: the model does not say by how much, and where several
stages keep stock, each may be late in its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from twinkit.chain.network import Network, network_of
from twinkit.inventory.arguments import zero_or_more
from twinkit.inventory.guaranteed_service import guaranteed_service
from twinkit.inventory.service_stages import Derived, Stage, check_stages, derive
from twinkit.run.public import study
from twinkit.study.stocking_stages import refuse, stages_of
from twinkit.tables import POLICY_PARAMETERS, CaseError, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem
from twinkit.tables.words import parameter_columns


@dataclass(frozen=True)
class StockingPlan:
    """Where safety stock should be kept.

    Attributes
    ----------
    table
        One row for each stock: site, product, keeps_stock; time, service_time_in,
        service_time_out and net_time [periods]; mean and sd of the demand that reaches it
        [units/period]; safety_stock and order_up_to [units]; holding_cost
        [money/unit/year]; cost [money/year].
    cost
        Cost of all safety stock [money/year].
    z
        Standard deviations of demand up to which service is guaranteed [-].
    """

    table: pd.DataFrame
    cost: float
    z: float

    def stocked(self, case: Case) -> Case:
        """The case with base stocks at the levels of the plan; on hand and review stay as they are.

        Raises
        ------
        CaseError
            If the case does not have a stock of the plan.
        """
        stocks = case["stocks"].copy()
        rows = {key: i for i, key in enumerate(zip(stocks["site"], stocks["product"], strict=True))}
        kept = self.table[self.table["keeps_stock"]]
        missing = [k for k in zip(kept["site"], kept["product"], strict=True) if k not in rows]
        if missing:
            raise CaseError([Problem("stocks", None, "", f"{s} | {p}", "is no stock of the case") for s, p in missing])
        at = [rows[k] for k in zip(kept["site"], kept["product"], strict=True)]
        level = kept["order_up_to"].to_numpy()
        whole = case.whole(kept["product"])
        stocks.loc[at, "policy"] = "base_stock"
        unread = [c for c in parameter_columns() if c not in POLICY_PARAMETERS["base_stock"].known]
        stocks.loc[at, unread] = np.nan
        stocks.loc[at, "order_up_to"] = np.where(whole, np.ceil(level - 1e-9), level)
        stocks.loc[at, "safety_stock"] = 0.0
        return case.replace(stocks=stocks)


def _with_holding(case: Case, net: Network, stages: dict[int, Stage], known: Derived, rate: float | None):
    """Stages with the cost of keeping a unit for a year: a rate of its cost (or value), or the table's."""
    worth = case["products"].set_index("product")["value"]
    year = 365.0 / case.settings["period_days"]
    found, problems = {}, []
    for row, stage in stages.items():
        if rate is None:
            cost = float(net.stocks["holding_cost"].iat[row]) * year
        else:
            cost = rate * (known.cost[stage.name] or float(worth[net.stocks["product"].iat[row]]))
        if cost <= 0 and stage.keeps_stock:
            says = "has no cost of keeping it, so any amount of safety stock would be as good"
            problems.append(Problem("stocks", None, "holding_cost", stage.name, says, "Give one, or a holding_rate."))
        found[row] = replace(stage, holding_cost=cost)
    refuse(problems)
    return found


def _checked(stages: dict[int, Stage]) -> Derived:
    try:
        check_stages(list(stages.values()))
    except ValueError as error:
        hint = "The guaranteed-service model needs a tree of stocks: between two of them, one way."
        raise CaseError([Problem("", None, "", "", f"the network does not fit: {error}", hint)]) from error
    return derive(list(stages.values()))


@study
def stocking_plan(
    case: Case,
    service_times: Mapping[str, float] | None = None,
    *,
    service_level: float = 0.95,
    z: float | None = None,
    holding_rate: float | None = None,
) -> StockingPlan:
    """Where to keep safety stock, at the least cost of keeping it (Graves & Willems 2000).

    Parameters
    ----------
    case
        A case whose stocks, recipes and lanes make a tree.
    service_times
        Site or market → longest service time that it may quote [periods].  A market that is
        not named is served at once; a site that is not named may quote any.
    service_level
        Probability with which demand stays within its bound, from which z follows [share].
    z
        Standard deviations of demand up to which service is guaranteed, in place of
        `service_level` [-].
    holding_rate
        Cost of keeping stock for a year as a share of its cumulative cost (of its value,
        where there is no cost), in place of the holding costs of the table [share/year].

    Raises
    ------
    CaseError
        If the network is no tree, or something else does not fit; all problems at once.

    Examples
    --------
    >>> import twinkit
    >>> plan = stocking_plan(twinkit.example("camera"), {"Customers": 5}, z=1.645, holding_rate=0.24)
    >>> round(plan.cost, 1)
    71475.8
    """
    require_sound(case)
    if not 0.5 <= service_level < 1:
        raise ValueError(f"service_level = {service_level!r}: must be from 0.5 to below 1")
    zero_or_more(**{k: v for k, v in {"z": z, "holding_rate": holding_rate}.items() if v is not None})
    z = float(norm.ppf(service_level)) if z is None else float(z)
    net = case.derived(network_of)
    stages = stages_of(case, service_times)
    known = _checked(stages)
    stages = _with_holding(case, net, stages, known, holding_rate)
    try:
        plan = guaranteed_service(list(stages.values()), z=z)
    except ValueError as error:
        raise CaseError([Problem("service_times", None, "", "", str(error))]) from error
    rows = []
    for row, stage in stages.items():
        found = plan.stages[stage.name]
        rows.append((
            net.stocks["site"].iat[row], net.stocks["product"].iat[row], stage.keeps_stock, stage.time,
            found.inbound_time, found.service_time, found.net_time, known.mean[stage.name], known.sd[stage.name],
            found.safety_stock, found.base_stock, stage.holding_cost, found.cost,
        ))  # fmt: skip
    return StockingPlan(pd.DataFrame(rows, columns=[
        "site", "product", "keeps_stock", "time", "service_time_in", "service_time_out", "net_time", "mean", "sd",
        "safety_stock", "order_up_to", "holding_cost", "cost",
    ]), float(plan.cost), z)  # fmt: skip
