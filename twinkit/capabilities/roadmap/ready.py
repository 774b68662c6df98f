"""Technologies as ready steps: each moves figures that exist in the tables of a case.

What a technology moves, and by how much, is an assumption of ours with a wide range, to be replaced by what a supplier or a pilot
says; what it costs is not assumed at all.  So the answer is the break-even: what it may cost at most, and what it must move at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twinkit.capabilities.roadmap.effects import figure
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, listed, refuse, strangers

ASSUMED = "assumption of twinkit, measured nowhere: replace it by what a pilot or a supplier says"


@dataclass(frozen=True)
class Technology:
    """A technology to invest in.

    Attributes
    ----------
    does
        What it is there for.
    months, adoption_months
        How long it takes, and until all use what is done (S-curve) [months].
    fail
        Chance that it brings nothing [share].
    moves
        Figure of the chain → what it is taken times: lowest, most likely, highest.
    """

    does: str
    months: int
    adoption_months: int
    fail: float
    moves: dict[str, tuple[float, float, float]]


TECHNOLOGIES = {
    "sensors": Technology("trouble is noticed sooner", 4, 3, 0.1, {"settings.detection_delay": (0.1, 0.3, 0.8)}),
    "automation": Technology("making a unit costs less, and fewer units are spoilt", 9, 6, 0.15, {"recipes.unit_cost": (0.92, 0.96, 1.0), "recipes.yield_rate": (1.0, 1.005, 1.01)}),
    "planner with AI": Technology("errors of forecasts shrink, so less stock is held against them", 5, 9, 0.25, {"stocks.days_of_cover": (0.8, 0.9, 1.0), "stocks.safety_stock": (0.7, 0.85, 1.0)}),
    "tracing": Technology("papers are questioned less often at a border, and less of what is sold comes back", 8, 12, 0.3,
                          {"border.chance_documents": (0.3, 0.6, 1.0), "markets.returned_share": (0.85, 0.95, 1.0)}),
    "3D printing": Technology("second sources take over sooner, and parts are made sooner", 6, 6, 0.3, {"stocks.ramp_up": (0.2, 0.4, 1.0), "recipes.lead_time": (0.5, 0.75, 1.0)}),
}  # fmt: skip
"""Technologies by name."""


def acts(case: Case, target: str) -> bool:
    """Whether a figure has a value in a case that is not 0."""
    table, column = figure(target) or ("", None)
    if column is None:
        return False
    values = [case.settings[column.name]] if table == "settings" else case[table][column.name].tolist()
    return any(v is not None and v == v and v != 0 for v in values)


def with_ready(case: Case, names: Sequence[str]) -> tuple[Case, list[str]]:
    """The case with technologies as further steps, and sentences about those that would move nothing here.

    Raises
    ------
    CaseError
        If a name is none, or the case has a step of that name.
    """
    taken = set(case["steps"]["step"])
    wrong = strangers("which_first", "technologies", names, TECHNOLOGIES, "is no ready step", "Ready steps")
    wrong += [Problem("which_first", None, "technologies", n, "is a step of the case already", "Leave it out here, or rename the step.") for n in names if n in TECHNOLOGIES and n in taken]
    refuse(wrong)
    steps, effects, left_out = [], [], []
    for name in dict.fromkeys(names):
        one = TECHNOLOGIES[name]
        here = {target: ends for target, ends in one.moves.items() if acts(case, target)}
        if not here:
            left_out.append(f"{name} is left out: it moves {listed(list(one.moves))}, which is 0 or empty in this case.")
            continue
        steps.append({"step": name, "months": one.months, "adoption": "S", "adoption_months": one.adoption_months, "fail": one.fail, "source": ASSUMED})
        effects += [{"step": name, "moves": t, "value": most, "low": low, "high": high, "source": ASSUMED} for t, (low, most, high) in here.items()]
    if not steps:
        return case, left_out
    return case.replace(steps=[*case["steps"].to_dict("records"), *steps], effects=[*case["effects"].to_dict("records"), *effects]), left_out
