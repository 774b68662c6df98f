"""Write the golden figures anew: ``python tests/golden/update.py``.

Only this script changes them; a change stands in CHANGELOG.md under "Numbers change".
"""

from __future__ import annotations

import json
from pathlib import Path

from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.tables.read import example

FILE = Path(__file__).with_name("figures.json")
SCENARIOS = {
    "automotive": Scenario("fire", ("Naka fab fire 2021",), {"second_source": 0.3}),
    "camera": Scenario("as it is"),
}
WORLDS = 16


def figures() -> dict[str, dict[str, float]]:
    """Mean of every KPI and part of cost over a few worlds, by case."""
    found = {}
    for name, scenario in SCENARIOS.items():
        outcome = ensemble(example(name), scenario, WORLDS)[scenario.name]
        values = {**outcome.kpis, **{f"cost: {k}": v for k, v in outcome.costs.items()}}
        found[name] = {k: float(v.mean()) for k, v in values.items()}
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(figures(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE} is written")
