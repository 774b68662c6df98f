"""Figures that follow from others, set right after a branch into another case.

What a stock owes, has on order and still needs is the sum over its lanes, recipes and
markets; when some of them are gone or others have come, the sum changes with them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twinkit.chain.balance import _by_product, _sum, goods_now, imbalance
from twinkit.chain.carry import Move
from twinkit.chain.chance import geometric, uniform
from twinkit.chain.effects import Effects
from twinkit.chain.kept import row_keys
from twinkit.chain.layout import CL, EV, LN, RC, RP, SP, ST, TOTALS_STOCK
from twinkit.chain.occurrences import last_period
from twinkit.chain.plan import Plan
from twinkit.chain.trouble import event_length

if TYPE_CHECKING:
    from twinkit.chain.chain import Chain


def mend(move: Move) -> None:
    """Set right what follows from the rows that a chain now has."""
    _mend_sums(move)
    _mend_variances(move)
    _mend_balance(move)
    _carry_begun(move)


def _sums(plan: Plan, claim, lane, recipe, recipe_n) -> dict[int, np.ndarray]:
    """Backlog, on order and required of every stock as the sums that they are, shape (stocks, replications)."""
    net, shape = plan.net, (len(plan.net.stocks), claim.shape[2])
    backlog, on_order, required = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(backlog, np.concatenate([net.lane_origin, net.market_stock]), claim[CL.backlog])
    np.add.at(on_order, net.lane_destination, lane[LN.lane_on_order])
    good = (recipe[RC.in_work] + recipe[RC.to_make]) * recipe_n[RP.yield_rate][:, None]
    np.add.at(on_order, net.recipe_stock, good)
    np.add.at(required, net.part_stock, recipe[RC.to_make][net.part_recipe] * net.part_qty[:, None])
    return {ST.backlog: backlog, ST.on_order: on_order, ST.required: required}


def _mend_sums(move: Move) -> None:
    """Add to the sums of every stock what other rows change in them; nothing changes a byte where they are the same."""
    past, w, match = move.past, move.chain.world, move.match["stocks"]
    before = _sums(move.old, past["claim"], past["lane"], past["recipe"], past["recipe_n"])
    after = _sums(move.chain.plan, w.claim, w.lane, w.recipe, w.recipe_n)
    for column, sums in after.items():
        change = sums.copy()
        change[match.new] -= before[column][match.old]
        w.stock[column] = np.where(change == 0.0, w.stock[column], np.maximum(w.stock[column] + change, 0.0))


def _mend_variances(move: Move) -> None:
    """Sums about the mean flow of the old case become sums about that of the new one."""
    w, match = move.chain.world, move.match["stocks"]
    step = move.past["stock_n"][SP.rate, match.old] - w.stock_n[SP.rate, match.new]
    rows = np.flatnonzero(step != 0.0)
    n = max(0, move.period - int(move.old.case.settings["warm_up"]))
    step, at = step[rows][:, None], match.new[rows]
    for first, second in (("ordered", "ordered_sq"), ("incoming", "incoming_sq")):
        total = w.total_stock[getattr(TOTALS_STOCK, first), at]
        w.total_stock[getattr(TOTALS_STOCK, second), at] += 2 * step * total + n * step * step
        w.total_stock[getattr(TOTALS_STOCK, first), at] += n * step


def _flows(chain: Chain | SimpleNamespace) -> pd.DataFrame:
    """What :func:`~twinkit.chain.balance.imbalance` makes of the totals alone, by product and world [units]."""
    return imbalance(chain, goods_now(chain))


def _past_chain(move: Move) -> SimpleNamespace:
    """The chain of the snapshot as far as the balance of goods looks at it."""
    net = move.old.net
    world = SimpleNamespace(**move.past, lane_origin=net.lane_origin, market_stock=net.market_stock)
    work = move.snapshot["start"][1]
    return SimpleNamespace(world=world, plan=move.old, case=move.old.case, _work_at_start=work)


def _mend_balance(move: Move) -> None:
    """Count goods of new rows as goods at the start, so that the balance shows what the move itself loses."""
    chain, (goods, work), recipes = move.chain, move.snapshot["start"], move.match["recipes"]
    chain._work_at_start = np.zeros_like(chain._work_at_start)
    chain._work_at_start[recipes.new] = work[recipes.old]
    if _same_goods(move.old, chain.plan):
        chain._goods_at_start = goods
    elif chain.case.settings["warm_up"]:  # no balance is asked for
        chain._goods_at_start = goods_now(chain)
    elif move.old.case.settings["warm_up"]:  # the past was not counted
        chain._goods_at_start = _sum([goods_now(chain), _flows(chain)])
    else:
        came, gone = _unshared(move)
        chain._goods_at_start = _sum([goods, came, -gone, _flows(chain), -_flows(_past_chain(move))])


def _same_goods(old: Plan, new: Plan) -> bool:
    """Whether two plans have the same rows, and the same totals mean the same goods."""
    a, b = old.net, new.net
    return a is b or (
        all(row_keys(old, table) == row_keys(new, table) for table in ("stocks", "lanes", "recipes", "markets"))
        and all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("part_recipe", "part_stock", "part_qty"))
        and np.array_equal(a.stocks["policy"] == "unlimited", b.stocks["policy"] == "unlimited")
        and old.case.settings["warm_up"] == new.case.settings["warm_up"]
    )


def _unshared(move: Move) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Goods in rows that only the new plan has, and in rows that only the old plan had, by product."""
    stocks, chain = move.match["stocks"], move.chain
    new = np.ones(len(chain.plan.net.stocks), bool)
    new[stocks.new] = False
    came = chain.world.stock[ST.on_hand] * new[:, None]
    gone = []
    for table, (held, _) in goods_in_rows(move).items():
        held = held.copy()
        held[move.match[table].old] = 0.0
        gone.append(_by_product(getattr(move.old.net, table)["product"], held))
    return _by_product(chain.plan.net.stocks["product"], came), _sum(gone)


