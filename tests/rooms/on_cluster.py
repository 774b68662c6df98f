"""Rules beside a case on the worker of a cluster, which is a process of its own; prints what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import twinkit
from tests.rooms.half import made_in
from twinkit.cli import main
from twinkit.tables import read_case, write_case

RULES = """
import numpy as np
from twinkit import rooms

def half(stock):
    return np.maximum(stock.order_up_to - stock.inventory_position, 0) / 2

rooms.add_policy("half", half, required=["order_up_to"], starts_at=lambda rows: rows["order_up_to"])
"""


def tried(folder: Path) -> dict:
    """Costs here and on a cluster, and what a copy of the case is made of."""
    from dask.distributed import Client, LocalCluster

    path = made_in(folder, "mine", RULES)
    main(["allow", str(path), "--yes"])
    case = read_case(path)
    copy = write_case(case, folder / "copy.xlsx")
    quiet = {"host": "127.0.0.1", "dashboard_address": None, "n_workers": 1, "threads_per_worker": 1}
    with LocalCluster(**quiet) as cluster, Client(cluster) as client:
        runs = [twinkit.ensemble(case, twinkit.Scenario("as it is"), 2, client=c)["as it is"].kpis["total cost"].tolist() for c in (None, client)]
    return {"costs": runs, "rules": (copy.parent / "copy.rules.py").read_text() == RULES, "copy": read_case(copy)["stocks"].equals(case["stocks"])}


if __name__ == "__main__":
    print(json.dumps(tried(Path(sys.argv[1]))))
