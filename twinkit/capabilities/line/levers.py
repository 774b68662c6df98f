"""What may be bought for a line that works in its chain: a machine more, places in its buffers, spares; and what a breakdown costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.line.coupling import lines_at_work
from twinkit.capabilities.line.simulate import paired
from twinkit.capabilities.line.where import up_share, work_of_a_part
from twinkit.levers.lever import COUNTED, Lever, Price
from twinkit.run.ensemble import ensemble
from twinkit.run.public import study
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import CaseError, Problem, did_you_mean, listed


def levers(case: Case) -> list[Lever]:
    """Levers of the lines that recipes name."""
    found = []
    for k, line in enumerate(lines_at_work(case)):
        rows, more = _rows(case, line), f"_{k + 1}" if k else ""
        slowest = _slowest(rows)
        found += [
            Lever(f"line_machines{more}", f"More machines: {slowest} of {line}", "machines", 0, 4, 1, 0,
                  f"so many machines more at {slowest}, which can make least of all stations of {line} in the long run; skilled staff for them is assumed to be there",
                  partial(_add, line, slowest, "machines"), _price(rows.loc[rows["station"] == slowest, "machine_cost"])),
            Lever(f"line_buffers{more}", f"Larger buffers in {line}", "places", 0, 50, 1, 0, f"so many places more behind every station of {line} but the last",
                  partial(_add, line, "", "buffer"), _price(rows["place_cost"].iloc[:-1])),
        ]  # fmt: skip
        kept = _spares(case, line)
        if kept.any():
            names = listed(sorted(set(case["stocks"].loc[kept, "product"])), 4)
            found.append(Lever(f"line_spares{more}", f"More spares for {line}", "spares", 0, 10, 1, 0,
                               f"so many more of {names} are kept where {line} stands; the run counts what keeping them costs", partial(_keep, line), COUNTED))  # fmt: skip
    return found


def _rows(case: Case, line: str) -> pd.DataFrame:
    return case["stations"].loc[case["stations"]["line"] == line].sort_values("position", kind="stable")


def _slowest(rows: pd.DataFrame) -> str:
    """The first station of the place that makes least in the long run."""
    rates = rows["machines"].to_numpy(float) / rows["hours"].to_numpy(float) * up_share(rows) * np.where(rows["mtbf"].notna(), 1.0, rows["availability"])
    rates /= work_of_a_part(rows, rates)
    return str(rows["station"].iloc[int(pd.Series(rates).groupby(rows["position"].to_numpy()).transform("sum").argmin())])


def _price(costs: pd.Series) -> Price | None:
    return None if costs.isna().any() else Price(float(costs.sum()), note="of the table stations")


def _add(line: str, station: str, column: str, case: Case, number: float) -> Case:
    stations = case["stations"].copy()
    here = (stations["line"] == line) & ((stations["station"] == station) | (station == ""))
    if station == "":
        here &= stations["position"] < stations.loc[stations["line"] == line, "position"].max()
    stations.loc[here, column] += int(number)
    return case.replace(stations=stations)


def _spares(case: Case, line: str) -> np.ndarray:
    """Rows of stocks that keep spares of a line up to a level."""
    stocks, recipes = case["stocks"], case["recipes"]
    site = recipes.loc[recipes["line"] == line, "site"].iloc[0]
    named = set(_rows(case, line)["spare"]) - {""}
    return ((stocks["site"] == site) & stocks["product"].isin(named) & stocks["order_up_to"].notna()).to_numpy()


def _keep(line: str, case: Case, number: float) -> Case:
    stocks = case["stocks"].copy()
    here = _spares(case, line)
    stocks.loc[here, "order_up_to"] += number
    for column in ("on_hand", "reorder_point"):
        if column in stocks:
            stocks.loc[here, column] += number
    return case.replace(stocks=stocks)


KPIS = ("fill rate", "backlog", "lost sales", "total cost")
"""What is told of customers, and of the chain."""


def failing_stations(case: Case) -> list[str]:
    """Stations that fail, of the lines that recipes name."""
    rows = case["stations"].loc[case["stations"]["line"].isin(lines_at_work(case)) & case["stations"]["mtbf"].notna()]
    return list(dict.fromkeys(rows["station"]))


@partial(study, limits={"most": (1, 20)})
def what_spares_are_worth(case: CaseLike, most: int = 3, replications: int = 16, seed: int | None = None, *, cancel: Event | None = None) -> pd.DataFrame:
    """What more spares on the shelf change, for lines whose repairs take some: the chain with and without them, on the same luck.

    Parameters
    ----------
    case
        A case in which recipes name a line.
    most
        Most spares more [units].
    replications, seed, cancel
        As for :func:`what_a_breakdown_costs`.

    Returns
    -------
    DataFrame
        more (spares of each kind), and by KPI the mean of the differences with its 95 % interval; empty where no repair takes a spare.
    """
    known = [lever for lever in levers(case) if lever.name.startswith("line_spares")]
    seed = int(case.settings["seed"] if seed is None else seed)
    calm, found = _run(case, replications, seed, cancel) if known else {}, []
    for more in range(1, most + 1) if known else ():
        changed = case
        for lever in known:
            changed = lever.change(changed, more)
        found.append({"more": more} | _differences(calm, _run(changed, replications, seed, cancel)))
    return pd.DataFrame(found)


@partial(study, limits={"hours": (0.1, 10_000), "start": (0, 100_000)})
def what_a_breakdown_costs(
    case: CaseLike, hours: float = 24.0, start: int = 30, stations: list[str] | None = None, replications: int = 16, seed: int | None = None,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What the breakdown of a machine costs customers: the chain with and without it, on the same luck.

    Parameters
    ----------
    case
        A case in which recipes name a line.
    hours, start
        Open hours of the repair, which waits for the station's spare as any other [h]; period in which the machine breaks.
    stations
        Those that break, one at a time; by default all of the lines that recipes name.
    replications, seed
        Worlds, and their luck.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Returns
    -------
    DataFrame
        line, station, and by KPI the mean of the differences with its 95 % interval: fill rate [share], backlog [units] and lost sales
        [units] of customers, total cost [money].

    Raises
    ------
    CaseError
        If no recipe names a line, or there is no such station.
    """
    lines = lines_at_work(case)
    rows = case["stations"].loc[case["stations"]["line"].isin(lines)]
    unknown = [s for s in stations or [] if s not in set(rows["station"])]
    if not lines or unknown:
        says = f"there is no station {unknown[0]!r} in the lines of the chain. {did_you_mean(unknown[0], rows['station'].tolist(), '')}" if lines else "no recipe names a line"
        raise CaseError([Problem("recipes", None, "line", "", says, "Write the name of a line of the table stations into the column line of recipes.")])
    rows = rows[rows["station"].isin(stations)] if stations else rows
    seed = int(case.settings["seed"] if seed is None else seed)
    calm, found = _run(case, replications, seed, cancel), []
    for k, row in enumerate(rows.to_dict("records"), 1):
        event = {"event": f"breakdown of {row['station']} in {row['line']}", "line": row["line"], "station": row["station"], "start": start, "hours": hours}
        broken = _run(case.replace(machine_events=[*case["machine_events"].to_dict("records"), event]), replications, seed, cancel)
        found.append({"line": row["line"], "station": row["station"]})
        found[-1] |= _differences(calm, broken)
        if progress is not None:
            progress(k, len(rows))
    return pd.DataFrame(found)


def _differences(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> dict[str, float]:
    found = {}
    for kpi in KPIS:
        found[kpi], found[f"{kpi}_low"], found[f"{kpi}_high"] = paired(before[kpi], after[kpi])
    return found


def _run(case: Case, replications: int, seed: int, cancel: Event | None) -> dict[str, np.ndarray]:
    """KPIs of the chain as it is planned, by world."""
    return ensemble(case, Scenario("as planned"), replications, seed=seed, detail="kpis", cancel=cancel)["as planned"].kpis


rooms.add_levers("line", levers)
