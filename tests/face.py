"""A program of somebody who uses the public face of twinkit, for a type checker to read: see test_types.py.

What is wrong is marked as such: the checker complains of a mark where nothing is wrong, so a name that has lost its
types (and with it all its mistakes) is found out.
"""

from collections.abc import Mapping
from typing import assert_type

import twinkit
from twinkit import Case, Chain, Retailer, Risk, Scenario
from twinkit.capabilities.siting.ask import Siting
from twinkit.questions.stress.result import StressTest
from twinkit.report.document import Document
from twinkit.run.outcome import Outcome
from twinkit.study.recommendation import Recommendation
from twinkit.study.sensitivity import Sensitivity
from twinkit.study.stocking import StockingPlan


class Careful(Retailer):
    """Orders a tenth less."""


def policy(stock: Retailer) -> float:
    """Orders nothing."""
    return 0.0


case = twinkit.read_case("my-case")
assert_type(case, Case)
assert_type(twinkit.example("camera"), Case)
calm, fire = Scenario("calm"), Scenario("fire", ("fire",), {"safety_days_tier_1": 2.0})

found = twinkit.ensemble(case, [calm, fire], replications=64)
assert_type(found, dict[str, Outcome])
assert_type(twinkit.ensemble("camera", calm), dict[str, Outcome])
assert_type(twinkit.ensemble(case, calm, policies={"shop": policy}, actors={"shop": Careful}), dict[str, Outcome])
assert_type(Chain(case, 8, policies={"shop": policy}, actors={"retailer": Careful}).run(), Chain)
assert_type(twinkit.stress_test(case, "sites", duration=14.0), StressTest)
assert_type(twinkit.recommend(case, [Risk(("fire",), 0.1)], budget=1e6), Recommendation)
assert_type(twinkit.sensitivity("camera", calm, ["demand"]), Sensitivity)
assert_type(twinkit.site_plants("computers", simulate=False), Siting)
plan = twinkit.stocking_plan(case, {"Customers": 5}, service_level=0.98)
assert_type(plan, StockingPlan)
assert_type(plan.stocked(case), Case)
assert_type(twinkit.report_of(found, title="Fire"), Document)
options: Mapping[str, float] = {"Customers": 5.0}
twinkit.stocking_plan(case=case, service_times=options)

# what is wrong
twinkit.ensemble(case)  # type: ignore[call-arg]
twinkit.ensemble(3, calm)  # type: ignore[arg-type]
twinkit.ensemble(case, "calm")  # type: ignore[arg-type]
twinkit.stocking_plan(case, service_levle=0.9)  # type: ignore[call-arg]
twinkit.stress_test(case, duration="long")  # type: ignore[arg-type]
twinkit.recommend(case, fire)  # type: ignore[arg-type]
twinkit.site_plants(case, regional="many")  # type: ignore[arg-type]
twinkit.sensitivity(case)  # type: ignore[call-arg]
twinkit.stresstest(case)  # type: ignore[attr-defined]
Chain(case, "many")  # type: ignore[arg-type]
Scenario()  # type: ignore[call-arg]
case.replce(settings={})  # type: ignore[attr-defined]
