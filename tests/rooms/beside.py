"""Uses rules beside a case in a process of its own, as what they add stays; prints what came of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path

import numpy as np

import twinkit
from twinkit import rooms
from twinkit.cli import main
from twinkit.question import Plain, more_of, question_of
from twinkit.report import report_of
from twinkit.tables import CaseError, read_case, write_case
from twinkit.tables.case import Case
from twinkit.workbench.shell import Shell
from twinkit.workbench.shell_view import _shell

FOLDER = Path(sys.argv[1])
RULES = """
import pathlib
import numpy as np
import twinkit
from twinkit import rooms

pathlib.Path(__file__).with_name("it ran").touch()

def half(stock):
    return np.maximum(stock.order_up_to - stock.inventory_position, 0) / 2

rooms.add_policy("half", half, required=["order_up_to"], starts_at=lambda rows: rows["order_up_to"])

@rooms.add_actor
class Hoarder(twinkit.Retailer):
    def order(self):
        return 3.0 + 0 * self.on_hand
"""


def made(name: str, rules: str, **changes) -> Path:
    """A case on the disk whose shop orders by rules of its own."""
    tables = {
        "sites": [{"site": "source", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "item", "value": 4}],
        "stocks": [{"site": "source", "product": "item", "policy": "unlimited"},
                   {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 60}],
        "lanes": [{"origin": "source", "destination": "shop", "product": "item", "lead_time": 2, "transport_cost": 1}],
        "markets": [{"market": "town", "site": "shop", "product": "item", "demand": "poisson", "mean": 10, "lost_share": 1}],
    }  # fmt: skip
    path = write_case(Case(name, tables | changes, {"periods": 40, "replications": 4}), FOLDER / name)
    stocks = path / "stocks.csv"
    stocks.write_text(stocks.read_text().replace("base_stock", "half"))
    (path / "rules.py").write_text(rules)
    return path


def refused(path: Path) -> str:
    """What is said instead of a case."""
    try:
        read_case(path)
    except CaseError as error:
        return str(error)
    return ""


found: dict = {}
path = made("mine", RULES)
found["before"] = refused(path)
shell = _shell(str(path), [], {"store": None})
found["workbench before"] = [shell.journal.sound, *shell.notices]
found["asked"] = main(["allow", str(path)])  # nobody can be asked here
found["ran before"] = (path / "it ran").exists()
found["allowed"] = main(["allow", str(path), "--yes"])
case = read_case(path)
found["ran"] = (path / "it ran").exists()

# the same numbers at every door, and as with the function itself
asking = question_of("what_if")(Plain(case, replications=4))
result = asking.run()
told = [b.text for b in more_of(result, case) if hasattr(b, "text")]
found["told"] = told
found["report"] = "rules.py (SHA-256" in str([vars(b) for b in report_of(result).blocks if hasattr(b, "text")])


def plainly(stock):
    return np.maximum(stock.order_up_to - stock.inventory_position, 0) / 2


plain = case.replace(stocks=case["stocks"].assign(policy=case["stocks"]["policy"].replace("half", "base_stock")))
direct = twinkit.ensemble(plain, twinkit.Scenario("as it is"), 4, policies={"shop": plainly})["as it is"]
base = twinkit.ensemble(plain, twinkit.Scenario("as it is"), 4)["as it is"]
desk = Shell(case, str(path), store=None)
panel = desk.panel("what_if")
desk.desk.replications = 4
asyncio.run(panel.run())
copied: dict = {}
exec(f"{desk.desk.opening()}\n{panel.code()}", copied)
cost = "total cost"
runs = {"asked": result, "panel": panel.job.result, "code": copied["result"]}
runs = {k: (next(iter(v.values())) if isinstance(v, dict) else v).kpis[cost].tolist() for k, v in runs.items()}
found["costs"] = {**runs, "direct": direct.kpis[cost].tolist(), "base stock": base.kpis[cost].tolist()}
actor = case.replace(sites=case["sites"].assign(actor=["", "Hoarder"]))
found["actor"] = [b.text for b in more_of(None, actor) if hasattr(b, "text")]
found["orders"] = twinkit.Chain(actor, 2).site["shop"].order().ravel().tolist()

# what does not run
shutil.copytree(path, FOLDER / "copy")
found["copy"] = refused(FOLDER / "copy")
with (path / "rules.py").open("a") as file:
    file.write("\nraise SystemExit('changed')\n")
found["changed"] = refused(path)
other = made("other", RULES.replace("/ 2", "/ 3"))
main(["allow", str(other), "--yes"])
found["other"] = refused(other)
found["still"] = rooms.POLICIES["half"].order.__code__.co_filename
broken = made("broken", "1 / 0")
main(["allow", str(broken), "--yes"])
found["broken"] = refused(broken)
print(json.dumps(found))
