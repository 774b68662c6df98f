"""Uses rules beside a case in a process of its own, as what they add stays; prints what came of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np

import twinkit
from tests.rooms.half import made_in
from twinkit import rooms
from twinkit.cli import main
from twinkit.question import Plain, more_of, question_of
from twinkit.report import report_of
from twinkit.tables import CaseError, read_case
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


made = partial(made_in, FOLDER)


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
