"""Uses a room in a process of its own, as what a room adds stays; prints what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import twinkit
from twinkit.chain.plan import plan_of
from twinkit.run.card import why_not_this
from twinkit.tables import tables_page
from twinkit.tables.checks import check_case

FOLDER = Path(sys.argv[1])


def shop(**more):
    """Two countries, a shop and a source without capacity; 10 units are asked for in a period."""
    tables = {
        "sites": [{"site": "source", "kind": "supplier", "country": "A"}, {"site": "shop", "kind": "retailer", "country": "B"}],
        "products": [{"product": "item", "value": 4}],
        "stocks": [{"site": "source", "product": "item", "policy": "unlimited"},
                   {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 100}],
        "lanes": [{"origin": "source", "destination": "shop", "product": "item", "lead_time": 2, "transport_cost": 1}],
        "markets": [{"market": "town", "site": "shop", "product": "item", "demand": "constant", "mean": 10, "lost_share": 1}],
    }  # fmt: skip
    settings = more.pop("settings", {})
    return twinkit.Case("shop", {**tables, **more}, {"periods": 40, "replications": 2, **settings})


before = shop()
run_before = twinkit.ensemble(before, twinkit.Scenario("plain"), 2)["plain"]
import tests.rooms.border  # noqa: E402  (as a cell of a notebook that comes late)

found: dict = {}
TOLLS = [{"origin_country": "A", "destination_country": "B", "duty": 0.25, "delay": 3}]
found["same"] = before == shop() and "2 sites" in repr(before)
found["late"] = {"rows": len(before["tolls"]), "fullness": before["stocks"]["fullness"].tolist(), "customs": before.settings["customs"]}
run_after = twinkit.ensemble(before, twinkit.Scenario("plain"), 2)["plain"]
found["plain"] = [k for k, v in run_before.kpis.items() if not np.array_equal(v, run_after.kpis[k], equal_nan=True)]
found["by hand"] = twinkit.Chain(before, 1).by_hand

case = shop(tolls=TOLLS)
twinkit.write_case(case, FOLDER / "case")
found["read"] = twinkit.read_case(FOLDER / "case") == case
twinkit.write_case(case, FOLDER / "case.xlsx")
found["book"] = twinkit.read_case(FOLDER / "case.xlsx") == case
twinkit.write_template(FOLDER / "empty")
found["template"] = (FOLDER / "empty" / "tolls.csv").read_text().strip()
page = tables_page()
found["docs"] = [word in page for word in ("## tolls", "| `fullness` | share |", "`half_full`", "`strike`", "`units that paid duty`")]
wrong = shop(tolls=[{"origin_country": "A", "destination_country": "A", "duty": 99}, {"origin_country": "A", "destination_country": "X"}])
found["problems"] = [str(p) for p in check_case(wrong)]
found["notes"] = [str(p) for p in twinkit.notes_of(shop(tolls=[{"origin_country": "A", "destination_country": "B"}])) if p.table == "tolls"]

scenarios = [twinkit.Scenario("as it is"), twinkit.Scenario("clerks", levers={"customs_clerks": 1.0})]
runs = twinkit.ensemble(case, scenarios, 2)
found["duty"] = {n: {"crossed": o.kpis["units that paid duty"].tolist(), "toll": o.costs["toll"].tolist(),
                     "transport": o.costs["transport"].tolist(), "total": o.kpis["total cost"].tolist(),
                     "parts": sum(v.sum() for v in o.costs.values())} for n, o in runs.items()}  # fmt: skip
found["lead"] = {n: o.plan.net.lanes["lead_time"].tolist() for n, o in runs.items()}
found["kpi table"] = runs["as it is"].table().set_index("kpi").loc["units that paid duty", ["unit", "mean"]].tolist()
found["objective"] = [str(p) for p in check_case(shop(objectives=[{"kpi": "units that paid duty", "target": 1}]))]

shop_row = {"site": "shop", "product": "item", "policy": "half_full", "order_up_to": 100, "fullness": 0.4, "review_period": 4}
stocks = [{"site": "source", "product": "item", "policy": "unlimited"}, shop_row]
own = shop(stocks=stocks)
chain = twinkit.Chain(own, 2, record=["stocks.ordered", "stocks.on_hand"]).run()
row = chain.plan.net.stock_row("shop", "item")
found["policy"] = {"ordered": chain.history("stocks.ordered")[row, :, 0].tolist(), "day": chain.plan.position[row]}
found["card"] = [bool(why_not_this(plan_of(each))) for each in (own, case)]
again = twinkit.ensemble(own, twinkit.Scenario("x"), 2)["x"].kpis["fill rate"].tolist()
twinkit.rooms.add_policy("half_full", lambda stock: 0.0 * stock.on_hand, required=["order_up_to"], optional=["fullness"])
found["anew"] = [again, twinkit.ensemble(own, twinkit.Scenario("x"), 2)["x"].kpis["fill rate"].tolist()]

acting = shop(sites=[{"site": "source", "kind": "supplier", "country": "A"},
                     {"site": "shop", "kind": "retailer", "country": "B", "actor": "Miser"}])  # fmt: skip
miser = twinkit.Chain(acting, 1, record=["stocks.ordered"]).run()
found["actor"] = {"class": type(miser.site["shop"]).__name__, "ordered": miser.history("stocks.ordered")[row, :3, 0].tolist(),
                  "notes": [str(p) for p in twinkit.notes_of(acting)]}  # fmt: skip

strike = {"event": "halt", "kind": "strike", "site": "source", "start": 10, "duration": 5, "severity": 0.5}
struck = shop(events=[strike])
found["strike"] = [str(p) for p in check_case(struck)]

parts = [{**strike, "event": k, "kind": k, "severity": s} for k, s in
         (("capacity_loss", 0.5), ("lead_time_increase", 5.0), ("freight_increase", 1.0))]  # fmt: skip
one, three = (twinkit.ensemble(shop(events=e), twinkit.Scenario("s"), 2)["s"].kpis for e in ([strike], parts))
found["same as parts"] = [k for k in one if not np.array_equal(one[k], three[k], equal_nan=True)]
found["differs"] = bool((one["total cost"] != run_before.kpis["total cost"]).any())
found["too much"] = [p.column for p in check_case(shop(events=[{**strike, "severity": 2}]))]
found["nowhere"] = [p.column for p in check_case(shop(events=[{**strike, "site": "", "market": "town"}]))]

slow = shop(settings={"customs": "slow"})
spoilt = twinkit.Chain(slow, 1).run()
found["step"] = {"names": "spoil" in spoilt.day.names, "balance": float(np.abs(spoilt.balance().to_numpy()).max()),
                 "others": "spoil" in twinkit.Chain(shop(), 1).day.names}  # fmt: skip
runs = twinkit.ensemble(slow, twinkit.Scenario("x"), 2)["x"].kpis["inventory"], run_before.kpis["inventory"]
found["spoilt"] = bool((runs[0] < runs[1]).all())

report = twinkit.report_of(twinkit.ensemble(case, scenarios[0], 2)["as it is"], date="2026-01-31")
report.save(FOLDER / "report.html")
found["figure"] = "Units that paid duty, by world." in (FOLDER / "report.html").read_text()
from twinkit.question import Plain, questions  # noqa: E402

asking = questions()["border"](Plain(case), share=0.5)
found["asked"] = asking.run()

refused = {}
for name, call in {
    "table": lambda: twinkit.rooms.add_table(type("Sites", (tests.rooms.border.Tolls,), {"table": "sites", "__doc__": "x"})),
    "column": lambda: twinkit.rooms.add_column("lanes", "lead_time", twinkit.Column("periods", "x", start=1)),
    "no table": lambda: twinkit.rooms.add_column("lane", "x", twinkit.Column("periods", "x", start=1)),
    "no start": lambda: twinkit.rooms.add_column("lanes", "x", twinkit.Column("periods", "x")),
    "policy": lambda: twinkit.rooms.add_policy("base_stock", max),
    "event": lambda: twinkit.rooms.add_event("outage", {"capacity_loss": 1}),
    "part": lambda: twinkit.rooms.add_event("flood", {"water": 1}),
    "mixed": lambda: twinkit.rooms.add_event("flood", {"stock_destroyed": 1, "outage": 1}),
    "kpi": lambda: twinkit.rooms.add_kpi("fill rate", "share", "x", max),
    "kpi of resilience": lambda: twinkit.rooms.add_kpi("earnings", "money", "x", max),
    "cost": lambda: twinkit.rooms.add_cost("transport", max),
}.items():
    try:
        call()
        refused[name] = ""
    except ValueError as error:
        refused[name] = str(error)
found["refused"] = refused
print(json.dumps(found))
