"""The plan against what has happened: where they part, why, and what the plan becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from twinkit.capabilities.roadmap.objectives import attained
from twinkit.capabilities.roadmap.sequence import Ordered
from twinkit.capabilities.roadmap.which_first import Roadmap, put_in_order
from twinkit.capabilities.roadmap.worlds import STEADY, Settled, Worlds
from twinkit.run.statistics import Interval, mean_interval

SPAN = (0.025, 0.975)
"""Quantiles of the worlds between which what happens is expected, as of a decision."""


@dataclass(frozen=True)
class Adjusted:
    """A plan in hand after what has happened.

    Attributes
    ----------
    month
        Last month of which something is known.
    rows
        What was planned beside what happened: month, about, what, planned, low, high (95 % of the worlds), happened, verdict, reason.
    plan, rest
        Order of the plan in hand; what is still to come, in the order that is worth most now.
    planned, now
        What the plan was worth, and what all is worth now with the rest in that order, both at the start [money].
    kept
        What all is worth now with the rest in the order of the plan [money].
    brings
        Step → what it brings, as a share of what was planned for those months [share].
    if_alike, share
        What all is worth if the rest brings the same share as what is measured so far, and that share; None where no gain is measured.
    """

    month: int
    rows: pd.DataFrame
    plan: tuple[str, ...]
    rest: Ordered
    planned: Interval
    now: Interval
    kept: Interval
    brings: dict[str, float]
    if_alike: Interval | None
    share: float


def adjust(result: Roadmap) -> Adjusted | None:
    """The plan in hand (the order of the table; where it cannot be, the best) against the table of actuals; None where nothing has happened yet.

    Steps that are begun, done or failed are taken as they happened, with the cost that was paid; a gain that was measured is
    taken for what the step brings from then on, in proportion.  The others are put in order anew from the last month on.
    """
    rows = result.case["actuals"].to_dict("records")
    if not rows:
        return None
    month = int(max(r["month"] for r in rows))
    plan = result.planned.order if result.planned is not None else result.best.order
    worlds = result.worlds
    settled: dict[str, Settled] = {}
    for r in rows:
        known = settled.get(r["about"], Settled())
        if r["what"] == "begun":
            settled[r["about"]] = replace(known, start=int(r["month"]) - 1)
        elif r["what"] == "done":
            settled[r["about"]] = replace(known, done=int(r["month"]))
        elif r["what"] == "failed":
            settled[r["about"]] = replace(known, failed=True, start=known.start)
        elif r["what"] == "cost":
            paid = sum(float(o["value"]) for o in rows if o["about"] == r["about"] and o["what"] == "cost")
            settled[r["about"]] = replace(known, cost=paid)
    settled = {n: s for n, s in settled.items() if s.start is not None or s.done is not None or s.failed}
    settled = {n: settled[n] for n in sorted(settled, key=lambda n: (settled[n].done is None and not settled[n].failed, settled[n].done or month, plan.index(n)))}
    after = _worlds(worlds, month, settled)
    brings = _brings(after, rows, plan)
    after = _worlds(worlds, month, settled, brings)
    rest_plan = [n for n in plan if n not in settled]
    search = put_in_order(after, [rest_plan])
    told = _beside(result, plan, rows)
    alike, share = None, float(np.mean(list(brings.values()))) if brings else np.nan
    if brings and rest_plan:
        others = _worlds(worlds, month, settled, {**dict.fromkeys(rest_plan, share), **brings})
        alike = mean_interval(others.value(put_in_order(others, [rest_plan]).found[0].order))
    return Adjusted(month, told, plan, search.found[0], mean_interval(worlds.value(plan)), mean_interval(after.value(search.found[0].order)),
                    mean_interval(after.value(rest_plan)), brings, alike, share)  # fmt: skip


def _worlds(worlds: Worlds, month: int, settled: dict[str, Settled], scale: dict[str, float] | None = None) -> Worlds:
    return Worlds(worlds.steps, worlds.moves, worlds.runs, worlds.count, worlds.seed, worlds.horizon, worlds.rate, month, settled, scale or {}, worlds.people)


def _brings(after: Worlds, rows: list[dict], plan: tuple[str, ...]) -> dict[str, float]:
    """What steps bring of what was foreseen for the same months, given when they were done; steps of which none was foreseen are left out."""
    played = after.play([n for n in plan if n not in after.settled], STEADY)
    found = {}
    for name in dict.fromkeys(r["about"] for r in rows if r["what"] == "gain"):
        own = [r for r in rows if r["about"] == name and r["what"] == "gain" and r["month"] <= after.horizon]
        foreseen = sum(float(np.broadcast_to(played.gained[name], (after.count, after.horizon + 1))[:, int(r["month"])].mean()) for r in own)
        if foreseen > 0:
            found[name] = sum(float(r["value"]) for r in own) / foreseen
    return found


def _beside(result: Roadmap, plan: tuple[str, ...], rows: list[dict]) -> pd.DataFrame:
    """What was planned beside what happened."""
    worlds = result.worlds
    played = worlds.play(plan)
    reached = attained(result.case, worlds, played)
    found = []
    for r in sorted(rows, key=lambda r: r["month"]):
        name, what, at = r["about"], r["what"], int(min(r["month"], worlds.horizon))
        values = None
        if what == "begun":
            values, happened = played.start[name] + 1.0, float(r["month"])
        elif what in ("done", "failed"):
            values, happened = played.done[name].astype(float), float(r["month"])
        elif what == "cost":
            values, happened = played.cost[name], float(r["value"])
        elif what == "gain":
            values, happened = np.broadcast_to(played.gained[name], (worlds.count, worlds.horizon + 1))[:, at], float(r["value"])
        else:
            values, happened = reached.values[name][:, at], float(r["value"])
        low, high = np.quantile(values, SPAN)
        slack = 1e-9 * max(abs(low), abs(high), 1.0)
        verdict = "not as planned" if what == "failed" else "below" if happened < low - slack else "above" if happened > high + slack else "inside"
        found.append({"month": int(r["month"]), "about": name, "what": what, "planned": float(np.mean(values)), "low": float(low), "high": float(high),
                      "happened": happened, "verdict": verdict, "reason": r["reason"]})  # fmt: skip
    return pd.DataFrame(found)