def goods_in_rows(move: Move) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Goods in every row of a snapshot, shape (rows, replications), and which rows truly hold them, by table.

    An unlimited stock holds none: its `on_hand` is only a number.
    """
    past, n = move.past, move.old.net
    lane = past["lane"]
    moving = lane[LN.in_transit] + lane[LN.at_door] + lane[LN.held]
    limited = (n.stocks["policy"] != "unlimited").to_numpy(bool)
    return {
        "stocks": (past["stock"][ST.on_hand], limited),
        "lanes": (moving, np.ones(len(moving), bool)),
        "recipes": (past["recipe"][RC.in_work], np.ones(past["recipe"].shape[1], bool)),
    }


def _carry_begun(move: Move) -> None:
    """Events that have begun go on as the luck of the past left them; others begin by the luck from now on."""
    w, plan, old, past = move.chain.world, move.chain.plan.effects, move.old.effects, move.past
    drawn = w.event_start.copy()
    for i in range(len(plan.names)):
        j = _counterpart(plan, i, old)
        begun = past["event_start"][j] < move.period if j >= 0 else np.zeros(w.event_start.shape[1], bool)
        if j >= 0 and plan.time_between[i] > 0:
            w.event_count[i] = past["event_count"][j]
            _draw_next(move, i)
            begun |= move.snapshot["seed"] == move.chain.seed
        if begun.any():
            w.event_start[i, begun], w.event_length[i, begun] = past["event_start"][j, begun], past["event_length"][j, begun]
        cause = plan.after[i]
        if cause >= 0 and move.snapshot["seed"] != move.chain.seed:
            happens = np.isfinite(drawn[i])
            delay = np.subtract(drawn[i], drawn[cause], out=np.full(len(happens), np.inf), where=happens)
            w.event_start[i] = np.where(begun, w.event_start[i], np.maximum(w.event_start[cause] + delay, move.period))
        w.event_n[EV.first, i] = w.event_start[i].min()
        w.event_n[EV.last, i] = last_period(plan, i, w.event_start[i], w.event_length[i])


def _counterpart(plan: Effects, i: int, old: Effects) -> int:
    """The effect of the old plan that has the same name, place among them, and timing; or -1."""
    same = [j for j, name in enumerate(old.names) if name == plan.names[i]]
    place = plan.names[:i].count(plan.names[i])
    return same[place] if place < len(same) and _timing(old, same[place]) == _timing(plan, i) else -1


def _timing(e: Effects, i: int) -> tuple[float, ...]:
    columns = (e.start, e.latest, e.probability, e.duration, e.spread, e.geometric, e.time_between)
    return *(float(c[i]) for c in columns), e.names[e.after[i]] if e.after[i] >= 0 else ""


def _draw_next(move: Move, i: int) -> None:
    """From now on a recurring event may begin in any period again."""
    w, e = move.chain.world, move.chain.plan.effects
    for r in range(w.event_start.shape[1]):
        count, world = w.event_count[i, r], move.chain.first + r
        begin = max(move.period, e.start[i])
        w.event_start[i, r] = begin + geometric(uniform(w.event_key[i, 1], count, world, 0), e.time_between[i])
        u = uniform(w.event_key[i, 0], count, world, 0)
        w.event_length[i, r] = event_length(e.duration[i], e.spread[i], e.geometric[i], u)
